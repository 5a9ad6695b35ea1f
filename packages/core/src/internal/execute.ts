/**
 * A whole run: lease, ledger, what is taken over, the session, and the receipt.
 *
 * @layer logic
 * @module
 */
import * as Clock from "effect/Clock"
import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import * as Logger from "effect/Logger"
import * as Scheduler from "effect/Scheduler"
import type * as Scope from "effect/Scope"
import * as Tracer from "effect/Tracer"
import * as Budget from "../Budget.ts"
import type { Failure } from "../Failure.ts"
import * as Lease from "../Lease.ts"
import { Ledger, type RunSummary } from "../Ledger.ts"
import { emptyCounts, type Outcome } from "../Outcome.ts"
import { Placement } from "../Placement.ts"
import type { Plan } from "../Plan.ts"
import { schemaVersion, type Receipt } from "../Receipt.ts"
import type { RunEvent } from "../RunEvent.ts"
import { RunnerError, type RunFailure, type RunOptions, type ValueSink } from "../RunnerOptions.ts"
import { Secrets } from "../Secrets.ts"
import type { Work } from "../Work.ts"
import { encoderOf } from "./recordValue.ts"
import { redactLoggers, redactTracer } from "./redaction.ts"
import { resolveOptions } from "./resolveOptions.ts"
import { fresh, loadResume } from "./resume.ts"
import { retryDelays } from "./retryDelays.ts"
import { Session } from "./session.ts"
import type { SessionEnd } from "./sessionSpec.ts"

const hasEnded = (state: RunSummary["state"]): boolean => state !== "running" && state !== "unfinished"

/** Tasks in the order asked for. An order that leaves one out, or names one twice, would lose a unit: a defect. */
const ordered = <T>(tasks: ReadonlyArray<T>, order: ReadonlyArray<number> | undefined): ReadonlyArray<T> => {
  if (order === undefined) return tasks
  const picked = order.flatMap((place) => {
    const task = tasks[place]
    return task === undefined ? [] : [task]
  })
  if (order.length !== tasks.length || new Set(picked).size !== tasks.length) {
    throw new RangeError(`the order of dispatch must name each of the ${tasks.length} units once`)
  }
  return picked
}

/** How a reader of events slows the run down. */
export interface Throttle {
  readonly isThrottled: () => boolean
  /** Receives the function to call when the reader has caught up. */
  readonly onPump: (pump: () => void) => void
}

