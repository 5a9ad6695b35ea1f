/**
 * The kernels of objects on a field of nuclei: 2048 x 2048, 16 bits, uneven light, shot and read noise, 700 nuclei, of
 * which some touch.
 *
 * @layer logic
 * @module
 */
import { colocalization, objectOverlap } from "@heddle/imaging/Colocalization"
import { countCells } from "@heddle/imaging/CountCells"
import { distanceTransform } from "@heddle/imaging/DistanceTransform"
import { label } from "@heddle/imaging/Label"
import { localMaxima } from "@heddle/imaging/LocalMaxima"
import { clearBorder, fillHoles, removeSmallObjects } from "@heddle/imaging/ObjectFilters"
import { regionProperties } from "@heddle/imaging/RegionProperties"
import type { WasmBackend } from "@heddle/imaging/Wasm"
import { watershed } from "@heddle/imaging/Watershed"
import type { ImagingCase } from "./ImagingCase.ts"

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

/** The field, written where asked. */
const nuclei = (out: Uint16Array, height: number, seed: number): void => {
  const next = uniform(seed)
  const light = new Float32Array(width * height).fill(300)
  for (let count = Math.round(nucleiPerRow * height); count > 0; count--) {
    const [x, y, radius, flat, peak] = [
      next() * width,
      next() * height,
      7 + next() * 9,
      next() * 0.4,
      3000 + next() * 9000,
    ]
    for (let row = Math.max(0, Math.ceil(y - radius)); row <= Math.min(height - 1, y + radius); row++) {
      for (let column = Math.max(0, Math.ceil(x - radius)); column <= Math.min(width - 1, x + radius); column++) {
        const square = ((column - x) / radius) ** 2 + ((row - y) / (radius * (1 - flat))) ** 2
        if (square < 1) {
          const at = row * width + column
          light[at] = Math.max(light[at] ?? 0, peak * Math.sqrt(1 - 0.8 * square))
        }
      }
    }
  }
  for (let index = 0; index < light.length; index++) {
    const [x, y] = [(index % width) / width - 0.5, Math.floor(index / width) / height - 0.5]
    const value = (light[index] ?? 0) * (1 - 0.6 * (x * x + y * y))
    const normal = Math.sqrt(-2 * Math.log(1 - next())) * Math.cos(2 * Math.PI * next())
    out[index] = Math.min(65_535, Math.max(0, Math.round(value + normal * Math.sqrt(value + 100))))
  }
}

const field = (backend: WasmBackend, rows: number, seed = 1): Uint16Array => {
  const data = backend.allocate("uint16", width * rows)
  nuclei(data, rows, seed)
  return data
}

const maskOf = (backend: WasmBackend, rows: number, seed = 1): Uint8Array => {
  const data = field(backend, rows, seed)
  const { labels } = countCells(
    { data, width, height: rows },
    { areaMinPx: 20, areaMaxPx: 1e9, removeBorder: false },
    { backend },
  )
  backend.release(data)
  const mask = backend.allocate("uint8", width * rows)
  for (const [index, one] of labels.data.entries()) mask[index] = one === 0 ? 0 : 1
  return mask
}

const labelsOf = (backend: WasmBackend, rows: number, seed = 1): Uint32Array => {
  const mask = maskOf(backend, rows, seed)
  const into = backend.allocate("uint32", width * rows)
  label({ data: mask, width, height: rows }, {}, { backend, into })
  backend.release(mask)
  return into
}

const sumOf = (data: ArrayLike<number>): number => {
  let sum = 0
  for (let index = 0; index < data.length; index++) sum += data[index] ?? 0
  return sum
}

const common = { family: "objects", rows: 2048 } as const

