import { assert, describe, it } from "@effect/vitest"
import { Result } from "effect"
import type { BuiltDesign, DesignRow } from "../../src/Design.ts"
import type { DesignError } from "../../src/ExperimentError.ts"
import { responseSurfaceBuilders } from "../../src/internal/responseSurfaceBuilders.ts"
import { twoLevelBuilders } from "../../src/internal/twoLevelBuilders.ts"
import type { DesignKind, Factor, Study } from "../../src/Study.ts"
import { Float, type Value, toNumber } from "../../src/Value.ts"
import { block, factor, studyOf } from "../designFixtures.ts"

const builders = { ...twoLevelBuilders, ...responseSurfaceBuilders }

interface Asked {
  readonly factors: ReadonlyArray<Factor>
  readonly options?: Readonly<Record<string, Value>>
  readonly spec?: Partial<Study["designSpec"]>
  readonly blocks?: Study["blocks"]
  readonly baseSeed?: number
}

const run = (kind: DesignKind, asked: Asked): Result.Result<BuiltDesign, DesignError> => {
  const builder = builders[kind]
  if (builder === undefined) throw new Error(`no builder of ${kind}`)
  return builder(
    studyOf({
      kind,
      factors: asked.factors,
      spec: { ...asked.spec, options: new Map(Object.entries(asked.options ?? {})) },
      ...(asked.blocks === undefined ? {} : { blocks: asked.blocks }),
      ...(asked.baseSeed === undefined ? {} : { baseSeed: asked.baseSeed }),
    }),
  )
}

const build = (kind: DesignKind, asked: Asked): BuiltDesign => Result.getOrThrow(run(kind, asked))
const refusal = (kind: DesignKind, asked: Asked): DesignError => Result.getOrThrow(Result.flip(run(kind, asked)))

const letters = (count: number): ReadonlyArray<Factor> =>
  Array.from({ length: count }, (_, place) => factor("ABCDEFGHJKLMNOP"[place] ?? `f${place}`, [-1, 1]))

const numbers = (rows: ReadonlyArray<DesignRow>): ReadonlyArray<ReadonlyArray<number | undefined>> =>
  rows.map((row) => [...row.factors.values()].map((value) => toNumber(value)))

// CPython: x = list(range(16)); random.Random(7).shuffle(x).
const shuffledBySeed7: ReadonlyArray<number> = [3, 14, 7, 9, 13, 11, 4, 5, 12, 8, 1, 0, 15, 6, 2, 10]

const facts = (rows: ReadonlyArray<DesignRow>, name: string): ReadonlyArray<Value | undefined> =>
  rows.map((row) => row.metadata.get(name))

