/**
 * Handler of `heddle runs list`.
 *
 * @layer app
 * @module
 */
import { existsSync } from "node:fs"
import { ExitCode } from "@heddle/core/ExitCode"
import { Ledger } from "@heddle/core/Ledger"
import * as Effect from "effect/Effect"
import { Cli } from "../../runtime/Cli.ts"
import { CommandError } from "../../runtime/CommandError.ts"
import { begunPath } from "../../runtime/begun.ts"
import type { Handler } from "../../runtime/Handler.ts"
import { paste } from "../../runtime/paste.ts"
import { runColumns, runLine, runRow } from "../../runtime/runTables.ts"
import { receiptPath, withExistingLedger } from "../../runtime/workspace.ts"

/** Runs that are listed unless --limit says otherwise. */
const limitDefault = 100

export const handler: Handler = Effect.gen(function* () {
  const cli = yield* Cli
  const { output, settings } = cli
  const area = settings.text("area")
  const runs = yield* withExistingLedger(
    Effect.flatMap(Ledger, (ledger) =>
      ledger.listRuns({
        ...(area === undefined ? {} : { kind: area }),
        ...(settings.boolean("unfinished") ? { unfinished: true } : {}),
        limit: settings.number("limit") ?? limitDefault,
      }),
    ),
    () =>
      new CommandError({
        tag: "NoWorkspace",
        problem: `there is no workspace at ${settings.workspace}: nothing has run there`,
        hints: [`name another with --workspace, or let something run: heddle demo`],
        code: ExitCode.nothing,
      }),
  )
  // A run of experiments that ended writes its receipt after its files; each receipt may be large, so none is read here.
  const unwritten = runs.filter(
    ({ kind, runId, state }) =>
      kind === "experiments" &&
      state !== "running" &&
      state !== "unfinished" &&
      existsSync(begunPath(settings.workspace, runId)) &&
      !existsSync(receiptPath(settings.workspace, runId)),
  )
  if (output.json) {
    for (const run of runs)
      yield* output.line({ ...runLine(run), ...(unwritten.includes(run) ? { files: "notWritten" } : {}) })
    yield* output.line({ type: "end", count: runs.length })
    return ExitCode.ok
  }
  if (runs.length === 0) yield* output.note(`no runs in ${settings.workspace}`)
  else yield* output.table(runColumns, runs.map(runRow))
  for (const run of unwritten) {
    yield* output.note(
      `run ${run.runId}: its files were not written\nhint: ${paste(cli, "experiments", "resume", run.runId)}`,
    )
  }
  return ExitCode.ok
})
