/**
 * Durable files in memory, for tests and pages: names, folders and contents as a file system keeps them, with what is
 * already on the disk apart from what a power cut would take. `MemoryFiles` looks inside and cuts the power.
 *
 * @layer logic
 * @module
 */
import { sha256 } from "@noble/hashes/sha2.js"
import { bytesToHex } from "@noble/hashes/utils.js"
import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import { type Durable, DurableError, type Operation } from "./Durable.ts"
import * as DurableFiles from "./DurableFiles.ts"
import { type FileHandle, FileOps, type FileOpsShape, type FileStat } from "./FileOps.ts"

/** What is in the memory, for tests. Paths are as `normalize` writes them: no `.` and no `/` at the end. @category models */
export interface MemoryFilesShape {
  /** Contents by path, sorted; temporary files are among them. */
  readonly files: () => ReadonlyMap<string, Uint8Array>
  /** A file as text; `undefined` where there is none. */
  readonly text: (path: string) => string | undefined
  /** Puts a file there whole and durably, as if it had always been there. */
  readonly put: (path: string, content: Uint8Array | string) => void
  /**
   * Takes away what was not synced. Names that were not synced may have reached the disk or not: say which. A content
   * that was not synced is lost in both cases.
   */
  readonly powerCut: (unsyncedNames: "kept" | "lost") => void
}

/** The files of the layer in force, for tests to look at, put there, or cut the power of. @category services */
export class MemoryFiles extends Context.Service<MemoryFiles, MemoryFilesShape>()("@heddle/core/MemoryFiles") {}

interface Node {
  chunks: Array<Uint8Array>
  bytes: number
  /** What would survive a power cut. */
  synced: Uint8Array
}

const contentOf = (node: Node): Uint8Array => {
  if (node.chunks.length !== 1) {
    const all = new Uint8Array(node.bytes)
    let at = 0
    for (const chunk of node.chunks) {
      all.set(chunk, at)
      at += chunk.length
    }
    node.chunks = [all]
  }
  return node.chunks[0] ?? new Uint8Array(0)
}

const nodeOf = (content: Uint8Array): Node => ({ chunks: [content], bytes: content.length, synced: content })

const normalize = (path: string): string => {
  const parts = path.split("/").filter((part) => part !== "" && part !== ".")
  return (path.startsWith("/") ? "/" : "") + parts.join("/")
}

const split = (path: string): { readonly folder: string; readonly name: string } => {
  const clean = normalize(path)
  const cut = clean.lastIndexOf("/")
  if (cut < 0) return { folder: "", name: clean }
  return { folder: cut === 0 ? "/" : clean.slice(0, cut), name: clean.slice(cut + 1) }
}

const join = (folder: string, name: string): string =>
  folder === "" ? name : folder.endsWith("/") ? folder + name : `${folder}/${name}`

const failure = (operation: Operation, path: string, kind: DurableError["kind"], problem: string) =>
  Effect.fail(new DurableError({ operation, path, kind, problem }))

