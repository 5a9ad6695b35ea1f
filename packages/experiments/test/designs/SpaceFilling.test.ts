import { assert, describe, it } from "@effect/vitest"
import { readFileSync } from "node:fs"
import * as Discrepancy from "../../src/designs/Discrepancy.ts"
import * as Halton from "../../src/designs/Halton.ts"
import * as LatinHypercube from "../../src/designs/LatinHypercube.ts"
import * as Sobol from "../../src/designs/Sobol.ts"
import * as MersenneTwister from "../../src/MersenneTwister.ts"
import * as Value from "../../src/Value.ts"
import { built, column, refused } from "./combinatorialStudy.ts"

/** Made by test/reference/space_filling.py with scipy.stats.qmc. */
const reference: {
  readonly sets: ReadonlyArray<{
    readonly points: ReadonlyArray<ReadonlyArray<number>>
    readonly CD: number
    readonly WD: number
    readonly MD: number
    readonly "L2-star": number
    readonly minimum_distance: number | null
  }>
  readonly lhs: ReadonlyArray<{
    readonly n: number
    readonly d: number
    readonly random_mean_cd: number
    readonly scipy_random_cd: number
  }>
  readonly maximin_squared: Readonly<Record<string, number>>
  readonly sobol_256: ReadonlyArray<ReadonlyArray<number>>
  readonly sobol_64_dimensions_point_1000: ReadonlyArray<number>
  readonly halton: ReadonlyArray<ReadonlyArray<number>>
  readonly halton_5000: ReadonlyArray<number>
} = JSON.parse(readFileSync(new URL("../fixtures/space_filling_reference.json", import.meta.url), "utf8"))

const none = { skip: 0, scramble: "none", random: MersenneTwister.make(0) } as const

/** Whether each box of 2^-a1 x 2^-a2 ... holds as many points as its share: the net property in two dimensions. */
const isNet = (points: Discrepancy.Points, exponent: number, shift: number, i: number, j: number): boolean => {
  for (let a = 0; a <= exponent - shift; a++) {
    const b = exponent - shift - a
    const counts = new Map<number, number>()
    for (const point of points) {
      const box = Math.floor((point[i] ?? 0) * 2 ** a) * 2 ** b + Math.floor((point[j] ?? 0) * 2 ** b)
      counts.set(box, (counts.get(box) ?? 0) + 1)
    }
    if (counts.size !== 2 ** (exponent - shift) || [...counts.values()].some((count) => count !== 2 ** shift))
      return false
  }
  return true
}

describe("discrepancies", () => {
  it("centered, wrap-around, mixture and L2-star agree with scipy to 1e-12", () => {
    for (const set of reference.sets) {
      const near = (ours: number, scipy: number) => assert.closeTo(ours, scipy, 1e-12 * Math.max(1, Math.abs(scipy)))
      near(Discrepancy.centered(set.points), set.CD)
      near(Discrepancy.wrapAround(set.points), set.WD)
      near(Discrepancy.mixture(set.points), set.MD)
      near(Discrepancy.star(set.points), set["L2-star"])
      if (set.minimum_distance !== null) near(Discrepancy.minimumDistance(set.points), set.minimum_distance)
    }
  })

  it("the largest correlation of columns is that of hand calculation", () => {
    // Columns 0 1 2 and 0 2 1: correlation 0.5; a constant column has none.
    assert.closeTo(
      Discrepancy.maximumCorrelation([
        [0, 0, 7],
        [1, 2, 7],
        [2, 1, 7],
      ]),
      0.5,
      1e-12,
    )
    assert.strictEqual(Discrepancy.maximumCorrelation([[1], [2]]), 0)
  })
})

