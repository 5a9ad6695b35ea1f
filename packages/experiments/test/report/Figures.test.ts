import { describe, expect, it } from "vitest"
import type { AnyFigure } from "../../src/report/Figure.ts"
import { isDrawn } from "../../src/report/Figure.ts"
import { halfNormalFigure } from "../../src/report/HalfNormalFigure.ts"
import { interactionFigure } from "../../src/report/InteractionFigure.ts"
import { mainEffectsFigure } from "../../src/report/MainEffectsFigure.ts"
import { paretoFigure } from "../../src/report/ParetoFigure.ts"
import { quantileFigure, residualsFigure } from "../../src/report/ResidualFigures.ts"
import { linear, niceStep, tickText } from "../../src/report/Scale.ts"
import { sequentialFigure } from "../../src/report/SequentialFigure.ts"
import * as Svg from "../../src/report/Svg.ts"
import { elements, parseMarkup, textOf } from "./strictMarkup.ts"

const hostile = `</text><script>alert(1)</script> "'&|\`\u202e\u0000 ${"x".repeat(5000)}`

const means = (factor: string, levels: ReadonlyArray<string>) => ({
  factor,
  points: levels.map((level, index) => ({ level, n: 3, mean: index, low: index - 1, high: index + 1 })),
})

const cells = (levels: ReadonlyArray<string>, lines: ReadonlyArray<string>) =>
  levels.flatMap((level, x) => lines.map((line, y) => ({ level, line, n: 2, mean: x * y })))

const effects = (names: ReadonlyArray<string>) => ({
  pareto: names.map((term, index) => ({ term, size: names.length - index })),
  paretoLimit: 1.5,
  halfNormal: names.map((term, index) => ({ term, score: (index + 1) / names.length, size: index + 1 })),
})

const look = (index: number, statistic: number | null) => ({
  look: index,
  replicates: index,
  informationFraction: index / 4,
  countLeft: index,
  countRight: index,
  estimate: 1,
  standardError: 1,
  statistic,
  boundary: 2.5,
  p: null,
  lower: null,
  upper: null,
  alphaSpent: null,
  stop: false,
  reason: "",
})

const all = (names: ReadonlyArray<string>): ReadonlyArray<AnyFigure> => {
  const [first = "a", second = "b"] = names
  const points = names.map((_, index) => ({ x: index, y: (index * 7) % 3 }))
  return [
    mainEffectsFigure({ outcome: first, level: 0.95, mainEffects: names.map((name) => means(name, names)) }),
    interactionFigure(first, { factors: [first, second], cells: cells(names, names) }),
    paretoFigure(first, effects([...names, "more", "and more"])),
    halfNormalFigure(first, effects([...names, "more", "and more"])),
    residualsFigure(first, points),
    quantileFigure(first, points),
    sequentialFigure({
      outcome: first,
      rule: "group_sequential",
      looks: names.map((_, i) => look(i + 1, i)),
      planned: [],
    }),
  ]
}

