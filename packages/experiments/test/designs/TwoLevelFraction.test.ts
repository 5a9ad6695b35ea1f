import { assert, describe, it } from "@effect/vitest"
import { Result } from "effect"
import { readFileSync } from "node:fs"
import * as Aliases from "../../src/designs/Aliases.ts"
import { foldOver } from "../../src/designs/FoldOver.ts"
import * as MinimumAberration from "../../src/designs/MinimumAberration.ts"
import * as Fraction from "../../src/designs/TwoLevelFraction.ts"
import { analyseTwoLevelTable } from "../../src/designs/TwoLevelTable.ts"

interface Template {
  readonly factors: number
  readonly runs: number
  readonly generators: Readonly<Record<string, string>>
  readonly defining_words: ReadonlyArray<string>
  readonly resolution: number | null
  readonly d_efficiency_main_effects: number
  readonly two_factor_aliases: Readonly<Record<string, ReadonlyArray<string>>>
}

const fixture: { readonly seed_frac2_templates: ReadonlyArray<Template> } = JSON.parse(
  readFileSync(new URL("../fixtures/beyond_designs.json", import.meta.url), "utf8"),
)

const fractionOf = (factors: number, runs: number): Fraction.TwoLevelFraction =>
  Result.getOrThrow(MinimumAberration.minimumAberration(factors, runs))

const withGenerators = (factors: number, ...generators: ReadonlyArray<string>) =>
  Fraction.fromGenerators({ factors, generators })

/** The product of columns of a table, row by row. */
const product = (rows: ReadonlyArray<ReadonlyArray<number>>, places: ReadonlyArray<number>): ReadonlyArray<number> =>
  rows.map((row) => places.reduce((value, place) => value * (row[place] ?? 0), 1))

const allSizes = MinimumAberration.sizes.flatMap((runs) =>
  Array.from({ length: runs - Math.log2(runs) }, (_, at) => [Math.log2(runs) + at, runs] as const).filter(
    ([factors]) => factors >= 2,
  ),
)

