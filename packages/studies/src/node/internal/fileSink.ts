/**
 * What all sinks share that write one file per table: the session, its paths, its manifest. A format adds how rows
 * become bytes and how bytes become rows.
 *
 * @layer adapter
 * @module
 */
import { Durable, type Artifact, type DurableError, type DurableFile } from "@heddle/core/Durable"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Scope from "effect/Scope"
import * as Stream from "effect/Stream"
import { createReadStream, existsSync, readdirSync } from "node:fs"
import { join } from "node:path"
import { fromDurable, Sink, SinkError, type Format, type SinkSession, type SinkShape } from "../../Sink.ts"
import { tables, type Row, type Table } from "../../Table.ts"

/** How the rows of one table become bytes. Each call gives what is ready to be written; it may be empty. */
export interface Encoder {
  readonly start: () => string | Uint8Array
  readonly rows: (rows: ReadonlyArray<Row>) => string | Uint8Array
  readonly end: () => string | Uint8Array
}

export interface FileFormat {
  readonly format: Format
  readonly extension: string
  readonly encoder: (table: Table) => Encoder
  readonly read: (path: string, table: Table) => Stream.Stream<Row, SinkError>
}

interface OpenTable {
  readonly table: Table
  readonly path: string
  readonly file: DurableFile
  readonly encoder: Encoder
  rows: number
}

/** The name of a study's manifest in its folder. */
export const manifestName = "extract.json"

/** The database of a study, where all of its tables stand in one file. */
export const databaseName = "study.sqlite"

/** Every name under which a sink of any format writes data. */
const dataNames: ReadonlySet<string> = new Set([
  databaseName,
  ...Object.keys(tables).flatMap((table) => ["csv", "jsonl", "parquet"].map((extension) => `${table}.${extension}`)),
])

/** What every sink does with manifests, hashes and the files that are there already. */
export const files = (root: string, durable: Durable["Service"]) => ({
  readManifest: Effect.fnUntraced(
    function* (study: string): Effect.fn.Return<string | undefined, DurableError> {
      const path = join(root, study, manifestName)
      if (!(yield* durable.exists(path))) return undefined
      return new TextDecoder().decode(yield* durable.readFile(path))
    },
    Effect.mapError(fromDurable("read")),
  ),
  writeManifest: Effect.fnUntraced(function* (study: string, text: string): Effect.fn.Return<Artifact, SinkError> {
    const relative = `${study}/${manifestName}`
    const written = yield* Effect.mapError(durable.writeFile(join(root, relative), text), fromDurable("commit"))
    return { ...written, path: relative }
  }),
  dataFiles: (study: string): Effect.Effect<ReadonlyArray<string>, SinkError> =>
    Effect.try({
      try: () => {
        const folder = join(root, study)
        if (!existsSync(folder)) return []
        return readdirSync(folder)
          .filter((name) => dataNames.has(name))
          .toSorted()
          .map((name) => `${study}/${name}`)
      },
      catch: (error) => readError(join(root, study), error),
    }),
  hash: Effect.fnUntraced(
    function* (path: string): Effect.fn.Return<Artifact | undefined, DurableError> {
      const absolute = join(root, path)
      if (!(yield* durable.exists(absolute))) return undefined
      return { ...(yield* durable.hashFile(absolute)), path }
    },
    Effect.mapError(fromDurable("read")),
  ),
})

/** Removes what a killed process left half-written in a study's folder. */
export const sweep = Effect.fnUntraced(function* (
  durable: Durable["Service"],
  root: string,
  study: string,
): Effect.fn.Return<void, SinkError> {
  const folder = join(root, study)
  if (!existsSync(folder)) return
  yield* Effect.mapError(durable.sweep(folder), fromDurable("open"))
})

/** A sink of one file per table under `root`. */
export const layer = (format: FileFormat, root: string): Layer.Layer<Sink, never, Durable> =>
  Layer.effect(
    Sink,
    Effect.map(Durable, (durable): SinkShape => {
      const pathOf = (study: string, table: Table): string => `${study}/${table.name}.${format.extension}`
      return {
        format: format.format,
        oneFile: false,
        location: root,
        pathOf,
        open: Effect.fnUntraced(function* (study): Effect.fn.Return<SinkSession, SinkError, Scope.Scope> {
          const scope = yield* Effect.scope
          yield* sweep(durable, root, study)
          const open: Array<OpenTable> = []
          return {
            existing: (table) => format.read(join(root, pathOf(study, table)), table),
            table: Effect.fnUntraced(function* (table) {
              const path = pathOf(study, table)
              const file = yield* Scope.provide(durable.create(join(root, path)), scope).pipe(
                Effect.mapError(fromDurable("open")),
              )
              const entry: OpenTable = { table, path, file, encoder: format.encoder(table), rows: 0 }
              open.push(entry)
              yield* put(entry, entry.encoder.start())
              return {
                write: (rows) =>
                  Effect.suspend(() => {
                    entry.rows += rows.length
                    return put(entry, entry.encoder.rows(rows))
                  }),
              }
            }),
            commit: Effect.gen(function* () {
              // All ends are written before the first file appears: a full disk is found while the old files stand.
              for (const entry of open) yield* put(entry, entry.encoder.end())
              return yield* Effect.forEach(open, (entry) =>
                Effect.map(Effect.mapError(entry.file.commit, fromDurable("commit")), (artifact): Artifact => ({
                  ...artifact,
                  path: entry.path,
                  rows: entry.rows,
                })),
              )
            }),
          }
        }),
        ...files(root, durable),
      }
    }),
  )

const put = (entry: OpenTable, chunk: string | Uint8Array): Effect.Effect<void, SinkError> =>
  chunk.length === 0 ? Effect.void : Effect.mapError(entry.file.write(chunk), fromDurable("write"))

/** The bytes of a file in pieces. */
export const readBytes = (path: string): Stream.Stream<Uint8Array, SinkError> =>
  Stream.fromAsyncIterable<Uint8Array, SinkError>(createReadStream(path), (error) => readError(path, error))

/** A failed read in the words of a sink; what is no file error is a file that we did not write. */
export const readError = (path: string, error: unknown): SinkError => {
  const code = error instanceof Error && "code" in error ? error.code : undefined
  return new SinkError({
    operation: "read",
    kind: code === "ENOENT" ? "missing" : code === "EACCES" || code === "EPERM" ? "permission" : "unreadable",
    path,
    problem: error instanceof Error ? error.message : "it cannot be read",
  })
}
