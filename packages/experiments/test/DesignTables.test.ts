import { assert, describe, it } from "@effect/vitest"
import { Result } from "effect"
import * as DesignTables from "../src/DesignTables.ts"
import type { DesignError } from "../src/ExperimentError.ts"
import { stringify } from "../src/StableJson.ts"
import { float, toNumber, type Value, type ValueMap } from "../src/Value.ts"
import { list, map, parse, text, textOf, whole } from "./designFixtures.ts"

const good = <A>(result: Result.Result<A, DesignError>): A => {
  if (Result.isFailure(result)) throw result.failure
  return result.success
}

const refusal = <A>(result: Result.Result<A, DesignError>): DesignError => {
  if (Result.isSuccess(result)) throw new Error("not refused")
  return result.failure
}

const rowsOf = (value: Value | undefined): ReadonlyArray<ValueMap> => list(value).map(map)
const inOrder = (rows: ReadonlyArray<ValueMap>): string =>
  stringify(rows.map((row) => Array.from(row, ([name, value]): Value => [name, value])))

/** One call of the predecessor's helper of that name, by ours. */
const called = (name: string, args: ValueMap): string => {
  switch (name) {
    case "full_factorial":
      return inOrder(
        good(
          DesignTables.fullFactorial(new Map(Array.from(map(args.get("levels")), ([key, item]) => [key, list(item)]))),
        ),
      )
    case "latin_hypercube":
      return inOrder(
        good(
          DesignTables.latinHypercube({
            nSamples: whole(args.get("n_samples")),
            seed: whole(args.get("seed")),
            factors: new Map(
              Array.from(map(args.get("factors")), ([key, item]) => {
                const [low, high] = list(item)
                return [key, [toNumber(low)!, toNumber(high)!]]
              }),
            ),
          }),
        ),
      )
    case "fractional_factorial_2level":
      return inOrder(good(DesignTables.fractionalFactorial2Level(list(args.get("factors")).map(text))))
    case "randomize_runs":
      return inOrder(
        good(
          DesignTables.randomizeRuns(rowsOf(args.get("rows")), {
            seed: whole(args.get("seed")),
            block: args.has("block") ? text(args.get("block")) : null,
          }),
        ),
      )
    case "append_center_points":
      return inOrder(good(DesignTables.appendCenterPoints(rowsOf(args.get("rows")), whole(args.get("center_points")))))
    case "design_balance_report":
      return stringify(
        new Map(
          Array.from(DesignTables.designBalanceReport(rowsOf(args.get("rows"))), ([column, use]) => [
            column,
            new Map([
              ["n_levels", float(use.nLevels)],
              ["max_to_min_ratio", float(use.maxToMinRatio)],
            ]),
          ]),
        ),
      )
    case "balanced_randomization_schedule":
      return stringify(
        good(
          DesignTables.balancedRandomizationSchedule(
            list(args.get("condition_ids")).map(text),
            whole(args.get("replicates")),
            whole(args.get("seed")),
          ),
        ).map(({ conditionId, order, replicate }) => [conditionId, replicate, order]),
      )
    default:
      throw new Error(`no helper ${name}`)
  }
}

describe("the predecessor's tables", () => {
  const calls = list(parse(textOf("design_tables.json"))).map(map)
  const asserted = new Set<number>()
  for (const [index, call] of calls.entries()) {
    const name = text(call.get("function"))
    it(`call ${index} of ${name} gives the fixture's rows`, () => {
      const result = call.get("result") ?? null
      const expected =
        name === "design_balance_report" || name === "balanced_randomization_schedule"
          ? stringify(result)
          : inOrder(rowsOf(result))
      assert.strictEqual(called(name, map(call.get("args"))), expected)
      assert.isAbove(expected.length, 10)
      asserted.add(index)
    })
  }
  it("all calls were compared", () => {
    assert.strictEqual(asserted.size, 15)
    assert.strictEqual(calls.length, 15)
  })
})

