/**
 * The stopping rule of a study while it runs: collects the outcome of the two groups, looks after the replicates that the
 * rule names, and keeps every look. What is looked at comes in plan order, so that a study that was resumed has the same
 * looks as one that was not.
 *
 * @layer logic
 * @module
 */
import type { Condition } from "../Condition.ts"
import type { RunResult } from "../Run.ts"
import { groupKey, type StoppingLook, type StoppingRule } from "../StoppingRule.ts"
import type { Study } from "../Study.ts"
import { floatOf } from "../Metrics.ts"

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

/** The outcome of a run as a number; undefined where it did not deliver it. */
const valueOf = (study: Study, outcome: string, result: RunResult): number | undefined => {
  const declared = study.outcomes.find(({ name }) => name === outcome)
  for (const name of [declared?.column ?? outcome, outcome]) {
    const row = result.evaluatorOutputs.find(({ metricName }) => metricName === name)
    const value = floatOf(row?.metricValue ?? result.metrics.get(name))
    if (value !== undefined && Number.isFinite(value)) return value
  }
  return undefined
}

/** Puts a rule to work over the conditions of a study. */
export const make = (study: Study, rule: StoppingRule, conditions: ReadonlyMap<string, Condition>): Looking => {
  const rounds = new Map<number, Round>()
  const looks: Array<StoppingLook> = []
  let looked = 0
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
        if (look.stop) return look.reason
      }
      return undefined
    },
  }
}
