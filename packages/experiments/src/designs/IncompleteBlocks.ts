/**
 * Balanced incomplete blocks: v treatments in b blocks of k < v, each treatment in r blocks and each pair together in
 * lambda blocks. Treatments are then compared within blocks with equal precision for all pairs.
 *
 * Made here: all k-subsets; finite projective and affine spaces; complements; and a bounded search for designs that a
 * cyclic group or a group of translations leaves as they are (Kramer and Mesner 1976), which has the known small designs.
 *
 * @layer logic
 * @module
 */
import * as GaloisField from "./GaloisField.ts"

/** The most treatments. */
export const treatmentsMax = 100
/** The most blocks. */
export const blocksMax = 10_000

/** Blocks of treatment numbers from 0. @category models */
export type Blocks = ReadonlyArray<ReadonlyArray<number>>

/** The numbers of a design: treatments, blocks, replications, block size, and how often a pair meets. @category models */
export interface Parameters {
  readonly v: number
  readonly b: number
  readonly r: number
  readonly k: number
  readonly lambda: number
}

/** A design that was made, and how. @category models */
export interface IncompleteBlocks {
  readonly parameters: Parameters
  readonly blocks: Blocks
  readonly construction: string
}

/** Efficiency of comparisons between treatments relative to complete blocks of the same number of runs: lambda v / (r k). */
export const efficiencyFactor = ({ v, r, k, lambda }: Parameters): number => (lambda * v) / (r * k)

/** How often each pair of treatments meets: the least and the most. */
export const pairCounts = (v: number, blocks: Blocks): { readonly min: number; readonly max: number } => {
  const counts = new Int32Array(v * v)
  for (const block of blocks) {
    for (const a of block) for (const c of block) if (a < c) counts[a * v + c] = (counts[a * v + c] ?? 0) + 1
  }
  let min = Infinity
  let max = 0
  for (let a = 0; a < v; a++) {
    for (let c = a + 1; c < v; c++) {
      const count = counts[a * v + c] ?? 0
      min = Math.min(min, count)
      max = Math.max(max, count)
    }
  }
  return { min, max }
}

/** Whether the blocks are a balanced design with these numbers. */
export const isBalanced = ({ v, b, r, k, lambda }: Parameters, blocks: Blocks): boolean => {
  if (blocks.length !== b) return false
  const uses = new Int32Array(v)
  for (const block of blocks) {
    if (block.length !== k || new Set(block).size !== k) return false
    for (const treatment of block) {
      if (!(treatment >= 0 && treatment < v)) return false
      uses[treatment] = (uses[treatment] ?? 0) + 1
    }
  }
  const { min, max } = pairCounts(v, blocks)
  return uses.every((count) => count === r) && min === lambda && max === lambda
}

const choose = (n: number, k: number): number => {
  let count = 1
  for (let index = 1; index <= k; index++) count = Math.round((count * (n - k + index)) / index)
  return count
}

const greatestDivisor = (a: number, b: number): number => (b === 0 ? a : greatestDivisor(b, a % b))

/** The smallest number of blocks for which r and lambda are whole; every other possible number is a multiple of it. */
export const blocksStep = (v: number, k: number): number => {
  // r = bk/v and lambda = bk(k-1)/(v(v-1)) must be whole.
  const forR = v / greatestDivisor(v, k)
  const pairs = v * (v - 1)
  const forLambda = pairs / greatestDivisor(pairs, k * (k - 1))
  return (forR / greatestDivisor(forR, forLambda)) * forLambda
}

/** The numbers of a design with b blocks; r or lambda may not be whole. */
export const parametersOf = (v: number, k: number, b: number): Parameters => ({
  v,
  b,
  r: (b * k) / v,
  k,
  lambda: (b * k * (k - 1)) / (v * (v - 1)),
})

