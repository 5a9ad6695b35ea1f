/**
 * A run as a text file, one JSON value a line, to be kept, sent, or read by other programs, and brought back exactly. The
 * last line counts the others and has the SHA-256 of every byte before it, so that a torn or altered file is refused.
 *
 * ```text
 * {"type":"run","format":"heddle-run","version":1,"run":{…},"plan":{"kind":…,"params":…,"code":…,"hash":…}}
 * {"type":"unit","unit":{…}}                        in plan order; "endedUnder" where it ended under another fingerprint
 * {"type":"event","seq":1,"atMs":…,"event":{…}}     in order, without gaps
 * {"type":"end","units":…,"events":…,"sha256":"…"}
 * ```
 *
 * @layer logic
 * @module
 */
import * as Clock from "effect/Clock"
import * as Effect from "effect/Effect"
import * as Result from "effect/Result"
import * as Schema from "effect/Schema"
import * as Stream from "effect/Stream"
import { sha256 } from "@noble/hashes/sha2.js"
import { bytesToHex, utf8ToBytes } from "@noble/hashes/utils.js"
import { Hash } from "./Canonical.ts"
import { ExitCode } from "./ExitCode.ts"
import * as Lease from "./Lease.ts"
import { Ledger, LedgerError, type LedgerWriter } from "./Ledger.ts"
import * as Plan from "./Plan.ts"
import { RunEvent } from "./RunEvent.ts"
import { Unit } from "./Unit.ts"

/** The version of the format that is written, and the newest that is read. */
export const formatVersion = 1
/** Characters that one line may have; a longer one is refused before it fills the memory. */
export const lineCharsMax = 64 * 1024 * 1024
/** Events that wait for the ledger during an import before more are read. */
const pendingMax = 4_096

const Head = Schema.Struct({
  type: Schema.Literal("run"),
  format: Schema.Literal("heddle-run"),
  version: Schema.Int,
  run: Schema.Struct({
    runId: Schema.String,
    kind: Schema.String,
    planHash: Schema.String,
    createdAtMs: Schema.Finite,
    seed: Schema.String,
  }),
  plan: Schema.Struct({
    kind: Schema.NonEmptyString,
    params: Schema.Json,
    code: Schema.String,
    hash: Hash,
  }),
})
const UnitLine = Schema.Struct({
  type: Schema.Literal("unit"),
  unit: Unit,
  endedUnder: Schema.optionalKey(Schema.String),
})
const EventLine = Schema.Struct({
  type: Schema.Literal("event"),
  seq: Schema.Int,
  atMs: Schema.Finite,
  event: RunEvent,
})
const End = Schema.Struct({
  type: Schema.Literal("end"),
  units: Schema.Int,
  events: Schema.Int,
  sha256: Schema.String,
})
const isLine = Schema.is(Schema.Union([Head, UnitLine, EventLine, End]))
type Line = typeof Head.Type | typeof UnitLine.Type | typeof EventLine.Type | typeof End.Type

/**
 * A file that was not imported; `line` counts from 1. Nothing was written, except after `Changed`.
 * - `Torn`: it ends too early.
 * - `Invalid`: this line is no line of the format, or not in its place.
 * - `Altered`: every line is of the format, but the content is not what was written.
 * - `TooNew`: written by a newer version.
 * - `Changed`: it gave other content when it was read the second time.
 *
 * @category errors
 */
export class ImportError extends Schema.TaggedError<ImportError>()("ImportError", {
  line: Schema.Int,
  reason: Schema.Union([
    Schema.TaggedStruct("Torn", {}),
    Schema.TaggedStruct("Invalid", { problem: Schema.String }),
    Schema.TaggedStruct("Altered", { problem: Schema.String }),
    Schema.TaggedStruct("TooNew", { version: Schema.Int, supported: Schema.Int }),
    Schema.TaggedStruct("Changed", {}),
  ]),
}) {
  readonly retryable = false
  get exitCode(): ExitCode {
    return this.reason._tag === "Altered" || this.reason._tag === "Changed" ? ExitCode.mismatch : ExitCode.usage
  }
  get hints(): ReadonlyArray<string> {
    switch (this.reason._tag) {
      case "TooNew":
        return ["use the version of heddle that wrote it, or a newer one"]
      case "Torn":
        return ["copy the file again from where it was exported, whole"]
      default:
        return ["export the run again where it was run; edit nothing in the file"]
    }
  }
  override get message(): string {
    const reason = this.reason
    switch (reason._tag) {
      case "Torn":
        return `the file ends too early, after line ${this.line}`
      case "Invalid":
        return `line ${this.line}: ${reason.problem}`
      case "Altered":
        return `the file was altered (found at line ${this.line}): ${reason.problem}`
      case "TooNew":
        return `line ${this.line}: the file has version ${reason.version}; this heddle knows up to ${reason.supported}`
      case "Changed":
        return `line ${this.line}: the file changed while it was read; the import is incomplete`
    }
  }
}

