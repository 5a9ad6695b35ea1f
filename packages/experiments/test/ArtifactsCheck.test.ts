import { assert, describe, it } from "@effect/vitest"
import { Durable, DurableError } from "@heddle/core/Durable"
import * as DurableFaults from "@heddle/core/DurableFaults"
import * as DurableFiles from "@heddle/core/DurableFiles"
import * as DurableMemory from "@heddle/core/DurableMemory"
import * as DurableNode from "@heddle/core/node/DurableNode"
import { Artifacts } from "@heddle/experiments/Artifacts"
import * as ArtifactsCheck from "@heddle/experiments/ArtifactsCheck"
import * as StudyFolder from "@heddle/experiments/StudyFolder"
import * as StudyRows from "@heddle/experiments/StudyRows"
import * as TextArtifacts from "@heddle/experiments/TextArtifacts"
import * as Value from "@heddle/experiments/Value"
import { Effect, Layer, Stream } from "effect"
import { cpSync, readFileSync, rmSync, writeFileSync } from "node:fs"
import { join } from "node:path"
import { fileURLToPath } from "node:url"
import { golden } from "./artifactFixtures.ts"
import { exportOf, filesBelow, mixed, run, temporary } from "./artifactHarness.ts"

const fixture = (name: string): string => fileURLToPath(new URL(`fixtures/${name}`, import.meta.url))

const inspect = (folder: string) => Effect.provide(ArtifactsCheck.inspect(folder), DurableNode.layer)

/** What a test does to one file of a good folder. */
const changes: ReadonlyArray<
  readonly [what: string, name: string, change: (text: string) => string | undefined, says: RegExp]
> = [
  ["no events.csv", "events.csv", () => undefined, /^events.csv missing/],
  ["no study.yaml", "study.yaml", () => undefined, /^study.yaml missing/],
  ["no manifest", "manifest.json", () => undefined, /^manifest.json missing/],
  [
    "another version in study.yaml",
    "study.yaml",
    (text) => text.replace("0.2.0", "0.3.0"),
    /^study.yaml invalid .*0\.3\.0/,
  ],
  [
    "another version in the manifest",
    "manifest.json",
    (text) => text.replace('"schema_version": "0.2.0"', '"schema_version": "0.2"'),
    /^manifest.json invalid .*0\.2/,
  ],
  [
    "another study in the manifest",
    "manifest.json",
    (text) => text.replace('"study_id": "golden-small"', '"study_id": "other"'),
    /^manifest.json invalid .*other/,
  ],
  [
    "a manifest without run_count",
    "manifest.json",
    (text) => text.replace('"run_count": 6', '"runs": 6'),
    /^manifest.json invalid .*run_count/,
  ],
  ["no column status", "runs.csv", (text) => text.replace(",status,", ",state,"), /^runs.csv invalid .*status/],
  ["a byte order mark", "runs.csv", (text) => `\uFEFF${text}`, /^runs.csv invalid .*study_id/],
  [
    "a study.yaml without a title",
    "study.yaml",
    (text) => text.replace("title:", "name:"),
    /^study.yaml invalid .*title/,
  ],
  [
    "a run twice",
    "runs.csv",
    (text) => text + (text.split("\r\n")[1] ?? "") + "\r\n",
    /^runs.csv invalid .*run-72e23fcebf53 is there twice/,
  ],
  [
    "an event of no run",
    "events.csv",
    (text) => text.replaceAll("run-72e23fcebf53", "run-000000000000"),
    /^events.csv invalid .*run-000000000000/,
  ],
  [
    "a run of no condition",
    "runs.csv",
    (text) => text.replaceAll("cond-4ed385139d1f", "cond-000000000000"),
    /^runs.csv invalid .*cond-000000000000/,
  ],
  [
    "a row with a cell too few",
    "evaluations.csv",
    (text) => text.replace(",unitless", ""),
    /^evaluations.csv invalid .*row 1 has 6 cells/,
  ],
  ["a quote that does not end", "events.csv", (text) => `${text}"`, /^events.csv invalid .*inside of quotes/],
  ["a manifest that is no JSON", "manifest.json", (text) => text.slice(0, -9), /^manifest.json invalid/],
]

