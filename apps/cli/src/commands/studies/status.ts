/**
 * `heddle studies status`: where a run of studies stands, from the ledger.
 *
 * @layer app
 * @module
 */
import { ExitCode } from "@heddle/core/ExitCode"
import type { CommandSpec } from "../../cli/Spec.ts"

export const studiesStatus: CommandSpec = {
  path: ["studies", "status"],
  summary: "where a run stands, study by study, from the ledger; asks nobody",
  positionals: [{ name: "RUN_ID", summary: "which run; the latest of studies unless given", required: false }],
  flags: [{ name: "allow-empty", kind: "boolean", summary: "no run at all is exit code 0" }],
  exitCodes: [ExitCode.unreachable, ExitCode.refused, ExitCode.nothing],
  examples: [
    { command: "heddle studies status", note: "the latest run, also while it runs in another terminal" },
    { command: "heddle studies status --json", note: "one JSON line per study" },
  ],
  load: () => import("./status.run.ts"),
}
