/**
 * From coded levels to the values of a study: -1 is the first level of a factor (or the low bound of the option
 * `bounds`), 1 the second (or high), 0 the middle, anything else is computed on the straight line through both.
 *
 * A factor with a single value is held there and takes no part in the design.
 *
 * @layer logic
 * @module
 */
import * as Result from "effect/Result"
import type { DesignError } from "../ExperimentError.ts"
import { type Factor, type Study, valuesOf } from "../Study.ts"
import * as Value from "../Value.ts"
import { boundsOption, designError, optionError, shown } from "./combinatorialOptions.ts"
import { valueKey } from "./valueKey.ts"

/** A factor that the design varies. */
export interface CodedFactor {
  readonly name: string
  /** True where the levels are numbers, so that values between and beyond them mean something. */
  readonly numeric: boolean
  /** The value at a coded level. Other levels than -1 and 1 only where it is numeric. */
  readonly valueAt: (coded: number) => Value.Value
  /** The declared type is `int`, so a computed value that is not whole is worth a note. */
  readonly whole: boolean
}

/** The factors of a study as a design sees them. */
export interface CodedFactors {
  readonly varied: ReadonlyArray<CodedFactor>
  /** Factors with a single value. */
  readonly held: ReadonlyMap<string, Value.Value>
  readonly notes: ReadonlyArray<string>
}

/** Larger numbers are refused: values between and beyond them could not be computed. */
const magnitudeMax = 1e300

const isUsable = (value: Value.Value): boolean => Math.abs(Value.toNumber(value) ?? Number.NaN) <= magnitudeMax

/** How far the middle of three levels may be from halfway, relative to the distance of the outer ones. */
const middleTolerance = 1e-9

const exact = (ends: readonly [Value.Value, Value.Value], middle?: Value.Value): CodedFactor["valueAt"] => {
  const low = Value.toNumber(ends[0])
  const high = Value.toNumber(ends[1])
  return (coded) => {
    if (coded === -1) return ends[0]
    if (coded === 1) return ends[1]
    if (coded === 0 && middle !== undefined) return middle
    if (low === undefined || high === undefined) return null
    const center = (low + high) / 2
    return Value.float(coded === 0 ? center : center + (coded * (high - low)) / 2)
  }
}

/**
 * The factors of a study. `levels` says what the design needs: `two` takes exactly two levels of any kind, `numeric`
 * takes two or three numbers.
 */
export const codedFactors = (study: Study, levels: "two" | "numeric"): Result.Result<CodedFactors, DesignError> => {
  const bounds = boundsOption(study)
  if (Result.isFailure(bounds)) return Result.fail(bounds.failure)
  const given = study.designSpec.options.get("bounds")
  const varied: Array<CodedFactor> = []
  const held = new Map<string, Value.Value>()
  const notes: Array<string> = []
  for (const [at, factor] of study.factors.entries()) {
    const pair = Value.isMap(given) ? given.get(factor.name) : undefined
    const values = valuesOf(factor)
    if (bounds.success.has(factor.name) && pair !== undefined && pair !== null && Value.isList(pair)) {
      const [low = null, high = null] = pair
      if (!isUsable(low) || !isUsable(high)) {
        return Result.fail(optionError(study, `bounds.${factor.name}`, `must be within ±${magnitudeMax}`))
      }
      if (factor.levels.length > 0) notes.push(`${factor.name}: its bounds are used in place of its levels.`)
      varied.push({
        name: factor.name,
        numeric: true,
        valueAt: exact([low, high]),
        whole: factor.dtype === "int",
      })
      continue
    }
    const [first, second, third] = values
    if (values.length === 1 && first !== undefined) {
      held.set(factor.name, first)
      continue
    }
    const made = levels === "two" ? ofTwo(study, factor, at) : ofNumbers(study, factor, at)
    if (Result.isFailure(made)) return Result.fail(made.failure)
    const numeric = values.every(isUsable)
    if (first === undefined || second === undefined) continue
    varied.push({
      name: factor.name,
      numeric,
      valueAt: third === undefined ? exact([first, second]) : exact([first, third], second),
      whole: factor.dtype === "int",
    })
  }
  if (held.size > 0) notes.push(`Held at a single value, not varied: ${[...held.keys()].join(", ")}.`)
  return Result.succeed({ varied, held, notes })
}

const wrong = (study: Study, at: number, problem: string, hints: ReadonlyArray<string>) =>
  Result.fail(designError(study, `factors[${at}].levels`, problem, hints))

const ofTwo = (study: Study, factor: Factor, at: number): Result.Result<void, DesignError> => {
  const values = valuesOf(factor)
  if (values.length !== 2) {
    return wrong(study, at, `${shown(factor.name)} has ${values.length} levels; this design takes two`, [
      "name a low and a high one with options.bounds, or take full_factorial or optimal",
    ])
  }
  return new Set(values.map(valueKey)).size === 2
    ? Result.succeed(undefined)
    : wrong(study, at, `the two levels of ${shown(factor.name)} have the same value`, ["give it two different values"])
}

const ofNumbers = (study: Study, factor: Factor, at: number): Result.Result<void, DesignError> => {
  const values = valuesOf(factor)
  const numbers = values.map((value) => Value.toNumber(value))
  if (!values.every(isUsable)) {
    return wrong(
      study,
      at,
      `${shown(factor.name)} is not numeric (within ±${magnitudeMax}); this design needs values between its levels`,
      ["for categorical factors take fractional_factorial, plackett_burman or optimal"],
    )
  }
  if (values.length > 3) {
    return wrong(study, at, `${shown(factor.name)} has ${values.length} levels; this design takes low and high`, [
      "give two levels, three evenly spaced ones, or options.bounds",
    ])
  }
  const [low = 0, middle = 0] = numbers
  const high = numbers.at(-1) ?? 0
  if (low === high) {
    return wrong(study, at, `low and high of ${shown(factor.name)} must differ`, ["give it two different numbers"])
  }
  if (numbers.length === 3 && Math.abs(middle - (low + high) / 2) > middleTolerance * Math.abs(high - low)) {
    return wrong(
      study,
      at,
      `the middle level of ${shown(factor.name)} is ${middle}, not halfway between ${low} and ${high}`,
      [`take ${(low + high) / 2} as the middle, or give two levels only`],
    )
  }
  return Result.succeed(undefined)
}
