import { assert, describe, it } from "@effect/vitest"
import * as IncompleteBlocks from "../../src/designs/IncompleteBlocks.ts"
import * as SplitPlot from "../../src/designs/SplitPlot.ts"
import { built, column, groups, refused } from "./combinatorialStudy.ts"

const levels = (count: number) => Array.from({ length: count }, (_, index) => `t${index + 1}`)

/** Whether rows with an equal value of the column stand side by side. */
const contiguous = (values: ReadonlyArray<unknown>): boolean =>
  values.filter((value, index) => index === 0 || value !== values[index - 1]).length === new Set(values).size

describe("randomised complete blocks", () => {
  const study = {
    factors: { dose: [1, 2, 3], drug: ["a", "b"] },
    blocks: { day: ["mon", "tue", "wed", "thu"] },
  } as const

  it("rows of a block are contiguous, each block is complete, and blocks have orders of their own", () => {
    const { report, rows } = built("randomized_complete_block", study)
    assert.strictEqual(rows.length, 24)
    assert.isTrue(contiguous(column(rows, "day")))
    const orders = [...groups(rows, "day").values()].map((own) =>
      own.map((row) => `${row.factors.get("dose")}${row.factors.get("drug")}`),
    )
    for (const order of orders) assert.strictEqual(new Set(order).size, 6)
    assert.strictEqual(new Set(orders.map((order) => order.join(" "))).size, 4)
    assert.closeTo(report.dEfficiency ?? 0, 100, 1e-9)
    // 4 blocks of 6: 24 runs - 1 - 3 for blocks - 5 for treatments.
    assert.strictEqual(report.measures?.["error_df"], 15)
    assert.isTrue(report.balance.every(({ ratio }) => ratio === 1))
  })

  it("a further block changes nothing in those before it", () => {
    const four = built("randomized_complete_block", study).rows
    const five = built("randomized_complete_block", {
      ...study,
      blocks: { day: ["mon", "tue", "wed", "thu", "fri"] },
    }).rows
    assert.deepStrictEqual(column(five.slice(0, 24), "dose"), column(four, "dose"))
  })

  it("every order of three treatments is drawn, so orders are not restricted", () => {
    const orders = new Set<string>()
    for (let seed = 0; seed < 60; seed++) {
      const { rows } = built("randomized_complete_block", {
        factors: { drug: ["a", "b", "c"] },
        blocks: { day: [1, 2] },
        seed,
      })
      for (const own of groups(rows, "day").values()) orders.add(column(own, "drug").join(""))
    }
    assert.strictEqual(orders.size, 6)
  })

  it("replicates are copies of each treatment within each block", () => {
    const { rows } = built("randomized_complete_block", { ...study, spec: { replicates: 2 } })
    assert.strictEqual(rows.length, 48)
    assert.isTrue(contiguous(column(rows, "day")))
  })

  it("a study without blocks is refused", () => {
    assert.include(refused("randomized_complete_block", { factors: study.factors }).message, "need a block")
  })
})

