import { describe, expect, it } from "@effect/vitest"
import { Result } from "effect"
import { agentResult, normalizeExecution } from "../src/Agents.ts"
import type { Observation } from "../src/Run.ts"
import * as StableJson from "../src/StableJson.ts"
import * as JsonText from "../src/JsonText.ts"
import { fromJs, isList, isMap, type Value, type ValueMap } from "../src/Value.ts"
import { fixtureText } from "./fixtures.ts"

/** The cases of a fixture, whole numbers and floats apart. */
const casesOf = (name: string): ReadonlyArray<ValueMap> => {
  const { value } = Result.getOrThrow(JsonText.parse(fixtureText(name)))
  if (!isList(value)) throw new Error(`${name} is no list`)
  return value.filter(isMap)
}

const place = { runId: "run-1", studyId: "study-1", conditionId: "cond-1", timestamp: "2026-01-02T03:04:05+00:00" }

const row = (event: Observation): ValueMap =>
  new Map<string, Value>([
    ["timestamp", event.timestamp],
    ["record_id", event.recordId],
    ["text", event.text],
    ["session_id", event.sessionId],
    ["actor_id", event.actorId],
    ["event_type", event.eventType],
    ["meta_json", StableJson.stringify(event.metaJson)],
    ["level", event.level],
    ["study_id", event.studyId],
    ["run_id", event.runId],
    ["condition_id", event.conditionId],
    ["trial_id", event.trialId],
    ["step_id", event.stepId],
    ["tool_name", event.toolName],
    ["evaluation_id", event.evaluationId],
  ])

describe("what an agent returned", () => {
  const cases = casesOf("agent_normalization.json")
  it("all cases of the fixture are there", () => expect(cases).toHaveLength(13))
  it.each(cases.map((one) => [String(one.get("case")), one] as const))(
    "is read as the predecessor reads it: %s",
    (_, one) => {
      const raw = one.get("raw") ?? null
      const execution = Result.getOrThrow(normalizeExecution(raw, { ...place, compatibility: true }))
      const read = new Map<string, Value>([
        ["output", execution.output],
        ["metrics", execution.metrics],
        ["trace_refs", execution.traceRefs],
        ["metadata", execution.metadata],
        ["events", execution.events.map(row)],
      ])
      for (const [name, value] of read) {
        expect(`${name} ${StableJson.stringify(value)}`).toBe(`${name} ${StableJson.stringify(one.get(name) ?? null)}`)
      }
    },
  )

  const read = (raw: unknown) => normalizeExecution(fromJs(raw) ?? null, place)

  it("an object without any known name is the output itself, never dropped", () => {
    expect(Result.getOrThrow(read({ candidate: [1, 2] })).output).toEqual(new Map([["candidate", [1, 2]]]))
  })

  it("success false is seen, with and without metadata", () => {
    expect(Result.getOrThrow(read({ success: false, output: { a: 1 } })).success).toBe(false)
    expect(Result.getOrThrow(read({ success: false, output: { a: 1 }, metadata: {} })).success).toBe(false)
    expect(Result.getOrThrow(read({ output: {} })).success).toBe(true)
  })

  it("a text as output is its text", () => {
    expect(Result.getOrThrow(read({ output: "42" })).output).toEqual(new Map([["text", "42"]]))
    expect(Result.getOrThrow(read(agentResult("42"))).output).toEqual(new Map([["text", "42"]]))
  })

  it("an event with an unknown level is refused, and the known ones are named", () => {
    const execution = read({ output: {}, events: [{ level: "galaxy" }] })
    expect(Result.isFailure(execution) && execution.failure).toContain('"galaxy"')
    expect(Result.isFailure(execution) && execution.failure).toContain("tool-call")
  })
})
