/**
 * What a further form of the tables (a database, columnar files) has to give: it sees the same rows as the text files
 * while they pass by, and has its files ready under temporary names before the first file of the export appears.
 *
 * @layer logic
 * @module
 */
import type { DurableError, DurableFile } from "@heddle/core/Durable"
import type * as Effect from "effect/Effect"
import type * as Scope from "effect/Scope"
import type { Put, Tables } from "../CanonicalTables.ts"
import type { StudyExport } from "../Artifacts.ts"
import type { ArtifactsError } from "../ExperimentError.ts"

/** A file that is written whole under a temporary name and waits for its commit. */
export interface StagedFile {
  readonly name: string
  readonly file: DurableFile
  readonly rows?: number
}

/** A form while rows come in. */
export interface FormSession {
  /** Takes a row. Throws where it cannot be stored. */
  readonly put: Put
  /** Called every few thousand rows, so that nothing piles up. */
  readonly flush: Effect.Effect<void, ArtifactsError | DurableError>
  /** After the last row. */
  readonly stage: Effect.Effect<ReadonlyArray<StagedFile>, ArtifactsError | DurableError, Scope.Scope>
}

/** One form of the tables. */
export interface TableForm {
  /** Files that this form may leave in a folder; ones that an earlier export left and this one does not write are removed. */
  readonly names: ReadonlyArray<string>
  readonly wanted: (given: StudyExport) => boolean
  readonly open: (
    given: StudyExport,
    tables: Tables,
  ) => Effect.Effect<FormSession, ArtifactsError | DurableError, Scope.Scope>
}
