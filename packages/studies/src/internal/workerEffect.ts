/**
 * Effect pipelines in a worker: the study's scope, made out of calls to the process that holds the clients, and the run of
 * the Effect that a pipeline of `definePipeline` may return.
 *
 * @layer logic
 * @module
 */
import type { ModuleContext } from "@heddle/core/Placement"
import * as Cause from "effect/Cause"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Schema from "effect/Schema"
import * as Stream from "effect/Stream"
import * as CurrentStudy from "../CurrentStudy.ts"
import type { PipelineContext, Study } from "../Pipeline.ts"
import { StudyError } from "../StudyError.ts"
import { StudyScope, type Item, type ReadOptions, type Resource, type StudyScopeShape } from "../StudyScope.ts"

/** Calls the pipeline and runs its Effect, if it returned one. */
export const runEffectPipeline = async (
  pipeline: Function,
  study: Study,
  given: PipelineContext,
  host: { readonly context: ModuleContext; readonly pageSize: number },
): Promise<unknown> => {
  const refused = new WeakMap<StudyError, unknown>()
  const scope = makeScope(study.studyKey, host.context, host.pageSize, refused)
  const local = Object.freeze({ ...study, scope })
  const returned: unknown = await Reflect.apply(pipeline, undefined, [local, given])
  if (!Effect.isEffect(returned)) return returned
  // A pipeline's own requirements beside its study cannot cross; one that is missing ends as a defect that names it.
  const work = returned as Effect.Effect<unknown, unknown, StudyScope>
  const exit = await Effect.runPromiseExit(
    CurrentStudy.provide(study.studyKey)(Effect.provideService(work, StudyScope, scope)),
    { signal: given.signal },
  )
  if (Exit.isSuccess(exit)) return exit.value
  const error = Cause.squash(exit.cause)
  // The error of the other side is thrown as it came, so that it stays what it was there.
  throw error instanceof StudyError ? (refused.get(error) ?? error) : error
}

const makeScope = (
  studyKey: string,
  context: ModuleContext,
  pageSize: number,
  refused: WeakMap<StudyError, unknown>,
): StudyScopeShape => {
  const ask = (method: string, args: Schema.Json): Effect.Effect<Schema.Json, StudyError> =>
    Effect.tryPromise({
      try: () => context.call(method, args),
      catch: (error) => {
        const failure = new StudyError({
          tag: "Refused",
          kind: "rejected",
          problem: error instanceof Error ? error.message : "the request was refused",
          retryable: false,
          hints: [],
        })
        refused.set(failure, error)
        return failure
      },
    })
  return {
    studyKey,
    pageSize,
    count: (resource, options) => Effect.map(ask("count", argsOf(resource, options)), Number),
    read: (resource, options) =>
      Stream.unwrap(
        Effect.map(
          Effect.acquireRelease(ask("open", argsOf(resource, options)), (cursor) =>
            Effect.ignore(ask("close", { cursor })),
          ),
          (cursor) =>
            Stream.flatMap(Stream.takeWhile(Stream.fromEffectRepeat(ask("next", { cursor })), isPage), (page) =>
              Stream.fromArray(page),
            ),
        ),
      ),
  }
}

// The other side sends a page of items, or null at the end.
const isPage = (page: Schema.Json): page is ReadonlyArray<Item> => Array.isArray(page)

const argsOf = (resource: Resource, options: ReadOptions | undefined): Schema.Json =>
  options === undefined ? { resource } : { resource, options: { ...options } }
