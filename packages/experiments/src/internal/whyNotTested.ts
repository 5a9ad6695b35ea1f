/**
 * Why a planned test has no answer, in the words of the analysis.
 *
 * @layer logic
 * @module
 */
import type { ResultRow } from "../analysis/AnalysisResult.ts"

/** Why a row is no answer. */
export const whyNotTested = (row: ResultRow): string => {
  if (row.adjustedP !== null) return "its p has no direction, and the claim has one; compare levels"
  if (row.result.interval !== null && row.result.method.startsWith("bootstrap"))
    return `its interval has no p, so ${row.correction} cannot correct it for the other tests of the plan`
  return row.result.notes[0] ?? "no number exists"
}
