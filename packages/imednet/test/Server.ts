/** A scripted server on loopback: what it was asked is the oracle of the tests. It shares nothing with the client. */
import { Effect, type Scope } from "effect"
import { createServer, type IncomingHttpHeaders, type IncomingMessage, type ServerResponse } from "node:http"
import type { AddressInfo } from "node:net"

export interface Seen {
  readonly atMs: number
  readonly method: string
  /** As it came over the wire. */
  readonly url: string
  readonly path: string
  readonly query: URLSearchParams
  readonly headers: IncomingHttpHeaders
  readonly rawHeaders: ReadonlyArray<string>
  readonly body: string
}

export interface Reply {
  readonly status?: number
  readonly headers?: { readonly [name: string]: string }
  readonly body?: unknown
  /** Takes the response into its own hands. */
  readonly raw?: (request: IncomingMessage, response: ServerResponse) => void
}

export interface Script {
  readonly requests: Array<Seen>
  /** Requests whose client went away before the answer was complete. */
  aborted: number
  readonly baseUrl: string
}

/** `answer` gets the request, and how many requests came for this path before. */
export const serve = (
  answer: (seen: Seen, before: number) => Reply | undefined,
): Effect.Effect<Script, never, Scope.Scope> =>
  Effect.acquireRelease(
    Effect.callback<{ script: Script; close: () => void }>((resume) => {
      const requests: Array<Seen> = []
      const counts = new Map<string, number>()
      const server = createServer((request, response) => {
        const chunks: Array<Buffer> = []
        request.on("data", (chunk: Buffer) => chunks.push(chunk))
        request.on("end", () => {
          const raw = request.url ?? ""
          const [path = "", query = ""] = raw.split("?")
          const before = counts.get(path) ?? 0
          counts.set(path, before + 1)
          const seen: Seen = {
            atMs: performance.now(),
            method: request.method ?? "",
            url: raw,
            path,
            query: new URLSearchParams(query),
            headers: request.headers,
            rawHeaders: request.rawHeaders,
            body: Buffer.concat(chunks).toString("utf8"),
          }
          requests.push(seen)
          response.on("close", () => {
            if (!response.writableFinished) script.aborted += 1
          })
          const reply = answer(seen, before) ?? {
            status: 404,
            body: {
              metadata: {
                status: "NOT_FOUND",
                path,
                timestamp: "2026-01-01 00:00:00",
                error: { code: "9000", description: "no route" },
              },
            },
          }
          if (reply.raw !== undefined) return reply.raw(request, response)
          const text = typeof reply.body === "string" ? reply.body : JSON.stringify(reply.body)
          response.writeHead(reply.status ?? 200, { "content-type": "application/json", ...reply.headers })
          response.end(text)
        })
      })
      const script: Script = { requests, aborted: 0, baseUrl: "" }
      server.listen(0, "127.0.0.1", () => {
        Object.assign(script, { baseUrl: `http://127.0.0.1:${(server.address() as AddressInfo).port}` })
        resume(
          Effect.succeed({
            script,
            close: () => {
              server.closeAllConnections()
              server.close()
            },
          }),
        )
      })
    }),
    ({ close }) => Effect.sync(close),
  ).pipe(Effect.map(({ script }) => script))

export const study = (key: unknown, id: number) => ({
  sponsorKey: "100",
  studyKey: key,
  studyId: id,
  studyName: `Study ${String(key)}`,
  studyDescription: "",
  studyType: "STUDY",
  dateCreated: "2026-01-01 00:00:00",
  dateModified: "2026-01-01 00:00:00",
})

export const envelope = (path: string, data: ReadonlyArray<unknown>, pagination: object = {}) => ({
  metadata: { status: "OK", method: "GET", path, timestamp: "2026-01-01 00:00:00", error: {} },
  pagination: {
    currentPage: 0,
    size: 500,
    totalPages: 1,
    totalElements: data.length,
    sort: [{ property: "studyKey", direction: "ASC" }],
    ...pagination,
  },
  data,
})

export const registryPath = "/api/v1/edc/studies"
export const registry = (...keys: ReadonlyArray<unknown>): Reply => ({
  body: envelope(
    registryPath,
    keys.map((key, index) => study(key, index + 1)),
  ),
})

export const subjects = (key: string, count: number): Reply => ({
  body: envelope(
    `/api/v1/edc/studies/${key}/subjects`,
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
  ),
})
