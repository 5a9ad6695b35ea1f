/**
 * The agents and problems that are there without anybody binding them, by the names that a study and a bindings file use.
 *
 * @layer logic
 * @module
 */
import * as Result from "effect/Result"
import type { Json } from "effect/Schema"
import { coordinateSearch, evolutionStrategy, randomSearch } from "./agents/Optimisers.ts"
import { randomBaseline } from "./agents/RandomBaseline.ts"
import * as Functions from "./benchmarks/Functions.ts"
import * as Optimisation from "./benchmarks/Optimisation.ts"
import { nearestName } from "./internal/nearestName.ts"
import type { Agent, ProblemPacket } from "./RunBinding.ts"

/** The built-in agents: `random-baseline`, `random-search`, `evolution-strategy`, `coordinate-search`. */
export const agents: ReadonlyMap<string, Agent> = new Map([
  ["random-baseline", randomBaseline],
  ["random-search", randomSearch],
  ["evolution-strategy", evolutionStrategy],
  ["coordinate-search", coordinateSearch],
])

/** The built-in problems: `sphere`, `rosenbrock`, `branin`, `hartmann6`. */
export const problems: ReadonlyMap<string, ProblemPacket> = Functions.problems()

/** Coordinates that a problem of any number of them may have at most. */
export const dimensionsMax = 1_000

type Options = Readonly<Record<string, Json>>

const unknownOptions = (options: Options, known: ReadonlyArray<string>): string | undefined => {
  const found = Object.keys(options).find((key) => !known.includes(key))
  if (found === undefined) return undefined
  const near = nearestName(found, known)
  const meant = near === undefined ? "" : `; did you mean ${near}?`
  return known.length === 0
    ? `has no options, so ${found} means nothing`
    : `has no option ${found}${meant} Known are ${known.join(", ")}`
}

const whole = (value: Json | undefined, most: number): number | undefined =>
  typeof value === "number" && Number.isInteger(value) && value >= 1 && value <= most ? value : undefined

const unknownName = (what: string, name: string, known: Iterable<string>): string => {
  const names = [...known]
  const near = nearestName(name, names)
  return `there is no built-in ${what} ${JSON.stringify(name)}; ${near === undefined ? `known are ${names.join(", ")}` : `did you mean ${near}?`}`
}

/** The built-in agent of that name; a sentence where there is none, or where it does not have the options. @category getters */
export const agent = (name: string, options: Options = {}): Result.Result<Agent, string> => {
  const found = agents.get(name)
  if (found === undefined) return Result.fail(unknownName("agent", name, agents.keys()))
  const wrong = unknownOptions(options, [])
  return wrong === undefined ? Result.succeed(found) : Result.fail(`${name} ${wrong}`)
}

/**
 * The built-in problem of that name. Options: `evaluations` that a run has, and of sphere and rosenbrock `dimensions`. A
 * sentence where there is none, or where an option is not what it must be.
 *
 * @category getters
 */
export const problem = (name: string, options: Options = {}): Result.Result<ProblemPacket, string> => {
  if (!problems.has(name)) return Result.fail(unknownName("problem", name, problems.keys()))
  const sized = name === "sphere" || name === "rosenbrock"
  const wrong = unknownOptions(options, sized ? ["evaluations", "dimensions"] : ["evaluations"])
  if (wrong !== undefined) return Result.fail(`${name} ${wrong}`)
  const evaluations = whole(options["evaluations"] ?? Optimisation.evaluationsDefault, Optimisation.evaluationsMax)
  if (evaluations === undefined) {
    return Result.fail(`evaluations of ${name} must be a whole number from 1 to ${Optimisation.evaluationsMax}`)
  }
  const dimensions = whole(options["dimensions"] ?? 2, dimensionsMax)
  if (dimensions === undefined || (name === "rosenbrock" && dimensions < 2)) {
    return Result.fail(
      `dimensions of ${name} must be a whole number from ${sized && name === "rosenbrock" ? 2 : 1} to ${dimensionsMax}`,
    )
  }
  const made =
    name === "sphere"
      ? Functions.sphere(dimensions)
      : name === "rosenbrock"
        ? Functions.rosenbrock(dimensions)
        : name === "branin"
          ? Functions.branin
          : Functions.hartmann6
  return Result.succeed(Optimisation.packetOf(made, { problemId: name, evaluations }))
}
