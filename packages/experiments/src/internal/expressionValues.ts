/**
 * The values that expressions compute with, and what Python does with them: whole numbers of any size, floats, truth
 * values that are numbers too, texts by character, lists, tuples, dicts, dates.
 *
 * @layer logic
 * @module
 */
import { compareCodePoints, floatText, repr as reprOfValue } from "../StableJson.ts"
import * as Value from "../Value.ts"
import { Fault, bound, wrongType } from "./expressionFault.ts"

/** A list or a tuple. */
export class Sequence {
  readonly kind: "list" | "tuple"
  readonly items: ReadonlyArray<Py>
  constructor(kind: "list" | "tuple", items: ReadonlyArray<Py>) {
    this.kind = kind
    this.items = items
  }
}

/** A dict: entries by the identity of their keys, in order. */
export class Dict {
  readonly entries: ReadonlyMap<string, readonly [Py, Py]>
  constructor(entries: ReadonlyMap<string, readonly [Py, Py]>) {
    this.entries = entries
  }
}

/** Something that can only be compared for equality: `...`, or a method that is named and not called. */
export class Opaque {
  readonly name: string
  readonly owner: Py
  constructor(name: string, owner: Py) {
    this.name = name
    this.owner = owner
  }
}

/** A value of an expression. Every `number` is a float; whole numbers are `bigint`. */
export type Py = null | boolean | bigint | number | string | Value.Timestamp | Sequence | Dict | Opaque

/** The most work of one evaluation: items compared, copied or written. */
export const stepsMax = 2_000_000

/** The most characters of a text and items of a list. */
export const sizeMax = 1_000_000

/** Comparisons of a search in a text that count as one step. */
const searchedPerStep = 4096

const integerBitsMax = 64_000n
const integerMax = 1n << integerBitsMax

/** What one evaluation may still do. */
export class Budget {
  #left = stepsMax

