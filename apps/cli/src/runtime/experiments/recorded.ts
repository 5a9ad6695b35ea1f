/**
 * The study of a run as its files and its analysis need it: conditions, runs and the plan of the ledger. What ran it (a
 * module, a program, an address) is not looked for: its name and its fingerprint stand in the ledger, and nothing runs.
 *
 * @layer app
 * @module
 */
import { Ledger } from "@heddle/core/Ledger"
import { buildDesign } from "@heddle/experiments/BuildDesign"
import type { Study } from "@heddle/experiments/Study"
import * as StudyPlan from "@heddle/experiments/StudyPlan"
import * as Effect from "effect/Effect"
import { overridden } from "./overrides.ts"
import type { TakenUp } from "./takenUp.ts"

/** The study `written` with the flags that the run was given, its conditions and runs, and the plan that was recorded. */
export const recordedOf = Effect.fn("recorded.recordedOf")(function* (
  { run, settings, source }: Pick<TakenUp, "run" | "settings" | "source">,
  written: Study,
) {
  const ledger = yield* Ledger
  const study = yield* Effect.fromResult(overridden(written, settings))
  const plan = yield* ledger.getPlan(run.runId)
  const { conditions, report } = yield* Effect.fromResult(
    buildDesign(study, source.matrix === undefined ? {} : { matrix: source.matrix }),
  )
  const params = StudyPlan.paramsOf(plan)
  const planned = yield* Effect.fromResult(StudyPlan.planRuns(study, conditions, { mode: params?.mode ?? "agents" }))
  const units = new Set(plan.units.map(({ id }) => id))
  /** Runs that the study plans now, and the recorded plan does not have. */
  const unknown = planned.runs.filter(({ runId }) => !units.has(runId)).length
  const known = new Set(planned.runs.map(({ runId }) => runId))
  /** Runs of the recorded plan that the study does not plan any more. */
  const lost = plan.units.filter(({ id }) => !known.has(id)).length
  return { study, params, prepared: { conditions, design: report, plan, planned }, unknown, lost }
})
