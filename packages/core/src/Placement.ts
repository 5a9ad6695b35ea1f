/**
 * Where a unit's work runs. In this process unless another layer is provided: `@heddle/core/node/PlacementWorkers` runs
 * each unit in a worker thread, so that a loop that never ends or a `process.exit` costs that unit only.
 *
 * @layer logic
 * @module
 */
import type * as Cause from "effect/Cause"
import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Layer from "effect/Layer"
import type { Json } from "effect/Schema"
import * as HostCalls from "./internal/hostCalls.ts"
import { HostRefused, invoke, load, lookUp, type LoadedWork, type ModuleContext } from "./internal/moduleWork.ts"
import { remoteDefect } from "./internal/remoteDefect.ts"
import type { Unit } from "./Unit.ts"
import {
  isModule,
  PlacementError,
  type PlacementShape,
  type RemoteDefect,
  type Work,
  type WorkHost,
  type WorkModule,
} from "./Work.ts"

export type { ModuleContext } from "./internal/moduleWork.ts"

/** The form of a module's work. It returns JSON, or a promise of it. @category models */
export type ModuleFunction = (input: Json, context: ModuleContext) => unknown

/** The form of a module's `adapt`; see `WorkModule.adapterUrl`. @category models */
export type ModuleAdapter = (work: unknown, context: ModuleContext) => unknown

const prepareModule = Effect.fnUntraced(function* <E, R>(
  work: WorkModule<E, R>,
): Effect.fn.Return<(unit: Unit) => Effect.Effect<unknown, E | RemoteDefect, R>, PlacementError> {
  const loaded = yield* Effect.promise(() =>
    load({ url: work.url, exportName: work.exportName, adapterUrl: work.adapterUrl }),
  )
  if ("problem" in loaded) return yield* new PlacementError({ reason: loaded.problem })
  return (unit) => runHere(loaded.work, work.host, unit)
})

/** One unit in this process. Interruption aborts its signal and ends its host calls; a loop that never yields goes on. */
const runHere = <E, R>(
  work: LoadedWork,
  host: WorkHost<E, R> | undefined,
  unit: Unit,
): Effect.Effect<unknown, E | RemoteDefect, R> =>
  Effect.contextWith((services: Context.Context<R>) => {
    const calls = HostCalls.make(host, unit, services)
    const refusals = new WeakMap<object, Cause.Cause<E>>()
    const call = (method: string, args: Json): Promise<Json> =>
      new Promise((resolve, reject) => {
        calls.start(method, args, (exit) => {
          if (Exit.isSuccess(exit)) return resolve(exit.value)
          const refused = new HostRefused(HostCalls.refusalOf(exit.cause))
          refusals.set(refused, exit.cause)
          reject(refused)
        })
      })
    return Effect.flatMap(
      Effect.ensuring(
        Effect.promise((signal) => invoke(work, { unit, call, signal })),
        calls.stop,
      ),
      (settled): Effect.Effect<unknown, E | RemoteDefect> => {
        if (settled._tag === "returned") return Effect.succeed(settled.value)
        // The host's own error comes through whole where the work let it pass.
        const cause = lookUp(refusals, settled.error)
        return cause === undefined ? Effect.fail(remoteDefect(settled.thrown)) : Effect.failCause(cause)
      },
    )
  })

/**
 * Runs work in this process, each unit in its own fiber. Preparing a module fails with `PlacementError` where it cannot be
 * loaded; what its work throws becomes a `RemoteDefect`. A function is run as it is.
 *
 * @category constructors
 */
export const fibers: PlacementShape = {
  name: "fibers",
  prepare: <A, E, R>(work: Work<A, E, R>) => {
    if (!isModule(work)) return Effect.succeed(work)
    // A module's value is JSON by then; that it is an A is checked by the Runner against the caller's schema.
    return Effect.map(prepareModule(work), (run) => run as (unit: Unit) => Effect.Effect<A, E | RemoteDefect, R>)
  },
}

/** The placement in force. @category services */
export const Placement: Context.Reference<PlacementShape> = Context.Reference("@heddle/core/Placement", {
  defaultValue: () => fibers,
})

/** Work in this process: the default, by name. @category layers */
export const layerFibers: Layer.Layer<never> = Layer.succeed(Placement, fibers)
