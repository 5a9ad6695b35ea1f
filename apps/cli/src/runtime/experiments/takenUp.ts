/**
 * A run of the ledger with its study, as `resume`, `status`, `export` and `diff` take it up: from the file that is named,
 * else from where the file was, else from the text that was kept when the run began.
 *
 * @layer app
 * @module
 */
import { existsSync } from "node:fs"
import { extname, resolve } from "node:path"
import type { Durable } from "@heddle/core/Durable"
import { ExitCode } from "@heddle/core/ExitCode"
import { Ledger, type LedgerError, type RunSummary } from "@heddle/core/Ledger"
import { InvalidStudy } from "@heddle/experiments/ExperimentError"
import type { Study } from "@heddle/experiments/Study"
import type { TextError } from "@heddle/experiments/TextError"
import type { DesignError } from "@heddle/experiments/ExperimentError"
import type { StoppingLook } from "@heddle/experiments/StoppingRule"
import * as StudyLooks from "@heddle/experiments/StudyLooks"
import * as Effect from "effect/Effect"
import type * as Schema from "effect/Schema"
import type { Settings } from "../../config/Setting.ts"
import * as Begun from "../begun.ts"
import { Cli } from "../Cli.ts"
import { CommandError } from "../CommandError.ts"
import { findReceipt } from "../receiptFiles.ts"
import { findRun, nothingFound } from "../findRun.ts"
import { readSource, type Source } from "./experiment.ts"
import * as StoredStudy from "./storedStudy.ts"
import { runsOf } from "./studyExport.ts"
import { decodeStudy } from "./studyFile.ts"

const kind = "experiments"

/** What the words of a command mean: a run, a study file, or both. */
export interface Words {
  readonly runId: string | undefined
  readonly file: string | undefined
}

/** Whether a word is the name of a study file. */
export const isStudyFile = (word: string): boolean => [".yaml", ".yml", ".json"].includes(extname(word).toLowerCase())

/** Sorts `[RUN_ID] [FILE]`, where either may be left out. */
export const wordsOf = ([first, second]: ReadonlyArray<string>): Words => {
  if (first === undefined) return { runId: undefined, file: undefined }
  if (second === undefined) {
    return isStudyFile(first) ? { runId: undefined, file: first } : { runId: first, file: undefined }
  }
  return isStudyFile(first) ? { runId: second, file: first } : { runId: first, file: second }
}

/** The run that is named; else the latest of the named study, or of all: an unfinished one where there is any. */
export const runFor = Effect.fn("takenUp.runFor")(function* (
  { runId }: Words,
  study: Study | undefined,
  options: { readonly unfinishedFirst: boolean },
): Effect.fn.Return<RunSummary, CommandError | LedgerError, Ledger | Cli | Durable> {
  if (runId !== undefined) {
    const run = yield* findRun(runId)
    if (run.kind === kind) return run
    return yield* new CommandError({
      tag: "OtherArea",
      problem: `run ${runId} is one of ${run.kind}, not of experiments`,
      hints: [`heddle ${run.kind} status ${runId}`],
      code: ExitCode.usage,
    })
  }
  if (study !== undefined) {
    const runs = yield* runsOf(study.studyId)
    const open = options.unfinishedFirst ? yield* firstOpen(runs) : undefined
    const run = open ?? runs[0]
    if (run !== undefined) return run
    return yield* new CommandError({
      tag: "NoRuns",
      problem: `no run of the study ${JSON.stringify(study.studyId)} is in this workspace`,
      hints: ["heddle experiments run FILE", "heddle runs list"],
      code: ExitCode.nothing,
    })
  }
  if (!options.unfinishedFirst) return yield* findRun(undefined, { kind })
  const ledger = yield* Ledger
  const runs = yield* ledger.listRuns({ kind, limit: runsLookedAtMax })
  // Where none is open, the files of the latest are looked at.
  return (yield* firstOpen(runs)) ?? runs[0] ?? (yield* nothingFound({ kind, unfinished: true }))
})

