import { assert, describe, it } from "@effect/vitest"
import { Effect, Stream } from "effect"
import { execFileSync } from "node:child_process"
import * as fs from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { Durable, DurableError } from "../src/Durable.ts"
import * as DurableFaults from "../src/DurableFaults.ts"
import * as DurableFiles from "../src/DurableFiles.ts"
import * as DurableMemory from "../src/DurableMemory.ts"
import * as DurableNode from "../src/node/DurableNode.ts"
import { emptyCounts, type Outcome } from "../src/Outcome.ts"
import type { Receipt } from "../src/Receipt.ts"
import * as ReceiptFile from "../src/ReceiptFile.ts"

const times = { queuedMs: 0, runMs: 12, limitWaitMs: 0, retryWaitMs: 0 }
const alpha: Outcome = { id: "ALPHA", label: "ALPHA", status: "succeeded", value: 2, attempts: 1, ...times }
const beta: Outcome = {
  id: "BETA",
  label: "BETA",
  status: "failed",
  failure: { kind: "error", tag: "Forbidden", message: "not allowed", retryable: false },
  attempts: 3,
  ...times,
  runMs: 65_000,
}
const receipt: Receipt = {
  type: "receipt",
  schemaVersion: 1,
  runId: "run-1",
  kind: "studies",
  planHash: `sha256:${"0".repeat(64)}`,
  startedAt: "2026-01-01T00:00:00.000Z",
  endedAt: "2026-01-01T00:00:01.000Z",
  status: "partial",
  counts: { ...emptyCounts(2), succeeded: 1, failed: 1 },
  units: [alpha, beta],
  artifacts: [],
  environment: { heddle: "0.1.0" },
  seed: "run-1",
  sessions: 1,
  durability: "normal",
  placement: "fibers",
  concurrency: 4,
}

const inFolder = <A, E, R>(use: (folder: string) => Effect.Effect<A, E, R>) =>
  Effect.acquireUseRelease(
    Effect.sync(() => fs.mkdtempSync(join(tmpdir(), "heddle-receipt-"))),
    use,
    (folder) => Effect.sync(() => fs.rmSync(folder, { recursive: true, force: true })),
  )

