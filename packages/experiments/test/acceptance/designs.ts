/**
 * Acceptance cases 8-14, 22, 23, and 36-38: designs of the predecessor by its ids, recipes, tables, and designs of our own
 * by values of the literature as the specification and its fixtures have them.
 */
import { expect } from "@effect/vitest"
import { buildDesign, type BuildOptions } from "@heddle/experiments/BuildDesign"
import type { Condition } from "@heddle/experiments/Condition"
import { boxBehnken } from "@heddle/experiments/designs/BoxBehnken"
import { centralComposite } from "@heddle/experiments/designs/CentralComposite"
import { plackettBurman } from "@heddle/experiments/designs/PlackettBurman"
import * as Williams from "@heddle/experiments/designs/Williams"
import { generateDoe, toCsv } from "@heddle/experiments/GenerateDoe"
import { latinHypercube } from "@heddle/experiments/DesignTables"
import * as Recipes from "@heddle/experiments/Recipes"
import * as StudyFile from "@heddle/experiments/StudyFile"
import type { Study } from "@heddle/experiments/Study"
import type { StudyInput } from "@heddle/experiments/StudyInput"
import { planRuns } from "@heddle/experiments/StudyPlan"
import * as Value from "@heddle/experiments/Value"
import { Schema } from "effect"
import { fixtureJson, fixtureText } from "../fixtures.ts"
import { type Book, success } from "./support.ts"

const studyOf = (input: Partial<StudyInput>): Study => success(StudyFile.make({ studyId: "s", title: "t", ...input }))

const build = (input: Partial<StudyInput>, options?: BuildOptions): ReadonlyArray<Condition> =>
  success(buildDesign(studyOf(input), options)).conditions

const ids = (conditions: ReadonlyArray<Condition>): ReadonlyArray<string> =>
  conditions.map(({ conditionId }) => conditionId.replace("cond-", ""))

const twoByThree = [StudyFile.factor("a", ["a1", "a2"]), StudyFile.factor("b", [1, 2, 3])]
const sixIds = "b99a9b2772ed 664329ecca04 32d87cc19844 5a1ec3112d10 99fc928c7ca7 647164c94d8a".split(" ")

/** Ids of `sixIds` by their first four digits. */
const byStart = (starts: string): ReadonlyArray<string | undefined> =>
  starts.split(" ").map((start) => sixIds.find((id) => id.startsWith(start)))

const coded = (rows: ReadonlyArray<ReadonlyArray<number>>): ReadonlyArray<string> =>
  rows.map((row) => row.map((cell) => (cell === 0 ? 0 : cell)).join(" ")).toSorted()

const Beyond = Schema.Struct({
  seed_frac2_templates: Schema.Array(
    Schema.Struct({
      factors: Schema.Int,
      resolution: Schema.NullOr(Schema.Int),
      two_factor_aliases: Schema.Record(Schema.String, Schema.Array(Schema.String)),
    }),
  ),
  williams: Schema.Array(
    Schema.Struct({
      n: Schema.Int,
      sequences: Schema.Array(Schema.Array(Schema.Int)),
      each_ordered_pair: Schema.Int,
    }),
  ),
  plackett_burman: Schema.Array(
    Schema.Struct({ runs: Schema.Int, first_row: Schema.String, matrix: Schema.Array(Schema.Array(Schema.Int)) }),
  ),
  box_behnken_3_without_center: Schema.Array(Schema.Array(Schema.Int)),
  ccd_rotatable_alpha: Schema.Record(Schema.String, Schema.Finite),
})
const beyond = Schema.decodeUnknownSync(Beyond)(fixtureJson("beyond_designs.json"))

