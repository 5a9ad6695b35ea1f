/** The morphology kernels, compiled to WebAssembly with SIMD. */
import { ball } from "./morphology/ball"
import { lessSmaller, shrink } from "./morphology/shrink"
import { small } from "./morphology/small"

export { erodeU8, erodeU16, erodeF32, erodeF64 } from "./morphology/disk"

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

/** A rolling ball, of u16. */
export function ballU16(
  source: usize,
  out: usize,
  width: usize,
  height: i32,
  reachX: usize,
  reachY: i32,
  strip: usize,
  starts: usize,
  centred: usize,
  ring: usize,
  row: usize,
  what: u32,
): void {
  ball<u16>(source, out, width, height, reachX, reachY, strip, starts, centred, ring, row, what)
}

/** A picture of u16 made smaller. */
export function shrinkU16(
  source: usize,
  width: i32,
  height: i32,
  out: usize,
  newWidth: i32,
  newHeight: i32,
  down: usize,
  downTaps: i32,
  across: usize,
  acrossTaps: i32,
  upper: usize,
  lower: usize,
  rows: usize,
): void {
  shrink<u16>(source, width, height, out, newWidth, newHeight, down, downTaps, across, acrossTaps, upper, lower, rows)
}

/** A picture of u16 less its smaller background. */
export function lessSmallerU16(
  source: usize,
  width: i32,
  height: i32,
  small: usize,
  newWidth: i32,
  rowOf: usize,
  columnOf: usize,
  line: usize,
  out: usize,
): void {
  lessSmaller<u16>(source, width, height, small, newWidth, rowOf, columnOf, line, out)
}

/** A rolling ball, of f32. */
export function ballF32(
  source: usize,
  out: usize,
  width: usize,
  height: i32,
  reachX: usize,
  reachY: i32,
  strip: usize,
  starts: usize,
  centred: usize,
  ring: usize,
  row: usize,
  what: u32,
): void {
  ball<f32>(source, out, width, height, reachX, reachY, strip, starts, centred, ring, row, what)
}

/** A picture of f32 made smaller. */
export function shrinkF32(
  source: usize,
  width: i32,
  height: i32,
  out: usize,
  newWidth: i32,
  newHeight: i32,
  down: usize,
  downTaps: i32,
  across: usize,
  acrossTaps: i32,
  upper: usize,
  lower: usize,
  rows: usize,
): void {
  shrink<f32>(source, width, height, out, newWidth, newHeight, down, downTaps, across, acrossTaps, upper, lower, rows)
}

/** A picture of f32 less its smaller background. */
export function lessSmallerF32(
  source: usize,
  width: i32,
  height: i32,
  small: usize,
  newWidth: i32,
  rowOf: usize,
  columnOf: usize,
  line: usize,
  out: usize,
): void {
  lessSmaller<f32>(source, width, height, small, newWidth, rowOf, columnOf, line, out)
}
