/** Runs: the stretches of pixels of one row that belong together. Objects are found, numbered and painted by them. */
import { bitsAbove } from "./bitsAbove"
import { greysF32, greysU16 } from "./measure"

/** The runs of values above a threshold, or (`inverse` all ones) of the others: `rows` gets the first run of each row and the number of all. */
// @inline
function runsAbove<T>(
  source: usize,
  width: u32,
  height: u32,
  threshold: T,
  splat: v128,
  rows: usize,
  starts: usize,
  ends: usize,
  inverse: u64,
  greys: usize,
  room: u32,
): u32 {
  let count: u32 = 0
  for (let y: u32 = 0; y < height; y++) {
    store<u32>(rows + ((<usize>y) << 2), count)
    const row = source + <usize>y * width * sizeof<T>()
    let inside: u64 = 0
    let x: u32 = 0
    while (x < width) {
      let bits: u64 = 0
      let span: u32 = 64
      if (x + 64 <= width) {
        bits = bitsAbove<T>(row + <usize>x * sizeof<T>(), splat)
      } else {
        span = width - x
        for (let k: u32 = 0; k < span; k++) {
          if (load<T>(row + <usize>(x + k) * sizeof<T>()) > threshold) bits |= (<u64>1) << k
        }
      }
      bits ^= inverse
      // A bit where a pixel differs from the one before it.
      let changes = bits ^ ((bits << 1) | inside)
      if (span < 64) changes &= ((<u64>1) << span) - 1
      while (changes != 0) {
        const at = x + <u32>ctz(changes)
        changes &= changes - 1
        if (inside == 0) {
          store<u16>(starts + ((<usize>count) << 1), <u16>at)
          inside = 1
        } else {
          store<u16>(ends + ((<usize>count) << 1), <u16>at)
          count++
          inside = 0
        }
      }
      x += span
    }
    if (inside != 0) {
      store<u16>(ends + ((<usize>count) << 1), <u16>width)
      count++
    }
    // While the row is at hand.
    if (sizeof<T>() > 1 && greys != 0 && count <= room) {
      const first = load<u32>(rows + ((<usize>y) << 2))
      if (isFloat<T>()) greysF32(row, first, count, starts, ends, greys)
      else greysU16(row, first, count, starts, ends, greys)
    }
  }
  store<u32>(rows + ((<usize>height) << 2), count)
  return count
}

/** Runs of 8-bit values above a threshold, or (`inverse` 1) of the others. */
export function runsAboveU8(
  s: usize,
  w: u32,
  h: u32,
  threshold: u32,
  rows: usize,
  starts: usize,
  ends: usize,
  inverse: u32,
): u32 {
  return runsAbove<u8>(s, w, h, <u8>threshold, i8x16.splat(<i8>threshold), rows, starts, ends, -(<u64>inverse), 0, 0)
}

/** Runs of 16-bit values above a threshold; grey values of the first `room` runs in `greys`, unless that is 0. */
export function runsAboveU16(
  s: usize,
  w: u32,
  h: u32,
  threshold: u32,
  rows: usize,
  starts: usize,
  ends: usize,
  greys: usize,
  room: u32,
): u32 {
  return runsAbove<u16>(s, w, h, <u16>threshold, i16x8.splat(<i16>threshold), rows, starts, ends, 0, greys, room)
}

/** Runs of floats above a threshold. */
export function runsAboveF32(
  s: usize,
  w: u32,
  h: u32,
  threshold: f32,
  rows: usize,
  starts: usize,
  ends: usize,
  greys: usize,
  room: u32,
): u32 {
  return runsAbove<f32>(s, w, h, threshold, f32x4.splat(threshold), rows, starts, ends, 0, greys, room)
}

/** The first run of the set that a run belongs to; the way there is halved. */
// @inline
function rootOf(parents: usize, run: u32): u32 {
  let one = run
  let parent = load<u32>(parents + ((<usize>one) << 2))
  while (parent != one) {
    const above = load<u32>(parents + ((<usize>parent) << 2))
    store<u32>(parents + ((<usize>one) << 2), above)
    one = above
    parent = load<u32>(parents + ((<usize>one) << 2))
  }
  return one
}

/**
 * Joins runs of neighbouring rows that touch (`reach` 1: also by corners) and numbers the sets from 1 by their first run:
 * `labels` gets the number of each run. Gives how many there are.
 */
export function joinRuns(height: u32, rows: usize, starts: usize, ends: usize, labels: usize, reach: u32): u32 {
  const total = load<u32>(rows + ((<usize>height) << 2))
  for (let run: u32 = 0; run < total; run++) store<u32>(labels + ((<usize>run) << 2), run)
  for (let y: u32 = 1; y < height; y++) {
    let above = load<u32>(rows + ((<usize>(y - 1)) << 2))
    const aboveEnd = load<u32>(rows + ((<usize>y) << 2))
    let run = aboveEnd
    const end = load<u32>(rows + ((<usize>(y + 1)) << 2))
    while (run < end && above < aboveEnd) {
      const start0 = <u32>load<u16>(starts + ((<usize>above) << 1))
      const end0 = <u32>load<u16>(ends + ((<usize>above) << 1))
      const start1 = <u32>load<u16>(starts + ((<usize>run) << 1))
      const end1 = <u32>load<u16>(ends + ((<usize>run) << 1))
      if (start0 < end1 + reach && start1 < end0 + reach) {
        const a = rootOf(labels, above)
        const b = rootOf(labels, run)
        if (a < b) store<u32>(labels + ((<usize>b) << 2), a)
        else if (b < a) store<u32>(labels + ((<usize>a) << 2), b)
      }
      if (end0 < end1) above++
      else run++
    }
  }
  let count: u32 = 0
  for (let run: u32 = 0; run < total; run++) {
    const at = labels + ((<usize>run) << 2)
    const parent = load<u32>(at)
    // A parent stands before its run, so that it has its number already.
    if (parent == run) store<u32>(at, ++count)
    else store<u32>(at, load<u32>(labels + ((<usize>parent) << 2)))
  }
  return count
}

