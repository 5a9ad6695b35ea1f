/**
 * Studies in memory: a registry and scopes over data that the caller holds, for tests, examples and pipelines under
 * development. Reads in pages like the real thing, and can be told to fail.
 *
 * @layer logic
 * @module
 */
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Option from "effect/Option"
import * as Stream from "effect/Stream"
import { StudyError } from "./StudyError.ts"
import type { StudyKey } from "./StudyKey.ts"
import { StudyRegistry, type RegistryListing, type StudyInfo } from "./StudyRegistry.ts"
import { StudyScopes, type Item, type ReadOptions, type Resource, type StudyScopeShape } from "./StudyScope.ts"

/** The items of a study by resource; what is left out is empty. @category models */
export type StudyData = { readonly [R in Resource]?: ReadonlyArray<Item> }

/** How the studies in memory answer. @category models */
export interface MemoryOptions {
  /** Items per page; 500 unless given. */
  readonly pageSize?: number
  /** Called before each request, the registry's included; what it fails with is what the request fails with. */
  readonly onRequest?: (request: MemoryRequest) => Effect.Effect<void, StudyError>
  /** What the registry lists beside the studies of the data. */
  readonly listing?: Partial<RegistryListing>
}

/** A request as a server would see it. @category models */
export interface MemoryRequest {
  readonly studyKey: StudyKey | undefined
  readonly resource: Resource | "studies"
  /** From 0; a count asks for page 0. */
  readonly page: number
  readonly kind: "page" | "count"
}

/** A registry and scopes over `data`. @category layers */
export const layer = (
  data: { readonly [studyKey: string]: StudyData } | ReadonlyMap<StudyKey, StudyData>,
  options: MemoryOptions = {},
): Layer.Layer<StudyRegistry | StudyScopes> => {
  const studies = data instanceof Map ? data : new Map(Object.entries(data))
  const onRequest = options.onRequest
  const ask = (request: MemoryRequest): Effect.Effect<void, StudyError> =>
    Effect.suspend(() => onRequest?.(request) ?? Effect.void)
  const pageSize = options.pageSize ?? 500
  const infos = [...studies.keys()].map((studyKey): StudyInfo => ({ studyKey, studyName: studyKey, attributes: {} }))
  const listing: RegistryListing = { studies: infos, duplicates: [], rejected: [], warnings: [], ...options.listing }
  return Layer.mergeAll(
    Layer.succeed(StudyRegistry, {
      location: "memory",
      list: Effect.as(ask({ studyKey: undefined, resource: "studies", page: 0, kind: "page" }), listing),
    }),
    Layer.succeed(StudyScopes, { open: (studyKey) => scopeOf(studyKey, studies.get(studyKey), pageSize, ask) }),
  )
}

const scopeOf = (
  studyKey: StudyKey,
  data: StudyData | undefined,
  pageSize: number,
  ask: (request: MemoryRequest) => Effect.Effect<void, StudyError>,
): StudyScopeShape => {
  const known = data === undefined ? Effect.fail(unknownStudy(studyKey)) : Effect.succeed(data)
  const itemsOf = (data: StudyData, resource: Resource, options?: ReadOptions): ReadonlyArray<Item> => {
    const since = options?.modifiedSince
    const all = data[resource] ?? []
    const found = since === undefined ? all : all.filter((item) => changedSince(item, since))
    return options?.limit === undefined ? found : found.slice(0, options.limit)
  }
  return {
    studyKey,
    pageSize,
    count: (resource, options) =>
      Effect.andThen(
        ask({ studyKey, resource, page: 0, kind: "count" }),
        Effect.map(known, (data) => itemsOf(data, resource, options).length),
      ),
    read: (resource, options) =>
      Stream.paginate(0, (page) =>
        Effect.andThen(
          ask({ studyKey, resource, page, kind: "page" }),
          Effect.map(known, (data) => {
            const items = itemsOf(data, resource, options)
            const next = (page + 1) * pageSize < items.length ? Option.some(page + 1) : Option.none<number>()
            return [items.slice(page * pageSize, (page + 1) * pageSize), next] as const
          }),
        ),
      ),
  }
}

const changedSince = (item: Item, since: string): boolean => {
  const modified = item["dateModified"]
  return typeof modified !== "string" || Date.parse(modified) >= Date.parse(since)
}

const unknownStudy = (studyKey: StudyKey): StudyError =>
  new StudyError({
    tag: "Forbidden",
    kind: "rejected",
    problem: `forbidden or unknown study ${JSON.stringify(studyKey)}`,
    retryable: false,
    httpStatus: 403,
    hints: ["heddle studies list"],
  })
