import { describe, expect, it } from "@effect/vitest"
import { Effect, Stream } from "effect"
import { createHash } from "node:crypto"
import {
  copyFileSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  truncateSync,
  writeFileSync,
} from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { DatabaseSync } from "node:sqlite"
import { afterAll } from "vitest"
import { Ledger, LedgerError, type LedgerShape } from "../src/Ledger.ts"
import { applicationId, migrations } from "../src/node/internal/ledgerSchema.ts"
import { makeLedger } from "../src/node/internal/sqliteLedger.ts"
import * as LedgerSqlite from "../src/node/LedgerSqlite.ts"
import * as Plan from "../src/Plan.ts"
import { TestClock } from "effect/testing"
import type { Failure } from "../src/Failure.ts"
import type { RunEvent } from "../src/RunEvent.ts"
import { abc, begin, commit, finished, outcome, reasonOf, record, runStarted, started, suite } from "./LedgerSuite.ts"

const root = mkdtempSync(join(tmpdir(), "heddle-ledger-"))
afterAll(() => rmSync(root, { recursive: true, force: true }))
let files = 0
const newPath = () => join(root, `ledger-${++files}.sqlite`)

suite("SQLite", () => LedgerSqlite.layer({ path: newPath() }))
suite("SQLite, FULL", () => LedgerSqlite.layer({ path: newPath(), durability: "full" }))

const digest = (path: string) => createHash("sha256").update(readFileSync(path)).digest("hex")
const withLedger = <A>(
  options: Partial<Parameters<typeof makeLedger>[0]> & { readonly path: string },
  body: (ledger: LedgerShape) => Effect.Effect<A, LedgerError>,
) => Effect.scoped(Effect.flatMap(makeLedger({ durability: "normal", readOnly: false, ...options }), body))
const opening = (path: string, readOnly = false) => reasonOf(withLedger({ path, readOnly }, () => Effect.void))
const raw = <A>(path: string, body: (db: DatabaseSync) => A): A => {
  const db = new DatabaseSync(path)
  try {
    return body(db)
  } finally {
    db.close()
  }
}

/** A closed ledger file with one run of `units` units that all ended. */
const written = (units = 400) =>
  Effect.gen(function* () {
    const path = newPath()
    const plan = Plan.make({
      kind: "k",
      units: Array.from({ length: units }, (_, i) => ({ id: `unit-${i}`, input: i })),
    })
    yield* Effect.scoped(
      Effect.gen(function* () {
        const { writer } = yield* begin("r1", plan)
        for (const { id } of plan.units) {
          writer.append(started(id))
          writer.append(finished(id, "succeeded", { value: `value of ${id} ${"x".repeat(100)}` }))
        }
      }),
    ).pipe(Effect.provide(LedgerSqlite.layer({ path })))
    return { path, plan }
  })

const failure = (): Failure => ({ kind: "error", tag: "E", message: "it broke", retryable: false })

/** Everything that one can read of run r1. */
const readAll = (ledger: LedgerShape) =>
  Effect.all([ledger.getPlan("r1"), Stream.runCollect(ledger.events("r1")), Stream.runCollect(ledger.outcomes("r1"))])

