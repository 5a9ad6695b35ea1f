import { describe, expect, it } from "@effect/vitest"
import { Result } from "effect"
import { buildDesign } from "../src/BuildDesign.ts"
import * as StudyFile from "../src/StudyFile.ts"
import { agentsOf, changesOf, paramsOf, planRuns, problemsOf, toPlan, type RunVersions } from "../src/StudyPlan.ts"
import type { Study } from "../src/Study.ts"
import { fixtureJson } from "./fixtures.ts"
import { smallStudy, studyOf } from "./runStudies.ts"

const conditionsOf = (study: Study) => Result.getOrThrow(buildDesign(study)).conditions
const planned = (study: Study, mode: "agents" | "callback" = "callback") =>
  planRuns(study, conditionsOf(study), { mode })
const versions: RunVersions = {
  agents: new Map([["alpha", "1"]]),
  problems: new Map([["p1", "sha256:p"]]),
  evaluators: new Map([["p1", "1"]]),
}
const message = (result: Result.Result<unknown, Error>): string =>
  Result.isFailure(result) ? result.failure.message : ""

describe("the runs of a study", () => {
  it("AC-15: equal the predecessor's in ids, seeds, order and metadata", () => {
    const { runs } = Result.getOrThrow(planned(smallStudy, "agents"))
    const rows = runs.map((run) => ({
      run_id: run.runId,
      study_id: run.studyId,
      condition_id: run.conditionId,
      problem_id: run.problemId,
      replicate: run.replicate,
      seed: run.seed,
      agent_spec_ref: run.agentId,
      problem_spec_ref: run.problemId,
      execution_metadata: Object.fromEntries(run.executionMetadata),
    }))
    expect(rows).toEqual(fixtureJson("small_study_run_specs.json"))
  })

  it("R12: agents and problems come from a factor of that name only, where there is one", () => {
    const study = Result.getOrThrow(
      StudyFile.make({
        studyId: "s",
        title: "t",
        factors: [StudyFile.factor("agent_id", ["a1", "a2"])],
        problemIds: ["p1", "p2"],
        agentSpecs: ["b1", "b2"],
      }),
    )
    const { runs } = Result.getOrThrow(planned(study, "agents"))
    expect(runs.map((run) => [run.agentId, run.problemId])).toEqual([
      ["a1", "p1"],
      ["a1", "p2"],
      ["a2", "p1"],
      ["a2", "p2"],
    ])
  })

  it("R13: the aliases agent and problem name them too, and nothing bound means the defaults", () => {
    const study = Result.getOrThrow(
      StudyFile.make({
        studyId: "s",
        title: "t",
        factors: [StudyFile.factor("agent", ["a1"]), StudyFile.factor("problem", ["p1"])],
      }),
    )
    const [condition] = conditionsOf(study)
    expect(condition !== undefined && [agentsOf(study, condition), problemsOf(study, condition)]).toEqual([
      ["a1"],
      ["p1"],
    ])
    const plain = studyOf(1)
    const [bare] = conditionsOf(plain)
    expect(bare !== undefined && [agentsOf(plain, bare), problemsOf(plain, bare)]).toEqual([
      ["default-agent"],
      ["default-problem"],
    ])
  })

  it("AC-30, R24: five conditions and max_runs 2 is an error that names both numbers", () => {
    const text = message(planned(studyOf(5, { runBudget: { maxRuns: 2 } })))
    expect(text).toContain("5 runs")
    expect(text).toContain("allows 2")
  })

  it("AC-30: a balanced subset keeps whole replicates of every condition, and each reason says what was left out", () => {
    const study = studyOf(3, { runBudget: { replicates: 4, maxRuns: 8 }, heddle: { maxRunsPolicy: "balanced" } })
    const subset = Result.getOrThrow(planned(study))
    expect([subset.runs.length, subset.designed, subset.replicates]).toEqual([6, 12, 2])
    const perCondition = new Map<string, number>()
    for (const { conditionId } of subset.runs) perCondition.set(conditionId, (perCondition.get(conditionId) ?? 0) + 1)
    expect([...perCondition.values()]).toEqual([2, 2, 2])
    const plan = Result.getOrThrow(toPlan(study, subset, conditionsOf(study), versions))
    for (const unit of plan.units) expect(unit.reason).toContain("6 of the 12 runs of the design are left out")
  })

  it("AC-30: a balanced subset without one whole replicate is an error", () => {
    const study = studyOf(3, { runBudget: { maxRuns: 2 }, heddle: { maxRunsPolicy: "balanced" } })
    expect(message(planned(study))).toContain("takes 3 runs")
  })

  it("R11: problems 2 x agents 2 x replicates 2 do not fit in max_runs 3", () => {
    const study = studyOf(1, {
      problemIds: ["p1", "p2"],
      agentSpecs: ["a1", "a2"],
      runBudget: { replicates: 2, maxRuns: 3 },
    })
    expect(message(planned(study, "agents"))).toContain("8 runs")
  })

  it("R10: a design without an admissible condition is an error", () => {
    const study = studyOf(2, {
      constraints: [
        {
          constraintId: "none",
          description: "",
          expression: "x > 5",
          callableRef: null,
          severity: "error",
        },
      ],
    })
    expect(message(planned(study))).toContain("none of the 2 conditions")
  })

  it("R28: two levels with one value give one run twice, and the error names both conditions", () => {
    const study = studyOf(1)
    const [condition] = conditionsOf(study)
    const result = planRuns(study, condition === undefined ? [] : [condition, condition], { mode: "callback" })
    expect(message(result)).toMatch(/cond-\w+ \(x=1\) and cond-\w+ \(x=1\)/)
  })
})

