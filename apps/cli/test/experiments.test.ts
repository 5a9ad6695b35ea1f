/**
 * Studies by design as whole commands: plan, run, resume, status, and what they refuse. Ids, seeds and files to compare with
 * are the predecessor's own; calls of agents are counted by what the agents themselves wrote.
 */
import { spawnSync } from "node:child_process"
import { existsSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs"
import { join } from "node:path"
import { describe, expect, it } from "vitest"
import { callsIn, doses, dosesIn, fixture, loggingAgent, put } from "./experimentFiles.ts"
import { folder, jsonLines, run, start, until } from "./harness.ts"

interface PlannedRun {
  readonly run_id: string
  readonly condition_id: string
  readonly seed: number
  readonly replicate: number
  readonly agent_id: string | null
  readonly problem_id: string | null
}

const identity = ({ agent_id, condition_id, problem_id, replicate, run_id, seed }: PlannedRun) => ({
  run_id,
  condition_id,
  seed,
  replicate,
  agent_id,
  problem_id,
})

interface Receipt {
  readonly type: string
  readonly runId: string
  readonly planHash: string
  readonly status: string
  readonly counts: Readonly<Record<string, number>>
  readonly units: ReadonlyArray<{
    readonly id: string
    readonly status: string
    readonly attempts: number
    readonly value?: unknown
  }>
  readonly artifacts: ReadonlyArray<{ readonly path: string; readonly sha256: string }>
  readonly details: Readonly<Record<string, unknown>>
}

const receiptOf = (stdout: string): Receipt => {
  const last = jsonLines(stdout).at(-1)
  expect(last).toMatchObject({ type: "receipt" })
  return last as unknown as Receipt
}

const planned = (stdout: string): ReadonlyArray<PlannedRun> => jsonLines(stdout) as unknown as ReadonlyArray<PlannedRun>

/** `sha256sum -c` of coreutils over the folder of a study. */
const sums = (path: string): number | null =>
  spawnSync("sha256sum", ["-c", "--quiet", "--strict", "SHA256SUMS"], { cwd: path }).status

describe("experiments plan", () => {
  it("one line per run with the ids, seeds and order of the predecessor, also where nothing is bound", async () => {
    using dir = folder()
    put(dir.path, "study.yaml", fixture("small_study/study.yaml"))
    const result = await run(["experiments", "plan", "study.yaml", "--json"], { cwd: dir.path })
    expect(result.code).toBe(0)
    const expected: ReadonlyArray<Omit<PlannedRun, "agent_id"> & { readonly agent_spec_ref: string }> = JSON.parse(
      fixture("small_study_run_specs.json"),
    )
    expect(planned(result.stdout).map(identity)).toEqual(
      expected.map((spec) => identity({ ...spec, agent_id: spec.agent_spec_ref })),
    )
    expect(result.stderr).toContain('warning: nothing is bound to the agent "alpha": --agent alpha=./agent.mjs')
    expect(result.stderr).toContain('warning: nothing is bound to the problem "p1": --problem p1=./problem.mjs')
    expect(readdirSync(dir.path)).toEqual(["study.yaml"])
  })

  it("a study without agents and problems is planned as one function per run, with the predecessor's ids", async () => {
    using dir = folder()
    put(dir.path, "study.yaml", fixture("standalone_study/study.yaml"))
    const result = await run(["experiments", "plan", "study.yaml", "--json"], { cwd: dir.path })
    expect(result.code).toBe(0)
    expect(planned(result.stdout).map(({ run_id, seed }) => [run_id, seed])).toEqual(
      // Ids and seeds of acceptance case 17, and the third run of its fixture.
      fixture("standalone_study/runs.csv")
        .trimEnd()
        .split("\r\n")
        .slice(1)
        .map((row) => row.split(","))
        .map((cells) => [cells[2], Number(cells[9])]),
    )
    expect(planned(result.stdout)[0]).toMatchObject({ run_id: "run-fced5f607a25", agent_id: null, problem_id: null })
    expect(result.stderr).toContain("--runner ./runner.mjs")
  })

  it("run executes the plan that plan shows: same hash, same runs, same order", async () => {
    using dir = folder()
    const words = dosesIn(dir.path)
    const plan = await run(["experiments", "plan", ...words], { cwd: dir.path })
    const lines = await run(["experiments", "plan", ...words, "--json"], { cwd: dir.path })
    const result = await run(["experiments", "run", ...words, "--json"], { cwd: dir.path })
    expect([plan.code, lines.code, result.code]).toEqual([0, 0, 0])
    const receipt = receiptOf(result.stdout)
    expect(plan.stderr).toContain(`plan: ${receipt.planHash}\n`)
    expect(receipt.units.map(({ id }) => id)).toEqual(planned(lines.stdout).map(({ run_id }) => run_id))
    expect(callsIn(dir.path).toSorted()).toEqual(receipt.units.map(({ id }) => id).toSorted())
  })

  it("a plan of more runs than max_runs is refused with both numbers: exit 2", async () => {
    using dir = folder()
    put(dir.path, "study.yaml", doses())
    const result = await run(["experiments", "plan", "study.yaml", "--max-runs", "4"], { cwd: dir.path })
    expect([result.code, result.stdout]).toEqual([2, ""])
    expect(result.stderr).toMatch(/\b6 runs\b.*\b4\b(.|\n)*\n\nhint: /)
  })

  it("says what is aliased, what runs may cost at most, what they will by those that ran, and what is not bound", async () => {
    using dir = folder()
    put(
      dir.path,
      "study.yaml",
      `study_id: half
title: Half
design_spec: {kind: fractional_factorial, options: {runs: 4}}
factors:
${["a", "b", "c"].map((name) => `  - {name: ${name}, levels: [{name: low, value: 1}, {name: high, value: 2}]}`).join("\n")}
heddle: {budgets: {study: {cost_usd: 10}, per_run: {cost_usd: 0.5}}}
`,
    )
    put(dir.path, "sim.mjs", "export default () => ({ outputs: {}, metrics: { cost_usd: 0.25 } })\n")
    const plan = ["experiments", "plan", "study.yaml"]
    const unbound = await run(plan, { cwd: dir.path })
    expect(unbound.code).toBe(0)
    // I = abc is the only half fraction of three factors.
    for (const line of ["aliased: a with bc", "aliased: b with ac", "aliased: c with ab"]) {
      expect(unbound.stderr).toContain(`${line}\n`)
    }
    expect(unbound.stderr).toContain("cost_usd: at most 2, 0.5 a run; the study may spend 10\n")
    expect(unbound.stderr).toContain("no runner is bound: --runner ./runner.mjs\n")
    expect((await run(["experiments", "run", "study.yaml", "--runner", "./sim.mjs"], { cwd: dir.path })).code).toBe(0)
    const known = await run([...plan, "--runner", "./sim.mjs"], { cwd: dir.path })
    expect(known.stderr).toContain("cost_usd: about 1 (1 to 1 at 95 %), judged by 4 earlier runs\n")
    expect(known.stderr).toMatch(/seconds at 1 at a time: about \S+ \(\S+ to \S+ at 95 %\), judged by 4 earlier runs/)
  })

  it("says what a resume would reuse and run again, and why", async () => {
    using dir = folder()
    const words = dosesIn(dir.path, { agent: 'if (run.factors.dose === 2) throw new RangeError("no")' })
    expect((await run(["experiments", "run", ...words], { cwd: dir.path })).code).toBe(3)
    const plan = await run(["experiments", "plan", ...words], { cwd: dir.path })
    expect(plan.stderr).toMatch(/run \S+ is partial; a resume would reuse 3 runs\n {2}3 again: failed: RangeError\n/)
  })
})

describe("experiments run", () => {
  it("missing bindings stop it before anything is written: exit 2 with the flags to paste", async () => {
    using dir = folder()
    put(dir.path, "study.yaml", doses())
    const result = await run(["experiments", "run", "study.yaml"], { cwd: dir.path })
    expect(result.code).toBe(2)
    expect(result.stderr).toContain(
      "hint: heddle experiments run study.yaml --agent alpha=./agent.mjs --problem p1=./problem.mjs\n",
    )
    expect(readdirSync(dir.path)).toEqual(["study.yaml"])
  })

  it("files have the hashes of SHA256SUMS and of the receipt, which runs verify checks", async () => {
    using dir = folder()
    const words = dosesIn(dir.path)
    const result = await run(["experiments", "run", ...words, "--sqlite", "--json"], { cwd: dir.path })
    expect(result.code).toBe(0)
    const out = join(dir.path, "artifacts", "doses")
    expect(sums(out)).toBe(0)
    const receipt = receiptOf(result.stdout)
    expect(receipt.artifacts.map(({ path }) => path)).toContain("study.sqlite")
    expect(receipt.details).toMatchObject({
      study: { studyId: "doses" },
      design: { kind: "full_factorial", conditions: 2 },
      seeds: { baseSeed: "7" },
    })
    expect((await run(["runs", "verify"], { cwd: dir.path })).code).toBe(0)
    writeFileSync(join(out, "runs.csv"), "changed\r\n")
    expect((await run(["runs", "verify"], { cwd: dir.path })).code).toBe(12)
  })

  it(
    "compatibility mode writes the predecessor's files, byte for byte where no clock is in them",
    { timeout: 60_000 },
    async () => {
      using dir = folder()
      put(dir.path, "study.yaml", fixture("small_study/study.yaml"))
      put(
        dir.path,
        "alpha.mjs",
        `import * as MersenneTwister from "@heddle/experiments/MersenneTwister"
class RuntimeError extends Error {
  name = "RuntimeError"
}
export default (run) => {
  const draw = MersenneTwister.make(run.seed).random()
  if (run.factors.variant === "b" && run.replicate === 2) throw new RuntimeError("boom, with a comma")
  return {
    output: { text: run.problemId + "/" + run.factors.variant, candidate: [draw, run.seed] },
    metrics: { cost_usd: 0.01, input_tokens: 5, output_tokens: 7 },
    trace_refs: ["traces/" + run.runId + ".jsonl"],
    metadata: { model_name: "model-x", model_provider: "prov", agent_kind: "llm", pattern_name: "single" },
    events: [],
  }
}
`,
      )
      put(
        dir.path,
        "p1.mjs",
        `export default {
  family: "toy",
  brief: "brief",
  evaluator: ({ candidate }) => ({ score: Math.round(candidate[0] * 1000) / 1000, is_ok: true, higher_is_better: true, label: "text", count: 3 }),
}
`,
      )
      const words = ["study.yaml", "--agent", "alpha=./alpha.mjs", "--problem", "p1=./p1.mjs", "--compatibility"]
      const result = await run(["experiments", "run", ...words], { cwd: dir.path })
      expect(result.code).toBe(3)
      const out = join(dir.path, "artifacts", "golden-small")
      for (const name of ["conditions.csv", "evaluations.csv", "hypotheses.json", "analysis_plan.json", "study.yaml"]) {
        expect([name, readFileSync(join(out, name), "utf8")]).toEqual([name, fixture(`small_study/${name}`)])
      }
      // Times and latency are of a real clock.
      const withoutClock = (text: string) =>
        text.replaceAll(
          /\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\+00:00,\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\+00:00,[\d.e-]+,/g,
          "<clock>,",
        )
      expect(withoutClock(readFileSync(join(out, "runs.csv"), "utf8"))).toBe(
        withoutClock(fixture("small_study/runs.csv")),
      )
    },
  )

  it("what has run is not run again unasked: exit 6; --again replaces it", async () => {
    using dir = folder()
    const words = dosesIn(dir.path)
    expect((await run(["experiments", "run", ...words, "--run-id", "one"], { cwd: dir.path })).code).toBe(0)
    const second = await run(["experiments", "run", ...words], { cwd: dir.path })
    expect(second.code).toBe(6)
    expect(second.stderr).toMatch(/run one has finished this plan.*\n\nhint: .*export one\nhint: .*--again\n/)
    // Another workspace does not know the run, but the folder has its files.
    const elsewhere = await run(["experiments", "run", ...words, "--workspace", "w"], { cwd: dir.path })
    expect(elsewhere.code).toBe(6)
    expect(elsewhere.stderr).toContain("holds the files of run one")
    expect(callsIn(dir.path)).toHaveLength(6)
    expect((await run(["experiments", "run", ...words, "--again"], { cwd: dir.path })).code).toBe(0)
    expect(callsIn(dir.path)).toHaveLength(12)
  })

  it("a folder of another study, and one outside of the present folder, are refused before anything runs", async () => {
    using dir = folder()
    const words = dosesIn(dir.path)
    for (const outside of ["../elsewhere", "/elsewhere", "."]) {
      put(dir.path, "study.yaml", doses(`output_dir: ${outside}\n`))
      const result = await run(["experiments", "run", ...words], { cwd: dir.path })
      expect([outside, result.code, result.stderr]).toEqual([
        outside,
        2,
        expect.stringMatching(/output_dir.*(.|\n)*\n\nhint: /),
      ])
    }
    put(dir.path, "study.yaml", doses())
    spawnSync("mkdir", ["taken"], { cwd: dir.path })
    put(join(dir.path, "taken"), "manifest.json", '{"study_id":"other"}')
    const foreign = await run(["experiments", "run", ...words, "--out", "taken", "--again"], { cwd: dir.path })
    expect([foreign.code, foreign.stderr]).toEqual([6, expect.stringContaining('belongs to the study "other"')])
    expect(callsIn(dir.path)).toEqual([])
  })

  it("a folder that takes no files is refused with the system's reason before anything runs: exit 5", async () => {
    using dir = folder()
    const words = dosesIn(dir.path)
    put(dir.path, "taken", "a file")
    // No rights of root make procfs take a file, as with a mount for reading only.
    const places = ["taken", "taken/below", ...(process.platform === "linux" ? ["/proc", "/proc/heddle"] : [])]
    for (const place of places) {
      const result = await run(["experiments", "run", ...words, "--out", place], { cwd: dir.path })
      expect([place, result.code, result.stderr]).toEqual([
        place,
        5,
        expect.stringMatching(/cannot be made or written: .+; nothing was run or written\n\nhint: .*--out/),
      ])
    }
    expect(callsIn(dir.path)).toEqual([])
    expect(readFileSync(join(dir.path, "taken"), "utf8")).toBe("a file")
  })

  it("files that cannot be written once the runs have ended are written elsewhere by the hint", async () => {
    using dir = folder()
    const spoil = `const fs = await import("node:fs"); fs.rmSync("out", { recursive: true, force: true }); fs.writeFileSync("out", "")`
    const words = dosesIn(dir.path, { agent: spoil })
    const result = await run(["experiments", "run", ...words, "--out", "out", "--run-id", "r1"], { cwd: dir.path })
    expect(result.code).not.toBe(0)
    expect(result.stderr).toContain("hint: heddle experiments export r1 --out ELSEWHERE")
    const again = await run(["experiments", "export", "r1", "--out", "elsewhere"], { cwd: dir.path })
    expect(again.code, again.stderr).toBe(0)
    expect(sums(join(dir.path, "elsewhere"))).toBe(0)
    expect(callsIn(dir.path)).toHaveLength(6)
  })

  it("an outcome that no run gives is a warning with the nearest measure, after the first run and at the end, and in the receipt", async () => {
    using dir = folder()
    const words = dosesIn(dir.path)
    put(
      dir.path,
      "study.yaml",
      doses().replace(
        "name: score, source_table: evaluations, column: score",
        "name: result, source_table: evaluations, column: scoer",
      ),
    )
    const result = await run(["experiments", "run", ...words, "--json"], { cwd: dir.path })
    expect(result.code, result.stderr).toBe(0)
    const told = 'the declared outcome "result" (column "scoer"); what came is score; did you mean "score"?'
    expect(result.stderr.split("\n").filter((line) => line.includes("declared outcome"))).toEqual([
      `warning: the first run did not give ${told}`,
      `warning: no run that succeeded gave ${told}`,
    ])
    expect(receiptOf(result.stdout).details["undeliveredOutcomes"]).toEqual([
      { outcome: "result", column: "scoer", arrived: ["score"] },
    ])
    put(dir.path, "study.yaml", doses())
    const good = await run(["experiments", "run", ...words, "--again", "--json"], { cwd: dir.path })
    expect(good.stderr).not.toContain("declared outcome")
    expect(receiptOf(good.stdout).details).not.toHaveProperty("undeliveredOutcomes")
  })

  it("a script that is not there is exit 2 before anything runs, and a warning of a plan", async () => {
    using dir = folder()
    put(dir.path, "study.yaml", fixture("standalone_study/study.yaml"))
    const words = ["study.yaml", "--runner", '["node","nix.mjs"]']
    const refused = await run(["experiments", "run", ...words], { cwd: dir.path })
    expect([refused.code, refused.stderr]).toEqual([2, expect.stringContaining("runner: there is no file nix.mjs in ")])
    expect(readdirSync(dir.path)).toEqual(["study.yaml"])
    const plan = await run(["experiments", "plan", ...words], { cwd: dir.path })
    expect([plan.code, plan.stderr]).toEqual([0, expect.stringContaining("warning: runner: there is no file nix.mjs")])
  })

  it("a dry run counts and writes nothing", async () => {
    using dir = folder()
    const words = dosesIn(dir.path)
    const result = await run(["experiments", "run", ...words, "--dry-run", "--json"], { cwd: dir.path })
    expect([result.code, jsonLines(result.stdout)]).toMatchObject([0, [{ type: "dryRun", planned: 6, valid: true }]])
    expect(readdirSync(dir.path).toSorted()).toEqual(["alpha.mjs", "p1.mjs", "study.yaml"])
  })

  it("AC-35 a budget of 1.00 with runs of 0.30 pays for three runs at parallelism 4; the rest is skipped with the reason", async () => {
    using dir = folder()
    const words = dosesIn(dir.path)
    const budget = ["--budget", "cost_usd=1", "--budget", "per_run.cost_usd=0.3", "--parallelism", "4"]
    const result = await run(["experiments", "run", ...words, ...budget, "--json"], { cwd: dir.path })
    expect(callsIn(dir.path)).toHaveLength(3)
    const receipt = receiptOf(result.stdout)
    expect(receipt.counts).toMatchObject({ succeeded: 3, skipped: 3 })
    // The study that was asked for is not there as a whole, and a script must see that.
    expect(result.code).toBe(3)
    expect(result.stderr).toMatch(/error: 3 were left out: it may need 0.3 of the budget cost_usd/)
    expect(result.stderr).toContain(`run ${receipt.runId}: cut off by its budget: 3 runs left out, 3 succeeded`)
    expect(receipt.details).toMatchObject({ leftOut: { runs: 3, reason: expect.stringContaining("budget cost_usd") } })
    const status = await run(["experiments", "status"], { cwd: dir.path })
    expect(status.stderr).toContain("cost_usd: 0.9 spent of 1\n")
    expect(status.stderr).toContain(`hint: heddle experiments resume ${receipt.runId} --budget cost_usd=1.8\n`)
    // Without an id it is found, though nothing of it failed; a resume alone can only stop again.
    const repeated = await run(["experiments", "resume"], { cwd: dir.path })
    expect([repeated.code, callsIn(dir.path).length]).toEqual([3, 3])
    expect(repeated.stderr).toContain("--budget cost_usd=1.8")
    // The command of the hint lets all of them in, and what else was said of money still holds.
    const [, hinted = ""] = /^hint: heddle (.*)$/m.exec(result.stderr) ?? []
    expect(hinted).toBe(`experiments resume ${receipt.runId} --budget cost_usd=1.8`)
    const more = await run(hinted.split(" "), { cwd: dir.path })
    expect([more.code, callsIn(dir.path).length, new Set(callsIn(dir.path)).size]).toEqual([0, 6, 6])
  })

  it("fail-fast ends with 3 and leaves the rest to a resume, which runs exactly that", async () => {
    using dir = folder()
    const words = dosesIn(dir.path, {
      agent: `const { existsSync } = await import("node:fs")
  if (!existsSync("mended") && run.replicate === 2) throw new RangeError("second")`,
    })
    const result = await run(["experiments", "run", ...words, "--parallelism", "1", "--fail-fast", "--json"], {
      cwd: dir.path,
    })
    expect([result.code, receiptOf(result.stdout).counts]).toMatchObject([
      3,
      { succeeded: 1, failed: 1, notStarted: 4 },
    ])
    expect(existsSync(join(dir.path, "artifacts", "doses", "not_run.csv"))).toBe(true)
    expect(sums(join(dir.path, "artifacts", "doses"))).toBe(0)
    writeFileSync(join(dir.path, "mended"), "")
    expect((await run(["experiments", "resume"], { cwd: dir.path })).code).toBe(0)
    const [first = ""] = callsIn(dir.path)
    expect([callsIn(dir.path).length, callsIn(dir.path).lastIndexOf(first)]).toEqual([7, 0])
  })

  it("a sequential study stops at a look that its receipt keeps, and a resume leaves it stopped", async () => {
    using dir = folder()
    put(
      dir.path,
      "study.yaml",
      doses("heddle: {stopping: {rule: group_sequential, looks: 3}}\n")
        .replace(/agent_specs.*\nproblem_ids.*\n/, "")
        .replace("replicates: 3", "replicates: 9")
        .replace("source_table: evaluations", "source_table: metrics"),
    )
    // The groups differ by ten times their spread, so the first look must stop it.
    put(
      dir.path,
      "sim.mjs",
      "export default (run) => ({ outputs: {}, metrics: { score: run.factors.dose * 10 + run.replicate / 3 } })\n",
    )
    // Boundaries of Lan and DeMets for three looks of the O'Brien-Fleming kind, as published: 3.710, 2.511, 1.993.
    for (const command of [["validate"], ["plan", "--runner", "./sim.mjs"]]) {
      const told = await run(["experiments", ...command, "study.yaml"], { cwd: dir.path })
      expect(told.stderr).toContain("3 looks, after replicates 3 (|z| 3.710), 6 (|z| 2.511), 9 (|z| 1.993)")
    }
    const result = await run(["experiments", "run", "study.yaml", "--runner", "./sim.mjs", "--run-id", "s", "--json"], {
      cwd: dir.path,
    })
    expect(result.code).toBe(0)
    const { counts, details } = receiptOf(result.stdout)
    expect(details["sequential"]).toMatchObject({
      rule: "group_sequential",
      factor: "dose",
      // By hand: both groups are 1/3, 2/3, 1 beside their means, so s = 1/3 and the standard error is s sqrt(2/3).
      looks: [{ look: 1, replicates: 3, stop: true, standardError: expect.closeTo(Math.sqrt(2 / 3) / 3, 10) }],
    })
    expect(counts).toMatchObject({ succeeded: 6, skipped: 12 })
    expect(result.stderr).toMatch(/stopped early at look 1 of 3 after 3 replicates: .*; 12 runs were not needed\n/)
    const resumed = await run(["experiments", "resume", "s"], { cwd: dir.path })
    expect([resumed.code, resumed.stderr]).toEqual([10, expect.stringContaining("12 runs stay as they ended")])
  })

  it("looks of a study that was cut off stand as they were made, though a run of theirs has another value now", async () => {
    using dir = folder()
    put(
      dir.path,
      "study.yaml",
      doses("heddle: {stopping: {rule: group_sequential, looks: 3}}\n")
        .replace(/agent_specs.*\nproblem_ids.*\n/, "")
        .replace("replicates: 3", "replicates: 9")
        .replace("source_table: evaluations", "source_table: metrics"),
    )
    // Both groups have the same values, so no look stops it; one run fails until it is mended.
    put(
      dir.path,
      "sim.mjs",
      `import { existsSync } from "node:fs"
export default (run) => {
  if (run.factors.dose === 1 && run.replicate === 2 && !existsSync("mended")) throw new Error("not yet")
  return { outputs: {}, metrics: { score: (run.replicate * 7) % 5 } }
}
`,
    )
    const first = await run(["experiments", "run", "study.yaml", "--runner", "./sim.mjs", "--run-id", "s", "--json"], {
      cwd: dir.path,
    })
    expect(first.code).toBe(3)
    // As a process leaves it that was killed before it wrote its receipt.
    const begun = join(dir.path, ".heddle", "begun", "s.json")
    const told = JSON.parse(readFileSync(begun, "utf8")) as { details: Record<string, unknown> }
    delete told.details["sequential"]
    writeFileSync(begun, JSON.stringify(told))
    put(dir.path, "mended", "")
    const resumed = await run(["experiments", "resume", "s", "--json"], { cwd: dir.path })
    expect(resumed.code).toBe(0)
    const looks = (stdout: string) => receiptOf(stdout).details["sequential"]
    expect(looks(first.stdout)).toMatchObject({ looks: [{ replicates: 3 }, { replicates: 6 }, { replicates: 9 }] })
    expect(looks(resumed.stdout)).toEqual(looks(first.stdout))
  })

  it("Ctrl-C lets running runs finish, writes files and receipt, and ends with 130", { timeout: 60_000 }, async () => {
    using dir = folder()
    const words = dosesIn(dir.path, { agent: "await new Promise((done) => setTimeout(done, 400))" })
    const running = start(["experiments", "run", ...words, "--parallelism", "1", "--json"], { cwd: dir.path })
    await until(() => callsIn(dir.path).length > 0, "the first call")
    running.child.kill("SIGINT")
    const result = await running.done
    expect(result.code).toBe(130)
    const receipt = receiptOf(result.stdout)
    expect([receipt.status, (receipt.counts["succeeded"] ?? 0) > 0]).toEqual(["interrupted", true])
    expect(sums(join(dir.path, "artifacts", "doses"))).toBe(0)
    expect((await run(["runs", "verify"], { cwd: dir.path })).code).toBe(0)
    expect(result.stderr).toMatch(/\n\nhint: heddle experiments resume \S+\n$/)
  })
})

describe("experiments resume", () => {
  it(
    "after a kill each run has one final record, finished ones are not called again, files are whole",
    { timeout: 60_000 },
    async () => {
      using dir = folder()
      const words = dosesIn(dir.path, { agent: "await new Promise((done) => setTimeout(done, 100))" })
      const running = start(["experiments", "run", ...words, "--parallelism", "1", "--run-id", "k"], { cwd: dir.path })
      await until(() => callsIn(dir.path).length >= 3, "the third call")
      running.child.kill("SIGKILL")
      await running.done
      const before = callsIn(dir.path)
      // The file was moved meanwhile: what was kept of the study is enough.
      spawnSync("mv", ["study.yaml", "moved.yaml"], { cwd: dir.path })
      const resumed = await run(["experiments", "resume", "--json"], { cwd: dir.path })
      expect(resumed.code).toBe(0)
      const receipt = receiptOf(resumed.stdout)
      expect([receipt.runId, receipt.units.length]).toEqual(["k", 6])
      const again = callsIn(dir.path).slice(before.length)
      for (const finished of before.slice(0, -1)) expect(again).not.toContain(finished)
      expect(new Set([...before, ...again]).size).toBe(6)
      const out = join(dir.path, "artifacts", "doses")
      expect(sums(out)).toBe(0)
      expect(readFileSync(join(out, "runs.csv"), "utf8").trimEnd().split("\r\n")).toHaveLength(7)
    },
  )

  it("AC-28 a failed run with a mended agent succeeds at its second attempt; --no-retry-failed leaves it", async () => {
    using dir = folder()
    const broken = 'if (run.factors.dose === 2 && run.replicate === 2) throw new RangeError("boom")'
    const words = dosesIn(dir.path, {
      agent: `const { existsSync } = await import("node:fs"); if (!existsSync("mended")) { ${broken} }`,
    })
    expect((await run(["experiments", "run", ...words], { cwd: dir.path })).code).toBe(3)
    writeFileSync(join(dir.path, "mended"), "")
    const left = await run(["experiments", "resume", "--no-retry-failed"], { cwd: dir.path })
    expect([left.code, callsIn(dir.path).length]).toEqual([10, 6])
    const resumed = await run(["experiments", "resume", "--json"], { cwd: dir.path })
    expect(resumed.code).toBe(0)
    expect(receiptOf(resumed.stdout).units.map(({ attempts, status }) => [status, attempts])).toEqual([
      ["reused", 1],
      ["reused", 1],
      ["reused", 1],
      ["reused", 1],
      ["succeeded", 2],
      ["reused", 1],
    ])
  })

  it("AC-29 a changed base seed is refused with the field and both values; rerun goes on", async () => {
    using dir = folder()
    const words = dosesIn(dir.path, { agent: 'if (run.replicate === 3) throw new RangeError("no")' })
    await run(["experiments", "run", ...words], { cwd: dir.path })
    put(dir.path, "study.yaml", doses().replace("base_seed: 7", "base_seed: 8"))
    const refused = await run(["experiments", "resume"], { cwd: dir.path })
    expect(refused.code).toBe(6)
    expect(refused.stderr).toMatch(/seed_policy\.base_seed: 7 -> 8; nothing was changed\n\nhint: .*--on-change rerun/)
    expect(callsIn(dir.path)).toHaveLength(6)
    const rerun = await run(["experiments", "resume", "--on-change", "rerun"], { cwd: dir.path })
    expect([rerun.code, callsIn(dir.path).length]).toEqual([3, 12])
  })

  it("another primary outcome is refused with the command that says what becomes of finished runs", async () => {
    using dir = folder()
    const words = dosesIn(dir.path)
    const place = ["--workspace", "elsewhere"]
    expect((await run(["experiments", "run", ...words, "--run-id", "r", ...place], { cwd: dir.path })).code).toBe(0)
    put(dir.path, "study.yaml", doses().replace("column: score", "column: other"))
    const refused = await run(["experiments", "resume", "r", ...place], { cwd: dir.path })
    expect([refused.code, refused.stderr]).toEqual([6, expect.stringContaining("outcomes[score].column")])
    expect(refused.stderr).toContain("heddle experiments resume r --on-change rerun --workspace elsewhere\n")
    // An agent's change shows only in the fingerprints; the command is as good there.
    put(dir.path, "study.yaml", doses())
    put(dir.path, "alpha.mjs", loggingAgent("// changed"))
    const other = await run(["experiments", "resume", "r", ...place], { cwd: dir.path })
    expect([other.code, other.stderr]).toEqual([6, expect.stringContaining("agent alpha (6 runs)")])
    expect(other.stderr).toContain("heddle experiments resume r --on-change rerun --workspace elsewhere\n")
  })

  it("a changed agent is refused by its name; keep takes finished runs as they are", async () => {
    using dir = folder()
    const words = dosesIn(dir.path, { agent: 'if (run.replicate === 3) throw new RangeError("no")' })
    await run(["experiments", "run", ...words, "--run-id", "r"], { cwd: dir.path })
    put(dir.path, "alpha.mjs", loggingAgent())
    const refused = await run(["experiments", "resume", "r"], { cwd: dir.path })
    expect([refused.code, refused.stderr]).toEqual([6, expect.stringContaining("changed since: agent alpha (4 runs)")])
    const kept = await run(["experiments", "resume", "r", "--on-change", "keep"], { cwd: dir.path })
    expect([kept.code, callsIn(dir.path).length]).toEqual([0, 8])
  })

  it("results that were kept after a change are deviations, from the ledger and from the folder, also after later exports", async () => {
    using dir = folder()
    const words = dosesIn(dir.path, { agent: 'if (run.replicate === 3) throw new RangeError("no")' })
    await run(["experiments", "run", ...words, "--run-id", "r"], { cwd: dir.path })
    put(dir.path, "alpha.mjs", loggingAgent())
    const kept = await run(["experiments", "resume", "r", "--on-change", "keep"], { cwd: dir.path })
    expect(kept.code).toBe(0)
    const receipt = await run(["runs", "receipt", "r", "--json"], { cwd: dir.path })
    expect(
      receipt.stdout.match(/kept on your word \(--on-change keep\) though this has changed since: agent alpha/g),
    ).toHaveLength(4)
    expect(receipt.stdout).not.toContain("under the same fingerprint")
    const said =
      "4 of 6 runs were made with another agent alpha than the study has now, and their results were kept on your word"
    const out = join(dir.path, "artifacts", "doses")
    const tell = async (what: string) => {
      const told = await run(["experiments", ...what.split(" ")], { cwd: dir.path })
      expect([what, told.code, told.stdout.includes(said) || told.stderr.includes(said)]).toEqual([what, 0, true])
    }
    const rows = readFileSync(join(out, "kept_runs.csv"), "utf8").trim().split("\r\n")
    expect([rows.length, rows[0], rows[1]?.endsWith(",agent alpha")]).toEqual([5, "run_id,condition_id,changed", true])
    await tell("analyze r --json")
    await tell(`analyze ${out} --json`)
    expect((await run(["experiments", "report", "r", "--out", "written"], { cwd: dir.path })).code).toBe(0)
    expect(readFileSync(join(dir.path, "written", "report.md"), "utf8")).toContain("made with another agent alpha than")
    expect((await run(["experiments", "resume", "r"], { cwd: dir.path })).code).toBe(10)
    expect((await run(["experiments", "export", "r", "--out", "again"], { cwd: dir.path })).code).toBe(0)
    await tell("analyze again --json")
    // The predecessor has no word for it: its files stay what they are.
    await run(["experiments", "export", "r", "--out", "old", "--compatibility"], { cwd: dir.path })
    expect(existsSync(join(dir.path, "old", "kept_runs.csv"))).toBe(false)
  })

  it("AC-39 a finished study is left byte for byte as it is: exit 10, 0 with --allow-empty; a damaged file is written again", async () => {
    using dir = folder()
    const words = dosesIn(dir.path)
    await run(["experiments", "run", ...words, "--run-id", "r"], { cwd: dir.path })
    const out = join(dir.path, "artifacts", "doses")
    const files = () => readdirSync(out).map((name) => [name, readFileSync(join(out, name), "utf8")])
    const before = files()
    expect((await run(["experiments", "resume", "r"], { cwd: dir.path })).code).toBe(10)
    expect((await run(["experiments", "resume", "study.yaml", "--allow-empty"], { cwd: dir.path })).code).toBe(0)
    expect(files()).toEqual(before)
    writeFileSync(join(out, "metrics.csv"), "")
    expect((await run(["experiments", "resume", "r"], { cwd: dir.path })).code).toBe(10)
    const timeless = (text: string) => text.replaceAll(/"generated_at": "[^"]*"/g, '"generated_at": "<time>"')
    expect(files().map(([name = "", text = ""]) => [name, timeless(text)])).toEqual(
      before.map(([name = "", text = ""]) => [name, timeless(text)]),
    )
    expect((await run(["runs", "verify"], { cwd: dir.path })).code).toBe(0)
    expect(callsIn(dir.path)).toHaveLength(6)
  })

  it("a process that was killed between its last run and the files is gone on with: files, receipt and exit 0, no run again", async () => {
    using dir = folder()
    const words = dosesIn(dir.path)
    await run(["experiments", "run", ...words, "--run-id", "r"], { cwd: dir.path })
    const out = join(dir.path, "artifacts", "doses")
    const before = readFileSync(join(out, "runs.csv"), "utf8")
    const calls = callsIn(dir.path).length
    // What such a kill leaves: the ledger is whole; the files are not sealed by their manifest, and no receipt is there.
    rmSync(join(out, "manifest.json"))
    rmSync(join(out, "runs.csv"))
    const receipts = join(dir.path, ".heddle", "receipts")
    for (const name of readdirSync(receipts)) rmSync(join(receipts, name))
    const resumed = await run(["experiments", "resume", "--json"], { cwd: dir.path })
    expect(resumed.code, resumed.stderr).toBe(0)
    expect(jsonLines(resumed.stdout).at(-1)).toMatchObject({ type: "receipt", runId: "r", status: "succeeded" })
    expect(readFileSync(join(out, "runs.csv"), "utf8")).toBe(before)
    expect(callsIn(dir.path)).toHaveLength(calls)
    expect((await run(["runs", "verify", "r"], { cwd: dir.path })).code).toBe(0)
    expect((await run(["experiments", "resume"], { cwd: dir.path })).code).toBe(10)
  })

  it(
    "a study that runs is held: run, resume and export into its folder are exit 11 with the owner",
    { timeout: 60_000 },
    async () => {
      using dir = folder()
      const words = dosesIn(dir.path, {
        agent: `const { existsSync } = await import("node:fs")
  while (!existsSync("go")) await new Promise((done) => setTimeout(done, 20))`,
      })
      const running = start(["experiments", "run", ...words, "--run-id", "r"], { cwd: dir.path })
      await until(() => callsIn(dir.path).length > 0, "the first call")
      for (const args of [
        ["run", ...words, "--again"],
        ["resume", "r"],
        ["export", "r"],
      ]) {
        const held = await run(["experiments", ...args], { cwd: dir.path })
        expect([args[0], held.code]).toEqual([args[0], 11])
        expect(held.stderr).toMatch(new RegExp(`held by process ${running.child.pid ?? 0} (.|\\n)*\\n\\nhint: `))
      }
      // It can be looked at meanwhile.
      const status = await run(["experiments", "status"], { cwd: dir.path })
      expect([status.code, status.stderr]).toEqual([0, expect.stringContaining("run r: running")])
      writeFileSync(join(dir.path, "go"), "")
      expect((await running.done).code).toBe(0)
      expect(callsIn(dir.path)).toHaveLength(6)
    },
  )

  it("resumed from another folder, files that are named now are those of that folder, the others where they were", async () => {
    using dir = folder()
    const words = dosesIn(dir.path, { agent: 'throw new RangeError("no")' })
    await run(["experiments", "run", ...words, "--placement", "fibers"], { cwd: dir.path })
    using other = folder()
    put(other.path, "mended.mjs", loggingAgent())
    const workspace = ["--workspace", join(dir.path, ".heddle")]
    const resumed = await run(["experiments", "resume", "--agent", "alpha=./mended.mjs", ...workspace], {
      cwd: other.path,
    })
    expect([resumed.code, callsIn(other.path).length]).toEqual([0, 6])
    expect(readdirSync(other.path).toSorted()).toEqual(["calls.log", "mended.mjs"])
    expect(sums(join(dir.path, "artifacts", "doses"))).toBe(0)
  })
})
