import { describe, expect, it } from "vitest"
import { bridgesOf } from "../src/internal/registration/bridges.ts"
import { gridTiles } from "../src/internal/registration/grid.ts"
import type { Image } from "../src/Image.ts"
import { judge, type Questions } from "../src/internal/registration/judge.ts"
import { solve } from "../src/internal/registration/solve.ts"
import { isStraight } from "../src/internal/registration/straight.ts"
import type { Measured } from "../src/internal/registration/strips.ts"
import { registerTiles } from "../src/RegisterTiles.ts"
import { wasm } from "./backends.ts"
import { normal, uniform } from "./random.ts"
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
  const limits = { usual: 0.5, closed: 0.8, alike: () => 1, alone: 0.3 }
  /** Edges with the offsets that the stage meant, but for some. */
  const measured = (changes: Readonly<Record<string, Partial<Measured>>>): ReadonlyArray<Measured> =>
    grid.edges.map(({ first, isHorizontal, second }) => ({
      offsetX: isHorizontal ? 90 : 0,
      offsetY: isHorizontal ? 0 : 80,
      error: 0.1,
      state: "found",
      ...changes[`${first}-${second}`],
    }))
  const judged = (
    changes: Readonly<Record<string, Partial<Measured>>>,
    answers: Partial<Questions> = {},
    asked: Partial<typeof limits> = {},
  ) => {
    const ask = { isStraight: () => false, isConfirmed: () => false, ...answers }
    const { reasons, solution } = judge(grid, measured(changes), { ...limits, ...asked }, 0.01, 15, ask)
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
    expect(judged(changes, { isConfirmed: () => true }).left).not.toContain("1-2 not confirmed by other edges")
    expect(judged({ ...changes, "1-2": { error: 0.2 } }).placed[2]).toBe("edges")
  })

  it("leaves out one edge that is off among good ones, even if its error is the smallest", () => {
    for (const offsetX of [-14, -3, 2.5, 3, 6, 15]) {
      const one = judged({ "1-4": { offsetX, error: 0.01 } })
      expect(one.left).toEqual(["1-4 inconsistent with better edges"])
      expect(new Set(one.placed)).toEqual(new Set(["edges"]))
    }
  })

  it("leaves out an edge that shows one direction only, however good it is, and every way that it closes", () => {
    const isStraight = (edge: number) => `${grid.edges[edge].first}-${grid.edges[edge].second}` === "0-1"
    const straight = { isStraight, isConfirmed: () => true }
    expect(judged({ "0-1": { error: 0 } }, straight).left).toEqual(["0-1 pattern in one direction only"])
    const left = judged({ "0-1": poor, "3-4": poor, "0-3": poor }, straight).left
    expect(left).toEqual(["0-1 not confident", "0-3 not confident", "3-4 not confident"])
  })

  it("takes none where chance fits as well to the last digit", () => {
    for (const error of [0, 1e-7]) {
      const all = Object.fromEntries(grid.edges.map(({ first, second }) => [`${first}-${second}`, { error }]))
      const { placed } = judged(all, { isConfirmed: () => true }, { usual: 1e-7, alone: 1e-7, closed: Number.NaN })
      expect(new Set(placed)).toEqual(new Set(["nominal"]))
    }
  })

  it("asks a way around four tiles to close the nearer the more ways there are, unless chance hardly fits as well", () => {
    const around = { "0-1": poor, "3-4": poor, "1-4": poor, "0-3": { ...poor, offsetX: 0.6 } }
    expect(judged(around).left).toEqual([])
    const large = gridTiles(10, 10, "raster", new Set(), 90, 80)
    const all = large.edges.map(({ first, isHorizontal }): Measured => ({
      offsetX: isHorizontal ? 90 : first === 0 ? 0.6 : 0,
      offsetY: isHorizontal ? 0 : 80,
      error: 0.7,
      state: "found",
    }))
    const first = large.edges.findIndex(({ isHorizontal, first: tile }) => tile === 0 && !isHorizontal)
    const reasonWhere = (alike: number) =>
      judge(large, all, { ...limits, alike: () => alike }, 0.01, 15, {
        isStraight: () => false,
        isConfirmed: () => false,
      }).reasons[first]
    // Of 81 ways that chance closes anywhere within 31 px, a hundredth of one is to be within the limit: 0.19 px.
    expect(reasonWhere(1)).toBe("not confident")
    expect(reasonWhere(0.01)).toBe("")
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

describe("scenes that fit all along a line", () => {
  const [side, overlap, rows, columns] = [160, 0.15, 3, 3]
  const bump = (square: number) => Math.exp(-square / 2)
  /** Cells above y 330, as light at a place. */
  const cellsOf = (seed: number) => {
    const next = uniform(seed + 77)
    const cells = Array.from({ length: 160 }, () => ({
      x: next() * 560,
      y: 40 + next() * 290,
      width: 3 + next() * 5,
      light: 500 + next() * 3000,
    }))
    const light = new Float64Array(600 * 600)
    for (const { light: most, width, x, y } of cells) {
      for (let v = Math.max(0, Math.floor(y - 3 * width)); v < Math.min(600, y + 3 * width); v++) {
        for (let u = Math.max(0, Math.floor(x - 3 * width)); u < Math.min(600, x + 3 * width); u++) {
          light[v * 600 + u] += most * bump((2 * ((u - x) ** 2 + (v - y) ** 2)) / width ** 2)
        }
      }
    }
    return (x: number, y: number) => light[y * 600 + x]
  }
  const rowsOf = (() => {
    const next = uniform(99)
    return Float64Array.from({ length: 600 }, () => next() * 3000)
  })()
  type Scene = (x: number, y: number, cells: (x: number, y: number) => number) => number
  const scenes: ReadonlyArray<readonly [name: string, noise: number, scene: Scene]> = [
    ["cells, and the wall of a well", 15, (x, y, cells) => cells(x, y) + (y > 390 ? 2000 : 0)],
    ["cells, and a slanted wall", 15, (x, y, cells) => cells(x, y) + 2000 / (1 + Math.exp(280 + 0.4 * x - y))],
    ["cells, and a scratch", 15, (x, y, cells) => cells(x, y) + 1500 * bump((y - 0.02 * x - 400) ** 2)],
    ["a scratch across and one down", 15, (x, y) => 1500 * (bump((y - 400) ** 2) + bump((x - 130) ** 2))],
    ["stripes without noise", 0, (_, y) => rowsOf[y]],
  ]
  const outcomeOf = (scene: Scene, noise: number, seed: number) => {
    const next = uniform(seed)
    const cells = cellsOf(seed)
    const pitch = side * (1 - overlap)
    const truth = Array.from({ length: rows * columns }, (_, tile) => ({
      x: 50 + Math.round((tile % columns) * pitch + next() * 10 - 5),
      y: 50 + Math.round(Math.floor(tile / columns) * pitch + next() * 10 - 5),
    }))
    const data = new Uint16Array(truth.length * side * side)
    for (const [tile, { x, y }] of truth.entries()) {
      for (let at = 0; at < side * side; at++) {
        const light = scene(x + (at % side), y + Math.floor(at / side), cells)
        data[tile * side * side + at] = Math.max(0, Math.round(500 + light + (noise > 0 ? noise * normal(next) : 0)))
      }
    }
    const { edges, tiles } = registerTiles(
      { data, width: side, height: side, planes: truth.length },
      { rows, columns, overlapRatio: overlap, permutationSamples: 400 },
      { backend: wasm },
    )
    const good = tiles.filter(({ registered }) => registered)
    const [atX, atY] = [
      median(good.map(({ tile, xPx }) => xPx - truth[tile].x)),
      median(good.map(({ tile, yPx }) => yPx - truth[tile].y)),
    ]
    const off = good.map(({ tile, xPx, yPx }) => Math.hypot(xPx - truth[tile].x - atX, yPx - truth[tile].y - atY))
    return { wrong: off.filter((px) => px > 3).length, reasons: edges.map(({ reason }) => reason) }
  }

  it.each(scenes)("%s: no tile is registered where the line leaves it open", (_name, noise, scene) => {
    const outcomes = Array.from({ length: 8 }, (_, index) => outcomeOf(scene, noise, index + 1))
    expect(outcomes.map(({ wrong }) => wrong)).toEqual(outcomes.map(() => 0))
    expect(outcomes.flatMap(({ reasons }) => reasons)).toContain("pattern in one direction only")
  })

  it("a large grid of white noise has no registered tile more often than one in alpha", () => {
    let grids = 0
    for (let seed = 1; seed <= 8; seed++) {
      const next = uniform(7919 * seed)
      const data = Uint16Array.from({ length: 100 * 96 * 96 }, () =>
        Math.round(420 + 40 * (next() + next() + next() + next())),
      )
      const { tiles } = registerTiles(
        { data, width: 96, height: 96, planes: 100 },
        { rows: 10, columns: 10, overlapRatio: 0.15 },
        { backend: wasm },
      )
      if (tiles.some(({ registered }) => registered)) grids++
    }
    // Two ways at alpha 0.01 each and eight grids: more than one comes about once in a hundred times.
    expect(grids).toBeLessThanOrEqual(1)
  })
})

describe("patterns", () => {
  /** Light of a scene, cut out twice at the same place. */
  const picture = (size: number, light: (x: number, y: number) => number): Image => ({
    data: Float32Array.from({ length: size * 96 }, (_, at) => light(at % size, Math.floor(at / size))),
    width: size,
    height: 96,
  })
  const line = (angle: number, width: number) => (x: number, y: number) =>
    1000 * Math.exp(-(((x - 14) * Math.sin(angle) - (y - 48) * Math.cos(angle)) ** 2) / (2 * width ** 2))
  const dots = (width: number) => (x: number, y: number) =>
    [
      [9, 30],
      [20, 61],
      [14, 47],
    ].reduce((sum, [u = 0, v = 0]) => sum + 1000 * Math.exp(-((x - u) ** 2 + (y - v) ** 2) / (2 * width ** 2)), 0)

  it("of a line are straight at every angle, in narrow overlaps too", () => {
    for (const size of [16, 24, 96]) {
      for (let degrees = 0; degrees < 180; degrees += 7.5) {
        const one = picture(size, line((degrees * Math.PI) / 180, 1.5))
        expect(isStraight(one, one, 0), `${degrees} degrees, ${size} px`).toBe(true)
      }
    }
  })

  it("of spots are not, fine or coarse, whatever the whitening smooths away", () => {
    for (const width of [1, 2, 3]) {
      const one = picture(32, dots(width))
      for (const sigma of [0, 1, 2, 3]) expect(isStraight(one, one, sigma), `${width} px, sigma ${sigma}`).toBe(false)
    }
    // A line stays one.
    for (const sigma of [0, 1, 2, 3]) {
      const one = picture(32, line(0.3, 1.5))
      expect(isStraight(one, one, sigma), `line, sigma ${sigma}`).toBe(true)
    }
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
