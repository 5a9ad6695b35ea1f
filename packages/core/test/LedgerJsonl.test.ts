import { describe, expect, it } from "@effect/vitest"
import { Effect, Schema, Stream } from "effect"
import { TestClock } from "effect/testing"
import { createHash } from "node:crypto"
import { mkdtempSync, rmSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { afterAll } from "vitest"
import * as Lease from "../src/Lease.ts"
import { Ledger, type LedgerShape } from "../src/Ledger.ts"
import * as LedgerJsonl from "../src/LedgerJsonl.ts"
import * as LedgerMemory from "../src/LedgerMemory.ts"
import * as LedgerSqlite from "../src/node/LedgerSqlite.ts"
import * as Plan from "../src/Plan.ts"
import { RunEvent } from "../src/RunEvent.ts"
import { abc, finished, record, runFinished, runStarted, started } from "./LedgerSuite.ts"

const root = mkdtempSync(join(tmpdir(), "heddle-jsonl-"))
afterAll(() => rmSync(root, { recursive: true, force: true }))
let files = 0
const sqlite = () => LedgerSqlite.make({ path: join(root, `ledger-${++files}.sqlite`) })

const on = <A, E, R>(ledger: LedgerShape, effect: Effect.Effect<A, E, R>) =>
  Effect.provideService(effect, Ledger, ledger)
const exported = (ledger: LedgerShape) => on(ledger, Stream.runCollect(LedgerJsonl.exportRun("r1")))
const imported = (ledger: LedgerShape, lines: ReadonlyArray<string>) =>
  on(ledger, LedgerJsonl.importRun(Stream.fromIterable(lines)))

const fill = (ledger: LedgerShape, plan: Plan.Plan, events: ReadonlyArray<RunEvent>, next?: Plan.Plan) =>
  Effect.scoped(
    Effect.gen(function* () {
      yield* ledger.createRun(record("r1", plan), plan)
      const lease = yield* on(ledger, Lease.hold("run:r1"))
      const writer = yield* ledger.openWriter("r1", lease.record())
      for (const event of events) {
        writer.append(event)
        yield* TestClock.adjust(7)
      }
      yield* writer.flush
      if (next !== undefined) yield* ledger.replacePlan("r1", next, lease.record())
    }),
  )

/** All that a ledger says of run r1. */
const everything = (ledger: LedgerShape) =>
  Effect.all({
    run: ledger.getRun("r1"),
    plan: ledger.getPlan("r1"),
    events: Stream.runCollect(ledger.events("r1")),
    outcomes: Stream.runCollect(ledger.outcomes("r1")),
    states: Effect.map(Stream.runCollect(ledger.unitStates("r1")), (states) =>
      states.toSorted((x, y) => (x.id < y.id ? -1 : 1)),
    ),
  })

const [a = "", b = ""] = abc.units.map((unit) => unit.id)
const sample = [
  runStarted(),
  started(a),
  finished(a, "succeeded", { value: { text: 'line\nbreak \u2028 "', n: 0.1 } }),
  started(b),
  finished(b, "failed"),
  runFinished("partial"),
]
const changed = Plan.make({ kind: "studies", units: [{ id: b }, { id: a, fingerprint: "other" }, { id: "new" }] })

const filled = Effect.gen(function* () {
  const ledger = LedgerMemory.make()
  yield* fill(ledger, abc, sample)
  return { ledger, lines: yield* exported(ledger) }
})

describe("LedgerJsonl", () => {
  for (const [from, to] of [
    ["memory", "SQLite"],
    ["SQLite", "memory"],
  ] as const) {
    it.effect(`a run goes from ${from} to ${to} and back exactly, with times and fingerprints`, () =>
      Effect.gen(function* () {
        const make = (kind: string) => (kind === "memory" ? Effect.succeed(LedgerMemory.make()) : sqlite())
        const source = yield* make(from)
        yield* fill(source, abc, sample, changed)
        const lines = yield* exported(source)
        const target = yield* make(to)
        expect(yield* imported(target, lines)).toEqual({ runId: "r1", units: 3, events: 6 })
        const whole = yield* everything(source)
        expect(yield* everything(target)).toEqual(whole)
        expect(whole.states.map((state) => state.fingerprint)).toEqual(abc.units.slice(0, 2).map((u) => u.fingerprint))
        expect(yield* exported(target)).toEqual(lines)
      }),
    )
  }

  it.effect("the last line has what sha256sum says of all bytes before it", () =>
    Effect.gen(function* () {
      const { lines } = yield* filled
      const sum = createHash("sha256").update(lines.slice(0, -1).join(""), "utf8").digest("hex")
      expect(JSON.parse(lines.at(-1) ?? "")).toEqual({ type: "end", units: 3, events: 6, sha256: sum })
      expect(lines.every((line) => line.endsWith("\n") && line.indexOf("\n") === line.length - 1)).toBe(true)
      expect(JSON.parse(lines[0] ?? "")).toMatchObject({ type: "run", run: { runId: "r1" }, plan: { hash: abc.hash } })
    }),
  )

  it.effect("chunks may be cut anywhere", () =>
    Effect.gen(function* () {
      const { ledger, lines } = yield* filled
      const text = lines.join("")
      for (const size of [1, 17, 1_000, text.length]) {
        const target = LedgerMemory.make()
        const chunks = Array.from({ length: Math.ceil(text.length / size) }, (_, i) =>
          text.slice(i * size, (i + 1) * size),
        )
        yield* imported(target, chunks)
        expect(yield* everything(target)).toEqual(yield* everything(ledger))
      }
    }),
  )

  it.effect("a run that is there already is refused and left alone", () =>
    Effect.gen(function* () {
      const { ledger, lines } = yield* filled
      const before = yield* everything(ledger)
      expect(yield* Effect.flip(imported(ledger, lines))).toMatchObject({ reason: { _tag: "RunExists", runId: "r1" } })
      expect(yield* everything(ledger)).toEqual(before)
    }),
  )

  /** What an import fails with; and that nothing was written. */
  const refusal = (lines: ReadonlyArray<string>) =>
    Effect.gen(function* () {
      const target = LedgerMemory.make()
      const error = yield* Effect.flip(imported(target, lines))
      expect(yield* target.listRuns()).toEqual([])
      if (error._tag !== "ImportError") return yield* Effect.die(error)
      return error
    })

  it.effect("a file torn at any place is refused, with the line", () =>
    Effect.gen(function* () {
      const { lines } = yield* filled
      const text = lines.join("")
      for (let length = 0; length < text.length; length += 11) {
        const error = yield* refusal([text.slice(0, length)])
        expect(error.reason._tag).toBe("Torn")
        expect(error.line).toBe(text.slice(0, length).split("\n").length - 1)
        expect(error.message).toContain(`line ${error.line}`)
      }
      expect((yield* refusal([])).reason._tag).toBe("Torn")
    }),
  )

  it.effect("a file altered in any one character is refused", () =>
    Effect.gen(function* () {
      const { lines } = yield* filled
      const text = lines.join("")
      for (let at = 0; at < text.length; at += 3) {
        const other = text[at] === "7" ? "8" : "7"
        const error = yield* Effect.result(refusal([text.slice(0, at) + other + text.slice(at + 1)]))
        expect(error._tag).toBe("Success")
      }
    }),
  )

  const cases: ReadonlyArray<
    readonly [name: string, change: (lines: Array<string>) => ReadonlyArray<string>, line: number, tag: string]
  > = [
    ["a line left out", (lines) => lines.toSpliced(6, 1), 7, "Altered"],
    ["the last event left out", (lines) => lines.toSpliced(9, 1), 10, "Altered"],
    ["a unit left out", (lines) => lines.toSpliced(2, 1), 10, "Altered"],
    [
      "two lines in the wrong order",
      (lines) => [...lines.slice(0, 4), ...lines.slice(4, 6).toReversed(), ...lines.slice(6)],
      5,
      "Altered",
    ],
    ["a line twice", (lines) => lines.toSpliced(6, 0, lines[6] ?? ""), 8, "Altered"],
    ["no head", (lines) => lines.slice(1), 1, "Invalid"],
    ["a second head", (lines) => lines.toSpliced(3, 0, lines[0] ?? ""), 4, "Invalid"],
    ["a unit after an event", (lines) => lines.toSpliced(6, 0, lines[1] ?? ""), 7, "Invalid"],
    ["something after the end", (lines) => [...lines, lines[1] ?? ""], 12, "Invalid"],
    ["half a line after the end", (lines) => [...lines, "{"], 11, "Invalid"],
    ["a line that is not JSON", (lines) => lines.toSpliced(5, 1, "hello\n"), 6, "Invalid"],
    ["a line of JSON that means nothing", (lines) => lines.toSpliced(5, 1, '{"type":"note"}\n'), 6, "Invalid"],
    ["an empty line", (lines) => lines.toSpliced(5, 0, "\n"), 6, "Invalid"],
    ["Windows line breaks", (lines) => lines.map((line) => line.replace("\n", "\r\n")), 11, "Altered"],
    [
      "a newer version",
      (lines) => lines.toSpliced(0, 1, (lines[0] ?? "").replace('"version":1', '"version":2')),
      1,
      "TooNew",
    ],
  ]
  for (const [name, change, line, tag] of cases) {
    it.effect(`refused: ${name}`, () =>
      Effect.gen(function* () {
        const { lines } = yield* filled
        const error = yield* refusal(change([...lines]))
        expect([error.line, error.reason._tag]).toEqual([line, tag])
        expect(error.hints.length).toBeGreaterThan(0)
      }),
    )
  }

  it.effect("a forged file with a fitting SHA-256 is refused where its plan does not fit its hash", () =>
    Effect.gen(function* () {
      const { lines } = yield* filled
      const forged = lines.map((line) => line.replace('"page":1', '"page":2'))
      expect(forged).not.toEqual(lines)
      const sum = createHash("sha256").update(forged.slice(0, -1).join(""), "utf8").digest("hex")
      const end = JSON.stringify({ type: "end", units: 3, events: 6, sha256: sum })
      const error = yield* refusal([...forged.slice(0, -1), `${end}\n`])
      expect(error.reason._tag).toBe("Altered")
      expect(error.exitCode).toBe(12)
    }),
  )

  it.effect("a text that is another one the second time is an error", () =>
    Effect.gen(function* () {
      const { lines } = yield* filled
      let reads = 0
      const text = Stream.suspend(() => Stream.fromIterable(reads++ === 0 ? lines : lines.toSpliced(6, 1)))
      const error = yield* Effect.flip(on(LedgerMemory.make(), LedgerJsonl.importRun(text)))
      expect(error).toMatchObject({ _tag: "ImportError", reason: { _tag: "Changed" } })
    }),
  )

  it.effect("a run that is not there cannot be exported", () =>
    Effect.gen(function* () {
      expect(yield* Effect.flip(exported(LedgerMemory.make()))).toMatchObject({ reason: { _tag: "RunNotFound" } })
    }),
  )

  it.effect.prop(
    "any events make the round trip exactly, through SQLite",
    { events: Schema.Array(RunEvent).check(Schema.isMaxLength(8)) },
    ({ events }) =>
      Effect.scoped(
        Effect.gen(function* () {
          // What is stored is JSON: -0 has no other text than 0, and a member that is undefined has none.
          const plain = events.map((event) => JSON.parse(JSON.stringify(event)) as RunEvent)
          const ids = new Set(
            plain.flatMap((event) => ("id" in event ? [event.id] : "outcome" in event ? [event.outcome.id] : [])),
          )
          const units = [...ids]
            .filter((id) => id.length > 0 && id.length < 1_000 && id.isWellFormed())
            .map((id) => ({ id }))
          const source = LedgerMemory.make()
          yield* fill(source, Plan.make({ kind: "any", units }), plain)
          const target = yield* sqlite()
          const lines = yield* exported(source)
          yield* imported(target, lines)
          expect(yield* everything(target)).toEqual(yield* everything(source))
          expect(yield* exported(target)).toEqual(lines)
        }),
      ),
  )
})
