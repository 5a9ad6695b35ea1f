/**
 * A tiny server with exact bodies: each route has a reply, or a reply per occurrence of which the last repeats. For
 * acceptance tests that say byte for byte what is answered. What is not scripted answers 404.
 *
 * ```ts
 * const server = yield* scripted({
 *   "GET /api/v1/edc/studies": [reply({ status: 500, json: "x" }), REG("A", "B")],
 *   [SUBJECTS("A")]: SUBJ("A", 2),
 * })
 * ```
 *
 * @layer adapter
 * @module
 */
import * as Effect from "effect/Effect"
import type * as Scope from "effect/Scope"
import type { Delivery, Transport } from "./Delivery.ts"
import * as HttpHost from "./HttpHost.ts"
import type { LoggedRequest, RequestLog } from "./RequestLog.ts"
import { errorEnvelope, type Json, listEnvelope, type Row, statusWord, studiesPath } from "./Wire.ts"

/** A reply with its status, headers and manner of delivery. @category models */
export interface Reply {
  readonly _tag: "Reply"
  readonly status: number
  readonly headers: { readonly [name: string]: string }
  readonly body: string
  readonly delayMs: number
  readonly transport: Transport
}

/** What {@link reply} is given: `json` is sent as JSON, `text` as it is. @category models */
export interface ReplyOptions {
  readonly status?: number
  readonly headers?: { readonly [name: string]: string }
  readonly json?: unknown
  readonly text?: string
  readonly delayMs?: number
  readonly transport?: Transport
}

/** A reply. Status 200 unless told. @category constructors */
export const reply = (options: ReplyOptions): Reply => ({
  _tag: "Reply",
  status: options.status ?? 200,
  headers: {
    "content-type": options.text === undefined ? "application/json" : "text/plain; charset=utf-8",
    ...options.headers,
  },
  body: options.text ?? (options.json === undefined ? "" : JSON.stringify(options.json)),
  delayMs: options.delayMs ?? 0,
  transport: options.transport ?? { _tag: "whole" },
})

/** The connection is reset before any byte. @category constructors */
export const reset: Reply = reply({ transport: { _tag: "resetBeforeHeaders" } })
/** No byte is ever sent. @category constructors */
export const stall: Reply = reply({ transport: { _tag: "stallBeforeHeaders" } })

/** A reply, or a JSON object to be sent with status 200. @category models */
export type Answer = Reply | { readonly [key: string]: unknown; readonly _tag?: never }

/** An answer; one per occurrence (the last repeats); or a function of the request and its occurrence from 0. @category models */
export type Script =
  | Answer
  | readonly [Answer, ...ReadonlyArray<Answer>]
  | ((request: LoggedRequest, occurrence: number) => Answer)

/** Routes by `<METHOD> <raw path>`; `*` stands for one path segment as it is sent. @category models */
export type Routes = { readonly [route: string]: Script }

/** A running server that answers as its routes say, and nothing else. @category models */
export interface ScriptedServer {
  readonly port: number
  readonly baseUrl: string
  readonly log: RequestLog
  /** Replaces all routes; occurrences are counted anew. */
  readonly script: (routes: Routes) => void
  /** Closes the port at once: the server is down. */
  readonly close: Effect.Effect<void>
}

/** Starts a scripted server for as long as the scope is open. @category constructors */
export const scripted: (
  routes: Routes,
  options?: HttpHost.HostOptions,
) => Effect.Effect<ScriptedServer, never, Scope.Scope> = Effect.fn("Scripted.scripted")(function* (
  routes: Routes,
  options: HttpHost.HostOptions = {},
) {
  let table = prepare(routes)
  const host = yield* Effect.acquireRelease(
    Effect.promise(() => HttpHost.start((request) => answerOf(table, request), options)),
    (server) => Effect.promise(server.close),
  )
  return {
    port: host.port,
    baseUrl: host.baseUrl,
    log: host.log,
    script: (next) => {
      table = prepare(next)
    },
    close: Effect.promise(host.close),
  }
})

interface Prepared {
  readonly exact: ReadonlyMap<string, Entry>
  readonly patterns: ReadonlyArray<readonly [pattern: RegExp, entry: Entry]>
}

interface Entry {
  readonly script: Script
  /** Counted for each concrete path, so that a pattern keeps its studies apart. */
  readonly occurrences: Map<string, number>
}

const prepare = (routes: Routes): Prepared => {
  const exact = new Map<string, Entry>()
  const patterns: Array<readonly [RegExp, Entry]> = []
  for (const [route, script] of Object.entries(routes)) {
    const entry: Entry = { script, occurrences: new Map() }
    if (!route.includes("*")) exact.set(route, entry)
    else {
      const source = route.replace(/[.+?^${}()|[\]\\]/g, "\\$&").replaceAll("*", "[^/]+")
      patterns.push([new RegExp(`^${source}$`), entry])
    }
  }
  return { exact, patterns }
}

