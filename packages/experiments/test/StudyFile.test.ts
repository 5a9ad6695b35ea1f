import { corrections } from "../src/analysis/PAdjust.ts"
import { aggregations, sourceTables, tests } from "../src/internal/analysisWords.ts"
import { readFileSync } from "node:fs"
import * as Result from "effect/Result"
import { describe, expect, it } from "vitest"
import type { InvalidStudy } from "../src/ExperimentError.ts"
import { issuesMax } from "../src/ExperimentError.ts"
import { studyKeys } from "../src/internal/studyForm.ts"
import type { Form } from "../src/internal/studyForm.ts"
import * as MersenneTwister from "../src/MersenneTwister.ts"
import * as Recipes from "../src/Recipes.ts"
import * as StableJson from "../src/StableJson.ts"
import type { Study } from "../src/Study.ts"
import * as StudyFile from "../src/StudyFile.ts"
import { checkStudy } from "../src/ValidateStudy.ts"
import * as Value from "../src/Value.ts"
import * as Yaml from "../src/Yaml.ts"
import { fixtureJson, fixtureText } from "./fixtures.ts"

const yaml = (text: string) => StudyFile.parse(text, { format: "yaml", source: "study.yaml" })

const success = <A, E>(result: Result.Result<A, E>): A => {
  if (Result.isFailure(result)) throw result.failure
  return result.success
}

const invalid = <A, E>(result: Result.Result<A, E | InvalidStudy>): InvalidStudy => {
  if (Result.isSuccess(result)) throw new Error("it was accepted")
  const error: unknown = result.failure
  if (typeof error === "object" && error !== null && "_tag" in error && error._tag === "InvalidStudy") {
    // The tag says so.
    return error as InvalidStudy
  }
  throw error
}

const head = "study_id: s\ntitle: T\n"

describe("study files of the predecessor", () => {
  for (const name of ["small_study", "empty_study"]) {
    it(`${name}/study.yaml is read and written again byte for byte`, () => {
      const text = fixtureText(`${name}/study.yaml`)
      expect(Yaml.stringify(StudyFile.encode(success(yaml(text))))).toBe(text)
    })
  }

  it("small_study/study.json is read and written again byte for byte, and says what the YAML says", () => {
    const text = fixtureText("small_study/study.json")
    const study = success(StudyFile.parse(text, { format: "json", source: "study.json" }))
    expect(StableJson.indented(StudyFile.encode(study))).toBe(text.trimEnd())
    expect(study).toEqual(success(yaml(fixtureText("small_study/study.yaml"))))
  })

  it("the two forms of the study for the command line are one study", () => {
    const study = success(yaml(fixtureText("cli/s.yaml")))
    expect(study).toEqual(success(StudyFile.parse(fixtureText("cli/s.json"), { format: "json", source: "s.json" })))
    expect(Yaml.stringify(StudyFile.encode(study))).toBe(fixtureText("cli/s.yaml"))
  })

  it("whole numbers and floats stay apart: 0.0 of a level is written 0.0 again", () => {
    const study = success(yaml(fixtureText("small_study/study.yaml")))
    expect(study.factors[1]?.levels.map(({ value }) => Value.isFloat(value))).toEqual([true, true])
  })
})

