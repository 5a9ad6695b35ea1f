/**
 * The HTTP side of both servers: it binds loopback, logs every request, and delivers answers exactly as told, broken
 * ones too: late, cut short, reset, or never. Plain `node:http`, because a server of faults must be free to misbehave.
 *
 * @layer adapter
 * @module
 */
import * as Http from "node:http"
import { performance } from "node:perf_hooks"
import type { Delivery } from "./Delivery.ts"
import { type LoggedRequest, make as makeLog, type RequestLog, type RequestLogOptions } from "./RequestLog.ts"

/** Where the server listens, and how much of its log is kept. @category models */
export interface HostOptions extends RequestLogOptions {
  /** Default 0: any free port. */
  readonly port?: number
}

/** A listening server. @category models */
export interface Host {
  readonly port: number
  /** `http://127.0.0.1:<port>` */
  readonly baseUrl: string
  readonly log: RequestLog
  /** Closes the port and every connection, whatever is in flight. Safe to call twice. */
  readonly close: () => Promise<void>
}

/** The most bytes of a request body that are read. */
export const requestBodyBytesMax = 16 * 1024 * 1024

/** Starts a server on loopback. Rejects where the port is taken. @category constructors */
export const start = async (
  handle: (request: LoggedRequest, elapsedMs: number) => Delivery,
  options: HostOptions = {},
): Promise<Host> => {
  const log = makeLog(options)
  const startMs = performance.now()
  const elapsedMs = () => performance.now() - startMs
  const timers = new Set<NodeJS.Timeout>()

  const server = Http.createServer((request, response) => {
    const target = request.url ?? "/"
    const mark = target.indexOf("?")
    const search = mark < 0 ? "" : target.slice(mark + 1)
    const headers: { [name: string]: string } = {}
    for (const [name, value] of Object.entries(request.headers)) headers[name] = String(value)
    const entry = log.begin({
      atMs: elapsedMs(),
      method: request.method ?? "GET",
      path: mark < 0 ? target : target.slice(0, mark),
      search,
      query: search === "" ? [] : [...new URLSearchParams(search)],
      headers,
    })
    response.on("close", () => entry.end(elapsedMs(), !response.writableFinished && !cutByUs.has(response)))
    // A client that goes away is what tests are about, not a failure of the server.
    request.on("error", ignore)
    response.on("error", ignore)
    const answer = () => {
      const delivery = answerTo(handle, entry.entry, elapsedMs())
      if (delivery.delayMs <= 0) return deliver(response, delivery, entry.status)
      const timer = setTimeout(() => {
        timers.delete(timer)
        if (!response.destroyed) deliver(response, delivery, entry.status)
      }, delivery.delayMs)
      timers.add(timer)
      response.on("close", () => {
        clearTimeout(timer)
        timers.delete(timer)
      })
    }
    if (request.method === "GET" || request.method === "HEAD") {
      request.resume()
      return answer()
    }
    const chunks: Array<Buffer> = []
    let bytes = 0
    request.on("data", (chunk: Buffer) => {
      bytes += chunk.length
      if (bytes <= requestBodyBytesMax) chunks.push(chunk)
    })
    request.on("end", () => {
      entry.body(Buffer.concat(chunks).toString("utf8"))
      answer()
    })
  })
  // Idle connections stay open: a client that reuses one must not lose a race against a timer of ours.
  server.keepAliveTimeout = 0
  server.requestTimeout = 0
  server.headersTimeout = 0
  // An immediate end of a connection is part of the show; malformed requests are simply cut off.
  server.on("clientError", (_error, socket) => socket.destroy())

  const port = await new Promise<number>((resolve, reject) => {
    server.once("error", reject)
    server.listen(options.port ?? 0, "127.0.0.1", () => {
      const address = server.address()
      resolve(typeof address === "object" && address !== null ? address.port : 0)
    })
  })

  let closing: Promise<void> | undefined
  return {
    port,
    baseUrl: `http://127.0.0.1:${port}`,
    log,
    close: () =>
      (closing ??= new Promise((resolve) => {
        for (const timer of timers) clearTimeout(timer)
        timers.clear()
        server.close(() => resolve())
        server.closeAllConnections()
      })),
  }
}

const ignore = () => {}

/** A mistake of a handler is an answer that shows it, not the end of the process that runs the tests. */
const answerTo = (
  handle: (request: LoggedRequest, elapsedMs: number) => Delivery,
  request: LoggedRequest,
  elapsedMs: number,
): Delivery => {
  try {
    return handle(request, elapsedMs)
  } catch (error) {
    const body = `the testing server failed: ${error instanceof Error ? (error.stack ?? error.message) : String(error)}`
    const headers = { "content-type": "text/plain; charset=utf-8" }
    return { status: 500, headers, body, delayMs: 0, transport: { _tag: "whole" } }
  }
}

/** Answers that this server itself broke off; the client did not give them up. */
const cutByUs = new WeakSet<Http.ServerResponse>()

const deliver = (response: Http.ServerResponse, delivery: Delivery, sent: (status: number) => void): void => {
  const { transport } = delivery
  if (transport._tag === "stallBeforeHeaders") return
  if (transport._tag === "resetBeforeHeaders") {
    cutByUs.add(response)
    response.socket?.resetAndDestroy()
    return
  }
  const body = Buffer.from(delivery.body, "utf8")
  sent(delivery.status)
  if (transport._tag === "whole" || transport._tag === "shortBody") {
    const bytes = transport._tag === "whole" ? body : body.subarray(0, transport.atByte)
    // 204 and 304 have no body and announce no length.
    const bare = delivery.status === 204 || delivery.status === 304
    response.writeHead(
      delivery.status,
      bare ? delivery.headers : { ...delivery.headers, "content-length": bytes.length },
    )
    response.end(bare ? undefined : bytes)
    return
  }
  response.writeHead(delivery.status, { ...delivery.headers, "content-length": body.length })
  response.flushHeaders()
  const part = body.subarray(0, Math.min(transport.atByte, Math.max(0, body.length - 1)))
  const then = () => {
    if (transport._tag === "stallMidBody") return
    cutByUs.add(response)
    if (transport._tag === "resetMidBody") response.socket?.resetAndDestroy()
    else response.destroy()
  }
  // The reset must not overtake the bytes before it.
  if (part.length === 0) setImmediate(then)
  else response.write(part, () => setImmediate(then))
}
