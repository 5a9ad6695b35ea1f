import { assert, it } from "@effect/vitest"
import { Effect } from "effect"
import { mkdtempSync, rmSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { Ledger, ProcessIdentity } from "../src/Ledger.ts"
import * as Lease from "../src/Lease.ts"
import * as LedgerSqlite from "../src/node/LedgerSqlite.ts"

const folder = Effect.acquireRelease(
  Effect.sync(() => mkdtempSync(join(tmpdir(), "heddle-identity-"))),
  (path) => Effect.sync(() => rmSync(path, { recursive: true, force: true })),
)

it.live("the SQLite ledger alone names this process as the owner of a lease", () =>
  Effect.gen(function* () {
    const path = join(yield* folder, "ledger.sqlite")
    const owner = yield* Effect.scoped(Effect.map(Lease.hold("run:a"), (held) => held.record().owner)).pipe(
      Effect.provide(LedgerSqlite.layer({ path })),
    )
    assert.strictEqual(owner.pid, process.pid)
  }).pipe(Effect.scoped),
)

it.live("an identity that was provided before stays in force", () =>
  Effect.gen(function* () {
    const path = join(yield* folder, "ledger.sqlite")
    const owner = { host: "elsewhere", pid: 7, startedAtMs: 1, user: "somebody" }
    const seen = yield* Effect.map(Effect.andThen(Ledger, ProcessIdentity), (identity) => identity.owner).pipe(
      Effect.provide(LedgerSqlite.layer({ path })),
      Effect.provideService(ProcessIdentity, { owner, isGone: () => false }),
    )
    assert.deepStrictEqual(seen, owner)
  }).pipe(Effect.scoped),
)
