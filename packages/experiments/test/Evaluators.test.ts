import { describe, expect, it } from "@effect/vitest"
import { Result } from "effect"
import { evaluatorInput, inputKeys, normalizeEvaluation } from "../src/Evaluators.ts"
import * as JsonText from "../src/JsonText.ts"
import { composeMetrics, floatOf } from "../src/Metrics.ts"
import { sampleProblemPackets, packetOf } from "../src/Problems.ts"
import type { Evaluation } from "../src/Run.ts"
import * as StableJson from "../src/StableJson.ts"
import type { OutcomeSpec } from "../src/Study.ts"
import { emptyMap, fromJs, isList, isMap, toNumber, type Value, type ValueMap } from "../src/Value.ts"
import { fixtureJson, fixtureText } from "./fixtures.ts"

const parse = (name: string): Value => Result.getOrThrow(JsonText.parse(fixtureText(name))).value
const maps = (value: Value | undefined): ReadonlyArray<ValueMap> =>
  value !== undefined && isList(value) ? value.filter(isMap) : []
const map = (value: Value | undefined): ValueMap => (isMap(value) ? value : emptyMap)

describe("what an evaluator returned", () => {
  const cases = maps(parse("evaluation_normalization.json"))
  it.each(cases.map((one) => [String(one.get("case")), one] as const))(
    "becomes the predecessor's rows: %s",
    (_, one) => {
      const rows = normalizeEvaluation(one.get("raw") ?? null, { runId: "run-1", compatibility: true }).map(
        (row) =>
          new Map<string, Value>([
            ["evaluator_id", row.evaluatorId],
            ["metric_name", row.metricName],
            ["metric_value", row.metricValue],
            ["metric_unit", row.metricUnit],
            ["aggregation_level", row.aggregationLevel],
            ["notes_json", row.notesJson],
          ]),
      )
      expect(StableJson.stringify(rows)).toBe(StableJson.stringify(one.get("rows") ?? null))
    },
  )

  it("booleans are 0 and 1 by default, and a bare number is a score instead of nothing", () => {
    const rows = (raw: unknown) =>
      normalizeEvaluation(fromJs(raw) ?? null, { runId: "r" }).map(({ metricName, metricValue }) => [
        metricName,
        metricValue,
      ])
    expect(rows({ ok: true, bad: false })).toEqual([
      ["ok", 1],
      ["bad", 0],
    ])
    expect(rows(0.5)).toEqual([["score", 0.5]])
    expect(rows("text")).toEqual([])
  })
})

describe("what an evaluator is given", () => {
  const fixture = map(parse("evaluator_input_keys.json"))
  it("the names are looked for in the predecessor's order", () => expect(fixture.get("order")).toEqual([...inputKeys]))
  it.each(maps(fixture.get("cases")).map((one, index) => [index + 1, one] as const))("case %i", (_, one) => {
    expect(evaluatorInput(map(one.get("output")))).toEqual(one.get("passed"))
  })
})

describe("the measures of a run", () => {
  const text = (value: Value | undefined): string => (typeof value === "string" ? value : "")
  it.each(maps(parse("compose_metrics.json")).map((one, index) => [index + 1, one] as const))(
    "compose as the predecessor's: case %i",
    (_, one) => {
      const input = map(one.get("input"))
      const metrics = composeMetrics({
        agentMetrics: map(input.get("agent_metrics")),
        evaluationRows: maps(input.get("evaluation_rows")).map((row) => ({
          metricName: text(row.get("metric_name")),
          metricValue: row.get("metric_value") ?? null,
        })),
        observations: maps(input.get("observations")).map((event) => ({
          eventType: text(event.get("event_type")),
          actorId: text(event.get("actor_id")),
        })),
        latencyS: toNumber(input.get("latency_s")) ?? 0,
        costUsd: toNumber(input.get("cost_usd")) ?? 0,
        compatibility: true,
      })
      expect(StableJson.stringify(metrics)).toBe(StableJson.stringify(one.get("output") ?? null))
    },
  )

  const outcome = (name: string, column: string): OutcomeSpec => ({
    name,
    sourceTable: "evaluations",
    column,
    aggregation: "mean",
    derivation: null,
    primary: true,
    expectedType: "float",
    missingDataPolicy: "drop",
    description: "",
  })
  const rows: ReadonlyArray<Pick<Evaluation, "metricName" | "metricValue">> = [
    { metricName: "feasible", metricValue: 1 },
    { metricName: "score", metricValue: 0.7 },
  ]
  const primary = (outcomes: ReadonlyArray<OutcomeSpec>, agentMetrics: ValueMap = emptyMap) =>
    composeMetrics({ agentMetrics, evaluationRows: rows, observations: [], latencyS: 0, costUsd: 0, outcomes }).get(
      "primary_outcome",
    )

  it("the primary outcome is the declared one, by its column or its name, and not the first row", () => {
    expect(primary([outcome("score", "metric_value")])).toBe(0.7)
    expect(primary([outcome("quality", "score")])).toBe(0.7)
    expect(primary([])).toBe(1)
  })

  it("a declared primary outcome that did not arrive is missing, not some other number", () => {
    expect(primary([outcome("elegance", "metric_value")])).toBe(undefined)
    expect(primary([outcome("elegance", "metric_value")], new Map([["elegance", 3]]))).toBe(3)
  })

  it("numbers are read from text as Python reads them", () => {
    expect(["12", " 1_000.5 ", "1e3", ".5", "bad", "", "0x10", "1__0"].map(floatOf)).toEqual([
      12,
      1000.5,
      1000,
      0.5,
      undefined,
      undefined,
      undefined,
      undefined,
    ])
  })
})

describe("sampling of problems", () => {
  const packets = Array.from({ length: 6 }, (_, index) =>
    packetOf({ problem_id: `p${index}`, family: index % 2 === 0 ? "even" : "odd" }),
  ).filter((packet) => packet !== undefined)
  const cases = fixtureJson("sample_problem_packets.json") as ReadonlyArray<{
    readonly sample_size: number | null
    readonly seed: number
    readonly balanced_by_family: boolean
    readonly ids: ReadonlyArray<string>
  }>
  it.each(cases)("draws what the predecessor draws: $sample_size of 6, seed $seed, $balanced_by_family", (one) => {
    const sample = sampleProblemPackets(packets, {
      sampleSize: one.sample_size,
      seed: one.seed,
      balancedByFamily: one.balanced_by_family,
    })
    expect(sample.map(({ problemId }) => problemId)).toEqual(one.ids)
  })
})
