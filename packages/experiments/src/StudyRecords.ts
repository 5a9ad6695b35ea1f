/**
 * The runs of a study as the ledger has them: every run of the plan in plan order, a page of the ledger in memory at a
 * time, whatever became of it. Files, tables and reports are made of these.
 *
 * @layer logic
 * @module
 */
import * as FailureCause from "@heddle/core/FailureCause"
import { Ledger, type LedgerError, type LedgerShape } from "@heddle/core/Ledger"
import { emptyCounts, type Counts, type Outcome } from "@heddle/core/Outcome"
import * as Effect from "effect/Effect"
import * as Stream from "effect/Stream"
import { cutOffMessage, CutOffTries } from "./internal/cutOffTries.ts"
import { contentOfOutcome, decode, resultOf, type RunContent } from "./internal/runCodec.ts"
import { noteName } from "./internal/runOne.ts"
import type { CutOffTry, RunRecord, RunSpec } from "./Run.ts"
import { keptOf, paramsOf } from "./StudyPlan.ts"

export { costOf } from "./internal/runCost.ts"

/** Characters of what failed runs left that are held in memory; what is beyond is read again when its turn comes. */
export const partialCharactersMax = 16_000_000

/** How records are read. @category models */
export interface RecordsOptions {
  /** A failed run has its error and time only, as the predecessor writes it. */
  readonly compatibility?: boolean
}

interface Partial {
  readonly seq: number
  /** Absent where too much is held already. */
  readonly content: unknown
}

const contentOfNote = (data: unknown): unknown =>
  typeof data === "object" && data !== null && "content" in data ? data.content : undefined

/** What the events of a run tell beside its outcomes. */
interface Told {
  /** The last thing that each failed run said of itself. */
  readonly partials: ReadonlyMap<string, Partial>
  readonly cutOff: ReadonlyMap<string, ReadonlyArray<CutOffTry>>
  /** What runs were made with and is no more, whose results were kept. */
  readonly kept: ReadonlyMap<string, string>
}

const toldOf = Effect.fnUntraced(function* (
  ledger: LedgerShape,
  ledgerRunId: string,
): Effect.fn.Return<Told, LedgerError> {
  const partials = new Map<string, Partial>()
  const { counts, sessions, state } = yield* ledger.getRun(ledgerRunId)
  const open = state === "running" || state === "unfinished"
  const failed = counts.failed + counts.timedOut + counts.interrupted + counts.notStarted > 0
  // One session that ended has cut nothing off and kept nothing.
  const several = sessions > 1 || open
  if (!failed && !several) return { partials, cutOff: new Map(), kept: new Map() }
  let held = 0
  const tries = new CutOffTries()
  yield* Stream.runForEach(ledger.events(ledgerRunId), (stored) =>
    Effect.sync(() => {
      const { event, seq } = stored
      tries.add(stored)
      if (event.type !== "unitNoted" || event.name !== noteName) return
      const content = contentOfNote(event.data)
      const size = JSON.stringify(content)?.length ?? 0
      const fits = held + size <= partialCharactersMax
      if (fits) held += size
      partials.set(event.id, { seq, content: fits ? content : undefined })
    }),
  )
  if (!several) return { partials, cutOff: new Map(), kept: new Map() }
  const plan = yield* ledger.getPlan(ledgerRunId)
  const caps = new Map(plan.units.map((unit) => [unit.id, unit.budgets]))
  return {
    partials,
    cutOff: tries.found(state === "running", (id) => caps.get(id)),
    kept: keptOf(paramsOf(plan)),
  }
})

const failedStatuses: ReadonlySet<string> = new Set(["failed", "timedOut", "interrupted"])

/**
 * Every run in plan order. A run that was never reached is `notStarted` and has no result, and one whose only tries were cut
 * off with their process is `interrupted` and has none; of a failed one what is known
 * stands in its result: outputs, cost and observations so far.
 *
 * @category records
 */
