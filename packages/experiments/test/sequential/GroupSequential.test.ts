import * as Schema from "effect/Schema"
import { describe, expect, it } from "vitest"
import * as GroupSequential from "../../src/sequential/GroupSequential.ts"
import { fixtureJson } from "../fixtures.ts"

const { designs } = Schema.decodeUnknownSync(
  Schema.Struct({
    designs: Schema.Array(
      Schema.Struct({
        type: Schema.Literals(["asOF", "asP"]),
        alpha: Schema.Finite,
        times: Schema.Array(Schema.Finite),
        // rpact gives no boundary where it is beyond what it computes.
        boundaries: Schema.Array(Schema.Union([Schema.Finite, Schema.String])),
        spent: Schema.Array(Schema.Finite),
      }),
    ),
  }),
)(fixtureJson("sequential.json"))

const { cases } = Schema.decodeUnknownSync(
  Schema.Struct({
    cases: Schema.Array(
      Schema.Struct({
        spending: Schema.Literals(["obrien_fleming", "pocock"]),
        look: Schema.Int,
        estimate: Schema.Finite,
        standardError: Schema.Finite,
        p: Schema.Finite,
        medianUnbiased: Schema.Finite,
        lower: Schema.Finite,
        upper: Schema.Finite,
      }),
    ),
  }),
)(fixtureJson("sequential_corrections.json"))

const spendingOf = (type: "asOF" | "asP"): GroupSequential.Spending => (type === "asOF" ? "obrien_fleming" : "pocock")

describe("boundaries", () => {
  it("five even looks have the boundaries of the R package ldbounds", () => {
    // ldbounds 2.0, documentation of `ldBounds`: t = 0.2, 0.4, 0.6, 0.8, 1, alpha 0.025 on each side.
    const boundaries = (spending: GroupSequential.Spending) =>
      GroupSequential.plan({ alpha: 0.05, spending, informationFractions: [0.2, 0.4, 0.6, 0.8, 1] }).looks.map((look) =>
        Number(look.boundary.toFixed(4)),
      )
    expect(boundaries("obrien_fleming")).toEqual([4.8769, 3.357, 2.6803, 2.2898, 2.031])
    expect(boundaries("pocock")).toEqual([2.438, 2.4268, 2.4102, 2.3966, 2.386])
  })

  it("every plan of the reference has the boundaries of rpact", () => {
    expect(designs.length).toBe(16)
    for (const row of designs) {
      const plan = GroupSequential.plan({
        alpha: row.alpha,
        spending: spendingOf(row.type),
        informationFractions: row.times,
      })
      for (const [index, look] of plan.looks.entries()) {
        const expected = row.boundaries[index]
        // rpact's own root finding stops at about 1e-5 far out in the tail.
        if (typeof expected === "number") expect(Math.abs(look.boundary - expected)).toBeLessThan(1e-4)
        expect(Math.abs(look.alphaSpent - (row.spent[index] ?? Number.NaN))).toBeLessThan(1e-7)
      }
    }
  })

  it("one look is the test without looks", () => {
    const plan = GroupSequential.plan({ alpha: 0.05, spending: "pocock", informationFractions: [1] })
    expect(plan.looks[0]?.boundary).toBeCloseTo(1.959963984540054, 8)
  })

  it("fractions that do not rise, an alpha of 1 and too many looks are refused", () => {
    const plan = (alpha: number, informationFractions: ReadonlyArray<number>) => () =>
      GroupSequential.plan({ alpha, spending: "pocock", informationFractions })
    expect(plan(0.05, [0.5, 0.5])).toThrow(RangeError)
    expect(plan(0.05, [0.5, 1.5])).toThrow(RangeError)
    expect(plan(0.05, [])).toThrow(RangeError)
    expect(plan(1, [1])).toThrow(RangeError)
    expect(plan(Number.NaN, [1])).toThrow(RangeError)
    expect(
      plan(
        0.05,
        Array.from({ length: 51 }, (_, index) => (index + 1) / 51),
      ),
    ).toThrow(RangeError)
  })
})

describe("corrections", () => {
  it("p-values, medians and intervals are those of multivariate normal probabilities of SciPy", () => {
    expect(cases.length).toBe(10)
    for (const row of cases) {
      const plan = GroupSequential.plan({
        alpha: 0.05,
        spending: row.spending,
        informationFractions: [0.25, 0.5, 0.75, 1],
      })
      const found = GroupSequential.correct(plan, row)
      for (const name of ["p", "medianUnbiased", "lower", "upper"] as const) {
        expect(Math.abs(found[name] - row[name])).toBeLessThan(2e-6)
      }
    }
  })

  it("a look that was not planned and a standard error of 0 are refused", () => {
    const plan = GroupSequential.plan({ alpha: 0.05, spending: "pocock", informationFractions: [1] })
    expect(() => GroupSequential.correct(plan, { look: 1, estimate: 1, standardError: 1 })).toThrow(RangeError)
    expect(() => GroupSequential.correct(plan, { look: 0, estimate: 1, standardError: 0 })).toThrow(RangeError)
  })
})
