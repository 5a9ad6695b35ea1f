/**
 * The acceptance cases of the specification, by their numbers. The last test counts them: one that is absent, or asserts
 * nothing, fails.
 */
import { describe } from "@effect/vitest"
import { artifactCases } from "./artifacts.ts"
import { designCases } from "./designs.ts"
import { idCases } from "./ids.ts"
import { runningCases } from "./running.ts"
import { Book, numbered } from "./support.ts"

describe("acceptance", () => {
  const book = new Book("acceptance cases")
  idCases(book)
  designCases(book)
  runningCases(book)
  artifactCases(book)
  book.count(numbered("AC-", 39, 2))
})
