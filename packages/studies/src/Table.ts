/**
 * Tables: the columns of each resource, in the order of the source's documentation, and how an item becomes a row. A value
 * that has no column, or does not fit its column, is kept in the column `_extra`; nothing of an item is lost.
 *
 * @layer logic
 * @module
 */
import * as Canonical from "@heddle/core/Canonical"
import * as Result from "effect/Result"
import type * as Schema from "effect/Schema"
import type { Item, Resource } from "./StudyScope.ts"
import type { Column, ColumnType, Row, Table } from "./TableSpec.ts"

export type { Column, ColumnType, Row, Table } from "./TableSpec.ts"

/** The column for what has no other place. */
export const extraColumn = "_extra"

const tableOf = (name: Resource, key: string, modified: string | undefined, columns: string): Table => ({
  name,
  key,
  modified,
  columns: [
    ...columns
      .trim()
      .split(/\s+/)
      .map((entry): Column => {
        const [column = "", type = "text"] = entry.split(":")
        return { name: column, type: columnType(type) }
      }),
    { name: extraColumn, type: "json" },
  ],
})

const columnType = (type: string): ColumnType => {
  switch (type) {
    case "int":
    case "bool":
    case "instant":
    case "date":
    case "json":
      return type
    default:
      return "text"
  }
}

const dates = "dateCreated:instant dateModified:instant"

/** The table of each resource. @category constants */
export const tables: { readonly [R in Resource]: Table } = {
  sites: tableOf("sites", "siteId", "dateModified", `studyKey siteId:int siteName siteEnrollmentStatus ${dates}`),
  subjects: tableOf(
    "subjects",
    "subjectId",
    "dateModified",
    `studyKey subjectId:int subjectOid subjectKey subjectStatus siteId:int siteName deleted:bool
     enrollmentStartDate:instant ${dates} keywords:json`,
  ),
  records: tableOf(
    "records",
    "recordId",
    "dateModified",
    `studyKey intervalId:int formId:int formKey siteId:int recordId:int recordOid recordType recordStatus deleted:bool
     ${dates} subjectId:int subjectOid subjectKey visitId:int parentRecordId:int keywords:json recordData:json`,
  ),
  recordRevisions: tableOf(
    "recordRevisions",
    "recordRevisionId",
    "dateCreated",
    `studyKey recordRevisionId:int recordId:int recordOid recordRevision:int dataRevision:int recordStatus subjectId:int
     subjectOid subjectKey siteId:int formKey intervalId:int role user reasonForChange deleted:bool dateCreated:instant`,
  ),
  forms: tableOf(
    "forms",
    "formId",
    "dateModified",
    `studyKey formId:int formKey formName formType revision:int embeddedLog:bool enforceOwnership:bool userAgreement:bool
     subjectRecordReport:bool unscheduledVisit:bool otherForms:bool eproForm:bool allowCopy:bool disabled:bool ${dates}`,
  ),
  intervals: tableOf(
    "intervals",
    "intervalId",
    "dateModified",
    `studyKey intervalId:int intervalName intervalDescription intervalSequence:int intervalGroupId:int intervalGroupName
     timeline definedUsingInterval windowCalculationForm windowCalculationDate actualDateForm actualDate
     dueDateWillBeIn:int negativeSlack:int positiveSlack:int eproGracePeriod:int forms:json disabled:bool ${dates}`,
  ),
  variables: tableOf(
    "variables",
    "variableId",
    "dateModified",
    `studyKey variableId:int variableType variableName sequence:int revision:int disabled:bool deleted:bool blinded:bool
     variableOid formId:int formKey formName label ${dates}`,
  ),
  queries: tableOf(
    "queries",
    "annotationId",
    "dateModified",
    `studyKey subjectId:int subjectOid annotationType annotationId:int type description recordId:int variable subjectKey
     ${dates} queryComments:json`,
  ),
  visits: tableOf(
    "visits",
    "visitId",
    "dateModified",
    `studyKey visitId:int intervalId:int intervalName subjectId:int subjectKey startDate:date endDate:date dueDate:date
     visitDate:date visitDateForm visitDateQuestion deleted:bool ${dates}`,
  ),
  users: tableOf(
    "users",
    "userId",
    undefined,
    "userId login firstName lastName email userActiveInStudy:bool roles:json",
  ),
  codings: tableOf(
    "codings",
    "codingId",
    "dateCoded",
    `studyKey siteName siteId:int subjectId:int subjectKey formId:int formName formKey revision:int recordId:int variable
     value codingId:int code codedBy reason dictionaryName dictionaryVersion dateCoded:instant`,
  ),
}

