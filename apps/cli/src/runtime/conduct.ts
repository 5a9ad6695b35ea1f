/**
 * Conducts a run for the commands of any area: signals, progress, JSON events, receipt, outcome table, hints and exit
 * code, the same for all. What differs (what a unit is called, what else is handed over, what its ending says) comes with
 * the run.
 *
 * @layer app
 * @module
 */
import type { Artifact } from "@heddle/core/Durable"
import { ExitCode, type Reported } from "@heddle/core/ExitCode"
import * as ProgressTerminal from "@heddle/core/node/ProgressTerminal"
import * as Progress from "@heddle/core/Progress"
import * as ProgressPrinter from "@heddle/core/ProgressPrinter"
import type { Outcome } from "@heddle/core/Outcome"
import type { Receipt } from "@heddle/core/Receipt"
import type { RunEvent } from "@heddle/core/RunEvent"
import * as Runner from "@heddle/core/Runner"
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
import { exportValues } from "./valuesFile.ts"

/** Options of the Runner that every conducted run is given. */
export type ConductOptions = Pick<Runner.RunOptions<never>, "control" | "observers" | "keepUnits">

/** What is known of a session besides its receipt. */
export interface Session {
  /** Whether a unit failed in a way that is not tried again by itself. */
  readonly hasFinal: () => boolean
  /** Units for which the credentials were refused as such, as when they expire in the middle. */
  readonly refused: () => number
  /** The exit code that says what is wrong where it is the same with every unit that failed. */
  readonly common: () => ExitCode | undefined
}

/** How a run that was not wholly good is told of: a sentence, and the commands that go on. */
export interface Ending {
  readonly problem: string
  readonly hints: ReadonlyArray<string>
}

/** What is conducted. `Report` is what the area hands over, with the receipt in it. */
export interface Conduct<Report extends { readonly receipt: Receipt }, E, R, E2, R2> {
  readonly runId: string
  /** The area: `studies`, `experiments`. */
  readonly kind: string
  readonly title: string
  /** What a unit is called in the table: `study`, `run`. */
  readonly unitName: string
  readonly execute: (options: ConductOptions) => Effect.Effect<Report, E, R>
  /** What to paste to go on; `final` where units failed that only `--retry-failed` runs again. */
  readonly hint: (final: boolean) => string
  /** How the session ended in words; the receipt's status unless given. */
  readonly stateOf?: (report: Report) => string
  /** The exit code that the report asks for. */
  readonly codeOf: (report: Report) => ExitCode
  /** What the end is told with; asked only where the code is not 0. */
  readonly endingOf: (report: Report, code: ExitCode, session: Session) => Ending | undefined
  /** Files that are made when the run has ended, such as tables and reports; they stand in the receipt. */
  readonly handOver?: (report: Report) => Effect.Effect<ReadonlyArray<Artifact>, E2, R2>
  /** What writes the handed-over files again, elsewhere if need be; the receipt is shown unless given. */
  readonly handOverHint?: string
  /** File of `--out`, written from the ledger when the run has ended; values then stand there and not in the receipt. */
  readonly values?: string | undefined
  /** Values stay out of the receipt and of tables, because other files have them. */
  readonly withoutValues?: boolean
  /** What the table says a unit gave, where its value says too much; undefined says it as usual. */
  readonly resultOf?: (outcome: Outcome) => string | undefined
  /** Whether progress is shown; unless --quiet says otherwise, it is. */
  readonly progress?: boolean | undefined
  /** What was odd about the way in which units were named; said again at the end, where it is seen. */
  readonly warnings?: ReadonlyArray<string>
  /** What the results are warned of; asked when the run has ended, and said whether or not the rest is. */
  readonly lateWarnings?: () => ReadonlyArray<string>
}

