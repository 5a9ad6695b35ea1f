/** Uneven light of a plate: the flat field from many fields, then each field corrected. */
import assert from "node:assert/strict"
import { estimateFlatField, flatFieldCorrect } from "@heddle/imaging/FlatField"
import { allocate, type Image, planeOf, type Stack } from "@heddle/imaging/Image"
import { load } from "@heddle/imaging/Wasm"
import { discPicture, plain, uniform, vignette } from "./scene.ts"

/** Corrects all fields of one channel; the detector's dark field is a constant offset where none was taken. */
export const correctFields = async (fields: Stack<Uint16Array>, offset: number): Promise<Stack<Uint16Array>> => {
  const { height, width } = fields
  const backend = await load()
  const dark: Image<Uint16Array> = { data: new Uint16Array(width * height).fill(offset), width, height }
  const { converged, flat } = estimateFlatField(fields, { dark })
  if (!converged) throw new Error("the fields have no flat field in common: look at them, or take more")
  const corrected = allocate("uint16", fields.data.length)
  for (let plane = 0; plane < fields.planes; plane++) {
    const into = corrected.subarray(plane * width * height, (plane + 1) * width * height)
    flatFieldCorrect(planeOf(fields, plane), { flat, dark }, {}, { backend, into })
  }
  return { ...fields, data: corrected }
}

// 24 fields of 12 cells each, 60 % of the light in the corners.
const side = 96
const planes = 24
const next = uniform(3)
const fields = { data: new Uint16Array(planes * side * side), width: side, height: side, planes }
for (let plane = 0; plane < planes; plane++) {
  const discs = Array.from({ length: 12 }, () => ({ x: next() * side, y: next() * side, radiusPx: 4, light: 2000 }))
  const taken = { ...plain, background: 800, isUneven: true, offset: 100, seed: plane + 1 }
  fields.data.set(discPicture(fields, discs, taken).data, plane * side * side)
}
const corrected = await correctFields(fields, 100)

/** Background in the middle and in a corner: the median over the fields of one place. */
const backgroundAt = (stack: Stack, x: number, y: number): number =>
  Array.from({ length: planes }, (_, plane) => planeOf(stack, plane).data[y * side + x] ?? 0).toSorted((a, b) => a - b)[
    planes / 2
  ] ?? 0
const before = (backgroundAt(fields, 2, 2) - 100) / (backgroundAt(fields, 48, 48) - 100)
const after = backgroundAt(corrected, 2, 2) / backgroundAt(corrected, 48, 48)
assert.ok(Math.abs(before - vignette(2 / side, 2 / side)) < 0.03, `before ${before}`)
assert.ok(Math.abs(after - 1) < 0.03, `after ${after}`)
