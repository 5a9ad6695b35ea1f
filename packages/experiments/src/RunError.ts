/**
 * What can be wrong with the running of a study: a plan of runs that cannot be made, a study that changed since its runs
 * were made, and how a single run failed.
 *
 * @layer contract
 * @module
 */
import { ExitCode } from "@heddle/core/ExitCode"
import * as Schema from "effect/Schema"

/** Names that an error lists at most. */
export const namesMax = 20

/**
 * Runs that cannot be planned or asked for; nothing was run or written:
 * - `TooManyRuns`: the plan is larger than `max_runs` allows; names both numbers.
 * - `NoWholeReplicate`: a balanced subset was asked for, and not even one replicate of everything fits.
 * - `NoConditions`: the design has no admissible condition.
 * - `NoProblems`: nothing says what agents work on.
 * - `DuplicateRuns`: two conditions give the same run; names both.
 * - `UnknownAgent`, `UnknownProblem`: nothing is bound to the name.
 * - `InvalidOption`: names the option, what it must be, and what it was.
 * - `NothingToResume`: no run of this study is known.
 * - `NotThisStudy`: the run to resume is of something else.
 *
 * @category errors
 */
export class RunPlanError extends Schema.TaggedError<RunPlanError>()("RunPlanError", {
  reason: Schema.Union([
    Schema.TaggedStruct("TooManyRuns", { planned: Schema.Int, maxRuns: Schema.Int }),
    Schema.TaggedStruct("NoWholeReplicate", { replicateRuns: Schema.Int, maxRuns: Schema.Int }),
    Schema.TaggedStruct("NoConditions", { conditions: Schema.Int }),
    Schema.TaggedStruct("NoProblems", {}),
    Schema.TaggedStruct("DuplicateRuns", { runId: Schema.String, conditions: Schema.Array(Schema.String) }),
    Schema.TaggedStruct("UnknownAgent", { agentId: Schema.String, known: Schema.Array(Schema.String) }),
    Schema.TaggedStruct("UnknownProblem", { problemId: Schema.String, known: Schema.Array(Schema.String) }),
    Schema.TaggedStruct("InvalidOption", { option: Schema.String, expected: Schema.String, actual: Schema.String }),
    Schema.TaggedStruct("NothingToResume", { studyId: Schema.String }),
    Schema.TaggedStruct("NotThisStudy", { runId: Schema.String, problem: Schema.String }),
  ]),
}) {
  readonly retryable = false
  get exitCode(): ExitCode {
    return this.reason._tag === "NothingToResume" ? ExitCode.nothing : ExitCode.usage
  }
  get hints(): ReadonlyArray<string> {
    const reason = this.reason
    switch (reason._tag) {
      case "TooManyRuns":
        return [
          `raise run_budget.max_runs to ${reason.planned}, or lower the replicates`,
          "for the largest subset with whole replicates write heddle: { max_runs_policy: balanced }",
        ]
      case "NoWholeReplicate":
        return [`raise run_budget.max_runs to ${reason.replicateRuns} or more`]
      case "NoConditions":
        return ["see why conditions are excluded: heddle experiments design FILE"]
      case "NoProblems":
        return ["give problem_ids, a factor named problem_id, or the option conditionRunner"]
      case "DuplicateRuns":
        return ["give levels different values, or take one of the conditions out"]
      case "UnknownAgent":
      case "UnknownProblem":
        return reason.known.length === 0
          ? [`bind it: ${reason._tag === "UnknownAgent" ? "agentBindings" : "problemRegistry"}`]
          : [`known are ${reason.known.map((name) => JSON.stringify(name)).join(", ")}`]
      case "InvalidOption":
        return [`give ${reason.option} ${reason.expected}`]
      case "NothingToResume":
        return ["run it first: heddle experiments run FILE"]
      case "NotThisStudy":
        return [`heddle runs show ${reason.runId}`]
    }
  }
  override get message(): string {
    const reason = this.reason
    switch (reason._tag) {
      case "TooManyRuns":
        return `the plan has ${reason.planned} runs, and run_budget.max_runs allows ${reason.maxRuns}`
      case "NoWholeReplicate":
        return `one replicate of everything takes ${reason.replicateRuns} runs, and run_budget.max_runs allows ${reason.maxRuns}`
      case "NoConditions":
        return reason.conditions === 0
          ? "the design has no conditions"
          : `none of the ${reason.conditions} conditions is admissible`
      case "NoProblems":
        return "the study names no problem, has no factor problem_id, and was given no conditionRunner"
      case "DuplicateRuns":
        return `conditions ${reason.conditions.join(" and ")} give the same run ${reason.runId}`
      case "UnknownAgent":
        return `nothing is bound to the agent ${JSON.stringify(reason.agentId)}`
      case "UnknownProblem":
        return `nothing is registered for the problem ${JSON.stringify(reason.problemId)}`
      case "InvalidOption":
        return `${reason.option} must be ${reason.expected}; it is ${reason.actual}`
      case "NothingToResume":
        return `no run of study ${JSON.stringify(reason.studyId)} is in this ledger`
      case "NotThisStudy":
        return `run ${reason.runId} cannot be resumed with this study: ${reason.problem}`
    }
  }
}

/** One thing that shapes results and is not what it was. @category schemas */
export const Change = Schema.Struct({
  /** `seed policy`, `primary outcome`, `agent <id>`, `problem <id>`, `evaluator <id>`. */
  field: Schema.String,
  /** Finished runs that were made with what it was before. */
  runs: Schema.Int,
})
/** @category models */
export interface Change extends Schema.Schema.Type<typeof Change> {}

/**
 * A study that is to be resumed is not what its finished runs were made with: resuming would mix two things in one table.
 * Nothing was changed.
 *
 * @category errors
 */
export class StudyChanged extends Schema.TaggedError<StudyChanged>()("StudyChanged", {
  runId: Schema.String,
  changes: Schema.Array(Change),
}) {
  readonly exitCode = ExitCode.refused
  readonly retryable = false
  get hints(): ReadonlyArray<string> {
    return [
      `run the finished runs again that this concerns: heddle experiments resume ${this.runId} --on-change rerun`,
      `or keep their results as they are, on your word: heddle experiments resume ${this.runId} --on-change keep`,
    ]
  }
  override get message(): string {
    const changes = this.changes.map(({ field, runs }) => `${field} (${runs === 1 ? "1 run" : `${runs} runs`})`)
    return `run ${this.runId} was made with something else; changed since: ${changes.join(", ")}`
  }
}

/** Where in a run it failed. @category schemas */
export const RunStage = Schema.Literals(["problem", "agent", "result", "evaluator", "budget"])
/** @category models */
export type RunStage = typeof RunStage.Type

/**
 * How a run failed. Its tag in the ledger is the class of the error that was thrown. What was known of the run by then
 * (outputs, cost, observations) stands beside it in the ledger.
 *
 * @category errors
 */
export class RunFailed extends Schema.TaggedError<RunFailed>()("RunFailed", {
  stage: RunStage,
  /** Class of what was thrown, or our own word: `AgentReportedFailure`, `InvalidReturn`, `RunOverBudget`. */
  errorType: Schema.String,
  problem: Schema.String,
  /** Where it was thrown; bounded. */
  trace: Schema.optionalKey(Schema.String),
  cause: Schema.optionalKey(Schema.Defect()),
}) {
  /** A resume decides by the study's own word, not by this. */
  readonly retryable = false
  /** The tag under which it is recorded as a failure. */
  get failureTag(): string {
    return this.errorType
  }
  override get message(): string {
    return this.problem
  }
}