describe("two-level fractions of minimum aberration", () => {
  it("5 factors and resolution V are 16 runs with E=ABCD and clear two-factor interactions", () => {
    const fraction = Result.getOrThrow(MinimumAberration.smallestOfResolution(5, 5))
    assert.strictEqual(Fraction.runsOf(fraction), 16)
    assert.deepStrictEqual(Fraction.generatorsOf(fraction), ["E=ABCD"])
    assert.strictEqual(Fraction.resolutionOf(fraction), 5)
    const sets = Aliases.aliasTable(fraction, 2)
    assert.strictEqual(sets.length, 15)
    for (const set of sets) assert.deepStrictEqual(set.aliases, [])
    assert.deepStrictEqual(Aliases.aliasesOf(fraction, [0, 1], 3), ["CDE"])
  })

  it("every size from 4 to 128 runs with every number of factors below the runs is orthogonal and balanced", () => {
    assert.strictEqual(allSizes.length, 3 - 2 + 1 + 5 + 12 + 27 + 58 + 121)
    for (const [factors, runs] of allSizes) {
      const fraction = fractionOf(factors, runs)
      assert.strictEqual(fraction.columns.length, factors)
      assert.strictEqual(Fraction.relationOf(fraction).base.length, Math.log2(runs))
      assert.strictEqual(new Set(fraction.columns).size, factors)
      const { rows } = Fraction.table(fraction)
      assert.strictEqual(rows.length, runs)
      // All pairs of columns of large tables are many; each column against the first seven shows the same.
      for (let right = 0; right < factors; right++) {
        assert.strictEqual(
          product(rows, [right]).reduce((sum, value) => sum + value, 0),
          0,
        )
        for (let left = 0; left < Math.min(right, runs > 32 ? 7 : right); left++) {
          assert.strictEqual(
            product(rows, [left, right]).reduce((sum, value) => sum + value, 0),
            0,
          )
        }
      }
    }
  })

  // Numbers of words of 3, 4, 5 and 6 factors. 16 and 32 runs: Chen, Sun and Wu (1993), tables 2 and 3; 64 runs: table 4;
  // 128 runs: Xu (2009) up to 24 factors, Block and Mee (2005) above.
  const published: ReadonlyArray<readonly [factors: number, runs: number, words: ReadonlyArray<number>]> = [
    [5, 16, [0, 0, 1, 0]],
    [6, 16, [0, 3, 0, 0]],
    [7, 16, [0, 7, 0, 0]],
    [8, 16, [0, 14, 0, 0]],
    [9, 16, [4, 14, 8, 0]],
    [10, 16, [8, 18, 16, 8]],
    [11, 16, [12, 26, 28, 24]],
    [12, 16, [16, 39, 48, 48]],
    [13, 16, [22, 55, 72, 96]],
    [14, 16, [28, 77, 112, 168]],
    [15, 16, [35, 105, 168, 280]],
    [6, 32, [0, 0, 0, 1]],
    [7, 32, [0, 1, 2, 0]],
    [8, 32, [0, 3, 4, 0]],
    [9, 32, [0, 6, 8, 0]],
    [10, 32, [0, 10, 16, 0]],
    [11, 32, [0, 25, 0, 27]],
    [12, 32, [0, 38, 0, 52]],
    [13, 32, [0, 55, 0, 96]],
    [16, 32, [0, 140, 0, 448]],
    [17, 32, [8, 140, 112, 448]],
    [20, 32, [32, 188, 480, 1128]],
    [24, 32, [64, 378, 1344, 4032]],
    [8, 64, [0, 0, 2, 1]],
    [9, 64, [0, 1, 4, 2]],
    [10, 64, [0, 2, 8, 4]],
    [11, 64, [0, 4, 14, 8]],
    [12, 64, [0, 6, 24, 16]],
    [13, 64, [0, 14, 28, 24]],
    [16, 64, [0, 43, 81, 96]],
    [20, 64, [0, 125, 256, 480]],
    [21, 64, [0, 204, 0, 1680]],
    [32, 64, [0, 1240, 0, 27776]],
    [9, 128, [0, 0, 0, 3]],
    [10, 128, [0, 0, 3, 3]],
    [11, 128, [0, 0, 6, 6]],
    [12, 128, [0, 1, 8, 12]],
    [16, 128, [0, 10, 48, 72]],
    [18, 128, [0, 20, 80, 200]],
    [24, 128, [0, 102, 384, 992]],
    [25, 128, [0, 124, 482, 1312]],
    [28, 128, [0, 210, 840, 2800]],
    [32, 128, [0, 452, 1322, 7219]],
    [40, 128, [0, 1190, 4096, 31360]],
    [41, 128, [0, 1648, 0, 70146]],
    [64, 128, [0, 10416, 0, 1166592]],
  ]
  for (const [factors, runs, words] of published) {
    it(`${factors} factors in ${runs} runs have the published word length pattern`, () => {
      const pattern = Fraction.wordLengthPattern(fractionOf(factors, runs), 6).slice(3)
      assert.deepStrictEqual(
        words.slice(0, pattern.length).concat(words.slice(pattern.length).filter((count) => count > 0)),
        [...pattern],
      )
    })
  }

  it("more factors than half of 64 or 128 runs have the published numbers of words of 3 and 4 factors", () => {
    // Complementary designs as in Block and Mee (2005), appendix; Suen, Chen and Wu (1997).
    const above: ReadonlyArray<readonly [number, number, number, number]> = [
      [33, 64, 16, 1240],
      [40, 64, 128, 1691],
      [46, 64, 224, 2773],
      [65, 128, 32, 10416],
      [72, 128, 256, 11312],
      [77, 128, 416, 12926],
    ]
    for (const [factors, runs, three, four] of above) {
      const pattern = Fraction.wordLengthPattern(fractionOf(factors, runs), 4)
      assert.deepStrictEqual(pattern.slice(3), [three, four])
    }
  })

  // NIST/SEMATECH e-Handbook of Statistical Methods, section 5.3.3.4.7: largest resolution by factors and runs.
  const handbook: ReadonlyArray<readonly [factors: number, runs: number, resolution: number]> = [
    [3, 4, 3],
    [4, 8, 4],
    [5, 16, 5],
    [5, 8, 3],
    [6, 32, 6],
    [6, 16, 4],
    [6, 8, 3],
    [7, 64, 7],
    [7, 32, 4],
    [7, 16, 4],
    [7, 8, 3],
    [8, 128, 8],
    [8, 64, 5],
    [8, 32, 4],
    [8, 16, 4],
    [9, 128, 6],
    [9, 64, 4],
    [9, 32, 4],
    [9, 16, 3],
    [10, 128, 5],
    [10, 64, 4],
    [10, 32, 4],
    [10, 16, 3],
    [11, 128, 5],
    [11, 64, 4],
    [11, 32, 4],
    [11, 16, 3],
    [15, 16, 3],
    [31, 32, 3],
  ]
  it("resolutions are those of the handbook", () => {
    for (const [factors, runs, resolution] of handbook) {
      assert.strictEqual(Fraction.resolutionOf(fractionOf(factors, runs)), resolution, `${factors} in ${runs}`)
    }
  })

  it("a wanted resolution takes the smallest size that has it, and a full factorial counts as any", () => {
    const runsFor = (factors: number, resolution: number): number =>
      Fraction.runsOf(Result.getOrThrow(MinimumAberration.smallestOfResolution(factors, resolution)))
    assert.strictEqual(runsFor(3, 3), 4)
    assert.strictEqual(runsFor(3, 4), 8)
    assert.strictEqual(runsFor(6, 4), 16)
    assert.strictEqual(runsFor(8, 5), 64)
    assert.strictEqual(runsFor(11, 5), 128)
    assert.isTrue(Result.isFailure(MinimumAberration.smallestOfResolution(12, 5)))
    for (const resolution of [1, 2, 3.5, Number.NaN, -1]) {
      assert.isTrue(Result.isFailure(MinimumAberration.smallestOfResolution(5, resolution)))
    }
    assert.isTrue(Result.isFailure(MinimumAberration.smallestOfResolution(1e9, 3)))
  })

  it("a size that does not exist is refused with the nearest one", () => {
    for (const runs of [0, 3, 12, 1e9, Number.NaN, -8]) {
      const refused = MinimumAberration.minimumAberration(5, runs)
      assert.isTrue(Result.isFailure(refused))
    }
    const refused = Result.flip(MinimumAberration.minimumAberration(5, 1e9))
    assert.match(Result.getOrThrow(refused).hints.join(), /runs: 128/)
    assert.match(Result.getOrThrow(Result.flip(MinimumAberration.minimumAberration(8, 8))).hints.join(), /runs: 16/)
    assert.match(
      Result.getOrThrow(Result.flip(MinimumAberration.minimumAberration(3, 16))).hints.join(),
      /runs: 8 with design_spec.replicates: 2/,
    )
  })
})

