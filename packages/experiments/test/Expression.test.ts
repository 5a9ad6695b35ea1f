import { assert, describe, it } from "@effect/vitest"
import * as Result from "effect/Result"
import * as Expression from "../src/Expression.ts"
import { charactersMax, heightMax } from "../src/internal/expressionParse.ts"
import { nestingMax } from "../src/internal/expressionTokens.ts"
import * as JsonText from "../src/JsonText.ts"
import * as Value from "../src/Value.ts"
import { fixtureText } from "./fixtures.ts"

interface Table {
  readonly context: Value.ValueMap
  readonly rows: ReadonlyArray<{ readonly expression: string; readonly expected: unknown }>
}

const tableOf = (fixture: string): Table => {
  const root = Result.getOrThrow(JsonText.parse(fixtureText(fixture))).value
  const context = Value.isMap(root) ? root.get("context") : undefined
  const cases = Value.isMap(root) ? root.get("cases") : undefined
  if (!Value.isMap(context) || cases === undefined || cases === null || !Value.isList(cases)) throw new Error(fixture)
  const rows = cases.map((row) => {
    const expression = Value.isMap(row) ? row.get("expression") : undefined
    if (!Value.isMap(row) || typeof expression !== "string") throw new Error(fixture)
    return { expression, expected: row.get("error") ?? row.get("result") }
  })
  return { context, rows }
}

const run = (text: string, context: Value.ValueMap) =>
  Result.flatMap(Expression.parse(text), (expression) => Expression.evaluate(expression, context))

/** The verdict, or the class of error that Python raises. */
const outcome = (text: string, context: Value.ValueMap): unknown => {
  const result = run(text, context)
  return Result.isSuccess(result) ? result.success : result.failure.pythonError
}

const given = tableOf("constraint_expressions.json")
// Made by test/reference/expressions.py with Python's own grammar and operations.
const reference = tableOf("expressions.json")

const failureOf = (text: string, context: Value.ValueMap = given.context) => {
  const result = run(text, context)
  return Result.isFailure(result) ? result.failure : assert.fail(`gave ${result.success}: ${text.slice(0, 80)}`)
}

describe("constraint expressions", () => {
  it("all cases of the fixture are there and expect something", () => {
    assert.strictEqual(given.rows.length, 46)
    assert.isTrue(given.rows.every((row) => row.expected !== undefined))
  })
  for (const row of given.rows) {
    it(`${JSON.stringify(row.expression)} gives ${String(row.expected)} as in the predecessor`, () => {
      assert.strictEqual(outcome(row.expression, given.context), row.expected)
    })
  }

  // Attributes of Python's own machinery are refused here before anything is evaluated.
  const differences = new Set(["().__class__.__bases__ == 1", "len(().__class__.__bases__) in bool(-2.5 < 'a' 'b')"])

  it("every expression of the reference gives what Python gives, or its class of error", () => {
    assert.isAtLeast(reference.rows.length, 1000)
    for (const kind of [
      true,
      false,
      "SyntaxError",
      "ValidationError",
      "TypeError",
      "KeyError",
      "IndexError",
      "ValueError",
    ]) {
      assert.isAtLeast(reference.rows.filter((row) => row.expected === kind).length, 4, String(kind))
    }
    for (const row of reference.rows) {
      const expected = differences.has(row.expression) ? "ValidationError" : row.expected
      assert.strictEqual(outcome(row.expression, reference.context), expected, JSON.stringify(row.expression))
    }
  })

  it("and, or evaluate all sides, so that a fault on the right is never hidden", () => {
    assert.strictEqual(failureOf("'z' in factors and factors['z'] > 1").pythonError, "KeyError")
    assert.strictEqual(failureOf("True or 1 / 0 == 1").pythonError, "ZeroDivisionError")
  })

  it("whole numbers and floats of the study stay apart in texts and are equal in comparisons", () => {
    const context = new Map<string, Value.Value>([
      ["a", 1],
      ["b", Value.float(1)],
      ["c", 12345678901234567890n],
    ])
    assert.strictEqual(outcome("a == b and str(a) == '1' and str(b) == '1.0' and c % 10 == 0", context), true)
    assert.strictEqual(outcome("c + a == 12345678901234567891", context), true)
  })

  it("dates are ordered among dates, and times by their zone", () => {
    // Expected by hand: 12:00+02:00 is 10:00 UTC.
    const context = new Map<string, Value.Value>([
      ["day", new Value.Timestamp("date", "2026-01-02")],
      ["next", new Value.Timestamp("date", "2026-01-03")],
      ["noon", new Value.Timestamp("datetime", "2026-01-02 12:00:00+02:00")],
      ["ten", new Value.Timestamp("datetime", "2026-01-02 10:00:00+00:00")],
      ["local", new Value.Timestamp("datetime", "2026-01-02 10:00:00")],
    ])
    assert.strictEqual(outcome("day < next and day.year == 2026 and next.day == 3", context), true)
    assert.strictEqual(outcome("noon == ten and not noon < ten and noon.hour == 12", context), true)
    assert.strictEqual(outcome("local == ten or day == local", context), false)
    assert.strictEqual(outcome("local < ten", context), "TypeError")
    assert.strictEqual(outcome("day < local", context), "TypeError")
    assert.strictEqual(outcome("str(day) == '2026-01-02'", context), true)
  })
})

