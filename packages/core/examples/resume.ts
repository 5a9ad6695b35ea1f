/**
 * A run that survives its process: the first session fails one unit, the second one runs only that.
 *
 * @module
 */
import * as LedgerSqlite from "@heddle/core/node/LedgerSqlite"
import * as Plan from "@heddle/core/Plan"
import * as Runner from "@heddle/core/Runner"
import * as Effect from "effect/Effect"
import { mkdtempSync, rmSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { strictEqual } from "node:assert"

const folder = mkdtempSync(join(tmpdir(), "heddle-example-"))
const plan = Plan.make({ kind: "example", units: [{ id: "north" }, { id: "south" }] })
let linesAreUp = false

const program = Effect.gen(function* () {
  const work = (unit: { readonly id: string }) =>
    unit.id === "south" && !linesAreUp
      ? Effect.fail({ _tag: "LineDown", message: "no answer from south", retryable: true })
      : Effect.succeed(`${unit.id} read`)

  const first = yield* Runner.run(plan, work, { runId: "monday" })
  strictEqual(first.status, "partial")

  linesAreUp = true
  const second = yield* Runner.run(plan, work, { runId: "monday", resume: {} })
  strictEqual(second.status, "succeeded")
  strictEqual(second.units.map((unit) => unit.status).join(), "reused,succeeded")
}).pipe(Effect.provide(LedgerSqlite.layer({ path: join(folder, "ledger.sqlite") })))

await Effect.runPromise(program)
rmSync(folder, { recursive: true })
