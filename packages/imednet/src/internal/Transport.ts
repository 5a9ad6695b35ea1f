/**
 * The one place that sends requests: headers, address, time-out, size bound, retries, rate. Everything above it works with
 * parsed JSON or an ImednetError.
 *
 * @layer logic
 * @module
 */
import { CurrentUnit, note, waiting } from "@heddle/core/CurrentUnit"
import type { RateLimit } from "@heddle/core/Limits"
import { Secrets } from "@heddle/core/Secrets"
import * as Clock from "effect/Clock"
import * as Effect from "effect/Effect"
import * as FetchHttpClient from "effect/http/FetchHttpClient"
import * as HttpClient from "effect/http/HttpClient"
import * as HttpClientError from "effect/http/HttpClientError"
import * as HttpClientRequest from "effect/http/HttpClientRequest"
import type * as HttpClientResponse from "effect/http/HttpClientResponse"
import * as Random from "effect/Random"
import * as Redacted from "effect/Redacted"
import * as Result from "effect/Result"
import type * as Schema from "effect/Schema"
import * as Stream from "effect/Stream"
import type { ImednetConfigShape } from "../ImednetConfig.ts"
import { ImednetError, type ImednetReason, refused, withData } from "../ImednetError.ts"
import { jsonOffset } from "./jsonOffset.ts"
import { jitteredMs, retryAfterMs } from "./retryDelay.ts"
import { readServerError, reportsError, type ServerError } from "./serverError.ts"

/** A request in our terms. `segments` follow `/api/v1/edc` and are encoded here. */
export interface Call {
  /** The name used in errors, events and spans. */
  readonly endpoint: string
  readonly studyKey: string | undefined
  readonly segments: ReadonlyArray<string>
  readonly query?: ReadonlyArray<readonly [name: string, value: string]>
  /** Makes it a POST. */
  readonly body?: string
  readonly headers?: { readonly [name: string]: string }
  /** Sent once only, where the caller has its own schedule. */
  readonly once?: boolean
}

/** A parsed answer. `body` is `undefined` where a write was answered without one. */
export interface Answer {
  readonly status: number
  readonly body: Schema.Json | undefined
  readonly attempts: number
}

export interface Transport {
  readonly send: (call: Call) => Effect.Effect<Answer, ImednetError>
}

/** Bytes of an error's body that are looked at. */
const errorBytesMax = 65_536

export const make = (
  config: ImednetConfigShape,
  client: HttpClient.HttpClient,
  rate: RateLimit,
): Effect.Effect<Transport> =>
  Effect.map(Secrets, (secrets) => {
    const host = URL.parse(config.baseUrl)?.host ?? config.baseUrl
    const scoped = HttpClient.withScope(client)

    const attempt = Effect.fnUntraced(function* (call: Call, request: HttpClientRequest.HttpClientRequest) {
      const response = yield* scoped.execute(request).pipe(
        Effect.mapError((error) => transportFailure(error, call, host)),
        // Our own spans say what is needed; the client's would carry addresses with patients' keys in filters.
        Effect.provideService(HttpClient.TracerDisabledWhen, () => true),
        Effect.provideService(FetchHttpClient.RequestInit, {
          redirect: "manual",
          credentials: "omit",
          cache: "no-store",
        }),
      )
      const status = response.status
      const ok = status === 200 || (status === 202 && call.body !== undefined)
      const limit = ok ? config.bytesMax : errorBytesMax
      const bytes = yield* readBody(response, limit, !ok, call)
      if (!ok) return yield* statusFailure(call, response, bytes, secrets.redact)
      if (call.body !== undefined && bytes.length === 0) return { status, body: undefined }
      const text = decodeText(bytes)
      if (text === undefined)
        return yield* Effect.fail(failure(call, { _tag: "DecodeError", problem: "the answer is not UTF-8" }, true))
      const parsed = Result.try((): Schema.Json => JSON.parse(text))
      if (Result.isFailure(parsed)) {
        const offset = jsonOffset(text)
        const problem =
          text.trim() === ""
            ? "the answer is empty"
            : offset >= text.length
              ? "the answer was cut off"
              : "the answer is not JSON"
        return yield* Effect.fail(failure(call, { _tag: "DecodeError", problem, offset }, true))
      }
      if (reportsError(parsed.success)) {
        const server = readServerError(parsed.success, response.headers["x-amzn-errortype"], secrets.redact)
        return yield* Effect.fail(failure(call, { _tag: "ApiError" }, false, { ...server, httpStatus: status }))
      }
      return { status, body: parsed.success }
    }, Effect.scoped)

    const timed = (call: Call, request: HttpClientRequest.HttpClientRequest, attempts: number) =>
      attempt(call, request).pipe(
        Effect.timeoutOrElse({
          duration: config.requestTimeoutMs,
          orElse: () =>
            Effect.fail(failure(call, { _tag: "RequestTimeout", timeoutMs: config.requestTimeoutMs }, true)),
        }),
        Effect.withSpan("imednet.attempt", {
          kind: "client",
          attributes: { endpoint: call.endpoint, attempt: attempts, method: call.body === undefined ? "GET" : "POST" },
        }),
      )

    const send = Effect.fnUntraced(function* (call: Call) {
      const request = yield* Effect.fromResult(build(config, call))
      const startedMs = yield* Clock.currentTimeMillis
      let attempts = 0
      while (true) {
        yield* rate.take()
        attempts += 1
        const result = yield* Effect.result(timed(call, request, attempts))
        if (Result.isSuccess(result)) return { ...result.success, attempts }
        const failed = result.failure
        const final = withData(failed.error, { attempts })
        // A write is sent again only where it is certain that it was not carried out.
        const again = failed.again && (call.body === undefined || final.reason._tag === "RateLimited")
        if (!again || call.once === true || attempts > config.retry.retriesMax) return yield* final
        const asked = failed.retryAfterMs
        if (asked !== undefined && asked > config.retry.retryAfterCapMs) return yield* final
        const random = yield* Random.next
        const waitMs = asked ?? jitteredMs(attempts - 1, config.retry.baseDelayMs, config.retry.delayMaxMs, random)
        const nowMs = yield* Clock.currentTimeMillis
        if (nowMs - startedMs + waitMs > config.retry.elapsedMaxMs) return yield* final
        if (final.reason._tag === "RateLimited") yield* rate.closeFor(waitMs)
        yield* note(
          "retry",
          {
            endpoint: call.endpoint,
            attempt: attempts,
            ms: waitMs,
            reason: final.reason._tag,
            ...(final.httpStatus === undefined ? {} : { httpStatus: final.httpStatus }),
          },
          "warning",
        )
        // A server may ask for a minute. Outside of a run nobody keeps the event, and a person would wait for no visible reason.
        if (asked !== undefined && (yield* CurrentUnit).unit === undefined)
          yield* Effect.logWarning(
            `${call.endpoint}: the server asks to wait ${waitMs} ms (${final.reason._tag}, attempt ${attempts})`,
          )
        yield* waiting("retry")(Effect.sleep(waitMs))
      }
    })

    return { send }
  })

