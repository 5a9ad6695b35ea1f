/**
 * How far the effects of any design are mixed up with each other, from its rows alone: regular fraction or not, numbers
 * or levels without order, one run or thousands.
 *
 * Each effect is the space of its centred columns; two effects are compared by the largest canonical correlation of
 * their spaces (Hotelling 1936): 0 where each can be estimated as if the other were not there, 1 where a part of one
 * cannot be told from a part of the other. For effects of one column it is the absolute correlation of the two columns,
 * the "map of correlations" of screening designs (Jones & Nachtsheim 2011).
 *
 * @layer logic
 * @module
 */
import { EigenvalueDecomposition, Matrix } from "ml-matrix"
import type { Aliasing, AliasedPair } from "../Design.ts"
import { effectCodes } from "../internal/linearModel.ts"
import { valueKey } from "../internal/valueKey.ts"
import { type ValueMap, toNumber } from "../Value.ts"

/** A column of a design as aliasing sees it. @category models */
export interface AliasingColumn {
  readonly name: string
  /** Numbers, coded from -1 at low to 1 at high: linear, and squared where there are three or more. Else levels without order. */
  readonly range?: readonly [low: number, high: number] | undefined
  /** A block: the model takes its interactions with factors as absent. */
  readonly block: boolean
  /** A row without a value has no effect of it at all, such as the carry-over of a first period; else it is one level more. */
  readonly sparse?: boolean
  /** Compared as a main effect only. */
  readonly alone?: boolean
}

/** Pairs that are listed, strongest first: at most. */
export const pairsMax = 50
/** Correlations below this are not listed; the largest are still told. */
export const listedFrom = 0.05
/** Multiplications that are spent on one design: well below a second. */
const workMax = 40_000_000
/** What is left of a column once others are taken out of it, as a share, below which nothing is left. */
const restMin = 1e-8
/** Nearer to 0 or 1 than this is exactly that: rounding of the columns is 1e-15 and grows with their number. */
const exactWithin = 1e-9

type Column = Float64Array

interface Effect {
  readonly name: string
  readonly order: 1 | 2
  /** Number of columns before dependent ones are taken out: what the work is planned by. */
  readonly width: number
  readonly columns: () => ReadonlyArray<Column>
}

const dot = (left: Column, right: Column): number => {
  let sum = 0
  for (let index = 0; index < left.length; index++) sum += (left[index] ?? 0) * (right[index] ?? 0)
  return sum
}

/** An orthonormal basis of the space that the centred columns span; twice is enough for orthogonality. */
const basisOf = (columns: ReadonlyArray<Column>): ReadonlyArray<Column> => {
  const basis: Array<Column> = []
  for (const column of columns) {
    const rest = Float64Array.from(column)
    const scale = Math.sqrt(dot(rest, rest))
    let mean = 0
    for (const value of rest) mean += value
    mean /= rest.length
    for (let index = 0; index < rest.length; index++) rest[index] = (rest[index] ?? 0) - mean
    for (let pass = 0; pass < 2; pass++) {
      for (const done of basis) {
        const share = dot(done, rest)
        for (let index = 0; index < rest.length; index++) rest[index] = (rest[index] ?? 0) - share * (done[index] ?? 0)
      }
    }
    const length = Math.sqrt(dot(rest, rest))
    if (!(length > restMin * scale)) continue
    for (let index = 0; index < rest.length; index++) rest[index] = (rest[index] ?? 0) / length
    basis.push(rest)
  }
  return basis
}

/** The largest canonical correlation of two spaces with orthonormal bases. */
const correlationOf = (left: ReadonlyArray<Column>, right: ReadonlyArray<Column>): number => {
  const [narrow, wide] = left.length <= right.length ? [left, right] : [right, left]
  if (narrow.length === 0) return 0
  const products = narrow.map((one) => wide.map((other) => dot(one, other)))
  const gram = products.map((one) =>
    products.map((other) => one.reduce((sum, value, at) => sum + value * (other[at] ?? 0), 0)),
  )
  const largest =
    gram.length === 1
      ? (gram[0]?.[0] ?? 0)
      : Math.max(...new EigenvalueDecomposition(new Matrix(gram), { assumeSymmetric: true }).realEigenvalues)
  const correlation = Math.sqrt(Math.max(0, largest))
  if (correlation < exactWithin) return 0
  return correlation > 1 - exactWithin ? 1 : Number(correlation.toFixed(6))
}

const codedColumns = (
  rows: ReadonlyArray<ValueMap>,
  { name, range, sparse = false }: AliasingColumn,
): { readonly width: number; readonly levels: number; readonly columns: () => ReadonlyArray<Column> } => {
  const values = rows.map((row) => row.get(name) ?? null)
  const places = new Map<string, number>()
  const at = values.map((value) => {
    if (sparse && value === null) return -1
    const key = valueKey(value)
    const place = places.get(key) ?? places.size
    places.set(key, place)
    return place
  })
  const levels = places.size
  const numbers = range === undefined ? [] : values.map((value) => toNumber(value) ?? Number.NaN)
  if (range !== undefined && numbers.every(Number.isFinite)) {
    const [low, high] = range
    const half = (high - low) / 2
    return {
      width: 1,
      levels,
      columns: () => [Float64Array.from(numbers, (number) => (half > 0 ? (number - low) / half - 1 : 0))],
    }
  }
  return {
    width: levels - 1,
    levels,
    columns: () => {
      const codes = effectCodes(levels)
      return Array.from({ length: levels - 1 }, (_, column) =>
        Float64Array.from(at, (level) => codes[level]?.[column] ?? 0),
      )
    },
  }
}

