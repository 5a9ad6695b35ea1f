/**
 * Design tables: rows of factor values, without a study. The predecessor's helpers (full factorial, Latin hypercube,
 * two-level templates, replicates, centre points, randomised order, balance, schedule), row for row as it gives them.
 *
 * A table is a list of maps from column to value. Everything that draws takes a seed and nothing else, so the same call
 * gives the same rows everywhere.
 *
 * @layer logic
 * @module
 */
import * as Result from "effect/Result"
import { conditionsMax } from "./Design.ts"
import { DesignError } from "./ExperimentError.ts"
import { columnCounts, columnsOf, ratioOf } from "./internal/designBalance.ts"
import { valueKey } from "./internal/valueKey.ts"
import * as MersenneTwister from "./MersenneTwister.ts"
import { float, isNumber, toNumber, type Value, type ValueMap } from "./Value.ts"

/** Rows of factor values. @category models */
export type DesignTable = ReadonlyArray<ValueMap>

/** Values of each factor, in the order of the columns. @category models */
export type LevelLists = ReadonlyMap<string, ReadonlyArray<Value>>

/** Lowest and highest value of each factor. @category models */
export type Bounds = ReadonlyMap<string, readonly [low: number, high: number]>

/** A seed of CPython's generator: a whole number of any size. @category models */
export type TableSeed = number | bigint

const refuse = (kind: string, option: string, problem: string, hints: ReadonlyArray<string> = []) =>
  Result.fail(new DesignError({ kind, option, problem, hints: [...hints] }))

/**
 * How many combinations lists of these lengths have. Exact for any lengths: nothing is built.
 *
 * @category counts
 */
export const countCombinations = (lengths: Iterable<number>): bigint => {
  let count = 1n
  for (const length of lengths) count *= BigInt(length)
  return count
}

/** A count of rows, refused above {@link conditionsMax}. @category counts */
export const boundedCount = (kind: string, option: string, count: bigint): Result.Result<number, DesignError> =>
  count <= BigInt(conditionsMax)
    ? Result.succeed(Number(count))
    : refuse(kind, option, `gives ${count} conditions; at most ${conditionsMax} are built`, [
        "take fewer levels or factors, or a design that needs fewer runs: fractional_factorial, space_filling_latin_hypercube, optimal",
      ])

/**
 * All combinations of the lists, the last list fastest; one at a time, so a product of any size can be begun.
 *
 * @category tables
 */
export function* combinations(levels: LevelLists): Generator<ValueMap> {
  const columns = [...levels]
  if (columns.some(([, values]) => values.length === 0)) return
  const places = columns.map(() => 0)
  while (true) {
    yield new Map(columns.map(([name, values], column) => [name, values[places[column] ?? 0] ?? null]))
    let column = columns.length - 1
    while (column >= 0) {
      const place = (places[column] ?? 0) + 1
      if (place < (columns[column]?.[1].length ?? 0)) {
        places[column] = place
        break
      }
      places[column] = 0
      column--
    }
    if (column < 0) return
  }
}

/**
 * Every combination of the levels, the last factor fastest. Without factors there are no rows.
 *
 * @category tables
 */
export const fullFactorial = (levels: LevelLists): Result.Result<DesignTable, DesignError> => {
  if (levels.size === 0) return Result.succeed([])
  for (const [name, values] of levels) {
    if (values.length === 0) return refuse("full_factorial", name, "has no levels; give at least one")
  }
  const count = boundedCount(
    "full_factorial",
    "factors",
    countCombinations(Array.from(levels.values(), (values) => values.length)),
  )
  return Result.isFailure(count) ? Result.fail(count.failure) : Result.succeed([...combinations(levels)])
}

/** Where rows of a Latin hypercube come from. @category models */
export interface LatinHypercubeOptions {
  readonly nSamples: number
  readonly factors: Bounds
  /** 0 unless given. */
  readonly seed?: TableSeed
  /** `stdlib` (ours, and the predecessor's own) unless given; `scipy` and `qmc` are refused. */
  readonly backend?: string
}

/**
 * Latin hypercube: each factor's range in `nSamples` equal strata, one point in each, the columns shuffled apart.
 *
 * @category tables
 */
