/**
 * What a plain scalar of YAML 1.1 is: the rules by which PyYAML's `safe_load` reads `yes` as true, `017` as 15, `1:30` as
 * 90 and `1e3` as text.
 *
 * @layer logic
 * @module
 */
import { floatText } from "../StableJson.ts"
import * as Value from "../Value.ts"

/** The most digits of a whole number in decimal; Python's own bound. */
export const integerDigitsMax = 4300

/** The types that a plain scalar can have by its look alone. */
export type ScalarKind = "null" | "bool" | "int" | "float" | "timestamp" | "merge" | "value" | "str"

const boolPattern = /^(?:yes|Yes|YES|no|No|NO|true|True|TRUE|false|False|FALSE|on|On|ON|off|Off|OFF)$/
const nullPattern = /^(?:~|null|Null|NULL)?$/
const floatPatterns = [
  /^[-+]?[0-9][0-9_]*\.[0-9_]*(?:[eE][-+][0-9]+)?$/,
  /^\.[0-9][0-9_]*(?:[eE][-+][0-9]+)?$/,
  /^[-+]?[0-9][0-9_]*(?::[0-5]?[0-9])+\.[0-9_]*$/,
  /^[-+]?\.(?:inf|Inf|INF)$/,
  /^\.(?:nan|NaN|NAN)$/,
]
const intPatterns = [
  /^[-+]?0b[01_]+$/,
  /^[-+]?0[0-7_]+$/,
  /^[-+]?(?:0|[1-9][0-9_]*)$/,
  /^[-+]?0x[0-9a-fA-F_]+$/,
  /^[-+]?[1-9][0-9_]*(?::[0-5]?[0-9])+$/,
]
const datePattern = /^[0-9]{4}-[0-9]{2}-[0-9]{2}$/
const timePattern =
  /^([0-9]{4})-([0-9]{1,2})-([0-9]{1,2})(?:(?:[Tt]|[ \t]+)([0-9]{1,2}):([0-9]{2}):([0-9]{2})(?:\.([0-9]*))?(?:[ \t]*(Z|([-+])([0-9]{1,2})(?::([0-9]{2}))?))?)?$/

const digitFirst = (text: string): boolean => {
  const code = text.charCodeAt(0)
  return code >= 0x30 && code <= 0x39
}

/** The type of a scalar that stands without quotes and without a tag. */
export const kindOf = (text: string): ScalarKind => {
  if (nullPattern.test(text)) return "null"
  if (boolPattern.test(text)) return "bool"
  const first = text.charAt(0)
  if (digitFirst(text) || first === "-" || first === "+" || first === ".") {
    if (floatPatterns.some((pattern) => pattern.test(text))) return "float"
    if (intPatterns.some((pattern) => pattern.test(text))) return "int"
    if (digitFirst(text) && (datePattern.test(text) || isTime(text))) return "timestamp"
  }
  return text === "<<" ? "merge" : text === "=" ? "value" : "str"
}

const isTime = (text: string): boolean => {
  const found = timePattern.exec(text)
  // Without a time of day, month and day need two digits each.
  return found !== null && found[4] !== undefined
}

const sexagesimal = <N>(text: string, convert: (part: string) => N, add: (sum: N, part: N) => N, zero: N): N =>
  text.split(":").reduce((sum, part) => add(sum, convert(part)), zero)

/** A whole number by the rules of PyYAML; `undefined` where it is none. */
export const intOf = (written: string): number | bigint | undefined => {
  const found = /^([-+]?)(.+)$/.exec(written.replaceAll("_", ""))
  if (found === null) return undefined
  const [, sign, digits = ""] = found
  const size = magnitude(digits)
  return size === undefined ? undefined : Value.integer(sign === "-" ? -size : size)
}

const magnitude = (digits: string): bigint | undefined => {
  if (digits.length > integerDigitsMax) return undefined
  if (/^0b[01]+$/.test(digits) || /^0x[0-9a-fA-F]+$/.test(digits)) return BigInt(digits)
  if (/^0[0-7]*$/.test(digits)) return BigInt(`0o${digits}`)
  if (/^[1-9][0-9]*$/.test(digits)) return BigInt(digits)
  if (!/^[0-9]+(?::[0-9]+)+$/.test(digits)) return undefined
  return sexagesimal(digits, BigInt, (sum, part) => sum * 60n + part, 0n)
}

