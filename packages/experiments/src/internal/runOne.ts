/**
 * One run from its start to its record: the call of the agent or of the condition runner, the reading of what came back,
 * the evaluation, the measures. What is known of a run that fails is noted in the ledger before it fails.
 *
 * @layer logic
 * @module
 */
import { CurrentUnit, type CurrentUnitShape } from "@heddle/core/CurrentUnit"
import type { Unit } from "@heddle/core/Unit"
import * as Cause from "effect/Cause"
import * as Clock from "effect/Clock"
import * as Effect from "effect/Effect"
import * as Random from "effect/Random"
import * as Result from "effect/Result"
import type { Json } from "effect/Schema"
import { answerEvent, normalizeExecution, observationOf, type ExecutionPlace } from "../Agents.ts"
import type { Condition } from "../Condition.ts"
import { placesOf } from "../DesignPlaces.ts"
import { evaluatorInput, normalizeEvaluation, type Evaluator } from "../Evaluators.ts"
import { composeMetrics, floatOf } from "../Metrics.ts"
import type { Evaluation, Observation, RunSpec } from "../Run.ts"
import type { ObservedEvent, ProblemPacket, RandomStream, RunRequest, Spent } from "../RunBinding.ts"
import { RunFailed, type RunStage } from "../RunError.ts"
import * as RunRandom from "../RunRandom.ts"
import type { Study } from "../Study.ts"
import { repr } from "../StableJson.ts"
import { amountOf, type BudgetName } from "../StudyPlan.ts"
import { emptyMap, float, isMap, mapToJson, toJson, type Value, type ValueMap } from "../Value.ts"
import { type RunContent, encode, timestampOf } from "./runCodec.ts"
import { wrongOutcome } from "./runOutcomes.ts"
import { isPromiseLike, notOfRunner, toValue } from "./runReturn.ts"
import { failureOf, Thrown } from "./runThrown.ts"

/** The name under which the ledger has what is known of a try that failed. */
export const noteName = "experiments.run"
/** The name under which the ledger has events while a run goes on. */
export const observationName = "experiments.observation"

/** Events that one run may report while it goes on. */
export const observationsMax = 100_000

/** What runs a run: an agent or a condition runner, wherever its code runs. */
export interface Performer {
  readonly call: (request: RunRequest, unit: Unit) => unknown
  /** Facts for the record. */
  readonly metadata: { readonly [name: string]: string }
}

/** Everything that the runs of a study share. */
export interface RunEnvironment {
  readonly study: Study
  readonly compatibility: boolean
  readonly specs: ReadonlyMap<string, RunSpec>
  readonly conditions: ReadonlyMap<string, Condition>
  /** By agent id; the condition runner under the empty name. */
  readonly performers: ReadonlyMap<string, Performer>
  readonly problems: ReadonlyMap<string, ProblemPacket>
  readonly evaluators: ReadonlyArray<Evaluator>
  /** Seconds of a clock that only goes forward; the Clock's own unless given. */
  readonly stopwatch: (() => number) | undefined
  /** Runs under way by unit id, for what worker threads ask. */
  readonly active: Map<string, OneRun>
}

/** Facts of an agent's metadata that belong to the record of the run. */
const factNames = [
  "model_name",
  "model_provider",
  "agent_kind",
  "pattern_name",
  "request_id",
  "trace_dir",
  "trace_path",
] as const

class Request implements RunRequest {
  readonly #run: OneRun
  readonly runId: string
  readonly studyId: string
  readonly conditionId: string
  readonly replicate: number
  readonly seed: number
  readonly attempt: number
  readonly agentId: string | null
  readonly problemId: string | null
  readonly condition: Condition
  readonly runSpec: RunSpec
  readonly problem: ProblemPacket | null
  readonly brief: string
  readonly random: RandomStream

  constructor(run: OneRun, problem: ProblemPacket | null) {
    const { spec } = run
    this.#run = run
    this.runId = spec.runId
    this.studyId = spec.studyId
    this.conditionId = spec.conditionId
    this.replicate = spec.replicate
    this.seed = spec.seed
    this.attempt = Math.max(1, run.current.attempt)
    this.agentId = spec.agentId
    this.problemId = spec.problemId
    this.condition = run.condition
    this.runSpec = spec
    this.problem = problem
    this.brief = problem?.brief ?? ""
    this.random = RunRandom.make(spec.seed)
  }

