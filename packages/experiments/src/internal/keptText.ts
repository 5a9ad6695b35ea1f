/**
 * How it is said that results were kept on somebody's word though what runs are made with has changed since.
 *
 * @layer logic
 * @module
 */

/** Runs that a sentence names. */
const namedMax = 5

/** The clause for so many runs, as in `16 of 36 runs were made with another agent a than the study has now, and so on`. */
export const keptText = (count: number, planned: number, changed: string): string =>
  `${count} of ${planned} ${planned === 1 ? "run" : "runs"} ${count === 1 ? "was" : "were"} made with ${
    changed.startsWith("something") ? "something else in an earlier session" : `another ${changed}`
  } than the study has now, and ${count === 1 ? "its result was" : "their results were"} kept on your word`

/** The same with the runs by name. */
export const keptMessage = (runIds: ReadonlyArray<string>, planned: number, changed: string): string => {
  const more = runIds.length - namedMax
  return `${keptText(runIds.length, planned, changed)}: ${runIds.slice(0, namedMax).join(", ")}${
    more > 0 ? ` and ${more} more (kept_runs.csv names all of them)` : ""
  }`
}
