import { describe, expect, it } from "vitest"
import type { Stack } from "../src/Image.ts"
import { ImagingError } from "../src/ImagingError.ts"
import { permutationErrors, registerTiles, type TileParameters, type TileRegistration } from "../src/RegisterTiles.ts"
import { backends, wasm } from "./backends.ts"
import { readUint16 } from "./npy.ts"
import { between, normal, uniform } from "./random.ts"

const side = 96
const golden: Stack<Uint16Array> = { data: readUint16("plates/tiles_in.npy"), width: side, height: side, planes: 4 }
const goldenParameters: TileParameters = { rows: 2, columns: 2, overlapRatio: 0.25, pixelSizeUm: 1, maxShiftUm: 15 }
/** True positions of the golden tiles. */
const truth = [
  [0, 0],
  [73, 2],
  [1, 71],
  [75, 73],
] as const

/** The stack's planes in another order, or some of them. */
const planesOf = <S extends Stack<Uint16Array>>(tiles: S, planes: ReadonlyArray<number>): Stack<Uint16Array> => {
  const size = tiles.width * tiles.height
  const data = new Uint16Array(planes.length * size)
  for (const [to, from] of planes.entries()) data.set(tiles.data.subarray(from * size, (from + 1) * size), to * size)
  return { ...tiles, data, planes: planes.length }
}

/** Positions less that of one tile. */
const relative = ({ tiles }: TileRegistration, to = 0): ReadonlyArray<readonly [number, number]> =>
  tiles.map(({ xPx, yPx }) => [xPx - (tiles[to]?.xPx ?? 0), yPx - (tiles[to]?.yPx ?? 0)])

const expectNear = (
  found: ReadonlyArray<readonly [number, number]>,
  expected: ReadonlyArray<readonly [number, number]>,
  within: number,
): void => {
  expect(found.length).toBe(expected.length)
  for (const [index, [x, y]] of expected.entries()) {
    expect(Math.abs((found[index]?.[0] ?? Number.NaN) - x), `x of tile ${index}`).toBeLessThanOrEqual(within)
    expect(Math.abs((found[index]?.[1] ?? Number.NaN) - y), `y of tile ${index}`).toBeLessThanOrEqual(within)
  }
}

interface Scene {
  readonly tiles: Stack<Uint16Array>
  /** In the order of the grid's rows. */
  readonly positions: ReadonlyArray<readonly [number, number]>
}

/** A field of soft texture, cut into tiles that the stage has put `jitter` pixels off, with noise of its own in each tile. */
const field = (
  rows: number,
  columns: number,
  size: number,
  overlap: number,
  jitter: number,
  noise: number,
  seed: number,
): Scene => {
  const next = uniform(seed)
  const pitch = Math.round(size * (1 - overlap))
  const [width, height] = [pitch * columns + size + 2 * jitter, pitch * rows + size + 2 * jitter]
  const raw = Float64Array.from({ length: width * height }, () => next())
  const at = (x: number, y: number) => raw[((y + height) % height) * width + ((x + width) % width)]
  const soft = raw.map((_, index) => {
    const [x, y] = [index % width, Math.floor(index / width)]
    let sum = 0
    for (let v = -1; v <= 1; v++) for (let u = -1; u <= 1; u++) sum += at(x + u, y + v)
    return sum / 9
  })
  const positions = Array.from({ length: rows * columns }, (_, index): readonly [number, number] => [
    jitter + (index % columns) * pitch + between(next, -jitter, jitter),
    jitter + Math.floor(index / columns) * pitch + between(next, -jitter, jitter),
  ])
  const data = new Uint16Array(rows * columns * size * size)
  for (const [plane, [left, top]] of positions.entries()) {
    for (let index = 0; index < size * size; index++) {
      const value = soft[(top + Math.floor(index / size)) * width + left + (index % size)]
      data[plane * size * size + index] = Math.max(0, Math.round(2000 + 20_000 * value + noise * normal(next)))
    }
  }
  return { tiles: { data, width: size, height: size, planes: rows * columns }, positions }
}

/** Numbers in um are pixels. */
const few: Partial<TileParameters> = { permutationSamples: 100, pixelSizeUm: 1 }

