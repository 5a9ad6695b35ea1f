import * as Result from "effect/Result"
import { describe, expect, it } from "vitest"
import * as AnalysisData from "../../src/analysis/AnalysisData.ts"
import * as RunAnalysis from "../../src/analysis/RunAnalysis.ts"
import * as TTests from "../../src/analysis/TTests.ts"
import type { Condition } from "../../src/Condition.ts"
import type { RunRecord } from "../../src/Run.ts"
import * as StudyFile from "../../src/StudyFile.ts"
import type { AnalysisPlanInput, HypothesisInput, StudyInput } from "../../src/StudyInput.ts"
import type { StudyTables } from "../../src/StudyTables.ts"
import { Float, type Value } from "../../src/Value.ts"
// By R: test/reference/comparisons.R.
import r from "../fixtures/analysis/comparisons.json" with { type: "json" }
import { close, expectJsonSafe } from "./Support.ts"

const outcome = { name: "score", sourceTable: "runs", column: "y", aggregation: "mean", primary: true }

const claim = (more: Partial<HypothesisInput> = {}): HypothesisInput => ({
  hypothesisId: "h1",
  label: "H1",
  statement: "it matters",
  independentVars: ["a"],
  dependentVars: ["score"],
  ...more,
})

const plan = (tests: ReadonlyArray<string>, more: Partial<AnalysisPlanInput> = {}): AnalysisPlanInput => ({
  analysisPlanId: "p1",
  hypothesisIds: ["h1"],
  tests: [tests[0] ?? "", ...tests.slice(1)],
  ...more,
})

interface Row {
  readonly factors: Record<string, Value>
  readonly blocks?: Record<string, Value>
  readonly metadata?: Record<string, Value>
  readonly metrics: Record<string, Value>
  readonly failed?: boolean
}

/** One condition and one run for each row, so that a table of R becomes a study. */
const recordsOf = (
  rows: ReadonlyArray<Row>,
): { conditions: ReadonlyArray<Condition>; records: ReadonlyArray<RunRecord> } => {
  const conditions = rows.map((row, index): Condition => ({
    conditionId: `cond-${index}`,
    factorAssignments: new Map(Object.entries(row.factors)),
    blockAssignments: new Map(Object.entries(row.blocks ?? {})),
    metadata: new Map(Object.entries(row.metadata ?? {})),
    admissible: true,
    constraintMessages: [],
  }))
  const time = "2026-01-02T03:04:05+00:00"
  const records = rows.map((row, index): RunRecord => {
    const runId = `run-${index}`
    const runSpec = {
      runId,
      studyId: "s",
      conditionId: `cond-${index}`,
      replicate: 1,
      seed: 1,
      agentId: null,
      problemId: null,
      executionMetadata: new Map<string, Value>(),
    }
    return {
      runSpec,
      outcome: row.failed === true ? "failed" : "succeeded",
      result: {
        runId,
        status: row.failed === true ? "failed" : "success",
        outputs: new Map(),
        metrics: new Map(Object.entries(row.metrics)),
        evaluatorOutputs: [],
        costUsd: 0,
        latencyS: 0.5,
        traceRefs: [],
        errorInfo: null,
        provenanceInfo: new Map(),
        observations: [],
        runSpec,
        startedAt: time,
        endedAt: time,
        attempts: 1,
      },
      reason: undefined,
      failure: undefined,
      attempts: 1,
      history: [],
    }
  })
  return { conditions, records }
}

const analyse = (input: Omit<StudyInput, "studyId" | "title">, rows: ReadonlyArray<Row>) => {
  const study = Result.getOrThrow(StudyFile.make({ studyId: "s", title: "S", outcomes: [outcome], ...input }))
  const { conditions, records } = recordsOf(rows)
  return Result.flatMap(AnalysisData.fromRecords(study, conditions, records), (data) =>
    RunAnalysis.runAnalysis(study, data, { conditions }),
  )
}

const rowsBy = (input: Omit<StudyInput, "studyId" | "title">, rows: ReadonlyArray<Row>) => {
  const result = Result.getOrThrow(analyse(input, rows))
  expectJsonSafe(result)
  return {
    result,
    of: (test: string, comparison = "") => {
      const found = result.confirmatory.find((row) => row.test === test && row.comparison.startsWith(comparison))
      if (found === undefined) throw new Error(`no row of ${test} ${comparison}`)
      return found
    },
  }
}

