import { execFileSync } from "node:child_process"
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import type { Durable } from "@heddle/core/Durable"
import * as LedgerMemory from "@heddle/core/LedgerMemory"
import * as ReceiptFile from "@heddle/core/ReceiptFile"
import * as DurableNode from "@heddle/core/node/DurableNode"
import { describe, expect, it } from "@effect/vitest"
import { Deferred, Effect, Fiber, Layer } from "effect"
import { asyncBufferFromFile, parquetMetadataAsync, parquetReadObjects } from "hyparquet"
import { drift, extract } from "../src/BuiltIn.ts"
import * as SinkCsv from "../src/node/SinkCsv.ts"
import * as SinkJsonLines from "../src/node/SinkJsonLines.ts"
import * as SinkParquet from "../src/node/SinkParquet.ts"
import * as SinkSqlite from "../src/node/SinkSqlite.ts"
import type { Params } from "../src/pipelines/Extract.ts"
import type { Format, Sink } from "../src/Sink.ts"
import * as StudyMemory from "../src/StudyMemory.ts"
import { StudyOrchestrator } from "../src/StudyOrchestrator.ts"
import type { Item } from "../src/StudyScope.ts"
import { subjects, variable } from "./fixtures.ts"

const folder = Effect.acquireRelease(
  Effect.sync(() => mkdtempSync(join(tmpdir(), "heddle-studies-"))),
  (path) => Effect.sync(() => rmSync(path, { recursive: true, force: true })),
)

const sinks: { readonly [F in Format]: (root: string) => Layer.Layer<Sink, never, Durable> } = {
  csv: SinkCsv.layer,
  jsonl: SinkJsonLines.layer,
  parquet: SinkParquet.layer,
  sqlite: SinkSqlite.layer,
}
const formats: ReadonlyArray<Format> = ["csv", "jsonl", "parquet", "sqlite"]

type Data = { [studyKey: string]: { [R in keyof StudyMemory.StudyData]: ReadonlyArray<Item> } }

/** Runs `extract` over data that tests change between the runs, and says what was asked for. */
const setUp = (root: string, format: Format, data: Data, options: StudyMemory.MemoryOptions = {}) => {
  const requests: Array<StudyMemory.MemoryRequest> = []
  const run = (params: Partial<Params> = {}) =>
    Effect.gen(function* () {
      requests.length = 0
      const onRequest = (request: StudyMemory.MemoryRequest) => {
        requests.push(request)
        return options.onRequest?.(request) ?? Effect.void
      }
      const studies = StudyMemory.layer(data, { ...options, onRequest })
      return yield* Effect.gen(function* () {
        const orchestrator = yield* StudyOrchestrator
        return yield* orchestrator.executePipeline(extract, {
          params: { resources: ["subjects"], format, ...params },
        })
      }).pipe(
        Effect.provide([
          Layer.fresh(StudyOrchestrator.layer).pipe(Layer.provide(studies)),
          sinks[format](root).pipe(Layer.provide(DurableNode.layer)),
          Layer.fresh(LedgerMemory.layer()),
        ]),
      )
    })
  return { run, requests }
}

const python = (script: string, ...args: ReadonlyArray<string>): unknown =>
  JSON.parse(execFileSync("python3", ["-c", script, ...args], { encoding: "utf8" }))

const sha256sum = (path: string): string => execFileSync("sha256sum", [path], { encoding: "utf8" }).slice(0, 64)

const nasty = [
  '=HYPERLINK("x")',
  "+cmd",
  "-1",
  "@sum",
  "\tx",
  "'=x",
  'a"b,c\r\nd',
  "",
  " pad ",
  "-x",
  "研究 \u{1F9EC}",
  "+2.5",
]

const nastySubjects = subjects(nasty.length, (index) => ({
  siteName: nasty[index] ?? null,
  subjectId: index - 1,
  ...(index === 3 ? { subjectOid: "7", newField: { a: [1, null] } } : {}),
}))

