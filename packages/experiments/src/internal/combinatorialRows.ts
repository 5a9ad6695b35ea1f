/**
 * What builders of designs share: treatments as combinations of levels, blocks as combinations of theirs, random streams
 * by name, and the balance of finished rows.
 *
 * @layer logic
 * @module
 */
import * as Canonical from "@heddle/core/Canonical"
import type { BuiltDesign, DesignReport, DesignRow } from "../Design.ts"
import * as MersenneTwister from "../MersenneTwister.ts"
import * as StableJson from "../StableJson.ts"
import { type Block, type Factor, type Study, valuesOf } from "../Study.ts"
import type { Value, ValueMap } from "../Value.ts"
import { balanceOfRows } from "./designBalance.ts"

/** The item at a place that is known to exist; a `RangeError` names a mistake of ours otherwise. */
export const at = <A>(items: ReadonlyArray<A>, index: number): A => {
  if (!(index >= 0 && index < items.length)) throw new RangeError(`no item ${index} of ${items.length}`)
  // The place is inside of the list, so what stands there is an A, also where A has undefined.
  return items[index] as A
}

/**
 * A generator of its own for one part of a design, named by the study's base seed and the part's names. Streams of two
 * parts have nothing to do with each other, so a further block never changes those before it.
 */
export const stream = (study: Study, ...names: ReadonlyArray<Value>): MersenneTwister.MersenneTwister =>
  MersenneTwister.make(
    BigInt(
      `0x${Canonical.sha256Hex(StableJson.stringify(["heddle design", study.designSpec.kind, study.seedPolicy.baseSeed, ...names]))}`,
    ),
  )

/** How many combinations there are; may be beyond any bound. */
export const combinationsCount = (lists: ReadonlyArray<ReadonlyArray<unknown>>): number =>
  lists.reduce((count, list) => count * list.length, 1)

/** All combinations of one value from each list, by name, the last list fastest. Count them before. */
export const combinations = (
  lists: ReadonlyArray<{ readonly name: string; readonly values: ReadonlyArray<Value> }>,
): ReadonlyArray<ValueMap> => {
  let maps: ReadonlyArray<ReadonlyMap<string, Value>> = [new Map()]
  for (const { name, values } of lists) {
    maps = maps.flatMap((map) => values.map((value) => new Map(map).set(name, value)))
  }
  return maps
}

/** The factors as named lists of values. */
export const factorLists = (
  factors: ReadonlyArray<Factor>,
): ReadonlyArray<{ readonly name: string; readonly values: ReadonlyArray<Value> }> =>
  factors.map((factor) => ({ name: factor.name, values: valuesOf(factor) }))

/** The blocks as named lists of values. */
export const blockLists = (
  blocks: ReadonlyArray<Block>,
): ReadonlyArray<{ readonly name: string; readonly values: ReadonlyArray<Value> }> =>
  blocks.map((block) => ({ name: block.name, values: block.levels }))

/** Entries of several maps as one, in the order of the study's own declaration. */
export const inOrder = (names: ReadonlyArray<string>, ...maps: ReadonlyArray<ValueMap>): ValueMap => {
  const all = new Map<string, Value>()
  for (const map of maps) for (const [name, value] of map) all.set(name, value)
  const ordered = new Map<string, Value>()
  for (const name of names) {
    const value = all.get(name)
    if (value !== undefined) ordered.set(name, value)
  }
  for (const [name, value] of all) if (!ordered.has(name)) ordered.set(name, value)
  return ordered
}

/** One row before it has its place in the run order. */
export interface OpenRow {
  readonly factors: ValueMap
  readonly blocks: ValueMap
  /** The place of the row in its design: `subject`, `period`, `whole_plot` and the like. */
  readonly place: ReadonlyArray<readonly [name: string, value: Value]>
}

/** Rows with `design_kind`, `row_index` (from 0) and their place. */
export const finishRows = (study: Study, rows: ReadonlyArray<OpenRow>): ReadonlyArray<DesignRow> => {
  const factorNames = study.factors.map((factor) => factor.name)
  const blockNames = study.blocks.map((block) => block.name)
  return rows.map((row, index) => ({
    factors: inOrder(factorNames, row.factors),
    blocks: inOrder(blockNames, row.blocks),
    metadata: new Map<string, Value>([["design_kind", study.designSpec.kind], ["row_index", index], ...row.place]),
  }))
}

/** The finished design: rows in run order and their report. */
export const finish = (
  study: Study,
  open: ReadonlyArray<OpenRow>,
  report: Omit<DesignReport, "kind" | "runs" | "balance">,
): BuiltDesign => {
  const rows = finishRows(study, open)
  return { rows, report: { kind: study.designSpec.kind, runs: rows.length, balance: balanceOfRows(rows), ...report } }
}

/** A short text for a block in the name of its random stream. */
export const blockKey = (blocks: ValueMap): Value => [...blocks].map(([name, value]) => [name, value])
