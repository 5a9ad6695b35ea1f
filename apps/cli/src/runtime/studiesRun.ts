/**
 * Conducts a run over studies for `run`, `resume` and `extract`: signals, progress, JSON events, receipt, outcome table,
 * hints and exit code, the same for all three.
 *
 * @layer app
 * @module
 */
import { ExitCode, type Reported } from "@heddle/core/ExitCode"
import * as ProgressTerminal from "@heddle/core/node/ProgressTerminal"
import * as Progress from "@heddle/core/Progress"
import * as ProgressPrinter from "@heddle/core/ProgressPrinter"
import type { Outcome } from "@heddle/core/Outcome"
import type { Receipt } from "@heddle/core/Receipt"
import type { RunEvent } from "@heddle/core/RunEvent"
import * as Runner from "@heddle/core/Runner"
import * as StudiesReport from "@heddle/studies/StudiesReport"
import * as Clock from "effect/Clock"
import * as Effect from "effect/Effect"
import * as Fiber from "effect/Fiber"
import * as Stream from "effect/Stream"
import { tabLine } from "../cli/table.ts"
import { version } from "../cli/version.ts"
import { Cli, type CliShape, type Output } from "./Cli.ts"
import { CommandError } from "./CommandError.ts"
import * as EventTail from "./eventTail.ts"
import { paste } from "./paste.ts"
import { writeReceipt } from "./receiptFiles.ts"
import * as ReceiptUnits from "./receiptUnits.ts"
import { countsText, outcomeColumns, outcomeRow } from "./runTables.ts"
import { rejectedHint, rejectedText } from "./selection.ts"
import { resumeHint, serverOf } from "./server.ts"
import { exportValues } from "./valuesFile.ts"

/** Options of the Runner that the flags give, for any pipeline. */
export type CommonOptions = Pick<
  Runner.RunOptions<never>,
  "concurrency" | "deadline" | "failures" | "grace" | "control" | "observers" | "environment" | "keepUnits"
> & {
  readonly studyTimeout?: number
  readonly studyRetries?: number
}

/** What is conducted. */
export interface Conduct<E, R> {
  readonly runId: string
  readonly title: string
  readonly execute: (options: CommonOptions) => Effect.Effect<StudiesReport.StudiesReport, E, R>
  /** File of `--out`, written from the ledger when the run has ended; values then stand there and not in the receipt. */
  readonly values?: string | undefined
  /** What was odd about the way in which studies were named; said again at the end, where it is seen. */
  readonly warnings?: ReadonlyArray<string>
}

