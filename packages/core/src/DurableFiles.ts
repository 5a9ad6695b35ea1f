/**
 * The durable steps, written once over any primitive file operations: temporary name in the same folder, write, sync,
 * close, length check, rename, sync of the folder. Whatever fails or dies in between, the final name holds the old file
 * or the new one, whole.
 *
 * A name that is a symbolic link is replaced by a file; the file that it pointed at stays as it was.
 *
 * @layer logic
 * @module
 */
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import { type Artifact, Durable, DurableError, type DurableFile, type DurableShape } from "./Durable.ts"
import { type FileHandle, FileOps, type FileOpsShape } from "./FileOps.ts"

/** How often another temporary name is drawn where one is taken. */
const nameTriesMax = 8

/** Bytes of the final name that are repeated in the temporary one: file systems allow 255 for the whole. */
const nameBytesMax = 160

/** Bytes that one read of a whole file may bring into memory. */
export const readBytesMax = 2 ** 30

const temporaryPattern = /^\..*\.[0-9a-f]{16}\.heddle-tmp$/s

/** Whether a name is one of our temporary ones. @category guards */
export const isTemporary = (name: string): boolean => temporaryPattern.test(name)

const encoder = new TextEncoder()

const temporaryName = (name: string, unique: string): string => {
  let kept = ""
  let bytes = 0
  for (const character of name) {
    bytes += encoder.encode(character).length
    if (bytes > nameBytesMax) break
    kept += character
  }
  return `.${kept}.${unique}.heddle-tmp`
}

/** The same error about the file that somebody asked for, not about its temporary name. */
const about = (path: string) => (error: DurableError) =>
  new DurableError({ operation: error.operation, path, kind: error.kind, problem: error.problem })

