/**
 * The shading that fields have in common, after Peng et al. 2017 (BaSiC): each field, less the dark field, is a brightness times the
 * flat field plus a sparse residual. The values of each place are sorted over the fields, the flat field's cosine coefficients are
 * sparse, and residuals are weighted again by their size. All in plain TypeScript: planes are small.
 *
 * @layer logic
 * @module
 */
import type { Pixels, Stack } from "../../Image.ts"
import { type DarkFieldEstimate, estimateDark, isTold } from "./darkField.ts"
import { cosineOf } from "./cosine.ts"
import { type Light, type Planes, round } from "./lagrangian.ts"
import { averaged, drawnOut, type Grid, gridOf } from "./resample.ts"

/** How one round of weights went. */
export interface Reweighting {
  readonly reweighting: number
  readonly steps: number
  readonly residual: number
  readonly change: number
}

/** What the estimate is told. */
export interface ShadingOptions {
  readonly darkField: "none" | "estimated"
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
  /** Where it was asked for; there is no flat field where fields do not tell it. */
  readonly dark?: { readonly pixels: Float32Array; readonly estimate: DarkFieldEstimate }
}

/** What is added to residuals for weights. */
const weightOffset = 0.1
/** Coefficients of the mean field are divided by it for their weight. */
const coefficientPart = 800

const sumOf = (values: Float64Array): number => {
  let sum = 0
  for (let index = 0; index < values.length; index++) sum += values[index]
  return sum
}

const meanOf = (values: Float64Array): number => sumOf(values) / values.length

const normOf = (values: Float64Array): number => {
  let sum = 0
  for (let index = 0; index < values.length; index++) sum += values[index] * values[index]
  return Math.sqrt(sum)
}

/** Fields averaged down, behind each other. */
const averagedFields = ({ data, height, planes, width }: Stack, grid: Grid): Float64Array => {
  const size = grid.x.count * grid.y.count
  const fields = new Float64Array(size * planes)
  for (let plane = 0; plane < planes; plane++) {
    averaged(data, plane * width * height, grid, fields.subarray(plane * size, (plane + 1) * size))
  }
  return fields
}

/** The values of each place in rising order over the fields. */
const sortPlaces = (fields: Float64Array, size: number, count: number): void => {
  const column = new Float64Array(count)
  for (let place = 0; place < size; place++) {
    for (let index = 0; index < count; index++) column[index] = fields[index * size + place]
    column.sort()
    for (let index = 0; index < count; index++) fields[index * size + place] = column[index]
  }
}

/** The largest singular value of fields as rows, by powers of their products with each other. */
const largestSingular = (fields: Float64Array, size: number, count: number): number => {
  let direction = new Float64Array(count).fill(1 / Math.sqrt(count))
  const sum = new Float64Array(size)
  let length = 0
  for (let step = 0; step < 20; step++) {
    sum.fill(0)
    for (let index = 0; index < count; index++) {
      const [part, start] = [direction[index], index * size]
      for (let place = 0; place < size; place++) sum[place] += part * fields[start + place]
    }
    const products = new Float64Array(count)
    for (let index = 0; index < count; index++) {
      const start = index * size
      let total = 0
      for (let place = 0; place < size; place++) total += fields[start + place] * sum[place]
      products[index] = total
    }
    length = normOf(products)
    direction = products.map((value) => value / (length === 0 ? 1 : length))
  }
  return Math.sqrt(length)
}

/** Small residuals weigh much: objects, which leave large ones, are then left out of the flat field. Mean 1. */
const weigh = ({ count, residuals, size, weights }: Planes, brightness: Float64Array, flatMean: number): void => {
  let total = 0
  for (let index = 0; index < count; index++) {
    const level = Math.max(flatMean * brightness[index], Number.MIN_VALUE)
    for (let at = index * size; at < (index + 1) * size; at++) {
      const weight = 1 / (Math.abs(residuals[at]) / level + weightOffset)
      weights[at] = weight
      total += weight
    }
  }
  const mean = total / weights.length
  for (let at = 0; at < weights.length; at++) weights[at] /= mean
}

