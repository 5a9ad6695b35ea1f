/**
 * Answers for one test: its power, the smallest effect that it finds, and the replicates that it needs, each by the method
 * that there is.
 *
 * @layer logic
 * @module
 */
import * as Result from "effect/Result"
import { corrections } from "../analysis/PAdjust.ts"
import { minimumDetectableEffect, smallestCount } from "../power/PowerFormulas.ts"
import { otherFactorsNote, type PowerError, type PowerRow } from "../power/PowerReport.ts"
import type { AnalysisPlan, Hypothesis, Study } from "../Study.ts"
import type { Noise, PowerBase } from "./powerBase.ts"
import { type Formula, formulaOf } from "./powerFormula.ts"
import { keyOf, type PowerItem } from "./powerItems.ts"
import { sequentialOf, type SequentialTest } from "./powerSequential.ts"
import { qnorm } from "./rmath.ts"
import { clopperPearson, type Counted, Simulator } from "./powerSimulate.ts"

/** What is asked of all tests of a study. */
export interface AskInput {
  readonly study: Study
  readonly noise: Noise
  readonly alpha: number
  readonly target: number
  readonly simulations: number
  readonly seed: number
  readonly range: readonly [number, number]
  readonly replicates: number
  readonly effect: number | undefined
  readonly isKnown: (outcome: string) => boolean
  readonly costPerRun: number | null
  readonly planAt: (
    plan: AnalysisPlan,
    replicates: number,
  ) => Result.Result<{ readonly base: PowerBase; readonly items: ReadonlyArray<PowerItem> }, PowerError>
}

/** Simulated studies of one step of a search; the power itself is simulated with all that are asked for. */
const searchSimulationsMax = 200
/** A step of a search ends with fewer where these say already on which side of the target it is, beyond doubt. */
const searchStages = [50, 100]
const searchLevel = 0.999
/** A search by simulation ends at a bracket of this share of its upper end. */
const searchPrecision = 0.02
const searchSteps = 24

const isEquivalence = (hypothesis: Hypothesis): boolean =>
  hypothesis.direction === "equivalent" || hypothesis.kind === "equivalence"

/** Whether a test is against the variation between units (subjects, whole plots), and not within them. */
const isAgainst = (errorTerm: string, unit: string): boolean =>
  !errorTerm.startsWith("within") && (unit === "subject" ? /subject/ : /whole[_ ]plot/).test(errorTerm)

/** How the power of an item is found. */
type Way =
  | { readonly kind: "formula"; readonly formula: Formula }
  | { readonly kind: "sequential"; readonly test: SequentialTest }
  | { readonly kind: "simulation" }

/** Power with what is known of how sure it is. */
interface Answer {
  readonly power: number | null
  readonly counted: { readonly supported: number; readonly simulations: number } | undefined
  readonly problem?: string | undefined
}

/** The level of one test of a family; undefined where it depends on the other tests. */
const levelOf = (correction: string, familySize: number, alpha: number): number | undefined => {
  if (familySize <= 1) return alpha
  switch (corrections.find((name) => name === correction)) {
    case "none":
      return alpha
    case "bonferroni":
      return alpha / familySize
    case "sidak":
      return -Math.expm1(Math.log1p(-alpha) / familySize)
    default:
      return undefined
  }
}

const finite = (value: number | undefined): number | null =>
  value !== undefined && Number.isFinite(value) ? value : null

/** Answers for the tests of one study. */
export class Ask {
  readonly #input: AskInput
  readonly #simulator: Simulator

  constructor(input: AskInput) {
    this.#input = input
    this.#simulator = new Simulator(input)
  }

