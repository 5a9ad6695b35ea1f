/**
 * Runs studies: plans the runs of a study's conditions, runs them side by side under the study's budgets and limits, and
 * takes them up again. Names and options are those that users of the predecessor know; each is mapped onto the Runner.
 *
 * @layer logic
 * @module
 */
import type { Artifact, DurableError } from "@heddle/core/Durable"
import { Ledger, type LedgerError } from "@heddle/core/Ledger"
import * as LedgerMemory from "@heddle/core/LedgerMemory"
import { Placement } from "@heddle/core/Placement"
import type { Plan, PlanError } from "@heddle/core/Plan"
import type { Receipt } from "@heddle/core/Receipt"
import * as Runner from "@heddle/core/Runner"
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import * as Random from "effect/Random"
import type * as Schedule from "effect/Schedule"
import type { Failure } from "@heddle/core/Failure"
import type * as Scope from "effect/Scope"
import * as Stream from "effect/Stream"
import type { AgentBindings } from "./Agents.ts"
import { Artifacts } from "./Artifacts.ts"
import * as CanonicalTables from "./CanonicalTables.ts"
import type { Condition } from "./Condition.ts"
import type { DesignReport } from "./Design.ts"
import type { Evaluator } from "./Evaluators.ts"
import type { ArtifactsError, DesignError, InvalidStudy } from "./ExperimentError.ts"
import type { BalancedStop } from "./internal/runDispatch.ts"
import { RunDispatch } from "./internal/runDispatch.ts"
import * as Limited from "./internal/runLimits.ts"
import { placed, performers } from "./internal/runPerformers.ts"
import * as Prepare from "./internal/runPrepare.ts"
import * as Resume from "./internal/runResume.ts"
import * as Looks from "./internal/runLooks.ts"
import * as Stopping from "./internal/runStopping.ts"
import { type OneRun, type RunEnvironment, workOf } from "./internal/runOne.ts"
import type { ProblemRegistry } from "./Problems.ts"
import type { RunResult, RunSpec } from "./Run.ts"
import type { RunFunction, RunModule } from "./RunBinding.ts"
import { type Change, RunPlanError, StudyChanged } from "./RunError.ts"
import { make as makeStoppingRule, type StoppingLook, type StoppingRule } from "./StoppingRule.ts"
import type { Study } from "./Study.ts"
import { amountOf, budgetNames } from "./StudyPlan.ts"
import { StudyProgress } from "./StudyProgress.ts"
import { periodPlaces } from "./RunOrder.ts"
import * as StudyLooks from "./StudyLooks.ts"
import * as StudyRecords from "./StudyRecords.ts"

export type { BalancedStop } from "./internal/runDispatch.ts"
export type { Prepared } from "./internal/runPrepare.ts"

/** Results that are kept in memory unless the caller says otherwise; larger studies are read with `StudyRecords`. */
export const resultsKeptMax = 10_000

/** What a study is run with. @category models */
export interface StudyBindings {
  /** The conditions to run; those that the study's design gives unless given. */
  readonly conditions?: ReadonlyArray<Condition>
  /** Agents by name; those of the `Agents` service unless given. */
  readonly agentBindings?: AgentBindings
  /** Problems by name; those of the `Problems` service unless given. */
  readonly problemRegistry?: ProblemRegistry
  /** Evaluators of every run beside those of the problems; those of the `Evaluators` service unless given. */
  readonly evaluators?: ReadonlyArray<Evaluator>
  /** One function for each run of a condition, in place of agents and problems. */
  readonly conditionRunner?: RunFunction | RunModule
  /** Version of a condition runner that is a function: part of the fingerprint of its runs. */
  readonly conditionRunnerVersion?: string
  /** The text of the file that `matrix_path` names. */
  readonly matrix?: Prepare.MatrixOption
  /** Reads and records as the predecessor does where the two differ. */
  readonly compatibility?: boolean
}

