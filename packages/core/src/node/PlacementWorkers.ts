/**
 * Runs each unit in a worker thread of this process: a loop that never ends is ended by an interruption or a time-out, a
 * `process.exit`, a crash, an empty heap or an unhandled rejection costs that unit only, and CPU-bound units run side by
 * side. Threads are used again for later units, one unit at a time, and replaced after such an end.
 *
 * What a thread cannot hold back: a signal sent to the own process (`process.kill(process.pid)`), a crash in native
 * code, and memory outside of the JavaScript heap (large typed arrays). A call into the system that blocks, such as
 * `execSync`, is ended only when it returns; it is waited for 5 s, then the run goes on and the thread ends by itself.
 *
 * @layer adapter
 * @module
 */
import type { ResourceLimits } from "node:worker_threads"
import type * as Cause from "effect/Cause"
import type * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Layer from "effect/Layer"
import * as Semaphore from "effect/Semaphore"
import type * as Scope from "effect/Scope"
import * as HostCalls from "../internal/hostCalls.ts"
import { describeThrown } from "../internal/moduleWork.ts"
import { remoteDefect } from "../internal/remoteDefect.ts"
import { Placement } from "../Placement.ts"
import type { Unit } from "../Unit.ts"
import {
  isModule,
  PlacementError,
  WorkerLost,
  type PlacementShape,
  type RemoteDefect,
  type Work,
  type WorkHost,
  type WorkModule,
} from "../Work.ts"
import { basesDefault } from "./ModuleImports.ts"
import { guardedWrite } from "./internal/guardedWrite.ts"
import { callsAtOnceMax, type FromWorker } from "./internal/workerProtocol.ts"
import { ready, start, type Thread, type ThreadOptions } from "./internal/workerThread.ts"

/** Bounds of the threads, and what they see of this process. @category models */
export interface PlacementWorkersOptions {
  /** Bounds of each thread's heap, as `node:worker_threads` names them; an old generation of 2,048 MB unless given. */
  readonly resourceLimits?: ResourceLimits
  /** How long an interrupted unit may tidy up after its signal was aborted, in milliseconds; 250 unless given. */
  readonly graceMs?: number
  /** How long a module may take to load in a thread, in milliseconds; 30,000 unless given. */
  readonly loadTimeoutMs?: number
  /** From where users' files get `effect` and `@heddle/*`; see `ModuleImports`. */
  readonly importBases?: ReadonlyArray<string>
  /** The environment that threads see; a copy of this process's own unless given. */
  readonly env?: NodeJS.Dict<string>
  /** Takes what users' code prints. To this process's stderr unless given: stdout belongs to the command. */
  readonly output?: (text: string, from: "stdout" | "stderr") => void
  /** The program of a thread, for whoever bundles it; the one beside this file unless given. */
  readonly entry?: URL
}

/** The old generation of a thread's heap unless said otherwise, in MB. @category constants */
export const oldGenerationMb = 2_048

const placementName = "worker thread"

// Sources run as they are and are also compiled: the thread's program has the same form as this file.
const entryDefault = new URL(
  import.meta.url.endsWith(".ts") ? "./internal/workerEntry.ts" : "./internal/workerEntry.js",
  import.meta.url,
)

/**
 * Work in worker threads, one for each unit that runs at a time. Preparing fails with `PlacementError`:
 * `ClosureCannotCross` for a function; `ModuleNotFound`, `ModuleBroken` or `NoExport` for a module that cannot be used. A
 * unit fails with `WorkerLost` where its thread ended under it, with `RemoteDefect` where the work threw.
 *
 * @category constructors
 */
