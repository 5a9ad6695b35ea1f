/**
 * A study's log: every line carries the study's key under both spellings, `study_key` and `studyKey`, and what a caller
 * adds can never replace them.
 *
 * @layer logic
 * @module
 */
import * as Effect from "effect/Effect"
import type { Severity } from "effect/LogLevel"
import type { StudyKey } from "./StudyKey.ts"

/** The annotations of a study's log lines. @category constructors */
export const annotations = (studyKey: StudyKey): { readonly study_key: string; readonly studyKey: string } => ({
  study_key: studyKey,
  studyKey,
})

/** Annotates every log line of an Effect with its study. @category combinators */
export const annotate =
  (studyKey: StudyKey) =>
  <A, E, R>(effect: Effect.Effect<A, E, R>): Effect.Effect<A, E, R> =>
    Effect.annotateLogs(effect, annotations(studyKey))

/** Levels that code outside of Effect may log at. @category models */
export type Level = Extract<Severity, "Debug" | "Info" | "Warn" | "Error">

/** Data that goes with a log line. @category models */
export interface Extra {
  readonly [name: string]: unknown
}

/** Logging for code outside of Effect. @category models */
export interface StudyLog {
  readonly debug: (message: string, extra?: Extra) => void
  readonly info: (message: string, extra?: Extra) => void
  readonly warn: (message: string, extra?: Extra) => void
  readonly error: (message: string, extra?: Extra) => void
}

/** One line as an Effect; the study's own annotations win over the caller's. @category logging */
export const line = (studyKey: StudyKey, level: Level, message: string, extra: Extra = {}): Effect.Effect<void> =>
  Effect.annotateLogs(Effect.logWithLevel(level)(message), { ...extra, ...annotations(studyKey) })

/** A log whose lines are written by `run`. @category constructors */
export const make = (studyKey: StudyKey, run: (effect: Effect.Effect<void>) => void): StudyLog => {
  const at =
    (level: Level) =>
    (message: string, extra?: Extra): void =>
      run(line(studyKey, level, message, extra))
  return { debug: at("Debug"), info: at("Info"), warn: at("Warn"), error: at("Error") }
}
