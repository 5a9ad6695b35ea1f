import { assert, describe, it } from "@effect/vitest"
import { Schema } from "effect"
import { execFileSync } from "node:child_process"
import { createHash } from "node:crypto"
import * as Canonical from "../src/Canonical.ts"
import * as Sha256 from "../src/internal/sha256.ts"

describe("Canonical text, by RFC 8785", () => {
  it("section 3.2.2: the example of the RFC", () => {
    const input: unknown = JSON.parse(String.raw`{
      "numbers": [333333333.33333329, 1E30, 4.50, 2e-3, 0.000000000000000000000000001],
      "string": "\u20ac$\u000F\u000aA'\u0042\u0022\u005c\\\"\/",
      "literals": [null, true, false]
    }`)
    assert.strictEqual(
      Canonical.stringify(input),
      String.raw`{"literals":[null,true,false],"numbers":[333333333.3333333,1e+30,4.5,0.002,1e-27],"string":"€$\u000f\nA'B\"\\\\\"/"}`,
    )
  })

  it("section 3.2.3: keys are sorted by UTF-16 code units", () => {
    const input: unknown = JSON.parse(String.raw`{
      "\u20ac": "Euro Sign", "\r": "Carriage Return", "\ufb33": "Hebrew Letter Dalet With Dagesh", "1": "One",
      "\ud83d\ude00": "Emoji: Grinning Face", "\u0080": "Control", "\u00f6": "Latin Small Letter O With Diaeresis"
    }`)
    const parsed: Record<string, string> = JSON.parse(Canonical.stringify(input))
    // Order of appearance in the text: JSON.parse moves "1" to the front, so the text itself is searched.
    const text = Canonical.stringify(input)
    const at = Object.values(parsed).map((value) => [text.indexOf(value), value] as const)
    assert.deepStrictEqual(
      at.sort(([a], [b]) => a - b).map(([, value]) => value),
      [
        "Carriage Return",
        "One",
        "Control",
        "Latin Small Letter O With Diaeresis",
        "Euro Sign",
        "Emoji: Grinning Face",
        "Hebrew Letter Dalet With Dagesh",
      ],
    )
  })

  it("appendix B: numbers by their IEEE 754 bits", () => {
    const view = new DataView(new ArrayBuffer(8))
    for (const [bits, text] of [
      ["0000000000000000", "0"],
      ["8000000000000000", "0"],
      ["0000000000000001", "5e-324"],
      ["8000000000000001", "-5e-324"],
      ["7fefffffffffffff", "1.7976931348623157e+308"],
      ["ffefffffffffffff", "-1.7976931348623157e+308"],
      ["4340000000000000", "9007199254740992"],
      ["c340000000000000", "-9007199254740992"],
      ["4430000000000000", "295147905179352830000"],
      ["44b52d02c7e14af5", "9.999999999999997e+22"],
      ["44b52d02c7e14af6", "1e+23"],
      ["44b52d02c7e14af7", "1.0000000000000001e+23"],
      ["444b1ae4d6e2ef4e", "999999999999999700000"],
      ["444b1ae4d6e2ef4f", "999999999999999900000"],
      ["444b1ae4d6e2ef50", "1e+21"],
      ["3eb0c6f7a0b5ed8c", "9.999999999999997e-7"],
      ["3eb0c6f7a0b5ed8d", "0.000001"],
      ["41b3de4355555553", "333333333.3333332"],
      ["41b3de4355555555", "333333333.3333333"],
      ["becbf647612f3696", "-0.0000033333333333333333"],
      ["43143ff3c1cb0959", "1424953923781206.2"],
    ] as const) {
      view.setBigUint64(0, BigInt(`0x${bits}`))
      assert.strictEqual(Canonical.stringify(view.getFloat64(0)), text, bits)
    }
  })

  it("what is not JSON is refused and the place is named", () => {
    for (const [value, place] of [
      [Number.NaN, "the value"],
      [{ a: [1, Infinity] }, "a[1]"],
      [{ a: { b: -Infinity } }, "a.b"],
      [undefined, "the value"],
      [[undefined], "[0]"],
      [{ f: () => 1 }, "f"],
      [{ big: 1n }, "big"],
      [{ at: new Date(0) }, "at"],
      [{ map: new Map() }, "map"],
      ["\ud800", "the value"],
      [{ "\udc00": 1 }, ""],
    ] as const) {
      let caught: unknown
      try {
        Canonical.stringify(value)
      } catch (error) {
        caught = error
      }
      assert.instanceOf(caught, Canonical.CanonicalError)
      if (caught instanceof Canonical.CanonicalError) assert.include(caught.message, place)
    }
    const hostile: object = Object.create({
      get constructor() {
        throw new Error("hostile")
      },
    })
    assert.throws(() => Canonical.stringify(hostile), Canonical.CanonicalError)
  })

  it("nesting is bounded, cycles included, and what is within the bound is accepted", () => {
    const nested = (depth: number): unknown => (depth === 0 ? 1 : [nested(depth - 1)])
    assert.strictEqual(Canonical.stringify(nested(Canonical.depthMax)).length, 2 * Canonical.depthMax + 1)
    assert.throws(() => Canonical.stringify(nested(Canonical.depthMax + 1)), Canonical.CanonicalError)
    const cycle: Record<string, unknown> = {}
    cycle["self"] = cycle
    assert.throws(() => Canonical.stringify(cycle), Canonical.CanonicalError)
  })

  it("members that are undefined are left out, and a null prototype is plain", () => {
    const plain: Record<string, unknown> = Object.create(null)
    plain["b"] = undefined
    plain["a"] = 1
    assert.strictEqual(Canonical.stringify(plain), '{"a":1}')
  })

  it.prop("the text is JSON for the same value, whatever the order of the keys", [Schema.Json], ([value]) => {
    if (!wellFormed(value)) {
      assert.throws(() => Canonical.stringify(value), Canonical.CanonicalError)
      return
    }
    const text = Canonical.stringify(value)
    // -0 is 0 in JSON, so both sides go through JSON once.
    assert.deepStrictEqual(JSON.parse(text), JSON.parse(JSON.stringify(value)))
    assert.strictEqual(Canonical.stringify(reversed(value)), text)
  })
})