export const records = (
  runs: ReadonlyArray<RunSpec>,
  ledgerRunId: string,
  options: RecordsOptions = {},
): Stream.Stream<RunRecord, LedgerError, Ledger> =>
  Stream.unwrap(
    Effect.gen(function* () {
      const ledger = yield* Ledger
      const { cutOff, kept, partials } = yield* toldOf(ledger, ledgerRunId)
      const compatibility = options.compatibility === true
      let next = 0

      const partialOf = (run: RunSpec): Effect.Effect<unknown, LedgerError> => {
        const partial = partials.get(run.runId)
        if (partial === undefined || partial.content !== undefined) return Effect.succeed(partial?.content)
        return Effect.map(Stream.runCollect(Stream.take(ledger.events(ledgerRunId, partial.seq - 1), 1)), ([stored]) =>
          stored?.event.type === "unitNoted" ? contentOfNote(stored.event.data) : undefined,
        )
      }

      const recordOf = (run: RunSpec, outcome: Outcome, content: RunContent | undefined): RunRecord => {
        const result =
          content === undefined
            ? undefined
            : resultOf(content, run, {
                failed: failedStatuses.has(outcome.status),
                attempts: outcome.attempts,
                compatibility,
              })
        const cut = cutOff.get(run.runId)
        return {
          // With what the run itself said of its agent and problem, where it ran.
          runSpec: result?.runSpec ?? run,
          outcome: outcome.status,
          result,
          reason: outcome.reason,
          failure: outcome.failure,
          // A try that was cut off after an outcome was made belongs to that outcome only where it is tried further.
          attempts: failedStatuses.has(outcome.status)
            ? Math.max(outcome.attempts, cut?.at(-1)?.attempt ?? 0)
            : outcome.attempts,
          history: outcome.history ?? [],
          runMs: outcome.runMs,
          limitWaitMs: outcome.limitWaitMs,
          ...(outcome.spent === undefined ? {} : { spent: outcome.spent }),
          ...(cut === undefined ? {} : { cutOff: cut }),
          ...(kept.has(run.runId) ? { kept: kept.get(run.runId) } : {}),
        }
      }

      const told = (run: RunSpec, outcome: Outcome): Effect.Effect<RunRecord, LedgerError> => {
        // A failed run that was not reached again stands as it failed; one that never began has nothing to tell.
        if (!failedStatuses.has(outcome.status)) return Effect.succeed(recordOf(run, outcome, undefined))
        return Effect.map(partialOf(run), (partial) => {
          const bare = contentOfOutcome(outcome)
          if (partial === undefined) return recordOf(run, outcome, bare)
          const content = decode(partial, run)
          // The Runner knows better why it ended: out of time, stopped, or a bug.
          const errorInfo = outcome.status === "failed" ? (content.errorInfo ?? bare.errorInfo) : bare.errorInfo
          return recordOf(run, outcome, { ...content, errorInfo })
        })
      }

      const withoutOutcome = (run: RunSpec): RunRecord => {
        const cut = cutOff.get(run.runId)
        const bare = { runSpec: run, result: undefined, history: [] }
        if (cut === undefined) {
          return { ...bare, outcome: "notStarted", reason: "it was never reached", failure: undefined, attempts: 0 }
        }
        // It began, and nobody knows how far it came: no run that was never reached.
        const spent: Record<string, number> = {}
        for (const { charged = {} } of cut) {
          for (const [name, amount] of Object.entries(charged)) spent[name] = (spent[name] ?? 0) + amount
        }
        return {
          ...bare,
          outcome: "interrupted",
          reason: undefined,
          failure: FailureCause.interrupted(cutOffMessage),
          attempts: cut.at(-1)?.attempt ?? cut.length,
          cutOff: cut,
          ...(Object.keys(spent).length === 0 ? {} : { spent }),
        }
      }

      /** Runs of the plan before the one with this id, that have no outcome. */
      const skippedTo = (id: string | undefined): ReadonlyArray<RunRecord> => {
        const missing: Array<RunRecord> = []
        for (let run = runs[next]; run !== undefined && run.runId !== id; run = runs[++next]) {
          missing.push(withoutOutcome(run))
        }
        return missing
      }

      const known = new Set(runs.map((run) => run.runId))
      const page = Effect.fnUntraced(function* (
        outcomes: ReadonlyArray<Outcome>,
      ): Effect.fn.Return<ReadonlyArray<RunRecord>, LedgerError> {
        const found: Array<RunRecord> = []
        for (const outcome of outcomes) {
          // A run that is planned no more, where the study has changed and was not resumed since.
          if (!known.has(outcome.id)) continue
          found.push(...skippedTo(outcome.id))
          const run = runs[next++]
          if (run === undefined) continue
          if (outcome.status === "succeeded" || outcome.status === "reused") {
            found.push(recordOf(run, outcome, decode(outcome.value, run)))
          } else found.push(yield* told(run, outcome))
        }
        return found
      })
      return Stream.concat(
        Stream.flattenIterable(Stream.mapEffect(Stream.chunks(ledger.outcomes(ledgerRunId)), page)),
        Stream.suspend(() => Stream.fromIterable(skippedTo(undefined))),
      )
    }),
  )

/** How many runs of a plan ended in each way. @category records */
export const counts = (runs: ReadonlyArray<RunSpec>, ledgerRunId: string): Effect.Effect<Counts, LedgerError, Ledger> =>
  Effect.gen(function* () {
    const ledger = yield* Ledger
    const known = new Set(runs.map((run) => run.runId))
    const total: { -readonly [K in keyof Counts]: Counts[K] } = { ...emptyCounts(runs.length) }
    let ended = 0
    yield* Stream.runForEach(ledger.outcomes(ledgerRunId), (outcome) =>
      Effect.sync(() => {
        if (!known.has(outcome.id)) return
        total[outcome.status]++
        ended++
      }),
    )
    total.notStarted += runs.length - ended
    return total
  })
