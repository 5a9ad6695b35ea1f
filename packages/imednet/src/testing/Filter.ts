/**
 * The filter grammar of the API: `<attribute><op><value>` joined by `;` or ` and `, and by `,` or ` or `. No brackets, no
 * white space around an operator, each attribute at most once. What breaks a rule is refused, as the service does.
 *
 * Where the documentation is silent: AND binds tighter than OR, and an absent value (null) matches nothing, not even `!=`.
 *
 * @layer logic
 * @module
 */
import type { FieldKind, Row } from "./Wire.ts"

/** A part of a request that was refused. @category models */
export interface Refusal {
  readonly attribute: string
  readonly value: string
  readonly description: string
}

/** A filter that can be applied, or why it was refused. @category models */
export type Parsed =
  | { readonly _tag: "Filter"; readonly matches: (row: Row) => boolean }
  | { readonly _tag: "Refused"; readonly refusal: Refusal }

type Operator = "<" | "<=" | ">" | ">=" | "==" | "!=" | "=~"

interface Clause {
  readonly attribute: string
  readonly operator: Operator
  readonly value: string
}

type Clauses =
  | { readonly clauses: ReadonlyArray<Clause>; readonly joins: ReadonlyArray<"and" | "or"> }
  | { readonly refused: string }

/** The most clauses in one filter. */
export const clausesMax = 1000

const attributePattern = /[A-Za-z_][A-Za-z0-9_.]*/y
const operatorPattern = /=~|==|!=|<=|>=|<|>/y
const joinPattern = / and | or |[;,]/y

