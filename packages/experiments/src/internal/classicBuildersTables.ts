/**
 * The predecessor's kinds of design that are tables of rows: Latin square, Latin hypercube and two-level template. Their
 * conditions are identified by their values and by their place in the table.
 *
 * @layer logic
 * @module
 */
import * as Result from "effect/Result"
import type { BuiltDesign, DesignBuilder, DesignReport, DesignRow } from "../Design.ts"
import {
  appendCenterPoints,
  type Bounds,
  boundedCount,
  combinations,
  countCombinations,
  counterbalance,
  type DesignTable,
  fractionalFactorial2Level,
  latinHypercube,
  randomizeRuns,
  repeatRows,
} from "../DesignTables.ts"
import { DesignError } from "../ExperimentError.ts"
import { str } from "../StableJson.ts"
import { type DesignKind, type Factor, type Study, valuesOf } from "../Study.ts"
import { emptyMap, isList, isMap, isNumber, toNumber, type Value } from "../Value.ts"
import { mainEffects } from "./reportOfConditions.ts"
import { balanceOfRows } from "./designBalance.ts"
import { nearestName } from "./nearestName.ts"
import { templateReport } from "./templateReport.ts"
import { fixedOrderNotes } from "./orderWords.ts"

type Refusal = Result.Result<never, DesignError>

const refuse = (study: Study, option: string, problem: string, hints: ReadonlyArray<string> = []): Refusal =>
  Result.fail(new DesignError({ kind: study.designSpec.kind, option, problem, hints: [...hints] }))

/** A text option as the predecessor reads it: any value as Python's text. */
const textOption = (study: Study, name: string, otherwise: string): string => {
  const value = study.designSpec.options.get(name)
  return value === undefined ? otherwise : str(value)
}

const squareRoles = ["row_factor", "column_factor", "treatment_factor"] as const

const latinSquare: DesignBuilder = (study) => {
  const names = study.factors.map((factor) => factor.name)
  const chosen: Array<Factor> = []
  for (const role of squareRoles) {
    const name = textOption(study, role, "")
    const option = `design_spec.options.${role}`
    if (name === "") {
      return refuse(
        study,
        option,
        "is missing: a Latin square has a row factor, a column factor and a treatment factor",
        [`name one of: ${names.join(", ")}`],
      )
    }
    const factor = study.factors.find((candidate) => candidate.name === name)
    if (factor === undefined) {
      const near = nearestName(name, names)
      return refuse(study, option, `no factor has the name ${JSON.stringify(name)}`, [
        near === undefined ? `factors: ${names.join(", ")}` : `did you mean ${JSON.stringify(near)}?`,
      ])
    }
    if (chosen.includes(factor)) {
      return refuse(
        study,
        option,
        `factor ${JSON.stringify(name)} is named twice; row, column and treatment are three factors`,
      )
    }
    chosen.push(factor)
  }
  const [rows = [], columns = [], treatments = []] = chosen.map(valuesOf)
  const size = treatments.length
  if (rows.length !== size || columns.length !== size) {
    return refuse(
      study,
      "design_spec.options",
      `row, column and treatment factor must have equally many levels, not ${rows.length}, ${columns.length} and ${size}`,
    )
  }
  const count = boundedCount(study.designSpec.kind, "factors", countCombinations([size, size]))
  if (Result.isFailure(count)) return Result.fail(count.failure)
  const [rowName = "", columnName = "", treatmentName = ""] = chosen.map((factor) => factor.name)
  const built: Array<DesignRow> = []
  for (const [row, rowValue] of rows.entries()) {
    for (const [column, columnValue] of columns.entries()) {
      built.push({
        factors: new Map([
          [rowName, rowValue],
          [columnName, columnValue],
          [treatmentName, treatments[(row + column) % size] ?? null],
        ]),
        blocks: emptyMap,
        metadata: new Map<string, Value>([
          ["design_kind", study.designSpec.kind],
          ["latin_square_row", row],
          ["latin_square_col", column],
        ]),
      })
    }
  }
  const others = names.filter((name) => !chosen.some((factor) => factor.name === name))
  const spec = study.designSpec
  const notes = [
    "One fixed square, not randomised: each treatment follows the same treatment in every row. randomized_latin_square draws the square; williams balances what follows what.",
    "Row, column and treatment effects can be estimated only where none of them depends on another.",
    ...(others.length > 0 ? [`Factors that are not in the square are left out: ${others.join(", ")}.`] : []),
    ...(study.blocks.length > 0 ? [`Blocks are left out: ${study.blocks.map((block) => block.name).join(", ")}.`] : []),
    ...(spec.randomize || spec.counterbalance || spec.replicates > 1 || spec.centerPoints > 0
      ? ["randomize, counterbalance, replicates and center_points of design_spec are not used by this kind."]
      : []),
  ]
  const balance = balanceOfRows(built)
  const { notes: limits, worth } = mainEffects(
    built.map((row) => row.factors),
    balance,
  )
  return Result.succeed({
    rows: built,
    report: { kind: spec.kind, runs: built.length, balance, ...worth, notes: [...notes, ...limits] },
  })
}

