/**
 * What a run of a study was told when it began: the study's own text, its matrix, and the flags that shape it. Kept beside
 * the ledger in `begun/<runId>.study.json`, so that `resume` goes on where the file was moved, and can say what changed.
 *
 * @layer app
 * @module
 */
import { existsSync } from "node:fs"
import { join, resolve } from "node:path"
import { Durable, type DurableError } from "@heddle/core/Durable"
import { ExitCode } from "@heddle/core/ExitCode"
import { parseSpec } from "@heddle/experiments/node/BindingsFile"
import * as Effect from "effect/Effect"
import * as Result from "effect/Result"
import * as Schema from "effect/Schema"
import type { FlagValue } from "../../cli/Spec.ts"
import type { Setting, Settings } from "../../config/Setting.ts"
import { Cli } from "../Cli.ts"
import { CommandError } from "../CommandError.ts"
import { fromWorkspace, inWorkspace } from "../workspacePlaces.ts"
import type { Source } from "./experiment.ts"

const StoredStudy = Schema.Struct({
  type: Schema.Literal("begunStudy"),
  schemaVersion: Schema.Literal(1),
  runId: Schema.String,
  /** Where the command was given, absolute: relative paths among the settings mean that folder. */
  cwd: Schema.String,
  /** The study file, absolute. */
  file: Schema.String,
  /** Both from the workspace, where they lie in its project: a copy of that means its own files. */
  cwdFromWorkspace: Schema.optionalKey(Schema.String),
  fileFromWorkspace: Schema.optionalKey(Schema.String),
  format: Schema.Literals(["yaml", "json"]),
  text: Schema.String,
  matrix: Schema.optionalKey(
    Schema.Struct({
      text: Schema.String,
      format: Schema.Literals(["json", "csv"]),
      path: Schema.String,
    }),
  ),
  settings: Schema.Record(
    Schema.String,
    Schema.Union([Schema.Boolean, Schema.Finite, Schema.String, Schema.Array(Schema.String)]),
  ),
})
/** What was kept of a run. */
export interface StoredStudy extends Schema.Schema.Type<typeof StoredStudy> {}

const Text = Schema.fromJsonString(StoredStudy)

/** Settings of a run that hold for its later sessions too, unless they are said anew. */
const kept = [
  "agent",
  "problem",
  "runner",
  "bindings",
  "parallelism",
  "concurrency",
  "max-runs",
  "fail-fast",
  "budget",
  "run-timeout",
  "retries",
  "stop-after",
  "placement",
  "sqlite",
  "parquet",
  "compatibility",
]

const pathOf = (workspace: string, runId: string): string => join(workspace, "begun", `${runId}.study.json`)

const wayOf = (
  name: "cwdFromWorkspace" | "fileFromWorkspace",
  workspace: string,
  path: string,
): { readonly cwdFromWorkspace?: string; readonly fileFromWorkspace?: string } => {
  const way = fromWorkspace(workspace, path)
  return way === undefined ? {} : { [name]: way }
}

/** With its places as they are from the workspace now. Where the workspace was moved alone, they are where they were. */
const placed = (workspace: string, stored: StoredStudy): StoredStudy => {
  const cwd = stored.cwdFromWorkspace === undefined ? stored.cwd : inWorkspace(workspace, stored.cwdFromWorkspace)
  if (!existsSync(cwd)) return stored
  return {
    ...stored,
    cwd,
    file: stored.fileFromWorkspace === undefined ? stored.file : inWorkspace(workspace, stored.fileFromWorkspace),
  }
}

/** Kept before the run begins, and anew when a resume goes on with another text. */
export const write = Effect.fn("storedStudy.write")(function* (
  runId: string,
  given: { readonly file: string; readonly source: Source; readonly settings: Settings; readonly cwd: string },
): Effect.fn.Return<void, DurableError, Cli | Durable> {
  const { settings } = yield* Cli
  const durable = yield* Durable
  const { cwd, file, source } = given
  const values: Record<string, FlagValue> = {}
  for (const name of kept) {
    const setting = given.settings.get(name)
    if (setting !== undefined) values[name] = setting.value
  }
  const stored: StoredStudy = {
    type: "begunStudy",
    schemaVersion: 1,
    runId,
    cwd,
    file,
    ...wayOf("cwdFromWorkspace", settings.workspace, cwd),
    ...wayOf("fileFromWorkspace", settings.workspace, file),
    format: source.format,
    text: source.text,
    ...(source.matrix === undefined ? {} : { matrix: source.matrix }),
    settings: values,
  }
  yield* durable.writeFile(pathOf(settings.workspace, runId), `${JSON.stringify(stored)}\n`)
})

