/**
 * Repeated extracts into one folder, as whole commands: what verification says of the earlier ones.
 */
import { appendFileSync, readFileSync, writeFileSync } from "node:fs"
import { join } from "node:path"
import { describe, expect, it } from "vitest"
import { credentials, folder, jsonLines, run } from "./harness.ts"
import { registry } from "./registryServer.ts"

describe("extracts into one folder", () => {
  it("what a later run renewed is named with that run and passes; a changed byte is exit 12", async () => {
    await using server = await registry({ A: 2 })
    using dir = folder()
    const at = { cwd: dir.path, env: { ...credentials, IMEDNET_BASE_URL: server.baseUrl } }
    const extract = (runId: string) =>
      run(["studies", "extract", "--resource", "subjects", "--out", "pulls", "--run-id", runId], at)
    expect((await extract("first")).code).toBe(0)
    expect((await run(["runs", "verify", "first"], at)).code).toBe(0)
    expect((await extract("second")).code).toBe(0)
    const verified = await run(["runs", "verify", "first"], at)
    expect(verified.stderr).toMatch(/pulls\/A\/extract\.json replaced by run second at \d{4}-/)
    expect(verified.code).toBe(0)
    const lines = jsonLines((await run(["runs", "verify", "first", "--json"], at)).stdout)
    expect(lines.find((line) => String(line["path"]).endsWith("extract.json"))).toMatchObject({
      status: "replaced",
      replacedBy: "second",
      level: "info",
    })
    appendFileSync(join(dir.path, "pulls", "A", "extract.json"), " ")
    const changed = await run(["runs", "verify", "first"], at)
    expect(changed.code).toBe(12)
    expect(changed.stderr).toMatch(/error: .*extract\.json differs/)
  })

  it("another format into the same folder is refused for each study, and the old files stand", async () => {
    await using server = await registry({ A: 2 })
    using dir = folder()
    const at = { cwd: dir.path, env: { ...credentials, IMEDNET_BASE_URL: server.baseUrl } }
    const extract = (format: string) =>
      run(["studies", "extract", "--resource", "subjects", "--out", "pulls", "--format", format], at)
    expect((await extract("csv")).code).toBe(0)
    const before = readFileSync(join(dir.path, "pulls", "A", "subjects.csv"), "utf8")
    const refused = await extract("jsonl")
    expect(refused.code).toBe(3)
    expect(refused.stdout + refused.stderr).toContain("A/subjects.csv")
    expect(readFileSync(join(dir.path, "pulls", "A", "subjects.csv"), "utf8")).toBe(before)
  })

  it("an output folder that cannot be one is exit 5 before any request, with what to do", async () => {
    await using server = await registry({ A: 2 })
    using dir = folder()
    const at = { cwd: dir.path, env: { ...credentials, IMEDNET_BASE_URL: server.baseUrl } }
    writeFileSync(join(dir.path, "file"), "")
    for (const out of ["file", "/dev/full", "/dev/null/pulls"]) {
      const refused = await run(["studies", "extract", "--out", out], at)
      expect(refused.code).toBe(5)
      expect(refused.stderr).toMatch(/hint: .*--out/)
    }
    expect(server.requests).toEqual([])
  })
})

describe("a pipeline file", () => {
  it("that forgets to return says so on stderr, and a resume says how many studies it takes up", async () => {
    await using server = await registry({ A: 2, B: 1 })
    using dir = folder()
    const at = { cwd: dir.path, env: { ...credentials, IMEDNET_BASE_URL: server.baseUrl } }
    const code = (rest: string) => `export default async (study) => {\n  ${rest}\n}\n`
    writeFileSync(join(dir.path, "forgets.mjs"), code('await study.count("subjects")'))
    const forgetful = await run(["studies", "run", "--pipeline", "./forgets.mjs"], at)
    expect(forgetful.code).toBe(0)
    expect(forgetful.stderr).toContain("the pipeline returned nothing for 2 studies")
    writeFileSync(
      join(dir.path, "fails.mjs"),
      code('if (study.studyKey === "B") throw Object.assign(new Error("later"), { retryable: true })\n  return 1'),
    )
    expect((await run(["studies", "run", "--pipeline", "./fails.mjs"], at)).code).toBe(3)
    const resumed = await run(["studies", "resume"], at)
    expect(resumed.stderr).toContain("resuming 1 of 2 studies")
    expect(resumed.stderr).not.toContain("selected")
  })
})
