/**
 * Runs a suite: opens ours and one peer, compares their answers, then times them in turn in one call and takes medians.
 * The side that goes first changes each round, so that neither always meets a warm or a disturbed machine.
 *
 * @layer logic
 * @module
 */
import { isDeepStrictEqual } from "node:util"
import type { Case, Contestant, Probe, Session, Suite } from "./Suite.ts"

/** One line of `--json`, and one row of the table. */
export type Row =
  | {
      readonly suite: string
      readonly case: string
      readonly peer: string
      readonly oursMs: number
      readonly peerMs: number
      /** peerMs / oursMs: above 1, ours takes less time. */
      readonly ratio: number
      readonly n: number
      readonly peerCommand: string
      readonly peerVersion: string
      readonly ours: string
      readonly items?: number
      /** The ratio that must be reached, and whether it is. */
      readonly floor?: number
      readonly holds?: boolean
      readonly detail?: string
    }
  | { readonly suite: string; readonly case: string; readonly peer: string; readonly skipped: string }
  | {
      readonly suite: string
      readonly case: string
      readonly value: number
      readonly unit: string
      readonly limit?: number
      readonly holds?: boolean
      readonly n: number
    }

const roundsDefault = 5
const warmupRoundsDefault = 1
const probeRoundsDefault = 3

/** Ours cannot run, or the two sides do not do the same work: the figures would mean nothing. */
export class BenchError extends Error {}

export const median = (values: ReadonlyArray<number>): number => {
  const sorted = [...values].sort((a, b) => a - b)
  const upper = sorted[Math.floor(sorted.length / 2)]
  const lower = sorted[Math.ceil(sorted.length / 2) - 1]
  if (upper === undefined || lower === undefined) throw new BenchError("the median of no rounds was asked for")
  return (lower + upper) / 2
}

const minimum = (values: ReadonlyArray<number>): number => {
  if (values.length === 0) throw new BenchError("the minimum of no rounds was asked for")
  return Math.min(...values)
}

/** Runs every case and probe; `onRow` gets each row as soon as it is known. */
export const runSuite = async (suite: Suite, onRow: (row: Row) => void): Promise<ReadonlyArray<Row>> => {
  const rows: Array<Row> = []
  const add = (row: Row) => {
    rows.push(row)
    onRow(row)
  }
  for (const one of suite.cases) {
    for (const peer of one.peers) add(await runPair(suite.name, one, peer))
  }
  for (const probe of suite.probes ?? []) add(await runProbe(suite.name, probe))
  return rows
}

const runPair = async (suite: string, one: Case, peer: Contestant): Promise<Row> => {
  const theirs = await peer.open()
  if ("missing" in theirs) return { suite, case: one.name, peer: peer.name, skipped: theirs.missing }
  try {
    const ours = await one.ours.open()
    if ("missing" in ours) throw new BenchError(`${suite} / ${one.name}: ${one.ours.name} cannot run: ${ours.missing}`)
    try {
      return await timePair(suite, one, peer, ours, theirs)
    } finally {
      await ours.close()
    }
  } finally {
    await theirs.close()
  }
}

const timePair = async (suite: string, one: Case, peer: Contestant, ours: Session, theirs: Session): Promise<Row> => {
  const compared = { ours: await ours.run(), theirs: await theirs.run() }
  const differs = (one.compare ?? compareDeeply)(compared.ours.result, compared.theirs.result)
  if (differs !== undefined) {
    throw new BenchError(`${suite} / ${one.name}: ${one.ours.name} and ${peer.name} do not answer the same: ${differs}`)
  }
  const rounds = one.rounds ?? roundsDefault
  const budgetMs = one.peerBudgetMs ?? Infinity
  const times = { ours: new Array<number>(), theirs: new Array<number>() }
  if (one.once === true) {
    times.theirs.push(compared.theirs.elapsedMs)
    for (let round = 0; round < rounds; round++) times.ours.push((await ours.run()).elapsedMs)
  } else {
    for (let round = 0; round < (one.warmupRounds ?? warmupRoundsDefault); round++) {
      await ours.run()
      await theirs.run()
    }
    let spentMs = 0
    for (let round = 0; round < rounds && (round === 0 || spentMs < budgetMs); round++) {
      if (round % 2 === 1) times.theirs.push((await theirs.run()).elapsedMs)
      times.ours.push((await ours.run()).elapsedMs)
      if (round % 2 === 0) times.theirs.push((await theirs.run()).elapsedMs)
      spentMs += times.theirs.at(-1) ?? 0
    }
  }
  const n = times.theirs.length
  const figure = one.figure === "minimum" ? minimum : median
  const oursMs = figure(times.ours)
  const peerMs = figure(times.theirs)
  const ratio = peerMs / oursMs
  return {
    suite,
    case: one.name,
    peer: peer.name,
    oursMs,
    peerMs,
    ratio,
    n,
    peerCommand: peer.command,
    peerVersion: theirs.version,
    ours: one.ours.name,
    ...(one.items === undefined ? {} : { items: one.items }),
    ...(one.floor === undefined ? {} : { floor: one.floor, holds: ratio >= one.floor }),
    ...(one.detail === undefined ? {} : { detail: one.detail(oursMs) }),
  }
}

const runProbe = async (suite: string, probe: Probe): Promise<Row> => {
  const n = probe.rounds ?? probeRoundsDefault
  const values: Array<number> = []
  for (let round = 0; round < n; round++) {
    const value = await probe.measure()
    if (value === undefined) return { suite, case: probe.name, peer: "limit", skipped: "does not apply here" }
    values.push(value)
  }
  const value = median(values)
  const { limit } = probe
  const verdict = limit === undefined ? {} : { limit, holds: value <= limit }
  return { suite, case: probe.name, value, unit: probe.unit, ...verdict, n }
}

const shownCharacters = 200

/** The answers as JSON would carry them, because a child's answer came that way. */
const compareDeeply = (ours: unknown, peer: unknown): string | undefined => {
  const plain = (value: unknown): unknown => (value === undefined ? null : JSON.parse(JSON.stringify(value)))
  if (isDeepStrictEqual(plain(ours), plain(peer))) return undefined
  const show = (value: unknown) => (JSON.stringify(value) ?? "nothing").slice(0, shownCharacters)
  return `ours ${show(ours)}, peer ${show(peer)}`
}
