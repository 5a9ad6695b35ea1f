import * as Result from "effect/Result"
import * as Schema from "effect/Schema"
import { describe, expect, it } from "vitest"
import * as AnalysisData from "../../src/analysis/AnalysisData.ts"
import type { AnalysisError } from "../../src/analysis/AnalysisError.ts"
import { AnalysisResult } from "../../src/analysis/AnalysisResult.ts"
import * as RunAnalysis from "../../src/analysis/RunAnalysis.ts"
import * as BuildDesign from "../../src/BuildDesign.ts"
import type { Condition } from "../../src/Condition.ts"
import * as MersenneTwister from "../../src/MersenneTwister.ts"
import * as Recipes from "../../src/Recipes.ts"
import type { Evaluation, RunRecord } from "../../src/Run.ts"
import type { Study } from "../../src/Study.ts"
import * as StudyFile from "../../src/StudyFile.ts"
import type { AnalysisPlanInput, HypothesisInput, StudyInput } from "../../src/StudyInput.ts"
import type { Value } from "../../src/Value.ts"
import type { StudyTables } from "../../src/StudyTables.ts"
import models from "../fixtures/analysis/models.json" with { type: "json" }
import r from "../fixtures/analysis/study.json" with { type: "json" }
import classical from "../fixtures/analysis/tests.json" with { type: "json" }
import { allClose, close, expectJsonSafe } from "./Support.ts"

const studyOf = (input: StudyInput): Study => Result.getOrThrow(StudyFile.make(input))

const outcome = { name: "score", sourceTable: "runs", column: "primary_outcome", aggregation: "mean", primary: true }

const claim = (more: Partial<HypothesisInput> = {}): HypothesisInput => ({
  hypothesisId: "h1",
  label: "H1",
  statement: "it matters",
  independentVars: ["arm"],
  dependentVars: ["score"],
  ...more,
})

const plan = (tests: ReadonlyArray<string>, more: Partial<AnalysisPlanInput> = {}): AnalysisPlanInput => ({
  analysisPlanId: "p1",
  hypothesisIds: ["h1"],
  tests: [tests[0] ?? "", ...tests.slice(1)],
  ...more,
})

interface RunInput {
  readonly condition: Condition
  readonly replicate: number
  readonly metrics?: ReadonlyArray<readonly [string, Value]>
  readonly failed?: boolean
  readonly notRun?: boolean
  readonly attempts?: number
  readonly evaluations?: ReadonlyArray<Partial<Evaluation>>
  readonly agentId?: string
}

let counter = 0
const record = (input: RunInput): RunRecord => {
  const runId = `run-${(counter++).toString(16).padStart(12, "0")}`
  const attempts = input.attempts ?? 1
  const runSpec = {
    runId,
    studyId: "s",
    conditionId: input.condition.conditionId,
    replicate: input.replicate,
    seed: 1,
    agentId: input.agentId ?? null,
    problemId: null,
    executionMetadata: new Map<string, Value>(),
  }
  const time = "2026-01-02T03:04:05+00:00"
  return {
    runSpec,
    outcome: input.notRun === true ? "notStarted" : input.failed === true ? "failed" : "succeeded",
    result:
      input.notRun === true
        ? undefined
        : {
            runId,
            status: input.failed === true ? "failed" : "success",
            outputs: new Map(),
            metrics: new Map(input.metrics ?? []),
            evaluatorOutputs: (input.evaluations ?? []).map((row) => ({
              runId,
              evaluatorId: "judge",
              metricName: "quality",
              metricValue: null,
              metricUnit: "",
              aggregationLevel: "run",
              notesJson: new Map(),
              ...row,
            })),
            costUsd: 0,
            latencyS: 0.5,
            traceRefs: [],
            errorInfo: input.failed === true ? "Error: no" : null,
            provenanceInfo: new Map(),
            observations: [],
            runSpec,
            startedAt: time,
            endedAt: time,
            attempts,
          },
    reason: undefined,
    failure: undefined,
    attempts,
    history: [],
  }
}

const score = (value: Value): ReadonlyArray<readonly [string, Value]> => [["primary_outcome", value]]

const conditionsOf = (study: Study): ReadonlyArray<Condition> =>
  Result.getOrThrow(BuildDesign.buildDesign(study)).conditions

const analyse = (study: Study, conditions: ReadonlyArray<Condition>, records: ReadonlyArray<RunRecord>) =>
  Result.flatMap(AnalysisData.fromRecords(study, conditions, records), (data) =>
    RunAnalysis.runAnalysis(study, data, { conditions }),
  )

const ok = (study: Study, conditions: ReadonlyArray<Condition>, records: ReadonlyArray<RunRecord>) => {
  const result = Result.getOrThrow(analyse(study, conditions, records))
  expectJsonSafe(result)
  // The schema takes it, and JSON gives it back.
  expect(Schema.decodeUnknownSync(AnalysisResult)(JSON.parse(JSON.stringify(result)))).toEqual(result)
  return result
}

const refused = (found: Result.Result<unknown, AnalysisError>): AnalysisError => {
  if (Result.isSuccess(found)) throw new Error("was not refused")
  return found.failure
}

const blockStudy = (tests: ReadonlyArray<string>, more: Partial<StudyInput> = {}): Study =>
  studyOf({
    studyId: "blocks",
    title: "Blocks",
    factors: [StudyFile.factor("arm", ["base", "new"]), StudyFile.factor("style", ["s0", "s1"])],
    blocks: [{ name: "cohort", levels: ["k1", "k2", "k3"] }],
    designSpec: { kind: "randomized_block", replicates: 1 },
    outcomes: [outcome],
    hypotheses: [claim()],
    analysisPlans: [plan(tests)],
    ...more,
  })