describe("fractional factorial", () => {
  it("5 factors and resolution V give 16 runs, E=ABCD, and no main effect or two-factor interaction is aliased", () => {
    for (const resolution of [5, "V", "v"]) {
      const { report, rows } = build("fractional_factorial", { factors: letters(5), options: { resolution } })
      assert.strictEqual(rows.length, 16)
      assert.strictEqual(report.runs, 16)
      assert.strictEqual(report.resolution, 5)
      assert.deepStrictEqual(report.definingWords, ["ABCDE"])
      assert.strictEqual(report.aliases?.length, 15)
      assert.isTrue(report.aliases?.every((set) => set.aliases.length === 0))
      assert.closeTo(report.dEfficiency ?? 0, 100, 1e-9)
      assert.strictEqual(report.model, "two-factor interactions")
      assert.include(report.notes.join(" "), "E=ABCD")
      for (const row of numbers(rows)) {
        const [a = 0, b = 0, c = 0, d = 0, e = 0] = row
        assert.strictEqual(e, a * b * c * d)
      }
      assert.isTrue(report.balance.every((column) => column.levels === 2 && column.ratio === 1))
    }
  })

  it("rows are in standard order, the first factor fastest, with their facts", () => {
    const { rows } = build("fractional_factorial", { factors: letters(3), options: { runs: 8 } })
    assert.deepStrictEqual(numbers(rows).slice(0, 4), [
      [-1, -1, -1],
      [1, -1, -1],
      [-1, 1, -1],
      [1, 1, -1],
    ])
    assert.deepStrictEqual(
      [...(rows[3]?.metadata ?? [])],
      [
        ["design_kind", "fractional_factorial"],
        ["row_index", 3],
        ["point_type", "factorial"],
      ],
    )
  })

  it("levels of any kind keep their values, whole numbers and floats apart", () => {
    const { rows } = build("fractional_factorial", {
      factors: [
        factor("dose", [1, new Float(2)]),
        factor("model", ["small", "large"]),
        factor("cache", [false, true]),
        factor("site", ["only"]),
      ],
      options: { runs: 4 },
    })
    assert.deepStrictEqual(
      rows.map((row) => [...row.factors.values()]),
      [
        [1, "small", true, "only"],
        [new Float(2), "small", false, "only"],
        [1, "large", false, "only"],
        [new Float(2), "large", true, "only"],
      ],
    )
  })

  it("long names are used in aliases and letters in words", () => {
    const { report } = build("fractional_factorial", {
      factors: ["dose", "time", "heat"].map((name) => factor(name, [0, 1])),
      options: { generators: ["heat=dose*time"] },
    })
    assert.deepStrictEqual(report.definingWords, ["ABC"])
    assert.deepStrictEqual(report.aliases?.[0], { effect: "dose", aliases: ["time:heat"] })
    assert.include(report.notes.join(" "), "A = dose, B = time, C = heat")
  })

  it("generators may be a list, one text or a map, with signs", () => {
    const asked: ReadonlyArray<Value> = [["D=-ABC"], "D = -ABC", new Map([["D", "-ABC"]])]
    for (const generators of asked) {
      const { report } = build("fractional_factorial", { factors: letters(4), options: { generators } })
      assert.deepStrictEqual(report.definingWords, ["-ABCD"])
      assert.include(JSON.stringify(report.aliases), JSON.stringify({ effect: "AB", aliases: ["-CD"] }))
    }
  })

  it("without a wish, resolution IV is taken", () => {
    const { report } = build("fractional_factorial", { factors: letters(7) })
    assert.strictEqual(report.runs, 16)
    assert.strictEqual(report.resolution, 4)
  })

  it("randomising keeps the runs, follows the base seed, and marks their standard order", () => {
    const asked = { factors: letters(6), options: { runs: 16 }, spec: { randomize: true } }
    const first = build("fractional_factorial", { ...asked, baseSeed: 7 })
    const again = build("fractional_factorial", { ...asked, baseSeed: 7 })
    const other = build("fractional_factorial", { ...asked, baseSeed: 8 })
    const standard = build("fractional_factorial", { ...asked, spec: {} })
    assert.deepStrictEqual(first.rows, again.rows)
    assert.notDeepEqual(first.rows, other.rows)
    assert.deepStrictEqual(
      first.rows.toSorted(
        (left, right) => Number(left.metadata.get("row_index")) - Number(right.metadata.get("row_index")),
      ),
      standard.rows,
    )
    assert.deepStrictEqual(facts(first.rows, "row_index"), shuffledBySeed7)
  })

  it("replicates repeat all runs, centre points are added once, blocks of the study repeat all of it", () => {
    const { rows } = build("fractional_factorial", {
      factors: [factor("x", [0, 1]), factor("y", [new Float(10), new Float(20)])],
      options: { runs: 4 },
      spec: { replicates: 2, centerPoints: 3 },
      blocks: [block("day", ["mon", "tue"])],
    })
    assert.strictEqual(rows.length, 2 * (2 * 4 + 3))
    const monday = rows.filter((row) => row.blocks.get("day") === "mon")
    assert.deepStrictEqual(facts(monday, "replicate"), [1, 1, 1, 1, 2, 2, 2, 2, undefined, undefined, undefined])
    const center = monday.filter((row) => row.metadata.get("point_type") === "center")
    assert.deepStrictEqual(
      center.map((row) => [...row.factors.values()]),
      Array.from({ length: 3 }, () => [0.5, new Float(15)]),
    )
    assert.strictEqual(new Set(facts(rows, "row_index")).size, rows.length)
  })

  it("with blocks of the study, each block is shuffled by itself and differently", () => {
    const { rows } = build("fractional_factorial", {
      factors: letters(4),
      options: { runs: 8 },
      spec: { randomize: true },
      blocks: [block("day", ["mon", "tue"])],
    })
    assert.deepStrictEqual(
      rows.map((row) => row.blocks.get("day")),
      [...Array.from({ length: 8 }, () => "mon"), ...Array.from({ length: 8 }, () => "tue")],
    )
    const order = facts(rows, "row_index").map(Number)
    assert.notDeepEqual(
      order.slice(0, 8),
      order.slice(8).map((index) => index - 8),
    )
  })

  it("fold-over doubles the runs and raises resolution III to IV", () => {
    const asked = { factors: letters(7), options: { runs: 8 } }
    assert.strictEqual(build("fractional_factorial", asked).report.resolution, 3)
    const { report, rows } = build("fractional_factorial", {
      ...asked,
      options: { ...asked.options, fold_over: true },
      spec: { randomize: true },
    })
    assert.strictEqual(report.resolution, 4)
    assert.deepStrictEqual(facts(rows, "fold"), [1, 1, 1, 1, 1, 1, 1, 1, 2, 2, 2, 2, 2, 2, 2, 2])
    const one = build("fractional_factorial", { ...asked, options: { runs: 8, fold_over: "C" } })
    assert.deepStrictEqual(
      one.report.aliases?.find((set) => set.effect === "C"),
      { effect: "C", aliases: [] },
    )
  })

  it("blocks inside of the fraction are equally large, and no main effect differs between them", () => {
    for (const [count, factors, runs] of [
      [2, 5, 16],
      [4, 6, 32],
      [8, 7, 64],
      [2, 3, 8],
    ] as const) {
      const { report, rows } = build("fractional_factorial", {
        factors: letters(factors),
        options: { runs, blocks: count },
        spec: { randomize: true },
      })
      const labels = facts(rows, "block")
      assert.strictEqual(new Set(labels).size, count)
      for (const label of new Set(labels)) {
        const own = numbers(rows.filter((row) => row.metadata.get("block") === label))
        assert.strictEqual(own.length, runs / count)
        for (let place = 0; place < factors; place++) {
          assert.strictEqual(
            own.reduce((sum, row) => sum + (row[place] ?? 0), 0),
            0,
          )
        }
      }
      // Blocks are contiguous in run order.
      assert.strictEqual(labels.filter((label, at) => label !== labels[at - 1]).length, count)
      assert.match(report.notes.join(" "), /Blocks by/)
    }
    // 2^3 in two blocks by ABC: Montgomery, section 7.4.
    const { report } = build("fractional_factorial", { factors: letters(3), options: { runs: 8, blocks: 2 } })
    assert.include(report.notes.join(" "), "Blocks by ABC; no main effect is mixed with blocks, no two-factor")
  })

  const hostile: ReadonlyArray<readonly [why: string, asked: Asked, says: RegExp]> = [
    ["resolution 1", { factors: letters(5), options: { resolution: 1 } }, /resolution.*from 3/],
    ["resolution II", { factors: letters(5), options: { resolution: "II" } }, /III, IV, V/],
    ["resolution true", { factors: letters(5), options: { resolution: true } }, /whole number/],
    ["a billion runs", { factors: letters(5), options: { runs: 1e9 } }, /from 4 to 128/],
    ["12 runs", { factors: letters(5), options: { runs: 12 } }, /12 runs/],
    [
      "a resolution that the runs do not reach",
      { factors: letters(6), options: { runs: 16, resolution: 5 } },
      /reach resolution IV, not V/,
    ],
    [
      "generators and other runs",
      { factors: letters(5), options: { runs: 8, generators: ["E=ABCD"] } },
      /make 16 runs, not 8/,
    ],
    [
      "a generator of an unknown factor",
      { factors: letters(4), options: { generators: ["D=ABX"] } },
      /"X" is no factor/,
    ],
    ["no generators", { factors: letters(4), options: { generators: [] } }, /must be a list/],
    ["generators that are numbers", { factors: letters(4), options: { generators: [1, 2] } }, /must be a list/],
    ["three levels", { factors: [factor("x", [1, 2, 3]), factor("y", [1, 2])] }, /has 3 levels/],
    ["two levels of one value", { factors: [factor("x", [1, new Float(1)]), factor("y", [1, 2])] }, /same value/],
    ["one factor", { factors: letters(1) }, /1 factors/],
    ["no factors", { factors: [] }, /0 factors/],
    ["too many factors", { factors: Array.from({ length: 500 }, (_, at) => factor(`f${at}`, [0, 1])) }, /500 factors/],
    ["an unknown option", { factors: letters(4), options: { resolutoin: 4 } }, /unknown option/],
    [
      "a fold-over on an unknown factor",
      { factors: letters(4), options: { fold_over: "Q" } },
      /must be true or one of/,
    ],
    ["3 blocks", { factors: letters(4), options: { blocks: 3 } }, /3 blocks/],
    [
      "centre points between words",
      { factors: [factor("x", ["a", "b"]), factor("y", [1, 2])], spec: { centerPoints: 2 } },
      /categorical/,
    ],
    ["a billion centre points", { factors: letters(4), spec: { centerPoints: 1e9 } }, /at most 200000/],
    ["a billion replicates", { factors: letters(4), spec: { replicates: 1e9 } }, /at most 200000/],
    ["a block key that is no factor", { factors: letters(4), spec: { blockRandomizationKey: "Q" } }, /is no factor/],
  ]
  for (const [why, asked, says] of hostile) {
    it(`${why} is refused with a hint`, () => {
      const error = refusal("fractional_factorial", asked)
      assert.match(error.message, says)
      assert.isAbove(error.hints.length, 0)
    })
  }
})

