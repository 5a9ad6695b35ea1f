/**
 * Strips of tiles and how well two of them fit: neighbours where they overlap, and strips that have nothing in common, which
 * tell how well chance fits. Every function here depends on its arguments alone, so that any worker can do any part.
 *
 * @layer logic
 * @module
 */
import type { Image, Pixels, Stack } from "../../Image.ts"
import { likeOf } from "../arrays.ts"
import { bounded } from "./bounded.ts"
import type { Grid, GridEdge } from "./grid.ts"
import type { Correlation, RegistrationOps } from "./ops.ts"
import { nearby } from "./nearby.ts"
import { smoothFrom, smoothTo } from "./plan.ts"
import { isStraight } from "./straight.ts"

/** What the registration of tiles goes by, in pixels. */
export interface StripOptions {
  readonly overlapX: number
  readonly overlapY: number
  readonly maxShift: number
  readonly whitenSigmaPx: number
  readonly upsampleFactor: number
  /** The widest window is at least this part of a side. */
  readonly windowRatio: number
  readonly seed: number
}

/** What was measured on an edge, before it is known what counts as good. */
export interface Measured {
  /** Position of the second tile less that of the first. */
  readonly offsetX: number
  readonly offsetY: number
  /**
   * -ln of the correlation on the pixels that both tiles have, or, beyond the largest shift, on the windows; Infinity where
   * nothing fits, NaN where there was nothing to compare. It is finite wherever there is an offset.
   */
  readonly error: number
  readonly state: "found" | "beyond" | "blank"
}

/** A rectangle of a plane, as an array of its own. */
const cut = (
  { data, height, width }: Stack,
  plane: number,
  left: number,
  top: number,
  columns: number,
  rows: number,
): Image => {
  const first = (plane * height + top) * width + left
  // Whole rows stand behind each other already.
  if (columns === width) return bounded({ data: data.subarray(first, first + columns * rows), width, height: rows })
  const out: Pixels = likeOf(data, columns * rows)
  for (let y = 0, to = 0; y < rows; y++) {
    const from = first + y * width
    for (let x = 0; x < columns; x++, to++) out[to] = data[from + x]
  }
  return bounded({ data: out, width: columns, height: rows })
}

const compare = (
  ops: RegistrationOps,
  a: Image,
  b: Image,
  options: StripOptions,
  upsampleFactor: number,
): Correlation =>
  ops.correlate(a, b, {
    upsampleFactor,
    phase: false,
    whitenSigmaPx: options.whitenSigmaPx,
    windowed: true,
    signed: true,
  })

const errorOf = ({ peak }: { readonly peak: number }): number =>
  peak > 0 ? -Math.log(Math.min(1, peak)) : Number.POSITIVE_INFINITY

/** The least a window is wide: with less there is no pattern to find. */
const windowMin = 8

/** How wide a window of about so many pixels of a side is. */
export const windowFrom = (wanted: number, side: number): number => {
  const smooth = smoothFrom(Math.max(windowMin, Math.round(wanted)))
  return Math.min(side, smooth)
}

/** Widths of the windows for a side: the overlap as meant, then twice as wide each time until every shift fits. */
export const windowsOf = (overlap: number, side: number, options: StripOptions): ReadonlyArray<number> => {
  const windows = [windowFrom(overlap, side)]
  const enough = Math.max(options.windowRatio * side, overlap + options.maxShift)
  for (let last = windows[0] ?? side; last < enough && last < side;) {
    last = windowFrom(2 * last, side)
    windows.push(last)
  }
  return windows
}

/** The offset once more, on the pixels that both tiles have: what moves out of the window no longer disturbs. */
const refineOffset = (
  ops: RegistrationOps,
  tiles: Stack,
  { first, second }: GridEdge,
  x: number,
  y: number,
  options: StripOptions,
): { readonly x: number; readonly y: number; readonly peak: number } => {
  // A few pixels less than there are, where their number has only small factors.
  const [columns, rows] = [smoothTo(tiles.width - Math.abs(x)), smoothTo(tiles.height - Math.abs(y))]
  const a = cut(tiles, first, Math.max(0, x), Math.max(0, y), columns, rows)
  const b = cut(tiles, second, Math.max(0, -x), Math.max(0, -y), columns, rows)
  const { peak, shiftX, shiftY } = compare(ops, a, b, options, options.upsampleFactor)
  // What is left must be a part of a pixel or a little more; else this window saw something else, and is asked for here alone.
  const isSmall = Math.abs(shiftX) <= 1.5 && Math.abs(shiftY) <= 1.5
  const here = isSmall ? { peak, shiftX, shiftY } : nearby(a, b, options.whitenSigmaPx)
  return { x: x + here.shiftX, y: y + here.shiftY, peak: here.peak }
}

