/**
 * `heddle experiments analyze` and `report` as whole commands: over a run of the ledger and over a folder of files. Hashes
 * are told by node:crypto from what is on the disk, not by us.
 */
import { createHash } from "node:crypto"
import { cpSync, existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs"
import { join } from "node:path"
import { fileURLToPath } from "node:url"
import { describe, expect, it } from "vitest"
import { folder, jsonLines, run } from "./harness.ts"

const small = fileURLToPath(new URL("../../../packages/experiments/test/fixtures/small_study", import.meta.url))

const studyText = (more = "difference_in_means") => `study_id: arms
title: Two arms
factors:
  - {name: arm, kind: manipulated, levels: [{name: old, value: old}, {name: new, value: new}]}
hypotheses:
  - {hypothesis_id: h1, label: arm, statement: The new arm scores higher., kind: effect, independent_vars: [arm], dependent_vars: [score], direction: greater}
outcomes:
  - {name: score, source_table: runs, column: score, aggregation: mean, primary: true}
analysis_plans:
  - {analysis_plan_id: p1, hypothesis_ids: [h1], tests: [${more}], outcomes: [score]}
run_budget: {replicates: 5}
`

const runner = `export default async ({ factors, replicate }) => {
  if (factors.arm === "old" && replicate === 5) throw new RangeError("too cold")
  return { outputs: {}, metrics: { score: (factors.arm === "new" ? 3 : 1) + replicate / 10 } }
}
`

/** A folder with a study that has run once as \`first\`; one of its ten runs fails. */
const begun = async (cwd: string): Promise<void> => {
  writeFileSync(join(cwd, "study.yaml"), studyText())
  writeFileSync(join(cwd, "runner.mjs"), runner)
  const result = await run(
    ["experiments", "run", "study.yaml", "--runner", "./runner.mjs", "--run-id", "first", "--placement", "fibers"],
    { cwd },
  )
  expect(result.code, result.stderr).toBe(3)
}

const sha256 = (path: string): string => createHash("sha256").update(readFileSync(path)).digest("hex")

/** All files below a folder with their hashes. */
const tree = (path: string): ReadonlyMap<string, string> =>
  new Map(
    readdirSync(path, { recursive: true, withFileTypes: true })
      .filter((entry) => entry.isFile())
      .map((entry) => join(entry.parentPath, entry.name))
      .sort()
      .map((file) => [file, sha256(file)] as const),
  )

describe("heddle experiments report", () => {
  it("writes a page, Markdown and its figures beside the ledger, prints their true hashes, and the same bytes again", async () => {
    using dir = folder()
    await begun(dir.path)
    const before = sha256(join(dir.path, ".heddle", "ledger.sqlite"))
    const result = await run(["experiments", "report"], { cwd: dir.path })
    expect(result.code, result.stderr).toBe(0)
    const lines = result.stdout
      .trimEnd()
      .split("\n")
      .map((line) => line.split("  "))
    const place = join(dir.path, ".heddle", "reports", "first")
    expect(lines.map(([, path]) => path)).toContain(join(place, "report.html"))
    expect(lines.map(([, path]) => path)).toContain(join(place, "report.md"))
    for (const [hash, path] of lines) expect(sha256(path ?? "")).toBe(hash)
    expect([...tree(place).keys()]).toEqual(lines.map(([, path]) => path).sort())
    const html = readFileSync(join(place, "report.html"), "utf8")
    expect(html).toContain("9 of 10 planned runs (90.0 %) gave data")
    expect(html).toContain("RangeError: too cold")
    expect(html).not.toContain(dir.path)
    const again = await run(["experiments", "report", "first"], { cwd: dir.path })
    expect(again.code).toBe(0)
    expect(again.stdout).toBe(result.stdout)
    expect(sha256(join(dir.path, ".heddle", "ledger.sqlite"))).toBe(before)
  })

  it("never writes over a file that is not its own, and then changes nothing", async () => {
    using dir = folder()
    await begun(dir.path)
    const out = join(dir.path, "out")
    mkdirSync(out)
    writeFileSync(join(out, "report.html"), "my own page")
    const result = await run(["experiments", "report", "--out", "out"], { cwd: dir.path })
    expect(result.code).toBe(6)
    expect(result.stderr).toContain("hint:")
    expect(readdirSync(out)).toEqual(["report.html"])
    expect(readFileSync(join(out, "report.html"), "utf8")).toBe("my own page")
  })

  it("of a folder goes to its artifacts, and says with --json what was written", async () => {
    using dir = folder()
    const study = join(dir.path, "small")
    cpSync(small, study, { recursive: true })
    const before = tree(study)
    const result = await run(["experiments", "report", "small", "--format", "html", "--json"], { cwd: dir.path })
    expect(result.code, result.stderr).toBe(0)
    const lines = jsonLines(result.stdout)
    const path = join(study, "artifacts", "report.html")
    expect(lines[0]).toMatchObject({ type: "file", path, sha256: sha256(path) })
    expect(lines.at(-1)).toMatchObject({ type: "report", studyId: "golden-small", files: 1 })
    const after = tree(study)
    for (const [file, hash] of before) expect(after.get(file)).toBe(hash)
    expect([...after.keys()].filter((file) => !before.has(file))).toEqual([path])
  })
})

describe("a folder whose files are not those of its manifest", () => {
  it("is refused with 12 and the file's name by analyze, report and diff, and nothing is written", async () => {
    using dir = folder()
    await begun(dir.path)
    const out = readdirSync(dir.path, { recursive: true, withFileTypes: true }).find(
      ({ name }) => name === "metrics.csv",
    )
    const place = out?.parentPath ?? ""
    const whole = await run(["experiments", "analyze", place], { cwd: dir.path })
    expect(whole.code, whole.stderr).toBe(0)
    const metrics = join(place, "metrics.csv")
    // One digit of one measure: same length, same rows, another result.
    writeFileSync(metrics, readFileSync(metrics, "utf8").replace(",3.1,", ",9.1,"))
    const before = tree(dir.path)
    for (const command of [
      ["analyze", place],
      ["report", place],
      ["diff", place, place],
    ]) {
      const refused = await run(["experiments", ...command], { cwd: dir.path })
      expect(refused.code, refused.stderr).toBe(12)
      expect(refused.stderr).toContain("metrics.csv")
      expect(refused.stdout).toBe("")
    }
    expect(tree(dir.path)).toEqual(before)
  })

  it("of the predecessor has no hashes, which is said", async () => {
    using dir = folder()
    cpSync(small, join(dir.path, "small"), { recursive: true })
    const result = await run(["experiments", "analyze", "small"], { cwd: dir.path })
    expect(result.stderr).toContain("nothing could be verified")
  })
})

describe("heddle experiments analyze", () => {
  it("gives one JSON line per test and a summary last, and the file that it is told to write", async () => {
    using dir = folder()
    await begun(dir.path)
    const result = await run(["experiments", "analyze", "--json", "--out", "analysis.json"], { cwd: dir.path })
    expect(result.code, result.stderr).toBe(0)
    const lines = jsonLines(result.stdout)
    for (const line of lines) expect(line).toHaveProperty("type")
    const [test] = lines.filter(({ type }) => type === "test")
    expect(test).toMatchObject({ claim: "confirmatory", hypothesisId: "h1", outcome: "score", runId: "first" })
    // By hand: 3 + 0.3 (mean of replicates 1 to 5) minus 1 + 0.25 (1 to 4, the fifth failed).
    expect(test).toMatchObject({ result: { estimate: expect.closeTo(2.05, 10) } })
    expect(lines.at(-1)).toMatchObject({
      type: "analysis",
      studyId: "arms",
      runs: { planned: 10, done: 9, failed: 1 },
      confirmatory: 1,
      file: { sha256: sha256(join(dir.path, "analysis.json")) },
    })
    expect(JSON.parse(readFileSync(join(dir.path, "analysis.json"), "utf8"))).toMatchObject({ studyId: "arms" })
    // Its own file may be renewed; another may not.
    const again = await run(["experiments", "analyze", "--out", "analysis.json"], { cwd: dir.path })
    expect(again.code).toBe(0)
    const foreign = await run(["experiments", "analyze", "--out", "study.yaml"], { cwd: dir.path })
    expect(foreign.code).toBe(6)
    expect(readFileSync(join(dir.path, "study.yaml"), "utf8")).toBe(studyText())
  })

  it("tells people the estimate, its interval and p, and what deviated", async () => {
    using dir = folder()
    await begun(dir.path)
    const result = await run(["experiments", "analyze"], { cwd: dir.path })
    expect(result.code).toBe(0)
    expect(result.stdout.split("\n")[0]?.split("\t")).toEqual([
      "claim",
      "hypothesis",
      "outcome",
      "test",
      "comparison",
      "estimate",
      "interval",
      "p",
      "adjusted p",
      "n",
      "result",
    ])
    expect(result.stdout.split("\n")[1]).toMatch(/^confirmatory\th1\tscore\tdifference_in_means\t.*\t2\.050\t/)
    expect(result.stderr).toContain("9 of 10 runs gave data")
  })

  it("of a changed plan says so, and one that plans other runs is refused", async () => {
    using dir = folder()
    await begun(dir.path)
    writeFileSync(join(dir.path, "later.yaml"), studyText("mann_whitney"))
    const changed = await run(["experiments", "analyze", "first", "later.yaml", "--json"], { cwd: dir.path })
    expect(changed.code, changed.stderr).toBe(0)
    expect(changed.stderr).toContain("are not those that the run began with")
    expect(jsonLines(changed.stdout).filter(({ type }) => type === "deviation")).toContainEqual(
      expect.objectContaining({ message: expect.stringContaining("later.yaml") }),
    )
    writeFileSync(join(dir.path, "other.yaml"), studyText().replace("value: new", "value: newer"))
    const other = await run(["experiments", "analyze", "first", "other.yaml"], { cwd: dir.path })
    expect(other.code).toBe(2)
    expect(other.stderr).toContain("plans other runs")
  })

  it("takes the study as it was when the run began, whatever its file says now", async () => {
    using dir = folder()
    await begun(dir.path)
    writeFileSync(join(dir.path, "study.yaml"), studyText("mann_whitney"))
    const result = await run(["experiments", "analyze", "first", "--json"], { cwd: dir.path })
    const [test] = jsonLines(result.stdout)
    expect(test).toMatchObject({ type: "test", test: "difference_in_means" })
  })

  it("that cannot be made ends with 2 and every reason", async () => {
    using dir = folder()
    await begun(dir.path)
    writeFileSync(join(dir.path, "wrong.yaml"), studyText("t_tset").replace("column: score", "column: scores"))
    const result = await run(["experiments", "analyze", "first", "wrong.yaml"], { cwd: dir.path })
    expect(result.code).toBe(2)
    expect(result.stderr).toContain("scores")
    expect(result.stderr).toContain("hint:")
    // The report describes the runs all the same, and says that it has no results.
    const report = await run(["experiments", "report", "first", "wrong.yaml", "--format", "md"], { cwd: dir.path })
    expect(report.code).toBe(0)
    expect(report.stderr).toContain("the report has no results")
  })

  it("a word that means two things is not guessed at, and one that means nothing is said", async () => {
    using dir = folder()
    await begun(dir.path)
    mkdirSync(join(dir.path, "first"))
    const both = await run(["experiments", "analyze", "first"], { cwd: dir.path })
    expect(both.code).toBe(2)
    expect(both.stderr).toContain("is a folder here and a run of the workspace")
    const none = await run(["experiments", "analyze", "./nowhere/at/all"], { cwd: dir.path })
    expect(none.code).not.toBe(0)
    using empty = folder()
    const nothing = await run(["experiments", "report"], { cwd: empty.path })
    expect(nothing.code).toBe(10)
    expect(existsSync(join(empty.path, ".heddle"))).toBe(false)
  })
})

describe("the looks of a study that stopped by its rule", () => {
  it("are those of the ledger, from the run and from its folder alike", async () => {
    using dir = folder()
    writeFileSync(
      join(dir.path, "study.yaml"),
      `${studyText("welch_t").replace("replicates: 5", "replicates: 12")}heddle: {stopping: {rule: group_sequential, looks: 3}}\n`,
    )
    writeFileSync(join(dir.path, "runner.mjs"), runner.replace("replicate === 5", "false"))
    const done = await run(
      ["experiments", "run", "study.yaml", "--runner", "./runner.mjs", "--run-id", "looked", "--out", "out"],
      { cwd: dir.path },
    )
    expect(done.code, done.stderr).toBe(0)
    const analysed = async (word: string) => {
      const { stderr, stdout } = await run(["experiments", "analyze", word, "--json"], { cwd: dir.path })
      expect(stderr).not.toContain("not on record")
      const lines = jsonLines(stdout)
      expect(JSON.stringify(lines)).not.toContain("not on record")
      return lines.filter(({ type }) => type === "deviation").map(({ kind, message }) => [kind, message])
    }
    const ofRun = await analysed("looked")
    expect(ofRun).toContainEqual(["stopping", expect.stringContaining("stopped at look 1 of 3")])
    expect(await analysed("out")).toEqual(ofRun)
  })
})
