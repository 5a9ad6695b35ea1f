/**
 * A regular two-level fraction: 2^m runs, where the column of each factor is a product of m basic columns. From the
 * columns follow the table of runs, the defining words, the word length pattern and the resolution.
 *
 * A column is a number whose bit j says that basic column j is in the product; a sign of -1 switches the levels.
 *
 * @layer logic
 * @module
 */
import * as Result from "effect/Result"
import type { CodedDesign } from "../Design.ts"
import { DesignError } from "../ExperimentError.ts"
import { nearestName } from "../internal/nearestName.ts"

/** A sign of a column. @category models */
export type Sign = 1 | -1

/** A regular two-level fraction. @category models */
export interface TwoLevelFraction {
  /** Names of the factors, as they stand in words. */
  readonly names: ReadonlyArray<string>
  /** Basic columns; there are 2^bits runs. */
  readonly bits: number
  /** One per factor: the basic columns whose product it is. */
  readonly columns: ReadonlyArray<number>
  /** One per factor. */
  readonly signs: ReadonlyArray<Sign>
}

/** A product of factors that is the same in all runs, by the places of its factors. @category models */
export interface Word {
  readonly factors: ReadonlyArray<number>
  readonly sign: Sign
}

/** Runs of a fraction that is built from options: at most. */
export const runsMax = 128

/** Factors of a fraction: at most. */
export const factorsMax = 127

/** Words that a list names at most: the shortest ones. */
export const wordsMax = 255

/** Independent generators whose products are all listed; above, words of three and four factors are listed. */
const generatorsListedMax = 8

const letters = "ABCDEFGHJKLMNOPQRSTUVWXYZabcdefghjklmnopqrstuvwxyz"

/** The letter of a factor by its place from 0: `A` to `z` without `I` and `i`, then `F51`, `F52` and so on. */
export const letterOf = (place: number): string => letters[place] ?? `F${place + 1}`

/** The letters of so many factors. */
export const lettersOf = (count: number): ReadonlyArray<string> =>
  Array.from({ length: count }, (_, at) => letterOf(at))

/** Names as one product: `ABC`, or `dose:time` where a name is longer than one character. */
export const productText = (names: ReadonlyArray<string>): string =>
  names.join(names.some((name) => [...name].length !== 1) ? ":" : "")

/** How many bits of a whole number are set. */
export const bitCount = (number: number): number => {
  let count = 0
  for (let rest = number; rest !== 0; rest &= rest - 1) count++
  return count
}

const isNegative = (column: number, run: number): boolean => (bitCount(column & ~run) & 1) === 1

/** The number of runs. */
export const runsOf = (fraction: TwoLevelFraction): number => 2 ** fraction.bits

/** The coded table in standard (Yates) order: the first basic column changes fastest, -1 comes first. */
export const table = (fraction: TwoLevelFraction): CodedDesign => ({
  columns: fraction.names,
  rows: Array.from({ length: runsOf(fraction) }, (_, run) =>
    fraction.columns.map((column, factor) => {
      const sign = fraction.signs[factor] ?? 1
      return isNegative(column, run) ? -sign : sign
    }),
  ),
})

/** The sign of a product of factors, and the basic columns that are left of it. */
export const productOf = (
  fraction: TwoLevelFraction,
  factors: ReadonlyArray<number>,
): { readonly column: number; readonly sign: Sign } => {
  let column = 0
  let sign = 1
  for (const factor of factors) {
    column ^= fraction.columns[factor] ?? 0
    sign *= fraction.signs[factor] ?? 1
  }
  return { column, sign: sign < 0 ? -1 : 1 }
}

/** What is in one of two sets, but not in both. */
const difference = (left: ReadonlySet<number>, right: ReadonlySet<number>): Set<number> => {
  const both = new Set(left)
  for (const item of right) if (!both.delete(item)) both.add(item)
  return both
}

interface Relation {
  /** Places of the factors whose columns are independent. */
  readonly base: ReadonlyArray<number>
  /** For each other factor: the base factors whose product it is. */
  readonly dependent: ReadonlyArray<{ readonly factor: number; readonly of: ReadonlyArray<number> }>
}

