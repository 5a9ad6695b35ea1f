/**
 * The shading that fields have in common, after Peng et al. 2017 (BaSiC): each field, less the dark field that
 * is given, is a brightness times the flat field plus a sparse residual. The values of each place are sorted over the fields, the flat field's cosine coefficients are
 * sparse, and residuals are weighted again by their size. All in plain TypeScript: planes are small.
 *
 * @layer logic
 * @module
 */
import type { Pixels, Stack } from "../../Image.ts"
import { type Cosine, cosineOf } from "./cosine.ts"
import { averaged, drawnOut, gridOf } from "./resample.ts"

/** How one round of weights went. */
export interface Reweighting {
  readonly reweighting: number
  readonly steps: number
  readonly residual: number
  readonly change: number
}

/** What the estimate is told. */
export interface ShadingOptions {
  readonly workingPx: number
  readonly smoothness: number
  readonly reweightingsMax: number
  readonly tolerance: number
}

/** What was found; no flat field where there was no light. */
export interface Shading {
  readonly flat: Float32Array | undefined
  readonly converged: boolean
  readonly reweightings: ReadonlyArray<Reweighting>
}

/** The paper's constants: growth of the penalty, its end, when a round is done, and what is added to residuals for weights. */
const growth = 1.5
const penaltyEnd = 1e7
const roundTolerance = 1e-6
const stepsMax = 100
const weightOffset = 0.1
/** Coefficients of the mean field are divided by it for their weight. */
const coefficientPart = 800

const meanOf = (values: Float64Array): number => values.reduce((sum, value) => sum + value, 0) / values.length

const normOf = (values: Float64Array): number => Math.sqrt(values.reduce((sum, value) => sum + value * value, 0))

const shrunk = (value: number, limit: number): number =>
  value > limit ? value - limit : value < -limit ? value + limit : 0

/** Fields averaged down; the values of each place in rising order over the fields. */
const sortedFields = (fields: ReadonlyArray<Float64Array>): ReadonlyArray<Float64Array> => {
  const [first] = fields
  const sorted = fields.map(({ length }) => new Float64Array(length))
  const column = new Float64Array(fields.length)
  for (let place = 0; place < (first?.length ?? 0); place++) {
    for (let index = 0; index < fields.length; index++) column[index] = fields[index][place]
    column.sort()
    for (let index = 0; index < fields.length; index++) sorted[index][place] = column[index]
  }
  return sorted
}

/** The largest singular value of fields as rows, by powers of their products with each other. */
const largestSingular = (fields: ReadonlyArray<Float64Array>): number => {
  let direction = fields.map(() => 1 / Math.sqrt(fields.length))
  let size = 0
  for (let step = 0; step < 20; step++) {
    const sum = new Float64Array(fields[0].length)
    for (const [index, field] of fields.entries()) {
      for (let place = 0; place < sum.length; place++) sum[place] += direction[index] * field[place]
    }
    const products = fields.map((field) => field.reduce((total, value, place) => total + value * sum[place], 0))
    size = Math.hypot(...products)
    direction = products.map((value) => value / (size === 0 ? 1 : size))
  }
  return Math.sqrt(size)
}

/** One round: what the flat field is for given weights of residuals. */
interface Round {
  readonly flat: Float64Array
  readonly brightness: Float64Array
  readonly residuals: ReadonlyArray<Float64Array>
  readonly steps: number
  readonly residual: number
}