describe("fractions by generators", () => {
  it("signs of generators reach the words and the table", () => {
    const fraction = Result.getOrThrow(withGenerators(6, "E=ABC", "F=-BCD"))
    assert.deepStrictEqual(
      Fraction.definingWords(fraction).words.map((word) => Fraction.wordText(fraction.names, word)),
      // ABCE times -BCDF is -ADEF: by hand.
      ["ABCE", "-ADEF", "-BCDF"],
    )
    const { rows } = Fraction.table(fraction)
    assert.deepStrictEqual(
      product(rows, [5]),
      product(rows, [1, 2, 3]).map((value) => -value),
    )
    assert.deepStrictEqual(product(rows, [4]), product(rows, [0, 1, 2]))
    assert.deepStrictEqual(rows[0], [-1, -1, -1, -1, -1, 1])
    assert.deepStrictEqual(rows[1]?.slice(0, 4), [1, -1, -1, -1])
  })

  it("a factor may be named by its own name, and a generator may use a factor that another one makes", () => {
    const fraction = Result.getOrThrow(
      Fraction.fromGenerators({
        factors: 5,
        names: ["dose", "time", "heat", "dye", "lamp"],
        generators: ["lamp = -dye * heat", "dye=dose:time"],
      }),
    )
    assert.strictEqual(Fraction.runsOf(fraction), 8)
    const { rows } = Fraction.table(fraction)
    assert.deepStrictEqual(
      product(rows, [4]),
      product(rows, [0, 1, 2]).map((value) => -value),
    )
    assert.deepStrictEqual(Fraction.generatorsOf(fraction), ["dye=dose:time", "lamp=-dose:time:heat"])
  })

  const hostile: ReadonlyArray<
    readonly [why: string, factors: number, generators: ReadonlyArray<string>, says: RegExp]
  > = [
    ["an unknown factor", 5, ["E=ABX"], /"X" is no factor/],
    ["an unknown left side", 5, ["Z=ABC"], /"Z" is no factor/],
    ["itself", 5, ["E=ABE"], /names E itself/],
    ["a factor twice", 5, ["E=ABA"], /names A twice/],
    ["the same generator twice", 5, ["E=ABC", "E=ABC"], /stands twice/],
    ["two generators for one factor", 5, ["E=ABC", "E=ABD"], /contradict each other/],
    ["a single factor", 5, ["E=-A"], /same column/],
    ["two factors with one column", 6, ["E=ABC", "F=-ABC"], /F the same column as E/],
    ["a circle", 6, ["E=AF", "F=BE"], /in a circle/],
    ["no equals sign", 5, ["EABC"], /is no generator/],
    ["two equals signs", 5, ["E=A=B"], /is no generator/],
    ["nothing on the right", 5, ["E="], /is no generator/],
    ["a very long text", 5, [`E=${"A".repeat(1e6)}`], /is no generator/],
    ["too many runs", 20, ["E=ABC"], /at most|from 4 to 128/],
    ["more generators than factors", 2, ["A=B", "B=A", "C=A"], /3 generators for 2 factors/],
    ["no factors", 0, [], /0 factors/],
    ["a billion factors", 1e9, ["B=A"], /factors/],
  ]
  for (const [why, factors, generators, says] of hostile) {
    it(`generators with ${why} are refused`, () => {
      const refused = withGenerators(factors, ...generators)
      assert.isTrue(Result.isFailure(refused))
      const error = Result.getOrThrow(Result.flip(refused))
      assert.match(error.problem, says)
      assert.isBelow(error.message.length, 1000)
      assert.isAbove(error.hints.length, 0)
    })
  }
})

