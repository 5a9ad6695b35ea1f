/**
 * The files of a study in a folder of the real file system: the text files of every export, the database and the
 * columnar files where they are asked for.
 *
 * Where the layer is built over a ledger, an export holds the lease of its folder: a second one of the same workspace is refused with the
 * name of the owner. Without it, or with another workspace, two exports into one folder at the same time are not kept
 * apart: each reads back what it wrote and fails with `mismatch` where it is not that, and `ArtifactsCheck` tells
 * afterwards whether the folder is whole.
 *
 * @layer adapter
 * @module
 */
import { Durable } from "@heddle/core/Durable"
import * as Lease from "@heddle/core/Lease"
import { Ledger } from "@heddle/core/Ledger"
import * as DurableNode from "@heddle/core/node/DurableNode"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Option from "effect/Option"
import { realpathSync } from "node:fs"
import { basename, dirname, join, resolve } from "node:path"
import { Artifacts } from "../Artifacts.ts"
import * as ArtifactExport from "../internal/artifactExport.ts"
import * as StudyParquet from "./StudyParquet.ts"
import * as StudySqlite from "./StudySqlite.ts"

/** Key of the lease of a folder: its real path, so that two names of one folder are one. @category leases */
export const leaseKey = (folder: string): string => {
  const below: Array<string> = []
  // A folder that the export is yet to make has the real path of the one above it.
  for (let at = resolve(folder); ; at = dirname(at)) {
    try {
      return `experiments:${join(realpathSync(at), ...below)}`
    } catch (error) {
      if (dirname(at) === at) throw error
      below.unshift(basename(at))
    }
  }
}

const exclusiveBy =
  (ledger: Ledger["Service"]): ArtifactExport.Exclusive =>
  (folder) =>
  (work) =>
    Effect.scoped(
      Effect.flatMap(Effect.provideService(Lease.hold(leaseKey(folder)), Ledger, ledger), (lease) =>
        Effect.raceFirst(work, lease.lost),
      ),
    )

/** All forms over the `Durable` in force, whose paths must be those of the real file system; with a lease where there is a ledger. @category layers */
export const layerDurable: Layer.Layer<Artifacts, never, Durable> = Layer.effect(
  Artifacts,
  Effect.gen(function* () {
    const durable = yield* Durable
    const ledger = yield* Effect.serviceOption(Ledger)
    const forms = [StudySqlite.form(durable), StudyParquet.form(durable)]
    return ArtifactExport.make(durable, forms, Option.isSome(ledger) ? exclusiveBy(ledger.value) : undefined)
  }),
)

/** All forms, on the real file system. @category layers */
export const layer: Layer.Layer<Artifacts> = layerDurable.pipe(Layer.provide(DurableNode.layer))