describe("what is no ledger is refused and left as it is", () => {
  const refused = (path: string, problem: RegExp) =>
    Effect.gen(function* () {
      const before = digest(path)
      for (const readOnly of [false, true]) {
        const reason = yield* opening(path, readOnly)
        expect(reason).toMatchObject({ _tag: "Corrupt", location: path })
        expect(reason._tag === "Corrupt" ? reason.problem : "").toMatch(problem)
        const error = new LedgerError({ reason })
        expect(error.message).toContain(path)
        expect(error.hints.join()).toContain(path)
        expect(error.exitCode).toBe(6)
      }
      expect(digest(path)).toBe(before)
    })
  const file = (content: string | Uint8Array) => {
    const path = newPath()
    writeFileSync(path, content)
    return path
  }

  it.effect("a text file", () => refused(file("Dear diary,\n".repeat(500)), /does not begin like/))
  it.effect("a file of a few bytes", () => refused(file("SQLi"), /does not begin like/))
  it.effect("the beginning of a header", () => refused(file("SQLite format 3\0\u0010\0"), /ends within its header/))
  it.effect("zeros", () => refused(file(new Uint8Array(64 * 1024)), /does not begin like/))
  it.effect("a SQLite file of another program", () => {
    const path = newPath()
    raw(path, (db) => db.exec("CREATE TABLE patients (id); INSERT INTO patients VALUES (1)"))
    return refused(path, /another program/)
  })
  it.effect("a SQLite file that bears another program's mark", () => {
    const path = newPath()
    raw(path, (db) => db.exec("PRAGMA application_id = 252006674; CREATE TABLE geo (id)"))
    return refused(path, /another program/)
  })
  it.effect("a ledger cut short", () =>
    Effect.gen(function* () {
      const { path } = yield* written()
      truncateSync(path, Math.floor((readFileSync(path).length * 2) / 3))
      yield* refused(path, /./)
    }),
  )
  it.effect("a ledger with a page of zeros in the middle", () =>
    Effect.gen(function* () {
      const { path } = yield* written()
      const bytes = readFileSync(path)
      const page = Math.floor(bytes.length / 4096 / 2)
      bytes.fill(0, page * 4096, (page + 1) * 4096)
      writeFileSync(path, bytes)
      yield* refused(path, /./)
    }),
  )
  it.effect("an emptied ledger whose write-ahead log is still there", () => {
    const path = file("")
    writeFileSync(`${path}-wal`, "something")
    return refused(path, /write-ahead log/)
  })
  it.effect("a ledger of a newer version", () =>
    Effect.gen(function* () {
      const { path } = yield* written(1)
      raw(path, (db) => db.exec("UPDATE meta SET value = 99 WHERE name = 'schema_version'"))
      const before = digest(path)
      const expected = { _tag: "TooNew", location: path, version: 99, supported: migrations.length }
      expect(yield* opening(path)).toEqual(expected)
      expect(yield* opening(path, true)).toEqual(expected)
      expect(digest(path)).toBe(before)
    }),
  )
})

