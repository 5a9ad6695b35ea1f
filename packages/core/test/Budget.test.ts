import { assert, describe, it } from "@effect/vitest"
import * as Budget from "../src/Budget.ts"

/** A small generator with a fixed seed (Park and Miller, 1988), so that a failure can be repeated. */
const parkMiller = (seed: number) => () => (seed = (seed * 48_271) % 2_147_483_647) / 2_147_483_647

describe("Budget", () => {
  it("grants what fits, lets wait what would fit, and never grants what cannot", () => {
    const budget = Budget.make("money", 10)
    assert.strictEqual(budget.reserve(6), "granted")
    assert.strictEqual(budget.reserve(5), "wait")
    assert.strictEqual(budget.reserve(10), "wait")
    assert.strictEqual(budget.reserve(11), "never")
    budget.settle(6, 2)
    assert.strictEqual(budget.reserve(10), "never")
    assert.strictEqual(budget.reserve(8), "granted")
    assert.strictEqual(budget.reserve(0), "granted")
    budget.settle(8, 8)
    budget.settle(0, 0)
    assert.deepStrictEqual(budget.report(), { name: "money", cap: 10, spent: 10, overrun: false })
    assert.strictEqual(budget.reserve(0.001), "never")
  })

  it("what an earlier session spent counts", () => {
    const budget = Budget.make("tokens", 100, 60)
    assert.strictEqual(budget.reserve(41), "never")
    assert.strictEqual(budget.reserve(40), "granted")
    assert.strictEqual(Budget.make("tokens", 100, 150).reserve(1), "never")
  })

  it("an overrun is recorded in full, closes the budget and stands in the report", () => {
    const budget = Budget.make("money", 10)
    assert.strictEqual(budget.reserve(2), "granted")
    assert.strictEqual(budget.reserve(2), "granted")
    budget.settle(2, 3)
    assert.isTrue(budget.closed())
    assert.strictEqual(budget.reserve(1), "never")
    assert.strictEqual(budget.reserve(0), "never")
    budget.settle(2, 1)
    assert.deepStrictEqual(budget.report(), { name: "money", cap: 10, spent: 4, overrun: true })
  })

  it("0.1 + 0.2 fits in 0.3, and ten times 0.1 in 1, but not eleven times", () => {
    const third = Budget.make("money", 0.3)
    assert.strictEqual(third.reserve(0.1), "granted")
    assert.strictEqual(third.reserve(0.2), "granted")
    third.settle(0.1, 0.1)
    third.settle(0.2, 0.1 + 0.1)
    assert.isFalse(third.closed())
    const ten = Budget.make("money", 1)
    for (let i = 0; i < 10; i++) assert.strictEqual(ten.reserve(0.1), "granted")
    assert.strictEqual(ten.reserve(0.1), "wait")
    assert.strictEqual(ten.reserve(1e-12), "wait")
  })

  it("a unit's own sum of small amounts is no overrun, a real one is", () => {
    const budget = Budget.make("money", 100)
    assert.strictEqual(budget.reserve(0.3), "granted")
    // 0.30000000000000004 in every IEEE 754 double arithmetic.
    budget.settle(0.3, 0.1 + 0.2)
    assert.isFalse(budget.closed())
    assert.strictEqual(budget.spent(), 0.3)
    assert.strictEqual(budget.reserve(0.3), "granted")
    budget.settle(0.3, 0.300001)
    assert.isTrue(budget.closed())
  })

  it("a million reservations of a cent fill ten thousand exactly, in any order of settling", () => {
    const budget = Budget.make("money", 10_000)
    for (let i = 0; i < 1_000_000; i++) {
      assert.strictEqual(budget.reserve(0.01), "granted")
      if (i % 3 !== 0) budget.settle(0.01, 0.01)
    }
    assert.strictEqual(budget.reserve(0.01), "wait")
    for (let i = 0; i < 1_000_000; i += 3) budget.settle(0.01, 0.01)
    assert.strictEqual(budget.reserved(), 0)
    assert.closeTo(budget.spent(), 10_000, 1e-9)
    assert.strictEqual(budget.reserve(0.01), "never")
  })

  it("integers have no tolerance, also where they are large", () => {
    const cap = Number.MAX_SAFE_INTEGER
    const budget = Budget.make("bytes", cap)
    assert.strictEqual(budget.reserve(cap - 1), "granted")
    assert.strictEqual(budget.reserve(2), "wait")
    assert.strictEqual(budget.reserve(1), "granted")
    assert.strictEqual(budget.reserve(1), "wait")
    const petabyte = Budget.make("bytes", 1e15)
    assert.strictEqual(petabyte.reserve(1e15), "granted")
    petabyte.settle(1e15, 1e15 + 1)
    assert.isTrue(petabyte.closed())
  })

  it("what is no amount is never granted; a settled amount that is none counts whole and closes", () => {
    const budget = Budget.make("money", 10)
    for (const amount of [-1, Number.NaN, Infinity]) assert.strictEqual(budget.reserve(amount), "never")
    assert.strictEqual(budget.reserve(4), "granted")
    budget.settle(4, Number.NaN)
    assert.deepStrictEqual(budget.report(), { name: "money", cap: 10, spent: 4, overrun: true })
    assert.throws(() => Budget.make("money", -1), RangeError)
    assert.throws(() => Budget.make("money", 1, Number.NaN), RangeError)
  })

  it("spent and reserved together never exceed the cap, and an empty budget refuses nothing that fits", () => {
    for (let seed = 1; seed <= 200; seed++) {
      const random = parkMiller(seed)
      // Counted in whole cents beside the budget, which counts in euros.
      const capCents = 1 + Math.floor(random() * 100_000)
      const budget = Budget.make("money", capCents / 100)
      const held: Array<number> = []
      let heldCents = 0
      let spentCents = 0
      for (let step = 0; step < 300; step++) {
        if (random() < 0.6) {
          const cents = Math.floor(random() * capCents * 0.4)
          const expected =
            spentCents + cents > capCents ? "never" : spentCents + heldCents + cents > capCents ? "wait" : "granted"
          const answer = budget.reserve(cents / 100)
          assert.strictEqual(answer, expected, `seed ${seed}, step ${step}`)
          if (answer === "granted") {
            held.push(cents)
            heldCents += cents
          }
        } else if (held.length > 0) {
          const cents = held.splice(Math.floor(random() * held.length), 1)[0] ?? 0
          const used = Math.floor(random() * (cents + 1))
          budget.settle(cents / 100, used / 100)
          heldCents -= cents
          spentCents += used
        }
      }
      assert.isFalse(budget.closed())
      assert.closeTo(budget.spent(), spentCents / 100, 1e-9)
      assert.isTrue(spentCents + heldCents <= capCents)
    }
  })
})
