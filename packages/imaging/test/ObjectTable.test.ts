import { describe, expect, it } from "vitest"
import { colocalization } from "../src/Colocalization.ts"
import { focusMeasures } from "../src/FocusMeasures.ts"
import { rowsOf, toCsv } from "../src/ObjectTable.ts"
import { refused } from "./refused.ts"

const table = {
  rows: 4,
  columns: {
    label: Float64Array.of(1, 2, 3, 4),
    width_um: Float64Array.of(0.1, Number.NaN, -1e-12, Infinity),
    reason: ["", 'so "called"', "one, two\r\nthree\n", " spaces "],
  },
}

describe("a table as CSV", () => {
  it("is read by Python's csv module (3.11) as these rows", () => {
    // list(csv.reader(io.StringIO(text, newline=""), strict=True)) gives the names, then ["1", "0.1", ""],
    // ["2", "", 'so "called"'], ["3", "-1e-12", "one, two\r\nthree\n"] and ["4", "Infinity", " spaces "].
    expect(toCsv(table)).toBe(
      'label,width_um,reason\r\n1,0.1,\r\n2,,"so ""called"""\r\n3,-1e-12,"one, two\r\nthree\n"\r\n4,Infinity," spaces "\r\n',
    )
  })

  it("keeps what a spreadsheet would take for a formula, since it is data", () => {
    const texts = ["=1+1", "+1", "-1", "@x"]
    expect(toCsv({ rows: 4, columns: { text: texts } })).toBe("text\r\n=1+1\r\n+1\r\n-1\r\n@x\r\n")
  })

  it("quotes names of columns where they need it", () => {
    expect(toCsv({ rows: 1, columns: { "a,b": Float64Array.of(1), 'c"': ["x"] } })).toBe('"a,b","c"""\r\n1,x\r\n')
  })

  it("has no blank line where the only column has nothing in a row", () => {
    expect(toCsv({ rows: 2, columns: { value: Float64Array.of(Number.NaN, 1) } })).toBe('value\r\n""\r\n1\r\n')
  })

  it("without rows is its names alone", () => {
    expect(toCsv({ rows: 0, columns: { a: new Float64Array(0), b: [] } })).toBe("a,b\r\n")
  })

  it("is made of rows too, with true, false and what is not defined", () => {
    const rows = [
      { first: 0, registered: true, reason: "" },
      { first: 1, registered: false, reason: undefined },
    ]
    expect(toCsv(rows)).toBe("first,registered,reason\r\n0,true,\r\n1,false,\r\n")
    expect(toCsv([])).toBe("")
    const stack = { data: new Uint8Array(8).fill(7), width: 2, height: 2, planes: 2 }
    expect(toCsv(focusMeasures(stack)).split("\r\n")[1]).toBe("0,0,0,0,0")
  })

  it("is refused where columns have other lengths than the table, or rows other names", () => {
    expect(refused(() => toCsv({ rows: 2, columns: { a: Float64Array.of(1, 2), b: ["x"] } }))).toBe(
      "to_csv: table.columns.b must be 2 values, one for each row, not 1",
    )
    const rows: ReadonlyArray<Readonly<Record<string, number>>> = [{ a: 1 }, { b: 1 }]
    expect(refused(() => toCsv(rows))).toContain("table[1] must be a row of a, not one of ")
    expect(refused(() => toCsv([{ a: 1 }, { a: 1, b: 2 }]))).toContain("table[1] must be a row of a, not one of ")
  })
})

describe("the rows of a table", () => {
  it("are objects with the names of its columns", () => {
    expect(rowsOf(table)[1]).toEqual({ label: 2, width_um: Number.NaN, reason: 'so "called"' })
    expect(rowsOf(table)).toHaveLength(4)
  })

  it("have the types of their columns", () => {
    const image = { data: Uint8Array.of(1, 2, 3, 9), width: 2, height: 2 }
    const [row] = rowsOf(colocalization(image, image, undefined))
    const pearson: number | undefined = row?.pearson
    const reason: string | undefined = row?.pearson_reason
    expect([pearson, reason]).toEqual([1, ""])
  })

  it("are refused where a column is shorter than the table", () => {
    expect(refused(() => rowsOf({ rows: 2, columns: { a: Float64Array.of(1) } }))).toBe(
      "rows_of: table.columns.a must be 2 values, one for each row, not 1",
    )
  })
})