/** How a study is run. @category models */
export interface RunStudyOptions extends StudyBindings {
  /** Runs at a time; the study's own number unless given. */
  readonly parallelism?: number
  /** Checks and plans, and runs nothing. */
  readonly dryRun?: boolean
  /** Takes up the last run of this study where there is one. */
  readonly resume?: boolean
  /** False keeps the record of the study in memory only: nothing can be resumed. */
  readonly checkpoint?: boolean
  /** Also writes the tables as a database, where files are written. */
  readonly includeSqlite?: boolean
  /** Also writes the tables as Parquet, where files are written. */
  readonly includeParquet?: boolean
  /** Progress on the terminal; unset, only where there is one. */
  readonly showProgress?: boolean
  /** Id of the run in the ledger; made from the time unless given. With `resume`: the run to take up. */
  readonly runId?: string
  /** Whether a resume runs failed runs again; what the study says unless given. */
  readonly retryFailed?: boolean
  /** A resume of a study that is finished makes a receipt anew; false unless given. */
  readonly reopen?: boolean
  /**
   * What a resume does where finished runs were made with something else (seed policy, agent, problem, evaluator):
   * `refuse` it, `rerun` those runs, or `keep` their results as they are. `refuse` unless given.
   */
  readonly onChange?: "refuse" | "rerun" | "keep"
  /** Whether results are handed over in memory; unless given, up to {@link resultsKeptMax} runs. */
  readonly keepResults?: boolean
  /** Whether outcomes stand in the receipt in memory; false unless given. A receipt that is written has them all the same. */
  readonly keepUnits?: boolean
  /** Where files are written; the study's own `output_dir` unless given. */
  readonly folder?: string
  /** Writes the canonical files where the `Artifacts` service is provided; true unless given. */
  readonly export?: boolean
  /** Asked at each balanced point of the study, in place of the study's own stopping rule; runs go in whole replicates then. */
  readonly stop?: BalancedStop & {
    /** Given every result once, before `shouldStop` is asked about its replicate; in plan order within a replicate. */
    readonly onResult?: (result: RunResult) => void
  }
  readonly control?: Runner.RunControl
  readonly observers?: ReadonlyArray<(event: RunEventOf, atMs: number) => void>
  readonly grace?: Runner.RunOptions["grace"]
  /** Delays between the tries of a run; exponential from 1 s unless given. */
  readonly retrySchedule?: Schedule.Schedule<unknown, Failure>
  readonly details?: Runner.RunOptions["details"]
  readonly environment?: Readonly<Record<string, string>>
  /** Seconds of a clock that only goes forward, for the time that runs take; the Clock's own unless given. */
  readonly stopwatch?: () => number
}

type RunEventOf = Parameters<NonNullable<Runner.RunOptions["observers"]>[number]>[0]

/** What became of a study. @category models */
export interface StudyRun {
  /** In plan order: what succeeded and what failed. Empty where results are not kept. */
  readonly results: ReadonlyArray<RunResult>
  readonly resultsKept: boolean
  /** The run of the ledger; absent for a dry run. */
  readonly runId: string | undefined
  /** Absent for a dry run, and where there was nothing left to run. */
  readonly receipt: Receipt | undefined
  readonly plan: Plan
  readonly runs: ReadonlyArray<RunSpec>
  readonly conditions: ReadonlyArray<Condition>
  readonly design: DesignReport | undefined
  /** Files that were written. */
  readonly artifacts: ReadonlyArray<Artifact>
  /** What finished runs were made with and is no more, where a resume was told to go on. */
  readonly changes: ReadonlyArray<Change>
  /** Every look at the data of a study that has a stopping rule, in order. */
  readonly looks: ReadonlyArray<StoppingLook>
}

/** What running a study can fail with as a whole; a run's failure is never one of them. @category errors */
export type StudyFailure =
  | InvalidStudy
  | DesignError
  | RunPlanError
  | PlanError
  | StudyChanged
  | Runner.RunFailure
  | ArtifactsError
  | DurableError

