/**
 * The estimate of a run: how many requests a pipeline will make, asked of each study by one small request per resource
 * that the pipeline declares. No pipeline is run.
 *
 * @layer logic
 * @module
 */
import * as FailureCause from "@heddle/core/FailureCause"
import type { Failure } from "@heddle/core/Failure"
import { Secrets } from "@heddle/core/Secrets"
import * as Effect from "effect/Effect"
import type { StudyKey } from "./StudyKey.ts"
import type { Resource, StudyScopeShape } from "./StudyScope.ts"

/** How many items one resource of one study has, and how many requests reading all of them takes. @category models */
export interface ResourceEstimate {
  readonly resource: Resource
  readonly items: number
  readonly requests: number
}

/** How many requests one study will take. @category models */
export interface StudyEstimate {
  readonly studyKey: StudyKey
  readonly resources: ReadonlyArray<ResourceEstimate>
  /** Of all resources that could be counted. */
  readonly requests: number
  /** Why it could not be counted; the other studies are not affected. */
  readonly failure?: Failure
}

/** How many requests a whole run will take, without the retries that nobody can foresee. @category models */
export interface Estimate {
  readonly pipeline: string
  /** False where the pipeline declares no resources: then nothing is known of its requests. */
  readonly declared: boolean
  /** In selection order. */
  readonly studies: ReadonlyArray<StudyEstimate>
  /** Requests of all studies that could be counted. */
  readonly requests: number
  /** Studies that could not be counted. */
  readonly failed: number
}

/** Requests for so many items: an empty resource takes one request to be found empty. @category calculations */
export const requestsFor = (items: number, pageSize: number): number => Math.max(1, Math.ceil(items / pageSize))

/** Estimates one study. Never fails: what went wrong is part of it. @category constructors */
export const study = Effect.fn("Estimate.study")(function* (
  studyKey: StudyKey,
  open: () => StudyScopeShape,
  resources: ReadonlyArray<Resource>,
): Effect.fn.Return<StudyEstimate> {
  const found: Array<ResourceEstimate> = []
  const counted = yield* Effect.exit(
    Effect.suspend(() => {
      const scope = open()
      return Effect.forEach(
        resources,
        (resource) =>
          Effect.map(scope.count(resource), (items) => {
            found.push({ resource, items, requests: requestsFor(items, scope.pageSize) })
          }),
        { discard: true },
      )
    }),
  )
  const secrets = yield* Secrets
  return {
    studyKey,
    resources: found,
    requests: found.reduce((sum, entry) => sum + entry.requests, 0),
    ...(counted._tag === "Failure" ? { failure: FailureCause.fromCause(counted.cause, { secrets }) } : {}),
  }
})

/** Puts the estimates of studies together. @category constructors */
export const total = (pipeline: string, declared: boolean, studies: ReadonlyArray<StudyEstimate>): Estimate => ({
  pipeline,
  declared,
  studies,
  requests: studies.reduce((sum, entry) => sum + entry.requests, 0),
  failed: studies.filter((entry) => entry.failure !== undefined).length,
})
