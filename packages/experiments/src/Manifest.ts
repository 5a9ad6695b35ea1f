/**
 * The manifest of a study's folder. The predecessor's keys, which other tools ask for, and a section `heddle`: every file
 * with its length, hash and rows, the flow of runs from planned to done, versions, seeds, and where the runs are from.
 * It is written last, and removed before the first file of a folder changes: a folder with a manifest is whole.
 *
 * @layer logic
 * @module
 */
import { sha256Hex } from "@heddle/core/Canonical"
import type { Artifact } from "@heddle/core/Durable"
import { type Counts, emptyCounts, type Status } from "@heddle/core/Outcome"
import * as Result from "effect/Result"
import * as Schema from "effect/Schema"
import type { StudyExport } from "./Artifacts.ts"
import type { Fate, RenamedColumn } from "./CanonicalTables.ts"
import type { RunRecord } from "./Run.ts"
import { finite } from "./CanonicalText.ts"
import { costOf } from "./internal/runCost.ts"
import * as StableJson from "./StableJson.ts"
import { schemaVersion } from "./Study.ts"
import { StoppingLook } from "./StoppingRule.ts"
import { float, isList, isMap, toJson, type Value, type ValueMap } from "./Value.ts"

/** Version of the section `heddle`. */
export const sectionVersion = 1

/** Name of the file. */
export const manifestName = "manifest.json"

/** Numbers that a manifest states, gathered while the records pass by. */
export class Tally {
  readonly counts: { -readonly [K in keyof Counts]: number } = { ...emptyCounts(0) }
  readonly #statuses = new Map<string, number>()
  readonly #models = new Set<string>()
  /** Runs that began, however they ended. */
  began = 0
  /** Runs that gave no data. */
  excluded = 0
  /** In billionths of a dollar, so that ten times 0.1 is 1. */
  #nanoUsd = 0
  /** The last time that a run states, or nothing. */
  lastTime = ""

  /** Counts a record. `fate` is absent in compatibility mode, which knows runs with a result alone. */
  add(record: RunRecord, fate?: Fate): void {
    const { outcome, result } = record
    this.counts.planned++
    this.counts[outcome]++
    if (fate !== undefined && fate !== "done") this.excluded++
    const status = fate === undefined ? result?.status : statusOf(fate, outcome)
    if (status === undefined) return
    this.#statuses.set(status, (this.#statuses.get(status) ?? 0) + 1)
    if (fate !== "notRun") this.began++
    this.#nanoUsd += Math.round(costOf(record) * 1e9)
    if (result === undefined) return
    const model = result.provenanceInfo.get("model_name")
    if (model !== undefined && model !== null && model !== "") this.#models.add(StableJson.str(model))
    if (result.endedAt > this.lastTime) this.lastTime = result.endedAt
  }

  /** What all tries of all runs that have a result cost, failed ones too. */
  get costUsd(): number {
    return this.#nanoUsd / 1e9
  }

