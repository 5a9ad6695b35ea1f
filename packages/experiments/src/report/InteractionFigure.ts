/**
 * Interactions of two factors: the mean of an outcome along the levels of one factor, one line for each level of the
 * other. Lines that do not run side by side are an interaction.
 *
 * @layer logic
 * @module
 */
import type { PlotData } from "../analysis/AnalysisResult.ts"
import * as Axes from "./Axes.ts"
import { type AnyFigure, figureWidth } from "./Figure.ts"
import { countText, numberText } from "./ReportNumbers.ts"
import { cleanName, slug } from "./ReportTexts.ts"
import { bands, linear } from "./Scale.ts"
import { element, length, marker } from "./Svg.ts"

/** Lines of one figure at most. */
export const linesMax = 7
/** Levels along the axis at most. */
export const levelsMax = 24

/** The figure of one pair of factors. @category constructors */
export const interactionFigure = (outcome: string, data: PlotData["interactions"][number]): AnyFigure => {
  const name = cleanName(outcome)
  const [along, across] = data.factors
  const id = `interaction-${slug(outcome)}-${slug(along)}-${slug(across)}`
  const title = `${cleanName(along)} by ${cleanName(across)}: mean of ${name}`
  const levels = [...new Set(data.cells.map((cell) => cell.level))]
  const lines = [...new Set(data.cells.map((cell) => cell.line))]
  const shownLevels = levels.slice(0, levelsMax)
  const shownLines = lines.slice(0, linesMax)
  const cells = data.cells.flatMap((cell) => {
    const [level, series] = [shownLevels.indexOf(cell.level), shownLines.indexOf(cell.line)]
    return cell.mean === null || level < 0 || series < 0 ? [] : [{ ...cell, mean: cell.mean, at: level, series }]
  })
  if (cells.length === 0) {
    return {
      id,
      title,
      reason: `No combination of ${cleanName(along)} and ${cleanName(across)} has a mean of ${name}.`,
    }
  }
  const frame = { left: 78, right: figureWidth - 12, top: 44, bottom: 284 }
  const legend = Axes.key(
    shownLines.map((line) => `${across} = ${line}`),
    frame.left,
    14,
    frame.right,
  )
  const moved = { ...frame, top: frame.top + legend.height - 18, bottom: frame.bottom + legend.height - 18 }
  const scale = linear(
    cells.map((cell) => cell.mean),
    moved.bottom - 8,
    moved.top + 8,
  )
  const x = bands(shownLevels.length, moved.left, moved.right)
  const plan = Axes.planNames(shownLevels.map(cleanName), (moved.right - moved.left) / shownLevels.length)
  const drawn = shownLines.map((_, series) => {
    const points = cells.filter((cell) => cell.series === series).sort((a, b) => a.at - b.at)
    // A combination without data is a gap, not a line across it.
    const stretches: Array<Array<(typeof points)[number]>> = []
    for (const point of points) {
      const last = stretches.at(-1)
      if (last !== undefined && last.at(-1)?.at === point.at - 1) last.push(point)
      else stretches.push([point])
    }
    return [
      ...stretches.map((stretch) =>
        stretch.length < 2
          ? ""
          : element("polyline", {
              points: stretch.map((point) => `${length(x(point.at))},${length(scale.at(point.mean))}`).join(" "),
              class: `path s${series % linesMax}`,
            }),
      ),
      ...points.map((point) =>
        marker(
          x(point.at),
          scale.at(point.mean),
          series,
          `${along} ${point.level}, ${across} ${point.line}: mean ${numberText(point.mean)}, n = ${countText(point.n)}`,
        ),
      ),
    ].join("")
  })
  const counts = cells.map((cell) => cell.n)
  const [least, most] = counts.reduce(([a, b], n) => [Math.min(a, n), Math.max(b, n)], [Infinity, 0])
  const empty = data.cells.filter((cell) => cell.mean === null).length
  return {
    id,
    title,
    description: `Mean of ${name} for each combination. ${cells
      .map((cell) => `${cleanName(cell.level)} and ${cleanName(cell.line)}: ${numberText(cell.mean)}`)
      .slice(0, 40)
      .join("; ")}.`,
    width: figureWidth,
    height: moved.bottom + plan.height + 34,
    body: [
      Axes.vertical(moved, scale),
      Axes.axes(moved),
      Axes.names(moved, shownLevels.map(cleanName), x, plan),
      Axes.titleBelow(moved, cleanName(along), plan.height + 18),
      Axes.titleBeside(moved, 16, `mean of ${name}`),
      ...drawn,
      legend.drawing,
    ].join(""),
    notes: [
      least === most
        ? `Each point is the mean of ${countText(most)} ${most === 1 ? "run" : "runs"}.`
        : `Each point is the mean of ${countText(least)} to ${countText(most)} runs.`,
      ...(empty > 0 ? [`${countText(empty)} combinations have no data.`] : []),
      ...(lines.length > linesMax
        ? [`${countText(lines.length - linesMax)} further levels of ${cleanName(across)} are not drawn.`]
        : []),
      ...(levels.length > levelsMax
        ? [`${countText(levels.length - levelsMax)} further levels of ${cleanName(along)} are not drawn.`]
        : []),
    ],
  }
}
