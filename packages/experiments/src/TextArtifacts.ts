/**
 * The text files of a study over any durable files, for memory, pages and tests. The layer with all forms, on the real
 * file system, is `@heddle/experiments/node/ArtifactsNode`.
 *
 * @layer logic
 * @module
 */
import { Durable } from "@heddle/core/Durable"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import { Artifacts } from "./Artifacts.ts"
import * as ArtifactExport from "./internal/artifactExport.ts"

/** Text files only; an export that asks for a database or columnar files fails. @category layers */
export const layer: Layer.Layer<Artifacts, never, Durable> = Layer.effect(
  Artifacts,
  Effect.map(Durable, (durable) => ArtifactExport.make(durable, [])),
)
