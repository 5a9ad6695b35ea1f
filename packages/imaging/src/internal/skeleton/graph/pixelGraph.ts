/**
 * The pixels of a skeleton and which of them are linked. In a plane, pixels that touch are linked, but a diagonal step is left
 * out where shorter steps lead there too, and squares are opened: what is left has one way around each real hole.
 *
 * @layer logic
 * @module
 */
import type { Image, Pixels, Stack } from "../../../Image.ts"
import { voxelBit } from "../tables.ts"
import type { Arena } from "./arena.ts"

/** Pixels by number, in raster order, with their links. */
export interface PixelGraph {
  readonly width: number
  readonly height: number
  readonly planes: number
  /** Where each pixel stands in the data. */
  readonly places: Uint32Array
  /** By pixel and neighbouring row (three of a plane, nine of a volume) the first pixel there that is not left of its own left. */
  readonly firsts: Int32Array
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

/** The number of the lowest place of a set of places. */
export const lowestPlace = (places: number): number => 31 - Math.clz32(places & -places)

/** How many places there are in a set. */
export const placeCount = (places: number): number => {
  let count = 0
  for (let rest = places; rest !== 0; rest &= rest - 1) count++
  return count
}

/** How many of the lowest two bits are set. */
const bitsOfTwo = [0, 1, 1, 2] as const

/** The pixel at one of the places around a pixel; there must be one. */
export const neighbourAt = ({ firsts, planes, touching }: PixelGraph, pixel: number, place: number): number => {
  const row = Math.floor(place / 3)
  // Pixels of a row are numbered in order: those that touch and stand before the place are counted, the middle with them.
  const before = ((touching[pixel] | (1 << middle)) >> (row * 3)) & ((1 << (place % 3)) - 1)
  const first = planes === 1 ? firsts[pixel * 3 + row - 3] : firsts[pixel * 9 + row]
  return first + (bitsOfTwo[before] ?? 0)
}

/** Takes a link away, from both of its ends. */
export const unlink = (graph: PixelGraph, pixel: number, place: number): void => {
  graph.links[pixel] &= ~(1 << place)
  graph.links[neighbourAt(graph, pixel, place)] &= ~(1 << (26 - place))
}

/** Places of pixels that are not zero, ascending. Sixteen bytes are passed over at once where they are zero, then four. */
const placesOf = (data: Pixels, arena: Arena): Uint32Array => {
  // Skeletons are thin: most have room at once.
  let places = arena.uint32(Math.max(4096, data.length >> 4))
  let count = 0
  const add = (from: number, to: number): void => {
    for (let place = from; place < to; place++) {
      if (data[place] === 0) continue
      if (count === places.length) {
        const larger = arena.uint32(2 * count)
        larger.set(places)
        places = larger
      }
      places[count++] = place
    }
  }
  const perWord = 4 / data.BYTES_PER_ELEMENT
  const words =
    data.byteOffset % 4 === 0
      ? new Int32Array(data.buffer, data.byteOffset, Math.floor(data.byteLength / 4))
      : new Int32Array(0)
  let word = 0
  for (; word + 4 <= words.length; word += 4) {
    if ((words[word] | words[word + 1] | words[word + 2] | words[word + 3]) === 0) continue
    for (let one = word; one < word + 4; one++) if (words[one] !== 0) add(one * perWord, (one + 1) * perWord)
  }
  for (; word < words.length; word++) if (words[word] !== 0) add(word * perWord, (word + 1) * perWord)
  add(words.length * perWord, data.length)
  return places.subarray(0, count)
}

/** Pixels that are not zero, each linked to all that touch it. */
export const touchingGraph = ({ data, height, planes, width }: Stack<Pixels>, arena: Arena): PixelGraph => {
  const places = placesOf(data, arena)
  const count = places.length
  /** The first pixel of each row of each plane, and the end. */
  const starts = arena.int32(planes * height + 1).fill(0)
  for (let pixel = 0; pixel < count; pixel++) starts[Math.floor(places[pixel] / width) + 1]++
  for (let row = 0; row < planes * height; row++) starts[row + 1] += starts[row]

  const touching = arena.int32(count).fill(0)
  const rows = planes === 1 ? 3 : 9
  // Rows beyond the picture are never asked for.
  const firsts = arena.int32(count * rows)
  for (let row = 0; row < planes * height; row++) {
    if (starts[row] === starts[row + 1]) continue
    const y = row % height
    const plane = (row - y) / height
    for (let index = 0; index < rows; index++) {
      const dy = (index % 3) - 1
      const dz = planes === 1 ? 0 : Math.floor(index / 3) - 1
      if (y + dy < 0 || y + dy >= height || plane + dz < 0 || plane + dz >= planes) continue
      const other = row + dz * height + dy
      const shift = (dz + 1) * 9 + (dy + 1) * 3
      const toOther = (other - row) * width
      const end = starts[other + 1]
      let first = starts[other]
      // Both rows are walked along together.
      for (let pixel = starts[row]; pixel < starts[row + 1]; pixel++) {
        const left = places[pixel] + toOther - 1
        while (first < end && places[first] < left) first++
        let bits = 0
        for (let one = first; one < end && places[one] <= left + 2; one++) bits |= 1 << (places[one] - left)
        touching[pixel] |= bits << shift
        firsts[pixel * rows + index] = first
      }
    }
    for (let pixel = starts[row]; pixel < starts[row + 1]; pixel++) touching[pixel] &= ~(1 << middle)
  }
  const links = arena.int32(count)
  links.set(touching)
  return { width, height, planes, places, firsts, touching, links }
}

/**
 * Leaves out each diagonal link between whose ends a pixel stands that shorter steps reach from both (the relative neighbourhood
 * graph, Toussaint 1980): corners are gone around, and all that hung together still does.
 */
const leaveOutShortcuts = (graph: PixelGraph): void => {
  const { links, touching } = graph
  for (let pixel = 0; pixel < links.length; pixel++) {
    const all = touching[pixel]
    for (let rest = all & ((1 << middle) - 1); rest !== 0; rest &= rest - 1) {
      const place = lowestPlace(rest)
      if (axesOf[place] > 1 && (all & between[place]) !== 0) unlink(graph, pixel, place)
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
const openSquares = (graph: PixelGraph, arena: Arena): void => {
  const { links, touching } = graph
  const count = links.length
  const mark = arena.mark()
  const parents = arena.int32(count)
  for (let pixel = 0; pixel < count; pixel++) parents[pixel] = pixel
  const isOpen = arena.uint8(count).fill(0)
  /** The square whose upper left pixel this is, or -1. */
  const squareAt = (pixel: number): number => (pixel >= 0 && (touching[pixel] & square) === square ? pixel : -1)
  const pixelBeside = (pixel: number, step: number): number =>
    (touching[pixel] & step) === 0 ? -1 : neighbourAt(graph, pixel, lowestPlace(step))
  /** Takes the link between two sides away if they are not yet one and not both open. */
  const open = (pixel: number, step: number, first: number, second: number): void => {
    if (first < 0 && second < 0) return
    const firstRoot = first < 0 ? -1 : rootOf(parents, first)
    const secondRoot = second < 0 ? -1 : rootOf(parents, second)
    const isFirstOpen = firstRoot < 0 || isOpen[firstRoot] === 1
    const isSecondOpen = secondRoot < 0 || isOpen[secondRoot] === 1
    if (firstRoot === secondRoot || (isFirstOpen && isSecondOpen)) return
    unlink(graph, pixel, lowestPlace(step))
    const root = Math.max(firstRoot, secondRoot)
    if (firstRoot >= 0) parents[firstRoot] = root
    if (secondRoot >= 0) parents[secondRoot] = root
    isOpen[root] = isFirstOpen || isSecondOpen ? 1 : 0
  }
  const above = voxelBit(0, -1, 0)
  const left = voxelBit(0, 0, -1)
  for (let pixel = 0; pixel < count; pixel++) {
    if ((links[pixel] & right) !== 0) open(pixel, right, squareAt(pixelBeside(pixel, above)), squareAt(pixel))
    if ((links[pixel] & below) !== 0) open(pixel, below, squareAt(pixelBeside(pixel, left)), squareAt(pixel))
  }
  arena.rewind(mark)
}

/** The graph of one plane. */
export const planeGraphOf = (image: Image<Pixels>, arena: Arena): PixelGraph => {
  const graph = touchingGraph({ ...image, planes: 1 }, arena)
  leaveOutShortcuts(graph)
  openSquares(graph, arena)
  return graph
}
