/**
 * Runs of studies by design, for `run` and `resume`: the conductor of all areas around the study's own runner, the folder
 * of the study as what is handed over, and what an ending says.
 *
 * @layer app
 * @module
 */
import { ExitCode } from "@heddle/core/ExitCode"
import type { Outcome } from "@heddle/core/Outcome"
import type { Receipt } from "@heddle/core/Receipt"
import * as DeliveredOutcomes from "@heddle/experiments/DeliveredOutcomes"
import { make as makeStoppingRule, type StoppingLook, type StoppingRule } from "@heddle/experiments/StoppingRule"
import * as StudyRunner from "@heddle/experiments/StudyRunner"
import * as Effect from "effect/Effect"
import * as Result from "effect/Result"
import * as Schema from "effect/Schema"
import type { Settings } from "../../config/Setting.ts"
import * as Begun from "../begun.ts"
import { Cli, type CliShape } from "../Cli.ts"
import { conduct, environment, type Ending } from "../conduct.ts"
import { paste } from "../paste.ts"
import type { Experiment } from "./experiment.ts"
import * as LeftOut from "./leftOut.ts"
import { parallelismOf, progressOf } from "./overrides.ts"
import { exportStudy } from "./studyExport.ts"

/** What is run. */
export interface ExperimentConduct {
  readonly experiment: Experiment
  readonly settings: Settings
  readonly runId: string
  /** Absolute. */
  readonly folder: string
  readonly details: Readonly<Record<string, Schema.Json>>
  readonly resume?: Pick<StudyRunner.RunStudyOptions, "onChange" | "retryFailed" | "reopen">
  readonly warnings?: ReadonlyArray<string>
}

/** What the receipt says of a study, as far as it is known before it begins. */
export const detailsOf = (
  workspace: string,
  { prepared, source, study }: Experiment,
  folder: string,
): Readonly<Record<string, Schema.Json>> => {
  const { baseSeed, perRunOffset, strategy } = study.seedPolicy
  return {
    ...Begun.outputPlace(workspace, folder),
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
  const rule = yield* Effect.fromResult(makeStoppingRule(study, prepared.planned.replicates))
  const left = LeftOut.make()
  const say = (texts: ReadonlyArray<string>): void => {
    for (const text of texts) cli.output.stderrNow(`warning: ${text}\n`)
  }
  const delivered = DeliveredOutcomes.make(
    study,
    (missing) => say(DeliveredOutcomes.undeliveredTexts(missing, "the first run did not give")),
    (unusable) => say(DeliveredOutcomes.unusableTexts([unusable])),
  )
  /** Looks and missing outcomes are part of what the run is, so a receipt that is made again has them too. */
  const withFindings = (run: StudyRunner.StudyRun & { readonly receipt: Receipt }) => {
    const undelivered = delivered.undelivered()
    // What an earlier session had to say is over where runs of this one succeeded.
    const { leftOut: leftOutBefore, undeliveredOutcomes: before, ...others } = spec.details
    const out = left.of(run.looks)
    const isOver = before !== undefined && delivered.isKnown()
    const isPlain = rule === undefined && undelivered.length === 0 && !isOver
    if (isPlain && out.leftOut === 0 && leftOutBefore === undefined) return Effect.succeed(run)
    const details: Readonly<Record<string, Schema.Json>> = {
      ...others,
      ...(isOver || before === undefined ? {} : { undeliveredOutcomes: before }),
      ...(out.leftOut === 0 ? {} : { leftOut: { runs: out.leftOut, reason: out.reason ?? "" } }),
      ...(rule === undefined ? {} : { sequential: sequentialDetails(rule, run.looks) }),
      ...(undelivered.length === 0 ? {} : { undeliveredOutcomes: undelivered.map((one) => ({ ...one })) }),
    }
    const { leftOut: _left, undeliveredOutcomes: _, ...own } = run.receipt.details ?? {}
    const receipt: Receipt = { ...run.receipt, details: { ...own, ...details } }
    return Effect.as(Begun.write(runId, details, environment), { ...run, receipt })
  }
  return yield* conduct({
    runId,
    kind: "experiments",
    title: study.studyId,
    unitName: "run",
    progress: yield* Effect.fromResult(progressOf(settings)),
    ...(spec.warnings === undefined ? {} : { warnings: spec.warnings }),
    // Outputs stand in the files of the study.
    withoutValues: true,
    resultOf: resultText,
    execute: (options) => {
      const all: StudyRunner.RunStudyOptions = {
        ...experiment.options,
        ...options,
        ...resume,
        ...(parallelism === undefined ? {} : { parallelism }),
        ...(grace === undefined ? {} : { grace }),
        observers: [...(options.observers ?? []), left.observe, delivered.observe],
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
          : withFindings({ ...run, receipt: run.receipt }),
      )
    },
    hint: () => resumeHint(cli, runId),
    lateWarnings: () => [
      ...DeliveredOutcomes.undeliveredTexts(delivered.undelivered(), "no run that succeeded gave"),
      ...DeliveredOutcomes.unusableTexts(delivered.unusable()),
    ],
    stateOf: ({ looks, receipt }) => LeftOut.stateText(receipt.status, left.of(looks)),
    codeOf: ({ looks, receipt }) => codeOf(receipt, left.of(looks)),
    endingOf: ({ looks, receipt }, code) => {
      const out = left.of(looks)
      const { budgets = [], counts } = receipt
      const failed = counts.failed + counts.timedOut + counts.interrupted
      const hint = LeftOut.moneyHint(cli, study, { runId, budgets, failed }, out)
      return endingOf(receipt, code, out, hint ?? resumeHint(cli, runId))
    },
    handOverHint: paste(cli, "experiments", "export", runId, "--out", "ELSEWHERE"),
    handOver: (run) =>
      exportStudy({ study, prepared: { ...prepared, plan: run.plan }, runId, folder, settings }).pipe(
        Effect.tap(() => {
          const { looks } = run
          const early = rule === undefined ? undefined : LeftOut.earlyStopText(rule, looks, left.notNeeded(looks))
          return early === undefined ? Effect.void : cli.output.note(early)
        }),
        Effect.tap(() => cli.output.note(`files: ${folder}`)),
      ),
  })
})

