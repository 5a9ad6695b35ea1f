/**
 * What a study can be run with: bindings files, module files, programs, web addresses, built-ins; and that no study file can
 * run code or take more memory than there is.
 */
import { createServer } from "node:http"
import { readdirSync, readFileSync } from "node:fs"
import { join } from "node:path"
import { describe, expect, it } from "vitest"
import { doses, dosesIn, fixture, plainProblem, put } from "./experimentFiles.ts"
import { folder, jsonLines, run } from "./harness.ts"

interface Ended {
  readonly status: string
  readonly failure?: { readonly tag: string; readonly message: string }
}

const unitsOf = (stdout: string): ReadonlyArray<Ended> => {
  const last = jsonLines(stdout).at(-1) as unknown as { readonly units: ReadonlyArray<Ended> }
  return last.units
}

describe("bindings", () => {
  it(
    "a bindings file binds programs and addresses; their answers and failures are those of the runs",
    { timeout: 60_000 },
    async () => {
      using dir = folder()
      let asked = 0
      const server = createServer((request, response) => {
        let body = ""
        request.on("data", (chunk: Buffer) => (body += chunk.toString()))
        request.on("end", () => {
          asked++
          const { replicate }: { readonly replicate: number } = JSON.parse(body)
          response.writeHead(replicate === 2 ? 500 : 200, { "content-type": "application/json" })
          response.end(JSON.stringify({ output: { candidate: replicate } }))
        })
      })
      await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve))
      const address = server.address()
      const port = typeof address === "object" && address !== null ? address.port : 0
      put(dir.path, "study.yaml", doses().replace("[alpha]", "[program, endpoint]"))
      put(
        dir.path,
        "agent.mjs",
        "process.stdout.write(JSON.stringify({ output: { candidate: Number(process.argv[2]) } }))\n",
      )
      put(dir.path, "p1.mjs", plainProblem)
      put(
        dir.path,
        "bindings.yaml",
        `agents:
  program: {command: ["${process.execPath}", agent.mjs, "{seed}"], timeout_s: 30}
  endpoint: {url: "http://127.0.0.1:${port}/run", timeout_s: 30}
problems:
  p1: {module: ./p1.mjs}
`,
      )
      const result = await run(["experiments", "run", "study.yaml", "--bindings", "bindings.yaml", "--json"], {
        cwd: dir.path,
      })
      server.close()
      expect([result.code, asked]).toEqual([3, 6])
      expect(unitsOf(result.stdout).filter(({ status }) => status === "succeeded")).toHaveLength(10)
      expect(unitsOf(result.stdout).flatMap(({ failure }) => failure?.tag ?? [])).toEqual([
        "HttpStatus500",
        "HttpStatus500",
      ])
    },
  )

  it(
    "a command line may stand in a flag as a JSON list; a program that is changed is another agent",
    { timeout: 60_000 },
    async () => {
      using dir = folder()
      put(dir.path, "study.yaml", doses())
      put(dir.path, "p1.mjs", plainProblem)
      const agent = (text: string) => put(dir.path, "agent.mjs", `process.stdout.write('${text}')\n`)
      agent('{"output":{"candidate":1}}')
      const words = [
        "study.yaml",
        "--agent",
        `alpha=${JSON.stringify([process.execPath, "agent.mjs"])}`,
        "--problem",
        "p1=./p1.mjs",
      ]
      const prints = async () =>
        jsonLines((await run(["experiments", "plan", ...words, "--json"], { cwd: dir.path })).stdout).map(
          (line) => line["fingerprint"],
        )
      const before = await prints()
      agent('{"output":{"candidate":2}}')
      const after = await prints()
      expect(after).toHaveLength(6)
      for (const [index, print] of after.entries()) expect(print).not.toBe(before[index])
      expect((await run(["experiments", "run", ...words], { cwd: dir.path })).code).toBe(0)
    },
  )

  it("all problems of a bindings file are told at once, with lines and nearest keys: exit 2", async () => {
    using dir = folder()
    dosesIn(dir.path)
    put(
      dir.path,
      "bindings.yaml",
      `agent:
  alpha: {module: ./alpha.mjs}
agents:
  alpha: {modul: ./alpha.mjs}
  beta: {command: [], timeout_s: -1}
  gamma: {module: ./a.mjs, url: "http://127.0.0.1"}
`,
    )
    const result = await run(["experiments", "run", "study.yaml", "--bindings", "bindings.yaml"], { cwd: dir.path })
    expect(result.code).toBe(2)
    expect(result.stderr).toContain("bindings.yaml: 5 problems\n")
    expect(result.stderr).toContain(
      'agent: unknown key; known are agents, problems, runner (line 2); did you mean "agents"?',
    )
    expect(result.stderr).toContain(
      'agents.alpha: must have one of module, command, url, builtin (line 4); did you mean "module"?',
    )
    expect(result.stderr).toMatch(/agents\.beta\.command: must hold at least one item \(line 5\)/)
    expect(result.stderr).toMatch(/agents\.beta\.timeout_s.*\(line 5\)/)
    expect(result.stderr).toContain("agents.gamma: says both module and url")
  })

  it("a credential that agents tell of stands nowhere: not on screen, not in the ledger, not in any file", async () => {
    using dir = folder()
    const key = "sk-4f1c9a77e2b04d6e"
    const other = "9d2b6f0c8a7e4b11"
    put(dir.path, "study.yaml", doses().replace("[alpha]", "[module, program]"))
    put(
      dir.path,
      "module.mjs",
      `export default async (run, context) => {
  context.observe({ text: "asked with " + process.env.PROVIDER_API_KEY })
  if (run.replicate > 1) throw new Error("Incorrect API key provided: " + process.env.PROVIDER_API_KEY)
  return { output: { candidate: 1, said: [process.env.PROVIDER_API_KEY] } }
}
`,
    )
    put(dir.path, "program.mjs", "console.error('refused: ' + process.env.SERVICE_TOKEN)\nprocess.exitCode = 3\n")
    put(dir.path, "p1.mjs", plainProblem)
    put(
      dir.path,
      "bindings.yaml",
      `agents:
  module: {module: ./module.mjs}
  program: {command: ["${process.execPath}", program.mjs], env: [SERVICE_TOKEN]}
problems:
  p1: {module: ./p1.mjs}
`,
    )
    const words = ["experiments", "run", "study.yaml", "--bindings", "bindings.yaml", "--sqlite", "--parquet", "--json"]
    const result = await run(words, { cwd: dir.path, env: { PROVIDER_API_KEY: key, SERVICE_TOKEN: other } })
    expect(result.code).toBe(3)
    expect(result.stdout).toContain("Incorrect API key provided: <redacted>")
    expect(result.stdout).toContain("refused: <redacted>")
    const files = readdirSync(dir.path, { recursive: true, withFileTypes: true }).filter((entry) => entry.isFile())
    const texts = files.map(({ name, parentPath }) => readFileSync(join(parentPath, name), "latin1"))
    expect(texts.some((text) => text.includes("<redacted>"))).toBe(true)
    for (const text of [result.stdout, result.stderr, ...texts]) {
      expect(text.includes(key) || text.includes(other)).toBe(false)
    }
  })

  it("an evaluator that ends the process never makes the study look done, and a resume goes on", async () => {
    using dir = folder()
    const words = dosesIn(dir.path)
    put(dir.path, "p1.mjs", plainProblem.replace("({ score: candidate })", "process.exit(0)"))
    const result = await run(["experiments", "run", ...words, "--run-id", "r", "--json"], { cwd: dir.path })
    expect([result.code, result.stderr]).toEqual([1, expect.stringContaining("process was ended before the command")])
    expect(jsonLines(result.stdout).at(-1)).toMatchObject({ type: "failure", tag: "EndedEarly" })
    expect(result.stderr).toContain("heddle experiments resume r\n")
    put(dir.path, "p1.mjs", plainProblem)
    const resumed = await run(["experiments", "resume", "r"], { cwd: dir.path })
    expect(resumed.code).toBe(0)
  })

  it("heddle.toml may name the bindings file, and a flag beats it", async () => {
    using dir = folder()
    dosesIn(dir.path)
    put(
      dir.path,
      "bindings.json",
      JSON.stringify({ agents: { alpha: "./absent.mjs" }, problems: { p1: { module: "./p1.mjs" } } }),
    )
    put(dir.path, "heddle.toml", '[experiments]\nbindings = "bindings.json"\n')
    expect((await run(["experiments", "plan", "study.yaml"], { cwd: dir.path })).code).toBe(2)
    const result = await run(["experiments", "run", "study.yaml", "--agent", "alpha=./alpha.mjs"], { cwd: dir.path })
    expect(result.code).toBe(0)
  })

  it("built-in agents and problems need no binding; a mistyped one is told with the nearest", async () => {
    using dir = folder()
    expect((await run(["experiments", "init"], { cwd: dir.path })).code).toBe(0)
    const result = await run(["experiments", "run", "study.yaml", "--json"], { cwd: dir.path })
    expect([result.code, unitsOf(result.stdout).length]).toEqual([0, 12])
    const mistyped = await run(["experiments", "plan", "study.yaml", "--agent", "random-search=random-serch"], {
      cwd: dir.path,
    })
    expect([mistyped.code, mistyped.stderr]).toEqual([2, expect.stringContaining("did you mean random-search?")])
    expect((await run(["experiments", "init"], { cwd: dir.path })).code).toBe(6)
  })

  it(
    "one runner takes the place of agents and problems; equal seeds give equal results at any parallelism",
    { timeout: 60_000 },
    async () => {
      using dir = folder()
      put(dir.path, "study.yaml", doses().replace(/agent_specs.*\nproblem_ids.*\n/, ""))
      put(
        dir.path,
        "sim.mjs",
        "export const simulate = (run, { random }) => ({ outputs: { x: random.next() }, metrics: { score: random.normal() } })\n",
      )
      for (const parallelism of ["1", "4"]) {
        const words = [
          "study.yaml",
          "--runner",
          "./sim.mjs#simulate",
          "--parallelism",
          parallelism,
          "--out",
          `out${parallelism}`,
          "--again",
        ]
        expect((await run(["experiments", "run", ...words], { cwd: dir.path })).code).toBe(0)
      }
      const equal = await run(["experiments", "diff", "out1", "out4"], { cwd: dir.path })
      expect([equal.code, equal.stdout]).toEqual([0, ""])
    },
  )
})

