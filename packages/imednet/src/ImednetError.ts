/**
 * What can go wrong with an iMednet request, as one error whose `reason` says which. It carries what the server said
 * about itself (status, code, attribute) and never a body, a header value or a key.
 *
 * @layer contract
 * @module
 */
import { ExitCode } from "@heddle/core/ExitCode"
import * as Schema from "effect/Schema"

/** Characters of any text of the server that are kept. */
export const serverTextMax = 500

/**
 * Why a request did not give a result. Statuses of the server:
 * - `BadRequest` (400), `Unauthorized` (401), `NotFound` (404), `Conflict` (409).
 * - `Forbidden` (403): not allowed, or no such study; the server answers both alike.
 * - `RateLimited` (429): too many requests; `retryAfterSec` as the server gave it, else `null`.
 * - `ServerError` (5xx), `UnexpectedStatus` (anything else, such as a redirect, which is not followed).
 * - `ApiError`: HTTP 200 whose envelope reports an error.
 *
 * Answers that cannot be used:
 * - `DecodeError`: not the expected JSON. `offset` counts characters of a body that is no JSON, `path` names the value
 *   that has the wrong shape (`data[0].siteId`).
 * - `PaginationLoop`: the same page came again, or there was no end within the bound of pages.
 * - `Incomplete`: the pages ended before the announced number of items was read.
 * - `TooLarge`: a body over the bound.
 *
 * Time and transport: `RequestTimeout` (one try), `StreamTimeout` (all pages together), `TransportError` (no answer).
 *
 * Writes: `JobFailed`, `JobTimeout`.
 *
 * Refused here, before any request: `Refused` (filter, sort, path, header, item), `InvalidConfig`.
 *
 * @category schemas
 */
export const ImednetReason = Schema.Union([
  Schema.TaggedStruct("BadRequest", {}),
  Schema.TaggedStruct("Unauthorized", {}),
  Schema.TaggedStruct("Forbidden", {}),
  Schema.TaggedStruct("NotFound", {}),
  Schema.TaggedStruct("Conflict", {}),
  Schema.TaggedStruct("RateLimited", { retryAfterSec: Schema.NullOr(Schema.Finite) }),
  Schema.TaggedStruct("ServerError", {}),
  Schema.TaggedStruct("UnexpectedStatus", {}),
  Schema.TaggedStruct("ApiError", {}),
  Schema.TaggedStruct("DecodeError", {
    problem: Schema.String,
    offset: Schema.optionalKey(Schema.Int),
    path: Schema.optionalKey(Schema.String),
  }),
  Schema.TaggedStruct("PaginationLoop", { page: Schema.Int, problem: Schema.String }),
  Schema.TaggedStruct("Incomplete", { items: Schema.Int, totalElements: Schema.Int }),
  Schema.TaggedStruct("TooLarge", { bytesMax: Schema.Finite }),
  Schema.TaggedStruct("RequestTimeout", { timeoutMs: Schema.Finite }),
  Schema.TaggedStruct("StreamTimeout", { timeoutMs: Schema.Finite, pages: Schema.Int }),
  Schema.TaggedStruct("TransportError", { host: Schema.String, problem: Schema.String }),
  Schema.TaggedStruct("JobFailed", { batchId: Schema.String, state: Schema.String }),
  Schema.TaggedStruct("JobTimeout", { batchId: Schema.String, state: Schema.String, timeoutMs: Schema.Finite }),
  Schema.TaggedStruct("Refused", { what: Schema.String, problem: Schema.String }),
  Schema.TaggedStruct("InvalidConfig", { setting: Schema.String, problem: Schema.String }),
])
/** A reason, decoded; `_tag` tells them apart. @category models */
export type ImednetReason = typeof ImednetReason.Type

/**
 * A request to iMednet that failed for good: its own retries are spent. `retryable` says whether asking again later may
 * help and does no harm (a write whose fate is unknown is never retryable).
 *
 * @category errors
 */
