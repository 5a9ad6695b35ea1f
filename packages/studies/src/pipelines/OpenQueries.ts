/**
 * The pipeline `open-queries`: queries that wait for an answer, per site and by age. A query is open where its last comment
 * is not closed; one without comments is neither open nor closed, and is counted apart. Ages are whole days from the
 * query's creation to `asOf`, an instant that is part of the plan: a resumed run counts to the same instant. Unless given it
 * is the end of the day (UTC), so that ages are calendar days and all plans of one day are the same plan.
 *
 * @layer logic
 * @module
 */
import * as Clock from "effect/Clock"
import * as Effect from "effect/Effect"
import * as Schema from "effect/Schema"
import * as Stream from "effect/Stream"
import { definePipeline } from "../Pipeline.ts"
import type { Item, StudyScopeShape } from "../StudyScope.ts"

/** Upper ends of the age buckets in days, the last one open: 0-7, 8-30, 31-90, and over 90. */
export const bucketDays = [7, 30, 90] as const
/** Subjects of one study whose site is kept in memory. */
export const subjectsMax = 2_000_000

/** Instants as ISO 8601 in UTC. */
const Instant = Schema.String.check(
  Schema.makeFilter((text: string) =>
    /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d{1,3})?Z$/.test(text) && !Number.isNaN(Date.parse(text))
      ? undefined
      : "an instant like 2026-01-31T12:00:00Z",
  ),
)

/** The instant to which ages are counted. @category schemas */
export const Params = Schema.Struct({
  /** To which instant ages are counted; the end of the day of planning (UTC) unless given. */
  asOf: Schema.optionalKey(Instant),
})
/** @category models */
export interface Params extends Schema.Schema.Type<typeof Params> {}

/** How many open queries are of which age; each stands in exactly one bucket. @category schemas */
export const Buckets = Schema.Struct({
  upTo7Days: Schema.Int,
  upTo30Days: Schema.Int,
  upTo90Days: Schema.Int,
  over90Days: Schema.Int,
  /** Created after `asOf`. */
  later: Schema.Int,
  /** Without a date of creation that can be read. */
  undated: Schema.Int,
})

/** The queries of one study; all numbers but days count queries. @category schemas */
export const Value = Schema.Struct({
  asOf: Schema.String,
  queries: Schema.Int,
  open: Schema.Int,
  closed: Schema.Int,
  /** Without a comment: neither open nor closed. */
  unknown: Schema.Int,
  ages: Buckets,
  /** Whole days of the oldest open query; `null` where none is open. */
  oldestDays: Schema.NullOr(Schema.Int),
  /** Sites with open queries, most of them first. */
  sites: Schema.Array(
    Schema.Struct({
      siteId: Schema.NullOr(Schema.Int),
      /** `null` where the query's subject is not listed, or it has none. */
      siteName: Schema.NullOr(Schema.String),
      open: Schema.Int,
      oldestDays: Schema.NullOr(Schema.Int),
      ages: Buckets,
    }),
  ),
})
/** @category models */
export interface Value extends Schema.Schema.Type<typeof Value> {}

/** A study has more subjects than can be joined in memory. @category errors */
export class TooManySubjects extends Schema.TaggedError<TooManySubjects>()("TooManySubjects", { max: Schema.Int }) {
  readonly retryable = false
  override get message(): string {
    return `the study has more than ${this.max} subjects, which is more than are joined in memory`
  }
}

/**
 * Counts the study's queries by state, site and age. Fails with {@link TooManySubjects}, and with `StudyError` where the
 * study cannot be read.
 *
 * @category pipelines
 */
export const openQueries = definePipeline({
  name: "open-queries",
  version: "1",
  resources: ["subjects", "queries"],
  params: Params,
  value: Value,
  complete: (params: Params): Effect.Effect<Params> =>
    params.asOf === undefined
      ? Effect.map(Clock.currentTimeMillis, (ms) => ({ asOf: endOfDay(ms) }))
      : Effect.succeed(params),
  run: (study, { params }) => run(study.scope, params),
})

interface Site {
  readonly siteId: number | null
  readonly siteName: string | null
  open: number
  oldestDays: number | null
  readonly ages: Ages
}

type Ages = { -readonly [K in keyof typeof Buckets.Type]: number }

