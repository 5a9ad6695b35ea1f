/**
 * Files that a command writes and may write again: each whole or not at all, and never over a file that is not its own.
 *
 * @layer app
 * @module
 */
import { lstatSync } from "node:fs"
import { join } from "node:path"
import { type Artifact, Durable, type DurableError } from "@heddle/core/Durable"
import { ExitCode } from "@heddle/core/ExitCode"
import * as Effect from "effect/Effect"
import { CommandError } from "../CommandError.ts"
import { shellWord } from "../paste.ts"

/** A file to write. `isOurs` tells from the text of what is there whether it may be replaced. */
export interface OwnedFile {
  readonly path: string
  readonly text: string
  readonly isOurs: (text: string) => boolean
}

/** The largest file that is looked into, in bytes; a larger one is none of ours. */
const bytesMax = 256 * 1024 * 1024

/** Refuses (exit code 6) where any file is in the way; then writes all of them, in order. Paths are below the folder. */
export const writeOwned = Effect.fn("writeOwned")(function* (
  folder: string,
  files: ReadonlyArray<OwnedFile>,
): Effect.fn.Return<ReadonlyArray<Artifact>, CommandError | DurableError, Durable> {
  const durable = yield* Durable
  for (const file of files) {
    const path = join(folder, file.path)
    const there = yield* Effect.sync(() => lstatSync(path, { throwIfNoEntry: false }))
    if (there === undefined) continue
    const ours =
      there.isFile() && there.size <= bytesMax && file.isOurs(new TextDecoder().decode(yield* durable.readFile(path)))
    if (ours) continue
    return yield* new CommandError({
      tag: "OutputExists",
      problem: `${path} is there and was not written for this study; nothing was changed`,
      hints: ["name another place: --out PATH", `or move it away: mv ${shellWord(path)} ${shellWord(`${path}.old`)}`],
      code: ExitCode.refused,
    })
  }
  const written: Array<Artifact> = []
  for (const file of files) {
    const path = join(folder, file.path)
    yield* durable.writeFile(path, file.text)
    // What is told is what was read back.
    written.push({ ...(yield* durable.hashFile(path)), path })
  }
  return written
})
