/**
 * The folder that an extract writes to: made and tried before anything is asked, and held for as long as the extract goes
 * on, because two extracts into one folder would take each other's files for left-overs.
 *
 * The lease stands in the ledger of the workspace. Two extracts from two workspaces into one folder do not see each other;
 * each file still appears whole or not at all, and the extract whose files were taken away fails.
 *
 * @layer app
 * @module
 */
import { randomUUID } from "node:crypto"
import { closeSync, openSync, realpathSync, rmSync, statSync, writeSync } from "node:fs"
import { join } from "node:path"
import { ExitCode } from "@heddle/core/ExitCode"
import * as Folders from "@heddle/core/node/Folders"
import * as Lease from "@heddle/core/Lease"
import type { Ledger, LedgerError } from "@heddle/core/Ledger"
import * as Effect from "effect/Effect"
import { CommandError } from "./CommandError.ts"
import { shellWord } from "./paste.ts"

/** Runs an Effect while the folder is ours; fails with `LeaseHeld` (exit code 11) where another process has it. */
export const holdFolder = <A, E, R>(
  folder: string,
  effect: Effect.Effect<A, E, R>,
): Effect.Effect<A, E | CommandError | LedgerError, R | Ledger> =>
  Effect.scoped(
    Effect.gen(function* () {
      const path = yield* usable(folder)
      const lease = yield* Lease.hold(`extract:${path}`)
      return yield* Effect.raceFirst(effect, lease.lost)
    }),
  )

/**
 * One path for one folder, whatever links lead there. The folder is made, and a file is written to it and removed: rights
 * alone do not tell of a file system that is mounted for reading only or takes no entries. Fails with exit code 5.
 */
export const usable = (folder: string): Effect.Effect<string, CommandError> =>
  Effect.try({
    try: () => {
      if (isOther(folder)) throw new Error("something that is no folder has this name")
      Folders.makeFolder(folder)
      tryFile(join(folder, `.heddle-${randomUUID()}.tmp`))
      return realpathSync(folder)
    },
    catch: (error) =>
      new CommandError({
        tag: "OutputUnusable",
        problem: `the folder ${folder} cannot be made or written: ${error instanceof Error ? error.message : String(error)}; nothing was run or written`,
        hints: [`make it writable, or name another with --out: ls -ld ${shellWord(folder)}`],
        code: ExitCode.unreachable,
      }),
  })

/** Whether a file or a device stands where the folder is to be. */
const isOther = (path: string): boolean => {
  try {
    return !statSync(path).isDirectory()
  } catch {
    // What the system has to say is said when the folder is made.
    return false
  }
}

const tryFile = (path: string): void => {
  const file = openSync(path, "wx")
  try {
    // A full disk makes files, but takes nothing into them.
    writeSync(file, "heddle")
  } finally {
    closeSync(file)
    rmSync(path, { force: true })
  }
}
