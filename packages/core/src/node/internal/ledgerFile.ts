/**
 * Opening a ledger file: what it is, whether it is whole, and which version it has, before anything is written to it. A
 * file that is not ours or that is damaged is refused and left as it is.
 *
 * @layer adapter
 * @module
 */
import { closeSync, openSync, readSync, statSync } from "node:fs"
import { dirname } from "node:path"
import { DatabaseSync, type StatementSync } from "node:sqlite"
import { LedgerError } from "../../Ledger.ts"
import { applicationId, migrations as releasedMigrations } from "./ledgerSchema.ts"
import { hasLog, openForReading, stampOf } from "./readOnlyFile.ts"
import { columns, corrupt, storage, toLedgerError } from "./sqliteErrors.ts"

/** What a ledger file is opened with; the last four are for tests. */
export interface OpenOptions {
  readonly path: string
  readonly durability: "normal" | "full"
  readonly readOnly: boolean
  /** Pages that the file may have: what a full disk looks like. */
  readonly pagesMax?: number
  /** Files up to this size are checked whole each time. */
  readonly checkBytesMax?: number
  readonly migrations?: ReadonlyArray<string>
  /** Tries while another process writes. */
  readonly busyTriesMax?: number
}

/** Waiting for another process inside SQLite, which stops this whole process: kept short; the rest waits outside. */
const busyTimeoutMs = 250
/** Checking 64 MiB takes about a tenth of a second. */
const checkBytesDefault = 64 * 1024 * 1024
/** The write-ahead log is cut back to this size after a checkpoint. */
const walBytesMax = 64 * 1024 * 1024
const cacheKib = 16 * 1024
/**
 * Pages (of 4 KiB) in the write-ahead log after which they are moved to the file, which costs two syncs: 32 MB. That
 * much is what the next open reads after a kill; only a reader that stays on one page can make the log longer.
 */
const checkpointPages = 8_000
const magic = Buffer.from("SQLite format 3\0", "latin1")
const headerBytes = 100
const applicationIdOffset = 68

/** An open ledger file with its prepared statements. */
export interface LedgerFile {
  /** The connection in force; another one after {@link LedgerFile.reading} had to open the file anew. */
  readonly db: DatabaseSync
  readonly location: string
  readonly readOnly: boolean
  /** Prepares a statement once. */
  readonly statement: (sql: string) => StatementSync
  /** Runs `body` in one write transaction; any failure rolls all of it back. */
  readonly transaction: <A>(body: () => A) => A
  /** Runs `body`, which only reads and is short, on one state of the file: one look at the locks instead of one for each row. */
  readonly snapshot: <A>(body: () => A) => A
  /**
   * Runs `body`, which is to be a short use. Where the file is read without locks it is opened anew if somebody has
   * written since, and what `body` gave is refused with `kind` if the file was changed meanwhile.
   */
  readonly reading: <A>(body: () => A, kind?: "busy" | "other") => A
}

/**
 * Opens or makes a ledger file. Throws {@link LedgerError}.
 *
 * Integrity: files up to 64 MiB are checked whole (`PRAGMA quick_check`) at each open. Larger files are checked whole when
 * a write-ahead log was left behind and `isUnattended` says that nobody holds a lease, that is, after the last writer
 * was killed; otherwise only the small tables are. Beyond that each event carries a CRC-32 that is checked when it is
 * read, a plan is checked against its hash, and SQLite refuses pages that make no sense.
 */
export const openLedgerFile = (options: OpenOptions, isUnattended: (file: LedgerFile) => boolean): LedgerFile => {
  const { path: location, readOnly } = options
  const found = inspect(location, readOnly)
  const file = guard(location, "open", () => (readOnly ? wrapForReading(options) : wrapForWriting(location)))
  try {
    return guard(location, "open", () =>
      file.reading(() => {
        prepare(file, options)
        checkIntegrity(file, found, options.checkBytesMax ?? checkBytesDefault, isUnattended)
        return file
      }, "busy"),
    )
  } catch (error) {
    file.db.close()
    throw error
  }
}

const guard = <A>(location: string, operation: string, body: () => A): A => {
  try {
    return body()
  } catch (error) {
    throw toLedgerError(error, location, operation)
  }
}

