/**
 * The pipeline `extract`: writes chosen resources of each study through the {@link Sink} that is provided.
 *
 * A table is read in full, or, where the last extract still stands unchanged, only what changed since: the changes since
 * its watermark, less an overlap, are put into the table by key (rows keep their place, new ones are appended), and the
 * number of rows is compared with the source's. Any doubt (a file that was changed, other columns, too many changes,
 * another number of rows) leads to a full read, and the value says which doubt. An item that the source marks as deleted
 * stays in its table with `deleted` true.
 *
 * Files are replaced only when all tables of the study are complete; the watermark moves after that.
 *
 * @layer logic
 * @module
 */
import * as CurrentUnit from "@heddle/core/CurrentUnit"
import { Artifact } from "@heddle/core/Durable"
import * as Clock from "effect/Clock"
import * as Effect from "effect/Effect"
import * as Schema from "effect/Schema"
import * as Stream from "effect/Stream"
import { ExtractError } from "../ExtractError.ts"
import * as ExtractManifest from "../ExtractManifest.ts"
import * as FileName from "../FileName.ts"
import { changesOf, RowCollector, type Changes } from "../internal/extractRows.ts"
import { definePipeline } from "../Pipeline.ts"
import { Format, Sink, type SinkError, type SinkSession, type SinkShape, type TableWriter } from "../Sink.ts"
import type { StudyError } from "../StudyError.ts"
import { Resource, type StudyScopeShape } from "../StudyScope.ts"
import * as Table from "../Table.ts"

/** How far before the watermark changes are asked for again, in milliseconds: clocks differ and commits come late. */
export const overlapMsDefault = 3_600_000
/** Changed rows that are held in memory; more of them are read in full, page by page. */
export const changesMax = 50_000
/** Rows that are written at a time. */
export const rowsPerWrite = 500

/** What is extracted and how; all of it is part of the plan. @category schemas */
export const Params = Schema.Struct({
  resources: Schema.Array(Resource).check(Schema.isMinLength(1), Schema.isUnique()),
  /** Must be the format of the sink; part of the fingerprint, so that another format is another extract. */
  format: Format,
  /** Where the files go, for people and for the fingerprint. */
  out: Schema.optionalKey(Schema.String),
  /** Reads everything anew. */
  full: Schema.optionalKey(Schema.Boolean),
  /** Milliseconds; {@link overlapMsDefault} unless given. */
  overlapMs: Schema.optionalKey(Schema.Int.check(Schema.isGreaterThanOrEqualTo(0))),
  /** Items that may fail to become rows before the study fails; 0 unless given. */
  rowsRejectedMax: Schema.optionalKey(Schema.Int.check(Schema.isGreaterThanOrEqualTo(0))),
})
/** @category models */
export interface Params extends Schema.Schema.Type<typeof Params> {}

/** What happened to one table; numbers count items of the source and rows of the file. @category schemas */
export const TableReport = Schema.Struct({
  resource: Resource,
  mode: Schema.Literals(["full", "incremental"]),
  /** Why it was read in full, or since when changes were read. */
  reason: Schema.String,
  /** Items that came from the source. */
  read: Schema.Int,
  /** Of those, written as rows: in a full read all rows, else the changed and new ones. */
  written: Schema.Int,
  rejected: Schema.Int,
  /** Items that came twice in the same form, as pages moved. */
  repeated: Schema.Int,
  /** Rows that are new since the last extract. */
  added: Schema.Int,
  /** Rows of the file. */
  rows: Schema.Int,
  watermark: Schema.NullOr(Schema.String),
  /** Fields that have no column or did not fit it, and how often; they are in the column `_extra`. */
  extraFields: Schema.Record(Schema.String, Schema.Int),
})
/** @category models */
export interface TableReport extends Schema.Schema.Type<typeof TableReport> {}

/** What the extract of one study did and wrote. @category schemas */
export const Value = Schema.Struct({
  tables: Schema.Array(TableReport),
  /** The files of this extract and its manifest, paths relative to the output folder. */
  files: Schema.Array(Artifact),
})
/** @category models */
export interface Value extends Schema.Schema.Type<typeof Value> {}

/**
 * Writes the chosen resources of each study to the `Sink`. Fails with `ExtractError` where the tables are not put in place
 * (the old files stand then), with `SinkError` where files cannot be written or read, with `StudyError` where the study
 * cannot be read.
 *
 * @category pipelines
 */
