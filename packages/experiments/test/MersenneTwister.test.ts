import * as Schema from "effect/Schema"
import { describe, expect, it } from "vitest"
import * as MersenneTwister from "../src/MersenneTwister.ts"
import { fixtureText } from "./fixtures.ts"

// Seeds may be larger than a number holds: they are read as text.
const numbers = Schema.Array(Schema.Finite)
const Row = Schema.Record(Schema.String, Schema.Union([Schema.String, numbers]))
const rows = Schema.decodeUnknownSync(Schema.Array(Row))(
  JSON.parse(fixtureText("python_random_mt19937.json").replaceAll(/"seed": (-?\d+)/g, '"seed": "$1"')),
)

const range = (count: number): Array<number> => Array.from({ length: count }, (_, index) => index)

describe("the Mersenne Twister of CPython", () => {
  it("all seeds of the fixture are there", () => {
    expect(rows.length).toBeGreaterThanOrEqual(8)
    expect(rows.every((row) => Object.keys(row).length >= 10)).toBe(true)
  })
  for (const row of rows) {
    const seed = String(row["seed"])
    for (const [name, expected] of Object.entries(row)) {
      if (name === "seed") continue
      it(`seed ${seed}: ${name} is what Python draws`, () => {
        const random = MersenneTwister.make(BigInt(seed))
        const [what, first = "0", second = "0"] = name.split("_")
        const drawn = (() => {
          switch (what) {
            case "random":
              return range(5).map(() => random.random())
            case "getrandbits32":
              return range(5).map(() => random.bits(32))
            case "randrange":
              return range(5).map(() => random.below(Number(first)))
            case "shuffle": {
              const items = range(Number(first))
              random.shuffle(items)
              return items
            }
            case "sample":
              return random.sample(range(Number(first)), Number(second))
            default:
              return undefined
          }
        })()
        expect(drawn).toEqual(expected)
      })
    }
  }

  it("AC-7: seed -7 draws what seed 7 draws", () => {
    const minus = MersenneTwister.make(-7)
    const plus = MersenneTwister.make(7)
    expect(range(20).map(() => minus.random())).toEqual(range(20).map(() => plus.random()))
  })

  it("more than 32 bits take the low word first", () => {
    // python3 -c "import random; r = random.Random(3); print(r.getrandbits(53), r.getrandbits(40))"
    const random = MersenneTwister.make(3)
    expect([random.bits(53), random.bits(40)]).toEqual([5338035485622269, 144071367498])
  })

  it("a bound of 0, a part of a number, or too many items are refused", () => {
    const random = MersenneTwister.make(1)
    expect(() => random.below(0)).toThrow(RangeError)
    expect(() => random.below(1.5)).toThrow(RangeError)
    expect(() => random.bits(54)).toThrow(RangeError)
    expect(() => random.sample([1, 2], 3)).toThrow(RangeError)
  })
})
