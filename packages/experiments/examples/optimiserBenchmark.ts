// Two optimisers on a function whose minimum is known: files, the analysis that the study planned, and its report.
import * as LedgerMemory from "@heddle/core/LedgerMemory"
import * as AnalysisFile from "@heddle/experiments/AnalysisFile"
import * as Builtins from "@heddle/experiments/Builtins"
import * as ArtifactsNode from "@heddle/experiments/node/ArtifactsNode"
import * as GatheredStudy from "@heddle/experiments/report/GatheredStudy"
import * as Report from "@heddle/experiments/Report"
import * as StudyFile from "@heddle/experiments/StudyFile"
import { runStudy } from "@heddle/experiments/StudyRunner"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Logger from "effect/Logger"
import * as Result from "effect/Result"
import { mkdtempSync, readdirSync, rmSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"

const study = Result.getOrThrow(
  StudyFile.make({
    studyId: "optimisers",
    title: "Random search and an evolution strategy",
    factors: [
      StudyFile.factor("agent_id", ["random-search", "evolution-strategy"]),
      StudyFile.factor("evaluations", [50, 200]),
    ],
    problemIds: ["branin"],
    outcomes: [{ name: "regret", sourceTable: "evaluations", column: "regret", aggregation: "mean", primary: true }],
    hypotheses: [
      {
        hypothesisId: "h1",
        label: "Steps help",
        statement: "The evolution strategy comes closer to the minimum.",
        independentVars: ["agent_id"],
        dependentVars: ["regret"],
        direction: "less",
      },
    ],
    analysisPlans: [{ analysisPlanId: "a1", hypothesisIds: ["h1"], tests: ["welch_t_test"], outcomes: ["regret"] }],
    runBudget: { replicates: 8, parallelism: 4 },
  }),
)

const folder = mkdtempSync(join(tmpdir(), "optimisers-"))
try {
  const { analysis, files } = await Effect.runPromise(
    Effect.gen(function* () {
      const run = yield* runStudy(study, {
        agentBindings: Builtins.agents,
        problemRegistry: Builtins.problems,
        folder,
        includeSqlite: true,
      })
      const { analysis, model } = yield* GatheredStudy.gatherRun({
        study,
        conditions: run.conditions,
        design: run.design,
        runs: run.runs,
        ledgerRunId: run.runId ?? "",
        replicates: study.runBudget.replicates,
        looks: run.looks,
        facts: {},
      })
      return { analysis: yield* Effect.fromResult(analysis), files: Report.files(model, "html") }
    }).pipe(Effect.provide([ArtifactsNode.layer.pipe(Layer.provideMerge(LedgerMemory.layer())), Logger.layer([])])),
  )
  writeFileSync(join(folder, AnalysisFile.fileName), AnalysisFile.encode(analysis))
  for (const { path, text } of files) writeFileSync(join(folder, path), text)
  for (const { comparison, decision, result } of analysis.confirmatory) {
    process.stdout.write(
      `${comparison}: ${decision}, difference ${result.estimate?.toFixed(3)}, p ${result.p?.toFixed(4)}\n`,
    )
  }
  process.stdout.write(`${readdirSync(folder).join("\n")}\n`)
} finally {
  rmSync(folder, { recursive: true, force: true })
}
