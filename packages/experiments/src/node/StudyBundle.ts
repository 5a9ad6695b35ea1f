/**
 * The folder of a study as one `.tar.gz` that another machine unpacks with `tar`, the same bytes for the same files.
 *
 * Only regular files and folders go in. A symbolic link, a pipe or a device is refused by name: a bundle must hold what
 * it seems to hold, and nothing from outside of the folder. Temporary files of a write in progress are left out.
 *
 * @layer adapter
 * @module
 */
import { type Artifact, Durable, type DurableError } from "@heddle/core/Durable"
import { isTemporary } from "@heddle/core/DurableFiles"
import * as Effect from "effect/Effect"
import * as Stream from "effect/Stream"
import { createReadStream, lstatSync, readdirSync } from "node:fs"
import { basename, dirname, join, relative, resolve } from "node:path"
import { Readable } from "node:stream"
import { createGzip, type Gzip } from "node:zlib"
import * as Bundle from "../Bundle.ts"
import { ArtifactsError } from "../ExperimentError.ts"
import { compareCodePoints } from "../StableJson.ts"

/** Files and folders that one bundle may hold. */
export const entriesMax = 1_000_000

/** Where a bundle goes. @category models */
export interface BundleOptions {
  /** The file; beside the folder under {@link Bundle.bundleName} unless given. */
  readonly target?: string
  /** True replaces a file of that name. */
  readonly overwrite?: boolean
}

/** A bundle that was written. @category models */
export interface Bundled {
  readonly artifact: Artifact
  readonly files: number
}

/** Writes the bundle of a folder. Fails with `foreign` where the target exists, `invalid` where the folder holds a link. @category bundles */
export const bundle: (
  folder: string,
  options?: BundleOptions,
) => Effect.Effect<Bundled, ArtifactsError | DurableError, Durable> = Effect.fn("StudyBundle.bundle")(function* (
  folder: string,
  options?: BundleOptions,
) {
  const durable = yield* Durable
  const root = resolve(folder)
  const target = resolve(options?.target ?? join(dirname(root), Bundle.bundleName(basename(root))))
  const inside = relative(root, target)
  if (!inside.startsWith("..")) {
    return yield* refused(target, "invalid", "a bundle cannot lie in the folder that it holds")
  }
  if (options?.overwrite !== true && (yield* durable.exists(target))) {
    return yield* refused(
      target,
      "foreign",
      "the file is there already",
      "choose another name, or overwrite it on purpose",
    )
  }
  const entries = yield* Effect.try({ try: () => list(root), catch: failed(root) })
  const artifact = yield* Effect.scoped(
    Effect.gen(function* () {
      const file = yield* durable.create(target)
      // The gzip header of zlib has no name and no time, so equal input is equal output.
      const packed = Stream.fromAsyncIterable<Uint8Array, ArtifactsError>(
        Readable.from(blocks(root, entries)).compose<Gzip>(createGzip({ level: 9 })),
        failed(root),
      )
      yield* Stream.runForEach(packed, file.write)
      return yield* file.commit
    }),
  )
  const bundled: Bundled = { artifact, files: entries.filter(({ kind }) => kind === "file").length }
  return bundled
})

const refused = (
  path: string,
  reason: ArtifactsError["reason"],
  problem: string,
  hint = `ls -l ${path}`,
): ArtifactsError => new ArtifactsError({ reason, path, problem, hints: [hint] })

const failed =
  (path: string) =>
  (error: unknown): ArtifactsError =>
    error instanceof ArtifactsError
      ? error
      : refused(path, "invalid", error instanceof Error ? error.message : String(error))

interface Listed extends Bundle.TarEntry {
  /** Relative to the folder. */
  readonly path: string
}

const list = (root: string): ReadonlyArray<Listed> => {
  const top = basename(root)
  const found: Array<Listed> = []
  const folders: Array<string> = [""]
  for (let folder = folders.pop(); folder !== undefined; folder = folders.pop()) {
    const absolute = join(root, folder)
    if (!lstatSync(absolute).isDirectory()) throw refused(absolute, "invalid", "it is not a folder")
    found.push({ path: folder, name: folder === "" ? top : `${top}/${folder}`, kind: "folder", bytes: 0 })
    for (const name of readdirSync(absolute)) {
      if (isTemporary(name) || name.endsWith(".building")) continue
      const path = folder === "" ? name : `${folder}/${name}`
      const stat = lstatSync(join(root, path))
      if (stat.isDirectory()) folders.push(path)
      else if (stat.isFile()) found.push({ path, name: `${top}/${path}`, kind: "file", bytes: stat.size })
      else
        throw refused(
          join(root, path),
          "invalid",
          "it is neither a file nor a folder (a link?), and no bundle holds it",
        )
      if (found.length + folders.length > entriesMax)
        throw refused(root, "invalid", `it holds more than ${entriesMax} files`)
    }
  }
  return found.sort((a, b) => compareCodePoints(a.name, b.name))
}

async function* blocks(root: string, entries: ReadonlyArray<Listed>): AsyncGenerator<Uint8Array> {
  for (const entry of entries) {
    yield Bundle.header(entry)
    if (entry.kind === "folder") continue
    const path = join(root, entry.path)
    let bytes = 0
    for await (const chunk of createReadStream(path)) {
      // A read stream without an encoding gives buffers.
      const data = chunk as Uint8Array
      bytes += data.length
      yield data
    }
    if (bytes !== entry.bytes) throw refused(path, "mismatch", "it changed while it was read")
    yield Bundle.padding(bytes)
  }
  yield Bundle.end()
}