const wellFormed = (value: Schema.Json): boolean => !/(?<!\\)(?:\\\\)*\\ud[89a-f]/.test(JSON.stringify(value))

const reversed = (value: Schema.Json): Schema.Json => {
  if (typeof value !== "object" || value === null) return value
  if (Array.isArray(value)) return value.map(reversed)
  return Object.fromEntries(
    Object.entries(value)
      .reverse()
      .map(([key, member]) => [key, reversed(member)]),
  )
}

describe("Canonical hash", () => {
  it("is what sha256sum prints for the canonical text", () => {
    for (const value of [{ b: [1, 2.5], a: null }, "Größe 測定 😀", []]) {
      const text = Canonical.stringify(value)
      const printed = execFileSync("sha256sum", { input: text, encoding: "utf8" }).slice(0, 64)
      assert.strictEqual(Canonical.sha256Hex(text), printed)
      assert.strictEqual(Canonical.hash(value), `sha256:${printed}`)
    }
    // FIPS 180-4: the empty message and "abc".
    assert.strictEqual(Canonical.sha256Hex(""), "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855")
    assert.strictEqual(Canonical.sha256Hex("abc"), "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad")
  })

  it.prop(
    "with a list streamed it is the hash of the whole",
    [Schema.Array(Schema.Json), Schema.Json],
    ([list, other]) => {
      if (!wellFormed(list) || !wellFormed(other)) return
      const whole = { zeta: other, alpha: 1, units: list, none: undefined }
      const expected = createHash("sha256").update(Canonical.stringify(whole)).digest("hex")
      const { units, ...head } = whole
      assert.strictEqual(Canonical.hashWithList(head, "units", units), `sha256:${expected}`)
    },
  )
})

describe("The two ways to make a hash", () => {
  // FIPS 180-4 example values, and texts beyond ASCII, beyond one block and beyond one chunk.
  const texts = ["", "abc", "ä€😀", "\ud83d", "x".repeat(55), "x".repeat(56), "é".repeat(70_000)]

  it("give the digests that Node's crypto gives", () => {
    assert.isDefined(Sha256.native)
    for (const text of texts) {
      const expected = createHash("sha256").update(text).digest("hex")
      for (const way of [Sha256.portable, Sha256.native]) {
        assert.strictEqual(way?.hex(text), expected)
        assert.strictEqual(way?.hex(new TextEncoder().encode(text)), expected)
      }
    }
  })

  it("give the same digest for a text in pieces", () => {
    for (const way of [Sha256.portable, Sha256.native]) {
      const digest = way?.digest()
      for (const text of texts) digest?.update(text)
      assert.strictEqual(digest?.hex(), createHash("sha256").update(texts.join("")).digest("hex"))
    }
  })
})

describe("The place of a value without canonical text", () => {
  it.each([
    [{ a: [{ b: Number.NaN }] }, "a[0].b"],
    [[[undefined]], "[0][0]"],
    [{ "": { x: 1n } }, "x"],
    [{ a: { "[": () => 0 } }, "a.["],
    [{ "\ud800": 1 }, "\ud800"],
  ])("%o is named %s", (value, path) => {
    try {
      Canonical.stringify(value)
      assert.fail("it was written")
    } catch (error) {
      assert.instanceOf(error, Canonical.CanonicalError)
      assert.strictEqual(error.path, path)
    }
  })

  it("is named within a long list as within the whole", () => {
    assert.throws(() => Canonical.hashWithList({ kind: "k" }, "units", [1, { a: Infinity }]), /units\[1\]\.a has no/)
    assert.throws(() => Canonical.hashWithList({ kind: { b: Number.NaN } }, "units", []), /kind\.b has no/)
  })

  it("makes no difference to the hash: a list of many items hashes as the whole does", () => {
    const units = Array.from({ length: 3_000 }, (_, i) => ({ id: `ü${i}`, b: [i], a: null }))
    assert.strictEqual(Canonical.hashWithList({ z: 1, a: 2 }, "units", units), Canonical.hash({ z: 1, a: 2, units }))
  })
})
