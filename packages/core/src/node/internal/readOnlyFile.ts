/**
 * Reading a ledger file that this process may not write: a colleague's, an auditor's, one on a disk mounted for reading.
 *
 * SQLite reads a write-ahead log only with the help of a shared index (`-shm`) that its readers may have to make. Where
 * that is not allowed there are three cases. A log with its index is there (a writer is at work, or was killed): SQLite
 * reads both as usual. No log is there: everything is in the file itself, which is opened as one that nobody changes
 * (`immutable=1`), without locks; so it has a stamp by which its reader sees that somebody did change it. A log without
 * its index: what it holds cannot be read, and the file alone would tell an older state in silence; that is refused.
 *
 * @layer adapter
 * @module
 */
import { accessSync, constants, statSync } from "node:fs"
import { dirname } from "node:path"
import { DatabaseSync } from "node:sqlite"
import { pathToFileURL } from "node:url"
import { storage } from "./sqliteErrors.ts"

/** Looks at a log without an index, or one that cannot be opened: a closing writer leaves both for an instant. */
const looksMax = 5
const lookWaitMs = 10

/** A connection for reading; `stamp` is there where nothing but the stamp tells that the file has changed. */
export interface ReadConnection {
  readonly db: DatabaseSync
  readonly stamp: string | undefined
}

/** Opens a file that is there. Throws what SQLite throws, or a `LedgerError` of kind `permission`. */
export const openForReading = (location: string, timeoutMs: number): ReadConnection => {
  const open = (address: string) => new DatabaseSync(address, { readOnly: true, timeout: timeoutMs })
  if (mayWrite(location)) return { db: open(location), stamp: undefined }
  for (let looks = 1; ; looks++) {
    const stamp = stampOf(location)
    if (!hasLog(location)) return { db: open(`${pathToFileURL(location).href}?immutable=1`), stamp }
    if (statSync(`${location}-shm`, { throwIfNoEntry: false }) !== undefined) {
      const db = open(location)
      try {
        // The first read opens the log; from then on no other process removes it.
        db.prepare("PRAGMA schema_version").get()
        return { db, stamp: undefined }
      } catch (error) {
        db.close()
        if (looks >= looksMax) throw error
      }
    } else if (looks >= looksMax) {
      const problem =
        `what was written last is in ${location}-wal, and its index ${location}-shm is missing; ` +
        "an account that may write the folder has to open the ledger once (heddle runs list)"
      throw storage(location, "open", problem, "permission")
    }
    Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, lookWaitMs)
  }
}

/** Changes with each change of the file itself. A writer's commits go to its log first; {@link hasLog} tells of these. */
export const stampOf = (location: string): string => {
  const stat = statSync(location, { bigint: true, throwIfNoEntry: false })
  return stat === undefined ? "gone" : `${stat.dev}/${stat.ino}/${stat.size}/${stat.mtimeNs}/${stat.ctimeNs}`
}

/** Whether there is a write-ahead log with something in it. */
export const hasLog = (location: string): boolean =>
  (statSync(`${location}-wal`, { throwIfNoEntry: false })?.size ?? 0) > 0

/**
 * Whether SQLite may do here as it likes. Where only the folder can be written it must not either: a log and an index
 * made by this account would shut out the one whose ledger it is.
 */
const mayWrite = (location: string): boolean => {
  try {
    accessSync(location, constants.W_OK)
    accessSync(dirname(location), constants.W_OK)
    return true
  } catch {
    return false
  }
}
