import { describe, expect, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import { fibers } from "@heddle/core/Placement"
import { suite, unitOf } from "./placementSuite.ts"

describe("fibers", () => {
  suite(fibers)

  it.effect("a function runs as it is", () =>
    Effect.scoped(
      Effect.gen(function* () {
        const run = yield* fibers.prepare((unit) => Effect.succeed(`did ${unit.id}`), { concurrency: 2 })
        expect(yield* run(unitOf("ALPHA"))).toBe("did ALPHA")
      }),
    ),
  )
})
