/**
 * The language of constraints: expressions in Python's syntax over the factors and blocks of a condition, with Python's
 * results, and without Python. No code is run from a study file: there are constants, names, lists, tuples, dicts, a dot
 * and brackets for entries, arithmetic, comparisons, `and`, `or`, `not`, and calls of `len`, `int`, `float`, `str`, `bool`.
 *
 * Three rules differ from Python and are the predecessor's: `and` and `or` evaluate all their sides and give true or
 * false; a dot on a map looks up an entry and gives None where there is none; the result must be true or false.
 *
 * Every expression ends: its length, its nesting, the size of its values and the work of an evaluation are bounded.
 *
 * @layer logic
 * @module
 */
import * as Result from "effect/Result"
import { ExpressionError } from "./ExpressionError.ts"
import { binary } from "./internal/expressionArithmetic.ts"
import { attribute, subscript } from "./internal/expressionAttributes.ts"
import { call } from "./internal/expressionCalls.ts"
import { Fault, wrongType } from "./internal/expressionFault.ts"
import { type CompareOperator, type ExpressionNode, parseTree } from "./internal/expressionParse.ts"
import {
  Budget,
  Dict,
  Opaque,
  type Py,
  Sequence,
  contains,
  equal,
  fromValue,
  keyOf,
  numeric,
  order,
  truth,
  typeName,
  whole,
} from "./internal/expressionValues.ts"
import { placeOf } from "./internal/jsonLines.ts"
import { nearestName } from "./internal/nearestName.ts"
import type { ValueMap } from "./Value.ts"

/** An expression that was read. @category models */
export interface Expression {
  readonly text: string
  readonly tree: ExpressionNode
}

/** Characters of an expression that an error shows. */
const shownCharactersMax = 200

class Evaluation {
  /** Where the node that is being worked on stands. */
  at = 0
  readonly budget = new Budget()
  readonly #context: ValueMap
  readonly #names = new Map<string, Py>()

  constructor(context: ValueMap) {
    this.#context = context
  }

  /** The value of a node; recursion is as deep as the tree, which is bounded. */
  value(node: ExpressionNode): Py {
    const { at, shape } = node
    this.budget.spend(1)
    this.at = at
    switch (shape.kind) {
      case "constant":
        return typeof shape.value === "bigint" ? whole(shape.value) : shape.value
      case "ellipsis":
        return new Opaque("...", null)
      case "name":
        return this.#name(shape.name)
      case "list":
      case "tuple":
        return new Sequence(
          shape.kind,
          shape.items.map((item) => this.value(item)),
        )
      case "dict":
        return this.#dict(shape.entries, at)
      case "attribute":
        return this.#then(at, [this.value(shape.of)], (of) => attribute(of, shape.name, this.budget))
      case "subscript":
        return this.#then(at, [this.value(shape.of), this.value(shape.index)], (of, index) =>
          subscript(of, index, this.budget),
        )
      case "and":
      case "or": {
        // All sides first: a fault on the right is a fault, whatever stands on the left.
        const sides = shape.items.map((item) => truth(this.value(item)))
        return shape.kind === "and" ? sides.every(Boolean) : sides.some(Boolean)
      }
      case "not":
        return !truth(this.value(shape.of))
      case "plus":
        return this.#then(at, [this.value(shape.of)], (of) => number(of))
      case "minus":
        return this.#then(at, [this.value(shape.of)], (of) => -number(of))
      case "binary":
        return this.#then(at, [this.value(shape.left), this.value(shape.right)], (left, right) =>
          binary(shape.operator, left, right, this.budget),
        )
      case "compare": {
        let left = this.value(shape.first)
        for (const { node: next, operator } of shape.rest) {
          const right = this.value(next)
          this.at = next.at
          if (!compare(operator, left, right, this.budget)) return false
          left = right
        }
        return true
      }
      case "call": {
        const args = shape.parts.map((part) => this.value(part))
        this.at = at
        return call(shape.name, args, this.budget)
      }
    }
  }

  /** Does something with values that are there already, at the place of their node. */
  #then(at: number, values: readonly [Py, Py?], run: (first: Py, second: Py) => Py): Py {
    this.at = at
    return run(values[0], values[1] ?? null)
  }

  #name(name: string): Py {
    const known = this.#names.get(name)
    if (known !== undefined) return known
    const value = this.#context.get(name)
    if (value === undefined) {
      const near = nearestName(name, this.#context.keys())
      const hint =
        near === undefined ? `names are ${[...this.#context.keys()].slice(0, 10).join(", ")}` : `did you mean ${near}?`
      throw new Fault("name", "ValidationError", `there is no factor or block ${JSON.stringify(name)}`, undefined, hint)
    }
    const converted = fromValue(value, this.budget)
    this.#names.set(name, converted)
    return converted
  }

  #dict(entries: ReadonlyArray<readonly [ExpressionNode, ExpressionNode]>, at: number): Py {
    const map = new Map<string, readonly [Py, Py]>()
    for (const [keyNode, valueNode] of entries) {
      const key = this.value(keyNode)
      const value = this.value(valueNode)
      this.at = at
      const identity = keyOf(key, this.budget)
      map.set(identity, [map.get(identity)?.[0] ?? key, value])
    }
    return new Dict(map)
  }
}

