/**
 * `kill -9` of a study of 200 runs at seeded moments of its planning, its runs and the export of its files. The witness is
 * a log that the runs themselves append to; the ledger is asked for nothing but the report at the end.
 */
import { Schema } from "effect"
import { join } from "node:path"
import { afterAll, beforeAll, describe, expect, it } from "vitest"
import * as Kill from "../fixtures/kill/harness.ts"

const runs = 200
const parallelism = 4
const perRunUsd = 0.25
const capUsd = 1000

const Report = Schema.Struct({
  ids: Schema.Array(Schema.String),
  counts: Schema.optionalKey(Schema.Record(Schema.String, Schema.Finite)),
  budgets: Schema.optionalKey(Schema.Array(Schema.Struct({ spent: Schema.Finite, cap: Schema.Finite }))),
})

const reportOf = (ended: Kill.Ended) => {
  const line = ended.stdout.split("\n").find((text) => text.startsWith("report "))
  expect(line, ended.stderr).toBeDefined()
  return Schema.decodeUnknownSync(Report)(JSON.parse((line ?? "").slice(7)))
}

interface Kind {
  readonly name: string
  readonly moment: (folder: string) => Kill.Moment
}

/** Moments of the planning, the runs and the export; the delay after a stage only says where in it the kill falls. */
const momentsOf = (random: () => number, planning: number, running: number, exporting: number): ReadonlyArray<Kind> => {
  const after = (stage: string, spanMs: number): Kind => {
    const delayMs = random() * spanMs
    return {
      name: `${delayMs.toFixed(1)} ms into ${stage}`,
      moment: () => ({ ready: (text) => text.includes(stage), delayMs }),
    }
  }
  return [
    ...Array.from({ length: planning }, () => after("ready", 120)),
    ...Array.from({ length: running }, (): Kind => {
      const calls = 1 + Math.floor(random() * runs)
      return {
        name: `after ${calls} calls`,
        moment: (folder) => ({
          ready: () => Kill.callLog(folder).lines.filter(([word]) => word === "start").length >= calls,
        }),
      }
    }),
    ...Array.from({ length: exporting }, () => after("exporting", 250)),
  ]
}

/** Never more than so many calls without an end within one session; what a kill leaves behind ends with the session. */
const expectBounded = (log: Kill.CallLog, killedAt: ReadonlyArray<number>): void => {
  const open = new Set<string>()
  for (const [index, [word, run]] of log.lines.entries()) {
    if (killedAt.includes(index)) open.clear()
    if (word === "start") open.add(run)
    if (word === "end") open.delete(run)
    expect(open.size).toBeLessThanOrEqual(parallelism)
  }
}

let undisturbed: ReturnType<typeof Kill.temporary>
let wanted: Awaited<ReturnType<typeof Kill.withoutTimes>>
beforeAll(async () => {
  undisturbed = Kill.temporary()
  const ended = await Kill.studySession(undisturbed.path, capUsd)
  expect(ended.code, ended.stderr).toBe(0)
  expect(Kill.callLog(undisturbed.path).starts.size).toBe(runs)
  wanted = await Kill.withoutTimes(join(undisturbed.path, "files"), new Set())
})
afterAll(() => undisturbed[Symbol.dispose]())

const figures = { kills: 0, hit: { planning: 0, running: 0, exporting: 0 }, repeated: 0, missed: 0 }
afterAll(() => {
  if (Kill.soak) process.stderr.write(`kill loop: ${JSON.stringify(figures)}\n`)
})