describe("aliases", () => {
  it("is symmetric: where one effect names another, that one names it with the same sign", () => {
    for (const [factors, runs] of [
      [5, 8],
      [7, 16],
      [9, 16],
      [12, 32],
      [40, 64],
    ] as const) {
      const aliases = Aliases.aliasesOfSize(fractionOf(factors, runs), 2)
      for (const [effect, others] of aliases) {
        for (const other of others) {
          const [sign, name] = other.startsWith("-") ? ["-", other.slice(1)] : ["", other]
          if (name.length === 2) assert.include(aliases.get(name) ?? [], `${sign}${effect}`)
        }
      }
    }
  })

  it("effects are aliased exactly where their columns in the table are equal, with the sign of the table", () => {
    const fractions = [
      Result.getOrThrow(withGenerators(6, "E=-ABC", "F=BCD")),
      Result.getOrThrow(withGenerators(7, "D=-AB", "E=-AC", "F=BC", "G=-ABC")),
      fractionOf(9, 32),
      foldOver(Result.getOrThrow(withGenerators(6, "D=-AB", "E=AC", "F=-BC")), [1]),
      foldOver(fractionOf(6, 8)),
    ]
    for (const fraction of fractions) {
      const { rows } = Fraction.table(fraction)
      const effects = [1, 2].flatMap((size) => Aliases.effectsOf(fraction.columns.length, size))
      for (const effect of effects) {
        const own = product(rows, effect)
        const expected = effects.flatMap((other) => {
          if (other === effect) return []
          const text = Fraction.productText(other.map((place) => fraction.names[place] ?? ""))
          const dot = product(rows, other).reduce((sum, value, run) => sum + value * (own[run] ?? 0), 0)
          return dot === rows.length ? [text] : dot === -rows.length ? [`-${text}`] : []
        })
        assert.deepStrictEqual(Aliases.aliasesOf(fraction, effect), expected)
      }
    }
  })

  it("the alias table names each main effect and two-factor interaction once", () => {
    const fraction = Result.getOrThrow(withGenerators(6, "E=ABC", "F=-BCD"))
    const sets = Aliases.aliasTable(fraction)
    const named = sets.flatMap((set) => [set.effect, ...set.aliases]).map((name) => name.replace("-", ""))
    assert.strictEqual(named.length, 6 + 15)
    assert.strictEqual(new Set(named).size, 21)
    assert.deepStrictEqual(
      sets.find((set) => set.effect === "AD"),
      // ADEF is negative, so AD = -EF: by hand.
      { effect: "AD", aliases: ["-EF"] },
    )
    assert.deepStrictEqual(
      sets.find((set) => set.effect === "AE"),
      { effect: "AE", aliases: ["BC", "-DF"] },
    )
  })

  it("clear, strong and aliased effects of a 2^(7-2) of resolution IV are those of the literature", () => {
    // Chen, Sun and Wu (1993), design 7-2.1: 15 clear two-factor interactions, all main effects clear.
    const { aliased, clear, strong } = Aliases.clearEffects(fractionOf(7, 32))
    assert.strictEqual(clear.filter((name) => name.length === 1).length, 7)
    assert.strictEqual(clear.filter((name) => name.length === 2).length, 15)
    assert.strictEqual(aliased.length, 6)
    // The one word of four factors ties four main effects to three-factor interactions; the other three stand alone.
    assert.strictEqual(strong.filter((name) => name.length === 1).length, 3)
  })
})

