/**
 * Texts of a study made fit for a page: whoever wrote the study file does not write the report. Control characters and
 * marks that turn the reading direction around are shown by their code, line ends become spaces, long texts are cut with
 * a note. What HTML, SVG and Markdown would read as their own is escaped where those are written.
 *
 * @layer logic
 * @module
 */
import { countText } from "./ReportNumbers.ts"

/** The longest text of a paragraph, in characters. */
export const proseLengthMax = 4000
/** The longest text of a cell or of a name in a sentence, in characters. */
export const cellLengthMax = 200

// Marks and overrides of direction, separators of lines, and characters that are not seen but are there.
const hidden =
  // eslint-disable-next-line no-control-regex
  /[\u0000-\u001f\u007f-\u009f\u00ad\u061c\u180e\u200b\u200e\u200f\u2028-\u202e\u2060-\u206f\ufeff\ufff9-\ufffb]/gu

const shown = (char: string): string => {
  if (char === "\n" || char === "\r" || char === "\t" || char === "\u2028" || char === "\u2029") return " "
  return `[U+${(char.codePointAt(0) ?? 0).toString(16).toUpperCase().padStart(4, "0")}]`
}

/**
 * A text on one line, at most so long.
 *
 * @example
 * import * as ReportTexts from "@heddle/experiments/report/ReportTexts"
 *
 * ReportTexts.clean("two\nlines") // => "two lines"
 * ReportTexts.clean("abcdef", 3) // => "abc… (cut, 6 characters)"
 *
 * @category conversions
 */
export const clean = (text: string, lengthMax: number = proseLengthMax): string => {
  // Cut before the rest, so that a text of megabytes costs no more than a short one.
  const long = text.length > lengthMax
  const part = (long ? text.slice(0, lengthMax) : text).toWellFormed().replaceAll("\r\n", "\n")
  const line = part.replaceAll(hidden, shown).replaceAll(/ {2,}/g, " ").trim()
  return long ? `${line}… (cut, ${countText(text.length)} characters)` : line
}

/** A name for a cell, a label or a place in a sentence. @category conversions */
export const cleanName = (text: string): string => clean(text, cellLengthMax)

/** The paragraphs of a text: parted by empty lines, at most so long together. @category conversions */
export const paragraphs = (text: string): ReadonlyArray<string> => {
  const long = text.length > proseLengthMax
  const parts = (long ? text.slice(0, proseLengthMax) : text)
    .split(/(?:\r?\n[ \t]*){2,}/)
    .map((part) => clean(part))
    .filter((part) => part !== "")
  return long ? [...parts, `… (cut, ${countText(text.length)} characters)`] : parts
}

/** Names in a sentence: `a, b and c`; of many the first, and how many more. @category conversions */
export const nameList = (names: ReadonlyArray<string>, shownMax: number = 12): string => {
  const told = names.slice(0, shownMax).map(cleanName)
  if (names.length > shownMax) return `${told.join(", ")} and ${countText(names.length - shownMax)} more`
  const last = told.pop()
  return last === undefined ? "none" : told.length === 0 ? last : `${told.join(", ")} and ${last}`
}

/** A text between tags of HTML or XML, or in an attribute. @category conversions */
export const escapeMarkup = (text: string): string =>
  text
    .replaceAll("&", "&amp;")
    .replaceAll("<", "&lt;")
    .replaceAll(">", "&gt;")
    .replaceAll('"', "&quot;")
    .replaceAll("'", "&#39;")

/** A name as an id or a file name: lower-case ASCII letters, digits and hyphens. @category conversions */
export const slug = (text: string): string =>
  text
    .slice(0, 200)
    .toLowerCase()
    .replaceAll(/[^a-z0-9]+/g, "-")
    .replaceAll(/^-+|-+$/g, "")
    .slice(0, 60) || "x"
