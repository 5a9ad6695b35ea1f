import { readFileSync, writeFileSync } from "node:fs"
import { join } from "node:path"
import { describe, expect, it } from "vitest"
import { callsIn, dosesIn } from "./experimentFiles.ts"
import { folder, jsonLines, run } from "./harness.ts"

const crossover = `
study_id: crossover
title: Crossover
factors:
  - {name: drug, levels: [{name: a, value: a}, {name: b, value: b}]}
design_spec: {kind: williams, randomize: true, options: {subjects: 4}}
outcomes:
  - {name: score, source_table: runs, column: score, primary: true}
`

describe("the places of a design", () => {
  it("stand in the table, in the file of conditions and in the plan: subject, period and sequence of a crossover", async () => {
    using dir = folder()
    const file = join(dir.path, "study.yaml")
    writeFileSync(file, crossover)
    const out = join(dir.path, "conditions.csv")
    const design = await run(["experiments", "design", file, "--out", out])
    expect([design.code, design.stderr]).toEqual([0, expect.stringContaining("williams")])
    const [head = ""] = readFileSync(out, "utf8").split(/\r?\n/)
    expect(head.split(",").slice(-4)).toEqual(["row_index", "session", "period", "sequence"])
    const lines = jsonLines((await run(["experiments", "design", file, "--json"])).stdout)
    const plan = jsonLines((await run(["experiments", "plan", file, "--json"])).stdout)
    expect(lines).toHaveLength(8)
    for (const [index, line] of lines.entries()) {
      const places = Object.keys(plan[index]?.["design"] ?? {})
      expect(places).toEqual(["period", "row_index", "sequence", "session"])
      expect(line["metadata"]).toMatchObject(plan[index]?.["design"] ?? {})
    }
  })
})

describe("the order of runs", () => {
  const factorial = (more: string) => `
study_id: drift
title: Drift
factors:
  - {name: x, dtype: int, levels: [{name: a, value: 1}, {name: b, value: 2}, {name: c, value: 3}]}
design_spec: {kind: full_factorial, randomize: true}
outcomes:
  - {name: score, source_table: runs, column: score, primary: true}
run_budget: {replicates: 3}
${more}`

  it("is told by the plan, with a warning where replicates of one condition follow each other", async () => {
    using dir = folder()
    const file = join(dir.path, "study.yaml")
    writeFileSync(file, factorial(""))
    const plain = await run(["experiments", "plan", file])
    expect(plain.stderr).toContain("runs start condition by condition, each with all of its replicates")
    expect(plain.stderr).toContain("set heddle.run_order to random or replicates")
    writeFileSync(file, factorial("heddle: {run_order: random}\n"))
    const random = await run(["experiments", "plan", file])
    expect(random.stderr).toContain("runs start in a random order within each replicate")
    expect(random.stderr).not.toContain("a drift in time")
    // The rows are the same, in the order of the plan; the last column says when each starts.
    const rows = (text: string) =>
      text
        .trim()
        .split("\n")
        .slice(1)
        .map((row) => row.split("\t"))
    expect(rows(random.stdout).map((row) => row.slice(0, -1))).toEqual(
      rows(plain.stdout).map((row) => row.slice(0, -1)),
    )
    const starts = rows(plain.stdout).map((row) => Number(row.at(-1)))
    expect(starts).toEqual([1, 2, 3, 4, 5, 6, 7, 8, 9])
    const drawn = rows(random.stdout).map((row) => Number(row.at(-1)))
    expect(drawn).not.toEqual(starts)
    expect(drawn.toSorted((left, right) => left - right)).toEqual(starts)
  })

  it("changes when runs start, and nothing that is written of them: the same rows in all three orders", async () => {
    const started: Array<string> = []
    const written: Array<unknown> = []
    for (const order of ["plan", "replicates", "random"]) {
      using dir = folder()
      const words = dosesIn(dir.path, { more: `heddle: {run_order: ${order}}\n` })
      const result = await run(["experiments", "run", ...words, "--out", "files", "--parallelism", "1"], {
        cwd: dir.path,
      })
      expect([order, result.code]).toEqual([order, 0])
      started.push(callsIn(dir.path).join())
      // Times are those of the clock; all else is to be equal.
      const table = (name: string) =>
        readFileSync(join(dir.path, "files", name), "utf8").replaceAll(/\d{4}-\d\d-\d\dT[\d:]+\+00:00/g, "time")
      const runs = table("runs.csv").trimEnd().split(/\r?\n/)
      const latency = runs[0]?.split(",").indexOf("latency_s") ?? -1
      expect(latency).toBeGreaterThan(0)
      // No cell before the latency holds a comma.
      const cells = runs.map((row) => row.split(",").filter((_, at) => at !== latency))
      written.push([cells, table("evaluations.csv"), table("conditions.csv")])
    }
    expect(new Set(started).size).toBe(3)
    expect(written[1]).toEqual(written[0])
    expect(written[2]).toEqual(written[0])
  })
})
