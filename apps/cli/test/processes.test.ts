/**
 * What a command does when its surroundings are bad: a reader that goes away, a workspace that cannot be written, a ledger
 * that is damaged or in use; and the commands around runs.
 */
import { spawn, spawnSync } from "node:child_process"
import { appendFileSync, existsSync, mkdirSync, readdirSync, readFileSync, symlinkSync, writeFileSync } from "node:fs"
import { join } from "node:path"
import { fileURLToPath } from "node:url"
import { describe, expect, it } from "vitest"
import { credentials, entry, filtered, folder, jsonLines, run, start, until } from "./harness.ts"
import { REG, registry, serve, studiesPath, SUBJ } from "./registryServer.ts"

const cli = fileURLToPath(new URL("..", import.meta.url))

const at = (server: { readonly baseUrl: string }, cwd: string) => ({
  cwd,
  env: { ...credentials, IMEDNET_BASE_URL: server.baseUrl },
})

describe("bad surroundings", () => {
  it("a reader of stdout that goes away ends the run quietly, with a ledger that resumes", async () => {
    const keys = Array.from({ length: 30 }, (_, index) => `S${index}`)
    await using server = await registry(Object.fromEntries(keys.map((key) => [key, 1])), ({ path }) =>
      path === studiesPath ? undefined : { body: SUBJ(path.split("/")[5] ?? "", 1), delayMs: 60 },
    )
    using dir = folder()
    const running = start(["studies", "run", "--json", "--concurrency", "1", "--rate", "1000"], at(server, dir.path))
    await until(() => running.stdout().includes('"unitFinished"'), "the first study")
    running.child.stdout?.destroy()
    const result = await running.done
    expect(result.signal).toBeNull()
    expect(result.code).toBe(130)
    expect(result.stderr).not.toMatch(/EPIPE|bug|\n\s+at /)
    expect(server.requests.length).toBeLessThan(keys.length)
    const resumed = await run(["studies", "resume", "--rate", "1000"], at(server, dir.path))
    expect(resumed.code).toBe(0)
    for (const key of keys) expect([key, server.subjectsOf(key).length]).toEqual([key, 1])
  })

  it("a listing whose reader goes away ends with 0 and says nothing", async () => {
    await using server = await registry(Object.fromEntries(Array.from({ length: 500 }, (_, index) => [`S${index}`, 1])))
    using dir = folder()
    const script = `"${process.execPath}" "${entry}" studies list --json | head -1 >/dev/null; echo "\${PIPESTATUS[0]}"`
    // The server lives in this process, so the command must not block it.
    const child = spawn("bash", ["--norc", "--noprofile", "-c", script], {
      cwd: dir.path,
      env: { PATH: process.env["PATH"] ?? "", ...at(server, dir.path).env },
    })
    let stdout = ""
    let stderr = ""
    child.stdout.on("data", (chunk: Buffer) => (stdout += chunk.toString()))
    child.stderr.on("data", (chunk: Buffer) => (stderr += chunk.toString()))
    await new Promise((resolve) => child.on("close", resolve))
    expect([stdout.trim(), stderr]).toEqual(["0", ""])
  })

  it("a workspace that cannot be made is exit 5 with a command to paste", async () => {
    await using server = await registry({ A: 1 })
    using dir = folder()
    writeFileSync(join(dir.path, "file"), "")
    const result = await run(["studies", "run", "--workspace", "file/space"], at(server, dir.path))
    expect(result.code).toBe(5)
    expect(result.stderr).toMatch(
      /^error: the workspace .*file\/space cannot be made or written: .*\n\nhint: .*ls -ld .*\n$/,
    )
    expect(server.requests).toHaveLength(0)
  })

  it("a damaged ledger is refused with exit 6 and left as it is", async () => {
    await using server = await registry({ A: 1 })
    using dir = folder()
    mkdirSync(join(dir.path, ".heddle"))
    const ledger = join(dir.path, ".heddle", "ledger.sqlite")
    writeFileSync(ledger, "this is no database".repeat(1000))
    const before = readFileSync(ledger)
    for (const args of [
      ["runs", "list"],
      ["studies", "run"],
      ["studies", "resume"],
    ]) {
      const result = await run(args, at(server, dir.path))
      expect([args, result.code]).toEqual([args, 6])
      expect(result.stderr).toMatch(/error: .*ledger\.sqlite is damaged or not a ledger.*\n\nhint: .*mv /)
    }
    expect(readFileSync(ledger).equals(before)).toBe(true)
  })

  it("two processes on one run: the second is refused with owner, age and remedy, exit 11; a third may read", async () => {
    let stuck = true
    await using server = await registry({ A: 1, B: 1 }, ({ path }) =>
      stuck && path.endsWith("/B/subjects") ? { never: true } : undefined,
    )
    using dir = folder()
    const first = start(["studies", "run", "--run-id", "shared", "--json"], at(server, dir.path))
    await until(() => first.stdout().includes('"unitFinished"'), "A to be done")
    const second = await run(["studies", "resume", "shared"], at(server, dir.path))
    expect(second.code).toBe(11)
    expect(second.stderr).toMatch(new RegExp(`error: .*held by process ${first.child.pid} of .* since \\d+ s`))
    expect(second.stderr).toMatch(new RegExp(`\n\nhint: .*kill ${first.child.pid}`))
    const status = await run(["studies", "status"], at(server, dir.path))
    expect(status.code).toBe(0)
    expect(status.stdout).toMatch(/^A\tsucceeded\t/m)
    expect(status.stdout).toMatch(/^B\trunning\t/m)
    stuck = false
    first.child.kill("SIGTERM")
    expect((await first.done).code).toBe(130)
    expect((await run(["studies", "resume", "shared"], at(server, dir.path))).code).toBe(0)
  })

  it("a run id that is taken is refused with exit 6 and its run shown in the hint", async () => {
    await using server = await registry({ A: 1 })
    using dir = folder()
    expect((await run(["studies", "run", "--run-id", "one"], at(server, dir.path))).code).toBe(0)
    const again = await run(["studies", "run", "--run-id", "one"], at(server, dir.path))
    expect(again.code).toBe(6)
    expect(again.stderr).toContain("hint: heddle runs show one")
  })
})

