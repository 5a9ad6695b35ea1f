/**
 * The predecessor's kinds of design that are products of levels: full and constrained factorial, randomised block,
 * repeated measures. Their conditions are identified by their values alone.
 *
 * @layer logic
 * @module
 */
import * as Result from "effect/Result"
import type { BuiltDesign, DesignBuilder, DesignRow } from "../Design.ts"
import { boundedCount, combinations, countCombinations, counterbalance, shuffled } from "../DesignTables.ts"
import type { DesignError } from "../ExperimentError.ts"
import { valuesOf, type DesignKind, type Study } from "../Study.ts"
import { emptyMap, type Value } from "../Value.ts"
import { completeWorth, mainEffects } from "./reportOfConditions.ts"
import { assignmentsOf, balanceOfRows } from "./designBalance.ts"
import { valueKey } from "./valueKey.ts"
import { drawnOrderNotes, fixedOrderNotes } from "./orderWords.ts"

/** Kinds whose conditions are identified by their values alone, and that carry what compares them. */
export const factorialKinds: ReadonlySet<DesignKind> = new Set<DesignKind>([
  "full_factorial",
  "constrained_factorial",
  "randomized_block",
  "repeated_measures",
])

interface Order {
  readonly randomize: boolean
  readonly counterbalance: boolean
}

/** All combinations of factors, and inside each all combinations of blocks. */
export const productRows = (study: Study): Result.Result<Array<DesignRow>, DesignError> => {
  const factors = study.factors.map((factor) => [factor.name, valuesOf(factor)] as const)
  const blocks = study.blocks.map((block) => [block.name, block.levels] as const)
  const count = boundedCount(
    study.designSpec.kind,
    "factors",
    countCombinations([...factors, ...blocks].map(([, values]) => values.length)),
  )
  if (Result.isFailure(count)) return Result.fail(count.failure)
  const assignments = [...combinations(new Map(blocks))]
  const rows: Array<DesignRow> = []
  for (const row of combinations(new Map(factors))) {
    for (const block of assignments) rows.push({ factors: row, blocks: block, metadata: emptyMap })
  }
  return Result.succeed(rows)
}

const ignored = (study: Study): ReadonlyArray<string> => {
  const spec = study.designSpec
  const notes: Array<string> = []
  if (spec.replicates > 1) {
    notes.push(
      `design_spec.replicates (${spec.replicates}) is not used by this kind; run_budget.replicates repeats every condition.`,
    )
  }
  if (spec.centerPoints > 0) {
    notes.push(
      `design_spec.center_points (${spec.centerPoints}) is not used by this kind; central_composite, box_behnken and fractional_factorial have centre points.`,
    )
  }
  if (spec.nSamples !== null) notes.push(`design_spec.n_samples (${spec.nSamples}) is not used by this kind.`)
  if (spec.blockRandomizationKey !== null) {
    notes.push(
      "design_spec.block_randomization_key is not used by this kind; randomized_complete_block randomises inside of blocks.",
    )
  }
  return notes
}

const repeatedLevels = (study: Study): ReadonlyArray<string> =>
  study.factors
    .filter((factor) => new Set(valuesOf(factor).map(valueKey)).size < valuesOf(factor).length)
    .map((factor) => `Factor ${factor.name} has levels of equal value; conditions repeat, and running them is refused.`)

const singleLevels = (study: Study): ReadonlyArray<string> =>
  study.factors
    .filter((factor) => valuesOf(factor).length === 1)
    .map((factor) => `Factor ${factor.name} has one value; it has no effect that could be estimated.`)

const oneOrder =
  "Counterbalancing is one fixed order (every second condition, then the others backwards), the same for every subject; williams and complete_counterbalancing have a sequence for each subject."

const factorial = (study: Study, order: Order, notes: ReadonlyArray<string>): Result.Result<BuiltDesign, DesignError> =>
  Result.map(productRows(study), (product) => {
    const balanced = order.counterbalance ? counterbalance(product) : product
    const rows = order.randomize ? shuffled(balanced, study.seedPolicy.baseSeed) : balanced
    const balance = balanceOfRows(rows)
    const repeated = repeatedLevels(study)
    const { notes: limits, worth } =
      repeated.length === 0
        ? { notes: [], worth: completeWorth(balance, rows.length) }
        : mainEffects(rows.map(assignmentsOf), balance)
    return {
      rows,
      report: {
        kind: study.designSpec.kind,
        runs: rows.length,
        balance,
        ...worth,
        notes: [...notes, ...ignored(study), ...repeated, ...limits, ...singleLevels(study)],
      },
    }
  })

const plain: DesignBuilder = (study) => {
  const { randomize, counterbalance: balanced } = study.designSpec
  return factorial(study, { randomize, counterbalance: balanced }, [
    ...(randomize
      ? drawnOrderNotes(study, "Run order is one random order over all conditions and blocks.")
      : fixedOrderNotes(study, "Run order is not randomised: what drifts with time is mixed with the first factors.")),
    ...(balanced ? [oneOrder] : []),
  ])
}

/** Builders of the factorial kinds. */
export const factorialBuilders: Partial<Record<DesignKind, DesignBuilder>> = {
  full_factorial: plain,
  constrained_factorial: plain,
  randomized_block: (study) =>
    factorial(study, { randomize: true, counterbalance: study.designSpec.counterbalance }, [
      "One random order over all conditions and blocks: the runs of a block are not kept together. randomized_complete_block keeps them together, with an own order for each block.",
      ...(study.designSpec.counterbalance ? [oneOrder] : []),
    ]),
  repeated_measures: (study) =>
    Result.map(
      factorial(study, { randomize: study.designSpec.randomize, counterbalance: true }, [
        "One sequence for everybody: order effects and carry-over cannot be told from effects of the factors. williams balances both over subjects.",
        oneOrder,
      ]),
      (built) => ({
        ...built,
        rows: built.rows.map((row, index) => ({
          ...row,
          metadata: new Map<string, Value>([
            ["within_subject_order", index],
            ["design_kind", "repeated_measures"],
          ]),
        })),
      }),
    ),
}
