/**
 * A ledger read by somebody who may not write it: a colleague, an auditor. The reader is a process of another account,
 * since the system's administrator is never refused; where the tests are run by an ordinary account, modes refuse it.
 */
import { describe, expect, it } from "@effect/vitest"
import { Effect } from "effect"
import { type ChildProcessByStdio, spawn } from "node:child_process"
import { createHash } from "node:crypto"
import { chmodSync, copyFileSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync } from "node:fs"
import { tmpdir } from "node:os"
import { dirname, join } from "node:path"
import { createInterface } from "node:readline"
import { DatabaseSync } from "node:sqlite"
import type { Readable, Writable } from "node:stream"
import { fileURLToPath } from "node:url"
import { afterAll, afterEach } from "vitest"
import type { LedgerWriter } from "../src/Ledger.ts"
import { Ledger } from "../src/Ledger.ts"
import * as LedgerSqlite from "../src/node/LedgerSqlite.ts"
import * as Plan from "../src/Plan.ts"
import { begin, finished, record, started } from "./LedgerSuite.ts"

const root = mkdtempSync(join(tmpdir(), "heddle-readers-"))
chmodSync(root, 0o755)
const script = fileURLToPath(new URL("./fixtures/ledgerReader.ts", import.meta.url))
const isRoot = process.getuid?.() === 0
const nobody = 65_534
let folders = 0

/** Path of a ledger in a folder of its own, with a name that would mean something in an address. */
const newPath = () => {
  const folder = join(root, `a b?c#d%41-${++folders}`)
  mkdirSync(folder)
  chmodSync(folder, 0o755)
  return join(folder, "ledger.sqlite")
}

/** A mode that is so already is not set again: that alone would change the file's times. */
const setMode = (path: string, mode: number) => {
  if ((statSync(path).mode & 0o777) !== mode) chmodSync(path, mode)
}
const setModes = (path: string, folder: number, file: number) => {
  setMode(dirname(path), 0o755)
  for (const name of readdirSync(dirname(path))) setMode(join(dirname(path), name), file)
  setMode(dirname(path), folder)
}
/** The reader may write neither the folder nor, being somebody else, the files. */
const forbid = (path: string) => setModes(path, isRoot ? 0o755 : 0o555, 0o644)
const allow = (path: string) => setModes(path, 0o755, 0o644)
const listing = (path: string) => readdirSync(dirname(path)).toSorted()
const digest = (path: string) => createHash("sha256").update(readFileSync(path)).digest("hex")

interface Answer {
  readonly uid?: number
  readonly wrote?: boolean
  readonly runs?: ReadonlyArray<{
    readonly runId: string
    readonly state: string
    readonly counts: Record<string, number>
  }>
  readonly values?: Readonly<Record<string, unknown>>
  readonly events?: number
  readonly isWhole?: boolean
  readonly reason?: { readonly _tag: string; readonly kind?: string; readonly problem?: string }
  readonly message?: string
  readonly hints?: ReadonlyArray<string>
}

const readers = new Set<ChildProcessByStdio<Writable, Readable, null>>()
afterEach(() => {
  for (const reader of readers) reader.kill("SIGKILL")
  readers.clear()
})
afterAll(() => {
  for (const name of readdirSync(root)) chmodSync(join(root, name), 0o755)
  rmSync(root, { recursive: true, force: true })
})

/** Starts a reader; `ask` makes it read or write and gives what it says. */
const startReader = (path: string, ...mode: ReadonlyArray<"slow">) =>
  Effect.gen(function* () {
    const command = [process.execPath, "--disable-warning=ExperimentalWarning", script, path, ...mode]
    const drop = isRoot ? ["setpriv", `--reuid=${nobody}`, `--regid=${nobody}`, "--clear-groups"] : []
    const [program = "", ...args] = [...drop, ...command]
    const child = spawn(program, args, { cwd: "/", stdio: ["pipe", "pipe", "inherit"] })
    readers.add(child)
    const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]()
    const next = Effect.promise(async () => {
      const { value, done } = await lines.next()
      if (done === true) throw new Error("the reader ended")
      const answer: Answer = JSON.parse(String(value))
      return answer
    })
    const { uid } = yield* next
    expect(uid).toBe(isRoot ? nobody : process.getuid?.())
    return {
      next,
      ask: (what: "read" | "write") =>
        Effect.andThen(
          Effect.sync(() => child.stdin.write(`${what}\n`)),
          next,
        ),
    }
  })

