/**
 * Values as plain JSON and back without loss, for records in the ledger: floats that are whole, large whole numbers,
 * numbers that are not finite, times, and maps whose keys an object would move.
 *
 * Most values are written as themselves. What JSON cannot tell apart is an object with one key that begins with `$`:
 * `{"$float":"1.0"}`, `{"$int":"12345678901234567890"}`, `{"$date":"2026-01-01"}`, `{"$time":"…"}`,
 * `{"$map":[["10",1],["9",2]]}`.
 *
 * @layer logic
 * @module
 */
import type * as Schema from "effect/Schema"
import { Float, Timestamp, depthMax, float, integer, isMap, type Value } from "./Value.ts"
import { floatText } from "./StableJson.ts"

// Keys that an object of JavaScript moves to the front, and those that stand for something here.
const special = /^(?:\$|(?:0|[1-9]\d*)$|__proto__$)/

/** A value as JSON that {@link decode} reads back as the same value. @category conversions */
export const encode = (value: Value): Schema.Json => {
  if (value === null || typeof value === "string" || typeof value === "boolean") return value
  if (typeof value === "number") {
    return Number.isFinite(value) && !Object.is(value, -0) ? value : { $float: floatText(value) }
  }
  if (typeof value === "bigint") return { $int: value.toString() }
  if (value instanceof Float) return { $float: floatText(value.value) }
  if (value instanceof Timestamp) return value.kind === "date" ? { $date: value.text } : { $time: value.text }
  if (!isMap(value)) return value.map(encode)
  for (const key of value.keys()) {
    if (special.test(key)) return { $map: Array.from(value, ([name, item]) => [name, encode(item)]) }
  }
  const json: Record<string, Schema.Json> = {}
  for (const [key, item] of value) json[key] = encode(item)
  return json
}

const floats: Readonly<Record<string, number>> = { nan: Number.NaN, inf: Infinity, "-inf": -Infinity, "-0.0": -0 }

const marked = (key: string, content: unknown, depth: number): Value | undefined => {
  if (key === "$map") {
    if (!Array.isArray(content)) return undefined
    const map = new Map<string, Value>()
    for (const entry of content) {
      if (!Array.isArray(entry)) return undefined
      const [name, item]: ReadonlyArray<unknown> = entry
      const decoded = decode(item, depth + 1)
      if (typeof name !== "string" || decoded === undefined) return undefined
      map.set(name, decoded)
    }
    return map
  }
  if (typeof content !== "string") return undefined
  switch (key) {
    case "$float": {
      const number = floats[content] ?? Number(content)
      return Number.isNaN(number) && content !== "nan" ? undefined : float(number)
    }
    case "$int":
      return /^-?\d+$/.test(content) ? integer(BigInt(content)) : undefined
    case "$date":
      return new Timestamp("date", content)
    case "$time":
      return new Timestamp("datetime", content)
    default:
      return undefined
  }
}

/** What {@link encode} wrote; `undefined` where it is nothing that it writes. @category conversions */
export const decode = (json: unknown, depth = 0): Value | undefined => {
  switch (typeof json) {
    case "string":
    case "boolean":
    case "number":
      return json
    case "object":
      break
    default:
      return undefined
  }
  if (json === null) return null
  if (depth > depthMax) return undefined
  if (Array.isArray(json)) {
    const items: Array<Value> = []
    for (const item of json) {
      const decoded = decode(item, depth + 1)
      if (decoded === undefined) return undefined
      items.push(decoded)
    }
    return items
  }
  // No list, so an object with names.
  const object = json as { readonly [key: string]: unknown }
  const keys = Object.keys(object)
  const first = keys[0]
  if (first !== undefined && first.startsWith("$")) {
    return keys.length === 1 ? marked(first, object[first], depth) : undefined
  }
  const map = new Map<string, Value>()
  for (const key of keys) {
    const decoded = decode(object[key], depth + 1)
    if (decoded === undefined) return undefined
    map.set(key, decoded)
  }
  return map
}
