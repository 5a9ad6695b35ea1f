/**
 * Optimal designs by coordinate exchange (Meyer and Nachtsheim 1995): one setting of one run is changed at a time, as long
 * as that makes the criterion better, from several random starts. Where constraints bind, whole runs are exchanged as well
 * (Fedorov 1972), because single settings can be stuck in a corner.
 *
 * D: the determinant of the information matrix is large. A: the mean variance of the coefficients is small. I: the mean
 * prediction variance over the region is small.
 *
 * @layer logic
 * @module
 */
import { Matrix } from "ml-matrix"
import { type Axis, information, modelRow, solved, type Term, traceOfProduct } from "../internal/linearModel.ts"
import type { MersenneTwister } from "../MersenneTwister.ts"
import type { CandidateSet, Choice } from "./CandidateSet.ts"

/** What is made best. */
export const criteria = ["D", "A", "I"] as const
/** The name of a criterion. @category models */
export type Criterion = (typeof criteria)[number]

/** The most parameters of a model. */
export const parametersMax = 150
/** The most runs of a design, those that exist included. */
export const runsMax = 2000
/** The most random starts. */
export const startsMax = 1000

/** Products that the whole search may cost: about a second of work. */
const productsMax = 1_000_000_000
/** Rounds over all runs from one start. */
const roundsMax = 60
/** Candidates that are tried for a whole run. */
const wholeRunsMax = 300
/** A change must gain more than this share. */
const gainMin = 1e-9

/** What is looked for. @category models */
export interface Search {
  readonly axes: ReadonlyArray<Axis>
  readonly terms: ReadonlyArray<Term>
  readonly criterion: Criterion
  /** Means of products of terms over the region. */
  readonly moments: Matrix
  readonly candidates: CandidateSet
  /** Model rows of runs that exist. */
  readonly fixed: ReadonlyArray<Float64Array>
  /** How many runs are added to them. */
  readonly runs: number
  readonly starts: number
  readonly random: MersenneTwister
}

/** What was found. @category models */
export interface Found {
  readonly choices: ReadonlyArray<Choice>
  /** Starts that the bound on the work left time for, and those of them that ended with an estimable model. */
  readonly starts: number
  readonly estimable: number
  /** The criterion of the best start before and after its exchanges; larger is better. Absent where the start was singular. */
  readonly before: number | undefined
  readonly after: number
}

/** The model row of a combination of settings. */
export const rowOf = (axes: ReadonlyArray<Axis>, terms: ReadonlyArray<Term>, choice: Choice): Float64Array =>
  modelRow(
    terms,
    axes.flatMap((axis, place) => [...(axis.codes[choice[place] ?? 0] ?? [])]),
  )

/** Two designs whose criteria differ by less than this share are equally good. */
const tieShare = 1e-9

const distinct = (choices: ReadonlyArray<Choice>): number => new Set(choices.map((choice) => choice.join(" "))).size

const dot = (left: Float64Array, right: Float64Array): number => {
  let sum = 0
  for (let i = 0; i < left.length; i++) sum += (left[i] ?? 0) * (right[i] ?? 0)
  return sum
}

const times = (matrix: Float64Array, vector: Float64Array, into: Float64Array): void => {
  const size = vector.length
  for (let i = 0; i < size; i++) {
    let sum = 0
    const start = i * size
    for (let j = 0; j < size; j++) sum += (matrix[start + j] ?? 0) * (vector[j] ?? 0)
    into[i] = sum
  }
}

/** The criterion of rows, larger is better; `undefined` where the model cannot be estimated from them. */
export const scoreOf = (
  rows: ReadonlyArray<Float64Array>,
  criterion: Criterion,
  moments: Matrix,
): number | undefined => {
  const done = solved(information(rows, moments.rows))
  if (done === undefined) return undefined
  if (criterion === "D") return done.logDeterminant
  return criterion === "A" ? -done.inverse.trace() : -traceOfProduct(done.inverse, moments)
}

