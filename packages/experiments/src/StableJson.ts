/**
 * Values as text, exactly as Python writes them: the stable JSON that ids and seeds are hashed from, the spaced and the
 * indented JSON of files, `repr` for cells of tables. Ids that were made elsewhere are found again only where every byte
 * agrees: keys by code point, everything outside of printable ASCII escaped, floats always with a point or an exponent.
 *
 * NaN and infinities are written as Python writes them, which is no JSON; a study file cannot contain them where a finite
 * number is meant.
 *
 * @layer logic
 * @module
 */
import { Float, Timestamp, isList, isMap, type Value, type ValueMap } from "./Value.ts"

/**
 * A number as Python's `repr` writes a float: the shortest digits that read back as the same number, with `.0` where they
 * are whole, and an exponent below 1e-4 and from 1e16 on.
 *
 * @example
 * import * as StableJson from "@heddle/experiments/StableJson"
 *
 * StableJson.floatText(1) // => "1.0"
 * StableJson.floatText(1e16) // => "1e+16"
 * StableJson.floatText(0.00001) // => "1e-05"
 *
 * @category conversions
 */
export const floatText = (number: number): string => {
  if (!Number.isFinite(number)) return Number.isNaN(number) ? "nan" : number > 0 ? "inf" : "-inf"
  if (number === 0) return Object.is(number, -0) ? "-0.0" : "0.0"
  const size = Math.abs(number)
  if (size >= 1e-4 && size < 1e16) {
    // JavaScript writes this range without an exponent, and with the same shortest digits.
    const text = String(number)
    return Number.isInteger(number) ? `${text}.0` : text
  }
  const [digits = "", exponent = "0"] = number.toExponential().split("e")
  const power = Number(exponent)
  return `${digits}e${power < 0 ? "-" : "+"}${String(Math.abs(power)).padStart(2, "0")}`
}

/** A number as JSON of Python has it: `NaN` and `Infinity` by those names. */
const jsonFloat = (number: number): string =>
  Number.isFinite(number) ? floatText(number) : Number.isNaN(number) ? "NaN" : number > 0 ? "Infinity" : "-Infinity"

const numberText = (number: number): string =>
  Number.isSafeInteger(number) && !Object.is(number, -0) ? String(number) : jsonFloat(number)