/** Runs it and tells how it went; gives the exit code. */
export const conduct = Effect.fn("conduct")(function* <E, R>(spec: Conduct<E, R>) {
  const cli = yield* Cli
  const { output, settings, signals } = cli
  const { runId, values } = spec
  const control = yield* Runner.makeControl
  yield* signals.direct(control)
  const tail = output.json ? yield* EventTail.make(runId, "studies", output) : undefined
  const progress = Progress.make()
  const terminal = yield* ProgressTerminal.make({
    title: spec.title,
    mode: output.quiet ? "silent" : "auto",
    env: cli.env,
  })
  const printer = { ...terminal, print: (now: Progress.Snapshot) => terminal.print(honest(now)) }
  yield* output.divert(printer.log)
  const show = yield* Effect.forkScoped(ProgressPrinter.run(progress, printer))
  const session = watchSession(() => output.about(runId, hintOf(cli, runId, false)))
  const report = yield* spec
    .execute({
      ...commonOptions(cli),
      control,
      // Values may be large and many: the ledger has them, and everything below reads them one by one.
      keepUnits: false,
      observers: [Progress.observer(progress), session.observe, ...(tail === undefined ? [] : [() => tail.observe()])],
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
  const all = ReceiptUnits.outcomes(runId, session.finished)
  const units = values === undefined ? all : ReceiptUnits.withoutValues(all)
  const exported = yield* Effect.result(values === undefined ? Effect.succeed([]) : exportValues(runId, values))
  const receipt: Receipt = {
    ...report.receipt,
    // As the ledger has it, so that the receipt can be made again from there.
    endedAt: new Date(session.endedAtMs() ?? Date.parse(report.receipt.endedAt)).toISOString(),
    artifacts: [...report.receipt.artifacts, ...(exported._tag === "Success" ? exported.success : [])],
  }
  const written = yield* Effect.result(writeReceipt(receipt, units))
  const counted = StudiesReport.exitCode(report, {
    allowEmpty: settings.boolean("allow-empty"),
    tolerateRejects: settings.boolean("tolerate-rejects"),
  })
  const common = counted === ExitCode.partial ? session.common() : undefined
  const everyFailed = receipt.counts.failed > 0 && receipt.counts.failed === receipt.counts.planned
  const code = everyFailed && common !== undefined ? common : counted
  if (!output.json) yield* printTable(output, receipt.counts.planned, all, values !== undefined)
  yield* output.note(`run ${runId}: ${receipt.status}, ${countsText(receipt.counts)}`)
  const problem =
    exported._tag === "Failure" ? exported.failure : written._tag === "Failure" ? written.failure : undefined
  if (problem !== undefined) return yield* notHandedOver(cli, runId, problem)
  if (output.json) yield* ReceiptUnits.printLine(output, receipt, levelOf(code), units)
  if (values !== undefined) yield* output.note(`values: ${values}`)
  if (written._tag === "Success") yield* output.note(`receipt: ${written.success}`)
  for (const warning of spec.warnings ?? []) yield* output.note(`warning: ${warning}`)
  const ending = endingOf(cli, report, receipt, code, { final: session.hasFinal(), refused: session.refused() })
  if (ending !== undefined)
    yield* output.warn(`${ending.problem}\n\n${ending.hints.map((hint) => `hint: ${hint}`).join("\n")}`)
  return code
})

/** A rate over less time says more of the clock than of the studies, in milliseconds. */
const rateElapsedMinMs = 1_000

/** An interrupted study is not done, and a moment makes no rate. */
const honest = (now: Progress.Snapshot): Progress.Snapshot => ({
  ...now,
  done: now.done - now.counts.interrupted,
  ...(now.elapsedMs < rateElapsedMinMs ? { ratePerSecond: 0, meanRatePerSecond: 0 } : {}),
})

/** Notes of the session's events what the ledger cannot say as quickly afterwards. */
const watchSession = (begun: () => void) => {
  const finished = new Set<string>()
  let endedAtMs: number | undefined
  let final = false
  let refused = 0
  let failed = 0
  let unreachable = 0
  return {
    observe: (event: RunEvent, atMs: number): void => {
      if (event.type === "runStarted") begun()
      if (event.type === "runFinished") endedAtMs = atMs
      if (event.type !== "unitFinished") return
      finished.add(event.outcome.id)
      if (event.outcome.status !== "failed") return
      if (event.outcome.failure?.retryable === false) final = true
      failed++
      const { tag } = event.outcome.failure ?? {}
      if (tag === "Unauthorized") refused++
      if (tag === "TransportError" || tag === "RequestTimeout") unreachable++
    },
    finished,
    endedAtMs: () => endedAtMs,
    /** Whether a unit failed in a way that is not tried again by itself. */
    hasFinal: () => final,
    /** Studies for which the credentials were refused as such, as when they expire in the middle. */
    refused: () => refused,
    /** The exit code that says what is wrong where it is the same with every study that failed. */
    common: (): ExitCode | undefined => {
      if (failed === 0) return undefined
      if (refused === failed) return ExitCode.credentials
      return unreachable === failed ? ExitCode.unreachable : undefined
    },
  }
}

/** The outcomes in plan order: aligned and short on a terminal, whole elsewhere; `short` where a file has the values. */
const printTable = Effect.fnUntraced(function* <E, R>(
  output: Output,
  planned: number,
  outcomes: Stream.Stream<Outcome, E, R>,
  short: boolean,
): Effect.fn.Return<void, E, R> {
  if (planned === 0) return
  const columns = outcomeColumns("study")
  if (!output.stdoutIsTerminal) {
    yield* output.table(columns, [])
    return yield* Stream.runForEach(outcomes, (unit) => output.data(tabLine(outcomeRow(unit, short))))
  }
  const rows: Array<ReadonlyArray<string>> = []
  yield* Stream.runForEach(outcomes, (unit) => Effect.sync(() => rows.push(outcomeRow(unit, true))))
  yield* output.table(columns, rows)
})

/** The run has ended and is recorded, but what it hands over could not be written. */
const notHandedOver = (cli: CliShape, runId: string, problem: Reported): Effect.Effect<never, CommandError> =>
  Effect.fail(
    new CommandError({
      tag: "NotHandedOver",
      problem: `run ${runId} has ended and stands in the ledger, but what it hands over could not be written: ${problem.message}`,
      hints: [...problem.hints, paste(cli, "runs", "receipt", runId)],
      code: problem.exitCode === ExitCode.ok ? ExitCode.bug : problem.exitCode,
    }),
  )

const hintOf = (cli: CliShape, runId: string, final: boolean): string =>
  resumeHint(cli, "studies", runId, { server: serverOf(cli.settings), final })

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
    environment,
  }
}

/** Versions that stand in the receipt. */
export const environment: Readonly<Record<string, string>> = {
  heddle: version,
  node: process.versions.node,
  platform: `${process.platform}-${process.arch}`,
}

/** What a run that was not wholly good ends with: one sentence and the commands that go on. */
const endingOf = (
  cli: CliShape,
  report: StudiesReport.StudiesReport,
  receipt: Receipt,
  code: ExitCode,
  { final, refused }: { readonly final: boolean; readonly refused: number },
): { readonly problem: string; readonly hints: ReadonlyArray<string> } | undefined => {
  const { counts, runId, status } = receipt
  if (code === ExitCode.ok) return undefined
  const open = counts.interrupted + counts.notStarted
  if (status === "interrupted") {
    return {
      problem: `stopped: ${open === 1 ? "1 study is" : `${open} studies are`} left`,
      hints: [hintOf(cli, runId, final)],
    }
  }
  const bad = counts.failed + counts.timedOut
  if (bad + open > 0) {
    const parts = [
      ...(bad > 0 ? [`${bad} of ${counts.planned} ${counts.planned === 1 ? "study" : "studies"} failed`] : []),
      ...(open > 0 ? [`${open} never ran to an end`] : []),
      ...(refused > 0 ? [`${refused} because the credentials were refused`] : []),
      ...(code === ExitCode.unreachable ? [`because ${serverOf(cli.settings).server} could not be reached`] : []),
    ]
    const first = refused > 0 || code === ExitCode.unreachable ? [paste(cli, "doctor")] : []
    return { problem: `error: ${parts.join(", ")}`, hints: [...first, hintOf(cli, runId, final)] }
  }
  return { problem: rejectedText(report.selection), hints: [rejectedHint] }
}