/** A file system in memory, empty, with the way to look inside. @category constructors */
export const make = (): { readonly ops: FileOpsShape; readonly files: MemoryFilesShape } => {
  let names = new Map<string, Node>()
  let syncedNames = new Map<string, Node>()
  let folders = new Set<string>(["", "/"])
  let syncedFolders = new Set<string>(["", "/"])
  let drawn = 0

  const isIn = (folder: string, path: string): boolean => split(path).folder === folder && path !== folder

  const addFolder = (folder: string): ReadonlyArray<string> => {
    const changed: Array<string> = []
    for (let at = folder; !folders.has(at); at = split(at).folder) {
      folders.add(at)
      changed.unshift(split(at).folder)
    }
    return changed
  }

  const writing = (node: Node): FileHandle => ({
    write: (chunk) =>
      Effect.sync(() => {
        node.chunks.push(chunk.slice())
        node.bytes += chunk.length
      }),
    sync: Effect.sync(() => {
      node.synced = contentOf(node)
    }),
    // As for real files: closing says nothing about the disk.
    close: Effect.void,
  })

  const ops: FileOpsShape = {
    makeFolder: (given) =>
      Effect.suspend(() => {
        const folder = normalize(given)
        for (let at = folder; at !== "" && at !== "/"; at = split(at).folder) {
          if (names.has(at)) return failure("makeFolder", given, "notAFile", `${at} is a file`)
        }
        return Effect.succeed(addFolder(folder))
      }),
    open: (given) =>
      Effect.suspend(() => {
        const path = normalize(given)
        if (names.has(path) || folders.has(path)) return failure("open", given, "exists", "the name is taken")
        if (!folders.has(split(path).folder)) return failure("open", given, "missing", "there is no such folder")
        const node: Node = { chunks: [], bytes: 0, synced: new Uint8Array(0) }
        names.set(path, node)
        return Effect.succeed(writing(node))
      }),
    stat: (given) =>
      Effect.suspend((): Effect.Effect<FileStat, DurableError> => {
        const path = normalize(given)
        const node = names.get(path)
        if (node !== undefined) return Effect.succeed({ bytes: node.bytes, isFile: true })
        if (folders.has(path)) return Effect.succeed({ bytes: 0, isFile: false })
        return failure("stat", given, "missing", "there is no such file")
      }),
    rename: (givenFrom, givenTo) =>
      Effect.suspend(() => {
        const from = normalize(givenFrom)
        const to = normalize(givenTo)
        const node = names.get(from)
        if (node === undefined) return failure("rename", givenFrom, "missing", "there is no such file")
        if (folders.has(to)) return failure("rename", givenTo, "notAFile", "it is a folder")
        if (!folders.has(split(to).folder)) return failure("rename", givenTo, "missing", "there is no such folder")
        names.delete(from)
        names.set(to, node)
        return Effect.void
      }),
    syncFolder: (given) =>
      Effect.suspend(() => {
        const folder = normalize(given)
        if (!folders.has(folder)) return failure("syncFolder", given, "missing", "there is no such folder")
        for (const path of syncedNames.keys()) if (isIn(folder, path)) syncedNames.delete(path)
        for (const [path, node] of names) if (isIn(folder, path)) syncedNames.set(path, node)
        for (const path of folders) if (isIn(folder, path)) syncedFolders.add(path)
        return Effect.void
      }),
    read: (given, onChunk) =>
      Effect.suspend(() => {
        const path = normalize(given)
        const node = names.get(path)
        if (node !== undefined) return Effect.sync(() => onChunk(contentOf(node)))
        return folders.has(path)
          ? failure("read", given, "notAFile", "it is a folder")
          : failure("read", given, "missing", "there is no such file")
      }),
    remove: (given) =>
      Effect.suspend(() => {
        const path = normalize(given)
        if (names.delete(path)) return Effect.void
        return folders.has(path)
          ? failure("remove", given, "notAFile", "it is a folder")
          : failure("remove", given, "missing", "there is no such file")
      }),
    list: (given) =>
      Effect.suspend(() => {
        const folder = normalize(given)
        if (!folders.has(folder)) return failure("list", given, "missing", "there is no such folder")
        const found = [...names.keys(), ...folders].filter((path) => path !== "" && path !== "/" && isIn(folder, path))
        return Effect.succeed(found.map((path) => split(path).name).sort())
      }),
    hasher: () => {
      const hash = sha256.create()
      return {
        update: (chunk) => {
          hash.update(chunk)
        },
        digestHex: () => bytesToHex(hash.digest()),
      }
    },
    uniqueText: Effect.sync(() => (++drawn).toString(16).padStart(16, "0")),
    split,
    join,
  }

  const files: MemoryFilesShape = {
    files: () =>
      new Map(
        [...names.entries()]
          .sort(([a], [b]) => (a < b ? -1 : a > b ? 1 : 0))
          .map(([path, node]) => [path, contentOf(node)]),
      ),
    text: (path) => {
      const node = names.get(normalize(path))
      return node === undefined ? undefined : new TextDecoder().decode(contentOf(node))
    },
    put: (given, content) => {
      const path = normalize(given)
      for (const parent of [...addFolder(split(path).folder), split(path).folder]) syncedFolders.add(parent)
      const node = nodeOf(typeof content === "string" ? new TextEncoder().encode(content) : content)
      names.set(path, node)
      syncedNames.set(path, node)
    },
    powerCut: (unsyncedNames) => {
      if (unsyncedNames === "lost") {
        folders = new Set(syncedFolders)
        names = new Map([...syncedNames].filter(([path]) => folders.has(split(path).folder)))
      }
      names = new Map([...names].map(([path, node]) => [path, nodeOf(node.synced)]))
      syncedNames = new Map(names)
      syncedFolders = new Set(folders)
    },
  }
  return { ops, files }
}

/** The primitive operations in memory, and the way to look inside. @category layers */
export const layerOps: Layer.Layer<FileOps | MemoryFiles> = Layer.effectContext(
  Effect.sync(() => {
    const { ops, files } = make()
    return Context.make(FileOps, ops).pipe(Context.add(MemoryFiles, files))
  }),
)

/** Durable files in memory; each build of the layer starts empty. @category layers */
export const layer: Layer.Layer<Durable | MemoryFiles | FileOps> = DurableFiles.layer.pipe(Layer.provideMerge(layerOps))