describe("defaults", () => {
  it("a file with an id and a title only has every default of the predecessor", () => {
    // Spec 1.2 and 1.3.
    expect(StableJson.stringify(StudyFile.encode(success(yaml(head))))).toBe(
      StableJson.stringify(
        success(
          Result.map(
            StudyFile.parse(
              `{"schema_version":"0.2.0","study_id":"s","title":"T","description":"","authors":[],"rationale":"","tags":[],
              "hypotheses":[],"factors":[],"blocks":[],"constraints":[],"design_spec":{"kind":"full_factorial","replicates":1,
              "randomize":false,"counterbalance":false,"matrix_path":null,"n_samples":null,"center_points":0,
              "block_randomization_key":null,"options":{}},"outcomes":[],"analysis_plans":[],"run_budget":{"replicates":1,
              "max_runs":null,"parallelism":1,"fail_fast":false},"seed_policy":{"base_seed":0,
              "strategy":"condition_replicate","per_run_offset":9973},"output_dir":"artifacts/s","provenance_metadata":{},
              "notes":"","problem_ids":[],"agent_specs":[]}`,
              { format: "json", source: "defaults" },
            ),
            StudyFile.encode,
          ),
        ),
      ),
    )
  })

  it("a level without a label is labelled by its name, and a contrast without one is a contrast", () => {
    const study = success(
      yaml(`${head}factors: [{name: a, levels: [{name: l, value: 1}]}]
hypotheses: [{hypothesis_id: h, label: L, statement: S, contrast: {left: 1.0, right: b}}]`),
    )
    expect(study.factors[0]?.levels[0]?.label).toBe("l")
    expect(study.hypotheses[0]?.contrast).toEqual({
      label: "contrast",
      left: "1.0",
      right: "b",
      operation: "difference",
    })
  })

  it("null stands for what is left out, also where a section is empty", () => {
    const study = success(
      yaml(`${head}description:\nauthors:\nrun_budget:\nseed_policy: ~\nheddle:\ndesign_spec:\n  options:`),
    )
    expect(study).toEqual(success(yaml(head)))
  })

  const kinds: ReadonlyArray<readonly [written: string, meant: string]> = [
    ["full", "full_factorial"],
    ["lhs", "latin_hypercube"],
    ["frac2", "fractional_factorial_2level"],
    ['" LHS "', "latin_hypercube"],
    ["Latin_Square", "latin_square"],
    ["optimal", "optimal"],
  ]
  for (const [written, meant] of kinds) {
    it(`design kind ${written} is ${meant}`, () => {
      expect(success(yaml(`${head}design_spec: {kind: ${written}}`)).designSpec.kind).toBe(meant)
    })
  }

  it("numbers of the design may stand among its options, and as Python's int() takes them", () => {
    const spec = success(
      yaml(
        `${head}design_spec: {kind: lhs, replicates: "2", n_samples: 3.0, options: {n_samples: 9, center_points: " +1_0 ", block_randomization_key: b}}`,
      ),
    ).designSpec
    expect([spec.replicates, spec.nSamples, spec.centerPoints, spec.blockRandomizationKey]).toEqual([2, 3, 10, "b"])
    expect([...spec.options.keys()]).toEqual(["n_samples", "center_points", "block_randomization_key"])
  })

  // From Python 3.11: str(pathlib.PurePosixPath(written)).
  const folders: ReadonlyArray<readonly [written: string, meant: string]> = [
    ["out/", "out"],
    ["./out//a/.", "out/a"],
    [".", "."],
    ["./", "."],
    ["a b/c", "a b/c"],
  ]
  for (const [written, meant] of folders) {
    it(`output_dir ${written} is ${meant}, as Python's Path has it`, () => {
      expect(success(yaml(`${head}output_dir: ${written}`)).outputDir).toBe(meant)
    })
  }

  it("an absolute output_dir is read where the file is one of Heddle's own artifacts", () => {
    const made = success(StudyFile.make({ studyId: "s", title: "T", outputDir: "/data/s" }))
    const text = Yaml.stringify(StudyFile.encode(made))
    expect(invalid(yaml(text)).issues.map(({ path }) => path)).toEqual(["output_dir"])
    expect(success(StudyFile.parse(text, { format: "yaml", source: "study.yaml", anyFolder: true }))).toEqual(made)
    const up = StudyFile.parse(`${head}output_dir: /a/../b`, { format: "yaml", source: "s", anyFolder: true })
    expect(invalid(up).issues.map(({ path }) => path)).toEqual(["output_dir"])
  })

  it("numbers and dates where text is meant are their text, as Python writes it", () => {
    const study = success(yaml("study_id: 2024\ntitle: 1.0\nnotes: 2026-01-01\nproblem_ids: [1, 2.50]"))
    expect([study.studyId, study.title, study.notes, study.problemIds]).toEqual([
      "2024",
      "1.0",
      "2026-01-01",
      ["1", "2.5"],
    ])
    expect(study.outputDir).toBe("artifacts/2024")
  })

  it("a seed beyond 2^53 keeps its digits", () => {
    const study = success(yaml(`${head}seed_policy: {base_seed: 123456789012345678901234567890}`))
    expect(study.seedPolicy.baseSeed).toBe(123456789012345678901234567890n)
    expect(Yaml.stringify(StudyFile.encode(study))).toContain("base_seed: 123456789012345678901234567890\n")
  })

  it("the section heddle is read, and written only where something stands in it", () => {
    const text = `${head}heddle:
  max_runs_policy: balanced
  budgets: {study: {cost_usd: 1.5, tokens: 1000}, per_condition: {time_s: 60.0}, per_run: {cost_usd: 0.5, tokens: 10, time_s: 1}}
  failures: {stop_after: 3, share: 0.5, at_least: 10, per_condition: 2}
  retries: 2
  timeout_s: 30
  deadline_s: 3600
  retry_failed: false
  stop_balanced: true
  run_order: random
  limits: [{name: p, slots: 2, per_minute: 60, agents: [a]}]
  stopping: {rule: group_sequential, outcome: o, factor: f, alpha: 0.05, looks: 4, spending: pocock, mixing_variance: 1.0}
  agent_versions: {a: 1.0}
  alpha: 0.01
`
    const study = success(yaml(text))
    expect(study.heddle).toEqual({
      maxRunsPolicy: "balanced",
      budgets: {
        study: { costUsd: 1.5, tokens: 1000 },
        perCondition: { timeS: 60 },
        perRun: { costUsd: 0.5, tokens: 10, timeS: 1 },
      },
      failures: { stopAfter: 3, share: 0.5, atLeast: 10, perCondition: 2 },
      retries: 2,
      timeoutS: 30,
      deadlineS: 3600,
      retryFailed: false,
      stopBalanced: true,
      runOrder: "random",
      limits: [{ name: "p", slots: 2, perMinute: 60, agents: ["a"] }],
      stopping: {
        rule: "group_sequential",
        outcome: "o",
        factor: "f",
        alpha: 0.05,
        looks: 4,
        spending: "pocock",
        mixingVariance: 1,
      },
      agentVersions: new Map([["a", Value.float(1)]]),
      alpha: 0.01,
    })
    expect(success(StudyFile.decode(StudyFile.encode(study), "again"))).toEqual(study)
    expect(StudyFile.encode(success(yaml(head))).has("heddle")).toBe(false)
  })
})

