import { assert, describe, it } from "@effect/vitest"
import { Effect, Exit, Fiber, Layer } from "effect"
import { execFileSync } from "node:child_process"
import * as fs from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { Durable, DurableError, type DurableShape, type Operation } from "../src/Durable.ts"
import * as DurableFaults from "../src/DurableFaults.ts"
import * as DurableFiles from "../src/DurableFiles.ts"
import * as DurableMemory from "../src/DurableMemory.ts"
import type { FileOpsShape } from "../src/FileOps.ts"
import * as DurableNode from "../src/node/DurableNode.ts"
import { handleOf } from "../src/node/internal/fileHandle.ts"

const path = "out/data.csv"
const oldText = "the old file, whole\n"
const newText = "the new file, a good deal longer than the old one\n"
const kinds = ["full", "permission", "missing", "exists", "busy", "short", "notAFile", "other"] as const

/** Writes in two chunks, as a stream would. */
const writeNew = (durable: DurableShape, to: string) =>
  Effect.scoped(
    Effect.gen(function* () {
      const file = yield* durable.create(to)
      yield* file.write(newText.slice(0, 10))
      yield* file.write(new TextEncoder().encode(newText.slice(10)))
      return yield* file.commit
    }),
  )

/** Every operation that a write does, found by doing one. */
const callsOfAWrite = Effect.gen(function* () {
  const memory = DurableMemory.make()
  const faulty = DurableFaults.make(memory.ops, [])
  yield* writeNew(DurableFiles.make(faulty.ops), path)
  return faulty.calls()
})

const temporaryIn = (names: Iterable<string>) => [...names].filter((name) => name.endsWith(".heddle-tmp"))

