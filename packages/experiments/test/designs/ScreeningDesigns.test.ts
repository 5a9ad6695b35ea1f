import { assert, describe, it } from "@effect/vitest"
import { Result } from "effect"
import { readFileSync } from "node:fs"
import { aliasMatrix } from "../../src/designs/AliasMatrix.ts"
import { definitiveScreening, orderFor } from "../../src/designs/DefinitiveScreening.ts"
import { efficiencyOf } from "../../src/designs/Efficiency.ts"
import { conferenceMatrix, hadamardMatrix, isOrthogonal } from "../../src/designs/HadamardMatrix.ts"
import { modelMatrix } from "../../src/designs/ModelMatrix.ts"
import { plackettBurman, sizes } from "../../src/designs/PlackettBurman.ts"
import { definingWords } from "../../src/designs/TwoLevelFraction.ts"
import { analyseTwoLevelTable } from "../../src/designs/TwoLevelTable.ts"

const fixture: {
  readonly plackett_burman: ReadonlyArray<{
    readonly runs: number
    readonly first_row: string
    readonly matrix: ReadonlyArray<ReadonlyArray<number>>
  }>
} = JSON.parse(readFileSync(new URL("../fixtures/beyond_designs.json", import.meta.url), "utf8"))

const dot = (rows: ReadonlyArray<ReadonlyArray<number>>, of: (row: ReadonlyArray<number>) => number): number =>
  rows.reduce((sum, row) => sum + of(row), 0)

const at = (row: ReadonlyArray<number>, place: number): number => row[place] ?? Number.NaN

describe("Plackett-Burman designs", () => {
  it("the fixture has 8, 12, 20 and 24 runs", () => {
    assert.deepStrictEqual(
      fixture.plackett_burman.map((design) => design.runs),
      [8, 12, 20, 24],
    )
  })

  for (const { matrix, runs } of fixture.plackett_burman) {
    it(`${runs} runs are those of the fixture`, () => {
      assert.deepStrictEqual(Result.getOrThrow(plackettBurman(runs - 1, runs)).rows, matrix)
      assert.deepStrictEqual(
        Result.getOrThrow(plackettBurman(3, runs)).rows,
        matrix.map((row) => row.slice(0, 3)),
      )
    })
  }

  it("every multiple of 4 from 4 to 100 is orthogonal, balanced, and ends with all factors low", () => {
    assert.deepStrictEqual(
      [...sizes],
      Array.from({ length: 25 }, (_, place) => 4 * (place + 1)),
    )
    for (const runs of sizes) {
      const { rows } = Result.getOrThrow(plackettBurman(runs - 1, runs))
      assert.strictEqual(rows.length, runs)
      assert.isTrue(rows.every((row) => row.length === runs - 1 && row.every((value) => value === 1 || value === -1)))
      assert.isTrue(isOrthogonal(rows), `${runs} runs`)
      for (let place = 0; place < runs - 1; place++)
        assert.strictEqual(
          dot(rows, (row) => at(row, place)),
          0,
        )
      assert.isTrue((rows.at(-1) ?? []).every((value) => value === -1))
    }
  })

  it("takes the smallest size above the number of factors", () => {
    assert.strictEqual(Result.getOrThrow(plackettBurman(11)).rows.length, 12)
    assert.strictEqual(Result.getOrThrow(plackettBurman(12)).rows.length, 16)
    assert.strictEqual(Result.getOrThrow(plackettBurman(91)).rows.length, 92)
  })

  it("a size that does not exist is refused with the nearest ones", () => {
    const refused = Result.getOrThrow(Result.flip(plackettBurman(5, 18)))
    assert.deepStrictEqual(refused.hints, ["the nearest sizes are 16 and 20"])
    for (const [factors, runs] of [
      [5, 1e9],
      [5, -4],
      [5, Number.NaN],
      [100, 100],
      [0, 12],
      [1e9, 12],
      [12, 12],
    ] as const) {
      assert.isTrue(Result.isFailure(plackettBurman(factors, runs)), `${factors} in ${runs}`)
    }
  })

  it("12 runs mix each main effect with a third of each two-factor interaction that does not hold it", () => {
    // test/reference/design_efficiency.py: 45 shares of 1/3 and 10 of 0; also Montgomery, section 8.6.3.
    const matrix = aliasMatrix(Result.getOrThrow(plackettBurman(11, 12)))
    const first = (matrix?.coefficients[1] ?? []).map((share) => Math.round(Math.abs(share) * 3e9) / 3e9)
    assert.strictEqual(first.length, 55)
    assert.strictEqual(first.filter((share) => Math.abs(share - 1 / 3) < 1e-9).length, 45)
    assert.strictEqual(first.filter((share) => share === 0).length, 10)
  })

  it("12 runs are no regular fraction, 16 runs are one", () => {
    assert.strictEqual(
      Result.getOrThrow(analyseTwoLevelTable(Result.getOrThrow(plackettBurman(11)).rows)).fraction,
      undefined,
    )
    const regular = Result.getOrThrow(analyseTwoLevelTable(Result.getOrThrow(plackettBurman(15)).rows))
    assert.strictEqual(regular.resolution, 3)
    // 2^(15-11): 35 words of three factors.
    const words = regular.fraction === undefined ? [] : definingWords(regular.fraction, 1000).words
    assert.strictEqual(words.filter((word) => word.factors.length === 3).length, 35)
  })
})

