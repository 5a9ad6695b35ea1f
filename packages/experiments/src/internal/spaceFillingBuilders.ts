/**
 * Builders of the designs that fill the ranges of factors evenly: Latin hypercubes, Sobol's and Halton's sequences.
 *
 * @layer logic
 * @module
 */
import * as Result from "effect/Result"
import type { BuiltDesign, DesignBuilder } from "../Design.ts"
import * as Discrepancy from "../designs/Discrepancy.ts"
import * as Halton from "../designs/Halton.ts"
import * as LatinHypercube from "../designs/LatinHypercube.ts"
import * as Sobol from "../designs/Sobol.ts"
import type { DesignError } from "../ExperimentError.ts"
import { type DesignKind, type Study, valuesOf } from "../Study.ts"
import * as Value from "../Value.ts"
import {
  boundsOption,
  checkCount,
  checkOptions,
  choiceOption,
  designError,
  intOption,
  namesOption,
  optionError,
} from "./combinatorialOptions.ts"
import {
  at,
  blockKey,
  blockLists,
  combinations,
  combinationsCount,
  finish,
  type OpenRow,
  stream,
} from "./combinatorialRows.ts"

/** How one factor takes its value from a coordinate of 0 to 1. */
interface Axis {
  readonly name: string
  /** A factor with one value takes no coordinate. */
  readonly constant: boolean
  readonly continuous: boolean
  readonly valueAt: (unit: number) => Value.Value
  readonly center: Value.Value | undefined
}

const shared = ["bounds", "discrete"]

const axesOf = (study: Study): Result.Result<ReadonlyArray<Axis>, DesignError> =>
  Result.gen(function* () {
    const bounds = yield* boundsOption(study)
    const discrete = yield* namesOption(
      study,
      "discrete",
      study.factors.map((factor) => factor.name),
    )
    const axes: Array<Axis> = []
    for (const factor of study.factors) {
      const { name } = factor
      const values = valuesOf(factor)
      const numbers = values.flatMap((value) => Value.toNumber(value) ?? [])
      const given = bounds.get(name)
      if (discrete.includes(name)) {
        if (given !== undefined) {
          return yield* Result.fail(optionError(study, "discrete", `${JSON.stringify(name)} has bounds as well`))
        }
      } else if (given !== undefined || (numbers.length === values.length && values.length >= 2)) {
        if (given !== undefined && factor.levels.length > 0 && numbers.length < values.length) {
          return yield* Result.fail(
            optionError(study, `bounds.${name}`, "the levels of this factor are no numbers, so it has no bounds"),
          )
        }
        const [low, high] = given ?? [Math.min(...numbers), Math.max(...numbers)]
        if (!Number.isFinite(high - low)) {
          return yield* Result.fail(
            designError(study, "factors", `the levels of ${JSON.stringify(name)} are not all finite numbers`),
          )
        }
        if (low < high && factor.dtype === "int") {
          const first = Math.ceil(low)
          const count = Math.floor(high) - first + 1
          if (count < 1 || !Number.isSafeInteger(first) || !Number.isSafeInteger(first + count)) {
            return yield* Result.fail(
              optionError(study, `bounds.${name}`, `there is no usable whole number from ${low} to ${high}`),
            )
          }
          const valueAt = (unit: number): number => first + Math.min(count - 1, Math.floor(unit * count))
          axes.push({ name, constant: count === 1, continuous: true, valueAt, center: valueAt(0.5) })
          continue
        }
        if (low < high) {
          const valueAt = (unit: number): Value.Value => Value.float(low + unit * (high - low))
          axes.push({ name, constant: false, continuous: true, valueAt, center: valueAt(0.5) })
          continue
        }
      }
      axes.push({
        name,
        constant: values.length === 1,
        continuous: false,
        valueAt: (unit) => at(values, Math.min(values.length - 1, Math.floor(unit * values.length))),
        center: values.length === 1 ? at(values, 0) : undefined,
      })
    }
    return axes
  })

interface Filled {
  readonly points: ReadonlyArray<Float64Array>
  readonly measures: Readonly<Record<string, number>>
  readonly notes: ReadonlyArray<string>
}