describe("Durable: the steps of a write", () => {
  it.effect("are these, in this order", () =>
    Effect.gen(function* () {
      const calls = yield* callsOfAWrite
      assert.deepStrictEqual(
        calls.map((call) => call.operation),
        ["makeFolder", "syncFolder", "open", "write", "write", "sync", "close", "stat", "rename", "syncFolder"],
      )
      const opened = calls.find((call) => call.operation === "open")?.path ?? ""
      assert.match(opened, /^out\/\.data\.csv\.[0-9a-f]{16}\.heddle-tmp$/)
    }),
  )

  it.effect("a fault at every one of them leaves the old file or the new one whole, and nothing else", () =>
    Effect.gen(function* () {
      let tried = 0
      for (const call of yield* callsOfAWrite) {
        for (const kind of kinds) {
          const memory = DurableMemory.make()
          memory.files.put("elsewhere/kept", "kept")
          if (call.operation !== "makeFolder" && !(call.operation === "syncFolder" && call.occurrence === 1)) {
            memory.files.put(path, oldText)
          }
          const before = memory.files.text(path)
          // Where the folder is there already, the first sync of a folder is the last step.
          const occurrence = call.operation === "syncFolder" && before !== undefined ? 1 : call.occurrence
          const faulty = DurableFaults.make(memory.ops, [{ operation: call.operation, occurrence, fault: kind }])
          const result = yield* Effect.result(writeNew(DurableFiles.make(faulty.ops), path))
          const label = `${call.operation} ${call.occurrence}: ${kind}`
          tried++
          if (call.operation === "open" && kind === "exists") {
            // A temporary name that is taken is no failure: another one is drawn.
            assert.strictEqual(result._tag, "Success", label)
            continue
          }
          assert.strictEqual(result._tag, "Failure", label)
          if (result._tag !== "Failure") continue
          const error = result.failure
          assert.instanceOf(error, DurableError)
          const silentlyShort = call.operation === "write" && kind === "short"
          assert.strictEqual(error.operation, silentlyShort ? "stat" : call.operation, label)
          assert.strictEqual(error.kind, kind, label)
          assert.include(error.message, error.path)
          assert.isTrue(error.path === path || error.path === "out" || error.path === "", `${label}: ${error.path}`)
          assert.isTrue(error.hints.length > 0)
          const after = memory.files.text(path)
          if (call.operation === "syncFolder" && call.occurrence === 2) assert.strictEqual(after, newText, label)
          else assert.strictEqual(after, before, label)
          assert.deepStrictEqual(temporaryIn(memory.files.files().keys()), [], label)
          assert.strictEqual(memory.files.text("elsewhere/kept"), "kept")
        }
      }
      assert.strictEqual(tried, 80)
    }),
  )

  it.effect("a death at every one of them leaves old or new whole, and sweep removes what is left", () =>
    Effect.gen(function* () {
      const left: Record<string, number> = {}
      for (const call of yield* callsOfAWrite) {
        for (const power of ["on", "kept", "lost"] as const) {
          const memory = DurableMemory.make()
          memory.files.put(path, oldText)
          const occurrence = call.operation === "syncFolder" ? 1 : call.occurrence
          const faulty = DurableFaults.make(memory.ops, [{ operation: call.operation, occurrence, fault: "cut" }])
          const exit = yield* Effect.exit(writeNew(DurableFiles.make(faulty.ops), path))
          const label = `cut at ${call.operation} ${call.occurrence}, power ${power}`
          assert.isTrue(Exit.isFailure(exit), label)
          if (power !== "on") memory.files.powerCut(power)
          const after = memory.files.text(path)
          assert.isTrue(after === oldText || after === newText, `${label}: ${JSON.stringify(after)}`)
          // The next process, with no faults.
          const durable = DurableFiles.make(memory.ops)
          left[call.operation] = Math.max(left[call.operation] ?? 0, temporaryIn(memory.files.files().keys()).length)
          const swept = yield* durable.sweep("out")
          assert.isTrue(swept.length <= 1, label)
          assert.deepStrictEqual([...memory.files.files().keys()], [path], label)
          assert.strictEqual((yield* writeNew(durable, path)).bytes, newText.length)
          assert.strictEqual(memory.files.text(path), newText)
        }
      }
      // The cut left something to sweep at each step between open and rename, so that the sweep was really tested.
      for (const operation of ["write", "sync", "close", "stat", "rename"]) assert.strictEqual(left[operation], 1)
    }),
  )

  it.effect("once it is committed, a power cut takes nothing, new folders included", () =>
    Effect.gen(function* () {
      for (const power of ["kept", "lost"] as const) {
        const memory = DurableMemory.make()
        yield* writeNew(DurableFiles.make(memory.ops), "a/b/c/data.csv")
        memory.files.powerCut(power)
        assert.strictEqual(memory.files.text("a/b/c/data.csv"), newText)
      }
    }),
  )

  it.effect("the check has teeth: without the sync before the rename a power cut leaves an empty file", () =>
    Effect.gen(function* () {
      const memory = DurableMemory.make()
      memory.files.put(path, oldText)
      const careless: FileOpsShape = {
        ...memory.ops,
        open: (at) => Effect.map(memory.ops.open(at), (handle) => ({ ...handle, sync: Effect.void })),
      }
      yield* writeNew(DurableFiles.make(careless), path)
      memory.files.powerCut("kept")
      assert.strictEqual(memory.files.text(path), "")
    }),
  )
})

