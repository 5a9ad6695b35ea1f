/**
 * From the nodes of a YAML document to a value: tags, aliases and merge keys as PyYAML's `safe_load` has them, with bounds
 * on what aliases may grow to.
 *
 * @layer logic
 * @module
 */
import {
  type Alias,
  type Node,
  type Pair,
  type Scalar,
  type YAMLMap,
  type YAMLSeq,
  isAlias,
  isMap,
  isScalar,
  isSeq,
} from "yaml"
import * as Value from "../Value.ts"
import { emptyLines } from "./jsonLines.ts"
import { boolOf, floatOf, intOf, keyIdentity, keyText, kindOf, timestampOf } from "./yamlScalars.ts"

/** The most nodes of a document, each alias counted as all that it stands for. */
export const nodesMax = 1_000_000

/** The most UTF-16 units of text in a document, each alias counted as all that it stands for. */
export const expandedCharactersMax = 16_000_000

/** Thrown by the reader, caught by `Yaml.parse`. */
export class Refused {
  readonly offset: number
  readonly problem: string
  readonly hint: string
  constructor(offset: number, problem: string, hint: string) {
    this.offset = offset
    this.problem = problem
    this.hint = hint
  }
}

/** A value with what it weighs once its aliases are written out. */
interface Built {
  readonly value: Value.Value
  readonly nodes: number
  readonly characters: number
  readonly depth: number
  readonly line: number
}

interface Entry {
  readonly key: string
  readonly identity: string
  readonly keyLine: number
  readonly built: Built
}

const prefix = "tag:yaml.org,2002:"

const shown = (text: string): string => JSON.stringify(text.length > 60 ? `${text.slice(0, 60)}…` : text)

/** A tag as people write it. */
const tagText = (tag: string): string => (tag.startsWith(prefix) ? `!!${tag.slice(prefix.length)}` : tag)

/** Builds the value of one document. */
export class Builder {
  readonly lines = emptyLines()
  readonly #lineOf: (offset: number) => number
  /** The end of a text whose last line has no line end; a block scalar that reaches it has none either. */
  readonly #openEnd: number | undefined
  readonly #anchorLines = new Map<string, number>()
  /** Of each anchor so far: what it stands for, or `open` while that is being read. */
  readonly #anchors = new Map<string, Built | "open">()
  readonly #entries = new WeakMap<Value.ValueMap, ReadonlyArray<Entry>>()

  /** Entries copied by `<<` so far. */
  #mergedEntries = 0

  constructor(text: string, lineOf: (offset: number) => number) {
    this.#lineOf = lineOf
    this.#openEnd = text.slice(text.lastIndexOf("\n") + 1).trim() === "" ? undefined : text.length
  }

  /** The value of a node and all below it; recursion is as deep as the document, which is bounded before. */
  build(node: Node | null): Built {
    if (node === null) return this.#leaf(null, 0, 0)
    if (isAlias(node)) return this.#alias(node)
    const anchor = isScalar(node) || isMap(node) || isSeq(node) ? node.anchor : undefined
    if (anchor !== undefined) this.#open(anchor, offsetOf(node))
    const built = this.#node(node)
    if (anchor !== undefined) this.#anchors.set(anchor, built)
    return built
  }

