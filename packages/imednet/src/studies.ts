/**
 * iMednet behind the interfaces of `@heddle/studies`: its registry as `StudyRegistry`, its lists as `StudyScopes`. Code
 * that works on studies needs only those, so another system can take iMednet's place.
 *
 * @layer adapter
 * @module
 */
import type { NoCurrentStudy } from "@heddle/studies/CurrentStudy"
import { StudyError } from "@heddle/studies/StudyError"
import { problemOf, type StudyKey } from "@heddle/studies/StudyKey"
import {
  type RegistryListing,
  type RejectedEntry,
  type StudyInfo,
  StudyRegistry,
  type StudyRegistryShape,
} from "@heddle/studies/StudyRegistry"
import { type ReadOptions, type Resource, StudyScopes, type StudyScopeShape } from "@heddle/studies/StudyScope"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Result from "effect/Result"
import type * as Schema from "effect/Schema"
import * as Stream from "effect/Stream"
import { type AnyListOptions, Imednet, type ImednetShape } from "./Imednet.ts"
import { type ImednetError, refused } from "./ImednetError.ts"
import * as Instant from "./Instant.ts"
import { resources } from "./Resource.ts"

/** The registry of the client in force. @category layers */
export const layerRegistry: Layer.Layer<StudyRegistry, never, Imednet> = Layer.effect(
  StudyRegistry,
  Effect.map(Imednet, (imednet): StudyRegistryShape => ({
    location: imednet.location,
    list: Effect.mapError(listRegistry(imednet), (error) => toStudyError(error, "registry")),
  })),
)

/** The studies of the client in force. @category layers */
export const layerScopes: Layer.Layer<StudyScopes, never, Imednet> = Layer.effect(
  StudyScopes,
  Effect.map(Imednet, (imednet) => ({ open: (studyKey: StudyKey) => scopeOf(imednet, studyKey) })),
)

/** The registry and the studies of the client in force. @category layers */
export const layer: Layer.Layer<StudyRegistry | StudyScopes, never, Imednet> = Layer.merge(layerRegistry, layerScopes)

/** Entries of the registry whose key appears on later pages again are counted, not run twice. */
const listRegistry = Effect.fn("Imednet.registry")(function* (imednet: ImednetShape) {
  const studies = new Map<StudyKey, StudyInfo>()
  const counts = new Map<StudyKey, number>()
  const rejected: Array<RejectedEntry> = []
  const warnings: Array<string> = []
  yield* Stream.runForEach(imednet.studies.pages({ tolerant: true, keepRepeated: true }), (page) =>
    Effect.sync(() => {
      warnings.push(...page.warnings)
      for (const { index, path, problem } of page.rejected) rejected.push({ index, reason: `${path}: ${problem}` })
      for (const [at, study] of page.items.entries()) {
        const { studyKey, studyName } = study
        const problem = problemOf(studyKey)
        if (problem !== undefined) {
          rejected.push({ index: page.indexes[at] ?? at, reason: problem })
          continue
        }
        counts.set(studyKey, (counts.get(studyKey) ?? 0) + 1)
        if (!studies.has(studyKey))
          studies.set(studyKey, { studyKey, studyName: studyName ?? "", attributes: { ...study } })
      }
    }),
  )
  const listing: RegistryListing = {
    studies: [...studies.values()],
    duplicates: [...counts].filter(([, count]) => count > 1).map(([studyKey, count]) => ({ studyKey, count })),
    rejected: rejected.sort((a, b) => a.index - b.index),
    warnings,
  }
  return listing
})

const scopeOf = (imednet: ImednetShape, studyKey: StudyKey): StudyScopeShape => {
  const failed = (error: ImednetError | NoCurrentStudy) => toStudyError(error, "study")
  return {
    studyKey,
    pageSize: imednet.pageSize,
    read: (resource, options) => {
      const asked = listOptions(studyKey, resource, options)
      return Result.isFailure(asked)
        ? Stream.fail(failed(asked.failure))
        : Stream.mapError(imednet.named(resource).list(asked.success), failed)
    },
    count: (resource, options) => {
      const asked = listOptions(studyKey, resource, options)
      if (Result.isFailure(asked)) return Effect.fail(failed(asked.failure))
      const limit = options?.limit ?? Number.POSITIVE_INFINITY
      return imednet
        .named(resource)
        .count(asked.success)
        .pipe(
          Effect.map((count) => Math.min(count, limit)),
          Effect.mapError(failed),
        )
    },
  }
}

/** "Changed since" as a filter, where the list has an attribute for it; all items where it has none. */
const listOptions = (
  study: StudyKey,
  resource: Resource,
  options: ReadOptions = {},
): Result.Result<AnyListOptions, ImednetError> => {
  const limit = options.limit === undefined ? {} : { limit: options.limit }
  const attribute = resources[resource].since
  if (options.modifiedSince === undefined) return Result.succeed({ study, ...limit })
  const instant = Instant.parse(options.modifiedSince)
  if (instant === undefined)
    return Result.fail(refused(resource, "modifiedSince", "needs a point in time such as 2026-01-02T03:04:05Z"))
  if (attribute === undefined) return Result.succeed({ study, ...limit })
  // Filters take whole seconds; rounding down reads a little more, never less.
  const value = `${instant.slice(0, 19)}Z`
  return Result.succeed({
    study,
    ...limit,
    filter: { resource, join: "and", conditions: [{ attribute, operator: ">=", value }] },
  })
}

/** The same error in the words of `@heddle/studies`. @category conversions */
export const toStudyError = (error: ImednetError | NoCurrentStudy, where: "registry" | "study"): StudyError => {
  if (error._tag === "NoCurrentStudy")
    return new StudyError({
      tag: error._tag,
      kind: "usage",
      problem: error.message,
      retryable: false,
      hints: [...error.hints],
    })
  const { reason } = error
  const fields: { [name: string]: Schema.Json } = { endpoint: error.endpoint, requests: error.attempts }
  for (const name of ["code", "description", "attribute", "value", "awsErrorType"] as const) {
    const text = error[name]
    if (text !== undefined) fields[name] = text
  }
  for (const [name, value] of Object.entries(reason)) {
    if (name !== "_tag" && (typeof value === "string" || typeof value === "number")) fields[name] = value
  }
  return new StudyError({
    tag: reason._tag,
    kind: kindOf(error, where),
    problem: error.message,
    retryable: error.retryable,
    ...(error.httpStatus === undefined ? {} : { httpStatus: error.httpStatus }),
    fields,
    hints: [...error.hints],
  })
}

const kindOf = (error: ImednetError, where: "registry" | "study"): StudyError["kind"] => {
  switch (error.reason._tag) {
    case "Unauthorized":
    case "Forbidden":
      // Refused by the registry, the credentials are wrong; refused by one study, only that study is.
      return where === "registry" ? "credentials" : "rejected"
    case "ApiError":
      return where === "registry" && error.code === "9001" ? "credentials" : "rejected"
    case "TransportError":
    case "RequestTimeout":
    case "StreamTimeout":
    case "ServerError":
    case "RateLimited":
      return "unreachable"
    case "Refused":
    case "InvalidConfig":
      return "usage"
    case "DecodeError":
    case "PaginationLoop":
    case "Incomplete":
    case "TooLarge":
    case "UnexpectedStatus":
      return "invalid"
    default:
      return "rejected"
  }
}
