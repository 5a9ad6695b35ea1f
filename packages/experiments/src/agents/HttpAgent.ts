/**
 * An agent behind an HTTP endpoint: each run is one POST of JSON, and the answer's JSON is the result. Status, size and
 * time are bounded; an endpoint that asks for a pause is given it once in a while, within a bound.
 *
 * @layer adapter
 * @module
 */
import * as Canonical from "@heddle/core/Canonical"
import { waiting } from "@heddle/core/CurrentUnit"
import * as Effect from "effect/Effect"
import * as HttpClient from "effect/http/HttpClient"
import type * as HttpClientError from "effect/http/HttpClientError"
import * as HttpClientRequest from "effect/http/HttpClientRequest"
import type * as HttpClientResponse from "effect/http/HttpClientResponse"
import type { Json } from "effect/Schema"
import * as Stream from "effect/Stream"
import type { Agent, RunRequest } from "../RunBinding.ts"
import { RunFailed } from "../RunError.ts"
import { runText } from "../internal/runJson.ts"

/** How an endpoint is called. @category models */
export interface HttpAgentOptions {
  /** `https:`, or `http:`. */
  readonly url: string
  /** Part of the fingerprint; the address is too. */
  readonly version: string
  /** Sent with each request; credentials belong here, and are never recorded. */
  readonly headers?: Readonly<Record<string, string>>
  /** Bound of one request in milliseconds; {@link timeoutDefaultMs} unless given. */
  readonly timeoutMs?: number
  /** Bound of an answer in bytes; {@link answerBytesMax} unless given. */
  readonly answerBytesMax?: number
  /** What is sent; the run as JSON unless given. */
  readonly body?: (request: RunRequest) => Json
  readonly metadata?: { readonly [name: string]: string }
}

/** Bound of one request unless said otherwise. */
export const timeoutDefaultMs = 120_000
/** Bound of an answer unless said otherwise. */
export const answerBytesMax = 16 * 1024 * 1024
/** Times that an endpoint's request for a pause (429 and 503 with Retry-After) is followed. */
export const pausesMax = 3
/** The longest pause that is followed. */
export const pauseMaxMs = 300_000

const failed = (errorType: string, problem: string): RunFailed => new RunFailed({ stage: "agent", errorType, problem })

/** What lies behind an error is looked for so deep: the client's wraps the system's, once or twice. */
const causesMax = 5

/** The error with what lies behind it: "Transport error" alone does not say whether a name or a port is wrong. */
const why = (error: HttpClientError.HttpClientError): string => {
  const texts = [error.message]
  let cause = error.cause
  for (let depth = 0; depth < causesMax && cause instanceof Error; depth++) {
    // Several addresses that all refuse are one error without a message, with a code.
    const text = cause.message === "" && "code" in cause ? String(cause.code) : cause.message
    if (text !== "" && !texts.some((known) => known.includes(text))) texts.push(text)
    cause = cause.cause
  }
  return texts.join(": ")
}

/** The system's words for a connection that was never made: nothing was sent, so nothing can have been paid for. */
const neverConnected: ReadonlyMap<string, string> = new Map([
  ["ECONNREFUSED", "connection refused"],
  ["ENOTFOUND", "the name of the host is not known"],
  ["EAI_AGAIN", "the name of the host cannot be looked up now"],
  ["EHOSTUNREACH", "no way to the host"],
  ["ENETUNREACH", "no way to the network"],
  ["UND_ERR_CONNECT_TIMEOUT", "no connection in time"],
])

/** Why no connection was made; undefined where one may have been. */
const unconnected = (error: HttpClientError.HttpClientError): string | undefined => {
  let cause = error.cause
  for (let depth = 0; depth < causesMax && cause instanceof Error; depth++) {
    const said = "code" in cause ? neverConnected.get(String(cause.code)) : undefined
    if (said !== undefined) return said
    cause = cause.cause
  }
  return undefined
}

