/**
 * Whether the files of a study are there: after a kill while they are written, in a copied and in a moved project. What a
 * kill leaves is made with SIGKILL on the command itself, and files are compared as bytes.
 */
import { spawnSync } from "node:child_process"
import { cpSync, existsSync, mkdirSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from "node:fs"
import { join } from "node:path"
import { describe, expect, it } from "vitest"
import { callsIn, dosesIn, put } from "./experimentFiles.ts"
import { folder, jsonLines, run, start, until } from "./harness.ts"

const out = join("artifacts", "doses")
const hidden = (path: string): ReadonlyArray<string> => readdirSync(path).filter((name) => name.startsWith("."))

/** What a kill between the last run and the files leaves: a whole ledger, a folder of temporary files, no receipt. */
const cutOff = async (path: string): Promise<void> => {
  const words = dosesIn(path)
  await run(["experiments", "run", ...words, "--run-id", "r"], { cwd: path })
  rmSync(join(path, ".heddle", "receipts", "r.json"))
  for (const name of readdirSync(join(path, out))) rmSync(join(path, out, name), { recursive: true })
}

describe("a run of experiments whose files were not written", () => {
  it("is told by status and by the list of runs, with the command that writes them", async () => {
    using dir = folder()
    await cutOff(dir.path)
    const status = await run(["experiments", "status"], { cwd: dir.path })
    expect([status.code, status.stderr]).toEqual([0, expect.stringContaining("run r: succeeded, 6 succeeded of 6")])
    expect(status.stderr).toContain(`files were not written: ${join(dir.path, out)}\n`)
    expect(status.stderr).toMatch(/\nhint: heddle experiments resume r\n$/)
    const list = await run(["runs", "list"], { cwd: dir.path })
    expect(list.stderr).toContain("run r: its files were not written\nhint: heddle experiments resume r\n")
    const lines = jsonLines((await run(["experiments", "status", "--json"], { cwd: dir.path })).stdout)
    expect(lines.at(-1)).toMatchObject({ type: "run", files: "notWritten" })
    expect(jsonLines((await run(["runs", "list", "--json"], { cwd: dir.path })).stdout)[0]).toMatchObject({
      files: "notWritten",
    })
  })

  it("has no receipt made of no file: verify and receipt lead to resume, which ends it with exit 0 and no error", async () => {
    using dir = folder()
    await cutOff(dir.path)
    const verify = await run(["runs", "verify"], { cwd: dir.path })
    expect([verify.code, verify.stderr]).toEqual([10, expect.stringContaining("hint: heddle experiments resume r\n")])
    const receipt = await run(["runs", "receipt"], { cwd: dir.path })
    expect([receipt.code, receipt.stderr]).toEqual([6, expect.stringContaining("the files of run r were not written")])
    expect(receipt.stderr).toContain("hint: heddle experiments resume r\n")
    expect(existsSync(join(dir.path, ".heddle", "receipts", "r.json"))).toBe(false)
    const resumed = await run(["experiments", "resume"], { cwd: dir.path })
    expect([resumed.code, resumed.stderr]).toEqual([0, expect.not.stringContaining("error:")])
    const after = await run(["runs", "verify"], { cwd: dir.path })
    expect([after.code, after.stderr]).toEqual([0, expect.stringContaining(`files read: ${join(dir.path, out)}\n`)])
    expect((await run(["experiments", "status"], { cwd: dir.path })).stderr).not.toContain("files were not written")
    expect(callsIn(dir.path)).toHaveLength(6)
  })

  it("that got an empty receipt all the same is a mismatch, and resume repairs it with exit 0", async () => {
    using dir = folder()
    await run(["experiments", "run", ...dosesIn(dir.path), "--run-id", "r"], { cwd: dir.path })
    const path = join(dir.path, ".heddle", "receipts", "r.json")
    writeFileSync(path, JSON.stringify({ ...JSON.parse(readFileSync(path, "utf8")), artifacts: [] }))
    rmSync(join(dir.path, out), { recursive: true })
    const verify = await run(["runs", "verify"], { cwd: dir.path })
    expect([verify.code, verify.stderr]).toEqual([12, expect.stringContaining("the receipt lists no file")])
    expect(verify.stderr).toContain("heddle experiments resume r\n")
    const resumed = await run(["experiments", "resume"], { cwd: dir.path })
    expect([resumed.code, resumed.stderr]).toEqual([0, expect.not.stringContaining("error:")])
    expect((await run(["runs", "verify"], { cwd: dir.path })).code).toBe(0)
  })

  it("gets a receipt with its files when they are exported", async () => {
    using dir = folder()
    await cutOff(dir.path)
    expect((await run(["experiments", "export"], { cwd: dir.path })).code).toBe(0)
    expect((await run(["runs", "verify"], { cwd: dir.path })).code).toBe(0)
    expect((await run(["experiments", "resume"], { cwd: dir.path })).code).toBe(10)
  })

  it("gets no receipt over damaged files: exit 12 names them", async () => {
    using dir = folder()
    await run(["experiments", "run", ...dosesIn(dir.path), "--run-id", "r"], { cwd: dir.path })
    rmSync(join(dir.path, ".heddle", "receipts", "r.json"))
    expect((await run(["runs", "receipt"], { cwd: dir.path })).code).toBe(0)
    writeFileSync(join(dir.path, out, "metrics.csv"), "x\r\n")
    const damaged = await run(["runs", "receipt"], { cwd: dir.path })
    expect([damaged.code, damaged.stderr]).toEqual([12, expect.stringContaining("metrics.csv")])
  })

  it("of a second session that was cut off is not taken for written because the first one's files are whole", async () => {
    using dir = folder()
    const words = dosesIn(dir.path, {
      agent: `const { existsSync } = await import("node:fs"); if (!existsSync("mended") && run.replicate === 2) throw new RangeError("no")`,
    })
    expect((await run(["experiments", "run", ...words, "--run-id", "r"], { cwd: dir.path })).code).toBe(3)
    const kept = join(dir.path, "kept")
    cpSync(join(dir.path, out), kept, { recursive: true })
    const receipt = join(dir.path, ".heddle", "receipts", "r.json")
    const before = readFileSync(receipt)
    writeFileSync(join(dir.path, "mended"), "")
    expect((await run(["experiments", "resume"], { cwd: dir.path })).code).toBe(0)
    // As if the second session had been killed before its files: those of the first, an hour old, and its receipt.
    rmSync(join(dir.path, out), { recursive: true })
    const manifest = readFileSync(join(kept, "manifest.json"), "utf8")
    renameSync(kept, join(dir.path, out))
    writeFileSync(
      join(dir.path, out, "manifest.json"),
      manifest.replace(/"generated_at": "[^"]*"/, '"generated_at": "2026-01-01T00:00:00+00:00"'),
    )
    writeFileSync(receipt, before)
    expect((await run(["experiments", "status"], { cwd: dir.path })).stderr).toContain("files were not written")
    const verify = await run(["runs", "verify"], { cwd: dir.path })
    expect([verify.code, verify.stderr]).toEqual([12, expect.stringContaining("heddle experiments resume r")])
    const made = await run(["runs", "receipt"], { cwd: dir.path })
    expect([made.code, made.stderr]).toEqual([6, expect.stringContaining("before its last session ended")])
    expect((await run(["experiments", "resume"], { cwd: dir.path })).code).toBe(0)
    expect(
      readFileSync(join(dir.path, out, "runs.csv"), "utf8")
        .trimEnd()
        .split("\r\n"),
    ).toHaveLength(7)
    expect((await run(["runs", "verify"], { cwd: dir.path })).code).toBe(0)
  })

  it(
    "because the process was killed while it wrote them is told as such, and ended by resume with exit 0",
    { timeout: 60_000 },
    async () => {
      using dir = folder()
      put(
        dir.path,
        "study.json",
        JSON.stringify({
          study_id: "many",
          title: "Many",
          factors: [{ name: "x", levels: [1, 2, 3].map((value) => ({ name: `l${value}`, value })) }],
          outcomes: [{ name: "y", source_table: "runs", column: "y", primary: true }],
          run_budget: { replicates: 700, parallelism: 8 },
        }),
      )
      put(dir.path, "r.mjs", "export default (run) => ({ outputs: {}, metrics: { y: run.factors.x } })\n")
      const files = join(dir.path, "files")
      const words = ["study.json", "--runner", "./r.mjs", "--out", "files", "--run-id", "k"]
      const running = start(["experiments", "run", ...words], { cwd: dir.path })
      // Temporary files of the export are hidden until they are whole.
      await until(() => existsSync(files) && hidden(files).some((name) => name.includes("runs.csv")), "the export")
      running.child.kill("SIGKILL")
      expect((await running.done).signal).toBe("SIGKILL")
      const status = await run(["experiments", "status"], { cwd: dir.path })
      expect(status.stderr).toContain("run k: succeeded, 2100 succeeded of 2100")
      expect(status.stderr).toContain(`files were not written: ${files}\n`)
      expect((await run(["runs", "receipt"], { cwd: dir.path })).code).toBe(6)
      const resumed = await run(["experiments", "resume"], { cwd: dir.path })
      expect([resumed.code, resumed.stderr]).toEqual([0, expect.not.stringContaining("error:")])
      expect((await run(["runs", "verify"], { cwd: dir.path })).code).toBe(0)
    },
  )
})

describe("a project", () => {
  const project = async (path: string): Promise<void> => {
    const at = join(path, "first")
    mkdirSync(at)
    await run(["experiments", "run", ...dosesIn(at), "--run-id", "r"], { cwd: at })
  }
  const bytes = (path: string) => readdirSync(path).map((name) => [name, readFileSync(join(path, name), "utf8")])

  it("that was copied verifies, exports and repairs its own files, never those it is a copy of", async () => {
    using dir = folder()
    await project(dir.path)
    const [first, copy] = [join(dir.path, "first"), join(dir.path, "copy")]
    cpSync(first, copy, { recursive: true })
    const before = bytes(join(first, out))
    writeFileSync(join(copy, out, "runs.csv"), "x\r\n")
    const verify = await run(["runs", "verify"], { cwd: copy })
    expect([verify.code, verify.stderr]).toEqual([12, expect.stringContaining(join(copy, out, "runs.csv"))])
    expect(verify.stderr).toContain("heddle experiments resume r\n")
    expect(verify.stderr).not.toContain("heddle studies")
    expect((await run(["runs", "verify"], { cwd: first })).code).toBe(0)
    const exported = await run(["experiments", "export"], { cwd: copy })
    expect([exported.code, exported.stdout]).toEqual([0, expect.stringContaining(join(copy, out, "runs.csv"))])
    expect(exported.stdout).not.toContain(first)
    expect((await run(["runs", "verify"], { cwd: copy })).code).toBe(0)
    // Its study and its agent are its own as well.
    writeFileSync(join(copy, "study.yaml"), "not a study")
    expect((await run(["experiments", "resume"], { cwd: copy })).code).toBe(2)
    expect(bytes(join(first, out))).toEqual(before)
  })

  it("that was moved verifies and exports with no file of its agents: the ledger has their names and fingerprints", async () => {
    using dir = folder()
    await project(dir.path)
    const moved = join(dir.path, "moved")
    const before = bytes(join(dir.path, "first", out))
    renameSync(join(dir.path, "first"), moved)
    expect((await run(["runs", "verify"], { cwd: moved })).code).toBe(0)
    for (const name of ["alpha.mjs", "p1.mjs", "study.yaml"]) rmSync(join(moved, name))
    rmSync(join(moved, out), { recursive: true })
    const status = await run(["experiments", "status"], { cwd: moved })
    expect([status.code, status.stderr]).toEqual([0, expect.stringContaining("files are not there any more")])
    for (const verb of ["export", "analyze", "report"]) {
      const ended = await run(["experiments", verb], { cwd: moved })
      expect([verb, ended.code, ended.stderr]).toEqual([verb, 0, expect.not.stringContaining("error:")])
    }
    const timeless = (files: ReadonlyArray<ReadonlyArray<string>>) =>
      files.map(([name = "", text = ""]) => [name, text.replaceAll(/"generated_at": "[^"]*"/g, "")])
    const now = bytes(join(moved, out))
    expect(timeless(now).filter(([name]) => name !== "SHA256SUMS")).toEqual(
      timeless(before).filter(([name]) => name !== "SHA256SUMS"),
    )
    expect((await run(["runs", "verify"], { cwd: moved })).code).toBe(0)
  })

  it("whose places were kept as absolute ones only is told from its copy: verify warns, export refuses", async () => {
    using dir = folder()
    await project(dir.path)
    const [first, copy] = [join(dir.path, "first"), join(dir.path, "copy")]
    cpSync(first, copy, { recursive: true })
    for (const name of ["begun/r.json", "receipts/r.json"]) {
      const path = join(copy, ".heddle", name)
      const text = readFileSync(path, "utf8")
      expect(text).toContain("outputFolderFromWorkspace")
      writeFileSync(path, text.replace("outputFolderFromWorkspace", "of_an_earlier_version"))
    }
    const before = bytes(join(first, out))
    const verify = await run(["runs", "verify"], { cwd: copy })
    expect(verify.stderr).toContain(`files read: ${join(first, out)}\n`)
    expect(verify.stderr).toContain(`warning: the run wrote outside of this workspace's project`)
    const refused = await run(["experiments", "export"], { cwd: copy })
    expect([refused.code, refused.stderr]).toEqual([6, expect.stringContaining(`--out ${join(copy, out)} --again`)])
    expect(bytes(join(first, out))).toEqual(before)
  })

  it("whose run was replaced by another with --again is told so by verify, with the export of the replaced one", async () => {
    using dir = folder()
    const words = dosesIn(dir.path)
    await run(["experiments", "run", ...words, "--run-id", "old"], { cwd: dir.path })
    put(
      dir.path,
      "study.yaml",
      readFileSync(join(dir.path, "study.yaml"), "utf8").replace("base_seed: 7", "base_seed: 8"),
    )
    expect((await run(["experiments", "run", ...words, "--run-id", "new", "--again"], { cwd: dir.path })).code).toBe(0)
    const verify = await run(["runs", "verify", "old"], { cwd: dir.path })
    expect([verify.code, verify.stderr]).toEqual([12, expect.stringContaining("holds the files of run new now")])
    expect(verify.stderr).toContain("heddle experiments export old --out ELSEWHERE\n")
    expect(verify.stderr).not.toContain("heddle studies")
    const receipt = await run(["runs", "receipt", "old"], { cwd: dir.path })
    expect([receipt.code, receipt.stderr]).toEqual([6, expect.stringContaining("holds the files of run new")])
  })
})

describe("an empty workspace", () => {
  it("leads commands of experiments to a run of experiments", async () => {
    using dir = folder()
    for (const verb of ["analyze", "report", "status", "export"]) {
      const ended = await run(["experiments", verb], { cwd: dir.path })
      expect([verb, ended.code, ended.stderr]).toEqual([
        verb,
        10,
        expect.stringContaining("hint: heddle experiments run FILE\n"),
      ])
    }
    expect(spawnSync("ls", ["-A", dir.path], { encoding: "utf8" }).stdout).toBe("")
  })
})
