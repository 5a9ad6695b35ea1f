// A study that looks at its data at planned points and stops when it knows enough; every look is recorded.
import * as LedgerMemory from "@heddle/core/LedgerMemory"
import * as StudyFile from "@heddle/experiments/StudyFile"
import { runStudy } from "@heddle/experiments/StudyRunner"
import * as Effect from "effect/Effect"
import * as Logger from "effect/Logger"
import * as Result from "effect/Result"

const study = Result.getOrThrow(
  StudyFile.make({
    studyId: "early",
    title: "May stop early",
    factors: [StudyFile.factor("arm", ["old", "new"])],
    outcomes: [{ name: "score", sourceTable: "runs", column: "score", aggregation: "mean", primary: true }],
    runBudget: { replicates: 40, parallelism: 4 },
    heddle: { stopping: { rule: "group_sequential", looks: 4, spending: "obrien_fleming", alpha: 0.05 } },
  }),
)

const run = await Effect.runPromise(
  runStudy(study, {
    conditionRunner: ({ factors, random }) => ({
      outputs: {},
      metrics: { score: (factors["arm"] === "new" ? 1.5 : 0) + random.normal() },
    }),
  }).pipe(Effect.provide([LedgerMemory.layer(), Logger.layer([])])),
)
for (const look of run.looks) {
  process.stdout.write(
    `look ${look.look} after ${look.replicates} replicates: z ${look.statistic?.toFixed(2)}, boundary ${look.boundary?.toFixed(2)}, ` +
      `${look.stop ? `stops with p ${look.p?.toFixed(4)}` : "goes on"}\n`,
  )
}
process.stdout.write(`${run.results.length} of ${run.runs.length} runs were made\n`)
