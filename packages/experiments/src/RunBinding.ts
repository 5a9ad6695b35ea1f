/**
 * What a run calls: an agent under test, or one function for a whole condition. Both have one form, `(request) => result`,
 * where the result may be a value, a promise of it, or an Effect.
 *
 * @layer contract
 * @module
 */
import type * as Schema from "effect/Schema"
import type { Condition } from "./Condition.ts"
import type { RunSpec } from "./Run.ts"

/**
 * Random numbers of one run: derived from its seed and a name alone, so that they are the same at any parallelism and in
 * any order, and drawing more from one stream moves no other.
 *
 * @category models
 */
export interface RandomStream {
  /** From 0 (inclusive) to 1 (exclusive), with 53 random bits. */
  readonly next: () => number
  /** From `min` (inclusive) to `max` (exclusive), 0 and 1 unless given; `RangeError` for bounds that are no numbers. */
  readonly uniform: (min?: number, max?: number) => number
  /** A whole number from `min` to `max`, both inclusive; `RangeError` where there is none. */
  readonly integer: (min: number, max: number) => number
  /** Normally distributed; mean 0 and standard deviation 1 unless given; `RangeError` for what is no number. */
  readonly normal: (mean?: number, standardDeviation?: number) => number
  /** One of the items; `RangeError` where there is none. */
  readonly pick: <T>(items: ReadonlyArray<T>) => T
  /** The items in random order, as a new list. */
  readonly shuffle: <T>(items: ReadonlyArray<T>) => Array<T>
  /** A stream of its own; the same name gives the same numbers. */
  readonly stream: (name: string) => RandomStream
}

/** A problem that agents work on. @category models */
export interface ProblemPacket {
  readonly problemId: string
  /** `optimization`, `decision`, `text`, … */
  readonly family: string
  /** The task in words. */
  readonly brief: string
  readonly payload: { readonly [name: string]: Schema.Json }
  readonly metadata: { readonly [name: string]: Schema.Json }
  /** The problem as an object that agents can compute with, where it has one. */
  readonly object?: unknown
  /** Judges what an agent returned: numbers by name, rows, or a list of them. Also a promise or an Effect of it. */
  readonly evaluator?: (request: EvaluationRequest) => unknown
  /** Version of the problem's code, and of its evaluator's: part of the fingerprint of runs. */
  readonly version?: string
  readonly evaluatorVersion?: string
}

/** An event that an agent reports while it runs, or returns in `events`. Snake case names are understood as well. @category models */
export interface ObservedEvent {
  readonly text?: string
  /** `event` unless given; `tool_call`, `step` and `assistant_output` are counted. */
  readonly event_type?: string
  readonly actor_id?: string
  readonly level?: "study" | "run" | "trial" | "step" | "tool-call" | "evaluation"
  readonly meta_json?: { readonly [name: string]: Schema.Json }
  readonly [field: string]: unknown
}

/** What a run may say it has spent before it ends. @category models */
export interface Spent {
  readonly costUsd?: number
  /** Input and output together. */
  readonly tokens?: number
}

/** What a run is told, and what it may use. @category models */
export interface RunRequest {
  readonly runId: string
  readonly studyId: string
  readonly conditionId: string
  /** From 1. */
  readonly replicate: number
  /** 0 to 2^31 - 2. */
  readonly seed: number
  /** Which try this is, over all sessions, from 1. */
  readonly attempt: number
  readonly agentId: string | null
  readonly problemId: string | null
  /** The condition's values as plain JSON. */
  readonly factors: { readonly [name: string]: Schema.Json }
  readonly blocks: { readonly [name: string]: Schema.Json }
  /** Its place in the design beyond factors and blocks: `period`, `whole_plot`, `point_type`, …; empty where there is none. */
  readonly design: { readonly [name: string]: Schema.Json }
  /** The same with exact values: whole numbers and floats apart, in the order of the study. */
  readonly condition: Condition
  readonly runSpec: RunSpec
  /** Null where a run is one function without a problem. */
  readonly problem: ProblemPacket | null
  /** The problem's task in words; empty where there is none. */
  readonly brief: string
  /** Random numbers of this run. For the numbers of Python: `MersenneTwister.make(request.seed)`. */
  readonly random: RandomStream
  /** Aborted when the run is interrupted or runs out of time. */
  readonly signal: AbortSignal
  /** Reports an event at once: it is in the ledger even where the run never ends. */
  readonly observe: (event: ObservedEvent) => void
  /** Says what was spent so far; adds up. What `metrics` of the result say takes its place. */
  readonly spend: (spent: Spent) => void
}