describe("problems", () => {
  type Row = readonly [id: string, text: string, path: string, message: RegExp, line?: number, nearest?: string]
  const table: ReadonlyArray<Row> = [
    ["AC-33 id", "study_id: ../../etc\ntitle: T", "study_id", /folder/, 1],
    [
      "AC-33 severity",
      `${head}constraints:\n- constraint_id: c\n  expression: 'true'\n  severity: eror`,
      "constraints[0].severity",
      /one of error, warning/,
      6,
      "error",
    ],
    ["AC-33 authors", `${head}authors: Ann`, "authors", /a list, such as \["Ann"\], but is text "Ann"/, 3],
    ["id missing", "title: T", "study_id", /must be given/],
    ["id empty", "study_id: ''\ntitle: T", "study_id", /empty/, 1],
    ["id blank", "study_id: '  '\ntitle: T", "study_id", /empty/, 1],
    ["id dot", "study_id: .\ntitle: T", "study_id", /dot/, 1],
    ["id hidden", "study_id: .ssh\ntitle: T", "study_id", /dot/, 1],
    ["id slash", "study_id: a/b\ntitle: T", "study_id", /slashes/, 1],
    ["id backslash", "study_id: a\\b\ntitle: T", "study_id", /backslashes/, 1],
    ["id newline", 'study_id: "a\\nb"\ntitle: T', "study_id", /control/, 1],
    ["id null byte", 'study_id: "a\\0b"\ntitle: T', "study_id", /control/, 1],
    ["id space", "study_id: ' a'\ntitle: T", "study_id", /space/, 1],
    ["id long", `study_id: ${"a".repeat(201)}\ntitle: T`, "study_id", /at most 200/, 1],
    ["id list", "study_id: [a]\ntitle: T", "study_id", /must be text, but is a list/, 1],
    ["title null", "study_id: s\ntitle:", "title", /null/, 2],
    ["title missing", "study_id: s", "title", /must be given/],
    ["folder up", `${head}output_dir: a/../../b`, "output_dir", /lead out/, 3],
    ["folder absolute", `${head}output_dir: /etc`, "output_dir", /relative/, 3],
    ["folder of a drive", `${head}output_dir: 'C:\\x'`, "output_dir", /relative/, 3],
    ["folder home", `${head}output_dir: ~/x`, "output_dir", /relative/, 3],
    ["folder control", `${head}output_dir: "a\\tb"`, "output_dir", /control/, 3],
    ["unknown key", `${head}hypotesis: []`, "hypotesis", /unknown key/, 3, "hypotheses"],
    ["unknown key inside", `${head}run_budget: {max_run: 3}`, "run_budget.max_run", /unknown key/, 3, "max_runs"],
    ["unknown key of heddle", `${head}heddle: {retris: 3}`, "heddle.retris", /unknown key/, 3, "retries"],
    ["camel case in a file", "studyId: s\ntitle: T\nstudy_id: s", "studyId", /unknown key/, 1, "study_id"],
    ["version", `schema_version: 0.3.0\n${head}`, "schema_version", /0\.1\.0 or 0\.2\.0/, 1],
    ["version as a number", `schema_version: 0.2\n${head}`, "schema_version", /as text/, 1],
    ["factor without levels", `${head}factors: [{name: a}]`, "factors[0]", /levels, or a default/, 3],
    ["factor name", `${head}factors: [{name: ' ', default: 1}]`, "factors[0].name", /empty/, 3],
    [
      "factor kind",
      `${head}factors: [{name: a, default: 1, kind: nuisanse}]`,
      "factors[0].kind",
      /one of/,
      3,
      "nuisance",
    ],
    [
      "level names",
      `${head}factors:\n- name: a\n  levels:\n  - {name: x, value: 1}\n  - {name: x, value: 2}`,
      "factors[0].levels[1].name",
      /two levels/,
      7,
    ],
    [
      "scalar levels",
      `${head}factors: [{name: a, levels: [1]}]`,
      "factors[0].levels[0]",
      /a map with the keys name/,
      3,
    ],
    ["name of boolean", `${head}factors: [{name: yes, default: 1}]`, "factors[0].name", /in quotes\), but is true/, 3],
    ["block without levels", `${head}blocks: [{name: b, levels: []}]`, "blocks[0].levels", /at least one/, 3],
    ["block levels as text", `${head}blocks: [{name: b, levels: abc}]`, "blocks[0].levels", /must be a list/, 3],
    ["constraint without a rule", `${head}constraints: [{constraint_id: c}]`, "constraints[0]", /expression/, 3],
    ["zero replicates", `${head}run_budget: {replicates: 0}`, "run_budget.replicates", /greater than or equal to 1/, 3],
    [
      "replicates true",
      `${head}run_budget: {replicates: true}`,
      "run_budget.replicates",
      /whole number, but is true/,
      3,
    ],
    ["replicates 2.5", `${head}run_budget: {replicates: 2.5}`, "run_budget.replicates", /2\.5/, 3],
    [
      "replicates huge",
      `${head}run_budget: {replicates: 100000000000000000000}`,
      "run_budget.replicates",
      /whole number/,
      3,
    ],
    ["max_runs zero", `${head}run_budget: {max_runs: 0}`, "run_budget.max_runs", /greater than or equal to 1/, 3],
    ["negative centre points", `${head}design_spec: {center_points: -1}`, "design_spec.center_points", /equal to 0/, 3],
    [
      "n_samples word",
      `${head}design_spec: {n_samples: many}`,
      "design_spec.n_samples",
      /whole number, but is text "many"/,
      3,
    ],
    ["design kind", `${head}design_spec: {kind: latin_squares}`, "design_spec.kind", /one of/, 3, "latin_square"],
    ["design option", `${head}design_spec: {row_factor: a}`, "design_spec.row_factor", /unknown key/, 3],
    [
      "seed float",
      `${head}seed_policy: {base_seed: 1.0}`,
      "seed_policy.base_seed",
      /whole number, but is the number 1\.0/,
      3,
    ],
    ["seed text", `${head}seed_policy: {base_seed: '1'}`, "seed_policy.base_seed", /whole number/, 3],
    [
      "effect NaN",
      `${head}hypotheses: [{hypothesis_id: h, label: l, statement: s, minimum_effect_of_interest: .nan}]`,
      "hypotheses[0].minimum_effect_of_interest",
      /finite/,
      3,
    ],
    [
      "plan without tests",
      `${head}analysis_plans: [{analysis_plan_id: p, hypothesis_ids: [h], tests: []}]`,
      "analysis_plans[0].tests",
      /at least one/,
      3,
    ],
    [
      "primary as a word",
      `${head}outcomes: [{name: o, source_table: runs, column: c, primary: 'no'}]`,
      "outcomes[0].primary",
      /true or false/,
      3,
    ],
    ["alpha", `${head}heddle: {alpha: 1}`, "heddle.alpha", /between 0 and 1/, 3],
    [
      "budget negative",
      `${head}heddle: {budgets: {study: {cost_usd: -1}}}`,
      "heddle.budgets.study.cost_usd",
      /equal to 0/,
      3,
    ],
    [
      "budget infinite",
      `${head}heddle: {budgets: {study: {cost_usd: .inf}}}`,
      "heddle.budgets.study.cost_usd",
      /finite/,
      3,
    ],
    ["timeout zero", `${head}heddle: {timeout_s: 0}`, "heddle.timeout_s", /greater than 0/, 3],
    ["prototype key", `${head}__proto__: {polluted: true}`, "__proto__", /unknown key/, 3],
    [
      "constructor key",
      `${head}factors: [{name: a, default: 1, constructor: 1}]`,
      "factors[0].constructor",
      /unknown key/,
      3,
    ],
    ["list for a map", `${head}provenance_metadata: [1]`, "provenance_metadata", /must be a map, but is a list/, 3],
    ["map for a list", `${head}factors: {a: [1]}`, "factors", /must be a list, but is a map/, 3],
    ["a list as the file", "- a", "", /a study file holds a map/],
  ]

  it("all rows have an id of their own", () => {
    expect(new Set(table.map(([id]) => id)).size).toBe(60)
  })

  for (const [id, text, path, message, line, nearest] of table) {
    it(`${id}: ${path === "" ? "the file" : path} is refused with its place`, () => {
      const issue = invalid(yaml(text)).issues.find((candidate) => candidate.path === path)
      expect(issue?.message).toMatch(message)
      expect([issue?.line, issue?.nearest]).toEqual([line, nearest])
    })
  }

  it("all problems come at once, and the message names the file and each place", () => {
    const error = invalid(
      yaml(
        "study_id: a/b\ntitel: T\nauthors: Ann\nrun_budget: {replicates: 0}\nfactors: [{name: a}, {nme: b}]\noutput_dir: ../x",
      ),
    )
    expect(error.issues.map(({ path }) => path).toSorted()).toEqual([
      "authors",
      "factors[0]",
      "factors[1].name",
      "factors[1].nme",
      "output_dir",
      "run_budget.replicates",
      "study_id",
      "titel",
      "title",
    ])
    expect(error.message).toContain("study.yaml: 9 problems\n")
    expect(error.message).toContain('titel: unknown key (line 2); did you mean "title"?')
    expect(error.exitCode).toBe(2)
  })

  it("a text that is no YAML, or empty, is a text error, not a study's", () => {
    for (const text of ["study_id: [", "", "a: 1\na: 2"]) {
      const result = yaml(text)
      expect(Result.isFailure(result) ? result.failure._tag : "accepted").toBe("TextError")
    }
  })

  it("of many problems the first are kept and all are counted", () => {
    const file = new Map<string, Value.Value>([
      ["study_id", "s"],
      ["title", "T"],
      ["authors", Array.from({ length: 5_000 }, () => true)],
    ])
    const error = invalid(StudyFile.decode(file, "many.yaml"))
    expect([error.issues.length, error.count]).toEqual([issuesMax, 5_000])
    expect(error.message).toContain("and 4900 more")
  })

  it("lists beyond their bound are refused before they are walked", () => {
    const levels = new Map<string, Value.Value>([
      ["name", "a"],
      ["levels", Array.from({ length: 10_001 }, () => new Map())],
    ])
    const file = new Map<string, Value.Value>([
      ["study_id", "s"],
      ["title", "T"],
      ["factors", [levels]],
    ])
    const error = invalid(StudyFile.decode(file, "long.yaml"))
    expect(error.issues.map(({ path, message }) => `${path} ${message}`)).toContain(
      "factors[0].levels has 10001 items; at most 10000 are allowed",
    )
  })

  it("values nested deeper than the bound are refused", () => {
    let deep: Value.Value = 1
    for (let depth = 0; depth < 5_000; depth++) deep = [deep]
    const file = new Map<string, Value.Value>([
      ["study_id", "s"],
      ["title", "T"],
      ["provenance_metadata", new Map([["x", deep]])],
    ])
    expect(invalid(StudyFile.decode(file, "deep.yaml")).issues[0]?.path).toBe("provenance_metadata")
  })

  it("a million unknown keys are counted in bounded work", () => {
    const file = new Map<string, Value.Value>([
      ["study_id", "s"],
      ["title", "T"],
    ])
    for (let index = 0; index < 1_000_000; index++) file.set(`k${index}`, null)
    const error = invalid(StudyFile.decode(file, "keys.yaml"))
    expect([error.issues.length, error.count]).toEqual([issuesMax, 1_000_000])
  })

  it("keys of prototypes in maps of values are kept as data and touch nothing", () => {
    const study = success(
      yaml(`${head}provenance_metadata: {__proto__: {polluted: 1}, constructor: 2, '10': a, '9': b}`),
    )
    expect([...study.provenanceMetadata.keys()]).toEqual(["__proto__", "constructor", "10", "9"])
    expect(Reflect.get({}, "polluted")).toBeUndefined()
    expect(success(yaml(Yaml.stringify(StudyFile.encode(study))))).toEqual(study)
  })
})

