/**
 * `heddle experiments resume`: goes on with a study that did not finish.
 *
 * @layer app
 * @module
 */
import { ExitCode } from "@heddle/core/ExitCode"
import type { CommandSpec } from "../../cli/Spec.ts"
import { bindingFlags, planFlags, runExitCodes, runFlags } from "./flags.ts"

export const experimentsResume: CommandSpec = {
  path: ["experiments", "resume"],
  summary: "go on with a study that did not finish; finished runs are reused, failed ones run again",
  description: [
    "The study is taken from FILE, else from where its file was, else from the text that was kept when the run began. Where the study, an agent or a problem has changed since, finished runs would not be comparable with new ones: this is refused (exit code 6) with the field that changed, unless --on-change says otherwise.",
    "Where nothing is left to run, the files are made sure to be there and whole, and the exit code is 10 (0 with --allow-empty). Where no receipt has files of the last session, as after a kill between the last run and the files, they are written now with their receipt, and the exit code is 0.",
  ],
  positionals: [
    { name: "RUN_ID", summary: "which run; the latest unfinished one of experiments unless given", required: false },
    { name: "FILE", summary: "the study file, where it was moved or is to be read anew", required: false },
  ],
  flags: [
    {
      name: "on-change",
      kind: "choice",
      choices: ["refuse", "rerun", "keep"],
      summary:
        "what becomes of finished runs that were made with something else: run them again, or keep them as they are",
      fallback: "refuse",
    },
    { name: "no-retry-failed", kind: "boolean", summary: "leave runs that failed as they are" },
    { name: "allow-empty", kind: "boolean", summary: "nothing left to run is exit code 0" },
    ...bindingFlags,
    ...planFlags,
    ...runFlags,
  ],
  exitCodes: [...runExitCodes, ExitCode.nothing],
  examples: [
    { command: "heddle experiments resume", note: "the latest unfinished study" },
    {
      command: "heddle experiments resume 20260101-120000-abcd --on-change rerun",
      note: "with an agent that was mended",
    },
  ],
  load: () => import("./resume.run.ts"),
}
