/**
 * Gaussian, Laplacian of Gaussian and difference of Gaussians: separable, row by row through a ring of rows that have been
 * summed along x already.
 */
import {
  blockRows,
  fillRow,
  floats4,
  mapColumns,
  mapped,
  settled,
  strideOf,
  stripPx,
  sumAcross,
  sumAcross2,
  sumAlong,
  sumAlong2,
} from "./rows"

/** Bytes that the functions of one Gaussian need besides input and result. */
export function gaussianScratch(width: i32, radius: i32): u32 {
  return bytesFor(width, radius, 1)
}

/** Bytes that the functions of a Laplacian need. */
export function laplacianScratch(width: i32, radius: i32): u32 {
  return bytesFor(width, radius, 2)
}

function bytesFor(width: i32, radius: i32, rings: i32): u32 {
  const span = 2 * radius + blockRows
  const stride = strideOf(width)
  const floats = width + 2 * radius + (stride + 2 * radius + 64) + span * stride * rings + 2 * span + blockRows * stride
  return ((<u32>floats) << 2) + 320
}

function aligned(at: usize): usize {
  return (at + 63) & ~63
}

/** Stores sums as pixels of the whole type that the source has; they are cut, not rounded. */
function emit<T>(out: usize, sums: usize, source: usize, count: i32, less: f32): void {
  let x = 0
  // Of pixels of 16 bits only what is left of a row comes here.
  if (sizeof<T>() === 1) {
    const near = f32x4.splat(less)
    for (; x + 4 <= count; x += 4) {
      const four = settled(v128.load(sums + ((<usize>x) << 2)), floats4<T>(source + x), near)
      const words = i16x8.narrow_i32x4_u(four, four)
      v128.store32_lane(out + x, i8x16.narrow_i16x8_u(words, words), 0)
    }
  }
  for (; x < count; x++) {
    const pixel = <f32>load<T>(source + <usize>x * sizeof<T>())
    const sum = load<f32>(sums + ((<usize>x) << 2))
    store<T>(out + <usize>x * sizeof<T>(), <T>(sum >= pixel * less ? max<f32>(sum, pixel) : sum))
  }
}

/** Subtracts sums from the floats that stand at `out`. */
function subtractFrom(out: usize, sums: usize, count: i32): void {
  let x = 0
  for (; x + 4 <= count; x += 4) {
    const to = out + ((<usize>x) << 2)
    v128.store(to, f32x4.sub(v128.load(to), v128.load(sums + ((<usize>x) << 2))))
  }
  for (; x < count; x++) {
    const to = out + ((<usize>x) << 2)
    store<f32>(to, load<f32>(to) - load<f32>(sums + ((<usize>x) << 2)))
  }
}

/** The addresses of `count` rows of a ring of `span`, from a place on. */
function pointTo(pointers: usize, ring: usize, strideBytes: usize, place: i32, count: i32, span: i32): void {
  for (let index = 0; index < count; index++) {
    store<u32>(pointers + ((<usize>index) << 2), <u32>(ring + <usize>place * strideBytes))
    if (++place === span) place = 0
  }
}

/** {@link fillRow} for pixels of `bytes` each, which are floats where 4. */
function fillAs(
  bytes: i32,
  out: usize,
  row: usize,
  map: usize,
  start: i32,
  count: i32,
  radius: i32,
  width: i32,
  offset: f32,
): void {
  if (bytes === 1) fillRow<u8>(out, row, map, start, count, radius, width, offset)
  else if (bytes === 2) fillRow<u16>(out, row, map, start, count, radius, width, offset)
  else fillRow<f32>(out, row, map, start, count, radius, width, offset)
}

/**
 * The Gaussian of pixels of `bytes` each, which are floats where 4. `weights` are those of distances 0 to `radius`. `mode` 0 stores
 * pixels of the same whole type, 1 stores sums as floats, 2 subtracts sums from the floats that stand at `out`. `less` is what a pixel is multiplied by
 * to be the least sum that is the pixel.
 */
