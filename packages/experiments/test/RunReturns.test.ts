import { describe, expect, it } from "@effect/vitest"
import * as LedgerMemory from "@heddle/core/LedgerMemory"
import { Effect } from "effect"
import { toValue } from "../src/internal/runReturn.ts"
import { fromJs } from "../src/Value.ts"
import type { RunFunction } from "../src/RunBinding.ts"
import { dryRunValidate, runStudy } from "../src/StudyRunner.ts"
import { studyOf } from "./runStudies.ts"

const inMemory = Effect.provide(LedgerMemory.layer())
const agents = studyOf(1, { agentSpecs: ["a"], problemIds: ["p"] })

const runAgent = (agent: RunFunction, evaluator?: () => unknown) =>
  Effect.map(
    runStudy(agents, {
      agentBindings: { a: agent },
      problemRegistry: { p: evaluator === undefined ? {} : { evaluator } },
    }),
    ({ results }) => results[0],
  )

const paid = { output: { text: "the answer" }, metrics: { cost_usd: 3 }, events: [{ event_type: "tool_call" }] }

describe("runs that fail after they were paid for", () => {
  it.effect("AC-31: success false is a failure, and cost, output and events are kept", () =>
    Effect.gen(function* () {
      const result = yield* runAgent(() => ({ ...paid, success: false }))
      expect(result).toMatchObject({ status: "failed", costUsd: 3 })
      expect(result?.errorInfo).toBe("AgentReportedFailure: the answer")
      expect(result?.outputs).toEqual(new Map([["text", "the answer"]]))
      expect(result?.observations.map(({ eventType }) => eventType)).toEqual(["tool_call"])
    }).pipe(inMemory),
  )

  it.effect("AC-31: an evaluator that crashes after a paid call fails the run, with output and cost 3.0 kept", () =>
    Effect.gen(function* () {
      const result = yield* runAgent(
        () => paid,
        () => {
          throw new RangeError("the evaluator broke")
        },
      )
      expect(result).toMatchObject({ status: "failed", costUsd: 3, errorInfo: "RangeError: the evaluator broke" })
      expect(result?.outputs).toEqual(new Map([["text", "the answer"]]))
      expect(result?.metrics.get("cost_usd")).toMatchObject({ value: 3 })
    }).pipe(inMemory),
  )

  it.effect("in compatibility success is not read, as the predecessor does not", () =>
    Effect.gen(function* () {
      const { results } = yield* runStudy(agents, {
        compatibility: true,
        agentBindings: { a: () => ({ ...paid, success: false }) },
        problemRegistry: { p: {} },
      })
      expect(results[0]?.status).toBe("success")
    }).pipe(inMemory),
  )
})

describe("returned values that are none", () => {
  const cases: ReadonlyArray<readonly [string, RunFunction, string]> = [
    [
      "a promise inside of the result",
      () => ({ output: { a: Promise.resolve(1) } }),
      "a promise that nobody awaited at output.a",
    ],
    [
      "a generator",
      function* () {
        yield 1
      },
      "a generator that nobody read",
    ],
    [
      "an async generator",
      async function* () {
        yield 1
      },
      "an async generator that nobody read",
    ],
    ["a function", () => () => 1, "a function"],
    [
      "an Effect inside of the result",
      () => ({ output: { a: Effect.succeed(1) } }),
      "an Effect that nobody ran at output.a",
    ],
    [
      "an object of a class",
      () => ({ output: { when: new URL("http://x.test") } }),
      "an object of class URL at output.when",
    ],
    ["nothing", () => undefined, "the run returned nothing"],
    [
      "a cycle",
      () => {
        const a: Record<string, unknown> = {}
        a["a"] = a
        return a
      },
      "nested deeper than 200",
    ],
    [
      "a hostile object",
      () =>
        new Proxy(
          {},
          {
            ownKeys: () => {
              throw new Error("no")
            },
          },
        ),
      "an object that cannot be looked at",
    ],
  ]
  it.effect.each(cases)("a run that returns %s fails and says so", ([, agent, problem]) =>
    Effect.gen(function* () {
      const result = yield* runAgent(agent)
      expect(result?.status).toBe("failed")
      expect(result?.errorInfo).toContain("InvalidReturn")
      expect(result?.errorInfo).toContain(problem)
    }).pipe(inMemory),
  )

  it("plain data of every kind is taken: typed arrays, sets, maps, dates, large whole numbers", () => {
    expect(toValue(new Float64Array([0.5, 2]))).toEqual({ value: [0.5, 2] })
    expect(toValue(new Set(["a"]))).toEqual({ value: ["a"] })
    expect(toValue({ a: undefined, b: null, c: 10n })).toEqual({ value: fromJs({ b: null, c: 10 }) })
    expect(toValue(new Date(Date.UTC(2026, 0, 2, 3, 4, 5)))).toMatchObject({
      value: { text: "2026-01-02 03:04:05+00:00" },
    })
  })
})

