/**
 * SHA-256 as it is to be had: the platform's own where one can be called without waiting (Node, Deno, Bun), else in
 * JavaScript. Both give the same digits; the platform's takes a seventh of the time, and a plan has several hashes for each of
 * its units.
 *
 * @layer contract
 * @module
 */
import { sha256 } from "@noble/hashes/sha2.js"
import { bytesToHex, utf8ToBytes } from "@noble/hashes/utils.js"

/** A hash that is fed piece by piece. Texts count as their UTF-8 bytes; a piece must not end within a surrogate pair. */
export interface Digest {
  readonly update: (text: string) => void
  /** 64 hexadecimal digits; the digest is over then. */
  readonly hex: () => string
}

/** One way to make hashes. */
export interface Sha256 {
  readonly hex: (data: string | Uint8Array) => string
  readonly digest: () => Digest
}

/** In JavaScript, everywhere. */
export const portable: Sha256 = {
  hex: (data) => bytesToHex(sha256(typeof data === "string" ? utf8ToBytes(data) : data)),
  digest: () => {
    const hash = sha256.create()
    return {
      update: (text) => {
        hash.update(utf8ToBytes(text))
      },
      hex: () => bytesToHex(hash.digest()),
    }
  },
}

/** What is used here of the module `crypto` of Node and those that follow it. */
interface NodeCrypto {
  readonly hash: (algorithm: "sha256", data: string | Uint8Array) => string
  readonly createHash: (algorithm: "sha256") => {
    readonly update: (text: string, encoding: "utf8") => unknown
    readonly digest: (encoding: "hex") => string
  }
}

const isNodeCrypto = (module: unknown): module is NodeCrypto =>
  typeof module === "object" &&
  module !== null &&
  "hash" in module &&
  typeof module.hash === "function" &&
  "createHash" in module &&
  typeof module.createHash === "function"

/** The platform's own; `undefined` in a browser. Asked for at run time, so that bundles for browsers stay without it. */
export const native = ((): Sha256 | undefined => {
  const process: unknown = Reflect.get(globalThis, "process")
  if (typeof process !== "object" || process === null || !("getBuiltinModule" in process)) return undefined
  if (typeof process.getBuiltinModule !== "function") return undefined
  const crypto: unknown = process.getBuiltinModule("crypto")
  if (!isNodeCrypto(crypto)) return undefined
  return {
    hex: (data) => crypto.hash("sha256", data),
    digest: () => {
      const hash = crypto.createHash("sha256")
      return {
        update: (text) => {
          hash.update(text, "utf8")
        },
        hex: () => hash.digest("hex"),
      }
    },
  }
})()

/** The faster one of those that are there. */
export const best: Sha256 = native ?? portable
