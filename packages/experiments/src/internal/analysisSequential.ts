/**
 * Corrects an analysis for the looks at a study while it ran: the test that the looks were about has the p and the interval
 * of the sequential procedure in place of those of a fixed plan.
 *
 * @layer logic
 * @module
 */
import * as Result from "effect/Result"
import type { AnalysisData } from "../analysis/AnalysisData.ts"
import type { Deviation } from "../analysis/AnalysisResult.ts"
import { make, type StoppingLook, type StoppingRule } from "../StoppingRule.ts"
import { str, stringify } from "../StableJson.ts"
import type { Study } from "../Study.ts"
import type { Value } from "../Value.ts"
import type { Draft } from "./analysisExecution.ts"
import { interval, outcome } from "./analysisOutcome.ts"

/** Tests of a difference of two means, which a look makes in another way. */
export const lookedTests: ReadonlySet<string> = new Set(["difference_in_means", "welch_t", "pooled_t"])

/** The correction of one analysis. */
export interface Sequential {
  /** The test as it counts: corrected where the looks were about it, noted where it is of the same factor in another way. */
  readonly corrected: (of: {
    readonly outcome: string
    readonly test: string
    readonly draft: Draft
    readonly isFiltered: boolean
  }) => Draft
  readonly looks: ReadonlyArray<StoppingLook>
  readonly deviations: ReadonlyArray<Deviation>
}

const levelName = (study: Study, name: string, value: Value): string => {
  const factor = study.factors.find((candidate) => candidate.name === name)
  const level = factor?.levels.find((candidate) => stringify(candidate.value) === stringify(value))
  return level?.name ?? str(value)
}

/** Looks that were planned and are not on record, made of the data as they are. */
const remade = (
  study: Study,
  data: AnalysisData,
  rule: StoppingRule,
  recorded: ReadonlyArray<StoppingLook>,
): ReadonlyArray<StoppingLook> => {
  const column = data.columns.get(rule.factor)
  const values = data.outcomes.get(rule.outcome)?.values
  if (column === undefined || values === undefined || recorded.some(({ stop }) => stop)) return []
  const [left, right] = [levelName(study, rule.factor, rule.left), levelName(study, rule.factor, rule.right)]
  const rows = data.runs
    .map(({ fate, replicate }, row) => ({ fate, replicate, row }))
    .sort((a, b) => a.replicate - b.replicate || a.row - b.row)
  const looks = [...recorded]
  const last = recorded.at(-1)?.replicates ?? 0
  for (const after of rule.looksAfter) {
    if (after <= last) continue
    const until = rows.filter(({ replicate }) => replicate <= after)
    if (until.some(({ fate }) => fate === "notRun")) break
    const of = (level: string): ReadonlyArray<number> =>
      until.flatMap(({ row }) => {
        const value = values[row] ?? null
        return column.labels[row] === level && value !== null ? [value] : []
      })
    const look = rule.look({ replicates: after, left: of(left), right: of(right) }, looks)
    looks.push(look)
    if (look.stop) break
  }
  return looks.slice(recorded.length)
}

/** What the looks of a study mean for its tests; undefined where the study has no rule of stopping. */
export const sequentialOf = (
  study: Study,
  data: AnalysisData,
  recorded: ReadonlyArray<StoppingLook>,
): Sequential | undefined => {
  if (study.heddle.stopping === undefined) return undefined
  const replicates = data.runs.reduce((most, run) => Math.max(most, run.replicate), 1)
  const made = make(study, replicates)
  if (Result.isFailure(made) || made.success === undefined) {
    const why = Result.isFailure(made) ? made.failure.message : "it declares none"
    return {
      corrected: ({ draft }) => draft,
      looks: recorded,
      deviations: [
        { kind: "stopping", message: `the rule of stopping cannot be made (${why}); nothing is corrected for looks` },
      ],
    }
  }
  const rule = made.success
  const own = remade(study, data, rule, recorded)
  const looks = [...recorded, ...own]
  const end = looks.at(-1)
  const planned = rule.looksAfter.length
  const deviations: Array<Deviation> = []
  const tell = (message: string): void => void deviations.push({ kind: "stopping", message })
  if (end === undefined) tell(`${planned} looks at ${rule.outcome} are planned, and none was made`)
  else if (end.stop)
    tell(
      `stopped at look ${end.look} of ${planned}, after ${end.replicates} of ${replicates} replicates: ${end.reason}`,
    )
  else if (end.replicates >= (rule.looksAfter.at(-1) ?? 0))
    tell(`all ${planned} looks were made without a reason to stop`)
  else
    tell(
      `look ${end.look} of ${planned} was the last one: the study has neither stopped by its rule nor come to its end`,
    )
  if (own.length > 0)
    tell(`${own.length} of the looks are made of the data as they are now, for they are not on record`)
  const isOver = end !== undefined && (end.stop || end.replicates >= (rule.looksAfter.at(-1) ?? 0))
  const base = levelName(study, rule.factor, rule.left)
  const other = levelName(study, rule.factor, rule.right)
  const uncorrected = new Set<string>()
  return {
    looks,
    get deviations() {
      return [
        ...deviations,
        ...Array.from(uncorrected, (what): Deviation => ({
          kind: "stopping",
          message: `${what} has the p of a fixed plan: it is not corrected for looks`,
        })),
      ]
    },
    corrected: ({ draft, isFiltered, outcome: name, test }) => {
      if (name !== rule.outcome) return draft
      const sign =
        draft.comparison === `${rule.factor}: ${other} - ${base}`
          ? 1
          : draft.comparison === `${rule.factor}: ${base} - ${other}`
            ? -1
            : undefined
      // Looks were at all runs; filtered ones are other data.
      if (sign === undefined || isFiltered || !lookedTests.has(test)) {
        if (draft.result.p === null) return draft
        uncorrected.add(`${name} by ${test} (${draft.comparison})`)
        const { result } = draft
        return {
          ...draft,
          result: outcome({
            ...result,
            notes: [...result.notes, "p is of a fixed plan and is not corrected for looks"],
          }),
        }
      }
      const isPlanned = rule.rule === "group_sequential"
      const method = isPlanned
        ? "group-sequential test of two means (stage-wise ordering)"
        : "always-valid test of two means (mixture sequential probability ratio)"
      const p = end === undefined || (isPlanned && !isOver) ? null : end.p
      const bounds =
        end === undefined || p === null
          ? []
          : [end.lower, end.upper].map((bound) => (bound === null ? null : sign * bound))
      const [low = null, high = null] = sign === 1 ? bounds : [...bounds].reverse()
      return {
        ...draft,
        errorTerm: "runs",
        result: outcome({
          method,
          n: end === undefined ? 0 : end.countLeft + end.countRight,
          estimateName: "difference in means",
          estimate: end?.estimate === null || end === undefined ? null : sign * end.estimate,
          standardError: end?.standardError ?? null,
          interval: low === null || high === null ? null : interval(1 - rule.alpha, low, high),
          statisticName: isPlanned ? "z" : "likelihood ratio",
          statistic:
            end?.statistic === null || end === undefined ? null : isPlanned ? sign * end.statistic : end.statistic,
          p,
          notes:
            p === null
              ? [
                  end === undefined
                    ? "no look was made"
                    : isOver
                      ? end.reason
                      : "the looks have not come to their end, so that no p is valid yet",
                ]
              : [
                  `look ${end?.look ?? 0} of ${planned}; without the looks it would be ${draft.result.method}, p = ${draft.result.p === null ? "none" : draft.result.p.toPrecision(3)}`,
                ],
        }),
      }
    },
  }
}
