/**
 * Handler of `heddle studies status`.
 *
 * @layer app
 * @module
 */
import { ExitCode } from "@heddle/core/ExitCode"
import * as Effect from "effect/Effect"
import { Cli } from "../../runtime/Cli.ts"
import { findRun, nothingFound } from "../../runtime/findRun.ts"
import type { Handler } from "../../runtime/Handler.ts"
import { showRun } from "../../runtime/showRun.ts"
import { withExistingLedger } from "../../runtime/workspace.ts"

export const handler: Handler = Effect.gen(function* () {
  const { invocation, output, settings } = yield* Cli
  const nothing = settings.boolean("allow-empty")
    ? Effect.as(output.note("nothing has run in this workspace"), ExitCode.ok)
    : Effect.fail(nothingFound({}))
  return yield* withExistingLedger(
    Effect.gen(function* () {
      const run = yield* findRun(invocation.positionals[0], { kind: "studies" })
      yield* showRun(run)
      return ExitCode.ok
    }),
    () => nothing,
  )
})
