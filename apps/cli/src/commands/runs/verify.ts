/**
 * `heddle runs verify`: reads everything that a receipt names back from disk and compares.
 *
 * @layer app
 * @module
 */
import { ExitCode } from "@heddle/core/ExitCode"
import type { CommandSpec } from "../../cli/Spec.ts"

export const runsVerify: CommandSpec = {
  path: ["runs", "verify"],
  summary: "read back every file that a receipt names, hash it anew, and compare; also the plan's hash",
  description: [
    "stdout is a listing that `sha256sum -c` understands, so that the same check can be made without heddle.",
    "The folder that was read is named. Files in the folder that holds the workspace are found from there, so a copied or moved project verifies its own.",
  ],
  positionals: [{ name: "RUN_ID", summary: "which run; the latest unless given", required: false }],
  flags: [],
  exitCodes: [ExitCode.unreachable, ExitCode.refused, ExitCode.nothing, ExitCode.mismatch],
  examples: [
    { command: "heddle runs verify", note: "the latest run" },
    { command: "heddle runs verify 20260101-120000-abcd | sha256sum -c", note: "the same check by other means" },
  ],
  verdict: true,
  load: () => import("./verify.run.ts"),
}
