/**
 * Writes the folder of a study. The records are read once; every table grows under a temporary name. Only when all of
 * them are whole does the old manifest go, then the files take their names, are read back, and the new manifest comes
 * last. So a folder with a manifest is whole: the old state or the new one, never a mixture that looks like data.
 *
 * @layer logic
 * @module
 */
import type { Artifact, DurableError, DurableShape } from "@heddle/core/Durable"
import type { LedgerError } from "@heddle/core/Ledger"
import * as Clock from "effect/Clock"
import * as Effect from "effect/Effect"
import type * as Scope from "effect/Scope"
import * as Result from "effect/Result"
import * as Stream from "effect/Stream"
import { Artifacts, type StudyExport } from "../Artifacts.ts"
import * as CanonicalTables from "../CanonicalTables.ts"
import { finite, jsonText, timeText } from "../CanonicalText.ts"
import { ArtifactsError } from "../ExperimentError.ts"
import * as JsonText from "../JsonText.ts"
import * as Manifest from "../Manifest.ts"
import * as RoCrate from "../RoCrate.ts"
import type { RunRecord } from "../Run.ts"
import * as StableJson from "../StableJson.ts"
import * as StudyFile from "../StudyFile.ts"
import { emptyMap, fromJs, isMap, type Value } from "../Value.ts"
import * as Yaml from "../Yaml.ts"
import { checkpoint } from "./artifactCheckpoint.ts"
import type { FormSession, StagedFile, TableForm } from "./artifactForms.ts"
import * as Csv from "./csvText.ts"
import { CsvFile, pendingLengthMax, TextFile } from "./artifactText.ts"

/** Records between two looks at how much is pending. */
const recordsPerLook = 64

/** Names that an export may leave; what an earlier one left and this one does not write is removed. */
const ownNames = [
  ...CanonicalTables.tableNames.map((name) => `${name}.csv`),
  "outputs.jsonl",
  CanonicalTables.keptRunsName,
  "design.json",
  "SHA256SUMS",
  RoCrate.crateName,
]

const checkpointFolder = "artifacts/checkpoints"

type Failure = ArtifactsError | DurableError | LedgerError

/** Keeps everybody else out of a folder while an export writes into it. */
export type Exclusive = (folder: string) => <A, E>(work: Effect.Effect<A, E>) => Effect.Effect<A, E | LedgerError>

/** The service over durable files and the given further forms. */
export const make = (
  durable: DurableShape,
  forms: ReadonlyArray<TableForm>,
  exclusive: Exclusive = () => (work) => work,
): Artifacts["Service"] =>
  Artifacts.of({
    export: Effect.fn("Artifacts.export")(function* (
      given: StudyExport,
    ): Effect.fn.Return<ReadonlyArray<Artifact>, Failure> {
      const compatibility = given.compatibility === true
      const tables = yield* Effect.fromResult(
        CanonicalTables.make(given.conditions, given.study.studyId, compatibility),
      )
      const conditionIds = yield* idsOf(given, compatibility)
      yield* refuseUnknownForms(forms, given)
      return yield* exclusive(given.folder)(
        Effect.gen(function* (): Effect.fn.Return<ReadonlyArray<Artifact>, Failure> {
          const previous = yield* readPrevious(durable, given.folder)
          yield* refuseForeign(given, previous)
          yield* durable.sweep(given.folder)
          return yield* Effect.scoped(write(durable, forms, given, tables, conditionIds, previous))
        }),
      )
    }),
  })

const at = (folder: string, name: string): string => `${folder}/${name}`

const idsOf = Effect.fnUntraced(function* (given: StudyExport, compatibility: boolean) {
  const ids = new Set<string>()
  for (const { conditionId } of given.conditions) {
    if (ids.has(conditionId) && !compatibility) {
      return yield* new ArtifactsError({
        reason: "invalid",
        path: "conditions.csv",
        problem: `two conditions have the id ${conditionId}, and readers refuse such a table`,
        hints: ["take the repeated level out of the study: two levels of a factor have the same value"],
      })
    }
    ids.add(conditionId)
  }
  return ids
})

/** What is asked for is written, or it is an error: a layer without databases does not leave one away in silence. */
const refuseUnknownForms = (
  forms: ReadonlyArray<TableForm>,
  given: StudyExport,
): Effect.Effect<void, ArtifactsError> => {
  const asked = [
    ...(given.includeSqlite === true ? ["study.sqlite"] : []),
    ...(given.includeParquet === true ? ["runs.parquet"] : []),
  ]
  const absent = asked.find((name) => !forms.some(({ names }) => names.includes(name)))
  if (absent === undefined) return Effect.void
  return Effect.fail(
    new ArtifactsError({
      reason: "invalid",
      path: absent,
      problem: "this layer writes text files only",
      hints: ["provide the layer of @heddle/experiments/node/ArtifactsNode, or do not ask for this file"],
    }),
  )
}

