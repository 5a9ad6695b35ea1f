/**
 * Sinks: where the tables of a study are written. A session replaces the files of one study all at once and each of them
 * atomically; a reader sees the old file or the new one, and a session that fails leaves all old files as they were.
 *
 * Layers: `@heddle/studies/node/SinkCsv`, `SinkJsonLines`, `SinkParquet`, `SinkSqlite`.
 *
 * @layer contract
 * @module
 */
import type { Artifact, DurableError } from "@heddle/core/Durable"
import { ExitCode } from "@heddle/core/ExitCode"
import * as Context from "effect/Context"
import type * as Effect from "effect/Effect"
import * as Schema from "effect/Schema"
import type * as Scope from "effect/Scope"
import type * as Stream from "effect/Stream"
import type { Row, Table } from "./TableSpec.ts"

/** The formats in which tables are written. @category schemas */
export const Format = Schema.Literals(["csv", "jsonl", "parquet", "sqlite"])
/** A format by its name, which is also the extension of its files. @category models */
export type Format = typeof Format.Type

/**
 * A sink could not write or could not read what it wrote earlier. `unreadable` means that a file is not what a sink of
 * this format writes; reading the study in full replaces it. Only `busy` is worth trying again by itself.
 *
 * @category errors
 */
export class SinkError extends Schema.TaggedError<SinkError>()("SinkError", {
  operation: Schema.Literals(["open", "write", "commit", "read"]),
  kind: Schema.Literals(["full", "permission", "missing", "unreadable", "busy", "other"]),
  path: Schema.String,
  problem: Schema.String,
}) {
  get retryable(): boolean {
    return this.kind === "busy"
  }
  readonly exitCode = ExitCode.unreachable
  get hints(): ReadonlyArray<string> {
    switch (this.kind) {
      case "full":
        // The file may not be there, its folder is: commands to paste must work.
        return ["free some space, then resume the run: heddle studies resume", `df -h ${folderOf(this.path)}`]
      case "permission":
        return [`make it writable: ls -ld ${this.path}`]
      case "unreadable":
        return ["read the study in full: heddle studies extract --full"]
      default:
        return [`ls -l ${this.path}`]
    }
  }
  override get message(): string {
    return `${this.operation} failed for ${this.path}: ${this.problem}`
  }
}

const folderOf = (path: string): string => {
  const folder = path.slice(0, Math.max(path.lastIndexOf("/"), 0))
  if (folder === "") return path.startsWith("/") ? "/" : "."
  return /^[\w@%+=:,./~-]+$/.test(folder) && !/^[~-]/.test(folder) ? folder : `'${folder.replaceAll("'", "'\\''")}'`
}

/** A durable operation's error in the words of a sink. @category constructors */
export const fromDurable =
  (operation: SinkError["operation"]) =>
  (error: DurableError): SinkError =>
    new SinkError({
      operation,
      kind: durableKinds[error.kind] ?? "other",
      path: error.path,
      problem: error.problem,
    })

const durableKinds: { readonly [kind: string]: SinkError["kind"] } = {
  full: "full",
  permission: "permission",
  missing: "missing",
  busy: "busy",
}

/** Takes rows of one table; they appear when the session is committed. @category models */
export interface TableWriter {
  /** Rows in file order; may be called any number of times. Memory is bounded by what one call is given. */
  readonly write: (rows: ReadonlyArray<Row>) => Effect.Effect<void, SinkError>
}

/** The new files of one study. @category models */
export interface SinkSession {
  /** Begins a table; each at most once. A table without rows is written too, with its columns. */
  readonly table: (table: Table) => Effect.Effect<TableWriter, SinkError>
  /** The rows that stand in the present file, in file order; fails with `missing` where there is none. */
  readonly existing: (table: Table) => Stream.Stream<Row, SinkError>
  /** Makes everything appear and says what was written, one artifact per file; `rows` counts the tables' rows. */
  readonly commit: Effect.Effect<ReadonlyArray<Artifact>, SinkError>
}

/**
 * A place for tables, in one format. Everything that touches files fails with {@link SinkError}; the pipeline `extract`
 * is the one that calls it.
 *
 * @category models
 */
export interface SinkShape {
  readonly format: Format
  /** True where all tables of a study stand in one file, so that a session has to carry over what it does not renew. */
  readonly oneFile: boolean
  /** The folder under which everything is written, for messages. */
  readonly location: string
  /** Where a table of a study stands, relative to {@link location}, with `/`. `study` is a file name. */
  readonly pathOf: (study: string, table: Table) => string
  /** Opens a session; without `commit` nothing of it is left when the scope ends. */
  readonly open: (study: string) => Effect.Effect<SinkSession, SinkError, Scope.Scope>
  /** The manifest of a study's last session; `undefined` where there is none. */
  readonly readManifest: (study: string) => Effect.Effect<string | undefined, SinkError>
  /** Written after the commit, so that it never speaks of what is not there. */
  readonly writeManifest: (study: string, text: string) => Effect.Effect<Artifact, SinkError>
  /**
   * Paths of all files of data in a study's folder, of this format or another, in the form of {@link pathOf}: what an
   * extract must name in its manifest or refuse to leave. Files that no sink writes are not among them.
   */
  readonly dataFiles: (study: string) => Effect.Effect<ReadonlyArray<string>, SinkError>
  /** Length and hash of a file as it is now; `undefined` where it is missing. */
  readonly hash: (path: string) => Effect.Effect<Artifact | undefined, SinkError>
}

/** The sink that `extract` writes to and `drift` compares with; provided by whoever starts the run. @category services */
export class Sink extends Context.Service<Sink, SinkShape>()("@heddle/studies/Sink") {}
