import { fileURLToPath } from "node:url"
import { describe, expect, it } from "vitest"
import { childProcess, inProcess } from "../src/Contestant.ts"
import { BenchError, median, runSuite, type Row } from "../src/harness.ts"
import type { Contestant, Suite } from "../src/Suite.ts"
import { markdown, replaceTable } from "../src/table.ts"

/** A contestant that writes its turns into a list and takes the times it is given. */
const scripted = (
  name: string,
  turns: Array<string>,
  times: ReadonlyArray<number>,
  result: unknown = 1,
): Contestant => {
  let turn = 0
  return {
    name,
    command: name,
    open: async () => ({
      version: "1.0",
      run: async () => {
        turns.push(name)
        return { elapsedMs: times[turn++] ?? 0, result }
      },
      close: async () => {
        turns.push(`${name} closed`)
      },
    }),
  }
}

const suiteOf = (ours: Contestant, peer: Contestant): Suite => ({
  name: "self",
  cases: [{ name: "one", ours, peers: [peer], rounds: 3 }],
})
const ignore = () => {}

describe("bench", () => {
  it("the median of an even and an odd number of rounds", () => {
    expect(median([3, 1, 2])).toBe(2)
    expect(median([4, 1, 3, 2])).toBe(2.5)
    expect(() => median([])).toThrow(BenchError)
  })

  it("compares once, warms up once, then alternates, with the first place changing, and closes both", async () => {
    const turns: Array<string> = []
    // compare, warm-up, then three timed rounds: the median of 4, 6, 5 is 5, of 50, 70, 60 is 60
    const rows = await runSuite(
      suiteOf(scripted("ours", turns, [99, 99, 4, 6, 5]), scripted("peer", turns, [999, 999, 50, 70, 60])),
      ignore,
    )
    expect(turns).toEqual([
      "ours",
      "peer",
      "ours",
      "peer",
      "ours",
      "peer",
      "peer",
      "ours",
      "ours",
      "peer",
      "ours closed",
      "peer closed",
    ])
    expect(rows).toMatchObject([
      { suite: "self", case: "one", peer: "peer", oursMs: 5, peerMs: 60, ratio: 12, n: 3, peerVersion: "1.0" },
    ])
  })

  it("different answers are an error before anything is timed, and both are closed", async () => {
    const turns: Array<string> = []
    const suite = suiteOf(scripted("ours", turns, [], { a: 1 }), scripted("peer", turns, [], { a: 2 }))
    await expect(runSuite(suite, ignore)).rejects.toThrow('do not answer the same: ours {"a":1}, peer {"a":2}')
    expect(turns).toEqual(["ours", "peer", "ours closed", "peer closed"])
  })

  it("a peer that is not on the machine is named and skipped", async () => {
    const absent = childProcess({
      name: "absent",
      command: ["heddle-no-such-program"],
      versionCommand: ["heddle-no-such-program", "--version"],
    })
    const rows = await runSuite(suiteOf(scripted("ours", [], []), absent), ignore)
    expect(rows).toEqual([{ suite: "self", case: "one", peer: "absent", skipped: expect.stringContaining("ENOENT") }])
  })

  it("a peer in a child process times itself and answers what ours answers", async () => {
    const child = childProcess({
      name: "sum",
      command: [process.execPath, fileURLToPath(new URL("fixtures/peer.mjs", import.meta.url))],
      versionCommand: [process.execPath, "--version"],
    })
    const ours = inProcess({
      name: "loop",
      version: "1",
      run: () => Array.from({ length: 1000 }, (_, i) => i).reduce((a, b) => a + b, 0),
    })
    const rows = await runSuite(suiteOf(ours, child), ignore)
    expect(rows).toMatchObject([{ peer: "sum", n: 3, peerVersion: process.version }])
  })

  it("a child that ends before it answers is an error that says how it ended", async () => {
    const broken = childProcess({
      name: "broken",
      command: [
        process.execPath,
        "-e",
        'console.log("{\\"ready\\":true}"); process.stdin.once("data", () => process.exit(3))',
      ],
      versionCommand: [process.execPath, "--version"],
    })
    await expect(runSuite(suiteOf(scripted("ours", [], []), broken), ignore)).rejects.toThrow(
      "broken ended with status 3 before it answered",
    )
  })

  it("a probe takes the median and says whether its limit holds", async () => {
    const values = [10, 30, 20]
    const probe = { name: "growth", unit: "MB", limit: 16, measure: async () => values.shift() ?? 0 }
    expect(await runSuite({ name: "self", cases: [], probes: [probe] }, ignore)).toEqual([
      { suite: "self", case: "growth", value: 20, unit: "MB", limit: 16, holds: false, n: 3 },
    ])
  })

  it("a probe without a limit is reported", async () => {
    const probe = { name: "copy", unit: "x", rounds: 1, measure: async () => 1.5 }
    const rows = await runSuite({ name: "self", cases: [], probes: [probe] }, ignore)
    expect(rows).toEqual([{ suite: "self", case: "copy", value: 1.5, unit: "x", n: 1 }])
  })

  it("the table of a suite takes the place of its last one and leaves the others", () => {
    const rows: ReadonlyArray<Row> = [{ suite: "self", case: "a|b", peer: "p", skipped: "not here" }]
    const machine = { cpu: "cpu", cores: 2, memoryGiB: 8, system: "linux", node: "24", date: "2026-01-01" }
    const once = replaceTable(replaceTable("# Benchmarks\n", "other", "old\n"), "self", markdown(rows, machine))
    expect(once).toContain("a\\|b")
    expect(replaceTable(once, "self", "new\n")).toBe(
      "# Benchmarks\n\n## other\n\n<!-- begin other -->\nold\n<!-- end other -->\n\n## self\n\n<!-- begin self -->\nnew\n<!-- end self -->\n",
    )
  })
})
