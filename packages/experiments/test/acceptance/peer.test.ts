/**
 * Random studies against the predecessor itself: each was run by it (`reference/peer_studies.py`), and every file that it
 * wrote is compared byte for byte with what `runStudy` writes in compatibility mode.
 */
import { describe, expect, it } from "@effect/vitest"
import * as LedgerMemory from "@heddle/core/LedgerMemory"
import * as MersenneTwister from "@heddle/experiments/MersenneTwister"
import type { RunFunction, RunRequest } from "@heddle/experiments/RunBinding"
import * as StudyFile from "@heddle/experiments/StudyFile"
import { runStudy } from "@heddle/experiments/StudyRunner"
import * as Value from "@heddle/experiments/Value"
import { Effect, Schema } from "effect"
import { TestClock } from "effect/testing"
import { readFileSync } from "node:fs"
import { join } from "node:path"
import { dump } from "../artifactHarness.ts"
import { fixtureJson } from "../fixtures.ts"
import { artifactsIn, filesBelow, frozen, sha256, steppingWatch, success, temporary } from "./support.ts"

const Case = Schema.Struct({
  mode: Schema.Literals(["agents", "callback"]),
  study: Schema.String,
  runs: Schema.Array(Schema.Tuple([Schema.String, Schema.Int, Schema.String])),
  texts: Schema.Record(Schema.String, Schema.String),
  sha256: Schema.Record(Schema.String, Schema.String),
})
/** A study that the predecessor refuses. */
const Refused = Schema.Struct({
  mode: Schema.Literals(["agents", "callback"]),
  study: Schema.String,
  error: Schema.String,
})
const all = Schema.decodeUnknownSync(Schema.Array(Schema.Union([Case, Refused])))(fixtureJson("peer_studies.json"))
const cases = all.filter((one) => "runs" in one)
const refused = all.filter((one) => "error" in one)

class ValueError extends Error {
  override readonly name = "ValueError"
}
class KeyError extends Error {
  override readonly name = "KeyError"
}

/** What `agent` of the script does. */
const agent: RunFunction = ({ runId, seed }: RunRequest) => {
  const first = MersenneTwister.make(seed).random()
  switch (seed % 6) {
    case 0:
      throw new ValueError('no, "never"\nagain')
    case 1:
      return `text ${seed % 100}`
    case 2:
      return {
        output: { candidate: [first, seed], text: "é\n", n: Value.float(2) },
        metrics: { cost_usd: 0.5, input_tokens: 3, output_tokens: "7", custom: 1.5, flag: true, note: 'n,"m"' },
        metadata: { model_name: `m${seed % 3}`, agent_kind: "llm", trace_path: "t/x", request_id: "" },
        trace_refs: [`traces/${runId}`, "second"],
        events: [
          { event_type: "tool_call", text: 'call, "q"', actor_id: "tool", level: "tool-call", tool_name: "c" },
          { event_type: "assistant_output", text: "a\nb", record_id: "evt-own", step_id: "s1" },
        ],
      }
    case 3:
      return {
        outputs: { x: first },
        metrics: { primary_outcome: 2 },
        events: [
          { event_type: "step", text: "s", level: "trial", trial_id: "t1" },
          { meta_json: { b: [1, Value.float(2), null, true], a: { é: "\u2028" } } },
          "junk",
        ],
      }
    case 4:
      return { text: "bare", metrics: { cost_usd: null, input_tokens: "many" } }
    default:
      return 3.5
  }
}

/** What `callback` of the script does. */
const callback: RunFunction = ({ seed }: RunRequest) => {
  const random = MersenneTwister.make(seed)
  switch (seed % 3) {
    case 0:
      throw new ValueError("callback, broken")
    case 1: {
      const draws = [random.random(), random.random()]
      return {
        outputs: { draws, seed },
        metrics: { cost_usd: 0.25, primary_outcome: random.random(), own: Value.float(2) },
      }
    }
    default:
      return { outputs: {}, metrics: { latency_s: 9.5, input_tokens: 3, flag: false } }
  }
}

const evaluators: Readonly<Record<string, (request: { readonly candidate: unknown }) => unknown>> = {
  p1: ({ candidate }) => ({
    score: Array.isArray(candidate) ? 0.125 : 2,
    ok: true,
    higher_is_better: true,
    label: "t",
    count: 3,
  }),
  p2: () => [
    { metric_name: "m,1", metric_value: 1, metric_unit: "s", notes_json: { k: [1, "é"], b: Value.float(2) } },
    [{ value: Value.float(2), aggregation_level: "trial", evaluator_id: "second" }],
    null,
    7,
  ],
  p4: () => {
    // The predecessor's KeyError shows its key in quotes.
    throw new KeyError("'x'")
  },
}

const problems = Object.fromEntries(
  ["p1", "p2", "p3", "p4"].map((problemId) => {
    const evaluator = evaluators[problemId]
    return [
      problemId,
      { problemId, family: `f${problemId}`, brief: `brief ${problemId}`, ...(evaluator ? { evaluator } : {}) },
    ]
  }),
)

describe("studies that the predecessor ran", () => {
  it("the fixture has studies of both modes, failed runs and databases", () => {
    expect(new Set(cases.map(({ mode }) => mode)).size).toBe(2)
    expect(cases.length).toBeGreaterThanOrEqual(24)
    const statuses = new Set(cases.flatMap(({ runs }) => runs.map(([, , status]) => status)))
    expect([...statuses].sort()).toEqual(["failed", "success"])
    expect(cases.some((one) => "study.sqlite" in one.sha256)).toBe(true)
  })

  for (const [index, one] of refused.entries()) {
    it.effect(`refused study ${index} is refused here, and nothing is written: ${one.error}`, () =>
      Effect.gen(function* () {
        const root = yield* temporary
        const study = success(StudyFile.parse(one.study, { format: "json", source: "study.json" }))
        const exit = yield* Effect.exit(
          runStudy(study, { conditionRunner: callback, compatibility: true }).pipe(
            Effect.provide([artifactsIn(root), LedgerMemory.layer()]),
          ),
        )
        expect(exit._tag).toBe("Failure")
        expect(filesBelow(root)).toEqual([])
      }),
    )
  }

  for (const [index, one] of cases.entries()) {
    it.effect(
      `study ${index} (${one.mode}, ${one.runs.length} runs): ids, seeds, order and every file are the same`,
      () =>
        Effect.gen(function* () {
          yield* TestClock.setTime(frozen)
          const root = yield* temporary
          const study = success(StudyFile.parse(one.study, { format: "json", source: "study.json" }))
          const bound =
            one.mode === "callback"
              ? { conditionRunner: callback }
              : { agentBindings: { alpha: agent, beta: agent }, problemRegistry: problems }
          const { results } = yield* runStudy(study, {
            ...bound,
            compatibility: true,
            includeSqlite: "study.sqlite" in one.sha256,
            stopwatch: steppingWatch(),
          }).pipe(Effect.provide([artifactsIn(root), LedgerMemory.layer()]))
          expect(results.map(({ runId, runSpec, status }) => [runId, runSpec.seed, status])).toEqual(one.runs)
          const folder = join(root, study.outputDir)
          for (const [name, text] of Object.entries(one.texts)) {
            expect(readFileSync(join(folder, name), "utf8"), name).toBe(text)
          }
          const written = Object.fromEntries(
            filesBelow(folder).map((name) => [
              name,
              sha256(name === "study.sqlite" ? dump(join(folder, name)) : readFileSync(join(folder, name))),
            ]),
          )
          expect(written).toEqual(one.sha256)
        }),
    )
  }
})