describe("expression errors", () => {
  for (const [text, reason, problem, hint, column] of [
    ["vlues == 1", "name", 'there is no factor or block "vlues"', "did you mean values?", 1],
    ["x == 1 and vlues == 1", "name", '"vlues"', "values", 12],
    ["x = 2", "syntax", '"=" has no meaning here', "compare with ==", 3],
    ["x == 1 && y == 2", "syntax", '"&"', "write and, or", 9],
    ["x == \u201ca\u201d", "syntax", "has no meaning", "straight quotes", 6],
    ["x == 'a", "syntax", "closing quote", "close it with '", 6],
    ["x == 1 and\ny == 2", "syntax", "the end", "parentheses", 11],
    ["x // 2 == 1", "unsupported", '"//"', "int(a / b)", 3],
    ["mode.upper() == 'A'", "unsupported", "a call of the method upper", "len, int, float, str, bool", 5],
    ["sum(values) > 0", "unsupported", "a call of sum", "functions are", 1],
    ["values[0:2] == [1]", "unsupported", "a slice", "single items", 8],
    ["{1, 2} == 1", "unsupported", "a set", "list", 1],
    ["f'{x}' == '2'", "unsupported", "an f-string", "plain text", 1],
    ["b'a' == 'a'", "unsupported", "bytes", "plain text", 1],
    ["1j == 1", "unsupported", "an imaginary number", "correct", 1],
    ["'%s' % x == '2'", "unsupported", "formatting", "str(…)", 6],
    ["mode.nope == 1", "type", 'str has no attribute "nope"', "a missing entry is None", 5],
    ["x < 'a'", "type", "< is not defined between int and str", "correct", 5],
    ["mode + x == 'a'", "type", "+ is not defined between str and int", "str(…)", 6],
    ["values[9] == 1", "value", "list index 9 is out of range: there are 3 items", "correct", 7],
    ["x / flag == 1", "value", "division by zero", "correct", 3],
    ["x", "notBoolean", "the result is int", "write x == …", 1],
  ] as const) {
    it(`${JSON.stringify(text)} is a fault of kind ${reason} at column ${column}`, () => {
      const error = failureOf(text)
      assert.strictEqual(error.reason, reason)
      assert.include(error.problem, problem)
      assert.include(error.hints.join(), hint)
      assert.strictEqual(error.column, column)
      assert.strictEqual(error.exitCode, 2)
    })
  }

  it("a fault on a later line names line and column", () => {
    const error = failureOf("(x == 2\n and vlues == 1)")
    assert.strictEqual(
      error.message,
      '"(x == 2\\n and vlues == 1)": line 2, column 6: there is no factor or block "vlues"',
    )
  })
})

describe("expression bounds", () => {
  for (const [name, text] of [
    ["10,000 parentheses", `${"(".repeat(10_000)}1${")".repeat(10_000)}`],
    ["4,000 parentheses", `${"(".repeat(4_000)}1${")".repeat(4_000)}`],
    ["9,000 signs", `${"-".repeat(9_000)}1 == 1`],
    ["2,400 negations", `${"not ".repeat(2_400)}True`],
    ["2,000 powers", `1${"**1".repeat(2_000)} == 1`],
    ["1,400 lambdas", `${"lambda:".repeat(1_400)}1`],
    ["800 conditionals", `${"1 if 1 else ".repeat(800)}1`],
    ["2,000 additions", `x${" + 1".repeat(2_000)} == 1`],
    ["2,000 dots", `obj${".a".repeat(2_000)} == 1`],
    ["1 MB of a name", "a".repeat(1_000_000)],
    ["1 MB of brackets", "[".repeat(1_000_000)],
    ["1 MB of a text", `'${"a".repeat(1_000_000)}' == ''`],
    ["a text repeated a billion times", "'a' * 1000 * 1000000 == ''"],
    ["a list repeated a billion times", "[0] * 1000 * 1000000 == []"],
    ["a list of a billion parts by sharing", "[[[[0] * 1000] * 1000] * 1000] == [[[[0] * 1000] * 1000] * 1000]"],
    ["its text", "str([[[[0] * 1000] * 1000] * 1000]) == ''"],
    ["its use as a key", "{(((0,) * 1000,) * 1000,) * 1000: 1} == {}"],
    ["a search that compares all with all", "'a' * 500000 + 'b' in 'a' * 1000000"],
    [
      "a product of many digits",
      `${"9".repeat(4300)}${" * 1".repeat(3)}${` * ${"9".repeat(1800)}`.repeat(3)}${" * x".repeat(3)} > big`,
    ],
  ] as const) {
    it(`${name}: a clear end within the bounds`, () => {
      const huge = new Map<string, Value.Value>([...given.context, ["big", 1n << 70_000n]])
      const error = failureOf(text, huge)
      assert.strictEqual(error.reason, "bound")
      assert.isBelow(error.expression.length, 300)
    })
  }

  it("what is just inside of the bounds is evaluated", () => {
    const nested = `${"(".repeat(nestingMax - 1)}x == 2${")".repeat(nestingMax - 1)}`
    assert.strictEqual(outcome(nested, given.context), true)
    assert.strictEqual(outcome(`0${" + 1".repeat(heightMax - 2)} == ${heightMax - 2}`, given.context), true)
    const long = Array.from({ length: 1000 }, () => "x == 2").join(" or ")
    assert.isBelow(long.length, charactersMax + 1)
    assert.strictEqual(outcome(long, given.context), true)
    assert.strictEqual(outcome(`int('${" ".repeat(5000)}7') == 7`, given.context), true)
  })
})
