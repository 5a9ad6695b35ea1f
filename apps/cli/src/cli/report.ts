/**
 * How a failure is told: a sentence on stderr, an empty line, and a `hint:` with a command to paste; with `--json` also
 * one `{"type":"failure"}` line on stdout.
 *
 * @layer logic
 * @module
 */
import { ExitCode, isReported } from "@heddle/core/ExitCode"
import { pasteable } from "./program.ts"
import { version } from "./version.ts"

/** A failure in the words of both outputs. */
export interface FailureReport {
  readonly exitCode: ExitCode
  readonly tag: string
  readonly message: string
  readonly hints: ReadonlyArray<string>
}

/** True where a reader ended on purpose, as `head` does; anything else that stdout says means that output is lost. */
export const isReaderGone = (error: Error): boolean =>
  "code" in error && ["EPIPE", "ECONNRESET", "ERR_STREAM_DESTROYED"].includes(String(error.code))

/** Output that stdout did not take is missing where it was sent to, so the command has not succeeded. */
export const lostOutput = (problem: string): FailureReport => ({
  exitCode: ExitCode.unreachable,
  tag: "OutputLost",
  message: `stdout could not be written, and what it was sent to is not whole: ${problem}`,
  hints: [
    "free some space where stdout goes, then give the command again: df -h",
    pasteable("heddle runs list", process.env),
  ],
})

/** The process ends under a command that is not done: somebody's code called for it. */
export const endedEarly: FailureReport = {
  exitCode: ExitCode.bug,
  tag: "EndedEarly",
  message:
    "the process was ended before the command was done, by code of a file that runs in it (process.exit); what was recorded so far is kept",
  hints: [
    "take process.exit out of the problem and its evaluator, or out of modules with --placement fibers: throw an error instead",
  ],
}

/** The text for people. */
export const failureText = (report: FailureReport): string =>
  `${[`error: ${report.message}`, "", ...report.hints.map((hint) => `hint: ${hint}`)].join("\n")}\n`

/** The last JSON line of a command that failed as a whole. */
export const failureLine = (report: FailureReport, at: string, runId: string | null): string =>
  `${JSON.stringify({ type: "failure", runId, at, level: "error", ...report })}\n`

/** What is said of an error that nobody expected. `detail` must be free of secrets. */
export const bugReport = (detail: string): FailureReport => ({
  exitCode: ExitCode.bug,
  tag: "Bug",
  message: [
    "heddle made a mistake; this is a bug, and nothing you did wrong",
    "",
    detail
      .split("\n")
      .slice(0, detailLinesMax)
      .map((line) => `  ${line}`)
      .join("\n"),
    "",
    `heddle ${version}, node ${process.versions.node}, ${process.platform}-${process.arch}`,
  ].join("\n"),
  hints: ["report the text above; what was recorded so far is kept", pasteable("heddle runs list", process.env)],
})

/** Lines of a stack that are shown. */
const detailLinesMax = 30

/** Turns anything thrown into a report; `redact` takes out what must not be printed. */
export const reportOf = (error: unknown, redact: (text: string) => string): FailureReport => {
  if (isReported(error)) {
    return {
      exitCode: error.exitCode,
      tag: tagOf(error),
      message: redact(error.message).replace(/^(run|extract):(?=.* is held by )/, (_, what: string) =>
        what === "run" ? "run " : "the folder ",
      ),
      hints: error.hints.map((hint) => pasteable(redact(hint), process.env)),
    }
  }
  return bugReport(redact(describe(error)))
}

const tagOf = (error: object): string => {
  if ("failureTag" in error && typeof error.failureTag === "string") return error.failureTag
  if ("reason" in error && isTagged(error.reason)) return error.reason._tag
  if ("tag" in error && typeof error.tag === "string") return error.tag
  return isTagged(error) ? error._tag : "Error"
}

const isTagged = (value: unknown): value is { readonly _tag: string } =>
  typeof value === "object" && value !== null && "_tag" in value && typeof value._tag === "string"

const describe = (error: unknown): string => {
  try {
    return error instanceof Error ? (error.stack ?? `${error.name}: ${error.message}`) : String(error)
  } catch {
    return "a value that cannot be shown was thrown"
  }
}

/** Tells of a failure before anything is loaded; returns the exit code. */
export const reportEarly = (error: unknown, json: boolean): number => {
  const secrets = ["IMEDNET_API_KEY", "IMEDNET_SECURITY_KEY"]
    .map((name) => process.env[name] ?? "")
    .filter((secret) => secret.length >= 4)
  const report = reportOf(error, (text) =>
    secrets.reduce((clean, secret) => clean.replaceAll(secret, "<redacted>"), text),
  )
  // A stdout that takes nothing must not hide the failure itself.
  process.stdout.on("error", (problem) => {
    if (isReaderGone(problem)) return
    const lost = lostOutput(problem.message)
    process.exitCode = lost.exitCode
    process.stderr.write(failureText(lost))
  })
  if (json)
    process.stdout.write(failureLine(report, new Date(performance.timeOrigin + performance.now()).toISOString(), null))
  process.stderr.write(failureText(report))
  return report.exitCode
}
