/**
 * Arithmetic of expressions as Python has it: whole numbers stay exact, `/` gives a float, `%` has the sign of its right
 * side, texts and lists are joined and repeated.
 *
 * @layer logic
 * @module
 */
import { Fault, unsupported, wrongType } from "./expressionFault.ts"
import type { BinaryOperator } from "./expressionParse.ts"
import { type Budget, type Py, Sequence, numeric, sizeMax, typeName, whole } from "./expressionValues.ts"

const zeroDivision = (problem: string): Fault => new Fault("value", "ZeroDivisionError", problem)

/** A whole number as a float; a fault where it is beyond the largest one. */
export const toFloat = (number: bigint | number): number => {
  const float = Number(number)
  if (typeof number === "bigint" && !Number.isFinite(float)) {
    throw new Fault("value", "OverflowError", "a whole number too large for a float")
  }
  return float
}

/** The float nearest to a quotient of whole numbers, however large they are. */
const divideWhole = (left: bigint, right: bigint): number => {
  const a = Number(left)
  const b = Number(right)
  // Both are exact as floats, so one division rounds once.
  if (Number.isSafeInteger(a) && Number.isSafeInteger(b)) return a / b
  const negative = left < 0n !== right < 0n
  const top = left < 0n ? -left : left
  const bottom = right < 0n ? -right : right
  // A quotient of 66 bits or more, its last bit set where there is a rest, rounds as the exact one does.
  const shift = Math.max(0, 66 - (bits(top) - bits(bottom)))
  const quotient = (top << BigInt(shift)) / bottom
  const rest = (top << BigInt(shift)) % bottom === 0n ? 0n : 1n
  const exact = (quotient << 1n) | rest
  const size = scale(exact, -(shift + 1))
  if (!Number.isFinite(size)) throw new Fault("value", "OverflowError", "a quotient too large for a float")
  return negative ? -size : size
}

const bits = (number: bigint): number => number.toString(16).length * 4

/** `number * 2^exponent`, rounded once also where the result is below the smallest normal float. */
const scale = (number: bigint, exponent: number): number => {
  const size = bits(number)
  // Below 2^-1022 fewer digits are kept: cut to those before rounding, with the rest as a last bit.
  const lowest = -1074 - 2
  if (exponent < lowest && size + exponent < -1000) {
    const cut = BigInt(lowest - exponent)
    const kept = number >> cut
    const sticky = kept << cut === number ? kept : kept | 1n
    return roundTo(sticky, 2n) * 2 ** -1074
  }
  // In two steps, as 2^exponent alone may be beyond the floats.
  const half = Math.trunc(exponent / 2)
  return Number(number) * 2 ** half * 2 ** (exponent - half)
}

/** A number of quarters (`places` bits behind the point) as the nearest whole, ties to even. */
const roundTo = (number: bigint, places: bigint): number => {
  const unit = 1n << places
  const floor = number >> places
  const rest = number - (floor << places)
  const up = rest * 2n > unit || (rest * 2n === unit && (floor & 1n) === 1n)
  return Number(up ? floor + 1n : floor)
}

const floorMod = (left: number, right: number): number => {
  const rest = left % right
  if (rest === 0) return right < 0 ? -0 : 0
  return rest < 0 !== right < 0 ? rest + right : rest
}

const numbers = (operator: BinaryOperator, left: bigint | number, right: bigint | number): Py => {
  if ((operator === "/" || operator === "%") && (right === 0n || right === 0)) {
    throw zeroDivision(operator === "/" ? "division by zero" : "remainder of a division by zero")
  }
  if (typeof left === "bigint" && typeof right === "bigint") {
    switch (operator) {
      case "+":
        return whole(left + right)
      case "-":
        return whole(left - right)
      case "*":
        return whole(left * right)
      case "/":
        return divideWhole(left, right)
      case "%": {
        const rest = left % right
        return rest !== 0n && rest < 0n !== right < 0n ? rest + right : rest
      }
    }
  }
  const a = toFloat(left)
  const b = toFloat(right)
  switch (operator) {
    case "+":
      return a + b
    case "-":
      return a - b
    case "*":
      return a * b
    case "/":
      return a / b
    case "%":
      return floorMod(a, b)
  }
}

const repeat = (what: string | Sequence, count: bigint, budget: Budget): Py => {
  const length = typeof what === "string" ? what.length : what.items.length
  if (BigInt.asIntN(64, count) !== count) {
    throw new Fault("value", "OverflowError", "a text or list repeated more often than a number of 64 bits says")
  }
  const times = count < 0n || length === 0 ? 0n : count
  const size = times * BigInt(length)
  budget.spendSize(size > BigInt(sizeMax) ? sizeMax + 1 : Number(size))
  if (typeof what === "string") return what.repeat(Number(times))
  return new Sequence(what.kind, Array.from({ length: Number(times) }, () => what.items).flat())
}

const repeated = (left: Py, right: Py, budget: Budget): Py | undefined => {
  const count = numeric(right)
  if ((typeof left !== "string" && !(left instanceof Sequence)) || typeof count !== "bigint") return undefined
  return repeat(left, count, budget)
}

const joined = (left: Py, right: Py, budget: Budget): Py | undefined => {
  if (typeof left === "string" && typeof right === "string") {
    budget.spendSize(left.length + right.length)
    return left + right
  }
  if (!(left instanceof Sequence) || !(right instanceof Sequence) || left.kind !== right.kind) return undefined
  budget.spendSize(left.items.length + right.items.length)
  return new Sequence(left.kind, [...left.items, ...right.items])
}

/** The result of `left operator right`. */
export const binary = (operator: BinaryOperator, left: Py, right: Py, budget: Budget): Py => {
  budget.spend(1)
  const a = numeric(left)
  const b = numeric(right)
  if (a !== undefined && b !== undefined) return numbers(operator, a, b)
  if (operator === "%" && typeof left === "string") {
    throw unsupported(
      "% on a text (formatting) is not part of the constraint language",
      undefined,
      "join by + and str(…)",
    )
  }
  const result =
    operator === "+"
      ? joined(left, right, budget)
      : operator === "*"
        ? (repeated(left, right, budget) ?? repeated(right, left, budget))
        : undefined
  if (result !== undefined) return result
  throw wrongType(
    `${operator} is not defined between ${typeName(left)} and ${typeName(right)}`,
    operator === "+" ? "use str(…) to join texts, int(…) or float(…) to add numbers" : undefined,
  )
}