describe("Durable: files", () => {
  it.effect("without a commit nothing appears and nothing is left, whether it ends well, fails or is interrupted", () =>
    Effect.gen(function* () {
      const durable = yield* Durable
      const memory = yield* DurableMemory.MemoryFiles
      const begin = Effect.flatMap(durable.create(path), (file) => file.write("half"))
      yield* Effect.scoped(begin)
      yield* Effect.exit(Effect.scoped(Effect.andThen(begin, Effect.fail("no"))))
      const fiber = yield* Effect.forkChild(Effect.scoped(Effect.andThen(begin, Effect.never)), {
        startImmediately: true,
      })
      assert.strictEqual(temporaryIn(memory.files().keys()).length, 1)
      // A file that this process is writing is not swept away.
      assert.deepStrictEqual(yield* durable.sweep("out"), [])
      yield* Fiber.interrupt(fiber)
      assert.deepStrictEqual([...memory.files().keys()], [])
    }).pipe(Effect.provide(DurableMemory.layer)),
  )

  it.effect("a file is committed once, and a failed write cannot be committed", () =>
    Effect.gen(function* () {
      const memory = DurableMemory.make()
      const durable = DurableFiles.make(
        DurableFaults.make(memory.ops, [{ operation: "write", occurrence: 3, fault: "full" }]).ops,
      )
      yield* Effect.scoped(
        Effect.gen(function* () {
          const file = yield* durable.create(path)
          yield* file.write(oldText)
          yield* file.commit
          assert.strictEqual((yield* Effect.flip(file.commit)).kind, "other")
          assert.strictEqual((yield* Effect.flip(file.write("more"))).kind, "other")
          const second = yield* durable.create(path)
          yield* second.write("one")
          assert.strictEqual((yield* Effect.flip(second.write("two"))).kind, "full")
          assert.strictEqual((yield* Effect.flip(second.commit)).kind, "other")
        }),
      )
      assert.deepStrictEqual([...memory.files.files().keys()], [path])
      assert.strictEqual(memory.files.text(path), oldText)
    }),
  )

  it.effect("sweep removes our temporary names only", () =>
    Effect.gen(function* () {
      const durable = yield* Durable
      const memory = yield* DurableMemory.MemoryFiles
      const ours = ".a.csv.0123456789abcdef.heddle-tmp"
      const others = ["a.csv", ".hidden", "a.heddle-tmp", ".a.csv.0123456789ABCDEF.heddle-tmp", ".a.csv.tmp"]
      for (const name of [ours, ...others]) memory.put(`out/${name}`, name)
      memory.put(`out/below/${ours}`, "in a folder below")
      assert.deepStrictEqual(yield* durable.sweep("out"), [ours])
      assert.strictEqual(memory.files().size, others.length + 1)
      assert.deepStrictEqual(yield* durable.sweep("nowhere"), [])
    }).pipe(Effect.provide(DurableMemory.layer)),
  )

  it.effect("a layer of faults reaches code that only knows Durable", () =>
    Effect.gen(function* () {
      const durable = yield* Durable
      const error = yield* Effect.flip(durable.writeFile(path, newText))
      assert.strictEqual(error.kind, "full")
      assert.strictEqual(error.operation, "sync")
      assert.deepStrictEqual(error.hints, ["free some space and run it again: df -h out"])
    }).pipe(
      Effect.provide(
        DurableFaults.layer([{ operation: "sync", occurrence: 1, fault: "full" }]).pipe(
          Layer.provide(DurableMemory.layerOps),
        ),
      ),
    ),
  )

  it("hints can be pasted, whatever the path", () => {
    const error = new DurableError({ operation: "read", path: "my data/it's here", kind: "missing", problem: "gone" })
    assert.deepStrictEqual(error.hints, ["check the path: ls -l 'my data'"])
    const other = new DurableError({ operation: "read", path: "-it's", kind: "other", problem: "odd" })
    assert.deepStrictEqual(other.hints, ["ls -ld './-it'\\''s'"])
  })
})

const inFolder = <A, E, R>(use: (folder: string) => Effect.Effect<A, E, R>) =>
  Effect.acquireUseRelease(
    Effect.sync(() => fs.mkdtempSync(join(tmpdir(), "heddle durable "))),
    use,
    (folder) => Effect.sync(() => fs.rmSync(folder, { recursive: true, force: true })),
  )

