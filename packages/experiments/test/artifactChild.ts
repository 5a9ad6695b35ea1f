/** Exports the small study again and again into the folder that is given, until it is killed. */
import { Artifacts } from "@heddle/experiments/Artifacts"
import * as ArtifactsNode from "@heddle/experiments/node/ArtifactsNode"
import * as Effect from "effect/Effect"
import { exportOf } from "./artifactHarness.ts"

const folder = process.argv[2] ?? ""

await Effect.runPromise(
  Effect.gen(function* () {
    const artifacts = yield* Artifacts
    for (let round = 0; ; round++) {
      yield* artifacts.export(exportOf("small_study", folder, { includeSqlite: true, planHash: `sha256:${round}` }))
      process.stdout.write("exported\n")
    }
  }).pipe(Effect.provide(ArtifactsNode.layer)),
)
