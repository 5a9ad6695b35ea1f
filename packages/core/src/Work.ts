/**
 * Work: what is done for each unit. An Effect function stays in this process; a module (a file and the name of its
 * export) can also cross to a worker thread or another machine.
 *
 * @layer contract
 * @module
 */
import type * as Effect from "effect/Effect"
import * as Schema from "effect/Schema"
import type * as Scope from "effect/Scope"
import { ExitCode } from "./ExitCode.ts"
import type { Unit } from "./Unit.ts"

/** Work in this process. @category models */
export type WorkFunction<A, E, R> = (unit: Unit) => Effect.Effect<A, E, R>

/**
 * What a module's work may ask of the process that runs the plan: a method by name with JSON arguments. Answers are
 * JSON. It runs where the clients, limits and credentials are, so none of them enters the worker.
 *
 * @category models
 */
export type WorkHost<E, R> = (method: string, args: Schema.Json, unit: Unit) => Effect.Effect<Schema.Json, E, R>

/** Work that is code in a file. @category models */
export interface WorkModule<E = never, R = never> {
  readonly _tag: "WorkModule"
  /** `file:` URL of the module. */
  readonly url: string
  /** Which export is the work: `export default async (input, context) => value`. */
  readonly exportName: string
  readonly host?: WorkHost<E, R>
  /**
   * `file:` URL of a module that wraps the user's function on the worker's side, for an area that offers its own
   * objects: `export const adapt = (work, context) => Promise<value>`.
   */
  readonly adapterUrl?: string
}

/** What the Runner can be given as work: a function of this process, or a module. @category models */
export type Work<A, E, R> = WorkFunction<A, E, R> | WorkModule<E, R>

/** Names a file and its export as work. Nothing is loaded here: that is done when a run prepares it. @category constructors */
export const module = <E = never, R = never>(
  url: string | URL,
  exportName = "default",
  options?: { readonly host?: WorkHost<E, R>; readonly adapterUrl?: string | URL },
): WorkModule<E, R> => ({
  _tag: "WorkModule",
  url: String(url),
  exportName,
  ...(options?.host === undefined ? {} : { host: options.host }),
  ...(options?.adapterUrl === undefined ? {} : { adapterUrl: String(options.adapterUrl) }),
})

/** Whether the work is a module, and so may cross to a thread or another machine. @category guards */
export const isModule = <A, E, R>(work: Work<A, E, R>): work is WorkModule<E, R> => typeof work !== "function"

/**
 * Work that cannot be placed:
 * - `ClosureCannotCross`: a function was given where work runs in another thread or machine; name a module instead.
 * - `ModuleNotFound`: there is no such file.
 * - `ModuleBroken`: it does not load.
 * - `NoExport`: it has no such export, or that is no function; lists what it exports.
 *
 * Trying again helps only once the file or the option was changed.
 *
 * @category errors
 */
export class PlacementError extends Schema.TaggedError<PlacementError>()("PlacementError", {
  reason: Schema.Union([
    Schema.TaggedStruct("ClosureCannotCross", { placement: Schema.String }),
    Schema.TaggedStruct("ModuleNotFound", { url: Schema.String }),
    Schema.TaggedStruct("ModuleBroken", { url: Schema.String, problem: Schema.String }),
    Schema.TaggedStruct("NoExport", {
      url: Schema.String,
      exportName: Schema.String,
      found: Schema.Array(Schema.String),
    }),
  ]),
}) {
  readonly exitCode = ExitCode.usage
  readonly retryable = false
  get hints(): ReadonlyArray<string> {
    switch (this.reason._tag) {
      case "ClosureCannotCross":
        return ["give Work.module(url, export), or run it in this process: --placement fibers"]
      case "NoExport":
        return ["export default async (input, context) => value"]
      default:
        return ["check the path and run the file by itself: node FILE"]
    }
  }
  override get message(): string {
    const reason = this.reason
    switch (reason._tag) {
      case "ClosureCannotCross":
        return `a function cannot be sent to ${reason.placement}`
      case "ModuleNotFound":
        return `there is no module at ${reason.url}`
      case "ModuleBroken":
        return `${reason.url} does not load: ${reason.problem}`
      case "NoExport":
        return `${reason.url} has no function ${reason.exportName}; it exports ${reason.found.join(", ") || "nothing"}`
    }
  }
}

/**
 * A unit's work was lost with the thread or process that ran it: it called `process.exit`, crashed, or ran out of
 * memory. Only this unit is affected; trying it again most likely ends the same way.
 *
 * @category errors
 */
export class WorkerLost extends Schema.TaggedError<WorkerLost>()("WorkerLost", {
  placement: Schema.String,
  problem: Schema.String,
}) {
  readonly retryable = false
  override get message(): string {
    return `the work ended its ${this.placement}: ${this.problem}`
  }
}

/**
 * What a module's work threw, as far as it is plain data, wherever it ran. `tag` is its `_tag` or class, `fields` its own
 * data. Some tags are ours:
 * - `ValueNotJson`: what it returned cannot be written as JSON; the message names the place.
 * - `UnhandledRejection`, `UncaughtException`: something that the unit started went wrong with nobody waiting for it.
 *
 * @category errors
 */
export class RemoteDefect extends Schema.TaggedError<RemoteDefect>()("RemoteDefect", {
  tag: Schema.String,
  problem: Schema.String,
  /** True where the thrown value had this tag of its own; absent where it is the name of its class or type. */
  tagged: Schema.optionalKey(Schema.Boolean),
  /** True only where the thrown value itself said so. */
  retryable: Schema.optionalKey(Schema.Boolean),
  fields: Schema.optionalKey(Schema.Record(Schema.String, Schema.Json)),
  /** What lay behind it: again a `RemoteDefect`. */
  cause: Schema.optionalKey(Schema.Defect()),
  /** Last, so that it is the first to go where a record of it is cut to a size. */
  remoteStack: Schema.optionalKey(Schema.String),
}) {
  /** The tag under which it is recorded as a failure. */
  get failureTag(): string {
    return this.tag
  }
  override get message(): string {
    return this.problem
  }
}

/** Where work runs: in fibers of this process, or in worker threads. Asked by the Runner once a run. @category models */
export interface PlacementShape {
  /** `fibers`, `workers`; stands in the receipt. */
  readonly name: string
  /**
   * Prepares the work once for a run with at most `concurrency` units at a time, and gives the function that runs one
   * unit. Interrupting that function's Effect stops the work, even a loop that never yields where it runs in a worker.
   */
  readonly prepare: <A, E, R>(
    work: Work<A, E, R>,
    options: { readonly concurrency: number },
  ) => Effect.Effect<(unit: Unit) => Effect.Effect<A, E | WorkerLost | RemoteDefect, R>, PlacementError, Scope.Scope>
}