/** The best design over all starts, or `undefined` where none of them can estimate the model. */
export const search = (options: Search): Found | undefined => {
  const { axes, terms, criterion, moments, candidates, fixed, runs, random } = options
  const size = terms.length
  const weights = criterion === "A" ? Matrix.eye(size) : moments
  let products = 0
  let best: Found | undefined
  let starts = 0
  let estimable = 0

  const improve = (start: Array<Choice>): Array<Choice> => {
    const choices = [...start]
    const rows = choices.map((choice) => rowOf(axes, terms, choice))
    let dispersion = new Float64Array(size * size)
    let weighted = new Float64Array(size * size)
    let ridged = true
    /** Computes the inverse anew, so that errors of rounding do not add up. A singular matrix gets a small ridge. */
    const refresh = (): void => {
      const matrix = information([...fixed, ...rows], size)
      const clean = solved(matrix)
      ridged = clean === undefined
      const inverse = clean?.inverse ?? solved(Matrix.add(matrix, Matrix.eye(size).mul(1e-4)))?.inverse
      dispersion = Float64Array.from((inverse ?? Matrix.eye(size)).to1DArray())
      reweight()
      products += size ** 3
    }
    const reweight = (): void => {
      if (criterion === "D") return
      const matrix = Matrix.from1DArray(size, size, dispersion)
      weighted = Float64Array.from(matrix.mmul(weights).mmul(matrix).to1DArray())
      products += 2 * size ** 3
    }
    const vectorX = new Float64Array(size)
    const vectorY = new Float64Array(size)
    const weightedX = new Float64Array(size)
    const weightedY = new Float64Array(size)
    let xx = 0
    let phiXX = 0
    const leave = (row: Float64Array): void => {
      times(dispersion, row, vectorX)
      xx = dot(row, vectorX)
      if (criterion === "D") return
      times(weighted, row, weightedX)
      phiXX = dot(row, weightedX)
    }
    /** What the criterion gains where row x, prepared by `leave`, becomes y: by the formula for changes of rank two. */
    const gain = (y: Float64Array): number => {
      times(dispersion, y, vectorY)
      products += size * size * (criterion === "D" ? 1 : 2)
      const yy = dot(y, vectorY)
      const xy = dot(y, vectorX)
      const ratio = (1 + yy) * (1 - xx) + xy * xy
      if (criterion === "D") return ratio - 1
      if (ratio <= gainMin) return -Infinity
      times(weighted, y, weightedY)
      const phiYY = dot(y, weightedY)
      const phiXY = dot(y, weightedX)
      return ((1 - xx) * phiYY + 2 * xy * phiXY - (1 + yy) * phiXX) / ratio
    }
    const scale = (): number => {
      if (criterion === "D") return 1
      let trace = 0
      for (let i = 0; i < size; i++) {
        for (let j = 0; j < size; j++) trace += (dispersion[i * size + j] ?? 0) * weights.get(i, j)
      }
      return Math.abs(trace)
    }
    const exchange = (index: number, choice: Choice, y: Float64Array): void => {
      times(dispersion, y, vectorY)
      const yy = dot(y, vectorY)
      const xy = dot(y, vectorX)
      const ratio = (1 + yy) * (1 - xx) + xy * xy
      for (let i = 0; i < size; i++) {
        const a = vectorY[i] ?? 0
        const b = vectorX[i] ?? 0
        for (let j = 0; j < size; j++) {
          const c = vectorY[j] ?? 0
          const d = vectorX[j] ?? 0
          const change = ((1 - xx) * a * c + xy * (a * d + b * c) - (1 + yy) * b * d) / ratio
          dispersion[i * size + j] = (dispersion[i * size + j] ?? 0) - change
        }
      }
      choices[index] = choice
      rows[index] = y
      reweight()
    }
    for (let round = 0; round < roundsMax && products < productsMax; round++) {
      refresh()
      let changed = false
      const threshold = gainMin * scale()
      /** Takes the best of some choices for a run, where it gains anything. */
      const tryChoices = (index: number, options: ReadonlyArray<Choice>): void => {
        const row = rows[index]
        if (row === undefined) return
        leave(row)
        let bestGain = threshold
        let bestChoice: Choice | undefined
        let bestRow: Float64Array | undefined
        for (const choice of options) {
          if (!candidates.allows(choice)) continue
          const y = rowOf(axes, terms, choice)
          const gained = gain(y)
          if (gained > bestGain) {
            bestGain = gained
            bestChoice = choice
            bestRow = y
          }
        }
        if (bestChoice === undefined || bestRow === undefined) return
        exchange(index, bestChoice, bestRow)
        changed = true
      }
      for (let index = 0; index < runs && products < productsMax; index++) {
        for (const [place, count] of candidates.sizes.entries()) {
          const now = choices[index] ?? []
          const others: Array<Choice> = []
          for (let setting = 0; setting < count; setting++) {
            if (setting !== now[place]) others.push(now.with(place, setting))
          }
          tryChoices(index, others)
        }
        if (candidates.constrained && candidates.listed !== undefined) {
          const all = candidates.listed
          tryChoices(index, all.length <= wholeRunsMax ? all : random.sample(all, wholeRunsMax))
        }
      }
      if (!changed && !ridged) break
      if (!changed && ridged && round > 2) break
    }
    return choices
  }

  const scored = (choices: ReadonlyArray<Choice>): number | undefined =>
    scoreOf([...fixed, ...choices.map((choice) => rowOf(axes, terms, choice))], criterion, moments)

  while (starts < options.starts && (starts === 0 || products < productsMax)) {
    const start: Array<Choice> = []
    while (start.length < runs) {
      const choice = candidates.draw(random)
      if (choice === undefined) return undefined
      start.push(choice)
    }
    starts++
    const before = scored(start)
    const improved = improve(start)
    const reached = scored(improved)
    // Rounding may let a last exchange lose a little: the start is kept where it was not improved.
    const keepStart = before !== undefined && (reached === undefined || reached < before)
    const after = keepStart ? before : reached
    if (after === undefined) continue
    estimable++
    // Of equally good designs the one with more different runs tells more about the model itself.
    const tie = best !== undefined && Math.abs(after - best.after) <= tieShare * Math.abs(best.after)
    if (best === undefined || (tie ? distinct(improved) > distinct(best.choices) : after > best.after)) {
      best = { choices: keepStart ? start : improved, starts, estimable, before, after }
    }
  }
  return best === undefined ? undefined : { ...best, starts, estimable }
}
