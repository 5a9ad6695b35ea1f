/**
 * The primitive file operations under `Durable`: each does one thing that can fail by itself. The durable steps are
 * written once over them (`DurableFiles`), so that real files, files in memory and injected faults differ only here.
 *
 * @layer contract
 * @module
 */
import * as Context from "effect/Context"
import type * as Effect from "effect/Effect"
import type { DurableError } from "./Durable.ts"

/** A new file that is open for appending. @category models */
export interface FileHandle {
  /** Appends all of the chunk. */
  readonly write: (chunk: Uint8Array) => Effect.Effect<void, DurableError>
  /** Resolves when content and length are on the disk. */
  readonly sync: Effect.Effect<void, DurableError>
  readonly close: Effect.Effect<void, DurableError>
}

/** What is at a path now: its length in bytes, and whether it is a regular file. @category models */
export interface FileStat {
  readonly bytes: number
  /** False for folders, pipes and devices. */
  readonly isFile: boolean
}

/** A SHA-256 that is being computed. @category models */
export interface Hasher {
  readonly update: (chunk: Uint8Array) => void
  /** 64 hexadecimal digits; the last call on this object. */
  readonly digestHex: () => string
}

/**
 * The primitive operations that an adapter gives. Each fails with a `DurableError` that names the operation and the path;
 * trying again and tidying up are left to `DurableFiles`.
 *
 * @category models
 */
export interface FileOpsShape {
  /** Makes a folder and those above it; returns the existing or new folders that got a new entry, outermost first. */
  readonly makeFolder: (folder: string) => Effect.Effect<ReadonlyArray<string>, DurableError>
  /** Makes a new file; fails with kind `exists` where the name is taken. */
  readonly open: (path: string) => Effect.Effect<FileHandle, DurableError>
  readonly stat: (path: string) => Effect.Effect<FileStat, DurableError>
  /** Replaces `to` in one step. */
  readonly rename: (from: string, to: string) => Effect.Effect<void, DurableError>
  /** Resolves when the names in a folder are on the disk. */
  readonly syncFolder: (folder: string) => Effect.Effect<void, DurableError>
  /** Reads a file from its start to its end in chunks of bounded size; a chunk is valid only during the call. */
  readonly read: (path: string, onChunk: (chunk: Uint8Array) => void) => Effect.Effect<void, DurableError>
  /** Removes a file; fails with kind `missing` where there is none. */
  readonly remove: (path: string) => Effect.Effect<void, DurableError>
  /** The names in a folder, sorted. */
  readonly list: (folder: string) => Effect.Effect<ReadonlyArray<string>, DurableError>
  readonly hasher: () => Hasher
  /** 16 hexadecimal digits that no other writer draws. Not from Effect's Random, whose seed a unit's results hang on. */
  readonly uniqueText: Effect.Effect<string>
  readonly split: (path: string) => { readonly folder: string; readonly name: string }
  readonly join: (folder: string, name: string) => string
}

/** The operations in force. Only `DurableFiles.layer` asks for them; all others use `Durable`. @category services */
export class FileOps extends Context.Service<FileOps, FileOpsShape>()("@heddle/core/FileOps") {}
