/**
 * The cross-correlation of two real planes: both in one complex transform, half of the spectrum, and the surface around a
 * peak by a transform at a finer grid (Guizar-Sicairos 2008).
 *
 * A half spectrum stands in groups of four columns: group `g`, row `y`, at `32 (g pitch + y)`, real parts of columns 4g to
 * 4g + 3 and then imaginary ones.
 */
import { transform } from "./fft"

/** Row pointers of the four or eight rows at hand; the last row again for those below the plane. */
function rowAt(plane: usize, width: usize, height: usize, y: usize): usize {
  return plane + ((min(y, height - 1) * width) << 2)
}

/** Four rows, four pixels each, times a number, to elements whose lanes are rows; `to` is a part of the first element. */
function gather(r0: usize, r1: usize, r2: usize, r3: usize, scale: v128, to: usize): void {
  const a = f32x4.mul(v128.load(r0), scale)
  const b = f32x4.mul(v128.load(r1), scale)
  const c = f32x4.mul(v128.load(r2), scale)
  const d = f32x4.mul(v128.load(r3), scale)
  const ab = v128.shuffle<i32>(a, b, 0, 4, 1, 5)
  const cd = v128.shuffle<i32>(c, d, 0, 4, 1, 5)
  const efAb = v128.shuffle<i32>(a, b, 2, 6, 3, 7)
  const efCd = v128.shuffle<i32>(c, d, 2, 6, 3, 7)
  v128.store(to, v128.shuffle<i64>(ab, cd, 0, 2))
  v128.store(to, v128.shuffle<i64>(ab, cd, 1, 3), 32)
  v128.store(to, v128.shuffle<i64>(efAb, efCd, 0, 2), 64)
  v128.store(to, v128.shuffle<i64>(efAb, efCd, 1, 3), 96)
}

/** Lanes of four vectors change places with the vectors; stored 32 bytes apart. */
function scatter(a: v128, b: v128, c: v128, d: v128, to: usize): void {
  const ab = v128.shuffle<i32>(a, b, 0, 4, 1, 5)
  const cd = v128.shuffle<i32>(c, d, 0, 4, 1, 5)
  const efAb = v128.shuffle<i32>(a, b, 2, 6, 3, 7)
  const efCd = v128.shuffle<i32>(c, d, 2, 6, 3, 7)
  v128.store(to, v128.shuffle<i64>(ab, cd, 0, 2))
  v128.store(to, v128.shuffle<i64>(ab, cd, 1, 3), 32)
  v128.store(to, v128.shuffle<i64>(efAb, efCd, 0, 2), 64)
  v128.store(to, v128.shuffle<i64>(efAb, efCd, 1, 3), 96)
}

function gatherRows(plane: usize, width: usize, height: usize, y: usize, factor: f32, to: usize): void {
  const scale = f32x4.splat(factor)
  let r0 = rowAt(plane, width, height, y)
  let r1 = rowAt(plane, width, height, y + 1)
  let r2 = rowAt(plane, width, height, y + 2)
  let r3 = rowAt(plane, width, height, y + 3)
  let x: usize = 0
  for (; x + 4 <= width; x += 4, to += 128, r0 += 16, r1 += 16, r2 += 16, r3 += 16) gather(r0, r1, r2, r3, scale, to)
  for (; x < width; x++, to += 32, r0 += 4, r1 += 4, r2 += 4, r3 += 4) {
    store<f32>(to, load<f32>(r0) * factor)
    store<f32>(to, load<f32>(r1) * factor, 4)
    store<f32>(to, load<f32>(r2) * factor, 8)
    store<f32>(to, load<f32>(r3) * factor, 12)
  }
}

/**
 * The transforms of all rows of two planes: `left` as real part, `right` as imaginary one. The half spectra are twice as
 * large as they are defined, to save the halving.
 */