describe("products", () => {
  it("every combination is there exactly once, the last factor fastest", () => {
    for (const lengths of [[1], [3], [2, 3], [4, 1, 5], [2, 2, 2, 2], [7, 3, 2]]) {
      const levels = new Map(
        lengths.map((length, column) => [`f${column}`, Array.from({ length }, (_, level): Value => level)]),
      )
      const rows = good(DesignTables.fullFactorial(levels))
      const size = lengths.reduce((product, length) => product * length, 1)
      assert.strictEqual(rows.length, size)
      for (const [index, row] of rows.entries()) {
        let rest = index
        for (const [column, length] of [...lengths.entries()].reverse()) {
          assert.strictEqual(row.get(`f${column}`), rest % length)
          rest = Math.floor(rest / length)
        }
      }
      assert.strictEqual(new Set(rows.map((row) => stringify(row))).size, size)
    }
  })

  it("a product of a thousand million combinations can be begun, and its count is exact", () => {
    const levels = new Map(
      Array.from({ length: 9 }, (_, column) => [`f${column}`, Array.from({ length: 10 }, (_, level): Value => level)]),
    )
    const first = DesignTables.combinations(levels).next()
    assert.strictEqual(
      stringify(first.value ?? null),
      '{"f0":0,"f1":0,"f2":0,"f3":0,"f4":0,"f5":0,"f6":0,"f7":0,"f8":0}',
    )
    const error = refusal(DesignTables.fullFactorial(levels))
    assert.include(error.message, "1000000000 conditions")
    assert.strictEqual(DesignTables.countCombinations(Array.from({ length: 40 }, () => 10)), 10n ** 40n)
  })

  it("a factor without levels is refused, no factors give no rows", () => {
    assert.strictEqual(refusal(DesignTables.fullFactorial(new Map([["a", []]]))).option, "a")
    assert.deepStrictEqual(good(DesignTables.fullFactorial(new Map())), [])
  })
})

describe("Latin hypercube", () => {
  it("each stratum of each factor has exactly one point", () => {
    for (const nSamples of [1, 2, 7, 50]) {
      for (const seed of [0, 1, -5, 2n ** 70n]) {
        const rows = good(
          DesignTables.latinHypercube({
            nSamples,
            seed,
            factors: new Map([
              ["x", [-2, 3]],
              ["y", [0, 1e-6]],
            ]),
          }),
        )
        for (const [name, low, width] of [
          ["x", -2, 5],
          ["y", 0, 1e-6],
        ] as const) {
          const strata = rows.map((row) => Math.floor(((toNumber(row.get(name))! - low) / width) * nSamples))
          assert.deepStrictEqual(
            [...strata].sort((a, b) => a - b),
            Array.from({ length: nSamples }, (_, i) => i),
          )
        }
      }
    }
  })

  it("bounds, counts and backends that do not work are refused with what to do", () => {
    const factors = new Map([["x", [0, 1] as const]])
    assert.strictEqual(refusal(DesignTables.latinHypercube({ nSamples: 0, factors })).option, "n_samples")
    assert.strictEqual(refusal(DesignTables.latinHypercube({ nSamples: 2.5, factors })).option, "n_samples")
    assert.strictEqual(refusal(DesignTables.latinHypercube({ nSamples: 200_001, factors })).option, "n_samples")
    for (const pair of [
      [1, 1],
      [2, 1],
      [0, Number.NaN],
      [0, Infinity],
      [-1e308, 1e308],
    ] as const) {
      assert.strictEqual(
        refusal(DesignTables.latinHypercube({ nSamples: 2, factors: new Map([["x", pair]]) })).option,
        "x",
      )
    }
    for (const backend of ["scipy", " QMC "]) {
      const error = refusal(DesignTables.latinHypercube({ nSamples: 2, factors, backend }))
      assert.strictEqual(error.option, "backend")
      assert.isTrue(error.hints.some((hint) => hint.includes("space_filling_latin_hypercube")))
    }
    assert.strictEqual(refusal(DesignTables.latinHypercube({ nSamples: 2, factors, backend: "r" })).option, "backend")
    assert.deepStrictEqual(good(DesignTables.latinHypercube({ nSamples: 2, factors: new Map() })), [])
  })
})

