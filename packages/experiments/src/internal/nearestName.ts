/**
 * The known name that is nearest to a mistyped one: what an error can suggest.
 *
 * @layer logic
 * @module
 */

/** Longer names are not compared: the work grows with the square of the length. */
const lengthMax = 64

/** Names that are compared at most. */
const namesMax = 1_000

/** The nearest of `known` by edits (insert, remove, replace, swap of neighbours), or `undefined` where none is near. */
export const nearestName = (name: string, known: Iterable<string>): string | undefined => {
  if (name === "" || name.length > lengthMax) return undefined
  const wanted = name.toLowerCase()
  let best: string | undefined
  let bestEdits = Infinity
  let compared = 0
  for (const candidate of known) {
    if (compared++ >= namesMax) break
    if (candidate.length > lengthMax) continue
    const edits = editsBetween(wanted, candidate.toLowerCase())
    if (edits < bestEdits) {
      best = candidate
      bestEdits = edits
    }
  }
  if (best === undefined) return undefined
  const longer = Math.max(name.length, best.length)
  return bestEdits <= (longer < 5 ? Math.min(1, longer - 1) : Math.max(2, longer / 3)) ? best : undefined
}

const editsBetween = (from: string, to: string): number => {
  const table = Array.from({ length: from.length + 1 }, (_, i) =>
    Array.from({ length: to.length + 1 }, (_, j) => (i === 0 ? j : j === 0 ? i : 0)),
  )
  const edits = (i: number, j: number): number => table[i]?.[j] ?? Infinity
  for (let i = 1; i <= from.length; i++) {
    for (let j = 1; j <= to.length; j++) {
      let least = Math.min(
        edits(i - 1, j) + 1,
        edits(i, j - 1) + 1,
        edits(i - 1, j - 1) + (from[i - 1] === to[j - 1] ? 0 : 1),
      )
      if (i > 1 && j > 1 && from[i - 1] === to[j - 2] && from[i - 2] === to[j - 1]) {
        least = Math.min(least, edits(i - 2, j - 2) + 1)
      }
      const row = table[i]
      if (row !== undefined) row[j] = least
    }
  }
  return edits(from.length, to.length)
}
