/**
 * A straight scale of numbers along a figure, with ticks at round numbers: steps of 1, 2 or 5 times a power of ten
 * (Heckbert, "Nice numbers for graph labels", Graphics Gems 1990).
 *
 * @layer logic
 * @module
 */

/** A tick and what is written at it. @category models */
export interface Tick {
  readonly value: number
  readonly label: string
}

/** From numbers to pixels. @category models */
export interface Scale {
  readonly low: number
  readonly high: number
  readonly ticks: ReadonlyArray<Tick>
  readonly at: (value: number) => number
}

/** Ticks of one scale at most, whatever the numbers. */
const ticksMax = 12

/** The round step that gives about so many ticks. @category ticks */
export const niceStep = (span: number, ticks: number): number => {
  const rough = span / Math.max(1, ticks)
  const power = 10 ** Math.floor(Math.log10(rough))
  const share = rough / power
  return (share < 1.5 ? 1 : share < 3 ? 2 : share < 7 ? 5 : 10) * power
}

/** A number at a tick: as many decimals as the step has; an exponent for very large and very small steps. @category ticks */
export const tickText = (value: number, step: number): string => {
  if (Math.abs(value) < step / 1e6) return "0"
  const power = Math.floor(Math.log10(step) + 1e-9)
  const size = Math.abs(value)
  if (size >= 1e6 || power < -4) {
    const digits = Math.max(0, Math.floor(Math.log10(size)) - power)
    return value.toExponential(Math.min(8, digits)).replace("e+", "e")
  }
  return value.toFixed(Math.max(0, Math.min(12, -power)))
}

/**
 * A scale over all values, widened to round numbers. `zero` keeps the zero on it. `from` and `to` are pixels.
 *
 * @category constructors
 */
export const linear = (
  values: ReadonlyArray<number>,
  from: number,
  to: number,
  options: { readonly zero?: boolean; readonly ticks?: number } = {},
): Scale => {
  let low = Number.POSITIVE_INFINITY
  let high = Number.NEGATIVE_INFINITY
  for (const value of options.zero === true ? [0, ...values] : values) {
    if (!Number.isFinite(value)) continue
    if (value < low) low = value
    if (value > high) high = value
  }
  if (low > high) [low, high] = [0, 1]
  // Half of the span, because the whole may be beyond the numbers.
  const middle = low / 2 + high / 2
  const least = Math.max(Math.abs(middle) * 1e-9, Number.MIN_VALUE * 1e16)
  if (high / 2 - low / 2 <= least) {
    const reach = middle === 0 ? 1 : Math.abs(middle) * 0.1
    low = middle - reach
    high = middle + reach
  }
  const span = high - low
  const step = Number.isFinite(span) ? niceStep(span, options.ticks ?? 5) : Number.NaN
  const place =
    (a: number, b: number) =>
    (value: number): number =>
      from + ((value / 2 - a / 2) / (b / 2 - a / 2)) * (to - from)
  if (!Number.isFinite(step) || step <= 0) {
    const ends = [low, high].map((value) => ({ value, label: value.toExponential(2).replace("e+", "e") }))
    return { low, high, ticks: ends, at: place(low, high) }
  }
  const first = Math.floor(low / step + 1e-9)
  const last = Math.ceil(high / step - 1e-9)
  const ticks: Array<Tick> = []
  for (let index = first; index <= last && ticks.length < ticksMax; index++) {
    const value = index * step
    const label = tickText(value, step)
    if (ticks.at(-1)?.label !== label) ticks.push({ value, label })
  }
  return { low: first * step, high: last * step, ticks, at: place(first * step, last * step) }
}

/** Places of names side by side: the middle of each one's share of the width. @category constructors */
export const bands = (count: number, from: number, to: number): ((index: number) => number) => {
  const share = (to - from) / Math.max(1, count)
  return (index) => from + share * (index + 0.5)
}