describe("fold-over", () => {
  it("on all factors turns resolution III into IV and keeps only words of even length", () => {
    const fraction = Result.getOrThrow(withGenerators(7, "D=AB", "E=AC", "F=BC", "G=ABC"))
    assert.strictEqual(Fraction.resolutionOf(fraction), 3)
    const combined = foldOver(fraction)
    assert.strictEqual(Fraction.runsOf(combined), 16)
    assert.strictEqual(Fraction.resolutionOf(combined), 4)
    // 2^(7-4) has 7 words of 3, 7 of 4 and 1 of 7 factors; the seven of 4 stay (Montgomery, section 8.6).
    assert.deepStrictEqual(Fraction.wordLengthPattern(combined), [1, 0, 0, 0, 7, 0, 0, 0])
    const { rows } = Fraction.table(combined)
    assert.deepStrictEqual(rows.slice(0, 8), Fraction.table(fraction).rows)
    assert.deepStrictEqual(
      rows.slice(8),
      Fraction.table(fraction).rows.map((row) => row.map((value) => -value)),
    )
  })

  it("on one factor clears its main effect and all its interactions", () => {
    const fraction = Result.getOrThrow(withGenerators(7, "D=AB", "E=AC", "F=BC", "G=ABC"))
    const combined = foldOver(fraction, [3])
    assert.deepStrictEqual(
      Aliases.aliasTable(combined).filter((set) => set.effect.includes("D") && set.aliases.length > 0),
      [],
    )
    assert.isTrue(Aliases.clearEffects(combined).clear.includes("AD"))
    const { rows } = Fraction.table(combined)
    assert.deepStrictEqual(rows.slice(0, 8), Fraction.table(fraction).rows)
  })

  it("keeps the signs of the words that stay", () => {
    const fraction = Result.getOrThrow(withGenerators(5, "D=-AB", "E=-ABC"))
    const combined = foldOver(fraction)
    assert.deepStrictEqual(
      Fraction.definingWords(combined).words.map((word) => Fraction.wordText(combined.names, word)),
      ["-ABCE"],
    )
    const analysed = Result.getOrThrow(analyseTwoLevelTable(Fraction.table(combined).rows))
    assert.deepStrictEqual(analysed.definingWords, ["-ABCE"])
  })
})

