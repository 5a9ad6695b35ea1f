/**
 * What a pipeline may ask of its study: read the study's own resources, and nothing of any other study. The
 * implementation holds the client, the credentials and the shared limits; a pipeline never sees them.
 *
 * @layer contract
 * @module
 */
import * as Context from "effect/Context"
import type * as Effect from "effect/Effect"
import * as Schema from "effect/Schema"
import type * as Stream from "effect/Stream"
import type { StudyError } from "./StudyError.ts"
import type { StudyKey } from "./StudyKey.ts"

/** What can be read of a study, page by page. @category schemas */
export const Resource = Schema.Literals([
  "sites",
  "subjects",
  "records",
  "recordRevisions",
  "forms",
  "intervals",
  "variables",
  "queries",
  "visits",
  "users",
  "codings",
])
/** A resource by its name. @category models */
export type Resource = typeof Resource.Type

/** One item in normal form: the source's field names, dates as ISO 8601 in UTC, missing values `null`. */
export interface Item {
  readonly [field: string]: Schema.Json
}

/** Which items of a resource. @category models */
export interface ReadOptions {
  /** Only items changed at or after this instant (ISO 8601). Resources that do not know the notion give all. */
  readonly modifiedSince?: string
  /** Stop after this many items. */
  readonly limit?: number
}

/**
 * One study, to be read. Reading fails with `StudyError` once the source's own retries are spent; its `retryable` says
 * whether a later try may help.
 *
 * @category models
 */
export interface StudyScopeShape {
  readonly studyKey: StudyKey
  /** Items in the source's own stable order, one page in memory at a time. */
  readonly read: (resource: Resource, options?: ReadOptions) => Stream.Stream<Item, StudyError>
  /** How many items there are, with one small request; for estimates, so it may change by the time they are read. */
  readonly count: (resource: Resource, options?: ReadOptions) => Effect.Effect<number, StudyError>
  /** Items per request; for estimates. */
  readonly pageSize: number
}

/** The study that the pipeline runs for; provided to each unit. @category services */
export class StudyScope extends Context.Service<StudyScope, StudyScopeShape>()("@heddle/studies/StudyScope") {}

/** Makes the scope of each study. Implemented by `@heddle/imednet/studies`. @category services */
export class StudyScopes extends Context.Service<
  StudyScopes,
  {
    readonly open: (studyKey: StudyKey) => StudyScopeShape
  }
>()("@heddle/studies/StudyScopes") {}
