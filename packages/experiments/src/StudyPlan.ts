/**
 * The plan of a study: which runs it has, in which order, with which ids and seeds; and the plan for the Runner that is
 * made of them. Pure, so that what is shown is what is run.
 *
 * @layer logic
 * @module
 */
import * as Canonical from "@heddle/core/Canonical"
import * as Plan from "@heddle/core/Plan"
import type { Unit, UnitSpec } from "@heddle/core/Unit"
import * as Result from "effect/Result"
import * as Schema from "effect/Schema"
import type { Condition } from "./Condition.ts"
import { fingerprintText, runId } from "./Identifier.ts"
import type { RunSpec } from "./Run.ts"
import { RunPlanError } from "./RunError.ts"
import { deriveSeed, runSalt } from "./Seed.ts"
import { str } from "./StableJson.ts"
import type { Study } from "./Study.ts"
import type { Spending } from "./StudyControls.ts"
import { mapToJson, type Value, type ValueMap } from "./Value.ts"

/** Whether runs are made by agents on problems, or by one function for a condition. @category models */
export type RunMode = "agents" | "callback"

/** The agent of a study that names none. */
export const agentDefault = "default-agent"
/** The problem of a study that names none. */
export const problemDefault = "default-problem"

/** Factors of a condition that say which agent runs it, the first that is there wins. */
export const agentFactors = ["agent_id", "agent", "agent_spec"] as const
/** Factors of a condition that say which problem it is about, the first that is there wins. */
export const problemFactors = ["problem_id", "problem"] as const

const assigned = (factors: ValueMap, names: ReadonlyArray<string>): string | undefined => {
  for (const name of names) {
    const value = factors.get(name)
    if (value !== undefined && value !== null && value !== "") return str(value)
  }
  return undefined
}

const namesFor = (
  condition: Condition,
  factors: ReadonlyArray<string>,
  listed: ReadonlyArray<string>,
  otherwise: string,
): ReadonlyArray<string> => {
  const bound = assigned(condition.factorAssignments, factors)
  return bound !== undefined ? [bound] : listed.length > 0 ? listed : [otherwise]
}

/** The agents that run a condition: its own factor's, else the study's, else `default-agent`. @category planning */
export const agentsOf = (study: Study, condition: Condition): ReadonlyArray<string> =>
  namesFor(condition, agentFactors, study.agentSpecs, agentDefault)

/** The problems that a condition is run on: its own factor's, else the study's, else `default-problem`. @category planning */
export const problemsOf = (study: Study, condition: Condition): ReadonlyArray<string> =>
  namesFor(condition, problemFactors, study.problemIds, problemDefault)

/** The runs of a study in plan order. @category models */
export interface PlannedRuns {
  readonly runs: ReadonlyArray<RunSpec>
  readonly mode: RunMode
  /** Runs of the whole design; more than `runs` where a balanced subset was asked for. */
  readonly designed: number
  /** Replicates that are run. */
  readonly replicates: number
}

const nobody: ReadonlyArray<null> = [null]

/**
 * The runs of a study: admissible conditions in their order, then replicates from 1, then agents, then problems.
 *
 * Fails with `NoConditions`, `NoProblems`, `DuplicateRuns` (both conditions are named), and where the plan has more runs
 * than `max_runs` allows with `TooManyRuns`, unless the study asks for a balanced subset: then whole replicates are left
 * out at the end, and `NoWholeReplicate` says that not even one fits.
 *
 * @category planning
 */
