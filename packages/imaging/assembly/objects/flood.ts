/**
 * Flooding from markers: pixels wait in one queue for each grey value, first come, first served; of the queues that are
 * not empty the lowest is served. Bits tell which queues are not empty, bits of the next level which of their words are
 * not zero, and so on.
 */

/** The levels of bits of so many queues stand behind each other; each is 8 bytes per 64 bits below. */
// @inline
function mark(bits: usize, sizes: usize, queue: u32): void {
  let level = bits
  let place = queue
  let index: usize = 0
  while (true) {
    const at = level + ((<usize>(place >> 6)) << 3)
    const before = load<u64>(at)
    store<u64>(at, before | ((<u64>1) << (place & 63)))
    const words = load<u32>(sizes + (index << 2))
    if (before != 0 || words <= 1) return
    level += (<usize>words) << 3
    place >>= 6
    index++
  }
}

// @inline
function unmark(bits: usize, sizes: usize, queue: u32): void {
  let level = bits
  let place = queue
  let index: usize = 0
  while (true) {
    const at = level + ((<usize>(place >> 6)) << 3)
    const after = load<u64>(at) & ~((<u64>1) << (place & 63))
    store<u64>(at, after)
    const words = load<u32>(sizes + (index << 2))
    if (after != 0 || words <= 1) return
    level += (<usize>words) << 3
    place >>= 6
    index++
  }
}

/** Each pixel's key for flooding from the largest value down: `most` - value. */
export function mirrorKeys(values: usize, size: u32, most: u32): void {
  const splat = i32x4.splat(most)
  let k: u32 = 0
  for (; k + 4 <= size; k += 4) {
    const at = values + ((<usize>k) << 2)
    v128.store(at, i32x4.sub(splat, v128.load(at)))
  }
  for (; k < size; k++) {
    const at = values + ((<usize>k) << 2)
    store<u32>(at, most - load<u32>(at))
  }
}

const end: u32 = 0xffffffff

// @inline
function push(pixel: u32, queue: u32, heads: usize, tails: usize, nexts: usize, bits: usize, sizes: usize): void {
  const head = heads + ((<usize>queue) << 2)
  store<u32>(nexts + ((<usize>pixel) << 2), end)
  if (load<u32>(head) == end) {
    store<u32>(head, pixel)
    mark(bits, sizes, queue)
  } else {
    store<u32>(nexts + ((<usize>load<u32>(tails + ((<usize>queue) << 2))) << 2), pixel)
  }
  store<u32>(tails + ((<usize>queue) << 2), pixel)
}

/**
 * Lists the markers of a mask by its components: those of component `c` (from 1) stand in `list` from `offsets[c - 1]` to
 * before `offsets[c]`, in the order of rows. Runs and their components come from `joinRuns`; `offsets` has room for the
 * components and 2 more.
 */
export function gatherMarkers(
  markers: usize,
  width: u32,
  height: u32,
  rows: usize,
  starts: usize,
  ends: usize,
  components: usize,
  count: u32,
  offsets: usize,
  list: usize,
): void {
  memory.fill(offsets, 0, (<usize>(count + 2)) << 2)
  for (let pass = 0; pass < 2; pass++) {
    for (let y: u32 = 0; y < height; y++) {
      const last = load<u32>(rows + ((<usize>(y + 1)) << 2))
      for (let run = load<u32>(rows + ((<usize>y) << 2)); run < last; run++) {
        const stop = y * width + <u32>load<u16>(ends + ((<usize>run) << 1))
        // Counted one place further on; then each place moves to where the next begins.
        const at = offsets + ((<usize>load<u32>(components + ((<usize>run) << 2)) + (pass == 0 ? 1 : 0)) << 2)
        for (let pixel = y * width + <u32>load<u16>(starts + ((<usize>run) << 1)); pixel < stop; pixel++) {
          if (load<u32>(markers + ((<usize>pixel) << 2)) == 0) continue
          const place = load<u32>(at)
          if (pass != 0) store<u32>(list + ((<usize>place) << 2), pixel)
          store<u32>(at, place + 1)
        }
      }
    }
    for (let c: u32 = 1; pass == 0 && c <= count + 1; c++) {
      const at = offsets + ((<usize>c) << 2)
      store<u32>(at, load<u32>(at) + load<u32>(at - 4))
    }
  }
}

/**
 * Floods, component by component: none can reach another, and what is small stays at hand. `labels` gets the basins;
 * pixels where `mask` (0 for none) is 0 stay 0. Markers stand in `list` as `gatherMarkers` leaves them. `keys` are the
 * queues' numbers, below `queues`. `sizes` are the words of each level of bits, the last of which is 1, and `levels` how
 * many there are.
 */