const refusal = (input: Omit<StudyInput, "studyId" | "title">, rows: ReadonlyArray<Row>): string => {
  const found = analyse(input, rows)
  if (Result.isSuccess(found)) throw new Error("was not refused")
  return found.failure.message
}

const a = StudyFile.factor("a", ["a1", "a2"])
const b = StudyFile.factor("b", ["b1", "b2"])

describe("unbalanced factors", () => {
  const rows = r.lost.y.map((y, index): Row => ({
    factors: { a: r.lost.a[index] ?? "", b: r.lost.b[index] ?? "" },
    metrics: { y },
  }))
  const study = (direction: "greater" | "less") => ({
    factors: [a, b],
    hypotheses: [claim({ direction })],
    analysisPlans: [plan(["anova", "difference_in_means", "tukey", "mann_whitney", "kruskal_wallis"])],
  })

  it("the direction of a claim is judged by the effect that was tested, not by means that carry another factor", () => {
    // Plain means differ by +2.8, the effect within the levels of b is -2.4: the sign decides.
    expect(r.lost.plain).toBeGreaterThan(0)
    const greater = rowsBy(study("greater"), rows).of("anova")
    close(greater.result.statistic, r.lost.f)
    close(greater.result.p, r.lost.p)
    close(greater.result.estimate, r.lost.estimate)
    expect(greater.result.estimateName).toBe("adjusted difference in means, a2 - a1")
    expect(greater.decision).toBe("notSupported")
    expect(rowsBy(study("less"), rows).of("anova").decision).toBe("supported")
  })

  it("a test of plain means says that they carry another factor", () => {
    const found = rowsBy(study("greater"), rows)
    for (const test of ["difference_in_means", "tukey", "mann_whitney", "kruskal_wallis"])
      expect(found.of(test).result.notes.join(" "), test).toContain("do not have the levels of b equally often")
  })

  it("nothing is said where each level meets all levels of the other factor equally often", () => {
    const balanced = ["a1", "a2"].flatMap((one) =>
      ["b1", "b2"].flatMap((two) =>
        [1, 2.5].map((y): Row => ({ factors: { a: one, b: two }, metrics: { y: y + (one === "a2" ? 1 : 0) } })),
      ),
    )
    const found = rowsBy(study("greater"), balanced)
    expect(found.of("difference_in_means").result.notes).toEqual([])
    expect(found.of("anova").result.estimateName).toBe("difference in means, a2 - a1")
  })

  it("a covariate is taken out of the direction as it is of the test", () => {
    const found = rowsBy(
      {
        factors: [StudyFile.factor("arm", ["base", "new"])],
        hypotheses: [claim({ independentVars: ["arm"], direction: "greater" })],
        analysisPlans: [plan(["anova"], { covariates: ["age"] })],
      },
      r.covariate.y.map((y, index) => ({
        factors: { arm: r.covariate.arm[index] ?? "" },
        metrics: { y, age: r.covariate.age[index] ?? 0 },
      })),
    ).of("anova")
    expect(r.covariate.plain).toBeGreaterThan(0)
    close(found.result.p, r.covariate.p)
    close(found.result.estimate, r.covariate.estimate)
    expect(found.decision).toBe("notSupported")
  })

  it("a side of several levels says so where they have different numbers of runs", () => {
    const levels = StudyFile.factor("a", ["a1", "a2", "a3"])
    const found = rowsBy(
      {
        factors: [levels],
        hypotheses: [claim({ contrast: { label: "c", left: ["a2", "a3"], right: "a1", operation: "difference" } })],
        analysisPlans: [plan(["difference_in_means"])],
      },
      [
        ["a1", 1],
        ["a1", 2],
        ["a2", 3],
        ["a2", 4],
        ["a2", 5],
        ["a3", 9],
      ].map(([level, y]): Row => ({ factors: { a: String(level) }, metrics: { y: Number(y) } })),
    ).of("difference_in_means")
    expect(found.result.notes.join(" ")).toContain("a2 3, a3 1")
  })
})