/** The most that a child may have for its heap; a study that would take more ends it. */
const small = { NODE_OPTIONS: "--max-old-space-size=256" }

describe("hostile study files", () => {
  const factor = (name: string, levels: number): string =>
    `  - {name: ${name}, levels: [${Array.from({ length: levels }, (_, index) => `{name: l${index}, value: ${index}}`).join(", ")}]}\n`
  const study = (id: string, rest: string): string => `study_id: ${id}\ntitle: T\nproblem_ids: [p]\n${rest}`
  const laughs = Array.from({ length: 12 }, (_, index) =>
    index === 0
      ? "a0: &a0 [x, x, x, x, x, x, x, x, x, x]"
      : `a${index}: &a${index} [${Array.from({ length: 10 }, () => `*a${index - 1}`).join(", ")}]`,
  ).join("\n")
  const cases: ReadonlyArray<readonly [what: string, text: string]> = [
    ["an id that leads out of its folder", study("../../etc", `factors:\n${factor("a", 2)}`)],
    ["a billion laughs", `${laughs}\n${study("s", `factors:\n${factor("a", 2)}`)}notes: *a11\n`],
    [
      "a product of a billion conditions",
      study("s", `factors:\n${Array.from({ length: 9 }, (_, index) => factor(`f${index}`, 10)).join("")}`),
    ],
    [
      "a constraint of depth 10,000",
      study(
        "s",
        `factors:\n${factor("a", 2)}constraints:\n  - {constraint_id: c, expression: "${"(".repeat(10_000)}a${")".repeat(10_000)}"}\n`,
      ),
    ],
    ["a key that is there twice", study("s", `title: U\nfactors:\n${factor("a", 2)}`)],
    [
      "an unknown severity",
      study(
        "s",
        `factors:\n${factor("a", 2)}constraints:\n  - {constraint_id: c, expression: "a == 1", severity: eror}\n`,
      ),
    ],
  ]
  for (const [what, text] of cases) {
    it(`${what} is told in a bounded heap: exit 2, nothing written`, { timeout: 60_000 }, async () => {
      using dir = folder()
      put(dir.path, "study.yaml", text)
      for (const verb of ["plan", "run"]) {
        const result = await run(["experiments", verb, "study.yaml"], { cwd: dir.path, env: small })
        expect([verb, result.code, result.stdout]).toEqual([verb, 2, ""])
        expect(result.stderr).toMatch(/\n\nhint: /)
      }
      expect(readdirSync(dir.path)).toEqual(["study.yaml"])
    })
  }
})