describe("older keys", () => {
  const outcomes = (flags: string) =>
    `${head}outcomes:\n- {name: a, source_table: runs, column: c${flags}}\n- {name: b, source_table: runs, column: d}\n`

  it("primary and secondary outcomes set the flags where no outcome has one", () => {
    const study = success(yaml(`${outcomes("")}primary_outcomes: [b]\nsecondary_outcomes: [a]`))
    expect(study.outcomes.map(({ name, primary }) => [name, primary])).toEqual([
      ["a", false],
      ["b", true],
    ])
    expect(StudyFile.encode(study).has("primary_outcomes")).toBe(false)
  })

  it("they may repeat what the flags say, and empty lists say nothing", () => {
    const study = success(
      yaml(`schema_version: 0.1.0\n${outcomes(", primary: true")}primary_outcomes: [a]\nsecondary_outcomes: [b]`),
    )
    expect(success(yaml(`${outcomes(", primary: true")}primary_outcomes: []\nsecondary_outcomes: []`))).toEqual(study)
  })

  const refused: ReadonlyArray<readonly [id: string, text: string, path: string]> = [
    ["unknown name", `${outcomes("")}primary_outcomes: [aa]`, "primary_outcomes[0]"],
    ["on both lists", `${outcomes("")}primary_outcomes: [a]\nsecondary_outcomes: [a]`, "secondary_outcomes[0]"],
    ["against a flag", `${outcomes(", primary: true")}primary_outcomes: [b]`, "outcomes[1].primary"],
    ["a flag on the second list", `${outcomes(", primary: true")}secondary_outcomes: [a]`, "outcomes[0].primary"],
    ["text for a list", `${outcomes("")}primary_outcomes: a`, "primary_outcomes"],
  ]
  for (const [id, text, path] of refused) {
    it(`${id} is refused at ${path}`, () => {
      expect(invalid(yaml(text)).issues.map((issue) => issue.path)).toContain(path)
    })
  }

  const linked = (ids: string, link: string) =>
    `${head}hypotheses: [{hypothesis_id: h, label: l, statement: s, linked_analysis_plan_id: ${link}}]
analysis_plans: [{analysis_plan_id: p1, hypothesis_ids: [${ids}], tests: [t]}]`

  it("a link from a hypothesis to its plan is dropped where the plan names the hypothesis", () => {
    const study = success(yaml(linked("h", "p1")))
    expect(StableJson.stringify(StudyFile.encode(study))).not.toContain("linked_analysis_plan_id")
    expect(success(yaml(linked("h", "null")))).toEqual(study)
  })

  it("a link is refused where the plan is unknown or does not name the hypothesis", () => {
    const unknown = invalid(yaml(linked("h", "p2"))).issues[0]
    expect([unknown?.path, unknown?.nearest]).toEqual(["hypotheses[0].linked_analysis_plan_id", "p1"])
    expect(invalid(yaml(linked("other", "p1"))).issues[0]?.message).toMatch(/does not name this hypothesis/)
  })
})

