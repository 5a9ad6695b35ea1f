/**
 * The worker's side of a run's module: makes the `run` and the `context` that the user's function is given. Loaded inside of
 * a worker thread; loads nothing that takes long.
 *
 * @layer logic
 * @module
 */
import type { ModuleContext } from "@heddle/core/Placement"
import type { Json } from "effect/Schema"
import type { ModuleRun, ModuleRunContext } from "../RunBinding.ts"
import * as RunRandom from "../RunRandom.ts"

/** Wraps the user's function; see `WorkModule.adapterUrl` of the core. */
export const adapt = async (work: unknown, context: ModuleContext): Promise<unknown> => {
  if (typeof work !== "function") {
    throw new TypeError("the module's export is no function; write export default async (run, context) => result")
  }
  const { input } = context.unit
  if (!isRun(input)) throw new TypeError("the unit is no run of a study")
  const told: Array<Promise<Json>> = []
  const tell = (method: string, args: Json): void => {
    if (told.length >= toldMax) throw new RangeError(`a run may report ${toldMax} things; write more to a file`)
    told.push(context.call(method, args))
  }
  const given: ModuleRunContext = {
    seed: input.seed,
    attempt: input.attempt,
    random: RunRandom.make(input.seed),
    signal: context.signal,
    observe: (event) => tell("observe", toJson(event)),
    spend: (spent) => tell("spend", { costUsd: spent.costUsd ?? null, tokens: spent.tokens ?? null }),
  }
  try {
    const value: unknown = await Reflect.apply(work, undefined, [input, Object.freeze(given)])
    const found = lazyKind(value)
    if (found !== undefined) throw new InvalidReturn(`the run returned ${found}`)
    if (value === undefined) throw new InvalidReturn("the run returned nothing; return what came of it")
    return value
  } finally {
    // What was reported is heard before the run ends, also where it fails.
    await Promise.allSettled(told)
  }
}

/** Events and spendings that one run may report from a worker. */
const toldMax = 100_000

class InvalidReturn extends Error {
  readonly _tag = "InvalidReturn"
  constructor(problem: string) {
    super(problem)
    this.name = "InvalidReturn"
  }
}

const isRun = (input: Json | ModuleRun): input is ModuleRun =>
  typeof input === "object" &&
  input !== null &&
  "runId" in input &&
  "seed" in input &&
  typeof input["seed"] === "number"

/** Through text: what JSON cannot hold is left out, and what cannot be written throws here, where the user sees it. */
const toJson = (event: unknown): Json => JSON.parse(JSON.stringify(event) ?? "null")

const lazyKind = (value: unknown): string | undefined => {
  if (typeof value === "function") return "a function"
  if (typeof value !== "object" || value === null) return undefined
  if ("~effect/Effect" in value) return "an Effect that nobody ran"
  if (Symbol.asyncIterator in value) return "an async generator that nobody read"
  if (Symbol.iterator in value && "next" in value) return "a generator that nobody read"
  return undefined
}
