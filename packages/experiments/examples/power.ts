// What a study can find, and what that costs, before anything is spent.
import { buildDesign } from "@heddle/experiments/BuildDesign"
import * as Power from "@heddle/experiments/Power"
import * as StudyFile from "@heddle/experiments/StudyFile"
import * as Result from "effect/Result"

const study = Result.getOrThrow(
  StudyFile.make({
    studyId: "framing",
    title: "Does the framing matter?",
    factors: [StudyFile.factor("frame", ["neutral", "challenge"])],
    outcomes: [{ name: "score", sourceTable: "runs", column: "score", aggregation: "mean", primary: true }],
    hypotheses: [
      {
        hypothesisId: "h1",
        label: "Framing matters",
        statement: "The score differs between frames.",
        independentVars: ["frame"],
        dependentVars: ["score"],
        minimumEffectOfInterest: 2,
      },
    ],
    analysisPlans: [{ analysisPlanId: "a1", hypothesisIds: ["h1"], tests: ["t_test"], outcomes: ["score"] }],
    runBudget: { replicates: 10 },
  }),
)

const { conditions } = Result.getOrThrow(buildDesign(study))
const report = Result.getOrThrow(Power.ofStudy(study, conditions, { sd: 3, costPerRun: 0.25, mode: "callback" }))
for (const row of report.rows) {
  process.stdout.write(
    [
      `${row.comparison}, ${row.runs} runs: power ${row.power?.toFixed(2)} by ${row.method}`,
      `smallest effect found with power ${report.target}: ${row.minimumDetectableEffect?.toFixed(2)}`,
      `for power ${report.target}: ${row.replicatesForTarget} replicates, ${row.runsForTarget} runs, ${row.costForTarget?.toFixed(2)} dollars`,
      "",
    ].join("\n"),
  )
}
