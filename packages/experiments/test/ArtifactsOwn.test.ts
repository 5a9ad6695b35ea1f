import { assert, describe, it } from "@effect/vitest"
import type { Condition } from "@heddle/experiments/Condition"
import * as Identifier from "@heddle/experiments/Identifier"
import type { RunRecord } from "@heddle/experiments/Run"
import * as Value from "@heddle/experiments/Value"
import { asyncBufferFromFile, parquetMetadataAsync, parquetReadObjects } from "hyparquet"
import { Effect, Stream } from "effect"
import { TestClock } from "effect/testing"
import { LedgerError } from "@heddle/core/Ledger"
import { Artifacts } from "@heddle/experiments/Artifacts"
import * as ArtifactsNode from "@heddle/experiments/node/ArtifactsNode"
import { execFileSync } from "node:child_process"
import { existsSync, readFileSync } from "node:fs"
import { join } from "node:path"
import { DatabaseSync } from "node:sqlite"
import { golden } from "./artifactFixtures.ts"
import { exportOf, filesBelow, frozen, mixed, run, temporary } from "./artifactHarness.ts"
import { parse, records as csvRecords } from "./pythonCsv.ts"
import * as Sibling from "./siblingReader.ts"

const read = (folder: string, name: string): string => readFileSync(join(folder, name), "utf8")
const rowsOf = (folder: string, name: string) => csvRecords(read(folder, name))
const json = (folder: string, name: string): any => JSON.parse(read(folder, name)) // eslint-disable-line @typescript-eslint/no-explicit-any -- a test looks into a file by path

const query = (folder: string, sql: string): ReadonlyArray<Readonly<Record<string, unknown>>> => {
  const database = new DatabaseSync(join(folder, "study.sqlite"), { readOnly: true })
  const rows = database.prepare(sql).all()
  database.close()
  return rows.map((row) => ({ ...row }))
}

