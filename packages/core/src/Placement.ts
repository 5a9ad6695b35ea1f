/**
 * Where a unit's work runs. In this process unless another layer is provided: `@heddle/core/node/PlacementWorkers` runs
 * each unit in a worker thread, so that a loop that never ends or a `process.exit` costs that unit only.
 *
 * @layer logic
 * @module
 */
import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import type { Json } from "effect/Schema"
import type { Unit } from "./Unit.ts"
import { isModule, PlacementError, RemoteDefect, type PlacementShape, type Work, type WorkModule } from "./Work.ts"

/** What a module's work is given beside its unit's input. @category models */
export interface ModuleContext {
  readonly unit: Unit
  /** Asks the process that runs the plan; see `WorkHost`. Rejects where the host refuses or there is none. */
  readonly call: (method: string, args: Json) => Promise<Json>
  /** Aborted when the unit is interrupted or runs out of time. */
  readonly signal: AbortSignal
}

/** The form of a module's work. @category models */
export type ModuleFunction = (input: Json, context: ModuleContext) => unknown

/** The form of a module's `adapt`; see `WorkModule.adapterUrl`. @category models */
export type ModuleAdapter = (work: unknown, context: ModuleContext) => unknown

const prepareModule = Effect.fnUntraced(function* <E, R>(
  work: WorkModule<E, R>,
): Effect.fn.Return<(unit: Unit) => Effect.Effect<unknown, E | RemoteDefect, R>, PlacementError> {
  const exported = yield* loadExport(work.url, work.exportName)
  const adapter = work.adapterUrl === undefined ? undefined : yield* loadExport(work.adapterUrl, "adapt")
  const host = work.host
  return (unit) =>
    Effect.flatMap(Effect.context<R>(), (services) =>
      Effect.callback<unknown, E | RemoteDefect>((resume, signal) => {
        const call = (method: string, args: Json): Promise<Json> =>
          host === undefined
            ? Promise.reject(new Error(`there is no host to answer ${method}`))
            : Effect.runPromiseWith(services)(host(method, args, unit), { signal })
        const context: ModuleContext = { unit, call, signal }
        const run = async (): Promise<unknown> =>
          adapter === undefined ? exported(unit.input, context) : adapter(exported, context)
        run().then(
          (value) => resume(Effect.succeed(value)),
          (error: unknown) => resume(Effect.die(error)),
        )
      }),
    )
})

/** Loads one function of a module. Each call loads a file once; later calls give the same function. */
const loadExport = Effect.fnUntraced(function* (
  url: string,
  exportName: string,
): Effect.fn.Return<(...args: ReadonlyArray<unknown>) => unknown, PlacementError> {
  const loaded: Record<string, unknown> = yield* Effect.tryPromise({
    try: () => import(url),
    catch: (error) =>
      isMissing(error, url)
        ? new PlacementError({ reason: { _tag: "ModuleNotFound", url } })
        : new PlacementError({
            reason: { _tag: "ModuleBroken", url, problem: error instanceof Error ? error.message : String(error) },
          }),
  })
  const found = loaded[exportName]
  // A pipeline object from an area's own `define…` function is as good as a function: the area's adapter unpacks it.
  if (typeof found === "function") return (...args) => Reflect.apply(found, undefined, args)
  return yield* new PlacementError({ reason: { _tag: "NoExport", url, exportName, found: Object.keys(loaded) } })
})

const isMissing = (error: unknown, url: string): boolean =>
  error instanceof Error &&
  "code" in error &&
  error.code === "ERR_MODULE_NOT_FOUND" &&
  error.message.includes(url.replace(/^file:\/\//, ""))

/** Runs work in this process, each unit in its own fiber. @category constructors */
export const fibers: PlacementShape = {
  name: "fibers",
  prepare: <A, E, R>(work: Work<A, E, R>) => {
    if (!isModule(work)) return Effect.succeed(work)
    // What a module returns is checked when it is recorded: the Runner refuses what is not JSON or fails the schema.
    return Effect.map(prepareModule(work), (run) => run as (unit: Unit) => Effect.Effect<A, E | RemoteDefect, R>)
  },
}

/** The placement in force. @category services */
export const Placement: Context.Reference<PlacementShape> = Context.Reference("@heddle/core/Placement", {
  defaultValue: () => fibers,
})

/** Work in this process: the default, by name. @category layers */
export const layerFibers: Layer.Layer<never> = Layer.succeed(Placement, fibers)
