/**
 * The joint distribution of several comparisons with one control, by Gauss-Legendre quadrature: over what the comparisons have
 * in common, and over the error that they share. Good to about 1e-10.
 *
 * @layer logic
 * @module
 */
import { dnorm, lgamma, pnorm } from "./rmath.ts"

interface Rule {
  readonly nodes: ReadonlyArray<number>
  readonly weights: ReadonlyArray<number>
}

/** Nodes and weights on (-1, 1), by Newton's method on the Legendre polynomial. */
const gaussLegendre = (count: number): Rule => {
  const nodes: Array<number> = []
  const weights: Array<number> = []
  for (let i = 0; i < count; i++) {
    let x = Math.cos((Math.PI * (i + 0.75)) / (count + 0.5))
    let slope = 1
    for (let step = 0; step < 100; step++) {
      let before = 1
      let value = x
      for (let k = 2; k <= count; k++) {
        const next = ((2 * k - 1) * x * value - (k - 1) * before) / k
        before = value
        value = next
      }
      slope = (count * (x * value - before)) / (x * x - 1)
      const move = value / slope
      x -= move
      if (Math.abs(move) < 1e-15) break
    }
    nodes.push(x)
    weights.push(2 / ((1 - x * x) * slope * slope))
  }
  return { nodes, weights }
}

const rule = gaussLegendre(64)

/** Integral over several equal pieces. */
const integrate = (f: (x: number) => number, from: number, to: number, pieces: number): number => {
  let sum = 0
  const width = (to - from) / pieces
  for (let piece = 0; piece < pieces; piece++) {
    const middle = from + (piece + 0.5) * width
    rule.nodes.forEach((node, index) => {
      sum += (rule.weights[index] ?? 0) * f(middle + (node * width) / 2) * (width / 2)
    })
  }
  return sum
}

/** Probability that all `|Z_i| <= reach`, where `Z_i = load_i Z_0 + sqrt(1 - load_i^2) E_i`. */
const allWithin = (reach: number, loadings: ReadonlyArray<number>): number => {
  const rests = loadings.map((load) => Math.sqrt(1 - load * load))
  return integrate(
    (z) => {
      let product = dnorm(z)
      for (let i = 0; i < loadings.length && product > 0; i++) {
        const shift = (loadings[i] ?? 0) * z
        const rest = rests[i] ?? 1
        product *= pnorm((reach - shift) / rest) - pnorm((-reach - shift) / rest)
      }
      return product
    },
    -9,
    9,
    2,
  )
}

/** Probability that the largest of the `|t|` is above `t`; `loadings` are the square roots of n_i / (n_i + n_control). */
export const dunnettUpper = (t: number, loadings: ReadonlyArray<number>, df: number): number => {
  if (!(t > 0)) return 1
  if (df > 1e6) return 1 - allWithin(t, loadings)
  // Density of S = sqrt(chi-squared / df).
  const constant = Math.log(2) + (df / 2) * Math.log(df / 2) - lgamma(df / 2)
  const density = (s: number): number => Math.exp(constant + (df - 1) * Math.log(s) - (df * s * s) / 2)
  const spread = 12 / Math.sqrt(2 * df)
  const low = Math.max(1e-12, 1 - spread)
  const high = 1 + spread + (df < 10 ? 4 : 0)
  return integrate((s) => density(s) * (1 - allWithin(t * s, loadings)), low, high, 1)
}