/** Writes the number of each run on its pixels, 0 elsewhere. */
export function paintRuns(
  width: u32,
  height: u32,
  rows: usize,
  starts: usize,
  ends: usize,
  labels: usize,
  out: usize,
): void {
  for (let y: u32 = 0; y < height; y++) {
    const row = out + ((<usize>y * width) << 2)
    memory.fill(row, 0, (<usize>width) << 2)
    const end = load<u32>(rows + ((<usize>(y + 1)) << 2))
    for (let run = load<u32>(rows + ((<usize>y) << 2)); run < end; run++) {
      const label = load<u32>(labels + ((<usize>run) << 2))
      const stop = row + ((<usize>load<u16>(ends + ((<usize>run) << 1))) << 2)
      let at = row + ((<usize>load<u16>(starts + ((<usize>run) << 1))) << 2)
      const splat = i32x4.splat(label)
      for (; at + 16 <= stop; at += 16) v128.store(at, splat)
      for (; at < stop; at += 4) store<u32>(at, label)
    }
  }
}

/** The runs of equal labels of a label image; of more than `room` the number alone. */
export function runsOfLabels(
  source: usize,
  width: u32,
  height: u32,
  rows: usize,
  starts: usize,
  ends: usize,
  labels: usize,
  room: u32,
): u32 {
  let count: u32 = 0
  for (let y: u32 = 0; y < height; y++) {
    store<u32>(rows + ((<usize>y) << 2), count)
    const row = source + ((<usize>y * width) << 2)
    let x: u32 = 0
    while (x < width) {
      while (x + 4 <= width && !v128.any_true(v128.load(row + ((<usize>x) << 2)))) x += 4
      if (x >= width) break
      const label = load<u32>(row + ((<usize>x) << 2))
      if (label == 0) {
        x++
        continue
      }
      const start = x
      do x++
      while (x < width && load<u32>(row + ((<usize>x) << 2)) == label)
      if (count < room) {
        store<u16>(starts + ((<usize>count) << 1), <u16>start)
        store<u16>(ends + ((<usize>count) << 1), <u16>x)
        store<u32>(labels + ((<usize>count) << 2), label)
      }
      count++
    }
  }
  store<u32>(rows + ((<usize>height) << 2), count)
  return count
}

/**
 * Whether a pixel belongs to an object and touches something else by a side. Rows above and below the picture are given
 * as an address of zeros; `left` and `right` say whether there is a pixel on that side.
 */
// @inline
function isBorder(labels: usize, width: u32, height: u32, x: i32, y: i32, label: u32): u32 {
  if (x < 0 || y < 0 || x >= <i32>width || y >= <i32>height) return 0
  const at = labels + ((<usize>y * width + <usize>x) << 2)
  if (load<u32>(at) != label) return 0
  if (x == 0 || y == 0 || x == <i32>width - 1 || y == <i32>height - 1) return 1
  const stride = (<usize>width) << 2
  return <u32>(
    (load<u32>(at - 4) != label ||
      load<u32>(at + 4) != label ||
      load<u32>(at - stride) != label ||
      load<u32>(at + stride) != label)
  )
}

/**
 * Counts, for each object, the pixels of its border by what follows them: of length 1, of the square root of 2, and of
 * half their sum (Benkrid and Crookes). `objects` has the place of each run's object in `counts`, three for each.
 */
export function borderCodes(
  source: usize,
  width: u32,
  height: u32,
  rows: usize,
  starts: usize,
  ends: usize,
  objects: usize,
  counts: usize,
): void {
  for (let y: i32 = 0; y < <i32>height; y++) {
    const last = load<u32>(rows + ((<usize>(y + 1)) << 2))
    for (let run = load<u32>(rows + ((<usize>y) << 2)); run < last; run++) {
      const end = <i32>load<u16>(ends + ((<usize>run) << 1))
      const start = <i32>load<u16>(starts + ((<usize>run) << 1))
      const object = counts + <usize>load<u32>(objects + ((<usize>run) << 2)) * 12
      const label = load<u32>(source + ((<usize>y * width + <usize>start) << 2))
      for (let x = start; x < end; x++) {
        if (!isBorder(source, width, height, x, y, label)) continue
        const code =
          2 *
            (isBorder(source, width, height, x - 1, y, label) +
              isBorder(source, width, height, x + 1, y, label) +
              isBorder(source, width, height, x, y - 1, label) +
              isBorder(source, width, height, x, y + 1, label)) +
          10 *
            (isBorder(source, width, height, x - 1, y - 1, label) +
              isBorder(source, width, height, x + 1, y - 1, label) +
              isBorder(source, width, height, x - 1, y + 1, label) +
              isBorder(source, width, height, x + 1, y + 1, label))
        let place: usize = 12
        if (code == 4 || code == 6 || code == 14 || code == 16 || code == 24 || code == 26) place = 0
        else if (code == 20 || code == 32) place = 4
        else if (code == 12 || code == 22) place = 8
        if (place < 12) store<u32>(object + place, load<u32>(object + place) + 1)
      }
    }
  }
}
