/**
 * Options of a design, read with a clear error for each that is wrong: unknown names, wrong types, numbers out of bounds.
 *
 * @layer logic
 * @module
 */
import * as Result from "effect/Result"
import { conditionsMax } from "../Design.ts"
import { DesignError } from "../ExperimentError.ts"
import type { Study } from "../Study.ts"
import * as Value from "../Value.ts"

/** Keys that belong to the design as a whole and may stand among the options of any kind. */
const shared = ["n_samples", "center_points", "block_randomization_key", "matrix_path"]

/** An error of the study's design at one of its options. */
export const optionError = (
  study: Study,
  option: string,
  problem: string,
  hints: ReadonlyArray<string> = [],
): DesignError =>
  new DesignError({
    kind: study.designSpec.kind,
    option: `design_spec.options.${option}`,
    problem,
    hints: hints.length > 0 ? hints : ["correct the study and look at its design: heddle experiments design FILE"],
  })

/** An error of the study's design at a place outside of its options. */
export const designError = (
  study: Study,
  place: string,
  problem: string,
  hints: ReadonlyArray<string> = [],
): DesignError =>
  new DesignError({
    kind: study.designSpec.kind,
    option: place,
    problem,
    hints: hints.length > 0 ? hints : ["correct the study and look at its design: heddle experiments design FILE"],
  })

/** A value in a message: short, whatever it is. */
export const shown = (value: Value.Value): string => {
  const text = JSON.stringify(Value.toJson(value))
  return text.length > 60 ? `${text.slice(0, 57)}...` : text
}

/** Refuses options that the kind does not know, all of them at once. */
export const checkOptions = (study: Study, known: ReadonlyArray<string>): Result.Result<void, DesignError> => {
  const unknown = [...study.designSpec.options.keys()].filter((key) => !known.includes(key) && !shared.includes(key))
  const [first] = unknown
  if (first === undefined) return Result.succeed(undefined)
  return Result.fail(
    optionError(
      study,
      first.slice(0, 60),
      `unknown option${unknown.length > 1 ? `s ${unknown.slice(0, 10).join(", ").slice(0, 200)}` : ""}; this kind knows ${
        known.length === 0 ? "no options" : known.join(", ")
      }`,
    ),
  )
}

/** Centre points make no sense for this kind: refuses them instead of leaving them out silently. */
export const refuseCenterPoints = (study: Study): Result.Result<void, DesignError> =>
  study.designSpec.centerPoints === 0
    ? Result.succeed(undefined)
    : Result.fail(designError(study, "design_spec.center_points", "this kind of design has no centre points"))

/** A whole number within bounds, or `otherwise` where the option is absent. */
export const intOption = <A>(
  study: Study,
  name: string,
  bounds: { readonly min: number; readonly max: number },
  otherwise: A,
): Result.Result<number | A, DesignError> => {
  const value = study.designSpec.options.get(name)
  if (value === undefined || value === null) return Result.succeed(otherwise)
  if (typeof value !== "number" || !Number.isSafeInteger(value) || value < bounds.min || value > bounds.max) {
    return Result.fail(
      optionError(study, name, `must be a whole number from ${bounds.min} to ${bounds.max}, not ${shown(value)}`),
    )
  }
  return Result.succeed(value)
}

/** True or false, or `otherwise` where the option is absent. */
export const boolOption = (study: Study, name: string, otherwise: boolean): Result.Result<boolean, DesignError> => {
  const value = study.designSpec.options.get(name)
  if (value === undefined || value === null) return Result.succeed(otherwise)
  return typeof value === "boolean"
    ? Result.succeed(value)
    : Result.fail(optionError(study, name, `must be true or false, not ${shown(value)}`))
}

/** One of some words; spaces, hyphens and capitals make no difference. */
export const choiceOption = <A extends string>(
  study: Study,
  name: string,
  choices: ReadonlyArray<A>,
  otherwise: A,
): Result.Result<A, DesignError> => {
  const value = study.designSpec.options.get(name)
  if (value === undefined || value === null) return Result.succeed(otherwise)
  const plain = (text: string): string => text.toLowerCase().replace(/[\s_-]+/gu, "_")
  const found =
    typeof value === "string" ? choices.find((choice) => plain(choice) === plain(value.slice(0, 100))) : undefined
  return found === undefined
    ? Result.fail(optionError(study, name, `must be one of ${choices.join(", ")}, not ${shown(value)}`))
    : Result.succeed(found)
}

/** A name, or `undefined` where the option is absent. */
export const nameOption = (study: Study, name: string): Result.Result<string | undefined, DesignError> => {
  const value = study.designSpec.options.get(name)
  if (value === undefined || value === null) return Result.succeed(undefined)
  return typeof value === "string"
    ? Result.succeed(value)
    : Result.fail(optionError(study, name, `must be a name, not ${shown(value)}`))
}

/** Names that must be among `known`, without repeats. One name may stand for a list of one. */
export const namesOption = (
  study: Study,
  name: string,
  known: ReadonlyArray<string>,
): Result.Result<ReadonlyArray<string>, DesignError> => {
  const value = study.designSpec.options.get(name)
  if (value === undefined || value === null) return Result.succeed([])
  const items: ReadonlyArray<Value.Value> = Value.isList(value) ? value : [value]
  const names: Array<string> = []
  for (const item of items) {
    if (typeof item !== "string" || !known.includes(item)) {
      return Result.fail(optionError(study, name, `${shown(item)} is none of the factors ${known.join(", ")}`))
    }
    if (names.includes(item)) return Result.fail(optionError(study, name, `${shown(item)} is named twice`))
    names.push(item)
  }
  return Result.succeed(names)
}

/** Bounds `{name: [low, high]}` by factor name; both finite, low below high. */
export const boundsOption = (
  study: Study,
): Result.Result<ReadonlyMap<string, readonly [low: number, high: number]>, DesignError> => {
  const bounds = new Map<string, readonly [number, number]>()
  const value = study.designSpec.options.get("bounds")
  if (value === undefined || value === null) return Result.succeed(bounds)
  if (!Value.isMap(value)) {
    return Result.fail(optionError(study, "bounds", `must be a map of names to [low, high], not ${shown(value)}`))
  }
  for (const [name, pair] of value) {
    if (!study.factors.some((factor) => factor.name === name)) {
      return Result.fail(
        optionError(
          study,
          "bounds",
          `${shown(name)} is none of the factors ${study.factors.map((factor) => factor.name).join(", ")}`,
        ),
      )
    }
    const low = Value.isList(pair) && pair.length === 2 ? Value.toNumber(pair[0]) : undefined
    const high = Value.isList(pair) && pair.length === 2 ? Value.toNumber(pair[1]) : undefined
    if (low === undefined || high === undefined || !Number.isFinite(high - low) || low >= high) {
      return Result.fail(
        optionError(study, `bounds.${name}`, `must be [low, high] with low below high, not ${shown(pair)}`),
      )
    }
    bounds.set(name, [low, high])
  }
  return Result.succeed(bounds)
}

/** Refuses a design of more rows than {@link conditionsMax}, before any of them is made. */
export const checkCount = (study: Study, count: number, how: string): Result.Result<number, DesignError> =>
  count <= conditionsMax
    ? Result.succeed(count)
    : Result.fail(
        designError(study, "design_spec", `${how} are ${count} rows; a design has at most ${conditionsMax}`, [
          "use fewer factors, levels, blocks or samples",
        ]),
      )