export const extract = definePipeline({
  name: "extract",
  version: "1",
  params: Params,
  resources: (params: Params) => params.resources,
  value: Value,
  artifacts: (value: Value) => value.files,
  complete: (params: Params): Effect.Effect<Params> =>
    Effect.succeed({
      full: false,
      overlapMs: overlapMsDefault,
      rowsRejectedMax: 0,
      ...params,
    }),
  run: (study, { params }) => Effect.scoped(run(study.scope, params)),
})

interface Job {
  readonly scope: StudyScopeShape
  readonly sink: SinkShape
  readonly session: SinkSession
  readonly study: string
  readonly params: Params
  readonly previous: ExtractManifest.Previous
}

const run = Effect.fnUntraced(function* (scope: StudyScopeShape, params: Params) {
  const sink = yield* Sink
  if (sink.format !== params.format) {
    return yield* new ExtractError({
      reason: { _tag: "FormatMismatch", planned: params.format, sink: sink.format },
    })
  }
  const study = FileName.ofStudy(scope.studyKey)
  const previous = yield* ExtractManifest.read(sink, study, scope.studyKey)
  const kept = yield* keptOf(sink, study, params, previous)
  const session = yield* sink.open(study)
  const job: Job = { scope, sink, session, study, params, previous }
  const readAt: Record<string, string> = {}
  const tables: Array<TableReport> = []
  for (const resource of params.resources) {
    const startedMs = yield* Clock.currentTimeMillis
    readAt[resource] = new Date(startedMs).toISOString()
    const report = yield* extractTable(job, resource, startedMs)
    yield* CurrentUnit.note("table", {
      resource,
      mode: report.mode,
      reason: report.reason,
      rows: report.rows,
      written: report.written,
    })
    if (Object.keys(report.extraFields).length > 0) {
      yield* CurrentUnit.note("extraFields", { resource, fields: report.extraFields }, "warning")
    }
    tables.push(report)
  }
  if (sink.oneFile) yield* carryOver(job, kept)
  const written = yield* session.commit
  const hashOf = (path: string): string => written.find((artifact) => artifact.path === path)?.sha256 ?? ""
  const entries = tables.map((report): readonly [string, ExtractManifest.TableEntry] => {
    const table = Table.tables[report.resource]
    const path = sink.pathOf(study, table)
    return [
      report.resource,
      {
        path,
        rows: report.rows,
        sha256: hashOf(path),
        layout: Table.layoutHash(table),
        watermark: report.watermark,
        readAt: readAt[report.resource] ?? "",
      },
    ]
  })
  const carried = Object.entries(kept).map(([name, entry]): readonly [string, ExtractManifest.TableEntry] => [
    name,
    sink.oneFile ? { ...entry, sha256: hashOf(entry.path) } : entry,
  ])
  const manifest = yield* ExtractManifest.write(sink, study, {
    type: "heddle-extract",
    schemaVersion: 1,
    studyKey: scope.studyKey,
    format: sink.format,
    tables: Object.fromEntries([...carried, ...entries]),
  })
  return { tables, files: [...written, manifest] } satisfies Value
})

type Entries = Readonly<Record<string, ExtractManifest.TableEntry>>

/**
 * Tables of the last extract that this one does not renew, and that its manifest goes on naming. Refuses, before anything
 * is asked or written, where a file of data would be left that no manifest names, or a table would be lost.
 */
