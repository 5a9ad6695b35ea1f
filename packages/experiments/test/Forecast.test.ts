import { describe, expect, it } from "@effect/vitest"
import { forecast, Moments } from "../src/Forecast.ts"

const momentsOf = (values: ReadonlyArray<number>): Moments => {
  const moments = new Moments()
  for (const value of values) moments.add(value)
  return moments
}

describe("forecast", () => {
  it("the sum of further runs lies within a prediction interval of Student's t", () => {
    // By hand: mean 2, s = 1, m = 3, n = 4; t(0.975, 2) = 4.302652729911275 (R: qt(0.975, 2)); sqrt(4 + 16/3) = 3.0550504633.
    const found = forecast(momentsOf([1, 2, 3]), 4)
    expect(found).toMatchObject({ seen: 3, expected: 8 })
    expect(found?.upper).toBeCloseTo(8 + 4.302652729911275 * 3.0550504633, 8)
    expect(found?.lower).toBe(0)
  })

  it("nothing is said of fewer than two runs, or of none to come", () => {
    expect(forecast(momentsOf([1]), 4)).toBeUndefined()
    expect(forecast(momentsOf([1, 2]), 0)).toBeUndefined()
  })

  it("runs that were all alike give a sum without width", () => {
    expect(forecast(momentsOf([0.5, 0.5, 0.5]), 10)).toEqual({ seen: 3, expected: 5, lower: 5, upper: 5 })
  })
})