describe("mistakes", () => {
  const preload = (code: string): string => `--import data:text/javascript,${encodeURIComponent(code)}`

  it("an error that nobody expected is exit 1 with a report that can be sent, without the keys", async () => {
    using dir = folder()
    const code = `import fs from "node:fs"; import { syncBuiltinESMExports } from "node:module"
      const exists = fs.existsSync
      fs.existsSync = (path) => { if (String(path).endsWith("ledger.sqlite")) throw new Error("broken with KEY-1234"); return exists(path) }
      syncBuiltinESMExports()`
    const env = { ...credentials, NODE_OPTIONS: preload(code) }
    const result = await run(["runs", "list", "--json"], { cwd: dir.path, env })
    expect(result.code).toBe(1)
    expect(jsonLines(result.stdout)).toMatchObject([{ type: "failure", tag: "Bug", exitCode: 1 }])
    expect(result.stderr).toMatch(
      /^error: heddle made a mistake(.*\n)+.*broken with <redacted>(.*\n)+\nhint: report the text above/,
    )
    expect(result.stdout + result.stderr).not.toContain("KEY-1234")
  })

  it("an error thrown beside everything is told in the same way", async () => {
    using dir = folder()
    const env = {
      ...credentials,
      NODE_OPTIONS: preload(`setTimeout(() => { throw new Error("stray KEY-1234") }, 1000)`),
    }
    const result = await run(["studies", "simulate"], { cwd: dir.path, env })
    expect(result.code).toBe(1)
    expect(result.stderr).toMatch(/error: heddle made a mistake(.*\n)+.*stray <redacted>/)
    expect(result.stderr).not.toContain("KEY-1234")
  })

  it("a pipeline that does not exist, does not load or exports no function is exit 2 before any request", async () => {
    await using server = await registry({ A: 1 })
    using dir = folder()
    writeFileSync(join(dir.path, "broken.mjs"), "export default (\n")
    writeFileSync(join(dir.path, "none.mjs"), "export const other = 1\n")
    writeFileSync(join(dir.path, "undefined.mjs"), "export default undefined\n")
    for (const name of ["enrolment", "./absent.mjs", "./broken.mjs", "./none.mjs", "./undefined.mjs", "extract"]) {
      const result = await run(["studies", "run", "--pipeline", name], at(server, dir.path))
      expect([name, result.code]).toEqual([name, 2])
      expect(result.stderr).toMatch(/error: .*\n\nhint: /)
    }
    expect(server.requests).toHaveLength(0)
  })

  it("Ctrl-C while the registry is asked ends with 130 and a hint", async () => {
    await using server = await serve(() => ({ never: true }))
    using dir = folder()
    const running = start(["studies", "run"], at(server, dir.path))
    await until(() => server.requests.length > 0, "the registry to be asked")
    running.child.kill("SIGINT")
    const result = await running.done
    expect([result.code, result.stdout, result.stderr]).toEqual([
      130,
      "",
      "error: interrupted\n\nhint: heddle runs list\n",
    ])
  })
})