describe("design tables", () => {
  it("AC-23 generate gives the predecessor's rows byte for byte", async () => {
    using dir = folder()
    const result = await run(
      [
        "experiments",
        "generate",
        "--kind",
        "lhs",
        "--factors",
        '{"x":[0,1],"y":[10,20]}',
        "--n-samples",
        "3",
        "--seed",
        "0",
        "--out",
        "doe.csv",
      ],
      { cwd: dir.path },
    )
    expect(result.code).toBe(0)
    const { readFileSync } = await import("node:fs")
    expect(readFileSync(join(dir.path, "doe.csv"), "utf8")).toBe(fixture("cli/doe.csv"))
  })

  it("AC-23 an invalid study is exit 2, an unknown verb too", async () => {
    using dir = folder()
    put(dir.path, "bad.yaml", "study_id: x\n")
    expect((await run(["experiments", "validate", "bad.yaml"], { cwd: dir.path })).code).toBe(2)
    expect((await run(["experiments", "no-such-verb"], { cwd: dir.path })).code).toBe(2)
  })
})

describe("recipes", () => {
  it("init writes recipes with the runs of the specification", { timeout: 60_000 }, async () => {
    using dir = folder()
    // Runs per recipe: table 5.4 of the specification; the package's own tests have all nine.
    const runs: ReadonlyArray<readonly [string, number]> = [
      ["prompt-framing", 216],
      ["human-vs-agent-process", 36],
      ["strategy-comparison", 12],
    ]
    for (const [recipe, count] of runs) {
      const file = `${recipe}.yaml`
      expect((await run(["experiments", "init", file, "--recipe", recipe], { cwd: dir.path })).code).toBe(0)
      const plan = await run(["experiments", "plan", file, "--json"], { cwd: dir.path })
      expect([recipe, plan.code, jsonLines(plan.stdout).length]).toEqual([recipe, 0, count])
    }
  })
})

