/**
 * Power by simulation: outcomes are drawn for every planned run, the analysis of the study is made of them as of real ones,
 * and the hypotheses that it supports are counted. The same seed gives the same counts, whatever else is computed.
 *
 * @layer logic
 * @module
 */
import * as Canonical from "@heddle/core/Canonical"
import * as Result from "effect/Result"
import type { ResultRow } from "../analysis/AnalysisResult.ts"
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

/** Simulated studies of one effect so far: for each row, in which of them it was supported. */
interface Simulated {
  readonly supported: Map<string, Array<number>>
  done: number
  problem: string | undefined
}

/** Simulates plans, and keeps what it counted: tests of one plan with the same effect are counted together. */
export class Simulator {
  readonly #known = new Map<string, Simulated>()
  readonly #options: Omit<SimulationOptions, "simulations">

  constructor(options: Omit<SimulationOptions, "simulations">) {
    this.#options = options
  }

  /** How often the item is supported under an effect; the other hypotheses of its plan have none. */
  count(base: PowerBase, item: PowerItem, noise: Noise, effect: number, simulations: number): Counted {
    const { others, pattern, row } = item
    if (pattern === undefined) return { supported: 0, simulations: 0, problem: "its effect is not known" }
    const hash = Canonical.sha256Hex(
      JSON.stringify([
        row.planId,
        row.outcome,
        effect,
        base.replicates,
        Array.from(pattern),
        Array.from(others.means ?? []),
      ]),
    )
    const known: Simulated = this.#known.get(hash) ?? { supported: new Map(), done: 0, problem: undefined }
    this.#known.set(hash, known)
    this.#simulate(
      known,
      base,
      row,
      pattern.map((part, at) => part * effect + (others.means?.[at] ?? 0)),
      noise,
      simulations,
    )
    // More may have been simulated for another question; the first of them are the same.
    const supported = (known.supported.get(keyOf(row)) ?? []).filter((index) => index < simulations).length
    return { supported, simulations, problem: known.problem }
  }

  #simulate(
    known: Simulated,
    base: PowerBase,
    row: ResultRow,
    mean: Float64Array,
    noise: Noise,
    simulations: number,
  ): void {
    const { alpha, seed } = this.#options
    const means = new Map([[row.outcome, mean]])
    for (; known.done < simulations && known.problem === undefined; known.done++) {
      const own = seedFrom(seed, row.planId ?? "", base.replicates, known.done)
      const result = runAnalysis(base.study, drawn(base, noise, means, own), { alpha, seed: own, plansOnly: true })
      if (Result.isFailure(result)) {
        known.problem = result.failure.issues[0]?.message ?? "no analysis could be made"
        return
      }
      for (const found of plannedRows(result.success)) {
        if (found.decision !== "supported") continue
        const key = keyOf(found)
        const list = known.supported.get(key)
        if (list === undefined) known.supported.set(key, [known.done])
        else list.push(known.done)
      }
    }
  }
}