const fill = (
  study: Study,
  options: ReadonlyArray<string>,
  make: (count: number, dimension: number) => Result.Result<Filled, DesignError>,
): Result.Result<BuiltDesign, DesignError> =>
  Result.gen(function* () {
    yield* checkOptions(study, [...shared, ...options])
    const axes = yield* axesOf(study)
    const moving = axes.filter((axis) => !axis.constant)
    if (moving.length === 0) {
      return yield* Result.fail(
        designError(study, "factors", "no factor varies: give levels, or bounds in design_spec.options.bounds"),
      )
    }
    const count = study.designSpec.nSamples
    if (count === null) {
      return yield* Result.fail(designError(study, "design_spec.n_samples", "is needed: how many points to take"))
    }
    const { centerPoints, replicates, randomize } = study.designSpec
    const blocksCount = combinationsCount(study.blocks.map((block) => block.levels))
    yield* checkCount(
      study,
      (count * replicates + centerPoints) * blocksCount,
      "points, replicates and blocks together",
    )
    const withoutCenter = axes.filter((axis) => axis.center === undefined).map((axis) => axis.name)
    if (centerPoints > 0 && withoutCenter.length > 0) {
      return yield* Result.fail(
        designError(
          study,
          "design_spec.center_points",
          `${withoutCenter.join(", ")} ${withoutCenter.length === 1 ? "has" : "have"} levels without a middle`,
        ),
      )
    }
    const filled = yield* make(count, moving.length)
    const open: Array<OpenRow> = []
    for (const block of combinations(blockLists(study.blocks))) {
      const rows: Array<OpenRow> = []
      for (let replicate = 1; replicate <= replicates; replicate++) {
        for (const [index, point] of filled.points.entries()) {
          const factors = new Map<string, Value.Value>()
          let coordinate = 0
          for (const axis of axes) factors.set(axis.name, axis.valueAt(axis.constant ? 0 : (point[coordinate++] ?? 0)))
          rows.push({
            factors,
            blocks: block,
            place: [["point", index + 1], ...(replicates > 1 ? [["replicate", replicate] as const] : [])],
          })
        }
      }
      for (let index = 1; index <= centerPoints; index++) {
        rows.push({
          factors: new Map(axes.flatMap((axis) => (axis.center === undefined ? [] : [[axis.name, axis.center]]))),
          blocks: block,
          place: [
            ["point_type", "center"],
            ["replicate", index],
          ],
        })
      }
      if (randomize) stream(study, "run order", blockKey(block)).shuffle(rows)
      for (const row of rows) open.push(row)
    }
    const small = filled.points.length <= LatinHypercube.spreadPointsMax
    const levels = axes.filter((axis) => !axis.constant && !axis.continuous).map((axis) => axis.name)
    return finish(study, open, {
      measures: {
        points: filled.points.length,
        dimensions: moving.length,
        ...filled.measures,
        ...(small && filled.points.length > 1
          ? {
              minimum_distance: Discrepancy.minimumDistance(filled.points),
              maximum_correlation: Discrepancy.maximumCorrelation(filled.points),
            }
          : {}),
        ...(small ? { centered_discrepancy: Discrepancy.centered(filled.points) } : {}),
      },
      notes: [
        ...filled.notes,
        "Measures are of the points in the unit cube, one coordinate per factor; the discrepancy is squared.",
        ...(small
          ? []
          : [`Distances and discrepancy are not computed above ${LatinHypercube.spreadPointsMax} points.`]),
        ...(levels.length === 0 ? [] : [`${levels.join(", ")}: levels in equal slices of the coordinate.`]),
        ...(study.constraints.some((constraint) => constraint.severity === "error")
          ? ["Points that a constraint rules out get no runs, which leaves holes in what should be evenly filled."]
          : []),
        ...(replicates > 1
          ? [
              `design_spec.replicates: each point is run ${replicates} times${centerPoints > 0 ? `, the ${centerPoints} centre point${centerPoints === 1 ? "" : "s"} once` : ""}.`,
            ]
          : []),
        ...(blocksCount > 1 ? [`The same points are used in each of ${blocksCount} blocks.`] : []),
        "Made for fitting a smooth response over the whole range; it has no levels to compare with each other.",
      ],
    })
  })

