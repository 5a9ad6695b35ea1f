import * as Result from "effect/Result"
import * as Schema from "effect/Schema"
import { describe, expect, it } from "vitest"
import { buildDesign } from "../src/BuildDesign.ts"
import { idleConstraints } from "../src/Constraints.ts"
import type { Study } from "../src/Study.ts"
import * as StudyFile from "../src/StudyFile.ts"
import type { StudyInput } from "../src/StudyInput.ts"
import { planRuns } from "../src/StudyPlan.ts"
import { checkStudy, reviewStudy, validateStudy } from "../src/ValidateStudy.ts"
import * as Value from "../src/Value.ts"
import { fixtureJson, fixtureText } from "./fixtures.ts"

const success = <A, E>(result: Result.Result<A, E>): A => {
  if (Result.isFailure(result)) throw result.failure
  return result.success
}

const base = {
  studyId: "s",
  title: "T",
  factors: [StudyFile.factor("a", ["x", "y"])],
  problemIds: ["p1"],
  agentSpecs: ["alpha"],
} satisfies StudyInput

const study = (input: Partial<StudyInput> = {}): Study => success(StudyFile.make({ ...base, ...input }))

const outcome = (name: string) => ({ name, sourceTable: "runs", column: name, primary: true })
const hypothesis = (
  hypothesisId: string,
  independentVars: ReadonlyArray<string>,
  dependentVars: ReadonlyArray<string>,
) => ({
  hypothesisId,
  label: "L",
  statement: "S",
  independentVars,
  dependentVars,
})
const plan = (analysisPlanId: string, hypothesisId: string, outcomes: ReadonlyArray<string> = []) => ({
  analysisPlanId,
  hypothesisIds: [hypothesisId] as const,
  tests: ["difference_in_means"] as const,
  outcomes,
})

describe("what the predecessor checks", () => {
  const rows = Schema.decodeUnknownSync(
    Schema.Array(
      Schema.Struct({
        case: Schema.String,
        n_errors: Schema.Int,
        planned_runs: Schema.NullOr(Schema.Int),
        n_conditions: Schema.Int,
      }),
    ),
  )(fixtureJson("validate_study.json"))

  /** Studies for the cases of the fixture, written after their names. */
  const cases: Readonly<Record<string, Study>> = {
    ok: study(),
    "duplicate factor, block, outcome, plan, hypothesis": study({
      factors: [StudyFile.factor("a", ["x"]), StudyFile.factor("a", ["y"])],
      blocks: [
        { name: "b", levels: [1] },
        { name: "b", levels: [2] },
      ],
      outcomes: [outcome("o"), outcome("o")],
      hypotheses: [hypothesis("h", ["a"], ["o"]), hypothesis("h", ["a"], ["o"])],
      analysisPlans: [plan("p", "h"), plan("p", "h")],
    }),
    "unknown iv and dv": study({ hypotheses: [hypothesis("h", ["b"], ["o"])] }),
    "plan with unknown hypothesis and outcome": study({ analysisPlans: [plan("p", "h", ["o"])] }),
    "max_runs below problem x agent x replicates": study({
      problemIds: ["p1", "p2"],
      agentSpecs: ["alpha", "beta"],
      runBudget: { maxRuns: 3 },
    }),
    "max_runs equal": study({
      problemIds: ["p1", "p2"],
      agentSpecs: ["alpha", "beta"],
      runBudget: { maxRuns: 8 },
    }),
    "max_runs ignores the number of conditions": study({ runBudget: { maxRuns: 1 } }),
    "block named like a factor is accepted": study({ blocks: [{ name: "a", levels: ["k"] }] }),
    "hypothesis without plan is accepted": study({
      outcomes: [outcome("o")],
      hypotheses: [hypothesis("h", ["a"], ["o"])],
    }),
  }

  it("all cases of the fixture are here", () => {
    expect(Object.keys(cases)).toEqual(rows.map((row) => row.case))
    expect(rows.length).toBe(9)
  })

  for (const row of rows) {
    it(`${row.case}: ${row.n_errors} errors`, () => {
      const one = cases[row.case] ?? study()
      expect(validateStudy(one).length).toBe(row.n_errors)
      if (row.planned_runs === null) return
      const { conditions } = success(buildDesign(one))
      expect(conditions.length).toBe(row.n_conditions)
      const planned = planRuns(one, conditions, { mode: "agents" })
      if (Result.isSuccess(planned)) expect(planned.success.runs.length).toBe(row.planned_runs)
      // Where the predecessor cuts its plan to max_runs in silence, ours is refused (AC-30).
      else expect(planned.failure.reason).toMatchObject({ _tag: "TooManyRuns", maxRuns: row.planned_runs })
    })
  }

  it("one issue for each repeat, with its place", () => {
    const three = study({ factors: ["a", "a", "b", "a"].map((name) => StudyFile.factor(name, [1])) })
    expect(validateStudy(three).map(({ path }) => path)).toEqual(["factors[1].name", "factors[3].name"])
  })

  it("an unknown name comes with the nearest known one and the line of the file", () => {
    const misspelt = study({ hypotheses: [hypothesis("h", ["aa"], [])] })
    const lineOf = (path: ReadonlyArray<string | number>) => (path[0] === "hypotheses" ? 12 : undefined)
    expect(validateStudy(misspelt, lineOf)).toEqual([
      { path: "hypotheses[0].independent_vars[0]", message: 'there is no factor "aa"', line: 12, nearest: "a" },
    ])
  })

  const counted: ReadonlyArray<readonly [id: string, input: Partial<StudyInput>, errors: number]> = [
    [
      "a factor that names agents counts by its levels",
      { agentSpecs: [], factors: [StudyFile.factor("agent", ["x", "y", "z"])], runBudget: { maxRuns: 2 } },
      1,
    ],
    [
      "as many runs as levels are enough",
      { agentSpecs: [], factors: [StudyFile.factor("agent", ["x", "y", "z"])], runBudget: { maxRuns: 3 } },
      0,
    ],
    [
      "the list of the study beats the factor",
      { factors: [StudyFile.factor("agent_id", ["x", "y", "z"])], runBudget: { maxRuns: 1 } },
      0,
    ],
    [
      "a factor with a default counts as one",
      { agentSpecs: [], problemIds: [], factors: [{ name: "problem", default: "x" }], runBudget: { maxRuns: 1 } },
      0,
    ],
    ["replicates count", { runBudget: { replicates: 3, maxRuns: 2 } }, 1],
    [
      "a balanced subset may be smaller than the plan",
      { runBudget: { replicates: 3, maxRuns: 2 }, heddle: { maxRunsPolicy: "balanced" } },
      0,
    ],
  ]
  for (const [id, input, errors] of counted) {
    it(`${id}`, () => {
      expect(validateStudy(study(input)).length).toBe(errors)
    })
  }
})

