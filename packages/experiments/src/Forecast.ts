/**
 * What a number of further runs will take, judged by runs that have ended: the expected sum with a prediction interval.
 *
 * For n runs and m runs seen with mean and standard deviation s, the sum is expected at n times the mean, within
 * t(m - 1) s sqrt(n + n^2 / m): the scatter of the new runs and the uncertainty of the mean together (Hahn and Meeker
 * 1991, section 4.7). It supposes that runs are alike and independent; a sum that cannot be negative is cut at 0.
 *
 * @layer logic
 * @module
 */
import { qt } from "./internal/rmath.ts"

/** Count, mean and variance of what was seen, taken one value at a time. @category models */
export class Moments {
  count = 0
  mean = 0
  #squares = 0
  /** Takes one more value. */
  add(value: number): void {
    this.count++
    const delta = value - this.mean
    this.mean += delta / this.count
    this.#squares += delta * (value - this.mean)
  }
  /** Of a sample; undefined below two values. */
  get variance(): number | undefined {
    return this.count < 2 ? undefined : this.#squares / (this.count - 1)
  }
}

/** A sum that is expected. @category models */
export interface Forecast {
  /** Runs that it is judged by. */
  readonly seen: number
  readonly expected: number
  readonly lower: number
  readonly upper: number
}

/** The sum over `runs` further runs, with a 95 % prediction interval; undefined below two runs seen. @category forecasts */
export const forecast = (seen: Moments, runs: number): Forecast | undefined => {
  const { count, mean, variance } = seen
  if (variance === undefined || runs < 1) return undefined
  const half = qt(0.975, count - 1) * Math.sqrt(variance) * Math.sqrt(runs + (runs * runs) / count)
  const expected = mean * runs
  return { seen: count, expected, lower: Math.max(0, expected - half), upper: expected + half }
}