export const execute = <A, E, R, V = A>(
  plan: Plan,
  work: Work<A, E, R>,
  options: RunOptions<A, V> & { readonly runId: string },
  throttle: Throttle,
): Effect.Effect<Receipt<V>, RunFailure, Exclude<R, Scope.Scope> | Ledger | Scope.Scope> =>
  Effect.gen(function* () {
    const resolved = yield* Effect.fromResult(resolveOptions(plan, options))
    const { runId } = options
    const ledger = yield* Ledger
    const clock = yield* Clock.Clock
    const secrets = yield* Secrets
    const placement = yield* Placement
    const runUnit = yield* placement.prepare(work, { concurrency: resolved.concurrency })
    const resumed = options.resume !== undefined
    // Asked for before the lease is ours: from then on the run counts as running.
    const found = resumed ? yield* ledger.getRun(runId) : undefined
    const lease = yield* Lease.hold(`run:${runId}`)
    const keepOutcomes = options.sink === undefined && options.keepUnits !== false

    // What is known: nothing for a new run, the ledger's record for one that is taken up again.
    const known = resumed ? yield* ledger.getRun(runId) : undefined
    const prior =
      known === undefined
        ? fresh(plan)
        : yield* loadResume(ledger, known, plan, {
            retryFailed: options.resume?.retryFailed ?? false,
            keepOutcomes,
            ...(options.resume?.reusedBecause === undefined ? {} : { reusedBecause: options.resume.reusedBecause }),
            budgets: Object.keys(options.budgets ?? {}),
          })
    // A session that never ended (killed, or its sink could not finish) is ended by the next, if only to give the receipt.
    const isDone = resumed && prior.tasks.length === 0 && found !== undefined && hasEnded(found.state)
    if (isDone && options.resume?.reopen !== true) {
      return yield* new RunnerError({ reason: { _tag: "NothingToResume", runId } })
    }
    if (known !== undefined && options.seed !== undefined && options.seed !== known.seed) {
      const expected = `the seed of the run that is resumed, ${JSON.stringify(known.seed)}, or left out`
      return yield* new RunnerError({
        reason: { _tag: "InvalidOption", option: "seed", expected, actual: JSON.stringify(options.seed) },
      })
    }
    const createdAtMs = known?.createdAtMs ?? clock.currentTimeMillisUnsafe()
    const seed = known?.seed ?? options.seed ?? runId
    if (known === undefined) {
      yield* ledger.createRun({ runId, kind: plan.kind, planHash: plan.hash, createdAtMs, seed }, plan)
    } else if (known.planHash !== plan.hash) {
      yield* ledger.replacePlan(runId, plan, lease.record())
    }
    const writer = yield* ledger.openWriter(runId, lease.record())

    const dispatch = options.dispatch?.(prior.tasks.map((task) => task.unit))
    const tasks = ordered(prior.tasks, dispatch?.order)
    const counts = { ...emptyCounts(plan.units.length), ...prior.counts }
    const outcomes: Array<Outcome | undefined> = []
    for (const [index, outcome] of prior.settled) outcomes[index] = outcome
    const sessionNumber = (known?.sessions ?? 0) + 1
    const budgets = new Map(
      Object.entries(options.budgets ?? {}).map(([name, cap]) => [
        name,
        Budget.make(name, cap, prior.spent[name] ?? 0),
      ]),
    )

    const services = yield* Effect.context<Exclude<R, Scope.Scope>>()
    const tracer = Context.get(services, Tracer.Tracer)
    const traced = services.mapUnsafe.has(Tracer.Tracer.key)
    let context = Context.add(
      services,
      Logger.CurrentLoggers,
      redactLoggers(secrets, Context.get(services, Logger.CurrentLoggers)),
    )
    if (traced) context = Context.add(context, Tracer.Tracer, redactTracer(secrets, tracer))

    const started: RunEvent = {
      type: "runStarted",
      session: sessionNumber,
      planned: plan.units.length,
      reused: counts.reused,
      concurrency: resolved.concurrency,
      seed,
      placement: placement.name,
    }
    const { sink, control } = options
    const end = yield* Effect.callback<SessionEnd>((resume) => {
      const session = new Session(
        {
          runId,
          seed,
          tasks,
          admit: dispatch?.admit,
          options: resolved,
          // The session adds the Scope to this context for each unit, so nothing that the work needs is missing.
          work: runUnit as (unit: Plan["units"][number]) => Effect.Effect<unknown, unknown, never>,
          context: context as Context.Context<never>,
          traced,
          clock,
          dispatcher: Context.get(services, Scheduler.Scheduler).makeDispatcher(),
          secrets,
          writer,
          defectTag: options.defectTag,
          encode: encoderOf(options.value, secrets),
          // Values reach the sink only after `encode`, which gives what the sink takes.
          sink: sink as ValueSink<unknown> | undefined,
          retryWhile: options.retry?.while ?? ((failure: Failure) => failure.retryable),
          retryDelays: (run) => retryDelays(options.retry?.schedule, clock, seed, run.unit.id),
          budgets,
          observers: options.observers ?? [],
          counts,
          onOutcome: keepOutcomes
            ? (index, outcome) => {
                outcomes[index] = outcome
              }
            : () => {},
          isThrottled: throttle.isThrottled,
        },
        (ended) => {
          leaseWatch.interruptUnsafe()
          resume(Effect.succeed(ended))
        },
      )
      throttle.onPump(session.pump)
      const leaseWatch = Effect.runForkWith(services)(
        Effect.catch(lease.lost, (error) => Effect.sync(() => session.break({ _tag: "Broken", error }))),
      )
      const startedAtMs = clock.currentTimeMillisUnsafe()
      writer.append(
        started,
        (error) => {
          if (error !== undefined) session.break({ _tag: "Broken", error })
        },
        startedAtMs,
      )
      session.observe(started, startedAtMs)
      // Before anything starts: a control that was pulled already starts nothing.
      const unsubscribe =
        control?.subscribe((pull) => (pull === "stop" ? session.stopGracefully() : session.interruptNow())) ??
        (() => {})
      session.start()
      session.onceEnded(() => unsubscribe())
      // Interrupting the run itself: units end, their outcomes are recorded, and only then is it over.
      return Effect.callback<void>((done) => {
        session.onceEnded(() => done(Effect.void))
        session.interruptNow()
      })
    })
    if (end._tag === "Broken") return yield* end.error
    if (end._tag === "Defect") return yield* Effect.die(end.defect)

    const own = options.artifacts === undefined ? [] : yield* options.artifacts
    const receipt: Receipt<V> = {
      type: "receipt",
      schemaVersion,
      runId,
      kind: plan.kind,
      planHash: plan.hash,
      startedAt: new Date(createdAtMs).toISOString(),
      endedAt: new Date(clock.currentTimeMillisUnsafe()).toISOString(),
      status: end.status,
      counts,
      // Every unit of the plan has ended by now, and values were encoded to V before they were kept.
      units: keepOutcomes ? (outcomes as ReadonlyArray<Outcome<V>>) : [],
      artifacts: [...end.artifacts, ...own],
      environment: secrets.redactJson({ ...options.environment }),
      seed,
      sessions: sessionNumber,
      durability: ledger.durability,
      placement: placement.name,
      concurrency: resolved.concurrency,
      ...(budgets.size === 0 ? {} : { budgets: [...budgets.values()].map((budget) => budget.report()) }),
      ...(options.details === undefined ? {} : { details: secrets.redactJson({ ...options.details }) }),
    }
    return receipt
  })
