/**
 * Puts looks on record while a study runs. A look is written through the Runner's own writer, behind the runs that it looked
 * at and before anything that follows from it: events are committed in order, so that a killed study has both or neither.
 *
 * @layer logic
 * @module
 */
import type { LedgerShape, LedgerWriter } from "@heddle/core/Ledger"
import type { Counts } from "@heddle/core/Outcome"
import * as Effect from "effect/Effect"
import type { RunSpec } from "../Run.ts"
import type { StoppingLook, StoppingRule } from "../StoppingRule.ts"
import { type KeptLook, noteName, ruleText } from "../StudyLooks.ts"

/** Keeps looks. */
export interface LooksKeeper {
  /** The ledger for the Runner. */
  readonly through: (ledger: LedgerShape) => LedgerShape
  /** Puts a look on record, while the Runner writes; afterwards it is kept nowhere. */
  readonly keep: (look: StoppingLook) => void
}

/** Whether every run of a study has ended for good, so that there is nothing more to wait for. */
export const isWhole = (counts: Counts): boolean => counts.notStarted + counts.skipped + counts.interrupted === 0

/** A keeper for the looks of one rule. `atEnd` is called before the session's last event, where every run has ended. */
export const make = (rule: StoppingRule, runs: ReadonlyArray<RunSpec>, atEnd: () => void): LooksKeeper => {
  let writer: LedgerWriter | undefined
  const text = ruleText(rule)
  const lastOf = new Map(runs.map((run) => [run.replicate, run.runId]))
  const keep = (look: StoppingLook): void => {
    const id = lastOf.get(look.replicates)
    if (id === undefined) return
    const kept: KeptLook = { rule: text, look }
    writer?.append({
      type: "unitNoted",
      id,
      name: noteName,
      level: "info",
      data: { rule: kept.rule, look: { ...look } },
    })
  }
  return {
    keep,
    through: (ledger) => ({
      ...ledger,
      openWriter: (runId, lease) =>
        Effect.map(ledger.openWriter(runId, lease), (opened): LedgerWriter => {
          writer = opened
          const { commitNow } = opened
          return {
            append: (event, committed, atMs, position) => {
              if (event.type === "runFinished" && isWhole(event.counts)) atEnd()
              opened.append(event, committed, atMs, position)
            },
            pending: () => opened.pending(),
            flush: opened.flush,
            ...(commitNow === undefined ? {} : { commitNow: () => commitNow.call(opened) }),
          }
        }),
    }),
  }
}
