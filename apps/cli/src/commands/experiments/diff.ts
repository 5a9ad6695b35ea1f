/**
 * `heddle experiments diff`: what differs between two studies, or between two runs of studies.
 *
 * @layer app
 * @module
 */
import { ExitCode } from "@heddle/core/ExitCode"
import type { CommandSpec } from "../../cli/Spec.ts"

export const experimentsDiff: CommandSpec = {
  path: ["experiments", "diff"],
  summary: "what differs between two study files, two folders of studies, or two runs",
  description: [
    "Study files are compared by what they say, not by how they are written, and by the conditions and runs that they give. Folders and runs are compared by study, by how each run ended, and by its measures; times are left out. The exit code is 0 where nothing differs, and 12 where something does.",
  ],
  positionals: [
    { name: "A", summary: "a study file, the folder of a study, or a run id", required: true },
    { name: "B", summary: "what it is compared with, of any of these", required: true },
  ],
  flags: [],
  exitCodes: [ExitCode.unreachable, ExitCode.refused, ExitCode.nothing, ExitCode.mismatch],
  verdict: true,
  examples: [
    { command: "heddle experiments diff study.yaml study.v2.yaml", note: "which fields, conditions and runs differ" },
    { command: "heddle experiments diff artifacts/a artifacts/b --json", note: "a JSON line per difference" },
  ],
  load: () => import("./diff.run.ts"),
}
