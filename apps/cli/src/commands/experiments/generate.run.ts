/**
 * Handler of `heddle experiments generate`.
 *
 * @layer app
 * @module
 */
import { ExitCode } from "@heddle/core/ExitCode"
import * as DurableNode from "@heddle/core/node/DurableNode"
import { toCsv } from "@heddle/experiments/GenerateDoe"
import * as Effect from "effect/Effect"
import { Cli } from "../../runtime/Cli.ts"
import { doeOf } from "../../runtime/experiments/doe.ts"
import { jsonLine } from "../../runtime/experiments/designText.ts"
import { writeNew } from "../../runtime/experiments/newFile.ts"
import type { Handler } from "../../runtime/Handler.ts"

export const handler: Handler = Effect.gen(function* () {
  const { output, settings } = yield* Cli
  const { notes, rows, warnings } = yield* Effect.fromResult(doeOf(settings))
  const out = settings.text("out")
  const csv = toCsv(rows)
  if (out !== undefined) yield* Effect.provide(writeNew(out, csv), DurableNode.layer)
  if (output.json) {
    for (const row of rows) {
      yield* output.data(
        jsonLine([
          ["type", "row"],
          ["values", row],
        ]),
      )
    }
  } else if (out === undefined) yield* output.data(csv)
  for (const note of notes) yield* output.note(note)
  for (const warning of warnings) yield* output.note(`warning: ${warning}`)
  if (out !== undefined) yield* output.note(`table: ${out}`)
  return ExitCode.ok
})
