/**
 * CSV as Python's `csv` module writes and reads it with its default dialect: comma, CRLF, a cell in quotes only where it
 * must be, quotes doubled. A text that a spreadsheet would take for a formula is left as it is: a cell read back is the
 * cell that was written.
 *
 * @layer logic
 * @module
 */

const special = /[",\r\n]/

/** One cell, in quotes where it has a comma, a quote or a line end. */
export const cell = (text: string): string => (special.test(text) ? `"${text.replaceAll('"', '""')}"` : text)

/** One record with its line end. A record of one empty cell is `""`, so that it is no blank line. */
export const record = (cells: ReadonlyArray<string>): string => {
  if (cells.length === 1 && cells[0] === "") return '""\r\n'
  let text = ""
  for (let index = 0; index < cells.length; index++) text += (index === 0 ? "" : ",") + cell(cells[index] ?? "")
  return `${text}\r\n`
}

/** Characters of one record that are accepted, so that a lost quote does not gather the rest of a file. */
export const recordLengthMax = 64 * 1024 * 1024

/** A text that is no table. */
export class CsvError extends Error {
  override readonly name = "CsvError"
  /** Line of the file, from 1. */
  readonly line: number
  constructor(line: number, problem: string) {
    super(problem)
    this.line = line
  }
}

/**
 * Reads records out of text that comes in pieces of any size. As Python's reader: CRLF, LF or CR end a record, blank
 * lines are none, a quote inside of a cell that does not begin with one is a character, text behind a closing quote
 * belongs to the cell. A file that ends inside of quotes is an error here. Throws {@link CsvError}.
 */
export class CsvReader {
  #cells: Array<string> = []
  #cell = ""
  #length = 0
  #line = 1
  #state: "start" | "plain" | "quoted" | "closing" | "carriage" = "start"

  /** The records that this piece completes. */
  push(text: string): ReadonlyArray<ReadonlyArray<string>> {
    const records: Array<ReadonlyArray<string>> = []
    let at = 0
    while (at < text.length) {
      const char = text.charAt(at)
      if (this.#state === "carriage") {
        this.#state = "start"
        if (char === "\n") {
          at++
          continue
        }
      }
      if (this.#state === "quoted") {
        const end = text.indexOf('"', at)
        const stop = end === -1 ? text.length : end
        this.#take(text.slice(at, stop))
        if (end !== -1) this.#state = "closing"
        at = end === -1 ? stop : stop + 1
        continue
      }
      if (char === '"' && this.#state !== "plain") {
        if (this.#state === "closing") this.#take('"')
        this.#state = "quoted"
        at++
        continue
      }
      if (char === ",") {
        this.#cells.push(this.#cell)
        this.#cell = ""
        // A cell follows, so the record is not blank even where that cell is empty.
        this.#state = "start"
        at++
        continue
      }
      if (char === "\r" || char === "\n") {
        this.#finish(records)
        this.#line++
        this.#state = char === "\r" ? "carriage" : "start"
        at++
        continue
      }
      let stop = at + 1
      while (stop < text.length) {
        const code = text.charCodeAt(stop)
        if (code === 0x2c || code === 0x0d || code === 0x0a) break
        stop++
      }
      this.#take(text.slice(at, stop))
      this.#state = "plain"
      at = stop
    }
    return records
  }

  /** The record that has no line end, if there is one. */
  end(): ReadonlyArray<ReadonlyArray<string>> {
    if (this.#state === "quoted") throw new CsvError(this.#line, "the file ends inside of quotes")
    const records: Array<ReadonlyArray<string>> = []
    this.#finish(records)
    return records
  }

  #take(text: string): void {
    this.#length += text.length
    if (this.#length > recordLengthMax) throw new CsvError(this.#line, "a record is longer than is accepted")
    this.#cell += text
  }

  #finish(records: Array<ReadonlyArray<string>>): void {
    // A cell that was opened by quotes and is empty leaves the state at `closing`.
    if (this.#cells.length > 0 || this.#cell !== "" || this.#state === "closing") {
      this.#cells.push(this.#cell)
      records.push(this.#cells)
    }
    this.#cells = []
    this.#cell = ""
    this.#length = 0
  }
}
