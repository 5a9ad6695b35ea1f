/**
 * Power by simulation: outcomes are drawn for every planned run, the analysis of the study is made of them as of real ones,
 * and the hypotheses that it supports are counted. The same seed gives the same counts, whatever else is computed.
 *
 * @layer logic
 * @module
 */
import * as Canonical from "@heddle/core/Canonical"
import * as Result from "effect/Result"
import { runAnalysis } from "../analysis/RunAnalysis.ts"
import { drawn, type Noise, type PowerBase, seedFrom } from "./powerBase.ts"
import { keyOf, plannedRows, type PowerItem } from "./powerItems.ts"
import { qbeta } from "./rmath.ts"

/** How often a hypothesis was supported. */
export interface Counted {
  readonly supported: number
  readonly simulations: number
  /** Why the analysis could not be made of the simulated data; undefined where it could. */
  readonly problem: string | undefined
}

/** Options of a simulation. */
export interface SimulationOptions {
  readonly alpha: number
  readonly simulations: number
  readonly seed: number
}

/** Clopper and Pearson's interval of a share of successes. */
export const clopperPearson = (
  successes: number,
  trials: number,
  level = 0.95,
): { readonly low: number; readonly high: number } => {
  const side = (1 - level) / 2
  return {
    low: successes === 0 ? 0 : qbeta(side, successes, trials - successes + 1),
    high: successes === trials ? 1 : qbeta(side, successes + 1, trials - successes, "upper"),
  }
}

/** Simulates plans, and keeps what it counted: tests of one plan with the same effect are counted together. */
export class Simulator {
  readonly #counts = new Map<string, ReadonlyMap<string, Counted>>()
  readonly #options: Omit<SimulationOptions, "simulations">

  constructor(options: Omit<SimulationOptions, "simulations">) {
    this.#options = options
  }

  /** How often the item is supported under an effect; the other hypotheses of its plan have none. */
  count(base: PowerBase, item: PowerItem, noise: Noise, effect: number, simulations: number): Counted {
    const { pattern, row } = item
    if (pattern === undefined) return { supported: 0, simulations: 0, problem: "its effect is not known" }
    const hash = Canonical.sha256Hex(
      JSON.stringify([row.planId, row.outcome, effect, simulations, base.replicates, [...pattern]]),
    )
    const known = this.#counts.get(hash) ?? this.#simulate(base, item, pattern, noise, effect, simulations)
    this.#counts.set(hash, known)
    return known.get(keyOf(row)) ?? { supported: 0, simulations, problem: undefined }
  }

  #simulate(
    base: PowerBase,
    item: PowerItem,
    pattern: Float64Array,
    noise: Noise,
    effect: number,
    simulations: number,
  ): ReadonlyMap<string, Counted> {
    const { alpha, seed } = this.#options
    const { outcome, planId } = item.row
    const means = new Map([[outcome, pattern.map((part) => part * effect)]])
    const supported = new Map<string, number>()
    for (let index = 0; index < simulations; index++) {
      const own = seedFrom(seed, planId ?? "", base.replicates, index)
      const result = runAnalysis(base.study, drawn(base, noise, means, own), { alpha, seed: own, plansOnly: true })
      if (Result.isFailure(result)) {
        const [issue] = result.failure.issues
        return new Map([
          [keyOf(item.row), { supported: 0, simulations: index, problem: issue?.message ?? "no analysis" }],
        ])
      }
      for (const row of plannedRows(result.success))
        if (row.decision === "supported") supported.set(keyOf(row), (supported.get(keyOf(row)) ?? 0) + 1)
    }
    return new Map(
      Array.from(supported, ([key, count]) => [key, { supported: count, simulations, problem: undefined }]),
    )
  }
}