describe("damage inside a ledger is found when it is read", () => {
  it.effect("a changed digit in an outcome, which SQLite cannot see", () =>
    Effect.gen(function* () {
      const { path } = yield* written()
      const bytes = readFileSync(path)
      const at = bytes.indexOf("value of unit-207 ")
      expect(at).toBeGreaterThan(0)
      bytes.write("3", at + "value of unit-20".length)
      writeFileSync(path, bytes)
      yield* withLedger({ path }, (ledger) =>
        Effect.gen(function* () {
          expect((yield* reasonOf(Stream.runDrain(ledger.events("r1"))))._tag).toBe("Corrupt")
          expect((yield* reasonOf(Stream.runDrain(ledger.unitStates("r1"))))._tag).toBe("Corrupt")
          const seen: Array<string> = []
          const reason = yield* reasonOf(
            Stream.runForEach(ledger.outcomes("r1"), (found) => Effect.sync(() => seen.push(found.id))),
          )
          expect(reason).toMatchObject({ _tag: "Corrupt", location: path })
          expect(seen).not.toContain("unit-207")
        }),
      )
    }),
  )

  it.effect("a changed input of a unit, by the plan's hash", () =>
    Effect.gen(function* () {
      const { path } = yield* written()
      raw(path, (db) => {
        const row = db.prepare("SELECT body FROM units WHERE key = 4294967296").get()
        const body = String(row?.["body"])
        const changed = body.replace(/(\["unit-7",[^\]]*,)7\]/, "$18]")
        expect(changed).not.toBe(body)
        // The row's own checksum is made right again: only the hash of the plan can tell.
        db.prepare("UPDATE units SET body = ?, crc = ? WHERE key = 4294967296").run(
          changed,
          crcByDefinition(changed, 0),
        )
      })
      const reason = yield* reasonOf(withLedger({ path }, (ledger) => ledger.getPlan("r1")))
      expect(reason).toMatchObject({ _tag: "Corrupt", location: path })
    }),
  )

  it.effect("bytes flipped anywhere: plan, events and outcomes are right, or an error says that they are not", () =>
    Effect.gen(function* () {
      const { path } = yield* written()
      const whole = yield* withLedger({ path }, readAll)
      const bytes = readFileSync(path)
      let found = 0
      const flips = 150
      for (let i = 0; i < flips; i++) {
        const copy = newPath()
        const damaged = Buffer.from(bytes)
        // Spread evenly over the file, at odd places; each flips one bit.
        const at = Math.floor(((i + 0.5) / flips) * bytes.length) ^ (i % 7)
        damaged[at] = (damaged[at] ?? 0) ^ (1 << (i % 8))
        writeFileSync(copy, damaged)
        const read = yield* Effect.result(withLedger({ path: copy }, readAll))
        if (read._tag === "Failure") found += 1
        else expect(read.success).toEqual(whole)
        rmSync(copy)
      }
      expect(found).toBeGreaterThan(flips / 4)
    }),
  )

  const hostile: ReadonlyArray<readonly [name: string, sql: string]> = [
    ["an event that is not JSON", "UPDATE events SET body = '{', crc = 0"],
    ["events that are missing", "DELETE FROM events WHERE key % 4294967296 = 129"],
    ["the first events missing", "DELETE FROM events WHERE key % 4294967296 = 1"],
    ["the last events missing", "DELETE FROM events WHERE key % 4294967296 = 385"],
    ["all events missing", "DELETE FROM events"],
    ["marks of nothing", "UPDATE events SET marks = x''"],
    ["marks that end within a number", "UPDATE events SET marks = substr(marks, 1, 50)"],
    ["marks of other events", "UPDATE events SET marks = (SELECT marks FROM events WHERE key % 4294967296 = 129)"],
    ["counts that no event bears out", "UPDATE runs SET succeeded = 150"],
    ["a time that was changed", "UPDATE events SET at_ms = at_ms + 1"],
    ["a plan with parameters that are not JSON", "UPDATE plans SET params = 'no'"],
    ["a plan that is gone", "DELETE FROM plans"],
    ["units that are gone", "DELETE FROM units WHERE key > 4294967296"],
    ["units that are not JSON", "UPDATE units SET body = '[', crc = 0"],
    ["a plan of more units than there can be", "UPDATE runs SET planned = 9000000000"],
    ["a plan of more units than there are", "UPDATE runs SET planned = 300"],
    ["a run whose last event is in the far future", "UPDATE runs SET last_seq = 3000000000"],
    ["events of a plan after the last one", "UPDATE runs SET folded_seq = 3000000000"],
  ]
  for (const [name, sql] of hostile) {
    it.effect(name, () =>
      Effect.gen(function* () {
        const { path } = yield* written(200)
        raw(path, (db) => db.exec(sql))
        const reason = yield* reasonOf(withLedger({ path }, readAll))
        expect(reason).toMatchObject({ _tag: "Corrupt", location: path })
      }),
    )
  }

  it.effect("marks that were forged with a right checksum and tell of another unit", () =>
    Effect.gen(function* () {
      const { path } = yield* written(20)
      raw(path, (db) => {
        const row = db.prepare("SELECT at_ms, marks FROM events").get()
        const marks = Buffer.from(row?.["marks"] as Uint8Array)
        // 8 numbers before the marks; event 4 is the end of unit 1: position 1, status 1 (succeeded).
        expect(marks.readUInt32LE((8 + 3) * 4)).toBe(1 * 8 + 1)
        marks.writeUInt32LE(2 * 8 + 1, (8 + 3) * 4)
        marks.writeUInt32LE(1 * 8 + 1, (8 + 5) * 4)
        marks.writeUInt32LE(crcByDefinition(marks.subarray(4), (1 * 31 + Number(row?.["at_ms"])) >>> 0), 0)
        db.prepare("UPDATE events SET marks = ?").run(marks)
      })
      const reason = yield* reasonOf(withLedger({ path }, (ledger) => Stream.runDrain(ledger.outcomes("r1"))))
      expect(reason).toMatchObject({ _tag: "Corrupt", location: path })
    }),
  )

  const hostileStates: ReadonlyArray<readonly [name: string, sql: string]> = [
    ["a state with an unknown status", "UPDATE states SET status = 'fine'"],
    ["a state that points nowhere", "UPDATE states SET outcome_seq = 4000000000"],
    ["a state that points at another unit's outcome", "UPDATE states SET outcome_seq = 2"],
    ["a state that points before the first event", "UPDATE states SET outcome_seq = 0"],
    ["a state of a unit beyond the plan", "UPDATE states SET position = 20 WHERE id = 'unit-3'"],
    ["an outcome that is no more told of", "UPDATE states SET status = NULL WHERE id = 'unit-3'"],
    ["states that are gone", "DELETE FROM states WHERE id > 'unit-3'"],
  ]
  for (const [name, sql] of hostileStates) {
    it.effect(`after a plan was replaced: ${name}`, () =>
      Effect.gen(function* () {
        const { path } = yield* written(20)
        yield* withLedger({ path }, (ledger) =>
          Effect.gen(function* () {
            const lease = yield* ledger.leases.acquire("run:r1", { host: "h", pid: 1, startedAtMs: 0, user: "u" }, 1)
            const units = Array.from({ length: 20 }, (_, i) => ({ id: `unit-${i}`, input: -i }))
            yield* ledger.replacePlan("r1", Plan.make({ kind: "k", units }), lease)
            expect(yield* Stream.runCount(ledger.outcomes("r1"))).toBe(20)
          }),
        )
        raw(path, (db) => db.exec(sql))
        const reason = yield* reasonOf(withLedger({ path }, readAll))
        expect(reason).toMatchObject({ _tag: "Corrupt", location: path })
      }),
    )
  }

  it.effect("big files are checked whole only after their writer was killed", () =>
    Effect.gen(function* () {
      const { path } = yield* written()
      const bytes = readFileSync(path)
      // A page of events, known by its content, is overwritten by one full of nonsense.
      const page = Math.floor(bytes.indexOf("value of unit-207 ") / 4096)
      bytes.fill(0xee, page * 4096, (page + 1) * 4096)
      writeFileSync(path, bytes)
      const big = { path, checkBytesMax: 0 }
      yield* withLedger(big, (ledger) =>
        Effect.gen(function* () {
          expect((yield* ledger.getRun("r1")).counts.succeeded).toBe(400)
          expect((yield* reasonOf(Stream.runDrain(ledger.events("r1"))))._tag).toBe("Corrupt")
          // What a kill leaves behind: the file and its log as they are while open, with a lease that has expired.
          yield* ledger.leases.acquire("run:r1", { host: "h", pid: 1, startedAtMs: 0, user: "u" }, 0)
          copyFileSync(path, `${path}.left`)
          copyFileSync(`${path}-wal`, `${path}.left-wal`)
        }),
      )
      expect(yield* reasonOf(withLedger({ ...big, path: `${path}.left` }, () => Effect.void))).toMatchObject({
        _tag: "Corrupt",
      })
    }),
  )
})

