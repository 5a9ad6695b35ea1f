/**
 * The worker's side of a pipeline module: makes the `study` object that the user's function is given, out of calls to
 * the process that holds the clients. Loaded inside of a worker thread or another process; loads Effect only for
 * pipelines that need it.
 *
 * @layer logic
 * @module
 */
import type { ModuleContext } from "@heddle/core/Placement"
import type { Json } from "effect/Schema"
import type { PipelineContext, Study } from "../Pipeline.ts"
import type { Item, ReadOptions, Resource } from "../StudyScope.ts"

/** Wraps the user's function; see `WorkModule.adapterUrl` of the core. */
export const adapt = async (work: unknown, context: ModuleContext): Promise<unknown> => {
  if (typeof work !== "function") {
    throw new TypeError("the module's export is no function; write export default async (study, context) => value")
  }
  const input = context.unit.input
  if (!isRecord(input) || typeof input["studyKey"] !== "string") throw new TypeError("the unit names no study")
  const begun = await context.call("begin", null)
  const { attempt, pageSize } = numbersOf(begun)
  const study = makeStudy(input["studyKey"], context)
  const given: PipelineContext = Object.freeze({ params: input["params"] ?? {}, signal: context.signal, attempt })
  // Only a pipeline of definePipeline can be an Effect; others start without loading Effect into the thread.
  if ("spec" in work) {
    const { runEffectPipeline } = await import("./workerEffect.ts")
    return settled(await runEffectPipeline(work, study, given, { context, pageSize }), context)
  }
  return settled(await Reflect.apply(work, undefined, [study, given]), context)
}

const settled = async (value: unknown, context: ModuleContext): Promise<unknown> => {
  const found = lazyKind(value)
  if (found !== undefined) throw new PipelineResultError(found)
  // A pipeline may work by its side effects alone, and a forgotten `return` looks the same: it is said, not refused.
  if (value === undefined) await context.call("returnedNothing", null)
  return value ?? null
}

const numbersOf = (begun: Json): { readonly attempt: number; readonly pageSize: number } => {
  const { attempt, pageSize } = isRecord(begun) ? begun : {}
  return { attempt: typeof attempt === "number" ? attempt : 1, pageSize: typeof pageSize === "number" ? pageSize : 1 }
}

class PipelineResultError extends Error {
  readonly _tag = "PipelineResultError"
  readonly retryable = false
  constructor(found: string) {
    super(`the pipeline returned ${found}, which nothing would consume; it must return a value`)
    this.name = "PipelineResultError"
  }
}

const isRecord = (value: Json): value is { readonly [key: string]: Json } =>
  typeof value === "object" && value !== null && !Array.isArray(value)

const lazyKind = (value: unknown): string | undefined => {
  if (typeof value === "function") return "a function"
  if (typeof value !== "object" || value === null) return undefined
  if ("~effect/Effect" in value) return "an Effect inside of its result"
  if (Symbol.asyncIterator in value) return "an async generator"
  if (Symbol.iterator in value && "next" in value) return "a generator"
  return undefined
}

const makeStudy = (studyKey: string, context: ModuleContext): Study => {
  const log =
    (level: string) =>
    (message: string, extra?: { readonly [name: string]: unknown }): void => {
      // A line that cannot be delivered must not fail the study; the unit's own failure says more.
      const send = async (): Promise<void> => {
        try {
          await context.call("log", {
            level,
            message: String(message),
            ...(extra === undefined ? {} : { extra: plain(extra) }),
          })
        } catch {
          return
        }
      }
      void send()
    }
  return Object.freeze({
    studyKey,
    read: (resource: Resource, options?: ReadOptions): AsyncIterable<Item> => ({
      [Symbol.asyncIterator]: async function* () {
        const cursor = await context.call("open", argsOf(resource, options))
        try {
          for (;;) {
            const page = await context.call("next", { cursor })
            if (!Array.isArray(page)) return
            for (const item of page) yield item
          }
        } finally {
          if (!context.signal.aborted) await context.call("close", { cursor })
        }
      },
    }),
    count: async (resource: Resource, options?: ReadOptions): Promise<number> => {
      const count = await context.call("count", argsOf(resource, options))
      if (typeof count !== "number") throw new TypeError("the count is no number")
      return count
    },
    log: Object.freeze({ debug: log("Debug"), info: log("Info"), warn: log("Warn"), error: log("Error") }),
  })
}

const argsOf = (resource: Resource, options: ReadOptions | undefined): Json =>
  options === undefined ? { resource } : { resource, options: { ...options } }

/** What of an object can be sent; the rest is named instead of lost in silence. */
const plain = (extra: { readonly [name: string]: unknown }): Json => {
  const entries = Object.entries(extra).map(([name, value]): readonly [string, Json] => {
    if (value === null || typeof value === "string" || typeof value === "boolean") return [name, value]
    if (typeof value === "number" && Number.isFinite(value)) return [name, value]
    return [name, `a value of type ${typeof value}`]
  })
  return Object.fromEntries(entries)
}
