/**
 * One-way comparisons that do not take variances to be equal (Welch), and tests of whether they are (Levene, and Brown and
 * Forsythe).
 *
 * @layer logic
 * @module
 */
import { effectSize, noOutcome, outcome } from "../internal/analysisOutcome.ts"
import { pf } from "../internal/rmath.ts"
import { anova } from "./Anova.ts"
import { mean, median, moments } from "./Descriptives.ts"
import { categorical, powerOfTwoScale } from "./ModelTerms.ts"
import type { TestOutcome } from "./TestOutcome.ts"

/** Samples of groups, by the group's name. */
export type Groups = ReadonlyMap<string, ReadonlyArray<number>>

const usable = (groups: Groups): ReadonlyArray<readonly [string, ReadonlyArray<number>]> =>
  [...groups].filter(([, values]) => values.length > 0)

/** The usual one-way analysis of variance. @category constructors */
export const oneWay = (groups: Groups): TestOutcome => {
  const method = "one-way analysis of variance"
  const used = usable(groups)
  const n = used.reduce((sum, [, values]) => sum + values.length, 0)
  if (used.length < 2) return noOutcome(method, n, "fewer than two groups have values")
  const group = categorical(
    "group",
    used.flatMap(([name, values]) => values.map(() => name)),
  )
  const table = anova({ response: used.flatMap(([, values]) => values), variables: [group], terms: [["group"]] })
  const row = table.rows[0]
  return outcome({
    method,
    n,
    statisticName: "F",
    statistic: row?.f ?? null,
    df: [row?.df ?? 0, table.residualDf],
    p: row?.p ?? null,
    effectSize: effectSize("eta squared", row?.etaSquared),
    notes: table.notes,
  })
}

/** Welch's one-way comparison. Every group needs two values that differ. @category constructors */
export const welchAnova = (groups: Groups): TestOutcome => {
  const method = "Welch one-way comparison"
  const used = usable(groups)
  const k = used.length
  const n = used.reduce((sum, [, values]) => sum + values.length, 0)
  if (k < 2) return noOutcome(method, n, "fewer than two groups have values")
  const scale = powerOfTwoScale(used.flatMap(([, values]) => values))
  const all = used.map(([name, values]) => ({ name, ...moments(values, scale) }))
  const flat = all.filter((group) => !(group.variance > 0))
  if (flat.length > 0)
    return noOutcome(method, n, `no variance within ${flat.map((group) => JSON.stringify(group.name)).join(", ")}`)
  const weights = all.map((group) => group.n / group.variance)
  const total = weights.reduce((sum, weight) => sum + weight, 0)
  const centre = all.reduce((sum, group, index) => sum + (weights[index] ?? 0) * group.mean, 0) / total
  const tail = all.reduce((sum, group, index) => sum + (1 - (weights[index] ?? 0) / total) ** 2 / (group.n - 1), 0)
  const between = all.reduce((sum, group, index) => sum + (weights[index] ?? 0) * (group.mean - centre) ** 2, 0)
  const f = between / (k - 1) / (1 + (2 * (k - 2) * tail) / (k * k - 1))
  const df2 = (k * k - 1) / (3 * tail)
  return outcome({
    method,
    n,
    statisticName: "F",
    statistic: f,
    df: [k - 1, df2],
    p: pf(f, k - 1, df2, "upper"),
  })
}

/** Whether variances differ: one-way analysis of the distances from each group's median (or mean). @category constructors */
export const levene = (groups: Groups, centre: "median" | "mean" = "median"): TestOutcome => {
  const of = centre === "median" ? median : mean
  const distances = new Map(
    [...groups].map(([name, values]) => {
      const middle = of(values)
      return [name, values.map((value) => Math.abs(value - middle))]
    }),
  )
  return outcome({
    ...oneWay(distances),
    method: centre === "median" ? "Brown-Forsythe test of equal variances" : "Levene test of equal variances",
    effectSize: null,
  })
}
