/**
 * Credentials of the environment: registered as secrets before any agent runs, because what a provider or a program says
 * of a refused key often holds the key, and it would stand in the ledger and in every table for good.
 *
 * @layer adapter
 * @module
 */
import type { SecretsShape } from "@heddle/core/Secrets"

/** Words between underscores that make a variable a credential. */
const words: ReadonlySet<string> = new Set([
  "APIKEY",
  "AUTH",
  "AUTHORIZATION",
  "CREDENTIAL",
  "CREDENTIALS",
  "KEY",
  "KEYS",
  "PASS",
  "PASSPHRASE",
  "PASSWD",
  "PASSWORD",
  "PAT",
  "SECRET",
  "TOKEN",
])

/** Characters of the shortest value that is taken for one: masking a shorter text would shred results. */
export const lengthMin = 8

/** Whether a variable of this name holds a credential, as its name says. @category guards */
export const isCredential = (name: string): boolean =>
  name
    .toUpperCase()
    .split("_")
    .some((word) => words.has(word))

/** Registers every credential that the environment names as one; paths of files are none. @category registering */
export const registerAll = (secrets: SecretsShape, env: NodeJS.Dict<string>): void => {
  for (const [name, value = ""] of Object.entries(env)) {
    if (isCredential(name) && value.length >= lengthMin && !value.startsWith("/")) secrets.register(value)
  }
}

/** A text without percent-encoding; as it is where it is no such text. */
const plain = (text: string): string => {
  try {
    return decodeURIComponent(text)
  } catch {
    return text
  }
}

/** Registers the password of an address, and its parameters that are credentials by their names. @category registering */
export const registerAddress = (secrets: SecretsShape, address: string): void => {
  const { password, searchParams } = new URL(address)
  secrets.register(plain(password))
  for (const [name, value] of searchParams) {
    if (isCredential(name.replaceAll("-", "_")) && value.length >= lengthMin) secrets.register(value)
  }
}

/** Registers the text of a header, and what stands behind its scheme (`Bearer …`) by itself. @category registering */
export const registerHeader = (secrets: SecretsShape, text: string): void => {
  secrets.register(text)
  const last = text.trim().split(/\s+/).at(-1) ?? ""
  if (last !== text && last.length >= lengthMin) secrets.register(last)
}
