/**
 * Acceptance cases 16, 19, 32-34 and 39: the files of studies, as the predecessor writes them, as its sibling reads them,
 * and where names and ids are hostile. Every file here was written by `runStudy` itself.
 */
import { expect } from "@effect/vitest"
import type { RunRequest } from "@heddle/experiments/RunBinding"
import * as MersenneTwister from "@heddle/experiments/MersenneTwister"
import * as StableJson from "@heddle/experiments/StableJson"
import * as StudyFile from "@heddle/experiments/StudyFile"
import type { Study } from "@heddle/experiments/Study"
import { resumeStudy, runStudy, type RunStudyOptions } from "@heddle/experiments/StudyRunner"
import { Effect, Result, type Scope } from "effect"
import type { Ledger } from "@heddle/core/Ledger"
import { TestClock } from "effect/testing"
import { cpSync, readFileSync, writeFileSync } from "node:fs"
import { join } from "node:path"
import { DatabaseSync } from "node:sqlite"
import { dump } from "../artifactHarness.ts"
import { goldenFiles } from "../artifactFixtures.ts"
import { fixtureText } from "../fixtures.ts"
import { records as csvRecords } from "../pythonCsv.ts"
import { smallAgent, smallProblems, smallStudy, studyOf } from "../runStudies.ts"
import * as Sibling from "../siblingReader.ts"
import {
  artifactsIn,
  type Book,
  contents,
  failure,
  filesBelow,
  frozen,
  overEach,
  sha256,
  steppingWatch,
  success,
  temporary,
} from "./support.ts"

const small = { agentBindings: { alpha: smallAgent }, problemRegistry: smallProblems }

/** Runs a study at the fixtures' time; gives the folder of its files. */
const written = (study: Study, options: RunStudyOptions): Effect.Effect<string, unknown, Ledger | Scope.Scope> =>
  Effect.gen(function* () {
    yield* TestClock.setTime(frozen)
    const root = yield* temporary
    yield* runStudy(study, { stopwatch: steppingWatch(), ...options }).pipe(Effect.provide(artifactsIn(root)))
    return join(root, study.outputDir)
  })

class ValueError extends Error {
  override readonly name = "ValueError"
}

const yaml = (text: string) => StudyFile.parse(text, { format: "yaml", source: "study.yaml" })

