import * as Schema from "effect/Schema"
import { describe, expect, it } from "vitest"
import { conditionId, eventId, hashIdentifier, runId } from "../src/Identifier.ts"
import * as JsonText from "../src/JsonText.ts"
import { deriveSeed, runSalt } from "../src/Seed.ts"
import * as StableJson from "../src/StableJson.ts"
import * as Value from "../src/Value.ts"
import * as ValueJson from "../src/ValueJson.ts"
import { fixtureJson, fixtureText } from "./fixtures.ts"

const idRows = Schema.decodeUnknownSync(
  Schema.Array(
    Schema.Struct({
      prefix: Schema.String,
      payload_text: Schema.String,
      length: Schema.Int,
      stable_json: Schema.String,
      id: Schema.String,
    }),
  ),
)(fixtureJson("hash_identifier.json"))

describe("ids", () => {
  it("all payloads of the fixture are there", () => {
    expect(idRows.length).toBe(31)
  })
  for (const row of idRows) {
    it(`${row.payload_text.slice(0, 60)} has the stable text and the id that Python gives`, () => {
      const parsed = JsonText.parse(row.payload_text)
      if (parsed._tag === "Failure") throw parsed.failure
      expect(StableJson.stringify(parsed.success.value)).toBe(row.stable_json)
      expect(hashIdentifier(row.prefix, parsed.success.value, row.length)).toBe(row.id)
      // A record in the ledger keeps what the id was made from.
      const stored: unknown = JSON.parse(JSON.stringify(ValueJson.encode(parsed.success.value)))
      const back = ValueJson.decode(stored)
      expect(back === undefined ? "not decoded" : StableJson.stringify(back)).toBe(row.stable_json)
    })
  }

  it("AC-1: a condition's id is over factors and blocks", () => {
    expect(conditionId(new Map([["variant", "a"]]), Value.emptyMap)).toBe("cond-593275f88eaa")
    expect(conditionId(Value.emptyMap, Value.emptyMap)).toBe("cond-1e32e14abf58")
  })

  it("AC-2: whole number, float, boolean, null and text are five ids", () => {
    const id = (value: Value.Value) => hashIdentifier("id", new Map([["a", value]]))
    expect([1, Value.float(1), true, null, "1"].map(id)).toEqual([
      "id-015abd7f5cc5",
      "id-c29a44abc114",
      "id-5daa0644c4a1",
      "id-d091f9c83c09",
      "id-9afeb0f2b203",
    ])
  })

  it("AC-3: floats are written as Python writes them", () => {
    const row = (value: number) => {
      const map = new Map([["a", Value.float(value)]])
      return [StableJson.stringify(map), hashIdentifier("id", map)]
    }
    expect(row(1e-5)).toEqual(['{"a":1e-05}', "id-6ae5c89e10c5"])
    expect(row(1e16)).toEqual(['{"a":1e+16}', "id-a0f92cfd05a7"])
    expect(row(1e15)).toEqual(['{"a":1000000000000000.0}', "id-7a8eca3c5285"])
    expect(row(-0)[1]).toBe("id-952b7dc45587")
  })

  it("AC-4: keys are ordered by code point, not by UTF-16 unit", () => {
    const keys = ["z", "\u{1f600}", "\uff5e", "A", "a", "_", "9", "10"]
    const map = new Map(keys.map((key, index) => [key, index]))
    expect(StableJson.sortedKeys(map)).toEqual(["10", "9", "A", "_", "a", "z", "\uff5e", "\u{1f600}"])
    const row = idRows.find((candidate) => candidate.id === "id-24e886a25eb6")
    expect(row?.stable_json.startsWith('{"10":')).toBe(true)
  })

  it("AC-5: run and event ids are those of the predecessor", () => {
    expect(runId({ studyId: "s", conditionId: "c", replicate: 1, agentId: null, problemId: null })).toBe(
      "run-ea4f47c825f5",
    )
    expect(eventId({ runId: "run-1", index: 0 })).toBe("evt-709ee3b9dfa5")
    expect(eventId({ runId: "run-1", index: 0, eventType: "assistant_output" })).toBe("evt-e879ad827def")
  })
})

const seedRows = Schema.decodeUnknownSync(
  Schema.Array(
    Schema.Struct({
      policy: Schema.Struct({ base_seed: Schema.Finite, strategy: Schema.String, per_run_offset: Schema.Finite }),
      study_id: Schema.String,
      condition_id: Schema.String,
      replicate: Schema.Int,
      salt: Schema.String,
      seed: Schema.Int,
    }),
  ),
)(fixtureJson("derive_seed.json"))

describe("seeds", () => {
  it("AC-6: every derived seed of the fixture comes out", () => {
    const seeds = seedRows.map((row) =>
      deriveSeed(
        {
          baseSeed: row.policy.base_seed,
          strategy: row.policy.strategy,
          perRunOffset: row.policy.per_run_offset,
        },
        { studyId: row.study_id, conditionId: row.condition_id, replicate: row.replicate, salt: row.salt },
      ),
    )
    expect(seeds.length).toBeGreaterThan(20)
    expect(seeds).toEqual(seedRows.map((row) => row.seed))
  })

  it("a run without agent and problem has the salt None:None", () => {
    expect(runSalt(null, null)).toBe("None:None")
    expect(runSalt("a", "p")).toBe("a:p")
  })
})

describe("floats", () => {
  it("every double of the fixture is written as Python writes it", () => {
    const rows = [...fixtureText("float_repr.json").matchAll(/"bits": "([0-9a-f]{16})",\s*"repr": "([^"]+)"/g)]
    expect(rows.length).toBe(200)
    const texts = rows.map(([, bits]) => {
      const view = new DataView(new ArrayBuffer(8))
      view.setBigUint64(0, BigInt(`0x${bits}`))
      return StableJson.floatText(view.getFloat64(0))
    })
    expect(texts).toEqual(rows.map(([, , text]) => text))
  })

  it("repr writes nested values as Python does", () => {
    const value: Value.Value = [
      null,
      true,
      1,
      Value.float(1),
      "it's",
      'say "it\'s"',
      "tab\t\u00a0caf\u00e9\u{1f600}\u200b",
      new Map<string, Value.Value>([
        ["b", []],
        ["a", new Map()],
      ]),
    ]
    // python3 -c "print(repr([None, True, 1, 1.0, \"it's\", 'say \"it\\'s\"', 'tab\\t\\xa0café😀\\u200b', {'b': [], 'a': {}}]))"
    expect(StableJson.repr(value)).toBe(
      String.raw`[None, True, 1, 1.0, "it's", 'say "it\'s"', 'tab\t\xa0café😀\u200b', {'b': [], 'a': {}}]`,
    )
  })
})
