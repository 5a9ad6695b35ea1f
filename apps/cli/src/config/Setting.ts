/**
 * What holds for a command, and where it was said: the form of settings, apart from how they are found.
 *
 * @layer contract
 * @module
 */
import type { FlagValue } from "../cli/Spec.ts"

/** A value with where it came from, in words: `--rate`, `IMEDNET_BASE_URL`, `heddle.toml`. */
export interface Setting {
  readonly value: FlagValue
  readonly source: string
}

/** The settings of one command. Asking for one with the wrong kind gives `undefined`. */
export interface Settings {
  readonly get: (name: string) => Setting | undefined
  readonly text: (name: string) => string | undefined
  readonly number: (name: string) => number | undefined
  readonly boolean: (name: string) => boolean
  readonly list: (name: string) => ReadonlyArray<string> | undefined
  /** Absolute path of the workspace folder. */
  readonly workspace: string
  /** The configuration file that was read, or `undefined`. */
  readonly configFile: string | undefined
}
