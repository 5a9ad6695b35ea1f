/**
 * `heddle experiments design`: the conditions of a study and what its design is worth.
 *
 * @layer app
 * @module
 */
import { ExitCode } from "@heddle/core/ExitCode"
import type { CommandSpec } from "../../cli/Spec.ts"
import { studyFile } from "./flags.ts"

export const experimentsDesign: CommandSpec = {
  path: ["experiments", "design"],
  summary: "the conditions of a study in run order, and what the design can and cannot tell",
  description: [
    "With --json, one line per condition: condition_id, factor_assignments, block_assignments, metadata, admissible, constraint_messages. Balance, efficiency, resolution and aliases go to stderr.",
  ],
  positionals: [studyFile],
  flags: [
    {
      name: "out",
      kind: "text",
      valueName: "FILE",
      summary: "also write the conditions as CSV to this file, which must not exist",
      complete: "file",
    },
  ],
  exitCodes: [ExitCode.refused, ExitCode.unreachable],
  examples: [
    { command: "heddle experiments design study.yaml", note: "what will be compared with what" },
    { command: "heddle experiments design study.yaml --json", note: "one JSON line per condition" },
  ],
  load: () => import("./design.run.ts"),
}
