/**
 * What travels over the wire of the iMednet API, as its documentation shows it: resources with their fields in the
 * documented order, the default sort, the envelope of a list, and the three shapes of an error. Written from the
 * documentation alone; nothing here is shared with the client, so that the one can prove the other.
 *
 * @layer contract
 * @module
 */

/** JSON data. @category models */
export type Json = null | boolean | number | string | ReadonlyArray<Json> | { readonly [key: string]: Json }

/** One item of a list. @category models */
export type Row = { readonly [field: string]: Json }

/** What a field holds; decides how filter values for it are read. `nested` fields can be neither filtered nor sorted by. @category models */
export type FieldKind = "int" | "text" | "bool" | "timestamp" | "date" | "nested"

/** The lists of a study. @category models */
export type StudyResource =
  | "sites"
  | "subjects"
  | "records"
  | "recordRevisions"
  | "forms"
  | "intervals"
  | "variables"
  | "queries"
  | "visits"
  | "users"
  | "codings"

/** Every list of the API. @category models */
export type Resource = "studies" | StudyResource

/** How a list is identified, sorted and filtered. @category models */
export interface ResourceInfo {
  /** The field that identifies an item within its list. */
  readonly id: string
  /** The default sort property (ascending). */
  readonly sort: string
  /** All documented fields in documented order. */
  readonly fields: { readonly [field: string]: FieldKind }
  /** Query parameters besides page, size and sort. */
  readonly parameters: ReadonlyArray<string>
}

/** Path of the registry. @category constants */
export const studiesPath = "/api/v1/edc/studies"
/** Items per page when a request does not say. @category constants */
export const pageSizeDefault = 25
/** The most items per page. @category constants */
export const pageSizeMax = 500

const filter = ["filter"]