/** The first independent factors, and every other factor as a product of these. */
export const relationOf = (fraction: TwoLevelFraction): Relation => {
  const base: Array<number> = []
  const dependent: Array<{ factor: number; of: ReadonlyArray<number> }> = []
  const reduced: Array<{ lead: number; column: number; of: ReadonlySet<number> }> = []
  for (const [factor, column] of fraction.columns.entries()) {
    let rest = column
    let of = new Set<number>()
    for (const row of reduced) {
      if ((rest & row.lead) === 0) continue
      rest ^= row.column
      of = difference(of, row.of)
    }
    if (rest === 0) {
      dependent.push({ factor, of: [...of].sort((a, b) => a - b) })
    } else {
      base.push(factor)
      reduced.push({ lead: 1 << (31 - Math.clz32(rest)), column: rest, of: difference(of, new Set([factor])) })
    }
  }
  return { base, dependent }
}

/** The generators, as in `E=ABCD` or `F=-BCD`: each factor that is a product of the factors before it. */
export const generatorsOf = (fraction: TwoLevelFraction): ReadonlyArray<string> =>
  relationOf(fraction).dependent.map(({ factor, of }) => {
    const { sign } = productOf(fraction, [factor, ...of])
    const right = of.length === 0 ? "1" : productText(of.map((place) => fraction.names[place] ?? ""))
    return `${fraction.names[factor] ?? ""}=${sign < 0 ? "-" : ""}${right}`
  })

/** A word as text, with a minus in front where it is negative. */
export const wordText = (names: ReadonlyArray<string>, word: Word): string =>
  `${word.sign < 0 ? "-" : ""}${productText(word.factors.map((place) => names[place] ?? ""))}`

const byLengthThenPlace = (left: Word, right: Word): number => {
  if (left.factors.length !== right.factors.length) return left.factors.length - right.factors.length
  for (const [at, factor] of left.factors.entries()) {
    const other = right.factors[at] ?? factor
    if (factor !== other) return factor - other
  }
  return 0
}

const allWords = (fraction: TwoLevelFraction): Array<Word> => {
  let sets: Array<ReadonlySet<number>> = [new Set()]
  for (const { factor, of } of relationOf(fraction).dependent) {
    const generator = new Set([factor, ...of])
    sets = sets.flatMap((set) => [set, difference(set, generator)])
  }
  return sets
    .filter((set) => set.size > 0)
    .map((set) => {
      const factors = [...set].sort((a, b) => a - b)
      return { factors, sign: productOf(fraction, factors).sign }
    })
    .sort(byLengthThenPlace)
}

const shortWords = (fraction: TwoLevelFraction, max: number): Array<Word> => {
  const words: Array<Word> = []
  const count = fraction.columns.length
  const placeOf = new Map(fraction.columns.map((column, place) => [column, place]))
  const column = (place: number): number => fraction.columns[place] ?? 0
  const add = (factors: ReadonlyArray<number>): void => {
    words.push({ factors, sign: productOf(fraction, factors).sign })
  }
  for (let a = 0; a < count; a++) {
    for (let b = a + 1; b < count && words.length < max; b++) {
      const c = placeOf.get(column(a) ^ column(b))
      if (c !== undefined && c > b) add([a, b, c])
    }
  }
  for (let a = 0; a < count; a++) {
    for (let b = a + 1; b < count; b++) {
      for (let c = b + 1; c < count && words.length < max; c++) {
        const d = placeOf.get(column(a) ^ column(b) ^ column(c))
        if (d !== undefined && d > c) add([a, b, c, d])
      }
    }
  }
  return words
}

/**
 * The words of the defining relation, shortest first. Above eight generators only words of three and four factors are
 * named, and never more than `max`; `complete` says whether all are.
 */
export const definingWords = (
  fraction: TwoLevelFraction,
  max = wordsMax,
): { readonly words: ReadonlyArray<Word>; readonly complete: boolean } => {
  const generators = fraction.columns.length - relationOf(fraction).base.length
  if (generators > generatorsListedMax) return { words: shortWords(fraction, max), complete: false }
  const words = allWords(fraction)
  return { words: words.slice(0, max), complete: words.length <= max }
}

/**
 * How many words have each length from 0 to `lengthMax`: entry 4 is the number of words of four factors. Exact; from the
 * distribution of the runs' weights by the identity of MacWilliams.
 */