const keptOf = Effect.fnUntraced(function* (
  sink: SinkShape,
  study: string,
  params: Params,
  previous: ExtractManifest.Previous,
): Effect.fn.Return<Entries, SinkError | ExtractError> {
  const refuse = (files: ReadonlyArray<string>, why: string) =>
    new ExtractError({ reason: { _tag: "OtherFiles", location: sink.location, format: sink.format, files, why } })
  const present = yield* sink.dataFiles(study)
  const renewed = new Set<string>(params.resources)
  const kept: Record<string, ExtractManifest.TableEntry> = {}
  for (const [name, entry] of Object.entries(previous.manifest?.tables ?? {})) {
    // What somebody removed is announced no more.
    if (renewed.has(name) || !present.includes(entry.path)) continue
    if (sink.oneFile) {
      // The one file is replaced as a whole, so each of its tables is renewed, carried over, or the extract is refused.
      const table = tableOf(name)
      if (table === undefined || entry.layout !== Table.layoutHash(table)) {
        return yield* refuse([entry.path], `its table ${name} has other columns; name that resource too`)
      }
      if ((yield* sink.hash(entry.path))?.sha256 !== entry.sha256) {
        return yield* refuse([entry.path], `it was changed since the last extract; name the resource ${name} too`)
      }
    }
    kept[name] = entry
  }
  const named = new Set([
    ...params.resources.map((resource) => sink.pathOf(study, Table.tables[resource])),
    ...Object.values(kept).map((entry) => entry.path),
  ])
  const others = present.filter((path) => !named.has(path))
  if (others.length === 0) return kept
  return yield* refuse(
    others,
    previous.manifest === undefined ? previous.reason : "the manifest of the earlier extract does not name it",
  )
})

const tableOf = (name: string): Table.Table | undefined =>
  Object.values(Table.tables).find((table) => table.name === name)

/** Copies the tables that are not renewed into the new file, where all stand in one. */
const carryOver = Effect.fnUntraced(function* (
  job: Job,
  kept: Entries,
): Effect.fn.Return<void, SinkError | ExtractError> {
  for (const [name, entry] of Object.entries(kept)) {
    const table = tableOf(name)
    if (table === undefined) continue
    const writer = yield* job.session.table(table)
    const rows = yield* copyRows(job.session.existing(table), writer, (row) => row)
    if (rows !== entry.rows) return yield* unreconciled(name, entry.rows, rows, 0, 0)
  }
})

const extractTable = Effect.fnUntraced(function* (
  job: Job,
  resource: Resource,
  startedMs: number,
): Effect.fn.Return<TableReport, StudyError | SinkError | ExtractError> {
  const table = Table.tables[resource]
  const entry = job.previous.manifest?.tables[resource]
  const doubt = yield* doubtOf(job, table, entry)
  if (doubt !== undefined || entry === undefined || entry.watermark === null) {
    return yield* readInFull(job, resource, startedMs, doubt ?? "the last extract has no watermark")
  }
  const sinceMs = Date.parse(entry.watermark) - (job.params.overlapMs ?? overlapMsDefault)
  const since = new Date(Math.max(0, sinceMs)).toISOString()
  const changes = yield* changesOf(job.scope, table, resource, { modifiedSince: since }, changesMax)
  if (changes === undefined) {
    return yield* readInFull(job, resource, startedMs, `more than ${changesMax} items changed since ${since}`)
  }
  yield* refuse(job, resource, changes)
  // The first pass only looks: what is written cannot be taken back.
  let known = 0
  let present = 0
  yield* Stream.runForEachArray(job.session.existing(table), (rows) =>
    Effect.sync(() => {
      present += rows.length
      for (const row of rows) if (changes.rows.has(Table.keyOf(table, row))) known++
    }),
  )
  if (present !== entry.rows) return yield* readInFull(job, resource, startedMs, "the file has another number of rows")
  const added = changes.rows.size - known
  const rows = entry.rows + added
  const expected = yield* job.scope.count(resource)
  if (rows !== expected) {
    return yield* readInFull(
      job,
      resource,
      startedMs,
      `with the changes there are ${rows} rows here and ${expected} there`,
    )
  }
  const writer = yield* job.session.table(table)
  const rest = new Map(changes.rows)
  const copied = yield* copyRows(job.session.existing(table), writer, (row) => {
    const key = Table.keyOf(table, row)
    const changed = rest.get(key)
    if (changed === undefined) return row
    rest.delete(key)
    return changed
  })
  if (copied !== entry.rows || rest.size !== added) {
    return yield* unreconciled(resource, changes.read, copied + rest.size, changes.rejected.length, changes.repeated)
  }
  yield* copyRows(Stream.fromIterable(rest.values()), writer, (row) => row)
  if (changes.read !== changes.rows.size + changes.rejected.length + changes.repeated) {
    return yield* unreconciled(resource, changes.read, changes.rows.size, changes.rejected.length, changes.repeated)
  }
  return {
    resource,
    mode: "incremental",
    reason: `changes since ${since}`,
    read: changes.read,
    written: changes.rows.size,
    rejected: changes.rejected.length,
    repeated: changes.repeated,
    added,
    rows,
    watermark: watermarkOf(changes.modified, entry.watermark, startedMs),
    extraFields: changes.extraFields,
  }
})

