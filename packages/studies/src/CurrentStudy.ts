/**
 * The study that code works on when it names none. Set for the length of an Effect, nests, and is never seen by another
 * fiber's study. The registry ignores it.
 *
 * @layer contract
 * @module
 */
import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import * as Schema from "effect/Schema"
import type { StudyKey } from "./StudyKey.ts"

/** The key in force, or `undefined` outside of any study. @category services */
export const CurrentStudy: Context.Reference<StudyKey | undefined> = Context.Reference("@heddle/studies/CurrentStudy", {
  defaultValue: (): StudyKey | undefined => undefined,
})

/**
 * An operation on a study was asked for without naming one, outside of any study. Nothing was requested. Trying again
 * does not help; name the study or wrap the code in {@link provide}.
 *
 * @category errors
 */
export class NoCurrentStudy extends Schema.TaggedError<NoCurrentStudy>()("NoCurrentStudy", {
  operation: Schema.String,
}) {
  readonly exitCode = 2 as const
  readonly retryable = false
  get hints(): ReadonlyArray<string> {
    return ["name the study, or run the code inside CurrentStudy.provide(key)"]
  }
  override get message(): string {
    return `${this.operation} needs a study key, and there is no current study`
  }
}

/** Runs an Effect with `key` as the current study. @category combinators */
export const provide =
  (key: StudyKey) =>
  <A, E, R>(effect: Effect.Effect<A, E, R>): Effect.Effect<A, E, R> =>
    Effect.provideService(effect, CurrentStudy, key)

/** The explicit key, else the current study's, else {@link NoCurrentStudy}. @category accessors */
export const resolve = (operation: string, explicit?: StudyKey | undefined): Effect.Effect<StudyKey, NoCurrentStudy> =>
  explicit !== undefined
    ? Effect.succeed(explicit)
    : Effect.filterOrFail(
        CurrentStudy,
        (key) => key !== undefined,
        () => new NoCurrentStudy({ operation }),
      )
