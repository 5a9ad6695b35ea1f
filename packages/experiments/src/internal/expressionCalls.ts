/**
 * The functions of expressions: `len`, `int`, `float`, `str`, `bool`, with the results and faults that Python's have.
 *
 * @layer logic
 * @module
 */
import { toFloat } from "./expressionArithmetic.ts"
import { Fault, wrongType } from "./expressionFault.ts"
import type { FunctionName } from "./expressionParse.ts"
import { type Budget, Dict, type Py, Sequence, numeric, textOf, truth, typeName } from "./expressionValues.ts"

const integerDigitsMax = 4300

const badValue = (problem: string): Fault => new Fault("value", "ValueError", problem)

/** White space as Python's `str.strip` takes it away: JavaScript's, less U+FEFF, and five control characters. */
const isSpace = (char: string): boolean => {
  const code = char.charCodeAt(0)
  return (code >= 0x1c && code <= 0x1f) || code === 0x85 || (code !== 0xfeff && char.trim() === "")
}

/** Without white space at both ends, in one pass from each. */
const strip = (text: string, budget: Budget): string => {
  budget.spendSize(text.length)
  let start = 0
  let end = text.length
  while (start < end && isSpace(text.charAt(start))) start++
  while (end > start && isSpace(text.charAt(end - 1))) end--
  return text.slice(start, end)
}

const shown = (text: string): string => JSON.stringify(text.length > 40 ? `${text.slice(0, 40)}…` : text)

const prefixBases: Readonly<Record<string, number>> = { "0x": 16, "0o": 8, "0b": 2 }

const parseWhole = (text: string, base: number, budget: Budget): bigint => {
  const bad = (): Fault => badValue(`int: ${shown(text)} is no whole number${base === 10 ? "" : ` in base ${base}`}`)
  const found = /^([-+]?)(0[xXoObB](?=_?[0-9a-zA-Z]))?_?(.+)$/s.exec(strip(text, budget))
  if (found === null) throw bad()
  const [all, sign = "", prefix = "", rest = ""] = found
  const prefixBase = prefixBases[prefix.toLowerCase()]
  const prefixed = prefixBase !== undefined && (base === 0 || base === prefixBase)
  const digits = prefixed ? rest : all.slice(sign.length)
  const radix = prefixed ? prefixBase : base === 0 ? 10 : base
  if (!/^[0-9a-zA-Z]+(?:_[0-9a-zA-Z]+)*$/.test(digits)) throw bad()
  const plain = digits.replaceAll("_", "").toLowerCase()
  if (base === 0 && !prefixed && /^0+[1-9]/.test(plain)) throw bad()
  if (plain.length > integerDigitsMax) throw badValue(`int: more than ${integerDigitsMax} digits`)
  let size = 0n
  for (const digit of radix === 10 ? "" : plain) {
    const value = Number.parseInt(digit, 36)
    if (value >= radix) throw bad()
    size = size * BigInt(radix) + BigInt(value)
  }
  if (radix === 10) {
    if (!/^[0-9]+$/.test(plain)) throw bad()
    size = BigInt(plain)
  }
  return sign === "-" ? -size : size
}

const int = (value: Py, base: Py | undefined, budget: Budget): Py => {
  if (base !== undefined) {
    if (typeof value !== "string") throw wrongType("int with a base needs a text")
    const radix = numeric(base)
    if (typeof radix !== "bigint") throw wrongType(`int: the base is a whole number, not ${typeName(base)}`)
    if (radix !== 0n && (radix < 2n || radix > 36n)) throw badValue("int: the base is 0 or 2 to 36")
    return parseWhole(value, Number(radix), budget)
  }
  if (typeof value === "string") return parseWhole(value, 10, budget)
  const number = numeric(value)
  if (number === undefined) throw wrongType(`int: a number or a text, not ${typeName(value)}`)
  if (typeof number === "bigint") return number
  if (Number.isNaN(number)) throw badValue("int: NaN is no whole number")
  if (!Number.isFinite(number)) throw new Fault("value", "OverflowError", "int: infinity is no whole number")
  return BigInt(Math.trunc(number))
}

const floatPattern =
  /^[-+]?(?:[0-9](?:_?[0-9])*(?:\.(?:[0-9](?:_?[0-9])*)?)?|\.[0-9](?:_?[0-9])*)(?:e[-+]?[0-9](?:_?[0-9])*)?$/

const float = (value: Py, budget: Budget): number => {
  const number = numeric(value)
  if (number !== undefined) return toFloat(number)
  if (typeof value !== "string") throw wrongType(`float: a number or a text, not ${typeName(value)}`)
  const text = strip(value, budget).toLowerCase()
  const special = /^([-+]?)(?:(inf|infinity)|nan)$/.exec(text)
  if (special !== null) return special[2] === undefined ? NaN : special[1] === "-" ? -Infinity : Infinity
  if (!floatPattern.test(text)) throw badValue(`float: ${shown(value)} is no number`)
  return Number(text.replaceAll("_", ""))
}

const len = (value: Py, budget: Budget): bigint => {
  if (value instanceof Sequence) return BigInt(value.items.length)
  if (value instanceof Dict) return BigInt(value.entries.size)
  if (typeof value !== "string") throw wrongType(`len: ${typeName(value)} has no length`)
  budget.spendSize(value.length)
  let count = 0
  for (const _ of value) count++
  return BigInt(count)
}

/** Calls a function with the values of its arguments. */
export const call = (name: FunctionName, args: ReadonlyArray<Py>, budget: Budget): Py => {
  budget.spend(1)
  const most = name === "int" ? 2 : 1
  const least = name === "len" ? 1 : 0
  if (args.length > most || args.length < least) {
    throw wrongType(`${name}: ${args.length} arguments, ${least === most ? `needs ${most}` : `takes at most ${most}`}`)
  }
  const first = args[0]
  switch (name) {
    case "len":
      return len(first ?? null, budget)
    case "int":
      return first === undefined ? 0n : int(first, args[1], budget)
    case "float":
      return first === undefined ? 0 : float(first, budget)
    case "str":
      return first === undefined ? "" : textOf(first, budget)
    case "bool":
      return first === undefined ? false : truth(first)
  }
}
