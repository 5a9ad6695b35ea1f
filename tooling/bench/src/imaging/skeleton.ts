/**
 * The kernels of skeletons on segmented neurites: 2048 x 2048, 16 bits, 14 % foreground, tubes 4 to 8 px wide that wander and
 * cross; and a volume of the same kind.
 *
 * @layer logic
 * @module
 */
import { skeletonGraph } from "@heddle/imaging/SkeletonGraph"
import { skeletonize, skeletonize3d } from "@heddle/imaging/Skeletonize"
import type { WasmBackend } from "@heddle/imaging/Wasm"
import type { ImagingCase } from "./ImagingCase.ts"

const width = 2048
const neuritesPerRow = 260 / 2048

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

/** Neurites of 500 steps, as a mask. */
const field = (backend: WasmBackend, height: number): Uint16Array => {
  const data = backend.allocate("uint16", width * height).fill(0)
  const next = uniform(14)
  for (let count = Math.round(neuritesPerRow * height); count > 0; count--) {
    let [x, y, angle] = [next() * width, next() * height, next() * 2 * Math.PI]
    const radius = 2 + next() * 2
    for (let step = 0; step < 500; step++) {
      for (let row = Math.max(0, Math.ceil(y - radius)); row <= Math.min(height - 1, y + radius); row++) {
        for (let column = Math.max(0, Math.ceil(x - radius)); column <= Math.min(width - 1, x + radius); column++) {
          if ((column - x) ** 2 + (row - y) ** 2 <= radius ** 2) data[row * width + column] = 1000
        }
      }
      angle += (next() - 0.5) * 0.3
      x += Math.cos(angle)
      y += Math.sin(angle)
    }
  }
  return data
}

const side = 256
const planes = 32

/** Tubes through a volume of 32 planes of 256 px a row. */
const volumeOf = (backend: WasmBackend, height: number): Uint8Array => {
  const data = backend.allocate("uint8", side * height * planes).fill(0)
  const next = uniform(3)
  for (let count = Math.round((60 * height) / side); count > 0; count--) {
    let [x, y, z, angle] = [next() * side, next() * height, next() * planes, next() * 2 * Math.PI]
    const radius = 2 + next() * 2
    for (let step = 0; step < 150; step++) {
      for (let plane = Math.max(0, Math.ceil(z - radius)); plane <= Math.min(planes - 1, z + radius); plane++) {
        for (let row = Math.max(0, Math.ceil(y - radius)); row <= Math.min(height - 1, y + radius); row++) {
          for (let column = Math.max(0, Math.ceil(x - radius)); column <= Math.min(side - 1, x + radius); column++) {
            const square = (column - x) ** 2 + (row - y) ** 2 + (plane - z) ** 2
            if (square <= radius ** 2) data[(plane * height + row) * side + column] = 1
          }
        }
      }
      angle += (next() - 0.5) * 0.3
      x += Math.cos(angle)
      y += Math.sin(angle)
      z += (next() - 0.5) * 0.8
    }
  }
  return data
}

/** How many pixels are set, and the sum of their places. */
const placesOf = (data: Uint8Array): ReadonlyArray<number> => {
  let [count, sum] = [0, 0]
  for (let index = 0; index < data.length; index++) {
    if (data[index] === 0) continue
    count++
    sum += index
  }
  return [count, sum]
}

const common = { family: "skeleton", rows: 2048 } as const

const plane = (method: "zhang" | "lee"): ImagingCase => ({
  ...common,
  kernel: `skeletonize ${method}`,
  prepare: (backend, rows) => {
    const data = field(backend, rows)
    const into = backend.allocate("uint8", data.length)
    return {
      inputs: [{ dtype: "uint16", shape: [rows, width], data }],
      bytes: data.byteLength + into.byteLength,
      run: () => {
        const skeleton = skeletonize({ data, width, height: rows }, { method }, { backend, into })
        return () => placesOf(skeleton.data)
      },
    }
  },
  peers: [{ program: "scikit-image", operation: "skeletonize_skimage", parameters: { method }, floor: 12 }],
})

/** The rows of the bench. */
export const skeletonCases: ReadonlyArray<ImagingCase> = [
  plane("zhang"),
  plane("lee"),
  {
    family: "skeleton",
    kernel: "skeletonize_3d 32 x 256 x 256",
    rows: 256,
    prepare: (backend, rows) => {
      const data = volumeOf(backend, rows)
      const into = backend.allocate("uint8", data.length)
      return {
        inputs: [{ dtype: "uint8", shape: [planes, rows, side], data }],
        bytes: data.byteLength + into.byteLength,
        run: () => {
          const skeleton = skeletonize3d({ data, width: side, height: rows, planes }, {}, { backend, into })
          return () => placesOf(skeleton.data)
        },
      }
    },
    peers: [{ program: "scikit-image", operation: "skeletonize_3d_skimage" }],
  },
  {
    ...common,
    kernel: "skeleton_graph",
    prepare: (backend, rows) => {
      const mask = field(backend, rows)
      const data = backend.allocate("uint8", mask.length)
      skeletonize({ data: mask, width, height: rows }, { method: "lee" }, { backend, into: data })
      backend.release(mask)
      return {
        inputs: [{ dtype: "uint8", shape: [rows, width], data }],
        bytes: 2 * data.byteLength,
        run: () => {
          const { columns } = skeletonGraph({ data, width, height: rows }, {}, { backend }).summary
          return () => [columns.total_length_px[0] ?? 0, columns.pieces[0] ?? 0, columns.cycles[0] ?? 0]
        },
      }
    },
    // scikit-image has no branches: length, pieces and holes alone are computed with NumPy and SciPy.
    peers: [{ program: "scikit-image", operation: "length_and_holes_scipy", within: 1e-9 }],
  },
]
