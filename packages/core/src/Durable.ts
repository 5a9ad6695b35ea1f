/**
 * Durable files: the one way in which Heddle writes a file that somebody may rely on. Written under a temporary name in
 * the same folder, length checked, synced, renamed, folder synced; a reader sees the old file or the new one whole.
 *
 * Layers: `@heddle/core/node/DurableNode`, `DurableMemory.layer` for tests, and `DurableFaults.layer` that fails or cuts
 * any operation. All of them run the same steps, written once in `DurableFiles` over `FileOps`.
 *
 * @layer contract
 * @module
 */
import * as Context from "effect/Context"
import type * as Effect from "effect/Effect"
import * as Schema from "effect/Schema"
import type * as Scope from "effect/Scope"
import { ExitCode } from "./ExitCode.ts"

/** The steps of a durable write and of reading, in the order in which they happen; each can fail. */
export const Operation = Schema.Literals([
  "makeFolder",
  "open",
  "write",
  "sync",
  "close",
  "stat",
  "rename",
  "syncFolder",
  "read",
  "remove",
  "list",
])
/** One step by name; stands in a {@link DurableError}. @category models */
export type Operation = typeof Operation.Type

/**
 * A file operation that failed. Nothing half-written is left under the final name, and the temporary file is removed
 * where that is still possible. `full` and `permission` are not worth trying again before somebody acts.
 *
 * @category errors
 */
export class DurableError extends Schema.TaggedError<DurableError>()("DurableError", {
  operation: Operation,
  path: Schema.String,
  kind: Schema.Literals(["full", "permission", "missing", "exists", "busy", "short", "notAFile", "other"]),
  problem: Schema.String,
}) {
  get retryable(): boolean {
    return this.kind === "busy"
  }
  get exitCode(): ExitCode {
    return this.kind === "exists" ? ExitCode.refused : ExitCode.unreachable
  }
  get hints(): ReadonlyArray<string> {
    switch (this.kind) {
      case "full":
        return [`free some space and run it again: df -h ${shellWord(folderOf(this.path))}`]
      case "permission":
        return [`make it writable: ls -ld ${shellWord(folderOf(this.path))} ${shellWord(this.path)}`]
      case "missing":
        return [`check the path: ls -l ${shellWord(folderOf(this.path))}`]
      case "busy":
        return [`try it again, or see who uses it: lsof ${shellWord(this.path)}`]
      default:
        return [`ls -ld ${shellWord(this.path)}`]
    }
  }
  override get message(): string {
    return `${this.operation} failed for ${this.path}: ${this.problem}`
  }
}

// The file may not exist yet, its folder does: commands to paste must work.
const folderOf = (path: string): string => {
  const cut = Math.max(path.lastIndexOf("/"), path.lastIndexOf("\\"))
  return cut < 0 ? "." : cut === 0 ? path.slice(0, 1) : path.slice(0, cut)
}

const shellWord = (word: string): string => {
  const safe = word.startsWith("-") ? `./${word}` : word
  return /^[\w@%+=:,./-]+$/.test(safe) ? safe : `'${safe.replaceAll("'", "'\\''")}'`
}

/** A file as it was written or read back. @category schemas */
export const Artifact = Schema.Struct({
  /** As given to the writer: relative to the output folder, with `/`. */
  path: Schema.String,
  bytes: Schema.Finite,
  /** 64 hexadecimal digits, as `sha256sum` prints them. */
  sha256: Schema.String,
  /** Rows of a table, where it is one. */
  rows: Schema.optionalKey(Schema.Finite),
})
/** @category models */
export interface Artifact extends Schema.Schema.Type<typeof Artifact> {}

/** A file being written. `commit` makes it appear; without it the scope's end removes the temporary file. */
export interface DurableFile {
  readonly path: string
  /** Appends; one call at a time. */
  readonly write: (chunk: Uint8Array | string) => Effect.Effect<void, DurableError>
  /**
   * Sync, close, length check, rename, sync of the folder; at most once. The hash is of the bytes that were written; what
   * is on disk is hashed by {@link DurableShape.hashFile}.
   */
  readonly commit: Effect.Effect<Artifact, DurableError>
}

/**
 * Whole files, written durably and read back. Everything fails with {@link DurableError}, whose `kind` says why; only
 * `busy` is worth trying again by itself. Sizes are bytes.
 *
 * @category models
 */
export interface DurableShape {
  /** Opens a file that will replace `path` when it is committed. Makes the folder where it is missing. */
  readonly create: (path: string) => Effect.Effect<DurableFile, DurableError, Scope.Scope>
  /** Writes a whole file. */
  readonly writeFile: (path: string, content: Uint8Array | string) => Effect.Effect<Artifact, DurableError>
  readonly readFile: (path: string) => Effect.Effect<Uint8Array, DurableError>
  /** Length and hash of what is on disk now, read anew. */
  readonly hashFile: (path: string) => Effect.Effect<Artifact, DurableError>
  readonly exists: (path: string) => Effect.Effect<boolean, DurableError>
  /** Removes a file durably; one that is gone already is no error. */
  readonly remove: (path: string) => Effect.Effect<void, DurableError>
  /**
   * Removes temporary files that a killed process left in a folder (not in folders below it) and returns their names;
   * files that this process is writing, and names that are not ours, stay. Other processes must not be writing there:
   * hold the lease of what the folder belongs to.
   */
  readonly sweep: (folder: string) => Effect.Effect<ReadonlyArray<string>, DurableError>
}

/**
 * The service that writes and reads durable files. Receipts, exports and sinks write through it; layers are in
 * `@heddle/core/node/DurableNode`, `DurableMemory` and `DurableFaults`.
 *
 * @category services
 */
export class Durable extends Context.Service<Durable, DurableShape>()("@heddle/core/Durable") {}
