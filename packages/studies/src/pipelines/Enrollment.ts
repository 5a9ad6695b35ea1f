/**
 * The pipeline `enrollment`: how many subjects a study has, per site and over time. Deleted subjects are counted apart.
 * The totals reconcile: the sites add up to the subjects, and the months and the undated add up to them too.
 *
 * @layer logic
 * @module
 */
import * as Effect from "effect/Effect"
import * as Schema from "effect/Schema"
import * as Stream from "effect/Stream"
import { definePipeline } from "../Pipeline.ts"
import type { Item, StudyScopeShape } from "../StudyScope.ts"

/** How many subjects one site has; deleted ones are left out. @category schemas */
export const SiteEnrollment = Schema.Struct({
  siteId: Schema.NullOr(Schema.Int),
  siteName: Schema.NullOr(Schema.String),
  /** As the source words it; `null` where the site is not listed. */
  status: Schema.NullOr(Schema.String),
  /** False where subjects name a site that the study does not list. */
  listed: Schema.Boolean,
  subjects: Schema.Int,
  /** Of those, with an enrollment date. */
  enrolled: Schema.Int,
})

/** How many subjects were enrolled in one month, and up to its end. @category schemas */
export const MonthEnrollment = Schema.Struct({
  /** `YYYY-MM` in UTC. Months without enrollment between the first and the last are listed with 0. */
  month: Schema.String,
  enrolled: Schema.Int,
  cumulative: Schema.Int,
})

/** The enrollment of one study; all numbers count subjects. @category schemas */
export const Value = Schema.Struct({
  subjects: Schema.Int,
  deleted: Schema.Int,
  /** Subjects with an enrollment date. */
  enrolled: Schema.Int,
  /** Subjects without one. */
  undated: Schema.Int,
  byStatus: Schema.Array(Schema.Struct({ status: Schema.String, subjects: Schema.Int })),
  /** In the order in which the study lists its sites, then sites that it does not list. */
  sites: Schema.Array(SiteEnrollment),
  months: Schema.Array(MonthEnrollment),
})
/** @category models */
export interface Value extends Schema.Schema.Type<typeof Value> {}

/** The totals of an enrollment do not add up: a bug, and no number of it is handed over. @category errors */
export class EnrollmentUnreconciled extends Schema.TaggedError<EnrollmentUnreconciled>()("EnrollmentUnreconciled", {
  subjects: Schema.Int,
  sites: Schema.Int,
  dated: Schema.Int,
}) {
  readonly retryable = false
  override get message(): string {
    return `${this.subjects} subjects, but the sites add up to ${this.sites} and the dates to ${this.dated}`
  }
}

/** Months between the first and the last enrollment that are listed; more than that is a wrong date. */
export const monthsMax = 1_200

/**
 * Counts the study's subjects per site and month. Fails with {@link EnrollmentUnreconciled}, and with `StudyError` where the
 * study cannot be read.
 *
 * @category pipelines
 */
export const enrollment = definePipeline({
  name: "enrollment",
  version: "1",
  resources: ["sites", "subjects"],
  value: Value,
  run: (study) => run(study.scope),
})

interface Site {
  readonly siteId: number | null
  readonly siteName: string | null
  readonly status: string | null
  readonly listed: boolean
  subjects: number
  enrolled: number
}

const run = Effect.fnUntraced(function* (scope: StudyScopeShape) {
  const sites = new Map<string, Site>()
  yield* Stream.runForEach(scope.read("sites"), (item) =>
    Effect.sync(() => {
      const site = siteOf(item, true)
      if (!sites.has(siteKey(item))) sites.set(siteKey(item), site)
    }),
  )
  const months = new Map<string, number>()
  const statuses = new Map<string, number>()
  let subjects = 0
  let deleted = 0
  let undated = 0
  yield* Stream.runForEach(scope.read("subjects"), (item) =>
    Effect.sync(() => {
      if (item["deleted"] === true) {
        deleted++
        return
      }
      subjects++
      const key = siteKey(item)
      const site = sites.get(key) ?? siteOf(item, false)
      sites.set(key, site)
      site.subjects++
      const status = textOf(item["subjectStatus"]) ?? ""
      statuses.set(status, (statuses.get(status) ?? 0) + 1)
      const month = monthOf(item["enrollmentStartDate"])
      if (month === undefined) undated++
      else {
        site.enrolled++
        months.set(month, (months.get(month) ?? 0) + 1)
      }
    }),
  )
  const listed = [...sites.values()]
  const enrolled = [...months.values()].reduce((sum, count) => sum + count, 0)
  const bySite = listed.reduce((sum, site) => sum + site.subjects, 0)
  if (bySite !== subjects || enrolled + undated !== subjects) {
    return yield* new EnrollmentUnreconciled({ subjects, sites: bySite, dated: enrolled + undated })
  }
  return {
    subjects,
    deleted,
    enrolled,
    undated,
    byStatus: [...statuses]
      .map(([status, count]) => ({ status, subjects: count }))
      .toSorted((a, b) => (a.status < b.status ? -1 : a.status > b.status ? 1 : 0)),
    sites: [...listed.filter((site) => site.listed), ...listed.filter((site) => !site.listed)],
    months: series(months),
  } satisfies Value
})

const siteKey = (item: Item): string => JSON.stringify(item["siteId"] ?? null)

const siteOf = (item: Item, listed: boolean): Site => ({
  siteId: typeof item["siteId"] === "number" ? item["siteId"] : null,
  siteName: textOf(item["siteName"]),
  status: listed ? textOf(item["siteEnrollmentStatus"]) : null,
  listed,
  subjects: 0,
  enrolled: 0,
})

const textOf = (value: Schema.Json | undefined): string | null => (typeof value === "string" ? value : null)

const monthOf = (value: Schema.Json | undefined): string | undefined => {
  if (typeof value !== "string" || value === "") return undefined
  const ms = Date.parse(value)
  return Number.isNaN(ms) ? undefined : new Date(ms).toISOString().slice(0, 7)
}

/** Every month from the first to the last, or only the months there are where the span cannot be right. */
const series = (counts: ReadonlyMap<string, number>): ReadonlyArray<typeof MonthEnrollment.Type> => {
  const found = [...counts.keys()].toSorted()
  const first = found[0]
  const last = found.at(-1)
  if (first === undefined || last === undefined) return []
  const span = monthNumber(last) - monthNumber(first) + 1
  const names =
    span > monthsMax ? found : Array.from({ length: span }, (_, index) => monthName(monthNumber(first) + index))
  let cumulative = 0
  return names.map((month) => {
    const enrolled = counts.get(month) ?? 0
    cumulative += enrolled
    return { month, enrolled, cumulative }
  })
}

const monthNumber = (month: string): number => Number(month.slice(0, -3)) * 12 + Number(month.slice(-2)) - 1

const monthName = (number: number): string =>
  `${String(Math.floor(number / 12)).padStart(4, "0")}-${String((number % 12) + 1).padStart(2, "0")}`