describe("a response surface", () => {
  const points = [-1, 0, 0, 0, 1].flatMap((x) => [-1, 0, 1].map((z) => [x, z] as const))
  // No noise: y bends with x, which a line cannot follow.
  const rows = points.map(([x, z]): Row => ({
    factors: { x: new Float(x), z: new Float(z) },
    metrics: { y: new Float(3 * x + 10 * x * x + z * 0.5) },
  }))
  const study = (kind: "central_composite" | "full_factorial") => ({
    factors: ["x", "z"].map((name) => StudyFile.factor(name, [new Float(-1), new Float(0), new Float(1)])),
    designSpec: { kind },
    hypotheses: [claim({ independentVars: ["x"] })],
    analysisPlans: [plan(["regression", "anova"])],
  })

  it("a regression on lines says that curvature stands in its error, and which test takes it out", () => {
    const note = "curvature of x, z and interactions beyond its terms stand in its error; anova has them as terms"
    const found = rowsBy(study("central_composite"), rows)
    expect(found.of("regression").result.notes.join(" ")).toContain(note)
    expect(found.of("anova").result.notes.join(" ")).not.toContain(note)
    const flat = rowsBy(study("full_factorial"), rows)
    expect(flat.of("regression").result.notes.join(" ")).not.toContain("curvature")
  })
})

describe("several runs of one subject", () => {
  const rows = r.repeats.y.map((y, index): Row => ({
    factors: { treatment: r.repeats.treatment[index] ?? "" },
    blocks: { subject: r.repeats.subject[index] ?? 0 },
    metrics: { y },
  }))
  const study = (tests: ReadonlyArray<string>, more: Partial<AnalysisPlanInput> = {}) => ({
    factors: [StudyFile.factor("treatment", ["t1", "t2", "t3"])],
    blocks: [{ name: "subject", levels: [1, 2, 3, 4] }],
    designSpec: { kind: "randomized_block" as const },
    problemIds: ["p"],
    hypotheses: [claim({ independentVars: ["treatment"] })],
    analysisPlans: [plan(tests, more)],
  })

  it("are not counted as independent: the error is that of subjects by treatments", () => {
    const found = rowsBy(study(["anova", "mixed_effects", "regression"]), rows)
    close(found.of("anova").result.statistic, r.repeats.f)
    expect(found.of("anova").result.df).toEqual(r.repeats.df)
    // The random intercept has no correction for sphericity, so its p is R's.
    close(found.of("mixed_effects").result.p, r.repeats.p)
    const slope = found.of("regression", "treatment[t3]")
    close(slope.result.estimate, r.repeats.coefficient.estimate)
    close(slope.result.standardError, r.repeats.coefficient.se)
    close(slope.result.p, r.repeats.coefficient.p)
    for (const test of ["anova", "mixed_effects", "regression"]) {
      expect(found.of(test).result.n, test).toBe(12)
      expect(found.of(test).result.notes.join(" "), test).toContain("36 runs, 12 means")
    }
  })

  it("a lost run changes the mean that it was of, and no more", () => {
    const found = rowsBy(
      study(["mixed_effects"]),
      rows.map((row, index) => ({ ...row, failed: index === 4 })),
    ).of("mixed_effects")
    close(found.result.statistic, r.repeats.lostF)
    close(found.result.p, r.repeats.lostP)
    expect(found.missing).toBe(1)
  })

  it("a random intercept of something else does not take subjects to be independent", () => {
    const found = rowsBy(
      study(["mixed_effects"], { randomEffects: ["room"] }),
      rows.map((row, index) => ({ ...row, blocks: { ...row.blocks, room: index % 2 === 0 ? "x" : "y" } })),
    ).of("mixed_effects")
    expect(found.decision).toBe("notTested")
    expect(found.result.notes[0]).toContain("name subject")
  })
})

describe("whole plots in blocks", () => {
  it("are compared within their blocks", () => {
    const found = rowsBy(
      {
        factors: [a, b],
        blocks: [{ name: "day", levels: ["m", "t", "w"] }],
        designSpec: { kind: "split_plot", options: { hard_to_change: ["a"], whole_plots: 2 } },
        hypotheses: [claim({ direction: "greater" })],
        analysisPlans: [plan(["difference_in_means", "pooled_t"])],
      },
      r.plots.y.map((y, index) => ({
        factors: { a: r.plots.a[index] ?? "", b: r.plots.b[index] ?? "" },
        blocks: { day: r.plots.day[index] ?? "" },
        metadata: { whole_plot: r.plots.plot[index] ?? 0 },
        metrics: { y },
      })),
    )
    const row = found.of("difference_in_means")
    close(row.result.estimate, r.plots.estimate)
    close(row.result.standardError, r.plots.se)
    close(row.result.p, r.plots.p)
    expect(row.errorTerm).toBe("whole plots within blocks")
    expect(found.of("pooled_t").result.notes.join(" ")).toContain("blocks (day) are not taken out")
  })
})

