/**
 * Stopping a run from outside, as a signal handler does: what runs may finish, nothing more starts, the receipt is whole.
 *
 * @module
 */
import * as LedgerMemory from "@heddle/core/LedgerMemory"
import * as Plan from "@heddle/core/Plan"
import * as Runner from "@heddle/core/Runner"
import * as Effect from "effect/Effect"
import { deepStrictEqual, strictEqual } from "node:assert"

const plan = Plan.make({ kind: "example", units: [{ id: "first" }, { id: "second" }, { id: "third" }] })

const program = Effect.gen(function* () {
  const control = yield* Runner.makeControl
  const work = (unit: { readonly id: string }) =>
    Effect.gen(function* () {
      yield* Effect.sleep("10 millis")
      if (unit.id === "first") yield* control.stop
      return unit.id
    })
  return yield* Runner.run(plan, work, { concurrency: 1, control, grace: "1 second" })
}).pipe(Effect.provide(LedgerMemory.layer()))

const receipt = await Effect.runPromise(program)
strictEqual(receipt.status, "interrupted")
deepStrictEqual(
  receipt.units.map((unit) => unit.status),
  ["succeeded", "notStarted", "notStarted"],
)
