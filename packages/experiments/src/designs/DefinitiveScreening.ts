/**
 * Definitive screening designs (Jones and Nachtsheim 2011, from conference matrices as in Xiao, Lin and Bai 2012): each
 * numeric factor at three levels in about twice as many runs as factors. Main effects are orthogonal to each other and to
 * all squares and two-factor interactions; no two of these are fully mixed.
 *
 * @layer logic
 * @module
 */
import * as Result from "effect/Result"
import type { CodedDesign } from "../Design.ts"
import { DesignError } from "../ExperimentError.ts"
import { conferenceMatrix } from "./HadamardMatrix.ts"
import { lettersOf } from "./TwoLevelFraction.ts"

/** Factors of a design, further columns for fake factors included: at most. */
export const screeningFactorsMax = 50

/** Factors of a design: at least. */
export const screeningFactorsMin = 3

/** Centre points of a design: at most. */
export const centerPointsMax = 1000

/** The order of the conference matrix that so many factors are cut from, or `undefined` where there are too many. */
export const orderFor = (factors: number): number | undefined => {
  for (let order = Math.max(4, factors + (factors % 2)); order <= screeningFactorsMax; order += 2) {
    if (conferenceMatrix(order) !== undefined) return order
  }
  return undefined
}

/**
 * The coded design: for each row of the matrix that row and its mirror image, then the centre points (one unless given).
 * Each of the `fakeFactors` is a column that is made and left out: its runs give degrees of freedom for the error that no
 * effect of the model uses (Jones and Nachtsheim 2017 advise two).
 *
 * @category constructors
 */
export const definitiveScreening = (
  factors: number,
  options: { readonly fakeFactors?: number; readonly centerPoints?: number } = {},
): Result.Result<CodedDesign, DesignError> => {
  const { centerPoints = 1, fakeFactors = 0 } = options
  const fail = (option: string, problem: string, hints: ReadonlyArray<string>): Result.Result<never, DesignError> =>
    Result.fail(new DesignError({ kind: "definitive_screening", option, problem, hints }))
  if (!Number.isSafeInteger(centerPoints) || centerPoints < 1 || centerPoints > centerPointsMax) {
    return fail("design_spec.center_points", `${centerPoints}; from 1 to ${centerPointsMax}`, [
      "without a centre point, squares cannot be told from the mean",
    ])
  }
  if (!Number.isSafeInteger(fakeFactors) || fakeFactors < 0) {
    return fail("design_spec.options.fake_factors", `${fakeFactors} is no number of factors`, ["take 0, 2 or 4"])
  }
  const order =
    Number.isSafeInteger(factors) && factors >= screeningFactorsMin && factors + fakeFactors <= screeningFactorsMax
      ? orderFor(factors + fakeFactors)
      : undefined
  const matrix = order === undefined ? undefined : conferenceMatrix(order)
  if (matrix === undefined) {
    return fail(
      "factors",
      `${factors} factors${fakeFactors > 0 ? ` and ${fakeFactors} fake ones` : ""}; a definitive screening design has from ${screeningFactorsMin} to ${screeningFactorsMax}`,
      ["for two factors take central_composite", "for many factors take plackett_burman"],
    )
  }
  const rows: Array<ReadonlyArray<number>> = []
  for (const whole of matrix) {
    const row = whole.slice(0, factors)
    rows.push(
      row,
      row.map((value) => (value === 0 ? 0 : -value)),
    )
  }
  const center = Array.from({ length: factors }, () => 0)
  for (let point = 0; point < centerPoints; point++) rows.push(center)
  return Result.succeed({ columns: lettersOf(factors), rows })
}
