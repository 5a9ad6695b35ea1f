import * as Result from "effect/Result"
import { describe, expect, it } from "vitest"
import { buildDesign } from "../../src/BuildDesign.ts"
import { type Aliasing } from "../../src/Design.ts"
import { aliasingOf, pairsMax } from "../../src/designs/Aliasing.ts"
import { DesignKind } from "../../src/Study.ts"
import * as StudyFile from "../../src/StudyFile.ts"
import type { StudyInput } from "../../src/StudyInput.ts"
import type { Value } from "../../src/Value.ts"

const levels = (names: string, values: ReadonlyArray<Value>) =>
  [...names].map((name) => StudyFile.factor(name, [...values]))

const twoLevels = levels("abcd", [0, 1])
const threeNumbers = levels("abcd", [0, 1, 2])
const threeWords = (names: string) => levels(names, ["x", "y", "z"])
const k = { name: "k", levels: ["1", "2", "3"] }

/** A study of each kind that is built from the study alone. */
const studies: Readonly<Record<Exclude<DesignKind, "custom_matrix">, Omit<StudyInput, "studyId" | "title">>> = {
  full_factorial: { factors: twoLevels, designSpec: { kind: "full_factorial" } },
  constrained_factorial: { factors: twoLevels, designSpec: { kind: "constrained_factorial" } },
  randomized_block: { factors: twoLevels, blocks: [k], designSpec: { kind: "randomized_block" } },
  repeated_measures: { factors: twoLevels, blocks: [k], designSpec: { kind: "repeated_measures" } },
  latin_square: {
    factors: threeWords("rct"),
    designSpec: { kind: "latin_square", options: { row_factor: "r", column_factor: "c", treatment_factor: "t" } },
  },
  latin_hypercube: { factors: twoLevels, designSpec: { kind: "latin_hypercube", nSamples: 12 } },
  fractional_factorial_2level: { factors: twoLevels, designSpec: { kind: "fractional_factorial_2level" } },
  fractional_factorial: {
    factors: levels("abcde", [0, 1]),
    designSpec: { kind: "fractional_factorial", options: { resolution: 3 } },
  },
  plackett_burman: { factors: twoLevels, designSpec: { kind: "plackett_burman" } },
  definitive_screening: { factors: threeNumbers, designSpec: { kind: "definitive_screening" } },
  central_composite: { factors: twoLevels, designSpec: { kind: "central_composite" } },
  box_behnken: { factors: threeNumbers, designSpec: { kind: "box_behnken" } },
  randomized_latin_square: {
    factors: threeWords("rct"),
    designSpec: {
      kind: "randomized_latin_square",
      options: { row_factor: "r", column_factor: "c", treatment_factor: "t" },
    },
  },
  graeco_latin_square: {
    factors: threeWords("rctg"),
    designSpec: {
      kind: "graeco_latin_square",
      options: { row_factor: "r", column_factor: "c", treatment_factor: "t", greek_factor: "g" },
    },
  },
  williams: {
    factors: levels("t", ["x", "y", "z", "w"]),
    designSpec: { kind: "williams", options: { subjects: 8 } },
  },
  complete_counterbalancing: {
    factors: threeWords("t"),
    designSpec: { kind: "complete_counterbalancing", options: { subjects: 6 } },
  },
  randomized_complete_block: {
    factors: threeWords("t"),
    blocks: [k],
    designSpec: { kind: "randomized_complete_block" },
  },
  balanced_incomplete_block: {
    factors: levels("t", ["1", "2", "3", "4", "5", "6", "7"]),
    designSpec: { kind: "balanced_incomplete_block", options: { block_size: 3 } },
  },
  split_plot: {
    factors: [StudyFile.factor("h", ["x", "y"]), StudyFile.factor("s", ["p", "q"])],
    designSpec: { kind: "split_plot", options: { hard_to_change: ["h"], whole_plots: 4 } },
  },
  space_filling_latin_hypercube: {
    factors: twoLevels,
    designSpec: { kind: "space_filling_latin_hypercube", nSamples: 12 },
  },
  sobol: { factors: twoLevels, designSpec: { kind: "sobol", nSamples: 16 } },
  halton: { factors: twoLevels, designSpec: { kind: "halton", nSamples: 16 } },
  optimal: { factors: threeNumbers, designSpec: { kind: "optimal", nSamples: 16 } },
}

const reportOf = (input: Omit<StudyInput, "studyId" | "title">) =>
  Result.getOrThrow(buildDesign(Result.getOrThrow(StudyFile.make({ studyId: "s", title: "S", ...input })))).report

const aliasingIn = (kind: Exclude<DesignKind, "custom_matrix">): Aliasing => {
  const { aliasing } = reportOf(studies[kind])
  if (aliasing === undefined) throw new Error(`${kind} has no aliasing`)
  return aliasing
}

const correlation = (aliasing: Aliasing, effect: string, other: string): number | undefined =>
  aliasing.pairs.find((pair) => pair.effect === effect && pair.with === other)?.correlation