export const planRuns = (
  study: Study,
  conditions: ReadonlyArray<Condition>,
  options: { readonly mode: RunMode },
): Result.Result<PlannedRuns, RunPlanError> => {
  const admissible = conditions.filter((condition) => condition.admissible)
  if (admissible.length === 0) return fail({ _tag: "NoConditions", conditions: conditions.length })
  const callback = options.mode === "callback"
  const teams = admissible.map((condition) => ({
    condition,
    agents: callback ? nobody : agentsOf(study, condition),
    problems: callback ? nobody : problemsOf(study, condition),
  }))
  const wanted = study.runBudget.replicates
  const replicateRuns = teams.reduce((sum, { agents, problems }) => sum + agents.length * problems.length, 0)
  const designed = replicateRuns * wanted
  const { maxRuns } = study.runBudget
  let replicates = wanted
  if (maxRuns !== null && designed > maxRuns) {
    if (study.heddle.maxRunsPolicy !== "balanced") return fail({ _tag: "TooManyRuns", planned: designed, maxRuns })
    replicates = Math.floor(maxRuns / replicateRuns)
    if (replicates < 1) return fail({ _tag: "NoWholeReplicate", replicateRuns, maxRuns })
  }
  if (replicateRuns * replicates > Plan.unitsMax) {
    // No number in the study raises this bound, so it must not be told as one that max_runs sets.
    return fail({
      _tag: "InvalidOption",
      option: "run_budget.replicates",
      expected: `few enough for a plan of at most ${Plan.unitsMax} runs`,
      actual: `${replicates}, which makes ${replicateRuns * replicates} runs`,
    })
  }
  const runs: Array<RunSpec> = []
  const seen = new Map<string, Condition>()
  for (const { agents, condition, problems } of teams) {
    const { conditionId } = condition
    const stored = condition.metadata.get("fingerprint")
    const fingerprint =
      typeof stored === "string" ? stored : fingerprintText(condition.factorAssignments, condition.blockAssignments)
    // Replicates share what does not tell them apart: a plan may have a million runs.
    const members = agents.flatMap((agentId) =>
      problems.map((problemId) => ({
        agentId,
        problemId,
        salt: runSalt(agentId, problemId),
        executionMetadata: new Map<string, Value>([
          ["agent_id", agentId],
          ["problem_id", problemId],
          ["condition_fingerprint", fingerprint],
        ]),
      })),
    )
    for (let replicate = 1; replicate <= replicates; replicate++) {
      for (const { agentId, executionMetadata, problemId, salt } of members) {
        const identity = { studyId: study.studyId, conditionId, replicate, agentId, problemId }
        const id = runId(identity)
        const other = seen.get(id)
        if (other !== undefined) {
          return fail({ _tag: "DuplicateRuns", runId: id, conditions: [describe(other), describe(condition)] })
        }
        seen.set(id, condition)
        const seed = deriveSeed(study.seedPolicy, { studyId: study.studyId, conditionId, replicate, salt })
        runs.push({ runId: id, ...identity, seed, executionMetadata })
      }
    }
  }
  return Result.succeed({ runs, mode: options.mode, designed, replicates })
}

const describe = (condition: Condition): string => `${condition.conditionId} (${assignmentText(condition)})`

/** The values of a condition as people read them: `variant=a, temp=0.5`. @category planning */
export const assignmentText = (condition: Condition): string =>
  [...condition.factorAssignments, ...condition.blockAssignments]
    .map(([name, value]) => `${name}=${str(value)}`)
    .join(", ")

/** The values of a unit's condition, as its label says them: what is exact in a study is not in the unit's JSON. @category getters */
export const conditionTextOf = ({ input, label }: Pick<Unit, "input" | "label">): string => {
  const { agentId, problemId, replicate } = recordOf(input)
  const rest = [`replicate ${String(replicate)}`, agentId, problemId].filter((part) => typeof part === "string")
  const end = ` · ${rest.join(" · ")}`
  return label.endsWith(end) ? label.slice(0, -end.length) : ""
}

const fail = (reason: RunPlanError["reason"]): Result.Result<never, RunPlanError> =>
  Result.fail(new RunPlanError({ reason }))

/** What shapes the results of runs beside their seed and condition: versions by name. @category models */
export interface RunVersions {
  /** Version of each agent by its id; of the condition runner under the empty name. */
  readonly agents: ReadonlyMap<string, string>
  /** Hash of each problem's content by its id. */
  readonly problems: ReadonlyMap<string, string>
  /** Version of the evaluators of each problem by its id. */
  readonly evaluators: ReadonlyMap<string, string>
}

/** Hashes by name, as they stand in the plan, so that a resume can say what changed. @category schemas */
export const VersionTable = Schema.Record(Schema.String, Schema.String)

/** What the plan of a study holds under `params`. @category schemas */
export const StudyParams = Schema.Struct({
  studyId: Schema.String,
  mode: Schema.Literals(["agents", "callback"]),
  seedPolicy: Schema.Struct({ baseSeed: Schema.String, strategy: Schema.String, perRunOffset: Schema.String }),
  /** Runs of the whole design. */
  designed: Schema.Int,
  /** The measure that stands as `primary_outcome` in every run's record; empty where none is declared. */
  primaryOutcome: Schema.optionalKey(Schema.String),
  /** The rule of stopping as declared: it decides which runs are left out. Absent where there is none. */
  stopping: Schema.optionalKey(Schema.String),
  /** Runs whose results were kept on somebody's word, by what they were made with and is no more. Absent where there are none. */
  kept: Schema.optionalKey(Schema.Record(Schema.String, Schema.Array(Schema.String))),
  versions: Schema.Struct({ agents: VersionTable, problems: VersionTable, evaluators: VersionTable }),
})
/** @category models */
export interface StudyParams extends Schema.Schema.Type<typeof StudyParams> {}

