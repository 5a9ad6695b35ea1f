import { assert, describe, it } from "@effect/vitest"
import * as Result from "effect/Result"
import * as JsonText from "../src/JsonText.ts"
import * as Value from "../src/Value.ts"
import { fixtureJson } from "./fixtures.ts"
import { readCases, typed } from "./textValues.ts"

const failureOf = (text: string) => {
  const parsed = JsonText.parse(text, { source: "study.json" })
  assert.isTrue(Result.isFailure(parsed), text.slice(0, 80))
  return Result.isFailure(parsed) ? parsed.failure : assert.fail()
}

const valueOf = (text: string) => Result.getOrThrow(JsonText.parse(text)).value

// Made by test/reference/json_read.py with Python's own json.
const cases = readCases(fixtureJson("json_read.json"))

describe("JsonText", () => {
  it("the reference has texts that Python reads and texts that it refuses", () => {
    assert.strictEqual(cases.length, new Set(cases.map((row) => row.text)).size)
    assert.isAtLeast(cases.filter((row) => row.error === undefined).length, 150)
    assert.isAtLeast(cases.filter((row) => row.error !== undefined).length, 100)
  })

  it("every text of the reference reads as Python reads it, with the same types, or is refused as there", () => {
    for (const row of cases) {
      const parsed = JsonText.parse(row.text)
      const got = Result.isSuccess(parsed) ? typed(parsed.success.value) : "refused"
      assert.deepStrictEqual(got, row.error === undefined ? row.value : "refused", JSON.stringify(row.text))
    }
  })

  it("a key that stands twice is an error with both lines", () => {
    const error = failureOf('{\n  "dose": 1,\n  "arm": {"dose": 2},\n  "dose": 3\n}')
    assert.strictEqual(error.message, 'study.json:4:3: the key "dose" stands twice: on line 2 and on line 4')
    assert.strictEqual(error.exitCode, 2)
  })

  it("keys keep their order, numeric ones too", () => {
    const value = valueOf('{"10": 1, "b": 2, "2": 3, "__proto__": 4}')
    assert.deepStrictEqual(Value.isMap(value) ? [...value.keys()] : [], ["10", "b", "2", "__proto__"])
  })

  it("the line of each value is known", () => {
    const parsed = Result.getOrThrow(JsonText.parse('\n{"a":\n 1, "b": [\n2,\n\n{"c": 3}], "d": 4}\n'))
    assert.strictEqual(parsed.lineOf([]), 2)
    assert.strictEqual(parsed.lineOf(["a"]), 3)
    assert.strictEqual(parsed.lineOf(["b"]), 3)
    assert.strictEqual(parsed.lineOf(["b", 0]), 4)
    assert.strictEqual(parsed.lineOf(["b", 1, "c"]), 6)
    assert.strictEqual(parsed.lineOf(["d"]), 6)
    assert.strictEqual(parsed.lineOf(["b", 2]), undefined)
    assert.strictEqual(parsed.lineOf(["a", "x"]), undefined)
  })

  it("columns count characters, and an error names what was found", () => {
    assert.strictEqual(failureOf('["😀", x]').message, 'study.json:1:7: expected a value, found "x"')
    assert.strictEqual(failureOf('{"a" 1}').message, 'study.json:1:6: expected ":" after the key "a", found "1"')
    assert.strictEqual(failureOf("").message, "study.json:1:1: the text is empty")
    assert.deepStrictEqual(failureOf("{'a': 1}").hints, ['JSON has texts in double quotes: "text"'])
  })

  it("a byte order mark in front is stepped over", () => {
    assert.deepStrictEqual(valueOf("\ufeff[1]"), [1])
  })

  it("nesting is bounded at the depth of a value, and far deeper texts do not overflow the stack", () => {
    const nested = (depth: number) => "[".repeat(depth) + "]".repeat(depth)
    assert.isTrue(Value.isValue(valueOf(nested(Value.depthMax))))
    for (const text of [nested(Value.depthMax + 1), nested(100_000), '{"a":'.repeat(100_000), "[".repeat(1_000_000)]) {
      assert.include(failureOf(text).message, `nested deeper than ${Value.depthMax} levels`)
    }
  })

  it("a text beyond the length bound is refused before it is read", () => {
    assert.include(failureOf(" ".repeat(JsonText.charactersMax + 1)).message, "longer than")
  })
})
