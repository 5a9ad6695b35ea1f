/**
 * Progress: where a run stands, counted from its events. One model for all who show it: a terminal, JSON lines, a page
 * in a browser. Nobody who shows it computes anything.
 *
 * The model is updated in place, because it sees two events of every unit: the same events always give the same
 * {@link snapshot}, which is plain data and is never changed afterwards.
 *
 * @layer logic
 * @module
 */
import * as Clock from "effect/Clock"
import * as Effect from "effect/Effect"
import * as Schema from "effect/Schema"
import * as Stream from "effect/Stream"
import { FinishRate } from "./internal/finishRate.ts"
import { RunningUnits } from "./internal/runningUnits.ts"
import { Counts, emptyCounts, type Outcome, Status } from "./Outcome.ts"
import { type RunEvent, RunStatus } from "./RunEvent.ts"

/** Running units that a snapshot lists: the oldest ones. @category constants */
export const runningMax = 20
/** Failures that a snapshot lists: the newest ones. @category constants */
export const failuresMax = 5
/** Characters of a failure's message that a snapshot keeps. @category constants */
export const failureMessageMax = 500
/** Units whose start is remembered; as many as a run may have at a time. @category constants */
export const runningTrackedMax = 10_000

/** Units that must have finished before a remaining time is told. @category constants */
export const etaFinishedMin = 3
/** How long a session must have run before a remaining time is told. @category constants */
export const etaElapsedMinMs = 2_000
/** A longer remaining time is not told: it would mean nothing. @category constants */
export const etaMaxMs = 30 * 24 * 60 * 60 * 1000

/** A unit that runs, or waits for its next try. @category schemas */
export const RunningUnit = Schema.Struct({
  id: Schema.String,
  label: Schema.String,
  /** Which try this is, over all sessions. */
  attempt: Schema.Int,
  /** Since its first try in this session. */
  elapsedMs: Schema.Finite,
  /** True between a failed try and the next one. */
  retrying: Schema.Boolean,
})
/** @category models */
export interface RunningUnit extends Schema.Schema.Type<typeof RunningUnit> {}

/** A unit that did not succeed. @category schemas */
export const RecentFailure = Schema.Struct({
  id: Schema.String,
  label: Schema.String,
  status: Status,
  tag: Schema.String,
  message: Schema.String,
})
/** @category models */
export interface RecentFailure extends Schema.Schema.Type<typeof RecentFailure> {}

/** Where a run stands at one moment. Times are milliseconds, rates units per second. @category schemas */
export const Snapshot = Schema.Struct({
  /** `waiting` before the first event, `ended` once nothing more comes. */
  state: Schema.Literals(["waiting", "running", "ended"]),
  /** How it ended; absent while it runs, and where it ended without saying (see {@link end}). */
  status: Schema.optionalKey(RunStatus),
  /** Unix time. */
  atMs: Schema.Finite,
  session: Schema.Int,
  concurrency: Schema.Int,
  placement: Schema.String,
  counts: Counts,
  /** Units of the plan. */
  total: Schema.Int,
  /** Units that need nothing more: all outcomes but `notStarted`. */
  done: Schema.Int,
  /** Units that run or will run. */
  remaining: Schema.Int,
  /** How many run now; {@link running} lists the oldest. */
  runningCount: Schema.Int,
  running: Schema.Array(RunningUnit),
  /** Tries that failed and were followed by another. */
  retries: Schema.Int,
  /** Since the session began. */
  elapsedMs: Schema.Finite,
  /** Of late: the last half minute, or as much of the session as holds enough finishes. */
  ratePerSecond: Schema.Finite,
  /** Over the whole session. */
  meanRatePerSecond: Schema.Finite,
  /**
   * Until the end, as far as it can be told: after 3 finished units and 2 s, while units finish at a steady rate (that of
   * the last half minute, of the last quarter of the session and of that quarter's halves are within a factor of 3 of
   * each other), and up to 30 days. Absent otherwise.
   */
  etaMs: Schema.optionalKey(Schema.Finite),
  failures: Schema.Array(RecentFailure),
})
/** @category models */
export interface Snapshot extends Schema.Schema.Type<typeof Snapshot> {}

/** What a model may be told beside the events. @category models */
export interface ProgressOptions {
  /** What people read for a unit whose id is known; the id unless given. Asked only for what a snapshot lists. */
  readonly labelOf?: (id: string) => string
}