describe("Sobol's sequence", () => {
  it("256 unscrambled points in 21 dimensions are scipy's exactly", () => {
    const points = Sobol.points(256, 21, none)
    assert.deepStrictEqual(
      points.map((point) => [...point].map((x) => x * 256)),
      reference.sobol_256.map((point) => [...point]),
    )
  })

  it("point 1000 in 64 dimensions is scipy's, reached by skipping", () => {
    const [point] = Sobol.points(1, 64, { ...none, skip: 1000 })
    assert.deepStrictEqual([...(point ?? [])], [...reference.sobol_64_dimensions_point_1000])
  })

  it.each(["owen", "digital_shift", "none"] as const)(
    "%s: the first two dimensions stay a (0, m, 2)-net",
    (scramble) => {
      for (const seed of [1, 2, 3]) {
        const points = Sobol.points(256, 6, { skip: 0, scramble, random: MersenneTwister.make(seed) })
        assert.isTrue(isNet(points, 8, 0, 0, 1))
        for (let k = 0; k < 6; k++) {
          assert.strictEqual(new Set(points.map((point) => Math.floor((point[k] ?? 0) * 256))).size, 256)
        }
        assert.isTrue(points.every((point) => point.every((x) => x >= 0 && x < 1)))
      }
    },
  )

  it("scrambled points differ by seed and have the mean of the cube", () => {
    const of = (seed: number) => Sobol.points(8, 2, { skip: 0, scramble: "owen", random: MersenneTwister.make(seed) })
    assert.notDeepEqual(of(1), of(2))
    let sum = 0
    for (let seed = 0; seed < 2000; seed++) sum += of(seed)[0]?.[1] ?? 0
    // A uniform coordinate: standard error of the mean of 2000 is 0.0065.
    assert.closeTo(sum / 2000, 0.5, 0.026)
  })
})

describe("Halton's sequence", () => {
  it("64 unscrambled points in 20 dimensions, and point 5000, are scipy's to 1e-15", () => {
    const points = Halton.points(64, 20, { ...none, leap: 1 })
    for (const [index, point] of reference.halton.entries()) {
      for (const [k, x] of point.entries()) assert.closeTo(points[index]?.[k] ?? -1, x, 1e-15)
    }
    const [far] = Halton.points(1, 20, { ...none, skip: 5000, leap: 1 })
    for (const [k, x] of reference.halton_5000.entries()) assert.closeTo(far?.[k] ?? -1, x, 1e-15)
  })

  it("the first primes are the bases", () => {
    assert.deepStrictEqual([...Halton.primes(10)], [2, 3, 5, 7, 11, 13, 17, 19, 23, 29])
  })

  it("scrambled points fill the slices of each base evenly and stay below 1", () => {
    const points = Halton.points(900, 3, { ...none, scramble: "permutations", leap: 1 })
    for (const [k, base] of [2, 3, 5].entries()) {
      const counts = Array.from({ length: base * base }, () => 0)
      for (const point of points) {
        const slice = Math.floor((point[k] ?? 0) * base * base)
        counts[slice] = (counts[slice] ?? 0) + 1
      }
      assert.isTrue(
        counts.every((count) => count === 900 / (base * base)),
        String(counts),
      )
    }
  })
})

