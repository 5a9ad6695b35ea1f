/**
 * Secrets that must never be written: registered once where they enter, taken out of every text that leaves (failures,
 * logs, spans, ledger, receipts). Covers the text itself, any mixture of it with percent-encoding and JSON escapes (also
 * repeated, as in JSON inside JSON), and Base64, plain and URL-safe, of the text alone or inside a longer one such as
 * `user:password`. Other encodings (hexadecimal, compression, a hash) are not recognised.
 *
 * @layer logic
 * @module
 */
import * as Context from "effect/Context"
import * as Redacted from "effect/Redacted"
import type * as Schema from "effect/Schema"

/** What stands in place of a secret. */
export const mask = "<redacted>"

/** Shorter texts are not taken as secrets: masking them would shred every message. */
export const lengthMin = 4

/** A registry of secrets, and the texts and JSON values without them. Nothing here fails. @category models */
export interface SecretsShape {
  /** Adds a secret; texts shorter than {@link lengthMin} are ignored. */
  readonly register: (secret: string | Redacted.Redacted<string>) => void
  /** True while nothing is registered: then nothing needs to be looked through. */
  readonly isEmpty: () => boolean
  readonly redact: (text: string) => string
  /** Redacts every string of a JSON value, keys included. Returns the value itself where nothing was found. */
  readonly redactJson: <A extends Schema.Json>(value: A) => A
}

/** A registry of its own; most callers use {@link Secrets}. @category constructors */
export const make = (): SecretsShape => {
  const forms = new Map<string, number>()
  const known = new Set<string>()
  let pattern: RegExp | undefined
  const redact = (text: string): string => (pattern === undefined ? text : text.replaceAll(pattern, mask))
  const redactAny = (value: Schema.Json): Schema.Json => {
    if (typeof value === "string") return redact(value)
    if (typeof value !== "object" || value === null) return value
    if (isArray(value)) {
      const members = value.map(redactAny)
      return members.some((member, i) => member !== value[i]) ? members : value
    }
    let changed = false
    const members = new Map<string, Schema.Json>()
    for (const [key, member] of Object.entries(value)) {
      let cleanKey = redact(key)
      // Two keys may become one text; neither member may be lost for that.
      for (let n = 2; cleanKey !== key && members.has(cleanKey); n++) cleanKey = `${redact(key)} ${n}`
      const clean = redactAny(member)
      changed ||= cleanKey !== key || clean !== member
      members.set(cleanKey, clean)
    }
    return changed ? Object.fromEntries(members) : value
  }
  return {
    register: (secret) => {
      const text = typeof secret === "string" ? secret : Redacted.value(secret)
      if (text.length < lengthMin || known.has(text)) return
      known.add(text)
      for (const [form, length] of formsOf(text)) forms.set(form, length)
      // Longest first, so that a secret that contains another is masked whole.
      const sorted = [...forms].sort(([, a], [, b]) => b - a)
      pattern = new RegExp(sorted.map(([form]) => form).join("|"), "g")
    },
    isEmpty: () => pattern === undefined,
    redact,
    // Strings are replaced by strings and nothing else changes, so the form stays what it was.
    redactJson: <A extends Schema.Json>(value: A): A => (pattern === undefined ? value : (redactAny(value) as A)),
  }
}

const isArray: (value: Schema.Json) => value is ReadonlyArray<Schema.Json> = Array.isArray

/** Patterns of everything that a secret may look like, with the length of the shortest text that each matches. */
const formsOf = (text: string): ReadonlyArray<readonly [pattern: string, length: number]> => {
  const forms: Array<readonly [string, number]> = [[escapedPattern(text), text.length]]
  if (!text.isWellFormed()) return forms
  for (const form of base64Forms(new TextEncoder().encode(text))) {
    for (const one of new Set([form, form.replaceAll("+", "-").replaceAll("/", "_")])) {
      if (one.length >= lengthMin) forms.push([literal(one), one.length])
    }
  }
  return forms
}

const hex = (value: number, digits: number): string => value.toString(16).padStart(digits, "0")

const literal = (text: string): string =>
  Array.from({ length: text.length }, (_, i) => `\\u${hex(text.charCodeAt(i), 4)}`).join("")

/** Hexadecimal digits in either case. */
const anyCase = (digits: string): string => digits.replaceAll(/[a-f]/g, (digit) => `[${digit}${digit.toUpperCase()}]`)

const jsonShort: Readonly<Record<string, string>> = { "\b": "b", "\f": "f", "\n": "n", "\r": "r", "\t": "t" }

/** Each character as itself, percent-encoded, or as a JSON escape, in any mixture. */
const escapedPattern = (text: string): string => {
  // Backslashes in a row are one part, what follows them repeats no backslash, and a match starts at the first of them:
  // so no two open ends stand beside each other, and a text full of backslashes costs one pass.
  const parts = text.match(/\\+|[^]/gu) ?? []
  let pattern = ""
  for (let i = 0; i < parts.length; i++) {
    const part = parts[i] ?? ""
    const first = i === 0 ? "(?<!\\\\)" : ""
    if (!part.startsWith("\\")) {
      pattern += partPattern(part, `${first}\\\\+`)
      continue
    }
    const next = parts[++i]
    const raw = `${first}\\\\{${part.length},}${next === undefined ? "" : partPattern(next, "")}`
    const one = (backslashes: string) => `(?:%(?:25)*5[cC]|${backslashes}u005[cC])`
    const more = part.length > 1 ? `${one("\\\\+")}{${part.length - 1}}` : ""
    const escaped = `${one(`${first}\\\\+`)}${more}${next === undefined ? "" : partPattern(next, "\\\\+")}`
    pattern += `(?:${escaped}|${raw})`
  }
  return pattern
}

const partPattern = (part: string, backslashes: string): string => {
  const units = Array.from({ length: part.length }, (_, i) => anyCase(hex(part.charCodeAt(i), 4)))
  const forms = [literal(part), units.map((unit, i) => `${i === 0 ? backslashes : "\\\\+"}u${unit}`).join("")]
  if (part.isWellFormed()) {
    const bytes = [...new TextEncoder().encode(part)]
    forms.push(bytes.map((byte) => `%(?:25)*${anyCase(hex(byte, 2))}`).join(""))
  }
  const short = jsonShort[part]
  if (short !== undefined) forms.push(backslashes + short)
  if (part === '"' || part === "/") forms.push(backslashes + literal(part))
  if (part === " ") forms.push("\\+")
  return `(?:${forms.join("|")})`
}

/**
 * Base64 of the bytes alone, and what is certain of it inside a longer text: three bytes make four characters, so there
 * are three ways in which the bytes may lie, and the characters at both ends hang on their neighbours.
 */
const base64Forms = (bytes: Uint8Array): ReadonlySet<string> => {
  const forms = new Set([base64(bytes)])
  for (const [before, charactersBefore] of [
    [0, 0],
    [1, 2],
    [2, 3],
  ] as const) {
    const shifted = new Uint8Array(before + bytes.length)
    shifted.set(bytes, before)
    const encoded = base64(shifted)
    forms.add(encoded.slice(charactersBefore, shifted.length % 3 === 0 ? undefined : -1))
  }
  return forms
}

/** Without the padding at its end. */
const base64 = (bytes: Uint8Array): string => {
  let binary = ""
  for (const byte of bytes) binary += String.fromCharCode(byte)
  return btoa(binary).replace(/=+$/, "")
}

/** The registry in force; one for the whole process unless another is provided. @category services */
export const Secrets: Context.Reference<SecretsShape> = Context.Reference("@heddle/core/Secrets", {
  defaultValue: make,
})