const blockRecords = (study: Study): { conditions: ReadonlyArray<Condition>; records: Array<RunRecord> } => {
  const conditions = conditionsOf(study)
  const records = r.blocks.y.map((y, index) => {
    const condition = conditions.find(
      (candidate) =>
        candidate.factorAssignments.get("arm") === r.blocks.arm[index] &&
        candidate.factorAssignments.get("style") === r.blocks.style[index] &&
        candidate.blockAssignments.get("cohort") === r.blocks.cohort[index],
    )
    if (condition === undefined) throw new Error("no condition")
    return record({ condition, replicate: r.blocks.replicate[index] ?? 1, metrics: score(y) })
  })
  return { conditions, records }
}

// R 4.2.2, test/reference/study.R.
describe("a study in blocks against R", () => {
  const study = blockStudy(["difference_in_means", "anova", "regression", "welch_t", "Tukey HSD"])
  const { conditions, records } = blockRecords(study)
  const result = ok(study, conditions, records)
  const row = (test: string) => result.confirmatory.find((candidate) => candidate.test === test)

  it("a difference in means is taken within blocks", () => {
    const found = row("difference_in_means")
    expect(found?.comparison).toBe("arm: new - base")
    expect(found?.errorTerm).toBe("runs within blocks")
    close(found?.result.estimate, r.blocks.estimate)
    close(found?.result.standardError, r.blocks.se)
    close(found?.result.statistic, r.blocks.t)
    close(found?.result.p, r.blocks.p)
    allClose([found?.result.interval?.low, found?.result.interval?.high], [r.blocks.low, r.blocks.high])
  })
  it("the analysis of variance has blocks and the interaction", () => {
    close(row("anova")?.result.statistic, r.blocks.arm_row.f)
    close(row("anova")?.result.p, r.blocks.arm_row.p)
    const model = result.outcomes[0]?.model
    expect(model?.rows.map((line) => line.term)).toEqual(["cohort", "arm", "style", "arm:style"])
    close(model?.rows[3]?.p, r.blocks.both_row.p)
  })
  it("a named Welch test stays one, and regression has blocks and all factors", () => {
    close(row("welch_t")?.result.p, r.blocks.welch)
    close(row("regression")?.result.p, r.blocks.regression.arm)
  })
  it("what no hypothesis is about is exploratory and corrected by itself", () => {
    expect(result.exploratory.map((line) => line.comparison)).toEqual(["cohort", "style", "arm:style"])
    expect(result.exploratory.every((line) => line.planId === null && line.correction === "bh")).toBe(true)
    close(result.exploratory[1]?.result.p, r.blocks.style_row.p)
  })
  it("plots have means, effects and residuals", () => {
    const plots = result.outcomes[0]?.plots
    expect(plots?.mainEffects.map((line) => line.factor)).toEqual(["arm", "style"])
    expect(plots?.interactions[0]?.cells).toHaveLength(4)
    close(plots?.pareto.find((line) => line.term === "arm")?.size, Math.abs(r.blocks.estimate))
    expect(plots?.residuals).toHaveLength(24)
    expect(plots?.quantiles).toHaveLength(24)
    expect(plots?.halfNormal.length).toBe(3)
  })
  it("the order of runs changes nothing that is printed to ten digits", () => {
    const digits = (value: unknown): string =>
      JSON.stringify(value, (_, item: unknown) => (typeof item === "number" ? Number(item.toPrecision(9)) : item))
    const shuffled = [...records]
    MersenneTwister.make(3).shuffle(shuffled)
    const again = ok(study, conditions, shuffled)
    expect(digits(again.confirmatory)).toBe(digits(result.confirmatory))
    expect(digits(again.exploratory)).toBe(digits(result.exploratory))
  })
  it("the same records give the same bytes", () =>
    expect(JSON.stringify(ok(study, conditions, records))).toBe(JSON.stringify(result)))
})

describe("a crossover against R", () => {
  const study = studyOf({
    studyId: "cross",
    title: "Crossover",
    factors: [StudyFile.factor("treatment", ["A", "B", "C", "D"])],
    designSpec: { kind: "williams", options: { subjects: 8 } },
    outcomes: [outcome],
    hypotheses: [
      claim({ independentVars: ["treatment"] }),
      claim({
        hypothesisId: "h2",
        independentVars: ["treatment"],
        contrast: { label: "B against A", left: "B", right: "A", operation: "difference" },
      }),
    ],
    analysisPlans: [
      plan(["anova"]),
      plan(["difference_in_means", "mann_whitney"], { analysisPlanId: "p2", hypothesisIds: ["h2"] }),
    ],
  })
  const [first] = conditionsOf(study)
  if (first === undefined) throw new Error("no condition")
  const conditions = r.crossover.y.map((_, index): Condition => ({
    ...first,
    conditionId: `cond-${index}`,
    factorAssignments: new Map([["treatment", r.crossover.treatment[index] ?? ""]]),
    blockAssignments: new Map([["subject", r.crossover.subject[index] ?? 0]]),
    metadata: new Map<string, Value>([
      ["subject", r.crossover.subject[index] ?? 0],
      ["sequence", r.crossover.sequence[index] ?? 0],
      ["period", r.crossover.period[index] ?? 0],
    ]),
  }))
  const result = ok(
    study,
    conditions,
    conditions.map((condition, index) =>
      record({ condition, replicate: 1, metrics: score(r.crossover.y[index] ?? 0) }),
    ),
  )
  it("treatments are tested within subjects, with Greenhouse and Geisser's correction", () => {
    const row = result.confirmatory[0]
    expect(row?.errorTerm).toBe("within")
    close(row?.result.statistic, r.crossover.f)
    close(row?.result.p, r.crossover.p)
    close(result.outcomes[0]?.model.rows.find((line) => line.term === "treatment")?.epsilon, r.crossover.gg)
  })
  it("a run that is lost leaves treatments tested within subjects", () => {
    const records = conditions.map((condition, index) =>
      record({ condition, replicate: 1, failed: index === 5, metrics: score(r.crossover.y[index] ?? 0) }),
    )
    const row = ok(study, conditions, records).confirmatory[0]
    // R: drop1(lm(y ~ subject + period + treatment)) without the sixth run.
    close(row?.result.statistic, r.crossover.lostF)
    close(row?.result.p, r.crossover.lostP)
    expect(row?.result.notes.join(" ")).toContain("not balanced")
  })
  it("a difference in means is one of pairs", () => {
    const row = result.confirmatory.find((line) => line.test === "difference_in_means")
    close(row?.result.p, r.crossover.pair)
    close(row?.result.estimate, r.crossover.pairEstimate)
    expect(row?.errorTerm).toBe("within subjects")
  })
  it("a test for independent runs is refused for runs of the same subjects", () => {
    const row = result.confirmatory.find((line) => line.test === "mann_whitney")
    expect(row?.decision).toBe("notTested")
    expect(row?.result.p).toBeNull()
    expect(row?.result.notes.join(" ")).toContain("not independent")
  })
})