describe("checking a folder", () => {
  it.effect("the predecessor's folders and ours are without problems", () =>
    Effect.gen(function* () {
      for (const name of ["small_study", "small_study_after_resume", "empty_study"]) {
        const report = yield* inspect(fixture(name))
        assert.deepStrictEqual(report.problems, [], name)
        assert.isFalse(report.hashed)
      }
      for (const name of ["small_study", "empty_study"]) {
        const folder = yield* temporary
        const written = yield* run(exportOf(name, folder, { includeSqlite: true, includeParquet: true }))
        const report = yield* inspect(folder)
        assert.deepStrictEqual(report.problems, [], name)
        assert.isTrue(report.hashed)
        assert.deepStrictEqual(report.artifacts.map(({ path }) => path).sort(), written.map(({ path }) => path).sort())
        assert.deepStrictEqual(
          new Map(report.artifacts.map(({ path, sha256 }) => [path, sha256])),
          new Map(
            written
              .toSorted((a, b) =>
                a.path === "manifest.json" ? 1 : b.path === "manifest.json" ? -1 : a.path < b.path ? -1 : 1,
              )
              .map(({ path, sha256 }) => [path, sha256]),
          ),
        )
      }
    }),
  )

  for (const [what, name, change, says] of changes) {
    it.effect(`${what} is a problem that names the file`, () =>
      Effect.gen(function* () {
        const folder = join(yield* temporary, "study")
        cpSync(fixture("small_study"), folder, { recursive: true })
        const changed = change(readFileSync(join(folder, name), "utf8"))
        if (changed === undefined) rmSync(join(folder, name))
        else writeFileSync(join(folder, name), changed)
        const { problems } = yield* inspect(folder)
        const lines = problems.map(({ path, problem, reason }) => `${path} ${reason} ${problem}`)
        assert.isTrue(
          lines.some((line) => says.test(line)),
          lines.join("\n"),
        )
        const error = yield* Effect.flip(Effect.provide(ArtifactsCheck.checkArtifacts(folder), DurableNode.layer))
        assert.strictEqual(error._tag, "ArtifactsError")
        assert.include(error.message, folder)
      }),
    )
  }

  it.effect("one changed byte in any file that we wrote is a mismatch of that file", () =>
    Effect.gen(function* () {
      const folder = yield* temporary
      yield* run(exportOf("small_study", folder, { includeSqlite: true, includeParquet: true }))
      for (const name of filesBelow(folder).filter((file) => file !== "manifest.json")) {
        const path = join(folder, name)
        const before = readFileSync(path)
        const after = Buffer.from(before)
        const last = after.length - 1
        after[last] = (after[last] ?? 0) ^ 1
        writeFileSync(path, after)
        const { problems } = yield* inspect(folder)
        assert.isTrue(
          problems.some((problem) => problem.path === name && problem.reason === "mismatch"),
          name,
        )
        const error = yield* Effect.flip(Effect.provide(ArtifactsCheck.checkArtifacts(folder), DurableNode.layer))
        assert.strictEqual(error.exitCode, 12)
        writeFileSync(path, before)
      }
    }),
  )

  it.effect("a manifest whose flow or hash of hashes was changed is a mismatch", () =>
    Effect.gen(function* () {
      for (const [from, to] of [
        ['"planned": 6', '"planned": 5'],
        ['"root_sha256": "sha256:', '"root_sha256": "sha256:0'],
      ] as const) {
        const folder = yield* temporary
        yield* run(exportOf("small_study", folder))
        const path = join(folder, "manifest.json")
        const text = readFileSync(path, "utf8")
        assert.include(text, from)
        writeFileSync(path, text.replace(from, to))
        const { problems } = yield* inspect(folder)
        assert.isTrue(
          problems.some((problem) => problem.path === "manifest.json" && problem.reason === "mismatch"),
          from,
        )
      }
    }),
  )

  it.effect("a manifest that points out of its folder is not followed", () =>
    Effect.gen(function* () {
      const folder = join(yield* temporary, "study")
      yield* run(exportOf("small_study", folder))
      const path = join(folder, "manifest.json")
      for (const outside of ["../secret", "/etc/passwd"]) {
        const text = readFileSync(path, "utf8")
        writeFileSync(path, text.replace('"path": "runs.csv"', `"path": ${JSON.stringify(outside)}`))
        const report = yield* inspect(folder)
        assert.isTrue(report.problems.some(({ problem }) => problem.includes("outside of the folder")))
        assert.isFalse(report.artifacts.some((artifact) => artifact.path === outside))
        writeFileSync(path, text)
      }
    }),
  )
})

