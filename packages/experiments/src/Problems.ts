/**
 * The problems that agents work on, by name: what a study's `problem_ids` and factors called `problem_id` mean.
 *
 * @layer logic
 * @module
 */
import * as Context from "effect/Context"
import * as Layer from "effect/Layer"
import * as Result from "effect/Result"
import type * as Schema from "effect/Schema"
import * as MersenneTwister from "./MersenneTwister.ts"
import type { ProblemPacket } from "./RunBinding.ts"
import { namesMax, RunPlanError } from "./RunError.ts"
import { compareCodePoints } from "./StableJson.ts"

/** What may be registered: a packet, or a plain object with some of its fields, in snake case too. @category models */
export type ProblemSource = ProblemPacket | { readonly [field: string]: unknown }

/** Problems by name. @category models */
export type ProblemRegistry = ReadonlyMap<string, ProblemSource> | { readonly [problemId: string]: ProblemSource }

/** The problems in force where a study is run without a registry of its own; none by default. @category services */
export const Problems: Context.Reference<ProblemRegistry> = Context.Reference("@heddle/experiments/Problems", {
  defaultValue: (): ProblemRegistry => new Map(),
})

/** Problems by name, for all studies that are run under this layer. @category layers */
export const layer = (registry: ProblemRegistry): Layer.Layer<never> => Layer.succeed(Problems, registry)

const isObject = (value: unknown): value is { readonly [field: string]: unknown } =>
  typeof value === "object" && value !== null && !Array.isArray(value)

const text = (value: unknown, otherwise: string): string => (typeof value === "string" ? value : otherwise)

/** A problem's data is plain JSON by contract; what is not shows when it is hashed. */
const data = (value: unknown): { readonly [name: string]: Schema.Json } =>
  isObject(value) ? (value as { readonly [name: string]: Schema.Json }) : {}

const isFunction = (value: unknown): value is (...args: ReadonlyArray<unknown>) => unknown =>
  typeof value === "function"

/**
 * A packet from whatever stands in a registry. Missing fields get the predecessor's defaults: `problem`, `unknown`, and an
 * empty brief; `name` takes the place of a missing id. `undefined` where it is no object.
 *
 * @category constructors
 */
export const packetOf = (source: unknown, name?: string): ProblemPacket | undefined => {
  if (!isObject(source)) return undefined
  const evaluator = source["evaluator"]
  const version = source["version"]
  const evaluatorVersion = source["evaluatorVersion"] ?? source["evaluator_version"]
  return {
    problemId: text(source["problemId"] ?? source["problem_id"], name ?? "problem"),
    family: text(source["family"], "unknown"),
    brief: text(source["brief"], ""),
    payload: data(source["payload"]),
    metadata: data(source["metadata"]),
    ...(source["object"] === undefined ? {} : { object: source["object"] }),
    // What an evaluator is called with is fixed; that it takes it is its author's word.
    ...(isFunction(evaluator) ? { evaluator: evaluator as NonNullable<ProblemPacket["evaluator"]> } : {}),
    ...(typeof version === "string" ? { version } : {}),
    ...(typeof evaluatorVersion === "string" ? { evaluatorVersion } : {}),
  }
}

const namesOf = (registry: ProblemRegistry): ReadonlyArray<string> =>
  registry instanceof Map ? [...registry.keys()] : Object.keys(registry)

const lookUp = (registry: ProblemRegistry, problemId: string): ProblemSource | undefined =>
  registry instanceof Map
    ? registry.get(problemId)
    : Object.hasOwn(registry, problemId)
      ? Reflect.get(registry, problemId)
      : undefined

/** The problem of that name; fails with `UnknownProblem` where nothing usable is registered for it. @category getters */
export const get = (registry: ProblemRegistry, problemId: string): Result.Result<ProblemPacket, RunPlanError> => {
  const packet = packetOf(lookUp(registry, problemId), problemId)
  return packet === undefined
    ? Result.fail(
        new RunPlanError({
          reason: { _tag: "UnknownProblem", problemId, known: namesOf(registry).slice(0, namesMax) },
        }),
      )
    : Result.succeed(packet)
}

/**
 * Some of the packets, drawn as the predecessor draws: Python's `sample`, or, balanced by family, families shuffled one by
 * one as they first stand, and then taken in turns in the order of their names. All of them, in their order, where no size is given or the size
 * is not below their number.
 *
 * @category sampling
 */
export const sampleProblemPackets = (
  packets: ReadonlyArray<ProblemPacket>,
  options: { readonly sampleSize?: number | null; readonly seed?: number; readonly balancedByFamily?: boolean } = {},
): ReadonlyArray<ProblemPacket> => {
  const size = options.sampleSize ?? undefined
  if (size === undefined || size >= packets.length) return packets
  const random = MersenneTwister.make(options.seed ?? 0)
  if (options.balancedByFamily !== true) return random.sample(packets, Math.max(0, size))
  const families = new Map<string, Array<ProblemPacket>>()
  for (const packet of packets) {
    const members = families.get(packet.family)
    if (members === undefined) families.set(packet.family, [packet])
    else members.push(packet)
  }
  // Shuffled as they were first seen, taken by name.
  for (const members of families.values()) random.shuffle(members)
  const sorted = [...families].sort(([left], [right]) => compareCodePoints(left, right)).map(([, members]) => members)
  const taken: Array<ProblemPacket> = []
  while (taken.length < size) {
    for (const members of sorted) {
      const packet = taken.length < size ? members.pop() : undefined
      if (packet !== undefined) taken.push(packet)
    }
  }
  return taken
}
