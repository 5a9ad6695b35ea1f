/**
 * Filters on a field of nuclei: 2048 x 2048, 16 bits, uneven light, shot and read noise, 700 nuclei.
 *
 * @layer logic
 * @module
 */
import { blobLog, countBlobs } from "@heddle/imaging/Blobs"
import { estimateFlatField, flatFieldCorrect } from "@heddle/imaging/FlatField"
import { gaussian } from "@heddle/imaging/Gaussian"
import type { Dtype } from "@heddle/imaging/Image"
import { differenceOfGaussians, laplacianOfGaussian } from "@heddle/imaging/Laplacian"
import { lowRankIllumination } from "@heddle/imaging/LowRankIllumination"
import { median } from "@heddle/imaging/Median"
import type { WasmBackend } from "@heddle/imaging/Wasm"
import type { ImagingCase, KernelPeer } from "./ImagingCase.ts"

const width = 2048
const nucleiPerRow = 700 / 2048

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

/** The field, of some thousand counts as cameras give them, written where asked. */
const nuclei = (out: Uint16Array | Float32Array, columns: number, rows: number, seed: number): void => {
  const next = uniform(seed)
  const light = new Float32Array(columns * rows).fill(500)
  for (let count = Math.round((nucleiPerRow * rows * columns) / width); count > 0; count--) {
    const [x, y, radius, peak] = [next() * columns, next() * rows, 6 + next() * 7, 300 + next() * 2500]
    for (let row = Math.max(0, Math.ceil(y - radius)); row <= Math.min(rows - 1, y + radius); row++) {
      for (let column = Math.max(0, Math.ceil(x - radius)); column <= Math.min(columns - 1, x + radius); column++) {
        const square = ((column - x) ** 2 + (row - y) ** 2) / radius ** 2
        const at = row * columns + column
        if (square < 1) light[at] = Math.max(light[at] ?? 0, 500 + peak * Math.sqrt(1 - 0.8 * square))
      }
    }
  }
  for (let index = 0; index < light.length; index++) {
    const [x, y] = [(index % columns) / columns - 0.5, Math.floor(index / columns) / rows - 0.5]
    const value = (light[index] ?? 0) * (1 - 0.6 * (x * x + y * y))
    const normal = Math.sqrt(-2 * Math.log(1 - next())) * Math.cos(2 * Math.PI * next())
    out[index] = Math.min(65_535, Math.max(0, Math.round(value + normal * Math.sqrt(value + 25))))
  }
}

const sumOf = (data: ArrayLike<number>): number => {
  let sum = 0
  for (let index = 0; index < data.length; index++) sum += data[index] ?? 0
  return sum
}

const sizesOf = (data: Float32Array): number => {
  let sum = 0
  for (let index = 0; index < data.length; index++) sum += Math.abs(data[index] ?? 0)
  return sum
}

/** The field as pixels of a type on the shared memory, and a place for the result. */
const placesOf = <D extends Dtype>(backend: WasmBackend, rows: number, output: D) => {
  const data = backend.allocate("uint16", width * rows)
  nuclei(data, width, rows, 11)
  return { data, into: backend.allocate(output, width * rows), shape: [rows, width] }
}

const gaussianCase = (dtype: "uint16" | "float32", sigmaPx: number, floorCv2: number): ImagingCase => ({
  kernel: `gaussian ${dtype} sigma ${sigmaPx}`,
  family: "filters",
  rows: 2048,
  haloPx: Math.floor(4 * sigmaPx + 0.5),
  prepare: (backend, rows) => {
    const data = backend.allocate(dtype, width * rows)
    nuclei(data, width, rows, 11)
    const into = backend.allocate(dtype, width * rows)
    return {
      inputs: [{ dtype, shape: [rows, width], data }],
      bytes: data.byteLength + into.byteLength,
      run: () => {
        gaussian({ data, width, height: rows }, { sigmaPx }, { backend, into })
        return () => [sumOf(into)]
      },
    }
  },
  peers: [
    { program: "scikit-image", operation: "gaussian_skimage", parameters: { sigma: sigmaPx }, floor: 6, within: 1e-5 },
    // OpenCV rounds whole numbers where scikit-image's are cut.
    { program: "opencv", operation: "gaussian_cv2", parameters: { sigma: sigmaPx }, floor: floorCv2, within: 2e-3 },
  ],
})

