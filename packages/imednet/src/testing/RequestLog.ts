/**
 * What a server saw: every request in order of arrival, how many were in flight at once at most, and which were given
 * up by the client. It is the outside witness of tests: a client's own account is not asked.
 *
 * @layer logic
 * @module
 */

/** One request as it arrived. @category models */
export interface LoggedRequest {
  /** 0 for the first. */
  readonly index: number
  /** Milliseconds since the server started, from a clock that never goes back. */
  readonly atMs: number
  readonly method: string
  /** The path as sent, without the query: nothing is decoded. */
  readonly path: string
  /** The query as sent, without the question mark. */
  readonly search: string
  /** The decoded query in order; a name may occur more than once. */
  readonly query: ReadonlyArray<readonly [name: string, value: string]>
  /** Names in lower case. */
  readonly headers: { readonly [name: string]: string }
  readonly body: string
  /** The status that was sent, once it was. */
  readonly status: number | undefined
  /** When the answer was complete or the connection was gone. */
  readonly endMs: number | undefined
  /** True where the client closed the connection before the answer was complete. */
  readonly aborted: boolean
}

/** How much is kept. @category models */
export interface RequestLogOptions {
  /** Keep only the latest so many requests; counters count all. Default 100,000. */
  readonly entriesMax?: number
}

/** What can be read of a log. @category models */
export interface RequestLog {
  /** The kept requests in order of arrival. */
  readonly all: () => ReadonlyArray<LoggedRequest>
  /** Kept requests of a method and a path: equal text, or a pattern. */
  readonly matching: (method: string, path: string | RegExp) => ReadonlyArray<LoggedRequest>
  /** All requests since the start or the last clear. */
  readonly count: () => number
  readonly inFlight: () => number
  /** The most requests in flight at once. */
  readonly inFlightMax: () => number
  /** Requests that the client gave up. */
  readonly aborts: () => number
  /** Forgets all requests and counters; those in flight still count as in flight. */
  readonly clear: () => void
}

/** The value of a query parameter, the first where there are several. @category accessors */
export const parameter = (request: LoggedRequest, name: string): string | undefined =>
  request.query.find(([key]) => key === name)?.[1]

type Mutable = { -readonly [K in keyof LoggedRequest]: LoggedRequest[K] }

/** What a server writes into its log. @category models */
export interface RequestLogWriter extends RequestLog {
  readonly begin: (entry: Omit<LoggedRequest, "index" | "body" | "status" | "endMs" | "aborted">) => {
    readonly entry: LoggedRequest
    readonly body: (text: string) => void
    readonly status: (status: number) => void
    readonly end: (atMs: number, aborted: boolean) => void
  }
}

/** An empty log. @category constructors */
export const make = (options: RequestLogOptions = {}): RequestLogWriter => {
  const entriesMax = Math.max(1, options.entriesMax ?? 100_000)
  let entries: Array<LoggedRequest> = []
  let count = 0
  let inFlight = 0
  let inFlightMax = 0
  let aborts = 0
  const all = () => entries.slice(Math.max(0, entries.length - entriesMax))
  return {
    all,
    matching: (method, path) =>
      all().filter(
        (entry) => entry.method === method && (typeof path === "string" ? entry.path === path : path.test(entry.path)),
      ),
    count: () => count,
    inFlight: () => inFlight,
    inFlightMax: () => inFlightMax,
    aborts: () => aborts,
    clear: () => {
      entries = []
      count = 0
      aborts = 0
      inFlightMax = inFlight
    },
    begin: (start) => {
      const entry: Mutable = { ...start, index: count, body: "", status: undefined, endMs: undefined, aborted: false }
      entries.push(entry)
      // Cut in blocks, so that a long run does not move the array at each request.
      if (entries.length >= entriesMax * 2) entries = entries.slice(-entriesMax)
      count += 1
      inFlight += 1
      inFlightMax = Math.max(inFlightMax, inFlight)
      let open = true
      return {
        entry,
        body: (text) => {
          entry.body = text
        },
        status: (status) => {
          entry.status = status
        },
        end: (atMs, aborted) => {
          if (!open) return
          open = false
          inFlight -= 1
          entry.endMs = atMs
          entry.aborted = aborted
          if (aborted) aborts += 1
        },
      }
    },
  }
}