export function flood(
  keys: usize,
  markers: usize,
  labels: usize,
  mask: usize,
  width: u32,
  height: u32,
  corners: u32,
  queues: u32,
  heads: usize,
  tails: usize,
  nexts: usize,
  bits: usize,
  sizes: usize,
  levels: u32,
  components: u32,
  offsets: usize,
  list: usize,
): void {
  memory.fill(heads, 0xff, (<usize>queues) << 2)
  let words: usize = 0
  for (let level: u32 = 0; level < levels; level++) words += load<u32>(sizes + ((<usize>level) << 2))
  memory.fill(bits, 0, words << 3)
  let top = bits
  for (let level: u32 = 0; level + 1 < levels; level++) top += (<usize>load<u32>(sizes + ((<usize>level) << 2))) << 3
  const size = width * height
  memory.fill(labels, 0, (<usize>size) << 2)
  const reciprocal = 0x100000000 / <u64>width
  const turns: u32 = corners != 0 ? 8 : 4
  let listed: u32 = 0
  for (let component: u32 = 1; component <= components; component++) {
    const listEnd = load<u32>(offsets + ((<usize>component) << 2))
    let waiting = listEnd - listed
    for (; listed < listEnd; listed++) {
      const pixel = load<u32>(list + ((<usize>listed) << 2))
      store<u32>(labels + ((<usize>pixel) << 2), load<u32>(markers + ((<usize>pixel) << 2)))
      push(pixel, load<u32>(keys + ((<usize>pixel) << 2)), heads, tails, nexts, bits, sizes)
    }
    while (waiting != 0) {
      // Down the levels to the lowest queue that is not empty.
      let level = top
      let queue = <u32>ctz(load<u64>(level))
      for (let index: i32 = <i32>levels - 2; index >= 0; index--) {
        level -= (<usize>load<u32>(sizes + ((<usize>index) << 2))) << 3
        queue = (queue << 6) | <u32>ctz(load<u64>(level + ((<usize>queue) << 3)))
      }
      const head = heads + ((<usize>queue) << 2)
      const pixel = load<u32>(head)
      const next = load<u32>(nexts + ((<usize>pixel) << 2))
      store<u32>(head, next)
      if (next == end) unmark(bits, sizes, queue)
      waiting--
      const label = load<u32>(labels + ((<usize>pixel) << 2))
      // Rounded down twice, the quotient is at most one too small.
      let x = pixel - <u32>((<u64>pixel * reciprocal) >> 32) * width
      if (x >= width) x -= width
      const left = x > 0
      const right = x + 1 < width
      const up = pixel >= width
      const down = pixel + width < size
      for (let turn: u32 = 0; turn < turns; turn++) {
        let neighbour: u32 = 0
        if (turn == 0) {
          if (!up) continue
          neighbour = pixel - width
        } else if (turn == 1) {
          if (!left) continue
          neighbour = pixel - 1
        } else if (turn == 2) {
          if (!right) continue
          neighbour = pixel + 1
        } else if (turn == 3) {
          if (!down) continue
          neighbour = pixel + width
        } else if (turn == 4) {
          if (!up || !left) continue
          neighbour = pixel - width - 1
        } else if (turn == 5) {
          if (!up || !right) continue
          neighbour = pixel - width + 1
        } else if (turn == 6) {
          if (!down || !left) continue
          neighbour = pixel + width - 1
        } else {
          if (!down || !right) continue
          neighbour = pixel + width + 1
        }
        const at = labels + ((<usize>neighbour) << 2)
        if (load<u32>(at) != 0) continue
        if (mask != 0 && load<u8>(mask + neighbour) == 0) continue
        store<u32>(at, label)
        push(neighbour, load<u32>(keys + ((<usize>neighbour) << 2)), heads, tails, nexts, bits, sizes)
        waiting++
      }
    }
  }
}

/**
 * Numbers the distinct values of floats within a mask (0 for all pixels) from 0 in the order in which they come: `keys`
 * gets each pixel's number, `values` each number's value. `table` has `slots` (a power of 2) places of 4 bytes for numbers
 * + 1. Gives how many there are, or a number above `most` if there are more.
 */
export function distinct(
  source: usize,
  mask: usize,
  size: u32,
  table: usize,
  slots: u32,
  most: u32,
  values: usize,
  keys: usize,
): u32 {
  memory.fill(table, 0, (<usize>slots) << 2)
  let count: u32 = 0
  let before: f32 = 0
  let key: u32 = end
  for (let k: u32 = 0; k < size; k++) {
    if (mask != 0) {
      while (k + 8 <= size && load<u64>(mask + k) == 0) k += 8
      if (k >= size) break
      if (load<u8>(mask + k) == 0) continue
    }
    // -0 and 0 are one value.
    const value = load<f32>(source + ((<usize>k) << 2)) + 0
    if (key == end || value != before) {
      before = value
      let slot = (reinterpret<u32>(value) * 0x9e3779b1) >> 8
      while (true) {
        slot &= slots - 1
        const at = table + ((<usize>slot) << 2)
        const found = load<u32>(at)
        if (found == 0) {
          if (count == most) return most + 1
          store<f32>(values + ((<usize>count) << 2), value)
          key = count++
          store<u32>(at, count)
          break
        }
        if (load<f32>(values + ((<usize>(found - 1)) << 2)) == value) {
          key = found - 1
          break
        }
        slot++
      }
    }
    store<u32>(keys + ((<usize>k) << 2), key)
  }
  return count
}

/** Replaces keys within a mask (0 for all pixels) by what a table has for them. */
export function translate(keys: usize, mask: usize, size: u32, table: usize): void {
  for (let k: u32 = 0; k < size; k++) {
    if (mask != 0) {
      while (k + 8 <= size && load<u64>(mask + k) == 0) k += 8
      if (k >= size) break
      if (load<u8>(mask + k) == 0) continue
    }
    const at = keys + ((<usize>k) << 2)
    store<u32>(at, load<u32>(table + ((<usize>load<u32>(at)) << 2)))
  }
}