type Writable<A> = { -readonly [K in keyof A]: A[K] }

/** What has been counted so far. Made by {@link make}, read by {@link snapshot}. @category models */
export interface Model {
  readonly labelOf: (id: string) => string
  counts: Writable<Counts>
  state: Snapshot["state"]
  status: RunStatus | undefined
  session: number
  concurrency: number
  placement: string
  startedAtMs: number
  endedAtMs: number
  /** Units that really ran in this session: what rates are made of. */
  worked: number
  retries: number
  /** Outcomes of status `reused` that were listed, beside those that were announced as a number. */
  reusedListed: number
  reusedAnnounced: number
  rate: FinishRate
  /** Start of each running unit, in whole milliseconds of this session. */
  readonly running: RunningUnits
  /** Only units in or after a second try. */
  readonly attempts: Map<string, { readonly attempt: number; readonly retrying: boolean }>
  readonly failures: Array<RecentFailure>
  /** Called once when the run ends. */
  readonly onEnd: Set<() => void>
}

/** A model that has seen nothing. @category constructors */
export const make = (options: ProgressOptions = {}): Model => ({
  labelOf: options.labelOf ?? ((id) => id),
  counts: { ...emptyCounts(0) },
  state: "waiting",
  status: undefined,
  session: 0,
  concurrency: 0,
  placement: "",
  startedAtMs: 0,
  endedAtMs: 0,
  worked: 0,
  retries: 0,
  reusedListed: 0,
  reusedAnnounced: 0,
  rate: new FinishRate(),
  running: new RunningUnits(runningTrackedMax),
  attempts: new Map(),
  failures: [],
  onEnd: new Set(),
})

/** Takes in one event that happened at `atMs` (Unix time). @category updates */
export const update = (model: Model, event: RunEvent, atMs: number): void => {
  switch (event.type) {
    case "unitStarted": {
      if (event.attempt > 1) model.attempts.set(event.id, { attempt: event.attempt, retrying: false })
      // A second try keeps the place and the time of the first.
      model.running.begin(event.id, Math.floor(atMs - model.startedAtMs))
      return
    }
    case "unitFinished":
      return finishUnit(model, event.outcome, atMs)
    case "unitRetrying":
      model.retries++
      model.attempts.set(event.id, { attempt: event.attempt, retrying: true })
      return
    case "unitNoted":
      return
    case "runStarted":
      model.counts = { ...emptyCounts(event.planned), reused: event.reused }
      model.state = "running"
      model.status = undefined
      model.session = event.session
      model.concurrency = event.concurrency
      model.placement = event.placement
      model.startedAtMs = atMs
      model.endedAtMs = atMs
      model.worked = 0
      model.retries = 0
      model.reusedListed = 0
      model.reusedAnnounced = event.reused
      model.rate = new FinishRate()
      model.running.clear()
      model.attempts.clear()
      model.failures.length = 0
      return
    case "runFinished":
      // The writer's own count is the truth, also where events were missed.
      model.counts = { ...event.counts }
      model.status = event.status
      return end(model, atMs)
  }
}

const finishUnit = (model: Model, outcome: Outcome, atMs: number): void => {
  model.running.end(outcome.id)
  if (model.attempts.size > 0) model.attempts.delete(outcome.id)
  const status = outcome.status
  switch (status) {
    case "reused":
      // Counted when the run began; only more than were announced count here.
      model.reusedListed++
      if (model.reusedListed > model.reusedAnnounced) model.counts.reused++
      return
    case "skipped":
    case "notStarted":
      model.counts[status]++
      return
    default:
      model.counts[status]++
      model.worked++
      model.rate.add(atMs - model.startedAtMs)
      if (status !== "succeeded") rememberFailure(model, outcome)
  }
}

const rememberFailure = (model: Model, outcome: Outcome): void => {
  if (model.failures.length >= failuresMax) model.failures.shift()
  const message = outcome.failure?.message ?? outcome.reason ?? ""
  model.failures.push({
    id: outcome.id,
    label: outcome.label,
    status: outcome.status,
    tag: outcome.failure?.tag ?? outcome.status,
    message: message.length <= failureMessageMax ? message : `${message.slice(0, failureMessageMax - 1)}…`,
  })
}

