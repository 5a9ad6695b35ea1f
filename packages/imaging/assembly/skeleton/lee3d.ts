/**
 * Lee's thinning of a volume on bits: planes of bits behind each other, each with its zero row and block around, and one zero
 * plane before the first and behind the last. Voxels at a border are found 128 at a time; only they are looked at one by one.
 */
import { blockBytes, eastOf, rowBytes, westOf } from "./bits"
import { voxelNeighbours, voxelParts } from "./logic"

const tileRows: u32 = 16
/** The middle of 27 places. */
const middle: u32 = 1 << 13

/** Bytes of marks: for each tile of a plane, and one more on each side, the turn that changed it last. */
export function lee3dMarkBytes(width: u32, height: u32, planes: u32): usize {
  const across = <usize>((width + 127) >> 7) + 2
  const down = <usize>((height + tileRows - 1) / tileRows) + 2
  return (across * down * (<usize>planes + 2)) << 2
}

/** Three bits of a row, from bit `x` of the row whose first block stands at `row`. Block 0 stands before it. */
// @inline
function threeBits(row: usize, x: u32): u32 {
  // `x` counts from one pixel left of the voxel; a row's zero block stands before its first pixel.
  const at = x + 127
  return (<u32>load<u16>(row - blockBytes + (at >> 3)) >> (at & 7)) & 7
}

/** The 27 places around a voxel: rows of three bits. */
// @inline
function placesAround(row: usize, x: u32, stride: usize, plane: usize): u32 {
  let places: u32 = 0
  let shift: u32 = 0
  for (let z = row - plane; z <= row + plane; z += plane) {
    places |= (threeBits(z - stride, x) | (threeBits(z, x) << 3) | (threeBits(z + stride, x) << 6)) << shift
    shift += 9
  }
  return places & ~middle
}

/** Whether taking the middle away leaves the Euler number as it is: as many edges go as corners, faces and body. */
function keepsEulerNumber(places: u32): bool {
  let sum = -1
  for (let part: usize = 0; part < 14; part++) sum += i32((places & load<u32>(voxelParts + (part << 2))) == 0)
  for (let part: usize = 14; part < 26; part++) sum -= i32((places & load<u32>(voxelParts + (part << 2))) == 0)
  return sum == 0
}

/** Whether the places hang together, or there are none. */
function isOnePiece(places: u32): bool {
  let reached = places & -places
  let edge = reached
  while (edge != 0) {
    let next: u32 = 0
    while (edge != 0) {
      next |= load<u32>(voxelNeighbours + ((<usize>ctz(edge)) << 2))
      edge &= edge - 1
    }
    edge = next & places & ~reached
    reached |= edge
  }
  return reached == places
}

// @inline
function isNearChange(mark: usize, across: usize, markPlane: usize, least: u32): bool {
  for (let plane = mark - markPlane; plane <= mark + markPlane; plane += markPlane) {
    for (let row = plane - across; row <= plane + across; row += across) {
      if (load<u32>(row - 4) >= least || load<u32>(row) >= least || load<u32>(row + 4) >= least) return true
    }
  }
  return false
}

// @inline
function borderOf(block: usize, stride: usize, plane: usize, direction: u32): v128 {
  const here = v128.load(block)
  if (direction == 0) return v128.andnot(here, v128.load(block - stride))
  if (direction == 1) return v128.andnot(here, v128.load(block + stride))
  if (direction == 2) return v128.andnot(here, eastOf(block))
  if (direction == 3) return v128.andnot(here, westOf(block))
  if (direction == 4) return v128.andnot(here, v128.load(block + plane))
  return v128.andnot(here, v128.load(block - plane))
}

/** Keeps the bits of a word whose voxels are no end points and change neither Euler number nor pieces. */
function candidatesOf(border: u64, row: usize, x: u32, stride: usize, plane: usize): u64 {
  let kept: u64 = 0
  while (border != 0) {
    const at = ctz(border)
    border &= border - 1
    const places = placesAround(row, x + <u32>at, stride, plane)
    if (popcnt(places) != 1 && keepsEulerNumber(places) && isOnePiece(places)) kept |= (<u64>1) << at
  }
  return kept
}

/**
 * Thins the volume of `bits` where it stands, by six border directions, four where it is one plane. `candidates` is a second
 * volume of the same size, of any content.
 */
export function lee3d(bits: usize, candidates: usize, marks: usize, width: u32, height: u32, planes: u32): void {
  const stride = rowBytes(width)
  const plane = stride * (<usize>height + 2)
  const blocks = (width + 127) >> 7
  const tiles = (height + tileRows - 1) / tileRows
  const across = (<usize>(blocks + 2)) << 2
  const markPlane = across * (<usize>tiles + 2)
  const directions: u32 = planes == 1 ? 4 : 6
  memory.fill(marks, 0, lee3dMarkBytes(width, height, planes))
  // Turn numbers begin so that the first turn of each direction looks at everything.
  let last: u32 = 2 * directions - 1
  for (let turn = directions; turn <= last; turn++) {
    const direction = turn % directions
    for (let z: u32 = 0; z < planes; z++) {
      for (let y: u32 = 0; y < height; y++) {
        const row = bits + (<usize>z + 1) * plane + (<usize>y + 1) * stride + blockBytes
        const mark = marks + (<usize>z + 1) * markPlane + <usize>(y / tileRows + 1) * across + 4
        for (let block: u32 = 0; block < blocks; block++) {
          const at = row + <usize>block * blockBytes
          const to = at - bits + candidates
          const border = borderOf(at, stride, plane, direction)
          // Most blocks are empty: that is asked first.
          const looked =
            v128.any_true(border) &&
            (turn < 2 * directions || isNearChange(mark + ((<usize>block) << 2), across, markPlane, turn - directions))
          if (looked) {
            store<u64>(to, candidatesOf(i64x2.extract_lane(border, 0), row, block << 7, stride, plane))
            store<u64>(to + 8, candidatesOf(i64x2.extract_lane(border, 1), row, (block << 7) + 64, stride, plane))
          } else {
            v128.store(to, i64x2.splat(0))
          }
        }
      }
    }
    for (let z: u32 = 0; z < planes; z++) {
      for (let y: u32 = 0; y < height; y++) {
        const row = bits + (<usize>z + 1) * plane + (<usize>y + 1) * stride + blockBytes
        const mark = marks + (<usize>z + 1) * markPlane + <usize>(y / tileRows + 1) * across + 4
        for (let word: u32 = 0; word < 2 * blocks; word++) {
          let rest = load<u64>(row - bits + candidates + ((<usize>word) << 3))
          while (rest != 0) {
            const x = (word << 6) + <u32>ctz(rest)
            rest &= rest - 1
            if (!isOnePiece(placesAround(row, x, stride, plane))) continue
            const byte = row + (x >> 3)
            store<u8>(byte, load<u8>(byte) & ~((<u8>1) << (<u8>(x & 7))))
            store<u32>(mark + ((<usize>(word >> 1)) << 2), turn)
            last = turn + directions
          }
        }
      }
    }
  }
}