  get statusCounts(): ValueMap {
    return new Map<string, Value>(this.#statuses)
  }

  get modelIds(): ReadonlyArray<string> {
    return [...this.#models].sort(StableJson.compareCodePoints)
  }
}

/** A run's status in the predecessor's words. */
const statusOf = (fate: Fate, outcome: Status): string =>
  fate === "done" ? "success" : fate === "failed" ? "failed" : outcome === "skipped" ? "skipped" : "pending"

/** One hash for all files: SHA-256 over the lines that `sha256sum` would print, sorted by name. @category hashing */
export const rootHash = (files: ReadonlyArray<Artifact>): string => `sha256:${sha256Hex(sums(files))}`

/** The files as lines of `sha256sum`, sorted by name. @category conversions */
export const sums = (files: ReadonlyArray<Artifact>): string =>
  byPath(files)
    .map(({ path, sha256 }) => `${sha256}  ${path}\n`)
    .join("")

const byPath = (files: ReadonlyArray<Artifact>): ReadonlyArray<Artifact> =>
  [...files].sort((a, b) => StableJson.compareCodePoints(a.path, b.path))

const fileEntry = ({ bytes, path, rows, sha256 }: Artifact): Value =>
  new Map<string, Value>([
    ["path", path],
    ["bytes", bytes],
    ["sha256", sha256],
    ...(rows === undefined ? [] : [["rows", rows] as const]),
  ])

const lookEntry = (look: StoppingLook): Value => finite(new Map<string, Value>(Object.entries(look)))

/** The looks that a manifest states; none where there are none, or where one of them cannot be read. @category getters */
export const looksOf = (manifest: ValueMap): ReadonlyArray<StoppingLook> => {
  const own = manifest.get("heddle")
  const stated = isMap(own) ? own.get("looks") : undefined
  if (stated === undefined || !isList(stated)) return []
  return Result.getOrElse(Schema.decodeUnknownResult(Schema.Array(StoppingLook))(stated.map(toJson)), () => [])
}

const textMap = (texts: Readonly<Record<string, string>>): ValueMap => new Map<string, Value>(Object.entries(texts))

/** What a manifest is made of. @category models */
export interface ManifestInput {
  readonly given: StudyExport
  readonly tally: Tally
  /** As {@link CanonicalText.timeText} writes it. */
  readonly generatedAt: string
  /** All other files of the folder. */
  readonly files: ReadonlyArray<Artifact>
  readonly renamed: ReadonlyArray<RenamedColumn>
}

/** The manifest as a value. @category constructors */
export const make = ({ files, generatedAt, given, renamed, tally }: ManifestInput): ValueMap => {
  const { study } = given
  const environment = textMap(given.environment ?? {})
  const claimed = study.provenanceMetadata
  const manifest = new Map<string, Value>([
    ["schema_version", schemaVersion],
    ["study_id", study.studyId],
    ["generated_at", generatedAt],
    ["status_counts", tally.statusCounts],
    ["model_ids", tally.modelIds],
    ["run_count", tally.began],
    // What the study says of itself wins in the predecessor; ours has what was seen as well, under its own key below.
    ["provenance", claimed.size > 0 ? claimed : environment],
  ])
  if (given.compatibility === true) return manifest
  manifest.set("provenance", finite(claimed.size > 0 ? claimed : environment))
  manifest.set("heddle", section(given, tally, files, renamed, environment))
  return manifest
}

const section = (
  given: StudyExport,
  tally: Tally,
  files: ReadonlyArray<Artifact>,
  renamed: ReadonlyArray<RenamedColumn>,
  environment: ValueMap,
): ValueMap => {
  const { counts } = tally
  const { seedPolicy } = given.study
  return new Map<string, Value>([
    ["version", sectionVersion],
    ["files", byPath(files).map(fileEntry)],
    ["root_sha256", rootHash(files)],
    [
      "flow",
      new Map<string, Value>([
        ["conditions", given.conditions.length],
        ["inadmissible_conditions", given.conditions.filter(({ admissible }) => !admissible).length],
        ["planned", counts.planned],
        ["succeeded", counts.succeeded],
        ["reused", counts.reused],
        ["failed", counts.failed],
        ["timed_out", counts.timedOut],
        ["interrupted", counts.interrupted],
        ["skipped", counts.skipped],
        ["not_started", counts.notStarted],
        ["analysed", counts.planned - tally.excluded],
        ["excluded", tally.excluded],
      ]),
    ],
    ["cost_usd", finite(float(tally.costUsd))],
    ["environment", environment],
    [
      "seeds",
      new Map<string, Value>([
        ["base_seed", seedPolicy.baseSeed],
        ["strategy", seedPolicy.strategy],
        ["per_run_offset", seedPolicy.perRunOffset],
      ]),
    ],
    [
      "renamed_columns",
      renamed.map(
        ({ column, name, source }) =>
          new Map<string, Value>([
            ["source", source],
            ["name", name],
            ["column", column],
          ]),
      ),
    ],
    ...(given.ledgerRunId === undefined ? [] : [["ledger_run_id", given.ledgerRunId] as const]),
    ...(given.planHash === undefined ? [] : [["plan_hash", given.planHash] as const]),
    ...((given.looks ?? []).length === 0 ? [] : [["looks", (given.looks ?? []).map(lookEntry)] as const]),
  ])
}