export const latinHypercube = (options: LatinHypercubeOptions): Result.Result<DesignTable, DesignError> => {
  const kind = "latin_hypercube"
  const { factors, nSamples } = options
  if (!Number.isSafeInteger(nSamples) || nSamples < 1) {
    return refuse(kind, "n_samples", `${nSamples} is no number of samples; give 1 or more`)
  }
  if (factors.size === 0) return Result.succeed([])
  const backend = (options.backend ?? "stdlib").trim().toLowerCase()
  if (backend === "scipy" || backend === "qmc") {
    return refuse(kind, "backend", `${JSON.stringify(backend)} draws with SciPy's generator, which is not here`, [
      'leave out the backend (or say "stdlib") for the rows of the standard generator',
      "for points that are spread better, take kind space_filling_latin_hypercube, sobol or halton in a study",
    ])
  }
  if (backend !== "stdlib")
    return refuse(kind, "backend", `${JSON.stringify(options.backend)} is not known; known is "stdlib"`)
  const bounded = boundedCount(kind, "n_samples", BigInt(nSamples))
  if (Result.isFailure(bounded)) return Result.fail(bounded.failure)
  const random = MersenneTwister.make(options.seed ?? 0)
  const columns: Array<readonly [string, ReadonlyArray<number>]> = []
  for (const [name, [low, high]] of factors) {
    if (!(high > low)) return refuse(kind, name, `bounds ${low} to ${high}: the second must be above the first`)
    if (!Number.isFinite(high - low))
      return refuse(kind, name, `bounds ${low} to ${high}: both must be finite, and so must their distance`)
    const points: Array<number> = []
    for (let index = 0; index < nSamples; index++) {
      const start = index / nSamples
      const end = (index + 1) / nSamples
      const point = start + random.random() * (end - start)
      points.push(low + point * (high - low))
    }
    random.shuffle(points)
    columns.push([name, points])
  }
  const rows: Array<ValueMap> = []
  for (let row = 0; row < nSamples; row++) {
    rows.push(new Map(columns.map(([name, points]) => [name, float(points[row] ?? Number.NaN)])))
  }
  return Result.succeed(rows)
}

/** Factors that the two-level templates are made for. */
export const templateFactorsMax = 6

/** Products of A, B and C that set the fourth, fifth and sixth factor of a template. */
export const templateGenerators = ["ABC", "AC", "BC"] as const

/**
 * Two-level template in coded units, -1 before 1: two and three factors in full, four to six in eight runs with
 * D = ABC, E = AC, F = BC.
 *
 * @category tables
 */
export const fractionalFactorial2Level = (
  factors: ReadonlyArray<string>,
  options: { readonly resolution?: string; readonly backend?: string } = {},
): Result.Result<DesignTable, DesignError> => {
  const kind = "fractional_factorial_2level"
  const own = "take kind fractional_factorial, which has every resolution and up to 128 runs"
  const resolution = options.resolution ?? "III"
  if (resolution !== "III") {
    return refuse(kind, "resolution", `${JSON.stringify(resolution)} is not known to this kind; only "III" is`, [own])
  }
  if (factors.length < 2) return refuse(kind, "factors", `needs two factors or more, not ${factors.length}`)
  const backend = (options.backend ?? "stdlib").trim().toLowerCase()
  if (backend === "pydoe3" || backend === "pydoe") {
    return refuse(
      kind,
      "backend",
      `${JSON.stringify(backend)} takes its rows from a Python package, which is not here`,
      ['leave out the backend (or say "stdlib"): the same runs in the order of the template', own],
    )
  }
  if (backend !== "stdlib")
    return refuse(kind, "backend", `${JSON.stringify(options.backend)} is not known; known is "stdlib"`)
  if (factors.length > templateFactorsMax) {
    return refuse(kind, "factors", `has templates for 2 to ${templateFactorsMax} factors, not for ${factors.length}`, [
      own,
    ])
  }
  const base = Math.min(factors.length, 3)
  const rows: Array<ValueMap> = []
  for (let run = 0; run < 2 ** base; run++) {
    const signs = Array.from({ length: base }, (_, column) => ((run >> (base - 1 - column)) & 1 ? 1 : -1))
    const [a = 1, b = 1, c = 1] = signs
    const values = [...signs, a * b * c, a * c, b * c]
    rows.push(new Map(factors.map((name, column) => [name, float(values[column] ?? Number.NaN)])))
  }
  return Result.succeed(rows)
}

/** The rows one after the other, `replicates` times. @category rows */
export const repeatRows = (rows: DesignTable, replicates: number): DesignTable => {
  const repeated: Array<ValueMap> = []
  for (let replicate = 0; replicate < replicates; replicate++) for (const row of rows) repeated.push(row)
  return repeated
}

/** The items in random order. @category rows */
export const shuffled = <T>(items: ReadonlyArray<T>, seed: TableSeed): Array<T> => {
  const copy = [...items]
  MersenneTwister.make(seed).shuffle(copy)
  return copy
}

/**
 * Rows in random order; with `block` (a column), inside of each of its values, which stay in first-seen order. Each group
 * begins from the same seed, so groups of one size get the same permutation: as the predecessor does it. The kind
 * `randomized_complete_block` has an own permutation for each block.
 *
 * @category rows
 */
export const randomizeRuns = (
  rows: DesignTable,
  options: { readonly seed?: TableSeed; readonly block?: string | null } = {},
): Result.Result<DesignTable, DesignError> => {
  const seed = options.seed ?? 0
  const block = options.block ?? null
  if (rows.length < 2) return Result.succeed([...rows])
  if (block === null) return Result.succeed(shuffled(rows, seed))
  const groups = new Map<string, Array<ValueMap>>()
  for (const row of rows) {
    const value = row.get(block)
    if (value === undefined) {
      return refuse("randomize_runs", "block_randomization_key", `no column ${JSON.stringify(block)} in every row`, [
        `columns: ${columnsOf(rows).join(", ")}`,
      ])
    }
    const key = valueKey(value)
    const group = groups.get(key)
    if (group === undefined) groups.set(key, [row])
    else group.push(row)
  }
  return Result.succeed([...groups.values()].flatMap((group) => shuffled(group, seed)))
}

