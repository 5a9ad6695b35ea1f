/**
 * The files of a study: the canonical directory that other tools read, and what we add to it. A service, so that the
 * runner does not know of files; the layer for a folder is in `@heddle/experiments/node/ArtifactsNode`.
 *
 * A cell is what was measured or said, letter by letter: a text that begins with `=`, `+`, `-` or `@` stays as it is, so that
 * it is read back as it was. Import these tables into a spreadsheet as text where agents or people may have written into them.
 *
 * @layer contract
 * @module
 */
import type { Artifact, DurableError } from "@heddle/core/Durable"
import type { LedgerError } from "@heddle/core/Ledger"
import * as Context from "effect/Context"
import type * as Effect from "effect/Effect"
import type * as Stream from "effect/Stream"
import type { Condition } from "./Condition.ts"
import type { DesignReport } from "./Design.ts"
import type { ArtifactsError } from "./ExperimentError.ts"
import type { RunRecord } from "./Run.ts"
import type { StoppingLook } from "./StoppingLook.ts"
import type { Study } from "./Study.ts"

/** What is exported. @category models */
export interface StudyExport {
  readonly study: Study
  /** All conditions of the design, the inadmissible ones too, in design order. */
  readonly conditions: ReadonlyArray<Condition>
  readonly design?: DesignReport
  /** Every run of the plan in plan order. May be read more than once; one record in memory at a time. */
  readonly records: Stream.Stream<RunRecord, LedgerError>
  /** The folder; made where it is missing. */
  readonly folder: string
  /** The run of the ledger that the records are from. */
  readonly ledgerRunId?: string
  /** Also `study.sqlite`. */
  readonly includeSqlite?: boolean
  /** Also the tables as Parquet. */
  readonly includeParquet?: boolean
  /** Only the predecessor's files, byte for byte as it writes them: failed runs stay in `runs.csv`, nothing is added. */
  readonly compatibility?: boolean
  /** Versions and the like for the manifest; host names only where they are given here. */
  readonly environment?: Readonly<Record<string, string>>
  /** Hash of the plan that the runs are from. */
  readonly planHash?: string
  /** Looks that a rule of stopping made, in their order: without them an analysis of the folder would make its own. */
  readonly looks?: ReadonlyArray<StoppingLook>
  /**
   * In compatibility mode: also `artifacts/checkpoints/<run id>.json` and `runs.jsonl`, where there is any result; true
   * unless given. Never read back by us.
   */
  readonly includeCheckpoints?: boolean
  /** In compatibility mode: what `manifest_path` says; `<output_dir of the study>/manifest.json` unless given. */
  readonly manifestPath?: string
  /** True writes into a folder that has the manifest of another study, whose files are then replaced. */
  readonly replaceForeign?: boolean
}

/** Where the files of a study are written. @category services */
export class Artifacts extends Context.Service<
  Artifacts,
  {
    /** Writes all files, each whole or not at all, and says what was written; what was read back is hashed. */
    readonly export: (
      study: StudyExport,
    ) => Effect.Effect<ReadonlyArray<Artifact>, ArtifactsError | DurableError | LedgerError>
  }
>()("@heddle/experiments/Artifacts") {}