/** Replicates, centre points, order, then blocks: what every table of factor values goes through. */
const fromTable = (
  study: Study,
  table: DesignTable,
  report: (rows: ReadonlyArray<DesignRow>) => Omit<DesignReport, "kind" | "runs" | "balance">,
): Result.Result<BuiltDesign, DesignError> => {
  const spec = study.designSpec
  const blocks = [...combinations(new Map(study.blocks.map((block) => [block.name, block.levels])))]
  const rowCount = BigInt(table.length) * BigInt(spec.replicates) + BigInt(spec.centerPoints)
  const count = boundedCount(spec.kind, "design_spec", rowCount * BigInt(blocks.length))
  if (Result.isFailure(count)) return Result.fail(count.failure)
  const centered = appendCenterPoints(repeatRows(table, spec.replicates), spec.centerPoints)
  if (Result.isFailure(centered)) {
    return refuse(study, "design_spec.center_points", centered.failure.problem, centered.failure.hints)
  }
  const ordered = spec.randomize
    ? randomizeRuns(centered.success, { seed: study.seedPolicy.baseSeed, block: spec.blockRandomizationKey })
    : Result.succeed(centered.success)
  if (Result.isFailure(ordered)) {
    return refuse(study, "design_spec.block_randomization_key", ordered.failure.problem, ordered.failure.hints)
  }
  const expanded: Array<DesignRow> = []
  for (const [index, row] of ordered.success.entries()) {
    for (const assignment of blocks) {
      expanded.push({
        factors: row,
        blocks: assignment,
        metadata: new Map<string, Value>([
          ["design_kind", spec.kind],
          ["row_index", index],
        ]),
      })
    }
  }
  const rows = spec.counterbalance ? counterbalance(expanded) : expanded
  const { notes, ...facts } = report(rows)
  return Result.succeed({
    rows,
    report: {
      kind: spec.kind,
      runs: rows.length,
      balance: balanceOfRows(rows),
      ...facts,
      notes: [...notes, ...tableNotes(study)],
    },
  })
}

const tableNotes = (study: Study): ReadonlyArray<string> => {
  const spec = study.designSpec
  const key = spec.blockRandomizationKey
  return [
    ...(spec.randomize && key !== null
      ? [
          `Rows are randomised inside of each value of ${key}, from one seed: groups of one size have the same order. randomized_complete_block has an own order for each block.`,
        ]
      : []),
    ...(!spec.randomize && key !== null
      ? ["design_spec.block_randomization_key has no effect without randomize."]
      : []),
    ...(!spec.randomize ? fixedOrderNotes(study, "Run order is not randomised.") : []),
    ...(spec.counterbalance
      ? ["Counterbalancing is one fixed order: every second condition, then the others backwards."]
      : []),
    ...(study.blocks.length > 0 ? ["Every row is run in every block, one block after the other."] : []),
  ]
}

const samples = (study: Study): Result.Result<number, DesignError> => {
  const option = study.designSpec.options.get("n_samples")
  const count = study.designSpec.nSamples ?? (isNumber(option) ? toNumber(option) : undefined)
  return count !== undefined && Number.isSafeInteger(count) && count >= 1
    ? Result.succeed(count)
    : refuse(study, "design_spec.n_samples", "is missing: a Latin hypercube needs the number of samples, 1 or more")
}

const explicitBounds = (study: Study, bounds: Value): Result.Result<Bounds, DesignError> => {
  if (!isMap(bounds)) {
    return refuse(study, "design_spec.options.bounds", "must be a map from factor to [low, high]")
  }
  const resolved = new Map<string, readonly [number, number]>()
  for (const [name, pair] of bounds) {
    const [low, high, ...more] = isList(pair) ? pair : []
    if (!isNumber(low) || !isNumber(high) || more.length > 0) {
      return refuse(study, `design_spec.options.bounds.${name}`, "must be two numbers: [low, high]")
    }
    resolved.set(name, [toNumber(low) ?? Number.NaN, toNumber(high) ?? Number.NaN])
  }
  return Result.succeed(resolved)
}

