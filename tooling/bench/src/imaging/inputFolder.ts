/**
 * Pixels for a peer in another process, as NumPy reads them.
 *
 * @layer adapter
 * @module
 */
import { mkdtempSync, rmSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import type { PeerInput } from "./ImagingCase.ts"

const codes: Readonly<Record<PeerInput["dtype"], string>> = {
  uint8: "|u1",
  uint16: "<u2",
  uint32: "<u4",
  int32: "<i4",
  float32: "<f4",
  float64: "<f8",
}

/** The header's length is a multiple of 64, as NumPy writes it. */
const alignment = 64
const prefixBytes = 10

const npy = ({ data, dtype, shape }: PeerInput): Uint8Array => {
  const text = `{'descr': '${codes[dtype]}', 'fortran_order': False, 'shape': (${shape.join(", ")}${shape.length === 1 ? "," : ""}), }`
  const length = Math.ceil((prefixBytes + text.length + 1) / alignment) * alignment - prefixBytes
  const header = Buffer.alloc(prefixBytes + length, " ")
  header.write("\x93NUMPY\x01\x00", "latin1")
  header.writeUInt16LE(length, prefixBytes - 2)
  header.write(text, prefixBytes, "latin1")
  header.write("\n", prefixBytes + length - 1, "latin1")
  return Buffer.concat([header, new Uint8Array(data.buffer, data.byteOffset, data.byteLength)])
}

/** A new folder with `input0.npy`, `input1.npy`, … and `parameters.json`. */
export const inputFolder = (
  inputs: ReadonlyArray<PeerInput>,
  parameters: Readonly<Record<string, unknown>>,
): { readonly path: string; readonly remove: () => void } => {
  const path = mkdtempSync(join(tmpdir(), "heddle-bench-imaging-"))
  for (const [index, input] of inputs.entries()) writeFileSync(join(path, `input${index}.npy`), npy(input))
  writeFileSync(join(path, "parameters.json"), JSON.stringify(parameters))
  return { path, remove: () => rmSync(path, { recursive: true, force: true }) }
}
