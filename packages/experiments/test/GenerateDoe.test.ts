import { assert, describe, it } from "@effect/vitest"
import { Result } from "effect"
import { generateDoe, type GenerateDoeOptions, type GeneratedDoe, toCsv } from "../src/GenerateDoe.ts"
import { stringify } from "../src/StableJson.ts"
import { float, type Value, type ValueMap } from "../src/Value.ts"
import { list, map, parse, text, textOf, whole } from "./designFixtures.ts"

const generated = (kind: string, factors: ValueMap, options: GenerateDoeOptions = {}): GeneratedDoe => {
  const result = generateDoe(kind, factors, options)
  if (Result.isFailure(result)) throw result.failure
  return result.success
}

const optionOf = (kind: string, factors: ValueMap, options: GenerateDoeOptions = {}): string => {
  const result = generateDoe(kind, factors, options)
  return Result.isFailure(result) ? result.failure.option : "not refused"
}

const json = (source: string): ValueMap => map(parse(source))

const summaryOf = ({ summary }: GeneratedDoe): ValueMap =>
  new Map<string, Value>([
    ["n_runs", summary.nRuns],
    ["factors", summary.factors],
    [
      "ranges",
      new Map(Array.from(summary.ranges, ([name, [low, high]]): [string, Value] => [name, [float(low), float(high)]])),
    ],
    ["design_kind", summary.designKind],
    ["backend", summary.backend],
    [
      "balance",
      new Map(
        Array.from(summary.balance, ([name, use]): [string, Value] => [
          name,
          new Map([
            ["n_levels", float(use.nLevels)],
            ["max_to_min_ratio", float(use.maxToMinRatio)],
          ]),
        ]),
      ),
    ],
  ])

describe("tables of the predecessor's generate_doe", () => {
  const cases = list(parse(textOf("generate_doe.json"))).map(map)
  let asserted = 0
  for (const [index, entry] of cases.entries()) {
    const args = map(entry.get("args"))
    it(`case ${index}: rows, summary and number of warnings are the fixture's`, () => {
      const result = generated(text(args.get("kind")), map(args.get("factors")), {
        ...(args.has("n_samples") ? { nSamples: whole(args.get("n_samples")) } : {}),
        ...(args.has("seed") ? { seed: whole(args.get("seed")) } : {}),
        ...(args.has("center_points") ? { centerPoints: whole(args.get("center_points")) } : {}),
        ...(args.has("replicates") ? { replicates: whole(args.get("replicates")) } : {}),
        ...(args.has("randomize") ? { randomize: args.get("randomize") === true } : {}),
        ...(args.has("block_randomization_key")
          ? { blockRandomizationKey: text(args.get("block_randomization_key")) }
          : {}),
      })
      assert.strictEqual(stringify(result.design), stringify(entry.get("design") ?? null))
      assert.strictEqual(stringify(summaryOf(result)), stringify(entry.get("summary") ?? null))
      assert.strictEqual(result.warnings.length, whole(entry.get("n_warnings")))
      assert.isAbove(result.interpretation.length, 0)
      asserted++
    })
  }
  it("all cases were compared", () => {
    assert.strictEqual(asserted, 6)
  })
})

describe("files of the predecessor's generate-doe", () => {
  it("doe.csv, frac.csv and imb.csv are equal byte for byte", () => {
    const lhs = generated("lhs", json('{"x":[0,1],"y":[10,20]}'), { nSamples: 3 })
    assert.strictEqual(toCsv(lhs.design), textOf("cli/doe.csv"))
    const frac = generated("frac2", json('{"a":[0,1],"b":[0,1],"c":[0,1],"d":[0,1]}'), {
      randomize: false,
      centerPoints: 1,
    })
    assert.strictEqual(toCsv(frac.design), textOf("cli/frac.csv"))
    const full = generated("full", json('{"a":[0,0,0,1]}'), { randomize: false })
    assert.strictEqual(toCsv(full.design), textOf("cli/imb.csv"))
  })

  it("texts that need quotes have them, other values are as Python writes them", () => {
    // What csv.DictWriter of CPython 3.11 (reference/classic_csv.py) writes for these cells.
    const { design } = generated("full", json('{"a,b":["x\\"y\\n", null, true, 1e16, [1, "q"]]}'), { randomize: false })
    assert.strictEqual(toCsv(design), '"a,b"\r\n"x""y\n"\r\n""\r\nTrue\r\n1e+16\r\n"[1, \'q\']"\r\n')
    assert.strictEqual(toCsv([]), "\r\n")
  })
})

describe("tables that cannot be made", () => {
  it("each is refused with the option that is wrong", () => {
    const two = json('{"x":[0,1]}')
    assert.strictEqual(optionOf("latin", two), "kind")
    assert.strictEqual(optionOf("lhs", two), "n_samples")
    assert.strictEqual(optionOf("lhs", two, { nSamples: 0 }), "n_samples")
    assert.strictEqual(optionOf("lhs", json('{"x":["a","b"]}'), { nSamples: 2 }), "x")
    assert.strictEqual(optionOf("lhs", json('{"x":[0,1,2]}'), { nSamples: 2 }), "x")
    assert.strictEqual(optionOf("full", json('{"x":"ab"}')), "x")
    assert.strictEqual(optionOf("full", json('{"x":[]}')), "x")
    assert.strictEqual(optionOf("frac2", two), "factors")
    assert.strictEqual(optionOf("full", two, { replicates: 0 }), "replicates")
    assert.strictEqual(optionOf("full", two, { replicates: 1e9 }), "replicates")
    assert.strictEqual(optionOf("full", two, { centerPoints: -1 }), "center_points")
    assert.strictEqual(optionOf("full", two, { seed: 0.5 }), "seed")
    assert.strictEqual(optionOf("full", two, { blockRandomizationKey: "z" }), "block_randomization_key")
    assert.strictEqual(optionOf("full", new Map(), { centerPoints: 1 }), "center_points")
  })

  it("a short name and spaces around it are understood, and levels that a coded table does not have are told", () => {
    const { interpretation, summary } = generated(" FRAC2 ", json('{"a":[5,9],"b":[-1,1]}'))
    assert.strictEqual(summary.designKind, "fractional_factorial_2level")
    assert.include(interpretation, "levels given for a are not in it")
  })
})
