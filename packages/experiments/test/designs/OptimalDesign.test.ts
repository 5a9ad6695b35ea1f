import { assert, describe, it } from "@effect/vitest"
import { readFileSync } from "node:fs"
import * as CandidateSet from "../../src/designs/CandidateSet.ts"
import { efficiencyOf } from "../../src/designs/Efficiency.ts"
import { modelMatrix } from "../../src/designs/ModelMatrix.ts"
import * as OptimalDesign from "../../src/designs/OptimalDesign.ts"
import * as LinearModel from "../../src/internal/linearModel.ts"
import * as MersenneTwister from "../../src/MersenneTwister.ts"
import { built, column, refused } from "./combinatorialStudy.ts"

interface Best {
  readonly runs: number
  readonly parameters: number
  readonly D: number
  readonly A: number
  readonly I: number
}

/** Made by test/reference/optimal_exhaustive.py: every multiset of candidates was tried with numpy. */
const best: {
  readonly two_level_main: ReadonlyArray<Best>
  readonly two_level_interactions: ReadonlyArray<Best>
  readonly quadratic: ReadonlyArray<Best>
  readonly quadratic_without_corner: ReadonlyArray<Best>
} = JSON.parse(readFileSync(new URL("../fixtures/optimal_exhaustive.json", import.meta.url), "utf8"))

const two = [-1, 1]
const three = [-1, 0, 1]
const cube = { a: two, b: two, c: two }
const plane = { a: three, b: three }

const cases = [
  ...best.two_level_main.map((found) => ({ ...found, model: "main effects", factors: cube })),
  ...best.two_level_interactions.map((found) => ({ ...found, model: "two-factor interactions", factors: cube })),
  ...best.quadratic.map((found) => ({ ...found, model: "quadratic", factors: plane })),
]

