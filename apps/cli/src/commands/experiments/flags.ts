/**
 * What several commands of experiments share.
 *
 * @layer contract
 * @module
 */
import { ExitCode } from "@heddle/core/ExitCode"
import type { FlagSpec, PositionalSpec } from "../../cli/Spec.ts"

/** The study that a command is about. */
export const studyFile: PositionalSpec = { name: "FILE", summary: "the study: .yaml, .yml or .json", required: true }

/** What the names of a study mean: no code is ever taken from a study file. */
export const bindingFlags: ReadonlyArray<FlagSpec> = [
  {
    name: "agent",
    kind: "text",
    valueName: "NAME=SPEC",
    repeatable: true,
    summary:
      'what an agent is: a module file (./agent.mjs#export), an address (https://…), a built-in, or a command line as a JSON list (["python3","agent.py"])',
  },
  {
    name: "problem",
    kind: "text",
    valueName: "NAME=SPEC",
    repeatable: true,
    summary: "what a problem is: a module file that exports it, or a built-in",
  },
  {
    name: "runner",
    kind: "text",
    valueName: "SPEC",
    summary: "one function for each run, in place of agents and problems; as --agent",
  },
  {
    name: "bindings",
    kind: "text",
    valueName: "FILE",
    summary: "a file that says all of this: agents, problems, runner (YAML or JSON)",
    config: "experiments.bindings",
    complete: "file",
  },
]

/** What shapes the plan of a study beside its file. */
export const planFlags: ReadonlyArray<FlagSpec> = [
  {
    name: "max-runs",
    kind: "integer",
    min: 1,
    max: 1_000_000_000,
    summary: "refuse a plan of more runs, or cut it to whole replicates where the study says so",
    fallback: "run_budget.max_runs",
  },
  {
    name: "budget",
    kind: "text",
    valueName: "NAME=AMOUNT",
    repeatable: true,
    summary:
      "the most that the study may spend of cost_usd, tokens or time_s; per_run.NAME is what one run reserves, per_condition.NAME the most of one condition",
    fallback: "heddle.budgets",
  },
  {
    name: "retries",
    kind: "integer",
    min: 0,
    max: 100,
    summary: "further tries of a run that failed",
    fallback: "heddle.retries, else 0",
  },
  {
    name: "compatibility",
    kind: "boolean",
    summary: "the predecessor's files byte for byte, and nothing beside them",
  },
  {
    name: "out",
    kind: "text",
    valueName: "FOLDER",
    summary: "where the files of the study go",
    fallback: "the study's output_dir, below the present folder",
    complete: "folder",
  },
]

/** Bounds of a run of a study, and how it is shown. */
export const runFlags: ReadonlyArray<FlagSpec> = [
  {
    name: "parallelism",
    kind: "integer",
    min: 1,
    max: 10_000,
    summary: "runs at a time",
    fallback: "run_budget.parallelism",
    config: "experiments.parallelism",
  },
  { name: "concurrency", kind: "integer", min: 1, max: 10_000, summary: "the same by another name" },
  { name: "fail-fast", kind: "boolean", summary: "start no further run after the first that failed" },
  {
    name: "stop-after",
    kind: "integer",
    min: 1,
    max: 1_000_000,
    summary: "start no further run after so many failures",
    config: "experiments.stop-after",
  },
  { name: "run-timeout", kind: "duration", summary: "bound of one try of a run", config: "experiments.run-timeout" },
  {
    name: "deadline",
    kind: "duration",
    summary: "bound of this session; what never started is notStarted",
    config: "experiments.deadline",
  },
  {
    name: "grace",
    kind: "duration",
    summary: "how long running runs may finish after Ctrl-C",
    fallback: "10s",
    config: "experiments.grace",
  },
  {
    name: "placement",
    kind: "choice",
    choices: ["fibers", "workers"],
    summary: "where module files run; built-in agents always run in fibers",
    fallback: "workers",
    config: "experiments.placement",
  },
  { name: "sqlite", kind: "boolean", summary: "also study.sqlite, with types and keys", config: "experiments.sqlite" },
  { name: "parquet", kind: "boolean", summary: "also the tables as Parquet", config: "experiments.parquet" },
  { name: "progress", kind: "boolean", summary: "show progress also with --quiet" },
  { name: "no-progress", kind: "boolean", summary: "show no progress" },
]

/** How a command that runs a study can end, beside the codes of every command. */
export const runExitCodes: ReadonlyArray<ExitCode> = [
  ExitCode.partial,
  ExitCode.unreachable,
  ExitCode.refused,
  ExitCode.held,
]
