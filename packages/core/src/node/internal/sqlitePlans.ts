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
import { codes, statuses } from "./ledgerMarks.ts"
import { checksum, countColumns, parseJson, readStanding, readStatus, readUnits, type Standing } from "./ledgerRows.ts"
import { encodeUnit } from "./ledgerText.ts"
import { rowsPerRun, runsMax } from "./ledgerSchema.ts"
import { columns, corrupt, type Row, storage } from "./sqliteErrors.ts"
import { readLease, type Use } from "./sqliteLeases.ts"
import { States, statusCounts } from "./sqliteStates.ts"
import type * as Schema from "effect/Schema"

/**
 * Characters of one row of `units` at most; one unit may be longer. Such a row fills a page and needs no other, and a page
 * that was lost is then seen when the file is checked.
 */
const rowCharsMax = 3_900
/** Rows of units that are read at a time. */
const pageRows = 64

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

/**
 * See `LedgerShape.replacePlan`. What the events say of each unit goes to `states`, by id, since their marks are places in
 * the old plan. Outcomes keep the fingerprint under which they ended where the new plan has another.
 */
export const replacePlan = (file: LedgerFile, runId: string, plan: Plan.Plan, lease: LeaseRecord): void =>
  file.transaction(() => {
    const row = findRun(file, runId)
    const standing = readStanding(file, row)
    const { no } = standing
    const gone = lost(runKey(runId), lease.fencing, readLease(file, runKey(runId)))
    if (gone !== undefined) throw gone
    const positions = new Map<string, number>()
    for (const [position, { id }] of plan.units.entries()) positions.set(id, position)
    const states = new States(file, runId, standing).readAll()
    comeBack(file, no, plan, positions)
    const counts = statusCounts(keepStates(file, runId, states, plan, positions))
    const first = no * rowsPerRun
    file.statement("DELETE FROM units WHERE key >= ? AND key < ?").run(first, first + rowsPerRun)
    writePlan(file, no, plan)
    file
      .statement(
        "UPDATE runs SET generation = generation + 1, plan_hash = ?, planned = ?, last_seq = ?, folded_seq = ?, " +
          `updated_at_ms = ?, ${statuses.map((status) => `${countColumns[status]} = ?`).join(", ")} WHERE no = ?`,
      )
      .run(
        plan.hash,
        plan.units.length,
        standing.lastSeq,
        standing.lastSeq,
        standing.updatedAtMs,
        ...counts.slice(1),
        no,
      )
  })

/** Puts the units that left an earlier plan, and that the new one has again, in their places. */
const comeBack = (file: LedgerFile, no: number, plan: Plan.Plan, positions: ReadonlyMap<string, number>): void => {
  const read = columns(file.location)
  const left = file.statement("SELECT id, fingerprint FROM states WHERE run = ? AND position IS NULL").all(no)
  const update = file.statement("UPDATE states SET position = ?, fingerprint = ? WHERE run = ? AND id = ?")
  for (const row of left) {
    const id = read.text(row, "id")
    const position = positions.get(id)
    if (position === undefined) continue
    const fingerprint = read.textOrNull(row, "fingerprint") ?? null
    update.run(position, fingerprint === plan.units[position]?.fingerprint ? null : fingerprint, no, id)
  }
}

/** Writes what is known of the units of the old plan; gives the status codes of those that the new plan has. */
const keepStates = (
  file: LedgerFile,
  runId: string,
  states: States,
  plan: Plan.Plan,
  positions: ReadonlyMap<string, number>,
): Uint8Array => {
  const { no } = states.standing
  const kept = new Uint8Array(plan.units.length)
  const write = file.statement(
    "INSERT OR REPLACE INTO states (run, id, position, started, status, outcome_seq, fingerprint) VALUES (?, ?, ?, ?, ?, ?, ?)",
  )
  let position = 0
  for (const units of readPlanRows(file, no, states.standing.planned, runId)) {
    for (const unit of units) {
      const code = states.codes[position] ?? 0
      const started = states.started[position] ?? 0
      const next = positions.get(unit.id)
      if (code !== 0 || started !== 0) {
        const { rowSeq, index } = states.place(position)
        const fingerprint = states.fingerprints.get(position) ?? unit.fingerprint
        const isSame = next !== undefined && plan.units[next]?.fingerprint === fingerprint
        write.run(
          no,
          unit.id,
          next ?? null,
          started,
          statuses[code - 1] ?? null,
          code === 0 ? null : rowSeq + index,
          code === 0 || isSame ? null : fingerprint,
        )
      }
      position += 1
    }
  }
  const read = columns(file.location)
  const rows = file
    .statement("SELECT position, status FROM states WHERE run = ? AND position IS NOT NULL AND status IS NOT NULL")
    .iterate(no)
  for (const row of rows) {
    kept[read.integer(row, "position")] = codes[readStatus(file.location, read.text(row, "status"))]
  }
  return kept
}

