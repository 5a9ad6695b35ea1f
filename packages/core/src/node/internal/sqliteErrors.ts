/**
 * What SQLite and the file system say when something goes wrong, in the ledger's words; and rows read with their types
 * checked, so that a damaged or hostile file is a `Corrupt` error and nothing else.
 *
 * @layer adapter
 * @module
 */
import type { SQLOutputValue } from "node:sqlite"
import { LedgerError } from "../../Ledger.ts"

type StorageKind = Extract<LedgerError["reason"], { _tag: "Storage" }>["kind"]

/** Primary result codes of SQLite, https://www.sqlite.org/rescode.html */
const sqlite = {
  perm: 3,
  busy: 5,
  locked: 6,
  readOnly: 8,
  corrupt: 11,
  full: 13,
  cannotOpen: 14,
  constraint: 19,
  authorization: 23,
  notADatabase: 26,
} as const

/** The extended code of SQLite's "the text is not what the index says" and its kin ends in the primary one. */
const primaryMask = 0xff

export const corrupt = (location: string, problem: string): LedgerError =>
  new LedgerError({ reason: { _tag: "Corrupt", location, problem } })

export const storage = (
  location: string,
  operation: string,
  problem: string,
  kind: StorageKind = "other",
): LedgerError => new LedgerError({ reason: { _tag: "Storage", location, operation, problem, kind } })

/** Any thrown value as a `LedgerError`; one that is a `LedgerError` already stays as it is. */
export const toLedgerError = (error: unknown, location: string, operation: string): LedgerError => {
  if (error instanceof LedgerError) return error
  const problem = error instanceof Error ? error.message : String(error)
  if (error instanceof Error && "errcode" in error && typeof error.errcode === "number") {
    const code = error.errcode & primaryMask
    if (code === sqlite.corrupt || code === sqlite.notADatabase) return corrupt(location, problem)
    return storage(location, operation, problem, kindOfSqlite(code))
  }
  if (error instanceof Error && "code" in error) return storage(location, operation, problem, kindOfSystem(error.code))
  return storage(location, operation, problem)
}

export const isBusy = (error: LedgerError): boolean => error.reason._tag === "Storage" && error.reason.kind === "busy"

/** Whether a statement was refused since its row is there already. */
export const isConstraint = (error: unknown): boolean =>
  error instanceof Error &&
  "errcode" in error &&
  typeof error.errcode === "number" &&
  (error.errcode & primaryMask) === sqlite.constraint

const kindOfSqlite = (code: number): StorageKind => {
  switch (code) {
    case sqlite.full:
      return "full"
    case sqlite.perm:
    case sqlite.readOnly:
    case sqlite.authorization:
      return "permission"
    case sqlite.busy:
    case sqlite.locked:
      return "busy"
    case sqlite.cannotOpen:
      return "missing"
    default:
      return "other"
  }
}

const kindOfSystem = (code: unknown): StorageKind => {
  switch (code) {
    case "ENOSPC":
    case "EDQUOT":
      return "full"
    case "EACCES":
    case "EPERM":
    case "EROFS":
      return "permission"
    case "ENOENT":
    case "ENOTDIR":
      return "missing"
    case "EBUSY":
    case "EAGAIN":
      return "busy"
    default:
      return "other"
  }
}

/** A row as SQLite gives it. */
export type Row = Readonly<Record<string, SQLOutputValue>>

/** Reads the columns of rows; a column of the wrong type is a damaged file. */
export const columns = (location: string): ReturnType<typeof makeColumns> => {
  if (last?.location !== location) last = { location, columns: makeColumns(location) }
  return last.columns
}

/** Those of the last file: they are asked for with each row. */
let last: { readonly location: string; readonly columns: ReturnType<typeof makeColumns> } | undefined

const makeColumns = (location: string) => {
  const wrong = (row: Row, name: string): LedgerError => {
    const value = row[name]
    return corrupt(location, `column ${name} holds ${value === null ? "nothing" : `a ${typeof value}`}`)
  }
  return {
    text: (row: Row, name: string): string => {
      const value = row[name]
      if (typeof value !== "string") throw wrong(row, name)
      return value
    },
    textOrNull: (row: Row, name: string): string | undefined => {
      const value = row[name]
      if (value === null) return undefined
      if (typeof value !== "string") throw wrong(row, name)
      return value
    },
    bytes: (row: Row, name: string): Uint8Array => {
      const value = row[name]
      if (!(value instanceof Uint8Array)) throw wrong(row, name)
      return value
    },
    number: (row: Row, name: string): number => {
      const value = row[name]
      if (typeof value !== "number" || !Number.isFinite(value)) throw wrong(row, name)
      return value
    },
    integer: (row: Row, name: string): number => {
      const value = row[name]
      if (typeof value !== "number" || !Number.isSafeInteger(value)) throw wrong(row, name)
      return value
    },
  }
}
