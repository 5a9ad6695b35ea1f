import { Artifacts, type StudyExport } from "@heddle/experiments/Artifacts"
import * as ArtifactsNode from "@heddle/experiments/node/ArtifactsNode"
import { Effect, Stream } from "effect"
import { TestClock } from "effect/testing"
import { createHash } from "node:crypto"
import { mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { DatabaseSync } from "node:sqlite"
import type { RunRecord } from "@heddle/experiments/Run"
import { golden } from "./artifactFixtures.ts"

export const frozen = Date.UTC(2026, 0, 2, 3, 4, 5)

export const temporary = Effect.acquireRelease(
  Effect.sync(() => mkdtempSync(join(tmpdir(), "heddle-artifacts-"))),
  (folder) => Effect.sync(() => rmSync(folder, { recursive: true, force: true })),
)

export const exportOf = (name: string, folder: string, more: Partial<StudyExport> = {}): StudyExport => {
  const { conditions, records, study } = golden(name)
  return { study, conditions, records: Stream.fromIterable(records), folder, ...more }
}

export const run = Effect.fnUntraced(function* (given: StudyExport) {
  yield* TestClock.setTime(frozen)
  const artifacts = yield* Artifacts
  return yield* artifacts.export(given)
}, Effect.provide(ArtifactsNode.layer))

export const filesBelow = (folder: string): ReadonlyArray<string> =>
  readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name).slice(folder.length + 1))
    .sort()

export const sha256 = (path: string): string => createHash("sha256").update(readFileSync(path)).digest("hex")

/** The statements that Python's `iterdump` prints, tables by name. */
export const dump = (path: string): string => {
  const database = new DatabaseSync(path, { readOnly: true })
  const lines = ["BEGIN TRANSACTION;"]
  const tables = database.prepare("SELECT name, sql FROM sqlite_master WHERE type = 'table' ORDER BY name").all()
  for (const { name, sql } of tables) {
    lines.push(`${String(sql)};`)
    const columns = database.prepare(`PRAGMA table_info("${String(name)}")`).all()
    const quoted = columns.map((column) => `quote("${String(column["name"])}")`).join(" || ',' || ")
    for (const row of database.prepare(`SELECT ${quoted} AS row FROM "${String(name)}"`).all()) {
      lines.push(`INSERT INTO "${String(name)}" VALUES(${String(row["row"])});`)
    }
  }
  database.close()
  return `${lines.join("\n")}\nCOMMIT;\n`
}

/** Runs of the small study as they would be after: success, time-out, skipped, never started, success, failure. */
export const mixed = (): ReadonlyArray<RunRecord> =>
  golden("small_study").records.map((record, index): RunRecord => {
    const failure = {
      kind: "timeout",
      tag: "Timeout",
      message: 'no answer, "late"',
      retryable: true,
      stack: "at /home/ann/agent.mjs:7",
      fields: { trace: "at /home/ann/agent.mjs:7" },
    } as const
    if (index === 1) {
      const tried = { attempt: 1, startedAtMs: frozen, runMs: 10, limitWaitMs: 0, status: "timedOut", failure } as const
      const result =
        record.result === undefined ? undefined : { ...record.result, status: "failed" as const, costUsd: 3 }
      return {
        ...record,
        outcome: "timedOut",
        result,
        failure,
        attempts: 2,
        history: [tried, { ...tried, attempt: 2 }],
      }
    }
    if (index === 2)
      return {
        ...record,
        outcome: "skipped",
        result: undefined,
        attempts: 0,
        reason: "the budget of the study is spent",
      }
    if (index === 4) return { ...record, runMs: 1.5, limitWaitMs: 20 }
    if (index === 3) return { ...record, outcome: "notStarted", result: undefined, attempts: 0 }
    return record
  })
