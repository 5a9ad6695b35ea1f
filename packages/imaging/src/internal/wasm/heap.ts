/**
 * Places in a WebAssembly memory that several threads may share. Each thread has a heap of its own; growing the memory is
 * atomic and gives each its own pages, so no lock is needed and no thread can be given another's place.
 *
 * @layer logic
 * @module
 */
import { ImagingError } from "../../ImagingError.ts"

const pageBytes = 65_536
/** Vectors are 16 bytes, cache lines 64. */
const alignment = 64
/** Grown by at least this much at a time: pages that were touched once are fast afterwards. */
const growthBytes = 4 * 1024 * 1024

interface Span {
  readonly start: number
  readonly end: number
}

/** The heap of one thread. */
export class WasmHeap {
  readonly #memory: WebAssembly.Memory
  readonly #maximumBytes: number
  /** Sorted by start; neighbours never touch. */
  #free: ReadonlyArray<Span> = []
  readonly #held = new Map<number, number>()

  constructor(memory: WebAssembly.Memory, maximumBytes: number) {
    this.#memory = memory
    this.#maximumBytes = maximumBytes
  }

  /** A place of so many bytes, not cleared; its address is a multiple of 64. */
  take(bytes: number, kernel: string): number {
    const size = Math.max(alignment, Math.ceil(bytes / alignment) * alignment)
    const span = this.#find(size) ?? this.#grow(size)
    if (span === undefined) {
      throw new ImagingError(
        kernel,
        { _tag: "TooLarge", neededBytes: size, heldBytes: this.heldBytes, limitBytes: this.#maximumBytes },
        [
          "load the backend with a larger maximumBytes (at most 4 GiB)",
          "give arrays back that are not needed any more; other threads' places count too",
          "where the kernel has a halo, cut the picture into bands",
        ],
      )
    }
    const { end, start } = span
    const rest = start + size < end ? [{ start: start + size, end }] : []
    this.#free = this.#free.flatMap((one) => (one === span ? rest : [one]))
    this.#held.set(start, size)
    return start
  }

  /** Gives a place back; what stands there may be overwritten from now on. */
  give(address: number): void {
    const size = this.#held.get(address)
    if (size === undefined) return
    this.#held.delete(address)
    this.#release({ start: address, end: address + size })
  }

  /** Whether this heap gave out the place at an address and has not had it back. */
  holds(address: number): boolean {
    return this.#held.has(address)
  }

  /** Bytes that are given out. */
  get heldBytes(): number {
    let sum = 0
    for (const size of this.#held.values()) sum += size
    return sum
  }

  #find(size: number): Span | undefined {
    return this.#free.find(({ end, start }) => end - start >= size)
  }

  /** Grows by plenty, else by what is needed, else by what the last place lacks; the place, where one of them was enough. */
  #grow(size: number): Span | undefined {
    const last = this.#free.at(-1)
    const tail = last !== undefined && last.end === this.#memory.buffer.byteLength ? last.end - last.start : 0
    for (const bytes of [Math.max(size, growthBytes), size, size - tail]) {
      const pages = Math.ceil(bytes / pageBytes)
      try {
        const before = this.#memory.grow(pages)
        this.#release({ start: before * pageBytes, end: (before + pages) * pageBytes })
      } catch {
        // The memory is at its maximum, or the machine has no more: less may still be had.
        continue
      }
      // Another thread may have grown the memory in between, so that the pages do not touch the last place.
      const span = this.#find(size)
      if (span !== undefined) return span
    }
    return undefined
  }

  #release(span: Span): void {
    const merged: Array<Span> = []
    for (const one of [...this.#free, span].sort((left, right) => left.start - right.start)) {
      const last = merged.at(-1)
      if (last !== undefined && last.end === one.start) merged[merged.length - 1] = { start: last.start, end: one.end }
      else merged.push(one)
    }
    this.#free = merged
  }
}
