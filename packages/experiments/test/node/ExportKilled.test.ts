/**
 * The export of a study's folder under SIGKILL at seeded moments, full disks, folders that refuse and second processes. The
 * witnesses are `sha256sum` and the files themselves.
 */
import { spawn, spawnSync } from "node:child_process"
import { existsSync, mkdirSync, readdirSync, readFileSync, symlinkSync, writeFileSync } from "node:fs"
import { join } from "node:path"
import { fileURLToPath } from "node:url"
import { describe, expect, it } from "vitest"
import * as Kill from "../fixtures/kill/harness.ts"

const program = fileURLToPath(new URL("../fixtures/kill/exporting.ts", import.meta.url))
const exported = (folder: string, version: number, ledger = "", moment?: Kill.Moment) =>
  Kill.child(program, [folder, String(version), ledger], moment)

const failureOf = (ended: Kill.Ended): { exitCode: number; hints: ReadonlyArray<string>; message: string } =>
  JSON.parse(
    ended.stdout
      .split("\n")
      .find((line) => line.startsWith("failed "))
      ?.slice(7) ?? "{}",
  )

/** The version that a folder's outputs are of; every line of it must be of the same. */
const versionOf = (folder: string): string => {
  const found = new Set(readFileSync(join(folder, "outputs.jsonl"), "utf8").match(/version \d+/g))
  expect(found.size).toBe(1)
  return [...found][0] ?? ""
}

const planHashOf = (folder: string): string =>
  JSON.parse(readFileSync(join(folder, "manifest.json"), "utf8")).heddle.plan_hash

const names = (folder: string): ReadonlyArray<string> => readdirSync(folder, { recursive: true }).map(String).toSorted()

describe("an export that is killed with SIGKILL", () => {
  it(
    "leaves the old complete set, the new complete set, or no manifest, at every seeded moment",
    { timeout: 600_000 },
    async () => {
      using work = Kill.temporary()
      const folder = join(work.path, "files")
      const random = Kill.randomFrom(7)
      expect((await exported(folder, 0)).code).toBe(0)
      const complete = names(folder)
      const seen = { old: 0, new: 0, none: 0 }
      let old = 0
      for (let round = 1; round <= (Kill.soak ? 40 : 6); round++) {
        // Every second one falls where the files take their names: the old manifest is gone.
        const manifest = join(folder, "manifest.json")
        const ended = await exported(folder, round, "", {
          ready: (text) => text.includes("exporting") && (round % 2 === 0 || !existsSync(manifest)),
          delayMs: random() * (round % 2 === 0 ? 150 : 12),
        })
        if (existsSync(join(folder, "manifest.json"))) {
          expect(Kill.sumsAgree(folder)).toBe(true)
          const version = versionOf(folder)
          expect([`version ${old}`, `version ${round}`]).toContain(version)
          expect(`version ${planHashOf(folder).slice(7)}`).toBe(version)
          if (version === `version ${round}`) seen.new++
          else seen.old++
          if (ended.signal === null) expect(version).toBe(`version ${round}`)
        } else seen.none++
        // The next export removes what the killed one left, and is whole.
        if (round % 3 === 0 || !existsSync(join(folder, "manifest.json"))) {
          expect((await exported(folder, round)).code).toBe(0)
          expect(names(folder)).toEqual(complete)
          old = round
        } else old = Number(versionOf(folder).slice(8))
      }
      if (Kill.soak) process.stderr.write(`export kills: ${JSON.stringify(seen)}\n`)
    },
  )
})