/** What stands behind a sign: a number; true and false are 1 and 0. */
const number = (value: Py): bigint | number => {
  const found = numeric(value)
  if (found !== undefined) return found
  throw wrongType(`a sign needs a number, not ${typeName(value)}`, "use int(…) or float(…)")
}

const compare = (operator: CompareOperator, left: Py, right: Py, budget: Budget): boolean => {
  switch (operator) {
    case "==":
      return equal(left, right, budget)
    case "!=":
      return !equal(left, right, budget)
    case "in":
      return contains(right, left, budget)
    case "not in":
      return !contains(right, left, budget)
    case "<":
      return order(left, right, operator, budget) < 0
    case "<=":
      return order(left, right, operator, budget) <= 0
    case ">":
      return order(left, right, operator, budget) > 0
    case ">=":
      return order(left, right, operator, budget) >= 0
  }
}

const toError = (text: string, fault: Fault, at: number): ExpressionError =>
  new ExpressionError({
    expression: text.length > shownCharactersMax ? `${text.slice(0, shownCharactersMax)}…` : text,
    reason: fault.reason,
    pythonError: fault.pythonError,
    ...placeOf(text, fault.offset ?? at),
    problem: fault.problem,
    hints: [fault.hint ?? "correct the expression of this constraint"],
  })

/**
 * Reads an expression. What is wrong with its form is found here; what is wrong with its values, by {@link evaluate}.
 *
 * @example
 * import * as Expression from "@heddle/experiments/Expression"
 * import * as Result from "effect/Result"
 *
 * const rule = Result.getOrThrow(Expression.parse("not (variant == 'b' and temp > 0)"))
 * Expression.evaluate(rule, new Map([["variant", "b"], ["temp", 0.5]])) // => Result.succeed(false)
 *
 * @category parsing
 */
export const parse = (text: string): Result.Result<Expression, ExpressionError> => {
  const lines = text.replaceAll(/\r\n?/g, "\n")
  try {
    return Result.succeed({ text: lines, tree: parseTree(lines) })
  } catch (fault) {
    if (!(fault instanceof Fault)) throw fault
    return Result.fail(toError(lines, fault, 0))
  }
}

/**
 * Whether an expression holds for these values. A value is looked up by its name in `context`.
 *
 * @category evaluation
 */
export const evaluate = (expression: Expression, context: ValueMap): Result.Result<boolean, ExpressionError> => {
  const evaluation = new Evaluation(context)
  try {
    const value = evaluation.value(expression.tree)
    if (typeof value === "boolean") return Result.succeed(value)
    const hint = `compare it: write ${expression.text.length < 40 ? expression.text.trim() : "…"} == …`
    throw new Fault("notBoolean", "ValidationError", `the result is ${typeName(value)}, not true or false`, 0, hint)
  } catch (fault) {
    if (!(fault instanceof Fault)) throw fault
    return Result.fail(toError(expression.text, fault, evaluation.at))
  }
}