describe("Latin hypercubes", () => {
  it("plain and spread points have one point in each slice, centred or not", () => {
    for (const position of LatinHypercube.positions) {
      for (const [n, d] of [
        [1, 1],
        [2, 3],
        [7, 2],
        [40, 5],
      ] as const) {
        const points = LatinHypercube.plain(n, d, position, MersenneTwister.make(n))
        assert.isTrue(LatinHypercube.isStratified(points))
        for (const criterion of ["maximin", "centered_discrepancy"] as const) {
          const moved = points.map((point) => point.slice())
          LatinHypercube.spread(moved, criterion, MersenneTwister.make(9))
          assert.isTrue(LatinHypercube.isStratified(moved))
          for (let k = 0; k < d; k++) {
            assert.deepStrictEqual(
              moved.map((point) => point[k] ?? 0).sort(),
              points.map((point) => point[k] ?? 0).sort(),
            )
          }
        }
      }
    }
  })

  it("discrepancy-optimised points are as good as scipy's random-cd", () => {
    for (const { n, d, random_mean_cd, scipy_random_cd } of reference.lhs) {
      const reached = Math.min(
        ...[1, 2, 3].map((seed) => {
          const points = LatinHypercube.plain(n, d, "centered", MersenneTwister.make(seed))
          LatinHypercube.spread(points, "centered_discrepancy", MersenneTwister.make(seed))
          return Discrepancy.centered(points)
        }),
      )
      assert.isBelow(reached, random_mean_cd)
      assert.isBelow(reached, scipy_random_cd * 1.02)
    }
  })

  it("spreading never makes the criterion worse", () => {
    for (let seed = 0; seed < 20; seed++) {
      const points = LatinHypercube.plain(12, 3, "random", MersenneTwister.make(seed))
      const moved = points.map((point) => point.slice())
      LatinHypercube.spread(moved, "centered_discrepancy", MersenneTwister.make(seed))
      assert.isAtMost(Discrepancy.centered(moved), Discrepancy.centered(points))
    }
  })

  it("maximin points of small squares reach the best of all permutations", () => {
    for (const [text, squared] of Object.entries(reference.maximin_squared)) {
      const n = Number(text)
      let reached = 0
      for (let seed = 0; seed < 4; seed++) {
        const points = LatinHypercube.plain(n, 2, "centered", MersenneTwister.make(seed))
        LatinHypercube.spread(points, "maximin", MersenneTwister.make(seed + 1))
        reached = Math.max(reached, Math.round((Discrepancy.minimumDistance(points) * n) ** 2))
      }
      assert.strictEqual(reached, squared, `n = ${n}`)
    }
  })
})