describe("studies made in code", () => {
  it("id and title are enough, and give what a file with both gives", () => {
    expect(success(StudyFile.make({ studyId: "s", title: "T" }))).toEqual(success(yaml(head)))
  })

  it("plain data becomes values: 1 is a whole number, Value.float(1) is 1.0", () => {
    const study = success(
      StudyFile.make({
        studyId: "s",
        title: "T",
        factors: [StudyFile.factor("dose", [1, Value.float(1), 1.5, "x", { "10": [true], "9": null }])],
        provenanceMetadata: { by: "me" },
        designSpec: { options: { n: 1 } },
      }),
    )
    const file = StudyFile.encode(study)
    expect(StableJson.stringify(file.get("factors") ?? null)).toContain(
      '{"label":"1","metadata":{},"name":"1","value":1},{"label":"1.0","metadata":{},"name":"1.0","value":1.0}',
    )
    expect(study.factors[0]?.levels[4]?.name).toBe('{"10":[true],"9":null}')
    expect(study.designSpec.options).toEqual(new Map([["n", 1]]))
    expect(success(StudyFile.decode(file, "again"))).toEqual(study)
  })

  it("problems are named as the code names them", () => {
    const error = invalid(
      StudyFile.make({
        studyId: "s",
        title: "T",
        runBudget: { maxRuns: 0 },
        factors: [{ name: "f" }],
        outputDir: "a/../b",
      }),
    )
    expect(error.issues.map(({ path }) => path).toSorted()).toEqual(["factors[0]", "outputDir", "runBudget.maxRuns"])
  })

  it("an absolute folder is allowed in code", () => {
    expect(success(StudyFile.make({ studyId: "s", title: "T", outputDir: "/data/s" })).outputDir).toBe("/data/s")
  })

  it("functions and instances of classes are no values", () => {
    const error = invalid(
      // The types forbid it; a caller without types can still do it.
      StudyFile.make(
        JSON.parse('{"studyId":"s","title":"T","factors":[{"name":"f","default":1}],"provenanceMetadata":[]}'),
      ),
    )
    expect(error.issues.map(({ path }) => path)).toEqual(["provenanceMetadata"])
  })
})

