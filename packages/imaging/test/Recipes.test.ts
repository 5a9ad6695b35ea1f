import { readFileSync } from "node:fs"
import { expect, it } from "vitest"

const linesOf = (text: string): string =>
  text
    .split("\n")
    .map((line) => line.trim())
    .join("\n")

it("what README shows of an example stands in that example, which is run", () => {
  const readme = readFileSync(new URL("../README.md", import.meta.url), "utf8")
  const blocks = [...readme.matchAll(/^```ts\n([\s\S]*?)^```/gm)].map(([, code = ""]) => code)
  const shown = blocks.filter((code) => !code.includes("// =>"))
  expect(shown.length).toBeGreaterThan(0)
  for (const code of shown) {
    const [, file, core = ""] = /^\/\/ (examples\/\w+\.ts)\n([\s\S]+)\n$/.exec(code) ?? []
    expect(file, code).toBeDefined()
    const example = readFileSync(new URL(`../${file}`, import.meta.url), "utf8")
    expect(linesOf(example), `${file}`).toContain(linesOf(core))
  }
})
