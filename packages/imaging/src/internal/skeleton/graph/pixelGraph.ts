/**
 * The pixels of a skeleton and which of them are linked. In a plane, pixels that touch are linked, but a diagonal step is left
 * out where shorter steps lead there too, and squares are opened: what is left has one way around each real hole.
 *
 * @layer logic
 * @module
 */
import type { Image, Pixels, Stack } from "../../../Image.ts"
import { voxelBit } from "../tables.ts"

/** Pixels by number, in raster order, with their links. */
export interface PixelGraph {
  readonly width: number
  readonly height: number
  readonly planes: number
  /** Where each pixel stands in the data. */
  readonly places: Uint32Array
  /** By place the pixel's number and 1; 0 where there is none. */
  readonly numbers: Int32Array
  /** By pixel one bit for each of 27 neighbouring places (see `voxelBit`), the pixels that touch it. */
  readonly touching: Int32Array
  /** As `touching`, the pixels that it is linked to. */
  readonly links: Int32Array
}

/** The middle's own place. */
const middle = 13

const steps = [-1, 0, 1] as const

/** The step to each of 27 places. */
export const placeSteps: ReadonlyArray<readonly [dz: number, dy: number, dx: number]> = steps.flatMap((dz) =>
  steps.flatMap((dy) => steps.map((dx) => [dz, dy, dx] as const)),
)

/** Along how many axes each step goes: 1 straight, 2 and 3 diagonal. */
export const axesOf = placeSteps.map((step) => step.filter((one) => one !== 0).length)

/** Places between the middle and a diagonal place, reached by shorter steps from both. */
const between = placeSteps.map(([dz, dy, dx]) => {
  let mask = 0
  for (const z of [0, dz]) {
    for (const y of [0, dy]) {
      for (const x of [0, dx]) {
        const isEnd = (z === 0 && y === 0 && x === 0) || (z === dz && y === dy && x === dx)
        if (!isEnd) mask |= voxelBit(z, y, x)
      }
    }
  }
  return mask
})

/** How much further a place is in the data. */
export const offsetsOf = ({ height, width }: { readonly height: number; readonly width: number }): Int32Array =>
  Int32Array.from(placeSteps, ([dz, dy, dx]) => (dz * height + dy) * width + dx)

/** The number of the lowest place of a set of places. */
export const lowestPlace = (places: number): number => 31 - Math.clz32(places & -places)

/** How many places there are in a set. */
export const placeCount = (places: number): number => {
  let count = 0
  for (let rest = places; rest !== 0; rest &= rest - 1) count++
  return count
}

/** The pixel at one of the places around a pixel; there must be one. */
export const neighbourAt = (graph: PixelGraph, offsets: Int32Array, pixel: number, place: number): number =>
  graph.numbers[graph.places[pixel] + offsets[place]] - 1

/** Takes a link away, from both of its ends. */
export const unlink = (graph: PixelGraph, offsets: Int32Array, pixel: number, place: number): void => {
  graph.links[pixel] &= ~(1 << place)
  graph.links[neighbourAt(graph, offsets, pixel, place)] &= ~(1 << (26 - place))
}

/** Pixels that are not zero, each linked to all that touch it. */
export const touchingGraph = ({ data, height, planes, width }: Stack<Pixels>): PixelGraph => {
  const numbers = new Int32Array(data.length)
  let count = 0
  for (let place = 0; place < data.length; place++) if (data[place] !== 0) numbers[place] = ++count
  const places = new Uint32Array(count)
  const touching = new Int32Array(count)
  for (let place = 0, pixel = 0; pixel < count; place++) if (numbers[place] !== 0) places[pixel++] = place
  const offsets = offsetsOf({ height, width })
  for (let pixel = 0; pixel < count; pixel++) {
    const place = places[pixel]
    const x = place % width
    const row = (place - x) / width
    const y = row % height
    const isFirstPlane = row < height
    // Each pair is found once, from its later pixel.
    for (let at = isFirstPlane ? 9 : 0; at < middle; at++) {
      const [, dy, dx] = placeSteps[at]
      if (x + dx < 0 || x + dx >= width || y + dy < 0 || y + dy >= height) continue
      const other = numbers[place + offsets[at]] - 1
      if (other < 0) continue
      touching[pixel] |= 1 << at
      touching[other] |= 1 << (26 - at)
    }
  }
  return { width, height, planes, places, numbers, touching, links: touching.slice() }
}

