/**
 * The distributions of R, the one place where `lib-r-math.js` is loaded. Tails are named, so that a small probability is
 * computed as itself and never as one minus a number near one. Everything here is pure; arguments outside of a
 * distribution's domain give `NaN`, which callers turn into a missing value with its reason.
 *
 * The library's incomplete beta function (and so its t, F, beta and binomial) does not agree with R; those are taken from
 * `analysisBeta`. A test compares every function of this module with R on a grid.
 *
 * @layer logic
 * @module
 */
import * as library from "lib-r-math.js"
import {
  betaTails,
  fNoncentralTails,
  fTails,
  type Ground,
  positiveQuantile,
  rootBetween,
  tNoncentralTails,
  type Tails,
  tTails,
} from "./analysisBeta.ts"

/** Which side of `q` a probability is of. */
export type Tail = "lower" | "upper"

type Numbers = ReadonlyArray<number | boolean | undefined>

// The declarations of the library do not resolve under Node's module rules, so that its functions are taken by name.
const functions: ReadonlyMap<string, unknown> = new Map(Object.entries(library))

const call = (name: string): ((...args: Numbers) => number) => {
  const found = functions.get(name)
  if (typeof found !== "function") throw new Error(`lib-r-math.js has no function ${name}`)
  return (...args) => {
    const value: unknown = Reflect.apply(found, undefined, args)
    return typeof value === "number" ? value : Number.NaN
  }
}

const libPnorm = call("pnorm")
const libQnorm = call("qnorm")
const libDnorm = call("dnorm")
const libPchisq = call("pchisq")
const libQchisq = call("qchisq")
const libPtukey = call("ptukey")
const libQtukey = call("qtukey")
const libDbeta = call("dbeta")
const libDhyper = call("dhyper")
const libLgamma = call("lgamma")

const isLower = (tail: Tail): boolean => tail === "lower"

/** Standard normal distribution function. */
export const pnorm = (q: number, tail: Tail = "lower"): number => libPnorm(q, 0, 1, isLower(tail))

/** Standard normal quantile. */
export const qnorm = (p: number, tail: Tail = "lower"): number => libQnorm(p, 0, 1, isLower(tail))

/** Standard normal density. */
export const dnorm = (x: number): number => libDnorm(x, 0, 1)

const ground: Ground = {
  dbeta: (x, a, b) => libDbeta(x, a, b),
  pnorm: (q) => pnorm(q),
  lgamma: (x) => libLgamma(x),
}

/** Student's t with `df` degrees of freedom; `ncp` is the noncentrality, central unless given. */
export const pt = (q: number, df: number, tail: Tail = "lower", ncp = 0): number =>
  tNoncentralTails(ground, q, df, ncp)[tail]

/** Quantile of Student's t. */
export const qt = (p: number, df: number, tail: Tail = "lower"): number => {
  if (!(p >= 0 && p <= 1) || !(df > 0)) return Number.NaN
  if (p === 0.5) return 0
  const far = p < 0.5 ? p : 1 - p
  const size = positiveQuantile((x) => tTails(ground, x, df), far, true)
  return isLower(tail) === p < 0.5 ? -size : size
}

/** Two-sided probability of Student's t: of a value at least as far from zero as `t`. */
export const ptTwoSided = (t: number, df: number): number => Math.min(1, 2 * pt(Math.abs(t), df, "upper"))

/** Fisher's F with `df1` and `df2` degrees of freedom; `ncp` is the noncentrality, central unless given. */
export const pf = (q: number, df1: number, df2: number, tail: Tail = "lower", ncp = 0): number =>
  fNoncentralTails(ground, q, df1, df2, ncp)[tail]

/** Quantile of Fisher's F. */
export const qf = (p: number, df1: number, df2: number, tail: Tail = "lower"): number =>
  positiveQuantile((x) => fTails(ground, x, df1, df2), p, !isLower(tail))

/** Chi-squared with `df` degrees of freedom. */
export const pchisq = (q: number, df: number, tail: Tail = "lower"): number =>
  libPchisq(q, df, undefined, isLower(tail))

/** Quantile of chi-squared. */
export const qchisq = (p: number, df: number, tail: Tail = "lower"): number =>
  libQchisq(p, df, undefined, isLower(tail))

/** Studentized range of `means` means with `df` degrees of freedom. */
export const ptukey = (q: number, means: number, df: number, tail: Tail = "lower"): number =>
  libPtukey(q, means, df, 1, isLower(tail))

/** Quantile of the studentized range. */
export const qtukey = (p: number, means: number, df: number, tail: Tail = "lower"): number =>
  libQtukey(p, means, df, 1, isLower(tail))

/** Binomial distribution function: at most `q` of `size` (lower), or more than `q` (upper). */
export const pbinom = (q: number, size: number, prob: number, tail: Tail = "lower"): number => {
  const count = Math.floor(q + 1e-9)
  if (!(prob >= 0 && prob <= 1) || !(size >= 0)) return Number.NaN
  if (count < 0) return isLower(tail) ? 0 : 1
  if (count >= size) return isLower(tail) ? 1 : 0
  const above = betaTails(ground, prob, 1 - prob, count + 1, size - count)
  return isLower(tail) ? above.upper : above.lower
}

const beta = (x: number, a: number, b: number): Tails => betaTails(ground, x, 1 - x, a, b)

/** Beta distribution function. */
export const pbeta = (q: number, a: number, b: number, tail: Tail = "lower"): number => beta(q, a, b)[tail]

/** Quantile of the beta distribution. */
export const qbeta = (p: number, a: number, b: number, tail: Tail = "lower"): number => {
  if (!(p >= 0 && p <= 1) || !(a > 0) || !(b > 0)) return Number.NaN
  if (p === 0 || p === 1) return (p === 0) === isLower(tail) ? 0 : 1
  return rootBetween((x) => (isLower(tail) ? beta(x, a, b).lower - p : p - beta(x, a, b).upper), 0, 1)
}

/** Hypergeometric density: `x` white balls of `drawn`, from `white` and `black`. */
export const dhyper = (x: number, white: number, black: number, drawn: number): number =>
  libDhyper(x, white, black, drawn)

/** Natural logarithm of the gamma function. */
export const lgamma = (x: number): number => libLgamma(x)
