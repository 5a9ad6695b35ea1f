/**
 * Whether the folder of a study holds together: the predecessor's checks (files, keys, versions, headers), and ours
 * (lengths and hashes of all files, rows, ids that are there once, rows that point to something). Every problem names the
 * file; all of them are found at once.
 *
 * @layer logic
 * @module
 */
import { type Artifact, Durable, type DurableError } from "@heddle/core/Durable"
import * as Effect from "effect/Effect"
import * as Result from "effect/Result"
import { ArtifactsError } from "./ExperimentError.ts"
import { manifestName, rootHash } from "./Manifest.ts"
import { schemaVersion } from "./Study.ts"
import { readManifest, readTable, type RowOf } from "./StudyFolder.ts"
import { isList, isMap, toNumber, type ValueMap } from "./Value.ts"
import * as Yaml from "./Yaml.ts"

/** One thing that is wrong. @category models */
export interface ArtifactsProblem {
  /** The file, relative to the folder. */
  readonly path: string
  readonly reason: "missing" | "invalid" | "mismatch"
  readonly problem: string
}

/** What a folder was found to be. @category models */
export interface ArtifactsReport {
  readonly folder: string
  /** Every file that the manifest lists, as it is on the disk now; where it lists none, the six files and the two claims. */
  readonly artifacts: ReadonlyArray<Artifact>
  /** False for a folder of the predecessor or of the compatibility mode: it has no hashes to compare. */
  readonly hashed: boolean
  readonly problems: ReadonlyArray<ArtifactsProblem>
}

/** Problems of one file that are kept. */
export const problemsMax = 20

/** The files that every folder of a study has, with the columns that the contract asks for. */
export const requiredColumns: Readonly<Record<string, ReadonlyArray<string>>> = {
  "conditions.csv": ["study_id", "condition_id", "admissible", "constraint_messages", "assignment_meta_json"],
  "runs.csv": (
    "study_id condition_id run_id problem_id problem_family agent_id agent_kind pattern_name model_name seed replicate " +
    "status start_time end_time latency_s input_tokens output_tokens cost_usd primary_outcome trace_path manifest_path"
  ).split(" "),
  "events.csv": ["timestamp", "record_id", "text", "session_id", "actor_id", "event_type", "meta_json"],
  "evaluations.csv": "run_id evaluator_id metric_name metric_value metric_unit aggregation_level notes_json".split(" "),
}

const studyKeys = ["schema_version", "study_id", "title", "description"]
const manifestKeys = [
  "schema_version",
  "study_id",
  "generated_at",
  "status_counts",
  "model_ids",
  "run_count",
  "provenance",
]

/** Looks at everything and reports it; fails only where the disk cannot be read. @category checks */
export const inspect: (folder: string) => Effect.Effect<ArtifactsReport, DurableError, Durable> = Effect.fn(
  "ArtifactsCheck.inspect",
)(function* (folder: string) {
  const durable = yield* Durable
  const found = new Findings(folder)
  const manifest = yield* found.take(manifestName, readManifest(folder))
  const study = yield* readStudy(durable, folder, found)
  if (manifest !== undefined) {
    for (const key of manifestKeys) if (!manifest.has(key)) found.add(manifestName, "invalid", `it has no ${key}`)
    checkVersion(found, manifestName, manifest)
  }
  if (study !== undefined) {
    for (const key of studyKeys) if (!study.has(key)) found.add("study.yaml", "invalid", `it has no ${key}`)
    checkVersion(found, "study.yaml", study)
  }
  if (manifest?.has("study_id") === true && study?.has("study_id") === true) {
    const [one, other] = [manifest.get("study_id"), study.get("study_id")]
    if (one !== other) {
      found.add(
        manifestName,
        "invalid",
        `it is of the study ${JSON.stringify(one)}, study.yaml of ${JSON.stringify(other)}`,
      )
    }
  }
  const rows = yield* checkTables(folder, found, manifest)
  const { artifacts, hashed } = yield* checkFiles(durable, folder, found, manifest, rows)
  const report: ArtifactsReport = { folder, artifacts, hashed, problems: found.problems }
  return report
})

/**
 * The files of a folder with their hashes, for a receipt. Fails where anything is wrong: `mismatch` where a file is not
 * what the manifest says, else `missing` or `invalid`; the error names the first file and counts the other problems.
 *
 * @category checks
 */
export const checkArtifacts: (
  folder: string,
) => Effect.Effect<ReadonlyArray<Artifact>, ArtifactsError | DurableError, Durable> = Effect.fn(
  "ArtifactsCheck.checkArtifacts",
)(function* (folder: string) {
  const { artifacts, problems } = yield* inspect(folder)
  const [first] = problems.some(({ reason }) => reason === "mismatch")
    ? problems.filter(({ reason }) => reason === "mismatch")
    : problems
  if (first === undefined) return artifacts
  const more = problems.length > 1 ? ` (and ${problems.length - 1} more problems)` : ""
  return yield* new ArtifactsError({
    reason: first.reason,
    path: `${folder}/${first.path}`,
    problem: `${first.problem}${more}`,
    hints: ["export the study again: heddle experiments export"],
  })
})