describe("a study of 200 runs that is killed with SIGKILL", () => {
  const random = Kill.randomFrom(20_261_121)
  const sample = Kill.soak ? momentsOf(random, 5, 19, 6) : momentsOf(random, 1, 2, 1)
  for (const { moment, name } of sample) {
    it(`${name}: the resumed study has one record per run, repeats nothing that was kept, and its files`, async () => {
      using work = Kill.temporary()
      const first = await Kill.studySession(work.path, capUsd, moment(work.path))
      const before = Kill.callLog(work.path)
      figures.kills++
      if (first.signal === null) figures.missed++
      else if (before.lines.length === 0) figures.hit.planning++
      else if (first.stdout.includes("exporting")) figures.hit.exporting++
      else figures.hit.running++

      const second = await Kill.studySession(work.path, capUsd)
      expect(second.code, second.stderr).toBe(0)
      const report = reportOf(second)
      const after = Kill.callLog(work.path)
      expectBounded(after, [before.lines.length])

      // One final record per run.
      expect(report.ids).toHaveLength(runs)
      expect(new Set(report.ids.map((line) => line.split(" ")[0])).size).toBe(runs)
      expect(after.starts.size).toBe(runs)
      // Only what was in flight ran twice, and nothing whose end was told.
      const again = [...after.starts].filter(([, count]) => count > 1)
      figures.repeated += again.length
      expect(again.length).toBeLessThanOrEqual(parallelism)
      expect(again.every(([run, count]) => count === 2 && before.starts.has(run) && !before.kept.has(run))).toBe(true)
      // What was spent covers what was finished, and all that was granted fits.
      const [budget] = report.budgets ?? []
      if (budget !== undefined) {
        expect(budget.spent).toBeGreaterThanOrEqual(after.finishedUsd - 1e-9)
        expect(after.finishedUsd + after.unfinished * perRunUsd).toBeLessThanOrEqual(capUsd)
      }
      const files = join(work.path, "files")
      // A try may have been begun on record and be killed before its call: then it is the record alone that has it.
      const triedAgain = Kill.rowsOfCsv(join(files, "attempts.csv")).filter((row) => row["attempt"] === "2")
      const inFlight = new Set([...again.map(([run]) => run), ...triedAgain.map((row) => String(row["run_id"]))])
      expect(inFlight.size).toBeLessThanOrEqual(parallelism)
      expect([...inFlight].filter((run) => before.kept.has(run))).toEqual([])
      expect(Kill.sumsAgree(files)).toBe(true)
      const found = await Kill.withoutTimes(files, inFlight)
      expect([...found.keys()]).toEqual([...wanted.keys()])
      const expected = inFlight.size === 0 ? wanted : await Kill.withoutTimes(join(undisturbed.path, "files"), inFlight)
      for (const [file, content] of expected) expect(found.get(file), file).toEqual(content)
      // The tries that were killed are paid for, each with its cap at most, and no other.
      const more = Kill.costOfFolder(files) - Kill.costOfFolder(join(undisturbed.path, "files"))
      expect(more).toBeGreaterThanOrEqual(-1e-9)
      expect(more).toBeLessThanOrEqual(inFlight.size * perRunUsd + 1e-9)
    })
  }

  it("again and again, with a budget for a part of it: granted calls never exceed the cap, and the report covers them", async () => {
    using work = Kill.temporary()
    const cap = 20
    const killedAt: Array<number> = []
    for (let kill = 0; kill < (Kill.soak ? 12 : 2); kill++) {
      const calls = Kill.callLog(work.path).lines.filter(([word]) => word === "start").length
      const target = calls + 1 + Math.floor(random() * 12)
      const ended = await Kill.studySession(work.path, cap, {
        ready: () => Kill.callLog(work.path).lines.filter(([word]) => word === "start").length >= target,
      })
      killedAt.push(Kill.callLog(work.path).lines.length)
      figures.kills++
      if (ended.signal === null) break
    }
    const last = await Kill.studySession(work.path, cap)
    const report = reportOf(last)
    const log = Kill.callLog(work.path)
    expectBounded(log, killedAt)
    expect([...log.starts.values()].filter((count) => count > 1).length).toBeLessThanOrEqual(
      killedAt.length * parallelism,
    )
    expect(log.finishedUsd + log.unfinished * perRunUsd).toBeLessThanOrEqual(cap + 1e-9)
    const [budget] = report.budgets ?? []
    expect(budget?.spent ?? 0).toBeGreaterThanOrEqual(log.finishedUsd - 1e-9)
    expect(budget?.spent ?? cap + 1).toBeLessThanOrEqual(cap + 1e-9)
    expect(report.counts?.["skipped"]).toBeGreaterThan(0)
  })
})