  #open(anchor: string, offset: number): void {
    const line = this.#lineOf(offset)
    const earlier = this.#anchorLines.get(anchor)
    if (earlier !== undefined) {
      const problem = `the anchor &${anchor} stands twice: on line ${earlier} and on line ${line}`
      throw new Refused(offset, problem, "give one of them another name")
    }
    this.#anchorLines.set(anchor, line)
    this.#anchors.set(anchor, "open")
  }

  #node(node: Node): Built {
    if (isScalar(node)) return this.#scalar(node)
    const tag = node.tag === undefined || node.tag === "!" ? undefined : node.tag
    if (isSeq(node)) {
      if (tag === undefined || tag === `${prefix}seq`) return this.#seq(node)
      if (tag === `${prefix}omap` || tag === `${prefix}pairs`) return this.#pairs(node, tag)
      throw this.#badTag(node, tag, "a list")
    }
    if (isMap(node)) {
      if (tag === undefined || tag === `${prefix}map`) return this.#map(node)
      throw this.#badTag(node, tag, "a map")
    }
    throw new Refused(offsetOf(node), "unknown kind of node", "correct the file at that place")
  }

  #leaf(value: Value.Value, offset: number, characters: number): Built {
    return { value, nodes: 1, characters, depth: 0, line: this.#lineOf(offset) }
  }

  #alias(node: Alias): Built {
    const found = this.#anchors.get(node.source)
    const offset = offsetOf(node)
    if (found === undefined) {
      throw new Refused(
        offset,
        `the alias *${node.source} has no anchor before it`,
        `write &${node.source} before the value`,
      )
    }
    if (found === "open") {
      throw new Refused(
        offset,
        `the alias *${node.source} stands inside its own value`,
        "a value cannot contain itself",
      )
    }
    return found
  }

  #weigh(value: Value.Value, parts: ReadonlyArray<Built>, offset: number): Built {
    let nodes = 1
    let characters = 0
    let depth = 0
    for (const part of parts) {
      nodes += part.nodes
      characters += part.characters
      depth = Math.max(depth, part.depth)
    }
    const hint = "write less by aliases, or split the file"
    if (nodes > nodesMax) throw new Refused(offset, `more than ${nodesMax} values once aliases are written out`, hint)
    if (characters > expandedCharactersMax) {
      throw new Refused(offset, `more than ${expandedCharactersMax} characters once aliases are written out`, hint)
    }
    if (depth >= Value.depthMax) throw new Refused(offset, `nested deeper than ${Value.depthMax} levels`, hint)
    return { value, nodes, characters, depth: depth + 1, line: this.#lineOf(offset) }
  }

  #seq(node: YAMLSeq): Built {
    const parts = node.items.map((item) => this.build(asNode(item)))
    return this.#list(parts, offsetOf(node))
  }

  #list(parts: ReadonlyArray<Built>, offset: number): Built {
    const items = parts.map((part) => part.value)
    const built = this.#weigh(items, parts, offset)
    this.lines.lists.set(
      items,
      parts.map((part) => part.line),
    )
    return built
  }

  /** `!!omap` and `!!pairs`: a list of lists of two, as the predecessor hashes them. */
  #pairs(node: YAMLSeq, tag: string): Built {
    const parts = node.items.map((item) => {
      const entry = asNode(item)
      const pair = isMap(entry) && entry.items.length === 1 ? entry.items[0] : undefined
      if (pair === undefined) {
        throw new Refused(offsetOf(entry ?? node), `${tagText(tag)} needs maps of one entry`, "write - key: value")
      }
      return this.#list([this.build(asNode(pair.key)), this.build(asNode(pair.value))], offsetOf(entry ?? node))
    })
    return this.#list(parts, offsetOf(node))
  }

  #map(node: YAMLMap): Built {
    const merged: Array<Entry> = []
    const own: Array<Entry> = []
    const seen = new Map<string, Entry>()
    let mergeLine: number | undefined
    for (const pair of node.items) {
      const keyNode = asNode(pair.key)
      const keyOffset = keyNode === null ? offsetOf(node) : offsetOf(keyNode)
      if (keyNode !== null && isMergeKey(keyNode)) {
        const line = this.#lineOf(keyOffset)
        if (mergeLine !== undefined) throw twice(keyOffset, "<<", mergeLine, line)
        mergeLine = line
        for (const entry of this.#merge(pair)) merged.push(entry)
        continue
      }
      const entry = this.#entry(keyNode, keyOffset, pair)
      const earlier = seen.get(entry.identity) ?? seen.get(`as text ${entry.key}`)
      if (earlier !== undefined) throw twice(keyOffset, entry.key, earlier.keyLine, entry.keyLine)
      seen.set(entry.identity, entry)
      seen.set(`as text ${entry.key}`, entry)
      own.push(entry)
    }
    return this.#finish(merged.length === 0 ? own : overlay(merged, own), offsetOf(node))
  }

  #entry(keyNode: Node | null, keyOffset: number, pair: Pair): Entry {
    const built = keyNode !== null && isValueKey(keyNode) ? this.#leaf("=", keyOffset, 1) : this.build(keyNode)
    const key = built.value
    if (Value.isMap(key) || Array.isArray(key)) {
      throw new Refused(keyOffset, "a key that is itself a list or a map", "keys are texts, numbers or dates")
    }
    const valueNode = asNode(pair.value)
    const value = this.build(valueNode)
    const text = keyText(key)
    return {
      key: text,
      identity: keyIdentity(key),
      keyLine: this.#lineOf(keyOffset),
      built: {
        ...value,
        characters: value.characters + text.length,
        // A value that is not written has no place of its own.
        line: valueNode === null ? this.#lineOf(keyOffset) : value.line,
      },
    }
  }

  #finish(entries: ReadonlyArray<Entry>, offset: number): Built {
    const map = new Map<string, Value.Value>()
    const lines = new Map<string, number>()
    for (const entry of entries) {
      if (map.has(entry.key)) {
        throw new Refused(offset, `two keys that are both ${JSON.stringify(entry.key)} as text`, "keep one of them")
      }
      map.set(entry.key, entry.built.value)
      lines.set(entry.key, entry.built.line)
    }
    const parts = entries.map((entry) => entry.built)
    const built = this.#weigh(map, parts, offset)
    this.lines.maps.set(map, lines)
    this.#entries.set(map, entries)
    return built
  }

  /** What `<<` brings: of several maps, the first that has a key gives its value; the last comes first in order. */
  #merge(pair: Pair): ReadonlyArray<Entry> {
    const node = asNode(pair.value)
    const value = this.build(node).value
    const maps = Value.isMap(value) ? [value] : value !== null && Array.isArray(value) ? value : undefined
    const groups = maps?.map((map) => (Value.isMap(map) ? this.#entries.get(map) : undefined))
    const entries: Array<Entry> = []
    for (const group of groups?.reverse() ?? [undefined]) {
      const offset = offsetOf(node ?? asNode(pair.key))
      if (group === undefined) {
        throw new Refused(offset, "<< needs a map or a list of maps", "write <<: *name, or quote the key: '<<'")
      }
      this.#mergedEntries += group.length
      if (this.#mergedEntries > nodesMax) {
        throw new Refused(offset, `more than ${nodesMax} merged keys`, "write less by aliases, or split the file")
      }
      for (const entry of group) entries.push(entry)
    }
    return entries
  }

  #scalar(node: Scalar): Built {
    const offset = offsetOf(node)
    const text = this.#source(node)
    return this.#leaf(this.#scalarValue(node, text, offset), offset, text.length)
  }

  #source(node: Scalar): string {
    const text = node.source ?? ""
    const block = node.type === "BLOCK_LITERAL" || node.type === "BLOCK_FOLDED"
    // The library adds the line end that the file does not have; PyYAML does not.
    const added = block && this.#openEnd !== undefined && (node.range?.[1] ?? 0) >= this.#openEnd && text.endsWith("\n")
    return added ? text.slice(0, -1) : text
  }

  #scalarValue(node: Scalar, text: string, offset: number): Value.Value {
    const tag = node.tag
    if (tag === undefined && node.type !== "PLAIN") return this.#text(text, offset)
    const kind =
      tag === undefined || tag === "!" ? kindOf(text) : tag.startsWith(prefix) ? tag.slice(prefix.length) : tag
    const wrong = (problem: string): Refused =>
      new Refused(
        offset,
        `${tag === undefined ? "" : `${tagText(tag)} `}${shown(text)} ${problem}`,
        `as text: ${quoted(text)}`,
      )
    switch (kind) {
      case "str":
        return this.#text(text, offset)
      case "null":
        return null
      case "bool":
        return boolOf(text) ?? refuse(wrong("is no truth value"))
      case "int":
        return intOf(text) ?? refuse(wrong("is no whole number"))
      case "float":
        return floatOf(text) ?? refuse(wrong("is no number"))
      case "timestamp": {
        const timestamp = timestampOf(text)
        return typeof timestamp === "string" ? refuse(wrong(timestamp)) : timestamp
      }
      case "merge":
      case "value":
        throw wrong("has a meaning of its own in YAML 1.1, and none as a value")
      default:
        throw this.#badTag(node, tag ?? kind, "a text")
    }
  }

  #text(text: string, offset: number): string {
    if (!text.isWellFormed()) {
      throw new Refused(offset, "half of a surrogate pair, which is no character", 'write it whole: "\\U0001F600"')
    }
    return text
  }

  #badTag(node: Node, tag: string, what: string): Refused {
    const name = tagText(tag)
    const hint =
      tag === `${prefix}set`
        ? "write a list: [a, b]"
        : tag === `${prefix}binary`
          ? "keep binary data in a file of its own, and name that"
          : "take the tag away; a study file holds data, not objects of a program"
    return new Refused(offsetOf(node), `the tag ${name} cannot be used on ${what} here`, hint)
  }
}

