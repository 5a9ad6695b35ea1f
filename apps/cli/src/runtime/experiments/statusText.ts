/**
 * Where a run of a study stands: conditions with their runs, what was spent of each budget, looks of a sequential rule, and
 * what happened last. From the ledger alone, so it also works while the study runs and after a kill.
 *
 * @layer app
 * @module
 */
import type { Durable, DurableError } from "@heddle/core/Durable"
import { Ledger, type LedgerError, type RunSummary, type UnitState } from "@heddle/core/Ledger"
import type { Plan } from "@heddle/core/Plan"
import type { RunEvent } from "@heddle/core/RunEvent"
import type { Study } from "@heddle/experiments/Study"
import * as StudyLooks from "@heddle/experiments/StudyLooks"
import { amountOf, budgetNames, conditionTextOf } from "@heddle/experiments/StudyPlan"
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import * as Stream from "effect/Stream"
import { Cli } from "../Cli.ts"
import { paste } from "../paste.ts"
import { countsText, instant, runLine } from "../runTables.ts"
import * as LeftOut from "./leftOut.ts"
import * as StoredStudy from "./storedStudy.ts"
import { overridden } from "./overrides.ts"
import { handedOver } from "./studyFiles.ts"
import { decodeStudy } from "./studyFile.ts"

/** Last events that are shown. */
const eventsShownMax = 5

interface ConditionTally {
  readonly conditionId: string
  readonly values: string
  planned: number
  done: number
  failed: number
  skipped: number
  running: number
  left: number
}

const field = (input: unknown, name: string): unknown =>
  typeof input === "object" && input !== null ? Reflect.get(input, name) : undefined

const tallies = (
  plan: Plan,
  states: ReadonlyMap<string, UnitState>,
  running: boolean,
): ReadonlyArray<ConditionTally> => {
  const found = new Map<string, ConditionTally>()
  for (const { id, input, label } of plan.units) {
    const conditionId = String(field(input, "conditionId"))
    let tally = found.get(conditionId)
    if (tally === undefined) {
      tally = {
        conditionId,
        values: conditionTextOf({ input, label }),
        planned: 0,
        done: 0,
        failed: 0,
        skipped: 0,
        running: 0,
        left: 0,
      }
      found.set(conditionId, tally)
    }
    tally.planned++
    const state = states.get(id)
    switch (state?.outcome?.status) {
      case "succeeded":
      case "reused":
        tally.done++
        break
      case "failed":
      case "timedOut":
        tally.failed++
        break
      case "skipped":
        tally.skipped++
        break
      default:
        if (running && state !== undefined && state.outcome === undefined && state.started > 0) tally.running++
        else tally.left++
    }
  }
  return [...found.values()]
}

const spentOf = (states: Iterable<UnitState>): Readonly<Record<string, number>> => {
  const spent: Record<string, number> = {}
  for (const { outcome } of states) {
    for (const [name, amount] of Object.entries(outcome?.spent ?? {})) spent[name] = (spent[name] ?? 0) + amount
  }
  return spent
}

/** What runs may have spent that began and whose process was killed, by budget. */
const cutOffOf = (
  plan: Plan,
  states: ReadonlyMap<string, UnitState>,
  sessions: number,
): Readonly<Record<string, number>> => {
  const amounts: Record<string, number> = {}
  for (const { budgets, id } of plan.units) {
    const state = states.get(id)
    const killed = Math.min((state?.started ?? 0) - (state?.outcome?.attempts ?? 0), sessions)
    if (killed <= 0) continue
    for (const [name, cap] of Object.entries(budgets ?? {})) amounts[name] = (amounts[name] ?? 0) + killed * cap
  }
  return amounts
}

const eventText = (event: RunEvent): string | undefined => {
  switch (event.type) {
    case "runStarted":
      return `session ${event.session} began, ${event.planned - event.reused} of ${event.planned} runs to do`
    case "runFinished":
      return `session ended: ${event.status}, ${countsText(event.counts)}`
    case "unitFinished":
      return `${event.outcome.id} ${event.outcome.status}${event.outcome.failure === undefined ? "" : `: ${event.outcome.failure.tag}: ${event.outcome.failure.message}`}`
    default:
      return undefined
  }
}

