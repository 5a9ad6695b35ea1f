/**
 * The looks of a sequential study before it runs: when its data are looked at, and how far from 0 the statistic must be for
 * the study to stop there.
 *
 * @layer app
 * @module
 */
import { make } from "@heddle/experiments/StoppingRule"
import type { Study } from "@heddle/experiments/Study"
import * as Result from "effect/Result"

/** A line for people; nothing where the study has no rule, or one that is refused elsewhere. */
export const stoppingLines = (study: Study, replicates: number): ReadonlyArray<string> => {
  const made = make(study, replicates)
  if (Result.isFailure(made) || made.success === undefined) return []
  const { alpha, factor, looksAfter, outcome, plan } = made.success
  const of = `${outcome} by ${factor}, two-sided alpha ${alpha}`
  if (plan === undefined) {
    return [
      `stopping: always valid, ${of}: looks after each of ${looksAfter.length} replicates, stops where the likelihood ratio is ${Number((1 / alpha).toPrecision(6))} or more`,
    ]
  }
  const looks = looksAfter.map(
    (after, index) => `${after} (|z| ${plan.looks[index]?.boundary.toFixed(3) ?? "unknown"})`,
  )
  return [
    `stopping: group sequential (${plan.spending}), ${of}: ${looks.length} looks, after replicates ${looks.join(", ")}; it stops where |z| is at or beyond the boundary`,
  ]
}
