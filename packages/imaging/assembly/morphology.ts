/** The morphology kernels, compiled to WebAssembly with SIMD. */
import { small } from "./morphology/small"

export { erodeU8, erodeU16, erodeF32, erodeF64 } from "./morphology/disk"

/** A disk of radius 1 to 3, of u8. */
export function smallU8(
  source: usize,
  out: usize,
  width: usize,
  height: i32,
  radius: i32,
  rings: usize,
  stride: usize,
  twice: bool,
  flip: bool,
  what: u32,
): void {
  small<u8>(source, out, width, height, radius, rings, stride, twice, flip, what)
}

/** A disk of radius 1 to 3, of u16. */
export function smallU16(
  source: usize,
  out: usize,
  width: usize,
  height: i32,
  radius: i32,
  rings: usize,
  stride: usize,
  twice: bool,
  flip: bool,
  what: u32,
): void {
  small<u16>(source, out, width, height, radius, rings, stride, twice, flip, what)
}

/** A disk of radius 1 to 3, of f32. */
export function smallF32(
  source: usize,
  out: usize,
  width: usize,
  height: i32,
  radius: i32,
  rings: usize,
  stride: usize,
  twice: bool,
  flip: bool,
  what: u32,
): void {
  small<f32>(source, out, width, height, radius, rings, stride, twice, flip, what)
}