/** Prints it. */
export const showStatus = Effect.fn("statusText.showStatus")(function* (
  run: RunSummary,
): Effect.fn.Return<void, LedgerError | DurableError, Cli | Ledger | Durable> {
  const cli = yield* Cli
  const { output, settings } = cli
  const ledger = yield* Ledger
  const plan = yield* ledger.getPlan(run.runId)
  const states = new Map<string, UnitState>()
  yield* Stream.runForEach(ledger.unitStates(run.runId), (state) => Effect.sync(() => states.set(state.id, state)))
  const conditions = tallies(plan, states, run.state === "running")
  const said = spentOf(states.values())
  // What a resume will count: nobody knows what a run spent whose process was killed.
  const cutOff = run.state === "running" ? {} : cutOffOf(plan, states, run.sessions)
  const spent: Record<string, number> = { ...said }
  for (const [name, amount] of Object.entries(cutOff)) spent[name] = (spent[name] ?? 0) + amount
  const study = yield* studyOf(run, settings)
  const caps = capsOf(study)
  const last: Array<readonly [atMs: number, text: string]> = []
  yield* Stream.runForEach(ledger.events(run.runId), ({ atMs, event }) =>
    Effect.sync(() => {
      const text = eventText(event)
      if (text === undefined) return
      last.push([atMs, text])
      if (last.length > eventsShownMax) last.shift()
    }),
  )
  if (output.json) {
    for (const condition of conditions) yield* output.line({ ...condition, type: "condition", runId: run.runId })
    for (const [atMs, text] of last) {
      yield* output.line({ type: "event", runId: run.runId, happenedAt: instant(atMs), text })
    }
    const ended = run.state !== "running" && run.state !== "unfinished"
    const files = ended ? (yield* handedOver(run)).state : undefined
    yield* output.line({
      ...runLine(run),
      spent: said,
      spentAtMost: spent,
      budgets: caps,
      ...(files === undefined ? {} : { files }),
    })
    return
  }
  yield* output.table(
    [
      { title: "condition", whole: true },
      { title: "values", spare: 1 },
      { title: "runs", right: true },
      { title: "done", right: true },
      { title: "failed", right: true },
      { title: "skipped", right: true },
      { title: "running", right: true },
      { title: "left", right: true },
    ],
    conditions.map(({ conditionId, done, failed, left, planned, running, skipped, values }) => [
      conditionId,
      values,
      ...[planned, done, failed, skipped, running, left].map(String),
    ]),
  )
  yield* output.note(`run ${run.runId}: ${run.state}, ${countsText(run.counts)}, session ${run.sessions}`)
  for (const name of new Set([...Object.keys(caps), ...Object.keys(spent)])) {
    const cap = caps[name]
    yield* output.note(
      `${name}: ${cutOff[name] === undefined ? "" : "up to "}${amountText(spent[name] ?? 0)} spent${cap === undefined ? "" : ` of ${amountText(cap)}`}${cutOff[name] === undefined ? "" : `, ${amountText(cutOff[name])} of it by runs that were cut off with their process`}`,
    )
  }
  for (const [atMs, text] of last) yield* output.note(`${instant(atMs)} ${text}`)
  if (run.lease !== undefined && run.state === "running") {
    const { host, pid, user } = run.lease.owner
    yield* output.note(`held by process ${pid} of ${user} on ${host}`)
  }
  if (run.state === "running") return
  const files = run.state === "unfinished" ? undefined : yield* handedOver(run)
  if (files?.state === "notWritten") yield* output.note(`files were not written: ${files.folder ?? ""}`)
  if (files?.state === "gone") yield* output.note(`files are not there any more: ${files.folder ?? ""}`)
  const filesLack = files?.state === "notWritten" || files?.state === "gone"
  const left = LeftOut.make()
  for (const { outcome } of states.values()) if (outcome !== undefined) left.observe({ type: "unitFinished", outcome })
  const looks = run.counts.skipped > 0 ? yield* StudyLooks.looks(run.runId) : []
  const out = left.of(looks)
  if (run.state === "succeeded" && out.leftOut === 0 && !filesLack) return
  if (out.leftOut > 0) yield* output.note(LeftOut.stateText("succeeded", out))
  const { failed, interrupted, timedOut } = run.counts
  const budgets = Object.entries(spent).map(([name, amount]) => ({ name, spent: amount }))
  const money =
    study === undefined
      ? undefined
      : LeftOut.moneyHint(cli, study, { runId: run.runId, budgets, failed: failed + interrupted + timedOut }, out)
  const hint = money ?? cli.resumeHint?.(run.runId) ?? paste(cli, "experiments", "resume", run.runId)
  yield* output.note(`\nhint: ${hint}`)
})

const amountText = (amount: number): string => String(Number(amount.toPrecision(6)))

/** The study as the run was told it; undefined where that was not kept. */
const studyOf = Effect.fnUntraced(function* (run: RunSummary, settings: Parameters<typeof StoredStudy.settingsOf>[0]) {
  const stored = yield* StoredStudy.read(run.runId)
  if (stored === undefined) return undefined
  const study = yield* Effect.option(
    Effect.flatMap(decodeStudy(stored.text, stored.format, stored.file), (written) =>
      Effect.fromResult(overridden(written, StoredStudy.settingsOf(settings, stored))),
    ),
  )
  return Option.getOrUndefined(study)
})

/** The budgets of the whole study. */
const capsOf = (study: Study | undefined): Readonly<Record<string, number>> => {
  const caps: Record<string, number> = {}
  for (const name of budgetNames) {
    const cap = amountOf(study?.heddle.budgets?.study, name)
    if (cap !== undefined) caps[name] = cap
  }
  return caps
}