const latinHypercube: DesignBuilder = (study) =>
  Result.gen(function* () {
    const criterion = yield* choiceOption(study, "criterion", LatinHypercube.criteria, "maximin")
    const position = yield* choiceOption(study, "position", LatinHypercube.positions, "random")
    return yield* fill(study, ["criterion", "position"], (count, dimension) => {
      const points = LatinHypercube.plain(count, dimension, position, stream(study, "hypercube"))
      const spread = criterion !== "none" && count <= LatinHypercube.spreadPointsMax
      if (spread) LatinHypercube.spread(points, criterion, stream(study, "exchanges"))
      return Result.succeed({
        points,
        measures: {},
        notes: [
          `A Latin hypercube of ${count} points: each factor has one point in each of ${count} slices${
            position === "centered" ? ", in its middle" : ""
          }.`,
          criterion === "none"
            ? "Points are not spread further than that."
            : !spread
              ? `Above ${LatinHypercube.spreadPointsMax} points they are not spread further than that.`
              : criterion === "maximin"
                ? "Points were moved apart by a bounded search for a large smallest distance; it is not proved to be the largest."
                : "Points were exchanged by a bounded search for a small centered discrepancy; it is not proved to be the smallest.",
        ],
      })
    })
  })

const tooMany = (study: Study, name: string, dimension: number, dimensionsMax: number) =>
  Result.fail(designError(study, "factors", `${name} has at most ${dimensionsMax} dimensions here, not ${dimension}`))

const isPowerOfTwo = (count: number): boolean => Number.isInteger(Math.log2(count))

const sobol: DesignBuilder = (study) =>
  Result.gen(function* () {
    const scramble = yield* choiceOption(study, "scramble", Sobol.scrambles, "owen")
    const skip = yield* intOption(study, "skip", { min: 0, max: Sobol.indexMax / 2 }, 0)
    return yield* fill(study, ["scramble", "skip"], (count, dimension) => {
      if (dimension > Sobol.dimensionsMax) return tooMany(study, "Sobol's sequence", dimension, Sobol.dimensionsMax)
      return Result.succeed({
        points: Sobol.points(count, dimension, { skip, scramble, random: stream(study, "scrambling") }),
        measures: { skip },
        notes: [
          `Points ${skip + 1} to ${skip + count} of Sobol's sequence (direction numbers of Joe and Kuo)${
            scramble === "owen"
              ? ", with Owen's nested scrambling"
              : scramble === "digital_shift"
                ? ", with a random digital shift"
                : ", not scrambled: the first point of all is the corner of the lowest values"
          }.`,
          ...(isPowerOfTwo(count) && (skip === 0 || skip % count === 0)
            ? []
            : [
                `The sequence is even over blocks of 2^m points from its start or after a multiple of as many; ${count} points${skip === 0 ? "" : ` after ${skip}`} are less even. Near: ${2 ** Math.floor(Math.log2(count))} or ${2 ** Math.ceil(Math.log2(count + 1))}.`,
              ]),
        ],
      })
    })
  })

const halton: DesignBuilder = (study) =>
  Result.gen(function* () {
    const scramble = yield* choiceOption(study, "scramble", Halton.scrambles, "permutations")
    const skip = yield* intOption(study, "skip", { min: 0, max: 2 ** 31 }, 0)
    const leap = yield* intOption(study, "leap", { min: 1, max: 100_000 }, 1)
    return yield* fill(study, ["scramble", "skip", "leap"], (count, dimension) => {
      if (dimension > Halton.dimensionsMax) return tooMany(study, "Halton's sequence", dimension, Halton.dimensionsMax)
      const clash = Halton.primes(dimension).find((prime) => leap % prime === 0)
      if (clash !== undefined) {
        return Result.fail(
          optionError(
            study,
            "leap",
            `${leap} is a multiple of the base ${clash}: that coordinate would stay in one part of its range; take a prime above ${at(Halton.primes(dimension), dimension - 1)}`,
          ),
        )
      }
      return Result.succeed({
        points: Halton.points(count, dimension, { skip, leap, scramble, random: stream(study, "scrambling") }),
        measures: { skip, leap },
        notes: [
          `${count} points of Halton's sequence in the first ${dimension} prime bases${
            scramble === "none"
              ? ", not scrambled: the first point of all is the corner of the lowest values"
              : ", digits in random order"
          }.`,
          ...(leap > 1 ? [`Only every ${leap}th point is taken: test how even that is before relying on it.`] : []),
          ...(scramble === "none" && dimension > 8
            ? [
                `Unscrambled, neighbouring coordinates from about the eighth on are strongly correlated in small sets; take scrambled points.`,
              ]
            : []),
        ],
      })
    })
  })

/** Space-filling designs. */
export const spaceFillingBuilders: Partial<Record<DesignKind, DesignBuilder>> = {
  space_filling_latin_hypercube: latinHypercube,
  sobol,
  halton,
}
