// A 2x3 factorial whose runs are one function: no agents, no problems, results in memory.
import * as LedgerMemory from "@heddle/core/LedgerMemory"
import * as StudyFile from "@heddle/experiments/StudyFile"
import { runStudy } from "@heddle/experiments/StudyRunner"
import * as Effect from "effect/Effect"
import * as Logger from "effect/Logger"
import * as Result from "effect/Result"

const study = Result.getOrThrow(
  StudyFile.make({
    studyId: "growth",
    title: "Growth by light and dose",
    factors: [StudyFile.factor("light", ["low", "high"]), StudyFile.factor("dose", [0, 1, 2])],
    runBudget: { replicates: 4, parallelism: 4 },
  }),
)

// Random numbers come from the run, so that they are the same in any order and at any parallelism.
const run = await Effect.runPromise(
  runStudy(study, {
    conditionRunner: ({ factors, random }) => ({
      outputs: {},
      metrics: { height: (factors["light"] === "high" ? 12 : 9) + 1.5 * Number(factors["dose"]) + random.normal() },
    }),
  }).pipe(Effect.provide([LedgerMemory.layer(), Logger.layer([])])),
)

const heights = new Map<string, Array<number>>()
for (const { metrics, runSpec } of run.results) {
  const of = heights.get(runSpec.conditionId) ?? []
  heights.set(runSpec.conditionId, [...of, Number(metrics.get("height"))])
}
for (const { conditionId, factorAssignments } of run.conditions) {
  const values = heights.get(conditionId) ?? []
  const mean = values.reduce((sum, value) => sum + value, 0) / values.length
  process.stdout.write(
    `${[...factorAssignments.values()].join("\t")}\t${values.length} runs\tmean ${mean.toFixed(2)}\n`,
  )
}
