/**
 * Split plots: factors that are hard to change stay as they are for a whole plot of runs, all others change within it.
 * Both are randomised: whole plots among each other, runs within their whole plot.
 *
 * @layer logic
 * @module
 */
import type { MersenneTwister } from "../MersenneTwister.ts"

/** One whole plot: which combination of the hard factors it has, its replicate, and the order of the easy combinations. @category models */
export interface WholePlot {
  readonly hard: number
  readonly replicate: number
  readonly easy: ReadonlyArray<number>
}

/** What identifies the two error terms: degrees of freedom for whole plots and for runs within them. @category models */
export interface ErrorTerms {
  readonly wholePlot: number
  readonly subPlot: number
}

/** Whole plots in random order, each with all easy combinations in an order of its own. */
export const wholePlots = (
  hard: number,
  easy: number,
  replicates: number,
  random: { readonly plots: MersenneTwister; readonly within: (plot: number) => MersenneTwister },
): ReadonlyArray<WholePlot> => {
  const plots = Array.from({ length: hard * replicates }, (_, index) => ({
    hard: index % hard,
    replicate: Math.floor(index / hard) + 1,
  }))
  random.plots.shuffle(plots)
  return plots.map((plot, index) => {
    const order = Array.from({ length: easy }, (_, item) => item)
    random.within(index).shuffle(order)
    return { ...plot, easy: order }
  })
}

/**
 * Degrees of freedom of the error terms for all effects and interactions of hard and easy factors, with blocks as fixed
 * effects that do not interact.
 */
export const errorTerms = (hard: number, easy: number, replicates: number, blocks: number): ErrorTerms => {
  const plots = hard * replicates * blocks
  const wholePlot = plots - 1 - (hard - 1) - (blocks - 1)
  // Runs minus whole plots, minus the easy effects and their interactions with the hard ones.
  return { wholePlot, subPlot: plots * (easy - 1) - hard * (easy - 1) }
}
