/**
 * Registration and assembly at their bench: a 512 x 512 pair, the strip that two tiles of 1080 x 1080 share, a 3 x 3 grid of such
 * tiles with 10 % overlap, on a field of nuclei with uneven light and shot noise.
 *
 * @layer logic
 * @module
 */
import { assembleTiles, canvasSize } from "@heddle/imaging/AssembleTiles"
import { phaseCorrelation } from "@heddle/imaging/PhaseCorrelation"
import { registerTiles } from "@heddle/imaging/RegisterTiles"
import type { WasmBackend } from "@heddle/imaging/Wasm"
import type { ImagingCase } from "./ImagingCase.ts"

const tileSide = 1080
const grid = 3
/** Where the stage put the tiles, apart from where it meant them, and by how much positions are no whole pixels. */
const jitterPx = 6

/** Uniform numbers from a seed (Mulberry32). */
const uniform = (seed: number): (() => number) => {
  let state = seed >>> 0
  return () => {
    state = (state + 0x6d2b79f5) >>> 0
    let mixed = Math.imul(state ^ (state >>> 15), state | 1)
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61)
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296
  }
}

/** Light of a field of nuclei, without noise. */
const nuclei = (width: number, height: number, seed: number): Float32Array => {
  const next = uniform(seed)
  const light = new Float32Array(width * height).fill(300)
  for (let count = Math.round((width * height) / 6000); count > 0; count--) {
    const [x, y, radius, peak] = [next() * width, next() * height, 6 + next() * 10, 2000 + next() * 8000]
    for (let row = Math.max(0, Math.ceil(y - radius)); row <= Math.min(height - 1, y + radius); row++) {
      for (let column = Math.max(0, Math.ceil(x - radius)); column <= Math.min(width - 1, x + radius); column++) {
        const square = ((column - x) ** 2 + (row - y) ** 2) / radius ** 2
        if (square < 1) light[row * width + column] = (light[row * width + column] ?? 0) + peak * Math.sqrt(1 - square)
      }
    }
  }
  return light
}

/** A part of the light as a camera takes it: shot and read noise, uneven light. */
const expose = (
  out: Uint16Array,
  light: Float32Array,
  pitch: number,
  left: number,
  top: number,
  width: number,
  height: number,
  seed: number,
): void => {
  const next = uniform(seed)
  for (let index = 0; index < width * height; index++) {
    const [x, y] = [index % width, Math.floor(index / width)]
    const shade = 1 - 0.5 * ((x / width - 0.5) ** 2 + (y / height - 0.5) ** 2)
    const value = (light[(top + y) * pitch + left + x] ?? 0) * shade
    const normal = Math.sqrt(-2 * Math.log(1 - next())) * Math.cos(2 * Math.PI * next())
    out[index] = Math.min(65_535, Math.max(0, Math.round(value + normal * Math.sqrt(value + 100))))
  }
}

const pairCase = (
  kernel: string,
  width: number,
  height: number,
  parameters: Parameters<typeof phaseCorrelation>[2] & { readonly upsampleFactor: number },
  peers: ImagingCase["peers"],
): ImagingCase => ({
  kernel,
  family: "registration",
  rows: height,
  prepare: (backend) => {
    const light = nuclei(width + 40, height + 40, 7)
    const [reference, moving] = [backend.allocate("uint16", width * height), backend.allocate("uint16", width * height)]
    expose(reference, light, width + 40, 20, 20, width, height, 1)
    expose(moving, light, width + 40, 7, 27, width, height, 2)
    const shape = [height, width]
    return {
      inputs: [
        { dtype: "uint16", shape, data: reference },
        { dtype: "uint16", shape, data: moving },
      ],
      run: () => {
        const [a, b] = [
          { data: reference, width, height },
          { data: moving, width, height },
        ]
        const { shiftXPx, shiftYPx } = phaseCorrelation(a, b, parameters, { backend })
        // In whole pixels: both sides may differ by one step of a part of a pixel.
        return () => [Math.round(shiftYPx), Math.round(shiftXPx)]
      },
      bytes: 2 * 2 * width * height,
    }
  },
  peers,
})

const whitened = { whitening: true, hannWindow: true, normalization: "none" } as const

interface Tiles {
  readonly data: Uint16Array
  readonly width: number
  readonly height: number
  readonly planes: number
  readonly xPx: ReadonlyArray<number>
  readonly yPx: ReadonlyArray<number>
}