/** Why there cannot be a design with these numbers, or `undefined` where nothing known speaks against it. */
export const whyImpossible = ({ v, b, r, k, lambda }: Parameters): string | undefined => {
  if (!Number.isInteger(r)) return `r = b k / v = ${b} * ${k} / ${v} is not whole`
  if (!Number.isInteger(lambda)) return `lambda = r (k - 1) / (v - 1) = ${r} * ${k - 1} / ${v - 1} is not whole`
  if (b < v) return `b = ${b} is below v = ${v}, which Fisher's inequality rules out`
  if (b === v && v % 2 === 0 && !Number.isInteger(Math.sqrt(k - lambda))) {
    return `b = v is even and k - lambda = ${k - lambda} is no square, which Schuetzenberger's theorem rules out`
  }
  return undefined
}

/** Every k-subset of 0 … v-1, in lexicographic order. */
const subsets = (v: number, k: number): Array<Array<number>> => {
  const all: Array<Array<number>> = []
  const current = Array.from({ length: k }, (_, index) => index)
  for (;;) {
    all.push([...current])
    let place = k - 1
    while (place >= 0 && current[place] === v - k + place) place--
    if (place < 0) return all
    current[place] = (current[place] ?? 0) + 1
    for (let next = place + 1; next < k; next++) current[next] = (current[next - 1] ?? 0) + 1
  }
}

/** The vectors of a space over a field, the last coordinate fastest. */
const vectors = (order: number, dimension: number): ReadonlyArray<ReadonlyArray<number>> =>
  Array.from({ length: order ** dimension }, (_, code) =>
    Array.from({ length: dimension }, (_, place) => Math.floor(code / order ** (dimension - 1 - place)) % order),
  )

/** The multiples of vectors up to a factor: those whose first coordinate that is not 0 is 1. */
const projective = (order: number, dimension: number): ReadonlyArray<ReadonlyArray<number>> =>
  vectors(order, dimension).filter((vector) => vector.find((coordinate) => coordinate !== 0) === 1)

/** Lines or hyperplanes of projective and affine spaces whose numbers of points and block sizes fit. */
const geometry = (v: number, k: number): { readonly blocks: Blocks; readonly construction: string } | undefined => {
  for (let order = 2; order <= GaloisField.orderMax && order <= v; order++) {
    const field = GaloisField.primePower(order) === undefined ? undefined : GaloisField.make(order)
    if (field === undefined) continue
    const dot = (a: ReadonlyArray<number>, c: ReadonlyArray<number>): number =>
      a.reduce((sum, value, place) => field.add(sum, field.multiply(value, c[place] ?? 0)), 0)
    for (let dimension = 2; order ** dimension <= 4 * v; dimension++) {
      const points = (order ** (dimension + 1) - 1) / (order - 1)
      const hyperplane = (order ** dimension - 1) / (order - 1)
      if (points === v && hyperplane === k) {
        const all = projective(order, dimension + 1)
        return {
          blocks: all.map((plane) => all.flatMap((point, index) => (dot(plane, point) === 0 ? [index] : []))),
          construction: `hyperplanes of the projective space of dimension ${dimension} over ${order} elements`,
        }
      }
      if (order ** dimension === v && order ** (dimension - 1) === k) {
        const all = vectors(order, dimension)
        return {
          blocks: projective(order, dimension).flatMap((normal) =>
            Array.from({ length: order }, (_, level) =>
              all.flatMap((point, index) => (dot(normal, point) === level ? [index] : [])),
            ),
          ),
          construction: `hyperplanes of the affine space of dimension ${dimension} over ${order} elements`,
        }
      }
    }
  }
  return undefined
}

/** Subsets that a search looks at. */
const subsetsMax = 200_000
/** Numbers that all searches for one design compare before they give up: about a second of work. */
const comparisonsMax = 30_000_000
/** The same for a design that is only named as a near one in an error. */
export const comparisonsNearMax = 2_000_000

interface Allowance {
  comparisons: number
}

/** A permutation group as the list of its elements. */
type Group = ReadonlyArray<ReadonlyArray<number>>

