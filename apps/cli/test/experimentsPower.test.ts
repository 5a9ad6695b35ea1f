import { writeFileSync } from "node:fs"
import { join } from "node:path"
import { describe, expect, it } from "vitest"
import { folder, jsonLines, run } from "./harness.ts"

const study = `
study_id: demo
title: Demo
factors:
  - {name: arm, levels: [{name: old, value: old, metadata: {is_baseline: true}}, {name: new, value: new}]}
outcomes:
  - {name: score, source_table: runs, column: primary_outcome, aggregation: mean, primary: true}
hypotheses:
  - {hypothesis_id: h1, label: new is better, statement: new beats old, kind: effect, independent_vars: [arm], dependent_vars: [score], direction: different, minimum_effect_of_interest: 1.6}
analysis_plans:
  - {analysis_plan_id: main, hypothesis_ids: [h1], tests: [welch_t]}
run_budget: {replicates: 24}
problem_ids: [p]
`

const power = async (...flags: ReadonlyArray<string>) => {
  using dir = folder()
  const file = join(dir.path, "study.yaml")
  writeFileSync(file, study)
  return await run(["experiments", "power", file, ...flags])
}

describe("experiments power", () => {
  it("gives power, detectable effect, replicates and cost as R's power.t.test has them, and 0 with a warning where it is low", async () => {
    const { code, stderr, stdout } = await power("--sd", "2", "--cost-per-run", "0.5", "--json")
    expect(code).toBe(0)
    const [row, whole] = jsonLines(stdout)
    // power.t.test(n = 24, delta = 0.8, strict = TRUE)$power; 26 a group for 0.8; see power_plans.R of the package.
    expect(row).toMatchObject({
      type: "power",
      hypothesisId: "h1",
      method: "formula",
      replicatesForTarget: 26,
      costForTarget: 26,
    })
    expect(Number(row?.["power"])).toBeCloseTo(0.774290687876867, 8)
    expect(Number(row?.["minimumDetectableEffect"])).toBeCloseTo(2 * 0.826128382025771, 6)
    expect(whole).toMatchObject({ type: "powerOfStudy", runs: 48, cost: 24, standardised: false })
    expect(stderr).toContain("power 0.774 is below 0.8; 26 replicates reach it")
    expect(stderr).toContain("noncentral t")
  })

  it("prints a table, and looks for replicates in the range that is asked for", async () => {
    const { code, stderr, stdout } = await power("--sd", "score=2", "--replicates", "2..10")
    expect(code).toBe(0)
    expect(stdout).toContain("h1\tscore\twelch_t\tarm: new - old\t1.6\t24/24\t0.774")
    expect(stderr).toContain("up to 10 replicates do not reach a power of 0.8")
  })

  it("says that effects are in standard deviations where no noise is given", async () => {
    const { code, stderr } = await power()
    expect(code).toBe(0)
    expect(stderr).toContain("effects are in standard deviations")
    expect(stderr).toContain("its power is not known")
  })

  it("warns of other factors in the error of a test, and takes their effects in where they are given", async () => {
    using dir = folder()
    const file = join(dir.path, "study.yaml")
    const factor = "  - {name: dose, levels: [{name: low, value: 1}, {name: high, value: 2}]}\noutcomes:"
    writeFileSync(file, study.replace("outcomes:", factor))
    const plain = await run(["experiments", "power", file, "--sd", "2"])
    expect(plain.stderr).toContain(
      "other factors (dose) are taken to have no effect; this test does not remove them from its error: use anova or regression, or give their size (--other-effects)",
    )
    expect(plain.stderr).not.toContain("simulating")
    const quick = ["--simulations", "20", "--replicates", "24..24", "--sd", "2", "--other-effects", "12"]
    expect((await run(["experiments", "power", file, ...quick])).stderr).toContain(
      "simulating studies: h1, score, welch_t (test 1 of 1 of its plan)",
    )
    expect((await run(["experiments", "power", file, ...quick, "--quiet"])).stderr).not.toContain("simulating")
    const flags = ["--sd", "2", "--other-effects", "12", "--simulations", "50", "--replicates", "24..24", "--json"]
    const taken = await run(["experiments", "power", file, ...flags])
    const [row] = jsonLines(taken.stdout)
    expect(row).toMatchObject({ method: "simulation", otherFactors: ["dose"] })
    expect(Number(row?.["power"])).toBeLessThan(0.5)
    expect(taken.stderr).toContain("other factors are taken to have effects: dose 12")
  })

  it("ends with 2 and a hint where an assumption cannot be meant", async () => {
    for (const flags of [
      ["--sd", "x"],
      ["--sd", "0"],
      ["--sd", "other=1"],
      ["--replicates", "5..2"],
      ["--cv", "0.1"],
    ]) {
      const { code, stderr, stdout } = await power(...flags)
      expect([flags, code, stdout]).toEqual([flags, 2, ""])
      expect(stderr).toContain("hint:")
    }
  })
})
