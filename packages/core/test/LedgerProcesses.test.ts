/**
 * The SQLite ledger among real processes: who holds a run, what a kill leaves behind, and readers beside a writer. What a
 * child has acknowledged is read from its stdout, not from the ledger.
 */
import { describe, expect, it } from "@effect/vitest"
import { Effect, Layer, Stream } from "effect"
import { TestClock } from "effect/testing"
import { type ChildProcess, spawn } from "node:child_process"
import { mkdtempSync, rmSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { createInterface } from "node:readline"
import { DatabaseSync } from "node:sqlite"
import { fileURLToPath } from "node:url"
import { afterAll, afterEach } from "vitest"
import { Ledger, LedgerError, type LeaseRecord, type LedgerShape } from "../src/Ledger.ts"
import { makeLedger } from "../src/node/internal/sqliteLedger.ts"
import * as LedgerSqlite from "../src/node/LedgerSqlite.ts"
import * as ProcessIdentity from "../src/node/ProcessIdentity.ts"
import { commit, reasonOf, started } from "./LedgerSuite.ts"

const root = mkdtempSync(join(tmpdir(), "heddle-processes-"))
const script = fileURLToPath(new URL("./fixtures/ledgerChild.ts", import.meta.url))
const killsDefault = 10
const killsSoak = 50
let files = 0
const newPath = () => join(root, `ledger-${++files}.sqlite`)

interface Child {
  readonly process: ChildProcess
  readonly lines: Array<string>
  /** Resolves when the child has said a line that fits, or has ended. */
  readonly until: (fits: (lines: ReadonlyArray<string>) => boolean) => Promise<void>
  readonly kill: () => Promise<void>
  /** Ends a pause that the child has announced. */
  readonly resume: () => void
}

const children = new Set<Child>()
const start = (mode: "hold" | "write" | "inside", path: string, options: Record<string, unknown> = {}): Child => {
  const child = spawn(
    process.execPath,
    ["--disable-warning=ExperimentalWarning", script, mode, path, JSON.stringify(options)],
    {
      stdio: ["pipe", "pipe", "inherit"],
    },
  )
  // A child that was killed hears nothing more.
  child.stdin.on("error", () => {})
  const lines: Array<string> = []
  let ended = false
  const waiting = new Set<() => void>()
  const wake = () => {
    for (const check of waiting) check()
  }
  const reader = createInterface({ input: child.stdout })
  reader.on("line", (line) => {
    lines.push(line)
    wake()
  })
  const closed = new Promise<void>((resolve) => {
    reader.on("close", () => {
      ended = true
      wake()
      resolve()
    })
  })
  const exited = new Promise<void>((resolve) => {
    child.on("exit", () => resolve())
  })
  const handle: Child = {
    process: child,
    lines,
    until: (fits) =>
      new Promise((resolve) => {
        const check = () => {
          if (!ended && !fits(lines)) return
          waiting.delete(check)
          resolve()
        }
        waiting.add(check)
        check()
      }),
    resume: () => {
      child.kill("SIGCONT")
      child.stdin.write("\n")
    },
    kill: async () => {
      child.kill("SIGKILL")
      await exited
      await closed
    },
  }
  children.add(handle)
  return handle
}

afterEach(async () => {
  for (const child of children) await child.kill()
  children.clear()
})
afterAll(() => rmSync(root, { recursive: true, force: true }))

const leaseOf = (child: Child): LeaseRecord => {
  const line = child.lines.find((said) => said.startsWith("held ")) ?? "held null"
  return JSON.parse(line.slice("held ".length)) as LeaseRecord
}
const isHeld = (lines: ReadonlyArray<string>) => lines.some((line) => line.startsWith("held "))
const doneCount = (lines: ReadonlyArray<string>) => lines.filter((line) => line.startsWith("done ")).length

const open = <A>(path: string, body: (ledger: LedgerShape) => Effect.Effect<A, LedgerError>, readOnly = false) =>
  Effect.flatMap(Ledger, body).pipe(
    Effect.provide(Layer.provideMerge(LedgerSqlite.layer({ path, readOnly }), ProcessIdentity.layer)),
  )
const me = ProcessIdentity.make().owner

describe("two processes and one run", () => {
  it.live("the second is refused with the owner and its age; a holder that was killed is succeeded at once", () =>
    Effect.gen(function* () {
      const path = newPath()
      const child = start("hold", path, { runId: "r1" })
      yield* Effect.promise(() => child.until(isHeld))
      yield* open(path, (ledger) =>
        Effect.gen(function* () {
          const reason = yield* reasonOf(ledger.leases.acquire("run:r1", me, 1_000))
          const error = new LedgerError({ reason })
          expect(error.exitCode).toBe(11)
          expect(reason).toMatchObject({ _tag: "LeaseHeld", lease: leaseOf(child) })
          expect(error.message).toContain(`held by process ${child.process.pid} of `)
          expect(error.hints.join()).toContain(`kill ${child.process.pid}`)
          yield* Effect.promise(child.kill)
          const lease = yield* ledger.leases.acquire("run:r1", me, 1_000)
          expect(lease.fencing).toBe(2)
          expect(lease.acquiredAtMs).toBeLessThan(leaseOf(child).expiresAtMs)
        }),
      )
    }),
  )

  it.effect("a holder of another host is never judged: its lease has to expire, killed or not", () =>
    Effect.gen(function* () {
      const path = newPath()
      const child = start("hold", path, { runId: "r1", host: "elsewhere" })
      yield* Effect.promise(() => child.until(isHeld))
      yield* Effect.promise(child.kill)
      const { expiresAtMs } = leaseOf(child)
      yield* open(path, (ledger) =>
        Effect.gen(function* () {
          yield* TestClock.setTime(expiresAtMs - 1)
          expect((yield* reasonOf(ledger.leases.acquire("run:r1", me, 1_000)))._tag).toBe("LeaseHeld")
          yield* TestClock.setTime(expiresAtMs)
          expect((yield* ledger.leases.acquire("run:r1", me, 1_000)).fencing).toBe(2)
        }),
      )
    }),
  )

  it.effect("a writer that slept over its expiry and wakes up writes nothing", () =>
    Effect.gen(function* () {
      const path = newPath()
      // Stopped where it holds no lock; stopped elsewhere it would keep everybody out, see below.
      const child = start("write", path, { runId: "r1", pauseAt: 50 })
      yield* Effect.promise(() => child.until((lines) => lines.includes("paused")))
      child.process.kill("SIGSTOP")
      yield* open(path, (ledger) =>
        Effect.gen(function* () {
          yield* TestClock.setTime(leaseOf(child).expiresAtMs + 600_000)
          const lease = yield* ledger.leases.acquire("run:r1", me, 1_000)
          const writer = yield* ledger.openWriter("r1", lease)
          const before = yield* Stream.runCount(ledger.events("r1"))
          yield* commit(writer, started("u1"))
          child.resume()
          yield* Effect.promise(() => child.until((lines) => lines.some((line) => line.startsWith("error "))))
          expect(child.lines.at(-1)).toBe("error LeaseLost")
          const events = yield* Stream.runCollect(ledger.events("r1"))
          expect(events).toHaveLength(before + 1)
          expect(events.at(-1)?.event).toEqual(started("u1"))
          yield* commit(writer, started("u2"))
        }).pipe(Effect.scoped),
      )
    }),
  )

  it.live(
    "a process that was stopped in the middle of writing keeps another one waiting for a bounded time, and is named",
    () =>
      Effect.gen(function* () {
        const path = newPath()
        const child = start("inside", path, { runId: "r1" })
        yield* Effect.promise(() => child.until((lines) => lines.includes("inside")))
        child.process.kill("SIGSTOP")
        const another = makeLedger({ path, durability: "normal", readOnly: false, busyTriesMax: 2 }).pipe(
          Effect.flatMap((ledger) =>
            Effect.gen(function* () {
              const reason = yield* reasonOf(ledger.leases.acquire("run:r2", me, 1_000))
              expect(reason).toMatchObject({ _tag: "Storage", kind: "busy", location: path })
              const { host, startedAtMs, user } = leaseOf(child).owner
              const pid = child.process.pid
              expect(reason).toMatchObject({ holders: [{ host, pid, startedAtMs, user }] })
              const error = new LedgerError({ reason })
              expect(error.retryable).toBe(true)
              expect(error.message).toContain(`perhaps process ${pid} of ${user} on ${host}`)
              expect(error.hints.join("\n")).toContain(`ps -o pid,stat,etime,args -p ${pid}`)
              expect(error.hints.join("\n")).toContain(`kill -CONT ${pid}`)
              expect(error.hints.at(-1)).toContain(`fuser -v ${path}`)
              // Reading goes on all the same.
              expect(yield* ledger.listRuns()).toEqual([])
              child.resume()
              yield* Effect.promise(() => child.until((lines) => lines.includes("committed")))
              expect((yield* ledger.leases.acquire("run:r2", me, 1_000)).fencing).toBe(1)
            }),
          ),
          Effect.scoped,
          Effect.provide(ProcessIdentity.layer),
        )
        yield* another
      }),
  )

  it.live(
    "a process that was killed in the middle of writing keeps nobody out, and what it wrote there is not there",
    () =>
      Effect.gen(function* () {
        const path = newPath()
        const child = start("inside", path, { runId: "r1" })
        yield* Effect.promise(() => child.until((lines) => lines.includes("inside")))
        child.process.kill("SIGSTOP")
        yield* Effect.promise(child.kill)
        yield* open(path, (ledger) =>
          Effect.gen(function* () {
            expect(yield* ledger.leases.inspect("run:r1")).toEqual(leaseOf(child))
            expect((yield* ledger.leases.acquire("run:r1", me, 1_000)).fencing).toBe(2)
          }),
        )
      }),
  )

  it.live("a reader sees whole and growing records while another process writes, and disturbs nobody", () =>
    Effect.gen(function* () {
      const path = newPath()
      const child = start("write", path, { runId: "r1" })
      yield* Effect.promise(() => child.until((lines) => doneCount(lines) >= 1))
      yield* open(
        path,
        (ledger) =>
          Effect.gen(function* () {
            let seen = 0
            for (const goal of [200, 1_000, 2_000]) {
              yield* Effect.promise(() => child.until((lines) => doneCount(lines) >= goal))
              const acknowledged = doneCount(child.lines)
              const events = yield* Stream.runCollect(ledger.events("r1"))
              expect(events.length).toBeGreaterThanOrEqual(2 * acknowledged)
              expect(events.length).toBeGreaterThan(seen)
              expect(events.every((event, i) => event.seq === i + 1)).toBe(true)
              seen = events.length
              expect((yield* ledger.getRun("r1")).state).toBe("running")
              expect(yield* Stream.runCount(ledger.outcomes("r1"))).toBeGreaterThan(0)
            }
            expect(child.lines.some((line) => line.startsWith("error "))).toBe(false)
          }),
        true,
      )
    }),
  )
})

describe("kill -9", () => {
  const kills = process.env["HEDDLE_SOAK"] === "1" ? killsSoak : killsDefault
  for (const durability of ["normal", "full"] as const) {
    it.live(
      `${durability}: after each of ${kills} kills the file is whole, and no acknowledged outcome is lost`,
      () =>
        Effect.gen(function* () {
          const path = newPath()
          const units = 100
          const acknowledged = new Map<string, number>()
          for (let kill = 0; kill < kills; kill++) {
            const child = start("write", path, { runId: "r1", units, durability, inFlight: 1 + ((kill * 7) % 64) })
            // Anywhere from before the first commit to some thousand units in.
            const goal = (kill * kill * 37) % 1_500
            yield* Effect.promise(() => child.until((lines) => isHeld(lines) && doneCount(lines) >= goal))
            yield* Effect.promise(child.kill)
            expect(child.lines.filter((line) => line.startsWith("error "))).toEqual([])
            for (const line of child.lines.filter((said) => said.startsWith("done "))) {
              const [, id = "", value] = line.split(" ")
              acknowledged.set(id, Number(value))
            }
            yield* open(path, (ledger) =>
              Effect.gen(function* () {
                if ((yield* ledger.listRuns()).length === 0) return expect(acknowledged.size).toBe(0)
                const outcomes = yield* Stream.runCollect(ledger.outcomes("r1"))
                const values = new Map(outcomes.map((outcome) => [outcome.id, Number(outcome.value)]))
                for (const [id, value] of acknowledged) expect(values.get(id)).toBeGreaterThanOrEqual(value)
                const seqs = (yield* Stream.runCollect(ledger.events("r1"))).map((event) => event.seq)
                expect(seqs.every((seq, i) => seq === i + 1)).toBe(true)
                expect((yield* ledger.getRun("r1")).state).toBe("unfinished")
                expect((yield* ledger.getRun("r1")).counts.succeeded).toBe(outcomes.length)
              }),
            )
            // By SQLite itself, outside of our code.
            const db = new DatabaseSync(path, { readOnly: true })
            expect(db.prepare("PRAGMA integrity_check").get()?.["integrity_check"]).toBe("ok")
            db.close()
          }
          expect(acknowledged.size).toBe(units)
        }),
      { timeout: 600_000 },
    )
  }
})