const parseClauses = (text: string): Clauses => {
  const clauses: Array<Clause> = []
  const joins: Array<"and" | "or"> = []
  let at = 0
  const take = (pattern: RegExp): string | undefined => {
    pattern.lastIndex = at
    const found = pattern.exec(text)?.[0]
    if (found !== undefined) at += found.length
    return found
  }
  while (true) {
    const attribute = take(attributePattern)
    if (attribute === undefined)
      return { refused: /\s/.test(text.charAt(at)) ? whiteSpace : "An attribute is expected" }
    const operator = take(operatorPattern)
    if (operator === undefined) return { refused: /\s/.test(text.charAt(at)) ? whiteSpace : "An operator is expected" }
    let value = ""
    if (text.charAt(at) === '"') {
      at += 1
      while (at < text.length && text.charAt(at) !== '"') {
        if (text.charAt(at) === "\\" && at + 1 < text.length) at += 1
        value += text.charAt(at)
        at += 1
      }
      if (at >= text.length) return { refused: "A quoted value is not closed" }
      at += 1
    } else {
      const from = at
      while (at < text.length && !/[;,\s"]/.test(text.charAt(at))) at += 1
      value = text.slice(from, at)
      if (value === "") return { refused: /\s/.test(text.charAt(at)) ? whiteSpace : "A value is expected" }
    }
    // The pattern admits operators only, so this is one of them.
    clauses.push({ attribute, operator: operator as Operator, value })
    if (clauses.length > clausesMax) return { refused: `At most ${clausesMax} criteria are allowed` }
    if (at === text.length) return { clauses, joins }
    const join = take(joinPattern)
    if (join === undefined) return { refused: /\s/.test(text.charAt(at)) ? whiteSpace : "A connector is expected" }
    joins.push(join === ";" || join === " and " ? "and" : "or")
  }
}

const whiteSpace = "White space is not allowed between attribute, operator and value"

const refuse = (attribute: string, value: string, description: string): Parsed => ({
  _tag: "Refused",
  refusal: { attribute, value, description },
})

const repeated = (clauses: ReadonlyArray<Clause>): string | undefined => {
  const seen = new Set<string>()
  for (const { attribute } of clauses) {
    if (seen.has(attribute)) return attribute
    seen.add(attribute)
  }
  return undefined
}

/** OR over groups of AND. */
const combine = (
  tests: ReadonlyArray<(row: Row) => boolean>,
  joins: ReadonlyArray<"and" | "or">,
): ((row: Row) => boolean) => {
  const groups: Array<Array<(row: Row) => boolean>> = [[]]
  for (const [index, test] of tests.entries()) {
    if (index > 0 && joins[index - 1] === "or") groups.push([])
    groups.at(-1)?.push(test)
  }
  return (row) => groups.some((group) => group.every((test) => test(row)))
}

const compare = (operator: Operator, order: number): boolean => {
  switch (operator) {
    case "<":
      return order < 0
    case "<=":
      return order <= 0
    case ">":
      return order > 0
    case ">=":
      return order >= 0
    case "==":
      return order === 0
    case "!=":
      return order !== 0
    case "=~":
      return false
  }
}

const orderOf = <T extends string | number>(a: T, b: T): number => (a < b ? -1 : a > b ? 1 : 0)

const instantPattern = /^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}(?:Z|[+-]\d{2}:\d{2})$/
const datePattern = /^\d{4}-\d{2}-\d{2}$/

/** The 30th of February parses, but is no day. */
const isCalendarDate = (text: string): boolean => {
  const ms = Date.parse(text)
  return !Number.isNaN(ms) && new Date(ms).toISOString().startsWith(text)
}

const clauseTest = (clause: Clause, kind: FieldKind): ((row: Row) => boolean) | undefined => {
  const { attribute, operator, value } = clause
  switch (kind) {
    case "nested":
      return undefined
    case "int": {
      if (!/^-?\d{1,15}$/.test(value)) return undefined
      const wanted = Number(value)
      return (row) => {
        const found = row[attribute]
        return typeof found === "number" && compare(operator, orderOf(found, wanted))
      }
    }
    case "bool": {
      if (value !== "true" && value !== "false") return undefined
      if (operator !== "==" && operator !== "!=") return undefined
      const wanted = value === "true"
      return (row) => {
        const found = row[attribute]
        return typeof found === "boolean" && (found === wanted) === (operator === "==")
      }
    }
    case "timestamp": {
      const wanted = instantPattern.test(value) && isCalendarDate(value.slice(0, 10)) ? Date.parse(value) : Number.NaN
      if (Number.isNaN(wanted)) return undefined
      return (row) => {
        const found = row[attribute]
        return (
          typeof found === "string" &&
          found !== "" &&
          compare(operator, orderOf(Date.parse(`${found.replace(" ", "T")}Z`), wanted))
        )
      }
    }
    case "date": {
      if (!datePattern.test(value) || !isCalendarDate(value)) return undefined
      return (row) => {
        const found = row[attribute]
        return typeof found === "string" && found !== "" && compare(operator, orderOf(found, value))
      }
    }
    case "text":
      return (row) => {
        const found = row[attribute]
        return typeof found === "string" && compare(operator, orderOf(found, value))
      }
  }
}

const expectations: { readonly [K in FieldKind]: string } = {
  int: "a whole number",
  bool: "true or false with == or !=",
  timestamp: "a UTC date and time, such as 2018-01-01T06:00:00Z",
  date: "a date, such as 2018-01-31",
  text: "a text",
  nested: "nothing: it cannot be filtered by",
}

/** Reads a `filter`. @category parsing */
export const parseFilter = (text: string, fields: { readonly [field: string]: FieldKind }): Parsed => {
  const parsed = parseClauses(text)
  if ("refused" in parsed) return refuse("filter", text, parsed.refused)
  const twice = repeated(parsed.clauses)
  if (twice !== undefined) return refuse("filter", text, `Attribute ${twice} occurs more than once`)
  const tests: Array<(row: Row) => boolean> = []
  for (const clause of parsed.clauses) {
    const kind = Object.hasOwn(fields, clause.attribute) ? fields[clause.attribute] : undefined
    if (kind === undefined) return refuse(clause.attribute, clause.value, `Unknown attribute ${clause.attribute}`)
    if (clause.operator === "=~") return refuse("filter", text, "Operator =~ is for recordDataFilter only")
    const test = clauseTest(clause, kind)
    if (test === undefined) {
      return refuse(clause.attribute, clause.value, `${clause.attribute} takes ${expectations[kind]}`)
    }
    tests.push(test)
  }
  return { _tag: "Filter", matches: combine(tests, parsed.joins) }
}

/**
 * Reads a `recordDataFilter`: looks inside `recordData`, names are matched as they are written, `=~` means contains
 * (regular expression, case-insensitive), and `;` and `,` may not be mixed. Two numbers are compared as numbers.
 *
 * @category parsing
 */
export const parseRecordDataFilter = (text: string): Parsed => {
  const parsed = parseClauses(text)
  if ("refused" in parsed) return refuse("recordDataFilter", text, parsed.refused)
  if (new Set(parsed.joins).size > 1) {
    return refuse("recordDataFilter", text, "The connectors ; and , cannot be used together")
  }
  const twice = repeated(parsed.clauses)
  if (twice !== undefined) return refuse("recordDataFilter", text, `Attribute ${twice} occurs more than once`)
  const tests: Array<(row: Row) => boolean> = []
  for (const clause of parsed.clauses) {
    const test = dataTest(clause)
    if (test === undefined) {
      return refuse("recordDataFilter", text, `${JSON.stringify(clause.value)} is not a regular expression`)
    }
    tests.push((row) => {
      const data = row["recordData"]
      if (typeof data !== "object" || data === null || !Object.hasOwn(data, clause.attribute)) return false
      const found = Object.entries(data).find(([name]) => name === clause.attribute)?.[1]
      return found !== null && found !== undefined && test(String(found))
    })
  }
  return { _tag: "Filter", matches: combine(tests, parsed.joins) }
}

const dataTest = ({ operator, value }: Clause): ((found: string) => boolean) | undefined => {
  if (operator === "=~") {
    try {
      const pattern = new RegExp(value, "i")
      return (found) => pattern.test(found)
    } catch {
      return undefined
    }
  }
  const wanted = value.trim() === "" ? Number.NaN : Number(value)
  return (found) => {
    const given = found.trim() === "" ? Number.NaN : Number(found)
    if (!Number.isNaN(wanted) && !Number.isNaN(given)) return compare(operator, orderOf(given, wanted))
    // An empty answer, or a word where a number is asked for, is neither less nor more.
    const ordered = operator !== "==" && operator !== "!="
    if (ordered && (found === "" || !Number.isNaN(wanted))) return false
    return compare(operator, orderOf(found, value))
  }
}
