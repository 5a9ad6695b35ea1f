/**
 * Minimum over a disk, by tables of minima (src/internal/morphology/plan.ts makes the plan). The picture is worked on in
 * strips of columns, so that the newest rows of all tables stay in the cache. A row of a table is the minimum of two
 * older ones, a row of the result the minimum of many; all are read through one list of pointers that go on by a row
 * together and wrap at the end of their ring.
 *
 * Pointers come from the caller, who has checked all sizes; nothing is allocated here.
 */
import { complement, complementOne, least, nothingOf, plain } from "./lanes"

/** What is written: the minimum, its complement, a difference between it and the picture, or else the picture less it. */
const MINIMUM: u32 = 0
const COMPLEMENT: u32 = 1
const PICTURE_LESS_COMPLEMENT: u32 = 2
const LESS_PICTURE: u32 = 3

/** A row of the picture with nothing on both sides: `before` and `count` pixels and the rest of `bytes`. */
export function readRow<T>(from: usize, target: usize, before: usize, count: usize, bytes: usize, flip: bool): void {
  const worst = nothingOf<T>()
  const nothing = v128.splat<T>(worst)
  const start = target + before * sizeof<T>()
  const end = target + bytes
  const stop = start + count * sizeof<T>()
  for (let at = target; at < start; at += 16) v128.store(at, nothing)
  let at = start
  let source = from
  if (flip) {
    for (; at + 16 <= stop; at += 16, source += 16) v128.store(at, complement<T>(v128.load(source)))
    for (; at < stop; at += sizeof<T>(), source += sizeof<T>()) store<T>(at, complementOne<T>(load<T>(source)))
  } else {
    for (; at + 16 <= stop; at += 16, source += 16) v128.store(at, v128.load(source))
    for (; at < stop; at += sizeof<T>(), source += sizeof<T>()) store<T>(at, load<T>(source))
  }
  for (; at + 16 <= end; at += 16) v128.store(at, nothing)
  for (; at < end; at += sizeof<T>()) store<T>(at, worst)
}

/** A finished row goes out; `row` may be read to the end of its last vector. */
export function writeRow<T>(row: usize, image: usize, out: usize, count: usize, what: u32): void {
  const bytes = count * sizeof<T>()
  let at: usize = 0
  if (what === MINIMUM) {
    for (; at + 16 <= bytes; at += 16) v128.store(out + at, plain<T>(v128.load(row + at)))
    for (; at < bytes; at += sizeof<T>()) store<T>(out + at, <T>(load<T>(row + at) + <T>0))
  } else if (what === COMPLEMENT) {
    for (; at + 16 <= bytes; at += 16) v128.store(out + at, plain<T>(complement<T>(v128.load(row + at))))
    for (; at < bytes; at += sizeof<T>()) store<T>(out + at, <T>(complementOne<T>(load<T>(row + at)) + <T>0))
  } else if (what === PICTURE_LESS_COMPLEMENT) {
    for (; at + 16 <= bytes; at += 16) {
      const opened = complement<T>(v128.load(row + at))
      v128.store(out + at, plain<T>(v128.sub<T>(v128.load(image + at), opened)))
    }
    for (; at < bytes; at += sizeof<T>()) {
      store<T>(out + at, <T>(<T>(load<T>(image + at) - complementOne<T>(load<T>(row + at))) + <T>0))
    }
  } else {
    const first = what === LESS_PICTURE ? row : image
    const second = what === LESS_PICTURE ? image : row
    for (; at + 16 <= bytes; at += 16) {
      v128.store(out + at, plain<T>(v128.sub<T>(v128.load(first + at), v128.load(second + at))))
    }
    for (; at < bytes; at += sizeof<T>()) {
      store<T>(out + at, <T>(<T>(load<T>(first + at) - load<T>(second + at)) + <T>0))
    }
  }
}

