/**
 * Lists of whole numbers that grow, without an object for each of them.
 *
 * @layer logic
 * @module
 */
import type { Arena } from "./arena.ts"

/** Whole numbers in the order in which they were put. */
export class Numbers {
  values: Int32Array
  length = 0
  readonly #arena: Arena

  constructor(arena: Arena, room: number) {
    this.#arena = arena
    this.values = arena.int32(Math.max(16, room))
  }

  /** Puts one at the end. */
  put(value: number): void {
    if (this.length === this.values.length) {
      const larger = this.#arena.int32(2 * this.length)
      larger.set(this.values)
      this.values = larger
    }
    this.values[this.length++] = value
  }
}
