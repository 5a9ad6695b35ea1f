import * as Result from "effect/Result"
import * as Schema from "effect/Schema"
import { describe, expect, it } from "vitest"
import { buildDesign } from "../../src/BuildDesign.ts"
import { clopperPearson } from "../../src/internal/powerSimulate.ts"
import * as Power from "../../src/Power.ts"
import type { Study } from "../../src/Study.ts"
import type { AnalysisPlanInput, HypothesisInput, StudyInput } from "../../src/StudyInput.ts"
import * as StudyFile from "../../src/StudyFile.ts"
import { fixtureJson } from "../fixtures.ts"

// Made by test/reference/power_plans.R with power.t.test and R's distributions.
const Reference = Schema.Record(Schema.String, Schema.Union([Schema.Finite, Schema.String]))
const references = Schema.decodeUnknownSync(Reference)(fixtureJson("power_plans.json"))
const reference = (name: string): number => {
  const value = references[name]
  if (typeof value !== "number") throw new Error(`no reference ${name}`)
  return value
}

const arm: HypothesisInput = {
  hypothesisId: "arm",
  label: "arm",
  statement: "the new arm differs",
  kind: "effect",
  independentVars: ["arm"],
  dependentVars: ["score"],
  direction: "different",
  minimumEffectOfInterest: 0.8,
}
const dose: HypothesisInput = { ...arm, hypothesisId: "dose", independentVars: ["dose"], minimumEffectOfInterest: 1 }

const studyOf = (
  hypotheses: readonly [HypothesisInput, ...ReadonlyArray<HypothesisInput>],
  plan: Partial<AnalysisPlanInput>,
  more: Partial<StudyInput> = {},
): Study => {
  const [first, ...rest] = hypotheses
  return Result.getOrThrow(
    StudyFile.make({
      studyId: "s",
      title: "S",
      factors: [StudyFile.factor("arm", ["old", "new"]), StudyFile.factor("dose", [1, 2, 3])],
      outcomes: [{ name: "score", sourceTable: "evaluations", column: "score", aggregation: "mean", primary: true }],
      hypotheses,
      analysisPlans: [
        {
          analysisPlanId: "p",
          hypothesisIds: [first.hypothesisId, ...rest.map(({ hypothesisId }) => hypothesisId)],
          tests: ["difference_in_means"],
          ...plan,
        },
      ],
      runBudget: { replicates: 8 },
      ...more,
    }),
  )
}

const reportOf = (study: Study, options: Power.PowerOptions): Power.PowerReport =>
  Result.getOrThrow(Power.ofStudy(study, Result.getOrThrow(buildDesign(study)).conditions, options))

const rowOf = (report: Power.PowerReport, hypothesisId: string): Power.PowerRow => {
  const row = report.rows.find((candidate) => candidate.hypothesisId === hypothesisId)
  if (row === undefined) throw new Error(`no row of ${hypothesisId}`)
  return row
}

const refusal = (study: Study, options: Power.PowerOptions): string => {
  const made = Power.ofStudy(study, Result.getOrThrow(buildDesign(study)).conditions, options)
  return Result.isFailure(made) ? made.failure.option : "made"
}

const close = (found: number | null, expected: number, within = 1e-8): void =>
  expect(Math.abs((found ?? Number.NaN) - expected)).toBeLessThan(within)

