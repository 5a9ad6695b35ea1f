import { assert, describe, it } from "@effect/vitest"
import { Result } from "effect"
import { type BuildOptions, type BuiltConditions, buildDesign } from "../src/BuildDesign.ts"
import { stringify } from "../src/StableJson.ts"
import type { Study } from "../src/Study.ts"
import type { Value } from "../src/Value.ts"
import { designNames, fixtureStudy, list, map, parse, textOf, whole } from "./designFixtures.ts"

const built = (study: Study, options: BuildOptions = {}): BuiltConditions => {
  const result = buildDesign(study, options)
  if (Result.isFailure(result)) throw result.failure
  return result.success
}

/** A value with the order of its keys, so that order is compared too. */
const ordered = (value: Value): string =>
  value instanceof Map
    ? `{${Array.from(value, ([key, item]) => `${key}=${ordered(item)}`).join(";")}}`
    : Array.isArray(value)
      ? `[${value.map(ordered).join(";")}]`
      : stringify(value)

/** The matrix of a fixture: its own text where it is CSV, else the text as it stands in the fixture. */
const matrixOf = (name: string, matrix: Value | undefined): BuildOptions => {
  if (matrix === null || matrix === undefined) return {}
  return typeof matrix === "string"
    ? { matrix: { text: matrix, format: "csv", path: "m.csv" } }
    : { matrix: { text: stringify(matrix), format: "json", path: "m.json" } }
}

describe("the predecessor's designs", () => {
  const asserted = new Map<string, number>()
  for (const name of designNames()) {
    it(`${name}: order, ids, values, verdicts, messages and metadata are the fixture's`, () => {
      const fixture = map(parse(textOf(`designs/${name}.json`)))
      const study = fixtureStudy(fixture.get("study"))
      const { conditions } = built(study, matrixOf(name, fixture.get("matrix")))
      assert.strictEqual(conditions.length, whole(fixture.get("count")))
      const expected = list(fixture.get("conditions"))
      for (const [index, item] of expected.entries()) {
        const entry = map(item)
        const condition = conditions[index]!
        const found = new Map<string, Value>([
          ["condition_id", condition.conditionId],
          ["factors", condition.factorAssignments],
          ["blocks", condition.blockAssignments],
          ["admissible", condition.admissible],
          ["messages", condition.constraintMessages],
          ["metadata", condition.metadata],
        ])
        assert.strictEqual(ordered(found), ordered(entry), `${name} ${index}`)
      }
      asserted.set(name, conditions.length)
    })
  }
  it("every fixture was compared, and each has conditions", () => {
    assert.deepStrictEqual([...asserted.keys()].sort(), designNames())
    assert.isTrue([...asserted.values()].every((count) => count > 0))
    assert.strictEqual(
      [...asserted.values()].reduce((sum, count) => sum + count, 0),
      114,
    )
  })
})
