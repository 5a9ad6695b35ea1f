import { describe, expect, it } from "vitest"
import * as Correlations from "../../src/analysis/Correlations.ts"
import * as Descriptives from "../../src/analysis/Descriptives.ts"
import * as EffectSizes from "../../src/analysis/EffectSizes.ts"
import * as MultipleComparisons from "../../src/analysis/MultipleComparisons.ts"
import * as PAdjust from "../../src/analysis/PAdjust.ts"
import * as Proportions from "../../src/analysis/Proportions.ts"
import * as RankTests from "../../src/analysis/RankTests.ts"
import * as Resampling from "../../src/analysis/Resampling.ts"
import type { TestOutcome } from "../../src/analysis/TestOutcome.ts"
import * as TTests from "../../src/analysis/TTests.ts"
import * as VarianceTests from "../../src/analysis/VarianceTests.ts"
import { dunnettUpper } from "../../src/internal/analysisDunnett.ts"
import * as MersenneTwister from "../../src/MersenneTwister.ts"
import s from "../fixtures/analysis/resampling.json" with { type: "json" }
import r from "../fixtures/analysis/tests.json" with { type: "json" }
import { allClose, close, expectJsonSafe } from "./Support.ts"

interface Reference {
  readonly statistic: number
  readonly parameter: number | ReadonlyArray<number> | null
  readonly p: number
  readonly ci: ReadonlyArray<number | null> | null
  readonly estimate: ReadonlyArray<number> | null
}

const alternatives = [
  ["two-sided", "two.sided"],
  ["greater", "greater"],
  ["less", "less"],
] as const

const check = (
  outcome: TestOutcome,
  expected: Reference,
  parts: { estimate?: boolean; interval?: boolean; statistic?: boolean } = {},
): void => {
  close(outcome.p, expected.p, 1e-8, outcome.method)
  if (parts.statistic !== false) close(outcome.statistic, expected.statistic, 1e-8, outcome.method)
  if (parts.interval === true) allClose([outcome.interval?.low, outcome.interval?.high], expected.ci ?? [], 1e-8)
  if (parts.estimate === true) close(outcome.estimate, expected.estimate?.[0] ?? Number.NaN)
}

const groups = new Map([
  ["u", r.u],
  ["v", r.v],
  ["w", r.w],
])

// R 4.2.2, test/reference/tests.R.
describe("tests of means against R", () => {
  for (const [alternative, name] of alternatives) {
    it(`Welch, pooled and paired t tests agree (${alternative})`, () => {
      check(TTests.welch(r.u, r.v, { alternative }), r.welch[name], { interval: true })
      check(TTests.pooled(r.u, r.v, { alternative }), r.pooled[name], { interval: true })
      check(TTests.paired(r.u, r.p2, { alternative }), r.paired[name], { interval: true, estimate: true })
    })
    it(`Mann-Whitney and signed-rank tests agree, exact and with ties (${alternative})`, () => {
      check(RankTests.mannWhitney(r.u, r.v, { alternative }), r.mw[name])
      check(RankTests.mannWhitney(r.tu, r.tv, { alternative }), r.mwTies[name])
      check(RankTests.signedRank(r.u, r.p2, { alternative }), r.sr[name], { interval: true, estimate: true })
      check(RankTests.signedRank(r.tu, r.p2.map(Math.round), { alternative }), r.srTies[name])
    })
    it(`Pearson and Kendall correlations agree (${alternative})`, () => {
      check(Correlations.pearson(r.cx, r.cy, { alternative }), r.pearson[name], { estimate: true, interval: true })
      check(Correlations.kendall(r.cx, r.cy, { alternative }), r.kendall[name], { estimate: true })
      check(Correlations.kendall(r.cx.map(Math.round), r.cy.map(Math.round), { alternative }), r.kendallTies[name], {
        estimate: true,
      })
    })
    it(`Fisher's exact test agrees, its odds ratio and interval too (${alternative})`, () => {
      const found = Proportions.fisherExact(
        [
          [12, 3],
          [5, 9],
        ],
        { alternative },
      )
      close(found.p, r.fisher[name].p)
      // R solves for the odds ratio to four digits only.
      close(found.estimate, r.fisher[name].estimate[0] ?? 0, 1e-4)
      allClose([found.interval?.low, found.interval?.high], r.fisher[name].ci, 1e-3)
    })
  }
  it("the exact Hodges-Lehmann shift and its interval agree", () =>
    check(RankTests.mannWhitney(r.u, r.v), r.mw["two.sided"], { interval: true, estimate: true }))
  it("Kruskal-Wallis and Friedman tests agree, with ties too", () => {
    check(RankTests.kruskalWallis([...groups.values()]), r.kruskal)
    check(RankTests.kruskalWallis([...groups.values()].map((values) => values.map(Math.round))), r.kruskalTies)
    check(RankTests.friedman(r.friedman.y), r.friedman)
  })
  it("one-way, Welch, Levene and Brown-Forsythe comparisons agree", () => {
    check(VarianceTests.welchAnova(groups), r.welchAnova)
    check(VarianceTests.oneWay(groups), r.oneWay)
    const mean = VarianceTests.levene(groups, "mean")
    const median = VarianceTests.levene(groups)
    allClose([mean.statistic, mean.p], r.levene)
    allClose([median.statistic, median.p], r.brown)
  })
  it("chi-squared tests agree, with and without continuity correction", () => {
    const table = [
      [12, 3],
      [5, 9],
    ]
    check(Proportions.chiSquared(table), r.chisq)
    check(Proportions.chiSquared(table, { continuity: false }), r.chisqPlain)
    check(
      Proportions.chiSquared([
        [10, 4, 6],
        [8, 12, 3],
      ]),
      r.chisq3,
    )
  })
  it("Wilson's interval agrees with prop.test", () => {
    const found = Proportions.wilson(12, 15)
    allClose([found?.low, found?.high], r.wilson)
  })
  it("descriptive numbers agree", () => {
    const d = Descriptives.describe(r.v)
    allClose([d.mean, d.sd, d.standardError, d.min, d.q1, d.median, d.q3, d.max, d.low, d.high], r.describe)
  })
})

