/**
 * A report as one HTML file: no script, no network, no font of its own; figures are inside. It reads by day, by night and
 * on paper, by eye and by screen reader. Every text is escaped, and a policy in the page forbids anything to be loaded.
 *
 * @layer logic
 * @module
 */
import { isDrawn, type AnyFigure } from "./Figure.ts"
import { pageCss } from "./htmlStyles.ts"
import type { Block, Inline, ReportDocument, Rich, Section, Table } from "./ReportDocument.ts"
import { countText } from "./ReportNumbers.ts"
import { clean, escapeMarkup } from "./ReportTexts.ts"
import * as Svg from "./Svg.ts"

const plain = (text: string): string => escapeMarkup(clean(text, Number.POSITIVE_INFINITY))

const pieceText = (piece: Inline): string => {
  if (typeof piece === "string") {
    const edges = /^(\s*)[\s\S]*?(\s*)$/.exec(piece)
    return `${edges?.[1] === "" ? "" : " "}${plain(piece)}${edges?.[2] === "" ? "" : " "}`
  }
  return "code" in piece ? `<code>${plain(piece.code)}</code>` : `<strong>${plain(piece.strong)}</strong>`
}

const richText = (rich: Rich | string): string =>
  typeof rich === "string" ? plain(rich) : rich.map(pieceText).join("").trim()

const lengthOf = (rich: Rich | string): number =>
  typeof rich === "string"
    ? rich.length
    : rich.reduce(
        (sum, piece) => sum + (typeof piece === "string" ? piece : "code" in piece ? piece.code : piece.strong).length,
        0,
      )

/** Characters from which on a column of texts gets room, so that it is not one word wide. */
const longFrom = 36

const tableText = ({ caption, columns, left, rows }: Table): string => {
  const kinds = columns.map(({ numeric }, index) =>
    numeric ? ' class="number"' : rows.some((row) => lengthOf(row[index] ?? "") > longFrom) ? ' class="long"' : "",
  )
  const head = columns.map(({ title }, index) => `<th scope="col"${kinds[index] ?? ""}>${plain(title)}</th>`).join("")
  const body = rows
    .map((row) => {
      const cells = columns.map((_, index) => {
        const content = richText(row[index] ?? "")
        return index === 0
          ? `<th scope="row"${kinds[index] ?? ""}>${content}</th>`
          : `<td${kinds[index] ?? ""}>${content}</td>`
      })
      return `<tr>${cells.join("")}</tr>`
    })
    .join("\n")
  const more = left > 0 ? `<p class="note">and ${countText(left)} more rows.</p>\n` : ""
  // A wide table scrolls by itself; the keyboard has to reach it.
  return `<div class="wide" role="group" aria-label="${plain(caption)}" tabindex="0"><table>\n<caption>${plain(caption)}</caption>\n<thead><tr>${head}</tr></thead>\n<tbody>\n${body}\n</tbody></table></div>\n${more}`
}

const figureText = (figure: AnyFigure): string =>
  isDrawn(figure)
    ? `<figure id="${figure.id}">${Svg.inline(figure)}<figcaption><strong>${plain(figure.title)}.</strong> ${plain(
        figure.notes.join(" "),
      )}</figcaption></figure>\n`
    : `<p class="note">${plain(figure.reason)}</p>\n`

const blockText = (block: Block): string => {
  switch (block.kind) {
    case "paragraph":
      return block.tone === "warning"
        ? `<p class="warning" role="note"><strong>Warning:</strong> ${richText(block.text)}</p>\n`
        : `<p${block.tone === "note" ? ' class="note"' : ""}>${richText(block.text)}</p>\n`
    case "list":
      return `<ul>\n${block.items.map((item) => `<li>${richText(item)}</li>`).join("\n")}\n</ul>\n`
    case "table":
      return tableText(block)
    case "figure":
      return figureText(block.figure)
  }
}

const sectionText = (section: Section, level: number): string => {
  const heading = `h${Math.min(6, level)}`
  return [
    `<section aria-labelledby="s-${section.id}">\n<${heading} id="s-${section.id}">${plain(section.title)}</${heading}>\n`,
    ...section.blocks.map(blockText),
    ...section.sections.map((below) => sectionText(below, level + 1)),
    "</section>\n",
  ].join("")
}

const contents = (sections: ReadonlyArray<Section>): string =>
  `<ol>\n${sections
    .map(
      (section) =>
        `<li><a href="#s-${section.id}">${plain(section.title)}</a>${section.sections.length === 0 ? "" : `\n${contents(section.sections)}`}</li>`,
    )
    .join("\n")}\n</ol>`

/** The report as a page; ends with a line end. `mark` says whose file it is. @category conversions */
export const htmlReport = (document: ReportDocument, mark = "Heddle"): string => {
  const facts = document.facts.map(([name, value]) => `<div><dt>${plain(name)}</dt><dd>${richText(value)}</dd></div>`)
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'; img-src data:">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<meta name="generator" content="${plain(mark)}">
<title>${plain(document.title)}</title>
<style>${pageCss}</style>
</head>
<body>
<a class="skip" href="#report">Skip to the report</a>
<header>
<h1>${plain(document.title)}</h1>
<dl>${facts.join("")}</dl>
</header>
<nav aria-labelledby="contents">
<h2 id="contents">Contents</h2>
${contents(document.sections)}
</nav>
<main id="report">
${document.sections.map((section) => sectionText(section, 2)).join("")}</main>
</body>
</html>
`
}
