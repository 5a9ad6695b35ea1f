/**
 * Selection: which studies of a registry a run is about, and everything that was odd about the way in which they were
 * named. Pure: the same listing and options give the same report.
 *
 * @layer logic
 * @module
 */
import * as Result from "effect/Result"
import * as Schema from "effect/Schema"
import { FilterConflictError, OrchestratorError } from "./OrchestratorError.ts"
import { problemOf, type StudyKey } from "./StudyKey.ts"
import type { RegistryListing, StudyInfo } from "./StudyRegistry.ts"

/**
 * The report of a selection. `selected` is in the registry's order, each key once.
 *
 * @category schemas
 */
export const Selection = Schema.Struct({
  /** How many studies the registry lists, each key once. */
  registry: Schema.Int,
  selected: Schema.Array(Schema.String),
  /** Keys that were named in a filter and are not listed, as they were spelled. */
  unknown: Schema.Array(Schema.String),
  /** For an unknown key: the one listed key that differs only in case or in white space around it. */
  nearest: Schema.Record(Schema.String, Schema.String),
  /** Keys that the registry lists more than once; they are run once. */
  duplicates: Schema.Array(Schema.Struct({ studyKey: Schema.String, count: Schema.Int })),
  /** Entries of the registry that cannot be used. */
  rejected: Schema.Array(Schema.Struct({ index: Schema.Int, reason: Schema.String })),
  /** Listed keys that the exclude-list took out. */
  excluded: Schema.Array(Schema.String),
  /** Listed keys that were left after the lists and that `where` took out. */
  filtered: Schema.Array(Schema.String),
  warnings: Schema.Array(Schema.String),
})
/** @category models */
export interface Selection extends Schema.Schema.Type<typeof Selection> {}

/** Which studies are wanted. @category models */
export interface SelectionOptions {
  /** Only these. An empty list means nothing. Cannot be given together with `exclude`. */
  readonly include?: ReadonlyArray<StudyKey> | undefined
  /** All but these. Cannot be given together with `include`, even where one of them is empty. */
  readonly exclude?: ReadonlyArray<StudyKey> | undefined
  /** Only studies for which it is true; asked of those that the lists leave. */
  readonly where?: ((study: StudyInfo) => boolean) | undefined
  /** Keys that the registry does not list are an error instead of a warning. */
  readonly strict?: boolean | undefined
}

/**
 * What can be said about the options without a listing: `FilterConflict` where both lists are given, `InvalidFilter` where
 * a list is no list of texts. Called before any request.
 *
 * @category validation
 */
export const check = (options: SelectionOptions): Result.Result<void, OrchestratorError> => {
  for (const name of ["include", "exclude"] as const) {
    const problem = listProblem(options[name])
    if (problem !== undefined) return invalid(name, problem)
  }
  if (options.where !== undefined && typeof options.where !== "function") return invalid("where", "it is no function")
  if (options.include !== undefined && options.exclude !== undefined) {
    return Result.fail(FilterConflictError.of({ include: options.include, exclude: options.exclude }))
  }
  return Result.succeed(undefined)
}

/**
 * Selects studies of a listing. Fails as {@link check} does, with `InvalidFilter` where `where` throws, and, where `strict`,
 * with `UnknownStudies`.
 *
 * @example
 * import * as Selection from "@heddle/studies/Selection"
 * import * as Result from "effect/Result"
 *
 * const studies = ["A", "B"].map((studyKey) => ({ studyKey, studyName: studyKey, attributes: {} }))
 * const listing = { studies, duplicates: [], rejected: [], warnings: [] }
 * const selection = Result.getOrThrow(Selection.select(listing, { include: ["A", "b"] }))
 * selection.selected // => ["A"]
 * selection.unknown // => ["b"]
 *
 * @category constructors
 */
