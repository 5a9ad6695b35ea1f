/**
 * What does the work of a command: an Effect that ends with an exit code. Everything around it (settings, output,
 * signals, secrets) comes from {@link Cli}.
 *
 * @layer contract
 * @module
 */
import type { ExitCode } from "@heddle/core/ExitCode"
import type * as Effect from "effect/Effect"
import type * as Scope from "effect/Scope"
import type { Cli } from "./Cli.ts"

/** The handler of one command. Its error is told to the user; one without hints and exit code is a bug. */
export type Handler = Effect.Effect<ExitCode, unknown, Cli | Scope.Scope>