  /** Takes steps; a fault once there are none left. */
  spend(steps: number): void {
    this.#left -= steps
    if (this.#left < 0) throw bound(`more than ${stepsMax} steps of work`)
  }

  /** Takes what a text or list of this size costs. */
  spendSize(size: number): void {
    if (size > sizeMax) throw bound(`a text or list of more than ${sizeMax} parts`)
    this.spend(1 + Math.ceil(size / 8))
  }
}

/** A whole number within the bound. */
export const whole = (number: bigint): bigint => {
  if (number > integerMax || number < -integerMax) throw bound(`a whole number of more than ${integerBitsMax} bits`)
  return number
}

/** A value of the study as a value of expressions. */
export const fromValue = (value: Value.Value, budget: Budget): Py => {
  budget.spend(1)
  if (value === null || typeof value === "boolean" || typeof value === "string") return value
  if (value instanceof Value.Timestamp) return value
  if (Value.isInteger(value)) return whole(BigInt(value))
  if (value instanceof Value.Float) return value.value
  if (typeof value === "number" || typeof value === "bigint") return Number(value)
  if (Value.isMap(value)) {
    const entries = new Map<string, readonly [Py, Py]>()
    for (const [key, item] of value) entries.set(keyOf(key, budget), [key, fromValue(item, budget)])
    return new Dict(entries)
  }
  return new Sequence(
    "list",
    value.map((item) => fromValue(item, budget)),
  )
}

/** Python's name of a value's type. */
export const typeName = (value: Py): string => {
  if (value === null) return "NoneType"
  if (value instanceof Sequence) return value.kind
  if (value instanceof Dict) return "dict"
  if (value instanceof Value.Timestamp) return value.kind
  if (value instanceof Opaque) return value.name === "..." ? "ellipsis" : "method"
  switch (typeof value) {
    case "boolean":
      return "bool"
    case "bigint":
      return "int"
    case "number":
      return "float"
    default:
      return "str"
  }
}

/** A number, truth values included; `undefined` for all else. */
export const numeric = (value: Py): bigint | number | undefined =>
  typeof value === "bigint" || typeof value === "number"
    ? value
    : typeof value === "boolean"
      ? BigInt(value)
      : undefined

/** What a dict finds its entries by: equal for keys that are equal. */
export const keyOf = (key: Py, budget: Budget): string => {
  if (key === null) return "none"
  if (typeof key === "string") return `text ${key}`
  const number = numeric(key)
  if (number !== undefined) {
    return typeof number === "number" && Number.isInteger(number) ? `number ${BigInt(number)}` : `number ${number}`
  }
  if (key instanceof Value.Timestamp) return `${key.kind} ${key.kind === "date" ? key.text : instantKey(key)}`
  if (key instanceof Sequence && key.kind === "tuple") {
    // With its length in front, each part is found again whatever is in it.
    const parts = key.items.map((item) => keyOf(item, budget)).map((part) => `${part.length} ${part}`)
    const text = `tuple ${parts.join(" ")}`
    budget.spendSize(text.length)
    return text
  }
  if (key instanceof Opaque) return `opaque ${key.name}`
  throw wrongType(`unhashable type: ${typeName(key)} cannot be a key`)
}

interface Instant {
  readonly micros: bigint
  readonly aware: boolean
}

/** Microseconds of a time since the year 1 or so, in UTC where its zone is known. */
const instantOf = (time: Value.Timestamp): Instant => {
  const found = /^(.{10}) (.{8})(?:\.([0-9]{6}))?(?:([-+])([0-9]{2}):([0-9]{2}))?$/.exec(time.text)
  if (found === null) return { micros: 0n, aware: false }
  const [, day, clock, fraction, sign, hours, minutes] = found
  const local = BigInt(Date.parse(`${day}T${clock}Z`)) * 1000n + BigInt(fraction ?? "0")
  if (sign === undefined) return { micros: local, aware: false }
  const offset = BigInt(Number(hours) * 60 + Number(minutes)) * 60_000_000n
  return { micros: sign === "-" ? local + offset : local - offset, aware: true }
}

const instantKey = (time: Value.Timestamp): string => {
  const { aware, micros } = instantOf(time)
  return `${aware ? "utc" : "local"} ${micros}`
}

/** Exact between whole numbers and floats of any size; false where one is NaN. */
const sameNumber = (a: bigint | number, b: bigint | number): boolean =>
  typeof a === typeof b
    ? a === b
    : Number.isInteger(Number(a)) && Number.isInteger(Number(b)) && BigInt(a) === BigInt(b)

/** `==` of Python. */
export const equal = (left: Py, right: Py, budget: Budget): boolean => {
  budget.spend(1)
  const a = numeric(left)
  const b = numeric(right)
  if (a !== undefined && b !== undefined) return sameNumber(a, b)
  if (left instanceof Sequence && right instanceof Sequence) {
    if (left.kind !== right.kind || left.items.length !== right.items.length) return false
    return left.items.every((item, index) => equal(item, right.items[index] ?? null, budget))
  }
  if (left instanceof Dict && right instanceof Dict) {
    if (left.entries.size !== right.entries.size) return false
    for (const [key, [, item]] of left.entries) {
      const other = right.entries.get(key)
      if (other === undefined || !equal(item, other[1], budget)) return false
    }
    return true
  }
  if (left instanceof Value.Timestamp && right instanceof Value.Timestamp) {
    if (left.kind !== right.kind || left.kind === "date") return left.kind === right.kind && left.text === right.text
    return instantKey(left) === instantKey(right)
  }
  if (left instanceof Opaque && right instanceof Opaque) {
    return (
      left.name === right.name &&
      typeName(left.owner) === typeName(right.owner) &&
      equal(left.owner, right.owner, budget)
    )
  }
  return left === right
}

/** What `<`, `<=`, `>` and `>=` go by: below zero, zero, above; NaN where there is no order. */
export const order = (left: Py, right: Py, operator: string, budget: Budget): number => {
  budget.spend(1)
  const a = numeric(left)
  const b = numeric(right)
  if (a !== undefined && b !== undefined) return a < b ? -1 : a > b ? 1 : a <= b ? 0 : NaN
  if (typeof left === "string" && typeof right === "string") return compareCodePoints(left, right)
  if (left instanceof Sequence && right instanceof Sequence && left.kind === right.kind) {
    const length = Math.min(left.items.length, right.items.length)
    for (let index = 0; index < length; index++) {
      const mine = left.items[index] ?? null
      const theirs = right.items[index] ?? null
      if (!equal(mine, theirs, budget)) return order(mine, theirs, operator, budget)
    }
    return left.items.length - right.items.length
  }
  if (left instanceof Value.Timestamp && right instanceof Value.Timestamp && left.kind === right.kind) {
    if (left.kind === "date") return compareCodePoints(left.text, right.text)
    const mine = instantOf(left)
    const theirs = instantOf(right)
    if (mine.aware !== theirs.aware) throw wrongType("a time with a zone and one without have no order")
    return mine.micros < theirs.micros ? -1 : mine.micros > theirs.micros ? 1 : 0
  }
  throw wrongType(`${operator} is not defined between ${typeName(left)} and ${typeName(right)}`)
}

/** `item in container`. */
export const contains = (container: Py, item: Py, budget: Budget): boolean => {
  if (typeof container === "string") {
    if (typeof item !== "string") throw wrongType(`in: a text contains texts, not ${typeName(item)}`, "use str(…)")
    // The search compares at most every place with every character.
    budget.spend(1 + Math.ceil((container.length * item.length) / searchedPerStep))
    return container.includes(item)
  }
  if (container instanceof Sequence) return container.items.some((part) => equal(part, item, budget))
  if (container instanceof Dict) return container.entries.has(keyOf(item, budget))
  throw wrongType(`in: ${typeName(container)} contains nothing`)
}

/** What Python takes for true. */
export const truth = (value: Py): boolean => {
  if (value instanceof Sequence) return value.items.length > 0
  if (value instanceof Dict) return value.entries.size > 0
  if (value instanceof Value.Timestamp || value instanceof Opaque) return true
  // NaN is true in Python.
  return typeof value === "number" ? value !== 0 : Boolean(value)
}

/** `str(value)`; `nested` gives what stands for it inside a list. */
export const textOf = (value: Py, budget: Budget, nested = false): string => {
  const text = writeText(value, budget, nested)
  budget.spendSize(text.length)
  return text
}

const writeText = (value: Py, budget: Budget, nested: boolean): string => {
  if (typeof value === "string") return nested ? reprOfValue(value) : value
  if (value === null || typeof value === "boolean") return reprOfValue(value)
  if (typeof value === "bigint") {
    const text = value.toString()
    if (text.length > 4300) throw new Fault("value", "ValueError", "a whole number of more than 4300 digits as text")
    return text
  }
  if (typeof value === "number") return floatText(value)
  if (value instanceof Value.Timestamp) return nested ? reprOfValue(value) : value.text
  if (value instanceof Sequence) {
    const items = value.items.map((item) => textOf(item, budget, true))
    if (value.kind === "list") return `[${items.join(", ")}]`
    return items.length === 1 ? `(${items[0]},)` : `(${items.join(", ")})`
  }
  if (value instanceof Dict) {
    const items = Array.from(
      value.entries.values(),
      ([key, item]) => `${textOf(key, budget, true)}: ${textOf(item, budget, true)}`,
    )
    return `{${items.join(", ")}}`
  }
  if (value.name === "...") return "Ellipsis"
  throw new Fault("unsupported", "ValidationError", "a method has no text that is the same each time")
}
