/**
 * The workspace folder: `ledger.sqlite` and `receipts/<runId>.json`. Commands that only read make nothing.
 *
 * @layer adapter
 * @module
 */
import { closeSync, existsSync, openSync } from "node:fs"
import { join } from "node:path"
import type { Durable } from "@heddle/core/Durable"
import { ExitCode } from "@heddle/core/ExitCode"
import type { Ledger, LedgerError } from "@heddle/core/Ledger"
import * as DurableNode from "@heddle/core/node/DurableNode"
import * as Folders from "@heddle/core/node/Folders"
import * as LedgerSqlite from "@heddle/core/node/LedgerSqlite"
import * as ProcessIdentity from "@heddle/core/node/ProcessIdentity"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import { Cli } from "./Cli.ts"
import { CommandError } from "./CommandError.ts"

/** Path of the ledger of a workspace. */
export const ledgerPath = (workspace: string): string => join(workspace, "ledger.sqlite")

/** Path of the receipt of a run. */
export const receiptPath = (workspace: string, runId: string): string => join(workspace, "receipts", `${runId}.json`)

/** The ledger and durable files of a workspace; makes the folder. */
export const layerWorkspace = (workspace: string): Layer.Layer<Ledger | Durable, LedgerError | CommandError> =>
  Layer.unwrap(Effect.as(makeFolder(workspace), layerOpen(workspace, false)))

const layerOpen = (workspace: string, readOnly: boolean) =>
  Layer.mergeAll(LedgerSqlite.layer({ path: ledgerPath(workspace), readOnly }), DurableNode.layer).pipe(
    Layer.provideMerge(ProcessIdentity.layer),
  )

const makeFolder = (workspace: string): Effect.Effect<void, CommandError> =>
  Effect.try({
    try: () => {
      Folders.makeFolder(join(workspace, "receipts"))
      // SQLite itself never lets the group write, whatever the mask says; an empty file is a new ledger to it.
      closeSync(openSync(ledgerPath(workspace), "a", 0o666))
    },
    catch: (error) =>
      new CommandError({
        tag: "WorkspaceUnusable",
        problem: `the workspace ${workspace} cannot be made or written: ${error instanceof Error ? error.message : String(error)}`,
        hints: [`make it writable, or name another with --workspace: ls -ld ${workspace}`],
        code: ExitCode.unreachable,
      }),
  })

/** Runs an Effect with the ledger of the workspace, or `absent` where there is none; makes nothing. */
export const withExistingLedger = <A, E, R, A2, E2, R2>(
  effect: Effect.Effect<A, E, R>,
  absent: () => Effect.Effect<A2, E2, R2>,
  options: { readonly writes?: boolean } = {},
) =>
  Effect.gen(function* () {
    const { settings } = yield* Cli
    if (!existsSync(ledgerPath(settings.workspace))) return yield* absent()
    return yield* Effect.provide(
      effect,
      options.writes === true ? layerWorkspace(settings.workspace) : layerOpen(settings.workspace, true),
    )
  })