/** What a dry run found. @category models */
export interface DryRunReport {
  /** Empty where the study can be run. */
  readonly errors: ReadonlyArray<string>
  readonly plannedRuns: number
}

/**
 * Checks a study with what it would be run with, and counts its runs; runs nothing and writes nothing.
 *
 * @category running
 */
export const dryRunValidate = (study: Study, options: StudyBindings = {}): Effect.Effect<DryRunReport> =>
  Effect.map(Prepare.review(study, options), ({ errors, planned }) => ({ errors, plannedRuns: planned }))

/**
 * The plan of a study, as `runStudy` would run it: conditions, runs, and the plan for the Runner.
 *
 * @category running
 */
export const planStudy = (study: Study, options: StudyBindings = {}): Effect.Effect<Prepare.Prepared, StudyFailure> =>
  Prepare.prepare(study, options)

/** What a run needs of the core beside its budgets. */
const policyOf = (study: Study): Runner.FailurePolicy => {
  if (study.runBudget.failFast) return "first"
  const { atLeast, share, stopAfter } = study.heddle.failures ?? {}
  if (share !== undefined && stopAfter !== undefined) return "never"
  if (stopAfter !== undefined) return { stopAfter }
  if (share !== undefined) return { share, ...(atLeast === undefined ? {} : { atLeast }) }
  return "never"
}

/** The budgets of the whole study; where only conditions have one, all of theirs together. */
const budgetsOf = (study: Study, conditions: number): Readonly<Record<string, number>> => {
  const budgets: Record<string, number> = {}
  for (const name of budgetNames) {
    const perCondition = amountOf(study.heddle.budgets?.perCondition, name)
    const cap =
      amountOf(study.heddle.budgets?.study, name) ??
      (perCondition === undefined ? undefined : perCondition * conditions)
    if (cap !== undefined) budgets[name] = cap
  }
  return budgets
}

/** Runs whose failure another try does not mend: the money is gone. */
const finalTags: ReadonlySet<string> = new Set(["RunOverBudget"])

const timeoutOf = (study: Study): number | undefined => {
  const bounds = [study.heddle.timeoutS, amountOf(study.heddle.budgets?.perRun, "time_s")].filter(
    (bound) => bound !== undefined,
  )
  return bounds.length === 0 ? undefined : Math.min(...bounds) * 1000
}

const coreOptions = (
  study: Study,
  prepared: Prepare.Prepared,
  options: RunStudyOptions,
  dispatch: RunDispatch,
  resumed: Resume.Resumed | undefined,
  observers: ReadonlyArray<(event: RunEventOf, atMs: number) => void>,
): Runner.RunOptions => {
  const { heddle } = study
  const timeoutMs = timeoutOf(study)
  const budgets = budgetsOf(study, prepared.conditions.filter(({ admissible }) => admissible).length)
  const retries = heddle.retries ?? 0
  return {
    concurrency: options.parallelism ?? study.runBudget.parallelism,
    failures: policyOf(study),
    keepUnits: options.keepUnits ?? false,
    observers,
    ...(dispatch.isIdle() ? {} : { dispatch: dispatch.dispatch }),
    ...(Object.keys(budgets).length === 0 ? {} : { budgets }),
    ...(timeoutMs === undefined ? {} : { timeout: timeoutMs }),
    ...(heddle.deadlineS === undefined ? {} : { deadline: heddle.deadlineS * 1000 }),
    ...(retries === 0
      ? {}
      : {
          retry: {
            times: retries,
            while: (failure) => !finalTags.has(failure.tag),
            ...(options.retrySchedule === undefined ? {} : { schedule: options.retrySchedule }),
          },
        }),
    ...(resumed === undefined
      ? {
          seed: Resume.seedOf(study),
          ...(options.runId === undefined ? {} : { runId: options.runId }),
        }
      : {
          runId: resumed.runId,
          resume: {
            retryFailed: options.retryFailed ?? heddle.retryFailed ?? true,
            reopen: options.reopen ?? false,
            ...(resumed.reusedBecause.size === 0 ? {} : { reusedBecause: resumed.reusedBecause }),
          },
        }),
    ...(options.control === undefined ? {} : { control: options.control }),
    ...(options.grace === undefined ? {} : { grace: options.grace }),
    ...(options.environment === undefined ? {} : { environment: options.environment }),
    details: {
      ...options.details,
      study: { studyId: study.studyId, title: study.title, mode: prepared.planned.mode },
      ...(resumed === undefined || resumed.changes.length + resumed.added + resumed.removed === 0
        ? {}
        : { resume: { changes: resumed.changes, runsAdded: resumed.added, runsRemoved: resumed.removed } }),
    },
  }
}

