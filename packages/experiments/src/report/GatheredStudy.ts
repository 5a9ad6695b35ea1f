/**
 * A study with all that is known of its runs, gathered for an analysis and a report: from the ledger, or from a folder of
 * files. Records pass by one at a time; what stays of each is its numbers.
 *
 * @layer logic
 * @module
 */
import { Durable, type DurableError } from "@heddle/core/Durable"
import type { Ledger, LedgerError } from "@heddle/core/Ledger"
import * as Effect from "effect/Effect"
import * as Result from "effect/Result"
import * as Stream from "effect/Stream"
import { type AnalysisData, fromRecords, fromTables } from "../analysis/AnalysisData.ts"
import type { AnalysisError } from "../analysis/AnalysisError.ts"
import type { AnalysisResult } from "../analysis/AnalysisResult.ts"
import { runAnalysis } from "../analysis/RunAnalysis.ts"
import { checkArtifacts } from "../ArtifactsCheck.ts"
import { buildDesign } from "../BuildDesign.ts"
import type { Condition } from "../Condition.ts"
import type { DesignReport } from "../Design.ts"
import type { ArtifactsError, InvalidStudy } from "../ExperimentError.ts"
import { sequentialOf } from "../internal/analysisSequential.ts"
import { looksOf } from "../Manifest.ts"
import type { RunRecord, RunSpec } from "../Run.ts"
import { str } from "../StableJson.ts"
import * as StoppingRule from "../StoppingRule.ts"
import type { StoppingLook } from "../StoppingRule.ts"
import type { Study } from "../Study.ts"
import * as StudyFile from "../StudyFile.ts"
import { readManifest, readStudyFolder, wrong } from "../StudyFolder.ts"
import * as StudyLooks from "../StudyLooks.ts"
import * as StudyRecords from "../StudyRecords.ts"
import type { StudyTables } from "../StudyTables.ts"
import type { TextError } from "../TextError.ts"
import { emptyMap, isMap, type Value, type ValueMap } from "../Value.ts"
import type { LooksFacts, ReportModel, RunFacts } from "./ReportModel.ts"
import { flowOfTables, FlowTally } from "./RunFlow.ts"
import { spendingOfTables, SpendingTally } from "./RunSpending.ts"

/** What was gathered; the analysis may have been refused. @category models */
export interface GatheredStudy {
  readonly model: ReportModel
  readonly analysis: Result.Result<AnalysisResult, AnalysisError>
}

/** What the ledger is asked for. @category models */
export interface RunInput {
  readonly study: Study
  readonly conditions: ReadonlyArray<Condition>
  readonly design: DesignReport | undefined
  /** The runs of the plan in plan order. */
  readonly runs: ReadonlyArray<RunSpec>
  readonly ledgerRunId: string
  /** Replicates that the plan has. */
  readonly replicates: number
  readonly looks: ReadonlyArray<StoppingLook>
  /** What is known beside the records. */
  readonly facts: RunFacts
}

/** Models that are named at most. */
const modelsMax = 200

/** A record without what no analysis reads, so that a long study fits into memory. */
const slim = (record: RunRecord): RunRecord =>
  record.result === undefined
    ? record
    : { ...record, history: [], result: { ...record.result, outputs: emptyMap, observations: [], traceRefs: [] } }

