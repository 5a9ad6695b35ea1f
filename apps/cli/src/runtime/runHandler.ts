/**
 * Runs the handler of a command and ends the process with its exit code: settings first, then the handler under signals,
 * with every failure told in one way. Nothing leaves the process unredacted.
 *
 * @layer adapter
 * @module
 */
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
import { failureLine, failureText, reportOf, type FailureReport } from "../cli/report.ts"
import type { Invocation } from "../cli/Spec.ts"
import { asUsageError } from "../cli/UsageError.ts"
import { makeSettings } from "../config/Settings.ts"
import { Cli, type Output } from "./Cli.ts"
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
  const tellNow = (error: unknown): void => {
    process.stderr.write(failureText(reportOf(error, secrets.redact)))
    process.exit(ExitCode.bug)
  }
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
  const code = Exit.isSuccess(exit)
    ? exit.value
    : await Effect.runPromise(tell(exit.cause, output, secrets.redact, signals.stops() > 0))
  close()
  await Effect.runPromise(output.flush)
  // Sockets and threads of work that was given up must not keep the process.
  process.exit(code)
}

const tell = Effect.fnUntraced(function* (
  cause: Cause.Cause<unknown>,
  output: Output,
  redact: (text: string) => string,
  stopped: boolean,
): Effect.fn.Return<ExitCode> {
  // A reader that went away (`heddle runs list | head -1`) is no failure.
  if (output.isClosed() && Cause.hasInterruptsOnly(cause)) return ExitCode.ok
  const report: FailureReport =
    Cause.hasInterruptsOnly(cause) && stopped
      ? {
          exitCode: ExitCode.interrupted,
          tag: "Interrupted",
          message: "interrupted",
          hints: [pasteable("heddle runs list", process.env)],
        }
      : reportOf(Cause.squash(cause), redact)
  if (output.json) yield* output.data(failureLine(report, new Date(yield* Clock.currentTimeMillis).toISOString(), null))
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
