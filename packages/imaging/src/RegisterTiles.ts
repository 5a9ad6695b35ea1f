/**
 * Registration of tiles: where the pictures of a grid lie, from what neighbours have in common.
 *
 * @layer logic
 * @module
 */
import type { RunOptions } from "./Backend.ts"
import { type Pixels, type Stack } from "./Image.ts"
import { ImagingError, shown } from "./ImagingError.ts"
import { checkParameters, checkStack } from "./internal/check.ts"
import { checkOptions } from "./internal/options.ts"
import { type Grid, gridTiles, tileOrders } from "./internal/registration/grid.ts"
import { judge, type Reason } from "./internal/registration/judge.ts"
import type { Placed } from "./internal/registration/solve.ts"
import {
  chanceError,
  halvesAgree,
  isEdgeStraight,
  measureEdge,
  type StripOptions,
} from "./internal/registration/strips.ts"
import {
  agreeingThreshold,
  alikeRatio,
  chanceThreshold,
  halvesAgreeRatio,
  noiseThreshold,
  rareThreshold,
  reachableRatio,
} from "./internal/registration/thresholds.ts"
import { type Parameters, pixelDtypes, type Resolved, type Signature } from "./Signature.ts"

/** What it takes and gives. @category signatures */
export const signature = {
  name: "register_tiles",
  summary:
    "positions of the tiles of a grid: neighbours compared on their overlap, the good comparisons solved together",
  version: 1,
  inputs: [
    {
      name: "tiles",
      axes: "syx",
      dtypes: pixelDtypes,
      summary: "one channel of all sites of a grid, in the order of acquisition, without the missing ones",
    },
  ],
  halo: { reach: "whole" },
  parameters: {
    rows: { kind: "integer", summary: "rows of the grid", unit: "tiles", minimum: 1, maximum: 1000 },
    columns: { kind: "integer", summary: "columns of the grid", unit: "tiles", minimum: 1, maximum: 1000 },
    order: {
      kind: "choice",
      summary: "raster: row after row; snake: every second row backwards; column_major and column_snake: by columns",
      unit: "",
      choices: tileOrders,
      fallback: "raster",
    },
    missing: {
      kind: "numbers",
      summary: "places of the grid without a tile, counted from 0 in the order of acquisition; none unless given",
      unit: "",
      minimum: 0,
      maximum: 999_999,
      lengthMax: 1_000_000,
      optional: true,
    },
    overlapRatio: {
      kind: "number",
      summary: "part of a tile's side that the stage meant neighbours to share",
      unit: "",
      minimum: 0,
      maximum: 0.9,
      fallback: 0.1,
    },
    pixelSizeUm: {
      kind: "number",
      summary: "side of a pixel; left out where it is not known: numbers in um are then NaN",
      unit: "um",
      minimum: 0,
      above: true,
      maximum: 1e6,
      optional: true,
    },
    maxShiftUm: {
      kind: "number",
      summary:
        "by how much the stage may have been wrong, in x and in y, between neighbours; 15 um unless given, and 15 px where no pixel size is given either; refused without a pixel size",
      unit: "um",
      minimum: 0,
      maximum: 1e9,
      optional: true,
    },
    filterSigmaPx: {
      kind: "number",
      summary:
        "sigma of the Laplacian of Gaussian that whitens the tiles; 0 is a plain Laplacian; 1 finds more edges where pixels are noisy",
      unit: "px",
      minimum: 0,
      maximum: 100,
      fallback: 0,
    },
    alpha: {
      kind: "number",
      summary:
        "part of comparisons of strips without anything in common that would be taken for confident; and part of grids without anything in common in which an edge that no other confirms, or edges around four tiles that are not confident, would be taken",
      unit: "",
      minimum: 0,
      above: true,
      maximum: 0.5,
      fallback: 0.01,
    },
    permutationSamples: {
      kind: "integer",
      summary: "how many pairs of such strips are compared",
      unit: "pairs",
      minimum: 0,
      maximum: 100_000,
      fallback: 1000,
    },
    windowRatio: {
      kind: "number",
      summary: "windows grow to at least this part of a side",
      unit: "",
      minimum: 0,
      maximum: 1,
      fallback: 0.15,
    },
    upsampleFactor: {
      kind: "integer",
      summary: "shifts are found to one part in so many of a pixel",
      unit: "1/px",
      minimum: 1,
      maximum: 100,
      fallback: 50,
    },
    seed: {
      kind: "integer",
      summary: "seed of the strips' choice",
      unit: "",
      minimum: 0,
      maximum: 4_294_967_295,
      fallback: 0,
    },
  },
  tables: [
    {
      name: "tiles",
      columns: [
        { name: "tile", kind: "integer", unit: "", summary: "plane of the stack" },
        { name: "row", kind: "integer", unit: "", summary: "row of the grid" },
        { name: "column", kind: "integer", unit: "", summary: "column of the grid" },
        { name: "x_px", kind: "number", unit: "px", summary: "position of the first pixel; the least is 0" },
        { name: "y_px", kind: "number", unit: "px", summary: "position of the first pixel; the least is 0" },
        { name: "x_um", kind: "number", unit: "um", summary: "the same in micrometres; NaN without a pixel size" },
        { name: "y_um", kind: "number", unit: "um", summary: "the same in micrometres; NaN without a pixel size" },
        {
          name: "registered",
          kind: "boolean",
          unit: "",
          summary:
            "good edges tie it to the largest part of the grid; a tile of one value never is: skipTiles of assemble_tiles leaves it out",
        },
        {
          name: "placed",
          kind: "text",
          unit: "",
          summary:
            "edges: by good edges; model: where the stage meant it beside those tiles, its steps made right where at least 4 edges of a direction agree on how; nominal: as the stage meant it, since no edge is good",
        },
      ],
    },
    {
      name: "edges",
      columns: [
        { name: "first", kind: "integer", unit: "", summary: "tile on the left or above" },
        { name: "second", kind: "integer", unit: "", summary: "tile on the right or below" },
        {
          name: "offset_x",
          kind: "number",
          unit: "px",
          summary: "x of the second less that of the first; NaN: none found",
        },
        {
          name: "offset_y",
          kind: "number",
          unit: "px",
          summary: "y of the second less that of the first; NaN: none found",
        },
        {
          name: "shift_x",
          kind: "number",
          unit: "px",
          summary: "offset less the one that the stage meant; NaN: none found",
        },
        {
          name: "shift_y",
          kind: "number",
          unit: "px",
          summary: "offset less the one that the stage meant; NaN: none found",
        },
        {
          name: "error",
          kind: "number",
          unit: "",
          summary:
            "-ln of the correlation of the common pixels: 0 is perfect; NaN where there is no offset; never infinite",
        },
        {
          name: "registered",
          kind: "boolean",
          unit: "",
          summary: "the edge was used; its tiles may still hang on nothing else",
        },
        {
          name: "reason",
          kind: "text",
          unit: "",
          summary:
            "why not: constant tile (one of both, or its part at this edge, is of one value: empty, saturated or not exposed), beyond maxShift, not confident, pattern in one direction only (a wall, a scratch or stripes, which fit anywhere along themselves), inconsistent with better edges, not confirmed by other edges; else empty",
        },
      ],
    },
  ],
  memory: { bytesPerPixel: 8, bytes: 1_048_576 },
  source:
    "Muhlich et al., Bioinformatics 38, 4613-4621 (2022), ASHLAR: whitening, permutation threshold, spanning tree, linear model; least squares over all good edges as Preibisch et al., Bioinformatics 25, 1463-1465 (2009); edges that nothing confirms must be better than a Gumbel distribution of chance has it",
} as const satisfies Signature