const tilesOf = (backend: WasmBackend): Tiles => {
  const pitch = Math.round(tileSide * 0.9)
  const side = pitch * (grid - 1) + tileSide + 2 * jitterPx
  const light = nuclei(side, side, 3)
  const next = uniform(17)
  const data = backend.allocate("uint16", grid * grid * tileSide * tileSide)
  const [xPx, yPx]: [Array<number>, Array<number>] = [[], []]
  for (let plane = 0; plane < grid * grid; plane++) {
    const left = (plane % grid) * pitch + Math.floor(next() * 2 * jitterPx)
    const top = Math.floor(plane / grid) * pitch + Math.floor(next() * 2 * jitterPx)
    const tile = data.subarray(plane * tileSide * tileSide, (plane + 1) * tileSide * tileSide)
    expose(tile, light, side, left, top, tileSide, tileSide, plane)
    xPx.push(left + next())
    yPx.push(top + next())
  }
  return { data, width: tileSide, height: tileSide, planes: grid * grid, xPx, yPx }
}

const assemble: ImagingCase = {
  kernel: "assemble_tiles 9 x 1080, sub-pixel, blended",
  family: "registration",
  rows: tileSide,
  prepare: (backend) => {
    const { xPx, yPx, ...tiles } = tilesOf(backend)
    const parameters = { xPx, yPx, blend: "fixed", marginRatio: 0.1, coverage: false } as const
    const { height, width } = canvasSize(tiles, parameters)
    const into = backend.allocate("uint16", width * height)
    return {
      inputs: [
        { dtype: "uint16", shape: [tiles.planes, tileSide, tileSide], data: tiles.data },
        {
          dtype: "float64",
          shape: [tiles.planes, 2],
          data: Float64Array.from(xPx.flatMap((x, at) => [x, yPx[at] ?? 0])),
        },
      ],
      run: () => {
        const { data } = assembleTiles(tiles, parameters, { backend, into })
        return () => {
          let sum = 0
          for (const value of data) sum += value
          return [width, height, sum]
        }
      },
      bytes: 2 * (tiles.data.length + width * height),
    }
  },
  peers: [
    // Its border pixels and its rounding down differ from ours: sums agree to a part in a thousand.
    { program: "scikit-image", operation: "assemble", floor: 12, within: 1e-3 },
    { program: "opencv", operation: "assemble_opencv", floor: 1, within: 1e-3 },
  ],
}

const permutationSamples = 100

const register: ImagingCase = {
  kernel: `register_tiles 9 x 1080, ${permutationSamples} permutations`,
  family: "registration",
  rows: tileSide,
  prepare: (backend) => {
    const tiles = tilesOf(backend)
    return {
      inputs: [{ dtype: "uint16", shape: [tiles.planes, tileSide, tileSide], data: tiles.data }],
      run: () => {
        const { data, height, planes, width } = tiles
        const found = registerTiles(
          { data, width, height, planes },
          { rows: grid, columns: grid, overlapRatio: 0.1, pixelSizeUm: 1, maxShiftUm: 30, permutationSamples },
          { backend },
        )
        return () => [found.edges.filter(({ registered }) => registered).length]
      },
      bytes: 2 * tiles.data.length,
    }
  },
  // The comparisons alone, without the solution: how many edges were good is not its question.
  peers: [
    {
      program: "scikit-image",
      operation: "register",
      parameters: { permutationSamples },
      floor: 3,
      within: Number.POSITIVE_INFINITY,
    },
  ],
}

/** The registration kernels. */
export const registrationCases: ReadonlyArray<ImagingCase> = [
  ...[10, 50].map((upsampleFactor) =>
    pairCase(`phase_correlation 512 x 512, upsample ${upsampleFactor}`, 512, 512, { upsampleFactor }, [
      { program: "scikit-image", operation: "phase_correlation", parameters: { upsampleFactor }, floor: 1.4 },
      // Another method: the centroid around the peak.
      { program: "opencv", operation: "phase_correlate", within: Number.POSITIVE_INFINITY },
    ]),
  ),
  ...[1, 50].map((upsampleFactor) =>
    pairCase(
      `phase_correlation strip 1080 x 108, whitened, upsample ${upsampleFactor}`,
      108,
      tileSide,
      { ...whitened, upsampleFactor },
      [{ program: "scikit-image", operation: "strip", parameters: { upsampleFactor }, floor: 3 }],
    ),
  ),
  assemble,
  register,
]