/** Names of the budgets of a study, as they stand in plans and receipts. */
export const budgetNames = ["cost_usd", "tokens", "time_s"] as const
/** One of {@link budgetNames}. */
export type BudgetName = (typeof budgetNames)[number]

const fieldOf = { cost_usd: "costUsd", tokens: "tokens", time_s: "timeS" } as const

/** The amount of a named budget. @category budgets */
export const amountOf = (spending: Spending | undefined, name: BudgetName): number | undefined =>
  spending?.[fieldOf[name]]

/** What one run reserves of a named budget: its cap, once for each try that it may have. @category budgets */
export const reservationOf = (study: Study, name: BudgetName): number | undefined => {
  const cap = amountOf(study.heddle.budgets?.perRun, name)
  return cap === undefined ? undefined : cap * (1 + (study.heddle.retries ?? 0))
}

const isLimited = (study: Study, name: BudgetName): boolean =>
  amountOf(study.heddle.budgets?.study, name) !== undefined ||
  amountOf(study.heddle.budgets?.perCondition, name) !== undefined

const reservations = (study: Study): Result.Result<Readonly<Record<string, number>> | undefined, RunPlanError> => {
  const caps: Record<string, number> = {}
  for (const name of budgetNames) {
    const cap = reservationOf(study, name)
    if (cap !== undefined) caps[name] = cap
    else if (isLimited(study, name)) {
      return fail({
        _tag: "InvalidOption",
        option: `heddle.budgets.per_run.${name}`,
        expected: "the most that one run may spend, since there is a budget of it",
        actual: "missing",
      })
    }
  }
  return Result.succeed(Object.keys(caps).length === 0 ? undefined : caps)
}

const tableOf = (versions: ReadonlyMap<string, string>): { readonly [name: string]: string } =>
  Object.fromEntries([...versions].sort(([left], [right]) => (left < right ? -1 : left > right ? 1 : 0)))

/** Which measure is the primary outcome of a run: the first that is declared so. Empty where none is. @category getters */
export const primaryOutcomeOf = ({ outcomes }: Study): string => {
  const declared = outcomes.find(({ primary }) => primary)
  return declared === undefined ? "" : JSON.stringify([declared.name, declared.column])
}

/** What a worker or another program is told of a run: plain JSON. @category models */
export interface RunInput {
  readonly runId: string
  readonly studyId: string
  readonly conditionId: string
  readonly replicate: number
  readonly seed: number
  readonly agentId: string | null
  readonly problemId: string | null
  readonly factors: { readonly [name: string]: Schema.Json }
  readonly blocks: { readonly [name: string]: Schema.Json }
}

/**
 * The plan for the Runner: one unit for each run, in plan order. Its fingerprint is made of everything that shapes the
 * result (seed policy and seed, condition, agent and its version, content of the problem, version of the evaluator, and
 * which measure is the primary outcome), not of titles and notes. Fails with `InvalidOption` where there is a budget and runs declare no cap for it.
 *
 * @category planning
 */
export const toPlan = (
  study: Study,
  planned: PlannedRuns,
  conditions: ReadonlyArray<Condition>,
  versions: RunVersions,
): Result.Result<Plan.Plan, RunPlanError | Plan.PlanError> => {
  const caps = reservations(study)
  if (Result.isFailure(caps)) return Result.fail(caps.failure)
  const { baseSeed, perRunOffset, strategy } = study.seedPolicy
  const params: StudyParams = {
    studyId: study.studyId,
    mode: planned.mode,
    seedPolicy: { baseSeed: String(baseSeed), strategy, perRunOffset: String(perRunOffset) },
    designed: planned.designed,
    primaryOutcome: primaryOutcomeOf(study),
    ...(study.heddle.stopping === undefined ? {} : { stopping: Canonical.stringify(study.heddle.stopping) }),
    versions: {
      agents: tableOf(versions.agents),
      problems: tableOf(versions.problems),
      evaluators: tableOf(versions.evaluators),
    },
  }
  const policy = Canonical.sha256Hex(Canonical.stringify(params.seedPolicy))
  const admissible = conditions.filter((condition) => condition.admissible)
  const places = new Map(admissible.map((condition, index) => [condition.conditionId, { condition, index }]))
  const texts = new Map<string, { readonly label: string; readonly factors: Json; readonly blocks: Json }>()
  const shortened =
    planned.replicates < study.runBudget.replicates
      ? `; ${planned.designed - planned.runs.length} of the ${planned.designed} runs of the design are left out: max_runs is ${study.runBudget.maxRuns ?? 0}`
      : ""
  const fingerprint = fingerprints(policy, primaryOutcomeOf(study), versions)
  const units: Array<UnitSpec> = []
  for (const run of planned.runs) {
    const place = places.get(run.conditionId)
    if (place === undefined) continue
    let text = texts.get(run.conditionId)
    if (text === undefined) {
      const { condition } = place
      text = {
        label: assignmentText(condition),
        factors: mapToJson(condition.factorAssignments),
        blocks: mapToJson(condition.blockAssignments),
      }
      texts.set(run.conditionId, text)
    }
    const who = [run.agentId, run.problemId].filter((name) => name !== null)
    const input: RunInput = {
      runId: run.runId,
      studyId: run.studyId,
      conditionId: run.conditionId,
      replicate: run.replicate,
      seed: run.seed,
      agentId: run.agentId,
      problemId: run.problemId,
      factors: text.factors,
      blocks: text.blocks,
    }
    units.push({
      id: run.runId,
      label: [text.label, `replicate ${run.replicate}`, ...who].filter((part) => part !== "").join(" · "),
      reason: `condition ${place.index + 1} of ${admissible.length}, replicate ${run.replicate} of ${planned.replicates}${shortened}`,
      fingerprint: fingerprint(run),
      // Fields of our own type, all of them JSON.
      input: { ...input },
      ...(caps.success === undefined ? {} : { budgets: caps.success }),
    })
  }
  return Plan.makeResult({ kind: "experiments", params: { ...params }, code: "experiments/1", units })
}

