/** Selection: what the registry gives, what the filters leave of it, and in which order it is reported. */
import { readdirSync, readFileSync } from "node:fs"
import { join } from "node:path"
import { assert, describe, it } from "@effect/vitest"
import { extract } from "@heddle/studies/BuiltIn"
import * as FileName from "@heddle/studies/FileName"
import * as SinkJsonLines from "@heddle/studies/node/SinkJsonLines"
import * as Pipeline from "@heddle/studies/Pipeline"
import * as StudiesReport from "@heddle/studies/StudiesReport"
import { Effect } from "effect"
import { RequestLog, Scripted } from "../../src/testing/index.ts"
import { allSubjects, count, execute, folder, type Logged, stacked, statuses, subjectsOf } from "./stack.ts"

const { REG, scripted, STUDIES, STUDY, SUBJ, SUBJECTS } = Scripted

describe("acceptance A1-A9", () => {
  it.live("A1 happy path: four requests with the exact address and headers, values in registry order, exit 0", () =>
    Effect.gen(function* () {
      const server = yield* scripted({
        [STUDIES]: REG("ALPHA", "BETA", "GAMMA"),
        [SUBJECTS("ALPHA")]: SUBJ("ALPHA", 2),
        [SUBJECTS("BETA")]: SUBJ("BETA", 0),
        [SUBJECTS("GAMMA")]: SUBJ("GAMMA", 1),
      })
      const report = yield* stacked(server)(execute(count))
      const requests = server.log.all()
      assert.strictEqual(requests.length, 4)
      assert.strictEqual(`${requests[0]?.method} ${requests[0]?.path}`, "GET /api/v1/edc/studies")
      for (const request of requests) {
        // No filter: the study is in the path.
        assert.deepStrictEqual(
          request.query.map((pair) => pair.join("=")).toSorted(),
          ["page=0", "size=500"],
          request.path,
        )
        assert.deepInclude(request.headers, {
          accept: "application/json",
          "content-type": "application/json",
          "x-api-key": "KEY-1234",
          "x-imn-security-key": "SEC-5678",
        })
      }
      assert.deepStrictEqual(
        report.receipt.units.map(({ id, status, value, attempts }) => ({ id, status, value, attempts })),
        [
          { id: "ALPHA", status: "succeeded", value: 2, attempts: 1 },
          { id: "BETA", status: "succeeded", value: 0, attempts: 1 },
          { id: "GAMMA", status: "succeeded", value: 1, attempts: 1 },
        ],
      )
      assert.strictEqual(StudiesReport.exitCode(report), 0)
      // The same in the words of the Python SDK.
      assert.deepStrictEqual(
        [...report.results].map(([key, { status, data, error }]) => [key, status, data, error]),
        [
          ["ALPHA", "SUCCESS", 2, null],
          ["BETA", "SUCCESS", 0, null],
          ["GAMMA", "SUCCESS", 1, null],
        ],
      )
      for (const { duration_seconds } of report.results.values()) assert.isAbove(duration_seconds, -1)
    }).pipe(Effect.scoped),
  )

  it.live("A2 order is selection order: C ends first and is reported last, three run at a time", () =>
    Effect.gen(function* () {
      const server = yield* scripted({ [STUDIES]: REG("A", "B", "C") })
      const sleeps: Readonly<Record<string, number>> = { A: 300, B: 200, C: 100 }
      const ended: Array<string> = []
      let running = 0
      let most = 0
      const sleepy = Pipeline.definePipeline({
        name: "sleepy",
        version: "1",
        run: async (study: Pipeline.Study) => {
          most = Math.max(most, ++running)
          await new Promise((resolve) => setTimeout(resolve, sleeps[study.studyKey]))
          running -= 1
          ended.push(study.studyKey)
          return study.studyKey
        },
      })
      const report = yield* stacked(server)(execute(sleepy, { concurrency: 3 }))
      assert.deepStrictEqual(statuses(report), ["A succeeded", "B succeeded", "C succeeded"])
      assert.deepStrictEqual([...report.results.keys()], ["A", "B", "C"])
      assert.strictEqual(most, 3)
      assert.strictEqual(ended.at(-1), "A")
      const wallMs = Date.parse(report.receipt.endedAt) - Date.parse(report.receipt.startedAt)
      assert.isAtLeast(wallMs, 299)
      assert.isBelow(wallMs, 400 * 3)
    }).pipe(Effect.scoped),
  )

  it.live("A3 both filters are refused with both sets, exit 2, and nothing was requested", () =>
    Effect.gen(function* () {
      const server = yield* scripted({ [STUDIES]: REG("A", "B"), [SUBJECTS("*")]: SUBJ("A", 1) })
      const error = yield* Effect.flip(stacked(server)(execute(count, { include: ["A"], exclude: ["B"] })))
      assert.strictEqual(error._tag, "OrchestratorError")
      assert.deepInclude(error, { exitCode: 2, reason: { _tag: "FilterConflict", include: ["A"], exclude: ["B"] } })
      assert.include(error.message, '"A"')
      assert.include(error.message, '"B"')
      assert.strictEqual(server.log.count(), 0)
    }).pipe(Effect.scoped),
  )

  it.live("A4 unknown and case-different keys are listed and warned of; with strict no study is asked, exit 2", () =>
    Effect.gen(function* () {
      const server = yield* scripted({ [STUDIES]: REG("A", "B"), [SUBJECTS("A")]: SUBJ("A", 1) })
      const logs: Array<Logged> = []
      const include = ["A", "NOPE", "b"]
      const report = yield* stacked(server, {}, logs)(execute(count, { include }))
      assert.deepStrictEqual(statuses(report), ["A succeeded"])
      assert.deepStrictEqual(report.selection.unknown, ["NOPE", "b"])
      assert.deepStrictEqual(report.selection.nearest, { b: "B" })
      assert.strictEqual(StudiesReport.exitCode(report), 0)
      const warned = logs.filter(({ level }) => level === "Warn").map(({ text }) => text)
      assert.strictEqual(warned.length, 2)
      assert.match(warned[0] ?? "", /"NOPE"/)
      assert.match(warned[1] ?? "", /"b".*"B"/)
      server.log.clear()
      const error = yield* Effect.flip(stacked(server)(execute(count, { include, strict: true })))
      assert.deepInclude(error, {
        exitCode: 2,
        reason: { _tag: "UnknownStudies", unknown: ["NOPE", "b"], nearest: { b: "B" } },
      })
      assert.strictEqual(allSubjects(server).length, 0)
      assert.isAtMost(server.log.count(), 1)
    }).pipe(Effect.scoped),
  )

  it.live("A5 an empty allow-list runs nothing: at most one request, exit 10, or 0 where that is allowed", () =>
    Effect.gen(function* () {
      const server = yield* scripted({ [STUDIES]: REG("A", "B"), [SUBJECTS("*")]: SUBJ("A", 1) })
      const report = yield* stacked(server)(execute(count, { include: [] }))
      assert.deepStrictEqual(report.receipt.units, [])
      assert.deepStrictEqual(report.selection.selected, [])
      assert.isAtMost(server.log.count(), 1)
      assert.strictEqual(allSubjects(server).length, 0)
      assert.strictEqual(StudiesReport.exitCode(report), 10)
      assert.strictEqual(StudiesReport.exitCode(report, { allowEmpty: true }), 0)
    }).pipe(Effect.scoped),
  )

  it.live("A6 an empty registry is an empty report after one request, exit 10, or 0 where that is allowed", () =>
    Effect.gen(function* () {
      const server = yield* scripted({ [STUDIES]: REG() })
      assert.deepInclude(REG().pagination, { totalPages: 0, totalElements: 0 })
      const report = yield* stacked(server)(execute(count))
      assert.deepStrictEqual(report.receipt.units, [])
      assert.strictEqual(report.results.size, 0)
      assert.strictEqual(server.log.count(), 1)
      assert.strictEqual(StudiesReport.exitCode(report), 10)
      assert.strictEqual(StudiesReport.exitCode(report, { allowEmpty: true }), 0)
    }).pipe(Effect.scoped),
  )

  it.live("A7 a key on the same page or on two pages runs once and is counted", () =>
    Effect.gen(function* () {
      const registryOf =
        (pages: ReadonlyArray<ReadonlyArray<string>>): Scripted.Script =>
        (request) => {
          const page = Number(RequestLog.parameter(request, "page"))
          const data = (pages[page] ?? []).map((key) => STUDY(key, key.charCodeAt(0) - 64))
          return {
            ...REG(),
            pagination: { currentPage: page, size: 500, totalPages: pages.length, totalElements: 4, sort: [] },
            data,
          }
        }
      for (const [pages, listings] of [
        [
          [
            ["A", "B"],
            ["A", "C"],
          ],
          2,
        ],
        [[["A", "B", "A", "C"]], 1],
      ] as const) {
        const server = yield* scripted({
          [STUDIES]: registryOf(pages),
          [SUBJECTS("*")]: SUBJ("A", 1),
        })
        const report = yield* stacked(server)(execute(count))
        assert.deepStrictEqual(report.selection.selected, ["A", "B", "C"])
        assert.deepStrictEqual(report.selection.duplicates, [{ studyKey: "A", count: 2 }])
        assert.deepStrictEqual(statuses(report), ["A succeeded", "B succeeded", "C succeeded"])
        assert.strictEqual(server.log.matching("GET", "/api/v1/edc/studies").length, listings)
        for (const key of ["A", "B", "C"]) assert.strictEqual(subjectsOf(server, key).length, 1, key)
      }
    }).pipe(Effect.scoped),
  )

  it.live("A8 malformed entries are rejected with index and reason, the others run, exit 3 unless tolerated", () =>
    Effect.gen(function* () {
      const data = [
        { studyKey: "A", studyId: 1 },
        { studyName: "x" },
        { studyKey: null },
        { studyKey: "" },
        { studyKey: "  " },
        { studyKey: 123, studyId: "7" },
        "junk",
      ]
      const server = yield* scripted({
        [STUDIES]: { ...REG(), pagination: { ...REG().pagination, totalPages: 1, totalElements: 7 }, data },
        [SUBJECTS("A")]: SUBJ("A", 1),
        [SUBJECTS("123")]: SUBJ("123", 2),
      })
      const report = yield* stacked(server)(execute(count))
      assert.deepStrictEqual(statuses(report), ["A succeeded", "123 succeeded"])
      assert.deepStrictEqual(
        report.selection.rejected.map(({ index }) => index),
        [1, 2, 3, 4, 6],
      )
      for (const { reason } of report.selection.rejected) {
        assert.isAbove(reason.length, 5)
        assert.notInclude(reason, "junk")
      }
      assert.strictEqual(server.log.count(), 3)
      assert.strictEqual(StudiesReport.exitCode(report), 3)
      assert.strictEqual(StudiesReport.exitCode(report, { tolerateRejects: true }), 0)
    }).pipe(Effect.scoped),
  )

  it.live("A9 hostile keys are one encoded part of the path each, '..' is refused, and file names stay apart", () =>
    Effect.gen(function* () {
      const keys = ["Ünïcødé 研究", "A/B", "..", "A?b=1", "A#x", "A%2FB", "a b", '"q"']
      const server = yield* scripted({ [STUDIES]: REG(...keys), [SUBJECTS("*")]: SUBJ("any", 1) })
      const report = yield* stacked(server)(execute(count, { concurrency: 1 }))
      const raw = [
        "%C3%9Cn%C3%AFc%C3%B8d%C3%A9%20%E7%A0%94%E7%A9%B6",
        "A%2FB",
        "A%3Fb%3D1",
        "A%23x",
        "A%252FB",
        "a%20b",
        "%22q%22",
      ].map((segment) => `/api/v1/edc/studies/${segment}/subjects`)
      assert.deepStrictEqual(
        server.log.all().map(({ path }) => path),
        ["/api/v1/edc/studies", ...raw],
      )
      assert.deepStrictEqual(report.receipt.counts.succeeded, 7)
      assert.deepStrictEqual(
        report.selection.rejected.map(({ index }) => index),
        [2],
      )
      // And what a run writes for them: one folder each, beside each other, with the key in its rows.
      const out = yield* folder
      const written = yield* stacked(server)(
        execute(extract, { params: { resources: ["subjects"], format: "jsonl" } }).pipe(
          Effect.provide(SinkJsonLines.layer(out)),
        ),
      )
      assert.strictEqual(written.receipt.counts.succeeded, 7)
      const folders = readdirSync(out)
      assert.strictEqual(folders.length, 7)
      assert.strictEqual(new Set(folders.map((name) => name.toLowerCase())).size, 7)
      assert.sameMembers(folders, keys.filter((key) => key !== "..").map(FileName.ofStudy))
      for (const name of folders) {
        assert.notMatch(name, /[/\\]/)
        assert.strictEqual(
          readFileSync(join(out, name, "subjects.jsonl"), "utf8")
            .trimEnd()
            .split("\n").length,
          1,
        )
      }
      assert.isTrue(
        server.log.all().every(({ path }) => path === "/api/v1/edc/studies" || raw.includes(path)),
        "no request outside of that shape",
      )
    }).pipe(Effect.scoped),
  )
})
