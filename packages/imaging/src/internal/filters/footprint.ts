/**
 * Which pixels around a pixel are looked at.
 *
 * @layer logic
 * @module
 */

/** A footprint that is symmetric in x and y and has no holes in a row. */
export interface Footprint {
  readonly radius: number
  /** How far the row reaches to each side, for the rows -radius to radius. */
  readonly reaches: ReadonlyArray<number>
  /** How many pixels it has; always odd. */
  readonly size: number
}

/** The pixels whose centres are at most `radius` from the middle (`disk`), or at most that far in each direction (`square`). */
export const footprintOf = (shape: "disk" | "square", radius: number): Footprint => {
  const reaches = Array.from({ length: 2 * radius + 1 }, (_, row) =>
    shape === "square" ? radius : Math.floor(Math.sqrt(radius * radius - (row - radius) ** 2)),
  )
  return { radius, reaches, size: reaches.reduce((sum, reach) => sum + 2 * reach + 1, 0) }
}
