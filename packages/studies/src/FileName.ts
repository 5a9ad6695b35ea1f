/**
 * File names from study keys: a name that is safe on every file system and different for different keys, also where upper
 * and lower case are the same, and readable where that is possible.
 *
 * A key of capital letters, digits, `_` and `-` (as most are) is its own name. Any other key becomes what is readable of
 * it, a `~`, and the first 16 hexadecimal digits of its SHA-256.
 *
 * @layer logic
 * @module
 */
import * as Canonical from "@heddle/core/Canonical"
import type { StudyKey } from "./StudyKey.ts"

/** Characters of a key that stand in its file name; room is left for a hash and an extension within 255 bytes. */
export const readableMax = 80
/** Hexadecimal digits of the key's SHA-256 in a name that needs them. */
export const hashDigits = 16

/**
 * The file name (without an extension) of a study.
 *
 * @example
 * import * as FileName from "@heddle/studies/FileName"
 *
 * FileName.ofStudy("PROT-01") // => "PROT-01"
 * FileName.ofStudy("prot-01") === FileName.ofStudy("PROT-01") // => false
 * FileName.ofStudy("A/B").startsWith("A-B~") // => true
 *
 * @category constructors
 */
export const ofStudy = (studyKey: StudyKey): string => {
  if (plain.test(studyKey) && studyKey.length <= readableMax && !reserved.test(studyKey)) return studyKey
  // The hash is over UTF-16 code units, so that two keys that differ only in half surrogates differ here as well.
  const units = Array.from({ length: studyKey.length }, (_, index) => studyKey.charCodeAt(index))
  const hash = Canonical.sha256Hex(units.join(" ")).slice(0, hashDigits)
  return `${readableOf(studyKey)}~${hash}`
}

const plain = /^[A-Z0-9][A-Z0-9_-]*$/

/** Names that Windows takes for devices, with or without an extension. */
const reserved = /^(?:CON|PRN|AUX|NUL|COM[0-9]|LPT[0-9]|CLOCK\$|CONIN\$|CONOUT\$)$/i

const readableOf = (key: string): string => {
  const readable = key
    .normalize("NFKD")
    .replaceAll(/[^A-Za-z0-9_-]+/g, "-")
    .replaceAll(/^-+|-+$/g, "")
    .slice(0, readableMax)
  return readable === "" ? "study" : readable
}
