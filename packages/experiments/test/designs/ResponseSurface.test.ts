import { assert, describe, it } from "@effect/vitest"
import { Result } from "effect"
import { readFileSync } from "node:fs"
import { boxBehnken, boxBehnkenFactors } from "../../src/designs/BoxBehnken.ts"
import { alphaKinds, centralComposite } from "../../src/designs/CentralComposite.ts"
import { efficiencyOf } from "../../src/designs/Efficiency.ts"
import { type ModelName, modelMatrix, termsCount, termsOf } from "../../src/designs/ModelMatrix.ts"
import { generatorsOf } from "../../src/designs/TwoLevelFraction.ts"

const fixture: {
  readonly box_behnken_3_without_center: ReadonlyArray<ReadonlyArray<number>>
  readonly ccd_rotatable_alpha: Readonly<Record<string, number>>
} = JSON.parse(readFileSync(new URL("../fixtures/beyond_designs.json", import.meta.url), "utf8"))

const composite = (options: Parameters<typeof centralComposite>[0]) => Result.getOrThrow(centralComposite(options))

describe("central composite designs", () => {
  it("the rotatable distances are those of the fixture", () => {
    const alphas = Object.entries(fixture.ccd_rotatable_alpha)
    assert.strictEqual(alphas.length, 4)
    for (const [factors, alpha] of alphas) {
      assert.closeTo(composite({ factors: Number(factors), core: "full" }).axial, alpha, 1e-15)
    }
    assert.strictEqual(composite({ factors: 2 }).axial, 1.4142135623730951)
    assert.strictEqual(composite({ factors: 3 }).axial, 1.681792830507429)
  })

  it("distances for fractional cores, orthogonal squares and orthogonal blocks are the published ones", () => {
    // NIST handbook 5.3.3.6.1: half fractions of 5, 6, 7 factors.
    assert.closeTo(composite({ factors: 5 }).axial, 2, 1e-12)
    assert.closeTo(composite({ factors: 6 }).axial, 2.378, 5e-4)
    assert.closeTo(composite({ factors: 7 }).axial, 2.828, 5e-4)
    // Box and Hunter (1957), table of orthogonal designs with one centre point: 1 and 1.2154 and 1.4142.
    assert.closeTo(composite({ factors: 2, alpha: "orthogonal", centerPoints: 1 }).axial, 1, 1e-12)
    assert.closeTo(composite({ factors: 3, alpha: "orthogonal", centerPoints: 1 }).axial, 1.2154, 5e-5)
    assert.closeTo(composite({ factors: 4, alpha: "orthogonal", centerPoints: 1 }).axial, 1.4142, 5e-5)
    // Orthogonal blocks by hand: F (2k + na) / (2 (F + nf)) = 4 · 7 / 14 = 2 for k = 2 with 3 and 3 centre points.
    assert.closeTo(composite({ factors: 2, alpha: "orthogonal_blocks", centerPoints: 6 }).axial, Math.SQRT2, 1e-12)
    assert.closeTo(composite({ factors: 3, alpha: "spherical" }).axial, Math.sqrt(3), 1e-12)
  })

  it("points are corners, centre points and axial points with the counts of the construction", () => {
    // Montgomery, table of central composite designs: corners, axial points, centre points for uniform precision.
    const counts = [
      [2, 4, 4, 5],
      [3, 8, 6, 6],
      [4, 16, 8, 7],
      [5, 16, 10, 6],
      [6, 32, 12, 9],
      [7, 64, 14, 14],
      [8, 64, 16, 13],
    ] as const
    for (const [factors, corners, axial, center] of counts) {
      const { points } = composite({ factors })
      assert.deepStrictEqual(
        ["factorial", "axial", "center"].map((type) => points.filter((point) => point === type).length),
        [corners, axial, center],
      )
    }
    assert.strictEqual(composite({ factors: 11 }).points.filter((point) => point === "factorial").length, 128)
    assert.deepStrictEqual(generatorsOf(composite({ factors: 5 }).core), ["E=ABCD"])
  })

  it("face and inscribed stay between -1 and 1, and inscribed is the rotatable design shrunk", () => {
    for (let factors = 2; factors <= 6; factors++) {
      for (const alpha of ["face", "inscribed"] as const) {
        const { rows } = composite({ factors, alpha })
        assert.isTrue(rows.flat().every((value) => Math.abs(value) <= 1))
      }
      const wide = composite({ factors, alpha: "rotatable" })
      const narrow = composite({ factors, alpha: "inscribed" })
      for (const [run, row] of wide.rows.entries()) {
        for (const [place, value] of row.entries()) {
          assert.closeTo(narrow.rows[run]?.[place] ?? 9, value / wide.axial, 1e-12)
        }
      }
    }
  })

  it("a rotatable design predicts equally well in all directions", () => {
    for (const factors of [2, 3, 5]) {
      const { rows } = composite({ factors })
      // Rotatable exactly where the fourth moments are: sum x^4 = 3 · sum x^2 y^2 (Box and Hunter 1957).
      const fourth = rows.reduce((sum, row) => sum + (row[0] ?? 0) ** 4, 0)
      const mixed = rows.reduce((sum, row) => sum + (row[0] ?? 0) ** 2 * (row[1] ?? 0) ** 2, 0)
      assert.closeTo(fourth, 3 * mixed, 1e-9)
    }
  })

  it("the orthogonal distance leaves squares uncorrelated", () => {
    for (const factors of [2, 3, 4, 6]) {
      for (const centerPoints of [1, 3, 8]) {
        const { rows } = composite({ factors, alpha: "orthogonal", centerPoints })
        const mean = rows.reduce((sum, row) => sum + (row[0] ?? 0) ** 2, 0) / rows.length
        const shared = rows.reduce((sum, row) => sum + ((row[0] ?? 0) ** 2 - mean) * ((row[1] ?? 0) ** 2 - mean), 0)
        assert.closeTo(shared, 0, 1e-9)
      }
    }
  })

  it("orthogonal blocks do not bias squares: both blocks have the same mean square", () => {
    for (const factors of [2, 3, 4, 5, 6]) {
      const { parts, rows } = composite({ factors, alpha: "orthogonal_blocks", centerPoints: 6, blocks: true })
      const means = [1, 2].map((part) => {
        const own = rows.filter((_, run) => parts[run] === part)
        return own.reduce((sum, row) => sum + (row[0] ?? 0) ** 2, 0) / own.length
      })
      assert.closeTo(means[0] ?? 0, means[1] ?? 9, 1e-12)
    }
  })

  it("every kind of distance estimates the quadratic model for 2 to 8 factors", () => {
    for (let factors = 2; factors <= 8; factors++) {
      for (const alpha of alphaKinds) {
        const worth = efficiencyOf(modelMatrix(composite({ factors, alpha, centerPoints: 4 }), "quadratic"))
        assert.isTrue(worth.estimable, `${factors} ${alpha}`)
        assert.isAbove(worth.dEfficiency, 0)
      }
    }
  })

  it("hostile numbers are refused", () => {
    for (const factors of [1, 12, 1e9, Number.NaN, 2.5]) {
      assert.isTrue(Result.isFailure(centralComposite({ factors })))
    }
    for (const alpha of [0, -1, Number.NaN, Number.POSITIVE_INFINITY, 1e9]) {
      assert.isTrue(Result.isFailure(centralComposite({ factors: 3, alpha })))
    }
    assert.isTrue(Result.isFailure(centralComposite({ factors: 11, core: "full" })))
  })
})