const plan = Plan.make({ kind: "k", units: Array.from({ length: 40 }, (_, i) => ({ id: `u${i}` })) })
const finish = (writer: LedgerWriter, from: number, to: number) => {
  for (const [i, { id }] of plan.units.slice(from, to).entries()) {
    writer.append(started(id))
    writer.append(finished(id, "succeeded", { value: from + i }))
  }
  return writer.flush
}
/** Ends the first ten units of a new run, and closes the file. */
const written = (path: string) =>
  Effect.gen(function* () {
    const { writer } = yield* begin("r1", plan)
    yield* finish(writer, 0, 10)
  }).pipe(Effect.scoped, Effect.provide(LedgerSqlite.layer({ path })))
/** Ends some more units of that run; the writer stays open with its scope. */
const writeMore = (from: number, to: number) =>
  Effect.gen(function* () {
    const ledger = yield* Ledger
    const owner = { host: "h", pid: 1, startedAtMs: 0, user: "u" }
    const lease = yield* ledger.leases.acquire("run:r1", owner, 1)
    yield* finish(yield* ledger.openWriter("r1", lease), from, to)
  })
/** Moves what is in the log into the file, by SQLite itself. */
const mergeLog = (path: string) =>
  Effect.sync(() => {
    const db = new DatabaseSync(path)
    expect(db.prepare("PRAGMA wal_checkpoint(PASSIVE)").get()).toMatchObject({ busy: 0 })
    db.close()
  })
/** Values of the units that have ended when the first `count` have. */
const valuesOf = (count: number) => Object.fromEntries(Array.from({ length: count }, (_, i) => [`u${i}`, i]))

