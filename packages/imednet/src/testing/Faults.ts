/**
 * A fault script: what a server does wrong, as data that can be kept in a JSON file. A rule says which requests it is
 * for and what happens to them; the first rule that fits a request and names an action decides. Delays of all fitting
 * rules add up. With no script everything succeeds.
 *
 * ```json
 * { "rules": [
 *   { "name": "BETA is locked", "match": { "study": "BETA", "resource": "subjects" }, "action": { "type": "gateway", "status": 403 } },
 *   { "name": "one hiccup", "match": { "resource": "studies", "times": 1 }, "action": { "type": "status", "status": 500 } },
 *   { "match": { "probability": 0.1 }, "delayMs": 200 } ] }
 * ```
 *
 * @layer contract
 * @module
 */
import * as Schema from "effect/Schema"

const Count = Schema.Int.check(Schema.isBetween({ minimum: 0, maximum: 1_000_000_000 }))
const Status = Schema.Int.check(Schema.isBetween({ minimum: 200, maximum: 599 }))
const Headers = Schema.Record(Schema.String, Schema.String)
const OneOrMore = Schema.Union([Schema.NonEmptyString, Schema.Array(Schema.NonEmptyString)])

/** Which requests a rule is for; all that is given must hold. @category schemas */
export const Match = Schema.Struct({
  method: Schema.optionalKey(Schema.Literals(["GET", "POST"])),
  /** The raw path; `*` stands for any text, also with slashes. */
  path: Schema.optionalKey(Schema.NonEmptyString),
  /** Study keys, decoded; `*` stands for any text. */
  study: Schema.optionalKey(OneOrMore),
  /** `studies`, `study`, `subjects` and the other lists, `job`, `jobs`. */
  resource: Schema.optionalKey(OneOrMore),
  /** The requested page, from 0. */
  page: Schema.optionalKey(Count),
  /** Only the n-th request that fits the above, counted from 1; or these. In a file, 0 is refused: no request is. */
  nth: Schema.optionalKey(Schema.Union([Count, Schema.Array(Count)])),
  /** Whether `nth` and `times` count all requests together (default), or each path on its own. */
  per: Schema.optionalKey(Schema.Literals(["all", "path"])),
  /** At most so many times. */
  times: Schema.optionalKey(Count),
  /** From 0 to 1, drawn from the seed of the script. */
  probability: Schema.optionalKey(Schema.Finite.check(Schema.isBetween({ minimum: 0, maximum: 1 }))),
})
/** @category models */
export interface Match extends Schema.Schema.Type<typeof Match> {}

