/**
 * What a stranger writes first: a plan of three units, one of which fails. Run from the packed tarballs.
 *
 * @module
 */
import * as Plan from "@heddle/core/Plan"
import * as Runner from "@heddle/core/Runner"
import * as LedgerMemory from "@heddle/core/LedgerMemory"
import * as Effect from "effect/Effect"

const plan = Plan.make({ kind: "example", units: ["a", "b", "c"].map((id) => ({ id, input: id })) })
const work = (unit: { readonly id: string }) =>
  unit.id === "b" ? Effect.fail(new Error("b is broken")) : Effect.succeed(unit.id.toUpperCase())

const receipt = await Effect.runPromise(Runner.run(plan, work).pipe(Effect.provide(LedgerMemory.layer())))
process.stdout.write(`succeeded ${receipt.counts.succeeded}, failed ${receipt.counts.failed}\n`)
