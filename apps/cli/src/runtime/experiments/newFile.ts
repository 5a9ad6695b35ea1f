/**
 * A file of people's own that a command writes: whole or not at all, and never in place of one that is there.
 *
 * @layer app
 * @module
 */
import { lstatSync } from "node:fs"
import { resolve } from "node:path"
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
  // A link that leads nowhere is something, too.
  if (lstatSync(resolve(path), { throwIfNoEntry: false }) !== undefined) {
    return yield* new CommandError({
      tag: "OutputExists",
      problem: `${path} exists already, and nothing was changed`,
      hints: [`name another file, or move it away: mv ${shellWord(path)} ${shellWord(`${path}.old`)}`],
      code: ExitCode.refused,
    })
  }
  yield* durable.writeFile(resolve(path), content)
})
