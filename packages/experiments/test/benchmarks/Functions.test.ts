import { describe, expect, it } from "@effect/vitest"
import { branin, hartmann6, problems, rosenbrock, sphere } from "../../src/benchmarks/Functions.ts"
import { isFeasible } from "../../src/benchmarks/Optimisation.ts"
import { fixtureJson } from "../fixtures.ts"

// Made by test/reference/optimisation_minima.py with scipy 1.17: L-BFGS-B from 200 starts.
const reference = fixtureJson("optimisation_minima.json") as {
  readonly [name: string]: { readonly point: ReadonlyArray<number>; readonly value: number }
}
const at = (name: string) => reference[name] ?? { point: [], value: Number.NaN }

describe("functions with known minima", () => {
  it("values equal scipy's at fixed points", () => {
    expect(rosenbrock(4).evaluate(at("rosenbrock").point)).toBeCloseTo(at("rosenbrock").value, 9)
    expect(branin.evaluate(at("branin").point)).toBeCloseTo(at("branin").value, 12)
    expect(hartmann6.evaluate(at("hartmann6").point)).toBeCloseTo(at("hartmann6").value, 12)
  })

  it("minima are those that scipy finds", () => {
    expect(branin.minimum.value).toBeCloseTo(at("branin_min").value, 10)
    expect(hartmann6.minimum.value).toBeCloseTo(at("hartmann6_min").value, 10)
  })

  it("minima are those of the literature: Branin 0.397887, Hartmann -3.32237, sphere and Rosenbrock 0", () => {
    expect(branin.minimum.value.toFixed(6)).toBe("0.397887")
    expect(hartmann6.minimum.value.toFixed(5)).toBe("-3.32237")
    expect([sphere(3).minimum.value, rosenbrock(3).minimum.value]).toEqual([0, 0])
  })

  it.each([sphere(), sphere(5), rosenbrock(), rosenbrock(6), branin, hartmann6])(
    "the points of the minimum have its value: $name",
    (problem) => {
      for (const point of problem.minimum.points) {
        expect(isFeasible(problem, point)).toBe(true)
        expect(problem.evaluate(point)).toBeCloseTo(problem.minimum.value, 8)
      }
    },
  )

  it("four problems stand under their names, and each says what it is about", () => {
    const all = problems({ evaluations: 30 })
    expect([...all.keys()]).toEqual(["sphere", "rosenbrock", "branin", "hartmann6"])
    for (const { brief, family, payload } of all.values()) {
      expect([family, payload["evaluations"]]).toEqual(["optimization", 30])
      expect(brief).toContain("30 evaluations")
    }
  })

  it("dimensions that make no function are refused", () => {
    expect(() => rosenbrock(1)).toThrow(RangeError)
    expect(() => sphere(0)).toThrow(RangeError)
  })
})
