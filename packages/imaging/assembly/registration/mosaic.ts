/**
 * Tiles onto a canvas, cell by cell: a cell is a rectangle that the same tiles cover. One tile is copied, or moved by a part
 * of a pixel; several are blended with one row of sums. Pixels are of 16 bits, or floats.
 */

/** Words of a tile: pixels, column weights, row weights, left, top, neighbour's step x, y, then the parts x, y as floats. */
const tileBytes: usize = 36
/** Words of a cell: left, top, width, height, number of tiles, place of the first in the list. */
const cellBytes: usize = 24

function one<T>(at: usize): f32 {
  if (sizeof<T>() === 4) return load<f32>(at)
  return <f32>(<u32>load<T>(at))
}

function four<T>(at: usize): v128 {
  if (sizeof<T>() === 4) return v128.load(at)
  return f32x4.convert_i32x4_s(v128.load16x4_u(at))
}

function putOne<T>(at: usize, value: f32): void {
  if (sizeof<T>() === 4) store<f32>(at, value)
  else store<T>(at, <T>(<u32>nearest<f32>(value)))
}

/** Values of four floats as pixels: whole numbers are the nearest, of two the even one. */
function putFour<T>(at: usize, values: v128): void {
  if (sizeof<T>() === 4) {
    v128.store(at, values)
    return
  }
  // Added to 2^23 a float has no place for a fraction: the processor rounds it, and the whole number is its low bits.
  const whole = i32x4.sub(f32x4.add(values, f32x4.splat(8388608)), i32x4.splat(0x4b000000))
  v128.store64_lane(at, i16x8.narrow_i32x4_u(whole, whole), 0)
}

/** `count` values of row `y` of a tile from column `x`, at its part of a pixel; beyond the border the border's own pixels. */
function sample<T>(tile: usize, width: i32, height: i32, x: i32, y: i32, count: i32, out: usize): void {
  const source = <usize>load<u32>(tile)
  const stepX = load<i32>(tile, 20)
  const stepY = load<i32>(tile, 24)
  const partX = load<f32>(tile, 28)
  const partY = load<f32>(tile, 32)
  const otherY = y + stepY < 0 || y + stepY >= height ? y : y + stepY
  const row = source + <usize>y * <usize>width * sizeof<T>()
  const other = source + <usize>otherY * <usize>width * sizeof<T>()
  const aside = <isize>stepX * <isize>sizeof<T>()
  const partsX = f32x4.splat(partX)
  const partsY = f32x4.splat(partY)
  const end = x + count
  const low = stepX < 0 ? 1 : 0
  const high = stepX > 0 ? width - 1 : width
  while (x < end) {
    if (x >= low && x + 4 <= high && x + 4 <= end) {
      const at = row + <usize>x * sizeof<T>()
      const below = other + <usize>x * sizeof<T>()
      let a = four<T>(at)
      a = f32x4.add(a, f32x4.mul(f32x4.sub(four<T>(below), a), partsY))
      let b = four<T>(at + aside)
      b = f32x4.add(b, f32x4.mul(f32x4.sub(four<T>(below + aside), b), partsY))
      v128.store(out, f32x4.add(a, f32x4.mul(f32x4.sub(b, a), partsX)))
      x += 4
      out += 16
      continue
    }
    const otherX = x + stepX < 0 || x + stepX >= width ? x : x + stepX
    let a = one<T>(row + <usize>x * sizeof<T>())
    a = a + (one<T>(other + <usize>x * sizeof<T>()) - a) * partY
    let b = one<T>(row + <usize>otherX * sizeof<T>())
    b = b + (one<T>(other + <usize>otherX * sizeof<T>()) - b) * partY
    store<f32>(out, a + (b - a) * partX)
    x++
    out += 4
  }
}

/** Floats as pixels. */
function write<T>(from: usize, to: usize, count: i32): void {
  let x: i32 = 0
  for (; x + 4 <= count; x += 4) putFour<T>(to + <usize>x * sizeof<T>(), v128.load(from + ((<usize>x) << 2)))
  for (; x < count; x++) putOne<T>(to + <usize>x * sizeof<T>(), load<f32>(from + ((<usize>x) << 2)))
}

function sampleAs(isFloat: i32, tile: usize, width: i32, height: i32, x: i32, y: i32, count: i32, out: usize): void {
  if (isFloat) sample<f32>(tile, width, height, x, y, count, out)
  else sample<u16>(tile, width, height, x, y, count, out)
}

