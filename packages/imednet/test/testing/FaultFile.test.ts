import { assert, describe, it } from "@effect/vitest"
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { Effect, Result, Schema } from "effect"
import { FakeImednet, FaultFile, Faults } from "@heddle/imednet/testing"
import * as ImednetServer from "@heddle/imednet/testing/ImednetServer"
import { call } from "./rawClient.ts"

const problem = (json: unknown): FaultFile.FaultScriptError => {
  const parsed = FaultFile.parse(typeof json === "string" ? json : JSON.stringify(json), "faults.json")
  if (Result.isSuccess(parsed)) throw new Error("the script was accepted")
  return parsed.failure
}

const readme = readFileSync(new URL("../../README.md", import.meta.url), "utf8")

/** Statuses with which a server under this script answers lists of subjects, one after the other. */
const played = Effect.fnUntraced(function* (text: string, studies: ReadonlyArray<string>) {
  const faults = yield* Effect.fromResult(FaultFile.parse(text))
  const { baseUrl } = yield* ImednetServer.make({ studies: 2, seed: 1, faults })
  return yield* Effect.forEach(studies, (study) =>
    Effect.promise(() => call(baseUrl, `/api/v1/edc/studies/${study}/subjects`)).pipe(
      Effect.map(({ status }) => status),
    ),
  )
})

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
    [{ rules: [{ delayMs: 1 }, { match: { studie: "A" } }] }, "rules[1].match", "studie", "study"],
    // Words for the same thing, spelled quite otherwise.
    [{ rules: [{ fault: { type: "reset" } }] }, "rules[0]", "fault", "action"],
    [{ rules: [{ faults: [] }] }, "rules[0]", "faults", "action"],
    [{ rules: [{ Response: {} }] }, "rules[0]", "Response", "action"],
    [{ rules: [{ latency: 5 }] }, "rules[0]", "latency", "delayMs"],
    [{ rules: [{ when: {} }] }, "rules[0]", "when", "match"],
    [{ faults: [] }, "the top", "faults", "rules"],
    [{ rules: [{ match: { endpoint: "subjects" } }] }, "rules[0].match", "endpoint", "resource"],
    [{ rules: [{ match: { studyKey: "A" } }] }, "rules[0].match", "studyKey", "study"],
    [{ rules: [{ match: { Times: 1 } }] }, "rules[0].match", "Times", "times"],
    [{ rules: [{ action: { type: "truncate", atBytes: 1 } }] }, "rules[0].action", "atBytes", "atByte"],
    [{ rules: [{ action: { type: "status", statsu: 500 } }] }, "rules[0].action", "statsu", "status"],
  ]
  for (const [json, at, key, nearest] of unknown) {
    it(`the key ${key} is refused and ${nearest} is named`, () => {
      const error = problem(json)
      const { known, ...reason } = error.reason._tag === "UnknownKey" ? error.reason : { known: [] }
      assert.deepStrictEqual(reason, { _tag: "UnknownKey", at, key, nearest })
      assert.include(known, nearest)
      assert.include(error.message, "faults.json")
      assert.include(error.hints.join(), nearest)
      assert.strictEqual(error.exitCode, 2)
    })
  }

  it("a key that is like none of them is answered with all keys of its place", () => {
    const error = problem({ rules: [{ colour: "red" }] })
    const known = ["name", "match", "delayMs", "action"]
    assert.deepStrictEqual(error.reason, { _tag: "UnknownKey", at: "rules[0]", key: "colour", known })
    for (const key of known) assert.include(error.message, `"${key}"`)
    assert.notInclude(error.message, "nearest")
  })

  it("a key of a match or of an action that stands in the rule is sent to its place", () => {
    for (const [key, inside] of [
      ["study", "match"],
      ["times", "match"],
      ["status", "action"],
      ["type", "action"],
      ["atByte", "action"],
    ]) {
      const error = problem({ rules: [{ [String(key)]: 1 }] })
      assert.include(error.message, `"${key}" belongs inside "${inside}"`)
      assert.include(error.hints.join(), `"${inside}": {"${key}"`)
    }
  })

  it("a file of another shape is told what a script looks like, where it is described, and nothing in a schema's words", () => {
    for (const [json, words] of [
      [{}, 'it has no "rules"'],
      [[{ action: { type: "reset" } }], 'it holds a list; a script is an object with the key "rules"'],
      ["null", 'it holds null; a script is an object with the key "rules"'],
      [{ rules: {} }, '"rules" is an object; it must be a list'],
      [{ rules: ["reset"] }, "rules[0] is a string; a rule is an object"],
      [{ rules: [{}] }, 'rules[0] does nothing: it has neither "action" nor "delayMs"'],
      [{ rules: [{ delayMs: 1 }, { name: "x", match: { study: "A" } }] }, "rules[1] does nothing"],
      [
        { rules: [{ action: "stall" }] },
        'rules[0].action is a string; an action is an object with its type, such as {"type":"stall"}',
      ],
      [{ rules: [{ action: { type: "explode" } }] }, "it is one of status, gateway"],
      [{ rules: [{ match: { nth: [1, 0] }, delayMs: 1 }] }, "counted from 1"],
    ] as const) {
      const error = problem(json)
      assert.strictEqual(error.reason._tag, "Invalid", JSON.stringify(json))
      assert.include(error.message, words)
      assert.notMatch(error.message, /Missing key|Expected/)
      assert.include(error.hints.join("\n"), FaultFile.example)
      assert.include(error.hints.join("\n"), "README")
      assert.include(error.hints.join("\n"), "heddle studies simulate --help")
    }
  })

  it("the name of its JSON Schema may stand in a file", () => {
    const parsed = FaultFile.parse('{"$schema":"./faults.schema.json","rules":[{"delayMs":1}]}')
    assert.deepStrictEqual(Result.getOrThrow(parsed), { rules: [{ delayMs: 1 }] })
  })

  it.live("the script in the errors and the help does what is said of it: two failures, then an answer", () =>
    Effect.gen(function* () {
      assert.deepStrictEqual(yield* played(FaultFile.example, ["ALPHA", "BETA", "ALPHA"]), [500, 500, 200])
    }).pipe(Effect.scoped),
  )

  it.live("the file in the README does what is said of it", () =>
    Effect.gen(function* () {
      const [, text = ""] = /## Fault files[^]*?```json\n([^]*?)```/.exec(readme) ?? []
      assert.deepStrictEqual(yield* played(text, ["BETA", "ALPHA", "ALPHA", "ALPHA"]), [403, 429, 200, 200])
    }).pipe(Effect.scoped),
  )

  it("the README names every key of a match, every action, and every field of an action", () => {
    const [, section = ""] = /## Fault files([^]*?)\n## /.exec(readme) ?? []
    const words = [
      ...Object.keys(Faults.FaultScript.fields),
      ...Object.keys(Faults.Rule.fields),
      ...Object.keys(Faults.Match.fields),
      ...Object.keys(Faults.actions),
      ...Object.values(Faults.actions).flatMap((schema) => Object.keys(schema.fields)),
    ]
    for (const word of words) assert.match(section, new RegExp('[`"]' + word + "\\b"), word)
  })

  it("values that do not fit are refused with their place", () => {
    for (const [json, word] of [
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

  const doesSomething = ({ action, delayMs, match }: Faults.Rule) =>
    (action !== undefined || delayMs !== undefined) && ![match?.nth ?? 1].flat().includes(0)

  it.effect.prop("any script of the schema survives the way through a file", [Faults.FaultScript], ([drawn]) =>
    Effect.gen(function* () {
      const script = { ...drawn, rules: drawn.rules.filter(doesSomething) }
      const text = JSON.stringify(yield* Schema.encodeEffect(Faults.FaultScript)(script))
      assert.deepStrictEqual(
        JSON.parse(text),
        JSON.parse(JSON.stringify(yield* Effect.fromResult(FaultFile.parse(text)))),
      )
    }),
  )
})
