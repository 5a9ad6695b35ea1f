/**
 * What differs between two studies, by its place in the file.
 *
 * @layer logic
 * @module
 */
import type { Study } from "@heddle/experiments/Study"
import * as StableJson from "@heddle/experiments/StableJson"
import * as StudyFile from "@heddle/experiments/StudyFile"
import { isList, isMap, type Value } from "@heddle/experiments/Value"

/** One place with what stands there in each of the two; `undefined` where nothing does. */
export interface Difference {
  readonly path: string
  readonly before: Value | undefined
  readonly after: Value | undefined
}

/** Differences that are collected at most. */
export const differencesMax = 10_000

/** Names that tell the items of a list apart, the first that is there. */
const identities = ["name", "constraint_id", "hypothesis_id", "analysis_plan_id"]

const identityOf = (value: Value): string | undefined => {
  if (!isMap(value)) return undefined
  for (const key of identities) {
    const name = value.get(key)
    if (typeof name === "string") return name
  }
  return undefined
}

/** The items of a list by what tells them apart; `undefined` where they have no such names. */
const byName = (items: ReadonlyArray<Value>): ReadonlyMap<string, Value> | undefined => {
  const named = new Map<string, Value>()
  for (const item of items) {
    const name = identityOf(item)
    if (name === undefined || named.has(name)) return undefined
    named.set(name, item)
  }
  return named
}

const same = (left: Value | undefined, right: Value | undefined): boolean =>
  left === undefined || right === undefined
    ? left === right
    : StableJson.stringify(left) === StableJson.stringify(right)

const walk = (before: Value | undefined, after: Value | undefined, path: string, found: Array<Difference>): void => {
  if (found.length >= differencesMax || same(before, after)) return
  if (isMap(before) && isMap(after)) {
    for (const key of new Set([...before.keys(), ...after.keys()])) {
      walk(before.get(key), after.get(key), path === "" ? key : `${path}.${key}`, found)
    }
    return
  }
  if (before !== undefined && after !== undefined && isList(before) && isList(after)) {
    const [left, right] = [byName(before), byName(after)]
    if (left !== undefined && right !== undefined && left.size + right.size > 0) {
      const at = found.length
      for (const name of new Set([...left.keys(), ...right.keys()])) {
        walk(left.get(name), right.get(name), `${path}[${name}]`, found)
      }
      // Only their order may have changed, which is a difference of its own.
      if (found.length === at) found.push({ path, before: [...left.keys()], after: [...right.keys()] })
      return
    }
    if (before.length === after.length && before.some((item) => isMap(item) || isList(item))) {
      before.forEach((item, index) => walk(item, after[index], `${path}[${index}]`, found))
      return
    }
  }
  found.push({ path, before, after })
}

/** Everything that differs, in the order of the file. */
export const differences = (before: Study, after: Study): ReadonlyArray<Difference> => {
  const found: Array<Difference> = []
  walk(StudyFile.encode(before), StudyFile.encode(after), "", found)
  return found
}

const valueMax = 80

/** A value in a sentence. */
export const valueText = (value: Value | undefined): string => {
  if (value === undefined) return "(nothing)"
  const text = StableJson.stringify(value)
  return text.length > valueMax ? `${text.slice(0, valueMax)}…` : text
}

/** `seed_policy.base_seed: 1 -> 2` */
export const differenceText = ({ after, before, path }: Difference): string =>
  `${path}: ${valueText(before)} -> ${valueText(after)}`

/** Sections that say which runs there are and what they are made with. */
const shaping: ReadonlyArray<RegExp> = [
  /^study_id$/,
  /^factors(?!.*\.description$)/,
  /^blocks/,
  /^constraints(?!.*\.description$)/,
  /^design_spec/,
  /^seed_policy/,
  /^problem_ids/,
  /^agent_specs/,
  /^run_budget\.replicates$/,
  /^heddle\.agent_versions/,
  /^heddle\.stopping/,
]

/** Those differences that change which runs there are, or what they are made with. */
export const shapingDifferences = (found: ReadonlyArray<Difference>): ReadonlyArray<Difference> =>
  found.filter(({ path }) => shaping.some((pattern) => pattern.test(path)))
