/**
 * The file of `--out`: one JSON line per study with its outcome, in plan order, written whole from the ledger when the
 * run has ended. Nothing is lost where a run is killed before: the ledger has every value.
 *
 * @layer app
 * @module
 */
import { lstatSync } from "node:fs"
import { basename, dirname, join, resolve } from "node:path"
import { Durable, type Artifact, type DurableError } from "@heddle/core/Durable"
import { ExitCode } from "@heddle/core/ExitCode"
import { Ledger, type LedgerError } from "@heddle/core/Ledger"
import * as Effect from "effect/Effect"
import * as Stream from "effect/Stream"
import * as Begun from "./begun.ts"
import { placesOf, type Places } from "./begun.ts"
import { Cli } from "./Cli.ts"
import { CommandError } from "./CommandError.ts"
import { shellWord } from "./paste.ts"
import { findReceipt } from "./receiptFiles.ts"

const refused = (out: string, problem: string) =>
  new CommandError({
    tag: "OutputExists",
    problem: `${out} ${problem}, and nothing was changed`,
    // Only a file of people's own is theirs to move; never a device, a pipe or a folder.
    hints:
      lstatSync(resolve(out), { throwIfNoEntry: false })?.isFile() === true
        ? [`name another file with --out, or move it away: mv ${shellWord(out)} ${shellWord(`${out}.old`)}`]
        : ["name a file that does not exist yet with --out: heddle studies run --out values.jsonl"],
    code: ExitCode.refused,
  })

/** Values of an earlier run are not replaced without a word. */
export const refuseExisting = (out: string): Effect.Effect<void, CommandError> =>
  Effect.suspend(() =>
    // A link that leads nowhere is something, too.
    lstatSync(resolve(out), { throwIfNoEntry: false }) === undefined
      ? Effect.void
      : Effect.fail(refused(out, "exists already")),
  )

/** What the receipt must know to find the file again. */
export const valuesPlaces = (out: string | undefined): Places =>
  out === undefined ? {} : { outputFolder: dirname(resolve(out)), valuesFile: basename(out) }

/**
 * Where a resumed run writes its values: to the file that is named now, else to the one that it was told when it began.
 * A file of the run's own is written anew; one that was changed since, or another file, is not touched.
 */
export const resumedValues = Effect.fn("resumedValues")(function* (
  runId: string,
  given: string | undefined,
): Effect.fn.Return<string | undefined, CommandError | DurableError, Cli | Durable> {
  const receipt = yield* findReceipt(runId)
  const { settings } = yield* Cli
  const places = placesOf(settings.workspace, receipt?.details ?? (yield* Begun.read(runId))?.details)
  const { outputFolder, valuesFile } = places
  const own = outputFolder === undefined || valuesFile === undefined ? undefined : join(outputFolder, valuesFile)
  const out = given === undefined ? own : resolve(given)
  if (out === undefined) return undefined
  if (out !== own) {
    yield* refuseExisting(out)
    return out
  }
  const before = receipt?.artifacts.find(({ path }) => path === valuesFile)
  const durable = yield* Durable
  if (before === undefined || !(yield* durable.exists(out))) return out
  const now = yield* durable.hashFile(out)
  return now.sha256 === before.sha256 ? out : yield* refused(out, "was changed since the run wrote it")
})

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
