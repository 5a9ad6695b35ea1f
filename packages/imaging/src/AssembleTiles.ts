/**
 * Assembly of tiles: one picture from many that overlap, at positions that need not be whole.
 *
 * @layer logic
 * @module
 */
import type { RunOptions } from "./Backend.ts"
import { dtypeOf, type Image, type Mask, type Pixels, sideMaxPx, type Stack } from "./Image.ts"
import { ImagingError } from "./ImagingError.ts"
import { checkInto, checkParameters, checkStack } from "./internal/check.ts"
import { refused } from "./internal/refused.ts"
import { checkOptions } from "./internal/options.ts"
import { type Blend, coverageOf, layoutOf } from "./internal/registration/layout.ts"
import { type Parameters, pixelDtypes, type Resolved, type Signature } from "./Signature.ts"

/** What it takes and gives. @category signatures */
export const signature = {
  name: "assemble_tiles",
  summary:
    "one picture from tiles at given positions: from the lowest to the highest position plus a tile; each tile covers as many canvas pixels as it has, the nearest ones to its position",
  version: 1,
  inputs: [{ name: "tiles", axes: "syx", dtypes: pixelDtypes, summary: "tiles of one size" }],
  output: { axes: "yx", dtype: "input", scale: "kept", size: { rule: "given" } },
  halo: { reach: "whole" },
  parameters: {
    xPx: {
      kind: "numbers",
      summary: "position of each tile's first column, to a part of a pixel",
      unit: "px",
      minimum: -1e6,
      maximum: 1e6,
      lengthMax: sideMaxPx,
    },
    yPx: {
      kind: "numbers",
      summary: "position of each tile's first row, to a part of a pixel",
      unit: "px",
      minimum: -1e6,
      maximum: 1e6,
      lengthMax: sideMaxPx,
    },
    blend: {
      kind: "choice",
      summary:
        "none: the mean of all tiles at a pixel; fixed: linear ramps of marginRatio of a side where another tile lies; dynamic: ramps as wide as the overlap",
      unit: "",
      choices: ["none", "fixed", "dynamic"],
      fallback: "fixed",
    },
    marginRatio: {
      kind: "number",
      summary: "width of a ramp of blend fixed, as a part of the tile's side",
      unit: "",
      minimum: 0,
      maximum: 1,
      fallback: 0.1,
      onlyWhen: { parameter: "blend", is: ["fixed"] },
    },
    skipTiles: {
      kind: "numbers",
      summary:
        "tiles to leave out, by their number in the stack from 0: nothing of them is drawn, their neighbours are not blended with them, and what they alone would cover is uncovered; the canvas stays as large; none unless given",
      unit: "",
      minimum: 0,
      maximum: sideMaxPx - 1,
      lengthMax: sideMaxPx,
      optional: true,
    },
    coverage: {
      kind: "boolean",
      summary: "also give the mask of the pixels that a tile covers",
      unit: "",
      fallback: true,
    },
  },
  tables: [
    {
      name: "canvas",
      columns: [
        { name: "origin_x", kind: "integer", unit: "px", summary: "position of the canvas's first column" },
        { name: "origin_y", kind: "integer", unit: "px", summary: "position of the canvas's first row" },
        { name: "uncovered_pixels", kind: "integer", unit: "px", summary: "pixels without a tile, which are 0" },
      ],
    },
  ],
  memory: { bytesPerPixel: 5, bytes: 4_194_304 },
  source:
    "Linear ramps k / n (k from 0) on sides that meet another tile, sum(w t) / sum(w), after OpenHCS's assemble_stack with the sub-pixel sign put right and no hole where a tile lies; linear interpolation as scipy.ndimage.shift(order=1, mode='nearest'); float within 1e-6 relative",
} as const satisfies Signature

/** A mosaic, and where it is. @category models */
export interface Mosaic<P extends Pixels> extends Image<P> {
  /** Position of pixel (0, 0) of the canvas, in the units of the tiles' positions. */
  readonly originXPx: number
  readonly originYPx: number
  /** Pixels that no tile covers: 0 in the picture. */
  readonly uncoveredPixels: number
  /** 1 where a tile covers the pixel; absent if it was not asked for. */
  readonly coverage: Mask | undefined
}