describe.each(backends)("registration of tiles on %s", (_name, backend) => {
  it("AC-61: puts the golden tiles within 0.05 px of where they are", () => {
    const found = registerTiles(golden, { ...goldenParameters, permutationSamples: 300 }, { backend })
    expectNear(relative(found), truth, 0.05)
    expect(Math.min(...found.tiles.map(({ xPx }) => xPx))).toBe(0)
    expect(Math.min(...found.tiles.map(({ yPx }) => yPx))).toBe(0)
    expect(found.tiles.every(({ placed, registered }) => registered && placed === "edges")).toBe(true)
    expect(found.edges.map(({ reason, registered }) => [registered, reason])).toEqual(Array(4).fill([true, ""]))
    expect(found.maxErrorSource).toBe("permutation")
  })

  it("AC-62: leaves constant tiles on the nominal grid and flags every edge", () => {
    const flat = { ...golden, data: new Uint16Array(golden.data.length).fill(777) }
    const { edges, tiles } = registerTiles(flat, goldenParameters, { backend })
    expect(tiles.map(({ xPx, yPx }) => [xPx, yPx])).toEqual([
      [0, 0],
      [72, 0],
      [0, 72],
      [72, 72],
    ])
    expect(tiles.every(({ placed, registered }) => !registered && placed === "nominal")).toBe(true)
    expect(edges.length).toBe(4)
    for (const edge of edges) {
      expect(edge.registered).toBe(false)
      expect(edge.reason).toBe("constant tile")
      expect([edge.offsetXPx, edge.offsetYPx, edge.error]).toEqual([Number.NaN, Number.NaN, Number.NaN])
    }
  })

  it.each([
    ["snake", [0, 1, 3, 2]],
    ["column_major", [0, 2, 1, 3]],
    ["column_snake", [0, 2, 3, 1]],
  ] as const)("AC-66: gives the same positions for tiles taken in the order %s", (order, planes) => {
    const found = registerTiles(planesOf(golden, planes), { ...goldenParameters, ...few, order }, { backend })
    expectNear(
      relative(found),
      planes.map((plane) => truth[plane] ?? [Number.NaN, Number.NaN]),
      0.05,
    )
    expect(found.tiles.map(({ column, row }) => row * 2 + column)).toEqual(planes)
  })

  it.each([0, 1, 2, 3])("AC-66: gives the same relative positions without tile %i", (absent) => {
    const left = [0, 1, 2, 3].filter((plane) => plane !== absent)
    const found = registerTiles(planesOf(golden, left), { ...goldenParameters, ...few, missing: [absent] }, { backend })
    const [x, y] = truth[left[0] ?? 0] ?? [0, 0]
    const expected = left.map((plane): readonly [number, number] => [
      (truth[plane]?.[0] ?? 0) - x,
      (truth[plane]?.[1] ?? 0) - y,
    ])
    expectNear(relative(found), expected, 0.05)
    expect(found.edges.length).toBe(2)
  })

  it("gives micrometres beside pixels, and takes the largest shift in micrometres", () => {
    const parameters = { ...goldenParameters, ...few, pixelSizeUm: 0.65, maxShiftUm: 15 * 0.65 }
    const found = registerTiles(golden, parameters, { backend })
    expectNear(relative(found), truth, 0.05)
    for (const { xPx, xUm, yPx, yUm } of found.tiles) expect([xUm, yUm]).toEqual([xPx * 0.65, yPx * 0.65])
    const strict = registerTiles(golden, { ...goldenParameters, ...few, maxShiftUm: 0.8 }, { backend })
    expect(strict.edges.every(({ registered }) => !registered)).toBe(true)
    expect(strict.edges.some(({ reason }) => reason === "beyond maxShift")).toBe(true)
  })

  it("without a pixel size gives positions in pixels alone, takes 15 px as largest shift and refuses one in um", () => {
    const { pixelSizeUm: _, maxShiftUm: __, ...without } = { ...goldenParameters, permutationSamples: 100 }
    const found = registerTiles(golden, without, { backend })
    expectNear(relative(found), truth, 0.05)
    for (const { xUm, yUm } of found.tiles) expect([xUm, yUm]).toEqual([Number.NaN, Number.NaN])
    const inPixels = registerTiles(golden, { ...without, pixelSizeUm: 1, maxShiftUm: 15 }, { backend })
    expect(found.edges).toEqual(inPixels.edges)
    const refused = () => registerTiles(golden, { ...without, maxShiftUm: 15 }, { backend })
    expect(refused).toThrow("maxShiftUm must be left out, or given with pixelSizeUm")
    // 15 um are 30 px of 0.5 um: what is left out is still meant in um where a pixel size is given.
    const wide = registerTiles(golden, { ...without, pixelSizeUm: 0.5 }, { backend })
    expect(wide.edges).toEqual(registerTiles(golden, { ...without, pixelSizeUm: 1, maxShiftUm: 30 }, { backend }).edges)
  })

  it("gives an error for every offset and none without one, never an infinite one", () => {
    const { tiles } = field(3, 3, 48, 0.15, 3, 4000, 17)
    const data = Uint16Array.from(tiles.data)
    data.fill(900, 4 * 48 * 48, 5 * 48 * 48)
    let without = 0
    for (const maxShiftUm of [0.2, 1, 3, 8, 40]) {
      const found = registerTiles({ ...tiles, data }, { ...few, rows: 3, columns: 3, maxShiftUm }, { backend })
      for (const { error, offsetXPx, offsetYPx, reason, shiftXPx, shiftYPx } of found.edges) {
        const numbers = [offsetXPx, offsetYPx, shiftXPx, shiftYPx, error]
        const isFound = !Number.isNaN(offsetXPx)
        expect(
          numbers.every((value) => (isFound ? Number.isFinite(value) : Number.isNaN(value))),
          String(numbers),
        ).toBe(true)
        if (!isFound && reason !== "constant tile") without++
      }
    }
    expect(without).toBeGreaterThan(0)
  })

  it("gives no offset where the common pixels do not correlate at all", () => {
    const correlate = () => ({ shiftX: 0, shiftY: 0, peak: -0.1, blank: false })
    const opposed = { ...backend, registration: { ...backend.registration, correlate } }
    const { edges, tiles } = registerTiles(golden, { ...goldenParameters, ...few }, { backend: opposed })
    for (const { error, offsetXPx, reason, registered, shiftYPx } of edges) {
      expect([offsetXPx, shiftYPx, error, registered, reason]).toEqual([
        Number.NaN,
        Number.NaN,
        Number.NaN,
        false,
        "not confident",
      ])
    }
    expect(tiles.every(({ placed }) => placed === "nominal")).toBe(true)
  })

  it("finds the positions in a larger grid with a stage that is off by 6 px and noise in every tile", () => {
    const { positions, tiles } = field(3, 4, 80, 0.25, 3, 300, 11)
    const parameters = { ...few, rows: 3, columns: 4, overlapRatio: 0.25, maxShiftUm: 10 }
    const found = registerTiles(tiles, parameters, { backend })
    const [x, y] = positions[0] ?? [0, 0]
    expectNear(
      relative(found),
      positions.map(([left, top]) => [left - x, top - y]),
      0.25,
    )
    expect(found.tiles.every(({ registered }) => registered)).toBe(true)
  })

  it("lets one bad tile not disturb the others, and flags it", () => {
    const { positions, tiles } = field(3, 3, 80, 0.25, 3, 100, 5)
    const size = 80 * 80
    const next = uniform(99)
    for (const [kind, bad] of [
      ["constant", () => 500],
      ["noise", () => Math.floor(next() * 60_000)],
    ] as const) {
      const data = Uint16Array.from(tiles.data)
      for (let index = 4 * size; index < 5 * size; index++) data[index] = bad()
      const parameters = { ...few, rows: 3, columns: 3, overlapRatio: 0.25, maxShiftUm: 10 }
      const found = registerTiles({ ...tiles, data }, parameters, { backend })
      const [x, y] = positions[0] ?? [0, 0]
      const others = [0, 1, 2, 3, 5, 6, 7, 8]
      expectNear(
        relative(found).filter((_, index) => index !== 4),
        others.map((index) => [(positions[index]?.[0] ?? 0) - x, (positions[index]?.[1] ?? 0) - y]),
        0.25,
      )
      expect(found.tiles.map(({ registered }) => registered)).toEqual(found.tiles.map(({ tile }) => tile !== 4))
      expect(found.tiles[4]?.placed).toBe("model")
      // The model of the stage: as near as the stage's own errors let it be.
      expectNear([relative(found)[4] ?? [0, 0]], [[(positions[4]?.[0] ?? 0) - x, (positions[4]?.[1] ?? 0) - y]], 8)
      const atBad = found.edges.filter(({ first, second }) => first === 4 || second === 4)
      expect(atBad.map(({ registered }) => registered)).toEqual([false, false, false, false])
      if (kind === "constant") expect(atBad.every(({ reason }) => reason === "constant tile")).toBe(true)
    }
  })

  it("takes edges of tiles that have nothing in common for good no more often than alpha lets expect", () => {
    let good = 0
    for (let seed = 1; seed <= 8; seed++) {
      const next = uniform(seed)
      const data = Uint16Array.from({ length: 4 * 48 * 48 }, () => Math.floor(next() * 50_000))
      const tiles = { data, width: 48, height: 48, planes: 4 }
      const found = registerTiles(tiles, { ...goldenParameters, ...few }, { backend })
      good += found.edges.filter(({ registered }) => registered).length
      const flagged = found.edges.filter(({ registered }) => !registered)
      expect(flagged.every(({ reason }) => reason !== "")).toBe(true)
    }
    // 32 edges at alpha 0.01: more than 3 would come about once in ten thousand times.
    expect(good).toBeLessThanOrEqual(3)
  })

  it("takes a single row, a single column and a single tile", () => {
    const { positions, tiles } = field(1, 4, 72, 0.3, 2, 50, 8)
    const row = registerTiles(tiles, { ...few, rows: 1, columns: 4, overlapRatio: 0.3, maxShiftUm: 8 }, { backend })
    const [x, y] = positions[0] ?? [0, 0]
    expectNear(
      relative(row),
      positions.map(([left, top]) => [left - x, top - y]),
      0.2,
    )
    const column = field(3, 1, 72, 0.3, 2, 50, 9)
    const found = registerTiles(
      column.tiles,
      { ...few, rows: 3, columns: 1, overlapRatio: 0.3, maxShiftUm: 8 },
      { backend },
    )
    const [u, v] = column.positions[0] ?? [0, 0]
    expectNear(
      relative(found),
      column.positions.map(([left, top]) => [left - u, top - v]),
      0.2,
    )
    const one = registerTiles(planesOf(tiles, [0]), { rows: 1, columns: 1 }, { backend })
    expect(one.tiles.map(({ placed, xPx, yPx }) => [placed, xPx, yPx])).toEqual([["nominal", 0, 0]])
    expect(one.edges).toEqual([])
  })

  it("without permutations judges by white noise, and says so", () => {
    const found = registerTiles(golden, { ...goldenParameters, permutationSamples: 0 }, { backend })
    expect([found.maxErrorSource, found.permutations]).toEqual(["noise", 0])
    expectNear(relative(found), truth, 0.05)
  })

  it("takes 8-bit and float tiles as well", () => {
    const bytes = { ...golden, data: Uint8Array.from(golden.data, (value) => value >> 8) }
    const floats = { ...golden, data: Float32Array.from(golden.data, (value) => value / 65_535) }
    for (const tiles of [bytes, floats]) {
      expectNear(relative(registerTiles(tiles, { ...goldenParameters, ...few }, { backend })), truth, 0.1)
    }
  })

  it("refuses hostile arguments and names them", () => {
    const run =
      (parameters: Partial<TileParameters>, tiles: Stack = golden) =>
      () =>
        registerTiles(tiles, { ...goldenParameters, ...parameters }, { backend })
    // A caller without types may give anything.
    const given = (value: unknown) => value as never
    const known = (changes: Readonly<Record<number, unknown>>) => () => {
      const errors = Object.assign(Array<number>(1000).fill(Number.NaN), changes)
      return registerTiles(golden, goldenParameters, { backend, permutationErrors: errors })
    }
    expect(known({ 0: 0 })).not.toThrow()
    const bad: ReadonlyArray<readonly [string, () => unknown]> = [
      ["rows", run({ rows: 0 })],
      ["columns", run({ columns: Number.NaN })],
      ["overlapRatio", run({ overlapRatio: 1 })],
      ["overlapRatio", run({ overlapRatio: -0.1 })],
      ["pixelSizeUm", run({ pixelSizeUm: 0 })],
      ["maxShiftUm", run({ maxShiftUm: -1 })],
      ["alpha", run({ alpha: 0 })],
      ["missing", run({ missing: [4] })],
      ["missing", run({ missing: [0.5] })],
      ["tiles.planes", run({ rows: 3 })],
      ["tiles.planes", run({ missing: [1] })],
      ["tiles.data", run({}, { ...golden, width: 95 })],
      ["tiles.data", run({}, { data: new Float32Array(16).fill(Number.NaN), width: 2, height: 2, planes: 4 })],
      // A caller without types may give any text.
      ["order", run({ order: "spiral" as "snake" })],
      ["permutationErrors", () => registerTiles(golden, goldenParameters, { backend, permutationErrors: [1] })],
      ["permutationErrors[3]", known({ 3: -0.1 })],
      ["permutationErrors[7]", known({ 7: "a" })],
      ["permutationErrors", () => registerTiles(golden, goldenParameters, { backend, permutationErrors: given(7) })],
      ["options.backnd", () => registerTiles(golden, goldenParameters, given({ backnd: backend }))],
      ["options.into", () => registerTiles(golden, goldenParameters, given({ backend, into: new Uint16Array(4) }))],
      ["options", () => registerTiles(golden, goldenParameters, given(backend))],
      ["options", () => registerTiles(golden, goldenParameters, given(null))],
      ["options.backend", () => permutationErrors(golden, goldenParameters, { from: 0, to: 1 }, given({ backend: 1 }))],
      [
        "options.permutationErrors",
        () => permutationErrors(golden, goldenParameters, { from: 0, to: 1 }, given({ permutationErrors: [] })),
      ],
      ["from", () => permutationErrors(golden, goldenParameters, { from: -1, to: 3 }, { backend })],
      ["to", () => permutationErrors(golden, goldenParameters, { from: 0, to: 1001 }, { backend })],
    ]
    for (const [name, call] of bad) {
      expect(call).toThrow(ImagingError)
      expect(call).toThrow(name)
    }
  })

  it("takes tiles of a few pixels without failing", () => {
    for (const [width, height] of [
      [1, 1],
      [2, 5],
      [7, 3],
      [9, 9],
    ] as const) {
      const next = uniform(width)
      const data = Uint16Array.from({ length: 4 * width * height }, () => between(next, 0, 999))
      const found = registerTiles(
        { data, width, height, planes: 4 },
        { rows: 2, columns: 2, permutationSamples: 20, pixelSizeUm: 1, maxShiftUm: 100 },
        { backend },
      )
      expect(found.tiles.every(({ xPx, yPx }) => Number.isFinite(xPx) && Number.isFinite(yPx))).toBe(true)
    }
  })
})