/** The manifest that a folder has, as far as it can be read. */
interface Previous {
  readonly text: string
  readonly studyId: string | undefined
  readonly generatedAt: string | undefined
}

const readPrevious = Effect.fnUntraced(function* (durable: DurableShape, folder: string) {
  const path = at(folder, Manifest.manifestName)
  if (!(yield* durable.exists(path))) return undefined
  return previousOf(new TextDecoder().decode(yield* durable.readFile(path)))
})

const previousOf = (text: string): Previous => {
  // The predecessor writes NaN where a study says so, which is no JSON to others.
  const parsed = JsonText.parse(text)
  const keys = Result.isSuccess(parsed) && isMap(parsed.success.value) ? parsed.success.value : emptyMap
  const textOf = (key: string): string | undefined => {
    const value = keys.get(key)
    return typeof value === "string" ? value : undefined
  }
  return { text, studyId: textOf("study_id"), generatedAt: textOf("generated_at") }
}

const refuseForeign = (given: StudyExport, previous: Previous | undefined): Effect.Effect<void, ArtifactsError> => {
  if (given.replaceForeign === true || previous === undefined) return Effect.void
  const owner = previous.studyId
  if (owner === given.study.studyId) return Effect.void
  return Effect.fail(
    new ArtifactsError({
      reason: "foreign",
      path: at(given.folder, Manifest.manifestName),
      problem:
        owner === undefined
          ? "the folder has a manifest that is not one of a study"
          : `the folder belongs to the study ${JSON.stringify(owner)}, not to ${JSON.stringify(given.study.studyId)}`,
      hints: ["choose another folder for this study, or move the old one away"],
    }),
  )
}

const write = Effect.fnUntraced(function* (
  durable: DurableShape,
  forms: ReadonlyArray<TableForm>,
  given: StudyExport,
  tables: CanonicalTables.Tables,
  conditionIds: ReadonlySet<string>,
  previous: Previous | undefined,
): Effect.fn.Return<ReadonlyArray<Artifact>, Failure, Scope.Scope> {
  const compatibility = given.compatibility === true
  const tally = new Manifest.Tally()
  const texts = yield* Effect.forEach(textsOf(given), ([name, content]) =>
    stageText(durable, given.folder, name, content),
  )
  const csvs = new Map<CanonicalTables.TableName, CsvFile>()
  for (const table of tables.tables) {
    const file = yield* durable.create(at(given.folder, `${table.name}.csv`))
    csvs.set(table.name, new CsvFile(table, file, compatibility ? table.required : table.columns.length))
  }
  const outputs = compatibility
    ? undefined
    : new TextFile("outputs.jsonl", yield* durable.create(at(given.folder, "outputs.jsonl")))
  const sessions: Array<FormSession> = []
  for (const form of forms) if (form.wanted(given)) sessions.push(yield* form.open(given, tables))
  const checkpoints =
    compatibility && given.includeCheckpoints !== false ? yield* openCheckpoints(durable, given) : undefined

  const put: CanonicalTables.Put = (name, row) => {
    csvs.get(name)?.put(row)
    for (const session of sessions) session.put(name, row)
  }
  const flush = Effect.gen(function* () {
    for (const file of csvs.values()) if (file.pendingLength >= pendingLengthMax) yield* file.flush
    if (outputs !== undefined && outputs.pendingLength >= pendingLengthMax) yield* outputs.flush
    for (const session of sessions) yield* session.flush
  })

  for (let start = 0; start < given.conditions.length; start += recordsPerLook) {
    const some = given.conditions.slice(start, start + recordsPerLook)
    yield* guarded("conditions.csv", () => {
      for (const condition of some) put("conditions", tables.conditionRow(condition))
    })
    yield* flush
  }
  const manifestPath = given.manifestPath ?? manifestPathOf(given.study.outputDir)
  const kept: Array<ReadonlyArray<string>> = []
  const take = (record: RunRecord): void => {
    checkRecord(record, given.study.studyId, conditionIds)
    if (compatibility) {
      // The predecessor has no word for a run without a result.
      if (record.result !== undefined) tally.add(record)
      CanonicalTables.putCompatible(record, manifestPath, put)
      return
    }
    const fate = CanonicalTables.fateOf(record)
    tally.add(record, fate)
    CanonicalTables.put(record, fate, put)
    if (fate === "done" && record.kept !== undefined) {
      kept.push([record.runSpec.runId, record.runSpec.conditionId, record.kept])
    }
    if (outputs === undefined || record.result === undefined) return
    outputs.add(`${outputLine(record, fate === "done" ? "success" : "failed")}\n`)
    outputs.rows++
  }
  yield* Stream.runForEachArray(
    given.records,
    Effect.fnUntraced(function* (records: ReadonlyArray<RunRecord>) {
      for (let start = 0; start < records.length; start += recordsPerLook) {
        const some = records.slice(start, start + recordsPerLook)
        yield* guarded("runs.csv", () => {
          for (const record of some) take(record)
        })
        yield* flush
        if (checkpoints !== undefined) for (const record of some) yield* checkpoints.write(record)
      }
    }),
  )
  for (const file of csvs.values()) {
    file.end()
    yield* file.flush
  }
  if (outputs !== undefined) yield* outputs.flush
  const staged: Array<StagedFile> = [...texts, ...csvs.values(), ...(outputs === undefined ? [] : [outputs])]
  // A file only where there is something to say: other folders stay as they are.
  if (kept.length > 0) {
    const rows = [["run_id", "condition_id", "changed"], ...kept]
    const content = rows.map(Csv.record).join("")
    staged.push({
      ...(yield* stageText(durable, given.folder, CanonicalTables.keptRunsName, content)),
      rows: kept.length,
    })
  }
  for (const session of sessions) staged.push(...(yield* session.stage))
  if (checkpoints !== undefined && checkpoints.lines.rows > 0) {
    yield* checkpoints.lines.flush
    staged.push(checkpoints.lines)
  }

  const generatedAt = timeText(yield* Clock.currentTimeMillis)
  const appeared = yield* appear(durable, forms, given, staged, (files) => {
    const manifestAt = (time: string): string =>
      `${StableJson.indented(Manifest.make({ given, tally, generatedAt: time, files, renamed: tables.renamed }))}\n`
    // An export that finds everything as it was leaves everything as it was: what a receipt says of the folder stays true.
    const same = previous?.generatedAt !== undefined && manifestAt(previous.generatedAt) === previous.text
    const manifest = same && !compatibility ? previous.text : manifestAt(generatedAt)
    return { manifest, datePublished: tally.lastTime === "" ? generatedAt : tally.lastTime }
  })
  return [...appeared, ...(checkpoints?.written ?? [])]
})

