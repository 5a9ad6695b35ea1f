/**
 * Main effects: the mean of an outcome at each level of each factor, with its interval, all factors on one scale.
 *
 * @layer logic
 * @module
 */
import type { PlotData } from "../analysis/AnalysisResult.ts"
import * as Axes from "./Axes.ts"
import { type AnyFigure, figureWidth } from "./Figure.ts"
import { countText, levelText, numberText } from "./ReportNumbers.ts"
import { cleanName, slug } from "./ReportTexts.ts"
import { bands, linear } from "./Scale.ts"
import { element, length, line, marker, text, textWidth } from "./Svg.ts"

/** Factors that one figure shows; the rest is in the tables. */
export const factorsMax = 12
/** Levels of one factor that are drawn. */
export const levelsMax = 24

/** What is drawn. @category models */
export interface MainEffectsInput {
  readonly outcome: string
  /** Level of the intervals, such as 0.95. */
  readonly level: number
  readonly mainEffects: PlotData["mainEffects"]
}

type Factor = PlotData["mainEffects"][number]

const panelMin = 110
const slotMin = 46
const slotMax = 130
const gap = 22
const plotHeight = 200

/** Pixels for one level: what the longest name needs, in bounds. */
const slotOf = ({ points }: Factor): number =>
  Math.min(slotMax, Math.max(slotMin, ...points.map((point) => textWidth(cleanName(point.level), 11) + 10)))

/** Panels in rows: each gets room for its levels, a full row is stretched to the width. */
const rowsOf = (factors: ReadonlyArray<Factor>, width: number): ReadonlyArray<ReadonlyArray<Factor>> => {
  const rows: Array<Array<Factor>> = []
  let room = 0
  for (const factor of factors) {
    const need = Math.max(panelMin, factor.points.length * slotOf(factor)) + gap
    const row = rows.at(-1)
    if (row === undefined || room < need) {
      rows.push([factor])
      room = width - need
    } else {
      row.push(factor)
      room -= need
    }
  }
  return rows
}

/** The figure of one outcome. @category constructors */
export const mainEffectsFigure = (input: MainEffectsInput): AnyFigure => {
  const outcome = cleanName(input.outcome)
  const id = `main-effects-${slug(input.outcome)}`
  const title = `Main effects on ${outcome}`
  const all = input.mainEffects.filter((factor) => factor.points.some((point) => point.mean !== null))
  if (all.length === 0) {
    return {
      id,
      title,
      reason: `No factor with levels has a mean of ${outcome}, so there are no main effects to draw.`,
    }
  }
  const shown = all
    .slice(0, factorsMax)
    .map((factor) => ({ factor: factor.factor, points: factor.points.slice(0, levelsMax) }))
  const values = shown.flatMap((factor) =>
    factor.points.flatMap(({ high, low, mean }) => [mean, low, high].filter((value) => value !== null)),
  )
  const left = 78
  const right = figureWidth - 12
  let top = 26
  const parts: Array<string> = []
  const rows = rowsOf(shown, right - left)
  const weightOf = (factor: Factor): number => Math.max(panelMin, factor.points.length * slotOf(factor))
  const sumOf = (row: ReadonlyArray<Factor>): number => row.reduce((sum, factor) => sum + weightOf(factor), 0)
  // One scale of widths for all rows: a panel alone in the last row is not drawn out.
  const stretch = Math.min(...rows.map((row) => (right - left - gap * (row.length - 1)) / sumOf(row)))
  for (const row of rows) {
    const bottom = top + plotHeight
    const scale = linear(values, bottom - 6, top + 6)
    parts.push(Axes.titleBeside({ left, right, top, bottom }, 16, `mean of ${outcome}`))
    let x = left
    let deepest = 18
    row.forEach((factor, index) => {
      const frame = { left: x, right: x + weightOf(factor) * stretch, top, bottom }
      x = frame.right + gap
      const at = bands(factor.points.length, frame.left, frame.right)
      const labels = factor.points.map((point) => cleanName(point.level))
      const plan = Axes.planNames(labels, (frame.right - frame.left) / factor.points.length)
      deepest = Math.max(deepest, plan.height)
      parts.push(
        Axes.vertical(frame, scale, { labels: index === 0 }),
        Axes.axes(frame),
        Axes.names(frame, labels, at, plan),
        text((frame.left + frame.right) / 2, top - 8, factor.factor, {
          anchor: "middle",
          kind: "strong",
          width: frame.right - frame.left,
        }),
        ...series(factor, at, scale.at),
      )
    })
    top = bottom + deepest + 40
  }
  return {
    id,
    title,
    description: describe(shown, outcome, input.level),
    width: figureWidth,
    height: top - 24,
    body: parts.join(""),
    notes: [
      `Points are means over all runs that have the level; bars are ${levelText(input.level)} intervals of each mean, not corrected for their number.`,
      ...(all.length > factorsMax ? [`${countText(all.length - factorsMax)} further factors are not drawn.`] : []),
      ...(all.some((factor) => factor.points.length > levelsMax)
        ? [`Of factors with more than ${levelsMax} levels the first ${levelsMax} are drawn.`]
        : []),
    ],
  }
}

const series = (factor: Factor, at: (index: number) => number, y: (value: number) => number): ReadonlyArray<string> => {
  const points = factor.points.flatMap((point, index) =>
    point.mean === null ? [] : [{ ...point, mean: point.mean, x: at(index) }],
  )
  return [
    points.length < 2
      ? ""
      : element("polyline", {
          points: points.map((point) => `${length(point.x)},${length(y(point.mean))}`).join(" "),
          class: "path s0",
        }),
    ...points.flatMap(({ high, low, level, mean, n, x }) => [
      ...(low === null || high === null
        ? []
        : [
            line(x, y(low), x, y(high), "whisker s0"),
            line(x - 5, y(low), x + 5, y(low), "whisker s0"),
            line(x - 5, y(high), x + 5, y(high), "whisker s0"),
          ]),
      marker(x, y(mean), 0, `${level}: mean ${numberText(mean)}, n = ${countText(n)}`),
    ]),
  ]
}

const describe = (factors: ReadonlyArray<Factor>, outcome: string, level: number): string =>
  `Means of ${outcome} with ${levelText(level)} intervals. ${factors
    .map(
      (factor) =>
        `${cleanName(factor.factor)}: ${factor.points
          .map((point) => `${cleanName(point.level)} ${numberText(point.mean)}`)
          .join(", ")}`,
    )
    .join("; ")}.`