describe("reading a folder back", () => {
  it.effect("rows from the folder are the rows from the records", () =>
    Effect.gen(function* () {
      const folder = yield* temporary
      const given = exportOf("small_study", folder)
      yield* run(given)
      const read = yield* Effect.provide(StudyFolder.readStudyFolder(folder), DurableNode.layer)
      const made = yield* StudyRows.ofRecords({
        studyId: "golden-small",
        conditions: given.conditions,
        records: given.records,
      })
      assert.deepStrictEqual(read, made)
      assert.strictEqual(read.runs.length, 5)
      assert.deepStrictEqual(
        read.excluded.map(({ runId, status }) => [runId, status]),
        [["run-8ff3c4918d02", "failed"]],
      )
      assert.deepStrictEqual(
        read.conditions[0]?.factors,
        new Map<string, Value.Value>([
          ["variant", "a"],
          ["temp", Value.float(0)],
        ]),
      )
    }),
  )

  it.effect(
    "runs that failed and runs that never began are excluded with the reason, from folder and records alike",
    () =>
      Effect.gen(function* () {
        const folder = yield* temporary
        const given = exportOf("small_study", folder, { records: Stream.fromIterable(mixed()) })
        yield* run(given)
        const read = yield* Effect.provide(StudyFolder.readStudyFolder(folder), DurableNode.layer)
        const made = yield* StudyRows.ofRecords({ studyId: "golden-small", ...given })
        assert.deepStrictEqual(read, made)
        assert.deepStrictEqual(
          read.excluded.map(({ reason, status }) => [status, reason]),
          [
            ["timedOut", 'Timeout: no answer, "late"'],
            ["failed", "RuntimeError: boom, with a comma"],
            ["skipped", "the budget of the study is spent"],
            ["notStarted", null],
          ],
        )
      }),
  )

  it.effect("the predecessor's folder is read too, its failed run excluded and True read as 1", () =>
    Effect.gen(function* () {
      const read = yield* Effect.provide(
        StudyFolder.readStudyFolder(fixture("small_study_after_resume")),
        DurableNode.layer,
      )
      assert.strictEqual(read.runs.length, 5)
      assert.deepStrictEqual(
        read.excluded.map(({ reason }) => reason),
        ["RuntimeError: boom, with a comma"],
      )
      assert.deepStrictEqual(
        read.metrics
          .filter(({ metricName, runId }) => runId === "run-72e23fcebf53" && metricName !== "latency_s")
          .map(({ metricName, metricValue }) => [metricName, metricValue]),
        [
          ["cost_usd", 0.01],
          ["input_tokens", 5],
          ["output_tokens", 7],
          ["primary_outcome", 0.317],
          ["score", 0.317],
          ["is_ok", 1],
          ["count", 3],
        ],
      )
    }),
  )

  it.effect("a cell that is no number names file, row and column", () =>
    Effect.gen(function* () {
      const folder = join(yield* temporary, "study")
      cpSync(fixture("small_study"), folder, { recursive: true })
      const path = join(folder, "runs.csv")
      writeFileSync(path, readFileSync(path, "utf8").replace(",0.929,", ",O.929,"))
      const error = yield* Effect.flip(Effect.provide(StudyFolder.readStudyFolder(folder), DurableNode.layer))
      assert.include(error.message, "runs.csv: row 2: primary_outcome")
    }),
  )
})

