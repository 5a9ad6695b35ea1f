/**
 * Filters of lists, as data. A filter names attributes of one list, once each, and joins them all with "and" or all with
 * "or": the server documents no precedence between the two, so a mixture has no certain meaning and cannot be written
 * here. What the types do not catch (text from a command line) is refused before any request.
 *
 * The key of the study is in the address, never in a filter.
 *
 * @layer logic
 * @module
 */
import * as DateTime from "effect/DateTime"
import * as Result from "effect/Result"
import { type ImednetError, refused } from "./ImednetError.ts"
import * as Instant from "./Instant.ts"
import { type AttributesOf, type AttributeType, type ResourceName, resources } from "./Resource.ts"

/** Comparisons of a filter. @category models */
export type Operator = "<" | "<=" | ">" | ">=" | "==" | "!="
/** Comparisons inside the data of a record; `=~` finds a part, ignoring case, as a regular expression. @category models */
export type RecordDataOperator = Operator | "=~"

/** What an attribute of a type is compared with. @category models */
export interface ValueOf {
  readonly text: string
  readonly int: number
  readonly bool: boolean
  readonly instant: Instant.InstantText | DateTime.Utc
  readonly day: Instant.DayText
}

/** One comparison: a value alone means `==`. @category models */
export type Condition<T extends AttributeType> = ValueOf[T] | readonly [operator: Operator, value: ValueOf[T]]

/** Conditions by attribute, each attribute once. @category models */
export type Conditions<R extends ResourceName> = {
  readonly [K in keyof AttributesOf<R>]?: AttributesOf<R>[K] extends AttributeType
    ? Condition<AttributesOf<R>[K]>
    : never
}

/**
 * A filter of one list. Made by {@link all}, {@link any} or {@link parse}; given to a list, which renders it. Conditions
 * are joined all by `and` or all by `or`: the server has no mixture.
 *
 * @category models
 */
export interface Filter<R extends ResourceName> {
  readonly resource: R
  readonly join: "and" | "or"
  readonly conditions: ReadonlyArray<{ readonly attribute: string; readonly operator: string; readonly value: Value }>
}
type Value = string | number | boolean | DateTime.Utc

/** A filter on the values that records hold, by variable name. Only the list of records takes it. @category models */
export interface RecordDataFilter {
  readonly join: "and" | "or"
  readonly conditions: ReadonlyArray<{ readonly attribute: string; readonly operator: string; readonly value: Value }>
}

/** Conditions on the data of a record, by variable name. @category models */
export type RecordDataConditions = {
  readonly [variable: string]: string | number | readonly [operator: RecordDataOperator, value: string | number]
}

const entries = (
  conditions: object,
): ReadonlyArray<{ readonly attribute: string; readonly operator: string; readonly value: Value }> => {
  const list: Array<{ attribute: string; operator: string; value: Value }> = []
  for (const [attribute, condition] of Object.entries(conditions)) {
    if (condition === undefined) continue
    if (Array.isArray(condition)) list.push({ attribute, operator: String(condition[0]), value: condition[1] })
    else list.push({ attribute, operator: "==", value: condition })
  }
  return list
}

/** The lists that can be filtered: all but users. @category models */
export type Filterable = Exclude<ResourceName, "users">

/** Items for which every condition holds. @category constructors */
export const all = <const R extends Filterable>(resource: R, conditions: Conditions<R>): Filter<R> => ({
  resource,
  join: "and",
  conditions: entries(conditions),
})

/** Items for which at least one condition holds. @category constructors */
export const any = <const R extends Filterable>(resource: R, conditions: Conditions<R>): Filter<R> => ({
  resource,
  join: "or",
  conditions: entries(conditions),
})

/** Records in whose data every condition holds. @category constructors */
export const recordData = (conditions: RecordDataConditions): RecordDataFilter => ({
  join: "and",
  conditions: entries(conditions),
})

/** Records in whose data at least one condition holds. @category constructors */
export const recordDataAny = (conditions: RecordDataConditions): RecordDataFilter => ({
  join: "or",
  conditions: entries(conditions),
})

const operators = new Set<string>(["<", "<=", ">", ">=", "==", "!="])
const attributePattern = /^[A-Za-z_][A-Za-z0-9_]{0,127}$/
/** Conditions of one filter; the filter travels in the address, whose length servers bound. */
export const conditionsMax = 100
/** Characters of a rendered filter. */
export const lengthMax = 6_000

