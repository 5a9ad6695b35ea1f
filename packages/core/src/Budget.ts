/**
 * A budget: the most that all units of a run may spend of one thing (money, tokens, bytes). A unit reserves its own cap
 * before it starts and settles what it really spent when it ends, so that spent and reserved together never exceed the
 * budget. Plain synchronous accounting, kept by the Runner; nothing waits here.
 *
 * Rounding: sums are carried with twice the digits of a number, so that ten times 0.1 is 1 after any number of units.
 * What is left is the rounding of the amounts themselves (0.1 is not exactly a tenth): a sum may be above the cap by one
 * part in 10^15 and still counts as equal. Where all amounts are integers (bytes, tokens) there is no tolerance at all.
 * What a unit spent is often a sum made by its own code; up to one part in 10^9 above its reservation is rounding, not an
 * overrun, and then the reservation is what counts.
 *
 * @layer logic
 * @module
 */
import type { BudgetReport } from "./Receipt.ts"

/** Share of the cap that a sum may exceed it by: the rounding of amounts like 0.1. */
const sumTolerance = 2 ** -50

/** Share of a reservation that the spent amount may exceed it by: rounding in the unit's own arithmetic. */
const overrunTolerance = 1e-9

/**
 * - `granted`: reserved; the unit may start and must be settled.
 * - `wait`: does not fit beside what is reserved now, but would if running units spend less; ask again after a `settle`.
 * - `never`: does not fit even if no running unit spends anything, or the budget is closed, or the amount is no amount
 *   (negative, not finite).
 *
 * @category models
 */
export type Reservation = "granted" | "wait" | "never"

/**
 * The account of one budget of one run, in that budget's own unit (euros, tokens, bytes). The Runner asks `reserve` before
 * a unit starts and calls `settle` exactly once for each reservation that was `granted`. Nothing here fails.
 *
 * @category models
 */
export interface Budget {
  readonly name: string
  /** The most that may be spent, in the budget's own unit. */
  readonly cap: number
  readonly reserve: (amount: number) => Reservation
  /**
   * Ends a reservation of `reserved` with what was really spent. More than reserved is an overrun: it is recorded in
   * full and the budget closes. An `actual` that is no amount (negative, not finite) counts as the whole reservation and
   * as an overrun: what was spent is not known.
   */
  readonly settle: (reserved: number, actual: number) => void
  /** True after an overrun: nothing is granted any more. */
  readonly closed: () => boolean
  readonly spent: () => number
  readonly reserved: () => number
  readonly report: () => typeof BudgetReport.Type
}

/** A sum with twice the digits of a number: `high` is the sum as a number, `low` what rounding took from it. */
interface Sum {
  high: number
  low: number
}

const add = (sum: Sum, amount: number): void => {
  // Knuth's two-sum: total + error is exactly high + amount.
  const total = sum.high + amount
  const part = total - sum.high
  const error = sum.high - (total - part) + (amount - part) + sum.low
  sum.high = total + error
  sum.low = error - (sum.high - total)
}

/** `a + b + amount - cap`, without losing the small parts to the large ones. */
const excess = (a: Sum, b: Sum, amount: number, cap: number): number => {
  const sum: Sum = { high: a.high, low: a.low }
  add(sum, b.high)
  add(sum, b.low)
  add(sum, amount)
  add(sum, -cap)
  return sum.high + sum.low
}

const isAmount = (amount: number): boolean => Number.isFinite(amount) && amount >= 0

/**
 * Makes a budget of which `alreadySpent` was spent in earlier sessions of the run. A cap or an earlier amount that is
 * negative or not finite is a defect (`RangeError`): the Runner checks its options before.
 *
 * @example
 * import * as Budget from "@heddle/core/Budget"
 *
 * const money = Budget.make("money", 0.3)
 * money.reserve(0.1) // => "granted"
 * money.reserve(0.2) // => "granted"
 * money.reserve(0.1) // => "wait"
 * money.settle(0.2, 0.05)
 * money.reserve(0.1) // => "granted"
 *
 * @category constructors
 */
export const make = (name: string, cap: number, alreadySpent = 0): Budget => {
  if (!isAmount(cap)) throw new RangeError(`budget ${name}: the cap must be a number of 0 or more, it is ${cap}`)
  if (!isAmount(alreadySpent)) {
    throw new RangeError(`budget ${name}: what was spent before must be a number of 0 or more, it is ${alreadySpent}`)
  }
  const spent: Sum = { high: alreadySpent, low: 0 }
  const reserved: Sum = { high: 0, low: 0 }
  const none: Sum = { high: 0, low: 0 }
  let outstanding = 0
  let overrun = false
  let integral = Number.isSafeInteger(cap) && Number.isSafeInteger(alreadySpent)

  const fits = (beside: Sum, amount: number): boolean =>
    excess(spent, beside, amount, cap) <= (integral && Number.isSafeInteger(amount) ? 0 : cap * sumTolerance)

  return {
    name,
    cap,
    reserve: (amount) => {
      if (overrun || !isAmount(amount) || !fits(none, amount)) return "never"
      if (!fits(reserved, amount)) return "wait"
      integral &&= Number.isSafeInteger(amount)
      add(reserved, amount)
      outstanding++
      return "granted"
    },
    settle: (amount, actual) => {
      outstanding--
      if (outstanding > 0) add(reserved, -amount)
      else {
        outstanding = 0
        reserved.high = 0
        reserved.low = 0
      }
      const tolerance = Number.isSafeInteger(amount) && Number.isSafeInteger(actual) ? 0 : amount * overrunTolerance
      const over = !isAmount(actual) || actual > amount + tolerance
      if (over) overrun = true
      const counted = isAmount(actual) && (over || actual < amount) ? actual : amount
      integral &&= Number.isSafeInteger(counted)
      add(spent, counted)
    },
    closed: () => overrun,
    spent: () => spent.high,
    reserved: () => reserved.high,
    report: () => ({ name, cap, spent: spent.high, overrun }),
  }
}
