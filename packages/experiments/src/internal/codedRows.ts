/**
 * From the points of a coded design to the rows of a study: replicates, blocks, run order, and what a report says of any
 * such design.
 *
 * @layer logic
 * @module
 */
import * as Result from "effect/Result"
import type { BuiltDesign, DesignReport, DesignRow } from "../Design.ts"
import { type Efficiency, efficiencyOf } from "../designs/Efficiency.ts"
import { type ModelName, modelMatrix, termsCount, termsMax } from "../designs/ModelMatrix.ts"
import type { DesignError } from "../ExperimentError.ts"
import * as MersenneTwister from "../MersenneTwister.ts"
import type { Study } from "../Study.ts"
import { type Value, type ValueMap, toNumber } from "../Value.ts"
import type { CodedFactors } from "./codedFactors.ts"
import { checkCount, designError } from "./combinatorialOptions.ts"
import { blockLists, combinations, combinationsCount, inOrder } from "./combinatorialRows.ts"
import { balanceOfRows } from "./designBalance.ts"
import { valueKey } from "./valueKey.ts"
import { fixedOrderNotes } from "./orderWords.ts"

/** One point of a design in coded units. */
export interface CodedPoint {
  readonly coded: ReadonlyArray<number>
  /** Such as `factorial`, `axial`, `edge`, `screening`, `center`. */
  readonly type: string
  /** Further facts of the point: `fold`, `block`. */
  readonly facts?: ReadonlyArray<readonly [name: string, value: Value]>
  /** Points of different parts are not shuffled among each other. */
  readonly part?: number
}

/** Values in all rows of a design: at most. */
const cellsMax = 5_000_000

/** Rows up to which efficiencies are computed of the whole table; above, of one replicate. */
const efficiencyRowsMax = 2048

/** The value of every varied factor at a point, the held ones, in the order of the study. */
const factorsAt = (study: Study, factors: CodedFactors, coded: ReadonlyArray<number>): ValueMap =>
  inOrder(
    study.factors.map((factor) => factor.name),
    new Map(factors.varied.map((factor, place) => [factor.name, factor.valueAt(coded[place] ?? 0)])),
    factors.held,
  )

/**
 * Rows in run order. Points are repeated `design_spec.replicates` times, the points `once` are added at the end, and all
 * of it is repeated in every combination of the study's blocks. `row_index` counts in standard order. Randomising
 * shuffles inside of each block, of each part, and of each value of `block_randomization_key`, by one generator with
 * the study's base seed.
 */
export const codedRows = (
  study: Study,
  factors: CodedFactors,
  points: ReadonlyArray<CodedPoint>,
  once: ReadonlyArray<CodedPoint> = [],
): Result.Result<ReadonlyArray<DesignRow>, DesignError> => {
  const { blockRandomizationKey: key, randomize, replicates } = study.designSpec
  const lists = blockLists(study.blocks)
  const count = checkCount(
    study,
    (points.length * replicates + once.length) * combinationsCount(lists.map((list) => list.values)),
    `${points.length} points x ${replicates} replicates${once.length > 0 ? ` + ${once.length} centre points` : ""}, in every combination of blocks,`,
  )
  if (Result.isFailure(count)) return Result.fail(count.failure)
  if (count.success * study.factors.length > cellsMax) {
    return Result.fail(
      designError(
        study,
        "design_spec",
        `${count.success} rows of ${study.factors.length} factors are more than ${cellsMax} values`,
        ["use fewer replicates, centre points or blocks"],
      ),
    )
  }
  if (key !== null && !study.factors.some((factor) => factor.name === key)) {
    return Result.fail(
      designError(study, "design_spec.block_randomization_key", `${JSON.stringify(key.slice(0, 60))} is no factor`),
    )
  }
  const rows: Array<DesignRow> = []
  const groups = new Map<string, Array<DesignRow>>()
  for (const [at, blocks] of combinations(lists).entries()) {
    for (let replicate = 1; replicate <= replicates + (once.length > 0 ? 1 : 0); replicate++) {
      const extra = replicate > replicates
      for (const point of extra ? once : points) {
        const metadata = new Map<string, Value>([
          ["design_kind", study.designSpec.kind],
          ["row_index", rows.length],
          ["point_type", point.type],
          ...(point.facts ?? []),
        ])
        if (replicates > 1 && !extra) metadata.set("replicate", replicate)
        const row: DesignRow = { factors: factorsAt(study, factors, point.coded), blocks, metadata }
        rows.push(row)
        const value = key === null ? "" : valueKey(row.factors.get(key) ?? null)
        const group = `${at} ${point.part ?? 0} ${value}`
        const members = groups.get(group)
        if (members === undefined) groups.set(group, [row])
        else members.push(row)
      }
    }
  }
  if (!randomize) return Result.succeed(rows)
  const random = MersenneTwister.make(study.seedPolicy.baseSeed)
  const ordered: Array<DesignRow> = []
  for (const group of groups.values()) {
    random.shuffle(group)
    for (const row of group) ordered.push(row)
  }
  return Result.succeed(ordered)
}