export const make = (options: PlacementWorkersOptions = {}): PlacementShape => ({
  name: "workers",
  prepare: Effect.fnUntraced(function* <A, E, R>(
    work: Work<A, E, R>,
    { concurrency }: { readonly concurrency: number },
  ): Effect.fn.Return<(unit: Unit) => Effect.Effect<A, E | WorkerLost | RemoteDefect, R>, PlacementError, Scope.Scope> {
    if (!isModule(work)) {
      return yield* new PlacementError({ reason: { _tag: "ClosureCannotCross", placement: `a ${placementName}` } })
    }
    const pool = yield* makePool(work, concurrency, options)
    // Loading is tried before the first unit runs: a module that does not load is no failure of a unit.
    yield* Effect.uninterruptibleMask((restore) => Effect.flatMap(pool.take(restore), pool.give)).pipe(
      Effect.mapError((reason) => new PlacementError({ reason })),
    )
    const graceMs = options.graceMs ?? 250
    const run = (unit: Unit): Effect.Effect<unknown, E | WorkerLost | RemoteDefect, R> =>
      pool.bound(
        Effect.uninterruptibleMask((restore) =>
          Effect.flatMap(Effect.mapError(pool.take(restore), lostAtLoad), (thread) =>
            Effect.ensuring(restore(runOn(thread, work.host, unit, graceMs)), pool.give(thread)),
          ),
        ),
      )
    // A module's value is JSON by then; that it is an A is checked by the Runner against the caller's schema.
    return run as (unit: Unit) => Effect.Effect<A, E | WorkerLost | RemoteDefect, R>
  }),
})

/** Work in worker threads, as the placement in force. @category layers */
export const layer = (options: PlacementWorkersOptions = {}): Layer.Layer<never> =>
  Layer.succeed(Placement, make(options))

const lost = (problem: string): WorkerLost => new WorkerLost({ placement: placementName, problem })

const lostAtLoad = (reason: PlacementError["reason"]): WorkerLost =>
  lost(`a new one could not be started: ${new PlacementError({ reason }).message}`)

type Restore = <A, E, R>(effect: Effect.Effect<A, E, R>) => Effect.Effect<A, E, R>

interface Pool {
  /** An idle thread, or a new one. Called where nothing interrupts; `restore` lets that in while a thread starts. */
  readonly take: (restore: Restore) => Effect.Effect<Thread, PlacementError["reason"]>
  /** Gives a thread back, or ends it where it must not be used again. */
  readonly give: (thread: Thread) => Effect.Effect<void>
  /** Keeps the threads at most as many as units may run. */
  readonly bound: <A, E, R>(effect: Effect.Effect<A, E, R>) => Effect.Effect<A, E, R>
}

const makePool = Effect.fnUntraced(function* <E, R>(
  work: WorkModule<E, R>,
  concurrency: number,
  options: PlacementWorkersOptions,
): Effect.fn.Return<Pool, never, Scope.Scope> {
  const threads = new Set<Thread>()
  const idle: Array<Thread> = []
  const permits = yield* Semaphore.make(concurrency)
  const threadOptions: ThreadOptions = {
    entry: options.entry ?? entryDefault,
    address: { url: work.url, exportName: work.exportName, adapterUrl: work.adapterUrl },
    importBases: options.importBases ?? basesDefault,
    resourceLimits: { maxOldGenerationSizeMb: oldGenerationMb, ...options.resourceLimits },
    env: options.env,
    output: options.output ?? guardedWrite(process.stderr),
    loadTimeoutMs: options.loadTimeoutMs ?? 30_000,
  }
  yield* Effect.addFinalizer(() =>
    Effect.forEach(threads, (thread) => thread.end, { concurrency: "unbounded", discard: true }),
  )
  const dismiss = (thread: Thread): Effect.Effect<void> =>
    Effect.andThen(
      thread.end,
      Effect.sync(() => void threads.delete(thread)),
    )
  return {
    bound: permits.withPermits(1),
    take: (restore) =>
      Effect.suspend(() => {
        for (let thread = idle.pop(); thread !== undefined; thread = idle.pop()) {
          if (!thread.retired && !thread.isEnded()) return Effect.succeed(thread)
          threads.delete(thread)
        }
        const thread = start(threadOptions)
        threads.add(thread)
        return Effect.onError(Effect.as(restore(ready(thread, threadOptions)), thread), () => dismiss(thread))
      }),
    give: (thread) =>
      Effect.suspend(() => {
        if (!thread.retired && !thread.isEnded()) {
          idle.push(thread)
          // Heard while idle, only so that a stray error retires it.
          thread.listener = {
            message: (message) => {
              if (message.type === "stray") thread.retired = true
            },
            ended: () => {},
          }
          return Effect.void
        }
        return dismiss(thread)
      }),
  }
})

