/**
 * Seeded masks and label images for tests of objects.
 */
import type { Image, Labels, Mask } from "../src/Image.ts"
import { between, uniform } from "./random.ts"
import { anyScene, kinds, type Kind, scene } from "./scenes.ts"

/** A seeded mask: a scene above a level of its own, so that there are full, empty, fine and coarse ones. */
export const anyMask = (seed: number, sideMax = 64): Mask => {
  const next = uniform(seed * 31 + 5)
  const image = anyScene("uint8", seed, sideMax)
  const level = between(next, 20, 230)
  return { ...image, data: image.data.map((value) => (value > level ? 1 : 0)) }
}

/** A seeded label image whose labels are neither dense nor, all of them, connected. */
export const anyLabels = (seed: number, sideMax = 64): Labels => {
  const image = anyScene("uint8", seed, sideMax)
  const names = [0, 0, 0, 1, 2, 7, 300, 70_000]
  return { ...image, data: Uint32Array.from(image.data, (value) => names[value >> 5] ?? 0) }
}

/** Scenes of one size and type. */
export const sceneOf = <D extends "uint8" | "uint16" | "float32">(
  dtype: D,
  width: number,
  height: number,
  seed: number,
) => {
  const kind: Kind = kinds[seed % kinds.length] ?? "noise"
  return scene(kind, dtype, width, height, seed)
}

/** Markers at random pixels, some of them of several pixels and of one label. */
export const anyMarkers = ({ data, height, width }: Image, seed: number): Labels => {
  const next = uniform(seed * 17 + 3)
  const markers = new Uint32Array(data.length)
  for (let count = between(next, 1, 8); count > 0; count--) {
    const place = between(next, 0, markers.length - 1)
    markers[place] = between(next, 1, 5)
    if (next() < 0.3) markers[Math.min(place + 1, markers.length - 1)] = markers[place] ?? 1
  }
  return { data: markers, width, height }
}
