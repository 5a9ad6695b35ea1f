/**
 * Flags that several commands share, each said once.
 *
 * @layer contract
 * @module
 */
import { ExitCode } from "@heddle/core/ExitCode"
import type { EnvironmentSpec, FlagSpec } from "../cli/Spec.ts"

/** Flags that every command knows. */
export const globalFlags: ReadonlyArray<FlagSpec> = [
  {
    name: "json",
    kind: "boolean",
    summary: "JSON lines on stdout, each with a type; the last is the receipt or the failure",
  },
  {
    name: "workspace",
    kind: "text",
    valueName: "FOLDER",
    summary: "folder of the ledger and the receipts",
    fallback: ".heddle",
    env: "HEDDLE_WORKSPACE",
    config: "workspace",
    complete: "folder",
  },
  {
    name: "config",
    kind: "text",
    valueName: "FILE",
    summary: "configuration file; none reads none",
    fallback: "heddle.toml, where it exists",
    env: "HEDDLE_CONFIG",
    complete: "file",
  },
  {
    name: "file-access",
    kind: "choice",
    choices: ["owner", "group", "system"],
    summary: "who may read what is written: only the user, also the group, or as the system's umask says",
    fallback: "owner",
    env: "HEDDLE_FILE_ACCESS",
    config: "file-access",
  },
  { name: "quiet", kind: "boolean", summary: "no progress and no notes on stderr; failures are still told" },
]

/** Where the registry is, and how fast it may be asked. */
export const registryFlags: ReadonlyArray<FlagSpec> = [
  {
    name: "base-url",
    kind: "text",
    valueName: "URL",
    summary: "where the iMednet API is",
    fallback: "https://edc.prod.imednetapi.com",
    env: "IMEDNET_BASE_URL",
    config: "imednet.base-url",
  },
  {
    name: "rate",
    kind: "number",
    min: 0.1,
    max: 10_000,
    summary: "requests per second, shared by all studies of the command",
    fallback: "10",
    config: "imednet.rate",
  },
  {
    name: "request-timeout",
    kind: "duration",
    summary: "bound of one request",
    fallback: "30s",
    config: "imednet.request-timeout",
  },
  {
    name: "request-retries",
    kind: "integer",
    min: 0,
    max: 20,
    summary: "further tries of a request that failed in a way that may pass",
    fallback: "3",
    config: "imednet.request-retries",
  },
  {
    name: "retry-delay",
    kind: "duration",
    summary: "longest first wait before a request is tried again; doubles with each try",
    fallback: "500ms",
    config: "imednet.retry-delay",
  },
]

/** Which studies are meant. */
export const selectionFlags: ReadonlyArray<FlagSpec> = [
  {
    name: "include",
    kind: "text",
    valueName: "KEY",
    repeatable: true,
    summary: "only this study; an empty KEY means none",
    config: "studies.include",
  },
  {
    name: "exclude",
    kind: "text",
    valueName: "KEY",
    repeatable: true,
    summary: "all but this study; not together with --include",
    config: "studies.exclude",
  },
  {
    name: "study",
    kind: "text",
    valueName: "KEY",
    repeatable: true,
    summary: "this study without asking the registry, for credentials that may not list it",
  },
  {
    name: "strict",
    kind: "boolean",
    summary: "refuse keys that the registry does not know, and answers with fields that are not known",
    config: "studies.strict",
  },
  {
    name: "tolerate-rejects",
    kind: "boolean",
    summary: "registry entries that cannot be used do not make the exit code 3",
    config: "studies.tolerate-rejects",
  },
  { name: "allow-empty", kind: "boolean", summary: "nothing selected, or nothing to resume, is exit code 0" },
]

/** For plans of very many studies. */
export const noEstimateFlag: FlagSpec = {
  name: "no-estimate",
  kind: "boolean",
  summary: "do not ask each study how much it holds; the plan then says nothing of requests",
}

/** Parameters of a pipeline. */
export const paramFlag: FlagSpec = {
  name: "param",
  kind: "text",
  valueName: "NAME=VALUE",
  repeatable: true,
  summary: "a parameter of the pipeline; VALUE is JSON, or a text where it is none",
}

/** What is done with each study. */
export const pipelineFlag: FlagSpec = {
  name: "pipeline",
  kind: "text",
  valueName: "NAME|FILE",
  summary: "a built-in pipeline (subject-count, enrollment, open-queries, drift) or a module file",
  fallback: "subject-count",
  config: "studies.pipeline",
  complete: "file",
}

/** Bounds and retries of a run of studies. */
export const runFlags: ReadonlyArray<FlagSpec> = [
  {
    name: "concurrency",
    kind: "integer",
    min: 1,
    max: 10_000,
    summary: "studies at a time",
    fallback: "4",
    config: "studies.concurrency",
  },
  { name: "study-timeout", kind: "duration", summary: "bound of one try of a study", config: "studies.study-timeout" },
  {
    name: "deadline",
    kind: "duration",
    summary: "bound of the whole run; what never started is notStarted",
    config: "studies.deadline",
  },
  {
    name: "study-retries",
    kind: "integer",
    min: 0,
    max: 100,
    summary: "further tries of a study whose failure may pass",
    fallback: "0",
    config: "studies.study-retries",
  },
  {
    name: "stop-after",
    kind: "integer",
    min: 1,
    max: 1_000_000,
    summary: "start no further study after so many failures",
    config: "studies.stop-after",
  },
  {
    name: "placement",
    kind: "choice",
    choices: ["fibers", "workers"],
    summary: "where a pipeline file runs; built-in pipelines always run in fibers",
    fallback: "workers",
    config: "studies.placement",
  },
  {
    name: "grace",
    kind: "duration",
    summary: "how long running studies may finish after Ctrl-C",
    fallback: "10s",
    config: "studies.grace",
  },
]

/** Identity of a new run. */
export const identityFlags: ReadonlyArray<FlagSpec> = [
  {
    name: "seed",
    kind: "text",
    valueName: "TEXT",
    summary: "what every study's random numbers are derived from",
    fallback: "the run id",
  },
  { name: "run-id", kind: "text", valueName: "ID", summary: "name of the run", fallback: "made from the time" },
]

/** Credentials, which have no flag: a process list shows flags to everybody. */
export const registryEnvironment: ReadonlyArray<EnvironmentSpec> = [
  { name: "IMEDNET_API_KEY", summary: "the API key; never printed" },
  { name: "IMEDNET_SECURITY_KEY", summary: "the security key; never printed" },
]

/** Where earlier extracts are, for pipelines that compare with them. */
export const extractedFlags: ReadonlyArray<FlagSpec> = [
  {
    name: "extract-folder",
    kind: "text",
    valueName: "FOLDER",
    summary: "where earlier extracts are, for the pipeline drift",
    fallback: "extract",
    config: "extract.out",
    complete: "folder",
  },
  {
    name: "format",
    kind: "choice",
    choices: ["csv", "jsonl", "parquet", "sqlite"],
    summary: "form of those files",
    fallback: "csv",
    config: "extract.format",
  },
]

/** How a command that runs studies can end, beside the codes of every command. */
export const runExitCodes: ReadonlyArray<ExitCode> = [
  ExitCode.partial,
  ExitCode.credentials,
  ExitCode.unreachable,
  ExitCode.refused,
  ExitCode.nothing,
  ExitCode.held,
]