describe("an export that dies", () => {
  const folder = "/study"
  /** The small study with every cost changed, so that its files are not those that are there. */
  const changed = () => {
    const { conditions, records, study } = golden("small_study")
    return {
      study,
      conditions,
      folder,
      records: Stream.fromIterable(
        records.map((record) =>
          record.result === undefined ? record : { ...record, result: { ...record.result, costUsd: 1234.5 } },
        ),
      ),
    }
  }
  const export_ = (given: Parameters<Artifacts["Service"]["export"]>[0]) =>
    Effect.flatMap(Artifacts, (artifacts) => artifacts.export(given))

  it.effect(
    "at any operation leaves the old state, the new one, or a folder that says it is not whole; a second export mends it",
    () =>
      Effect.gen(function* () {
        // A run without faults, to know all operations.
        const first = DurableMemory.make()
        const layerOf = (ops: typeof first.ops) => Layer.succeed(Durable, DurableFiles.make(ops))
        yield* Effect.provide(
          export_(exportOf("small_study", folder)),
          TextArtifacts.layer.pipe(Layer.provide(layerOf(first.ops))),
        )
        const counted = DurableFaults.make(first.ops, [])
        yield* Effect.provide(export_(changed()), TextArtifacts.layer.pipe(Layer.provide(layerOf(counted.ops))))
        const calls = counted.calls()
        assert.isAbove(calls.length, 100)
        // What a dead process leaves, and what a power cut leaves of that, taken in turn.
        const powers = [undefined, "lost", "kept"] as const
        const seen = { old: 0, new: 0, none: 0 }
        for (const [index, call] of calls.entries()) {
          const power = powers[index % powers.length]
          for (const fault of ["cut", "full"] as const) {
            const memory = DurableMemory.make()
            yield* Effect.provide(
              export_(exportOf("small_study", folder)),
              TextArtifacts.layer.pipe(Layer.provide(layerOf(memory.ops))),
            )
            const faulty = DurableFaults.make(memory.ops, [
              { operation: call.operation, occurrence: call.occurrence, fault },
            ])
            const ended = yield* Effect.result(
              Effect.provide(export_(changed()), TextArtifacts.layer.pipe(Layer.provide(layerOf(faulty.ops)))),
            )
            if (fault === "cut" && power !== undefined) memory.files.powerCut(power)
            const place = `${fault} (${power ?? "power on"}) at ${call.operation} ${call.occurrence} of ${call.path}`
            if (ended._tag === "Failure") assert.instanceOf(ended.failure, DurableError, place)
            const healthy = layerOf(memory.ops)
            const state = memory.files.text(`${folder}/manifest.json`)
            if (state === undefined) seen.none++
            else {
              const report = yield* Effect.provide(ArtifactsCheck.inspect(folder), healthy)
              assert.deepStrictEqual(report.problems, [], place)
              const cost = memory.files.text(`${folder}/runs.csv`)?.includes(",1234.5,") === true
              if (cost) seen.new++
              else seen.old++
            }
            yield* Effect.provide(export_(changed()), TextArtifacts.layer.pipe(Layer.provide(healthy)))
            const report = yield* Effect.provide(ArtifactsCheck.inspect(folder), healthy)
            assert.deepStrictEqual(report.problems, [], place)
            const left = [...memory.files.files().keys()].filter((path) => path.endsWith(".heddle-tmp"))
            assert.deepStrictEqual(left, [], place)
          }
        }
        assert.isAbove(seen.old, 0)
        assert.isAbove(seen.new, 0)
        assert.isAbove(seen.none, 0)
      }),
  )

  it.effect("a layer without databases refuses to leave one away", () =>
    Effect.gen(function* () {
      const error = yield* Effect.flip(export_(exportOf("small_study", folder, { includeSqlite: true })))
      assert.strictEqual(error._tag === "ArtifactsError" ? error.path : error._tag, "study.sqlite")
    }).pipe(Effect.provide(TextArtifacts.layer.pipe(Layer.provide(DurableMemory.layer)))),
  )
})
