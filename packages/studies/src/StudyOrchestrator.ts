/**
 * The orchestrator: one pipeline over many studies. It selects, plans, estimates, runs and resumes; each study runs alone
 * with its own scope, context and log, over clients that all of them share and none can change.
 *
 * @layer logic
 * @module
 */
import * as Canonical from "@heddle/core/Canonical"
import type { Artifact } from "@heddle/core/Durable"
import { Ledger, type LedgerError } from "@heddle/core/Ledger"
import type { Outcome } from "@heddle/core/Outcome"
import { Placement } from "@heddle/core/Placement"
import * as Plan from "@heddle/core/Plan"
import * as Runner from "@heddle/core/Runner"
import type { Unit } from "@heddle/core/Unit"
import * as Work from "@heddle/core/Work"
import type * as Duration from "effect/Duration"
import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Result from "effect/Result"
import * as Schema from "effect/Schema"
import type * as Scope from "effect/Scope"
import * as Stream from "effect/Stream"
import * as CurrentStudy from "./CurrentStudy.ts"
import * as Estimate from "./Estimate.ts"
import * as ModuleHost from "./internal/moduleHost.ts"
import { runPipeline } from "./internal/runPipeline.ts"
import { OrchestratorError } from "./OrchestratorError.ts"
import * as Pipeline from "./Pipeline.ts"
import * as PipelineAdapter from "./PipelineAdapter.ts"
import * as Selection from "./Selection.ts"
import * as StudiesReport from "./StudiesReport.ts"
import type { StudyError } from "./StudyError.ts"
import type { StudyKey } from "./StudyKey.ts"
import * as StudyLog from "./StudyLog.ts"
import { StudyRegistry, type RegistryListing } from "./StudyRegistry.ts"
import { StudyScope, StudyScopes } from "./StudyScope.ts"

/** Studies that are asked for an estimate at a time, unless said otherwise. */
export const concurrencyDefault = 4

/** What the plan of a run over studies holds under `params`. @category schemas */
export const StudiesParams = Schema.Struct({
  pipeline: Schema.String,
  version: Schema.String,
  params: Schema.Json,
  /** The filters by name, so that a resumed run can say which studies are new. */
  include: Schema.optionalKey(Schema.Array(Schema.String)),
  exclude: Schema.optionalKey(Schema.Array(Schema.String)),
  /** True where a predicate took part, which cannot be stored. */
  where: Schema.Boolean,
})

/** How a pipeline is run over studies. @category models */
export interface RunStudiesOptions<P = unknown, A = unknown>
  extends Selection.SelectionOptions, Omit<Runner.RunOptions<A>, "resume" | "value" | "timeout" | "retry" | "details"> {
  /** The pipeline's parameters; checked before any request. */
  readonly params?: P
  /** Bound of one try of a study; none unless given. */
  readonly studyTimeout?: Duration.Input
  /** Tries of a study after the first; 0 unless given. Requests have retries of their own, in the client. */
  readonly studyRetries?: number | Exclude<Runner.RunOptions<A>["retry"], undefined>
  /** Further entries of the receipt's `details`. */
  readonly details?: Readonly<Record<string, Schema.Json>>
}

/** How a run is taken up again. @category models */
export interface ResumeStudiesOptions<P = unknown, A = unknown> extends Omit<
  RunStudiesOptions<P, A>,
  "include" | "exclude" | "runId" | "seed"
> {
  /** Also runs studies again whose failure is not retryable. */
  readonly retryFailed?: boolean
  /** Takes studies that are new in the registry into the plan, at its end. They are only listed unless this is true. */
  readonly adopt?: boolean
}

/** A selection and the plan that was made of it. @category models */
export interface StudiesPlan {
  readonly plan: Plan.Plan
  readonly selection: Selection.Selection
}

/** What a run over studies can fail with as a whole; a study's failure is never one of them. @category errors */
export type StudiesFailure = OrchestratorError | StudyError | Plan.PlanError | Runner.RunFailure

/**
 * Selecting, planning, estimating, running and resuming. What was asked for wrongly fails with `OrchestratorError` before
 * any study is asked anything, a registry that cannot be read with `StudyError`, a plan that cannot be made with
 * `PlanError`; running fails with what the Runner fails with too. A study that fails is an outcome in the report, never an
 * error here.
 *
 * @category models
 */
