import * as Schema from "effect/Schema"
import { describe, expect, it } from "vitest"
import * as PowerFormulas from "../../src/power/PowerFormulas.ts"
import { fixtureJson } from "../fixtures.ts"

const number = Schema.Finite
const reference = Schema.decodeUnknownSync(
  Schema.Struct({
    t: Schema.Array(Schema.Struct({ n: number, d: number, alpha: number, two: number, one: number })),
    f: Schema.Array(Schema.Struct({ k: number, n: number, f: number, power: number })),
    mde: number,
    need: number,
  }),
)(fixtureJson("power.json"))

const close = (found: number, expected: number): void => expect(Math.abs(found - expected)).toBeLessThan(1e-8)

describe("power by formula", () => {
  it("two means have the power of R's power.t.test", () => {
    expect(reference.t.length).toBe(32)
    for (const { alpha, d, n, one, two } of reference.t) {
      const spec = { effect: d, sd: 1, countLeft: n, countRight: n, alpha }
      close(PowerFormulas.twoMeans(spec), two)
      close(PowerFormulas.twoMeans({ ...spec, sides: "one" }), one)
    }
  })

  it("several means have the power of pwr.anova.test", () => {
    expect(reference.f.length).toBe(18)
    for (const { f, k, n, power } of reference.f) {
      const spec = { sumOfSquares: k * n * f * f, sd: 1, numeratorDf: k - 1, denominatorDf: k * (n - 1), alpha: 0.05 }
      close(PowerFormulas.fTest(spec), power)
    }
  })

  it("the smallest detectable effect and the smallest count are those of power.t.test", () => {
    const powerOf = (effect: number) =>
      PowerFormulas.twoMeans({ effect, sd: 2, countLeft: 25, countRight: 25, alpha: 0.05 })
    const mde = PowerFormulas.minimumDetectableEffect(powerOf, 0.8, 100)
    expect(Math.abs((mde ?? Number.NaN) - reference.mde)).toBeLessThan(1e-6)
    const ofCount = (count: number) =>
      PowerFormulas.twoMeans({ effect: 0.5, sd: 1, countLeft: count, countRight: count, alpha: 0.05 })
    expect(PowerFormulas.smallestCount(ofCount, 0.9, 2, 10_000)).toBe(reference.need)
  })

  it("what cannot be reached is said, not approximated", () => {
    expect(PowerFormulas.minimumDetectableEffect(() => 0.5, 0.8, 10)).toBeUndefined()
    expect(PowerFormulas.smallestCount(() => 0.5, 0.8, 2, 10)).toBeUndefined()
  })

  it("an sd of 0, an alpha of 0 and no degrees of freedom are refused", () => {
    const spec = { effect: 1, sd: 1, countLeft: 5, countRight: 5, alpha: 0.05 }
    expect(() => PowerFormulas.twoMeans({ ...spec, sd: 0 })).toThrow(RangeError)
    expect(() => PowerFormulas.twoMeans({ ...spec, alpha: 0 })).toThrow(RangeError)
    expect(() => PowerFormulas.tTest({ effect: 1, standardError: 1, degreesOfFreedom: 0, alpha: 0.05 })).toThrow(
      RangeError,
    )
    expect(PowerFormulas.twoMeans({ ...spec, countLeft: 1, countRight: 1 })).toBeNaN()
  })
})
