import { assert, describe, it } from "@effect/vitest"
import * as Result from "effect/Result"
import * as Schema from "effect/Schema"
import { nodesMax } from "../src/internal/yamlRead.ts"
import * as JsonText from "../src/JsonText.ts"
import { repr } from "../src/StableJson.ts"
import * as Value from "../src/Value.ts"
import * as Yaml from "../src/Yaml.ts"
import { fixtureJson, fixtureText } from "./fixtures.ts"
import { readCases, typed } from "./textValues.ts"

const failureOf = (text: string) => {
  const parsed = Yaml.parse(text, { source: "study.yaml" })
  return Result.isFailure(parsed) ? parsed.failure : assert.fail(`read: ${text.slice(0, 80)}`)
}

const valueOf = (text: string) => Result.getOrThrow(Yaml.parse(text)).value

const scalarRows = Schema.decodeUnknownSync(
  Schema.Array(
    Schema.Struct({
      scalar: Schema.String,
      type: Schema.optionalKey(Schema.String),
      repr: Schema.optionalKey(Schema.String),
      error: Schema.optionalKey(Schema.String),
    }),
  ),
)(fixtureJson("yaml11_scalars.json"))

// Both made by test/reference/*.py with PyYAML 6.0.3.
const reference = Schema.decodeUnknownSync(Schema.Struct({ scalars: Schema.Unknown, documents: Schema.Unknown }))(
  fixtureJson("yaml_read.json"),
)
const dumps = Schema.decodeUnknownSync(Schema.Array(Schema.Struct({ json: Schema.String, yaml: Schema.String })))(
  fixtureJson("yaml_dump_random.json"),
)

const pythonType = (value: Value.Value): string => {
  if (value === null) return "NoneType"
  if (typeof value === "string") return "str"
  if (typeof value === "boolean") return "bool"
  if (value instanceof Value.Timestamp) return value.kind
  return Value.isInteger(value) ? "int" : Value.isFloat(value) ? "float" : "other"
}

/** Dates stand in the reference as maps of one entry. */
const withDates = (value: Value.Value): Value.Value => {
  if (Value.isMap(value)) {
    const date = value.get("$date")
    const time = value.get("$datetime")
    if (typeof date === "string") return new Value.Timestamp("date", date)
    if (typeof time === "string") return new Value.Timestamp("datetime", time)
    return new Map(Array.from(value, ([key, item]) => [key, withDates(item)]))
  }
  return value !== null && Value.isList(value) ? value.map(withDates) : value
}

describe("Yaml scalars", () => {
  it("all scalars of the fixture are there", () => {
    assert.strictEqual(scalarRows.length, 41)
  })
  for (const row of scalarRows) {
    it(`${JSON.stringify(row.scalar)} is ${row.error ?? `${row.type} ${row.repr}`} as in PyYAML`, () => {
      const parsed = Yaml.parse(`k: ${row.scalar}`)
      if (row.error !== undefined) {
        assert.isTrue(Result.isFailure(parsed))
        return
      }
      const map = Result.getOrThrow(parsed).value
      const value = Value.isMap(map) ? (map.get("k") ?? null) : assert.fail()
      assert.strictEqual(pythonType(value), row.type)
      // The zone of a time is written as an object there; its text stands in the reference of our own script.
      if (row.type !== "datetime") assert.strictEqual(repr(value), row.repr)
    })
  }
})

// What is read here and an error there, or the other way round, on purpose; the header of Yaml.ts names each.
const differences = new Set(["k: a\tb\n", "a: [1,\n2]\n"])

