/**
 * Reading a list page by page. The server's own page numbers and totals are checked against what really comes: a list
 * that repeats itself, never ends, or ends before its announced number of items is an error; a list that shrinks while it
 * is read is a warning. An answer is never cut short in silence.
 *
 * @layer logic
 * @module
 */
import { note } from "@heddle/core/CurrentUnit"
import * as Clock from "effect/Clock"
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import type * as Schema from "effect/Schema"
import * as Stream from "effect/Stream"
import type { Drift, DriftKind } from "./Drift.ts"
import { ImednetError, type ImednetReason, wrongShape } from "./ImednetError.ts"

/** A page before its items are decoded. @category models */
export interface RawPage {
  /** From 0. */
  readonly page: number
  readonly items: ReadonlyArray<Schema.Json>
  /** Position in the server's `data` of each item, for messages. */
  readonly positions: ReadonlyArray<number>
  /** Position in the whole list of this page's first item, as given by the server. */
  readonly offset: number
  /** What the server announces for the whole list; `undefined` where it announces nothing. */
  readonly totalElements: number | undefined
  /** What a person should know about the list so far; said on the page where it was noticed. */
  readonly warnings: ReadonlyArray<string>
}

/** What is listed, how pages are fetched, and the bounds: items, pages, milliseconds. @category models */
export interface PagingOptions {
  /** The name of the list, in events and errors. */
  readonly endpoint: string
  readonly studyKey: string | undefined
  /** The field that names an item. */
  readonly idField: string
  readonly pageSize: number
  readonly pagesMax: number
  /** Bound of the time spent fetching, in milliseconds. */
  readonly streamTimeoutMs: number
  /** Stop after this many items; no page is asked for that is not needed. */
  readonly limit: number | undefined
  /** Items that were on the page before too are normally left out; a registry reports them instead. */
  readonly keepRepeated: boolean
  readonly strict: boolean
  readonly drift: Drift
  readonly fetch: (page: number, size: number) => Effect.Effect<Schema.Json | undefined, ImednetError>
}

/** What an envelope says, as far as it can be believed. */
interface Envelope {
  readonly items: ReadonlyArray<Schema.Json>
  readonly currentPage: number | undefined
  readonly totalPages: number | undefined
  readonly totalElements: number | undefined
  /** Fields of the envelope that were odd. */
  readonly odd: ReadonlyArray<string>
}

const isObject = (value: unknown): value is { readonly [name: string]: Schema.Json } =>
  typeof value === "object" && value !== null && !Array.isArray(value)

const countOf = (value: Schema.Json | undefined): number | undefined =>
  typeof value === "number" && Number.isSafeInteger(value) && value >= 0 ? value : undefined

/** Reads the envelope of a page; gives a `DecodeError` where there is no list of items in it. @category decoding */
export const readEnvelope = (body: Schema.Json | undefined, endpoint: string): Envelope | ImednetError => {
  if (!isObject(body)) return wrongShape(endpoint, "(body)", "something else than an object with data")
  const odd: Array<string> = []
  // Some servers name the array of records differently.
  const data = body["data"] ?? body["recordData"] ?? null
  if (body["data"] === undefined && Array.isArray(body["recordData"])) odd.push("recordData")
  if (data === null) {
    if (body["data"] === undefined) return wrongShape(endpoint, "data", "nothing where a list is due")
    odd.push("data")
  } else if (!Array.isArray(data)) return wrongShape(endpoint, "data", "something else than a list")
  const items: ReadonlyArray<Schema.Json> = Array.isArray(data) ? data : []
  const pagination = body["pagination"]
  if (!isObject(pagination)) {
    if (pagination !== undefined && pagination !== null)
      return wrongShape(endpoint, "pagination", "something else than an object")
    return {
      items,
      currentPage: undefined,
      totalPages: undefined,
      totalElements: undefined,
      odd: [...odd, "pagination"],
    }
  }
  const totalPages = countOf(pagination["totalPages"])
  const totalElements = countOf(pagination["totalElements"])
  const currentPage = countOf(pagination["currentPage"])
  if (totalPages === undefined) odd.push("pagination.totalPages")
  if (totalElements === undefined) odd.push("pagination.totalElements")
  if (currentPage === undefined) odd.push("pagination.currentPage")
  // "No pages" beside items is no statement about the end.
  if (totalPages === 0 && items.length > 0)
    return {
      items,
      currentPage,
      totalPages: undefined,
      totalElements: undefined,
      odd: [...odd, "pagination.totalPages"],
    }
  return { items, currentPage, totalPages, totalElements, odd }
}