describe("Box-Behnken designs", () => {
  it("3 factors have the edge points of the fixture", () => {
    assert.deepStrictEqual(Result.getOrThrow(boxBehnken(3, 0)).rows, fixture.box_behnken_3_without_center)
  })

  it("runs are the published numbers", () => {
    // Box and Behnken (1960), table 4: edge points and centre points.
    const published = [
      [3, 12, 3],
      [4, 24, 3],
      [5, 40, 6],
      [6, 48, 6],
      [7, 56, 6],
      [11, 176, 12],
      [12, 192, 12],
    ] as const
    assert.deepStrictEqual(
      [...boxBehnkenFactors],
      published.map(([factors]) => factors),
    )
    for (const [factors, edges, centers] of published) {
      assert.strictEqual(Result.getOrThrow(boxBehnken(factors, 0)).rows.length, edges)
      assert.strictEqual(Result.getOrThrow(boxBehnken(factors)).rows.length, edges + centers)
    }
  })

  it("all points lie on one sphere, no two are equal, and first-order terms are orthogonal", () => {
    for (const factors of boxBehnkenFactors) {
      const { rows } = Result.getOrThrow(boxBehnken(factors, 0))
      assert.strictEqual(new Set(rows.map((row) => row.join())).size, rows.length)
      assert.strictEqual(new Set(rows.map((row) => row.reduce((sum, value) => sum + value ** 2, 0))).size, 1)
      const { rows: terms } = modelMatrix(Result.getOrThrow(boxBehnken(factors)), "two-factor interactions")
      for (let left = 0; left < (terms[0]?.length ?? 0); left++) {
        for (let right = 0; right < left; right++) {
          assert.strictEqual(
            terms.reduce((sum, row) => sum + (row[left] ?? 0) * (row[right] ?? 0), 0),
            0,
          )
        }
      }
      assert.isTrue(efficiencyOf(modelMatrix(Result.getOrThrow(boxBehnken(factors)), "quadratic")).estimable)
    }
  })

  it("other numbers of factors are refused with those that exist", () => {
    for (const factors of [1, 2, 8, 13, 1e9, Number.NaN]) {
      const refused = Result.getOrThrow(Result.flip(boxBehnken(factors)))
      assert.match(refused.problem, /3, 4, 5, 6, 7, 11, 12/)
    }
  })
})