describe("a lost whole plot in blocks", () => {
  it("leaves its factor tested between the plots of a block, with the estimate of that test", () => {
    const found = rowsBy(
      {
        factors: [a, b],
        blocks: [{ name: "day", levels: ["m", "t", "w"] }],
        designSpec: { kind: "split_plot", options: { hard_to_change: ["a"], whole_plots: 2 } },
        hypotheses: [claim()],
        analysisPlans: [plan(["anova"])],
      },
      r.plots.y.map((y, index) => ({
        factors: { a: r.plots.a[index] ?? "", b: r.plots.b[index] ?? "" },
        blocks: { day: r.plots.day[index] ?? "" },
        metadata: { whole_plot: r.plots.plot[index] ?? 0 },
        metrics: { y },
        failed: r.plots.plot[index] === 3,
      })),
    ).of("anova")
    close(found.result.statistic, r.plots.lostF)
    close(found.result.p, r.plots.lostP)
    close(found.result.estimate, r.plots.lostEstimate)
    expect(found.errorTerm).toBe("day:whole_plot")
    expect(found.result.notes.join(" ")).toContain("a are tested by what varies in day:whole_plot only")
  })
})

describe("what a contrast means", () => {
  const swapped = {
    name: "a",
    levels: [
      { name: "1", value: 2 },
      { name: "2", value: 1 },
    ],
  }
  const rows = [1, 2, 1, 2].map((value, index): Row => ({ factors: { a: value }, metrics: { y: index * index } }))
  const contrast = { label: "c", left: "2", right: "1", operation: "difference" }

  it("the text of a value is its level", () => {
    const found = rowsBy(
      {
        factors: [
          {
            name: "a",
            levels: [
              { name: "low", value: 1 },
              { name: "high", value: 2 },
            ],
          },
        ],
        hypotheses: [claim({ contrast })],
        analysisPlans: [plan(["difference_in_means"])],
      },
      rows,
    ).of("difference_in_means")
    expect(found.comparison).toBe("a: high - low")
    expect(found.result.estimate).toBe(3)
  })

  it("a text that is the value of one level and the name of another is refused with both", () =>
    expect(
      refusal(
        {
          factors: [swapped],
          hypotheses: [claim({ contrast })],
          analysisPlans: [plan(["difference_in_means"])],
        },
        rows,
      ),
    ).toContain("a value of one level and the name of another"))

  it("more comparisons than a hypothesis has are refused, not cut off", () => {
    const levels = Array.from({ length: 22 }, (_, index) => `l${index}`)
    expect(
      refusal(
        {
          factors: [StudyFile.factor("a", levels)],
          hypotheses: [claim()],
          analysisPlans: [plan(["difference_in_means"])],
        },
        levels.flatMap((level, index) => [0, 1].map((y) => ({ factors: { a: level }, metrics: { y: y + index } }))),
      ),
    ).toContain("231 comparisons")
  })

  it("a ratio is printed as one only where a ratio was computed", () => {
    const found = rowsBy(
      {
        factors: [a],
        hypotheses: [claim({ contrast: { label: "c", left: "a2", right: "a1", operation: "ratio" } })],
        analysisPlans: [plan(["difference_in_means", "welch_t"])],
      },
      [3, 4, 5, 7].map((y, index) => ({ factors: { a: index < 2 ? "a1" : "a2" }, metrics: { y } })),
    )
    expect(found.of("difference_in_means").comparison).toBe("a: a2 / a1")
    expect(found.of("difference_in_means").result.estimate).toBeCloseTo(6 / 3.5, 12)
    expect(found.of("welch_t").comparison).toBe("a: a2 - a1")
    expect(found.of("welch_t").result.estimate).toBe(2.5)
  })

  it("a claim about a ratio of means below zero is not answered by the opposite tail", () => {
    const found = TTests.ratio([-20, -21, -19.5], [-10, -11, -9.5], { alternative: "greater" })
    expect(found.estimate).toBeCloseTo(60.5 / 30.5, 12)
    expect(found.p).toBeNull()
    expect(found.notes.join(" ")).toContain("larger ratio is a smaller mean")
  })
})