/** Milliseconds of a Retry-After header in seconds; undefined where it says nothing that is followed. */
const pauseOf = (response: HttpClientResponse.HttpClientResponse): number | undefined => {
  if (response.status !== 429 && response.status !== 503) return undefined
  const seconds = Number(response.headers["retry-after"] ?? Number.NaN)
  const pauseMs = seconds * 1000
  return pauseMs >= 0 && pauseMs <= pauseMaxMs ? pauseMs : undefined
}

/** Makes the agent over the HTTP client that is provided. @category agents */
export const make = (options: HttpAgentOptions): Effect.Effect<Agent, never, HttpClient.HttpClient> =>
  Effect.map(HttpClient.HttpClient, (client): Agent => {
    const bound = options.answerBytesMax ?? answerBytesMax
    const timeoutMs = options.timeoutMs ?? timeoutDefaultMs

    const readBody = (response: HttpClientResponse.HttpClientResponse): Effect.Effect<string, RunFailed> =>
      Effect.suspend(() => {
        let size = 0
        const decoder = new TextDecoder("utf-8", { fatal: true })
        return Stream.runFoldEffect(
          Stream.mapError(response.stream, (error) => failed("HttpFailed", why(error))),
          () => "",
          (text, chunk: Uint8Array) => {
            size += chunk.length
            if (size > bound) {
              return Effect.fail(failed("HttpAnswerTooLarge", `the answer has more than ${bound} bytes`))
            }
            return Effect.try({
              try: () => text + decoder.decode(chunk, { stream: true }),
              catch: () => failed("HttpAnswerInvalid", "the answer is no UTF-8 text"),
            })
          },
        )
      })

    const attempt = (
      request: HttpClientRequest.HttpClientRequest,
      pauses: number,
      neverSent: () => void,
    ): Effect.Effect<string, RunFailed> =>
      Effect.flatMap(
        Effect.mapError(client.execute(request), (error) => {
          const never = unconnected(error)
          // An answer that asked for a pause came from somewhere that may have asked for money too.
          if (never !== undefined && pauses === 0) neverSent()
          return failed("HttpFailed", never === undefined ? why(error) : `${never}: ${why(error)}`)
        }),
        (response) => {
          const pauseMs = pauses < pausesMax ? pauseOf(response) : undefined
          if (pauseMs !== undefined) {
            return Effect.andThen(waiting("retry")(Effect.sleep(pauseMs)), attempt(request, pauses + 1, neverSent))
          }
          if (response.status < 200 || response.status > 299) {
            return Effect.flatMap(
              // Says more than the number where it is short; where it cannot be read the number must do.
              Effect.orElseSucceed(readBody(response), () => ""),
              (text) =>
                Effect.fail(failed(`HttpStatus${response.status}`, `status ${response.status}: ${text.slice(0, 500)}`)),
            )
          }
          return readBody(response)
        },
      )

    return {
      // Hashed: it stands in the plan, and an address may hold a credential.
      version: Canonical.hash([options.version, options.url]),
      metadata: { agent_kind: "http", ...options.metadata },
      run: (request) =>
        Effect.gen(function* () {
          const body = options.body === undefined ? runText(request) : JSON.stringify(options.body(request))
          const post = HttpClientRequest.bodyText(
            HttpClientRequest.setHeaders(HttpClientRequest.post(options.url), {
              accept: "application/json",
              ...options.headers,
            }),
            body,
            "application/json",
          )
          const text = yield* Effect.timeoutOrElse(
            attempt(post, 0, () => request.spend({ costUsd: 0, tokens: 0 })),
            {
              duration: timeoutMs,
              orElse: () => Effect.fail(failed("HttpTimedOut", `no answer within ${timeoutMs} ms`)),
            },
          )
          return yield* Effect.try({
            try: (): unknown => JSON.parse(text),
            catch: () => failed("HttpAnswerInvalid", "the answer is no JSON"),
          })
        }),
    }
  })
