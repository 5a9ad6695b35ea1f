/**
 * Pipelines: what is done for each study. A pipeline is an Effect function, an async function, or a file; it has a name,
 * a version and parameters, and all three are part of the fingerprint of every study it runs for.
 *
 * @layer logic
 * @module
 */
import * as Canonical from "@heddle/core/Canonical"
import type { Artifact } from "@heddle/core/Durable"
import * as Effect from "effect/Effect"
import * as Result from "effect/Result"
import * as Schema from "effect/Schema"
import { OrchestratorError } from "./OrchestratorError.ts"
import type { StudyKey } from "./StudyKey.ts"
import type { StudyLog } from "./StudyLog.ts"
import type { Item, ReadOptions, Resource, StudyScopeShape } from "./StudyScope.ts"

/** A study as a pipeline sees it. Frozen; shared clients and limits lie behind it. @category models */
export interface Study {
  readonly studyKey: StudyKey
  /** Items in the source's own order, one page in memory at a time. Rejects with the study's own error. */
  readonly read: (resource: Resource, options?: ReadOptions) => AsyncIterable<Item>
  /** How many items there are, by one small request. */
  readonly count: (resource: Resource, options?: ReadOptions) => Promise<number>
  readonly log: StudyLog
}

/** The same with the Effect interface; pipelines in a worker have no `scope`. @category models */
export interface LocalStudy extends Study {
  readonly scope: StudyScopeShape
}

/** What a pipeline is given beside its study. @category models */
export interface PipelineContext<out P = Schema.Json> {
  readonly params: P
  /** Aborted when the study is interrupted or runs out of time. */
  readonly signal: AbortSignal
  /** Which try of this study it is, from 1. */
  readonly attempt: number
}

/** What a pipeline says of itself. @category models */
export interface PipelineSpec<P, A> {
  /** Short and stable: it stands in plans, receipts and fingerprints. */
  readonly name: string
  /** Changed whenever the result may change for the same study. */
  readonly version: string
  /** Checks parameters; none are taken unless given. */
  readonly params?: Schema.Codec<P, Schema.Json>
  /** What it reads, for the estimate of requests. */
  readonly resources?: ReadonlyArray<Resource> | ((params: P) => ReadonlyArray<Resource>)
  /** Checks values before they are recorded; without it they must be JSON all the same. */
  readonly value?: Schema.Codec<A, A>
  /**
   * Completes parameters when a plan is made, such as with the present instant; what it gives is stored in the plan, so
   * that a resumed run works on the same.
   */
  readonly complete?: (params: P) => Effect.Effect<P>
  /** The files that a value speaks of; they stand in the receipt. */
  readonly artifacts?: (value: A) => ReadonlyArray<Artifact>
}

const TypeId = "~@heddle/studies/Pipeline"

/**
 * A pipeline in this process. It is a function as well, so that a file may export it as its default.
 *
 * @category models
 */
export interface Pipeline<in out P = never, in out A = unknown, out E = never, out R = never> {
  (study: LocalStudy, context: PipelineContext): unknown
  readonly [TypeId]: { readonly _E: () => E; readonly _R: () => R }
  readonly spec: PipelineSpec<P, A>
}

/** A pipeline that is code in a file; see `Pipeline.module`. @category models */
export interface PipelineModule {
  readonly _tag: "PipelineModule"
  readonly name: string
  /** Hash of the code: part of every fingerprint. */
  readonly version: string
  /** `file:` URL. */
  readonly url: string
  readonly exportName: string
  readonly resources: ReadonlyArray<Resource>
}

/**
 * A function without a name and version of its own, giving an Effect, a promise or a value; its source text stands in for
 * the version. Every {@link Pipeline} is one too.
 *
 * @category models
 */
export type PipelineFunction = (study: LocalStudy, context: PipelineContext) => unknown

/** Everything that can be run over studies. @category models */
export type Executable = PipelineModule | PipelineFunction

/** The parameters that an executable takes. @category models */
export type ParamsOf<X> = X extends { readonly spec: PipelineSpec<infer P, infer _A> } ? P : Schema.Json

/** The value that an executable gives for each study. @category models */
export type ValueOf<X> = X extends { readonly spec: PipelineSpec<infer _P, infer A> }
  ? A
  : X extends PipelineModule
    ? Schema.Json
    : X extends (study: LocalStudy, context: PipelineContext) => infer Returned
      ? Returned extends Effect.Effect<infer A, infer _E, infer _R>
        ? A
        : Awaited<Returned>
      : never

/** The services that an executable needs. @category models */
export type RequirementsOf<X> = X extends { readonly [TypeId]: { readonly _R: () => infer R } }
  ? R
  : X extends PipelineModule
    ? never
    : X extends (study: LocalStudy, context: PipelineContext) => Effect.Effect<infer _A, infer _E, infer R>
      ? R
      : never

/**
 * Makes a pipeline of an Effect function or of an async function.
 *
 * @example
 * import { definePipeline } from "@heddle/studies/Pipeline"
 *
 * const pipeline = definePipeline({
 *   name: "form-names",
 *   version: "1",
 *   resources: ["forms"],
 *   run: async (study) => {
 *     const names = []
 *     for await (const form of study.read("forms")) names.push(form.formName ?? null)
 *     return names
 *   },
 * })
 * pipeline.spec.name // => "form-names"
 *
 * @category constructors
 */
