/**
 * The stopping rule of a study while it runs: collects the outcome of the two groups, looks after the replicates that the
 * rule names, and keeps every look. What is looked at comes in plan order, and looks of earlier sessions are read again and
 * not made again, so that a study that was resumed has the looks that it had.
 *
 * @layer logic
 * @module
 */
import type { Condition } from "../Condition.ts"
import type { RunResult } from "../Run.ts"
import { groupKey, type StoppingLook, type StoppingRule } from "../StoppingRule.ts"
import type { Study } from "../Study.ts"
import { aggregateOf, factsOfRecord, pickOutcome } from "./analysisFacts.ts"

/** A rule at work. */
export interface Looking {
  readonly onResult: (result: RunResult) => void
  readonly shouldStop: (replicates: number) => string | undefined
  readonly looks: ReadonlyArray<StoppingLook>
}

interface Round {
  readonly left: Array<number>
  readonly right: Array<number>
}

/** The outcome of a run as a number, as the analysis will read it; undefined where the run did not deliver it. */
const valueOf = (study: Study, outcome: string, result: RunResult): number | undefined => {
  const spec = study.outcomes.find(({ name }) => name === outcome)
  if (spec === undefined) return undefined
  const { attempts, runSpec } = result
  const picked = pickOutcome(
    spec,
    factsOfRecord({
      runSpec,
      result,
      outcome: "succeeded",
      reason: undefined,
      failure: undefined,
      attempts,
      history: [],
    }),
  )
  const value = picked.problem === undefined ? aggregateOf(spec.aggregation, picked.values) : undefined
  return typeof value === "number" ? value : undefined
}

/** Looks of earlier sessions, and where new ones are put on record. */
export interface LooksKept {
  readonly before: ReadonlyArray<StoppingLook>
  readonly keep: (look: StoppingLook) => void
}

/** Puts a rule to work over the conditions of a study. Looks of earlier sessions stand as they were made. */
export const make = (
  study: Study,
  rule: StoppingRule,
  conditions: ReadonlyMap<string, Condition>,
  kept: LooksKept,
): Looking => {
  const rounds = new Map<number, Round>()
  const looks: Array<StoppingLook> = [...kept.before]
  let looked = looks.reduce((most, { replicates }) => Math.max(most, replicates), 0)
  const [leftKey, rightKey] = [groupKey(rule.left), groupKey(rule.right)]
  return {
    looks,
    onResult: (result) => {
      const { conditionId, replicate } = result.runSpec
      const level = conditions.get(conditionId)?.factorAssignments.get(rule.factor)
      const value = valueOf(study, rule.outcome, result)
      if (level === undefined || value === undefined) return
      const round = rounds.get(replicate) ?? { left: [], right: [] }
      rounds.set(replicate, round)
      const key = groupKey(level)
      if (key === leftKey) round.left.push(value)
      else if (key === rightKey) round.right.push(value)
    },
    shouldStop: (replicates) => {
      const stopped = looks.find(({ stop }) => stop)
      if (stopped !== undefined) return stopped.reason
      for (const after of rule.looksAfter) {
        if (after <= looked || after > replicates) continue
        looked = after
        const done = [...rounds].filter(([replicate]) => replicate <= after).sort(([a], [b]) => a - b)
        const look = rule.look(
          {
            replicates: after,
            left: done.flatMap(([, { left }]) => left),
            right: done.flatMap(([, { right }]) => right),
          },
          looks,
        )
        looks.push(look)
        kept.keep(look)
        if (look.stop) return look.reason
      }
      return undefined
    },
  }
}

type Stop = Pick<Looking, "shouldStop"> & { readonly onResult?: (result: RunResult) => void }

/** The study's own rule and the caller's, both asked each time; the study's reason comes first. */
export const both = (own: Looking | undefined, other: Stop | undefined): Stop | undefined => {
  if (own === undefined || other === undefined) return own ?? other
  return {
    onResult: (result) => {
      own.onResult(result)
      other.onResult?.(result)
    },
    shouldStop: (replicates) => {
      const [first, second] = [own.shouldStop(replicates), other.shouldStop(replicates)]
      return first ?? second
    },
  }
}
