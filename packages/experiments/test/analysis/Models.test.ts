import { describe, expect, it } from "vitest"
import * as Anova from "../../src/analysis/Anova.ts"
import * as ErrorStrata from "../../src/analysis/ErrorStrata.ts"
import * as LinearModel from "../../src/analysis/LinearModel.ts"
import * as LogisticRegression from "../../src/analysis/LogisticRegression.ts"
import * as ModelTerms from "../../src/analysis/ModelTerms.ts"
import * as Sphericity from "../../src/analysis/Sphericity.ts"
import r from "../fixtures/analysis/models.json" with { type: "json" }
import { allClose, close, expectJsonSafe } from "./Support.ts"

const a = ModelTerms.categorical("a", r.a, ["a1", "a2", "a3"])
const b = ModelTerms.categorical("b", r.b, ["b1", "b2"])
const x = ModelTerms.numeric("x", r.x)
const crossed = [["a"], ["b"], ["a", "b"]]

const checkTable = (
  table: Anova.AnovaTable,
  expected: { df: Array<number>; ss: Array<number>; f: Array<number | null>; p: Array<number | null> },
): void => {
  const terms = expected.df.length - table.rows.length === 1 ? expected.df.length - 1 : expected.df.length
  allClose(
    table.rows.map((row) => row.df),
    expected.df.slice(0, terms),
    0,
  )
  allClose(
    table.rows.map((row) => row.sumOfSquares),
    expected.ss.slice(0, terms),
  )
  allClose(
    table.rows.map((row) => row.f),
    expected.f.slice(0, terms),
  )
  allClose(
    table.rows.map((row) => row.p),
    expected.p.slice(0, terms),
  )
  if (terms < expected.df.length) close(table.residualSumOfSquares, expected.ss[terms] ?? 0)
}

// R 4.2.2, test/reference/models.R.
describe("linear models against R", () => {
  it("coefficients, errors, intervals and fit statistics are those of lm", () => {
    const fit = LinearModel.fit({ response: r.y, variables: [a, b, x], terms: [["a"], ["b"], ["x"]] })
    allClose(
      fit.coefficients.map((row) => row.estimate),
      r.fit.estimate,
    )
    allClose(
      fit.coefficients.map((row) => row.standardError),
      r.fit.se,
    )
    allClose(
      fit.coefficients.map((row) => row.t),
      r.fit.t,
    )
    allClose(
      fit.coefficients.map((row) => row.p),
      r.fit.p,
    )
    allClose(
      fit.coefficients.map((row) => row.low),
      r.fit.low,
    )
    allClose(
      fit.coefficients.map((row) => row.high),
      r.fit.high,
    )
    close(fit.sigma, r.fit.sigma)
    close(fit.rSquared, r.fit.r2)
    close(fit.adjustedRSquared, r.fit.adj)
    close(fit.fStatistic, r.fit.f)
    close(fit.fP, r.fit.fp)
    allClose(fit.residuals, r.fit.residuals)
    allClose(fit.leverage, r.fit.leverage)
    allClose(fit.standardizedResiduals, r.fit.standardized)
  })

  it("type I sums of squares of unbalanced data are those of anova(lm)", () =>
    checkTable(Anova.anova({ response: r.y, variables: [a, b], terms: crossed, type: "I" }), r.type1))
  it("type II sums of squares are those of comparing models with R", () =>
    checkTable(Anova.anova({ response: r.y, variables: [a, b], terms: crossed }), r.type2))
  it("type III sums of squares are those of drop1 under sum contrasts", () =>
    checkTable(Anova.anova({ response: r.y, variables: [a, b], terms: crossed, type: "III" }), r.type3))
  it("a covariate taken first gives the analysis of covariance of R", () =>
    checkTable(Anova.anova({ response: r.y, variables: [x, a], terms: [["x"], ["a"]], type: "I" }), r.ancova))

  it("rows and columns of a Latin square are additive terms", () => {
    const of = (name: "row" | "col" | "treat") => ModelTerms.categorical(name, r.latin[name])
    checkTable(
      Anova.anova({
        response: r.latin.y,
        variables: [of("row"), of("col"), of("treat")],
        terms: [["row"], ["col"], ["treat"]],
      }),
      r.latin.table,
    )
  })

  it("incomplete blocks are analysed within blocks", () => {
    const block = ModelTerms.categorical("block", r.bibd.block)
    const treat = ModelTerms.categorical("treat", r.bibd.treat)
    checkTable(
      Anova.anova({ response: r.bibd.y, variables: [block, treat], terms: [["block"], ["treat"]], type: "I" }),
      r.bibd.table,
    )
  })

  it("effect sizes are shares of sums of squares", () => {
    const table = Anova.anova({ response: r.y, variables: [a, b], terms: crossed, type: "I" })
    const [ssA = 0, , , rss = 0] = r.type1.ss
    const total = r.type1.ss.reduce((sum, value) => sum + value, 0)
    const ms = rss / (r.type1.df[3] ?? 0)
    close(table.rows[0]?.etaSquared, ssA / total)
    close(table.rows[0]?.partialEtaSquared, ssA / (ssA + rss))
    close(table.rows[0]?.omegaSquared, Math.max(0, (ssA - 2 * ms) / (total + ms)))
  })
})