/** Durable files over the given operations. @category constructors */
export const make = (ops: FileOpsShape): DurableShape => {
  /** Temporary files of this process that are being written: `sweep` leaves them alone. */
  const live = new Set<string>()

  const openTemporary = Effect.fnUntraced(function* (path: string) {
    const { folder, name } = ops.split(path)
    for (const parent of yield* ops.makeFolder(folder)) yield* ops.syncFolder(parent)
    let tries = 0
    while (true) {
      const temporary = ops.join(folder, temporaryName(name, yield* ops.uniqueText))
      const opened = yield* Effect.result(ops.open(temporary))
      if (opened._tag === "Success") {
        live.add(temporary)
        return { folder, temporary, handle: opened.success }
      }
      if (opened.failure.kind !== "exists" || ++tries >= nameTriesMax) return yield* about(path)(opened.failure)
    }
  })

  const create = Effect.fnUntraced(function* (path: string) {
    const { folder, temporary, handle, state, discard } = yield* Effect.acquireRelease(
      Effect.map(openTemporary(path), (opened) => {
        const state: WriteState = { handleOpen: true, temporaryExists: true, usable: true }
        return { ...opened, state, discard: discardWith(ops, live, opened.temporary, opened.handle, state) }
      }),
      ({ discard }) => discard,
    )
    const hasher = ops.hasher()
    let bytes = 0

    const unusable = (operation: "write" | "rename") =>
      new DurableError({ operation, path, kind: "other", problem: "the file was committed or given up before" })

    const write = (chunk: Uint8Array | string): Effect.Effect<void, DurableError> =>
      Effect.suspend(() => {
        if (!state.usable) return Effect.fail(unusable("write"))
        const data = typeof chunk === "string" ? encoder.encode(chunk) : chunk
        if (data.length === 0) return Effect.void
        hasher.update(data)
        bytes += data.length
        return Effect.mapError(handle.write(data), (error) => {
          // Nobody knows how much of the chunk arrived, so the file can no longer become whole.
          state.usable = false
          return about(path)(error)
        })
      })

    const finish = Effect.gen(function* () {
      yield* handle.sync
      state.handleOpen = false
      yield* handle.close
      const found = yield* ops.stat(temporary)
      if (found.bytes !== bytes) {
        const problem = `${bytes} bytes were written and ${found.bytes} are there`
        return yield* new DurableError({ operation: "stat", path, kind: "short", problem })
      }
      yield* ops.rename(temporary, path)
      state.temporaryExists = false
      live.delete(temporary)
    })

    const commit: Effect.Effect<Artifact, DurableError> = Effect.suspend(() => {
      if (!state.usable) return Effect.fail(unusable("rename"))
      state.usable = false
      return finish.pipe(
        Effect.mapError(about(path)),
        Effect.onError(() => discard),
        Effect.andThen(ops.syncFolder(folder)),
        Effect.map((): Artifact => ({ path, bytes, sha256: hasher.digestHex() })),
      )
    }).pipe(Effect.uninterruptible)

    const file: DurableFile = { path, write, commit }
    return file
  })

  const writeFile = (path: string, content: Uint8Array | string): Effect.Effect<Artifact, DurableError> =>
    Effect.scoped(Effect.flatMap(create(path), (file) => Effect.andThen(file.write(content), file.commit)))

  const readFile = (path: string): Effect.Effect<Uint8Array, DurableError> =>
    Effect.suspend(() => {
      const chunks: Array<Uint8Array> = []
      let bytes = 0
      return Effect.flatMap(
        ops.read(path, (chunk) => {
          bytes += chunk.length
          if (bytes <= readBytesMax) chunks.push(chunk.slice())
        }),
        () => {
          if (bytes > readBytesMax) {
            const problem = `it has ${bytes} bytes, and at most ${readBytesMax} are read at once`
            return Effect.fail(new DurableError({ operation: "read", path, kind: "other", problem }))
          }
          const all = new Uint8Array(bytes)
          let at = 0
          for (const chunk of chunks) {
            all.set(chunk, at)
            at += chunk.length
          }
          return Effect.succeed(all)
        },
      )
    })

  const hashFile = (path: string): Effect.Effect<Artifact, DurableError> =>
    Effect.suspend(() => {
      const hasher = ops.hasher()
      let bytes = 0
      return Effect.map(
        ops.read(path, (chunk) => {
          bytes += chunk.length
          hasher.update(chunk)
        }),
        (): Artifact => ({ path, bytes, sha256: hasher.digestHex() }),
      )
    })

  const exists = (path: string): Effect.Effect<boolean, DurableError> =>
    ops.stat(path).pipe(
      Effect.as(true),
      Effect.catchIf(
        (error) => error.kind === "missing",
        () => Effect.succeed(false),
      ),
    )

  /** True where it was there. */
  const removeIfThere = (path: string): Effect.Effect<boolean, DurableError> =>
    ops.remove(path).pipe(
      Effect.as(true),
      Effect.catchIf(
        (error) => error.kind === "missing",
        () => Effect.succeed(false),
      ),
    )

  const remove = (path: string): Effect.Effect<void, DurableError> =>
    Effect.flatMap(removeIfThere(path), (removed) => (removed ? ops.syncFolder(ops.split(path).folder) : Effect.void))

  const sweep = Effect.fnUntraced(function* (folder: string) {
    const listed = yield* Effect.result(ops.list(folder))
    if (listed._tag === "Failure") {
      if (listed.failure.kind === "missing") return []
      return yield* listed.failure
    }
    const removed: Array<string> = []
    for (const name of listed.success) {
      const path = ops.join(folder, name)
      if (!isTemporary(name) || live.has(path)) continue
      const found = yield* Effect.result(ops.stat(path))
      if (found._tag === "Failure" || !found.success.isFile) continue
      if (yield* removeIfThere(path)) removed.push(name)
    }
    return removed
  })

  return { create, writeFile, readFile, hashFile, exists, remove, sweep }
}

interface WriteState {
  handleOpen: boolean
  temporaryExists: boolean
  /** False once it was committed, or a write failed. */
  usable: boolean
}

/** Closes and removes what is left of a temporary file, as far as that is still possible; does nothing twice. */
const discardWith = (
  ops: FileOpsShape,
  live: Set<string>,
  temporary: string,
  handle: FileHandle,
  state: WriteState,
): Effect.Effect<void> =>
  Effect.gen(function* () {
    state.usable = false
    if (state.handleOpen) {
      state.handleOpen = false
      yield* Effect.ignore(handle.close)
    }
    if (state.temporaryExists) {
      state.temporaryExists = false
      yield* Effect.ignore(ops.remove(temporary))
      live.delete(temporary)
    }
  })

/** Durable files over the operations that are provided. @category layers */
export const layer: Layer.Layer<Durable, never, FileOps> = Layer.effect(Durable, Effect.map(FileOps, make))
