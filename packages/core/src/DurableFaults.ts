/**
 * Faults on demand: any primitive file operation can be made to fail, or the process to die, at its n-th time. For tests
 * of everything that writes: what is left must be the old file or the new one, whole.
 *
 * @layer logic
 * @module
 */
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import { type Durable, DurableError, type Operation } from "./Durable.ts"
import * as DurableFiles from "./DurableFiles.ts"
import { type FileHandle, FileOps, type FileOpsShape } from "./FileOps.ts"

/**
 * What happens at one operation:
 * - a kind of {@link DurableError}: it fails so, before it did anything;
 * - `short` on a `write`: half of the chunk is lost and nobody says so;
 * - `cut`: the process dies. Of a `write` half arrives, of anything else nothing; whatever follows fails too, so that
 *   nothing is cleaned up.
 *
 * @category models
 */
export interface Fault {
  readonly operation: Operation
  /** At which time the operation is called, from 1. */
  readonly occurrence: number
  readonly fault: DurableError["kind"] | "cut"
}

/** One operation that was called. @category models */
export interface Call {
  readonly operation: Operation
  readonly path: string
  /** How often this operation was called so far, from 1. */
  readonly occurrence: number
}

/** Operations with faults in them. @category models */
export interface Faulty {
  readonly ops: FileOpsShape
  /** What was called, in order; after a `cut` nothing is added. */
  readonly calls: () => ReadonlyArray<Call>
}

/** Puts faults into operations. @category constructors */
export const make = (base: FileOpsShape, faults: ReadonlyArray<Fault>): Faulty => {
  const calls: Array<Call> = []
  const counts = new Map<Operation, number>()
  let dead = false

  const failed = (operation: Operation, path: string, kind: DurableError["kind"], problem: string) =>
    Effect.fail(new DurableError({ operation, path, kind, problem }))

  const guard = <A>(
    operation: Operation,
    path: string,
    effect: Effect.Effect<A, DurableError>,
    half?: Effect.Effect<A, DurableError>,
  ): Effect.Effect<A, DurableError> =>
    Effect.suspend(() => {
      if (dead) return failed(operation, path, "other", "the process was cut before")
      const occurrence = (counts.get(operation) ?? 0) + 1
      counts.set(operation, occurrence)
      calls.push({ operation, path, occurrence })
      const fault = faults.find((one) => one.operation === operation && one.occurrence === occurrence)?.fault
      if (fault === undefined) return effect
      if (fault === "cut") {
        dead = true
        return Effect.andThen(half ?? Effect.void, failed(operation, path, "other", "the process was cut here"))
      }
      if (fault === "short" && half !== undefined) return half
      return failed(operation, path, fault, `injected: ${fault}`)
    })

  const faultyHandle = (path: string, handle: FileHandle): FileHandle => ({
    write: (chunk) =>
      guard("write", path, handle.write(chunk), handle.write(chunk.subarray(0, Math.floor(chunk.length / 2)))),
    sync: guard("sync", path, handle.sync),
    close: guard("close", path, handle.close),
  })

  const ops: FileOpsShape = {
    makeFolder: (folder) => guard("makeFolder", folder, base.makeFolder(folder)),
    open: (path) =>
      guard(
        "open",
        path,
        Effect.map(base.open(path), (handle) => faultyHandle(path, handle)),
      ),
    stat: (path) => guard("stat", path, base.stat(path)),
    rename: (from, to) => guard("rename", to, base.rename(from, to)),
    syncFolder: (folder) => guard("syncFolder", folder, base.syncFolder(folder)),
    read: (path, onChunk) => guard("read", path, base.read(path, onChunk)),
    remove: (path) => guard("remove", path, base.remove(path)),
    list: (folder) => guard("list", folder, base.list(folder)),
    hasher: base.hasher,
    uniqueText: base.uniqueText,
    split: base.split,
    join: base.join,
  }
  return { ops, calls: () => calls.slice() }
}

/** The provided operations with faults in them. @category layers */
export const layerOps = (faults: ReadonlyArray<Fault>): Layer.Layer<FileOps, never, FileOps> =>
  Layer.effect(
    FileOps,
    Effect.map(FileOps, (base) => make(base, faults).ops),
  )

/** Durable files over the provided operations with faults in them. @category layers */
export const layer = (faults: ReadonlyArray<Fault>): Layer.Layer<Durable, never, FileOps> =>
  DurableFiles.layer.pipe(Layer.provide(layerOps(faults)))
