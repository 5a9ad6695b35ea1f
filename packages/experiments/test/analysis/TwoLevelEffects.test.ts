import { describe, expect, it } from "vitest"
import * as TwoLevelEffects from "../../src/analysis/TwoLevelEffects.ts"
import { allClose, close, expectJsonSafe } from "./Support.ts"

/** Columns of the 2^k factorial in standard order, the first factor fastest. */
const standard = (names: ReadonlyArray<string>): Map<string, Array<number>> =>
  new Map(
    names.map((name, place) => [
      name,
      Array.from({ length: 2 ** names.length }, (_, row) => (((row >> place) & 1) === 1 ? 1 : -1)),
    ]),
  )

describe("effects of two-level factors", () => {
  // Montgomery, Design and Analysis of Experiments, pilot plant filtration rate, 2^4 unreplicated: published effects
  // A 21.625, B 3.125, C 9.875, D 14.625, AC -18.125, AD 16.625; the others are small.
  const filtration = [45, 71, 48, 65, 68, 60, 80, 65, 43, 100, 45, 104, 75, 86, 70, 96]
  const found = TwoLevelEffects.twoLevelEffects({ response: filtration, factors: standard(["A", "B", "C", "D"]) })
  const effect = (term: string) => found.effects.find((row) => row.term === term)

  it("the filtration rate example has its published effects", () => {
    expect(found.effects).toHaveLength(15)
    for (const [term, value] of [
      ["A", 21.625],
      ["B", 3.125],
      ["C", 9.875],
      ["D", 14.625],
      ["A:B", 0.125],
      ["A:C", -18.125],
      ["A:D", 16.625],
      ["B:C", 2.375],
      ["B:D", -0.375],
      ["C:D", -1.125],
      ["A:B:C", 1.875],
      ["A:B:D", 4.125],
      ["A:C:D", -1.625],
      ["B:C:D", -2.625],
      ["A:B:C:D", 1.375],
    ] as const)
      close(effect(term)?.effect, value, 1e-12)
  })

  it("Lenth's error and margin follow his definition step by step", () => {
    // Sizes in order: .125 .375 1.125 1.375 1.625 1.875 2.375 2.625 3.125 4.125 9.875 ...; s0 = 1.5 * 2.625 = 3.9375,
    // sizes below 2.5 s0 = 9.84375 are the first ten, whose median is (1.625 + 1.875) / 2 = 1.75, so PSE = 2.625.
    close(found.pseudoStandardError, 2.625, 1e-12)
    // Margin: t(0.975; 5) = 2.5705818366147395 (R qt) times 2.625.
    close(found.marginOfError, 2.5705818366147395 * 2.625)
    // Simultaneous: gamma = (1 + 0.95^(1/15)) / 2, R qt(gamma, 5) * 2.625
    close(found.simultaneousMarginOfError, 13.6989595628024)
    close(effect("A")?.lenthT, 21.625 / 2.625, 1e-12)
  })

  it("half-normal scores are normal quantiles of the upper half", () => {
    const scores = TwoLevelEffects.halfNormalScores(3)
    // R: qnorm(0.5 + 0.5 * (1:3 - 0.5) / 3)
    allClose(scores, [0.2104283942479247, 0.6744897501960817, 1.382994127100638])
    expect(effect("A")?.halfNormalScore).toBe(Math.max(...found.effects.map((row) => row.halfNormalScore ?? 0)))
  })

  it("a half fraction lists what each effect stands for", () => {
    const base = standard(["A", "B", "C"])
    const d = (base.get("A") ?? []).map((value, i) => value * (base.get("B")?.[i] ?? 0) * (base.get("C")?.[i] ?? 0))
    const half = TwoLevelEffects.twoLevelEffects({
      response: [45, 100, 45, 65, 75, 60, 80, 96],
      factors: new Map([...base, ["D", d]]),
    })
    expect(half.effects.map((row) => row.term)).toEqual(["A", "B", "C", "D", "A:B", "A:C", "A:D"])
    expect(half.effects.find((row) => row.term === "A:B")?.aliases).toEqual(["C:D"])
    expect(half.effects.find((row) => row.term === "A")?.aliases).toEqual(["B:C:D"])
    // Montgomery's half fraction: A 19.00, B 1.50, C 14.00, D 16.50, AB -1.00, AC -18.50, AD 19.00.
    allClose(
      half.effects.map((row) => row.effect),
      [19, 1.5, 14, 16.5, -1, -18.5, 19],
      1e-12,
    )
  })

  it("constant, single and missing responses have notes and no false numbers", () => {
    for (const response of [[1, 1, 1, 1], [5], []]) {
      const factors = new Map([["A", response.map((_, i) => (i % 2 === 0 ? -1 : 1))]])
      const odd = TwoLevelEffects.twoLevelEffects({ response, factors })
      expectJsonSafe(odd)
      expect(odd.pseudoStandardError).toBeNull()
      expect(odd.notes.length).toBeGreaterThan(0)
    }
  })
})