describe("Plackett-Burman", () => {
  it("11 factors take 12 runs with partial aliasing named", () => {
    const { report, rows } = build("plackett_burman", { factors: letters(11) })
    assert.strictEqual(rows.length, 12)
    assert.closeTo(report.dEfficiency ?? 0, 100, 1e-9)
    assert.closeTo(report.measures?.["largest_alias_share"] ?? 0, 1 / 3, 1e-9)
    assert.match(report.notes.join(" "), /with 45 of them, with a share of up to 0.333/)
    assert.strictEqual(report.resolution, 3)
    assert.strictEqual(report.definingWords, undefined)
  })

  it("sizes that are powers of two report their words", () => {
    const { report } = build("plackett_burman", { factors: letters(7), options: { runs: 8 } })
    assert.strictEqual(report.resolution, 3)
    assert.strictEqual(report.definingWords?.length, 15)
  })

  it("fold-over clears main effects of two-factor interactions", () => {
    const { report, rows } = build("plackett_burman", { factors: letters(11), options: { fold_over: true } })
    assert.strictEqual(rows.length, 24)
    assert.strictEqual(report.resolution, 4)
    assert.closeTo(report.measures?.["largest_alias_share"] ?? 1, 0, 1e-9)
  })

  it("18 runs and a billion runs are refused with the nearest sizes", () => {
    assert.match(refusal("plackett_burman", { factors: letters(5), options: { runs: 18 } }).hints.join(), /16 and 20/)
    assert.match(refusal("plackett_burman", { factors: letters(5), options: { runs: 1e9 } }).hints.join(), /100/)
    assert.isTrue(Result.isFailure(run("plackett_burman", { factors: letters(5), options: { runs: 4 } })))
    assert.isTrue(Result.isFailure(run("plackett_burman", { factors: letters(5), options: { generators: ["A=B"] } })))
  })

  it("99 factors are built and reported", () => {
    const { report, rows } = build("plackett_burman", {
      factors: Array.from({ length: 99 }, (_, at) => factor(`f${at}`, [0, 1])),
    })
    assert.strictEqual(rows.length, 100)
    assert.closeTo(report.dEfficiency ?? 0, 100, 1e-6)
  })
})

