/**
 * Seeded study data: a registry of N studies and every list of each. The same options give the same bytes on every
 * machine. Nothing is made before it is asked for, and a bounded number of studies is kept, so 10,000 studies cost
 * what is read of them.
 *
 * @layer logic
 * @module
 */
import * as Conduct from "./ConductRows.ts"
import * as Design from "./DesignRows.ts"
import { hashWords, make as makeRandom } from "./SeededRandom.ts"
import { type Resource, resources, type Row, type StudyResource, timestamp } from "./Wire.ts"

/** Smallest and largest number of something, both included. @category models */
export type Range = readonly [min: number, max: number]

/** How much data a study has. @category models */
export interface Sizes {
  readonly sites: Range
  readonly subjects: Range
  readonly users: Range
}

/** Sizes by name. `demo` is a study that a person can look through; `small` suits many studies. @category constants */
export const sizes = {
  small: { sites: [1, 3], subjects: [3, 12], users: [3, 6] },
  demo: { sites: [3, 8], subjects: [20, 160], users: [6, 14] },
  large: { sites: [10, 30], subjects: [400, 1500], users: [20, 60] },
} as const satisfies { readonly [name: string]: Sizes }

/** The name of a size. @category models */
export type SizeName = keyof typeof sizes

/** A study of the registry that is given rather than invented. @category models */
export interface StudyEntry {
  readonly key: string
  readonly name?: string
  readonly description?: string
}

/** What data to make. @category models */
export interface DataOptions {
  /** Default 1. */
  readonly seed?: number | string
  /** How many studies, 0 to 1,000,000. Default 3. Ignored where `entries` is given. */
  readonly studies?: number
  /** The registry by name. */
  readonly entries?: ReadonlyArray<StudyEntry>
  /** Default `small`; what is left out of an object is taken from `small`. */
  readonly size?: SizeName | Partial<Sizes>
  /** The present of the data, an ISO instant. Default {@link nowDefault}. No time stamp is later, save those of writes. */
  readonly now?: string
}

/** The present of the data unless another is given. @category constants */
export const nowDefault = "2026-10-01T08:00:00Z"

/** The most studies a registry may have. */
export const studiesMax = 1_000_000
/** How many studies' lists are kept; written studies are always kept. */
const cachedStudiesMax = 256
const dayMs = 86_400_000
const sponsors = ["100", "210", "340"] as const

const letters = [
  "ALPHA",
  "BETA",
  "GAMMA",
  "DELTA",
  "EPSILON",
  "ZETA",
  "ETA",
  "THETA",
  "IOTA",
  "KAPPA",
  "LAMBDA",
  "MU",
  "NU",
  "XI",
  "OMICRON",
  "PI",
  "RHO",
  "SIGMA",
  "TAU",
  "UPSILON",
  "PHI",
  "CHI",
  "PSI",
  "OMEGA",
]

/** The keys of `count` studies: Greek letters up to 24, then `S00000`, `S00001` and so on. @category constructors */
export const studyKeys = (count: number): ReadonlyArray<string> => {
  if (count <= letters.length) return letters.slice(0, count)
  const digits = Math.max(5, String(count - 1).length)
  return Array.from({ length: count }, (_, index) => `S${String(index).padStart(digits, "0")}`)
}

type Lists = { [R in StudyResource]?: ReadonlyArray<Row> }

/** The data of a server. @category models */
export interface StudyData {
  /** The present in Unix milliseconds; {@link StudyData.tick} moves it. */
  readonly nowMs: () => number
  /** Moves the present on, by a second unless told: each write does, so that time stamps of writes grow. */
  readonly tick: (byMs?: number) => number
  readonly has: (studyKey: string) => boolean
  /** The items of a list in its default order. `studies` needs no key; an unknown study has empty lists. */
  readonly list: (resource: Resource, studyKey?: string) => ReadonlyArray<Row>
  /** Replaces a list: how tests change the registry, the design or the data while a client works. */
  readonly change: (resource: Resource, studyKey: string, f: (rows: ReadonlyArray<Row>) => ReadonlyArray<Row>) => void
}