describe("the files of a study", () => {
  it.effect("sha256sum -c accepts SHA256SUMS, and the manifest lists every other file with length and hash", () =>
    Effect.gen(function* () {
      const folder = yield* temporary
      const written = yield* run(exportOf("small_study", folder, { includeSqlite: true, includeParquet: true }))
      const checked = execFileSync("sha256sum", ["-c", "SHA256SUMS"], { cwd: folder, encoding: "utf8" })
      const names = filesBelow(folder)
      assert.deepStrictEqual(
        checked.trim().split("\n"),
        names.filter((name) => name !== "manifest.json" && name !== "SHA256SUMS").map((name) => `${name}: OK`),
      )
      const listed: ReadonlyArray<{ readonly path: string; readonly bytes: number; readonly sha256: string }> = json(
        folder,
        "manifest.json",
      ).heddle.files
      assert.deepStrictEqual(
        listed.map(({ path }) => path),
        names.filter((name) => name !== "manifest.json"),
      )
      for (const { bytes, path, sha256 } of listed) {
        const printed = execFileSync("sha256sum", [path], { cwd: folder, encoding: "utf8" }).slice(0, 64)
        assert.strictEqual(sha256, printed)
        assert.strictEqual(bytes, readFileSync(join(folder, path)).length)
      }
      assert.deepStrictEqual(written.map(({ path }) => path).sort(), names)
    }),
  )

  it.effect(
    "AC-39: a second export of a finished study changes no byte; in compatibility mode generated_at alone",
    () =>
      Effect.gen(function* () {
        const artifacts = yield* Artifacts
        for (const compatibility of [false, true]) {
          const folder = yield* temporary
          const given = exportOf("small_study", folder, { includeSqlite: true, includeParquet: true, compatibility })
          yield* TestClock.setTime(frozen)
          yield* artifacts.export(given)
          const names = filesBelow(folder)
          const before = names.map((name) => readFileSync(join(folder, name)))
          yield* TestClock.setTime(frozen + 86_400_000)
          yield* artifacts.export(given)
          assert.deepStrictEqual(filesBelow(folder), names)
          for (const [index, name] of names.entries()) {
            const after = readFileSync(join(folder, name))
            if (!compatibility || name !== "manifest.json") {
              assert.isTrue(after.equals(before[index] ?? Buffer.alloc(0)), name)
              continue
            }
            const changed = after.toString().replace("2026-01-03T03:04:05+00:00", "2026-01-02T03:04:05+00:00")
            assert.notStrictEqual(changed, after.toString())
            assert.strictEqual(changed, before[index]?.toString())
          }
        }
      }).pipe(Effect.provide(ArtifactsNode.layer)),
  )

  it.effect("every JSON that we write is JSON, whatever numbers a study and its runs hold", () =>
    Effect.gen(function* () {
      const folder = yield* temporary
      const hostile = new Map<string, Value.Value>([["x", [Number.NaN, Infinity, -Infinity, "NaN"]]])
      const given = exportOf("small_study", folder)
      const records = golden("small_study").records.map((record): RunRecord =>
        record.result === undefined
          ? record
          : {
              ...record,
              result: {
                ...record.result,
                outputs: hostile,
                metrics: hostile,
                observations: record.result.observations.map((event) => ({ ...event, metaJson: hostile })),
                evaluatorOutputs: record.result.evaluatorOutputs.map((one) => ({ ...one, notesJson: hostile })),
              },
            },
      )
      const conditions = given.conditions.map((condition) => ({ ...condition, metadata: hostile }))
      const plans = given.study.analysisPlans.map((plan) => ({ ...plan, filters: hostile }))
      const study = { ...given.study, provenanceMetadata: hostile, analysisPlans: plans }
      const mixedIn = { study, conditions, records: Stream.fromIterable(records) }
      yield* run({ ...given, ...mixedIn })
      const x = ["NaN", "Infinity", "-Infinity", "NaN"]
      assert.deepStrictEqual(json(folder, "manifest.json").provenance, { x })
      assert.deepStrictEqual(json(folder, "analysis_plan.json")[0].filters, { x })
      const cells: ReadonlyArray<readonly [string, string]> = [
        ["conditions.csv", "assignment_meta_json"],
        ["events.csv", "meta_json"],
        ["evaluations.csv", "notes_json"],
        ["failures.csv", "outputs_json"],
        ["failures.csv", "metrics_json"],
      ]
      for (const [name, column] of cells) {
        const rows = rowsOf(folder, name)
        assert.isNotEmpty(rows, name)
        for (const row of rows) assert.deepStrictEqual(JSON.parse(row[column] ?? ""), { x }, name)
      }
      // The folder is still known as its study's own.
      yield* run({ ...given, ...mixedIn })
    }),
  )

  it.effect("an export that finds a change says when it was made", () =>
    Effect.gen(function* () {
      const folder = yield* temporary
      const artifacts = yield* Artifacts
      yield* TestClock.setTime(frozen)
      yield* artifacts.export(exportOf("small_study", folder))
      yield* TestClock.setTime(frozen + 86_400_000)
      yield* artifacts.export(exportOf("small_study", folder, { records: Stream.fromIterable(mixed()) }))
      assert.strictEqual(json(folder, "manifest.json").generated_at, "2026-01-03T03:04:05+00:00")
    }).pipe(Effect.provide(ArtifactsNode.layer)),
  )

  it.effect(
    "AC-34: runs that failed are in failures.csv with cost, failure and outputs, and in no table that is averaged",
    () =>
      Effect.gen(function* () {
        const folder = yield* temporary
        yield* run(exportOf("small_study", folder, { records: Stream.fromIterable(mixed()) }))
        assert.deepStrictEqual(
          rowsOf(folder, "runs.csv").map((row) => row["run_id"]),
          ["run-72e23fcebf53", "run-d5edc1a70b98"],
        )
        const failures = rowsOf(folder, "failures.csv")
        assert.deepStrictEqual(
          failures.map((row) => [row["run_id"], row["status"], row["attempts"], row["failure_tag"], row["cost_usd"]]),
          [
            ["run-e1e6070e0a2b", "timedOut", "2", "Timeout", "3.0"],
            ["run-8ff3c4918d02", "failed", "1", "RuntimeError", "0.0"],
          ],
        )
        assert.strictEqual(failures[0]?.["failure_message"], 'no answer, "late"')
        assert.include(failures[0]?.["outputs_json"], '"candidate"')
        // Where it was thrown is of one machine.
        assert.notInclude(failures[0]?.["failure_json"], "/home/ann")
        for (const name of ["events.csv", "evaluations.csv", "metrics.csv"]) {
          assert.notInclude(read(folder, name), "run-e1e6070e0a2b", name)
        }
        assert.strictEqual(
          rowsOf(folder, "failed_events.csv").filter((row) => row["run_id"] === "run-e1e6070e0a2b").length,
          2,
        )
        assert.strictEqual(rowsOf(folder, "failed_evaluations.csv").length, 3)
      }),
  )

  it.effect("runs that never began are in not_run.csv with the reason, and the flow of the manifest adds up", () =>
    Effect.gen(function* () {
      const folder = yield* temporary
      yield* run(exportOf("small_study", folder, { records: Stream.fromIterable(mixed()) }))
      assert.deepStrictEqual(
        rowsOf(folder, "not_run.csv").map((row) => [row["run_id"], row["status"], row["reason"]]),
        [
          ["run-f51bdd7539b7", "skipped", "the budget of the study is spent"],
          ["run-e11dc7010141", "notStarted", ""],
        ],
      )
      assert.deepStrictEqual(json(folder, "manifest.json").heddle.flow, {
        conditions: 4,
        inadmissible_conditions: 1,
        planned: 6,
        succeeded: 2,
        reused: 0,
        failed: 1,
        timed_out: 1,
        interrupted: 0,
        skipped: 1,
        not_started: 1,
        analysed: 2,
        excluded: 4,
      })
    }),
  )

  it.effect("every try of every run is in attempts.csv", () =>
    Effect.gen(function* () {
      const folder = yield* temporary
      yield* run(exportOf("small_study", folder, { records: Stream.fromIterable(mixed()) }))
      assert.deepStrictEqual(
        rowsOf(folder, "attempts.csv").map((row) => [row["run_id"], row["attempt"], row["status"], row["failure_tag"]]),
        [
          ["run-72e23fcebf53", "1", "succeeded", ""],
          ["run-e1e6070e0a2b", "1", "timedOut", "Timeout"],
          ["run-e1e6070e0a2b", "2", "timedOut", "Timeout"],
          ["run-d5edc1a70b98", "1", "succeeded", ""],
          ["run-8ff3c4918d02", "1", "failed", "RuntimeError"],
        ],
      )
    }),
  )

  it.effect("the tries of attempts.csv have their times, in one form, whether they succeeded or not", () =>
    Effect.gen(function* () {
      const folder = yield* temporary
      yield* run(exportOf("small_study", folder, { records: Stream.fromIterable(mixed()) }))
      const rows = rowsOf(folder, "attempts.csv")
      for (const row of rows) assert.match(row["started_at"] ?? "", /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\+00:00$/)
      const ofRun = rows.filter((row) => row["run_id"] === "run-d5edc1a70b98")
      assert.deepStrictEqual(
        ofRun.map((row) => [row["run_ms"], row["limit_wait_ms"]]),
        [["1.5", "20.0"]],
      )
    }),
  )

  it.effect("all metrics and outputs of a run are in files, in long form and as lines of JSON", () =>
    Effect.gen(function* () {
      const folder = yield* temporary
      const { records } = golden("small_study")
      const hostile = records.map((record, index): RunRecord =>
        index > 0 || record.result === undefined
          ? record
          : {
              ...record,
              result: {
                ...record.result,
                metrics: new Map<string, Value.Value>([
                  ["loss", Number.NaN],
                  ["my, metric", Value.float(2)],
                  ["done", true],
                ]),
                outputs: new Map<string, Value.Value>([["x", [Number.NaN, Infinity, Value.float(1), 1, "é\n"]]]),
              },
            },
      )
      yield* run(exportOf("small_study", folder, { records: Stream.fromIterable(hostile) }))
      const metrics = rowsOf(folder, "metrics.csv")
      assert.deepStrictEqual(
        metrics.slice(0, 6).map((row) => [row["metric_name"], row["metric_value"], row["source"]]),
        [
          ["loss", "nan", "run"],
          ["my, metric", "2.0", "run"],
          ["done", "1", "run"],
          ["score", "0.317", "evaluator:problem_evaluator"],
          ["is_ok", "1", "evaluator:problem_evaluator"],
          ["count", "3", "evaluator:problem_evaluator"],
        ],
      )
      const lines = read(folder, "outputs.jsonl").trimEnd().split("\n")
      assert.strictEqual(lines.length, 6)
      assert.deepStrictEqual(JSON.parse(lines[0] ?? ""), {
        condition_id: "cond-4ed385139d1f",
        run_id: "run-72e23fcebf53",
        status: "success",
        outputs: { x: ["NaN", "Infinity", 1, 1, "é\n"] },
      })
    }),
  )

  it.effect(
    "a run without events of its own has its start and end as events, so that a callback study is valid to the sibling",
    () =>
      Effect.gen(function* () {
        const folder = yield* temporary
        const records = golden("small_study").records.map((record): RunRecord => {
          const runSpec = { ...record.runSpec, agentId: null, problemId: null, executionMetadata: Value.emptyMap }
          const result =
            record.result === undefined
              ? undefined
              : { ...record.result, observations: [], runSpec, endedAt: "2026-01-02T03:04:06+00:00" }
          return { ...record, runSpec, result }
        })
        yield* run(exportOf("small_study", folder, { records: Stream.fromIterable(records) }))
        const valid = Sibling.validateEvents(folder)
        assert.isTrue(valid.is_valid)
        assert.strictEqual(valid.n_warnings, 0)
        const events = Sibling.eventTable(folder)
        assert.deepStrictEqual(
          events
            .filter((row) => row["run_id"] === "run-72e23fcebf53")
            .map((row) => [row["timestamp"], row["event_type"]]),
          [
            ["2026-01-02T03:04:05+00:00", "run_started"],
            ["2026-01-02T03:04:06+00:00", "run_finished"],
          ],
        )
        assert.strictEqual(new Set(events.map((row) => row["record_id"])).size, events.length)
        // In the predecessor these cells are empty too.
        assert.deepStrictEqual(rowsOf(folder, "runs.csv").map((row) => [row["problem_id"], row["agent_id"]])[0], [
          "",
          "",
        ])
      }),
  )

  it.effect("the research object names every file with its hash, the authors and the software", () =>
    Effect.gen(function* () {
      const folder = yield* temporary
      yield* run(exportOf("small_study", folder, { environment: { heddle: "0.1.0" }, ledgerRunId: "run-1" }))
      const crate = json(folder, "ro-crate-metadata.json")
      assert.strictEqual(crate["@context"], "https://w3id.org/ro/crate/1.1/context")
      const graph = new Map<string, any>(crate["@graph"].map((entity: { "@id": string }) => [entity["@id"], entity])) // eslint-disable-line @typescript-eslint/no-explicit-any -- JSON-LD has no type
      assert.strictEqual(graph.size, crate["@graph"].length)
      // What RO-Crate 1.1 asks of the descriptor and of the root.
      assert.strictEqual(graph.get("ro-crate-metadata.json")["@type"], "CreativeWork")
      assert.deepStrictEqual(graph.get("ro-crate-metadata.json").about, { "@id": "./" })
      assert.deepStrictEqual(graph.get("ro-crate-metadata.json").conformsTo, { "@id": "https://w3id.org/ro/crate/1.1" })
      const root = graph.get("./")
      for (const key of ["name", "description", "datePublished", "license"]) assert.isString(root[key])
      assert.strictEqual(graph.get(root.author[0]["@id"]).name, "A. Author")
      for (const { "@id": id } of root.hasPart) {
        assert.strictEqual(graph.get(id)["@type"], "File")
        assert.strictEqual(graph.get(id).contentSize, String(readFileSync(join(folder, id)).length))
        assert.isTrue(existsSync(join(folder, id)))
      }
      assert.strictEqual(graph.get("#heddle").version, "0.1.0")
      assert.deepStrictEqual(graph.get("#run").instrument, { "@id": "#heddle" })
    }),
  )

  it.effect("no host name is in any file unless it is given", () =>
    Effect.gen(function* () {
      const folder = yield* temporary
      yield* run(exportOf("small_study", folder, { environment: { heddle: "0.1.0", host: "bench-7" } }))
      assert.strictEqual(json(folder, "manifest.json").heddle.environment.host, "bench-7")
      const other = yield* temporary
      yield* run(exportOf("small_study", other))
      assert.deepStrictEqual(json(other, "manifest.json").heddle.environment, {})
    }),
  )
})

