/**
 * One text for one JSON value, and its SHA-256: what plans, fingerprints and receipts are compared by. The text is that
 * of RFC 8785 (JCS): no white space, keys sorted by UTF-16 code units, numbers as ECMAScript prints them.
 *
 * @layer contract
 * @module
 */
import * as Schema from "effect/Schema"
import { best as sha256 } from "./internal/sha256.ts"

/** A SHA-256 with its algorithm in front: `sha256:` and 64 hexadecimal digits. @category schemas */
export const Hash = Schema.String.check(Schema.isPattern(/^sha256:[0-9a-f]{64}$/))
/** A text that {@link Hash} accepts; the type alone does not check it. @category models */
export type Hash = string

/** Nesting that is accepted before a value is refused; deeper input is either a mistake or an attack. */
export const depthMax = 200

/**
 * A value that has no canonical text: not JSON (`NaN`, an infinity, `undefined`, a function, a bigint, a cycle), or
 * nested deeper than {@link depthMax}. Trying again does not help.
 *
 * @category errors
 */
export class CanonicalError extends Schema.TaggedError<CanonicalError>()("CanonicalError", {
  path: Schema.String,
  problem: Schema.String,
}) {
  override get message(): string {
    return `${this.path === "" ? "the value" : this.path} has no canonical JSON text: ${this.problem}`
  }
}

/**
 * The canonical text of a JSON value. Throws {@link CanonicalError} for anything that is not JSON, so that a number is
 * never turned into `null` on the way to a hash. Object members whose value is `undefined` are left out.
 *
 * @example
 * import * as Canonical from "@heddle/core/Canonical"
 *
 * Canonical.stringify({ b: [1, 2.5], a: null }) // => '{"a":null,"b":[1,2.5]}'
 *
 * @category encoding
 */
export const stringify = (value: unknown): string => textAt(value, [], 0)

/** A value without a canonical text. Its places are gathered from the inside out while it is thrown: the way there costs nothing. */
class Unwritable {
  readonly problem: string
  readonly places: Array<string | number> = []
  constructor(problem: string) {
    this.problem = problem
  }
}

const at = (error: unknown, place: string | number): unknown => {
  if (error instanceof Unwritable) error.places.push(place)
  return error
}

/** The text of the value at these places of a whole. */
const textAt = (value: unknown, places: ReadonlyArray<string | number>, depth: number): string => {
  try {
    return write(value, depth)
  } catch (error) {
    if (!(error instanceof Unwritable)) throw error
    let path = ""
    for (const place of [...places, ...error.places.toReversed()]) {
      path += typeof place === "number" ? `[${place}]` : path === "" ? place : `.${place}`
    }
    throw new CanonicalError({ path, problem: error.problem })
  }
}

// Printable ASCII except the quote and the backslash stands for itself; most texts are that.
const plain = /^[ !#-[\]-~]*$/

const quote = (value: string): string => {
  if (plain.test(value)) return `"${value}"`
  if (!value.isWellFormed()) throw new Unwritable("a string with half a surrogate pair")
  return JSON.stringify(value)
}

const write = (value: unknown, depth: number): string => {
  switch (typeof value) {
    case "string":
      return quote(value)
    case "boolean":
      return value ? "true" : "false"
    case "number":
      if (!Number.isFinite(value)) throw new Unwritable(String(value))
      return JSON.stringify(value)
    case "object":
      break
    default:
      throw new Unwritable(`a ${typeof value}`)
  }
  if (value === null) return "null"
  if (depth >= depthMax) throw new Unwritable(`nested deeper than ${depthMax}, or a cycle`)
  if (Array.isArray(value)) {
    let text = "["
    for (let i = 0; i < value.length; i++) {
      try {
        text += (i === 0 ? "" : ",") + write(value[i], depth + 1)
      } catch (error) {
        throw at(error, i)
      }
    }
    return text + "]"
  }
  const prototype: unknown = Object.getPrototypeOf(value)
  if (prototype !== Object.prototype && prototype !== null) {
    throw new Unwritable("an object of a class, not a plain one")
  }
  let text = ""
  for (const key of sortedKeys(value)) {
    // Its own key, so there is such a member.
    const member = (value as { readonly [key: string]: unknown })[key]
    if (member === undefined) continue
    try {
      text += `${text === "" ? "{" : ","}${quote(key)}:${write(member, depth + 1)}`
    } catch (error) {
      throw at(error, key)
    }
  }
  return text === "" ? "{}" : text + "}"
}

/** The keys by UTF-16 code units, which is how JavaScript compares texts. */
const sortedKeys = (value: object): ReadonlyArray<string> => {
  const keys = Object.keys(value)
  if (keys.length > sortedByHandMax) return keys.sort()
  // Most objects have a few keys, and many of them in order: this needs no memory and mostly one look at each.
  for (let i = 1; i < keys.length; i++) {
    const key = keys[i] ?? ""
    let place = i
    for (; place > 0; place--) {
      const before = keys[place - 1] ?? ""
      if (before <= key) break
      keys[place] = before
    }
    keys[place] = key
  }
  return keys
}

/** Keys from which on a sort that looks at each pair of them would be the slower one. */
const sortedByHandMax = 16

/** SHA-256 of bytes, or of the UTF-8 bytes of a text, as 64 hexadecimal digits. @category hashing */
export const sha256Hex = (data: string | Uint8Array): string => sha256.hex(data)

/** The hash of a JSON value by its canonical text. Throws {@link CanonicalError}. @category hashing */
export const hash = (value: unknown): Hash => `sha256:${sha256Hex(stringify(value))}`

/**
 * The hash of an object whose member `name` is a long list, equal to {@link hash} of the whole, without its text ever
 * being in memory at once. `head` holds the other members. Throws {@link CanonicalError}.
 *
 * @category hashing
 */
export const hashWithList = (
  head: Readonly<Record<string, unknown>>,
  name: string,
  items: ReadonlyArray<unknown>,
): Hash => {
  const digest = sha256.digest()
  let pending = ""
  const put = (more: string): void => {
    pending += more
    // A call costs as much as a few hundred characters.
    if (pending.length < hashedTogether) return
    digest.update(pending)
    pending = ""
  }
  const keys = [...Object.keys(head).filter((key) => key !== name && head[key] !== undefined), name]
  keys.sort((a, b) => (a < b ? -1 : a > b ? 1 : 0))
  for (const [i, key] of keys.entries()) {
    put(`${i === 0 ? "{" : ","}${textAt(key, [key], 0)}:`)
    if (key !== name) {
      put(textAt(head[key], [key], 1))
      continue
    }
    put("[")
    for (let index = 0; index < items.length; index++) {
      put((index === 0 ? "" : ",") + textAt(items[index], [name, index], 2))
    }
    put("]")
  }
  put("}")
  digest.update(pending)
  return `sha256:${digest.hex()}`
}

/** Characters that are hashed at a time. */
const hashedTogether = 32 * 1024
