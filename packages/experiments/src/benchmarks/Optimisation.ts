/**
 * Minimising a function within bounds, as a problem for agents: the function, its bounds and what is known of its minimum;
 * and a bounded number of evaluations for each run, which also remembers the best point.
 *
 * @layer logic
 * @module
 */
import type { Json } from "effect/Schema"
import type { EvaluationRequest, ProblemPacket, RunRequest } from "../RunBinding.ts"

/** A function of several numbers with a known minimum. @category models */
export interface OptimisationProblem {
  readonly kind: "optimisation"
  readonly name: string
  /** Lower and upper bound of each coordinate. */
  readonly bounds: ReadonlyArray<readonly [lower: number, upper: number]>
  readonly evaluate: (point: ReadonlyArray<number>) => number
  readonly minimum: {
    readonly value: number
    /** Where it is; all of them where there are several. */
    readonly points: ReadonlyArray<ReadonlyArray<number>>
  }
}

/** Evaluations that a run has where neither its condition nor its problem says. */
export const evaluationsDefault = 100
/** The most evaluations that a run may ask for. */
export const evaluationsMax = 10_000_000

/** An agent asked for more evaluations than its run has. @category errors */
export class EvaluationsSpent extends Error {
  readonly _tag = "EvaluationsSpent"
  constructor(evaluations: number) {
    super(`all ${evaluations} evaluations of the run are spent`)
    this.name = "EvaluationsSpent"
  }
}

/** Whether a problem's object is one of these. @category guards */
export const isProblem = (object: unknown): object is OptimisationProblem =>
  typeof object === "object" && object !== null && "kind" in object && object.kind === "optimisation"

/** Whether the point has as many coordinates as the problem, all of them finite and within the bounds. @category guards */
export const isFeasible = (problem: OptimisationProblem, point: unknown): point is ReadonlyArray<number> =>
  Array.isArray(point) &&
  point.length === problem.bounds.length &&
  problem.bounds.every(([lower, upper], index) => {
    const x: unknown = point[index]
    return typeof x === "number" && x >= lower && x <= upper
  })

/**
 * Judges a candidate by the function itself, whatever its agent says of it: `objective`, and `regret`, its distance from
 * the minimum. A candidate outside of the bounds is an error: it has no value.
 */
const judge =
  (problem: OptimisationProblem) =>
  ({ candidate }: EvaluationRequest): { readonly objective: number; readonly regret: number } => {
    if (!isFeasible(problem, candidate)) {
      throw new RangeError(
        `the candidate of ${problem.name} must be ${problem.bounds.length} numbers within the bounds; it is ${JSON.stringify(candidate)?.slice(0, 200)}`,
      )
    }
    const objective = problem.evaluate(candidate)
    // The minimum is known to the last digit only as far as rounding goes.
    return { objective, regret: Math.max(0, objective - problem.minimum.value) }
  }

/** A problem for a study's registry. @category constructors */
export const packetOf = (
  problem: OptimisationProblem,
  options: { readonly problemId?: string; readonly evaluations?: number } = {},
): ProblemPacket => {
  const evaluations = options.evaluations ?? evaluationsDefault
  return {
    problemId: options.problemId ?? problem.name,
    family: "optimization",
    brief: `Minimise ${problem.name}, a function of ${problem.bounds.length} numbers, with ${evaluations} evaluations.`,
    payload: { bounds: problem.bounds.map(([lower, upper]): Json => [lower, upper]), evaluations },
    metadata: { function: problem.name, minimum: problem.minimum.value },
    object: problem,
    evaluator: judge(problem),
    version: "1",
    evaluatorVersion: "1",
  }
}

/** A run's own access to its problem. @category models */
export interface Objective {
  readonly problem: OptimisationProblem
  /** Evaluations of this run. */
  readonly evaluations: number
  readonly left: () => number
  /** The value at a point; throws {@link EvaluationsSpent} where none is left, and a `RangeError` outside of the bounds. */
  readonly evaluate: (point: ReadonlyArray<number>) => number
  /** What the run returns: the best point so far and what it took. */
  readonly result: () => {
    readonly output: { readonly candidate: ReadonlyArray<number>; readonly value: number }
    readonly metrics: { readonly evaluations: number; readonly best_at: number }
  }
}

const isCount = (value: unknown): value is number =>
  typeof value === "number" && Number.isInteger(value) && value >= 1 && value <= evaluationsMax

/**
 * Begins a run on an optimisation problem. It has as many evaluations as the condition's factor `evaluations` says, else
 * the problem's payload. Throws a `TypeError` where the run's problem is no optimisation problem.
 *
 * @category constructors
 */
export const begin = (request: RunRequest): Objective => {
  const object = request.problem?.object
  if (!isProblem(object)) throw new TypeError(`${request.problemId ?? "the run"} is no optimisation problem`)
  const asked = request.factors["evaluations"] ?? request.problem?.payload["evaluations"] ?? evaluationsDefault
  if (!isCount(asked)) {
    throw new RangeError(`evaluations must be a whole number from 1 to ${evaluationsMax}; it is ${String(asked)}`)
  }
  let used = 0
  let best: ReadonlyArray<number> = []
  let bestValue = Number.POSITIVE_INFINITY
  let bestAt = 0
  return {
    problem: object,
    evaluations: asked,
    left: () => asked - used,
    evaluate: (point) => {
      if (used >= asked) throw new EvaluationsSpent(asked)
      if (!isFeasible(object, point)) throw new RangeError(`a point of ${object.name} is outside of its bounds`)
      used++
      const value = object.evaluate(point)
      if (value < bestValue) {
        bestValue = value
        best = [...point]
        bestAt = used
      }
      return value
    },
    result: () => {
      if (best.length === 0) throw new Error("nothing was evaluated")
      return { output: { candidate: best, value: bestValue }, metrics: { evaluations: used, best_at: bestAt } }
    },
  }
}
