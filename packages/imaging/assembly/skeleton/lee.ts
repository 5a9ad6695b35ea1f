/**
 * Lee's thinning of one plane on bits. For each of four border directions candidates are found on the whole picture, 128
 * pixels at a time; then they are taken away in raster order where what is left around them still hangs together. Tiles of
 * 128 x 16 pixels where nothing near has changed since the same direction's last turn are left alone.
 */
import { blockBytes, eastOf, rowBytes, westOf } from "./bits"
import { leeNorth, simpleRows } from "./logic"

const tileRows: u32 = 16

/** Bytes of marks: for each tile, and one more on each side, the turn that changed it last; then what a turn has found. */
export function leeMarkBytes(width: u32, height: u32): usize {
  const across = <usize>((width + 127) >> 7) + 2
  const down = <usize>((height + tileRows - 1) / tileRows)
  return (across * (2 * down + 3)) << 2
}

/** Candidates of one tile in a direction; says whether there is one. */
function findCandidates(from: usize, to: usize, stride: usize, rows: u32, direction: u32): bool {
  let found = i64x2.splat(0)
  let above = v128.load(from - stride)
  let aboveWest = westOf(from - stride)
  let aboveEast = eastOf(from - stride)
  let here = v128.load(from)
  let west = westOf(from)
  let east = eastOf(from)
  for (let y: u32 = 0; y < rows; y++) {
    from += stride
    const below = v128.load(from)
    const belowWest = westOf(from)
    const belowEast = eastOf(from)
    let candidates: v128
    if (direction == 0) {
      candidates = leeNorth(aboveWest, above, aboveEast, east, belowEast, below, belowWest, west)
    } else if (direction == 1) {
      candidates = leeNorth(belowWest, below, belowEast, east, aboveEast, above, aboveWest, west)
    } else if (direction == 2) {
      candidates = leeNorth(aboveEast, east, belowEast, below, belowWest, west, aboveWest, above)
    } else {
      candidates = leeNorth(belowWest, west, aboveWest, above, aboveEast, east, belowEast, below)
    }
    candidates = v128.and(here, candidates)
    v128.store(to, candidates)
    found = v128.or(found, candidates)
    to += stride
    above = here
    aboveWest = west
    aboveEast = east
    here = below
    west = belowWest
    east = belowEast
  }
  return v128.any_true(found)
}

/** Three bits of a row around bit `at` of a word. */
// @inline
function around(word: u64, address: usize, at: u64): u32 {
  if (at == 0) return <u32>(((word << 1) | (load<u64>(address - 8) >> 63)) & 7)
  if (at == 63) return <u32>((word >> 62) | ((load<u64>(address + 8) & 1) << 2))
  return <u32>((word >> (at - 1)) & 7)
}

/** Takes candidates of one word away, one after the other; says whether one was. */
// @inline
function removeFrom(address: usize, stride: usize, candidates: u64): bool {
  const above = load<u64>(address - stride)
  const below = load<u64>(address + stride)
  const before = load<u64>(address)
  let here = before
  while (candidates != 0) {
    const at = ctz(candidates)
    candidates &= candidates - 1
    const rows =
      around(above, address - stride, at) |
      (around(here, address, at) << 3) |
      (around(below, address + stride, at) << 6)
    here &= ~((<u64>load<u8>(simpleRows + rows)) << at)
  }
  store<u64>(address, here)
  return here != before
}

/** Whether a tile or one beside it has been changed since a turn. */
// @inline
function isNearChange(mark: usize, across: usize, least: u32): bool {
  for (let row = mark - across; row <= mark + across; row += across) {
    if (load<u32>(row - 4) >= least || load<u32>(row) >= least || load<u32>(row + 4) >= least) return true
  }
  return false
}

/** The number of the first turn; a mark of 0 is of none. */
const firstTurn: u32 = 4

/** Thins the picture of `bits` where it stands; `candidates` is a second picture of the same size, of any content. */
export function lee(bits: usize, candidates: usize, marks: usize, width: u32, height: u32): void {
  const stride = rowBytes(width)
  const blocks = (width + 127) >> 7
  const tiles = (height + tileRows - 1) / tileRows
  const across = (<usize>(blocks + 2)) << 2
  memory.fill(marks, 0, leeMarkBytes(width, height))
  const found = marks + across * (<usize>tiles + 2)
  const list = found + across * tiles
  let last: u32 = firstTurn + 3
  for (let turn: u32 = firstTurn; turn <= last; turn++) {
    for (let tile: u32 = 0; tile < tiles; tile++) {
      const y = tile * tileRows
      const rows = min(tileRows, height - y)
      for (let block: u32 = 0; block < blocks; block++) {
        const at = (<usize>y + 1) * stride + (<usize>block + 1) * blockBytes
        const mark = marks + (<usize>tile + 1) * across + ((<usize>(block + 1)) << 2)
        const looked = turn < firstTurn + 4 || isNearChange(mark, across, turn - 4)
        const any = looked && findCandidates(bits + at, candidates + at, stride, rows, turn & 3)
        store<u8>(found + <usize>tile * across + block, any ? 1 : 0)
      }
    }
    for (let tile: u32 = 0; tile < tiles; tile++) {
      let count: usize = 0
      for (let block: u32 = 0; block < blocks; block++) {
        if (load<u8>(found + <usize>tile * across + block) == 0) continue
        store<u32>(list + (count << 2), block)
        count++
      }
      const y = tile * tileRows
      const rows = min(tileRows, height - y)
      for (let row: u32 = 0; row < rows; row++) {
        for (let index: usize = 0; index < count; index++) {
          const block = load<u32>(list + (index << 2))
          const at = (<usize>(y + row) + 1) * stride + (<usize>block + 1) * blockBytes
          let changed = false
          for (let half: usize = 0; half < blockBytes; half += 8) {
            const word = load<u64>(candidates + at + half)
            if (word != 0 && removeFrom(bits + at + half, stride, word)) changed = true
          }
          if (changed) {
            store<u32>(marks + (<usize>tile + 1) * across + ((<usize>(block + 1)) << 2), turn)
            last = turn + 4
          }
        }
      }
    }
  }
}