/** A row of a table from two others, 64 bytes at a time. */
function stepRow<T>(first: usize, second: usize, target: usize, bytes: usize): void {
  for (let at: usize = 0; at < bytes; at += 64) {
    const v0 = least<T>(v128.load(first + at), v128.load(second + at))
    const v1 = least<T>(v128.load(first + at, 16), v128.load(second + at, 16))
    const v2 = least<T>(v128.load(first + at, 32), v128.load(second + at, 32))
    const v3 = least<T>(v128.load(first + at, 48), v128.load(second + at, 48))
    v128.store(target + at, v0)
    v128.store(target + at, v1, 16)
    v128.store(target + at, v2, 32)
    v128.store(target + at, v3, 48)
  }
}

/** A row of the result from all terms, 128 bytes at a time: eight minima that do not wait for each other. */
function termRow<T>(pointers: usize, end: usize, target: usize, bytes: usize): void {
  for (let at: usize = 0; at < bytes; at += 128) {
    let from = <usize>load<u32>(pointers) + at
    let v0 = v128.load(from)
    let v1 = v128.load(from, 16)
    let v2 = v128.load(from, 32)
    let v3 = v128.load(from, 48)
    let v4 = v128.load(from, 64)
    let v5 = v128.load(from, 80)
    let v6 = v128.load(from, 96)
    let v7 = v128.load(from, 112)
    for (let pointer = pointers + 4; pointer < end; pointer += 4) {
      from = <usize>load<u32>(pointer) + at
      v0 = least<T>(v0, v128.load(from))
      v1 = least<T>(v1, v128.load(from, 16))
      v2 = least<T>(v2, v128.load(from, 32))
      v3 = least<T>(v3, v128.load(from, 48))
      v4 = least<T>(v4, v128.load(from, 64))
      v5 = least<T>(v5, v128.load(from, 80))
      v6 = least<T>(v6, v128.load(from, 96))
      v7 = least<T>(v7, v128.load(from, 112))
    }
    v128.store(target + at, v0)
    v128.store(target + at, v1, 16)
    v128.store(target + at, v2, 32)
    v128.store(target + at, v3, 48)
    v128.store(target + at, v4, 64)
    v128.store(target + at, v5, 80)
    v128.store(target + at, v6, 96)
    v128.store(target + at, v7, 112)
  }
}

/**
 * One pass over a picture.
 *
 * `lists` holds four lists of 32-bit numbers, each `listLength` long (a multiple of 4): first places, places, ends of the
 * rings, sizes of the rings; then the bytes of a row for each step. The places are: the row that is read; for each
 * step its row and its two sources; the terms (`terms` of them). `rings` to `ringsEnd` holds the rows of all tables,
 * with room to read `stride` bytes beyond. `row` is a place for one row of the strip.
 */
function erode<T>(
  source: usize,
  image: usize,
  out: usize,
  width: usize,
  height: i32,
  reachX: usize,
  reachY: i32,
  strip: usize,
  stride: usize,
  lists: usize,
  listLength: usize,
  steps: usize,
  terms: usize,
  rings: usize,
  ringsEnd: usize,
  row: usize,
  flip: bool,
  what: u32,
): void {
  const worst = nothingOf<T>()
  const nothing = v128.splat<T>(worst)
  const listBytes = listLength << 2
  const places = lists + listBytes
  const ends = places + listBytes
  const sizes = ends + listBytes
  const stepBytes = sizes + listBytes
  const firstTerm = places + ((1 + 3 * steps) << 2)
  const endTerm = firstTerm + (terms << 2)
  const rowBytes = width * sizeof<T>()
  for (let x0: usize = 0; x0 < width; x0 += strip) {
    const count = min(strip, width - x0)
    const outBytes = (count * sizeof<T>() + 127) & ~127
    // What is seen of the picture: columns from x0 - reachX to x0 + strip + reachX.
    const before = x0 < reachX ? reachX - x0 : 0
    const from: usize = x0 < reachX ? 0 : x0 - reachX
    const seen = min(width, x0 + strip + reachX) - from
    memory.copy(places, lists, listBytes)
    for (let at = rings; at < ringsEnd; at += 16) v128.store(at, nothing)
    const newest = height + reachY
    for (let y = 0; y < newest; y++) {
      const target = <usize>load<u32>(places)
      if (y < height) readRow<T>(source + <usize>y * rowBytes + from * sizeof<T>(), target, before, seen, stride, flip)
      else for (let at = target; at < target + stride; at += 16) v128.store(at, nothing)
      let place = places + 4
      for (let step: usize = 0; step < steps; step++, place += 12) {
        const bytes = <usize>load<u32>(stepBytes + (step << 2))
        stepRow<T>(load<u32>(place, 4), load<u32>(place, 8), load<u32>(place), bytes)
      }
      if (y >= reachY) {
        termRow<T>(firstTerm, endTerm, row, outBytes)
        const offset = <usize>(y - reachY) * rowBytes + x0 * sizeof<T>()
        writeRow<T>(row, image + offset, out + offset, count, what)
      }
      const move = i32x4.splat(<i32>stride)
      for (let at: usize = 0; at < listBytes; at += 16) {
        const next = i32x4.add(v128.load(places + at), move)
        const over = i32x4.ge_u(next, v128.load(ends + at))
        v128.store(places + at, i32x4.sub(next, v128.and(over, v128.load(sizes + at))))
      }
    }
  }
}

