import { Effect, Fiber } from "effect"
import { TestClock } from "effect/testing"
import { describe, expect, it } from "vitest"
import {
  isStudyWorkerCallable,
  makeStudyLogger,
  MultiStudyOrchestrator,
  StudyContextLogAdapter,
  type StudiesSdk,
} from "../src/Compat.ts"
import * as CurrentStudy from "../src/CurrentStudy.ts"
import { FilterConflictError, OrchestratorError } from "../src/OrchestratorError.ts"
import { resultOf, type OrchestratorResult } from "../src/StudiesReport.ts"
import type { LogRecord } from "../src/StudyLogger.ts"

// The 53 behaviours of the Python SDK's own orchestration tests, in our terms. Registry R unless said otherwise.
const R = ["STUDY-A", "STUDY-B", "STUDY-C"]

const setUp = (keys: ReadonlyArray<string> = R, maxWorkers?: number) => {
  const calls: Array<ReadonlyArray<unknown>> = []
  const records: Array<LogRecord> = []
  const sdk = {
    studies: {
      list: async (...args: ReadonlyArray<unknown>) => {
        calls.push(args)
        return keys.map((studyKey) => ({ studyKey }))
      },
    },
  }
  const orchestrator = new MultiStudyOrchestrator(sdk, {
    ...(maxWorkers === undefined ? {} : { maxWorkers }),
    write: (record) => records.push(record),
  })
  return { calls, records, sdk, orchestrator }
}

const pause = (ms: number): Promise<void> => Effect.runPromise(Effect.sleep(ms))

class RuntimeError extends Error {
  override readonly name = "RuntimeError"
}

const ids: Array<number> = []

/** A test of one upstream behaviour; it must assert something. */
const behaviour = (name: string, run: () => Promise<void> | void): void => {
  const id = /^T(\d+) /.exec(name)?.[1]
  ids.push(Number(id))
  it(name, async () => {
    expect.hasAssertions()
    await run()
  })
}

const rejection = async (promise: Promise<unknown>): Promise<unknown> => {
  try {
    await promise
  } catch (error) {
    return error
  }
  throw new Error("it did not reject")
}

const anything = (studyKey: string): string => studyKey

describe("upstream behaviours: runs", () => {
  behaviour("T1 a study that throws is FAILED with the class in its error; the others keep their data", async () => {
    const results = await setUp().orchestrator.executePipeline((studyKey) => {
      if (studyKey === "STUDY-A") throw new RuntimeError("boom")
      return `done ${studyKey}`
    })
    expect(results.get("STUDY-A")?.status).toBe("FAILED")
    expect(results.get("STUDY-A")?.error).toContain("RuntimeError")
    expect(results.get("STUDY-B")).toMatchObject({ status: "SUCCESS", data: "done STUDY-B" })
    expect(results.get("STUDY-C")).toMatchObject({ status: "SUCCESS", data: "done STUDY-C" })
  })
  behaviour("T2 every study gets the same sdk object, and it is the same afterwards", async () => {
    const { orchestrator, sdk } = setUp(R, 3)
    const seen: Array<unknown> = []
    const results = await orchestrator.executePipeline((_studyKey, given) => {
      seen.push(given)
    })
    expect(seen).toHaveLength(3)
    for (const given of seen) expect(given).toBe(sdk)
    expect(orchestrator.sdk).toBe(sdk)
    expect([...results.values()].every((result) => result.status === "SUCCESS")).toBe(true)
  })
  behaviour("T3 a line that a study logs carries both spellings of its key", async () => {
    const { orchestrator, records } = setUp()
    await orchestrator.executePipeline((_studyKey, _sdk, logger) => logger.info("hello"))
    const hello = records.filter((record) => record.message === "hello")
    expect(hello.map((record) => record.extra["study_key"]).toSorted()).toEqual(R)
    expect(hello.map((record) => record.extra["studyKey"])).toEqual(hello.map((record) => record.extra["study_key"]))
  })
  behaviour("T4 a study that takes time has a duration above 0", async () => {
    const results = await setUp().orchestrator.executePipeline(() => pause(20))
    for (const result of results.values()) expect(result.duration_seconds).toBeGreaterThan(0)
  })
  behaviour("T5 success has data and no error", async () => {
    const results = await setUp().orchestrator.executePipeline(() => ({ n: 1 }))
    for (const result of results.values()) {
      expect(result.data).not.toBeNull()
      expect(result.error).toBeNull()
    }
  })
  behaviour("T6 failure has an error text and no data", async () => {
    const results = await setUp().orchestrator.executePipeline(() => {
      throw new RuntimeError("all fail")
    })
    for (const result of results.values()) {
      expect(result.status).toBe("FAILED")
      expect(result.data).toBeNull()
      expect(typeof result.error).toBe("string")
    }
  })
  behaviour("T7 an allow-list given to the run decides its entries", async () => {
    const results = await setUp().orchestrator.executePipeline(anything, { whitelist: ["STUDY-A"] })
    expect([...results.keys()]).toEqual(["STUDY-A"])
  })
  behaviour("T8 a study that asks which study it is gets its own key", async () => {
    const results = await setUp().orchestrator.executePipeline((_studyKey, _sdk, logger) => logger.studyKey)
    for (const [studyKey, result] of results) expect(result.data).toBe(studyKey)
    const current = Effect.forEach(R, (key) => CurrentStudy.provide(key)(CurrentStudy.resolve("test")), {
      concurrency: 3,
    })
    expect(await Effect.runPromise(current)).toEqual(R)
  })
  behaviour("T9 an empty registry gives an empty result", async () => {
    expect((await setUp([]).orchestrator.executePipeline(anything)).size).toBe(0)
  })
})

