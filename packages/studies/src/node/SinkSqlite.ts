/**
 * All tables of a study in one SQLite database, `<study>/study.sqlite`: strict tables named after their resources, whole
 * numbers and truth values (0, 1) INTEGER, all else TEXT (instants ISO 8601 in UTC, JSON as text), the key as primary key.
 * The database is built beside its place and replaces the old one atomically.
 *
 * @layer adapter
 * @module
 */
import { Durable, type Artifact } from "@heddle/core/Durable"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import type * as Schema from "effect/Schema"
import type * as Scope from "effect/Scope"
import * as Stream from "effect/Stream"
import { readdirSync, rmSync } from "node:fs"
import { join } from "node:path"
import { DatabaseSync, type StatementSync } from "node:sqlite"
import * as Folders from "@heddle/core/node/Folders"
import { fromDurable, Sink, SinkError, type SinkSession, type SinkShape } from "../Sink.ts"
import { extraColumn, type Column, type Row, type Table } from "../Table.ts"
import * as FileSink from "./internal/fileSink.ts"

/** The database's file name in the folder of its study. */
export const databaseName = FileSink.databaseName

/** Writes one database per study under `root`. @category layers */
export const layer = (root: string): Layer.Layer<Sink, never, Durable> =>
  Layer.effect(
    Sink,
    Effect.map(Durable, (durable): SinkShape => {
      const pathOf = (study: string): string => `${study}/${databaseName}`
      let builds = 0
      return {
        format: "sqlite",
        oneFile: true,
        location: root,
        pathOf,
        open: Effect.fnUntraced(function* (study): Effect.fn.Return<SinkSession, SinkError, Scope.Scope> {
          const folder = join(root, study)
          const path = join(folder, databaseName)
          yield* FileSink.sweep(durable, root, study)
          const building = join(folder, `.${databaseName}.${process.pid}-${++builds}${buildingSuffix}`)
          const database = yield* Effect.acquireRelease(
            attempt("open", path, () => {
              Folders.makeFolder(folder)
              removeAbandoned(folder)
              const opened = new DatabaseSync(building)
              // The file is thrown away unless it is finished, so it needs no journal on disk; Durable syncs the finished copy.
              // In memory the journal holds pages as they were before, and a new file has none.
              opened.exec("PRAGMA journal_mode = MEMORY; PRAGMA synchronous = OFF; BEGIN")
              return opened
            }),
            (opened) =>
              Effect.sync(() => {
                if (opened.isOpen) opened.close()
                rmSync(building, { force: true })
              }),
          )
          let rows = 0
          return {
            existing: (table) => read(path, table),
            table: Effect.fnUntraced(function* (table) {
              const insert = yield* attempt("open", path, () => {
                database.exec(createTable(table))
                return database.prepare(insertInto(table))
              })
              return {
                write: (given) =>
                  attempt("write", path, () => {
                    for (const row of given) insertRow(insert, table, row)
                    rows += given.length
                  }),
              }
            }),
            commit: Effect.scoped(
              Effect.gen(function* () {
                yield* attempt("commit", path, () => {
                  database.exec("COMMIT")
                  database.close()
                })
                const file = yield* Effect.mapError(durable.create(path), fromDurable("commit"))
                yield* Stream.runForEach(FileSink.readBytes(building), (bytes) =>
                  Effect.mapError(file.write(bytes), fromDurable("commit")),
                )
                const artifact = yield* Effect.mapError(file.commit, fromDurable("commit"))
                return [{ ...artifact, path: pathOf(study), rows } satisfies Artifact]
              }),
            ),
          }
        }),
        ...FileSink.files(root, durable),
      }
    }),
  )

const buildingSuffix = ".building"

/** Removes what killed processes left; a file of a process that is alive stays. */
const removeAbandoned = (folder: string): void => {
  for (const name of readdirSync(folder)) {
    if (!name.startsWith(`.${databaseName}.`) || !name.endsWith(buildingSuffix)) continue
    const pid = Number(name.slice(databaseName.length + 2).split("-")[0])
    if (pid !== process.pid && !isAlive(pid)) rmSync(join(folder, name), { force: true })
  }
}

const isAlive = (pid: number): boolean => {
  try {
    process.kill(pid, 0)
    return true
  } catch (error) {
    return error instanceof Error && "code" in error && error.code === "EPERM"
  }
}

const attempt = <A>(operation: SinkError["operation"], path: string, run: () => A): Effect.Effect<A, SinkError> =>
  Effect.try({
    try: run,
    catch: (error) => {
      const problem = error instanceof Error ? error.message : String(error)
      const kind = /disk|full/i.test(problem)
        ? "full"
        : /permission|readonly|unable to open/i.test(problem)
          ? "permission"
          : "other"
      return new SinkError({ operation, kind, path, problem })
    },
  })

const name = (text: string): string => `"${text.replaceAll('"', '""')}"`

const columnOf = (table: Table, column: Column): string => {
  const type = column.type === "int" || column.type === "bool" ? "INTEGER" : "TEXT"
  return `${name(column.name)} ${type}${column.name === table.key ? " NOT NULL PRIMARY KEY" : ""}`
}

const createTable = (table: Table): string =>
  `CREATE TABLE ${name(table.name)} (${table.columns.map((column) => columnOf(table, column)).join(", ")}) STRICT`

const insertInto = (table: Table): string =>
  `INSERT INTO ${name(table.name)} VALUES (${table.columns.map(() => "?").join(", ")})`

const insertRow = (insert: StatementSync, table: Table, row: Row): void => {
  insert.run(...table.columns.map((column, index) => toSqlite(column, row[index] ?? null)))
}

const toSqlite = (column: Column, value: Schema.Json): string | number | null => {
  if (value === null) return null
  if (column.type === "json") return JSON.stringify(value)
  if (typeof value === "boolean") return value ? 1 : 0
  return typeof value === "number" ? value : String(value)
}

const read = (path: string, table: Table): Stream.Stream<Row, SinkError> =>
  Stream.unwrap(
    Effect.gen(function* () {
      const fail = (error: unknown) => FileSink.readError(path, error)
      const database = yield* Effect.acquireRelease(
        Effect.try({ try: () => new DatabaseSync(path, { readOnly: true }), catch: fail }),
        (opened) => Effect.sync(() => opened.close()),
      )
      const columns = table.columns.map((column) => name(column.name)).join(", ")
      const found = yield* Effect.try({
        try: () => database.prepare(`SELECT ${columns} FROM ${name(table.name)} ORDER BY rowid`).iterate(),
        catch: fail,
      })
      return Stream.fromIterable(found).pipe(
        Stream.mapEffect((record) =>
          Effect.try({
            try: () => table.columns.map((column) => fromSqlite(column, record[column.name])),
            catch: fail,
          }),
        ),
      )
    }),
  )

const fromSqlite = (column: Column, value: unknown): Schema.Json => {
  if (value === null) return null
  switch (column.type) {
    case "json":
      if (typeof value === "string") return JSON.parse(value)
      break
    case "bool":
      return value === 1
    case "int":
      if (typeof value === "number") return value
      break
    default:
      if (typeof value === "string") return value
  }
  throw new Error(`${column.name === extraColumn ? "the column of extras" : column.name} holds a ${typeof value}`)
}
