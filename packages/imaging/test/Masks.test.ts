import { describe, expect, it } from "vitest"
import { type Dtype, rangeMaxOf } from "../src/Image.ts"
import { label } from "../src/Label.ts"
import { skeletonize } from "../src/Skeletonize.ts"
import { allocate } from "../src/Image.ts"
import { pixelDtypes } from "../src/Signature.ts"
import { backends } from "./backends.ts"
import { between, uniform } from "./random.ts"
import { refused } from "./refused.ts"

/** Pixels of 0 and one value, and in one place perhaps another. */
const pixels = (dtype: Dtype, seed: number, other: boolean) => {
  const next = uniform(seed)
  const [width, height] = [between(next, 1, 50), between(next, 2, 20)]
  const value =
    seed % 3 === 0 ? 1 : seed % 3 === 1 ? rangeMaxOf(dtype) : dtype === "float32" ? next() : between(next, 2, 254)
  const data = allocate(dtype, width * height)
  for (let index = 0; index < data.length; index++) if (next() < 0.3) data[index] = value
  const at = between(next, 0, data.length - 1)
  data[(at + 1) % data.length] = value
  if (other) data[at] = dtype === "float32" ? value / 2 : value === 1 ? 3 : value - 1
  return { data, width, height }
}

describe.each(backends)("masks on %s", (_name, backend) => {
  it.each(pixelDtypes)("of %s are 0 and any one value, wherever another stands", (dtype) => {
    for (let seed = 1; seed < 200; seed++) {
      const good = pixels(dtype, seed, false)
      const ones = { ...good, data: Uint8Array.from(good.data, (value) => (value === 0 ? 0 : 1)) }
      expect(skeletonize(good, {}, { backend }).data).toEqual(skeletonize(ones, {}, { backend }).data)
      const bad = pixels(dtype, seed, true)
      expect(
        refused(() => skeletonize(bad, {}, { backend })),
        String(seed),
      ).toContain("must be a mask, of 0 and one other value")
    }
  })

  it("of nothing are masks", () => {
    const { count } = label({ data: new Uint8Array(35), width: 7, height: 5 }, {}, { backend })
    expect(count).toBe(0)
  })

  it("are not labels, and not grey pictures: the first two values and the place are named", () => {
    const data = Uint8Array.of(0, 0, 2, 0, 0, 2, 0, 0, 7)
    expect(refused(() => label({ data, width: 3, height: 3 }, {}, { backend }))).toBe(
      "label: mask.data must be a mask, of 0 and one other value, not 2 and 7 (at x 2, y 2)",
    )
  })
})
