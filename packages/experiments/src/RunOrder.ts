/**
 * In which order the runs of a study start. The plan, and every file that is written, lists them condition by condition; a
 * study that is done one run after the other is better started in whole replicates, or in a random order, so that what
 * drifts in time is not taken for what the conditions do.
 *
 * @layer logic
 * @module
 */
import { sha256Hex } from "@heddle/core/Canonical"
import type { RunSpec } from "./Run.ts"
import type { Study } from "./Study.ts"

/** Kinds of design in which the order of runs is part of the design. */
const orderedKinds: ReadonlySet<string> = new Set([
  "repeated_measures",
  "williams",
  "complete_counterbalancing",
  "randomized_complete_block",
  "split_plot",
])

/** Whether a random order would undo what the design of a study says of order. @category getters */
export const isOrdered = (study: Study): boolean => orderedKinds.has(study.designSpec.kind)

/** Whether a study that stops early or for a budget goes in whole replicates anyway. */
const inRounds = (study: Study): boolean => study.heddle.stopBalanced === true || study.heddle.stopping !== undefined

/**
 * Places of `runs` in the order in which they start. A random order depends on the base seed and on each run alone, so that
 * what is left of a study starts in the order that it had. `rounds` keeps replicates together whatever the study says.
 *
 * @category order
 */
export const startOrder = (
  study: Study,
  runs: ReadonlyArray<Pick<RunSpec, "replicate" | "runId"> | undefined>,
  rounds = inRounds(study),
): ReadonlyArray<number> => {
  const order = runs.map((_, place) => place)
  const wanted = study.heddle.runOrder ?? "plan"
  if (wanted === "plan" && !rounds) return order
  const { baseSeed } = study.seedPolicy
  const draws =
    wanted === "random" ? runs.map((run) => sha256Hex(JSON.stringify(["run order", String(baseSeed), run?.runId]))) : []
  const compared = (left: string, right: string): number => (left < right ? -1 : left > right ? 1 : 0)
  return order.sort(
    (left, right) =>
      (runs[left]?.replicate ?? 0) - (runs[right]?.replicate ?? 0) ||
      compared(draws[left] ?? "", draws[right] ?? "") ||
      left - right,
  )
}

/** What is to be known of the order before a study of so many replicates is run. @category notes */
export const orderNotes = (
  study: Study,
  replicates: number,
): { readonly note: string; readonly warning: string | undefined } => {
  const wanted = study.heddle.runOrder ?? "plan"
  if (wanted === "random")
    return {
      note: "runs start in a random order within each replicate, one replicate after the other",
      warning: undefined,
    }
  if (wanted === "replicates" || inRounds(study))
    return { note: "runs start in whole replicates, each in the order of the conditions", warning: undefined }
  return {
    note:
      replicates > 1
        ? "runs start condition by condition, each with all of its replicates"
        : "runs start in the order of the conditions",
    warning:
      study.designSpec.randomize && replicates > 1
        ? `the order of the conditions is random, but the ${replicates} replicates of each start one after the other: a drift in time would look like an effect; set heddle.run_order to ${isOrdered(study) ? "" : "random or "}replicates`
        : undefined,
  }
}