describe("what a run may be", () => {
  it.effect.each([
    ["a value", () => ({ output: { a: 1 } })],
    ["a promise", async () => ({ output: { a: 1 } })],
    ["an Effect", () => Effect.succeed({ output: { a: 1 } })],
  ] as ReadonlyArray<readonly [string, RunFunction]>)("a function that gives %s", ([, agent]) =>
    Effect.gen(function* () {
      const result = yield* runAgent(agent)
      expect(result).toMatchObject({ status: "success", outputs: new Map([["a", 1]]) })
    }).pipe(inMemory),
  )

  it.effect.each([
    [
      "an Error",
      () => {
        throw new TypeError("boom")
      },
      "TypeError: boom",
    ],
    [
      "a class of its own",
      () => {
        class Odd extends Error {}
        throw new Odd("odd")
      },
      "Odd: odd",
    ],
    [
      "a text",
      () => {
        throw "just words"
      },
      "string: just words",
    ],
    [
      "nothing",
      () => {
        throw undefined
      },
      "undefined: undefined was thrown",
    ],
    [
      "a rejected promise",
      async () => {
        throw new RangeError("late")
      },
      "RangeError: late",
    ],
    ["an Effect's failure", () => Effect.fail({ _tag: "Refused", message: "not now" }), "Refused: not now"],
  ] as ReadonlyArray<readonly [string, RunFunction, string]>)(
    "R6: what is thrown is type and message: %s",
    ([, agent, info]) =>
      Effect.gen(function* () {
        const result = yield* runAgent(agent)
        expect(result).toMatchObject({ status: "failed", errorInfo: info })
      }).pipe(inMemory),
  )

  it.effect("R6: a condition runner that throws fails every run, and the mode stands in the provenance", () =>
    Effect.gen(function* () {
      const { results } = yield* runStudy(studyOf(2), {
        conditionRunner: () => {
          throw new RangeError("never")
        },
      })
      expect(results.map(({ errorInfo }) => errorInfo)).toEqual(["RangeError: never", "RangeError: never"])
      expect(results[0]?.provenanceInfo.get("execution_mode")).toBe("condition_runner")
    }).pipe(inMemory),
  )

  it.effect("R7: without problems and agents runs have seeds of their own, and a resume calls nothing", () =>
    Effect.gen(function* () {
      let calls = 0
      const options = { parallelism: 2, conditionRunner: () => (calls++, { outputs: {} }) }
      const { results } = yield* runStudy(studyOf(3), options)
      expect(new Set(results.map(({ runSpec }) => runSpec.seed)).size).toBe(3)
      expect((yield* runStudy(studyOf(3), { ...options, resume: true })).results).toHaveLength(3)
      expect(calls).toBe(3)
    }).pipe(inMemory),
  )

  it.effect("a condition runner's result without outputs is refused", () =>
    Effect.gen(function* () {
      const { results } = yield* runStudy(studyOf(1), { conditionRunner: () => ({ a: 1 }) })
      expect(results[0]?.errorInfo).toContain("a condition runner returns { outputs, metrics }")
    }).pipe(inMemory),
  )

  it.effect("a callback's run leaves one event at least, but none in compatibility", () =>
    Effect.gen(function* () {
      const conditionRunner = () => ({ outputs: {} })
      const ours = yield* runStudy(studyOf(1), { conditionRunner })
      expect(ours.results[0]?.observations.map(({ eventType, level }) => [eventType, level])).toEqual([
        ["run_finished", "run"],
      ])
      const theirs = yield* runStudy(studyOf(1), { conditionRunner, compatibility: true })
      expect(theirs.results[0]?.observations).toEqual([])
    }).pipe(inMemory),
  )
})