describe("upstream behaviours: study logger", () => {
  behaviour("T10 a message without extras gets both spellings", () => {
    const [message, { extra }] = makeStudyLogger("PROT-01").process("hello")
    expect(message).toBe("hello")
    expect(extra).toEqual({ study_key: "PROT-01", studyKey: "PROT-01" })
  })
  behaviour("T11 the caller's extras are kept", () => {
    const [, { extra }] = makeStudyLogger("PROT-01").process("hello", { extra: { custom: 1 } })
    expect(extra).toEqual({ custom: 1, study_key: "PROT-01", studyKey: "PROT-01" })
  })
  behaviour("T12 the adapter says its key", () => {
    expect(makeStudyLogger("PROT-01").studyKey).toBe("PROT-01")
  })
  behaviour("T13 the factory makes an adapter", () => {
    expect(makeStudyLogger("PROT-01")).toBeInstanceOf(StudyContextLogAdapter)
  })
  behaviour("T14 a line at INFO arrives with both spellings", () => {
    const records: Array<LogRecord> = []
    makeStudyLogger("PROT-01", (record) => records.push(record)).info("hello")
    expect(records).toMatchObject([
      { level: "Info", message: "hello", extra: { study_key: "PROT-01", studyKey: "PROT-01" } },
    ])
  })
})

describe("upstream behaviours: selection", () => {
  behaviour("T15 without filters all studies are selected in order", async () => {
    expect(await setUp().orchestrator.resolveActiveStudies()).toEqual(R)
  })
  behaviour("T16 an allow-list of one", async () => {
    expect(await setUp().orchestrator.resolveActiveStudies(["STUDY-A"])).toEqual(["STUDY-A"])
  })
  behaviour("T17 a deny-list of one", async () => {
    expect(await setUp().orchestrator.resolveActiveStudies(null, new Set(["STUDY-A"]))).toEqual(["STUDY-B", "STUDY-C"])
  })
  behaviour("T18 an allow-list of unknown keys selects nothing, without an error but with a warning", async () => {
    const { orchestrator, records } = setUp()
    expect(await orchestrator.resolveActiveStudies(["NOPE"])).toEqual([])
    expect(records.filter((record) => record.level === "Warn").map((record) => record.message)).toEqual([
      'the registry does not list "NOPE"',
    ])
  })
  behaviour("T19 a deny-list of all selects nothing", async () => {
    expect(await setUp().orchestrator.resolveActiveStudies([], R)).toEqual([])
  })
  behaviour("T20 both lists are a conflict", async () => {
    const error = await rejection(setUp().orchestrator.resolveActiveStudies(["STUDY-A"], ["STUDY-B"]))
    expect(error).toBeInstanceOf(FilterConflictError)
    expect(error).toBeInstanceOf(OrchestratorError)
  })
  behaviour("T21 the conflict carries both lists", async () => {
    const error = await rejection(setUp().orchestrator.resolveActiveStudies(["STUDY-A"], ["STUDY-B"]))
    expect(error).toMatchObject({ whitelist: ["STUDY-A"], blacklist: ["STUDY-B"] })
  })
  behaviour("T22 the conflict is found before the registry is asked", async () => {
    const { orchestrator, calls } = setUp()
    await rejection(orchestrator.executePipeline(anything, { whitelist: ["STUDY-A"], blacklist: ["STUDY-B"] }))
    expect(calls).toEqual([])
  })
})

