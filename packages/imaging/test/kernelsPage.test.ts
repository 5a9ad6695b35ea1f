import { readFileSync } from "node:fs"
import { describe, expect, it } from "vitest"
import { kernelsPage, pagePath } from "../build/kernels.ts"
import { signatures } from "../src/Kernels.ts"
import { pixelDtypes, type Signature } from "../src/Signature.ts"

const page = kernelsPage(signatures)

describe("the page of all kernels", () => {
  it("is the committed one: else run build/kernels.ts", () => {
    expect(readFileSync(pagePath, "utf8") === page).toBe(true)
  })

  it("has every kernel with all of its parameters, columns and inputs", () => {
    const sections = new Map(
      page
        .split("\n## ")
        .slice(1)
        .map((section) => [section.slice(0, section.indexOf("\n")), section] as const),
    )
    expect([...sections.keys()]).toEqual(signatures.map(({ name }) => name))
    for (const { inputs, name, parameters, tables } of signatures) {
      const section = sections.get(name) ?? ""
      for (const parameter of Object.keys(parameters)) expect(section, name).toContain(`\n| \`${parameter}\` | `)
      for (const column of tables.flatMap(({ columns }) => columns))
        expect(section, name).toContain(`\n| \`${column.name}\` | `)
      for (const input of inputs) expect(section, name).toContain(`\n- takes \`${input.name}\` (`)
    }
  })

  it("says range, choices, default and condition of a parameter, and keeps text from breaking the table", () => {
    const signature = {
      name: "white_top_hat",
      summary: "sets a_b apart",
      version: 1,
      inputs: [{ name: "image", axes: "yx", dtypes: pixelDtypes, summary: "one plane" }],
      halo: { reach: "pixels", plus: 1, terms: [{ parameter: "sigmaPx", times: 4 }] },
      parameters: {
        sigmaPx: { kind: "number", minimum: 0, above: true, maximum: 65_535, unit: "px", summary: "(a b | a b)" },
        mode: { kind: "choice", choices: ["one", "two"], fallback: "one", unit: "", summary: "which" },
        count: {
          kind: "integer",
          minimum: 1,
          maximum: 9,
          optional: true,
          onlyWhen: { parameter: "mode", is: ["two"] },
          unit: "",
          summary: "how many",
        },
        limit: { kind: "number", minimum: -3.4e38, maximum: 3.4e38, fallback: 0, unit: "", summary: "where `a_b`" },
      },
      tables: [],
      memory: { bytesPerPixel: 4, bytes: 65_536 },
      source: "hand",
    } as const satisfies Signature
    const lines = kernelsPage([signature]).split("\n")
    for (const line of [
      "`whiteTopHat` of `@heddle/imaging/TopHat`: sets a\\_b apart.",
      "- takes `image` (y, x; uint8, uint16, float32; grey values): one plane",
      "- looks at 4 x `sigmaPx` + 1 px around it, rounded up",
      "- memory: 4 bytes per pixel and 65,536 bytes beyond the inputs, at most",
      "| `sigmaPx` | px | above 0 to 65,535 | **must be given** | (a b \\| a b) |",
      '| `mode` |  | `"one"`, `"two"` | `"one"` | which |',
      '| `count` |  | whole, from 1 to 9 | may be left out | how many; only where `mode` is `"two"` |',
      "| `limit` |  | any | 0 | where `a_b` |",
    ]) {
      expect(lines).toContain(line)
    }
  })
})