/** Every list of the API by name. @category constants */
export const resources: { readonly [R in Resource]: ResourceInfo } = {
  studies: {
    id: "studyKey",
    sort: "studyKey",
    parameters: filter,
    fields: {
      sponsorKey: "text",
      studyKey: "text",
      studyId: "int",
      studyName: "text",
      studyDescription: "text",
      studyType: "text",
      dateCreated: "timestamp",
      dateModified: "timestamp",
    },
  },
  sites: {
    id: "siteId",
    sort: "siteId",
    parameters: filter,
    fields: {
      studyKey: "text",
      siteId: "int",
      siteName: "text",
      siteEnrollmentStatus: "text",
      dateCreated: "timestamp",
      dateModified: "timestamp",
    },
  },
  subjects: {
    id: "subjectId",
    sort: "subjectId",
    parameters: filter,
    fields: {
      studyKey: "text",
      subjectId: "int",
      subjectOid: "text",
      subjectKey: "text",
      subjectStatus: "text",
      siteId: "int",
      siteName: "text",
      deleted: "bool",
      enrollmentStartDate: "timestamp",
      dateCreated: "timestamp",
      dateModified: "timestamp",
      keywords: "nested",
    },
  },
  records: {
    id: "recordId",
    sort: "recordId",
    parameters: ["filter", "recordDataFilter"],
    fields: {
      studyKey: "text",
      intervalId: "int",
      formId: "int",
      formKey: "text",
      siteId: "int",
      recordId: "int",
      recordOid: "text",
      recordType: "text",
      recordStatus: "text",
      deleted: "bool",
      dateCreated: "timestamp",
      dateModified: "timestamp",
      subjectId: "int",
      subjectOid: "text",
      subjectKey: "text",
      visitId: "int",
      parentRecordId: "int",
      keywords: "nested",
      recordData: "nested",
    },
  },
  recordRevisions: {
    id: "recordRevisionId",
    sort: "recordRevisionId",
    parameters: filter,
    fields: {
      studyKey: "text",
      recordRevisionId: "int",
      recordId: "int",
      recordOid: "text",
      recordRevision: "int",
      dataRevision: "int",
      recordStatus: "text",
      subjectId: "int",
      subjectOid: "text",
      subjectKey: "text",
      siteId: "int",
      formKey: "text",
      intervalId: "int",
      role: "text",
      user: "text",
      reasonForChange: "text",
      deleted: "bool",
      dateCreated: "timestamp",
    },
  },
  forms: {
    id: "formId",
    sort: "formId",
    parameters: filter,
    fields: {
      studyKey: "text",
      formId: "int",
      formKey: "text",
      formName: "text",
      formType: "text",
      revision: "int",
      embeddedLog: "bool",
      enforceOwnership: "bool",
      userAgreement: "bool",
      subjectRecordReport: "bool",
      unscheduledVisit: "bool",
      otherForms: "bool",
      eproForm: "bool",
      allowCopy: "bool",
      disabled: "bool",
      dateCreated: "timestamp",
      dateModified: "timestamp",
    },
  },
  intervals: {
    id: "intervalId",
    sort: "intervalId",
    parameters: filter,
    fields: {
      studyKey: "text",
      intervalId: "int",
      intervalName: "text",
      intervalDescription: "text",
      intervalSequence: "int",
      intervalGroupId: "int",
      intervalGroupName: "text",
      disabled: "bool",
      dateCreated: "timestamp",
      dateModified: "timestamp",
      timeline: "text",
      definedUsingInterval: "text",
      windowCalculationForm: "text",
      windowCalculationDate: "text",
      actualDateForm: "text",
      actualDate: "text",
      dueDateWillBeIn: "int",
      negativeSlack: "int",
      positiveSlack: "int",
      eproGracePeriod: "int",
      forms: "nested",
    },
  },
  variables: {
    id: "variableId",
    sort: "formId",
    parameters: filter,
    fields: {
      studyKey: "text",
      variableId: "int",
      variableType: "text",
      variableName: "text",
      sequence: "int",
      revision: "int",
      disabled: "bool",
      dateCreated: "timestamp",
      dateModified: "timestamp",
      formId: "int",
      variableOid: "text",
      deleted: "bool",
      formKey: "text",
      formName: "text",
      label: "text",
      blinded: "bool",
    },
  },
  queries: {
    id: "annotationId",
    sort: "annotationId",
    parameters: filter,
    fields: {
      studyKey: "text",
      subjectId: "int",
      subjectOid: "text",
      annotationType: "text",
      annotationId: "int",
      type: "text",
      description: "text",
      recordId: "int",
      variable: "text",
      subjectKey: "text",
      dateCreated: "timestamp",
      dateModified: "timestamp",
      queryComments: "nested",
    },
  },
  visits: {
    id: "visitId",
    sort: "visitId",
    parameters: filter,
    fields: {
      visitId: "int",
      studyKey: "text",
      intervalId: "int",
      intervalName: "text",
      subjectId: "int",
      subjectKey: "text",
      startDate: "date",
      endDate: "date",
      dueDate: "date",
      visitDate: "date",
      visitDateForm: "text",
      deleted: "bool",
      visitDateQuestion: "text",
      dateCreated: "timestamp",
      dateModified: "timestamp",
    },
  },
  users: {
    id: "userId",
    sort: "login",
    parameters: ["includeInactive"],
    fields: {
      userId: "text",
      login: "text",
      firstName: "text",
      lastName: "text",
      email: "text",
      userActiveInStudy: "bool",
      roles: "nested",
    },
  },
  codings: {
    id: "codingId",
    sort: "formId",
    parameters: filter,
    fields: {
      studyKey: "text",
      siteName: "text",
      siteId: "int",
      subjectId: "int",
      subjectKey: "text",
      formId: "int",
      formName: "text",
      formKey: "text",
      revision: "int",
      recordId: "int",
      variable: "text",
      value: "text",
      codingId: "int",
      code: "text",
      codedBy: "text",
      reason: "text",
      dictionaryName: "text",
      dictionaryVersion: "text",
      dateCoded: "timestamp",
    },
  },
}