/**
 * The text that the server takes, or `Refused` with the reason: an attribute that the list does not have or that is named
 * twice, an operator that is none, a value of the wrong type, too many conditions, or too long a text.
 *
 * @category conversions
 */
export const render = <R extends ResourceName>(filter: Filter<R>): Result.Result<string, ImednetError> => {
  // A filter from JavaScript may name any attribute, so the table is read as one of unknown keys.
  const attributes: { readonly [name: string]: AttributeType } = resources[filter.resource].filters
  return renderWith(filter, `filter of ${filter.resource}`, operators, (attribute) =>
    Object.hasOwn(attributes, attribute) ? attributes[attribute] : undefined,
  )
}

const recordDataOperators = new Set<string>([...operators, "=~"])

/** The text that the server takes as `recordDataFilter`, or `Refused` with the reason. @category conversions */
export const renderRecordData = (filter: RecordDataFilter): Result.Result<string, ImednetError> =>
  renderWith(filter, "recordDataFilter", recordDataOperators, () => "any")

const renderWith = (
  filter: RecordDataFilter,
  what: string,
  allowed: ReadonlySet<string>,
  typeOf: (attribute: string) => AttributeType | "any" | undefined,
): Result.Result<string, ImednetError> => {
  const fail = (problem: string) => Result.fail(refused("filter", what, problem))
  if (filter.conditions.length === 0) return fail("has no condition")
  if (filter.conditions.length > conditionsMax) return fail(`has more than ${conditionsMax} conditions`)
  const seen = new Set<string>()
  const parts: Array<string> = []
  for (const { attribute, operator, value } of filter.conditions) {
    if (!attributePattern.test(attribute)) return fail(`${JSON.stringify(attribute.slice(0, 60))} is not a name`)
    const type = typeOf(attribute)
    if (type === undefined) return fail(`${attribute} is not an attribute that can be filtered`)
    if (seen.has(attribute)) return fail(`${attribute} is named twice; an attribute can be used once`)
    seen.add(attribute)
    if (!allowed.has(operator))
      return fail(`${JSON.stringify(operator.slice(0, 20))} is not an operator (for ${attribute})`)
    const text = valueText(type, value)
    if (Result.isFailure(text)) return fail(`${attribute}: ${text.failure}`)
    parts.push(`${attribute}${operator}${text.success}`)
  }
  const rendered = parts.join(filter.join === "and" ? ";" : ",")
  return rendered.length > lengthMax ? fail(`is longer than ${lengthMax} characters`) : Result.succeed(rendered)
}

const valueText = (type: AttributeType | "any", value: Value): Result.Result<string, string> => {
  switch (type) {
    case "any":
      return typeof value === "string" || (typeof value === "number" && Number.isFinite(value))
        ? quote(String(value))
        : Result.fail("needs text or a number")
    case "text":
      return typeof value === "string" ? quote(value) : Result.fail("needs text")
    case "int":
      return typeof value === "number" && Number.isSafeInteger(value)
        ? Result.succeed(String(value))
        : Result.fail("needs a whole number")
    case "bool":
      return typeof value === "boolean" ? Result.succeed(String(value)) : Result.fail("needs true or false")
    case "day":
      return typeof value === "string" && Instant.isDayText(value)
        ? Result.succeed(value)
        : Result.fail("needs a day as YYYY-MM-DD")
    case "instant":
      if (typeof value === "string" && Instant.isInstantText(value)) return Result.succeed(value)
      if (DateTime.isDateTime(value)) return Result.succeed(Instant.fromDateTime(value))
      return Result.fail("needs a point in time with a zone, such as 2018-01-01T06:00:00Z")
  }
}

/** Plain words stay; everything else goes into double quotes, for which no escape is documented. */
const quote = (value: string): Result.Result<string, string> => {
  if (!value.isWellFormed()) return Result.fail("has half a surrogate pair")
  if (/\p{Cc}/u.test(value)) return Result.fail("has a control character")
  if (value.includes('"')) return Result.fail("has a double quote, which the filter language cannot carry")
  if (/^[A-Za-z0-9_.:+-]+$/.test(value) && !/^(and|or)$/i.test(value)) return Result.succeed(value)
  return Result.succeed(`"${value}"`)
}

