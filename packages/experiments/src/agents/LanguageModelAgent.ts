/**
 * An agent that asks a language model, whichever provider's layer is given: the problem's brief is the prompt, what comes
 * back is the answer, and what the model used is in the measures.
 *
 * @layer adapter
 * @module
 */
import * as Canonical from "@heddle/core/Canonical"
import * as LanguageModel from "effect/ai/LanguageModel"
import type * as Prompt from "effect/ai/Prompt"
import * as Effect from "effect/Effect"
import type { Json } from "effect/Schema"
import type { Agent, RunRequest } from "../RunBinding.ts"

/** How the model is asked. @category models */
export interface LanguageModelOptions {
  /** Stands in the record of each run, and in the fingerprint with the prompts. */
  readonly modelName?: string
  readonly modelProvider?: string
  /** Version of what the functions below use beside their own text; part of the fingerprint. */
  readonly version: string
  /** Instructions before the task; none unless given. */
  readonly system?: string | ((request: RunRequest) => string)
  /** The task; the problem's brief and its payload unless given. */
  readonly prompt?: (request: RunRequest) => string
  /** What the answer means; `{ text }` unless given. May throw: then the run fails, with its cost kept. */
  readonly read?: (text: string, request: RunRequest) => { readonly [name: string]: unknown }
  /** US dollars of a million tokens; without it no cost is known. */
  readonly price?: { readonly input: number; readonly output: number }
}

const promptDefault = ({ problem }: RunRequest): string => {
  if (problem === null) throw new TypeError("the language model agent needs a problem, or a prompt of its own")
  const payload = Object.keys(problem.payload).length === 0 ? "" : `\n\n${JSON.stringify(problem.payload)}`
  return `${problem.brief}${payload}`
}

/** A function counts by its text: what it closes over is for `version` to say. */
const textOf = (part: unknown): Json =>
  typeof part === "string" ? part : typeof part === "function" ? String(part) : null

const versionOf = ({ modelName, modelProvider, price, prompt, read, system, version }: LanguageModelOptions): string =>
  Canonical.hash([
    version,
    modelName ?? null,
    modelProvider ?? null,
    textOf(system),
    textOf(prompt),
    textOf(read),
    price === undefined ? null : [price.input, price.output],
  ])

/**
 * Makes the agent over the language model that is provided. A call that fails fails the run with the provider's error; the
 * tokens of a call are counted also where its answer cannot be read.
 *
 * @category agents
 */
export const make = (options: LanguageModelOptions): Effect.Effect<Agent, never, LanguageModel.LanguageModel> =>
  Effect.map(LanguageModel.LanguageModel, (model): Agent => ({
    version: versionOf(options),
    metadata: {
      agent_kind: "language_model",
      ...(options.modelName === undefined ? {} : { model_name: options.modelName }),
      ...(options.modelProvider === undefined ? {} : { model_provider: options.modelProvider }),
    },
    run: (request) =>
      Effect.gen(function* () {
        const system = typeof options.system === "function" ? options.system(request) : options.system
        const task = (options.prompt ?? promptDefault)(request)
        const prompt: Prompt.RawInput = [
          ...(system === undefined ? [] : [{ role: "system" as const, content: system }]),
          { role: "user" as const, content: [{ type: "text" as const, text: task }] },
        ]
        const response = yield* Effect.provideService(
          LanguageModel.generateText({ prompt }),
          LanguageModel.LanguageModel,
          model,
        )
        const input = response.usage.inputTokens.total
        const output = response.usage.outputTokens.total
        const known = input !== undefined && output !== undefined
        const costUsd =
          known && options.price !== undefined
            ? (input * options.price.input + output * options.price.output) / 1_000_000
            : undefined
        // Before the answer is read: it was paid for in any case.
        request.spend({
          ...(known ? { tokens: input + output } : {}),
          ...(costUsd === undefined ? {} : { costUsd }),
        })
        const { text } = response
        return {
          output: options.read === undefined ? { text } : { text, ...options.read(text, request) },
          metrics: {
            ...(input === undefined ? {} : { input_tokens: input }),
            ...(output === undefined ? {} : { output_tokens: output }),
            ...(costUsd === undefined ? {} : { cost_usd: costUsd }),
          },
          events: [
            { event_type: "prompt", actor_id: "user", text: task },
            {
              event_type: "assistant_output",
              text,
              meta_json: { finish_reason: response.finishReason },
            },
          ],
        }
      }),
  }))
