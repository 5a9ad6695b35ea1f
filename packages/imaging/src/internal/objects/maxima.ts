/**
 * Local maxima of an image, and of each object of a label image by itself.
 *
 * @layer logic
 * @module
 */
import type { Image, Labels } from "../../Image.ts"
import { indexed } from "./label.ts"
import type { ObjectsOps, Runs } from "./ops.ts"
import { floatAtMost } from "./parameters.ts"
import { peaks, spaced } from "./peaks.ts"

/** How maxima are chosen. */
export interface MaximaOptions {
  readonly minimumDistancePx: number
  readonly borderPx: number
  readonly thresholdAbove: number
}

/** The threshold as a value of the pixels' type, or -1 where all whole numbers are above it: the same pixels are above it. */
export const thresholdFor = ({ data }: Image, threshold: number): number =>
  data instanceof Float32Array
    ? floatAtMost(threshold)
    : Math.min(Math.max(-1, Math.floor(threshold)), data.BYTES_PER_ELEMENT === 1 ? 255 : 65_535)

/** Places of the maxima of a whole image, the highest first. */
export const maximaOf = (ops: ObjectsOps, image: Image, options: MaximaOptions): Uint32Array => {
  const { data, height, width } = image
  const { borderPx, minimumDistancePx } = options
  const { least, most } = ops.rangeOf(image)
  const threshold = Math.max(options.thresholdAbove, least)
  // A picture of one value that is not below the 0 outside has no maximum, unless it is one pixel.
  if (data.length > 1 && least >= 0 && least === most) return new Uint32Array(0)
  const found =
    data.length === 1
      ? Uint32Array.from(data[0] > threshold ? [0] : [])
      : ops.peaks(image, minimumDistancePx, thresholdFor(image, threshold))
  const inside = found.filter((place) => {
    const x = place % width
    const y = (place - x) / width
    return x >= borderPx && y >= borderPx && x < width - borderPx && y < height - borderPx
  })
  return spaced(inside, image, minimumDistancePx)
}

/** Pixels of a mask that its opening with a cross removes. */
const isolated = (mask: Uint8Array, width: number, height: number): Uint8Array => {
  const at = (values: Uint8Array, x: number, y: number): number =>
    x >= 0 && y >= 0 && x < width && y < height ? values[y * width + x] : 0
  const cross = (values: Uint8Array, x: number, y: number): ReadonlyArray<number> => [
    at(values, x, y),
    at(values, x - 1, y),
    at(values, x + 1, y),
    at(values, x, y - 1),
    at(values, x, y + 1),
  ]
  const eroded = mask.map((_, index) => Math.min(...cross(mask, index % width, Math.floor(index / width))))
  return mask.map((value, index) =>
    value === 1 && Math.max(...cross(eroded, index % width, Math.floor(index / width))) === 0 ? 1 : 0,
  )
}

interface Box {
  left: number
  top: number
  right: number
  bottom: number
}

/** The bounding box of each object within the border. */
const boxesOf = (
  { ends, rows, starts }: Runs,
  objects: Uint32Array,
  count: number,
  { height, width }: Labels,
  borderPx: number,
): ReadonlyArray<Box> => {
  const boxes = Array.from({ length: count }, () => ({ left: width, top: height, right: 0, bottom: 0 }))
  for (let y = borderPx; y < height - borderPx; y++) {
    for (let run = rows[y]; run < rows[y + 1]; run++) {
      const left = Math.max(starts[run], borderPx)
      const right = Math.min(ends[run], width - borderPx)
      const box = boxes[objects[run]]
      if (left >= right || box === undefined) continue
      box.left = Math.min(box.left, left)
      box.right = Math.max(box.right, right)
      box.top = Math.min(box.top, y)
      box.bottom = y + 1
    }
  }
  return boxes
}

/** Places of the maxima of each object by itself, objects by rising label, in each the highest first. */
export const maximaOfObjects = (ops: ObjectsOps, image: Image, labels: Labels, options: MaximaOptions): Uint32Array => {
  const { borderPx, minimumDistancePx } = options
  const runs = ops.runsOf(labels)
  const { labels: names, objects } = indexed(runs)
  const threshold = Math.max(options.thresholdAbove, ops.rangeOf(image).least)
  const all: Array<number> = []
  for (const [object, box] of boxesOf(runs, objects, names.length, labels, borderPx).entries()) {
    const [width, height] = [box.right - box.left, box.bottom - box.top]
    if (width <= 0) continue
    const placeOf = (index: number): number =>
      (box.top + Math.floor(index / width)) * image.width + box.left + (index % width)
    const mask = Uint8Array.from({ length: width * height }, (_, index) =>
      labels.data[placeOf(index)] === names[object] ? 1 : 0,
    )
    const data = Float64Array.from(mask, (own, index) =>
      own === 1 ? image.data[placeOf(index)] : Number.NEGATIVE_INFINITY,
    )
    const values = { data, width, height }
    const inside = (index: number): boolean => mask[index] === 1
    let found = data.length === 1 ? Uint32Array.of(0) : peaks(values, minimumDistancePx, Number.NEGATIVE_INFINITY)
    found = found.filter(inside)
    // An object that is a plateau has no maximum, but for the pixels that stand out of it.
    if (data.length > 1 && found.length === mask.reduce((sum, own) => sum + own, 0)) {
      const out = isolated(mask, width, height)
      found = found.filter((index) => out[index] === 1)
    }
    found = found.filter((index) => data[index] > threshold)
    for (const index of spaced(found, values, minimumDistancePx)) all.push(placeOf(index))
  }
  return Uint32Array.from(all)
}
