/**
 * Where a text stops being JSON. The engine's own message would tell, but it quotes the text, and the text is patient
 * data.
 *
 * @layer logic
 * @module
 */

/** Characters into the text at which it is no JSON any more; its length where it was cut off. */
export const jsonOffset = (text: string): number => {
  const string = /"(?:[^"\\\p{Cc}]|[\x7f-\x9f]|\\(?:["\\/bfnrt]|u[0-9a-fA-F]{4}))*"/uy
  const scalar = /-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?|true|false|null/y
  const space = /[ \t\n\r]*/y
  let at = 0
  const skip = () => {
    space.lastIndex = at
    space.exec(text)
    at = space.lastIndex
  }
  const take = (pattern: RegExp): boolean => {
    pattern.lastIndex = at
    if (pattern.exec(text) === null) return false
    at = pattern.lastIndex
    return true
  }
  /** A string, number or word that the text ends in the middle of was cut off, not wrong. */
  const cutOrHere = (): number => {
    const rest = text.slice(at)
    if (/^"(?:[^"\\\p{Cc}]|[\x7f-\x9f]|\\.)*\\?$/u.test(rest)) return text.length
    if (/^(?:\.|\.\d+[eE][+-]?|[eE][+-]?)$/.test(rest) && /\d$/.test(text.slice(0, at))) return text.length
    return /^(?:-|t|tr|tru|f|fa|fal|fals|n|nu|nul)$/.test(rest) ? text.length : at
  }
  /** Open containers, innermost last. */
  const open: Array<"{" | "["> = []
  const keyAndColon = (): boolean => {
    skip()
    if (!take(string)) return false
    skip()
    if (text[at] !== ":") return false
    at += 1
    return true
  }
  while (true) {
    skip()
    const start = text[at]
    if (start === "{" || start === "[") {
      at += 1
      open.push(start)
      skip()
      if (text[at] === (start === "{" ? "}" : "]")) {
        at += 1
        open.pop()
      } else {
        if (start === "{" && !keyAndColon()) return cutOrHere()
        continue
      }
    } else if (!take(string) && !take(scalar)) return cutOrHere()
    // A value has ended: close what closes, then go on after a comma.
    while (true) {
      skip()
      const inside = open.at(-1)
      if (inside === undefined) return at
      const next = text[at]
      if (next === (inside === "{" ? "}" : "]")) {
        at += 1
        open.pop()
        continue
      }
      if (next !== ",") return cutOrHere()
      at += 1
      if (inside === "{" && !keyAndColon()) return cutOrHere()
      break
    }
  }
}
