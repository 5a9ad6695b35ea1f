/**
 * A receipt as text: the outcome table for people, and the checksum list that `sha256sum -c` takes.
 *
 * @layer logic
 * @module
 */
import type { Receipt } from "../Receipt.ts"
import { duration, grouped, truncate, visible, widthOf } from "./progressText.ts"

/** Columns that a label may take. */
const labelColumnsMax = 48

/** Columns that a message takes at least, however narrow the page is. */
const messageColumnsMin = 20

/** Characters of a message that are looked at. */
const messageLengthMax = 2_000

const titles = ["unit", "status", "tries", "run time", "message"] as const
const standsRight = [false, false, true, true, false] as const

/**
 * The outcome table in plan order, one line per unit under a line of titles: label, status, tries, run time, and why it
 * ended so. Wide characters count as two columns; control characters are shown as escapes.
 */
export const table = (receipt: Receipt, options?: { readonly columnsMax?: number }): string => {
  const rows: ReadonlyArray<ReadonlyArray<string>> = receipt.units.map((unit) => [
    truncate(visible(unit.label), labelColumnsMax),
    unit.status,
    grouped(unit.attempts),
    unit.attempts === 0 ? "" : duration(unit.runMs),
    visible((unit.failure?.message ?? unit.reason ?? "").slice(0, messageLengthMax)),
  ])
  const widths: Array<number> = titles.map((title) => title.length)
  for (const row of rows) {
    for (let i = 0; i < 4; i++) widths[i] = Math.max(widths[i] ?? 0, widthOf(row[i] ?? ""))
  }
  const before = widths.slice(0, 4).reduce((sum, width) => sum + width + 2, 0)
  const messageColumnsMax =
    options?.columnsMax === undefined ? Infinity : Math.max(messageColumnsMin, options.columnsMax - before)
  const line = (row: ReadonlyArray<string>): string => {
    const cells = row.map((cell, i) => {
      if (i === 4) return messageColumnsMax === Infinity ? cell : truncate(cell, messageColumnsMax)
      const space = " ".repeat(Math.max(0, (widths[i] ?? 0) - widthOf(cell)))
      return standsRight[i] === true ? space + cell : cell + space
    })
    return `${cells.join("  ").trimEnd()}\n`
  }
  return [titles, ...rows].map(line).join("")
}

/**
 * The artifacts as a list for `sha256sum -c`, to be run in the output folder. A name with a backslash or a line end is
 * escaped as GNU coreutils do (9.0 and newer where the name has a carriage return).
 */
export const sha256sums = (receipt: Receipt): string =>
  receipt.artifacts
    .map(({ path, sha256 }) => {
      // A lone hyphen would mean standard input.
      const name = path === "-" ? "./-" : path
      const escaped = name.replaceAll("\\", "\\\\").replaceAll("\n", "\\n").replaceAll("\r", "\\r")
      return `${escaped === name ? "" : "\\"}${sha256}  ${escaped}\n`
    })
    .join("")

const areas = new Set(["studies", "experiments", "plates", "stage"])

/**
 * The command that takes up what is left of a run, or `undefined` where nothing is. With `--retry-failed` where a unit
 * failed in a way that is not tried again by itself.
 */
export const retryHint = (receipt: Receipt): string | undefined => {
  const { failed, timedOut, interrupted, notStarted } = receipt.counts
  if (failed + timedOut + interrupted + notStarted === 0) return undefined
  if (!areas.has(receipt.kind)) return `heddle runs show ${receipt.runId}`
  const final = receipt.units.some((unit) => unit.status === "failed" && unit.failure?.retryable === false)
  return `heddle ${receipt.kind} resume ${receipt.runId}${final ? " --retry-failed" : ""}`
}
