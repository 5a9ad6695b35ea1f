/**
 * Tables: aligned columns for people, tab-separated lines for pipes. Control characters in a cell are shown, not sent to
 * the terminal.
 *
 * @layer logic
 * @module
 */
import { stripVTControlCharacters } from "node:util"
import type { Column } from "./Column.ts"

/** Space between columns. */
const gap = "  "

/** The least that a last column is cut to. */
const lastWidthMin = 12
const colourEnd = "\u001b[0m"

/**
 * The table as text, with a line end behind each row; the titles come first. Aligned, it is made to fit into `columnsMax`:
 * spare columns are left out, then cells are cut, the last column first. Tab-separated, nothing is left out or cut.
 */
export const formatTable = (
  columns: ReadonlyArray<Column>,
  rows: ReadonlyArray<ReadonlyArray<string>>,
  options: { readonly aligned: boolean; readonly colour?: boolean; readonly columnsMax?: number | undefined },
): string => {
  const titles = columns.map((column) => column.title)
  if (!options.aligned) return [titles, ...rows].map(tabLine).join("")
  const columnsMax = options.columnsMax ?? Number.POSITIVE_INFINITY
  const cells = [titles, ...rows].map((row) => row.map(printable))
  const widths = columns.map((_, index) => Math.max(...cells.map((row) => displayWidth(row[index] ?? ""))))
  const { shown, least } = fitting(columns, widths, columnsMax)
  const cellMax = least <= columnsMax ? columnsMax : Math.max(lastWidthMin, Math.floor(columnsMax / 3))
  const last = shown.at(-1)
  const widthOf = (index: number): number =>
    index === last || columns[index]?.whole === true ? (widths[index] ?? 0) : Math.min(widths[index] ?? 0, cellMax)
  const before = shown.slice(0, -1).reduce((sum, index) => sum + widthOf(index) + gap.length, 0)
  const lastMax = Math.max(lastWidthMin, columnsMax - before)
  return cells
    .map((row, line) => {
      const texts = shown.map((index) => {
        const cell = row[index] ?? ""
        const right = columns[index]?.right === true
        const width = index === last ? Math.min(widthOf(index), lastMax) : widthOf(index)
        const padded = pad(cut(cell, width), index === last && !right ? 0 : width, right)
        const colour = options.colour === true && line > 0 ? columns[index]?.colours?.[cell] : undefined
        return colour === undefined ? padded : `${colour}${padded}${colourEnd}`
      })
      return `${texts.join(gap).trimEnd()}\n`
    })
    .join("")
}

/** Which columns are shown: all of them, or as many as leave the last one its least width; and what they need then. */
const fitting = (
  columns: ReadonlyArray<Column>,
  widths: ReadonlyArray<number>,
  columnsMax: number,
): { readonly shown: ReadonlyArray<number>; readonly least: number } => {
  let shown = columns.map((_, index) => index)
  for (;;) {
    const last = shown.at(-1) ?? 0
    const least = shown.reduce(
      (sum, index) =>
        sum + (index === last ? Math.min(widths[index] ?? 0, lastWidthMin) : (widths[index] ?? 0) + gap.length),
      0,
    )
    const spares = shown.filter((index) => columns[index]?.spare !== undefined)
    if (least <= columnsMax || spares.length === 0) return { shown, least }
    const gone = spares.reduce((a, b) => ((columns[b]?.spare ?? 0) > (columns[a]?.spare ?? 0) ? b : a))
    shown = shown.filter((index) => index !== gone)
  }
}

/** One row, tab-separated, with its line end. */
export const tabLine = (row: ReadonlyArray<string>): string => `${row.map(printable).join("\t")}\n`

const cut = (cell: string, width: number): string => {
  if (displayWidth(cell) <= width) return cell
  let kept = ""
  let used = 0
  for (const char of cell) {
    used += displayWidth(char)
    if (used > width - 1) break
    kept += char
  }
  return `${kept}…`
}

const pad = (cell: string, width: number, right: boolean): string => {
  const space = " ".repeat(Math.max(0, width - displayWidth(cell)))
  return right ? space + cell : cell + space
}

/** A cell on one line: tabs, line ends and other control characters become visible escapes. */
export const printable = (text: string): string =>
  stripVTControlCharacters(text).replaceAll(
    // Control characters, line and paragraph separators, and what turns the direction of writing.
    /\p{Cc}|[\u2028\u2029\u202a-\u202e\u2066-\u2069]/gu,
    (char) => (char === "\n" ? " " : escaped(char)),
  )

/** Text of several lines in which nothing moves the cursor, sets a title or turns the direction of writing. */
export const visible = (text: string): string =>
  text.replaceAll(/[^\P{Cc}\n\t]|[\u2028\u2029\u202a-\u202e\u2066-\u2069]/gu, escaped)

const escaped = (char: string): string => `\\u${char.charCodeAt(0).toString(16).padStart(4, "0")}`

/** Columns that a text takes on a terminal: wide characters take two, marks none. */
export const displayWidth = (text: string): number => {
  let width = 0
  for (const char of text) {
    if (/\p{Mark}/u.test(char)) continue
    width += isWide(char.codePointAt(0) ?? 0) ? 2 : 1
  }
  return width
}

const isWide = (code: number): boolean =>
  (code >= 0x1100 && code <= 0x115f) ||
  (code >= 0x2e80 && code <= 0xa4cf) ||
  (code >= 0xac00 && code <= 0xd7a3) ||
  (code >= 0xf900 && code <= 0xfaff) ||
  (code >= 0xfe30 && code <= 0xfe6f) ||
  (code >= 0xff00 && code <= 0xff60) ||
  (code >= 0xffe0 && code <= 0xffe6) ||
  (code >= 0x1f300 && code <= 0x1faff) ||
  (code >= 0x20000 && code <= 0x3fffd)
