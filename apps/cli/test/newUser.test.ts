/**
 * What people run into who type the README's commands for the first time, with slips: as whole commands. The oracles are
 * the exit code, the server's log and the file system.
 */
import { spawn, spawnSync } from "node:child_process"
import { existsSync, readdirSync, writeFileSync } from "node:fs"
import { join } from "node:path"
import { pathToFileURL } from "node:url"
import { describe, expect, it } from "vitest"
import { credentials, entry, folder, jsonLines, run, start, until } from "./harness.ts"
import { REG, registry, serve, studiesPath, SUBJ } from "./registryServer.ts"

const at = (server: { readonly baseUrl: string }, cwd: string, env: Readonly<Record<string, string>> = {}) => ({
  cwd,
  env: { ...credentials, IMEDNET_BASE_URL: server.baseUrl, ...env },
})
const quick = ["--retry-delay", "1ms", "--request-retries", "0", "--rate", "1000"]

describe("a key that is not there", () => {
  it("in an exclude-list is refused before a study is asked, with the key that was meant", async () => {
    await using server = await registry({ ALPHA: 1, BETA: 1 })
    using dir = folder()
    for (const words of ["run", "extract", "plan", "list"]) {
      const result = await run(["studies", words, "--exclude", "ALPAH"], at(server, dir.path))
      expect([words, result.code]).toEqual([words, 2])
      expect(result.stderr).toContain("did you mean ALPHA?")
      expect(result.stderr).toContain(`\n\nhint: heddle studies ${words} --exclude ALPHA\n`)
    }
    expect(server.requests.every(({ path }) => path === studiesPath)).toBe(true)
    expect(existsSync(join(dir.path, ".heddle", "receipts"))).toBe(true)
    expect(readdirSync(join(dir.path, ".heddle", "receipts"))).toEqual([])
  })

  it("in an include-list runs the others and is told again behind the table, also a list with commas", async () => {
    await using server = await registry({ ALPHA: 1, BETA: 1 })
    using dir = folder()
    const flags = ["--include", "BETA", "--include", "ALPAH", "--include", "ALPHA,BETA"]
    const result = await run(["studies", "run", ...flags, ...quick], at(server, dir.path))
    expect(result.code).toBe(0)
    const last = result.stderr.trimEnd().split("\n").slice(-2)
    expect(last[0]).toMatch(/^warning: .* does not list "ALPAH"; did you mean ALPHA\?$/)
    expect(last[1]).toMatch(/^warning: .* several keys are several flags: --include ALPHA --include BETA$/)
    expect(server.subjectsOf("ALPHA")).toEqual([])
  })

  it("alone enters no run: no row, no receipt, exit 10 with what was meant", async () => {
    await using server = await registry({ ALPHA: 1 })
    using dir = folder()
    for (const words of [["run"], ["extract", "--out", "pulls"]]) {
      const result = await run(["studies", ...words, "--include", "ALPAH"], at(server, dir.path))
      expect([result.code, result.stderr]).toEqual([10, expect.stringContaining("did you mean ALPHA?")])
      expect(result.stderr).toMatch(/\n\nhint: heddle studies list\n$/)
    }
    expect(readdirSync(join(dir.path, ".heddle", "receipts"))).toEqual([])
    const runs = await run(["runs", "list", "--json"], at(server, dir.path))
    expect(jsonLines(runs.stdout)).toMatchObject([{ type: "end", count: 0 }])
  })

  it("flags on the command line replace the selection of the file altogether", async () => {
    await using server = await registry({ ALPHA: 1, BETA: 1 })
    using dir = folder()
    writeFileSync(join(dir.path, "heddle.toml"), '[studies]\nexclude = ["ALPHA"]\n')
    const taken = await run(["studies", "list", "--include", "ALPHA"], at(server, dir.path))
    expect([taken.code, taken.stdout.split("\n")[1]?.split("\t")[0]]).toEqual([0, "ALPHA"])
    const both = await run(["studies", "list", "--include", "ALPHA", "--exclude", "BETA"], at(server, dir.path))
    expect(both.code).toBe(2)
  })
})