  #way(base: PowerBase, item: PowerItem): Way {
    const { alpha, noise, seed, study } = this.#input
    const level = levelOf(item.row.correction, item.row.familySize, alpha)
    const test = sequentialOf(base, item, noise, { seed, stopping: study.heddle.stopping })
    if (test !== undefined) return { kind: "sequential", test }
    // A formula knows the noise alone; a model takes other factors out of it.
    const isPlain = item.others.means === undefined || item.others.inError.length === 0
    const formula = level === undefined || !isPlain ? undefined : formulaOf(base, item, noise, level)
    return formula === undefined ? { kind: "simulation" } : { kind: "formula", formula }
  }

  #answer(base: PowerBase, item: PowerItem, way: Way, size: number, simulations: number): Answer {
    if (way.kind === "formula") return { power: finite(way.formula.powerOf(size)), counted: undefined }
    if (way.kind === "sequential") {
      const { counted, power } = way.test.powerOf(size, simulations)
      return { power: finite(power), counted }
    }
    const { noise } = this.#input
    const sign = item.hypothesis.direction === "less" ? -1 : 1
    if (noise.baselineRate !== undefined && item.pattern !== undefined) {
      const rate = noise.baselineRate
      const outside = item.pattern.some((part, at) => {
        const own = rate + sign * size * part + (item.others.means?.[at] ?? 0)
        return own < 0 || own > 1
      })
      if (outside) return { power: null, counted: undefined, problem: "the effect takes the rate out of 0 to 1" }
    }
    const counted: Counted = this.#simulator.count(base, item, noise, sign * size, simulations)
    return counted.problem === undefined
      ? { power: counted.supported / counted.simulations, counted }
      : { power: null, counted: undefined, problem: counted.problem }
  }

  /** The power for a step of a search: exact, or with as many simulated studies as tell it from the target. */
  #searched(base: PowerBase, item: PowerItem, way: Way, size: number): number {
    const { simulations, target } = this.#input
    const most = Math.min(simulations, searchSimulationsMax)
    for (const stage of [...searchStages.filter((count) => count < most), most]) {
      const { counted, power } = this.#answer(base, item, way, size, stage)
      if (counted === undefined || power === null || stage === most) return power ?? 0
      const { high, low } = clopperPearson(counted.supported, counted.simulations, searchLevel)
      if (high < target || low > target) return power
    }
    return 0
  }

  /** The effect that is assumed, or why there is none. */
  #effect(item: PowerItem): number | string {
    const { effect, isKnown } = this.#input
    if (effect !== undefined) return Math.abs(effect)
    if (isEquivalence(item.hypothesis)) return 0
    const own = item.hypothesis.minimumEffectOfInterest
    if (own === null) return "no effect is assumed: give one, or the hypothesis's minimum_effect_of_interest"
    return isKnown(item.row.outcome)
      ? Math.abs(own)
      : `the smallest effect that matters is ${own} in the unit of ${item.row.outcome}, and how much runs differ in that unit is not said: give the standard deviation`
  }

  /** Whether studies are simulated for a test. */
  isSimulated(base: PowerBase, item: PowerItem): boolean {
    if (item.pattern === undefined) return false
    const way = this.#way(base, item)
    return way.kind === "simulation" || (way.kind === "sequential" && !way.test.isExact)
  }

  /** The row of one test. */
  row(base: PowerBase, item: PowerItem): PowerRow {
    const { alpha, isKnown, noise, simulations } = this.#input
    const { hypothesis, row } = item
    const unit =
      noise.baselineRate !== undefined
        ? "rate"
        : isKnown(row.outcome)
          ? `unit of ${row.outcome}`
          : "standard deviations"
    const level = levelOf(row.correction, row.familySize, alpha)
    const notes: Array<string> = []
    const shape = {
      hypothesisId: hypothesis.hypothesisId,
      planId: item.plan.analysisPlanId,
      outcome: row.outcome,
      test: row.test,
      comparison: row.comparison,
      effectText: item.effectText === "" ? "" : `${item.effectText}, in ${unit}`,
      runs: base.data.runs.length,
      groups: item.groups,
      correction: row.correction,
      familySize: row.familySize,
      testLevel: level ?? alpha,
      otherFactors: item.others.inError,
    }
    const empty: PowerRow = {
      ...shape,
      effect: null,
      df: row.result.df,
      standardError: null,
      method: "none",
      methodText: row.result.method,
      power: null,
      powerLow: null,
      powerHigh: null,
      simulations: null,
      minimumDetectableEffect: null,
      minimumDetectablePrecision: null,
      replicatesForTarget: null,
      runsForTarget: null,
      costForTarget: null,
      sequential: null,
      notes,
    }
    if (item.claim?.operation === "ratio" && noise.mean === 0) {
      notes.push("a ratio of means depends on the mean itself: give it")
      return empty
    }
    if (item.pattern === undefined) {
      notes.push(row.result.notes[0] ?? `what an effect of ${row.comparison} does to the runs is not known`)
      return empty
    }
    const isBootstrap = row.test === "bootstrap"
    if (row.result.p === null && !isBootstrap) {
      notes.push(`this design cannot make the test: ${row.result.notes[0] ?? "no probability exists"}`)
      return { ...empty, ...this.#replicates(item, this.#effect(item), notes) }
    }
    if (row.familySize > 1)
      notes.push(
        row.correction === "none"
          ? `one of ${row.familySize} tests of its plan, which are not corrected for each other`
          : level === undefined
            ? `corrected by ${row.correction} over ${row.familySize} tests: simulated with no effect in ${item.others.means === undefined ? "the others" : "the others beyond those that are assumed"}`
            : `corrected by ${row.correction} over ${row.familySize} tests: tested at ${level.toPrecision(4)}`,
      )
    const { inError, means, text } = item.others
    if (means !== undefined) notes.push(`other factors are taken to have effects: ${text}`)
    else if (inError.length > 0)
      notes.push(
        `${otherFactorsNote}${inError.join(", ")}) are taken to have no effect; this test does not remove them from its error: use anova or regression, or give their size (otherEffects)`,
      )
    if (hypothesis.direction === "greater" || hypothesis.direction === "less") {
      const side = hypothesis.direction === "greater" ? "above" : "below"
      if (row.result.alternative !== "two-sided")
        notes.push(`one-sided (direction: ${hypothesis.direction}): only a difference ${side} 0 can be found`)
      else if (row.result.estimate !== null)
        notes.push(
          `two-sided, and the claim is one-sided (direction: ${hypothesis.direction}): only what is found ${side} 0 counts, at half of the level`,
        )
    }
    const way = this.#way(base, item)
    if (way.kind === "sequential" && row.familySize > 1 && row.correction !== "none")
      notes.push(
        "the looks are at the level of the stopping rule; the correction of the plan comes on top of it and is not in this power",
      )
    const assumed = this.#effect(item)
    const answer: Answer =
      typeof assumed === "string"
        ? { power: null, counted: undefined, problem: assumed }
        : this.#answer(base, item, way, assumed, simulations)
    if (answer.problem !== undefined) notes.push(answer.problem)
    if (typeof assumed === "number" && answer.power === null && answer.problem === undefined)
      notes.push(
        noise.baselineRate === undefined
          ? "no power exists for this effect"
          : "the effect takes the rate out of 0 to 1",
      )
    const interval =
      answer.counted === undefined ? undefined : clopperPearson(answer.counted.supported, answer.counted.simulations)
    const mde = this.#detectable(base, item, way, notes)
    const worth =
      way.kind === "sequential" && typeof assumed === "number" ? way.test.powerOf(assumed, simulations) : undefined
    return {
      ...empty,
      effect: typeof assumed === "number" ? assumed * (hypothesis.direction === "less" ? -1 : 1) : null,
      df: way.kind === "formula" ? way.formula.df : row.result.df,
      standardError: finite(
        way.kind === "formula"
          ? (way.formula.standardError ?? undefined)
          : way.kind === "sequential"
            ? way.test.standardError
            : undefined,
      ),
      method: answer.counted === undefined && way.kind !== "simulation" ? "formula" : "simulation",
      methodText:
        way.kind === "formula"
          ? way.formula.text
          : way.kind === "sequential"
            ? way.test.text
            : `the plan simulated through the analysis: ${row.result.method}`,
      power: answer.power,
      powerLow: interval?.low ?? null,
      powerHigh: interval?.high ?? null,
      simulations: answer.counted?.simulations ?? null,
      minimumDetectableEffect: mde.effect,
      minimumDetectablePrecision: mde.precision,
      ...this.#replicates(item, assumed, notes),
      sequential:
        way.kind !== "sequential"
          ? null
          : {
              rule: way.test.rule.rule,
              looksAfter: way.test.rule.looksAfter,
              stops: worth?.stops ?? [],
              expectedRuns: finite(worth?.expectedRuns),
            },
    }
  }

  #detectable(
    base: PowerBase,
    item: PowerItem,
    way: Way,
    notes: Array<string>,
  ): { readonly effect: number | null; readonly precision: number | null } {
    const { noise, simulations, target } = this.#input
    const nothing = { effect: null, precision: null }
    if (isEquivalence(item.hypothesis)) {
      notes.push("a claim of equivalence has a margin in place of a smallest effect")
      return nothing
    }
    const { baselineRate } = noise
    // A rate has no room beyond 0 and 1.
    const room =
      baselineRate === undefined
        ? Number.POSITIVE_INFINITY
        : item.hypothesis.direction === "less"
          ? baselineRate
          : 1 - baselineRate
    const isExact = way.kind === "formula" || (way.kind === "sequential" && way.test.isExact)
    const count = Math.min(simulations, searchSimulationsMax)
    const powerAt = (size: number): number => this.#searched(base, item, way, size)
    const [left, right] = item.groups
    const error =
      noise.sd(item.row.outcome) * Math.sqrt(1 / Math.max(1, left?.runs ?? 1) + 1 / Math.max(1, right?.runs ?? 1))
    let high = Math.min(room, 2 * error)
    let low = 0
    for (let step = 0; powerAt(high) < target; step++) {
      if (step >= searchSteps || high === room) {
        notes.push(`no effect up to ${high.toPrecision(4)} has a power of ${target} in this design`)
        return nothing
      }
      low = high
      high = Math.min(room, 1.5 * high)
    }
    if (isExact) return { effect: finite(minimumDetectableEffect(powerAt, target, high)), precision: null }
    for (let step = 0; step < searchSteps && high - low > searchPrecision * high; step++) {
      const middle = (low + high) / 2
      if (powerAt(middle) >= target) high = middle
      else low = middle
    }
    notes.push(`the smallest effect is found by bisection with up to ${count} simulated studies a step`)
    return { effect: high, precision: (high - low) / 2 }
  }

  /** Replicates for the wanted power, were the estimate normal: the noncentrality grows with the root of their number. */
  #guess(power: number, replicates: number): number {
    const { alpha, target } = this.#input
    const limit = qnorm(alpha / 2, "upper")
    const now = limit + qnorm(Math.min(0.999, Math.max(0.001, power)))
    const wanted = limit + qnorm(target)
    return now > 0 && wanted > 0 ? Math.ceil(replicates * (wanted / now) ** 2) : replicates
  }

  #replicates(
    item: PowerItem,
    assumed: number | string,
    notes: Array<string>,
  ): Pick<PowerRow, "replicatesForTarget" | "runsForTarget" | "costForTarget"> {
    const { costPerRun, planAt, range, replicates: planned, simulations, target } = this.#input
    const nothing = { replicatesForTarget: null, runsForTarget: null, costForTarget: null }
    if (typeof assumed === "string") return nothing
    if (assumed === 0 && !isEquivalence(item.hypothesis)) {
      notes.push("no number of runs finds an effect of 0")
      return nothing
    }
    const count = Math.min(simulations, searchSimulationsMax)
    let simulated = false
    const seen = new Map<number, number>()
    const powerAt = (replicates: number): number => {
      const power = seen.get(replicates) ?? powerOf(replicates)
      seen.set(replicates, power)
      return power
    }
    const powerOf = (replicates: number): number => {
      const found = planAt(item.plan, replicates)
      if (Result.isFailure(found)) return 0
      const same = found.success.items.find((other) => keyOf(other.row) === keyOf(item.row))
      if (same === undefined || (same.row.result.p === null && item.row.test !== "bootstrap")) return 0
      const way = this.#way(found.success.base, same)
      if (way.kind === "simulation" || (way.kind === "sequential" && !way.test.isExact)) simulated = true
      return this.#searched(found.success.base, same, way, assumed)
    }
    const [least, asked] = range
    // More runs than are planned for at once are not tried.
    let most = asked
    while (most > least && Result.isFailure(planAt(item.plan, most))) most = Math.max(least, Math.floor(most / 2))
    // Steps that double from what the power of the plan makes likely, so that few plans are looked at.
    let upper = Math.min(most, Math.max(least, this.#guess(powerAt(Math.min(most, Math.max(least, planned))), planned)))
    let lower = least
    if (powerAt(upper) < target) {
      for (let step = 1; upper < most && powerAt(upper) < target; step *= 2) {
        lower = upper + 1
        upper = Math.min(most, upper + step)
      }
    } else {
      for (let step = 1; upper - step >= least; step *= 2) {
        if (powerAt(upper - step) < target) {
          lower = upper - step + 1
          break
        }
        upper -= step
      }
    }
    const replicates = smallestCount(powerAt, target, lower, upper)
    if (replicates === undefined) {
      notes.push(`up to ${most} replicates do not reach a power of ${target}`)
      const found = planAt(item.plan, planned)
      const unit = Result.isSuccess(found) ? found.success.base.structure.unit : undefined
      // Replicates repeat runs within the units that there are; what is measured against units needs more of them.
      if (unit !== undefined && isAgainst(item.row.errorTerm, unit))
        notes.push(
          unit === "whole_plot"
            ? "this effect is between whole plots, and replicates repeat runs within the whole plots that there are: more whole plots (options.whole_plots) raise its power"
            : "this effect is between subjects, and replicates repeat runs of the subjects that there are: more subjects (options.subjects) raise its power",
        )
      return nothing
    }
    if (simulated) notes.push(`the replicates are found with up to ${count} simulated studies a step`)
    const found = planAt(item.plan, replicates)
    const runs = Result.isSuccess(found) ? found.success.base.data.runs.length : null
    return {
      replicatesForTarget: replicates,
      runsForTarget: runs,
      costForTarget: runs === null || costPerRun === null ? null : runs * costPerRun,
    }
  }
}