  get factors(): { readonly [name: string]: Json } {
    return mapToJson(this.condition.factorAssignments)
  }

  get blocks(): { readonly [name: string]: Json } {
    return mapToJson(this.condition.blockAssignments)
  }

  get design(): { readonly [name: string]: Json } {
    return mapToJson(placesOf(this.condition))
  }

  get signal(): AbortSignal {
    return this.#run.signal()
  }

  readonly observe = (event: ObservedEvent): void => this.#run.observe(event)

  readonly spend = (spent: Spent): void => this.#run.spend(spent)
}

/** Starts to count seconds. Whole nanoseconds are subtracted, so that no digit is lost to the size of the clock. */
const stopwatchOf = (seconds: (() => number) | undefined, clock: Clock.Clock): (() => number) => {
  if (seconds !== undefined) {
    const start = seconds()
    return () => Math.max(0, seconds() - start)
  }
  const start = clock.monotonicTimeNanosUnsafe()
  return () => Math.max(0, Number(clock.monotonicTimeNanosUnsafe() - start) / 1e9)
}

const refuse = (stage: RunStage, errorType: string, problem: string): RunFailed =>
  new RunFailed({ stage, errorType, problem })

/** The amounts among the measures of something that is no result otherwise. */
const amountsOf = (returned: unknown): ValueMap => {
  const amounts = new Map<string, Value>()
  try {
    const metrics: unknown = Reflect.get(Object(returned), "metrics")
    for (const name of ["cost_usd", "input_tokens", "output_tokens"]) {
      const amount: unknown = Reflect.get(Object(metrics), name)
      if (typeof amount === "number" && Number.isFinite(amount) && amount >= 0) amounts.set(name, float(amount))
    }
  } catch {
    // A getter of theirs threw: then nothing more is known.
  }
  return amounts
}

const amountOrThrow = (amount: number | undefined, name: string): number => {
  if (amount === undefined) return 0
  if (Number.isFinite(amount) && amount >= 0) return amount
  throw new RangeError(`what was spent (${name}) must be a number of 0 or more; it is ${amount}`)
}

/** One try of one run. */
export class OneRun {
  readonly environment: RunEnvironment
  readonly unit: Unit
  readonly spec: RunSpec
  readonly condition: Condition
  readonly current: CurrentUnitShape
  readonly #clock: Clock.Clock
  /** Reads the time since the start, in seconds. */
  readonly #elapsedS: () => number
  readonly #startedAt: string
  #latencyS: number | undefined
  #endedAt: string | undefined
  #controller: AbortController | undefined
  // What is known so far.
  #outputs: ValueMap = emptyMap
  #agentMetrics: ValueMap = emptyMap
  #metrics: ValueMap = emptyMap
  #observations: ReadonlyArray<Observation> = []
  #evaluations: ReadonlyArray<Evaluation> = []
  #traceRefs: ReadonlyArray<string> = []
  #facts: Array<readonly [string, Value]> = []
  readonly #observed: Array<Observation> = []
  readonly #spent = { costUsd: undefined as number | undefined, tokens: undefined as number | undefined }
  /** True once the agent was called: from then on money may have been spent. */
  #called = false
  #recorded = false

  constructor(environment: RunEnvironment, unit: Unit, current: CurrentUnitShape, clock: Clock.Clock) {
    this.environment = environment
    this.unit = unit
    this.current = current
    this.#clock = clock
    const spec = environment.specs.get(unit.id)
    const condition = spec === undefined ? undefined : environment.conditions.get(spec.conditionId)
    if (spec === undefined || condition === undefined) throw new Error(`unit ${unit.id} is no run of this study`)
    this.spec = spec
    this.condition = condition
    this.#startedAt = timestampOf(clock.currentTimeMillisUnsafe())
    this.#elapsedS = stopwatchOf(environment.stopwatch, clock)
  }

  #end(): void {
    if (this.#latencyS !== undefined) return
    this.#latencyS = this.#elapsedS()
    this.#endedAt = timestampOf(this.#clock.currentTimeMillisUnsafe())
  }

