// A client of nothing but node:http and node:net, so that what the server does is seen as it is on the wire.
import * as Http from "node:http"
import * as Net from "node:net"

export const keys = { "x-api-key": "KEY-1234", "x-imn-security-key": "SEC-5678" }

export interface Got {
  readonly status: number
  readonly headers: Http.IncomingHttpHeaders
  readonly text: string
  // oxlint-disable-next-line typescript/no-explicit-any -- bodies of any shape are looked into by the tests
  readonly json: any
}

export interface Sent {
  readonly method?: string
  readonly headers?: { readonly [name: string]: string }
  readonly body?: string
}

/** One request on a connection of its own; rejects with the socket's error code. */
export const call = (baseUrl: string, target: string, sent: Sent = {}): Promise<Got> =>
  new Promise((resolve, reject) => {
    const request = Http.request(
      {
        ...addressOf(baseUrl),
        path: target,
        method: sent.method ?? "GET",
        headers: sent.headers ?? keys,
        agent: false,
      },
      (response) => {
        const chunks: Array<Buffer> = []
        response.on("data", (chunk: Buffer) => chunks.push(chunk))
        response.on("error", reject)
        response.on("end", () => {
          const text = Buffer.concat(chunks).toString("utf8")
          let json: unknown
          try {
            json = JSON.parse(text)
          } catch {
            json = undefined
          }
          resolve({ status: response.statusCode ?? 0, headers: response.headers, text, json })
        })
      },
    )
    request.on("error", reject)
    request.end(sent.body)
  })

export interface RawGot {
  /** Every byte that arrived. */
  readonly text: string
  /** `ECONNRESET` where the connection was reset; undefined where it was closed in order. */
  readonly error: string | undefined
}

/** Sends a request over a bare socket and reads until the connection ends, however it does. */
export const rawCall = (baseUrl: string, target: string): Promise<RawGot> =>
  new Promise((resolve) => {
    const { socket, read } = open(baseUrl, target)
    let error: string | undefined
    socket.on("error", (cause: NodeJS.ErrnoException) => {
      error = cause.code
    })
    socket.on("close", () => resolve({ text: read(), error }))
  })

/** Sends a request over a bare socket and leaves it open. */
export const open = (baseUrl: string, target: string): { readonly socket: Net.Socket; readonly read: () => string } => {
  const { host, port } = addressOf(baseUrl)
  const socket = Net.connect(port, host)
  const chunks: Array<Buffer> = []
  socket.on("data", (chunk: Buffer) => chunks.push(chunk))
  const headers = Object.entries(keys).map(([name, value]) => `${name}: ${value}\r\n`)
  socket.write(`GET ${target} HTTP/1.1\r\nhost: ${host}\r\nconnection: close\r\n${headers.join("")}\r\n`)
  return { socket, read: () => Buffer.concat(chunks).toString("utf8") }
}

const addressOf = (baseUrl: string) => {
  const url = new URL(baseUrl)
  return { host: url.hostname, port: Number(url.port) }
}

/** Waits for something that another party brings about; gives up after ten seconds. */
export const until = async (holds: () => boolean): Promise<void> => {
  for (let turn = 0; turn < 1000; turn++) {
    if (holds()) return
    await new Promise((resolve) => setTimeout(resolve, 10))
  }
  throw new Error("waited for ten seconds in vain")
}

/** Reads a whole list page by page. */
export const walk = async (baseUrl: string, path: string, size: number, extra = ""): Promise<Array<Got>> => {
  const pages: Array<Got> = []
  for (let page = 0; page < 10_000; page++) {
    const got = await call(baseUrl, `${path}?page=${page}&size=${size}${extra}`)
    pages.push(got)
    if (page >= got.json.pagination.totalPages - 1) return pages
  }
  throw new Error("more than 10,000 pages")
}