describe("upstream behaviours: construction", () => {
  const sdk: StudiesSdk = { studies: { list: () => [] } }
  behaviour("T23 no workers is a range error that names the rule", () => {
    expect(() => new MultiStudyOrchestrator(sdk, { maxWorkers: 0 })).toThrow(RangeError)
    expect(() => new MultiStudyOrchestrator(sdk, { maxWorkers: 0 })).toThrow("≥ 1")
  })
  behaviour("T24 the sdk is kept by reference", () => {
    expect(new MultiStudyOrchestrator(sdk).sdk).toBe(sdk)
  })
  behaviour("T25 four workers unless said otherwise", () => {
    expect(new MultiStudyOrchestrator(sdk).maxWorkers).toBe(4)
  })
  behaviour("T26 other numbers that are no number of workers are refused too", () => {
    for (const maxWorkers of [0, -1, 1.5, Number.NaN, Number.POSITIVE_INFINITY]) {
      expect(() => new MultiStudyOrchestrator(sdk, { maxWorkers })).toThrow(RangeError)
    }
  })
})

describe("upstream behaviours: second suite", () => {
  behaviour("T27 the registry is listed once, without arguments", async () => {
    const { orchestrator, calls } = setUp(["A", "B"])
    expect(await orchestrator.resolveActiveStudies()).toEqual(["A", "B"])
    expect(calls).toEqual([[]])
  })
  behaviour("T28 an allow-list of A", async () => {
    expect(await setUp(["A", "B"]).orchestrator.resolveActiveStudies(["A"])).toEqual(["A"])
  })
  behaviour("T29 a deny-list of A", async () => {
    expect(await setUp(["A", "B"]).orchestrator.resolveActiveStudies(undefined, ["A"])).toEqual(["B"])
  })
  behaviour("T30 the conflict comes before the network and equals the inputs", async () => {
    const { orchestrator, calls } = setUp(["A", "B"])
    const error = await rejection(orchestrator.resolveActiveStudies(new Set(["A"]), new Set(["B"])))
    expect(error).toMatchObject({ whitelist: ["A"], blacklist: ["B"] })
    expect(calls).toEqual([])
  })
  behaviour("T31 both lists given but empty is no conflict and no filter", async () => {
    expect(await setUp(["A", "B"]).orchestrator.resolveActiveStudies([], [])).toEqual(["A", "B"])
  })
  behaviour("T32 each study gets the sdk, its own logger and the extras, and its time is counted", async () => {
    const { orchestrator, sdk } = setUp(["A", "B"])
    const worker = async (
      studyKey: string,
      given: unknown,
      logger: StudyContextLogAdapter,
      extras: { readonly suffix: string; readonly scale: number },
    ) => {
      await pause(5)
      return {
        same: given === sdk,
        bound: logger.studyKey,
        text: `${studyKey}${extras.suffix}`,
        scaled: extras.scale * 2,
      }
    }
    const results = await orchestrator.executePipeline(worker, { args: [{ suffix: "!", scale: 3 }] })
    expect(results.get("A")?.data).toEqual({ same: true, bound: "A", text: "A!", scaled: 6 })
    expect(results.get("B")?.data).toEqual({ same: true, bound: "B", text: "B!", scaled: 6 })
    for (const result of results.values()) expect(result.duration_seconds).toBeGreaterThan(0)
    // With a clock of our own the figure is exact, to four decimals.
    const outcome = { id: "A", label: "A", status: "succeeded", value: 1, attempts: 1 } as const
    const times = { queuedMs: 9_000, runMs: 1_200, limitWaitMs: 30.06, retryWaitMs: 4 }
    expect(resultOf({ ...outcome, ...times }).duration_seconds).toBe(1.2341)
  })
  behaviour("T33 a failure names its class and message; the others succeed", async () => {
    const results = await setUp(["A", "B", "C"]).orchestrator.executePipeline((studyKey) => {
      if (studyKey === "B") throw new RuntimeError("boom")
      return 1
    })
    expect(results.get("B")).toMatchObject({ status: "FAILED", data: null, error: "RuntimeError: boom" })
    expect(results.get("A")?.status).toBe("SUCCESS")
    expect(results.get("C")?.status).toBe("SUCCESS")
  })
  behaviour("T34 studies side by side each see their own key", async () => {
    const results = await setUp(["ALPHA", "BETA"]).orchestrator.executePipeline(async (studyKey, _sdk, logger) => {
      await pause(2)
      return [studyKey, logger.studyKey]
    })
    expect(results.get("ALPHA")?.data).toEqual(["ALPHA", "ALPHA"])
    expect(results.get("BETA")?.data).toEqual(["BETA", "BETA"])
  })
  behaviour("T35 the property sdk is the object itself", () => {
    const { orchestrator, sdk } = setUp()
    expect(orchestrator.sdk).toBe(sdk)
  })
  behaviour("T36 the number of workers can be read", () => {
    expect(setUp(R, 7).orchestrator.maxWorkers).toBe(7)
  })
  behaviour("T37 the size of the registry is logged at DEBUG", async () => {
    const { orchestrator, records } = setUp(["A", "B"])
    await orchestrator.resolveActiveStudies()
    expect(records).toContainEqual(expect.objectContaining({ level: "Debug", message: "the registry lists 2 studies" }))
  })
  behaviour("T38 an allow-list of two of three is logged as 2/3", async () => {
    const { orchestrator, records } = setUp(["A", "B", "C"])
    expect(await orchestrator.resolveActiveStudies(["A", "C"])).toEqual(["A", "C"])
    expect(records.find((record) => record.level === "Info")?.message).toContain("2/3")
  })
  behaviour("T39 a deny-list of one of three is logged as 2/3", async () => {
    const { orchestrator, records } = setUp(["A", "B", "C"])
    expect(await orchestrator.resolveActiveStudies(null, ["B"])).toEqual(["A", "C"])
    expect(records.find((record) => record.level === "Info")?.message).toContain("2/3")
  })
})

