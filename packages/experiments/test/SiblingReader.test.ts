import { assert, describe, it } from "@effect/vitest"
import { Effect } from "effect"
import { cpSync, readFileSync, rmSync, writeFileSync } from "node:fs"
import { join } from "node:path"
import { fileURLToPath } from "node:url"
import { goldenText } from "./artifactFixtures.ts"
import { exportOf, run, temporary } from "./artifactHarness.ts"
import * as Sibling from "./siblingReader.ts"

const fixture = (name: string): string => fileURLToPath(new URL(`fixtures/${name}`, import.meta.url))

type Answers = Readonly<Record<string, Readonly<Record<string, unknown>>>>
const answers: Answers = JSON.parse(goldenText("analysis_readback.json"))

/** As the fixture has it: what a call gave, or the name of what it raised. */
const outcome = (call: () => unknown): unknown => {
  try {
    return call()
  } catch (error) {
    if (error instanceof Sibling.ValueError) return { error: "ValueError" }
    throw error
  }
}

const ask = (folder: string, question: string): unknown => {
  const metric = /^condition_metric_table metric=(\S+) condition_column=(\S+)$/.exec(question)
  if (metric !== null) return outcome(() => ({ ok: Sibling.metricTable(folder, metric[1] ?? "", metric[2] ?? "") }))
  const shape = (rows: ReadonlyArray<Readonly<Record<string, string>>>) => ({
    rows: rows.length,
    columns: Object.keys(rows[0] ?? {}),
  })
  switch (question) {
    case "validate_experiment_events":
      return outcome(() => Sibling.validateEvents(folder))
    case "event_table":
      return outcome(() => shape(Sibling.eventTable(folder)))
    case "run_metric_table metrics=latency_s":
      return outcome(() => shape(Sibling.runTable(folder)))
    case "markov_chains by variant":
      return outcome(() => Sibling.markovStates(folder, "variant"))
    default:
      throw new Error(question)
  }
}

