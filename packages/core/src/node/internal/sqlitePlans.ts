/**
 * Runs and their plans in a ledger file: entering a run, giving it another plan, and reading a plan back by pages.
 *
 * @layer adapter
 * @module
 */
import * as Effect from "effect/Effect"
import * as Plan from "../../Plan.ts"
import { LedgerError, type LeaseRecord, type RunRecord } from "../../Ledger.ts"
import type { Unit } from "../../Unit.ts"
import { lost, runKey } from "../../internal/leaseRules.ts"
import type { LedgerFile } from "./ledgerFile.ts"
import { countColumns, parseJson, readStatus, readUnit } from "./ledgerRows.ts"
import { rowsPerRun, runsMax } from "./ledgerSchema.ts"
import { columns, corrupt, type Row, storage } from "./sqliteErrors.ts"
import { readLease, type Use } from "./sqliteLeases.ts"
import type * as Schema from "effect/Schema"

/** Units of a plan that are read at a time. */
const pageRows = 2_000

/** The row of a run; throws `RunNotFound`. */
export const findRun = (file: LedgerFile, runId: string): Row => {
  const row = file.statement("SELECT * FROM runs WHERE id = ?").get(runId)
  if (row === undefined) throw new LedgerError({ reason: { _tag: "RunNotFound", runId } })
  return row
}

export const createRun = (file: LedgerFile, run: RunRecord, plan: Plan.Plan): void =>
  file.transaction(() => {
    const { location } = file
    if (file.statement("SELECT 1 FROM runs WHERE id = ?").get(run.runId) !== undefined) {
      throw new LedgerError({ reason: { _tag: "RunExists", runId: run.runId } })
    }
    const next = file.statement("SELECT coalesce(max(no), 0) + 1 AS no FROM runs").get() ?? {}
    const no = columns(location).integer(next, "no")
    if (no > runsMax) throw storage(location, "create run", "the ledger has too many runs; begin another", "full")
    file
      .statement(
        "INSERT INTO runs (no, id, kind, plan_hash, created_at_ms, seed, updated_at_ms, planned) " +
          "VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
      )
      .run(no, run.runId, run.kind, plan.hash, run.createdAtMs, run.seed, run.createdAtMs, plan.units.length)
    writePlan(file, no, plan)
  })

/** See `LedgerShape.replacePlan`. Outcomes keep the fingerprint under which they ended where the new plan has another. */
export const replacePlan = (file: LedgerFile, runId: string, plan: Plan.Plan, lease: LeaseRecord): void =>
  file.transaction(() => {
    const { location } = file
    const no = columns(location).integer(findRun(file, runId), "no")
    const gone = lost(runKey(runId), lease.fencing, readLease(file, runKey(runId)))
    if (gone !== undefined) throw gone
    const first = no * rowsPerRun
    file
      .statement(
        "UPDATE states SET fingerprint = (SELECT fingerprint FROM units WHERE key = ? + position) " +
          "WHERE run = ? AND position IS NOT NULL AND fingerprint IS NULL AND status IS NOT NULL",
      )
      .run(first, no)
    file.statement("UPDATE states SET position = NULL WHERE run = ?").run(no)
    file.statement("DELETE FROM units WHERE key >= ? AND key < ?").run(first, first + rowsPerRun)
    writePlan(file, no, plan)
    file.statement("DELETE FROM states WHERE run = ? AND position IS NULL AND status IS NULL AND started = 0").run(no)
    file
      .statement("UPDATE runs SET generation = generation + 1, plan_hash = ?, planned = ? WHERE no = ?")
      .run(plan.hash, plan.units.length, no)
    writeCounts(file, no)
  })

const writePlan = (file: LedgerFile, no: number, plan: Plan.Plan): void => {
  file
    .statement("INSERT OR REPLACE INTO plans (run, kind, params, code) VALUES (?, ?, ?, ?)")
    .run(no, plan.kind, JSON.stringify(plan.params), plan.code)
  const unit = file.statement(
    "INSERT INTO units (key, id, label, reason, fingerprint, input, budgets) VALUES (?, ?, ?, ?, ?, ?, ?)",
  )
  const state = file.statement(
    "INSERT INTO states (run, id, position) VALUES (?, ?, ?) ON CONFLICT (run, id) DO UPDATE SET " +
      "position = excluded.position, fingerprint = CASE WHEN fingerprint = ? THEN NULL ELSE fingerprint END",
  )
  for (const [position, { id, label, reason, fingerprint, input, budgets }] of plan.units.entries()) {
    const key = no * rowsPerRun + position
    unit.run(
      key,
      id,
      label,
      reason,
      fingerprint,
      JSON.stringify(input),
      budgets === undefined ? null : JSON.stringify(budgets),
    )
    state.run(no, id, position, fingerprint)
  }
}

/** Counts anew which outcomes the units of the plan have. */
const writeCounts = (file: LedgerFile, no: number): void => {
  for (const column of Object.values(countColumns)) {
    file.statement(`UPDATE runs SET ${column} = 0 WHERE no = ?`).run(no)
  }
  const read = columns(file.location)
  const rows = file
    .statement(
      "SELECT status, count(*) AS units FROM states " +
        "WHERE run = ? AND position IS NOT NULL AND status IS NOT NULL GROUP BY status",
    )
    .all(no)
  for (const row of rows) {
    const column = countColumns[readStatus(file.location, read.text(row, "status"))]
    file.statement(`UPDATE runs SET ${column} = ? WHERE no = ?`).run(read.integer(row, "units"), no)
  }
}

/** Fails where a run was given another plan since `generation` was read: what was read so far does not fit the rest. */
export const checkGeneration = (file: LedgerFile, no: number, generation: number): void => {
  const row = file.statement("SELECT generation FROM runs WHERE no = ?").get(no) ?? {}
  if (columns(file.location).integer(row, "generation") !== generation) {
    throw storage(file.location, "read", "the run was given another plan meanwhile; read again")
  }
}

/** The plan of a run, read by pages and checked against its hash. */
export const getPlan = Effect.fn("LedgerSqlite.getPlan")(function* (file: LedgerFile, use: Use, runId: string) {
  const { location } = file
  const read = columns(location)
  const { header, no, generation, hash } = yield* use("read plan", () => {
    const run = findRun(file, runId)
    const no = read.integer(run, "no")
    const row = file.statement("SELECT * FROM plans WHERE run = ?").get(no)
    if (row === undefined) throw corrupt(location, `the plan of run ${runId} is gone`)
    const header = {
      kind: read.text(row, "kind"),
      // JSON.parse gives nothing but JSON.
      params: parseJson(location, "the parameters of a plan", read.text(row, "params")) as Schema.Json,
      code: read.text(row, "code"),
    }
    return { header, no, generation: read.integer(run, "generation"), hash: read.text(run, "plan_hash") }
  })
  const units: Array<Unit> = []
  const first = no * rowsPerRun
  let more = true
  while (more) {
    more = yield* use("read plan", () => {
      checkGeneration(file, no, generation)
      const rows = file
        .statement("SELECT * FROM units WHERE key >= ? AND key < ? ORDER BY key LIMIT ?")
        .all(first + units.length, first + rowsPerRun, pageRows)
      for (const row of rows) units.push(readUnit(location, row))
      return rows.length === pageRows
    })
    yield* Effect.yieldNow
  }
  return yield* Effect.mapError(Plan.verify({ ...header, units, hash }), (error) =>
    corrupt(location, `run ${runId}: ${error.message}`),
  )
})
