/**
 * A scripted iMednet server in the words of the specification's acceptance cases: REG, SUBJ and STUDY as written there,
 * and whatever a case answers instead. It shares no code with the client or with the product's own stand-in.
 */
import { createServer, type IncomingMessage, type ServerResponse } from "node:http"

export interface Logged {
  readonly atMs: number
  readonly method: string
  /** Raw path without the query. */
  readonly path: string
  readonly query: URLSearchParams
  readonly headers: IncomingMessage["headers"]
  /** True where the client went away before it had its answer. */
  aborted: boolean
}

export interface Answer {
  readonly status?: number
  readonly headers?: Readonly<Record<string, string>>
  /** Sent as it is where it is a text, as JSON otherwise. */
  readonly body?: unknown
  readonly delayMs?: number
  /** The connection is reset before headers. */
  readonly reset?: boolean
  /** No answer at all. */
  readonly never?: boolean
}

export interface RegistryServer extends AsyncDisposable {
  readonly baseUrl: string
  readonly requests: ReadonlyArray<Logged>
  /** Requests of one study's subjects. */
  readonly subjectsOf: (key: string) => ReadonlyArray<Logged>
}

export const studiesPath = "/api/v1/edc/studies"

/** STUDY(k, i) of the specification. */
export const STUDY = (key: string, index: number) => ({
  sponsorKey: "100",
  studyKey: key,
  studyId: index,
  studyName: `Study ${key}`,
  studyDescription: "",
  studyType: "STUDY",
  dateCreated: "2026-01-01 00:00:00",
  dateModified: "2026-01-01 00:00:00",
})

export const envelope = (path: string, sort: string, data: ReadonlyArray<unknown>, pagination: object = {}) => ({
  metadata: { status: "OK", method: "GET", path, timestamp: "2026-01-01 00:00:00", error: {} },
  pagination: {
    currentPage: 0,
    size: 500,
    totalPages: 1,
    totalElements: data.length,
    sort: [{ property: sort, direction: "ASC" }],
    ...pagination,
  },
  data,
})

/** REG(k1, k2, …) of the specification; an empty registry has no page. */
export const REG = (...keys: ReadonlyArray<string>) =>
  envelope(
    studiesPath,
    "studyKey",
    keys.map((key, index) => STUDY(key, index + 1)),
    keys.length === 0 ? { totalPages: 0 } : {},
  )

/** SUBJ(k, n) of the specification. */
export const SUBJ = (key: string, count: number) =>
  envelope(
    `${studiesPath}/${key}/subjects`,
    "subjectId",
    Array.from({ length: count }, (_, index) => ({
      studyKey: key,
      subjectId: index + 1,
      subjectOid: null,
      subjectKey: `01-${String(index + 1).padStart(3, "0")}`,
      subjectStatus: "Enrolled",
      siteId: 1,
      siteName: "Site 1",
      deleted: false,
      enrollmentStartDate: "2026-01-01 00:00:00",
      dateCreated: "2026-01-01 00:00:00",
      dateModified: "2026-01-01 00:00:00",
      keywords: [],
    })),
    count === 0 ? { totalPages: 0 } : {},
  )

const noRoute = (path: string): Answer => ({
  status: 404,
  body: {
    metadata: {
      status: "NOT_FOUND",
      path,
      timestamp: "2026-01-01 00:00:00",
      error: { code: "9000", description: "no route" },
    },
  },
})

/** Serves on loopback. `answer` gets the request and how often the same path was asked before; undefined is "no route". */
export const serve = async (
  answer: (request: Logged, before: number) => Answer | object | undefined,
): Promise<RegistryServer> => {
  const requests: Array<Logged> = []
  const server = createServer((request: IncomingMessage, response: ServerResponse) => {
    const url = new URL(request.url ?? "/", "http://127.0.0.1")
    const path = (request.url ?? "/").split("?")[0] ?? ""
    const logged: Logged = {
      atMs: performance.now(),
      method: request.method ?? "",
      path,
      query: url.searchParams,
      headers: request.headers,
      aborted: false,
    }
    const before = requests.filter((other) => other.path === path).length
    requests.push(logged)
    response.on("close", () => {
      logged.aborted = !response.writableFinished
    })
    const given = answer(logged, before) ?? noRoute(path)
    const reply: Answer = "data" in given || "metadata" in given ? { body: given } : given
    if (reply.never === true) return
    if (reply.reset === true) return void request.socket.resetAndDestroy()
    setTimeout(() => {
      if (response.destroyed) return
      const body = typeof reply.body === "string" ? reply.body : JSON.stringify(reply.body ?? {})
      response.writeHead(reply.status ?? 200, { "content-type": "application/json", ...reply.headers })
      response.end(body)
    }, reply.delayMs ?? 0)
  })
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve))
  const address = server.address()
  const port = typeof address === "object" && address !== null ? address.port : 0
  return {
    baseUrl: `http://127.0.0.1:${port}`,
    requests,
    subjectsOf: (key) =>
      requests.filter((request) => request.path === `${studiesPath}/${encodeURIComponent(key)}/subjects`),
    [Symbol.asyncDispose]: () =>
      new Promise<void>((resolve) => {
        server.close(() => resolve())
        server.closeAllConnections()
      }),
  }
}

/** A registry with so many subjects per study; `more` answers first. */
export const registry = (
  studies: Readonly<Record<string, number>>,
  more: (request: Logged, before: number) => Answer | object | undefined = () => undefined,
): Promise<RegistryServer> =>
  serve((request, before) => {
    const own = more(request, before)
    if (own !== undefined) return own
    if (request.path === studiesPath) return REG(...Object.keys(studies))
    for (const [key, count] of Object.entries(studies)) {
      if (request.path === `${studiesPath}/${encodeURIComponent(key)}/subjects`) return SUBJ(key, count)
    }
    return undefined
  })
