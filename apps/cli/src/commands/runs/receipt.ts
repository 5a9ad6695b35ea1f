/**
 * `heddle runs receipt`: makes the receipt of a run again.
 *
 * @layer app
 * @module
 */
import { ExitCode } from "@heddle/core/ExitCode"
import type { CommandSpec } from "../../cli/Spec.ts"

export const runsReceipt: CommandSpec = {
  path: ["runs", "receipt"],
  summary: "make the receipt of a run again from the ledger, where it was lost or could not be written",
  description: [
    "Nothing runs and nobody is asked. The values file of the run is written anew as well. Other files are not touched: `heddle runs verify` compares them with what the ledger says.",
    "A run of experiments ends with its files. Where they are not there, are another run's, or are older than its last session, no receipt is made (exit code 6), and none where they are damaged (12): `heddle experiments resume` writes them.",
  ],
  positionals: [{ name: "RUN_ID", summary: "which run; the latest unless given", required: false }],
  flags: [],
  exitCodes: [ExitCode.unreachable, ExitCode.refused, ExitCode.nothing, ExitCode.held, ExitCode.mismatch],
  examples: [
    { command: "heddle runs receipt", note: "the latest run" },
    { command: "heddle runs receipt 20260101-120000-abcd --json", note: "the receipt as one JSON line as well" },
  ],
  load: () => import("./receipt.run.ts"),
}
