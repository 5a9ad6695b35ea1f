/**
 * One text for one JSON value, and its SHA-256: what plans, fingerprints and receipts are compared by. The text is that
 * of RFC 8785 (JCS): no white space, keys sorted by UTF-16 code units, numbers as ECMAScript prints them.
 *
 * @layer contract
 * @module
 */
import * as Schema from "effect/Schema"
import { sha256 } from "@noble/hashes/sha2.js"
import { bytesToHex, utf8ToBytes } from "@noble/hashes/utils.js"

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
export const stringify = (value: unknown): string => write(value, "", 0)

const write = (value: unknown, path: string, depth: number): string => {
  switch (typeof value) {
    case "string":
      if (!value.isWellFormed()) throw new CanonicalError({ path, problem: "a string with half a surrogate pair" })
      return JSON.stringify(value)
    case "boolean":
      return value ? "true" : "false"
    case "number":
      if (!Number.isFinite(value)) throw new CanonicalError({ path, problem: String(value) })
      return JSON.stringify(value)
    case "object":
      break
    default:
      throw new CanonicalError({ path, problem: `a ${typeof value}` })
  }
  if (value === null) return "null"
  if (depth >= depthMax) throw new CanonicalError({ path, problem: `nested deeper than ${depthMax}, or a cycle` })
  if (Array.isArray(value)) {
    let text = "["
    for (let i = 0; i < value.length; i++) {
      text += (i === 0 ? "" : ",") + write(value[i], `${path}[${i}]`, depth + 1)
    }
    return text + "]"
  }
  const prototype: unknown = Object.getPrototypeOf(value)
  if (prototype !== Object.prototype && prototype !== null) {
    throw new CanonicalError({ path, problem: "an object of a class, not a plain one" })
  }
  let text = "{"
  const entries = Object.entries(value).filter(([, member]) => member !== undefined)
  entries.sort(([a], [b]) => (a < b ? -1 : a > b ? 1 : 0))
  for (const [i, [key, member]] of entries.entries()) {
    const at = path === "" ? key : `${path}.${key}`
    text += (i === 0 ? "" : ",") + write(key, at, depth) + ":" + write(member, at, depth + 1)
  }
  return text + "}"
}

/** SHA-256 of bytes, or of the UTF-8 bytes of a text, as 64 hexadecimal digits. @category hashing */
export const sha256Hex = (data: string | Uint8Array): string =>
  bytesToHex(sha256(typeof data === "string" ? utf8ToBytes(data) : data))

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
  const digest = sha256.create()
  const put = (text: string): void => {
    digest.update(utf8ToBytes(text))
  }
  const keys = [...Object.keys(head).filter((key) => key !== name && head[key] !== undefined), name]
  keys.sort((a, b) => (a < b ? -1 : a > b ? 1 : 0))
  for (const [i, key] of keys.entries()) {
    put(`${i === 0 ? "{" : ","}${write(key, key, 0)}:`)
    if (key !== name) {
      put(write(head[key], key, 1))
      continue
    }
    put("[")
    for (let index = 0; index < items.length; index++) {
      put((index === 0 ? "" : ",") + write(items[index], `${name}[${index}]`, 2))
    }
    put("]")
  }
  put("}")
  return `sha256:${bytesToHex(digest.digest())}`
}
