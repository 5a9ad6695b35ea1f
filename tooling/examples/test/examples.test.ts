import { expect, it } from "vitest"
import { fromDocs, fromMarkdown, toModule } from "../src/index.ts"

it("finds each example of a doc comment, up to the next tag", () => {
  const text = [
    "/**",
    " * Adds.",
    " *",
    " * @example",
    " * const a = 1",
    " * a + 1 // => 2",
    " *",
    " * @category x",
    " */",
  ].join("\n")
  const [example] = fromDocs(text, "src/A.ts")
  expect(example).toEqual({ source: "src/A.ts:4", code: "const a = 1\na + 1 // => 2\n" })
})

it("takes README blocks only where they state a result", () => {
  const text = "```ts\nconst a = 1\n```\ntext\n```ts\n1 + 1 // => 2\n```\n"
  expect(fromMarkdown(text, "README.md").map((example) => example.source)).toEqual(["README.md:5"])
})

it("turns a stated result into a check, and refuses one that would check nothing", () => {
  const { text, checks } = toModule({ source: "x", code: "f({ a: 1 }) // => [1, 2]\n// => in a comment" })
  expect(checks).toBe(1)
  expect(text).toContain('__check(await (f({ a: 1 })), ([1, 2]), "f({ a: 1 })")')
  expect(() => toModule({ source: "x", code: "const a = 1 // => 1" })).toThrow("whole expression")
})