/**
 * Says that nothing more comes. `runFinished` does this by itself; call it where a run may end without that event, such as
 * when its ledger failed. Later calls do nothing.
 *
 * @category updates
 */
export const end = (model: Model, atMs: number): void => {
  if (model.state === "ended") return
  model.state = "ended"
  model.endedAtMs = atMs
  model.running.clear()
  model.attempts.clear()
  for (const listener of model.onEnd) listener()
  model.onEnd.clear()
}

/** For `RunOptions.observers`. @category updates */
export const observer =
  (model: Model): ((event: RunEvent, atMs: number) => void) =>
  (event, atMs) =>
    update(model, event, atMs)

/** Where the run stands at `nowMs` (Unix time). @category conversions */
export const snapshot = (model: Model, nowMs: number): Snapshot => {
  const counts = { ...model.counts }
  const done = counts.succeeded + counts.failed + counts.timedOut + counts.interrupted + counts.skipped + counts.reused
  const remaining = model.state === "ended" ? 0 : Math.max(0, counts.planned - done - counts.notStarted)
  const elapsedMs =
    model.state === "waiting" ? 0 : Math.max(0, (model.state === "ended" ? model.endedAtMs : nowMs) - model.startedAtMs)
  const rates = model.rate.rates(elapsedMs)
  const etaMs = etaOf(model, remaining, elapsedMs)
  return {
    state: model.state,
    ...(model.status === undefined ? {} : { status: model.status }),
    atMs: nowMs,
    session: model.session,
    concurrency: model.concurrency,
    placement: model.placement,
    counts,
    total: counts.planned,
    done,
    remaining,
    runningCount: model.running.size,
    running: oldestRunning(model, elapsedMs),
    retries: model.retries,
    elapsedMs,
    ratePerSecond: rates.recent,
    meanRatePerSecond: elapsedMs > 0 ? (model.worked * 1000) / elapsedMs : 0,
    ...(etaMs === undefined ? {} : { etaMs }),
    failures: [...model.failures],
  }
}

/** The rule that {@link Snapshot} states. */
const etaOf = (model: Model, remaining: number, elapsedMs: number): number | undefined => {
  if (model.state !== "running" || remaining === 0) return undefined
  if (model.worked < etaFinishedMin || elapsedMs < etaElapsedMinMs) return undefined
  const { steady, isSteady } = model.rate.rates(elapsedMs)
  if (!isSteady) return undefined
  const etaMs = (remaining * 1000) / steady
  return etaMs <= etaMaxMs ? Math.round(etaMs) : undefined
}

const oldestRunning = (model: Model, elapsedMs: number): ReadonlyArray<RunningUnit> =>
  model.running.oldest(runningMax).map(({ id, startedMs }) => {
    const again = model.attempts.get(id)
    return {
      id,
      label: model.labelOf(id),
      attempt: again?.attempt ?? 1,
      elapsedMs: Math.max(0, elapsedMs - startedMs),
      retrying: again?.retrying ?? false,
    }
  })

/** How often {@link changes} looks unless told otherwise, in milliseconds. @category constants */
export const intervalDefaultMs = 250

/**
 * A snapshot now, one after each interval by the Clock, and a last one as soon as the run ends; then the stream ends. A
 * slow reader gets fewer snapshots, never old ones.
 *
 * @category streams
 */
export const changes = (model: Model, options: { readonly intervalMs?: number } = {}): Stream.Stream<Snapshot> => {
  const wait = Effect.timeoutOrElse(untilEnd(model), {
    duration: options.intervalMs ?? intervalDefaultMs,
    orElse: () => Effect.void,
  })
  return Stream.unfold<"first" | "next" | "last", Snapshot, never, never>("first", (at) =>
    at === "last"
      ? Effect.undefined
      : Effect.map(Effect.andThen(at === "first" ? Effect.void : wait, Clock.currentTimeMillis), (nowMs) => {
          const current = snapshot(model, nowMs)
          return [current, current.state === "ended" ? "last" : "next"] as const
        }),
  )
}

const untilEnd = (model: Model): Effect.Effect<void> =>
  Effect.callback<void>((resume) => {
    if (model.state === "ended") return resume(Effect.void)
    const listener = (): void => resume(Effect.void)
    model.onEnd.add(listener)
    return Effect.sync(() => void model.onEnd.delete(listener))
  })