/** Parameters of {@link registerTiles}. @category models */
export type TileParameters = Parameters<typeof signature>

/** A tile's place. @category models */
export interface TilePosition {
  readonly tile: number
  readonly row: number
  readonly column: number
  readonly xPx: number
  readonly yPx: number
  /** NaN without a pixel size. */
  readonly xUm: number
  readonly yUm: number
  /** Good edges tie it to the largest part of the grid. */
  readonly registered: boolean
  readonly placed: Placed
}

/** Why an edge was not used; empty where it was. @category models */
export type EdgeReason = Reason

/**
 * What two neighbours tell; offsets, shifts and error are all NaN where no offset was found.
 *
 * The reason `constant tile` says that there was no pattern to compare: a tile is of one value, or its part at this edge is, as
 * where a field is empty, saturated or was not exposed. Such tiles are placed by the model of the stage; where they show nothing
 * worth having, `skipTiles` of `assembleTiles` leaves them out of the mosaic.
 *
 * @category models
 */
export interface TileEdge {
  readonly first: number
  readonly second: number
  readonly offsetXPx: number
  readonly offsetYPx: number
  readonly shiftXPx: number
  readonly shiftYPx: number
  readonly error: number
  readonly registered: boolean
  readonly reason: EdgeReason
}

/** Where all tiles are, and how that is known. @category models */
export interface TileRegistration {
  /** In the order of the planes. */
  readonly tiles: ReadonlyArray<TilePosition>
  readonly edges: ReadonlyArray<TileEdge>
  /** Edges with a larger error are not confident by themselves. */
  readonly maxError: number
  /** Where `maxError` comes from: strips that have nothing in common, or, where there are too few, white noise. */
  readonly maxErrorSource: "permutation" | "noise"
  /** How many pairs of strips could be compared. */
  readonly permutations: number
}