describe("analysing a two-level table", () => {
  for (const template of fixture.seed_frac2_templates) {
    it(`the predecessor's template of ${template.factors} factors has the words and aliases of the fixture`, () => {
      const base = Math.log2(template.runs)
      const letters = Fraction.lettersOf(template.factors)
      // The predecessor's rows: its last basic factor changes fastest.
      const rows = Array.from({ length: template.runs }, (_, run) => {
        const values: Array<number> = Array.from({ length: base }, (_, place) =>
          ((run >> (base - 1 - place)) & 1) === 0 ? -1 : 1,
        )
        for (const word of Object.values(template.generators)) {
          values.push([...word].reduce((value, letter) => value * (values[letters.indexOf(letter)] ?? 0), 1))
        }
        return values
      })
      const analysed = Result.getOrThrow(analyseTwoLevelTable(rows))
      assert.deepStrictEqual(analysed.definingWords, template.defining_words)
      assert.strictEqual(analysed.resolution ?? null, template.resolution)
      assert.closeTo(analysed.dEfficiency / 100, template.d_efficiency_main_effects, 1e-12)
      assert.deepStrictEqual(
        Object.fromEntries(
          Array.from(analysed.twoFactorAliases ?? [], ([effect, names]) => [effect, names.toSorted()]),
        ),
        template.two_factor_aliases,
      )
      assert.deepStrictEqual(
        analysed.generators,
        Object.entries(template.generators).map(([factor, word]) => `${factor}=${word}`),
      )
    })
  }

  it("finds back every fraction from its rows, whatever their order", () => {
    for (const [factors, runs] of allSizes.filter(([factors]) => factors <= 20)) {
      const fraction = fractionOf(factors, runs)
      const rows = Fraction.table(fraction).rows.toReversed()
      const analysed = Result.getOrThrow(analyseTwoLevelTable(rows))
      assert.deepStrictEqual(analysed.generators, Fraction.generatorsOf(fraction))
      assert.strictEqual(analysed.resolution, Fraction.resolutionOf(fraction))
      assert.closeTo(analysed.dEfficiency, 100, 1e-9)
    }
  })

  it("a table that is no regular fraction has no words, and a table that cannot estimate has efficiency 0", () => {
    const threeOfFour = [
      [-1, -1],
      [1, -1],
      [-1, 1],
    ]
    const partial = Result.getOrThrow(analyseTwoLevelTable(threeOfFour))
    assert.strictEqual(partial.fraction, undefined)
    // det(X'X) = 16 for this table, by hand: 16^(1/3) / 3.
    assert.closeTo(partial.dEfficiency, (100 * Math.cbrt(16)) / 3, 1e-9)
    const twins = Result.getOrThrow(
      analyseTwoLevelTable([
        [-1, -1],
        [1, 1],
        [-1, -1],
        [1, 1],
      ]),
    )
    assert.strictEqual(twins.dEfficiency, 0)
    assert.deepStrictEqual(twins.definingWords, ["AB"])
    const constant = Result.getOrThrow(
      analyseTwoLevelTable([
        [-1, -1],
        [1, -1],
      ]),
    )
    assert.deepStrictEqual(constant.definingWords, ["-B"])
  })

  it("hostile tables are refused", () => {
    for (const rows of [[], [[]], [[1, 0]], [[1], [1, -1]], [[Number.NaN]], Array.from({ length: 5000 }, () => [1])]) {
      assert.isTrue(Result.isFailure(analyseTwoLevelTable(rows)))
    }
  })
})
