/**
 * Drift: where the server's answers differ from the documented shapes. Differences that lose nothing are accepted and
 * counted here, per study, resource and field; in strict mode they are errors instead. Nothing of the data itself is
 * kept, only names and counts.
 *
 * @layer logic
 * @module
 */

/**
 * - `unknown`: a field that no document names; it is left out of the item.
 * - `repaired`: a value of another type whose meaning is plain (`"7"` where a number is due).
 * - `missing`: a field that should be there and is not; it is `null` in the item.
 * - `envelope`: something odd around the items: no pagination, `data` null, a wrong page number.
 * - `repeated`: an item that was given on the page before too; it is counted once.
 *
 * @category models
 */
export type DriftKind = "unknown" | "repaired" | "missing" | "envelope" | "repeated"

/** How often one field of one list of one study was odd in one way. @category models */
export interface DriftEntry {
  /** `null` for the registry, which belongs to no study. */
  readonly studyKey: string | null
  readonly resource: string
  /** Dotted for what is inside another field: `keywords.keywordId`. */
  readonly field: string
  readonly kind: DriftKind
  readonly count: number
}

/** Which entries are wanted: those that equal all that is given here. @category models */
export interface DriftFilter {
  readonly studyKey?: string | null
  readonly resource?: string
  readonly kind?: DriftKind
}

/** Counts of one client, from its making on. @category models */
export interface Drift {
  readonly add: (studyKey: string | null, resource: string, field: string, kind: DriftKind, count: number) => void
  /** In the order in which they were first seen. */
  readonly entries: (filter?: DriftFilter) => ReadonlyArray<DriftEntry>
  /** Counts by `resource.field`, all kinds and studies together unless filtered. */
  readonly summary: (filter?: DriftFilter) => { readonly [field: string]: number }
}

/** Different entries that are kept; what comes on top is counted under the field `(others)`. */
export const entriesMax = 10_000
/** Characters of a field name that are kept. */
export const fieldNameMax = 100

/** Nothing counted yet. @category constructors */
export const make = (): Drift => {
  const counts = new Map<string, { -readonly [K in keyof DriftEntry]: DriftEntry[K] }>()
  const select = (filter: DriftFilter = {}): ReadonlyArray<DriftEntry> =>
    [...counts.values()].filter(
      (entry) =>
        (filter.studyKey === undefined || entry.studyKey === filter.studyKey) &&
        (filter.resource === undefined || entry.resource === filter.resource) &&
        (filter.kind === undefined || entry.kind === filter.kind),
    )
  return {
    add: (studyKey, resource, field, kind, count) => {
      const name = field.length > fieldNameMax ? `${field.slice(0, fieldNameMax)}…` : field
      const exact = JSON.stringify([studyKey, resource, name, kind])
      const full = counts.size >= entriesMax && !counts.has(exact)
      const key = full ? JSON.stringify([null, resource, "(others)", kind]) : exact
      const entry = counts.get(key)
      if (entry !== undefined) entry.count += count
      else if (full) counts.set(key, { studyKey: null, resource, field: "(others)", kind, count })
      else counts.set(key, { studyKey, resource, field: name, kind, count })
    },
    entries: (filter) => select(filter).map((entry) => ({ ...entry })),
    summary: (filter) => {
      const sums: { [field: string]: number } = {}
      for (const entry of select(filter)) {
        const name = `${entry.resource}.${entry.field}`
        sums[name] = (sums[name] ?? 0) + entry.count
      }
      return sums
    },
  }
}
