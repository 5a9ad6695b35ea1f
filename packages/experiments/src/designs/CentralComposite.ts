/**
 * Central composite designs (Box and Wilson 1951): a two-level core at the corners, two axial points per factor at
 * distance alpha from the centre, and centre points. They estimate a quadratic model.
 *
 * | alpha | distance |
 * |---|---|
 * | `rotatable` | F^(1/4), F corner points: the prediction is equally good in all directions |
 * | `face` | 1: three levels, nothing outside of the levels given |
 * | `inscribed` | rotatable, then all of it shrunk until the axial points are at 1 |
 * | `spherical` | √k: corners and axial points equally far out |
 * | `orthogonal` | squares uncorrelated with each other |
 * | `orthogonal_blocks` | the block of the corners and that of the axial points do not bias the model |
 * | a number | as given |
 *
 * @layer logic
 * @module
 */
import * as Result from "effect/Result"
import type { CodedDesign } from "../Design.ts"
import { DesignError } from "../ExperimentError.ts"
import { smallestOfResolution } from "./MinimumAberration.ts"
import { type TwoLevelFraction, fromColumns, lettersOf, table } from "./TwoLevelFraction.ts"

/** Names of axial distances. */
export const alphaKinds = ["rotatable", "face", "inscribed", "spherical", "orthogonal", "orthogonal_blocks"] as const

/** An axial distance by its name, or as a number. @category models */
export type Alpha = (typeof alphaKinds)[number] | number

/** Factors of a design: at least and at most. The core of 11 factors of resolution V has 128 runs. */
export const compositeFactors = { min: 2, max: 11 } as const

/** Factors up to which the core is the full factorial unless asked otherwise. */
export const fullCoreMax = 4

/** Factors of a core that may be the full factorial: at most. */
const fullCoreFactorsMax = 10

/** The largest axial distance that is accepted. */
export const alphaMax = 100

/** What a point is in the design. @category models */
export type CompositePoint = "factorial" | "axial" | "center"

/** A central composite design. @category models */
export interface CentralComposite extends CodedDesign {
  /** One per row. */
  readonly points: ReadonlyArray<CompositePoint>
  /** One per row: 1 for the corners and their centre points, 2 for the axial points and theirs. */
  readonly parts: ReadonlyArray<1 | 2>
  /** Distance of the axial points in coded units; 1 for face and inscribed. */
  readonly axial: number
  /** Distance of the corners in coded units; below 1 for inscribed. */
  readonly corner: number
  readonly core: TwoLevelFraction
}

/** Centre points for a prediction about as good at the centre as at distance 1 (Box and Hunter 1957). */
export const defaultCenterPoints = (factors: number): number => [5, 6, 7, 6, 9, 14, 13][factors - 2] ?? 10

/** The axial distance of a kind. `inscribed` gives that of the design before it is shrunk. */
export const axialDistance = (
  kind: Exclude<Alpha, number>,
  of: { readonly factors: number; readonly corners: number; readonly centerPoints: readonly [number, number] },
): number => {
  const { centerPoints, corners, factors } = of
  const axial = 2 * factors
  switch (kind) {
    case "rotatable":
    case "inscribed":
      return corners ** 0.25
    case "face":
      return 1
    case "spherical":
      return Math.sqrt(factors)
    case "orthogonal": {
      const runs = corners + axial + centerPoints[0] + centerPoints[1]
      return Math.sqrt((Math.sqrt(corners * runs) - corners) / 2)
    }
    case "orthogonal_blocks":
      return Math.sqrt((corners * (axial + centerPoints[1])) / (2 * (corners + centerPoints[0])))
  }
}

/**
 * The coded design: corners in standard order, their centre points, axial points (low before high), their centre points.
 * Without `blocks` all centre points come last. With blocks, the axial points get half of them, rounded down.
 *
 * @category constructors
 */
export const centralComposite = (options: {
  readonly factors: number
  readonly alpha?: Alpha
  readonly core?: "auto" | "full" | "fraction"
  readonly centerPoints?: number
  readonly blocks?: boolean
}): Result.Result<CentralComposite, DesignError> => {
  const { alpha = "rotatable", blocks = false, core = "auto", factors } = options
  const fail = (option: string, problem: string, hints: ReadonlyArray<string>): Result.Result<never, DesignError> =>
    Result.fail(new DesignError({ kind: "central_composite", option, problem, hints }))
  if (!Number.isSafeInteger(factors) || factors < compositeFactors.min || factors > compositeFactors.max) {
    return fail(
      "factors",
      `${factors} factors; a central composite design has from ${compositeFactors.min} to ${compositeFactors.max}`,
      ["screen the factors first: definitive_screening, plackett_burman"],
    )
  }
  if (core === "full" && factors > fullCoreFactorsMax) {
    return fail("design_spec.options.core", `the full core of ${factors} factors has ${2 ** factors} runs`, [
      "take core: fraction",
    ])
  }
  if (typeof alpha === "number" && !(Number.isFinite(alpha) && alpha > 0 && alpha <= alphaMax)) {
    return fail("design_spec.options.alpha", `${alpha}; an axial distance is above 0 and at most ${alphaMax}`, [
      `or one of ${alphaKinds.join(", ")}`,
    ])
  }
  const full = core === "full" || (core === "auto" && factors <= fullCoreMax)
  const fraction = full
    ? Result.succeed(
        fromColumns(
          factors,
          Array.from({ length: factors }, (_, bit) => 1 << bit),
        ),
      )
    : smallestOfResolution(factors, 5)
  if (Result.isFailure(fraction)) return Result.fail(fraction.failure)
  const corners = table(fraction.success).rows
  const center = options.centerPoints ?? defaultCenterPoints(factors)
  const ofAxial = blocks || alpha === "orthogonal_blocks" ? Math.floor(center / 2) : center
  const centerPoints: readonly [number, number] = [center - ofAxial, ofAxial]
  const distance =
    typeof alpha === "number" ? alpha : axialDistance(alpha, { factors, corners: corners.length, centerPoints })
  if (!(distance > 0)) {
    return fail("design_spec.options.alpha", `${String(alpha)} has no axial distance for this core`, [
      "take alpha: face",
    ])
  }
  const axial = alpha === "inscribed" ? 1 : distance
  const corner = alpha === "inscribed" ? 1 / distance : 1
  const rows: Array<ReadonlyArray<number>> = []
  const points: Array<CompositePoint> = []
  const parts: Array<1 | 2> = []
  const add = (point: CompositePoint, part: 1 | 2, row: ReadonlyArray<number>): void => {
    rows.push(row)
    points.push(point)
    parts.push(part)
  }
  const zero = Array.from({ length: factors }, () => 0)
  for (const row of corners) {
    add(
      "factorial",
      1,
      row.map((value) => value * corner),
    )
  }
  for (let point = 0; point < centerPoints[0]; point++) add("center", 1, zero)
  for (let factor = 0; factor < factors; factor++) {
    for (const side of [-axial, axial]) add("axial", 2, zero.with(factor, side))
  }
  for (let point = 0; point < centerPoints[1]; point++) add("center", 2, zero)
  return Result.succeed({ columns: lettersOf(factors), rows, points, parts, axial, corner, core: fraction.success })
}
