// Conditions of a design that is not built in, run and recorded like any other. Here: a star, one factor at a time from a
// common centre.
import * as LedgerMemory from "@heddle/core/LedgerMemory"
import type { Condition } from "@heddle/experiments/Condition"
import { conditionId, fingerprintText } from "@heddle/experiments/Identifier"
import * as StudyFile from "@heddle/experiments/StudyFile"
import { planStudy, runStudy } from "@heddle/experiments/StudyRunner"
import type { ValueMap } from "@heddle/experiments/Value"
import * as Effect from "effect/Effect"
import * as Logger from "effect/Logger"
import * as Result from "effect/Result"

const study = Result.getOrThrow(
  StudyFile.make({
    studyId: "star",
    title: "One factor at a time",
    factors: [StudyFile.factor("heat", [20, 30, 40]), StudyFile.factor("time", [1, 2, 3])],
    runBudget: { replicates: 2 },
  }),
)

const star: ReadonlyArray<ValueMap> = [
  new Map([
    ["heat", 30],
    ["time", 2],
  ]),
  new Map([
    ["heat", 20],
    ["time", 2],
  ]),
  new Map([
    ["heat", 40],
    ["time", 2],
  ]),
  new Map([
    ["heat", 30],
    ["time", 1],
  ]),
  new Map([
    ["heat", 30],
    ["time", 3],
  ]),
]
const none: ValueMap = new Map()
const conditions = star.map((factors): Condition => ({
  conditionId: conditionId(factors, none),
  factorAssignments: factors,
  blockAssignments: none,
  metadata: new Map([
    ["design_kind", "star"],
    ["fingerprint", fingerprintText(factors, none)],
  ]),
  admissible: true,
  constraintMessages: [],
}))

const program = Effect.gen(function* () {
  const bindings = {
    conditions,
    conditionRunner: ({ factors }: { readonly factors: { readonly [name: string]: unknown } }) => ({
      outputs: {},
      metrics: { yield: 50 + Number(factors["heat"]) - 3 * (Number(factors["time"]) - 2) ** 2 },
    }),
    conditionRunnerVersion: "1",
  }
  const { planned } = yield* planStudy(study, bindings)
  const run = yield* runStudy(study, bindings)
  return { planned: planned.runs.length, run }
}).pipe(Effect.provide([LedgerMemory.layer(), Logger.layer([])]))

const { planned, run } = await Effect.runPromise(program)
if (planned !== 10 || run.results.length !== planned) throw new Error("five conditions, twice each, are ten runs")
for (const { metrics, runSpec } of run.results) {
  process.stdout.write(`${runSpec.conditionId}\t${runSpec.replicate}\t${String(metrics.get("yield"))}\n`)
}
