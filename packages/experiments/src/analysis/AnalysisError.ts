/**
 * Why an analysis cannot be made as the study says: unknown words, columns that are not there, values that are ambiguous. All
 * problems are collected; nothing was computed.
 *
 * @layer contract
 * @module
 */
import { ExitCode } from "@heddle/core/ExitCode"
import * as Schema from "effect/Schema"
import { Issue, issueText } from "../ExperimentError.ts"

/** Issues that an error keeps. */
export const issuesMax = 100

/**
 * An analysis that was refused.
 *
 * @category errors
 */
export class AnalysisError extends Schema.TaggedError<AnalysisError>()("AnalysisError", {
  studyId: Schema.String,
  issues: Schema.Array(Issue),
  count: Schema.Int,
}) {
  readonly exitCode = ExitCode.usage
  readonly retryable = false
  get hints(): ReadonlyArray<string> {
    return ["correct the outcomes and analysis plans of the study; the runs themselves are not touched"]
  }
  override get message(): string {
    const more = this.count > this.issues.length ? [`and ${this.count - this.issues.length} more`] : []
    return [`the analysis of ${this.studyId} cannot be made:`, ...this.issues.map(issueText), ...more].join("\n")
  }
}
