/** Words of studies by design that several commands say, which have to be the same. */
import { describe, expect, it } from "vitest"
import { put } from "./experimentFiles.ts"
import { folder, run } from "./harness.ts"

const study = `study_id: s
title: T
factors:
  - name: dose
    levels: [{name: low, value: 1.0}]
  - name: stirred
    levels: [{name: stirring, value: true}]
`

describe("the values of a condition", () => {
  it("are said by status as by the run's own table", async () => {
    using dir = folder()
    put(dir.path, "study.yaml", study)
    put(dir.path, "lab.mjs", "export default () => ({ outputs: {}, metrics: {} })")
    const result = await run(["experiments", "run", "study.yaml", "--runner", "./lab.mjs"], { cwd: dir.path })
    expect(result.stdout).toContain("dose=1.0, stirred=True · replicate 1")
    const status = await run(["experiments", "status"], { cwd: dir.path })
    expect(status.stdout).toContain("\tdose=1.0, stirred=True\t")
  })
})

describe("a word that the analysis does not know", () => {
  it("is said with the nearest one by validate and plan, and by run before its runs and after them", async () => {
    using dir = folder()
    put(
      dir.path,
      "study.yaml",
      `${study}outcomes: [{name: score, source_table: runs, column: score, aggregation: maen, primary: true}]\n`,
    )
    put(
      dir.path,
      "lab.mjs",
      "export default () => { console.error('at work'); return { outputs: {}, metrics: { score: 1 } } }",
    )
    const told = /warning: outcomes\[0\]\.aggregation: .*did you mean "mean"\?/
    for (const command of ["validate", "plan"]) {
      const { code, stderr } = await run(["experiments", command, "study.yaml"], { cwd: dir.path })
      expect([command, code, stderr]).toEqual([command, 0, expect.stringMatching(told)])
    }
    const { code, stderr } = await run(["experiments", "run", "study.yaml", "--runner", "./lab.mjs"], { cwd: dir.path })
    expect(code, stderr).toBe(0)
    const lines = stderr.split("\n")
    const places = lines.flatMap((line, index) => (told.test(line) ? [index] : []))
    const work = lines.findIndex((line) => line.includes("at work"))
    expect(places).toHaveLength(2)
    expect(places[0]).toBeLessThan(work)
    expect(places[1]).toBeGreaterThan(work)
  })
})