interface Offset {
  readonly x: number
  readonly y: number
}

/** Shifts go around: all offsets that a peak may mean and that the stage may have made. */
const candidatesOf = (
  at: Offset,
  period: { readonly width: number; readonly height: number },
  nominal: Offset,
  tiles: Stack,
  maxShift: number,
): ReadonlyArray<Offset> => {
  const found: Array<Offset> = []
  for (const turnY of [0, -1, 1]) {
    for (const turnX of [0, -1, 1]) {
      const [x, y] = [at.x + turnX * period.width, at.y + turnY * period.height]
      const isNear = Math.abs(x - nominal.x) <= maxShift && Math.abs(y - nominal.y) <= maxShift
      // Fewer than four common rows or columns hold no pattern.
      const isCommon = tiles.width - Math.abs(x) >= 4 && tiles.height - Math.abs(y) >= 4
      if (isNear && isCommon) found.push({ x, y })
    }
  }
  return found
}

/** Compares two neighbours on windows of growing width; of the offsets found, the one at which the common pixels fit best. */
export const measureEdge = (
  ops: RegistrationOps,
  tiles: Stack,
  grid: Grid,
  edge: GridEdge,
  options: StripOptions,
): Measured => {
  const { height, width } = tiles
  const [a, b] = [grid.tiles[edge.first], grid.tiles[edge.second]]
  const nominal = { x: b.nominalX - a.nominalX, y: b.nominalY - a.nominalY }
  const along = edge.isHorizontal
  const windows = windowsOf(along ? options.overlapX : options.overlapY, along ? width : height, options)
  let best: { readonly x: number; readonly y: number; readonly peak: number } | undefined
  let beyond = Number.POSITIVE_INFINITY
  let isBlank = true
  for (const window of windows) {
    const [columns, rows] = along ? [window, height] : [width, window]
    const corner = { x: width - columns, y: height - rows }
    const one = cut(tiles, edge.first, corner.x, corner.y, columns, rows)
    const other = cut(tiles, edge.second, 0, 0, columns, rows)
    const found = compare(ops, one, other, options, 1)
    if (found.blank) continue
    isBlank = false
    const at = { x: corner.x + found.shiftX, y: corner.y + found.shiftY }
    const candidates = candidatesOf(at, one, nominal, tiles, options.maxShift)
    if (candidates.length === 0) beyond = Math.min(beyond, errorOf(found))
    for (const { x, y } of candidates) {
      const refined = refineOffset(ops, tiles, edge, x, y, options)
      if (best === undefined || refined.peak > best.peak) best = refined
    }
  }
  const nowhere = { offsetX: Number.NaN, offsetY: Number.NaN }
  if (isBlank) return { ...nowhere, error: Number.NaN, state: "blank" }
  if (best === undefined) return { ...nowhere, error: beyond, state: "beyond" }
  // What does not go together at all lies nowhere, whatever place was looked at.
  if (!(best.peak > 0)) return { ...nowhere, error: Number.POSITIVE_INFINITY, state: "found" }
  return { offsetX: best.x, offsetY: best.y, error: errorOf(best), state: "found" }
}

/**
 * Whether both halves of the pixels that two neighbours have in common fit best where the whole does: what fits by chance, as one
 * cell on another, does so in one of them.
 */
export const halvesAgree = (
  ops: RegistrationOps,
  tiles: Stack,
  { first, second }: GridEdge,
  { offsetX, offsetY }: Measured,
  options: StripOptions,
): boolean => {
  const [x, y] = [Math.round(offsetX), Math.round(offsetY)]
  const [columns, rows] = [tiles.width - Math.abs(x), tiles.height - Math.abs(y)]
  const isWide = columns > rows
  const [width, height] = [Math.floor(isWide ? columns / 2 : columns), Math.floor(isWide ? rows : rows / 2)]
  if (width < windowMin || height < windowMin) return false
  return [0, 1].every((half) => {
    const [left, top] = isWide ? [half * width, 0] : [0, half * height]
    const [a, b] = [
      cut(tiles, first, Math.max(0, x) + left, Math.max(0, y) + top, smoothTo(width), smoothTo(height)),
      cut(tiles, second, Math.max(0, -x) + left, Math.max(0, -y) + top, smoothTo(width), smoothTo(height)),
    ]
    const { blank, shiftX, shiftY } = compare(ops, a, b, options, 1)
    return !blank && Math.abs(shiftX) <= 1 && Math.abs(shiftY) <= 1
  })
}

