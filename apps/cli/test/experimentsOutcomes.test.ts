/**
 * What is no number where the study asks for one: told while the study runs, and never counted as data afterwards.
 */
import { readFileSync } from "node:fs"
import { join } from "node:path"
import { describe, expect, it } from "vitest"
import { put } from "./experimentFiles.ts"
import { folder, jsonLines, run } from "./harness.ts"

/** Two levels of light in fifteen replicates; the high level gives `height` as it is written here. */
const growth = (path: string, height: string) => {
  put(
    path,
    "study.json",
    JSON.stringify({
      study_id: "growth",
      title: "Growth",
      factors: [{ name: "light", levels: ["low", "high"].map((value) => ({ name: value, value })) }],
      outcomes: [{ name: "height", source_table: "runs", column: "height", primary: true }],
      run_budget: { replicates: 15 },
    }),
  )
  put(
    path,
    "r.mjs",
    `export default (run) => ({ outputs: {}, metrics: { height: run.factors.light === "low" ? 3 + run.replicate / 10 : ${height} } })\n`,
  )
  return ["experiments", "run", "study.json", "--runner", "./r.mjs", "--out", "files", "--run-id", "r"]
}

describe("a number that is none", () => {
  it("a decimal comma fails its run: exit 3, the text in the table, and 15 of 30 runs gave data", async () => {
    using dir = folder()
    const ended = await run(growth(dir.path, '"12,5"'), { cwd: dir.path })
    expect([ended.code, ended.stderr]).toEqual([3, expect.stringContaining("15 of 30 runs failed")])
    expect(ended.stdout).toContain('the declared outcome "height" must be a number; it is the text "12,5"')
    const analysis = await run(["experiments", "analyze"], { cwd: dir.path })
    expect(analysis.stderr).toContain("15 of 30 runs gave data")
  })

  it("in the compatibility mode is recorded as it is, and warned of at once and at the end with count and example", async () => {
    using dir = folder()
    const ended = await run([...growth(dir.path, '"12,5"'), "--compatibility", "--parallelism", "1"], { cwd: dir.path })
    expect(ended.code, ended.stderr).toBe(0)
    const lines = ended.stderr.split("\n").filter((line) => line.startsWith("warning: "))
    expect(lines).toHaveLength(2)
    expect(lines[0]).toContain('gave no number for the declared outcome "height", such as the text "12,5"')
    expect(lines[1]).toContain("warning: 15 of 30 runs that succeeded gave no number")
    const analysis = await run(["experiments", "analyze"], { cwd: dir.path })
    expect(analysis.stderr).toContain("15 of 30 runs gave data")
    expect(analysis.stderr).not.toContain("30 of 30 runs")
  })

  it("that is missing is warned of, and is no data in analysis, report and flow, from the ledger and from the folder", async () => {
    using dir = folder()
    const ended = await run(growth(dir.path, "null"), { cwd: dir.path })
    expect([ended.code, ended.stderr]).toEqual([
      0,
      expect.stringContaining('warning: 15 of 30 runs that succeeded gave no number for the declared outcome "height"'),
    ])
    for (const words of [[], ["./files"]]) {
      const analysis = await run(["experiments", "analyze", ...words, "--json"], { cwd: dir.path })
      expect(jsonLines(analysis.stdout).at(-1)).toMatchObject({ runs: { planned: 30, done: 15, withoutValue: 15 } })
      const told = await run(["experiments", "analyze", ...words], { cwd: dir.path })
      expect(told.stderr).toContain("growth: 15 of 30 runs gave data")
      const report = await run(["experiments", "report", ...words, "--out", "report"], { cwd: dir.path })
      expect(report.code, report.stderr).toBe(0)
      const html = readFileSync(join(dir.path, "report", "report.html"), "utf8")
      expect(html).toContain("15 of 30 planned runs (50.0 %) gave data")
      expect(html).toContain("15 runs gave data")
      expect(html).toContain("15 gave no data")
      expect(html).toContain("15 without a usable value")
      expect(html).toContain("15 runs analysed")
      expect(html).not.toMatch(/30 runs gave data|30 of 30 planned runs/)
    }
  })
})
