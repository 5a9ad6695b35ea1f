/**
 * `heddle experiments bundle`: the folder of a study as one archive, once it was checked.
 *
 * @layer app
 * @module
 */
import { ExitCode } from "@heddle/core/ExitCode"
import type { CommandSpec } from "../../cli/Spec.ts"

export const experimentsBundle: CommandSpec = {
  path: ["experiments", "bundle"],
  summary: "check the folder of a study and pack it as .tar.gz, the same bytes for the same files",
  description: [
    "Every file is read back and compared with the manifest first; a folder that is not what it says is not packed (exit code 12). Folders of the predecessor have no hashes: their files, keys, headers and rows are checked.",
  ],
  positionals: [{ name: "FOLDER", summary: "the folder of the study", required: true }],
  flags: [
    {
      name: "out",
      kind: "text",
      valueName: "FILE",
      summary: "the archive, which must not exist",
      fallback: "beside the folder, under its name",
      complete: "file",
    },
  ],
  exitCodes: [ExitCode.unreachable, ExitCode.refused, ExitCode.mismatch],
  examples: [{ command: "heddle experiments bundle artifacts/my-study", note: "artifacts/my-study.tar.gz" }],
  load: () => import("./bundle.run.ts"),
}
