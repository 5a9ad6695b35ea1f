import { assert, describe, it } from "@effect/vitest"
import { Redacted, Schema } from "effect"
import { Buffer } from "node:buffer"
import * as Secrets from "../src/Secrets.ts"

const withSecrets = (...secrets: ReadonlyArray<string>) => {
  const registry = Secrets.make()
  for (const secret of secrets) registry.register(secret)
  return registry
}

/** All bytes percent-encoded, as RFC 3986 allows for any of them. */
const percentAll = (text: string, upper: boolean): string =>
  [...Buffer.from(text)]
    .map((byte) => `%${upper ? byte.toString(16).padStart(2, "0").toUpperCase() : byte.toString(16).padStart(2, "0")}`)
    .join("")

/** Each code unit as a JSON escape. */
const unicodeAll = (text: string): string =>
  Array.from({ length: text.length }, (_, i) => `\\u${text.charCodeAt(i).toString(16).padStart(4, "0")}`).join("")

const encodings: Readonly<Record<string, (text: string) => string>> = {
  plain: (text) => text,
  json: (text) => JSON.stringify(text).slice(1, -1),
  jsonTwice: (text) => JSON.stringify(JSON.stringify(text).slice(1, -1)).slice(1, -1),
  jsonUnicode: unicodeAll,
  component: encodeURIComponent,
  componentLowerCase: (text) => encodeURIComponent(text).replaceAll(/%../g, (code) => code.toLowerCase()),
  componentTwice: (text) => encodeURIComponent(encodeURIComponent(text)),
  form: (text) => new URLSearchParams({ a: text }).toString().slice(2),
  path: (text) => new URL(`http://x/${encodeURIComponent(text)}`).pathname.slice(1),
  percentUpper: (text) => percentAll(text, true),
  percentLower: (text) => percentAll(text, false),
  base64: (text) => Buffer.from(text).toString("base64").replace(/=+$/, ""),
  base64url: (text) => Buffer.from(text).toString("base64url"),
}

// A text made of the mask's own letters cannot be told apart from the mask.
const usable = (secret: string) => secret.length >= 4 && secret.isWellFormed() && !Secrets.mask.includes(secret)

describe("Secrets", () => {
  it.prop(
    "no registered secret survives in any of its forms, whatever stands around it",
    [Schema.String.check(Schema.isMinLength(4), Schema.isMaxLength(40)), Schema.String, Schema.String],
    ([secret, before, after]) => {
      if (!usable(secret) || /[<>]/.test(secret)) return
      const registry = withSecrets(secret)
      for (const [name, encode] of Object.entries(encodings)) {
        const form = encode(secret)
        const clean = registry.redact(`${before}${form}${after}`)
        assert.isFalse(clean.includes(form), `${name}: ${JSON.stringify(secret)} in ${JSON.stringify(clean)}`)
        assert.include(clean, Secrets.mask)
      }
    },
  )

  it("every form is found for secrets with everything in them", () => {
    for (const secret of [
      "s3cr3t-Key+/=%20",
      'quote " and \\ and \\\\ back',
      "line\nend\ttab\r",
      "pass word with  spaces",
      "Größe測定😀é",
      "it's (fine)! *~",
      ".*+?^${}()|[]\\/-",
      "\u0001\u007f\u2028x",
    ]) {
      const registry = withSecrets(secret)
      for (const [name, encode] of Object.entries(encodings)) {
        assert.strictEqual(registry.redact(`<${encode(secret)}>`), `<${Secrets.mask}>`, `${name} of ${secret}`)
      }
    }
  })

  it("Base64 of a longer text that contains the secret gives nothing of it away", () => {
    const secret = "correct horse battery"
    const registry = withSecrets(secret)
    for (let before = 0; before < 7; before++) {
      for (let after = 0; after < 4; after++) {
        const text = `${"u".repeat(before)}:${secret}${"x".repeat(after)}`
        for (const encoding of ["base64", "base64url"] as const) {
          const clean = registry.redact(`Basic ${Buffer.from(text).toString(encoding)}`)
          assert.include(clean, Secrets.mask)
          // What is left over on both sides decodes to nothing of the secret but its first and last character.
          for (const part of clean.replace("Basic ", "").split(Secrets.mask)) {
            for (let cut = 0; cut < 4; cut++) {
              assert.notInclude(Buffer.from(part.slice(cut), encoding).toString("latin1"), "co")
              assert.notInclude(Buffer.from(part.slice(cut), encoding).toString("latin1"), "ry")
            }
          }
        }
      }
    }
  })

  it("a mixture of encodings is found: only some characters percent-encoded", () => {
    const registry = withSecrets("abc/def ghi")
    for (const form of [
      "abc%2fdef%20ghi",
      "abc/def%20ghi",
      "abc%2Fdef+ghi",
      "%61bc/def ghi",
      "abc%252Fdef%2520ghi",
      "abc\\/def ghi",
    ]) {
      assert.strictEqual(registry.redact(form), Secrets.mask)
    }
  })

  it("of two secrets one of which contains the other, the longer is masked whole", () => {
    const registry = withSecrets("abcd", "abcdefgh")
    assert.strictEqual(registry.redact("abcdefgh abcd"), `${Secrets.mask} ${Secrets.mask}`)
  })

  it("letter case matters, other text stays, and short texts are no secrets", () => {
    const registry = withSecrets("Secret", "abc")
    assert.strictEqual(registry.redact("secret abc"), "secret abc")
    assert.isTrue(withSecrets("abc").isEmpty())
    assert.isFalse(registry.isEmpty())
    const redacted = Secrets.make()
    redacted.register(Redacted.make("hunter22"))
    assert.strictEqual(redacted.redact("hunter22"), Secrets.mask)
  })

  it("JSON is cleaned in keys and values, at any depth, without losing a member", () => {
    const registry = withSecrets('top"secret', "otherkey")
    const value = {
      a: ['x top"secret y', 1, null, { 'top"secret': true, otherkey: 2 }],
      inner: JSON.stringify({ text: 'top"secret' }),
    }
    const clean = registry.redactJson(value)
    assert.deepStrictEqual<unknown>(clean, {
      a: [`x ${Secrets.mask} y`, 1, null, { [Secrets.mask]: true, [`${Secrets.mask} 2`]: 2 }],
      inner: JSON.stringify({ text: Secrets.mask }),
    })
    const untouched = { a: [1, { b: "c" }] }
    assert.strictEqual(registry.redactJson(untouched), untouched)
  })

  it.prop("JSON without secrets is returned as it is", [Schema.Json], ([value]) => {
    const registry = withSecrets("a secret that nobody draws by chance")
    assert.strictEqual(registry.redactJson(value), value)
  })

  it("many backslashes do not make it slow: a long hostile text is looked through", () => {
    for (const secret of ['\\\\"\\n\\"x\\y"', '"\n"\n', "a\\\\\nb", "/\\/\\"]) {
      const registry = withSecrets(secret)
      for (const text of [
        "\\".repeat(200_000),
        `a${"\\".repeat(200_000)}`,
        "%25".repeat(100_000),
        '\\"'.repeat(100_000),
      ]) {
        assert.strictEqual(registry.redact(text), text)
      }
    }
  })
})