/** What one try ended with; `again` says whether another may help. */
interface Failed {
  readonly error: ImednetError
  readonly again: boolean
  readonly retryAfterMs: number | undefined
}

const failure = (
  call: Call,
  reason: ImednetReason,
  again: boolean,
  server: ServerError & { readonly httpStatus?: number } = {},
  retryMs?: number,
): Failed => ({
  // What became of a write that was not answered is unknown, so it must not be repeated by a resume either.
  error: new ImednetError({
    reason,
    endpoint: call.endpoint,
    ...(call.studyKey === undefined ? {} : { studyKey: call.studyKey }),
    retryable: again && (call.body === undefined || reason._tag === "RateLimited"),
    attempts: 1,
    ...server,
  }),
  again,
  retryAfterMs: retryMs,
})

const build = (
  config: ImednetConfigShape,
  call: Call,
): Result.Result<HttpClientRequest.HttpClientRequest, ImednetError> => {
  const path: Array<string> = []
  for (const segment of call.segments) {
    const problem = segmentProblem(segment)
    if (problem !== undefined) return Result.fail(refused(call.endpoint, "path", problem))
    path.push(encodeURIComponent(segment))
  }
  const query = (call.query ?? []).map(([name, value]) => `${encodeURIComponent(name)}=${encodeURIComponent(value)}`)
  const url = `${config.baseUrl}/api/v1/edc/${path.join("/")}${query.length === 0 ? "" : `?${query.join("&")}`}`
  const request = HttpClientRequest.make(call.body === undefined ? "GET" : "POST")(url, {
    headers: {
      ...call.headers,
      accept: "application/json",
      "content-type": "application/json",
      "x-api-key": Redacted.value(config.apiKey),
      "x-imn-security-key": Redacted.value(config.securityKey),
    },
  })
  return Result.succeed(
    call.body === undefined ? request : HttpClientRequest.bodyText(request, call.body, "application/json"),
  )
}

/** `.` and `..` are steps even when they are encoded, so they cannot be sent as a name at all. */
const segmentProblem = (segment: string): string | undefined => {
  if (segment === "") return "a part of the address is empty"
  if (segment === "." || segment === "..") return `${JSON.stringify(segment)} is a path step, not a name`
  if (!segment.isWellFormed()) return "a part of the address has half a surrogate pair"
  return undefined
}