describe("Yaml documents", () => {
  for (const [name, rows, least] of [
    ["scalar", readCases(reference.scalars), 700],
    ["document", readCases(reference.documents), 400],
  ] as const) {
    it(`every ${name} of the reference reads as PyYAML reads it, or is refused as there`, () => {
      assert.isAtLeast(rows.length, least)
      for (const row of rows) {
        if (differences.has(row.text)) continue
        const parsed = Yaml.parse(row.text)
        const got = Result.isSuccess(parsed) ? typed(parsed.success.value) : "refused"
        assert.deepStrictEqual(got, row.error === undefined ? row.value : "refused", JSON.stringify(row.text))
      }
    })
  }

  it("what differs from PyYAML on purpose is two texts of the reference, one on each side", () => {
    assert.deepStrictEqual(valueOf("k: a\tb\n"), new Map([["k", "a\tb"]]))
    assert.include(failureOf("a: [1,\n2]\n").hints[0], "indent the lines inside")
  })

  it("a key that stands twice is an error with the key and both lines", () => {
    assert.strictEqual(
      failureOf("factors:\n  dose: 1\n  arm: 2\n  'dose': 3\n").message,
      'study.yaml:4:3: the key "dose" stands twice: on line 2 and on line 4',
    )
    assert.include(failureOf("1: a\n'1': b\n").message, 'the key "1" stands twice')
    assert.include(failureOf("true: a\n1.0: b\n").message, "stands twice: on line 1 and on line 2")
    assert.include(failureOf("<<: {a: 1}\n<<: {b: 1}\n").message, 'the key "<<" stands twice')
    assert.include(failureOf("a: &x 1\nb: &x 2\n").message, "the anchor &x stands twice: on line 1 and on line 2")
  })

  it("keys that are no text become Python's text for them, in the order of the file", () => {
    const value = valueOf("10: a\ntrue: c\n~: d\n1.5: e\n2.0: f\n2026-01-01: g\n0x10: h\n")
    const keys = Value.isMap(value) ? [...value.keys()] : []
    assert.deepStrictEqual(keys, ["10", "True", "None", "1.5", "2.0", "2026-01-01", "16"])
  })

  it("the line of each value is known, inside of an alias that of its anchor", () => {
    const text =
      "# study\nid: a\nfactors:\n- name: x\n  levels: [1,\n    2]\n- &f {name: y,\n   levels: []}\n- *f\nnote:\n"
    const parsed = Result.getOrThrow(Yaml.parse(text))
    assert.strictEqual(parsed.lineOf(["id"]), 2)
    assert.strictEqual(parsed.lineOf(["factors"]), 4)
    assert.strictEqual(parsed.lineOf(["factors", 0, "levels", 1]), 6)
    assert.strictEqual(parsed.lineOf(["factors", 1, "levels"]), 8)
    assert.strictEqual(parsed.lineOf(["factors", 2, "name"]), 7)
    assert.strictEqual(parsed.lineOf(["note"]), 10)
    assert.strictEqual(parsed.lineOf(["factors", 3]), undefined)
  })

  it("line ends of Windows and a byte order mark change neither values nor lines", () => {
    const parsed = Result.getOrThrow(Yaml.parse("\ufeffa: |\r\n  x\r\n  y\r\nb: 2\r\n"))
    assert.deepStrictEqual(
      parsed.value,
      new Map<string, Value.Value>([
        ["a", "x\ny\n"],
        ["b", 2],
      ]),
    )
    assert.strictEqual(parsed.lineOf(["b"]), 4)
  })

  for (const [text, message, hint] of [
    ["", "study.yaml:1:1: the text is empty", "heddle experiments init"],
    ["# only a note\n\n", "study.yaml:1:1: the text is empty", "heddle experiments init"],
    ["a: 1\n---\nb: 2\n", "study.yaml:2:1: a second document begins here", "one document"],
    ["a:\n\tb: 1\n", "study.yaml:2:1: Tabs are not allowed as indentation", "spaces"],
    ["a: b: c\n", "study.yaml:1:4: Nested mappings", "quotes"],
    ["a: \ud800\n", "study.yaml:1:4: the character U+D800", "escape"],
    ["😀: \x00\n", "study.yaml:1:4: the character U+0000", "escape"],
    ["a: x\u2028y\n", "study.yaml:1:5: the character U+2028 is a line end in YAML 1.1", "\\L"],
    ['a: "\\ud800"\n', "study.yaml:1:4: half of a surrogate pair", "U0001F600"],
    [
      "a: !!python/object/apply:os.system [x]\n",
      "the tag !!python/object/apply:os.system cannot be used",
      "not objects",
    ],
    ["a: !!set {x}\n", "the tag !!set cannot be used", "list"],
    ["a: !!binary aGk=\n", "the tag !!binary cannot be used", "file of its own"],
    ["a: !mine x\n", "the tag !mine cannot be used", "tag away"],
    ["a: 2026-02-30\n", 'study.yaml:1:4: "2026-02-30" is no day of the calendar', "'2026-02-30'"],
    ["a: =\n", 'study.yaml:1:4: "=" has a meaning of its own', "'='"],
    ["a: *b\n", "study.yaml:1:4: the alias *b has no anchor before it", "&b"],
    ["a: &a\n  b: *a\n", "study.yaml:2:6: the alias *a stands inside its own value", "itself"],
    ["? [a]\n: b\n", "study.yaml:1:3: a key that is itself a list or a map", "texts"],
    ["a: {<<: 1}\n", "<< needs a map or a list of maps", "'<<'"],
    ["a: 'x\n", "study.yaml:2:1: Missing closing 'quote", "close the quote"],
  ] as const) {
    it(`${JSON.stringify(text)} is refused with its place and what to do`, () => {
      const error = failureOf(text)
      assert.include(error.message, message)
      assert.include(error.hints.join(), hint)
      assert.strictEqual(error.exitCode, 2)
    })
  }
})

