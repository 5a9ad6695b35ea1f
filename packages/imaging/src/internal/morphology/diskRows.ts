/**
 * The digital disk: all pixels with x² + y² <= r², as half a width for each row.
 *
 * @layer logic
 * @module
 */

/**
 * Half the width of each row of a disk, from its middle row outwards: row `dy` holds the pixels from `-widths[dy]` to
 * `widths[dy]`. What no pixel of a picture can see of the disk is left out, so that a radius beyond the picture costs
 * no more than the picture's own size.
 */
export const diskRows = (radiusPx: number, width: number, height: number): Int32Array => {
  const rows = Math.min(radiusPx, height - 1)
  const widths = new Int32Array(rows + 1)
  for (let dy = 0; dy <= rows; dy++) {
    const square = radiusPx * radiusPx - dy * dy
    // The root of a number below 2^53 may be rounded up to the next whole number.
    let half = Math.floor(Math.sqrt(square))
    if (half * half > square) half--
    widths[dy] = Math.min(half, width - 1)
  }
  return widths
}
