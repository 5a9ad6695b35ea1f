/**
 * `heddle doctor`: checks everything that a run needs, and says how to mend what is wrong.
 *
 * @layer app
 * @module
 */
import { ExitCode } from "@heddle/core/ExitCode"
import type { CommandSpec } from "../../cli/Spec.ts"
import { registryEnvironment, registryFlags } from "../flags.ts"

export const doctor: CommandSpec = {
  path: ["doctor"],
  summary: "check what a run needs, and say where each setting came from",
  description: [
    "Checks the version of Node, the workspace (write, rename, free space), the ledger, and the registry (reachable, credentials, clock). Each finding says what to do about it.",
  ],
  flags: [
    {
      name: "study",
      kind: "text",
      valueName: "KEY",
      repeatable: true,
      summary: "also ask this study, and name it where it fails",
    },
    { name: "offline", kind: "boolean", summary: "ask nothing over the network" },
    ...registryFlags,
  ],
  environment: registryEnvironment,
  exitCodes: [ExitCode.partial, ExitCode.credentials, ExitCode.unreachable, ExitCode.refused],
  examples: [
    { command: "heddle doctor", note: "everything, with a fix behind each finding" },
    { command: "heddle doctor --study ALPHA --json", note: "one study as well, for a script" },
  ],
  verdict: true,
  load: () => import("./doctor.run.ts"),
}