export function forwardRows(
  left: usize,
  right: usize,
  width: usize,
  height: usize,
  leftScale: f32,
  rightScale: f32,
  plan: usize,
  first: usize,
  second: usize,
  leftSpectrum: usize,
  rightSpectrum: usize,
  pitch: usize,
): void {
  const half = width / 2 + 1
  const groups = (half + 3) / 4
  const zero = f32x4.splat(0)
  for (let y: usize = 0; y < height; y += 4) {
    gatherRows(left, width, height, y, leftScale, first)
    gatherRows(right, width, height, y, rightScale, first + 16)
    const z = transform(first, second, plan)
    const other = z === first ? second : first
    // Four elements of each spectrum stand at `other` until they are turned: 4 x (left re, left im, right re, right im).
    for (let group: usize = 0; group < groups; group++) {
      for (let lane: usize = 0; lane < 4; lane++) {
        const k = group * 4 + lane
        const to = other + (lane << 6)
        if (k < half) {
          const at = z + (k << 5)
          const mirror = z + ((k === 0 ? 0 : width - k) << 5)
          const re = v128.load(at)
          const im = v128.load(at, 16)
          const mirrorRe = v128.load(mirror)
          const mirrorIm = v128.load(mirror, 16)
          v128.store(to, f32x4.add(re, mirrorRe))
          v128.store(to, f32x4.sub(im, mirrorIm), 16)
          v128.store(to, f32x4.add(im, mirrorIm), 32)
          v128.store(to, f32x4.sub(mirrorRe, re), 48)
        } else {
          v128.store(to, zero)
          v128.store(to, zero, 16)
          v128.store(to, zero, 32)
          v128.store(to, zero, 48)
        }
      }
      const at = (group * pitch + y) << 5
      scatter(v128.load(other), v128.load(other, 64), v128.load(other, 128), v128.load(other, 192), leftSpectrum + at)
      scatter(
        v128.load(other, 16),
        v128.load(other, 80),
        v128.load(other, 144),
        v128.load(other, 208),
        leftSpectrum + at + 16,
      )
      scatter(
        v128.load(other, 32),
        v128.load(other, 96),
        v128.load(other, 160),
        v128.load(other, 224),
        rightSpectrum + at,
      )
      scatter(
        v128.load(other, 48),
        v128.load(other, 112),
        v128.load(other, 176),
        v128.load(other, 240),
        rightSpectrum + at + 16,
      )
    }
  }
}

/**
 * The transforms of all columns, the product of the left spectrum and the conjugate right one (each number of length 1 where
 * `phase` is 1), kept in `leftSpectrum`, and its inverse column transforms in `rightSpectrum`.
 */
export function columns(
  leftSpectrum: usize,
  rightSpectrum: usize,
  groups: usize,
  height: usize,
  pitch: usize,
  plan: usize,
  first: usize,
  second: usize,
  third: usize,
  phase: i32,
  least: f32,
  withoutMean: i32,
): void {
  const bytes = height << 5
  for (let group: usize = 0; group < groups; group++) {
    const leftAt = leftSpectrum + ((group * pitch) << 5)
    const rightAt = rightSpectrum + ((group * pitch) << 5)
    memory.copy(first, leftAt, bytes)
    const left = transform(first, second, plan)
    const free = left === first ? second : first
    memory.copy(third, rightAt, bytes)
    const right = transform(third, free, plan)
    const floor = f32x4.splat(least)
    for (let at: usize = 0; at < bytes; at += 32) {
      const ar = v128.load(left + at)
      const ai = v128.load(left + at, 16)
      const br = v128.load(right + at)
      const bi = v128.load(right + at, 16)
      let re = f32x4.add(f32x4.mul(ar, br), f32x4.mul(ai, bi))
      let im = f32x4.sub(f32x4.mul(ai, br), f32x4.mul(ar, bi))
      if (phase) {
        const length = f32x4.max(f32x4.sqrt(f32x4.add(f32x4.mul(re, re), f32x4.mul(im, im))), floor)
        re = f32x4.div(re, length)
        im = f32x4.div(im, length)
      }
      if (withoutMean && group === 0 && at === 0) {
        re = f32x4.replace_lane(re, 0, 0)
        im = f32x4.replace_lane(im, 0, 0)
      }
      v128.store(leftAt + at, re)
      v128.store(leftAt + at, im, 16)
      // Exchanged parts make the forward transform an inverse one.
      v128.store(left + at, im)
      v128.store(left + at, re, 16)
    }
    const back = transform(left, left === first ? second : first, plan)
    for (let at: usize = 0; at < bytes; at += 32) {
      v128.store(rightAt + at, v128.load(back + at, 16))
      v128.store(rightAt + at, v128.load(back + at), 16)
    }
    memory.fill(rightAt + bytes, 0, (pitch << 5) - bytes)
  }
}

