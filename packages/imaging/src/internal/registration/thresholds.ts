/**
 * How well chance fits, and how much better an edge must.
 *
 * @layer logic
 * @module
 */
import type { Stack } from "../../Image.ts"
import type { Grid } from "./grid.ts"
import { type StripOptions, windowFrom, windowsOf } from "./strips.ts"

/**
 * How often two strips that have nothing in common look as if they lay right: which part of all shifts the stage may have
 * made, times the windows that are tried.
 */
export const reachableRatio = (tiles: Stack, grid: Grid, options: StripOptions): number => {
  const reach = 2 * options.maxShift + 1
  const ratios = grid.edges.map(({ isHorizontal }) => {
    const columns = isHorizontal ? windowFrom(options.overlapX, tiles.width) : tiles.width
    const rows = isHorizontal ? tiles.height : windowFrom(options.overlapY, tiles.height)
    const [overlap, side] = isHorizontal ? [options.overlapX, tiles.width] : [options.overlapY, tiles.height]
    return Math.min(1, reach / columns) * Math.min(1, reach / rows) * windowsOf(overlap, side, options).length
  })
  return ratios.reduce((most, ratio) => Math.max(most, ratio), 0)
}

/**
 * The error that strips without anything in common stay above, but for a part `alpha` that both fits that well and lies within
 * the largest shift (type 7, as NumPy); never above their median. Undefined where there are too few strips to tell.
 */
export const chanceThreshold = (
  errors: ReadonlyArray<number> | Float64Array,
  alpha: number,
  reachable: number,
): number | undefined => {
  const known = Array.from(errors).filter((error) => !Number.isNaN(error))
  const part = Math.min(0.5, alpha / reachable)
  // Fewer than 1 / part samples say nothing about that part of them, and a handful nothing at all.
  if (known.length < 20 || known.length * part < 1) return undefined
  known.sort((a, b) => a - b)
  const place = (known.length - 1) * part
  const [low, high] = [known[Math.floor(place)] ?? 0, known[Math.ceil(place)] ?? 0]
  return high === low ? low : low + (high - low) * (place - Math.floor(place))
}

/** Of edges that fit by chance, the halves agree on about so many: measured on white noise. */
export const halvesAgreeRatio = 1 / 16

/** The largest part of `alpha` that chance may have of an edge that no other edge confirms. */
const aloneRatio = 0.1

/**
 * The error that chance stays above on all edges of a grid but for a part `alpha` of all grids; `passing` is the part of what
 * chance does that no other question refuses. That is often a much smaller part of all edges than there are samples for: the
 * largest of many correlations goes as a Gumbel distribution (Gumbel 1958), whose place and width follow from two of its
 * quantiles. It is taken for the correlations on Fisher's scale, which has no upper end.
 */
export const rareThreshold = (
  errors: ReadonlyArray<number> | Float64Array,
  alpha: number,
  reachable: number,
  edges: number,
  passing: number,
  usual: number,
): number => {
  const heights = Array.from(errors, (error) => Math.atanh(Math.min(1 - 1e-9, Math.exp(-error))))
    .filter((height) => !Number.isNaN(height))
    .sort((a, b) => a - b)
  const part = Math.min(aloneRatio, 1 / edges) / passing
  if (heights.length < 20 || part >= 1) return usual
  const at = (part: number): number => heights[Math.round(part * (heights.length - 1))]
  const gumbel = (part: number): number => -Math.log(-Math.log(part))
  const width = (at(0.9) - at(0.5)) / (gumbel(0.9) - gumbel(0.5))
  const rare = Math.min(0.5, (alpha / reachable) * part)
  return Math.min(usual, -Math.log(Math.tanh(at(0.5) + width * (gumbel(1 - rare) - gumbel(0.5)))))
}

/** Where strips that have nothing in common fit this well, the scene repeats itself. */
const repeatedError = 0.5

/**
 * The middle of what chance has: the largest mean error of edges that count because they agree with one another. Undefined where
 * the scene repeats itself, since offsets that are wrong by whole periods agree as well; `usual` where chance is not known.
 */
export const agreeingThreshold = (errors: ReadonlyArray<number> | Float64Array, usual: number): number | undefined => {
  const middle = chanceThreshold(errors, 0.5, 1) ?? usual
  return middle < repeatedError ? undefined : middle
}

/**
 * How often four strips that have nothing in common fit as well in the mean as four edges do. Samples that follow one another are
 * of both kinds by turns, as the edges around four tiles are.
 */
export const alikeRatio = (errors: ReadonlyArray<number> | Float64Array): ((mean: number) => number) => {
  const known = Array.from(errors).filter((error) => !Number.isNaN(error))
  const means = known.slice(3).map((error, index) => (error + known[index] + known[index + 1] + known[index + 2]) / 4)
  // Means of four that overlap are a quarter as many as they seem.
  return (mean) => Math.min(1, (means.filter((one) => one <= mean).length + 4) / Math.max(4, means.length))
}

/**
 * The error that white noise stays above but for a part alpha, where strips cannot tell: the largest of n correlations of n
 * windowed pixels (a Hann window keeps 0.26 of them), of which eight are taken to go together.
 */
export const noiseThreshold = (tiles: Stack, grid: Grid, alpha: number, options: StripOptions): number => {
  const isUpright = grid.edges.some(({ isHorizontal }) => isHorizontal)
  const pixels = isUpright
    ? windowFrom(options.overlapX, tiles.width) * tiles.height
    : windowFrom(options.overlapY, tiles.height) * tiles.width
  const independent = (0.26 * pixels) / 8
  return -Math.log(Math.min(0.95, Math.sqrt((2 * Math.log(Math.max(2, pixels / alpha))) / independent)))
}
