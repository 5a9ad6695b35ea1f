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
 * The table as text, with a line end behind each row; the titles come first. Aligned, the last column is cut where it
 * would not fit into `columnsMax`; tab-separated, nothing is cut.
 */
export const formatTable = (
  columns: ReadonlyArray<Column>,
  rows: ReadonlyArray<ReadonlyArray<string>>,
  options: { readonly aligned: boolean; readonly colour?: boolean; readonly columnsMax?: number | undefined },
): string => {
  const cells = [columns.map((column) => column.title), ...rows].map((row) => row.map(printable))
  if (!options.aligned) return [columns.map((column) => column.title), ...rows].map(tabLine).join("")
  const widths = columns.map((_, index) => Math.max(...cells.map((row) => displayWidth(row[index] ?? ""))))
  const last = columns.length - 1
  const before = widths.slice(0, last).reduce((sum, width) => sum + width + gap.length, 0)
  const lastMax = Math.max(lastWidthMin, (options.columnsMax ?? Number.POSITIVE_INFINITY) - before)
  return cells
    .map((row, line) => {
      const texts = row.map((cell, index) => {
        const fitting = index === last ? cut(cell, lastMax) : cell
        const right = columns[index]?.right === true
        const padded = pad(
          fitting,
          index === last && !right
            ? 0
            : Math.min(widths[index] ?? 0, index === last ? lastMax : Number.POSITIVE_INFINITY),
          right,
        )
        const colour = options.colour === true && line > 0 ? columns[index]?.colours?.[cell] : undefined
        return colour === undefined ? padded : `${colour}${padded}${colourEnd}`
      })
      return `${texts.join(gap).trimEnd()}\n`
    })
    .join("")
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
    (char) => (char === "\n" ? " " : `\\u${char.charCodeAt(0).toString(16).padStart(4, "0")}`),
  )

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