describe("names that clash", () => {
  /** Conditions with factors of hostile names, two levels each. */
  const hostile = (names: ReadonlyArray<string>, blocks: ReadonlyArray<string> = []): ReadonlyArray<Condition> =>
    [1, 2].map((level) => {
      const factorAssignments: Value.ValueMap = new Map(
        names.map((name): [string, Value.Value] => [name, `${name}-${level}`]),
      )
      const blockAssignments: Value.ValueMap = new Map(blocks.map((name): [string, Value.Value] => [name, level]))
      return {
        conditionId: Identifier.conditionId(factorAssignments, blockAssignments),
        factorAssignments,
        blockAssignments,
        metadata: new Map([["fingerprint", Identifier.fingerprintText(factorAssignments, blockAssignments)]]),
        admissible: true,
        constraintMessages: [],
      }
    })
  const runsOf = (conditions: ReadonlyArray<Condition>): ReadonlyArray<RunRecord> =>
    golden("small_study")
      .records.slice(0, 2)
      .map((record, index): RunRecord => {
        const runSpec = { ...record.runSpec, conditionId: conditions[index]?.conditionId ?? "" }
        return { ...record, runSpec, result: record.result === undefined ? undefined : { ...record.result, runSpec } }
      })
  const names = ["order", "my factor", "condition_id", "STUDY_ID", 'q"uote', "select", "Order"]

  it.effect(
    "AC-32: factors named like columns or keywords have columns of their own, and canonical columns are intact",
    () =>
      Effect.gen(function* () {
        const folder = yield* temporary
        const conditions = hostile(names)
        yield* run(
          exportOf("small_study", folder, {
            conditions,
            records: Stream.fromIterable(runsOf(conditions)),
            includeSqlite: true,
            includeParquet: true,
          }),
        )
        const columns = [
          "order",
          "my factor",
          "factor_condition_id",
          "factor_STUDY_ID",
          'q"uote',
          "select",
          "factor_Order",
        ]
        const [header = [], first = []] = parse(read(folder, "conditions.csv"))
        assert.deepStrictEqual(header, [
          "study_id",
          "condition_id",
          "admissible",
          "constraint_messages",
          "assignment_meta_json",
          ...columns,
        ])
        assert.deepStrictEqual([first[0], first[1]], ["golden-small", conditions[0]?.conditionId])
        assert.deepStrictEqual(
          first.slice(5),
          names.map((name) => `${name}-1`),
        )
        const row = query(folder, "SELECT * FROM conditions")[0] ?? {}
        assert.deepStrictEqual(Object.keys(row), header)
        assert.strictEqual(row["condition_id"], conditions[0]?.conditionId)
        assert.strictEqual(row["factor_condition_id"], "condition_id-1")
        assert.strictEqual(query(folder, "SELECT * FROM run_table").length, 2)
        assert.deepStrictEqual(
          json(folder, "manifest.json").heddle.renamed_columns,
          [
            ["condition_id", "factor_condition_id"],
            ["STUDY_ID", "factor_STUDY_ID"],
            ["Order", "factor_Order"],
          ].map(([name, column]) => ({ source: "factor", name, column })),
        )
        assert.strictEqual(Sibling.metricTable(folder, "score", "order").length, 2)
      }),
  )

  it.effect(
    "AC-32: in compatibility mode quoted names work and a factor that would overwrite a column is refused",
    () =>
      Effect.gen(function* () {
        const folder = yield* temporary
        const fine = hostile(["order", "my factor"])
        yield* run(
          exportOf("small_study", folder, {
            conditions: fine,
            records: Stream.empty,
            includeSqlite: true,
            compatibility: true,
          }),
        )
        assert.strictEqual(query(folder, 'SELECT "order", "my factor" FROM conditions').length, 2)
        const other = yield* temporary
        const conditions = hostile(["condition_id"])
        const error = yield* Effect.flip(
          run(exportOf("small_study", other, { conditions, records: Stream.empty, compatibility: true })),
        )
        assert.strictEqual(error._tag === "ArtifactsError" ? error.reason : error._tag, "clash")
        assert.deepStrictEqual(filesBelow(other), [])
      }),
  )

  it.effect(
    "a factor named like the column of a block gives way, two blocks that differ in case alone are refused before anything is written",
    () =>
      Effect.gen(function* () {
        const folder = yield* temporary
        const conditions = hostile(["block_day"], ["day"])
        yield* run(exportOf("small_study", folder, { conditions, records: Stream.empty }))
        assert.deepStrictEqual(parse(read(folder, "conditions.csv"))[1]?.slice(5).sort(), ["1", "block_day-1"])
        const other = yield* temporary
        const error = yield* Effect.flip(
          run(exportOf("small_study", other, { conditions: hostile([], ["day", "Day"]), records: Stream.empty })),
        )
        assert.strictEqual(error._tag === "ArtifactsError" ? error.reason : error._tag, "clash")
        assert.deepStrictEqual(filesBelow(other), [])
      }),
  )
})

