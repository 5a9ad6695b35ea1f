/**
 * Fields taken apart into a brightness of each times a flat field, and a sparse residual, by the augmented Lagrangian (Lin, Chen and
 * Ma 2010, as Peng et al. 2017 use it): the flat field's cosine coefficients and the residuals are shrunk in turn.
 *
 * @layer logic
 * @module
 */
import type { Cosine } from "./cosine.ts"

/** The paper's constants: growth of the penalty, its end, and when a round is done. */
const growth = 1.5
const penaltyEnd = 1e7
const roundTolerance = 1e-6
const stepsMax = 100

/** Fields behind each other, and planes of the same size to work on; one round's residuals are the next one's start of nothing. */
export interface Planes {
  readonly count: number
  readonly size: number
  readonly fields: Float64Array
  readonly residuals: Float64Array
  readonly multipliers: Float64Array
  /** Of residuals: what a residual costs. */
  readonly weights: Float64Array
}

/** What does not change from round to round. */
export interface Constants {
  readonly cosine: Cosine
  readonly coefficientWeight: number
  /** Largest singular value of the fields, and root of the sum of their squares. */
  readonly singular: number
  readonly norm: number
}

/** A flat field and the brightness of each field, of mean 1. */
export interface Light {
  readonly flat: Float64Array
  readonly brightness: Float64Array
}

/** What a round found; residuals are left in the planes. */
export interface Round extends Light {
  readonly steps: number
  readonly residual: number
}

/** Sums of planes over the fields, for the next flat field: what is not explained, with the multipliers. */
const restOf = (
  { count, fields, multipliers, residuals, size }: Planes,
  { brightness, flat }: Light,
  penalty: number,
  rest: Float64Array,
): void => {
  rest.fill(0)
  const share = 1 / penalty
  for (let index = 0; index < count; index++) {
    const bright = brightness[index]
    const start = index * size
    for (let place = 0; place < size; place++) {
      const at = start + place
      rest[place] += fields[at] - bright * flat[place] - residuals[at] + multipliers[at] * share
    }
  }
  for (let place = 0; place < size; place++) rest[place] /= count
}

/** Residuals anew, shrunk by their weights; the mean of what they leave of each field. */
const shrink = (
  { count, fields, multipliers, residuals, size, weights }: Planes,
  { brightness, flat }: Light,
  penalty: number,
): Float64Array => {
  const means = new Float64Array(count)
  const share = 1 / penalty
  for (let index = 0; index < count; index++) {
    const bright = brightness[index]
    const start = index * size
    let sum = 0
    for (let place = 0; place < size; place++) {
      const at = start + place
      const open = fields[at] - bright * flat[place] + multipliers[at] * share
      const limit = weights[at] * share
      const sparse = open > limit ? open - limit : open < -limit ? open + limit : 0
      residuals[at] = sparse
      sum += fields[at] - sparse
    }
    means[index] = sum / size
  }
  return means
}

/** Multipliers a step on; the sum of squares of what is not explained. */
const climb = (
  { count, fields, multipliers, residuals, size }: Planes,
  { brightness, flat }: Light,
  penalty: number,
): number => {
  let square = 0
  for (let index = 0; index < count; index++) {
    const bright = brightness[index]
    const start = index * size
    for (let place = 0; place < size; place++) {
      const at = start + place
      const open = fields[at] - bright * flat[place] - residuals[at]
      multipliers[at] += penalty * open
      square += open * open
    }
  }
  return square
}

/** One round: what the flat field is for given weights of residuals. */
export const round = (
  planes: Planes,
  start: Light,
  { coefficientWeight, cosine, norm, singular }: Constants,
): Round => {
  const { count, size } = planes
  planes.residuals.fill(0)
  planes.multipliers.fill(0)
  const brightness = Float64Array.from(start.brightness)
  const flat = Float64Array.from(start.flat)
  const [coefficients, rest] = [new Float64Array(size), new Float64Array(size)]
  cosine.forward(flat, coefficients)
  const light = { flat, brightness }
  let penalty = 12.5 / singular
  const most = penalty * penaltyEnd
  let residual = Number.POSITIVE_INFINITY
  let steps = 0
  while (steps < stepsMax && residual > roundTolerance) {
    steps++
    restOf(planes, light, penalty, rest)
    cosine.forward(rest, rest)
    const limit = coefficientWeight / penalty
    for (let place = 0; place < size; place++) {
      const value = coefficients[place] + rest[place]
      coefficients[place] = value > limit ? value - limit : value < -limit ? value + limit : 0
    }
    cosine.inverse(coefficients, flat)
    const means = shrink(planes, light, penalty)
    const mean = means.reduce((sum, value) => sum + value, 0) / count
    for (let index = 0; index < count; index++) brightness[index] = mean > 0 ? Math.max(0, means[index] / mean) : 1
    residual = Math.sqrt(climb(planes, light, penalty)) / norm
    penalty = Math.min(penalty * growth, most)
  }
  return { flat, brightness, steps, residual }
}
