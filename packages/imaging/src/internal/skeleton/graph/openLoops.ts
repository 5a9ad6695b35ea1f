/**
 * Which links of a volume's pixels are kept so that every loop that is left goes around a tunnel.
 *
 * Three pixels that touch each other enclose nothing: their triangle fills the loop of their links. What triangles can fill is
 * found by reducing their boundaries to distinct longest links, as is done for persistent homology (Edelsbrunner and
 * Harer 2010, "Computational Topology", chapter VII): each such link goes, since shorter ones lead around the filled part
 * to its other end. Diagonal links count as longer than straight ones, and later pixels' as longer than earlier ones'.
 *
 * @layer logic
 * @module
 */
import { axesOf, lowestPlace, neighbourAt, type PixelGraph, placeSteps, unlink } from "./pixelGraph.ts"

/** Places before the middle in raster order. */
const earlier = (1 << 13) - 1

/** By two places the place of the second as seen from the first; -1 where they do not touch. */
const placeFrom = placeSteps.map(([z, y, x]) =>
  placeSteps.map(([dz, dy, dx]) => {
    const step = [dz - z, dy - y, dx - x]
    if (step.some((one) => Math.abs(one) > 1)) return -1
    return step.reduce((place, one) => place * 3 + one + 1, 0)
  }),
)

/** By place the places that touch it. */
const touchingOf = placeFrom.map((places) =>
  places.reduce((mask, place, other) => (place < 0 || place === 13 ? mask : mask | (1 << other)), 0),
)

/** What is in one of two lists, both from large to small, but not in both. */
const difference = (first: ReadonlyArray<number>, second: ReadonlyArray<number>): ReadonlyArray<number> => {
  const result: Array<number> = []
  let [left, right] = [0, 0]
  while (left < first.length || right < second.length) {
    const one = first[left] ?? -1
    const other = second[right] ?? -1
    if (one >= other) left++
    if (other >= one) right++
    if (one !== other) result.push(Math.max(one, other))
  }
  return result
}

const descending = (a: number, b: number, c: number): ReadonlyArray<number> => {
  if (a < b) return b < c ? [c, b, a] : a < c ? [b, c, a] : [b, a, c]
  return a < c ? [c, a, b] : b < c ? [a, c, b] : [a, b, c]
}

/** Takes links away until all loops that are left go around a tunnel, each tunnel once. Pieces stay whole. */
export const openLoops = (graph: PixelGraph): void => {
  const { touching } = graph
  const count = touching.length
  /** By pixel and earlier place the rank of the link, shortest first. */
  const ranks = new Int32Array(count * 13)
  const linkOf: Array<number> = []
  for (const axes of [1, 2, 3]) {
    for (let pixel = 0; pixel < count; pixel++) {
      for (let rest = touching[pixel] & earlier; rest !== 0; rest &= rest - 1) {
        const place = lowestPlace(rest)
        if (axesOf[place] !== axes) continue
        ranks[pixel * 13 + place] = linkOf.length
        linkOf.push(pixel * 13 + place)
      }
    }
  }

  /** By longest link the reduced boundary that has it. */
  const reduced: Array<ReadonlyArray<number> | undefined> = Array.from({ length: linkOf.length })
  const reduce = (boundary: ReadonlyArray<number>): void => {
    let rest = boundary
    for (let longest = rest[0]; longest !== undefined; longest = rest[0]) {
      const known = reduced[longest]
      if (known === undefined) {
        reduced[longest] = rest
        return
      }
      rest = difference(rest, known)
    }
  }

  for (let pixel = 0; pixel < count; pixel++) {
    const all = touching[pixel] & earlier
    // Each triangle is met at its last pixel; `first` comes before `second`, and both before the pixel.
    for (let rest = all; rest !== 0; rest &= rest - 1) {
      const first = lowestPlace(rest)
      for (let more = all & touchingOf[first] & ~((2 << first) - 1); more !== 0; more &= more - 1) {
        const second = lowestPlace(more)
        // With a still earlier pixel that touches all three, the triangle is the sum of three that have that pixel.
        const before = touching[pixel] & touchingOf[first] & touchingOf[second] & ((1 << first) - 1)
        if (before !== 0) continue
        const across = neighbourAt(graph, pixel, second) * 13 + placeFrom[second][first]
        reduce(descending(ranks[pixel * 13 + first], ranks[pixel * 13 + second], ranks[across]))
      }
    }
  }
  for (let rank = 0; rank < linkOf.length; rank++) {
    if (reduced[rank] === undefined) continue
    const link = linkOf[rank] ?? 0
    unlink(graph, Math.floor(link / 13), link % 13)
  }
}
