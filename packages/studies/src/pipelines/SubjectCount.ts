/**
 * The pipeline `subject-count`: how many subjects a study has, deleted ones left out and counted apart.
 *
 * @layer logic
 * @module
 */
import * as Effect from "effect/Effect"
import * as Schema from "effect/Schema"
import * as Stream from "effect/Stream"
import { definePipeline } from "../Pipeline.ts"

/** How many subjects one study has. @category schemas */
export const Value = Schema.Struct({
  subjects: Schema.Int,
  /** Subjects that the source marks as deleted; not in `subjects`. */
  deleted: Schema.Int,
})

/** Counts the study's subjects. Fails with `StudyError` where they cannot be read. @category pipelines */
export const subjectCount = definePipeline({
  name: "subject-count",
  version: "1",
  resources: ["subjects"],
  value: Value,
  run: (study) =>
    Stream.runFold(
      study.scope.read("subjects"),
      () => ({ subjects: 0, deleted: 0 }),
      (counts, subject) =>
        subject["deleted"] === true
          ? { ...counts, deleted: counts.deleted + 1 }
          : { ...counts, subjects: counts.subjects + 1 },
    ).pipe(Effect.withSpan("subject-count")),
})
