/**
 * Fold-over: a second fraction with the levels of some factors switched, run after the first. Folding on all factors
 * removes every defining word of odd length, so resolution III becomes IV; folding on one factor removes the words that
 * hold it, so its main effect and all its interactions come clear of the rest.
 *
 * @layer logic
 * @module
 */
import type { TwoLevelFraction } from "./TwoLevelFraction.ts"

/**
 * The combined fraction of twice as many runs. Its first half is the first fraction in its own order, its second half the
 * same runs with the levels of `factors` (by place; all unless given) switched.
 */
export const foldOver = (
  fraction: TwoLevelFraction,
  factors: ReadonlyArray<number> = fraction.columns.map((_, place) => place),
): TwoLevelFraction => {
  const folded = new Set(factors)
  const half = 2 ** fraction.bits
  return {
    names: fraction.names,
    bits: fraction.bits + 1,
    columns: fraction.columns.map((column, place) => (folded.has(place) ? column | half : column)),
    // In the first half the new basic column is -1: the sign takes that back.
    signs: fraction.signs.map((sign, place) => (folded.has(place) ? (sign === 1 ? -1 : 1) : sign)),
  }
}
