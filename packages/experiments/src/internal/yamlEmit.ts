/**
 * Values as the YAML text that PyYAML's emitter writes: the same choice of quotes, the same folds at column 80, the same
 * indents. What it decides by is kept as it is there (column, whether the last thing was white space or an indent), since
 * the bytes follow from it.
 *
 * @layer logic
 * @module
 */
import { floatText } from "../StableJson.ts"
import { Timestamp, type Value, isInteger, isList, isMap, toNumber } from "../Value.ts"
import { type ScalarKind, kindOf } from "./yamlScalars.ts"

/** Scalars are folded at the first single space behind this column. */
const width = 80

/** Columns of one level. */
const indentStep = 2

/** A reader of YAML looks no further than this for the colon behind a key. */
const keyWrittenCharactersMax = 1024

/** A key of this many characters, its tag `!!str` counted, is written behind `? `. */
const simpleKeyCharacters = 128
const strTagCharacters = "!!str".length

const lineBreak = /[\n\u0085\u2028\u2029]/
const special = /[^\n -~]/
const spaceAtEnds = /^[ \n]|[ \n]$/
const breakThenSpace = /\n /
const spaceThenBreak = / \n/
const indicator = /^---|^\.\.\.|^[#,[\]{}&*!|>'"%@`]|^[?:-](?:[ \n]|$)|.:(?:[ \n]|$)|[ \n]#/s

const escapes = new Map<number, string>([
  [0x00, "0"],
  [0x07, "a"],
  [0x08, "b"],
  [0x09, "t"],
  [0x0a, "n"],
  [0x0b, "v"],
  [0x0c, "f"],
  [0x0d, "r"],
  [0x1b, "e"],
  [0x22, '"'],
  [0x5c, "\\"],
  [0x85, "N"],
  [0xa0, "_"],
  [0x2028, "L"],
  [0x2029, "P"],
])

const escapeOf = (code: number): string => {
  const letter = escapes.get(code)
  if (letter !== undefined) return `\\${letter}`
  const digits = code.toString(16).toUpperCase()
  return code <= 0xff
    ? `\\x${digits.padStart(2, "0")}`
    : code <= 0xffff
      ? `\\u${digits.padStart(4, "0")}`
      : `\\U${digits.padStart(8, "0")}`
}

/** Where a node stands; it decides about indents of lists and about folding. */
type Context = "root" | "item" | "value" | "simple key" | "complex key"

interface ScalarText {
  readonly text: string
  readonly kind: ScalarKind
}

const floatScalar = (number: number): string => {
  if (Number.isNaN(number)) return ".nan"
  if (!Number.isFinite(number)) return number > 0 ? ".inf" : "-.inf"
  const text = floatText(number)
  return text.includes(".") ? text : text.replace("e", ".0e")
}

const scalarOf = (value: Exclude<Value, ReadonlyArray<Value> | ReadonlyMap<string, Value>>): ScalarText => {
  if (value === null) return { text: "null", kind: "null" }
  if (typeof value === "string") return { text: value, kind: "str" }
  if (typeof value === "boolean") return { text: value ? "true" : "false", kind: "bool" }
  if (value instanceof Timestamp) return { text: value.text, kind: "timestamp" }
  if (isInteger(value)) return { text: BigInt(value).toString(), kind: "int" }
  return { text: floatScalar(toNumber(value) ?? NaN), kind: "float" }
}

class Emitter {
  readonly #out: Array<string> = []
  #column = 0
  #indent: number | undefined = undefined
  /** The last character is white space or nothing was written. */
  #whitespace = true
  /** Nothing but indents and indicators stands on this line. */
  #indention = true
  /** A document that ends in a plain scalar needs `...` behind it. */
  #openEnded = false

  document(value: Value): string {
    this.#node(value, "root")
    this.#writeIndent()
    if (this.#openEnded) {
      this.#indicator("...", true)
      this.#writeIndent()
    }
    return this.#out.join("")
  }

  #node(value: Value, context: Context): void {
    if (isMap(value)) {
      if (value.size === 0) this.#empty("{", "}")
      else this.#map(value)
    } else if (value !== null && isList(value)) {
      if (value.length === 0) this.#empty("[", "]")
      else this.#list(value, context)
    } else this.#scalar(scalarOf(value), context)
  }

  #empty(open: string, close: string): void {
    this.#indicator(open, true, true)
    this.#indicator(close, false)
  }

  #nested(flow: boolean, indentless: boolean, write: () => void): void {
    const outer = this.#indent
    if (outer === undefined) this.#indent = flow ? indentStep : 0
    else if (!indentless) this.#indent = outer + indentStep
    write()
    this.#indent = outer
  }

  #list(items: ReadonlyArray<Value>, context: Context): void {
    // Under a key, a list keeps the column of its key.
    const indentless = (context === "value" || context === "complex key") && !this.#indention
    this.#nested(false, indentless, () => {
      for (const item of items) {
        this.#writeIndent()
        this.#indicator("-", true, false, true)
        this.#node(item, "item")
      }
    })
  }

  #map(map: ReadonlyMap<string, Value>): void {
    this.#nested(false, false, () => {
      for (const [key, value] of map) {
        this.#writeIndent()
        if (isSimpleKey(key)) {
          this.#node(key, "simple key")
          this.#indicator(":", false)
        } else {
          this.#indicator("?", true, false, true)
          this.#node(key, "complex key")
          this.#writeIndent()
          this.#indicator(":", true, false, true)
        }
        this.#node(value, "value")
      }
    })
  }

  #scalar(scalar: ScalarText, context: Context): void {
    const { kind, text } = scalar
    const split = context !== "simple key"
    const implicit = kindOf(text) === kind
    // A time in a form that would not be read as one says what it is.
    if (!implicit && kind !== "str") this.#indicator(`!!${kind}`, true)
    const breaks = text.includes("\n")
    this.#nested(true, false, () => {
      const clean = !special.test(text) && !breakThenSpace.test(text) && !spaceThenBreak.test(text)
      if (implicit && clean && !breaks && !spaceAtEnds.test(text) && !indicator.test(text)) {
        this.#plain(text, split, context === "root")
      } else if (clean && (split || !breaks)) this.#single(text, split)
      else this.#double(text, split)
    })
  }

  #plain(text: string, split: boolean, root: boolean): void {
    if (root) this.#openEnded = true
    if (!this.#whitespace) this.#write(" ")
    this.#whitespace = false
    this.#indention = false
    for (const [run] of text.matchAll(/ +|[^ ]+/g)) {
      if (run === " " && this.#column > width && split) {
        this.#writeIndent()
        this.#whitespace = false
        this.#indention = false
      } else this.#write(run)
    }
  }

  #single(text: string, split: boolean): void {
    this.#indicator("'", true)
    for (const found of text.matchAll(/ +|\n+|'|[^ \n']+/g)) {
      const run = found[0]
      if (run.startsWith("\n")) {
        // One line end alone would be read as a space.
        for (let count = run.length + 1; count > 0; count--) this.#lineBreak()
        this.#writeIndent()
        continue
      }
      const inside = found.index > 0 && found.index + run.length < text.length
      if (run === " " && this.#column > width && split && inside) this.#writeIndent()
      else this.#write(run === "'" ? "''" : run)
    }
    this.#indicator("'", false)
  }

  #double(text: string, split: boolean): void {
    this.#indicator('"', true)
    const chars = Array.from(text)
    // Characters from `start` on are not written yet; they need no escape.
    let start = 0
    for (let end = 0; end <= chars.length; end++) {
      const char = chars[end]
      const code = char?.codePointAt(0)
      if (code === undefined || code < 0x20 || code > 0x7e || code === 0x22 || code === 0x5c) {
        if (start < end) this.#write(chars.slice(start, end).join(""))
        start = end
        if (code !== undefined) {
          this.#write(escapeOf(code))
          start = end + 1
        }
      }
      const foldable = end > 0 && end < chars.length - 1 && (char === " " || start >= end)
      if (foldable && split && this.#column + (end - start) > width) {
        this.#write(`${chars.slice(start, end).join("")}\\`)
        if (start < end) start = end
        this.#writeIndent()
        this.#whitespace = false
        this.#indention = false
        // A space at the begin of a line would be lost.
        if (chars[start] === " ") this.#write("\\")
      }
    }
    this.#indicator('"', false)
  }

  #write(data: string): void {
    this.#column += data.length
    this.#out.push(data)
  }

  #indicator(text: string, needSpace: boolean, whitespace = false, indention = false): void {
    this.#write(this.#whitespace || !needSpace ? text : ` ${text}`)
    this.#whitespace = whitespace
    this.#indention = this.#indention && indention
    this.#openEnded = false
  }

  #lineBreak(): void {
    this.#whitespace = true
    this.#indention = true
    this.#column = 0
    this.#out.push("\n")
  }

  #writeIndent(): void {
    const indent = this.#indent ?? 0
    if (!this.#indention || this.#column > indent || (this.#column === indent && !this.#whitespace)) this.#lineBreak()
    if (this.#column < indent) {
      this.#whitespace = true
      this.#write(" ".repeat(indent - this.#column))
    }
  }
}

/**
 * Whether a key stands before its colon on one line. Where PyYAML writes one that it cannot read again (100 characters and
 * more that need ten each as escapes), it is written as a long key is.
 */
const isSimpleKey = (key: string): boolean =>
  key !== "" &&
  !lineBreak.test(key) &&
  characters(key) + strTagCharacters < simpleKeyCharacters &&
  (key.length * escapeCharactersMax <= keyWrittenCharactersMax || writtenCharacters(key) <= keyWrittenCharactersMax)

/** `\U0001F600` */
const escapeCharactersMax = 10

const writtenCharacters = (key: string): number => {
  let count = 2
  for (const char of key) {
    const code = char.codePointAt(0) ?? 0
    count += code >= 0x20 && code <= 0x7e && char !== '"' && char !== "\\" ? 1 : escapeOf(code).length
  }
  return count
}

/** Characters, not UTF-16 units; they are counted only where that can matter. */
const characters = (text: string): number =>
  text.length < simpleKeyCharacters - strTagCharacters ? text.length : Array.from(text).length

/** The YAML text of a value. The value is a tree: a part that occurs twice is written twice. */
export const emit = (value: Value): string => new Emitter().document(value)
