/**
 * Lists of whole numbers that grow, without an object for each of them.
 *
 * @layer logic
 * @module
 */

/** Whole numbers in the order in which they were put. */
export class Numbers {
  values: Int32Array
  length = 0

  constructor(room: number) {
    this.values = new Int32Array(Math.max(16, room))
  }

  /** Puts one at the end. */
  put(value: number): void {
    if (this.length === this.values.length) {
      const larger = new Int32Array(2 * this.length)
      larger.set(this.values)
      this.values = larger
    }
    this.values[this.length++] = value
  }
}
