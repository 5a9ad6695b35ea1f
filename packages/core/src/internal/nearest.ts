/**
 * The known name that is nearest to a mistyped one: what an error can suggest.
 *
 * @layer logic
 * @module
 */

/** Longer names are not compared: the work grows with the square of the length. */
const lengthMax = 128

/** Names that are compared at most. */
const namesMax = 10_000

/**
 * The nearest of `known` by edits (insert, remove, replace, swap of neighbours; letter case counts half), or `undefined`
 * where none is near: more edits than a third of the longer name, and more than two.
 */
export const nearest = (name: string, known: Iterable<string>): string | undefined => {
  if (name.length > lengthMax) return undefined
  let best: string | undefined
  let bestDistance = Infinity
  let compared = 0
  for (const candidate of known) {
    if (compared++ >= namesMax) break
    if (candidate.length > lengthMax) continue
    const distance = editDistance(name, candidate)
    if (distance < bestDistance) {
      best = candidate
      bestDistance = distance
    }
  }
  if (best === undefined) return undefined
  const allowed = Math.min(Math.max(name.length, best.length) - 1, Math.max(2, Math.max(name.length, best.length) / 3))
  return bestDistance <= allowed ? best : undefined
}

/** Optimal string alignment distance. */
const editDistance = (a: string, b: string): number => {
  const width = b.length + 1
  let beforeLast = Array.from({ length: width }, () => 0)
  let last = Array.from({ length: width }, (_, j) => j)
  for (let i = 1; i <= a.length; i++) {
    const row = Array.from({ length: width }, () => 0)
    row[0] = i
    for (let j = 1; j <= b.length; j++) {
      const left = a[i - 1] ?? ""
      const right = b[j - 1] ?? ""
      const cost = left === right ? 0 : left.toLowerCase() === right.toLowerCase() ? 0.5 : 1
      let distance = Math.min((last[j] ?? 0) + 1, (row[j - 1] ?? 0) + 1, (last[j - 1] ?? 0) + cost)
      if (i > 1 && j > 1 && left === b[j - 2] && a[i - 2] === right) {
        distance = Math.min(distance, (beforeLast[j - 2] ?? 0) + 1)
      }
      row[j] = distance
    }
    beforeLast = last
    last = row
  }
  return last[b.length] ?? 0
}
