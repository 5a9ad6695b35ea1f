/**
 * The picture of `reference/intensity.py`, and helpers of the tests of intensity kernels.
 */
import { readFileSync } from "node:fs"
import { allocate, type Dtype, type Image, type Pixels, type Stack } from "../src/Image.ts"
import { ImagingError, type Reason } from "../src/ImagingError.ts"
import { readNpy } from "./npy.ts"

const whole = (value: number, dtype: Dtype): number =>
  dtype === "uint8" ? Math.floor(value / 24) : dtype === "float32" ? value / 8192 : value

/** Two overlapping ramps and bright squares. */
export const picture = (dtype: Dtype, planes = 1, height = 45, width = 61): Stack => {
  const data: Pixels = allocate(dtype, planes * height * width)
  for (let z = 0, index = 0; z < planes; z++) {
    for (let y = 0; y < height; y++) {
      for (let x = 0; x < width; x++, index++) {
        const isBright = Math.floor(x / 9) % 3 === 1 && Math.floor(y / 8) % 2 === 1
        const base = 300 + 7 * x + 11 * y + ((x * y * (3 + z)) % 97) + 90 * z
        data[index] = whole(base + (isBright ? 4000 + 13 * ((x + y + z) % 29) : 0), dtype)
      }
    }
  }
  return { data, width, height, planes }
}

/** What scikit-image found in it. */
export interface Results {
  readonly otsu: number
  readonly li: number
  readonly triangle: number
  readonly multiOtsu: ReadonlyArray<number> | null
  readonly focus: ReadonlyArray<readonly [laplacian: number, tenengrad: number, brenner: number, variance: number]>
  readonly saturation: ReadonlyArray<readonly [atTop: number, atBottom: number]>
  readonly top: number
  readonly bottom: number
  readonly percentiles: readonly [low: number, high: number]
}

/** The numbers of `fixtures/intensity/results.json`. */
export const results = JSON.parse(
  readFileSync(new URL("fixtures/intensity/results.json", import.meta.url), "utf8"),
) as Readonly<Record<Dtype, Results>>

/** The pixels of `fixtures/intensity`. */
export const golden = (name: string, dtype: Dtype): Pixels => {
  const { data } = readNpy(`intensity/${name}_${dtype}.npy`)
  if (data instanceof Uint8Array || data instanceof Uint16Array || data instanceof Float32Array) return data
  throw new Error(`${name} holds no pixels`)
}

/** The reason of a refusal, to be compared with; fails the test if there is none, or something else is thrown. */
export const refusal = (run: () => unknown): Reason => {
  try {
    run()
  } catch (error) {
    if (error instanceof ImagingError) return error.reason
    throw error
  }
  throw new Error("nothing was refused")
}

/** The name of the parameter or input that a refusal is about. */
export const refusedName = (run: () => unknown): string => {
  const reason = refusal(run)
  if (reason._tag === "InvalidParameter") return reason.parameter
  return reason._tag === "InvalidImage" ? reason.input : reason._tag
}

/** Pictures and stacks that no kernel may take; the name that the refusal must give. */
export const badStacks = (): ReadonlyArray<readonly [name: string, stack: Stack, refused: string]> => {
  const detached = new Uint16Array(12)
  structuredClone(detached, { transfer: [detached.buffer] })
  const nan = new Float32Array(12).fill(1)
  nan[7] = Number.NaN
  const infinite = new Float32Array(12)
  infinite[3] = -Infinity
  return [
    ["too few pixels", { data: new Uint8Array(11), width: 4, height: 3, planes: 1 }, ".data"],
    ["no pixels", { data: new Uint16Array(0), width: 4, height: 3, planes: 1 }, ".data"],
    ["a width of 0", { data: new Uint16Array(0), width: 0, height: 3, planes: 1 }, ".width"],
    ["a width beyond 65535", { data: new Uint8Array(65_536), width: 65_536, height: 1, planes: 1 }, ".width"],
    ["a height that is no whole number", { data: new Uint8Array(12), width: 4, height: 1.5, planes: 1 }, ".height"],
    ["a detached buffer", { data: detached, width: 4, height: 3, planes: 1 }, ".data"],
    ["NaN", { data: nan, width: 4, height: 3, planes: 1 }, ".data"],
    ["infinity", { data: infinite, width: 4, height: 3, planes: 1 }, ".data"],
    // A caller without types can pass anything.
    ["a plain list", { data: [1, 2] as unknown as Uint8Array, width: 2, height: 1, planes: 1 }, ".data"],
  ]
}

/** The rows and columns of a picture exchanged. */
export const transposed = <P extends Pixels>({ data, height, width }: Image<P>): Image<P> => {
  const out = data.slice() as P
  for (let y = 0; y < height; y++) for (let x = 0; x < width; x++) out[x * height + y] = data[y * width + x]
  return { data: out, width: height, height: width }
}