describe("configuration", () => {
  it("flags beat the environment beats the file, and doctor says where each came from", async () => {
    await using server = await registry({ A: 1, B: 2 })
    using dir = folder()
    writeFileSync(
      join(dir.path, "heddle.toml"),
      `"$schema" = "./heddle.schema.json"\nworkspace = "from-file"\n[imednet]\nbase-url = "http://127.0.0.1:1"\nrate = 55\n[studies]\nexclude = ["B"]\n`,
    )
    const told = await run(["doctor", "--json", "--rate", "77"], at(server, dir.path))
    expect(told.code).toBe(0)
    const settings = jsonLines(told.stdout).filter((line) => line["type"] === "setting")
    const setting = (name: string) => settings.find((line) => line["name"] === name)
    expect(setting("workspace")).toMatchObject({ value: "from-file", source: "heddle.toml" })
    expect(setting("base-url")).toMatchObject({ value: server.baseUrl, source: "IMEDNET_BASE_URL" })
    expect(setting("rate")).toMatchObject({ value: "77", source: "--rate" })
    expect(setting("IMEDNET_API_KEY")).toMatchObject({ value: "set (not shown)" })
    const list = await run(["studies", "list"], at(server, dir.path))
    expect(
      list.stdout
        .split("\n")
        .slice(1, -1)
        .map((line) => line.split("\t")[0]),
    ).toEqual(["A"])
  })

  it("an unknown key names the nearest, a credential is sent to the environment, a wrong value says what it must be", async () => {
    using dir = folder()
    const file = join(dir.path, "heddle.toml")
    const attempt = async (content: string) => {
      writeFileSync(file, content)
      const { code, stderr } = await run(["runs", "list"], { cwd: dir.path })
      return { code, stderr }
    }
    expect(await attempt("[studies]\nconcurency = 4\n")).toEqual({
      code: 2,
      stderr:
        "error: heddle.toml: there is no key studies.concurency; did you mean studies.concurrency?\n\nhint: rename it to concurrency in heddle.toml\n",
    })
    expect((await attempt('[imednet]\napi-key = "KEY"\n')).stderr).toContain(
      "credentials stand in the environment only",
    )
    for (const content of [
      "[studies]\nconcurrency = 0\n",
      '[studies]\ndeadline = "5"\n',
      "workspace = [\n",
      'studies = "x"\n',
    ]) {
      const { code, stderr } = await attempt(content)
      expect([content, code]).toEqual([content, 2])
      expect(stderr).toMatch(/^error: heddle\.toml(.*\n)+\nhint: .*\n$/)
    }
    expect((await run(["runs", "list", "--config", "absent.toml"], { cwd: dir.path })).code).toBe(2)
  })
})

