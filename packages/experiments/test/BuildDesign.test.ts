import { assert, describe, it } from "@effect/vitest"
import { Result } from "effect"
import { type BuildOptions, type BuiltConditions, buildDesign } from "../src/BuildDesign.ts"
import type { Condition } from "../src/Condition.ts"
import { conditionsMax } from "../src/Design.ts"
import type { DesignError } from "../src/ExperimentError.ts"
import { hashIdentifier } from "../src/Identifier.ts"
import { designBuilders } from "../src/internal/designKinds.ts"
import { stringify } from "../src/StableJson.ts"
import { classicKinds, ownKinds, type Study } from "../src/Study.ts"
import { float, type Value, type ValueMap } from "../src/Value.ts"
import {
  block,
  constraint,
  designNames,
  factor,
  fixtureStudy,
  list,
  map,
  parse,
  studyOf,
  text,
  textOf,
  whole,
} from "./designFixtures.ts"

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

const options = (entries: Readonly<Record<string, Value>>): ValueMap => new Map(Object.entries(entries))

/** A value with the order of its keys, so that order is compared too. */
const ordered = (value: Value): string =>
  value instanceof Map
    ? `{${Array.from(value, ([key, item]) => `${key}=${ordered(item)}`).join(";")}}`
    : Array.isArray(value)
      ? `[${value.map(ordered).join(";")}]`
      : stringify(value)

/** A condition under the names of the fixtures. */
const plainCondition = (condition: Condition): Value =>
  new Map<string, Value>([
    ["condition_id", condition.conditionId],
    ["factors", condition.factorAssignments],
    ["blocks", condition.blockAssignments],
    ["admissible", condition.admissible],
    ["messages", condition.constraintMessages],
    ["metadata", condition.metadata],
  ])

