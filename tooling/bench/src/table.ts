/**
 * Rows as people read them: lines in the terminal, and the table of the last run in the README, with the machine.
 *
 * @layer logic
 * @module
 */
import type { Row } from "./harness.ts"

export interface Machine {
  readonly cpu: string
  readonly cores: number
  readonly memoryGiB: number
  readonly system: string
  readonly node: string
  readonly date: string
}

const number = (value: number): string =>
  value >= 100 ? value.toFixed(0) : value >= 10 ? value.toFixed(1) : value.toPrecision(3)

const perItem = (ms: number, items: number | undefined): string =>
  items === undefined ? "" : ` (${number((ms * 1000) / items)} µs/item)`

export const line = (row: Row): string => {
  if ("skipped" in row) return `${row.suite} / ${row.case}: ${row.peer} skipped: ${row.skipped}`
  if ("value" in row) {
    const verdict =
      row.limit === undefined
        ? ""
        : `, limit ${number(row.limit)} ${row.unit}: ${row.holds === true ? "holds" : "DOES NOT HOLD"}`
    return `${row.suite} / ${row.case}: ${number(row.value)} ${row.unit}${verdict} (n ${row.n})`
  }
  const floor = row.floor === undefined ? "" : `, floor ${row.floor}: ${row.holds === true ? "holds" : "DOES NOT HOLD"}`
  const detail = row.detail === undefined ? "" : `, ${row.detail}`
  return (
    `${row.suite} / ${row.case}: ${row.ours} ${number(row.oursMs)} ms${perItem(row.oursMs, row.items)}, ` +
    `${row.peer} ${number(row.peerMs)} ms${perItem(row.peerMs, row.items)}, ratio ${number(row.ratio)}${floor}${detail} (n ${row.n})\n` +
    `  peer: ${row.peerCommand} [${row.peerVersion}]`
  )
}

const cell = (text: string): string => text.replaceAll("|", "\\|").replaceAll("\n", " ")

export const markdown = (rows: ReadonlyArray<Row>, machine: Machine): string => {
  const note = rows.some((row) => "detail" in row) ? "Least times" : "Medians"
  const lines = [
    `${machine.date}, Node ${machine.node}, ${machine.system}, ${machine.cpu} (${machine.cores} cores), ${machine.memoryGiB} GiB.`,
    `${note} of n rounds that alternate within one call; ratio = peer / ours, so above 1 ours takes less time.`,
    "",
    "| suite | case | ours ms | peer | peer ms | ratio | n | how the peer is called |",
    "|---|---|---:|---|---:|---:|---:|---|",
  ]
  for (const row of rows) {
    if ("skipped" in row)
      lines.push(`| ${row.suite} | ${cell(row.case)} | | ${cell(row.peer)} | skipped | | | ${cell(row.skipped)} |`)
    else if ("value" in row) {
      const word = row.holds === undefined ? "reported" : row.holds ? "holds" : "does not hold"
      const limit = row.limit === undefined ? "" : `limit ${number(row.limit)} ${row.unit}`
      lines.push(
        `| ${row.suite} | ${cell(row.case)} | ${number(row.value)} ${row.unit} | ${limit} | | ${word} | ${row.n} | |`,
      )
    } else {
      const called = `\`${cell(row.peerCommand)}\` ${cell(row.peerVersion)}`
      lines.push(
        `| ${row.suite} | ${cell(row.case)}${row.detail === undefined ? "" : ` (${cell(row.detail)})`} | ${number(row.oursMs)}${perItem(row.oursMs, row.items)} | ${cell(row.peer)} | ` +
          `${number(row.peerMs)}${perItem(row.peerMs, row.items)} | ${number(row.ratio)}${row.floor === undefined ? "" : row.holds === true ? ` (floor ${row.floor})` : ` (floor ${row.floor}: not reached)`} | ${row.n} | ${called} |`,
      )
    }
  }
  return `${lines.join("\n")}\n`
}

const begin = (suite: string) => `<!-- begin ${suite} -->`
const end = (suite: string) => `<!-- end ${suite} -->`

/** Puts the table of one suite into the document, in place of its last one; other suites' tables stay. */
export const replaceTable = (document: string, suite: string, table: string): string => {
  const block = `${begin(suite)}\n${table}${end(suite)}`
  const from = document.indexOf(begin(suite))
  const to = document.indexOf(end(suite))
  if (from !== -1 && to > from) return document.slice(0, from) + block + document.slice(to + end(suite).length)
  return `${document.trimEnd()}\n\n## ${suite}\n\n${block}\n`
}
