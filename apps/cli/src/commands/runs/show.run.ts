/**
 * Handler of `heddle runs show`.
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
  const { invocation } = yield* Cli
  return yield* withExistingLedger(
    Effect.gen(function* () {
      yield* showRun(yield* findRun(invocation.positionals[0]))
      return ExitCode.ok
    }),
    () => Effect.fail(nothingFound({})),
  )
})
