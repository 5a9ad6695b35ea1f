/**
 * A column of a table.
 *
 * @layer contract
 * @module
 */

/** A column with its title; numbers stand right. */
export interface Column {
  readonly title: string
  readonly right?: boolean
  /** Colours of words in this column, for terminals that take colours: what stands in front of the word. */
  readonly colours?: Readonly<Record<string, string>>
}