/**
 * A run as lines, each with its line break. Memory: the plan, and one page of events. Fails with `RunNotFound`, and with
 * whatever reading the ledger fails with. A run that is being written is exported as it is at that moment.
 *
 * @category encoding
 */
export const exportRun = (runId: string): Stream.Stream<string, LedgerError, Ledger> =>
  Stream.unwrap(
    Effect.gen(function* () {
      const ledger = yield* Ledger
      const { kind, planHash, createdAtMs, seed } = yield* ledger.getRun(runId)
      const { units, ...plan } = yield* ledger.getPlan(runId)
      const fingerprints = new Map(units.map((unit) => [unit.id, unit.fingerprint]))
      const endedUnder = new Map<string, string>()
      yield* Stream.runForEach(ledger.unitStates(runId), (state) =>
        Effect.sync(() => {
          if (state.outcome === undefined || fingerprints.get(state.id) === state.fingerprint) return
          endedUnder.set(state.id, state.fingerprint)
        }),
      )
      const hash = sha256.create()
      let events = 0
      const line = (value: Line): string => {
        const text = `${JSON.stringify(value)}\n`
        hash.update(utf8ToBytes(text))
        return text
      }
      const head = Stream.sync(() =>
        line({
          type: "run",
          format: "heddle-run",
          version: formatVersion,
          run: { runId, kind, planHash, createdAtMs, seed },
          plan,
        }),
      )
      const unitLines = Stream.map(Stream.fromIterable(units), (unit) => {
        const ended = endedUnder.get(unit.id)
        return line({ type: "unit", unit, ...(ended === undefined ? {} : { endedUnder: ended }) })
      })
      const eventLines = Stream.map(ledger.events(runId), ({ seq, atMs, event }) => {
        events += 1
        return line({ type: "event", seq, atMs, event })
      })
      const end = Stream.sync(
        () => `${JSON.stringify({ type: "end", units: units.length, events, sha256: bytesToHex(hash.digest()) })}\n`,
      )
      return head.pipe(Stream.concat(unitLines), Stream.concat(eventLines), Stream.concat(end))
    }),
  )

/** What an import brought in. @category models */
export interface Imported {
  readonly runId: string
  readonly units: number
  readonly events: number
}

/**
 * Brings an exported run into the ledger: plan, events with their times, and the fingerprints under which units ended. The
 * stream may be cut into chunks anywhere. It is run twice, first to check all of it and then to write, so it must give
 * the same both times (a file does; for a pipe, save it first).
 *
 * Fails with {@link ImportError} where the file is not what was exported, with `LedgerError` where the ledger has the run
 * already (`RunExists`), somebody writes to it (`LeaseHeld`) or it cannot be written, and with the stream's own error.
 *
 * @category decoding
 */
export const importRun: <E, R>(
  text: Stream.Stream<string, E, R>,
) => Effect.Effect<Imported, ImportError | LedgerError | E, Ledger | R> = Effect.fn("LedgerJsonl.importRun")(function* <
  E,
  R,
>(text: Stream.Stream<string, E, R>) {
  const ledger = yield* Ledger
  const checked = yield* check(text)
  const { runId } = checked.head.run
  const imported = { runId, units: checked.plan.units.length, events: checked.events }
  yield* Effect.scoped(
    Effect.gen(function* () {
      const lease = yield* Lease.hold(`run:${runId}`)
      // Entered under the fingerprints under which its units ended; the plan proper comes last and keeps these.
      const first = checked.endedUnder.size === 0 ? checked.plan : yield* planAsEnded(checked)
      yield* ledger.createRun({ ...checked.head.run, planHash: first.hash }, first)
      yield* write(text, checked, yield* openAt(runId, lease))
      if (first !== checked.plan) yield* ledger.replacePlan(runId, checked.plan, lease.record())
    }),
  )
  return imported
})

