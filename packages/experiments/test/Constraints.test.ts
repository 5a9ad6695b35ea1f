import { assert, describe, it } from "@effect/vitest"
import { Result } from "effect"
import { type BuildOptions, type BuiltConditions, buildDesign } from "../src/BuildDesign.ts"
import { conditionsCsv } from "../src/DesignCsv.ts"
import type { DesignError } from "../src/ExperimentError.ts"
import { stringify } from "../src/StableJson.ts"
import type { Study } from "../src/Study.ts"
import type { Value } from "../src/Value.ts"
import { block, constraint, factor, studyOf, textOf } from "./designFixtures.ts"

const built = (study: Study, options: BuildOptions = {}): BuiltConditions => {
  const result = buildDesign(study, options)
  if (Result.isFailure(result)) throw result.failure
  return result.success
}

const refusal = (study: Study, options: BuildOptions = {}): DesignError => {
  const result = buildDesign(study, options)
  if (Result.isSuccess(result)) throw new Error("not refused")
  return result.failure
}

const ab = [factor("a", ["a1", "a2"]), factor("b", [1, 2, 3])]
const cohort = block("cohort", ["k", "l"])
const of = (
  expression: string | ReadonlyArray<Study["constraints"][number]>,
  more: Partial<Parameters<typeof studyOf>[0]> = {},
): Study =>
  studyOf({
    kind: "constrained_factorial",
    factors: ab,
    constraints: typeof expression === "string" ? [constraint("c1", { expression })] : expression,
    ...more,
  })

describe("constraints of a design", () => {
  it("acceptance case 9: twelve conditions, ten admissible, both messages in order", () => {
    const { conditions, report } = built(
      of(
        [
          constraint("c1", { expression: "not (a == 'a2' and b == 3)" }),
          constraint("w1", { expression: "cohort != 'k'" }, "warning"),
        ],
        { blocks: [cohort], baseSeed: 123 },
      ),
    )
    assert.strictEqual(conditions.length, 12)
    assert.strictEqual(conditions.filter(({ admissible }) => admissible).length, 10)
    const both = conditions.find(({ conditionId }) => conditionId === "cond-625ac1aafb8e")!
    assert.strictEqual(stringify(both.factorAssignments), '{"a":"a2","b":3}')
    assert.deepStrictEqual(both.constraintMessages, ["c1: says c1", "w1: says w1"])
    assert.isFalse(both.admissible)
    const warned = conditions.filter(
      ({ admissible, constraintMessages }) => admissible && constraintMessages.length > 0,
    )
    assert.strictEqual(warned.length, 5)
    assert.isTrue(report.notes.some((note) => note.startsWith("Constraints exclude 2 of 12 conditions")))
    assert.isTrue(report.notes.some((note) => note.startsWith("Constraints unbalance: a (") && note.includes("b (")))
    assert.strictEqual(report.measures?.["admissible"], 10)
  })

  it("the predecessor's file of conditions is equal byte for byte", () => {
    const study = of([{ ...constraint("c", { expression: "a != 'y'" }), description: "no y" }], {
      factors: [factor("a", ["x", "y"])],
    })
    const csv = conditionsCsv("cli-golden", built(study).conditions)
    assert.strictEqual(Result.getOrThrow(csv), textOf("cli/c.csv"))
  })

  it("columns of blocks have block_ in front, and a factor may not take the name of another column", () => {
    const csv = Result.getOrThrow(conditionsCsv("s", built(of("b != 2", { blocks: [cohort] })).conditions))
    assert.strictEqual(csv.split("\r\n")[0], "study_id,condition_id,admissible,constraint_messages,a,b,block_cohort")
    const clash = conditionsCsv(
      "s",
      built(studyOf({ kind: "full_factorial", factors: [factor("condition_id", [1])] })).conditions,
    )
    assert.isTrue(Result.isFailure(clash) && clash.failure.option === "condition_id")
  })

  it("names of factors, of blocks, and the maps factors and blocks are in scope; a block stands before a factor", () => {
    for (const expression of [
      "a != 'a2' or b < 3",
      "factors.a != 'a2' or factors['b'] < 3",
      "blocks.cohort in ['k', 'l'] and (a, b) != ('a2', 3)",
    ]) {
      const { conditions } = built(of(expression, { blocks: [cohort] }))
      assert.deepStrictEqual(
        conditions.map(({ admissible }) => admissible),
        [true, true, true, true, true, true, true, true, true, true, false, false],
      )
    }
    const shadow = built(of("b == 'k'", { blocks: [block("b", ["k"])] })).conditions
    assert.isTrue(shadow.every(({ admissible }) => admissible))
  })

  it("more constraints never allow more conditions, and never change ids or order", () => {
    const rules = ["a != 'a2'", "b < 3", "b != 1", "a == 'a1' or b == 2", "b + 1 > 2"]
    for (let mask = 0; mask < 2 ** rules.length; mask++) {
      const some = rules.filter((_, index) => (mask >> index) & 1)
      const constraints = some.map((expression, index) => constraint(`c${index}`, { expression }))
      const fewer = built(of(constraints.slice(1))).conditions
      const all = built(of(constraints)).conditions
      assert.deepStrictEqual(
        all.map(({ conditionId }) => conditionId),
        fewer.map(({ conditionId }) => conditionId),
      )
      for (const [index, condition] of all.entries()) {
        assert.isTrue(!condition.admissible || fewer[index]!.admissible)
        assert.strictEqual(condition.admissible, condition.constraintMessages.length === 0)
      }
    }
  })

  it("rows of tables and of our own kinds obey them too", () => {
    const two = [factor("x", [0, 1]), factor("y", [0, 1])]
    for (const kind of ["fractional_factorial_2level", "randomized_complete_block"] as const) {
      const { conditions } = built(of("x + y < 2", { kind, factors: two, blocks: [cohort] }))
      assert.strictEqual(conditions.length, 8)
      assert.strictEqual(conditions.filter(({ admissible }) => !admissible).length, 2)
    }
  })
})

