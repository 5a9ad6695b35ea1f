/**
 * Runs a pipeline for one study in this process: makes the study that it sees, calls it, and turns whatever comes back
 * (an Effect, a promise, a value, something lazy, something thrown) into one Effect.
 *
 * @layer logic
 * @module
 */
import { CurrentUnit } from "@heddle/core/CurrentUnit"
import * as Effect from "effect/Effect"
import type * as Schema from "effect/Schema"
import * as Scope from "effect/Scope"
import * as Stream from "effect/Stream"
import type { LocalStudy, PipelineContext } from "../Pipeline.ts"
import { PipelineResultError } from "../PipelineError.ts"
import { StudyError } from "../StudyError.ts"
import * as StudyLog from "../StudyLog.ts"
import { StudyScope, type Item, type ReadOptions, type Resource, type StudyScopeShape } from "../StudyScope.ts"
import * as Cursor from "./cursor.ts"

/** Calls `pipeline` for the study in context. What it needs beyond the study is looked up in the calling fiber. */
export const runPipeline = Effect.fnUntraced(function* (
  pipeline: (study: LocalStudy, context: PipelineContext) => unknown,
  params: Schema.Json,
): Effect.fn.Return<unknown, unknown, StudyScope> {
  const scope = yield* StudyScope
  const { attempt } = yield* CurrentUnit
  return yield* Effect.scoped(
    Effect.gen(function* () {
      const signal = yield* Effect.abortSignal
      const study = yield* makeStudy(scope, signal)
      const context: PipelineContext = Object.freeze({ params, signal, attempt: Math.max(1, attempt) })
      const returned = yield* attemptCall(() => pipeline(study, context))
      return yield* settle(returned)
    }),
  )
})

/** A value may not be lazy: a generator that nobody reads would count as success. */
const settle = (returned: unknown): Effect.Effect<unknown, unknown> => {
  if (Effect.isEffect(returned)) {
    // The caller's types say which services this Effect needs, and they are in the fiber's context.
    return Effect.flatMap(returned as Effect.Effect<unknown, unknown>, finished)
  }
  if (isPromiseLike(returned)) return Effect.flatMap(awaited(returned), finished)
  return finished(returned)
}

const finished = (value: unknown): Effect.Effect<unknown, PipelineResultError> => {
  const found = lazyKind(value)
  return found === undefined ? Effect.succeed(value) : Effect.fail(new PipelineResultError({ found }))
}

/** What kind of unconsumed thing a value is, if it is one. */
export const lazyKind = (value: unknown): string | undefined => {
  if (typeof value === "function") return "a function"
  if (typeof value !== "object" || value === null) return undefined
  if (Effect.isEffect(value)) return "an Effect inside of its result"
  if (Stream.isStream(value)) return "a Stream"
  if (isPromiseLike(value)) return "a promise inside of its result"
  if (has(value, Symbol.asyncIterator)) return "an async generator"
  if (has(value, Symbol.iterator) && has(value, "next")) return "a generator"
  return undefined
}

// A hostile object's getters may throw; such an object is no generator.
const has = (value: object, key: PropertyKey): boolean => {
  try {
    return typeof Reflect.get(value, key) === "function"
  } catch {
    return false
  }
}

const isPromiseLike = (value: unknown): value is PromiseLike<unknown> =>
  typeof value === "object" && value !== null && has(value, "then")

const attemptCall = (call: () => unknown): Effect.Effect<unknown, StudyError> =>
  Effect.suspend(() => {
    try {
      return Effect.succeed(call())
    } catch (error) {
      return thrown(error)
    }
  })

const awaited = (promise: PromiseLike<unknown>): Effect.Effect<unknown, StudyError> =>
  Effect.callback((resume) => {
    const wait = async (): Promise<void> => {
      try {
        resume(Effect.succeed(await promise))
      } catch (error) {
        resume(thrown(error))
      }
    }
    void wait()
  })

/** The study's own error stays typed on its way through an async function; anything else is a defect of the pipeline. */
const thrown = (error: unknown): Effect.Effect<never, StudyError> =>
  error instanceof StudyError ? Effect.fail(error) : Effect.die(error)

const makeStudy = Effect.fnUntraced(function* (
  scope: StudyScopeShape,
  signal: AbortSignal,
): Effect.fn.Return<LocalStudy, never, Scope.Scope> {
  const unitScope = yield* Effect.scope
  const services = yield* Effect.context<never>()
  const run = Effect.runPromiseWith(services)
  const fork = Effect.runForkWith(services)
  const read = (resource: Resource, options?: ReadOptions): AsyncIterable<Item> => ({
    [Symbol.asyncIterator]: async function* () {
      const cursor = await run(Scope.provide(Cursor.open(scope, resource, options), unitScope), { signal })
      try {
        for (;;) {
          const page = await run(cursor.next, { signal })
          if (page === undefined) return
          yield* page
        }
      } finally {
        await run(cursor.close)
      }
    },
  })
  return Object.freeze({
    studyKey: scope.studyKey,
    scope,
    read,
    count: (resource, options) => run(scope.count(resource, options), { signal }),
    log: Object.freeze(
      StudyLog.make(scope.studyKey, (line) => {
        fork(line)
      }),
    ),
  } satisfies LocalStudy)
})