/** Groups that act on v points: turns of cycles of equal length with some points left alone, and translations of a vector space. */
function* groupsOn(v: number): Generator<{ readonly group: Group; readonly name: string }> {
  const points = Array.from({ length: v }, (_, point) => point)
  const turns = (length: number, fixed: number): Group =>
    Array.from({ length }, (_, turn) =>
      points.map((point) => {
        if (point >= v - fixed) return point
        const start = point - (point % length)
        return start + ((point - start + turn) % length)
      }),
    )
  yield { group: turns(v, 0), name: `the cyclic group of order ${v}` }
  if (v > 3) yield { group: turns(v - 1, 1), name: `the cyclic group of order ${v - 1} with one fixed point` }
  const power = GaloisField.primePower(v)
  const field = power !== undefined && power.exponent > 1 ? GaloisField.make(v) : undefined
  if (field !== undefined) {
    yield {
      group: points.map((shift) => points.map((point) => field.add(point, shift))),
      name: `the translations of the field of ${v} elements`,
    }
  }
  for (let length = Math.floor(v / 2); length >= 2; length--) {
    const fixed = v % length
    if (fixed <= 2) {
      yield {
        group: turns(length, fixed),
        name: `the cyclic group of order ${length} on ${Math.floor(v / length)} orbits`,
      }
    }
  }
}

/** Blocks that a group leaves as they are, found by a depth-first search over its orbits of k-subsets. */
const searchWith = (group: Group, v: number, k: number, lambda: number, left: Allowance): Blocks | undefined => {
  if (choose(v, k) > subsetsMax) return undefined
  left.comparisons -= choose(v, k) * k * k
  if (left.comparisons < 0) return undefined
  const pairOrbit = new Int32Array(v * v).fill(-1)
  let pairOrbits = 0
  const sizes: Array<number> = []
  for (let a = 0; a < v; a++) {
    for (let c = a + 1; c < v; c++) {
      if (pairOrbit[a * v + c] !== -1) continue
      let size = 0
      for (const element of group) {
        const x = element[a] ?? 0
        const y = element[c] ?? 0
        const place = Math.min(x, y) * v + Math.max(x, y)
        if (pairOrbit[place] === -1) size++
        pairOrbit[place] = pairOrbits
      }
      sizes.push(size)
      pairOrbits++
    }
  }
  // One column per orbit of k-subsets: how often its blocks cover a pair of each orbit of pairs.
  const seen = new Set<string>()
  const columns: Array<{ readonly orbit: Array<Array<number>>; readonly covers: Int32Array }> = []
  for (const subset of subsets(v, k)) {
    if (seen.has(subset.join(" "))) continue
    const orbit: Array<Array<number>> = []
    for (const element of group) {
      const image = subset.map((point) => element[point] ?? 0).sort((a, b) => a - b)
      const key = image.join(" ")
      if (seen.has(key)) continue
      seen.add(key)
      orbit.push(image)
    }
    const total = new Int32Array(pairOrbits)
    for (const block of orbit) {
      for (const a of block) {
        for (const c of block) {
          const index = a < c ? (pairOrbit[a * v + c] ?? 0) : -1
          if (index >= 0) total[index] = (total[index] ?? 0) + 1
        }
      }
    }
    const covers = total.map((count, index) => count / (sizes[index] ?? 1))
    if (covers.every((count) => count <= lambda)) columns.push({ orbit, covers })
  }
  const byPair: Array<Array<number>> = Array.from({ length: pairOrbits }, () => [])
  for (const [index, column] of columns.entries()) {
    for (const [pair, count] of column.covers.entries()) if (count > 0) byPair[pair]?.push(index)
  }
  const need = new Int32Array(pairOrbits).fill(lambda)
  const chosen: Array<number> = []
  const fits = (column: number): boolean =>
    columns[column]?.covers.every((count, pair) => count <= (need[pair] ?? 0)) ?? false
  const add = (column: number, sign: number): void => {
    for (const [pair, count] of (columns[column]?.covers ?? new Int32Array()).entries()) {
      need[pair] = (need[pair] ?? 0) - sign * count
    }
  }
  const extend = (): boolean => {
    // The pair with the fewest columns that still fit is decided next.
    let best: Array<number> | undefined
    for (let pair = 0; pair < pairOrbits; pair++) {
      if ((need[pair] ?? 0) === 0) continue
      const open = (byPair[pair] ?? []).filter(fits)
      left.comparisons -= (byPair[pair] ?? []).length * (2 + pairOrbits / 8) + 1
      if (best === undefined || open.length < best.length) best = open
      if (best.length === 0) return false
      if (best.length === 1) break
    }
    if (best === undefined) return true
    for (const column of best) {
      if (left.comparisons < 0) return false
      add(column, 1)
      chosen.push(column)
      if (extend()) return true
      chosen.pop()
      add(column, -1)
    }
    return false
  }
  return extend() ? chosen.flatMap((column) => columns[column]?.orbit ?? []) : undefined
}

