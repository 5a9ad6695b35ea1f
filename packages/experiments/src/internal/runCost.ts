/**
 * What a run cost: all of its tries, not only the one that its row is made of.
 *
 * @layer logic
 * @module
 */
import type { RunRecord } from "../Run.ts"

/** US dollars of all tries of a run over all sessions, as far as they were said, a try that was cut off with all that it was allowed; of its only try where it had one. @category getters */
export const costOf = ({ attempts, result, spent }: RunRecord): number => {
  const said = result?.costUsd ?? 0
  return attempts > 1 || result === undefined ? Math.max(said, spent?.["cost_usd"] ?? 0) : said
}
