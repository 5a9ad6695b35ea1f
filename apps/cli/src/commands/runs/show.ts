/**
 * `heddle runs show`: one run with the outcome of each unit.
 *
 * @layer app
 * @module
 */
import { ExitCode } from "@heddle/core/ExitCode"
import type { CommandSpec } from "../../cli/Spec.ts"

export const runsShow: CommandSpec = {
  path: ["runs", "show"],
  summary: "one run with the outcome of each unit",
  positionals: [{ name: "RUN_ID", summary: "which run; the latest unless given", required: false }],
  flags: [],
  exitCodes: [ExitCode.unreachable, ExitCode.refused, ExitCode.nothing],
  examples: [
    { command: "heddle runs show", note: "the latest run" },
    { command: "heddle runs show 20260101-120000-abcd --json", note: "its units as JSON lines" },
  ],
  load: () => import("./show.run.ts"),
}
