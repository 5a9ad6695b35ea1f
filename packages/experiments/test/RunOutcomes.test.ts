import { assert, describe, it } from "@effect/vitest"
import * as LedgerMemory from "@heddle/core/LedgerMemory"
import * as Effect from "effect/Effect"
import * as Result from "effect/Result"
import * as DeliveredOutcomes from "../src/DeliveredOutcomes.ts"
import * as StudyFile from "../src/StudyFile.ts"
import * as StudyRunner from "../src/StudyRunner.ts"

const studyOf = (outcome: Readonly<Record<string, unknown>>) => {
  const text = JSON.stringify({
    study_id: "growth",
    title: "Growth",
    factors: [{ name: "x", levels: [1, 2].map((value) => ({ name: `l${value}`, value })) }],
    outcomes: [{ name: "height", source_table: "runs", column: "height", primary: true, ...outcome }],
  })
  return Result.getOrThrow(StudyFile.parse(text, { format: "json", source: "study.json" }))
}

/** Runs the study with what its second condition gives as height; the first gives 3. */
const ran = (height: unknown, outcome = {}, options: Partial<StudyRunner.RunStudyOptions> = {}) => {
  const study = studyOf(outcome)
  const wrong: Array<string> = []
  const watch = DeliveredOutcomes.make(
    study,
    () => wrong.push("undelivered"),
    (one) => wrong.push(...DeliveredOutcomes.unusableTexts([one])),
  )
  return StudyRunner.runStudy(study, {
    conditionRunner: ({ factors }) => ({
      outputs: {},
      metrics: { height: factors["x"] === 1 ? 3 : height, cost_usd: 0.5 },
    }),
    parallelism: 1,
    showProgress: false,
    observers: [watch.observe],
    ...options,
  }).pipe(
    Effect.map(({ receipt, results }) => ({ counts: receipt?.counts, results, watch, wrong })),
    Effect.provide(LedgerMemory.layer()),
  )
}

describe("an outcome that is declared to be a number", () => {
  for (const [what, value, shown] of [
    ["a decimal comma", "12,5", 'the text "12,5"; return a number, with a decimal point'],
    ["a number as text", "12.5", 'the text "12.5"; return a number, with a decimal point'],
    ["a list", [1], "[1]"],
    ["an object", { mean: 1 }, "{'mean': 1}"],
  ] as const) {
    it.effect(`fails the run that gives ${what}, with the value in the message, and what it cost stays`, () =>
      Effect.gen(function* () {
        const { counts, results } = yield* ran(value)
        assert.deepInclude(counts, { planned: 2, succeeded: 1, failed: 1 })
        const failed = results.find(({ status }) => status !== "success")
        assert.strictEqual(
          failed?.errorInfo,
          `InvalidOutcome: the declared outcome "height" must be a number; it is ${shown}`,
        )
        assert.strictEqual(failed?.costUsd, 0.5)
      }),
    )
  }

  it.effect("takes numbers and truth values, and null as missing, which is warned of with how many", () =>
    Effect.gen(function* () {
      for (const value of [12.5, true]) {
        const { counts, watch } = yield* ran(value)
        assert.deepInclude(counts, { succeeded: 2, failed: 0 })
        assert.deepStrictEqual(watch.unusable(), [])
      }
      const { counts, watch } = yield* ran(null)
      assert.deepInclude(counts, { succeeded: 2, failed: 0 })
      assert.deepStrictEqual(DeliveredOutcomes.unusableTexts(watch.unusable()), [
        '1 of 2 runs that succeeded gave no number for the declared outcome "height"; there it is missing in every analysis',
      ])
    }),
  )

  it.effect(
    "is watched in the compatibility mode, which records whatever it is given: count and example are told",
    () =>
      Effect.gen(function* () {
        const { counts, watch, wrong } = yield* ran("12,5", {}, { compatibility: true })
        assert.deepInclude(counts, { succeeded: 2, failed: 0 })
        const text =
          '1 of 2 runs that succeeded gave no number for the declared outcome "height", such as the text "12,5"; there it is missing in every analysis'
        assert.deepStrictEqual(wrong, [text])
        assert.deepStrictEqual(DeliveredOutcomes.unusableTexts(watch.unusable()), [text])
      }),
  )

  it.effect("is not asked of one that is declared to be a text, which is only warned of", () =>
    Effect.gen(function* () {
      const { counts, wrong } = yield* ran("tall", { expected_type: "string" })
      assert.deepInclude(counts, { succeeded: 2, failed: 0 })
      assert.lengthOf(wrong, 1)
    }),
  )
})
