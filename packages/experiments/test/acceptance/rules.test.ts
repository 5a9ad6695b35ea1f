/**
 * The rules of the runners, R1-R29 of the specification, one test each and counted. Where the predecessor is wrong the
 * improved behaviour is asserted, and the title says "improved". The rows of the other rules are T01-T21.
 */
import { describe, expect } from "@effect/vitest"
import { Ledger } from "@heddle/core/Ledger"
import * as LedgerMemory from "@heddle/core/LedgerMemory"
import * as LedgerSqlite from "@heddle/core/node/LedgerSqlite"
import * as PlacementWorkers from "@heddle/core/node/PlacementWorkers"
import * as Runner from "@heddle/core/Runner"
import type { Condition } from "@heddle/experiments/Condition"
import * as RunModuleFile from "@heddle/experiments/node/RunModuleFile"
import * as StudyProgressTerminal from "@heddle/experiments/node/StudyProgressTerminal"
import type { RunRequest } from "@heddle/experiments/RunBinding"
import * as StudyFile from "@heddle/experiments/StudyFile"
import { planRuns } from "@heddle/experiments/StudyPlan"
import { type ProgressRequest, StudyProgress } from "@heddle/experiments/StudyProgress"
import * as StudyRecords from "@heddle/experiments/StudyRecords"
import { dryRunValidate, reproducibleSeed, resumeStudy, runStudy } from "@heddle/experiments/StudyRunner"
import { Deferred, Effect, Layer, Random, Stream } from "effect"
import { existsSync, readFileSync, writeFileSync } from "node:fs"
import { dirname, join, resolve } from "node:path"
import { Writable } from "node:stream"
import { fileURLToPath } from "node:url"
import { buildDesign } from "@heddle/experiments/BuildDesign"
import { records as csvRecords } from "../pythonCsv.ts"
import { smallAgent, smallProblems, smallStudy, studyOf } from "../runStudies.ts"
import { otherRules } from "./otherRules.ts"
import { artifactsIn, Book, contents, failure, filesBelow, numbered, success, temporary } from "./support.ts"

const inMemory = <A, E, R>(effect: Effect.Effect<A, E, R>) => Effect.provide(effect, LedgerMemory.layer())

const works = (): unknown => ({ outputs: {} })

/** Counts what a condition runner is called with. */
const counting = () => {
  const calls: Array<string> = []
  const conditionRunner = ({ runId }: RunRequest): unknown => {
    calls.push(runId)
    return { outputs: {} }
  }
  return { calls, conditionRunner }
}

/** A progress display that notes when it is opened and closed, and what it is told. */
const notedProgress = () => {
  const opened: Array<ProgressRequest> = []
  const told: Array<string> = []
  let closed = 0
  const layer = Layer.succeed(StudyProgress, {
    open: (request) =>
      Effect.gen(function* () {
        opened.push(request)
        yield* Effect.addFinalizer(() => Effect.sync(() => void closed++))
        return {
          observe: (event) => {
            if (event.type === "unitFinished" && event.outcome.status !== "reused") told.push(event.outcome.status)
          },
        }
      }),
  })
  return { opened, told, closed: () => closed, layer }
}

/** Text that was written to a terminal. */
const terminal = (isTTY: boolean) => {
  const written: Array<string> = []
  const stream = Object.assign(
    new Writable({
      write: (chunk: unknown, _encoding, done) => {
        written.push(String(chunk))
        done()
      },
    }),
    { isTTY, columns: 120, rows: 40 },
  )
  return { text: () => written.join(""), layer: StudyProgressTerminal.layer({ stream, env: {} }) }
}

const conditionsOf = (...factors: ReadonlyArray<Parameters<typeof StudyFile.factor>>): ReadonlyArray<Condition> =>
  success(buildDesign(studyOf(1, { factors: factors.map(([name, values]) => StudyFile.factor(name, values)) })))
    .conditions

const src = fileURLToPath(new URL("../../src/", import.meta.url))

/** Every file that a module of the package loads, itself included. */
const loads = (file: string, seen: Set<string> = new Set()): ReadonlySet<string> => {
  if (seen.has(file)) return seen
  seen.add(file)
  for (const [, path = ""] of readFileSync(file, "utf8").matchAll(
    /^(?:import|export)(?! type).*?from "(\.[^"]+)"/gms,
  )) {
    loads(resolve(dirname(file), path), seen)
  }
  return seen
}