const checkParallelism = (study: Study, options: RunStudyOptions): Effect.Effect<void, RunPlanError> => {
  const parallelism = options.parallelism ?? study.runBudget.parallelism
  return Number.isSafeInteger(parallelism) && parallelism >= 1
    ? Effect.void
    : Effect.fail(
        new RunPlanError({
          reason: {
            _tag: "InvalidOption",
            option: "parallelism",
            expected: "a whole number of 1 or more",
            actual: String(parallelism),
          },
        }),
      )
}

/** Names that leave no column for a factor or a block are refused before anything is paid for. */
const checkColumns = Effect.fnUntraced(function* (
  study: Study,
  conditions: ReadonlyArray<Condition>,
  options: RunStudyOptions,
): Effect.fn.Return<void, ArtifactsError> {
  const artifacts = yield* Effect.serviceOption(Artifacts)
  if (options.export === false || Option.isNone(artifacts)) return
  yield* Effect.fromResult(CanonicalTables.make(conditions, study.studyId, options.compatibility ?? false))
})

/** Everything of a session that stands around the Runner. */
const session = Effect.fnUntraced(function* (
  study: Study,
  options: RunStudyOptions,
  mustResume: boolean,
): Effect.fn.Return<StudyRun, StudyFailure, Ledger | Scope.Scope> {
  yield* checkParallelism(study, options)
  const made = yield* Prepare.prepare(study, options)
  const { conditions, design } = made
  yield* checkColumns(study, conditions, options)
  const nothing = { conditions, design, artifacts: [], changes: [], looks: [], receipt: undefined, runId: undefined }
  if (options.dryRun === true) {
    return { ...nothing, plan: made.plan, runs: made.planned.runs, results: [], resultsKept: false }
  }
  const resuming = mustResume || options.resume === true
  const found = resuming ? yield* Resume.find(study, options.runId) : undefined
  if (mustResume && found === undefined) {
    return yield* new RunPlanError({ reason: { _tag: "NothingToResume", studyId: study.studyId } })
  }
  const resumed = found === undefined ? undefined : yield* Resume.take(study, found, made, options.onChange ?? "refuse")
  const prepared = resumed === undefined ? made : { ...made, plan: resumed.plan }
  const { plan, planned } = prepared
  const specs = new Map(planned.runs.map((run) => [run.runId, run]))
  const { compatibility = false } = options

  const active = new Map<string, OneRun>()
  const parallelism = options.parallelism ?? study.runBudget.parallelism
  const environment: RunEnvironment = {
    study,
    compatibility,
    specs,
    conditions: new Map(conditions.map((condition) => [condition.conditionId, condition])),
    performers: yield* performers(prepared, { concurrency: parallelism, active }),
    problems: prepared.problems,
    evaluators: prepared.evaluators,
    stopwatch: options.stopwatch,
    active,
  }
  const limited = yield* Limited.make(study, specs)
  const run = workOf(environment)

  const records = (ledgerRunId: string) => StudyRecords.records(planned.runs, ledgerRunId, { compatibility })
  const rule = yield* Effect.fromResult(makeStoppingRule(study, planned.replicates))
  const before = rule === undefined || resumed === undefined ? [] : yield* looksBefore(resumed.runId, rule, options)
  const keeper =
    rule === undefined ? undefined : Looks.make(rule, planned.runs, () => feed?.shouldStop(planned.replicates))
  const looking =
    rule === undefined || keeper === undefined
      ? undefined
      : Stopping.make(study, rule, environment.conditions, { before, keep: keeper.keep })
  const stop = Stopping.both(looking, options.stop)
  const feed = stop === undefined ? undefined : Resume.feed(stop, specs, { compatibility, order: planned.runs })
  if (feed !== undefined && resumed !== undefined) yield* Stream.runForEach(records(resumed.runId), feed.known)
  const dispatch = new RunDispatch(study, specs, {
    stop: feed,
    spentBefore: resumed?.spent ?? new Map(),
    periods: periodPlaces(study, conditions),
  })
  const display = yield* Effect.flatMap(StudyProgress, (progress) =>
    progress.open({
      studyId: study.studyId,
      show: options.showProgress,
      plan,
      done: resumed?.done ?? 0,
    }),
  )
  const observers = [
    ...(feed === undefined ? [] : [feed.observe]),
    ...(dispatch.isIdle() ? [] : [dispatch.observe]),
    ...(display === undefined ? [] : [display.observe]),
    ...(options.observers ?? []),
  ]
  const placement = yield* Placement
  const running = Runner.run(
    plan,
    (unit) => limited(unit, run(unit)),
    coreOptions(study, prepared, options, dispatch, resumed, observers),
  )
  const receipt = yield* Effect.catchIf(
    Effect.provideService(
      keeper === undefined ? running : Effect.updateService(running, Ledger, keeper.through),
      Placement,
      placed(placement.name),
    ),
    // A study that is finished is finished: its results are handed over again.
    (error: Runner.RunFailure) => error._tag === "RunnerError" && error.reason._tag === "NothingToResume",
    () => Effect.undefined,
  )
  const left =
    receipt === undefined ? 0 : receipt.counts.notStarted + receipt.counts.skipped + receipt.counts.interrupted
  // The last replicate is looked at as well, though nothing can be stopped after it.
  if (left === 0 && (keeper === undefined || receipt === undefined)) feed?.shouldStop(planned.replicates)
  const runId = receipt?.runId ?? resumed?.runId
  const stored = runId === undefined ? Stream.empty : records(runId)
  const ledger = yield* Ledger
  const artifacts =
    options.export === false
      ? []
      : yield* exported(study, prepared, options, {
          looks: looking?.looks ?? [],
          records: Stream.provideService(stored, Ledger, ledger),
          ledgerRunId: runId,
        })
  const resultsKept = options.keepResults ?? planned.runs.length <= resultsKeptMax
  const results: Array<RunResult> = []
  if (resultsKept) {
    yield* Stream.runForEach(stored, ({ result }) =>
      Effect.sync(() => {
        if (result !== undefined) results.push(result)
      }),
    )
  }
  return {
    results,
    resultsKept,
    runId,
    receipt,
    plan,
    runs: planned.runs,
    conditions,
    design,
    artifacts,
    changes: resumed?.changes ?? [],
    looks: looking?.looks ?? [],
  }
})

