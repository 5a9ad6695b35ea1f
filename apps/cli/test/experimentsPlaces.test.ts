import { readFileSync, writeFileSync } from "node:fs"
import { join } from "node:path"
import { describe, expect, it } from "vitest"
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
    expect(random.stdout).toBe(plain.stdout)
  })
})
