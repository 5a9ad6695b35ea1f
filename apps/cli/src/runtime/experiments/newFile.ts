/**
 * A file of people's own that a command writes: whole or not at all, and never in place of one that is there.
 *
 * @layer app
 * @module
 */
import { lstatSync } from "node:fs"
import { dirname, resolve } from "node:path"
import { Durable, type DurableError } from "@heddle/core/Durable"
import { ExitCode } from "@heddle/core/ExitCode"
import * as Effect from "effect/Effect"
import { CommandError } from "../CommandError.ts"
import { shellWord } from "../paste.ts"

/** Writes a new file; refuses (exit code 6) where something is there already. */
export const writeNew = Effect.fn("writeNew")(function* (
  path: string,
  content: string | Uint8Array,
): Effect.fn.Return<void, CommandError | DurableError, Durable> {
  const durable = yield* Durable
  if (yield* isThere(path)) {
    return yield* new CommandError({
      tag: "OutputExists",
      problem: `${path} exists already, and nothing was changed`,
      hints: [`name another file, or move it away: mv ${shellWord(path)} ${shellWord(`${path}.old`)}`],
      code: ExitCode.refused,
    })
  }
  yield* durable.writeFile(resolve(path), content)
})

/** A link that leads nowhere is something, too. */
const isThere = (path: string): Effect.Effect<boolean, CommandError> =>
  Effect.try({
    try: () => lstatSync(resolve(path), { throwIfNoEntry: false }) !== undefined,
    catch: (error) =>
      new CommandError({
        tag: "OutputUnusable",
        problem: `${path} cannot be written: ${error instanceof Error ? error.message : String(error)}`,
        hints: [`name a file in a folder that can be written: ls -ld ${shellWord(dirname(path))}`],
        code: ExitCode.unreachable,
      }),
  })
