/**
 * The lists that iMednet has: where each is, what names an item, which model it has, and what may be filtered.
 *
 * @layer logic
 * @module
 */
import type { ItemOf } from "./Model.ts"
import * as Models from "./Models.ts"

/** How a filter's value is checked and written. @category models */
export type AttributeType = "text" | "int" | "bool" | "instant" | "day"

const dates = { dateCreated: "instant", dateModified: "instant" } as const

/**
 * Every list by name. `id` names the field that identifies an item. `filters` are the attributes that a filter may use:
 * the documented ones, and, where the vendor publishes no table (subjects, intervals, queries), the item's own plain
 * fields, since attributes are named like fields. Users cannot be filtered. `since` is the attribute that tells what
 * changed after a moment; audit rows and codings never change, so for them it is when they were made.
 *
 * @category constants
 */
export const resources = {
  studies: {
    path: "studies",
    id: "studyKey",
    model: Models.Study,
    filters: { studyKey: "text", studyType: "text", studyName: "text", ...dates },
    since: "dateModified",
  },
  sites: {
    path: "sites",
    id: "siteId",
    model: Models.Site,
    filters: { siteId: "int", siteName: "text", siteEnrollmentStatus: "text", ...dates },
    since: "dateModified",
  },
  subjects: {
    path: "subjects",
    id: "subjectId",
    model: Models.Subject,
    filters: {
      subjectId: "int",
      subjectOid: "text",
      subjectKey: "text",
      subjectStatus: "text",
      siteId: "int",
      siteName: "text",
      deleted: "bool",
      enrollmentStartDate: "instant",
      ...dates,
    },
    since: "dateModified",
  },
  records: {
    path: "records",
    id: "recordId",
    model: Models.ClinicalRecord,
    filters: {
      intervalId: "int",
      formId: "int",
      formKey: "text",
      siteId: "int",
      recordId: "int",
      parentRecordId: "int",
      recordType: "text",
      recordStatus: "text",
      subjectKey: "text",
      ...dates,
    },
    since: "dateModified",
  },
  recordRevisions: {
    path: "recordRevisions",
    id: "recordRevisionId",
    model: Models.RecordRevision,
    filters: {
      recordRevisionId: "int",
      recordId: "int",
      recordOid: "text",
      recordRevision: "int",
      dataRevision: "int",
      recordStatus: "text",
      user: "text",
      reasonForChange: "text",
      dateCreated: "instant",
    },
    since: "dateCreated",
  },
  forms: {
    path: "forms",
    id: "formId",
    model: Models.Form,
    filters: { formId: "int", formKey: "text", formName: "text", formType: "text", ...dates },
    since: "dateModified",
  },
  intervals: {
    path: "intervals",
    id: "intervalId",
    model: Models.Interval,
    filters: {
      intervalId: "int",
      intervalName: "text",
      intervalDescription: "text",
      intervalSequence: "int",
      intervalGroupId: "int",
      intervalGroupName: "text",
      timeline: "text",
      disabled: "bool",
      ...dates,
    },
    since: "dateModified",
  },
  variables: {
    path: "variables",
    id: "variableId",
    model: Models.Variable,
    filters: {
      variableId: "int",
      variableType: "text",
      variableName: "text",
      formId: "int",
      formKey: "text",
      formName: "text",
      label: "text",
      ...dates,
    },
    since: "dateModified",
  },
  queries: {
    path: "queries",
    id: "annotationId",
    model: Models.Query,
    filters: {
      annotationId: "int",
      annotationType: "text",
      type: "text",
      description: "text",
      recordId: "int",
      variable: "text",
      subjectId: "int",
      subjectOid: "text",
      subjectKey: "text",
      ...dates,
    },
    since: "dateModified",
  },
  visits: {
    path: "visits",
    id: "visitId",
    model: Models.Visit,
    filters: {
      intervalId: "int",
      intervalName: "text",
      intervalGroupId: "int",
      intervalGroupName: "text",
      startDate: "day",
      endDate: "day",
      dueDate: "day",
      visitDate: "day",
      ...dates,
    },
    since: "dateModified",
  },
  users: { path: "users", id: "userId", model: Models.User, filters: {}, since: undefined },
  codings: {
    path: "codings",
    id: "codingId",
    model: Models.Coding,
    filters: {
      siteId: "int",
      subjectId: "int",
      formId: "int",
      recordId: "int",
      revision: "int",
      variable: "text",
      value: "text",
      code: "text",
      codedBy: "text",
      reason: "text",
      dictionaryName: "text",
      dictionaryVersion: "text",
      dateCoded: "instant",
    },
    since: "dateCoded",
  },
} as const

/** The name of a list, as it stands in tables, events and errors. @category models */
export type ResourceName = keyof typeof resources

/** The item of a list. @category models */
export type ItemFor<R extends ResourceName> = ItemOf<(typeof resources)[R]["model"]["fields"]>

/** What a filter of this list may name. @category models */
export type AttributesOf<R extends ResourceName> = (typeof resources)[R]["filters"]

/** A field that a list can be sorted by. @category models */
export type SortField<R extends ResourceName> = Extract<keyof ItemFor<R>, string>