/** The looks of earlier sessions; refused where the rule is another one now, for nothing corrects for two rules. */
const looksBefore = Effect.fnUntraced(function* (
  runId: string,
  rule: StoppingRule,
  options: RunStudyOptions,
): Effect.fn.Return<ReadonlyArray<StoppingLook>, LedgerError | StudyChanged, Ledger> {
  const kept = yield* StudyLooks.kept(runId)
  const others = kept.filter((one) => one.rule !== StudyLooks.ruleText(rule))
  if (others.length > 0 && options.onChange !== "keep") {
    return yield* new StudyChanged({
      runId,
      changes: [{ field: "stopping rule after looks were made, which only keep takes as it is", runs: others.length }],
    })
  }
  return kept.map(({ look }) => look)
})

const exported = Effect.fnUntraced(function* (
  study: Study,
  prepared: Prepare.Prepared,
  options: RunStudyOptions,
  from: Pick<Parameters<Artifacts["Service"]["export"]>[0], "records"> & {
    readonly looks: ReadonlyArray<StoppingLook>
    readonly ledgerRunId: string | undefined
  },
): Effect.fn.Return<ReadonlyArray<Artifact>, ArtifactsError | DurableError | LedgerError> {
  const artifacts = yield* Effect.serviceOption(Artifacts)
  if (Option.isNone(artifacts)) return []
  return yield* artifacts.value.export({
    study,
    conditions: prepared.conditions,
    ...(prepared.design === undefined ? {} : { design: prepared.design }),
    records: from.records,
    looks: from.looks,
    folder: options.folder ?? study.outputDir,
    ...(from.ledgerRunId === undefined ? {} : { ledgerRunId: from.ledgerRunId }),
    includeSqlite: options.includeSqlite ?? false,
    includeParquet: options.includeParquet ?? false,
    compatibility: options.compatibility ?? false,
    ...(options.environment === undefined ? {} : { environment: options.environment }),
  })
})

