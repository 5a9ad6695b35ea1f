/**
 * The ledger: the append-only record of every run and the only truth. Resume, progress, receipts and pages all read it.
 * One process writes to a run at a time (it holds the run's lease); readers need nothing.
 *
 * Layers: `LedgerMemory.layer`; `@heddle/core/node/LedgerSqlite` for one SQLite file shared by processes of a machine.
 *
 * @layer contract
 * @module
 */
import * as Context from "effect/Context"
import type * as Effect from "effect/Effect"
import * as Schema from "effect/Schema"
import type * as Scope from "effect/Scope"
import type * as Stream from "effect/Stream"
import { ExitCode } from "./ExitCode.ts"
import type { Counts, Outcome } from "./Outcome.ts"
import type { Plan } from "./Plan.ts"
import type { RunEvent, RunStatus, StoredEvent } from "./RunEvent.ts"

/** Who holds a lease. `startedAtMs` tells a process apart from a later one with the same number. @category schemas */
export const Owner = Schema.Struct({
  host: Schema.String,
  pid: Schema.Int,
  /** Unix time in milliseconds at which that process started. */
  startedAtMs: Schema.Finite,
  user: Schema.String,
})
/** @category models */
export interface Owner extends Schema.Schema.Type<typeof Owner> {}

/** A lease as stored. Times are Unix milliseconds. @category schemas */
export const LeaseRecord = Schema.Struct({
  /** `run:<runId>`, or `staging:<root>`. */
  key: Schema.String,
  owner: Owner,
  acquiredAtMs: Schema.Finite,
  heartbeatAtMs: Schema.Finite,
  expiresAtMs: Schema.Finite,
  /** Goes up by one with each new holder; a write with an older number is refused. */
  fencing: Schema.Int,
})
/** @category models */
export interface LeaseRecord extends Schema.Schema.Type<typeof LeaseRecord> {}

/** Who this process is, and whether another process of this machine is gone. @category models */
export interface ProcessIdentityShape {
  readonly owner: Owner
  /** True only where it is certain: same machine, and no such process any more (or a later one with its number). */
  readonly isGone: (owner: Owner) => boolean
}

/** Provided by `@heddle/core/node/ProcessIdentity`; the default knows nothing, so leases end by expiry. @category services */
export const ProcessIdentity: Context.Reference<ProcessIdentityShape> = Context.Reference(
  "@heddle/core/ProcessIdentity",
  {
    defaultValue: (): ProcessIdentityShape => ({
      owner: { host: "unknown", pid: 0, startedAtMs: 0, user: "unknown" },
      isGone: () => false,
    }),
  },
)

/**
 * What can go wrong with a ledger:
 * - `RunNotFound`, `RunExists`: the run id is wrong. Trying again does not help.
 * - `LeaseHeld`: another process works on it; names owner and age. Helps once that process has ended.
 * - `LeaseLost`: this process was taken for dead and another took over; nothing of ours is written any more.
 * - `Corrupt`: the file is damaged or not a ledger; nothing was changed.
 * - `TooNew`: written by a newer version.
 * - `Storage`: the disk is full, not writable, gone, or busy; only `busy` is worth trying again by itself.
 *
 * @category errors
 */
