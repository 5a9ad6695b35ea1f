import { assert, describe, it } from "@effect/vitest"
import { Schema } from "effect"
import { Artifact } from "../src/Durable.ts"
import { Failure } from "../src/Failure.ts"
import { LeaseRecord } from "../src/Ledger.ts"
import { Attempt, Counts, Outcome } from "../src/Outcome.ts"
import { Receipt } from "../src/Receipt.ts"
import { RunEvent } from "../src/RunEvent.ts"
import { Unit } from "../src/Unit.ts"

/** What JSON makes of -0 is 0, so drawn values go through JSON once before they are compared. */
const throughJson = (value: unknown): unknown => JSON.parse(JSON.stringify(value))

/** An unknown value that is JSON: `Outcome.value` is only ever that. */
const isJson = Schema.is(Schema.Json)
const hasJsonValues = (value: unknown): boolean => isJson(value)

const roundTrip = <A>(schema: Schema.Codec<A>, drawn: A): void => {
  if (!hasJsonValues(drawn)) return
  const first = throughJson(drawn)
  const decoded = Schema.decodeUnknownSync(schema)(first)
  assert.deepStrictEqual<unknown>(throughJson(Schema.encodeSync(schema)(decoded)), first)
  assert.deepStrictEqual<unknown>(throughJson(decoded), first)
}

describe("what is stored survives JSON", () => {
  it.prop("Unit", [Unit], ([value]) => roundTrip(Unit, value))
  it.prop("Failure, with its causes", [Failure], ([value]) => roundTrip(Failure, value))
  it.prop("Attempt", [Attempt], ([value]) => roundTrip(Attempt, value))
  it.prop("Outcome", [Outcome], ([value]) => roundTrip(Outcome, value))
  it.prop("Counts", [Counts], ([value]) => roundTrip(Counts, value))
  it.prop("RunEvent", [RunEvent], ([value]) => roundTrip(RunEvent, value))
  it.prop("Artifact", [Artifact], ([value]) => roundTrip(Artifact, value))
  it.prop("LeaseRecord", [LeaseRecord], ([value]) => roundTrip(LeaseRecord, value))
  it.prop("Receipt", [Receipt], ([value]) => roundTrip(Receipt, value))

  it("a number that JSON cannot hold is refused where a time stands", () => {
    const outcome = { id: "A", label: "A", status: "succeeded", attempts: 1, queuedMs: 0, runMs: 0, limitWaitMs: 0 }
    assert.isFalse(Schema.is(Outcome)({ ...outcome, retryWaitMs: Number.NaN }))
    assert.isTrue(Schema.is(Outcome)({ ...outcome, retryWaitMs: 0 }))
    assert.isFalse(Schema.is(Outcome)({ ...outcome, retryWaitMs: 0, status: "SUCCESS" }))
  })
})
