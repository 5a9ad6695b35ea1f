import { assert, describe, it } from "@effect/vitest"
import * as LedgerMemory from "@heddle/core/LedgerMemory"
import * as DurableNode from "@heddle/core/node/DurableNode"
import { Artifacts } from "@heddle/experiments/Artifacts"
import * as ArtifactsCheck from "@heddle/experiments/ArtifactsCheck"
import * as ArtifactsNode from "@heddle/experiments/node/ArtifactsNode"
import { Deferred, Effect, Fiber, Layer, Stream } from "effect"
import { spawn } from "node:child_process"
import { once } from "node:events"
import { existsSync, mkdirSync, symlinkSync, writeFileSync } from "node:fs"
import { join } from "node:path"
import { fileURLToPath } from "node:url"
import { golden } from "./artifactFixtures.ts"
import { exportOf, filesBelow, run, temporary } from "./artifactHarness.ts"

const child = fileURLToPath(new URL("artifactChild.ts", import.meta.url))

describe("an export that is killed", () => {
  it.live(
    "with SIGKILL leaves a whole folder or one without a manifest, and the next export removes what is left",
    () =>
      Effect.gen(function* () {
        const folder = yield* temporary
        for (let kill = 0; kill < 5; kill++) {
          yield* Effect.promise(async () => {
            const running = spawn(process.execPath, [child, folder], { stdio: ["ignore", "pipe", "inherit"] })
            // One export is whole by then and the next is somewhere on its way.
            for (let lines = 0; lines <= kill; lines++) await once(running.stdout, "data")
            running.kill("SIGKILL")
            await once(running, "exit")
          })
          if (existsSync(join(folder, "manifest.json"))) {
            const report = yield* Effect.provide(ArtifactsCheck.inspect(folder), DurableNode.layer)
            assert.deepStrictEqual(report.problems, [])
          }
        }
        const artifacts = yield* Artifacts
        const written = yield* artifacts.export(exportOf("small_study", folder, { includeSqlite: true }))
        assert.deepStrictEqual(filesBelow(folder), written.map(({ path }) => path).sort())
        const report = yield* Effect.provide(ArtifactsCheck.inspect(folder), DurableNode.layer)
        assert.deepStrictEqual(report.problems, [])
      }).pipe(Effect.provide(ArtifactsNode.layer)),
  )

  it.effect("temporary files of a process that is gone are removed, other files of the folder stay", () =>
    Effect.gen(function* () {
      const folder = yield* temporary
      writeFileSync(join(folder, ".runs.csv.0123456789abcdef.heddle-tmp"), "half")
      // No process has this number: it is above what any kernel gives.
      writeFileSync(join(folder, ".study.sqlite.999999999-1.building"), "half")
      writeFileSync(join(folder, "notes.txt"), "mine")
      const written = yield* run(exportOf("small_study", folder, { includeSqlite: true }))
      assert.deepStrictEqual(filesBelow(folder), [...written.map(({ path }) => path), "notes.txt"].sort())
    }),
  )
})

describe("two exports into one folder", () => {
  it.live(
    "over one ledger the second is refused with the owner while the first one writes, whatever the folder is called",
    () =>
      Effect.gen(function* () {
        const root = yield* temporary
        mkdirSync(join(root, "study"))
        symlinkSync(join(root, "study"), join(root, "alias"))
        const begun = yield* Deferred.make<void>()
        const goOn = yield* Deferred.make<void>()
        const artifacts = yield* Artifacts
        const records = Stream.fromEffect(
          Effect.andThen(Deferred.succeed(begun, undefined), Deferred.await(goOn)),
        ).pipe(Stream.flatMap(() => Stream.fromIterable(golden("small_study").records)))
        const first = yield* Effect.forkChild(
          artifacts.export(exportOf("small_study", join(root, "study"), { records })),
        )
        yield* Deferred.await(begun)
        const error = yield* Effect.flip(artifacts.export(exportOf("small_study", join(root, "alias"))))
        assert.strictEqual(error._tag, "LedgerError")
        assert.strictEqual(error.exitCode, 11)
        yield* Deferred.succeed(goOn, undefined)
        yield* Fiber.join(first)
        yield* artifacts.export(exportOf("small_study", join(root, "alias")))
      }).pipe(
        Effect.provide(ArtifactsNode.layerDurable.pipe(Layer.provide([DurableNode.layer, LedgerMemory.layer()]))),
      ),
  )

  it.effect("a folder that is not there yet has the key that it will have", () =>
    Effect.gen(function* () {
      const root = yield* temporary
      mkdirSync(join(root, "real"))
      symlinkSync(join(root, "real"), join(root, "alias"))
      const before = ArtifactsNode.leaseKey(join(root, "alias", "new", "study"))
      mkdirSync(join(root, "real", "new", "study"), { recursive: true })
      assert.strictEqual(ArtifactsNode.leaseKey(join(root, "real", "new", "study")), before)
    }),
  )
})