describe("ReceiptFile: writing and reading", () => {
  it.effect("a receipt is one JSON document with a unit per line, and comes back equal", () =>
    Effect.gen(function* () {
      const memory = yield* DurableMemory.MemoryFiles
      yield* ReceiptFile.write("receipts/run-1.json", receipt)
      const text = memory.text("receipts/run-1.json") ?? ""
      assert.deepStrictEqual(JSON.parse(text), receipt)
      const lines = text.split("\n")
      assert.deepStrictEqual(JSON.parse((lines[1] ?? "").replace(/,$/, "")), alpha)
      assert.deepStrictEqual(JSON.parse(lines[2] ?? ""), beta)
      assert.isTrue(text.startsWith('{"type":"receipt","schemaVersion":1,"runId":"run-1"'))
      assert.deepStrictEqual(yield* ReceiptFile.read("receipts/run-1.json"), receipt)
    }).pipe(Effect.provide(DurableMemory.layer)),
  )

  it.effect("units come from a stream where one is given, also none at all", () =>
    Effect.gen(function* () {
      yield* ReceiptFile.write("a.json", { ...receipt, units: [] }, Stream.fromIterable([alpha, beta]))
      assert.deepStrictEqual(yield* ReceiptFile.read("a.json"), receipt)
      yield* ReceiptFile.write("b.json", receipt, Stream.empty)
      assert.deepStrictEqual((yield* ReceiptFile.read("b.json")).units, [])
    }).pipe(Effect.provide(DurableMemory.layer)),
  )

  it.effect("a stream that fails in the middle leaves the receipt that was there", () =>
    Effect.gen(function* () {
      const memory = yield* DurableMemory.MemoryFiles
      memory.put("run.json", "the old one")
      const units = Stream.concat(Stream.fromIterable([alpha]), Stream.fail("ledger gone"))
      assert.strictEqual(yield* Effect.flip(ReceiptFile.write("run.json", receipt, units)), "ledger gone")
      assert.deepStrictEqual([...memory.files().keys()], ["run.json"])
      assert.strictEqual(memory.text("run.json"), "the old one")
    }).pipe(Effect.provide(DurableMemory.layer)),
  )

  it.effect("a number that JSON cannot hold is an error that names it, never a null in the file", () =>
    Effect.gen(function* () {
      const memory = yield* DurableMemory.MemoryFiles
      const units: ReadonlyArray<Outcome> = [alpha, { ...alpha, id: "GAMMA", value: { mean: Number.NaN } }]
      const error = yield* Effect.flip(ReceiptFile.write("run.json", { ...receipt, units }))
      assert.instanceOf(error, ReceiptFile.ReceiptError)
      assert.include(error.message, "GAMMA")
      assert.include(error.message, "value.mean")
      assert.strictEqual(memory.files().size, 0)
    }).pipe(Effect.provide(DurableMemory.layer)),
  )

  it.live("100,000 units are written in chunks, none of which grows with their number", () =>
    Effect.gen(function* () {
      let largest = 0
      let bytes = 0
      const memory = DurableMemory.make()
      const durable = DurableFiles.make({
        ...memory.ops,
        open: (path) =>
          Effect.map(memory.ops.open(path), (handle) => ({
            ...handle,
            write: (chunk: Uint8Array) => {
              largest = Math.max(largest, chunk.length)
              bytes += chunk.length
              return Effect.void
            },
          })),
        stat: () => Effect.sync(() => ({ bytes, isFile: true })),
      })
      const units = Stream.map(Stream.range(1, 100_000), (i): Outcome => ({ ...alpha, id: `U${i}` }))
      const artifact = yield* ReceiptFile.write("run.json", receipt, units).pipe(
        Effect.provideService(Durable, durable),
      )
      assert.strictEqual(artifact.bytes, bytes)
      assert.isTrue(bytes > 10_000_000)
      assert.isTrue(largest < 70_000, `${largest}`)
    }),
  )

  it.effect("what is no receipt is refused with a clear error", () =>
    Effect.gen(function* () {
      const memory = yield* DurableMemory.MemoryFiles
      const whole = JSON.stringify(receipt)
      for (const [content, tag] of [
        ["", "NotJson"],
        [whole.slice(0, -40), "NotJson"],
        [new Uint8Array([0x7b, 0xff, 0x7d]), "NotJson"],
        ["[]", "NotReceipt"],
        ["null", "NotReceipt"],
        [whole.replace('"planned":2', '"planned":"two"'), "NotReceipt"],
        [whole.replace('"schemaVersion":1', '"schemaVersion":2'), "TooNew"],
      ] as const) {
        memory.put("run.json", content)
        const error = yield* Effect.flip(ReceiptFile.read("run.json"))
        assert.instanceOf(error, ReceiptFile.ReceiptError)
        if (error instanceof ReceiptFile.ReceiptError) {
          assert.strictEqual(error.reason._tag, tag, String(content))
          assert.include(error.message, "run.json")
          assert.strictEqual(error.exitCode, 2)
        }
      }
      const missing = yield* Effect.flip(ReceiptFile.read("none.json"))
      assert.instanceOf(missing, DurableError)
    }).pipe(Effect.provide(DurableMemory.layer)),
  )
})

