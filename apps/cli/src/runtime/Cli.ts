/**
 * What surrounds a command: its arguments, settings, output and signals. Provided once by the entry.
 *
 * @layer contract
 * @module
 */
import * as Context from "effect/Context"
import type * as Effect from "effect/Effect"
import type * as Scope from "effect/Scope"
import type { Invocation } from "../cli/Spec.ts"
import type { Column } from "../cli/Column.ts"
import type { Settings } from "../config/Setting.ts"

/** A JSON line: `type` says which, the rest is its own. */
export type Line = { readonly type: string } & Readonly<Record<string, unknown>>

export interface Output {
  readonly json: boolean
  readonly quiet: boolean
  readonly stdoutIsTerminal: boolean
  readonly stderrIsTerminal: boolean
  /** Columns of stderr's terminal; 80 where it is none. */
  readonly stderrColumns: number
  /** Whether colours may be used on stderr and stdout: a terminal, and no NO_COLOR. */
  readonly colour: { readonly stdout: boolean; readonly stderr: boolean }
  /** Says which run has begun and how it goes on: a failure of the command names both. */
  readonly about: (runId: string, hint: string) => void
  readonly runId: () => string | null
  readonly runHint: () => string | undefined
  /** Writes text to stdout as it is. */
  readonly data: (text: string) => Effect.Effect<void>
  /** Writes one JSON line to stdout; adds `at` and `level` where they are missing. */
  readonly line: (line: Line) => Effect.Effect<void>
  /** Writes a table to stdout: aligned on a terminal, tab-separated elsewhere. */
  readonly table: (columns: ReadonlyArray<Column>, rows: ReadonlyArray<ReadonlyArray<string>>) => Effect.Effect<void>
  /** Writes a line to stderr unless quiet. */
  readonly note: (text: string) => Effect.Effect<void>
  /** Writes a line to stderr, quiet or not. */
  readonly warn: (text: string) => Effect.Effect<void>
  /** Writes whole lines to stderr at once; for signal handlers, logs and threads. */
  readonly stderrNow: (text: string) => void
  /** While the scope is open, {@link stderrNow} goes through `write`, which keeps lines out of a live display. */
  readonly divert: (write: (text: string) => void) => Effect.Effect<void, never, Scope.Scope>
  /** Resolves when everything written before was handed on. */
  readonly flush: Effect.Effect<void>
  /** True once stdout takes nothing any more: its reader went away, or writing failed. */
  readonly isClosed: () => boolean
  /** Why writing to stdout failed, where it was not because the reader went away. */
  readonly failure: () => string | undefined
  /** Is called once when the reader of stdout goes away. */
  readonly onClosed: (listener: () => void) => void
}

/** What a running command lets signals do. */
export interface Stoppable {
  readonly stop: Effect.Effect<void>
  readonly interrupt: Effect.Effect<void>
}

export interface Signals {
  /** While the scope is open, signals go to `target` instead of interrupting the command. */
  readonly direct: (target: Stoppable) => Effect.Effect<void, never, Scope.Scope>
  /** How many stops were asked for so far, by signals or by a closed stdout. */
  readonly stops: () => number
  /** Asks for a stop as SIGTERM does; for a reader of stdout that went away. */
  readonly requestStop: () => void
}

export interface CliShape {
  readonly invocation: Invocation
  readonly settings: Settings
  readonly output: Output
  readonly signals: Signals
  readonly env: Readonly<Record<string, string | undefined>>
  /** Replaces the hint that resumes a run, for a command that runs others under conditions of its own. */
  readonly resumeHint?: (runId: string) => string
}

/** @category services */
export class Cli extends Context.Service<Cli, CliShape>()("heddle/Cli") {}