describe("several comparisons", () => {
  it("corrections are those of p.adjust", () => {
    for (const name of ["none", "bonferroni", "holm", "hochberg", "hommel", "bh", "by"] as const)
      allClose(PAdjust.adjust(r.p, name), r.adjust[name], 1e-12, name)
  })
  it("Šidák is one minus the power of the complement", () =>
    allClose(PAdjust.adjust([0.01, 0.2, null], "sidak"), [1 - 0.99 ** 2, 1 - 0.8 ** 2, null], 1e-12))
  it("a smaller p never has a larger adjusted one, and none is below its own", () => {
    const random = MersenneTwister.make(5)
    for (let trial = 0; trial < 200; trial++) {
      const ps = Array.from({ length: 1 + random.below(12) }, () => random.random() ** 3)
      for (const name of PAdjust.corrections) {
        const adjusted = PAdjust.adjust(ps, name)
        ps.forEach((p, i) => {
          const own = adjusted[i] ?? Number.NaN
          expect(own).toBeGreaterThanOrEqual(p * (1 - 1e-12))
          expect(own).toBeLessThanOrEqual(1)
          ps.forEach((q, j) => {
            if (p < q) expect(own, `${name} ${ps.join(" ")}`).toBeLessThanOrEqual((adjusted[j] ?? 0) + 1e-12)
          })
        })
      }
    }
  })
  it("words of plans are understood in any spelling", () => {
    expect(PAdjust.correctionOf("Benjamini-Hochberg")).toBe("bh")
    expect(PAdjust.correctionOf(" HOLM ")).toBe("holm")
    expect(PAdjust.correctionOf("constructor")).toBeUndefined()
    expect(PAdjust.correctionOf("homl")).toBeUndefined()
  })
  it("Tukey's differences are those of TukeyHSD", () => {
    const found = MultipleComparisons.tukey(groups)
    expect(found.rows.map((row) => `${row.left}-${row.right}`)).toEqual(r.tukey.names)
    allClose(
      found.rows.map((row) => row.estimate),
      r.tukey.diff,
    )
    allClose(
      found.rows.map((row) => row.low),
      r.tukey.low,
      1e-6,
    )
    allClose(
      found.rows.map((row) => row.high),
      r.tukey.high,
      1e-6,
    )
    allClose(
      found.rows.map((row) => row.adjustedP),
      r.tukey.p,
      1e-8,
    )
  })
  it("pairwise tests with pooled error are those of pairwise.t.test", () =>
    allClose(
      MultipleComparisons.pairwisePooled(groups, "holm").rows.map((row) => row.adjustedP),
      r.pairwiseHolm,
    ))
  it("Scheffé is never below Tukey for pairs", () => {
    const tukey = MultipleComparisons.tukey(groups).rows
    MultipleComparisons.scheffe(groups).rows.forEach((row, index) =>
      expect(row.adjustedP ?? 0).toBeGreaterThanOrEqual(tukey[index]?.adjustedP ?? 1),
    )
  })
  it("Dunnett's probabilities agree with adaptive quadrature in scipy", () => {
    for (const [t, loadings, df, p] of s.dunnett) {
      if (!Array.isArray(loadings) || typeof t !== "number" || typeof df !== "number" || typeof p !== "number")
        throw new Error("malformed reference")
      expect(Math.abs(dunnettUpper(t, loadings, df) - p)).toBeLessThan(1e-8)
    }
  })
  it("Dunnett's test agrees with scipy.stats.dunnett, whose integration is random", () => {
    const found = MultipleComparisons.dunnett(
      new Map([
        ["u", s.u],
        ["v", s.v],
        ["w", s.w],
      ]),
      "u",
    )
    allClose(
      found.rows.map((row) => row.statistic),
      s.dunnettScipy.statistic,
    )
    allClose(
      found.rows.map((row) => row.adjustedP),
      s.dunnettScipy.p,
      1e-3,
    )
  })
  it("Dunnett's critical value of the table: two treatments, 20 degrees of freedom, 5 percent is 2.38", () =>
    // Dunnett (1964), Biometrics 20, table II.
    expect(dunnettUpper(2.38, [Math.SQRT1_2, Math.SQRT1_2], 20)).toBeCloseTo(0.05, 3))
})

