import { run } from "@heddle/examples"
import { expect, it } from "vitest"

it("the examples of the repository's first page run and give what they state", { timeout: 180_000 }, () => {
  const results = run(new URL("..", import.meta.url).pathname, ["README.md", "../../README.md"])
  expect(results.filter((result) => result.problem !== undefined)).toEqual([])
  expect(results.filter((result) => result.source.startsWith("../../README.md")).length).toBe(2)
})
