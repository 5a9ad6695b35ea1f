/**
 * A closer look at what a study varies: values, names, constraints and the design.
 *
 * @layer logic
 * @module
 */
import * as Result from "effect/Result"
import * as Expression from "../Expression.ts"
import * as StableJson from "../StableJson.ts"
import type { Study } from "../Study.ts"
import { isFloat, isInteger, isNumber, toNumber } from "../Value.ts"
import type { Value } from "../Value.ts"
import { nearestName } from "./nearestName.ts"
import type { Review } from "./review.ts"
import { strangersOf } from "./reviewLevels.ts"
import type { Path } from "./studyIssues.ts"

/** Columns of `conditions.csv` that are there in every study. */
const conditionColumns = ["study_id", "condition_id", "admissible", "constraint_messages", "assignment_meta_json"]

/** Classic kinds whose rows are products: they know of no replicates, samples or centre points. */
const productKinds = new Set(["full_factorial", "constrained_factorial", "randomized_block", "repeated_measures"])

/** Other classic kinds that have each row once. */
const tableKinds = new Set(["latin_square", "custom_matrix"])

/** Reviews factors, blocks, constraints, the design, problems and agents. */
export const reviewDesign = (study: Study, review: Review): void => {
  study.factors.forEach((factor, index) => {
    const path: Path = ["factors", index]
    const values = factor.levels.map((level) => level.value)
    reviewValues(values, (at) => [...path, "levels", at, "value"], review)
    if (
      factor.levels.length > 0 &&
      factor.default !== null &&
      !sameText(values).has(StableJson.stringify(factor.default))
    ) {
      review.warn([...path, "default"], "is none of the levels, and is not used while there are levels")
    }
    reviewType(factor.dtype, factor.levels.length > 0 ? values : [factor.default], path, review)
  })
  study.blocks.forEach((block, index) => {
    reviewValues(block.levels, (at) => ["blocks", index, "levels", at], review)
  })
  reviewNames(study, review)
  reviewConstraints(study, review)
  reviewSpec(study, review)
  repeatedIds(study.problemIds, "problem_ids", review)
  repeatedIds(study.agentSpecs, "agent_specs", review)
}

const sameText = (values: ReadonlyArray<Value>): ReadonlySet<string> =>
  new Set(values.map((value) => StableJson.stringify(value)))

const reviewValues = (values: ReadonlyArray<Value>, pathOf: (index: number) => Path, review: Review): void => {
  const seen = new Map<string, number>()
  values.forEach((value, index) => {
    const text = StableJson.stringify(value)
    const before = seen.get(text)
    if (before !== undefined) {
      review.error(pathOf(index), `has the value of the one at ${before}, so that two conditions would have one id`)
    } else seen.set(text, index)
    if (holdsNoNumber(value)) review.error(pathOf(index), "must be a finite number: NaN and infinity are no JSON")
  })
}

const holdsNoNumber = (value: Value): boolean => {
  if (Array.isArray(value)) return value.some(holdsNoNumber)
  if (value instanceof Map) return [...value.values()].some(holdsNoNumber)
  return typeof value === "number" && !Number.isFinite(value)
}

const typeChecks: Readonly<Record<string, (value: Value) => boolean>> = {
  str: (value) => typeof value === "string",
  int: isInteger,
  float: isNumber,
  bool: (value) => typeof value === "boolean",
}

const reviewType = (dtype: string | null, values: ReadonlyArray<Value>, path: Path, review: Review): void => {
  if (dtype === null) return
  const check = Object.hasOwn(typeChecks, dtype) ? typeChecks[dtype] : undefined
  if (check === undefined) {
    const known = Object.keys(typeChecks)
    review.warn([...path, "dtype"], `is none of ${known.join(", ")}`, () => nearestName(dtype, known))
    return
  }
  values.forEach((value, index) => {
    if (!check(value)) review.warn([...path, "levels", index, "value"], `is no ${dtype}, as the factor's dtype says`)
  })
}

const reviewNames = (study: Study, review: Review): void => {
  const factors = new Set(study.factors.map(({ name }) => name))
  const clashes = study.blocks.some(({ name }) => factors.has(name))
  const words = clashes ? wordsOf(study.constraints.flatMap(({ expression }) => expression ?? [])) : new Set<string>()
  study.blocks.forEach(({ name }, index) => {
    if (!factors.has(name)) return
    const path: Path = ["blocks", index, "name"]
    if (words.has(name)) {
      review.error(path, `a factor is named ${JSON.stringify(name)} too, and a constraint does not say which it means`)
    } else review.warn(path, `a factor is named ${JSON.stringify(name)} too`)
  })
  const columns = new Map<string, string>()
  const claim = (path: Path, name: string, column: string): void => {
    const lower = column.toLowerCase()
    if (conditionColumns.includes(lower)) {
      review.warn(
        path,
        `is a column that every conditions table has; it is written as ${JSON.stringify(`factor_${name}`)}`,
      )
    }
    const other = columns.get(lower)
    if (other !== undefined && other !== column) {
      review.warn(
        path,
        `differs from ${JSON.stringify(other)} only in letter case, which tables of SQLite do not tell apart`,
      )
    } else columns.set(lower, column)
    if (name === "factors" || name === "blocks") {
      review.warn(path, `hides the map ${name} in the expressions of constraints`)
    }
  }
  study.factors.forEach(({ name }, index) => claim(["factors", index, "name"], name, name))
  study.blocks.forEach(({ name }, index) => claim(["blocks", index, "name"], name, `block_${name}`))
}