/** Tells two layouts of a table apart. @category accessors */
export const layoutHash = (table: Table): string =>
  Canonical.hash({ name: table.name, key: table.key, columns: table.columns.map(({ name, type }) => [name, type]) })

/** Where the table's key is in a row. @category accessors */
export const keyIndex = (table: Table): number => table.columns.findIndex((column) => column.name === table.key)

/** The key of a row as a text that tells it apart from all others. @category accessors */
export const keyOf = (table: Table, row: Row): string => JSON.stringify(row[keyIndex(table)] ?? null)

/** A row, and the names of fields that went to `_extra`. @category models */
export interface MadeRow {
  readonly row: Row
  readonly extra: ReadonlyArray<string>
}

/**
 * The row of an item, or why it can have none: no key, or a text that is not well-formed Unicode and would be changed by
 * writing it. Reasons name fields and kinds, never values: they may be a patient's.
 *
 * @category constructors
 */
export const rowOf = (table: Table, item: Item): Result.Result<MadeRow, string> => {
  const malformed = malformedAt(item, "")
  if (malformed !== undefined) return Result.fail(`${malformed} is not well-formed Unicode`)
  const rest = new Map(Object.entries(item))
  const cells: Array<Schema.Json> = []
  for (const { name, type } of table.columns) {
    if (name === extraColumn) continue
    const value = item[name] ?? null
    const fitted = value === null ? null : fit(type, value)
    if (fitted === undefined) cells.push(null)
    else {
      cells.push(fitted)
      rest.delete(name)
    }
  }
  const key = cells[keyIndex(table)] ?? null
  if (key === null || key === "") {
    const found = item[table.key] ?? null
    return Result.fail(found === null ? `${table.key} is missing` : `${table.key} is a ${typeof found} of another form`)
  }
  cells.push(rest.size === 0 ? null : Object.fromEntries(rest))
  return Result.succeed({ row: cells, extra: [...rest.keys()] })
}

/** The value as the column holds it, or `undefined` where it does not fit. */
const fit = (type: ColumnType, value: Schema.Json): Schema.Json | undefined => {
  switch (type) {
    case "int":
      return typeof value === "number" && Number.isSafeInteger(value) ? value : undefined
    case "bool":
      return typeof value === "boolean" ? value : undefined
    case "text":
      return typeof value === "string" ? value : undefined
    case "date":
      return typeof value === "string" && /^\d{4}-\d\d-\d\d$/.test(value) && isDay(value) ? value : undefined
    case "instant": {
      // Parts of a millisecond would be lost, so such an instant does not fit.
      if (typeof value !== "string" || !/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d{1,3}0*)?Z$/.test(value))
        return undefined
      const ms = Date.parse(value)
      const instant = Number.isNaN(ms) ? "" : new Date(ms).toISOString()
      return instant.startsWith(value.slice(0, secondsLength)) ? instant : undefined
    }
    case "json":
      return value
  }
}

/** Length of `2026-01-31T12:00:00`. */
const secondsLength = 19

// A day like 30 February is taken for another one by Date, so the text must come back as it was.
const isDay = (text: string): boolean => {
  const ms = Date.parse(`${text}T00:00:00Z`)
  return !Number.isNaN(ms) && new Date(ms).toISOString().startsWith(text)
}

const malformedAt = (value: Schema.Json, path: string): string | undefined => {
  if (typeof value === "string") return value.isWellFormed() ? undefined : path
  if (typeof value !== "object" || value === null) return undefined
  for (const [name, member] of Object.entries(value)) {
    if (!name.isWellFormed()) return `a field name in ${path === "" ? "the item" : path}`
    const found = malformedAt(member, path === "" ? name : `${path}.${name}`)
    if (found !== undefined) return found
  }
  return undefined
}