function writeAs(isFloat: i32, from: usize, to: usize, count: i32): void {
  if (isFloat) write<f32>(from, to, count)
  else write<u16>(from, to, count)
}

/** Adds a row of a tile to the sums: weighted values, weights, plain values. */
function add(values: usize, weights: usize, weight: f32, count: i32, sums: usize, room: usize): void {
  const row = f32x4.splat(weight)
  for (let x: i32 = 0; x < count; x += 4) {
    const at = (<usize>x) << 2
    const w = f32x4.mul(v128.load(weights + at), row)
    const v = v128.load(values + at)
    const sum = sums + at
    v128.store(sum, f32x4.add(v128.load(sum), f32x4.mul(w, v)))
    v128.store(sum + room, f32x4.add(v128.load(sum + room), w))
    v128.store(sum + 2 * room, f32x4.add(v128.load(sum + 2 * room), v))
  }
}

/** Weighted means; where all weights are 0, plain means. */
function divide(sums: usize, room: usize, tiles: i32, count: i32, out: usize): void {
  const number = f32x4.splat(<f32>tiles)
  const zero = f32x4.splat(0)
  for (let x: i32 = 0; x < count; x += 4) {
    const sum = sums + ((<usize>x) << 2)
    const weight = v128.load(sum + room)
    const weighted = f32x4.div(v128.load(sum), weight)
    const plain = f32x4.div(v128.load(sum + 2 * room), number)
    v128.store(out + ((<usize>x) << 2), v128.bitselect(weighted, plain, f32x4.gt(weight, zero)))
  }
}

/** `room` bytes hold a row of floats and 16 bytes more; `scratch` has room for four of them. */
export function assemble(
  isFloat: i32,
  cells: usize,
  cellCount: i32,
  list: usize,
  tiles: usize,
  width: i32,
  height: i32,
  out: usize,
  canvasWidth: usize,
  scratch: usize,
  room: usize,
): void {
  const sums = scratch + room
  const bytes: usize = isFloat ? 4 : 2
  for (let index: i32 = 0; index < cellCount; index++, cells += cellBytes) {
    const left = load<i32>(cells)
    const top = load<i32>(cells, 4)
    const cellWidth = load<i32>(cells, 8)
    const bottom = top + load<i32>(cells, 12)
    const count = load<i32>(cells, 16)
    const first = list + ((<usize>load<u32>(cells, 20)) << 2)
    for (let y = top; y < bottom; y++) {
      const to = out + (<usize>y * canvasWidth + <usize>left) * bytes
      if (count === 0) {
        memory.fill(to, 0, <usize>cellWidth * bytes)
        continue
      }
      if (count === 1) {
        const tile = tiles + <usize>load<u32>(first) * tileBytes
        const x = left - load<i32>(tile, 12)
        const row = y - load<i32>(tile, 16)
        if (load<i32>(tile, 20) === 0 && load<i32>(tile, 24) === 0) {
          const from = <usize>load<u32>(tile) + (<usize>row * <usize>width + <usize>x) * bytes
          memory.copy(to, from, <usize>cellWidth * bytes)
        } else {
          sampleAs(isFloat, tile, width, height, x, row, cellWidth, scratch)
          writeAs(isFloat, scratch, to, cellWidth)
        }
        continue
      }
      // Sums are read and written four at a time: up to three more than the cell has.
      const used = ((<usize>cellWidth) << 2) + 16
      memory.fill(sums, 0, used)
      memory.fill(sums + room, 0, used)
      memory.fill(sums + 2 * room, 0, used)
      for (let member: i32 = 0; member < count; member++) {
        const tile = tiles + <usize>load<u32>(first + ((<usize>member) << 2)) * tileBytes
        const x = left - load<i32>(tile, 12)
        const row = y - load<i32>(tile, 16)
        sampleAs(isFloat, tile, width, height, x, row, cellWidth, scratch)
        const weight = load<f32>(<usize>load<u32>(tile, 8) + ((<usize>row) << 2))
        add(scratch, <usize>load<u32>(tile, 4) + ((<usize>x) << 2), weight, cellWidth, sums, room)
      }
      divide(sums, room, count, cellWidth, scratch)
      writeAs(isFloat, scratch, to, cellWidth)
    }
  }
}
