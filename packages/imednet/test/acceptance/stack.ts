/**
 * The whole stack of the acceptance cases: the orchestrator over the iMednet client over HTTP on loopback, with a ledger
 * file. Nothing is replaced; what the server was asked is the witness. The settings are the spec's: credentials
 * `KEY-1234` and `SEC-5678`, at most 4 tries of a request, a base delay of 10 ms, pages of 500.
 */
import { mkdtempSync, rmSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import * as DurableNode from "@heddle/core/node/DurableNode"
import type { Durable } from "@heddle/core/Durable"
import type { Ledger } from "@heddle/core/Ledger"
import * as LedgerSqlite from "@heddle/core/node/LedgerSqlite"
import * as ProcessIdentity from "@heddle/core/node/ProcessIdentity"
import type { Outcome } from "@heddle/core/Outcome"
import * as Pipeline from "@heddle/studies/Pipeline"
import type { StudiesReport } from "@heddle/studies/StudiesReport"
import { type RunStudiesOptions, StudyOrchestrator } from "@heddle/studies/StudyOrchestrator"
import { Effect, Layer, Logger, type Scope, Stream } from "effect"
import { Imednet } from "../../src/Imednet.ts"
import type { ImednetOptions } from "../../src/ImednetConfig.ts"
import * as Studies from "../../src/studies.ts"
import type { RequestLog, Scripted } from "../../src/testing/index.ts"
import { client } from "../Client.ts"

/** A folder of its own, gone afterwards. */
export const folder: Effect.Effect<string, never, Scope.Scope> = Effect.acquireRelease(
  Effect.sync(() => mkdtempSync(join(tmpdir(), "heddle-acceptance-"))),
  (path) => Effect.sync(() => rmSync(path, { recursive: true, force: true })),
)

export type Stack = StudyOrchestrator | Imednet | Ledger | Durable

/** Orchestrator, client, ledger file and files. */
export const layerOf = (
  baseUrl: string,
  workspace: string,
  options: Partial<ImednetOptions> = {},
): Layer.Layer<Stack> =>
  StudyOrchestrator.layer.pipe(
    Layer.provide(Studies.layer),
    Layer.provideMerge(Layer.orDie(client(baseUrl, options))),
    Layer.merge(Layer.orDie(LedgerSqlite.layer({ path: join(workspace, "ledger.sqlite") }))),
    Layer.merge(DurableNode.layer),
    // By it a later process sees that a killed one is gone, without waiting for its lease to expire.
    Layer.merge(ProcessIdentity.layer),
  )

/** What a program that uses the stack logged, message by message. */
export interface Logged {
  readonly level: string
  readonly text: string
}

/** Provides the stack over a server, with a workspace that lives as long as the program. */
export const stacked =
  (server: { readonly baseUrl: string }, options: Partial<ImednetOptions> = {}, logs: Array<Logged> = []) =>
  <A, E, R>(program: Effect.Effect<A, E, R | Stack>): Effect.Effect<A, E, Exclude<R, Stack> | Scope.Scope> =>
    // What the layers give is taken out of what the program needs; TypeScript does not see through a generic Exclude.
    Effect.flatMap(folder, (workspace) =>
      program.pipe(Effect.provide([layerOf(server.baseUrl, workspace, options), keeping(logs)])),
    ) as Effect.Effect<A, E, Exclude<R, Stack> | Scope.Scope>

/** Keeps what is logged instead of printing it. */
export const keeping = (logs: Array<Logged>): Layer.Layer<never> =>
  Logger.layer([
    Logger.make(({ logLevel, message }) => {
      const parts: ReadonlyArray<unknown> = Array.isArray(message) ? message : [message]
      logs.push({
        level: logLevel,
        text: parts.map((part) => (typeof part === "string" ? part : JSON.stringify(part))).join(" "),
      })
    }),
  ])

/** Runs a pipeline over the stack. */
export const execute = <X extends Pipeline.Executable>(
  pipeline: X,
  options?: RunStudiesOptions<Pipeline.ParamsOf<X>, Pipeline.ValueOf<X>>,
) => Effect.flatMap(StudyOrchestrator, (orchestrator) => orchestrator.executePipeline(pipeline, options))

/** The number of subjects of the current study; the key is not named. */
export const count = Pipeline.definePipeline({
  name: "count",
  version: "1",
  resources: ["subjects"],
  run: () => Effect.flatMap(Imednet, (imednet) => Stream.runCount(imednet.subjects.list())),
})

/** The key that the pipeline is given. */
export const echo = Pipeline.definePipeline({
  name: "echo",
  version: "1",
  run: async (study: Pipeline.Study) => study.studyKey,
})

/** The outcome of a study. */
export const unitOf = (report: StudiesReport, id: string): Outcome => {
  const found = report.receipt.units.find((unit) => unit.id === id)
  if (found === undefined) throw new Error(`the report has no study ${id}`)
  return found
}

/** `A succeeded`, … in the order of the report. */
export const statuses = (report: StudiesReport): ReadonlyArray<string> =>
  report.receipt.units.map(({ id, status }) => `${id} ${status}`)

/** Requests for the subjects of a study. */
export const subjectsOf = (server: Scripted.ScriptedServer, key: string): ReadonlyArray<RequestLog.LoggedRequest> =>
  server.log.matching("GET", `/api/v1/edc/studies/${encodeURIComponent(key)}/subjects`)

/** Requests for subjects of any study, in order of arrival. */
export const allSubjects = (server: Scripted.ScriptedServer): ReadonlyArray<RequestLog.LoggedRequest> =>
  server.log.matching("GET", /\/subjects$/)

/** Waits until something outside is seen; fails the test after a bound that is only for hangs. */
export const until = (what: string, seen: () => boolean): Effect.Effect<void> =>
  Effect.gen(function* () {
    for (let i = 0; i < 6_000; i++) {
      if (seen()) return
      yield* Effect.sleep(5)
    }
    return yield* Effect.die(new Error(`never seen: ${what}`))
  })
