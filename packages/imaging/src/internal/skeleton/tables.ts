/**
 * What becomes of a pixel by its eight neighbours, as tables of 256 entries. A neighbourhood is a number of eight bits,
 * clockwise from the upper left: NW 1, N 2, NE 4, E 8, SE 16, S 32, SW 64, W 128.
 *
 * @layer logic
 * @module
 */

const bit = (neighbours: number, position: number): number => (neighbours >> (position & 7)) & 1

/** Positions of the four direct neighbours in a neighbourhood. */
const [north, east, south, west] = [1, 3, 5, 7] as const

/** How many of the eight neighbours are set. */
export const neighbourCount = (neighbours: number): number => {
  let count = 0
  for (let position = 0; position < 8; position++) count += bit(neighbours, position)
  return count
}

/** Into how many pieces the set neighbours fall when the middle is taken away; diagonal neighbours touch. */
export const pieces = (neighbours: number): number => {
  // Walking round the ring, a new piece begins where a set neighbour follows an unset one. A corner between two set
  // sides joins them anyway, set or not: it is filled first. A lone corner stays its own piece.
  let ring = neighbours
  for (let corner = 0; corner < 8; corner += 2) {
    if (bit(neighbours, corner + 7) === 1 && bit(neighbours, corner + 1) === 1) ring |= 1 << corner
  }
  let count = 0
  for (let position = 0; position < 8; position++) {
    if (bit(ring, position) === 0 && bit(ring, position + 1) === 1) count++
  }
  return ring === 255 ? 1 : count
}

/** Conditions of Zhang and Suen: bit 0 where the first sub-iteration removes the pixel, bit 1 where the second does. */
const zhangSuen = (neighbours: number): number => {
  const count = neighbourCount(neighbours)
  let steps = 0
  for (let position = 0; position < 8; position++) {
    if (bit(neighbours, position) === 0 && bit(neighbours, position + 1) === 1) steps++
  }
  if (count < 2 || count > 6 || steps !== 1) return 0
  const [n, e, s, w] = [north, east, south, west].map((position) => bit(neighbours, position) === 1)
  const first = !(n && e && s) && !(e && s && w)
  const second = !(n && e && w) && !(n && s && w)
  return (first ? 1 : 0) | (second ? 2 : 0)
}

/**
 * Where scikit-image's table for `skeletonize` differs from the paper: neighbourhood and entry. It keeps corners of
 * staircases and ends of two-pixel lines that the paper's conditions take away, in one or both sub-iterations.
 * From scikit-image (BSD-3-Clause, copyright the scikit-image team), `morphology/_skeletonize_cy.pyx`.
 */
const scikitImageDifferences: ReadonlyArray<readonly [neighbours: number, entry: number]> = [
  [3, 1],
  [6, 1],
  [10, 3],
  [11, 1],
  [12, 1],
  [14, 1],
  [24, 2],
  [26, 2],
  [40, 3],
  [48, 0],
  [56, 2],
  [96, 2],
  [104, 2],
  [108, 2],
  [129, 0],
  [130, 3],
  [131, 1],
  [134, 1],
  [160, 3],
  [161, 1],
  [176, 2],
  [192, 2],
  [194, 1],
  [198, 1],
  [224, 2],
]

/** Bit 0: the first sub-iteration removes the pixel; bit 1: the second does. As scikit-image has it. */
export const zhangTable = (): Uint8Array => {
  const table = Uint8Array.from({ length: 256 }, (_, neighbours) => zhangSuen(neighbours))
  for (const [neighbours, entry] of scikitImageDifferences) table[neighbours] = entry
  return table
}

/** 1 where the set neighbours are at most one piece: the middle may go without cutting anything. */
export const simpleTable = (): Uint8Array =>
  Uint8Array.from({ length: 256 }, (_, neighbours) => (pieces(neighbours) <= 1 ? 1 : 0))

/**
 * 1 where Lee's method takes a pixel of one plane with an unset north neighbour as a candidate: it is no end point, and
 * taking it away changes neither the number of pieces nor of holes. The other three directions are turns of this.
 */
export const leeNorthTable = (): Uint8Array =>
  Uint8Array.from({ length: 256 }, (_, neighbours) =>
    bit(neighbours, north) === 0 && neighbourCount(neighbours) >= 2 && pieces(neighbours) === 1 ? 1 : 0,
  )

/** The 27 places of a voxel and its neighbours: bit `(dz + 1) * 9 + (dy + 1) * 3 + dx + 1`, each step from -1 to 1. */
export const voxelBit = (dz: number, dy: number, dx: number): number => 1 << ((dz + 1) * 9 + (dy + 1) * 3 + dx + 1)

const steps = [-1, 0, 1] as const
const places = steps.flatMap((dz) => steps.flatMap((dy) => steps.map((dx) => [dz, dy, dx] as const)))

/** Per place of {@link voxelBit} the other places that touch it, the middle left out. */
export const voxelNeighbours: ReadonlyArray<number> = places.map(([z, y, x]) =>
  places
    .filter(([dz, dy, dx]) => Math.max(Math.abs(dz - z), Math.abs(dy - y), Math.abs(dx - x)) === 1)
    .filter(([dz, dy, dx]) => dz !== 0 || dy !== 0 || dx !== 0)
    .reduce((mask, [dz, dy, dx]) => mask | voxelBit(dz, dy, dx), 0),
)

/**
 * The parts of a voxel's surface, each as the places of the other voxels that share it: 8 corners and 6 faces, whose loss
 * lowers the Euler number by one each, and 12 edges, whose loss raises it.
 */
export const voxelParts: { readonly cornersAndFaces: ReadonlyArray<number>; readonly edges: ReadonlyArray<number> } = {
  cornersAndFaces: partsOf(3).concat(partsOf(1)),
  edges: partsOf(2),
}

/** Corners have three sides that are not 0, edges two, faces one. */
function partsOf(sides: number): ReadonlyArray<number> {
  return places
    .filter((place) => place.filter((step) => step !== 0).length === sides)
    .map(([z, y, x]) =>
      [0, z].reduce(
        (all, dz) =>
          [0, y].reduce(
            (some, dy) =>
              [0, x].reduce(
                (mask, dx) => (dz === 0 && dy === 0 && dx === 0 ? mask : mask | voxelBit(dz, dy, dx)),
                some,
              ),
            all,
          ),
        0,
      ),
    )
}