describe("balanced incomplete blocks", () => {
  // By hand: the smallest b for which r = b k / v and lambda = r (k - 1) / (v - 1) are whole, and b is v or more (Fisher).
  it.each([
    [4, 2, 6, 3, 1],
    [5, 3, 10, 6, 3],
    [6, 3, 10, 5, 2],
    [6, 4, 15, 10, 6],
    [7, 3, 7, 3, 1],
    [7, 4, 7, 4, 2],
    [8, 4, 14, 7, 3],
    [9, 3, 12, 4, 1],
    [9, 4, 18, 8, 3],
    [9, 6, 12, 8, 5],
    [10, 3, 30, 9, 2],
    [10, 4, 15, 6, 2],
    [10, 6, 15, 9, 5],
    [11, 5, 11, 5, 2],
    [13, 3, 26, 6, 1],
    [13, 4, 13, 4, 1],
    [15, 3, 35, 7, 1],
    [15, 7, 15, 7, 3],
    [16, 4, 20, 5, 1],
    [16, 6, 16, 6, 2],
    [19, 9, 19, 9, 4],
    [21, 5, 21, 5, 1],
    [25, 4, 50, 8, 1],
    [25, 5, 30, 6, 1],
    [31, 6, 31, 6, 1],
  ])("%i treatments in blocks of %i: %i blocks, r = %i, lambda = %i", (v, k, b, r, lambda) => {
    const design = IncompleteBlocks.smallest(v, k)
    if (design === undefined) throw new Error("none")
    assert.deepStrictEqual(design.parameters, { v, b, r, k, lambda })
    // Counted here once more, without the module's own check.
    const pairs = new Map<string, number>()
    for (const block of design.blocks) {
      assert.strictEqual(new Set(block).size, k)
      for (const x of block) for (const y of block) if (x < y) pairs.set(`${x} ${y}`, (pairs.get(`${x} ${y}`) ?? 0) + 1)
    }
    assert.strictEqual(pairs.size, (v * (v - 1)) / 2)
    assert.isTrue([...pairs.values()].every((count) => count === lambda))
    assert.closeTo(IncompleteBlocks.efficiencyFactor(design.parameters), (v * (k - 1)) / (k * (v - 1)), 1e-12)
  })

  it("the balance check refuses designs that are not balanced", () => {
    const parameters = IncompleteBlocks.parametersOf(4, 2, 6)
    assert.isFalse(
      IncompleteBlocks.isBalanced(parameters, [
        [0, 1],
        [0, 1],
        [2, 3],
        [2, 3],
        [0, 2],
        [1, 3],
      ]),
    )
    assert.isFalse(IncompleteBlocks.isBalanced(parameters, [[0, 1]]))
    assert.isFalse(
      IncompleteBlocks.isBalanced(parameters, [
        [0, 1],
        [0, 2],
        [0, 3],
        [1, 2],
        [1, 3],
        [3, 3],
      ]),
    )
  })

  it("designs that theorems rule out are refused for that reason", () => {
    // (22, 7, 2): b = v = 22 even, k - lambda = 5 is no square. (16, 6, 1): b = 8 < v.
    assert.include(IncompleteBlocks.whyImpossible(IncompleteBlocks.parametersOf(22, 7, 22)), "Schuetzenberger")
    assert.include(IncompleteBlocks.whyImpossible(IncompleteBlocks.parametersOf(16, 6, 8)), "Fisher")
    assert.include(IncompleteBlocks.whyImpossible(IncompleteBlocks.parametersOf(7, 3, 8)), "not whole")
  })

  it("a study's blocks are contiguous, balanced and drawn by the seed", () => {
    const given = { factors: { drug: levels(7) }, options: { block_size: 3 } }
    const { report, rows } = built("balanced_incomplete_block", given)
    assert.strictEqual(rows.length, 21)
    assert.isTrue(contiguous(column(rows, "block")))
    const together = new Map<string, number>()
    for (const own of groups(rows, "block").values()) {
      const names = column(own, "drug").map(String).sort()
      for (const x of names) for (const y of names) if (x < y) together.set(x + y, (together.get(x + y) ?? 0) + 1)
    }
    assert.strictEqual(together.size, 21)
    assert.isTrue([...together.values()].every((count) => count === 1))
    assert.strictEqual(report.measures?.["lambda"], 1)
    assert.closeTo(report.measures?.["efficiency_factor"] ?? 0, 7 / 9, 1e-12)
    // 21 runs - 7 blocks - 6 for treatments.
    assert.strictEqual(report.measures?.["error_df"], 8)
    const other = built("balanced_incomplete_block", { ...given, seed: 2 }).rows
    assert.notDeepEqual(column(rows, "drug"), column(other, "drug"))
  })

  it("the levels of the study's block name the blocks and set their number", () => {
    const { rows } = built("balanced_incomplete_block", {
      factors: { drug: levels(4) },
      blocks: { plate: ["p1", "p2", "p3", "p4", "p5", "p6"] },
      options: { block_size: 2 },
    })
    assert.deepStrictEqual([...groups(rows, "plate").keys()], ["p1", "p2", "p3", "p4", "p5", "p6"])
    assert.isFalse(rows.some((row) => row.blocks.has("block")))
  })

  it("impossible numbers are refused with lambda or r and the nearest that is made", () => {
    const error = refused("balanced_incomplete_block", {
      factors: { drug: levels(7) },
      options: { block_size: 3, blocks: 8 },
    })
    assert.include(error.message, "is not whole")
    assert.include(error.message, "nearest numbers of blocks: 7 and 14")
    const lambda = refused("balanced_incomplete_block", {
      factors: { drug: levels(6) },
      options: { block_size: 3, blocks: 6 },
    })
    // r = 3 is whole, lambda = 3 * 2 / 5 is not.
    assert.include(lambda.message, "lambda = r (k - 1) / (v - 1) = 3 * 2 / 5 is not whole")
    assert.include(
      refused("balanced_incomplete_block", { factors: { drug: levels(50) }, options: { block_size: 7 } }).message,
      "none found",
    )
    assert.include(refused("balanced_incomplete_block", { factors: { drug: levels(6) } }).message, "is needed")
    assert.include(
      refused("balanced_incomplete_block", { factors: { drug: levels(6) }, options: { block_size: 6 } }).message,
      "from 2 to 5",
    )
    assert.include(
      refused("balanced_incomplete_block", { factors: { drug: levels(101) }, options: { block_size: 2 } }).message,
      "3 to 100",
    )
  })
})