type Json = { readonly [name: string]: Schema.Json }

/** The part that many runs share is hashed once; seed and condition stand beside it as they are. */
const fingerprints = (policy: string, primary: string, versions: RunVersions): ((run: RunSpec) => string) => {
  const shared = new Map<string, string>()
  return (run) => {
    const key = `${run.agentId ?? ""}\n${run.problemId ?? ""}`
    let hash = shared.get(key)
    if (hash === undefined) {
      const agent = versions.agents.get(run.agentId ?? "") ?? ""
      const problem = versions.problems.get(run.problemId ?? "") ?? ""
      const evaluator = versions.evaluators.get(run.problemId ?? "") ?? ""
      const parts = [run.studyId, policy, primary, run.agentId, agent, run.problemId, problem, evaluator]
      hash = Canonical.sha256Hex(JSON.stringify(parts))
      shared.set(key, hash)
    }
    return `sha256:${hash}/${run.conditionId}/${run.seed}`
  }
}

/** The parameters of a plan that was made here; `undefined` where it is of something else. @category planning */
export const paramsOf = (plan: Plan.Plan): StudyParams | undefined => {
  if (plan.kind !== "experiments") return undefined
  const params = Schema.decodeUnknownResult(StudyParams)(plan.params)
  return Result.isSuccess(params) ? params.success : undefined
}

/** What each run was made with and is no more whose result was kept on somebody's word; by run id. @category getters */
export const keptOf = (params: StudyParams | undefined): ReadonlyMap<string, string> =>
  new Map(Object.entries(params?.kept ?? {}).flatMap(([changed, runs]) => runs.map((id) => [id, changed] as const)))

/** Why a run is reused that {@link keptOf} names, as the records say it. @category getters */
export const keptReason = (changed: string): string =>
  `finished before, and kept on your word (--on-change keep) though this has changed since: ${changed}`

const recordOf = (input: unknown): { readonly [name: string]: unknown } =>
  typeof input === "object" && input !== null && !Array.isArray(input)
    ? (input as { readonly [name: string]: unknown })
    : {}

const nameOf = (value: unknown): string => (typeof value === "string" ? value : "")

/** What differs between two plans of a study for one run, by name; empty where nothing is known to. @category planning */
export const changesOf = (
  before: { readonly params: StudyParams; readonly unit: Unit },
  now: { readonly params: StudyParams; readonly unit: Unit },
): ReadonlyArray<string> => {
  if (before.unit.fingerprint === now.unit.fingerprint) return []
  const changes: Array<string> = []
  const old = recordOf(before.unit.input)
  const input = recordOf(now.unit.input)
  const policies = [before.params.seedPolicy, now.params.seedPolicy].map((policy) => Canonical.stringify(policy))
  if (old["seed"] !== input["seed"] || policies[0] !== policies[1]) changes.push("seed policy")
  if ((before.params.primaryOutcome ?? "") !== (now.params.primaryOutcome ?? "")) changes.push("primary outcome")
  for (const [kind, table, key] of [
    ["agent", "agents", "agentId"],
    ["problem", "problems", "problemId"],
    ["evaluator", "evaluators", "problemId"],
  ] as const) {
    const name = nameOf(input[key])
    if (before.params.versions[table][name] !== now.params.versions[table][name]) {
      changes.push(name === "" ? kind : `${kind} ${name}`)
    }
  }
  return changes
}