const rowsOf = (names: string, rows: ReadonlyArray<ReadonlyArray<Value>>) =>
  rows.map((row) => new Map([...names].map((name, at) => [name, row[at] ?? null])))

const column = (name: string, range?: readonly [number, number]) => ({ name, range, block: false })

describe("what designs mix up", () => {
  it("every kind of design reports balance, efficiency and aliasing", () => {
    const kinds = DesignKind.literals.filter((kind) => kind !== "custom_matrix")
    expect(Object.keys(studies).sort()).toEqual([...kinds].sort())
    for (const kind of kinds) {
      const report = reportOf(studies[kind])
      expect(report.balance.length, kind).toBeGreaterThan(0)
      expect(report.dEfficiency, kind).toBeGreaterThan(0)
      expect(report.aEfficiency, kind).toBeGreaterThan(0)
      expect(report.model, kind).toBeDefined()
      expect(report.aliasing?.mainWithMain, kind).toBeGreaterThanOrEqual(0)
      expect(report.aliasing?.compared, kind).toMatch(/^main effects/)
    }
  })

  it("a Latin square tells treatments from rows and columns, but not from their interaction", () => {
    const aliasing = aliasingIn("randomized_latin_square")
    expect(aliasing.mainWithMain).toBe(0)
    expect(correlation(aliasing, "t", "r:c")).toBe(1)
    expect(aliasing.mainWithSecondOrder).toBe(1)
  })

  it("a fraction of resolution III mixes main effects with interactions, and its alias sets name the same pairs", () => {
    const { aliases = [], aliasing } = reportOf(studies.fractional_factorial)
    const named = aliases.flatMap(({ aliases: others, effect }) => others.map((other) => `${effect} ${other}`))
    expect(aliasing?.mainWithSecondOrder).toBe(1)
    const main = (aliasing?.pairs ?? []).filter((pair) => pair.effect.length === 1)
    expect(main.length).toBeGreaterThan(0)
    for (const pair of main) {
      expect(named.map((text) => text.replaceAll(/[-*:·]/g, ""))).toContain(
        `${pair.effect} ${pair.with.replace(":", "")}`,
      )
    }
  })

  it("12 Plackett-Burman runs mix each main effect with each interaction of two others by one third", () => {
    const { aliasing } = reportOf({
      factors: levels("abcdefghijk", [0, 1]),
      designSpec: { kind: "plackett_burman", options: { runs: 12 } },
    })
    expect(aliasing?.mainWithMain).toBe(0)
    expect(aliasing?.mainWithSecondOrder).toBe(0.333333)
  })

  it("a definitive screening design keeps main effects clear of everything of second order", () => {
    const aliasing = aliasingIn("definitive_screening")
    expect(aliasing.mainWithMain).toBe(0)
    expect(aliasing.mainWithSecondOrder).toBe(0)
    expect(aliasing.secondWithSecondOrder).toBeGreaterThan(0.3)
  })

  it("a Williams square mixes treatments with what the treatment before leaves behind by 1 over the root of 12", () => {
    // Direct effects stand 4 times in 16 runs, carry-over 3 times; each ordered pair of two stands once, so the
    // product of a contrast with itself is -1: 1 / sqrt(4 * 3).
    const aliasing = aliasingIn("williams")
    expect(correlation(aliasing, "t", "carry-over of t")).toBeCloseTo(1 / Math.sqrt(12), 6)
    expect(correlation(aliasing, "t", "subject")).toBeUndefined()
    expect(correlation(aliasing, "t", "period")).toBeUndefined()
  })

  it("an incomplete block design mixes treatments with blocks by what its efficiency factor leaves", () => {
    // Its efficiency factor E is the share of a treatment contrast within blocks; the share between them is 1 - E.
    const { aliasing, measures } = reportOf(studies.balanced_incomplete_block)
    expect(aliasing?.mainWithMain).toBeCloseTo(Math.sqrt(1 - (measures?.["efficiency_factor"] ?? 0)), 6)
  })

  it("a split plot shows that the hard factor is compared between whole plots only, the other within them", () => {
    const aliasing = aliasingIn("split_plot")
    expect(correlation(aliasing, "h", "whole_plot")).toBe(1)
    expect(correlation(aliasing, "s", "whole_plot")).toBeUndefined()
  })

  it("what constraints exclude is not in the aliasing", () => {
    const { aliasing } = reportOf({
      factors: levels("ab", ["0", "1"]),
      constraints: [{ constraintId: "c", expression: "a == b" }],
      designSpec: { kind: "constrained_factorial" },
    })
    expect(aliasing?.mainWithMain).toBe(1)
  })
})

