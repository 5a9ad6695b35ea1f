/**
 * `heddle studies run`: runs a pipeline over the selected studies, each alone.
 *
 * @layer app
 * @module
 */
import type { CommandSpec } from "../../cli/Spec.ts"
import {
  extractedFlags,
  identityFlags,
  paramFlag,
  pipelineFlag,
  registryEnvironment,
  registryFlags,
  runExitCodes,
  runFlags,
  selectionFlags,
} from "../flags.ts"

export const studiesRun: CommandSpec = {
  path: ["studies", "run"],
  summary: "run a pipeline over the selected studies, each alone",
  description: [
    "A study that fails is reported and never stops the others. Ctrl-C once lets running studies finish, twice stops at once; either way the ledger and the receipt stay valid and `heddle studies resume` goes on.",
  ],
  flags: [
    pipelineFlag,
    paramFlag,
    ...selectionFlags,
    ...runFlags,
    ...identityFlags,
    {
      name: "out",
      kind: "text",
      valueName: "FILE",
      summary: "write the values as JSON lines to this file; the receipt then has its hash instead of the values",
      config: "studies.out",
      complete: "file",
    },
    ...extractedFlags,
    ...registryFlags,
  ],
  environment: registryEnvironment,
  exitCodes: runExitCodes,
  examples: [
    { command: "heddle studies run --pipeline enrollment", note: "subjects per site and month, of every study" },
    { command: "heddle studies run --pipeline ./mine.ts --concurrency 8", note: "a pipeline of your own" },
    { command: "heddle studies run --include ALPHA --include BETA --json", note: "two studies, events as JSON lines" },
  ],
  load: () => import("./run.run.ts"),
}
