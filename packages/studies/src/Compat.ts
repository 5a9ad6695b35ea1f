/**
 * The multi-study orchestrator for people who come from the Python SDK: the same names and the same reading of filters, as
 * a Promise interface over any SDK object that lists studies. New code is better off with `StudyOrchestrator`, which
 * resumes, plans, retries and writes a receipt.
 *
 * @layer logic
 * @module
 */
import * as LedgerMemory from "@heddle/core/LedgerMemory"
import * as Plan from "@heddle/core/Plan"
import * as Runner from "@heddle/core/Runner"
import * as Effect from "effect/Effect"
import * as Result from "effect/Result"
import { lazyKind } from "./internal/runPipeline.ts"
import { FilterConflictError, OrchestratorError } from "./OrchestratorError.ts"
import { PipelineResultError } from "./PipelineError.ts"
import * as Selection from "./Selection.ts"
import { resultOf, type OrchestratorResult } from "./StudiesReport.ts"
import type { StudyKey } from "./StudyKey.ts"
import { loggerName, StudyContextLogAdapter, writeToEffect, type LogRecord } from "./StudyLogger.ts"
import * as StudyLog from "./StudyLog.ts"

export { FilterConflictError, OrchestratorError } from "./OrchestratorError.ts"
export type { OrchestratorResult } from "./StudiesReport.ts"
export { makeStudyLogger, StudyContextLogAdapter } from "./StudyLogger.ts"

/** What the orchestrator needs of an SDK; all else of it is the pipelines' own business. @category models */
export interface StudiesSdk {
  readonly studies: {
    readonly list: () =>
      | PromiseLike<Iterable<{ readonly studyKey: StudyKey }>>
      | Iterable<{ readonly studyKey: StudyKey }>
  }
}

/** What is run for each study: its key, the SDK, its logger, then whatever extras the caller gave. @category models */
export type StudyWorkerCallable<Sdk, A, Extras extends ReadonlyArray<unknown> = ReadonlyArray<never>> = (
  studyKey: StudyKey,
  sdk: Sdk,
  logger: StudyContextLogAdapter,
  ...extras: Extras
) => PromiseLike<A> | A

/** Whether a value can be run for studies: it must be callable. @category guards */
export const isStudyWorkerCallable = (value: unknown): value is StudyWorkerCallable<never, unknown> =>
  typeof value === "function"

/** Which studies a function is run for, and what it is given beside them. @category models */
export interface ExecuteOptions<Extras extends ReadonlyArray<unknown>> {
  /** Only these studies; nothing or an empty list means all. */
  readonly whitelist?: Iterable<StudyKey> | null
  /** All but these studies; nothing or an empty list means all. */
  readonly blacklist?: Iterable<StudyKey> | null
  /** Passed to each call behind the logger, as they are. */
  readonly args?: Extras
  /** Interrupts the run; studies that run then are FAILED, and so are those that never started. */
  readonly signal?: AbortSignal
}

/** How many studies run at a time, and where their log goes. @category models */
export interface OrchestratorOptions {
  /** Studies at a time; 4 unless given, 1 runs them one after the other. */
  readonly maxWorkers?: number
  /** Takes the log; Effect's loggers unless given. */
  readonly write?: (record: LogRecord) => void
}

/** Studies at a time unless said otherwise. */
export const maxWorkersDefault = 4

/**
 * Runs a function over all studies that an SDK lists, a number of them at a time, each failing alone.
 *
 * @example
 * import { MultiStudyOrchestrator } from "@heddle/studies/Compat"
 *
 * const sdk = { studies: { list: async () => [{ studyKey: "A" }, { studyKey: "B" }] } }
 * const orchestrator = new MultiStudyOrchestrator(sdk, { maxWorkers: 2 })
 * const results = await orchestrator.executePipeline(async (studyKey) => studyKey.toLowerCase())
 * results.get("B")?.data // => "b"
 *
 * @category models
 */
export class MultiStudyOrchestrator<Sdk extends StudiesSdk> {
  readonly #sdk: Sdk
  readonly #maxWorkers: number
  readonly #write: ((record: LogRecord) => void) | undefined

  /** Throws a RangeError where `maxWorkers` is no whole number of 1 or more. */
  constructor(sdk: Sdk, options: OrchestratorOptions = {}) {
    const maxWorkers = options.maxWorkers ?? maxWorkersDefault
    if (!Number.isInteger(maxWorkers) || maxWorkers < 1) {
      throw new RangeError(`maxWorkers must be a whole number ≥ 1; it is ${maxWorkers}`)
    }
    this.#sdk = sdk
    this.#maxWorkers = maxWorkers
    this.#write = options.write
  }

  /** The SDK that was given; every study sees this same object. */
  get sdk(): Sdk {
    return this.#sdk
  }

  get maxWorkers(): number {
    return this.#maxWorkers
  }