type Scanned = { readonly join: "and" | "or"; readonly parts: ReadonlyArray<readonly [string, string, string]> }

/** Splits `a==1;b!="x y"`. Refuses what the server's grammar does not have. */
const scan = (text: string, allowMatch: boolean): Result.Result<Scanned, string> => {
  const parts: Array<readonly [string, string, string]> = []
  let join: string | undefined
  let at = 0
  const pattern = allowMatch
    ? /([A-Za-z_][A-Za-z0-9_]{0,127})(=~|==|!=|<=|>=|<|>)("[^"]*"|[^\s";,]+)/y
    : /([A-Za-z_][A-Za-z0-9_]{0,127})(==|!=|<=|>=|<|>)("[^"]*"|[^\s";,]+)/y
  if (text.length > lengthMax) return Result.fail(`is longer than ${lengthMax} characters`)
  if (text === "") return Result.fail("has no condition")
  while (true) {
    pattern.lastIndex = at
    const match = pattern.exec(text)
    if (match === null) {
      return /\s/.test(text[at] ?? "") ||
        /^[A-Za-z0-9_]*\s/.test(text.slice(at)) ||
        /^[A-Za-z0-9_]+[=!<>~]+\s/.test(text.slice(at))
        ? Result.fail(`has white space at position ${at}; write attribute, operator and value without any`)
        : Result.fail(`cannot be read at position ${at}; it takes attribute, operator, value, such as formKey==AE`)
    }
    const [, attribute = "", operator = "", value = ""] = match
    parts.push([attribute, operator, value])
    at = pattern.lastIndex
    if (at === text.length) return Result.succeed({ join: join === "," ? "or" : "and", parts })
    const separator = text[at]
    if (separator !== ";" && separator !== ",")
      return Result.fail(`has ${/\s/.test(separator ?? "") ? "white space" : "something unexpected"} at position ${at}`)
    if (join !== undefined && join !== separator) return Result.fail("mixes ; (and) with , (or); use one of them")
    join = separator
    at += 1
  }
}

/**
 * Reads a filter from text such as `formKey==AE;dateModified>2018-01-01T06:00:00Z`. Fails with `Refused` for white space,
 * unknown and repeated attributes, values of the wrong type, and a mixture of `;` and `,`.
 *
 * @category parsing
 */
export const parse = <const R extends ResourceName>(
  resource: R,
  text: string,
): Result.Result<Filter<R>, ImednetError> => {
  const attributes: { readonly [name: string]: AttributeType } = resources[resource].filters
  const scanned = scan(text, false)
  if (Result.isFailure(scanned)) return Result.fail(refused("filter", `filter of ${resource}`, scanned.failure))
  const filter: Filter<R> = {
    resource,
    join: scanned.success.join,
    conditions: scanned.success.parts.map(([attribute, operator, value]) => ({
      attribute,
      operator,
      value: typed(Object.hasOwn(attributes, attribute) ? attributes[attribute] : undefined, unquote(value)),
    })),
  }
  return Result.map(render(filter), () => filter)
}

/**
 * Reads a filter on the data of records, such as `AESER==Serious;AETERM=~head`. Fails with `Refused`, as {@link parse}
 * does; variable names are not checked, since they differ from study to study.
 *
 * @category parsing
 */
export const parseRecordData = (text: string): Result.Result<RecordDataFilter, ImednetError> => {
  const scanned = scan(text, true)
  if (Result.isFailure(scanned)) return Result.fail(refused("filter", "recordDataFilter", scanned.failure))
  const filter: RecordDataFilter = {
    join: scanned.success.join,
    conditions: scanned.success.parts.map(([attribute, operator, value]) => ({
      attribute,
      operator,
      value: unquote(value),
    })),
  }
  return Result.map(renderRecordData(filter), () => filter)
}

const unquote = (value: string): string => (value.startsWith('"') ? value.slice(1, -1) : value)

const typed = (type: AttributeType | undefined, value: string): Value => {
  if (type === "int") return /^-?\d{1,16}$/.test(value) ? Number(value) : value
  if (type === "bool") return value === "true" ? true : value === "false" ? false : value
  return value
}