describe("both backends", () => {
  it("give the same registration to the bit", () => {
    const { tiles } = field(2, 3, 60, 0.3, 2, 200, 21)
    const parameters = { ...few, rows: 2, columns: 3, overlapRatio: 0.3, maxShiftUm: 8 }
    const found = registerTiles(tiles, parameters, { backend: wasm })
    expect(found).toEqual(registerTiles(tiles, parameters))
    expect(wasm.heldBytes()).toBe(0)
  })

  it("give the same when other workers have compared the strips, in any parts", () => {
    const parameters = { ...goldenParameters, permutationSamples: 90 }
    const whole = registerTiles(golden, parameters, { backend: wasm })
    const parts = [
      [0, 13],
      [13, 60],
      [60, 90],
    ] as const
    const errors = parts.flatMap(([from, to]) =>
      Array.from(permutationErrors(golden, parameters, { from, to }, { backend: wasm })),
    )
    expect(registerTiles(golden, parameters, { backend: wasm, permutationErrors: errors })).toEqual(whole)
  })

  it("give another threshold for another seed, and the same for the same", () => {
    const maxError = (seed: number) =>
      registerTiles(golden, { ...goldenParameters, ...few, seed }, { backend: wasm }).maxError
    expect(maxError(1)).toBe(maxError(1))
    expect(maxError(1)).not.toBe(maxError(2))
  })
})
