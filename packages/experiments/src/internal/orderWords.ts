/**
 * In words, in which order a design lists its conditions, and in which order their runs start: the same in designs and
 * reports, so that no text speaks of another order than the one that was used.
 *
 * @layer logic
 * @module
 */
import { startsOf } from "../RunOrder.ts"
import type { DesignKind, Study } from "../Study.ts"

/** How a design lists its conditions. */
export type Listing = "random" | "balanced" | "fixed"

/** Kinds that draw their order, whatever `randomize` says. */
const drawnKinds: Partial<Record<DesignKind, string>> = {
  randomized_block: "The order of conditions was randomised.",
  randomized_complete_block: "The order of conditions was randomised within each block.",
  balanced_incomplete_block: "The order of conditions was randomised within each block.",
  split_plot: "Whole plots were put in random order, and conditions in random order within each whole plot.",
}

/** Kinds that balance their order over subjects. */
const crossoverKinds: ReadonlySet<DesignKind> = new Set(["williams", "complete_counterbalancing"])

/** Kinds whose order is given, whatever `randomize` says. */
const fixedKinds: ReadonlySet<DesignKind> = new Set(["latin_square", "custom_matrix"])

/** How the conditions of a study are listed, with the sentence that says so. */
export const listingOf = ({ designSpec }: Study): { readonly listing: Listing; readonly sentence: string } => {
  const { counterbalance, kind, randomize } = designSpec
  const drawn = drawnKinds[kind]
  if (drawn !== undefined) return { listing: "random", sentence: drawn }
  if (crossoverKinds.has(kind))
    return {
      listing: "balanced",
      sentence: `The order of conditions was counterbalanced over subjects${randomize ? ", and the sequences were given to subjects at random" : ""}.`,
    }
  if (fixedKinds.has(kind))
    return { listing: "fixed", sentence: "The order of conditions was that of the design and not randomised." }
  if (randomize) return { listing: "random", sentence: "The order of conditions was randomised." }
  return counterbalance || kind === "repeated_measures"
    ? { listing: "balanced", sentence: "The order of conditions was counterbalanced and not randomised." }
    : { listing: "fixed", sentence: "The order of conditions was that of the design and not randomised." }
}

/** In which order runs were started, for the methods of a report. */
export const orderSentences = (study: Study): ReadonlyArray<string> => {
  const { sentence } = listingOf(study)
  const many = study.runBudget.replicates > 1
  switch (startsOf(study)) {
    case "random":
      return [
        many
          ? "Runs were started in random order within each replicate, one replicate after the other."
          : "Runs were started in random order.",
      ]
    case "periods":
      return [sentence, "Runs were started period by period, all subjects abreast."]
    case "replicates":
      return many ? [sentence, "Runs were started in whole replicates, each in that order."] : [sentence]
    case "plan":
      return many
        ? [sentence, "Runs were started in that order, each condition with all of its replicates before the next."]
        : [sentence]
  }
}

/** What the order cannot rule out; none where runs were started in random or balanced order. */
export const orderLimits = (study: Study): ReadonlyArray<string> => {
  const starts = startsOf(study)
  const { listing } = listingOf(study)
  if (starts === "random" || starts === "periods") return []
  if (listing === "fixed")
    return ["Runs were not started in random order: a drift over time would look like an effect."]
  return starts === "plan" && listing === "random" && study.runBudget.replicates > 1
    ? [
        "The replicates of each condition were started one after the other: a drift over time would look like an effect.",
      ]
    : []
}

/** What a design says of conditions that it lists in a fixed order: `plain`, unless the runs start in random order. */
export const fixedOrderNotes = (study: Study, plain: string): ReadonlyArray<string> =>
  startsOf(study) === "random"
    ? ["Conditions are listed in the order of the design; their runs start in random order (heddle.run_order: random)."]
    : [plain]

/** The same for conditions that it lists in random order. */
export const drawnOrderNotes = (study: Study, plain: string): ReadonlyArray<string> =>
  startsOf(study) === "random"
    ? [
        "Conditions are listed in one random order; runs start in a random order of their own within each replicate (heddle.run_order: random).",
      ]
    : [plain]