interface Checked {
  readonly head: typeof Head.Type
  readonly plan: Plan.Plan
  readonly endedUnder: ReadonlyMap<string, string>
  readonly events: number
  readonly sha256: string
}

/** Reads the whole text once, and finds everything that is wrong with it before anything is written. */
const check = Effect.fnUntraced(function* <E, R>(
  text: Stream.Stream<string, E, R>,
): Effect.fn.Return<Checked, ImportError | LedgerError | E, Ledger | R> {
  const ledger = yield* Ledger
  const reader = makeReader()
  let head: typeof Head.Type | undefined
  const units: Array<Unit> = []
  const endedUnder = new Map<string, string>()
  let events = 0
  let sha = ""
  yield* forEachLine(reader, text, (line) => {
    switch (line.type) {
      case "run":
        if (head !== undefined) return invalid("a second head")
        if (line.version > formatVersion) {
          return { _tag: "TooNew", version: line.version, supported: formatVersion }
        }
        if (line.version < 1) return invalid(`there is no version ${line.version}`)
        head = line
        return undefined
      case "unit":
        if (head === undefined || events > 0) return invalid("a unit in the wrong place")
        units.push(line.unit)
        if (line.endedUnder !== undefined) endedUnder.set(line.unit.id, line.endedUnder)
        return undefined
      case "event":
        if (head === undefined) return invalid("an event in the wrong place")
        if (line.seq !== events + 1) return altered(`event ${line.seq} follows event ${events}`)
        events += 1
        return undefined
      case "end":
        if (head === undefined) return invalid("the end in the wrong place")
        if (line.units !== units.length || line.events !== events) {
          return altered(
            `${line.units} units and ${line.events} events were written, here are ${units.length} and ${events}`,
          )
        }
        sha = line.sha256
        if (sha !== reader.sha256()) return altered("its SHA-256 is another")
        return undefined
    }
  })
  if (head === undefined) return yield* new ImportError({ line: reader.line(), reason: { _tag: "Torn" } })
  const existing = yield* Effect.result(ledger.getRun(head.run.runId))
  if (Result.isSuccess(existing)) {
    return yield* new LedgerError({ reason: { _tag: "RunExists", runId: head.run.runId } })
  }
  if (existing.failure.reason._tag !== "RunNotFound") return yield* existing.failure
  const at = <A>(effect: Effect.Effect<A, Plan.PlanError>): Effect.Effect<A, ImportError> =>
    Effect.mapError(effect, (error) => new ImportError({ line: reader.line(), reason: altered(error.message) }))
  const plan = yield* at(Plan.verify({ ...head.plan, units }))
  // `verify` knows the content; whether it is a plan at all (ids that occur once) is known by making it.
  const made = yield* at(Plan.makeEffect(plan))
  if (made.hash !== plan.hash || head.run.planHash !== plan.hash) {
    return yield* new ImportError({ line: 1, reason: altered("the run and its plan have different hashes") })
  }
  return { head, plan, endedUnder, events, sha256: sha }
})

/** The plan with the fingerprints under which its units ended. */
const planAsEnded = ({ plan, endedUnder }: Checked): Effect.Effect<Plan.Plan, ImportError> =>
  Effect.mapError(
    Plan.makeEffect({
      ...plan,
      units: plan.units.map((unit) => ({ ...unit, fingerprint: endedUnder.get(unit.id) ?? unit.fingerprint })),
    }),
    (error) => new ImportError({ line: 1, reason: altered(error.message) }),
  )

interface TimedWriter {
  readonly writer: LedgerWriter
  /** Sets what the writer takes for the time of the events that follow. */
  readonly setTime: (atMs: number) => void
}

/** A writer whose clock shows the times of the events, as they were when they happened. */
const openAt = Effect.fnUntraced(function* (runId: string, lease: Lease.HeldLease) {
  const ledger = yield* Ledger
  const clock = yield* Clock.Clock
  let nowMs = 0
  const past: Clock.Clock = {
    currentTimeMillisUnsafe: () => nowMs,
    currentTimeMillis: Effect.sync(() => nowMs),
    currentTimeNanosUnsafe: () => clock.currentTimeNanosUnsafe(),
    currentTimeNanos: clock.currentTimeNanos,
    monotonicTimeNanosUnsafe: () => clock.monotonicTimeNanosUnsafe(),
    monotonicTimeNanos: clock.monotonicTimeNanos,
    sleep: (duration) => clock.sleep(duration),
  }
  const writer = yield* Effect.provideService(ledger.openWriter(runId, lease.record()), Clock.Clock, past)
  const timed: TimedWriter = {
    writer,
    setTime: (atMs) => {
      nowMs = atMs
    },
  }
  return timed
})

