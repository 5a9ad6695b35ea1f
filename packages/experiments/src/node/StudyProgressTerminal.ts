/**
 * The progress of a study on this process's terminal: stderr, so that stdout stays data. Unless asked for, it is shown only
 * where there is a terminal, and never where there is nothing to run.
 *
 * @layer adapter
 * @module
 */
import * as ProgressTerminal from "@heddle/core/node/ProgressTerminal"
import * as Progress from "@heddle/core/Progress"
import * as ProgressPrinter from "@heddle/core/ProgressPrinter"
import * as Clock from "effect/Clock"
import * as Effect from "effect/Effect"
import * as Fiber from "effect/Fiber"
import * as Layer from "effect/Layer"
import { StudyProgress, type StudyProgressShape } from "../StudyProgress.ts"

/** Where it is shown; this process's stderr unless given. @category models */
export interface StudyProgressTerminalOptions {
  readonly stream?: ProgressTerminal.TerminalStream
  readonly env?: Readonly<Record<string, string | undefined>>
}

/** How long the end of a run waits for its last line. */
const closeMaxMs = 1_000

/** Shows studies on a terminal. @category constructors */
export const make = (options: StudyProgressTerminalOptions = {}): StudyProgressShape => ({
  open: Effect.fnUntraced(function* ({ done, plan, show, studyId }) {
    const stream: ProgressTerminal.TerminalStream = options.stream ?? process.stderr
    const pending = plan.units.length - done
    if (pending <= 0 || show === false || (show !== true && stream.isTTY !== true)) return undefined
    const labels = new Map(plan.units.map(({ id, label }) => [id, label]))
    const model = Progress.make({ labelOf: (id) => labels.get(id) ?? id })
    const printer = yield* ProgressTerminal.make({ title: studyId, stream, ...options })
    const printing = yield* Effect.forkScoped(ProgressPrinter.run(model, printer))
    // The last snapshot is the summary of the run: it is waited for before the display goes.
    yield* Effect.addFinalizer(() =>
      Effect.andThen(
        Clock.clockWith((clock) => Effect.sync(() => Progress.end(model, clock.currentTimeMillisUnsafe()))),
        Effect.ignore(Effect.timeout(Fiber.await(printing), closeMaxMs)),
      ),
    )
    return { observe: Progress.observer(model) }
  }),
})

/** Shows studies on a terminal, for all that are run under this layer. @category layers */
export const layer = (options: StudyProgressTerminalOptions = {}): Layer.Layer<never> =>
  Layer.succeed(StudyProgress, make(options))