export const select = (
  listing: RegistryListing,
  options: SelectionOptions = {},
): Result.Result<Selection, OrchestratorError> => {
  const checked = check(options)
  if (Result.isFailure(checked)) return Result.fail(checked.failure)

  // The registry promises each key once and usable; an own implementation may not keep that, and a key run twice or an
  // empty one would spoil the run, so it is checked again here.
  const counts = new Map<StudyKey, number>()
  const rejected = [...listing.rejected]
  const unique: Array<StudyInfo> = []
  for (const [index, study] of listing.studies.entries()) {
    const problem = typeof study.studyKey === "string" ? problemOf(study.studyKey) : "the key is no text"
    if (problem !== undefined) {
      rejected.push({ index, reason: problem })
      continue
    }
    const count = counts.get(study.studyKey) ?? 0
    counts.set(study.studyKey, count + 1)
    if (count === 0) unique.push(study)
  }
  const duplicates = [...listing.duplicates]
  for (const [studyKey, count] of counts) {
    if (count > 1 && !duplicates.some((entry) => entry.studyKey === studyKey)) duplicates.push({ studyKey, count })
  }

  const named = [...new Set(options.include ?? options.exclude ?? [])]
  const unknown = named.filter((key) => !counts.has(key))
  const nearest = nearestOf(unknown, [...counts.keys()])
  if (options.strict === true && unknown.length > 0) {
    return Result.fail(new OrchestratorError({ reason: { _tag: "UnknownStudies", unknown, nearest } }))
  }

  const included = options.include === undefined ? undefined : new Set(options.include)
  const excludedKeys = new Set(options.exclude ?? [])
  const selected: Array<StudyKey> = []
  const excluded: Array<StudyKey> = []
  const filtered: Array<StudyKey> = []
  for (const study of unique) {
    if (included !== undefined && !included.has(study.studyKey)) continue
    if (excludedKeys.has(study.studyKey)) {
      excluded.push(study.studyKey)
      continue
    }
    if (options.where !== undefined) {
      let wanted: unknown
      try {
        wanted = options.where(study)
      } catch (error) {
        const problem = error instanceof Error ? error.message : "it threw a value that is no error"
        return invalid("where", `it failed for ${JSON.stringify(study.studyKey)}: ${problem}`)
      }
      if (wanted !== true) {
        filtered.push(study.studyKey)
        continue
      }
    }
    selected.push(study.studyKey)
  }

  const warnings = [...listing.warnings]
  for (const key of unknown) {
    const other = Object.hasOwn(nearest, key) ? nearest[key] : undefined
    const hint = other === undefined ? "" : `; did you mean ${JSON.stringify(other)}?`
    warnings.push(`the registry does not list ${JSON.stringify(key)}${hint}`)
  }
  for (const { studyKey, count } of duplicates) {
    warnings.push(`the registry lists ${JSON.stringify(studyKey)} ${count} times; it runs once`)
  }
  if (rejected.length > 0) warnings.push(`${rejected.length} entries of the registry cannot be used`)

  return Result.succeed({
    registry: unique.length,
    selected,
    unknown,
    nearest,
    duplicates,
    rejected,
    excluded,
    filtered,
    warnings,
  })
}

const invalid = (filter: string, problem: string): Result.Result<never, OrchestratorError> =>
  Result.fail(new OrchestratorError({ reason: { _tag: "InvalidFilter", filter, problem } }))

// A text is an iterable of characters: taken for a list it would select studies by single letters.
const listProblem = (keys: unknown): string | undefined => {
  if (keys === undefined) return undefined
  if (!Array.isArray(keys)) return `it must be a list of study keys, not a ${typeof keys}`
  const wrong: unknown = keys.find((key) => typeof key !== "string")
  return wrong === undefined && !keys.includes(undefined) ? undefined : "it must hold texts only"
}

const nearestOf = (
  unknown: ReadonlyArray<StudyKey>,
  listed: ReadonlyArray<StudyKey>,
): Readonly<Record<string, string>> => {
  if (unknown.length === 0) return {}
  const folded = new Map<string, StudyKey | undefined>()
  for (const key of listed) {
    const form = fold(key)
    // Two listed keys of one folded form: neither is nearer, so none is proposed.
    folded.set(form, folded.has(form) ? undefined : key)
  }
  const pairs = unknown.flatMap((key): ReadonlyArray<readonly [string, string]> => {
    const other = folded.get(fold(key))
    return other === undefined ? [] : [[key, other]]
  })
  return Object.fromEntries(pairs)
}

const fold = (key: string): string => key.trim().normalize("NFC").toLowerCase()