describe("power of a plan by formula", () => {
  it("two groups have the power, the smallest effect and the size of R's power.t.test", () => {
    const row = rowOf(reportOf(studyOf([arm], {}), { sd: 1 }), "arm")
    expect([row.method, row.groups.map(({ runs }) => runs)]).toEqual(["formula", [24, 24]])
    close(row.power, reference("welch"))
    close(row.minimumDetectableEffect, reference("mde"), 1e-6)
    // A replicate has three runs of each arm.
    expect(row.replicatesForTarget).toBe(Math.ceil(reference("perArm") / 3))
    expect(row.runsForTarget).toBe(6 * Math.ceil(reference("perArm") / 3))
  })

  it("a claim with a direction is tested on one side, whichever side it is", () => {
    for (const direction of ["greater", "less"] as const) {
      const row = rowOf(reportOf(studyOf([{ ...arm, direction }], {}), { sd: 1 }), "arm")
      close(row.power, reference("oneSided"))
      expect(row.effect).toBe(direction === "less" ? -0.8 : 0.8)
    }
  })

  it("the effect is in the unit of the outcome: twice the noise and twice the effect have the same power", () => {
    const row = rowOf(reportOf(studyOf([{ ...arm, minimumEffectOfInterest: 1.6 }], {}), { sd: 2 }), "arm")
    close(row.power, reference("welch"))
    const cv = rowOf(reportOf(studyOf([{ ...arm, minimumEffectOfInterest: 1.6 }], {}), { cv: 0.02, mean: -100 }), "arm")
    close(cv.power, reference("welch"))
  })

  it("main effects and interactions of a factorial have the power of R's noncentral F", () => {
    const moderation: HypothesisInput = {
      ...arm,
      hypothesisId: "both",
      kind: "moderation",
      moderators: [{ name: "dose", levels: [] }],
      minimumEffectOfInterest: 1,
    }
    const report = reportOf(studyOf([arm, dose, moderation], { tests: ["anova"] }), { sd: 1 })
    for (const [id, name] of [
      ["arm", "arm"],
      ["dose", "dose"],
      ["both", "interaction"],
    ] as const) {
      const row = rowOf(report, id)
      expect(row.methodText).toContain("noncentral F")
      close(row.power, reference(name))
    }
    expect(rowOf(report, "dose").df).toEqual([2, 42])
  })

  it("Bonferroni's correction tests each at its share of the level", () => {
    const report = reportOf(studyOf([arm, dose], { multipleComparisonPolicy: "bonferroni" }), { sd: 1 })
    const row = rowOf(report, "arm")
    expect([row.familySize, row.correction, row.method]).toEqual([4, "bonferroni", "formula"])
    close(row.power, reference("bonferroni"))
  })

  it("two rates have the exact power of R's fisher.test and chisq.test through all tables", () => {
    for (const [test, name] of [
      ["fisher_exact", "fisher"],
      ["chi_squared", "chi"],
    ] as const) {
      const study = studyOf(
        [{ ...arm, minimumEffectOfInterest: 0.4 }],
        { tests: [test] },
        {
          factors: [StudyFile.factor("arm", ["old", "new"])],
          runBudget: { replicates: 20 },
        },
      )
      const row = rowOf(reportOf(study, { baselineRate: 0.2, replicatesRange: [1, 40] }), "arm")
      expect(row.method).toBe("formula")
      close(row.power, reference(name))
    }
  })

  it("blocks are taken out with their degrees of freedom, however much they differ", () => {
    const study = studyOf(
      [{ ...arm, minimumEffectOfInterest: 1 }],
      {},
      {
        factors: [StudyFile.factor("arm", ["old", "new"])],
        blocks: [{ name: "day", levels: ["a", "b", "c", "d", "e", "f"] }],
        designSpec: { kind: "randomized_complete_block" },
        runBudget: { replicates: 2 },
      },
    )
    const row = rowOf(reportOf(study, { sd: 1, blockSd: 9 }), "arm")
    expect([row.runs, row.df]).toEqual([24, [17]])
    close(row.power, reference("blocks"), 1e-6)
  })
})

