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
import { Ledger } from "../Ledger.ts"
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
    const lease = yield* Lease.hold(`run:${runId}`)
    const keepOutcomes = options.sink === undefined && options.keepUnits !== false

    // What is known: nothing for a new run, the ledger's record for one that is taken up again.
    const resumed = options.resume !== undefined
    const prior = resumed
      ? yield* loadResume(ledger, runId, plan, { retryFailed: options.resume?.retryFailed ?? false, keepOutcomes })
      : fresh(plan)
    const known = resumed ? yield* ledger.getRun(runId) : undefined
    if (resumed && prior.tasks.length === 0) {
      return yield* new RunnerError({ reason: { _tag: "NothingToResume", runId } })
    }
    const createdAtMs = known?.createdAtMs ?? clock.currentTimeMillisUnsafe()
    const seed = options.seed ?? known?.seed ?? runId
    if (known === undefined) {
      yield* ledger.createRun({ runId, kind: plan.kind, planHash: plan.hash, createdAtMs, seed }, plan)
    } else if (known.planHash !== plan.hash) {
      yield* ledger.replacePlan(runId, plan, lease.record())
    }
    const writer = yield* ledger.openWriter(runId, lease.record())

    const counts = { ...emptyCounts(plan.units.length) }
    const outcomes: Array<Outcome | undefined> = []
    for (const [index, outcome] of prior.settled) {
      counts[outcome.status]++
      if (keepOutcomes) outcomes[index] = outcome
    }
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
          tasks: prior.tasks,
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
          unsubscribe()
          leaseWatch.interruptUnsafe()
          resume(Effect.succeed(ended))
        },
      )
      throttle.onPump(session.pump)
      let unsubscribe = () => {}
      const leaseWatch = Effect.runForkWith(services)(
        Effect.catch(lease.lost, (error) => Effect.sync(() => session.break({ _tag: "Broken", error }))),
      )
      writer.append(started, (error) => {
        if (error !== undefined) session.break({ _tag: "Broken", error })
      })
      session.observe(started, clock.currentTimeMillisUnsafe())
      session.start()
      unsubscribe =
        control?.subscribe((pull) => (pull === "stop" ? session.stopGracefully() : session.interruptNow())) ??
        (() => {})
      // Interrupting the run itself: units end, their outcomes are recorded, and only then is it over.
      return Effect.callback<void>((done) => {
        session.onceEnded(() => done(Effect.void))
        session.interruptNow()
      })
    })
    if (end._tag === "Broken") return yield* end.error
    if (end._tag === "Defect") return yield* Effect.die(end.defect)

    const written =
      sink === undefined
        ? []
        : yield* Effect.mapError(
            sink.finish,
            (error) => new RunnerError({ reason: { _tag: "SinkFailed", problem: secrets.redact(error.message) } }),
          )
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
      artifacts: [...written, ...own],
      environment: options.environment ?? {},
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
