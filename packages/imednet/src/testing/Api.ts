/**
 * The iMednet API as a function: a request in, an answer out. Routes, credentials, paging, sorting, filtering, writes
 * and jobs, over any {@link StudyData}. It knows nothing of sockets, and faults are laid over its answers elsewhere.
 *
 * @layer logic
 * @module
 */
import { parseFilter, parseRecordDataFilter, type Refusal } from "./Filter.ts"
import type { StudyData } from "./Generator.ts"
import * as Jobs from "./Jobs.ts"
import type { LoggedRequest } from "./RequestLog.ts"
import * as Wire from "./Wire.ts"

/** The two keys that a request must carry. @category models */
export interface Credentials {
  readonly apiKey: string
  readonly securityKey: string
}

/** What is not documented can be chosen here; each default is the stricter or the documented side. @category models */
export interface ApiOptions extends Jobs.JobOptions {
  /** Default `KEY-1234` and `SEC-5678`. */
  readonly credentials?: Credentials
  /**
   * `filter=studyKey==K` on a list of a study: `accepted` (default; it filters), `ignored` (as if it were not there,
   * where it is the only criterion), or `refused` with 400.
   */
  readonly studyKeyFilter?: "accepted" | "ignored" | "refused"
  /** Whether GET `jobs` answers a bare array of all jobs of a study; default false: 404, as it is not documented. */
  readonly jobList?: boolean
}

/** A page of a list before it becomes bytes, so that faults can change it. @category models */
export interface ListAnswer {
  readonly _tag: "list"
  readonly resource: Wire.Resource
  readonly path: string
  readonly timestamp: string
  readonly page: number
  readonly size: number
  readonly sort: ReadonlyArray<Wire.SortKey>
  /** All items that match, of which the page shows a part. */
  readonly rows: ReadonlyArray<Wire.Row>
}

/** Any other answer. @category models */
export interface PlainAnswer {
  readonly _tag: "plain"
  readonly status: number
  readonly headers: { readonly [name: string]: string }
  readonly body: unknown
}

/** What the API answers, before faults and bytes. @category models */
export type Answer = ListAnswer | PlainAnswer

/** Where a request goes. @category models */
export interface Route {
  readonly study: string | undefined
  /** `studies`, `study`, a list of a study, `job`, or `jobs`. */
  readonly resource: Wire.Resource | "study" | "job" | "jobs" | undefined
  readonly batchId?: string
}

/** The credentials unless others are given. @category constants */
export const credentialsDefault: Credentials = { apiKey: "KEY-1234", securityKey: "SEC-5678" }

/** The API over one set of data. It answers every request, with an error where one is due. @category models */
export interface Api {
  readonly credentials: Credentials
  readonly answer: (request: LoggedRequest, route: Route) => Answer
}

/** Reads a raw path: each segment is decoded on its own, so an encoded slash stays within its segment. @category routing */
export const routeOf = (path: string): Route => {
  const nothing: Route = { study: undefined, resource: undefined }
  if (path === Wire.studiesPath) return { study: undefined, resource: "studies" }
  if (!path.startsWith(`${Wire.studiesPath}/`)) return nothing
  const segments: Array<string> = []
  for (const raw of path.slice(Wire.studiesPath.length + 1).split("/")) {
    try {
      segments.push(decodeURIComponent(raw))
    } catch {
      return nothing
    }
  }
  const [study, resource, batchId, ...rest] = segments
  if (study === undefined || study === "" || rest.length > 0) return nothing
  if (resource === undefined) return { study, resource: "study" }
  if (resource === "jobs") {
    return batchId === undefined ? { study, resource: "jobs" } : { study, resource: "job", batchId }
  }
  return batchId === undefined && Wire.isStudyResource(resource) ? { study, resource } : nothing
}

