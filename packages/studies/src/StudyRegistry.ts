/**
 * The registry: which studies there are, as far as the credentials can see. Implemented by `@heddle/imednet/studies`;
 * a fixed list is {@link layerExplicit}.
 *
 * @layer contract
 * @module
 */
import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import type * as Schema from "effect/Schema"
import type { StudyError } from "./StudyError.ts"
import { problemOf, type StudyKey } from "./StudyKey.ts"

/** A study as the registry lists it. @category models */
export interface StudyInfo {
  readonly studyKey: StudyKey
  readonly studyName: string
  /** Everything else the registry says, by the registry's own field names; dates are ISO 8601. */
  readonly attributes: { readonly [name: string]: Schema.Json }
}

/** An entry of the registry that cannot be used. @category models */
export interface RejectedEntry {
  /** Position in the listing, from 0. */
  readonly index: number
  readonly reason: string
}

/** The whole listing, with everything that was odd about it. @category models */
export interface RegistryListing {
  /** In the registry's order, each key once (the first entry of a key counts). */
  readonly studies: ReadonlyArray<StudyInfo>
  readonly duplicates: ReadonlyArray<{ readonly studyKey: StudyKey; readonly count: number }>
  readonly rejected: ReadonlyArray<RejectedEntry>
  /** Things a person should know: the registry changed while it was read, a page was empty. */
  readonly warnings: ReadonlyArray<string>
}

/** A registry that can be read. @category models */
export interface StudyRegistryShape {
  /** Where it is, for messages; no credentials. */
  readonly location: string
  /** Reads the whole registry. Ignores the current study. */
  readonly list: Effect.Effect<RegistryListing, StudyError>
}

/** The registry from which studies are selected. @category services */
export class StudyRegistry extends Context.Service<StudyRegistry, StudyRegistryShape>()(
  "@heddle/studies/StudyRegistry",
) {
  /** A list of keys that the caller knows, for credentials that may not list the registry. Makes no request. */
  static readonly layerExplicit = (keys: ReadonlyArray<StudyKey>): Layer.Layer<StudyRegistry> =>
    Layer.succeed(StudyRegistry, { location: "the given list", list: Effect.sync(() => listingOf(keys)) })
}

const listingOf = (keys: ReadonlyArray<StudyKey>): RegistryListing => {
  const counts = new Map<StudyKey, number>()
  const rejected: Array<RejectedEntry> = []
  for (const [index, key] of keys.entries()) {
    const reason = problemOf(key)
    if (reason === undefined) counts.set(key, (counts.get(key) ?? 0) + 1)
    else rejected.push({ index, reason })
  }
  return {
    studies: [...counts.keys()].map((studyKey) => ({ studyKey, studyName: studyKey, attributes: {} })),
    duplicates: [...counts].filter(([, count]) => count > 1).map(([studyKey, count]) => ({ studyKey, count })),
    rejected,
    warnings: [],
  }
}