describe("what is checked besides", () => {
  type Row = readonly [
    id: string,
    severity: "error" | "warning",
    input: Partial<StudyInput>,
    path: string,
    message: RegExp,
    nearest?: string,
  ]
  const factors = (...given: NonNullable<StudyInput["factors"]>): Partial<StudyInput> => ({ factors: given })
  const constraint = (expression: string | null, callableRef: string | null = null) => ({
    constraintId: "c",
    expression,
    callableRef,
  })
  const table: ReadonlyArray<Row> = [
    [
      "W30 duplicate values",
      "error",
      factors({
        name: "a",
        levels: [
          { name: "l", value: 1 },
          { name: "m", value: 1 },
        ],
      }),
      "factors[0].levels[1].value",
      /one id/,
    ],
    [
      "duplicate values of a block",
      "error",
      { blocks: [{ name: "b", levels: ["k", "k"] }] },
      "blocks[0].levels[1]",
      /one id/,
    ],
    [
      "NaN as a level",
      "error",
      factors({ name: "a", levels: [{ name: "l", value: NaN }] }),
      "factors[0].levels[0].value",
      /finite/,
    ],
    [
      "infinity inside a level",
      "error",
      factors({ name: "a", levels: [{ name: "l", value: [{ x: Infinity }] }] }),
      "factors[0].levels[0].value",
      /finite/,
    ],
    [
      "a value of another type",
      "warning",
      factors({ ...StudyFile.factor("a", [1, "x"]), dtype: "int" }),
      "factors[0].levels[1].value",
      /no int/,
    ],
    [
      "an unknown type",
      "warning",
      factors({ ...StudyFile.factor("a", [1]), dtype: "flot" }),
      "factors[0].dtype",
      /none of/,
      "float",
    ],
    [
      "a default that is no level",
      "warning",
      factors({ ...StudyFile.factor("a", [1]), default: 2 }),
      "factors[0].default",
      /not used/,
    ],
    [
      "AC-32 condition_id",
      "warning",
      factors(StudyFile.factor("condition_id", [1])),
      "factors[0].name",
      /"factor_condition_id"/,
    ],
    [
      "AC-32 STUDY_ID",
      "warning",
      factors(StudyFile.factor("STUDY_ID", [1])),
      "factors[0].name",
      /every conditions table/,
    ],
    [
      "names that differ in case",
      "warning",
      factors(StudyFile.factor("Dose", [1]), StudyFile.factor("dose", [1])),
      "factors[1].name",
      /letter case/,
    ],
    ["a factor in place of the map", "warning", factors(StudyFile.factor("factors", [1])), "factors[0].name", /hides/],
    [
      "block named like a factor",
      "warning",
      { blocks: [{ name: "a", levels: [1] }] },
      "blocks[0].name",
      /a factor is named "a" too/,
    ],
    [
      "such a name in a constraint",
      "error",
      { blocks: [{ name: "a", levels: [1] }], constraints: [constraint("a == 1")] },
      "blocks[0].name",
      /does not say which/,
    ],
    [
      "W30 code in a study file",
      "error",
      { constraints: [constraint(null, "os:system")] },
      "constraints[0].callable_ref",
      /never called/,
    ],
    [
      "an expression that cannot be read",
      "error",
      { constraints: [constraint("a ==")] },
      "constraints[0].expression",
      /./,
    ],
    [
      "an expression that runs code",
      "error",
      { constraints: [constraint("__import__('os').system('x')")] },
      "constraints[0].expression",
      /./,
    ],
    [
      "constraint ids twice",
      "warning",
      { constraints: [constraint("True"), constraint("True")] },
      "constraints[1].constraint_id",
      /too/,
    ],
    [
      "replicates of the design",
      "warning",
      { designSpec: { replicates: 2 } },
      "design_spec.replicates",
      /run_budget\.replicates/,
    ],
    [
      "centre points of a product",
      "warning",
      { designSpec: { centerPoints: 2 } },
      "design_spec.center_points",
      /not used/,
    ],
    ["samples of a product", "warning", { designSpec: { nSamples: 2 } }, "design_spec.n_samples", /not used/],
    [
      "a matrix without a file",
      "error",
      { designSpec: { kind: "custom_matrix" } },
      "design_spec.matrix_path",
      /must be given/,
    ],
    [
      "an unknown randomisation key",
      "error",
      { designSpec: { blockRandomizationKey: "aa" } },
      "design_spec.block_randomization_key",
      /no factor or block/,
      "a",
    ],
    [
      "levels inside a hypercube",
      "warning",
      { ...factors(StudyFile.factor("a", [1, 2, 3])), designSpec: { kind: "latin_hypercube", nSamples: 3 } },
      "factors[0].levels",
      /least and the greatest/,
    ],
    ["a problem twice", "error", { problemIds: ["p", "p"] }, "problem_ids[1]", /one id/],
    ["an agent twice", "error", { agentSpecs: ["p", "q", "p"] }, "agent_specs[2]", /one id/],
    [
      "an unknown table",
      "warning",
      { outcomes: [{ ...outcome("o"), sourceTable: "run" }] },
      "outcomes[0].source_table",
      /knows no "run"/,
      "runs",
    ],
    [
      "an unknown aggregation",
      "warning",
      { outcomes: [{ ...outcome("o"), aggregation: "meen" }] },
      "outcomes[0].aggregation",
      /knows no/,
      "mean",
    ],
    [
      "no primary outcome",
      "warning",
      { outcomes: [{ ...outcome("o"), primary: false }] },
      "outcomes",
      /none is primary/,
    ],
    [
      "hypothesis without a plan",
      "warning",
      { outcomes: [outcome("o")], hypotheses: [hypothesis("h", ["a"], ["o"])] },
      "hypotheses[0]",
      /no analysis plan/,
    ],
    [
      "hypothesis without an outcome",
      "warning",
      { hypotheses: [hypothesis("h", ["a"], [])] },
      "hypotheses[0].dependent_vars",
      /no outcome/,
    ],
    [
      "an unknown moderator",
      "warning",
      { hypotheses: [{ ...hypothesis("h", ["a"], []), moderators: [{ name: "aa", levels: [] }] }] },
      "hypotheses[0].moderators[0].name",
      /"aa"/,
      "a",
    ],
    [
      "an unknown level of a moderator",
      "warning",
      { hypotheses: [{ ...hypothesis("h", ["a"], []), moderators: [{ name: "a", levels: ["x", "z"] }] }] },
      "hypotheses[0].moderators[0].levels[1]",
      /no level of "a"/,
    ],
    [
      "an unknown mediator",
      "warning",
      { hypotheses: [{ ...hypothesis("h", ["a"], []), mediators: [{ name: "m", description: "" }] }] },
      "hypotheses[0].mediators[0].name",
      /"m"/,
    ],
    [
      "an unknown side of a contrast",
      "warning",
      {
        hypotheses: [
          { ...hypothesis("h", ["a"], []), contrast: { label: "", left: "x", right: "zz", operation: "difference" } },
        ],
      },
      "hypotheses[0].contrast.right",
      /no level of a/,
    ],
    [
      "an unknown test",
      "warning",
      { analysisPlans: [{ ...plan("p", "h"), tests: ["regresion"] }] },
      "analysis_plans[0].tests[0]",
      /knows no/,
      "regression",
    ],
    [
      "an unknown correction",
      "warning",
      { analysisPlans: [{ ...plan("p", "h"), multipleComparisonPolicy: "hollm" }] },
      "analysis_plans[0].multiple_comparison_policy",
      /knows no/,
      "holm",
    ],
    [
      "an unknown covariate",
      "warning",
      { analysisPlans: [{ ...plan("p", "h"), covariates: ["age"] }] },
      "analysis_plans[0].covariates[0]",
      /"age"/,
    ],
    [
      "an unknown random effect",
      "warning",
      { analysisPlans: [{ ...plan("p", "h"), randomEffects: ["agentid"] }] },
      "analysis_plans[0].random_effects[0]",
      /"agentid"/,
      "agent_id",
    ],
    [
      "a budget without a reservation",
      "error",
      { heddle: { budgets: { study: { costUsd: 1 } } } },
      "heddle.budgets.per_run.cost_usd",
      /must be given/,
    ],
    [
      "a budget of a condition likewise",
      "error",
      { heddle: { budgets: { perCondition: { tokens: 1 }, perRun: { costUsd: 1 } } } },
      "heddle.budgets.per_run.tokens",
      /per_condition/,
    ],
    [
      "a reservation above its budget",
      "error",
      { heddle: { budgets: { study: { timeS: 1 }, perRun: { timeS: 2 } } } },
      "heddle.budgets.per_run.time_s",
      /no run could start/,
    ],
    [
      "a limit for an unknown agent",
      "error",
      { heddle: { limits: [{ name: "l", slots: 1, agents: ["alfa"] }] } },
      "heddle.limits[0].agents[0]",
      /no agent/,
      "alpha",
    ],
    [
      "limits of one name",
      "error",
      {
        heddle: {
          limits: [
            { name: "l", slots: 1 },
            { name: "l", slots: 2 },
          ],
        },
      },
      "heddle.limits[1].name",
      /too/,
    ],
    ["a limit of nothing", "warning", { heddle: { limits: [{ name: "l" }] } }, "heddle.limits[0]", /nothing/],
    [
      "a version of an unknown agent",
      "warning",
      { heddle: { agentVersions: { beta: 1 } } },
      "heddle.agent_versions.beta",
      /no such agent/,
    ],
    [
      "stopping by an unknown outcome",
      "error",
      { heddle: { stopping: { rule: "always_valid", outcome: "o" } } },
      "heddle.stopping.outcome",
      /no outcome/,
    ],
    [
      "stopping by an unknown factor",
      "error",
      { heddle: { stopping: { rule: "always_valid", factor: "b" } } },
      "heddle.stopping.factor",
      /no factor/,
    ],
    [
      "stopping by three levels",
      "error",
      { ...factors(StudyFile.factor("a", [1, 2, 3])), heddle: { stopping: { rule: "always_valid" } } },
      "heddle.stopping.factor",
      /3 levels/,
    ],
  ]

  it("all rows have an id of their own", () => {
    expect(new Set(table.map(([id]) => id)).size).toBe(48)
  })

  for (const [id, severity, input, path, message, nearest] of table) {
    it(`${id} is ${severity === "error" ? "an error" : "a warning"} at ${path}`, () => {
      const found = reviewStudy(study(input)).find((issue) => issue.path === path)
      expect(found?.message).toMatch(message)
      expect([found?.severity, found?.nearest]).toEqual([severity, nearest])
      // The count of the predecessor's checks is its own.
      expect(validateStudy(study(input)).map((issue) => issue.message)).not.toContain(found?.message)
    })
  }

  it("1 and 1.0 and '1' are three values, not one", () => {
    expect(reviewStudy(study(factors({ ...StudyFile.factor("a", [1, Value.float(1), true]), dtype: null })))).toEqual(
      [],
    )
  })

  it("names such as order and my factor are as good as any", () => {
    expect(reviewStudy(study(factors(StudyFile.factor("order", [1]), StudyFile.factor("my factor", [1]))))).toEqual([])
  })

  it("words of the analysis may be written with spaces, hyphens and capitals", () => {
    const spelled = study({
      outcomes: [{ ...outcome("o"), aggregation: "Mean" }],
      hypotheses: [hypothesis("h", ["a"], ["o"])],
      analysisPlans: [
        {
          ...plan("p", "h"),
          tests: ["Mann-Whitney", "Difference in means"],
          multipleComparisonPolicy: "Benjamini-Hochberg",
        },
      ],
    })
    expect(reviewStudy(spelled)).toEqual([])
  })

  it("agents of a factor are agents of the study", () => {
    const bound = study({
      agentSpecs: [],
      factors: [StudyFile.factor("agent_id", ["x", "y"])],
      heddle: { limits: [{ name: "l", slots: 1, agents: ["x"] }], agentVersions: { y: "2" } },
    })
    expect(reviewStudy(bound)).toEqual([])
  })

  it("the golden studies have no errors, and the one warning that they deserve", () => {
    for (const name of ["small_study", "empty_study"]) {
      const read = success(StudyFile.parse(fixtureText(`${name}/study.yaml`), { format: "yaml", source: name }))
      const { errors, warnings } = checkStudy(read)
      expect(errors).toEqual([])
      expect(warnings.map(({ path }) => path)).toEqual(["hypotheses[0].mediators[0].name"])
    }
  })

  it("checks made after reading name the lines of the file", () => {
    const text =
      "study_id: s\ntitle: T\nfactors:\n- name: a\n  levels:\n  - {name: l, value: 1}\n  - {name: m, value: 1}\n"
    const { lineOf, study: read } = success(StudyFile.parseText(text, { format: "yaml", source: "s.yaml" }))
    expect(checkStudy(read, lineOf).errors.map(({ line, path }) => [path, line])).toEqual([
      ["factors[0].levels[1].value", 7],
    ])
  })

  it("a large study with everything wrong is reviewed under a bound of issues", () => {
    const many = study({
      factors: Array.from({ length: 1_000 }, (_, index) => ({
        name: `f${index}`,
        levels: Array.from({ length: 20 }, (_, level) => ({ name: `l${level}`, value: NaN })),
      })),
    })
    expect(reviewStudy(many).length).toBe(100)
  })
})

