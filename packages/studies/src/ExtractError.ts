/**
 * Why an extract of a study was not put in place. The old files stand as they were, and the watermark did not move.
 *
 * @layer contract
 * @module
 */
import * as Schema from "effect/Schema"
import { Format } from "./Sink.ts"

/**
 * A study's extract that was not put in place:
 * - `RowsRejected`: more items could not become rows than the extract allows. Reasons name fields, never values.
 * - `Unreconciled`: what was read is not what was written and rejected. A bug or a file that changed meanwhile.
 * - `ChangedWhileReading`: the source changed so that an item came twice in two forms, or came and went. Try again.
 * - `FormatMismatch`: the extract was planned for another format than the sink writes.
 * - `OtherFiles`: the study's folder holds data that this extract would neither renew nor name: another format, or a table
 *   that cannot be carried over. Nothing was asked of the study and nothing was changed.
 *
 * Only `ChangedWhileReading` is worth trying again by itself.
 *
 * @category errors
 */
export class ExtractError extends Schema.TaggedError<ExtractError>()("ExtractError", {
  reason: Schema.Union([
    Schema.TaggedStruct("RowsRejected", {
      resource: Schema.String,
      rejected: Schema.Int,
      allowed: Schema.Int,
      first: Schema.Array(Schema.Struct({ index: Schema.Int, reason: Schema.String })),
    }),
    Schema.TaggedStruct("Unreconciled", {
      resource: Schema.String,
      read: Schema.Int,
      written: Schema.Int,
      rejected: Schema.Int,
      repeated: Schema.Int,
    }),
    Schema.TaggedStruct("ChangedWhileReading", { resource: Schema.String, problem: Schema.String }),
    Schema.TaggedStruct("FormatMismatch", { planned: Schema.String, sink: Schema.String }),
    Schema.TaggedStruct("OtherFiles", {
      location: Schema.String,
      format: Format,
      files: Schema.Array(Schema.String),
      why: Schema.String,
    }),
  ]),
}) {
  get retryable(): boolean {
    return this.reason._tag === "ChangedWhileReading"
  }
  get hints(): ReadonlyArray<string> {
    switch (this.reason._tag) {
      case "RowsRejected":
        return ["look at the items that were named, or allow some: rowsRejectedMax"]
      case "Unreconciled":
        return ["read the study in full: heddle studies extract --full"]
      case "ChangedWhileReading":
        return ["resume the run: heddle studies resume"]
      case "FormatMismatch":
        return ["give the format that the run was planned with"]
      case "OtherFiles":
        return [
          `write to another folder: heddle studies extract --format ${this.reason.format} --out OTHER-FOLDER`,
          "or go on with the format and the resources that are there, or move the old files away, and resume the run",
        ]
    }
  }
  override get message(): string {
    const reason = this.reason
    switch (reason._tag) {
      case "RowsRejected": {
        const first = reason.first.map(({ index, reason }) => `item ${index}: ${reason}`).join("; ")
        return `${reason.rejected} items of ${reason.resource} cannot be written (${reason.allowed} allowed): ${first}`
      }
      case "Unreconciled":
        return `${reason.resource}: ${reason.read} items read, but ${reason.written} written, ${reason.rejected} rejected and ${reason.repeated} repeated`
      case "ChangedWhileReading":
        return `${reason.resource} changed while it was read: ${reason.problem}`
      case "FormatMismatch":
        return `the extract was planned as ${reason.planned}, and the sink writes ${reason.sink}`
      case "OtherFiles":
        return `${reason.location} holds ${reason.files.join(", ")} already, and this extract would leave that there without renewing it: ${reason.why}`
    }
  }
}
