/**
 * The skeleton kernels, compiled to WebAssembly with SIMD. Pointers come from the caller, who has checked all sizes and given
 * places of the sizes that the `…Bytes` functions say.
 */
import { pack, rowBytes, unpack } from "./skeleton/bits"
import { lee, leeMarkBytes } from "./skeleton/lee"
import { lee3d, lee3dMarkBytes } from "./skeleton/lee3d"
import { zhang, zhangMarkBytes } from "./skeleton/zhang"

export { lee, lee3d, lee3dMarkBytes, leeMarkBytes, zhang, zhangMarkBytes }

/** Bytes of a picture as bits. */
export function bitsBytes(width: u32, height: u32): usize {
  return rowBytes(width) * (<usize>height + 2)
}

/** Bits of pixels that are not zero. */
export function packU8(source: usize, width: u32, height: u32, bits: usize): void {
  pack<u8>(source, width, height, bits)
}

/** As {@link packU8}, of 16 bits. */
export function packU16(source: usize, width: u32, height: u32, bits: usize): void {
  pack<u16>(source, width, height, bits)
}

/** As {@link packU8}, of floats. */
export function packF32(source: usize, width: u32, height: u32, bits: usize): void {
  pack<f32>(source, width, height, bits)
}

/** Pixels 1 and 0 from bits. */
export function unpackU8(bits: usize, width: u32, height: u32, out: usize): void {
  unpack(bits, width, height, out)
}