export const designCases = ({ plain }: Book): void => {
  plain("AC-08", "a full factorial in order, randomised with base seed 123, and counterbalanced", () => {
    expect(ids(build({ factors: twoByThree }))).toEqual(sixIds)
    const randomised = { factors: twoByThree, designSpec: { randomize: true }, seedPolicy: { baseSeed: 123 } }
    expect(ids(build(randomised))).toEqual(byStart("5a1e 99fc 6643 6471 32d8 b99a"))
    const balanced = { factors: twoByThree, designSpec: { counterbalance: true } }
    expect(ids(build(balanced))).toEqual(byStart("b99a 32d8 99fc 6471 5a1e 6643"))
  })

  plain(
    "AC-09",
    "blocks double the conditions, an error excludes and a warning tells, in the order of the study",
    () => {
      const conditions = build({
        factors: twoByThree,
        blocks: [{ name: "cohort", levels: ["k", "l"] }],
        constraints: [
          { constraintId: "c1", description: "no a2 with 3", expression: "not (a == 'a2' and b == 3)" },
          { constraintId: "w1", description: "k is odd", expression: "cohort != 'k'", severity: "warning" },
        ],
      })
      expect(conditions).toHaveLength(12)
      expect(conditions.filter(({ admissible }) => admissible)).toHaveLength(10)
      const one = conditions.find(({ conditionId }) => conditionId === "cond-625ac1aafb8e")
      expect(one?.constraintMessages).toEqual(["c1: no a2 with 3", "w1: k is odd"])
      expect([...(one?.factorAssignments.values() ?? []), ...(one?.blockAssignments.values() ?? [])]).toEqual([
        "a2",
        3,
        "k",
      ])
      expect(one?.admissible).toBe(false)
    },
  )

  plain("AC-10", "a Latin square of three has its cells and their ids", () => {
    const conditions = build({
      factors: [
        StudyFile.factor("row", ["r1", "r2", "r3"]),
        StudyFile.factor("col", ["c1", "c2", "c3"]),
        StudyFile.factor("treat", ["A", "B", "C"]),
      ],
      designSpec: {
        kind: "latin_square",
        options: { row_factor: "row", column_factor: "col", treatment_factor: "treat" },
      },
    })
    expect(conditions).toHaveLength(9)
    const cell = (row: string, column: string) =>
      conditions.find(
        ({ factorAssignments }) => factorAssignments.get("row") === row && factorAssignments.get("col") === column,
      )
    expect(cell("r2", "c3")?.factorAssignments.get("treat")).toBe("A")
    expect(cell("r2", "c3")?.conditionId).toBe("cond-d7a3ff6a698a")
    expect(cell("r1", "c1")?.conditionId).toBe("cond-891fc8f33233")
  })

  plain("AC-11", "the first rows of Latin hypercubes", () => {
    const conditions = build({
      factors: [
        StudyFile.factor("x", [Value.float(0), Value.float(1)]),
        StudyFile.factor("y", [Value.float(10), Value.float(20)]),
      ],
      designSpec: { kind: "latin_hypercube", nSamples: 4 },
    })
    expect(conditions).toHaveLength(4)
    expect(conditions[0]?.factorAssignments.get("x")).toBe(0.21110546288126203)
    expect(conditions[0]?.factorAssignments.get("y")).toBe(17.229151649551707)
    expect(conditions[0]?.conditionId).toBe("cond-db53824dd803")
    const bounds = new Map<string, readonly [number, number]>([
      ["x", [0, 1]],
      ["y", [10, 20]],
    ])
    const table = success(latinHypercube({ factors: bounds, nSamples: 4, seed: 4 }))
    expect(table[0]?.get("x")).toBe(0.5990145606526702)
  })

  plain("AC-12", "fractions of the predecessor, four factors and six", () => {
    const fraction = (names: string, low: string | number, high: string | number) =>
      build({
        factors: [...names].map((name) => StudyFile.factor(name, [low, high])),
        designSpec: { kind: "fractional_factorial_2level" },
      })
    const four = fraction("abcd", 0, 1)
    expect(four).toHaveLength(8)
    expect([...(four[1]?.factorAssignments.values() ?? [])]).toEqual([0, 0, 1, 1])
    expect(four[1]?.conditionId).toBe("cond-7ef80fe595de")
    const six = fraction("abcdef", "lo", "hi")
    expect([...(six[0]?.factorAssignments.values() ?? [])]).toEqual(["lo", "lo", "lo", "lo", "hi", "hi"])
    expect(six[0]?.conditionId).toBe("cond-79db14e4582c")
  })

  plain("AC-13", "rows of a matrix: JSON keeps types, CSV is text, and other columns are dropped", () => {
    const study = (matrixPath: string): Partial<StudyInput> => ({
      factors: twoByThree,
      blocks: [{ name: "cohort", levels: ["k", "l"] }],
      designSpec: { kind: "custom_matrix", matrixPath },
    })
    const [row] = build(study("m.json"), {
      matrix: { path: "m.json", format: "json", text: '[{"a": "a1", "b": 1, "cohort": "k", "junk": 9}]' },
    })
    expect(row?.conditionId).toBe("cond-1f661fa432b9")
    expect([...(row?.factorAssignments.keys() ?? []), ...(row?.blockAssignments.keys() ?? [])]).toEqual([
      "a",
      "b",
      "cohort",
    ])
    const [line] = build(study("m.csv"), {
      matrix: { path: "m.csv", format: "csv", text: "a,b,cohort,junk\r\na1,1,k,9\r\n" },
    })
    expect(line?.factorAssignments.get("b")).toBe("1")
    expect(line?.conditionId).toBe("cond-c9a6e18b10ee")
  })

  plain("AC-14", "conditions of a comparison know their axes, label and baseline", () => {
    const level = (name: string, label: string, metadata: { readonly [key: string]: string | boolean }) => ({
      name,
      value: name,
      label,
      metadata,
    })
    const conditions = build({
      factors: [
        {
          name: "arm",
          levels: [level("base", "Base", { is_baseline: true }), level("new", "New", { role: "treatment" })],
        },
        { name: "style", levels: [level("s0", "s0", { role: "baseline" }), level("s1", "s1", { role: "variant" })] },
      ],
    })
    const one = conditions.find(
      ({ factorAssignments: at }) => at.get("arm") === "base" && at.get("style") === "s1",
    )?.metadata
    expect(one?.get("condition_label")).toBe("Base | s1")
    const baseline = one?.get("comparison_baseline")
    expect(Value.toJson(baseline ?? null)).toEqual({ is_baseline_condition: false, axes: ["arm"] })
  })

  plain("AC-22", "the nine recipes have their counts, and their first runs", () => {
    // Study id, conditions, runs, base seed: the table of the specification.
    const table: ReadonlyArray<readonly [() => Recipes.BuiltStudy, string, number, number, number]> = [
      [Recipes.buildAgentArchitectureComparisonStudy, "agent-architecture-comparison", 18, 216, 7],
      [Recipes.buildPromptFramingStudy, "prompt-framing-study", 12, 216, 11],
      [Recipes.buildGrammarScaffoldStudy, "grammar-scaffold-study", 6, 48, 19],
      [Recipes.buildHumanVsAgentProcessStudy, "human-vs-agent-process", 6, 36, 23],
      [Recipes.buildDiversityAndExplorationStudy, "diversity-exploration", 9, 108, 29],
      [Recipes.buildOptimizationBenchmarkStudy, "optimization-benchmark", 12, 144, 31],
      [Recipes.buildUnivariateComparisonStudy, "univariate-comparison", 2, 12, 37],
      [Recipes.buildBivariateComparisonStudy, "bivariate-comparison", 4, 24, 37],
      [Recipes.buildStrategyComparisonStudy, "strategy-comparison", 2, 12, 37],
    ]
    const first = new Map<string, unknown>()
    for (const [recipe, studyId, conditions, runs, seed] of table) {
      const study = success(recipe())
      const built = success(buildDesign(study)).conditions
      const planned = success(planRuns(study, built, { mode: "agents" })).runs
      expect([study.studyId, built.length, planned.length, study.seedPolicy.baseSeed]).toEqual([
        studyId,
        conditions,
        runs,
        seed,
      ])
      first.set(studyId, [planned[0]?.runId, planned[0]?.seed])
    }
    expect(first.get("strategy-comparison")).toEqual(["run-0c64e4d0211a", 410421528])
    expect(first.get("prompt-framing-study")).toEqual(["run-55b08becd860", 1168934542])
  })

  // Its exit codes (an invalid study, an unknown command) are asserted on the program itself, in the tests of the command line.
  plain("AC-23", "three rows of a Latin hypercube are the three rows of the given file", () => {
    const factors = new Map<string, Value.Value>([
      ["x", [0, 1]],
      ["y", [10, 20]],
    ])
    const made = success(generateDoe("lhs", factors, { nSamples: 3, seed: 0 }))
    expect(toCsv(made.design)).toBe(fixtureText("cli/doe.csv"))
    expect(made.design).toHaveLength(3)
  })

  plain("AC-36", "Williams, Plackett-Burman, Box-Behnken and rotatable designs have the published tables", () => {
    const four = Williams.sequences(4).map((sequence) => sequence.map((treatment) => treatment + 1).join(""))
    expect(four).toEqual(["1243", "2314", "3421", "4132"])
    expect(beyond.williams.map(({ n }) => n)).toEqual([2, 3, 4, 5, 6, 7])
    for (const { each_ordered_pair: each, n, sequences } of beyond.williams) {
      const ours = Williams.sequences(n).map((sequence) => sequence.map((treatment) => treatment + 1))
      expect(coded(ours), `n = ${n}`).toEqual(coded(sequences))
      const pairs = new Map<string, number>()
      for (const sequence of ours) {
        for (const [index, treatment] of sequence.slice(1).entries()) {
          const pair = `${sequence[index]} ${treatment}`
          pairs.set(pair, (pairs.get(pair) ?? 0) + 1)
        }
      }
      expect(pairs.size).toBe(n * (n - 1))
      expect([...new Set(pairs.values())]).toEqual([each])
    }
    expect(Williams.sequences(5)).toHaveLength(10)

    for (const { first_row: firstRow, matrix, runs } of beyond.plackett_burman) {
      const { rows } = success(plackettBurman(runs - 1, runs))
      expect(rows).toHaveLength(runs)
      const columns = Array.from({ length: runs - 1 }, (_, column) => rows.map((row) => row[column] ?? 0))
      for (const [left, one] of columns.entries()) {
        for (const other of columns.slice(left + 1)) {
          expect(one.reduce((sum, cell, index) => sum + cell * (other[index] ?? 0), 0)).toBe(0)
        }
      }
      const signs = [...firstRow].map((sign) => (sign === "+" ? 1 : -1))
      if (runs === 12) expect(signs.map((sign) => (sign > 0 ? "+" : "-")).join("")).toBe("++-+++---+-")
      expect(coded(rows), `runs = ${runs}`).toEqual(coded(matrix))
    }

    const edges = success(boxBehnken(3, 0))
    expect(edges.rows).toHaveLength(12)
    expect(coded(edges.rows)).toEqual(coded(beyond.box_behnken_3_without_center))

    for (const [factors, alpha] of Object.entries(beyond.ccd_rotatable_alpha)) {
      const { axial } = success(centralComposite({ factors: Number(factors), core: "full" }))
      expect(axial, factors).toBeCloseTo(alpha, 14)
    }
    expect(success(centralComposite({ factors: 2 })).axial).toBeCloseTo(1.4142135623730951, 15)
    expect(success(centralComposite({ factors: 3 })).axial).toBeCloseTo(1.681792830507429, 15)
    // The whole way: a study that asks for these designs gets them.
    const crossover = build({
      factors: [StudyFile.factor("treatment", ["1", "2", "3", "4"])],
      designSpec: { kind: "williams" },
    })
    expect(crossover).toHaveLength(16)
  })

  plain("AC-37", "five factors at resolution V take 16 runs with E=ABCD; the old template is reported as III", () => {
    const five = [..."ABCDE"].map((name) => StudyFile.factor(name, [0, 1]))
    const { conditions, report } = success(
      buildDesign(
        studyOf({ factors: five, designSpec: { kind: "fractional_factorial", options: { resolution: "V" } } }),
      ),
    )
    expect(conditions).toHaveLength(16)
    expect(report.resolution).toBe(5)
    expect(report.definingWords).toEqual(["ABCDE"])
    expect(report.notes.join(" ")).toContain("E=ABCD")
    // Computed here: no main effect or two-factor interaction has the column of another one, up to its sign.
    const column = (factors: ReadonlyArray<string>): ReadonlyArray<number> =>
      conditions.map(({ factorAssignments }) =>
        factors.reduce((sign, name) => sign * (factorAssignments.get(name) === 1 ? 1 : -1), 1),
      )
    const names = [..."ABCDE"]
    const effects = [
      ...names.map((name) => [name]),
      ...names.flatMap((name, index) => names.slice(index + 1).map((other) => [name, other])),
    ]
    expect(effects).toHaveLength(15)
    for (const [index, effect] of effects.entries()) {
      for (const other of effects.slice(index + 1)) {
        const product = column(effect).reduce((sum, sign, row) => sum + sign * (column(other)[row] ?? 0), 0)
        expect(product, `${effect.join("")} and ${other.join("")}`).toBe(0)
      }
    }

    const old = success(buildDesign(studyOf({ factors: five, designSpec: { kind: "fractional_factorial_2level" } })))
    expect(old.conditions).toHaveLength(8)
    expect(old.report.resolution).toBe(3)
    const template = beyond.seed_frac2_templates.find(({ factors }) => factors === 5)
    expect(template?.resolution).toBe(3)
    const aliases = new Map((old.report.aliases ?? []).map(({ aliases: with_, effect }) => [effect, with_]))
    expect(aliases.get("E")).toContain("AC")
    expect(aliases.get("B")).toContain("DE")
  })

  plain("AC-38", "randomised complete blocks: each block stands together, is complete, and has its own order", () => {
    const treatments = Array.from({ length: 8 }, (_, index) => `t${index}`)
    const conditions = build({
      factors: [StudyFile.factor("treatment", treatments)],
      blocks: [{ name: "day", levels: ["mon", "tue", "wed", "thu"] }],
      designSpec: { kind: "randomized_complete_block" },
      seedPolicy: { baseSeed: 5 },
    })
    const days = conditions.map(({ blockAssignments }) => blockAssignments.get("day"))
    expect(days).toEqual(["mon", "tue", "wed", "thu"].flatMap((day) => Array(8).fill(day)))
    const orders = ["mon", "tue", "wed", "thu"].map((day) =>
      conditions
        .filter(({ blockAssignments }) => blockAssignments.get("day") === day)
        .map(({ factorAssignments }) => String(factorAssignments.get("treatment"))),
    )
    for (const order of orders) expect(order.toSorted()).toEqual(treatments)
    expect(new Set(orders.map((order) => order.join())).size).toBe(4)
  })
}
