/**
 * Which effects a two-level fraction cannot tell apart. Effects share a column, up to a sign, exactly where their product
 * is a defining word; from one run of the fraction only the sum of such effects can be had.
 *
 * @layer logic
 * @module
 */
import type { AliasSet } from "../Design.ts"
import { type Sign, type TwoLevelFraction, type Word, productOf, wordText } from "./TwoLevelFraction.ts"

/** Effects that an alias table compares at most. */
export const effectsMax = 400_000

/** How many effects of 1 to `order` factors there are. */
export const effectsCount = (factors: number, order: number): number => {
  let count = 0
  let combinations = 1
  for (let size = 1; size <= Math.min(order, factors); size++) {
    combinations = (combinations * (factors - size + 1)) / size
    count += combinations
  }
  return count
}

/** All effects of exactly so many factors, by the places of these. */
export const effectsOf = (factors: number, size: number): ReadonlyArray<ReadonlyArray<number>> => {
  let effects: ReadonlyArray<ReadonlyArray<number>> = [[]]
  for (let step = 0; step < size; step++) {
    effects = effects.flatMap((effect) => {
      const first = (effect.at(-1) ?? -1) + 1
      return Array.from({ length: Math.max(0, factors - first) }, (_, at) => [...effect, first + at])
    })
  }
  return effects
}

interface Column {
  readonly effects: Array<Word>
  /** True where the effects cannot be told apart from the mean. */
  readonly constant: boolean
}

/** The columns that carry an effect of 1 to `order` factors, with all such effects, lowest first. */
const columnsOf = (fraction: TwoLevelFraction, order: number): ReadonlyMap<number, Column> => {
  const columns = new Map<number, Column>()
  const factors = fraction.columns.length
  let largest = order
  while (largest > 1 && effectsCount(factors, largest) > effectsMax) largest--
  for (let size = 1; size <= Math.min(largest, factors); size++) {
    for (const effect of effectsOf(factors, size)) {
      const { column, sign } = productOf(fraction, effect)
      let entry = columns.get(column)
      if (entry === undefined) columns.set(column, (entry = { effects: [], constant: column === 0 }))
      entry.effects.push({ factors: effect, sign })
    }
  }
  return columns
}

const relative = (word: Word, to: Sign): Word => ({ factors: word.factors, sign: word.sign === to ? 1 : -1 })

/**
 * The alias table: one set for each column that carries an effect of up to `order` factors, named by its lowest effect.
 * A set without aliases is an effect that stands alone at this order. A minus in front says that the effect is
 * subtracted. Above {@link effectsMax} effects the order is lowered.
 */
export const aliasTable = (fraction: TwoLevelFraction, order = 2): ReadonlyArray<AliasSet> =>
  Array.from(columnsOf(fraction, order).values(), ({ constant, effects }) => {
    const [first] = effects
    const text = (word: Word): string => wordText(fraction.names, relative(word, first?.sign ?? 1))
    return constant
      ? { effect: "mean", aliases: effects.map((word) => wordText(fraction.names, word)) }
      : { effect: first === undefined ? "" : text(first), aliases: effects.slice(1).map(text) }
  })

/** The effects of up to `order` factors that share the column of one effect, signs relative to it. */
export const aliasesOf = (
  fraction: TwoLevelFraction,
  effect: ReadonlyArray<number>,
  order = 2,
): ReadonlyArray<string> => {
  const own = productOf(fraction, effect)
  const key = effect.join()
  return (columnsOf(fraction, order).get(own.column)?.effects ?? [])
    .filter((word) => word.factors.join() !== key)
    .map((word) => wordText(fraction.names, relative(word, own.sign)))
}

/** For each effect of exactly `size` factors that shares its column: the effects of up to `order` factors in it. */
export const aliasesOfSize = (
  fraction: TwoLevelFraction,
  size: number,
  order = size,
): ReadonlyMap<string, ReadonlyArray<string>> => {
  const found = new Map<string, ReadonlyArray<string>>()
  for (const { effects } of columnsOf(fraction, Math.max(size, order)).values()) {
    if (effects.length < 2) continue
    for (const effect of effects) {
      if (effect.factors.length !== size) continue
      found.set(
        wordText(fraction.names, { factors: effect.factors, sign: 1 }),
        effects.filter((word) => word !== effect).map((word) => wordText(fraction.names, relative(word, effect.sign))),
      )
    }
  }
  return found
}

/** Main effects and two-factor interactions by how far they stand clear. @category models */
export interface ClearEffects {
  /** Share no column with any other main effect or two-factor interaction. */
  readonly clear: ReadonlyArray<string>
  /** Those of `clear` that share none with a three-factor interaction either. */
  readonly strong: ReadonlyArray<string>
  /** All others. */
  readonly aliased: ReadonlyArray<string>
}

const threeFactorColumns = (fraction: TwoLevelFraction): ReadonlySet<number> => {
  const columns = new Set<number>()
  for (const [a, first] of fraction.columns.entries()) {
    for (const [b, second] of fraction.columns.slice(a + 1).entries()) {
      for (const third of fraction.columns.slice(a + b + 2)) columns.add(first ^ second ^ third)
    }
  }
  return columns
}

/** Sorts main effects and two-factor interactions into clear ones and aliased ones. */
export const clearEffects = (fraction: TwoLevelFraction): ClearEffects => {
  const clear: Array<string> = []
  const strong: Array<string> = []
  const aliased: Array<string> = []
  const ofThree = threeFactorColumns(fraction)
  for (const [column, { constant, effects }] of columnsOf(fraction, 2)) {
    const names = effects.map((word) => wordText(fraction.names, { factors: word.factors, sign: 1 }))
    if (effects.length > 1 || constant) {
      aliased.push(...names)
    } else {
      clear.push(...names)
      if (!ofThree.has(column)) strong.push(...names)
    }
  }
  return { clear, strong, aliased }
}
