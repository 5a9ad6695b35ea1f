import { describe, expect, it } from "@effect/vitest"
import * as LedgerMemory from "@heddle/core/LedgerMemory"
import { Effect, Stream } from "effect"
import type { RunRequest } from "../src/RunBinding.ts"
import * as RunOrder from "../src/RunOrder.ts"
import { limitsOf } from "../src/report/ReportLimits.ts"
import { methodsParagraphs } from "../src/report/ReportMethods.ts"
import type { DesignKind } from "../src/Study.ts"
import type { StudyControls } from "../src/StudyControls.ts"
import * as StudyRecords from "../src/StudyRecords.ts"
import { runStudy, resumeStudy, type RunStudyOptions } from "../src/StudyRunner.ts"
import { reviewStudy } from "../src/ValidateStudy.ts"
import { modelOf } from "./report/reportStudies.ts"
import { studyOf } from "./runStudies.ts"

const inMemory = Effect.provide(LedgerMemory.layer())

const study = (runOrder: NonNullable<StudyControls["runOrder"]> | undefined, more: StudyControls = {}) =>
  studyOf(6, {
    designSpec: { kind: "full_factorial", randomize: true },
    runBudget: { replicates: 3 },
    heddle: { ...more, ...(runOrder === undefined ? {} : { runOrder }) },
  })

/** Runs the study, and tells in which order runs started. */
const started = Effect.fnUntraced(function* (of: ReturnType<typeof study>, options: RunStudyOptions = {}) {
  const seen: Array<readonly [replicate: number, x: unknown]> = []
  const run = yield* runStudy(of, {
    parallelism: 1,
    conditionRunner: ({ factors, replicate, seed }: RunRequest) => {
      seen.push([replicate, factors["x"]])
      return { outputs: { seed } }
    },
    ...options,
  })
  const records = yield* Stream.runCollect(StudyRecords.records(run.runs, run.runId ?? ""))
  return { seen, run, records: [...records] }
})