export class LedgerError extends Schema.TaggedError<LedgerError>()("LedgerError", {
  reason: Schema.Union([
    Schema.TaggedStruct("RunNotFound", { runId: Schema.String }),
    Schema.TaggedStruct("RunExists", { runId: Schema.String }),
    Schema.TaggedStruct("LeaseHeld", { lease: LeaseRecord, nowMs: Schema.Finite }),
    Schema.TaggedStruct("LeaseLost", { key: Schema.String, fencing: Schema.Int, current: Schema.Int }),
    Schema.TaggedStruct("Corrupt", { location: Schema.String, problem: Schema.String }),
    Schema.TaggedStruct("TooNew", { location: Schema.String, version: Schema.Int, supported: Schema.Int }),
    Schema.TaggedStruct("Storage", {
      location: Schema.String,
      operation: Schema.String,
      problem: Schema.String,
      kind: Schema.Literals(["full", "permission", "busy", "missing", "other"]),
      /** Where it stayed busy: the processes that work with it, as far as their leases can be read. */
      holders: Schema.optionalKey(Schema.Array(Owner)),
    }),
  ]),
}) {
  get retryable(): boolean {
    return this.reason._tag === "LeaseHeld" || (this.reason._tag === "Storage" && this.reason.kind === "busy")
  }
  get exitCode(): ExitCode {
    switch (this.reason._tag) {
      case "RunNotFound":
        return ExitCode.nothing
      case "LeaseHeld":
      case "LeaseLost":
        return ExitCode.held
      case "Storage":
        return ExitCode.unreachable
      default:
        return ExitCode.refused
    }
  }
  get hints(): ReadonlyArray<string> {
    const reason = this.reason
    switch (reason._tag) {
      case "RunNotFound":
        return ["heddle runs list"]
      case "RunExists":
        return [`heddle runs show ${reason.runId}`]
      case "LeaseHeld": {
        const seconds = Math.max(0, Math.ceil((reason.lease.expiresAtMs - reason.nowMs) / 1000))
        return [
          `wait for process ${reason.lease.owner.pid} on ${reason.lease.owner.host} to end, or stop it: kill ${reason.lease.owner.pid}`,
          `a lease whose owner is gone expires by itself, here in ${seconds} s`,
        ]
      }
      case "LeaseLost":
        return ["heddle runs list"]
      case "Corrupt":
        return [
          `keep the file, move it aside, and import what can be read: mv ${reason.location} ${reason.location}.damaged`,
        ]
      case "TooNew":
        return ["use the version of heddle that wrote it, or a newer one"]
      case "Storage":
        switch (reason.kind) {
          case "full":
            return [`free some space and resume: df -h ${reason.location}`]
          case "permission":
            return [`make it writable, or name another folder with --workspace: ls -ld ${reason.location}`]
          case "busy":
            return busyHints(reason.location, reason.holders ?? [])
          default:
            return [`check that the folder can be reached: ls -l ${reason.location}`]
        }
    }
  }
  override get message(): string {
    const reason = this.reason
    switch (reason._tag) {
      case "RunNotFound":
        return `there is no run ${reason.runId} in this ledger`
      case "RunExists":
        return `there is a run ${reason.runId} in this ledger already`
      case "LeaseHeld": {
        const { owner, acquiredAtMs, heartbeatAtMs, key } = reason.lease
        const age = Math.max(0, Math.round((reason.nowMs - acquiredAtMs) / 1000))
        const beat = Math.max(0, Math.round((reason.nowMs - heartbeatAtMs) / 1000))
        return `${key} is held by process ${owner.pid} of ${owner.user} on ${owner.host} since ${age} s (last sign of life ${beat} s ago)`
      }
      case "LeaseLost":
        return `${reason.key} was taken over by another process (our number ${reason.fencing}, now ${reason.current}); nothing more was written`
      case "Corrupt":
        return `${reason.location} is damaged or not a ledger: ${reason.problem}`
      case "TooNew":
        return `${reason.location} has schema version ${reason.version}; this heddle knows up to ${reason.supported}`
      case "Storage":
        return `${reason.operation} failed at ${reason.location}: ${reason.problem}${holdersText(reason.holders ?? [])}`
    }
  }
}

const ownerText = ({ host, pid, user }: Owner): string => `process ${pid} of ${user} on ${host}`

const holdersText = (holders: ReadonlyArray<Owner>): string =>
  holders.length === 0
    ? ""
    : `; another process is in the middle of writing, perhaps ${holders.map(ownerText).join(" or ")}`

/** Processes that a hint names at most. */
const holdersShown = 3

const busyHints = (location: string, holders: ReadonlyArray<Owner>): ReadonlyArray<string> => [
  ...holders
    .slice(0, holdersShown)
    .flatMap((owner) => [
      `look whether it is stopped (state T) on ${owner.host}: ps -o pid,stat,etime,args -p ${owner.pid}`,
      `let ${ownerText(owner)} go on, or end it; what it has committed stays: kill -CONT ${owner.pid}, or kill -9 ${owner.pid}`,
    ]),
  `see which processes have the file open, and try again once they have written: fuser -v ${location}`,
]

/** How a run is known in the ledger. @category models */
export interface RunRecord {
  readonly runId: string
  readonly kind: string
  readonly planHash: string
  /** Unix time in milliseconds. */
  readonly createdAtMs: number
  /** The seed that every unit's Random is derived from. */
  readonly seed: string
}

/** A run with where it stands. @category models */
export interface RunSummary extends RunRecord {
  /** `running` while a lease is alive, `unfinished` after a kill, else how the last session ended. */
  readonly state: RunStatus | "running" | "unfinished"
  readonly counts: Counts
  readonly sessions: number
  /** Unix time in milliseconds of the last event. */
  readonly updatedAtMs: number
  readonly lease: LeaseRecord | undefined
}

/**
 * Appends to one run. Made by {@link LedgerShape.openWriter} under a lease; closed with its scope, which flushes.
 *
 * @category models
 */