describe("efficiencies", () => {
  // test/reference/design_efficiency.py (NumPy), which builds the same designs by itself.
  const cases = [
    [
      "face 2",
      composite({ factors: 2, alpha: "face", centerPoints: 1 }),
      46.2240849567,
      31.1688311688,
      82.7586206897,
      0.45,
      4.2426406871,
      1,
    ],
    [
      "rotatable 3",
      composite({ factors: 3, centerPoints: 6 }),
      61.5789769663,
      51.5899903896,
      74.6527327219,
      0.2138733677,
      3.5906906431,
      1.0182652614,
    ],
    [
      "Box-Behnken 3",
      Result.getOrThrow(boxBehnken(3)),
      36.6429016084,
      29.3577981651,
      88.8888888889,
      0.3847222222,
      4.2385339529,
      1.0111111111,
    ],
  ] as const
  for (const [name, design, d, a, g, i, condition, inflation] of cases) {
    it(`${name}: D, A, G, I, condition and inflation are those of NumPy`, () => {
      const worth = efficiencyOf(modelMatrix(design, "quadratic"))
      assert.closeTo(worth.dEfficiency, d, 1e-8)
      assert.closeTo(worth.aEfficiency, a, 1e-8)
      assert.closeTo(worth.gEfficiency, g, 1e-8)
      assert.closeTo(worth.iVariance ?? 0, i, 1e-8)
      assert.closeTo(worth.conditionNumber ?? 0, condition, 1e-8)
      assert.closeTo(Math.max(...(worth.inflation?.values() ?? [])), inflation, 1e-8)
    })
  }

  it("a design that cannot estimate the model has efficiency 0 and no variances", () => {
    const rows = [
      [-1, -1],
      [1, 1],
      [-1, -1],
      [1, 1],
    ]
    const worth = efficiencyOf(modelMatrix({ columns: ["A", "B"], rows }, "main effects"))
    assert.isFalse(worth.estimable)
    assert.strictEqual(worth.dEfficiency, 0)
    assert.strictEqual(worth.iVariance, undefined)
    assert.isFalse(efficiencyOf(modelMatrix({ columns: ["A", "B"], rows: [] }, "main effects")).estimable)
  })

  it("models have as many terms as are counted", () => {
    const models: ReadonlyArray<ModelName> = ["main effects", "two-factor interactions", "quadratic"]
    for (const model of models) {
      for (let factors = 0; factors < 9; factors++) {
        assert.strictEqual(termsOf(model, factors).length, termsCount(model, factors))
      }
    }
    assert.deepStrictEqual(modelMatrix({ columns: ["A", "B"], rows: [[2, 3]] }, "quadratic"), {
      model: "quadratic",
      terms: ["mean", "A", "B", "AB", "A^2", "B^2"],
      powers: [
        [],
        [[0, 1]],
        [[1, 1]],
        [
          [0, 1],
          [1, 1],
        ],
        [[0, 2]],
        [[1, 2]],
      ],
      rows: [[1, 2, 3, 6, 4, 9]],
    })
  })
})
