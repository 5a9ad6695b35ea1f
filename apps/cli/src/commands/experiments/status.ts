/**
 * `heddle experiments status`: where a study stands, from the ledger.
 *
 * @layer app
 * @module
 */
import { ExitCode } from "@heddle/core/ExitCode"
import type { CommandSpec } from "../../cli/Spec.ts"

export const experimentsStatus: CommandSpec = {
  path: ["experiments", "status"],
  summary: "where a study stands: runs by condition, what was spent, what happened last; asks nobody",
  positionals: [
    {
      name: "RUN_ID",
      summary: "which run, or a study file; the latest run of experiments unless given",
      required: false,
    },
  ],
  flags: [{ name: "allow-empty", kind: "boolean", summary: "no run at all is exit code 0" }],
  exitCodes: [ExitCode.unreachable, ExitCode.refused, ExitCode.nothing],
  examples: [
    { command: "heddle experiments status", note: "the latest run, also while it runs in another terminal" },
    { command: "heddle experiments status --json", note: "a JSON line per condition, then one of the run" },
  ],
  load: () => import("./status.run.ts"),
}