describe("values of Python as values here", () => {
  const rows = fixtureJson("to_jsonable.json")
  /** What stands for each row in JavaScript; `undefined` where there is no such thing, or where it is refused. */
  const inputs: Readonly<Record<string, unknown>> = {
    "enum member -> value": "success",
    "pathlib.Path('x/y')": "x/y",
    "tuple (1,2)": [1, 2],
    "dict with int key {1:'a'}": { 1: "a" },
    "dict with bool key {True:'a'}": new Map([["True", "a"]]),
    "dict with None key {None:'a'}": new Map([["None", "a"]]),
    "dataclass DC(value=1, tags=('t',))": { value: 1, tags: ["t"] },
    "single-element set {'a'}": ["a"],
  }
  it("each row that JavaScript has gives the same JSON; what Python turns to text by chance is refused", () => {
    if (!Array.isArray(rows)) throw new Error("no rows")
    expect(rows.length).toBe(10)
    for (const row of rows) {
      const input: unknown = inputs[String(row.input)]
      if (input === undefined) continue
      const value = Value.fromJs(input)
      expect(value === undefined ? undefined : JSON.parse(StableJson.stringify(value))).toEqual(row.output)
    }
    expect(Object.keys(inputs).length).toBe(8)
    for (const odd of [new Set(["a"]), new Map([[1, "a"]]), Symbol("s"), () => 1, new Date(0), new Uint8Array(2)]) {
      expect(Value.fromJs(odd)).toBeUndefined()
    }
  })
})

/** A study of random parts; `random` is seeded, so that a failure can be repeated. */
const randomStudy = (seed: number): Study => {
  const random = MersenneTwister.make(seed)
  const pick = <const A>(items: readonly [A, ...Array<A>]): A => items[random.below(items.length)] ?? items[0]
  const words = [
    "a",
    "yes",
    "1",
    "1.0",
    "null",
    "x: y",
    "é",
    "𝕏",
    " lead",
    "trail ",
    "#c",
    "-",
    "a\nb",
    "'q'",
    '"',
    "2026-01-01",
    "0x1f",
  ] as const
  const text = (): string => pick([...words, "t", "longer text of several words"])
  const name = (): string => `${text()}${random.below(1_000_000)}`
  const value = (depth: number): Value.Value => {
    switch (random.below(depth > 2 ? 7 : 9)) {
      case 0:
        return null
      case 1:
        return random.below(2) === 0
      case 2:
        return random.below(1000) - 500
      case 3:
        return Value.float(random.below(10))
      case 4:
        return (random.random() - 0.5) * 10 ** (random.below(40) - 20)
      case 5:
        return 2n ** 80n + BigInt(random.below(1000))
      case 6:
        return text()
      case 7:
        return Array.from({ length: random.below(3) }, () => value(depth + 1))
      default:
        return map(depth + 1)
    }
  }
  const map = (depth = 0): Value.ValueMap =>
    new Map(Array.from({ length: random.below(3) }, () => [name(), value(depth)]))
  const many = <A>(most: number, make: () => A): Array<A> => Array.from({ length: random.below(most + 1) }, make)
  const factors = many(3, () => ({
    name: name(),
    description: text(),
    kind: pick(["manipulated", "measured", "blocked", "nuisance"]),
    levels: [...many(3, () => ({ name: name(), value: value(0), label: text(), metadata: map() }))],
    dtype: pick([null, "int", "float"]),
    default: random.below(1000),
    metadata: map(),
  }))
  return success(
    StudyFile.make({
      studyId: `s${seed}`,
      title: `t${text()}`,
      description: text(),
      authors: many(3, text),
      tags: many(3, text),
      factors,
      blocks: many(2, () => ({ name: name(), levels: [value(0), ...many(2, () => value(0))], metadata: map() })),
      constraints: many(2, () => ({
        constraintId: name(),
        description: text(),
        expression: `x${text()}`,
        severity: pick(["error", "warning"]),
      })),
      designSpec: {
        kind: pick(["optimal", "full_factorial", "williams"]),
        replicates: 1 + random.below(4),
        randomize: random.below(2) === 0,
        matrixPath: pick([null, "m.csv"]),
        options: map(),
      },
      outcomes: many(2, () => ({
        name: name(),
        sourceTable: "runs",
        column: `c${text()}`,
        primary: random.below(2) === 0,
        derivation: pick([null, "x"]),
      })),
      hypotheses: many(2, () => ({
        hypothesisId: name(),
        label: name(),
        statement: name(),
        kind: pick(["effect", "equivalence"]),
        moderators: many(2, () => ({ name: text(), levels: many(2, () => value(0)) })),
        contrast: pick([null, { label: text(), left: text(), right: text(), operation: text() }]),
        minimumEffectOfInterest: pick([null, 0.25, 3]),
      })),
      analysisPlans: many(2, () => ({
        analysisPlanId: name(),
        hypothesisIds: [text()],
        tests: [text()],
        filters: map(),
      })),
      runBudget: { replicates: 1 + random.below(5), maxRuns: pick([null, 7]), failFast: random.below(2) === 0 },
      seedPolicy: { baseSeed: pick<number | bigint>([0, -3, 2n ** 70n]) },
      provenanceMetadata: map(),
      notes: text(),
      heddle: pick([{}, { retries: 2, alpha: 0.1, limits: [{ name: "p", slots: 1 }], agentVersions: map() }]),
    }),
  )
}