describe("optimal designs", () => {
  it.each(cases)("$model with $runs runs: D, A and I reach the best of all multisets", (found) => {
    const of = (criterion: string) =>
      built("optimal", { factors: found.factors, options: { model: found.model, runs: found.runs, criterion } }).report
    const p = found.parameters
    assert.closeTo(of("D").dEfficiency ?? 0, (100 * found.D ** (1 / p)) / found.runs, 1e-6)
    assert.closeTo(of("A").aEfficiency ?? 0, (100 * p) / (found.runs * found.A), 1e-6)
    assert.closeTo(of("I").iVariance ?? 0, found.I, 1e-8)
  })

  it.each(best.quadratic_without_corner)("with a corner ruled out, $runs runs still reach the best", (found) => {
    const search = (criterion: OptimalDesign.Criterion) => {
      const axes = ["a", "b"].map((name) =>
        LinearModel.numericAxis(
          name,
          three.map((number) => ({ value: number, number })),
          [-1, 1],
        ),
      )
      const terms = LinearModel.termsOf(axes, "quadratic")
      const candidates = CandidateSet.make([3, 3], ([a, b]) => !(a === 2 && b === 2))
      const all = (candidates.listed ?? []).map((choice) => OptimalDesign.rowOf(axes, terms, choice))
      const moments = LinearModel.information(all, terms.length).div(all.length)
      const made = OptimalDesign.search({
        axes,
        terms,
        criterion,
        moments,
        candidates,
        fixed: [],
        runs: found.runs,
        starts: 50,
        random: MersenneTwister.make(1),
      })
      if (made === undefined) throw new Error("none")
      assert.isFalse(made.choices.some(([a, b]) => a === 2 && b === 2))
      return made.after
    }
    assert.closeTo(Math.exp(search("D")), found.D, 1e-6 * found.D)
    assert.closeTo(-search("A"), found.A, 1e-8)
    assert.closeTo(-search("I"), found.I, 1e-8)
  })

  // Upper bounds of determinants of matrices of -1 and 1 of order n, all of them reached: Hadamard's n^(n/2) for 4, 8 and 12,
  // Barba's sqrt(2n - 1) (n - 1)^((n - 1)/2) for 5, and 2 (n - 1) (n - 2)^((n - 2)/2) of Ehlich and Wojtas for 6 and 10.
  it.each([
    [4, 16],
    [5, 48],
    [6, 160],
    [8, 4096],
    [10, 73_728],
    [12, 2_985_984],
  ])("a saturated two-level design of %i runs has the largest determinant %i", (n, determinant) => {
    const factors = Object.fromEntries(Array.from({ length: n - 1 }, (_, index) => [`f${index}`, two]))
    const { report } = built("optimal", { factors, options: { runs: n, starts: 200 } })
    assert.closeTo(report.dEfficiency ?? 0, (100 * determinant ** (2 / n)) / n, 1e-6)
  })

  it("the nine runs of the 3 x 3 quadratic have D-efficiency 46.2 percent", () => {
    // Hand calculation: |X'X| = 5184 for the 3^2 factorial, 5184^(1/6) / 9 = 0.46224.
    const { report, rows } = built("optimal", { factors: plane, options: { runs: 9, model: "quadratic" } })
    assert.closeTo(report.dEfficiency ?? 0, 46.224, 5e-4)
    assert.strictEqual(new Set(rows.map((row) => `${row.factors.get("a")} ${row.factors.get("b")}`)).size, 9)
    assert.strictEqual(report.model, "quadratic")
  })

  it.each(OptimalDesign.criteria)(
    "the report of a %s-optimal design agrees with the evaluation of two-level designs",
    (criterion) => {
      const factors = { a: three, b: three, c: three, d: three }
      const { report, rows } = built("optimal", { factors, options: { runs: 20, model: "quadratic", criterion } })
      // Efficiency.ts computes the same from eigenvalues and shares no code with the search.
      const names = Object.keys(factors)
      const coded = rows.map((row) => names.map((name) => Number(row.factors.get(name))))
      const other = efficiencyOf(modelMatrix({ columns: names, rows: coded }, "quadratic"))
      assert.closeTo(report.dEfficiency ?? 0, other.dEfficiency, 1e-8)
      assert.closeTo(report.aEfficiency ?? 0, other.aEfficiency, 1e-8)
      assert.closeTo(report.iVariance ?? 0, other.iVariance ?? -1, 1e-8)
    },
  )

  it("levels without order have effect coding: an orthogonal array has 100 percent", () => {
    const letters = ["x", "y", "z"]
    const { report, rows } = built("optimal", {
      factors: { a: letters, b: letters, c: letters, d: letters },
      options: { runs: 9 },
    })
    assert.closeTo(report.dEfficiency ?? 0, 100, 1e-6)
    assert.closeTo(report.aEfficiency ?? 0, 100, 1e-6)
    assert.strictEqual(new Set(rows.map((row) => `${row.factors.get("a")}${row.factors.get("b")}`)).size, 9)
  })

  it("a search never ends worse than where it started", () => {
    const axes = ["a", "b", "c"].map((name) =>
      LinearModel.numericAxis(
        name,
        three.map((number) => ({ value: number, number })),
        [-1, 1],
      ),
    )
    const terms = LinearModel.termsOf(axes, "quadratic")
    const candidates = CandidateSet.make([3, 3, 3], undefined)
    for (const criterion of OptimalDesign.criteria) {
      for (let seed = 0; seed < 30; seed++) {
        const found = OptimalDesign.search({
          axes,
          terms,
          criterion,
          moments: LinearModel.momentsOf(axes, terms),
          candidates,
          fixed: [],
          runs: 12,
          starts: 1,
          random: MersenneTwister.make(seed),
        })
        if (found?.before !== undefined) assert.isAtLeast(found.after, found.before)
      }
    }
  })

  it("runs that exist stay as they are and are added to", () => {
    const existing = [
      { a: -1, b: -1, c: -1 },
      { a: 1, b: 1, c: -1 },
      { a: 1, b: -1, c: 1 },
      { a: -1, b: 1, c: 1 },
    ]
    const given = { factors: cube, options: { existing, runs: 8, model: "two-factor interactions" } }
    const { report, rows } = built("optimal", given)
    assert.deepStrictEqual(
      rows.slice(0, 4).map((row) => Object.fromEntries(row.factors)),
      existing,
    )
    assert.deepStrictEqual(column(rows, "point_type"), [
      ...Array.from({ length: 4 }, () => "existing"),
      ...Array.from({ length: 4 }, () => "added"),
    ])
    // A half fraction and its fold-over are the full factorial.
    assert.closeTo(report.dEfficiency ?? 0, 100, 1e-6)
    const added = built("optimal", { ...given, options: { ...given.options, include_existing: false } })
    assert.strictEqual(added.rows.length, 4)
    assert.closeTo(added.report.dEfficiency ?? 0, 100, 1e-6)
  })

  it("bounds give a grid, whole numbers stay whole, and constant factors are kept", () => {
    const { rows } = built("optimal", {
      factors: { x: [0], n: [1, 2], c: ["only"] },
      dtypes: { n: "int" },
      options: { bounds: { x: [0, 10], n: [1, 4] }, runs: 8, model: "quadratic" },
    })
    assert.isTrue(column(rows, "n").every(Number.isInteger))
    assert.isTrue(column(rows, "x").every((x) => [0, 2.5, 5, 7.5, 10].includes(Number(x))))
    assert.isTrue(column(rows, "c").every((c) => c === "only"))
  })

  it("a quadratic design of 30 runs in six factors beats a random start and keeps its bound on the work", () => {
    const factors = Object.fromEntries("abcdef".split("").map((name) => [name, three]))
    const { report } = built("optimal", { factors, options: { runs: 30, model: "quadratic" } })
    // The central composite design on the faces with a half fraction (32 + 12 + 1 runs) has 44.80 percent:
    // numpy, exp(slogdet(X'X) / 28) / 45.
    assert.isAbove(report.dEfficiency ?? 0, 44.8)
    assert.strictEqual(report.measures?.["parameters"], 28)
  })

  it("blocks repeat the same runs, and randomize draws an order for each", () => {
    const { rows } = built("optimal", {
      factors: cube,
      blocks: { day: [1, 2] },
      options: { runs: 8 },
      spec: { randomize: true },
    })
    assert.strictEqual(rows.length, 16)
    const of = (day: number) =>
      rows.filter((row) => row.blocks.get("day") === day).map((row) => [...row.factors.values()].join(" "))
    assert.deepStrictEqual(of(1).sort(), of(2).sort())
  })

  it("constraints of the study rule out runs, and ones that exclude everything are refused", () => {
    const { rows } = built("optimal", {
      factors: plane,
      constraints: ["a + b < 2"],
      options: { runs: 8, model: "quadratic" },
    })
    assert.isFalse(rows.some((row) => row.factors.get("a") === 1 && row.factors.get("b") === 1))
    assert.include(
      refused("optimal", { factors: plane, constraints: ["a > 5"], options: { runs: 8 } }).message,
      "rule out every combination",
    )
    assert.include(
      refused("optimal", { factors: plane, constraints: ["a == b"], options: { runs: 8 } }).message,
      "cannot be estimated",
    )
  })

  it("impossible and hostile options are refused by name", () => {
    const of = (options: Record<string, unknown>, factors: Record<string, ReadonlyArray<number | string>> = cube) =>
      refused("optimal", { factors, options: options as Record<string, never> /* hostile on purpose */ }).message
    assert.include(of({}), "runs: is needed")
    assert.include(of({ runs: 3 }), "take at least 4")
    assert.include(of({ runs: 1e9 }), "from 1 to 2000")
    assert.include(of({ runs: 8, model: "cubic" }), "one of main effects, two-factor interactions, quadratic")
    assert.include(of({ runs: 8, model: "quadratic" }), "three settings")
    assert.include(of({ runs: 8, criterion: "E" }), "one of D, A, I")
    assert.include(of({ runs: 8, existing: [{ a: 1 }] }), 'has no "b"')
    assert.include(of({ runs: 8, existing: [{ a: 1, b: 1, c: 1, d: 1 }] }), '"d" is none of the factors')
    assert.include(of({ runs: 8, existing: [{ a: "x", b: 1, c: 1 }] }), "must be a number")
    assert.include(of({ runs: 8, existing: "x" }), "must be a list")
    assert.include(of({ runs: 8, starts: 0 }), "from 1 to 1000")
    assert.include(of({ runs: 8, runz: 1 }), "unknown option")
    assert.include(of({ runs: 8 }, { a: ["x"] }), "no factor has two levels")
    const wide = Object.fromEntries(Array.from({ length: 30 }, (_, index) => [`f${index}`, two]))
    assert.include(of({ runs: 2000, model: "two-factor interactions" }, wide), "466 parameters")
  })
})
