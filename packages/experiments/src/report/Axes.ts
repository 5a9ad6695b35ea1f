/**
 * The frame of a plot: grid, axes with ticks and titles, names of levels below an axis, and a key of the series.
 *
 * @layer logic
 * @module
 */
import type { Scale } from "./Scale.ts"
import { element, fitted, line, marker, text, textWidth } from "./Svg.ts"

/** Where a plot stands inside a figure, in pixels; ticks and titles are outside of it. @category models */
export interface Frame {
  readonly left: number
  readonly top: number
  readonly right: number
  readonly bottom: number
}

/** Grid lines and tick labels of the scale that goes up. @category axes */
export const vertical = (frame: Frame, scale: Scale, options: { readonly labels?: boolean } = {}): string =>
  scale.ticks
    .map(({ label, value }) => {
      const y = scale.at(value)
      return (
        line(frame.left, y, frame.right, y, "grid") +
        (options.labels === false ? "" : text(frame.left - 6, y + 4, label, { anchor: "end", kind: "soft", size: 11 }))
      )
    })
    .join("")

/** Grid lines and tick labels of the scale that goes to the right. @category axes */
export const horizontal = (frame: Frame, scale: Scale): string =>
  scale.ticks
    .map(({ label, value }) => {
      const x = scale.at(value)
      return (
        line(x, frame.top, x, frame.bottom, "grid") +
        text(x, frame.bottom + 16, label, { anchor: "middle", kind: "soft", size: 11 })
      )
    })
    .join("")

/** The two lines of the axes. @category axes */
export const axes = (frame: Frame): string =>
  line(frame.left, frame.bottom, frame.right, frame.bottom, "axis") +
  line(frame.left, frame.top, frame.left, frame.bottom, "axis")

/** Title below the plot. @category axes */
export const titleBelow = (frame: Frame, title: string, below = 34): string =>
  text((frame.left + frame.right) / 2, frame.bottom + below, title, {
    anchor: "middle",
    width: frame.right - frame.left + 40,
  })

/** Title beside the plot, turned; `x` is its middle line. @category axes */
export const titleBeside = (frame: Frame, x: number, title: string): string =>
  text(x, (frame.top + frame.bottom) / 2, title, { anchor: "middle", turn: -90, width: frame.bottom - frame.top + 30 })

/** Pixels that names of levels below an axis need. */
export interface NamesPlan {
  readonly turned: boolean
  readonly height: number
  readonly width: number
}

const turnDegrees = 40

/** Whether names fit side by side, or are turned. @category axes */
export const planNames = (names: ReadonlyArray<string>, share: number): NamesPlan => {
  const widest = Math.max(0, ...names.map((name) => textWidth(name, 11)))
  if (widest <= share - 6 || names.length <= 3) return { turned: false, height: 18, width: Math.max(24, share - 6) }
  const width = Math.min(110, widest)
  return { turned: true, width, height: 16 + width * Math.sin((turnDegrees * Math.PI) / 180) }
}

/** Names of levels below an axis. @category axes */
export const names = (
  frame: Frame,
  labels: ReadonlyArray<string>,
  at: (index: number) => number,
  plan: NamesPlan,
): string =>
  labels
    .map((label, index) => {
      const x = at(index)
      const tick = line(x, frame.bottom, x, frame.bottom + 4, "axis")
      return (
        tick +
        (plan.turned
          ? text(x + 3, frame.bottom + 14, label, {
              anchor: "end",
              kind: "soft",
              size: 11,
              turn: -turnDegrees,
              width: plan.width,
            })
          : text(x, frame.bottom + 16, label, { anchor: "middle", kind: "soft", size: 11, width: plan.width }))
      )
    })
    .join("")

/** A key of series in one or more lines; gives the drawing and its height. @category axes */
export const key = (
  labels: ReadonlyArray<string>,
  left: number,
  top: number,
  right: number,
): { readonly drawing: string; readonly height: number } => {
  let x = left
  let y = top
  const parts = labels.map((label, index) => {
    const shown = fitted(label, 180, 11)
    const width = 40 + textWidth(shown, 11) + 14
    if (x + width > right && x > left) {
      x = left
      y += 18
    }
    const part =
      element("line", { x1: x, y1: y, x2: x + 28, y2: y, class: `path s${index % 7}` }) +
      marker(x + 14, y, index) +
      text(x + 34, y + 4, label, { size: 11, width: 180 })
    x += width
    return part
  })
  return { drawing: parts.join(""), height: y - top + 18 }
}
