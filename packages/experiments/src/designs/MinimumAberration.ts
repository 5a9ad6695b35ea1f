/**
 * Regular two-level fractions of minimum aberration (fewest short words, compared from the shortest) for 4 to 128 runs
 * and up to one factor fewer than runs; and the smallest fraction that has a wanted resolution.
 *
 * Up to half as many factors as runs, the columns are tabled. Above, a fraction of n runs is all n/2 columns that hold the last
 * basic factor, and the fraction of n/2 runs for the remaining factors: the columns left out then lie as close together
 * as they can, which is what makes aberration small for the columns taken (Tang and Wu 1996; Suen, Chen and Wu 1997).
 *
 * What "minimum aberration" rests on: for every number of factors and runs here, the numbers of words of 3 to 12 factors
 * were compared with the published catalogues (Chen, Sun and Wu 1993; Block and Mee 2005; Xu 2009) and are equal. The
 * search itself proves nothing. Nothing is searched while a study is planned.
 *
 * @layer logic
 * @module
 */
import * as Result from "effect/Result"
import { DesignError } from "../ExperimentError.ts"
import { generatorTable } from "../internal/minimumAberrationTable.ts"
import { type TwoLevelFraction, factorsMax, fromColumns, resolutionOf, roman, runsMax } from "./TwoLevelFraction.ts"

/** Sizes of fractions, smallest first. */
export const sizes: ReadonlyArray<number> = [4, 8, 16, 32, 64, 128]

const error = (option: string, problem: string, hints: ReadonlyArray<string>): DesignError =>
  new DesignError({ kind: "fractional_factorial", option: `design_spec.options.${option}`, problem, hints })

const bitsOf = (runs: number): number => Math.round(Math.log2(runs))

const columnsFor = (factors: number, bits: number): ReadonlyArray<number> => {
  const basic = Array.from({ length: Math.min(bits, factors) }, (_, bit) => 1 << bit)
  if (factors <= bits) return basic
  const generators = generatorTable.get(2 ** bits)?.[factors - bits - 1]
  if (generators !== undefined) return [...basic, ...generators.split(" ").map(Number)]
  const half = 2 ** (bits - 1)
  const lower = columnsFor(factors - half, bits - 1)
  const upper = Array.from({ length: half }, (_, column) => half + column)
  const all = [...lower, ...upper].filter((column) => (column & (column - 1)) !== 0)
  const present = new Set([...lower, ...upper])
  if (basic.every((column) => present.has(column))) return [...basic, ...all.sort((a, b) => a - b)]
  return rebased(bits, [...lower, ...upper])
}

/** The same fraction written with its own first independent columns as the basic ones. */
const rebased = (bits: number, columns: ReadonlyArray<number>): ReadonlyArray<number> => {
  const reduced: Array<{ lead: number; column: number; as: number }> = []
  const others: Array<number> = []
  const split = (column: number): { rest: number; as: number } => {
    let rest = column
    let as = 0
    for (const row of reduced) {
      if ((rest & row.lead) === 0) continue
      rest ^= row.column
      as ^= row.as
    }
    return { rest, as }
  }
  for (const column of columns) {
    const { as, rest } = split(column)
    if (rest === 0) others.push(column)
    else reduced.push({ lead: 1 << (31 - Math.clz32(rest)), column: rest, as: as ^ (1 << reduced.length) })
  }
  return [
    ...Array.from({ length: bits }, (_, bit) => 1 << bit),
    ...others.map((column) => split(column).as).sort((a, b) => a - b),
  ]
}

/**
 * The fraction of minimum aberration for so many factors in so many runs (a power of two from 4 to 128, more than the
 * factors). The full factorial where the runs are 2^factors.
 *
 * @category constructors
 */
export const minimumAberration = (factors: number, runs: number): Result.Result<TwoLevelFraction, DesignError> => {
  if (!sizes.includes(runs)) {
    const nearest = sizes.reduce((best, size) => (Math.abs(size - runs) < Math.abs(best - runs) ? size : best), 4)
    return Result.fail(
      error("runs", `${runs} runs; a two-level fraction has ${sizes.join(", ")}`, [
        `the nearest size is runs: ${nearest}`,
        "plackett_burman has every multiple of 4 up to 100 runs",
      ]),
    )
  }
  if (!Number.isSafeInteger(factors) || factors < 2 || factors > factorsMax) {
    return Result.fail(
      error("runs", `${factors} factors; a two-level fraction has from 2 to ${factorsMax}`, ["take other factors"]),
    )
  }
  const bits = bitsOf(runs)
  if (factors >= runs) {
    return Result.fail(
      error("runs", `${factors} factors need more than ${runs} runs`, [
        `take runs: ${sizes.find((size) => size > factors) ?? runsMax}`,
      ]),
    )
  }
  if (bits > factors) {
    return Result.fail(
      error("runs", `${runs} runs are more than the ${2 ** factors} combinations of ${factors} factors`, [
        `take runs: ${2 ** factors} with design_spec.replicates: ${2 ** (bits - factors)}`,
      ]),
    )
  }
  return Result.succeed(fromColumns(bits, columnsFor(factors, bits)))
}

/** The best resolution of so many factors for each size, `Infinity` for a full factorial. */
export const resolutions = (factors: number): ReadonlyArray<{ readonly runs: number; readonly resolution: number }> =>
  sizes.flatMap((runs) => {
    const fraction = minimumAberration(factors, runs)
    return Result.isFailure(fraction)
      ? []
      : [{ runs, resolution: resolutionOf(fraction.success) ?? Number.POSITIVE_INFINITY }]
  })

/**
 * The smallest fraction whose resolution is at least the wanted one; a full factorial counts as any resolution.
 *
 * @category constructors
 */
export const smallestOfResolution = (
  factors: number,
  resolution: number,
): Result.Result<TwoLevelFraction, DesignError> => {
  if (!Number.isSafeInteger(resolution) || resolution < 3) {
    return Result.fail(
      error("resolution", `${resolution}; a resolution is a whole number from 3 (III)`, [
        "III keeps main effects apart, IV keeps them clear of two-factor interactions, V keeps these apart too",
      ]),
    )
  }
  const known = resolutions(factors)
  const found = known.find((entry) => entry.resolution >= resolution)
  if (found !== undefined) return minimumAberration(factors, found.runs)
  const best = known.at(-1)
  return Result.fail(
    error(
      "resolution",
      best === undefined
        ? `${factors} factors have no two-level fraction of up to ${runsMax} runs`
        : `${factors} factors in up to ${runsMax} runs reach resolution ${roman(best.resolution)}, not ${roman(resolution)}`,
      best === undefined ? ["take from 2 to 127 factors"] : [`take resolution: ${best.resolution}, or fewer factors`],
    ),
  )
}
