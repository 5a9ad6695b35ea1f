/**
 * Ctrl-C and its relatives. The first SIGINT asks a run to stop (running units may finish), the second interrupts it,
 * the third ends the process at once; SIGTERM and SIGHUP ask, and interrupt after a short grace. A command without a run
 * is interrupted by the first.
 *
 * @layer adapter
 * @module
 */
import * as Effect from "effect/Effect"
import type { Signals, Stoppable } from "./Cli.ts"

/** Where a terminal and a launcher both deliver one Ctrl-C, the second within this time is the same one. */
const sameSignalMs = 150
/** How long SIGTERM leaves running units. */
const termGraceMs = 2_000
const exitInterrupted = 130

/** Listens from now on. `interruptCommand` ends a command that has no run. */
export const listen = (options: {
  readonly launched: boolean
  readonly interruptCommand: () => void
  readonly say: (text: string) => void
}): { readonly signals: Signals; readonly close: () => void } => {
  let target: Stoppable | undefined
  let stops = 0
  let lastAtMs = Number.NEGATIVE_INFINITY
  let termTimer: NodeJS.Timeout | undefined
  const interruptNow = () => {
    if (target === undefined) options.interruptCommand()
    else Effect.runFork(target.interrupt)
  }
  const onInterrupt = () => {
    const now = performance.now()
    if (options.launched && stops > 0 && now - lastAtMs < sameSignalMs) return
    lastAtMs = now
    stops++
    if (stops >= 3) process.exit(exitInterrupted)
    if (stops === 2 || target === undefined) return interruptNow()
    options.say("stopping: what runs may finish; press Ctrl-C again to stop at once\n")
    Effect.runFork(target.stop)
  }
  const requestStop = () => {
    stops++
    if (target === undefined) return options.interruptCommand()
    Effect.runFork(target.stop)
    termTimer ??= setTimeout(interruptNow, termGraceMs).unref()
  }
  process.on("SIGINT", onInterrupt)
  process.on("SIGTERM", requestStop)
  process.on("SIGHUP", requestStop)
  return {
    signals: {
      direct: (stoppable) =>
        Effect.acquireRelease(
          Effect.sync(() => {
            target = stoppable
          }),
          () =>
            Effect.sync(() => {
              target = undefined
            }),
        ),
      stops: () => stops,
      requestStop,
    },
    close: () => {
      clearTimeout(termTimer)
      process.off("SIGINT", onInterrupt)
      process.off("SIGTERM", requestStop)
      process.off("SIGHUP", requestStop)
    },
  }
}
