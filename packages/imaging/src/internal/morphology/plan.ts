/**
 * How the compiled kernels take the minimum over a disk with few operations.
 *
 * A table holds, for each pixel, the minimum over some set of pixels around it; table 0 is the picture. A new table is
 * the minimum of two shifted older ones. Squares come by doubling. A disk is the union of the squares that fit into the
 * corners of its outline and a few inside, so its erosion is the minimum of so many shifted values of tables. Where two
 * corners lie to each other as many others do, their pair is made a table too.
 *
 * @layer logic
 * @module
 */

/** A table at a place: `delay` rows before the newest row that is known, from `x` columns on. */
export interface Term {
  readonly table: number
  readonly delay: number
  readonly x: number
}

/** A table as minimum of two. */
export interface Step {
  readonly first: Term
  readonly second: Term
}

/** All tables, and what the result is the minimum of. */
export interface DiskPlan {
  readonly reachX: number
  readonly reachY: number
  /** Table `index + 1`. */
  readonly steps: ReadonlyArray<Step>
  /** How far each table looks to the right of its place, in pixels. */
  readonly spans: ReadonlyArray<number>
  /** How many rows of each table are needed. */
  readonly depths: ReadonlyArray<number>
  readonly terms: ReadonlyArray<Term>
}

/** A table of the whole row costs about as much as so many terms of the result: two loads and a store. */
const stepCost = 3
/** Pairs of pairs of pairs: more gain nothing. */
const pairTablesMax = 16

interface Anchor {
  readonly size: number
  readonly top: number
  readonly left: number
}

/** Squares that are tried inside the outline, as multiples of those at its corners. */
const innerFactors = [4, 2, 1]

/** Squares whose union is the element: `side`-squares at the corners of its outline, the largest that fit inside. */
const squaresOf = (widths: Int32Array, side: number): ReadonlyArray<Anchor> => {
  const reachY = widths.length - 1
  const reachX = widths[0]
  const columns = 2 * reachX + 1
  const covered = new Uint8Array((2 * reachY + 1) * columns)
  const anchors: Array<Anchor> = []
  const halfOf = (top: number, size: number): number => {
    const far = Math.max(Math.abs(top), Math.abs(top + size - 1))
    return far > reachY ? -1 : widths[far]
  }
  const place = (size: number, top: number, left: number): void => {
    anchors.push({ size, top, left })
    for (let dy = top; dy < top + size; dy++) {
      const start = (dy + reachY) * columns + left + reachX
      covered.fill(1, start, start + size)
    }
  }
  for (let dy = 0; dy <= reachY && side > 1; dy++) {
    const half = widths[dy]
    if (dy < reachY && widths[dy + 1] === half) continue
    if (2 * dy + 1 < side || 2 * half + 1 < side) continue
    const tops = 2 * dy + 1 === side ? [-dy] : [-dy, dy - side + 1]
    const lefts = 2 * half + 1 === side ? [-half] : [-half, half - side + 1]
    for (const top of tops) for (const left of lefts) place(side, top, left)
  }
  /** A square with the pixel in it, as far to the right and below as the element goes. */
  const fill = (size: number, y: number, x: number): boolean => {
    for (let top = y; top > y - size; top--) {
      const half = halfOf(top, size)
      const least = Math.max(-half, x - size + 1)
      const most = Math.min(x, half - size + 1)
      if (half < 0 || least > most) continue
      place(size, top, most)
      return true
    }
    return false
  }
  const inner = side === 1 ? [] : innerFactors.map((factor) => factor * side)
  for (let y = -reachY; y <= reachY; y++) {
    const half = widths[Math.abs(y)]
    for (let x = -half; x <= half; x++) {
      if (covered[(y + reachY) * columns + x + reachX] === 1) continue
      if (!inner.some((size) => fill(size, y, x))) place(1, y, x)
    }
  }
  return anchors
}

interface Draft {
  readonly steps: Array<Step>
  readonly spans: Array<number>
  terms: Array<Term>
}

const addStep = (draft: Draft, first: Term, second: Term): number => {
  draft.steps.push({ first, second })
  draft.spans.push(Math.max(first.x + draft.spans[first.table], second.x + draft.spans[second.table]))
  return draft.steps.length
}

/** The tables of squares that the anchors name, by doubling downwards and to the right. */
const squareTables = (draft: Draft, sizes: ReadonlyArray<number>): ReadonlyMap<number, number> => {
  const tables = new Map([[1, 0]])
  let table = 0
  let [rows, columns] = [1, 1]
  for (const size of sizes) {
    for (; rows < size; rows *= 2) {
      table = addStep(draft, { table, delay: 0, x: 0 }, { table, delay: rows, x: 0 })
    }
    for (; columns < size; columns *= 2) {
      table = addStep(draft, { table, delay: 0, x: 0 }, { table, delay: 0, x: columns })
    }
    tables.set(size, table)
  }
  return tables
}

/** A pair of terms that is made a table: the second lies so many rows older and columns further than the first. */
interface Pairing {
  readonly delay: number
  readonly x: number
  readonly pairs: ReadonlyArray<readonly [first: Term, second: Term]>
}

/** Corners that are neighbours are near; pairs farther apart would need longer rings. */
const pairReach = 32
const pairColumns = 2 * pairReach + 1
/** Of larger elements the rings of more tables would take more memory than they save time. */
const pairedReachMax = 600
/** Of more terms than this all pairs take longer to look at than they save. */
const pairedTermsMax = 4096
/** How many of the most frequent differences are tried. */
const pairTrials = 6