  /**
   * The keys of the studies that would run, in the registry's order, each once. Rejects with {@link FilterConflictError}
   * before the registry is asked where both lists name studies.
   */
  async resolveActiveStudies(
    whitelist?: Iterable<StudyKey> | null,
    blacklist?: Iterable<StudyKey> | null,
  ): Promise<ReadonlyArray<StudyKey>> {
    const include = keysOf("whitelist", whitelist)
    const exclude = keysOf("blacklist", blacklist)
    if (include.length > 0 && exclude.length > 0) throw FilterConflictError.of({ include, exclude })
    const studies = [...(await this.#sdk.studies.list())].map(({ studyKey }) => ({
      studyKey,
      studyName: studyKey,
      attributes: {},
    }))
    this.#log("Debug", `the registry lists ${studies.length} studies`)
    const selection = Result.getOrThrow(
      Selection.select(
        { studies, duplicates: [], rejected: [], warnings: [] },
        include.length > 0 ? { include } : exclude.length > 0 ? { exclude } : {},
      ),
    )
    for (const warning of selection.warnings) this.#log("Warn", warning)
    this.#log("Info", `selected ${selection.selected.length}/${selection.registry} studies`)
    return selection.selected
  }

  /**
   * Runs `worker` for each study; the result has one entry per study in the registry's order. A study's failure is an
   * entry, never a rejection. Rejects where the registry cannot be read, and with a TypeError where `worker` is no
   * function, before any request.
   */
  async executePipeline<A, Extras extends ReadonlyArray<unknown> = ReadonlyArray<never>>(
    worker: StudyWorkerCallable<Sdk, A, Extras>,
    options: ExecuteOptions<Extras> = {},
  ): Promise<ReadonlyMap<StudyKey, OrchestratorResult<A>>> {
    if (!isStudyWorkerCallable(worker)) throw new TypeError("the pipeline must be a function")
    const keys = await this.resolveActiveStudies(options.whitelist, options.blacklist)
    // Values need not be JSON here, so they stay beside the run instead of in its ledger.
    const values = new Map<StudyKey, A>()
    // Without extras the parameter list is empty, which is what the default type says.
    const extras: ReadonlyArray<unknown> = options.args ?? []
    const work = Effect.fnUntraced(function* (this: MultiStudyOrchestrator<Sdk>, studyKey: StudyKey) {
      const fork = Effect.runForkWith(yield* Effect.context<never>())
      const logger = new StudyContextLogAdapter(
        { name: loggerName, write: this.#write ?? writeToEffect(fork) },
        studyKey,
      )
      const value = yield* Effect.callback<A, PipelineResultError>((resume) => {
        const call = async (): Promise<void> => {
          try {
            const value = await Reflect.apply(worker, undefined, [studyKey, this.#sdk, logger, ...extras])
            const found = lazyKind(value)
            resume(found === undefined ? Effect.succeed(value) : Effect.fail(new PipelineResultError({ found })))
          } catch (error) {
            resume(Effect.die(error))
          }
        }
        void call()
      })
      values.set(studyKey, value)
      return null
    }).bind(this)
    const maxWorkers = this.#maxWorkers
    const plan = Plan.make({ kind: "studies", units: keys.map((id) => ({ id })) })
    const receipt = await Effect.runPromise(
      Effect.gen(function* () {
        const control = yield* Runner.makeControl
        const fork = Effect.runForkWith(yield* Effect.context<never>())
        const interrupt = () => void fork(control.interrupt)
        options.signal?.addEventListener("abort", interrupt, { once: true })
        if (options.signal?.aborted === true) interrupt()
        return yield* Effect.ensuring(
          Runner.run(plan, (unit) => StudyLog.annotate(unit.id)(work(unit.id)), {
            concurrency: maxWorkers,
            control,
          }),
          Effect.sync(() => options.signal?.removeEventListener("abort", interrupt)),
        )
      }).pipe(Effect.provide(LedgerMemory.layer())),
    )
    return new Map(
      receipt.units.map((outcome) => {
        const value = values.get(outcome.id)
        const { value: _, ...rest } = outcome
        const result = resultOf<A>(value === undefined || outcome.status !== "succeeded" ? rest : { ...rest, value })
        this.#log(
          result.status === "SUCCESS" ? "Info" : "Error",
          result.error === null ? "succeeded" : `failed: ${result.error}`,
          StudyLog.annotations(outcome.id),
        )
        return [outcome.id, result] as const
      }),
    )
  }

  #log(level: StudyLog.Level, message: string, extra: StudyLog.Extra = {}): void {
    const write = this.#write ?? writeToEffect(Effect.runFork)
    write({ logger: loggerName, level, message, extra })
  }
}

// A text is iterable too: "AB" would stand for the studies A and B.
const keysOf = (name: string, keys: Iterable<StudyKey> | null | undefined): ReadonlyArray<StudyKey> => {
  if (keys === undefined || keys === null) return []
  if (typeof keys === "string") {
    throw new OrchestratorError({
      reason: { _tag: "InvalidFilter", filter: name, problem: "it must be a list of study keys, not a text" },
    })
  }
  return [...keys]
}
