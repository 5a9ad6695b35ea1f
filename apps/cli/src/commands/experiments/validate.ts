/**
 * `heddle experiments validate`: all that is wrong with a study file, at once.
 *
 * @layer app
 * @module
 */
import type { CommandSpec } from "../../cli/Spec.ts"
import { studyFile } from "./flags.ts"

export const experimentsValidate: CommandSpec = {
  path: ["experiments", "validate"],
  summary: "check a study file and tell all problems at once",
  description: [
    "Reads the file, checks that its parts fit together, and builds its design. Nothing is run or written, and no code is taken from the file. It exits with 2 where the study cannot be run as it stands.",
  ],
  positionals: [studyFile],
  flags: [],
  exitCodes: [],
  verdict: true,
  examples: [
    { command: "heddle experiments validate study.yaml", note: "every problem with its place and line" },
    { command: "heddle experiments validate study.yaml --json", note: "the same as JSON lines" },
  ],
  load: () => import("./validate.run.ts"),
}