export function smooth(
  bytes: i32,
  source: usize,
  out: usize,
  width: i32,
  height: i32,
  weights: usize,
  radius: i32,
  border: i32,
  less: f32,
  scratch: usize,
  mode: i32,
): void {
  const span = 2 * radius + blockRows
  const stride = strideOf(width)
  const map = scratch
  const row = aligned(map + ((<usize>(width + 2 * radius)) << 2))
  const ring = aligned(row + ((<usize>(stride + 2 * radius + 64)) << 2))
  const pointers = ring + ((<usize>span * stride) << 2)
  const sums = aligned(pointers + ((<usize>span) << 2))
  mapColumns(map, width, radius, border)
  const strideBytes = (<usize>stride) << 2
  for (let start = 0; start < width; start += stripPx) {
    const count = min(stripPx, width - start)
    const rounded = (count + 31) & ~31
    // Line y of the picture, or what stands for it beyond the border, is kept in place (y + radius) % span.
    let line = -radius
    let place = 0
    for (let y = 0; y < height; y += blockRows) {
      const lines = min(blockRows, height - y)
      for (; line < y + lines + radius; line++) {
        const from = source + <usize>mapped(line, height, border) * width * bytes
        fillAs(bytes, row, from, map, start, count, radius, width, 0)
        sumAlong(ring + <usize>place * strideBytes, row, weights, radius, rounded)
        if (++place === span) place = 0
      }
      pointTo(pointers, ring, strideBytes, y % span, lines + 2 * radius, span)
      const corner = <usize>y * width + start
      // Whole blocks of columns go where they belong; what is left of a row, and bytes, are gathered first.
      const isWords = mode === 0 && bytes === 2
      const direct = isWords || mode === 1 ? count & ~31 : 0
      if (direct > 0) {
        if (isWords) {
          const place = corner << 1
          sumAcross<u16>(out + place, width, pointers, lines, weights, radius, 0, direct, source + place, less)
        } else sumAcross<f32>(out + (corner << 2), width, pointers, lines, weights, radius, 0, direct, 0, 0)
      }
      if (direct === count) continue
      sumAcross<f32>(sums, stride, pointers, lines, weights, radius, direct, rounded, 0, 0)
      for (let index = 0; index < lines; index++) {
        const first = corner + <usize>index * width + direct
        const from = sums + <usize>index * strideBytes + ((<usize>direct) << 2)
        const left = count - direct
        if (mode === 2) subtractFrom(out + (first << 2), from, left)
        else if (mode === 1) memory.copy(out + (first << 2), from, (<usize>left) << 2)
        else if (bytes === 1) emit<u8>(out + first, from, source + first, left, less)
        else emit<u16>(out + (first << 1), from, source + (first << 1), left, less)
      }
    }
  }
}

/**
 * `factor` times the Laplacian of the Gaussian of pixels less an offset. `weights0` are those of the Gaussian, `weights2` of its second
 * derivative.
 */
export function laplacian(
  bytes: i32,
  source: usize,
  out: usize,
  width: i32,
  height: i32,
  weights0: usize,
  weights2: usize,
  radius: i32,
  border: i32,
  offset: f32,
  factor: f32,
  scratch: usize,
): void {
  const span = 2 * radius + blockRows
  const stride = strideOf(width)
  const map = scratch
  const row = aligned(map + ((<usize>(width + 2 * radius)) << 2))
  const ring = aligned(row + ((<usize>(stride + 2 * radius + 64)) << 2))
  const apart = (<usize>span * stride) << 2
  const pointers = ring + 2 * apart
  const sums = aligned(pointers + ((<usize>span) << 2))
  mapColumns(map, width, radius, border)
  const strideBytes = (<usize>stride) << 2
  for (let start = 0; start < width; start += stripPx) {
    const count = min(stripPx, width - start)
    const rounded = (count + 31) & ~31
    let line = -radius
    let place = 0
    for (let y = 0; y < height; y += blockRows) {
      const lines = min(blockRows, height - y)
      for (; line < y + lines + radius; line++) {
        const from = source + <usize>mapped(line, height, border) * width * bytes
        fillAs(bytes, row, from, map, start, count, radius, width, offset)
        const to = ring + <usize>place * strideBytes
        sumAlong2(to, to + apart, row, weights0, weights2, radius, rounded)
        if (++place === span) place = 0
      }
      pointTo(pointers, ring, strideBytes, y % span, lines + 2 * radius, span)
      sumAcross2(sums, stride, pointers, apart, lines, weights0, weights2, radius, rounded, factor)
      for (let index = 0; index < lines; index++) {
        const to = out + ((<usize>(y + index) * width + start) << 2)
        memory.copy(to, sums + <usize>index * strideBytes, (<usize>count) << 2)
      }
    }
  }
}