export const wordLengthPattern = (fraction: TwoLevelFraction, lengthMax = 8): ReadonlyArray<number> => {
  const count = fraction.columns.length
  const runs = runsOf(fraction)
  const weights = new Map<number, number>()
  for (let run = 0; run < runs; run++) {
    let weight = 0
    for (const column of fraction.columns) weight += bitCount(column & run) & 1
    weights.set(weight, (weights.get(weight) ?? 0) + 1)
  }
  const length = Math.min(lengthMax, count)
  const pattern = Array.from({ length: length + 1 }, () => 0n)
  for (const [weight, times] of weights) {
    // The coefficients of (1 - z)^weight (1 + z)^(count - weight).
    const coefficients = [1n, ...Array.from({ length }, () => 0n)]
    for (let factor = 0; factor < count; factor++) {
      const sign = factor < weight ? -1n : 1n
      for (let at = length; at > 0; at--) {
        coefficients[at] = (coefficients[at] ?? 0n) + sign * (coefficients[at - 1] ?? 0n)
      }
    }
    for (const [at, coefficient] of coefficients.entries()) {
      pattern[at] = (pattern[at] ?? 0n) + BigInt(times) * coefficient
    }
  }
  return pattern.map((sum) => Number(sum / BigInt(runs)))
}

/** The length of the shortest defining word, or `undefined` for a full factorial, which has none. */
export const resolutionOf = (fraction: TwoLevelFraction): number | undefined => {
  const pattern = wordLengthPattern(fraction, fraction.columns.length)
  const length = pattern.findIndex((words, at) => at > 0 && words > 0)
  return length < 0 ? undefined : length
}

/** Resolution as it is written: `III`, `IV`, `V`. */
export const roman = (resolution: number): string => {
  const numerals = ["", "I", "II", "III", "IV", "V", "VI", "VII", "VIII", "IX", "X"]
  return numerals[resolution] ?? String(resolution)
}

/** The fraction whose first `bits` factors are basic, and whose others have these columns. */
export const fromColumns = (bits: number, columns: ReadonlyArray<number>): TwoLevelFraction => ({
  names: lettersOf(columns.length),
  bits,
  columns,
  signs: columns.map(() => 1),
})

const generatorError = (problem: string, hints: ReadonlyArray<string> = []): DesignError =>
  new DesignError({
    kind: "fractional_factorial",
    option: "design_spec.options.generators",
    problem,
    hints: hints.length > 0 ? hints : ["write each generator as E=ABCD or F=-BCD, or ask for a resolution instead"],
  })

/** The names on the right of a generator: `ABC`, `A*B*C`, `dose:time`. */
const splitProduct = (text: string, known: ReadonlyMap<string, number>): ReadonlyArray<string> => {
  const trimmed = text.trim()
  if (known.has(trimmed)) return [trimmed]
  if (/[:*]/u.test(trimmed)) return trimmed.split(/[:*]/u).map((name) => name.trim())
  return [...trimmed.replace(/\s+/gu, "")]
}

/** A generator is no longer than this. */
const generatorLengthMax = 2_000

/**
 * The fraction of explicit generators. `E=ABCD` makes factor E the product of A, B, C and D, `F=-BCD` the switched one.
 * A factor may be named by its letter or by its own name (then with `*` or `:` between names). All other factors are
 * basic: there are 2^(factors - generators) runs.
 */
