/**
 * The rows of the other rules that the predecessor's own tests fix, one test each. Where we differ on purpose the improved
 * behaviour is asserted, and the title says "improved".
 */
import { expect } from "@effect/vitest"
import * as LedgerMemory from "@heddle/core/LedgerMemory"
import * as DurableNode from "@heddle/core/node/DurableNode"
import * as experiments from "@heddle/experiments"
import * as ArtifactsCheck from "@heddle/experiments/ArtifactsCheck"
import { buildDesign, type BuildOptions } from "@heddle/experiments/BuildDesign"
import * as Bundles from "@heddle/experiments/Bundles"
import * as DesignTables from "@heddle/experiments/DesignTables"
import * as Expression from "@heddle/experiments/Expression"
import { conditionsCsv } from "@heddle/experiments/DesignCsv"
import { generateDoe } from "@heddle/experiments/GenerateDoe"
import * as JsonText from "@heddle/experiments/JsonText"
import { composeMetrics } from "@heddle/experiments/Metrics"
import * as Problems from "@heddle/experiments/Problems"
import * as Recipes from "@heddle/experiments/Recipes"
import type { RunRequest } from "@heddle/experiments/RunBinding"
import * as StudyFile from "@heddle/experiments/StudyFile"
import * as StudyFolder from "@heddle/experiments/StudyFolder"
import type { StudyInput } from "@heddle/experiments/StudyInput"
import { dryRunValidate, runStudy } from "@heddle/experiments/StudyRunner"
import { checkStudy } from "@heddle/experiments/ValidateStudy"
import * as Value from "@heddle/experiments/Value"
import * as Yaml from "@heddle/experiments/Yaml"
import * as StableJson from "@heddle/experiments/StableJson"
import { Effect, Result, Schema } from "effect"
import { cpSync, existsSync, readFileSync, rmSync, writeFileSync } from "node:fs"
import { join } from "node:path"
import { fileURLToPath } from "node:url"
import { fixtureJson, fixtureText } from "../fixtures.ts"
import { records as csvRecords } from "../pythonCsv.ts"
import { smallStudy, studyOf } from "../runStudies.ts"
import { artifactsIn, type Book, failure, success, temporary } from "./support.ts"

const small = fileURLToPath(new URL("../fixtures/small_study", import.meta.url))

const built = (input: Partial<StudyInput>, options?: BuildOptions) =>
  buildDesign(studyOf(1, { factors: [], ...input }), options)

const conditions = (input: Partial<StudyInput>, options?: BuildOptions) => success(built(input, options)).conditions

const made = (input: Partial<StudyInput>) => StudyFile.make({ studyId: "s", title: "t", ...input })

/** Refused, when the study is made or when its design is built. */
const refused = (input: Partial<StudyInput>, options?: BuildOptions): boolean => {
  const study = made(input)
  return Result.isFailure(study) || Result.isFailure(buildDesign(study.success, options))
}

const ab = StudyFile.factor("a", [1, 2])
const xy = StudyFile.factor("b", ["x", "y"])

const evaluated = (text: string, context: Value.ValueMap) =>
  Result.flatMap(Expression.parse(text), (parsed) => Expression.evaluate(parsed, context))

const square = (more: Partial<StudyInput> = {}): Partial<StudyInput> => ({
  factors: ["r", "c", "t"].map((name) => StudyFile.factor(name, [1, 2, 3])),
  designSpec: { kind: "latin_square", options: { row_factor: "r", column_factor: "c", treatment_factor: "t" } },
  ...more,
})

const matrix = (format: "json" | "csv", text: string): BuildOptions => ({
  matrix: { path: `m.${format}`, format, text },
})

const cliCalls = Schema.decodeUnknownSync(
  Schema.Array(Schema.Struct({ args: Schema.Array(Schema.String), exit: Schema.Json, stdout_lines: Schema.Int })),
)(fixtureJson("cli.json"))