/** What was kept, or `undefined` where nothing can be read. */
export const read = Effect.fn("storedStudy.read")(function* (
  runId: string,
): Effect.fn.Return<StoredStudy | undefined, never, Cli | Durable> {
  const { settings } = yield* Cli
  const durable = yield* Durable
  return yield* durable.readFile(pathOf(settings.workspace, runId)).pipe(
    Effect.flatMap((bytes) => Schema.decodeEffect(Text)(new TextDecoder().decode(bytes))),
    Effect.map((stored) => placed(settings.workspace, stored)),
    Effect.orElseSucceed(() => undefined),
  )
})

/** What was kept, or how to go on without it. */
export const require = Effect.fn("storedStudy.require")(function* (
  runId: string,
): Effect.fn.Return<StoredStudy, CommandError, Cli | Durable> {
  const stored = yield* read(runId)
  if (stored !== undefined) return stored
  return yield* new CommandError({
    tag: "NoStoredStudy",
    problem: `the workspace has not kept the study of run ${runId}`,
    hints: [`name its file: heddle experiments resume ${runId} study.yaml`],
    code: ExitCode.usage,
  })
})

const pick = <A extends FlagValue>(value: FlagValue | undefined, is: (value: FlagValue) => value is A): A | undefined =>
  value !== undefined && is(value) ? value : undefined

/** A file that is named now means the present folder, also where the study was begun in another one. */
const fromHere = (name: string, value: FlagValue): FlagValue => {
  const here = process.cwd()
  if (name === "bindings" && typeof value === "string") return resolve(here, value)
  if (name === "runner" && typeof value === "string") return absolute(value, here)
  if ((name !== "agent" && name !== "problem") || typeof value !== "object") return value
  return value.map((word) => {
    const cut = word.indexOf("=")
    return cut < 1 ? word : `${word.slice(0, cut)}=${absolute(word.slice(cut + 1), here)}`
  })
}

/** The word of a module file with its whole path; any other word as it is. */
const absolute = (word: string, here: string): string => {
  const spec = parseSpec(word, here)
  return Result.isSuccess(spec) && spec.success._tag === "Module"
    ? `${spec.success.path}#${spec.success.exportName}`
    : word
}

/** `NAME=VALUE` by name: what is said now takes the place of the same name, and other names stay as they were. */
const merged = (before: FlagValue | undefined, now: FlagValue): FlagValue => {
  if (typeof before !== "object" || typeof now !== "object") return now
  const nameOf = (word: string): string => word.slice(0, Math.max(0, word.indexOf("=")))
  const said = new Set(now.map(nameOf))
  return [...before.filter((word) => !said.has(nameOf(word))), ...now]
}

/** Flags beat what was kept of the run, which beats the environment and the configuration file. */
export const settingsOf = (settings: Settings, stored: StoredStudy): Settings => {
  const get = (name: string): Setting | undefined => {
    const now = settings.get(name)
    const value = kept.includes(name) && Object.hasOwn(stored.settings, name) ? stored.settings[name] : undefined
    if (now?.source === `--${name}`) return { ...now, value: merged(value, fromHere(name, now.value)) }
    if (!kept.includes(name)) return now
    return value === undefined ? undefined : { value, source: `run ${stored.runId}` }
  }
  return {
    ...settings,
    get,
    text: (name) => pick(get(name)?.value, (value) => typeof value === "string"),
    number: (name) => pick(get(name)?.value, (value) => typeof value === "number"),
    boolean: (name) => get(name)?.value === true,
    list: (name) => pick(get(name)?.value, (value) => typeof value === "object"),
  }
}