describe("a disk that does not do its part", () => {
  it.effect("a missing folder is Storage, missing, and nothing is made", () =>
    Effect.gen(function* () {
      const folder = join(root, "none")
      const path = join(folder, "ledger.sqlite")
      expect(yield* opening(path)).toMatchObject({ _tag: "Storage", kind: "missing", location: path })
      expect(existsSync(folder)).toBe(false)
    }),
  )
  it.effect("a folder in the file's place is Storage", () =>
    Effect.gen(function* () {
      const path = newPath()
      mkdirSync(path)
      expect(yield* opening(path)).toMatchObject({ _tag: "Storage", problem: "it is not a file" })
    }),
  )
  it.effect("a file in the folder's place is Storage, missing", () =>
    Effect.gen(function* () {
      const path = newPath()
      writeFileSync(path, "x")
      expect(yield* opening(join(path, "ledger.sqlite"))).toMatchObject({ _tag: "Storage", kind: "missing" })
    }),
  )
  it.effect("a missing file is not made for reading", () =>
    Effect.gen(function* () {
      const path = newPath()
      expect(yield* opening(path, true)).toMatchObject({ _tag: "Storage", kind: "missing" })
      expect(existsSync(path)).toBe(false)
    }),
  )
  it.effect("an empty file becomes a ledger: a kill just after its making leaves one", () =>
    Effect.gen(function* () {
      const path = newPath()
      writeFileSync(path, "")
      expect(yield* withLedger({ path }, (ledger) => ledger.listRuns())).toEqual([])
    }),
  )
  it.effect("opened for reading, it reads and writes nothing", () =>
    Effect.gen(function* () {
      const { path, plan } = yield* written(3)
      const before = digest(path)
      yield* withLedger({ path, readOnly: true }, (ledger) =>
        Effect.gen(function* () {
          expect(yield* ledger.getPlan("r1")).toEqual(plan)
          expect(yield* reasonOf(ledger.createRun(record("r2"), abc))).toMatchObject({
            _tag: "Storage",
            kind: "permission",
          })
        }),
      )
      expect(digest(path)).toBe(before)
    }),
  )
  it.live("a full disk fails the commit as full; what was acknowledged before is all there", () =>
    Effect.gen(function* () {
      const path = newPath()
      const acknowledged: Array<string> = []
      const plan = Plan.make({ kind: "k", units: Array.from({ length: 300 }, (_, i) => ({ id: `u${i}` })) })
      const reason = yield* reasonOf(
        withLedger({ path, pagesMax: 100 }, (ledger) =>
          Effect.scoped(
            Effect.gen(function* () {
              yield* ledger.createRun(record("r1", plan), plan)
              const lease = yield* ledger.leases.acquire("run:r1", { host: "h", pid: 1, startedAtMs: 0, user: "u" }, 1)
              const writer = yield* ledger.openWriter("r1", lease)
              for (const { id } of plan.units) {
                yield* commit(writer, finished(id, "succeeded", { value: "x".repeat(4_000) }))
                acknowledged.push(id)
              }
            }),
          ),
        ),
      )
      expect(reason).toMatchObject({ _tag: "Storage", kind: "full", location: path })
      expect(acknowledged.length).toBeGreaterThan(0)
      yield* withLedger({ path }, (ledger) =>
        Effect.gen(function* () {
          const outcomes = yield* Stream.runCollect(ledger.outcomes("r1"))
          expect(outcomes.map((found) => found.id)).toEqual(acknowledged)
          expect((yield* ledger.getRun("r1")).counts.succeeded).toBe(acknowledged.length)
        }),
      )
    }),
  )
  it.live("a plan that does not fit on the disk leaves no half of a run", () =>
    Effect.gen(function* () {
      const path = newPath()
      const plan = Plan.make({
        kind: "k",
        units: Array.from({ length: 5_000 }, (_, i) => ({ id: `unit number ${i}` })),
      })
      yield* withLedger({ path, pagesMax: 60 }, (ledger) =>
        Effect.gen(function* () {
          expect(yield* reasonOf(ledger.createRun(record("r1", plan), plan))).toMatchObject({ kind: "full" })
          expect(yield* ledger.listRuns()).toEqual([])
          yield* ledger.createRun(record("r1"), abc)
          expect(yield* ledger.getPlan("r1")).toEqual(abc)
        }),
      )
    }),
  )
  it.live("a commit waits for another writer and is then made", () =>
    Effect.gen(function* () {
      const path = newPath()
      yield* Effect.scoped(
        Effect.gen(function* () {
          const { ledger, writer } = yield* begin("r1")
          const other = new DatabaseSync(path)
          other.exec("BEGIN IMMEDIATE")
          let told = 0
          writer.append(started("A"), () => told++)
          // One commit has been tried and refused when this comes back, since it waits inside SQLite.
          yield* Effect.promise(() => new Promise((resolve) => setImmediate(() => setImmediate(resolve))))
          expect([told, writer.pending()]).toEqual([0, 1])
          other.exec("COMMIT")
          other.close()
          yield* writer.flush
          expect([told, writer.pending()]).toEqual([1, 0])
          expect(yield* Stream.runCount(ledger.events("r1"))).toBe(1)
        }),
      ).pipe(Effect.provide(LedgerSqlite.layer({ path })))
    }),
  )
  it.effect("an event that cannot be encoded ends the writer, after what came before it", () =>
    Effect.gen(function* () {
      const { ledger, writer } = yield* begin("r1")
      const told: Array<string> = []
      const tell = (error?: LedgerError) => told.push(error?.reason._tag ?? "committed")
      writer.append(started("A"), tell)
      writer.append(finished("A", "succeeded", { value: 10n }), tell)
      writer.append(started("B"), tell)
      expect(told).toEqual(["committed", "Storage", "Storage"])
      expect(yield* Stream.runCount(ledger.events("r1"))).toBe(1)
    }).pipe(Effect.provide(LedgerSqlite.layer({ path: newPath() }))),
  )
})