describe("round trips", () => {
  it("decode(encode(study)) is the study, for 300 random studies", () => {
    for (let seed = 1; seed <= 300; seed++) {
      const study = randomStudy(seed)
      expect(success(StudyFile.decode(StudyFile.encode(study), `seed ${seed}`))).toEqual(study)
    }
  })

  it("the text of a study, as YAML and as JSON, gives the study again", () => {
    for (let seed = 301; seed <= 400; seed++) {
      const study = randomStudy(seed)
      const file = StudyFile.encode(study)
      expect(success(yaml(Yaml.stringify(file)))).toEqual(study)
      expect(success(StudyFile.parse(StableJson.indented(file), { format: "json", source: `seed ${seed}` }))).toEqual(
        study,
      )
      // Equal maps may differ in order; the ids of levels and the bytes of files must not.
      expect(StableJson.repr(StudyFile.encode(success(yaml(Yaml.stringify(file)))))).toBe(StableJson.repr(file))
    }
  })
})

type Json = Readonly<Record<string, unknown>>

const isJson = (value: unknown): value is Json => typeof value === "object" && value !== null && !Array.isArray(value)

const typeOf = (value: unknown): string =>
  value === null
    ? "null"
    : Array.isArray(value)
      ? "array"
      : typeof value === "number" && Number.isInteger(value)
        ? "integer"
        : typeof value

/** The part of JSON Schema 2020-12 that the published schema uses, written from its specification. */
const violations = (schema: unknown, value: unknown, at = ""): ReadonlyArray<string> => {
  if (!isJson(schema)) return [`${at}: no schema`]
  const found: Array<string> = []
  const known = [
    "$schema",
    "title",
    "description",
    "deprecated",
    "default",
    "type",
    "enum",
    "pattern",
    "maxLength",
    "minimum",
    "maximum",
    "exclusiveMinimum",
    "items",
    "minItems",
    "maxItems",
    "properties",
    "required",
    "additionalProperties",
  ]
  for (const keyword of Object.keys(schema)) if (!known.includes(keyword)) found.push(`${at}: keyword ${keyword}`)
  const type = typeOf(value)
  const types = schema["type"] === undefined ? undefined : [schema["type"]].flat()
  if (types !== undefined && !types.includes(type) && !(type === "integer" && types.includes("number")))
    found.push(`${at}: type ${type}`)
  if (Array.isArray(schema["enum"]) && !schema["enum"].includes(value)) found.push(`${at}: enum`)
  if (typeof value === "string") {
    if (typeof schema["pattern"] === "string" && !new RegExp(schema["pattern"], "u").test(value))
      found.push(`${at}: pattern`)
    if (typeof schema["maxLength"] === "number" && value.length > schema["maxLength"]) found.push(`${at}: maxLength`)
  }
  if (typeof value === "number") {
    if (typeof schema["minimum"] === "number" && value < schema["minimum"]) found.push(`${at}: minimum`)
    if (typeof schema["maximum"] === "number" && value > schema["maximum"]) found.push(`${at}: maximum`)
    if (typeof schema["exclusiveMinimum"] === "number" && value <= schema["exclusiveMinimum"])
      found.push(`${at}: exclusiveMinimum`)
  }
  if (Array.isArray(value)) {
    if (typeof schema["minItems"] === "number" && value.length < schema["minItems"]) found.push(`${at}: minItems`)
    if (typeof schema["maxItems"] === "number" && value.length > schema["maxItems"]) found.push(`${at}: maxItems`)
    if (schema["items"] !== undefined)
      value.forEach((item, index) => found.push(...violations(schema["items"], item, `${at}/${index}`)))
  }
  if (isJson(value)) {
    const properties = isJson(schema["properties"]) ? schema["properties"] : {}
    for (const key of Array.isArray(schema["required"]) ? schema["required"] : []) {
      if (!(String(key) in value)) found.push(`${at}: required ${String(key)}`)
    }
    for (const [key, item] of Object.entries(value)) {
      if (Object.hasOwn(properties, key)) found.push(...violations(properties[key], item, `${at}/${key}`))
      else if (schema["additionalProperties"] === false) found.push(`${at}: additional ${key}`)
    }
  }
  return found
}

