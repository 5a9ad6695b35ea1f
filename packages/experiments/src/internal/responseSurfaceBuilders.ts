/**
 * Builders of designs for response surfaces: numeric factors, a quadratic model. Levels: two (low, high), or three evenly
 * spaced, or `options.bounds: {factor: [low, high]}`. A factor with one value is held.
 *
 * `central_composite`, options:
 * - `alpha`: `rotatable` (unless given), `face`, `inscribed`, `spherical`, `orthogonal`, `orthogonal_blocks`, or a number
 * - `core`: `full`, or `fraction` (the smallest of resolution V); full up to 4 factors unless given
 * - `blocks`: true runs the corners first, then the axial points, each with its centre points; `block` in the metadata
 * - `center_points`: as `design_spec.center_points`; 0 here means none
 *
 * `box_behnken`, options: `center_points` likewise. Without a number, centre points are the published ones.
 *
 * @layer logic
 * @module
 */
import * as Result from "effect/Result"
import type { DesignBuilder } from "../Design.ts"
import { boxBehnken, defaultCenterPoints as boxBehnkenCenterPoints } from "../designs/BoxBehnken.ts"
import {
  type Alpha,
  alphaKinds,
  alphaMax,
  centralComposite,
  defaultCenterPoints as compositeCenterPoints,
} from "../designs/CentralComposite.ts"
import { generatorsOf } from "../designs/TwoLevelFraction.ts"
import type { DesignError } from "../ExperimentError.ts"
import type { DesignKind, Study } from "../Study.ts"
import { toNumber } from "../Value.ts"
import { codedFactors } from "./codedFactors.ts"
import { type CodedPoint, builtDesign, codedRows, generalNotes, valueNotes, worthOf } from "./codedRows.ts"
import {
  boolOption,
  checkOptions,
  choiceOption,
  designError,
  intOption,
  optionError,
  shown,
} from "./combinatorialOptions.ts"

/** Centre points of one of these designs: at most. */
const centerPointsMax = 10_000

/** The number of centre points: what the study says, none where it says 0 outright, else the published number. */
const centerPointsOf = (study: Study, published: number): Result.Result<number, DesignError> => {
  const option = intOption(study, "center_points", { min: 0, max: centerPointsMax }, undefined)
  if (Result.isFailure(option)) return Result.fail(option.failure)
  const count = study.designSpec.centerPoints
  if (count > centerPointsMax) {
    return Result.fail(designError(study, "design_spec.center_points", `${count}; at most ${centerPointsMax}`))
  }
  return Result.succeed(count > 0 ? count : (option.success ?? published))
}

const alphaOption = (study: Study): Result.Result<Alpha, DesignError> => {
  const value = study.designSpec.options.get("alpha")
  const number = toNumber(value)
  if (number === undefined) return choiceOption(study, "alpha", alphaKinds, "rotatable")
  return Number.isFinite(number) && number > 0 && number <= alphaMax
    ? Result.succeed(number)
    : Result.fail(
        optionError(
          study,
          "alpha",
          `must be one of ${alphaKinds.join(", ")}, or a number above 0 and up to ${alphaMax}, not ${shown(value ?? null)}`,
        ),
      )
}