const write = Effect.fnUntraced(function* <E, R>(
  text: Stream.Stream<string, E, R>,
  checked: Checked,
  { writer, setTime }: TimedWriter,
): Effect.fn.Return<void, ImportError | LedgerError | E, R> {
  const reader = makeReader()
  let events = 0
  yield* forEachLine(
    reader,
    text,
    (line) => {
      if (line.type === "event") {
        events += 1
        if (line.seq !== events || events > checked.events) return { _tag: "Changed" }
        setTime(line.atMs)
        writer.append(line.event)
      }
      return line.type === "end" && line.sha256 !== checked.sha256 ? { _tag: "Changed" } : undefined
    },
    Effect.suspend(() => (writer.pending() >= pendingMax ? writer.flush : Effect.void)),
  )
  yield* writer.flush
  if (reader.sha256() !== checked.sha256) {
    return yield* new ImportError({ line: reader.line(), reason: { _tag: "Changed" } })
  }
})

type Problem = ImportError["reason"]

const invalid = (problem: string): Problem => ({ _tag: "Invalid", problem })
const altered = (problem: string): Problem => ({ _tag: "Altered", problem })

interface Reader {
  /** Takes a chunk and gives each whole line to `take`, until that finds a problem. */
  readonly push: (chunk: string, take: (line: Line) => Problem | undefined) => Problem | undefined
  /** What is wrong with the end of the text. */
  readonly finish: () => Problem | undefined
  /** The number of the last line that was read. */
  readonly line: () => number
  /** Of everything before the last line. */
  readonly sha256: () => string
}

const makeReader = (): Reader => {
  const hash = sha256.create()
  let digest: string | undefined
  let rest = ""
  let line = 0
  let ended = false

  const takeLine = (text: string, take: (line: Line) => Problem | undefined): Problem | undefined => {
    line += 1
    if (ended) return invalid("something follows the end")
    let json: unknown
    try {
      json = JSON.parse(text)
    } catch {
      return invalid("it is not JSON")
    }
    // Checked, and taken as it stands: decoding would order the members anew.
    if (!isLine(json)) return invalid("it is not a line of an exported run")
    const value = json
    if ((line === 1) !== (value.type === "run")) return invalid("the file must begin with its head, and has one")
    if (value.type === "end") {
      ended = true
      digest = bytesToHex(hash.digest())
    } else {
      hash.update(utf8ToBytes(`${text}\n`))
    }
    return take(value)
  }

  return {
    push: (chunk, take) => {
      rest += chunk
      let from = 0
      for (let to = rest.indexOf("\n", from); to >= 0; to = rest.indexOf("\n", from)) {
        const problem = takeLine(rest.slice(from, to), take)
        if (problem !== undefined) return problem
        from = to + 1
      }
      rest = rest.slice(from)
      if (rest.length <= lineCharsMax) return undefined
      line += 1
      return invalid(`it is longer than ${lineCharsMax} characters`)
    },
    finish: () => (ended && rest === "" ? undefined : ended ? invalid("something follows the end") : { _tag: "Torn" }),
    line: () => line,
    sha256: () => digest ?? "",
  }
}

/** Reads a text line by line; `between` runs after each chunk. */
const forEachLine = Effect.fnUntraced(function* <E, R>(
  reader: Reader,
  text: Stream.Stream<string, E, R>,
  take: (line: Line) => Problem | undefined,
  between: Effect.Effect<void, LedgerError> = Effect.void,
): Effect.fn.Return<void, ImportError | LedgerError | E, R> {
  const fail = (reason: Problem) => Effect.fail(new ImportError({ line: reader.line(), reason }))
  yield* Stream.runForEach(text, (chunk) =>
    Effect.suspend((): Effect.Effect<void, ImportError | LedgerError> => {
      const problem = reader.push(chunk, take)
      return problem === undefined ? between : fail(problem)
    }),
  )
  const problem = reader.finish()
  if (problem !== undefined) return yield* fail(problem)
})
