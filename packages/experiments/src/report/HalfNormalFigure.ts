/**
 * Half-normal plot: sizes of two-level effects against half-normal quantiles. Effects that are only noise lie on a line
 * through the origin; its slope here is Lenth's pseudo standard error.
 *
 * @layer logic
 * @module
 */
import type { PlotData } from "../analysis/AnalysisResult.ts"
import { lenthPse } from "../analysis/TwoLevelEffects.ts"
import * as Axes from "./Axes.ts"
import { type AnyFigure, figureWidth } from "./Figure.ts"
import { effectsMin, noEffects } from "./ParetoFigure.ts"
import { countText, numberText } from "./ReportNumbers.ts"
import { cleanName, slug } from "./ReportTexts.ts"
import { linear } from "./Scale.ts"
import { line, marker, text } from "./Svg.ts"

/** Points that get their name, the largest. */
export const namesMax = 12

/** The figure of one outcome. @category constructors */
export const halfNormalFigure = (outcome: string, data: Pick<PlotData, "halfNormal" | "paretoLimit">): AnyFigure => {
  const name = cleanName(outcome)
  const id = `half-normal-${slug(outcome)}`
  const title = `Half-normal plot of effects on ${name}`
  const points = data.halfNormal
  if (points.length < effectsMin) return { id, title, reason: noEffects }
  const error = lenthPse(points.map((point) => point.size))
  const limit = data.paretoLimit
  const frame = { left: 78, right: figureWidth - 150, top: 16, bottom: 296 }
  const x = linear(
    points.map((point) => point.score),
    frame.left + 4,
    frame.right - 10,
    { zero: true },
  )
  const y = linear(
    [...points.map((point) => point.size), ...(limit === null ? [] : [limit])],
    frame.bottom - 2,
    frame.top + 8,
    { zero: true },
  )
  const reach = error === null ? 0 : Math.min(x.high, y.high / error)
  // Names of the largest, moved apart where they would lie on each other.
  let last = Number.NEGATIVE_INFINITY
  const named = [...points]
    .sort((a, b) => b.size - a.size || b.score - a.score)
    .slice(0, namesMax)
    .map((point) => {
      const place = Math.max(y.at(point.size) + 4, last + 13)
      last = place
      return place > frame.bottom + 2
        ? ""
        : text(x.at(point.score) + 9, place, point.term, { size: 11, width: figureWidth - x.at(point.score) - 18 })
    })
  return {
    id,
    title,
    description: `Effects from the smallest to the largest: ${points
      .map((point) => `${cleanName(point.term)} ${numberText(point.size)}`)
      .slice(0, 40)
      .join(", ")}.`,
    width: figureWidth,
    height: frame.bottom + 46,
    body: [
      Axes.horizontal(frame, x),
      Axes.vertical(frame, y),
      Axes.axes(frame),
      error === null ? "" : line(x.at(0), y.at(0), x.at(reach), y.at(reach * error), "zero"),
      limit === null
        ? ""
        : line(frame.left, y.at(limit), frame.right, y.at(limit), "limit") +
          text(frame.right + 4, y.at(limit) + 4, `margin ${numberText(limit)}`, { kind: "limit-name", size: 11 }),
      ...points.map((point) =>
        marker(
          x.at(point.score),
          y.at(point.size),
          limit !== null && point.size > limit ? 0 : 6,
          `${point.term}: ${numberText(point.size)}`,
        ),
      ),
      ...named,
      Axes.titleBelow(frame, "half-normal quantile"),
      Axes.titleBeside(frame, 16, `absolute effect on ${name}`),
    ].join(""),
    notes: [
      error === null
        ? "Lenth's pseudo standard error does not exist for these effects, so no line is drawn."
        : `The dotted line has Lenth's pseudo standard error, ${numberText(error)}, as its slope: effects near it look like noise. ${
            limit === null ? "" : "Filled points are beyond the margin of error."
          }`.trim(),
      ...(points.length > namesMax
        ? [`The ${namesMax} largest of ${countText(points.length)} effects are named.`]
        : []),
    ],
  }
}
