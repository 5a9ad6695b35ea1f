/**
 * What any coded two-level table can and cannot tell apart: whether it is a regular fraction, and then its generators,
 * defining words, resolution and aliases. Works on tables of other programs as well as on our own.
 *
 * @layer logic
 * @module
 */
import * as Result from "effect/Result"
import { DesignError } from "../ExperimentError.ts"
import { aliasesOfSize } from "./Aliases.ts"
import { efficiencyOf } from "./Efficiency.ts"
import { modelMatrix } from "./ModelMatrix.ts"
import {
  type Sign,
  type TwoLevelFraction,
  definingWords,
  factorsMax,
  generatorsOf,
  lettersOf,
  resolutionOf,
  wordText,
} from "./TwoLevelFraction.ts"

/** Rows of a table that is analysed: at most. */
export const rowsMax = 4096

/** What is known of a two-level table. @category models */
export interface TwoLevelTable {
  readonly runs: number
  readonly factors: number
  /** Runs that differ from each other. */
  readonly distinctRuns: number
  /** The table as a regular fraction (each run equally often), or absent where it is none. */
  readonly fraction?: TwoLevelFraction
  /** As in `D=ABC`; empty for a full factorial, absent where the table is no regular fraction. */
  readonly generators?: ReadonlyArray<string>
  /** Shortest first; at most 255. */
  readonly definingWords?: ReadonlyArray<string>
  /** Length of the shortest defining word; absent for a full factorial and for a table that is no regular fraction. */
  readonly resolution?: number
  /** For each two-factor interaction that shares its column: the main effects and two-factor interactions in it. */
  readonly twoFactorAliases?: ReadonlyMap<string, ReadonlyArray<string>>
  /** D-efficiency for the main effects, in percent of an orthogonal design; 0 where they cannot be estimated. */
  readonly dEfficiency: number
}

const asFraction = (
  rows: ReadonlyArray<ReadonlyArray<number>>,
  names: ReadonlyArray<string>,
): TwoLevelFraction | undefined => {
  const seen = new Map<string, number>()
  for (const row of rows) {
    const key = row.map((value) => (value < 0 ? "-" : "+")).join("")
    seen.set(key, (seen.get(key) ?? 0) + 1)
  }
  const distinct = [...seen.keys()]
  const [times] = seen.values()
  if ([...seen.values()].some((count) => count !== times)) return undefined
  // Each column is one long whole number; bit 0 stands for the constant.
  const reduced: Array<{ rest: bigint; as: number }> = []
  const columns: Array<number> = []
  const signs: Array<Sign> = []
  let bits = 0
  for (const place of names.keys()) {
    let rest = 0n
    for (const row of distinct) rest = (rest << 1n) | (row[place] === "-" ? 1n : 0n)
    const negative = (rest & 1n) === 1n
    if (negative) rest ^= (1n << BigInt(distinct.length)) - 1n
    let as = 0
    for (const row of reduced) {
      if ((rest ^ row.rest) < rest) {
        rest ^= row.rest
        as ^= row.as
      }
    }
    if (rest !== 0n) {
      if (2 ** (bits + 1) > distinct.length) return undefined
      as ^= 1 << bits++
      reduced.push({ rest, as })
      reduced.sort((left, right) => (left.rest > right.rest ? -1 : 1))
      columns.push(1 << (bits - 1))
      signs.push(1)
    } else {
      columns.push(as)
      signs.push(1)
    }
  }
  if (2 ** bits !== distinct.length) return undefined
  const fraction: TwoLevelFraction = { names, bits, columns, signs }
  // The sign of a dependent column is that of its product with its basic columns, the same in all rows.
  const basic = new Map(
    columns.flatMap((column, place) =>
      column !== 0 && (column & (column - 1)) === 0 ? [[column, place] as const] : [],
    ),
  )
  const [row = ""] = distinct
  return {
    ...fraction,
    signs: columns.map((column, place) => {
      if (basic.get(column) === place) return 1
      let sign: Sign = row[place] === "-" ? -1 : 1
      for (const [bit, factor] of basic) if ((column & bit) !== 0 && row[factor] === "-") sign = sign === 1 ? -1 : 1
      return sign
    }),
  }
}

/**
 * Analyses a coded table: rows of -1 and 1. Factors are named by letters unless names are given.
 *
 * @category constructors
 */
export const analyseTwoLevelTable = (
  rows: ReadonlyArray<ReadonlyArray<number>>,
  names: ReadonlyArray<string> = lettersOf(rows[0]?.length ?? 0),
): Result.Result<TwoLevelTable, DesignError> => {
  const problem =
    rows.length === 0 || names.length === 0
      ? "the table is empty"
      : rows.length > rowsMax
        ? `${rows.length} rows; at most ${rowsMax} are analysed`
        : names.length > factorsMax
          ? `${names.length} columns; at most ${factorsMax} are analysed`
          : rows.some((row) => row.length !== names.length || row.some((value) => value !== 1 && value !== -1))
            ? `each row must hold ${names.length} values, each -1 or 1`
            : undefined
  if (problem !== undefined) {
    return Result.fail(
      new DesignError({ kind: "two_level_table", option: "rows", problem, hints: ["code low as -1 and high as 1"] }),
    )
  }
  const distinctRuns = new Set(rows.map((row) => row.join())).size
  const { dEfficiency } = efficiencyOf(modelMatrix({ columns: names, rows }, "main effects"))
  const fraction = asFraction(rows, names)
  const base = { runs: rows.length, factors: names.length, distinctRuns, dEfficiency }
  if (fraction === undefined) return Result.succeed(base)
  const resolution = resolutionOf(fraction)
  return Result.succeed({
    ...base,
    fraction,
    generators: generatorsOf(fraction),
    definingWords: definingWords(fraction).words.map((word) => wordText(names, word)),
    ...(resolution === undefined ? {} : { resolution }),
    twoFactorAliases: aliasesOfSize(fraction, 2),
  })
}
