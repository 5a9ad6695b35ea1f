/**
 * The looks of a study that may stop early: values of the two groups as replicates complete, the study's own rule asked at
 * each planned look, and every look kept so that it can be told and corrected for.
 *
 * @layer logic
 * @module
 */
import type { DesignError } from "@heddle/experiments/ExperimentError"
import type { RunResult } from "@heddle/experiments/Run"
import * as StoppingRule from "@heddle/experiments/StoppingRule"
import type { Study } from "@heddle/experiments/Study"
import type { RunStudyOptions } from "@heddle/experiments/StudyRunner"
import { toNumber, type Value } from "@heddle/experiments/Value"
import * as Result from "effect/Result"
import type { Prepared } from "./experiment.ts"

/** What `runStudy` asks, and what came of it. */
export interface SequentialStop {
  readonly stop: NonNullable<RunStudyOptions["stop"]>
  readonly rule: StoppingRule.StoppingRule
  /** Looks so far, those of earlier sessions first. */
  readonly looks: () => ReadonlyArray<StoppingRule.StoppingLook>
}

/** The value of an outcome in a run: a measure of that name, else what an evaluator gave under it. */
const valueOf = (result: RunResult, column: string): number | undefined => {
  const measured: Value | undefined = result.metrics.get(column)
  const found =
    measured ?? result.evaluatorOutputs.find(({ metricName }) => metricName === column)?.metricValue ?? undefined
  if (found === undefined || found === null) return undefined
  if (typeof found === "boolean") return found ? 1 : 0
  const number = toNumber(found)
  return number === undefined || !Number.isFinite(number) ? undefined : number
}

/** What the study declares; `undefined` where it declares no rule. `before` are the looks of earlier sessions. */
export const sequentialStop = (
  study: Study,
  { conditions, planned }: Prepared,
  before: ReadonlyArray<StoppingRule.StoppingLook>,
): Result.Result<SequentialStop | undefined, DesignError> =>
  Result.map(StoppingRule.make(study, planned.replicates), (rule) => {
    if (rule === undefined) return undefined
    const column = study.outcomes.find(({ name }) => name === rule.outcome)?.column ?? rule.outcome
    const [left, right] = [StoppingRule.groupKey(rule.left), StoppingRule.groupKey(rule.right)]
    const groups = new Map(
      conditions.map(({ conditionId, factorAssignments }) => [
        conditionId,
        StoppingRule.groupKey(factorAssignments.get(rule.factor) ?? null),
      ]),
    )
    const seen: Array<{ readonly group: string | undefined; readonly replicate: number; readonly value: number }> = []
    const valuesOf = (group: string, replicates: number): ReadonlyArray<number> =>
      seen.flatMap((one) => (one.group === group && one.replicate <= replicates ? [one.value] : []))
    const looks = [...before]
    return {
      rule,
      looks: () => looks,
      stop: {
        onResult: (result) => {
          const value = valueOf(result, column)
          if (value === undefined) return
          const { conditionId, replicate } = result.runSpec
          seen.push({ group: groups.get(conditionId), replicate, value })
        },
        shouldStop: (replicates) => {
          // A look that an earlier session was killed before is made up first, on the data that it would have had.
          for (const after of rule.looksAfter) {
            const last = looks.at(-1)
            if (last?.stop === true) return last.reason
            if (after > replicates || (last !== undefined && last.replicates >= after)) continue
            const data = { replicates: after, left: valuesOf(left, after), right: valuesOf(right, after) }
            looks.push(rule.look(data, looks))
          }
          const last = looks.at(-1)
          return last?.stop === true ? last.reason : undefined
        },
      },
    }
  })
