/**
 * Blocks of pixels made into one: mean, sum, largest.
 */
import { two } from "./lanes"

const METHOD_MEAN: u32 = 0
const METHOD_LARGEST: u32 = 2

/** Means of 2 x 2, which pyramids are made of. */
function halve(source: usize, width: u32, out: usize, outWidth: u32, outHeight: u32): void {
  const pitch = (<usize>width) << 1
  for (let row: u32 = 0; row < outHeight; row++) {
    const upper = source + <usize>row * 2 * pitch
    const to = out + ((<usize>row * outWidth) << 1)
    let x: u32 = 0
    for (; x + 8 <= outWidth; x += 8) {
      const at = upper + ((<usize>x) << 2)
      const low = i32x4.add(
        i32x4.extadd_pairwise_i16x8_u(v128.load(at)),
        i32x4.extadd_pairwise_i16x8_u(v128.load(at + pitch)),
      )
      const high = i32x4.add(
        i32x4.extadd_pairwise_i16x8_u(v128.load(at, 16)),
        i32x4.extadd_pairwise_i16x8_u(v128.load(at + pitch, 16)),
      )
      v128.store(to + ((<usize>x) << 1), i16x8.narrow_i32x4_u(i32x4.shr_u(low, 2), i32x4.shr_u(high, 2)))
    }
    for (; x < outWidth; x++) {
      const at = upper + ((<usize>x) << 2)
      const sum =
        <u32>load<u16>(at) + <u32>load<u16>(at, 2) + <u32>load<u16>(at + pitch) + <u32>load<u16>(at + pitch, 2)
      store<u16>(to + ((<usize>x) << 1), <u16>(sum >> 2))
    }
  }
}

/** Blocks of `factor` x `factor` of 16 bits; sums are held at `top`; `columns` has room for a row of u32 and three more. */
export function binU16(
  source: usize,
  width: u32,
  out: usize,
  outWidth: u32,
  outHeight: u32,
  factor: u32,
  method: u32,
  columns: usize,
  top: u32,
): void {
  if (factor === 2 && method === METHOD_MEAN) {
    halve(source, width, out, outWidth, outHeight)
    return
  }
  const used = outWidth * factor
  const area = <u64>factor * factor
  for (let row: u32 = 0; row < outHeight; row++) {
    for (let inner: u32 = 0; inner < factor; inner++) {
      const line = source + (((<usize>row * factor + inner) * width) << 1)
      let x: u32 = 0
      for (; x < used; x += 4) {
        // The last four may reach past the row, never past the picture's last pixel.
        let value: v128
        if (x + 4 <= used) value = v128.load16x4_u(line + ((<usize>x) << 1))
        else {
          value = i32x4.splat(0)
          for (let rest = used; rest > x; rest--) {
            value = i8x16.shuffle(
              i32x4.splat(<i32>load<u16>(line + ((<usize>(rest - 1)) << 1))),
              value,
              0,
              1,
              2,
              3,
              16,
              17,
              18,
              19,
              20,
              21,
              22,
              23,
              24,
              25,
              26,
              27,
            )
          }
        }
        const at = columns + ((<usize>x) << 2)
        if (inner > 0) {
          if (method === METHOD_LARGEST) value = i32x4.max_u(value, v128.load(at))
          else value = i32x4.add(value, v128.load(at))
        }
        v128.store(at, value)
      }
    }
    const to = out + ((<usize>row * outWidth) << 1)
    let at = columns
    for (let x: u32 = 0; x < outWidth; x++) {
      let result: u64 = 0
      if (method === METHOD_LARGEST) {
        let largest: u32 = 0
        for (let inner: u32 = 0; inner < factor; inner++, at += 4) largest = max(largest, load<u32>(at))
        result = largest
      } else {
        for (let inner: u32 = 0; inner < factor; inner++, at += 4) result += load<u32>(at)
        if (method === METHOD_MEAN) result = result / area
        else result = min(result, <u64>top)
      }
      store<u16>(to + ((<usize>x) << 1), <u16>result)
    }
  }
}

/** As {@link binU16}, of floats; `columns` has room for a row of f64. Columns are summed first, then along the row. */
export function binF32(
  source: usize,
  width: u32,
  out: usize,
  outWidth: u32,
  outHeight: u32,
  factor: u32,
  method: u32,
  columns: usize,
): void {
  const used = outWidth * factor
  const area = <f64>factor * <f64>factor
  for (let row: u32 = 0; row < outHeight; row++) {
    for (let inner: u32 = 0; inner < factor; inner++) {
      const line = source + (((<usize>row * factor + inner) * width) << 2)
      let x: u32 = 0
      for (; x + 2 <= used; x += 2) {
        const at = columns + ((<usize>x) << 3)
        let value = two(line + ((<usize>x) << 2))
        if (inner > 0) {
          if (method === METHOD_LARGEST) value = f64x2.pmax(value, v128.load(at))
          else value = f64x2.add(v128.load(at), value)
        }
        v128.store(at, value)
      }
      for (; x < used; x++) {
        const at = columns + ((<usize>x) << 3)
        let value = <f64>load<f32>(line + ((<usize>x) << 2))
        if (inner > 0) {
          if (method === METHOD_LARGEST) value = max(value, load<f64>(at))
          else value = load<f64>(at) + value
        }
        store<f64>(at, value)
      }
    }
    let at = columns
    for (let x: u32 = 0; x < outWidth; x++) {
      let result = load<f64>(at)
      at += 8
      for (let inner: u32 = 1; inner < factor; inner++, at += 8) {
        if (method === METHOD_LARGEST) result = max(result, load<f64>(at))
        else result += load<f64>(at)
      }
      if (method === METHOD_MEAN) result /= area
      store<f32>(out + ((<usize>row * outWidth + x) << 2), <f32>result)
    }
  }
}