/** How far two flat fields of mean 1 are from each other, as a part of the second's norm. */
const changeOf = (before: Float64Array, after: Float64Array): number => {
  const [first, second] = [meanOf(before), meanOf(after)]
  return normOf(after.map((value, place) => value / second - before[place] / first)) / (normOf(after) / second)
}

/** The flat field at every pixel, of mean 1; none where it is 0 or less. */
const finished = (flat: Float64Array, grid: Grid): Float32Array | undefined => {
  const out = drawnOut(flat, grid)
  let sum = 0
  let least = Number.POSITIVE_INFINITY
  for (let index = 0; index < out.length; index++) {
    sum += out[index]
    if (out[index] < least) least = out[index]
  }
  if (!(least > 0)) return undefined
  const mean = sum / out.length
  for (let index = 0; index < out.length; index++) out[index] /= mean
  return out
}

/** The shading of a stack of fields; `dark` in pixels of the stack. */
export const estimate = (stack: Stack, dark: Pixels | undefined, options: ShadingOptions): Shading => {
  const grid = gridOf(stack.width, stack.height, options.workingPx)
  const fields = averagedFields(stack, grid)
  const size = grid.x.count * grid.y.count
  if (options.darkField === "estimated") {
    const found = estimateDark(fields, stack.planes, grid.x.count, grid.y.count)
    // A detector of whole numbers gives no negative ones.
    if (!(stack.data instanceof Float32Array))
      for (const [at, value] of found.dark.entries()) found.dark[at] = Math.max(0, value)
    const given = { pixels: drawnOut(found.dark, grid), estimate: found }
    if (!isTold(found)) return { flat: undefined, converged: false, reweightings: [], dark: given }
    for (let at = 0; at < fields.length; at++) fields[at] -= found.dark[at % size]
    return { ...estimateFrom(fields, stack.planes, grid, options), dark: given }
  }
  if (dark !== undefined) {
    const less = new Float64Array(size)
    averaged(dark, 0, grid, less)
    for (let at = 0; at < fields.length; at++) fields[at] -= less[at % size]
  }
  return estimateFrom(fields, stack.planes, grid, options)
}

/** The shading of fields that are averaged down, less their dark field; they are sorted in place. */
const estimateFrom = (
  fields: Float64Array,
  count: number,
  grid: Grid,
  { reweightingsMax, smoothness, tolerance }: ShadingOptions,
): Shading => {
  const size = fields.length / count
  sortPlaces(fields, size, count)
  const cosine = cosineOf(grid.x.count, grid.y.count)
  const mean = new Float64Array(size)
  for (let at = 0; at < fields.length; at++) mean[at % size] += fields[at] / count
  const level = meanOf(mean)
  const none: Shading = { flat: undefined, converged: false, reweightings: [] }
  if (!(level > 0)) return none
  const even = mean.map((value) => value / level)
  cosine.forward(even, even)
  const constants = {
    cosine,
    coefficientWeight: (smoothness * sumOf(even.map(Math.abs))) / coefficientPart,
    singular: largestSingular(fields, size, count),
    norm: normOf(fields),
  }
  const planes: Planes = {
    count,
    size,
    fields,
    residuals: new Float64Array(fields.length),
    multipliers: new Float64Array(fields.length),
    weights: new Float64Array(fields.length).fill(1),
  }
  const brightness = Float64Array.from(
    { length: count },
    (_, index) => meanOf(fields.subarray(index * size, (index + 1) * size)) / level,
  )
  let last: Light = { flat: mean, brightness }
  const reweightings: Array<Reweighting> = []
  let change = Number.NaN
  while (reweightings.length < reweightingsMax && !(change < tolerance)) {
    const done = round(planes, last, constants)
    const flatMean = meanOf(done.flat)
    if (!(flatMean > 0)) return none
    change = reweightings.length === 0 ? Number.NaN : changeOf(last.flat, done.flat)
    reweightings.push({ reweighting: reweightings.length + 1, steps: done.steps, residual: done.residual, change })
    weigh(planes, done.brightness, flatMean)
    last = done
  }
  const flat = finished(last.flat, grid)
  return flat === undefined ? none : { flat, converged: change < tolerance, reweightings }
}
