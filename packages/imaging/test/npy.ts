/**
 * Reads arrays that NumPy has written (NPY version 1, little-endian, C order) from the fixtures.
 */
import { readFileSync } from "node:fs"

/** An array of a fixture; 64-bit whole numbers come as numbers. */
export interface NpyArray {
  readonly shape: ReadonlyArray<number>
  readonly data: Uint8Array | Uint16Array | Int32Array | Uint32Array | Float32Array | Float64Array
}

const makers: Readonly<Record<string, (bytes: ArrayBuffer) => NpyArray["data"]>> = {
  "|u1": (bytes) => new Uint8Array(bytes),
  "|b1": (bytes) => new Uint8Array(bytes),
  "<u2": (bytes) => new Uint16Array(bytes),
  "<u4": (bytes) => new Uint32Array(bytes),
  "<i4": (bytes) => new Int32Array(bytes),
  "<i8": (bytes) => Float64Array.from(new BigInt64Array(bytes), (value) => Number(value)),
  "<f4": (bytes) => new Float32Array(bytes),
  "<f8": (bytes) => new Float64Array(bytes),
}

/** The array of `test/fixtures/<name>`. */
export const readNpy = (name: string): NpyArray => {
  const file = readFileSync(new URL(`fixtures/${name}`, import.meta.url))
  const length = file.readUInt16LE(8)
  const header = file.subarray(10, 10 + length).toString("latin1")
  const descr = /'descr': '([^']+)'/.exec(header)?.[1] ?? ""
  const maker = makers[descr]
  if (maker === undefined || !header.includes("'fortran_order': False")) throw new Error(`${name}: ${header}`)
  const shape = (/'shape': \(([^)]*)\)/.exec(header)?.[1] ?? "")
    .split(",")
    .filter((side) => side.trim() !== "")
    .map(Number)
  return { shape, data: maker(Uint8Array.from(file.subarray(10 + length)).buffer) }
}

/** The same as 16-bit pixels; refuses an array of another type. */
export const readUint16 = (name: string): Uint16Array => {
  const { data } = readNpy(name)
  if (!(data instanceof Uint16Array)) throw new Error(`${name} holds ${data.constructor.name}`)
  return data
}
