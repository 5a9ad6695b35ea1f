/**
 * What can be wrong with the way in which a run over studies was asked for. Nothing was run; where the filters conflict
 * nothing was requested either.
 *
 * @layer contract
 * @module
 */
import { ExitCode } from "@heddle/core/ExitCode"
import * as Schema from "effect/Schema"
import type { StudyKey } from "./StudyKey.ts"

const Keys = Schema.Array(Schema.String)

/**
 * A run over studies that was asked for wrongly:
 * - `FilterConflict`: an include-list and an exclude-list were both given. Before any request.
 * - `UnknownStudies`: strict selection, and keys were named that the registry does not list. No study was asked anything.
 * - `InvalidFilter`: a filter is not a list of keys, or its predicate threw.
 * - `InvalidPipeline`: not a pipeline. Before any request.
 * - `InvalidParams`: the parameters do not fit the pipeline's schema. Before any request.
 * - `NotAStudiesRun`: the run that shall be resumed is of another area or of another pipeline.
 *
 * None of them goes away by trying again.
 *
 * @category errors
 */
export class OrchestratorError extends Schema.TaggedError<OrchestratorError>()("OrchestratorError", {
  reason: Schema.Union([
    Schema.TaggedStruct("FilterConflict", { include: Keys, exclude: Keys }),
    Schema.TaggedStruct("UnknownStudies", {
      unknown: Keys,
      nearest: Schema.Record(Schema.String, Schema.String),
    }),
    Schema.TaggedStruct("InvalidFilter", { filter: Schema.String, problem: Schema.String }),
    Schema.TaggedStruct("InvalidPipeline", { problem: Schema.String }),
    Schema.TaggedStruct("InvalidParams", { pipeline: Schema.String, problem: Schema.String }),
    Schema.TaggedStruct("NotAStudiesRun", { runId: Schema.String, problem: Schema.String }),
  ]),
}) {
  readonly exitCode: ExitCode = ExitCode.usage
  readonly retryable = false
  get hints(): ReadonlyArray<string> {
    const reason = this.reason
    switch (reason._tag) {
      case "FilterConflict":
        return ["give --include or --exclude, not both"]
      case "UnknownStudies": {
        const near = Object.entries(reason.nearest).map(([key, other]) => `${show(key)} may be ${show(other)}`)
        return [...near, "heddle studies list"]
      }
      case "InvalidFilter":
        return ["give a list of study keys"]
      case "InvalidPipeline":
        return ["export default async (study, context) => value"]
      case "InvalidParams":
        return [`correct the parameters of ${reason.pipeline}`]
      case "NotAStudiesRun":
        return ["heddle runs list --kind studies"]
    }
  }
  override get message(): string {
    const reason = this.reason
    switch (reason._tag) {
      case "FilterConflict":
        return `studies cannot be included (${list(reason.include)}) and excluded (${list(reason.exclude)}) in one run`
      case "UnknownStudies":
        return `the registry does not list ${list(reason.unknown)}`
      case "InvalidFilter":
        return `${reason.filter}: ${reason.problem}`
      case "InvalidPipeline":
        return `this is no pipeline: ${reason.problem}`
      case "InvalidParams":
        return `the parameters of ${reason.pipeline} are wrong: ${reason.problem}`
      case "NotAStudiesRun":
        return `run ${reason.runId} cannot be resumed here: ${reason.problem}`
    }
  }
}

/** Both an include-list and an exclude-list were given; carries both. @category errors */
export class FilterConflictError extends OrchestratorError {
  /** The conflict of two lists. */
  static readonly of = (filters: {
    readonly include: ReadonlyArray<StudyKey>
    readonly exclude: ReadonlyArray<StudyKey>
  }): FilterConflictError => new FilterConflictError({ reason: { _tag: "FilterConflict", ...filters } })

  get include(): ReadonlyArray<StudyKey> {
    return this.reason._tag === "FilterConflict" ? this.reason.include : []
  }
  get exclude(): ReadonlyArray<StudyKey> {
    return this.reason._tag === "FilterConflict" ? this.reason.exclude : []
  }
  /** The include-list, by the name that the Python SDK gives it. */
  get whitelist(): ReadonlyArray<StudyKey> {
    return this.include
  }
  /** The exclude-list, by the name that the Python SDK gives it. */
  get blacklist(): ReadonlyArray<StudyKey> {
    return this.exclude
  }
}

/** Keys that are spelled out in a message before it says how many more there are. */
const namedMax = 10

const show = (key: string): string => JSON.stringify(key)

const list = (keys: ReadonlyArray<string>): string => {
  if (keys.length === 0) return "none"
  const named = keys.slice(0, namedMax).map(show).join(", ")
  return keys.length > namedMax ? `${named} and ${keys.length - namedMax} more` : named
}
