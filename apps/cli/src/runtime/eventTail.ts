/**
 * A run's events as JSON lines while it runs, read back from its ledger: what is printed is what is recorded, a slow
 * reader holds up nothing, and nothing piles up in memory, because the queue is the ledger.
 *
 * @layer logic
 * @module
 */
import { Ledger } from "@heddle/core/Ledger"
import type { StoredEvent } from "@heddle/core/RunEvent"
import * as Effect from "effect/Effect"
import * as Fiber from "effect/Fiber"
import type * as Scope from "effect/Scope"
import * as Stream from "effect/Stream"
import { eventLine } from "./eventLines.ts"
import type { Output } from "./Cli.ts"

/** How often the ledger is looked at while events are known to be on their way. */
const pollMs = 25

export interface EventTail {
  /** To be called with each event of the run as it happens; quick. */
  readonly observe: () => void
  /** Prints what is left and ends; the run must have ended. */
  readonly finish: Effect.Effect<void>
}

/** Begins after the events that the ledger has of this run already. */
export const make = Effect.fn("eventTail.make")(function* (
  runId: string,
  kind: string,
  output: Output,
): Effect.fn.Return<EventTail, never, Ledger | Scope.Scope> {
  const ledger = yield* Ledger
  let lastSeq = yield* ledger.events(runId).pipe(
    Stream.runFold(
      () => 0,
      (_, event) => event.seq,
    ),
    // A new run is not in the ledger yet.
    Effect.orElseSucceed(() => 0),
  )
  const startSeq = lastSeq
  let observed = 0
  let ended = false
  const emit = Effect.fnUntraced(function* (stored: StoredEvent) {
    lastSeq = stored.seq
    yield* output.line(eventLine(kind, stored))
    if (stored.event.type !== "runStarted") return
    for (const unit of (yield* ledger.getPlan(runId)).units) {
      yield* output.line({
        type: "unitSelected",
        runId,
        at: new Date(stored.atMs).toISOString(),
        id: unit.id,
        ...(kind === "studies" ? { studyKey: unit.id } : {}),
        reason: unit.reason,
      })
    }
  })
  const print = Effect.suspend(() => Stream.runForEach(ledger.events(runId, lastSeq), emit)).pipe(
    // What cannot be read now is reported by the run itself, which writes to the same ledger.
    Effect.ignore,
  )
  const fiber = yield* Effect.forkScoped(
    Effect.gen(function* () {
      while (!ended) {
        if (lastSeq - startSeq < observed) yield* print
        yield* Effect.sleep(pollMs)
      }
    }),
  )
  return {
    observe: () => {
      observed++
    },
    finish: Effect.gen(function* () {
      ended = true
      yield* Fiber.await(fiber)
      yield* print
    }),
  }
})