/** Runs among which one with something left is looked for; older ones are found where they are unfinished. */
const runsLookedAtMax = 100

/**
 * The first run with something left: unfinished, or with runs that a budget left out and no look made needless, or ended
 * without a receipt of its files, as when the process was killed while it wrote them.
 */
const firstOpen = Effect.fnUntraced(function* (
  runs: ReadonlyArray<RunSummary>,
): Effect.fn.Return<RunSummary | undefined, LedgerError, Ledger | Cli | Durable> {
  for (const run of runs) {
    if (run.state !== "succeeded") return run
    if (run.counts.skipped > 0 && (yield* StudyLooks.looks(run.runId)).at(-1)?.stop !== true) return run
    const receipt = yield* findReceipt(run.runId)
    if (receipt === undefined || receipt.sessions !== run.sessions || receipt.artifacts.length === 0) return run
  }
  return undefined
})

/** A run with the study as it is now, and as it was when the run began. */
export interface TakenUp {
  readonly run: RunSummary
  readonly source: Source
  readonly study: Study
  /** The text that was kept; undefined where nothing was. */
  readonly stored: StoredStudy.StoredStudy | undefined
  readonly before: Study | undefined
  /** The file, absolute. */
  readonly file: string
  /** The run's own settings under those of this command. */
  readonly settings: Settings
  /** What relative paths among stored settings mean. */
  readonly cwd: string
  /** Where the run writes, as it was told. */
  readonly folder: string | undefined
  /** What was said of the run when it began, and what came to it since. */
  readonly details: Readonly<Record<string, Schema.Json>>
  /** Looks that a sequential rule has made, as the ledger has them on record. */
  readonly looks: ReadonlyArray<StoppingLook>
}

/** Takes up a run. */
export const takeUp = Effect.fn("takenUp.takeUp")(function* (
  words: Words,
  options: { readonly unfinishedFirst: boolean; readonly preferKept?: boolean },
): Effect.fn.Return<
  TakenUp,
  CommandError | LedgerError | InvalidStudy | DesignError | TextError,
  Cli | Ledger | Durable
> {
  const { settings } = yield* Cli
  const here = process.cwd()
  const named = words.file === undefined ? undefined : yield* readSource(words.file)
  const run = yield* runFor(words, named?.study, options)
  if (named === undefined && run.kind !== kind) return yield* nothingFound({ unfinished: options.unfinishedFirst })
  const stored = named === undefined ? yield* StoredStudy.require(run.runId) : yield* StoredStudy.read(run.runId)
  const before = stored === undefined ? undefined : yield* decodeStudy(stored.text, stored.format, stored.file)
  const begun = yield* Begun.read(run.runId)
  const { outputFolder } = Begun.placesOf(settings.workspace, begun?.details)
  const own = stored === undefined ? settings : StoredStudy.settingsOf(settings, stored)
  const details = begun?.details ?? {}
  const common = {
    details,
    looks: (before ?? named?.study)?.heddle.stopping === undefined ? [] : yield* StudyLooks.looks(run.runId),
    run,
    stored,
    before,
    settings: own,
    cwd: stored?.cwd ?? here,
    folder: outputFolder,
  }
  if (named !== undefined) {
    return { ...common, source: named.source, study: named.study, file: resolve(here, words.file ?? "") }
  }
  // Said by `require` above.
  if (stored === undefined || before === undefined) return yield* nothingFound({ unfinished: true })
  if (options.preferKept !== true && existsSync(stored.file)) {
    const { source, study } = yield* readSource(stored.file)
    return { ...common, source, study, file: stored.file }
  }
  const source: Source = { file: stored.file, text: stored.text, format: stored.format, matrix: matrixOf(stored) }
  return { ...common, source, study: before, file: stored.file }
})

const matrixOf = ({ matrix }: StoredStudy.StoredStudy): Source["matrix"] => matrix