export interface StudyOrchestratorShape {
  /** Reads the registry and selects. A conflict of filters is found before any request. */
  readonly resolveStudies: (
    options?: Selection.SelectionOptions,
  ) => Effect.Effect<Selection.Selection, OrchestratorError | StudyError>
  /** Selects and plans: one unit per study in selection order. Runs nothing. */
  readonly plan: <X extends Pipeline.Executable>(
    pipeline: X,
    options?: Selection.SelectionOptions & { readonly params?: Pipeline.ParamsOf<X> },
  ) => Effect.Effect<StudiesPlan, OrchestratorError | StudyError | Plan.PlanError>
  /** How many requests a plan will make, by one small request per study and declared resource. */
  readonly estimate: (
    pipeline: Pipeline.Executable,
    plan: StudiesPlan,
    options?: { readonly concurrency?: number },
  ) => Effect.Effect<Estimate.Estimate, OrchestratorError>
  /** Selects, plans and runs. */
  readonly executePipeline: <X extends Pipeline.Executable>(
    pipeline: X,
    options?: RunStudiesOptions<Pipeline.ParamsOf<X>, Pipeline.ValueOf<X>>,
  ) => Effect.Effect<StudiesReport.StudiesReport<Pipeline.ValueOf<X>>, StudiesFailure, Needs<X>>
  /** Runs a plan that was made, and perhaps shown, before. */
  readonly executePlan: <X extends Pipeline.Executable>(
    pipeline: X,
    plan: StudiesPlan,
    options?: RunStudiesOptions<Pipeline.ParamsOf<X>, Pipeline.ValueOf<X>>,
  ) => Effect.Effect<StudiesReport.StudiesReport<Pipeline.ValueOf<X>>, StudiesFailure, Needs<X>>
  /** Takes up a run where it stopped, with the parameters of its plan unless others are given. */
  readonly resume: <X extends Pipeline.Executable>(
    runId: string,
    pipeline: X,
    options?: ResumeStudiesOptions<Pipeline.ParamsOf<X>, Pipeline.ValueOf<X>>,
  ) => Effect.Effect<StudiesReport.StudiesReport<Pipeline.ValueOf<X>>, StudiesFailure, Needs<X>>
  /** The same as {@link executePipeline}, each study's outcome as it ends; none of them is kept in memory. */
  readonly outcomes: <X extends Pipeline.Executable>(
    pipeline: X,
    options?: RunStudiesOptions<Pipeline.ParamsOf<X>, Pipeline.ValueOf<X>>,
  ) => Stream.Stream<Outcome, StudiesFailure, Needs<X>>
}

/** What running a pipeline needs beside the study itself. @category models */
export type Needs<X> = Exclude<Pipeline.RequirementsOf<X>, StudyScope | Scope.Scope> | Ledger

interface Prepared {
  readonly identity: Pipeline.Identity
  readonly params: Schema.Json
}

