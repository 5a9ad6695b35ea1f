/**
 * A design table alone, without a study: rows, a summary, a sentence about them and warnings; and the table as CSV. The
 * same rows and the same bytes as the predecessor's `generate-doe`.
 *
 * @layer logic
 * @module
 */
import * as Result from "effect/Result"
import {
  appendCenterPoints,
  type Bounds,
  boundedCount,
  designBalanceReport,
  type DesignTable,
  fractionalFactorial2Level,
  fullFactorial,
  latinHypercube,
  type LevelLists,
  type LevelUse,
  numericRanges,
  randomizeRuns,
  repeatRows,
  type TableSeed,
} from "./DesignTables.ts"
import { DesignError } from "./ExperimentError.ts"
import { record } from "./internal/csvText.ts"
import { columnsOf } from "./internal/designBalance.ts"
import { nearestName } from "./internal/nearestName.ts"
import { str } from "./StableJson.ts"
import { isList, isNumber, toNumber, type Value, type ValueMap } from "./Value.ts"

/** Names of the kinds, short and in full. */
const kinds = {
  full: "full_factorial",
  full_factorial: "full_factorial",
  lhs: "latin_hypercube",
  latin_hypercube: "latin_hypercube",
  frac2: "fractional_factorial_2level",
  fractional_factorial_2level: "fractional_factorial_2level",
} as const

/** A kind of design that stands alone, by its full name. @category models */
export type DoeKind = (typeof kinds)[keyof typeof kinds]

const isKindName = (name: string): name is keyof typeof kinds => Object.hasOwn(kinds, name)

/** What a table is made with besides its kind and factors. @category models */
export interface GenerateDoeOptions {
  /** Rows of a Latin hypercube; needed there and only there. */
  readonly nSamples?: number
  /** 0 unless given. */
  readonly seed?: TableSeed
  /** Rows in the middle, appended; 0 unless given. */
  readonly centerPoints?: number
  /** How often the table is repeated; 1 unless given. */
  readonly replicates?: number
  /** Random order of the rows; true unless given. */
  readonly randomize?: boolean
  /** A column inside whose values rows are randomised. */
  readonly blockRandomizationKey?: string | null
  /** `stdlib` unless given. */
  readonly backend?: string
}

/** What a table is like. @category models */
export interface DoeSummary {
  readonly nRuns: number
  readonly factors: ReadonlyArray<string>
  /** Lowest and highest value of each numeric column. */
  readonly ranges: ReadonlyMap<string, readonly [low: number, high: number]>
  readonly designKind: DoeKind
  readonly backend: string
  readonly balance: ReadonlyMap<string, LevelUse>
}

/** A table with what is to be known of it. @category models */
export interface GeneratedDoe {
  readonly design: DesignTable
  readonly summary: DoeSummary
  readonly interpretation: string
  readonly warnings: ReadonlyArray<string>
}

/** A most frequent level this many times the least frequent one is warned of. */
const ratioMax = 2

const refuse = (kind: string, option: string, problem: string, hints: ReadonlyArray<string> = []) =>
  Result.fail(new DesignError({ kind, option, problem, hints: [...hints] }))

const levelsOf = (kind: string, factors: ValueMap): Result.Result<LevelLists, DesignError> => {
  const levels = new Map<string, ReadonlyArray<Value>>()
  for (const [name, values] of factors) {
    if (!isList(values) || values.length === 0) {
      return refuse(kind, name, "must be a list of one level or more", [`as in {${JSON.stringify(name)}: [0, 1]}`])
    }
    levels.set(name, values)
  }
  return Result.succeed(levels)
}

const boundsOf = (kind: string, factors: ValueMap): Result.Result<Bounds, DesignError> => {
  const bounds = new Map<string, readonly [number, number]>()
  for (const [name, pair] of factors) {
    const [low, high, ...more] = isList(pair) ? pair : []
    if (!isNumber(low) || !isNumber(high) || more.length > 0) {
      return refuse(kind, name, "must be two numbers: [low, high]", [`as in {${JSON.stringify(name)}: [0, 1]}`])
    }
    bounds.set(name, [toNumber(low) ?? Number.NaN, toNumber(high) ?? Number.NaN])
  }
  return Result.succeed(bounds)
}

