/**
 * Peaks of the scale space of a picture, in plain TypeScript.
 *
 * @layer logic
 * @module
 */
import type { Image } from "../../Image.ts"
import { laplacian } from "./separable.ts"
import type { Weights } from "./weights.ts"

/** What scale space is made of. */
export interface ScaleSpace {
  /** One for each scale. */
  readonly weights: ReadonlyArray<Weights>
  /** What each scale's Laplacian is multiplied by: negative, so that bright blobs are maxima. */
  readonly factors: ReadonlyArray<number>
  /** Taken off each pixel. */
  readonly offset: number
  /** Peaks are above it. */
  readonly threshold: number
  /** Dark peaks, of the negated space, are above it; `undefined` looks for none. */
  readonly darkThreshold: number | undefined
}

/** A peak: a place, a scale, and how strong it is there. */
export interface Peak {
  readonly y: number
  readonly x: number
  /** Index of the scale. */
  readonly scale: number
  /** Always positive. */
  readonly response: number
}

/** Peaks of bright and of dark blobs, in the order of scale, y, x. */
export interface Peaks {
  readonly bright: ReadonlyArray<Peak>
  readonly dark: ReadonlyArray<Peak>
}

/** Places that no neighbour in the plane or the planes beside it exceeds, of those above a threshold. */
const peaksOf = (
  planes: ReadonlyArray<Float32Array>,
  width: number,
  height: number,
  scale: number,
  threshold: number,
  sign: number,
): ReadonlyArray<Peak> => {
  const found: Array<Peak> = []
  const near = planes.slice(Math.max(0, scale - 1), scale + 2)
  const plane = planes[scale] ?? new Float32Array(0)
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < width; x++) {
      const response = sign * plane[y * width + x]
      if (!(response > threshold)) continue
      let largest = response
      for (const other of near) {
        for (let row = Math.max(0, y - 1); row <= Math.min(height - 1, y + 1); row++) {
          for (let column = Math.max(0, x - 1); column <= Math.min(width - 1, x + 1); column++) {
            largest = Math.max(largest, sign * other[row * width + column])
          }
        }
      }
      if (largest === response) found.push({ y, x, scale, response })
    }
  }
  return found
}

/** Peaks of the Laplacians of all scales. The border reflects. */
export const peaks = (image: Image, { darkThreshold, factors, offset, threshold, weights }: ScaleSpace): Peaks => {
  const planes = weights.map(
    (one, scale) =>
      laplacian(image, { weights: one, border: "reflect", offset, factor: factors[scale] ?? 1 }, undefined).data,
  )
  const { height, width } = image
  const all = (limit: number, sign: number) =>
    planes.flatMap((_, scale) => peaksOf(planes, width, height, scale, Math.fround(limit), sign))
  return { bright: all(threshold, 1), dark: darkThreshold === undefined ? [] : all(darkThreshold, -1) }
}
