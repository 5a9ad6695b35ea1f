/**
 * Handler of `heddle experiments resume`.
 *
 * @layer app
 * @module
 */
import { ExitCode } from "@heddle/core/ExitCode"
import { InvalidStudy } from "@heddle/experiments/ExperimentError"
import { StudyChanged } from "@heddle/experiments/RunError"
import { primaryOutcomeOf } from "@heddle/experiments/StudyPlan"
import * as ArtifactsNode from "@heddle/experiments/node/ArtifactsNode"
import * as Effect from "effect/Effect"
import * as Begun from "../../runtime/begun.ts"
import { Cli, type CliShape } from "../../runtime/Cli.ts"
import { CommandError } from "../../runtime/CommandError.ts"
import { environment } from "../../runtime/conduct.ts"
import {
  experimentOf,
  findings,
  layerImports,
  layerPlacement,
  refuseMissing,
} from "../../runtime/experiments/experiment.ts"
import { conductExperiment, detailsOf } from "../../runtime/experiments/experimentRun.ts"
import { exportAgain, isWhole } from "../../runtime/experiments/exportAgain.ts"
import { resumptionOf, runsSomething } from "../../runtime/experiments/resumption.ts"
import * as StoredStudy from "../../runtime/experiments/storedStudy.ts"
import { differences, differenceText, shapingDifferences } from "../../runtime/experiments/studyDifference.ts"
import { holdFolder, outputFolderOf, refuseOccupied } from "../../runtime/experiments/studyExport.ts"
import { takeUp, type TakenUp, wordsOf } from "../../runtime/experiments/takenUp.ts"
import { nothingFound } from "../../runtime/findRun.ts"
import type { Handler } from "../../runtime/Handler.ts"
import { paste } from "../../runtime/paste.ts"
import { findReceipt } from "../../runtime/receiptFiles.ts"
import { withExistingLedger } from "../../runtime/workspace.ts"

/** Changed fields that a refusal names; all of them are counted. */
const changesNamedMax = 10

export const handler: Handler = Effect.gen(function* () {
  const cli = yield* Cli
  const { invocation, output, settings: given } = cli
  const resumed = withExistingLedger(
    Effect.gen(function* () {
      const taken = yield* takeUp(wordsOf(invocation.positionals), { unfinishedFirst: true })
      const { cwd, file, run, settings, source, stored } = taken
      const { runId } = run
      const onChange = onChangeOf(settings.text("on-change"))
      yield* refuseChanged(taken, onChange)
      const experiment = yield* experimentOf(source, taken.study, settings, cwd)
      const { prepared, study } = experiment
      yield* refuseMissing(experiment)
      const { errors, warnings } = findings(experiment)
      if (errors.length > 0)
        return yield* new InvalidStudy({ source: source.file, issues: errors, count: errors.length })
      const folder =
        given.text("out") === undefined && taken.folder !== undefined
          ? taken.folder
          : yield* outputFolderOf(study, settings, process.cwd())
      const going = Effect.gen(function* () {
        yield* refuseOccupied(folder, study, { runId, replace: folder === taken.folder })
        const retryFailed = settings.boolean("no-retry-failed") ? false : (study.heddle.retryFailed ?? true)
        const resumption = yield* resumptionOf(run, prepared.plan, {
          keep: onChange === "keep",
          retryFailed,
          stopped: taken.looks.at(-1)?.stop === true ? taken.looks.at(-1)?.reason : undefined,
        })
        if (onChange === "refuse" && resumption.changes.size > 0) {
          const { message } = new StudyChanged({
            runId,
            changes: [...resumption.changes].map(([field, runs]) => ({ field, runs })),
          })
          return yield* changed(cli, runId, message)
        }
        // Without a receipt of files the process died before they were written: a session that reuses all ends it.
        const receipt = yield* findReceipt(runId)
        const cutOff = receipt === undefined || receipt.sessions !== run.sessions || receipt.artifacts.length === 0
        if (!runsSomething(resumption) && run.state !== "running" && !cutOff) {
          const whole = yield* isWhole(folder, runId)
          if (!whole)
            yield* Effect.provide(exportAgain({ experiment, folder, run, settings }), ArtifactsNode.layerDurable)
          yield* output.note(
            whole ? `the files of run ${runId} are whole: ${folder}` : `files written again: ${folder}`,
          )
          return yield* new CommandError({
            tag: "NothingToResume",
            problem: `run ${runId} has nothing left to run${resumption.left > 0 ? `; ${resumption.left} runs stay as they ended` : ""}`,
            hints: [paste(cli, "experiments", "status", runId)],
            code: ExitCode.nothing,
          })
        }
        const { outputFolderFromWorkspace: _, ...others } = taken.details
        const details = { ...others, ...detailsOf(settings.workspace, experiment, folder) }
        yield* Begun.write(runId, details, environment)
        yield* StoredStudy.write(runId, { file, source, settings, cwd })
        for (const [reason, runs] of resumption.again) yield* output.note(`${runs} again: ${reason}`)
        return yield* conductExperiment({
          experiment,
          settings,
          runId,
          folder,
          details,
          warnings: stored === undefined ? [...warnings, "the study that the run began with was not kept"] : warnings,
          resume: { onChange, retryFailed, reopen: cutOff },
        }).pipe(Effect.provide([ArtifactsNode.layerDurable, layerPlacement(cli, settings, experiment.bound)]))
      })
      return yield* holdFolder(folder, going)
    }),
    () => Effect.fail(nothingFound({ kind: "experiments", unfinished: true })),
    { writes: true },
  )
  if (!given.boolean("allow-empty")) return yield* resumed
  return yield* Effect.catchIf(
    resumed,
    (error) => isNothing(error),
    () => Effect.as(output.note("nothing to resume"), ExitCode.ok),
  )
}).pipe(Effect.provide(layerImports))