/** Makes the API over the data; writes change that data. @category constructors */
export const make = (data: StudyData, options: ApiOptions = {}): Api => {
  const credentials = options.credentials ?? credentialsDefault
  const jobs = Jobs.make(data, options)
  const studyKeyFilter = options.studyKeyFilter ?? "accepted"

  const failure = (
    status: number,
    path: string,
    code: string,
    description: string,
    field?: { readonly attribute: string; readonly value: string },
  ): PlainAnswer =>
    plain(
      status,
      Wire.errorEnvelope({
        status: Wire.statusWord(status),
        path,
        timestamp: Wire.timestamp(data.nowMs()),
        code,
        description,
        ...(field === undefined ? {} : { field }),
      }),
    )
  const invalid = (path: string, { attribute, value, description }: Refusal): PlainAnswer =>
    failure(400, path, Wire.errorCodes.validation, description, { attribute, value })

  const list = (request: LoggedRequest, resource: Wire.Resource, study: string): Answer => {
    const info = Wire.resources[resource]
    const get = (name: string) => request.query.find(([key]) => key === name)?.[1]
    const bad = (attribute: string, value: string, description: string) =>
      invalid(request.path, { attribute, value, description })

    const pageText = get("page") ?? "0"
    if (!/^\d{1,9}$/.test(pageText)) return bad("page", pageText, "Field raised validation errors")
    const sizeText = get("size") ?? String(Wire.pageSizeDefault)
    const size = /^\d{1,9}$/.test(sizeText) ? Number(sizeText) : 0
    if (size < 1 || size > Wire.pageSizeMax) return bad("size", sizeText, "Field raised validation errors")

    const sort: Array<Wire.SortKey> = []
    for (const [name, value] of request.query) {
      if (name !== "sort") continue
      const [property = "", direction = "asc", ...rest] = value.split(",")
      const known = Object.hasOwn(info.fields, property) && info.fields[property] !== "nested"
      if (!known || rest.length > 0 || !/^(?:asc|desc)$/i.test(direction)) {
        return bad("sort", value, "Field raised validation errors")
      }
      sort.push({ property, direction: /^desc$/i.test(direction) ? "DESC" : "ASC" })
    }

    let rows = data.list(resource, study)
    for (const name of ["filter", "recordDataFilter"] as const) {
      const text = get(name)
      if (text === undefined || text === "") continue
      if (!info.parameters.includes(name)) {
        return bad(name, text, `${resource} takes no ${name}`)
      }
      if (name === "filter" && resource !== "studies" && /(?:^|[;,\s])studyKey[=!<>]/.test(text)) {
        if (studyKeyFilter === "refused") return bad("studyKey", text, "Unknown attribute studyKey")
        if (studyKeyFilter === "ignored" && /^studyKey==[^;,\s]*$/.test(text)) continue
      }
      const parsed = name === "filter" ? parseFilter(text, info.fields) : parseRecordDataFilter(text)
      if (parsed._tag === "Refused") return invalid(request.path, parsed.refusal)
      rows = rows.filter(parsed.matches)
    }
    if (resource === "users") {
      const inactive = get("includeInactive") ?? "false"
      if (inactive !== "true" && inactive !== "false") {
        return bad("includeInactive", inactive, "Field raised validation errors")
      }
      if (inactive === "false") rows = rows.filter((user) => user["userActiveInStudy"] === true)
    }
    return {
      _tag: "list",
      resource,
      path: request.path,
      timestamp: Wire.timestamp(data.nowMs()),
      page: Number(pageText),
      size,
      sort: sort.length > 0 ? sort : [{ property: info.sort, direction: "ASC" }],
      rows: sort.length > 0 ? sorted(rows, sort) : rows,
    }
  }

  return {
    credentials,
    answer: (request, route) => {
      const { path, method, headers } = request
      if (route.resource === undefined) return failure(404, path, Wire.errorCodes.unknown, "no route")
      if (headers["x-api-key"] !== credentials.apiKey || headers["x-imn-security-key"] !== credentials.securityKey) {
        return failure(401, path, Wire.errorCodes.unauthorized, "Insufficient permission to retrieve data.")
      }
      const study = route.study ?? ""
      // The gateway refuses an unknown study before the API sees it: 403 and not 404.
      if (route.resource !== "studies" && !data.has(study)) return gateway(403)
      if (method === "POST" && route.resource === "records") {
        const reply = jobs.submit(study, request.body)
        return reply._tag === "refused" ? invalid(path, reply.refusal) : plain(202, reply.body)
      }
      if (method !== "GET") return failure(404, path, Wire.errorCodes.unknown, "no route")
      switch (route.resource) {
        case "study":
          return plain(
            200,
            data.list("studies").find((row) => row["studyKey"] === study),
          )
        case "job": {
          const job = jobs.poll(study, route.batchId ?? "")
          return job === undefined ? failure(404, path, Wire.errorCodes.unknown, "no such job") : plain(200, job)
        }
        case "jobs":
          return options.jobList === true
            ? plain(200, jobs.list(study))
            : failure(404, path, Wire.errorCodes.unknown, "no route")
        default:
          return list(request, route.resource, study)
      }
    },
  }
}

/** An answer as JSON. @category constructors */
export const plain = (status: number, body: unknown): PlainAnswer => ({ _tag: "plain", status, headers: {}, body })

/** An error of the gateway in front of the API. @category constructors */
export const gateway = (status: number, message?: string): PlainAnswer => {
  const known = Wire.gatewayErrorTypes[status] ?? {
    type: "InternalServerErrorException",
    message: "Internal server error",
  }
  return {
    _tag: "plain",
    status,
    headers: { "x-amzn-errortype": known.type },
    body: { message: message ?? known.message },
  }
}

/** The envelope of a list's page. @category accessors */
export const envelopeOf = (answer: ListAnswer) =>
  Wire.listEnvelope(
    answer.path,
    answer.timestamp,
    {
      currentPage: answer.page,
      size: answer.size,
      totalPages: Math.ceil(answer.rows.length / answer.size),
      totalElements: answer.rows.length,
      sort: answer.sort,
    },
    answer.rows.slice(answer.page * answer.size, (answer.page + 1) * answer.size),
  )

/** Sorts by several keys; equal items keep their default order, absent values come first. */
const sorted = (rows: ReadonlyArray<Wire.Row>, keys: ReadonlyArray<Wire.SortKey>): ReadonlyArray<Wire.Row> =>
  [...rows].sort((a, b) => {
    for (const { property, direction } of keys) {
      const order = compareValues(a[property] ?? null, b[property] ?? null)
      if (order !== 0) return direction === "ASC" ? order : -order
    }
    return 0
  })

const compareValues = (a: Wire.Json, b: Wire.Json): number => {
  if (a === b) return 0
  if (a === null) return -1
  if (b === null) return 1
  if (typeof a === "number" && typeof b === "number") return a - b
  return String(a) < String(b) ? -1 : 1
}
