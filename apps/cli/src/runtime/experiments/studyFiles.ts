/**
 * The files that stand in a study's folder now, as a receipt lists them.
 *
 * @layer app
 * @module
 */
import type { Artifact, Durable, DurableError } from "@heddle/core/Durable"
import { inspect } from "@heddle/experiments/ArtifactsCheck"
import * as Effect from "effect/Effect"
import { ownerOf } from "./studyExport.ts"

/** Those of the run; none where the folder is gone or holds another run's. */
export const filesOf = Effect.fn("studyFiles.filesOf")(function* (
  runId: string,
  folder: string | undefined,
): Effect.fn.Return<ReadonlyArray<Artifact>, DurableError, Durable> {
  if (folder === undefined) return []
  const owner = yield* ownerOf(folder)
  // Files of the compatibility mode do not say of which run they are.
  if (owner === undefined || (owner.runId !== undefined && owner.runId !== runId)) return []
  return (yield* inspect(folder)).artifacts
})