/** Why the last extract of a table cannot be built upon. */
const doubtOf = Effect.fnUntraced(function* (
  job: Job,
  table: Table.Table,
  entry: ExtractManifest.TableEntry | undefined,
): Effect.fn.Return<string | undefined, SinkError> {
  if (job.params.full === true) return "asked for"
  if (job.previous.manifest === undefined) return job.previous.reason
  if (entry === undefined) return "there is no earlier extract of it"
  if (table.modified === undefined) return "the source does not say when it changed"
  if (entry.layout !== Table.layoutHash(table)) return "its columns are others than in the last extract"
  const file = yield* job.sink.hash(entry.path)
  if (file === undefined) return "its file is missing"
  if (file.sha256 !== entry.sha256) return "its file was changed since the last extract"
  return undefined
})

const readInFull = Effect.fnUntraced(function* (
  job: Job,
  resource: Resource,
  startedMs: number,
  reason: string,
): Effect.fn.Return<TableReport, StudyError | SinkError | ExtractError> {
  const table = Table.tables[resource]
  const before = yield* job.scope.count(resource)
  const writer = yield* job.session.table(table)
  const collector = new RowCollector(table, job.scope.pageSize)
  let written = 0
  yield* Stream.runForEachArray(job.scope.read(resource), (items) =>
    Effect.gen(function* () {
      const rows = yield* collector.take(items)
      written += rows.length
      yield* writer.write(rows)
    }),
  )
  yield* refuse(job, resource, collector)
  if (collector.read !== written + collector.rejected.length + collector.repeated) {
    return yield* unreconciled(resource, collector.read, written, collector.rejected.length, collector.repeated)
  }
  // Pages are counted from the start, so an item that vanishes moves all later ones up and one of them is never read. New
  // items come at the end and do no harm, unless the order is another; then only equal numbers show that none came twice.
  const after = yield* job.scope.count(resource)
  const found = written + collector.rejected.length
  const vanished = after < before || found + collector.repeated < before
  if (vanished || (collector.outOfOrder > 0 && found !== after)) {
    return yield* new ExtractError({
      reason: {
        _tag: "ChangedWhileReading",
        resource,
        problem: `${before} items were counted before, ${found} came, ${after} were counted after`,
      },
    })
  }
  return {
    resource,
    mode: "full",
    reason,
    read: collector.read,
    written,
    rejected: collector.rejected.length,
    repeated: collector.repeated,
    added: written,
    rows: written,
    watermark: watermarkOf(collector.modified, null, startedMs),
    extraFields: collector.extraFields,
  }
})

const refuse = (
  job: Job,
  resource: Resource,
  changes: Pick<Changes, "rejected">,
): Effect.Effect<void, ExtractError> => {
  const allowed = job.params.rowsRejectedMax ?? 0
  const rejected = changes.rejected.length
  if (rejected <= allowed) return Effect.void
  return Effect.fail(
    new ExtractError({
      reason: { _tag: "RowsRejected", resource, rejected, allowed, first: changes.rejected.slice(0, 10) },
    }),
  )
}

const copyRows = Effect.fnUntraced(function* (
  rows: Stream.Stream<Table.Row, SinkError>,
  writer: TableWriter,
  change: (row: Table.Row) => Table.Row,
): Effect.fn.Return<number, SinkError> {
  let count = 0
  yield* Stream.runForEachArray(Stream.rechunk(rows, rowsPerWrite), (chunk) => {
    count += chunk.length
    return writer.write(chunk.map(change))
  })
  return count
})

/** The latest change that is known: never before the last one, and never after the reading began. */
const watermarkOf = (modified: string | undefined, last: string | null, startedMs: number): string | null => {
  const candidates = [modified, last ?? undefined].flatMap((text) => (text === undefined ? [] : [Date.parse(text)]))
  if (candidates.length === 0) return null
  return new Date(Math.min(Math.max(...candidates), startedMs)).toISOString()
}

const unreconciled = (
  resource: string,
  read: number,
  written: number,
  rejected: number,
  repeated: number,
): ExtractError => new ExtractError({ reason: { _tag: "Unreconciled", resource, read, written, rejected, repeated } })
