/**
 * A figure as data: a title, a description for those who cannot see it, and the inside of an SVG. A figure without data is
 * a sentence that says so. Colours are classes, so that a page can change them between day, night and print; beside the
 * colour there is always a shape or a dash.
 *
 * @layer contract
 * @module
 */

/** A figure that is drawn. Sizes are CSS pixels. @category models */
export interface Figure {
  /** Lower-case letters, digits and hyphens; unique in a report, and the name of its file. */
  readonly id: string
  readonly title: string
  /** What it shows, in words, with the numbers that matter. */
  readonly description: string
  readonly width: number
  readonly height: number
  /** Elements of SVG, escaped. */
  readonly body: string
  /** Small print under it. */
  readonly notes: ReadonlyArray<string>
}

/** Where there is nothing to draw. @category models */
export interface NoFigure {
  readonly id: string
  readonly title: string
  /** A whole sentence. */
  readonly reason: string
}

/** A figure, or why there is none. @category models */
export type AnyFigure = Figure | NoFigure

/** Whether it is drawn. @category guards */
export const isDrawn = (figure: AnyFigure): figure is Figure => "body" in figure

/** Width of every figure: fits a page in print and a column on a screen. */
export const figureWidth = 720
