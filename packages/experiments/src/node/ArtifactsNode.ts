/**
 * The files of a study in a folder of the real file system: the text files of every export, the database and the
 * columnar files where they are asked for.
 *
 * Two exports into one folder at the same time do not mix: each reads back what it wrote, and the one whose files were
 * replaced fails with `mismatch` instead of leaving its manifest behind.
 *
 * @layer adapter
 * @module
 */
import { Durable } from "@heddle/core/Durable"
import * as DurableNode from "@heddle/core/node/DurableNode"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import { Artifacts } from "../Artifacts.ts"
import * as ArtifactExport from "../internal/artifactExport.ts"
import * as StudyParquet from "./StudyParquet.ts"
import * as StudySqlite from "./StudySqlite.ts"

/** All forms over the `Durable` in force, whose paths must be those of the real file system. @category layers */
export const layerDurable: Layer.Layer<Artifacts, never, Durable> = Layer.effect(
  Artifacts,
  Effect.map(Durable, (durable) =>
    ArtifactExport.make(durable, [StudySqlite.form(durable), StudyParquet.form(durable)]),
  ),
)

/** All forms, on the real file system. @category layers */
export const layer: Layer.Layer<Artifacts> = layerDurable.pipe(Layer.provide(DurableNode.layer))
