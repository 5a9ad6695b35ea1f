/**
 * What a pipeline may end with that is no result: something lazy that nobody would ever consume.
 *
 * @layer contract
 * @module
 */
import * as Schema from "effect/Schema"

/**
 * A pipeline returned a generator, a Stream, a promise in a promise or an Effect where a value was due. Nothing of it was
 * consumed. Trying again does not help.
 *
 * @category errors
 */
export class PipelineResultError extends Schema.TaggedError<PipelineResultError>()("PipelineResultError", {
  found: Schema.String,
}) {
  readonly retryable = false
  readonly hints = ["collect the items in the pipeline and return a value"]
  override get message(): string {
    return `the pipeline returned ${this.found}, which nothing would consume; it must return a value`
  }
}

/** A pipeline asked its study for something that cannot be asked. @category errors */
export class PipelineRequestError extends Schema.TaggedError<PipelineRequestError>()("PipelineRequestError", {
  problem: Schema.String,
}) {
  readonly retryable = false
  override get message(): string {
    return this.problem
  }
}