describe("the text of events", () => {
  const plain = {
    label: "L",
    status: "succeeded",
    attempts: 1,
    queuedMs: 0.5,
    runMs: 2,
    limitWaitMs: 0,
    retryWaitMs: 0,
  }
  const asSession = (id: string, value: unknown) => ({
    type: "unitFinished",
    outcome: {
      id,
      label: id,
      status: "succeeded",
      value,
      attempts: 2,
      queuedMs: 0.125,
      runMs: 1e-7,
      limitWaitMs: 1e21,
      retryWaitMs: 0,
    },
  })
  const ids = ["a", "", "0", '"],[', "\u0000\n\u2028", "\ud800", "\u{1F9F5}", "__proto__", "x".repeat(1_024)]
  const values = [null, 0, false, "", [], [[]], {}, { id: "other", type: "unitStarted" }, [0, "a", 1], "]", { a: [{}] }]
  const events = [
    ...ids.map((id) => ({ type: "unitStarted", id, attempt: 3 })),
    ...ids.map((id) => ({ type: "unitFinished", outcome: { id, ...plain } })),
    ...ids.map((id) => asSession(id, 1)),
    ...values.map((value) => asSession("a", value)),
    ...values.map((data) => ({ type: "unitNoted", id: "a", name: "n", level: "info", data })),
    { attempt: 1, type: "unitStarted", id: "a" },
    { type: "unitFinished", outcome: { ...plain, id: "a" } },
    { type: "unitFinished", outcome: { id: "a", ...plain, reason: "because" } },
    { type: "unitFinished", outcome: { id: "a", ...plain, spent: { usd: 1 }, history: [] } },
    { type: "unitFinished", outcome: { id: "a", ...plain, status: "failed", failure: failure() } },
    { type: "unitRetrying", id: "a", attempt: 1, delayMs: 5, failure: failure() },
    runStarted(),
  ]

  it.effect("each event comes back with the bytes that JSON gives it, in whatever order its members are", () =>
    Effect.gen(function* () {
      const { ledger, writer } = yield* begin("r1")
      for (const event of events) writer.append(event as RunEvent)
      yield* writer.flush
      const read = yield* Stream.runCollect(ledger.events("r1"))
      expect(read.map(({ event }) => JSON.stringify(event))).toEqual(events.map((event) => JSON.stringify(event)))
    }).pipe(Effect.provide(LedgerSqlite.layer({ path: newPath() }))),
  )

  it.effect("a member that is undefined, or a value that JSON leaves out, is not there when read", () =>
    Effect.gen(function* () {
      const { ledger, writer } = yield* begin("r1")
      writer.append(asSession("a", undefined) as RunEvent)
      writer.append(asSession("a", { toJSON: () => undefined }) as RunEvent)
      yield* writer.flush
      const read = yield* Stream.runCollect(ledger.events("r1"))
      const { value: _, ...outcome } = asSession("a", undefined).outcome
      expect(read.map(({ event }) => event)).toEqual([1, 2].map(() => ({ type: "unitFinished", outcome })))
      expect(JSON.stringify(read[0]?.event)).not.toContain("value")
    }).pipe(Effect.provide(LedgerSqlite.layer({ path: newPath() }))),
  )

  it.effect("large events and many of them are read back from any number on", () =>
    Effect.gen(function* () {
      const { ledger, writer } = yield* begin("r1")
      const value = "x".repeat(20_000)
      for (let i = 0; i < 700; i++) {
        writer.append(i % 7 === 0 ? finished("A", "succeeded", { value: `${i}${value}` }) : started("B", i))
      }
      yield* writer.flush
      for (const after of [0, 1, 127, 128, 129, 255, 256, 698, 699]) {
        const seqs = (yield* Stream.runCollect(ledger.events("r1", after))).map(({ seq }) => seq)
        expect(seqs).toEqual(Array.from({ length: 700 - after }, (_, i) => after + 1 + i))
      }
      expect((yield* Stream.runCollect(ledger.outcomes("r1"))).map((found) => found.value)).toEqual([`693${value}`])
    }).pipe(Effect.provide(LedgerSqlite.layer({ path: newPath() }))),
  )
})

