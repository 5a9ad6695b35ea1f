/**
 * SVG as text: elements with escaped texts and rounded numbers, the styles of figures, and a whole file of one figure.
 *
 * @layer logic
 * @module
 */
import type { Figure } from "./Figure.ts"
import { clean, escapeMarkup } from "./ReportTexts.ts"

/** Attributes of an element; what is undefined is left out. */
export type Attributes = Readonly<Record<string, string | number | undefined>>

/** A length with two decimals at most; what is no number is 0, so that no file is broken. @category conversions */
export const length = (number: number): string => {
  if (!Number.isFinite(number)) return "0"
  const text = String(Math.round(number * 100) / 100)
  return text === "-0" ? "0" : text
}

const attributeText = ([name, value]: readonly [string, string | number | undefined]): string =>
  value === undefined ? "" : ` ${name}="${typeof value === "number" ? length(value) : escapeMarkup(value)}"`

/** An element with children that are SVG already. @category constructors */
export const element = (name: string, attributes: Attributes, ...children: ReadonlyArray<string>): string => {
  const opening = `<${name}${Object.entries(attributes).map(attributeText).join("")}`
  return children.length === 0 ? `${opening}/>` : `${opening}>${children.join("")}</${name}>`
}

/** A line. @category constructors */
export const line = (x1: number, y1: number, x2: number, y2: number, kind: string): string =>
  element("line", { x1, y1, x2, y2, class: kind })

/** Characters of a label at this size, in pixels, in a common sans-serif font; wide scripts take a whole size each. */
export const textWidth = (text: string, size: number): number => {
  let width = 0
  for (const char of text)
    width +=
      /[\u1100-\u11ff\u2e80-\u9fff\ua960-\ud7ff\uf900-\ufaff\uff00-\uffef\u{1f000}-\u{1faff}\u{20000}-\u{3ffff}]/u.test(
        char,
      )
        ? 1
        : 0.56
  return width * size
}

/** A text that fits a width; cut with an ellipsis. @category conversions */
export const fitted = (text: string, width: number, size: number): string => {
  const whole = clean(text, 400)
  if (textWidth(whole, size) <= width) return whole
  let cut = ""
  for (const char of whole) {
    if (textWidth(`${cut}${char}…`, size) > width) break
    cut += char
  }
  return `${cut.trimEnd()}…`
}

/** A text in lines of a width, broken between words; the last line that is allowed is cut with an ellipsis. @category conversions */
export const wrapped = (content: string, width: number, size: number, linesMax: number): ReadonlyArray<string> => {
  const words = clean(content, 400).split(" ")
  const lines: Array<string> = []
  let current = ""
  for (const [index, word] of words.entries()) {
    const longer = current === "" ? word : `${current} ${word}`
    if (current !== "" && textWidth(longer, size) > width) {
      if (lines.length === linesMax - 1)
        return [...lines, fitted([current, ...words.slice(index)].join(" "), width, size)]
      lines.push(fitted(current, width, size))
      current = word
    } else current = longer
  }
  return [...lines, fitted(current, width, size)]
}

/** Where a text is put. */
export interface TextPlace {
  readonly anchor?: "start" | "middle" | "end"
  readonly kind?: string
  /** Pixels that it may take; longer texts are cut, and their whole stands in the tooltip. */
  readonly width?: number
  /** Pixels of the font; 12 unless given. */
  readonly size?: number
  /** Degrees around its place. */
  readonly turn?: number
}

/** A text. @category constructors */
export const text = (x: number, y: number, content: string, place: TextPlace = {}): string => {
  const size = place.size ?? 12
  const whole = clean(content, 400)
  const shown = place.width === undefined ? whole : fitted(whole, place.width, size)
  return element(
    "text",
    {
      x,
      y,
      "text-anchor": place.anchor,
      "font-size": size === 12 ? undefined : size,
      class: place.kind,
      transform: place.turn === undefined ? undefined : `rotate(${length(place.turn)} ${length(x)} ${length(y)})`,
    },
    escapeMarkup(shown),
    ...(shown === whole ? [] : [element("title", {}, escapeMarkup(whole))]),
  )
}

/** Number of styles that series of lines and points have before they repeat. */
export const seriesCount = 7

/** A point of a series; each has its own shape. @category constructors */
export const marker = (x: number, y: number, series: number, title?: string): string => {
  const kind = `mark s${series % seriesCount}`
  const tip = title === undefined ? [] : [element("title", {}, escapeMarkup(clean(title, 400)))]
  const shape = (points: ReadonlyArray<readonly [number, number]>): string =>
    element(
      "polygon",
      { points: points.map(([dx, dy]) => `${length(x + dx)},${length(y + dy)}`).join(" "), class: kind },
      ...tip,
    )
  switch (series % seriesCount) {
    case 1:
      return element("rect", { x: x - 3.5, y: y - 3.5, width: 7, height: 7, class: kind }, ...tip)
    case 2:
      return shape([
        [0, -5],
        [4.6, 3.2],
        [-4.6, 3.2],
      ])
    case 3:
      return shape([
        [0, -5],
        [5, 0],
        [0, 5],
        [-5, 0],
      ])
    case 4:
      return shape([
        [0, 5],
        [4.6, -3.2],
        [-4.6, -3.2],
      ])
    case 5:
      return shape([
        [-1.5, -4.5],
        [1.5, -4.5],
        [1.5, -1.5],
        [4.5, -1.5],
        [4.5, 1.5],
        [1.5, 1.5],
        [1.5, 4.5],
        [-1.5, 4.5],
        [-1.5, 1.5],
        [-4.5, 1.5],
        [-4.5, -1.5],
        [-1.5, -1.5],
      ])
    case 6:
      return element("circle", { cx: x, cy: y, r: 4, class: `${kind} hollow` }, ...tip)
    default:
      return element("circle", { cx: x, cy: y, r: 4, class: kind }, ...tip)
  }
}

