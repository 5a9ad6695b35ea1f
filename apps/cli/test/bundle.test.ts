/**
 * The other tests start the command line as it is shipped; here its sources and its bundle are asked the same, and must
 * answer alike: exit code, stdout and stderr, but for times, ids and ports.
 */
import { mkdirSync, readdirSync, writeFileSync } from "node:fs"
import { join } from "node:path"
import { describe, expect, it } from "vitest"
import { helpPage } from "../src/cli/help.ts"
import { commands } from "../src/commands/index.ts"
import { dosesIn } from "./experimentFiles.ts"
import { credentials, entry, filtered, folder, run, sourceEntry, type RunOptions } from "./harness.ts"
import { registry, serve, studiesPath, REG } from "./registryServer.ts"

const ownLine = new RegExp(`${new URL("../../..", import.meta.url).href}[^):]*:\\d+:\\d+`, "g")

/** Both answers to the same words, each in a folder of its own that `prepare` fills. */
const answers = async (words: string, options: RunOptions = {}, prepare: (path: string) => void = () => {}) => {
  const ask = async (program: string) => {
    using dir = folder()
    prepare(dir.path)
    const { code, signal, stderr, stdout } = await run(words.split(" "), { cwd: dir.path, ...options, entry: program })
    const clean = (text: string) =>
      filtered(text, [
        [dir.path, "<folder>"],
        // Where our own code lies is what differs; a failure's stack in a receipt names it.
        [ownLine, "<own line>"],
        [/"(at|\w*(?:At|Ms|Seconds|Bytes))":("[^"]*"|[\d.e+-]+)/g, '"$1":<measured>'],
      ])
    const left = readdirSync(dir.path).sort()
    return { code, signal, stdout: clean(stdout), stderr: clean(stderr), left }
  }
  const bundle = await ask(entry)
  const sources = await ask(sourceEntry)
  expect([words, bundle]).toEqual([words, sources])
  return bundle
}

const quick = "--retry-delay 1ms --request-retries 0 --rate 1000"

const to = (server: { readonly baseUrl: string }): RunOptions => ({
  env: { ...credentials, IMEDNET_BASE_URL: server.baseUrl },
})

describe("sources and bundle", () => {
  it("are two programs, and this test run starts the bundle", () => {
    expect(entry).toMatch(/[\\/]heddle-bundles[\\/][0-9a-f]{16}[\\/]heddle\.js$/)
    expect(sourceEntry).toMatch(/[\\/]src[\\/]main\.ts$/)
  })

  it("give the same version, the same help for every command, and the same completions", async () => {
    for (const words of ["--version", "--help", "help studies run", "help exit-codes", "completions bash"]) {
      expect((await answers(words)).code).toBe(0)
    }
    // The sources' own pages without a process each.
    for (const { path } of commands) {
      const help = await run(["help", ...path])
      expect([path, help.code, help.stdout]).toEqual([path, 0, helpPage(path, commands)])
    }
  })

  it("show the same plans: rows, hash and estimate", async () => {
    await using server = await registry({ A: 1, B: 2 })
    for (const words of [`studies plan ${quick}`, `studies plan --json --pipeline enrollment ${quick}`]) {
      const plan = await answers(words, to(server))
      expect([plan.code, plan.stdout]).toEqual([0, expect.stringContaining("A")])
    }
    const bound = "study.yaml --agent alpha=./alpha.mjs --problem p1=./p1.mjs"
    for (const flags of ["", " --json"]) {
      const plan = await answers(`experiments plan ${bound}${flags}`, {}, (path) => void dosesIn(path))
      expect([plan.code, plan.stdout]).toEqual([0, expect.stringContaining("run-")])
    }
  })

  it("run files of the user in worker threads alike, in JavaScript and TypeScript, and name the line that threw", async () => {
    await using server = await registry({ A: 1, B: 2 })
    const prepare = (path: string) => {
      writeFileSync(
        join(path, "mine.ts"),
        `import * as Effect from "effect/Effect"
const failing: string = "B"
export default async (study: { readonly studyKey: string; count(resource: string): Promise<number> }) => {
  if (study.studyKey === failing) throw new Error("boom")
  return [Effect.runSync(Effect.succeed("effect")), await study.count("subjects")]
}
`,
      )
      dosesIn(path)
    }
    for (const flags of ["", "--json ", "--placement fibers "]) {
      const ran = await answers(
        `studies run --run-id r --concurrency 1 --pipeline ./mine.ts ${flags}${quick}`,
        to(server),
        prepare,
      )
      expect([ran.code, ran.stdout]).toEqual([3, expect.stringContaining("boom")])
      expect(ran.stdout).toContain('["effect",1]')
      if (!flags.includes("json")) expect(ran.stdout).toContain("(at mine.ts:4)")
    }
    const study = "experiments run study.yaml --agent alpha=./alpha.mjs --problem p1=./p1.mjs --run-id r"
    const made = await answers(study, {}, prepare)
    expect([made.code, made.left]).toEqual([0, expect.arrayContaining(["artifacts", "calls.log"])])
  })

  it("end with the same codes and say the same of them", async () => {
    await using good = await registry({ A: 1 })
    await using empty = await registry({})
    await using failing = await serve(({ path }) =>
      path === studiesPath ? REG("A") : { status: 403, body: { message: "no" } },
    )
    await using refusing = await serve(() => ({ status: 401, body: { message: "Unauthorized" } }))
    const damaged = (path: string) => {
      mkdirSync(join(path, ".heddle"))
      writeFileSync(join(path, ".heddle", "ledger.sqlite"), "no database ".repeat(500))
    }
    const cases: ReadonlyArray<readonly [code: number, words: string, RunOptions?, prepare?: typeof damaged]> = [
      [0, `studies run --run-id r ${quick}`, to(good)],
      [2, "studies rnu"],
      [2, "studies run --nonsense"],
      [2, "experiments plan absent.yaml"],
      [3, `studies run --run-id r ${quick}`, to(failing)],
      [4, `studies run --run-id r ${quick}`, to(refusing)],
      [5, `studies list ${quick}`, to({ baseUrl: "http://127.0.0.1:9" })],
      [6, "runs list", {}, damaged],
      [10, `studies run ${quick}`, to(empty)],
    ]
    for (const [code, words, options, prepare] of cases) {
      expect([words, (await answers(words, options, prepare)).code]).toEqual([words, code])
    }
  })

  it("refuse a Node that is too old in one line", async () => {
    const old = 'Object.defineProperty(process.versions, "node", { value: "20.19.0" })'
    const env = { NODE_OPTIONS: `--import data:text/javascript,${encodeURIComponent(old)}` }
    const refused = await answers("--version", { env })
    expect([refused.code, refused.stdout, refused.stderr]).toEqual([
      2,
      "",
      "heddle needs Node 22.19, 24.11 or 26 and newer; this is v20.19.0\n",
    ])
  })
})