describe("power of a plan by simulation", () => {
  /** The same test by formula, and by simulation because some run may fail with a share of nearly 0. */
  const both = (study: Study, options: Power.PowerOptions) => {
    const formula = reportOf(study, { ...options, replicatesRange: [1, 1] })
    const simulated = reportOf(study, { ...options, replicatesRange: [1, 1], failureShare: 1e-12, simulations: 200 })
    return formula.rows.map((row, index) => [row, simulated.rows[index]] as const)
  }

  it.each([
    ["two groups", studyOf([arm], {})],
    ["a claim with a direction", studyOf([{ ...arm, direction: "less" }], {})],
    ["a factorial", studyOf([arm, dose], { tests: ["anova"] })],
    [
      "Bonferroni's correction",
      studyOf([arm], { tests: ["welch_t", "pooled_t"], multipleComparisonPolicy: "bonferroni" }),
    ],
  ])("agrees with the formula within its interval: %s", (_, study) => {
    for (const [formula, simulated] of both(study, { sd: 1, seed: 4 })) {
      expect([formula.method, simulated?.method, simulated?.simulations]).toEqual(["formula", "simulation", 200])
      // 99.9 %, because several are compared.
      const { high, low } = clopperPearson(Math.round((simulated?.power ?? Number.NaN) * 200), 200, 0.999)
      expect(formula.power).toBeGreaterThan(low)
      expect(formula.power).toBeLessThan(high)
      const mde = simulated?.minimumDetectableEffect ?? Number.NaN
      expect(Math.abs(mde / (formula.minimumDetectableEffect ?? Number.NaN) - 1)).toBeLessThan(0.15)
    }
  })

  it("the same seed gives the same rows, whatever else the study tests", () => {
    const options = { sd: 1, seed: 9, simulations: 50, replicatesRange: [7, 9] as const }
    const alone = studyOf([arm], { tests: ["mann_whitney"] })
    expect(reportOf(alone, options)).toEqual(reportOf(alone, options))
    const other = { ...alone.analysisPlans[0], analysisPlanId: "other", tests: ["welch_t"] as const }
    const [plan] = alone.analysisPlans
    if (plan === undefined) throw new Error("no plan")
    const more = { ...alone, analysisPlans: [{ ...plan, ...other }, plan] }
    expect(reportOf(more, options).rows.at(-1)).toEqual(reportOf(alone, options).rows[0])
    expect(reportOf(alone, { ...options, seed: 10 }).rows[0]?.power).not.toBe(reportOf(alone, options).rows[0]?.power)
  })

  it("without an effect a test is right as often as its level says", () => {
    const study = studyOf([arm], { tests: ["mann_whitney"] })
    const row = rowOf(
      reportOf(study, { sd: 1, effect: 0, simulations: 400, target: 0.5, replicatesRange: [1, 1] }),
      "arm",
    )
    expect(row.powerLow).toBeLessThan(0.05)
    expect(row.powerHigh).toBeGreaterThan(0.045)
    expect(row.notes.join()).toContain("no number of runs finds an effect of 0")
  })

  it("tells of each test before its power is found, and whether it is simulated", () => {
    const told: Array<readonly unknown[]> = []
    reportOf(studyOf([arm], { tests: ["welch_t", "mann_whitney"] }), {
      sd: 1,
      simulations: 20,
      replicatesRange: [8, 8],
      onTest: ({ isSimulated, place, test, tests }) => void told.push([place, tests, test, isSimulated]),
    })
    expect(told).toEqual([
      [1, 2, "welch_t", false],
      [2, 2, "mann_whitney", true],
    ])
  })

  it("runs that fail cost power", () => {
    const study = studyOf([arm], {}, { outcomes: [{ name: "score", sourceTable: "runs", column: "x", primary: true }] })
    const lost = rowOf(reportOf(study, { sd: 1, failureShare: 0.5, simulations: 100, replicatesRange: [1, 1] }), "arm")
    expect(lost.powerHigh).toBeLessThan(reference("welch"))
  })
})

describe("other factors of a factorial", () => {
  const options = { sd: 1, simulations: 400, seed: 3, replicatesRange: [8, 8] as const }

  it("a test that leaves them in its error says so, and one that removes them does not", () => {
    const tests = ["welch_t", "mann_whitney", "anova", "regression"] as const
    const { rows } = reportOf(studyOf([arm], { tests: [...tests] }), { ...options, simulations: 20 })
    expect(rows.map(({ otherFactors, test }) => [test, otherFactors])).toEqual([
      ["welch_t", ["dose"]],
      ["mann_whitney", ["dose"]],
      ["anova", []],
      ["regression", []],
    ])
    for (const { notes, otherFactors } of rows)
      expect(notes.some((note) => note.startsWith("other factors (dose) are taken to have no effect"))).toBe(
        otherFactors.length > 0,
      )
    // A study of one factor has none.
    const single = studyOf([arm], {}, { factors: [StudyFile.factor("arm", ["old", "new"])] })
    expect(rowOf(reportOf(single, { sd: 1 }), "arm").otherFactors).toEqual([])
  })

  it("with effects in them such a test loses the power that numpy and scipy count, and anova keeps its own", () => {
    // test/reference/other_effects.py: doses at -3, 0 and 3, 8 replicates of 6 conditions, effect 0.8, sd 1.
    const { rows } = reportOf(studyOf([arm], { tests: ["welch_t", "anova"] }), { ...options, otherEffects: 6 })
    const [welch, anova] = rows
    expect([welch?.method, anova?.method]).toEqual(["simulation", "formula"])
    const { high, low } = clopperPearson(Math.round((welch?.power ?? Number.NaN) * 400), 400, 0.999)
    expect(low).toBeLessThan(0.00558)
    expect(high).toBeGreaterThan(0.00558)
    expect(welch?.notes.join()).toContain("other factors are taken to have effects: dose 6")
    expect(anova?.power).toBeGreaterThan(0.7)
  })

  it("a factor whose own hypothesis has a smallest effect that matters has that one", () => {
    const study = studyOf([arm, dose], { hypothesisIds: ["arm"] })
    const row = rowOf(reportOf(study, { ...options, simulations: 20, otherEffects: 6 }), "arm")
    expect(row.notes.join()).toContain("other factors are taken to have effects: dose 1")
    expect(refusal(study, { sd: 1, otherEffects: -1 })).toBe("otherEffects")
  })

  it("looks at a factorial have them in their groups too", () => {
    const study = studyOf([arm], {}, { heddle: { stopping: { rule: "group_sequential" } } })
    const of = (otherEffects: number) => rowOf(reportOf(study, { ...options, otherEffects }), "arm").power ?? Number.NaN
    expect(of(6)).toBeLessThan(of(0) - 0.3)
  })
})