const scoped = (
  study: Study,
  options: RunStudyOptions,
  mustResume: boolean,
): Effect.Effect<StudyRun, StudyFailure, Ledger> => {
  const whole = Effect.scoped(session(study, options, mustResume))
  return options.checkpoint === false ? Effect.provide(whole, LedgerMemory.layer()) : whole
}

/**
 * Runs a study: plans its runs, runs them, and hands over their results in plan order. A run's failure is a result, never a
 * failure here. Where the `Artifacts` service is provided the canonical files are written to the study's folder.
 *
 * @category running
 */
export const runStudy = (study: Study, options: RunStudyOptions = {}): Effect.Effect<StudyRun, StudyFailure, Ledger> =>
  Effect.withSpan(scoped(study, options, false), "StudyRunner.runStudy")

/**
 * Takes up the last run of a study, or the one that `runId` names: finished runs are reused, failed ones run again unless
 * told otherwise, and what was never reached is run. Fails with `NothingToResume` where the ledger knows no run of it, and
 * with `StudyChanged` where finished runs were made with something else.
 *
 * @category running
 */
export const resumeStudy = (
  study: Study,
  options: Omit<RunStudyOptions, "resume" | "dryRun"> = {},
): Effect.Effect<StudyRun, StudyFailure, Ledger> =>
  Effect.withSpan(scoped(study, options, true), "StudyRunner.resumeStudy")

/** Runs studies under one set of options. @category running */
export interface StudyRunner {
  readonly run: (study: Study, options?: RunStudyOptions) => Effect.Effect<StudyRun, StudyFailure, Ledger>
}

/** Runs one run after the other. @category running */
export const SerialRunner = (options: Omit<RunStudyOptions, "parallelism"> = {}): StudyRunner => ({
  run: (study, more) => runStudy(study, { ...options, ...more, parallelism: 1 }),
})

/** Runs so many runs at a time; the study's own number unless given. @category running */
export const LocalParallelRunner = (options: RunStudyOptions = {}): StudyRunner => ({
  run: (study, more) => runStudy(study, { ...options, ...more }),
})

/**
 * Runs an Effect with a generator of random numbers that starts at `seed`. The caller's own generator is not touched, also
 * where the Effect fails.
 *
 * @example
 * import * as Effect from "effect/Effect"
 * import * as Random from "effect/Random"
 * import { reproducibleSeed } from "@heddle/experiments/StudyRunner"
 *
 * const draw = reproducibleSeed(7)(Random.next)
 * (await Effect.runPromise(draw)) === (await Effect.runPromise(draw)) // => true
 *
 * @category running
 */
export const reproducibleSeed =
  (seed: number) =>
  <A, E, R>(effect: Effect.Effect<A, E, R>): Effect.Effect<A, E, R> =>
    Random.withSeed(effect, String(seed))
