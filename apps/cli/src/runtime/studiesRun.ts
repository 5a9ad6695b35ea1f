/**
 * Conducts a run over studies for `run`, `resume` and `extract`: signals, progress, JSON events, receipt, outcome table,
 * hints and exit code, the same for all three.
 *
 * @layer app
 * @module
 */
import type { Artifact } from "@heddle/core/Durable"
import { ExitCode } from "@heddle/core/ExitCode"
import * as ProgressTerminal from "@heddle/core/node/ProgressTerminal"
import * as Progress from "@heddle/core/Progress"
import * as ProgressPrinter from "@heddle/core/ProgressPrinter"
import type { Receipt } from "@heddle/core/Receipt"
import * as Runner from "@heddle/core/Runner"
import * as StudiesReport from "@heddle/studies/StudiesReport"
import * as Clock from "effect/Clock"
import * as Effect from "effect/Effect"
import * as Fiber from "effect/Fiber"
import { version } from "../cli/version.ts"
import { Cli, type CliShape } from "./Cli.ts"
import * as EventTail from "./eventTail.ts"
import { paste } from "./paste.ts"
import { writeReceipt } from "./receiptFiles.ts"
import { countsText, outcomeColumns, outcomeRow } from "./runTables.ts"

/** Options of the Runner that the flags give, for any pipeline. */
export type CommonOptions = Pick<
  Runner.RunOptions<never>,
  "concurrency" | "deadline" | "failures" | "grace" | "control" | "observers" | "environment"
> & {
  readonly studyTimeout?: number
  readonly studyRetries?: number
}

/** What is conducted. */
export interface Conduct<E, R, E2, R2> {
  readonly runId: string
  readonly title: string
  readonly execute: (options: CommonOptions) => Effect.Effect<StudiesReport.StudiesReport, E, R>
  /** Files made after the run from its outcomes; they stand in the receipt. */
  readonly afterwards?: (receipt: Receipt) => Effect.Effect<ReadonlyArray<Artifact>, E2, R2>
}

/** Runs it and tells how it went; gives the exit code. */
export const conduct = Effect.fn("conduct")(function* <E, R, E2 = never, R2 = never>(spec: Conduct<E, R, E2, R2>) {
  const cli = yield* Cli
  const { output, settings, signals } = cli
  const control = yield* Runner.makeControl
  yield* signals.direct(control)
  const tail = output.json ? yield* EventTail.make(spec.runId, "studies", output) : undefined
  const progress = Progress.make()
  const printer = yield* ProgressTerminal.make({
    title: spec.title,
    mode: output.quiet ? "silent" : "auto",
    env: cli.env,
  })
  yield* output.divert(printer.log)
  const show = yield* Effect.forkScoped(ProgressPrinter.run(progress, printer))
  const report = yield* spec
    .execute({
      ...commonOptions(cli),
      control,
      observers: [Progress.observer(progress), ...(tail === undefined ? [] : [() => tail.observe()])],
    })
    .pipe(
      Effect.ensuring(
        Effect.gen(function* () {
          // A run that never began has nothing to sum up.
          if (Progress.snapshot(progress, 0).state === "waiting") yield* Fiber.interrupt(show)
          else Progress.end(progress, yield* Clock.currentTimeMillis)
          yield* Fiber.await(show)
          if (tail !== undefined) yield* tail.finish
        }),
      ),
    )
  const artifacts = spec.afterwards === undefined ? [] : yield* spec.afterwards(report.receipt)
  const receipt = { ...report.receipt, artifacts: [...report.receipt.artifacts, ...artifacts] }
  const path = yield* writeReceipt(receipt)
  const code = StudiesReport.exitCode(report, {
    allowEmpty: settings.boolean("allow-empty"),
    tolerateRejects: settings.boolean("tolerate-rejects"),
  })
  if (output.json) yield* output.line({ at: receipt.endedAt, level: levelOf(code), ...receipt })
  else if (receipt.units.length > 0)
    yield* output.table(
      outcomeColumns("study"),
      receipt.units.map((unit) => outcomeRow(unit, output.stdoutIsTerminal)),
    )
  yield* output.note(`run ${receipt.runId}: ${receipt.status}, ${countsText(receipt.counts)}`)
  yield* output.note(`receipt: ${path}`)
  const ending = endingOf(cli, report, receipt, code)
  if (ending !== undefined)
    yield* output.warn(`${ending.problem}\n\n${ending.hints.map((hint) => `hint: ${hint}`).join("\n")}`)
  return code
})

const levelOf = (code: ExitCode): string =>
  code === ExitCode.ok ? "info" : code === ExitCode.bug ? "error" : "warning"

const commonOptions = ({ settings }: CliShape): CommonOptions => {
  const studyTimeout = settings.number("study-timeout")
  const deadline = settings.number("deadline")
  const studyRetries = settings.number("study-retries")
  const stopAfter = settings.number("stop-after")
  const grace = settings.number("grace")
  return {
    concurrency: settings.number("concurrency") ?? 4,
    ...(studyTimeout === undefined ? {} : { studyTimeout }),
    ...(deadline === undefined ? {} : { deadline }),
    ...(studyRetries === undefined ? {} : { studyRetries }),
    ...(stopAfter === undefined ? {} : { failures: { stopAfter } }),
    ...(grace === undefined ? {} : { grace }),
    environment: {
      heddle: version,
      node: process.versions.node,
      platform: `${process.platform}-${process.arch}`,
    },
  }
}

/** What a run that was not wholly good ends with: one sentence and the commands that go on. */
const endingOf = (
  cli: CliShape,
  report: StudiesReport.StudiesReport,
  receipt: Receipt,
  code: ExitCode,
): { readonly problem: string; readonly hints: ReadonlyArray<string> } | undefined => {
  const { counts, runId, status } = receipt
  if (code === ExitCode.ok) return undefined
  if (code === ExitCode.nothing) {
    return { problem: "error: no study was selected", hints: [paste(cli, "studies", "list")] }
  }
  const open = counts.interrupted + counts.notStarted
  const explicit = cli.settings.list("study") !== undefined || cli.settings.boolean("no-registry")
  const resume = (...flags: ReadonlyArray<string>): string =>
    cli.resumeHint?.(runId) ?? paste(cli, "studies", "resume", runId, ...flags, ...(explicit ? ["--no-registry"] : []))
  if (status === "interrupted") {
    return { problem: `stopped: ${open} studies are left`, hints: [resume()] }
  }
  const bad = counts.failed + counts.timedOut
  if (bad + open > 0) {
    const final = receipt.units.some((unit) => unit.status === "failed" && unit.failure?.retryable === false)
    const parts = [
      ...(bad > 0 ? [`${bad} of ${counts.planned} studies failed`] : []),
      ...(open > 0 ? [`${open} never ran to an end`] : []),
    ]
    return { problem: `error: ${parts.join(", ")}`, hints: [resume(...(final ? ["--retry-failed"] : []))] }
  }
  return {
    problem: `error: ${report.selection.rejected.length} entries of the registry cannot be used: ${report.selection.rejected
      .slice(0, 5)
      .map((entry) => `entry ${entry.index} (${entry.reason})`)
      .join(", ")}`,
    hints: ["have the registry corrected, or accept them with --tolerate-rejects"],
  }
}