/** Prepares each statement once, for the connection that `db` gives; `forget` where that is another one. */
const makeStatements = (db: () => DatabaseSync) => {
  const statements = new Map<string, StatementSync>()
  return {
    forget: () => statements.clear(),
    statement: (sql: string): StatementSync => {
      let statement = statements.get(sql)
      if (statement === undefined) {
        statement = db().prepare(sql)
        statements.set(sql, statement)
      }
      return statement
    },
  }
}

/** Runs `body` between `begin` and `commit`. */
const transact = <A>(db: DatabaseSync, begin: StatementSync, commit: StatementSync, body: () => A): A => {
  begin.run()
  try {
    const result = body()
    commit.run()
    return result
  } catch (error) {
    // Some failures (a full disk) have ended the transaction already.
    if (db.isTransaction) db.exec("ROLLBACK")
    throw error
  }
}

const wrapForWriting = (location: string): LedgerFile => {
  const db = new DatabaseSync(location, { timeout: busyTimeoutMs })
  const { statement } = makeStatements(() => db)
  const begin = db.prepare("BEGIN IMMEDIATE")
  const beginReading = db.prepare("BEGIN")
  const commit = db.prepare("COMMIT")
  return {
    db,
    location,
    readOnly: false,
    statement,
    transaction: (body) => transact(db, begin, commit, body),
    snapshot: (body) => transact(db, beginReading, commit, body),
    reading: (body) => body(),
  }
}

const wrapForReading = (options: OpenOptions): LedgerFile => {
  const location = options.path
  let connection = openForReading(location, busyTimeoutMs)
  const { forget, statement } = makeStatements(() => connection.db)
  const isChanged = () => connection.stamp !== undefined && connection.stamp !== stampOf(location)
  const refuse = (kind: "busy" | "other") =>
    storage(location, "read", "another process wrote to it at the same instant; run the command again", kind)
  const file: LedgerFile = {
    get db() {
      return connection.db
    },
    location,
    readOnly: true,
    statement,
    transaction: (body) => transact(connection.db, statement("BEGIN IMMEDIATE"), statement("COMMIT"), body),
    snapshot: (body) => transact(connection.db, statement("BEGIN"), statement("COMMIT"), body),
    reading: (body, kind = "other") => {
      if (isChanged() || (connection.stamp !== undefined && hasLog(location))) {
        const next = openForReading(location, busyTimeoutMs)
        forget()
        connection.db.close()
        connection = next
        prepare(file, options)
      }
      let result: ReturnType<typeof body>
      try {
        result = body()
      } catch (error) {
        throw isChanged() ? refuse(kind) : error
      }
      // A log that has appeared by now is no matter: what was read is the state before it.
      if (isChanged()) throw refuse(kind)
      return result
    },
  }
  return file
}

interface Found {
  readonly bytes: number
  readonly logLeft: boolean
}

/** Looks at the file from outside, without SQLite, which would make a missing file and mend a foreign one. */
const inspect = (location: string, readOnly: boolean): Found => {
  const operation = "open"
  const stat = (path: string) => guard(location, operation, () => statSync(path, { throwIfNoEntry: false }))
  const folder = stat(dirname(location))
  if (folder === undefined) throw storage(location, operation, `there is no folder ${dirname(location)}`, "missing")
  const file = stat(location)
  const logLeft = (stat(`${location}-wal`)?.size ?? 0) > 0
  if (file === undefined || file.size === 0) {
    if (logLeft) throw corrupt(location, "it is missing or empty, but its write-ahead log is there")
    if (file === undefined && readOnly) throw storage(location, operation, "there is no such file", "missing")
    return { bytes: 0, logLeft }
  }
  if (!file.isFile()) throw storage(location, operation, "it is not a file")
  const header = guard(location, operation, () => readHeader(location))
  if (!header.subarray(0, magic.length).equals(magic)) throw corrupt(location, "it does not begin like an SQLite file")
  if (header.length < headerBytes) throw corrupt(location, "it ends within its header")
  const id = header.readUInt32BE(applicationIdOffset)
  if (id !== 0 && id !== applicationId) {
    throw corrupt(location, `it is an SQLite file of another program (application id ${id})`)
  }
  if (id === 0) refuseForeign(location)
  return { bytes: file.size, logLeft }
}

const readHeader = (location: string): Buffer => {
  const descriptor = openSync(location, "r")
  try {
    const header = Buffer.alloc(headerBytes)
    return header.subarray(0, readSync(descriptor, header, 0, headerBytes, 0))
  } finally {
    closeSync(descriptor)
  }
}

