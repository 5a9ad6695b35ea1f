/**
 * The seeded plates of `reference/shading.py`, pixel by pixel: sums, products and square roots alone.
 */
import type { Stack } from "../src/Image.ts"
import { uniform } from "./random.ts"

/** Pixels along each side. */
export const sidePx = 64

/** What a plate is made of. */
export interface PlateOptions {
  readonly seed: number
  readonly fields: number
  readonly cells: number
  readonly low: number
  readonly high: number
  readonly has_dark: boolean
}

/** The light, of mean 1, and the dark field of a detector that glows in one corner. */
export const shadingTruth = (): { readonly flat: Float64Array; readonly dark: Float64Array } => {
  const raw = new Float64Array(sidePx * sidePx)
  const dark = new Float64Array(raw.length)
  for (let index = 0; index < raw.length; index++) {
    const [x, y] = [(index % sidePx) / sidePx, Math.floor(index / sidePx) / sidePx]
    const fall = 1 + 0.8 * ((x - 0.45) * (x - 0.45) + (y - 0.55) * (y - 0.55))
    raw[index] = 1 / (fall * fall)
    dark[index] = 100 + 20 * x + 40 / (1 + 20 * ((x - 1) * (x - 1) + y * y))
  }
  const mean = raw.reduce((sum, value) => sum + value, 0) / raw.length
  return { flat: raw.map((value) => value / mean), dark }
}

/** Fields of a plate: cells on a background, under one light, with exposures that differ, and noise of photons. */
export const plateOf = ({ cells, fields, has_dark, high, low, seed }: PlateOptions): Stack<Uint16Array> => {
  const next = uniform(seed)
  const { dark, flat } = shadingTruth()
  const size = sidePx * sidePx
  const data = new Uint16Array(size * fields)
  for (let field = 0; field < fields; field++) {
    const exposure = low + (high - low) * next()
    const light = new Float64Array(size).fill(400)
    for (let cell = 0; cell < cells; cell++) {
      const [column, row] = [next() * sidePx, next() * sidePx]
      const [radius, add] = [(0.03 + 0.03 * next()) * sidePx, 200 + 1300 * next()]
      for (let index = 0; index < size; index++) {
        const [x, y] = [(index % sidePx) - column, Math.floor(index / sidePx) - row]
        const square = x * x + y * y
        if (square < radius * radius) light[index] += add * (1 - square / (radius * radius))
      }
    }
    for (let index = 0; index < size; index++) {
      const signal = light[index] * exposure * flat[index]
      const noise = (next() + next() + next() + next() - 2) * Math.sqrt(3 * signal)
      const value = Math.floor((has_dark ? signal + noise + dark[index] : signal + noise) + 0.5)
      data[field * size + index] = Math.min(65_535, Math.max(0, value))
    }
  }
  return { data, width: sidePx, height: sidePx, planes: fields }
}
