import { assert, describe, it } from "@effect/vitest"
import { Effect, Schema } from "effect"
import { jsonOffset } from "../src/internal/jsonOffset.ts"

const problem = (text: string): string | undefined => {
  try {
    JSON.parse(text)
    return undefined
  } catch (error) {
    return String(error)
  }
}

describe("jsonOffset", () => {
  it.effect.prop("a text that was cut off ends at its own length", [Schema.Json, Schema.Int], ([value, n]) =>
    Effect.sync(() => {
      const text = JSON.stringify([value, { "a b\n\u0080": value, n: -1.5e21 }])
      const cut = text.slice(0, Math.abs(n) % text.length)
      assert.isDefined(problem(cut))
      assert.strictEqual(jsonOffset(cut), cut.length, cut)
    }),
  )

  it("it stops where the engine says", () => {
    for (const text of [
      '{"name":"value","list":[1,2,3],}',
      '{"name":"value" "list":[1,2,3]}',
      '{"name":"value","list":[1,2,3]} and more',
      '{"name":"value","list":{1:2,"three":4}}',
      '[{"name":"value"},{"name":"value"}}',
    ]) {
      const position = /at position (\d+)/.exec(problem(text) ?? "")?.[1]
      assert.isDefined(position, text)
      assert.strictEqual(jsonOffset(text), Number(position), text)
    }
  })

  it("what follows a whole value is named, too", () => {
    assert.strictEqual(jsonOffset("{} x"), 3)
    assert.strictEqual(jsonOffset("<html>"), 0)
    assert.strictEqual(jsonOffset('{"a" 1}'), 5)
    assert.strictEqual(jsonOffset('{"a":1,}'), 7)
    assert.strictEqual(jsonOffset("[1 2]"), 3)
    assert.strictEqual(jsonOffset('{"a":tru }'), 5)
    assert.strictEqual(jsonOffset(""), 0)
  })
})
