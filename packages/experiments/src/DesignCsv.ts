/**
 * The conditions of a design as one CSV file: a line per condition in run order, a column per factor and, with `block_` in
 * front, per block. The bytes of the predecessor's `materialize-design`; `conditions.csv` of a finished study is another
 * file.
 *
 * @layer logic
 * @module
 */
import * as Result from "effect/Result"
import type { Condition } from "./Condition.ts"
import { DesignError } from "./ExperimentError.ts"
import { toCsv } from "./GenerateDoe.ts"
import type { Value } from "./Value.ts"

/** Columns that are there for every design. */
export const leadingColumns = ["study_id", "condition_id", "admissible", "constraint_messages"] as const

/**
 * Conditions as CSV. A factor that has the name of another column is refused: its values would stand where an id is read.
 *
 * @category conversions
 */
export const conditionsCsv = (
  studyId: string,
  conditions: ReadonlyArray<Condition>,
): Result.Result<string, DesignError> => {
  const rows: Array<ReadonlyMap<string, Value>> = []
  for (const condition of conditions) {
    const row = new Map<string, Value>([
      ["study_id", studyId],
      ["condition_id", condition.conditionId],
      ["admissible", condition.admissible],
      ["constraint_messages", condition.constraintMessages],
    ])
    const values = [
      ...condition.factorAssignments,
      ...Array.from(condition.blockAssignments, ([name, value]) => [`block_${name}`, value] as const),
    ]
    for (const [name, value] of values) {
      if (row.has(name)) {
        return Result.fail(
          new DesignError({
            kind: "conditions.csv",
            option: name,
            problem: `column ${JSON.stringify(name)} would have two meanings`,
            hints: ["give the factor or block another name"],
          }),
        )
      }
      row.set(name, value)
    }
    rows.push(row)
  }
  return Result.succeed(toCsv(rows))
}
