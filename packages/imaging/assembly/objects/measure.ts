/** Grey values of objects, by their runs, and sums over two pictures. Sums are exact in 64-bit floats for whole numbers. */

// @ts-ignore: decorators are AssemblyScript's
@inline
function add(at: usize, value: f64): void {
  store<f64>(at, load<f64>(at) + value)
}

/**
 * For each object 6 numbers: smallest, largest, sum, sum of value times x, of value times y; then, in a second pass, the
 * sum of squared differences from the mean. `objects` has each run's object, `areas` each object's pixels.
 */
// @ts-ignore: decorators are AssemblyScript's
@inline
function intensities<T>(
  source: usize,
  width: u32,
  height: u32,
  rows: usize,
  starts: usize,
  ends: usize,
  objects: usize,
  areas: usize,
  count: u32,
  out: usize,
): void {
  for (let object: u32 = 0; object < count; object++) {
    const at = out + <usize>object * 48
    store<f64>(at, Infinity)
    store<f64>(at, -Infinity, 8)
    for (let k: usize = 16; k < 48; k += 8) store<f64>(at + k, 0)
  }
  for (let pass = 0; pass < 2; pass++) {
    for (let y: u32 = 0; y < height; y++) {
      const row = source + <usize>y * width * sizeof<T>()
      const last = load<u32>(rows + ((<usize>(y + 1)) << 2))
      for (let run = load<u32>(rows + ((<usize>y) << 2)); run < last; run++) {
        const object = load<u32>(objects + ((<usize>run) << 2))
        const at = out + <usize>object * 48
        const end = <u32>load<u16>(ends + ((<usize>run) << 1))
        let x = <u32>load<u16>(starts + ((<usize>run) << 1))
        if (pass == 0) {
          let least = load<f64>(at)
          let most = load<f64>(at, 8)
          let sum: f64 = 0
          let sumX: f64 = 0
          for (; x < end; x++) {
            const value = <f64>load<T>(row + <usize>x * sizeof<T>())
            if (value < least) least = value
            if (value > most) most = value
            sum += value
            sumX += value * <f64>x
          }
          store<f64>(at, least)
          store<f64>(at, most, 8)
          add(at + 16, sum)
          add(at + 24, sumX)
          add(at + 32, sum * <f64>y)
        } else {
          const mean = load<f64>(at, 16) / load<f64>(areas + ((<usize>object) << 3))
          let sum: f64 = 0
          for (; x < end; x++) {
            const difference = <f64>load<T>(row + <usize>x * sizeof<T>()) - mean
            sum += difference * difference
          }
          add(at + 40, sum)
        }
      }
    }
  }
}

/** Grey values of objects in 8-bit pixels. */
export function intensitiesU8(s: usize, w: u32, h: u32, r: usize, b: usize, e: usize, o: usize, a: usize, n: u32, t: usize): void {
  intensities<u8>(s, w, h, r, b, e, o, a, n, t)
}

/** Grey values of objects in 16-bit pixels. */
export function intensitiesU16(s: usize, w: u32, h: u32, r: usize, b: usize, e: usize, o: usize, a: usize, n: u32, t: usize): void {
  intensities<u16>(s, w, h, r, b, e, o, a, n, t)
}

/** Grey values of objects in floats. */
export function intensitiesF32(s: usize, w: u32, h: u32, r: usize, b: usize, e: usize, o: usize, a: usize, n: u32, t: usize): void {
  intensities<f32>(s, w, h, r, b, e, o, a, n, t)
}

/** How often each value occurs; `counts` has room for four tables of `values` numbers, of which the first gets the result. */
// @ts-ignore: decorators are AssemblyScript's
@inline
function histogram<T>(source: usize, size: u32, counts: usize, values: u32): void {
  const table = (<usize>values) << 2
  memory.fill(counts, 0, table << 2)
  let k: u32 = 0
  // Four tables: equal values behind each other do not wait for one another.
  for (; k + 4 <= size; k += 4) {
    const at = source + <usize>k * sizeof<T>()
    const a = counts + ((<usize>load<T>(at)) << 2)
    const b = counts + table + ((<usize>load<T>(at, sizeof<T>())) << 2)
    const c = counts + 2 * table + ((<usize>load<T>(at, 2 * sizeof<T>())) << 2)
    const d = counts + 3 * table + ((<usize>load<T>(at, 3 * sizeof<T>())) << 2)
    store<u32>(a, load<u32>(a) + 1)
    store<u32>(b, load<u32>(b) + 1)
    store<u32>(c, load<u32>(c) + 1)
    store<u32>(d, load<u32>(d) + 1)
  }
  for (; k < size; k++) {
    const a = counts + ((<usize>load<T>(source + <usize>k * sizeof<T>())) << 2)
    store<u32>(a, load<u32>(a) + 1)
  }
  for (let value: usize = 0; value < table; value += 16) {
    const at = counts + value
    const low = i32x4.add(v128.load(at), v128.load(at + table))
    const high = i32x4.add(v128.load(at + 2 * table), v128.load(at + 3 * table))
    v128.store(at, i32x4.add(low, high))
  }
}

/** Histogram of 8-bit pixels: 256 counts. */
export function histogramU8(source: usize, size: u32, counts: usize): void {
  histogram<u8>(source, size, counts, 256)
}

/** Histogram of 16-bit pixels: 65536 counts. */
export function histogramU16(source: usize, size: u32, counts: usize): void {
  histogram<u16>(source, size, counts, 65536)
}

/**
 * Two pictures within a mask (0 for all pixels): pixels, sums of a and b, then sums of the squared differences from the
 * means and of their product.
 */
// @ts-ignore: decorators are AssemblyScript's
@inline
function pairSums<T>(a: usize, b: usize, mask: usize, size: u32, out: usize): void {
  let count: u32 = 0
  let sumA: f64 = 0
  let sumB: f64 = 0
  for (let k: u32 = 0; k < size; k++) {
    if (mask != 0 && load<u8>(mask + k) == 0) continue
    count++
    sumA += <f64>load<T>(a + <usize>k * sizeof<T>())
    sumB += <f64>load<T>(b + <usize>k * sizeof<T>())
  }
  const meanA = sumA / <f64>count
  const meanB = sumB / <f64>count
  let squaresA: f64 = 0
  let squaresB: f64 = 0
  let products: f64 = 0
  for (let k: u32 = 0; k < size; k++) {
    if (mask != 0 && load<u8>(mask + k) == 0) continue
    const da = <f64>load<T>(a + <usize>k * sizeof<T>()) - meanA
    const db = <f64>load<T>(b + <usize>k * sizeof<T>()) - meanB
    squaresA += da * da
    squaresB += db * db
    products += da * db
  }
  store<f64>(out, <f64>count)
  store<f64>(out, sumA, 8)
  store<f64>(out, sumB, 16)
  store<f64>(out, squaresA, 24)
  store<f64>(out, squaresB, 32)
  store<f64>(out, products, 40)
}

/** Sums over two 8-bit pictures. */
export function pairSumsU8(a: usize, b: usize, mask: usize, size: u32, out: usize): void {
  pairSums<u8>(a, b, mask, size, out)
}

/** Sums over two 16-bit pictures. */
export function pairSumsU16(a: usize, b: usize, mask: usize, size: u32, out: usize): void {
  pairSums<u16>(a, b, mask, size, out)
}

/** Sums over two pictures of floats. */
export function pairSumsF32(a: usize, b: usize, mask: usize, size: u32, out: usize): void {
  pairSums<f32>(a, b, mask, size, out)
}
