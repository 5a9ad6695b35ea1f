/**
 * The ledger in one SQLite file, shared by the processes of a machine: the default of every command. Needs nothing but
 * Node. Readers go on while a writer writes (write-ahead log); each commit checks the writer's lease.
 *
 * @layer adapter
 * @module
 */
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import type * as Scope from "effect/Scope"
import { Ledger, type LedgerError, type LedgerShape, ProcessIdentity } from "../Ledger.ts"
import { makeLedger } from "./internal/sqliteLedger.ts"
import { make as thisProcess } from "./ProcessIdentity.ts"

/** Which file is the ledger, and how it is opened. @category models */
export interface LedgerSqliteOptions {
  /** The file; made where it is missing. Its folder must be there, on a disk of this machine. */
  readonly path: string
  /**
   * `normal` (the default) survives the death of the process; `full` syncs at each commit and survives a power cut, at
   * about a fifth of the speed.
   */
  readonly durability?: "normal" | "full"
  /**
   * Opens a file that is there for reading only; writes fail with `Storage`, kind `permission`. It does so also where this
   * account may write neither the file nor its folder, and then makes nothing there.
   */
  readonly readOnly?: boolean
}

/**
 * Opens the ledger file, makes it where it is missing, and brings an older one up to date. Fails with `Corrupt` where the
 * file is damaged or of another program (it is left as it is), with `TooNew` where a newer version wrote it, with
 * `Storage` where it cannot be opened.
 *
 * Files up to 64 MiB are checked whole at each open, larger ones after their writer was killed. Each event carries a
 * checksum that is checked when it is read, and a plan is checked against its hash.
 *
 * @category constructors
 */
export const make = (options: LedgerSqliteOptions): Effect.Effect<LedgerShape, LedgerError, Scope.Scope> =>
  makeLedger({ path: options.path, durability: options.durability ?? "normal", readOnly: options.readOnly ?? false })

/**
 * As {@link make}, as a layer, with the same errors; the file is closed with the layer's scope. It also says who this
 * process is (`ProcessIdentity`) unless that was provided, so that the lease of a killed process ends with it.
 *
 * @example
 * import * as LedgerSqlite from "@heddle/core/node/LedgerSqlite"
 *
 * const ledger = LedgerSqlite.layer({ path: ".heddle/ledger.sqlite" })
 *
 * @category layers
 */
export const layer = (options: LedgerSqliteOptions): Layer.Layer<Ledger, LedgerError> =>
  Layer.merge(Layer.effect(Ledger, make(options)), identity)

/** A lease must name its owner; where nobody has said who this process is, it says so itself. */
const identity: Layer.Layer<never> = Layer.effect(
  ProcessIdentity,
  Effect.map(ProcessIdentity, (known) => (known.owner.pid === 0 ? thisProcess() : known)),
)