describe("constraints that cannot be decided", () => {
  it("an expression that is none is refused before anything is built, with constraint and column", () => {
    const error = refusal(of("a == ", { factors: Array.from({ length: 30 }, (_, i) => factor(`f${i}`, [1, 2])) }))
    assert.strictEqual(error.option, "constraints[0].expression")
    assert.include(error.message, '"c1"')
    assert.include(error.message, "column")
  })

  it("one that fails for a condition names constraint, condition and column", () => {
    const error = refusal(of([constraint("w", { expression: "b / (b - 2) > 0" }, "warning")]))
    assert.include(error.message, 'constraint "w"')
    assert.include(error.message, "a = 'a1', b = 2")
    assert.include(error.message, "column")
    assert.include(refusal(of("nope == 1")).message, "nope")
    assert.include(refusal(of("b")).message, "b = 1")
  })

  it("a callable is never looked for: without a function the design is refused, with one it is asked", () => {
    const callable = of([constraint("code", { callableRef: "os:system" })])
    const error = refusal(callable)
    assert.strictEqual(error.option, "constraints[0].callable_ref")
    assert.include(error.message, "os:system")
    assert.isTrue(error.hints.some((hint) => hint.includes("constraintFunctions")))
    for (const name of ["constructor", "toString", "__proto__"]) {
      assert.strictEqual(
        refusal(of([constraint("c", { callableRef: name })]), { constraintFunctions: {} }).option,
        "constraints[0].callable_ref",
      )
    }
    const asked: Array<Value> = []
    const { conditions } = built(callable, {
      constraintFunctions: {
        "os:system": (factors, blocks) => {
          asked.push(
            new Map<string, Value>([
              ["factors", factors],
              ["blocks", blocks],
            ]),
          )
          return factors.get("b") !== 3
        },
      },
    })
    assert.strictEqual(asked.length, 6)
    assert.strictEqual(conditions.filter(({ admissible }) => !admissible).length, 2)
  })

  it("a function that throws or gives no boolean decides nothing", () => {
    const callable = of([constraint("code", { callableRef: "m:f" })])
    const thrown = refusal(callable, {
      constraintFunctions: {
        "m:f": () => {
          throw new Error("broken")
        },
      },
    })
    assert.include(thrown.message, "broken")
    assert.include(thrown.message, "a = 'a1', b = 1")
    const one: unknown = 1
    // What plain JavaScript can hand over in spite of the type.
    const strange = refusal(callable, { constraintFunctions: { "m:f": () => one as boolean } })
    assert.include(strange.message, "true or false, not number")
  })

  it("with an expression and a function both must hold", () => {
    const both = of([{ ...constraint("c", { expression: "b < 3" }), callableRef: "m:f" }])
    const { conditions } = built(both, { constraintFunctions: { "m:f": (factors) => factors.get("b") !== 1 } })
    assert.deepStrictEqual(
      conditions.filter(({ admissible }) => admissible).map(({ factorAssignments }) => factorAssignments.get("b")),
      [2, 2],
    )
  })
})