describe("constraints that compare a factor with what is none of its levels", () => {
  const input = (expression: string, kind: "full_factorial" | "latin_hypercube" = "full_factorial") =>
    study({
      factors: [
        StudyFile.factor("stirred", [true, false]),
        StudyFile.factor("solvent", ["ethanol", "water"]),
        StudyFile.factor("dose", [1, 2]),
      ],
      designSpec: { kind, nSamples: kind === "latin_hypercube" ? 4 : null },
      constraints: [{ constraintId: "c1", description: "d", expression }],
    })
  const told = (expression: string, kind?: "full_factorial" | "latin_hypercube") =>
    reviewStudy(input(expression, kind))
      .filter(({ path }) => path === "constraints[0].expression")
      .map(({ message, nearest, severity }) => [severity, message, nearest])

  it("are warned of with the levels and the nearest one", () => {
    expect(told('not (stirred == "yes" and dose == 2)')).toEqual([
      ["warning", "compares stirred with 'yes', which is none of its levels True, False", undefined],
    ])
    expect(told('factors["solvent"] != "etanol"')).toEqual([
      ["warning", "compares solvent with 'etanol', which is none of its levels 'ethanol', 'water'", "ethanol"],
    ])
    expect(told("factors.dose in [1, 3]")).toEqual([
      ["warning", "compares dose with 3, which is none of its levels 1, 2", undefined],
    ])
  })

  it("are not where Python takes the values for equal, where they are ordered, or where amounts lie between levels", () => {
    for (const fine of ["dose == 1.0", "stirred == 1", "dose < 5", 'solvent in ["water"]', "dose + 1 == 9"]) {
      expect(told(fine), fine).toEqual([])
    }
    expect(told("dose != 1.5", "latin_hypercube")).toEqual([])
  })

  it("exclude no condition, which is said of the built design", () => {
    const one = input('solvent != "etanol"')
    const { conditions } = success(buildDesign(one))
    expect(idleConstraints(one.constraints, conditions)).toEqual([
      { path: "constraints[0]", message: '"c1" excludes no condition: it holds for all 8' },
    ])
    const other = input('solvent != "ethanol"')
    expect(idleConstraints(other.constraints, success(buildDesign(other)).conditions)).toEqual([])
  })
})