/** Runs one unit in a thread that is its own until this ends. */
const runOn = <E, R>(
  thread: Thread,
  host: WorkHost<E, R> | undefined,
  unit: Unit,
  graceMs: number,
): Effect.Effect<unknown, E | WorkerLost | RemoteDefect, R> =>
  Effect.contextWith((services: Context.Context<R>) => {
    const calls = HostCalls.make(host, unit, services)
    const refusals = new Map<number, Cause.Cause<E>>()
    const job = ++thread.jobs
    return Effect.ensuring(
      Effect.callback<unknown, E | WorkerLost | RemoteDefect>((resume) => {
        let onEnd: (() => void) | undefined
        const finish = (result: Effect.Effect<unknown, E | WorkerLost | RemoteDefect>): void => {
          thread.listener = undefined
          resume(result)
          onEnd?.()
        }
        const message = (message: FromWorker): void => {
          if (message.type === "ready" || message.type === "unusable") return
          if (message.job !== job) {
            // What an earlier unit left behind went wrong: this one goes on, the thread is not used again.
            if (message.type === "stray") thread.retired = true
            return
          }
          switch (message.type) {
            case "returned":
              return finish(Effect.succeed(message.value))
            case "threw": {
              const cause = message.call === undefined ? undefined : refusals.get(message.call)
              // The host's own error comes through whole where the work let it pass.
              return finish(cause === undefined ? Effect.fail(remoteDefect(message.thrown)) : Effect.failCause(cause))
            }
            case "stray":
              thread.retired = true
              return finish(Effect.fail(remoteDefect(message.thrown)))
            case "call":
              return calls.start(message.method, message.args, (exit) => {
                if (Exit.isSuccess(exit)) {
                  return post(thread, { type: "answer", job, call: message.call, value: exit.value })
                }
                remember(refusals, message.call, exit.cause)
                post(thread, { type: "refusal", job, call: message.call, thrown: HostCalls.refusalOf(exit.cause) })
              })
          }
        }
        thread.listener = { message, ended: (problem) => finish(Effect.fail(lost(problem))) }
        try {
          thread.send({ type: "run", job, unit })
        } catch (error) {
          // A unit made by hand whose input is no JSON, such as one that holds a function.
          return finish(Effect.fail(remoteDefect({ ...describeThrown(error), tag: "InputNotJson" })))
        }
        return Effect.andThen(
          Effect.andThen(
            Effect.sync(() => post(thread, { type: "abort", job })),
            calls.stop,
          ),
          Effect.callback<void>((ended) => {
            const timer = setTimeout(() => {
              thread.retired = true
              ended(thread.end)
            }, graceMs)
            onEnd = () => {
              clearTimeout(timer)
              ended(Effect.void)
            }
            if (thread.listener === undefined) onEnd()
          }),
        )
      }),
      calls.stop,
    )
  })

const post = (thread: Thread, message: Parameters<Thread["send"]>[0]): void => {
  if (!thread.isEnded()) thread.send(message)
}

/** Keeps the causes of the newest refusals: the work may rethrow one of them. */
const remember = <E>(refusals: Map<number, Cause.Cause<E>>, call: number, cause: Cause.Cause<E>): void => {
  refusals.set(call, cause)
  if (refusals.size <= callsAtOnceMax) return
  for (const oldest of refusals.keys()) {
    refusals.delete(oldest)
    return
  }
}
