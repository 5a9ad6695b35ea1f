import * as Result from "effect/Result"
import { describe, expect, it } from "vitest"
import { untestable } from "../../src/analysis/Rehearsal.ts"
import { buildDesign } from "../../src/BuildDesign.ts"
import * as Power from "../../src/Power.ts"
import type { Study } from "../../src/Study.ts"
import type { StudyInput } from "../../src/StudyInput.ts"
import { modelOf, score, studyOf } from "../report/reportStudies.ts"

const two = (name: string) => ({ name, levels: ["lo", "hi"].map((level) => ({ name: level, value: level })) })

const study = (input: Partial<StudyInput>, tests: ReadonlyArray<string>): Study =>
  studyOf({
    studyId: "s",
    title: "S",
    factors: [two("oven"), two("glaze")],
    outcomes: [score],
    hypotheses: ["oven", "glaze"].map((name) => ({
      hypothesisId: `h-${name}`,
      label: name,
      statement: `${name} matters`,
      kind: "effect" as const,
      independentVars: [name],
      dependentVars: ["score"],
      minimumEffectOfInterest: 2,
    })),
    analysisPlans: tests.map((test, index) => ({
      analysisPlanId: `p${index}`,
      hypothesisIds: ["h-glaze"],
      tests: [test],
    })),
    runBudget: { replicates: 2 },
    ...input,
  })

const refused = (of: Study) => untestable(of, Result.getOrThrow(buildDesign(of)).conditions)

describe("a rehearsal of the analysis", () => {
  it("names what the analysis will refuse in this design, with its path and the reason of the analysis", () => {
    const plots = { designSpec: { kind: "split_plot", options: { hard_to_change: ["oven"], whole_plots: 3 } } } as const
    const of = study(plots, ["anova", "welch_t"])
    const found = refused(of)
    expect(found.map(({ path }) => path)).toEqual(["analysis_plans[1]"])
    expect(found[0]?.message).toContain("h-glaze on score will not be tested by welch_t (glaze: hi - lo)")
    // The analysis itself says the same of data.
    const { analysis } = modelOf(of, (_, run) => run.seed % 17)
    const told = analysis?.deviations.filter(({ kind }) => kind === "notTested") ?? []
    expect(told).toHaveLength(1)
    const why = told[0]?.message.split("): ")[1] ?? "nothing"
    expect(found[0]?.message.endsWith(why)).toBe(true)
    const subjects = { designSpec: { kind: "williams" as const, options: { subjects: 8 } } }
    expect(refused(study(subjects, ["welch_t", "paired_t"])).map(({ path }) => path)).toContain("analysis_plans[0]")
  })

  it("is silent where tests can be made, those of rates and of amounts alike", () => {
    const tests = ["welch_t", "student_t", "anova", "mann_whitney", "fisher_exact", "logistic_regression", "regression"]
    expect(refused(study({ runBudget: { replicates: 12 } }, tests))).toEqual([])
    expect(refused(study({ analysisPlans: [] }, []))).toEqual([])
  })
})

describe("words of the analysis and of power", () => {
  it("conditions have different names though a baseline gives several of them one label", () => {
    const of = study(
      {
        factors: [
          {
            name: "oven",
            levels: [
              { name: "lo", value: "lo", metadata: { is_baseline: true } },
              { name: "hi", value: "hi" },
            ],
          },
          two("glaze"),
        ],
      },
      ["anova"],
    )
    const { analysis } = modelOf(of, () => ({ status: "failed", reason: "broke" }))
    const names = analysis?.conditions.map(({ label }) => label) ?? []
    expect(names).toEqual(["oven=lo, glaze=lo", "oven=lo, glaze=hi", "oven=hi, glaze=lo", "oven=hi, glaze=hi"])
    const empty = analysis?.deviations.find(({ message }) => message.includes("have no data"))
    expect(empty?.message).toContain("oven=lo, glaze=lo; oven=lo, glaze=hi")
    // No sentence ends before its end.
    for (const { message } of analysis?.deviations ?? []) expect(message).not.toMatch(/\s$/)
    expect(analysis?.deviations.map(({ message }) => message)).toContain(
      "score: no run has a value, so there is no model",
    )
  })

  it("power says of a claim with a direction that its test is one-sided", () => {
    const notes = (direction: "greater" | "less" | "different", test: string) => {
      const of = study({ runBudget: { replicates: 8 } }, [test])
      const directed: Study = {
        ...of,
        hypotheses: of.hypotheses.map((hypothesis) => ({ ...hypothesis, direction })),
      }
      const { conditions } = Result.getOrThrow(buildDesign(directed))
      return Result.getOrThrow(Power.ofStudy(directed, conditions, { sd: 2 })).rows[0]?.notes.join("; ") ?? ""
    }
    expect(notes("greater", "welch_t")).toContain("one-sided (direction: greater): only a difference above 0")
    expect(notes("less", "student_t")).toContain("one-sided (direction: less): only a difference below 0")
    expect(notes("different", "welch_t")).not.toContain("one-sided")
  })

  it("power says that more whole plots are the way out where replicates are none", () => {
    const of = studyOf({
      studyId: "s",
      title: "S",
      factors: [two("oven"), two("glaze")],
      designSpec: { kind: "split_plot", options: { hard_to_change: ["oven"], whole_plots: 3 } },
      outcomes: [score],
      hypotheses: [
        {
          hypothesisId: "h",
          label: "oven",
          statement: "the oven matters",
          kind: "effect",
          independentVars: ["oven"],
          dependentVars: ["score"],
          minimumEffectOfInterest: 2,
        },
      ],
      analysisPlans: [{ analysisPlanId: "p", hypothesisIds: ["h"], tests: ["difference_in_means"] }],
    })
    const { conditions } = Result.getOrThrow(buildDesign(of))
    const options = { sd: 1, wholePlotSd: 3, simulations: 50, replicatesRange: [1, 4] } as const
    const [row] = Result.getOrThrow(Power.ofStudy(of, conditions, options)).rows
    expect(row?.notes.join("; ")).toMatch(/up to 4 replicates do not reach.*more whole plots \(options\.whole_plots\)/)
  })
})