/** Runs it and tells how it went; gives the exit code. */
export const conduct = Effect.fn("conduct")(function* <
  Report extends { readonly receipt: Receipt },
  E,
  R,
  E2 extends Reported = never,
  R2 = never,
>(spec: Conduct<Report, E, R, E2, R2>) {
  const cli = yield* Cli
  const { output, signals } = cli
  const { runId, values } = spec
  const short = values !== undefined || spec.withoutValues === true
  const control = yield* Runner.makeControl
  yield* signals.direct(control)
  const tail = output.json ? yield* EventTail.make(runId, spec.kind, output) : undefined
  const progress = Progress.make()
  const terminal = yield* ProgressTerminal.make({
    title: spec.title,
    mode: (spec.progress ?? !output.quiet) ? "auto" : "silent",
    env: cli.env,
  })
  const printer = { ...terminal, print: (now: Progress.Snapshot) => terminal.print(honest(now)) }
  yield* output.divert(printer.log)
  const show = yield* Effect.forkScoped(ProgressPrinter.run(progress, printer))
  const session = watchSession(() => output.about(runId, spec.hint(false)))
  const report = yield* spec
    .execute({
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
  const units = short ? ReceiptUnits.withoutValues(all) : all
  const exported = yield* Effect.result(values === undefined ? Effect.succeed([]) : exportValues(runId, values))
  const handedOver = yield* Effect.result(spec.handOver === undefined ? Effect.succeed([]) : spec.handOver(report))
  const receipt: Receipt = {
    ...report.receipt,
    // As the ledger has it, so that the receipt can be made again from there.
    endedAt: new Date(session.endedAtMs() ?? Date.parse(report.receipt.endedAt)).toISOString(),
    artifacts: [
      ...report.receipt.artifacts,
      ...(exported._tag === "Success" ? exported.success : []),
      ...(handedOver._tag === "Success" ? handedOver.success : []),
    ],
  }
  const written = yield* Effect.result(writeReceipt(receipt, units))
  const counted = spec.codeOf(report)
  const common = counted === ExitCode.partial ? session.common() : undefined
  const everyFailed = receipt.counts.failed > 0 && receipt.counts.failed === receipt.counts.planned
  const code = everyFailed && common !== undefined ? common : counted
  if (!output.json) yield* printTable(output, spec, receipt.counts.planned, all, short)
  yield* output.note(`run ${runId}: ${spec.stateOf?.(report) ?? receipt.status}, ${countsText(receipt.counts)}`)
  const problem = [exported, handedOver, written].flatMap((result) =>
    result._tag === "Failure" ? [result.failure] : [],
  )[0]
  if (problem !== undefined) return yield* notHandedOver(cli, runId, problem, spec.handOverHint)
  if (output.json) yield* ReceiptUnits.printLine(output, receipt, levelOf(code), units)
  if (values !== undefined) yield* output.note(`values: ${values}`)
  if (written._tag === "Success") yield* output.note(`receipt: ${written.success}`)
  for (const warning of spec.warnings ?? []) yield* output.note(`warning: ${warning}`)
  for (const warning of spec.lateWarnings?.() ?? []) yield* output.warn(`warning: ${warning}`)
  const ending = code === ExitCode.ok ? undefined : spec.endingOf(report, code, session)
  if (ending !== undefined)
    yield* output.warn(`${ending.problem}\n\n${ending.hints.map((hint) => `hint: ${hint}`).join("\n")}`)
  return code
})

/** A rate over less time says more of the clock than of the units, in milliseconds. */
const rateElapsedMinMs = 1_000

/** An interrupted unit is not done, and a moment makes no rate. */
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
    hasFinal: () => final,
    refused: () => refused,
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
  { resultOf, unitName }: Pick<Conduct<never, never, never, never, never>, "resultOf" | "unitName">,
  planned: number,
  outcomes: Stream.Stream<Outcome, E, R>,
  short: boolean,
): Effect.fn.Return<void, E, R> {
  if (planned === 0) return
  const columns = outcomeColumns(unitName)
  const rowOf = (unit: Outcome, cut: boolean): ReadonlyArray<string> => {
    const row = outcomeRow(unit, cut)
    const told = resultOf?.(unit)
    return told === undefined ? row : [...row.slice(0, -1), told]
  }
  if (!output.stdoutIsTerminal) {
    yield* output.table(columns, [])
    return yield* Stream.runForEach(outcomes, (unit) => output.data(tabLine(rowOf(unit, short))))
  }
  const rows: Array<ReadonlyArray<string>> = []
  yield* Stream.runForEach(outcomes, (unit) => Effect.sync(() => rows.push(rowOf(unit, true))))
  yield* output.table(columns, rows)
})

/** The run has ended and is recorded, but what it hands over could not be written. */
const notHandedOver = (
  cli: CliShape,
  runId: string,
  problem: Reported,
  hint = paste(cli, "runs", "receipt", runId),
): Effect.Effect<never, CommandError> =>
  Effect.fail(
    new CommandError({
      tag: "NotHandedOver",
      problem: `run ${runId} has ended and stands in the ledger, but what it hands over could not be written: ${problem.message}`,
      hints: [...problem.hints, hint],
      code: problem.exitCode === ExitCode.ok ? ExitCode.bug : problem.exitCode,
    }),
  )

/** Versions that stand in the receipt. */
export const environment: Readonly<Record<string, string>> = {
  heddle: version,
  node: process.versions.node,
  platform: `${process.platform}-${process.arch}`,
}

/** The level of a line that tells how something ended. */
const levelOf = (code: ExitCode): string =>
  code === ExitCode.ok ? "info" : code === ExitCode.bug ? "error" : "warning"
