/**
 * A report as a document before it has a form: sections of paragraphs, lists, tables and figures. Markdown and HTML are
 * written from the same document, so both say the same. All texts are plain; escaping is the writers' work.
 *
 * @layer contract
 * @module
 */
import type { AnyFigure } from "./Figure.ts"

/** A piece of a text: plain, set as code, or stressed. @category models */
export type Inline = string | { readonly code: string } | { readonly strong: string }

/** A text of pieces. @category models */
export type Rich = ReadonlyArray<Inline>

/** A paragraph; `warning` ones are set off, `note` ones are small. @category models */
export interface Paragraph {
  readonly kind: "paragraph"
  readonly text: Rich
  readonly tone: "plain" | "note" | "warning"
}

/** A list of points. @category models */
export interface List {
  readonly kind: "list"
  readonly items: ReadonlyArray<Rich>
}

/** A column: its title, and whether it holds numbers. @category models */
export interface TableColumn {
  readonly title: string
  readonly numeric: boolean
}

/** A table with a caption. The first cell of each row names the row. @category models */
export interface Table {
  readonly kind: "table"
  readonly caption: string
  readonly columns: ReadonlyArray<TableColumn>
  readonly rows: ReadonlyArray<ReadonlyArray<Rich | string>>
  /** Rows that were left out because of {@link rowsMax}. */
  readonly left: number
}

/** A figure, or the sentence that stands where there is none. @category models */
export interface FigureBlock {
  readonly kind: "figure"
  readonly figure: AnyFigure
}

/** A part of a section. @category models */
export type Block = Paragraph | List | Table | FigureBlock

/** A section with its parts and the sections below it. Ids are unique in a document. @category models */
export interface Section {
  readonly id: string
  readonly title: string
  readonly blocks: ReadonlyArray<Block>
  readonly sections: ReadonlyArray<Section>
}

/** A whole report. @category models */
export interface ReportDocument {
  readonly title: string
  /** Facts under the title, such as authors and the study's id. */
  readonly facts: ReadonlyArray<readonly [name: string, value: Rich]>
  readonly sections: ReadonlyArray<Section>
}

/** Rows of a table that are shown; the rest is counted. */
export const rowsMax = 200

/** A paragraph. @category constructors */
export const paragraph = (...text: Rich): Paragraph => ({ kind: "paragraph", text, tone: "plain" })

/** A small paragraph, about what stands above it. @category constructors */
export const note = (...text: Rich): Paragraph => ({ kind: "paragraph", text, tone: "note" })

/** A paragraph that must not be overlooked. @category constructors */
export const warning = (...text: Rich): Paragraph => ({ kind: "paragraph", text, tone: "warning" })

/** A list. @category constructors */
export const list = (items: ReadonlyArray<Rich | string>): List => ({
  kind: "list",
  items: items.map((item) => (typeof item === "string" ? [item] : item)),
})

/**
 * A table; titles that begin with `#` are columns of numbers, without the mark. Rows beyond {@link rowsMax} are counted and
 * not made.
 *
 * @category constructors
 */
export const tableOf = <A>(
  caption: string,
  titles: ReadonlyArray<string>,
  items: ReadonlyArray<A>,
  rowOf: (item: A, index: number) => ReadonlyArray<Rich | string>,
  /** A last row for all items, those too that are not shown. */
  total?: ReadonlyArray<Rich | string>,
): Table => ({
  kind: "table",
  caption,
  columns: titles.map((title) => ({ title: title.replace(/^#/, ""), numeric: title.startsWith("#") })),
  rows: [...items.slice(0, rowsMax).map(rowOf), ...(total === undefined ? [] : [total])],
  left: Math.max(0, items.length - rowsMax),
})

/** A table of rows that are there already. @category constructors */
export const table = (
  caption: string,
  titles: ReadonlyArray<string>,
  rows: ReadonlyArray<ReadonlyArray<Rich | string>>,
): Table => tableOf(caption, titles, rows, (row) => row)

/** A figure as a block. @category constructors */
export const figureBlock = (figure: AnyFigure): FigureBlock => ({ kind: "figure", figure })