const answerOf = (table: Prepared, request: LoggedRequest): Delivery => {
  const route = `${request.method} ${request.path}`
  const entry = table.exact.get(route) ?? table.patterns.find(([pattern]) => pattern.test(route))?.[1]
  if (entry === undefined) return deliveryOf(reply({ status: 404, json: NOT_FOUND(request.path) }))
  const occurrence = entry.occurrences.get(route) ?? 0
  entry.occurrences.set(route, occurrence + 1)
  const { script } = entry
  if (typeof script === "function") return deliveryOf(script(request, occurrence))
  if (!isList(script)) return deliveryOf(script)
  return deliveryOf(script[Math.min(occurrence, script.length - 1)] ?? script[0])
}

const isList = (script: Script): script is readonly [Answer, ...ReadonlyArray<Answer>] => Array.isArray(script)

const isReply = (answer: Answer): answer is Reply => answer._tag === "Reply"

const deliveryOf = (answer: Answer): Delivery => {
  const { _tag, ...delivery } = isReply(answer) ? answer : reply({ json: answer })
  return delivery
}

/** The time stamp of every body here. @category constants */
export const TIMESTAMP = "2026-01-01 00:00:00"

/** The route of the registry. @category routes */
export const STUDIES = `GET ${studiesPath}`
/** The route of a list of a study; the key is percent-encoded, `*` stands for any. @category routes */
export const LIST = (key: string, resource: string): string =>
  `GET ${studiesPath}/${key === "*" ? "*" : encodeURIComponent(key)}/${resource}`
/** The route of the subjects of a study. @category routes */
export const SUBJECTS = (key: string): string => LIST(key, "subjects")

/** A study of the registry. @category bodies */
export const STUDY = (key: string, index: number): Row => ({
  sponsorKey: "100",
  studyKey: key,
  studyId: index,
  studyName: `Study ${key}`,
  studyDescription: "",
  studyType: "STUDY",
  dateCreated: TIMESTAMP,
  dateModified: TIMESTAMP,
})

/** A registry of one page. @category bodies */
export const REG = (...keys: ReadonlyArray<string>) =>
  onePage(
    studiesPath,
    "studyKey",
    keys.map((key, index) => STUDY(key, index + 1)),
  )

/** The n subjects of a study on one page. @category bodies */
export const SUBJ = (key: string, count: number) =>
  onePage(
    `${studiesPath}/${key}/subjects`,
    "subjectId",
    Array.from({ length: count }, (_, index) => SUBJECT(key, index + 1)),
  )

/** One subject. @category bodies */
export const SUBJECT = (key: string, index: number): Row => ({
  studyKey: key,
  subjectId: index,
  subjectOid: null,
  subjectKey: `01-${String(index).padStart(3, "0")}`,
  subjectStatus: "Enrolled",
  siteId: 1,
  siteName: "Site 1",
  deleted: false,
  enrollmentStartDate: TIMESTAMP,
  dateCreated: TIMESTAMP,
  dateModified: TIMESTAMP,
  keywords: [],
})

/** The body of a route that does not exist. @category bodies */
export const NOT_FOUND = (path: string) => ERROR(404, path, "9000", "no route")

/** The documented error body. @category bodies */
export const ERROR = (
  status: number,
  path: string,
  code: string,
  description: string,
  field?: { readonly attribute: string; readonly value: string },
) =>
  errorEnvelope({
    status: statusWord(status),
    path,
    timestamp: TIMESTAMP,
    code,
    description,
    ...(field === undefined ? {} : { field }),
  })

const onePage = (path: string, property: string, data: ReadonlyArray<Row>) =>
  listEnvelope(
    path,
    TIMESTAMP,
    {
      currentPage: 0,
      size: 500,
      // A list of no items has no page.
      totalPages: data.length === 0 ? 0 : 1,
      totalElements: data.length,
      sort: [{ property, direction: "ASC" }],
    },
    data,
  )

/** Any list as one or more pages of what is asked for: answers `page` and `size` of the request. @category bodies */
export const PAGES =
  (path: string, property: string, items: ReadonlyArray<Json>) =>
  (request: LoggedRequest): Answer => {
    const query = new URLSearchParams(request.search)
    const page = Number(query.get("page") ?? "0")
    const size = Number(query.get("size") ?? "25")
    return listEnvelope(
      path,
      TIMESTAMP,
      {
        currentPage: page,
        size,
        totalPages: Math.ceil(items.length / size),
        totalElements: items.length,
        sort: [{ property, direction: "ASC" }],
      },
      items.slice(page * size, (page + 1) * size),
    )
  }

/** A registry that answers pages. @category bodies */
export const PAGED_REG = (keys: ReadonlyArray<string>) =>
  PAGES(
    studiesPath,
    "studyKey",
    keys.map((key, index) => STUDY(key, index + 1)),
  )