/** Gathers the runs of a study from the ledger. @category constructors */
export const gatherRun: (input: RunInput) => Effect.Effect<GatheredStudy, LedgerError, Ledger> = Effect.fn(
  "GatheredStudy.gatherRun",
)(function* (input: RunInput) {
  const { conditions, design, ledgerRunId, replicates, runs, study } = input
  // What the ledger has on record outlives a process that was killed before it told anybody.
  const recorded = study.heddle.stopping === undefined ? [] : yield* StudyLooks.looks(ledgerRunId)
  const looks = recorded.length > 0 ? recorded : input.looks
  const flow = new FlowTally(study.outcomes)
  const spending = new SpendingTally()
  const models = new Set<string>()
  const times = new Span()
  const records: Array<RunRecord> = []
  yield* Stream.runForEach(StudyRecords.records(runs, ledgerRunId), (record) =>
    Effect.sync(() => {
      flow.addRecord(record)
      spending.addRecord(record)
      const { result } = record
      if (result !== undefined) {
        times.add(result.startedAt)
        times.add(result.endedAt)
        const model = result.provenanceInfo.get("model_name")
        if (model !== undefined && model !== null && model !== "" && models.size < modelsMax) models.add(str(model))
      }
      records.push(slim(record))
    }),
  )
  const data = fromRecords(study, conditions, records)
  const analysis = Result.flatMap(data, (rows) => runAnalysis(study, rows, { conditions, looks }))
  return gathered(
    {
      study,
      conditions,
      design,
      flow: flow.flow(conditions, true),
      spending: spending.spending(true),
      sequential: looksFacts(study, replicates, data, looks),
      facts: { ...input.facts, ...times.facts, models: [...models].sort() },
    },
    analysis,
  )
})

const gathered = (
  known: Omit<ReportModel, "analysis" | "analysisProblem">,
  analysis: Result.Result<AnalysisResult, AnalysisError>,
): GatheredStudy => ({
  analysis,
  model: {
    ...known,
    analysis: Result.isSuccess(analysis) ? analysis.success : undefined,
    analysisProblem: Result.isFailure(analysis) ? analysis.failure.message : undefined,
  },
})