export class ImednetError extends Schema.TaggedError<ImednetError>()("ImednetError", {
  reason: ImednetReason,
  /** Which endpoint: `studies`, `subjects`, …; `config` or `filter` where nothing was asked. */
  endpoint: Schema.String,
  /** The study that was asked; absent for the registry. */
  studyKey: Schema.optionalKey(Schema.String),
  retryable: Schema.Boolean,
  /** Requests that were sent for it; 0 where it was refused here. */
  attempts: Schema.Int,
  httpStatus: Schema.optionalKey(Schema.Int),
  /** The server's own error code: `1000` validation, `9000` unknown, `9001` unauthorized. */
  code: Schema.optionalKey(Schema.String),
  /** The server's own words. */
  description: Schema.optionalKey(Schema.String),
  /** Which request attribute the server found wrong, and the value it saw. */
  attribute: Schema.optionalKey(Schema.String),
  value: Schema.optionalKey(Schema.String),
  /** The gateway's class of error, such as `ForbiddenException`. */
  awsErrorType: Schema.optionalKey(Schema.String),
}) {
  get exitCode(): ExitCode {
    switch (this.reason._tag) {
      case "Unauthorized":
      case "Forbidden":
        return ExitCode.credentials
      case "TransportError":
      case "RequestTimeout":
      case "StreamTimeout":
      case "RateLimited":
      case "ServerError":
        return ExitCode.unreachable
      case "Refused":
      case "InvalidConfig":
        return ExitCode.usage
      default:
        return ExitCode.partial
    }
  }
  get hints(): ReadonlyArray<string> {
    switch (this.reason._tag) {
      case "Unauthorized":
        return ["check IMEDNET_API_KEY and IMEDNET_SECURITY_KEY: heddle doctor"]
      case "Forbidden":
        if (this.studyKey === undefined)
          return [
            "these credentials may not list the studies; check IMEDNET_API_KEY and IMEDNET_SECURITY_KEY: heddle doctor",
          ]
        return [
          "forbidden or unknown study: iMednet answers 403 for both; see which keys there are: heddle studies list",
        ]
      case "RateLimited":
        return ["wait, then run it again with a lower rate: --rate 2"]
      case "TransportError":
        return [`check that ${this.reason.host} can be reached: heddle doctor`]
      case "RequestTimeout":
      case "StreamTimeout":
        return ["allow more time, or ask for fewer items per page"]
      case "ServerError":
      case "Incomplete":
        return ["run it again later; finished studies are not repeated: heddle studies resume"]
      case "DecodeError":
        return ["the server's answer is not what is documented; where strict mode is on, turn it off"]
      case "PaginationLoop":
        return ["the server repeats its pages; nothing was kept of this listing"]
      case "JobTimeout":
        return [
          `the write was accepted and may still finish; ask for job ${this.reason.batchId} later, and do not send it again`,
        ]
      case "InvalidConfig":
        return [`set ${this.reason.setting}`]
      default:
        return []
    }
  }
  override get message(): string {
    const reason = this.reason
    const tries = this.attempts > 1 ? ` after ${this.attempts} attempts` : ""
    switch (reason._tag) {
      case "BadRequest":
      case "Unauthorized":
      case "Forbidden":
      case "NotFound":
      case "Conflict":
      case "ServerError":
      case "UnexpectedStatus":
        return this.description ?? `${this.endpoint}: HTTP status ${this.httpStatus ?? "unknown"}${tries}`
      case "ApiError":
        return this.description ?? `${this.endpoint}: the server reports error ${this.code ?? "without a code"}`
      case "RateLimited":
        return `${this.endpoint}: too many requests${
          reason.retryAfterSec === null ? tries : `; the server asks to wait ${reason.retryAfterSec} s`
        }`
      case "DecodeError": {
        const at =
          reason.path !== undefined
            ? ` at ${reason.path}`
            : reason.offset !== undefined
              ? ` at offset ${reason.offset}`
              : ""
        return `${this.endpoint}: ${reason.problem}${at}${tries}`
      }
      case "PaginationLoop":
        return `${this.endpoint}: ${reason.problem} (page ${reason.page})`
      case "Incomplete":
        return `${this.endpoint}: the pages ended after ${reason.items} of ${reason.totalElements} items`
      case "TooLarge":
        return `${this.endpoint}: the answer is larger than ${reason.bytesMax} bytes`
      case "RequestTimeout":
        return `${this.endpoint}: no complete answer within ${reason.timeoutMs} ms${tries}`
      case "StreamTimeout":
        return `${this.endpoint}: not read to the end within ${reason.timeoutMs} ms (${reason.pages} pages read)`
      case "TransportError":
        return `${this.endpoint}: ${reason.host} gave no answer${tries}: ${reason.problem}`
      case "JobFailed":
        return `job ${reason.batchId} ended as ${reason.state}`
      case "JobTimeout":
        return `job ${reason.batchId} did not end within ${reason.timeoutMs} ms (last state ${
          reason.state === "" ? "empty" : reason.state
        })`
      case "Refused":
        return `${reason.what}: ${reason.problem}`
      case "InvalidConfig":
        return `${reason.setting}: ${reason.problem}`
    }
  }
}

/** The same error with some of its data changed. @category conversions */
export const withData = (
  error: ImednetError,
  change: { readonly attempts?: number; readonly retryable?: boolean },
): ImednetError => {
  const { reason, endpoint, retryable, attempts, studyKey } = error
  const { httpStatus, code, description, attribute, value, awsErrorType } = error
  return new ImednetError({
    reason,
    endpoint,
    retryable,
    attempts,
    ...(studyKey === undefined ? {} : { studyKey }),
    ...(httpStatus === undefined ? {} : { httpStatus }),
    ...(code === undefined ? {} : { code }),
    ...(description === undefined ? {} : { description }),
    ...(attribute === undefined ? {} : { attribute }),
    ...(value === undefined ? {} : { value }),
    ...(awsErrorType === undefined ? {} : { awsErrorType }),
    ...change,
  })
}

/** An error of something that was refused here, before any request. @category constructors */
export const refused = (endpoint: string, what: string, problem: string): ImednetError =>
  new ImednetError({ reason: { _tag: "Refused", what, problem }, endpoint, retryable: false, attempts: 0 })

/** An answer that has the wrong shape; not retryable, since the server would answer the same. @category constructors */
export const wrongShape = (endpoint: string, path: string, problem: string): ImednetError =>
  new ImednetError({ reason: { _tag: "DecodeError", problem, path }, endpoint, retryable: false, attempts: 1 })
