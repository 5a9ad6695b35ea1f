/**
 * The report of a study: Markdown with its figures as files, and one HTML file that needs nothing else. Both are written
 * from one document, so they say the same; the same records give the same bytes.
 *
 * @layer logic
 * @module
 */
import { sha256Hex } from "@heddle/core/Canonical"
import { isDrawn, type Figure } from "./report/Figure.ts"
import { htmlReport } from "./report/HtmlReport.ts"
import { markdownReport, type MarkdownOptions } from "./report/MarkdownReport.ts"
import type { ReportDocument, Section } from "./report/ReportDocument.ts"
import type { ReportModel } from "./report/ReportModel.ts"
import { reportDocument } from "./report/ReportSections.ts"
import * as Svg from "./report/Svg.ts"

export type { ReportModel } from "./report/ReportModel.ts"
export type { ReportDocument } from "./report/ReportDocument.ts"

/** The forms of a report. */
export const formats = ["html", "md", "both"] as const
/** One of {@link formats}. */
export type Format = (typeof formats)[number]

/** A file of a report: its path relative to the report's folder, and its text. @category models */
export interface ReportFile {
  readonly path: string
  readonly text: string
}

/** A study's report before it has a form. @category constructors */
export const document: (model: ReportModel) => ReportDocument = reportDocument

/** The report as one HTML file. @category conversions */
export const html = (model: ReportModel): string => htmlReport(reportDocument(model))

/** The report as Markdown; its figures are files unless they are asked for inside. @category conversions */
export const markdown = (model: ReportModel, options: MarkdownOptions = {}): string =>
  markdownReport(reportDocument(model), options)

const figuresOf = (sections: ReadonlyArray<Section>): ReadonlyArray<Figure> =>
  sections.flatMap((section) => [
    ...section.blocks.flatMap((block) => (block.kind === "figure" && isDrawn(block.figure) ? [block.figure] : [])),
    ...figuresOf(section.sections),
  ])

/** What stands in every file of a report of this study, so that nothing else is ever written over. @category ownership */
export const markOf = (studyId: string): string => `heddle-report ${sha256Hex(studyId).slice(0, 16)}`

/** All files of a report in the order in which they are written: figures before what points at them. @category conversions */
export const files = (model: ReportModel, format: Format): ReadonlyArray<ReportFile> => {
  const made = reportDocument(model)
  const mark = markOf(model.study.studyId)
  return [
    ...(format === "html"
      ? []
      : [
          ...figuresOf(made.sections).map((figure) => ({
            path: `figures/${figure.id}.svg`,
            text: Svg.file(figure, mark),
          })),
          { path: "report.md", text: `${markdownReport(made)}\n<!-- ${mark} -->\n` },
        ]),
    ...(format === "md" ? [] : [{ path: "report.html", text: htmlReport(made, mark) }]),
  ]
}