type ReferenceStratum = {
  name: string
  term: Array<string>
  df: Array<number>
  ss: Array<number>
  f: Array<number | null>
  p: Array<number | null>
}

const checkStrata = (table: ErrorStrata.StrataTable, expected: ReadonlyArray<ReferenceStratum>): void => {
  expect(table.strata.length).toBe(expected.length)
  expected.forEach((stratum, index) => {
    const own = table.strata[index]
    const terms = stratum.term.flatMap((term, at) => (term === "Residuals" ? [] : [at]))
    expect(own?.rows.map((row) => row.term)).toEqual(terms.map((at) => stratum.term[at]))
    allClose(
      own?.rows.map((row) => row.df) ?? [],
      terms.map((at) => stratum.df[at] ?? 0),
      0,
    )
    allClose(
      own?.rows.map((row) => row.sumOfSquares) ?? [],
      terms.map((at) => stratum.ss[at] ?? 0),
    )
    allClose(
      own?.rows.map((row) => row.f) ?? [],
      terms.map((at) => stratum.f[at] ?? null),
    )
    allClose(
      own?.rows.map((row) => row.p) ?? [],
      terms.map((at) => stratum.p[at] ?? null),
    )
    const residual = stratum.term.indexOf("Residuals")
    if (residual >= 0) {
      expect(own?.residualDf).toBe(stratum.df[residual])
      close(own?.residualSumOfSquares, stratum.ss[residual] ?? 0)
    }
  })
}

describe("error strata against R's aov with Error()", () => {
  const sp = r.splitplot
  const variables = [
    ModelTerms.categorical("variety", sp.variety),
    ModelTerms.categorical("irrigation", sp.irrigation),
    ModelTerms.categorical("block", sp.block),
    ModelTerms.categorical("wp", sp.wp),
  ]
  const terms = [["irrigation"], ["variety"], ["irrigation", "variety"]]

  it("a split plot in blocks tests whole-plot factors against whole plots", () =>
    checkStrata(
      ErrorStrata.anovaWithStrata({ response: sp.y, variables, terms, errors: [["block"], ["block", "irrigation"]] }),
      sp.nested,
    ))
  it("a split plot without blocks has whole plots as one stratum", () =>
    checkStrata(ErrorStrata.anovaWithStrata({ response: sp.y, variables, terms, errors: [["wp"]] }), sp.plots))

  it("repeated measures are tested within subjects", () => {
    const y = r.repeated.y.flat()
    const subject = ModelTerms.categorical(
      "subject",
      y.map((_, index) => `s${Math.floor(index / 4)}`),
    )
    const occasion = ModelTerms.categorical(
      "occasion",
      y.map((_, index) => `t${index % 4}`),
    )
    checkStrata(
      ErrorStrata.anovaWithStrata({
        response: y,
        variables: [subject, occasion],
        terms: [["occasion"]],
        errors: [["subject"]],
      }),
      r.repeated.strata,
    )
  })

  it("a Williams crossover has sequences between and treatments within subjects", () => {
    const w = r.williams
    const of = (name: "subject" | "sequence" | "period" | "treatment") => ModelTerms.categorical(name, w[name])
    checkStrata(
      ErrorStrata.anovaWithStrata({
        response: w.y,
        variables: [of("subject"), of("sequence"), of("period"), of("treatment")],
        terms: [["sequence"], ["period"], ["treatment"]],
        errors: [["subject"]],
      }),
      w.strata,
    )
  })

  it("an unbalanced split plot says that a term is in several strata", () => {
    const rows = sp.y.map((_, index) => index).filter((index) => index !== 4)
    const table = ErrorStrata.anovaWithStrata({
      response: rows.map((row) => sp.y[row] ?? 0),
      variables: variables.map((variable) => ModelTerms.selectRows(variable, rows)),
      terms,
      errors: [["wp"]],
    })
    expect(table.notes.join(" ")).toContain("several strata")
    expectJsonSafe(table)
  })
})

describe("sphericity against R", () => {
  it("epsilon and corrected p of one within factor are those of anova.mlm", () => {
    const found = Sphericity.epsilon(r.repeated.y, [4], [true])
    close(found.greenhouseGeisser, r.repeated.gg)
    const row = r.repeated.strata[1]
    const f = row?.f[0] ?? 0
    close(Sphericity.correctedP(f, 3, 18, found.greenhouseGeisser ?? 1), r.repeated.pgg)
    close(Sphericity.correctedP(f, 3, 18, found.huynhFeldt ?? 1), r.repeated.phf)
  })
  it("two within factors and groups of subjects pool the covariances", () => {
    close(Sphericity.epsilon(r.within2.y, [2, 3], [false, true], r.within2.group).greenhouseGeisser, r.within2.ggQ)
    close(Sphericity.epsilon(r.within2.y, [2, 3], [true, true], r.within2.group).greenhouseGeisser, r.within2.ggPQ)
  })
})

