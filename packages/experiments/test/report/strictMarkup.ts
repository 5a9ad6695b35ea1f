/**
 * A small strict reader of XML, for pages and figures: it throws at whatever is not well-formed. HTML's elements without
 * an end and its doctype are accepted where they are asked for.
 */

export interface Node {
  readonly name: string
  readonly attributes: Readonly<Record<string, string>>
  readonly children: ReadonlyArray<Node | string>
}

const entities: Readonly<Record<string, string>> = { amp: "&", lt: "<", gt: ">", quot: '"', "#39": "'" }

const decoded = (text: string): string => {
  if (text.includes("<")) throw new Error(`a bare < in ${JSON.stringify(text.slice(0, 80))}`)
  // oxlint-disable-next-line no-control-regex
  if (/[\u0000-\u0008\u000b\u000c\u000e-\u001f\ufffe\uffff]/.test(text)) throw new Error("a character that XML forbids")
  if (!text.isWellFormed()) throw new Error("half a surrogate pair")
  return text.replaceAll(/&([^;]*);?/g, (whole, name: string) => {
    const char = entities[name]
    if (char === undefined || !whole.endsWith(";")) throw new Error(`unknown entity ${whole.slice(0, 20)}`)
    return char
  })
}

const voids = new Set(["meta", "br", "hr", "img", "link", "input"])

/** Reads a whole text; gives its root. */
export const parseMarkup = (text: string, options: { readonly html?: boolean } = {}): Node => {
  let at = 0
  const fail = (problem: string): never => {
    throw new Error(`${problem} at ${at}: ${text.slice(Math.max(0, at - 40), at + 60)}`)
  }
  const skip = (): void => {
    for (;;) {
      const match = /^(?:\s+|<\?xml [^?]*\?>|<!--(?:[^-]|-(?!-))*-->|<!doctype html>)/.exec(text.slice(at, at + 400))
      if (match === null) return
      at += match[0].length
    }
  }
  const element = (): Node => {
    const opening = /^<([a-zA-Z][\w:-]*)/.exec(text.slice(at, at + 60))
    if (opening === null) return fail("no element")
    const name = opening[1] ?? ""
    at += opening[0].length
    const attributes: Record<string, string> = {}
    for (;;) {
      const rest = /^\s+([a-zA-Z_:][\w:.-]*)="([^"<]*)"/.exec(text.slice(at, at + 100_000))
      if (rest === null) break
      const key = rest[1] ?? ""
      if (Object.hasOwn(attributes, key)) fail(`${key} is there twice`)
      attributes[key] = decoded(rest[2] ?? "")
      at += rest[0].length
    }
    if (text.startsWith("/>", at)) {
      at += 2
      return { name, attributes, children: [] }
    }
    if (text[at] !== ">") fail(`the tag ${name} does not end`)
    at++
    if (options.html === true && voids.has(name)) return { name, attributes, children: [] }
    const children: Array<Node | string> = []
    for (;;) {
      if (text.startsWith("<!--", at)) {
        skip()
        continue
      }
      if (text.startsWith(`</${name}>`, at)) {
        at += name.length + 3
        return { name, attributes, children }
      }
      if (text.startsWith("</", at)) fail(`another end than that of ${name}`)
      if (at >= text.length) fail(`${name} has no end`)
      if (text[at] === "<") {
        children.push(element())
        continue
      }
      const end = text.indexOf("<", at)
      const raw = text.slice(at, end < 0 ? text.length : end)
      children.push(name === "style" ? raw : decoded(raw))
      at += raw.length
    }
  }
  skip()
  const root = element()
  skip()
  if (at !== text.length) fail("something after the root")
  return root
}

/** All elements of a tree, in order. */
export const elements = (node: Node): ReadonlyArray<Node> => [
  node,
  ...node.children.flatMap((child) => (typeof child === "string" ? [] : elements(child))),
]

/** All text of a tree. */
export const textOf = (node: Node): string =>
  node.children.map((child) => (typeof child === "string" ? child : textOf(child))).join("")