describe("a ledger that one may read and not write", () => {
  it.live("closed, without a log: it is listed and shown, nothing is made, and a write is refused", () =>
    Effect.gen(function* () {
      const path = newPath()
      yield* written(path)
      forbid(path)
      expect(listing(path)).toEqual(["ledger.sqlite"])
      const before = digest(path)
      const reader = yield* startReader(path)
      const answer = yield* reader.ask("read")
      expect(answer).toMatchObject({ values: valuesOf(10), isWhole: true })
      expect(answer.runs).toMatchObject([{ runId: "r1", counts: { planned: 40, succeeded: 10 } }])
      expect((yield* reader.ask("write")).reason).toMatchObject({ _tag: "Storage", kind: "permission" })
      expect((yield* reader.ask("read")).values).toEqual(valuesOf(10))
      expect(listing(path)).toEqual(["ledger.sqlite"])
      expect(digest(path)).toBe(before)
    }),
  )

  it.live("while another process writes: whole and growing records", () =>
    Effect.gen(function* () {
      const path = newPath()
      yield* Effect.gen(function* () {
        const { writer } = yield* begin("r1", plan)
        yield* finish(writer, 0, 5)
        forbid(path)
        expect(listing(path)).toHaveLength(3)
        const reader = yield* startReader(path)
        let done = 5
        for (const to of [5, 12, 40]) {
          yield* finish(writer, done, to)
          done = to
          expect(yield* reader.ask("read")).toMatchObject({ values: valuesOf(to), isWhole: true })
        }
      }).pipe(Effect.scoped, Effect.provide(LedgerSqlite.layer({ path })))
    }),
  )

  it.live("a log and its index without their writer, as after a kill: everything committed is read", () =>
    Effect.gen(function* () {
      const path = newPath()
      const copy = newPath()
      yield* Effect.gen(function* () {
        const { writer } = yield* begin("r1", plan)
        yield* finish(writer, 0, 10)
        for (const suffix of ["", "-wal", "-shm"]) copyFileSync(path + suffix, copy + suffix)
      }).pipe(Effect.scoped, Effect.provide(LedgerSqlite.layer({ path })))
      forbid(copy)
      const reader = yield* startReader(copy)
      expect(yield* reader.ask("read")).toMatchObject({ values: valuesOf(10), isWhole: true })
    }),
  )

  it.live(
    "opened while nobody wrote, it shows what is written later: in the log, and in the file when that is closed",
    () =>
      Effect.gen(function* () {
        const path = newPath()
        yield* written(path)
        forbid(path)
        const reader = yield* startReader(path)
        expect((yield* reader.ask("read")).values).toEqual(valuesOf(10))
        allow(path)
        // Written and closed between two reads: only the file itself tells.
        yield* writeMore(10, 20).pipe(Effect.scoped, Effect.provide(LedgerSqlite.layer({ path })))
        forbid(path)
        expect(listing(path)).toEqual(["ledger.sqlite"])
        expect(yield* reader.ask("read")).toMatchObject({ values: valuesOf(20), isWhole: true })
        allow(path)
        yield* Effect.gen(function* () {
          yield* writeMore(20, 30)
          forbid(path)
          expect(listing(path)).toHaveLength(3)
          expect(yield* reader.ask("read")).toMatchObject({ values: valuesOf(30), isWhole: true })
          allow(path)
        }).pipe(Effect.scoped, Effect.provide(LedgerSqlite.layer({ path })))
      }),
  )

  it.live(
    "what was read while the file itself was changed is refused; a commit that is in the log only does no harm",
    () =>
      Effect.gen(function* () {
        const path = newPath()
        yield* written(path)
        forbid(path)
        const first = yield* startReader(path, "slow")
        const second = yield* startReader(path, "slow")
        expect([yield* first.next, yield* second.next]).toEqual([{ events: 1 }, { events: 1 }])
        allow(path)
        yield* Effect.gen(function* () {
          const ledger = yield* Ledger
          yield* ledger.createRun(record("r2", plan), plan)
          forbid(path)
          // The second run is in the log: the first reader's use is sound, and its next one opens the file anew.
          expect(yield* first.ask("read")).toEqual({ events: 2 })
          allow(path)
        }).pipe(Effect.scoped, Effect.provide(LedgerSqlite.layer({ path })))
        yield* mergeLog(path)
        const refused = yield* second.ask("read")
        expect(refused.reason).toMatchObject({ _tag: "Storage", kind: "other" })
        expect(refused.message).toContain("run the command again")
      }),
  )

  it.live(
    "a log without its index is refused with what to do; the older state alone is never shown for the whole",
    () =>
      Effect.gen(function* () {
        const path = newPath()
        const copy = newPath()
        yield* Effect.gen(function* () {
          const { writer } = yield* begin("r1", plan)
          yield* finish(writer, 0, 10)
          for (const suffix of ["", "-wal"]) copyFileSync(path + suffix, copy + suffix)
        }).pipe(Effect.scoped, Effect.provide(LedgerSqlite.layer({ path })))
        forbid(copy)
        const refused = yield* (yield* startReader(copy)).next
        expect(refused.reason).toMatchObject({ _tag: "Storage", kind: "permission" })
        expect(refused.message).toContain(`${copy}-wal`)
        expect(refused.message).toContain("heddle runs list")
        allow(copy)
        yield* Ledger.pipe(
          Effect.flatMap((ledger) => ledger.listRuns()),
          Effect.provide(LedgerSqlite.layer({ path: copy })),
        )
        forbid(copy)
        expect((yield* (yield* startReader(copy)).ask("read")).values).toEqual(valuesOf(10))
      }),
  )

  it.live("in a folder that one may write, no log is left that would shut the ledger's owner out", () =>
    Effect.gen(function* () {
      const path = newPath()
      yield* written(path)
      setModes(path, 0o777, 0o444)
      const reader = yield* startReader(path)
      expect((yield* reader.ask("read")).values).toEqual(valuesOf(10))
      expect(listing(path)).toEqual(["ledger.sqlite"])
    }),
  )
})
