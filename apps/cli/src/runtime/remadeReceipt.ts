/**
 * A receipt out of what is on record: the ledger's events and outcomes, and what the run was told when it began.
 *
 * @layer app
 * @module
 */
import { join } from "node:path"
import type { Artifact, Durable, DurableError } from "@heddle/core/Durable"
import { ExitCode } from "@heddle/core/ExitCode"
import { Ledger, type LedgerError, type RunSummary } from "@heddle/core/Ledger"
import type { Outcome } from "@heddle/core/Outcome"
import { schemaVersion, type Receipt } from "@heddle/core/Receipt"
import type { RunEvent, RunStatus } from "@heddle/core/RunEvent"
import { extract } from "@heddle/studies/pipelines/Extract"
import * as Effect from "effect/Effect"
import * as Schema from "effect/Schema"
import * as Stream from "effect/Stream"
import * as Begun from "./begun.ts"
import { Cli } from "./Cli.ts"
import { CommandError } from "./CommandError.ts"
import * as ReceiptUnits from "./receiptUnits.ts"
import { environment } from "./conduct.ts"
import { filesOf } from "./experiments/studyFiles.ts"
import { exportValues } from "./valuesFile.ts"

interface Sessions {
  readonly started: Extract<RunEvent, { readonly type: "runStarted" }>
  readonly status: RunStatus
  readonly counts: Receipt["counts"]
  readonly endedAtMs: number
}

/**
 * Makes the receipt. Fails with exit code 6 where the run's last session did not end, or where the files that a run of
 * experiments writes are not there; with 12 where they are not what their manifest says. `written` are files that were
 * written just now; else those are taken that are there.
 */
export const remake = Effect.fn("remadeReceipt.remake")(function* (
  run: RunSummary,
  written?: ReadonlyArray<Artifact>,
): Effect.fn.Return<
  { readonly receipt: Receipt; readonly units: Stream.Stream<Outcome, LedgerError, Ledger> },
  CommandError | DurableError | LedgerError,
  Cli | Ledger | Durable
> {
  const { runId } = run
  const ledger = yield* Ledger
  const { started, status, counts, endedAtMs } = yield* lastSession(run)
  const begun = yield* Begun.read(runId)
  const plan = yield* ledger.getPlan(runId)
  const details =
    begun?.details ?? (Schema.is(Schema.Record(Schema.String, Schema.Json))(plan.params) ? plan.params : {})
  const { settings } = yield* Cli
  const { outputFolder, valuesFile } = Begun.placesOf(settings.workspace, details)
  const all = ReceiptUnits.outcomes(runId, yield* ReceiptUnits.finishedInLastSession(runId))
  const values =
    outputFolder === undefined || valuesFile === undefined
      ? []
      : yield* exportValues(runId, join(outputFolder, valuesFile))
  const experiments = run.kind === "experiments"
  const receipt: Receipt = {
    type: "receipt",
    schemaVersion,
    runId,
    kind: run.kind,
    planHash: run.planHash,
    startedAt: new Date(run.createdAtMs).toISOString(),
    endedAt: new Date(endedAtMs).toISOString(),
    status,
    counts,
    units: [],
    artifacts: experiments
      ? (written ?? (yield* filesOf(runId, outputFolder, endedAtMs)))
      : [...(yield* writtenFiles(all)), ...values],
    environment: begun?.environment ?? environment,
    seed: run.seed,
    sessions: run.sessions,
    durability: ledger.durability,
    placement: started.placement,
    concurrency: started.concurrency,
    details,
  }
  return { receipt, units: valuesFile === undefined && !experiments ? all : ReceiptUnits.withoutValues(all) }
})

const lastSession = Effect.fnUntraced(function* (
  run: RunSummary,
): Effect.fn.Return<Sessions, CommandError | LedgerError, Ledger> {
  const ledger = yield* Ledger
  let started: Sessions["started"] | undefined
  let ended: Omit<Sessions, "started"> | undefined
  yield* Stream.runForEach(ledger.events(run.runId), ({ atMs, event }) =>
    Effect.sync(() => {
      if (event.type === "runStarted") {
        started = event
        ended = undefined
      }
      if (event.type === "runFinished") ended = { status: event.status, counts: event.counts, endedAtMs: atMs }
    }),
  )
  if (started !== undefined && ended !== undefined) return { started, ...ended }
  return yield* new CommandError({
    tag: "NotEnded",
    problem: `run ${run.runId} was cut off and has not ended; a receipt is of a run that has`,
    hints: [`heddle ${run.kind} resume ${run.runId}`],
    code: ExitCode.refused,
  })
})

const isExtractValue = Schema.is(extract.spec.value ?? Schema.Never)

/** The files that the units themselves wrote, as their values name them. */
const writtenFiles = <E, R>(units: Stream.Stream<Outcome, E, R>): Effect.Effect<ReadonlyArray<Artifact>, E, R> =>
  Stream.runFold(
    units,
    (): Array<Artifact> => [],
    (files, { value }) => {
      if (isExtractValue(value)) files.push(...(extract.spec.artifacts?.(value) ?? []))
      return files
    },
  )