/** The 59 public names of the predecessor: ours for each, in a module of the package; types have no value to look at. */
const publicNames: ReadonlyArray<readonly [theirs: string, module: string, ours: string]> = [
  ["agent_result", "Agents", "agentResult"],
  ["build_agent_architecture_comparison_study", "Recipes", "buildAgentArchitectureComparisonStudy"],
  ["build_bivariate_comparison_study", "Recipes", "buildBivariateComparisonStudy"],
  ["build_design", "BuildDesign", "buildDesign"],
  ["build_diversity_and_exploration_study", "Recipes", "buildDiversityAndExplorationStudy"],
  ["build_grammar_scaffold_study", "Recipes", "buildGrammarScaffoldStudy"],
  ["build_human_vs_agent_process_study", "Recipes", "buildHumanVsAgentProcessStudy"],
  ["build_optimization_benchmark_study", "Recipes", "buildOptimizationBenchmarkStudy"],
  ["build_prompt_framing_study", "Recipes", "buildPromptFramingStudy"],
  ["build_strategy_comparison_study", "Recipes", "buildStrategyComparisonStudy"],
  ["build_univariate_comparison_study", "Recipes", "buildUnivariateComparisonStudy"],
  ["export_analysis_tables", "ArtifactsCheck", "checkArtifacts"],
  ["generate_doe", "GenerateDoe", "generateDoe"],
  ["grammar_problem_bundle", "Bundles", "grammarProblemBundle"],
  ["human_vs_agent_bundle", "Bundles", "humanVsAgentBundle"],
  ["ideation_bundle", "Bundles", "ideationBundle"],
  ["materialize_conditions", "DesignCsv", "conditionsCsv"],
  ["optimization_bundle", "Bundles", "optimizationBundle"],
  ["render_codebook", "PredecessorReports", "codebook"],
  ["render_markdown_summary", "PredecessorReports", "studySummary"],
  ["render_methods_scaffold", "PredecessorReports", "methodsText"],
  ["render_significance_brief", "PredecessorReports", "significanceBrief"],
  ["resolve_problem", "Problems", "get"],
  ["resume_study", "StudyRunner", "resumeStudy"],
  ["run_study", "StudyRunner", "runStudy"],
  ["validate_study", "ValidateStudy", "validateStudy"],
  ["write_markdown_report", "Report", "files"],
  ["AnalysisPlan", "Study", "AnalysisPlan"],
  ["Block", "Study", "Block"],
  ["Condition", "Condition", "Condition"],
  ["Constraint", "Study", "Constraint"],
  ["DesignKind", "Study", "DesignKind"],
  ["DesignSpec", "Study", "DesignSpec"],
  ["Factor", "Study", "Factor"],
  ["FactorKind", "Study", "FactorKind"],
  ["Hypothesis", "Study", "Hypothesis"],
  ["Level", "Study", "Level"],
  ["OutcomeSpec", "Study", "OutcomeSpec"],
  ["RunBudget", "Study", "RunBudget"],
  ["RunResult", "Run", "RunResult"],
  ["RunSpec", "Run", "RunSpec"],
  ["SeedPolicy", "Study", "SeedPolicy"],
  ["Study", "Study", "Study"],
]