const two = (tests: ReadonlyArray<string>, more: Partial<StudyInput> = {}): Study =>
  studyOf({
    studyId: "two",
    title: "Two arms",
    factors: [StudyFile.factor("arm", ["base", "new"])],
    outcomes: [outcome],
    hypotheses: [claim()],
    analysisPlans: [plan(tests)],
    ...more,
  })

const twoRecords = (
  study: Study,
  base: ReadonlyArray<Value | "failed" | "notRun">,
  fresh: ReadonlyArray<Value | "failed" | "notRun">,
): { conditions: ReadonlyArray<Condition>; records: Array<RunRecord> } => {
  const conditions = conditionsOf(study)
  const of = (level: string, values: ReadonlyArray<Value | "failed" | "notRun">): Array<RunRecord> => {
    const condition = conditions.find((candidate) => candidate.factorAssignments.get("arm") === level)
    if (condition === undefined) throw new Error("no condition")
    return values.map((value, index) =>
      record({
        condition,
        replicate: index + 1,
        failed: value === "failed",
        notRun: value === "notRun",
        metrics: value === "failed" || value === "notRun" ? [] : score(value),
      }),
    )
  }
  return { conditions, records: [...of("base", base), ...of("new", fresh)] }
}

describe("missing data", () => {
  const withPolicy = (policy: string, direction: "greater" | "different" = "greater"): Study =>
    two(["welch_t"], { outcomes: [{ ...outcome, missingDataPolicy: policy }], hypotheses: [claim({ direction })] })
  const run = (study: Study) => {
    const { conditions, records } = twoRecords(study, [1, 2, 3, "failed"], [4, 5, "failed", "failed", "notRun"])
    return analyse(study, conditions, records)
  }
  const difference = (study: Study): number | null | undefined =>
    Result.getOrThrow(run(study)).confirmatory[0]?.result.estimate

  it("drop leaves failed runs out, counts them and says where they are", () => {
    const result = Result.getOrThrow(run(withPolicy("drop")))
    expect(result.confirmatory[0]?.result.estimate).toBe(2.5)
    expect(result.confirmatory[0]?.missing).toBe(4)
    expect(result.runs).toEqual({ planned: 9, done: 5, failed: 3, notRun: 1, retried: 0 })
    expect(result.outcomes[0]?.missing).toEqual([
      { reason: "the run failed", count: 3 },
      { reason: "the run was not run", count: 1 },
    ])
    expect(result.deviations.map((deviation) => deviation.message).join("\n")).toContain(
      "failures are not spread evenly: 50% of arm=new, 25% at best",
    )
  })
  it("declared policies fill in runs that failed, never runs that were not run", () => {
    // base 1 2 3 0, new 4 5 0 0
    expect(difference(withPolicy("zero"))).toBe(0.75)
    // base 1 2 3 1, new 4 5 1 1
    expect(difference(withPolicy("minimum"))).toBe(1)
    // claimed: new is greater, so base gets the highest (5) and new the lowest (1)
    expect(difference(withPolicy("worst_case"))).toBe(0)
    const filled = Result.getOrThrow(run(withPolicy("zero")))
    expect(filled.deviations.some((deviation) => deviation.kind === "imputed")).toBe(true)
  })
  it("error refuses and names runs", () => {
    const error = refused(run(withPolicy("error")))
    expect(error.message).toContain("score is missing in 4 of 9 runs")
  })
  it("a mean in place of missing values is refused with the reason", () => {
    expect(refused(run(withPolicy("mean"))).message).toContain("narrower")
    expect(refused(run(withPolicy("dorp"))).issues[0]?.nearest).toBe("drop")
  })
  it("retried runs are flagged", () => {
    const study = two(["welch_t"])
    const { conditions, records } = twoRecords(study, [1, 2, 3], [3, 4, 6])
    const [head, ...rest] = records
    if (head === undefined) throw new Error("no record")
    const result = ok(study, conditions, [{ ...head, attempts: 2 }, ...rest])
    expect(result.deviations.find((deviation) => deviation.kind === "retried")?.message).toContain("1 runs")
  })
})

