/**
 * The file of `--out`: one JSON line per study with its outcome, in plan order, written whole from the ledger when the
 * run has ended. Nothing is lost where a run is killed before: the ledger has every value.
 *
 * @layer app
 * @module
 */
import { existsSync } from "node:fs"
import { basename, dirname, resolve } from "node:path"
import { Durable, type Artifact, type DurableError } from "@heddle/core/Durable"
import { ExitCode } from "@heddle/core/ExitCode"
import { Ledger, type LedgerError } from "@heddle/core/Ledger"
import * as Effect from "effect/Effect"
import * as Stream from "effect/Stream"
import { CommandError } from "./CommandError.ts"

/** Values of an earlier run are not replaced without a word. */
export const refuseExisting = (out: string): Effect.Effect<void, CommandError> =>
  Effect.suspend(() =>
    existsSync(resolve(out))
      ? Effect.fail(
          new CommandError({
            tag: "OutputExists",
            problem: `${out} exists already, and nothing was changed`,
            hints: [`name another file with --out, or remove it: rm ${out}`],
            code: ExitCode.refused,
          }),
        )
      : Effect.void,
  )

/** What the receipt must know to find the file again. */
export const valuesDetails = (out: string | undefined): { readonly details?: { readonly outputFolder: string } } =>
  out === undefined ? {} : { details: { outputFolder: dirname(resolve(out)) } }

/** Writes the file and gives it as an artifact of the run. */
export const exportValues = Effect.fn("exportValues")(function* (
  runId: string,
  out: string,
): Effect.fn.Return<ReadonlyArray<Artifact>, DurableError | LedgerError, Durable | Ledger> {
  const ledger = yield* Ledger
  const durable = yield* Durable
  return yield* Effect.scoped(
    Effect.gen(function* () {
      const file = yield* durable.create(resolve(out))
      let rows = 0
      yield* Stream.runForEach(ledger.outcomes(runId), (outcome) => {
        rows++
        const { id, status, value, failure, reason } = outcome
        return file.write(`${JSON.stringify({ studyKey: id, status, value, failure, reason })}\n`)
      })
      return [{ ...(yield* file.commit), path: basename(out), rows }]
    }),
  )
})