describe("figures", () => {
  it("every figure is well-formed, has a title and a description, and is an image to readers", () => {
    for (const names of [
      ["a", "b"],
      ["a"],
      [hostile, "b", "漢字の長い水準"],
      Array.from({ length: 40 }, (_, i) => `level ${i}`),
    ]) {
      for (const figure of all(names)) {
        if (!isDrawn(figure)) throw new Error(`${figure.id}: ${figure.reason}`)
        for (const text of [Svg.file(figure, "heddle-report 0"), Svg.inline(figure)]) {
          const root = parseMarkup(text)
          expect(root.name).toBe("svg")
          expect(root.attributes["role"]).toBe("img")
          const ids = (root.attributes["aria-labelledby"] ?? "").split(" ")
          const labels = elements(root).filter((node) => ids.includes(node.attributes["id"] ?? ""))
          expect(labels.map((node) => node.name)).toEqual(["title", "desc"])
          for (const label of labels) expect(textOf(label)).not.toBe("")
          const names = new Set(elements(root).map((node) => node.name))
          expect([...names].filter((name) => !known.has(name))).toEqual([])
        }
      }
    }
  })

  it("nothing of a figure lies outside of it", () => {
    for (const figure of all(["a", "b", "c"])) {
      if (!isDrawn(figure)) throw new Error(figure.reason)
      for (const node of elements(parseMarkup(Svg.inline(figure)))) {
        for (const key of ["x", "x1", "x2", "cx"]) {
          const value = node.attributes[key]
          if (value === undefined) continue
          expect(Number(value)).toBeGreaterThanOrEqual(0)
          expect(Number(value)).toBeLessThanOrEqual(figure.width)
        }
        for (const key of ["y", "cy"]) {
          const value = node.attributes[key]
          if (value === undefined || node.attributes["clip-path"] !== undefined) continue
          expect(Number(value)).toBeGreaterThanOrEqual(0)
          expect(Number(value)).toBeLessThanOrEqual(figure.height)
        }
      }
    }
  })

  it("where there is nothing to draw, a sentence stands", () => {
    const nothing = [
      mainEffectsFigure({ outcome: "y", level: 0.95, mainEffects: [] }),
      mainEffectsFigure({
        outcome: "y",
        level: 0.95,
        mainEffects: [{ factor: "a", points: [{ level: "x", n: 0, mean: null, low: null, high: null }] }],
      }),
      interactionFigure("y", { factors: ["a", "b"], cells: [] }),
      paretoFigure("y", { pareto: [], paretoLimit: null }),
      paretoFigure("y", effects(["one", "two"])),
      halfNormalFigure("y", effects(["one", "two"])),
      halfNormalFigure("y", { halfNormal: [], paretoLimit: null }),
      residualsFigure("y", []),
      quantileFigure("y", []),
      sequentialFigure({ outcome: "y", rule: "always_valid", looks: [look(1, null)], planned: [] }),
    ]
    for (const figure of nothing) {
      expect(isDrawn(figure)).toBe(false)
      if (!isDrawn(figure)) expect(figure.reason).toMatch(/^[A-Z].*\.$/)
    }
  })

  it("the same numbers give the same bytes", () => {
    const once = all(["a", "b"]).map((figure) => (isDrawn(figure) ? Svg.file(figure) : ""))
    expect(all(["a", "b"]).map((figure) => (isDrawn(figure) ? Svg.file(figure) : ""))).toEqual(once)
  })

  it("the means of a main effect stand where the scale puts them: higher means are higher up", () => {
    const figure = mainEffectsFigure({ outcome: "y", level: 0.95, mainEffects: [means("a", ["p", "q", "r"])] })
    if (!isDrawn(figure)) throw new Error(figure.reason)
    const marks = elements(parseMarkup(Svg.inline(figure))).filter((node) => node.name === "circle")
    const heights = marks.map((node) => Number(node.attributes["cy"]))
    expect(heights).toEqual([...heights].sort((a, b) => b - a))
    // Means 0, 1, 2 are evenly spaced.
    expect((heights[0] ?? 0) - (heights[1] ?? 0)).toBeCloseTo((heights[1] ?? 0) - (heights[2] ?? 0), 1)
  })

  it("bars beyond Lenth's limit are told apart by more than colour", () => {
    // Sizes 3, 2 and 1 with a limit of 1.5.
    const figure = paretoFigure("y", effects(["big", "middle", "small"]))
    if (!isDrawn(figure)) throw new Error(figure.reason)
    const labels = elements(parseMarkup(Svg.inline(figure))).filter((node) => node.attributes["class"] === "strong")
    expect(labels.map(textOf)).toEqual(["big", "middle"])
  })
})

const known = new Set([
  "svg",
  "title",
  "desc",
  "style",
  "rect",
  "line",
  "polyline",
  "polygon",
  "circle",
  "text",
  "g",
  "clipPath",
])

describe("scales", () => {
  it("steps are 1, 2 or 5 times a power of ten", () => {
    // By Heckbert's rule, by hand.
    expect([1, 7, 10, 24, 99, 0.03].map((span) => niceStep(span, 5))).toEqual(
      [0.2, 1, 2, 5, 20, 0.005].map((step) => expect.closeTo(step, 12)),
    )
  })

  it("ticks have the decimals of their step", () => {
    expect([
      tickText(0.30000000000000004, 0.1),
      tickText(2, 0.5),
      tickText(-1e-17, 0.1),
      tickText(2_500_000, 500_000),
      tickText(0.00002, 0.00001),
    ]).toEqual(["0.3", "2.0", "0", "2.5e6", "2e-5"])
  })

  it("extreme, equal, absent and endless numbers still give a scale", () => {
    const cases: ReadonlyArray<ReadonlyArray<number>> = [
      [],
      [5],
      [0, 0],
      [1e308, -1e308],
      [1e16, 1e16 + 2],
      [Number.MIN_VALUE, 0],
      [Number.NaN, Number.POSITIVE_INFINITY],
      [-3, 1e-12],
    ]
    for (const values of cases) {
      const scale = linear(values, 100, 0)
      expect(scale.ticks.length).toBeGreaterThan(0)
      expect(scale.ticks.length).toBeLessThanOrEqual(12)
      expect(new Set(scale.ticks.map(({ label }) => label)).size).toBe(scale.ticks.length)
      for (const value of values.filter(Number.isFinite)) {
        expect(scale.at(value)).toBeGreaterThanOrEqual(-1e-6)
        expect(scale.at(value)).toBeLessThanOrEqual(100 + 1e-6)
      }
    }
  })
})
