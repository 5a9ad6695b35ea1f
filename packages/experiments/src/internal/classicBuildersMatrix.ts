/**
 * The predecessor's kind `custom_matrix`: conditions that stand in a file, one row each. What is no factor and no block is
 * left out; values are not compared with the levels, but the report says where they differ.
 *
 * @layer logic
 * @module
 */
import * as Result from "effect/Result"
import { type BuiltDesign, type DesignRow, conditionsMax } from "../Design.ts"
import { DesignError } from "../ExperimentError.ts"
import * as JsonText from "../JsonText.ts"
import { repr, str } from "../StableJson.ts"
import { type Study, valuesOf } from "../Study.ts"
import { isList, isMap, type Value, type ValueMap } from "../Value.ts"
import { CsvError, CsvReader } from "./csvText.ts"
import { mainEffects } from "./reportOfConditions.ts"
import { assignmentsOf, balanceOfRows, columnsOf } from "./designBalance.ts"
import { valueKey } from "./valueKey.ts"
import { fixedOrderNotes } from "./orderWords.ts"

/** A file of rows as text. */
export interface MatrixText {
  readonly text: string
  readonly format: "json" | "csv"
  readonly path: string
}

/** Examples of one kind of oddity in a note. */
const examplesMax = 5

const refuse = (option: string, problem: string, hints: ReadonlyArray<string> = []) =>
  Result.fail(new DesignError({ kind: "custom_matrix", option, problem, hints: [...hints] }))

const matrixPath = "design_spec.matrix_path"

/** Where the study says that its rows are; undefined where it does not. */
export const matrixPathOf = (study: Study): string | undefined => {
  const option = study.designSpec.options.get("matrix_path")
  const path = study.designSpec.matrixPath || (option === undefined || option === null ? "" : str(option))
  return path === "" ? undefined : path
}

const jsonRows = (matrix: MatrixText): Result.Result<ReadonlyArray<ValueMap>, DesignError> => {
  const parsed = JsonText.parse(matrix.text, { source: matrix.path })
  if (Result.isFailure(parsed)) return refuse(matrixPath, parsed.failure.message, parsed.failure.hints)
  const value = parsed.success.value
  if (!isList(value)) {
    return refuse(matrixPath, `${matrix.path}: must be a list of rows, each a map from name to value`)
  }
  const rows: Array<ValueMap> = []
  for (const [index, row] of value.entries()) {
    if (!isMap(row)) {
      const line = parsed.success.lineOf([index])
      return refuse(
        matrixPath,
        `${matrix.path}: row ${index}${line === undefined ? "" : ` (line ${line})`} is no map from name to value`,
      )
    }
    rows.push(row)
  }
  return Result.succeed(rows)
}

const csvRows = (matrix: MatrixText): Result.Result<ReadonlyArray<ValueMap>, DesignError> => {
  const reader = new CsvReader()
  let records: ReadonlyArray<ReadonlyArray<string>>
  try {
    // A byte order mark would become part of the first name, and that column would be left out without a word.
    records = [...reader.push(matrix.text.replace(/^\ufeff/, "")), ...reader.end()]
  } catch (error) {
    if (!(error instanceof CsvError)) throw error
    return refuse(matrixPath, `${matrix.path}: line ${error.line}: ${error.message}`)
  }
  const [names = [], ...cells] = records
  const seen = new Set<string>()
  for (const name of names) {
    if (seen.has(name))
      return refuse(matrixPath, `${matrix.path}: column ${JSON.stringify(name)} stands twice in the first line`)
    seen.add(name)
  }
  const long = cells.findIndex((record) => record.slice(names.length).some((cell) => cell !== ""))
  if (long !== -1) {
    return refuse(
      matrixPath,
      `${matrix.path}: row ${long} has ${cells[long]?.length ?? 0} cells, the first line has ${names.length} names`,
      ["put a cell that contains a comma in double quotes"],
    )
  }
  return Result.succeed(
    cells.map((record) => new Map<string, Value>(names.map((name, column) => [name, record[column] ?? null]))),
  )
}

