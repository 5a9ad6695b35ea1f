/**
 * Runs the handler of a command and ends the process with its exit code: settings first, then the handler under signals,
 * with every failure told in one way. Nothing leaves the process unredacted.
 *
 * @layer adapter
 * @module
 */
import { writeSync } from "node:fs"
import { ExitCode } from "@heddle/core/ExitCode"
import * as Secrets from "@heddle/core/Secrets"
import * as Cause from "effect/Cause"
import * as Clock from "effect/Clock"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Fiber from "effect/Fiber"
import * as Layer from "effect/Layer"
import * as Logger from "effect/Logger"
import { isLaunched, pasteable } from "../cli/program.ts"
import { endedEarly, failureLine, failureText, lostOutput, reportOf, type FailureReport } from "../cli/report.ts"
import type { Invocation } from "../cli/Spec.ts"
import { asUsageError } from "../cli/UsageError.ts"
import { makeSettings } from "../config/Settings.ts"
import { Cli, type Output } from "./Cli.ts"
import * as FileAccess from "./fileAccess.ts"
import type { Handler } from "./Handler.ts"
import { makeOutput } from "./Output.ts"
import { listen } from "./Signals.ts"

/** Environment variables whose text is never printed. */
const secretVariables = ["IMEDNET_API_KEY", "IMEDNET_SECURITY_KEY"]

export const runHandler = async (handler: Handler, invocation: Invocation): Promise<void> => {
  const env = process.env
  const secrets = Secrets.make()
  for (const name of secretVariables) secrets.register(env[name] ?? "")
  const output = makeOutput({
    json: invocation.flags.get("json") === true,
    quiet: invocation.flags.get("quiet") === true,
    env,
    secrets,
  })
  let ended = false
  const writeReport = (report: FailureReport): void => {
    ended = true
    // Past all streams: this process ends before they would be written.
    if (output.json && !output.isClosed()) writeNow(1, failureLine(report, isoNow(), output.runId()))
    writeNow(2, failureText(report))
  }
  const tellNow = (error: unknown): void => {
    const report = reportOf(error, secrets.redact)
    writeReport(report)
    process.exit(report.exitCode)
  }
  // Code of users that runs in this process may end it; that must never look like a command that was done.
  process.on("exit", (code) => {
    if (ended || code === ExitCode.interrupted) return
    const report = withRunHint(endedEarly, output.runHint())
    writeReport(report)
    process.exitCode = report.exitCode
  })
  process.on("uncaughtException", tellNow)
  process.on("unhandledRejection", tellNow)
  let interruptCommand = () => {}
  const { signals, close } = listen({
    launched: isLaunched(env),
    interruptCommand: () => interruptCommand(),
    say: output.stderrNow,
  })
  output.onClosed(signals.requestStop)
  const program = Effect.gen(function* () {
    const settings = yield* Effect.try({
      try: () => makeSettings(invocation, env, process.cwd()),
      catch: asUsageError,
    })
    FileAccess.restrict(settings)
    return yield* Effect.provideService(Effect.scoped(handler), Cli, {
      invocation,
      settings,
      output,
      signals,
      env,
    })
  })
  const fiber = Effect.runFork(
    program.pipe(Effect.provideService(Secrets.Secrets, secrets), Effect.provide(stderrLogger(output))),
  )
  interruptCommand = () => fiber.interruptUnsafe()
  const exit = await Effect.runPromise(Fiber.await(fiber))
  let code = Exit.isSuccess(exit)
    ? exit.value
    : await Effect.runPromise(
        tell(exit.cause, output, secrets.redact, {
          stopped: signals.stops() > 0,
          verdict: invocation.spec.verdict === true,
        }),
      )
  close()
  await Effect.runPromise(output.flush)
  const lost = output.failure()
  if (lost !== undefined) {
    const report = lostOutput(lost)
    await Effect.runPromise(output.warn(failureText(report).trimEnd()))
    code = report.exitCode
  }
  ended = true
  // Sockets and threads of work that was given up must not keep the process.
  process.exit(code)
}

/** A run that had begun can go on; a failure that hands over its own way on says so itself. */
const withRunHint = (report: FailureReport, hint: string | undefined): FailureReport =>
  hint === undefined || report.tag === "NotHandedOver" ? report : { ...report, hints: [...report.hints, hint] }

const isoNow = (): string => new Date(performance.timeOrigin + performance.now()).toISOString()

const writeNow = (descriptor: 1 | 2, text: string): void => {
  try {
    writeSync(descriptor, text)
  } catch {
    // Nobody can be told any more; the exit code remains.
  }
}

const tell = Effect.fnUntraced(function* (
  cause: Cause.Cause<unknown>,
  output: Output,
  redact: (text: string) => string,
  about: { readonly stopped: boolean; readonly verdict: boolean },
): Effect.fn.Return<ExitCode> {
  // A reader that went away (`heddle runs list | head -1`) is no failure, unless the exit code would vouch for something.
  if (output.isClosed() && Cause.hasInterruptsOnly(cause)) return about.verdict ? ExitCode.interrupted : ExitCode.ok
  const report: FailureReport =
    Cause.hasInterruptsOnly(cause) && about.stopped
      ? {
          exitCode: ExitCode.interrupted,
          tag: "Interrupted",
          message: "interrupted",
          hints: [pasteable("heddle runs list", process.env)],
        }
      : withRunHint(reportOf(Cause.squash(cause), redact), output.runHint())
  if (output.json)
    yield* output.data(failureLine(report, new Date(yield* Clock.currentTimeMillis).toISOString(), output.runId()))
  yield* output.warn(failureText(report).trimEnd())
  return report.exitCode
})

const levelWords: { readonly [level: string]: string } = { Warn: "warning", Error: "error", Fatal: "error" }

/** Logs of libraries go to stderr, one line each. */
const stderrLogger = (output: Output): Layer.Layer<never> =>
  Logger.layer([
    Logger.make(({ logLevel, message }) => {
      if (output.quiet || logLevel === "Debug" || logLevel === "Trace") return
      const text = Array.isArray(message) ? message.map(String).join(" ") : String(message)
      output.stderrNow(logLevel === "Info" ? `${text}\n` : `${levelWords[logLevel] ?? "error"}: ${text}\n`)
    }),
  ])
