/**
 * Numbers that plots of an outcome are drawn from: means by level and by pairs of levels, two-level effects in order of size,
 * and residuals against fitted values and normal quantiles.
 *
 * @layer logic
 * @module
 */
import type { Structure } from "../internal/analysisDesign.ts"
import type { Frame } from "../internal/analysisFrame.ts"
import { qnorm } from "../internal/rmath.ts"
import type { AnalysisColumn } from "./AnalysisData.ts"
import type { PlotData } from "./AnalysisResult.ts"
import { ascending, describe } from "./Descriptives.ts"
import type { LinearFit } from "./LinearModel.ts"
import { type TwoLevelEffects, twoLevelEffects } from "./TwoLevelEffects.ts"

/** Points of a plot at most; more are thinned evenly. */
export const pointsMax = 2000

/** Values of a frame by the level of a column. */
export const valuesByLevel = (frame: Frame, column: AnalysisColumn): ReadonlyMap<string, ReadonlyArray<number>> => {
  const groups = new Map<string, Array<number>>(column.levels.map((level) => [level, []]))
  frame.rows.forEach((row, index) => {
    const label = column.labels[row]
    if (label !== null && label !== undefined) groups.get(label)?.push(frame.values[index] ?? Number.NaN)
  })
  return groups
}

/** -1, 0 (a centre point) or 1 in each row, where a factor has two levels or two amounts and their middle. */
const coderOf = (factor: AnalysisColumn): ((row: number) => number) | undefined => {
  if (factor.kind === "categorical")
    return factor.levels.length === 2 ? (row) => (factor.labels[row] === factor.levels[0] ? -1 : 1) : undefined
  const amounts = ascending([...new Set(factor.numbers.filter((number) => number !== null))])
  const [low, middle, high] = amounts
  if (amounts.length !== 3 || low === undefined || middle === undefined || high === undefined) return undefined
  if (Math.abs(middle - (low + high) / 2) > 1e-9 * (high - low)) return undefined
  return (row) => {
    const number = factor.numbers[row]
    return number === low ? -1 : number === high ? 1 : 0
  }
}

/** Effects of the factors that have two levels in the rows; undefined where there is none. Centre points are left out. */
export const effectsOf = (frame: Frame, structure: Structure, alpha: number): TwoLevelEffects | undefined => {
  if (structure.factors.length === 0 || structure.squares) return undefined
  const coders = structure.factors.flatMap((factor) => coderOf(factor) ?? [])
  if (coders.length < structure.factors.length) return undefined
  const places = frame.rows.flatMap((row, place) => (coders.every((code) => code(row) !== 0) ? [place] : []))
  return twoLevelEffects({
    response: places.map((place) => frame.values[place] ?? Number.NaN),
    factors: new Map(
      structure.factors.map((factor, index) => [
        factor.name,
        places.map((place) => coders[index]?.(frame.rows[place] ?? -1) ?? 0),
      ]),
    ),
    alpha,
    ...(coders.length > 6 ? { order: 2 } : {}),
  })
}

/** Quantiles of the normal distribution for ordered residuals, at (i - 0.375) / (n + 0.25). */
export const normalScores = (n: number): ReadonlyArray<number> =>
  Array.from({ length: n }, (_, index) => qnorm((index + 1 - 0.375) / (n + 0.25)))

const thin = <A>(items: ReadonlyArray<A>): ReadonlyArray<A> => {
  if (items.length <= pointsMax) return items
  const step = items.length / pointsMax
  return Array.from({ length: pointsMax }, (_, index) => items[Math.floor(index * step)]).flatMap((item) =>
    item === undefined ? [] : [item],
  )
}

/** The numbers of all plots. @category constructors */
export const plotData = (
  frame: Frame,
  structure: Structure,
  fit: LinearFit | undefined,
  effects: TwoLevelEffects | undefined,
  alpha: number,
): PlotData => {
  const factors = structure.factors.filter((factor) => factor.kind === "categorical")
  const isPoint = (point: { x: number; y: number }): boolean => Number.isFinite(point.x) && Number.isFinite(point.y)
  const residuals = fit?.residuals ?? []
  const scores = normalScores(residuals.length)
  return {
    mainEffects: factors.map((factor) => ({
      factor: factor.name,
      points: [...valuesByLevel(frame, factor)].map(([level, values]) => {
        const { high, low, mean, n } = describe(values, 0, alpha)
        return { level, n, mean, low, high }
      }),
    })),
    interactions: factors.flatMap((first, at) =>
      factors.slice(at + 1).map((second) => {
        const cells = new Map<string, { level: string; line: string; values: Array<number> }>()
        for (const line of second.levels)
          for (const level of first.levels) cells.set(`${level}\u0000${line}`, { level, line, values: [] })
        frame.rows.forEach((row, index) => {
          cells
            .get(`${first.labels[row] ?? ""}\u0000${second.labels[row] ?? ""}`)
            ?.values.push(frame.values[index] ?? Number.NaN)
        })
        return {
          factors: [first.name, second.name] as const,
          cells: [...cells.values()].map(({ level, line, values }) => ({
            level,
            line,
            n: values.length,
            mean: describe(values, 0, alpha).mean,
          })),
        }
      }),
    ),
    pareto: (effects?.effects ?? [])
      .flatMap((row) => (row.effect === null ? [] : [{ term: row.term, size: Math.abs(row.effect) }]))
      .sort((a, b) => b.size - a.size || (a.term < b.term ? -1 : 1)),
    paretoLimit: effects?.marginOfError ?? null,
    halfNormal: (effects?.effects ?? [])
      .flatMap((row) =>
        row.effect === null || row.halfNormalScore === null
          ? []
          : [{ term: row.term, score: row.halfNormalScore, size: Math.abs(row.effect) }],
      )
      .sort((a, b) => a.score - b.score),
    residuals: thin(residuals.map((y, index) => ({ x: fit?.fitted[index] ?? Number.NaN, y })).filter(isPoint)),
    quantiles: thin(
      ascending(residuals)
        .map((y, index) => ({ x: scores[index] ?? Number.NaN, y }))
        .filter(isPoint),
    ),
  }
}