const make = Effect.gen(function* () {
  const registry = yield* StudyRegistry
  const scopes = yield* StudyScopes

  const listing: Effect.Effect<RegistryListing, StudyError> = Effect.provideService(
    registry.list,
    CurrentStudy.CurrentStudy,
    undefined,
  )

  const select = Effect.fnUntraced(function* (
    options: Selection.SelectionOptions,
  ): Effect.fn.Return<Selection.Selection, OrchestratorError | StudyError> {
    yield* Effect.fromResult(Selection.check(options))
    const selection = yield* Effect.fromResult(Selection.select(yield* listing, options))
    yield* Effect.logDebug(`the registry lists ${selection.registry} studies`)
    return selection
  })

  const resolveStudies = Effect.fn("StudyOrchestrator.resolveStudies")(function* (
    options: Selection.SelectionOptions = {},
  ): Effect.fn.Return<Selection.Selection, OrchestratorError | StudyError> {
    const selection = yield* select(options)
    yield* Effect.logInfo(`selected ${selection.selected.length}/${selection.registry} studies`)
    for (const warning of selection.warnings) yield* Effect.logWarning(warning)
    return selection
  })

  const planOf = (
    prepared: Prepared,
    options: Selection.SelectionOptions,
    keys: ReadonlyArray<StudyKey>,
  ): Effect.Effect<Plan.Plan, Plan.PlanError> => {
    const { identity, params } = prepared
    const reason = options.include === undefined ? "listed by the registry" : "included by name"
    return Plan.makeEffect({
      kind: "studies",
      params: {
        pipeline: identity.name,
        version: identity.version,
        params,
        ...(options.include === undefined ? {} : { include: options.include }),
        ...(options.exclude === undefined ? {} : { exclude: options.exclude }),
        where: options.where !== undefined,
      },
      code: `${identity.name}@${identity.version}`,
      units: keys.map((studyKey) => ({
        id: studyKey,
        reason,
        input: { studyKey, params },
        // Not the filters: a study that is done stays done when another selection finds it again.
        fingerprint: Canonical.hash({ pipeline: identity.name, version: identity.version, params, studyKey }),
      })),
    })
  }

  const plan = Effect.fn("StudyOrchestrator.plan")(function* (
    pipeline: Pipeline.Executable,
    options: Selection.SelectionOptions & { readonly params?: unknown } = {},
  ): Effect.fn.Return<StudiesPlan, OrchestratorError | StudyError | Plan.PlanError> {
    yield* Effect.fromResult(Selection.check(options))
    const prepared = yield* prepare(pipeline, options.params)
    const selection = yield* resolveStudies(options)
    return { plan: yield* planOf(prepared, options, selection.selected), selection }
  })

  const estimate: StudyOrchestratorShape["estimate"] = Effect.fn("StudyOrchestrator.estimate")(function* (
    pipeline,
    studiesPlan,
    options = {},
  ) {
    const { name } = yield* Effect.fromResult(Pipeline.identityOf(pipeline))
    const { params } = yield* madeFor(pipeline, studiesPlan.plan)
    const resources = yield* Effect.fromResult(Pipeline.resourcesOf(pipeline, params))
    const studies = yield* Effect.forEach(
      studiesPlan.plan.units,
      (unit) => inStudy(unit.id)(Estimate.study(unit.id, () => scopes.open(unit.id), resources)),
      { concurrency: options.concurrency ?? concurrencyDefault },
    )
    return Estimate.total(name, resources.length > 0, studies)
  })

  /** The work of one study: its own scope, context, log annotations and cursors around the pipeline. */
  const workOf = Effect.fnUntraced(function* (
    pipeline: Pipeline.Executable,
    concurrency: number,
    written: Map<string, ReadonlyArray<Artifact>>,
    returnedNothing: Set<StudyKey>,
  ): Effect.fn.Return<(unit: Unit) => Effect.Effect<unknown, unknown>, Work.PlacementError, Scope.Scope> {
    const placement = yield* Placement
    const work: Work.Work<unknown, unknown, StudyScope | ModuleHost.Cursors> = Pipeline.isModule(pipeline)
      ? Work.module(pipeline.url, pipeline.exportName, {
          host: ModuleHost.host,
          adapterUrl: yield* PipelineAdapter.url,
        })
      : (unit: Unit) => runPipeline(pipeline, paramsOf(unit))
    const run = yield* placement.prepare(work, { concurrency })
    const artifacts = Pipeline.isPipeline(pipeline) ? artifactsReader(pipeline) : undefined
    return (unit) => {
      const studied = Effect.scoped(
        Effect.gen(function* () {
          const cursors = yield* ModuleHost.makeCursors
          const value = (yield* Effect.provideService(run(unit), ModuleHost.Cursors, cursors)) ?? null
          // A later try may have returned something.
          if (cursors.returnedNothing) returnedNothing.add(unit.id)
          else returnedNothing.delete(unit.id)
          if (artifacts !== undefined) written.set(unit.id, artifacts(value))
          return value
        }),
      )
      // An own implementation of the scopes may throw; that is this study's failure and no other's.
      return inStudy(unit.id)(Effect.suspend(() => Effect.provideService(studied, StudyScope, scopes.open(unit.id))))
    }
  })

  const runOptionsOf = (
    pipeline: Pipeline.Executable,
    studiesPlan: StudiesPlan,
    stored: typeof StudiesParams.Type,
    options: RunStudiesOptions,
    written: ReadonlyMap<string, ReadonlyArray<Artifact>>,
    drift: StudiesReport.RegistryDrift | undefined,
  ): Runner.RunOptions => {
    const { include, exclude, where, strict, params, studyTimeout, studyRetries, details, ...rest } = options
    void [include, exclude, where, strict, params]
    const codec = Pipeline.isPipeline(pipeline) ? pipeline.spec.value : undefined
    const own: StudiesReport.Details = {
      pipeline: { name: stored.pipeline, version: stored.version },
      params: stored.params,
      selection: studiesPlan.selection,
      ...(drift === undefined ? {} : { drift }),
    }
    return {
      defectTag: "PipelineDefect",
      ...rest,
      ...(studyTimeout === undefined ? {} : { timeout: studyTimeout }),
      ...(studyRetries === undefined
        ? {}
        : { retry: typeof studyRetries === "number" ? { times: studyRetries } : studyRetries }),
      ...(codec === undefined ? {} : { value: codec }),
      artifacts: Effect.map(options.artifacts ?? Effect.succeed([]), (given) => [
        ...studiesPlan.plan.units.flatMap((unit) => written.get(unit.id) ?? []),
        ...given,
      ]),
      details: { ...details, ...Schema.encodeSync(StudiesReport.Details)(own) },
    }
  }

  /** The Runner sees a function; where it really runs is what the placement says. */
  const placed = (name: string) => ({
    name,
    prepare: <A, E, R>(work: Work.Work<A, E, R>) =>
      Work.isModule(work)
        ? Effect.fail(new Work.PlacementError({ reason: { _tag: "ClosureCannotCross", placement: name } }))
        : Effect.succeed(work),
  })

  /** Loads and places the pipeline: a file that does not load is found before any request. */
  const ready = Effect.fnUntraced(function* (pipeline: Pipeline.Executable, concurrency: number | undefined) {
    yield* Effect.fromResult(Pipeline.identityOf(pipeline))
    const written = new Map<string, ReadonlyArray<Artifact>>()
    const returnedNothing = new Set<StudyKey>()
    const placement = yield* Placement
    const work = yield* workOf(pipeline, concurrency ?? concurrencyDefault, written, returnedNothing)
    return { work, written, returnedNothing, placement: placed(placement.name) }
  })

  const execute = Effect.fnUntraced(function* (
    pipeline: Pipeline.Executable,
    made: Effect.Effect<StudiesPlan, OrchestratorError | StudyError | Plan.PlanError>,
    options: RunStudiesOptions,
    resume?: { readonly retryFailed: boolean; readonly drift: StudiesReport.RegistryDrift },
  ): Effect.fn.Return<StudiesReport.StudiesReport, StudiesFailure, Ledger | Scope.Scope> {
    yield* Effect.fromResult(Selection.check(options))
    const { work, written, returnedNothing, placement } = yield* ready(pipeline, options.concurrency)
    const studiesPlan = yield* made
    const stored = yield* madeFor(pipeline, studiesPlan.plan)
    if (resume !== undefined && options.runId !== undefined && Pipeline.isPipeline(pipeline)) {
      // What earlier sessions wrote is part of the receipt as well.
      const artifacts = artifactsReader(pipeline)
      yield* Stream.runForEach((yield* Ledger).outcomes(options.runId), (outcome) =>
        Effect.sync(() => {
          if (outcome.value !== undefined) written.set(outcome.id, artifacts(outcome.value))
        }),
      )
    }
    const runOptions = runOptionsOf(pipeline, studiesPlan, stored, options, written, resume?.drift)
    const receipt = yield* Effect.provideService(
      Runner.run(studiesPlan.plan, work, {
        ...runOptions,
        ...(resume === undefined ? {} : { resume: { retryFailed: resume.retryFailed } }),
      }),
      Placement,
      placement,
    )
    if (returnedNothing.size > 0) {
      yield* Effect.logWarning(
        `the pipeline returned nothing for ${returnedNothing.size} studies; where a value was meant, return it, else return null`,
      )
    }
    return StudiesReport.make(
      receipt,
      studiesPlan.selection,
      resume?.drift,
      studiesPlan.plan.units.flatMap((unit) => (returnedNothing.has(unit.id) ? [unit.id] : [])),
    )
  })

  const executePlan = (pipeline: Pipeline.Executable, studiesPlan: StudiesPlan, options: RunStudiesOptions = {}) =>
    Effect.withSpan(
      Effect.scoped(execute(pipeline, Effect.succeed(studiesPlan), options)),
      "StudyOrchestrator.executePlan",
    )

  const executePipeline = (pipeline: Pipeline.Executable, options: RunStudiesOptions = {}) =>
    Effect.withSpan(
      Effect.scoped(execute(pipeline, plan(pipeline, options), options)),
      "StudyOrchestrator.executePipeline",
    )

  const resume = (runId: string, pipeline: Pipeline.Executable, options: ResumeStudiesOptions = {}) =>
    Effect.scoped(
      Effect.gen(function* () {
        const { retryFailed, adopt, ...rest } = options
        const stored = yield* storedPlan(runId)
        const identity = yield* Effect.fromResult(Pipeline.identityOf(pipeline))
        if (identity.name !== stored.params.pipeline) {
          return yield* notAStudiesRun(runId, `it ran ${stored.params.pipeline}, not ${identity.name}`)
        }
        const prepared =
          options.params === undefined
            ? { identity, params: stored.params.params }
            : yield* prepare(pipeline, options.params)
        const filters: Selection.SelectionOptions = {
          ...(stored.params.include === undefined ? {} : { include: stored.params.include }),
          ...(stored.params.exclude === undefined ? {} : { exclude: stored.params.exclude }),
          where: options.where,
        }
        const now = yield* select(filters)
        const planned = stored.plan.units.map((unit) => unit.id)
        const drift = driftOf(planned, now, stored.params)
        const keys = adopt === true ? [...planned, ...drift.added] : planned
        const unitPlan = yield* planOf(prepared, filters, keys)
        const due = yield* dueOf(runId, unitPlan, retryFailed === true)
        yield* Effect.logInfo(`resuming ${due} of ${unitPlan.units.length} studies`)
        for (const warning of now.warnings) yield* Effect.logWarning(warning)
        const changes = driftWarnings(drift, adopt === true)
        for (const warning of changes) yield* Effect.logWarning(warning)
        const selection: Selection.Selection = { ...now, selected: keys, warnings: [...now.warnings, ...changes] }
        return yield* execute(
          pipeline,
          Effect.succeed({ plan: unitPlan, selection }),
          { ...rest, runId },
          { retryFailed: retryFailed === true, drift },
        )
      }),
    )

  const outcomes = (pipeline: Pipeline.Executable, options: RunStudiesOptions = {}) =>
    Stream.unwrap(
      Effect.gen(function* () {
        const { work, written, placement } = yield* ready(pipeline, options.concurrency)
        const studiesPlan = yield* plan(pipeline, options)
        const stored = yield* madeFor(pipeline, studiesPlan.plan)
        const events = Runner.events(studiesPlan.plan, work, {
          ...runOptionsOf(pipeline, studiesPlan, stored, options, written, undefined),
        })
        return Stream.provideService(
          Stream.flatMap(events, ({ event }) =>
            event.type === "unitFinished" ? Stream.succeed(event.outcome) : Stream.empty,
          ),
          Placement,
          placement,
        )
      }),
    )

  // Inside, a pipeline's parameters, value and services are unknown: they are what its type says, its schema checks them,
  // and its services are looked up in the caller's context. The shape gives each call the types of its pipeline back.
  const shape: unknown = { resolveStudies, plan, estimate, executePlan, executePipeline, resume, outcomes }
  return shape as StudyOrchestratorShape
})

