/**
 * Which edges of a grid are taken for good. An edge by itself tells less than edges that agree: the four offsets around four
 * tiles add up to nothing where they are right, and to anything where one is not.
 *
 * @layer logic
 * @module
 */
import { bridgesOf } from "./bridges.ts"
import type { Grid } from "./grid.ts"
import { type Point, type Solution, solve } from "./solve.ts"
import type { Measured } from "./strips.ts"

/** Why an edge was not used; empty where it was. */
export type Reason =
  | ""
  | "constant tile"
  | "beyond maxShift"
  | "not confident"
  | "pattern in one direction only"
  | "inconsistent with better edges"
  | "not confirmed by other edges"

/** The largest errors of edges that count. */
export interface Limits {
  /** Of any edge. */
  readonly usual: number
  /** The mean of edges around four tiles that add up to nothing; undefined where that is no proof. */
  readonly closed: number | undefined
  /** How often chance fits as well as four edges of this mean error. */
  readonly alike: (mean: number) => number
  /** Of edges that no closed way of edges confirms. */
  readonly alone: number
}

/** Edges, positions, and why edges were not used. */
export interface Judged {
  readonly reasons: ReadonlyArray<Reason>
  readonly solution: Pick<Solution, "placed" | "positions">
}

/** What is asked of single edges where it matters. */
export interface Questions {
  /** Whether what both tiles show could be moved along itself. */
  readonly isStraight: (edge: number) => boolean
  /** Whether parts of what both tiles show give the same offset. */
  readonly isConfirmed: (edge: number) => boolean
}

/** Where chance fits to nearly the last digit, that edges do so too says nothing. */
const tellingError = 1e-4

/** Edges that are right agree to a part of a pixel, so this much is enough for noise. */
const agreePx = 1.5
/** Offsets of a whole way around four tiles that are to be a proof are nearer still. */
const closeMaxPx = 0.7

/** Around each four tiles that touch: the edges above, below, on the left and on the right of their middle. */
type Face = readonly [top: number, bottom: number, left: number, right: number]

const facesOf = ({ edges, tiles }: Grid): ReadonlyArray<Face> => {
  const [beside, under] = [new Int32Array(tiles.length).fill(-1), new Int32Array(tiles.length).fill(-1)]
  for (const [index, { first, isHorizontal }] of edges.entries()) (isHorizontal ? beside : under)[first] = index
  const faces: Array<Face> = []
  for (let tile = 0; tile < tiles.length; tile++) {
    const [top, left] = [beside[tile], under[tile]]
    if (top < 0 || left < 0) continue
    const [right, bottom] = [under[edges[top].second], beside[edges[left].second]]
    if (right >= 0 && bottom >= 0) faces.push([top, bottom, left, right])
  }
  return faces
}

/** How far the offsets around four tiles are from adding up to nothing; NaN where one has none. */
const gapOf = (measured: ReadonlyArray<Measured>, [top, bottom, left, right]: Face): number =>
  Math.hypot(
    measured[top].offsetX + measured[right].offsetX - measured[left].offsetX - measured[bottom].offsetX,
    measured[top].offsetY + measured[right].offsetY - measured[left].offsetY - measured[bottom].offsetY,
  )

/** The answers, each asked for once. */
const once = (ask: (edge: number) => boolean): ((edge: number) => boolean) => {
  const known = new Map<number, boolean>()
  return (edge) => {
    const answer = known.get(edge) ?? ask(edge)
    known.set(edge, answer)
    return answer
  }
}

/**
 * Decides on the edges of a grid and puts the tiles where the good ones say. Edges count that are confident by themselves, and
 * edges that are less so but close a way around four tiles, as long as chance closes one in no more than a part `alpha` of all
 * grids. None counts that shows a straight edge alone: it fits all along itself. Those that then disagree with the others go, and
 * those that nothing confirms, `isConfirmed` included, and that are not very good by themselves.
 */
export const judge = (
  grid: Grid,
  measured: ReadonlyArray<Measured>,
  limits: Limits,
  alpha: number,
  maxShift: number,
  ask: Questions,
): Judged => {
  const nominal = grid.tiles.map(({ nominalX, nominalY }): Point => ({ x: nominalX, y: nominalY }))
  const [isStraight, isConfirmed] = [once(ask.isStraight), once(ask.isConfirmed)]
  const usual = limits.usual > tellingError ? limits.usual : Number.NEGATIVE_INFINITY
  const faces = facesOf(grid)
  // Offsets that are wrong lie anywhere within the largest shift: this many of them come as near by chance, and of those only
  // some fit as well.
  const closePx = (mean: number): number =>
    Math.min(closeMaxPx, (2 * maxShift + 1) * Math.sqrt(alpha / faces.length / limits.alike(mean) / Math.PI))
  const isFaceClosed = (face: Face): boolean => {
    if (!face.every((edge) => measured[edge].state === "found")) return false
    const mean = face.reduce((sum, edge) => sum + measured[edge].error, 0) / 4
    const isAlike = mean <= (limits.closed ?? Number.NEGATIVE_INFINITY) && gapOf(measured, face) <= closePx(mean)
    return isAlike && !face.some(isStraight)
  }
  const closed = faces.filter(isFaceClosed)
  const isClosed = new Set(closed.flat())
  const reasons = measured.map(({ error, state }, edge): Reason => {
    if (state === "blank") return "constant tile"
    if ((!(error <= limits.usual) && !isClosed.has(edge)) || error === Number.POSITIVE_INFINITY) return "not confident"
    if (state === "beyond") return "beyond maxShift"
    if (isStraight(edge)) return "pattern in one direction only"
    return error <= usual || isClosed.has(edge) ? "" : "not confident"
  })
  const isSure = (edge: number): boolean => measured[edge].error <= limits.alone || isConfirmed(edge)
  for (;;) {
    const kept = grid.edges.flatMap((_, edge) => (reasons[edge] === "" ? [edge] : []))
    const edges = kept.map((edge) => {
      const { error, offsetX, offsetY } = measured[edge]
      return { first: grid.edges[edge].first, second: grid.edges[edge].second, x: offsetX, y: offsetY, error }
    })
    const { placed, positions, used } = solve(nominal, edges, agreePx)
    let isSettled = true
    const leave = (edge: number, reason: Reason): void => {
      reasons[edge] = reason
      isSettled = false
    }
    for (const [index, edge] of kept.entries()) if (!used[index]) leave(edge, "inconsistent with better edges")
    const still = new Set(closed.filter((face) => face.every((edge) => reasons[edge] === "")).flat())
    for (const edge of kept) {
      if (reasons[edge] === "" && measured[edge].error > usual && !still.has(edge)) leave(edge, "not confident")
    }
    // What disagrees goes first: it may have been what seemed to confirm another edge.
    if (isSettled) {
      for (const [index, isBridge] of bridgesOf(nominal.length, edges).entries()) {
        const edge = kept[index]
        if (isBridge && !isSure(edge)) leave(edge, "not confirmed by other edges")
      }
    }
    if (isSettled) return { reasons, solution: { placed, positions } }
  }
}
