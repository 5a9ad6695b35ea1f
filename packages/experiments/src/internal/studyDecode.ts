/**
 * From the maps of a study file to records of code and back, by the form of the file. Reading renames keys, fills in what
 * is left out and takes numbers as the predecessor does; what does not fit stays as it is, for the Schema to refuse.
 *
 * @layer logic
 * @module
 */
import * as StableJson from "../StableJson.ts"
import { Float, Timestamp, fromJs, integer, isMap } from "../Value.ts"
import type { Value, ValueMap } from "../Value.ts"
import { nearestName } from "./nearestName.ts"
import type { Form, Key } from "./studyForm.ts"
import type { IssueList, Path } from "./studyIssues.ts"

/** Whether a source is a file (maps, names in snake case) or code (objects, names in camel case). */
export type Style = "file" | "code"

const isPlainObject = (value: unknown): value is Readonly<Record<string, unknown>> => {
  if (typeof value !== "object" || value === null || Array.isArray(value)) return false
  const prototype: unknown = Object.getPrototypeOf(value)
  return prototype === null || prototype === Object.prototype
}

/** The keys and values of a record of the source; `undefined` where it is none. */
const entriesOf = (value: unknown, style: Style): ReadonlyMap<string, unknown> | undefined => {
  if (isMap(value)) return value
  return style === "code" && isPlainObject(value) ? new Map(Object.entries(value)) : undefined
}

/** Whole numbers as Python's `int()` takes text. */
const wholeText = /^[+-]?\d+(_\d+)*$/

/** The longest text that is taken for a number. */
const digitsMax = 400

const toInteger = (value: unknown, lenient: boolean): unknown => {
  if (typeof value === "bigint") return integer(value)
  if (!lenient) return value
  if (value instanceof Float) return Number.isSafeInteger(value.value) ? value.value : value
  if (typeof value === "string" && value.length <= digitsMax && wholeText.test(value.trim())) {
    return integer(BigInt(value.trim().replaceAll("_", "").replace(/^\+/, "")))
  }
  return value
}

const toText = (value: unknown): unknown => {
  if (typeof value === "bigint") return value.toString()
  if (value instanceof Timestamp) return value.text
  if (value instanceof Float) return StableJson.floatText(value.value)
  if (typeof value !== "number") return value
  return Number.isInteger(value) && !Object.is(value, -0) ? String(value) : StableJson.floatText(value)
}

const toWord = (value: unknown, form: Extract<Form, { kind: "word" }>): unknown => {
  if (typeof value !== "string" || form.aliases === undefined) return value
  const trimmed = value.trim().toLowerCase()
  return Object.hasOwn(form.aliases, trimmed) ? form.aliases[trimmed] : trimmed
}

/** Values of code may be plain objects; those of a file are values already. */
const toValue = (value: unknown, style: Style): unknown => (style === "file" ? value : (fromJs(value) ?? value))

/** Reads what stands at `path`. */
export const read = (form: Form, value: unknown, path: Path, style: Style, list: IssueList): unknown => {
  switch (form.kind) {
    case "text":
      return toText(value)
    case "word":
      return toWord(value, form)
    case "number":
      return value instanceof Float ? value.value : typeof value === "bigint" ? Number(value) : value
    case "integer":
      return toInteger(value, form.lenient)
    case "flag":
      return value
    case "value":
    case "map":
      return toValue(value, style)
    case "list": {
      if (!Array.isArray(value)) return value
      if (value.length > form.most) {
        list.add(path, `has ${value.length} items; at most ${form.most} are allowed`)
        return []
      }
      return value.map((item: unknown, index) => read(form.of, item, [...path, index], style, list))
    }
    case "record": {
      const entries = entriesOf(value, style)
      return entries === undefined ? value : readRecord(form.keys, entries, path, style, list)
    }
  }
}

/** Keys that a message names, at most. */
const namedMax = 12

const knownText = (keys: ReadonlyArray<string>): string =>
  keys.length > namedMax ? `${keys.slice(0, namedMax).join(", ")} and ${keys.length - namedMax} more` : keys.join(", ")

/** Reads a record: unknown keys are issues, keys that are left out get their defaults. */
export const readRecord = (
  keys: ReadonlyArray<Key>,
  entries: ReadonlyMap<string, unknown>,
  path: Path,
  style: Style,
  list: IssueList,
): Readonly<Record<string, unknown>> => {
  const spelling = keys.map((key) => (style === "file" ? key.key : key.name))
  const known = new Set(spelling)
  for (const key of entries.keys()) {
    if (known.has(key)) continue
    // Beyond what is kept only the count matters.
    const near = list.full ? undefined : nearestName(key, spelling)
    list.add(
      [...path, key],
      near === undefined ? `unknown key; known are ${knownText(spelling)}` : "unknown key",
      () => near,
    )
  }
  const record: Record<string, unknown> = {}
  keys.forEach((key, index) => {
    const spelled = spelling[index] ?? key.key
    const found = entries.get(spelled)
    // A null stands for "not given" where something else would be put in its place.
    if (found === undefined || (found === null && key.form.kind !== "value")) {
      if (key.optional === true) return
      if ("default" in key) {
        record[key.name] =
          key.form.kind === "record" && isMap(key.default)
            ? read(key.form, key.default, path, style, list)
            : key.default
      } else if (found === null) record[key.name] = null
      return
    }
    record[key.name] = read(key.form, found, [...path, spelled], style, list)
  })
  return record
}

const isValueLike = (value: unknown): value is Value =>
  value === null ||
  typeof value !== "object" ||
  value instanceof Float ||
  value instanceof Timestamp ||
  isMap(value) ||
  Array.isArray(value)

/** Writes a value of code in the form of the file. What it is was checked by the Schema before. */
export const write = (form: Form, value: unknown): Value => {
  if (value === null || value === undefined) return null
  switch (form.kind) {
    case "list":
      return Array.isArray(value) ? value.map((item: unknown) => write(form.of, item)) : []
    case "record":
      return writeRecord(form.keys, value)
    default:
      return isValueLike(value) ? value : null
  }
}

/** Writes a record with its keys in the order of the form; what may be missing is left out where it is. */
export const writeRecord = (keys: ReadonlyArray<Key>, record: unknown): ValueMap => {
  const map = new Map<string, Value>()
  if (typeof record !== "object" || record === null) return map
  for (const key of keys) {
    const value: unknown = Reflect.get(record, key.name)
    if (value === undefined && key.optional === true) continue
    map.set(key.key, write(key.form, value))
  }
  return map
}