describe("two-level templates", () => {
  it("the words of spec and fixture hold in every row: ABCD, ACE, BCF", () => {
    const rows = good(DesignTables.fractionalFactorial2Level(["a", "b", "c", "d", "e", "f"]))
    for (const row of rows) {
      const at = (name: string): number => toNumber(row.get(name))!
      assert.strictEqual(at("a") * at("b") * at("c") * at("d"), 1)
      assert.strictEqual(at("a") * at("c") * at("e"), 1)
      assert.strictEqual(at("b") * at("c") * at("f"), 1)
    }
  })

  it("one factor, seven factors, another resolution and another backend are refused", () => {
    assert.strictEqual(refusal(DesignTables.fractionalFactorial2Level(["a"])).option, "factors")
    assert.strictEqual(refusal(DesignTables.fractionalFactorial2Level([..."abcdefg"])).option, "factors")
    assert.strictEqual(
      refusal(DesignTables.fractionalFactorial2Level(["a", "b"], { resolution: "V" })).option,
      "resolution",
    )
    for (const backend of ["pydoe3", "pydoe", "other"]) {
      assert.strictEqual(refusal(DesignTables.fractionalFactorial2Level(["a", "b"], { backend })).option, "backend")
    }
  })
})

describe("rows", () => {
  it("groups of one size get the same permutation, groups stay in first-seen order", () => {
    const rows = ["a", "b"].flatMap((block) =>
      Array.from(
        { length: 8 },
        (_, run) =>
          new Map<string, Value>([
            ["block", block],
            ["run", run],
          ]),
      ),
    )
    const ordered = good(DesignTables.randomizeRuns(rows, { seed: 3, block: "block" }))
    assert.deepStrictEqual(
      ordered.map((row) => row.get("block")),
      [..."aaaaaaaabbbbbbbb"],
    )
    const runs = ordered.map((row) => row.get("run"))
    assert.deepStrictEqual(runs.slice(0, 8), runs.slice(8))
    assert.strictEqual(refusal(DesignTables.randomizeRuns(rows, { block: "none" })).option, "block_randomization_key")
  })

  it("a centre of texts is the most frequent, first on ties; equal numbers of other types are one value", () => {
    const rows = [
      [1, "b"],
      [float(1), "a"],
      [true, "a"],
      [2, "b"],
    ].map(
      ([x, y]) =>
        new Map<string, Value>([
          ["x", x ?? null],
          ["y", y ?? null],
        ]),
    )
    const center = good(DesignTables.appendCenterPoints(rows, 1)).at(-1)!
    assert.strictEqual(center.get("x"), 1)
    assert.strictEqual(center.get("y"), "b")
    assert.deepStrictEqual(DesignTables.designBalanceReport(rows).get("x"), { nLevels: 2, maxToMinRatio: 3 })
    assert.strictEqual(refusal(DesignTables.appendCenterPoints([], 1)).option, "center_points")
  })

  it("a schedule names every condition once in each replicate", () => {
    const ids = Array.from({ length: 7 }, (_, index) => `c${index}`)
    const schedule = good(DesignTables.balancedRandomizationSchedule(ids, 10, 4))
    for (let replicate = 1; replicate <= 10; replicate++) {
      const part = schedule.filter((entry) => entry.replicate === replicate)
      assert.deepStrictEqual(
        part.map(({ order }) => order),
        [0, 1, 2, 3, 4, 5, 6],
      )
      assert.deepStrictEqual(part.map(({ conditionId }) => conditionId).sort(), ids)
    }
    assert.deepStrictEqual(good(DesignTables.balancedRandomizationSchedule([], 3)), [])
    assert.strictEqual(refusal(DesignTables.balancedRandomizationSchedule(ids, 0)).option, "replicates")
    assert.deepStrictEqual(DesignTables.counterbalance([1, 2]), [1, 2])
    assert.deepStrictEqual(DesignTables.counterbalance([1, 2, 3, 4, 5]), [1, 3, 5, 4, 2])
  })
})