/** Tells whether a path segment names a list of a study. @category guards */
export const isStudyResource = (name: string): name is StudyResource =>
  name !== "studies" && Object.hasOwn(resources, name)

/** One key of a sort as the envelope reports it. @category models */
export interface SortKey {
  readonly property: string
  readonly direction: "ASC" | "DESC"
}

/** The pagination part of an envelope. @category models */
export interface Pagination {
  readonly currentPage: number
  readonly size: number
  readonly totalPages: number
  readonly totalElements: number
  readonly sort: ReadonlyArray<SortKey>
}

/** The envelope of a list. @category constructors */
export const listEnvelope = <T>(path: string, timestamp: string, pagination: Pagination, data: ReadonlyArray<T>) => ({
  metadata: { status: "OK", method: "GET", path, timestamp, error: {} },
  pagination,
  data,
})

/** The documented error codes. @category constants */
export const errorCodes = { validation: "1000", unknown: "9000", unauthorized: "9001" } as const

/** What an error envelope says. `attribute` and `value` name the part of the request that was wrong. @category models */
export interface ErrorDetail {
  readonly status: string
  readonly path: string
  readonly timestamp: string
  readonly code: string
  readonly description: string
  readonly field?: { readonly attribute: string; readonly value: string }
}

/** The documented error body. @category constructors */
export const errorEnvelope = (detail: ErrorDetail) => ({
  metadata: {
    status: detail.status,
    path: detail.path,
    timestamp: detail.timestamp,
    error: {
      code: detail.code,
      description: detail.description,
      ...(detail.field === undefined ? {} : { field: detail.field }),
    },
  },
})

/** The error body of the OpenAPI description: a message in place of code and description. @category constructors */
export const errorMessageEnvelope = (status: string, message: string) => ({ metadata: { status, error: { message } } })

/** The word that `metadata.status` uses for an HTTP status. @category accessors */
export const statusWord = (status: number): string =>
  statusWords[status] ?? (status >= 500 ? "INTERNAL_SERVER_ERROR" : "ERROR")

const statusWords: { readonly [status: number]: string } = {
  200: "OK",
  202: "ACCEPTED",
  400: "BAD_REQUEST",
  401: "UNAUTHORIZED",
  403: "FORBIDDEN",
  404: "NOT_FOUND",
  409: "CONFLICT",
  422: "UNPROCESSABLE_ENTITY",
  429: "TOO_MANY_REQUESTS",
  500: "INTERNAL_SERVER_ERROR",
  502: "BAD_GATEWAY",
  503: "SERVICE_UNAVAILABLE",
  504: "GATEWAY_TIMEOUT",
}

/** What the gateway in front of the API adds to its errors, by status. @category constants */
export const gatewayErrorTypes: { readonly [status: number]: { readonly type: string; readonly message: string } } = {
  403: { type: "ForbiddenException", message: "Forbidden" },
  404: { type: "NotFoundException", message: "Not Found" },
  429: { type: "TooManyRequestsException", message: "Too Many Requests" },
  500: { type: "InternalServerErrorException", message: "Internal server error" },
  503: { type: "ServiceUnavailableException", message: "Service Unavailable" },
  504: { type: "GatewayTimeoutException", message: "Endpoint request timed out" },
}

/** `YYYY-MM-DD HH:MM:SS` in UTC, from Unix milliseconds. @category formatting */
export const timestamp = (ms: number): string => {
  const iso = new Date(ms).toISOString()
  return `${iso.slice(0, 10)} ${iso.slice(11, 19)}`
}

/** `YYYY-MM-DD` in UTC, from Unix milliseconds. @category formatting */
export const date = (ms: number): string => new Date(ms).toISOString().slice(0, 10)

/** Unix milliseconds of a `YYYY-MM-DD HH:MM:SS` in UTC; NaN for anything else. @category formatting */
export const timestampMs = (text: string): number => Date.parse(`${text.slice(0, 10)}T${text.slice(11, 19)}Z`)
