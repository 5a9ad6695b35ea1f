/**
 * Applies a fault script: counts the requests of each rule, decides which rule has its turn, and turns an answer of the
 * API into what is delivered instead.
 *
 * @layer logic
 * @module
 */
import { type Answer, envelopeOf, gateway, type ListAnswer, plain, type PlainAnswer, type Route } from "./Api.ts"
import type { Action, FaultScript, Match, Rule } from "./Faults.ts"
import type { Delivery, Transport } from "./Delivery.ts"
import { type LoggedRequest, parameter } from "./RequestLog.ts"
import { make as makeRandom } from "./SeededRandom.ts"
import * as Wire from "./Wire.ts"

/** What a script wants for one request. @category models */
export interface Decision {
  readonly delayMs: number
  readonly action: Action | undefined
}

/** A script at work. @category models */
export interface FaultEngine {
  readonly decide: (request: LoggedRequest, route: Route) => Decision
  /** How often each rule fired, in the order of the script. */
  readonly fired: () => ReadonlyArray<number>
}

/** The most paths that a rule with `per: "path"` tells apart; later ones share one count. */
const pathsMax = 1_000_000

/** A script at its beginning: no rule has counted anything. @category constructors */
export const make = (script: FaultScript): FaultEngine => {
  const seed = script.seed ?? 1
  const rules = script.rules.map((rule, index) => prepare(rule, seed, index))
  return {
    fired: () => rules.map((rule) => rule.fired()),
    decide: (request, route) => {
      let delayMs = 0
      let action: Action | undefined
      for (const rule of rules) {
        // A rule counts its requests even where an earlier rule decides: "the second request" stays the second.
        if (!rule.takes(request, route, action === undefined || rule.action === undefined)) continue
        delayMs += rule.delayMs()
        action ??= rule.action
      }
      return { delayMs, action }
    },
  }
}

const prepare = (rule: Rule, seed: number, index: number) => {
  const match: Match = rule.match ?? {}
  const path = match.path === undefined ? undefined : pattern([match.path])
  const study = match.study === undefined ? undefined : pattern(list(match.study))
  const resource = match.resource === undefined ? undefined : pattern(list(match.resource))
  const nth = match.nth === undefined ? undefined : typeof match.nth === "number" ? [match.nth] : match.nth
  const draw = makeRandom(seed, "fault", index)
  const counts = new Map<string, { seen: number; fired: number }>()
  let fired = 0
  const countOf = (request: LoggedRequest) => {
    const key = match.per === "path" && counts.size < pathsMax ? `${request.method} ${request.path}` : ""
    const known = counts.get(key) ?? { seen: 0, fired: 0 }
    counts.set(key, known)
    return known
  }
  return {
    action: rule.action,
    fired: () => fired,
    delayMs: () => {
      const delay = rule.delayMs ?? 0
      return typeof delay === "number" ? delay : draw.int(Math.min(...delay), Math.max(...delay))
    },
    takes: (request: LoggedRequest, route: Route, free: boolean): boolean => {
      if (match.method !== undefined && match.method !== request.method) return false
      if (path !== undefined && !path.test(request.path)) return false
      if (study !== undefined && (route.study === undefined || !study.test(route.study))) return false
      if (resource !== undefined && (route.resource === undefined || !resource.test(route.resource))) return false
      if (match.page !== undefined && Number(parameter(request, "page") ?? "0") !== match.page) return false
      const count = countOf(request)
      count.seen += 1
      if (!free || (nth !== undefined && !nth.includes(count.seen))) return false
      if (match.times !== undefined && count.fired >= match.times) return false
      if (match.probability !== undefined && !draw.chance(match.probability)) return false
      count.fired += 1
      fired += 1
      return true
    },
  }
}

const list = (value: string | ReadonlyArray<string>): ReadonlyArray<string> =>
  typeof value === "string" ? [value] : value

const pattern = (texts: ReadonlyArray<string>): RegExp =>
  new RegExp(
    `^(?:${texts.map((text) => text.replace(/[.+?^${}()|[\]\\]/g, "\\$&").replaceAll("*", "[^]*")).join("|")})$`,
    "u",
  )