const transportFailure = (error: HttpClientError.HttpClientError, call: Call, host: string): Failed =>
  failure(call, { _tag: "TransportError", host, problem: describeCause(error) }, error.reason._tag === "TransportError")

/** The system's code of a network error (`ECONNREFUSED`); its message may quote what was sent, so it is left out. */
const describeCause = (error: unknown): string => {
  let current: unknown = error
  for (let depth = 0; depth < 8 && typeof current === "object" && current !== null; depth++) {
    const code: unknown = Reflect.get(current, "code")
    if (typeof code === "string" && /^[A-Z][A-Z0-9_]{2,40}$/.test(code)) return names[code] ?? code
    const errors: unknown = Reflect.get(current, "errors")
    current =
      Reflect.get(current, "reason") ?? Reflect.get(current, "cause") ?? (Array.isArray(errors) ? errors[0] : undefined)
  }
  return "the connection failed"
}

const names: { readonly [code: string]: string } = {
  ECONNREFUSED: "connection refused (ECONNREFUSED)",
  ECONNRESET: "connection reset (ECONNRESET)",
  ENOTFOUND: "no such host (ENOTFOUND)",
  EAI_AGAIN: "the name cannot be looked up now (EAI_AGAIN)",
  ETIMEDOUT: "connection timed out (ETIMEDOUT)",
  UND_ERR_SOCKET: "the connection was closed (UND_ERR_SOCKET)",
  UND_ERR_CONNECT_TIMEOUT: "connection timed out (UND_ERR_CONNECT_TIMEOUT)",
}

/** The bytes of a body, at most `bytesMax`; with `cut` the rest is dropped, else more is an error. */
const readBody = Effect.fnUntraced(function* (
  response: HttpClientResponse.HttpClientResponse,
  bytesMax: number,
  cut: boolean,
  call: Call,
) {
  const announced = Number(response.headers["content-length"] ?? 0)
  if (!cut && announced > bytesMax) return yield* Effect.fail(failure(call, { _tag: "TooLarge", bytesMax }, false))
  const chunks: Array<Uint8Array> = []
  let length = 0
  yield* response.stream.pipe(
    Stream.takeUntil((chunk) => {
      chunks.push(chunk)
      length += chunk.length
      return length > bytesMax
    }),
    Stream.runDrain,
    Effect.catch((error): Effect.Effect<void, Failed> => {
      // An empty body is no body; what is left of an error's body is enough to say what it was.
      if (error.reason._tag === "EmptyBodyError" || cut) return Effect.void
      return Effect.fail(
        failure(call, { _tag: "DecodeError", problem: "the answer was cut off", offset: length }, true),
      )
    }),
  )
  if (length > bytesMax && !cut) return yield* Effect.fail(failure(call, { _tag: "TooLarge", bytesMax }, false))
  if (chunks.length === 1 && chunks[0] !== undefined) return chunks[0]
  const bytes = new Uint8Array(length)
  let at = 0
  for (const chunk of chunks) {
    bytes.set(chunk, at)
    at += chunk.length
  }
  return bytes
})

const decodeText = (bytes: Uint8Array): string | undefined =>
  Result.getOrUndefined(Result.try(() => new TextDecoder("utf-8", { fatal: true }).decode(bytes)))

const statusFailure = (
  call: Call,
  response: HttpClientResponse.HttpClientResponse,
  bytes: Uint8Array,
  redact: (text: string) => string,
): Effect.Effect<never, Failed> =>
  Effect.flatMap(Clock.currentTimeMillis, (nowMs) => {
    const status = response.status
    const text = new TextDecoder().decode(bytes)
    const body = Result.getOrUndefined(Result.try((): unknown => JSON.parse(text)))
    const server = {
      ...readServerError(body, response.headers["x-amzn-errortype"], redact),
      httpStatus: status,
    }
    const askedMs = retryAfterMs(response.headers["retry-after"], response.headers["date"], nowMs)
    const fail = (reason: ImednetReason, again: boolean, ms?: number) =>
      Effect.fail(failure(call, reason, again, server, ms))
    switch (status) {
      case 204:
        return fail({ _tag: "DecodeError", problem: "the answer is empty" }, false)
      case 400:
        return fail({ _tag: "BadRequest" }, false)
      case 401:
        return fail({ _tag: "Unauthorized" }, false)
      case 403:
        return fail({ _tag: "Forbidden" }, false)
      case 404:
        return fail({ _tag: "NotFound" }, false)
      case 409:
        return fail({ _tag: "Conflict" }, false)
      case 429:
        return fail(
          { _tag: "RateLimited", retryAfterSec: askedMs === undefined ? null : askedMs / 1000 },
          true,
          askedMs,
        )
      default:
        return status >= 500 ? fail({ _tag: "ServerError" }, true, askedMs) : fail({ _tag: "UnexpectedStatus" }, false)
    }
  })