describe("Yaml bounds", () => {
  const laughs = (levels: number): string => {
    const lines = ["a0: &a0 [x, x, x, x, x, x, x, x, x, x]"]
    for (let level = 1; level <= levels; level++) {
      lines.push(`a${level}: &a${level} [${Array.from({ length: 10 }, () => `*a${level - 1}`).join(", ")}]`)
    }
    return lines.join("\n")
  }

  it("aliases that grow without bound are refused, and a few of them are shared, not copied", () => {
    assert.include(failureOf(laughs(30)).message, `more than ${nodesMax} values once aliases are written out`)
    const value = valueOf("a: &a [1, 2]\nb: *a\n")
    assert.isTrue(Value.isMap(value) && value.get("a") === value.get("b"))
  })

  it("a long text that is repeated by aliases is refused", () => {
    const text = `a: &a "${"x".repeat(100_000)}"\nb: [${"*a, ".repeat(1000)}]\n`
    assert.include(failureOf(text).message, "characters once aliases are written out")
  })

  it("merge keys that copy without bound are refused", () => {
    const base = Array.from({ length: 2000 }, (_, index) => `k${index}: 1`).join(", ")
    const text = `a: &a {${base}}\nb:\n${"- <<: *a\n".repeat(2000)}`
    assert.include(failureOf(text).message, "merged keys")
  })

  it("aliases cannot nest a value deeper than the bound", () => {
    const lines = ["a0: &a0 [x]"]
    for (let level = 1; level < 300; level++) lines.push(`a${level}: &a${level} [*a${level - 1}]`)
    assert.include(failureOf(lines.join("\n")).message, `nested deeper than ${Value.depthMax} levels`)
  })

  for (const [name, unit] of [
    ["open brackets", "["],
    ["open braces", "{a: "],
    ["dashes", "- "],
    ["question marks", "? "],
  ] as const) {
    it(`100,000 ${name} are refused and do not overflow the stack`, () => {
      assert.include(failureOf(unit.repeat(100_000)).message, `nested deeper than ${Value.depthMax} levels`)
    })
  }

  it("what is nested as deep as a value may be is read", () => {
    const text = "[".repeat(Value.depthMax) + "]".repeat(Value.depthMax)
    assert.isTrue(Value.isValue(valueOf(text)))
    assert.include(failureOf(`[${text}]`).message, "nested deeper")
  })

  it("a text beyond the length bound is refused before it is read", () => {
    assert.include(failureOf("a".repeat(Yaml.charactersMax + 1)).message, "longer than")
  })
})

describe("Yaml.stringify", () => {
  it("writes the fixture byte for byte", () => {
    const value = Result.getOrThrow(JsonText.parse(fixtureText("yaml_dump.json"))).value
    assert.strictEqual(Yaml.stringify(value), fixtureText("yaml_dump.yaml"))
  })

  for (const name of ["small_study/study.yaml", "empty_study/study.yaml"]) {
    it(`${name}, read and written again, is the same bytes`, () => {
      assert.strictEqual(Yaml.stringify(valueOf(fixtureText(name))), fixtureText(name))
    })
  }

  it("writes every value of the reference byte for byte as PyYAML, and reads it back to the same bytes", () => {
    assert.isAtLeast(dumps.length, 400)
    for (const row of dumps) {
      const value = withDates(Result.getOrThrow(JsonText.parse(row.json)).value)
      assert.strictEqual(Yaml.stringify(value), row.yaml, row.json)
      assert.deepStrictEqual(typed(valueOf(row.yaml)), typed(value), row.json)
    }
  })

  it("a key that PyYAML writes but cannot read again is written so that it can be read", () => {
    for (const count of [103, 110, 122]) {
      const value = new Map([["😀".repeat(count), 1]])
      assert.deepStrictEqual(valueOf(Yaml.stringify(value)), value)
    }
  })
})