describe("definitive screening", () => {
  it("6 numeric factors take 13 runs at three levels, the middle computed as a float", () => {
    const { report, rows } = build("definitive_screening", {
      factors: Array.from({ length: 6 }, (_, at) => factor(`x${at}`, [10, 20])),
    })
    assert.strictEqual(rows.length, 13)
    assert.deepStrictEqual(
      [...(rows.at(-1)?.factors.values() ?? [])],
      Array.from({ length: 6 }, () => new Float(15)),
    )
    assert.strictEqual(rows.at(-1)?.metadata.get("point_type"), "center")
    assert.closeTo(report.dEfficiency ?? 0, 79.8609127328, 1e-8)
    assert.isTrue(report.balance.every((column) => column.levels === 3))
  })

  it("a given middle level keeps its own value", () => {
    const { rows } = build("definitive_screening", {
      factors: Array.from({ length: 4 }, (_, at) => factor(`x${at}`, [10, 15, 20])),
    })
    assert.deepStrictEqual([...(rows.at(-1)?.factors.values() ?? [])], [15, 15, 15, 15])
  })

  it("categorical factors, uneven levels and too few factors are refused", () => {
    const three = (values: ReadonlyArray<Value>): Asked => ({
      factors: [factor("x", values), ...letters(3)],
    })
    assert.match(refusal("definitive_screening", three(["a", "b"])).message, /not numeric/)
    assert.match(refusal("definitive_screening", three([false, true])).message, /not numeric/)
    assert.match(refusal("definitive_screening", three([1, 2, 10])).message, /not halfway/)
    assert.match(refusal("definitive_screening", three([1, 2, 3, 4])).message, /4 levels/)
    assert.match(refusal("definitive_screening", three([Number.NaN, 2])).message, /not numeric/)
    assert.match(refusal("definitive_screening", { factors: letters(2) }).message, /from 3 to 50/)
    assert.match(refusal("definitive_screening", { factors: letters(4), options: { fake_factors: 1e9 } }).message, /50/)
  })
})