describe("outcomes", () => {
  const evaluated = (aggregation: string, column = "quality", expectedType = "float"): Study =>
    two(["welch_t"], { outcomes: [{ ...outcome, sourceTable: "evaluations", column, aggregation, expectedType }] })
  const read = (study: Study, rows: ReadonlyArray<Partial<Evaluation>>) => {
    const conditions = conditionsOf(study)
    return AnalysisData.fromRecords(
      study,
      conditions,
      conditions.map((condition) => record({ condition, replicate: 1, evaluations: rows })),
    )
  }
  const steps: ReadonlyArray<Partial<Evaluation>> = [2, 9, 4].map((metricValue) => ({
    metricValue,
    aggregationLevel: "step",
  }))
  it("rows of one run are summed up as declared", () => {
    for (const [aggregation, value] of [
      ["mean", 5],
      ["median", 4],
      ["min", 2],
      ["max", 9],
      ["sum", 15],
      ["count", 3],
      ["first", 2],
      ["last", 4],
    ] as const)
      expect(Result.getOrThrow(read(evaluated(aggregation), steps)).outcomes.get("score")?.values).toEqual([
        value,
        value,
      ])
  })
  it("a row of the whole run is not counted together with its parts", () =>
    expect(
      Result.getOrThrow(read(evaluated("mean"), [...steps, { metricValue: 7 }])).outcomes.get("score")?.values,
    ).toEqual([7, 7]))
  it("two evaluators of one metric are ambiguous until one is named", () => {
    const both = [{ metricValue: 1 }, { metricValue: 2, evaluatorId: "rival" }]
    const error = refused(read(evaluated("mean"), both))
    expect(error.message).toContain("judge and rival")
    expect(Result.getOrThrow(read(evaluated("mean", "rival/quality"), both)).outcomes.get("score")?.values).toEqual([
      2, 2,
    ])
  })
  it("none needs exactly one value and names both where there are two", () =>
    expect(refused(read(evaluated("none"), [{ metricValue: 1 }, { metricValue: 2 }])).message).toContain("1 and 2"))
  it("a metric that no run has names the nearest one", () => {
    const error = refused(read(evaluated("mean", "qualty"), [{ metricValue: 1 }]))
    expect(error.issues[0]?.nearest).toBe("quality")
  })
  it("infinite and missing numbers are missing with their reason", () => {
    const found = Result.getOrThrow(read(evaluated("mean"), [{ metricValue: Number.POSITIVE_INFINITY }])).outcomes.get(
      "score",
    )
    expect(found?.values).toEqual([null, null])
    expect(found?.reasons[0]).toBe("not finite")
    expect(
      Result.getOrThrow(read(evaluated("sum"), [{ metricValue: 1 }, { metricValue: null }])).outcomes.get("score")
        ?.reasons[0],
    ).toBe("not a number")
  })
  it("truth values count as 1 and 0, and a declared truth value must be one", () => {
    expect(
      Result.getOrThrow(read(evaluated("mean", "quality", "bool"), [{ metricValue: true }])).outcomes.get("score")
        ?.values,
    ).toEqual([1, 1])
    expect(refused(read(evaluated("mean", "quality", "bool"), [{ metricValue: 0.3 }])).message).toContain("0.3")
  })
})

describe("plans", () => {
  const base = [1, 2, 3, 4, 2.5]
  const fresh = [3, 4, 6, 5, 4.5]
  const result = (study: Study) => {
    const { conditions, records } = twoRecords(study, base, fresh)
    return ok(study, conditions, records)
  }
  it("unknown words are refused all at once with the nearest known one", () => {
    const study = two(["diference_in_means", "welch_t"], {
      analysisPlans: [
        plan(["diference_in_means"], {
          multipleComparisonPolicy: "homl",
          covariates: ["latency"],
          filters: { ram: "new" },
        }),
      ],
    })
    const { conditions, records } = twoRecords(study, base, fresh)
    const error = refused(analyse(study, conditions, records))
    expect(error.issues.map((issue) => [issue.path, issue.nearest])).toEqual([
      ["analysis_plans[0].filters.ram", "arm"],
      ["analysis_plans[0].multiple_comparison_policy", "holm"],
      ["analysis_plans[0].tests[0]", "difference_in_means"],
      ["analysis_plans[0].covariates[0]", undefined],
    ])
  })
  it("a claim with a direction is tested on its side and decided so", () => {
    const up = result(two(["welch_t"], { hypotheses: [claim({ direction: "greater" })] })).confirmatory[0]
    const down = result(two(["welch_t"], { hypotheses: [claim({ direction: "less" })] })).confirmatory[0]
    const both = result(two(["welch_t"])).confirmatory[0]
    close((up?.result.p ?? 0) * 2, both?.result.p ?? 0, 1e-9)
    close((up?.result.p ?? 0) + (down?.result.p ?? 0), 1, 1e-9)
    expect([up?.decision, down?.decision]).toEqual(["supported", "notSupported"])
  })
  it("the correction is over all tests of the plan", () => {
    const rows = result(
      two(["welch_t", "pooled_t", "mann_whitney"], {
        analysisPlans: [plan(["welch_t", "pooled_t", "mann_whitney"], { multipleComparisonPolicy: "bonferroni" })],
      }),
    ).confirmatory
    expect(rows).toHaveLength(3)
    for (const row of rows) {
      expect(row.familySize).toBe(3)
      close(row.adjustedP, Math.min(1, 3 * (row.result.p ?? 0)), 1e-12)
    }
  })
  it("equivalence is tested against the smallest effect that matters, and needs one", () => {
    const hypothesis = claim({ direction: "equivalent", minimumEffectOfInterest: 10 })
    const row = result(two(["difference_in_means"], { hypotheses: [hypothesis] })).confirmatory[0]
    expect(row?.result.method).toContain("equivalence")
    expect(row?.decision).toBe("supported")
    const study = two(["difference_in_means"], { hypotheses: [claim({ direction: "equivalent" })] })
    const { conditions, records } = twoRecords(study, base, fresh)
    expect(refused(analyse(study, conditions, records)).message).toContain("margin")
  })
  it("a contrast is left minus right, by value, name or list, and a level that is not there is named", () => {
    const contrast = { label: "c", left: "base", right: ["new"], operation: "difference" }
    const row = result(two(["welch_t"], { hypotheses: [claim({ contrast })] })).confirmatory[0]
    expect(row?.comparison).toBe("arm: base - new")
    close(row?.result.estimate, -2)
    const study = two(["welch_t"], { hypotheses: [claim({ contrast: { ...contrast, left: "bace" } })] })
    const { conditions, records } = twoRecords(study, base, fresh)
    expect(refused(analyse(study, conditions, records)).issues[0]?.nearest).toBe("base")
  })
  it("filters are applied and logged", () => {
    const study = two(["welch_t"], { analysisPlans: [plan(["welch_t"], { filters: { replicate: [1, 2, 3] } })] })
    const found = result(study)
    expect(found.confirmatory[0]?.result.n).toBe(6)
    expect(found.deviations.find((deviation) => deviation.kind === "filtered")?.message).toContain("leave out 4 of 10")
  })
  it("exploratory hypotheses are kept apart", () => {
    const found = result(two(["welch_t"], { hypotheses: [claim({ kind: "exploratory" })] }))
    expect(found.confirmatory).toEqual([])
    expect(found.exploratory[0]?.hypothesisId).toBe("h1")
  })
  it("unsupported random effects are an answer, never another model", () => {
    const row = result(two(["mixed_effects"])).confirmatory[0]
    expect(row?.decision).toBe("notTested")
    expect(row?.result.notes[0]).toContain("random_effects")
  })
  it("every test of the list gives rows with numbers or reasons", async () => {
    const { tests } = await import("../../src/internal/analysisWords.ts")
    const found = result(two([...tests]))
    expect(new Set(found.confirmatory.map((row) => row.test)).size).toBe(tests.length)
    for (const row of found.confirmatory)
      if (row.decision === "notTested") expect(row.result.notes.length, row.test).toBeGreaterThan(0)
    // Outcomes here are not 0 or 1, and nothing is paired; everything else has a p or an interval.
    expect(
      found.confirmatory
        .filter((row) => row.decision === "notTested")
        .map((row) => row.test)
        .sort(),
    ).toEqual(
      [
        "chi_squared",
        "equivalence",
        "fisher_exact",
        "friedman",
        "kendall",
        "lenth",
        "logistic_regression",
        "mixed_effects",
        "paired_permutation",
        "paired_t",
        "pearson",
        "signed_rank",
        "spearman",
      ].sort(),
    )
  })
})

