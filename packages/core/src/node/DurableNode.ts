/**
 * Durable files on a real file system.
 *
 * Where a file system cannot sync a folder at all (some network shares, Windows) that one step is left out: its rename is
 * then as durable as that system makes it.
 *
 * @layer adapter
 * @module
 */
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import { createHash, randomBytes } from "node:crypto"
import { type FileHandle as NodeHandle, mkdir, open, readdir, rename, stat, unlink } from "node:fs/promises"
import { basename, dirname, join, resolve } from "node:path"
import { type Durable, DurableError } from "../Durable.ts"
import * as DurableFiles from "../DurableFiles.ts"
import { FileOps, type FileOpsShape } from "../FileOps.ts"
import { attempt, codeOf, handleOf } from "./internal/fileHandle.ts"

/** Bytes that are read at a time. */
const readChunkBytes = 1024 * 1024

/** Codes with which file systems say that a folder cannot be synced at all, as against a sync that failed. */
const folderSyncAbsent = new Set(["EINVAL", "ENOTSUP", "EISDIR", ...(process.platform === "win32" ? ["EPERM"] : [])])

const syncFolder = async (folder: string): Promise<void> => {
  let handle: NodeHandle | undefined
  try {
    handle = await open(folder, "r")
    await handle.sync()
  } catch (error) {
    if (!folderSyncAbsent.has(codeOf(error) ?? "")) throw error
  } finally {
    await handle?.close()
  }
}

/** Node's own recursive form tries for ever where a file system refuses new entries with ENOENT, as procfs does. */
const makeFolder = async (folder: string): Promise<ReadonlyArray<string>> => {
  const target = resolve(folder)
  const missing: Array<string> = []
  for (let at = target; !(await isThere(at)); at = dirname(at)) missing.unshift(at)
  const changed: Array<string> = []
  for (const at of missing) {
    try {
      await mkdir(at)
    } catch (error) {
      // Somebody else was quicker; a link that leads nowhere is not a folder.
      if (codeOf(error) !== "EEXIST" || !(await stat(at)).isDirectory()) throw error
      continue
    }
    // Each new folder is a new entry of the one above it.
    changed.push(dirname(at))
  }
  return changed
}

const isThere = async (folder: string): Promise<boolean> => {
  try {
    // What is there and no folder says so itself.
    if (!(await stat(folder)).isDirectory()) await mkdir(folder)
    return true
  } catch (error) {
    if (codeOf(error) === "ENOENT" && dirname(folder) !== folder) return false
    throw error
  }
}

const openForReading = async (path: string): Promise<NodeHandle> => {
  // Looked at before it is opened: opening a pipe would wait for a writer.
  if (!(await stat(path)).isFile()) {
    throw new DurableError({ operation: "read", path, kind: "notAFile", problem: "it is not a regular file" })
  }
  return open(path, "r")
}

/** Interruptible between chunks: a file may be larger than anybody's patience. */
const read = (path: string, onChunk: (chunk: Uint8Array) => void): Effect.Effect<void, DurableError> =>
  Effect.acquireUseRelease(
    attempt("read", path, () => openForReading(path)),
    Effect.fnUntraced(function* (handle) {
      const buffer = new Uint8Array(readChunkBytes)
      while (true) {
        const { bytesRead } = yield* attempt("read", path, () => handle.read(buffer, 0, buffer.length))
        if (bytesRead === 0) return
        onChunk(buffer.subarray(0, bytesRead))
      }
    }),
    (handle) => Effect.ignore(attempt("read", path, () => handle.close())),
  )

/** The primitive operations of the real file system. @category constructors */
export const ops: FileOpsShape = {
  makeFolder: (folder) => attempt("makeFolder", folder, () => makeFolder(folder)),
  open: (path) => attempt("open", path, async () => handleOf(path, await open(path, "wx"))),
  stat: (path) =>
    attempt("stat", path, async () => {
      const found = await stat(path)
      return { bytes: found.size, isFile: found.isFile() }
    }),
  rename: (from, to) => attempt("rename", to, () => rename(from, to)),
  syncFolder: (folder) => attempt("syncFolder", folder, () => syncFolder(folder)),
  read,
  remove: (path) => attempt("remove", path, () => unlink(path)),
  list: (folder) => attempt("list", folder, async () => (await readdir(folder)).sort()),
  hasher: () => {
    const hash = createHash("sha256")
    return {
      update: (chunk) => {
        hash.update(chunk)
      },
      digestHex: () => hash.digest("hex"),
    }
  },
  uniqueText: Effect.sync(() => randomBytes(8).toString("hex")),
  split: (path) => ({ folder: dirname(path), name: basename(path) }),
  join,
}

/** The primitive operations of the real file system. @category layers */
export const layerOps: Layer.Layer<FileOps> = Layer.succeed(FileOps, ops)

/** Durable files on the real file system. @category layers */
export const layer: Layer.Layer<Durable> = DurableFiles.layer.pipe(Layer.provide(layerOps))