describe("surroundings", () => {
  it("a Node that is too old is one line and exit 2", () => {
    const old = 'Object.defineProperty(process.versions, "node", { value: "20.19.0" })'
    const result = spawnSync(
      process.execPath,
      ["--import", `data:text/javascript,${encodeURIComponent(old)}`, entry, "--version"],
      { encoding: "utf8" },
    )
    expect([result.status, result.stdout, result.stderr]).toEqual([
      2,
      "",
      "heddle needs Node 22.19, 24.11 or 26 and newer; this is v20.19.0\n",
    ])
  })

  it("a mistake on the command line whose --json line nobody takes is exit 5, not a crash", () => {
    const result = spawnSync("bash", ["-c", `"${process.execPath}" "${entry}" runs lits --json > /dev/full`], {
      encoding: "utf8",
    })
    expect(result.status).toBe(5)
    expect(result.stderr).toContain('has no command "lits"; did you mean list?')
    expect(result.stderr).toMatch(/error: stdout could not be written.*ENOSPC/)
    expect(result.stderr).not.toContain("node:events")
  })

  it("missing credentials and an address without scheme are told by name, and hints run under the launcher", async () => {
    using dir = folder()
    const env = { HEDDLE_LAUNCHED: "1" }
    for (const verb of ["list", "plan", "run", "extract"]) {
      const none = await run(["studies", verb], { cwd: dir.path, env })
      expect([verb, none.code, none.stderr]).toEqual([
        verb,
        2,
        "error: IMEDNET_API_KEY and IMEDNET_SECURITY_KEY are not set\n\nhint: export IMEDNET_API_KEY=… IMEDNET_SECURITY_KEY=…\nhint: npm run -s heddle -- demo\n",
      ])
      const bare = await run(["studies", verb], at({ baseUrl: "edc.example:1" }, dir.path))
      expect([verb, bare.code, bare.stderr]).toEqual([
        verb,
        2,
        expect.stringContaining("http:// or https:// is missing"),
      ])
    }
    await using refusing = await serve(() => ({ status: 401, body: { message: "Unauthorized" } }))
    const listed = await run(["studies", "list", ...quick], at(refusing, dir.path, env))
    expect([listed.code, listed.stderr]).toEqual([4, expect.stringContaining(": npm run -s heddle -- doctor\n")])
    const doctor = await run(["doctor"], at(refusing, dir.path, env))
    expect([doctor.code, doctor.stderr]).toEqual([4, expect.stringContaining("hint: credentials: ask for keys")])
    expect(doctor.stderr).not.toMatch(/hint: .*doctor/)
  })

  it("doctor tells missing credentials also where nobody answers", async () => {
    using dir = folder()
    const result = await run(["doctor", "--json"], { cwd: dir.path, env: { IMEDNET_BASE_URL: "http://127.0.0.1:9" } })
    const failed = jsonLines(result.stdout).filter((line) => line["ok"] === false)
    expect(failed.map((line) => line["check"])).toEqual(["reachable", "credentials"])
  })

  it("a workspace that is not there is said, and near words lead to commands", async () => {
    using dir = folder()
    const none = await run(["runs", "list", "--workspace", join(dir.path, "nowhere")], { cwd: dir.path })
    expect([none.code, none.stderr]).toEqual([10, expect.stringContaining("there is no workspace at ")])
    for (const [words, hint] of [
      ["study run", "heddle studies run --help"],
      ["stats", "heddle studies status --help"],
      ["studies lst --help", "heddle studies list --help"],
    ] as const) {
      const result = await run(words.split(" "), { cwd: dir.path })
      expect([words, result.code, result.stderr]).toEqual([words, 2, expect.stringContaining(`hint: ${hint}\n`)])
    }
  })

  it("no hint removes or moves what is no file", async () => {
    await using server = await registry({ A: 1 })
    using dir = folder()
    for (const out of ["/dev/full", "/dev/null", "."]) {
      const result = await run(["studies", "run", "--out", out], at(server, dir.path))
      expect([out, result.code]).toEqual([out, 6])
      expect(result.stderr).not.toMatch(/hint: .*\b(rm|mv) /)
    }
  })
})

