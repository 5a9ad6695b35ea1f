/**
 * A budget that is never exceeded: each unit says the most that it may spend; what does not fit is skipped and says so.
 *
 * @module
 */
import * as CurrentUnit from "@heddle/core/CurrentUnit"
import * as LedgerMemory from "@heddle/core/LedgerMemory"
import * as Plan from "@heddle/core/Plan"
import * as Runner from "@heddle/core/Runner"
import * as Effect from "effect/Effect"
import { deepStrictEqual } from "node:assert"

const plan = Plan.make({
  kind: "example",
  units: ["a", "b", "c"].map((id) => ({ id, budgets: { usd: 4 } })),
})

// Each unit may spend 4 and really spends 3: after two of them 4 of 10 are left, which is enough for the third.
const receipt = await Effect.runPromise(
  Runner.run(plan, () => CurrentUnit.spend("usd", 3), { budgets: { usd: 10 }, concurrency: 1 }).pipe(
    Effect.provide(LedgerMemory.layer()),
  ),
)
deepStrictEqual(
  receipt.units.map((unit) => unit.status),
  ["succeeded", "succeeded", "succeeded"],
)
deepStrictEqual(receipt.budgets, [{ name: "usd", cap: 10, spent: 9, overrun: false }])
