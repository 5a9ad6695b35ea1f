/**
 * Values of a study as its file means them. Whole numbers and floating-point numbers are different things here, from file
 * to hash: `1` and `1.0` are two levels with two ids. JavaScript has one type for both, so a float that happens to be
 * whole is wrapped in {@link Float}; every other number is a plain `number`.
 *
 * | in a file | as a Value |
 * |---|---|
 * | `1` | `1` (a whole number within ±2^53) |
 * | `12345678901234567890` | `12345678901234567890n` |
 * | `1.0` | `new Float(1)` |
 * | `1.5`, `-0.0`, `.nan`, `.inf` | `1.5`, `-0`, `NaN`, `Infinity` (no whole number is written so) |
 * | a date or a time | {@link Timestamp} |
 * | a list, a map | an array, a `Map` in the order of the file |
 *
 * Maps are `Map`s because an object of JavaScript moves keys like `"10"` to the front, and order is meaning here.
 *
 * @layer contract
 * @module
 */
import * as Schema from "effect/Schema"

/**
 * A floating-point number that is whole and within ±2^53, such as `1.0`. All other floats (`-0` and `1e300` too) are plain
 * numbers, since no whole number is one. Made by {@link float}.
 *
 * @category models
 */
export class Float {
  readonly value: number
  constructor(value: number) {
    this.value = value
  }
}

/**
 * A date or a time of YAML. `text` is its plain text: `2026-01-01`, or `2026-01-01 12:30:00+00:00` for a time.
 *
 * @category models
 */
export class Timestamp {
  readonly kind: "date" | "datetime"
  readonly text: string
  constructor(kind: "date" | "datetime", text: string) {
    this.kind = kind
    this.text = text
  }
}

/** A map of a study file, in the order of the file. @category models */
export type ValueMap = ReadonlyMap<string, Value>

/** Anything that may stand in a study file, or come out of a run. @category models */
export type Value = null | boolean | number | bigint | string | Float | Timestamp | ReadonlyArray<Value> | ValueMap

/** The deepest nesting that {@link isValue} accepts: a bound for everything that walks a value. */
export const depthMax = 200

/** A map without entries. */
export const emptyMap: ValueMap = new Map()

/**
 * The value of a number that is a float: wrapped where it is whole.
 *
 * @example
 * import * as Value from "@heddle/experiments/Value"
 *
 * Value.float(0.5) // => 0.5
 * Value.isFloat(Value.float(1)) // => true
 * Value.isInteger(1) // => true
 *
 * @category constructors
 */
export const float = (number: number): number | Float =>
  Number.isSafeInteger(number) && !Object.is(number, -0) ? new Float(number) : number

/** A whole number: a `number` where it is safe, else a `bigint`. @category constructors */
export const integer = (whole: bigint): number | bigint =>
  whole >= BigInt(Number.MIN_SAFE_INTEGER) && whole <= BigInt(Number.MAX_SAFE_INTEGER) ? Number(whole) : whole

/** A map from names to values. @category guards */
export const isMap = (value: unknown): value is ValueMap => value instanceof Map

/** A list of values. @category guards */
export const isList = (value: Value): value is ReadonlyArray<Value> => Array.isArray(value)

/** A whole number, of any size. @category guards */
export const isInteger = (value: unknown): value is number | bigint =>
  typeof value === "bigint" || (typeof value === "number" && Number.isSafeInteger(value) && !Object.is(value, -0))

/** A floating-point number, whole or not, `NaN` and infinities included. @category guards */
export const isFloat = (value: unknown): value is number | Float =>
  value instanceof Float || (typeof value === "number" && !isInteger(value))

/** Any number. Booleans are none. @category guards */
export const isNumber = (value: unknown): value is number | bigint | Float => isInteger(value) || isFloat(value)

