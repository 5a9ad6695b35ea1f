/**
 * The words of commands that read the runs of a study: a run or a folder, and a study file.
 *
 * @layer contract
 * @module
 */
import type { PositionalSpec } from "../../cli/Spec.ts"

/** `[RUN_ID|FOLDER] [FILE]`. */
export const gatheredWords: ReadonlyArray<PositionalSpec> = [
  {
    name: "RUN_ID|FOLDER",
    summary: "a run of the workspace, or the folder of a study; the latest run of experiments unless given",
    required: false,
  },
  { name: "FILE", summary: "a study file in place of the one that the run began with", required: false },
]
