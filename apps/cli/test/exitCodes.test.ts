/**
 * Every command against the table of exit codes: what each command says that it can end with, it does end with, and
 * nothing else. A code without a case here fails the last test.
 */
import { spawn, spawnSync } from "node:child_process"
import { mkdirSync, readFileSync, writeFileSync } from "node:fs"
import { createServer } from "node:net"
import { join } from "node:path"
import { afterAll, beforeAll, describe, expect, it } from "vitest"
import { commands } from "../src/commands/index.ts"
import { experimentCases, experimentsElsewhere, prepare } from "./experimentCases.ts"
import { credentials, entry, folder, run, start, until } from "./harness.ts"
import { REG, registry, serve, studiesPath, SUBJ, type RegistryServer } from "./registryServer.ts"

const down = "http://127.0.0.1:9"
const quick = ["--retry-delay", "1ms", "--request-retries", "0", "--rate", "1000"]
const dir = folder()
let good: RegistryServer
let bad: RegistryServer
let refusing: RegistryServer
let empty: RegistryServer
let stuck: RegistryServer

beforeAll(async () => {
  good = await registry({ A: 1, B: 2 })
  bad = await serve(({ path }) => {
    if (path === studiesPath) return { body: { ...REG("A"), data: [...REG("A").data, "junk"] } }
    if (path.endsWith("/sites")) return { status: 403, body: { message: "no" } }
    return path.endsWith("/A/subjects") ? { status: 403, body: { message: "no" } } : undefined
  })
  refusing = await serve(() => ({ status: 401, body: { message: "Unauthorized" } }))
  empty = await registry({})
  stuck = await registry({ A: 1 }, ({ path }) => (path === studiesPath ? undefined : { never: true }))
  const use = (server: RegistryServer) => ({ cwd: dir.path, env: { ...credentials, IMEDNET_BASE_URL: server.baseUrl } })
  // Workspaces in each state: with a good run, with a failed one, damaged, and one whose folder is a file.
  await run(["studies", "run", "--workspace", "done", "--run-id", "r", "--out", "v.jsonl", ...quick], use(good))
  await run(["studies", "run", "--workspace", "changed", "--run-id", "r", "--out", "w.jsonl", ...quick], use(good))
  writeFileSync(join(dir.path, "w.jsonl"), "changed\n")
  await run(["studies", "run", "--workspace", "failed", "--run-id", "r", ...quick], use(bad))
  mkdirSync(join(dir.path, "damaged"))
  writeFileSync(join(dir.path, "damaged", "ledger.sqlite"), "no database ".repeat(500))
  writeFileSync(join(dir.path, "file"), "")
  // A ledger that is a folder cannot be opened, and nobody would say that it is damaged.
  mkdirSync(join(dir.path, "blocked", "ledger.sqlite"), { recursive: true })
  const killed = start(["studies", "run", "--workspace", "killed", "--run-id", "r", ...quick], use(stuck))
  await until(() => stuck.subjectsOf("A").length > 0, "A to be asked")
  killed.child.kill("SIGKILL")
  await killed.done
  await prepare(dir.path)
}, 120_000)
afterAll(async () => {
  for (const server of [good, bad, refusing, empty, stuck]) await server[Symbol.asyncDispose]()
  dir[Symbol.dispose]()
})

type Case = readonly [code: number, args: string, server?: () => { readonly baseUrl: string }]

const ledgerCases = (words: string): ReadonlyArray<Case> => [
  [0, `${words} --workspace done`],
  [2, `${words} --nonsense`],
  [5, `${words} --workspace blocked`],
  [6, `${words} --workspace damaged`],
]
const registryCases = (words: string): ReadonlyArray<Case> => [
  [2, `${words} --nonsense`],
  [3, `${words} ${quick.join(" ")} --workspace w3`, () => bad],
  [4, `${words} ${quick.join(" ")} --workspace w4`, () => refusing],
  [5, `${words} ${quick.join(" ")} --workspace w5`, () => ({ baseUrl: down })],
  [10, `${words} ${quick.join(" ")} --workspace w10`, () => empty],
]

