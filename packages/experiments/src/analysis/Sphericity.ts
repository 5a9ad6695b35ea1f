/**
 * How far repeated measures are from equal variances of all differences: the epsilon of Greenhouse and Geisser and that of
 * Huynh and Feldt, and the probability with degrees of freedom shrunk by them.
 *
 * @layer logic
 * @module
 */
import { Matrix } from "ml-matrix"
import { pf } from "../internal/rmath.ts"
import { finiteOrNull } from "./LinearModel.ts"
import { powerOfTwoScale } from "./ModelTerms.ts"

/** Both epsilons of one effect; null where subjects are too few or do not differ. @category models */
export interface Epsilon {
  readonly greenhouseGeisser: number | null
  readonly huynhFeldt: number | null
  readonly contrasts: number
}

/** Orthonormal contrasts of `levels` levels, one per row (Helmert). */
const contrastRows = (levels: number): Matrix => {
  const rows = new Matrix(Math.max(0, levels - 1), levels)
  for (let k = 1; k < levels; k++) {
    const length = Math.sqrt(k * (k + 1))
    for (let j = 0; j < k; j++) rows.set(k - 1, j, 1 / length)
    rows.set(k - 1, k, -k / length)
  }
  return rows
}

/**
 * Epsilons of an effect of within-subject factors. `cells` has one row per subject and one column per combination of the
 * within factors, the last factor fastest; `levels` are the numbers of levels of those factors, and `tested` says which of
 * them the effect is made of. `groups` tells subjects of different groups apart, whose covariances are pooled.
 *
 * @category constructors
 */
export const epsilon = (
  cells: ReadonlyArray<ReadonlyArray<number>>,
  levels: ReadonlyArray<number>,
  tested: ReadonlyArray<boolean>,
  groups: ReadonlyArray<string> = cells.map(() => ""),
): Epsilon => {
  let contrasts = Matrix.ones(1, 1)
  levels.forEach((count, index) => {
    const part =
      tested[index] === true
        ? contrastRows(count)
        : new Matrix([Array.from({ length: count }, (): number => 1 / Math.sqrt(count))])
    contrasts = contrasts.kroneckerProduct(part)
  })
  const q = contrasts.rows
  const scale = powerOfTwoScale(cells.flat())
  const n = cells.length
  const kinds = [...new Set(groups)]
  if (q === 0 || n - kinds.length < 1) return { greenhouseGeisser: null, huynhFeldt: null, contrasts: q }
  const scores = new Matrix(cells.map((row) => row.map((value) => value / scale))).mmul(contrasts.transpose())
  const pooled = Matrix.zeros(q, q)
  for (const kind of kinds) {
    const members = groups.flatMap((group, index) => (group === kind ? [index] : []))
    const means = Array.from(
      { length: q },
      (_, j) => members.reduce((sum, i) => sum + scores.get(i, j), 0) / members.length,
    )
    for (const i of members)
      for (let j = 0; j < q; j++)
        for (let k = 0; k < q; k++)
          pooled.set(
            j,
            k,
            pooled.get(j, k) + (scores.get(i, j) - (means[j] ?? 0)) * (scores.get(i, k) - (means[k] ?? 0)),
          )
  }
  const trace = pooled.trace()
  let squares = 0
  for (let j = 0; j < q; j++) for (let k = 0; k < q; k++) squares += pooled.get(j, k) ** 2
  const gg = (trace * trace) / (q * squares)
  const df = n - kinds.length
  const hf = ((df + 1) * q * gg - 2) / (q * (df - q * gg))
  return {
    greenhouseGeisser: finiteOrNull(Math.min(1, gg)),
    huynhFeldt: Number.isFinite(gg) ? finiteOrNull(hf > 0 ? Math.min(1, hf) : 1) : null,
    contrasts: q,
  }
}

/** The probability of F with both degrees of freedom times epsilon. */
export const correctedP = (f: number, df: number, errorDf: number, shrink: number): number | null =>
  finiteOrNull(pf(f, df * shrink, errorDf * shrink, "upper"))