const Told = Schema.Struct({
  evaluations: Schema.optionalKey(Schema.Array(Schema.Struct({ metric: Schema.String, value: Schema.Json }))),
  metrics: Schema.optionalKey(Schema.Record(Schema.String, Schema.Json)),
})
const decodeTold = Schema.decodeUnknownResult(Told)

/** Measures that every run has; the others say what it found. */
const commonMeasures: ReadonlySet<string> = new Set([
  "tool_call_count",
  "step_event_count",
  "unique_actor_count",
  "latency_s",
  "input_tokens",
  "output_tokens",
])

/** Measures that a row names. */
const measuresShownMax = 4

/** What was measured of a run that succeeded: its evaluations, else its own measures. */
const resultText = ({ failure, value }: Outcome): string | undefined => {
  const decoded = decodeTold(value)
  if (failure !== undefined || Result.isFailure(decoded)) return undefined
  const { evaluations = [], metrics = {} } = decoded.success
  const found: ReadonlyArray<readonly [string, unknown]> =
    evaluations.length > 0
      ? evaluations.map((one) => [one.metric, one.value])
      : Object.entries(metrics).filter(([name]) => !commonMeasures.has(name))
  const told = found.flatMap(([name, measured]) =>
    typeof measured === "number" ? [`${name} ${Number(measured.toPrecision(6))}`] : [],
  )
  const more = told.length - measuresShownMax
  return [...told.slice(0, measuresShownMax), ...(more > 0 ? [`and ${more} more`] : [])].join(", ")
}

const resumeHint = (cli: CliShape, runId: string): string =>
  cli.resumeHint?.(runId) ?? paste(cli, "experiments", "resume", runId)

const sequentialDetails = (
  { alpha, factor, outcome, rule }: StoppingRule,
  looks: ReadonlyArray<StoppingLook>,
): Schema.Json => ({ rule, alpha, factor, outcome, looks: looks.map((look) => ({ ...look })) })

const codeOf = ({ counts, status }: Receipt, { leftOut }: LeftOut.LeftOut): ExitCode => {
  if (status === "interrupted") return ExitCode.interrupted
  // A run that a budget left out was asked for and is not there: a script must not take that for the whole study.
  return counts.failed + counts.timedOut + counts.interrupted + counts.notStarted + leftOut === 0
    ? ExitCode.ok
    : ExitCode.partial
}

const endingOf = (receipt: Receipt, code: ExitCode, { leftOut, reason }: LeftOut.LeftOut, hint: string): Ending => {
  const { counts } = receipt
  const hints = [hint]
  const open = counts.interrupted + counts.notStarted
  if (code === ExitCode.interrupted) {
    return { problem: `stopped: ${open === 1 ? "1 run is" : `${open} runs are`} left`, hints }
  }
  const bad = counts.failed + counts.timedOut
  const parts = [
    ...(bad > 0 ? [`${bad} of ${counts.planned} ${counts.planned === 1 ? "run" : "runs"} failed`] : []),
    ...(open > 0 ? [`${open} never ran to an end`] : []),
    ...(leftOut > 0
      ? [`${leftOut} ${leftOut === 1 ? "was" : "were"} left out${reason === undefined ? "" : `: ${reason}`}`]
      : []),
  ]
  return { problem: `error: ${parts.join(", ")}`, hints }
}