const blends: ReadonlyArray<Blend> = ["none", "fixed", "dynamic"]

/** The most bytes a canvas may have: as much as typed arrays hold everywhere. */
const canvasBytesMax = 2 ** 31 - 1

/** Width and height of the canvas of tiles at positions, for an array to write it `into`. @category getters */
export const canvasSize = (
  tiles: Stack,
  parameters: Parameters<typeof signature>,
): { readonly width: number; readonly height: number } => {
  const given = checkParameters(signature, parameters)
  checkStack(signature.name, tiles, { name: "tiles", dtypes: pixelDtypes })
  const { height, width } = laidOut(tiles, given)
  return { width, height }
}

const laidOut = (tiles: Stack, { blend, marginRatio, skipTiles = [], xPx, yPx }: Resolved<typeof signature>) => {
  for (const [name, positions] of [
    ["xPx", xPx],
    ["yPx", yPx],
  ] as const) {
    if (positions.length !== tiles.planes) {
      throw refused(signature.name, name, `${tiles.planes} numbers, one for each tile`, positions)
    }
    const [least, most] = positions.reduce(
      ([low, high], value) => [Math.min(low, value), Math.max(high, value)] as const,
      [Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY] as const,
    )
    const side = name === "xPx" ? tiles.width : tiles.height
    if (most - least + side > sideMaxPx - 1) {
      throw refused(
        signature.name,
        name,
        `within ${sideMaxPx - 1 - side} px of each other, for a canvas of at most ${sideMaxPx}`,
        most - least,
      )
    }
  }
  const skipped = new Set(skipTiles)
  for (const tile of skipped) {
    if (!Number.isInteger(tile) || tile >= tiles.planes) {
      throw refused(signature.name, "skipTiles", `whole numbers from 0 to ${tiles.planes - 1}`, tile)
    }
  }
  if (skipped.size === tiles.planes)
    throw refused(signature.name, "skipTiles", "a list that leaves at least one tile", skipTiles)
  const kind = blends.find((one) => one === blend) ?? "fixed"
  const layout = layoutOf(xPx, yPx, tiles.width, tiles.height, kind, marginRatio, skipped)
  const neededBytes = layout.width * layout.height * tiles.data.BYTES_PER_ELEMENT
  if (neededBytes > canvasBytesMax) {
    throw new ImagingError(signature.name, { _tag: "TooLarge", neededBytes, limitBytes: canvasBytesMax }, [
      "check the positions: tiles that lie far apart make a large canvas",
    ])
  }
  return layout
}

/**
 * One picture from tiles at positions. A canvas pixel shows what stands at its place in the tile: with a tile at x = 0.5, pixel 10
 * shows the tile at 9.5, linearly interpolated. Where several tiles lie it is their weighted mean; a pixel that a single tile
 * covers is that tile's, and one that all tiles give weight 0 is their plain mean, so that there is no hole. Tiles that hold nothing
 * worth showing (`constant tile` in the edges of `registerTiles`, say) are left out by `skipTiles`. Whole numbers are rounded to the nearest, of two to the even one. Same type as the tiles; both backends give the same bits.
 *
 * Throws `ImagingError` for a stack that is none, positions that do not go with it, or a canvas beyond 65535 pixels.
 *
 * @category kernels
 */
export const assembleTiles = <P extends Pixels>(
  tiles: Stack<P>,
  parameters: Parameters<typeof signature>,
  how: RunOptions<P> = {},
): Mosaic<P> => {
  const { backend, into } = checkOptions(signature.name, how)
  const given = checkParameters(signature, parameters)
  checkStack(signature.name, tiles, { backend, name: "tiles", dtypes: pixelDtypes })
  const layout = laidOut(tiles, given)
  checkInto(signature.name, into, dtypeOf(tiles.data), layout.width * layout.height)
  const { data, height, width } = backend.registration.assemble(tiles, layout, into)
  const coverage = given.coverage === false ? undefined : { data: coverageOf(layout), width, height }
  return {
    data,
    width,
    height,
    // Half a pixel left of 0 is rounded to -0, which is 0.
    originXPx: layout.originX + 0,
    originYPx: layout.originY + 0,
    uncoveredPixels: layout.uncoveredPixels,
    coverage,
  }
}
