/**
 * Several runs of one subject at the same levels say no more of other subjects than one run does. Before treatments are
 * compared within subjects such runs become one mean; taken as independent they would make every effect look more certain
 * than it is.
 *
 * @layer logic
 * @module
 */
import type { AnalysisColumn } from "../analysis/AnalysisData.ts"
import type { Structure } from "./analysisDesign.ts"
import type { Frame } from "./analysisFrame.ts"

/** A frame with one row per subject and levels. */
export interface Repeats {
  readonly frame: Frame
  readonly columns: ReadonlyMap<string, AnalysisColumn>
  /** Names of columns that differ between the runs of one mean, and so have no place beside it. */
  readonly averaged: ReadonlySet<string>
  /** What was done; empty where nothing was. */
  readonly notes: ReadonlyArray<string>
}

/** The runs of subjects as means, where the design has subjects and some have several runs at the same levels. */
export const withoutRepeats = (
  frame: Frame,
  columns: ReadonlyMap<string, AnalysisColumn>,
  structure: Structure,
  covariates: ReadonlyArray<AnalysisColumn>,
): Repeats => {
  const asIs: Repeats = { frame, columns, averaged: new Set(), notes: [] }
  const subject = structure.unit === "subject" ? columns.get("subject") : undefined
  if (subject === undefined) return asIs
  const cells = new Map<string, Array<number>>()
  frame.rows.forEach((row, place) => {
    const levels = structure.factors.map((factor) => factor.labels[row] ?? "")
    const key = JSON.stringify([subject.labels[row] ?? "", ...levels])
    const cell = cells.get(key)
    if (cell === undefined) cells.set(key, [place])
    else cell.push(place)
  })
  if (cells.size === frame.rows.length) return asIs
  const rowAt = (place: number): number => frame.rows[place] ?? -1
  const averaged = new Set<string>()
  const changed = new Map<string, AnalysisColumn>()
  const beside = [...structure.blocks.flatMap((name) => columns.get(name) ?? []), ...covariates]
  for (const column of beside) {
    const differs = [...cells.values()].some((cell) =>
      cell.some((place) => column.labels[rowAt(place)] !== column.labels[rowAt(cell[0] ?? -1)]),
    )
    if (!differs) continue
    if (column.kind !== "numeric") {
      averaged.add(column.name)
      continue
    }
    // An amount has a mean as the outcome has; it stands in the row that stands for the cell.
    const numbers = [...column.numbers]
    for (const cell of cells.values())
      numbers[rowAt(cell[0] ?? -1)] = meanOf(cell.map((place) => column.numbers[rowAt(place)] ?? Number.NaN))
    changed.set(column.name, { ...column, numbers })
  }
  const groups = [...cells.values()]
  return {
    frame: {
      ...frame,
      rows: groups.map((cell) => rowAt(cell[0] ?? -1)),
      values: groups.map((cell) => meanOf(cell.map((place) => frame.values[place] ?? Number.NaN))),
    },
    columns: new Map([...columns, ...changed]),
    averaged,
    notes: [
      `runs of one subject at the same levels are one mean (${frame.rows.length} runs, ${groups.length} means), as they are not independent${
        averaged.size > 0 ? `; ${[...averaged].join(", ")} vary within these means and are not in the model` : ""
      }`,
    ],
  }
}

/** The mean without overflow, and without rounding where all are the same. */
const meanOf = (values: ReadonlyArray<number>): number => {
  const first = values[0] ?? Number.NaN
  return first + values.reduce((sum, value) => sum + (value / values.length - first / values.length), 0)
}