describe("hostile data", () => {
  const everything = [
    "difference_in_means",
    "anova",
    "regression",
    "mann_whitney",
    "permutation",
    "bootstrap",
    "tukey",
    "kruskal_wallis",
  ]
  for (const [name, base, fresh] of [
    ["no runs", [], []],
    ["one run", [1], []],
    ["all failed", ["failed", "failed"], ["failed"]],
    ["constant", [2, 2, 2], [2, 2, 2]],
    ["constant apart", [2, 2, 2], [3, 3, 3]],
    ["huge", [1e300, 2e300, 1.5e300], [3e300, 4e300, 9e300]],
    ["tiny", [1e-300, 2e-300, 1.5e-300], [3e-300, 4e-300, 9e-300]],
    ["not finite", [Number.NaN, Number.POSITIVE_INFINITY], [1, 2]],
    ["text", ["a", "b"], [1, 2]],
    ["one arm", [1, 2, 3], []],
  ] as ReadonlyArray<readonly [string, ReadonlyArray<Value>, ReadonlyArray<Value>]>) {
    it(`${name}: every number is finite or null with its reason`, () => {
      const study = two(everything)
      const { conditions, records } = twoRecords(study, base, fresh)
      const result = ok(study, conditions, records)
      for (const row of result.confirmatory) {
        if (row.result.p === null && row.decision === "notTested")
          expect(row.result.notes.length, `${row.test}`).toBeGreaterThan(0)
        if (name === "constant" || name === "all failed" || name === "no runs" || name === "one arm")
          expect(row.decision).not.toBe("supported")
      }
    })
  }
  it("a run that is there twice, or of an unknown condition, is refused", () => {
    const study = two(["welch_t"])
    const { conditions, records } = twoRecords(study, [1, 2], [3, 4])
    const [head] = records
    if (head === undefined) throw new Error("no record")
    expect(refused(analyse(study, conditions, [...records, head])).message).toContain("there twice")
    expect(refused(analyse(study, conditions.slice(1), records)).message).toContain("which the design does not have")
  })
})

