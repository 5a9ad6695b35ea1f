/**
 * Random inputs of the predecessor's functions around a run (`reference/peer_functions.py`), and what it gave: ours give
 * the same in compatibility.
 */
import { describe, expect, it } from "@effect/vitest"
import { normalizeExecution } from "@heddle/experiments/Agents"
import { buildDesign } from "@heddle/experiments/BuildDesign"
import * as CanonicalText from "@heddle/experiments/CanonicalText"
import { conditionsCsv } from "@heddle/experiments/DesignCsv"
import { evaluatorInput, normalizeEvaluation } from "@heddle/experiments/Evaluators"
import { generateDoe, toCsv } from "@heddle/experiments/GenerateDoe"
import { hashIdentifier } from "@heddle/experiments/Identifier"
import * as JsonText from "@heddle/experiments/JsonText"
import { composeMetrics } from "@heddle/experiments/Metrics"
import { packetOf, sampleProblemPackets } from "@heddle/experiments/Problems"
import { codebook, methodsText, significanceBrief } from "@heddle/experiments/report/PredecessorReports"
import { deriveSeed } from "@heddle/experiments/Seed"
import * as StableJson from "@heddle/experiments/StableJson"
import * as StudyFile from "@heddle/experiments/StudyFile"
import { validateStudy } from "@heddle/experiments/ValidateStudy"
import * as Value from "@heddle/experiments/Value"
import { Result } from "effect"
import { fixtureText } from "../fixtures.ts"
import { success } from "./support.ts"

const map = (value: Value.Value | undefined): Value.ValueMap => {
  if (!Value.isMap(value)) throw new Error("no map")
  return value
}
const list = (value: Value.Value | undefined): ReadonlyArray<Value.Value> => {
  if (value === undefined || !Value.isList(value)) throw new Error("no list")
  return value
}
const text = (value: Value.Value | undefined): string => {
  if (typeof value !== "string") throw new Error("no text")
  return value
}
const whole = (value: Value.Value | undefined): number => {
  if (typeof value !== "number") throw new Error("no whole number")
  return value
}
const integer = (value: Value.Value | undefined): number | bigint => (typeof value === "bigint" ? value : whole(value))

const entries = (record: { readonly [name: string]: Value.Value }): Value.ValueMap => new Map(Object.entries(record))

const place = {
  runId: "run-1",
  studyId: "study-1",
  conditionId: "cond-1",
  timestamp: "2026-01-02T03:04:05+00:00",
  compatibility: true,
}

