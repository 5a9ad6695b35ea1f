/**
 * Power of a study that looks at its data while it runs: by recursion for planned looks, by simulating the rule itself for
 * looks that are valid always.
 *
 * @layer logic
 * @module
 */
import * as Result from "effect/Result"
import * as MersenneTwister from "../MersenneTwister.ts"
import * as GroupSequential from "../sequential/GroupSequential.ts"
import { make, type StoppingRule } from "../StoppingRule.ts"
import { lookedTests } from "./analysisSequential.ts"
import { normals, type Noise, type PowerBase, seedFrom } from "./powerBase.ts"
import type { PowerItem } from "./powerItems.ts"

/** What a study that looks is worth under an effect. */
export interface SequentialWorth {
  readonly power: number
  /** Set where it was simulated. */
  readonly counted: { readonly supported: number; readonly simulations: number } | undefined
  readonly stops: ReadonlyArray<number>
  readonly expectedRuns: number
}

/** A comparison that a stopping rule is about. */
export interface SequentialTest {
  readonly rule: StoppingRule
  readonly text: string
  readonly standardError: number
  readonly powerOf: (effect: number, simulations: number) => SequentialWorth
  readonly isExact: boolean
}

/** The rule's test of an item; undefined where the rule is not about it, or cannot be made. */
export const sequentialOf = (
  base: PowerBase,
  item: PowerItem,
  noise: Noise,
  options: { readonly seed: number; readonly stopping: PowerBase["study"]["heddle"]["stopping"] },
): SequentialTest | undefined => {
  if (options.stopping === undefined || noise.baselineRate !== undefined || item.claim === undefined) return undefined
  const made = make({ ...base.study, heddle: { ...base.study.heddle, stopping: options.stopping } }, base.replicates)
  const rule = Result.isSuccess(made) ? made.success : undefined
  const [left, right] = item.groups
  if (rule === undefined || left === undefined || right === undefined) return undefined
  if (item.row.outcome !== rule.outcome || item.claim.column.name !== rule.factor || !lookedTests.has(item.row.test)) {
    return undefined
  }
  const runs = base.data.runs.length
  const sd = noise.sd(rule.outcome)
  const standardError = sd * Math.sqrt(1 / left.runs + 1 / right.runs)
  if (!(standardError > 0) || !Number.isFinite(standardError)) return undefined
  if (rule.plan !== undefined && item.others.means === undefined) {
    const of = GroupSequential.powerOf(rule.plan)
    return {
      rule,
      text: `group-sequential test with ${rule.looksAfter.length} looks, by recursion (normal approximation)`,
      standardError,
      isExact: true,
      powerOf: (effect) => {
        const { expectedInformation, power, stops } = of(effect / standardError)
        return { power, counted: undefined, stops, expectedRuns: expectedInformation * runs }
      },
    }
  }
  const sideOf = (isSide: (row: number) => boolean): ReadonlyArray<number> =>
    base.data.runs.flatMap(({ replicate }, row) =>
      replicate === 1 && isSide(row) ? [item.others.means?.[row] ?? 0] : [],
    )
  // A look takes the baseline from the other value; an effect is of the one that the claim is about.
  const perReplicate = { left: sideOf(item.claim.isRight), right: sideOf(item.claim.isLeft) }
  return {
    rule,
    text: `${rule.plan === undefined ? "always-valid" : "group-sequential"} test, by simulating its looks`,
    standardError,
    isExact: false,
    powerOf: (effect, simulations) => {
      const stops = rule.looksAfter.map(() => 0)
      let replicatesSum = 0
      let supported = 0
      for (let index = 0; index < simulations; index++) {
        const end = runRule(rule, perReplicate, sd, effect, seedFrom(options.seed, "looks", base.replicates, index))
        replicatesSum += end.replicates
        if (!end.stopped) continue
        supported++
        const place = rule.looksAfter.indexOf(end.replicates)
        stops[place] = (stops[place] ?? 0) + 1
      }
      return {
        power: supported / simulations,
        counted: { supported, simulations },
        stops: stops.map((stop) => stop / simulations),
        expectedRuns: (replicatesSum / simulations) * (runs / base.replicates),
      }
    },
  }
}

/**
 * One simulated study through the rule: where it ended, and whether it stopped. A replicate has one run for each number of
 * `perReplicate`, which is its mean without an effect.
 */
export const runRule = (
  rule: StoppingRule,
  perReplicate: { readonly left: ReadonlyArray<number>; readonly right: ReadonlyArray<number> },
  sd: number,
  effect: number,
  seed: number,
): { readonly replicates: number; readonly stopped: boolean } => {
  const normal = normals(MersenneTwister.make(seed).random)
  const left: Array<number> = []
  const right: Array<number> = []
  let replicates = 0
  for (const after of rule.looksAfter) {
    for (; replicates < after; replicates++) {
      for (const mean of perReplicate.left) left.push(mean + sd * normal())
      for (const mean of perReplicate.right) right.push(mean + effect + sd * normal())
    }
    if (rule.stops({ replicates, left, right })) return { replicates, stopped: true }
  }
  return { replicates, stopped: false }
}