/** A number as JavaScript computes with it; large whole numbers lose digits. `undefined` where it is no number. */
export const toNumber = (value: Value | undefined): number | undefined =>
  value instanceof Float
    ? value.value
    : typeof value === "bigint"
      ? Number(value)
      : typeof value === "number"
        ? value
        : undefined

/** Whether it is a value, nested at most {@link depthMax} deep. @category guards */
export const isValue = (value: unknown, depth = 0): value is Value => {
  switch (typeof value) {
    case "boolean":
    case "number":
    case "bigint":
    case "string":
      return true
    case "object":
      if (value === null || value instanceof Float || value instanceof Timestamp) return true
      if (depth >= depthMax) return false
      if (Array.isArray(value)) return value.every((item) => isValue(item, depth + 1))
      if (!(value instanceof Map)) return false
      for (const [key, item] of value) if (typeof key !== "string" || !isValue(item, depth + 1)) return false
      return true
    default:
      return false
  }
}

/** Any value, taken as it is. @category schemas */
export const Value: Schema.Codec<Value> = Schema.declare<Value>((value): value is Value => isValue(value), {
  identifier: "Value",
})

/** Any map of values, taken as it is. @category schemas */
export const ValueMap: Schema.Codec<ValueMap> = Schema.declare<ValueMap>(
  (value): value is ValueMap => isMap(value) && isValue(value),
  { identifier: "ValueMap" },
)

/**
 * A value as plain JSON, for code that computes with it: floats and whole numbers become numbers, large whole numbers and
 * times become text, numbers that are not finite become `null`. What this loses (the kind of a number, the order of
 * numeric keys) is kept where a hash is made: hash the value, not this.
 *
 * @example
 * import * as Value from "@heddle/experiments/Value"
 *
 * Value.toJson([1, Value.float(1), 2n ** 60n]) // => [1, 1, "1152921504606846976"]
 *
 * @category conversions
 */
export const toJson = (value: Value): Schema.Json => {
  if (value === null || typeof value === "boolean" || typeof value === "string") return value
  if (typeof value === "number") return Number.isFinite(value) ? value : null
  if (typeof value === "bigint") return value.toString()
  if (value instanceof Float) return value.value
  if (value instanceof Timestamp) return value.text
  if (isMap(value)) return mapToJson(value)
  return value.map(toJson)
}

/** As {@link toJson}, for a map. @category conversions */
export const mapToJson = (map: ValueMap): { readonly [key: string]: Schema.Json } => {
  const json: Record<string, Schema.Json> = Object.create(null)
  for (const [key, item] of map) json[key] = toJson(item)
  return json
}

/**
 * Plain data of JavaScript as a value: objects become maps, `undefined` entries are left out, whole numbers are whole
 * numbers. `undefined` where it is no data (a function, a symbol, an instance of a class) or nested deeper than
 * {@link depthMax}.
 *
 * @category conversions
 */
export const fromJs = (data: unknown, depth = 0): Value | undefined => {
  switch (typeof data) {
    case "boolean":
    case "number":
    case "string":
      return data
    case "bigint":
      return integer(data)
    case "object": {
      if (data === null || data instanceof Float || data instanceof Timestamp) return data
      if (depth >= depthMax) return undefined
      if (Array.isArray(data)) {
        const items: Array<Value> = []
        for (const item of data) {
          const converted = fromJs(item, depth + 1)
          if (converted === undefined) return undefined
          items.push(converted)
        }
        return items
      }
      const entries = data instanceof Map ? data.entries() : isPlain(data) ? Object.entries(data) : undefined
      if (entries === undefined) return undefined
      const map = new Map<string, Value>()
      for (const [key, item] of entries) {
        if (item === undefined) continue
        const converted = fromJs(item, depth + 1)
        if (typeof key !== "string" || converted === undefined) return undefined
        map.set(key, converted)
      }
      return map
    }
    default:
      return undefined
  }
}

const isPlain = (data: object): boolean => {
  const prototype: unknown = Object.getPrototypeOf(data)
  return prototype === null || prototype === Object.prototype
}
