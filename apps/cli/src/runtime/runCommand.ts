/**
 * Runs another command inside this one, as if it had been typed: the same parsing, settings and handler, under this
 * command's output and signals.
 *
 * @layer app
 * @module
 */
import type { ExitCode } from "@heddle/core/ExitCode"
import * as Effect from "effect/Effect"
import { parse } from "../cli/parse.ts"
import { asUsageError } from "../cli/UsageError.ts"
import { commands } from "../commands/index.ts"
import { makeSettings } from "../config/Settings.ts"
import { Cli, type CliShape } from "./Cli.ts"

/** Gives the exit code; fails with what the command fails with. */
export const runCommand = Effect.fn("runCommand")(function* (
  args: ReadonlyArray<string>,
  env: Readonly<Record<string, string | undefined>>,
  cli: CliShape,
): Effect.fn.Return<ExitCode, unknown> {
  const parsed = yield* Effect.try({ try: () => parse(args, commands), catch: asUsageError })
  if (parsed._tag !== "Command" || parsed.invocation.spec.load === undefined) {
    return yield* Effect.die(new Error(`${args.join(" ")} is no command that does something`))
  }
  const { invocation } = parsed
  const settings = yield* Effect.try({
    try: () => makeSettings(invocation, env, process.cwd()),
    catch: asUsageError,
  })
  const { handler } = yield* Effect.promise(parsed.invocation.spec.load)
  return yield* Effect.provideService(Effect.scoped(handler), Cli, { ...cli, invocation, settings, env })
})