describe("Hadamard and conference matrices", () => {
  it("Hadamard matrices of 1, 2 and every multiple of 4 up to 100 are constructed, others not", () => {
    for (let order = 1; order <= 104; order++) {
      const matrix = hadamardMatrix(order)
      assert.strictEqual(matrix !== undefined, order <= 100 && (order <= 2 || order % 4 === 0), `order ${order}`)
      if (matrix !== undefined) {
        assert.isTrue(isOrthogonal(matrix))
        assert.isTrue(matrix.every((row) => row.length === order && row.every((value) => Math.abs(value) === 1)))
      }
    }
  })

  it("conference matrices have a zero diagonal and orthogonal columns; none of order 22 or 34, which cannot exist", () => {
    for (let order = 3; order <= 60; order++) {
      const matrix = conferenceMatrix(order)
      if (matrix === undefined) continue
      assert.strictEqual(order % 2, 0)
      assert.isTrue(isOrthogonal(matrix))
      assert.isTrue(
        matrix.every((row, place) => row.every((value, column) => Math.abs(value) === (place === column ? 0 : 1))),
      )
    }
    for (const order of [22, 34]) assert.strictEqual(conferenceMatrix(order), undefined)
    for (const order of [4, 6, 8, 10, 12, 14, 16, 18, 20, 24, 26, 28, 30, 32]) {
      assert.strictEqual(conferenceMatrix(order)?.length, order)
    }
  })
})

describe("definitive screening designs", () => {
  it("have 2k + 1 runs for 4, 6, 8, 10 and 12 factors, as published, and 2k + 3 for odd numbers", () => {
    const runs = (factors: number): number => Result.getOrThrow(definitiveScreening(factors)).rows.length
    assert.deepStrictEqual([4, 6, 8, 10, 12].map(runs), [9, 13, 17, 21, 25])
    assert.deepStrictEqual([3, 5, 7, 9, 11].map(runs), [9, 13, 17, 21, 25])
  })

  it("main effects are orthogonal to each other, to all squares and to all two-factor interactions", () => {
    for (let factors = 3; factors <= 24; factors++) {
      const { rows } = Result.getOrThrow(definitiveScreening(factors))
      for (let a = 0; a < factors; a++) {
        assert.strictEqual(
          dot(rows, (row) => at(row, a)),
          0,
        )
        for (let b = 0; b < factors; b++) {
          if (a !== b)
            assert.strictEqual(
              dot(rows, (row) => at(row, a) * at(row, b)),
              0,
            )
          for (let c = b; c < factors; c++) {
            assert.strictEqual(
              dot(rows, (row) => at(row, a) * at(row, b) * at(row, c)),
              0,
            )
          }
        }
      }
      // Each factor is in the middle three times: in its own pair of runs and in the centre point.
      assert.isTrue(
        Array.from({ length: factors }, (_, place) => rows.filter((row) => row[place] === 0).length).every(
          (zeros) => zeros === 3,
        ),
      )
    }
  })

  it("6 factors in 13 runs have the efficiencies computed with NumPy", () => {
    // test/reference/design_efficiency.py; D by hand: (13 · 10^6)^(1/7) / 13.
    const worth = efficiencyOf(modelMatrix(Result.getOrThrow(definitiveScreening(6)), "main effects"))
    assert.closeTo(worth.dEfficiency, 79.8609127328, 1e-8)
    assert.closeTo(worth.dEfficiency, (100 * (13 * 10 ** 6) ** (1 / 7)) / 13, 1e-9)
    assert.closeTo(worth.aEfficiency, 79.5454545455, 1e-8)
    assert.closeTo(worth.gEfficiency, 93.3333333333, 1e-8)
    assert.closeTo(worth.iVariance ?? 0, 0.2769230769, 1e-8)
    assert.closeTo(worth.conditionNumber ?? 0, 1.1401754251, 1e-8)
  })

  it("two squares are correlated by 1/3 - 1/(m - 1), as Jones and Nachtsheim give it", () => {
    for (const factors of [6, 8, 10]) {
      const { rows } = Result.getOrThrow(definitiveScreening(factors))
      const mean = dot(rows, (row) => at(row, 0) ** 2) / rows.length
      const both = dot(rows, (row) => at(row, 0) ** 2 * at(row, 1) ** 2) / rows.length
      assert.closeTo((both - mean ** 2) / (mean - mean ** 2), 1 / 3 - 1 / (factors - 1), 1e-12)
    }
  })

  it("fake factors and centre points add runs", () => {
    assert.strictEqual(Result.getOrThrow(definitiveScreening(6, { fakeFactors: 2 })).rows.length, 17)
    assert.strictEqual(Result.getOrThrow(definitiveScreening(6, { centerPoints: 4 })).rows.length, 16)
    assert.strictEqual(orderFor(22), 24)
  })

  it("hostile numbers are refused", () => {
    for (const factors of [-1, 0, 2, 51, 1e9, Number.NaN, 4.5]) {
      assert.isTrue(Result.isFailure(definitiveScreening(factors)), String(factors))
    }
    for (const fakeFactors of [-1, 1e9, 0.5]) {
      assert.isTrue(Result.isFailure(definitiveScreening(6, { fakeFactors })))
    }
    for (const centerPoints of [0, -1, 1e9]) assert.isTrue(Result.isFailure(definitiveScreening(6, { centerPoints })))
  })
})
