/**
 * A condition: one combination of factor and block values that the design asks for, with the verdict of the constraints.
 *
 * @layer contract
 * @module
 */
import * as Schema from "effect/Schema"
import { ValueMap } from "./Value.ts"

/** One row of a built design. Inadmissible conditions stay in the list and get no runs. @category schemas */
export const Condition = Schema.Struct({
  /** `cond-` and 12 hexadecimal digits. */
  conditionId: Schema.String,
  /** In the order of the study's factors. */
  factorAssignments: ValueMap,
  blockAssignments: ValueMap,
  /** What the design adds: `fingerprint`, comparison axes, the place in a sequence. */
  metadata: ValueMap,
  admissible: Schema.Boolean,
  /** `<constraint id>: <description>` of each constraint that does not hold, warnings too. */
  constraintMessages: Schema.Array(Schema.String),
})
/** @category models */
export interface Condition extends Schema.Schema.Type<typeof Condition> {}
