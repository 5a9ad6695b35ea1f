/**
 * What every placement promises of a module's work; run by the tests of each placement.
 *
 * @module
 */
import { expect, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Fiber from "effect/Fiber"
import * as Schema from "effect/Schema"
import * as Deferred from "effect/Deferred"
import * as CurrentUnit from "@heddle/core/CurrentUnit"
import type { Unit } from "@heddle/core/Unit"
import * as Work from "@heddle/core/Work"

export const fixture = (name: string): string => new URL(`./fixtures/work/${name}`, import.meta.url).href
export const unitOf = (id: string, input: Schema.Json = null): Unit => ({
  id,
  label: id,
  reason: "",
  fingerprint: "",
  input,
})

export class Refused extends Schema.TaggedError<Refused>()("Refused", { status: Schema.Int }) {
  readonly retryable = true
  override get message(): string {
    return `refused with ${this.status}`
  }
}

/** Prepares one export of the fixture module and runs it for one input. */
export const runExport = <E = never, R = never>(
  placement: Work.PlacementShape,
  name: string,
  input: Schema.Json = {},
  host?: Work.WorkHost<E, R>,
) =>
  Effect.scoped(
    Effect.gen(function* () {
      const work = Work.module(fixture("units.ts"), name, host === undefined ? {} : { host })
      const run = yield* placement.prepare<unknown, E, R>(work, { concurrency: 1 })
      return yield* run(unitOf("ALPHA", input))
    }),
  )

const messageOf = (error: unknown): string => (error instanceof Error ? error.message : String(error))

export const suite = (placement: Work.PlacementShape): void => {
  it.live("a module's default export gets the unit's input and returns its value", () =>
    Effect.gen(function* () {
      expect(yield* runExport(placement, "default", { n: 21 })).toEqual({ id: "ALPHA", twice: 42 })
      expect(yield* runExport(placement, "nothing")).toBe(undefined)
    }),
  )

  const notJson: ReadonlyArray<readonly [string, string]> = [
    ["nan", "value.rows[1].mean is not JSON: NaN"],
    ["infinite", "value[0] is not JSON: Infinity"],
    ["aFunction", 'value.a["odd key"] is not JSON: a function'],
    ["cycle", "value.next.back is not JSON: a cycle"],
    ["date", "value.at is not JSON: an object of class Date"],
    ["big", "value[0] is not JSON: a bigint"],
    ["hole", "value[1] is not JSON: undefined"],
    ["getter", "value.bad is not JSON: it cannot be read (no)"],
  ]
  it.live("a value that JSON cannot hold fails the unit and names the place", () =>
    Effect.gen(function* () {
      for (const [name, message] of notJson) {
        const error = yield* Effect.flip(runExport(placement, name))
        expect({ name, error }).toMatchObject({ name, error: { _tag: "RemoteDefect", tag: "ValueNotJson" } })
        expect(messageOf(error)).toBe(message)
      }
    }),
  )

  it.live("a value that grows without end when copied is refused", () =>
    Effect.gen(function* () {
      const error = yield* Effect.flip(runExport(placement, "laughs"))
      expect(messageOf(error)).toBe("value is not JSON: it holds more than 5000000 values; write them to a file")
    }),
  )

  it.live("shared parts and a member called __proto__ come over as data", () =>
    Effect.gen(function* () {
      expect(yield* runExport(placement, "shared")).toEqual([{ x: 1 }, { x: 1 }])
      const value = yield* runExport(placement, "proto")
      expect(JSON.stringify(value)).toBe('{"__proto__":{"polluted":true},"a":1}')
    }),
  )

  const hostile: ReadonlyArray<readonly [string, string, string]> = [
    ["undefined", "undefined", "undefined was thrown"],
    ["string", "string", "just text"],
    ["nullPrototype", "object", "an object of class unknown without a message was thrown"],
    ["getters", "object", "an object of class unknown without a message was thrown"],
    ["symbol", "symbol", "Symbol(s) was thrown"],
    ["plain", "Error", "plain"],
  ]
  it.live("whatever is thrown comes over as data", () =>
    Effect.gen(function* () {
      for (const [what, tag, message] of hostile) {
        const error = yield* Effect.flip(runExport(placement, "throwing", { what }))
        expect({ what, error }).toMatchObject({ what, error: { _tag: "RemoteDefect", tag } })
        expect(messageOf(error)).toBe(message)
      }
      const unprintable = yield* Effect.flip(runExport(placement, "throwing", { what: "toString" }))
      expect(unprintable).toMatchObject({ _tag: "RemoteDefect", tag: "Object" })
    }),
  )

  it.live("message and stack of a thrown error are bounded", () =>
    Effect.gen(function* () {
      const error = yield* Effect.flip(runExport(placement, "throwing", { what: "long" }))
      if (!(error instanceof Work.RemoteDefect)) throw new Error("no RemoteDefect")
      expect(error.problem.length).toBe(2_000)
      expect(error.remoteStack?.length).toBe(4_000)
    }),
  )

  it.live("a thrown error's tag, fields, retryable and cause are kept as far as they are plain", () =>
    Effect.gen(function* () {
      const error = yield* Effect.flip(runExport(placement, "throwing", { what: "typed" }))
      expect(error).toMatchObject({
        tag: "ServerError",
        problem: "try later",
        retryable: true,
        fields: { status: 503 },
        cause: { tag: "TypeError", problem: "socket closed" },
      })
    }),
  )

  it.live("a call is answered by the host in the unit's own context", () =>
    Effect.gen(function* () {
      const seen: Array<string> = []
      const host = (method: string, args: Schema.Json, unit: Unit) =>
        Effect.map(CurrentUnit.CurrentUnit, (current) => {
          seen.push(`${method} ${unit.id} in ${current.runId}`)
          const { n } = Schema.decodeUnknownSync(Schema.Struct({ n: Schema.Finite }))(args)
          return n * 2
        })
      const current: CurrentUnit.CurrentUnitShape = {
        unit: unitOf("ALPHA"),
        runId: "run-1",
        attempt: 1,
        beginWait: () => () => {},
        note: () => Effect.void,
        spend: () => Effect.void,
      }
      const value = yield* Effect.provideService(
        runExport(placement, "calls", { n: 4 }, host),
        CurrentUnit.CurrentUnit,
        current,
      )
      expect(value).toBe(8)
      expect(seen).toEqual(["double ALPHA in run-1"])
      expect(yield* runExport(placement, "manyCalls", {}, host)).toBe(300)
    }),
  )

  const refusing = () => Effect.fail(new Refused({ status: 403 }))
  it.live("a refusal can be caught by the work, with tag, fields and message", () =>
    Effect.gen(function* () {
      expect(yield* runExport(placement, "catches", {}, refusing)).toEqual({
        tag: "Refused",
        message: "refused with 403",
        fields: { status: 403 },
        retryable: true,
      })
    }),
  )

  it.live("a refusal that the work lets pass fails the unit with the host's own error", () =>
    Effect.gen(function* () {
      const error = yield* Effect.flip(runExport(placement, "rethrows", {}, refusing))
      expect(error).toBeInstanceOf(Refused)
      expect(error).toMatchObject({ status: 403 })
    }),
  )

  it.live("a call without a host is refused", () =>
    Effect.gen(function* () {
      const exit = yield* Effect.exit(runExport(placement, "calls", { n: 4 }))
      expect(String(exit)).toContain("there is no host to answer double")
    }),
  )

  it.live("a call's arguments must be JSON", () =>
    Effect.gen(function* () {
      const exit = yield* Effect.exit(runExport(placement, "badArgs", {}, () => Effect.succeed(1)))
      expect(String(exit)).toContain("args.n is not JSON: NaN")
    }),
  )

  it.live("an interrupted unit's host calls are interrupted with it", () =>
    Effect.gen(function* () {
      const started = yield* Deferred.make<void>()
      const interrupted = yield* Deferred.make<void>()
      const host = () =>
        Effect.andThen(
          Deferred.succeed(started, undefined),
          Effect.onInterrupt(Effect.never, () => Deferred.succeed(interrupted, undefined)),
        )
      const fiber = yield* Effect.forkChild(runExport(placement, "waits", {}, host))
      yield* Deferred.await(started)
      yield* Fiber.interrupt(fiber)
      expect(yield* Deferred.isDone(interrupted)).toBe(true)
    }),
  )

  it.live("with an adapter the export may be anything; without one it must be a function", () =>
    Effect.scoped(
      Effect.gen(function* () {
        const url = fixture("units.ts")
        const adapted = Work.module(url, "notAFunction", { adapterUrl: fixture("adapter.ts") })
        const run = yield* placement.prepare(adapted, { concurrency: 1 })
        expect(yield* run(unitOf("ALPHA"))).toEqual({ steps: ["a"], unit: "ALPHA" })
        const error = yield* Effect.flip(placement.prepare(Work.module(url, "notAFunction"), { concurrency: 1 }))
        expect(error.reason).toMatchObject({ _tag: "NoExport", exportName: "notAFunction" })
        const absent = Work.module(url, "absent", { adapterUrl: fixture("adapter.ts") })
        const missing = yield* Effect.flip(placement.prepare(absent, { concurrency: 1 }))
        expect(missing.reason).toMatchObject({ _tag: "NoExport", exportName: "absent" })
      }),
    ),
  )

  it.live("a module that is missing or does not load is a placement error before any unit", () =>
    Effect.scoped(
      Effect.gen(function* () {
        const reasonOf = (name: string) =>
          Effect.map(
            Effect.flip(placement.prepare(Work.module(fixture(name)), { concurrency: 1 })),
            (error) => error.reason,
          )
        expect(yield* reasonOf("no such file.ts")).toMatchObject({ _tag: "ModuleNotFound" })
        expect(yield* reasonOf("broken.ts")).toMatchObject({
          _tag: "ModuleBroken",
          problem: "this module does not load",
        })
        expect(yield* reasonOf("missingImport.ts")).toMatchObject({ _tag: "ModuleBroken" })
      }),
    ),
  )
}