const repeated = (blocks: Blocks, times: number): Blocks => Array.from({ length: times }, () => blocks).flat()

/** A design with exactly these numbers that is no repetition of a smaller one. */
const makeOnce = (
  parameters: Parameters,
  left: Allowance,
): { readonly blocks: Blocks; readonly construction: string } | undefined => {
  const { v, b, k, lambda } = parameters
  const fits = (made: { readonly blocks: Blocks; readonly construction: string } | undefined) =>
    made !== undefined && isBalanced(parameters, made.blocks) ? made : undefined
  if (b === choose(v, k)) return fits({ blocks: subsets(v, k), construction: `all ${k}-subsets` })
  const space = fits(geometry(v, k))
  if (space !== undefined) return space
  if (2 * k > v) {
    // The complements of the blocks of a design for v - k are one for k.
    const inner = v - k < 2 ? undefined : makeOnce(parametersOf(v, v - k, b), left)
    if (inner === undefined) return undefined
    const all = Array.from({ length: v }, (_, treatment) => treatment)
    return fits({
      blocks: inner.blocks.map((block) => all.filter((treatment) => !block.includes(treatment))),
      construction: `complements of: ${inner.construction}`,
    })
  }
  for (const { group, name } of groupsOn(v)) {
    // Each group gets a part of what is left, so that one does not spend it all.
    const part: Allowance = { comparisons: left.comparisons / 3 }
    left.comparisons -= part.comparisons
    const blocks = searchWith(group, v, k, lambda, part)
    left.comparisons += Math.max(0, part.comparisons)
    const made = blocks === undefined ? undefined : fits({ blocks, construction: `search for blocks fixed by ${name}` })
    if (made !== undefined) return made
  }
  return undefined
}

/** Candidates for the number of blocks that are tried where none is given. */
const triesMax = 12

/** A design with b blocks, or `undefined` where none is made here. A design repeated as a whole counts. */
export const withBlocks = (
  v: number,
  k: number,
  b: number,
  comparisons = comparisonsMax,
): IncompleteBlocks | undefined => withBlocksFrom(v, k, b, { comparisons })

const withBlocksFrom = (v: number, k: number, b: number, left: Allowance): IncompleteBlocks | undefined => {
  const parameters = parametersOf(v, k, b)
  if (b > blocksMax || v > treatmentsMax || whyImpossible(parameters) !== undefined) return undefined
  const once = makeOnce(parameters, left)
  if (once !== undefined) return { parameters, ...once }
  const step = blocksStep(v, k)
  for (let part = b - step; part >= step; part -= step) {
    if (b % part !== 0 || whyImpossible(parametersOf(v, k, part)) !== undefined) continue
    const smaller = makeOnce(parametersOf(v, k, part), left)
    if (smaller !== undefined) {
      return {
        parameters,
        blocks: repeated(smaller.blocks, b / part),
        construction: `${smaller.construction}, ${b / part} times`,
      }
    }
  }
  return undefined
}

/** The design with the fewest blocks that is made for v treatments in blocks of k, or `undefined`. */
export const smallest = (v: number, k: number, comparisons = comparisonsMax): IncompleteBlocks | undefined => {
  const step = blocksStep(v, k)
  const left: Allowance = { comparisons }
  for (let times = 1; times <= triesMax; times++) {
    const made = withBlocksFrom(v, k, step * times, left)
    if (made !== undefined) return made
  }
  const all = choose(v, k)
  return all <= blocksMax ? withBlocksFrom(v, k, all, left) : undefined
}