describe("upstream behaviours: logger and types", () => {
  behaviour("T40 the adapter's key is the one it was bound to", () => {
    const adapter = new StudyContextLogAdapter({ name: "own", write: () => {} }, "BOUND")
    expect(adapter.studyKey).toBe("BOUND")
  })
  behaviour("T41 empty options leave the message as it is and add the key", () => {
    const [message, { extra }] = makeStudyLogger("K").process("as it is", {})
    expect(message).toBe("as it is")
    expect(extra).toMatchObject({ study_key: "K" })
  })
  behaviour("T42 the bound key wins over the caller's, whose own object is not changed", () => {
    const own = { study_key: "OTHER", x: 1 }
    const [, { extra }] = makeStudyLogger("K").process("m", { extra: own })
    expect(extra).toEqual({ study_key: "K", studyKey: "K", x: 1 })
    expect(own).toEqual({ study_key: "OTHER", x: 1 })
  })
  behaviour("T43 the factory's logger has the name that people filter by", () => {
    expect(makeStudyLogger("K").logger.name).toBe("imednet.orchestration")
  })
  behaviour("T44 a function of five parameters can be run", () => {
    expect(isStudyWorkerCallable((_a: string, _b: object, _c: object, _d: number, _e: number) => 1)).toBe(true)
  })
  behaviour("T45 a text cannot be run, and is refused before any request", async () => {
    expect(isStudyWorkerCallable("pipeline")).toBe(false)
    const { orchestrator, calls } = setUp()
    const text: unknown = "pipeline"
    expect(await rejection(orchestrator.executePipeline(text as typeof anything))).toBeInstanceOf(TypeError)
    expect(calls).toEqual([])
  })
  behaviour("T46 a result may be given in part", () => {
    const result: Partial<OrchestratorResult> = { status: "SUCCESS", duration_seconds: 0.5 }
    expect(Object.keys(result)).toEqual(["status", "duration_seconds"])
  })
})