describe("an export that cannot be written", () => {
  it("on a full disk fails with exit code 5 and a hint, and leaves no manifest, no half file and the old set as it was", async () => {
    using work = Kill.temporary()
    // No process may mount in some places; then the small disk is a limit on the size of files.
    const disk = join(work.path, "disk")
    mkdirSync(disk)
    const mounted = spawnSync("mount", ["-t", "tmpfs", "-o", "size=1100k", "tmpfs", disk]).status === 0
    try {
      const folder = join(disk, "files")
      const limited = (version: number): Kill.Ended => {
        const command = mounted ? [] : ["prlimit", "--fsize=60000"]
        const words = [...command, process.execPath, program, folder, String(version), ""]
        const { signal, status, stderr, stdout } = spawnSync(words[0] ?? "", words.slice(1), { encoding: "utf8" })
        return { code: status, signal, stderr, stdout }
      }
      if (mounted) {
        expect((await exported(folder, 1)).code).toBe(0)
        writeFileSync(join(disk, "ballast"), Buffer.alloc(spare(disk)))
      }
      const before = mounted ? names(folder) : []
      const ended = limited(2)
      const failure = failureOf(ended)
      expect(failure.exitCode, ended.stdout + ended.stderr).toBe(5)
      expect(failure.hints.length).toBeGreaterThan(0)
      expect(failure.message).toMatch(/space|full|ENOSPC|EFBIG|large/i)
      if (!mounted) return expect(existsSync(join(folder, "manifest.json"))).toBe(false)
      expect(names(folder)).toEqual(before)
      expect(Kill.sumsAgree(folder)).toBe(true)
      expect(versionOf(folder)).toBe("version 1")
    } finally {
      if (mounted) spawnSync("umount", ["-l", disk])
    }
  })

  it("into a folder that cannot be written, or a file in its place, fails with a hint and changes nothing", async () => {
    using work = Kill.temporary()
    const file = join(work.path, "file")
    writeFileSync(file, "mine")
    const ended = await exported(file, 1)
    const failure = failureOf(ended)
    expect([0, 1]).not.toContain(ended.code)
    expect(failure.hints.length).toBeGreaterThan(0)
    expect(failure.message).toContain(file)
    expect(readFileSync(file, "utf8")).toBe("mine")
    expect(names(work.path)).toEqual(["file"])

    // procfs refuses new entries to everybody, root included.
    const refused = await exported("/proc/heddle-study", 1)
    expect([0, 1]).not.toContain(refused.code)
    expect(failureOf(refused).hints.length).toBeGreaterThan(0)
  })

  it("leaves what a link in place of one of its files leads to untouched", async () => {
    using work = Kill.temporary()
    const folder = join(work.path, "files")
    mkdirSync(folder)
    const precious = join(work.path, "precious")
    writeFileSync(precious, "mine")
    for (const name of ["runs.csv", "study.sqlite", "manifest.json", "runs.parquet"]) {
      symlinkSync(precious, join(folder, name))
    }
    await exported(folder, 1)
    expect(readFileSync(precious, "utf8")).toBe("mine")
  })
})

describe("two processes at one folder", () => {
  it("the second is refused with exit code 11 and the name of the owner, and the folder is the first one's", async () => {
    using work = Kill.temporary()
    const folder = join(work.path, "files")
    const ledger = join(work.path, "ledger.sqlite")
    expect((await exported(folder, 1, ledger)).code).toBe(0)
    const holder = spawn(process.execPath, [program, folder, "2", ledger, "hold"], {
      stdio: ["ignore", "pipe", "ignore"],
    })
    try {
      await new Promise<void>((resolve) =>
        holder.stdout.on("data", (text) => String(text).includes("within") && resolve()),
      )
      const second = await exported(folder, 3, ledger)
      expect(second.code, second.stdout + second.stderr).toBe(11)
      const failure = failureOf(second)
      expect(failure.message).toContain(String(holder.pid))
      expect(failure.hints.length).toBeGreaterThan(0)
      expect(Kill.sumsAgree(folder)).toBe(true)
      expect(versionOf(folder)).toBe("version 1")
    } finally {
      const gone = new Promise((resolve) => holder.on("close", resolve))
      holder.kill("SIGKILL")
      await gone
    }
    // A dead owner keeps nobody out.
    const next = await exported(folder, 4, ledger)
    expect(next.code, next.stdout + next.stderr).toBe(0)
    expect(versionOf(folder)).toBe("version 4")
  })
})

/** Bytes that a disk has left but a few. */
function spare(disk: string): number {
  const [, line = ""] = spawnSync("df", ["-k", "--output=avail", disk], { encoding: "utf8" }).stdout.trim().split("\n")
  return Math.max(0, Number(line) - 40) * 1024
}