/** The rows of the bench. */
export const objectsCases: ReadonlyArray<ImagingCase> = [
  {
    ...common,
    kernel: "count_cells otsu, threshold",
    prepare: (backend, rows) => {
      const data = field(backend, rows)
      const into = backend.allocate("uint32", data.length)
      const shape = [rows, width]
      return {
        inputs: [{ dtype: "uint16", shape, data }],
        bytes: data.byteLength + into.byteLength,
        run: () => {
          const { count, table } = countCells(
            { data, width, height: rows },
            { areaMinPx: 0, areaMaxPx: 1e9, removeBorder: false },
            { backend, into },
          )
          const { area_px, centroid_x_px, centroid_y_px, intensity_mean } = table.columns
          return () => [count, sumOf(area_px), sumOf(centroid_y_px), sumOf(centroid_x_px), sumOf(intensity_mean)]
        },
      }
    },
    peers: [
      { program: "scikit-image", operation: "cells_skimage", floor: 12, within: 1e-9 },
      { program: "opencv", operation: "cells_cv2", floor: 1, within: 1e-9 },
    ],
  },
  {
    ...common,
    kernel: "count_cells otsu, watershed",
    prepare: (backend, rows) => {
      const data = field(backend, rows)
      const into = backend.allocate("uint32", data.length)
      return {
        inputs: [{ dtype: "uint16", shape: [rows, width], data }],
        bytes: data.byteLength + into.byteLength,
        run: () => {
          const { table } = countCells(
            { data, width, height: rows },
            { method: "watershed", areaMinPx: 0, areaMaxPx: 1e9, removeBorder: false },
            { backend, into },
          )
          return () => [sumOf(table.columns.area_px)]
        },
      }
    },
    peers: [{ program: "scikit-image", operation: "cells_watershed_skimage", floor: 4, within: 1e-3 }],
  },
  {
    ...common,
    kernel: "label",
    prepare: (backend, rows) => {
      const data = maskOf(backend, rows)
      const into = backend.allocate("uint32", data.length)
      return {
        inputs: [{ dtype: "uint8", shape: [rows, width], data }],
        bytes: data.byteLength + into.byteLength,
        run: () => {
          const { count, labels } = label({ data, width, height: rows }, {}, { backend, into })
          return () => [count, sumOf(labels.data)]
        },
      }
    },
    peers: [
      { program: "scikit-image", operation: "label_skimage", floor: 4 },
      { program: "opencv", operation: "label_cv2", floor: 1, within: 0.1 },
    ],
  },
  {
    ...common,
    kernel: "distance_transform",
    prepare: (backend, rows) => {
      const data = maskOf(backend, rows)
      const into = backend.allocate("float32", data.length)
      return {
        inputs: [{ dtype: "uint8", shape: [rows, width], data }],
        bytes: data.byteLength + into.byteLength,
        run: () => {
          const result = distanceTransform({ data, width, height: rows }, {}, { backend, into })
          return () => [sumOf(result.data)]
        },
      }
    },
    peers: [
      { program: "scikit-image", operation: "distance_scipy", floor: 12, within: 1e-6 },
      { program: "opencv", operation: "distance_cv2", floor: 1, within: 1e-4 },
    ],
  },
  {
    ...common,
    kernel: "local_maxima distance 5",
    prepare: (backend, rows) => {
      const mask = maskOf(backend, rows)
      const data = backend.allocate("float32", mask.length)
      distanceTransform({ data: mask, width, height: rows }, {}, { backend, into: data })
      const into = backend.allocate("uint32", mask.length)
      return {
        inputs: [{ dtype: "float32", shape: [rows, width], data }],
        bytes: data.byteLength + into.byteLength,
        run: () => {
          const { table } = localMaxima(
            { data, width, height: rows },
            undefined,
            { minimumDistancePx: 5 },
            { backend, into },
          )
          return () => [table.rows]
        },
      }
    },
    peers: [{ program: "scikit-image", operation: "peaks_skimage", floor: 4, within: 0.01 }],
  },
  {
    ...common,
    kernel: "watershed of distances",
    prepare: (backend, rows) => {
      const mask = maskOf(backend, rows)
      const image = { data: backend.allocate("float32", mask.length), width, height: rows }
      distanceTransform({ data: mask, width, height: rows }, {}, { backend, into: image.data })
      const { markers } = localMaxima(
        image,
        undefined,
        { minimumDistancePx: 5 },
        { backend, into: backend.allocate("uint32", mask.length) },
      )
      for (const [index, distance] of image.data.entries()) image.data[index] = -distance
      const into = backend.allocate("uint32", mask.length)
      const shape = [rows, width]
      return {
        inputs: [
          { dtype: "float32", shape, data: image.data },
          { dtype: "uint32", shape, data: markers.data },
          { dtype: "uint8", shape, data: mask },
        ],
        bytes: image.data.byteLength + markers.data.byteLength + mask.byteLength + into.byteLength,
        run: () => {
          const result = watershed(image, markers, { data: mask, width, height: rows }, {}, { backend, into })
          return () => [sumOf(result.data)]
        },
      }
    },
    peers: [{ program: "scikit-image", operation: "watershed_skimage", floor: 4, within: 1e-4 }],
  },
  {
    ...common,
    kernel: "region_properties",
    prepare: (backend, rows) => {
      const data = labelsOf(backend, rows)
      const image = { data: field(backend, rows), width, height: rows }
      const shape = [rows, width]
      return {
        inputs: [
          { dtype: "uint32", shape, data },
          { dtype: "uint16", shape, data: image.data },
        ],
        bytes: data.byteLength + image.data.byteLength,
        run: () => {
          const { columns } = regionProperties({ data, width, height: rows }, image, {}, { backend })
          const { area_px, eccentricity, intensity_mean, perimeter_px, solidity } = columns
          return () => [area_px, perimeter_px, eccentricity, solidity, intensity_mean].map(sumOf)
        },
      }
    },
    peers: [{ program: "scikit-image", operation: "regions_skimage", floor: 4, within: 1e-8 }],
  },
  {
    ...common,
    kernel: "remove_small_objects",
    prepare: (backend, rows) => {
      const data = maskOf(backend, rows)
      const into = backend.allocate("uint8", data.length)
      return {
        inputs: [{ dtype: "uint8", shape: [rows, width], data }],
        bytes: data.byteLength + into.byteLength,
        run: () => {
          const result = removeSmallObjects({ data, width, height: rows }, { areaMinPx: 200 }, { backend, into })
          return () => [sumOf(result.data)]
        },
      }
    },
    peers: [{ program: "scikit-image", operation: "remove_small_skimage", floor: 4 }],
  },
  {
    ...common,
    kernel: "fill_holes",
    prepare: (backend, rows) => {
      const data = maskOf(backend, rows)
      const next = uniform(3)
      for (let count = 0; count < 4000; count++) data[Math.floor(next() * data.length)] = 0
      const into = backend.allocate("uint8", data.length)
      return {
        inputs: [{ dtype: "uint8", shape: [rows, width], data }],
        bytes: data.byteLength + into.byteLength,
        run: () => {
          const result = fillHoles({ data, width, height: rows }, {}, { backend, into })
          return () => [sumOf(result.data)]
        },
      }
    },
    peers: [{ program: "scikit-image", operation: "fill_holes_scipy", floor: 4 }],
  },
  {
    ...common,
    kernel: "clear_border",
    prepare: (backend, rows) => {
      const data = maskOf(backend, rows)
      const into = backend.allocate("uint8", data.length)
      return {
        inputs: [{ dtype: "uint8", shape: [rows, width], data }],
        bytes: data.byteLength + into.byteLength,
        run: () => {
          const result = clearBorder({ data, width, height: rows }, {}, { backend, into })
          return () => [sumOf(result.data)]
        },
      }
    },
    peers: [{ program: "scikit-image", operation: "clear_border_skimage", floor: 4 }],
  },
  {
    ...common,
    kernel: "colocalization",
    prepare: (backend, rows) => {
      const [a, b] = [field(backend, rows, 1), field(backend, rows, 2)]
      const shape = [rows, width]
      return {
        inputs: [
          { dtype: "uint16", shape, data: a },
          { dtype: "uint16", shape, data: b },
        ],
        bytes: a.byteLength + b.byteLength,
        run: () => {
          const { columns } = colocalization(
            { data: a, width, height: rows },
            { data: b, width, height: rows },
            undefined,
            {},
            { backend },
          )
          return () => [columns.pearson, columns.manders_m1, columns.manders_m2].map(sumOf)
        },
      }
    },
    peers: [{ program: "scikit-image", operation: "colocalization_numpy", floor: 4, within: 1e-8 }],
  },
  {
    ...common,
    kernel: "object_overlap",
    prepare: (backend, rows) => {
      const [a, b] = [labelsOf(backend, rows, 1), labelsOf(backend, rows, 2)]
      const shape = [rows, width]
      return {
        inputs: [
          { dtype: "uint32", shape, data: a },
          { dtype: "uint32", shape, data: b },
        ],
        bytes: a.byteLength + b.byteLength,
        run: () => {
          const { columns } = objectOverlap(
            { data: a, width, height: rows },
            { data: b, width, height: rows },
            {},
            { backend },
          )
          return () => [columns.area_px, columns.overlap_px, columns.partner_overlap_px].map(sumOf)
        },
      }
    },
    peers: [{ program: "scikit-image", operation: "overlap_numpy", floor: 4 }],
  },
]