/** Runs pipelines over the studies of a registry; commands and programs call it. @category services */
export class StudyOrchestrator extends Context.Service<StudyOrchestrator, StudyOrchestratorShape>()(
  "@heddle/studies/StudyOrchestrator",
) {
  /** Over the registry and the scopes that are provided. */
  static readonly layer: Layer.Layer<StudyOrchestrator, never, StudyRegistry | StudyScopes> = Layer.effect(
    StudyOrchestrator,
    make,
  )
}

const inStudy =
  (studyKey: StudyKey) =>
  <A, E, R>(effect: Effect.Effect<A, E, R>): Effect.Effect<A, E, R> =>
    StudyLog.annotate(studyKey)(CurrentStudy.provide(studyKey)(effect))

/** Everything that can be checked of a pipeline and its parameters before any request. */
const prepare = Effect.fnUntraced(function* (
  pipeline: unknown,
  given: unknown,
): Effect.fn.Return<Prepared, OrchestratorError> {
  const identity = yield* Effect.fromResult(Pipeline.identityOf(pipeline))
  if (!Pipeline.isPipeline(pipeline)) {
    const json = Schema.decodeUnknownResult(Schema.Json)(given ?? {})
    if (Result.isSuccess(json)) return { identity, params: json.success }
    return yield* new OrchestratorError({
      reason: { _tag: "InvalidParams", pipeline: identity.name, problem: "they are not JSON" },
    })
  }
  const spec = Pipeline.looseSpec(pipeline)
  const decoded = yield* Effect.fromResult(Pipeline.decodeParams(spec, given))
  const completed = spec.complete === undefined ? decoded : yield* spec.complete(decoded)
  return { identity, params: yield* Effect.fromResult(Pipeline.encodeParams(spec, completed)) }
})

