import { run } from "@heddle/examples"
import { buildDesign } from "@heddle/experiments/BuildDesign"
import { DesignKind } from "@heddle/experiments/Study"
import * as StudyFile from "@heddle/experiments/StudyFile"
import { planRuns } from "@heddle/experiments/StudyPlan"
import * as Result from "effect/Result"
import { existsSync, readFileSync } from "node:fs"
import { describe, expect, it } from "vitest"

const folder = new URL("..", import.meta.url).pathname
const readme = readFileSync(`${folder}README.md`, "utf8")

/** The first block of that language in the README. */
const blockOf = (language: string): string =>
  new RegExp(`^\`\`\`${language}\n([\\s\\S]*?)^\`\`\``, "m").exec(readme)?.[1] ?? ""

/** The cells of each row of all tables below a heading. */
const rowsBelow = (heading: string): ReadonlyArray<ReadonlyArray<string>> => {
  const [, section = ""] = readme.split(`\n## ${heading}\n`)
  return (section.split("\n## ")[0] ?? "")
    .split("\n")
    .filter((line) => line.startsWith("|"))
    .map((line) => line.slice(1, -1).split("|"))
    .map((cells) => cells.map((cell) => cell.trim()))
}

const quoted = (cell: string): ReadonlyArray<string> => [...cell.matchAll(/`([^`]+)`/g)].map(([, name = ""]) => name)

it("every example of the documentation runs and gives what it states", { timeout: 180_000 }, () => {
  const results = run(folder)
  expect(results.filter((result) => result.problem !== undefined)).toEqual([])
  expect(results.reduce((sum, result) => sum + result.checks, 0)).toBeGreaterThan(0)
})

describe("what the README says without running it", () => {
  it("the study file has the runs of the study in code", () => {
    const fromFile = Result.getOrThrow(StudyFile.parse(blockOf("yaml"), { format: "yaml", source: "growth.yaml" }))
    const inCode = Result.getOrThrow(
      StudyFile.make({
        studyId: "growth",
        title: "Growth by light and dose",
        factors: [StudyFile.factor("light", ["low", "high"]), StudyFile.factor("dose", [0, 1, 2])],
        outcomes: [{ name: "height", sourceTable: "runs", column: "height", aggregation: "mean", primary: true }],
        runBudget: { replicates: 2, parallelism: 4 },
      }),
    )
    expect(fromFile).toEqual(inCode)
    const { conditions } = Result.getOrThrow(buildDesign(fromFile))
    expect(Result.getOrThrow(planRuns(fromFile, conditions, { mode: "callback" })).runs).toHaveLength(12)
  })

  it("the module file is the one beside the examples", () => {
    const body = (text: string): string => text.slice(text.indexOf("export default"))
    expect(body(blockOf("js"))).toBe(body(readFileSync(`${folder}examples/grow.mjs`, "utf8")))
  })

  it("every kind of design stands in the table once", () => {
    const kinds = rowsBelow("Designs").flatMap(([cell = ""]) => quoted(cell).slice(0, 1))
    expect([...kinds].sort()).toEqual([...DesignKind.literals].sort())
  })

  it("all 59 names of the Python package are told where they went", () => {
    const rows = rowsBelow("From the Python package")
    const promises = rows.findIndex(([cell]) => cell === "Promise of the predecessor")
    const names = rows.slice(0, promises).flatMap(([cell = ""]) => quoted(cell))
    expect(new Set(names).size).toBe(names.length)
    expect(names).toHaveLength(59)
  })

  it("every weakness of the predecessor is answered, and every test that is named is there", () => {
    const differences = rowsBelow("Where we differ")
    const told = new Set(
      [
        ...differences
          .flat()
          .join(" ")
          .matchAll(/\bW(\d+)\b/g),
      ].map(([, id]) => Number(id)),
    )
    expect([...told].sort((a, b) => a - b)).toEqual(Array.from({ length: 38 }, (_, index) => index + 1))
    const tests = [...differences, ...rowsBelow("From the Python package")].flatMap((row) => quoted(row.at(-1) ?? ""))
    const unknown = tests.filter((name) => !existsSync(`${folder}test/${name}.test.ts`))
    expect([...new Set(unknown)]).toEqual([])
  })
})
