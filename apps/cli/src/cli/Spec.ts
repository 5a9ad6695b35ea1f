/**
 * What a command is, as plain data: its place, flags, environment, exit codes and examples. Help, usage errors and
 * completions are made from it, before Effect or anything else heavy is loaded.
 *
 * @layer contract
 * @module
 */
import type { ExitCode } from "@heddle/core/ExitCode"
import type { Handler } from "../runtime/Handler.ts"

/** How the text behind a flag is read. `duration` becomes milliseconds; `boolean` takes no text. */
export type FlagKind = "boolean" | "text" | "integer" | "number" | "duration" | "choice"

/** One flag of a command. */
export interface FlagSpec {
  readonly name: string
  readonly kind: FlagKind
  readonly summary: string
  /** What stands for the value in usage lines: `KEY`, `FILE`. */
  readonly valueName?: string
  /** May be given more than once; then its value is a list. `text` only. */
  readonly repeatable?: boolean
  /** Bounds of `integer` and `number`, both allowed. */
  readonly min?: number
  readonly max?: number
  readonly choices?: ReadonlyArray<string>
  /** What holds where nothing is said, in words for people. */
  readonly fallback?: string
  /** The environment variable that says the same. */
  readonly env?: string
  /** The key of heddle.toml that says the same, with dots. */
  readonly config?: string
  /** What a shell offers for it. */
  readonly complete?: "file" | "folder"
}

/** A word that is given without a flag. Optional ones come last. */
export interface PositionalSpec {
  readonly name: string
  readonly summary: string
  readonly required: boolean
  readonly choices?: ReadonlyArray<string>
}

export interface Example {
  readonly command: string
  readonly note: string
}

/** An environment variable that has no flag, such as a credential. */
export interface EnvironmentSpec {
  readonly name: string
  readonly summary: string
}

/** A command: one file per verb holds one of these, its handler is beside it in `<verb>.run.ts`. */
export interface CommandSpec {
  /** The words that call it: `["studies", "run"]`. */
  readonly path: ReadonlyArray<string>
  readonly summary: string
  /** Paragraphs that stand under the summary in its help. */
  readonly description?: ReadonlyArray<string>
  readonly positionals?: ReadonlyArray<PositionalSpec>
  readonly flags: ReadonlyArray<FlagSpec>
  readonly environment?: ReadonlyArray<EnvironmentSpec>
  readonly examples: ReadonlyArray<Example>
  /** The exit codes that it can end with, besides 1, 2 and 130. */
  readonly exitCodes: ReadonlyArray<ExitCode>
  /** Its exit code vouches for something (`verify`, `doctor`): cut off by its reader, it must not end with 0. */
  readonly verdict?: true
  /** Printed on stdout before anything else is loaded, for a command that is started to be watched; not with --json. */
  readonly opening?: string
  /** Loads what does the work. Absent for commands that are answered from the specs alone. */
  readonly load?: () => Promise<{ readonly handler: Handler }>
}

/** A flag's value as given: duration in milliseconds, repeatable ones as a list. */
export type FlagValue = boolean | string | number | ReadonlyArray<string>

/** What the command line said, checked against a spec. */
export interface Invocation {
  readonly spec: CommandSpec
  readonly flags: ReadonlyMap<string, FlagValue>
  readonly positionals: ReadonlyArray<string>
}

/** What a command is called in messages. */
export const commandName = (spec: CommandSpec): string => ["heddle", ...spec.path].join(" ")