describe("the database", () => {
  it.effect("has types, keys that hold, and the tables of the text files", () =>
    Effect.gen(function* () {
      const folder = yield* temporary
      yield* run(exportOf("small_study", folder, { records: Stream.fromIterable(mixed()), includeSqlite: true }))
      assert.deepStrictEqual(query(folder, "PRAGMA foreign_key_check"), [])
      assert.deepStrictEqual(query(folder, "PRAGMA integrity_check"), [{ integrity_check: "ok" }])
      for (const name of filesBelow(folder).filter((file) => file.endsWith(".csv"))) {
        const count = query(folder, `SELECT count(*) AS n FROM "${name.slice(0, -4)}"`)[0]?.["n"]
        assert.strictEqual(count, rowsOf(folder, name).length, name)
      }
      assert.deepStrictEqual(
        query(
          folder,
          "SELECT typeof(seed) s, typeof(latency_s) l, typeof(cost_usd) c, typeof(run_id) r FROM runs LIMIT 1",
        ),
        [{ s: "integer", l: "real", c: "real", r: "text" }],
      )
      assert.deepStrictEqual(query(folder, "SELECT DISTINCT typeof(temp) t, typeof(admissible) a FROM conditions"), [
        { t: "real", a: "integer" },
      ])
      assert.deepStrictEqual(
        query(folder, "SELECT metric_name n, typeof(metric_value) t, metric_value v FROM evaluations LIMIT 3"),
        [
          { n: "score", t: "real", v: 0.317 },
          { n: "is_ok", t: "integer", v: 1 },
          { n: "count", t: "integer", v: 3 },
        ],
      )
      assert.deepStrictEqual(
        query(folder, `SELECT "from", "table" FROM pragma_foreign_key_list('events') ORDER BY "from"`),
        [
          { from: "condition_id", table: "conditions" },
          { from: "run_id", table: "runs" },
        ],
      )
    }),
  )

  it.effect(
    "its view run_table has one row per run with factors and measures, planned_runs one per run of the plan",
    () =>
      Effect.gen(function* () {
        const folder = yield* temporary
        yield* run(exportOf("small_study", folder, { records: Stream.fromIterable(mixed()), includeSqlite: true }))
        assert.deepStrictEqual(
          query(
            folder,
            "SELECT run_id, variant, temp, block_cohort, metric_step_event_count s, evaluation_score v FROM run_table",
          ),
          [
            { run_id: "run-72e23fcebf53", variant: "a", temp: 0, block_cohort: "k", s: 2, v: 0.317 },
            { run_id: "run-d5edc1a70b98", variant: "b", temp: 0, block_cohort: "k", s: 2, v: 0.836 },
          ],
        )
        assert.deepStrictEqual(
          query(folder, "SELECT status, count(*) n FROM planned_runs GROUP BY status ORDER BY status"),
          [
            { status: "failed", n: 1 },
            { status: "notStarted", n: 1 },
            { status: "skipped", n: 1 },
            { status: "success", n: 2 },
            { status: "timedOut", n: 1 },
          ],
        )
      }),
  )
})