/**
 * The inverse transforms of all rows, two of them in one (`y` and `y + 4`), and the largest and the smallest value with its
 * place: at `result` f32 largest, u32 place, f32 smallest, u32 place. The surface is not kept.
 */
export function inverseRows(
  spectrum: usize,
  width: usize,
  height: usize,
  pitch: usize,
  plan: usize,
  first: usize,
  second: usize,
  result: usize,
): void {
  const half = width / 2 + 1
  const groups = (half + 3) / 4
  let largest: f32 = -Infinity
  let largestAt: u32 = 0
  let smallest: f32 = Infinity
  let smallestAt: u32 = 0
  for (let y: usize = 0; y < height; y += 8) {
    for (let group: usize = 0; group < groups; group++) {
      const at = spectrum + ((group * pitch + y) << 5)
      // The turned elements of four columns stand at `second` until they are joined: 4 x (re, im) of rows y.., then of y + 4...
      scatter(v128.load(at), v128.load(at, 32), v128.load(at, 64), v128.load(at, 96), second)
      scatter(v128.load(at, 16), v128.load(at, 48), v128.load(at, 80), v128.load(at, 112), second + 16)
      scatter(v128.load(at, 128), v128.load(at, 160), v128.load(at, 192), v128.load(at, 224), second + 128)
      scatter(v128.load(at, 144), v128.load(at, 176), v128.load(at, 208), v128.load(at, 240), second + 144)
      const end = min<usize>(4, half - group * 4)
      for (let lane: usize = 0; lane < end; lane++) {
        const k = group * 4 + lane
        const from = second + (lane << 5)
        const upRe = v128.load(from)
        const upIm = v128.load(from, 16)
        const downRe = v128.load(from, 128)
        const downIm = v128.load(from, 144)
        const to = first + (k << 5)
        v128.store(to, f32x4.add(upIm, downRe))
        v128.store(to, f32x4.sub(upRe, downIm), 16)
        if (k > 0 && width - k !== k) {
          const mirror = first + ((width - k) << 5)
          v128.store(mirror, f32x4.sub(downRe, upIm))
          v128.store(mirror, f32x4.add(upRe, downIm), 16)
        }
      }
    }
    const z = transform(first, second, plan)
    for (let part: usize = 0; part < 2; part++) {
      // The imaginary parts are rows y to y + 3 of the surface, the real ones rows y + 4 to y + 7.
      const from = z + (part === 0 ? 16 : 0)
      const top = y + part * 4
      if (top >= height) break
      let high = v128.load(from)
      let low = high
      for (let x: usize = 1; x < width; x++) {
        const value = v128.load(from + (x << 5))
        high = f32x4.pmax(high, value)
        low = f32x4.pmin(low, value)
      }
      for (let lane: usize = 0; lane < min<usize>(4, height - top); lane++) {
        const rowHigh = laneOf(high, lane)
        const rowLow = laneOf(low, lane)
        // Rows come in order, so that the first of equals stays; its column is looked for only then.
        if (rowHigh > largest) {
          largest = rowHigh
          largestAt = <u32>((top + lane) * width + columnOf(from + (lane << 2), rowHigh))
        }
        if (rowLow < smallest) {
          smallest = rowLow
          smallestAt = <u32>((top + lane) * width + columnOf(from + (lane << 2), rowLow))
        }
      }
    }
  }
  store<f32>(result, largest)
  store<u32>(result, largestAt, 4)
  store<f32>(result, smallest, 8)
  store<u32>(result, smallestAt, 12)
}

