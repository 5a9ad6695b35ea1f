/**
 * Zhang's thinning on bits. A pixel's fate in a sub-iteration can only change when something near it changed in one of the
 * last two, so tiles of 128 x 16 pixels without such a change are left alone. Two pictures take turns: a tile that is
 * left alone is the same in both.
 */
import { blockBytes, eastOf, rowBytes, westOf } from "./bits"
import { zhangFirst, zhangSecond } from "./logic"

/** Rows of a tile. */
const tileRows: u32 = 16

/** Works on one tile; says whether a pixel was removed. */
// @inline
function thinTile(from: usize, to: usize, stride: usize, rows: u32, second: bool): bool {
  let changed = i64x2.splat(0)
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
    if (v128.any_true(here)) {
      const removed = v128.and(
        here,
        second
          ? zhangSecond(aboveWest, above, aboveEast, east, belowEast, below, belowWest, west)
          : zhangFirst(aboveWest, above, aboveEast, east, belowEast, below, belowWest, west),
      )
      v128.store(to, v128.xor(here, removed))
      changed = v128.or(changed, removed)
    } else {
      v128.store(to, here)
    }
    to += stride
    above = here
    aboveWest = west
    aboveEast = east
    here = below
    west = belowWest
    east = belowEast
  }
  return v128.any_true(changed)
}

/** Bytes of marks: for each tile, and one more on each side, the sub-iteration that changed it last. */
export function zhangMarkBytes(width: u32, height: u32): usize {
  const across = <usize>((width + 127) >> 7) + 2
  const down = <usize>((height + tileRows - 1) / tileRows) + 2
  return (across * down) << 2
}

/** Thins the picture of `bits`; `other` is a second picture of the same size. The last two sub-iterations change nothing, so the
 * result stands in both. */
export function zhang(bits: usize, other: usize, marks: usize, width: u32, height: u32): void {
  const stride = rowBytes(width)
  const blocks = (width + 127) >> 7
  const tiles = (height + tileRows - 1) / tileRows
  const across = (<usize>(blocks + 2)) << 2
  memory.fill(marks, 0, zhangMarkBytes(width, height))
  // Zeros outside the picture stay as they are; inside, the first two sub-iterations write every tile.
  memory.fill(other, 0, stride * (<usize>height + 2))
  let from = bits
  let to = other
  let pass: u32 = 2
  let last: u32 = 3
  for (; pass <= last; pass++) {
    const second = (pass & 1) == 1
    for (let tile: u32 = 0; tile < tiles; tile++) {
      const y = tile * tileRows
      const rows = min(tileRows, height - y)
      for (let block: u32 = 0; block < blocks; block++) {
        const mark = marks + (<usize>tile + 1) * across + ((<usize>(block + 1)) << 2)
        if (pass > 3) {
          const least = pass - 2
          let near = false
          for (let row = mark - across; row <= mark + across; row += across) {
            // This sub-iteration's own marks are above the least too; they only make a tile be looked at once more.
            near = near || load<u32>(row - 4) >= least || load<u32>(row) >= least || load<u32>(row + 4) >= least
          }
          if (!near) continue
        }
        const at = (<usize>y + 1) * stride + (<usize>block + 1) * blockBytes
        const changed = second
          ? thinTile(from + at, to + at, stride, rows, true)
          : thinTile(from + at, to + at, stride, rows, false)
        if (changed) {
          store<u32>(mark, pass)
          last = pass + 2
        }
      }
    }
    const turned = from
    from = to
    to = turned
  }
}
