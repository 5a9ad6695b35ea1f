/**
 * What a command hands over at its end, and what holds when that goes wrong: stdout that takes no more, receipts that
 * cannot be written, values of a resumed run, folders in use, who may read the files. The oracles are the file system,
 * the exit code and the server's log.
 */
import { spawn, spawnSync } from "node:child_process"
import {
  appendFileSync,
  chmodSync,
  existsSync,
  lstatSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmdirSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from "node:fs"
import { join } from "node:path"
import { describe, expect, it } from "vitest"
import { credentials, entry, folder, jsonLines, run, start, until } from "./harness.ts"
import { REG, registry, studiesPath, SUBJ } from "./registryServer.ts"

const at = (server: { readonly baseUrl: string }, cwd: string) => ({
  cwd,
  env: { ...credentials, IMEDNET_BASE_URL: server.baseUrl },
})

const quick = ["--retry-delay", "10ms", "--rate", "1000"]

/** A command in a shell, for redirections; resolves with what went to stderr and the exit code. */
const shell = async (script: string, options: ReturnType<typeof at>) => {
  const child = spawn("bash", ["--norc", "--noprofile", "-c", script], {
    cwd: options.cwd,
    env: {
      PATH: process.env["PATH"] ?? "",
      ...options.env,
      HEDDLE: `${process.execPath} ${entry}`,
    },
  })
  let stdout = ""
  let stderr = ""
  child.stdout.on("data", (chunk: Buffer) => (stdout += chunk.toString()))
  child.stderr.on("data", (chunk: Buffer) => (stderr += chunk.toString()))
  const code = await new Promise((resolve) => child.on("close", resolve))
  return { code, stdout, stderr }
}

const receiptOf = (cwd: string, runId: string): Record<string, unknown> =>
  JSON.parse(readFileSync(join(cwd, ".heddle", "receipts", `${runId}.json`), "utf8"))

const withoutOrder = (value: unknown): unknown => JSON.parse(JSON.stringify(value))

describe("stdout that takes no more", () => {
  it("a full disk behind stdout is exit 5 with a hint, for help, listings and runs; the run's ledger resumes", async () => {
    await using server = await registry({ A: 1, B: 2 })
    using dir = folder()
    for (const words of ["--help", "studies list", "studies list --json", "runs list --json", "completions bash"]) {
      const result = await shell(`$HEDDLE ${words} > /dev/full`, at(server, dir.path))
      expect([words, result.code]).toEqual([words, 5])
      expect(result.stderr).toMatch(/error: stdout could not be written.*ENOSPC.*\n\nhint: /)
    }
    const lost = await shell("$HEDDLE studies run --json --run-id r > /dev/full", at(server, dir.path))
    expect(lost.code).toBe(5)
    expect(existsSync(join(dir.path, ".heddle", "receipts", "r.json"))).toBe(true)
    const status = await run(["runs", "show", "r", "--json"], at(server, dir.path))
    const ended = jsonLines(status.stdout).at(-1)
    if (ended?.["state"] !== "succeeded") {
      expect((await run(["studies", "resume", "r"], at(server, dir.path))).code).toBe(0)
    }
    expect((await run(["runs", "verify", "r"], at(server, dir.path))).code).toBe(0)
  })

  it("a verification that its reader cut off does not end with 0", async () => {
    await using server = await registry({ A: 1 })
    using dir = folder()
    expect((await run(["studies", "run", "--out", "v.jsonl"], at(server, dir.path))).code).toBe(0)
    appendFileSync(join(dir.path, "v.jsonl"), "changed")
    const cut = await shell('$HEDDLE runs verify --json | true; echo "${PIPESTATUS[0]}"', at(server, dir.path))
    expect(["12", "130"]).toContain(cut.stdout.trim())
  })

  it("an error beside everything still ends --json with a failure line", async () => {
    using dir = folder()
    const code = `setTimeout(() => { throw new Error("stray KEY-1234 S0VZLTEyMzQ KEY%2D1234") }, 1000)`
    const env = { ...credentials, NODE_OPTIONS: `--import data:text/javascript,${encodeURIComponent(code)}` }
    const result = await run(["studies", "simulate", "--json"], { cwd: dir.path, env })
    expect(result.code).toBe(1)
    expect(jsonLines(result.stdout).at(-1)).toMatchObject({ type: "failure", tag: "Bug", exitCode: 1 })
    expect(result.stdout + result.stderr).not.toMatch(/KEY-1234|S0VZLTEyMzQ|KEY%2D1234/)
  })
})

describe("receipts", () => {
  it("the last JSON line is the receipt on disk, line for line its fields", async () => {
    await using server = await registry({ A: 1, B: 2 }, ({ path }) =>
      path.endsWith("/B/subjects") ? { status: 403, body: { message: "no" } } : undefined,
    )
    using dir = folder()
    const result = await run(["studies", "run", "--json", "--run-id", "r"], at(server, dir.path))
    expect(result.code).toBe(3)
    const { at: time, level, ...printed } = jsonLines(result.stdout).at(-1) ?? {}
    expect([time, level]).toEqual([printed["endedAt"], "warning"])
    expect(printed).toEqual(receiptOf(dir.path, "r"))
  })

  it("is written whatever ends the run, is what was printed, and is verified", { timeout: 60_000 }, async () => {
    const keys = Array.from({ length: 6 }, (_, index) => `S${index}`)
    for (const [ending, status, code, flags] of [
      [["SIGINT"], "interrupted", 130, ["--grace", "200ms"]],
      [["SIGINT", "SIGINT"], "interrupted", 130, []],
      [["SIGTERM"], "interrupted", 130, []],
      [["SIGHUP"], "interrupted", 130, []],
      [[], "partial", 3, ["--deadline", "1500ms"]],
      [[], "partial", 3, ["--study-timeout", "200ms"]],
    ] as const) {
      await using server = await registry(Object.fromEntries(keys.map((key) => [key, 1])), ({ path }) =>
        /S[2-5].subjects$/.test(path) ? { never: true } : undefined,
      )
      using dir = folder()
      const own = at(server, dir.path)
      const running = start(["studies", "run", "--run-id", "r", "--json", "--concurrency", "2", ...flags], own)
      for (const [index, signal] of ending.entries()) {
        if (index === 0)
          await until(() => server.subjectsOf("S2").length + server.subjectsOf("S3").length === 2, "two to hang")
        else await until(() => running.stderr().includes("stopping"), "the first signal to be heard")
        running.child.kill(signal)
      }
      const result = await running.done
      const { at: time, level, ...printed } = jsonLines(result.stdout).at(-1) ?? {}
      void [time, level]
      expect([ending, flags, result.code, printed["status"]]).toEqual([ending, flags, code, status])
      expect(printed).toEqual(receiptOf(dir.path, "r"))
      const counts = printed["counts"] as Record<string, number>
      expect([counts["succeeded"], (printed["units"] as ReadonlyArray<unknown>).length]).toEqual([2, 6])
      expect((await run(["runs", "verify", "r"], own)).code).toBe(0)
    }
  })

  it("one that cannot be written is a failure that names the run, and is made again from the ledger", async () => {
    await using server = await registry({ A: 1, B: 2 })
    using dir = folder()
    const receipts = join(dir.path, ".heddle", "receipts")
    mkdirSync(join(receipts, "r.json"), { recursive: true })
    const failed = await run(["studies", "run", "--json", "--run-id", "r", "--out", "v.jsonl"], at(server, dir.path))
    expect(failed.code).toBe(5)
    expect(jsonLines(failed.stdout).at(-1)).toMatchObject({ type: "failure", tag: "NotHandedOver", runId: "r" })
    expect(failed.stderr).toMatch(
      /error: run r has ended and stands in the ledger, .*\n\n(hint: .*\n)*hint: heddle runs receipt r\n$/,
    )
    expect(jsonLines((await run(["runs", "show", "r", "--json"], at(server, dir.path))).stdout).at(-1)).toMatchObject({
      state: "succeeded",
    })
    rmdirSync(join(receipts, "r.json"))
    const missing = await run(["runs", "verify", "r"], at(server, dir.path))
    expect([missing.code, missing.stderr]).toEqual([10, expect.stringContaining("hint: heddle runs receipt r\n")])
    const before = server.requests.length
    const made = await run(["runs", "receipt", "r"], at(server, dir.path))
    expect([made.code, made.stdout]).toEqual([0, `${join(receipts, "r.json")}\n`])
    expect(server.requests.length).toBe(before)
    expect((await run(["runs", "verify", "r"], at(server, dir.path))).code).toBe(0)
  })

  it("one that was removed is made again as it was: for values in it, in a file, after a resume, and for an extract", async () => {
    let broken = true
    await using server = await registry({ A: 1, B: 2 }, ({ path }) =>
      broken && path.endsWith("/B/subjects") ? { status: 500, body: { message: "x" } } : undefined,
    )
    using dir = folder()
    const own = at(server, dir.path)
    await run(["studies", "run", "--run-id", "inside", ...quick], own)
    await run(["studies", "run", "--run-id", "outside", "--out", "v.jsonl", ...quick], own)
    broken = false
    expect((await run(["studies", "resume", "inside", ...quick], own)).code).toBe(0)
    expect(
      (
        await run(
          ["studies", "extract", "--run-id", "files", "--resource", "subjects", "--out", "pulls", ...quick],
          own,
        )
      ).code,
    ).toBe(0)
    for (const runId of ["inside", "outside", "files"]) {
      const { details: detailsBefore, ...before } = receiptOf(dir.path, runId)
      rmSync(join(dir.path, ".heddle", "receipts", `${runId}.json`))
      expect([runId, (await run(["runs", "receipt", runId, "--json"], own)).code]).toEqual([runId, 0])
      const { details, ...again } = receiptOf(dir.path, runId)
      expect(again).toEqual(before)
      const { drift, ...known } = detailsBefore as Record<string, unknown>
      void drift
      expect(withoutOrder(details)).toEqual(known)
      expect([runId, (await run(["runs", "verify", runId], own)).code]).toEqual([runId, 0])
    }
  })

  it("of a run that was killed there is none: exit 6, and the hint resumes; a stale one is a mismatch", async () => {
    let stuck = false
    await using server = await registry({ A: 1, B: 1 }, ({ path }) => {
      if (!path.endsWith("/B/subjects")) return undefined
      return stuck ? { never: true } : { status: 500, body: { message: "x" } }
    })
    using dir = folder()
    const own = at(server, dir.path)
    expect((await run(["studies", "run", "--run-id", "r", ...quick], own)).code).toBe(3)
    stuck = true
    const asked = server.subjectsOf("B").length
    const second = start(["studies", "resume", "r", ...quick], own)
    await until(() => server.subjectsOf("B").length > asked, "B to be asked again")
    const held = await run(["runs", "receipt", "r"], own)
    expect([held.code, held.stderr]).toEqual([11, expect.stringContaining(`process ${second.child.pid}`)])
    second.child.kill("SIGKILL")
    await second.done
    const stale = await run(["runs", "verify", "r"], own)
    expect([stale.code, stale.stderr]).toEqual([12, expect.stringContaining("the receipt is of session 1")])
    const refused = await run(["runs", "receipt", "r"], own)
    expect([refused.code, refused.stderr]).toEqual([6, expect.stringContaining("hint: heddle studies resume r\n")])
  })
})

describe("values in a file", () => {
  it("stand there and not in the receipt, and a resumed run writes the same file anew", async () => {
    let broken = true
    await using server = await registry({ A: 1, B: 2 }, ({ path }) =>
      broken && path.endsWith("/B/subjects") ? { status: 500, body: { message: "x" } } : undefined,
    )
    using dir = folder()
    const own = at(server, dir.path)
    expect((await run(["studies", "run", "--run-id", "r", "--out", "v.jsonl", ...quick], own)).code).toBe(3)
    const values = join(dir.path, "v.jsonl")
    const units = () => receiptOf(dir.path, "r")["units"] as ReadonlyArray<Record<string, unknown>>
    expect(units().map((unit) => [unit["status"], "value" in unit])).toEqual([
      ["succeeded", false],
      ["failed", false],
    ])
    broken = false
    const written = readFileSync(values, "utf8")
    appendFileSync(values, "mine\n")
    const refused = await run(["studies", "resume", "r", ...quick], own)
    expect([refused.code, refused.stderr]).toEqual([6, expect.stringContaining("was changed since the run wrote it")])
    writeFileSync(values, written)
    expect((await run(["studies", "resume", "r", ...quick], own)).code).toBe(0)
    expect(jsonLines(readFileSync(values, "utf8")).map((line) => [line["studyKey"], line["value"]])).toEqual([
      ["A", { subjects: 1, deleted: 0 }],
      ["B", { subjects: 2, deleted: 0 }],
    ])
    expect(units().map((unit) => unit["status"])).toEqual(["reused", "succeeded"])
    const listing = await run(["runs", "verify", "r"], own)
    expect(listing.code).toBe(0)
    expect(spawnSync("sha256sum", ["-c", "--quiet"], { input: listing.stdout }).status).toBe(0)
  })

  it("a run that was killed before it wrote them writes them when it is resumed", async () => {
    let stuck = true
    await using server = await registry({ A: 1, B: 2 }, ({ path }) =>
      stuck && path.endsWith("/B/subjects") ? { never: true } : undefined,
    )
    using dir = folder()
    const own = at(server, dir.path)
    const first = start(["studies", "run", "--out", "v.jsonl", "--json", ...quick], own)
    await until(() => first.stdout().includes('"unitFinished"'), "A to be done")
    first.child.kill("SIGKILL")
    await first.done
    stuck = false
    expect((await run(["studies", "resume", ...quick], own)).code).toBe(0)
    expect(jsonLines(readFileSync(join(dir.path, "v.jsonl"), "utf8"))).toHaveLength(2)
    expect(server.subjectsOf("A")).toHaveLength(1)
  })

  it(
    "200 values of 500 kB need no more memory than a heap of 96 MB has, in a file or in the receipt",
    { timeout: 240_000 },
    async () => {
      const keys = Array.from({ length: 200 }, (_, index) => `S${index}`)
      await using server = await registry(Object.fromEntries(keys.map((key) => [key, 0])))
      using dir = folder()
      writeFileSync(join(dir.path, "big.mjs"), "export default (study) => study.studyKey.padEnd(500_000, 'x')\n")
      const { cwd, env } = at(server, dir.path)
      const small = { cwd, env: { ...env, NODE_OPTIONS: "--max-old-space-size=96" } }
      for (const flags of [["--out", "v.jsonl"], []]) {
        const result = await run(
          ["studies", "run", "--run-id", `r${flags.length}`, "--pipeline", "./big.mjs", ...flags],
          small,
        )
        expect([result.code, result.stderr.includes("heap")]).toEqual([0, false])
      }
      const lines = readFileSync(join(dir.path, "v.jsonl"), "utf8").trimEnd().split("\n")
      expect(lines.map((line) => line.length > 500_000)).toEqual(keys.map(() => true))
      expect(statSync(join(dir.path, ".heddle", "receipts", "r2.json")).size).toBeLessThan(200_000)
      expect(statSync(join(dir.path, ".heddle", "receipts", "r0.json")).size).toBeGreaterThan(100_000_000)
    },
  )
})

describe("files with patients' data", () => {
  const modes = (root: string): ReadonlyMap<string, string> =>
    new Map(
      readdirSync(root, { recursive: true, withFileTypes: true }).map((entry) => {
        const path = join(entry.parentPath, entry.name)
        return [path.slice(root.length + 1), (lstatSync(path).mode & 0o777).toString(8)]
      }),
    )

  it("are the user's alone, unless the group is let in or the system's mask is asked for", async () => {
    await using server = await registry({ A: 1 })
    for (const [flags, file, dirMode] of [
      [[], "600", "700"],
      [["--file-access", "group"], "660", "770"],
      [["--file-access", "system"], "666", "777"],
    ] as const) {
      using dir = folder()
      chmodSync(dir.path, 0o777)
      const words = (args: string) => `umask 0; $HEDDLE ${args} ${flags.join(" ")} --quiet`
      const made = await shell(
        `${words("studies run --out v.jsonl")} && ${words("studies extract --resource subjects --format sqlite")}`,
        at(server, dir.path),
      )
      expect([made.code, made.stderr]).toEqual([0, ""])
      const found = modes(dir.path)
      expect(found.size).toBeGreaterThan(8)
      for (const [path, mode] of found) {
        const isFolder = statSync(join(dir.path, path)).isDirectory()
        expect([path, mode]).toEqual([path, isFolder ? dirMode : file])
      }
    }
  })

  it("hold no credential in any form, whatever a pipeline returns, throws, prints or logs", async () => {
    await using server = await registry({ A: 1, B: 1 })
    using dir = folder()
    const forms = ["KEY-1234", "SEC-5678", "S0VZLTEyMzQ", "U0VDLTU2Nzg", "KEY%2D1234", "KEY\\\\u002d1234"]
    const text = JSON.stringify(forms.join(" and "))
    writeFileSync(
      join(dir.path, "leak.mjs"),
      `export default async (study) => {
        const leak = { text: ${text}, [${text}]: 1, nested: [{ auth: btoa("user:KEY-1234") }] }
        console.error(${text}); console.log(${text}); study.log.info(${text}, leak)
        if (study.studyKey === "B") throw Object.assign(new Error(${text}), leak)
        return leak
      }\n`,
    )
    const own = at(server, dir.path)
    for (const flags of [["--out", "v.jsonl"], ["--json"], ["--placement", "fibers", "--json"]]) {
      const result = await run(["studies", "run", "--pipeline", "./leak.mjs", ...flags], own)
      expect(result.code).toBe(3)
      for (const form of forms) {
        expect([flags, form, (result.stdout + result.stderr).includes(form)]).toEqual([flags, form, false])
      }
      const base64 = Buffer.from("user:KEY-1234").toString("base64").slice(8, -2)
      expect([flags, (result.stdout + result.stderr).includes(base64)]).toEqual([flags, false])
    }
    for (const entry of readdirSync(dir.path, { recursive: true, withFileTypes: true })) {
      if (!entry.isFile() || entry.name === "leak.mjs") continue
      const bytes = readFileSync(join(entry.parentPath, entry.name))
      for (const form of ["KEY-1234", "SEC-5678", "S0VZLTEyMzQ", "U0VDLTU2Nzg", "KEY%2D1234"]) {
        expect([entry.name, form, bytes.includes(form)]).toEqual([entry.name, form, false])
      }
    }
  })

  it("a link in the output folder is replaced, and what it points at stays as it was", async () => {
    await using server = await registry({ A: 2 })
    using dir = folder()
    mkdirSync(join(dir.path, "pulls", "A"), { recursive: true })
    writeFileSync(join(dir.path, "victim"), "untouched")
    symlinkSync(join(dir.path, "victim"), join(dir.path, "pulls", "A", "subjects.csv"))
    const made = await run(["studies", "extract", "--resource", "subjects", "--out", "pulls"], at(server, dir.path))
    expect(made.code).toBe(0)
    expect(readFileSync(join(dir.path, "victim"), "utf8")).toBe("untouched")
    expect(lstatSync(join(dir.path, "pulls", "A", "subjects.csv")).isSymbolicLink()).toBe(false)
    symlinkSync("/nowhere/at/all", join(dir.path, "v.jsonl"))
    const link = await run(["studies", "run", "--out", "v.jsonl"], at(server, dir.path))
    expect(link.code).toBe(6)
  })

  it("two extracts into one folder: the second is refused with the owner, exit 11, also through a link; then it may", async () => {
    let stuck = true
    await using server = await registry({ A: 1, B: 1 }, ({ path }) =>
      stuck && path.endsWith("/B/subjects") ? { never: true } : undefined,
    )
    using dir = folder()
    const own = at(server, dir.path)
    mkdirSync(join(dir.path, "pulls"))
    symlinkSync("pulls", join(dir.path, "same"))
    const words = ["studies", "extract", "--resource", "subjects", ...quick]
    const first = start([...words, "--out", "pulls"], own)
    await until(() => server.subjectsOf("B").length > 0, "B to be asked")
    const second = await run([...words, "--out", "same", "--json"], own)
    expect(second.code).toBe(11)
    expect(second.stderr).toMatch(new RegExp(`held by process ${first.child.pid} of .*\n\nhint: `))
    // Only the first asked the registry.
    expect(server.requests.filter(({ path }) => path === studiesPath)).toHaveLength(1)
    stuck = false
    first.child.kill("SIGKILL")
    await first.done
    const third = await run([...words, "--out", "same"], own)
    expect([third.code, third.stderr]).toEqual([0, expect.not.stringContaining("error")])
  })

  it("an output folder that cannot be made is exit 5 before any request", async () => {
    await using server = await registry({ A: 1 })
    using dir = folder()
    writeFileSync(join(dir.path, "file"), "")
    const result = await run(["studies", "extract", "--out", "file/pulls"], at(server, dir.path))
    expect([result.code, server.requests.length]).toEqual([5, 0])
    expect(result.stderr).toMatch(/error: the folder .*file\/pulls cannot be made or written: .*\n\nhint: .*ls -ld/)
  })
})

describe("the plan is the run", () => {
  it("rows, order and hash are those of the run, for every pipeline, parameters, and an extract", async () => {
    using dir = folder()
    const simulated = start(["studies", "simulate", "--studies", "3", "--seed", "x"], { cwd: dir.path })
    await until(() => simulated.stdout().includes("\n"), "the base URL")
    const own = at({ baseUrl: simulated.stdout().trim() }, dir.path)
    writeFileSync(
      join(dir.path, "mine.mjs"),
      "export default (study, { params }) => ({ key: study.studyKey, params })\n",
    )
    const cases = [
      ...["subject-count", "enrollment", "open-queries", "drift"].map((name) => ["--pipeline", name]),
      ["--pipeline", "./mine.mjs", "--param", "site=007", "--param", 'list=[1,"a"]'],
    ]
    const rowsOf = (stdout: string, type: string) =>
      jsonLines(stdout)
        .filter((line) => line["type"] === type)
        .map((line) => line["studyKey"])
    for (const flags of cases) {
      const plan = await run(["studies", "plan", "--json", ...flags, ...quick], own)
      const ran = await run(["studies", "run", "--json", ...flags, ...quick], own)
      const receipt = jsonLines(ran.stdout).at(-1)
      expect([flags, plan.code]).toEqual([flags, 0])
      expect(receipt).toMatchObject({ type: "receipt", planHash: jsonLines(plan.stdout).at(-1)?.["planHash"] })
      const units = receipt?.["units"] as ReadonlyArray<{ id: string; value: unknown }>
      expect(units.map(({ id }) => id)).toEqual(rowsOf(plan.stdout, "unitPlanned"))
      if (flags.includes("./mine.mjs")) {
        expect(units[0]?.value).toMatchObject({ params: { site: "007", list: [1, "a"] } })
      }
    }
    const words = ["studies", "extract", "--resource", "sites", "--out", "pulls", "--json", ...quick]
    const dry = await run([...words, "--dry-run"], own)
    expect([dry.code, existsSync(join(dir.path, "pulls"))]).toEqual([0, false])
    const wet = await run(words, own)
    expect(jsonLines(wet.stdout).at(-1)).toMatchObject({ planHash: jsonLines(dry.stdout).at(-1)?.["planHash"] })
    simulated.child.kill("SIGTERM")
    await simulated.done
    for (const wrong of ["site", "=1"]) {
      expect((await run(["studies", "plan", "--param", wrong], own)).code).toBe(2)
    }
  })

  it("a study that could not be counted has no estimate, and --no-estimate asks no study", async () => {
    await using server = await registry({ A: 1, B: 1 }, ({ path }) =>
      path.endsWith("/B/subjects") ? { status: 403, body: { message: "no" } } : undefined,
    )
    using dir = folder()
    const counted = await run(["studies", "plan", "--json", ...quick], at(server, dir.path))
    expect(jsonLines(counted.stdout)).toMatchObject([
      { studyKey: "A", estimatedRequests: 1 },
      { studyKey: "B", estimatedRequests: null, failure: { tag: "Forbidden" } },
      { type: "plan", estimatedRequests: 1, notCounted: 1 },
    ])
    const before = server.requests.length
    const plain = await run(["studies", "plan", "--json", "--no-estimate", ...quick], at(server, dir.path))
    expect([plain.code, server.requests.length]).toEqual([0, before + 1])
    expect(jsonLines(plain.stdout).at(-1)).toMatchObject({
      planHash: jsonLines(counted.stdout).at(-1)?.["planHash"],
      estimatedRequests: null,
    })
  })

  it("a resumed run keeps seed and parameters, runs what a changed file makes different again and says why", async () => {
    let broken = true
    await using server = await registry({ A: 1, B: 1 }, ({ path }) =>
      broken && path.endsWith("/B/subjects") ? { status: 500, body: { message: "x" } } : undefined,
    )
    using dir = folder()
    const own = at(server, dir.path)
    const write = (mark: string) =>
      writeFileSync(
        join(dir.path, "mine.mjs"),
        `export default async (study, { params }) => { await study.count("subjects"); return [params.x, ${JSON.stringify(mark)}] }\n`,
      )
    write("one")
    const first = await run(
      ["studies", "run", "--run-id", "r", "--pipeline", "./mine.mjs", "--param", "x=5", "--seed", "s", ...quick],
      own,
    )
    expect(first.code).toBe(3)
    broken = false
    const same = await run(["studies", "resume", "r", "--json", ...quick], own)
    expect(same.code).toBe(0)
    const units = (stdout: string) =>
      jsonLines(stdout).at(-1)?.["units"] as ReadonlyArray<{ status: string; value: unknown; reason?: string }>
    expect(units(same.stdout).map(({ status, value }) => [status, value])).toEqual([
      ["reused", [5, "one"]],
      ["succeeded", [5, "one"]],
    ])
    expect(jsonLines(same.stdout).at(-1)).toMatchObject({ seed: "s", sessions: 2 })
    // Finished, and then the code changes: there is something to resume again.
    broken = true
    expect(
      (await run(["studies", "run", "--run-id", "r2", "--pipeline", "./mine.mjs", "--param", "x=5", ...quick], own))
        .code,
    ).toBe(3)
    broken = false
    write("two")
    const changed = await run(["studies", "resume", "r2", "--json", ...quick], own)
    expect(units(changed.stdout).map(({ status, value }) => [status, value])).toEqual([
      ["succeeded", [5, "two"]],
      ["succeeded", [5, "two"]],
    ])
    const said = changed.stdout + changed.stderr
    expect(said).toMatch(/its input or code has changed since it succeeded/)
  })

  it("what changed in the registry since is told on stderr, not adopted", async () => {
    const listed = new Set(["A", "B"])
    let broken = true
    await using server = await registry({ A: 1, B: 1 }, ({ path }) => {
      if (path === studiesPath) return REG(...listed)
      if (broken && path.endsWith("/B/subjects")) return { status: 500, body: { message: "x" } }
      return { body: SUBJ(path.split("/")[5] ?? "", 1) }
    })
    using dir = folder()
    expect((await run(["studies", "run", ...quick], at(server, dir.path))).code).toBe(3)
    broken = false
    listed.add("NEW")
    listed.delete("A")
    const resumed = await run(["studies", "resume", ...quick], at(server, dir.path))
    expect(resumed.code).toBe(0)
    expect(resumed.stderr).toMatch(/warning: .*new in the registry and not part of this run: "NEW"/)
    expect(resumed.stderr).toMatch(/warning: .*no longer listed: "A"/)
    expect(server.subjectsOf("NEW")).toEqual([])
  })
})
