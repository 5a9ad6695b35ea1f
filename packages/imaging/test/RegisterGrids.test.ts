import { describe, expect, it } from "vitest"
import { bridgesOf } from "../src/internal/registration/bridges.ts"
import { gridTiles } from "../src/internal/registration/grid.ts"
import { judge } from "../src/internal/registration/judge.ts"
import { solve } from "../src/internal/registration/solve.ts"
import type { Measured } from "../src/internal/registration/strips.ts"
import { registerTiles } from "../src/RegisterTiles.ts"
import { wasm } from "./backends.ts"
import { uniform } from "./random.ts"
import { tileScenes, tilesOf } from "./tileScenes.ts"

const median = (values: ReadonlyArray<number>): number =>
  [...values].sort((a, b) => a - b)[Math.floor((values.length - 1) / 2)] ?? 0

/** Tiles that are registered, and how far the worst of them is from where it is. */
const outcomeOf = (scene: (typeof tileScenes)[number]) => {
  const { tiles, x, y } = tilesOf(scene)
  const { columns, maxShift, overlap, rows } = scene
  const found = registerTiles(
    tiles,
    { rows, columns, overlapRatio: overlap, pixelSizeUm: 1, maxShiftUm: maxShift },
    { backend: wasm },
  )
  const off = found.tiles
    .filter(({ registered }) => registered)
    .map(({ tile, xPx, yPx }) => [xPx - (x[tile] ?? Number.NaN), yPx - (y[tile] ?? Number.NaN)] as const)
  const [atX, atY] = [median(off.map(([dx]) => dx)), median(off.map(([, dy]) => dy))]
  const sum = tiles.data.reduce((total, value) => total + value, 0)
  return { count: off.length, sum, errorMax: Math.max(0, ...off.map(([dx, dy]) => Math.hypot(dx - atX, dy - atY))) }
}

describe("grids whose positions are known", () => {
  const outcomes = tileScenes.map((scene) => ({ scene, ...outcomeOf(scene) }))

  it.each(outcomes.map((outcome) => [outcome.scene.name, outcome] as const))(
    "%s: no tile is wrong in silence",
    (_name, one) => {
      expect(one.sum).toBe(one.scene.sum)
      expect(one.errorMax).toBeLessThan(1)
    },
  )

  it("more tiles are registered than by ASHLAR", () => {
    const ours = outcomes.reduce((total, { count }) => total + count, 0)
    const theirs = outcomes
      .filter(({ scene }) => scene.errorMax < 1)
      .reduce((total, { scene }) => total + scene.registered.filter(Boolean).length, 0)
    expect(ours).toBeGreaterThan(theirs)
  })
})

describe("edges judged together", () => {
  const grid = gridTiles(2, 3, "raster", new Set(), 90, 80)
  const limits = { usual: 0.5, closed: 0.8, alone: 0.3 }
  /** Edges with the offsets that the stage meant, but for some. */
  const measured = (changes: Readonly<Record<string, Partial<Measured>>>): ReadonlyArray<Measured> =>
    grid.edges.map(({ first, isHorizontal, second }) => ({
      offsetX: isHorizontal ? 90 : 0,
      offsetY: isHorizontal ? 0 : 80,
      error: 0.1,
      state: "found",
      ...changes[`${first}-${second}`],
    }))
  const judged = (changes: Readonly<Record<string, Partial<Measured>>>, isConfirmed = false) => {
    const { reasons, solution } = judge(grid, measured(changes), limits, 0.01, 15, () => isConfirmed)
    const left = grid.edges.flatMap(({ first, second }, edge) =>
      reasons[edge] === "" ? [] : [`${first}-${second} ${reasons[edge]}`],
    )
    return { left, placed: solution.placed }
  }
  const poor = { error: 0.7 }

  it("takes edges that are not confident but close a way around four tiles", () => {
    expect(judged({ "0-1": poor, "3-4": poor, "0-3": poor, "1-4": poor }).left).toEqual([])
  })

  it("leaves them out where the way does not close, or chance fits as well as they do", () => {
    expect(judged({ "0-1": poor, "0-3": { ...poor, offsetX: 1.2 } }).left).toEqual([
      "0-1 not confident",
      "0-3 not confident",
    ])
    const worse = { error: 0.9 }
    expect(judged({ "0-1": worse, "3-4": worse, "0-3": worse, "1-4": worse }).left).toEqual([
      "0-1 not confident",
      "0-3 not confident",
      // The edge in the middle closes the other way.
      "3-4 not confident",
    ])
  })

  it("leaves out an edge that nothing confirms unless it is very good or its halves agree", () => {
    const changes = {
      "1-2": { error: 0.4 },
      "2-5": { error: 0.9 },
      "4-5": { state: "blank", error: Number.NaN },
    } as const
    expect(judged(changes).left).toContain("1-2 not confirmed by other edges")
    expect(judged(changes).placed[2]).toBe("model")
    expect(judged(changes, true).left).not.toContain("1-2 not confirmed by other edges")
    expect(judged({ ...changes, "1-2": { error: 0.2 } }).placed[2]).toBe("edges")
  })

  it("leaves out one edge that is off among good ones, even if its error is the smallest", () => {
    for (const offsetX of [-14, -3, 2.5, 3, 6, 15]) {
      const one = judged({ "1-4": { offsetX, error: 0.01 } })
      expect(one.left).toEqual(["1-4 inconsistent with better edges"])
      expect(new Set(one.placed)).toEqual(new Set(["edges"]))
    }
  })

  it("finds the edges on no closed way", () => {
    const edges = [
      [0, 1],
      [1, 2],
      [2, 0],
      [2, 3],
      [3, 4],
      [4, 5],
      [5, 3],
      [6, 7],
    ].map(([first = 0, second = 0]) => ({ first, second }))
    expect(bridgesOf(9, edges)).toEqual([false, false, false, true, false, false, false, true])
  })
})