export const otherRules = ({ plain, test }: Book): void => {
  plain(
    "T01",
    "conditions: an error constraint keeps its condition as inadmissible with its id; a block doubles them",
    () => {
      const rule = { constraintId: "no-2x", description: "d", expression: "not (a == 2 and b == 'x')" }
      const four = conditions({ factors: [ab, xy], constraints: [rule] })
      expect(four).toHaveLength(4)
      expect(four.filter(({ admissible }) => admissible)).toHaveLength(3)
      expect(four.find(({ admissible }) => !admissible)?.constraintMessages.join()).toContain("no-2x")
      const blocks = [{ name: "day", levels: [1, 2] }]
      expect(conditions({ factors: [ab, xy], constraints: [rule], blocks })).toHaveLength(8)
    },
  )

  plain(
    "T02",
    "conditions: a callable over factor and block, and a warning; improved: a callable is given in code, never imported",
    () => {
      const input: Partial<StudyInput> = {
        factors: [ab],
        blocks: [{ name: "day", levels: ["k", "l"] }],
        constraints: [
          { constraintId: "code", description: "d", callableRef: "os:system" },
          { constraintId: "warn", description: "d", expression: "day == 'k'", severity: "warning" },
        ],
        designSpec: { randomize: true, counterbalance: true },
      }
      expect(Result.isFailure(built(input))).toBe(true)
      const found = conditions(input, {
        constraintFunctions: {
          "os:system": (factors, blocks) => (factors.get("a") === 1) === (blocks.get("day") === "k"),
        },
      })
      expect([found.length, found.filter(({ admissible }) => admissible).length]).toEqual([4, 2])
    },
  )

  plain(
    "T03",
    "conditions: what has no name, level or rule is refused; a factor with a default alone has that value",
    () => {
      const refusedStudies: ReadonlyArray<Partial<StudyInput>> = [
        { factors: [StudyFile.factor(" ", [1])] },
        { factors: [{ name: "a" }] },
        { factors: [{ name: "a", levels: [{ name: "", value: 1 }] }] },
        {
          factors: [
            {
              name: "a",
              levels: [
                { name: "x", value: 1 },
                { name: "x", value: 2 },
              ],
            },
          ],
        },
        { blocks: [{ name: "", levels: [1] }] },
        { blocks: [{ name: "day", levels: [] }] },
        { constraints: [{ constraintId: "", expression: "a == 1" }] },
        { constraints: [{ constraintId: "c", description: "d" }] },
      ]
      for (const study of refusedStudies) expect(Result.isFailure(made(study)), JSON.stringify(study)).toBe(true)
      const [only] = conditions({ factors: [{ name: "a", default: 7 }] })
      expect(only?.factorAssignments.get("a")).toBe(7)
    },
  )

  plain(
    "T04",
    "expressions: unknown names and calls, keywords, `is`, unpacking, and results that are no truth value are errors",
    () => {
      const context = new Map<string, Value.Value>([
        ["a", 1],
        ["values", [1, 2]],
      ])
      for (const text of ["nope == 1", "sum(values) == 3", "int(x=a) == 1", "a is 1", "{**a} == {}", "a + 1"]) {
        expect(Result.isFailure(evaluated(text, context)), text).toBe(true)
      }
      expect(success(evaluated("a == 1", context))).toBe(true)
    },
  )

  plain(
    "T05",
    "schedule: n ids in r replicates, none without ids, an error at r = 0; two conditions stay in order",
    () => {
      const schedule = success(DesignTables.balancedRandomizationSchedule(["a", "b", "c"], 4, 1))
      expect(schedule).toHaveLength(12)
      for (const replicate of [1, 2, 3, 4]) {
        const ids = schedule.filter((one) => one.replicate === replicate).map(({ conditionId }) => conditionId)
        expect(ids.toSorted()).toEqual(["a", "b", "c"])
      }
      expect(success(DesignTables.balancedRandomizationSchedule([], 4))).toEqual([])
      expect(Result.isFailure(DesignTables.balancedRandomizationSchedule(["a"], 0))).toBe(true)
      expect(DesignTables.counterbalance(["a", "b"])).toEqual(["a", "b"])
    },
  )

  plain("T06", "Latin square: each treatment once in each row and column; what does not fit is an error", () => {
    const nine = conditions(square())
    for (const axis of ["r", "c"]) {
      for (const at of [1, 2, 3]) {
        const line = nine.filter(({ factorAssignments }) => factorAssignments.get(axis) === at)
        expect(line.map(({ factorAssignments }) => factorAssignments.get("t")).toSorted()).toEqual([1, 2, 3])
      }
    }
    expect(refused(square({ designSpec: { kind: "latin_square" } }))).toBe(true)
    expect(
      refused(
        square({
          designSpec: { kind: "latin_square", options: { row_factor: "r", column_factor: "c", treatment_factor: "z" } },
        }),
      ),
    ).toBe(true)
    const uneven = ["r", "c", "t"].map((name, index) => StudyFile.factor(name, [1, 2, 3].slice(0, index + 1)))
    expect(refused(square({ factors: uneven }))).toBe(true)
  })

  plain(
    "T07",
    "matrix: two rows of JSON or CSV; another format, no file and a JSON object are errors; constraints apply",
    () => {
      const input = (matrixPath: string | null): Partial<StudyInput> => ({
        factors: [ab, xy],
        designSpec: { kind: "custom_matrix", matrixPath },
        constraints: [{ constraintId: "c", description: "d", expression: "b == 'x'" }],
      })
      const rows = matrix("json", '[{"a": 1, "b": "x"}, {"a": 2, "b": "y"}]')
      expect(conditions(input("m.json"), rows).map(({ admissible }) => admissible)).toEqual([true, false])
      expect(conditions(input("m.csv"), matrix("csv", "a,b\n1,x\n2,y\n"))).toHaveLength(2)
      expect(Result.isFailure(built(input("m.json")))).toBe(true)
      expect(refused(input(null))).toBe(true)
      expect(refused(input("m.json"), matrix("json", '{"a": 1}'))).toBe(true)
      expect(refused(input("m.txt"))).toBe(true)
    },
  )

  plain(
    "T08",
    "Latin hypercube: the same for the same seed, inside its bounds; what does not fit is an error; blocks double",
    () => {
      const factors = [StudyFile.factor("x", [0, 1])]
      const input = (baseSeed: number, more: Partial<StudyInput> = {}): Partial<StudyInput> => ({
        factors,
        designSpec: { kind: "latin_hypercube", nSamples: 5 },
        seedPolicy: { baseSeed },
        ...more,
      })
      const draw = (seed: number) => conditions(input(seed)).map(({ factorAssignments }) => factorAssignments.get("x"))
      expect(draw(3)).toEqual(draw(3))
      expect(draw(3)).not.toEqual(draw(4))
      for (const value of draw(3)) {
        expect(Value.toNumber(value)).toBeGreaterThanOrEqual(0)
        expect(Value.toNumber(value)).toBeLessThanOrEqual(1)
      }
      const kind = "latin_hypercube"
      expect(refused(input(0, { designSpec: { kind } }))).toBe(true)
      expect(refused(input(0, { designSpec: { kind, nSamples: 0 } }))).toBe(true)
      expect(refused(input(0, { designSpec: { kind, nSamples: 2, options: { bounds: { x: [1, 0] } } } }))).toBe(true)
      expect(refused(input(0, { designSpec: { kind, nSamples: 2, options: { backend: "other" } } }))).toBe(true)
      expect(refused(input(0, { factors: [StudyFile.factor("x", ["p", "q"])] }))).toBe(true)
      expect(success(DesignTables.latinHypercube({ factors: new Map(), nSamples: 3 }))).toEqual([])
      const blocks = [{ name: "day", levels: ["k", "l"] }]
      expect(conditions(input(0, { blocks, designSpec: { kind, nSamples: 2 } }))).toHaveLength(4)
    },
  )

  plain(
    "T09",
    "fractional: 4 factors are 8 rows of -1 and 1; what the template lacks is an error; 2 factors and a centre are 5",
    () => {
      const rows = success(DesignTables.fractionalFactorial2Level(["a", "b", "c", "d"]))
      expect(rows).toHaveLength(8)
      expect(new Set(rows.flatMap((row) => [...row.values()].map((value) => Value.toNumber(value))))).toEqual(
        new Set([-1, 1]),
      )
      const kind = "fractional_factorial_2level"
      const factors = (names: string, levels: ReadonlyArray<number> = [0, 1]) =>
        [...names].map((name) => StudyFile.factor(name, levels))
      expect(refused({ factors: factors("abcd"), designSpec: { kind, options: { resolution: "V" } } })).toBe(true)
      expect(refused({ factors: factors("a"), designSpec: { kind } })).toBe(true)
      expect(refused({ factors: factors("abcdefg"), designSpec: { kind } })).toBe(true)
      expect(refused({ factors: factors("ab", [0, 1, 2]), designSpec: { kind } })).toBe(true)
      expect(conditions({ factors: factors("ab"), designSpec: { kind, centerPoints: 1 } })).toHaveLength(5)
    },
  )

  plain(
    "T10",
    "tables: groups keep together, a missing block column is an error, a centre row, balance, and one warning",
    () => {
      const row = (entries: Readonly<Record<string, Value.Value>>): Value.ValueMap => new Map(Object.entries(entries))
      const rows = ["p", "q", "p", "q", "p"].map((group, index) => row({ group, index }))
      const shuffled = success(DesignTables.randomizeRuns(rows, { seed: 3, block: "group" }))
      expect(shuffled.map((one) => one.get("group"))).toEqual(["p", "p", "p", "q", "q"])
      expect(Result.isFailure(DesignTables.randomizeRuns(rows, { seed: 3, block: "nope" }))).toBe(true)
      const points = [row({ x: 0, label: "a" }), row({ x: 4, label: "a" }), row({ x: 2, label: "b" })]
      const center = success(DesignTables.appendCenterPoints(points, 1)).at(-1)
      expect(StableJson.stringify([...(center?.values() ?? [])])).toBe('[2.0,"a"]')
      const balance = DesignTables.designBalanceReport(["a", "a", "b"].map((label) => row({ label }))).get("label")
      expect(balance).toMatchObject({ nLevels: 2, maxToMinRatio: 2 })
      const table = success(generateDoe("full", new Map([["a", [0, 0, 0, 1]]]), { randomize: false }))
      expect(table.warnings).toHaveLength(1)
    },
  )

  plain(
    "T11",
    "optional backends: improved, a backend of another package is an error that names our own design",
    () => {
      for (const backend of ["scipy", "qmc"]) {
        const bounds = new Map<string, readonly [number, number]>([["x", [0, 1]]])
        const error = failure(DesignTables.latinHypercube({ factors: bounds, nSamples: 2, backend }))
        expect(error.hints.join(" ")).toContain("space_filling_latin_hypercube")
      }
    },
  )

  plain(
    "T12",
    "study: round trips by YAML and JSON; old outcome roles and plan links are checked, taken over and dropped",
    () => {
      const value = StudyFile.encode(smallStudy)
      expect(value.get("schema_version")).toBe("0.2.0")
      const yaml = success(StudyFile.parse(Yaml.stringify(value), { format: "yaml", source: "s.yaml" }))
      const json = success(StudyFile.parse(StableJson.stringify(value), { format: "json", source: "s.json" }))
      expect([yaml.studyId, json.studyId]).toEqual(["golden-small", "golden-small"])
      expect(yaml).toEqual(smallStudy)
      const head = "study_id: s\ntitle: t\n"
      const outcomes =
        "outcomes:\n- {name: m, source_table: runs, column: c, aggregation: mean}\n- {name: n, source_table: runs, column: c, aggregation: mean}\n"
      const read = (more: string) => StudyFile.parse(`${head}${outcomes}${more}`, { format: "yaml", source: "s.yaml" })
      const moved = success(read("primary_outcomes: [m]\nsecondary_outcomes: [n]\n"))
      expect(moved.outcomes.map(({ primary }) => primary)).toEqual([true, false])
      expect(StudyFile.encode(moved).has("primary_outcomes")).toBe(false)
      for (const wrong of ["primary_outcomes: [zz]\n", "primary_outcomes: [m]\nsecondary_outcomes: [m]\n"]) {
        expect(Result.isFailure(read(wrong)), wrong).toBe(true)
      }
      const flagged = outcomes.replace("aggregation: mean}", "aggregation: mean, primary: false}")
      const against = `${head}${flagged}primary_outcomes: [m]\n`
      expect(Result.isFailure(StudyFile.parse(against, { format: "yaml", source: "s.yaml" }))).toBe(true)
      const claim =
        "hypotheses:\n- {hypothesis_id: h, label: l, statement: s, linked_analysis_plan_id: p}\n" +
        "analysis_plans:\n- {analysis_plan_id: p, hypothesis_ids: [HYP], tests: [t]}\n"
      expect(Result.isSuccess(read(claim.replace("HYP", "h")))).toBe(true)
      expect(Result.isFailure(read(claim.replace("HYP", "other")))).toBe(true)
    },
  )

  test(
    "T13",
    "artifacts: all named files are there; each thing that is wrong with them is an error that names the file",
    () =>
      Effect.gen(function* () {
        const root = yield* temporary
        const study = studyOf(2)
        yield* runStudy(study, { conditionRunner: () => ({ outputs: {} }) }).pipe(
          Effect.provide([artifactsIn(root), LedgerMemory.layer()]),
        )
        for (const name of [
          "study.yaml",
          "manifest.json",
          "conditions.csv",
          "runs.csv",
          "events.csv",
          "evaluations.csv",
          "hypotheses.json",
          "analysis_plan.json",
        ]) {
          expect(existsSync(join(root, study.outputDir, name)), name).toBe(true)
        }
        type Change = (folder: string) => void
        const edit =
          (name: string, from: string | RegExp, to: string): Change =>
          (folder) =>
            writeFileSync(join(folder, name), readFileSync(join(folder, name), "utf8").replace(from, to))
        const changes: ReadonlyArray<readonly [string, Change]> = [
          ["runs.csv", edit("runs.csv", "condition_id,", "other,")],
          ["events.csv", (folder) => rmSync(join(folder, "events.csv"))],
          ["manifest.json", edit("manifest.json", '"run_count"', '"runs"')],
          ["manifest.json", edit("manifest.json", '"schema_version": "0.2.0"', '"schema_version": "0.3.0"')],
          ["study.yaml", edit("study.yaml", "study_id: golden-small", "study_id: another")],
        ]
        for (const [index, [name, change]] of changes.entries()) {
          const folder = join(root, `copy-${index}`)
          cpSync(small, folder, { recursive: true })
          change(folder)
          const report = yield* ArtifactsCheck.inspect(folder).pipe(Effect.provide(DurableNode.layer))
          expect(report.problems.length, name).toBeGreaterThan(0)
          const error = yield* Effect.flip(ArtifactsCheck.checkArtifacts(folder)).pipe(
            Effect.provide(DurableNode.layer),
          )
          // Ids that differ name one of the two files.
          if (index < 4) expect(error.message).toContain(name)
          else expect(error.message).toMatch(/study\.yaml|manifest\.json/)
        }
      }),
  )

  test("T14", "artifacts: the conditions of a comparison have label, axes and baseline in their meta column", () =>
    Effect.gen(function* () {
      const root = yield* temporary
      const study = success(Recipes.buildUnivariateComparisonStudy({ problemIds: ["p"], agentSpecs: ["a"] }))
      yield* runStudy(study, { conditionRunner: () => ({ outputs: {} }) }).pipe(
        Effect.provide([artifactsIn(root), LedgerMemory.layer()]),
      )
      const rows = csvRecords(readFileSync(join(root, study.outputDir, "conditions.csv"), "utf8"))
      for (const row of rows) {
        const meta: unknown = JSON.parse(row["assignment_meta_json"] ?? "")
        expect(Object.keys(meta ?? {})).toEqual(
          expect.arrayContaining(["condition_label", "comparison_axes", "comparison_baseline"]),
        )
      }
      expect(rows).toHaveLength(2)
    }),
  )

  test(
    "T15",
    "adapters: a binding of the call beats that of the service; a problem keeps its identity; what is no problem is refused",
    () =>
      Effect.gen(function* () {
        const study = studyOf(1, { agentSpecs: ["a"], problemIds: ["p"] })
        const seen: Array<unknown> = []
        const problem = { problemId: "p", family: "f", brief: "b", payload: { n: 1 }, metadata: {} }
        const { results } = yield* runStudy(study, {
          agentBindings: {
            a: (request: RunRequest) => {
              seen.push(request.problem?.problemId, request.problem?.payload)
              return "explicit"
            },
          },
          problemRegistry: { p: problem },
        }).pipe(Effect.provide([LedgerMemory.layer(), experiments.Agents.layer({ a: () => "of the service" })]))
        expect(results[0]?.outputs.get("text")).toBe("explicit")
        expect(seen).toEqual(["p", { n: 1 }])
        for (const wrong of ["text", 7, null, []]) expect(Problems.packetOf(wrong)).toBeUndefined()
        const missing = yield* Effect.flip(
          runStudy(study, { agentBindings: { a: () => "x" }, problemRegistry: {} }).pipe(
            Effect.provide(LedgerMemory.layer()),
          ),
        )
        expect(missing.message).toContain('"p"')
      }),
  )

  test(
    "T16",
    "adapters: the problem's own object reaches the agent; usage becomes tokens, the trace path a reference",
    () =>
      Effect.gen(function* () {
        const native = { bounds: [0, 1] }
        const study = studyOf(1, { agentSpecs: ["a"], problemIds: ["p"] })
        let given: unknown
        const { results } = yield* runStudy(study, {
          problemRegistry: { p: { brief: "b", object: native } },
          agentBindings: {
            a: ({ problem }: RunRequest) => {
              given = problem?.object
              return {
                success: true,
                output: { final_output: "done" },
                metadata: { trace_path: "traces/1.jsonl" },
                model_response: { usage: { prompt_tokens: 11, completion_tokens: 4 }, model: "m", provider: "v" },
              }
            },
          },
        }).pipe(Effect.provide(LedgerMemory.layer()))
        expect(given).toBe(native)
        const [run] = results
        expect([run?.outputs.get("text"), run?.traceRefs]).toEqual(["done", ["traces/1.jsonl"]])
        expect(Value.toNumber(run?.metrics.get("input_tokens"))).toBe(11)
        expect(Value.toNumber(run?.metrics.get("output_tokens"))).toBe(4)
        expect(run?.provenanceInfo.get("model_name")).toBe("m")
      }),
  )

  test(
    "T17",
    "analysis hook: improved, a folder is read by us; a good one gives its rows, a bad one says what is wrong",
    () =>
      Effect.gen(function* () {
        const read = (folder: string) => StudyFolder.readStudyFolder(folder).pipe(Effect.provide(DurableNode.layer))
        const tables = yield* read(small)
        expect([tables.studyId, tables.conditions.length, tables.runs.length, tables.excluded.length]).toEqual([
          "golden-small",
          4,
          5,
          1,
        ])
        const folder = join(yield* temporary, "copy")
        cpSync(small, folder, { recursive: true })
        writeFileSync(
          join(folder, "runs.csv"),
          readFileSync(join(folder, "runs.csv"), "utf8").replace(",0.25,", ",soon,"),
        )
        const error = yield* Effect.flip(read(folder))
        expect(error.message).toContain("runs.csv")
        expect(error.message).toContain("latency_s")
        expect((yield* Effect.flip(read(join(folder, "nothing")))).message).toContain("manifest")
      }),
  )

  plain("T18", "metrics: tokens that are no numbers are 0, and an agent's own primary outcome wins", () => {
    const sources = {
      evaluationRows: [{ metricName: "score", metricValue: 0.5 }],
      observations: [],
      latencyS: 1,
      costUsd: 0,
    }
    const own = composeMetrics({
      ...sources,
      agentMetrics: new Map<string, Value.Value>([
        ["input_tokens", "many"],
        ["primary_outcome", 0.9],
      ]),
    })
    expect([own.get("input_tokens"), own.get("primary_outcome")]).toEqual([0, 0.9])
    expect(composeMetrics({ ...sources, agentMetrics: new Map() }).get("primary_outcome")).toBe(0.5)
  })

  plain(
    "T19",
    "recipes: the nine defaults are clean, a section replaces the whole, explicit ids beat a bundle, errors surface",
    () => {
      expect(Object.keys(Recipes.recipes)).toHaveLength(9)
      for (const recipe of Object.values(Recipes.recipes)) expect(checkStudy(success(recipe())).errors).toEqual([])
      const bundle = Bundles.humanVsAgentBundle()
      const study = success(
        Recipes.buildPromptFramingStudy({ bundle, agentSpecs: ["me"], runBudget: { parallelism: 4 } }),
      )
      expect([study.problemIds, study.agentSpecs]).toEqual([bundle.problemIds, ["me"]])
      expect(study.runBudget).toEqual({ replicates: 1, maxRuns: null, parallelism: 4, failFast: false })
      const inconsistent = Recipes.buildPromptFramingStudy({
        hypotheses: [{ hypothesisId: "h", label: "l", statement: "s", independentVars: ["nothing of the kind"] }],
      })
      const errors = Result.isFailure(inconsistent)
        ? inconsistent.failure.issues
        : checkStudy(inconsistent.success).errors
      expect(errors.length).toBeGreaterThan(0)
    },
  )

  // The program itself is asserted in the tests of the command line; here what each recorded call asks of the package.
  test(
    "T20",
    "command line: each recorded call of the predecessor's commands ends as it did, where that was right",
    () =>
      Effect.gen(function* () {
        const table = success(generateDoe("lhs", new Map([["x", [0, 1]]]), { nSamples: 6 }))
        expect(table.design).toHaveLength(6)
        const study = success(StudyFile.parse(fixtureText("cli/s.yaml"), { format: "yaml", source: "s.yaml" }))
        const failsEffect = (effect: Effect.Effect<unknown, unknown>) =>
          Effect.map(Effect.exit(effect), (exit) => exit._tag === "Failure")
        const run = (parallelism: number) =>
          failsEffect(runStudy(study, { parallelism }).pipe(Effect.provide(LedgerMemory.layer())))
        const doe = (args: ReadonlyArray<string>): boolean => {
          const option = (name: string): string | undefined => args[args.indexOf(name) + 1]
          const parsed = JsonText.parse(option("--factors-json") ?? "")
          if (Result.isFailure(parsed) || !Value.isMap(parsed.success.value)) return true
          const samples = args.includes("--n-samples") ? { nSamples: Number(option("--n-samples")) } : {}
          return Result.isFailure(generateDoe(option("--kind") ?? "", parsed.success.value, samples))
        }
        let compared = 0
        for (const { args, exit } of cliCalls) {
          const call = args.join(" ")
          const [command = "", file = ""] = args
          const failed = exit !== 0
          // A program without a command, with an unknown one or with flags that exclude each other.
          if (["", "nope"].includes(command) || call.includes("--progress --no-progress")) {
            expect(failed, call).toBe(true)
          } else if (command === "validate-study") {
            const text = file.startsWith("s.") && file !== "s.txt" ? fixtureText(`cli/${file}`) : "title: no id\n"
            const read = StudyFile.parse(text, { format: file.endsWith("json") ? "json" : "yaml", source: file })
            expect(Result.isFailure(read), call).toBe(failed)
          } else if (command === "materialize-design") {
            expect(conditionsCsv(study.studyId, success(buildDesign(study)).conditions)).toEqual(
              Result.succeed(fixtureText("cli/c.csv")),
            )
          } else if (command === "generate-doe") {
            expect(doe(args), call).toBe(failed)
          } else if (call.includes("--dry-run")) {
            expect((yield* dryRunValidate(study)).errors, call).toEqual([])
          } else if (command === "run-study" && call.includes("--parallelism 0")) {
            expect(yield* run(0), call).toBe(failed)
          } else if (command === "run-study" || command === "resume-study") {
            // Improved: nothing is bound, so every run would fail. The predecessor ends with 0 then; we refuse before any run.
            expect([failed, yield* run(1)], call).toEqual([false, true])
          } else {
            expect(["export-analysis", "bundle-results"], call).toContain(command)
            expect(failed, call).toBe(false)
          }
          compared++
        }
        expect(compared).toBe(21)
      }),
  )

  plain("T21", "public API: each of the predecessor's public names has one of ours", () => {
    const root = new Map<string, unknown>(Object.entries(experiments))
    const missing = publicNames.filter(([, module, ours]) => {
      const found = root.get(module)
      return typeof found !== "object" || found === null || !(ours in found)
    })
    expect(missing.map(([theirs]) => theirs)).toEqual([])
    // Of the 59, these have no value of ours: configurations and protocols are types, the version is in package.json.
    const types = [
      "AgentArchitectureComparisonConfig",
      "BenchmarkBundle",
      "BivariateComparisonConfig",
      "ComparisonStudyConfig",
      "ConditionRunner",
      "DiversityAndExplorationConfig",
      "GrammarScaffoldConfig",
      "HumanVsAgentProcessConfig",
      "OptimizationBenchmarkConfig",
      "ProblemPacket",
      "PromptFramingConfig",
      "RecipeStudyConfig",
      "RunOutput",
      "StrategyComparisonConfig",
      "UnivariateComparisonConfig",
      "__version__",
    ]
    expect(publicNames.length + types.length).toBe(59)
    expect(typeof root.get("runStudy")).toBe("function")
    for (const name of [
      "runStudy",
      "resumeStudy",
      "dryRunValidate",
      "buildDesign",
      "generateDoe",
      "validateStudy",
      "reproducibleSeed",
      "SerialRunner",
      "LocalParallelRunner",
    ]) {
      expect(typeof root.get(name), name).toBe("function")
    }
  })
}
