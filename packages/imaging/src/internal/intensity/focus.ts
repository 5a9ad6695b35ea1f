/**
 * Sums that measures of focus are made of, in plain TypeScript.
 *
 * @layer logic
 * @module
 */
import type { Image } from "../../Image.ts"
import type { FocusSums } from "./ops.ts"

/** Each row is summed on its own, then the rows: sums of whole numbers are exact that way for rows of any length. */
export const focusSums = ({ data, height, width }: Image, centre: number): FocusSums => {
  const all = { laplacian: 0, gradient: 0, brenner: 0, deviation: 0, difference: 0 }
  for (let y = 0; y < height; y++) {
    const here = y * width
    const up = Math.max(y - 1, 0) * width
    const down = Math.min(y + 1, height - 1) * width
    const row = { laplacian: 0, gradient: 0, brenner: 0, deviation: 0, difference: 0 }
    for (let x = 0; x < width; x++) {
      const [before, after] = [Math.max(x - 1, 0), Math.min(x + 1, width - 1)]
      const own = data[here + x]
      const curve = data[up + x] + data[down + x] + (data[here + before] + data[here + after]) - 4 * own
      row.laplacian += curve * curve
      const rightSide = data[up + after] + data[down + after] + 2 * data[here + after]
      const leftSide = data[up + before] + data[down + before] + 2 * data[here + before]
      const downSide = data[down + before] + data[down + after] + 2 * data[down + x]
      const upSide = data[up + before] + data[up + after] + 2 * data[up + x]
      const [along, across] = [rightSide - leftSide, downSide - upSide]
      row.gradient += along * along + across * across
      if (x + 2 < width) row.brenner += (data[here + x + 2] - own) ** 2
      const off = own - centre
      row.deviation += off * off
      row.difference += off
    }
    all.laplacian += row.laplacian
    all.gradient += row.gradient
    all.brenner += row.brenner
    all.deviation += row.deviation
    all.difference += row.difference
  }
  return all
}
