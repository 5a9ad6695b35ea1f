/**
 * Everything that is settled before a study runs: its conditions, its runs, what is bound to each name, and the versions
 * that make up fingerprints.
 *
 * @layer logic
 * @module
 */
import * as Canonical from "@heddle/core/Canonical"
import type { Plan, PlanError } from "@heddle/core/Plan"
import * as Effect from "effect/Effect"
import * as Result from "effect/Result"
import { Agents, get as getAgent, type AgentBindings } from "../Agents.ts"
import { buildDesign, type BuildOptions } from "../BuildDesign.ts"
import type { Condition } from "../Condition.ts"
import type { DesignReport } from "../Design.ts"
import { Evaluators, type Evaluator } from "../Evaluators.ts"
import { type DesignError, InvalidStudy, type Issue, issuesMax, issueText } from "../ExperimentError.ts"
import { get as getProblem, Problems, type ProblemRegistry } from "../Problems.ts"
import type { Binding, ProblemPacket } from "../RunBinding.ts"
import { RunPlanError } from "../RunError.ts"
import { str } from "../StableJson.ts"
import type { Study } from "../Study.ts"
import type { StudyBindings } from "../StudyRunner.ts"
import { planRuns, problemFactors, toPlan, type PlannedRuns, type RunMode } from "../StudyPlan.ts"
import { checkStudy, validateStudy } from "../ValidateStudy.ts"

/** The text of a matrix file, as `buildDesign` takes it. */
export type MatrixOption = NonNullable<BuildOptions["matrix"]>

/** A study that is ready to run. @category models */
export interface Prepared {
  /** Inadmissible ones too, in design order. */
  readonly conditions: ReadonlyArray<Condition>
  /** Absent where the conditions were given. */
  readonly design: DesignReport | undefined
  readonly planned: PlannedRuns
  readonly plan: Plan
  /** What is bound to each agent of the plan; the condition runner under the empty name. */
  readonly agents: ReadonlyMap<string, Binding>
  readonly problems: ReadonlyMap<string, ProblemPacket>
  readonly evaluators: ReadonlyArray<Evaluator>
}

const modeOf = (options: StudyBindings): RunMode => (options.conditionRunner === undefined ? "agents" : "callback")

const conditionsOf = (
  study: Study,
  options: StudyBindings,
): Result.Result<
  { readonly conditions: ReadonlyArray<Condition>; readonly report: DesignReport | undefined },
  DesignError
> =>
  options.conditions === undefined
    ? buildDesign(study, options.matrix === undefined ? {} : { matrix: options.matrix })
    : Result.succeed({ conditions: options.conditions, report: undefined })

/** What is wrong with the study itself, and what it is about to be run without. */
const issuesOf = (study: Study, options: StudyBindings): ReadonlyArray<Issue> => {
  // A balanced subset is for plans that are larger than max_runs.
  const balanced = study.heddle.maxRunsPolicy === "balanced"
  const found = options.compatibility === true ? validateStudy(study) : checkStudy(study).errors
  const issues = found.filter(({ path }) => !balanced || path !== "run_budget.max_runs")
  const hasProblems =
    study.problemIds.length > 0 || study.factors.some(({ name }) => problemFactors.some((factor) => factor === name))
  if (options.conditionRunner === undefined && !hasProblems && options.conditions === undefined) {
    issues.push({ path: "problem_ids", message: new RunPlanError({ reason: { _tag: "NoProblems" } }).message })
  }
  return issues
}

interface Bound {
  readonly agents: ReadonlyMap<string, Binding>
  readonly problems: ReadonlyMap<string, ProblemPacket>
  readonly missing: ReadonlyArray<RunPlanError>
}

/** What is bound to the names of a plan, each looked up once. */
const bind = (
  planned: PlannedRuns,
  options: StudyBindings,
  bindings: AgentBindings,
  registry: ProblemRegistry,
): Bound => {
  const agents = new Map<string, Binding>()
  const problems = new Map<string, ProblemPacket>()
  const missing: Array<RunPlanError> = []
  if (options.conditionRunner !== undefined) {
    agents.set("", options.conditionRunner)
    return { agents, problems, missing }
  }
  const sought = new Set<string>()
  for (const { agentId, problemId } of planned.runs) {
    if (agentId !== null && !sought.has(`agent ${agentId}`)) {
      sought.add(`agent ${agentId}`)
      const agent = getAgent(bindings, agentId)
      if (Result.isSuccess(agent)) agents.set(agentId, agent.success)
      else missing.push(agent.failure)
    }
    if (problemId !== null && !sought.has(`problem ${problemId}`)) {
      sought.add(`problem ${problemId}`)
      const problem = getProblem(registry, problemId)
      if (Result.isSuccess(problem)) problems.set(problemId, problem.success)
      else missing.push(problem.failure)
    }
  }
  return { agents, problems, missing }
}

/**
 * All that says which agent it is: its own version, what the study declares of it, and the facts that its runs are
 * recorded with, such as the model's name. None of them hides a change of another.
 */
