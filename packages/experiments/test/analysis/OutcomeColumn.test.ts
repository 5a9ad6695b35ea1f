import * as DurableNode from "@heddle/core/node/DurableNode"
import { it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Result from "effect/Result"
import { describe, expect } from "vitest"
import * as AnalysisData from "../../src/analysis/AnalysisData.ts"
import * as StudyFile from "../../src/StudyFile.ts"
import { readStudyFolder } from "../../src/StudyFolder.ts"
import { fixtureText } from "../fixtures.ts"

const folder = new URL("../fixtures/small_study", import.meta.url).pathname

/** The values of the outcome `name` of the predecessor's own folder; only its declaration is changed. */
const scores = (name: string) =>
  Effect.gen(function* () {
    const text = fixtureText("small_study/study.yaml")
      .replaceAll("name: score", `name: ${name}`)
      .replaceAll("- score", `- ${name}`)
    const study = Result.getOrThrow(StudyFile.parse(text, { format: "yaml", source: "study.yaml" }))
    const tables = yield* readStudyFolder(folder)
    return AnalysisData.fromTables(study, tables)
  }).pipe(Effect.provide(DurableNode.layer))

describe("an outcome whose column is metric_value", () => {
  it.effect("is the metric of its own name, in the predecessor's folder", () =>
    Effect.gen(function* () {
      const data = Result.getOrThrow(yield* scores("score"))
      const outcome = data.outcomes.get("score")
      // The scores as evaluations.csv of that folder has them; the last run failed.
      expect(outcome?.values).toEqual([0.317, 0.929, 0.89, 0.664, 0.836, null])
    }),
  )

  it.effect("is refused with the metrics that there are where none has its name", () =>
    Effect.gen(function* () {
      const data = yield* scores("quality")
      expect(Result.isFailure(data) ? data.failure.message : "read").toMatch(/metric_value[\s\S]*score, is_ok, count/)
    }),
  )
})