const tableOf = (
  kind: DoeKind,
  factors: ValueMap,
  options: GenerateDoeOptions,
): Result.Result<DesignTable, DesignError> => {
  const backend = options.backend ?? "stdlib"
  switch (kind) {
    case "full_factorial":
      return Result.flatMap(levelsOf(kind, factors), fullFactorial)
    case "latin_hypercube": {
      const { nSamples } = options
      if (nSamples === undefined) return refuse(kind, "n_samples", "is missing: how many rows should there be?")
      return Result.flatMap(boundsOf(kind, factors), (bounds) =>
        latinHypercube({ nSamples, factors: bounds, seed: options.seed ?? 0, backend }),
      )
    }
    case "fractional_factorial_2level":
      return fractionalFactorial2Level([...factors.keys()], { backend })
  }
}

const twoLevelNotes = (kind: DoeKind, factors: ValueMap): ReadonlyArray<string> => {
  if (kind !== "fractional_factorial_2level") return []
  const given = [...factors].filter(
    ([, levels]) => !isList(levels) || levels.length !== 2 || toNumber(levels[0]) !== -1 || toNumber(levels[1]) !== 1,
  )
  return given.length === 0
    ? []
    : [
        `The table is in coded units: -1 is the first level, 1 the second; the levels given for ${given.map(([name]) => name).join(", ")} are not in it.`,
      ]
}

/**
 * Makes a design table. `kind` is `full`, `lhs` or `frac2`, or one of their full names. Factors are lists of levels for a
 * full factorial, `[low, high]` for a Latin hypercube; of a two-level template only the names count.
 *
 * @category constructors
 */
export const generateDoe = (
  kind: string,
  factors: ValueMap,
  options: GenerateDoeOptions = {},
): Result.Result<GeneratedDoe, DesignError> => {
  const name = kind.trim().toLowerCase()
  if (!isKindName(name)) {
    const near = nearestName(name, Object.keys(kinds))
    return refuse(kind, "kind", "is no table that can be made alone; known are full, lhs and frac2", [
      near === undefined
        ? "every other kind is built from a study: heddle experiments design FILE"
        : `did you mean ${near}?`,
    ])
  }
  const designKind = kinds[name]
  const { centerPoints = 0, replicates = 1, seed = 0 } = options
  if (!Number.isSafeInteger(replicates) || replicates < 1) {
    return refuse(designKind, "replicates", `${replicates} is no number of replicates; give 1 or more`)
  }
  if (!Number.isSafeInteger(centerPoints) || centerPoints < 0) {
    return refuse(designKind, "center_points", `${centerPoints} is no number of centre points; give 0 or more`)
  }
  if (typeof seed === "number" && !Number.isInteger(seed)) {
    return refuse(designKind, "seed", `${seed} is no whole number`)
  }
  return Result.gen(function* () {
    const table = yield* tableOf(designKind, factors, options)
    yield* boundedCount(designKind, "replicates", BigInt(table.length) * BigInt(replicates) + BigInt(centerPoints))
    const whole = yield* appendCenterPoints(repeatRows(table, replicates), centerPoints)
    const design =
      (options.randomize ?? true)
        ? yield* randomizeRuns(whole, { seed, block: options.blockRandomizationKey ?? null })
        : whole
    const balance = designBalanceReport(design)
    const columns = columnsOf(design)
    return {
      design,
      summary: {
        nRuns: design.length,
        factors: columns,
        ranges: numericRanges(design),
        designKind,
        backend: options.backend ?? "stdlib",
        balance,
      },
      interpretation: [
        `${design.length} runs of a ${designKind} design in ${columns.length} ${columns.length === 1 ? "factor" : "factors"}; the summary has the range and the balance of each column.`,
        ...twoLevelNotes(designKind, factors),
      ].join(" "),
      warnings: Array.from(balance)
        .filter(([, { maxToMinRatio }]) => maxToMinRatio > ratioMax)
        .map(
          ([column, { maxToMinRatio }]) =>
            `Factor ${JSON.stringify(column)} is unbalanced: its most frequent level occurs ${Number(maxToMinRatio.toPrecision(3))} times as often as its least frequent.`,
        ),
    }
  })
}

const cellText = (value: Value | undefined): string => (value === undefined || value === null ? "" : str(value))

/**
 * A table as CSV: names first, records end with CRLF, numbers as Python writes them, cells in quotes only where they must
 * be. The bytes of the predecessor's file.
 *
 * @category conversions
 */
export const toCsv = (table: DesignTable): string => {
  const columns = columnsOf(table)
  let text = record(columns)
  for (const row of table) text += record(columns.map((column) => cellText(row.get(column))))
  return text
}