describe("a run whose own row lags behind its events", () => {
  it.effect("is told of, listed and resumed as its events say: nothing of a killed session is missing", () =>
    Effect.gen(function* () {
      const path = newPath()
      const left = newPath()
      yield* Effect.scoped(
        Effect.gen(function* () {
          const { writer, ledger } = yield* begin("r1")
          yield* ledger.createRun(record("r2"), abc)
          yield* TestClock.setTime(50)
          for (const id of ["A", "B"]) yield* commit(writer, finished(id))
          yield* commit(writer, finished("C\u0000\u{1F9F5}", "failed"))
          yield* commit(writer, finished("C\u0000\u{1F9F5}", "skipped"))
          // What a kill leaves behind: the file and its log as they are while open.
          copyFileSync(path, left)
          copyFileSync(`${path}-wal`, `${left}-wal`)
        }),
      ).pipe(Effect.provide(LedgerSqlite.layer({ path })))
      const rowOf = (file: string) =>
        raw(file, (db) => db.prepare("SELECT last_seq, succeeded, skipped FROM runs WHERE id = 'r1'").get())
      expect(rowOf(left)).toMatchObject({ last_seq: 0, succeeded: 0, skipped: 0 })
      expect(rowOf(path)).toMatchObject({ last_seq: 4, succeeded: 2, skipped: 1 })
      for (const file of [left, path]) {
        yield* withLedger({ path: file }, (ledger) =>
          Effect.gen(function* () {
            const run = yield* ledger.getRun("r1")
            expect(run.counts).toMatchObject({ planned: 3, succeeded: 2, failed: 0, skipped: 1 })
            expect(run.updatedAtMs).toBe(50)
            const ids = (unfinished: boolean) =>
              Effect.map(ledger.listRuns({ unfinished }), (runs) => runs.map((found) => found.runId))
            expect([yield* ids(true), yield* ids(false)]).toEqual([["r2"], ["r1"]])
            yield* TestClock.setTime(1_000_000)
            const lease = yield* ledger.leases.acquire("run:r1", { host: "h", pid: 2, startedAtMs: 0, user: "u" }, 1)
            yield* Effect.scoped(
              Effect.gen(function* () {
                const writer = yield* ledger.openWriter("r1", lease)
                yield* commit(writer, finished("B", "failed"))
              }),
            )
            expect((yield* ledger.getRun("r1")).counts).toMatchObject({ succeeded: 1, failed: 1, skipped: 1 })
            expect((yield* Stream.runCollect(ledger.events("r1"))).map(({ seq }) => seq)).toEqual([1, 2, 3, 4, 5])
          }),
        )
        yield* TestClock.setTime(50)
      }
    }),
  )
})

