/**
 * Looks of a study that may stop early: the statistic at each look, and the boundary that it has to reach.
 *
 * @layer logic
 * @module
 */
import type { StoppingLook } from "../StoppingRule.ts"
import * as Axes from "./Axes.ts"
import { type AnyFigure, figureWidth } from "./Figure.ts"
import { numberText } from "./ReportNumbers.ts"
import { cleanName } from "./ReportTexts.ts"
import { linear } from "./Scale.ts"
import { element, length, marker, text } from "./Svg.ts"

/** What is drawn. @category models */
export interface SequentialInput {
  readonly outcome: string
  readonly rule: "group_sequential" | "always_valid"
  readonly looks: ReadonlyArray<StoppingLook>
  /** Boundaries of all planned looks, those that were not reached too; of a group-sequential plan. */
  readonly planned: ReadonlyArray<{ readonly informationFraction: number; readonly boundary: number }>
}

/** The figure of the looks. @category constructors */
export const sequentialFigure = (input: SequentialInput): AnyFigure => {
  const id = "looks"
  const name = cleanName(input.outcome)
  const title = `Looks at ${name} while the study ran`
  const grouped = input.rule === "group_sequential"
  const seen = input.looks.flatMap((look) =>
    // Likelihood ratios span powers of ten; their logarithm is what grows evenly.
    look.statistic === null
      ? []
      : [
          {
            x: look.informationFraction,
            y: grouped ? look.statistic : Math.log10(Math.max(look.statistic, 1e-300)),
            look,
          },
        ],
  )
  if (seen.length === 0) return { id, title, reason: "No look at the data gave a statistic." }
  const bounds = grouped
    ? input.planned.length > 0
      ? input.planned.map((one) => ({ x: one.informationFraction, y: one.boundary }))
      : seen.flatMap(({ look, x }) => (look.boundary === null ? [] : [{ x, y: look.boundary }]))
    : seen.flatMap(({ look, x }) => (look.boundary === null ? [] : [{ x, y: Math.log10(look.boundary) }]))
  const both = grouped ? [...bounds, ...bounds.map(({ x, y }) => ({ x, y: -y }))] : bounds
  const frame = { left: 78, right: figureWidth - 12, top: 20, bottom: 270 }
  const x = linear([0, 1], frame.left + 8, frame.right - 14)
  const y = linear(
    [...seen.map((point) => point.y), ...both.map((point) => point.y)],
    frame.bottom - 8,
    frame.top + 8,
    { zero: true },
  )
  const path = (points: ReadonlyArray<{ readonly x: number; readonly y: number }>, kind: string): string =>
    points.length === 0
      ? ""
      : element("polyline", {
          points: (points.length === 1 ? [{ x: 0, y: points[0]?.y ?? 0 }, ...points] : points)
            .map((point) => `${length(x.at(point.x))},${length(y.at(point.y))}`)
            .join(" "),
          class: kind,
          fill: "none",
        })
  const last = bounds.at(-1)
  return {
    id,
    title,
    description: seen
      .slice(0, 40)
      .map(
        ({ look }) =>
          `Look ${look.look} at ${numberText(100 * look.informationFraction, 3)} percent of the runs: statistic ${numberText(look.statistic)}, boundary ${numberText(look.boundary)}${look.stop ? ", stopped" : ""}`,
      )
      .join(". "),
    width: figureWidth,
    height: frame.bottom + 46,
    body: [
      Axes.horizontal(frame, x),
      Axes.vertical(frame, y),
      Axes.axes(frame),
      path(bounds, "limit"),
      grouped
        ? path(
            bounds.map((point) => ({ x: point.x, y: -point.y })),
            "limit",
          )
        : "",
      last === undefined
        ? ""
        : text(x.at(last.x) - 4, y.at(last.y) - 7, "stop", { anchor: "end", kind: "limit-name", size: 11 }),
      path(seen, "path s0"),
      ...seen.map((point) =>
        marker(
          x.at(point.x),
          y.at(point.y),
          point.look.stop ? 3 : 0,
          `look ${point.look.look}: ${numberText(point.look.statistic)}`,
        ),
      ),
      Axes.titleBelow(frame, "share of the planned replicates"),
      Axes.titleBeside(frame, 16, grouped ? "z statistic" : "log10 of the likelihood ratio"),
    ].join(""),
    notes: [
      grouped
        ? "The study may stop at a look where the statistic is at or beyond one of the dashed boundaries."
        : "The study may stop where the likelihood ratio is at or above the dashed boundary.",
    ],
  }
}
