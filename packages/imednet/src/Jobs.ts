/**
 * Jobs: a write is accepted first and carried out later. The server names a job for it, most of the time; an answer
 * without one (`[]`, or an empty batch id) means that the write was accepted and there is nothing to wait for.
 *
 * @layer logic
 * @module
 */
import * as Effect from "effect/Effect"
import * as Schedule from "effect/Schedule"
import type * as Schema from "effect/Schema"
import type { ImednetConfigShape } from "./ImednetConfig.ts"
import { ImednetError } from "./ImednetError.ts"
import type { Job } from "./Models.ts"

/**
 * What became of a write: a job to ask about, or accepted without one.
 *
 * @category models
 */
export type WriteOutcome =
  | { readonly _tag: "Job"; readonly batchId: string; readonly job: Job }
  | { readonly _tag: "Accepted" }

/** Times in milliseconds; the configured ones unless given. @category models */
export interface WaitOptions {
  readonly pollIntervalMs?: number
  readonly timeoutMs?: number
}

const succeeded = new Set(["completed", "complete", "success", "succeeded"])
const failed = new Set(["failed", "failure", "error", "cancelled", "canceled"])

/** Where a job stands. Unknown words, and no word at all, mean that it is going on. @category conversions */
export const phaseOf = (state: string | null): "running" | "succeeded" | "failed" => {
  const word = (state ?? "").trim().toLowerCase()
  return succeeded.has(word) ? "succeeded" : failed.has(word) ? "failed" : "running"
}

/** Reads the answer to a write. Fails only with what `decode` fails with. @category decoding */
export const outcomeOf = <E>(
  body: Schema.Json | undefined,
  decode: (raw: Schema.Json) => Effect.Effect<Job, E>,
): Effect.Effect<WriteOutcome, E> => {
  if (body === undefined || body === null || (Array.isArray(body) && body.length === 0))
    return Effect.succeed({ _tag: "Accepted" })
  return Effect.map(decode(body), (job): WriteOutcome => {
    const batchId = job.batchId?.trim() ?? ""
    return batchId === "" ? { _tag: "Accepted" } : { _tag: "Job", batchId, job }
  })
}

/**
 * Asks with `get` until the job has ended, first at once and then at the interval. Fails with `JobFailed` where the server
 * gave up, with `JobTimeout` where the job was still going on at the end of the time, and with what `get` fails with. None
 * of the first two is retryable: sending the write again could write twice.
 *
 * @category combinators
 */
export const wait = <E, R>(
  batchId: string,
  get: Effect.Effect<Job, E, R>,
  defaults: ImednetConfigShape["jobs"],
  options: WaitOptions,
): Effect.Effect<Job, E | ImednetError, R> => {
  const timeoutMs = options.timeoutMs ?? defaults.timeoutMs
  let state = ""
  return get.pipe(
    Effect.tap((job) =>
      Effect.sync(() => {
        state = job.state ?? ""
      }),
    ),
    Effect.repeat({
      schedule: Schedule.spaced(options.pollIntervalMs ?? defaults.pollIntervalMs),
      until: (job) => phaseOf(job.state) !== "running",
    }),
    Effect.timeoutOrElse({
      duration: timeoutMs,
      orElse: () =>
        Effect.fail(
          new ImednetError({
            reason: { _tag: "JobTimeout", batchId, state, timeoutMs },
            endpoint: "jobs",
            retryable: false,
            attempts: 1,
          }),
        ),
    }),
    Effect.filterOrFail(
      (job) => phaseOf(job.state) !== "failed",
      (job) =>
        new ImednetError({
          reason: { _tag: "JobFailed", batchId, state: job.state ?? "" },
          endpoint: "jobs",
          retryable: false,
          attempts: 1,
        }),
    ),
  )
}
