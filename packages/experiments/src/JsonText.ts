/**
 * JSON as a study means it: `1` and `1.0` stay two things, large whole numbers keep their digits, keys keep their order.
 * Reads what Python's `json` reads, `NaN` and `Infinity` included; a key that stands twice in one object is an error here.
 *
 * @layer logic
 * @module
 */
import * as Result from "effect/Result"
import { charName, emptyLines, lineAt, placeOf } from "./internal/jsonLines.ts"
import { type ParsedText, TextError, type TextOptions } from "./TextError.ts"
import * as Value from "./Value.ts"

/** The longest text that is read, in UTF-16 units. */
export const charactersMax = 64_000_000

/** The most digits of a whole number; Python's own bound. */
export const integerDigitsMax = 4300

/** Thrown inside this file only, caught in `parse`. */
class Refused {
  readonly offset: number
  readonly problem: string
  readonly hint: string | undefined
  constructor(offset: number, problem: string, hint?: string) {
    this.offset = offset
    this.problem = problem
    this.hint = hint
  }
}

const numberPattern = /-?(?:0|[1-9][0-9]*)(\.[0-9]+)?([eE][-+]?[0-9]+)?/y
// eslint-disable-next-line no-control-regex -- JSON forbids exactly these inside a text.
const plainPattern = /[^"\\\u0000-\u001f]*/y
const spacePattern = /[ \t\n\r]*/y

const words: ReadonlyArray<readonly [string, Value.Value]> = [
  ["null", null],
  ["true", true],
  ["false", false],
  ["NaN", NaN],
  ["Infinity", Infinity],
  ["-Infinity", -Infinity],
]

const escapes: Readonly<Record<string, string>> = {
  '"': '"',
  "\\": "\\",
  "/": "/",
  b: "\b",
  f: "\f",
  n: "\n",
  r: "\r",
  t: "\t",
}

/** One pass over a text; recursion is bounded by the deepest nesting that a value may have. */
class Reader {
  readonly lines = emptyLines()
  readonly #text: string
  #offset = 0
  #line = 1
  /** The next line end that is not counted yet; looked for once, so that one long line costs one pass. */
  #lineEnd: number

  constructor(text: string) {
    this.#text = text
    this.#lineEnd = text.indexOf("\n")
    if (text.startsWith("\ufeff")) this.#offset = 1
  }

  /** The whole text: one value and spaces. */
  whole(): { readonly value: Value.Value; readonly line: number } {
    this.#skip()
    if (this.#offset === this.#text.length)
      throw new Refused(0, "the text is empty", "write one JSON value, such as {}")
    const line = this.#lineHere()
    const value = this.#value(0)
    this.#skip()
    if (this.#offset < this.#text.length) {
      throw new Refused(this.#offset, `${this.#here()} after the end of the value`, "a file holds one JSON value")
    }
    return { value, line }
  }

  #skip(): void {
    spacePattern.lastIndex = this.#offset
    spacePattern.test(this.#text)
    this.#offset = spacePattern.lastIndex
  }

  #lineHere(): number {
    while (this.#lineEnd !== -1 && this.#lineEnd < this.#offset) {
      this.#line++
      this.#lineEnd = this.#text.indexOf("\n", this.#lineEnd + 1)
    }
    return this.#line
  }

  #here(): string {
    const code = this.#text.codePointAt(this.#offset)
    return code === undefined ? "the end of the text" : charName(String.fromCodePoint(code))
  }

  #value(depth: number): Value.Value {
    const char = this.#text[this.#offset]
    if (char === '"') return this.#string()
    if (char === "{" || char === "[") {
      if (depth >= Value.depthMax) throw new Refused(this.#offset, `nested deeper than ${Value.depthMax} levels`)
      this.#offset++
      return char === "{" ? this.#object(depth) : this.#array(depth)
    }
    for (const [word, value] of words) {
      if (this.#text.startsWith(word, this.#offset)) {
        this.#offset += word.length
        return value
      }
    }
    return this.#number()
  }

  #number(): Value.Value {
    const start = this.#offset
    numberPattern.lastIndex = start
    const found = numberPattern.exec(this.#text)
    if (found === null) {
      throw new Refused(start, `expected a value, found ${this.#here()}`, this.#hint())
    }
    this.#offset = numberPattern.lastIndex
    const [text, fraction, exponent] = found
    const next = this.#text[this.#offset]
    if (next !== undefined && /[0-9A-Za-z_.+-]/.test(next)) {
      throw new Refused(start, `not a number: ${JSON.stringify(text + next)}`, "numbers look like 0, -12, 1.5 or 1e-3")
    }
    if (fraction !== undefined || exponent !== undefined) return Value.float(Number(text))
    if (text.length > integerDigitsMax) {
      throw new Refused(start, `a whole number of more than ${integerDigitsMax} digits`)
    }
    return text.length < 16 ? Number(text) + 0 : Value.integer(BigInt(text))
  }

  #hint(): string | undefined {
    const char = this.#text[this.#offset]
    if (char === "'") return 'JSON has texts in double quotes: "text"'
    if (char === "/" || char === "#") return "JSON has no comments"
    if (char === "}" || char === "]") return "take away the comma before it, or write the value that is missing"
    if (this.#text.startsWith("None", this.#offset)) return "JSON has null"
    if (/True|False/y.test(this.#text.slice(this.#offset, this.#offset + 5))) return "JSON has true and false"
    return undefined
  }

  #string(): string {
    const start = this.#offset++
    let built = ""
    for (;;) {
      plainPattern.lastIndex = this.#offset
      plainPattern.test(this.#text)
      built += this.#text.slice(this.#offset, plainPattern.lastIndex)
      this.#offset = plainPattern.lastIndex
      const char = this.#text[this.#offset]
      if (char === '"') break
      if (char === undefined) throw new Refused(start, "a text without its closing quote")
      if (char !== "\\") {
        throw new Refused(this.#offset, `${this.#here()} inside a text`, "write it as an escape: \\n, \\t or \\u000b")
      }
      built += this.#escape()
    }
    this.#offset++
    if (!built.isWellFormed()) {
      throw new Refused(start, "half of a surrogate pair, which is no character", "write both halves: \\ud83d\\ude00")
    }
    return built
  }

  #escape(): string {
    const at = this.#offset
    const letter = this.#text[at + 1] ?? ""
    const simple = escapes[letter]
    if (simple !== undefined) {
      this.#offset += 2
      return simple
    }
    const digits = this.#text.slice(at + 2, at + 6)
    if (letter !== "u" || !/^[0-9a-fA-F]{4}$/.test(digits)) {
      throw new Refused(at, `unknown escape ${JSON.stringify(`\\${letter}`)}`, "a backslash itself is written \\\\")
    }
    this.#offset += 6
    return String.fromCharCode(Number.parseInt(digits, 16))
  }

  #array(depth: number): Value.Value {
    const items: Array<Value.Value> = []
    const lines: Array<number> = []
    this.lines.lists.set(items, lines)
    this.#skip()
    if (this.#text[this.#offset] === "]") {
      this.#offset++
      return items
    }
    for (;;) {
      this.#skip()
      lines.push(this.#lineHere())
      items.push(this.#value(depth + 1))
      this.#skip()
      if (this.#separator("]")) return items
    }
  }

  #object(depth: number): Value.Value {
    const map = new Map<string, Value.Value>()
    const lines = new Map<string, number>()
    // Of each key, for the message about a second one; values may begin on a later line.
    const keyLines = new Map<string, number>()
    this.lines.maps.set(map, lines)
    this.#skip()
    if (this.#text[this.#offset] === "}") {
      this.#offset++
      return map
    }
    for (;;) {
      this.#skip()
      const at = this.#offset
      if (this.#text[at] !== '"') {
        throw new Refused(at, `expected a key in double quotes, found ${this.#here()}`, this.#hint())
      }
      const keyLine = this.#lineHere()
      const key = this.#string()
      const earlier = keyLines.get(key)
      if (earlier !== undefined) {
        throw new Refused(
          at,
          `the key ${JSON.stringify(key)} stands twice: on line ${earlier} and on line ${keyLine}`,
          "keep one of them",
        )
      }
      keyLines.set(key, keyLine)
      this.#skip()
      if (this.#text[this.#offset] !== ":") {
        throw new Refused(this.#offset, `expected ":" after the key ${JSON.stringify(key)}, found ${this.#here()}`)
      }
      this.#offset++
      this.#skip()
      lines.set(key, this.#lineHere())
      map.set(key, this.#value(depth + 1))
      this.#skip()
      if (this.#separator("}")) return map
    }
  }

  /** Steps over a comma, or over the closing bracket and tells so. */
  #separator(close: string): boolean {
    const char = this.#text[this.#offset]
    if (char !== "," && char !== close) {
      throw new Refused(this.#offset, `expected "," or "${close}", found ${this.#here()}`)
    }
    this.#offset++
    return char === close
  }
}

/**
 * Reads a JSON text.
 *
 * @example
 * import * as JsonText from "@heddle/experiments/JsonText"
 * import * as Result from "effect/Result"
 *
 * const parsed = Result.getOrThrow(JsonText.parse('{\n"dose": 1.0}'))
 * parsed.lineOf(["dose"]) // => 2
 *
 * @category parsing
 */
export const parse = (text: string, options?: TextOptions): Result.Result<ParsedText, TextError> => {
  const source = options?.source ?? "text"
  if (text.length > charactersMax) {
    return Result.fail(
      new TextError({ source, problem: `longer than ${charactersMax} characters`, hints: ["split the file"] }),
    )
  }
  try {
    const reader = new Reader(text)
    const { line, value } = reader.whole()
    return Result.succeed({ value, lineOf: (path) => lineAt(reader.lines, value, line, path) })
  } catch (refused) {
    if (!(refused instanceof Refused)) throw refused
    const hints = [refused.hint ?? "correct the file at that place"]
    return Result.fail(new TextError({ source, ...placeOf(text, refused.offset), problem: refused.problem, hints }))
  }
}
