/**
 * Functions that optimisers are compared on, with their usual bounds and known minima: the sphere and Rosenbrock's valley
 * in any number of dimensions, Branin's function, and Hartmann's in six dimensions. Definitions and minima: Dixon and
 * Szegö (1978), and Surjanovic and Bingham, Virtual Library of Simulation Experiments.
 *
 * @layer logic
 * @module
 */
import type { ProblemPacket } from "../RunBinding.ts"
import { type OptimisationProblem, packetOf } from "./Optimisation.ts"

const boundsOf = (dimensions: number, lower: number, upper: number): OptimisationProblem["bounds"] => {
  if (!Number.isSafeInteger(dimensions) || dimensions < 1 || dimensions > 1_000) {
    throw new RangeError(`dimensions must be a whole number from 1 to 1000; it is ${dimensions}`)
  }
  return Array.from({ length: dimensions }, () => [lower, upper] as const)
}

/** The sum of squares; minimum 0 at the origin. @category problems */
export const sphere = (dimensions = 2): OptimisationProblem => ({
  kind: "optimisation",
  name: `sphere-${dimensions}`,
  bounds: boundsOf(dimensions, -5.12, 5.12),
  evaluate: (point) => point.reduce((sum, x) => sum + x * x, 0),
  minimum: { value: 0, points: [Array.from({ length: dimensions }, () => 0)] },
})

/** Rosenbrock's curved valley; minimum 0 where all coordinates are 1. Needs 2 dimensions or more. @category problems */
export const rosenbrock = (dimensions = 2): OptimisationProblem => {
  if (dimensions < 2) throw new RangeError(`Rosenbrock's function needs 2 dimensions or more, not ${dimensions}`)
  return {
    kind: "optimisation",
    name: `rosenbrock-${dimensions}`,
    bounds: boundsOf(dimensions, -5, 10),
    evaluate: (point) => {
      let sum = 0
      for (let i = 0; i + 1 < point.length; i++) {
        const x = point[i] ?? 0
        const next = point[i + 1] ?? 0
        sum += 100 * (next - x * x) ** 2 + (x - 1) ** 2
      }
      return sum
    },
    minimum: { value: 0, points: [Array.from({ length: dimensions }, () => 1)] },
  }
}

/** Branin's function: two dimensions, three equal minima. @category problems */
export const branin: OptimisationProblem = {
  kind: "optimisation",
  name: "branin",
  bounds: [
    [-5, 10],
    [0, 15],
  ],
  evaluate: ([x1 = 0, x2 = 0]) => {
    const b = 5.1 / (4 * Math.PI ** 2)
    const c = 5 / Math.PI
    return (x2 - b * x1 * x1 + c * x1 - 6) ** 2 + 10 * (1 - 1 / (8 * Math.PI)) * Math.cos(x1) + 10
  },
  minimum: {
    // Where the square is 0 and the cosine is -1, 10 / (8 pi) is left.
    value: 10 / (8 * Math.PI),
    points: [
      [-Math.PI, 12.275],
      [Math.PI, 2.275],
      [3 * Math.PI, 2.475],
    ],
  },
}

const alpha = [1, 1.2, 3, 3.2]
const steepness = [
  [10, 3, 17, 3.5, 1.7, 8],
  [0.05, 10, 17, 0.1, 8, 14],
  [3, 3.5, 1.7, 10, 17, 8],
  [17, 8, 0.05, 10, 0.1, 14],
]
const centres = [
  [1312, 1696, 5569, 124, 8283, 5886],
  [2329, 4135, 8307, 3736, 1004, 9991],
  [2348, 1451, 3522, 2883, 3047, 6650],
  [4047, 8828, 8732, 5743, 1091, 381],
]

/** Hartmann's function of six dimensions, with six local minima. @category problems */
export const hartmann6: OptimisationProblem = {
  kind: "optimisation",
  name: "hartmann-6",
  bounds: boundsOf(6, 0, 1),
  evaluate: (point) => {
    let sum = 0
    for (const [i, weight] of alpha.entries()) {
      let distance = 0
      for (let j = 0; j < 6; j++) {
        distance += (steepness[i]?.[j] ?? 0) * ((point[j] ?? 0) - 1e-4 * (centres[i]?.[j] ?? 0)) ** 2
      }
      sum += weight * Math.exp(-distance)
    }
    return -sum
  },
  minimum: {
    value: -3.322368011415515,
    points: [[0.20168952, 0.15001069, 0.47687398, 0.27533243, 0.31165162, 0.65730053]],
  },
}

/** All of them as problems by name: `sphere`, `rosenbrock`, `branin`, `hartmann6`. @category problems */
export const problems = (options: { readonly evaluations?: number } = {}): ReadonlyMap<string, ProblemPacket> =>
  new Map(
    Object.entries({ sphere: sphere(), rosenbrock: rosenbrock(), branin, hartmann6 }).map(([problemId, problem]) => [
      problemId,
      packetOf(problem, { problemId, ...options }),
    ]),
  )