const composite: DesignBuilder = (study) => {
  const known = checkOptions(study, ["alpha", "core", "blocks", "bounds"])
  if (Result.isFailure(known)) return Result.fail(known.failure)
  const bound = codedFactors(study, "numeric")
  if (Result.isFailure(bound)) return Result.fail(bound.failure)
  const factors = bound.success
  const names = factors.varied.map((factor) => factor.name)
  const alpha = alphaOption(study)
  if (Result.isFailure(alpha)) return Result.fail(alpha.failure)
  const core = choiceOption(study, "core", ["auto", "full", "fraction"], "auto")
  if (Result.isFailure(core)) return Result.fail(core.failure)
  const blocks = boolOption(study, "blocks", false)
  if (Result.isFailure(blocks)) return Result.fail(blocks.failure)
  const centerPoints = centerPointsOf(study, compositeCenterPoints(names.length))
  if (Result.isFailure(centerPoints)) return Result.fail(centerPoints.failure)
  const made = centralComposite({
    factors: names.length,
    alpha: alpha.success,
    core: core.success,
    centerPoints: centerPoints.success,
    blocks: blocks.success,
  })
  if (Result.isFailure(made)) return Result.fail(made.failure)
  const design = made.success
  const points = design.rows.map((coded, at): CodedPoint => {
    const part = design.parts[at] ?? 1
    return {
      coded,
      type: design.points[at] ?? "factorial",
      ...(blocks.success ? { facts: [["block", part]], part } : {}),
    }
  })
  const built = codedRows(study, factors, points)
  if (Result.isFailure(built)) return Result.fail(built.failure)
  const worth = worthOf(names, points, [], study.designSpec.replicates, "quadratic")
  const generators = generatorsOf({ ...design.core, names })
  const countOf = (point: string): number => design.points.filter((one) => one === point).length
  return Result.succeed(
    builtDesign(study, built.success, {
      ...worth.fields,
      measures: {
        alpha: design.axial / design.corner,
        axial_distance: design.axial,
        corner_distance: design.corner,
        factorial_points: countOf("factorial"),
        axial_points: countOf("axial"),
        center_points: countOf("center"),
        ...(worth.efficiency === undefined ? {} : { g_efficiency: worth.efficiency.gEfficiency }),
      },
      notes: [
        `${countOf("factorial")} corners, ${countOf("axial")} axial points at ${Number(design.axial.toFixed(4))} and ${countOf("center")} centre points estimate a quadratic model.`,
        ...(generators.length > 0
          ? [
              `The core is a fraction of resolution V: ${generators.join(", ")}; no two-factor interaction is mixed with another.`,
            ]
          : []),
        ...(countOf("center") === 0
          ? ["Without centre points there is no estimate of pure error, and curvature is less certain."]
          : []),
        ...(blocks.success ? ["Block 1 holds the corners, block 2 the axial points."] : []),
        ...worth.notes,
        ...valueNotes(factors, points),
        ...factors.notes,
        ...generalNotes(study),
      ],
    }),
  )
}

const behnken: DesignBuilder = (study) => {
  const known = checkOptions(study, ["bounds"])
  if (Result.isFailure(known)) return Result.fail(known.failure)
  const bound = codedFactors(study, "numeric")
  if (Result.isFailure(bound)) return Result.fail(bound.failure)
  const factors = bound.success
  const names = factors.varied.map((factor) => factor.name)
  const centerPoints = centerPointsOf(study, boxBehnkenCenterPoints(names.length))
  if (Result.isFailure(centerPoints)) return Result.fail(centerPoints.failure)
  const design = boxBehnken(names.length, centerPoints.success)
  if (Result.isFailure(design)) return Result.fail(design.failure)
  const points = design.success.rows.map((coded): CodedPoint => ({
    coded,
    type: coded.every((value) => value === 0) ? "center" : "edge",
  }))
  const built = codedRows(study, factors, points)
  if (Result.isFailure(built)) return Result.fail(built.failure)
  const worth = worthOf(names, points, [], study.designSpec.replicates, "quadratic")
  return Result.succeed(
    builtDesign(study, built.success, {
      ...worth.fields,
      measures: {
        edge_points: points.length - centerPoints.success,
        center_points: centerPoints.success,
        ...(worth.efficiency === undefined ? {} : { g_efficiency: worth.efficiency.gEfficiency }),
      },
      notes: [
        `${points.length - centerPoints.success} edge points and ${centerPoints.success} centre points estimate a quadratic model; no run has all factors at an extreme.`,
        ...worth.notes,
        ...valueNotes(factors, points),
        ...factors.notes,
        ...generalNotes(study),
      ],
    }),
  )
}

/** Builders of central composite and Box-Behnken designs. */
export const responseSurfaceBuilders: Partial<Record<DesignKind, DesignBuilder>> = {
  central_composite: composite,
  box_behnken: behnken,
}