const writePlan = (file: LedgerFile, no: number, plan: Plan.Plan): void => {
  file
    .statement("INSERT OR REPLACE INTO plans (run, kind, params, code) VALUES (?, ?, ?, ?)")
    .run(no, plan.kind, JSON.stringify(plan.params), plan.code)
  const insert = file.statement("INSERT INTO units (key, body, crc) VALUES (?, ?, ?)")
  const { units } = plan
  let from = 0
  let body = ""
  const end = (next: number): void => {
    body += "]"
    insert.run(no * rowsPerRun + from, body, checksum(from, 0, body))
    from = next
    body = ""
  }
  for (const [position, unit] of units.entries()) {
    let text = encodeUnit(unit, position === from ? undefined : units[position - 1]?.reason)
    if (position > from && body.length + text.length > rowCharsMax) {
      end(position)
      text = encodeUnit(unit, undefined)
    }
    body += (position === from ? "[" : ",") + text
  }
  if (body !== "") end(units.length)
}

/** The row of units that holds a position, with its first position. */
export const readUnitsAt = (
  file: LedgerFile,
  no: number,
  position: number,
): { readonly from: number; readonly units: ReadonlyArray<Unit> } => {
  const first = no * rowsPerRun
  const row = file
    .statement("SELECT key, body, crc FROM units WHERE key >= ? AND key <= ? ORDER BY key DESC LIMIT 1")
    .get(first, first + position)
  if (row === undefined) throw corrupt(file.location, `unit ${position} of a plan is gone`)
  const from = columns(file.location).integer(row, "key") - first
  const units = readUnits(file.location, row, from)
  if (position >= from + units.length) throw corrupt(file.location, `unit ${position} of a plan is gone`)
  return { from, units }
}

/** All rows of a plan's units, for those who are inside a transaction. */
function* readPlanRows(
  file: LedgerFile,
  no: number,
  planned: number,
  runId: string,
): Generator<ReadonlyArray<Unit>, void> {
  const first = no * rowsPerRun
  const rows = file
    .statement("SELECT key, body, crc FROM units WHERE key >= ? AND key < ? ORDER BY key")
    .iterate(first, first + rowsPerRun)
  let from = 0
  for (const row of rows) {
    const units = readUnits(file.location, row, from)
    from += units.length
    yield units
  }
  if (from !== planned) throw corrupt(file.location, `run ${runId} plans ${planned} units, but ${from} can be read`)
}

/** The places of a run's units by their ids. */
export const readPositions = (file: LedgerFile, runId: string, standing: Standing): ReadonlyMap<string, number> => {
  const positions = new Map<string, number>()
  for (const units of readPlanRows(file, standing.no, standing.planned, runId)) {
    for (const { id } of units) positions.set(id, positions.size)
  }
  return positions
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
  const { header, no, generation, hash, planned } = yield* use("read plan", () => {
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
    const hash = read.text(run, "plan_hash")
    return { header, no, hash, generation: read.integer(run, "generation"), planned: read.integer(run, "planned") }
  })
  const units: Array<Unit> = []
  const first = no * rowsPerRun
  let more = true
  while (more) {
    more = yield* use("read plan", () => {
      checkGeneration(file, no, generation)
      const rows = file
        .statement("SELECT key, body, crc FROM units WHERE key >= ? AND key < ? ORDER BY key LIMIT ?")
        .all(first + units.length, first + rowsPerRun, pageRows)
      for (const row of rows) for (const unit of readUnits(location, row, units.length)) units.push(unit)
      return rows.length === pageRows
    })
    yield* Effect.yieldNow
  }
  if (units.length !== planned) {
    return yield* corrupt(location, `run ${runId} plans ${planned} units, but ${units.length} can be read`)
  }
  return yield* Effect.mapError(Plan.verify({ ...header, units, hash }), (error) =>
    corrupt(location, `run ${runId}: ${error.message}`),
  )
})
