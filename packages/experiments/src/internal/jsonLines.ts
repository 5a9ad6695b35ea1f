/**
 * The lines of values: kept beside the values, per list and map, so that an error found later can name its line.
 *
 * @layer logic
 * @module
 */
import { type Value, isList, isMap } from "../Value.ts"

/** Lines of the entries of each list and map. A list or map that occurs twice (an alias) has one set of lines. */
export interface Lines {
  readonly lists: WeakMap<ReadonlyArray<Value>, ReadonlyArray<number>>
  readonly maps: WeakMap<ReadonlyMap<string, Value>, ReadonlyMap<string, number>>
}

/** No lines yet. */
export const emptyLines = (): Lines => ({ lists: new WeakMap(), maps: new WeakMap() })

/** The line of the value at `path` in `root`, which itself begins on `rootLine`. */
export const lineAt = (
  lines: Lines,
  root: Value,
  rootLine: number,
  path: ReadonlyArray<string | number>,
): number | undefined => {
  let value: Value | undefined = root
  let line: number | undefined = rootLine
  for (const step of path) {
    if (value === undefined || value === null || typeof value !== "object") return undefined
    if (isMap(value)) {
      const key: string = String(step)
      line = lines.maps.get(value)?.get(key)
      value = value.get(key)
    } else if (isList(value)) {
      const index: number = Number(step)
      line = lines.lists.get(value)?.[index]
      value = value[index]
    } else return undefined
  }
  return line
}

/** Line and column, both from 1, of an offset in UTF-16 units; columns count characters. */
export const placeOf = (text: string, offset: number): { readonly line: number; readonly column: number } => {
  let line = 1
  let start = 0
  for (let at = text.indexOf("\n"); at !== -1 && at < offset; at = text.indexOf("\n", at + 1)) {
    line++
    start = at + 1
  }
  let column = 1
  for (let index = start; index < offset; index++) {
    const unit = text.charCodeAt(index)
    // The second half of a pair is no character of its own.
    if (unit < 0xdc00 || unit > 0xdfff) column++
  }
  return { line, column }
}

/** A character for a message: itself, or its number where it cannot be seen. */
export const charName = (char: string): string => {
  const code = char.codePointAt(0) ?? 0
  return code > 0x20 && code < 0x7f
    ? JSON.stringify(char)
    : `the character U+${code.toString(16).toUpperCase().padStart(4, "0")}`
}