// scipy 1.17.1 and CPython's random, test/reference/resampling.py.
describe("resampling and effect sizes against scipy and CPython", () => {
  const difference = (samples: ReadonlyArray<ReadonlyArray<number>>): number =>
    Descriptives.mean(samples[0] ?? []) - Descriptives.mean(samples[1] ?? [])
  it("percentile and BCa intervals from the same draws are the same", () => {
    for (const kind of ["percentile", "bca"] as const) {
      const found = Resampling.bootstrap([s.u, s.v], difference, { seed: 42, resamples: 2000, kind })
      allClose([found.interval?.low, found.interval?.high], s[kind])
    }
  })
  it("exact permutation tests agree", () => {
    for (const alternative of ["two-sided", "greater", "less"] as const)
      close(Resampling.permutationTest(s.u, s.v, { seed: 1, alternative }).p, s.permutation[alternative], 1e-12)
    close(Resampling.pairedPermutationTest(s.u.slice(0, 6), s.v, { seed: 1 }).p, s.paired, 1e-12)
  })
  it("random permutations of one seed give one p, near the exact one", () => {
    const left = [...s.u, ...s.v, ...s.u]
    const right = [...s.v, ...s.u, ...s.v].map((value) => value + 0.4)
    const first = Resampling.permutationTest(left, right, { seed: 9 })
    expect(Resampling.permutationTest(left, right, { seed: 9 }).p).toBe(first.p)
    expect(Math.abs((first.p ?? 0) - (TTests.pooled(left, right).p ?? 1))).toBeLessThan(0.02)
  })
  it("equivalence by two one-sided tests agrees", () => {
    const found = TTests.equivalence(s.u, s.v, 3)
    close(found.p, s.tost.p)
    allClose([found.interval?.low, found.interval?.high], s.tost.ci)
  })
  it("Cohen's d and Hedges' g and their intervals agree", () => {
    const d = EffectSizes.standardizedDifference(s.u, s.v, { corrected: false })
    const g = EffectSizes.standardizedDifference(s.u, s.v)
    allClose([d.value, d.low, d.high], s.d)
    allClose([g.value, g.low, g.high], s.g)
  })
  it("the ratio of means has Fieller's interval", () => {
    const found = TTests.ratio(s.u, s.v)
    allClose([found.estimate, found.interval?.low, found.interval?.high], s.ratio)
  })
  it("Spearman's correlation and the shape of a sample agree", () => {
    const found = Correlations.spearman(s.u.slice(0, 6), s.v)
    allClose([found.estimate, found.p], s.spearman)
    const shape = Descriptives.shape(s.v)
    allClose([shape.skewness, shape.excessKurtosis], s.shape)
  })
})

