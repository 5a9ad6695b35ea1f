/**
 * Reads test sources as text: which tests they have, by name, and whether each asserts something. Rough on purpose: it
 * knows strings, templates, comments and brackets, which is enough to tell where a test ends.
 */

/** A test whose name begins with the id of a case. */
export interface TestCase {
  /** Such as `A13`. */
  readonly id: string
  readonly name: string
  readonly file: string
  /** Calls of `assert` and `expect` in its body, or in helpers of the same file that it calls. */
  readonly assertions: number
  /** How often it runs: the rows of the table whose loop it stands in, else 1. */
  readonly rows: number
  /** Marked so that it does not run always, or is meant to fail. */
  readonly switchedOff: boolean
}

const testCall = /(?<![\w.$])(?:it|test)((?:\.\w+)*)\(\s*(["'`])((?:\\.|(?!\2).)*)\2/gs
const assertion = /(?<![\w$])(?:assert|expect)(?:\.\w+)*[(<]/g
const modifiersThatRun = new Set(["", ".live", ".effect", ".effect.prop", ".scoped"])

/** The tests of a source whose names begin with an id. */
export const testCasesOf = (file: string, source: string): ReadonlyArray<TestCase> => {
  const code = blankOf(source)
  const found: Array<TestCase> = []
  for (const match of source.matchAll(testCall)) {
    const [call, modifiers = "", , name = ""] = match
    const id = /^(A\d+) /.exec(name)?.[1]
    const open = match.index + call.indexOf("(")
    // A call inside of a comment or of a text is none.
    if (id === undefined || code[open] !== "(") continue
    const body = code.slice(open, endOf(code, open))
    found.push({
      id,
      name,
      file,
      assertions: count(body) + countInHelpers(code, body),
      rows: rowsBefore(code, match.index),
      switchedOff: !modifiersThatRun.has(modifiers),
    })
  }
  return found
}

const count = (body: string): number => body.match(assertion)?.length ?? 0

/** Assertions of the functions of the file that a body calls. */
const countInHelpers = (code: string, body: string): number => {
  let sum = 0
  for (const [, name = ""] of code.matchAll(/(?:^|\n)\s*(?:const|function\*?)\s+(\w+)/g)) {
    if (!new RegExp(`(?<![\\w.$])${name}\\(`).test(body)) continue
    const start = code.search(new RegExp(`(?:const|function\\*?)\\s+${name}\\b`))
    const next = code.slice(start).search(/\n(?:const|function|describe|export|it)\b/)
    sum += count(next < 0 ? code.slice(start) : code.slice(start, start + next))
  }
  return sum
}

/** The rows of the table of the file over which the loop goes that begins right before `at`. */
const rowsBefore = (code: string, at: number): number => {
  const table = /for \(const [^\n]* of (\w+)\) \{\s*$/.exec(code.slice(0, at))?.[1]
  if (table === undefined) return 1
  const start = code.search(new RegExp(`const ${table}\\b`))
  const open = code.indexOf("= [", start) + 2
  if (start < 0 || open < 2) return 1
  let rows = 0
  for (let from = open + 1, end = endOf(code, open) - 1; from < end;) {
    const bracket = code.slice(from, end).search(/[[{(]/)
    if (bracket < 0) break
    rows += 1
    from = endOf(code, from + bracket)
  }
  return rows
}

/** Where the bracket at `open` is closed. */
const endOf = (code: string, open: number): number => {
  let depth = 0
  for (let at = open; at < code.length; at++) {
    if ("([{".includes(code[at] ?? "")) depth += 1
    else if (")]}".includes(code[at] ?? "") && --depth === 0) return at + 1
  }
  return code.length
}

/** The same length of text, with the inside of texts, regular expressions and comments blank. */
export const blankOf = (source: string): string => {
  let out = ""
  /** For each open `${`: how many braces are open inside of it. */
  const templates: Array<number> = []
  const blank = (length: number) => {
    out += source.slice(out.length, out.length + length).replaceAll(/[^\n]/g, " ")
  }
  const inTemplate = () => {
    while (out.length < source.length) {
      const char = source[out.length]
      if (char === "\\") blank(2)
      else if (char === "`") return void (out += char)
      else if (char === "$" && source[out.length + 1] === "{") {
        blank(2)
        return void templates.push(0)
      } else blank(1)
    }
  }
  while (out.length < source.length) {
    const at = out.length
    const rest = source.slice(at, at + 2)
    const char = source[at] ?? ""
    if (rest === "//") blank(lengthTo(source, at, "\n"))
    else if (rest === "/*") blank(lengthTo(source, at + 2, "*/") + 4)
    else if (char === '"' || char === "'") {
      let end = at + 1
      while (end < source.length && source[end] !== char) end += source[end] === "\\" ? 2 : 1
      out += char
      blank(end - at - 1)
      out += source[end] ?? ""
    } else if (char === "`") {
      out += char
      inTemplate()
    } else if (char === "/" && /(?:^|[(,=:[!&|?{};>\n]|return)\s*$/.test(out.slice(-40))) {
      const pattern = /^\/(?:\\.|\[(?:\\.|[^\]\\\n])*\]|[^/\\\n[])+\/\w*/.exec(source.slice(at, at + 2_000))
      blank(pattern?.[0].length ?? 1)
    } else {
      const open = templates.at(-1)
      if (open !== undefined && char === "}" && open === 0) {
        templates.pop()
        blank(1)
        inTemplate()
        continue
      }
      if (open !== undefined && (char === "{" || char === "}")) {
        templates[templates.length - 1] = open + (char === "{" ? 1 : -1)
      }
      out += char
    }
  }
  return out
}

const lengthTo = (source: string, from: number, end: string): number => {
  const at = source.indexOf(end, from)
  return (at < 0 ? source.length : at) - from
}
