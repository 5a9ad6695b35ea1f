/**
 * Grey values on fields of nuclei: 2048 x 2048, 16 bits, uneven light, shot and read noise, 700 nuclei a plane.
 *
 * @layer logic
 * @module
 */
import { bestFocus } from "@heddle/imaging/BestFocus"
import { binning } from "@heddle/imaging/Binning"
import { clahe } from "@heddle/imaging/Clahe"
import { composite } from "@heddle/imaging/Composite"
import { crop } from "@heddle/imaging/Crop"
import { focusMeasures } from "@heddle/imaging/FocusMeasures"
import type { Stack } from "@heddle/imaging/Image"
import { maximumProjection } from "@heddle/imaging/MaximumProjection"
import { meanProjection } from "@heddle/imaging/MeanProjection"
import { percentileNormalize, percentileNormalizeStack } from "@heddle/imaging/PercentileNormalize"
import { saturationMeasures } from "@heddle/imaging/SaturationMeasures"
import {
  thresholdAdaptive,
  thresholdLi,
  thresholdManual,
  thresholdMultiOtsu,
  thresholdOtsu,
  thresholdTriangle,
} from "@heddle/imaging/Threshold"
import type { WasmBackend } from "@heddle/imaging/Wasm"
import type { ImagingCase, KernelPeer } from "./ImagingCase.ts"

const width = 2048
const rows = 2048
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

/** One plane, written into `data`. */
const drawField = (data: Uint16Array, height: number, seed: number): void => {
  const next = uniform(seed)
  const light = new Float64Array(width * height).fill(400)
  for (let count = Math.round(nucleiPerRow * height); count > 0; count--) {
    const [x, y, radius, peak] = [next() * width, next() * height, 6 + next() * 9, 2000 + next() * 8000]
    for (let row = Math.max(0, Math.ceil(y - radius)); row <= Math.min(height - 1, y + radius); row++) {
      for (let column = Math.max(0, Math.ceil(x - radius)); column <= Math.min(width - 1, x + radius); column++) {
        const square = ((column - x) ** 2 + (row - y) ** 2) / radius ** 2
        if (square < 1) light[row * width + column] = peak * Math.sqrt(1 - 0.8 * square)
      }
    }
  }
  for (const [index, bright] of light.entries()) {
    const [x, y] = [(index % width) / width - 0.5, Math.floor(index / width) / height - 0.5]
    const value = bright * (1 - 0.6 * (x * x + y * y))
    const normal = Math.sqrt(-2 * Math.log(1 - next())) * Math.cos(2 * Math.PI * next())
    data[index] = Math.min(65_535, Math.max(0, Math.round(value + normal * Math.sqrt(value + 100))))
  }
}

/** Two sums: of the pixels, and of the pixels by their place modulo 97. */
const sums = (data: Uint8Array | Uint16Array): ReadonlyArray<number> => {
  let [plain, weighted] = [0, 0]
  for (const [index, value] of data.entries()) {
    plain += value
    weighted += value * (index % 97)
  }
  return [plain, weighted]
}

interface Described {
  readonly kernel: string
  readonly planes?: number
  readonly haloPx?: number
  /** Type and share of the input plane's pixels of what comes out; nothing comes out of measures. */
  readonly out?: { readonly dtype: "uint8" | "uint16"; readonly length: (height: number) => number }
  readonly call: (
    stack: Stack<Uint16Array>,
    backend: WasmBackend,
    into: Uint8Array | Uint16Array,
  ) => ReadonlyArray<number> | undefined
  readonly peers: ReadonlyArray<KernelPeer>
}

const plane = { dtype: "uint16", length: (height: number) => width * height } as const
const mask = { dtype: "uint8", length: (height: number) => width * height } as const

const caseOf = ({ call, haloPx, kernel, out, peers, planes = 1 }: Described): ImagingCase => ({
  kernel,
  family: "intensity",
  rows,
  ...(haloPx === undefined ? {} : { haloPx }),
  prepare: (backend, height) => {
    const size = width * height
    const data = backend.allocate("uint16", size * planes)
    for (let number = 0; number < planes; number++) {
      drawField(data.subarray(number * size, (number + 1) * size), height, 7 + number)
    }
    const into = backend.allocate(out?.dtype ?? "uint8", out?.length(height) ?? 1)
    return {
      // Peers get a copy off the shared memory.
      inputs: [
        { dtype: "uint16", shape: planes === 1 ? [height, width] : [planes, height, width], data: data.slice() },
      ],
      bytes: data.byteLength + (out === undefined ? 0 : into.byteLength),
      run: () => {
        const numbers = call({ data, width, height, planes }, backend, into)
        return () => [...(numbers ?? []), ...(out === undefined ? [] : sums(into))]
      },
    }
  },
  peers,
})

