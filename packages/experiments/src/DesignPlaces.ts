/**
 * Where a condition stands in its design: the period and the sequence of a subject's session, the whole plot of a run, the
 * kind of a point. Whoever makes the runs by hand needs it as much as the settings.
 *
 * @layer logic
 * @module
 */
import type { Condition } from "./Condition.ts"
import { classicKinds, type Study } from "./Study.ts"
import type { Value, ValueMap } from "./Value.ts"

/** Places that a design may give to its conditions, in the order in which they are shown. */
export const placeNames = [
  "row_index",
  "subject",
  "session",
  "period",
  "sequence",
  "block",
  "whole_plot",
  "sub_plot",
  "square",
  "point_type",
] as const

/** The places of one condition; those that its factors and blocks say already are left out. @category getters */
export const placesOf = (condition: Condition): ValueMap => {
  const { blockAssignments, factorAssignments, metadata } = condition
  const places = new Map<string, Value>()
  for (const name of placeNames) {
    const value = metadata.get(name)
    if (value === undefined || value === null || factorAssignments.has(name) || blockAssignments.has(name)) continue
    places.set(name, value)
  }
  return places
}

const isClassic = (study: Study): boolean => classicKinds.some((kind) => kind === study.designSpec.kind)

/**
 * The names of the places that tell conditions of a study apart, for the columns of a table. None for the kinds of the
 * predecessor, whose tables are its own.
 *
 * @category getters
 */
export const placeColumns = (study: Study, conditions: ReadonlyArray<Condition>): ReadonlyArray<string> => {
  if (isClassic(study)) return []
  const found = new Set<string>()
  for (const condition of conditions) for (const name of placesOf(condition).keys()) found.add(name)
  return placeNames.filter((name) => found.has(name))
}