const cases: Readonly<Record<string, ReadonlyArray<Case>>> = {
  ...experimentCases,
  "studies list": [...registryCases("studies list"), [0, "studies list", () => good]],
  "studies plan": [...registryCases("studies plan"), [0, "studies plan", () => good]],
  "studies run": [
    ...registryCases("studies run"),
    [0, "studies run --workspace w0", () => good],
    [6, "studies run --workspace done --run-id r", () => good],
  ],
  "studies resume": [
    [6, "studies resume --workspace killed r", () => empty],
    [0, `studies resume r --workspace killed --base-url HERE ${quick.join(" ")}`, () => good],
    [2, "studies resume --nonsense"],
    [3, `studies resume --workspace failed --retry-failed ${quick.join(" ")}`, () => bad],
    [4, `studies resume --workspace failed --base-url HERE --retry-failed ${quick.join(" ")}`, () => refusing],
    [
      5,
      `studies resume --workspace failed --base-url HERE --retry-failed ${quick.join(" ")}`,
      () => ({ baseUrl: down }),
    ],
    [6, "studies resume --workspace damaged", () => good],
    [10, "studies resume --workspace done", () => good],
    [10, "studies resume nobody --workspace done", () => good],
  ],
  "studies status": [...ledgerCases("studies status"), [10, "studies status --workspace nothing"]],
  "studies extract": [
    ...registryCases("studies extract --resource subjects --out pulls"),
    [0, "studies extract --resource subjects --out pulls --workspace w0", () => good],
    [6, "studies extract --out pulls --workspace damaged", () => good],
  ],
  "studies simulate": [[2, "studies simulate --port 70000"]],
  "runs list": [...ledgerCases("runs list"), [10, "runs list --workspace nothing"]],
  "runs show": [...ledgerCases("runs show"), [10, "runs show nobody --workspace done"]],
  "runs events": [...ledgerCases("runs events"), [10, "runs events --workspace nothing"]],
  "runs verify": [
    ...ledgerCases("runs verify"),
    [10, "runs verify --workspace nothing"],
    [12, "runs verify --workspace changed"],
  ],
  "runs receipt": [
    [0, "runs receipt --workspace failed"],
    [2, "runs receipt --nonsense"],
    [5, "runs receipt --workspace blocked"],
    [6, "runs receipt --workspace damaged"],
    [10, "runs receipt --workspace nothing"],
    [12, "runs receipt --workspace e-broken"],
  ],
  demo: [
    [0, "demo --faults none --quiet --workspace d"],
    [2, "demo --faults absent.json --workspace d"],
    [5, "demo --workspace file/space"],
    [10, "demo --resume nobody --workspace d"],
  ],
  doctor: [
    [0, "doctor", () => good],
    [2, "doctor --nonsense"],
    [3, "doctor --study A", () => bad],
    [4, "doctor", () => refusing],
    [5, "doctor", () => ({ baseUrl: down })],
    [6, "doctor --workspace damaged", () => good],
  ],
  completions: [
    [0, "completions zsh"],
    [2, "completions nothing"],
  ],
  help: [
    [0, "help studies run"],
    [2, "help nothing"],
  ],
}

/** Shown by tests of their own: two processes at once, a stdout that is full, a port that is taken. */
const elsewhere: Readonly<Record<string, ReadonlyArray<number>>> = {
  "studies run": [11],
  "studies resume": [11],
  "studies extract": [11],
  "runs receipt": [11],
  "studies simulate": [0, 6],
  demo: [3],
  ...experimentsElsewhere,
}

describe("exit codes", () => {
  for (const [name, rows] of Object.entries(cases)) {
    it(
      `heddle ${name} ends with ${[...new Set(rows.map(([code]) => code))].join(", ")}`,
      { timeout: 120_000 },
      async () => {
        for (const [code, args, server] of rows) {
          const env = { ...credentials, ...(server === undefined ? {} : { IMEDNET_BASE_URL: server().baseUrl }) }
          const result = await run(args.replace("HERE", server?.().baseUrl ?? "").split(" "), { cwd: dir.path, env })
          expect([args, result.code]).toEqual([args, code])
          // Whatever is no success says what to do.
          if (code !== 0) expect(result.stderr).toMatch(/\n\nhint: /)
        }
      },
    )
  }

  it("simulate on a port that is taken is exit 6 with a hint", async () => {
    const taken = createServer()
    await new Promise<void>((resolve) => taken.listen(0, "127.0.0.1", resolve))
    const address = taken.address()
    const port = typeof address === "object" && address !== null ? address.port : 0
    const result = await run(["studies", "simulate", "--port", String(port)], { cwd: dir.path })
    taken.close()
    expect([result.code, result.stderr]).toEqual([6, expect.stringMatching(/error: .*\n\nhint: /)])
  })

  it("every command has its cases, and every code of its help page is shown", () => {
    expect(Object.keys(cases).toSorted()).toEqual(commands.map(({ path }) => path.join(" ")).toSorted())
    for (const { path, exitCodes } of commands) {
      const name = path.join(" ")
      const shown = new Set([...(cases[name] ?? []).map(([code]) => code), ...(elsewhere[name] ?? [])])
      for (const code of exitCodes) expect([name, code, shown.has(code)]).toEqual([name, code, true])
      for (const code of shown)
        expect([name, code, [0, 2, ...exitCodes].includes(code as never)]).toEqual([name, code, true])
    }
  })
})

