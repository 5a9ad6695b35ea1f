/**
 * The exact Euclidean distance transform in plain TypeScript (Meijster, Roerdink and Hesselink 2000): distances along the
 * columns first, then along each row the lower envelope of the parabolas that stand on them.
 *
 * @layer logic
 * @module
 */
import type { Image, Mask } from "../../Image.ts"

/** For each pixel the rows to the nearest background pixel of its column; Infinity where there is none. */
const alongColumns = ({ data, height, width }: Mask): Float64Array => {
  const rows = new Float64Array(width * height)
  for (let x = 0; x < width; x++) {
    let distance = Number.POSITIVE_INFINITY
    for (let y = 0; y < height; y++) {
      distance = data[y * width + x] === 0 ? 0 : distance + 1
      rows[y * width + x] = distance
    }
    distance = Number.POSITIVE_INFINITY
    for (let y = height - 1; y >= 0; y--) {
      distance = data[y * width + x] === 0 ? 0 : distance + 1
      rows[y * width + x] = Math.min(rows[y * width + x], distance)
    }
  }
  return rows
}

/** Squared distances to the nearest background pixel, whole numbers; Infinity where the picture has no background. */
export const squaredDistances = (mask: Mask): Float64Array => {
  const { height, width } = mask
  const rows = alongColumns(mask)
  const out = new Float64Array(width * height).fill(Number.POSITIVE_INFINITY)
  const columns = new Int32Array(width)
  const from = new Float64Array(width)
  for (let y = 0; y < height; y++) {
    const row = rows.subarray(y * width, (y + 1) * width)
    let top = -1
    for (let x = 0; x < width; x++) {
      if (row[x] === Number.POSITIVE_INFINITY) continue
      let start = 0
      while (top >= 0) {
        const other = columns[top]
        // The last column in which the earlier one is still no further away.
        const last = Math.floor((x * x - other * other + row[x] ** 2 - row[other] ** 2) / (2 * (x - other)))
        start = last + 1
        if (start > from[top]) break
        top--
      }
      if (top < 0) start = 0
      if (start >= width) continue
      top++
      columns[top] = x
      from[top] = start
    }
    for (let x = width - 1; x >= 0 && top >= 0; x--) {
      while (top > 0 && from[top] > x) top--
      out[y * width + x] = (x - columns[top]) ** 2 + row[columns[top]] ** 2
    }
  }
  return out
}

/** The distance to the nearest background pixel. */
export const distance = (mask: Mask, into: Float32Array | undefined): Image<Float32Array> => {
  const squares = squaredDistances(mask)
  const data = into ?? new Float32Array(squares.length)
  for (const [index, square] of squares.entries()) data[index] = Math.sqrt(square)
  return { data, width: mask.width, height: mask.height }
}