/** A plan made for another pipeline would record this one's results under the other's name. */
const madeFor = Effect.fnUntraced(function* (
  pipeline: Pipeline.Executable,
  plan: Plan.Plan,
): Effect.fn.Return<typeof StudiesParams.Type, OrchestratorError> {
  const { name, version } = yield* Effect.fromResult(Pipeline.identityOf(pipeline))
  const params = Schema.decodeUnknownResult(StudiesParams)(plan.params)
  if (Result.isSuccess(params) && params.success.pipeline === name && params.success.version === version) {
    return params.success
  }
  return yield* new OrchestratorError({
    reason: { _tag: "InvalidPipeline", problem: `the plan was not made for ${name} version ${version}` },
  })
})

const artifactsReader = (pipeline: {
  readonly spec: { readonly artifacts?: (value: never) => ReadonlyArray<Artifact> }
}): ((value: unknown) => ReadonlyArray<Artifact>) => {
  // A pipeline's reader is asked about what that pipeline returned, or what its codec made of it.
  const read = pipeline.spec.artifacts as ((value: unknown) => ReadonlyArray<Artifact>) | undefined
  return (value) => (read === undefined ? [] : read(value))
}

const paramsOf = (unit: Unit): Schema.Json => {
  const input = unit.input
  if (typeof input !== "object" || input === null || !("params" in input)) return {}
  return input.params ?? {}
}

