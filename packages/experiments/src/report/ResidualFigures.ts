/**
 * What the model leaves over: residuals against fitted values, and against normal quantiles. A funnel, a bend or points
 * far from the line say that intervals and p-values of the model are to be read with care.
 *
 * @layer logic
 * @module
 */
import type { PlotData } from "../analysis/AnalysisResult.ts"
import * as Axes from "./Axes.ts"
import { type AnyFigure, figureWidth } from "./Figure.ts"
import { counted, numberText } from "./ReportNumbers.ts"
import { cleanName, slug } from "./ReportTexts.ts"
import { linear } from "./Scale.ts"
import { element, line, marker } from "./Svg.ts"

type Points = PlotData["residuals"]

const frame = { left: 78, right: figureWidth - 12, top: 14, bottom: 264 }

const cloud = (points: Points, x: (value: number) => number, y: (value: number) => number): string =>
  element("g", { class: "cloud" }, ...points.map((point) => marker(x(point.x), y(point.y), 0)))

const spread = (points: Points): string => {
  const [low, high] = points.reduce(([a, b], { y }) => [Math.min(a, y), Math.max(b, y)], [Infinity, -Infinity])
  return `${numberText(low)} to ${numberText(high)}`
}

/** Residuals against fitted values. @category constructors */
export const residualsFigure = (outcome: string, points: Points): AnyFigure => {
  const name = cleanName(outcome)
  const id = `residuals-${slug(outcome)}`
  const title = `Residuals of ${name} against fitted values`
  if (points.length === 0) return { id, title, reason: `No model of ${name} was fitted, so there are no residuals.` }
  const x = linear(
    points.map((point) => point.x),
    frame.left + 8,
    frame.right - 8,
  )
  const y = linear(
    points.map((point) => point.y),
    frame.bottom - 6,
    frame.top + 6,
    { zero: true },
  )
  return {
    id,
    title,
    description: `${counted(points.length, "residual")}, from ${spread(points)}, against the fitted values of the model.`,
    width: figureWidth,
    height: frame.bottom + 46,
    body: [
      Axes.horizontal(frame, x),
      Axes.vertical(frame, y),
      Axes.axes(frame),
      line(frame.left, y.at(0), frame.right, y.at(0), "zero"),
      cloud(points, x.at, y.at),
      Axes.titleBelow(frame, `fitted ${name}`),
      Axes.titleBeside(frame, 16, "residual"),
    ].join(""),
    notes: ["A funnel means that the spread is not the same everywhere; a bend means that a term is missing."],
  }
}

/** Ordered residuals against quantiles of the normal distribution, with the line through their quartiles. @category constructors */
export const quantileFigure = (outcome: string, points: Points): AnyFigure => {
  const name = cleanName(outcome)
  const id = `normal-quantiles-${slug(outcome)}`
  const title = `Normal quantiles of the residuals of ${name}`
  if (points.length === 0) return { id, title, reason: `No model of ${name} was fitted, so there are no residuals.` }
  const x = linear(
    points.map((point) => point.x),
    frame.left + 8,
    frame.right - 8,
  )
  const y = linear(
    points.map((point) => point.y),
    frame.bottom - 6,
    frame.top + 6,
  )
  const sorted = [...points].sort((a, b) => a.x - b.x)
  const quarter = sorted[Math.floor((sorted.length - 1) * 0.25)]
  const threeQuarters = sorted[Math.ceil((sorted.length - 1) * 0.75)]
  const slope =
    quarter === undefined || threeQuarters === undefined || quarter.x === threeQuarters.x
      ? undefined
      : (threeQuarters.y - quarter.y) / (threeQuarters.x - quarter.x)
  const clip = `${id}-clip`
  const reference =
    slope === undefined || quarter === undefined
      ? ""
      : element(
          "clipPath",
          { id: clip },
          element("rect", {
            x: frame.left,
            y: frame.top,
            width: frame.right - frame.left,
            height: frame.bottom - frame.top,
          }),
        ) +
        element("line", {
          x1: x.at(x.low),
          y1: y.at(quarter.y + slope * (x.low - quarter.x)),
          x2: x.at(x.high),
          y2: y.at(quarter.y + slope * (x.high - quarter.x)),
          class: "zero",
          "clip-path": `url(#${clip})`,
        })
  return {
    id,
    title,
    description: `${counted(points.length, "ordered residual")}, from ${spread(points)}, against normal quantiles.`,
    width: figureWidth,
    height: frame.bottom + 46,
    body: [
      Axes.horizontal(frame, x),
      Axes.vertical(frame, y),
      Axes.axes(frame),
      reference,
      cloud(points, x.at, y.at),
      Axes.titleBelow(frame, "normal quantile"),
      Axes.titleBeside(frame, 16, "ordered residual"),
    ].join(""),
    notes: ["Points along the dotted line, which goes through the quartiles, look like normal errors."],
  }
}
