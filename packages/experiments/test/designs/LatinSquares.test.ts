import { assert, describe, it } from "@effect/vitest"
import * as GaloisField from "../../src/designs/GaloisField.ts"
import * as GraecoLatin from "../../src/designs/GraecoLatin.ts"
import * as LatinSquares from "../../src/designs/LatinSquares.ts"
import * as MersenneTwister from "../../src/MersenneTwister.ts"
import { built, column, groups, refused } from "./combinatorialStudy.ts"

const levels = (name: string, count: number) => Array.from({ length: count }, (_, index) => `${name}${index + 1}`)

describe("Latin squares", () => {
  it("a random square of every order up to 30, and of 64, is Latin", () => {
    const random = MersenneTwister.make(3)
    for (const order of [...Array.from({ length: 30 }, (_, index) => index + 1), 64]) {
      assert.isTrue(LatinSquares.isLatin(LatinSquares.randomized(order, random)), String(order))
    }
  })

  it("the check refuses what is no Latin square", () => {
    assert.isFalse(
      LatinSquares.isLatin([
        [0, 1],
        [0, 1],
      ]),
    ) // a column repeats
    assert.isFalse(
      LatinSquares.isLatin([
        [0, 0],
        [1, 1],
      ]),
    ) // a row repeats
    assert.isFalse(
      LatinSquares.isLatin([
        [0, 2],
        [2, 0],
      ]),
    ) // a symbol is out of range
    assert.isFalse(LatinSquares.isLatin([[0, 1], [1]]))
  })

  // The numbers of squares are printed by test/reference/latin_squares.py; the bounds are chi-square quantiles 0.9999
  // printed by test/reference/split_plot.R.
  it.each([
    [3, 12, 37.36],
    [4, 576, 709.7],
  ])("squares of order %i are drawn equally often from all %i", (order, count, bound) => {
    const random = MersenneTwister.make(20)
    const expected = 50
    const seen = new Map<string, number>()
    for (let draw = 0; draw < count * expected; draw++) {
      const key = LatinSquares.randomized(order, random).flat().join("")
      seen.set(key, (seen.get(key) ?? 0) + 1)
    }
    assert.strictEqual(seen.size, count)
    const chiSquare = [...seen.values()].reduce((sum, n) => sum + (n - expected) ** 2 / expected, 0)
    assert.isBelow(chiSquare, bound)
  })

  it("fields of 4, 8, 9, 25 and 27 elements have inverses and distribute", () => {
    for (const order of [2, 4, 7, 8, 9, 25, 27]) {
      const field = GaloisField.make(order)
      if (field === undefined) throw new Error(`no field of ${order}`)
      const all = Array.from({ length: order }, (_, element) => element)
      for (const a of all) {
        assert.strictEqual(new Set(all.map((b) => field.add(a, b))).size, order)
        if (a > 0) assert.strictEqual(new Set(all.map((b) => field.multiply(a, b))).size, order)
        for (const b of all.slice(0, 5)) {
          for (const c of all.slice(-5)) {
            assert.strictEqual(
              field.multiply(a, field.add(b, c)),
              field.add(field.multiply(a, b), field.multiply(a, c)),
            )
          }
        }
      }
    }
    assert.isUndefined(GaloisField.make(6))
    assert.isUndefined(GaloisField.make(1))
    assert.isUndefined(GaloisField.make(512))
  })

  it("orthogonal pairs are made for every order from 3 to 45 but 6, and the pair check holds for each", () => {
    for (let order = 3; order <= 45; order++) {
      const pair = GraecoLatin.pairOf(order)
      if (order === 6) {
        assert.isUndefined(pair)
        continue
      }
      if (pair === undefined) throw new Error(`no pair of order ${order}`)
      assert.isTrue(GraecoLatin.isOrthogonal(pair), String(order))
    }
  })

  it("the pair check refuses a square with itself", () => {
    assert.isFalse(GraecoLatin.isOrthogonal([LatinSquares.cyclic(3), LatinSquares.cyclic(3)]))
  })

  it("orders 2 and 6 have no pair, and the reason says so", () => {
    assert.include(GraecoLatin.whyNone(2), "order 2")
    assert.include(GraecoLatin.whyNone(6), "Tarry 1900")
    assert.deepStrictEqual([...GraecoLatin.nearestOrders(6)].sort(), [5, 7])
  })

  const square = {
    factors: { row: levels("r", 4), column: levels("c", 4), treatment: levels("t", 4) },
    options: { row_factor: "row", column_factor: "column", treatment_factor: "treatment" },
  }

  it("a study's square has each treatment once per row and column, and is orthogonal for main effects", () => {
    const { report, rows } = built("randomized_latin_square", square)
    assert.strictEqual(rows.length, 16)
    for (const part of ["row", "column"]) {
      for (const group of groups(rows, part).values()) {
        assert.strictEqual(new Set(column(group, "treatment")).size, 4)
      }
    }
    assert.closeTo(report.dEfficiency ?? 0, 100, 1e-9)
    assert.deepStrictEqual(
      report.balance.map(({ column: name, levels: count, ratio }) => [name, count, ratio]),
      [
        ["row", 4, 1],
        ["column", 4, 1],
        ["treatment", 4, 1],
      ],
    )
    assert.deepStrictEqual(
      column(rows, "row_index"),
      Array.from({ length: 16 }, (_, index) => index),
    )
    assert.strictEqual(rows[0]?.metadata.get("design_kind"), "randomized_latin_square")
  })

  it("the same seed gives the same square and another seed another one", () => {
    const of = (seed: number) => column(built("randomized_latin_square", { ...square, seed }).rows, "treatment")
    assert.deepStrictEqual(of(5), of(5))
    assert.notDeepEqual(of(5), of(6))
  })

  it("rows and columns may be blocks, and other columns are crossed with squares of their own", () => {
    const { rows } = built("randomized_latin_square", {
      factors: { drug: levels("d", 5), dose: ["low", "high"] },
      blocks: { animal: ["1", "2", "3", "4", "5"], day: [1, 2, 3, 4, 5] },
      options: { row_factor: "animal", column_factor: "day", treatment_factor: "drug" },
    })
    assert.strictEqual(rows.length, 50)
    const bySquare = [...groups(rows, "square").values()]
    assert.strictEqual(bySquare.length, 2)
    for (const group of bySquare) {
      assert.strictEqual(new Set(column(group, "dose")).size, 1)
      for (const animal of groups(group, "animal").values()) assert.strictEqual(new Set(column(animal, "drug")).size, 5)
      for (const day of groups(group, "day").values()) assert.strictEqual(new Set(column(day, "drug")).size, 5)
    }
    assert.isTrue(rows.every((row) => row.blocks.has("animal") && row.blocks.has("day") && !row.factors.has("day")))
    assert.notDeepEqual(column(bySquare[0] ?? [], "drug"), column(bySquare[1] ?? [], "drug"))
  })

  it("replicates are squares drawn anew", () => {
    const { report, rows } = built("randomized_latin_square", { ...square, spec: { replicates: 3 } })
    assert.strictEqual(rows.length, 48)
    assert.strictEqual(report.measures?.["squares"], 3)
  })

  it.each([3, 4, 5, 7, 8, 10, 12])("a Graeco-Latin study of order %i has each pair of treatments once", (order) => {
    const { report, rows } = built("graeco_latin_square", {
      factors: {
        row: levels("r", order),
        column: levels("c", order),
        latin: levels("l", order),
        greek: levels("g", order),
      },
    })
    assert.strictEqual(rows.length, order * order)
    const names = ["row", "column", "latin", "greek"]
    for (const [i, left] of names.entries()) {
      for (const right of names.slice(0, i)) {
        const pairs = new Set(rows.map((row) => `${row.factors.get(left)} ${row.factors.get(right)}`))
        assert.strictEqual(pairs.size, order * order, `${left} ${right}`)
      }
    }
    assert.closeTo(report.dEfficiency ?? 0, 100, 1e-9)
  })

  it("a Graeco-Latin square of order 6 is refused with the nearest orders", () => {
    const error = refused("graeco_latin_square", {
      factors: { a: levels("a", 6), b: levels("b", 6), c: levels("c", 6), d: levels("d", 6) },
    })
    assert.include(error.message, "Tarry 1900")
    assert.include(error.message, "nearest orders: 5 and 7")
  })

  it("unequal levels, unknown names, repeated parts and unknown options are refused by name", () => {
    assert.include(
      refused("randomized_latin_square", { factors: { a: ["1", "2"], b: ["1", "2", "3"], c: ["1", "2"] } }).message,
      "b has 3",
    )
    const other = (options: Record<string, string>) =>
      refused("randomized_latin_square", { ...square, options: { ...square.options, ...options } }).message
    assert.include(other({ row_factor: "rwo" }), '"rwo" is none of row, column, treatment')
    assert.include(other({ column_factor: "row" }), "another part")
    assert.include(other({ colour: "red" }), "unknown option")
    assert.include(refused("randomized_latin_square", {}).message, "row_factor")
    assert.include(
      refused("randomized_latin_square", { ...square, spec: { centerPoints: 2 } }).message,
      "no centre points",
    )
  })
})