const oddities = (
  study: Study,
  table: ReadonlyArray<ValueMap>,
  rows: ReadonlyArray<DesignRow>,
): ReadonlyArray<string> => {
  const known = new Map<string, ReadonlySet<string>>([
    ...study.factors.map((factor) => [factor.name, new Set(valuesOf(factor).map(valueKey))] as const),
    ...study.blocks.map((block) => [block.name, new Set(block.levels.map(valueKey))] as const),
  ])
  const dropped = columnsOf(table).filter((name) => !known.has(name))
  const strange: Array<string> = []
  const partial = new Set<string>()
  let strangeCount = 0
  for (const [index, row] of rows.entries()) {
    for (const [name, levels] of known) {
      const value = row.factors.get(name) ?? row.blocks.get(name)
      if (value === undefined) {
        partial.add(name)
      } else if (!levels.has(valueKey(value)) && strangeCount++ < examplesMax) {
        strange.push(`${name} = ${repr(value)} in row ${index}`)
      }
    }
  }
  return [
    ...(dropped.length > 0 ? [`Columns that are no factor and no block are left out: ${dropped.join(", ")}.`] : []),
    ...(partial.size > 0 ? [`Some rows say nothing of: ${[...partial].join(", ")}.`] : []),
    ...(strangeCount > 0
      ? [
          `${strangeCount} values are no level of their factor or block (cells of a CSV file are text, "1" is not 1): ${strange.join("; ")}${strangeCount > strange.length ? "; and more" : ""}.`,
        ]
      : []),
  ]
}

/** The rows of the file in its order. */
export const customMatrix = (study: Study, matrix: MatrixText | undefined): Result.Result<BuiltDesign, DesignError> => {
  const path = matrixPathOf(study)
  if (matrix === undefined) {
    return path === undefined
      ? refuse(matrixPath, "is missing: name a file of rows", [
          "a .json file with a list of maps, or a .csv file with names in its first line",
        ])
      : refuse(matrixPath, `the rows of ${path} were not given`, [
          "read the file and give its text as the option matrix",
        ])
  }
  const table = matrix.format === "json" ? jsonRows(matrix) : csvRows(matrix)
  if (Result.isFailure(table)) return Result.fail(table.failure)
  if (table.success.length > conditionsMax) {
    return refuse(matrixPath, `${matrix.path}: has ${table.success.length} rows; at most ${conditionsMax} are built`)
  }
  const factors = new Set(study.factors.map((factor) => factor.name))
  const blocks = new Set(study.blocks.map((block) => block.name))
  const rows = table.success.map((row, index): DesignRow => {
    const entries = [...row]
    return {
      factors: new Map(entries.filter(([name]) => factors.has(name))),
      blocks: new Map(entries.filter(([name]) => blocks.has(name))),
      metadata: new Map<string, Value>([
        ["design_kind", study.designSpec.kind],
        ["matrix_row", index],
      ]),
    }
  })
  const spec = study.designSpec
  const balance = balanceOfRows(rows)
  const { notes: limits, worth } = mainEffects(rows.map(assignmentsOf), balance)
  return Result.succeed({
    rows,
    report: {
      kind: spec.kind,
      runs: rows.length,
      balance,
      ...worth,
      notes: [
        ...limits,
        ...fixedOrderNotes(study, "The rows are run in the order of the file; they are not randomised."),
        ...oddities(study, table.success, rows),
        ...(rows.length === 0 ? [`${matrix.path} has no rows.`] : []),
        ...(spec.randomize || spec.counterbalance || spec.replicates > 1 || spec.centerPoints > 0
          ? ["randomize, counterbalance, replicates and center_points of design_spec are not used by this kind."]
          : []),
      ],
    },
  })
}
