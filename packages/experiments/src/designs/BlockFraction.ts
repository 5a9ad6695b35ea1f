/**
 * Blocks for a two-level fraction: the runs are dealt out to blocks of equal size by columns that no main effect uses, so
 * that differences between blocks (days, batches, machines) stay out of the main effects.
 *
 * @layer logic
 * @module
 */
import { type TwoLevelFraction, bitCount, productText, relationOf } from "./TwoLevelFraction.ts"

/** A choice of blocks. @category models */
export interface FractionBlocks {
  /** Columns whose signs say the block; all their products are mixed with blocks too. */
  readonly columns: ReadonlyArray<number>
  /** Block of each run in standard order, from 1. */
  readonly blockOf: ReadonlyArray<number>
  /** Two-factor interactions that cannot be told from blocks. */
  readonly confounded: ReadonlyArray<string>
}

/** Blocks of a fraction: at most. */
export const fractionBlocksMax = 16

const spanOf = (columns: ReadonlyArray<number>): ReadonlyArray<number> => {
  let span: ReadonlyArray<number> = [0]
  for (const column of columns) span = span.flatMap((sum) => [sum, sum ^ column])
  return span.slice(1)
}

/**
 * Blocks that mix with the fewest two-factor interactions and with no main effect, the columns chosen one after the
 * other; `undefined` where every choice would mix a main effect. `blocks` is 2, 4, 8 or 16, below the number of runs.
 */
export const fractionBlocks = (fraction: TwoLevelFraction, blocks: number): FractionBlocks | undefined => {
  const runs = 2 ** fraction.bits
  const wanted = Math.log2(blocks)
  if (!Number.isInteger(wanted) || wanted < 1 || blocks > fractionBlocksMax || blocks >= runs) return undefined
  const main = new Set(fraction.columns)
  const pairs = new Map<number, Array<readonly [number, number]>>()
  for (const [left, a] of fraction.columns.entries()) {
    for (const [at, b] of fraction.columns.slice(left + 1).entries()) {
      const of = pairs.get(a ^ b)
      if (of === undefined) pairs.set(a ^ b, [[left, left + at + 1]])
      else of.push([left, left + at + 1])
    }
  }
  const cost = (columns: ReadonlyArray<number>): number =>
    spanOf(columns).reduce((sum, column) => sum + (main.has(column) ? Infinity : (pairs.get(column)?.length ?? 0)), 0)
  // The first column is tried in all ways, each further one is the best of those that are left.
  let best: { readonly columns: ReadonlyArray<number>; readonly cost: number } | undefined
  const candidates = Array.from({ length: runs - 1 }, (_, at) => at + 1).sort(
    (left, right) => bitCount(right) - bitCount(left) || left - right,
  )
  for (const first of candidates) {
    let columns: ReadonlyArray<number> = [first]
    while (columns.length < wanted) {
      const taken = new Set(spanOf(columns))
      let next: { readonly column: number; readonly cost: number } | undefined
      for (const column of candidates) {
        if (taken.has(column)) continue
        const price = cost([...columns, column])
        if (next === undefined || price < next.cost) next = { column, cost: price }
      }
      if (next === undefined) break
      columns = [...columns, next.column]
    }
    const price = cost(columns)
    if (columns.length === wanted && price < (best?.cost ?? Infinity)) best = { columns, cost: price }
  }
  if (best === undefined) return undefined
  const { columns } = best
  return {
    columns,
    blockOf: Array.from({ length: runs }, (_, run) =>
      columns.reduce((block, column, at) => block + ((bitCount(column & run) & 1) << at), 1),
    ),
    confounded: spanOf(columns).flatMap((column) =>
      (pairs.get(column) ?? []).map((pair) => productText(pair.map((place) => fraction.names[place] ?? ""))),
    ),
  }
}

/** A block column as a product of factors; `fold` where it separates a fold-over from its first half. */
export const blockGeneratorText = (fraction: TwoLevelFraction, column: number): string => {
  const place = fraction.columns.length
  const relation = relationOf({ ...fraction, columns: [...fraction.columns, column] })
  const of = relation.dependent.find((one) => one.factor === place)?.of
  return of === undefined ? "fold" : productText(of.map((factor) => fraction.names[factor] ?? ""))
}
