/**
 * Effects of factors with two levels, of each coded -1 and +1: the mean at the high level minus the mean at the low level,
 * for main effects and interactions. Without replicates there is no error to test against; Lenth's pseudo standard error
 * (Technometrics 31, 1989, 469-473) takes its place.
 *
 * @layer logic
 * @module
 */
import { type Column, dot, extend, ones } from "../internal/analysisBasis.ts"
import { ptTwoSided, qnorm, qt } from "../internal/rmath.ts"
import { finiteOrNull, inUnits, solve } from "./LinearModel.ts"
import { factorialTerms, powerOfTwoScale, termName } from "./ModelTerms.ts"

/** One effect. @category models */
export interface TwoLevelEffect {
  readonly term: string
  readonly effect: number | null
  /** Effects that have the same column, so that this one stands for their sum. */
  readonly aliases: ReadonlyArray<string>
  /** Effect over Lenth's pseudo standard error. */
  readonly lenthT: number | null
  readonly lenthP: number | null
  /** Place of its size on the half-normal scale. */
  readonly halfNormalScore: number | null
}

/** Effects, and what they are judged by. @category models */
export interface TwoLevelEffects {
  readonly effects: ReadonlyArray<TwoLevelEffect>
  readonly pseudoStandardError: number | null
  /** Effects beyond this are active by themselves, at level alpha. */
  readonly marginOfError: number | null
  /** Effects beyond this are active among all of them. */
  readonly simultaneousMarginOfError: number | null
  readonly df: number
  readonly notes: ReadonlyArray<string>
}

const median = (sorted: ReadonlyArray<number>): number => {
  const half = Math.floor(sorted.length / 2)
  return sorted.length % 2 === 1 ? (sorted[half] ?? 0) : ((sorted[half - 1] ?? 0) + (sorted[half] ?? 0)) / 2
}

/** Lenth's pseudo standard error of effects; null without effects, or where they are all zero. */
export const lenthPse = (effects: ReadonlyArray<number>): number | null => {
  if (effects.length === 0) return null
  const scale = powerOfTwoScale(effects)
  const sizes = effects.map((effect) => Math.abs(effect / scale)).sort((a, b) => a - b)
  const first = 1.5 * median(sizes)
  const small = sizes.filter((size) => size < 2.5 * first)
  const pse = 1.5 * median(small)
  return pse > 0 ? inUnits(pse, scale, 1) : null
}

/** Half-normal scores of sizes in ascending order: `qnorm(0.5 + 0.5 (i - 0.5) / m)`. */
export const halfNormalScores = (count: number): ReadonlyArray<number> =>
  Array.from({ length: count }, (_, index) => qnorm(0.5 + (0.5 * (index + 0.5)) / count))

/** What effects are computed from: coded columns by factor, and the response. @category models */
export interface TwoLevelInput {
  readonly response: ReadonlyArray<number>
  /** -1 or 1 in each row; rows with other values (centre points) are the caller's to leave out. */
  readonly factors: ReadonlyMap<string, ReadonlyArray<number>>
  /** Highest order of interaction; all that the runs can tell apart unless given. */
  readonly order?: number
  /** 0.05 unless given. */
  readonly alpha?: number
}

const factorsMax = 20

/**
 * The effects that the runs can estimate, lower orders first; an effect whose column repeats an earlier one is listed as
 * that one's alias.
 *
 * @category constructors
 */
