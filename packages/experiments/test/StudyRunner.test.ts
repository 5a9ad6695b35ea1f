import { describe, expect, it } from "@effect/vitest"
import * as LedgerMemory from "@heddle/core/LedgerMemory"
import { Effect, Random } from "effect"
import { TestClock } from "effect/testing"
import * as MersenneTwister from "../src/MersenneTwister.ts"
import * as StableJson from "../src/StableJson.ts"
import { runStudy, resumeStudy, dryRunValidate, reproducibleSeed } from "../src/StudyRunner.ts"
import { toJson } from "../src/Value.ts"
import { fixtureText } from "./fixtures.ts"
import { checkpointOf, smallAgent, smallProblems, smallStudy, studyOf } from "./runStudies.ts"

const inMemory = Effect.provide(LedgerMemory.layer())

/** Goes on by a quarter of a second at each reading, as the counter of the fixtures. */
const steppingWatch = () => {
  let readings = 0
  return () => 0.25 * readings++
}

const frozen = Date.UTC(2026, 0, 2, 3, 4, 5)

const small = { agentBindings: { alpha: smallAgent }, problemRegistry: smallProblems }

describe("a study that the predecessor ran", () => {
  it.effect("AC-15, R1: has the same runs, and the last fails with the same error", () =>
    Effect.gen(function* () {
      const { results } = yield* runStudy(smallStudy, small)
      expect(results.map(({ runId }) => runId)).toEqual([
        "run-72e23fcebf53",
        "run-e1e6070e0a2b",
        "run-f51bdd7539b7",
        "run-e11dc7010141",
        "run-d5edc1a70b98",
        "run-8ff3c4918d02",
      ])
      expect(results.map(({ runSpec }) => runSpec.seed)).toEqual([
        25435543, 1503550088, 956657978, 1907274812, 1452743068, 255065209,
      ])
      expect(results.map(({ status }) => status)).toEqual([...Array(5).fill("success"), "failed"])
      expect(results[5]?.errorInfo).toBe("RuntimeError: boom, with a comma")
    }).pipe(inMemory),
  )

  it.effect("AC-16: in compatibility, each result equals the predecessor's checkpoint byte for byte", () =>
    Effect.gen(function* () {
      yield* TestClock.setTime(frozen)
      const { results } = yield* runStudy(smallStudy, { ...small, compatibility: true, stopwatch: steppingWatch() })
      expect(results).toHaveLength(6)
      for (const result of results) {
        const text = fixtureText(`small_study/artifacts/checkpoints/${result.runId}.json`)
        expect(`${StableJson.indented(checkpointOf(result))}\n`).toBe(text)
      }
    }).pipe(inMemory),
  )

  it.effect("AC-18: gives rows for numbers and booleans, counts events, and reads tokens", () =>
    Effect.gen(function* () {
      const { results } = yield* runStudy(smallStudy, { ...small, compatibility: true })
      const run = results.find(({ runId }) => runId === "run-d5edc1a70b98")
      expect(run?.evaluatorOutputs.map(({ metricName, metricValue }) => [metricName, metricValue])).toEqual([
        ["score", 0.836],
        ["is_ok", true],
        ["count", 3],
      ])
      expect(run?.metrics.get("primary_outcome")).toBe(0.836)
      expect(StableJson.stringify(run?.metrics.get("input_tokens") ?? null)).toBe("5.0")
      expect(StableJson.stringify(run?.metrics.get("output_tokens") ?? null)).toBe("7.0")
      expect(
        ["tool_call_count", "step_event_count", "unique_actor_count"].map((name) => run?.metrics.get(name)),
      ).toEqual([1, 2, 2])
    }).pipe(inMemory),
  )

  it.effect("AC-17: a condition runner draws Python's numbers from each run's seed, and has no agent and problem", () =>
    Effect.gen(function* () {
      const { results } = yield* runStudy(
        { ...smallStudy, studyId: "golden-standalone", problemIds: [], agentSpecs: [] },
        {
          conditionRunner: ({ seed }) => {
            const random = MersenneTwister.make(seed)
            return { outputs: { draws: [random.random(), random.random()] } }
          },
        },
      )
      const drawsOf = (seed: number) =>
        results.filter(({ runSpec }) => runSpec.seed === seed).map(({ outputs }) => toJson(outputs))
      expect(results.map(({ runId }) => runId)).toContain("run-fced5f607a25")
      expect(drawsOf(1119740372)).toEqual([{ draws: [0.23810439835331598, 0.6035073365278907] }])
      expect(drawsOf(1362834508)).toEqual([{ draws: [0.018473950807570416, 0.37389309029226037] }])
      for (const { runSpec } of results) expect([runSpec.agentId, runSpec.problemId]).toEqual([null, null])
    }).pipe(inMemory),
  )
})