describe("ReceiptFile: verifying", () => {
  const artifact = (path: string, sha256: string, bytes: number) => ({ path, sha256, bytes })

  it.live("reads back: same, differs (also at equal length), missing, unreadable, refused", () =>
    inFolder((folder) =>
      Effect.gen(function* () {
        // Hashes from sha256sum, not from us.
        const sumOf = (name: string) =>
          execFileSync("sha256sum", ["--", name], { cwd: folder, encoding: "utf8" }).slice(0, 64)
        fs.mkdirSync(join(folder, "out", "sub"), { recursive: true })
        for (const name of ["same.csv", "flipped.csv", "shorter.csv", "gone.csv", "sub/deep.csv"]) {
          fs.writeFileSync(join(folder, "out", name), `content of ${name}`)
        }
        fs.writeFileSync(join(folder, "secret"), "outside")
        const artifacts = [
          ...["same.csv", "flipped.csv", "shorter.csv", "gone.csv", "sub/deep.csv"].map((name) =>
            artifact(name, sumOf(`out/${name}`), `content of ${name}`.length),
          ),
          artifact("sub", "0".repeat(64), 0),
          artifact("../secret", sumOf("secret"), 7),
          artifact(join(folder, "secret"), sumOf("secret"), 7),
          artifact("sub/../../secret", sumOf("secret"), 7),
        ]
        fs.writeFileSync(join(folder, "out/flipped.csv"), "Content of flipped.csv")
        fs.writeFileSync(join(folder, "out/shorter.csv"), "content")
        fs.rmSync(join(folder, "out/gone.csv"))
        const report = yield* ReceiptFile.verify({ ...receipt, artifacts }, join(folder, "out"))
        assert.deepStrictEqual(
          report.artifacts.map(({ status }) => status),
          ["same", "differs", "differs", "missing", "same", "unreadable", "refused", "refused", "refused"],
        )
        assert.isFalse(report.ok)
        assert.strictEqual(report.same, 2)
        const error = yield* Effect.flip(ReceiptFile.verifyOrFail({ ...receipt, artifacts }, `${folder}/out/`))
        assert.strictEqual(error.exitCode, 12)
        assert.include(error.message, "7 of 9")
        assert.include(error.message, "gone.csv missing")
        const good = yield* ReceiptFile.verifyOrFail({ ...receipt, artifacts: artifacts.slice(0, 1) }, `${folder}/out`)
        assert.isTrue(good.ok)
      }).pipe(Effect.provide(DurableNode.layer)),
    ),
  )

  it.effect("a file that cannot be read is unreadable, never the same", () =>
    Effect.gen(function* () {
      const memory = DurableMemory.make()
      memory.files.put("out/a", "abc")
      const durable = DurableFiles.make(
        DurableFaults.make(memory.ops, [{ operation: "read", occurrence: 1, fault: "permission" }]).ops,
      )
      // SHA-256 of "abc" from FIPS 180-4, appendix.
      const abc = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"
      const one = { ...receipt, artifacts: [artifact("a", abc, 3)] }
      const verify = ReceiptFile.verify(one, "out").pipe(Effect.provideService(Durable, durable))
      assert.strictEqual((yield* verify).artifacts[0]?.status, "unreadable")
      assert.strictEqual((yield* verify).artifacts[0]?.status, "same")
    }),
  )

  it.live("sha256sum -c accepts the list, whatever the names, and finds a change", () =>
    inFolder((folder) =>
      Effect.gen(function* () {
        const durable = yield* Durable
        const names = [
          "plain.csv",
          "two words",
          "back\\slash",
          "line\nend",
          "Größe.csv",
          " lead",
          "-",
          "--help",
          "*star",
        ]
        const artifacts = yield* Effect.forEach(names, (name) =>
          Effect.map(durable.writeFile(join(folder, `./${name}`), `content ${name}`), (written) => ({
            ...written,
            path: name,
          })),
        )
        const list = ReceiptFile.sha256sums({ ...receipt, artifacts })
        fs.writeFileSync(join(folder, "SHA256SUMS"), list)
        const run = () => execFileSync("sha256sum", ["--strict", "-c", "SHA256SUMS"], { cwd: folder, encoding: "utf8" })
        assert.strictEqual(run().match(/: OK$/gm)?.length, names.length)
        fs.appendFileSync(join(folder, "line\nend"), "x")
        assert.throws(() => execFileSync("sha256sum", ["-c", "SHA256SUMS"], { cwd: folder, stdio: "pipe" }))
        assert.isTrue((yield* ReceiptFile.verify({ ...receipt, artifacts }, folder)).same === names.length - 1)
      }).pipe(Effect.provide(DurableNode.layer)),
    ),
  )
})

describe("ReceiptFile: text", () => {
  it("the outcome table is in plan order and aligned", () => {
    const notStarted: Outcome = {
      id: "C",
      label: "試験",
      status: "notStarted",
      reason: "the run was stopped",
      attempts: 0,
      ...times,
    }
    assert.strictEqual(
      ReceiptFile.table({ ...receipt, units: [beta, alpha, notStarted] }),
      [
        "unit   status      tries    run time  message",
        "BETA   failed          3  1 min 05 s  not allowed",
        "ALPHA  succeeded       1       0.0 s",
        "試験   notStarted      0              the run was stopped",
        "",
      ].join("\n"),
    )
  })

  it("control characters cannot forge a line, and a width is kept", () => {
    const hostile: Outcome = { ...beta, label: "x\u001b[2J\nALPHA  succeeded", status: "failed" }
    const text = ReceiptFile.table({ ...receipt, units: [hostile] }, { columnsMax: 100 })
    assert.strictEqual(text.split("\n").length, 3)
    assert.notInclude(text, "\u001b")
    const long: Outcome = { ...beta, failure: { ...beta.failure!, message: "字".repeat(500) } }
    for (const line of ReceiptFile.table({ ...receipt, units: [long] }, { columnsMax: 80 }).split("\n")) {
      // Each 字 takes two columns.
      assert.isTrue(line.length + (line.match(/字/g)?.length ?? 0) <= 80)
    }
  })

  it("the retry hint names the command, with --retry-failed where a failure is final", () => {
    assert.strictEqual(ReceiptFile.retryHint(receipt), "heddle studies resume run-1 --retry-failed")
    const retryable: Outcome = { ...beta, failure: { ...beta.failure!, retryable: true } }
    assert.strictEqual(ReceiptFile.retryHint({ ...receipt, units: [retryable] }), "heddle studies resume run-1")
    const done = { ...receipt, counts: { ...emptyCounts(2), succeeded: 1, reused: 1 } }
    assert.strictEqual(ReceiptFile.retryHint(done), undefined)
    assert.strictEqual(ReceiptFile.retryHint({ ...receipt, kind: "mine" }), "heddle runs show run-1")
  })
})
