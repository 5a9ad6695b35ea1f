/**
 * Bytes for kernels that are compiled for 16 bits: widened before, narrowed after. The values are the same.
 *
 * @layer logic
 * @module
 */
import type { Pixels } from "../../Image.ts"
import type { Frame } from "../wasm/runtime.ts"

/** Where a kernel reads and writes, and how its result is handed over. */
export interface WideFrame<P extends Pixels> {
  readonly source: number
  readonly out: number
  readonly take: () => P
}

/** Places for pixels and a result of their type; bytes are widened. The result never overwrites what is still read. */
export const wideFrame = <P extends Pixels>(frame: Frame, data: P, into: P | undefined): WideFrame<P> => {
  const { byteLength, length } = data
  if (data instanceof Uint8Array) {
    const source = frame.scratch(2 * length)
    const out = frame.scratch(2 * length)
    frame.uint16(source, length).set(data)
    return {
      source,
      out,
      take: () => {
        const result = into ?? new Uint8Array(length)
        result.set(frame.uint16(out, length))
        // `data` is bytes, and `into` of its type.
        return result as P
      },
    }
  }
  const source = frame.input(data)
  const result = frame.outputLike(data, length, into)
  const overlaps = Math.abs(result.pointer - source) < byteLength
  const out = overlaps ? frame.scratch(byteLength) : result.pointer
  return {
    source,
    out,
    take: () => {
      if (overlaps) frame.uint8(result.pointer, byteLength).set(frame.uint8(out, byteLength))
      return result.take()
    },
  }
}
