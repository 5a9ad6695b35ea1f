/**
 * The control agent: a random answer within what the problem allows. What does not beat it has learnt nothing.
 *
 * @layer logic
 * @module
 */
import type { Json } from "effect/Schema"
import { isProblem } from "../benchmarks/Optimisation.ts"
import type { Agent, RandomStream, RunRequest } from "../RunBinding.ts"

/** Candidates that are drawn from at most. */
export const candidatesMax = 1_000_000

const member = (value: unknown, name: string): unknown =>
  (typeof value === "object" && value !== null) || typeof value === "function" ? Reflect.get(value, name) : undefined

const isIterable = (value: unknown): value is Iterable<unknown> =>
  typeof value === "object" && value !== null && Symbol.iterator in value

/** The candidates of a decision problem: of its object (`iterCandidates()` or `candidates`), else of its payload. */
const candidatesOf = (request: RunRequest): ReadonlyArray<unknown> | undefined => {
  const object = request.problem?.object
  const iterate = member(object, "iterCandidates")
  const listed: unknown =
    typeof iterate === "function" ? Reflect.apply(iterate, object, []) : member(object, "candidates")
  const given: unknown = listed ?? request.problem?.payload["candidates"] ?? request.problem?.payload["options"]
  if (!isIterable(given)) return undefined
  const candidates: Array<unknown> = []
  for (const candidate of given) {
    if (candidates.length >= candidatesMax) throw new RangeError(`a problem may have ${candidatesMax} candidates`)
    candidates.push(candidate)
  }
  return candidates.length === 0 ? undefined : candidates
}

const numberPair = (pair: Json | undefined): readonly [number, number] | undefined => {
  if (!Array.isArray(pair)) return undefined
  const [lower, upper]: ReadonlyArray<unknown> = pair
  return typeof lower === "number" && typeof upper === "number" && lower <= upper ? [lower, upper] : undefined
}

/** The bounds of an optimisation problem: of its object, else of its payload. */
const boundsOf = (request: RunRequest): ReadonlyArray<readonly [number, number]> | undefined => {
  const object = request.problem?.object
  if (isProblem(object)) return object.bounds
  const given = request.problem?.payload["bounds"]
  if (!Array.isArray(given) || given.length === 0) return undefined
  const bounds = given.map((pair: Json) => numberPair(pair)).filter((pair) => pair !== undefined)
  return bounds.length === given.length ? bounds : undefined
}

const answer = (request: RunRequest, random: RandomStream): unknown => {
  const candidates = candidatesOf(request)
  if (candidates !== undefined) return random.pick(candidates)
  const bounds = boundsOf(request)
  if (bounds !== undefined) return bounds.map(([lower, upper]) => random.uniform(lower, upper))
  throw new TypeError(
    `the random baseline knows problems with candidates or bounds; ${request.problemId ?? "the run"} has neither`,
  )
}

/**
 * Answers with one of the problem's candidates, or with a point within its bounds, drawn from the run's own seed.
 *
 * @category agents
 */
export const randomBaseline: Agent = {
  version: "1",
  metadata: { agent_kind: "baseline", pattern_name: "seeded_random_baseline" },
  run: (request) => ({ output: { candidate: answer(request, request.random.stream("answer")) } }),
}