describe("names that nothing is bound to", () => {
  it.effect("an unknown agent is an error before any run, and the known ones are named", () =>
    Effect.gen(function* () {
      let calls = 0
      const exit = yield* Effect.exit(
        runStudy(agents, { agentBindings: { b: () => calls++ }, problemRegistry: { p: {} } }),
      )
      expect(String(exit)).toContain('the agent "a"')
      expect(calls).toBe(0)
      const report = yield* dryRunValidate(agents, { agentBindings: { b: () => null } })
      expect(report.errors.join("\n")).toContain('the agent "a"')
      expect(report.errors.join("\n")).toContain('the problem "p"')
      expect(report.plannedRuns).toBe(1)
    }).pipe(inMemory),
  )

  it.effect("names of JavaScript's own objects are no agents", () =>
    Effect.gen(function* () {
      const study = studyOf(1, { agentSpecs: ["constructor"], problemIds: ["toString"] })
      const report = yield* dryRunValidate(study, { agentBindings: {}, problemRegistry: {} })
      expect(report.errors).toHaveLength(2)
    }).pipe(inMemory),
  )

  it.effect("in compatibility each run of an unknown agent fails by itself", () =>
    Effect.gen(function* () {
      const { results } = yield* runStudy(agents, {
        compatibility: true,
        agentBindings: {},
        problemRegistry: { p: {} },
      })
      expect(results[0]?.errorInfo).toContain("UnknownAgent")
    }).pipe(inMemory),
  )
})

describe("what a condition runner returns", () => {
  const whole = studyOf(1)
  const returning = (returned: unknown, compatibility = false) =>
    Effect.map(runStudy(whole, { conditionRunner: () => returned, compatibility }), ({ results }) => results[0])

  it.effect.each([
    [{ ouputs: { a: 1 }, metrics: {} }, 'it returned { ouputs, metrics }: did you mean "outputs" for "ouputs"?'],
    [{ yield: 3 }, "it returned { yield }"],
    [{ outputs: 3 }, "outputs is 3"],
    [{ outputs: {}, metrics: [1] }, "metrics is a list"],
    [["a"], "it returned a list"],
    ["text", "it returned 'text'"],
    [null, "it returned nothing"],
  ] as const)("%j is refused with what it was", ([returned, told]) =>
    Effect.gen(function* () {
      const result = yield* returning(returned)
      expect(result?.status).toBe("failed")
      expect(result?.errorInfo).toContain(`a condition runner returns { outputs, metrics }, both objects; ${told}`)
    }).pipe(inMemory),
  )

  it.effect("output in the place of outputs is understood; compatibility mode refuses it as the predecessor does", () =>
    Effect.gen(function* () {
      const result = yield* returning({ output: { a: 1 }, metrics: { m: 2 } })
      expect(result).toMatchObject({ status: "success", outputs: new Map([["a", 1]]) })
      expect((yield* returning({ output: { a: 1 }, metrics: { m: 2 } }, true))?.status).toBe("failed")
    }).pipe(inMemory),
  )
})