describe("runs", () => {
  it("list, show and events tell the same run, for people and as JSON lines", async () => {
    await using server = await registry({ A: 1, B: 2 }, ({ path }) =>
      path.endsWith("/B/subjects") ? { status: 403, body: { message: "Forbidden" } } : undefined,
    )
    using dir = folder()
    const none = await run(["runs", "list"], { cwd: dir.path })
    expect([none.code, none.stdout]).toEqual([10, ""])
    expect(existsSync(join(dir.path, ".heddle"))).toBe(false)
    expect((await run(["runs", "show"], { cwd: dir.path })).code).toBe(10)
    expect((await run(["studies", "run", "--run-id", "one", "--concurrency", "1"], at(server, dir.path))).code).toBe(3)
    const list = await run(["runs", "list"], { cwd: dir.path })
    expect(filtered(list.stdout)).toBe(
      "run\tarea\tstate\tplanned\tdone\tfailed\tsessions\tstarted\tlast event\none\tstudies\tpartial\t2\t1\t1\t1\t<time>\t<time>\n",
    )
    expect(jsonLines((await run(["runs", "list", "--unfinished", "--json"], { cwd: dir.path })).stdout)).toMatchObject([
      { type: "run", runId: "one", state: "partial", counts: { planned: 2, succeeded: 1, failed: 1 } },
      { type: "end", count: 1 },
    ])
    const show = await run(["runs", "show", "one"], { cwd: dir.path })
    expect(filtered(show.stdout)).toBe(
      [
        "study\tstatus\ttries\tqueued\tran\twaited\tresult",
        'A\tsucceeded\t1\t<duration>\t<duration>\t<duration>\t{"subjects":1,"deleted":0}',
        "B\tfailed\t1\t<duration>\t<duration>\t<duration>\tForbidden: Forbidden (HTTP 403, subjects, 1 request)",
        "",
      ].join("\n"),
    )
    expect(show.stderr).toContain("hint: heddle studies resume one --retry-failed")
    const events = jsonLines((await run(["runs", "events", "one", "--json"], { cwd: dir.path })).stdout)
    expect(events.slice(0, -1).map((line) => line["seq"])).toEqual(events.slice(0, -1).map((_, index) => index + 1))
    expect([events[0]?.["type"], events.at(-2)?.["type"]]).toEqual(["runStarted", "runFinished"])
    const wrong = await run(["runs", "show", "two"], { cwd: dir.path })
    expect([wrong.code, wrong.stderr]).toEqual([
      10,
      "error: there is no run two in this ledger\n\nhint: heddle runs list\n",
    ])
  })

  it("verify agrees with sha256sum, and finds a changed byte and a missing file: exit 12", async () => {
    await using server = await registry({ A: 1, B: 2 })
    using dir = folder()
    const made = await run(["studies", "run", "--out", "values.jsonl"], at(server, dir.path))
    expect(made.code).toBe(0)
    const values = join(dir.path, "values.jsonl")
    expect(jsonLines(readFileSync(values, "utf8"))).toEqual([
      { studyKey: "A", status: "succeeded", value: { subjects: 1, deleted: 0 } },
      { studyKey: "B", status: "succeeded", value: { subjects: 2, deleted: 0 } },
    ])
    const verified = await run(["runs", "verify"], { cwd: dir.path })
    expect(verified.code).toBe(0)
    const checked = spawnSync("sha256sum", ["-c"], { input: verified.stdout, encoding: "utf8" })
    expect([checked.status, checked.stdout]).toEqual([0, `${values}: OK\n`])
    const refused = await run(["studies", "run", "--out", "values.jsonl"], at(server, dir.path))
    expect(refused.code).toBe(6)
    appendFileSync(values, "x")
    const changed = await run(["runs", "verify", "--json"], { cwd: dir.path })
    expect(changed.code).toBe(12)
    expect(jsonLines(changed.stdout)[0]).toMatchObject({ type: "checked", status: "differs", path: values })
    spawnSync("rm", [values])
    const missing = await run(["runs", "verify"], { cwd: dir.path })
    expect(missing.code).toBe(12)
    expect(missing.stderr).toMatch(/error: .*values\.jsonl missing: .*\n\nhint: /)
  })
})