describe("central composite", () => {
  const two = [factor("temp", [20, 40]), factor("time", [new Float(1), new Float(3)])]

  it("axial points are computed beyond the levels and said to be so", () => {
    const { report, rows } = build("central_composite", { factors: two })
    assert.deepStrictEqual(facts(rows, "point_type"), [
      ...Array.from({ length: 4 }, () => "factorial"),
      ...Array.from({ length: 4 }, () => "axial"),
      ...Array.from({ length: 5 }, () => "center"),
    ])
    const temp = rows.map((row) => toNumber(row.factors.get("temp")) ?? 0)
    assert.closeTo(Math.min(...temp), 30 - 10 * Math.SQRT2, 1e-12)
    assert.closeTo(Math.max(...temp), 30 + 10 * Math.SQRT2, 1e-12)
    assert.strictEqual(report.measures?.["alpha"], 1.4142135623730951)
    assert.strictEqual(report.model, "quadratic")
    assert.match(report.notes.join(" "), /temp reaches from .* outside of its levels/)
    assert.strictEqual(rows[0]?.factors.get("temp"), 20)
    assert.deepStrictEqual(rows[0]?.factors.get("time"), new Float(1))
  })

  it("face stays on the levels given, and 1 centre point gives the 3x3 factorial", () => {
    const { report, rows } = build("central_composite", {
      factors: two,
      options: { alpha: "face" },
      spec: { centerPoints: 1 },
    })
    assert.strictEqual(new Set(numbers(rows).map((row) => row.join())).size, 9)
    assert.closeTo(report.dEfficiency ?? 0, 46.2240849567, 1e-8)
    assert.isFalse(report.notes.some((note) => note.includes("outside")))
  })

  it("inscribed keeps axial points on the bounds and corners inside", () => {
    const { report, rows } = build("central_composite", {
      factors: two,
      options: { alpha: "inscribed", bounds: new Map([["temp", [0, 100]]]) },
    })
    const temp = rows.map((row) => toNumber(row.factors.get("temp")) ?? -1)
    assert.strictEqual(Math.min(...temp), 0)
    assert.strictEqual(Math.max(...temp), 100)
    assert.closeTo(temp[0] ?? 0, 50 - 50 / Math.SQRT2, 1e-12)
    assert.include(report.notes.join(" "), "its bounds are used in place of its levels")
    assert.isFalse(report.notes.some((note) => note.includes("outside")))
  })

  it("5 factors have a core of resolution V; the full core and a number as distance can be asked for", () => {
    const factors = letters(5)
    const auto = build("central_composite", { factors }).report
    assert.strictEqual(auto.measures?.["factorial_points"], 16)
    assert.include(auto.notes.join(" "), "E=ABCD")
    const full = build("central_composite", { factors, options: { core: "full", alpha: 2 } }).report
    assert.strictEqual(full.measures?.["factorial_points"], 32)
    assert.strictEqual(full.measures?.["axial_distance"], 2)
  })

  it("blocks run the corners first; no centre points are made where 0 is said outright", () => {
    const { rows } = build("central_composite", {
      factors: two,
      options: { blocks: true, alpha: "orthogonal_blocks" },
      spec: { centerPoints: 6, randomize: true },
    })
    assert.deepStrictEqual(facts(rows, "block"), [1, 1, 1, 1, 1, 1, 1, 2, 2, 2, 2, 2, 2, 2])
    const none = build("central_composite", { factors: two, options: { center_points: 0 } })
    assert.strictEqual(none.rows.length, 8)
    assert.strictEqual(
      build("central_composite", { factors: letters(3), options: { center_points: 0 } }).rows.length,
      14,
    )
  })

  it("a declared whole number that gets a fraction is named", () => {
    const { report } = build("central_composite", {
      factors: [{ ...factor("wells", [1, 4]), dtype: "int" }, factor("x", [0, 1])],
    })
    assert.match(report.notes.join(" "), /wells is declared int, but the design asks for/)
  })

  it("numbers that cannot be computed with are refused", () => {
    for (const values of [
      [0, Number.POSITIVE_INFINITY],
      [1e308, 1.7e308],
      [0, 10n ** 400n],
    ]) {
      assert.match(
        refusal("central_composite", { factors: [factor("x", values), ...letters(2)] }).message,
        /not numeric/,
      )
    }
    const bounds = new Map([["temp", [-1e308, 0]]])
    assert.match(refusal("central_composite", { factors: two, options: { bounds } }).message, /1e\+300/)
  })

  it("hostile options are refused", () => {
    const asked = (options: Readonly<Record<string, Value>>): Asked => ({ factors: two, options })
    assert.match(refusal("central_composite", asked({ alpha: "faec" })).message, /rotatable, face/)
    assert.match(refusal("central_composite", asked({ alpha: -1 })).message, /above 0/)
    assert.match(refusal("central_composite", asked({ alpha: Number.NaN })).message, /above 0/)
    assert.match(refusal("central_composite", asked({ core: "half" })).message, /auto, full, fraction/)
    assert.match(refusal("central_composite", asked({ center_points: 1e9 })).message, /10000/)
    assert.match(refusal("central_composite", asked({ bounds: new Map([["temp", [5, 5]]]) })).message, /low below high/)
    assert.match(refusal("central_composite", { factors: letters(1) }).message, /from 2 to 11/)
    assert.match(refusal("central_composite", { factors: letters(12) }).message, /from 2 to 11/)
    assert.match(
      refusal("central_composite", { factors: [factor("m", ["a", "b"]), ...letters(2)] }).hints.join(),
      /fractional_factorial/,
    )
    assert.match(refusal("central_composite", { factors: two, spec: { replicates: 1e9 } }).message, /at most 200000/)
  })
})

describe("Box-Behnken", () => {
  it("3 factors take 12 edge points and 3 centre points inside of the levels", () => {
    const { report, rows } = build("box_behnken", { factors: letters(3) })
    assert.strictEqual(rows.length, 15)
    assert.deepStrictEqual(numbers(rows).slice(0, 2), [
      [-1, -1, 0],
      [-1, 1, 0],
    ])
    assert.deepStrictEqual(rows[0]?.factors.get("C"), new Float(0))
    assert.closeTo(report.dEfficiency ?? 0, 36.6429016084, 1e-8)
    assert.strictEqual(report.measures?.["edge_points"], 12)
    assert.strictEqual(build("box_behnken", { factors: letters(3), spec: { centerPoints: 5 } }).rows.length, 17)
  })

  it("factors that it has no design for, and categorical ones, are refused", () => {
    assert.match(refusal("box_behnken", { factors: letters(8) }).message, /8 factors/)
    assert.match(refusal("box_behnken", { factors: [factor("m", ["a", "b"]), ...letters(2)] }).message, /not numeric/)
  })
})