/** What can happen, by type; each is a field set of its own. @category schemas */
export const actions = {
  /** An error of the API in its documented envelope; `shape` chooses the variant with a message, or none at all. */
  status: Schema.Struct({
    type: Schema.Literal("status"),
    status: Status,
    shape: Schema.optionalKey(Schema.Literals(["envelope", "message", "empty"])),
    code: Schema.optionalKey(Schema.String),
    description: Schema.optionalKey(Schema.String),
    attribute: Schema.optionalKey(Schema.String),
    value: Schema.optionalKey(Schema.String),
    headers: Schema.optionalKey(Headers),
  }),
  /** An error of the gateway: `{"message":"Forbidden"}` with `x-amzn-errortype`. */
  gateway: Schema.Struct({
    type: Schema.Literal("gateway"),
    status: Status,
    message: Schema.optionalKey(Schema.String),
    headers: Schema.optionalKey(Headers),
  }),
  /** Any answer: `json` is sent as JSON, `text` as it is. */
  respond: Schema.Struct({
    type: Schema.Literal("respond"),
    status: Status,
    json: Schema.optionalKey(Schema.Json),
    text: Schema.optionalKey(Schema.String),
    headers: Schema.optionalKey(Headers),
  }),
  /** 429 of the gateway; `retryAfter` in seconds, as an HTTP date so many seconds ahead, or any text. */
  rateLimited: Schema.Struct({
    type: Schema.Literal("rateLimited"),
    retryAfterSeconds: Schema.optionalKey(Count),
    retryAfterDateSeconds: Schema.optionalKey(Count),
    retryAfterText: Schema.optionalKey(Schema.String),
  }),
  /** The body ends after so many bytes. `closedSocket` announces the whole length and closes; `shortBody` is well-formed HTTP. */
  truncate: Schema.Struct({
    type: Schema.Literal("truncate"),
    atByte: Count,
    as: Schema.optionalKey(Schema.Literals(["shortBody", "closedSocket"])),
  }),
  /** The connection is reset before the headers, or after so many bytes of the body. */
  reset: Schema.Struct({ type: Schema.Literal("reset"), atByte: Schema.optionalKey(Count) }),
  /** Nothing is sent, or nothing more after so many bytes of the body, until the client goes away. */
  stall: Schema.Struct({ type: Schema.Literal("stall"), atByte: Schema.optionalKey(Count) }),
  /** A body that is no list: cut JSON, `[]`, a web page, 204 without a body, or a redirect. */
  malformed: Schema.Struct({
    type: Schema.Literal("malformed"),
    as: Schema.Literals(["cutJson", "array", "html", "noContent", "redirect"]),
    location: Schema.optionalKey(Schema.String),
  }),
  /**
   * Pages without end or in disorder. `growing`: one more page is always announced, each with one new item.
   * `repeating`: the first page again and again, three announced. `gap`: three pages, the middle one empty.
   */
  pageLoop: Schema.Struct({ type: Schema.Literal("pageLoop"), as: Schema.Literals(["growing", "repeating", "gap"]) }),
  /** From page 1 on the list has shrunk to the pages before. */
  shrink: Schema.Struct({ type: Schema.Literal("shrink") }),
  /** `noPagination`: without that part; `nullData`: null for the items; `recordData`: the items under that name; `errorWith200`: an error envelope with HTTP 200. */
  envelope: Schema.Struct({
    type: Schema.Literal("envelope"),
    as: Schema.Literals(["noPagination", "nullData", "recordData", "errorWith200"]),
  }),
  /** The first item occurs again: on the `same` page, or on a second page (`next`) into which the list is split. */
  duplicate: Schema.Struct({
    type: Schema.Literal("duplicate"),
    on: Schema.optionalKey(Schema.Literals(["same", "next"])),
  }),
  /** Adds items at the end of the list; without `items`: one without a key, null, empty, blank and numeric keys, and a text. */
  inject: Schema.Struct({ type: Schema.Literal("inject"), items: Schema.optionalKey(Schema.Array(Schema.Json)) }),
  /** Sets and removes fields of every item; a dot leads into an object: `recordData.AESER`. */
  patch: Schema.Struct({
    type: Schema.Literal("patch"),
    set: Schema.optionalKey(Schema.Record(Schema.String, Schema.Json)),
    remove: Schema.optionalKey(Schema.Array(Schema.NonEmptyString)),
  }),
  /** An error whose text repeats both keys of the request. Default status 401. */
  echoSecrets: Schema.Struct({ type: Schema.Literal("echoSecrets"), status: Schema.optionalKey(Status) }),
} as const

/** One thing that goes wrong; `type` says which. @category schemas */
export const Action = Schema.Union([
  actions.status,
  actions.gateway,
  actions.respond,
  actions.rateLimited,
  actions.truncate,
  actions.reset,
  actions.stall,
  actions.malformed,
  actions.pageLoop,
  actions.shrink,
  actions.envelope,
  actions.duplicate,
  actions.inject,
  actions.patch,
  actions.echoSecrets,
])
/** @category models */
export type Action = Schema.Schema.Type<typeof Action>

/** Which requests a fault is for, and what happens to them. The first rule with an action decides. @category schemas */
export const Rule = Schema.Struct({
  /** Shown where a script is listed. */
  name: Schema.optionalKey(Schema.String),
  match: Schema.optionalKey(Match),
  /** Milliseconds to wait before the answer; or smallest and largest, drawn from the seed. */
  delayMs: Schema.optionalKey(Schema.Union([Count, Schema.Tuple([Count, Count])])),
  /** Without one the rule only delays; without a delay as well it does nothing, and a file with such a rule is refused. */
  action: Schema.optionalKey(Action),
})
/** @category models */
export interface Rule extends Schema.Schema.Type<typeof Rule> {}

/** The most rules of a script. */
export const rulesMax = 1000

/** All that goes wrong on a server. The same script and requests give the same faults. @category schemas */
export const FaultScript = Schema.Struct({
  /** Default 1. */
  seed: Schema.optionalKey(Schema.Int),
  rules: Schema.Array(Rule).check(Schema.isMaxLength(rulesMax)),
})
/** @category models */
export interface FaultScript extends Schema.Schema.Type<typeof FaultScript> {}

/** The script that does nothing wrong. @category constants */
export const none: FaultScript = { rules: [] }