function laneOf(four: v128, lane: usize): f32 {
  if (lane === 0) return f32x4.extract_lane(four, 0)
  if (lane === 1) return f32x4.extract_lane(four, 1)
  if (lane === 2) return f32x4.extract_lane(four, 2)
  return f32x4.extract_lane(four, 3)
}

/** The first column whose value is one that is known to be there. */
function columnOf(at: usize, value: f32): usize {
  let x: usize = 0
  while (load<f32>(at + (x << 5)) !== value) x++
  return x
}

/**
 * The correlation on a fine grid around a peak. `steps` is how many steps to each side, `side` how many there are (2 steps, or
 * one more). `rowTurns` and `columnTurns` move the peak to the middle; `rowTable` has cosine and sine of each step and row
 * frequency (0 to height / 2), `columnTable` four cosines and four sines of each step and group of columns, weights included.
 */
export function refine(
  spectrum: usize,
  groups: usize,
  height: usize,
  pitch: usize,
  rowTurns: usize,
  columnTurns: usize,
  rowTable: usize,
  columnTable: usize,
  steps: usize,
  side: usize,
  folded: usize,
  turned: usize,
  surface: usize,
): void {
  const middle = height / 2
  const frequencies = middle + 1
  const pairs = (height - 1) / 2
  const zero = f32x4.splat(0)
  for (let group: usize = 0; group < groups; group++) {
    const at = spectrum + ((group * pitch) << 5)
    const cr = v128.load(columnTurns + (group << 5))
    const ci = v128.load(columnTurns + (group << 5), 16)
    for (let y: usize = 0; y < frequencies; y++) {
      const to = folded + (y << 6)
      let re = turnRe(at + (y << 5), rowTurns + (y << 3), cr, ci)
      let im = turnIm(at + (y << 5), rowTurns + (y << 3), cr, ci)
      if (y > 0 && y <= pairs) {
        const z = height - y
        const otherRe = turnRe(at + (z << 5), rowTurns + (z << 3), cr, ci)
        const otherIm = turnIm(at + (z << 5), rowTurns + (z << 3), cr, ci)
        v128.store(to, f32x4.add(re, otherRe))
        v128.store(to, f32x4.add(im, otherIm), 16)
        v128.store(to, f32x4.sub(re, otherRe), 32)
        v128.store(to, f32x4.sub(im, otherIm), 48)
      } else {
        v128.store(to, re)
        v128.store(to, im, 16)
        v128.store(to, zero, 32)
        v128.store(to, zero, 48)
      }
    }
    const line = turned + ((group * (2 * steps + 1)) << 5)
    let step: usize = 0
    for (; step + 2 <= steps + 1; step += 2) {
      let evenRe = zero
      let evenIm = zero
      let oddRe = zero
      let oddIm = zero
      let evenRe1 = zero
      let evenIm1 = zero
      let oddRe1 = zero
      let oddIm1 = zero
      let table = rowTable + ((step * frequencies) << 3)
      const next = frequencies << 3
      for (let from = folded, end = folded + (frequencies << 6); from < end; from += 64, table += 8) {
        const c = v128.load32_splat(table)
        const s = v128.load32_splat(table, 4)
        const c1 = v128.load32_splat(table + next)
        const s1 = v128.load32_splat(table + next, 4)
        const sumRe = v128.load(from)
        evenRe = f32x4.add(evenRe, f32x4.mul(sumRe, c))
        evenRe1 = f32x4.add(evenRe1, f32x4.mul(sumRe, c1))
        const sumIm = v128.load(from, 16)
        evenIm = f32x4.add(evenIm, f32x4.mul(sumIm, c))
        evenIm1 = f32x4.add(evenIm1, f32x4.mul(sumIm, c1))
        const lessRe = v128.load(from, 32)
        oddRe = f32x4.add(oddRe, f32x4.mul(lessRe, s))
        oddRe1 = f32x4.add(oddRe1, f32x4.mul(lessRe, s1))
        const lessIm = v128.load(from, 48)
        oddIm = f32x4.add(oddIm, f32x4.mul(lessIm, s))
        oddIm1 = f32x4.add(oddIm1, f32x4.mul(lessIm, s1))
      }
      putSteps(line, steps, step, evenRe, evenIm, oddRe, oddIm)
      putSteps(line, steps, step + 1, evenRe1, evenIm1, oddRe1, oddIm1)
    }
    if (step <= steps) {
      let evenRe = zero
      let evenIm = zero
      let oddRe = zero
      let oddIm = zero
      let table = rowTable + ((step * frequencies) << 3)
      for (let from = folded, end = folded + (frequencies << 6); from < end; from += 64, table += 8) {
        const c = v128.load32_splat(table)
        const s = v128.load32_splat(table, 4)
        evenRe = f32x4.add(evenRe, f32x4.mul(v128.load(from), c))
        evenIm = f32x4.add(evenIm, f32x4.mul(v128.load(from, 16), c))
        oddRe = f32x4.add(oddRe, f32x4.mul(v128.load(from, 32), s))
        oddIm = f32x4.add(oddIm, f32x4.mul(v128.load(from, 48), s))
      }
      putSteps(line, steps, step, evenRe, evenIm, oddRe, oddIm)
    }
  }
  // Columns: the same for each row of the fine grid; the four lanes are summed at the end.
  const lineBytes = (2 * steps + 1) << 5
  for (let row: usize = 0; row < side; row++) {
    const out = surface + ((row * side) << 2)
    for (let step: usize = 0; step <= steps; step++) {
      let even = zero
      let odd = zero
      let from = turned + (row << 5)
      let table = columnTable + ((step * groups) << 5)
      for (let group: usize = 0; group < groups; group++, from += lineBytes, table += 32) {
        even = f32x4.add(even, f32x4.mul(v128.load(from), v128.load(table)))
        odd = f32x4.add(odd, f32x4.mul(v128.load(from, 16), v128.load(table, 16)))
      }
      if (steps + step < side) store<f32>(out + ((steps + step) << 2), total(f32x4.sub(even, odd)))
      store<f32>(out + ((steps - step) << 2), total(f32x4.add(even, odd)))
    }
  }
}