export const fromGenerators = (options: {
  readonly factors: number
  readonly generators: ReadonlyArray<string>
  /** Own names of the factors; letters are known besides, where no factor has that letter as its name. */
  readonly names?: ReadonlyArray<string>
}): Result.Result<TwoLevelFraction, DesignError> => {
  const { factors, generators } = options
  if (!Number.isSafeInteger(factors) || factors < 1 || factors > factorsMax) {
    return Result.fail(generatorError(`${factors} factors; a fraction has from 1 to ${factorsMax}`))
  }
  const names = options.names ?? lettersOf(factors)
  const known = new Map<string, number>(lettersOf(factors).map((letter, place) => [letter, place]))
  for (const [place, name] of names.entries()) known.set(name, place)
  const unknownName = (name: string, text: string): DesignError => {
    const nearest = nearestName(name, known.keys())
    return generatorError(
      `${JSON.stringify(text.slice(0, 60))}: ${JSON.stringify(name.slice(0, 60))} is no factor${
        nearest === undefined ? "" : `; did you mean ${JSON.stringify(nearest)}?`
      }`,
      [
        `the factors are ${names
          .map((own, place) => (own === letterOf(place) ? own : `${letterOf(place)} (${own})`))
          .join(", ")
          .slice(0, 400)}`,
      ],
    )
  }
  const parsed: Array<{ factor: number; sign: Sign; of: ReadonlySet<number>; text: string }> = []
  const seen = new Map<number, string>()
  if (generators.length > factors)
    return Result.fail(generatorError(`${generators.length} generators for ${factors} factors`))
  for (const text of generators) {
    const parts = text.slice(0, generatorLengthMax + 1).split("=")
    const [left = "", right = ""] = parts
    if (text.length > generatorLengthMax || parts.length !== 2 || left.trim() === "" || right.trim() === "") {
      return Result.fail(generatorError(`${JSON.stringify(text.slice(0, 60))} is no generator`))
    }
    const factor = known.get(left.trim())
    if (factor === undefined) return Result.fail(unknownName(left.trim(), text))
    const before = seen.get(factor)
    if (before !== undefined) {
      return Result.fail(
        generatorError(
          before === text
            ? `${JSON.stringify(text)} stands twice`
            : `${JSON.stringify(before)} and ${JSON.stringify(text)} contradict each other: both say what ${left.trim()} is`,
        ),
      )
    }
    seen.set(factor, text)
    const signed = /^\s*([+-]?)(.*)$/su.exec(right)
    const of = new Set<number>()
    for (const name of splitProduct(signed?.[2] ?? "", known)) {
      const place = known.get(name)
      if (place === undefined) return Result.fail(unknownName(name, text))
      if (place === factor) return Result.fail(generatorError(`${JSON.stringify(text)} names ${left.trim()} itself`))
      if (of.has(place)) return Result.fail(generatorError(`${JSON.stringify(text)} names ${name} twice`))
      of.add(place)
    }
    if (of.size < 2) {
      return Result.fail(
        generatorError(
          `${JSON.stringify(text)} makes two factors the same column: their effects could never be told apart`,
        ),
      )
    }
    parsed.push({ factor, sign: signed?.[1] === "-" ? -1 : 1, of, text })
  }
  const bits = factors - parsed.length
  if (bits < 1 || 2 ** bits > runsMax) {
    return Result.fail(
      generatorError(
        `${factors} factors and ${parsed.length} generators make ${2 ** bits} runs; a fraction has from 4 to ${runsMax}`,
      ),
    )
  }
  const columns = new Map<number, { column: number; sign: Sign }>()
  let basic = 0
  for (let place = 0; place < factors; place++) {
    if (!seen.has(place)) columns.set(place, { column: 1 << basic++, sign: 1 })
  }
  let waiting = parsed
  while (waiting.length > 0) {
    const next: typeof parsed = []
    for (const generator of waiting) {
      const parts = [...generator.of].map((place) => columns.get(place))
      if (parts.includes(undefined)) {
        next.push(generator)
        continue
      }
      let column = 0
      let sign: number = generator.sign
      for (const part of parts) {
        column ^= part?.column ?? 0
        sign *= part?.sign ?? 1
      }
      if (column === 0) return Result.fail(generatorError(`${JSON.stringify(generator.text)} makes a factor constant`))
      for (const [place, other] of columns) {
        if (other.column === column) {
          return Result.fail(
            generatorError(
              `${JSON.stringify(generator.text)} makes ${names[generator.factor] ?? ""} the same column as ${names[place] ?? ""}: their effects could never be told apart`,
            ),
          )
        }
      }
      columns.set(generator.factor, { column, sign: sign < 0 ? -1 : 1 })
    }
    if (next.length === waiting.length) {
      return Result.fail(
        generatorError(
          `${next
            .map((one) => JSON.stringify(one.text))
            .join(", ")
            .slice(0, 300)} define each other in a circle`,
        ),
      )
    }
    waiting = next
  }
  return Result.succeed({
    names,
    bits,
    columns: Array.from({ length: factors }, (_, place) => columns.get(place)?.column ?? 0),
    signs: Array.from({ length: factors }, (_, place) => columns.get(place)?.sign ?? 1),
  })
}
