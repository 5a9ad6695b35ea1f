/**
 * From peaks of scale space to blobs: scales, order, and which of two that overlap stays.
 *
 * @layer logic
 * @module
 */
import type { Peak } from "./peaks.ts"
import { type Weights, weightsOf } from "./weights.ts"

/** Scales with their weights and factors. */
export interface Scales {
  readonly sigmas: ReadonlyArray<number>
  readonly weights: ReadonlyArray<Weights>
  readonly factors: ReadonlyArray<number>
}

/** Scales at equal steps; responses are per `range`. */
export const scalesOf = (minSigmaPx: number, maxSigmaPx: number, count: number, range: number): Scales => {
  const step = count === 1 ? 0 : (maxSigmaPx - minSigmaPx) / (count - 1)
  const sigmas = Array.from({ length: count }, (_, index) => minSigmaPx + index * step)
  return {
    sigmas,
    weights: sigmas.map((sigma) => weightsOf(sigma, 4)),
    factors: sigmas.map((sigma) => -(sigma * sigma) / range),
  }
}

/** The part of the smaller disk's area that two disks share; sigmas are those of blobs, whose radius is sigma times the square root of 2. */
export const overlapOf = (
  a: { readonly y: number; readonly x: number; readonly sigmaPx: number },
  b: { readonly y: number; readonly x: number; readonly sigmaPx: number },
): number => {
  const largest = Math.max(a.sigmaPx, b.sigmaPx)
  const small = Math.min(a.sigmaPx, b.sigmaPx) / largest
  const distance = Math.hypot(a.y - b.y, a.x - b.x) / (largest * Math.SQRT2)
  if (distance > 1 + small) return 0
  if (distance <= 1 - small) return 1
  const clipped = (cosine: number): number => Math.acos(Math.min(1, Math.max(-1, cosine)))
  const first = clipped((distance ** 2 + 1 - small ** 2) / (2 * distance))
  const second = clipped((distance ** 2 + small ** 2 - 1) / (2 * distance * small))
  const kite = (1 + small - distance) * (distance - small + 1) * (distance + small - 1) * (distance + small + 1)
  const area = first + small ** 2 * second - 0.5 * Math.sqrt(Math.abs(kite))
  return area / (Math.PI * small ** 2)
}

/** A blob, before its radius is said. */
interface Sized {
  readonly y: number
  readonly x: number
  readonly sigmaPx: number
  readonly response: number
}

/**
 * Pairs of blobs (first index below the second) that overlap by more than a part, in order. Blobs lie in cells as wide as the
 * largest reach, so that only those of neighbouring cells are looked at.
 */
const overlapping = (blobs: ReadonlyArray<Sized>, part: number): ReadonlyArray<readonly [number, number]> => {
  const reach = 2 * Math.SQRT2 * blobs.reduce((largest, { sigmaPx }) => Math.max(largest, sigmaPx), 0)
  const cells = new Map<string, Array<number>>()
  const pairs: Array<readonly [number, number]> = []
  for (const [index, blob] of blobs.entries()) {
    const [ownRow, ownColumn] = [Math.floor(blob.y / reach), Math.floor(blob.x / reach)]
    for (let row = ownRow - 1; row <= ownRow + 1; row++) {
      for (let column = ownColumn - 1; column <= ownColumn + 1; column++) {
        for (const other of cells.get(`${row},${column}`) ?? []) {
          if (overlapOf(blobs[other], blob) > part) pairs.push([other, index])
        }
      }
    }
    const own = `${ownRow},${ownColumn}`
    const held = cells.get(own)
    if (held === undefined) cells.set(own, [index])
    else held.push(index)
  }
  return pairs.sort((a, b) => a[0] - b[0] || a[1] - b[1])
}

/**
 * Blobs, the strongest first. Of two that overlap by more than `overlap` the one of the larger scale stays; of two of one scale the
 * stronger or the `weaker` one. A blob that was dropped drops no other.
 */
export const blobsOf = (
  peaks: ReadonlyArray<Peak>,
  sigmas: ReadonlyArray<number>,
  overlap: number,
  equalScale: "stronger" | "weaker",
): ReadonlyArray<Sized & { readonly radiusPx: number }> => {
  const blobs = peaks
    .map(({ response, scale, x, y }) => ({ y, x, sigmaPx: sigmas[scale] ?? 0, response }))
    .sort((a, b) => b.response - a.response || a.y - b.y || a.x - b.x || a.sigmaPx - b.sigmaPx)
  if (blobs.length === 0) return []
  const dropped = new Set<number>()
  const drops = (first: number, second: number): number => {
    const [a, b] = [blobs[first].sigmaPx, blobs[second].sigmaPx]
    if (a !== b) return a > b ? second : first
    return equalScale === "stronger" ? second : first
  }
  for (const [first, second] of overlapping(blobs, overlap)) {
    if (!dropped.has(first) && !dropped.has(second)) dropped.add(drops(first, second))
  }
  return blobs
    .filter((_, index) => !dropped.has(index))
    .map((blob) => ({ ...blob, radiusPx: blob.sigmaPx * Math.SQRT2 }))
}