const round = (
  fields: ReadonlyArray<Float64Array>,
  weights: ReadonlyArray<Float64Array>,
  start: { readonly flat: Float64Array; readonly brightness: Float64Array },
  {
    coefficientWeight,
    cosine,
    singular,
  }: { readonly coefficientWeight: number; readonly cosine: Cosine; readonly singular: number },
): Round => {
  const size = start.flat.length
  const count = fields.length
  const residuals = fields.map(() => new Float64Array(size))
  const multipliers = fields.map(() => new Float64Array(size))
  const brightness = Float64Array.from(start.brightness)
  let coefficients = cosine.forward(start.flat)
  let flat = start.flat
  let penalty = 12.5 / singular
  const most = penalty * penaltyEnd
  const norm = Math.sqrt(fields.reduce((sum, field) => sum + field.reduce((part, value) => part + value * value, 0), 0))
  let residual = Number.POSITIVE_INFINITY
  let steps = 0
  while (steps < stepsMax && residual > roundTolerance) {
    steps++
    const rest = new Float64Array(size)
    for (let index = 0; index < count; index++) {
      const [field, sparse, multiplier, bright] = [
        fields[index],
        residuals[index],
        multipliers[index],
        brightness[index],
      ]
      for (let place = 0; place < size; place++) {
        rest[place] += (field[place] - bright * flat[place] - sparse[place] + multiplier[place] / penalty) / count
      }
    }
    const limit = coefficientWeight / penalty
    const added = cosine.forward(rest)
    coefficients = coefficients.map((value, place) => shrunk(value + added[place], limit))
    flat = cosine.inverse(coefficients)
    const means = new Float64Array(count)
    for (let index = 0; index < count; index++) {
      const [field, sparse, multiplier, weight] = [fields[index], residuals[index], multipliers[index], weights[index]]
      const bright = brightness[index]
      let sum = 0
      for (let place = 0; place < size; place++) {
        const open = field[place] - bright * flat[place] + multiplier[place] / penalty
        sparse[place] = shrunk(open, weight[place] / penalty)
        sum += field[place] - sparse[place]
      }
      means[index] = sum / size
    }
    const mean = meanOf(means)
    for (let index = 0; index < count; index++) brightness[index] = mean > 0 ? Math.max(0, means[index] / mean) : 1
    let square = 0
    for (let index = 0; index < count; index++) {
      const [field, sparse, multiplier, bright] = [
        fields[index],
        residuals[index],
        multipliers[index],
        brightness[index],
      ]
      for (let place = 0; place < size; place++) {
        const open = field[place] - bright * flat[place] - sparse[place]
        multiplier[place] += penalty * open
        square += open * open
      }
    }
    residual = Math.sqrt(square) / norm
    penalty = Math.min(penalty * growth, most)
  }
  return { flat, brightness, residuals, steps, residual }
}

/** The shading of a stack of fields. */
export const estimate = (
  { data, height, planes, width }: Stack,
  dark: Pixels | undefined,
  { reweightingsMax, smoothness, tolerance, workingPx }: ShadingOptions,
): Shading => {
  const grid = gridOf(width, height, workingPx)
  const size = grid.x.count * grid.y.count
  const less = dark === undefined ? undefined : averaged(dark, 0, grid)
  const fields = sortedFields(
    Array.from({ length: planes }, (_, plane) => {
      const means = averaged(data, plane * width * height, grid)
      return less === undefined ? means : means.map((value, place) => value - less[place])
    }),
  )
  const cosine = cosineOf(grid.x.count, grid.y.count)
  const mean = new Float64Array(size)
  for (const field of fields) for (let place = 0; place < size; place++) mean[place] += field[place] / planes
  const level = meanOf(mean)
  const none: Shading = { flat: undefined, converged: false, reweightings: [] }
  if (!(level > 0)) return none
  const coefficientWeight =
    (smoothness * cosine.forward(mean.map((value) => value / level)).reduce((sum, value) => sum + Math.abs(value), 0)) /
    coefficientPart
  const options = { coefficientWeight, cosine, singular: largestSingular(fields) }
  const brightness = Float64Array.from(fields, (field) => meanOf(field) / level)

  let weights: ReadonlyArray<Float64Array> = fields.map(() => new Float64Array(size).fill(1))
  let last: { readonly flat: Float64Array; readonly brightness: Float64Array } = { flat: mean, brightness }
  const reweightings: Array<Reweighting> = []
  let change = Number.NaN
  while (reweightings.length < reweightingsMax && !(change < tolerance)) {
    const done = round(fields, weights, last, options)
    const flatMean = meanOf(done.flat)
    if (!(flatMean > 0)) return none
    const [before, norm] = [meanOf(last.flat), normOf(done.flat) / flatMean]
    const difference = normOf(done.flat.map((value, place) => value / flatMean - last.flat[place] / before))
    change = reweightings.length === 0 ? Number.NaN : difference / norm
    reweightings.push({ reweighting: reweightings.length + 1, steps: done.steps, residual: done.residual, change })
    weights = weightsFor(done, flatMean)
    last = done
  }
  const flat = drawnOut(last.flat, grid)
  const flatMean = meanOf(flat)
  if (flat.some((value) => !(value > 0))) return none
  return {
    flat: Float32Array.from(flat, (value) => value / flatMean),
    converged: change < tolerance,
    reweightings,
  }
}

/** Small residuals weigh much: objects, which leave large ones, are then left out of the flat field. Mean 1. */
const weightsFor = ({ residuals, brightness }: Round, flatMean: number): ReadonlyArray<Float64Array> => {
  const raw = residuals.map((plane, index) => {
    const level = Math.max(flatMean * brightness[index], Number.MIN_VALUE)
    return plane.map((value) => 1 / (Math.abs(value) / level + weightOffset))
  })
  const mean = raw.reduce((sum, plane) => sum + meanOf(plane), 0) / raw.length
  return raw.map((plane) => plane.map((value) => value / mean))
}
