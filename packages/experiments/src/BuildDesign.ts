/**
 * The conditions of a study: its design's rows in run order, each with an id, the verdict of the constraints and what the
 * design knows of it; and a report of what the design is worth before it is run.
 *
 * @layer logic
 * @module
 */
import * as Result from "effect/Result"
import type { Condition } from "./Condition.ts"
import { type ConstraintFunction, compileConstraints } from "./Constraints.ts"
import { type DesignReport, type DesignRow, conditionsMax } from "./Design.ts"
import { DesignError } from "./ExperimentError.ts"
import { conditionId, fingerprintText } from "./Identifier.ts"
import { factorialKinds } from "./internal/classicBuilders.ts"
import { customMatrix, type MatrixText } from "./internal/classicBuildersMatrix.ts"
import { comparisonMetadata } from "./internal/comparisonMetadata.ts"
import { reportOfConditions } from "./internal/reportOfConditions.ts"
import { designBuilders } from "./internal/designKinds.ts"
import type { Study } from "./Study.ts"
import type { Value } from "./Value.ts"

/** The rows of a `custom_matrix` design as the text of their file; `path` is for messages. @category models */
export interface DesignMatrix extends MatrixText {}

/** What building a design needs besides the study. @category models */
export interface BuildOptions {
  /** For `custom_matrix`: the text of the file that `matrix_path` names. */
  readonly matrix?: DesignMatrix
  /** Code for constraints with a `callable_ref`, by that text. A study file alone never runs code. */
  readonly constraintFunctions?: Readonly<Record<string, ConstraintFunction>>
}

/** Conditions in run order, inadmissible ones too, and the design's report. @category models */
export interface BuiltConditions {
  readonly conditions: ReadonlyArray<Condition>
  readonly report: DesignReport
}

const identified = (
  row: DesignRow,
): { readonly conditionId: string; readonly metadata: ReadonlyMap<string, Value> } => ({
  conditionId: conditionId(row.factors, row.blocks, row.metadata),
  metadata: new Map<string, Value>([...row.metadata, ["fingerprint", fingerprintText(row.factors, row.blocks)]]),
})

/** The place of the first name that stands twice; its levels would overwrite those of the first. */
const repeatedName = (study: Study): string | undefined => {
  for (const [section, items] of [
    ["factors", study.factors],
    ["blocks", study.blocks],
  ] as const) {
    const seen = new Set<string>()
    for (const [index, { name }] of items.entries()) {
      if (seen.has(name)) return `${section}[${index}].name`
      seen.add(name)
    }
  }
  return undefined
}

/**
 * Builds the conditions of a study.
 *
 * @category constructors
 */
export const buildDesign = (study: Study, options: BuildOptions = {}): Result.Result<BuiltConditions, DesignError> => {
  const kind = study.designSpec.kind
  const repeated = repeatedName(study)
  if (repeated !== undefined) {
    return Result.fail(
      new DesignError({
        kind,
        option: repeated,
        problem: "has the name of one before it",
        hints: ["give each its own name"],
      }),
    )
  }
  const check = compileConstraints(study.constraints, {
    kind,
    ...(options.constraintFunctions === undefined ? {} : { functions: options.constraintFunctions }),
  })
  if (Result.isFailure(check)) return Result.fail(check.failure)
  const builder = designBuilders[kind]
  if (builder === undefined && kind !== "custom_matrix") {
    return Result.fail(new DesignError({ kind, option: "design_spec.kind", problem: "has no builder", hints: [] }))
  }
  const built = builder === undefined ? customMatrix(study, options.matrix) : builder(study)
  if (Result.isFailure(built)) return Result.fail(built.failure)
  const { report, rows } = built.success
  if (rows.length > conditionsMax) {
    return Result.fail(
      new DesignError({
        kind,
        option: "design_spec",
        problem: `gives ${rows.length} conditions; at most ${conditionsMax} are built`,
        hints: ["take fewer levels, samples or replicates"],
      }),
    )
  }
  const compare = factorialKinds.has(kind) ? comparisonMetadata(study.factors) : undefined
  const conditions: Array<Condition> = []
  for (const row of rows) {
    const verdict = check.success(row.factors, row.blocks)
    if (Result.isFailure(verdict)) return Result.fail(verdict.failure)
    const made =
      compare === undefined
        ? identified(row)
        : {
            conditionId: conditionId(row.factors, row.blocks),
            metadata: new Map<string, Value>([
              ["fingerprint", fingerprintText(row.factors, row.blocks)],
              ...compare(row.factors),
              ...row.metadata,
            ]),
          }
    conditions.push({
      conditionId: made.conditionId,
      factorAssignments: row.factors,
      blockAssignments: row.blocks,
      metadata: made.metadata,
      admissible: verdict.success.admissible,
      constraintMessages: verdict.success.messages,
    })
  }
  return Result.succeed({
    conditions,
    report: reportOfConditions(
      study,
      report,
      rows,
      conditions.map(({ admissible }) => admissible),
    ),
  })
}