export const definePipeline: {
  <A, E, R, P = Readonly<Record<string, never>>>(
    spec: PipelineSpec<P, A> & {
      readonly run: (study: LocalStudy, context: PipelineContext<P>) => Effect.Effect<A, E, R>
    },
  ): Pipeline<P, A, E, R>
  <A, P = Readonly<Record<string, never>>>(
    spec: PipelineSpec<P, A> & { readonly run: (study: LocalStudy, context: PipelineContext<P>) => PromiseLike<A> | A },
  ): Pipeline<P, A>
} = <A, P>(
  spec: PipelineSpec<P, A> & { readonly run: (study: LocalStudy, context: PipelineContext<P>) => unknown },
): Pipeline<P, A, never, never> => {
  const { run, ...rest } = spec
  const call = (study: LocalStudy, context: PipelineContext): unknown =>
    run(study, { ...context, params: Result.getOrThrow(decodeParams(rest, context.params)) })
  return Object.assign(call, { [TypeId]: phantom, spec: Object.freeze(rest) } as const)
}

const phantom = {
  _E: (): never => {
    throw new Error("the error type has no value")
  },
  _R: (): never => {
    throw new Error("the requirement type has no value")
  },
}

/** A pipeline by the address of its file. `version` is the hash of its code. @category constructors */
export const module = (spec: {
  readonly name: string
  readonly version: string
  readonly url: string | URL
  readonly exportName?: string
  readonly resources?: ReadonlyArray<Resource>
}): PipelineModule => ({
  _tag: "PipelineModule",
  name: spec.name,
  version: spec.version,
  url: String(spec.url),
  exportName: spec.exportName ?? "default",
  resources: spec.resources ?? [],
})

/** Whether a value was made by {@link definePipeline}. @category guards */
export const isPipeline = (value: unknown): value is Pipeline<never, unknown, unknown, never> =>
  typeof value === "function" && TypeId in value && "spec" in value

/** A pipeline's spec with nothing known of its types: its own schema says what its parameters are. @category accessors */
export const looseSpec = (pipeline: { readonly spec: object }): PipelineSpec<unknown, unknown> => {
  const spec: object = pipeline.spec
  // Its functions are only ever given what its own schema decoded, so their real parameter types hold.
  return spec as PipelineSpec<unknown, unknown>
}

/** Whether a value was made by {@link module}. @category guards */
export const isModule = (value: unknown): value is PipelineModule =>
  typeof value === "object" && value !== null && "_tag" in value && value._tag === "PipelineModule"

/** A pipeline's identity: what a plan stores and fingerprints hold. @category models */
export interface Identity {
  readonly name: string
  readonly version: string
}

/** What a pipeline is called, or `InvalidPipeline` with the reason why it is none. @category accessors */
export const identityOf = (pipeline: unknown): Result.Result<Identity, OrchestratorError> => {
  if (isModule(pipeline)) {
    return Result.succeed({ name: pipeline.name, version: pipeline.version })
  }
  if (isPipeline(pipeline)) {
    const { name, version } = pipeline.spec
    if (typeof name !== "string" || name === "") return notPipeline("it has no name")
    if (typeof version !== "string" || version === "") return notPipeline(`${name} has no version`)
    return Result.succeed({ name, version })
  }
  if (typeof pipeline === "function") {
    // Without a version the only thing that tells one code from another is its text.
    return Result.succeed({
      name: pipeline.name === "" ? "function" : pipeline.name,
      version: `sha256:${Canonical.sha256Hex(Function.prototype.toString.call(pipeline))}`,
    })
  }
  if (Effect.isEffect(pipeline)) return notPipeline("it is an Effect, not a function that gives one for each study")
  return notPipeline(`it is ${pipeline === null ? "null" : `a value of type ${typeof pipeline}`}`)
}

/**
 * What a pipeline reads under parameters as a plan holds them; empty where it does not say. Fails with `InvalidParams`
 * where the resources depend on parameters that do not fit.
 *
 * @category accessors
 */
export const resourcesOf = (
  pipeline: Executable,
  params: Schema.Json,
): Result.Result<ReadonlyArray<Resource>, OrchestratorError> => {
  if (isModule(pipeline)) return Result.succeed(pipeline.resources)
  if (!isPipeline(pipeline)) return Result.succeed([])
  const spec = looseSpec(pipeline)
  const resources = spec.resources ?? []
  return typeof resources === "function" ? Result.map(decodeParams(spec, params), resources) : Result.succeed(resources)
}

const notPipeline = (problem: string): Result.Result<never, OrchestratorError> =>
  Result.fail(new OrchestratorError({ reason: { _tag: "InvalidPipeline", problem } }))

/** Decodes parameters by the pipeline's schema; unknown ones are refused with `InvalidParams`. @category decoding */
export const decodeParams = <P, A>(spec: PipelineSpec<P, A>, params: unknown): Result.Result<P, OrchestratorError> => {
  const codec: Schema.Codec<unknown, Schema.Json> = spec.params ?? NoParams
  const decoded = Schema.decodeUnknownResult(codec, { onExcessProperty: "error" })(params ?? {})
  return Result.isSuccess(decoded)
    ? // Without a schema P is the empty record, which NoParams checks; with one it is what the schema decodes to.
      Result.succeed(decoded.success as P)
    : Result.fail(
        new OrchestratorError({
          reason: { _tag: "InvalidParams", pipeline: spec.name, problem: String(decoded.failure.message) },
        }),
      )
}

/** Encodes parameters for a plan; `InvalidParams` where the schema refuses them. @category encoding */
export const encodeParams = <P, A>(
  spec: PipelineSpec<P, A>,
  params: P,
): Result.Result<Schema.Json, OrchestratorError> => {
  if (spec.params === undefined) return Result.succeed({})
  const encoded = Schema.encodeUnknownResult(spec.params)(params)
  return Result.isSuccess(encoded)
    ? Result.succeed(encoded.success)
    : Result.fail(
        new OrchestratorError({
          reason: { _tag: "InvalidParams", pipeline: spec.name, problem: String(encoded.failure.message) },
        }),
      )
}

const NoParams = Schema.Record(Schema.String, Schema.Never)