describe("what a design is worth", () => {
  it("is told over the range that the study states, not over what its points happen to reach", () => {
    // 10 Sobol points of two factors from -1 to 1. NumPy, of the same points: 100 det(X'X)^(1/3) / 10 with X = [1 a b], and
    // the trace of inv(X'X) diag(1, 1/3, 1/3).
    const study = Result.getOrThrow(
      StudyFile.make({
        studyId: "s",
        title: "S",
        factors: levels("ab", [-1, 1]),
        designSpec: {
          kind: "sobol",
          nSamples: 10,
          options: {
            bounds: new Map([
              ["a", [-1, 1]],
              ["b", [-1, 1]],
            ]),
          },
        },
      }),
    )
    const { conditions, report } = Result.getOrThrow(buildDesign(study))
    const x = conditions.map(({ factorAssignments }) => [
      1,
      ...["a", "b"].map((name) => Number(factorAssignments.get(name))),
    ])
    const sum = (i: number, j: number) => x.reduce((total, row) => total + (row[i] ?? 0) * (row[j] ?? 0), 0)
    const determinant =
      sum(0, 0) * (sum(1, 1) * sum(2, 2) - sum(1, 2) ** 2) -
      sum(0, 1) * (sum(0, 1) * sum(2, 2) - sum(1, 2) * sum(0, 2)) +
      sum(0, 2) * (sum(0, 1) * sum(1, 2) - sum(1, 1) * sum(0, 2))
    expect(report.dEfficiency).toBeCloseTo((100 * Math.cbrt(determinant)) / 10, 8)
    expect(report.predictionRegion).toBe("everything between low and high")
  })

  it("names the region of the average prediction variance, which two kinds take differently for the same runs", () => {
    const factors = levels("ab", [-1, 1])
    const full = reportOf({ factors, designSpec: { kind: "full_factorial" } })
    const screening = reportOf({ factors, designSpec: { kind: "plackett_burman" } })
    // 4 runs, 3 parameters: 3/4 over the corners, (1 + 1/3 + 1/3)/4 over the square.
    expect([full.iVariance, full.predictionRegion]).toEqual([0.75, "all combinations of the levels"])
    expect(screening.iVariance).toBeCloseTo(5 / 12, 10)
    expect(screening.predictionRegion).toBe("everything between low and high")
  })
})

describe("aliasing of rows", () => {
  it("two columns of numbers are compared by their correlation", () => {
    // Correlation of 1 2 3 4 with 1 3 2 4 is 0.8, by hand.
    const rows = rowsOf("ab", [
      [1, 1],
      [2, 3],
      [3, 2],
      [4, 4],
    ])
    expect(aliasingOf(rows, [column("a", [1, 4]), column("b", [1, 4])])?.mainWithMain).toBe(0.8)
  })

  it("it does not depend on the order of rows, on names of levels or on the scale of numbers", () => {
    const table = Array.from({ length: 24 }, (_, index) => [(index * 7) % 5, (index * 11) % 13, index % 3])
    const columns = [column("a", [0, 4]), column("b", [0, 12]), column("c")]
    const before = aliasingOf(rowsOf("abc", table), columns)
    const after = aliasingOf(
      rowsOf(
        "abc",
        table.toReversed().map(([a = 0, b = 0, c = 0]) => [a * 1000 + 3, -b, `level ${(c + 1) % 3}`]),
      ),
      [column("a", [3, 4003]), column("b", [-12, 0]), column("c")],
    )
    expect(after?.mainWithMain).toBeCloseTo(before?.mainWithMain ?? -1, 5)
    expect(after?.mainWithMain).toBeGreaterThan(0)
  })

  it("a column that repeats another is not to be told from it, a constant one is left out", () => {
    const rows = rowsOf("abc", [
      [0, "x", 1],
      [1, "y", 1],
      [2, "z", 1],
      [0, "x", 1],
    ])
    const aliasing = aliasingOf(rows, [column("a"), column("b"), column("c")])
    expect(aliasing?.mainWithMain).toBe(1)
    expect(aliasing?.pairs.every((pair) => !pair.effect.includes("c") && !pair.with.includes("c"))).toBe(true)
  })

  it("nothing that varies gives no aliasing", () => {
    expect(aliasingOf(rowsOf("a", [[1], [1]]), [column("a")])).toBeUndefined()
    expect(aliasingOf([], [column("a")])).toBeUndefined()
  })

  it("what is too large to compare is left out and said, and long lists of pairs are cut and counted", () => {
    const names = "abcdefghijklmnopqrstuvwxyz"
    const wide = aliasingOf(
      rowsOf(
        names,
        Array.from({ length: 600 }, (_, row) => Array.from(names, (_name, at) => (row * (at + 3) * 7919) % 101)),
      ),
      [...names].map((name) => column(name, [0, 100])),
    )
    expect(wide?.compared).toContain("too large")
    expect(wide?.secondWithSecondOrder).toBeUndefined()
    expect(wide?.pairs.length).toBe(pairsMax)
    expect(wide?.pairsFound).toBeGreaterThan(pairsMax)
    const long = aliasingOf(
      rowsOf(
        "ab",
        Array.from({ length: 9000 }, (_, row) => [`${row % 300}`, `${row % 299}`]),
      ),
      [column("a"), column("b")],
    )
    expect(long).toBeUndefined()
  })
})