describe("files of a study", () => {
  it(
    "export writes them again elsewhere, bundle packs the same bytes twice, diff tells what differs",
    { timeout: 60_000 },
    async () => {
      using dir = folder()
      const words = dosesIn(dir.path)
      expect((await run(["experiments", "run", ...words, "--run-id", "r"], { cwd: dir.path })).code).toBe(0)
      const exported = await run(["experiments", "export", "r", "--out", "copy", "--parquet"], { cwd: dir.path })
      expect([exported.code, exported.stdout]).toEqual([0, expect.stringContaining(join("copy", "runs.parquet"))])
      expect((await run(["experiments", "diff", "artifacts/doses", "copy"], { cwd: dir.path })).code).toBe(0)
      expect((await run(["experiments", "diff", "r", "copy"], { cwd: dir.path })).code).toBe(0)
      for (const out of ["one.tar.gz", "two.tar.gz"]) {
        expect((await run(["experiments", "bundle", "copy", "--out", out], { cwd: dir.path })).code).toBe(0)
      }
      const { spawnSync } = await import("node:child_process")
      expect(spawnSync("cmp", ["one.tar.gz", "two.tar.gz"], { cwd: dir.path }).status).toBe(0)
      expect(spawnSync("tar", ["-tzf", "one.tar.gz"], { cwd: dir.path, encoding: "utf8" }).stdout).toContain(
        "copy/runs.csv",
      )
      put(join(dir.path, "copy"), "runs.csv", "x\r\n")
      expect((await run(["experiments", "bundle", "copy", "--out", "three.tar.gz"], { cwd: dir.path })).code).toBe(12)
      put(dir.path, "other.yaml", doses().replace("value: 2", "value: 3"))
      const differs = await run(["experiments", "diff", "study.yaml", "other.yaml", "--json"], { cwd: dir.path })
      expect(differs.code).toBe(12)
      const rows = jsonLines(differs.stdout)
      expect(rows[0]).toMatchObject({
        what: "study",
        where: "factors[dose].levels[high].value",
        before: "2",
        after: "3",
      })
      expect(rows.filter((row) => row["what"] === "condition")).toHaveLength(2)
      expect(rows.filter((row) => row["what"] === "run")).toHaveLength(6)
    },
  )

  it("status counts runs by condition, for people and as JSON", async () => {
    using dir = folder()
    const words = dosesIn(dir.path, {
      agent: 'if (run.factors.dose === 2 && run.replicate === 1) throw new RangeError("no")',
    })
    await run(["experiments", "run", ...words, "--run-id", "r"], { cwd: dir.path })
    const status = await run(["experiments", "status", "--json"], { cwd: dir.path })
    expect(status.code).toBe(0)
    const conditions = jsonLines(status.stdout).filter((line) => line["type"] === "condition")
    expect(conditions.map(({ done, failed, values }) => [values, done, failed])).toEqual([
      ["dose=1", 3, 0],
      ["dose=2", 2, 1],
    ])
    expect(jsonLines(status.stdout).at(-1)).toMatchObject({ type: "run", runId: "r", state: "partial" })
    expect((await run(["experiments", "status", "study.yaml"], { cwd: dir.path })).stderr).toMatch(
      /\n\nhint: heddle experiments resume r\n$/,
    )
  })
})
