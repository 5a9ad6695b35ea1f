/**
 * How the progress of a study is shown. Nothing is shown by default; `@heddle/experiments/node/StudyProgressTerminal` shows
 * it on a terminal.
 *
 * @layer contract
 * @module
 */
import type { Plan } from "@heddle/core/Plan"
import type { RunEvent } from "@heddle/core/RunEvent"
import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import type * as Scope from "effect/Scope"

/** A study that is about to run. @category models */
export interface ProgressRequest {
  readonly studyId: string
  /** True shows it, false does not; unset, it is shown only on a terminal. */
  readonly show: boolean | undefined
  readonly plan: Plan
  /** Runs that earlier sessions finished. */
  readonly done: number
}

/** Takes the events of a run while it is shown; closed with the scope that it was opened in. @category models */
export interface ProgressDisplay {
  readonly observe: (event: RunEvent, atMs: number) => void
}

/** Opens displays. @category models */
export interface StudyProgressShape {
  /** Undefined where nothing is shown. */
  readonly open: (request: ProgressRequest) => Effect.Effect<ProgressDisplay | undefined, never, Scope.Scope>
}

/** How the progress of studies is shown; not at all by default. @category services */
export const StudyProgress: Context.Reference<StudyProgressShape> = Context.Reference(
  "@heddle/experiments/StudyProgress",
  { defaultValue: (): StudyProgressShape => ({ open: () => Effect.undefined }) },
)
