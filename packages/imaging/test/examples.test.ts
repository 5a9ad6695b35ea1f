import { run } from "@heddle/examples"
import { expect, it } from "vitest"

it("every example of the documentation runs and gives what it states", { timeout: 180_000 }, () => {
  const results = run(new URL("..", import.meta.url).pathname)
  expect(results.filter((result) => result.problem !== undefined)).toEqual([])
  expect(results.reduce((sum, result) => sum + result.checks, 0)).toBeGreaterThan(0)
})
