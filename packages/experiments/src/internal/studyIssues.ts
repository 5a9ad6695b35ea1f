/**
 * Problems of a study file, collected: where each is, on which line, and what was meant. Issues of a Schema become issues
 * of the file by the form of the file, so that a message says what the file should hold.
 *
 * @layer logic
 * @module
 */
import type * as SchemaIssue from "effect/SchemaIssue"
import { InvalidStudy, issuesMax } from "../ExperimentError.ts"
import type { Issue } from "../ExperimentError.ts"
import { Float, Timestamp } from "../Value.ts"
import { nearestName } from "./nearestName.ts"
import type { Form, Key } from "./studyForm.ts"
import { snakeCase, studyKeys } from "./studyForm.ts"

/** Keys and indexes from the top of the file. */
export type Path = ReadonlyArray<string | number>

/** The line of a path in the file, from 1. */
export type LineOf = (path: Path) => number | undefined

/** How long a piece of the file may be in a message. */
const quotedLengthMax = 60

const shorten = (text: string): string => (text.length > quotedLengthMax ? `${text.slice(0, quotedLengthMax)}…` : text)

/** A path as `factors[1].levels[0].name`. */
export const pathText = (path: Path): string =>
  path
    .map((part, index) =>
      typeof part === "number"
        ? `[${part}]`
        : /^[A-Za-z_][\w-]*$/.test(part)
          ? `${index === 0 ? "" : "."}${shorten(part)}`
          : `[${JSON.stringify(shorten(part))}]`,
    )
    .join("")

/** A name that may have been meant; asked for only where the issue is kept, because finding it is work. */
export type Nearest = () => string | undefined

/** Collects the issues of one file. Keeps the first {@link issuesMax} and counts the rest. */
export class IssueList {
  readonly issues: Array<Issue> = []
  count = 0
  readonly #lineOf: LineOf | undefined
  constructor(lineOf?: LineOf) {
    this.#lineOf = lineOf
  }
  /** Whether no further issue is kept. */
  get full(): boolean {
    return this.issues.length >= issuesMax
  }
  /** The line is that of the path, else of the nearest part of the file above it. */
  add(path: Path, message: string, meant?: Nearest): void {
    this.count++
    if (this.full) return
    let line: number | undefined
    for (let length = path.length; length > 0 && line === undefined; length--)
      line = this.#lineOf?.(path.slice(0, length))
    const nearest = meant?.()
    this.issues.push({
      path: pathText(path),
      message,
      ...(line === undefined ? {} : { line }),
      ...(nearest === undefined ? {} : { nearest }),
    })
  }
  /** The error of all that was collected. */
  error(source: string): InvalidStudy {
    return new InvalidStudy({ source, issues: this.issues, count: this.count })
  }
}

/** What something of a file is, for a message: `text "Ann"`, `a list`, `the number 3`. */
export const kindOf = (value: unknown): string => {
  if (value === null) return "null"
  if (value === undefined) return "missing"
  if (typeof value === "boolean") return String(value)
  if (typeof value === "string") return `text ${JSON.stringify(shorten(value))}`
  if (typeof value === "bigint") return `the number ${shorten(String(value))}`
  if (typeof value === "number") return `the number ${Object.is(value, -0) ? "-0.0" : value}`
  if (value instanceof Float) return `the number ${value.value}.0`
  if (value instanceof Timestamp) return `the ${value.kind === "date" ? "date" : "time"} ${value.text}`
  if (Array.isArray(value)) return value.length === 0 ? "an empty list" : "a list"
  if (typeof value === "object") return "a map"
  return `a ${typeof value}`
}

/** What a form asks for, for a message. */
const expected = (form: Form, raw: unknown): string => {
  switch (form.kind) {
    case "text":
      return typeof raw === "boolean" || raw instanceof Timestamp ? "text (in quotes)" : "text"
    case "word":
      return `one of ${form.words.join(", ")}`
    case "number":
      return "a finite number"
    case "integer":
      return "a whole number"
    case "flag":
      return "true or false"
    case "value":
      return "a value"
    case "map":
      return "a map"
    case "list":
      return typeof raw === "string" && form.of.kind === "text"
        ? `a list, such as [${JSON.stringify(shorten(raw))}]`
        : "a list"
    case "record":
      return `a map with ${form.keys.length > 8 ? "keys such as" : "the keys"} ${form.keys
        .slice(0, 8)
        .map(({ key }) => key)
        .join(", ")}`
  }
}

