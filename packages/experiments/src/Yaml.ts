/**
 * YAML as PyYAML means it, so that a study file is here what it is there: read with the types of YAML 1.1, written byte
 * for byte as `safe_dump(sort_keys=False, allow_unicode=False)` writes.
 *
 * Some things differ on purpose when reading. Errors here, and none there: a key that stands twice in one map, half of a
 * surrogate pair, what is no value of a study (`!!binary`, `!!set`, an empty file), and lines inside brackets that are not
 * indented more than their key. Read here, and an error there: a tab inside a plain text. Everything read is bounded:
 * length, nesting, and what aliases grow to.
 *
 * @layer logic
 * @module
 */
import * as Result from "effect/Result"
import { Composer, type Document, Parser, type YAMLError } from "yaml"
import { charName, lineAt, placeOf } from "./internal/jsonLines.ts"
import { depthOffset } from "./internal/yamlDepth.ts"
import { emit } from "./internal/yamlEmit.ts"
import { Builder, Refused } from "./internal/yamlRead.ts"
import { type ParsedText, TextError, type TextOptions } from "./TextError.ts"
import { type Value, depthMax } from "./Value.ts"

/** The longest text that is read, in UTF-16 units. */
export const charactersMax = 2_000_000

// What PyYAML refuses to read: control characters, halves of surrogate pairs, U+FFFE and U+FFFF.
// eslint-disable-next-line no-control-regex -- tab and line ends are the control characters that are allowed.
const unprintable = /[^\t\n\r -~\u0085\u00a0-\ud7ff\ue000-\ufffd\u{10000}-\u{10ffff}]/u
const oddLineEnd = /[\u0085\u2028\u2029]/

const hintOf = (error: YAMLError): string => {
  switch (error.code) {
    case "TAB_AS_INDENT":
      return "indent with spaces: YAML has no tabs there"
    case "BLOCK_AS_IMPLICIT_KEY":
    case "MULTILINE_IMPLICIT_KEY":
      return 'a text with ": " in it needs quotes; a list or map under a key starts on a line of its own'
    case "BAD_INDENT":
      return error.message.startsWith("Flow")
        ? "close the bracket, and indent the lines inside of it more than its key"
        : "entries of one list or map begin in the same column"
    case "MISSING_CHAR":
      return "close the quote or the bracket; write a space after the colon"
    case "BAD_SCALAR_START":
      return "put the text in quotes"
    default:
      return "correct the file at that place"
  }
}

/** The nodes of a text. Tags and types are left to the builder, so the library's own typing is off. */
const documents = (text: string): ReadonlyArray<Document.Parsed> => {
  const tokens = [...new Parser().parse(text)]
  const deep = depthOffset(tokens, depthMax)
  if (deep !== undefined) throw new Refused(deep, `nested deeper than ${depthMax} levels`, "nest less")
  const composer = new Composer({
    version: "1.1",
    schema: "failsafe",
    resolveKnownTags: false,
    merge: false,
    uniqueKeys: false,
    prettyErrors: false,
    logLevel: "silent",
  })
  return [...composer.compose(tokens, true, text.length)]
}

const emptyText = (): Refused => new Refused(0, "the text is empty", "write a study: heddle experiments init")

const read = (text: string): ParsedText => {
  const bad = unprintable.exec(text)
  if (bad !== null) {
    throw new Refused(bad.index, `${charName(bad[0])} cannot stand in a YAML text`, 'write it as an escape: "\\x07"')
  }
  const odd = oddLineEnd.exec(text)
  if (odd !== null) {
    const problem = `${charName(odd[0])} is a line end in YAML 1.1 and a character elsewhere`
    throw new Refused(odd.index, problem, 'write it as an escape in double quotes: "\\N", "\\L" or "\\P"')
  }
  const [document, second] = documents(text)
  if (document === undefined) throw emptyText()
  const error = document.errors[0]
  if (error !== undefined) throw new Refused(error.pos[0], firstLine(error.message), hintOf(error))
  if (second !== undefined) {
    throw new Refused(second.range[0], "a second document begins here", "a file holds one document: split it at ---")
  }
  if (document.contents === null) throw emptyText()
  const lineOf = lineIndex(text)
  const builder = new Builder(text, lineOf)
  const { line, value } = builder.build(document.contents)
  if (value === null && text.split("\n").every((each) => /^\s*(?:#|$)/.test(each))) throw emptyText()
  return { value, lineOf: (path) => lineAt(builder.lines, value, line, path) }
}

const firstLine = (message: string): string => message.split("\n", 1)[0] ?? message

/** Tells the line of an offset, from 1. */
const lineIndex = (text: string): ((offset: number) => number) => {
  const starts = [0]
  for (let at = text.indexOf("\n"); at !== -1; at = text.indexOf("\n", at + 1)) starts.push(at + 1)
  return (offset) => {
    let low = 0
    let high = starts.length
    while (high - low > 1) {
      const middle = (low + high) >> 1
      if ((starts[middle] ?? 0) <= offset) low = middle
      else high = middle
    }
    return low + 1
  }
}

/**
 * Reads a YAML text of one document.
 *
 * @example
 * import * as Result from "effect/Result"
 * import * as Yaml from "@heddle/experiments/Yaml"
 *
 * const parsed = Result.getOrThrow(Yaml.parse("dose:\n- 017\n- 1:30\n"))
 * parsed.value // => new Map([["dose", [15, 90]]])
 * parsed.lineOf(["dose", 1]) // => 3
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
  const lines = text.replace(/^\ufeff/, "").replaceAll(/\r\n?/g, "\n")
  try {
    return Result.succeed(read(lines))
  } catch (refused) {
    if (!(refused instanceof Refused)) throw refused
    return Result.fail(
      new TextError({ source, ...placeOf(lines, refused.offset), problem: refused.problem, hints: [refused.hint] }),
    )
  }
}

/**
 * Writes a value as PyYAML's `safe_dump` does, keys in their order, everything outside of ASCII escaped.
 *
 * @example
 * import * as Yaml from "@heddle/experiments/Yaml"
 *
 * Yaml.stringify(new Map([["answer", "yes"]])) // => "answer: 'yes'\n"
 *
 * @category conversions
 */
export const stringify = (value: Value): string => emit(value)