/** What is delivered for an answer, with the action of a script if there is one. @category rendering */
export const render = (answer: Answer, decision: Decision, request: LoggedRequest, nowMs: () => number): Delivery => {
  const { action, delayMs } = decision
  const done = (change: Answer | RawAnswer, transport: Transport = { _tag: "whole" }): Delivery => {
    if (change._tag === "raw") return { ...change, delayMs, transport }
    const plainAnswer = change._tag === "list" ? plain(200, envelopeOf(change)) : change
    return {
      status: plainAnswer.status,
      headers: { "content-type": "application/json", ...plainAnswer.headers },
      body: plainAnswer.status === 204 ? "" : JSON.stringify(plainAnswer.body),
      delayMs,
      transport,
    }
  }
  if (action === undefined) return done(answer)
  switch (action.type) {
    case "truncate":
      return done(answer, { _tag: action.as ?? "shortBody", atByte: action.atByte })
    case "reset":
      return done(
        answer,
        action.atByte === undefined ? { _tag: "resetBeforeHeaders" } : { _tag: "resetMidBody", atByte: action.atByte },
      )
    case "stall":
      return done(
        answer,
        action.atByte === undefined ? { _tag: "stallBeforeHeaders" } : { _tag: "stallMidBody", atByte: action.atByte },
      )
    case "status":
      return done(failure(action, request, Wire.timestamp(nowMs())))
    case "gateway": {
      const made = gateway(action.status, action.message)
      return done({ ...made, headers: { ...made.headers, ...action.headers } })
    }
    case "respond":
      return done(
        raw(
          action.status,
          {
            "content-type": action.json === undefined ? "text/plain; charset=utf-8" : "application/json",
            ...action.headers,
          },
          action.json === undefined ? (action.text ?? "") : JSON.stringify(action.json),
        ),
      )
    case "rateLimited": {
      const made = gateway(429)
      const after =
        action.retryAfterSeconds !== undefined
          ? String(action.retryAfterSeconds)
          : action.retryAfterDateSeconds !== undefined
            ? // An HTTP date counts from the client's present, so this one header follows the real clock.
              new Date(performance.timeOrigin + performance.now() + action.retryAfterDateSeconds * 1000).toUTCString()
            : action.retryAfterText
      return done({ ...made, headers: after === undefined ? made.headers : { ...made.headers, "retry-after": after } })
    }
    case "echoSecrets": {
      const status = action.status ?? 401
      const { "x-api-key": apiKey = "", "x-imn-security-key": securityKey = "" } = request.headers
      return done(
        plain(
          status,
          Wire.errorEnvelope({
            status: Wire.statusWord(status),
            path: request.path,
            timestamp: Wire.timestamp(nowMs()),
            code: Wire.errorCodes.unauthorized,
            description: `call failed: x-api-key: ${apiKey}, body {"security_key":"${securityKey}"}`,
          }),
        ),
      )
    }
    case "malformed":
      return done(malformed(action))
    default:
      // The rest changes a list; where the answer is none (an error, a job), it stays as it is.
      return done(answer._tag === "list" ? changeList(answer, action) : answer)
  }
}

interface RawAnswer {
  readonly _tag: "raw"
  readonly status: number
  readonly headers: { readonly [name: string]: string }
  readonly body: string
}

const raw = (status: number, headers: { readonly [name: string]: string }, body: string): RawAnswer => ({
  _tag: "raw",
  status,
  headers,
  body,
})

type ActionOf<T extends Action["type"]> = Extract<Action, { readonly type: T }>

const failure = (action: ActionOf<"status">, request: LoggedRequest, timestamp: string): Answer | RawAnswer => {
  const word = Wire.statusWord(action.status)
  const description = action.description ?? "Unknown error. Please contact Mednet support for assistance."
  if (action.shape === "empty") return raw(action.status, { ...action.headers }, "")
  const body =
    action.shape === "message"
      ? Wire.errorMessageEnvelope(word, description)
      : Wire.errorEnvelope({
          status: word,
          path: request.path,
          timestamp,
          code: action.code ?? codeOf(action.status),
          description,
          ...(action.attribute === undefined
            ? {}
            : { field: { attribute: action.attribute, value: action.value ?? "" } }),
        })
  const made: PlainAnswer = plain(action.status, body)
  return action.headers === undefined ? made : { ...made, headers: action.headers }
}

const codeOf = (status: number): string =>
  status === 400 ? Wire.errorCodes.validation : status === 401 ? Wire.errorCodes.unauthorized : Wire.errorCodes.unknown

