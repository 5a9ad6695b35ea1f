/**
 * What is wrong with a study, a design, or what a study is run with. Problems are collected: a reader sees all of them at
 * once, each with its place in the file and, where a name is unknown, the nearest known one.
 *
 * @layer contract
 * @module
 */
import { ExitCode } from "@heddle/core/ExitCode"
import * as Schema from "effect/Schema"

/** One problem and where it is. @category schemas */
export const Issue = Schema.Struct({
  /** As in `factors[1].levels[0].name`; empty for the file as a whole. */
  path: Schema.String,
  message: Schema.String,
  /** Line in the file, from 1, where it is known. */
  line: Schema.optionalKey(Schema.Int),
  /** The nearest known name, where a name is unknown. */
  nearest: Schema.optionalKey(Schema.String),
})
/** @category models */
export interface Issue extends Schema.Schema.Type<typeof Issue> {}

/** Issues that an error keeps; `count` says how many there were. */
export const issuesMax = 100

/** An issue as one line. */
export const issueText = (issue: Issue): string =>
  `${issue.path === "" ? "" : `${issue.path}: `}${issue.message}${issue.line === undefined ? "" : ` (line ${issue.line})`}${
    issue.nearest === undefined ? "" : `; did you mean ${JSON.stringify(issue.nearest)}?`
  }`

const issueLines = (issues: ReadonlyArray<Issue>, count: number): string =>
  [...issues.map(issueText), ...(count > issues.length ? [`and ${count - issues.length} more`] : [])].join("\n")

/**
 * A study that cannot be read or does not hold together. Nothing was run or written.
 *
 * @category errors
 */
export class InvalidStudy extends Schema.TaggedError<InvalidStudy>()("InvalidStudy", {
  /** The file, or the study's id. */
  source: Schema.String,
  issues: Schema.Array(Issue),
  count: Schema.Int,
}) {
  readonly exitCode = ExitCode.usage
  readonly retryable = false
  get hints(): ReadonlyArray<string> {
    // A name that a shell would read in parts, or a study's id, is not put into a command.
    const file = /^[\w./@:+-]+\.(?:ya?ml|json)$/i.test(this.source) ? this.source : "FILE"
    return [`correct the study and check it: heddle experiments validate ${file}`]
  }
  override get message(): string {
    return `${this.source}: ${this.count === 1 ? "1 problem" : `${this.count} problems`}\n${issueLines(this.issues, this.count)}`
  }
}

/**
 * A design that cannot be built from what the study says: an option that is missing or wrong, or a design that does not
 * exist for these factors. `option` is its place in the study.
 *
 * @category errors
 */
export class DesignError extends Schema.TaggedError<DesignError>()("DesignError", {
  kind: Schema.String,
  /** As in `design_spec.options.resolution`. */
  option: Schema.String,
  problem: Schema.String,
  hints: Schema.Array(Schema.String),
}) {
  readonly exitCode = ExitCode.usage
  readonly retryable = false
  override get message(): string {
    return `${this.kind}: ${this.option}: ${this.problem}`
  }
}

/**
 * Artifacts that cannot be written or do not hold together: a column that two sources claim, a folder that belongs to
 * another study, a file that is not what the manifest says.
 *
 * @category errors
 */
export class ArtifactsError extends Schema.TaggedError<ArtifactsError>()("ArtifactsError", {
  reason: Schema.Literals(["clash", "foreign", "missing", "invalid", "mismatch"]),
  path: Schema.String,
  problem: Schema.String,
  hints: Schema.Array(Schema.String),
}) {
  readonly retryable = false
  get exitCode(): ExitCode {
    switch (this.reason) {
      case "foreign":
        return ExitCode.refused
      case "mismatch":
        return ExitCode.mismatch
      default:
        return ExitCode.usage
    }
  }
  override get message(): string {
    return `${this.path}: ${this.problem}`
  }
}