// Okabe and Ito's colours, which people with any colour vision tell apart; lighter ones of the same hues for the night.
const day = ["#0072b2", "#d55e00", "#009e73", "#b0508a", "#b07800", "#3a93c9", "#666666"]
const night = ["#56b4e9", "#ff9350", "#3ccba0", "#e8a5c8", "#f0c040", "#9ad3f5", "#bbbbbb"]

interface Paper {
  readonly ink: string
  readonly soft: string
  readonly grid: string
  readonly paper: string
  readonly box: string
  readonly limit: string
  readonly series: ReadonlyArray<string>
}
const light: Paper = {
  ink: "#1b1b1b",
  soft: "#555555",
  grid: "#dddddd",
  paper: "#ffffff",
  box: "#f5f7f9",
  limit: "#a3195b",
  series: day,
}
const dark: Paper = {
  ink: "#ececec",
  soft: "#b0b0b0",
  grid: "#3a3f45",
  paper: "#14171a",
  box: "#1f2429",
  limit: "#ff7eb3",
  series: night,
}

const dashes = ["none", "6 3", "2 3", "8 3 2 3", "10 4", "4 2", "1 4"]

const colours = (colour: Paper, scope: string): string =>
  [
    `${scope}text{fill:${colour.ink}}`,
    `${scope}.soft{fill:${colour.soft}}`,
    `${scope}.paper{fill:${colour.paper}}`,
    `${scope}.grid{stroke:${colour.grid}}`,
    `${scope}.axis{stroke:${colour.soft}}`,
    `${scope}.limit{stroke:${colour.limit}}`,
    `${scope}.limit-name{fill:${colour.limit}}`,
    `${scope}.box{fill:${colour.box};stroke:${colour.soft}}`,
    `${scope}.zero{stroke:${colour.soft}}`,
    ...colour.series.flatMap((value, index) => [
      `${scope}.mark.s${index},${scope}.bar.s${index}{fill:${value};stroke:${value}}`,
      `${scope}.path.s${index},${scope}.whisker.s${index}{stroke:${value}}`,
    ]),
    `${scope}.mark.hollow{fill:${colour.paper}}`,
    `${scope}.halo{stroke:${colour.paper}}`,
  ].join("")

const shapes = (scope: string): string =>
  [
    `${scope}text{font-family:system-ui,-apple-system,"Segoe UI",Roboto,Helvetica,Arial,sans-serif;font-size:12px}`,
    `${scope}text[font-size="11"]{font-size:11px}${scope}text[font-size="13"]{font-size:13px}`,
    `${scope}.strong{font-weight:600}`,
    `${scope}.halo{stroke-width:4px;stroke-linejoin:round;paint-order:stroke}`,
    `${scope}.grid,${scope}.axis,${scope}.box,${scope}.whisker{stroke-width:1}`,
    `${scope}.zero{stroke-width:1;stroke-dasharray:3 3}`,
    `${scope}.limit{stroke-width:1.5;stroke-dasharray:6 3}`,
    `${scope}.path{fill:none;stroke-width:1.75}`,
    `${scope}.whisker{stroke-width:1.5}`,
    `${scope}.cloud .mark{fill-opacity:.65}`,
    ...dashes.map((dash, index) => (dash === "none" ? "" : `${scope}.path.s${index}{stroke-dasharray:${dash}}`)),
  ].join("")

/** The styles of figures inside a page, under one class. Night colours where the reader's system asks for them. */
export const pageStyles: string = `${shapes(".figure ")}${colours(light, ".figure ")}@media screen and (prefers-color-scheme:dark){${colours(dark, ".figure ")}}`

const fileStyles = `${shapes("")}${colours(light, "")}@media screen and (prefers-color-scheme:dark){${colours(dark, "")}}`

/** Colours of the page around figures. */
export const paperColours = { light, dark }

const opening = (figure: Figure, more: Attributes): string =>
  `<svg${Object.entries({
    xmlns: "http://www.w3.org/2000/svg",
    viewBox: `0 0 ${length(figure.width)} ${length(figure.height)}`,
    width: length(figure.width),
    height: length(figure.height),
    role: "img",
    "aria-labelledby": `${figure.id}-title ${figure.id}-desc`,
    ...more,
  })
    .map(attributeText)
    .join("")}>`

const named = (figure: Figure): string =>
  element("title", { id: `${figure.id}-title` }, escapeMarkup(figure.title)) +
  element("desc", { id: `${figure.id}-desc` }, escapeMarkup(figure.description))

/** A figure for the inside of a page that has {@link pageStyles}. @category conversions */
export const inline = (figure: Figure): string =>
  `${opening(figure, { class: "figure" })}${named(figure)}${figure.body}</svg>`

/** A figure as a file of its own, with its styles and its paper; `mark` is said in a comment. Ends with a line end. @category conversions */
export const file = (figure: Figure, mark?: string): string =>
  `<?xml version="1.0" encoding="UTF-8"?>\n${mark === undefined ? "" : `<!-- ${mark} -->\n`}${opening(figure, {})}${named(figure)}<style>${fileStyles}</style>${element(
    "rect",
    {
      width: figure.width,
      height: figure.height,
      class: "paper",
    },
  )}${figure.body}</svg>\n`