const storedPlan = Effect.fnUntraced(function* (
  runId: string,
): Effect.fn.Return<
  { readonly plan: Plan.Plan; readonly params: typeof StudiesParams.Type },
  OrchestratorError | LedgerError | Plan.PlanError,
  Ledger
> {
  const ledger = yield* Ledger
  const plan = yield* Effect.flatMap(ledger.getPlan(runId), Plan.verify)
  if (plan.kind !== "studies") return yield* notAStudiesRun(runId, `it is a run of ${plan.kind}`)
  const params = Schema.decodeUnknownResult(StudiesParams)(plan.params)
  if (Result.isFailure(params)) return yield* notAStudiesRun(runId, params.failure.message)
  return { plan, params: params.success }
})

/** How many studies of a plan the next session will run, by the Runner's own rules: what is finished is not due. */
const dueOf = Effect.fnUntraced(function* (
  runId: string,
  plan: Plan.Plan,
  retryFailed: boolean,
): Effect.fn.Return<number, LedgerError, Ledger> {
  const ledger = yield* Ledger
  const fingerprints = new Map(plan.units.map((unit) => [unit.id, unit.fingerprint]))
  yield* Stream.runForEach(ledger.unitStates(runId), ({ fingerprint, id, outcome, started }) =>
    Effect.sync(() => {
      if (outcome === undefined || fingerprints.get(id) !== fingerprint) return
      const { attempts, failure, status } = outcome
      const finished = status === "succeeded" || status === "reused"
      const final = status === "failed" && started <= attempts && failure?.retryable !== true && !retryFailed
      if (finished || final) fingerprints.delete(id)
    }),
  )
  return fingerprints.size
})

const notAStudiesRun = (runId: string, problem: string): OrchestratorError =>
  new OrchestratorError({ reason: { _tag: "NotAStudiesRun", runId, problem } })

const driftOf = (
  planned: ReadonlyArray<StudyKey>,
  now: Selection.Selection,
  stored: typeof StudiesParams.Type,
): StudiesReport.RegistryDrift => {
  const known = new Set(planned)
  const listed = new Set([...now.selected, ...now.excluded, ...now.filtered])
  // Where the run was made with a predicate that is not given again, a study may be missing from the plan on purpose.
  const added = stored.where && now.filtered.length === 0 ? [] : now.selected.filter((key) => !known.has(key))
  return { added, removed: planned.filter((key) => !listed.has(key)) }
}

const driftWarnings = (drift: StudiesReport.RegistryDrift, adopted: boolean): ReadonlyArray<string> => {
  const names = (keys: ReadonlyArray<string>) => keys.map((key) => JSON.stringify(key)).join(", ")
  const warnings: Array<string> = []
  if (drift.added.length > 0) {
    const what = adopted ? "added to the run" : "not part of this run"
    warnings.push(`${drift.added.length} studies are new in the registry and ${what}: ${names(drift.added)}`)
  }
  if (drift.removed.length > 0) {
    warnings.push(`${drift.removed.length} studies of this run are no longer listed: ${names(drift.removed)}`)
  }
  return warnings
}
