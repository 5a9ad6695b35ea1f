/**
 * What surrounds a command: its arguments, settings, output, signals and secrets. Provided once by the entry.
 *
 * @layer contract
 * @module
 */
import type { SecretsShape } from "@heddle/core/Secrets"
import * as Context from "effect/Context"
import type { Invocation } from "../cli/Spec.ts"
import type { Settings } from "../config/Settings.ts"
import type { Output } from "./Output.ts"
import type { Signals } from "./Signals.ts"

export interface CliShape {
  readonly invocation: Invocation
  readonly settings: Settings
  readonly output: Output
  readonly signals: Signals
  readonly secrets: SecretsShape
  readonly env: Readonly<Record<string, string | undefined>>
  /** Replaces the hint that resumes a run, for a command that runs others under conditions of its own. */
  readonly resumeHint?: (runId: string) => string
}

/** @category services */
export class Cli extends Context.Service<Cli, CliShape>()("heddle/Cli") {}