describe("versions of the file", () => {
  it("a released step is never edited", () => {
    // What `sha256sum` says of the text of step 1 as it was released.
    const hashes = migrations.map((step) => createHash("sha256").update(step).digest("hex"))
    expect(hashes).toMatchInlineSnapshot(`
      [
        "64f7e09c6d8e16d2be8d9c5f6a2dd68ffc005984f3069bcc57f84593dcd0929a",
      ]
    `)
  })
  it.effect("the mark of a ledger stands in the header at offset 68", () =>
    Effect.gen(function* () {
      const { path } = yield* written(1)
      expect(readFileSync(path).toString("latin1", 68, 72)).toBe("HDLG")
      expect(applicationId).toBe(0x48444c47)
    }),
  )
  it.effect("an older file is brought up to date and keeps its content; the older program then refuses it", () =>
    Effect.gen(function* () {
      const { path } = yield* written(50)
      const before = yield* withLedger({ path }, readAll)
      const newer = [...migrations, "ALTER TABLE runs ADD COLUMN note TEXT; UPDATE runs SET note = 'migrated'"]
      expect(yield* withLedger({ path, migrations: newer }, readAll)).toEqual(before)
      expect(raw(path, (db) => db.prepare("SELECT note FROM runs").get())?.["note"]).toBe("migrated")
      expect(yield* opening(path)).toMatchObject({ _tag: "TooNew", version: 2, supported: 1 })
      expect(yield* withLedger({ path, migrations: newer }, readAll)).toEqual(before)
    }),
  )
  it.effect("a file made by hand in version 1 is read", () =>
    Effect.gen(function* () {
      const path = newPath()
      const plan = Plan.make({ kind: "k", units: [{ id: "A" }, { id: "B", label: "Beta", budgets: { usd: 1 } }] })
      const prints = plan.units.map((unit) => unit.fingerprint)
      raw(path, (db) => {
        db.exec(`PRAGMA application_id = ${0x48444c47}; PRAGMA journal_mode = WAL`)
        db.exec("CREATE TABLE meta (name TEXT PRIMARY KEY, value ANY NOT NULL) STRICT, WITHOUT ROWID")
        db.exec("INSERT INTO meta VALUES ('schema_version', 1)")
        db.exec(migrations[0] ?? "")
        // The row of the run knows of no event: its writer was killed. What counts is what the events say.
        db.prepare("INSERT INTO runs VALUES (1,'r1','k',?,5,'s',1,1,NULL,0,0,5,2,0,0,0,0,0,0,0)").run(plan.hash)
        db.exec("INSERT INTO plans VALUES (1,'k','{}','')")
        const units = `[["A",0,"selected","${prints[0]}",null],["B","Beta",0,"${prints[1]}",null,{"usd":1}]]`
        db.prepare("INSERT INTO units VALUES (4294967296,?,?)").run(units, crcByDefinition(units, 0))
        const body =
          '[[2,"A",1],[1,"A",0,"succeeded",1,0,2.5,0,0,{"n":1}],[0,{"type":"unitNoted","id":"B","name":"x","level":"info","data":null}]]'
        // One succeeded, none else; then a start of unit 0, its end as succeeded (1), and nothing.
        const words = Uint32Array.of(1, 0, 0, 0, 0, 0, 0, 0, 1, 0xffffffff)
        const marks = Buffer.alloc(44)
        for (const [i, word] of words.entries()) marks.writeUInt32LE(word, 4 + i * 4)
        // A checksum begins with number * 31 + time: 1 * 31 + 7.
        marks.writeUInt32LE(crcByDefinition(marks.subarray(4), 38), 0)
        db.prepare("INSERT INTO events VALUES (4294967297,7,?,?,?)").run(marks, body, crcByDefinition(body, 38))
      })
      yield* withLedger({ path }, (ledger) =>
        Effect.gen(function* () {
          const run = yield* ledger.getRun("r1")
          expect(run).toMatchObject({ state: "unfinished", sessions: 1, updatedAtMs: 7 })
          expect(run.counts).toMatchObject({ planned: 2, succeeded: 1, failed: 0 })
          const [readPlan, events, outcomes] = yield* readAll(ledger)
          expect(readPlan).toEqual(plan)
          const ended = finished("A", "succeeded", { runMs: 2.5, value: { n: 1 } })
          expect(events).toEqual([
            { runId: "r1", seq: 1, atMs: 5, event: started("A") },
            { runId: "r1", seq: 2, atMs: 6, event: ended },
            {
              runId: "r1",
              seq: 3,
              atMs: 7,
              event: { type: "unitNoted", id: "B", name: "x", level: "info", data: null },
            },
          ])
          expect(outcomes).toEqual([outcome("A", "succeeded", { runMs: 2.5, value: { n: 1 } })])
        }),
      )
    }),
  )
  it.effect("a step that fails changes nothing", () =>
    Effect.gen(function* () {
      const { path } = yield* written(5)
      const broken = [...migrations, "ALTER TABLE runs ADD COLUMN note TEXT", "ALTER TABLE nowhere ADD COLUMN x"]
      expect((yield* reasonOf(withLedger({ path, migrations: broken }, () => Effect.void)))._tag).toBe("Storage")
      expect(raw(path, (db) => db.prepare("SELECT * FROM runs").get())).not.toHaveProperty("note")
      expect(yield* withLedger({ path }, (ledger) => ledger.listRuns())).toHaveLength(1)
    }),
  )
  it.effect("an older file is not changed by opening it for reading", () =>
    Effect.gen(function* () {
      const { path } = yield* written(5)
      const newer = [...migrations, "ALTER TABLE runs ADD COLUMN note TEXT"]
      const reason = yield* reasonOf(withLedger({ path, readOnly: true, migrations: newer }, () => Effect.void))
      expect(reason).toMatchObject({ _tag: "Storage", kind: "permission" })
    }),
  )
})

/** CRC-32 bit by bit, by its definition (ISO 3309), continued from `seed`. */
const crcByDefinition = (data: string | Uint8Array, seed: number): number => {
  let crc = ~seed
  for (const byte of Buffer.from(data)) {
    crc ^= byte
    for (let bit = 0; bit < 8; bit++) crc = (crc >>> 1) ^ (crc & 1 ? 0xedb88320 : 0)
  }
  return ~crc >>> 0
}

describe("the layer", () => {
  it.effect("says where it is and what survives", () =>
    Effect.gen(function* () {
      const path = newPath()
      const ledger = yield* Effect.provide(Ledger, LedgerSqlite.layer({ path, durability: "full" }))
      expect([ledger.location, ledger.durability]).toEqual([path, "full"])
    }),
  )
})
