/**
 * Seeded masks and volumes for skeletons: thick lines, blobs, noise of every density.
 */
import { allocate, type Dtype, type DtypeArrays, type Image, rangeMaxOf, type Stack } from "../src/Image.ts"
import { between, uniform } from "./random.ts"
import { kinds, sceneValues } from "./scenes.ts"

const filled = <D extends Dtype>(dtype: D, values: ReadonlyArray<boolean>): DtypeArrays[D] => {
  const data = allocate(dtype, values.length)
  // A mask may hold any one value besides zero: 1, or the type's largest.
  const foreground = values.length % 2 === 0 ? 1 : rangeMaxOf(dtype)
  for (const [index, value] of values.entries()) if (value) data[index] = foreground
  return data
}

/** A scene cut at a random height, or noise; up to 200 pixels wide, so that words and blocks are crossed. */
export const randomMask = <D extends Dtype>(dtype: D, seed: number): Image<DtypeArrays[D]> => {
  const next = uniform(seed * 31 + 7)
  const [width, height] = [between(next, 1, seed % 4 === 0 ? 200 : 60), between(next, 1, 70)]
  const kind = kinds[between(next, 0, kinds.length - 1)] ?? "noise"
  const values = sceneValues(kind, width, height, seed)
  const cut = kind === "noise" ? next() : kind === "neurites" ? 0.12 : 0.15 + next() * 0.4
  return {
    data: filled(
      dtype,
      Array.from(values, (value) => value > cut),
    ),
    width,
    height,
  }
}

/** Balls, tubes and noise in a volume of a few planes. */
export const randomVolume = <D extends Dtype>(dtype: D, seed: number): Stack<DtypeArrays[D]> => {
  const next = uniform(seed * 17 + 3)
  const [width, height] = [between(next, 1, seed % 5 === 0 ? 140 : 24), between(next, 1, 24)]
  const planes = between(next, seed % 7 === 0 ? 1 : 2, 12)
  const values = new Float64Array(width * height * planes)
  const noise = seed % 3 === 0
  const density = next()
  const balls = Array.from({ length: 14 }, () => [
    next() * planes,
    next() * height,
    next() * width,
    1 + next() * 4,
    next() * 2,
  ])
  for (let index = 0; index < values.length; index++) {
    const [x, y, z] = [index % width, Math.floor(index / width) % height, Math.floor(index / (width * height))]
    if (noise) {
      values[index] = next() < density ? 1 : 0
      continue
    }
    for (const [cz = 0, cy = 0, cx = 0, radius = 0, slope = 0] of balls) {
      const along = Math.abs(x - cx) < radius * 3 ? slope * (x - cx) : radius * 9
      const near = (z - cz) ** 2 + (y - cy) ** 2 + (x - cx) ** 2 <= radius ** 2
      if (near || (y - cy - along) ** 2 + (z - cz) ** 2 <= 2) values[index] = 1
    }
  }
  return {
    data: filled(
      dtype,
      Array.from(values, (value) => value > 0),
    ),
    width,
    height,
    planes,
  }
}

/** A mask as it is drawn: `#` is foreground. */
export const drawn = (text: string): Image<Uint8Array> => {
  const rows = text
    .trim()
    .split("\n")
    .map((row) => row.trim())
  const data = Uint8Array.from(rows.join(""), (character) => (character === "#" ? 1 : 0))
  return { data, width: rows[0]?.length ?? 0, height: rows.length }
}

/** A mask as a drawing. */
export const shown = ({ data, height, width }: Image<Uint8Array>): string =>
  Array.from({ length: height }, (_, y) =>
    Array.from(data.subarray(y * width, (y + 1) * width), (value) => (value === 0 ? "." : "#")).join(""),
  ).join("\n")
