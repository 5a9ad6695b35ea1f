import { describe, expect, it } from "vitest"
import * as MersenneTwister from "../../src/MersenneTwister.ts"
import * as AlwaysValid from "../../src/sequential/AlwaysValid.ts"

describe("always-valid looks", () => {
  it("the likelihood ratio is that of the formula of Johari and others", () => {
    // By hand: V = 0.04, t2 = 1, d = 0.5: sqrt(V/(V+t2)) exp(t2 d^2 / (2 V (V + t2)))
    const seen = AlwaysValid.look({ estimate: 0.5, standardError: 0.2, mixingVariance: 1, alpha: 0.05 })
    const expected = Math.sqrt(0.04 / 1.04) * Math.exp(0.25 / (2 * 0.04 * 1.04))
    expect(seen.likelihoodRatio).toBeCloseTo(expected, 10)
    expect(seen.p).toBeCloseTo(1 / expected, 10)
  })

  it("the interval ends where the ratio would be 1 / alpha", () => {
    const seen = AlwaysValid.look({ estimate: 0.3, standardError: 0.1, mixingVariance: 0.5, alpha: 0.05 })
    const atEdge = AlwaysValid.look({
      estimate: 0.3 - seen.lower,
      standardError: 0.1,
      mixingVariance: 0.5,
      alpha: 0.05,
    })
    expect(atEdge.likelihoodRatio).toBeCloseTo(20, 8)
  })

  it("a hundred looks at noise stop in fewer than alpha of a thousand studies", () => {
    const random = MersenneTwister.make(20)
    const normal = () => Math.sqrt(-2 * Math.log(1 - random.random())) * Math.cos(2 * Math.PI * random.random())
    let stopped = 0
    let naive = 0
    for (let study = 0; study < 1_000; study++) {
      let sum = 0
      let stops = false
      let stopsNaively = false
      for (let count = 1; count <= 100; count++) {
        sum += normal()
        const seen = AlwaysValid.look({
          estimate: sum / count,
          standardError: 1 / Math.sqrt(count),
          mixingVariance: 1,
          alpha: 0.05,
        })
        stops ||= seen.p <= 0.05
        stopsNaively ||= Math.abs(sum / Math.sqrt(count)) >= 1.96
      }
      if (stops) stopped++
      if (stopsNaively) naive++
    }
    expect(stopped).toBeLessThanOrEqual(50)
    // The same looks without the correction: what this is for.
    expect(naive).toBeGreaterThan(250)
  })

  it("with an estimated variance the ratio is that of two t densities", () => {
    // By hand: V = 0.04, t2 = 1, t = 2.5, 8 df; the density of t under the mixture is that of t sqrt(V / (V + t2)).
    const r = 0.04 / 1.04
    const expected = Math.sqrt(r) * ((1 + 6.25 / 8) / (1 + (r * 6.25) / 8)) ** 4.5
    const spec = { standardError: 0.2, mixingVariance: 1, alpha: 0.05, degreesOfFreedom: 8 }
    expect(AlwaysValid.look({ ...spec, estimate: 0.5 }).likelihoodRatio).toBeCloseTo(expected, 10)
    const seen = AlwaysValid.look({ ...spec, estimate: 3 })
    expect(AlwaysValid.look({ ...spec, estimate: 3 - seen.lower }).likelihoodRatio).toBeCloseTo(20, 8)
    // Many degrees of freedom are as good as a known variance.
    const known = AlwaysValid.look({ ...spec, estimate: 0.5, degreesOfFreedom: Number.POSITIVE_INFINITY })
    const many = AlwaysValid.look({ ...spec, estimate: 0.5, degreesOfFreedom: 1e9 })
    expect(many.likelihoodRatio).toBeCloseTo(known.likelihoodRatio, 5)
  })

  it("too few degrees of freedom for the level have an interval without ends", () => {
    const seen = AlwaysValid.look({
      estimate: 9,
      standardError: 1,
      mixingVariance: 2,
      alpha: 0.01,
      degreesOfFreedom: 2,
    })
    expect([seen.lower, seen.upper]).toEqual([Number.NEGATIVE_INFINITY, Number.POSITIVE_INFINITY])
    expect(seen.likelihoodRatio).toBeLessThan(100)
  })

  it("a standard error of 0 and an alpha of 1 are refused", () => {
    expect(() => AlwaysValid.look({ estimate: 1, standardError: 0, mixingVariance: 1, alpha: 0.05 })).toThrow(
      RangeError,
    )
    expect(() => AlwaysValid.look({ estimate: 1, standardError: 1, mixingVariance: 1, alpha: 1 })).toThrow(RangeError)
  })
})
