/**
 * The manifest of a study's extract: which files the last extract left, how many rows each has, their hashes, and up to
 * which instant changes are known. Written after the files, so that it never speaks of what is not there.
 *
 * @layer logic
 * @module
 */
import * as Effect from "effect/Effect"
import * as Result from "effect/Result"
import * as Schema from "effect/Schema"
import type { Artifact } from "@heddle/core/Durable"
import { Format, type SinkError, type SinkShape } from "./Sink.ts"

/** What the last extract left of one table: its file, and up to when it is known. @category schemas */
export const TableEntry = Schema.Struct({
  path: Schema.String,
  rows: Schema.Int,
  /** Of the file in which the table stands. */
  sha256: Schema.String,
  /** Hash of the table's columns. */
  layout: Schema.String,
  /** Latest change that is known (ISO 8601 in UTC), never later than the reading began; `null` where there is none. */
  watermark: Schema.NullOr(Schema.String),
  /** When the table was read last (ISO 8601 in UTC). */
  readAt: Schema.String,
})
/** @category models */
export interface TableEntry extends Schema.Schema.Type<typeof TableEntry> {}

/** A manifest as it stands in its file; `tables` by the name of the resource. @category schemas */
export const Manifest = Schema.Struct({
  type: Schema.Literal("heddle-extract"),
  schemaVersion: Schema.Literal(1),
  studyKey: Schema.String,
  format: Format,
  tables: Schema.Record(Schema.String, TableEntry),
})
/** @category models */
export interface Manifest extends Schema.Schema.Type<typeof Manifest> {}

const Text = Schema.fromJsonString(Manifest)

/** What is known of an earlier extract, or why nothing is. @category models */
export interface Previous {
  readonly manifest: Manifest | undefined
  /** Why it cannot be built upon; a sentence for people. */
  readonly reason: string
}

/**
 * Reads the manifest of a study. A manifest that is damaged, of another study or of another format counts as none. Fails
 * with `SinkError` where the file is there and cannot be read.
 *
 * @category reading
 */
export const read = Effect.fn("ExtractManifest.read")(function* (
  sink: SinkShape,
  study: string,
  studyKey: string,
): Effect.fn.Return<Previous, SinkError> {
  const text = yield* sink.readManifest(study)
  if (text === undefined) return { manifest: undefined, reason: "there is no earlier extract" }
  const decoded = Schema.decodeResult(Text)(text)
  if (Result.isFailure(decoded))
    return { manifest: undefined, reason: "the manifest of the earlier extract is damaged" }
  const manifest = decoded.success
  if (manifest.studyKey !== studyKey) return { manifest: undefined, reason: "the earlier extract is of another study" }
  if (manifest.format !== sink.format) {
    return { manifest: undefined, reason: `the earlier extract is ${manifest.format}` }
  }
  return { manifest, reason: "" }
})

/** Writes the manifest of a study, tables in the order of their names. Fails with `SinkError`. @category writing */
export const write = (sink: SinkShape, study: string, manifest: Manifest): Effect.Effect<Artifact, SinkError> => {
  const tables = Object.fromEntries(
    Object.entries(manifest.tables).toSorted(([a], [b]) => (a < b ? -1 : a > b ? 1 : 0)),
  )
  return sink.writeManifest(study, `${JSON.stringify({ ...manifest, tables }, undefined, 2)}\n`)
}