/** A floating-point number by the rules of PyYAML; `undefined` where it is none. */
export const floatOf = (written: string): number | Value.Float | undefined => {
  const text = written.replaceAll("_", "").toLowerCase()
  const sign = text.startsWith("-") ? -1 : 1
  const digits = text.replace(/^[-+]/, "")
  if (digits === ".inf" || digits === "inf" || digits === "infinity") return sign * Infinity
  if (digits === ".nan" || digits === "nan") return NaN
  const parts = digits.split(":")
  if (!parts.every((part) => /^(?:[0-9]+(?:\.[0-9]*)?|\.[0-9]+)(?:e[-+]?[0-9]+)?$/.test(part))) return undefined
  // From the last part up, as PyYAML adds them: the order decides the last digit.
  let size = 0
  let base = 1
  for (const part of parts.reverse()) {
    size += Number(part) * base
    base *= 60
  }
  return Value.float(sign * size)
}

/** A truth value by its word, in any case; `undefined` where it is none. */
export const boolOf = (written: string): boolean | undefined => {
  const word = written.toLowerCase()
  if (word === "yes" || word === "true" || word === "on") return true
  return word === "no" || word === "false" || word === "off" ? false : undefined
}

const two = (number: number): string => String(number).padStart(2, "0")

const daysIn = (year: number, month: number): number =>
  month === 2
    ? year % 4 === 0 && (year % 100 !== 0 || year % 400 === 0)
      ? 29
      : 28
    : month === 4 || month === 6 || month === 9 || month === 11
      ? 30
      : 31

/** A date or time with the text that Python's `str` gives it; a sentence where there is no such day or time. */
export const timestampOf = (written: string): Value.Timestamp | string => {
  const found = timePattern.exec(written)
  if (found === null) return "is no date or time"
  const [year = 0, month = 0, day = 0, hour = 0, minute = 0, second = 0] = found
    .slice(1, 7)
    .map((part) => Number(part ?? 0))
  if (year < 1 || month < 1 || month > 12 || day < 1 || day > daysIn(year, month)) return "is no day of the calendar"
  const date = `${String(year).padStart(4, "0")}-${two(month)}-${two(day)}`
  if (found[4] === undefined) return new Value.Timestamp("date", date)
  if (hour > 23 || minute > 59 || second > 59) return "is no time of day"
  const micros = (found[7] ?? "").slice(0, 6).padEnd(6, "0")
  const fraction = micros === "000000" ? "" : `.${micros}`
  const zone = found[8]
  const offset = Number(found[10] ?? 0) * 60 + Number(found[11] ?? 0)
  if (offset >= 24 * 60) return "has a time zone of a day or more"
  const zoneSign = found[9] === "-" && offset > 0 ? "-" : "+"
  const zoneText = zone === undefined ? "" : `${zoneSign}${two(Math.floor(offset / 60))}:${two(offset % 60)}`
  return new Value.Timestamp("datetime", `${date} ${two(hour)}:${two(minute)}:${two(second)}${fraction}${zoneText}`)
}

/** The text of a key that is no text: what Python's `str` gives. */
export const keyText = (key: Value.Value): string => {
  if (typeof key === "string") return key
  if (key === null) return "None"
  if (typeof key === "boolean") return key ? "True" : "False"
  if (key instanceof Value.Timestamp) return key.text
  if (Value.isInteger(key)) return String(key)
  return floatText(Value.toNumber(key) ?? NaN)
}

/** Equal exactly for keys that are one key in Python: `1`, `1.0` and `true` are. */
export const keyIdentity = (key: Value.Value): string => {
  if (typeof key === "string") return `text ${key}`
  if (key === null) return "none"
  if (typeof key === "boolean") return `number ${key ? 1 : 0}`
  if (key instanceof Value.Timestamp) return `${key.kind} ${key.text}`
  const number = Value.toNumber(key) ?? NaN
  if (Value.isInteger(key)) return `number ${key}`
  return Number.isInteger(number) ? `number ${BigInt(number)}` : `number ${number}`
}
