/**
 * Acceptance cases 1-7, 20 and 21: stable text, ids, seeds, Python's random numbers, YAML's types, expressions. All values
 * are those of the specification, which got them by running the predecessor.
 */
import { expect } from "@effect/vitest"
import * as Expression from "@heddle/experiments/Expression"
import * as Identifier from "@heddle/experiments/Identifier"
import * as JsonText from "@heddle/experiments/JsonText"
import * as MersenneTwister from "@heddle/experiments/MersenneTwister"
import { deriveSeed } from "@heddle/experiments/Seed"
import * as StableJson from "@heddle/experiments/StableJson"
import * as Value from "@heddle/experiments/Value"
import * as Yaml from "@heddle/experiments/Yaml"
import { Result } from "effect"
import { fixtureText } from "../fixtures.ts"
import { type Book, failure, success } from "./support.ts"

const json = (text: string): Value.Value => success(JsonText.parse(text)).value

/** The id of a payload that is written as JSON, where `1` and `1.0` differ. */
const id = (prefix: string, payload: string): string => Identifier.hashIdentifier(prefix, json(payload))

export const idCases = ({ plain }: Book): void => {
  plain("AC-01", "ids of a condition, with and without factors", () => {
    expect(id("cond", '{"factors":{"variant":"a"},"blocks":{}}')).toBe("cond-593275f88eaa")
    expect(id("cond", '{"factors":{},"blocks":{}}')).toBe("cond-1e32e14abf58")
    const factors = new Map([["variant", "a"]])
    expect(Identifier.conditionId(factors, new Map())).toBe("cond-593275f88eaa")
    expect(Identifier.conditionId(new Map(), new Map())).toBe("cond-1e32e14abf58")
  })

  plain("AC-02", "1, 1.0, true, null and the text 1 have five ids", () => {
    const expected = {
      "1": "id-015abd7f5cc5",
      "1.0": "id-c29a44abc114",
      true: "id-5daa0644c4a1",
      null: "id-d091f9c83c09",
      '"1"': "id-9afeb0f2b203",
    }
    for (const [value, name] of Object.entries(expected)) expect(id("id", `{"a":${value}}`), value).toBe(name)
    expect(Identifier.hashIdentifier("id", new Map([["a", Value.float(1)]]))).toBe("id-c29a44abc114")
    expect(Identifier.hashIdentifier("id", new Map([["a", 1]]))).toBe("id-015abd7f5cc5")
  })

  plain("AC-03", "floats have Python's text", () => {
    const of = (number: number): Value.ValueMap => new Map([["a", Value.float(number)]])
    expect(StableJson.stringify(of(1e-5))).toBe('{"a":1e-05}')
    expect(Identifier.hashIdentifier("id", of(1e-5))).toBe("id-6ae5c89e10c5")
    expect(StableJson.stringify(of(1e16))).toBe('{"a":1e+16}')
    expect(Identifier.hashIdentifier("id", of(1e16))).toBe("id-a0f92cfd05a7")
    expect(StableJson.stringify(of(1e15))).toBe('{"a":1000000000000000.0}')
    expect(Identifier.hashIdentifier("id", of(1e15))).toBe("id-7a8eca3c5285")
    expect(Identifier.hashIdentifier("id", of(-0))).toBe("id-952b7dc45587")
    for (const [text, name] of [
      ["1e-5", "id-6ae5c89e10c5"],
      ["1e16", "id-a0f92cfd05a7"],
      ["1e15", "id-7a8eca3c5285"],
      ["-0.0", "id-952b7dc45587"],
    ] as const) {
      expect(id("id", `{"a":${text}}`), text).toBe(name)
    }
  })

  plain("AC-04", "keys are in the order of their code points, not of their UTF-16 units", () => {
    const names = ["\uff5e", "\u{1f600}", "z", "A", "a", "_", "10", "9"]
    // The payload of the fixture: each name with its place in this list.
    const payload = new Map(names.map((name, index) => [name, index + 1]))
    const order = [...StableJson.stringify(payload).matchAll(/"([^"]+)":/g)].map(([, name]): unknown =>
      JSON.parse(`"${name}"`),
    )
    expect(order).toEqual(["10", "9", "A", "_", "a", "z", "\uff5e", "\u{1f600}"])
    expect(Identifier.hashIdentifier("id", payload)).toBe("id-24e886a25eb6")
  })

  plain("AC-05", "ids of a run and of events", () => {
    const run = { studyId: "s", conditionId: "c", replicate: 1, agentId: null, problemId: null }
    expect(Identifier.runId(run)).toBe("run-ea4f47c825f5")
    expect(id("run", '{"study_id":"s","condition_id":"c","replicate":1,"agent_id":null,"problem_id":null}')).toBe(
      "run-ea4f47c825f5",
    )
    expect(Identifier.eventId({ runId: "run-1", index: 0 })).toBe("evt-709ee3b9dfa5")
    expect(Identifier.eventId({ runId: "run-1", index: 0, eventType: "assistant_output" })).toBe("evt-e879ad827def")
  })

  plain("AC-06", "seeds of runs from base seed, replicate and salt", () => {
    const seed = (baseSeed: number, more: { readonly replicate?: number; readonly salt?: string } = {}): number =>
      deriveSeed(
        { baseSeed, strategy: "condition_replicate", perRunOffset: 9973 },
        { studyId: "s", conditionId: "c", replicate: 1, ...more },
      )
    expect(seed(0)).toBe(117486572)
    expect(seed(0, { replicate: 2 })).toBe(1061037195)
    expect(seed(0, { salt: "a:p" })).toBe(1334863482)
    expect(seed(0, { salt: "None:None" })).toBe(1641570899)
    expect(seed(1)).toBe(478040251)
    expect(seed(42)).toBe(991723853)
  })

  plain("AC-07", "the Mersenne Twister draws, shuffles and samples as CPython", () => {
    const ten = (): Array<number> => Array.from({ length: 10 }, (_, index) => index)
    const random = MersenneTwister.make(0)
    expect([random.random(), random.random()]).toEqual([0.8444218515250481, 0.7579544029403025])
    const shuffled = ten()
    MersenneTwister.make(0).shuffle(shuffled)
    expect(shuffled).toEqual([7, 8, 1, 5, 3, 4, 2, 0, 9, 6])
    expect(MersenneTwister.make(0).sample(ten(), 3)).toEqual([6, 9, 0])
    const [minus, plus] = [MersenneTwister.make(-7), MersenneTwister.make(7)]
    const draws = (generator: MersenneTwister.MersenneTwister): ReadonlyArray<number> =>
      Array.from({ length: 700 }, () => generator.random())
    expect(draws(minus)).toEqual(draws(plus))
  })

  plain("AC-20", "YAML 1.1 types a study file as PyYAML does, and texts that would be mistyped are quoted", () => {
    const typed = (scalar: string): Value.Value => {
      const read = success(Yaml.parse(`k: ${scalar}\n`)).value
      return Value.isMap(read) ? (read.get("k") ?? null) : null
    }
    expect(typed("1e3")).toBe("1e3")
    expect(typed("1.0e+3")).toEqual(Value.float(1000))
    expect(typed("yes")).toBe(true)
    expect(typed("on")).toBe(true)
    expect(typed("017")).toBe(15)
    expect(typed("1:30")).toBe(90)
    expect(typed("0.2.0")).toBe("0.2.0")
    expect(typed("2026-01-01")).toEqual(new Value.Timestamp("date", "2026-01-01"))
    const scalars = json(fixtureText("yaml11_scalars.json"))
    const rows = Value.isList(scalars) ? scalars.filter(Value.isMap) : []
    expect(rows.length).toBeGreaterThan(30)
    for (const row of rows) {
      const scalar = String(row.get("scalar"))
      if (row.has("error")) {
        expect(failure(Yaml.parse(`k: ${scalar}\n`))._tag, scalar).toBe("TextError")
        continue
      }
      const kind = row.get("type")
      const read = typed(scalar)
      if (kind === "str") expect(read, scalar).toBeTypeOf("string")
      if (kind === "int") expect(Value.isInteger(read), scalar).toBe(true)
      if (kind === "float") expect(Value.isFloat(read), scalar).toBe(true)
      if (kind === "bool") expect(read, scalar).toBeTypeOf("boolean")
    }
    expect(Yaml.stringify(json(fixtureText("yaml_dump.json")))).toBe(fixtureText("yaml_dump.yaml"))
    for (const text of ["yes", "1.0", "null", "017", "2026-01-01", "1:30", "~", "", "on"]) {
      expect(typed(Yaml.stringify(new Map([["k", text]])).slice(3)), text).toBe(text)
    }
  })

  plain("AC-21", "every given expression agrees in its result, or in being an error", () => {
    const given = json(fixtureText("constraint_expressions.json"))
    if (!Value.isMap(given)) throw new Error("no map")
    const context = given.get("context")
    const cases = given.get("cases")
    if (!Value.isMap(context) || cases === undefined || !Value.isList(cases)) throw new Error("no cases")
    // The specification names 61; the file that was given holds 46 of them.
    expect(cases.length).toBe(46)
    for (const one of cases.filter(Value.isMap)) {
      const text = String(one.get("expression"))
      const result = Result.flatMap(Expression.parse(text), (parsed) => Expression.evaluate(parsed, context))
      if (one.has("error")) expect(failure(result)._tag, text).toBe("ExpressionError")
      else expect(success(result), text).toBe(one.get("result"))
    }
    // `and` and `or` evaluate all of their sides: the specification's own example.
    const lazy = Result.flatMap(Expression.parse("'z' in factors and factors['z'] > 1"), (parsed) =>
      Expression.evaluate(parsed, context),
    )
    expect(failure(lazy)._tag).toBe("ExpressionError")
  })
}
