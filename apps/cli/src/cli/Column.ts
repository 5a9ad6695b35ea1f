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
  /** Left out where a terminal is too narrow for all columns: the highest number first; never unless given. */
  readonly spare?: number
  /** Never cut, because it is there to be copied. */
  readonly whole?: true
  /** Colours of words in this column, for terminals that take colours: what stands in front of the word. */
  readonly colours?: Readonly<Record<string, string>>
}