describe("the rules of the analysis sibling", () => {
  for (const study of ["small_study", "small_study_after_resume", "empty_study"]) {
    const asked = Object.entries(answers[study] ?? {})
    it(`our reader of these rules answers as the sibling did on ${study}`, () => {
      assert.isAbove(asked.length, 8)
      for (const [question, answer] of asked) assert.deepStrictEqual(ask(fixture(study), question), answer, question)
    })
  }

  type Change = (folder: string) => void
  const edit =
    (name: string, change: (text: string) => string): Change =>
    (folder) =>
      writeFileSync(join(folder, name), change(readFileSync(join(folder, name), "utf8")))
  const manifest = (change: (keys: Record<string, unknown>) => unknown): Change =>
    edit("manifest.json", (text) => JSON.stringify(change(JSON.parse(text))))
  const times = (to: string): Change => edit("events.csv", (text) => text.replaceAll("2026-01-02T03:04:05+00:00", to))
  const valid = (folder: string) => Sibling.validateEvents(folder).is_valid
  const mutations: Readonly<Record<string, readonly [Change, (folder: string) => unknown]>> = {
    none: [() => {}, valid],
    "schema_version 0.1.0": [manifest((keys) => ({ ...keys, schema_version: "0.1.0" })), valid],
    "schema_version 0.3.0": [manifest((keys) => ({ ...keys, schema_version: "0.3.0" })), valid],
    "schema_version 0.2": [manifest((keys) => ({ ...keys, schema_version: "0.2" })), valid],
    "study_id blank": [manifest((keys) => ({ ...keys, study_id: " " })), valid],
    "no study_id": [manifest(({ schema_version }) => ({ schema_version })), valid],
    "manifest only schema_version and study_id": [
      manifest(({ schema_version, study_id }) => ({ schema_version, study_id })),
      valid,
    ],
    "manifest missing": [(folder) => rmSync(join(folder, "manifest.json")), valid],
    "study.yaml missing": [
      (folder) => rmSync(join(folder, "study.yaml")),
      (folder) => Object.keys(Sibling.load(folder)).length + 1,
    ],
    "evaluations.csv missing": [(folder) => rmSync(join(folder, "evaluations.csv")), valid],
    "timestamps with Z": [times("2026-01-02T03:04:05Z"), valid],
    "timestamps with milliseconds and Z": [times("2026-01-02T03:04:05.123Z"), valid],
    "timestamps without zone": [times("2026-01-02T03:04:05"), valid],
    "timestamps blank": [times(""), valid],
    "timestamps epoch seconds text": [times("1767323045"), valid],
    "LF line ends": [edit("events.csv", (text) => text.replaceAll("\r\n", "\n")), valid],
    "byte order mark": [edit("events.csv", (text) => `\uFEFF${text}`), valid],
    "no recommended columns": [
      edit("events.csv", () => "timestamp,run_id\r\n2026-01-02T03:04:05+00:00,run-72e23fcebf53\r\n"),
      valid,
    ],
    "path given as events.csv": [() => {}, (folder) => valid(join(folder, "events.csv"))],
    "path given as runs.csv": [() => {}, (folder) => valid(join(folder, "runs.csv"))],
    "duplicate condition_id": [
      edit("conditions.csv", (text) => text + (text.split("\r\n")[1] ?? "") + "\r\n"),
      (folder) => Sibling.eventTable(folder).length,
    ],
    "event run_id blank, session_id = run_id": [
      edit("events.csv", (text) => text.replaceAll(/golden-small,run-[0-9a-f]+,/g, "golden-small,,")),
      (folder) => Sibling.eventTable(folder).length,
    ],
    "drop failed run row": [
      edit("runs.csv", (text) => text.replace(/^golden-small,[^\r]*,failed,[^\r]*\r\n/m, "")),
      (folder) => Sibling.metricTable(folder, "score", "variant").length,
    ],
  }

  it.effect("our reader of these rules answers as the sibling did after each change of the folder", () =>
    Effect.gen(function* () {
      const expected: ReadonlyArray<{ readonly mutation: string; readonly ok?: unknown; readonly error?: string }> =
        JSON.parse(goldenText("analysis_mutations.json"))
      const folder = yield* temporary
      for (const { mutation, ...answer } of expected) {
        const [change, call] = mutations[mutation] ?? []
        if (change === undefined || call === undefined) throw new Error(`a change that no test makes: ${mutation}`)
        const copy = join(folder, mutation.replaceAll(/\W/g, "_"))
        cpSync(fixture("small_study"), copy, { recursive: true })
        change(copy)
        assert.deepStrictEqual(
          outcome(() => ({ ok: call(copy) })),
          answer,
          mutation,
        )
      }
    }),
  )
})

describe("our files as the analysis sibling reads them", () => {
  it.effect("AC-19: events are valid, 10 rows, no warnings; the event table has 35 columns; states per variant", () =>
    Effect.gen(function* () {
      for (const compatibility of [true, false]) {
        const folder = yield* temporary
        yield* run(exportOf("small_study", folder, { compatibility }))
        const expected = answers["small_study"] ?? {}
        for (const question of ["validate_experiment_events", "event_table", "markov_chains by variant"]) {
          assert.deepStrictEqual(ask(folder, question), expected[question], question)
        }
      }
    }),
  )

  it.effect("AC-34: with one failed run the score table of the successful runs works", () =>
    Effect.gen(function* () {
      const folder = yield* temporary
      yield* run(exportOf("small_study", folder))
      // Values of the golden evaluations.csv.
      assert.deepStrictEqual(
        Sibling.metricTable(folder, "score", "variant").map(({ condition, value }) => [condition, value]),
        [
          ["a", 0.317],
          ["a", 0.929],
          ["a", 0.89],
          ["a", 0.664],
          ["b", 0.836],
        ],
      )
      assert.deepStrictEqual(
        Sibling.metricTable(folder, "primary_outcome", "variant").map(({ value }) => value),
        [0.317, 0.929, 0.89, 0.664, 0.836],
      )
    }),
  )

  it.effect("truth values among the metrics are numbers to the sibling", () =>
    Effect.gen(function* () {
      const folder = yield* temporary
      yield* run(exportOf("small_study", folder))
      assert.deepStrictEqual(
        Sibling.metricTable(folder, "is_ok", "variant").map(({ value }) => value),
        [1, 1, 1, 1, 1],
      )
    }),
  )
})
