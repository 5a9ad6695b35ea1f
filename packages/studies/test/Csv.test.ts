import { execFileSync } from "node:child_process"
import { describe, expect, it } from "@effect/vitest"
import { Schema } from "effect"
import * as Csv from "../src/Csv.ts"
import type { Column } from "../src/Table.ts"

const columns: ReadonlyArray<Column> = [
  { name: "id", type: "int" },
  { name: "text", type: "text" },
  { name: "flag", type: "bool" },
  { name: "any", type: "json" },
]

const WellFormed = Schema.String.check(Schema.makeFilter((text: string) => text.isWellFormed()))
const AnyRow = Schema.Tuple([
  Schema.Int,
  Schema.NullOr(
    Schema.Union([WellFormed, Schema.Literals(["", "=1+1", "'", "''=x", "-1", "-a", "\t", "\r\n", '"', ","])]),
  ),
  Schema.NullOr(Schema.Boolean),
  Schema.NullOr(Schema.Array(WellFormed)),
])

const readAll = (text: string, pieces: number) => {
  const reader = new Csv.Reader()
  const size = Math.max(1, Math.ceil(text.length / pieces))
  const records = []
  for (let at = 0; at < text.length; at += size) records.push(...reader.push(text.slice(at, at + size)))
  records.push(...reader.push("", true))
  return records.slice(1).map((cells) => Csv.row(columns, cells))
}

describe("Csv", () => {
  it.prop(
    "rows come back as they were, however the text is cut",
    { rows: Schema.Array(AnyRow), pieces: Schema.Literals([1, 2, 3, 7, 100, 1000]) },
    ({ rows, pieces }) => {
      const text = Csv.header(columns) + rows.map((row) => Csv.line(columns, row)).join("")
      expect(readAll(text, pieces)).toEqual(rows.map((row) => row.map((cell) => (Object.is(cell, -0) ? 0 : cell))))
    },
  )

  it.prop("no text cell begins like a formula unless it is a plain number", [WellFormed], ([text]) => {
    for (const candidate of [text, `=${text}`, `-${text}`, `+${text}`, `@${text}`, `\t${text}`]) {
      const guarded = Csv.guard(candidate)
      if (/^[=+\-@\t\r]/.test(guarded)) expect(Number.isFinite(Number(guarded))).toBe(true)
      expect(Csv.unguard(guarded)).toBe(candidate)
    }
  })

  it.each([
    ["=1+1", "'=1+1"],
    ["+1", "+1"],
    ["-1", "-1"],
    ["-1.5e-3", "-1.5e-3"],
    ["-1+cmd|' /C calc'!A0", "'-1+cmd|' /C calc'!A0"],
    ["@SUM(A1)", "'@SUM(A1)"],
    ["\tx", "'\tx"],
    ["'=x", "''=x"],
    ["it's", "it's"],
    ["'quoted'", "'quoted'"],
  ])("%j is written as %j", (text, written) => {
    expect(Csv.guard(text)).toBe(written)
  })

  it("Python's csv module reads the same cells", () => {
    const rows = [
      [1, 'a"b', true, ["x,y"]],
      [2, "", null, null],
      [-3, "line\r\nbreak", false, [""]],
    ]
    const text = Csv.header(columns) + rows.map((row) => Csv.line(columns, row)).join("")
    const script =
      "import csv,io,json,sys; print(json.dumps(list(csv.reader(io.StringIO(sys.stdin.buffer.read().decode(),newline=''),strict=True))))"
    expect(JSON.parse(execFileSync("python3", ["-c", script], { input: text, encoding: "utf8" }))).toEqual([
      ["id", "text", "flag", "any"],
      ["1", 'a"b', "true", '["x,y"]'],
      ["2", "", "", ""],
      ["-3", "line\r\nbreak", "false", '[""]'],
    ])
  })

  it.each([
    ['1,"a,true,\r\n', "does not end"],
    ["1,a,true\r\n", "cells"],
    ['1,"a"b,true,\r\n', "goes on"],
    ["x,a,true,\r\n", "whole number"],
    ["1,a,yes,\r\n", "truth value"],
  ])("what is no row of ours is refused: %j", (text, problem) => {
    expect(() => readAll(`${Csv.header(columns)}${text}`, 1)).toThrow(problem)
  })
})