describe("tiles that no good edge reaches", () => {
  const pitch = 230
  const grid = (rows: number, columns: number) =>
    Array.from({ length: rows * columns }, (_, index) => ({
      x: (index % columns) * pitch,
      y: Math.floor(index / columns) * pitch,
    }))
  const edgeOf = (
    first: number,
    second: number,
    at: ReadonlyArray<{ readonly x: number; readonly y: number }>,
    error = 0.1,
  ) => ({ first, second, x: at[second].x - at[first].x, y: at[second].y - at[first].y, error })

  it("lie where the stage meant them where two edges are good, whatever these say of single tiles", () => {
    const nominal = grid(3, 3)
    const truth = nominal.map((point) => ({ ...point }))
    truth[3] = { x: truth[3].x, y: truth[3].y - 3 }
    truth[4] = { x: truth[4].x + 3, y: truth[4].y + 5 }
    truth[7] = { x: truth[7].x, y: truth[7].y + 1 }
    const { placed, positions } = solve(nominal, [edgeOf(3, 4, truth), edgeOf(4, 7, truth)], 1.5)
    // The three registered tiles are 1 px right of and 1 px below their nominal places in the mean.
    for (const index of [0, 1, 2, 5, 6, 8]) {
      expect(placed[index]).toBe("model")
      expect(positions[index].x - positions[3].x).toBeCloseTo(nominal[index].x + 1 - truth[3].x, 9)
      expect(positions[index].y - positions[3].y).toBeCloseTo(nominal[index].y + 1 - truth[3].y, 9)
    }
  })

  it("are no further off than on the nominal grid where the stage errs by chance, however many edges are good", () => {
    const nominal = grid(3, 4)
    const edges = gridTiles(3, 4, "raster", new Set(), pitch, pitch).edges
    for (let seed = 1; seed <= 200; seed++) {
      const next = uniform(seed)
      const truth = nominal.map(({ x, y }) => ({ x: x + 12 * next() - 6, y: y + 12 * next() - 6 }))
      const part = next()
      const good = edges.filter(() => next() < part).map(({ first, second }) => edgeOf(first, second, truth, next()))
      const { placed, positions } = solve(nominal, good, 1.5)
      const known = placed.flatMap((kind, index) => (kind === "edges" ? [index] : []))
      if (known.length === 0) continue
      const mean = (of: (index: number) => number) => known.reduce((sum, index) => sum + of(index), 0) / known.length
      // Laid on the registered tiles, the nominal grid is off by so much at the most.
      const [moveX, moveY] = [mean((i) => truth[i].x - nominal[i].x), mean((i) => truth[i].y - nominal[i].y)]
      const [atX, atY] = [mean((i) => positions[i].x - truth[i].x), mean((i) => positions[i].y - truth[i].y)]
      const sets = new Set(good.flatMap(({ first, second }) => [first, second]))
      for (const [index, kind] of placed.entries()) {
        // Tiles with good edges to one another alone are moved together.
        if (kind === "edges" || sets.has(index)) continue
        const ours = [positions[index].x - atX - truth[index].x, positions[index].y - atY - truth[index].y]
        const theirs = [nominal[index].x + moveX - truth[index].x, nominal[index].y + moveY - truth[index].y]
        expect(Math.abs(ours[0]), `x of tile ${index}, seed ${seed}`).toBeLessThan(Math.abs(theirs[0]) + 1e-6)
        expect(Math.abs(ours[1]), `y of tile ${index}, seed ${seed}`).toBeLessThan(Math.abs(theirs[1]) + 1e-6)
      }
    }
  })

  it("follow the stage's real steps where enough edges agree on them", () => {
    // The camera is turned and the overlap was stated wrong: each column is 8 px nearer and 5 px lower than was meant.
    const nominal = grid(3, 4)
    const next = uniform(3)
    const truth = nominal.map(({ x, y }) => ({
      x: x - (8 * x) / pitch + next() - 0.5,
      y: y + (5 * x) / pitch + next() - 0.5,
    }))
    const edges = gridTiles(3, 4, "raster", new Set(), pitch, pitch).edges
    const good = edges.filter(({ second }) => second !== 11).map(({ first, second }) => edgeOf(first, second, truth))
    const { placed, positions } = solve(nominal, good, 1.5)
    expect(placed.map((kind) => kind === "model")).toEqual(nominal.map((_, index) => index === 11))
    expect(Math.abs(positions[11].x - positions[0].x - truth[11].x + truth[0].x)).toBeLessThan(2)
    expect(Math.abs(positions[11].y - positions[0].y - truth[11].y + truth[0].y)).toBeLessThan(2)
  })
})