/** The identity of an item; its whole text where it has no id. */
const identity = (item: Schema.Json, idField: string): string => {
  if (isObject(item)) {
    const id = item[idField]
    if (typeof id === "string" || typeof id === "number") return `${typeof id}:${id}`
  }
  return `json:${JSON.stringify(item)}`
}

/** Two independent 32-bit sums of all identities of a page: pages are told apart without keeping their items. */
const fingerprint = (ids: ReadonlyArray<string>): string => {
  let a = 0x811c9dc5
  let b = 0x9e3779b9
  for (const id of ids) {
    for (let i = 0; i < id.length; i++) {
      const code = id.charCodeAt(i)
      a = Math.imul(a ^ code, 0x01000193)
      b = Math.imul(b + code, 0x85ebca6b) ^ (b >>> 13)
    }
    a = Math.imul(a ^ 0xffff, 0x01000193)
    b = Math.imul(b + 0x1f123bb5, 0xc2b2ae35) ^ (b >>> 16)
  }
  return `${ids.length}:${a >>> 0}:${b >>> 0}`
}

interface State {
  readonly page: number
  /** Items that the server has given, repeated ones included. */
  readonly given: number
  readonly emitted: number
  readonly spentMs: number
  readonly previous: ReadonlySet<string>
  readonly seen: Set<string>
  readonly totalElements: number | undefined
  /** An empty page was met before the end. */
  readonly warned: ReadonlySet<string>
}

/**
 * The pages of a list, one request each, made when they are asked for. Fails with what `fetch` fails with, with
 * `DecodeError` for a page that is none, `PaginationLoop` where pages repeat or do not end, `Incomplete` where they end too
 * early, and `StreamTimeout`; the last two are worth trying again.
 *
 * @category constructors
 */
export const pages = (options: PagingOptions): Stream.Stream<RawPage, ImednetError> => {
  if (options.limit !== undefined && options.limit <= 0) return Stream.empty
  const start: State = {
    page: 0,
    given: 0,
    emitted: 0,
    spentMs: 0,
    previous: new Set(),
    seen: new Set(),
    totalElements: undefined,
    warned: new Set(),
  }
  return Stream.suspend(() =>
    Stream.paginate({ ...start, seen: new Set<string>() }, (state: State) => readPage(options, state)),
  )
}

