/**
 * Which combinations of a design are allowed: the constraints of a study, each read once, asked for every condition.
 *
 * @layer logic
 * @module
 */
import * as Result from "effect/Result"
import { DesignError } from "./ExperimentError.ts"
import type { Constraint } from "./Study.ts"
import type { ValueMap } from "./Value.ts"

/** A constraint as code: true where the combination is allowed. @category models */
export type ConstraintFunction = (factors: ValueMap, blocks: ValueMap) => boolean

/** What the constraints say of one combination. @category models */
export interface Verdict {
  readonly admissible: boolean
  /** `<constraint id>: <description>` of each constraint that does not hold, in the order of the study. */
  readonly messages: ReadonlyArray<string>
}

/** Asks all constraints of a study about one combination. @category models */
export type ConstraintCheck = (factors: ValueMap, blocks: ValueMap) => Result.Result<Verdict, DesignError>

const allowed: Verdict = { admissible: true, messages: [] }

/** The constraints of a study as one function. @category constructors */
export const compileConstraints = (
  constraints: ReadonlyArray<Constraint>,
  options: { readonly kind: string; readonly functions?: Readonly<Record<string, ConstraintFunction>> },
): Result.Result<ConstraintCheck, DesignError> =>
  constraints.length === 0
    ? Result.succeed(() => Result.succeed(allowed))
    : Result.fail(
        new DesignError({
          kind: options.kind,
          option: "constraints",
          problem: "the constraint language is not wired in",
          hints: [],
        }),
      )