/** What ours give for the input of a case, in the form of its result. */
const ours: Record<string, (given: Value.Value) => Value.Value> = {
  agent: (given) => {
    const done = success(normalizeExecution(given, place))
    return entries({
      output: done.output,
      metrics: done.metrics,
      trace_refs: done.traceRefs,
      metadata: done.metadata,
      events: done.events.map((event) =>
        entries({
          timestamp: event.timestamp,
          record_id: event.recordId,
          text: event.text,
          session_id: event.sessionId,
          actor_id: event.actorId,
          event_type: event.eventType,
          meta_json: StableJson.stringify(event.metaJson),
          level: event.level,
          study_id: event.studyId,
          run_id: event.runId,
          condition_id: event.conditionId,
          trial_id: event.trialId,
          step_id: event.stepId,
          tool_name: event.toolName,
          evaluation_id: event.evaluationId,
        }),
      ),
    })
  },
  evaluation: (given) =>
    normalizeEvaluation(given, { runId: "run-1", compatibility: true }).map((row) =>
      entries({
        evaluator_id: row.evaluatorId,
        metric_name: row.metricName,
        metric_value: row.metricValue,
        metric_unit: row.metricUnit,
        aggregation_level: row.aggregationLevel,
        notes_json: row.notesJson,
      }),
    ),
  evaluator_input: (given) => evaluatorInput(map(given)),
  metrics: (given) => {
    const at = map(given)
    return composeMetrics({
      agentMetrics: map(at.get("agent_metrics")),
      evaluationRows: list(at.get("evaluation_rows")).map((row) => ({
        metricName: text(map(row).get("metric_name")),
        metricValue: map(row).get("metric_value") ?? null,
      })),
      observations: list(at.get("observations")).map((event) => ({
        eventType: text(map(event).get("event_type")),
        actorId: text(map(event).get("actor_id")),
      })),
      latencyS: Value.toNumber(at.get("latency_s")) ?? Number.NaN,
      costUsd: Value.toNumber(at.get("cost_usd")) ?? Number.NaN,
      compatibility: true,
    })
  },
  sample: (given) => {
    const at = map(given)
    const packets = list(at.get("packets")).flatMap((packet) => {
      const made = packetOf(Value.toJson(packet))
      return made === undefined ? [] : [made]
    })
    const size = at.get("sample_size") ?? null
    return sampleProblemPackets(packets, {
      sampleSize: size === null ? null : whole(size),
      seed: whole(at.get("seed")),
      balancedByFamily: at.get("balanced_by_family") === true,
    }).map(({ problemId }) => problemId)
  },
  table: (given) => {
    const at = map(given)
    const made = generateDoe(text(at.get("kind")), map(at.get("factors")), {
      seed: integer(at.get("seed")),
      randomize: at.get("randomize") === true,
      ...(at.has("n_samples") ? { nSamples: whole(at.get("n_samples")) } : {}),
      ...(at.has("center_points") ? { centerPoints: whole(at.get("center_points")) } : {}),
      ...(at.has("replicates") ? { replicates: whole(at.get("replicates")) } : {}),
      ...(at.has("block_randomization_key") ? { blockRandomizationKey: text(at.get("block_randomization_key")) } : {}),
    })
    // Which class the predecessor raises is its own matter.
    return Result.isFailure(made)
      ? entries({ error: "" })
      : entries({ design: made.success.design, warnings: made.success.warnings.length })
  },
  id: (given) => [StableJson.stringify(given), hashIdentifier("id", given)],
  seed: (given) => {
    const at = map(given)
    return deriveSeed(
      {
        baseSeed: integer(at.get("base_seed")),
        strategy: text(at.get("strategy")),
        perRunOffset: integer(at.get("per_run_offset")),
      },
      {
        studyId: text(at.get("study_id")),
        conditionId: text(at.get("condition_id")),
        replicate: whole(at.get("replicate")),
        salt: text(at.get("salt")),
      },
    )
  },
  cell: (given) => [
    toCsv([entries({ k: given, end: "." })]).replace(/^k,end\r\n/, ""),
    CanonicalText.databaseText(given),
  ],
  report: (given) => {
    const at = map(given)
    const study = success(StudyFile.decode(at.get("study") ?? null, "study"))
    return [
      methodsText(study),
      codebook(study, success(buildDesign(study)).conditions),
      significanceBrief(list(at.get("rows"))),
    ]
  },
}

/** A study as its file has it: once read, with the number of its problems and the table of its conditions. */
const studyResult = (given: Value.Value): Value.Value => {
  const read = StudyFile.decode(given, "study")
  if (Result.isFailure(read)) return entries({ error: "" })
  const study = read.success
  const errors = validateStudy(study).length
  const table = errors > 0 ? null : success(conditionsCsv(study.studyId, success(buildDesign(study)).conditions))
  return entries({ study: StudyFile.encode(study), errors, table })
}
ours["study"] = studyResult

const cases = list(success(JsonText.parse(fixtureText("peer_functions.json"))).value).map(map)
const without = (value: Value.Value): Value.Value =>
  Value.isMap(value) && value.has("error") ? entries({ error: "" }) : value

describe("functions of the predecessor on random inputs", () => {
  for (const [name, function_] of Object.entries(ours)) {
    it(`${name}: every result is the same`, () => {
      const mine = cases.filter((one) => one.get("of") === name)
      expect(mine.length).toBeGreaterThanOrEqual(25)
      for (const one of mine) {
        const given = one.get("given") ?? null
        const result = StableJson.stringify(function_(given))
        expect(`${StableJson.stringify(given)} -> ${result}`).toBe(
          `${StableJson.stringify(given)} -> ${StableJson.stringify(without(one.get("result") ?? null))}`,
        )
      }
    })
  }

  it("every function of the fixture was compared", () => {
    expect([...new Set(cases.map((one) => text(one.get("of"))))].toSorted()).toEqual(Object.keys(ours).toSorted())
  })
})
