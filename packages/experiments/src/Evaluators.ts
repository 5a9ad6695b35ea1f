/**
 * Evaluators: what they are given of an output, and how what they return becomes rows of one number each.
 *
 * @layer logic
 * @module
 */
import * as Context from "effect/Context"
import * as Layer from "effect/Layer"
import type { Evaluation } from "./Run.ts"
import type { EvaluationRequest } from "./RunBinding.ts"
import { str } from "./StableJson.ts"
import { emptyMap, isList, isMap, isNumber, type Value, type ValueMap } from "./Value.ts"

/** An evaluator of every run of a study, beside the one that a problem has. @category models */
export interface Evaluator {
  /** Names its rows where they name no evaluator themselves. */
  readonly evaluatorId: string
  /** Part of the fingerprint of runs. */
  readonly version?: string
  readonly evaluate: (request: EvaluationRequest) => unknown
}

/** Evaluators of every run, beside those of the problems; none by default. @category services */
export const Evaluators: Context.Reference<ReadonlyArray<Evaluator>> = Context.Reference(
  "@heddle/experiments/Evaluators",
  { defaultValue: (): ReadonlyArray<Evaluator> => [] },
)

/** Evaluators of every run, for all studies that are run under this layer. @category layers */
export const layer = (evaluators: ReadonlyArray<Evaluator>): Layer.Layer<never> => Layer.succeed(Evaluators, evaluators)

/** Names under which an output may hold what is judged, the first that is there wins. */
export const inputKeys = ["candidate", "state", "answer", "solution", "final_answer", "x"] as const

/** What of an output an evaluator is given: the first of {@link inputKeys}, even where it is null, else all of it. */
export const evaluatorInput = (output: ValueMap): Value => {
  for (const key of inputKeys) {
    const value = output.get(key)
    if (value !== undefined) return value
  }
  return output
}

/** How rows are made. @category models */
export interface EvaluationOptions {
  readonly runId: string
  readonly evaluatorId?: string
  /** True and false stay what they are, and a bare number is no row; otherwise they are 1 and 0, and a row `score`. */
  readonly compatibility?: boolean
}

const evaluatorDefault = "problem_evaluator"

/**
 * The rows of what an evaluator returned: a map with `metric_name`, `metric_value` or `value` is one row; any other map
 * gives one row for each number or boolean, without `higher_is_better`; lists are gone through; all else gives none.
 *
 * @category normalisation
 */
export const normalizeEvaluation = (raw: Value, options: EvaluationOptions): ReadonlyArray<Evaluation> => {
  const rows: Array<Evaluation> = []
  const valueOf = (value: Value): Value =>
    typeof value === "boolean" && options.compatibility !== true ? (value ? 1 : 0) : value
  // The predecessor writes a name that is null as Python writes it: None.
  const textOr = (value: Value | undefined, otherwise: string): string =>
    value === undefined || (value === null && options.compatibility !== true) ? otherwise : str(value)
  const row = (metricName: string, metricValue: Value): Evaluation => ({
    runId: options.runId,
    evaluatorId: options.evaluatorId ?? evaluatorDefault,
    metricName,
    metricValue: valueOf(metricValue),
    metricUnit: "unitless",
    aggregationLevel: "run",
    notesJson: emptyMap,
  })
  const add = (item: Value): void => {
    if (isMap(item)) {
      if (item.has("metric_name") || item.has("metric_value") || item.has("value")) {
        const notes = item.get("notes_json")
        rows.push({
          runId: options.runId,
          evaluatorId: textOr(item.get("evaluator_id"), options.evaluatorId ?? evaluatorDefault),
          metricName: textOr(item.get("metric_name"), "score"),
          metricValue: valueOf(item.get(item.has("metric_value") ? "metric_value" : "value") ?? null),
          metricUnit: textOr(item.get("metric_unit"), "unitless"),
          aggregationLevel: textOr(item.get("aggregation_level"), "run"),
          notesJson: isMap(notes) ? notes : emptyMap,
        })
        return
      }
      for (const [name, value] of item) {
        if (name !== "higher_is_better" && (typeof value === "boolean" || isNumber(value))) rows.push(row(name, value))
      }
    } else if (isList(item)) {
      for (const member of item) add(member)
    } else if (options.compatibility !== true && (typeof item === "boolean" || isNumber(item))) {
      rows.push(row("score", item))
    }
  }
  add(raw)
  return rows
}
