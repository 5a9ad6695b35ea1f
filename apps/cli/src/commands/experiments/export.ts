/**
 * `heddle experiments export`: the files of a study again, from the ledger.
 *
 * @layer app
 * @module
 */
import { ExitCode } from "@heddle/core/ExitCode"
import type { CommandSpec } from "../../cli/Spec.ts"
import { bindingFlags } from "./flags.ts"

export const experimentsExport: CommandSpec = {
  path: ["experiments", "export"],
  summary: "write the files of a study's run again, from the ledger alone; runs nothing",
  description: [
    "The study is the one that the run was made with, also where its file has changed since; what ran it need not be there any more. Where the files go to the run's own folder, its receipt is made again with their hashes.",
  ],
  positionals: [
    { name: "RUN_ID", summary: "which run, or a study file: its latest run", required: false },
    { name: "FILE", summary: "the study file, where the workspace has not kept the study", required: false },
  ],
  flags: [
    {
      name: "out",
      kind: "text",
      valueName: "FOLDER",
      summary: "where the files go",
      fallback: "where the run put them",
      complete: "folder",
    },
    {
      name: "sqlite",
      kind: "boolean",
      summary: "also study.sqlite, with types and keys",
      config: "experiments.sqlite",
    },
    { name: "parquet", kind: "boolean", summary: "also the tables as Parquet", config: "experiments.parquet" },
    {
      name: "compatibility",
      kind: "boolean",
      summary: "the predecessor's files byte for byte, and nothing beside them",
    },
    { name: "again", kind: "boolean", summary: "replace the files of another run of this study" },
    ...bindingFlags,
  ],
  exitCodes: [ExitCode.unreachable, ExitCode.refused, ExitCode.nothing, ExitCode.held],
  examples: [
    { command: "heddle experiments export --sqlite", note: "the latest run, with a database" },
    {
      command: "heddle experiments export 20260101-120000-abcd --out shared --compatibility",
      note: "for the predecessor's tools",
    },
  ],
  load: () => import("./export.run.ts"),
}
