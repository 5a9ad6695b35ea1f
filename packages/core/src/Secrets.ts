/**
 * Secrets that must never be written: registered once where they enter, taken out of every text that leaves (failures,
 * logs, spans, ledger, receipts). Covers the text itself and its percent-encoded, JSON-escaped and Base64 forms.
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

/** @category models */
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
  const forms = new Set<string>()
  let pattern: RegExp | undefined
  const redact = (text: string): string => (pattern === undefined ? text : text.replaceAll(pattern, mask))
  const redactJson = <A extends Schema.Json>(value: A): A => {
    if (pattern === undefined) return value
    const text = JSON.stringify(value)
    const clean = redact(text)
    // The mask has no character that JSON escapes, so the text is still JSON after the replacement.
    return clean === text ? value : JSON.parse(clean)
  }
  return {
    register: (secret) => {
      const text = typeof secret === "string" ? secret : Redacted.value(secret)
      if (text.length < lengthMin) return
      for (const form of formsOf(text)) forms.add(form)
      // Longest first, so that a secret that contains another is masked whole.
      const sorted = [...forms].sort((a, b) => b.length - a.length)
      pattern = new RegExp(sorted.map((form) => form.replaceAll(/[.*+?^${}()|[\]\\/-]/g, "\\$&")).join("|"), "g")
    },
    isEmpty: () => pattern === undefined,
    redact,
    redactJson,
  }
}

const formsOf = (text: string): ReadonlyArray<string> => {
  const forms = [text, JSON.stringify(text).slice(1, -1)]
  if (text.isWellFormed()) forms.push(encodeURIComponent(text), base64(text))
  return forms.filter((form) => form.length >= lengthMin)
}

const base64 = (text: string): string => btoa(String.fromCharCode(...new TextEncoder().encode(text))).replace(/=+$/, "")

/** The registry in force; one for the whole process unless another is provided. @category services */
export const Secrets: Context.Reference<SecretsShape> = Context.Reference("@heddle/core/Secrets", {
  defaultValue: make,
})
