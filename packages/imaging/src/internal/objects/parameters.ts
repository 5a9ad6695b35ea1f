/**
 * Parameters that several kernels of objects have.
 *
 * @layer contract
 * @module
 */
import type { Connectivity } from "./ops.ts"

/** Which pixels touch. A choice, for there is nothing between 4 and 8. */
export const connectivityParameter = {
  kind: "choice",
  choices: ["4", "8"],
  fallback: "8",
  unit: "",
  summary: "pixels touch by their sides (4), or also by their corners (8)",
} as const

/** The choice as a number. */
export const connectivityOf = (choice: "4" | "8"): Connectivity => (choice === "4" ? 4 : 8)

/** How large a pixel is, where columns in um are asked for. */
export const pixelSizeParameter = {
  kind: "number",
  minimum: 0,
  maximum: 1e6,
  above: true,
  optional: true,
  unit: "um",
  summary: "side of a pixel; left out where it is not known: numbers in um are then NaN",
} as const

/** The largest number that a threshold may be: that of the widest pixels. */
export const largestValue = 3.402_823_466_385_288_6e38

/** The largest 32-bit float that is not above a number: pixels above one are above the other. */
export const floatAtMost = (value: number): number => {
  const rounded = Math.fround(value)
  if (rounded <= value) return rounded
  const bits = new Int32Array(1)
  const floats = new Float32Array(bits.buffer)
  floats[0] = rounded
  if (rounded > 0) bits[0]--
  else if (rounded < 0) bits[0]++
  else bits[0] = -0x7fff_ffff
  return floats[0]
}
