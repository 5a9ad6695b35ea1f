import { assert, describe, it } from "@effect/vitest"
import { mkdtempSync, rmSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { Effect, Result, Schema } from "effect"
import { FakeImednet, FaultFile, Faults } from "@heddle/imednet/testing"

const problem = (json: unknown): FaultFile.FaultScriptError => {
  const parsed = FaultFile.parse(typeof json === "string" ? json : JSON.stringify(json), "faults.json")
  if (Result.isSuccess(parsed)) throw new Error("the script was accepted")
  return parsed.failure
}

describe("fault files", () => {
  // One example of each action: an action that is added without one is noticed below.
  const examples: ReadonlyArray<Faults.Action> = [
    { type: "status", status: 500, shape: "message", description: "x", code: "9000", attribute: "a", value: "b" },
    { type: "gateway", status: 403, message: "Forbidden", headers: { a: "b" } },
    { type: "respond", status: 200, json: { a: [1, null] } },
    { type: "rateLimited", retryAfterSeconds: 1 },
    { type: "truncate", atByte: 5, as: "closedSocket" },
    { type: "reset", atByte: 3 },
    { type: "stall" },
    { type: "malformed", as: "html" },
    { type: "pageLoop", as: "gap" },
    { type: "shrink" },
    { type: "envelope", as: "nullData" },
    { type: "duplicate", on: "next" },
    { type: "inject", items: ["junk"] },
    { type: "patch", set: { a: 1 }, remove: ["b"] },
    { type: "echoSecrets" },
  ]

  it("every action can be written to a file and read back", () => {
    const script: Faults.FaultScript = {
      seed: 4,
      rules: examples.map((action) => ({
        name: action.type,
        match: {
          method: "GET",
          path: "*",
          study: ["A"],
          resource: "subjects",
          page: 0,
          nth: [1],
          per: "path",
          times: 2,
          probability: 0.5,
        },
        delayMs: [1, 2],
        action,
      })),
    }
    const parsed = FaultFile.parse(JSON.stringify(script))
    assert.deepStrictEqual(Result.getOrThrow(parsed), script)
    assert.deepStrictEqual(
      new Set(examples.map((action) => action.type)),
      new Set(Object.keys(Faults.actions) as Array<Faults.Action["type"]>),
    )
  })

  it("the demo's script is one that a file could hold", () => {
    const parsed = FaultFile.parse(JSON.stringify(FakeImednet.demoFaults))
    assert.deepStrictEqual(Result.getOrThrow(parsed), FakeImednet.demoFaults)
  })

  const unknown: ReadonlyArray<readonly [json: unknown, at: string, key: string, nearest: string]> = [
    [{ rule: [] }, "the top", "rule", "rules"],
    [{ rules: [{ mach: {} }] }, "rules[0]", "mach", "match"],
    [{ rules: [{}, { match: { studie: "A" } }] }, "rules[1].match", "studie", "study"],
    [{ rules: [{ match: { Times: 1 } }] }, "rules[0].match", "Times", "times"],
    [{ rules: [{ action: { type: "truncate", atBytes: 1 } }] }, "rules[0].action", "atBytes", "atByte"],
    [{ rules: [{ action: { type: "status", statsu: 500 } }] }, "rules[0].action", "statsu", "status"],
  ]
  for (const [json, at, key, nearest] of unknown) {
    it(`the key ${key} is refused and ${nearest} is named`, () => {
      const error = problem(json)
      assert.deepStrictEqual(error.reason, { _tag: "UnknownKey", at, key, nearest })
      assert.include(error.message, "faults.json")
      assert.include(error.hints.join(), nearest)
      assert.strictEqual(error.exitCode, 2)
    })
  }

  it("values that do not fit are refused with their place", () => {
    for (const [json, word] of [
      [{}, "rules"],
      [[], "Expected"],
      [{ rules: {} }, "rules"],
      [{ rules: [{ match: { probability: 2 } }] }, "probability"],
      [{ rules: [{ match: { nth: -1 } }] }, "nth"],
      [{ rules: [{ match: { method: "PUT" } }] }, "method"],
      [{ rules: [{ delayMs: "long" }] }, "delayMs"],
      [{ rules: [{ action: { type: "truncate" } }] }, "atByte"],
      [{ rules: [{ action: { type: "trunkate", atByte: 1 } }] }, '"truncate"'],
      [{ rules: [{ action: {} }] }, "type is missing"],
      [{ rules: [{ action: { type: "status", status: 99 } }] }, "status"],
    ] as const) {
      const error = problem(json)
      assert.strictEqual(error.reason._tag, "Invalid", JSON.stringify(json))
      assert.include(error.message, word)
    }
  })

  it("text that is no JSON says so", () => {
    assert.strictEqual(problem("{").reason._tag, "NotJson")
  })

  it.live("a file is read; one that is missing is an error that names it", () =>
    Effect.gen(function* () {
      const folder = mkdtempSync(join(tmpdir(), "faults-"))
      const path = join(folder, "faults.json")
      writeFileSync(path, JSON.stringify(FakeImednet.demoFaults))
      assert.deepStrictEqual(yield* FaultFile.load(path), FakeImednet.demoFaults)
      rmSync(folder, { recursive: true })
      const missing = yield* Effect.flip(FaultFile.load(path))
      assert.strictEqual(missing.reason._tag, "Unreadable")
      assert.include(missing.message, path)
    }),
  )

  it.effect.prop("any script of the schema survives the way through a file", [Faults.FaultScript], ([script]) =>
    Effect.gen(function* () {
      const text = JSON.stringify(yield* Schema.encodeEffect(Faults.FaultScript)(script))
      assert.deepStrictEqual(
        JSON.parse(text),
        JSON.parse(JSON.stringify(yield* Effect.fromResult(FaultFile.parse(text)))),
      )
    }),
  )
})