export interface LedgerWriter {
  /**
   * Queues one event. `committed` is called exactly once: without an argument when the event is durable at the ledger's
   * level, with the error when it will never be. Events are committed in the order given. After an error every later
   * append fails with it too. `atMs` is when it happened (Unix milliseconds), where the caller has read the clock; the
   * ledger reads it otherwise. `position` is the place that the event's unit has in the run's plan, from 0, where the
   * caller knows it; the ledger looks it up otherwise.
   */
  readonly append: (
    event: RunEvent,
    committed?: (error?: LedgerError) => void,
    atMs?: number,
    position?: number,
  ) => void
  /**
   * Commits what waits without waiting for more: the caller knows that nothing will come before it is committed. May do
   * nothing; the events are committed all the same.
   */
  readonly commitNow?: () => void
  /** Events queued and not committed. */
  readonly pending: () => number
  /** Resolves when everything appended so far is committed. */
  readonly flush: Effect.Effect<void, LedgerError>
}

/** Where a resumed run takes up: what is known of each unit. @category models */
export interface UnitState {
  readonly id: string
  /** The last final outcome; absent where the unit never ended. */
  readonly outcome: Outcome | undefined
  /** The fingerprint under which it was planned when it ended. */
  readonly fingerprint: string
  /** Tries that began in all sessions. */
  readonly started: number
}

/** Low-level lease operations; use `Lease.hold`, which also beats the heart. @category models */
export interface LeaseStore {
  /**
   * Takes the lease if it is free, expired, or held by a process that is known to be gone; else fails with `LeaseHeld`,
   * also where this same process holds it: two runs in one process are two runs.
   */
  readonly acquire: (key: string, owner: Owner, ttlMs: number) => Effect.Effect<LeaseRecord, LedgerError>
  /** Extends it; fails with `LeaseLost` where the fencing number has moved on. */
  readonly renew: (lease: LeaseRecord, ttlMs: number) => Effect.Effect<LeaseRecord, LedgerError>
  /** Gives it back; nothing happens where it was lost. */
  readonly release: (lease: LeaseRecord) => Effect.Effect<void, LedgerError>
  readonly inspect: (key: string) => Effect.Effect<LeaseRecord | undefined, LedgerError>
}

/**
 * What every ledger offers. All of it fails with {@link LedgerError}: `RunNotFound` where a run id is unknown, `Storage`
 * where the storage fails, `Corrupt` where what is read is damaged. `replacePlan` and `openWriter` need the run's lease
 * and fail with `LeaseLost` once another process has taken it over.
 *
 * @category models
 */
export interface LedgerShape {
  /** `none` is lost with the process, `normal` survives kill -9, `full` survives a power cut. */
  readonly durability: "none" | "normal" | "full"
  /** Where it is, for messages. */
  readonly location: string
  /** Enters a run with its plan. Fails with `RunExists`. */
  readonly createRun: (run: RunRecord, plan: Plan) => Effect.Effect<void, LedgerError>
  /** Replaces the plan of a run for its next session (units may have changed); outcomes stay with their unit ids. */
  readonly replacePlan: (runId: string, plan: Plan, lease: LeaseRecord) => Effect.Effect<void, LedgerError>
  readonly openWriter: (runId: string, lease: LeaseRecord) => Effect.Effect<LedgerWriter, LedgerError, Scope.Scope>
  readonly getRun: (runId: string) => Effect.Effect<RunSummary, LedgerError>
  readonly getPlan: (runId: string) => Effect.Effect<Plan, LedgerError>
  /** Newest first. `limit` is 100 unless given. */
  readonly listRuns: (filter?: {
    readonly kind?: string
    readonly limit?: number
    readonly unfinished?: boolean
  }) => Effect.Effect<ReadonlyArray<RunSummary>, LedgerError>
  /** What is known of each unit of the plan that began or ended, in no particular order. */
  readonly unitStates: (runId: string) => Stream.Stream<UnitState, LedgerError>
  /** The last outcome of each unit, in plan order; a unit that never ended is left out. */
  readonly outcomes: (runId: string) => Stream.Stream<Outcome, LedgerError>
  /** Everything that happened, in order, after `afterSeq`. */
  readonly events: (runId: string, afterSeq?: number) => Stream.Stream<StoredEvent, LedgerError>
  readonly leases: LeaseStore
}

/** The ledger in force: the Runner writes to it; resume, progress, receipts and pages read it. @category services */
export class Ledger extends Context.Service<Ledger, LedgerShape>()("@heddle/core/Ledger") {}
