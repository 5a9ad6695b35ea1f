import { describe, expect, it } from "@effect/vitest"
import { Cause, Effect, Exit, Redacted, Schema } from "effect"
import * as Failure from "../src/Failure.ts"
import * as FailureCause from "../src/FailureCause.ts"
import * as Secrets from "../src/Secrets.ts"

class Forbidden extends Schema.TaggedError<Forbidden>()("Forbidden", {
  httpStatus: Schema.Int,
  endpoint: Schema.String,
}) {
  readonly retryable = false
  override get message(): string {
    return "Forbidden"
  }
}

class Reasoned extends Schema.TaggedError<Reasoned>()("Reasoned", {
  reason: Schema.TaggedStruct("RateLimited", { retryAfterSec: Schema.Int }),
  study: Schema.String,
}) {
  readonly retryable = true
  override get message(): string {
    return "too many requests"
  }
}

const causeOf = <A, E>(effect: Effect.Effect<A, E>): Cause.Cause<E> => {
  const exit = Effect.runSyncExit(effect)
  if (Exit.isSuccess(exit)) throw new Error("expected a failure")
  return exit.cause
}

describe("FailureCause", () => {
  it("keeps the tag, message, retryability and data of a typed error", () => {
    const failure = FailureCause.fromCause(Cause.fail(new Forbidden({ httpStatus: 403, endpoint: "/subjects" })))
    expect(failure).toEqual({
      kind: "error",
      tag: "Forbidden",
      message: "Forbidden",
      retryable: false,
      fields: { httpStatus: 403, endpoint: "/subjects" },
    })
  })

  it("takes the tag and data of an error's reason", () => {
    const failure = FailureCause.fromCause(
      Cause.fail(new Reasoned({ reason: { _tag: "RateLimited", retryAfterSec: 3600 }, study: "A" })),
    )
    expect(failure.tag).toBe("RateLimited")
    expect(failure.retryable).toBe(true)
    expect(failure.fields).toEqual({ study: "A", retryAfterSec: 3600 })
  })

  it("gives every thrown value a safe message and never throws itself", () => {
    const hostileToString = {
      toString: () => {
        throw new Error("no")
      },
    }
    const hostileMessage = Object.defineProperty(new Error("x"), "message", {
      get: () => {
        throw new Error("no")
      },
    })
    const revoked = Proxy.revocable({}, {})
    revoked.revoke()
    const messages = [
      "boom",
      undefined,
      42,
      Object.create(null),
      hostileToString,
      hostileMessage,
      revoked.proxy,
      null,
      Symbol("s"),
      1n,
      () => 1,
    ].map((thrown) => FailureCause.fromCause(Cause.die(thrown), { defectTag: "PipelineDefect" }))
    expect(messages.map((failure) => failure.message)).toEqual([
      "boom",
      "undefined",
      "42",
      "an object without a message was thrown",
      "an object without a message was thrown",
      "Error without a message",
      "an object that cannot be looked at was thrown",
      "null",
      "Symbol(s)",
      "1",
      "a function was thrown",
    ])
    for (const failure of messages) {
      expect(failure.kind).toBe("defect")
      expect(failure.tag).toBe("PipelineDefect")
      expect(failure.retryable).toBe(false)
    }
  })

  it("names a defect after its class where no other tag was asked for", () => {
    expect(FailureCause.fromCause(Cause.die(new TypeError("x is not a function"))).tag).toBe("TypeError")
    expect(FailureCause.fromCause(Cause.die("text")).tag).toBe("Defect")
  })

  it("keeps every reason: the typed error leads and the defect of a finalizer follows", () => {
    const cause = Cause.fromReasons<unknown>([
      Cause.makeDieReason(new RangeError("finalizer")),
      Cause.makeFailReason(new Forbidden({ httpStatus: 403, endpoint: "/x" })),
    ])
    const failure = FailureCause.fromCause(cause)
    expect(failure.tag).toBe("Forbidden")
    expect(failure.causes?.map((each) => [each.kind, each.tag, each.message])).toEqual([
      ["defect", "RangeError", "finalizer"],
    ])
  })

  it("keeps interruption apart from failure", () => {
    expect(FailureCause.fromCause(causeOf(Effect.interrupt))).toEqual({
      kind: "interrupt",
      tag: "Interrupted",
      message: "interrupted",
      retryable: true,
    })
  })

  it("follows causes to a bounded depth and number", () => {
    let error = new Error("0")
    for (let i = 1; i < 50; i++) error = new Error(String(i), { cause: error })
    let depth = 0
    for (
      let at: Failure.Failure | undefined = FailureCause.fromError(error, "error");
      at !== undefined;
      at = at.causes?.[0]
    )
      depth++
    expect(depth).toBe(Failure.depthMax + 1)
    const many = new AggregateError(
      Array.from({ length: 100 }, (_, i) => new Error(String(i))),
      "many",
    )
    expect(FailureCause.fromError(many, "error").causes?.length).toBe(Failure.causesMax)
    const cyclic = new Error("cyclic")
    cyclic.cause = cyclic
    expect(FailureCause.fromError(cyclic, "error").message).toBe("cyclic")
  })

  it("bounds message, stack and fields", () => {
    const failure = FailureCause.fromCause(
      Cause.die(
        Object.assign(new Error("m".repeat(1e6)), {
          blob: "b".repeat(1e6),
          other: "o".repeat(1e6),
          third: "x".repeat(1e6),
        }),
      ),
    )
    expect(failure.message.length).toBeLessThanOrEqual(Failure.messageMax)
    expect(failure.stack?.length).toBeLessThanOrEqual(Failure.stackMax)
    expect(JSON.stringify(failure.fields).length).toBeLessThan(Failure.fieldsMax + 200)
  })

  it("never turns a number that JSON cannot hold into null", () => {
    const failure = FailureCause.fromError(Object.assign(new Error("x"), { ratio: Number.NaN, big: 5n }), "error")
    expect(failure.fields).toEqual({ ratio: "NaN", big: "5" })
  })

  it("takes registered secrets out of message, stack, tag, fields and causes", () => {
    const secrets = Secrets.make()
    secrets.register(Redacted.make("KEY-1234"))
    const inner = new Error("inner KEY-1234")
    const error = Object.assign(
      new Error('call failed: x-api-key: KEY-1234, body {"key":"KEY-1234"}', { cause: inner }),
      {
        url: "http://h/?key=KEY-1234",
        nested: { "KEY-1234": ["KEY-1234"] },
        held: Redacted.make("other-secret"),
      },
    )
    error.name = "KEY-1234"
    const failure = FailureCause.fromCause(Cause.die(error), { secrets })
    expect(JSON.stringify(failure)).not.toContain("KEY-1234")
    expect(JSON.stringify(failure)).not.toContain("other-secret")
    expect(failure.message).toContain("x-api-key")
  })

  it("survives JSON and its own Schema", () => {
    const failure = FailureCause.fromError(
      new Error("a", { cause: new Forbidden({ httpStatus: 1, endpoint: "e" }) }),
      "defect",
    )
    const back = Schema.decodeUnknownSync(Failure.Failure)(JSON.parse(JSON.stringify(failure)))
    expect(back).toEqual(failure)
  })
})