describe("space-filling designs of a study", () => {
  const factors = { x: [0, 1], y: [10, 20], kind: ["a", "b", "c"], size: [1, 9] }
  const given = { factors, dtypes: { size: "int" }, spec: { nSamples: 27 } }

  it.each(["space_filling_latin_hypercube", "sobol", "halton"] as const)("%s maps coordinates to values", (kind) => {
    const { report, rows } = built(kind, given)
    assert.strictEqual(rows.length, 27)
    for (const row of rows) {
      assert.isTrue(Value.isFloat(row.factors.get("x")))
      const y = Value.toNumber(row.factors.get("y")) ?? 0
      assert.isTrue(y >= 10 && y <= 20)
      assert.isTrue(Value.isInteger(row.factors.get("size")))
    }
    assert.strictEqual(new Set(column(rows, "size")).size, 9)
    assert.deepStrictEqual([...new Set(column(rows, "kind"))].sort(), ["a", "b", "c"])
    assert.deepStrictEqual([...(rows[0]?.factors.keys() ?? [])], ["x", "y", "kind", "size"])
    assert.isAbove(report.measures?.["minimum_distance"] ?? 0, 0)
    assert.deepStrictEqual(built(kind, given).rows, rows)
  })

  it("levels and whole numbers of a hypercube are used equally often", () => {
    const { rows } = built("space_filling_latin_hypercube", given)
    for (const [name, each] of [
      ["kind", 9],
      ["size", 3],
    ] as const) {
      const counts = Map.groupBy(column(rows, name), (value) => value)
      assert.isTrue([...counts.values()].every((list) => list.length === each))
    }
  })

  it("bounds win over levels, and discrete keeps numbers at their levels", () => {
    const { rows } = built("space_filling_latin_hypercube", {
      factors: { x: [0, 1], dose: [1, 10, 100] },
      options: { bounds: { x: [-5, -4] }, discrete: ["dose"] },
      spec: { nSamples: 9 },
    })
    assert.isTrue(column(rows, "x").every((x) => Number(x) >= -5 && Number(x) <= -4))
    assert.deepStrictEqual(
      column(rows, "dose")
        .map(Number)
        .sort((a, b) => a - b),
      [1, 1, 1, 10, 10, 10, 100, 100, 100],
    )
  })

  it("unscrambled Sobol points of a study are the sequence itself", () => {
    const { rows } = built("sobol", {
      factors: { x: [0, 1], y: [0, 1] },
      options: { scramble: "none" },
      spec: { nSamples: 4 },
    })
    assert.deepStrictEqual(column(rows, "x"), [0, 0.5, 0.75, 0.25])
    assert.deepStrictEqual(column(rows, "y"), [0, 0.5, 0.25, 0.75])
    assert.isTrue(rows[0]?.factors.get("x") instanceof Value.Float)
  })

  it("a number of points that is no power of two says what is near", () => {
    const { report } = built("sobol", { ...given, spec: { nSamples: 100 } })
    assert.isTrue(report.notes.some((note) => note.includes("64 or 128")))
    const even = built("sobol", { ...given, spec: { nSamples: 64 } }).report
    assert.isFalse(even.notes.some((note) => note.includes("less even")))
  })

  it("blocks use the same points, replicates and centre points follow, and all of them are shuffled on request", () => {
    const { rows } = built("halton", {
      factors: { x: [0, 1] },
      blocks: { site: ["n", "s"] },
      spec: { nSamples: 4, replicates: 2, centerPoints: 1, randomize: true },
    })
    assert.strictEqual(rows.length, 18)
    const of = (site: string) =>
      column(
        rows.filter((row) => row.blocks.get("site") === site),
        "x",
      )
    assert.deepStrictEqual([...of("n")].sort(), [...of("s")].sort())
    assert.notDeepEqual(of("n"), of("s"))
    assert.strictEqual(of("n").filter((x) => x === 0.5).length >= 1, true)
  })

  it("impossible and hostile options are refused by name", () => {
    const x = { x: [0, 1] }
    assert.include(refused("sobol", { factors: x }).option, "n_samples")
    assert.include(refused("sobol", { factors: x, spec: { nSamples: 1e9 } }).message, "at most 200000")
    assert.include(refused("sobol", { spec: { nSamples: 4 } }).message, "no factor varies")
    assert.include(
      refused("halton", { factors: x, spec: { nSamples: 4 }, options: { bounds: { z: [0, 1] } } }).message,
      '"z" is none of the factors x',
    )
    for (const bad of [[1, 0], [0, 0], [0], [0, "1"], [-Infinity, 0], [NaN, 1]]) {
      assert.include(
        refused("halton", { factors: x, spec: { nSamples: 4 }, options: { bounds: { x: bad } } }).message,
        "low below high",
      )
    }
    assert.include(
      refused("halton", { factors: { x: [0, 1], y: [0, 1] }, spec: { nSamples: 4 }, options: { leap: 9 } }).message,
      "multiple of the base 3",
    )
    assert.include(
      refused("sobol", { factors: x, spec: { nSamples: 4 }, options: { scramble: "owe" } }).message,
      "one of owen, digital_shift, none",
    )
    const many = Object.fromEntries(Array.from({ length: 65 }, (_, index) => [`x${index}`, [0, 1]]))
    assert.include(refused("sobol", { factors: many, spec: { nSamples: 4 } }).message, "at most 64 dimensions")
    assert.include(
      refused("sobol", { factors: { x: ["a", "b"] }, spec: { nSamples: 4, centerPoints: 1 } }).message,
      "without a middle",
    )
    assert.include(
      refused("sobol", { factors: { x: ["a", "b"] }, options: { bounds: { x: [0, 1] } }, spec: { nSamples: 4 } })
        .message,
      "no numbers",
    )
  })

  it("one point and 20,000 points are built", () => {
    assert.strictEqual(
      built("space_filling_latin_hypercube", { factors: { x: [0, 1] }, spec: { nSamples: 1 } }).rows.length,
      1,
    )
    const { report, rows } = built("space_filling_latin_hypercube", { ...given, spec: { nSamples: 20_000 } })
    assert.strictEqual(rows.length, 20_000)
    assert.strictEqual(report.balance.find(({ column: name }) => name === "x")?.ratio, null)
    assert.isUndefined(report.measures?.["minimum_distance"])
  })
})
