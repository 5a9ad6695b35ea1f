/**
 * `heddle experiments analyze`: carries out the declared analysis plans.
 *
 * @layer app
 * @module
 */
import { ExitCode } from "@heddle/core/ExitCode"
import type { CommandSpec } from "../../cli/Spec.ts"
import { gatheredWords } from "./gatheredWords.ts"

export const experimentsAnalyze: CommandSpec = {
  path: ["experiments", "analyze"],
  summary: "carry out the analysis plans of a study over its runs; changes nothing",
  description: [
    "Plans are those of the study as it was when the run began, unless a study file is named. Confirmatory tests, which a plan asked for before the data, come first and are corrected apart from exploratory ones. Deviations go to stderr.",
    'With --json: one line per test ("test"), outcome ("outcome") and deviation ("deviation"); the last line ("analysis") counts them.',
  ],
  positionals: gatheredWords,
  flags: [
    {
      name: "out",
      kind: "text",
      valueName: "FILE",
      summary: "also write the whole result as JSON; an earlier result of the same study is replaced",
      complete: "file",
    },
  ],
  exitCodes: [ExitCode.refused, ExitCode.unreachable, ExitCode.nothing],
  examples: [
    { command: "heddle experiments analyze", note: "the latest run of experiments" },
    { command: "heddle experiments analyze artifacts/my-study --out analysis.json", note: "a folder of files" },
    { command: "heddle experiments analyze --json", note: "one JSON line per test" },
  ],
  load: () => import("./analyze.run.ts"),
}
