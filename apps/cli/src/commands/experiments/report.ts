/**
 * `heddle experiments report`: the report of a study, as a page and as Markdown.
 *
 * @layer app
 * @module
 */
import { ExitCode } from "@heddle/core/ExitCode"
import type { CommandSpec } from "../../cli/Spec.ts"
import { gatheredWords } from "./gatheredWords.ts"

export const experimentsReport: CommandSpec = {
  path: ["experiments", "report"],
  summary: "write the report of a study: one HTML file, and Markdown with its figures",
  description: [
    "Design, flow of runs, methods with their numbers, results with figures, cost, and limits. The HTML file needs nothing else; the Markdown links its figures. The same records give the same bytes.",
    "Unless --out names a folder, the report of a run goes to reports/<run> in the workspace, and that of a folder to its artifacts/. An earlier report of the same study is replaced; any other file is refused.",
    "Prints one line per file as sha256sum does; with --json one line per file, and at the end a summary.",
  ],
  positionals: gatheredWords,
  flags: [
    { name: "out", kind: "text", valueName: "FOLDER", summary: "where the report goes", complete: "folder" },
    {
      name: "format",
      kind: "choice",
      choices: ["html", "md", "both"],
      summary: "which files are written",
      fallback: "both",
    },
  ],
  exitCodes: [ExitCode.refused, ExitCode.unreachable, ExitCode.nothing],
  examples: [
    { command: "heddle experiments report", note: "the latest run of experiments" },
    { command: "heddle experiments report artifacts/my-study --format html", note: "one page from a folder of files" },
  ],
  load: () => import("./report.run.ts"),
}
