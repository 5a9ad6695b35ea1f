/**
 * Cursors: a stream of pages taken one page at a time by code outside of Effect. One page is in memory; an abandoned
 * cursor is closed with its unit.
 *
 * @layer logic
 * @module
 */
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Pull from "effect/Pull"
import * as Scope from "effect/Scope"
import * as Stream from "effect/Stream"
import type { StudyError } from "../StudyError.ts"
import type { Item, ReadOptions, Resource, StudyScopeShape } from "../StudyScope.ts"

export interface Cursor {
  /** The next page, never empty; `undefined` at the end, again and again. */
  readonly next: Effect.Effect<ReadonlyArray<Item> | undefined, StudyError>
  readonly close: Effect.Effect<void>
}

/** Opens a cursor that lives at most as long as the scope. */
export const open = Effect.fnUntraced(function* (
  study: StudyScopeShape,
  resource: Resource,
  options: ReadOptions | undefined,
): Effect.fn.Return<Cursor, never, Scope.Scope> {
  const scope = yield* Scope.fork(yield* Effect.scope)
  const pull = yield* Scope.provide(Stream.toPull(study.read(resource, options)), scope)
  let ended = false
  const close = Effect.suspend(() => {
    ended = true
    return Scope.close(scope, Exit.void)
  })
  const page: Effect.Effect<ReadonlyArray<Item> | undefined, StudyError> = Pull.catchDone(pull, () =>
    Effect.as(close, undefined),
  )
  return { next: Effect.suspend(() => (ended ? Effect.undefined : page)), close }
})
