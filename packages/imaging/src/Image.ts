/**
 * Pictures as typed arrays: one plane, or planes of one size behind each other. Rows from top to bottom, pixels of a row
 * next to each other, nothing between rows (C order).
 *
 * @layer contract
 * @module
 */

/** Types of pixels that kernels take; each says which in its signature. @category models */
export type Dtype = "uint8" | "uint16" | "float32"

/** Types of what kernels give: pixels, or labels from 1 with 0 as background. @category models */
export type OutputDtype = Dtype | "uint32"

/** The typed array of each type. @category models */
export interface DtypeArrays {
  readonly uint8: Uint8Array
  readonly uint16: Uint16Array
  readonly float32: Float32Array
  readonly uint32: Uint32Array
}

/** The name of a typed array's type. @category models */
export type DtypeOf<P extends Pixels | Uint32Array> = P extends Uint8Array
  ? "uint8"
  : P extends Uint16Array
    ? "uint16"
    : P extends Float32Array
      ? "float32"
      : "uint32"

/** Pixels of a picture. @category models */
export type Pixels = Uint8Array | Uint16Array | Float32Array

/** One plane: `data[y * width + x]`. @category models */
export interface Image<P extends Pixels | Uint32Array = Pixels> {
  readonly data: P
  /** Pixels of a row, 1 to 65535. */
  readonly width: number
  /** Rows, 1 to 65535. */
  readonly height: number
}

/** Planes of one size: `data[(plane * height + y) * width + x]`. What a plane is (site, channel, z, time) is the caller's. @category models */
export interface Stack<P extends Pixels | Uint32Array = Pixels> extends Image<P> {
  readonly planes: number
}

/** Labels of objects: 0 is background, objects count from 1. @category models */
export type Labels = Image<Uint32Array>

/** True (1) or false (0) for each pixel. @category models */
export type Mask = Image<Uint8Array>

/** The largest width and height, in pixels: coordinates fit in 16 bits, as in TIFF and the detectors that there are. @category constants */
export const sideMaxPx = 65_535

/** The type of a typed array. @category getters */
export const dtypeOf = (data: Pixels | Uint32Array): OutputDtype => {
  switch (data.BYTES_PER_ELEMENT) {
    case 1:
      return "uint8"
    case 2:
      return "uint16"
    default:
      return data instanceof Float32Array ? "float32" : "uint32"
  }
}

/** The type of pixels. @category getters */
export const pixelDtypeOf = (data: Pixels): Dtype =>
  data.BYTES_PER_ELEMENT === 1 ? "uint8" : data.BYTES_PER_ELEMENT === 2 ? "uint16" : "float32"

/** A typed array of a type, all zero. @category constructors */
export const allocate = <D extends OutputDtype>(dtype: D, length: number): DtypeArrays[D] => makers[dtype](length)

const makers: { readonly [D in OutputDtype]: (length: number) => DtypeArrays[D] } = {
  uint8: (length) => new Uint8Array(length),
  uint16: (length) => new Uint16Array(length),
  float32: (length) => new Float32Array(length),
  uint32: (length) => new Uint32Array(length),
}

/** The largest value of a type of whole numbers; 1 for `float32`, whose pictures are taken to lie between 0 and 1 where a range is needed. @category getters */
export const rangeMaxOf = (dtype: OutputDtype): number =>
  dtype === "uint8" ? 255 : dtype === "uint16" ? 65_535 : dtype === "uint32" ? 4_294_967_295 : 1

/** One plane of a stack, on the same memory. @category getters */
export const planeOf = <P extends Pixels>(stack: Stack<P>, plane: number): Image<P> => {
  const size = stack.width * stack.height
  // `subarray` keeps the class of the array that it is called on; TypeScript widens it.
  const data = stack.data.subarray(plane * size, (plane + 1) * size) as P
  return { data, width: stack.width, height: stack.height }
}
