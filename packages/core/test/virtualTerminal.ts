/**
 * A small terminal that does what the control sequences of a live display say, so that a test sees the screen as a person
 * would: wrapping at the last column, scrolling, wide characters, and reflow when the window changes its width.
 *
 * @module
 */

interface Row {
  cells: Array<string>
  /** True where the line goes on in the next row. */
  wrapped: boolean
}

const isWide = (character: string): boolean => /\p{Script=Han}|\p{Script=Hiragana}|\p{Script=Katakana}/u.test(character)

export class VirtualTerminal {
  #columns: number
  readonly #height: number
  #rows: Array<Row> = [{ cells: [], wrapped: false }]
  #row = 0
  #column = 0
  /** How often text was written beyond the last column. */
  wraps = 0

  constructor(columns: number, height: number) {
    this.#columns = columns
    this.#height = height
  }

  readonly write = (text: string): void => {
    // oxlint-disable-next-line no-control-regex
    for (const [part] of text.matchAll(/\u001b\[[0-9;]*[A-Za-z]|[\s\S]/gu)) {
      if (part.startsWith("\u001b[")) this.#control(part)
      else if (part === "\n") this.#lineFeed(false)
      else if (part === "\r") this.#column = 0
      else this.#put(part)
    }
  }

  #control(sequence: string): void {
    const count = Number(sequence.slice(2, -1) || "1")
    switch (sequence.at(-1)) {
      case "A":
        // The cursor stops at the top of the screen: what has scrolled away cannot be reached.
        this.#row = Math.max(this.#top(), this.#row - count)
        return
      case "J":
        this.#current().cells.length = Math.min(this.#current().cells.length, this.#column)
        this.#rows.length = this.#row + 1
        return
      case "m":
        return
      default:
        throw new Error(`unknown control sequence ${JSON.stringify(sequence)}`)
    }
  }

  #top(): number {
    return Math.max(0, this.#rows.length - this.#height)
  }

  #current(): Row {
    const row = this.#rows[this.#row]
    if (row === undefined) throw new Error("no such row")
    return row
  }

  #lineFeed(wrapped: boolean): void {
    this.#current().wrapped = wrapped
    this.#row++
    this.#column = 0
    if (this.#row === this.#rows.length) this.#rows.push({ cells: [], wrapped: false })
  }

  #put(character: string): void {
    if (character < " ") throw new Error(`control character ${JSON.stringify(character)}`)
    const width = isWide(character) ? 2 : 1
    if (this.#column + width > this.#columns) {
      this.wraps++
      this.#lineFeed(true)
    }
    const cells = this.#current().cells
    while (cells.length < this.#column) cells.push(" ")
    cells[this.#column++] = character
    if (width === 2) cells[this.#column++] = ""
  }

  /** Changes the width as terminals do that reflow: wrapped lines are joined and wrapped anew. */
  resize(columns: number): void {
    const lines: Array<Array<string>> = []
    let open = false
    for (const row of this.#rows) {
      if (open) lines.at(-1)?.push(...row.cells)
      else lines.push([...row.cells])
      open = row.wrapped
    }
    this.#columns = columns
    this.#rows = lines.flatMap((cells) => {
      const parts: Array<Row> = []
      do parts.push({ cells: cells.splice(0, columns), wrapped: cells.length > 0 })
      while (cells.length > 0)
      return parts
    })
    // The cursor stands in the last, empty line in all that is tested here.
    this.#row = this.#rows.length - 1
    this.#column = 0
  }

  /** Everything from the top of the scroll-back to the cursor's line, without spaces at line ends. */
  text(): string {
    return this.#rows.map((row) => row.cells.join("").trimEnd()).join("\n")
  }
}
