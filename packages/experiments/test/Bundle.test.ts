import { assert, describe, it } from "@effect/vitest"
import * as DurableNode from "@heddle/core/node/DurableNode"
import * as Bundle from "@heddle/experiments/Bundle"
import * as StudyBundle from "@heddle/experiments/node/StudyBundle"
import { Effect } from "effect"
import { execFileSync } from "node:child_process"
import { existsSync, mkdirSync, readFileSync, symlinkSync, utimesSync, writeFileSync } from "node:fs"
import { join } from "node:path"
import { exportOf, filesBelow, run, temporary } from "./artifactHarness.ts"

const bundle = (folder: string, options?: StudyBundle.BundleOptions) =>
  Effect.provide(StudyBundle.bundle(folder, options), DurableNode.layer)

describe("a bundle", () => {
  it.effect("tar lists and unpacks it, and every file comes out as it went in", () =>
    Effect.gen(function* () {
      const root = yield* temporary
      const folder = join(root, "study.v1")
      yield* run(exportOf("small_study", folder, { compatibility: true }))
      const { artifact, files } = yield* bundle(folder)
      assert.strictEqual(artifact.path, join(root, "study.v1.tar.gz"))
      const names = filesBelow(folder)
      assert.strictEqual(files, names.length)
      const listed = execFileSync("tar", ["-tzf", artifact.path], { encoding: "utf8" }).trim().split("\n")
      assert.deepStrictEqual(
        listed.filter((name) => !name.endsWith("/")).sort(),
        names.map((name) => `study.v1/${name}`),
      )
      assert.strictEqual(listed[0], "study.v1/")
      const out = join(root, "out")
      mkdirSync(out)
      execFileSync("tar", ["-xzf", artifact.path, "-C", out])
      for (const name of names) {
        assert.isTrue(readFileSync(join(out, "study.v1", name)).equals(readFileSync(join(folder, name))), name)
      }
      const sum = execFileSync("sha256sum", [artifact.path], { encoding: "utf8" }).slice(0, 64)
      assert.strictEqual(artifact.sha256, sum)
    }),
  )

  it.effect("the same files are the same bytes, whatever their times", () =>
    Effect.gen(function* () {
      const root = yield* temporary
      const folder = join(root, "study")
      yield* run(exportOf("small_study", folder))
      const first = yield* bundle(folder, { target: join(root, "a.tar.gz") })
      for (const name of filesBelow(folder)) utimesSync(join(folder, name), 1, 1)
      const second = yield* bundle(folder, { target: join(root, "b.tar.gz") })
      assert.strictEqual(second.artifact.sha256, first.artifact.sha256)
    }),
  )

  it.effect("long names and names beyond ASCII come out whole", () =>
    Effect.gen(function* () {
      const root = yield* temporary
      const folder = join(root, "study")
      const names = [
        "x".repeat(100),
        "y".repeat(250),
        `${"d".repeat(120)}/${"e".repeat(120)}/f.csv`,
        "Größe-ß-日本.csv",
      ]
      mkdirSync(join(folder, "d".repeat(120), "e".repeat(120)), { recursive: true })
      for (const name of names) writeFileSync(join(folder, name), name)
      const { artifact } = yield* bundle(folder)
      const out = join(root, "out")
      mkdirSync(out)
      execFileSync("tar", ["-xzf", artifact.path, "-C", out], { env: { ...process.env, LC_ALL: "C.UTF-8" } })
      for (const name of names) assert.strictEqual(readFileSync(join(out, "study", name), "utf8"), name)
    }),
  )

  it.effect("a link is refused by name, and nothing is left behind", () =>
    Effect.gen(function* () {
      const root = yield* temporary
      const folder = join(root, "study")
      mkdirSync(folder)
      symlinkSync("/etc/hostname", join(folder, "innocent.csv"))
      const error = yield* Effect.flip(bundle(folder))
      assert.include(error.message, "innocent.csv")
      assert.deepStrictEqual(filesBelow(root), [])
    }),
  )

  it.effect("a file that is there is not overwritten unless asked, and no bundle lies in its own folder", () =>
    Effect.gen(function* () {
      const root = yield* temporary
      const folder = join(root, "study")
      yield* run(exportOf("empty_study", folder))
      yield* bundle(folder)
      const error = yield* Effect.flip(bundle(folder))
      assert.strictEqual(error._tag === "ArtifactsError" ? error.reason : error._tag, "foreign")
      yield* bundle(folder, { overwrite: true })
      yield* Effect.flip(bundle(folder, { target: join(folder, "inside.tar.gz") }))
      assert.isFalse(existsSync(join(folder, "inside.tar.gz")))
    }),
  )

  it("is named after the whole name of the folder; the predecessor's name is known", () => {
    assert.strictEqual(Bundle.bundleName("study.v1"), "study.v1.tar.gz")
    // Python: Path("study.v1").with_suffix(".tar.gz")
    assert.strictEqual(Bundle.compatibleBundleName("study.v1"), "study.tar.gz")
    assert.strictEqual(Bundle.compatibleBundleName("study"), "study.tar.gz")
    assert.strictEqual(Bundle.compatibleBundleName(".hidden"), ".hidden.tar.gz")
  })
})
