/**
 * A study key: what names a study in its registry. Any text with something in it, as the registry spells it; comparison
 * is exact, so that `ALPHA` and `alpha` are two studies.
 *
 * @layer contract
 * @module
 */
import * as Schema from "effect/Schema"

/** Longest key that is accepted. */
export const lengthMax = 256

/** Not empty, not only white space, not `.` or `..` (which would be another path), well-formed Unicode. @category schemas */
export const StudyKey = Schema.String.check(
  Schema.isMinLength(1),
  Schema.isMaxLength(lengthMax),
  Schema.makeFilter((key: string) => problemOf(key)),
)
/** A text that {@link StudyKey} accepts; the type alone does not check it. @category models */
export type StudyKey = string

/** What is wrong with a key, or `undefined` where it may be used. @category validation */
export const problemOf = (key: string): string | undefined => {
  if (key.length === 0) return "the key is empty"
  if (key.trim().length === 0) return "the key is only white space"
  if (key === "." || key === "..") return "the key is a path step"
  if (key.length > lengthMax) return `the key is longer than ${lengthMax} characters`
  if (!key.isWellFormed()) return "the key has half a surrogate pair"
  return undefined
}