const onChangeOf = (word: string | undefined): "refuse" | "rerun" | "keep" =>
  word === "rerun" || word === "keep" ? word : "refuse"

/** Refuses (exit code 6) a study that says other runs than those of the run, with what changed. */
const refuseChanged = Effect.fnUntraced(function* (
  { before, run, study }: TakenUp,
  onChange: "refuse" | "rerun" | "keep",
): Effect.fn.Return<void, CommandError, Cli> {
  const cli = yield* Cli
  if (before === undefined) return
  const found = differences(before, study)
  const measured = primaryOutcomeOf(before) !== primaryOutcomeOf(study)
  const shaping = [...shapingDifferences(found), ...found.filter(({ path }) => measured && path.startsWith("outcomes"))]
  const others = found.filter((difference) => !shaping.includes(difference))
  if (others.length > 0) {
    yield* cli.output.note(`the study has changed in ${others.map(({ path }) => path).join(", ")}, which shapes no run`)
  }
  if (shaping.length === 0) return
  const texts = shaping.slice(0, changesNamedMax).map(differenceText)
  const more = shaping.length - texts.length
  if (onChange !== "refuse") return yield* cli.output.note(`changed since the run began: ${texts.join("; ")}`)
  return yield* changed(
    cli,
    run.runId,
    `the study is not what run ${run.runId} was made with: ${texts.join("; ")}${more > 0 ? `; and ${more} more` : ""}; nothing was changed`,
  )
})

/** Finished runs and new ones could not be compared; only the user knows what to do about it. */
const changed = (cli: CliShape, runId: string, problem: string): CommandError =>
  new CommandError({
    tag: "StudyChanged",
    problem,
    hints: [
      `run again what this concerns: ${paste(cli, "experiments", "resume", runId, "--on-change", "rerun")}`,
      `keep what is finished, on your word: ${paste(cli, "experiments", "resume", runId, "--on-change", "keep")}`,
    ],
    code: ExitCode.refused,
  })

const isNothing = (error: unknown): boolean =>
  typeof error === "object" && error !== null && "exitCode" in error && error.exitCode === ExitCode.nothing