const readTable = (root: string, format: Format, study = "A"): Effect.Effect<ReadonlyArray<Record<string, unknown>>> =>
  Effect.promise(async () => {
    switch (format) {
      case "csv":
        return python(
          `import csv,json,sys
with open(sys.argv[1], encoding="utf-8", newline="") as f: print(json.dumps(list(csv.DictReader(f, strict=True))))`,
          join(root, study, "subjects.csv"),
        ) as ReadonlyArray<Record<string, unknown>>
      case "jsonl":
        return python(
          `import json,sys
with open(sys.argv[1], encoding="utf-8", newline="\\n") as f: print(json.dumps([json.loads(l) for l in f.read().split("\\n")[:-1]]))`,
          join(root, study, "subjects.jsonl"),
        ) as ReadonlyArray<Record<string, unknown>>
      case "sqlite":
        return python(
          `import json,sqlite3,sys
db=sqlite3.connect(sys.argv[1]); db.row_factory=sqlite3.Row
assert db.execute("pragma integrity_check").fetchone()[0]=="ok"
print(json.dumps([dict(r) for r in db.execute("select * from subjects order by rowid")]))`,
          join(root, study, "study.sqlite"),
        ) as ReadonlyArray<Record<string, unknown>>
      case "parquet":
        return parquetReadObjects({ file: await asyncBufferFromFile(join(root, study, "subjects.parquet")) })
    }
  })

