/**
 * `heddle runs list`: the runs of the workspace, newest first.
 *
 * @layer app
 * @module
 */
import { ExitCode } from "@heddle/core/ExitCode"
import type { CommandSpec } from "../../cli/Spec.ts"

export const runsList: CommandSpec = {
  path: ["runs", "list"],
  summary: "the runs of the workspace, newest first",
  flags: [
    { name: "area", kind: "text", valueName: "AREA", summary: "only runs of this area, such as studies" },
    { name: "unfinished", kind: "boolean", summary: "only runs that can be resumed" },
    { name: "limit", kind: "integer", min: 1, max: 100_000, summary: "how many at most", fallback: "100" },
  ],
  exitCodes: [ExitCode.unreachable, ExitCode.refused, ExitCode.nothing],
  examples: [
    { command: "heddle runs list", note: "what ran here" },
    { command: "heddle runs list --unfinished --json", note: "what can be resumed, as JSON lines" },
  ],
  load: () => import("./list.run.ts"),
}
