/**
 * `heddle experiments run`: runs a study, and writes its folder.
 *
 * @layer app
 * @module
 */
import type { CommandSpec } from "../../cli/Spec.ts"
import { bindingFlags, planFlags, runExitCodes, runFlags, studyFile } from "./flags.ts"

export const experimentsRun: CommandSpec = {
  path: ["experiments", "run"],
  summary: "run a study: each run alone, with its own seed; then its files",
  description: [
    "A run that fails is recorded and never stops the others. Ctrl-C once lets running runs finish, twice stops at once; either way the ledger, the files and the receipt say what is known, and `heddle experiments resume` goes on.",
    "What is finished is not repeated unasked: a plan that this workspace has run is refused unless --again says so.",
  ],
  positionals: [studyFile],
  flags: [
    ...bindingFlags,
    ...planFlags,
    ...runFlags,
    { name: "run-id", kind: "text", valueName: "ID", summary: "name of the run", fallback: "made from the time" },
    { name: "dry-run", kind: "boolean", summary: "check everything and count the runs; run and write nothing" },
    {
      name: "again",
      kind: "boolean",
      summary: "run everything once more although this plan has run, and replace the files of the earlier run",
    },
  ],
  exitCodes: runExitCodes,
  examples: [
    { command: "heddle experiments run study.yaml --agent alpha=./alpha.mjs", note: "an agent of your own" },
    {
      command: "heddle experiments run study.yaml --bindings bindings.yaml --parallelism 8",
      note: "all names from a file",
    },
    { command: "heddle experiments run study.yaml --runner ./simulate.mjs --json", note: "one function per run" },
  ],
  load: () => import("./run.run.ts"),
}
