/**
 * `heddle runs events`: everything that happened in a run, in order.
 *
 * @layer app
 * @module
 */
import { ExitCode } from "@heddle/core/ExitCode"
import type { CommandSpec } from "../../cli/Spec.ts"

export const runsEvents: CommandSpec = {
  path: ["runs", "events"],
  summary: "everything that happened in a run, in order, as the ledger has it",
  positionals: [{ name: "RUN_ID", summary: "which run; the latest unless given", required: false }],
  flags: [{ name: "after", kind: "integer", min: 0, summary: "only events after this number", fallback: "0" }],
  exitCodes: [ExitCode.unreachable, ExitCode.refused, ExitCode.nothing],
  examples: [
    { command: "heddle runs events", note: "the latest run" },
    { command: "heddle runs events 20260101-120000-abcd --json --after 100", note: "JSON lines from event 101 on" },
  ],
  load: () => import("./events.run.ts"),
}