/** Without the noise of the last digits, so that an orthogonal design has 100 and not 100.00000000000068. */
const plain = (number: number): number => Number(number.toPrecision(12))

/** Efficiencies of coded points for a model, as fields of a report. */
export const worthOf = (
  columns: ReadonlyArray<string>,
  points: ReadonlyArray<CodedPoint>,
  once: ReadonlyArray<CodedPoint>,
  replicates: number,
  model: ModelName,
): {
  readonly fields: Pick<DesignReport, "dEfficiency" | "aEfficiency" | "iVariance" | "model">
  readonly efficiency: Efficiency | undefined
  readonly notes: ReadonlyArray<string>
} => {
  const terms = termsCount(model, columns.length)
  if (terms > termsMax) {
    return { fields: {}, efficiency: undefined, notes: [`No efficiencies: the model has ${terms} terms.`] }
  }
  const whole = points.length * replicates + once.length <= efficiencyRowsMax
  const rows = Array.from({ length: whole ? replicates : 1 }, () => points)
    .flat()
    .concat(once)
    .map((point) => point.coded)
  const efficiency = efficiencyOf(modelMatrix({ columns, rows }, model))
  const notes: Array<string> = []
  if (!whole) notes.push("Efficiencies are those of one replicate.")
  if (!efficiency.estimable) {
    notes.push(
      `These runs cannot estimate all ${terms} terms of the model (${model}); its efficiency is 0. Fit fewer terms, or take more runs.`,
    )
  }
  return {
    fields: {
      dEfficiency: plain(efficiency.dEfficiency),
      aEfficiency: plain(efficiency.aEfficiency),
      ...(efficiency.iVariance === undefined ? {} : { iVariance: plain(efficiency.iVariance) }),
      model,
    },
    efficiency,
    notes,
  }
}

/** What the design specification says and this kind does not use, and what holds of any coded design; `once` centre points. */
export const generalNotes = (study: Study, once = 0): ReadonlyArray<string> => {
  const notes: Array<string> = []
  const { replicates } = study.designSpec
  if (replicates > 1) {
    notes.push(
      `design_spec.replicates: all runs above are made ${replicates} times${once > 0 ? `, the ${once} centre point${once === 1 ? "" : "s"} once` : ""}.`,
    )
  }
  if (study.designSpec.counterbalance) notes.push("counterbalance is not used by this kind; randomize orders the runs.")
  if (study.designSpec.nSamples !== null) notes.push("n_samples is not used by this kind.")
  if (!study.designSpec.randomize) {
    notes.push(
      ...fixedOrderNotes(
        study,
        "Runs are in standard order: a drift in time would look like an effect. Set randomize: true.",
      ),
    )
  }
  return notes
}

/** Notes on computed values: whole numbers that are not whole, and values outside of the levels given. */
export const valueNotes = (factors: CodedFactors, points: ReadonlyArray<CodedPoint>): ReadonlyArray<string> => {
  const notes: Array<string> = []
  for (const [place, factor] of factors.varied.entries()) {
    const coded = [...new Set(points.map((point) => point.coded[place] ?? 0))].sort((a, b) => a - b)
    const numbers = coded.map((level) => toNumber(factor.valueAt(level)))
    if (factor.whole) {
      const parts = numbers.filter((number) => number !== undefined && !Number.isInteger(number))
      if (parts.length > 0) {
        notes.push(`${factor.name} is declared int, but the design asks for ${parts.slice(0, 5).join(", ")}.`)
      }
    }
    const ends = [numbers[0], numbers.at(-1)]
    if ((coded[0] ?? 0) < -1 || (coded.at(-1) ?? 0) > 1) {
      notes.push(
        `${factor.name} reaches from ${Math.min(...ends.map((end) => end ?? 0))} to ${Math.max(...ends.map((end) => end ?? 0))}, outside of its levels: check that these settings are possible and safe, or take alpha: face or inscribed.`,
      )
    }
  }
  return notes
}

/** The finished design. */
export const builtDesign = (
  study: Study,
  rows: ReadonlyArray<DesignRow>,
  report: Omit<DesignReport, "kind" | "runs" | "balance">,
): BuiltDesign => ({
  rows,
  report: { kind: study.designSpec.kind, runs: rows.length, balance: balanceOfRows(rows), ...report },
})
