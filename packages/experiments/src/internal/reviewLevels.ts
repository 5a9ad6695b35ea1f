/**
 * Whether expressions compare factors with values that they can have. A constraint that asks for a level that is misspelt
 * is never true or always true, and excludes nothing or everything without a word.
 *
 * @layer logic
 * @module
 */
import { repr } from "../StableJson.ts"
import type { Study } from "../Study.ts"
import { isNumber, toNumber, type Value } from "../Value.ts"
import { type ExpressionNode, parseTree } from "./expressionParse.ts"
import { nearestName } from "./nearestName.ts"

/** A comparison with what is no level. */
export interface Stranger {
  readonly factor: string
  readonly value: string
  readonly levels: string
  readonly nearest: string | undefined
}

/** Levels that a sentence lists. */
const levelsShownMax = 10

/** Values that the expression language takes for one another are one text: 1, 1.0 and True are equal there. */
const keyOf = (value: Value | boolean | bigint | number | string | null): string | undefined => {
  if (typeof value === "string") return `text ${value}`
  if (typeof value === "boolean") return `number ${value ? 1 : 0}`
  if (value === null) return "none"
  if (typeof value === "bigint" || isNumber(value)) return `number ${toNumber(value) ?? ""}`
  return undefined
}

/** The factor that a node names: `dose`, `factors.dose`, `factors["dose"]`. */
const factorOf = ({ shape }: ExpressionNode): string | undefined => {
  switch (shape.kind) {
    case "name":
      return shape.name
    case "attribute":
      return isFactors(shape.of) ? shape.name : undefined
    case "subscript": {
      const index = shape.index.shape
      return isFactors(shape.of) && index.kind === "constant" && typeof index.value === "string"
        ? index.value
        : undefined
    }
    default:
      return undefined
  }
}

const isFactors = ({ shape }: ExpressionNode): boolean => shape.kind === "name" && shape.name === "factors"

const constantsOf = (
  node: ExpressionNode,
  operator: string,
): ReadonlyArray<null | boolean | bigint | number | string> => {
  const { shape } = node
  const isMember = operator === "in" || operator === "not in"
  if (!isMember) return shape.kind === "constant" ? [shape.value] : []
  return shape.kind === "list" || shape.kind === "tuple" ? shape.items.flatMap((item) => constantsOf(item, "==")) : []
}

const childrenOf = ({ shape }: ExpressionNode): ReadonlyArray<ExpressionNode> => {
  switch (shape.kind) {
    case "list":
    case "tuple":
    case "and":
    case "or":
      return shape.items
    case "dict":
      return shape.entries.flat()
    case "attribute":
    case "not":
    case "plus":
    case "minus":
      return [shape.of]
    case "subscript":
      return [shape.of, shape.index]
    case "binary":
      return [shape.left, shape.right]
    case "compare":
      return [shape.first, ...shape.rest.map(({ node }) => node)]
    case "call":
      return shape.parts
    default:
      return []
  }
}

/** Comparisons of one expression, which can be read, with what is no level. `between` says that numbers between levels occur. */
export const strangersOf = (
  text: string,
  { blocks, factors }: Pick<Study, "blocks" | "factors">,
  between: boolean,
): ReadonlyArray<Stranger> => {
  const hidden = new Set(blocks.map(({ name }) => name))
  const known = new Map(
    factors
      .filter(({ levels, name }) => levels.length > 0 && !hidden.has(name))
      .map(({ levels, name }) => [name, levels.map(({ value }) => value)]),
  )
  const found: Array<Stranger> = []
  const compare = (one: ExpressionNode, operator: string, other: ExpressionNode): void => {
    const factor = factorOf(one)
    const levels = factor === undefined ? undefined : known.get(factor)
    if (factor === undefined || levels === undefined) return
    const keys = new Set(levels.map(keyOf))
    if (keys.has(undefined)) return
    for (const value of constantsOf(other, operator)) {
      const key = keyOf(value)
      if (key === undefined || keys.has(key) || (between && key.startsWith("number"))) continue
      const texts = levels.flatMap((level) => (typeof level === "string" ? [level] : []))
      found.push({
        factor,
        value: repr(value),
        levels: `${levels.slice(0, levelsShownMax).map(repr).join(", ")}${levels.length > levelsShownMax ? ", …" : ""}`,
        nearest: typeof value === "string" ? nearestName(value, texts) : undefined,
      })
    }
  }
  const visit = (node: ExpressionNode): void => {
    const { shape } = node
    if (shape.kind === "compare") {
      let left = shape.first
      for (const { node: right, operator } of shape.rest) {
        if (["==", "!=", "in", "not in"].includes(operator)) {
          compare(left, operator, right)
          if (operator === "==" || operator === "!=") compare(right, operator, left)
        }
        left = right
      }
    }
    childrenOf(node).forEach(visit)
  }
  visit(parseTree(text))
  return found
}
