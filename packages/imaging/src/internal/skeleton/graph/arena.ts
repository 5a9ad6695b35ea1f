/**
 * Memory for the work of one call, cut from one piece that the next call takes again: new arrays for each call would be cleared,
 * brought in page by page and collected, which costs more than the work and holds other threads up.
 *
 * @layer logic
 * @module
 */

/** As much as is kept between calls; what a call takes beyond that is its own. */
const keptBytesMax = 16 * 1024 ** 2

/** Hands out arrays that hold anything until it is restarted. */
export class Arena {
  #buffer = new ArrayBuffer(0)
  #used = 0
  #peak = 0

  /** All arrays handed out so far are given up; those to come have room for as much as was needed before. */
  restart(): void {
    if (this.#peak > this.#buffer.byteLength && this.#peak <= keptBytesMax) this.#buffer = new ArrayBuffer(this.#peak)
    this.#used = 0
    this.#peak = 0
  }

  /** Where the next array will be. */
  mark(): number {
    return this.#used
  }

  /** Gives the arrays up that were handed out since the mark. */
  rewind(mark: number): void {
    this.#used = mark
  }

  /** Whole numbers that may hold anything. */
  int32(length: number): Int32Array {
    const at = this.#take(4 * length)
    return at < 0 ? new Int32Array(length) : new Int32Array(this.#buffer, at, length)
  }

  /** Numbers from 0 that may hold anything. */
  uint32(length: number): Uint32Array {
    const at = this.#take(4 * length)
    return at < 0 ? new Uint32Array(length) : new Uint32Array(this.#buffer, at, length)
  }

  /** Bytes that may hold anything. */
  uint8(length: number): Uint8Array {
    const at = this.#take(length)
    return at < 0 ? new Uint8Array(length) : new Uint8Array(this.#buffer, at, length)
  }

  /** The place of so many bytes, or -1 where there is no room for them yet. */
  #take(bytes: number): number {
    const at = this.#used
    this.#used += Math.ceil(bytes / 8) * 8
    this.#peak = Math.max(this.#peak, this.#used)
    return this.#used <= this.#buffer.byteLength ? at : -1
  }
}