describe("the columnar files", () => {
  it.effect("read back with another program's reader they hold the rows of the text files, with types", () =>
    Effect.gen(function* () {
      const folder = yield* temporary
      yield* run(exportOf("small_study", folder, { includeParquet: true }))
      for (const table of ["conditions", "runs", "events", "evaluations", "metrics"]) {
        const file = yield* Effect.promise(() => asyncBufferFromFile(join(folder, `${table}.parquet`)))
        const metadata = yield* Effect.promise(() => parquetMetadataAsync(file))
        const objects = yield* Effect.promise(() => parquetReadObjects({ file, metadata }))
        assert.strictEqual(objects.length, rowsOf(folder, `${table}.csv`).length, table)
        if (table === "runs") {
          assert.strictEqual(objects[0]?.["seed"], 25435543n)
          assert.strictEqual(objects[0]?.["primary_outcome"], 0.317)
          assert.deepStrictEqual(objects[0]?.["start_time"], new Date("2026-01-02T03:04:05Z"))
          assert.strictEqual(objects[0]?.["run_id"], "run-72e23fcebf53")
        }
        if (table === "conditions") {
          assert.deepStrictEqual(
            objects.map((row) => [row["variant"], row["temp"], row["admissible"]]),
            [
              ["a", 0, true],
              ["a", 0.5, true],
              ["b", 0, true],
              ["b", 0.5, false],
            ],
          )
        }
        if (table === "evaluations") {
          assert.deepStrictEqual(
            objects.slice(0, 3).map((row) => [row["metric_value"], row["metric_text"] ?? null]),
            [
              [0.317, null],
              [1, null],
              [3, null],
            ],
          )
        }
      }
    }),
  )
})