const levelBounds = (study: Study): Result.Result<Bounds, DesignError> => {
  const resolved = new Map<string, readonly [number, number]>()
  for (const [index, factor] of study.factors.entries()) {
    const values = valuesOf(factor)
    const numbers = values.flatMap((value) => (isNumber(value) ? [toNumber(value) ?? Number.NaN] : []))
    if (values.length < 2 || numbers.length < values.length) {
      return refuse(
        study,
        `factors[${index}].levels`,
        `factor ${JSON.stringify(factor.name)} needs two or more numeric levels, the lowest and highest of which are its range`,
        [`or give its range: design_spec.options.bounds.${factor.name}: [low, high]`],
      )
    }
    resolved.set(factor.name, [
      numbers.reduce((least, number) => Math.min(least, number)),
      numbers.reduce((most, number) => Math.max(most, number)),
    ])
  }
  return Result.succeed(resolved)
}

const hypercube: DesignBuilder = (study) => {
  const nSamples = samples(study)
  if (Result.isFailure(nSamples)) return Result.fail(nSamples.failure)
  const given = study.designSpec.options.get("bounds") ?? null
  const bounds = given === null ? levelBounds(study) : explicitBounds(study, given)
  if (Result.isFailure(bounds)) return Result.fail(bounds.failure)
  const table = latinHypercube({
    nSamples: nSamples.success,
    factors: bounds.success,
    seed: study.seedPolicy.baseSeed,
    backend: textOption(study, "backend", "stdlib"),
  })
  if (Result.isFailure(table)) {
    const { hints, option, problem } = table.failure
    const place =
      option === "backend" ? "options.backend" : option === "n_samples" ? option : `options.bounds.${option}`
    return refuse(study, `design_spec.${place}`, problem, hints)
  }
  const names = new Set(study.factors.map((factor) => factor.name))
  const strangers = [...bounds.success.keys()].filter((name) => !names.has(name))
  const left = [...names].filter((name) => !bounds.success.has(name))
  return fromTable(study, table.success, () => ({
    notes: [
      "Strata are filled one point each, without a look at distances between points; space_filling_latin_hypercube spreads them and reports how well.",
      ...(strangers.length > 0
        ? [`options.bounds names what is no factor of the study: ${strangers.join(", ")}.`]
        : []),
      ...(left.length > 0
        ? [`options.bounds leaves out these factors, and so do the conditions: ${left.join(", ")}.`]
        : []),
      ...(study.designSpec.replicates > 1
        ? ["Replicates repeat the same points: they estimate noise and do not explore further."]
        : []),
    ],
  }))
}

const template: DesignBuilder = (study) => {
  const names = study.factors.map((factor) => factor.name)
  const coded = fractionalFactorial2Level(names, {
    resolution: textOption(study, "resolution", "III"),
    backend: textOption(study, "backend", "stdlib"),
  })
  if (Result.isFailure(coded)) {
    const { hints, option, problem } = coded.failure
    return refuse(study, option === "factors" ? option : `design_spec.options.${option}`, problem, hints)
  }
  const levels = new Map<string, readonly [Value, Value]>()
  for (const [index, factor] of study.factors.entries()) {
    const [low, high, ...more] = factor.levels
    if (low === undefined || high === undefined || more.length > 0) {
      return refuse(
        study,
        `factors[${index}].levels`,
        `factor ${JSON.stringify(factor.name)} has ${factor.levels.length} levels; a two-level design needs exactly two`,
      )
    }
    levels.set(factor.name, [low.value, high.value])
  }
  const table = coded.success.map(
    (row) =>
      new Map<string, Value>(
        Array.from(row, ([name, sign]) => [name, levels.get(name)?.[(toNumber(sign) ?? 1) < 0 ? 0 : 1] ?? null]),
      ),
  )
  return fromTable(study, table, (rows) => templateReport(study, rows))
}

/** Builders of the table kinds. */
export const tableBuilders: Partial<Record<DesignKind, DesignBuilder>> = {
  latin_square: latinSquare,
  latin_hypercube: hypercube,
  fractional_factorial_2level: template,
}
