/**
 * Handler of `heddle experiments plan`.
 *
 * @layer app
 * @module
 */
import { ExitCode } from "@heddle/core/ExitCode"
import * as Effect from "effect/Effect"
import { Cli } from "../../runtime/Cli.ts"
import { experimentOf, layerImports, readSource } from "../../runtime/experiments/experiment.ts"
import { showPlan } from "../../runtime/experiments/planText.ts"
import type { Handler } from "../../runtime/Handler.ts"

export const handler: Handler = Effect.gen(function* () {
  const { invocation, settings } = yield* Cli
  const { source, study } = yield* readSource(invocation.positionals[0] ?? "")
  yield* showPlan(yield* experimentOf(source, study, settings, process.cwd()))
  return ExitCode.ok
}).pipe(Effect.provide(layerImports))