/** The form at a path of code names. */
const formAt = (path: Path): Form | undefined => {
  let form: Form | undefined = { kind: "record", keys: studyKeys }
  for (const part of path) {
    if (form === undefined) return undefined
    if (form.kind === "list" && typeof part === "number") form = form.of
    else if (form.kind === "record") form = form.keys.find(({ name }: Key) => name === part)?.form
    else return undefined
  }
  return form
}

const at = (value: unknown, path: Path): unknown => {
  let current = value
  for (const part of path) {
    if (typeof current !== "object" || current === null) return undefined
    current = Reflect.get(current, part)
  }
  return current
}

/** Adds the issues of a Schema about `record`, which has the names of code. `style` says how the source spells them. */
export const addSchemaIssues = (
  list: IssueList,
  issue: SchemaIssue.Issue,
  record: unknown,
  style: "file" | "code",
): void => {
  const spelled = (path: Path): Path =>
    style === "code" ? path : path.map((part) => (typeof part === "number" ? part : snakeCase(part)))
  const invalid = (path: Path, said?: string): void => {
    const raw = at(record, path)
    const form = formAt(path)
    if (said !== undefined) {
      list.add(spelled(path), said)
      return
    }
    const near = (): string | undefined =>
      form?.kind === "word" && typeof raw === "string" ? nearestName(raw, form.words) : undefined
    list.add(
      spelled(path),
      `must be ${form === undefined ? "valid" : expected(form, raw)}, but is ${kindOf(raw)}`,
      near,
    )
  }
  const walk = (issue: SchemaIssue.Issue, path: Path, saying?: string): void => {
    switch (issue._tag) {
      case "Pointer":
        walk(
          issue.issue,
          [...path, ...issue.path.map((part) => (typeof part === "number" ? part : String(part)))],
          saying,
        )
        return
      case "Composite":
        for (const inner of issue.issues) walk(inner, path)
        return
      case "AnyOf": {
        // Of a choice between null and something, the problems inside that something are meant.
        const inside = issue.issues.filter(goesDeeper)
        if (inside.length > 0) for (const inner of inside) walk(inner, path)
        else {
          const failed = issue.issues.find(isFilter)
          if (failed === undefined) invalid(path)
          else walk(failed, path)
        }
        return
      }
      case "Encoding":
        walk(issue.issue, path)
        return
      case "Filter": {
        const wanted = issue.filter.annotations?.expected
        walk(issue.issue, path, typeof wanted === "string" ? wanted : undefined)
        return
      }
      case "MissingKey":
        if (typeof path.at(-1) === "number") list.add(spelled(path.slice(0, -1)), "must hold at least one item")
        else list.add(spelled(path), "must be given")
        return
      case "InvalidValue": {
        const message = issue.annotations?.message
        if (typeof message === "string") invalid(path, message)
        else if (saying !== undefined) invalid(path, `must be ${saying}, but is ${kindOf(at(record, path))}`)
        else invalid(path)
        return
      }
      default:
        invalid(path)
    }
  }
  walk(issue, [])
}

/** Whether the type was right and a check of it failed. */
const isFilter = (issue: SchemaIssue.Issue): boolean =>
  issue._tag === "Filter" || (issue._tag === "Composite" && issue.issues.some(isFilter))

const goesDeeper = (issue: SchemaIssue.Issue): boolean => {
  switch (issue._tag) {
    case "Pointer":
      return true
    case "Composite":
    case "AnyOf":
      return issue.issues.some(goesDeeper)
    case "Filter":
    case "Encoding":
      return goesDeeper(issue.issue)
    default:
      return false
  }
}
