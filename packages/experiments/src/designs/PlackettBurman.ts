/**
 * Plackett-Burman designs: up to n - 1 factors at two levels in n runs, n a multiple of 4. Main effects are orthogonal to
 * each other; each is partly mixed with many two-factor interactions, so that an interaction may pass for an effect.
 *
 * 8, 12, 20 and 24 runs are the cyclic ones of Plackett and Burman (1946), the last run all low; the other sizes come from
 * Hadamard matrices.
 *
 * @layer logic
 * @module
 */
import * as Result from "effect/Result"
import type { CodedDesign } from "../Design.ts"
import { DesignError } from "../ExperimentError.ts"
import { hadamardMatrix, hadamardMax, isOrthogonal } from "./HadamardMatrix.ts"
import { lettersOf } from "./TwoLevelFraction.ts"

/** First rows as published; the others follow by shifting to the right. */
const firstRows: ReadonlyMap<number, string> = new Map([
  [8, "+++-+--"],
  [12, "++-+++---+-"],
  [20, "++--++++-+-+----++-"],
  [24, "+++++-+-++--++--+-+----"],
])

/** Sizes that are offered: every multiple of 4 from 4 to 100. */
export const sizes: ReadonlyArray<number> = Array.from({ length: hadamardMax / 4 }, (_, at) => 4 * (at + 1))

/** The smallest size for so many factors, or `undefined` above 99. */
export const sizeFor = (factors: number): number | undefined => sizes.find((runs) => runs > factors)

const cyclic = (text: string): ReadonlyArray<ReadonlyArray<number>> => {
  const first = [...text].map((sign) => (sign === "+" ? 1 : -1))
  const order = first.length
  return [
    ...first.map((_, shift) => first.map((_, place) => first[(place - shift + order) % order] ?? 0)),
    first.map(() => -1),
  ]
}

/** Columns of a Hadamard matrix without the constant one, switched so that the last run is all low. */
const fromHadamard = (runs: number): ReadonlyArray<ReadonlyArray<number>> => {
  const rows = (hadamardMatrix(runs) ?? []).map((row) => row.map((value) => value * (row[0] ?? 1)).slice(1))
  const last = rows.at(-1) ?? []
  return rows.map((row) => row.map((value, place) => -value * (last[place] ?? 1) + 0))
}

/**
 * The coded design for so many factors. Without `runs`, the smallest that has more runs than factors.
 *
 * @category constructors
 */
export const plackettBurman = (factors: number, runs = sizeFor(factors)): Result.Result<CodedDesign, DesignError> => {
  const fail = (problem: string, hints: ReadonlyArray<string>): Result.Result<never, DesignError> =>
    Result.fail(new DesignError({ kind: "plackett_burman", option: "design_spec.options.runs", problem, hints }))
  if (!Number.isSafeInteger(factors) || factors < 1 || factors >= hadamardMax || runs === undefined) {
    return fail(`${factors} factors; a Plackett-Burman design has from 1 to ${hadamardMax - 1}`, ["take fewer factors"])
  }
  if (!sizes.includes(runs)) {
    const below = sizes.filter((size) => size < runs && size > factors).at(-1)
    const above = sizes.find((size) => size > runs && size > factors)
    return fail(`${runs} runs; there is one for every multiple of 4 from 4 to ${hadamardMax}`, [
      `the nearest sizes are ${[below, above].filter((size) => size !== undefined).join(" and ")}`,
    ])
  }
  if (runs <= factors) {
    return fail(`${factors} factors need more than ${runs} runs`, [`take runs: ${sizeFor(factors) ?? hadamardMax}`])
  }
  const first = firstRows.get(runs)
  const all = first === undefined ? fromHadamard(runs) : cyclic(first)
  const rows = all.map((row) => row.slice(0, factors))
  if (rows.length !== runs || !isOrthogonal(rows)) return fail(`no design of ${runs} runs is constructed`, [])
  return Result.succeed({ columns: lettersOf(factors), rows })
}
