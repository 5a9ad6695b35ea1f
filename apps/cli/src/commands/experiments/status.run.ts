/**
 * Handler of `heddle experiments status`.
 *
 * @layer app
 * @module
 */
import { ExitCode } from "@heddle/core/ExitCode"
import * as Effect from "effect/Effect"
import { Cli } from "../../runtime/Cli.ts"
import { readSource } from "../../runtime/experiments/experiment.ts"
import { showStatus } from "../../runtime/experiments/statusText.ts"
import { runFor, wordsOf } from "../../runtime/experiments/takenUp.ts"
import { nothingFound } from "../../runtime/findRun.ts"
import type { Handler } from "../../runtime/Handler.ts"
import { withExistingLedger } from "../../runtime/workspace.ts"

export const handler: Handler = Effect.gen(function* () {
  const { invocation, output, settings } = yield* Cli
  const shown = withExistingLedger(
    Effect.gen(function* () {
      const words = wordsOf(invocation.positionals)
      const study = words.file === undefined ? undefined : (yield* readSource(words.file)).study
      yield* showStatus(yield* runFor(words, study, { unfinishedFirst: false }))
      return ExitCode.ok
    }),
    () => Effect.fail(nothingFound({ kind: "experiments" })),
  )
  if (!settings.boolean("allow-empty")) return yield* shown
  return yield* Effect.catchIf(
    shown,
    (error) =>
      typeof error === "object" && error !== null && "exitCode" in error && error.exitCode === ExitCode.nothing,
    () => Effect.as(output.note("nothing has run in this workspace"), ExitCode.ok),
  )
})
