/**
 * What reading a study's text gives: values that know their lines, or an error with its place.
 *
 * @layer contract
 * @module
 */
import { ExitCode } from "@heddle/core/ExitCode"
import * as Schema from "effect/Schema"
import type { Value } from "./Value.ts"

/** Where a text comes from, for messages. @category models */
export interface TextOptions {
  /** The file; `text` where nothing is given. */
  readonly source?: string
}

/** A text as a value. @category models */
export interface ParsedText {
  readonly value: Value
  /** The line, from 1, on which the value at this path begins; `undefined` where there is none. */
  readonly lineOf: (path: ReadonlyArray<string | number>) => number | undefined
}

/**
 * A text that cannot be read: not well-formed, ambiguous (a key twice), or larger or deeper than the bounds. Nothing of it
 * is used.
 *
 * @category errors
 */
export class TextError extends Schema.TaggedError<TextError>()("TextError", {
  /** The file. */
  source: Schema.String,
  /** From 1, where it is known. */
  line: Schema.optionalKey(Schema.Int),
  /** In characters, from 1. */
  column: Schema.optionalKey(Schema.Int),
  problem: Schema.String,
  hints: Schema.Array(Schema.String),
}) {
  readonly exitCode = ExitCode.usage
  readonly retryable = false
  override get message(): string {
    const place = this.line === undefined ? "" : `:${this.line}${this.column === undefined ? "" : `:${this.column}`}`
    return `${this.source}${place}: ${this.problem}`
  }
}