describe("tests of hostile data", () => {
  const samples: ReadonlyArray<readonly [string, ReadonlyArray<number>, ReadonlyArray<number>]> = [
    ["empty", [], []],
    ["one empty", [1, 2, 3], []],
    ["one value each", [1], [2]],
    ["constant", [2, 2, 2], [2, 2, 2]],
    ["constant apart", [2, 2, 2], [5, 5, 5]],
    ["huge", [1e300, 2e300, 4e300], [3e300, 9e300, 8e300]],
    ["tiny", [1e-300, 2e-300, 4e-300], [3e-300, 9e-300, 8e-300]],
    ["nearly equal", [1e15, 1e15 + 1, 1e15 + 2], [1e15 + 1, 1e15 + 2, 1e15 + 4]],
  ]
  const tests = (a: ReadonlyArray<number>, b: ReadonlyArray<number>): ReadonlyArray<TestOutcome> => [
    TTests.welch(a, b),
    TTests.pooled(a, b, { alternative: "greater" }),
    TTests.paired(a, b),
    TTests.equivalence(a, b, 1),
    TTests.equivalence(a, b, Number.NaN),
    TTests.ratio(a, b),
    RankTests.mannWhitney(a, b),
    RankTests.signedRank(a, b),
    RankTests.kruskalWallis([a, b]),
    RankTests.friedman([a, b]),
    VarianceTests.welchAnova(
      new Map([
        ["a", a],
        ["b", b],
      ]),
    ),
    VarianceTests.oneWay(
      new Map([
        ["a", a],
        ["b", b],
      ]),
    ),
    VarianceTests.levene(
      new Map([
        ["a", a],
        ["b", b],
      ]),
    ),
    Resampling.permutationTest(a, b, { seed: 1 }),
    Resampling.pairedPermutationTest(a, b, { seed: 1 }),
    Correlations.pearson(a, b),
    Correlations.spearman(a, b),
    Correlations.kendall(a, b),
    Proportions.fisherExact([
      [a.length, 0],
      [b.length, 0],
    ]),
    Proportions.chiSquared([
      [a.length, 0],
      [b.length, 0],
    ]),
  ]
  for (const [name, a, b] of samples) {
    it(`${name}: every number is finite or null with a note`, () => {
      for (const test of tests(a, b)) {
        expectJsonSafe(test, test.method)
        if (test.p === null) expect(test.notes.length, test.method).toBeGreaterThan(0)
        else expect(test.p >= 0 && test.p <= 1, test.method).toBe(true)
      }
      expectJsonSafe(Descriptives.describe(a))
      expectJsonSafe(
        MultipleComparisons.tukey(
          new Map([
            ["a", a],
            ["b", b],
          ]),
        ),
      )
      expectJsonSafe(
        MultipleComparisons.dunnett(
          new Map([
            ["a", a],
            ["b", b],
          ]),
          "a",
        ),
      )
      expectJsonSafe(
        MultipleComparisons.pairwiseWelch(
          new Map([
            ["a", a],
            ["b", b],
          ]),
          "holm",
        ),
      )
      expectJsonSafe(Resampling.bootstrap([a, b], () => Number.NaN, { seed: 1, resamples: 10 }))
    })
  }
  it("scale does not change t, p or g", () => {
    const plain = TTests.welch([1, 2, 4], [3, 9, 8])
    for (const scale of [1e300, 1e-300]) {
      const scaled = TTests.welch([1 * scale, 2 * scale, 4 * scale], [3 * scale, 9 * scale, 8 * scale])
      close(scaled.p, plain.p ?? 0, 1e-12)
      close(scaled.effectSize?.value, plain.effectSize?.value ?? 0, 1e-12)
      close((scaled.estimate ?? 0) / scale, plain.estimate ?? 0, 1e-12)
    }
  })
  it("the order of values changes nothing", () => {
    const plain = tests(r.u, r.v.slice(0, 11))
    expect(TTests.welch([...r.u].reverse(), r.v.slice(0, 11)).p).toBeCloseTo(plain[0]?.p ?? 0, 12)
    expect(RankTests.mannWhitney([...r.u].reverse(), r.v.slice(0, 11)).p).toBe(plain[6]?.p)
  })
})
