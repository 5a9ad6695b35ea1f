/**
 * Agents that minimise functions: simple ones with known behaviour, to compare others with and to show an experiment that
 * has a true answer. What they do is set by factors of the condition: `evaluations` and `step_size`.
 *
 * @layer logic
 * @module
 */
import { begin, type Objective } from "../benchmarks/Optimisation.ts"
import type { Agent, RandomStream, RunRequest } from "../RunBinding.ts"

/** Step of a search where the condition says none: this share of each coordinate's range. */
export const stepSizeDefault = 0.1

const stepSizeOf = (request: RunRequest): number => {
  const step = request.factors["step_size"] ?? stepSizeDefault
  if (typeof step !== "number" || !(step > 0 && step <= 1)) {
    throw new RangeError(`step_size must be a number above 0, up to 1: a share of each range; it is ${String(step)}`)
  }
  return step
}

const uniformPoint = ({ problem }: Objective, random: RandomStream): Array<number> =>
  problem.bounds.map(([lower, upper]) => random.uniform(lower, upper))

const clamp = (x: number, lower: number, upper: number): number => Math.min(upper, Math.max(lower, x))

/** Evaluates points drawn uniformly within the bounds. @category agents */
export const randomSearch: Agent = {
  version: "1",
  metadata: { agent_kind: "optimiser", pattern_name: "random_search" },
  run: (request) => {
    const objective = begin(request)
    const random = request.random.stream("points")
    while (objective.left() > 0) objective.evaluate(uniformPoint(objective, random))
    return objective.result()
  },
}

/**
 * The (1+1) evolution strategy with the rule of one success in five (Rechenberg 1973): one point is moved by normal steps,
 * which grow with each success and shrink with each failure so that a fifth of them succeed.
 *
 * @category agents
 */
export const evolutionStrategy: Agent = {
  version: "1",
  metadata: { agent_kind: "optimiser", pattern_name: "evolution_strategy" },
  run: (request) => {
    const objective = begin(request)
    const random = request.random.stream("points")
    let step = stepSizeOf(request)
    let point: ReadonlyArray<number> = uniformPoint(objective, random)
    let value = objective.evaluate(point)
    // Four failures undo one success: the step is steady where one in five succeeds.
    const grow = Math.exp(0.8 / Math.sqrt(point.length + 1))
    const shrink = grow ** -0.25
    while (objective.left() > 0) {
      const next = objective.problem.bounds.map(([lower, upper], index) =>
        clamp((point[index] ?? lower) + random.normal() * step * (upper - lower), lower, upper),
      )
      const found = objective.evaluate(next)
      if (found <= value) {
        point = next
        value = found
        step = Math.min(1, step * grow)
      } else step *= shrink
    }
    return objective.result()
  },
}

/** Tries a step up and down along one coordinate after the other, and halves the step where none helps. @category agents */
export const coordinateSearch: Agent = {
  version: "1",
  metadata: { agent_kind: "optimiser", pattern_name: "coordinate_search" },
  run: (request) => {
    const objective = begin(request)
    const random = request.random.stream("points")
    let step = stepSizeOf(request)
    let point: ReadonlyArray<number> = uniformPoint(objective, random)
    let value = objective.evaluate(point)
    while (objective.left() > 0) {
      let improved = false
      for (const [index, [lower, upper]] of objective.problem.bounds.entries()) {
        for (const direction of [1, -1]) {
          if (objective.left() === 0) break
          const moved = clamp((point[index] ?? lower) + direction * step * (upper - lower), lower, upper)
          if (moved === point[index]) continue
          const next = point.with(index, moved)
          const found = objective.evaluate(next)
          if (found >= value) continue
          point = next
          value = found
          improved = true
          break
        }
      }
      if (!improved) step /= 2
      // Below the last digit there is nothing left to try.
      if (step < 1e-18) break
    }
    return objective.result()
  },
}
