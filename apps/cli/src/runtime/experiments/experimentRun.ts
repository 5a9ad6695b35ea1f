/**
 * Runs of studies by design, for `run` and `resume`: the conductor of all areas around the study's own runner, the folder
 * of the study as what is handed over, and what an ending says.
 *
 * @layer app
 * @module
 */
import { ExitCode } from "@heddle/core/ExitCode"
import type { Receipt } from "@heddle/core/Receipt"
import * as StudyRunner from "@heddle/experiments/StudyRunner"
import * as Effect from "effect/Effect"
import type * as Schema from "effect/Schema"
import type { Settings } from "../../config/Setting.ts"
import { Cli, type CliShape } from "../Cli.ts"
import { conduct, environment, type Ending, type Session } from "../conduct.ts"
import { paste } from "../paste.ts"
import type { Experiment } from "./experiment.ts"
import { parallelismOf } from "./overrides.ts"
import { exportStudy } from "./studyExport.ts"

/** What is run. */
export interface ExperimentConduct {
  readonly experiment: Experiment
  readonly settings: Settings
  readonly runId: string
  /** Absolute. */
  readonly folder: string
  readonly details: Readonly<Record<string, Schema.Json>>
  readonly resume?: Pick<StudyRunner.RunStudyOptions, "onChange" | "retryFailed">
  readonly warnings?: ReadonlyArray<string>
}

/** What the receipt says of a study, as far as it is known before it begins. */
export const detailsOf = (
  { prepared, source, study }: Experiment,
  folder: string,
): Readonly<Record<string, Schema.Json>> => {
  const { baseSeed, perRunOffset, strategy } = study.seedPolicy
  return {
    outputFolder: folder,
    study: { studyId: study.studyId, title: study.title, mode: prepared.planned.mode },
    studyFile: source.file,
    design: {
      kind: study.designSpec.kind,
      conditions: prepared.conditions.length,
      admissible: prepared.conditions.filter(({ admissible }) => admissible).length,
      replicates: prepared.planned.replicates,
    },
    seeds: { baseSeed: String(baseSeed), strategy, perRunOffset: String(perRunOffset) },
  }
}

/** Runs it and tells how it went; gives the exit code. */
export const conductExperiment = Effect.fn("conductExperiment")(function* (spec: ExperimentConduct) {
  const cli = yield* Cli
  const { experiment, folder, resume, runId, settings } = spec
  const { prepared, study } = experiment
  const parallelism = yield* Effect.fromResult(parallelismOf(settings))
  const grace = settings.number("grace")
  return yield* conduct({
    runId,
    kind: "experiments",
    title: study.studyId,
    unitName: "run",
    ...(spec.warnings === undefined ? {} : { warnings: spec.warnings }),
    // Outputs stand in the files of the study.
    withoutValues: true,
    execute: (options) => {
      const all: StudyRunner.RunStudyOptions = {
        ...experiment.options,
        ...options,
        ...resume,
        ...(parallelism === undefined ? {} : { parallelism }),
        ...(grace === undefined ? {} : { grace }),
        runId,
        // Files are written once the receipt is sure to be; a folder that refuses them loses nothing.
        export: false,
        showProgress: false,
        keepResults: false,
        details: spec.details,
        environment,
      }
      const running = resume === undefined ? StudyRunner.runStudy(study, all) : StudyRunner.resumeStudy(study, all)
      return Effect.flatMap(running, (run) =>
        run.receipt === undefined
          ? Effect.die(new Error("the study ended without a receipt"))
          : Effect.succeed({ ...run, receipt: run.receipt }),
      )
    },
    hint: (final) => resumeHint(cli, runId, final),
    codeOf: ({ receipt }) => codeOf(receipt),
    endingOf: ({ receipt }, code, session) => endingOf(cli, receipt, code, session),
    handOver: (run) =>
      exportStudy({ study, prepared: { ...prepared, plan: run.plan }, runId, folder, settings }).pipe(
        Effect.tap(() => cli.output.note(`files: ${folder}`)),
      ),
  })
})

const resumeHint = (cli: CliShape, runId: string, final: boolean): string =>
  cli.resumeHint?.(runId) ?? paste(cli, "experiments", "resume", runId, ...(final ? [] : []))

const codeOf = ({ counts, status }: Receipt): ExitCode => {
  if (status === "interrupted") return ExitCode.interrupted
  return counts.failed + counts.timedOut + counts.interrupted + counts.notStarted === 0 ? ExitCode.ok : ExitCode.partial
}

const endingOf = (cli: CliShape, receipt: Receipt, code: ExitCode, session: Session): Ending => {
  const { counts, runId, status } = receipt
  const hints = [resumeHint(cli, runId, session.hasFinal())]
  const open = counts.interrupted + counts.notStarted
  if (status === "interrupted" || code === ExitCode.interrupted) {
    return { problem: `stopped: ${open === 1 ? "1 run is" : `${open} runs are`} left`, hints }
  }
  const bad = counts.failed + counts.timedOut
  const parts = [
    ...(bad > 0 ? [`${bad} of ${counts.planned} ${counts.planned === 1 ? "run" : "runs"} failed`] : []),
    ...(open > 0 ? [`${open} never ran to an end`] : []),
  ]
  return { problem: `error: ${parts.join(", ")}`, hints }
}
