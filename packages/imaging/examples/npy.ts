/**
 * Pixels from files and into files, with Node's fs: raw pixels, and NumPy's .npy (version 1, C order, little-endian).
 *
 * A typed array begins at a multiple of its pixel's bytes, and what Node has read need not: a small file stands anywhere in a
 * buffer that files share. So the bytes are copied into a buffer of their own.
 */
import assert from "node:assert/strict"
import { closeSync, mkdtempSync, openSync, readFileSync, readSync, rmSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { dtypeOf, type Image } from "@heddle/imaging/Image"
import { maximumProjection } from "@heddle/imaging/MaximumProjection"
import { load } from "@heddle/imaging/Wasm"

/** A file of 16-bit pixels and nothing else, little-endian as the machine itself. */
export const readRaw = (path: string, width: number, height: number): Image<Uint16Array> => {
  const bytes = Uint8Array.from(readFileSync(path)) // a copy: its byteOffset is 0
  return { data: new Uint16Array(bytes.buffer), width, height }
}

/** The same behind a header of so many bytes, of the other order: each pixel's two bytes change places. */
export const readRawBigEndian = (path: string, headerBytes: number, width: number, height: number) => {
  const bytes = Buffer.from(Uint8Array.from(readFileSync(path).subarray(headerBytes)).buffer).swap16()
  return { data: new Uint16Array(bytes.buffer, bytes.byteOffset, width * height), width, height }
}

/** A large file straight into an array, such as a place on the compiled kernels' memory: no copy is made. */
export const readInto = (path: string, into: Uint8Array | Uint16Array | Float32Array): void => {
  const bytes = new Uint8Array(into.buffer, into.byteOffset, into.byteLength)
  const file = openSync(path, "r")
  try {
    let done = 0
    for (let read = -1; read !== 0 && done < bytes.length; done += read)
      read = readSync(file, bytes, done, bytes.length - done, null)
    if (done < bytes.length) throw new Error(`${path} ends after ${done} of ${bytes.length} bytes`)
  } finally {
    closeSync(file)
  }
}

const makers = {
  "|u1": (bytes: ArrayBuffer) => new Uint8Array(bytes),
  "<u2": (bytes: ArrayBuffer) => new Uint16Array(bytes),
  "<f4": (bytes: ArrayBuffer) => new Float32Array(bytes),
  "<u4": (bytes: ArrayBuffer) => new Uint32Array(bytes),
}

/** What numpy.save has written: pixels and the sides of their array, planes first. */
export const readNpy = (path: string) => {
  const file = readFileSync(path)
  if (file.toString("latin1", 0, 6) !== "\x93NUMPY" || file[6] !== 1) throw new Error(`${path} is no .npy of version 1`)
  const start = 10 + file.readUInt16LE(8)
  const header = file.toString("latin1", 10, start)
  const [, descr = ""] = /'descr': '([^']+)'/.exec(header) ?? []
  if (!(descr in makers) || header.includes("'fortran_order': True")) throw new Error(`${path}: ${header}`)
  const shape = [...(/'shape': \(([^)]*)\)/.exec(header)?.[1] ?? "").matchAll(/\d+/g)].map(Number)
  // It was just found in the table.
  return { data: makers[descr as keyof typeof makers](Uint8Array.from(file.subarray(start)).buffer), shape }
}

/** One plane for numpy.load. */
export const writeNpy = (
  path: string,
  { data, height, width }: Image<Uint8Array | Uint16Array | Uint32Array>,
): void => {
  const descr = { uint8: "|u1", uint16: "<u2", uint32: "<u4", float32: "<f4" }[dtypeOf(data)]
  const text = `{'descr': '${descr}', 'fortran_order': False, 'shape': (${height}, ${width}), }`
  // The pixels begin at a multiple of 64, and a line end stands before them.
  const header = `${text.padEnd(Math.ceil((10 + text.length + 1) / 64) * 64 - 10 - 1)}\n`
  const start = Buffer.from(`\x93NUMPY\x01\x00__${header}`, "latin1")
  start.writeUInt16LE(header.length, 8)
  writeFileSync(path, Buffer.concat([start, new Uint8Array(data.buffer, data.byteOffset, data.byteLength)]))
}

const folder = mkdtempSync(join(tmpdir(), "imaging-"))
try {
  const plane = { data: Uint16Array.of(1, 2, 3, 40_000, 5, 6), width: 3, height: 2 }

  writeFileSync(join(folder, "plane.raw"), plane.data)
  assert.deepEqual(readRaw(join(folder, "plane.raw"), 3, 2), plane)
  writeFileSync(join(folder, "big.raw"), Buffer.from([9, 0, 1, 0, 2, 0, 3, 156, 64, 0, 5, 0, 6]))
  assert.deepEqual(Array.from(readRawBigEndian(join(folder, "big.raw"), 1, 3, 2).data), Array.from(plane.data))

  writeNpy(join(folder, "plane.npy"), plane)
  const { data, shape } = readNpy(join(folder, "plane.npy"))
  assert.deepEqual(data, plane.data)
  assert.deepEqual(shape, [2, 3])

  const backend = await load()
  const onMemory = backend.allocate("uint16", plane.data.length)
  readInto(join(folder, "plane.raw"), onMemory)
  const highest = maximumProjection({ data: onMemory, width: 3, height: 1, planes: 2 }, {}, { backend })
  assert.deepEqual(Array.from(highest.data), [40_000, 5, 6])
  backend.release(onMemory)
} finally {
  rmSync(folder, { recursive: true })
}