describe("an export that is refused", () => {
  it.effect("a folder with the manifest of another study is left as it is", () =>
    Effect.gen(function* () {
      const folder = yield* temporary
      yield* run(exportOf("empty_study", folder))
      const before = filesBelow(folder).map((name) => read(folder, name))
      const error = yield* Effect.flip(run(exportOf("small_study", folder)))
      assert.strictEqual(error._tag === "ArtifactsError" ? error.reason : error._tag, "foreign")
      assert.include(error.message, "golden-empty")
      assert.deepStrictEqual(
        filesBelow(folder).map((name) => read(folder, name)),
        before,
      )
      yield* run(exportOf("small_study", folder, { replaceForeign: true }))
      assert.strictEqual(json(folder, "manifest.json").study_id, "golden-small")
    }),
  )

  it.effect("a run of a condition that the design does not have writes nothing", () =>
    Effect.gen(function* () {
      const folder = yield* temporary
      const { conditions } = golden("small_study")
      const error = yield* Effect.flip(run(exportOf("small_study", folder, { conditions: conditions.slice(1) })))
      assert.strictEqual(error._tag === "ArtifactsError" ? error.reason : error._tag, "invalid")
      assert.include(error.message, "run-72e23fcebf53")
      assert.deepStrictEqual(filesBelow(folder), [])
    }),
  )

  it.effect("a ledger that fails in the middle leaves the files that were there", () =>
    Effect.gen(function* () {
      const folder = yield* temporary
      yield* run(exportOf("small_study", folder, { includeSqlite: true }))
      const names = filesBelow(folder)
      const before = names.map((name) => readFileSync(join(folder, name)))
      const { records } = golden("small_study")
      const problem = new LedgerError({
        reason: { _tag: "Storage", location: "ledger.sqlite", operation: "read", problem: "gone", kind: "other" },
      })
      const broken = Stream.concat(Stream.fromIterable(records.slice(0, 2)), Stream.fail(problem))
      const error = yield* Effect.flip(run(exportOf("small_study", folder, { records: broken, includeSqlite: true })))
      assert.strictEqual(error, problem)
      assert.deepStrictEqual(filesBelow(folder), names)
      for (const [index, name] of names.entries()) {
        assert.isTrue(before[index]?.equals(readFileSync(join(folder, name))), name)
      }
    }),
  )

  it.effect("two conditions with one id write nothing", () =>
    Effect.gen(function* () {
      const folder = yield* temporary
      const { conditions } = golden("small_study")
      const error = yield* Effect.flip(
        run(exportOf("small_study", folder, { conditions: [...conditions, ...conditions.slice(0, 1)] })),
      )
      assert.include(error.message, "cond-4ed385139d1f")
      assert.deepStrictEqual(filesBelow(folder), [])
    }),
  )
})