/** All words that stand in expressions, in texts too; more than that is not needed for a warning. */
const wordsOf = (expressions: ReadonlyArray<string>): ReadonlySet<string> =>
  new Set(
    expressions.flatMap((text) => [
      ...text.split(/[^\p{L}\p{N}_]+/u),
      ...Array.from(text.matchAll(/(["'])(.*?)\1/g), ([, , quoted = ""]) => quoted),
    ]),
  )

const reviewConstraints = (study: Study, review: Review): void => {
  const seen = new Set<string>()
  study.constraints.forEach((constraint, index) => {
    const path: Path = ["constraints", index]
    if (seen.has(constraint.constraintId)) {
      review.warn(
        [...path, "constraint_id"],
        `another constraint is named ${JSON.stringify(constraint.constraintId)} too`,
      )
    }
    seen.add(constraint.constraintId)
    if (constraint.callableRef !== null) {
      review.error(
        [...path, "callable_ref"],
        "is never called, because a study file runs no code; say it as an expression, or give the function in code",
      )
    }
    if (constraint.expression === null) return
    const parsed = Expression.parse(constraint.expression)
    if (Result.isFailure(parsed)) {
      review.error([...path, "expression"], parsed.failure.message)
      return
    }
    const between = !productKinds.has(study.designSpec.kind)
    for (const { factor, levels, nearest, value } of strangersOf(constraint.expression, study, between)) {
      review.warn(
        [...path, "expression"],
        `compares ${factor} with ${value}, which is none of its levels ${levels}`,
        () => nearest,
      )
    }
  })
}

/** The option, or the block, that says how often in the place of `design_spec.replicates`; undefined where none does. */
const insteadOfReplicates = (study: Study): string | undefined => {
  const { kind, options } = study.designSpec
  if (kind === "split_plot") return options.has("whole_plots") ? "options.whole_plots" : undefined
  if (kind !== "williams" && kind !== "complete_counterbalancing") return undefined
  if (options.has("subjects")) return "options.subjects"
  return study.blocks.some((block) => block.name === "subject") ? "the block subject" : undefined
}

const reviewReplicates = (study: Study, review: Review): void => {
  const { kind, replicates } = study.designSpec
  if (replicates <= 1) return
  if (productKinds.has(kind) || tableKinds.has(kind)) {
    review.warn(["design_spec", "replicates"], `is not used by ${kind}; run_budget.replicates repeats conditions`)
    return
  }
  const instead = insteadOfReplicates(study)
  if (instead !== undefined) {
    review.warn(["design_spec", "replicates"], `is not used, as ${instead} says how many there are`)
    return
  }
  if (study.runBudget.replicates > 1) {
    review.warn(
      ["run_budget", "replicates"],
      `repeats every condition ${study.runBudget.replicates} times, and design_spec.replicates has repeated them ${replicates} times already; set one of them to 1 unless both are meant`,
    )
  }
}

const reviewSpec = (study: Study, review: Review): void => {
  const spec = study.designSpec
  if (productKinds.has(spec.kind)) {
    if (spec.centerPoints > 0) review.warn(["design_spec", "center_points"], `is not used by ${spec.kind}`)
    if (spec.nSamples !== null) review.warn(["design_spec", "n_samples"], `is not used by ${spec.kind}`)
  }
  reviewReplicates(study, review)
  if (spec.kind === "custom_matrix" && spec.matrixPath === null && !spec.options.has("matrix_path")) {
    review.error(["design_spec", "matrix_path"], "must be given for custom_matrix")
  }
  if (spec.blockRandomizationKey !== null) {
    const names = [...study.factors, ...study.blocks].map(({ name }) => name)
    if (!names.includes(spec.blockRandomizationKey)) {
      review.error(
        ["design_spec", "block_randomization_key"],
        `there is no factor or block ${JSON.stringify(spec.blockRandomizationKey)}`,
        () => nearestName(spec.blockRandomizationKey ?? "", names),
      )
    }
  }
  if (spec.kind === "latin_hypercube") {
    study.factors.forEach((factor, index) => {
      const numbers = factor.levels.map(({ value }) => toNumber(value))
      if (numbers.length > 2 && factor.levels.every(({ value }) => isFloat(value) || isInteger(value))) {
        review.warn(
          ["factors", index, "levels"],
          "a Latin hypercube uses only the least and the greatest of the levels",
        )
      }
    })
  }
}

const repeatedIds = (ids: ReadonlyArray<string>, key: string, review: Review): void => {
  const seen = new Set<string>()
  ids.forEach((id, index) => {
    if (seen.has(id))
      review.error([key, index], `${JSON.stringify(id)} stands twice, so that two runs would have one id`)
    seen.add(id)
  })
}
