/**
 * Text that grows as UTF-8 bytes. A table has millions of short cells: joined as texts first, each of them would be made,
 * joined, flattened and encoded, which takes three times as long as writing its characters where they belong.
 *
 * @layer logic
 * @module
 */

/** Texts from this length on are encoded by the platform, which is faster for long ones. */
const encodedFrom = 256

const comma = 0x2c
const quote = 0x22
const lineFeed = 0x0a
const carriageReturn = 0x0d
/** The first character that takes more than one byte. */
const beyondAscii = 0x80

const encoder = new TextEncoder()

/** Bytes of a text that is being put together. */
export class ByteText {
  readonly #room: number
  #bytes: Uint8Array<ArrayBuffer> = new Uint8Array(0)
  #length = 0

  /** `room` is how many bytes are mostly gathered; there may be more. */
  constructor(room: number) {
    this.#room = room
  }

  /** Bytes so far. */
  get length(): number {
    return this.#length
  }

  /** Adds a text. */
  add(text: string): void {
    if (text.length < encodedFrom && this.#addPlain(text)) return
    this.#reserve(text.length * 3)
    this.#length += encoder.encodeInto(text, this.#bytes.subarray(this.#length)).written
  }

  /** Adds a text that has nothing but ASCII and nothing of what a cell of CSV must have in quotes; else adds nothing and gives false. */
  addCell(text: string): boolean {
    return text.length < encodedFrom && this.#addPlain(text, true)
  }

  #addPlain(text: string, cell = false): boolean {
    const { length } = text
    this.#reserve(length)
    const bytes = this.#bytes
    let end = this.#length
    for (let index = 0; index < length; index++) {
      const code = text.charCodeAt(index)
      if (code >= beyondAscii) return false
      if (cell && (code === comma || code === quote || code === lineFeed || code === carriageReturn)) return false
      bytes[end++] = code
    }
    this.#length = end
    return true
  }

  /** Hands over the bytes and begins anew. */
  take(): Uint8Array {
    const taken = this.#bytes.subarray(0, this.#length)
    this.#bytes = new Uint8Array(0)
    this.#length = 0
    return taken
  }

  #reserve(more: number): void {
    const needed = this.#length + more
    if (needed <= this.#bytes.length) return
    // Some room beyond what is mostly gathered, for the row that fills it.
    const grown = new Uint8Array(Math.max(needed, this.#bytes.length * 2, this.#room + this.#room / 4))
    grown.set(this.#bytes.subarray(0, this.#length))
    this.#bytes = grown
  }
}