/** Whether the pixels that two neighbours have in common show nothing but what may be moved along itself. */
export const isEdgeStraight = (
  tiles: Stack,
  { first, second }: GridEdge,
  { offsetX, offsetY }: Measured,
  options: StripOptions,
): boolean => {
  const [x, y] = [Math.round(offsetX), Math.round(offsetY)]
  const [columns, rows] = [tiles.width - Math.abs(x), tiles.height - Math.abs(y)]
  return isStraight(
    cut(tiles, first, Math.max(0, x), Math.max(0, y), columns, rows),
    cut(tiles, second, Math.max(0, -x), Math.max(0, -y), columns, rows),
    options.whitenSigmaPx,
  )
}

/** Whole numbers below a limit, from a seed and an index: each index has its own numbers (Steele, Lea, Flood 2014). */
const numbersOf = (seed: number, index: number): ((below: number) => number) => {
  let state = (Math.imul(seed, 0x9e37_79b1) ^ Math.imul(index + 1, 0x85eb_ca77)) >>> 0
  return (below) => {
    state = (state + 0x9e37_79b9) >>> 0
    let mixed = Math.imul(state ^ (state >>> 16), 0x21f0_aaad)
    mixed = Math.imul(mixed ^ (mixed >>> 15), 0x735a_2d97)
    return Math.floor((((mixed ^ (mixed >>> 15)) >>> 0) / 4_294_967_296) * below)
  }
}

/** Peaks between pixels are higher than those on them; finer steps than these find none that are higher still. */
const chanceUpsampleFactor = 4

/** Draws that are made for a pair of strips before it is given up. */
const triesMax = 100

/**
 * How well two strips fit that have nothing in common: of one tile, apart; or of two tiles, apart even if the stage was wrong
 * by as much as may be. NaN where no such pair is found or a strip is of one value.
 */
export const chanceError = (
  ops: RegistrationOps,
  tiles: Stack,
  grid: Grid,
  index: number,
  options: StripOptions,
): number => {
  const { height, width } = tiles
  const kinds = [true, false].filter((kind) => grid.edges.some(({ isHorizontal }) => isHorizontal === kind))
  if (kinds.length === 0) return Number.NaN
  const isUpright = kinds[index % kinds.length] === true
  const [columns, rows] = isUpright
    ? [windowFrom(options.overlapX, width), height]
    : [width, windowFrom(options.overlapY, height)]
  const next = numbersOf(options.seed, index)
  const place = () => {
    const plane = next(grid.tiles.length)
    const { nominalX, nominalY } = grid.tiles[plane]
    const [left, top] = [next(width - columns + 1), next(height - rows + 1)]
    return { plane, left, top, x: nominalX + left, y: nominalY + top }
  }
  for (let attempt = 0; attempt < triesMax; attempt++) {
    const [a, b] = [place(), place()]
    const margin = a.plane === b.plane ? 0 : options.maxShift
    const isApart = Math.abs(a.x - b.x) >= columns + margin || Math.abs(a.y - b.y) >= rows + margin
    if (!isApart) continue
    const [one, other] = [
      cut(tiles, a.plane, a.left, a.top, columns, rows),
      cut(tiles, b.plane, b.left, b.top, columns, rows),
    ]
    const found = compare(ops, one, other, options, 1)
    if (found.blank) return Number.NaN
    // As for neighbours: once more, on the pixels that both strips would have if the stage had made the shift, or the largest.
    const within = (shift: number) => Math.trunc(Math.max(-options.maxShift, Math.min(options.maxShift, shift)))
    const [shiftX, shiftY] = [within(found.shiftX), within(found.shiftY)]
    const [common, lines] = [smoothTo(columns - Math.abs(shiftX)), smoothTo(rows - Math.abs(shiftY))]
    const [moveX, moveY] = [Math.max(0, shiftX), Math.max(0, shiftY)]
    const [backX, backY] = [Math.max(0, -shiftX), Math.max(0, -shiftY)]
    const again = compare(
      ops,
      cut(tiles, a.plane, a.left + moveX, a.top + moveY, common, lines),
      cut(tiles, b.plane, b.left + backX, b.top + backY, common, lines),
      options,
      Math.min(chanceUpsampleFactor, options.upsampleFactor),
    )
    return again.blank ? Number.NaN : errorOf(again)
  }
  return Number.NaN
}