const products = (left: ReadonlyArray<Column>, right: ReadonlyArray<Column>): ReadonlyArray<Column> =>
  left.flatMap((one) => right.map((other) => Float64Array.from(one, (value, index) => value * (other[index] ?? 0))))

const effectsOf = (
  rows: ReadonlyArray<ValueMap>,
  columns: ReadonlyArray<AliasingColumn>,
): { readonly main: ReadonlyArray<Effect>; readonly second: ReadonlyArray<Effect>; readonly squares: boolean } => {
  const coded = columns
    .map((column) => ({ ...column, ...codedColumns(rows, column) }))
    .filter(({ levels }) => levels > 1)
  const cached = coded.map(({ columns: make }) => {
    let made: ReadonlyArray<Column> | undefined
    return () => (made ??= make())
  })
  const none = (): ReadonlyArray<Column> => []
  const main = coded.map(({ name, width }, place): Effect => ({
    name,
    order: 1,
    width,
    columns: cached[place] ?? none,
  }))
  const second: Array<Effect> = []
  for (const [i, left] of coded.entries()) {
    for (const [j, right] of coded.entries()) {
      if (j <= i || left.block !== right.block || left.alone === true || right.alone === true) continue
      const [one, other] = [cached[i] ?? none, cached[j] ?? none]
      second.push({
        name: `${left.name}:${right.name}`,
        order: 2,
        width: left.width * right.width,
        columns: () => products(one(), other()),
      })
    }
  }
  let squares = false
  for (const [place, { levels, name, range, width }] of coded.entries()) {
    if (range === undefined || levels < 3 || width !== 1) continue
    squares = true
    const own = cached[place] ?? none
    second.push({ name: `${name}^2`, order: 2, width: 1, columns: () => products(own(), own()) })
  }
  return { main, second, squares }
}

const widthOf = (effects: ReadonlyArray<Effect>): number => effects.reduce((sum, { width }) => sum + width, 0)

/** Multiplications for bases and comparisons. */
const workOf = (rows: number, left: ReadonlyArray<Effect>, right: ReadonlyArray<Effect>): number =>
  rows * (widthOf(left) * widthOf(right) + right.reduce((sum, { width }) => sum + 2 * width ** 2, 0))

/**
 * The aliasing of main effects and second-order effects (two-factor interactions, squares of numbers). What is too large
 * to compare is left out and `compared` says so; `undefined` where nothing varies or nothing can be compared.
 */
export const aliasingOf = (
  rows: ReadonlyArray<ValueMap>,
  columns: ReadonlyArray<AliasingColumn>,
): Aliasing | undefined => {
  const { main, second, squares } = effectsOf(rows, columns)
  if (main.length === 0 || workOf(rows.length, main, main) > workMax) return undefined
  const withSecond = second.length > 0 && workOf(rows.length, main, second) <= workMax
  const amongSecond = withSecond && workOf(rows.length, second, second) <= workMax
  const effects = withSecond ? [...main, ...second] : main
  const bases = effects.map((effect) => basisOf(effect.columns()))
  const largest = { main: 0, mixed: 0, second: 0 }
  const pairs: Array<AliasedPair> = []
  for (const [i, left] of effects.entries()) {
    for (const [j, right] of effects.entries()) {
      if (j <= i || (left.order === 2 && !amongSecond)) continue
      const correlation = correlationOf(bases[i] ?? [], bases[j] ?? [])
      const group = left.order === 2 ? "second" : right.order === 2 ? "mixed" : "main"
      largest[group] = Math.max(largest[group], correlation)
      if (correlation >= listedFrom) pairs.push({ effect: left.name, with: right.name, correlation })
    }
  }
  pairs.sort((left, right) => right.correlation - left.correlation)
  return {
    compared: !withSecond
      ? second.length === 0
        ? "main effects"
        : "main effects only: the design is too large to compare more at once"
      : `main effects, two-factor interactions${squares ? " and squares" : ""}${amongSecond ? "" : "; not interactions with each other: the design is too large to compare them at once"}`,
    mainWithMain: largest.main,
    ...(withSecond ? { mainWithSecondOrder: largest.mixed } : {}),
    ...(amongSecond ? { secondWithSecondOrder: largest.second } : {}),
    pairs: pairs.slice(0, pairsMax),
    pairsFound: pairs.length,
  }
}

/** The largest correlations with the words for them, those that were compared. @category getters */
export const aliasingLargest = (aliasing: Aliasing): ReadonlyArray<readonly [name: string, correlation: number]> =>
  [
    ["between main effects", aliasing.mainWithMain] as const,
    ["of main effects with second-order effects", aliasing.mainWithSecondOrder] as const,
    ["between second-order effects", aliasing.secondWithSecondOrder] as const,
  ].flatMap(([name, correlation]) => (correlation === undefined ? [] : [[name, correlation] as const]))