describe("split plots", () => {
  const given = {
    factors: { oven: [100, 200], recipe: ["a", "b", "c"], time: [1, 2] },
    options: { hard_to_change: ["oven"], whole_plots: 3 },
  }

  it("hard factors stay the same within a whole plot, which is contiguous and complete", () => {
    const { report, rows } = built("split_plot", given)
    assert.strictEqual(rows.length, 36)
    assert.isTrue(contiguous(column(rows, "whole_plot")))
    const orders = new Set<string>()
    for (const own of groups(rows, "whole_plot").values()) {
      assert.strictEqual(new Set(column(own, "oven")).size, 1)
      const easy = own.map((row) => `${row.factors.get("recipe")}${row.factors.get("time")}`)
      assert.strictEqual(new Set(easy).size, 6)
      orders.add(easy.join(" "))
    }
    assert.strictEqual(orders.size, 6)
    assert.deepStrictEqual(
      report.balance.map(({ ratio }) => ratio),
      [1, 1, 1],
    )
    assert.isTrue(rows.every((row) => row.blocks.size === 0))
  })

  it("the report says what whole_plots counts: those of each setting of the hard factors, in each block", () => {
    const notes = (more: object) => built("split_plot", { ...given, ...more }).report.notes.join(" ")
    assert.include(notes({}), "6 whole plots: 3 (options.whole_plots) for each of the 2 settings of oven.")
    assert.include(
      notes({ blocks: { day: ["mon", "tue"] } }),
      "12 whole plots: 3 (options.whole_plots) for each of the 2 settings of oven, in each of 2 blocks.",
    )
  })

  it("degrees of freedom of both error terms are those of R's aov with Error(plot)", () => {
    // 2 hard, 6 easy, 3 replicates: plots 5 df = 1 oven + 4; within 30 = 5 easy + 5 interactions + 20.
    assert.deepStrictEqual(SplitPlot.errorTerms(2, 6, 3, 1), { wholePlot: 4, subPlot: 20 })
    // Both printed by test/reference/split_plot.R. The layout of Yates' oats: 3 varieties, 4 nitrogen, 6 blocks, one plot each: 10 and 45.
    assert.deepStrictEqual(SplitPlot.errorTerms(3, 4, 1, 6), { wholePlot: 10, subPlot: 45 })
    const { report } = built("split_plot", given)
    assert.strictEqual(report.measures?.["whole_plot_error_df"], 4)
    assert.strictEqual(report.measures?.["sub_plot_error_df"], 20)
    assert.isTrue(report.notes.some((note) => note.includes("Two error terms")))
  })

  it("one whole plot per setting says that hard effects cannot be tested", () => {
    const { report } = built("split_plot", { ...given, options: { hard_to_change: "oven" } })
    assert.strictEqual(report.measures?.["whole_plot_error_df"], 0)
    assert.isTrue(report.notes.some((note) => note.includes("cannot be tested")))
  })

  it("blocks hold all whole plots each, in orders of their own", () => {
    const { rows } = built("split_plot", { ...given, blocks: { week: [1, 2] } })
    assert.strictEqual(rows.length, 72)
    assert.isTrue(contiguous(column(rows, "week")))
    assert.strictEqual(new Set(column(rows, "whole_plot")).size, 12)
  })

  it("missing, unknown and complete lists of hard factors are refused", () => {
    const of = (options: Record<string, ReadonlyArray<string> | number>) =>
      refused("split_plot", { ...given, options }).message
    assert.include(of({}), "must name at least one factor")
    assert.include(of({ hard_to_change: ["ovne"] }), '"ovne" is none of the factors')
    assert.include(of({ hard_to_change: ["oven", "recipe", "time"] }), "leave at least one")
    assert.include(of({ hard_to_change: ["oven", "oven"] }), "named twice")
    assert.include(of({ hard_to_change: ["oven"], whole_plots: 1e9 }), "whole number from 1")
    assert.include(of({ hard_to_change: ["oven"], whole_plots: 10_000, blocks: 2 }), "unknown option")
  })
})