describe("the plan for the Runner", () => {
  const planOf = (study: Study, of: RunVersions = versions) =>
    Result.getOrThrow(toPlan(study, Result.getOrThrow(planned(study, "agents")), conditionsOf(study), of))
  const base = planOf(smallStudy)
  const params = paramsOf(base)
  const fingerprints = (plan: typeof base) => plan.units.map(({ fingerprint }) => fingerprint)

  it("the same study gives the same bytes", () => {
    expect(JSON.stringify(planOf(smallStudy))).toBe(JSON.stringify(base))
    expect(base.kind).toBe("experiments")
  })

  it("a unit is a run, with a label to read and the input that a module needs", () => {
    const [unit] = base.units
    expect(unit?.id).toBe("run-72e23fcebf53")
    expect(unit?.label).toBe("variant=a, temp=0.0, cohort=k · replicate 1 · alpha · p1")
    expect(unit?.input).toMatchObject({ seed: 25435543, factors: { variant: "a", temp: 0 }, blocks: { cohort: "k" } })
  })

  it("titles and notes leave fingerprints as they are", () => {
    expect(fingerprints(planOf({ ...smallStudy, title: "Another", notes: "n", authors: [] }))).toEqual(
      fingerprints(base),
    )
  })

  const changed: ReadonlyArray<readonly [string, Study, RunVersions]> = [
    ["seed policy", { ...smallStudy, seedPolicy: { ...smallStudy.seedPolicy, baseSeed: 43 } }, versions],
    ["agent alpha", smallStudy, { ...versions, agents: new Map([["alpha", "2"]]) }],
    ["problem p1", smallStudy, { ...versions, problems: new Map([["p1", "sha256:q"]]) }],
    ["evaluator p1", smallStudy, { ...versions, evaluators: new Map([["p1", "2"]]) }],
  ]
  it.each(changed)("a change of %s changes every fingerprint and is named", (field, study, of) => {
    const other = planOf(study, of)
    const otherParams = paramsOf(other)
    for (const [index, unit] of base.units.entries()) {
      const now = other.units[index]
      if (now === undefined || params === undefined || otherParams === undefined) throw new Error("no such unit")
      expect(now.fingerprint).not.toBe(unit.fingerprint)
      expect(changesOf({ params, unit }, { params: otherParams, unit: now })).toEqual([field])
    }
  })

  it("a budget without a cap for each run is an error that names the field", () => {
    const study = { ...smallStudy, heddle: { budgets: { study: { costUsd: 1 } } } }
    const result = toPlan(study, Result.getOrThrow(planned(study, "agents")), conditionsOf(study), versions)
    expect(message(result)).toContain("heddle.budgets.per_run.cost_usd")
  })

  it("a run reserves its cap once for each try", () => {
    const study = { ...smallStudy, heddle: { retries: 2, budgets: { perRun: { costUsd: 0.3 } } } }
    expect(planOf(study).units[0]?.budgets).toEqual({ cost_usd: 0.3 * 3 })
  })
})
