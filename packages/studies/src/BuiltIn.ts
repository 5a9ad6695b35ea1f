/**
 * The pipelines that come with Heddle, by name.
 *
 * @layer logic
 * @module
 */
import { drift } from "./pipelines/Drift.ts"
import { enrollment } from "./pipelines/Enrollment.ts"
import { extract } from "./pipelines/Extract.ts"
import { openQueries } from "./pipelines/OpenQueries.ts"
import { subjectCount } from "./pipelines/SubjectCount.ts"

/** Every built-in pipeline. `extract` and `drift` need a `Sink`. @category pipelines */
export const pipelines = {
  "subject-count": subjectCount,
  enrollment,
  "open-queries": openQueries,
  extract,
  drift,
} as const

export { drift, enrollment, extract, openQueries, subjectCount }