describe("upstream behaviours: study context", () => {
  const current = CurrentStudy.resolve("test")
  behaviour("T47 three workers that set, wait and read see their own study", async () => {
    const program = Effect.gen(function* () {
      const worker = (key: string, ms: number) => CurrentStudy.provide(key)(Effect.andThen(Effect.sleep(ms), current))
      const fiber = yield* Effect.forkChild(
        Effect.all([worker("A", 30), worker("B", 10), worker("C", 20)], { concurrency: "unbounded" }),
      )
      yield* TestClock.adjust(30)
      return yield* Fiber.join(fiber)
    })
    expect(await Effect.runPromise(Effect.provide(program, TestClock.layer()))).toEqual(["A", "B", "C"])
  })
  behaviour("T48 a study that is set in a fiber is seen there", async () => {
    const inside = Effect.flatMap(Effect.forkChild(CurrentStudy.provide("A")(current)), Fiber.join)
    expect(await Effect.runPromise(inside)).toBe("A")
  })
  behaviour("T49 three fibers with three studies do not see each other's", async () => {
    const fibers = Effect.flatMap(
      Effect.forEach(["A", "B", "C"], (key) =>
        Effect.forkChild(CurrentStudy.provide(key)(Effect.andThen(Effect.yieldNow, current))),
      ),
      (forked) => Effect.forEach(forked, Fiber.join),
    )
    expect(await Effect.runPromise(fibers)).toEqual(["A", "B", "C"])
  })
  behaviour("T50 after the study's block, asking for it is an error", async () => {
    const program = Effect.andThen(CurrentStudy.provide("A")(current), Effect.flip(current))
    expect(await Effect.runPromise(program)).toBeInstanceOf(CurrentStudy.NoCurrentStudy)
  })
  behaviour("T51 a study that was set and left, also by an error, is gone", async () => {
    const program = Effect.gen(function* () {
      yield* Effect.exit(CurrentStudy.provide("A")(Effect.fail("stop")))
      return yield* Effect.flip(current)
    })
    expect((await Effect.runPromise(program)).message).toContain("there is no current study")
  })
  behaviour("T52 the strict and the optional reader agree inside, and outside there is none", async () => {
    const both = Effect.all([current, CurrentStudy.CurrentStudy])
    expect(await Effect.runPromise(CurrentStudy.provide("A")(both))).toEqual(["A", "A"])
    expect(await Effect.runPromise(Effect.map(CurrentStudy.CurrentStudy, (key) => key ?? null))).toBeNull()
  })
  behaviour("T53 an inner study ends with its block and the outer one is back", async () => {
    const program = CurrentStudy.provide("OUTER")(
      Effect.all([current, CurrentStudy.provide("INNER")(current), current]),
    )
    expect(await Effect.runPromise(program)).toEqual(["OUTER", "INNER", "OUTER"])
  })
})

describe("the upstream list", () => {
  it("has each of T1 to T53 once", () => {
    expect(ids.toSorted((a, b) => a - b)).toEqual(Array.from({ length: 53 }, (_, index) => index + 1))
  })
})

describe("where ours is safer than upstream", () => {
  it("results stand in the registry's order, whatever finished first (W1)", async () => {
    const order: Array<string> = []
    const results = await setUp(["A", "B"]).orchestrator.executePipeline(async (studyKey) => {
      if (studyKey === "A") while (!order.includes("B")) await pause(1)
      order.push(studyKey)
    })
    expect(order).toEqual(["B", "A"])
    expect([...results.keys()]).toEqual(["A", "B"])
  })
  it("a text as a list is refused instead of matching single letters (W8)", async () => {
    const error = await rejection(setUp(["A", "AB"]).orchestrator.resolveActiveStudies("AB"))
    expect(error).toBeInstanceOf(OrchestratorError)
  })
  it("a study that is listed twice runs once; one without a key does not run (W9, W10)", async () => {
    const seen: Array<string> = []
    await setUp(["A", "B", "A", "", " "]).orchestrator.executePipeline((studyKey) => void seen.push(studyKey))
    expect(seen.toSorted()).toEqual(["A", "B"])
  })
  it("a generator is a failure, not a success that nobody read (W11)", async () => {
    const results = await setUp(["A"]).orchestrator.executePipeline(function* () {
      yield 1
    })
    expect(results.get("A")).toMatchObject({ status: "FAILED" })
    expect(results.get("A")?.error).toContain("a generator")
  })
  it("an abort ends the run with every finished result in hand (W4)", async () => {
    const abort = new AbortController()
    const results = await setUp(["A", "B", "C"], 1).orchestrator.executePipeline(
      async (studyKey) => {
        if (studyKey === "B") {
          await pause(1)
          abort.abort()
          await new Promise(() => {})
        }
        return studyKey
      },
      { signal: abort.signal },
    )
    expect([...results].map(([key, result]) => [key, result.status])).toEqual([
      ["A", "SUCCESS"],
      ["B", "FAILED"],
      ["C", "FAILED"],
    ])
    expect(results.get("A")?.data).toBe("A")
  })
})
