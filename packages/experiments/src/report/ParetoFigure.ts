/**
 * Pareto plot: two-level effects by size, with Lenth's margin of error as the line that an active effect crosses.
 *
 * @layer logic
 * @module
 */
import type { PlotData } from "../analysis/AnalysisResult.ts"
import * as Axes from "./Axes.ts"
import { type AnyFigure, figureWidth } from "./Figure.ts"
import { countText, numberText } from "./ReportNumbers.ts"
import { cleanName, slug } from "./ReportTexts.ts"
import { linear } from "./Scale.ts"
import { element, line, text } from "./Svg.ts"

/** Bars at most, the largest effects. */
export const barsMax = 30

/** Effects below which their order and their scatter say nothing. */
export const effectsMin = 3

/** What is said where there are too few effects to draw. */
export const noEffects = `Pareto and half-normal plots need ${effectsMin} effects or more of factors that all have two levels in these runs.`

/** The figure of one outcome. @category constructors */
export const paretoFigure = (outcome: string, data: Pick<PlotData, "pareto" | "paretoLimit">): AnyFigure => {
  const name = cleanName(outcome)
  const id = `pareto-${slug(outcome)}`
  const title = `Effects on ${name} by size`
  if (data.pareto.length < effectsMin) {
    return { id, title, reason: noEffects }
  }
  const bars = data.pareto.slice(0, barsMax)
  const { paretoLimit } = data
  const rowHeight = 22
  const frame = { left: 250, right: figureWidth - 76, top: 30, bottom: 30 + bars.length * rowHeight }
  const scale = linear(
    [...bars.map((bar) => bar.size), ...(paretoLimit === null ? [] : [paretoLimit])],
    frame.left,
    frame.right,
    { zero: true },
  )
  const drawn = bars.map((bar, index) => {
    const y = frame.top + index * rowHeight
    const beyond = paretoLimit !== null && bar.size > paretoLimit
    return (
      text(frame.left - 8, y + 15, bar.term, {
        anchor: "end",
        width: frame.left - 18,
        ...(beyond ? { kind: "strong" } : {}),
      }) +
      element("rect", {
        x: frame.left,
        y: y + 4,
        width: Math.max(0.5, scale.at(bar.size) - frame.left),
        height: rowHeight - 8,
        class: `bar ${beyond ? "s0" : "s6"}`,
      }) +
      text(figureWidth - 12, y + 15, numberText(bar.size), { anchor: "end", kind: "soft", size: 11 })
    )
  })
  const limit =
    paretoLimit === null
      ? ""
      : line(scale.at(paretoLimit), frame.top - 6, scale.at(paretoLimit), frame.bottom, "limit") +
        text(scale.at(paretoLimit), frame.top - 11, `margin of error ${numberText(paretoLimit)}`, {
          anchor: "middle",
          kind: "limit-name",
          size: 11,
        })
  const beyond = paretoLimit === null ? [] : data.pareto.filter((bar) => bar.size > paretoLimit)
  return {
    id,
    title,
    description: `Absolute effects, largest first: ${bars.map((bar) => `${cleanName(bar.term)} ${numberText(bar.size)}`).join(", ")}. ${
      paretoLimit === null ? "There is no margin of error." : `Lenth's margin of error is ${numberText(paretoLimit)}.`
    }`,
    width: figureWidth,
    height: frame.bottom + 46,
    body: [
      Axes.horizontal(frame, scale),
      ...drawn,
      Axes.axes(frame),
      Axes.titleBelow(frame, `absolute effect on ${name}`),
      limit,
    ].join(""),
    notes: [
      paretoLimit === null
        ? "Lenth's margin of error does not exist for these effects, so no line is drawn."
        : `Dark bars with bold names are beyond Lenth's margin of error for one effect: ${
            beyond.length === 0
              ? "none"
              : beyond
                  .slice(0, 10)
                  .map((bar) => cleanName(bar.term))
                  .join(", ")
          }. The margin is not corrected for the number of effects.`,
      ...(data.pareto.length > barsMax
        ? [`${countText(data.pareto.length - barsMax)} smaller effects are not drawn.`]
        : []),
    ],
  }
}
