/**
 * Tables that grow, column by column: rows are never objects.
 *
 * @layer logic
 * @module
 */

/** Columns of numbers by their names, with room for rows to come. */
export class Rows<N extends string> {
  rows = 0
  /** At least as long as there are rows. */
  readonly columns: Record<N, Float64Array>
  readonly #names: ReadonlyArray<N>
  #room = 0

  constructor(names: ReadonlyArray<N>) {
    this.#names = names
    // Every name is set here.
    this.columns = Object.fromEntries(names.map((name) => [name, new Float64Array(0)])) as Record<N, Float64Array>
  }

  /** Makes room for so many more rows: just that for the first ones, since there are often no others. */
  reserve(more: number): void {
    const needed = this.rows + more
    if (needed <= this.#room) return
    this.#room = Math.max(needed, 2 * this.#room)
    for (const name of this.#names) {
      const larger = new Float64Array(this.#room)
      larger.set(this.columns[name].subarray(0, this.rows))
      this.columns[name] = larger
    }
  }

  /** The columns as long as there are rows. */
  done(): Readonly<Record<N, Float64Array>> {
    if (this.#room > this.rows) {
      for (const name of this.#names) this.columns[name] = this.columns[name].slice(0, this.rows)
      this.#room = this.rows
    }
    return this.columns
  }
}
