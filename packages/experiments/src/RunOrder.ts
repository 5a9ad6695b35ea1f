/**
 * In which order the runs of a study start. The plan, and every file that is written, lists them condition by condition; a
 * study that is done one run after the other is better started in whole replicates, or in a random order, so that what
 * drifts in time is not taken for what the conditions do.
 *
 * @layer logic
 * @module
 */
import { sha256Hex } from "@heddle/core/Canonical"
import type { Condition } from "./Condition.ts"
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

/** Kinds in which each subject goes through periods, one after the other. */
const crossoverKinds: ReadonlySet<string> = new Set(["williams", "complete_counterbalancing"])

/** Where a condition of a crossover stands: whose it is, and the how manieth of that subject. @category models */
export interface PeriodPlace {
  readonly subject: string
  /** Counts through all sessions of the subject. */
  readonly step: number
}

/** Periods of one session are fewer: sessions sort before them. */
const periodsMax = 1_000_000

/** The places of a crossover's conditions by condition id; none for other designs. @category getters */
export const periodPlaces = (study: Study, conditions: ReadonlyArray<Condition>): ReadonlyMap<string, PeriodPlace> => {
  const places = new Map<string, PeriodPlace>()
  if (!crossoverKinds.has(study.designSpec.kind)) return places
  for (const { conditionId, metadata } of conditions) {
    const [subject, session, period] = [metadata.get("subject"), metadata.get("session"), metadata.get("period")]
    if (typeof subject !== "number" || typeof session !== "number" || typeof period !== "number") continue
    places.set(conditionId, { subject: String(subject), step: session * periodsMax + period })
  }
  return places
}

/** Whether a study that stops early or for a budget goes in whole replicates anyway. */
const inRounds = (study: Study): boolean => study.heddle.stopBalanced === true || study.heddle.stopping !== undefined

/**
 * Places of `runs` in the order in which they start. A crossover goes period by period, all subjects abreast, unless the
 * study names an order. A random order depends on the base seed and on each run alone, so that
 * what is left of a study starts in the order that it had. `rounds` keeps replicates together whatever the study says.
 *
 * @category order
 */
export const startOrder = (
  study: Study,
  runs: ReadonlyArray<Pick<RunSpec, "conditionId" | "replicate" | "runId"> | undefined>,
  rounds = inRounds(study),
  periods: ReadonlyMap<string, PeriodPlace> = new Map(),
): ReadonlyArray<number> => {
  const order = runs.map((_, place) => place)
  const wanted = study.heddle.runOrder ?? (periods.size > 0 ? "periods" : "plan")
  if (wanted === "plan" && !rounds) return order
  const steps = runs.map((run) => (wanted === "periods" ? (periods.get(run?.conditionId ?? "")?.step ?? 0) : 0))
  const { baseSeed } = study.seedPolicy
  const draws =
    wanted === "random" ? runs.map((run) => sha256Hex(JSON.stringify(["run order", String(baseSeed), run?.runId]))) : []
  const compared = (left: string, right: string): number => (left < right ? -1 : left > right ? 1 : 0)
  return order.sort(
    (left, right) =>
      (runs[left]?.replicate ?? 0) - (runs[right]?.replicate ?? 0) ||
      (steps[left] ?? 0) - (steps[right] ?? 0) ||
      compared(draws[left] ?? "", draws[right] ?? "") ||
      left - right,
  )
}

/** How the runs of a study start; `periods` is the way of a crossover that names no order. @category getters */
export const startsOf = (study: Study): "plan" | "replicates" | "random" | "periods" => {
  const { runOrder } = study.heddle
  if (runOrder === undefined && crossoverKinds.has(study.designSpec.kind)) return "periods"
  if (runOrder === "random") return "random"
  return runOrder === "replicates" || inRounds(study) ? "replicates" : "plan"
}

/** What is to be known of the order before a study of so many replicates is run. @category notes */
export const orderNotes = (
  study: Study,
  replicates: number,
): { readonly note: string; readonly warning: string | undefined } => {
  if (study.heddle.runOrder === undefined && crossoverKinds.has(study.designSpec.kind))
    return {
      note: "runs start period by period, all subjects abreast, in whole replicates; those of one subject never overlap",
      warning: undefined,
    }
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
