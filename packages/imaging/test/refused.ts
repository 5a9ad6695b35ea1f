/**
 * What a kernel says when it refuses.
 */
import { ImagingError } from "../src/ImagingError.ts"

/** The message of the refusal; another text where it did not refuse, or failed in another way. */
export const refused = (call: () => unknown): string => {
  try {
    call()
  } catch (error) {
    return error instanceof ImagingError ? error.message : `failed without a refusal: ${String(error)}`
  }
  return "not refused"
}

/** An array whose buffer was transferred away. */
export const detached = <A extends Uint8Array | Uint32Array | Float32Array>(data: A): A => {
  structuredClone(data.buffer, { transfer: [data.buffer as ArrayBuffer] })
  return data
}