/** Problems by file, so that a thousand bad rows are one line and a number. */
class Findings {
  readonly problems: Array<ArtifactsProblem> = []
  readonly #counts = new Map<string, number>()
  readonly #folder: string
  constructor(folder: string) {
    this.#folder = folder
  }
  add(path: string, reason: ArtifactsProblem["reason"], problem: string): void {
    const count = (this.#counts.get(path) ?? 0) + 1
    this.#counts.set(path, count)
    if (count <= problemsMax) this.problems.push({ path, reason, problem })
    if (count === problemsMax + 1) this.problems.push({ path, reason, problem: "and more of them" })
  }
  /** Runs it; an error about the study becomes a finding, an error of the disk stays one. */
  take<A>(
    path: string,
    effect: Effect.Effect<A, ArtifactsError | DurableError, Durable>,
  ): Effect.Effect<A | undefined, DurableError, Durable> {
    return Effect.catchTag(effect, "ArtifactsError", (error) =>
      Effect.sync(() => {
        this.add(this.#relative(error.path, path), error.reason === "missing" ? "missing" : "invalid", error.problem)
        return undefined
      }),
    )
  }
  #relative(path: string, otherwise: string): string {
    return path.startsWith(`${this.#folder}/`) ? path.slice(this.#folder.length + 1) : otherwise
  }
}

const checkVersion = (found: Findings, path: string, keys: ValueMap): void => {
  const version = keys.get("schema_version")
  if (version === undefined || version === schemaVersion) return
  found.add(path, "invalid", `its schema_version is ${JSON.stringify(String(version))}, not "${schemaVersion}"`)
}

const readStudy = Effect.fnUntraced(function* (durable: Durable["Service"], folder: string, found: Findings) {
  const path = `${folder}/study.yaml`
  if (!(yield* durable.exists(path))) {
    found.add("study.yaml", "missing", "the file is missing")
    return undefined
  }
  const parsed = Yaml.parse(new TextDecoder().decode(yield* durable.readFile(path)), { source: "study.yaml" })
  if (Result.isFailure(parsed)) {
    found.add("study.yaml", "invalid", parsed.failure.message)
    return undefined
  }
  const { value } = parsed.success
  if (isMap(value)) return value
  found.add("study.yaml", "invalid", "it is not a map")
  return undefined
})

type TableRows = Map<string, number>

/** Reads every table once: headers, ids that are there once, rows that point to rows. */
const checkTables = Effect.fnUntraced(function* (folder: string, found: Findings, manifest: ValueMap | undefined) {
  const rows: TableRows = new Map()
  const conditions = new Set<string>()
  const runs = new Set<string>()
  const failures = new Set<string>()
  const studyId = manifest?.get("study_id")
  const table = (name: string, onRow: (cell: RowOf, row: number) => void) =>
    Effect.gen(function* () {
      const count = yield* found.take(
        name,
        readTable(folder, name, onRow, (header) => {
          const missing = (requiredColumns[name] ?? []).filter((column) => !header.includes(column))
          if (missing.length > 0) found.add(name, "invalid", `it has no column ${missing.join(", ")}`)
        }),
      )
      if (count !== undefined) rows.set(name, count)
    })
  const once = (name: string, ids: Set<string>, column: string) => (cell: RowOf, row: number) => {
    const id = cell(column)
    if (id === "") found.add(name, "invalid", `row ${row}: ${column} is empty`)
    if (ids.has(id)) found.add(name, "invalid", `row ${row}: ${column} ${id} is there twice`)
    ids.add(id)
    if (studyId !== undefined && cell("study_id") !== studyId) {
      found.add(name, "invalid", `row ${row}: it is of the study ${JSON.stringify(cell("study_id"))}`)
    }
  }
  const known = (name: string, what: string, ids: ReadonlySet<string>, id: string, row: number): void => {
    if (!ids.has(id))
      found.add(name, "invalid", `row ${row}: the ${what} ${JSON.stringify(id)} is in no row of its table`)
  }
  yield* table("conditions.csv", once("conditions.csv", conditions, "condition_id"))
  const ofRun = (name: string, ids: Set<string>) => {
    const unique = once(name, ids, "run_id")
    return (cell: RowOf, row: number) => {
      unique(cell, row)
      known(name, "condition", conditions, cell("condition_id"), row)
    }
  }
  const events = (name: string, ids: ReadonlySet<string>) => (cell: RowOf, row: number) => {
    if (cell("timestamp").trim() === "") found.add(name, "invalid", `row ${row}: the timestamp is empty`)
    known(name, "run", ids, cell("run_id") === "" ? cell("session_id") : cell("run_id"), row)
  }
  const ofIds = (name: string, ids: ReadonlySet<string>) => (cell: RowOf, row: number) =>
    known(name, "run", ids, cell("run_id"), row)
  yield* table("runs.csv", ofRun("runs.csv", runs))
  yield* table("events.csv", events("events.csv", runs))
  yield* table("evaluations.csv", ofIds("evaluations.csv", runs))
  if (manifest?.has("heddle") !== true) return rows
  yield* table("metrics.csv", ofIds("metrics.csv", runs))
  yield* table("failures.csv", ofRun("failures.csv", failures))
  yield* table("failed_events.csv", events("failed_events.csv", failures))
  yield* table("failed_evaluations.csv", ofIds("failed_evaluations.csv", failures))
  const notRun = new Set<string>()
  yield* table("not_run.csv", ofRun("not_run.csv", notRun))
  const began = new Set([...runs, ...failures])
  if (began.size !== runs.size + failures.size) found.add("failures.csv", "invalid", "a run is in runs.csv too")
  if ([...notRun].some((id) => began.has(id)))
    found.add("not_run.csv", "invalid", "a run is in runs.csv or failures.csv too")
  yield* table("attempts.csv", ofIds("attempts.csv", began))
  return rows
})

const checkFiles = Effect.fnUntraced(function* (
  durable: Durable["Service"],
  folder: string,
  found: Findings,
  manifest: ValueMap | undefined,
  rows: TableRows,
) {
  const section = manifest?.get("heddle")
  const listed = isMap(section) ? section.get("files") : undefined
  const artifacts: Array<Artifact> = []
  if (!isMap(section) || listed === undefined || !isList(listed)) {
    if (manifest?.has("heddle") === true) found.add(manifestName, "invalid", "its section heddle lists no files")
    const names = ["study.yaml", ...Object.keys(requiredColumns), "hypotheses.json", "analysis_plan.json", manifestName]
    for (const name of names) {
      if (!(yield* durable.exists(`${folder}/${name}`))) continue
      const count = rows.get(name)
      const artifact = yield* durable.hashFile(`${folder}/${name}`)
      artifacts.push({ ...artifact, path: name, ...(count === undefined ? {} : { rows: count }) })
    }
    return { artifacts, hashed: false }
  }
  const said: Array<Artifact> = []
  for (const entry of listed) {
    const path = isMap(entry) ? entry.get("path") : undefined
    const sha256 = isMap(entry) ? entry.get("sha256") : undefined
    const bytes = isMap(entry) ? toNumber(entry.get("bytes")) : undefined
    if (typeof path !== "string" || typeof sha256 !== "string" || bytes === undefined) {
      found.add(manifestName, "invalid", "an entry of its files has no path, bytes or sha256")
      continue
    }
    // A manifest is not believed where it points out of its folder.
    if (path.startsWith("/") || path.includes("\\") || path.split("/").includes("..")) {
      found.add(manifestName, "invalid", `it lists ${JSON.stringify(path)}, which is outside of the folder`)
      continue
    }
    said.push({ path, sha256, bytes })
    if (!(yield* durable.exists(`${folder}/${path}`))) {
      found.add(path, "missing", "the file is missing")
      continue
    }
    const artifact = yield* durable.hashFile(`${folder}/${path}`)
    const count = rows.get(path)
    artifacts.push({ ...artifact, path, ...(count === undefined ? {} : { rows: count }) })
    if (artifact.sha256 !== sha256 || artifact.bytes !== bytes) {
      found.add(
        path,
        "mismatch",
        `it has ${artifact.bytes} bytes and the hash ${artifact.sha256}, the manifest says ${bytes} and ${sha256}`,
      )
    }
    const expected = isMap(entry) ? toNumber(entry.get("rows")) : undefined
    if (expected !== undefined && count !== undefined && count !== expected) {
      found.add(path, "mismatch", `it has ${count} rows, the manifest says ${expected}`)
    }
  }
  if (section.get("root_sha256") !== rootHash(said)) {
    found.add(manifestName, "mismatch", "its root_sha256 is not that of the files that it lists")
  }
  checkFlow(found, section, rows)
  artifacts.push({ ...(yield* durable.hashFile(`${folder}/${manifestName}`)), path: manifestName })
  return { artifacts, hashed: true }
})

/** The flow of runs has to add up to the rows. */
const checkFlow = (found: Findings, section: ValueMap, rows: TableRows): void => {
  const flow = section.get("flow")
  if (!isMap(flow)) {
    found.add(manifestName, "invalid", "its section heddle has no flow of runs")
    return
  }
  const count = (name: string): number => toNumber(flow.get(name)) ?? -1
  const check = (what: string, stated: number, table: number | undefined): void => {
    if (table !== undefined && stated !== table) {
      found.add(manifestName, "mismatch", `it says ${stated} ${what}, the tables have ${table}`)
    }
  }
  const [runs, failures, notRun] = ["runs.csv", "failures.csv", "not_run.csv"].map((name) => rows.get(name))
  check("analysed runs", count("analysed"), runs)
  check("skipped or not started runs", count("skipped") + count("not_started"), notRun)
  if (runs !== undefined && failures !== undefined && notRun !== undefined) {
    check("planned runs", count("planned"), runs + failures + notRun)
  }
}