describe("designs", () => {
  it("a split plot tests whole-plot factors between plots and the others within", () => {
    const study = studyOf({
      studyId: "sp",
      title: "Split plot",
      factors: [StudyFile.factor("irrigation", ["dry", "wet"]), StudyFile.factor("variety", ["v1", "v2", "v3"])],
      designSpec: { kind: "split_plot", options: { hard_to_change: ["irrigation"], whole_plots: 4 } },
      outcomes: [outcome],
      hypotheses: [
        claim({ independentVars: ["irrigation"] }),
        claim({ hypothesisId: "h2", independentVars: ["variety"] }),
      ],
      analysisPlans: [
        plan(["anova", "difference_in_means", "mixed_effects", "regression"], { hypothesisIds: ["h1", "h2"] }),
      ],
    })
    const conditions = models.splitplot.y.map((_, index): Condition => ({
      conditionId: `cond-${index}`,
      factorAssignments: new Map([
        ["irrigation", models.splitplot.irrigation[index] ?? ""],
        ["variety", models.splitplot.variety[index] ?? ""],
      ]),
      blockAssignments: new Map(),
      metadata: new Map([["whole_plot", models.splitplot.wp[index] ?? ""]]),
      admissible: true,
      constraintMessages: [],
    }))
    const result = ok(
      study,
      conditions,
      conditions.map((condition, index) =>
        record({ condition, replicate: 1, metrics: score(models.splitplot.y[index] ?? 0) }),
      ),
    )
    const find = (test: string, id: string) =>
      result.confirmatory.find((row) => row.test === test && row.hypothesisId === id)
    // R: aov(y ~ irrigation * variety + Error(wp)).
    const [plots, within] = models.splitplot.plots
    close(find("anova", "h1")?.result.p, plots?.p[0] ?? 0)
    expect(find("anova", "h1")?.errorTerm).toBe("whole_plot")
    close(find("anova", "h2")?.result.p, within?.p[0] ?? 0)
    close(find("mixed_effects", "h2")?.result.statistic, within?.f[0] ?? 0)
    expect(find("difference_in_means", "h1")?.errorTerm).toBe("whole plots")
    expect(find("difference_in_means", "h1")?.result.n).toBe(8)
    expect(find("difference_in_means", "h2")?.errorTerm).toBe("within whole plots")
    expect(find("regression", "h1")?.decision).toBe("notTested")
    expect(find("regression", "h1")?.result.notes[0]).toContain("not independent")
  })

  it("agents that run every condition are taken out as blocks", () => {
    const study = two(["difference_in_means"])
    const conditions = conditionsOf(study)
    const records = conditions.flatMap((condition, arm) =>
      ["x", "y", "z"].flatMap((agentId, agent) =>
        [1, 2].map((replicate) =>
          record({ condition, replicate, agentId, metrics: score(10 * agent + arm + replicate / 10) }),
        ),
      ),
    )
    const result = ok(study, conditions, records)
    expect(result.design.blocks).toEqual(["agent_id"])
    // Residuals are +-0.05 in twelve runs with four coefficients: variance 12 * 0.0025 / 8, se sqrt(that / 3).
    close(result.confirmatory[0]?.result.estimate, 1)
    close(result.confirmatory[0]?.result.standardError, Math.sqrt((12 * 0.0025) / 8 / 3))
  })

  it("factors of a space-filling design are amounts, and regression gives their slopes", () => {
    const study = studyOf({
      studyId: "lhs",
      title: "LHS",
      factors: [StudyFile.factor("x", [0, 1]), StudyFile.factor("z", [10, 20])],
      designSpec: { kind: "latin_hypercube", nSamples: 12 },
      outcomes: [outcome],
      hypotheses: [claim({ independentVars: ["x", "z"] })],
      analysisPlans: [plan(["regression", "spearman", "difference_in_means"])],
    })
    const conditions = conditionsOf(study)
    const number = (condition: Condition, name: string): number => Number(condition.factorAssignments.get(name))
    const records = conditions.map((condition, index) =>
      record({
        condition,
        replicate: 1,
        metrics: score(3 * number(condition, "x") - 0.5 * number(condition, "z") + (index % 2 === 0 ? 1e-3 : -1e-3)),
      }),
    )
    const rows = ok(study, conditions, records).confirmatory
    expect(Math.abs((rows[0]?.result.estimate ?? 0) - 3)).toBeLessThan(0.02)
    expect(Math.abs((rows[1]?.result.estimate ?? 0) + 0.5)).toBeLessThan(0.002)
    expect(rows.find((row) => row.test === "difference_in_means")?.result.notes[0]).toContain("regression")
  })

  it("who ran a whole plot's runs makes no more whole plots", () => {
    const study = studyOf({
      studyId: "sp3",
      title: "Split plot",
      factors: [StudyFile.factor("hard", [1, 2]), StudyFile.factor("easy", [1, 2])],
      designSpec: { kind: "split_plot", replicates: 3, options: { hard_to_change: ["hard"] } },
      outcomes: [outcome],
      hypotheses: [claim({ independentVars: ["hard"] })],
      analysisPlans: [
        plan(["anova", "difference_in_means"], { randomEffects: ["whole_plot"], covariates: ["latency_s"] }),
      ],
    })
    const conditions = conditionsOf(study)
    const random = MersenneTwister.make(4)
    const plots = new Set(conditions.map((condition) => condition.metadata.get("whole_plot"))).size
    const records = conditions.flatMap((condition) =>
      ["x", "y"].map((agentId) => record({ condition, replicate: 1, agentId, metrics: score(random.random()) })),
    )
    const result = ok(study, conditions, records)
    // Plots less one for the mean and one for the factor.
    expect(result.confirmatory[0]?.result.df).toEqual([1, plots - 2])
    expect(result.confirmatory[1]?.result.n).toBe(plots)
    const log = result.deviations.map((deviation) => deviation.message).join(" ")
    expect(log).toContain("difference_in_means take no covariates")
    expect(log).toContain("random effects (whole_plot) are in mixed_effects only")
  })

  it("families of pairs are refused where blocks are not balanced, and use the error within blocks where they are", () => {
    const study = blockStudy(["tukey", "difference_in_means"])
    const { conditions, records } = blockRecords(study)
    const whole = ok(study, conditions, records).confirmatory[0]
    expect(whole?.errorTerm).toBe("runs within blocks")
    // Two levels: the same t as the design's own analysis of variance, F = t^2 (R).
    close((whole?.result.statistic ?? 0) ** 2, r.blocks.arm_row.f)
    close(whole?.result.p, r.blocks.arm_row.p, 1e-7)
    const holes = ok(study, conditions, records.slice(1)).confirmatory
    expect(holes[0]?.decision).toBe("notTested")
    expect(holes[0]?.result.notes[0]).toContain("equally often")
    expect(holes[1]?.decision).not.toBe("notTested")
  })

  it("centre points are left out of the effects of two-level factors", () => {
    const study = studyOf({
      studyId: "frac",
      title: "Fraction",
      factors: ["A", "B", "C"].map((name) => StudyFile.factor(name, [10, 20])),
      designSpec: { kind: "fractional_factorial_2level", centerPoints: 3 },
      outcomes: [outcome],
    })
    const conditions = conditionsOf(study)
    const coded = (condition: Condition, name: string): number => {
      const value = condition.factorAssignments.get(name)
      return (Number(typeof value === "object" && value !== null && "value" in value ? value.value : value) - 15) / 5
    }
    const plots = ok(
      study,
      conditions,
      conditions.map((condition, index) =>
        record({
          condition,
          replicate: index,
          metrics: score(7 + 3 * coded(condition, "A") - coded(condition, "B") * coded(condition, "C")),
        }),
      ),
    ).outcomes[0]?.plots
    // Effects are twice the coefficients: A 6, B:C 2.
    expect(plots?.pareto.slice(0, 2).map((row) => row.term)).toEqual(["A", "B:C"])
    allClose(plots?.pareto.map((row) => row.size) ?? [], [6, 2, 0, 0, 0, 0, 0], 1e-9)
  })

  it("a split plot without its whole plots is refused, not taken as independent runs", () => {
    const study = studyOf({
      studyId: "sp2",
      title: "Split plot",
      factors: [StudyFile.factor("hard", [1, 2]), StudyFile.factor("easy", [1, 2])],
      designSpec: { kind: "split_plot", replicates: 2, options: { hard_to_change: ["hard"] } },
      outcomes: [outcome],
    })
    const conditions = conditionsOf(study)
    const records = conditions.map((condition, index) => record({ condition, replicate: 1, metrics: score(index) }))
    expect(Result.isSuccess(analyse(study, conditions, records))).toBe(true)
    const stripped = conditions.map((condition) => ({ ...condition, metadata: new Map<string, Value>() }))
    expect(refused(analyse(study, stripped, records)).message).toContain("whole_plot")
  })

  it("a claim with a direction is not answered by a test of several levels at once", () => {
    const study = studyOf({
      studyId: "three",
      title: "Three",
      factors: [StudyFile.factor("arm", ["a", "b", "c"])],
      outcomes: [outcome],
      hypotheses: [claim({ direction: "greater" })],
      analysisPlans: [plan(["anova", "kruskal_wallis"])],
    })
    const conditions = conditionsOf(study)
    const records = conditions.flatMap((condition, arm) =>
      [0.1, 0.2, 0.4, 0.3].map((value, index) =>
        record({ condition, replicate: index, metrics: score(value - 5 * arm) }),
      ),
    )
    for (const row of ok(study, conditions, records).confirmatory) {
      expect(row.adjustedP ?? 1).toBeLessThan(0.05)
      expect(row.decision).toBe("notTested")
    }
  })

  it("names with colons and brackets are names like others", () => {
    const study = studyOf({
      studyId: "odd",
      title: "Odd",
      factors: [StudyFile.factor("a:b", ["x]y", "[z:"]), StudyFile.factor("b", ["0", "1"])],
      outcomes: [outcome],
      hypotheses: [claim({ independentVars: ["a:b"] })],
      analysisPlans: [plan(["regression", "anova", "difference_in_means"])],
    })
    const conditions = conditionsOf(study)
    const records = conditions.flatMap((condition, arm) =>
      [0.1, 0.2, 0.4].map((value, index) =>
        record({ condition, replicate: index, metrics: score(value + (arm > 1 ? 1 : 0)) }),
      ),
    )
    const rows = ok(study, conditions, records).confirmatory
    expect(rows).toHaveLength(3)
    for (const row of rows) {
      close(row.result.estimate, 1)
      expect(row.decision).toBe("supported")
    }
  })

  it("a moderation is the interaction, and a covariate is taken out first", () => {
    const study = blockStudy(["anova", "regression"], {
      hypotheses: [claim({ kind: "moderation", moderators: [{ name: "style", levels: [] }] })],
      analysisPlans: [plan(["anova", "regression"], { covariates: ["latency_s"] })],
    })
    const { conditions, records } = blockRecords(study)
    const result = ok(study, conditions, records)
    // The latency is the same in every run, so that it explains nothing: R's interaction of the model without it.
    close(result.confirmatory[0]?.result.p, r.blocks.both_row.p)
    expect(result.confirmatory[0]?.comparison).toBe("arm:style")
    // One degree of freedom: t of the product is the root of F.
    close((result.confirmatory[1]?.result.statistic ?? 0) ** 2, r.blocks.both_row.f)
  })

  it("binary outcomes are tested by logistic regression and by exact tables", () => {
    const study = two(["logistic_regression", "fisher_exact", "chi_squared"], {
      outcomes: [{ ...outcome, expectedType: "bool" }],
    })
    const values = (ones: number, zeros: number): ReadonlyArray<Value> => [
      ...Array.from({ length: ones }, () => true),
      ...Array.from({ length: zeros }, () => false),
    ]
    const { conditions, records } = twoRecords(study, values(5, 9), values(12, 3))
    const rows = ok(study, conditions, records).confirmatory
    // log((12/3) / (5/9)), and R's fisher.test and chisq.test of the same table.
    close(rows[0]?.result.estimate, Math.log(12 / 3 / (5 / 9)), 1e-7)
    close(rows[1]?.result.p, classical.fisher["two.sided"].p)
    close(rows[2]?.result.p, classical.chisq.p)
  })

  it("names of levels and the baseline are taken from the study, values of text files too", () => {
    const study = studyOf({
      studyId: "named",
      title: "Named",
      factors: [
        {
          name: "arm",
          levels: [
            { name: "treated", value: 2 },
            { name: "control", value: 1, metadata: { is_baseline: true } },
          ],
        },
      ],
      outcomes: [outcome],
      hypotheses: [claim()],
      analysisPlans: [plan(["welch_t"])],
    })
    const conditions = conditionsOf(study)
    const rowOf = (condition: Condition, runId: string, primaryOutcome: number) => ({
      runId,
      conditionId: condition.conditionId,
      problemId: null,
      agentId: null,
      modelName: "unknown",
      replicate: 1,
      seed: 1,
      startTime: "",
      endTime: "",
      latencyS: null,
      costUsd: null,
      inputTokens: null,
      outputTokens: null,
      primaryOutcome,
    })
    const tables: StudyTables = {
      studyId: "named",
      conditions: conditions.map((condition) => ({
        conditionId: condition.conditionId,
        // As a file of text gives it.
        factors: new Map([["arm", String(condition.factorAssignments.get("arm"))]]),
        blocks: new Map(),
        admissible: true,
      })),
      runs: conditions.flatMap((condition, arm) =>
        [1, 2, 4].map((value, index) => rowOf(condition, `run-${arm}-${index}`, value + 10 * arm)),
      ),
      metrics: [],
      evaluations: [],
      excluded: [
        { runId: "run-x", conditionId: conditions[0]?.conditionId ?? "", replicate: 9, status: "failed", reason: null },
      ],
    }
    const data = Result.getOrThrow(AnalysisData.fromTables(study, tables))
    const result = Result.getOrThrow(RunAnalysis.runAnalysis(study, data))
    expectJsonSafe(result)
    expect(result.confirmatory[0]?.comparison).toBe("arm: treated - control")
    close(result.confirmatory[0]?.result.estimate, -10)
    expect(result.runs.failed).toBe(1)
  })
})