const skimage = (operation: string, floor?: number, within?: number): KernelPeer => ({
  program: "scikit-image",
  operation,
  ...(floor === undefined ? {} : { floor }),
  ...(within === undefined ? {} : { within }),
})

const opencv = (operation: string, floor?: number, within?: number): KernelPeer => ({
  ...skimage(`${operation}_cv2`, floor, within),
  program: "opencv",
})

/** What `into` is for each kernel stands beside it: the type is that which the kernel gives. */
const pixels = (into: Uint8Array | Uint16Array): Uint16Array => {
  if (into instanceof Uint16Array) return into
  throw new Error("the case asks for 8 bits")
}
const bytes = (into: Uint8Array | Uint16Array): Uint8Array => {
  if (into instanceof Uint8Array) return into
  throw new Error("the case asks for 16 bits")
}

const described: ReadonlyArray<Described> = [
  {
    kernel: "percentile_normalize",
    out: plane,
    call: (image, backend, into) => {
      percentileNormalize(image, {}, { backend, into: pixels(into) })
      return undefined
    },
    peers: [skimage("percentile_normalize", 12), opencv("percentile_normalize", 1, Infinity)],
  },
  {
    kernel: "percentile_normalize_stack of 4",
    planes: 4,
    out: { dtype: "uint16", length: (height) => 4 * width * height },
    call: (stack, backend, into) => {
      percentileNormalizeStack(stack, {}, { backend, into: pixels(into) })
      return undefined
    },
    peers: [skimage("percentile_normalize", 12)],
  },
  {
    kernel: "composite of 4",
    planes: 4,
    haloPx: 0,
    out: plane,
    call: (stack, backend, into) => {
      composite(stack, { weights: [2, 1, 1, 3] }, { backend, into: pixels(into) })
      return undefined
    },
    // Peers cut or round sums of 32 bits: halves may fall to the other side.
    peers: [skimage("composite", 4, 1e-3), opencv("composite", 1, 1e-3)],
  },
  {
    kernel: "maximum_projection of 9",
    planes: 9,
    haloPx: 0,
    out: plane,
    call: (stack, backend, into) => {
      maximumProjection(stack, {}, { backend, into: pixels(into) })
      return undefined
    },
    peers: [skimage("maximum_projection"), opencv("maximum_projection")],
  },
  {
    kernel: "mean_projection of 9",
    planes: 9,
    haloPx: 0,
    out: plane,
    call: (stack, backend, into) => {
      meanProjection(stack, {}, { backend, into: pixels(into) })
      return undefined
    },
    peers: [skimage("mean_projection", 4), opencv("mean_projection", 1, 1e-3)],
  },
  {
    kernel: "best_focus plane of 9",
    planes: 9,
    out: plane,
    call: (stack, backend, into) => {
      bestFocus(stack, {}, { backend, into: pixels(into) })
      return undefined
    },
    peers: [skimage("best_focus_plane", 4), opencv("best_focus_plane", 1)],
  },
  {
    kernel: "best_focus pixel of 9",
    planes: 9,
    out: plane,
    call: (stack, backend, into) => {
      bestFocus(stack, { method: "pixel" }, { backend, into: pixels(into) })
      return undefined
    },
    // Running sums of the peers round; where planes are equally sharp another one may be taken.
    peers: [skimage("best_focus_pixel", 4, 1e-6), opencv("best_focus_pixel", 1, 1e-6)],
  },
  {
    kernel: "binning mean 2",
    out: { dtype: "uint16", length: (height) => (width / 2) * Math.floor(height / 2) },
    call: (image, backend, into) => {
      binning(image, {}, { backend, into: pixels(into) })
      return undefined
    },
    peers: [skimage("binning_mean_2", 4), opencv("binning_mean_2", 1, 1e-2)],
  },
  {
    kernel: "binning maximum 4",
    out: { dtype: "uint16", length: (height) => (width / 4) * Math.floor(height / 4) },
    call: (image, backend, into) => {
      binning(image, { factor: 4, method: "maximum" }, { backend, into: pixels(into) })
      return undefined
    },
    peers: [skimage("binning_maximum_4", 4)],
  },
  {
    kernel: "crop a quarter",
    out: { dtype: "uint16", length: (height) => (width / 2) * Math.floor(height / 2) },
    call: (image, backend, into) => {
      const half = { widthPx: width / 2, heightPx: Math.floor(image.height / 2) }
      crop(image, { leftPx: 500, topPx: 0, ...half }, { backend, into: pixels(into) })
      return undefined
    },
    peers: [skimage("crop")],
  },
  {
    kernel: "clahe",
    out: plane,
    call: (image, backend, into) => {
      clahe(image, {}, { backend, into: pixels(into) })
      return undefined
    },
    peers: [skimage("clahe"), opencv("clahe", undefined, Infinity)],
  },
  {
    kernel: "threshold_otsu",
    out: mask,
    call: (image, backend, into) => [thresholdOtsu(image, {}, { backend, into: bytes(into) }).threshold],
    peers: [skimage("threshold_otsu", 4), opencv("threshold_otsu", 1)],
  },
  {
    kernel: "threshold_li",
    out: mask,
    call: (image, backend, into) => [thresholdLi(image, {}, { backend, into: bytes(into) }).threshold],
    peers: [skimage("threshold_li", 4, 1e-9)],
  },
  {
    kernel: "threshold_triangle",
    out: mask,
    call: (image, backend, into) => [thresholdTriangle(image, {}, { backend, into: bytes(into) }).threshold],
    peers: [skimage("threshold_triangle", 4)],
  },
  {
    kernel: "threshold_multi_otsu 3",
    out: mask,
    call: (image, backend, into) => thresholdMultiOtsu(image, {}, { backend, into: bytes(into) }).thresholds,
    peers: [skimage("threshold_multi_otsu", 4)],
  },
  {
    kernel: "threshold_manual",
    haloPx: 0,
    out: mask,
    call: (image, backend, into) => {
      thresholdManual(image, { threshold: 1200 }, { backend, into: bytes(into) })
      return undefined
    },
    peers: [skimage("threshold_manual"), opencv("threshold_manual", undefined, Infinity)],
  },
  {
    kernel: "threshold_adaptive mean 51",
    haloPx: 36,
    out: mask,
    call: (image, backend, into) => {
      thresholdAdaptive(image, { method: "mean" }, { backend, into: bytes(into) })
      return undefined
    },
    // The peer's running sums round; a pixel that is its neighbourhood's mean may fall to either side.
    peers: [skimage("threshold_adaptive_mean", 4, 1e-4), opencv("threshold_adaptive_mean", 1, Infinity)],
  },
  {
    kernel: "threshold_adaptive gaussian 51",
    haloPx: 36,
    out: mask,
    call: (image, backend, into) => {
      thresholdAdaptive(image, {}, { backend, into: bytes(into) })
      return undefined
    },
    // OpenCV's Gaussian is of 32 bits with 256-bit vectors.
    peers: [skimage("threshold_adaptive_gaussian", 4, 1e-4), opencv("threshold_adaptive_gaussian", 0.6, Infinity)],
  },
  {
    kernel: "focus_measures",
    call: (stack, backend) => {
      const [row] = focusMeasures(stack, {}, { backend })
      return row === undefined ? [] : [row.laplacianVariance, row.tenengrad, row.brenner, row.normalizedVariance]
    },
    peers: [skimage("focus_measures", 4, 1e-9), opencv("focus_measures", 1, Infinity)],
  },
  {
    kernel: "saturation_measures",
    call: (stack, backend) =>
      saturationMeasures(stack, { top: 4095, bottom: 300 }, { backend }).flatMap((row) => [row.atTop, row.atBottom]),
    peers: [skimage("saturation_measures", 4), opencv("saturation_measures", 1)],
  },
]

/** The intensity kernels. */
export const intensityCases: ReadonlyArray<ImagingCase> = described.map(caseOf)
