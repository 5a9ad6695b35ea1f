/**
 * What a run was told when it began, and the ledger does not record: where its files go, the selection, versions. Kept in
 * `begun/<runId>.json` of the workspace, so that a resumed run writes to the same places and a receipt can be made again.
 *
 * @layer app
 * @module
 */
import { join } from "node:path"
import { Durable, type DurableError } from "@heddle/core/Durable"
import { ExitCode } from "@heddle/core/ExitCode"
import { Ledger, LedgerError } from "@heddle/core/Ledger"
import * as Runner from "@heddle/core/Runner"
import * as StudiesReport from "@heddle/studies/StudiesReport"
import type { StudiesPlan } from "@heddle/studies/StudyOrchestrator"
import * as Effect from "effect/Effect"
import * as Schema from "effect/Schema"
import { Cli } from "./Cli.ts"
import { CommandError } from "./CommandError.ts"
import { fromWorkspace, inWorkspace } from "./workspacePlaces.ts"

const Begun = Schema.Struct({
  type: Schema.Literal("begun"),
  schemaVersion: Schema.Literal(1),
  runId: Schema.String,
  /** What the receipt has under `details`: {@link Places} and what the area adds. */
  details: Schema.Record(Schema.String, Schema.Json),
  environment: Schema.Record(Schema.String, Schema.String),
})
export interface Begun extends Schema.Schema.Type<typeof Begun> {}

/** Where a run's files go; part of the receipt's `details`. */
export interface Places {
  /** Absolute; the paths of the receipt's artifacts are relative to it. */
  readonly outputFolder?: string
  /** Name of the file of `--out` in that folder. */
  readonly valuesFile?: string
}

const Text = Schema.fromJsonString(Begun)

/** The file of a run. */
export const begunPath = (workspace: string, runId: string): string => join(workspace, "begun", `${runId}.json`)

/** What the receipt says of a run over studies, as far as it is known before it begins. */
export const studiesDetails = (plan: StudiesPlan, params: unknown): Readonly<Record<string, Schema.Json>> => {
  const { pipeline, version, params: own } = Schema.decodeUnknownSync(StoredParams)(params)
  return Schema.encodeSync(StudiesReport.Details)({
    pipeline: { name: pipeline, version },
    params: own,
    selection: plan.selection,
  })
}

const StoredParams = Schema.Struct({ pipeline: Schema.String, version: Schema.String, params: Schema.Json })

/** Id of a new run: checked before anything is asked or written, and free in this ledger. */
export const newRunId = Effect.fn("newRunId")(function* (): Effect.fn.Return<
  string,
  CommandError | LedgerError,
  Cli | Ledger
> {
  const { settings } = yield* Cli
  const given = settings.text("run-id")
  if (given === undefined) return yield* Runner.makeRunId
  // File names are made of it.
  if (!/^[A-Za-z0-9][A-Za-z0-9._-]{0,127}$/.test(given)) {
    return yield* new CommandError({
      tag: "UsageError",
      problem: `--run-id must be 1 to 128 letters, digits, dots, dashes or underscores, a letter or digit first; it is ${JSON.stringify(given)}`,
      hints: ["heddle studies run --run-id monthly-pull-1"],
      code: ExitCode.usage,
    })
  }
  const taken = yield* Effect.result((yield* Ledger).getRun(given))
  if (taken._tag === "Success") return yield* new LedgerError({ reason: { _tag: "RunExists", runId: given } })
  return taken.failure.reason._tag === "RunNotFound" ? given : yield* taken.failure
})

/** Written before the run begins. */
export const write = Effect.fn("begun.write")(function* (
  runId: string,
  details: Readonly<Record<string, Schema.Json>>,
  environment: Readonly<Record<string, string>>,
): Effect.fn.Return<void, DurableError, Cli | Durable> {
  const { settings } = yield* Cli
  const durable = yield* Durable
  const begun: Begun = { type: "begun", schemaVersion: 1, runId, details, environment }
  yield* durable.writeFile(begunPath(settings.workspace, runId), `${JSON.stringify(begun)}\n`)
})

/** What was written, or `undefined` where nothing can be read: the ledger alone is the truth. */
export const read = Effect.fn("begun.read")(function* (
  runId: string,
): Effect.fn.Return<Begun | undefined, never, Cli | Durable> {
  const { settings } = yield* Cli
  const durable = yield* Durable
  return yield* durable.readFile(begunPath(settings.workspace, runId)).pipe(
    Effect.flatMap((bytes) => Schema.decodeEffect(Text)(new TextDecoder().decode(bytes))),
    Effect.orElseSucceed(() => undefined),
  )
})

/** What {@link placesOf} finds an output folder with: the absolute path, and the way to it from the workspace if it has one. */
export const outputPlace = (workspace: string, folder: string): Readonly<Record<string, string>> => {
  const way = fromWorkspace(workspace, folder)
  return { outputFolder: folder, ...(way === undefined ? {} : { outputFolderFromWorkspace: way }) }
}

/**
 * The places of a run among the details of its receipt or of its beginning. A folder of the workspace's project is where
 * it lies from the workspace now; only a folder outside of it is where it was.
 */
export const placesOf = (workspace: string, details: Readonly<Record<string, unknown>> | undefined): Places => {
  const { outputFolder: absolute, outputFolderFromWorkspace: way, valuesFile } = details ?? {}
  const outputFolder = typeof way === "string" ? inWorkspace(workspace, way) : absolute
  return {
    ...(typeof outputFolder === "string" ? { outputFolder } : {}),
    ...(typeof valuesFile === "string" ? { valuesFile } : {}),
  }
}