describe("power that is not known", () => {
  it("an effect in the outcome's unit without the noise in it has no power, and a smallest effect in standard deviations", () => {
    const report = reportOf(studyOf([arm], {}), {})
    const row = rowOf(report, "arm")
    expect([report.standardised, row.power, row.replicatesForTarget]).toEqual([true, null, null])
    expect(row.notes.join()).toContain("give the standard deviation")
    close(row.minimumDetectableEffect, reference("mde"), 1e-6)
    expect(row.effectText).toContain("standard deviations")
    // An effect that is given outright is one of standard deviations.
    close(rowOf(reportOf(studyOf([arm], {}), { effect: 0.8 }), "arm").power, reference("welch"))
  })

  it("no effect, no plan and no degrees of freedom are null with the reason", () => {
    const none = rowOf(reportOf(studyOf([{ ...arm, minimumEffectOfInterest: null }], {}), { sd: 1 }), "arm")
    expect(none.power).toBeNull()
    expect(none.notes.join()).toContain("no effect is assumed")
    const planless = studyOf([arm, dose], { hypothesisIds: ["arm"] })
    expect(rowOf(reportOf(planless, { sd: 1 }), "dose").notes.join()).toContain("no analysis plan")
    const single = studyOf(
      [arm],
      {},
      { factors: [StudyFile.factor("arm", ["old", "new"])], runBudget: { replicates: 1 } },
    )
    const row = rowOf(reportOf(single, { sd: 1, target: 0.9 }), "arm")
    expect([row.power, row.method]).toEqual([null, "none"])
    expect(row.notes.join()).toContain("too few observations")
    expect(row.replicatesForTarget).toBeGreaterThan(20)
  })

  it("what cannot be meant is refused by its name", () => {
    const study = studyOf([arm], {})
    expect(refusal(study, { sd: 0 })).toBe("sd")
    expect(refusal(study, { sd: { other: 1 } })).toBe("sd")
    expect(refusal(study, { cv: 0.1 })).toBe("cv")
    expect(refusal(study, { alpha: 1 })).toBe("alpha")
    expect(refusal(study, { target: 0 })).toBe("target")
    expect(refusal(study, { simulations: 1 })).toBe("simulations")
    expect(refusal(study, { replicates: 0 })).toBe("replicates")
    expect(refusal(study, { failureShare: 1 })).toBe("failureShare")
    expect(refusal(study, { baselineRate: 2 })).toBe("baselineRate")
    expect(refusal(study, { sd: 1, replicates: 100_000 })).toBe("replicates")
  })

  it("a report is data that its schema knows, with no number that is none", () => {
    const report = reportOf(studyOf([arm, dose], { tests: ["anova", "welch_t"] }), { sd: 1, costPerRun: 0.5 })
    expect(Schema.decodeUnknownSync(Power.PowerReport)(JSON.parse(JSON.stringify(report)))).toEqual(report)
    expect([report.cost, report.runs]).toEqual([24, 48])
    const row = rowOf(report, "arm")
    expect(row.costForTarget).toBe((row.runsForTarget ?? 0) * 0.5)
  })
})

describe("power of a study that looks", () => {
  const looking = (rule: "group_sequential" | "always_valid") =>
    studyOf(
      [arm],
      {},
      {
        factors: [StudyFile.factor("arm", ["old", "new"])],
        runBudget: { replicates: 40 },
        heddle: { stopping: { rule } },
      },
    )

  it("planned looks cost little power and save runs", () => {
    const report = reportOf(looking("group_sequential"), { sd: 1, effect: 0.6, replicatesRange: [1, 60] })
    const row = rowOf(report, "arm")
    expect(row.methodText).toContain("4 looks")
    // rpact: test/reference/sequential_power.R, asOF at quarters, delta 0.6, 80 subjects.
    close(row.power, 0.7556, 2e-3)
    expect(row.sequential?.looksAfter).toEqual([10, 20, 30, 40])
    expect(row.sequential?.expectedRuns).toBeLessThan(80)
  })

  it("looks that are valid always are simulated through the rule", () => {
    const report = reportOf(looking("always_valid"), { sd: 1, effect: 1.5, simulations: 60, replicatesRange: [40, 40] })
    const row = rowOf(report, "arm")
    expect([row.method, row.sequential?.rule]).toEqual(["simulation", "always_valid"])
    expect(row.power).toBeGreaterThan(0.9)
    expect(row.sequential?.expectedRuns).toBeLessThan(60)
  })
})