/** What an evaluator is given. @category models */
export interface EvaluationRequest {
  /** `candidate`, `state`, `answer`, `solution`, `final_answer` or `x` of the output, else the whole output; plain JSON. */
  readonly candidate: Schema.Json
  /** The whole output as plain JSON. */
  readonly output: { readonly [name: string]: Schema.Json }
  readonly request: RunRequest
}

/**
 * Runs one run. An agent returns text, or `{ output, metrics, events, metadata, trace_refs, success }` of which everything
 * may be left out; a condition runner returns `{ outputs, metrics }`. Services that a returned Effect needs are looked up
 * where `runStudy` is run.
 *
 * @category models
 */
export type RunFunction = (request: RunRequest) => unknown

/** A function with what should stand in the record of its runs. @category models */
export interface Agent {
  readonly run: RunFunction
  /** Part of the fingerprint of its runs; the study's `agent_versions` unless given. */
  readonly version?: string
  /** Facts for the record: `agent_kind`, `model_name`, `model_provider`, `pattern_name`. */
  readonly metadata?: { readonly [name: string]: string }
}

/** A module file whose export is `async (run, context) => result`; runs where the placement says. @category models */
export interface RunModule {
  readonly _tag: "RunModule"
  /** `file:` URL. */
  readonly url: string
  readonly exportName: string
  /** A hash of the code, or its version: part of the fingerprint. */
  readonly version: string
  readonly metadata?: { readonly [name: string]: string }
}

/** What a module's function is told of its run: plain JSON. @category models */
export interface ModuleRun {
  readonly runId: string
  readonly studyId: string
  readonly conditionId: string
  /** From 1. */
  readonly replicate: number
  readonly seed: number
  readonly attempt: number
  readonly agentId: string | null
  readonly problemId: string | null
  readonly factors: { readonly [name: string]: Schema.Json }
  readonly blocks: { readonly [name: string]: Schema.Json }
  /** Its place in the design beyond factors and blocks: `period`, `whole_plot`, `point_type`, … */
  readonly design: { readonly [name: string]: Schema.Json }
  readonly problem: Pick<ProblemPacket, "problemId" | "family" | "brief" | "payload" | "metadata"> | null
}

/** What a module's function may use: `export default async (run, context) => result`. @category models */
export interface ModuleRunContext {
  readonly seed: number
  readonly attempt: number
  readonly random: RandomStream
  /** Aborted when the run is interrupted or runs out of time. */
  readonly signal: AbortSignal
  readonly observe: (event: ObservedEvent) => void
  readonly spend: (spent: Spent) => void
}

/** What a name may be bound to. @category models */
export type Binding = RunFunction | Agent | RunModule

/** Whether a binding is a module file. @category guards */
export const isModule = (binding: Binding): binding is RunModule =>
  typeof binding !== "function" && "_tag" in binding && binding._tag === "RunModule"

/** Names a module file and its export. @category constructors */
export const module = (
  url: string | URL,
  options: {
    readonly version: string
    readonly exportName?: string
    readonly metadata?: { readonly [name: string]: string }
  },
): RunModule => ({
  _tag: "RunModule",
  url: String(url),
  exportName: options.exportName ?? "default",
  version: options.version,
  ...(options.metadata === undefined ? {} : { metadata: options.metadata }),
})
