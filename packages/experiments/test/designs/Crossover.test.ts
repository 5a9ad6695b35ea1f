import { assert, describe, it } from "@effect/vitest"
import { readFileSync } from "node:fs"
import * as Counterbalancing from "../../src/designs/Counterbalancing.ts"
import * as Williams from "../../src/designs/Williams.ts"
import { built, column, groups, refused } from "./combinatorialStudy.ts"

const fixture: {
  readonly williams: ReadonlyArray<{
    readonly n: number
    readonly sequences: ReadonlyArray<ReadonlyArray<number>>
    readonly each_ordered_pair: number
  }>
} = JSON.parse(readFileSync(new URL("../fixtures/beyond_designs.json", import.meta.url), "utf8"))

const letters = (count: number) => Array.from({ length: count }, (_, index) => index + 1)

describe("Williams' designs", () => {
  it.each(fixture.williams)(
    "the sequences for $n treatments are those of the fixture",
    ({ n, sequences, each_ordered_pair }) => {
      assert.deepStrictEqual(
        Williams.sequences(n).map((sequence) => sequence.map((treatment) => treatment + 1)),
        sequences.map((sequence) => [...sequence]),
      )
      const balance = Williams.carryOver(n, Williams.sequences(n))
      assert.deepStrictEqual([balance.pairMin, balance.pairMax], [each_ordered_pair, each_ordered_pair])
    },
  )

  it("carry-over and periods are balanced for 2 to 40 treatments", () => {
    for (let n = 2; n <= 40; n++) {
      const sequences = Williams.sequences(n)
      const times = n % 2 === 0 ? 1 : 2
      assert.strictEqual(sequences.length, n * times)
      assert.deepStrictEqual(Williams.carryOver(n, sequences), {
        pairMin: times,
        pairMax: times,
        periodMin: times,
        periodMax: times,
      })
    }
  })

  it("a study of four treatments gives 1243, 2314, 3421, 4132 to four subjects", () => {
    const { report, rows } = built("williams", { factors: { drug: letters(4) } })
    assert.deepStrictEqual(
      [...groups(rows, "subject").values()].map((own) => column(own, "drug").join("")),
      ["1243", "2314", "3421", "4132"],
    )
    assert.strictEqual(report.measures?.["carry_over_pair_min"], 1)
    assert.strictEqual(report.measures?.["carry_over_pair_max"], 1)
    assert.deepStrictEqual(column(rows.slice(0, 4), "period"), [1, 2, 3, 4])
    assert.deepStrictEqual(column(rows.slice(0, 4), "within_subject_order"), [0, 1, 2, 3])
    assert.isTrue(rows.every((row) => row.blocks.get("subject") === row.metadata.get("subject")))
  })

  it("treatments are all combinations of the levels", () => {
    const { rows } = built("williams", { factors: { a: ["x", "y"], b: [1, 2, 3] }, options: { subjects: 12 } })
    assert.strictEqual(rows.length, 72)
    for (const own of groups(rows, "subject").values()) {
      assert.strictEqual(new Set(own.map((row) => `${row.factors.get("a")}${row.factors.get("b")}`)).size, 6)
    }
  })

  it("a number of subjects that is no multiple says how far from balance it is", () => {
    const { report } = built("williams", { factors: { drug: letters(4) }, options: { subjects: 5 } })
    assert.isTrue(report.notes.some((note) => note.includes("no multiple of 4 sequences")))
    assert.deepStrictEqual([report.measures?.["carry_over_pair_min"], report.measures?.["carry_over_pair_max"]], [1, 2])
  })

  it("sessions give a subject another sequence each time and keep the balance", () => {
    const { report, rows } = built("williams", { factors: { drug: letters(4) }, options: { subjects: 4, sessions: 2 } })
    assert.strictEqual(rows.length, 32)
    assert.strictEqual(report.measures?.["carry_over_pair_min"], 2)
    assert.strictEqual(report.measures?.["carry_over_pair_max"], 2)
    for (const own of groups(rows, "subject").values()) assert.strictEqual(new Set(column(own, "sequence")).size, 2)
  })

  it("a block named subject names the subjects; other blocks hold subjects of their own", () => {
    const named = built("williams", { factors: { drug: letters(2) }, blocks: { subject: ["ann", "bob"] } })
    assert.deepStrictEqual(column(named.rows, "subject"), ["ann", "ann", "bob", "bob"])
    const sites = built("williams", { factors: { drug: letters(2) }, blocks: { site: ["n", "s"] } })
    assert.deepStrictEqual(column(sites.rows, "subject"), [1, 1, 2, 2, 3, 3, 4, 4])
    assert.deepStrictEqual(column(sites.rows, "site"), ["n", "n", "n", "n", "s", "s", "s", "s"])
  })

  it("impossible and hostile options are refused by name", () => {
    const drug = { drug: letters(3) }
    assert.include(refused("williams", { factors: { drug: [1] } }).message, "are 1 treatments")
    assert.include(refused("williams", { factors: drug, options: { subjects: 0 } }).option, "subjects")
    assert.include(refused("williams", { factors: drug, options: { subjects: 1e9 } }).option, "subjects")
    assert.include(refused("williams", { factors: drug, options: { subjects: 90_000 } }).message, "at most 200000")
    assert.include(refused("williams", { factors: drug, options: { subject: 3 } }).message, "unknown option")
    assert.include(
      refused("williams", { factors: drug, blocks: { subject: ["a", "b"] }, options: { subjects: 3 } }).message,
      "2 levels",
    )
  })
})

describe("complete counterbalancing", () => {
  it.each([
    [1, 1],
    [3, 6],
    [5, 120],
    [7, 5040],
  ])("%i treatments have %i different orders", (count, orders) => {
    const all = Counterbalancing.permutations(count)
    assert.strictEqual(all.length, orders)
    assert.strictEqual(new Set(all.map((order) => order.join(""))).size, orders)
    assert.isTrue(all.every((order) => new Set(order).size === count))
  })

  it("subjects go through all orders in turn", () => {
    const { report, rows } = built("complete_counterbalancing", {
      factors: { list: ["A", "B", "C"] },
      options: { subjects: 12 },
    })
    const orders = [...groups(rows, "subject").values()].map((own) => column(own, "list").join(""))
    assert.deepStrictEqual(orders.slice(0, 6), ["ABC", "ACB", "BAC", "BCA", "CAB", "CBA"])
    assert.deepStrictEqual(orders.slice(6), orders.slice(0, 6))
    // 12 sequences of 3 have 24 neighbours, over 6 ordered pairs.
    assert.strictEqual(report.measures?.["carry_over_pair_min"], 4)
  })

  it("too few subjects draw which orders are used instead of taking the first", () => {
    const { report, rows } = built("complete_counterbalancing", {
      factors: { list: ["A", "B", "C", "D"] },
      options: { subjects: 6 },
    })
    const orders = [...groups(rows, "subject").values()].map((own) => column(own, "list").join(""))
    assert.strictEqual(new Set(orders).size, 6)
    assert.isTrue(orders.some((order) => !order.startsWith("A")))
    assert.isTrue(report.notes.some((note) => note.includes("no multiple of 24 sequences")))
  })

  it("eight treatments are refused", () => {
    assert.include(refused("complete_counterbalancing", { factors: { a: letters(8) } }).message, "takes 2 to 7")
  })
})