/** Minimum over a disk, of u8. */
export function erodeU8(
  source: usize,
  image: usize,
  out: usize,
  width: usize,
  height: i32,
  reachX: usize,
  reachY: i32,
  strip: usize,
  stride: usize,
  lists: usize,
  listLength: usize,
  steps: usize,
  terms: usize,
  rings: usize,
  ringsEnd: usize,
  row: usize,
  flip: bool,
  what: u32,
): void {
  erode<u8>(
    source,
    image,
    out,
    width,
    height,
    reachX,
    reachY,
    strip,
    stride,
    lists,
    listLength,
    steps,
    terms,
    rings,
    ringsEnd,
    row,
    flip,
    what,
  )
}

/** Minimum over a disk, of u16. */
export function erodeU16(
  source: usize,
  image: usize,
  out: usize,
  width: usize,
  height: i32,
  reachX: usize,
  reachY: i32,
  strip: usize,
  stride: usize,
  lists: usize,
  listLength: usize,
  steps: usize,
  terms: usize,
  rings: usize,
  ringsEnd: usize,
  row: usize,
  flip: bool,
  what: u32,
): void {
  erode<u16>(
    source,
    image,
    out,
    width,
    height,
    reachX,
    reachY,
    strip,
    stride,
    lists,
    listLength,
    steps,
    terms,
    rings,
    ringsEnd,
    row,
    flip,
    what,
  )
}

/** Minimum over a disk, of f32. */
export function erodeF32(
  source: usize,
  image: usize,
  out: usize,
  width: usize,
  height: i32,
  reachX: usize,
  reachY: i32,
  strip: usize,
  stride: usize,
  lists: usize,
  listLength: usize,
  steps: usize,
  terms: usize,
  rings: usize,
  ringsEnd: usize,
  row: usize,
  flip: bool,
  what: u32,
): void {
  erode<f32>(
    source,
    image,
    out,
    width,
    height,
    reachX,
    reachY,
    strip,
    stride,
    lists,
    listLength,
    steps,
    terms,
    rings,
    ringsEnd,
    row,
    flip,
    what,
  )
}

/** Minimum over a disk, of f64. */
export function erodeF64(
  source: usize,
  image: usize,
  out: usize,
  width: usize,
  height: i32,
  reachX: usize,
  reachY: i32,
  strip: usize,
  stride: usize,
  lists: usize,
  listLength: usize,
  steps: usize,
  terms: usize,
  rings: usize,
  ringsEnd: usize,
  row: usize,
  flip: bool,
  what: u32,
): void {
  erode<f64>(
    source,
    image,
    out,
    width,
    height,
    reachX,
    reachY,
    strip,
    stride,
    lists,
    listLength,
    steps,
    terms,
    rings,
    ringsEnd,
    row,
    flip,
    what,
  )
}
