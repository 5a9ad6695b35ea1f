/**
 * Lee's thinning, in plain TypeScript: of volumes, and of planes as volumes of one plane.
 *
 * @layer logic
 * @module
 */
import type { Image, Mask, Pixels, Stack } from "../../Image.ts"
import { voxelBit, voxelNeighbours, voxelParts } from "./tables.ts"

const middle = voxelBit(0, 0, 0)

/** Taking the middle away leaves the Euler number as it is: as many edges go as corners, faces and the body. */
const keepsEulerNumber = (places: number): boolean => {
  let sum = -1
  for (const part of voxelParts.cornersAndFaces) if ((places & part) === 0) sum++
  for (const part of voxelParts.edges) if ((places & part) === 0) sum--
  return sum === 0
}

/** The places hang together, or there are none. */
const isOnePiece = (places: number): boolean => {
  let reached = places & -places
  for (let edge = reached; edge !== 0;) {
    let next = 0
    for (; edge !== 0; edge &= edge - 1) next |= voxelNeighbours[31 - Math.clz32(edge & -edge)] ?? 0
    edge = next & places & ~reached
    reached |= edge
  }
  return reached === places
}

/** Takes simple border voxels away, direction by direction, until no direction has one. */
export const lee3d = (
  { data, height, planes, width }: Stack<Pixels>,
  into: Uint8Array | undefined,
): Stack<Uint8Array> => {
  // One voxel of background around saves all tests of places.
  const stride = width + 2
  const plane = stride * (height + 2)
  const voxels = new Uint8Array(plane * (planes + 2))
  const placeOf = (z: number, y: number, x: number): number => (z + 1) * plane + (y + 1) * stride + x + 1
  let foreground: Array<number> = []
  for (let z = 0; z < planes; z++) {
    for (let y = 0; y < height; y++) {
      for (let x = 0; x < width; x++) {
        if (data[(z * height + y) * width + x] === 0) continue
        voxels[placeOf(z, y, x)] = 1
        foreground.push(placeOf(z, y, x))
      }
    }
  }
  const placesAround = (at: number): number => {
    let places = 0
    let bit = 0
    for (let z = at - plane; z <= at + plane; z += plane) {
      for (let y = z - stride; y <= z + stride; y += stride) {
        places |= (voxels[y - 1] | (voxels[y] << 1) | (voxels[y + 1] << 2)) << bit
        bit += 3
      }
    }
    return places & ~middle
  }
  const isCandidate = (at: number): boolean => {
    const places = placesAround(at)
    // An end of a line has one neighbour.
    return (places & (places - 1)) !== 0 && keepsEulerNumber(places) && isOnePiece(places)
  }
  // The order is part of the result; it is scikit-image's and ImageJ's. One plane has no border in z.
  const directions = [-stride, stride, 1, -1, plane, -plane].slice(0, planes === 1 ? 4 : 6)
  for (let still = 0; still < directions.length;) {
    still = 0
    for (const step of directions) {
      const candidates = foreground.filter((at) => voxels[at + step] === 0 && isCandidate(at))
      let removed = 0
      // One after the other: each is judged by what the ones before have left.
      for (const at of candidates) {
        if (!isOnePiece(placesAround(at))) continue
        voxels[at] = 0
        removed++
      }
      if (removed === 0) still++
      else foreground = foreground.filter((at) => voxels[at] === 1)
    }
  }
  const out = into ?? new Uint8Array(width * height * planes)
  for (let z = 0; z < planes; z++) {
    for (let y = 0; y < height; y++) {
      const start = placeOf(z, y, 0)
      out.set(voxels.subarray(start, start + width), (z * height + y) * width)
    }
  }
  return { data: out, width, height, planes }
}

/** Lee's thinning of one plane. */
export const lee = (image: Image<Pixels>, into: Uint8Array | undefined): Mask => {
  const { data, height, width } = lee3d({ ...image, planes: 1 }, into)
  return { data, width, height }
}