// Printable ASCII except the quote and the backslash needs nothing; most texts are that.
const plain = /^[ !#-[\]-~]*$/

const named: Readonly<Record<string, string>> = {
  '"': '\\"',
  "\\": "\\\\",
  "\n": "\\n",
  "\r": "\\r",
  "\t": "\\t",
  "\f": "\\f",
  "\b": "\\b",
}

/** A text in double quotes, everything outside of printable ASCII escaped. @category conversions */
export const quote = (text: string): string => {
  if (plain.test(text)) return `"${text}"`
  let quoted = '"'
  for (let index = 0; index < text.length; index++) {
    const char = text.charAt(index)
    const code = text.charCodeAt(index)
    quoted += named[char] ?? (code < 0x20 || code > 0x7e ? `\\u${code.toString(16).padStart(4, "0")}` : char)
  }
  return `${quoted}"`
}

// JavaScript compares by UTF-16 unit, which puts a character beyond U+FFFF (a surrogate, D800 to DFFF) before U+E000 to U+FFFF.
const rank = (unit: number): number => (unit >= 0xe000 ? unit - 0x800 : unit >= 0xd800 ? unit + 0x2000 : unit)

/** Orders texts by Unicode code point, as Python does. @category order */
export const compareCodePoints = (left: string, right: string): number => {
  const length = Math.min(left.length, right.length)
  for (let index = 0; index < length; index++) {
    const a = left.charCodeAt(index)
    const b = right.charCodeAt(index)
    if (a !== b) return rank(a) - rank(b)
  }
  return left.length - right.length
}

/** The keys of a map in the order of stable JSON. @category order */
export const sortedKeys = (map: ValueMap): ReadonlyArray<string> => {
  const keys = [...map.keys()]
  // Most maps have a few keys, and many of them in order.
  for (let index = 1; index < keys.length; index++) {
    if (compareCodePoints(keys[index - 1] ?? "", keys[index] ?? "") > 0) return keys.sort(compareCodePoints)
  }
  return keys
}

interface Layout {
  readonly comma: string
  readonly colon: string
}

const compact: Layout = { comma: ",", colon: ":" }
const airy: Layout = { comma: ", ", colon: ": " }

const write = (value: Value, layout: Layout): string => {
  if (value === null) return "null"
  switch (typeof value) {
    case "string":
      return quote(value)
    case "number":
      return numberText(value)
    case "boolean":
      return value ? "true" : "false"
    case "bigint":
      return value.toString()
    default:
  }
  if (value instanceof Float) return floatText(value.value)
  if (value instanceof Timestamp) return quote(value.text)
  if (isMap(value)) {
    let text = ""
    for (const key of sortedKeys(value)) {
      text += `${text === "" ? "" : layout.comma}${quote(key)}${layout.colon}${write(value.get(key) ?? null, layout)}`
    }
    return `{${text}}`
  }
  return `[${value.map((item) => write(item, layout)).join(layout.comma)}]`
}

/**
 * Stable JSON: sorted keys, no spaces, ASCII only. What ids and seeds are hashed from.
 *
 * @example
 * import * as StableJson from "@heddle/experiments/StableJson"
 * import * as Value from "@heddle/experiments/Value"
 *
 * StableJson.stringify(new Map([["b", 1], ["a", Value.float(1)]])) // => '{"a":1.0,"b":1}'
 *
 * @category conversions
 */
export const stringify = (value: Value): string => write(value, compact)

/** JSON with sorted keys, ASCII only, and a space after each comma and colon. @category conversions */
export const spaced = (value: Value): string => write(value, airy)

/** JSON with sorted keys, ASCII only, two spaces for each level, without a final line end. @category conversions */
export const indented = (value: Value, margin = ""): string => {
  const inner = `${margin}  `
  if (isMap(value)) {
    if (value.size === 0) return "{}"
    const lines = sortedKeys(value).map((key) => `${inner}${quote(key)}: ${indented(value.get(key) ?? null, inner)}`)
    return `{\n${lines.join(",\n")}\n${margin}}`
  }
  if (isList(value)) {
    if (value.length === 0) return "[]"
    return `[\n${value.map((item) => `${inner}${indented(item, inner)}`).join(",\n")}\n${margin}]`
  }
  return write(value, compact)
}

// What Python's str.isprintable refuses: control, format, surrogate, private and unassigned characters, and all
// separators but the space.
const unprintable = /[\p{C}\p{Z}]/u

const reprText = (text: string): string => {
  const mark = text.includes("'") && !text.includes('"') ? '"' : "'"
  let quoted = mark
  for (const char of text) {
    const code = char.codePointAt(0) ?? 0
    if (char === mark || char === "\\") quoted += `\\${char}`
    else if (char === "\n") quoted += "\\n"
    else if (char === "\r") quoted += "\\r"
    else if (char === "\t") quoted += "\\t"
    else if (char === " " || (code > 0x20 && code < 0x7f)) quoted += char
    else if (!unprintable.test(char) && code > 0xa0) quoted += char
    else if (code <= 0xff) quoted += `\\x${code.toString(16).padStart(2, "0")}`
    else if (code <= 0xffff) quoted += `\\u${code.toString(16).padStart(4, "0")}`
    else quoted += `\\U${code.toString(16).padStart(8, "0")}`
  }
  return quoted + mark
}

/**
 * A value as Python's `repr` writes it; maps keep their order.
 *
 * @example
 * import * as StableJson from "@heddle/experiments/StableJson"
 *
 * StableJson.repr([1, "a", null, true]) // => "[1, 'a', None, True]"
 *
 * @category conversions
 */
export const repr = (value: Value): string => {
  if (value === null) return "None"
  switch (typeof value) {
    case "string":
      return reprText(value)
    case "number":
      return Number.isSafeInteger(value) && !Object.is(value, -0) ? String(value) : floatText(value)
    case "boolean":
      return value ? "True" : "False"
    case "bigint":
      return value.toString()
    default:
  }
  if (value instanceof Float) return floatText(value.value)
  if (value instanceof Timestamp) return reprTimestamp(value)
  if (isMap(value)) return `{${Array.from(value, ([key, item]) => `${reprText(key)}: ${repr(item)}`).join(", ")}}`
  return `[${value.map(repr).join(", ")}]`
}

/** `datetime.date(2026, 1, 1)`; a time with its parts, and its zone as text, for people to read. */
const reprTimestamp = (value: Timestamp): string => {
  const parts = value.text.match(/\d+/g) ?? []
  if (value.kind === "date") return `datetime.date(${parts.map(Number).join(", ")})`
  return `datetime.datetime(${reprText(value.text)})`
}

/** A value as Python's `str` gives it: texts as they are, all else as `repr`. @category conversions */
export const str = (value: Value): string =>
  typeof value === "string" ? value : value instanceof Timestamp ? value.text : repr(value)
