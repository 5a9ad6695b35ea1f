/** Local maxima: pixels above a threshold that nothing within a square around them exceeds; outside counts as 0. */
import { bitsAbove } from "./bitsAbove"

// @inline
function peaks<T>(source: usize, width: i32, height: i32, distance: i32, threshold: T, splat: v128, out: usize): u32 {
  let count: u32 = 0
  for (let y = 0; y < height; y++) {
    const row = source + <usize>y * width * sizeof<T>()
    const top = y < distance ? -y : -distance
    const bottom = y + distance >= height ? height - 1 - y : distance
    let bits: u64 = 0
    for (let x = 0; x < width; x++) {
      if ((x & 63) == 0) bits = x + 64 <= width ? bitsAbove<T>(row + <usize>x * sizeof<T>(), splat) : ~(<u64>0)
      // On to the next pixel of these 64 that is above the threshold.
      const rest = bits >> (x & 63)
      if (rest == 0) {
        x |= 63
        continue
      }
      x += <i32>ctz(rest)
      if (x >= width) break
      const at = row + <usize>x * sizeof<T>()
      const value = load<T>(at)
      if (!(value > threshold)) continue
      // Most pixels have a larger one beside them.
      if (x > 0 && load<T>(at - sizeof<T>()) > value) continue
      if (x + 1 < width && load<T>(at + sizeof<T>()) > value) continue
      const left = x < distance ? -x : -distance
      const right = x + distance >= width ? width - 1 - x : distance
      if (value < <T>0 && (top > -distance || bottom < distance || left > -distance || right < distance)) continue
      let largest = true
      for (let step = 1; largest && step <= distance; step++) {
        for (let side = 0; largest && side < 2; side++) {
          const dy = side == 0 ? -step : step
          if (dy < top || dy > bottom) continue
          const other = at + <usize>(<isize>dy * width * sizeof<T>())
          for (let dx = left; dx <= right; dx++) {
            if (load<T>(other + <usize>(<isize>dx * sizeof<T>())) > value) {
              largest = false
              break
            }
          }
        }
      }
      if (!largest) continue
      for (let dx = left; dx <= right; dx++) {
        if (load<T>(at + <usize>(<isize>dx * sizeof<T>())) > value) {
          largest = false
          break
        }
      }
      if (largest) {
        store<u32>(out + ((<usize>count) << 2), <u32>(y * width + x))
        count++
      }
    }
  }
  return count
}

/** Maxima of 16-bit pixels; their places in the order of rows. */
export function peaksU16(source: usize, width: i32, height: i32, distance: i32, threshold: u32, out: usize): u32 {
  return peaks<u16>(source, width, height, distance, <u16>threshold, i16x8.splat(<i16>threshold), out)
}

/** Maxima of floats. */
export function peaksF32(source: usize, width: i32, height: i32, distance: i32, threshold: f32, out: usize): u32 {
  return peaks<f32>(source, width, height, distance, threshold, f32x4.splat(threshold), out)
}
