/**
 * A ledger that commits late: events wait in a queue and are committed in batches, in turns of the event loop that a
 * schedule chooses, and from some event on not at all. What the Runner must not rely on is that a commit is immediate.
 */
import { Effect, type Scope } from "effect"
import { LedgerError, type LedgerShape, type LedgerWriter } from "../src/Ledger.ts"
import * as LedgerMemory from "../src/LedgerMemory.ts"
import type { RunEvent } from "../src/RunEvent.ts"

export interface LateOptions {
  /** Events of one commit; 3 unless given. */
  readonly batch?: number
  /** Calls `commit` later, once; `setImmediate` unless given. */
  readonly later?: (commit: () => void) => void
  /** The n-th event of the ledger (from 1) and all after it fail. */
  readonly failAt?: number
}

export const diskFull = new LedgerError({
  reason: { _tag: "Storage", location: "late", operation: "commit", problem: "the disk is full", kind: "full" },
})

export const lateLedger = (
  options: LateOptions = {},
): { readonly ledger: LedgerShape; readonly committed: Array<RunEvent>; readonly inner: LedgerShape } => {
  const batch = options.batch ?? 3
  const later = options.later ?? ((commit) => void setImmediate(commit))
  const inner = LedgerMemory.make()
  const committed: Array<RunEvent> = []
  let failed: LedgerError | undefined

  const openWriter = Effect.fnUntraced(function* (
    ...parameters: Parameters<LedgerShape["openWriter"]>
  ): Effect.fn.Return<LedgerWriter, LedgerError, Scope.Scope> {
    const writer = yield* inner.openWriter(...parameters)
    const queue: Array<() => void> = []
    let flushes: Array<() => void> = []
    let asked = false
    const commit = (most: number) => {
      for (const one of queue.splice(0, most)) one()
      if (queue.length > 0) return ask()
      const waiting = flushes
      flushes = []
      for (const resume of waiting) resume()
    }
    const ask = () => {
      if (asked) return
      asked = true
      later(() => {
        asked = false
        commit(batch)
      })
    }
    yield* Effect.addFinalizer(() => Effect.sync(() => commit(Number.POSITIVE_INFINITY)))
    const outcome = Effect.suspend(() => (failed === undefined ? writer.flush : Effect.fail(failed)))
    return {
      append: (event, done, ...rest) => {
        queue.push(() => {
          if (committed.length + 1 === options.failAt) failed = diskFull
          if (failed !== undefined) return done?.(failed)
          writer.append(
            event,
            (error) => {
              if (error === undefined) committed.push(event)
              done?.(error)
            },
            ...rest,
          )
        })
        ask()
      },
      pending: () => queue.length,
      flush: Effect.andThen(
        Effect.callback<void>((resume) => {
          if (queue.length === 0) return resume(Effect.void)
          flushes.push(() => resume(Effect.void))
        }),
        outcome,
      ),
    }
  })
  return { ledger: { ...inner, openWriter }, committed, inner }
}
