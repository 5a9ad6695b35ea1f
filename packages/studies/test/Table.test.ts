import * as Result from "effect/Result"
import { describe, expect, it } from "vitest"
import * as Table from "../src/Table.ts"

const { visits } = Table.tables

/** The cell of a column and what went to `_extra`. */
const cellOf = (column: string, value: string) => {
  const made = Result.getOrThrow(Table.rowOf(visits, { visitId: 1, [column]: value }))
  return [made.row[visits.columns.findIndex(({ name }) => name === column)], made.extra]
}

describe("a row", () => {
  it("holds instants to the millisecond; any that it would bend goes to _extra whole", () => {
    expect(cellOf("dateModified", "2026-01-31T12:00:00Z")).toEqual(["2026-01-31T12:00:00.000Z", []])
    expect(cellOf("dateModified", "2026-01-31T12:00:00.5Z")).toEqual(["2026-01-31T12:00:00.500Z", []])
    expect(cellOf("dateModified", "2026-01-31T12:00:00.123000Z")).toEqual(["2026-01-31T12:00:00.123Z", []])
    for (const bent of [
      "2026-01-31T12:00:00.123456Z",
      "2026-02-30T12:00:00Z",
      "2026-01-01T24:00:00Z",
      "2026-01-31T12:00:60Z",
      "2026-01-31T12:00:00+01:00",
      "2026-01-31 12:00:00",
    ]) {
      expect([bent, ...cellOf("dateModified", bent)]).toEqual([bent, null, ["dateModified"]])
    }
  })

  it("holds days that there are, and no others", () => {
    expect(cellOf("visitDate", "2024-02-29")).toEqual(["2024-02-29", []])
    for (const bent of ["2026-02-29", "2026-13-01", "2026-1-1", ""]) {
      expect([bent, ...cellOf("visitDate", bent)]).toEqual([bent, null, ["visitDate"]])
    }
  })
})