describe("Durable on a real file system", () => {
  it.live("writes, replaces, reads, hashes as sha256sum does, and removes", () =>
    inFolder((folder) =>
      Effect.gen(function* () {
        const durable = yield* Durable
        const names = ["data.csv", "Größe 測定.txt", "x".repeat(255), "sub/deep/file"]
        for (const name of names) {
          const at = join(folder, name)
          yield* durable.writeFile(at, oldText)
          const artifact = yield* writeNew(durable, at)
          assert.strictEqual(fs.readFileSync(at, "utf8"), newText)
          assert.strictEqual(artifact.bytes, fs.statSync(at).size)
          assert.deepStrictEqual(yield* durable.hashFile(at), artifact)
          const accepted = execFileSync("sha256sum", ["-c", "-"], {
            cwd: folder,
            input: `${artifact.sha256}  ${name}\n`,
            encoding: "utf8",
          })
          assert.include(accepted, "OK")
          assert.strictEqual(new TextDecoder().decode(yield* durable.readFile(at)), newText)
        }
        const large = new Uint8Array(3 * 1024 * 1024 + 17).map((_, i) => i % 251)
        const artifact = yield* durable.writeFile(join(folder, "large"), large)
        assert.isTrue(
          execFileSync("sha256sum", [join(folder, "large")], { encoding: "utf8" }).startsWith(artifact.sha256),
        )
        assert.deepStrictEqual(yield* durable.readFile(join(folder, "large")), large)
        assert.isTrue(yield* durable.exists(join(folder, "large")))
        yield* durable.remove(join(folder, "large"))
        yield* durable.remove(join(folder, "large"))
        assert.isFalse(yield* durable.exists(join(folder, "large")))
        assert.deepStrictEqual(temporaryIn(fs.readdirSync(folder)), [])
      }).pipe(Effect.provide(DurableNode.layer)),
    ),
  )

  it.live("a fault or a death at every step: old or new whole, on disk", () =>
    inFolder((folder) =>
      Effect.gen(function* () {
        const at = join(folder, "data.csv")
        const steps: ReadonlyArray<readonly [Operation, number]> = [
          ["makeFolder", 1],
          ["open", 1],
          ["write", 1],
          ["write", 2],
          ["sync", 1],
          ["close", 1],
          ["stat", 1],
          ["rename", 1],
          ["syncFolder", 1],
        ]
        for (const [operation, occurrence] of steps) {
          for (const fault of ["full", "short", "cut"] as const) {
            fs.writeFileSync(at, oldText)
            const faulty = DurableFaults.make(DurableNode.ops, [{ operation, occurrence, fault }])
            const exit = yield* Effect.exit(writeNew(DurableFiles.make(faulty.ops), at))
            assert.isTrue(Exit.isFailure(exit), `${operation} ${fault}`)
            assert.strictEqual(fs.readFileSync(at, "utf8"), operation === "syncFolder" ? newText : oldText)
            const durable = DurableFiles.make(DurableNode.ops)
            const swept = yield* durable.sweep(folder)
            if (fault !== "cut") assert.deepStrictEqual(swept, [], `${operation} ${fault}`)
            assert.deepStrictEqual(fs.readdirSync(folder), ["data.csv"])
          }
        }
      }),
    ),
  )

  it.live("a full device is reported as full, with the command that shows the space", () =>
    inFolder((folder) =>
      Effect.gen(function* () {
        // /dev/full answers every write with ENOSPC; the temporary file is put on it, and the rest is the real thing.
        const ops: FileOpsShape = {
          ...DurableNode.ops,
          open: (at) =>
            Effect.gen(function* () {
              const mine = yield* DurableNode.ops.open(at)
              const device = yield* Effect.promise(() => fs.promises.open("/dev/full", "r+"))
              const close = Effect.andThen(
                mine.close,
                Effect.promise(() => device.close()),
              )
              return { ...mine, write: handleOf(at, device).write, close }
            }),
        }
        const at = join(folder, "data.csv")
        fs.writeFileSync(at, oldText)
        const error = yield* Effect.flip(writeNew(DurableFiles.make(ops), at))
        assert.strictEqual(error.kind, "full")
        assert.strictEqual(error.operation, "write")
        assert.strictEqual(error.path, at)
        assert.strictEqual(error.exitCode, 5)
        assert.include(error.hints[0], "df -h")
        assert.deepStrictEqual(fs.readdirSync(folder), ["data.csv"])
        assert.strictEqual(fs.readFileSync(at, "utf8"), oldText)
      }),
    ),
  )

  it.live("errors of the system keep their kind", () =>
    inFolder((folder) =>
      Effect.gen(function* () {
        const durable = yield* Durable
        assert.strictEqual((yield* Effect.flip(durable.readFile(join(folder, "none")))).kind, "missing")
        assert.strictEqual((yield* Effect.flip(durable.hashFile(folder))).kind, "notAFile")
        fs.mkdirSync(join(folder, "taken"))
        const onFolder = yield* Effect.flip(durable.writeFile(join(folder, "taken"), "x"))
        assert.strictEqual(onFolder.kind, "notAFile")
        assert.strictEqual(onFolder.operation, "rename")
        fs.writeFileSync(join(folder, "file"), "x")
        const under = yield* Effect.flip(durable.writeFile(join(folder, "file", "below"), "x"))
        assert.isTrue(under.kind === "notAFile" || under.kind === "exists", under.kind)
        const pipe = join(folder, "pipe")
        execFileSync("mkfifo", [pipe])
        assert.strictEqual((yield* Effect.flip(durable.readFile(pipe))).kind, "notAFile")
        // /proc refuses new files to everybody, also to root.
        const refused = yield* Effect.flip(durable.writeFile("/proc/heddle-test", "x"))
        assert.isTrue(refused.kind === "missing" || refused.kind === "permission", refused.kind)
        assert.deepStrictEqual(temporaryIn(fs.readdirSync(folder)), [])
      }).pipe(Effect.provide(DurableNode.layer)),
    ),
  )

  it.live("many writers of one name: the file is one of theirs, whole", () =>
    inFolder((folder) =>
      Effect.gen(function* () {
        const durable = yield* Durable
        const at = join(folder, "data.csv")
        const texts = Array.from({ length: 20 }, (_, i) => `${i}`.repeat(10_000 + i))
        yield* Effect.forEach(texts, (text) => durable.writeFile(at, text), { concurrency: "unbounded" })
        assert.include(texts, fs.readFileSync(at, "utf8"))
        assert.deepStrictEqual(fs.readdirSync(folder), ["data.csv"])
      }).pipe(Effect.provide(DurableNode.layer)),
    ),
  )

  it.effect("memory and disk answer with the same operations for the same calls", () =>
    inFolder((folder) =>
      Effect.gen(function* () {
        const script = (ops: FileOpsShape, root: string) =>
          Effect.gen(function* () {
            const faulty = DurableFaults.make(ops, [])
            const durable = DurableFiles.make(faulty.ops)
            const at = ops.join(ops.join(root, "sub"), "data.csv")
            const results: Array<unknown> = []
            const steps: ReadonlyArray<Effect.Effect<unknown, DurableError>> = [
              durable.readFile(at),
              durable.writeFile(at, oldText),
              durable.writeFile(at, newText),
              Effect.map(durable.hashFile(at), ({ bytes, sha256 }) => ({ bytes, sha256 })),
              durable.exists(at),
              durable.hashFile(ops.join(root, "sub")),
              durable.remove(at),
              durable.exists(at),
              durable.sweep(ops.join(root, "sub")),
            ]
            for (const effect of steps) {
              const result = yield* Effect.result(effect)
              results.push(
                result._tag === "Failure"
                  ? { operation: result.failure.operation, kind: result.failure.kind }
                  : typeof result.success === "object" && result.success !== null && "sha256" in result.success
                    ? result.success.sha256
                    : result.success,
              )
            }
            return { results, operations: faulty.calls().map((call) => call.operation) }
          })
        assert.deepStrictEqual(yield* script(DurableMemory.make().ops, ""), yield* script(DurableNode.ops, folder))
      }),
    ),
  )
})
