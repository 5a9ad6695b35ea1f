/**
 * What users' code returned, as a value of ours, or what about it can not be recorded: a promise that nobody awaited, a
 * generator that nobody reads, a function, an object of a class.
 *
 * @layer logic
 * @module
 */
import * as Effect from "effect/Effect"
import { repr } from "../StableJson.ts"
import { depthMax, Float, integer, isList, isMap, Timestamp, type Value } from "../Value.ts"
import { nearestName } from "./nearestName.ts"

/** Values (members at all levels) that one result may hold; more than this belongs into a file. */
export const nodesMax = 1_000_000

class Refused extends Error {}

const has = (value: object, key: PropertyKey): boolean => {
  try {
    return typeof Reflect.get(value, key) === "function"
  } catch {
    return false
  }
}

/** Whether it can be awaited. */
export const isPromiseLike = (value: unknown): value is PromiseLike<unknown> =>
  typeof value === "object" && value !== null && has(value, "then")

/** What kind of thing without a value of its own it is, if it is one. */
export const lazyKind = (value: unknown): string | undefined => {
  if (typeof value === "function") return "a function"
  if (typeof value === "symbol") return "a symbol"
  if (typeof value !== "object" || value === null) return undefined
  if (Effect.isEffect(value)) return "an Effect that nobody ran"
  if (isPromiseLike(value)) return "a promise that nobody awaited"
  if (has(value, Symbol.asyncIterator)) return "an async generator that nobody read"
  if (has(value, Symbol.iterator) && has(value, "next")) return "a generator that nobody read"
  return undefined
}

const classOf = (value: object): string => {
  const name: unknown = value.constructor?.name
  return typeof name === "string" && name !== "" ? name : "unknown"
}

const timestampOf = (date: Date): Timestamp => {
  if (Number.isNaN(date.getTime())) throw new Refused("an invalid date")
  const text = date.toISOString().replace("T", " ").replace("Z", "+00:00").replace(".000+", "+")
  return new Timestamp("datetime", text)
}

/** A value, or a sentence about what it holds that is none; `undefined` members count as absent. */
export const toValue = (data: unknown): { readonly value: Value } | { readonly problem: string } => {
  let nodes = 0
  const at = (path: string) => (path === "" ? "" : ` at ${path}`)
  const convert = (item: unknown, path: string, depth: number): Value => {
    if (++nodes > nodesMax) throw new Refused(`more than ${nodesMax} values; write them to a file`)
    switch (typeof item) {
      case "string":
        return item.isWellFormed() ? item : item.toWellFormed()
      case "boolean":
      case "number":
        return item
      case "bigint":
        return integer(item)
      case "object":
        break
      case "undefined":
        return null
      default:
        throw new Refused(`${lazyKind(item) ?? `a ${typeof item}`}${at(path)}`)
    }
    if (item === null || item instanceof Float || item instanceof Timestamp) return item
    if (depth >= depthMax) throw new Refused(`nested deeper than ${depthMax}, or a cycle${at(path.slice(0, 80))}`)
    if (item instanceof Date) return timestampOf(item)
    if (Array.isArray(item)) {
      const list: Array<Value> = []
      for (let i = 0; i < item.length; i++) list.push(convert(item[i], `${path}[${i}]`, depth + 1))
      return list
    }
    const map = new Map<string, Value>()
    if (item instanceof Map) {
      for (const [key, member] of item) {
        if (typeof key !== "string") throw new Refused(`a map with a key that is no text${at(path)}`)
        if (member !== undefined) map.set(key, convert(member, path === "" ? key : `${path}.${key}`, depth + 1))
      }
      return map
    }
    if (item instanceof Set) return convert([...item], path, depth)
    if (ArrayBuffer.isView(item) && !(item instanceof DataView)) {
      const numbers: ReadonlyArray<unknown> = Array.from(item as Iterable<unknown> & ArrayBufferView)
      return convert(numbers, path, depth)
    }
    const prototype: unknown = Object.getPrototypeOf(item)
    // A plain object of another realm (`node:vm`) has that realm's prototype, which itself has none.
    if (prototype !== null && Object.getPrototypeOf(prototype) !== null) {
      throw new Refused(`${lazyKind(item) ?? `an object of class ${classOf(item)}`}${at(path)}`)
    }
    const lazy = lazyKind(item)
    if (lazy !== undefined) throw new Refused(`${lazy}${at(path)}`)
    for (const [key, member] of Object.entries(item)) {
      if (member !== undefined) map.set(key, convert(member, path === "" ? key : `${path}.${key}`, depth + 1))
    }
    return map
  }
  try {
    return { value: convert(data, "", 0) }
  } catch (error) {
    // A getter or a proxy may throw whatever it likes.
    return { problem: error instanceof Refused ? error.message : "an object that cannot be looked at" }
  }
}

/** Keys of a result that a sentence lists. */
const keysShownMax = 10
/** Characters of a value that a sentence shows. */
const shownMax = 80

const shown = (value: Value): string =>
  isList(value)
    ? "a list"
    : value === null
      ? "nothing"
      : isMap(value)
        ? value.size === 0
          ? "an empty object"
          : `{ ${[...value.keys()].slice(0, keysShownMax).join(", ")}${value.size > keysShownMax ? ", …" : ""} }`
        : repr(value).slice(0, shownMax)

/** Why a result is none of a condition runner, in words that name what it was. */
export const notOfRunner = (raw: Value): string => {
  const wanted = "a condition runner returns { outputs, metrics }, both objects"
  if (!isMap(raw)) return `${wanted}; it returned ${shown(raw)}`
  for (const name of ["outputs", "output", "metrics"]) {
    const value = raw.get(name)
    if (value !== undefined && !isMap(value)) return `${wanted}; ${name} is ${shown(value)}`
  }
  const others = [...raw.keys()].filter((key) => key !== "metrics")
  const near = others.find((key) => nearestName(key, ["outputs"]) !== undefined)
  return `${wanted}; it returned ${shown(raw)}${near === undefined ? "" : `: did you mean "outputs" for ${JSON.stringify(near)}?`}`
}
