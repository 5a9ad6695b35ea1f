/**
 * Runs over studies, for `run`, `resume` and `extract`: their flags as options of the Runner, and what their ending says.
 *
 * @layer app
 * @module
 */
import { ExitCode } from "@heddle/core/ExitCode"
import type { Receipt } from "@heddle/core/Receipt"
import type * as Runner from "@heddle/core/Runner"
import * as StudiesReport from "@heddle/studies/StudiesReport"
import * as Effect from "effect/Effect"
import { Cli, type CliShape } from "./Cli.ts"
import { conduct, environment, type ConductOptions, type Ending } from "./conduct.ts"
import { paste } from "./paste.ts"
import { rejectedHint, rejectedText } from "./selection.ts"
import { resumeHint, serverOf } from "./server.ts"

/** Options of the Runner that the flags give, for any pipeline. */
export type StudiesOptions = ConductOptions &
  Pick<Runner.RunOptions<never>, "concurrency" | "deadline" | "failures" | "grace" | "environment"> & {
    readonly studyTimeout?: number
    readonly studyRetries?: number
  }

/** What is conducted over studies. */
export interface StudiesConduct<E, R> {
  readonly runId: string
  readonly title: string
  readonly execute: (options: StudiesOptions) => Effect.Effect<StudiesReport.StudiesReport, E, R>
  /** File of `--out`, written from the ledger when the run has ended; values then stand there and not in the receipt. */
  readonly values?: string | undefined
  /** What was odd about the way in which studies were named; said again at the end, where it is seen. */
  readonly warnings?: ReadonlyArray<string>
}

/** Runs it and tells how it went; gives the exit code. */
export const conductStudies = Effect.fn("conductStudies")(function* <E, R>(spec: StudiesConduct<E, R>) {
  const cli = yield* Cli
  const { settings } = cli
  return yield* conduct({
    ...spec,
    kind: "studies",
    unitName: "study",
    execute: (options) => spec.execute({ ...flagOptions(cli), ...options }),
    hint: (final) => hintOf(cli, spec.runId, final),
    codeOf: (report) =>
      StudiesReport.exitCode(report, {
        allowEmpty: settings.boolean("allow-empty"),
        tolerateRejects: settings.boolean("tolerate-rejects"),
      }),
    endingOf: (report, code, session) =>
      endingOf(cli, report, report.receipt, code, { final: session.hasFinal(), refused: session.refused() }),
  })
})

const hintOf = (cli: CliShape, runId: string, final: boolean): string =>
  resumeHint(cli, "studies", runId, { server: serverOf(cli.settings), final })

const flagOptions = ({ settings }: CliShape): Omit<StudiesOptions, keyof ConductOptions> => {
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

/** What a run that was not wholly good ends with: one sentence and the commands that go on. */
const endingOf = (
  cli: CliShape,
  report: StudiesReport.StudiesReport,
  receipt: Receipt,
  code: ExitCode,
  { final, refused }: { readonly final: boolean; readonly refused: number },
): Ending | undefined => {
  const { counts, runId, status } = receipt
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