describe("any data", () => {
  const tests = [
    "difference_in_means",
    "anova",
    "regression",
    "tukey",
    "mann_whitney",
    "kruskal_wallis",
    "levene",
    "permutation",
  ]
  for (let trial = 0; trial < 30; trial++) {
    it(`trial ${trial}: random designs and holes keep every promise, and new names of levels change no number`, () => {
      const random = MersenneTwister.make(1000 + trial)
      const arms = Array.from({ length: 2 + random.below(3) }, (_, index) => `a${index}`)
      const styles = Array.from({ length: 2 + random.below(2) }, (_, index) => `s${index}`)
      const renamed = (name: string): string => (name.startsWith("a") ? `z${9 - Number(name.slice(1))}` : `${name}'`)
      const scale = 10 ** (random.below(13) - 6)
      const blocks = random.below(2) === 0 ? [] : [{ name: "day", levels: [1, 2] }]
      const build = (rename: (name: string) => string): Study =>
        studyOf({
          studyId: "any",
          title: "Any",
          factors: [StudyFile.factor("arm", arms.map(rename)), StudyFile.factor("style", styles.map(rename))],
          blocks,
          outcomes: [outcome],
          hypotheses: [claim({ direction: trial % 3 === 0 ? "greater" : "different" })],
          analysisPlans: [plan(tests, { multipleComparisonPolicy: "holm" })],
        })
      const plain = build((name) => name)
      const other = build(renamed)
      const conditions = conditionsOf(plain)
      const otherConditions = conditionsOf(other)
      const runs = conditions.flatMap((_, place) =>
        Array.from({ length: 1 + random.below(3) }, (_, replicate) => ({
          place,
          replicate,
          failed: random.below(6) === 0,
          value: scale * (random.random() + place / 7 - 0.5),
        })),
      )
      const recordsOf = (list: ReadonlyArray<Condition>): ReadonlyArray<RunRecord> =>
        runs.flatMap(({ failed, place, replicate, value }) => {
          const condition = list[place]
          return condition === undefined ? [] : [record({ condition, replicate, failed, metrics: score(value) })]
        })
      const first = ok(plain, conditions, recordsOf(conditions))
      const second = ok(other, otherConditions, recordsOf(otherConditions))
      const numbers = (result: AnalysisResult) =>
        result.confirmatory.map((row) => [
          row.test,
          row.result.p?.toPrecision(7),
          row.result.estimate?.toPrecision(7),
          row.decision,
        ])
      expect(numbers(second)).toEqual(numbers(first))
      for (const row of [...first.confirmatory, ...first.exploratory]) {
        const p = row.result.p
        if (p === null) expect(row.result.notes.length, `${row.test} ${row.comparison}`).toBeGreaterThan(0)
        else {
          expect(p >= 0 && p <= 1).toBe(true)
          expect(row.adjustedP ?? -1).toBeGreaterThanOrEqual(p)
        }
      }
      expect(first.runs.done + first.runs.failed).toBe(runs.length)
    })
  }
})

describe("recipes", () => {
  for (const [name, recipe] of Object.entries(Recipes.recipes)) {
    it(`the plan of ${name} is executed as it stands`, () => {
      const study = Result.getOrThrow(recipe())
      const conditions = conditionsOf(study)
      const random = MersenneTwister.make(11)
      const records = conditions.flatMap((condition) =>
        [1, 2, 3].map((replicate) => record({ condition, replicate, metrics: score(random.random() + 0.1) })),
      )
      const result = ok(study, conditions, records)
      expect(result.confirmatory.length).toBeGreaterThan(0)
      // That recipe claims a moderation and names no moderator: an answer that says so, and no test of something else.
      const claimless = name === "human-vs-agent-process"
      for (const row of result.confirmatory)
        expect(row.decision === "notTested", `${row.test} ${row.comparison} ${row.result.notes.join(" ")}`).toBe(
          claimless,
        )
    })
  }
})