/** How {@link registerTiles} is run. @category models */
export interface TileOptions extends Pick<RunOptions, "backend"> {
  /** What {@link permutationErrors} gave for all samples, if other workers have computed it, in the order of the samples. */
  readonly permutationErrors?: ReadonlyArray<number> | Float64Array | undefined
}

const refuse = (parameter: string, expected: string, actual: unknown): ImagingError =>
  new ImagingError(signature.name, { _tag: "InvalidParameter", parameter, expected, actual: shown(actual) })

interface Prepared {
  readonly given: Resolved<typeof signature>
  readonly grid: Grid
  readonly options: StripOptions
}

/** The largest shift where neither it nor the size of a pixel is given; in micrometres where that size is. */
const maxShiftUsual = 15

const maxShiftPxOf = ({ maxShiftUm, pixelSizeUm }: Resolved<typeof signature>): number => {
  if (pixelSizeUm !== undefined) return (maxShiftUm ?? maxShiftUsual) / pixelSizeUm
  if (maxShiftUm === undefined) return maxShiftUsual
  throw new ImagingError(
    signature.name,
    {
      _tag: "InvalidParameter",
      parameter: "maxShiftUm",
      expected: "left out, or given with pixelSizeUm",
      actual: shown(maxShiftUm),
    },
    ["give pixelSizeUm; with pixelSizeUm 1 numbers in um are pixels"],
  )
}

const prepare = (tiles: Stack, parameters: TileParameters): Prepared => {
  const given = checkParameters(signature, parameters)
  checkStack(signature.name, tiles, { name: "tiles", dtypes: pixelDtypes })
  const { columns, missing, overlapRatio, rows } = given
  const maxShift = maxShiftPxOf(given)
  const places = rows * columns
  const absent = new Set(missing)
  for (const place of absent) {
    if (!Number.isInteger(place) || place >= places) {
      throw refuse("missing", `whole numbers from 0 to ${places - 1}`, place)
    }
  }
  const expected = places - absent.size
  if (tiles.planes !== expected) {
    throw new ImagingError(
      signature.name,
      {
        _tag: "InvalidImage",
        input: "tiles.planes",
        expected: `${expected}: ${rows} rows x ${columns} columns${absent.size === 0 ? "" : ` less ${absent.size} missing`}`,
        actual: String(tiles.planes),
      },
      ["name tiles that were not taken in `missing`"],
    )
  }
  const { height, width } = tiles
  const order = tileOrders.find((name) => name === given.order) ?? "raster"
  const grid = gridTiles(rows, columns, order, absent, width * (1 - overlapRatio), height * (1 - overlapRatio))
  return {
    given,
    grid,
    options: {
      overlapX: width * overlapRatio,
      overlapY: height * overlapRatio,
      maxShift,
      whitenSigmaPx: given.filterSigmaPx,
      upsampleFactor: given.upsampleFactor,
      windowRatio: given.windowRatio,
      seed: given.seed,
    },
  }
}

/**
 * Errors of pairs of strips that have nothing in common, for the samples from `from` up to but not including `to`. Each depends
 * on the tiles, the parameters and its own number alone: workers can each do a part, and {@link registerTiles} takes the parts
 * one after the other as `permutationErrors`. NaN where no pair was found.
 *
 * Throws as {@link registerTiles} does.
 *
 * @category kernels
 */
export const permutationErrors = (
  tiles: Stack<Pixels>,
  parameters: TileParameters,
  { from, to }: { readonly from: number; readonly to: number },
  how: Pick<RunOptions, "backend"> = {},
): Float64Array => {
  const { backend } = checkOptions(signature.name, how, ["backend"])
  const { given, grid, options } = prepare(tiles, parameters)
  const samples = given.permutationSamples
  for (const [name, value, least] of [
    ["from", from, 0],
    ["to", to, from],
  ] as const) {
    if (!Number.isInteger(value) || value < least || value > samples) {
      throw refuse(name, `a whole number from ${least} to permutationSamples, ${samples}`, value)
    }
  }
  const errors = new Float64Array(to - from)
  for (let index = from; index < to; index++) {
    errors[index - from] = chanceError(backend.registration, tiles, grid, index, options)
  }
  return errors
}

/** Errors that other workers have computed: one for each sample, none of them below 0. */
const knownErrors = (errors: TileOptions["permutationErrors"], samples: number): TileOptions["permutationErrors"] => {
  if (errors === undefined) return undefined
  // A caller without types may give anything.
  const given: unknown = errors
  if (!(Array.isArray(given) || given instanceof Float64Array) || given.length !== samples) {
    throw refuse("permutationErrors", `${samples} numbers, one for each sample`, given)
  }
  for (const [index, error] of errors.entries()) {
    const value: unknown = error
    if (typeof value !== "number" || value < 0) throw refuse(`permutationErrors[${index}]`, "0 or more, or NaN", value)
  }
  return errors
}