describe("doctor", () => {
  it("names the study that fails, with exit 3 and a fix", async () => {
    await using server = await serve(({ path }) => {
      if (path === studiesPath) return REG("A", "B")
      if (path.endsWith("/A/sites")) return SUBJ("A", 0)
      return path.endsWith("/B/sites") ? { status: 403, body: { message: "Forbidden" } } : undefined
    })
    using dir = folder()
    const fine = await run(["doctor"], at(server, dir.path))
    expect(fine.code).toBe(0)
    expect(fine.stdout).toContain("credentials\tok\taccepted; 2 studies are visible\n")
    const result = await run(["doctor", "--study", "A", "--study", "B"], at(server, dir.path))
    expect(result.code).toBe(3)
    expect(result.stdout).toMatch(/^study A\tok\t/m)
    expect(result.stdout).toMatch(/^study B\tFAILED\t/m)
    expect(result.stderr).toMatch(/error: 1 of \d+ checks failed: study B\n\nhint: study B: /)
    expect(readdirSync(dir.path)).toEqual([])
  })

  it("a clock that is off, a host that is down, refused and missing credentials each have their code and fix", async () => {
    using dir = folder()
    await using late = await serve(({ path }) => ({
      headers: { date: "Thu, 01 Jan 2015 00:00:00 GMT" },
      body: path === studiesPath ? REG("A") : {},
    }))
    const clock = await run(["doctor"], at(late, dir.path))
    expect(clock.code).toBe(3)
    expect(clock.stderr).toContain("hint: clock: ")
    await using refusing = await serve(() => ({ status: 401, body: { message: "Unauthorized" } }))
    expect((await run(["doctor", "--json"], at(refusing, dir.path))).code).toBe(4)
    expect((await run(["doctor"], { cwd: dir.path, env: { IMEDNET_BASE_URL: refusing.baseUrl } })).code).toBe(2)
    const down = await run(["doctor"], at({ baseUrl: "http://127.0.0.1:9" }, dir.path))
    expect(down.code).toBe(5)
    expect(down.stderr).toContain("hint: reachable: ")
    expect((await run(["doctor", "--offline"], { cwd: dir.path })).code).toBe(0)
  })
})

describe("simulate and demo", () => {
  it("simulate prints its base URL first, serves the registry, and ends with 0 on SIGINT and SIGTERM", async () => {
    using dir = folder()
    for (const signal of ["SIGINT", "SIGTERM"] as const) {
      const server = start(["studies", "simulate", "--port", "0", "--studies", "3", "--seed", "x"], { cwd: dir.path })
      await until(() => server.stdout().includes("\n"), "the base URL")
      const baseUrl = server.stdout().trim()
      expect(baseUrl).toMatch(/^http:\/\/127\.0\.0\.1:\d+$/)
      const list = await run(["studies", "list", "--json"], at({ baseUrl }, dir.path))
      expect(list.code).toBe(0)
      expect(jsonLines(list.stdout).filter((line) => line["type"] === "study")).toHaveLength(3)
      server.child.kill(signal)
      const result = await server.done
      expect([result.code, result.stdout]).toEqual([0, `${baseUrl}\n`])
    }
  })

  it("simulate obeys a fault script and refuses one with an unknown key: exit 2", async () => {
    using dir = folder()
    writeFileSync(join(dir.path, "bad.json"), '{"rules":[{"mach":{}}]}')
    const bad = await run(["studies", "simulate", "--faults", "bad.json"], { cwd: dir.path })
    expect(bad.code).toBe(2)
    expect(bad.stderr).toMatch(/unknown key "mach".*nearest is "match"(.*\n)+\nhint: /)
  })

  it("the demo announces two failures, exits 0, leaves only .heddle, and its hint runs only what failed", async () => {
    using dir = folder()
    const result = await run(["demo"], { cwd: dir.path })
    expect(result.code).toBe(0)
    const lines = result.stdout.split("\n")
    expect(lines[0]).toBe("heddle demo: a real run over generated studies, on this machine only")
    expect(lines.filter((line) => line.startsWith("broken on purpose: "))).toHaveLength(2)
    const rows = lines.filter((line) => /\t(succeeded|failed)\t/.test(line))
    // 2 x 10 studies, and 2 x 2 x 3 runs of the experiment.
    expect(rows.filter((line) => line.includes("\tsucceeded\t"))).toHaveLength(32)
    expect(rows.filter((line) => line.startsWith("agent_id="))).toHaveLength(12)
    expect(rows.filter((line) => line.includes("\tfailed\t")).map((line) => line.split("\t")[0])).toEqual([
      "EMBER",
      "ISLET",
      "EMBER",
      "ISLET",
    ])
    expect(readdirSync(dir.path)).toEqual([".heddle"])
    const receipts = readdirSync(join(dir.path, ".heddle", "demo", "receipts"))
    expect(receipts.filter((name) => name.endsWith(".json"))).toHaveLength(3)
    // The experiment's report stands beside its receipt.
    const reports = receipts.filter((name) => receipts.includes(`${name}.json`))
    expect(reports).toEqual([expect.stringMatching(/-experiment$/)])
    const page = readFileSync(join(dir.path, ".heddle", "demo", "receipts", reports[0] ?? "", "report.html"), "utf8")
    expect(page).toContain("optimiser-benchmark")
    const hint = /^hint: heddle (demo --resume \S+)$/m.exec(result.stderr)?.[1]?.split(" ") ?? []
    const resumed = await run(hint, { cwd: dir.path })
    expect(resumed.code).toBe(0)
    const again = resumed.stdout.split("\n").filter((line) => /\t(succeeded|reused)\t/.test(line))
    expect(again.filter((line) => line.includes("\treused\t"))).toHaveLength(10)
    expect(again.filter((line) => line.includes("\tsucceeded\t")).map((line) => line.split("\t")[0])).toEqual([
      "EMBER",
      "ISLET",
    ])
  })

  it("without the fault script every study of the demo succeeds", async () => {
    using dir = folder()
    const result = await run(["demo", "--faults", "none", "--json"], { cwd: dir.path })
    expect(result.code).toBe(0)
    const receipts = jsonLines(result.stdout).filter((line) => line["type"] === "receipt")
    expect(receipts.map((line) => line["counts"])).toMatchObject([
      { succeeded: 12 },
      { succeeded: 12 },
      { succeeded: 12 },
    ])
  })
})

