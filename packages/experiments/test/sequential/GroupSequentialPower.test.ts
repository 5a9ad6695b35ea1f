import * as Schema from "effect/Schema"
import { describe, expect, it } from "vitest"
import * as GroupSequential from "../../src/sequential/GroupSequential.ts"
import { fixtureJson } from "../fixtures.ts"

// Made by test/reference/sequential_power.R with rpact's getPowerMeans.
const numbers = Schema.Union([Schema.Finite, Schema.Array(Schema.Finite)])
const reference = Schema.decodeUnknownSync(
  Schema.Struct({
    subjects: Schema.Finite,
    cases: Schema.Array(
      Schema.Struct({
        type: Schema.Literals(["asOF", "asP"]),
        times: Schema.Array(Schema.Finite),
        delta: Schema.Finite,
        power: Schema.Finite,
        rejects: numbers,
        expected: Schema.Finite,
      }),
    ),
  }),
)(fixtureJson("sequential_power.json"))

describe("power of planned looks", () => {
  it("power, stops and expected size are those of rpact's getPowerMeans", () => {
    expect(reference.cases).toHaveLength(16)
    for (const { delta, expected, power, rejects, times, type } of reference.cases) {
      const plan = GroupSequential.plan({
        alpha: 0.05,
        spending: type === "asOF" ? "obrien_fleming" : "pocock",
        informationFractions: times,
      })
      // Two groups of half of the subjects each, standard deviation 1.
      const found = GroupSequential.powerOf(plan)(delta / Math.sqrt(4 / reference.subjects))
      expect(Math.abs(found.power - power)).toBeLessThan(1e-5)
      expect(Math.abs(found.expectedInformation * reference.subjects - expected)).toBeLessThan(1e-3)
      const stages = typeof rejects === "number" ? [rejects] : rejects
      expect(found.stops).toHaveLength(stages.length)
      for (const [index, stop] of found.stops.entries())
        expect(Math.abs(stop - (stages[index] ?? 0))).toBeLessThan(1e-5)
    }
  })

  it("a drift of either sign has the same power, and one that is no number is refused", () => {
    const powerOf = GroupSequential.powerOf(
      GroupSequential.plan({ alpha: 0.05, spending: "pocock", informationFractions: [0.5, 1] }),
    )
    expect(powerOf(-2).power).toBeCloseTo(powerOf(2).power, 12)
    expect(() => powerOf(Number.NaN)).toThrow(RangeError)
  })
})
