/**
 * `heddle studies extract`: writes chosen resources of each study to files.
 *
 * @layer app
 * @module
 */
import type { CommandSpec } from "../../cli/Spec.ts"
import {
  identityFlags,
  noEstimateFlag,
  registryEnvironment,
  registryFlags,
  runExitCodes,
  runFlags,
  selectionFlags,
} from "../flags.ts"

export const studiesExtract: CommandSpec = {
  path: ["studies", "extract"],
  summary: "write chosen resources of each study to files, with row counts and hashes in the receipt",
  description: [
    "A file appears whole or not at all. A second extract into the same folder reads only what changed since the first, unless --full is given. What was deleted in the source without being marked there is found by the number of rows; --full compares every row.",
    "One process at a time writes to a folder; a second one is refused with exit code 11.",
  ],
  flags: [
    {
      name: "out",
      kind: "text",
      valueName: "FOLDER",
      summary: "folder that the files are written to; one folder per study",
      fallback: "extract",
      config: "extract.out",
      complete: "folder",
    },
    {
      name: "format",
      kind: "choice",
      choices: ["csv", "jsonl", "parquet", "sqlite"],
      summary: "form of the files",
      fallback: "csv",
      config: "extract.format",
    },
    {
      name: "resource",
      kind: "text",
      valueName: "NAME",
      repeatable: true,
      summary: "what to extract: sites, subjects, records, forms, variables, queries, visits, …",
      fallback: "sites, subjects, records, queries",
      config: "extract.resources",
    },
    { name: "full", kind: "boolean", summary: "read everything again instead of what changed" },
    {
      name: "dry-run",
      kind: "boolean",
      summary: "print the plan and what it would cost in requests, as `heddle studies plan` does; write nothing",
    },
    { ...noEstimateFlag, summary: "with --dry-run: do not ask each study how much it holds" },
    ...selectionFlags,
    ...runFlags,
    ...identityFlags,
    ...registryFlags,
  ],
  environment: registryEnvironment,
  exitCodes: runExitCodes,
  examples: [
    { command: "heddle studies extract --out pulls --format parquet", note: "the four usual resources of every study" },
    { command: "heddle studies extract --out pulls --dry-run", note: "what it would read, before it does" },
    { command: "heddle studies extract --resource records --include ALPHA", note: "one resource of one study" },
  ],
  load: () => import("./extract.run.ts"),
}