export const artifactCases = ({ plain, test }: Book): void => {
  test("AC-16", "the files of the small study equal the predecessor's byte for byte in compatibility mode", () =>
    overEach(() =>
      Effect.gen(function* () {
        const folder = yield* written(smallStudy, { ...small, compatibility: true, includeSqlite: true })
        const expected = goldenFiles("small_study").filter((name) => !/^study\.(sqlite\.sql|json)$/.test(name))
        expect(filesBelow(folder)).toEqual([...expected, "study.sqlite"].sort())
        expect(expected).toContain("artifacts/checkpoints/run-72e23fcebf53.json")
        for (const name of expected) {
          expect(readFileSync(join(folder, name), "utf8"), name).toBe(fixtureText(`small_study/${name}`))
        }
        expect(dump(join(folder, "study.sqlite"))).toBe(fixtureText("small_study/study.sqlite.sql"))
        expect(`${StableJson.indented(StudyFile.encode(smallStudy))}\n`).toBe(fixtureText("small_study/study.json"))
        // The specification gives each hash by its first eight and last four digits. The last four of runs.csv are 5298
        // there; `sha256sum` of the given file itself ends in 9298.
        const hashes: ReadonlyArray<readonly [name: string, first: string, last: string]> = [
          ["conditions.csv", "b1adb93d", "23fe"],
          ["runs.csv", "7aa1c862", "9298"],
          ["events.csv", "85f52a12", "1e39"],
          ["evaluations.csv", "2fc0eb1e", "c902"],
          ["manifest.json", "a5f4a4dc", "ea93"],
        ]
        for (const [name, first, last] of hashes) {
          const hash = sha256(readFileSync(join(folder, name)))
          expect([hash.slice(0, 8), hash.slice(-4)], name).toEqual([first, last])
        }
      }),
    ),
  )

  test(["AC-16", "AC-17"], "the files of the standalone study equal the predecessor's byte for byte", () =>
    overEach(() =>
      Effect.gen(function* () {
        const study = success(
          StudyFile.parse(fixtureText("standalone_study/study.json"), { format: "json", source: "study.json" }),
        )
        const folder = yield* written(study, {
          compatibility: true,
          conditionRunner: ({ factors, seed }) => {
            if (Number(factors["temp"]) > 0) throw new ValueError("too warm")
            const random = MersenneTwister.make(seed)
            const draws = [random.random(), random.random()]
            return { outputs: { draws }, metrics: { primary_outcome: random.random() } }
          },
        })
        const expected = goldenFiles("standalone_study").filter((name) => name !== "study.json")
        expect(filesBelow(folder)).toEqual(expected)
        for (const name of expected) {
          expect(readFileSync(join(folder, name), "utf8"), name).toBe(fixtureText(`standalone_study/${name}`))
        }
        for (const row of csvRecords(readFileSync(join(folder, "runs.csv"), "utf8"))) {
          expect([row["problem_id"], row["agent_id"]]).toEqual(["", ""])
        }
      }),
    ),
  )

  test(
    "AC-19",
    "our files are valid to the analysis sibling: 10 rows, 35 columns, states by variant; versions as it takes them",
    () =>
      overEach(() =>
        Effect.gen(function* () {
          for (const compatibility of [true, false]) {
            const folder = yield* written(smallStudy, { ...small, compatibility })
            const valid = Sibling.validateEvents(folder)
            expect(valid).toMatchObject({ is_valid: true, n_rows: 10, n_warnings: 0, missing_recommended: [] })
            const events = Sibling.eventTable(folder)
            expect(events).toHaveLength(10)
            expect(Object.keys(events[0] ?? {})).toHaveLength(35)
            expect(Sibling.markovStates(folder, "variant")).toEqual({
              a: [["assistant_output"], ["tool_call"]],
              b: [["assistant_output"], ["tool_call"]],
            })
            // What the sibling does with other versions and with a byte order mark.
            const versions = yield* temporary
            const changed = (version: string): string => {
              const copy = join(versions, `${compatibility} ${version}`)
              cpSync(folder, copy, { recursive: true })
              const manifest = join(copy, "manifest.json")
              writeFileSync(
                manifest,
                readFileSync(manifest, "utf8").replace('"schema_version": "0.2.0"', `"schema_version": "${version}"`),
              )
              return copy
            }
            expect(Sibling.validateEvents(changed("0.1.0")).is_valid).toBe(true)
            expect(() => Sibling.validateEvents(changed("0.3.0"))).toThrow(Sibling.ValueError)
            expect(readFileSync(join(folder, "events.csv"), "utf8").startsWith("timestamp,")).toBe(true)
            const marked = changed("0.2.0")
            writeFileSync(join(marked, "events.csv"), `\ufeff${readFileSync(join(folder, "events.csv"), "utf8")}`)
            expect(Sibling.validateEvents(marked).is_valid).toBe(false)
          }
        }),
      ),
  )

  test(
    "AC-32",
    "factors named like columns and words of SQL have their own columns, and canonical ones are intact",
    () =>
      overEach(() =>
        Effect.gen(function* () {
          const names = ["order", "my factor", "condition_id", "STUDY_ID"]
          const study = studyOf(1, { factors: names.map((name) => StudyFile.factor(name, [`${name} 1`, `${name} 2`])) })
          const folder = yield* written(study, {
            conditionRunner: () => ({ outputs: {}, metrics: { primary_outcome: 1 } }),
            includeSqlite: true,
          })
          const rows = csvRecords(readFileSync(join(folder, "conditions.csv"), "utf8"))
          expect(rows).toHaveLength(16)
          for (const row of rows) {
            expect(row["study_id"]).toBe("s")
            expect(row["condition_id"]).toMatch(/^cond-[0-9a-f]{12}$/)
          }
          const columns = Object.keys(rows[0] ?? {})
          for (const name of names) {
            const own = columns.find((column) => /^order|my factor$/.test(column) && column === name)
            const column = own ?? `factor_${name}`
            expect(new Set(rows.map((row) => row[column])), name).toEqual(new Set([`${name} 1`, `${name} 2`]))
          }
          const database = new DatabaseSync(join(folder, "study.sqlite"), { readOnly: true })
          const found = database
            .prepare('SELECT condition_id, study_id, "order", "my factor", factor_condition_id FROM conditions')
            .all()
          database.close()
          expect(found).toHaveLength(16)
          expect(found[0]).toMatchObject({ study_id: "s", order: "order 1", "my factor": "my factor 1" })
          expect(Sibling.metricTable(folder, "primary_outcome", "order")).toHaveLength(16)
          // In compatibility the predecessor's columns leave no room for them: refused before any run.
          const calls: Array<string> = []
          const root = yield* temporary
          const error = yield* Effect.flip(
            runStudy(study, {
              compatibility: true,
              runId: "clash",
              conditionRunner: ({ runId }: RunRequest) => {
                calls.push(runId)
                return { outputs: {} }
              },
            }).pipe(Effect.provide(artifactsIn(root))),
          )
          expect(error.message).toContain("condition_id")
          expect(filesBelow(root)).toEqual([])
          expect(calls, "runs before the clash was told").toEqual([])
        }),
      ),
  )

  plain("AC-33", "an id that leads out of its folder, a misspelt severity, a text for a list: clear errors", () => {
    const path = failure(yaml("study_id: ../../etc\ntitle: t\n"))
    expect(path._tag).toBe("InvalidStudy")
    expect(path.message).toContain("study_id")
    expect(path.message).toContain("folder")
    const severity = failure(
      yaml(
        "study_id: s\ntitle: t\nfactors: [{name: a, levels: [{name: x, value: 1}]}]\n" +
          "constraints: [{constraint_id: c, description: d, expression: 'a == 1', severity: eror}]\n",
      ),
    )
    expect(severity.message).toContain("constraints[0].severity")
    expect(severity.message).toContain("error")
    expect(severity.message).toContain("warning")
    const authors = yaml("study_id: s\ntitle: t\nauthors: Ann\n")
    if (Result.isSuccess(authors)) expect(authors.success.authors).toEqual(["Ann"])
    else expect(authors.failure.message).toContain("authors")
  })

  test(
    "AC-34",
    "with one failed run the sibling's score table of the others works, and the failed one is in its own file",
    () =>
      overEach(() =>
        Effect.gen(function* () {
          const folder = yield* written(smallStudy, small)
          const scores = Sibling.metricTable(folder, "score", "variant")
          // Scores of the golden study.
          expect(scores.map(({ condition, value }) => [condition, value])).toEqual([
            ["a", 0.317],
            ["a", 0.929],
            ["a", 0.89],
            ["a", 0.664],
            ["b", 0.836],
          ])
          for (const metric of ["primary_outcome", "is_ok", "latency_s"]) {
            expect(Sibling.metricTable(folder, metric, "variant"), metric).toHaveLength(5)
          }
          const failed = csvRecords(readFileSync(join(folder, "failures.csv"), "utf8"))
          expect(failed.map((row) => [row["run_id"], row["error_info"]])).toEqual([
            ["run-8ff3c4918d02", "RuntimeError: boom, with a comma"],
          ])
          // The predecessor's own folder: the sibling refuses the same question.
          const theirs = yield* written(
            { ...smallStudy, outputDir: "theirs" },
            { ...small, compatibility: true, runId: "x" },
          )
          expect(() => Sibling.metricTable(theirs, "score", "variant")).toThrow(Sibling.ValueError)
        }),
      ),
  )

  test("AC-39", "a resume of a finished study changes no byte of any file but generated_at", () =>
    overEach((name) =>
      Effect.gen(function* () {
        for (const compatibility of [false, true]) {
          yield* TestClock.setTime(frozen)
          const root = yield* temporary
          const conditionRunner = ({ random }: RunRequest) => ({
            outputs: { draw: random.next() },
            metrics: { primary_outcome: random.next() },
          })
          const study = studyOf(3, { studyId: `s-${compatibility}`, runBudget: { replicates: 2 } })
          const options = { conditionRunner, compatibility, includeSqlite: true, includeParquet: !compatibility }
          yield* runStudy(study, options).pipe(Effect.provide(artifactsIn(root)))
          const before = contents(root)
          expect(before.size).toBeGreaterThan(8)
          yield* TestClock.adjust("1 day")
          const calls: Array<string> = []
          yield* resumeStudy(study, {
            ...options,
            conditionRunner: ({ runId }) => {
              calls.push(runId)
              return { outputs: {} }
            },
          }).pipe(Effect.provide(artifactsIn(root)))
          expect(calls).toEqual([])
          const after = contents(root)
          expect([...after.keys()]).toEqual([...before.keys()])
          const without = (text: string) => text.replace(/"generated_at": "[^"]+"/, '"generated_at": ""')
          for (const [file, text] of before) {
            const now = after.get(file) ?? ""
            if (file.endsWith("manifest.json")) expect(without(now)).toBe(without(text))
            else expect(now === text, `${name}: ${file}`).toBe(true)
          }
        }
      }),
    ),
  )

  test(
    "AC-39",
    "what the predecessor writes after a resume has the facts of ours; only order and spacing differ, on purpose",
    () =>
      overEach(() =>
        Effect.gen(function* () {
          yield* TestClock.setTime(frozen)
          const root = yield* temporary
          const options = { ...small, compatibility: true, stopwatch: steppingWatch() }
          yield* runStudy(smallStudy, options).pipe(Effect.provide(artifactsIn(root)))
          yield* resumeStudy(smallStudy, { ...options, retryFailed: false }).pipe(Effect.provide(artifactsIn(root)))
          const ours = (name: string) => readFileSync(join(root, smallStudy.outputDir, name), "utf8")
          const theirs = (name: string) => fixtureText(`small_study_after_resume/${name}`)
          for (const name of ["conditions.csv", "manifest.json", "study.yaml"])
            expect(ours(name), name).toBe(theirs(name))
          const facts = (text: string) =>
            csvRecords(text)
              .map((row) =>
                JSON.stringify(
                  Object.entries(row)
                    // Rows come by run id there and in plan order here; columns by name there and by record here; JSON with spaces there.
                    .map(([column, cell]) => [column, column === "meta_json" ? JSON.parse(cell) : cell])
                    .sort(([a], [b]) => (String(a) < String(b) ? -1 : 1)),
                ),
              )
              .toSorted()
          for (const name of ["runs.csv", "events.csv", "evaluations.csv"]) {
            expect(facts(ours(name)), name).toEqual(facts(theirs(name)))
            expect(ours(name), name).toBe(fixtureText(`small_study/${name}`))
          }
        }),
      ),
  )
}