/**
 * Where the tiles of a grid lie, in pixels and micrometres, with the least x and y at 0.
 *
 * Neighbours are whitened and compared on windows that grow from the overlap that was meant, and once more on the pixels that
 * both have at the offset found. An edge counts if no more than a part `alpha` of strips that have nothing in common would fit
 * that well within `maxShiftUm`, or if the offsets around four tiles add up to nothing, which chance does in no more than a part
 * `alpha` of all grids. Edges that show one direction only, a wall or a scratch, never count. Edges that disagree with the others are
 * left out, and so are those that no closed way of edges confirms, unless one fits that well by chance in no more than a part `alpha` of all grids or both halves of
 * the common pixels give the same offset. Tiles that no good edge reaches are placed where the stage meant them beside the others,
 * and flagged; the stage's steps are replaced by what edges say only where at least four of a direction agree. Every edge is in
 * the table, with the reason if it was not used. Tiles of one value have no good edge; `assembleTiles` can leave them out. The result depends on the input and the seed alone, not on the
 * backend.
 *
 * Throws `ImagingError` for tiles that do not fill the grid and for parameters out of range.
 *
 * @category kernels
 */
export const registerTiles = (
  tiles: Stack<Pixels>,
  parameters: TileParameters,
  how: TileOptions = {},
): TileRegistration => {
  const { backend } = checkOptions(signature.name, how, ["backend", "permutationErrors"])
  const { given, grid, options } = prepare(tiles, parameters)
  const ops = backend.registration
  const samples = given.permutationSamples
  const known = knownErrors(how.permutationErrors, samples)
  const measured = grid.edges.map((edge) => measureEdge(ops, tiles, grid, edge, options))
  // Where no edge could be used whatever the threshold, chance need not be asked.
  const isNeeded = measured.some(({ state }) => state !== "blank")
  const errors = isNeeded
    ? (known ?? Array.from({ length: samples }, (_, index) => chanceError(ops, tiles, grid, index, options)))
    : []
  const reachable = reachableRatio(tiles, grid, options)
  const fromStrips = chanceThreshold(errors, given.alpha, reachable)
  const maxError = fromStrips ?? noiseThreshold(tiles, grid, given.alpha, options)
  const rare = (passing: number): number =>
    rareThreshold(errors, given.alpha, reachable, grid.edges.length, passing, maxError)
  const limits = {
    usual: maxError,
    closed: agreeingThreshold(errors, maxError),
    alike: alikeRatio(errors),
    alone: rare(1),
  }
  const halved = rare(halvesAgreeRatio)
  const { reasons, solution } = judge(grid, measured, limits, given.alpha, options.maxShift, {
    isStraight: (edge) => isEdgeStraight(tiles, grid.edges[edge], measured[edge], options),
    isConfirmed: (edge) =>
      limits.closed !== undefined &&
      measured[edge].error <= halved &&
      halvesAgree(ops, tiles, grid.edges[edge], measured[edge], options),
  })
  const { placed, positions } = solution
  const least = positions.reduce((low, { x, y }) => ({ x: Math.min(low.x, x), y: Math.min(low.y, y) }), {
    x: Number.POSITIVE_INFINITY,
    y: Number.POSITIVE_INFINITY,
  })
  return {
    tiles: grid.tiles.map(({ column, plane, row }, index): TilePosition => {
      const [xPx, yPx] = [positions[index].x - least.x, positions[index].y - least.y]
      return {
        tile: plane,
        row,
        column,
        xPx,
        yPx,
        xUm: xPx * (given.pixelSizeUm ?? Number.NaN),
        yUm: yPx * (given.pixelSizeUm ?? Number.NaN),
        registered: placed[index] === "edges",
        placed: placed[index],
      }
    }),
    edges: grid.edges.map(({ first, second }, index): TileEdge => {
      const { error, offsetX, offsetY } = measured[index]
      const isFound = !Number.isNaN(offsetX)
      return {
        first,
        second,
        offsetXPx: offsetX,
        offsetYPx: offsetY,
        shiftXPx: offsetX - (grid.tiles[second].nominalX - grid.tiles[first].nominalX),
        shiftYPx: offsetY - (grid.tiles[second].nominalY - grid.tiles[first].nominalY),
        // How well windows fit where no tile can lie is no error of an offset.
        error: isFound ? error : Number.NaN,
        registered: reasons[index] === "",
        reason: reasons[index],
      }
    }),
    maxError,
    maxErrorSource: fromStrips === undefined ? "noise" : "permutation",
    permutations: Array.from(errors).filter((error) => !Number.isNaN(error)).length,
  }
}