/** The header says nothing: either our file before its first checkpoint, or somebody else's. Looked at, not touched. */
const refuseForeign = (location: string): void =>
  guard(location, "open", () => {
    const { db } = openForReading(location, busyTimeoutMs)
    try {
      if (readApplicationId(db, location) !== applicationId && tables(db, location) > 0) {
        throw corrupt(location, "it is an SQLite file of another program")
      }
    } finally {
      db.close()
    }
  })

const readApplicationId = (db: DatabaseSync, location: string): number =>
  columns(location).integer(db.prepare("PRAGMA application_id").get() ?? {}, "application_id")

const tables = (db: DatabaseSync, location: string): number =>
  columns(location).integer(db.prepare("SELECT count(*) AS tables FROM sqlite_schema").get() ?? {}, "tables")

const prepare = (file: LedgerFile, options: OpenOptions): void => {
  const { db, location, readOnly } = file
  db.exec("PRAGMA trusted_schema = OFF; PRAGMA cell_size_check = ON; PRAGMA temp_store = MEMORY")
  db.exec(`PRAGMA cache_size = -${cacheKib}`)
  if (!readOnly) {
    const mode = db.prepare("PRAGMA journal_mode = WAL").get()?.["journal_mode"]
    if (mode !== "wal") {
      throw storage(location, "open", `this file system has no write-ahead log (journal mode ${String(mode)})`)
    }
    db.exec(`PRAGMA synchronous = ${options.durability === "full" ? "FULL" : "NORMAL"}`)
    db.exec(`PRAGMA journal_size_limit = ${walBytesMax}`)
    db.exec(`PRAGMA wal_autocheckpoint = ${checkpointPages}`)
    if (options.pagesMax !== undefined) db.exec(`PRAGMA max_page_count = ${options.pagesMax}`)
  }
  migrate(file, options.migrations ?? releasedMigrations)
}

const migrate = (file: LedgerFile, migrations: ReadonlyArray<string>): void => {
  const { db, location, readOnly } = file
  const supported = migrations.length
  if (readVersion(db, location) === supported) return
  if (readOnly) {
    const version = readVersion(db, location)
    if (version > supported) throw tooNew(location, version, supported)
    throw storage(
      location,
      "open",
      `it has schema version ${version} and must be opened for writing once`,
      "permission",
    )
  }
  file.transaction(() => {
    // Read again: another process may have been faster.
    const version = readVersion(db, location)
    if (version > supported) throw tooNew(location, version, supported)
    if (version === 0) {
      db.exec(`PRAGMA application_id = ${applicationId}`)
      db.exec("CREATE TABLE meta (name TEXT PRIMARY KEY, value ANY NOT NULL) STRICT, WITHOUT ROWID")
    }
    for (const step of migrations.slice(version)) db.exec(step)
    db.prepare("INSERT OR REPLACE INTO meta (name, value) VALUES ('schema_version', ?)").run(supported)
  })
}

/** The version of the file; 0 where it is empty. */
const readVersion = (db: DatabaseSync, location: string): number => {
  if (tables(db, location) === 0) return 0
  if (readApplicationId(db, location) !== applicationId) {
    throw corrupt(location, "it is an SQLite file of another program")
  }
  const row = db.prepare("SELECT CAST(value AS INTEGER) AS value FROM meta WHERE name = 'schema_version'").get()
  if (row === undefined) throw corrupt(location, "its schema version is gone")
  return columns(location).integer(row, "value")
}

const tooNew = (location: string, version: number, supported: number): LedgerError =>
  new LedgerError({ reason: { _tag: "TooNew", location, version, supported } })

const checkIntegrity = (
  file: LedgerFile,
  found: Found,
  checkBytesMax: number,
  isUnattended: (file: LedgerFile) => boolean,
): void => {
  const whole = found.bytes <= checkBytesMax || (!file.readOnly && found.logLeft && isUnattended(file))
  for (const table of whole ? [""] : ["('meta')", "('runs')", "('plans')", "('leases')"]) {
    const answer = file.db.prepare(`PRAGMA quick_check${table}`).get()?.["quick_check"]
    if (answer !== "ok") throw corrupt(file.location, `its integrity check says: ${String(answer)}`)
  }
}
