/**
 * A rehearsal of the analysis before there are data: the plans of a study are run over its planned runs with drawn
 * outcomes, so that a test that the analysis will refuse in this design is known before anything is paid for. It is the
 * analysis itself that refuses, so that there is one rule.
 *
 * @layer logic
 * @module
 */
import * as Result from "effect/Result"
import type { Condition } from "../Condition.ts"
import type { Issue } from "../ExperimentError.ts"
import { drawn, type Noise, type PowerBase, baseOf, seedFrom } from "../internal/powerBase.ts"
import { keyOf, plannedRows } from "../internal/powerItems.ts"
import { whyNotTested } from "../internal/whyNotTested.ts"
import type { Study } from "../Study.ts"
import type { RunMode } from "../StudyPlan.ts"
import type { ResultRow } from "./AnalysisResult.ts"
import { runAnalysis } from "./RunAnalysis.ts"

/** Runs that are rehearsed at most: a larger plan is rehearsed with fewer replicates, two at least. */
export const rehearsedRunsMax = 1000

/** Rehearsals with outcomes of 0 and 1, which by chance may be all the same. */
const binaryRehearsals = 3

const plain: Noise = {
  sd: () => 1,
  blockSd: 0,
  unitSd: 0,
  failureShare: 0,
  baselineRate: undefined,
  mean: 10,
}

const refusedIn = (base: PowerBase, noise: Noise, seed: number): ReadonlyArray<ResultRow> | undefined => {
  const { stopping: _, ...heddle } = base.study.heddle
  const result = runAnalysis({ ...base.study, heddle }, drawn(base, noise, new Map(), seed), { plansOnly: true, seed })
  // What is wrong with the study itself is told by its own checks.
  if (Result.isFailure(result)) return undefined
  return plannedRows(result.success).filter((row) => row.decision === "notTested")
}

/**
 * Planned tests that the analysis will not make in this design, whatever is measured; each with the reason that the
 * analysis gives. `conditions` are those that the study's design gives. Empty where the study cannot be planned.
 *
 * @category checks
 */
export const untestable = (
  study: Study,
  conditions: ReadonlyArray<Condition>,
  mode: RunMode = "agents",
): ReadonlyArray<Issue> => {
  if (study.analysisPlans.length === 0) return []
  const one = baseOf(study, conditions, 1, mode)
  if (Result.isFailure(one)) return []
  const wanted = study.runBudget.replicates
  const fitting = Math.max(2, Math.floor(rehearsedRunsMax / Math.max(1, one.success.runsPerReplicate)))
  const base = wanted === 1 ? one : baseOf(study, conditions, Math.min(wanted, fitting), mode)
  if (Result.isFailure(base)) return []
  const first = refusedIn(base.success, plain, seedFrom("rehearsal"))
  if (first === undefined || first.length === 0) return []
  // A test of rates refuses what is not 0 or 1: only what is refused of both kinds of outcome is refused by the design.
  const stays = new Set(first.map(keyOf))
  for (let index = 0; index < binaryRehearsals && stays.size > 0; index++) {
    const again = refusedIn(base.success, { ...plain, baselineRate: 0.5 }, seedFrom("rehearsal", index))
    const refused = new Set((again ?? []).map(keyOf))
    for (const key of stays) if (!refused.has(key)) stays.delete(key)
  }
  return first
    .filter((row) => stays.has(keyOf(row)))
    .map((row) => ({
      path: `analysis_plans[${study.analysisPlans.findIndex((plan) => plan.analysisPlanId === row.planId)}]`,
      message: `${row.hypothesisId ?? ""} on ${row.outcome} will not be tested by ${row.test} (${row.comparison}): ${whyNotTested(row)}`,
    }))
}