const refuse = (refused: Refused): never => {
  throw refused
}

const quoted = (text: string): string => `'${text.slice(0, 60).replaceAll("'", "''")}'`

const twice = (offset: number, key: string, first: number, second: number): Refused =>
  new Refused(
    offset,
    `the key ${JSON.stringify(key)} stands twice: on line ${first} and on line ${second}`,
    "keep one of them",
  )

/** Later entries give the value, the first one gives the place: as a `dict` of Python is filled. */
const overlay = (merged: ReadonlyArray<Entry>, own: ReadonlyArray<Entry>): ReadonlyArray<Entry> => {
  const byIdentity = new Map<string, Entry>()
  for (const entry of [...merged, ...own]) {
    const first = byIdentity.get(entry.identity)
    byIdentity.set(entry.identity, first === undefined ? entry : { ...entry, key: first.key })
  }
  return [...byIdentity.values()]
}

const offsetOf = (node: Node | null): number => node?.range?.[0] ?? 0

// Of a parsed document every item, key and value is a node or null; the library's types leave them open.
const asNode = (item: unknown): Node | null =>
  isScalar(item) || isMap(item) || isSeq(item) || isAlias(item) ? item : null

const isPlain = (node: Node): node is Scalar =>
  isScalar(node) && ((node.tag === undefined && node.type === "PLAIN") || node.tag === "!")

const isMergeKey = (node: Node): boolean =>
  isScalar(node) && (node.tag === `${prefix}merge` || (isPlain(node) && node.source === "<<"))

const isValueKey = (node: Node): boolean =>
  isScalar(node) && (node.tag === `${prefix}value` || (isPlain(node) && node.source === "="))