describe("the bundle", () => {
  it("runs from a folder of its own, with worker threads, and without the sources", async () => {
    using dir = folder()
    const built = spawnSync(process.execPath, [join(cli, "build.mjs"), join(dir.path, "dist")], { encoding: "utf8" })
    expect([built.status, built.stderr]).toEqual([0, ""])
    writeFileSync(join(dir.path, "package.json"), '{"type":"commonjs"}')
    writeFileSync(join(dir.path, "mine.mjs"), "export default (study) => study.studyKey.toLowerCase()\n")
    const moved = join(dir.path, "dist", "heddle.js")
    expect(spawnSync(moved, ["--help"], { encoding: "utf8" }).stdout).toContain("Usage: heddle")
    const version = spawnSync(moved, ["--version"], { encoding: "utf8" }).stdout
    expect(version).toBe((await run(["--version"])).stdout)
    expect(readFileSync(moved, "utf8")).not.toContain("effect/")
    const demo = spawnSync(moved, ["demo"], { cwd: dir.path, encoding: "utf8" })
    expect([demo.status, demo.stdout.match(/\tsucceeded\t/g)?.length]).toEqual([0, 32])
    // A module agent of an experiment runs in a thread, too.
    writeFileSync(join(dir.path, "agent.mjs"), "export default () => ({ output: { candidate: [0, 0] } })\n")
    spawnSync(moved, ["experiments", "init", "study.yaml"], { cwd: dir.path })
    const study = spawnSync(moved, ["experiments", "run", "study.yaml", "--agent", "random-search=./agent.mjs"], {
      cwd: dir.path,
      encoding: "utf8",
    })
    expect([study.status, study.stdout.match(/\tsucceeded\t/g)?.length]).toEqual([0, 12])
    await using server = await registry({ A: 1, B: 1 })
    const runFile = async (file: string) => {
      const child = spawn(moved, ["studies", "run", "--pipeline", file], {
        cwd: dir.path,
        env: { PATH: process.env["PATH"] ?? "", ...at(server, dir.path).env },
      })
      let stdout = ""
      child.stdout.on("data", (chunk: Buffer) => (stdout += chunk.toString()))
      const code = await new Promise((resolve) => child.on("close", resolve))
      return [code, filtered(stdout)]
    }
    expect(await runFile("./mine.mjs")).toEqual([
      0,
      'study\tstatus\ttries\tqueued\tran\twaited\tresult\nA\tsucceeded\t1\t<duration>\t<duration>\t<duration>\t"a"\nB\tsucceeded\t1\t<duration>\t<duration>\t<duration>\t"b"\n',
    ])
    // A file that imports effect or @heddle/* gets those that are installed with the command line.
    symlinkSync(join(cli, "node_modules"), join(dir.path, "node_modules"))
    writeFileSync(
      join(dir.path, "effect.mjs"),
      `import * as Effect from "effect/Effect"
       import { definePipeline } from "@heddle/studies/Pipeline"
       export default definePipeline({ name: "e", version: "1", run: (study) => study.scope.count("subjects").pipe(Effect.map((n) => ({ n }))) })`,
    )
    const [code, table] = await runFile("./effect.mjs")
    expect([code, String(table).match(/\{"n":1\}/g)?.length]).toEqual([0, 2])
  })
})
