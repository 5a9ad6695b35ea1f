/**
 * The nearest known word to one that was mistyped: for commands, flags, choices and configuration keys.
 *
 * @layer logic
 * @module
 */

/** Edits of a word that still count as a slip: one for short words, up to a third of longer ones. */
const editsMax = (word: string): number => Math.max(1, Math.floor(word.length / 3))

/** The known word with the fewest edits, or `undefined` where none is near. The first wins where two are equal. */
export const nearest = (word: string, known: Iterable<string>): string | undefined => {
  let best: string | undefined
  let bestEdits = editsMax(word) + 1
  for (const candidate of known) {
    const edits = candidate.startsWith(word) && word.length >= 3 ? 1 : distance(word.toLowerCase(), candidate)
    if (edits < bestEdits) {
      best = candidate
      bestEdits = edits
    }
  }
  return best
}

/** Insertions, deletions, replacements and swaps of neighbours that turn one word into the other. */
export const distance = (a: string, b: string): number => {
  let beforePrevious: Array<number> = []
  let previous = Array.from({ length: b.length + 1 }, (_, j) => j)
  for (let i = 1; i <= a.length; i++) {
    const current = [i]
    for (let j = 1; j <= b.length; j++) {
      const same = a[i - 1] === b[j - 1] ? 0 : 1
      let edits = Math.min(at(previous, j) + 1, at(current, j - 1) + 1, at(previous, j - 1) + same)
      if (i > 1 && j > 1 && a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1]) {
        edits = Math.min(edits, at(beforePrevious, j - 2) + 1)
      }
      current.push(edits)
    }
    beforePrevious = previous
    previous = current
  }
  return at(previous, b.length)
}

const at = (row: ReadonlyArray<number>, index: number): number => row[index] ?? Number.POSITIVE_INFINITY