/** Runs what may throw, as an error of the file. */
const guarded = (path: string, work: () => void): Effect.Effect<void, ArtifactsError> =>
  Effect.try({
    try: work,
    catch: (error) =>
      error instanceof ArtifactsError
        ? error
        : new ArtifactsError({
            reason: "invalid",
            path,
            problem: error instanceof Error ? error.message : String(error),
            hints: ["look at the run that is named: heddle runs show"],
          }),
  })

const checkRecord = ({ outcome, result, runSpec }: RunRecord, studyId: string, ids: ReadonlySet<string>): void => {
  const problem =
    runSpec.studyId !== studyId
      ? `is of the study ${JSON.stringify(runSpec.studyId)}`
      : !ids.has(runSpec.conditionId)
        ? `has the condition ${runSpec.conditionId}, which the design does not have`
        : result !== undefined && result.runId !== runSpec.runId
          ? `has a result of the run ${result.runId}`
          : result === undefined && (outcome === "succeeded" || outcome === "reused")
            ? "succeeded and has no result"
            : undefined
  if (problem === undefined) return
  throw new ArtifactsError({
    reason: "invalid",
    path: "runs.csv",
    problem: `the run ${runSpec.runId} ${problem}`,
    hints: ["export with the study and the design that the run was made with"],
  })
}

/** The files that hang on the study alone. */
const textsOf = (given: StudyExport): ReadonlyArray<readonly [name: string, content: string]> => {
  const encoded = StudyFile.encode(given.study)
  const compatibility = given.compatibility === true
  const json = (value: Value): string => `${StableJson.indented(compatibility ? value : finite(value))}\n`
  const design = compatibility ? undefined : fromJs(given.design)
  return [
    ["study.yaml", Yaml.stringify(encoded)],
    ["hypotheses.json", json(encoded.get("hypotheses") ?? [])],
    ["analysis_plan.json", json(encoded.get("analysis_plans") ?? [])],
    ...(design === undefined ? [] : [["design.json", json(design)] as const]),
  ]
}

const stageText = Effect.fnUntraced(function* (durable: DurableShape, folder: string, name: string, content: string) {
  const file = yield* durable.create(at(folder, name))
  yield* file.write(content)
  const staged: StagedFile = { name, file }
  return staged
})

