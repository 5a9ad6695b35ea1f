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
}
