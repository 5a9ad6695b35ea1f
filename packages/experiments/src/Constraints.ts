/**
 * Which combinations of a design are allowed: the constraints of a study, each read once, asked for every condition. Where
 * the answer is unknown (an expression that fails for some combination, a function that is not there) nothing is decided:
 * that is an error with its place.
 *
 * @layer logic
 * @module
 */
import * as Result from "effect/Result"
import type { Condition } from "./Condition.ts"
import { DesignError, type Issue } from "./ExperimentError.ts"
import { type Expression, evaluate, parse } from "./Expression.ts"
import type { ExpressionError } from "./ExpressionError.ts"
import { repr } from "./StableJson.ts"
import type { Constraint } from "./Study.ts"
import type { Value, ValueMap } from "./Value.ts"

/** A constraint as code: true where the combination is allowed. @category models */
export type ConstraintFunction = (factors: ValueMap, blocks: ValueMap) => boolean

/** What the constraints say of one combination. @category models */
export interface Verdict {
  /** False where a constraint of severity `error` does not hold. */
  readonly admissible: boolean
  /** `<constraint id>: <description>` of each constraint that does not hold, in the order of the study. */
  readonly messages: ReadonlyArray<string>
}

/** Asks all constraints of a study about one combination. @category models */
export type ConstraintCheck = (factors: ValueMap, blocks: ValueMap) => Result.Result<Verdict, DesignError>

/** What the constraints are read for. @category models */
export interface ConstraintOptions {
  /** Kind of the design, for messages. */
  readonly kind: string
  /** Code for constraints with a `callable_ref`, by that text. */
  readonly functions?: Readonly<Record<string, ConstraintFunction>>
}

interface Compiled {
  readonly constraint: Constraint
  readonly place: string
  readonly expression: Expression | undefined
  readonly predicate: ConstraintFunction | undefined
}

const allowed: Verdict = { admissible: true, messages: [] }

/** Characters of a condition that a message shows. */
const shownMax = 200

const shown = (factors: ValueMap, blocks: ValueMap): string => {
  const text = Array.from([...factors, ...blocks], ([name, value]) => `${name} = ${repr(value)}`).join(", ")
  return text.length > shownMax ? `${text.slice(0, shownMax)}…` : text
}

const expressionProblem = (constraint: Constraint, error: ExpressionError): string =>
  `constraint ${JSON.stringify(constraint.constraintId)}: ${error.message}`

const compile = (
  constraint: Constraint,
  index: number,
  options: ConstraintOptions,
): Result.Result<Compiled, DesignError> => {
  const place = `constraints[${index}]`
  const { callableRef } = constraint
  let predicate: ConstraintFunction | undefined
  if (callableRef !== null) {
    predicate =
      options.functions !== undefined && Object.hasOwn(options.functions, callableRef)
        ? options.functions[callableRef]
        : undefined
    if (predicate === undefined) {
      return Result.fail(
        new DesignError({
          kind: options.kind,
          option: `${place}.callable_ref`,
          problem: `constraint ${JSON.stringify(constraint.constraintId)}: ${JSON.stringify(callableRef)} is not called, for no code is run from a study file`,
          hints: [
            "say it as an expression over factors and blocks, as in: a != 'a2' or b < 3",
            `in code, give the function: buildDesign(study, { constraintFunctions: { ${JSON.stringify(callableRef)}: (factors, blocks) => … } })`,
          ],
        }),
      )
    }
  }
  if (constraint.expression === null) return Result.succeed({ constraint, place, expression: undefined, predicate })
  const parsed = parse(constraint.expression)
  if (Result.isSuccess(parsed)) return Result.succeed({ constraint, place, expression: parsed.success, predicate })
  return Result.fail(
    new DesignError({
      kind: options.kind,
      option: `${place}.expression`,
      problem: expressionProblem(constraint, parsed.failure),
      hints: [...parsed.failure.hints],
    }),
  )
}

/** The names that an expression may use; a block stands before a factor of the same name. */
const contextOf = (factors: ValueMap, blocks: ValueMap): ValueMap =>
  new Map<string, Value>([["factors", factors], ["blocks", blocks], ...factors, ...blocks])

const holds = (
  compiled: Compiled,
  factors: ValueMap,
  blocks: ValueMap,
  context: ValueMap,
  kind: string,
): Result.Result<boolean, DesignError> => {
  const { constraint, place } = compiled
  let held = true
  if (compiled.expression !== undefined) {
    const evaluated = evaluate(compiled.expression, context)
    if (Result.isFailure(evaluated)) {
      return Result.fail(
        new DesignError({
          kind,
          option: `${place}.expression`,
          problem: `${expressionProblem(constraint, evaluated.failure)}; at the condition ${shown(factors, blocks)}`,
          hints: [...evaluated.failure.hints],
        }),
      )
    }
    held = evaluated.success
  }
  if (compiled.predicate !== undefined) {
    let answer: unknown
    try {
      answer = compiled.predicate(factors, blocks)
    } catch (thrown) {
      answer = thrown instanceof Error ? thrown : new Error("it threw something that is no error")
    }
    if (typeof answer !== "boolean") {
      return Result.fail(
        new DesignError({
          kind,
          option: `${place}.callable_ref`,
          problem: `constraint ${JSON.stringify(constraint.constraintId)}: the function for ${JSON.stringify(constraint.callableRef)} ${
            answer instanceof Error ? `failed: ${answer.message}` : `must give true or false, not ${typeof answer}`
          }; at the condition ${shown(factors, blocks)}`,
          hints: [],
        }),
      )
    }
    held = held && answer
  }
  return Result.succeed(held)
}

/**
 * The constraints of a study as one function. Every expression is read here, once; one that cannot be read is an error
 * before any condition is built.
 *
 * @category constructors
 */
export const compileConstraints = (
  constraints: ReadonlyArray<Constraint>,
  options: ConstraintOptions,
): Result.Result<ConstraintCheck, DesignError> => {
  const compiled: Array<Compiled> = []
  for (const [index, constraint] of constraints.entries()) {
    const one = compile(constraint, index, options)
    if (Result.isFailure(one)) return Result.fail(one.failure)
    compiled.push(one.success)
  }
  if (compiled.length === 0) return Result.succeed(() => Result.succeed(allowed))
  return Result.succeed((factors, blocks) => {
    const context = contextOf(factors, blocks)
    const messages: Array<string> = []
    let admissible = true
    for (const one of compiled) {
      const held = holds(one, factors, blocks, context, options.kind)
      if (Result.isFailure(held)) return Result.fail(held.failure)
      if (held.success) continue
      messages.push(messageOf(one.constraint))
      if (one.constraint.severity === "error") admissible = false
    }
    return Result.succeed({ admissible, messages })
  })
}

/** The message of a condition for which a constraint does not hold. */
const messageOf = ({ constraintId, description }: Constraint): string => `${constraintId}: ${description}`

/**
 * Constraints that hold for every condition of a built design, and so exclude nothing: more often a slip than meant.
 *
 * @category checks
 */
export const idleConstraints = (
  constraints: ReadonlyArray<Constraint>,
  conditions: ReadonlyArray<Pick<Condition, "constraintMessages">>,
): ReadonlyArray<Issue> => {
  const said = new Set(conditions.flatMap(({ constraintMessages }) => constraintMessages))
  if (conditions.length === 0) return []
  return constraints.flatMap((constraint, index) =>
    said.has(messageOf(constraint))
      ? []
      : [
          {
            path: `constraints[${index}]`,
            message: `${JSON.stringify(constraint.constraintId)} excludes no condition: it holds for all ${conditions.length}`,
          },
        ],
  )
}