describe.each(formats)("extract as %s", (format) => {
  it.live("an outside program reads the rows, and sha256sum agrees with the receipt", () =>
    Effect.gen(function* () {
      const root = yield* folder
      const { run } = setUp(root, format, { A: { subjects: nastySubjects }, B: {} })
      const report = yield* run()
      expect(report.receipt.units.map((unit) => [unit.id, unit.status, unit.failure])).toEqual([
        ["A", "succeeded", undefined],
        ["B", "succeeded", undefined],
      ])
      const rows = yield* readTable(root, format)
      const guarded = nasty.map((text) => (/^(?:[=+@\t]|'=|-x)/.test(text) && text !== "+2.5" ? `'${text}` : text))
      expect(rows.map((row) => row["siteName"])).toEqual(format === "csv" ? guarded : nasty)
      expect(rows.map((row) => Number(row["subjectId"]))).toEqual(nasty.map((_, index) => index - 1))
      const extras = rows
        .map((row) => row["_extra"])
        .map((cell) => (typeof cell === "string" && cell !== "" ? JSON.parse(cell) : cell))
      const none = format === "csv" ? "" : null
      expect(extras[2]).toEqual(none)
      expect(extras[3]).toEqual({ newField: { a: [1, null] } })
      // An item of another study has none of these rows.
      expect((yield* readTable(root, format, "B")).length).toBe(0)
      const artifacts = report.receipt.artifacts
      expect(artifacts.map((artifact) => artifact.path).toSorted()).toHaveLength(4)
      for (const artifact of artifacts) {
        expect(sha256sum(join(root, artifact.path))).toBe(artifact.sha256)
        expect(readFileSync(join(root, artifact.path)).length).toBe(artifact.bytes)
      }
      expect(readdirSync(join(root, "A")).toSorted()).toEqual(
        ["extract.json", format === "sqlite" ? "study.sqlite" : `subjects.${format}`].toSorted(),
      )
      const table = report.receipt.units[0]?.value?.tables[0]
      expect(table).toMatchObject({
        mode: "full",
        read: 12,
        written: 12,
        rejected: 0,
        rows: 12,
        extraFields: { newField: 1 },
      })
    }),
  )

  it.live("changes since the watermark are put in by key, and the file is that of a full read", () =>
    Effect.gen(function* () {
      const root = yield* folder
      const data: Data = { A: { subjects: subjects(1_203) } }
      const { run, requests } = setUp(root, format, data)
      yield* run()
      data["A"] = {
        subjects: subjects(1_205, (index) => {
          if (index === 10) return { deleted: true, dateModified: "2026-03-01T00:00:00.000Z" }
          if (index === 700) return { siteName: "=moved", dateModified: "2026-03-02T00:00:00.000Z" }
          return index > 1_202
            ? { dateCreated: "2026-03-03T00:00:00.000Z", dateModified: "2026-03-03T00:00:00.000Z" }
            : {}
        }),
      }
      // The overlap of no time leaves the four changes and what has the watermark's own instant.
      const report = yield* run({ overlapMs: 0 })
      const table = report.receipt.units[0]?.value?.tables[0]
      expect(report.receipt.units[0]?.failure).toBeUndefined()
      expect(table).toMatchObject({ mode: "incremental", rows: 1_205, added: 2, watermark: "2026-03-03T00:00:00.000Z" })
      const incremental = yield* readTable(root, format)
      expect(incremental[10]).toMatchObject(format === "csv" ? { deleted: "true" } : { subjectKey: "01-011" })

      const again = yield* run({ overlapMs: 0 })
      expect(again.receipt.units[0]?.value?.tables[0]).toMatchObject({
        mode: "incremental",
        read: 2,
        added: 0,
        rows: 1_205,
      })
      expect(requests.filter((request) => request.kind === "page" && request.resource === "subjects")).toHaveLength(1)

      const whole = yield* folder
      const full = setUp(whole, format, data)
      yield* full.run()
      const file = format === "sqlite" ? "study.sqlite" : `subjects.${format}`
      expect(sha256sum(join(root, "A", file))).toBe(sha256sum(join(whole, "A", file)))
    }),
  )

  it.live("two runs over the same data write the same bytes", () =>
    Effect.gen(function* () {
      const one = yield* folder
      const two = yield* folder
      const data: Data = { A: { subjects: nastySubjects } }
      const a = yield* setUp(one, format, data).run()
      const b = yield* setUp(two, format, data, { pageSize: 3 }).run()
      const hashes = (report: typeof a) =>
        report.receipt.artifacts
          .filter((artifact) => !artifact.path.endsWith(".json"))
          .map((artifact) => artifact.sha256)
      expect(hashes(b)).toEqual(hashes(a))
    }),
  )

  it.live("a study that fails while it is read leaves the old files and the watermark as they were", () =>
    Effect.gen(function* () {
      const root = yield* folder
      const data: Data = { A: { subjects: subjects(7), sites: [] } }
      const { run } = setUp(root, format, data, { pageSize: 5 })
      yield* run({ resources: ["subjects", "sites"] })
      const before = readdirSync(join(root, "A")).map((name) => [name, sha256sum(join(root, "A", name))])
      // The last item has no key, so the whole study fails after its first page was written.
      data["A"] = { subjects: subjects(8, (index) => (index === 7 ? { subjectId: null } : {})), sites: [] }
      const report = yield* run({ resources: ["sites", "subjects"], full: true })
      expect(report.receipt.units[0]?.failure).toMatchObject({ tag: "RowsRejected" })
      expect(report.receipt.units[0]?.failure?.message).toContain("item 7: subjectId is missing")
      expect(readdirSync(join(root, "A")).map((name) => [name, sha256sum(join(root, "A", name))])).toEqual(before)
      const allowed = yield* run({ full: true, rowsRejectedMax: 1 })
      expect(allowed.receipt.units[0]?.value?.tables[0]).toMatchObject({ read: 8, written: 7, rejected: 1 })
    }),
  )

  it.live("tables that an extract does not renew stay, and are known to the next one", () =>
    Effect.gen(function* () {
      const root = yield* folder
      const { run } = setUp(root, format, { A: { subjects: subjects(3), variables: [variable(1)] } })
      yield* run({ resources: ["variables"] })
      yield* run({ resources: ["subjects"] })
      const manifest = JSON.parse(readFileSync(join(root, "A", "extract.json"), "utf8"))
      expect(Object.keys(manifest.tables)).toEqual(["subjects", "variables"])
      for (const entry of Object.values<{ path: string; sha256: string }>(manifest.tables)) {
        expect(sha256sum(join(root, entry.path))).toBe(entry.sha256)
      }
      const again = yield* run({ resources: ["variables"] })
      expect(again.receipt.units[0]?.value?.tables[0]).toMatchObject({ mode: "incremental", rows: 1, added: 0 })
    }),
  )

  it.live("drift names variables that were added, removed and changed since the last extract", () =>
    Effect.gen(function* () {
      const root = yield* folder
      const data: Data = { A: { variables: [variable(1), variable(2), variable(3)] } }
      const { run } = setUp(root, format, data)
      const compare = Effect.gen(function* () {
        const orchestrator = yield* StudyOrchestrator
        const report = yield* orchestrator.executePipeline(drift)
        const unit = report.receipt.units[0]
        if (unit?.value === undefined) throw new Error(unit?.failure?.message)
        return unit.value
      }).pipe(
        Effect.provide([
          Layer.fresh(StudyOrchestrator.layer).pipe(Layer.provide(Layer.suspend(() => StudyMemory.layer(data)))),
          sinks[format](root).pipe(Layer.provide(DurableNode.layer)),
          LedgerMemory.layer(),
        ]),
      )
      expect(yield* compare).toMatchObject({ baseline: null, variables: 3, text: "" })
      yield* run({ resources: ["variables"] })
      expect(yield* compare).toMatchObject({
        baseline: { variables: 3 },
        added: [],
        removed: [],
        changed: [],
        text: "",
      })
      data["A"] = {
        variables: [
          { ...variable(1), label: "New label", revision: 2 },
          { ...variable(2), deleted: true },
          variable(3),
          { ...variable(4), variableType: "RADIO" },
        ],
      }
      const found = yield* compare
      expect(found.added.map((entry) => entry.variableName)).toEqual(["VAR4"])
      expect(found.removed.map((entry) => entry.variableName)).toEqual(["VAR2"])
      expect(found.text.split("\n")).toEqual([
        '+ AE.VAR4 (RADIO) "Label 4"',
        '- AE.VAR2 (TEXT) "Label 2"',
        '~ AE.VAR1: label "Label 1" -> "New label"',
      ])
    }),
  )
})

describe("extract", () => {
  it.live("every doubt about the last extract leads to a full read that says why", () =>
    Effect.gen(function* () {
      const root = yield* folder
      const data: Data = { A: { subjects: subjects(4) } }
      const { run } = setUp(root, "csv", data)
      const reason = (params: Partial<Params> = {}) =>
        Effect.map(run(params), (report) => report.receipt.units[0]?.value?.tables[0]?.reason)
      expect(yield* reason()).toBe("there is no earlier extract")
      expect(yield* reason()).toBe("changes since 2025-12-31T23:00:00.000Z")
      expect(yield* reason({ full: true })).toBe("asked for")
      const file = join(root, "A", "subjects.csv")
      writeFileSync(file, readFileSync(file, "utf8").replace("01-002", "01-020"))
      expect(yield* reason()).toBe("its file was changed since the last extract")
      rmSync(file)
      expect(yield* reason()).toBe("its file is missing")
      // A row that vanished at the source is in no list of changes; the count shows it.
      data["A"] = { subjects: subjects(4).filter((_, index) => index !== 1) }
      expect(yield* reason()).toBe("with the changes there are 4 rows here and 3 there")
      expect(readFileSync(file, "utf8")).not.toContain("01-002")
      writeFileSync(join(root, "A", "extract.json"), "{")
      expect(yield* reason()).toBe("the manifest of the earlier extract is damaged")
    }),
  )

  it.live("the receipt of an extract is verified against its folder, and a change is found", () =>
    Effect.gen(function* () {
      const root = yield* folder
      const { receipt } = yield* setUp(root, "csv", { A: { subjects: subjects(2) } }).run()
      expect((yield* ReceiptFile.verify(receipt, root)).artifacts.map((artifact) => artifact.status)).toEqual([
        "same",
        "same",
      ])
      writeFileSync(join(root, "A", "subjects.csv"), "x")
      const verified = yield* ReceiptFile.verify(receipt, root)
      expect(
        verified.artifacts.filter((artifact) => artifact.status !== "same").map((artifact) => artifact.path),
      ).toEqual(["A/subjects.csv"])
    }).pipe(Effect.provide(DurableNode.layer)),
  )

  it.live("a watermark is never later than the reading began, whatever the source's clock says", () =>
    Effect.gen(function* () {
      const root = yield* folder
      const data: Data = { A: { subjects: subjects(1, () => ({ dateModified: "2999-01-01T00:00:00.000Z" })) } }
      const report = yield* setUp(root, "jsonl", data).run()
      const { watermark } = report.receipt.units[0]?.value?.tables[0] ?? { watermark: null }
      expect(watermark !== null && watermark < "2900").toBe(true)
    }),
  )

  it.live("an item that comes twice in the same form is written once; in two forms it fails the study", () =>
    Effect.gen(function* () {
      const root = yield* folder
      const [one, two] = subjects(2)
      if (one === undefined || two === undefined) throw new Error("no subjects")
      const data: Data = { A: { subjects: [one, two, two] } }
      const { run } = setUp(root, "csv", data, { pageSize: 2 })
      const same = yield* run()
      expect(same.receipt.units[0]?.value?.tables[0]).toMatchObject({ read: 3, written: 2, repeated: 1 })
      data["A"] = { subjects: [one, two, { ...two, siteName: "other" }] }
      const other = yield* run({ full: true })
      expect(other.receipt.units[0]?.failure).toMatchObject({ tag: "ChangedWhileReading", retryable: true })
    }),
  )

  it.live("an item that vanishes while pages are read fails the study: another one may have been skipped", () =>
    Effect.gen(function* () {
      const root = yield* folder
      const all = [...subjects(6)]
      const data: Data = { A: { subjects: all } }
      const { run } = setUp(root, "csv", data, {
        pageSize: 2,
        // After the first page its first item is gone, so that the third item of all moves to the first page.
        onRequest: ({ page, kind }) =>
          Effect.sync(() => {
            if (kind === "page" && page === 1 && all.length === 6) all.shift()
          }),
      })
      const report = yield* run()
      expect(report.receipt.units[0]?.failure).toMatchObject({ tag: "ChangedWhileReading", retryable: true })
      const again = yield* run()
      expect(again.receipt.units[0]?.value?.tables[0]).toMatchObject({ rows: 5 })
    }),
  )

  it.live("items that are added while pages are read do no harm", () =>
    Effect.gen(function* () {
      const root = yield* folder
      const all = [...subjects(4)]
      const { run } = setUp(
        root,
        "csv",
        { A: { subjects: all } },
        {
          pageSize: 2,
          onRequest: ({ page, kind }) =>
            Effect.sync(() => {
              if (kind === "page" && page === 1 && all.length === 4) all.push(...subjects(5).slice(4))
            }),
        },
      )
      expect((yield* run()).receipt.units[0]?.value?.tables[0]).toMatchObject({ mode: "full", rows: 5 })
    }),
  )

  it.live("text that is no Unicode is rejected by field name, and no value of it is told", () =>
    Effect.gen(function* () {
      const root = yield* folder
      const data: Data = { A: { subjects: subjects(1, () => ({ siteName: "secret \ud800" })) } }
      const report = yield* setUp(root, "csv", data).run()
      const failure = report.receipt.units[0]?.failure
      expect(failure?.message).toContain("item 0: siteName is not well-formed Unicode")
      expect(JSON.stringify(failure)).not.toContain("secret")
    }),
  )

  it.live("a value that does not fit its column is kept in _extra, never dropped or bent", () =>
    Effect.gen(function* () {
      const root = yield* folder
      const odd = { siteId: "7", deleted: "no", dateCreated: "yesterday", enrollmentStartDate: "2026-02-30T00:00:00Z" }
      const data: Data = { A: { subjects: subjects(1, () => odd) } }
      const report = yield* setUp(root, "jsonl", data).run()
      const [row] = yield* readTable(root, "jsonl")
      expect(row).toMatchObject({ siteId: null, deleted: null, dateCreated: null })
      expect(row?.["_extra"]).toMatchObject({ siteId: "7", deleted: "no", dateCreated: "yesterday" })
      expect(report.receipt.units[0]?.value?.tables[0]?.extraFields).toMatchObject({
        siteId: 1,
        deleted: 1,
        dateCreated: 1,
      })
    }),
  )

  it.live("one study that cannot be written fails alone", () =>
    Effect.gen(function* () {
      const root = yield* folder
      // A file stands where the folder of study B should be.
      writeFileSync(join(root, "B"), "")
      const report = yield* setUp(root, "csv", { A: { subjects: subjects(1) }, B: { subjects: subjects(1) } }).run()
      expect(report.receipt.units.map((unit) => unit.status)).toEqual(["succeeded", "failed"])
      expect(existsSync(join(root, "A", "subjects.csv"))).toBe(true)
    }),
  )

  it.live("another format in the same folder is refused before any request, and the old files stand", () =>
    Effect.gen(function* () {
      for (const from of formats) {
        const root = yield* folder
        const data: Data = { A: { subjects: subjects(2), sites: [] }, B: { subjects: subjects(1), sites: [] } }
        yield* setUp(root, from, data).run({ resources: ["subjects", "sites"] })
        const list = () => readdirSync(join(root, "A")).map((name) => [name, sha256sum(join(root, "A", name))])
        const before = list()
        for (const to of formats) {
          if (to === from) continue
          const { run, requests } = setUp(root, to, data)
          const unit = (yield* run()).receipt.units[0]
          const file = from === "sqlite" ? "A/study.sqlite" : `A/subjects.${from}`
          expect(unit?.failure).toMatchObject({ tag: "OtherFiles", retryable: false })
          expect(unit?.failure?.message).toContain(file)
          expect(unit?.failure?.message).toContain(`the earlier extract is ${from}`)
          expect(requests.filter((request) => request.studyKey !== undefined)).toEqual([])
          expect(list()).toEqual(before)
        }
        // The files that are in the way were moved: nothing is left that nobody names.
        for (const name of readdirSync(join(root, "A"))) if (name !== "extract.json") rmSync(join(root, "A", name))
        const to = from === "csv" ? "jsonl" : "csv"
        const moved = yield* setUp(root, to, data).run()
        expect(moved.receipt.units[0]?.status).toBe("succeeded")
        expect(readdirSync(join(root, "A")).toSorted()).toEqual(["extract.json", `subjects.${to}`])
      }
    }),
  )

  it.live("a file of data that no manifest names is refused; a file that no extract writes is nobody's business", () =>
    Effect.gen(function* () {
      const root = yield* folder
      const { run } = setUp(root, "csv", { A: { subjects: subjects(2), sites: [] } })
      yield* run({ resources: ["subjects", "sites"] })
      writeFileSync(join(root, "A", "notes.txt"), "mine")
      expect((yield* run()).receipt.units[0]?.status).toBe("succeeded")
      writeFileSync(join(root, "A", "extract.json"), "{")
      const refused = (yield* run()).receipt.units[0]?.failure
      expect(refused?.message).toContain("A/sites.csv")
      expect(refused?.message).not.toContain("notes.txt")
      expect(readFileSync(join(root, "A", "extract.json"), "utf8")).toBe("{")
      expect((yield* run({ resources: ["subjects", "sites"] })).receipt.units[0]?.status).toBe("succeeded")
    }),
  )

  it.live("a table that was removed by hand is no longer announced", () =>
    Effect.gen(function* () {
      const root = yield* folder
      const { run } = setUp(root, "csv", { A: { subjects: subjects(2), sites: [] } })
      yield* run({ resources: ["subjects", "sites"] })
      rmSync(join(root, "A", "sites.csv"))
      yield* run()
      expect(Object.keys(JSON.parse(readFileSync(join(root, "A", "extract.json"), "utf8")).tables)).toEqual([
        "subjects",
      ])
    }),
  )

  it.live("a database that was changed is not replaced by one without its other tables", () =>
    Effect.gen(function* () {
      const root = yield* folder
      const { run } = setUp(root, "sqlite", { A: { subjects: subjects(2), sites: [] } })
      yield* run({ resources: ["subjects", "sites"] })
      const file = join(root, "A", "study.sqlite")
      python(
        `import sqlite3,sys
db=sqlite3.connect(sys.argv[1]); db.execute("delete from subjects where rowid=1"); db.commit(); print("null")`,
        file,
      )
      const changed = sha256sum(file)
      expect((yield* run()).receipt.units[0]?.failure).toMatchObject({ tag: "OtherFiles" })
      expect(sha256sum(file)).toBe(changed)
      const whole = yield* run({ resources: ["subjects", "sites"] })
      expect(whole.receipt.units[0]?.value?.tables.map((table) => table.rows)).toEqual([2, 0])
    }),
  )

  it.live("an extract for another format than the sink's is refused", () =>
    Effect.gen(function* () {
      const root = yield* folder
      const report = yield* setUp(root, "csv", { A: {} }).run({ format: "parquet" })
      expect(report.receipt.units[0]?.failure).toMatchObject({ tag: "FormatMismatch", retryable: false })
      expect(readdirSync(root)).toEqual([])
    }),
  )

  it.live("an interrupted extract leaves no file of its own", () =>
    Effect.gen(function* () {
      const root = yield* folder
      for (const format of formats) {
        const reached = yield* Deferred.make<void>()
        const { run } = setUp(
          root,
          format,
          { A: { subjects: subjects(20) } },
          {
            pageSize: 10,
            onRequest: (request) =>
              request.page === 1 ? Effect.andThen(Deferred.succeed(reached, undefined), Effect.never) : Effect.void,
          },
        )
        const fiber = yield* Effect.forkChild(run())
        yield* Deferred.await(reached)
        yield* Fiber.interrupt(fiber)
        expect(existsSync(join(root, "A")) ? readdirSync(join(root, "A")) : []).toEqual([])
      }
    }),
  )

  it.live("Parquet is written in row groups, so that a table of any length needs the memory of one", () =>
    Effect.gen(function* () {
      const root = yield* folder
      yield* setUp(root, "parquet", { A: { subjects: subjects(12_001) } }).run()
      const file = yield* Effect.promise(() => asyncBufferFromFile(join(root, "A", "subjects.parquet")))
      const metadata = yield* Effect.promise(() => parquetMetadataAsync(file))
      expect(metadata.row_groups.map((group) => Number(group.num_rows))).toEqual([5_000, 5_000, 2_001])
      const rows = yield* Effect.promise(() => parquetReadObjects({ file, rowStart: 12_000, rowEnd: 12_001 }))
      expect(rows[0]).toMatchObject({ subjectKey: "01-12001", dateCreated: new Date("2026-01-01T00:00:00Z") })
    }),
  )
})
