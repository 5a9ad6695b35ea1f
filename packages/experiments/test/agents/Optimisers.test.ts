import { describe, expect, it } from "@effect/vitest"
import * as LedgerMemory from "@heddle/core/LedgerMemory"
import { Effect, Result } from "effect"
import { coordinateSearch, evolutionStrategy, randomSearch } from "../../src/agents/Optimisers.ts"
import { randomBaseline } from "../../src/agents/RandomBaseline.ts"
import { problems } from "../../src/benchmarks/Functions.ts"
import { EvaluationsSpent, begin } from "../../src/benchmarks/Optimisation.ts"
import type { Agent, RunRequest } from "../../src/RunBinding.ts"
import * as StudyFile from "../../src/StudyFile.ts"
import { runStudy } from "../../src/StudyRunner.ts"
import { toNumber } from "../../src/Value.ts"

const inMemory = Effect.provide(LedgerMemory.layer())
const agents = {
  random_search: randomSearch,
  evolution_strategy: evolutionStrategy,
  coordinate_search: coordinateSearch,
  baseline: randomBaseline,
}

const studyOf = (agentSpecs: ReadonlyArray<string>, problemIds: ReadonlyArray<string>, replicates = 5) =>
  Result.getOrThrow(
    StudyFile.make({
      studyId: "optimisers",
      title: "Optimisers",
      factors: [StudyFile.factor("evaluations", [40, 200]), StudyFile.factor("step_size", [0.1])],
      outcomes: [
        {
          name: "regret",
          sourceTable: "evaluations",
          column: "metric_value",
          aggregation: "mean",
          derivation: null,
          primary: true,
          expectedType: "float",
          missingDataPolicy: "drop",
          description: "",
        },
      ],
      agentSpecs,
      problemIds,
      runBudget: { replicates },
    }),
  )

const run = (agentSpecs: ReadonlyArray<string>, problemIds: ReadonlyArray<string>, replicates?: number) =>
  runStudy(studyOf(agentSpecs, problemIds, replicates), { agentBindings: agents, problemRegistry: problems() })

describe("optimisers as agents", () => {
  it.effect("every run gives a candidate whose regret the problem itself has computed", () =>
    Effect.gen(function* () {
      const { results } = yield* run(Object.keys(agents), ["sphere", "rosenbrock", "branin", "hartmann6"], 1)
      expect(results).toHaveLength(2 * 4 * 4)
      for (const { errorInfo, evaluatorOutputs, metrics } of results) {
        expect(errorInfo).toBe(null)
        expect(evaluatorOutputs.map(({ metricName }) => metricName)).toEqual(["objective", "regret"])
        expect(metrics.get("primary_outcome")).toEqual(evaluatorOutputs[1]?.metricValue)
        expect(toNumber(metrics.get("primary_outcome") ?? null)).toBeGreaterThanOrEqual(0)
      }
    }).pipe(inMemory),
  )

  it.effect(
    "the experiment has its true answer: on the sphere a strategy that learns beats random points, and more evaluations help",
    () =>
      Effect.gen(function* () {
        const { results } = yield* run(["random_search", "evolution_strategy", "coordinate_search"], ["sphere"])
        const mean = (agent: string, evaluations: number) => {
          const of = results.filter(
            ({ metrics, runSpec }) => runSpec.agentId === agent && metrics.get("evaluations") === evaluations,
          )
          expect(of).toHaveLength(5)
          return of.reduce((sum, { metrics }) => sum + (toNumber(metrics.get("primary_outcome")) ?? Number.NaN), 0) / 5
        }
        expect(mean("evolution_strategy", 200)).toBeLessThan(mean("random_search", 200) / 10)
        expect(mean("coordinate_search", 200)).toBeLessThan(mean("random_search", 200) / 10)
        for (const agent of ["random_search", "evolution_strategy"]) {
          expect(mean(agent, 200)).toBeLessThan(mean(agent, 40))
        }
      }).pipe(inMemory),
  )

  it.effect("an agent that asks for more evaluations than it has fails by itself", () =>
    Effect.gen(function* () {
      const greedy: Agent = {
        run: (request) => {
          const objective = begin(request)
          for (;;) objective.evaluate([0, 0])
        },
      }
      const { results } = yield* runStudy(studyOf(["greedy"], ["sphere"], 1), {
        agentBindings: { greedy },
        problemRegistry: problems(),
      })
      expect(results.map(({ errorInfo }) => errorInfo)).toEqual([
        "EvaluationsSpent: all 40 evaluations of the run are spent",
        "EvaluationsSpent: all 200 evaluations of the run are spent",
      ])
      expect(new EvaluationsSpent(1)).toBeInstanceOf(Error)
    }).pipe(inMemory),
  )

  it.effect("a candidate outside of the bounds has no value: the run fails, and its output is kept", () =>
    Effect.gen(function* () {
      const { results } = yield* runStudy(studyOf(["far"], ["sphere"], 1), {
        agentBindings: { far: () => ({ output: { candidate: [99, 0] } }) },
        problemRegistry: problems(),
      })
      expect(results[0]?.errorInfo).toContain("RangeError: the candidate of sphere-2 must be 2 numbers")
      expect(results[0]?.outputs.get("candidate")).toEqual([99, 0])
    }).pipe(inMemory),
  )
})

describe("the random baseline", () => {
  const answersOf = (request: Partial<RunRequest>) =>
    Effect.map(
      runStudy(studyOf(["baseline"], ["p"], 20), {
        agentBindings: agents,
        problemRegistry: { p: { ...request.problem } },
      }),
      ({ results }) => results.map(({ errorInfo, outputs }) => errorInfo ?? outputs.get("candidate")),
    )

  it.effect("answers a decision problem with its candidates, all of them in time, the same from the same seed", () =>
    Effect.gen(function* () {
      const problem = {
        problemId: "p",
        family: "decision",
        brief: "",
        payload: { candidates: ["a", "b"] },
        metadata: {},
      }
      const answers = yield* answersOf({ problem })
      expect(new Set(answers)).toEqual(new Set(["a", "b"]))
      expect(yield* answersOf({ problem })).toEqual(answers)
    }).pipe(inMemory),
  )

  it.effect("asks a problem's object for its candidates", () =>
    Effect.gen(function* () {
      const object = {
        *iterCandidates() {
          yield { x: 1 }
        },
      }
      const problem = { problemId: "p", family: "decision", brief: "", payload: {}, metadata: {}, object }
      expect((yield* answersOf({ problem }))[0]).toEqual(new Map([["x", 1]]))
    }).pipe(inMemory),
  )

  it.effect("says so where a problem has neither candidates nor bounds", () =>
    Effect.gen(function* () {
      const problem = { problemId: "p", family: "text", brief: "", payload: {}, metadata: {} }
      expect((yield* answersOf({ problem }))[0]).toContain("has neither")
    }).pipe(inMemory),
  )
})
