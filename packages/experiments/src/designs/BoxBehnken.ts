/**
 * Box-Behnken designs (Box and Behnken 1960): three levels, all points on the edges of the cube or inside, never at a
 * corner. In each block of the table the factors named are at all combinations of low and high, the others in the middle.
 *
 * @layer logic
 * @module
 */
import * as Result from "effect/Result"
import type { CodedDesign } from "../Design.ts"
import { DesignError } from "../ExperimentError.ts"
import { lettersOf } from "./TwoLevelFraction.ts"

const shifts = (first: ReadonlyArray<number>, order: number): ReadonlyArray<ReadonlyArray<number>> =>
  Array.from({ length: order }, (_, shift) => first.map((place) => (place + shift) % order).sort((a, b) => a - b))

const pairs = (factors: number): ReadonlyArray<ReadonlyArray<number>> =>
  Array.from({ length: factors }, (_, left) =>
    Array.from({ length: factors - left - 1 }, (_, at) => [left, left + at + 1]),
  ).flat()

/** Factors that vary together, block by block, and the published number of centre points. */
const plans: ReadonlyMap<
  number,
  {
    readonly blocks: ReadonlyArray<ReadonlyArray<number>>
    readonly centerPoints: number
    /** Only the half of the combinations whose product is high. */
    readonly half?: boolean
  }
> = new Map([
  [3, { blocks: pairs(3), centerPoints: 3 }],
  [4, { blocks: pairs(4), centerPoints: 3 }],
  [5, { blocks: pairs(5), centerPoints: 6 }],
  [6, { blocks: shifts([0, 1, 3], 6), centerPoints: 6 }],
  [7, { blocks: shifts([0, 1, 3], 7), centerPoints: 6 }],
  [11, { blocks: shifts([1, 3, 4, 5, 9], 11), centerPoints: 12, half: true }],
  [12, { blocks: shifts([0, 1, 4, 6], 12), centerPoints: 12 }],
])

/** Numbers of factors for which there is a design. */
export const boxBehnkenFactors: ReadonlyArray<number> = [...plans.keys()]

/** The published number of centre points. */
export const defaultCenterPoints = (factors: number): number => plans.get(factors)?.centerPoints ?? 0

/**
 * The coded design: the edge points, then the centre points (the published number unless given).
 *
 * @category constructors
 */
export const boxBehnken = (
  factors: number,
  centerPoints = defaultCenterPoints(factors),
): Result.Result<CodedDesign, DesignError> => {
  const plan = plans.get(factors)
  if (plan === undefined) {
    return Result.fail(
      new DesignError({
        kind: "box_behnken",
        option: "factors",
        problem: `${factors} factors; there are designs for ${boxBehnkenFactors.join(", ")}`,
        hints: ["central_composite has from 2 to 11 factors"],
      }),
    )
  }
  const rows: Array<ReadonlyArray<number>> = []
  for (const block of plan.blocks) {
    for (let run = 0; run < 2 ** block.length; run++) {
      const row = Array.from({ length: factors }, () => 0)
      // The first factor of a block changes slowest.
      let product = 1
      for (const [at, factor] of block.entries()) {
        const value = ((run >> (block.length - 1 - at)) & 1) === 0 ? -1 : 1
        row[factor] = value
        product *= value
      }
      if (plan.half !== true || product > 0) rows.push(row)
    }
  }
  const center = Array.from({ length: factors }, () => 0)
  for (let point = 0; point < centerPoints; point++) rows.push(center)
  return Result.succeed({ columns: lettersOf(factors), rows })
}
