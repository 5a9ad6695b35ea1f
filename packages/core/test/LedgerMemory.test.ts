import { describe, expect, it } from "@effect/vitest"
import { Effect, Stream } from "effect"
import * as LedgerMemory from "../src/LedgerMemory.ts"
import * as Plan from "../src/Plan.ts"
import { abc, begin, finished, reasonOf, started, suite } from "./LedgerSuite.ts"

suite("memory", () => LedgerMemory.layer())
suite("memory, few events kept", () => LedgerMemory.layer({ eventsMax: 1_000_000 }))

describe("LedgerMemory", () => {
  const many = Plan.make({ kind: "many", units: Array.from({ length: 500 }, (_, i) => ({ id: `u${i}` })) })

  it.effect("keeps only the newest events where told so, and all counts, states and outcomes", () =>
    Effect.gen(function* () {
      const { ledger, writer } = yield* begin("r1", many)
      for (const { id } of many.units) {
        writer.append(started(id))
        writer.append(finished(id))
      }
      const seqs = (yield* Stream.runCollect(ledger.events("r1"))).map((event) => event.seq)
      expect(seqs.length).toBeGreaterThanOrEqual(10)
      expect(seqs.length).toBeLessThanOrEqual(20)
      expect(seqs.at(-1)).toBe(1_000)
      expect(seqs).toEqual(Array.from(seqs, (_, i) => 1_000 - seqs.length + 1 + i))
      expect((yield* ledger.getRun("r1")).counts.succeeded).toBe(500)
      expect((yield* Stream.runCollect(ledger.outcomes("r1"))).map((outcome) => outcome.id)).toEqual(
        many.units.map((unit) => unit.id),
      )
      const states = yield* Stream.runCollect(ledger.unitStates("r1"))
      expect(states.every((state) => state.started === 1)).toBe(true)
    }).pipe(Effect.provide(LedgerMemory.layer({ eventsMax: 10 }))),
  )

  it.effect("without outcomes the counts stay right, and reading outcomes is an error and not half of them", () =>
    Effect.gen(function* () {
      const { ledger, writer } = yield* begin("r1")
      for (const { id } of abc.units) writer.append(finished(id, "failed"))
      expect((yield* ledger.getRun("r1")).counts.failed).toBe(3)
      expect((yield* reasonOf(Stream.runDrain(ledger.outcomes("r1"))))._tag).toBe("Storage")
      expect((yield* reasonOf(Stream.runDrain(ledger.unitStates("r1"))))._tag).toBe("Storage")
    }).pipe(Effect.provide(LedgerMemory.layer({ keepOutcomes: false }))),
  )

  it.effect("two layers are two ledgers", () =>
    Effect.gen(function* () {
      const first = LedgerMemory.make()
      const second = LedgerMemory.make()
      yield* first.createRun({ runId: "r", kind: "k", planHash: abc.hash, createdAtMs: 0, seed: "" }, abc)
      expect(yield* second.listRuns()).toEqual([])
    }),
  )
})