const malformed = (action: ActionOf<"malformed">): RawAnswer => {
  const json = { "content-type": "application/json" }
  switch (action.as) {
    case "cutJson":
      return raw(200, json, '{"metadata": {"status":"OK"}, "data": [')
    case "array":
      return raw(200, json, "[]")
    case "html":
      return raw(200, { "content-type": "text/html" }, "<html><body><h1>Sign in</h1></body></html>")
    case "noContent":
      return raw(204, {}, "")
    case "redirect":
      return raw(302, { location: action.location ?? "/x" }, "")
  }
}

/** The malformed registry items of a hostile list. @category constants */
export const malformedItems: ReadonlyArray<Wire.Json> = [
  { studyName: "x" },
  { studyKey: null },
  { studyKey: "" },
  { studyKey: "  " },
  { studyKey: 123, studyId: "7" },
  "junk",
]

type ListAction = ActionOf<"pageLoop" | "shrink" | "envelope" | "duplicate" | "inject" | "patch">

const changeList = (answer: ListAnswer, action: ListAction): PlainAnswer => {
  const whole = envelopeOf(answer)
  const { page, size, rows } = answer
  const envelope = (data: ReadonlyArray<unknown>, totalPages: number, totalElements: number, currentPage = page) =>
    plain(200, { ...whole, pagination: { ...whole.pagination, currentPage, totalPages, totalElements }, data })
  switch (action.type) {
    case "pageLoop":
      switch (action.as) {
        case "growing": {
          const id = Wire.resources[answer.resource].id
          const made: Wire.Row = {
            ...rows[0],
            ...(answer.resource === "studies"
              ? { studyKey: `L${page}`, studyId: page + 1, studyName: `Study L${page}` }
              : { [id]: 1_000_000 + page }),
          }
          return envelope([made], page + 2, 99_999)
        }
        case "repeating":
          return envelope(rows.slice(0, size), 3, rows.slice(0, size).length * 3, 0)
        case "gap": {
          const half = Math.ceil(rows.length / 2)
          return envelope(page === 0 ? rows.slice(0, half) : page === 2 ? rows.slice(half) : [], 3, rows.length)
        }
      }
    // falls through: all cases of `as` return
    case "shrink":
      return page === 0 ? plain(200, whole) : envelope([], page, page * size)
    case "envelope":
      switch (action.as) {
        case "noPagination":
          return plain(200, { metadata: { status: "OK" }, data: whole.data })
        case "nullData":
          return plain(200, { ...whole, data: null })
        case "recordData":
          return plain(200, { metadata: whole.metadata, pagination: whole.pagination, recordData: whole.data })
        case "errorWith200":
          return plain(
            200,
            Wire.errorEnvelope({
              status: "UNAUTHORIZED",
              path: answer.path,
              timestamp: answer.timestamp,
              code: Wire.errorCodes.unauthorized,
              description: "no permission",
            }),
          )
      }
    // falls through: all cases of `as` return
    case "duplicate": {
      const first = rows.slice(0, 1)
      if (action.on !== "next") return plain(200, envelopeOf({ ...answer, rows: [...first, ...rows] }))
      const half = Math.ceil((rows.length + 1) / 2)
      const data = page === 0 ? rows.slice(0, half) : page === 1 ? [...first, ...rows.slice(half)] : []
      return envelope(data, 2, rows.length + first.length)
    }
    case "inject": {
      const items: ReadonlyArray<unknown> = [...rows, ...(action.items ?? malformedItems)]
      return envelope(items.slice(page * size, (page + 1) * size), Math.ceil(items.length / size), items.length)
    }
    case "patch":
      return plain(200, { ...whole, data: whole.data.map((row) => patched(row, action)) })
  }
}

const patched = (row: Wire.Row, action: ActionOf<"patch">): Wire.Row => {
  let made = row
  for (const [path, value] of Object.entries(action.set ?? {})) made = withField(made, path.split("."), value)
  for (const path of action.remove ?? []) made = withField(made, path.split("."), undefined)
  return made
}

const withField = (row: Wire.Row, path: ReadonlyArray<string>, value: Wire.Json | undefined): Wire.Row => {
  const [name = "", ...rest] = path
  if (rest.length === 0) {
    const { [name]: _, ...others } = row
    return value === undefined ? others : { ...row, [name]: value }
  }
  const inner = row[name]
  const object = typeof inner === "object" && inner !== null && !isArray(inner) ? inner : {}
  return { ...row, [name]: withField(object, rest, value) }
}

const isArray = (value: Wire.Json): value is ReadonlyArray<Wire.Json> => Array.isArray(value)
