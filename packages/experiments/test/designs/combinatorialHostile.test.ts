import { assert, describe, it } from "@effect/vitest"
import * as Result from "effect/Result"
import { conditionsMax, type DesignBuilder } from "../../src/Design.ts"
import type { DesignKind } from "../../src/Study.ts"
import * as Value from "../../src/Value.ts"
import { builders, studyOf } from "./combinatorialStudy.ts"

const all = Object.entries(builders) as ReadonlyArray<[DesignKind, DesignBuilder]> // keys of a record of kinds

const levels = (count: number) => Array.from({ length: count }, (_, index) => index)

const hostileOptions: ReadonlyArray<Readonly<Record<string, never>>> = [
  { bounds: "x" },
  { bounds: [1, 2] },
  { bounds: { a: null } },
  { subjects: -1 },
  { subjects: "many" },
  { sessions: 1e9 },
  { blocks: 1e9 },
  { block_size: 1e9 },
  { block_size: 2.5 },
  { hard_to_change: { a: 1 } },
  { hard_to_change: [1] },
  { whole_plots: NaN },
  { runs: 1e9 },
  { starts: 1e9 },
  { skip: 1e15 },
  { leap: 0 },
  { existing: Array.from({ length: 3000 }, () => ({ a: 1 })) },
  { row_factor: 1 },
  { __proto__x: 1 },
  { ["x".repeat(10_000)]: 1 },
].map((options) => options as Record<string, never>) // wrong types on purpose

describe("designs under hostile studies", () => {
  it("the eleven kinds have a builder", () => {
    assert.deepStrictEqual(all.map(([kind]) => kind).sort(), [
      "balanced_incomplete_block",
      "complete_counterbalancing",
      "graeco_latin_square",
      "halton",
      "optimal",
      "randomized_complete_block",
      "randomized_latin_square",
      "sobol",
      "space_filling_latin_hypercube",
      "split_plot",
      "williams",
    ])
  })

  it.each(all)("%s answers every hostile option with rows or an error that names its place", (kind, builder) => {
    for (const options of hostileOptions) {
      for (const factors of [{}, { a: [1] }, { a: [1, 2, 3], b: [1, 2, 3], c: [1, 2, 3] }, { a: ["x", "y"] }]) {
        for (const nSamples of [null, 1, 9, 1e9]) {
          const result = builder(studyOf(kind, { factors, options, spec: { nSamples } }))
          if (Result.isSuccess(result)) {
            assert.isAtMost(result.success.rows.length, conditionsMax)
            continue
          }
          assert.strictEqual(result.failure.kind, kind)
          assert.isNotEmpty(result.failure.problem)
          assert.isNotEmpty(result.failure.option)
          assert.isNotEmpty(result.failure.hints)
          assert.isBelow(result.failure.message.length, 1000)
        }
      }
    }
  })

  it.each(all)("%s refuses a product of a thousand million before making it", (kind, builder) => {
    const factors = Object.fromEntries(levels(6).map((index) => [`f${index}`, levels(32)]))
    const blocks = { day: levels(1000), site: levels(1000) } as unknown as Record<string, [number]> // not empty
    const result = builder(
      studyOf(kind, {
        factors,
        blocks,
        options: kind === "split_plot" ? { hard_to_change: ["f0"] } : {},
        spec: { nSamples: 10 },
      }),
    )
    assert.isTrue(Result.isFailure(result))
  })

  it.each(all)(
    "%s gives the same rows for the same study and refuses infinite levels or builds them",
    (kind, builder) => {
      const given = {
        factors: { a: [1, 2, 3], b: [0.5, 1.5, 2.5], c: ["x", "y", "z"] },
        blocks: { day: [1, 2] as [number, number] },
        options:
          kind === "split_plot"
            ? { hard_to_change: ["a"] }
            : kind === "balanced_incomplete_block"
              ? {}
              : kind.endsWith("latin_square")
                ? { row_factor: "a", column_factor: "b", treatment_factor: "c" }
                : kind === "optimal"
                  ? { runs: 8 }
                  : {},
        spec: { nSamples: 8 },
      }
      const first = builder(studyOf(kind, given))
      const second = builder(studyOf(kind, given))
      if (Result.isSuccess(first) && Result.isSuccess(second)) {
        assert.deepStrictEqual(first.success, second.success)
        // Every row has its kind, its place, and all factors in the order of the study.
        for (const [index, row] of first.success.rows.entries()) {
          assert.strictEqual(row.metadata.get("design_kind"), kind)
          assert.strictEqual(row.metadata.get("row_index"), index)
          assert.deepStrictEqual([...row.factors.keys()], ["a", "b", "c"])
          assert.isTrue(Value.isValue(row.factors) && Value.isValue(row.blocks) && Value.isValue(row.metadata))
        }
        assert.strictEqual(first.success.report.runs, first.success.rows.length)
        assert.isNotEmpty(first.success.report.notes)
      } else {
        assert.isTrue(["balanced_incomplete_block", "graeco_latin_square", "complete_counterbalancing"].includes(kind))
      }
      const infinite = builder(
        studyOf(kind, { ...given, factors: { ...given.factors, b: [-Infinity, NaN, Infinity] } }),
      )
      if (Result.isSuccess(infinite)) assert.isNotEmpty(infinite.success.rows)
    },
  )

  it("designs of 200,000 rows, and a block of 20,000 levels, are built", () => {
    const of = (kind: DesignKind, given: Parameters<typeof studyOf>[1]) =>
      Result.getOrThrow(builders[kind]?.(studyOf(kind, given)) ?? Result.fail(new Error("no builder"))).rows.length
    const days: [number, ...Array<number>] = [0, ...levels(20_000).slice(1)]
    assert.strictEqual(of("randomized_complete_block", { factors: { a: levels(10) }, blocks: { day: days } }), 200_000)
    assert.strictEqual(of("halton", { factors: { a: [0, 1] }, spec: { nSamples: 200_000 } }), 200_000)
    assert.strictEqual(
      of("split_plot", { factors: { a: levels(100), b: levels(2000) }, options: { hard_to_change: ["a"] } }),
      200_000,
    )
  })

  it("base seeds beyond 2^53 that differ by one draw differently, and a negative one is no positive one", () => {
    const builder = builders.randomized_complete_block
    if (builder === undefined) throw new Error("no builder")
    const study = studyOf("randomized_complete_block", { factors: { a: levels(20) }, blocks: { day: [1] } })
    const of = (baseSeed: number | bigint) =>
      Result.getOrThrow(builder({ ...study, seedPolicy: { ...study.seedPolicy, baseSeed } })).rows.map((row) =>
        row.factors.get("a"),
      )
    assert.notDeepEqual(of(2n ** 60n), of(2n ** 60n + 1n))
    assert.deepStrictEqual(of(2n ** 60n), of(2n ** 60n))
    assert.notDeepEqual(of(7), of(-7))
  })
})