const medianCase = (shape: "disk" | "square", radiusPx: number, peers: ReadonlyArray<KernelPeer>): ImagingCase => ({
  kernel: `median ${shape} ${radiusPx}`,
  family: "filters",
  rows: 2048,
  haloPx: radiusPx,
  prepare: (backend, rows) => {
    const { data, into, shape: size } = placesOf(backend, rows, "uint16")
    return {
      inputs: [{ dtype: "uint16", shape: size, data }],
      bytes: data.byteLength + into.byteLength,
      run: () => {
        median({ data, width, height: rows }, { radiusPx, shape, border: "nearest" }, { backend, into })
        return () => [sumOf(into)]
      },
    }
  },
  peers,
})

const medianPeer = (shape: "disk" | "square", radius: number): KernelPeer => ({
  program: "scikit-image",
  operation: "median_skimage",
  parameters: { shape, radius },
})

const common = { family: "filters", rows: 2048 } as const

/** The rows of the bench. */
export const filtersCases: ReadonlyArray<ImagingCase> = [
  gaussianCase("uint16", 1, 1),
  gaussianCase("uint16", 2, 1),
  gaussianCase("uint16", 5, 1),
  gaussianCase("float32", 1, 0.6),
  gaussianCase("float32", 2, 0.6),
  gaussianCase("float32", 5, 0.6),
  {
    ...common,
    kernel: "laplacian_of_gaussian sigma 2",
    haloPx: 8,
    prepare: (backend, rows) => {
      const { data, into, shape } = placesOf(backend, rows, "float32")
      return {
        inputs: [{ dtype: "uint16", shape, data }],
        bytes: data.byteLength + into.byteLength,
        run: () => {
          laplacianOfGaussian({ data, width, height: rows }, { sigmaPx: 2 }, { backend, into })
          return () => [sizesOf(into)]
        },
      }
    },
    peers: [
      { program: "scikit-image", operation: "laplacian_scipy", parameters: { sigma: 2 }, floor: 4, within: 1e-5 },
    ],
  },
  {
    ...common,
    kernel: "difference_of_gaussians 1, 2",
    haloPx: 8,
    prepare: (backend, rows) => {
      const { data, into, shape } = placesOf(backend, rows, "float32")
      return {
        inputs: [{ dtype: "uint16", shape, data }],
        bytes: data.byteLength + into.byteLength,
        run: () => {
          differenceOfGaussians({ data, width, height: rows }, { lowSigmaPx: 1, highSigmaPx: 2 }, { backend, into })
          return () => [sizesOf(into)]
        },
      }
    },
    peers: [
      {
        program: "scikit-image",
        operation: "difference_skimage",
        parameters: { low: 1, high: 2 },
        floor: 4,
        within: 1e-5,
      },
      { program: "opencv", operation: "difference_cv2", parameters: { low: 1, high: 2 }, floor: 0.6, within: 1e-4 },
    ],
  },
  medianCase("disk", 1, [medianPeer("disk", 1)]),
  medianCase("square", 1, [
    medianPeer("square", 1),
    { program: "opencv", operation: "median_cv2", parameters: { radius: 1 } },
  ]),
  medianCase("square", 2, [
    { ...medianPeer("square", 2), slow: true },
    { program: "opencv", operation: "median_cv2", parameters: { radius: 2 } },
  ]),
  medianCase("disk", 5, [{ ...medianPeer("disk", 5), slow: true }]),
  {
    ...common,
    kernel: "blob_log 10 scales, sigma 1 to 10",
    prepare: (backend, rows) => {
      const { data, shape } = placesOf(backend, rows, "uint16")
      return {
        inputs: [{ dtype: "uint16", shape, data }],
        bytes: data.byteLength,
        run: () => {
          const blobs = blobLog({ data, width, height: rows }, { threshold: 200, overlap: 1 }, { backend })
          return () => [blobs.length, blobs.reduce((sum, { x, y }) => sum + x + y, 0)]
        },
      }
    },
    peers: [
      {
        program: "scikit-image",
        operation: "blob_log_skimage",
        parameters: { threshold: 200 / 65_535 },
        floor: 10,
        slow: true,
      },
    ],
  },
  {
    ...common,
    kernel: "count_blobs",
    prepare: (backend, rows) => {
      const { data, shape } = placesOf(backend, rows, "uint16")
      return {
        inputs: [{ dtype: "uint16", shape, data }],
        bytes: data.byteLength,
        run: () => {
          const { blobs, count } = countBlobs({ data, width, height: rows }, {}, { backend })
          return () => [count, blobs.reduce((sum, { x, y }) => sum + x + y, 0)]
        },
      }
    },
    peers: [
      {
        program: "scikit-image",
        operation: "blob_log_skimage",
        // Without the noise it finds others.
        parameters: { threshold: 200 / 65_535 },
        floor: 10,
        within: Infinity,
        slow: true,
      },
    ],
  },
  {
    ...common,
    kernel: "flat_field_correct",
    haloPx: 0,
    prepare: (backend, rows) => {
      const { data, into, shape } = placesOf(backend, rows, "uint16")
      const [flat, dark] = [backend.allocate("float32", data.length), backend.allocate("float32", data.length)]
      dark.fill(100)
      for (let index = 0; index < flat.length; index++) {
        const [x, y] = [(index % width) / width - 0.5, Math.floor(index / width) / rows - 0.5]
        flat[index] = 1 - 0.6 * (x * x + y * y)
      }
      return {
        inputs: [
          { dtype: "uint16", shape, data },
          { dtype: "float32", shape, data: flat },
          { dtype: "float32", shape, data: dark },
        ],
        bytes: data.byteLength + into.byteLength + flat.byteLength + dark.byteLength,
        run: () => {
          const fields = { flat: { data: flat, width, height: rows }, dark: { data: dark, width, height: rows } }
          flatFieldCorrect({ data, width, height: rows }, fields, {}, { backend, into })
          return () => [sumOf(into)]
        },
      }
    },
    peers: [{ program: "scikit-image", operation: "flat_field_numpy", within: 1e-5 }],
  },
  {
    ...common,
    kernel: "estimate_flat_field 9 fields",
    prepare: (backend, rows) => {
      const planes = 9
      const data = backend.allocate("uint16", width * rows * planes)
      for (let plane = 0; plane < planes; plane++) {
        nuclei(data.subarray(plane * width * rows, (plane + 1) * width * rows), width, rows, plane + 1)
      }
      return {
        inputs: [{ dtype: "uint16", shape: [planes, rows, width], data }],
        bytes: data.byteLength,
        run: () => {
          const { flat } = estimateFlatField({ data, width, height: rows, planes })
          return () => [sumOf(flat.data)]
        },
      }
    },
    peers: [],
  },
  {
    ...common,
    kernel: "low_rank_illumination 9 fields",
    prepare: (backend, rows) => {
      const planes = 9
      const data = backend.allocate("uint16", width * rows * planes)
      for (let plane = 0; plane < planes; plane++) {
        const field = data.subarray(plane * width * rows, (plane + 1) * width * rows)
        nuclei(field, width, rows, plane + 1)
        // Exposures differ, so that the light stands out of the fields' own patterns, which singles and doubles rank differently.
        for (let index = 0; index < field.length; index++) field[index] = (field[index] ?? 0) * (0.6 + 0.1 * plane)
      }
      const into = backend.allocate("uint16", data.length)
      return {
        inputs: [{ dtype: "uint16", shape: [planes, rows, width], data }],
        bytes: data.byteLength + into.byteLength,
        run: () => {
          lowRankIllumination({ data, width, height: rows, planes }, {}, { backend, into })
          return () => [sumOf(into)]
        },
      }
    },
    peers: [{ program: "scikit-image", operation: "low_rank_numpy", within: 1e-4 }],
  },
]
