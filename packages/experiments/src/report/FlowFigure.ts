/**
 * The flow of runs as a diagram: boxes from the design down to what was analysed, and at each step, to the side, what was
 * left out and why.
 *
 * @layer logic
 * @module
 */
import { type AnyFigure, figureWidth } from "./Figure.ts"
import { counted, countText } from "./ReportNumbers.ts"
import { cleanName } from "./ReportTexts.ts"
import type { Reason, RunFlow } from "./RunFlow.ts"
import { element, fitted, length, text, wrapped } from "./Svg.ts"

/** Reasons that a box names; the rest is counted. */
export const reasonsShown = 5

interface Step {
  readonly main: ReadonlyArray<string>
  /** What is left out after it. */
  readonly aside: ReadonlyArray<string>
}

const reasonLines = (reasons: ReadonlyArray<Reason>): ReadonlyArray<string> => {
  const rest = reasons.slice(reasonsShown)
  return [
    ...reasons.slice(0, reasonsShown).map(({ count, reason }) => `· ${countText(count)} × ${cleanName(reason)}`),
    ...(rest.length === 0
      ? []
      : [
          `· ${countText(rest.reduce((sum, { count }) => sum + count, 0))} × ${counted(rest.length, "further reason")}`,
        ]),
  ]
}

const lineHeight = 17
const boxLeft = 12
const boxWidth = 300
const asideLeft = 356
const asideWidth = figureWidth - asideLeft - 12

/** Lines that one reason may take. */
const reasonLinesMax = 2

const box = (x: number, y: number, width: number, lines: ReadonlyArray<string>, first: string): string =>
  element("rect", { x, y, width, height: lines.length * lineHeight + 14, rx: 4, class: "box" }) +
  lines
    .map((line, index) =>
      text(x + 10, y + 20 + index * lineHeight, line, { width: width - 20, ...(index === 0 ? { kind: first } : {}) }),
    )
    .join("")

const arrow = (x1: number, y1: number, x2: number, y2: number): string => {
  const down = x1 === x2
  const head = down
    ? `${length(x2 - 4)},${length(y2 - 7)} ${length(x2 + 4)},${length(y2 - 7)} ${length(x2)},${length(y2)}`
    : `${length(x2 - 7)},${length(y2 - 4)} ${length(x2 - 7)},${length(y2 + 4)} ${length(x2)},${length(y2)}`
  return (
    element("line", { x1, y1, x2: down ? x2 : x2 - 6, y2: down ? y2 - 6 : y2, class: "axis" }) +
    element("polygon", { points: head, class: "mark s6" })
  )
}

/** What the diagram says, step by step. */
const stepsOf = (flow: RunFlow, analysed: ReadonlyArray<AnalysedOutcome>): ReadonlyArray<Step> => {
  const { total } = flow
  const notBegun = total.skipped + total.notStarted
  const { withoutValue = 0 } = total
  const lost = total.failed + total.timedOut + total.interrupted + withoutValue
  const outcome = analysed.find((one) => one.primary) ?? analysed[0]
  const reasons = outcome === undefined ? [] : outcome.missing.filter(({ count }) => count > 0)
  // Runs that gave no value at all are left out one step before; where they are all that lack one, their reasons go along.
  const lacking = reasons.reduce((sum, { count }) => sum + count, 0)
  const missing: ReadonlyArray<Reason> =
    withoutValue === 0 ? reasons : lacking > withoutValue ? [{ reason: "no value", count: lacking - withoutValue }] : []
  return [
    {
      main: [`${counted(flow.conditions, "condition")} designed`],
      aside:
        flow.excludedConditions === 0
          ? []
          : [`${countText(flow.excludedConditions)} excluded by constraints`, ...reasonLines(flow.constraintReasons)],
    },
    {
      main: [
        `${counted(total.planned, "run")} planned`,
        `of ${counted(flow.conditions - flow.excludedConditions, "condition")}`,
      ],
      aside:
        notBegun === 0
          ? []
          : [
              `${countText(notBegun)} never began (${countText(total.skipped)} skipped, ${countText(total.notStarted)} not started)`,
              ...reasonLines(flow.notRunReasons),
            ],
    },
    {
      main: [`${counted(total.planned - notBegun, "run")} began`],
      aside:
        lost === 0
          ? []
          : [
              `${countText(lost)} gave no data`,
              `(${countText(total.failed)} failed, ${countText(total.timedOut)} timed out, ${countText(total.interrupted)} interrupted${withoutValue === 0 ? "" : `, ${countText(withoutValue)} without a usable value`})`,
              ...reasonLines(flow.failures),
              ...(withoutValue > 0 && lacking === withoutValue ? reasonLines(reasons) : []),
            ],
    },
    {
      main: [
        `${counted(total.done, "run")} gave data`,
        ...(total.retried > 0 ? [`${countText(total.retried)} of them after more than one try`] : []),
      ],
      aside:
        outcome === undefined || missing.length === 0
          ? []
          : [`no value of ${cleanName(outcome.outcome)}`, ...reasonLines(missing)],
    },
    ...(outcome === undefined
      ? []
      : [
          {
            main: [
              `${counted(outcome.used, "run")} analysed`,
              `for ${cleanName(outcome.outcome)}`,
              ...(outcome.used > total.done ? [`missing values filled: policy ${cleanName(outcome.policy)}`] : []),
            ],
            aside: [],
          },
        ]),
  ]
}

/** What of an outcome was analysed. `missing` leaves out runs that gave no data at all. @category models */
export interface AnalysedOutcome {
  readonly outcome: string
  readonly primary: boolean
  readonly used: number
  readonly policy: string
  readonly missing: ReadonlyArray<Reason>
}

/** The diagram. @category constructors */
export const flowFigure = (flow: RunFlow, analysed: ReadonlyArray<AnalysedOutcome>): AnyFigure => {
  const id = "flow-of-runs"
  const title = "Flow of runs"
  if (flow.conditions === 0 && flow.total.planned === 0)
    return { id, title, reason: "The design has no conditions, so there are no runs to follow." }
  const steps = stepsOf(flow, analysed)
  const middle = boxLeft + boxWidth / 2
  let y = 8
  const parts: Array<string> = []
  steps.forEach((step, index) => {
    const last = index === steps.length - 1
    const height = step.main.length * lineHeight + 14
    parts.push(box(boxLeft, y, boxWidth, step.main, "strong"))
    const bottom = y + height
    if (last) {
      y = bottom
      return
    }
    const aside = step.aside.flatMap((line) => wrapped(line, asideWidth - 20, 12, reasonLinesMax))
    const asideHeight = aside.length === 0 ? 0 : aside.length * lineHeight + 14
    const next = bottom + Math.max(30, asideHeight + 16)
    if (aside.length > 0) {
      const top = bottom + 8
      parts.push(box(asideLeft, top, asideWidth, aside, "strong"), arrow(middle, top + 16, asideLeft, top + 16))
    }
    parts.push(arrow(middle, bottom, middle, next))
    y = next
  })
  return {
    id,
    title,
    description: steps
      .map((step) =>
        [
          step.main.join(", "),
          ...(step.aside.length === 0
            ? []
            : [`left out: ${step.aside.map((line) => fitted(line.replace(/^· /, ""), 600, 12)).join(", ")}`]),
        ].join("; "),
      )
      .join(". "),
    width: figureWidth,
    height: y + 8,
    body: parts.join(""),
    notes: [],
  }
}