const finiteRange = (values: Iterable<Value>): readonly [number, number] | undefined => {
  let low = Number.POSITIVE_INFINITY
  let high = Number.NEGATIVE_INFINITY
  let some = false
  for (const value of values) {
    const number = isNumber(value) ? toNumber(value) : undefined
    if (number === undefined) return undefined
    some = true
    if (number < low) low = number
    if (number > high) high = number
  }
  return some ? [low, high] : undefined
}

const present = (rows: DesignTable, column: string): ReadonlyArray<Value> => {
  const values: Array<Value> = []
  for (const row of rows) {
    const value = row.get(column)
    if (value !== undefined) values.push(value)
  }
  return values
}

/**
 * Appends `centerPoints` equal rows: the middle of the range where a column is numeric, else its most frequent value (the
 * first of several). Booleans are not numeric.
 *
 * @category rows
 */
export const appendCenterPoints = (
  rows: DesignTable,
  centerPoints: number,
): Result.Result<DesignTable, DesignError> => {
  if (centerPoints <= 0) return Result.succeed([...rows])
  if (rows.length === 0) return refuse("center_points", "center_points", "an empty table has no centre")
  const center = new Map<string, Value>()
  for (const column of columnsOf(rows)) {
    const values = present(rows, column)
    const range = finiteRange(values)
    if (range !== undefined) {
      center.set(column, float((range[0] + range[1]) / 2))
      continue
    }
    const counts = new Map<string, number>()
    for (const value of values) counts.set(valueKey(value), (counts.get(valueKey(value)) ?? 0) + 1)
    let most = 0
    for (const count of counts.values()) if (count > most) most = count
    center.set(column, values.find((value) => counts.get(valueKey(value)) === most) ?? null)
  }
  return Result.succeed([...rows, ...Array.from({ length: centerPoints }, () => center)])
}

/** Lowest and highest value of each column that has numbers only. @category summaries */
export const numericRanges = (rows: DesignTable): ReadonlyMap<string, readonly [low: number, high: number]> => {
  const ranges = new Map<string, readonly [number, number]>()
  for (const column of columnsOf(rows)) {
    const range = finiteRange(present(rows, column))
    if (range !== undefined) ranges.set(column, range)
  }
  return ranges
}

/** Different values of a column, and the most frequent over the least frequent. @category models */
export interface LevelUse {
  readonly nLevels: number
  readonly maxToMinRatio: number
}

/** How evenly each column uses its values. @category summaries */
export const designBalanceReport = (rows: DesignTable): ReadonlyMap<string, LevelUse> =>
  new Map(
    Array.from(columnCounts(columnsOf(rows), rows), ([column, counts]) => [
      column,
      { nLevels: counts.size, maxToMinRatio: ratioOf(counts.values()) },
    ]),
  )

/** The first, third, fifth … item, then the others from the end; fewer than three stay as they are. @category rows */
export const counterbalance = <T>(items: ReadonlyArray<T>): ReadonlyArray<T> =>
  items.length < 3
    ? items
    : [...items.filter((_, index) => index % 2 === 0), ...items.filter((_, index) => index % 2 === 1).reverse()]

/** One place of a schedule. `order` counts from 0 within its replicate. @category models */
export interface ScheduledCondition {
  readonly conditionId: string
  /** From 1. */
  readonly replicate: number
  readonly order: number
}

/**
 * One random order of the conditions; each replicate begins one further along it.
 *
 * @category rows
 */
export const balancedRandomizationSchedule = (
  conditionIds: ReadonlyArray<string>,
  replicates: number,
  seed: TableSeed = 0,
): Result.Result<ReadonlyArray<ScheduledCondition>, DesignError> => {
  const kind = "balanced_randomization_schedule"
  if (!Number.isSafeInteger(replicates) || replicates < 1) {
    return refuse(kind, "replicates", `${replicates} is no number of replicates; give 1 or more`)
  }
  const bounded = boundedCount(kind, "replicates", BigInt(conditionIds.length) * BigInt(replicates))
  if (Result.isFailure(bounded)) return Result.fail(bounded.failure)
  const base = shuffled(conditionIds, seed)
  const schedule: Array<ScheduledCondition> = []
  for (let replicate = 1; base.length > 0 && replicate <= replicates; replicate++) {
    const from = (replicate - 1) % base.length
    for (const [order, conditionId] of [...base.slice(from), ...base.slice(0, from)].entries()) {
      schedule.push({ conditionId, replicate, order })
    }
  }
  return Result.succeed(schedule)
}