describe("tables that do not say who ran a failed run", () => {
  it("no value is filled in for it, so that it is no block of its own", () => {
    const study = Result.getOrThrow(
      StudyFile.make({
        studyId: "s",
        title: "S",
        factors: [a],
        outcomes: [{ ...outcome, column: "primary_outcome", missingDataPolicy: "zero" }],
        hypotheses: [claim()],
        analysisPlans: [plan(["anova"])],
      }),
    )
    const condition = (level: string) => ({
      conditionId: level,
      factors: new Map<string, Value>([["a", level]]),
      blocks: new Map<string, Value>(),
      admissible: true,
    })
    const tables: StudyTables = {
      studyId: "s",
      conditions: ["a1", "a2"].map(condition),
      runs: ["a1", "a2"].flatMap((level) =>
        ["x", "z"].flatMap((agentId) =>
          [1, 2].map((replicate) => ({
            runId: `${level}${agentId}${replicate}`,
            conditionId: level,
            problemId: null,
            agentId,
            modelName: "",
            replicate,
            seed: 1,
            startTime: "",
            endTime: "",
            latencyS: 1,
            costUsd: 0,
            inputTokens: null,
            outputTokens: null,
            primaryOutcome: replicate * 2 + (level === "a2" ? 1.5 : 0) + (agentId === "x" ? 0.25 : 0),
          })),
        ),
      ),
      metrics: [],
      evaluations: [],
      excluded: [{ runId: "lost", conditionId: "a2", replicate: 3, status: "failed", reason: null }],
    }
    const data = Result.getOrThrow(AnalysisData.fromTables(study, tables))
    const result = Result.getOrThrow(RunAnalysis.runAnalysis(study, data))
    expect(result.outcomes[0]?.used).toBe(8)
    expect(result.outcomes[0]?.missing).toEqual([
      { reason: "the run failed, and who ran it is not known to fill it in", count: 1 },
    ])
  })
})

describe("families and decisions", () => {
  const three = StudyFile.factor("a", ["a1", "a2", "a3"])
  const rows = ["a1", "a2", "a3"].flatMap((level, at) =>
    [0, 0.7, 1.1, 1.9].map((y): Row => ({ factors: { a: level, b: "b1" }, metrics: { y: y + 3 * at } })),
  )

  it("an interval without p is no answer where the plan corrects for several tests", () => {
    const study = (multipleComparisonPolicy: string) => ({
      factors: [three],
      hypotheses: [claim()],
      analysisPlans: [plan(["bootstrap"], { multipleComparisonPolicy })],
    })
    const corrected = rowsBy(study("holm"), rows)
    expect(corrected.result.confirmatory.map((row) => row.decision)).toEqual(["notTested", "notTested", "notTested"])
    expect(corrected.result.deviations.map((row) => row.message).join(" ")).toContain("holm cannot correct it")
    expect(rowsBy(study("none"), rows).result.confirmatory.map((row) => row.decision)).toEqual([
      "supported",
      "supported",
      "supported",
    ])
  })

  it("a p without direction is named as the reason where the claim has one", () => {
    const found = rowsBy(
      {
        factors: [three],
        hypotheses: [claim({ direction: "greater" })],
        analysisPlans: [plan(["kruskal_wallis"])],
      },
      rows,
    )
    expect(found.of("kruskal_wallis").decision).toBe("notTested")
    expect(found.result.deviations.map((row) => row.message).join(" ")).toContain("its p has no direction")
  })

  it("what an exploratory hypothesis asked is not looked at a second time", () => {
    const both = ["a1", "a2"].flatMap((one) =>
      ["b1", "b2"].flatMap((two, at) =>
        [0, 0.7, 1.9].map((y): Row => ({ factors: { a: one, b: two }, metrics: { y: y * (at + 1) } })),
      ),
    )
    const { exploratory } = rowsBy(
      {
        factors: [a, b],
        hypotheses: [claim(), claim({ hypothesisId: "h2", kind: "exploratory", independentVars: ["b"] })],
        analysisPlans: [plan(["anova"], { hypothesisIds: ["h1", "h2"] })],
      },
      both,
    ).result
    expect(exploratory.map((row) => row.comparison)).toEqual(["b", "a:b"])
    expect(exploratory.map((row) => row.familySize)).toEqual([2, 2])
  })

  it("one test by two of its names counts once", () => {
    const found = rowsBy(
      {
        factors: [three],
        hypotheses: [claim()],
        analysisPlans: [plan(["welch_t", "t_test"], { multipleComparisonPolicy: "bonferroni" })],
      },
      rows,
    )
    expect(found.result.confirmatory.map((row) => row.familySize)).toEqual([3, 3, 3])
  })

  it("equivalence and a direction are two claims", () =>
    expect(
      refusal(
        {
          factors: [three],
          hypotheses: [claim({ kind: "equivalence", direction: "greater", minimumEffectOfInterest: 1 })],
          analysisPlans: [plan(["equivalence"])],
        },
        rows,
      ),
    ).toContain("equivalence and greater"))

  it("a filter means the level with that value, and says so where it is the name of another", () => {
    const named = (names: readonly [string, string]) => ({
      factors: [
        {
          name: "a",
          levels: [
            { name: names[0], value: 1 },
            { name: names[1], value: 2 },
          ],
        },
        b,
      ],
      hypotheses: [claim({ independentVars: ["b"] })],
      analysisPlans: [plan(["difference_in_means"], { filters: { a: 1 } })],
    })
    const cells = [1, 2].flatMap((one) =>
      ["b1", "b2"].flatMap((two) => [0, 1].map((y): Row => ({ factors: { a: one, b: two }, metrics: { y: y * one } }))),
    )
    expect(rowsBy(named(["low", "high"]), cells).of("difference_in_means").result.n).toBe(4)
    expect(refusal(named(["2", "1"]), cells)).toContain("a value of one level and the name of another")
  })
})

