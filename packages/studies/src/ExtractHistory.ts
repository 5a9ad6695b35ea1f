/**
 * Which later extract replaced a file of an earlier one. Extracts into one folder renew each other's files and manifests,
 * so an earlier receipt no longer agrees with the folder, and that alone is no damage.
 *
 * A difference counts as a replacement only where the ledger has a later outcome that wrote exactly the bytes that are
 * there now. Any other change, an older file that was put back, and a file that is gone stay unexplained.
 *
 * @layer logic
 * @module
 */
import { Ledger, type LedgerError } from "@heddle/core/Ledger"
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import * as Schema from "effect/Schema"
import * as Stream from "effect/Stream"
import { extract, Params, Value } from "./pipelines/Extract.ts"

/** Later runs that are looked at, newest first; what only older ones explain stays unexplained. */
export const runsMax = 1_000

/** The run that wrote what is there now, and when (Unix time in milliseconds). @category models */
export interface Replacement {
  readonly runId: string
  readonly atMs: number
}

/** A file as it was found; `path` as the receipt has it. @category models */
export interface FoundFile {
  readonly path: string
  readonly sha256: string
}

const StoredPlan = Schema.Struct({ pipeline: Schema.Literal(extract.spec.name), params: Params })
const decodePlan = Schema.decodeUnknownOption(StoredPlan)
const decodeValue = Schema.decodeUnknownOption(Value)

/**
 * The later runs that explain files of `runId` which are not what its receipt says, by path; a file without an entry is
 * not explained. Empty where the run was no extract. Fails with `LedgerError`.
 *
 * @category reading
 */
export const replacements = Effect.fn("ExtractHistory.replacements")(function* (
  runId: string,
  files: ReadonlyArray<FoundFile>,
): Effect.fn.Return<ReadonlyMap<string, Replacement>, LedgerError, Ledger> {
  const found = new Map<string, Replacement>()
  const out = yield* folderOf(runId)
  if (files.length === 0 || out === undefined) return found
  const wanted = new Map(files.map((file) => [file.path, file.sha256]))
  const ownAtMs = new Map<string, number>()
  yield* eachFile(runId, (path, _sha256, atMs) => {
    if (wanted.has(path)) ownAtMs.set(path, atMs)
  })
  const ledger = yield* Ledger
  for (const run of yield* ledger.listRuns({ kind: "studies", limit: runsMax })) {
    if (found.size === wanted.size) break
    if (run.runId === runId || (yield* folderOf(run.runId)) !== out) continue
    yield* eachFile(run.runId, (path, sha256, atMs) => {
      const own = ownAtMs.get(path)
      if (own === undefined || atMs <= own || wanted.get(path) !== sha256) return
      if (atMs > (found.get(path)?.atMs ?? 0)) found.set(path, { runId: run.runId, atMs })
    })
  }
  return found
})

/** Where an extract wrote; `undefined` for any other run. */
const folderOf = Effect.fnUntraced(function* (
  runId: string,
): Effect.fn.Return<string | undefined, LedgerError, Ledger> {
  const plan = yield* Effect.flatMap(Ledger, (ledger) => ledger.getPlan(runId))
  return Option.getOrUndefined(decodePlan(plan.params))?.params.out
})

/** Every file that a run wrote, at the time at which that was recorded, in order. */
const eachFile = Effect.fnUntraced(function* (
  runId: string,
  take: (path: string, sha256: string, atMs: number) => void,
): Effect.fn.Return<void, LedgerError, Ledger> {
  const ledger = yield* Ledger
  yield* Stream.runForEach(ledger.events(runId), ({ atMs, event }) =>
    Effect.sync(() => {
      if (event.type !== "unitFinished") return
      const value = Option.getOrUndefined(decodeValue(event.outcome.value))
      for (const file of value?.files ?? []) take(file.path, file.sha256, atMs)
    }),
  )
})