const versionOf = (study: Study, name: string, binding: Binding, options: StudyBindings): string => {
  const { metadata = {}, version } = typeof binding === "function" ? {} : binding
  const declared = name === "" ? options.conditionRunnerVersion : study.heddle.agentVersions?.get(name)
  const texts = [version, declared === undefined || declared === null ? undefined : str(declared)]
  const [first = "", ...more] = new Set(texts.filter((text) => text !== undefined))
  return more.length === 0 && Object.keys(metadata).length === 0 ? first : Canonical.hash([first, more, metadata])
}

const versionsOf = (
  study: Study,
  bound: Bound,
  evaluators: ReadonlyArray<Evaluator>,
  options: StudyBindings,
): Result.Result<Parameters<typeof toPlan>[3], RunPlanError> => {
  const agents = new Map([...bound.agents].map(([name, binding]) => [name, versionOf(study, name, binding, options)]))
  const problems = new Map<string, string>()
  const judges = new Map<string, string>()
  const common = evaluators.map(({ evaluatorId, version = "" }) => [evaluatorId, version])
  for (const [problemId, packet] of bound.problems) {
    const { brief, evaluatorVersion = "", family, metadata, payload, version = "" } = packet
    try {
      problems.set(problemId, Canonical.hash({ brief, family, metadata, payload, version }))
    } catch (error) {
      return Result.fail(
        new RunPlanError({
          reason: {
            _tag: "InvalidOption",
            option: `the problem ${JSON.stringify(problemId)}`,
            expected: "with a payload and metadata of plain JSON",
            actual: error instanceof Error ? error.message : "something else",
          },
        }),
      )
    }
    judges.set(problemId, Canonical.hash([packet.evaluator !== undefined, evaluatorVersion, common]))
  }
  if (options.conditionRunner !== undefined && common.length > 0) judges.set("", Canonical.hash(common))
  return Result.succeed({ agents, problems, evaluators: judges })
}

const servicesOf = (options: StudyBindings) =>
  Effect.gen(function* () {
    return {
      bindings: options.agentBindings ?? (yield* Agents),
      registry: options.problemRegistry ?? (yield* Problems),
      evaluators: options.evaluators ?? (yield* Evaluators),
    }
  })

/** Plans a study with what it is run with, or says what is wrong. */
export const prepare = Effect.fnUntraced(function* (
  study: Study,
  options: StudyBindings,
): Effect.fn.Return<Prepared, InvalidStudy | DesignError | RunPlanError | PlanError> {
  const issues = issuesOf(study, options)
  if (issues.length > 0) {
    return yield* new InvalidStudy({
      source: study.studyId,
      issues: issues.slice(0, issuesMax),
      count: issues.length,
    })
  }
  const { bindings, evaluators, registry } = yield* servicesOf(options)
  const { conditions, report } = yield* Effect.fromResult(conditionsOf(study, options))
  const planned = yield* Effect.fromResult(planRuns(study, conditions, { mode: modeOf(options) }))
  const bound = bind(planned, options, bindings, registry)
  const [missing] = bound.missing
  // The predecessor lets each run fail; we say so before anything is spent.
  if (missing !== undefined && options.compatibility !== true) return yield* missing
  const versions = yield* Effect.fromResult(versionsOf(study, bound, evaluators, options))
  const plan = yield* Effect.fromResult(toPlan(study, planned, conditions, versions))
  return { conditions, design: report, planned, plan, agents: bound.agents, problems: bound.problems, evaluators }
})

/** All problems as texts, and how many runs are planned. */
export const review = Effect.fnUntraced(function* (
  study: Study,
  options: StudyBindings,
): Effect.fn.Return<{ readonly errors: ReadonlyArray<string>; readonly planned: number }> {
  const errors = issuesOf(study, options).map(issueText)
  const { bindings, evaluators, registry } = yield* servicesOf(options)
  const built = conditionsOf(study, options)
  if (Result.isFailure(built)) return { errors: [...errors, built.failure.message], planned: 0 }
  const planned = planRuns(study, built.success.conditions, { mode: modeOf(options) })
  if (Result.isFailure(planned)) {
    const { reason } = planned.failure
    return { errors: [...errors, planned.failure.message], planned: reason._tag === "TooManyRuns" ? reason.planned : 0 }
  }
  const bound = bind(planned.success, options, bindings, registry)
  // Names can be checked only where somebody said what they mean.
  if (options.agentBindings !== undefined || options.problemRegistry !== undefined) {
    errors.push(...bound.missing.map((error) => error.message))
  }
  const versions = versionsOf(study, bound, evaluators, options)
  if (Result.isFailure(versions)) errors.push(versions.failure.message)
  else {
    const plan = toPlan(study, planned.success, built.success.conditions, versions.success)
    if (Result.isFailure(plan)) errors.push(plan.failure.message)
  }
  return { errors, planned: planned.success.runs.length }
})
