/**
 * What `analyze` and `report` are about: a run of the ledger, or the folder of a study. Nothing of either is changed.
 *
 * @layer app
 * @module
 */
import { existsSync, statSync } from "node:fs"
import { join, resolve } from "node:path"
import { ExitCode } from "@heddle/core/ExitCode"
import { Ledger } from "@heddle/core/Ledger"
import * as DurableNode from "@heddle/core/node/DurableNode"
import type { AnalysisResult } from "@heddle/experiments/analysis/AnalysisResult"
import { type GatheredStudy, gatherFolder, gatherRun, softwareOf } from "@heddle/experiments/report/GatheredStudy"
import type { RunFacts } from "@heddle/experiments/report/ReportModel"
import { stringify } from "@heddle/experiments/StableJson"
import type { Study } from "@heddle/experiments/Study"
import * as StudyFile from "@heddle/experiments/StudyFile"
import * as Effect from "effect/Effect"
import * as Result from "effect/Result"
import { Cli } from "../Cli.ts"
import { CommandError } from "../CommandError.ts"
import { nothingFound } from "../findRun.ts"
import { paste, shellWord } from "../paste.ts"
import { findReceipt } from "../receiptFiles.ts"
import { ledgerPath, withExistingLedger } from "../workspace.ts"
import { recordedOf } from "./recorded.ts"
import { takeUp, type Words, wordsOf } from "./takenUp.ts"

/** A study with its runs, and where they are from. */
export interface Gathered extends GatheredStudy {
  /** The run of the ledger; absent for a folder. */
  readonly runId: string | undefined
  /** Absolute: where a report goes unless said otherwise. */
  readonly place: string
  /** What to say on stderr. */
  readonly notes: ReadonlyArray<string>
}

const isFolder = (word: string): boolean => statSync(resolve(word), { throwIfNoEntry: false })?.isDirectory() === true

/** Gathers what the words of the command mean: `[RUN_ID|FOLDER] [FILE]`. */
export const gatheredFor = Effect.fn("gatheredFor")(function* (positionals: ReadonlyArray<string>) {
  const [word] = positionals
  if (word !== undefined && isFolder(word)) {
    yield* refuseBoth(word)
    if (positionals.length > 1) {
      return yield* new CommandError({
        tag: "UsageError",
        problem: "a folder has its own study.yaml; a study file goes with a run of the workspace",
        hints: [`leave the file out: heddle experiments analyze ${shellWord(word)}`],
        code: ExitCode.usage,
      })
    }
    return yield* Effect.provide(fromFolder(resolve(word)), DurableNode.layer)
  }
  return yield* withExistingLedger(fromRun(wordsOf(positionals)), () =>
    Effect.fail(
      word === undefined || /^[\w.-]+$/.test(word)
        ? nothingFound({ kind: "experiments" })
        : new CommandError({
            tag: "NoFolder",
            problem: `there is no folder ${word}, and this workspace has no runs`,
            hints: [`ls -ld ${shellWord(word)}`],
            code: ExitCode.usage,
          }),
    ),
  )
})

/** A word that is a run's id and a folder's name is not guessed at. */
const refuseBoth = Effect.fnUntraced(function* (word: string) {
  const { settings } = yield* Cli
  if (!/^[\w.-]+$/.test(word) || word.startsWith(".") || !existsSync(ledgerPath(settings.workspace))) return
  const found = yield* withExistingLedger(
    Effect.flatMap(Ledger, (ledger) => Effect.result(ledger.getRun(word))),
    () => Effect.undefined,
  )
  if (found === undefined || Result.isFailure(found)) return
  return yield* new CommandError({
    tag: "Ambiguous",
    problem: `${word} is a folder here and a run of the workspace`,
    hints: [`for the folder write ./${word}; for the run give the command in another folder with --workspace`],
    code: ExitCode.usage,
  })
})

const fromFolder = Effect.fnUntraced(function* (folder: string) {
  const found = yield* gatherFolder(folder)
  const gathered: Gathered = {
    ...found,
    runId: undefined,
    place: join(folder, "artifacts"),
    notes: found.verified
      ? []
      : [
          `${folder} has no hashes of its files (another program's folder, or one of the compatibility mode): nothing could be verified`,
        ],
  }
  return gathered
})

/** The claims of a study, which must stand before the data, as one text. */
const claimsOf = (study: Study): string => {
  const whole = StudyFile.encode(study)
  return stringify(["outcomes", "hypotheses", "analysis_plans"].map((name) => whole.get(name) ?? null))
}

const fromRun = Effect.fnUntraced(function* (words: Words) {
  const cli = yield* Cli
  // The text that was kept when the run began: what was claimed before the data.
  const taken = yield* takeUp(words, { unfinishedFirst: false, preferKept: true })
  const { run, source } = taken
  const { params, prepared, study, unknown } = yield* recordedOf(taken, taken.study)
  const { plan, planned } = prepared
  if (unknown > 0 || planned.runs.length !== plan.units.length) {
    return yield* new CommandError({
      tag: "StudyChanged",
      problem: `the study in ${source.file} plans other runs than run ${run.runId} has: ${unknown} of its ${planned.runs.length} are not among the ${plan.units.length} of the run`,
      hints: [
        `take the study as it was when the run began: ${paste(cli, "experiments", "analyze", run.runId)}`,
        `or run what is new: ${paste(cli, "experiments", "resume", run.runId, source.file)}`,
      ],
      code: ExitCode.usage,
    })
  }
  const receipt = yield* findReceipt(run.runId)
  const facts: RunFacts = {
    ledgerRunId: run.runId,
    planHash: run.planHash,
    sessions: run.sessions,
    ...(params === undefined ? {} : { designedRuns: params.designed }),
    ...(receipt?.budgets === undefined ? {} : { budgets: receipt.budgets }),
    ...(receipt === undefined ? {} : { software: softwareOf(Object.entries(receipt.environment)) }),
  }
  const found = yield* gatherRun({
    study,
    conditions: prepared.conditions,
    design: prepared.design,
    runs: planned.runs,
    ledgerRunId: run.runId,
    replicates: planned.replicates,
    looks: taken.looks,
    facts,
  })
  const changed =
    taken.before !== undefined && words.file !== undefined && claimsOf(taken.before) !== claimsOf(taken.study)
      ? `the outcomes, hypotheses or analysis plans of ${source.file} are not those that the run began with`
      : undefined
  const open = run.state === "running" || run.state === "unfinished"
  const gathered: Gathered = {
    ...(changed === undefined ? found : withDeviation(found, changed)),
    runId: run.runId,
    place: resolve(cli.settings.workspace, "reports", run.runId),
    notes: [
      ...(open
        ? [
            `run ${run.runId} has not ended: these are numbers of an interim look, and looking early makes errors more likely`,
          ]
        : []),
      ...(changed === undefined ? [] : [`warning: ${changed}`]),
    ],
  }
  return gathered
})

/** Notes in the result itself that its claims were changed after the run began. */
const withDeviation = (found: GatheredStudy, message: string): GatheredStudy => {
  if (Result.isFailure(found.analysis)) return found
  const result: AnalysisResult = {
    ...found.analysis.success,
    deviations: [{ kind: "data", message }, ...found.analysis.success.deviations],
  }
  return { analysis: Result.succeed(result), model: { ...found.model, analysis: result } }
}