describe("rules of the runners", () => {
  const book = new Book("rules of the runners")
  const { live, test } = book

  test("R1", "an agent that is bound runs every run of the plan, and runs.csv is there", () =>
    Effect.gen(function* () {
      const root = yield* temporary
      const { results, runs } = yield* runStudy(smallStudy, {
        parallelism: 1,
        agentBindings: { alpha: () => "an answer" },
        problemRegistry: { p1: { brief: "b" } },
      }).pipe(Effect.provide(artifactsIn(root)), inMemory)
      expect(results.map(({ runId }) => runId)).toEqual(runs.map(({ runId }) => runId))
      expect(new Set(results.map(({ status }) => status))).toEqual(new Set(["success"]))
      expect(existsSync(join(root, smallStudy.outputDir, "runs.csv"))).toBe(true)
    }),
  )

  test("R2", "a dry run gives no results, opens no progress and writes nothing", () =>
    Effect.gen(function* () {
      const root = yield* temporary
      const progress = notedProgress()
      const { calls, conditionRunner } = counting()
      const ledger = LedgerMemory.make()
      const { results } = yield* runStudy(studyOf(3), { dryRun: true, conditionRunner }).pipe(
        Effect.provide([artifactsIn(root), progress.layer]),
        Effect.provideService(Ledger, ledger),
      )
      expect([results, calls, progress.opened, filesBelow(root)]).toEqual([[], [], [], []])
      expect(yield* ledger.listRuns()).toEqual([])
    }),
  )

  test("R3", "resuming a finished study calls nothing, gives as many results, and its progress starts at its end", () =>
    inMemory(
      Effect.gen(function* () {
        const { calls, conditionRunner } = counting()
        yield* runStudy(studyOf(4), { conditionRunner })
        const progress = notedProgress()
        const { results } = yield* resumeStudy(studyOf(4), { conditionRunner }).pipe(Effect.provide(progress.layer))
        expect([calls.length, results.length]).toEqual([4, 4])
        expect(progress.opened.map(({ done, plan }) => [done, plan.units.length])).toEqual([[4, 4]])
        expect([progress.told, progress.closed()]).toEqual([[], 1])
      }),
    ),
  )

  test("R4", "with one of two runs on record, progress starts at one and is told of exactly one more", () =>
    inMemory(
      Effect.gen(function* () {
        const control = yield* Runner.makeControl
        const { calls, conditionRunner } = counting()
        yield* runStudy(studyOf(2), {
          parallelism: 1,
          control,
          conditionRunner: (request) => Effect.as(control.stop, conditionRunner(request)),
        })
        expect(calls).toHaveLength(1)
        const progress = notedProgress()
        const { results } = yield* resumeStudy(studyOf(2), { conditionRunner }).pipe(Effect.provide(progress.layer))
        expect(progress.opened.map(({ done, plan }) => [done, plan.units.length])).toEqual([[1, 2]])
        expect([progress.told, results.length, calls.length]).toEqual([["succeeded"], 2, 2])
      }),
    ),
  )

  test("R5", "fail-fast in order: the first failure is the only result", () =>
    inMemory(
      Effect.gen(function* () {
        const { receipt, results } = yield* runStudy(studyOf(2, { runBudget: { failFast: true } }), {
          parallelism: 1,
          conditionRunner: () => {
            throw new RangeError("no")
          },
        })
        expect(results.map(({ status }) => status)).toEqual(["failed"])
        expect(receipt?.counts.notStarted).toBe(1)
      }),
    ),
  )

  test(
    "R6",
    "a condition runner that throws fails each run with type and message, and the record says how it ran",
    () =>
      inMemory(
        Effect.gen(function* () {
          const { results } = yield* runStudy(studyOf(3), {
            conditionRunner: () => {
              throw new RangeError("out of range")
            },
          })
          expect(results).toHaveLength(3)
          for (const result of results) {
            expect(result).toMatchObject({ status: "failed", errorInfo: "RangeError: out of range" })
            expect(result.provenanceInfo.get("execution_mode")).toBe("condition_runner")
          }
        }),
      ),
  )

  test("R7", "without agents and problems each run has its own seed and no references; a resume calls nothing", () =>
    inMemory(
      Effect.gen(function* () {
        const root = yield* temporary
        const { calls, conditionRunner } = counting()
        const study = studyOf(3, { runBudget: { replicates: 2 } })
        const { results } = yield* runStudy(study, { parallelism: 2, conditionRunner, compatibility: true }).pipe(
          Effect.provide(artifactsIn(root)),
        )
        expect(new Set(results.map(({ runSpec }) => runSpec.seed)).size).toBe(6)
        for (const { runSpec } of results) expect([runSpec.agentId, runSpec.problemId]).toEqual([null, null])
        const rows = csvRecords(readFileSync(join(root, study.outputDir, "runs.csv"), "utf8"))
        expect(new Set(rows.map((row) => row["problem_id"]))).toEqual(new Set([""]))
        yield* resumeStudy(study, { conditionRunner })
        expect(calls).toHaveLength(6)
      }),
    ),
  )

  test("R8", "without problems and condition runner the dry run names the option", () =>
    Effect.gen(function* () {
      const { errors } = yield* dryRunValidate(studyOf(2))
      expect(errors.join("\n")).toContain("conditionRunner")
    }),
  )

  test("R9", "a parallelism of 0 is an error; improved: before any folder is made", () =>
    inMemory(
      Effect.gen(function* () {
        const root = yield* temporary
        const error = yield* Effect.flip(
          runStudy(studyOf(1), { parallelism: 0, conditionRunner: works }).pipe(Effect.provide(artifactsIn(root))),
        )
        expect(error.message).toContain("parallelism")
        expect(filesBelow(root)).toEqual([])
      }),
    ),
  )

  const impossible = { constraintId: "c", description: "never", expression: "x < 0" }

  test("R10", "only inadmissible conditions are an error of the dry run", () =>
    Effect.gen(function* () {
      const study = studyOf(2, { constraints: [impossible] })
      const { errors, plannedRuns } = yield* dryRunValidate(study, { conditionRunner: works })
      expect([errors.length > 0, plannedRuns]).toEqual([true, 0])
      expect(errors.join()).toContain("admissible")
    }),
  )

  test("R11", "2 problems x 2 agents x 2 replicates do not fit in max_runs 3", () =>
    Effect.gen(function* () {
      const study = studyOf(1, {
        agentSpecs: ["a", "b"],
        problemIds: ["p", "q"],
        runBudget: { replicates: 2, maxRuns: 3 },
      })
      const { errors } = yield* dryRunValidate(study)
      expect(errors.join("\n")).toMatch(/8 runs|max_runs/)
    }),
  )

  book.plain("R12", "a factor agent_id or problem_id takes the place of the study's own list", () => {
    const study = studyOf(1, { agentSpecs: ["x", "y"], problemIds: ["p", "q"] })
    const agents = success(planRuns(study, conditionsOf(["agent_id", ["a", "b"]]), { mode: "agents" })).runs
    expect(agents.map(({ agentId, problemId }) => [agentId, problemId])).toEqual([
      ["a", "p"],
      ["a", "q"],
      ["b", "p"],
      ["b", "q"],
    ])
    const problems = success(planRuns(study, conditionsOf(["problem_id", ["r", "s"]]), { mode: "agents" })).runs
    expect(problems.map(({ agentId, problemId }) => [agentId, problemId])).toEqual([
      ["x", "r"],
      ["y", "r"],
      ["x", "s"],
      ["y", "s"],
    ])
  })

  book.plain("R13", "the factors agent and problem name them too; nothing named means the defaults", () => {
    const study = studyOf(1)
    const named = conditionsOf(["agent", ["a"]], ["problem", ["p"]])
    const [one] = success(planRuns(study, named, { mode: "agents" })).runs
    expect([one?.agentId, one?.problemId]).toEqual(["a", "p"])
    const [bare] = success(planRuns(study, conditionsOf(["z", [1]]), { mode: "agents" })).runs
    expect([bare?.agentId, bare?.problemId]).toEqual(["default-agent", "default-problem"])
  })

  test("R14", "a seeded Effect leaves the caller's generator where it was, also where it fails", () =>
    Effect.gen(function* () {
      const program = Effect.gen(function* () {
        const first = yield* Random.next
        yield* Effect.exit(reproducibleSeed(7)(Effect.andThen(Random.next, Effect.fail("after drawing"))))
        return [first, yield* Random.next]
      })
      const undisturbed = yield* Random.withSeed(Effect.all([Random.next, Random.next]), "caller")
      expect(yield* Random.withSeed(program, "caller")).toEqual(undisturbed)
    }),
  )

  live("R15", "progress is not shown where it is switched off, without a terminal, or with nothing to run", () =>
    inMemory(
      Effect.gen(function* () {
        const shown = Effect.fnUntraced(function* (isTTY: boolean, showProgress: boolean | undefined, done: number) {
          const { layer, text } = terminal(isTTY)
          const plan = (yield* runStudy(studyOf(2), { dryRun: true, conditionRunner: works })).plan
          const display = yield* Effect.scoped(
            Effect.flatMap(StudyProgress, (progress) =>
              progress.open({ studyId: "s", show: showProgress, plan, done }),
            ),
          ).pipe(Effect.provide(layer))
          return display !== undefined || text() !== ""
        })
        expect(yield* shown(true, false, 0)).toBe(false)
        expect(yield* shown(false, undefined, 0)).toBe(false)
        expect(yield* shown(true, undefined, 2)).toBe(false)
        expect(yield* shown(true, undefined, 0)).toBe(true)
        expect(yield* shown(false, true, 0)).toBe(true)
      }),
    ),
  )

  live(
    "R16",
    "on a terminal, three runs of which one is done: the failure that follows is counted, and the display ends",
    () =>
      inMemory(
        Effect.gen(function* () {
          const study = studyOf(3)
          const control = yield* Runner.makeControl
          yield* runStudy(study, { parallelism: 1, control, conditionRunner: () => Effect.as(control.stop, works()) })
          const { layer, text } = terminal(true)
          const progress = notedProgress()
          const conditionRunner = ({ factors }: RunRequest): unknown => {
            if (factors["x"] === 2) throw new RangeError("no")
            return works()
          }
          yield* resumeStudy(study, { parallelism: 1, conditionRunner }).pipe(Effect.provide(layer))
          expect(text()).toContain("3")
          expect(text()).toMatch(/1 failed|failed[^0-9]{0,5}1/)
          const again = yield* resumeStudy(study, { parallelism: 1, conditionRunner }).pipe(
            Effect.provide(progress.layer),
          )
          expect([progress.told, progress.closed(), again.results.length]).toEqual([["failed"], 1, 3])
        }),
      ),
  )

  test("R17", "where nothing is on record, every run counts as never started, and resume: true starts afresh", () =>
    inMemory(
      Effect.gen(function* () {
        const { runs } = yield* runStudy(studyOf(2), { dryRun: true, conditionRunner: works })
        const other = yield* runStudy(studyOf(1, { studyId: "other" }), { conditionRunner: works })
        const records = yield* Stream.runCollect(StudyRecords.records(runs, other.runId ?? ""))
        expect(records.map(({ outcome, result }) => [outcome, result])).toEqual([
          ["notStarted", undefined],
          ["notStarted", undefined],
        ])
        expect((yield* runStudy(studyOf(2), { conditionRunner: works, resume: true })).results).toHaveLength(2)
      }),
    ),
  )

  book.plain("R18", "the package and its runner load no terminal and nothing else of Node", () => {
    for (const entry of ["index.ts", "StudyRunner.ts"]) {
      const files = [...loads(join(src, entry))]
      expect(files.length).toBeGreaterThan(5)
      expect(files.filter((file) => file.includes("/node/"))).toEqual([])
      for (const file of files)
        expect(readFileSync(file, "utf8"), file).not.toMatch(/from "(?:node:|@heddle\/core\/node)/)
    }
  })

  test("R19", "improved: results come in plan order though later runs end first", () =>
    inMemory(
      Effect.gen(function* () {
        const gates = yield* Effect.forEach([1, 2, 3, 4, 5], () => Deferred.make<void>())
        const finished: Array<unknown> = []
        const { results, runs } = yield* runStudy(studyOf(4), {
          parallelism: 4,
          conditionRunner: ({ factors }) =>
            Effect.gen(function* () {
              const x = Number(factors["x"])
              const [own, next] = [gates[x - 1], gates[x]]
              if (x < 4 && next !== undefined) yield* Deferred.await(next)
              finished.push(x)
              if (own !== undefined) yield* Deferred.succeed(own, undefined)
              return { outputs: {} }
            }),
        })
        expect(finished).toEqual([4, 3, 2, 1])
        expect(results.map(({ runId }) => runId)).toEqual(runs.map(({ runId }) => runId))
      }),
    ),
  )

  test("R20", "improved: fail-fast among three in flight loses no result of the others", () =>
    inMemory(
      Effect.gen(function* () {
        const [failed, three] = [yield* Deferred.make<void>(), yield* Deferred.make<void>()]
        const { results } = yield* runStudy(studyOf(6, { runBudget: { failFast: true } }), {
          parallelism: 3,
          conditionRunner: ({ factors }) =>
            Effect.gen(function* () {
              if (factors["x"] === 3) yield* Deferred.succeed(three, undefined)
              yield* Deferred.await(three)
              if (factors["x"] === 1) return yield* Effect.die(new RangeError("the first fails"))
              yield* Deferred.await(failed)
              return { outputs: {} }
            }),
          observers: [
            (event) => {
              if (event.type === "unitFinished") Deferred.doneUnsafe(failed, Effect.void)
            },
          ],
        })
        expect(results.map(({ status }) => status)).toEqual(["failed", "success", "success"])
      }),
    ),
  )

  test("R21", "improved: a failed run is run again by a resume with a mended agent", () =>
    inMemory(
      Effect.gen(function* () {
        const broken = { agentBindings: { alpha: smallAgent }, problemRegistry: smallProblems }
        yield* runStudy(smallStudy, broken)
        const { results } = yield* resumeStudy(smallStudy, { ...broken, agentBindings: { alpha: () => "mended" } })
        expect(results.at(-1)).toMatchObject({ status: "success", attempts: 2 })
      }),
    ),
  )

  test("R22", "improved: another base seed is refused, nothing is mixed", () =>
    inMemory(
      Effect.gen(function* () {
        yield* runStudy(studyOf(2, { seedPolicy: { baseSeed: 1 } }), { conditionRunner: works })
        const error = yield* Effect.flip(
          resumeStudy(studyOf(2, { seedPolicy: { baseSeed: 2 } }), { conditionRunner: works }),
        )
        expect(error.message).toContain("seed policy")
      }),
    ),
  )

  test("R23", "improved: a plan that shrinks from three conditions to one exports one result and no orphans", () =>
    inMemory(
      Effect.gen(function* () {
        const root = yield* temporary
        yield* runStudy(studyOf(3), { conditionRunner: works })
        const { results } = yield* resumeStudy(studyOf(1), { conditionRunner: works }).pipe(
          Effect.provide(artifactsIn(root)),
        )
        expect(results).toHaveLength(1)
        const rows = csvRecords(readFileSync(join(root, "artifacts/s/runs.csv"), "utf8"))
        expect(rows.map((row) => row["run_id"])).toEqual(results.map(({ runId }) => runId))
      }),
    ),
  )

  test("R24", "improved: five conditions and max_runs 2 are an error that names both", () =>
    Effect.gen(function* () {
      const { errors } = yield* dryRunValidate(studyOf(5, { runBudget: { maxRuns: 2 } }), { conditionRunner: works })
      expect(errors.join()).toMatch(/5 runs.*max_runs allows 2/)
    }),
  )

  live(
    "R25",
    "improved: a damaged ledger is told with its file and left as it is, and no file of a study is read back",
    () =>
      Effect.gen(function* () {
        const folder = yield* temporary
        const path = join(folder, "ledger.sqlite")
        yield* runStudy(studyOf(3), { conditionRunner: works }).pipe(Effect.provide(LedgerSqlite.layer({ path })))
        const whole = readFileSync(path)
        const damaged = Buffer.concat([whole.subarray(0, 4096), Buffer.alloc(whole.length - 4096, 0x5a)])
        writeFileSync(path, damaged)
        const error = yield* Effect.flip(Effect.scoped(LedgerSqlite.make({ path })))
        expect(error.reason._tag).toBe("Corrupt")
        expect(error.message).toContain(path)
        expect(readFileSync(path).equals(damaged)).toBe(true)
        // A checkpoint of the compatibility files that is cut off in its middle stops nothing.
        const root = yield* temporary
        const study = studyOf(2)
        const ledger = LedgerMemory.make()
        const over = <A, E, R>(effect: Effect.Effect<A, E, R>) =>
          Effect.provide(Effect.provideService(effect, Ledger, ledger), artifactsIn(root))
        const options = { conditionRunner: works, compatibility: true }
        const first = yield* over(runStudy(study, options))
        const before = contents(root)
        const checkpoint = join(root, study.outputDir, "artifacts/checkpoints", `${first.results[0]?.runId}.json`)
        writeFileSync(checkpoint, readFileSync(checkpoint, "utf8").slice(0, 40))
        const again = yield* over(resumeStudy(study, options))
        expect(again.results).toEqual(first.results)
        expect(readFileSync(checkpoint, "latin1")).toBe(before.get(checkpoint.slice(root.length + 1)))
      }),
  )

  test("R26", "improved: an interruption starts nothing more, and what ran is on record and exported", () =>
    inMemory(
      Effect.gen(function* () {
        const root = yield* temporary
        const control = yield* Runner.makeControl
        let calls = 0
        const study = studyOf(40)
        const { receipt } = yield* runStudy(study, {
          parallelism: 2,
          control,
          conditionRunner: () =>
            Effect.gen(function* () {
              if (++calls === 4) yield* control.interrupt
              yield* Effect.yieldNow
              return works()
            }),
        }).pipe(Effect.provide(artifactsIn(root)))
        expect(calls).toBeLessThanOrEqual(6)
        expect(receipt?.status).toBe("interrupted")
        const rows = csvRecords(readFileSync(join(root, study.outputDir, "runs.csv"), "utf8"))
        expect(rows).toHaveLength(receipt?.counts.succeeded ?? -1)
        expect(rows.length).toBeGreaterThanOrEqual(2)
      }),
    ),
  )

  live("R27", "improved: an agent that ends its process fails its run alone, and files are written", () =>
    inMemory(
      Effect.gen(function* () {
        const root = yield* temporary
        const file = join(root, "agent.mjs")
        writeFileSync(file, "export default (run) => (run.factors.x === 1 ? process.exit(3) : { outputs: {} })\n")
        const conditionRunner = yield* RunModuleFile.load(file)
        const { results } = yield* runStudy(studyOf(2), { conditionRunner, parallelism: 1 }).pipe(
          Effect.provide([artifactsIn(root), PlacementWorkers.layer()]),
        )
        expect(results.map(({ status }) => status)).toEqual(["failed", "success"])
        expect(existsSync(join(root, "artifacts/s/failures.csv"))).toBe(true)
      }),
    ),
  )

  book.plain("R28", "improved: two levels with one value are refused, and both conditions are named", () => {
    const levels = ["low", "high"].map((name) => ({ name, value: 1 }))
    const { conditions } = success(buildDesign(studyOf(1, { factors: [{ name: "a", levels }] })))
    const error = failure(planRuns(studyOf(1), conditions, { mode: "callback" }))
    expect(error._tag).toBe("RunPlanError")
    expect(error.message.match(/cond-[0-9a-f]{12}/g)).toHaveLength(2)
  })

  test("R29", "improved: a study that is run twice is two runs of the ledger, each with every run once", () =>
    Effect.gen(function* () {
      const root = yield* temporary
      const ledger = LedgerMemory.make()
      const study = studyOf(3)
      const options = { conditionRunner: works, compatibility: true }
      for (const runId of ["one", "two"]) {
        yield* runStudy(study, { ...options, runId }).pipe(
          Effect.provide(artifactsIn(root)),
          Effect.provideService(Ledger, ledger),
        )
      }
      expect((yield* ledger.listRuns()).map(({ counts, runId }) => [runId, counts.succeeded]).toSorted()).toEqual([
        ["one", 3],
        ["two", 3],
      ])
      const lines = readFileSync(join(root, study.outputDir, "artifacts/checkpoints/runs.jsonl"), "utf8")
      expect(lines.trimEnd().split("\n")).toHaveLength(3)
    }),
  )

  book.count(numbered("R", 29))
})

describe("the other rules", () => {
  const book = new Book("other rules")
  otherRules(book)
  book.count(numbered("T", 21, 2))
})