describe("logistic regression against R's glm", () => {
  it("coefficients, deviances and likelihood ratio tests agree", () => {
    const fit = LogisticRegression.fit({
      response: r.logistic.z,
      variables: [x, ModelTerms.categorical("g", r.a, ["a1", "a2", "a3"])],
      terms: [["x"], ["g"]],
    })
    allClose(
      fit.coefficients.map((row) => row.estimate),
      r.logistic.estimate,
      1e-7,
    )
    allClose(
      fit.coefficients.map((row) => row.standardError),
      r.logistic.se,
      1e-7,
    )
    allClose(
      fit.coefficients.map((row) => row.p),
      r.logistic.p,
      1e-7,
    )
    close(fit.deviance, r.logistic.deviance)
    close(fit.nullDeviance, r.logistic.null)
    allClose(
      fit.terms.map((row) => row.chiSquared),
      r.logistic.lrt,
      1e-7,
    )
    allClose(
      fit.terms.map((row) => row.p),
      r.logistic.lrp,
      1e-7,
    )
  })
  it("separated data have no coefficients and say so", () => {
    const fit = LogisticRegression.fit({
      response: [0, 0, 0, 1, 1, 1],
      variables: [ModelTerms.numeric("dose", [1, 2, 3, 4, 5, 6])],
      terms: [["dose"]],
    })
    expect(fit.separated).toBe(true)
    expect(fit.coefficients.every((row) => row.estimate === null)).toBe(true)
    expect(fit.notes.join(" ")).toContain("separate")
    // All of the null deviance goes: 12 log 2.
    close(fit.terms[0]?.chiSquared, 12 * Math.log(2), 1e-5)
    expectJsonSafe(fit)
  })
})

describe("models of hostile data", () => {
  const g = ModelTerms.categorical("g", ["p", "p", "q", "q"])
  it("an aliased column is named with what it depends on", () => {
    const twin = ModelTerms.categorical("twin", ["n", "n", "m", "m"])
    const fit = LinearModel.fit({ response: [1, 2, 4, 7], variables: [g, twin], terms: [["g"], ["twin"]] })
    expect(fit.aliased).toEqual([{ name: "twin[m]", dependsOn: ["g[q]"] }])
    const table = Anova.anova({ response: [1, 2, 4, 7], variables: [g, twin], terms: [["g"], ["twin"]] })
    expect(table.aliased.map((loss) => loss.term)).toEqual(["g", "twin"])
    expect(table.notes.join(" ")).toContain("cannot be told apart")
    expectJsonSafe(table)
  })
  for (const [name, response] of [
    ["constant", [3, 3, 3, 3]],
    ["perfectly fitted", [1, 1, 5, 5]],
    ["huge", [1e300, 2e300, 4e300, 7e300]],
    ["tiny", [1e-300, 2e-300, 4e-300, 7e-300]],
    ["constant at 0.1", [0.1, 0.1, 0.1, 0.1]],
  ] as const) {
    it(`${name} outcomes leave no number that is not one`, () => {
      const fit = LinearModel.fit({ response, variables: [g], terms: [["g"]] })
      const table = Anova.anova({ response, variables: [g], terms: [["g"]] })
      const strata = ErrorStrata.anovaWithStrata({ response, variables: [g], terms: [["g"]], errors: [] })
      expectJsonSafe({ coefficients: fit.coefficients, notes: fit.notes, sigma: fit.sigma, fP: fit.fP })
      expectJsonSafe(table)
      expectJsonSafe(strata)
      if (name === "huge" || name === "tiny") {
        // The same F as for 1, 2, 4, 7: means 1.5 and 5.5, F = 16 / 2.5.
        close(table.rows[0]?.f, 6.4)
        expect(table.rows[0]?.sumOfSquares).toBeNull()
      } else {
        expect(table.rows[0]?.f).toBeNull()
        expect(table.notes.length).toBeGreaterThan(0)
      }
    })
  }
  it("one row and no rows give notes", () => {
    for (const response of [[], [4]]) {
      const one = ModelTerms.categorical(
        "g",
        response.map(() => "p"),
      )
      const table = Anova.anova({ response, variables: [one], terms: [["g"]] })
      expect(table.notes.length).toBeGreaterThan(0)
      expectJsonSafe(table)
      expectJsonSafe(LinearModel.fit({ response, variables: [one], terms: [["g"]] }))
    }
  })
  it("the order of rows and the names of levels change nothing", () => {
    const order = r.y.map((_, index) => (index * 7) % r.y.length)
    const rename = new Map([
      ["a1", "zeta"],
      ["a2", "beta"],
      ["a3", "mu"],
    ])
    const table = Anova.anova({
      response: order.map((row) => r.y[row] ?? 0),
      variables: [
        ModelTerms.categorical(
          "a",
          order.map((row) => rename.get(r.a[row] ?? "") ?? ""),
        ),
        ModelTerms.categorical(
          "b",
          order.map((row) => r.b[row] ?? ""),
        ),
      ],
      terms: crossed,
      type: "III",
    })
    checkTable(table, r.type3)
  })
})