describe("what is left in the error", () => {
  const cells = ["a1", "a2"].flatMap((one) =>
    ["b1", "b2"].flatMap((two) =>
      ["c1", "c2"].flatMap((three) =>
        [0, 0.7].map((y, at): Row => ({
          factors: { a: one, b: two, c: three },
          metrics: { y: y + (one === two ? at : 0) },
        })),
      ),
    ),
  )
  it("interactions of three factors are said to be in it", () => {
    const study = (tests: ReadonlyArray<string>) => ({
      factors: [a, b, StudyFile.factor("c", ["c1", "c2"])],
      hypotheses: [claim()],
      analysisPlans: [plan(tests)],
    })
    const found = rowsBy(study(["anova", "tukey"]), cells)
    expect(found.result.outcomes[0]?.model.notes).toContain("interactions of three factors and more are in the error")
    // 16 runs, 3 main effects and 3 interactions of two.
    expect(found.of("anova").result.df).toEqual([1, 9])
    expect(found.of("tukey").result.notes.join(" ")).toContain("what b, c do is in the error of this test")
  })
})

describe("numbers as levels", () => {
  const three = StudyFile.factor("a", [1, 2, 3])
  const study = { factors: [three], hypotheses: [claim()], analysisPlans: [plan(["anova"])] }
  const rowsOf = (values: ReadonlyArray<Value>): ReadonlyArray<Row> =>
    values.flatMap((value, at) =>
      [0, 0.7, 1.9].map((y): Row => ({ factors: { a: value }, metrics: { y: y + at * at } })),
    )

  it("a float in the rows is the level with that whole number", () => {
    const whole = rowsBy(study, rowsOf([1, 2, 3])).of("anova")
    const mixed = rowsBy(study, rowsOf([new Float(1), 2, new Float(3)])).of("anova")
    expect(mixed.result.df).toEqual([2, 6])
    expect(mixed.result).toEqual(whole.result)
  })

  it("a value that is none of the levels makes the factor an amount, and that is said", () => {
    const found = rowsBy(study, rowsOf([1, 2, 7]))
    expect(found.of("anova").result.df).toEqual([1, 7])
    expect(found.result.deviations.map((row) => row.message).join(" ")).toContain("a is taken as an amount")
    expect(rowsBy(study, rowsOf([1, 2, 3])).result.deviations).toEqual([])
  })
})