/**
 * Leaves out each diagonal link between whose ends a pixel stands that shorter steps reach from both (the relative neighbourhood
 * graph, Toussaint 1980): corners are gone around, and all that hung together still does.
 */
const leaveOutShortcuts = (graph: PixelGraph, offsets: Int32Array): void => {
  const { links, touching } = graph
  for (let pixel = 0; pixel < links.length; pixel++) {
    const all = touching[pixel]
    for (let rest = all & ((1 << middle) - 1); rest !== 0; rest &= rest - 1) {
      const place = lowestPlace(rest)
      if (axesOf[place] > 1 && (all & between[place]) !== 0) unlink(graph, offsets, pixel, place)
    }
  }
}

const rootOf = (parents: Int32Array, one: number): number => {
  let root = one
  while (parents[root] !== root) {
    parents[root] = parents[parents[root]]
    root = parents[root]
  }
  return root
}

const right = voxelBit(0, 0, 1)
const below = voxelBit(0, 1, 0)
const square = right | below | voxelBit(0, 1, 1)

/**
 * Opens squares of four pixels in a plane: links are taken away so that each square runs together with exactly one opening to
 * where no pixels are, over squares beside it if need be. All loops that are left go around a hole.
 */
const openSquares = (graph: PixelGraph, offsets: Int32Array): void => {
  const { links, touching } = graph
  const count = links.length
  const parents = Int32Array.from({ length: count }, (_, pixel) => pixel)
  const isOpen = new Uint8Array(count)
  /** The square whose upper left pixel this is, or -1. */
  const squareAt = (pixel: number): number => (pixel >= 0 && (touching[pixel] & square) === square ? pixel : -1)
  const pixelBeside = (pixel: number, step: number): number =>
    (touching[pixel] & step) === 0 ? -1 : neighbourAt(graph, offsets, pixel, lowestPlace(step))
  /** Takes the link between two sides away if they are not yet one and not both open. */
  const open = (pixel: number, step: number, first: number, second: number): void => {
    if (first < 0 && second < 0) return
    const firstRoot = first < 0 ? -1 : rootOf(parents, first)
    const secondRoot = second < 0 ? -1 : rootOf(parents, second)
    const isFirstOpen = firstRoot < 0 || isOpen[firstRoot] === 1
    const isSecondOpen = secondRoot < 0 || isOpen[secondRoot] === 1
    if (firstRoot === secondRoot || (isFirstOpen && isSecondOpen)) return
    unlink(graph, offsets, pixel, lowestPlace(step))
    const root = Math.max(firstRoot, secondRoot)
    for (const one of [firstRoot, secondRoot]) if (one >= 0) parents[one] = root
    isOpen[root] = isFirstOpen || isSecondOpen ? 1 : 0
  }
  const above = voxelBit(0, -1, 0)
  const left = voxelBit(0, 0, -1)
  for (let pixel = 0; pixel < count; pixel++) {
    if ((links[pixel] & right) !== 0) open(pixel, right, squareAt(pixelBeside(pixel, above)), squareAt(pixel))
    if ((links[pixel] & below) !== 0) open(pixel, below, squareAt(pixelBeside(pixel, left)), squareAt(pixel))
  }
}

/** The graph of one plane. */
export const planeGraphOf = (image: Image<Pixels>): PixelGraph => {
  const graph = touchingGraph({ ...image, planes: 1 })
  const offsets = offsetsOf(image)
  leaveOutShortcuts(graph, offsets)
  openSquares(graph, offsets)
  return graph
}
