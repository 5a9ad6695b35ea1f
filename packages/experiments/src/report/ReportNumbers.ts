/**
 * Numbers of a report as text, in one place: four significant digits unless said otherwise, p-values with three decimals
 * and never below `< 0.001`, money with four decimals at most. What is missing is `missing`, never a zero.
 *
 * @layer logic
 * @module
 */

/** The word for a number that is not there. */
export const missing = "missing"

/** Significant digits of a number unless said otherwise. */
export const digitsDefault = 4

const plainFrom = 1e-4
const plainBelow = 1e7

/** Groups of three digits, as in `12,345`. */
const grouped = (whole: string): string => whole.replaceAll(/\B(?=(?:\d{3})+(?!\d))/g, ",")

/**
 * A whole number: all of its digits, in groups of three.
 *
 * @example
 * import * as ReportNumbers from "@heddle/experiments/report/ReportNumbers"
 *
 * ReportNumbers.countText(12345) // => "12,345"
 *
 * @category conversions
 */
export const countText = (count: number): string => {
  if (!Number.isFinite(count)) return missing
  const text = String(Math.abs(count))
  return `${count < 0 ? "-" : ""}${Number.isInteger(count) && Math.abs(count) < 1e21 ? grouped(text) : text}`
}

/**
 * A number rounded to significant digits, trailing zeros kept, so that columns have one precision; digits before the point
 * are never rounded away. An exponent below 0.0001 and from 10 million on.
 *
 * @example
 * import * as ReportNumbers from "@heddle/experiments/report/ReportNumbers"
 *
 * ReportNumbers.numberText(0.836) // => "0.8360"
 * ReportNumbers.numberText(null) // => "missing"
 *
 * @category conversions
 */
export const numberText = (number: number | null | undefined, digits: number = digitsDefault): string => {
  if (number === null || number === undefined || !Number.isFinite(number)) return missing
  if (number === 0) return "0"
  const size = Math.abs(number)
  if (size < plainFrom || size >= plainBelow) return number.toExponential(digits - 1)
  if (size >= 10 ** (digits - 1)) return number.toFixed(0)
  const rounded = Number(number.toPrecision(digits))
  const power = Math.floor(Math.log10(Math.abs(rounded)))
  return rounded.toFixed(Math.max(0, digits - 1 - power))
}

/** A number as short as it can be said with these digits: `0.5`, not `0.5000`. For settings, not for results. @category conversions */
export const settingText = (number: number, digits: number = 6): string =>
  Number.isFinite(number) ? String(Number(number.toPrecision(digits))) : missing

/**
 * A p-value for a table: three decimals, `< 0.001` below that, and `> 0.999` above what three decimals can say.
 *
 * @example
 * import * as ReportNumbers from "@heddle/experiments/report/ReportNumbers"
 *
 * ReportNumbers.pText(0.00004) // => "< 0.001"
 * ReportNumbers.pText(0.0421) // => "0.042"
 *
 * @category conversions
 */
export const pText = (p: number | null | undefined): string => {
  if (p === null || p === undefined || !Number.isFinite(p)) return missing
  if (p < 0.001) return "< 0.001"
  return p > 0.999 && p < 1 ? "> 0.999" : p.toFixed(3)
}

/** A p-value in a sentence: `p < 0.001`, `p = 0.042`. @category conversions */
export const pSentence = (p: number | null | undefined): string => {
  const text = pText(p)
  return text === missing ? "p missing" : text.startsWith("<") || text.startsWith(">") ? `p ${text}` : `p = ${text}`
}

/** A share as percent with one decimal: `12.5 %`. @category conversions */
export const percentText = (part: number, whole: number): string =>
  whole > 0 ? `${((100 * part) / whole).toFixed(1)} %` : missing

/** A level such as 0.95 as `95 %`. @category conversions */
export const levelText = (level: number): string => `${settingText(100 * level, 4)} %`

/** An interval: `0.1200 to 0.3400`; an end that is open or unknown is said so. @category conversions */
export const intervalText = (
  low: number | null | undefined,
  high: number | null | undefined,
  sides: "both" | "lower" | "upper" = "both",
): string => {
  if (sides === "lower") return typeof low === "number" ? `${numberText(low)} or more` : missing
  if (sides === "upper") return typeof high === "number" ? `${numberText(high)} or less` : missing
  return typeof low === "number" && typeof high === "number" ? `${numberText(low)} to ${numberText(high)}` : missing
}

/** Dollars: two decimals, more where less than a cent is there to be seen. @category conversions */
export const moneyText = (dollars: number | null | undefined): string => {
  if (dollars === null || dollars === undefined || !Number.isFinite(dollars)) return missing
  const size = Math.abs(dollars)
  return size === 0 || size >= 1 ? dollars.toFixed(2) : size >= 0.0001 ? dollars.toFixed(4) : dollars.toExponential(1)
}

/** A count with its noun: `1 run`, `2 runs`. @category conversions */
export const counted = (count: number, noun: string, plural: string = `${noun}s`): string =>
  `${countText(count)} ${count === 1 ? noun : plural}`
