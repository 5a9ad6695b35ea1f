/**
 * Writing records: what may be sent, and what is checked before it is.
 *
 * @layer logic
 * @module
 */
import * as Result from "effect/Result"
import type * as Schema from "effect/Schema"
import { type ImednetError, refused } from "./ImednetError.ts"
import * as Instant from "./Instant.ts"
import type { Variable } from "./Models.ts"

/** Values by variable name. Dates are `YYYY-MM-DD`, check boxes booleans, numbers numbers, all else text. @category models */
export type RecordData = { readonly [variable: string]: Schema.Json }

type FormRef = { readonly formKey: string } | { readonly formId: number }
type SiteRef = { readonly siteName: string } | { readonly siteId: number }
type SubjectRef = { readonly subjectKey: string } | { readonly subjectId: number } | { readonly subjectOid: string }
type IntervalRef = { readonly intervalName: string } | { readonly intervalId: number }
type RecordRef = { readonly recordId: number } | { readonly recordOid: string }

/** Registers a new subject at a site; the server names it, so no subject is given. @category models */
export type RegisterSubject = FormRef & SiteRef & { readonly data: RecordData }
/** Changes the record of a planned visit. @category models */
export type UpdateScheduled = FormRef & SubjectRef & IntervalRef & { readonly data: RecordData }
/** Adds a record outside of the plan of visits. @category models */
export type CreateUnscheduled = FormRef & SubjectRef & { readonly data: RecordData }
/** Changes a record that is there, outside of the plan of visits. @category models */
export type UpdateUnscheduled = Partial<FormRef> & RecordRef & { readonly data: RecordData }
/** One item of a write. @category models */
export type RecordWrite = RegisterSubject | UpdateScheduled | CreateUnscheduled | UpdateUnscheduled

/** What an item does, by the keys that it has. @category models */
export type WriteKind = "registerSubject" | "updateScheduled" | "createUnscheduled" | "updateUnscheduled"

/** Items of one write. */
export const itemsMax = 1_000

const has = (item: object, ...names: ReadonlyArray<string>): boolean =>
  names.some((name) => {
    const value: unknown = Reflect.get(item, name)
    return value !== undefined && value !== null && value !== ""
  })

/** What an item does, or why it does nothing that the server knows. @category validation */
export const kindOf = (item: RecordWrite): Result.Result<WriteKind, string> => {
  if (typeof item !== "object" || item === null || Array.isArray(item)) return Result.fail("is not an object")
  const data: unknown = Reflect.get(item, "data")
  if (typeof data !== "object" || data === null || Array.isArray(data)) return Result.fail("has no data object")
  const form = has(item, "formKey", "formId")
  const site = has(item, "siteName", "siteId")
  const subject = has(item, "subjectKey", "subjectId", "subjectOid")
  const interval = has(item, "intervalName", "intervalId")
  if (has(item, "recordId", "recordOid")) return Result.succeed("updateUnscheduled")
  if (!form) return Result.fail("names no form (formKey or formId) and no record (recordId or recordOid)")
  if (subject && site)
    return Result.fail("names a site and a subject: a new subject has no key yet, an old one has its site")
  if (subject) return Result.succeed(interval ? "updateScheduled" : "createUnscheduled")
  if (site) return Result.succeed("registerSubject")
  return Result.fail("names neither a site (to register a subject) nor a subject")
}

/**
 * The body to send, as it will be sent again where the server asks for it. Fails with `Refused` where there is no item,
 * more than {@link itemsMax}, one that does nothing that the server knows, or something that is no JSON.
 *
 * @category conversions
 */
export const encode = (items: ReadonlyArray<RecordWrite>): Result.Result<string, ImednetError> => {
  if (items.length === 0) return Result.fail(refused("records", "records to write", "there are none"))
  if (items.length > itemsMax)
    return Result.fail(refused("records", "records to write", `more than ${itemsMax}; send them in several writes`))
  for (const [index, item] of items.entries()) {
    const kind = kindOf(item)
    if (Result.isFailure(kind)) return Result.fail(refused("records", `item ${index}`, kind.failure))
  }
  return Result.mapError(
    Result.try(() => JSON.stringify(items)),
    () => refused("records", "records to write", "cannot be written as JSON"),
  )
}

/** Why an e-mail address cannot go into a header, or `undefined`. @category validation */
export const emailProblem = (address: string): string | undefined => {
  if (/[\r\n]/.test(address)) return "has a line break"
  if (!/^[\x21-\x7e]{1,254}$/.test(address)) return "has a character that does not belong into an e-mail address"
  if (!/^[^@,;<>"()]+@[^@,;<>"()]+$/.test(address)) return "is not one e-mail address"
  return undefined
}

/** What is wrong with a value before it is sent. @category models */
export interface WriteProblem {
  /** Position of the item in the write, from 0. */
  readonly item: number
  readonly variable: string
  readonly problem: string
}

/**
 * Checks the data of a write against the study's variables: names that the form has, and values of the right type (text
 * for TEXT, TEXTAREA, MEMO, RADIO and DROPDOWN; `YYYY-MM-DD` for DATE; a number for NUMBER; a boolean for CHECKBOX).
 * `null` clears a value and is always fine. Types that are not known are reported, since nothing can be said about them.
 *
 * @category validation
 */
export const check = (
  items: ReadonlyArray<RecordWrite>,
  variables: ReadonlyArray<Variable>,
): ReadonlyArray<WriteProblem> => {
  const problems: Array<WriteProblem> = []
  for (const [item, write] of items.entries()) {
    const formKey = "formKey" in write ? write.formKey : undefined
    const formId = "formId" in write ? write.formId : undefined
    const ofForm = variables.filter(
      (variable) =>
        (formKey === undefined || variable.formKey === formKey) && (formId === undefined || variable.formId === formId),
    )
    const byName = new Map(ofForm.map((variable) => [variable.variableName, variable]))
    for (const [name, value] of Object.entries(write.data)) {
      const variable = byName.get(name)
      const problem =
        variable === undefined
          ? `the ${formKey === undefined && formId === undefined ? "study" : "form"} has no such variable`
          : variable.deleted === true
            ? "the variable is deleted"
            : variable.disabled === true
              ? "the variable is disabled"
              : valueProblem(variable.variableType, value)
      if (problem !== undefined) problems.push({ item, variable: name, problem })
    }
  }
  return problems
}

const valueProblem = (variableType: string | null, value: Schema.Json): string | undefined => {
  if (value === null) return undefined
  switch (variableType?.toUpperCase()) {
    case "TEXT":
    case "TEXTAREA":
    case "MEMO":
    case "RADIO":
    case "DROPDOWN":
      return typeof value === "string" ? undefined : "needs text"
    case "DATE":
      return typeof value === "string" && (value === "" || Instant.isDayText(value))
        ? undefined
        : "needs a day as YYYY-MM-DD"
    case "NUMBER":
      return typeof value === "number" && Number.isFinite(value) ? undefined : "needs a number"
    case "CHECKBOX":
      return typeof value === "boolean" ? undefined : "needs true or false"
    default:
      return `cannot be checked: its type ${variableType === null ? "is missing" : `${variableType} is not known`}`
  }
}