const run = Effect.fnUntraced(function* (scope: StudyScopeShape, params: Params) {
  const asOf = params.asOf ?? endOfDay(yield* Clock.currentTimeMillis)
  const asOfMs = Date.parse(asOf)
  const siteOfSubject = yield* readSites(scope)
  const nowhere: Site = { siteId: null, siteName: null, open: 0, oldestDays: null, ages: noAges() }
  const total: Site = { siteId: null, siteName: null, open: 0, oldestDays: null, ages: noAges() }
  const sites = new Set<Site>()
  let queries = 0
  let closed = 0
  let unknown = 0
  yield* Stream.runForEach(scope.read("queries"), (query) =>
    Effect.sync(() => {
      queries++
      const state = stateOf(query)
      if (state === "closed") closed++
      if (state === "unknown") unknown++
      if (state !== "open") return
      const days = daysBetween(query["dateCreated"], asOfMs)
      const site = siteOfSubject.get(JSON.stringify(query["subjectId"] ?? null)) ?? nowhere
      sites.add(site)
      count(site, days)
      count(total, days)
    }),
  )
  return {
    asOf,
    queries,
    open: total.open,
    closed,
    unknown,
    ages: total.ages,
    oldestDays: total.oldestDays,
    sites: [...sites].toSorted((a, b) => b.open - a.open || (a.siteId ?? Infinity) - (b.siteId ?? Infinity)),
  } satisfies Value
})

/** The site of each subject; queries name subjects only. Subjects of one site share one record. */
const readSites = Effect.fnUntraced(function* (scope: StudyScopeShape) {
  const bySite = new Map<string, Site>()
  const bySubject = new Map<string, Site>()
  yield* Stream.runForEach(scope.read("subjects"), (subject) =>
    Effect.suspend(() => {
      if (bySubject.size >= subjectsMax) return Effect.fail(new TooManySubjects({ max: subjectsMax }))
      const key = JSON.stringify(subject["siteId"] ?? null)
      const site = bySite.get(key) ?? {
        siteId: typeof subject["siteId"] === "number" ? subject["siteId"] : null,
        siteName: typeof subject["siteName"] === "string" ? subject["siteName"] : null,
        open: 0,
        oldestDays: null,
        ages: noAges(),
      }
      bySite.set(key, site)
      bySubject.set(JSON.stringify(subject["subjectId"] ?? null), site)
      return Effect.void
    }),
  )
  return bySubject
})

const noAges = (): Ages => ({ upTo7Days: 0, upTo30Days: 0, upTo90Days: 0, over90Days: 0, later: 0, undated: 0 })

/** Open where the comment with the highest number is not closed. */
const stateOf = (query: Item): "open" | "closed" | "unknown" => {
  const comments = query["queryComments"]
  if (!Array.isArray(comments)) return "unknown"
  let last: { readonly sequence: number; readonly closed: boolean } | undefined
  for (const comment of comments) {
    if (typeof comment !== "object" || comment === null || Array.isArray(comment)) continue
    const sequence = typeof comment["sequence"] === "number" ? comment["sequence"] : Number.NEGATIVE_INFINITY
    if (last === undefined || sequence >= last.sequence) last = { sequence, closed: comment["closed"] === true }
  }
  return last === undefined ? "unknown" : last.closed ? "closed" : "open"
}

const dayMs = 86_400_000

/** The last millisecond of the day (UTC). */
const endOfDay = (ms: number): string => new Date((Math.floor(ms / dayMs) + 1) * dayMs - 1).toISOString()

const daysBetween = (created: Schema.Json | undefined, asOfMs: number): number | undefined => {
  const ms = typeof created === "string" ? Date.parse(created) : Number.NaN
  return Number.isNaN(ms) ? undefined : Math.floor((asOfMs - ms) / dayMs)
}

const count = (site: Site, days: number | undefined): void => {
  site.open++
  if (days === undefined) {
    site.ages.undated++
    return
  }
  if (days < 0) {
    site.ages.later++
    return
  }
  site.oldestDays = Math.max(site.oldestDays ?? 0, days)
  const [week, month, quarter] = bucketDays
  if (days <= week) site.ages.upTo7Days++
  else if (days <= month) site.ages.upTo30Days++
  else if (days <= quarter) site.ages.upTo90Days++
  else site.ages.over90Days++
}
