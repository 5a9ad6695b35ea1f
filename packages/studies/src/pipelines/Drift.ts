/**
 * The pipeline `drift`: which variables of a study were added, removed or changed since its last extract of `variables`,
 * as data and as a text to read before the data is replaced. Writes nothing.
 *
 * @layer logic
 * @module
 */
import * as Effect from "effect/Effect"
import * as Result from "effect/Result"
import * as Schema from "effect/Schema"
import * as Stream from "effect/Stream"
import * as ExtractManifest from "../ExtractManifest.ts"
import * as FileName from "../FileName.ts"
import { definePipeline } from "../Pipeline.ts"
import { Sink } from "../Sink.ts"
import type { StudyScopeShape } from "../StudyScope.ts"
import * as Table from "../Table.ts"

/** Variables of one study that are compared in memory. */
export const variablesMax = 500_000

/** What makes a variable another one; dates and revision numbers do not. */
export const comparedFields = [
  "variableName",
  "variableType",
  "label",
  "formKey",
  "formName",
  "sequence",
  "disabled",
  "blinded",
] as const

const Named = Schema.Struct({
  variableId: Schema.Int,
  variableName: Schema.NullOr(Schema.String),
  formKey: Schema.NullOr(Schema.String),
  variableType: Schema.NullOr(Schema.String),
  label: Schema.NullOr(Schema.String),
})

/** What changed in one study; variables are told apart by `variableId`. @category schemas */
export const Value = Schema.Struct({
  /** The extract that was compared with; `null` where there is none, and then nothing is said of any change. */
  baseline: Schema.NullOr(Schema.Struct({ readAt: Schema.String, variables: Schema.Int })),
  variables: Schema.Int,
  added: Schema.Array(Named),
  removed: Schema.Array(Named),
  changed: Schema.Array(
    Schema.Struct({
      variableId: Schema.Int,
      variableName: Schema.NullOr(Schema.String),
      formKey: Schema.NullOr(Schema.String),
      changes: Schema.Array(Schema.Struct({ field: Schema.String, from: Schema.Json, to: Schema.Json })),
    }),
  ),
  /** One line per change: `+` added, `-` removed, `~` changed; empty where nothing changed. */
  text: Schema.String,
})
/** @category models */
export interface Value extends Schema.Schema.Type<typeof Value> {}

/**
 * The variables of a study cannot be compared: there are too many, one of them has no id, or the file of the last extract
 * is not the one that its manifest speaks of.
 *
 * @category errors
 */
export class DriftError extends Schema.TaggedError<DriftError>()("DriftError", { problem: Schema.String }) {
  readonly retryable = false
  readonly hints = ["extract the variables anew: heddle studies extract --resource variables --full"]
  override get message(): string {
    return this.problem
  }
}

/**
 * Compares the study's variables with the last extract that the `Sink` holds. Fails with {@link DriftError}, with
 * `SinkError` where that extract cannot be read, with `StudyError` where the study cannot.
 *
 * @category pipelines
 */
export const drift = definePipeline({
  name: "drift",
  version: "1",
  resources: ["variables"],
  value: Value,
  run: (study) => Effect.scoped(run(study.scope)),
})

type Cells = ReadonlyMap<string, Schema.Json>

const run = Effect.fnUntraced(function* (scope: StudyScopeShape) {
  const sink = yield* Sink
  const study = FileName.ofStudy(scope.studyKey)
  const table = Table.tables.variables
  const previous = yield* ExtractManifest.read(sink, study, scope.studyKey)
  const entry = previous.manifest?.tables["variables"]
  const now = new Map<number, Cells>()
  yield* Stream.runForEach(scope.read("variables"), (item) => {
    const made = Table.rowOf(table, item)
    return Result.isFailure(made) ? Effect.fail(new DriftError({ problem: made.failure })) : keep(now, made.success.row)
  })
  if (entry === undefined || entry.layout !== Table.layoutHash(table)) {
    return { baseline: null, variables: now.size, added: [], removed: [], changed: [], text: "" } satisfies Value
  }
  const file = yield* sink.hash(entry.path)
  if (file?.sha256 !== entry.sha256) {
    return yield* new DriftError({ problem: `${entry.path} is missing or was changed since the last extract` })
  }
  const before = new Map<number, Cells>()
  const session = yield* sink.open(study)
  yield* Stream.runForEach(session.existing(table), (row) => keep(before, row))
  return compare(before, now, entry.readAt)
})

const keep = (variables: Map<number, Cells>, row: Table.Row): Effect.Effect<void, DriftError> =>
  Effect.suspend(() => {
    const cells = new Map(Table.tables.variables.columns.map(({ name }, index) => [name, row[index] ?? null]))
    if (cells.get("deleted") === true) return Effect.void
    const id = cells.get("variableId")
    if (typeof id !== "number") return Effect.fail(new DriftError({ problem: "a variable has no id" }))
    if (variables.size >= variablesMax) {
      return Effect.fail(new DriftError({ problem: `the study has more than ${variablesMax} variables` }))
    }
    variables.set(id, cells)
    return Effect.void
  })

/** What changed between two sets of variables, in the order of their ids. @category comparing */
export const compare = (before: ReadonlyMap<number, Cells>, now: ReadonlyMap<number, Cells>, readAt: string): Value => {
  const ids = (variables: ReadonlyMap<number, Cells>) => [...variables.keys()].toSorted((a, b) => a - b)
  const added = ids(now).flatMap((id) => (before.has(id) ? [] : [named(id, now.get(id))]))
  const removed = ids(before).flatMap((id) => (now.has(id) ? [] : [named(id, before.get(id))]))
  const changed = ids(now).flatMap((id) => {
    const old = before.get(id)
    const present = now.get(id)
    if (old === undefined || present === undefined) return []
    const changes = comparedFields.flatMap((field) => {
      const from = old.get(field) ?? null
      const to = present.get(field) ?? null
      return from === to ? [] : [{ field, from, to }]
    })
    const { variableName, formKey } = named(id, present)
    return changes.length === 0 ? [] : [{ variableId: id, variableName, formKey, changes }]
  })
  const lines = [
    ...added.map(
      (variable) => `+ ${describe(variable)} (${variable.variableType ?? "no type"}) ${show(variable.label)}`,
    ),
    ...removed.map(
      (variable) => `- ${describe(variable)} (${variable.variableType ?? "no type"}) ${show(variable.label)}`,
    ),
    ...changed.map(
      (variable) =>
        `~ ${describe(variable)}: ${variable.changes.map(({ field, from, to }) => `${field} ${show(from)} -> ${show(to)}`).join(", ")}`,
    ),
  ]
  return {
    baseline: { readAt, variables: before.size },
    variables: now.size,
    added,
    removed,
    changed,
    text: lines.join("\n"),
  }
}

const named = (variableId: number, cells: Cells | undefined): typeof Named.Type => {
  const text = (field: string): string | null => {
    const value = cells?.get(field)
    return typeof value === "string" ? value : null
  }
  return {
    variableId,
    variableName: text("variableName"),
    formKey: text("formKey"),
    variableType: text("variableType"),
    label: text("label"),
  }
}

const describe = (variable: { readonly formKey: string | null; readonly variableName: string | null }): string =>
  `${variable.formKey ?? "?"}.${variable.variableName ?? "?"}`

const show = (value: Schema.Json): string => JSON.stringify(value)