describe("the order in which runs start", () => {
  it.effect("is the plan's, by whole replicates, or random within each; results and records are the same in all", () =>
    Effect.gen(function* () {
      const alone = (runOrder: NonNullable<StudyControls["runOrder"]>) =>
        Effect.scoped(inMemory(started(study(runOrder))))
      const [plan, replicates, random] = [yield* alone("plan"), yield* alone("replicates"), yield* alone("random")]
      expect(plan.seen.map(([replicate]) => replicate)).toEqual(Array(6).fill([1, 2, 3]).flat())
      const rounds = [1, 2, 3].flatMap((replicate) => Array(6).fill(replicate))
      expect(replicates.seen.map(([replicate]) => replicate)).toEqual(rounds)
      expect(random.seen.map(([replicate]) => replicate)).toEqual(rounds)
      const levels = (seen: typeof random.seen, replicate: number) =>
        seen.flatMap(([own, x]) => (own === replicate ? [x] : []))
      expect(levels(replicates.seen, 1)).toEqual(levels(replicates.seen, 2))
      expect(levels(random.seen, 1)).not.toEqual(levels(random.seen, 2))
      for (const replicate of [1, 2, 3]) expect(levels(random.seen, replicate).toSorted()).toEqual([1, 2, 3, 4, 5, 6])
      for (const other of [replicates, random]) {
        expect(other.run.results).toEqual(plan.run.results)
        expect(other.records).toEqual(plan.records)
      }
    }),
  )

  it.effect("is the same again for the same seed, another for another, and kept by what a resume runs", () =>
    Effect.gen(function* () {
      const of = study("random")
      const { run } = yield* inMemory(started(of))
      const order = (base: number) =>
        RunOrder.startOrder({ ...of, seedPolicy: { ...of.seedPolicy, baseSeed: base } }, run.runs)
      expect(order(1)).toEqual(order(1))
      expect(order(1)).not.toEqual(order(2))
      // Without some of the runs, the others start as they would have.
      const kept = run.runs.filter((_, place) => place % 2 === 1)
      const all = RunOrder.startOrder(of, run.runs).map((place) => run.runs[place]?.runId)
      const some = RunOrder.startOrder(of, kept).map((place) => kept[place]?.runId)
      expect(some).toEqual(all.filter((id) => some.includes(id)))
    }),
  )

  it.effect("may be changed between sessions: nothing that is done is run again", () =>
    Effect.gen(function* () {
      const first = yield* started(study(undefined, { failures: { stopAfter: 1 } }), {
        conditionRunner: ({ factors, replicate }: RunRequest) => {
          if (factors["x"] === 3 && replicate === 2) throw new Error("lost")
          return { outputs: {} }
        },
      })
      const done = first.run.results.filter(({ status }) => status === "success").length
      const again = yield* resumeStudy(study("random"), { parallelism: 1, conditionRunner: () => ({ outputs: {} }) })
      expect(again.receipt?.counts).toMatchObject({ reused: done, succeeded: 18 - done })
    }).pipe(inMemory),
  )

  it.effect("is random within the rounds of a study that stops balanced", () =>
    Effect.gen(function* () {
      // A run that does not say what it cost counts with all that it may: two whole replicates fit.
      const budgets = { study: { costUsd: 13 }, perRun: { costUsd: 1 } }
      const { seen } = yield* started(study("random", { stopBalanced: true, budgets }))
      expect(seen.map(([replicate]) => replicate)).toEqual([1, 2].flatMap((replicate) => Array(6).fill(replicate)))
    }).pipe(inMemory),
  )

  it("warns where conditions are in a random order and their replicates are not", () => {
    expect(RunOrder.orderNotes(study(undefined), 3).warning).toContain("a drift in time would look like an effect")
    expect(RunOrder.orderNotes(study("random"), 3).warning).toBeUndefined()
    expect(RunOrder.orderNotes(study("replicates"), 3).warning).toBeUndefined()
    expect(RunOrder.orderNotes(study(undefined), 1).warning).toBeUndefined()
    expect(RunOrder.orderNotes(study(undefined, { stopping: { rule: "always_valid" } }), 3).note).toContain(
      "whole replicates",
    )
  })

  it("a random order is refused for a design that has an order of its own", () => {
    const ordered = studyOf(3, { designSpec: { kind: "williams" }, heddle: { runOrder: "random" } })
    expect(JSON.stringify(reviewStudy(ordered))).toContain("whose order of runs is part of the design")
  })

  it.effect("a crossover goes period by period, and the runs of one subject never overlap", () =>
    Effect.gen(function* () {
      const crossover = studyOf(4, {
        designSpec: { kind: "williams", options: { subjects: 4 } },
        runBudget: { replicates: 2 },
      })
      const underWay = new Set<unknown>()
      const overlaps: Array<unknown> = []
      const started: Array<readonly [replicate: number, subject: unknown, period: unknown]> = []
      yield* runStudy(crossover, {
        parallelism: 5,
        conditionRunner: async ({ blocks, design, replicate, seed }: RunRequest) => {
          const { subject } = blocks
          if (underWay.has(subject)) overlaps.push(subject)
          underWay.add(subject)
          started.push([replicate, subject, design["period"]])
          // Runs take differently long, so that a later period would overtake an earlier one.
          for (let turn = seed % 7; turn >= 0; turn--) await new Promise((resolve) => setImmediate(resolve))
          underWay.delete(subject)
          return { outputs: {} }
        },
      })
      expect(overlaps).toEqual([])
      for (const subject of [1, 2, 3, 4]) {
        const own = started.flatMap(([replicate, whose, period]) => (whose === subject ? [[replicate, period]] : []))
        expect(own).toEqual([1, 2].flatMap((replicate) => [1, 2, 3, 4].map((period) => [replicate, period])))
      }
      expect(RunOrder.orderNotes(crossover, 2).note).toContain("period by period")
    }).pipe(inMemory),
  )

  it("is told as it is by the design and by the report, whatever drew it", () => {
    const told = (kind: DesignKind, randomize: boolean, runOrder: StudyControls["runOrder"]) => {
      const of = studyOf(3, {
        factors: ["x", "y"].map((name) => ({ name, levels: [1, 2].map((value) => ({ name: `${value}`, value })) })),
        designSpec: { kind, randomize },
        runBudget: { replicates: 2 },
        heddle: runOrder === undefined ? {} : { runOrder },
      })
      const { design, ...model } = modelOf(of, () => 1)
      return {
        notes: (design?.notes ?? []).join(" "),
        methods: methodsParagraphs({ ...model, design }).join(" "),
        limits: limitsOf({ ...model, design: undefined }).join(" "),
      }
    }
    for (const kind of ["full_factorial", "fractional_factorial"] as const) {
      const random = told(kind, false, "random")
      expect(random.notes).toContain("their runs start in random order (heddle.run_order: random)")
      expect(random.notes).not.toMatch(/not randomised|drift|randomize: true/)
      expect(random.methods).toContain("Runs were started in random order within each replicate")
      expect(random.methods).not.toContain("not randomised")
      expect(random.limits).not.toContain("drift")
      const fixed = told(kind, false, undefined)
      expect(fixed.notes).toMatch(/not randomised|a drift in time would look like an effect/)
      expect(fixed.methods).toContain(
        "The order of conditions was that of the design and not randomised. Runs were started in that order",
      )
      expect(fixed.limits).toContain("Runs were not started in random order: a drift over time")
      const late = told(kind, true, undefined)
      expect(late.methods).toContain(
        "The order of conditions was randomised. Runs were started in that order, each condition with all",
      )
      expect(late.limits).toContain("The replicates of each condition were started one after the other: a drift")
      expect(told(kind, true, "replicates").limits).not.toContain("drift")
    }
    // This kind draws its order whatever randomize says.
    const drawn = told("randomized_block", false, "replicates")
    expect(drawn.methods).toContain("The order of conditions was randomised. Runs were started in whole replicates")
    expect(drawn.limits).not.toContain("drift")
  })
})
