import { describe, expect, it } from "@effect/vitest"
import * as LedgerMemory from "@heddle/core/LedgerMemory"
import { Effect, Layer, Stream } from "effect"
import { AiError, LanguageModel } from "effect/ai"
import * as LanguageModelAgent from "../../src/agents/LanguageModelAgent.ts"
import { runStudy } from "../../src/StudyRunner.ts"
import { studyOf } from "../runStudies.ts"

/** A model that answers from a record, and keeps what it was asked. */
const recorded = (answers: ReadonlyMap<string, string>) => {
  const asked: Array<string> = []
  const layer = Layer.effect(
    LanguageModel.LanguageModel,
    LanguageModel.make({
      generateText: ({ prompt }) =>
        Effect.suspend(() => {
          const text = JSON.stringify(prompt.content)
          asked.push(text)
          const found = [...answers].find(([question]) => text.includes(question))
          if (found === undefined) {
            return Effect.fail(
              AiError.make({
                module: "Recorded",
                method: "generateText",
                reason: new AiError.InvalidRequestError({ description: "there is no record of this" }),
              }),
            )
          }
          return Effect.succeed([
            { type: "text" as const, text: found[1] },
            {
              type: "finish" as const,
              reason: "stop" as const,
              usage: {
                inputTokens: { uncached: 100, total: 120, cacheRead: 20, cacheWrite: 0 },
                outputTokens: { total: 30, text: 30, reasoning: 0 },
              },
              response: undefined,
            },
          ])
        }),
      streamText: () => Stream.empty,
    }),
  )
  return { asked, layer }
}

const problem = (brief: string) => ({
  problemId: "p",
  family: "text",
  brief,
  payload: { unit: "mm" },
  metadata: {},
  evaluator: ({ output }: { readonly output: { readonly [name: string]: unknown } }) => ({
    score: Number(output["number"]),
  }),
})

const study = studyOf(1, { agentSpecs: ["model"], problemIds: ["p"] })

const runWith = (
  model: ReturnType<typeof recorded>,
  brief: string,
  options: Partial<LanguageModelAgent.LanguageModelOptions> = {},
) =>
  Effect.gen(function* () {
    const agent = yield* LanguageModelAgent.make({
      version: "1",
      modelName: "recorded-1",
      modelProvider: "tests",
      price: { input: 2, output: 10 },
      system: "Answer with a number.",
      read: (text) => {
        const number = Number(text)
        if (Number.isNaN(number)) throw new TypeError(`${text} is no number`)
        return { number }
      },
      ...options,
    })
    const { results } = yield* runStudy(study, {
      agentBindings: { model: agent },
      problemRegistry: { p: problem(brief) },
    })
    return results[0]
  }).pipe(Effect.provide([model.layer, LedgerMemory.layer()]))

describe("an agent over a language model", () => {
  it.effect("asks with the problem's brief, and records answer, tokens, cost and model", () =>
    Effect.gen(function* () {
      const model = recorded(new Map([["How long is it?", "42"]]))
      const result = yield* runWith(model, "How long is it?")
      expect(result).toMatchObject({ status: "success", errorInfo: null })
      expect(model.asked[0]).toContain("Answer with a number.")
      expect(model.asked[0]).toContain('{\\"unit\\":\\"mm\\"}')
      expect(result?.metrics.get("primary_outcome")).toBe(42)
      expect(result?.metrics.get("input_tokens")).toMatchObject({ value: 120 })
      expect(result?.metrics.get("output_tokens")).toMatchObject({ value: 30 })
      // 120 tokens at 2 and 30 tokens at 10 dollars a million.
      expect(result?.costUsd).toBeCloseTo(0.00054, 12)
      expect(result?.provenanceInfo.get("model_name")).toBe("recorded-1")
      expect(result?.observations.map(({ eventType }) => eventType)).toEqual(["prompt", "assistant_output"])
    }),
  )

  it.effect("AC-31: an answer that cannot be read fails the run, and what it cost is kept", () =>
    Effect.gen(function* () {
      const result = yield* runWith(recorded(new Map([["How long", "quite long"]])), "How long is it?")
      expect(result).toMatchObject({ status: "failed", errorInfo: "TypeError: quite long is no number" })
      expect(result?.costUsd).toBeCloseTo(0.00054, 12)
    }),
  )

  it.effect("a provider's error is the run's error", () =>
    Effect.gen(function* () {
      const result = yield* runWith(recorded(new Map()), "How long is it?")
      expect(result?.status).toBe("failed")
      expect(result?.errorInfo).toContain("there is no record of this")
    }),
  )

  it.effect("is another agent with another model, another prompt, or another way to read the answer", () =>
    Effect.gen(function* () {
      const base = { version: "1", modelName: "m1", system: "be brief", prompt: () => "a" }
      const versions: Array<string | undefined> = []
      for (const options of [
        base,
        { ...base, version: "2" },
        { ...base, modelName: "m2" },
        { ...base, modelProvider: "p" },
        { ...base, system: "be long" },
        { ...base, prompt: () => "b" },
        { ...base, read: (text: string) => ({ answer: text }) },
        { ...base, price: { input: 1, output: 2 } },
      ]) {
        versions.push((yield* LanguageModelAgent.make(options)).version)
      }
      expect(new Set(versions).size).toBe(versions.length)
      expect((yield* LanguageModelAgent.make({ ...base })).version).toBe(versions[0])
    }).pipe(Effect.provide(recorded(new Map()).layer)),
  )
})