/** Makes the data. Throws a RangeError for options that make no sense. @category constructors */
export const make = (options: DataOptions = {}): StudyData => {
  const seed = options.seed ?? 1
  const count = options.studies ?? 3
  if (!Number.isInteger(count) || count < 0 || count > studiesMax) {
    throw new RangeError(`studies must be a whole number from 0 to ${studiesMax}, not ${count}`)
  }
  const baseMs = Math.floor(Date.parse(options.now ?? nowDefault) / 1000) * 1000
  if (!Number.isFinite(baseMs)) throw new RangeError(`now must be an ISO instant, not ${JSON.stringify(options.now)}`)
  const size = sizesOf(options.size)
  let nowMs = baseMs
  let registry: ReadonlyArray<Row> | undefined
  let keys: ReadonlySet<string> | undefined
  const cache = new Map<string, Lists>()
  const written = new Map<string, Lists>()

  const makeRegistry = (): ReadonlyArray<Row> => {
    const entries = options.entries ?? studyKeys(count).map((key): StudyEntry => ({ key }))
    return entries
      .map((entry, index): Row => {
        const startMs = startOf(seed, entry.key, baseMs)
        const age = baseMs - startMs
        return {
          sponsorKey: sponsors[hashWords([seed, entry.key, "sponsor"]) % sponsors.length] ?? sponsors[0],
          studyKey: entry.key,
          studyId: index + 1,
          studyName: entry.name ?? `Study ${entry.key}`,
          studyDescription: entry.description ?? "",
          studyType: "STUDY",
          dateCreated: timestamp(startMs - 60 * dayMs),
          dateModified: timestamp(startMs + (hashWords([seed, entry.key, "modified"]) % Math.floor(age / 1000)) * 1000),
        }
      })
      .sort((a, b) => compareText(String(a["studyKey"]), String(b["studyKey"])))
  }

  const studies = () => (registry ??= makeRegistry())
  const keySet = () => (keys ??= new Set(studies().map((study) => String(study["studyKey"]))))

  const listsOf = (studyKey: string): Lists => {
    const pinned = written.get(studyKey)
    if (pinned !== undefined) return pinned
    const kept = cache.get(studyKey) ?? {}
    cache.delete(studyKey)
    cache.set(studyKey, kept)
    if (cache.size > cachedStudiesMax) {
      const oldest = cache.keys().next().value
      if (oldest !== undefined) cache.delete(oldest)
    }
    return kept
  }

  const listOf = (resource: StudyResource, studyKey: string): ReadonlyArray<Row> => {
    const lists = listsOf(studyKey)
    const known = lists[resource]
    if (known !== undefined) return known
    const frame = frameOf(seed, studyKey, baseMs, size)
    const get = (other: StudyResource) => listOf(other, studyKey)
    const made = builders[resource](frame, get)
    lists[resource] = made
    return made
  }

  return {
    nowMs: () => nowMs,
    tick: (byMs = 1000) => (nowMs += byMs),
    has: (studyKey) => keySet().has(studyKey),
    list: (resource, studyKey = "") => {
      if (resource === "studies") return studies()
      return keySet().has(studyKey) ? listOf(resource, studyKey) : []
    },
    change: (resource, studyKey, f) => {
      if (resource === "studies") {
        registry = [...f(studies())].sort((a, b) => compareText(String(a["studyKey"]), String(b["studyKey"])))
        keys = undefined
        return
      }
      if (!keySet().has(studyKey)) return
      // Lists that are made from this one must stay as they were, so the whole study is made first.
      const lists = listsOf(studyKey)
      for (const name of studyResources) listOf(name, studyKey)
      lists[resource] = f(lists[resource] ?? [])
      written.set(studyKey, lists)
      cache.delete(studyKey)
    },
  }
}

const studyResources: ReadonlyArray<StudyResource> = [
  "sites",
  "users",
  "forms",
  "intervals",
  "variables",
  "subjects",
  "visits",
  "records",
  "recordRevisions",
  "queries",
  "codings",
]

type Builder = (frame: Design.StudyFrame, get: (resource: StudyResource) => ReadonlyArray<Row>) => ReadonlyArray<Row>

const builders: { readonly [R in StudyResource]: Builder } = {
  sites: (frame) => Design.sites(frame),
  users: (frame) => Design.users(frame),
  forms: (frame) => Design.forms(frame),
  intervals: (frame) => Design.intervals(frame),
  variables: (frame) => Design.variables(frame),
  subjects: (frame, get) => Conduct.subjects(frame, get("sites")),
  visits: (frame, get) => Conduct.visits(frame, get("subjects")),
  records: (frame, get) => Conduct.records(frame, get("subjects"), get("visits")),
  recordRevisions: (frame, get) => Conduct.recordRevisions(frame, get("records"), get("users")),
  queries: (frame, get) => Conduct.queries(frame, get("subjects"), get("records"), get("users")),
  codings: (frame, get) => inDefaultOrder("codings", Conduct.codings(frame, get("sites"), get("records"))),
}

const inDefaultOrder = (resource: Resource, rows: ReadonlyArray<Row>): ReadonlyArray<Row> => {
  const { sort, id } = resources[resource]
  return [...rows].sort((a, b) => Number(a[sort]) - Number(b[sort]) || Number(a[id]) - Number(b[id]))
}

const startOf = (seed: number | string, studyKey: string, nowMs: number): number =>
  nowMs - (240 + (hashWords([seed, studyKey, "start"]) % 700)) * dayMs

const frameOf = (seed: number | string, studyKey: string, nowMs: number, size: Sizes): Design.StudyFrame => {
  const draw = makeRandom(seed, studyKey, "frame")
  return {
    seed,
    studyKey,
    startMs: startOf(seed, studyKey, nowMs),
    nowMs,
    siteCount: draw.int(...size.sites),
    subjectCount: draw.int(...size.subjects),
    userCount: draw.int(...size.users),
  }
}

const sizesOf = (size: DataOptions["size"]): Sizes => {
  const given = typeof size === "string" ? sizes[size] : { ...sizes.small, ...size }
  for (const [name, [min, max]] of Object.entries<Range>({ ...given })) {
    const least = name === "subjects" ? 0 : 1
    if (!Number.isInteger(min) || !Number.isInteger(max) || min < least || max < min || max > 100_000) {
      throw new RangeError(`${name} must be a range of whole numbers from ${least} to 100000, not ${min} to ${max}`)
    }
  }
  return given
}

const compareText = (a: string, b: string): number => (a < b ? -1 : a > b ? 1 : 0)