describe("order and randomness", () => {
  const draws = studyOf(10, { runBudget: { replicates: 2 } })

  it.live("AC-24: outputs are equal at parallelism 1, 2 and 8, and the caller's generator is untouched", () =>
    Effect.gen(function* () {
      const outputsAt = (parallelism: number) =>
        Effect.map(
          runStudy(draws, {
            parallelism,
            conditionRunner: async ({ random, replicate, factors }) => {
              const first = random.next()
              // Pauses of different lengths, so that runs cross each other.
              await new Promise((resolve) => setTimeout(resolve, (Number(factors["x"]) * 7 + replicate) % 5))
              return { outputs: { first, second: random.stream("b").next() } }
            },
          }),
          ({ results }) => results.map(({ outputs, runId }) => [runId, toJson(outputs)]),
        )
      const program = Effect.gen(function* () {
        const before = yield* Random.next
        const [serial, two, eight] = [yield* outputsAt(1), yield* outputsAt(2), yield* outputsAt(8)]
        return { before, serial, two, eight, after: yield* Random.next }
      })
      const { after, before, eight, serial, two } = yield* Random.withSeed(program, "caller")
      const alone = yield* Random.withSeed(Effect.all([Random.next, Random.next]), "caller")
      expect(serial).toHaveLength(20)
      expect(new Set(serial.map(([, outputs]) => JSON.stringify(outputs))).size).toBe(20)
      expect(two).toEqual(serial)
      expect(eight).toEqual(serial)
      expect([before, after]).toEqual(alone)
    }).pipe(inMemory),
  )

  it.effect("AC-24: Effect's own Random in a run is the run's, in any run of the ledger and at any parallelism", () =>
    Effect.gen(function* () {
      const outputsAt = (parallelism: number) =>
        Effect.map(
          runStudy(draws, {
            parallelism,
            conditionRunner: ({ replicate }) =>
              Effect.gen(function* () {
                for (let turn = 0; turn < replicate; turn++) yield* Effect.yieldNow
                return { outputs: { real: yield* Random.next, whole: yield* Random.nextInt } }
              }),
          }),
          ({ results }) => results.map(({ outputs }) => toJson(outputs)),
        )
      const serial = yield* outputsAt(1)
      expect(new Set(serial.map((outputs) => JSON.stringify(outputs))).size).toBe(20)
      expect(yield* outputsAt(8)).toEqual(serial)
    }).pipe(inMemory),
  )

  it.live("AC-25, R19: results come in plan order though later runs are faster", () =>
    Effect.gen(function* () {
      const finished: Array<unknown> = []
      const { results, runs } = yield* runStudy(studyOf(4), {
        parallelism: 4,
        conditionRunner: async ({ factors }) => {
          await new Promise((resolve) => setTimeout(resolve, (5 - Number(factors["x"])) * 25))
          finished.push(factors["x"])
          return { outputs: {} }
        },
      })
      expect(finished).toEqual([4, 3, 2, 1])
      expect(results.map(({ runId }) => runId)).toEqual(runs.map(({ runId }) => runId))
    }).pipe(inMemory),
  )

  it.effect("R14: a seeded Effect leaves the caller's generator where it was", () =>
    Effect.gen(function* () {
      const program = Effect.gen(function* () {
        const first = yield* Random.next
        yield* Effect.exit(reproducibleSeed(7)(Effect.andThen(Random.next, Effect.fail("after drawing"))))
        return [first, yield* Random.next]
      })
      expect(yield* Random.withSeed(program, "caller")).toEqual(
        yield* Random.withSeed(Effect.all([Random.next, Random.next]), "caller"),
      )
    }),
  )
})

describe("dry runs", () => {
  it.effect("R2: a dry run plans, runs nothing, and leaves no run in the ledger", () =>
    Effect.gen(function* () {
      let calls = 0
      const { plan, receipt, results, runs } = yield* runStudy(studyOf(3), {
        dryRun: true,
        conditionRunner: () => {
          calls++
          return { outputs: {} }
        },
      })
      expect([calls, results.length, receipt, runs.length, plan.units.length]).toEqual([0, 0, undefined, 3, 3])
    }).pipe(inMemory),
  )

  it.effect("R8: without problems the dry run asks for a condition runner", () =>
    Effect.gen(function* () {
      const report = yield* dryRunValidate(studyOf(2))
      expect(report.errors.join("\n")).toContain("conditionRunner")
      expect((yield* dryRunValidate(studyOf(2), { conditionRunner: () => null })).errors).toEqual([])
    }),
  )
})

describe("resuming", () => {
  it.effect(
    "R29: a study that is run twice without resuming is two runs of the ledger, and neither doubles the other",
    () =>
      Effect.gen(function* () {
        const conditionRunner = () => ({ outputs: {} })
        const [first, second] = [
          yield* runStudy(studyOf(2), { conditionRunner, runId: "one" }),
          yield* runStudy(studyOf(2), { conditionRunner, runId: "two" }),
        ]
        expect([first.runId, second.runId]).toEqual(["one", "two"])
        expect([first.results.length, second.results.length]).toEqual([2, 2])
      }).pipe(inMemory),
  )

  it.effect("R3, AC-39: a finished study calls nothing and hands over the same results", () =>
    Effect.gen(function* () {
      let calls = 0
      const conditionRunner = () => {
        calls++
        return { outputs: { a: 1 } }
      }
      const first = yield* runStudy(studyOf(4), { conditionRunner })
      const again = yield* resumeStudy(studyOf(4), { conditionRunner })
      expect(calls).toBe(4)
      expect(again.results).toEqual(first.results)
    }).pipe(inMemory),
  )
})