  #place(): ExecutionPlace {
    return {
      runId: this.spec.runId,
      studyId: this.spec.studyId,
      conditionId: this.spec.conditionId,
      timestamp: timestampOf(this.#clock.currentTimeMillisUnsafe()),
      compatibility: this.environment.compatibility,
    }
  }

  // --- what the run may use --------------------------------------------------------------------------------------

  signal(): AbortSignal {
    this.#controller ??= new AbortController()
    return this.#controller.signal
  }

  observe(event: unknown): void {
    if (this.#observed.length >= observationsMax) {
      throw new RangeError(`a run may report ${observationsMax} events; write more of them to a file`)
    }
    const read = toValue(event)
    if ("problem" in read) throw new TypeError(`an event holds ${read.problem}`)
    if (!isMap(read.value)) throw new TypeError("an event must be an object")
    const observation = observationOf(read.value, this.#observed.length, this.#place())
    if (Result.isFailure(observation)) throw new TypeError(observation.failure)
    this.#observed.push(observation.success)
    const { actorId, eventType, level, text } = observation.success
    // Appends at once; where the ledger is behind, the run is held back elsewhere.
    Effect.runFork(this.current.note(observationName, { eventType, actorId, level, text }))
  }

  spend(spent: Spent): void {
    const costUsd = amountOrThrow(spent.costUsd, "costUsd")
    const tokens = amountOrThrow(spent.tokens, "tokens")
    if (spent.costUsd !== undefined) this.#spent.costUsd = (this.#spent.costUsd ?? 0) + costUsd
    if (spent.tokens !== undefined) this.#spent.tokens = (this.#spent.tokens ?? 0) + tokens
  }

  // --- the run -----------------------------------------------------------------------------------------------------

  readonly body = (): Effect.Effect<void, RunFailed | Thrown> => {
    const { environment, spec } = this
    const name = spec.agentId ?? ""
    const performer = environment.performers.get(name)
    if (performer === undefined) {
      const called = spec.agentId === null ? "a condition runner" : `the agent ${JSON.stringify(name)}`
      return Effect.fail(refuse("agent", "UnknownAgent", `nothing is bound to ${called}`))
    }
    let packet: ProblemPacket | null = null
    if (spec.problemId !== null) {
      const found = environment.problems.get(spec.problemId)
      if (found === undefined) {
        return Effect.fail(
          refuse("problem", "UnknownProblem", `nothing is registered for ${JSON.stringify(spec.problemId)}`),
        )
      }
      packet = found
      this.#facts.push(["problem_family", packet.family])
    }
    const request = new Request(this, packet)
    const addFacts = (metadata: ValueMap | { readonly [name: string]: string }) => {
      for (const fact of factNames) {
        const value = metadata instanceof Map ? metadata.get(fact) : Reflect.get(metadata, fact)
        if (value === undefined || value === null) continue
        // An empty text says that it is empty, and takes nothing away that is known.
        if (value === "" && this.#facts.some(([known]) => known === fact)) continue
        this.#facts = [...this.#facts.filter(([known]) => known !== fact), [fact, value]]
      }
    }
    addFacts(performer.metadata)
    this.#called = true
    return Effect.flatMap(
      this.#settle("agent", () => performer.call(request, this.unit)),
      (returned): Effect.Effect<void, RunFailed | Thrown> => {
        const read = toValue(returned)
        if ("problem" in read) {
          this.#agentMetrics = amountsOf(returned)
          return Effect.fail(refuse("result", "InvalidReturn", `the run returned ${read.problem}`))
        }
        if (returned === undefined && !environment.compatibility) {
          return Effect.fail(refuse("result", "InvalidReturn", "the run returned nothing; return what came of it"))
        }
        return spec.agentId === null ? this.#callback(read.value) : this.#agent(read.value, request, packet, addFacts)
      },
    )
  }

  #callback(raw: Value): Effect.Effect<void, RunFailed> {
    // The word of agents is understood too, where nothing else could be meant.
    const outputs = isMap(raw)
      ? (raw.get("outputs") ?? (this.environment.compatibility ? undefined : raw.get("output")))
      : undefined
    const metrics = isMap(raw) ? (raw.get("metrics") ?? emptyMap) : undefined
    if (!isMap(outputs) || !isMap(metrics)) {
      // What it says that it cost, it cost, whatever else is wrong with it.
      if (isMap(metrics)) this.#agentMetrics = metrics
      return Effect.fail(refuse("result", "InvalidReturn", notOfRunner(raw)))
    }
    this.#outputs = outputs
    this.#agentMetrics = metrics
    this.#observations = this.environment.compatibility
      ? this.#observed
      : [...this.#observed, this.#finished("run_finished")]
    this.#end()
    const latency = float(this.#latencyS ?? 0)
    this.#metrics = metrics.has("latency_s") ? metrics : new Map([...metrics, ["latency_s", latency]])
    if (!this.environment.compatibility && !this.#metrics.has("primary_outcome")) {
      const declared = this.environment.study.outcomes.find((outcome) => outcome.primary)
      const primary = declared === undefined ? undefined : (metrics.get(declared.column) ?? metrics.get(declared.name))
      if (primary !== undefined) this.#metrics = new Map([...this.#metrics, ["primary_outcome", primary]])
    }
    if (isMap(raw) && raw.get("success") === false) return Effect.fail(this.#reported(outputs))
    return Effect.andThen(this.#checkAmounts(), this.#checkOutcomes())
  }

  /** Every run leaves one event at least, so that its table of events is never empty. */
  #finished(eventType: string): Observation {
    return { ...answerEvent("", this.#place(), eventType), level: "run" }
  }

  #agent(
    raw: Value,
    request: RunRequest,
    packet: ProblemPacket | null,
    addFacts: (metadata: ValueMap) => void,
  ): Effect.Effect<void, RunFailed | Thrown> {
    const execution = normalizeExecution(raw, this.#place(), this.#observed)
    if (Result.isFailure(execution)) {
      const said = isMap(raw) ? raw.get("metrics") : undefined
      if (isMap(said)) this.#agentMetrics = said
      return Effect.fail(refuse("result", "InvalidEvent", execution.failure))
    }
    const { events, metadata, metrics, output, success, traceRefs } = execution.success
    this.#outputs = output
    this.#agentMetrics = metrics
    this.#observations = events
    this.#traceRefs = traceRefs
    addFacts(metadata)
    if (!success && !this.environment.compatibility) return Effect.fail(this.#reported(output))
    return Effect.flatMap(Effect.andThen(this.#checkAmounts(), this.#evaluate(request, packet)), () => {
      this.#end()
      this.#metrics = composeMetrics({
        agentMetrics: metrics,
        evaluationRows: this.#evaluations,
        observations: events,
        latencyS: this.#latencyS ?? 0,
        costUsd: this.#costUsd() ?? 0,
        outcomes: this.environment.study.outcomes,
        compatibility: this.environment.compatibility,
      })
      return this.#checkOutcomes()
    })
  }

  #reported(output: ValueMap): RunFailed {
    const said = output.get("error") ?? output.get("text")
    return refuse(
      "agent",
      "AgentReportedFailure",
      typeof said === "string" && said.trim() !== "" ? said : "the agent says that it did not succeed",
    )
  }

  #evaluate(request: RunRequest, packet: ProblemPacket | null): Effect.Effect<void, RunFailed | Thrown> {
    const { evaluators } = this.environment
    const own = packet?.evaluator
    if (own === undefined && evaluators.length === 0) return Effect.void
    const given = {
      candidate: toJson(evaluatorInput(this.#outputs)),
      output: mapToJson(this.#outputs),
      request,
    }
    const one = (evaluate: (of: typeof given) => unknown, evaluatorId?: string) =>
      Effect.flatMap(
        this.#settle("evaluator", () => evaluate(given)),
        (returned): Effect.Effect<void, RunFailed> => {
          const read = toValue(returned)
          if ("problem" in read) {
            return Effect.fail(refuse("evaluator", "InvalidReturn", `the evaluator returned ${read.problem}`))
          }
          const rows = normalizeEvaluation(read.value, {
            runId: this.spec.runId,
            compatibility: this.environment.compatibility,
            ...(evaluatorId === undefined ? {} : { evaluatorId }),
          })
          this.#evaluations = this.#evaluations.length === 0 ? rows : [...this.#evaluations, ...rows]
          return Effect.void
        },
      )
    const first = own === undefined ? Effect.void : one(own)
    if (evaluators.length === 0) return first
    return Effect.andThen(
      first,
      Effect.forEach(evaluators, ({ evaluate, evaluatorId }) => one(evaluate, evaluatorId), { discard: true }),
    )
  }

  /** Calls users' code; whatever it gives (an Effect, a promise, a value, something thrown) becomes one Effect. */
  #settle(stage: RunStage, call: () => unknown): Effect.Effect<unknown, Thrown> {
    let returned: unknown
    try {
      returned = call()
    } catch (error) {
      return Effect.fail(new Thrown(stage, Cause.die(error)))
    }
    if (Effect.isEffect(returned)) {
      const random = this.#effectRandom()
      // The services that it needs are looked up in the fiber that runs the study.
      const effect = returned as Effect.Effect<unknown, unknown>
      return Effect.catchCause(Effect.provideService(effect, Random.Random, random), (cause) =>
        Effect.fail(new Thrown(stage, cause)),
      )
    }
    if (!isPromiseLike(returned)) return Effect.succeed(returned)
    const promise = returned
    return Effect.callback<unknown, Thrown>((resume) => {
      const wait = async (): Promise<void> => {
        try {
          resume(Effect.succeed(await promise))
        } catch (error) {
          resume(Effect.fail(new Thrown(stage, Cause.die(error))))
        }
      }
      void wait()
    })
  }

  #effectRandom(): (typeof Random.Random)["Service"] {
    const stream = RunRandom.make(this.spec.seed).stream("effect")
    const span = Number.MAX_SAFE_INTEGER - Number.MIN_SAFE_INTEGER + 1
    return {
      nextDoubleUnsafe: stream.next,
      nextIntUnsafe: () => Math.floor(stream.next() * span) + Number.MIN_SAFE_INTEGER,
    }
  }

  // --- spending ----------------------------------------------------------------------------------------------------

  /** What the run cost as far as it said; undefined where it said nothing. */
  #costUsd(): number | undefined {
    return this.#amount("cost_usd") ?? this.#spent.costUsd
  }

  /** What the measures say of an amount; undefined where that is none. The predecessor takes negative ones too. */
  #amount(name: string): number | undefined {
    const said = floatOf(this.#agentMetrics.get(name))
    return said !== undefined && Number.isFinite(said) && (said >= 0 || this.environment.compatibility)
      ? said
      : undefined
  }

  /** An amount that cannot be: it would make budgets and sums wrong without a word. Tokens that are no number are 0. */
  #checkAmounts(): Effect.Effect<void, RunFailed> {
    if (this.environment.compatibility) return Effect.void
    for (const name of ["cost_usd", "input_tokens", "output_tokens"] as const) {
      const value = this.#agentMetrics.get(name)
      if (value === undefined || value === null || this.#amount(name) !== undefined) continue
      if (name !== "cost_usd" && floatOf(value) === undefined) continue
      return Effect.fail(
        refuse("result", "InvalidReturn", `${name} must be a number of 0 or more; it is ${repr(value).slice(0, 80)}`),
      )
    }
    return Effect.void
  }

  /** Outcomes that cannot be counted with, and then what was spent. The predecessor records whatever it is given. */
  #checkOutcomes(): Effect.Effect<void, RunFailed> {
    const { compatibility, study } = this.environment
    const problem = compatibility ? undefined : wrongOutcome(study.outcomes, this.#metrics, this.#evaluations)
    return problem === undefined ? this.#withinCaps() : Effect.fail(refuse("result", "InvalidOutcome", problem))
  }

  #tokens(): number | undefined {
    const input = this.#amount("input_tokens")
    const output = this.#amount("output_tokens")
    return input === undefined && output === undefined ? this.#spent.tokens : (input ?? 0) + (output ?? 0)
  }

  #withinCaps(): Effect.Effect<void, RunFailed> {
    const perRun = this.environment.study.heddle.budgets?.perRun
    if (perRun === undefined) return Effect.void
    for (const [name, spent] of [
      ["cost_usd", this.#costUsd()],
      ["tokens", this.#tokens()],
    ] as const) {
      const cap = amountOf(perRun, name)
      // One part in 10^9 is rounding in the run's own sums.
      if (cap !== undefined && spent !== undefined && spent > cap * (1 + 1e-9)) {
        return Effect.fail(refuse("budget", "RunOverBudget", `it spent ${spent} of ${name}; a run may spend ${cap}`))
      }
    }
    return Effect.void
  }

  /** Tells the budgets what was spent. A try that never said counts with its whole cap, whatever other tries said. */
  #report(): Effect.Effect<void> {
    const { budgets } = this.unit
    const perRun = this.environment.study.heddle.budgets?.perRun
    const amount = (name: BudgetName, known: number | undefined) => known ?? (this.#called ? amountOf(perRun, name) : 0)
    const costUsd = amount("cost_usd", this.#costUsd())
    const tokens = amount("tokens", this.#tokens())
    const said: Array<Effect.Effect<void>> = []
    const add = (name: string, spent: number | undefined) => {
      if (spent === undefined || !Number.isFinite(spent) || spent < 0) return
      if (spent > 0 || budgets?.[name] !== undefined) said.push(this.current.spend(name, spent))
    }
    add("cost_usd", costUsd)
    add("tokens", tokens)
    if (budgets?.["time_s"] !== undefined) add("time_s", this.#latencyS)
    return said.length === 0 ? Effect.void : Effect.all(said, { discard: true })
  }

  // --- the record --------------------------------------------------------------------------------------------------

  #content(errorInfo: string | null): RunContent {
    this.#end()
    return {
      outputs: this.#outputs,
      metrics: this.#metrics,
      evaluations: this.#evaluations,
      observations: this.#observations,
      costUsd: this.#costUsd() ?? 0,
      latencyS: this.#latencyS ?? 0,
      traceRefs: this.#traceRefs,
      facts: this.#facts,
      startedAt: this.#startedAt,
      endedAt: this.#endedAt ?? "",
      errorInfo,
    }
  }

  readonly succeeded = (): Effect.Effect<Json> => {
    this.environment.active.delete(this.unit.id)
    const content = this.#content(null)
    return Effect.as(this.#report(), encode(content, this.spec))
  }

  /** Notes what is known, says what was spent, and fails. */
  readonly failed = (cause: Cause.Cause<RunFailed | Thrown>): Effect.Effect<never, RunFailed> => {
    const failure = failureOf(cause)
    if (failure === undefined) return Effect.andThen(this.interrupted(), Effect.interrupt)
    return Effect.andThen(this.#leave(`${failure.errorType}: ${failure.problem}`), Effect.fail(failure))
  }

  /** The run is interrupted or out of time: what is known is noted. */
  readonly interrupted = (): Effect.Effect<void> =>
    Effect.suspend(() => {
      this.#controller?.abort()
      return this.#leave("Interrupted: the run did not come to its end")
    })

  #leave(errorInfo: string): Effect.Effect<void> {
    if (this.#recorded) return Effect.void
    this.#recorded = true
    this.environment.active.delete(this.unit.id)
    this.#end()
    if (this.#observations.length === 0) this.#observations = this.#observed
    if (this.#metrics.size === 0) {
      this.#metrics = new Map([...this.#agentMetrics, ["latency_s", float(this.#latencyS ?? 0)]])
      const costUsd = this.#costUsd()
      if (costUsd !== undefined) this.#metrics = new Map([...this.#metrics, ["cost_usd", float(costUsd)]])
    }
    const content = encode(this.#content(errorInfo), this.spec)
    return Effect.andThen(
      this.#report(),
      this.current.note(noteName, { attempt: Math.max(1, this.current.attempt), content }),
    )
  }
}

/** The work of a unit: one try of its run. */
export const workOf =
  (environment: RunEnvironment) =>
  (unit: Unit): Effect.Effect<Json, RunFailed> =>
    Effect.withFiber((fiber) => {
      const run = new OneRun(environment, unit, fiber.getRef(CurrentUnit), fiber.getRef(Clock.Clock))
      environment.active.set(unit.id, run)
      return Effect.onInterrupt(
        Effect.matchCauseEffect(Effect.suspend(run.body), { onSuccess: run.succeeded, onFailure: run.failed }),
        run.interrupted,
      )
    })