describe("at two in the morning", () => {
  it("study keys with line ends and quotes stay one row, one line and one argument", async () => {
    const keys = ["A\nB", "it's", "C\u001b[31m", "D\tE"]
    await using server = await serve(({ path }) => {
      if (path === studiesPath) return REG(...keys)
      const key = decodeURIComponent(path.split("/")[5] ?? "")
      return key === "it's" ? { status: 403, body: { message: "no\nway" } } : SUBJ(key, 1)
    })
    const use = { cwd: dir.path, env: { ...credentials, IMEDNET_BASE_URL: server.baseUrl } }
    const table = await run(["studies", "run", "--workspace", "hostile", ...quick], use)
    const rows = table.stdout.trimEnd().split("\n")
    const selected = rows.slice(1).map((row) => row.split("\t")[1])
    expect([rows[0]?.split("\t").length, ...rows.slice(1).map((row) => row.split("\t").length)]).toEqual(
      rows.map(() => 7),
    )
    expect(selected.every((status) => status === "succeeded" || status === "failed")).toBe(true)
    expect(table.stdout).not.toContain("\u001b")
    const out = await run(
      [
        "studies",
        "extract",
        "--resource",
        "subjects",
        "--out",
        "hostile-files",
        "--workspace",
        "hostile",
        "--json",
        ...quick,
      ],
      use,
    )
    for (const line of out.stdout.trimEnd().split("\n")) expect(() => JSON.parse(line)).not.toThrow()
    const listing = await run(["runs", "verify", "--workspace", "hostile"], use)
    expect([listing.code, spawnSync("sha256sum", ["-c", "--quiet"], { input: listing.stdout }).status]).toEqual([0, 0])
  })

  it("credentials that expire in the middle are named, with what renews and what goes on", async () => {
    let asked = 0
    await using server = await registry({ A: 1, B: 1, C: 1 }, ({ path }) =>
      path !== studiesPath && ++asked > 1 ? { status: 401, body: { message: "expired" } } : undefined,
    )
    const use = { cwd: dir.path, env: { ...credentials, IMEDNET_BASE_URL: server.baseUrl } }
    const result = await run(
      ["studies", "run", "--workspace", "expired", "--concurrency", "1", "--run-id", "x", ...quick],
      use,
    )
    expect(result.code).toBe(3)
    expect(result.stderr).toMatch(
      /error: 2 of 3 studies failed, 2 because the credentials were refused\n\nhint: heddle doctor .*\nhint: heddle studies resume x --retry-failed .*\n$/,
    )
  })

  it(
    "a ledger that another program has locked is exit 5 with the file's name, and nothing runs",
    { timeout: 120_000 },
    async () => {
      const use = { cwd: dir.path, env: { ...credentials, IMEDNET_BASE_URL: good.baseUrl } }
      await run(["studies", "run", "--workspace", "locked", ...quick], use)
      const code = `const { DatabaseSync } = require("node:sqlite")
      const db = new DatabaseSync("locked/ledger.sqlite")
      db.exec("BEGIN EXCLUSIVE")
      console.log("locked")
      setInterval(() => {}, 1000)`
      const holder = spawn(process.execPath, ["-e", code], { cwd: dir.path, stdio: ["ignore", "pipe", "ignore"] })
      await new Promise((resolve) => holder.stdout.once("data", resolve))
      const before = good.subjectsOf("A").length
      const result = await run(["studies", "run", "--workspace", "locked", ...quick], use)
      holder.kill("SIGKILL")
      expect([result.code, good.subjectsOf("A").length]).toEqual([5, before])
      expect(result.stderr).toMatch(/error: .*ledger\.sqlite.*locked(.*\n)*\nhint: /)
    },
  )

  it(
    "a ledger that cannot grow ends the run with exit 5 and the way on, and resumes when there is room",
    { timeout: 120_000 },
    async () => {
      const keys = Array.from({ length: 60 }, (_, index) => `S${index}`)
      await using server = await registry(Object.fromEntries(keys.map((key) => [key, 0])))
      const use = { cwd: dir.path, env: { ...credentials, IMEDNET_BASE_URL: server.baseUrl } }
      writeFileSync(
        join(dir.path, "wide.mjs"),
        "export default async (study) => { await study.count('subjects'); return study.studyKey.padEnd(20_000, 'x') }\n",
      )
      const words = `studies run --workspace narrow --run-id n --json --pipeline ./wide.mjs ${quick.join(" ")}`
      const child = spawn(
        "bash",
        ["--norc", "--noprofile", "-c", `ulimit -f 300; trap '' XFSZ; ${process.execPath} ${entry} ${words} | tail -1`],
        {
          cwd: dir.path,
          env: { PATH: process.env["PATH"] ?? "", ...use.env },
        },
      )
      let stdout = ""
      child.stdout.on("data", (chunk: Buffer) => (stdout += chunk.toString()))
      await new Promise((resolve) => child.on("close", resolve))
      expect(JSON.parse(stdout)).toMatchObject({
        type: "failure",
        runId: "n",
        exitCode: 5,
        hints: expect.arrayContaining([expect.stringContaining("heddle studies resume n")]),
      })
      expect((await run(["studies", "resume", "n", "--workspace", "narrow", ...quick], use)).code).toBe(0)
      const receipt = JSON.parse(readFileSync(join(dir.path, "narrow", "receipts", "n.json"), "utf8"))
      expect(receipt.counts.succeeded + receipt.counts.reused).toBe(60)
      expect((await run(["runs", "verify", "n", "--workspace", "narrow"], use)).code).toBe(0)
    },
  )
})
