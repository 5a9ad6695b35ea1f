/**
 * The words and signs of an expression: names, numbers, texts and operators as Python's tokenizer cuts them.
 *
 * @layer logic
 * @module
 */
import { bound, syntax } from "./expressionFault.ts"

/** The deepest nesting of brackets. */
export const nestingMax = 100

/** The most digits of a whole number in decimal; Python's own bound. */
export const integerDigitsMax = 4300

/** One word or sign. */
export type Token =
  | { readonly type: "name" | "operator" | "newline" | "end"; readonly text: string; readonly at: number }
  | {
      readonly type: "number"
      readonly text: string
      readonly at: number
      readonly value: bigint | number | "imaginary"
    }
  | { readonly type: "foreign"; readonly text: string; readonly at: number; readonly value: "bytes" | "an f-string" }
  | { readonly type: "text"; readonly text: string; readonly at: number; readonly value: string }

const namePattern = /[\p{XID_Start}_]\p{XID_Continue}*/uy
const spacePattern = /(?:[ \t\f]|\\\n|#[^\n]*)+/y
const operatorPattern =
  /\*\*=|\/\/=|>>=|<<=|\.\.\.|!=|->|:=|\+=|-=|\*=|\/=|%=|&=|\|=|\^=|@=|==|<=|>=|\*\*|\/\/|<<|>>|[-+*/%@&|^~<>()[\]{},:.;=]/y
const prefixedInteger = /0(?:[xX](?:_?[0-9a-fA-F])+|[oO](?:_?[0-7])+|[bB](?:_?[01])+)/y
const decimal =
  /(?:[0-9](?:_?[0-9])*\.(?:[0-9](?:_?[0-9])*)?|\.[0-9](?:_?[0-9])*|[0-9](?:_?[0-9])*)(?:[eE][-+]?[0-9](?:_?[0-9])*)?[jJ]?/y
const wordAfterNumber = /(?:and|else|for|if|in|is|not|or)(?!\p{XID_Continue})/uy
const stringStart = /([rRbBuUfFtT]{0,2})('''|"""|'|")/y
const stringPrefixes = new Set(["", "r", "u", "b", "br", "rb", "f", "fr", "rf"])

const matchAt = (pattern: RegExp, text: string, offset: number): RegExpExecArray | null => {
  pattern.lastIndex = offset
  return pattern.exec(text)
}

const signHints: Readonly<Record<string, string>> = {
  "!": "write != for unequal, and not for a negation",
  "?": "the language has no conditional: write (a and b) or (not a and c)",
  $: "names have letters, digits and _; any other name is found by factors['…']",
  "`": "texts stand in ' or \"",
  "\u2018": "texts stand in straight quotes: ' or \"",
  "\u2019": "texts stand in straight quotes: ' or \"",
  "\u201c": "texts stand in straight quotes: ' or \"",
  "\u201d": "texts stand in straight quotes: ' or \"",
  "\u2264": "write <=",
  "\u2265": "write >=",
  "\u2260": "write !=",
}

/** Cuts a text, whose line ends are LF, into tokens; the last one is `end`. */
export const tokenize = (text: string): ReadonlyArray<Token> => {
  const tokens: Array<Token> = []
  let offset = 0
  let nesting = 0
  while (offset < text.length) {
    const space = matchAt(spacePattern, text, offset)
    if (space !== null) {
      offset += space[0].length
      continue
    }
    const char = text[offset] ?? ""
    if (char === "\n") {
      if (nesting === 0) tokens.push({ type: "newline", text: char, at: offset })
      offset++
      continue
    }
    const token = stringAt(text, offset) ?? numberAt(text, offset) ?? nameAt(text, offset) ?? operatorAt(text, offset)
    if (token === undefined) {
      const shown = String.fromCodePoint(text.codePointAt(offset) ?? 0)
      throw syntax(`${JSON.stringify(shown)} has no meaning here`, offset, signHints[shown])
    }
    if (token.type === "operator") {
      if (token.text === "(" || token.text === "[" || token.text === "{") nesting++
      else if (token.text === ")" || token.text === "]" || token.text === "}") nesting = Math.max(0, nesting - 1)
      if (nesting > nestingMax) throw bound(`brackets nested deeper than ${nestingMax}`, offset)
    }
    tokens.push(token)
    offset += token.text.length
  }
  tokens.push({ type: "end", text: "", at: text.length })
  return tokens
}

const operatorAt = (text: string, at: number): Token | undefined => {
  const found = matchAt(operatorPattern, text, at)
  return found === null ? undefined : { type: "operator", text: found[0], at }
}

const nameAt = (text: string, at: number): Token | undefined => {
  const found = matchAt(namePattern, text, at)
  return found === null ? undefined : { type: "name", text: found[0], at }
}

const numberAt = (text: string, at: number): Token | undefined => {
  const found = matchAt(prefixedInteger, text, at) ?? matchAt(decimal, text, at)
  if (found === null) return undefined
  const written = found[0]
  const end = at + written.length
  if (matchAt(/[\p{XID_Continue}]/uy, text, end) !== null && matchAt(wordAfterNumber, text, end) === null) {
    throw syntax(
      `not a number: ${JSON.stringify(written + (text[end] ?? ""))}`,
      at,
      "numbers look like 12, 1.5, 1e-3 or 0x1f",
    )
  }
  const digits = written.replaceAll("_", "")
  if (/[jJ]$/.test(digits)) return { type: "number", text: written, at, value: "imaginary" }
  if (/^0[xXoObB]/.test(digits)) return { type: "number", text: written, at, value: BigInt(digits.toLowerCase()) }
  if (/[.eE]/.test(digits)) return { type: "number", text: written, at, value: Number(digits) }
  if (/^0+[1-9]/.test(digits))
    throw syntax(`${written}: a whole number cannot begin with 0`, at, "write 0o17 for octal")
  if (digits.length > integerDigitsMax) throw syntax(`a whole number of more than ${integerDigitsMax} digits`, at)
  return { type: "number", text: written, at, value: BigInt(digits) }
}

const stringAt = (text: string, at: number): Token | undefined => {
  const found = matchAt(stringStart, text, at)
  if (found === null) return undefined
  const prefix = (found[1] ?? "").toLowerCase()
  const quote = found[2] ?? "'"
  if (!stringPrefixes.has(prefix)) return undefined
  const start = at + found[0].length
  let end = start
  for (;;) {
    const char = text[end]
    if (char === undefined || (char === "\n" && quote.length === 1)) {
      throw syntax("a text without its closing quote", at, `close it with ${quote}`)
    }
    if (text.startsWith(quote, end)) break
    end += char === "\\" ? 2 : 1
  }
  const whole = text.slice(at, end + quote.length)
  if (prefix.includes("f")) return { type: "foreign", text: whole, at, value: "an f-string" }
  if (prefix.includes("b")) return { type: "foreign", text: whole, at, value: "bytes" }
  const inner = text.slice(start, end)
  return { type: "text", text: whole, at, value: prefix.includes("r") ? inner : unescape(inner, start) }
}

const simpleEscapes: Readonly<Record<string, string>> = {
  "\n": "",
  "\\": "\\",
  "'": "'",
  '"': '"',
  a: "\x07",
  b: "\b",
  f: "\f",
  n: "\n",
  r: "\r",
  t: "\t",
  v: "\v",
}

const escapePattern = /\\(?:([0-7]{1,3})|x([0-9a-fA-F]{2})|u([0-9a-fA-F]{4})|U([0-9a-fA-F]{8})|([^]))/g

/** The text that a literal without the prefix `r` stands for. An unknown escape stays as it is written. */
const unescape = (inner: string, start: number): string =>
  inner.replaceAll(escapePattern, (...found: ReadonlyArray<string | number | undefined>) => {
    const [whole, octal, byte, short, long, other, index] = found
    const at = start + Number(index)
    if (octal !== undefined) return String.fromCharCode(Number.parseInt(String(octal), 8))
    const digits = byte ?? short ?? long
    if (digits !== undefined) {
      const code = Number.parseInt(String(digits), 16)
      if (code > 0x10ffff) throw syntax(`${String(whole)} is beyond the last character`, at)
      return String.fromCodePoint(code)
    }
    if (other === "N") throw syntax("a character by its name", at, "write it as \\u00e9, or itself")
    if (other === "x" || other === "u" || other === "U") {
      throw syntax(`\\${other} needs ${other === "x" ? 2 : other === "u" ? 4 : 8} hexadecimal digits`, at)
    }
    return simpleEscapes[String(other)] ?? String(whole)
  })