describe("failures and how it goes on", () => {
  it("the same refusal of every study is exit 4, an unreachable server 5, with the hint for it", async () => {
    await using refusing = await serve(() => ({ status: 401, body: { message: "Unauthorized" } }))
    using dir = folder()
    const refused = await run(["studies", "run", "--study", "K", ...quick], at(refusing, dir.path))
    expect([refused.code, refused.stderr]).toEqual([4, expect.stringContaining("hint: heddle doctor\n")])
    const away = await run(
      ["studies", "run", "--study", "K", ...quick],
      at({ baseUrl: "http://127.0.0.1:9" }, dir.path),
    )
    expect([away.code, away.stderr]).toEqual([5, expect.stringContaining("http://127.0.0.1:9 could not be reached")])
  })

  it("rows of failures name status, resource and requests, and the line of a pipeline file that threw", async () => {
    await using server = await serve(({ path }) =>
      path === studiesPath ? REG("A") : { status: 403, body: { message: "Forbidden" } },
    )
    using dir = folder()
    const forbidden = await run(["studies", "run", ...quick], at(server, dir.path))
    expect([forbidden.code, forbidden.stdout]).toEqual([3, expect.stringMatching(/403.*subjects.*1 request/)])
    writeFileSync(join(dir.path, "mine.mjs"), 'export default async () => {\n  throw new Error("boom")\n}\n')
    for (const placement of ["workers", "fibers"]) {
      const words = ["studies", "run", "--pipeline", "./mine.mjs", "--placement", placement, ...quick]
      const thrown = await run(words, at(server, dir.path))
      expect([placement, thrown.stdout]).toEqual([placement, expect.stringContaining("boom (at mine.mjs:2)")])
      const shown = await run(["runs", "show"], at(server, dir.path))
      expect(shown.stdout).toContain("boom (at mine.mjs:2)")
    }
  })

  it("runs show gives the resume hint that the run gave, and the hint runs", async () => {
    let broken = true
    await using server = await serve(({ path }) =>
      broken ? { status: 403, body: { message: "no" } } : SUBJ(path.split("/")[5] ?? "", 1),
    )
    using dir = folder()
    const own = { cwd: dir.path, env: credentials }
    const failed = await run(["studies", "run", "--study", "A", "--base-url", server.baseUrl, ...quick], own)
    const hint = /hint: heddle (studies resume .*)\n/
    const given = hint.exec(failed.stderr)?.[1] ?? ""
    const shown = hint.exec((await run(["runs", "show"], own)).stderr)?.[1] ?? ""
    expect(shown).toBe(given)
    for (const flag of ["--retry-failed", "--no-registry", `--base-url ${server.baseUrl}`])
      expect(shown).toContain(flag)
    broken = false
    expect((await run(shown.split(" "), own)).code).toBe(0)
  })

  it("a run goes on with its own server and rate; another server is refused unless the command line names it", async () => {
    let broken = true
    const answer = ({ path }: { readonly path: string }) =>
      path === studiesPath ? REG("A") : broken ? { status: 500, body: {} } : SUBJ("A", 1)
    await using first = await serve(answer)
    await using second = await serve(answer)
    using dir = folder()
    const begun = await run(["studies", "run", "--run-id", "r", "--json", ...quick], at(first, dir.path))
    expect(jsonLines(begun.stdout).at(-1)).toMatchObject({ details: { server: first.baseUrl, rate: 1000 } })
    broken = false
    const other = await run(["studies", "resume", "r"], at(second, dir.path))
    expect(other.code).toBe(6)
    expect(other.stderr).toContain(`run r asked ${first.baseUrl}, and now ${second.baseUrl} would be asked`)
    expect(second.requests).toEqual([])
    const named = await run(["studies", "resume", "r", "--json", "--base-url", second.baseUrl], at(first, dir.path))
    expect([named.code, jsonLines(named.stdout).at(-1)]).toEqual([
      0,
      expect.objectContaining({ details: expect.objectContaining({ server: second.baseUrl, rate: 1000 }) }),
    ])
    const planned = await run(["studies", "plan"], at(second, dir.path))
    expect(planned.stderr).toContain(`server: ${second.baseUrl}\n`)
  })

  it("an interrupted study is not counted as done, and a run of a moment has no rate", async () => {
    let asked = false
    await using server = await serve(({ path }) => {
      if (path === studiesPath) return REG("A", "B")
      if (path.endsWith("/A/subjects")) return SUBJ("A", 1)
      asked = true
      return { never: true }
    })
    using dir = folder()
    const quickly = await run(["studies", "run", "--include", "A", ...quick], at(server, dir.path))
    expect(quickly.stderr).toMatch(/ 1\/1 done in (0\.\d s|\S+ s \(.*\)): 1 succeeded\n/)
    const running = start(["studies", "run", "--grace", "10ms", "--concurrency", "1", ...quick], at(server, dir.path))
    await until(() => asked, "B to be asked")
    running.child.kill("SIGINT")
    const result = await running.done
    expect(result.code).toBe(130)
    expect(result.stderr).toMatch(/ 1\/2 done, stopped after .*: 1 succeeded, 1 interrupted\n/)
    expect(result.stderr).toContain("stopped: 1 study is left\n")
  })

  it("a full disk behind a run, its listing or its check is exit 5 and says so", async () => {
    await using server = await registry({ A: 1, B: 1 })
    using dir = folder()
    expect((await run(["studies", "run", "--out", "v.jsonl", ...quick], at(server, dir.path))).code).toBe(0)
    for (const words of ["studies run", "studies plan", "studies list --json", "runs verify", "runs show"]) {
      const { cwd, env } = at(server, dir.path)
      // Not in this process's way: the server of the test answers meanwhile.
      const child = spawn("bash", ["-c", `"${process.execPath}" "${entry}" ${words} > /dev/full`], {
        cwd,
        env: { ...env, PATH: process.env["PATH"] ?? "" },
      })
      let stderr = ""
      child.stderr.on("data", (chunk: Buffer) => (stderr += chunk.toString()))
      const code = await new Promise((resolve) => child.on("close", resolve))
      expect([words, code, stderr]).toEqual([
        words,
        5,
        expect.stringMatching(/error: stdout could not be written.*ENOSPC.*\n\nhint: /),
      ])
    }
  })

  it("a file that is not as it was says what can be done", async () => {
    await using server = await registry({ A: 1 })
    using dir = folder()
    await run(["studies", "extract", "--resource", "subjects", "--out", "pulls", ...quick], at(server, dir.path))
    const listing = await run(["runs", "verify"], at(server, dir.path))
    const file = listing.stdout.split("\n")[0]?.split("  ")[1] ?? ""
    expect(existsSync(pathToFileURL(file))).toBe(true)
    writeFileSync(file, "changed")
    const changed = await run(["runs", "verify"], at(server, dir.path, { HEDDLE_LAUNCHED: "1" }))
    expect(changed.code).toBe(12)
    expect(changed.stderr).toContain("hint: restore the files")
    expect(changed.stderr).toMatch(/hint: .*: npm run -s heddle -- studies extract --full --out extract-again\n/)
  })
})