/** The matrix of a fixture: its own text where it is CSV, else the text as it stands in the fixture. */
const matrixOf = (matrix: Value | undefined): BuildOptions => {
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
      const { conditions } = built(study, matrixOf(fixture.get("matrix")))
      assert.strictEqual(conditions.length, whole(fixture.get("count")))
      const expected = list(fixture.get("conditions"))
      for (const [index, item] of expected.entries()) {
        const entry = map(item)
        const condition = conditions[index]!
        assert.strictEqual(ordered(plainCondition(condition)), ordered(entry), `${name} ${index}`)
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

describe("random studies that the predecessor built", () => {
  // Made by reference/classic_designs.py.
  const cases = list(parse(textOf("classic_designs.json"))).map(map)
  it("each of its eight kinds gives its conditions bit for bit, and is refused where it refuses", () => {
    const compared = new Map<string, number>()
    let refused = 0
    for (const [index, entry] of cases.entries()) {
      const study = fixtureStudy(entry.get("study"))
      const matrix = entry.get("matrix") ?? null
      const expected = entry.get("result") ?? null
      const result = buildDesign(
        study,
        matrix === null
          ? {}
          : {
              matrix: {
                text: text(map(matrix).get("text")),
                format: map(matrix).get("format") === "csv" ? "csv" : "json",
                path: "matrix",
              },
            },
      )
      if (!Array.isArray(expected)) {
        assert.isTrue(Result.isFailure(result), `${index}: ${ordered(expected)}`)
        refused++
        continue
      }
      const { conditions } = Result.getOrThrow(result)
      assert.strictEqual(ordered(conditions.map(plainCondition)), ordered(expected), `case ${index}`)
      const kind = study.designSpec.kind
      compared.set(kind, (compared.get(kind) ?? 0) + 1)
    }
    assert.strictEqual(compared.size, 8)
    assert.isTrue([...compared.values()].every((count) => count >= 10))
    assert.isAtLeast(refused, 5)
    assert.strictEqual(cases.length, 160)
  })
})

const ab = [factor("a", ["a1", "a2"]), factor("b", [1, 2, 3])]
const cohort = block("cohort", ["k", "l"])
const hasNote = (design: BuiltConditions, part: string): boolean =>
  design.report.notes.some((note) => note.includes(part))

describe("acceptance cases of designs", () => {
  const ids = (study: Study): ReadonlyArray<string> =>
    built(study).conditions.map(({ conditionId }) => conditionId.slice(5, 9))

  it("8: a factorial in order, randomised and counterbalanced", () => {
    const study = studyOf({ kind: "full_factorial", factors: ab, baseSeed: 123 })
    assert.deepStrictEqual(ids(study), ["b99a", "6643", "32d8", "5a1e", "99fc", "6471"])
    assert.deepStrictEqual(ids({ ...study, designSpec: { ...study.designSpec, randomize: true } }), [
      "5a1e",
      "99fc",
      "6643",
      "6471",
      "32d8",
      "b99a",
    ])
    assert.deepStrictEqual(ids({ ...study, designSpec: { ...study.designSpec, counterbalance: true } }), [
      "b99a",
      "32d8",
      "99fc",
      "6471",
      "5a1e",
      "6643",
    ])
  })

  it("10 and 11: the cells of a Latin square and the first row of a hypercube", () => {
    const square = built(
      studyOf({
        kind: "latin_square",
        factors: [factor("r", ["r1", "r2", "r3"]), factor("c", ["c1", "c2", "c3"]), factor("treat", ["A", "B", "C"])],
        spec: { options: options({ row_factor: "r", column_factor: "c", treatment_factor: "treat" }) },
      }),
    )
    assert.deepStrictEqual(
      square.conditions.map(({ factorAssignments }) => factorAssignments.get("treat")),
      [..."ABCBCACAB"],
    )
    const cube = built(
      studyOf({
        kind: "latin_hypercube",
        spec: {
          nSamples: 4,
          options: options({
            bounds: new Map([
              ["x", [0, 1]],
              ["y", [10, 20]],
            ]),
          }),
        },
      }),
    )
    assert.strictEqual(cube.conditions[0]?.conditionId, "cond-db53824dd803")
    assert.isTrue(hasNote(cube, "options.bounds names what is no factor of the study: x, y"))
  })

  it("two samples in two blocks are four conditions with the row's number twice", () => {
    const { conditions } = built(
      studyOf({ kind: "latin_hypercube", factors: [factor("x", [0, 1])], blocks: [cohort], spec: { nSamples: 2 } }),
    )
    assert.deepStrictEqual(
      conditions.map(({ blockAssignments, metadata }) => [metadata.get("row_index"), blockAssignments.get("cohort")]),
      [
        [0, "k"],
        [0, "l"],
        [1, "k"],
        [1, "l"],
      ],
    )
  })

  it("samples can stand among the options", () => {
    const study = studyOf({
      kind: "latin_hypercube",
      factors: [factor("x", [0, 1])],
      spec: { options: options({ n_samples: 3 }) },
    })
    assert.strictEqual(built(study).conditions.length, 3)
  })
})

describe("products of levels", () => {
  it("every combination of factors and blocks is there exactly once, whatever the order", () => {
    const factors = [factor("a", [1, float(1), true, "1", null]), factor("b", [0, 1]), factor("c", ["x", "y", "z"])]
    for (const kind of ["full_factorial", "constrained_factorial", "randomized_block", "repeated_measures"] as const) {
      for (const [randomize, counterbalance] of [
        [false, false],
        [true, false],
        [false, true],
        [true, true],
      ] as const) {
        const { conditions } = built(
          studyOf({ kind, factors, blocks: [cohort], baseSeed: 5, spec: { randomize, counterbalance } }),
        )
        assert.strictEqual(conditions.length, 60)
        assert.strictEqual(new Set(conditions.map(({ conditionId }) => conditionId)).size, 60)
        assert.strictEqual(new Set(conditions.map(({ metadata }) => text(metadata.get("fingerprint")))).size, 60)
      }
    }
  })

  it("a thousand million combinations are counted and refused, and so is one too many", () => {
    const ten = Array.from({ length: 10 }, (_, level): Value => level)
    const error = refusal(
      studyOf({ kind: "full_factorial", factors: Array.from({ length: 9 }, (_, i) => factor(`f${i}`, ten)) }),
    )
    assert.include(error.message, "gives 1000000000 conditions; at most 200000 are built")
    const huge = refusal(
      studyOf({ kind: "repeated_measures", factors: Array.from({ length: 300 }, (_, i) => factor(`f${i}`, ten)) }),
    )
    assert.include(huge.message, `gives 1${"0".repeat(300)} conditions`)
    // 200,001 = 3 · 163 · 409.
    const many = [3, 163, 409].map((count, i) =>
      factor(
        `f${i}`,
        Array.from({ length: count }, (_, level): Value => level),
      ),
    )
    assert.include(refusal(studyOf({ kind: "full_factorial", factors: many })).message, "200001 conditions")
    for (const spec of [
      { nSamples: 200_001 },
      { nSamples: 100_001, replicates: 2 },
      { nSamples: 1, centerPoints: 1e15 },
    ]) {
      assert.include(
        refusal(studyOf({ kind: "latin_hypercube", factors: [factor("x", [0, 1])], spec })).message,
        "at most 200000",
      )
    }
  })

  it("as many conditions as are allowed are built", () => {
    const factors = [200, 1000].map((count, i) =>
      factor(
        `f${i}`,
        Array.from({ length: count }, (_, level): Value => level),
      ),
    )
    const { conditions, report } = built(studyOf({ kind: "full_factorial", factors }))
    assert.strictEqual(conditions.length, conditionsMax)
    assert.strictEqual(report.dEfficiency, 100)
    assert.strictEqual(stringify(conditions.at(-1)!.factorAssignments), '{"f0":199,"f1":999}')
  })

  it("names that are odd in JavaScript or in a table are names like any other", () => {
    const names = ["__proto__", "constructor", "10", "9", "a b", "a,b", 'q"', "\u{1f600}", "ﬀ", "order"]
    const { conditions } = built(
      studyOf({ kind: "full_factorial", factors: names.map((name) => factor(name, [1, 2])) }),
    )
    assert.strictEqual(conditions.length, 1024)
    assert.deepStrictEqual([...conditions[0]!.factorAssignments.keys()], names)
    assert.strictEqual(new Set(conditions.map(({ conditionId }) => conditionId)).size, 1024)
  })

  it("a seed beyond 2^53 is used whole", () => {
    const study = (baseSeed: bigint): Study =>
      studyOf({
        kind: "randomized_block",
        factors: [
          factor(
            "a",
            Array.from({ length: 30 }, (_, i) => i),
          ),
        ],
        baseSeed,
      })
    const order = (seed: bigint): string =>
      built(study(seed))
        .conditions.map(({ factorAssignments }) => factorAssignments.get("a"))
        .join()
    assert.notStrictEqual(order(2n ** 60n), order(2n ** 60n + 1n))
  })
})

describe("comparison of levels", () => {
  const withMetadata = (metadata: ReadonlyArray<ValueMap>, values: ReadonlyArray<Value> = ["u", "v"]): Study => {
    const arm = factor("arm", values)
    return studyOf({
      kind: "full_factorial",
      factors: [
        { ...arm, levels: arm.levels.map((level, index) => ({ ...level, metadata: metadata[index] ?? new Map() })) },
      ],
    })
  }
  const axis = (study: Study, index: number): ValueMap | undefined => {
    const axes = built(study).conditions[index]?.metadata.get("comparison_axes")
    return axes === undefined ? undefined : map(map(axes).get("arm"))
  }

  it("is_baseline is read as Python reads truth, role as Python writes text", () => {
    for (const [value, truth] of [
      [1, true],
      [0, false],
      ["", false],
      ["no", true],
      [[], false],
      [null, false],
      [float(0), false],
    ] as const) {
      const found = axis(withMetadata([options({ is_baseline: value })]), 0)!
      assert.strictEqual(found.get("is_baseline"), truth)
      assert.strictEqual(found.get("role"), truth ? "baseline" : "treatment")
    }
    assert.strictEqual(axis(withMetadata([options({ role: null })]), 0)!.get("role"), "None")
    assert.strictEqual(axis(withMetadata([options({ role: true })]), 0)!.get("role"), "True")
    assert.isUndefined(axis(withMetadata([options({ role: "baseline" })]), 1))
  })

  it("values that Python takes as equal are the first level that has them", () => {
    const study = withMetadata([options({ role: "baseline" }), options({ role: "variant" })], [1, true])
    assert.strictEqual(axis(study, 1)!.get("role"), "baseline")
    assert.strictEqual(axis(study, 1)!.get("value"), true)
  })
})

describe("matrix files", () => {
  const study = studyOf({ kind: "custom_matrix", factors: ab, blocks: [cohort], spec: { matrixPath: "m.csv" } })
  const csv = (source: string): BuildOptions => ({ matrix: { text: source, format: "csv", path: "m.csv" } })
  const json = (source: string): BuildOptions => ({ matrix: { text: source, format: "json", path: "m.json" } })
  const values = (source: string): ReadonlyArray<string> =>
    built(study, csv(source)).conditions.map(({ factorAssignments }) => stringify(factorAssignments))

  it("CSV is read as Python's csv reads it, all of it text", () => {
    // Expected: csv.DictReader of CPython 3.11 (reference/classic_csv.py) on the same text.
    assert.deepStrictEqual(values('a,b\r\n"x,""y""",1\r\n\r\n"l1\nl2",2\r\n'), [
      '{"a":"x,\\"y\\"","b":"1"}',
      '{"a":"l1\\nl2","b":"2"}',
    ])
    assert.deepStrictEqual(values("a,b\rp,1\rq"), ['{"a":"p","b":"1"}', '{"a":"q","b":null}'])
    assert.deepStrictEqual(values('b,a\n"1"2,p"q"\n'), ['{"a":"p\\"q\\"","b":"12"}'])
    assert.deepStrictEqual(values("a,b\n"), [])
    assert.deepStrictEqual(values(""), [])
    assert.deepStrictEqual(values("a,b,\np,1,\n"), ['{"a":"p","b":"1"}'])
  })

  it("a byte order mark does not hide the first column", () => {
    assert.deepStrictEqual(values("\ufeffa,b\np,1\n"), ['{"a":"p","b":"1"}'])
  })

  it("JSON keeps whole numbers and floats apart, and names may be factor and block at once", () => {
    const both = { ...study, blocks: [block("b", [1])] }
    const [condition] = built(both, json('[{"b": 1.0, "a": 1}]')).conditions
    assert.strictEqual(text(condition!.metadata.get("fingerprint")), '{"blocks":{"b":1.0},"factors":{"a":1,"b":1.0}}')
  })

  it("what a file has besides its rows is told: columns left out, values that are no level, names that are missing", () => {
    const design = built(study, csv("a,b,junk\na1,1,x\nzz,2,y\n"))
    assert.isTrue(hasNote(design, "no factor and no block are left out: junk"))
    assert.isTrue(hasNote(design, "3 values are no level"))
    assert.isTrue(hasNote(design, "b = '1' in row 0"))
    assert.isTrue(hasNote(design, "Some rows say nothing of: cohort"))
  })

  it("a file that cannot be read for certain is refused with its place", () => {
    for (const [given, part] of [
      [{}, "m.csv were not given"],
      [csv("a,a\n1,2\n"), "stands twice"],
      [csv("a,b\n1,2,3\n"), "row 0 has 3 cells"],
      [csv('a,b\n"1,2\n'), "line"],
      [json("{}"), "list of rows"],
      [json('[{"a": 1},\n3]'), "row 1 (line 2)"],
      [json("[{]"), "m.json"],
      [csv(`a\n${"1\n".repeat(200_001)}`), "200001 rows"],
    ] as const) {
      const error = refusal(study, given)
      assert.strictEqual(error.option, "design_spec.matrix_path")
      assert.include(error.message, part)
    }
    assert.include(refusal(studyOf({ kind: "custom_matrix" })).message, "is missing")
  })
})

describe("designs that cannot be built", () => {
  it("each is refused with the place of what is wrong", () => {
    const square = { row_factor: "a", column_factor: "b", treatment_factor: "c" }
    const abc = [factor("a", [1, 2]), factor("b", [1, 2]), factor("c", [1, 2])]
    const two = [factor("x", [0, 1]), factor("y", [0, 1])]
    for (const [study, option] of [
      [studyOf({ kind: "latin_square", factors: abc }), "design_spec.options.row_factor"],
      [
        studyOf({ kind: "latin_square", factors: abc, spec: { options: options({ ...square, column_factor: "bb" }) } }),
        "design_spec.options.column_factor",
      ],
      [
        studyOf({ kind: "latin_square", factors: abc, spec: { options: options({ ...square, column_factor: "a" }) } }),
        "design_spec.options.column_factor",
      ],
      [
        studyOf({
          kind: "latin_square",
          factors: [...abc.slice(0, 2), factor("c", [1])],
          spec: { options: options(square) },
        }),
        "design_spec.options",
      ],
      [studyOf({ kind: "latin_hypercube", factors: two }), "design_spec.n_samples"],
      [
        studyOf({ kind: "latin_hypercube", factors: [factor("x", ["a", "b"])], spec: { nSamples: 2 } }),
        "factors[0].levels",
      ],
      [
        studyOf({ kind: "latin_hypercube", factors: [factor("x", [true, 2])], spec: { nSamples: 2 } }),
        "factors[0].levels",
      ],
      [studyOf({ kind: "latin_hypercube", factors: [factor("x", [1])], spec: { nSamples: 2 } }), "factors[0].levels"],
      [
        studyOf({ kind: "latin_hypercube", factors: [factor("x", [1, 1])], spec: { nSamples: 2 } }),
        "design_spec.options.bounds.x",
      ],
      [
        studyOf({ kind: "latin_hypercube", factors: two, spec: { nSamples: 2, options: options({ bounds: [0, 1] }) } }),
        "design_spec.options.bounds",
      ],
      [
        studyOf({
          kind: "latin_hypercube",
          factors: two,
          spec: { nSamples: 2, options: options({ bounds: new Map([["x", [0, 1, 2]]]) }) },
        }),
        "design_spec.options.bounds.x",
      ],
      [
        studyOf({
          kind: "latin_hypercube",
          factors: two,
          spec: { nSamples: 2, options: options({ backend: "scipy" }) },
        }),
        "design_spec.options.backend",
      ],
      [
        studyOf({
          kind: "latin_hypercube",
          factors: two,
          spec: { nSamples: 2, randomize: true, blockRandomizationKey: "z" },
        }),
        "design_spec.block_randomization_key",
      ],
      [studyOf({ kind: "latin_hypercube", spec: { nSamples: 2, centerPoints: 1 } }), "design_spec.center_points"],
      [studyOf({ kind: "fractional_factorial_2level", factors: ab }), "factors[1].levels"],
      [studyOf({ kind: "fractional_factorial_2level", factors: two.slice(1) }), "factors"],
      [
        studyOf({
          kind: "fractional_factorial_2level",
          factors: two,
          spec: { options: options({ resolution: "IV" }) },
        }),
        "design_spec.options.resolution",
      ],
      [studyOf({ kind: "full_factorial", factors: [...two, factor("x", [1])] }), "factors[2].name"],
      [studyOf({ kind: "full_factorial", factors: two, blocks: [cohort, cohort] }), "blocks[1].name"],
    ] as const) {
      assert.strictEqual(refusal(study).option, option, `${study.designSpec.kind} ${option}`)
    }
  })
})

describe("reports of classic designs", () => {
  it("a complete factorial is orthogonal and balanced, and says what it does not use", () => {
    const design = built(
      studyOf({ kind: "full_factorial", factors: ab, blocks: [cohort], spec: { replicates: 3, centerPoints: 2 } }),
    )
    assert.strictEqual(design.report.dEfficiency, 100)
    assert.deepStrictEqual(design.report.balance, [
      { column: "a", levels: 2, ratio: 1 },
      { column: "b", levels: 3, ratio: 1 },
      { column: "cohort", levels: 2, ratio: 1 },
    ])
    assert.isTrue(hasNote(design, "design_spec.replicates (3) is not used"))
    assert.isTrue(hasNote(design, "design_spec.center_points (2) is not used"))
  })

  it("templates have the resolution, words and aliases of the fixture", () => {
    const templates = list(map(parse(textOf("beyond_designs.json"))).get("seed_frac2_templates")).map(map)
    assert.strictEqual(templates.length, 5)
    for (const template of templates) {
      const count = whole(template.get("factors"))
      const names = [..."ABCDEF"].slice(0, count)
      const { conditions, report } = built(
        studyOf({ kind: "fractional_factorial_2level", factors: names.map((name) => factor(name, [0, 1])) }),
      )
      assert.strictEqual(conditions.length, whole(template.get("runs")))
      assert.strictEqual(report.resolution ?? null, template.get("resolution"))
      assert.deepStrictEqual(
        [...(report.definingWords ?? [])].sort(),
        list(template.get("defining_words")).map(text).sort(),
      )
      assert.closeTo(report.dEfficiency!, 100, 1e-9)
      const aliased = new Map<string, ReadonlySet<string>>()
      for (const { aliases, effect } of report.aliases ?? []) {
        const set = [effect, ...aliases]
        for (const one of set) if (one.length === 2) aliased.set(one, new Set(set.filter((other) => other !== one)))
      }
      const expected = map(template.get("two_factor_aliases"))
      assert.deepStrictEqual([...aliased.keys()].sort(), [...expected.keys()].sort())
      for (const [effect, others] of expected)
        assert.deepStrictEqual(aliased.get(effect), new Set(list(others).map(text)))
    }
  })

  it("centre points lower the efficiency of a template as the formula says", () => {
    const { report } = built(
      studyOf({
        kind: "fractional_factorial_2level",
        factors: [..."abcd"].map((name) => factor(name, [0, 1])),
        spec: { centerPoints: 2 },
      }),
    )
    // |X'X| = 10 * 8^4 for a mean and four factors in ten runs.
    assert.closeTo(report.dEfficiency!, (100 * (10 * 8 ** 4) ** 0.2) / 10, 1e-9)
  })

  it("weak kinds name the stronger one", () => {
    const note = (kind: Study["designSpec"]["kind"], spec: Partial<Study["designSpec"]> = {}): string =>
      built(studyOf({ kind, factors: ab, blocks: [cohort], spec })).report.notes.join(" ")
    assert.include(note("randomized_block"), "randomized_complete_block")
    assert.include(note("repeated_measures"), "williams")
    assert.include(note("full_factorial", { counterbalance: true }), "complete_counterbalancing")
    assert.include(note("full_factorial"), "not randomised")
    const five = [..."abcde"].map((name) => factor(name, [0, 1]))
    assert.include(
      built(studyOf({ kind: "fractional_factorial_2level", factors: five })).report.notes.join(" "),
      "Resolution III",
    )
  })
})

describe("kinds", () => {
  const four = [..."abcd"].map((name) => factor(name, [0, 1]))
  const ten = [..."pq"].map((name) => factor(name, [0, 0.5, 1]))
  const square = { row_factor: "r", column_factor: "c", treatment_factor: "t" }
  const three = (names: string): ReadonlyArray<Study["factors"][number]> =>
    [...names].map((name) => factor(name, ["1", "2", "3"]))

  it("every kind of the contract has a builder", () => {
    for (const kind of [...classicKinds, ...ownKinds]) {
      if (kind !== "custom_matrix") assert.isFunction(designBuilders[kind], kind)
    }
  })

  it("conditions of our own kinds have ids over values and facts of their row, all different and stable", () => {
    for (const [kind, factors, spec] of [
      ["fractional_factorial", four, {}],
      ["plackett_burman", four, {}],
      ["definitive_screening", four, {}],
      ["central_composite", four.slice(0, 2), {}],
      ["box_behnken", four.slice(0, 3), {}],
      ["randomized_complete_block", four, {}],
      ["space_filling_latin_hypercube", ten, { nSamples: 6 }],
      ["sobol", ten, { nSamples: 8 }],
      ["halton", ten, { nSamples: 5 }],
      ["randomized_latin_square", three("rct"), { options: options(square) }],
    ] as const) {
      const study = studyOf({
        kind,
        factors,
        spec,
        blocks: kind === "randomized_complete_block" ? [cohort] : [],
        baseSeed: 9,
      })
      const { conditions, report } = built(study)
      assert.isAbove(conditions.length, 3, kind)
      assert.strictEqual(report.runs, conditions.length, kind)
      assert.strictEqual(new Set(conditions.map(({ conditionId }) => conditionId)).size, conditions.length, kind)
      for (const condition of conditions) {
        const metadata = new Map(condition.metadata)
        assert.isTrue(metadata.delete("fingerprint"))
        const payload = options({
          factors: condition.factorAssignments,
          blocks: condition.blockAssignments,
          metadata,
        })
        assert.strictEqual(condition.conditionId, hashIdentifier("cond", payload), kind)
      }
      assert.deepStrictEqual(built(study).conditions, conditions)
    }
  })

  it("what a design has before its constraints is not claimed after them", () => {
    const factors = [..."abcde"].map((name) => factor(name, [0, 1]))
    const whole5 = studyOf({ kind: "fractional_factorial_2level", factors })
    const part = built({ ...whole5, constraints: [constraint("c", { expression: "a + b < 2" })] })
    assert.strictEqual(built(whole5).report.resolution, 3)
    assert.isUndefined(part.report.resolution)
    assert.isUndefined(part.report.aliases)
    assert.isBelow(part.report.dEfficiency ?? 0, 100)
    assert.isTrue(hasNote(part, "no longer holds: resolution 3, aliases"))
    const none = built({ ...whole5, constraints: [constraint("c", { expression: "a > 1" })] })
    assert.isTrue(hasNote(none, "nothing can be run"))
  })

  it("a factorial without some cells has the efficiency that its formula gives", () => {
    // 2 x 2 without one cell: X'X of three rows in coding -1, 1 has the determinant 16.
    const study = studyOf({
      kind: "constrained_factorial",
      factors: four.slice(0, 2),
      constraints: [constraint("c", { expression: "a + b < 2" })],
    })
    assert.closeTo(built(study).report.dEfficiency!, (100 * 16 ** (1 / 3)) / 3, 1e-9)
  })
})
