import { assert, describe, it } from "@effect/vitest"
import * as CanonicalText from "@heddle/experiments/CanonicalText"
import * as Value from "@heddle/experiments/Value"
import { Schema } from "effect"
import { cell, CsvError, CsvReader, record } from "../src/internal/csvText.ts"
import { goldenText } from "./artifactFixtures.ts"
import { parse } from "./pythonCsv.ts"

const readAll = (text: string, pieceLength: number): ReadonlyArray<ReadonlyArray<string>> => {
  const reader = new CsvReader()
  const records: Array<ReadonlyArray<string>> = []
  for (let start = 0; start < text.length; start += pieceLength) {
    records.push(...reader.push(text.slice(start, start + pieceLength)))
  }
  return [...records, ...reader.end()]
}

const hostile = [
  "",
  ",",
  '"',
  '""',
  "\n",
  "\r",
  "\r\n",
  "a\r\nb",
  "=1+1",
  " x ",
  "\u0000",
  "\u2028",
  "é",
  "😀",
  "\uFEFF",
  'a,b"c\nd',
]

describe("CSV", () => {
  it("a cell is in quotes only where Python's csv would put it there", () => {
    // Written by csv.writer(lineterminator="\r\n") of CPython 3.12, cell by cell: test/reference/csv_cells.py
    const expected: ReadonlyArray<readonly [string, string]> = [
      ["plain", "plain"],
      ["a,b", '"a,b"'],
      ['a"b', '"a""b"'],
      ["a\nb", '"a\nb"'],
      ["a\rb", '"a\rb"'],
      [" x ", " x "],
      ["'x'", "'x'"],
      ["=1+1", "=1+1"],
      ["a;b\tc", "a;b\tc"],
      ["café", "café"],
    ]
    for (const [given, written] of expected) assert.strictEqual(cell(given), written)
    assert.strictEqual(record([""]), '""\r\n')
    assert.strictEqual(record(["", ""]), ",\r\n")
  })

  it("a cell of a value is that of Python's csv", () => {
    // As above: None, True, 3, 1.0, 1e-07, 1e+16, nan, [1, 'a'], {'a': None}, a date
    const expected: ReadonlyArray<readonly [Value.Value, string]> = [
      [null, ""],
      [true, "True"],
      [3, "3"],
      [Value.float(1), "1.0"],
      [1e-7, "1e-07"],
      [Value.float(1e16), "1e+16"],
      [Number.NaN, "nan"],
      [[1, "a"], "[1, 'a']"],
      [new Map([["a", null]]), "{'a': None}"],
      [new Value.Timestamp("date", "2026-01-01"), "2026-01-01"],
      [12345678901234567890n, "12345678901234567890"],
    ]
    for (const [value, text] of expected) assert.strictEqual(CanonicalText.cellText(value), text)
    assert.deepStrictEqual([CanonicalText.measureText(true), CanonicalText.measureText(false)], ["1", "0"])
  })

  it.prop(
    "what was written is read back in pieces of any size, by our reader and by another",
    [
      Schema.Array(
        Schema.Array(Schema.Union([Schema.String, Schema.Literals(hostile)]))
          .check(Schema.isMinLength(1))
          .check(Schema.isMaxLength(5)),
      ).check(Schema.isMaxLength(6)),
      Schema.Int.check(Schema.isBetween({ minimum: 1, maximum: 7 })),
    ],
    ([rows, pieceLength]) => {
      const text = rows.map(record).join("")
      assert.deepStrictEqual(readAll(text, pieceLength), rows)
      assert.deepStrictEqual(parse(text), rows)
    },
  )

  it("400 broken and odd texts are read as CPython reads them", () => {
    // test/reference/csv_reading.py
    const cases: ReadonlyArray<{ readonly text: string; readonly rows: ReadonlyArray<ReadonlyArray<string>> }> =
      JSON.parse(goldenText("csv_reading.json"))
    let open = 0
    for (const { rows, text } of cases) {
      for (const pieceLength of [1, 3, 100]) {
        try {
          assert.deepStrictEqual(readAll(text, pieceLength), rows, JSON.stringify(text))
        } catch (error) {
          if (!(error instanceof CsvError)) throw error
          open++
        }
      }
    }
    assert.strictEqual(cases.length, 400)
    // A file that ends inside of quotes was cut: an error here, a cell in CPython.
    assert.isBelow(open / 3, 200)
  })

  it("LF, CR and a missing last line end are read as Python reads them; blank lines are none", () => {
    const expected = [
      ["a", "b"],
      ["1", ""],
      ["x\ny", '"'],
    ]
    for (const end of ["\r\n", "\n", "\r"]) {
      assert.deepStrictEqual(readAll(`a,b${end}${end}1,${end}"x\ny",""""`, 3), expected)
    }
    assert.throws(() => readAll('a,"b', 2), /inside of quotes/)
  })
})
