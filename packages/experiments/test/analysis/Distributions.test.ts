import { describe, expect, it } from "vitest"
import * as rmath from "../../src/internal/rmath.ts"
import noncentral from "../fixtures/analysis/noncentral.json" with { type: "json" }
import reference from "../fixtures/analysis/rmath.json" with { type: "json" }
import { close } from "./Support.ts"

const functions: Readonly<Record<string, (...args: ReadonlyArray<number>) => number>> = {
  ptUpper: (q = 0, df = 0) => rmath.pt(q, df, "upper"),
  qt: (p = 0, df = 0) => rmath.qt(p, df),
  qchisq: (p = 0, df = 0) => rmath.qchisq(p, df),
  pchisqUpper: (q = 0, df = 0) => rmath.pchisq(q, df, "upper"),
  ptNcp: (q = 0, df = 0, ncp = 0) => rmath.pt(q, df, "lower", ncp),
  pfUpper: (q = 0, df1 = 0, df2 = 0) => rmath.pf(q, df1, df2, "upper"),
  pfNcp: (q = 0, df1 = 0, df2 = 0, ncp = 0) => rmath.pf(q, df1, df2, "lower", ncp),
  qf: (p = 0, df1 = 0, df2 = 0) => rmath.qf(p, df1, df2),
  ptukeyUpper: (q = 0, k = 0, df = 0) => rmath.ptukey(q, k, df, "upper"),
  qtukey: (p = 0, k = 0, df = 0) => rmath.qtukey(p, k, df),
  pbeta: (q = 0, a = 0, b = 0) => rmath.pbeta(q, a, b),
  qbeta: (p = 0, a = 0, b = 0) => rmath.qbeta(p, a, b),
  pnorm: (q = 0) => rmath.pnorm(q),
  pnormUpper: (q = 0) => rmath.pnorm(q, "upper"),
  qnorm: (p = 0) => rmath.qnorm(p),
  dhyper: (x = 0, white = 0, black = 0, drawn = 0) => rmath.dhyper(x, white, black, drawn),
  pbinom: (x = 0, size = 0, p = 0) => rmath.pbinom(x, size, p),
}

describe("distributions", () => {
  // R 4.2.2, test/reference/rmath.R.
  for (const name of new Set(reference.values.map((row) => String(row[0])))) {
    it(`${name} agrees with R on its whole grid`, () => {
      const rows = reference.values.filter((row) => row[0] === name)
      expect(rows.length).toBeGreaterThan(3)
      for (const [, args, value] of rows) {
        if (!Array.isArray(args) || typeof value !== "number") throw new Error("malformed reference")
        const got = functions[name]?.(...args) ?? Number.NaN
        const share = Math.abs(got - value) / Math.max(Math.abs(value), 1e-300)
        expect(share, `${name}(${args.join(", ")}) = ${got}, R ${value}`).toBeLessThan(1e-9)
      }
    })
  }

  it("noncentral t and F agree with scipy (Boost)", () => {
    expect(noncentral.values.length).toBeGreaterThan(300)
    for (const [name, args, value] of noncentral.values) {
      if (!Array.isArray(args) || typeof value !== "number") throw new Error("malformed reference")
      const got = functions[String(name)]?.(...args) ?? Number.NaN
      expect(Math.abs(got - value), `${String(name)}(${args.join(", ")})`).toBeLessThan(1e-13 + 1e-9 * value)
    }
  })

  it("tails stay exact where the other tail is one", () => {
    // R: pt(1e6, 3, lower.tail = FALSE), pf(1e8, 2, 40, lower.tail = FALSE)
    close(rmath.pt(1e6, 3, "upper") * 1e18, 1.1026577908396162, 1e-9)
    expect(rmath.pf(1e8, 2, 40, "upper")).toBeGreaterThan(0)
    expect(rmath.pt(1e200, 3, "upper")).toBe(0)
    expect(rmath.pt(Number.NaN, 3)).toBeNaN()
    expect(rmath.pf(1, -1, 3)).toBeNaN()
  })
})
