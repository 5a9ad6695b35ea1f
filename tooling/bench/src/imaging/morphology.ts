/**
 * Morphology on a field of nuclei: 2048 x 2048, 16 bits, uneven light, shot and read noise, 700 nuclei.
 *
 * @layer logic
 * @module
 */
import { binaryOpening } from "@heddle/imaging/BinaryMorphology"
import { closing, dilation, erosion, opening } from "@heddle/imaging/GreyMorphology"
import { allocate } from "@heddle/imaging/Image"
import { rollingBallBackground } from "@heddle/imaging/RollingBall"
import { blackTopHat, whiteTopHat, whiteTopHatDownsampled } from "@heddle/imaging/TopHat"
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

/** Grey values of the field, before they become pixels of a type. */
const field = (height: number): Float64Array => {
  const next = uniform(7)
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
  return light.map((bright, index) => {
    const [x, y] = [(index % width) / width - 0.5, Math.floor(index / width) / height - 0.5]
    const value = bright * (1 - 0.6 * (x * x + y * y))
    const normal = Math.sqrt(-2 * Math.log(1 - next())) * Math.cos(2 * Math.PI * next())
    return Math.min(65_535, Math.max(0, Math.round(value + normal * Math.sqrt(value + 100))))
  })
}

type GreyKernel = typeof whiteTopHat

/** Two sums: of the pixels, and of the pixels by their column's number modulo 97. */
const sums = (data: Uint8Array | Uint16Array | Float32Array): ReadonlyArray<number> => {
  let [plain, weighted] = [0, 0]
  for (const [index, value] of data.entries()) {
    plain += value
    weighted += value * ((index % width) % 97)
  }
  return [plain, weighted]
}

const greyCase = (
  name: string,
  kernel: GreyKernel,
  dtype: "uint8" | "uint16" | "float32",
  parameters: { readonly radiusPx: number },
  haloPx: number | undefined,
  peers: ReadonlyArray<KernelPeer>,
): ImagingCase => ({
  kernel: name,
  family: "morphology",
  rows,
  ...(haloPx === undefined ? {} : { haloPx }),
  prepare: (backend: WasmBackend, height: number) => {
    const values = field(height)
    const data = backend.allocate(dtype, values.length)
    const scale = dtype === "uint8" ? 255 / 12_000 : 1
    for (const [index, value] of values.entries())
      data[index] = Math.min(value * scale, dtype === "uint8" ? 255 : 65_535)
    const into = backend.allocate(dtype, values.length)
    // Peers get a copy off the shared memory.
    const sent = allocate(dtype, data.length)
    sent.set(data)
    return {
      inputs: [{ dtype, shape: [height, width], data: sent }],
      bytes: 2 * data.byteLength,
      run: () => {
        kernel({ data, width, height }, parameters, { backend, into })
        return () => sums(into)
      },
    }
  },
  peers: peers.map((peer) => ({ ...peer, parameters: { ...parameters, ...peer.parameters } })),
})

const both = (operation: string, skimage: number, opencv: number): ReadonlyArray<KernelPeer> => [
  { program: "scikit-image", operation, floor: skimage },
  { program: "opencv", operation: `${operation}_cv2`, floor: opencv },
]

const maskCase: ImagingCase = {
  kernel: "binary_opening disk 5",
  family: "morphology",
  rows,
  haloPx: 10,
  prepare: (backend, height) => {
    const values = field(height)
    const data = backend.allocate("uint8", values.length)
    for (const [index, value] of values.entries()) data[index] = value > 1200 ? 1 : 0
    const into = backend.allocate("uint8", values.length)
    return {
      inputs: [{ dtype: "uint8", shape: [height, width], data: Uint8Array.from(data) }],
      bytes: 2 * data.byteLength,
      run: () => {
        binaryOpening({ data, width, height }, { radiusPx: 5 }, { backend, into })
        return () => sums(into)
      },
    }
  },
  peers: [
    { program: "scikit-image", operation: "binary_opening", parameters: { radiusPx: 5 }, floor: 4 },
    { program: "opencv", operation: "opening_cv2", parameters: { radiusPx: 5 }, floor: 1 },
  ],
}

const downsampled: GreyKernel = (image, parameters, options) =>
  whiteTopHatDownsampled(image, { ...parameters, factor: 4 }, options)

/** The family's rows. */
export const morphologyCases: ReadonlyArray<ImagingCase> = [
  greyCase("white_top_hat disk 50", whiteTopHat, "uint16", { radiusPx: 50 }, 100, [
    // A minute for one turn.
    { program: "scikit-image", operation: "white_top_hat", floor: 800, slow: true },
    { program: "opencv", operation: "white_top_hat_cv2", floor: 10 },
  ]),
  greyCase("white_top_hat disk 50 float32", whiteTopHat, "float32", { radiusPx: 50 }, 100, [
    { program: "opencv", operation: "white_top_hat_cv2", floor: 1 },
  ]),
  greyCase("white_top_hat disk 50 uint8", whiteTopHat, "uint8", { radiusPx: 50 }, 100, [
    { program: "opencv", operation: "white_top_hat_cv2", floor: 1 },
  ]),
  greyCase("black_top_hat disk 10", blackTopHat, "uint16", { radiusPx: 10 }, 20, both("black_top_hat", 4, 1)),
  greyCase("erosion disk 3", erosion as GreyKernel, "uint16", { radiusPx: 3 }, 3, both("erosion", 4, 1)),
  greyCase("dilation disk 7", dilation as GreyKernel, "uint16", { radiusPx: 7 }, 7, both("dilation", 4, 1)),
  greyCase("opening disk 5", opening as GreyKernel, "uint16", { radiusPx: 5 }, 10, both("opening", 4, 1)),
  greyCase("closing disk 3", closing as GreyKernel, "uint16", { radiusPx: 3 }, 6, both("closing", 4, 1)),
  maskCase,
  greyCase("white_top_hat_downsampled disk 50 factor 4", downsampled, "uint16", { radiusPx: 50 }, undefined, [
    // Gaussian weights of NumPy differ in the last bit: a count in a few pixels at most.
    {
      program: "scikit-image",
      operation: "white_top_hat_downsampled",
      parameters: { factor: 4 },
      floor: 4,
      within: 1e-6,
    },
    // The same steps in 32-bit floats.
    {
      program: "opencv",
      operation: "white_top_hat_downsampled_cv2",
      parameters: { factor: 4 },
      floor: 1,
      within: Number.POSITIVE_INFINITY,
    },
  ]),
  greyCase("rolling_ball_background radius 50", rollingBallBackground, "uint16", { radiusPx: 50 }, 50, [
    { program: "scikit-image", operation: "rolling_ball", floor: 4 },
  ]),
]
