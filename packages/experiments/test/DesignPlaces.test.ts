import { describe, expect, it } from "@effect/vitest"
import * as LedgerMemory from "@heddle/core/LedgerMemory"
import { Effect } from "effect"
import * as DesignPlaces from "../src/DesignPlaces.ts"
import * as CommandAgent from "../src/node/CommandAgent.ts"
import { runStudy } from "../src/StudyRunner.ts"
import { studyOf } from "./runStudies.ts"

describe("places in a design", () => {
  it.live("are told to a program: the period and the sequence of each run of a crossover", () =>
    Effect.gen(function* () {
      const study = studyOf(2, {
        designSpec: { kind: "williams", options: { subjects: 2 } },
        agentSpecs: ["echo"],
        problemIds: ["p"],
      })
      const program =
        'let text = ""; process.stdin.on("data", (c) => (text += c)).on("end", () => console.log(JSON.stringify({{ output: JSON.parse(text).design }})))'
      const run = yield* runStudy(study, {
        agentBindings: { echo: CommandAgent.make({ argv: [process.execPath, "-e", program], version: "1" }) },
        problemRegistry: { p: { brief: "b" } },
      })
      const told = run.results.map(({ outputs }) => [outputs.get("sequence"), outputs.get("period")])
      // Two sequences of two periods, each in its order.
      expect(told.map((pair) => pair.map(String).join(" ")).toSorted()).toEqual(["1 1", "1 2", "2 1", "2 2"])
      const [condition] = run.conditions
      expect(condition).toBeDefined()
      if (condition !== undefined) expect([...DesignPlaces.placesOf(condition).keys()]).toContain("session")
    }).pipe(Effect.provide(LedgerMemory.layer())),
  )

  it("a table of the predecessor's kinds has no columns beyond its own", () => {
    const condition = {
      conditionId: "c",
      factorAssignments: new Map([["period", "day"]]),
      blockAssignments: new Map(),
      metadata: new Map<string, string | bigint>([
        ["row_index", 3n],
        ["period", 1n],
      ]),
      admissible: true,
      constraintMessages: [],
    }
    expect(DesignPlaces.placeColumns(studyOf(2, { designSpec: { kind: "latin_square" } }), [condition])).toEqual([])
    // A factor that has the name of a place is shown once, as the factor.
    const own = studyOf(2, { designSpec: { kind: "randomized_complete_block" } })
    expect(DesignPlaces.placeColumns(own, [condition])).toEqual(["row_index"])
  })
})