/** First and last time that runs state. */
class Span {
  #first = ""
  #last = ""
  add(time: string): void {
    if (time === "") return
    if (this.#first === "" || time < this.#first) this.#first = time
    if (time > this.#last) this.#last = time
  }
  get facts(): RunFacts {
    return this.#first === "" ? {} : { startedAt: this.#first, endedAt: this.#last }
  }
}

/** What a report says of a stopping rule, where the study declares one that can be made. */
const looksFacts = (
  study: Study,
  replicates: number,
  data: Result.Result<AnalysisData, AnalysisError>,
  recorded: ReadonlyArray<StoppingLook>,
): LooksFacts | undefined => {
  const rule = Result.getOrElse(StoppingRule.make(study, Math.max(1, replicates)), () => undefined)
  if (rule === undefined) return undefined
  return {
    rule: rule.rule,
    outcome: rule.outcome,
    factor: rule.factor,
    alpha: rule.alpha,
    spending: rule.plan?.spending ?? null,
    planned: rule.plan?.looks ?? [],
    looks: Result.isSuccess(data) ? (sequentialOf(study, data.success, recorded)?.looks ?? recorded) : recorded,
    recorded: recorded.length,
  }
}

/** What a folder of a study can fail with. @category errors */
export type FolderFailure = ArtifactsError | DurableError | InvalidStudy | TextError

const studyName = "study.yaml"

/** What was gathered from files. @category models */
export interface GatheredFolder extends GatheredStudy {
  /** False for a folder of the predecessor or of the compatibility mode: it has no hashes, so nothing could be verified. */
  readonly verified: boolean
}

/**
 * Gathers a study from its folder: ours, or one of the predecessor. Files that are not what the manifest of our folder says
 * are refused with `mismatch`: numbers of changed files are numbers of another study.
 *
 * @category constructors
 */
export const gatherFolder: (folder: string) => Effect.Effect<GatheredFolder, FolderFailure, Durable> = Effect.fn(
  "GatheredStudy.gatherFolder",
)(function* (folder: string): Effect.fn.Return<GatheredFolder, FolderFailure, Durable> {
  const durable = yield* Durable
  const manifest = yield* readManifest(folder)
  const verified = manifest.has("heddle")
  if (verified) yield* checkArtifacts(folder)
  const tables = yield* readStudyFolder(folder)
  const path = `${folder}/${studyName}`
  if (!(yield* durable.exists(path))) return yield* wrong(path, "the file is missing", "missing")
  const text = new TextDecoder().decode(yield* durable.readFile(path))
  const study = yield* Effect.fromResult(StudyFile.parse(text, { format: "yaml", source: path }))
  if (study.studyId !== tables.studyId) {
    return yield* wrong(
      path,
      `it is of the study ${JSON.stringify(study.studyId)}, the tables are of ${JSON.stringify(tables.studyId)}`,
    )
  }
  const { conditions, design } = conditionsOf(study, tables)
  const looks = study.heddle.stopping === undefined ? [] : looksOf(manifest)
  const data = fromTables(study, tables, { conditions })
  const analysis = Result.flatMap(data, (rows) => runAnalysis(study, rows, { conditions, looks }))
  const times = new Span()
  const models = new Set<string>()
  for (const run of tables.runs) {
    times.add(run.startTime)
    times.add(run.endTime)
    if (run.modelName !== "" && run.modelName !== "unknown" && models.size < modelsMax) models.add(run.modelName)
  }
  const found = gathered(
    {
      study,
      conditions,
      design,
      flow: flowOfTables(tables, conditions, study.outcomes),
      spending: spendingOfTables(tables),
      sequential: looksFacts(study, study.runBudget.replicates, data, looks),
      facts: { ...manifestFacts(manifest), ...times.facts, models: [...models].sort() },
    },
    analysis,
  )
  return { ...found, verified }
})

/** The design as the study gives it, where its conditions are those of the tables; else the rows of the table alone. */
const conditionsOf = (
  study: Study,
  tables: StudyTables,
): { readonly conditions: ReadonlyArray<Condition>; readonly design: DesignReport | undefined } => {
  const built = Result.getOrElse(buildDesign(study), () => undefined)
  const ids = tables.conditions.map((row) => row.conditionId)
  if (
    built !== undefined &&
    built.conditions.length === ids.length &&
    built.conditions.every((condition, index) => condition.conditionId === ids[index])
  )
    return { conditions: built.conditions, design: built.report }
  return {
    conditions: tables.conditions.map((row) => ({
      conditionId: row.conditionId,
      factorAssignments: row.factors,
      blockAssignments: row.blocks,
      metadata: row.metadata ?? emptyMap,
      admissible: row.admissible,
      constraintMessages: [],
    })),
    design: undefined,
  }
}

/** Software that a report names; a manifest may also hold names of machines and folders, which are nobody's business. */
export const softwareNames: ReadonlyArray<string> = ["heddle", "node", "effect", "platform", "python", "python_version"]

/** The software of an environment. @category facts */
export const softwareOf = (
  environment: Iterable<readonly [string, string]>,
): ReadonlyArray<readonly [string, string]> =>
  [...environment].filter(([name]) => softwareNames.includes(name)).sort(([a], [b]) => (a < b ? -1 : a > b ? 1 : 0))

const textIn = (map: ValueMap | undefined, name: string): string | undefined => {
  const value: Value | undefined = map?.get(name)
  return typeof value === "string" && value !== "" ? value : undefined
}

const manifestFacts = (manifest: ValueMap): RunFacts => {
  const section = manifest.get("heddle")
  const ours = isMap(section) ? section : undefined
  const environment = ours?.get("environment") ?? manifest.get("provenance")
  const ledgerRunId = textIn(ours, "ledger_run_id")
  const planHash = textIn(ours, "plan_hash")
  return {
    ...(ledgerRunId === undefined ? {} : { ledgerRunId }),
    ...(planHash === undefined ? {} : { planHash }),
    ...(isMap(environment)
      ? {
          software: softwareOf(
            Array.from(environment).flatMap(([name, value]): ReadonlyArray<readonly [string, string]> =>
              typeof value === "string" ? [[name, value]] : [],
            ),
          ),
        }
      : {}),
  }
}