/** Terms of one table, by their place, that lie to each other as (delay, x), each in one pair at most. */
const pairsBy = (terms: ReadonlyArray<Term>, places: ReadonlyMap<number, Term>, delay: number, x: number): Pairing => {
  const used = new Set<Term>()
  const pairs: Array<readonly [Term, Term]> = []
  for (const term of terms) {
    const other = places.get(placeOf(term.delay + delay, term.x + x))
    if (other === undefined || used.has(term) || used.has(other)) continue
    used.add(term)
    used.add(other)
    pairs.push([term, other])
  }
  return { delay, x, pairs }
}

const placeOf = (delay: number, x: number): number => delay * 4_194_304 + x

/** The pair that occurs most often among the terms of one table; undefined where none saves enough. */
const pairingOf = (unsorted: ReadonlyArray<Term>, least: number): Pairing | undefined => {
  if (unsorted.length < 2 * least || unsorted.length > pairedTermsMax) return undefined
  const terms = [...unsorted].sort((left, right) => left.delay - right.delay || left.x - right.x)
  const counts = new Uint32Array((pairReach + 1) * pairColumns)
  for (let index = 0; index < terms.length; index++) {
    const { delay, x } = terms[index]
    for (let next = index + 1; next < terms.length && terms[next].delay - delay <= pairReach; next++) {
      const across = terms[next].x - x
      if (Math.abs(across) <= pairReach) counts[(terms[next].delay - delay) * pairColumns + across + pairReach]++
    }
  }
  const candidates: Array<number> = []
  for (let index = 0; index < counts.length; index++) if (counts[index] >= least) candidates.push(index)
  candidates.sort((left, right) => counts[right] - counts[left] || left - right)
  const places = new Map(terms.map((term) => [placeOf(term.delay, term.x), term]))
  let best: Pairing | undefined
  for (const index of candidates.slice(0, pairTrials)) {
    const pairing = pairsBy(terms, places, Math.floor(index / pairColumns), (index % pairColumns) - pairReach)
    if (pairing.pairs.length >= least && pairing.pairs.length > (best?.pairs.length ?? 0)) best = pairing
  }
  return best
}

/** Makes pairs tables, the most frequent first, as long as one saves enough. */
const pairUp = (draft: Draft, least: number): void => {
  const byTable = new Map<number, ReadonlyArray<Term>>()
  for (const term of draft.terms) byTable.set(term.table, [...(byTable.get(term.table) ?? []), term])
  const best = new Map<number, Pairing | undefined>()
  for (let count = 0; count < pairTablesMax; count++) {
    let chosen: (Pairing & { readonly table: number }) | undefined
    for (const [table, terms] of byTable) {
      if (!best.has(table)) best.set(table, pairingOf(terms, least))
      const pairing = best.get(table)
      if (pairing !== undefined && pairing.pairs.length > (chosen?.pairs.length ?? 0)) chosen = { ...pairing, table }
    }
    if (chosen === undefined) break
    const { delay, pairs, table, x } = chosen
    const made = addStep(draft, { table, delay: 0, x: Math.max(0, -x) }, { table, delay, x: Math.max(0, x) })
    const gone = new Set(pairs.flat())
    byTable.set(
      table,
      (byTable.get(table) ?? []).filter((term) => !gone.has(term)),
    )
    byTable.set(
      made,
      pairs.map(([first, second]) => ({ table: made, delay: first.delay, x: Math.min(first.x, second.x) })),
    )
    best.delete(table)
  }
  draft.terms = [...byTable.values()].flat()
}

/** The side of squares at the corners of the outline, and the squares. */
const cornersOf = (widths: Int32Array): readonly [side: number, anchors: ReadonlyArray<Anchor>] => {
  const reachY = widths.length - 1
  const reachX = widths[0]
  const most = Math.min(2 * reachY + 1, 2 * reachX + 1)
  const next = widths.findIndex((half) => half < reachX)
  const narrower = next < 0 ? reachY : widths.lastIndexOf(reachX - 1)
  // The side of the largest square that fits into the corners next to the four ends of the disk.
  const least = Math.min(2 * narrower + 1, most)
  const usual = least < 2 ? 1 : 2 ** Math.floor(Math.log2(least))
  let best: readonly [side: number, anchors: ReadonlyArray<Anchor>] = [usual, squaresOf(widths, usual)]
  // Where the picture's width cuts the disk off, its outline falls by several pixels at once, and another side may fit better.
  if (best[1].length <= 2 * (reachX + reachY)) return best
  for (let side = 2; side <= most; side *= 2) {
    const anchors = squaresOf(widths, side)
    if (anchors.length < best[1].length) best = [side, anchors]
  }
  return best
}

/** The plan for rows of half widths, widest in the middle (`diskRows`). */
export const planOf = (widths: Int32Array): DiskPlan => {
  const reachY = widths.length - 1
  const reachX = widths[0]
  const [side, anchors] = cornersOf(widths)
  const sizes = [...innerFactors]
    .reverse()
    .map((factor) => factor * side)
    .filter((size) => size > 1 && anchors.some((anchor) => anchor.size === size))
  const draft: Draft = { steps: [], spans: [0], terms: [] }
  const tables = squareTables(draft, sizes)
  draft.terms = anchors.map(({ left, size, top }) => ({
    table: tables.get(size) ?? 0,
    delay: reachY - (top + size - 1),
    x: left + reachX,
  }))
  if (reachY <= pairedReachMax) pairUp(draft, stepCost + 1)
  const depths = draft.spans.map(() => 1)
  const uses = [...draft.terms, ...draft.steps.flatMap(({ first, second }) => [first, second])]
  for (const { delay, table } of uses) depths[table] = Math.max(depths[table], delay + 1)
  return { reachX, reachY, steps: draft.steps, spans: draft.spans, depths, terms: draft.terms }
}
