/**
 * The runs of a study as the ledger has them: every run of the plan in plan order, a page of the ledger in memory at a
 * time, whatever became of it. Files, tables and reports are made of these.
 *
 * @layer logic
 * @module
 */
import { Ledger, type LedgerError, type LedgerShape } from "@heddle/core/Ledger"
import { emptyCounts, type Counts, type Outcome } from "@heddle/core/Outcome"
import * as Effect from "effect/Effect"
import * as Stream from "effect/Stream"
import { contentOfOutcome, decode, resultOf, type RunContent } from "./internal/runCodec.ts"
import { noteName } from "./internal/runOne.ts"
import type { RunRecord, RunSpec } from "./Run.ts"
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

/** The last thing that each failed run said of itself. */
const partialsOf = Effect.fnUntraced(function* (
  ledger: LedgerShape,
  ledgerRunId: string,
): Effect.fn.Return<ReadonlyMap<string, Partial>, LedgerError> {
  const partials = new Map<string, Partial>()
  const { counts } = yield* ledger.getRun(ledgerRunId)
  if (counts.failed + counts.timedOut + counts.interrupted + counts.notStarted === 0) return partials
  let held = 0
  yield* Stream.runForEach(ledger.events(ledgerRunId), ({ event, seq }) =>
    Effect.sync(() => {
      if (event.type !== "unitNoted" || event.name !== noteName) return
      const content = contentOfNote(event.data)
      const size = JSON.stringify(content)?.length ?? 0
      const fits = held + size <= partialCharactersMax
      if (fits) held += size
      partials.set(event.id, { seq, content: fits ? content : undefined })
    }),
  )
  return partials
})

const failedStatuses: ReadonlySet<string> = new Set(["failed", "timedOut", "interrupted"])

/**
 * Every run in plan order. A run that was never reached is `notStarted` and has no result; of a failed one what is known
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
      const partials = yield* partialsOf(ledger, ledgerRunId)
      const compatibility = options.compatibility === true
      let next = 0
      const { sessions } = yield* ledger.getRun(ledgerRunId)
      // Only a resume keeps results that were made with something else.
      const kept = sessions > 1 ? keptOf(paramsOf(yield* ledger.getPlan(ledgerRunId))) : new Map<string, string>()

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
        return {
          // With what the run itself said of its agent and problem, where it ran.
          runSpec: result?.runSpec ?? run,
          outcome: outcome.status,
          result,
          reason: outcome.reason,
          failure: outcome.failure,
          attempts: outcome.attempts,
          history: outcome.history ?? [],
          runMs: outcome.runMs,
          limitWaitMs: outcome.limitWaitMs,
          ...(outcome.spent === undefined ? {} : { spent: outcome.spent }),
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

      const neverReached = (run: RunSpec): RunRecord => ({
        runSpec: run,
        outcome: "notStarted",
        result: undefined,
        reason: "it was never reached",
        failure: undefined,
        attempts: 0,
        history: [],
      })

      /** Runs of the plan before the one with this id, that have no outcome. */
      const skippedTo = (id: string | undefined): ReadonlyArray<RunRecord> => {
        const missing: Array<RunRecord> = []
        for (let run = runs[next]; run !== undefined && run.runId !== id; run = runs[++next]) {
          missing.push(neverReached(run))
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