const readPage = Effect.fnUntraced(function* (options: PagingOptions, state: State) {
  const { endpoint } = options
  const fail = (reason: ImednetReason, retryable: boolean) =>
    new ImednetError({ reason, endpoint, retryable, attempts: 1 })
  if (state.page >= options.pagesMax)
    return yield* fail(
      { _tag: "PaginationLoop", page: state.page, problem: `no end after ${options.pagesMax} pages` },
      false,
    )
  const startedMs = yield* Clock.currentTimeMillis
  const body = yield* options.fetch(state.page, options.pageSize).pipe(
    Effect.timeoutOrElse({
      duration: Math.max(0, options.streamTimeoutMs - state.spentMs),
      orElse: () =>
        Effect.fail(fail({ _tag: "StreamTimeout", timeoutMs: options.streamTimeoutMs, pages: state.page }, true)),
    }),
    Effect.withSpan("imednet.page", { attributes: { endpoint, page: state.page } }),
  )
  const endedMs = yield* Clock.currentTimeMillis
  const envelope = readEnvelope(body, endpoint)
  if (envelope instanceof ImednetError) return yield* envelope
  const { items } = envelope
  const odd: Array<readonly [string, DriftKind, number]> = envelope.odd.map((field) => [field, "envelope", 1])

  const ids = items.map((item) => identity(item, options.idField))
  const print = fingerprint(ids)
  if (items.length > 0) {
    if (state.seen.has(print))
      return yield* fail(
        { _tag: "PaginationLoop", page: state.page, problem: "the server gave the same items again" },
        false,
      )
    state.seen.add(print)
  }
  if (envelope.currentPage !== undefined && envelope.currentPage !== state.page)
    odd.push(["pagination.currentPage", "envelope", 1])

  // What was on the page before too has moved while the list was read; it is the same item, not another one.
  const keep: Array<number> = []
  const current = new Set<string>()
  let repeated = 0
  for (const [index, id] of ids.entries()) {
    current.add(id)
    if (!options.keepRepeated && state.previous.has(id) && !id.startsWith("json:")) repeated += 1
    else keep.push(index)
  }
  if (repeated > 0) odd.push(["(items)", "repeated", repeated])
  for (const [field, kind, count] of odd) options.drift.add(options.studyKey ?? null, endpoint, field, kind, count)
  const strictly = odd.find(([, kind]) => kind === "envelope")
  if (options.strict && strictly !== undefined) return yield* wrongShape(endpoint, strictly[0], "not as documented")

  const given = state.given + items.length
  const total = envelope.totalElements ?? state.totalElements
  const warnings: Array<string> = []
  const warned = new Set(state.warned)
  const warn = (kind: string, text: string) => {
    if (warned.has(kind)) return
    warned.add(kind)
    warnings.push(text)
  }
  const shrunk =
    state.totalElements !== undefined &&
    envelope.totalElements !== undefined &&
    envelope.totalElements < state.totalElements
  if (shrunk)
    warn(
      "changed",
      `${nameOf(options)} changed while reading: ${state.totalElements} items at first, then ${envelope.totalElements}`,
    )
  if (repeated > 0) warn("changed", `${nameOf(options)} changed while reading: ${repeated} items were given twice`)

  const done = isDone(envelope, state.page, given, total)
  if (items.length === 0 && !done)
    warn("empty", `page ${state.page} of ${nameOf(options)} was empty, but not the last one`)

  const room = options.limit === undefined ? keep.length : options.limit - state.emitted
  const positions = keep.slice(0, Math.max(0, room))
  const emitted = state.emitted + positions.length
  const reached = options.limit !== undefined && emitted >= options.limit
  if (done === "short" && !reached)
    return yield* fail({ _tag: "Incomplete", items: given, totalElements: total ?? given }, true)

  yield* note("page", { endpoint, page: state.page, items: positions.length })
  for (const text of warnings) yield* note("warning", { endpoint, page: state.page, text }, "warning")
  const page: RawPage = {
    page: state.page,
    items: positions.map((index) => items[index] ?? null),
    positions,
    offset: state.given,
    totalElements: total,
    warnings,
  }
  const next: State = {
    page: state.page + 1,
    given,
    emitted,
    spentMs: state.spentMs + (endedMs - startedMs),
    previous: current,
    seen: state.seen,
    totalElements: total,
    warned,
  }
  return [[page], done !== undefined || reached ? Option.none<State>() : Option.some(next)] as const
})

const nameOf = (options: PagingOptions): string => (options.endpoint === "studies" ? "registry" : options.endpoint)

/**
 * Whether this was the last page, and whether the list is whole. Where the server announces no number of pages, only an
 * empty page ends the list: a page with few items may come from a server that gives fewer than asked for.
 */
const isDone = (
  envelope: Envelope,
  page: number,
  given: number,
  total: number | undefined,
): "whole" | "short" | undefined => {
  const empty = envelope.items.length === 0
  if (envelope.totalPages === undefined) {
    if (total !== undefined && given >= total) return "whole"
    if (!empty) return undefined
    return total === undefined ? "whole" : "short"
  }
  if (page < envelope.totalPages - 1) return undefined
  // The last page by number. Items may still be missing where the server gave fewer per page than it counted with.
  if (total === undefined || given >= total) return "whole"
  return empty ? "short" : undefined
}
