/**
 * Studies from the command line that are killed, interrupted and given hostile files. The witness of what ran is a log
 * that the runner file itself appends to.
 */
import { spawn, spawnSync } from "node:child_process"
import { existsSync, mkdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs"
import { join } from "node:path"
import { describe, expect, it } from "vitest"
import { entry, folder, jsonLines, run, until } from "./harness.ts"

const runs = 60
const parallelism = 4
const capUsd = 20
const perRunUsd = 0.25

const studyText = JSON.stringify({
  study_id: "killed",
  title: "A study that is killed",
  factors: [{ name: "x", levels: [1, 2, 3].map((value) => ({ name: `l${value}`, value })) }],
  design_spec: { kind: "full_factorial" },
  run_budget: { replicates: runs / 3, parallelism },
  heddle: { budgets: { study: { cost_usd: capUsd }, per_run: { cost_usd: perRunUsd } } },
})

const runnerText = `import { appendFileSync, existsSync } from "node:fs"
export default async (run) => {
  appendFileSync(process.env.CALLS, "start " + run.runId + "\\n")
  do await new Promise((resume) => setTimeout(resume, 5))
  while (existsSync(process.env.CALLS + ".hold"))
  appendFileSync(process.env.CALLS, "end " + run.runId + "\\n")
  console.log("a line of the runner's own")
  return { outputs: { id: run.runId }, metrics: { y: run.factors.x, cost_usd: ${perRunUsd} } }
}
`

const setUp = (path: string) => {
  writeFileSync(join(path, "study.json"), studyText)
  writeFileSync(join(path, "runner.mjs"), runnerText)
  const calls = join(path, "calls")
  const lines = (word: string): ReadonlyArray<string> =>
    existsSync(calls)
      ? readFileSync(calls, "utf8")
          .split("\n")
          .filter((line) => line.startsWith(`${word} `))
      : []
  const hold = `${calls}.hold`
  const words = ["experiments", "run", "study.json", "--runner", "./runner.mjs", "--out", "files", "--sqlite", "--json"]
  const options = { cwd: path, env: { CALLS: calls } }
  /** A group of its own, as a shell gives one; a signal goes to all of it. */
  const begin = () => {
    const child = spawn(process.execPath, [entry, ...words], {
      cwd: path,
      detached: true,
      env: { PATH: process.env["PATH"] ?? "", HOME: process.env["HOME"] ?? "", CALLS: calls },
      stdio: ["ignore", "pipe", "pipe"],
    })
    let [stdout, stderr] = ["", ""]
    child.stdout.setEncoding("utf8").on("data", (text: string) => (stdout += text))
    child.stderr.setEncoding("utf8").on("data", (text: string) => (stderr += text))
    const done = new Promise<{ code: number | null; signal: string | null; stdout: string; stderr: string }>(
      (resolve) => child.on("close", (code, signal) => resolve({ code, signal, stdout, stderr })),
    )
    return {
      done,
      signal: (name: NodeJS.Signals) => process.kill(-(child.pid ?? Number.NaN), name),
      stderr: () => stderr,
    }
  }
  return { begin, hold, lines, options }
}

const finishedIn = (stdout: string): ReadonlySet<string> =>
  new Set(
    // The last line may be torn: the process was killed while it wrote.
    jsonLines(stdout.slice(0, stdout.lastIndexOf("\n") + 1))
      .filter((line) => line["type"] === "unitFinished")
      // Interrupted runs are told as well, and run again.
      .filter((line) => (line["outcome"] as { readonly status?: unknown }).status === "succeeded")
      .map((line) => String(line["id"])),
  )

/** Resumes to the end; every run is there once, what was told as finished ran once, and the money was kept to. */
const expectResumed = async (
  { lines, options }: ReturnType<typeof setUp>,
  path: string,
  killed: { readonly stdout: string },
): Promise<void> => {
  const before = new Set(lines("start"))
  const told = finishedIn(killed.stdout)
  const second = await run(["experiments", "resume", "--json"], options)
  expect(second.code, second.stderr).toBe(0)
  const receipt = jsonLines(second.stdout).at(-1)
  expect(receipt?.["type"]).toBe("receipt")
  const counts = new Map<string, number>()
  for (const line of lines("start")) counts.set(line.slice(6), (counts.get(line.slice(6)) ?? 0) + 1)
  const twice = [...counts].filter(([, count]) => count > 1).map(([id]) => id)
  expect(counts.size).toBe(runs)
  expect(twice.length).toBeLessThanOrEqual(parallelism)
  expect(twice.filter((id) => told.has(id) || !before.has(`start ${id}`))).toEqual([])
  const [budget] = (receipt?.["budgets"] ?? []) as ReadonlyArray<{ spent: number; cap: number }>
  expect(budget?.spent ?? 0).toBeGreaterThanOrEqual(lines("end").length * perRunUsd - 1e-9)
  expect(budget?.spent ?? capUsd + 1).toBeLessThanOrEqual(capUsd)
  const rows = readFileSync(join(path, "files", "runs.csv"), "utf8")
    .trim()
    .split("\n")
    .slice(1)
  expect(new Set(rows.map((row) => row.split(",")[2])).size).toBe(runs)
  expect(rows).toHaveLength(runs)
  const verified = await run(["runs", "verify", String(receipt?.["runId"])], options)
  expect(verified.code, verified.stderr).toBe(0)
}

describe("a study from the command line", () => {
  const shares = process.env["HEDDLE_SOAK"] === undefined ? [0.5] : [0.02, 0.1, 0.3, 0.5, 0.7, 0.9, 0.98]
  it.each(shares)(
    "whose process group is killed with SIGKILL at %d of its runs is resumed without a loss",
    async (share) => {
      using work = folder()
      const study = setUp(work.path)
      const first = study.begin()
      await until(() => study.lines("start").length >= share * runs, "calls of the runner")
      first.signal("SIGKILL")
      const killed = await first.done
      expect(killed.signal).toBe("SIGKILL")
      await expectResumed(study, work.path, killed)
    },
  )

  it("that was killed with runs under way counts in its status what they may have spent, as its resume will", async () => {
    using work = folder()
    const study = setUp(work.path)
    writeFileSync(study.hold, "")
    const first = study.begin()
    await until(() => study.lines("start").length === parallelism, "the first runs")
    first.signal("SIGKILL")
    const killed = await first.done
    rmSync(study.hold)
    const status = await run(["experiments", "status"], study.options)
    // Four runs at a time, 0.25 each.
    expect(status.stderr).toContain(
      "cost_usd: up to 1 spent of 20, 1 of it by runs that were cut off with their process",
    )
    // The four began, and nobody knows how far they came: they are no runs that were never reached.
    const cut = await run(["experiments", "export", "--out", join(work.path, "cut")], study.options)
    expect(cut.code, cut.stderr).toBe(0)
    const tries = (folder: string) =>
      readFileSync(join(work.path, folder, "attempts.csv"), "utf8")
        .trim()
        .split("\r\n")
        .map((row) => row.split(","))
    const killedRow = [/^run-/, /^cond-/, /^1$/, /^interrupted$/, /^20/, /^$/, /^$/, /^interrupt$/, /^Interrupted$/]
    const expectKilled = (rows: ReadonlyArray<ReadonlyArray<string>>) => {
      expect(rows).toHaveLength(parallelism)
      for (const row of rows) {
        expect(row).toEqual([
          ...killedRow.map((pattern) => expect.stringMatching(pattern)),
          "cut off with its process",
          "True",
          "0.25",
        ])
      }
    }
    expectKilled(tries("cut").slice(1))
    await expectResumed(study, work.path, killed)
    // Every call of the runner is a row: the four that were killed, then all of them once.
    const all = tries("files").slice(1)
    expect(all).toHaveLength(study.lines("start").length)
    expectKilled(all.filter((row) => row[3] === "interrupted"))
    const report = await run(["experiments", "report", "--out", join(work.path, "told")], study.options)
    expect(report.code, report.stderr).toBe(0)
    const told = readFileSync(join(work.path, "told", "report.md"), "utf8")
    expect(told).toContain("are stated by no run: they are charged for 4 tries that were cut off with their process")
    expect(told).toContain("4 runs gave data after a try that was cut off with its process: it did not fail")
    expect(told).toContain("4 of them because a try was cut off with its process")
    expect(told).not.toContain("shifts results towards what succeeds")
    const after = await run(["experiments", "status"], study.options)
    // All of the 60 runs at 0.25, and once more the four.
    expect(after.stderr).toContain("cost_usd: 16 spent of 20\n")
  })

  it("that gets SIGINT lets running runs finish, exits with 130 and can be resumed", async () => {
    using work = folder()
    const study = setUp(work.path)
    writeFileSync(study.hold, "")
    const first = study.begin()
    await until(() => study.lines("start").length === parallelism, "the first runs")
    first.signal("SIGINT")
    await until(() => first.stderr() !== "", "word of the interruption")
    // What runs may finish now, within the grace.
    rmSync(study.hold)
    const ended = await first.done
    expect(ended.code, ended.stderr).toBe(130)
    expect(study.lines("end")).toHaveLength(parallelism)
    expect(ended.stderr).toContain("hint: ")
    await expectResumed(study, work.path, ended)
  })

  it.each(["SIGINT", "SIGTERM"] as const)(
    "that gets SIGINT and then %s stops at once with 130 and can be resumed",
    async (second) => {
      using work = folder()
      const study = setUp(work.path)
      writeFileSync(study.hold, "")
      const first = study.begin()
      await until(() => study.lines("start").length === parallelism, "the first runs")
      first.signal("SIGINT")
      await until(() => first.stderr() !== "", "word of the interruption")
      first.signal(second)
      const ended = await first.done
      expect(ended.code, ended.stderr).toBe(130)
      expect(study.lines("end")).toEqual([])
      rmSync(study.hold)
      await expectResumed(study, work.path, ended)
    },
  )

  it("that gets SIGTERM ends with 130 within its short grace and can be resumed", async () => {
    using work = folder()
    const study = setUp(work.path)
    writeFileSync(study.hold, "")
    const first = study.begin()
    await until(() => study.lines("start").length === parallelism, "the first runs")
    first.signal("SIGTERM")
    const ended = await first.done
    expect(ended.code, ended.stderr).toBe(130)
    rmSync(study.hold)
    await expectResumed(study, work.path, ended)
  })
})

describe("a hostile study file at a terminal", () => {
  const hostile = "\u001b[31mRED\u001b]0;title\u0007\u202eback\u0000\u2066\u009b31m\r\n"
  const level = (value: unknown) => ({ name: `l${String(value)}`, value })
  const study = (more: object) =>
    JSON.stringify({
      study_id: "s",
      title: "t",
      factors: [{ name: "x", levels: [level(1), level(2)] }],
      design_spec: { kind: "full_factorial" },
      ...more,
    })
  // What turns the direction of writing, and what a terminal takes for a command; line ends and tabs are neither.
  const raw = /[\p{Cc}\u202a-\u202e\u2066-\u2069]/u
  const neutral = (text: string): boolean => !raw.test(text.replaceAll(/[\n\t]/g, ""))
  const cases: ReadonlyArray<readonly [name: string, study: string]> = [
    [
      "titles and levels",
      study({ title: hostile, factors: [{ name: `x${hostile}`, levels: [level(hostile), level(1)] }] }),
    ],
    ["names of agents and problems", study({ agent_specs: [`a${hostile}`], problem_ids: [`p${hostile}`] })],
    [
      "a constraint",
      study({ constraints: [{ constraint_id: `c${hostile}`, description: hostile, expression: hostile }] }),
    ],
    ["unknown keys", study({ [hostile]: 1, heddle: { [hostile]: 1 } })],
    ["the kind of a design", study({ design_spec: { kind: hostile } })],
    ["the path of a matrix", study({ design_spec: { kind: "custom_matrix", matrix_path: `${hostile}.csv` } })],
    ["blocks", study({ blocks: [{ name: hostile, levels: [hostile, "b"] }] })],
  ]
  it.each(cases)("has no control and no turned text of %s on stdout or stderr", async (name, text) => {
    using work = folder()
    writeFileSync(join(work.path, "study.json"), text)
    const more = name === "titles and levels" || name === "names of agents and problems" ? ["design", "run"] : []
    for (const verb of ["validate", "plan", ...more]) {
      const ended = await run(["experiments", verb, "study.json"], { cwd: work.path })
      expect([0, 2]).toContain(ended.code)
      expect([verb, neutral(ended.stdout), neutral(ended.stderr)], JSON.stringify(ended.stderr)).toEqual([
        verb,
        true,
        true,
      ])
    }
  })
})

describe("a study file that is no text file", () => {
  it("is refused with exit code 2 and a hint: a pipe, a device, bytes that are no UTF-8, a folder", async () => {
    using work = folder()
    const at = (name: string): string => join(work.path, name)
    expect(spawnSync("mkfifo", [at("pipe.yaml")]).status).toBe(0)
    symlinkSync("/dev/zero", at("zero.yaml"))
    writeFileSync(at("bytes.json"), Buffer.from([0x7b, 0x22, 0xc3, 0x28, 0x22, 0x7d]))
    mkdirSync(at("folder.json"))
    for (const [name, problem] of [
      ["pipe.yaml", "it is no file"],
      ["zero.yaml", "it is no file"],
      ["bytes.json", "it is no UTF-8 text"],
      ["folder.json", "it is no file"],
    ] as const) {
      const ended = await run(["experiments", "plan", name], { cwd: work.path })
      expect([name, ended.code, ended.stdout]).toEqual([name, 2, ""])
      expect(ended.stderr).toContain(problem)
      expect(ended.stderr).toContain("hint: ")
    }
  })
})