export const twoLevelEffects = (input: TwoLevelInput): TwoLevelEffects => {
  const alpha = input.alpha ?? 0.05
  const names = [...input.factors.keys()]
  const n = input.response.length
  const notes: Array<string> = []
  const empty = { effects: [], pseudoStandardError: null, marginOfError: null, simultaneousMarginOfError: null, df: 0 }
  if (n < 2) return { ...empty, notes: ["effects need at least two runs"] }
  if (names.length > factorsMax)
    notes.push(`more than ${factorsMax} factors: only main effects and two-factor interactions are looked at`)
  const order = input.order ?? (names.length > factorsMax ? 2 : names.length > 10 ? 3 : names.length)
  const scale = powerOfTwoScale(input.response)
  const y = Float64Array.from(input.response, (value) => value / scale)

  let basis: ReadonlyArray<Column> = extend([], [ones(n)]).added
  const kept: Array<{ term: string; column: Column; aliases: Array<string> }> = []
  const seen = new Map<string, { aliases: Array<string> }>()
  let partly = 0
  for (const term of factorialTerms(names, order)) {
    const column = new Float64Array(n).fill(1)
    for (const name of term) {
      const coded = input.factors.get(name) ?? []
      for (let i = 0; i < n; i++) column[i] = (column[i] ?? 0) * (coded[i] ?? 0)
    }
    // The same column up to its sign is the same effect.
    const sign = Math.sign(column[0] ?? 1) || 1
    const key = Array.from(column, (value) => (value * sign > 0 ? "+" : "-")).join("")
    const before = seen.get(key)
    if (before !== undefined) {
      before.aliases.push(termName(term))
      continue
    }
    const step = extend(basis, [column])
    if (step.added.length === 0) continue
    // An interaction that is only partly aliased would spoil the estimates of what came before it.
    if (term.length > 1 && kept.some((entry) => Math.abs(dot(entry.column, column)) > 1e-9 * n)) {
      partly++
      continue
    }
    basis = [...basis, ...step.added]
    const entry = { term: termName(term), column, aliases: [] }
    kept.push(entry)
    seen.set(key, entry)
    if (basis.length >= n && kept.length >= n - 1 && term.length > 2) break
  }
  if (partly > 0) notes.push(`${partly} interactions are partly aliased with earlier effects and are left out`)
  const solved = solve([ones(n), ...kept.map((entry) => entry.column)], y).slice(1)
  const sizes = solved.map((part) => 2 * part.estimate)
  // Rounding errors are no effects.
  const floor = 1e-13 * Math.max(0, ...sizes.map(Math.abs))
  const clean = sizes.map((size) => (Math.abs(size) <= floor ? 0 : size))
  const m = clean.length
  const replicated = n > m + 1
  // One or two effects would be judged by themselves.
  const pse = m < 3 ? null : lenthPse(clean)
  const df = m / 3
  if (m < 3) notes.push("fewer than three effects: Lenth's error does not exist")
  else if (pse === null) notes.push("at least half of the effects are zero: Lenth's error does not exist")
  if (replicated)
    notes.push("the runs leave degrees of freedom for an error of their own; Lenth's method does not use it")
  const margin = pse === null ? null : qt(1 - alpha / 2, df) * pse
  const gamma = (1 + (1 - alpha) ** (1 / Math.max(1, m))) / 2
  const simultaneous = pse === null ? null : qt(1 - gamma, df, "upper") * pse
  const scores = halfNormalScores(m)
  const places = clean
    .map((size, index) => ({ size: Math.abs(size), index }))
    .sort((a, b) => a.size - b.size || a.index - b.index)
  const scoreOf = new Map(places.map((entry, place) => [entry.index, scores[place] ?? Number.NaN]))
  return {
    effects: kept.map((entry, index) => {
      const size = clean[index] ?? Number.NaN
      const t = pse === null ? null : size / pse
      return {
        term: entry.term,
        effect: Number.isFinite(size) ? inUnits(size, scale, 1) : null,
        aliases: entry.aliases,
        lenthT: finiteOrNull(t),
        lenthP: t === null ? null : finiteOrNull(ptTwoSided(t, df)),
        halfNormalScore: finiteOrNull(scoreOf.get(index)),
      }
    }),
    pseudoStandardError: pse === null ? null : inUnits(pse, scale, 1),
    marginOfError: margin === null ? null : inUnits(margin, scale, 1),
    simultaneousMarginOfError: simultaneous === null ? null : inUnits(simultaneous, scale, 1),
    df,
    notes,
  }
}
