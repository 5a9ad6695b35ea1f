/**
 * A report as Markdown: CommonMark with the tables of GitHub. Whatever stands in a study file stays text: each mark that
 * Markdown or HTML would read as its own is escaped. Figures are links to files, or data inside of the text.
 *
 * @layer logic
 * @module
 */
import { type AnyFigure, isDrawn } from "./Figure.ts"
import type { Block, Inline, ReportDocument, Rich, Section, Table } from "./ReportDocument.ts"
import { countText } from "./ReportNumbers.ts"
import { clean } from "./ReportTexts.ts"
import * as Svg from "./Svg.ts"

/** Where figures are. @category models */
export interface MarkdownOptions {
  /** Folder of the figures, relative to the report; `figures` unless given. */
  readonly figureFolder?: string
  /** True puts figures into the text as data, so that the report is one file. */
  readonly inlineFigures?: boolean
}

/**
 * A text that is only text in Markdown, on one line.
 *
 * @example
 * import * as MarkdownReport from "@heddle/experiments/report/MarkdownReport"
 *
 * MarkdownReport.escapeText("a|b <i>*c*") // => "a\\|b \\<i\\>\\*c\\*"
 *
 * @category escaping
 */
export const escapeText = (text: string): string =>
  clean(text, Number.POSITIVE_INFINITY)
    .replaceAll(/[\\`*_[\]<>|~$]/g, "\\$&")
    // An ampersand alone is text; before a name it would be a character.
    .replaceAll(/&(?=[#a-zA-Z])/g, "\\&")
    // Addresses are not made into links: a report points nowhere that its author did not check.
    .replaceAll(/(?<=[a-zA-Z]):(?=\/\/)/g, "\\:")
    .replaceAll(/\bwww\./gi, (word) => `${word.slice(0, 3)}\\.`)
    .replaceAll("@", "\\@")
    .replace(/^(\d{1,9})([.)])(?=\s|$)/, "$1\\$2")
    // A sign before a digit begins no list and no rule.
    .replace(/^([#+=-])(?![\d.])/, "\\$1")

/** A text as code, whatever backticks are in it; `inTable` also escapes the bar. @category escaping */
export const codeSpan = (text: string, inTable: boolean): string => {
  const content = clean(text, Number.POSITIVE_INFINITY)
  if (content === "") return ""
  const longest = Math.max(0, ...Array.from(content.matchAll(/`+/g), ([run]) => run.length))
  const fence = "`".repeat(longest + 1)
  const pad = content.startsWith("`") || content.endsWith("`") ? " " : ""
  const code = `${fence}${pad}${content}${pad}${fence}`
  return inTable ? code.replaceAll("|", "\\|") : code
}

const inlineText = (piece: Inline, inTable: boolean): string => {
  if (typeof piece === "string") return escapeText(spaced(piece)).replaceAll(edge, " ")
  if ("code" in piece) return codeSpan(piece.code, inTable)
  const strong = escapeText(piece.strong)
  return strong === "" ? "" : `**${strong}**`
}

// Spaces at the edges of a piece part it from its neighbours; a text alone has none.
const edge = /\u{e000}/gu
const spaced = (text: string): string =>
  text.replaceAll(edge, "\u{fffd}").replace(/^\s+/, "\u{e000}").replace(/\s+$/, "\u{e000}")

const richText = (rich: Rich | string, inTable = false): string =>
  typeof rich === "string"
    ? escapeText(rich)
    : rich
        .map((piece) => inlineText(piece, inTable))
        .join("")
        .trim()

const tableText = ({ caption, columns, left, rows }: Table): string => {
  const line = (cells: ReadonlyArray<string>): string =>
    `| ${cells.map((cell) => (cell === "" ? " " : cell)).join(" | ")} |`
  return [
    `**${escapeText(caption)}**`,
    "",
    line(columns.map(({ title }) => escapeText(title))),
    line(columns.map(({ numeric }) => (numeric ? "---:" : "---"))),
    ...rows.map((row) => line(columns.map((_, index) => richText(row[index] ?? "", true)))),
    ...(left > 0 ? ["", `and ${countText(left)} more rows.`] : []),
  ].join("\n")
}

/** A text inside of an address; parentheses would end it. */
const dataText = (text: string): string =>
  encodeURIComponent(text).replaceAll(/[()'!*]/g, (char) => `%${char.charCodeAt(0).toString(16)}`)

const figureText = (figure: AnyFigure, options: MarkdownOptions): string => {
  if (!isDrawn(figure)) return escapeText(figure.reason)
  const target =
    options.inlineFigures === true
      ? `data:image/svg+xml,${dataText(Svg.file(figure))}`
      : `${options.figureFolder ?? "figures"}/${figure.id}.svg`
  return [
    `![${escapeText(`${figure.title}. ${figure.description}`)}](${target})`,
    "",
    `*${escapeText(figure.title)}.*${figure.notes.length === 0 ? "" : ` ${escapeText(figure.notes.join(" "))}`}`,
  ].join("\n")
}

const blockText = (block: Block, options: MarkdownOptions): string => {
  switch (block.kind) {
    case "paragraph": {
      const text = richText(block.text)
      return block.tone === "warning" ? `> **Warning:** ${text}` : block.tone === "note" ? `*Note:* ${text}` : text
    }
    case "list":
      return block.items.map((item) => `- ${richText(item)}`).join("\n")
    case "table":
      return tableText(block)
    case "figure":
      return figureText(block.figure, options)
  }
}

const sectionText = (section: Section, level: number, options: MarkdownOptions): ReadonlyArray<string> => [
  `${"#".repeat(Math.min(6, level))} ${escapeText(section.title)}`,
  ...section.blocks.map((block) => blockText(block, options)),
  ...section.sections.flatMap((below) => sectionText(below, level + 1, options)),
]

/** The report as Markdown; ends with a line end. @category conversions */
export const markdownReport = (document: ReportDocument, options: MarkdownOptions = {}): string => {
  const parts = [
    `# ${escapeText(document.title)}`,
    document.facts.map(([name, value]) => `- ${escapeText(name)}: ${richText(value)}`).join("\n"),
    ...document.sections.flatMap((section) => sectionText(section, 2, options)),
  ]
  return `${parts.filter((part) => part !== "").join("\n\n")}\n`
}
