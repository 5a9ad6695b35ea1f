/**
 * `heddle studies resume`: goes on with a run that did not finish.
 *
 * @layer app
 * @module
 */
import type { CommandSpec } from "../../cli/Spec.ts"
import { extractedFlags, pipelineFlag, registryEnvironment, registryFlags, runExitCodes, runFlags } from "../flags.ts"

export const studiesResume: CommandSpec = {
  path: ["studies", "resume"],
  summary: "go on with a run that did not finish; finished studies are not asked again",
  positionals: [{ name: "RUN_ID", summary: "which run; the latest unfinished one unless given", required: false }],
  flags: [
    { name: "retry-failed", kind: "boolean", summary: "also run studies again whose failure is not one that passes" },
    {
      name: "no-registry",
      kind: "boolean",
      summary: "take the run's own studies without asking the registry, for credentials that may not list it",
    },
    {
      name: "tolerate-rejects",
      kind: "boolean",
      summary: "registry entries that could not be used do not make the exit code 3",
      config: "studies.tolerate-rejects",
    },
    { name: "allow-empty", kind: "boolean", summary: "nothing to resume is exit code 0" },
    { ...pipelineFlag, summary: "where the pipeline file is now, if it was moved", fallback: "as the run was made" },
    {
      name: "out",
      kind: "text",
      valueName: "FILE",
      summary: "write the values as JSON lines to this file; the run's own file is written anew unless given",
      complete: "file",
    },
    ...runFlags,
    ...extractedFlags,
    ...registryFlags,
  ],
  environment: registryEnvironment,
  exitCodes: runExitCodes,
  examples: [
    { command: "heddle studies resume", note: "the latest unfinished run" },
    { command: "heddle studies resume 20260101-120000-abcd --retry-failed", note: "one run, its failures again" },
  ],
  load: () => import("./resume.run.ts"),
}