describe("the published JSON Schema", () => {
  const published: unknown = JSON.parse(readFileSync(new URL("../study.schema.json", import.meta.url), "utf8"))

  it("and the README name every test, correction, aggregation and policy that the analysis knows", () => {
    const texts = [JSON.stringify(published), readFileSync(new URL("../README.md", import.meta.url), "utf8")]
    for (const word of [...tests, ...corrections, ...aggregations, ...sourceTables]) {
      for (const text of texts) expect(text).toMatch(new RegExp(`[ \`]${word}[,.\`]`))
    }
  })

  it("is current (node packages/experiments/test/writeSchema.ts writes it anew)", () => {
    expect(published).toEqual(StudyFile.jsonSchema())
  })

  it("accepts the study files of the predecessor and every recipe", () => {
    const studies = [
      ...["small_study/study.json", "cli/s.json"].map((name) => fixtureJson(name)),
      ...Object.values(Recipes.recipes).map((recipe): unknown =>
        JSON.parse(StableJson.stringify(StudyFile.encode(success(recipe())))),
      ),
    ]
    expect(studies.length).toBe(11)
    for (const study of studies) expect(violations(published, study)).toEqual([])
  })

  const base = { study_id: "s", title: "T" }
  const refused: ReadonlyArray<readonly [id: string, file: Json, violation: string]> = [
    ["no id", { title: "T" }, ": required study_id"],
    ["an unknown key", { ...base, titel: 1 }, ": additional titel"],
    ["authors as text", { ...base, authors: "Ann" }, "/authors: type string"],
    [
      "an unknown severity",
      { ...base, constraints: [{ constraint_id: "c", severity: "eror" }] },
      "/constraints/0/severity: enum",
    ],
    ["no replicates", { ...base, run_budget: { replicates: 0 } }, "/run_budget/replicates: minimum"],
    ["a path as id", { study_id: "../x", title: "T" }, "/study_id: pattern"],
    ["a block without levels", { ...base, blocks: [{ name: "b", levels: [] }] }, "/blocks/0/levels: minItems"],
    ["a time-out of nothing", { ...base, heddle: { timeout_s: 0 } }, "/heddle/timeout_s: exclusiveMinimum"],
  ]
  for (const [id, file, violation] of refused) {
    it(`refuses ${id}, as reading does`, () => {
      expect(violations(published, file)).toContain(violation)
      const value = Value.fromJs(file)
      expect(Result.isFailure(StudyFile.decode(value ?? null, id))).toBe(true)
    })
  }

  it("describes every key, and names every word that a key may be", () => {
    let described = 0
    let words = 0
    const visit = (form: Form, schema: unknown): void => {
      if (!isJson(schema)) throw new Error("no schema")
      if (form.kind === "list") visit(form.of, schema["items"])
      if (form.kind === "word") {
        expect(schema["enum"]).toEqual(expect.arrayContaining([...form.words]))
        words++
      }
      if (form.kind !== "record") return
      for (const key of form.keys) {
        const property: unknown = isJson(schema["properties"]) ? schema["properties"][key.key] : undefined
        expect(isJson(property) ? property["description"] : undefined).toBe(key.description)
        described++
        visit(key.form, property)
      }
    }
    visit({ kind: "record", keys: studyKeys }, published)
    expect([described, words]).toEqual([136, 9])
  })
})

describe("hostile study files", () => {
  const bomb = `study_id: s
title: T
provenance_metadata:
  a: &a [x, x, x, x, x, x, x, x, x, x]
${["b", "c", "d", "e", "f", "g", "h", "i", "j"]
  .map((name, index) => {
    const before = String.fromCharCode("a".charCodeAt(0) + index)
    return `  ${name}: &${name} [${Array.from({ length: 10 }, () => `*${before}`).join(", ")}]`
  })
  .join("\n")}
`
  const files: ReadonlyArray<readonly [id: string, text: string]> = [
    ["a billion laughs", bomb],
    ["an alias inside itself", `${head}provenance_metadata: &a {x: *a}`],
    ["brackets 100,000 deep", `${head}notes: ${"[".repeat(100_000)}`],
    ["a key twice", `${head}title: U`],
    ["a merge of everything", `${head}<<: {study_id: other}\n<<: {x: 1}`],
    ["NaN replicates", `${head}run_budget: {replicates: .nan}`],
    ["a path in the id", "study_id: /etc/passwd\ntitle: T"],
    ["a tag that makes an object", `${head}notes: !!python/object/apply:os.system [x]`],
  ]
  for (const [id, text] of files) {
    it(`${id} is refused with an error that names the file`, () => {
      const result = yaml(text)
      if (Result.isSuccess(result)) throw new Error("it was accepted")
      expect(result.failure.message).toContain("study.yaml")
      expect(result.failure.message.length).toBeLessThan(20_000)
    })
  }

  it("JSON 100,000 deep is refused too", () => {
    const text = `{"study_id":"s","title":"T","notes":${"[".repeat(100_000)}${"]".repeat(100_000)}}`
    expect(Result.isFailure(StudyFile.parse(text, { format: "json", source: "s.json" }))).toBe(true)
  })

  it("a design of 1e9 conditions is read and reviewed without being built", () => {
    const factors = Array.from({ length: 9 }, (_, index) =>
      StudyFile.factor(
        `f${index}`,
        Array.from({ length: 10 }, (_, level) => level),
      ),
    )
    const study = success(StudyFile.make({ studyId: "s", title: "T", factors }))
    expect(study.factors.length).toBe(9)
  })

  it("10,000 claims that all name what is not there are checked under the bound of issues", () => {
    const names = Array.from({ length: 20 }, (_, index) => `nothing${index}`)
    const study = success(
      StudyFile.make({
        studyId: "s",
        title: "T",
        factors: Array.from({ length: 1_000 }, (_, index) => StudyFile.factor(`factor${index}`, [1, 2])),
        hypotheses: Array.from({ length: 10_000 }, (_, index) => ({
          hypothesisId: `h${index}`,
          label: "l",
          statement: "s",
          independentVars: names,
          dependentVars: names,
          contrast: { label: "", left: "x", right: "y", operation: "difference" },
        })),
      }),
    )
    const { errors, warnings } = checkStudy(study)
    expect([errors.length, warnings.length]).toEqual([issuesMax, issuesMax])
  })
})