/** As Python writes the path of the manifest in the study's folder. */
const manifestPathOf = (outputDir: string): string => {
  const parts = outputDir.split("/").filter((part, index) => part !== "." && (part !== "" || index === 0))
  return [
    ...parts.filter((part, index) => part !== "" || (index === 0 && outputDir.startsWith("/"))),
    Manifest.manifestName,
  ].join("/")
}

const outputLine = ({ result, runSpec }: RunRecord, status: string): string =>
  `{"condition_id":${StableJson.quote(runSpec.conditionId)},"outputs":${jsonText(result?.outputs ?? new Map())},` +
  `"run_id":${StableJson.quote(runSpec.runId)},"status":"${status}"}`

/** Checkpoints of the runs: a file of each, written at once, and all of them as lines. Nobody's truth, so they need not wait. */
interface Checkpoints {
  readonly write: (record: RunRecord) => Effect.Effect<void, ArtifactsError | DurableError>
  readonly written: Array<Artifact>
  readonly lines: TextFile
}

const openCheckpoints = Effect.fnUntraced(function* (durable: DurableShape, given: StudyExport) {
  yield* durable.sweep(at(given.folder, checkpointFolder))
  const linesName = `${checkpointFolder}/runs.jsonl`
  const lines = new TextFile(linesName, yield* durable.create(at(given.folder, linesName)))
  const written: Array<Artifact> = []
  const write = Effect.fnUntraced(function* (record: RunRecord): Effect.fn.Return<void, ArtifactsError | DurableError> {
    const value = checkpoint(record)
    if (value === undefined) return
    const { runId } = record.runSpec
    if (!/^[\w-][\w.-]*$/.test(runId)) {
      const problem = `the run id ${JSON.stringify(runId)} cannot be the name of a file`
      const hints = ["export without checkpoints"]
      return yield* new ArtifactsError({ reason: "invalid", path: checkpointFolder, problem, hints })
    }
    lines.rows++
    lines.add(`${StableJson.stringify(value)}\n`)
    if (lines.pendingLength >= pendingLengthMax) yield* lines.flush
    const path = `${checkpointFolder}/${runId}.json`
    const artifact = yield* durable.writeFile(at(given.folder, path), `${StableJson.indented(value)}\n`)
    written.push({ ...artifact, path })
  })
  const checkpoints: Checkpoints = { write, written, lines }
  return checkpoints
})

/** What the last step needs to know of the files that are there by then. */
type Closing = (files: ReadonlyArray<Artifact>) => { readonly manifest: string; readonly datePublished: string }

/** Gives the staged files their names and puts the manifest behind them. */
const appear = Effect.fnUntraced(function* (
  durable: DurableShape,
  forms: ReadonlyArray<TableForm>,
  given: StudyExport,
  staged: ReadonlyArray<StagedFile>,
  closing: Closing,
): Effect.fn.Return<ReadonlyArray<Artifact>, ArtifactsError | DurableError> {
  const { folder } = given
  const readBack = Effect.fnUntraced(function* (name: string, written: Artifact) {
    const found = yield* durable.hashFile(at(folder, name))
    if (found.sha256 === written.sha256 && found.bytes === written.bytes) return
    return yield* new ArtifactsError({
      reason: "mismatch",
      path: at(folder, name),
      problem:
        "what is on the disk is not what was written: another process writes into this folder, or the disk is damaged",
      hints: ["export again, with no other export into this folder at the same time"],
    })
  })
  const add = Effect.fnUntraced(function* (name: string, content: string) {
    const artifact = { ...(yield* durable.writeFile(at(folder, name), content)), path: name }
    yield* readBack(name, artifact)
    return artifact
  })
  yield* durable.remove(at(folder, Manifest.manifestName))
  const names = new Set(staged.map(({ name }) => name))
  const mayBeLeft = [...ownNames, ...forms.flatMap((form) => form.names)]
  for (const name of mayBeLeft) {
    if (!names.has(name) && (yield* durable.exists(at(folder, name)))) yield* durable.remove(at(folder, name))
  }
  const files: Array<Artifact> = []
  for (const { file, name, rows } of staged) {
    files.push({ ...(yield* file.commit), path: name, ...(rows === undefined ? {} : { rows }) })
  }
  for (const file of files) yield* readBack(file.path, file)
  if (given.compatibility !== true) {
    const crate = RoCrate.text({
      study: given.study,
      files,
      datePublished: closing(files).datePublished,
      softwareVersion: given.environment?.["heddle"],
      ledgerRunId: given.ledgerRunId,
    })
    files.push(yield* add(RoCrate.crateName, crate))
    files.push(yield* add("SHA256SUMS", Manifest.sums(files)))
  }
  files.push(yield* add(Manifest.manifestName, closing(files).manifest))
  return files
})
