/**
 * Corrections of probabilities for several tests, as R's `p.adjust` makes them, and Šidák's. Missing probabilities stay
 * missing and do not count.
 *
 * @layer logic
 * @module
 */

/** Every correction by its name. */
export const corrections = ["none", "bonferroni", "sidak", "holm", "hochberg", "hommel", "bh", "by"] as const
/** The name of a correction. */
export type Correction = (typeof corrections)[number]

const aliases: Readonly<Record<string, Correction>> = {
  none: "none",
  "": "none",
  uncorrected: "none",
  bonferroni: "bonferroni",
  sidak: "sidak",
  šidák: "sidak",
  dunn_sidak: "sidak",
  holm: "holm",
  holm_bonferroni: "holm",
  hochberg: "hochberg",
  hommel: "hommel",
  bh: "bh",
  fdr: "bh",
  fdr_bh: "bh",
  benjamini_hochberg: "bh",
  by: "by",
  fdr_by: "by",
  benjamini_yekutieli: "by",
}

/** Every word that is understood as a correction. */
export const correctionWords: ReadonlyArray<string> = Object.keys(aliases).filter((word) => word !== "")

/** The correction that a word of a plan means, such as `Benjamini-Hochberg`; undefined where it is unknown. */
export const correctionOf = (word: string): Correction | undefined => {
  const key = word
    .trim()
    .toLowerCase()
    .replaceAll(/[\s-]+/g, "_")
  return Object.hasOwn(aliases, key) ? aliases[key] : undefined
}

/**
 * Adjusted probabilities, in the order given.
 *
 * @example
 * import * as PAdjust from "@heddle/experiments/analysis/PAdjust"
 *
 * PAdjust.adjust([0.01, 0.04, 0.03], "holm") // => [0.03, 0.06, 0.06]
 *
 * @category constructors
 */
export const adjust = (
  probabilities: ReadonlyArray<number | null>,
  correction: Correction,
): ReadonlyArray<number | null> => {
  const present = probabilities.flatMap((p, index) => (p === null || Number.isNaN(p) ? [] : [{ p, index }]))
  const m = present.length
  const ordered = [...present].sort((a, b) => a.p - b.p || a.index - b.index)
  const sorted = ordered.map((entry) => entry.p)
  const adjusted = adjustSorted(sorted, m, correction)
  const result: Array<number | null> = probabilities.map(() => null)
  ordered.forEach((entry, place) => {
    // p * m / m may round to a little less than p.
    result[entry.index] = Math.min(1, Math.max(entry.p, adjusted[place] ?? 1))
  })
  return result
}

/** Largest so far from the left: a smaller p never has a larger adjusted one. */
const stepDown = (values: ReadonlyArray<number>): ReadonlyArray<number> => {
  let top = 0
  return values.map((value) => (top = Math.max(top, value)))
}

/** Smallest so far from the right. */
const stepUp = (values: ReadonlyArray<number>): ReadonlyArray<number> => {
  let bottom = 1
  return [...values]
    .reverse()
    .map((value) => (bottom = Math.min(bottom, value)))
    .reverse()
}

const adjustSorted = (sorted: ReadonlyArray<number>, m: number, correction: Correction): ReadonlyArray<number> => {
  switch (correction) {
    case "none":
      return sorted
    case "bonferroni":
      return sorted.map((p) => p * m)
    case "sidak":
      // 1 - (1 - p)^m without losing small p.
      return sorted.map((p) => -Math.expm1(m * Math.log1p(-p)))
    case "holm":
      return stepDown(sorted.map((p, index) => p * (m - index)))
    case "hochberg":
      return stepUp(sorted.map((p, index) => p * (m - index)))
    case "bh":
      return stepUp(sorted.map((p, index) => (p * m) / (index + 1)))
    case "by": {
      let harmonic = 0
      for (let k = 1; k <= m; k++) harmonic += 1 / k
      return stepUp(sorted.map((p, index) => (p * m * harmonic) / (index + 1)))
    }
    case "hommel":
      return hommel(sorted, m)
  }
}

const hommel = (sorted: ReadonlyArray<number>, m: number): ReadonlyArray<number> => {
  if (m < 2) return sorted
  const at = (index: number): number => sorted[index] ?? 1
  let smallest = Math.min(...sorted.map((p, index) => (m * p) / (index + 1)))
  let q = Array.from({ length: m }, (): number => smallest)
  let result = [...q]
  for (let size = m - 1; size >= 2; size--) {
    const tailStart = m - size + 1
    let least = Number.POSITIVE_INFINITY
    for (let k = 2; k <= size; k++) least = Math.min(least, (size * at(tailStart + k - 2)) / k)
    for (let index = 0; index < tailStart; index++) q[index] = Math.min(size * at(index), least)
    for (let index = tailStart; index < m; index++) q[index] = q[m - size] ?? least
    result = result.map((value, index) => Math.max(value, q[index] ?? 0))
    smallest = least
  }
  return result.map((value, index) => Math.max(value, at(index)))
}