function turnRe(at: usize, turn: usize, columnRe: v128, columnIm: v128): v128 {
  const wr = v128.load32_splat(turn)
  const wi = v128.load32_splat(turn, 4)
  const cr = f32x4.sub(f32x4.mul(columnRe, wr), f32x4.mul(columnIm, wi))
  const ci = f32x4.add(f32x4.mul(columnRe, wi), f32x4.mul(columnIm, wr))
  return f32x4.sub(f32x4.mul(v128.load(at), cr), f32x4.mul(v128.load(at, 16), ci))
}

function turnIm(at: usize, turn: usize, columnRe: v128, columnIm: v128): v128 {
  const wr = v128.load32_splat(turn)
  const wi = v128.load32_splat(turn, 4)
  const cr = f32x4.sub(f32x4.mul(columnRe, wr), f32x4.mul(columnIm, wi))
  const ci = f32x4.add(f32x4.mul(columnRe, wi), f32x4.mul(columnIm, wr))
  return f32x4.add(f32x4.mul(v128.load(at), ci), f32x4.mul(v128.load(at, 16), cr))
}

/** A step to both sides: even part plus and minus i times the odd part. */
function putSteps(line: usize, steps: usize, step: usize, evenRe: v128, evenIm: v128, oddRe: v128, oddIm: v128): void {
  const plus = line + ((steps + step) << 5)
  const minus = line + ((steps - step) << 5)
  v128.store(plus, f32x4.sub(evenRe, oddIm))
  v128.store(plus, f32x4.add(evenIm, oddRe), 16)
  v128.store(minus, f32x4.add(evenRe, oddIm))
  v128.store(minus, f32x4.sub(evenIm, oddRe), 16)
}

function total(four: v128): f32 {
  return (
    f32x4.extract_lane(four, 0) +
    f32x4.extract_lane(four, 1) +
    (f32x4.extract_lane(four, 2) + f32x4.extract_lane(four, 3))
  )
}
