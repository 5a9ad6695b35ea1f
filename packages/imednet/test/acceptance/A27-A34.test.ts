/** Context, secrets, writes, filters, transport, drift, events and the dry run, through pipelines over the whole stack. */
import { spawn } from "node:child_process"
import { readdirSync, readFileSync } from "node:fs"
import { join } from "node:path"
import { fileURLToPath } from "node:url"
import { assert, describe, it } from "@effect/vitest"
import { Ledger } from "@heddle/core/Ledger"
import { RunEvent } from "@heddle/core/RunEvent"
import * as CurrentStudy from "@heddle/studies/CurrentStudy"
import * as Pipeline from "@heddle/studies/Pipeline"
import { StudyError } from "@heddle/studies/StudyError"
import * as StudiesReport from "@heddle/studies/StudiesReport"
import { StudyOrchestrator } from "@heddle/studies/StudyOrchestrator"
import { Cause, Effect, Exit, Random, Result, Schema, Stream, Tracer } from "effect"
import * as Filter from "../../src/Filter.ts"
import { Imednet } from "../../src/Imednet.ts"
import type * as Write from "../../src/Write.ts"
import { RequestLog, Scripted, Wire } from "../../src/testing/index.ts"
import {
  allSubjects,
  count,
  execute,
  folder,
  keeping,
  layerOf,
  type Logged,
  stacked,
  statuses,
  subjectsOf,
  unitOf,
} from "./stack.ts"

const { LIST, PAGES, REG, reply, reset, scripted, stall, STUDIES, SUBJ, SUBJECTS } = Scripted

/** A pipeline that uses the client itself, for the study that is current. */
const using = <A, E, R>(
  name: string,
  run: (imednet: Imednet["Service"], study: Pipeline.LocalStudy) => Effect.Effect<A, E, R>,
) =>
  Pipeline.definePipeline({
    name,
    version: "1",
    run: (study) => Effect.flatMap(Imednet, (imednet) => run(imednet, study)),
  })

const spanMs = (requests: ReadonlyArray<RequestLog.LoggedRequest>): number =>
  (requests.at(-1)?.atMs ?? 0) - (requests[0]?.atMs ?? 0)

describe("acceptance A27-A34", () => {
  it.live("A27 (a) two hundred times three studies side by side: each reads its own key", () =>
    Effect.gen(function* () {
      const server = yield* scripted({ [STUDIES]: REG("A", "B", "C") })
      const ctx = Pipeline.definePipeline({
        name: "ctx",
        version: "1",
        run: () =>
          Effect.gen(function* () {
            yield* Effect.sleep(yield* Random.nextIntBetween(0, 4))
            return yield* CurrentStudy.resolve("ctx")
          }),
      })
      yield* stacked(server)(
        Effect.gen(function* () {
          for (let repetition = 0; repetition < 200; repetition++) {
            const report = yield* execute(ctx, { concurrency: 3 })
            assert.deepStrictEqual(
              report.receipt.units.map(({ id, value }) => [id, value]),
              [
                ["A", "A"],
                ["B", "B"],
                ["C", "C"],
              ],
            )
          }
        }),
      )
    }).pipe(Effect.scoped),
  )

  it.live("A27 (b) inside another study calls go there, and afterwards back", () =>
    Effect.gen(function* () {
      const server = yield* scripted({
        [STUDIES]: REG("A"),
        [SUBJECTS("A")]: SUBJ("A", 1),
        [SUBJECTS("B")]: SUBJ("B", 2),
      })
      const nested = using("nested", (imednet) => {
        const subjects = Stream.runCount(imednet.subjects.list())
        return Effect.all([subjects, CurrentStudy.provide("B")(subjects), subjects])
      })
      const report = yield* stacked(server)(execute(nested))
      assert.deepStrictEqual(unitOf(report, "A").value, [1, 2, 1])
      assert.deepStrictEqual(
        allSubjects(server).map(({ path }) => path.split("/")[5]),
        ["A", "B", "A"],
      )
    }).pipe(Effect.scoped),
  )

  it.live("A27 (c) inside a study the registry is listed whole and without a filter", () =>
    Effect.gen(function* () {
      const server = yield* scripted({ [STUDIES]: REG("A", "B") })
      const listing = using("listing", (imednet) => Stream.runCount(imednet.studies.list()))
      yield* stacked(server)(
        Effect.gen(function* () {
          assert.strictEqual(unitOf(yield* execute(listing, { include: ["A"] }), "A").value, 2)
          const orchestrator = yield* StudyOrchestrator
          const selection = yield* CurrentStudy.provide("A")(orchestrator.resolveStudies())
          assert.deepStrictEqual(selection.selected, ["A", "B"])
        }),
      )
      assert.strictEqual(server.log.count(), 3)
      for (const { search } of server.log.all()) assert.strictEqual(search, "page=0&size=500")
    }).pipe(Effect.scoped),
  )

  const job = (state: string, rest: object = {}) => ({ jobId: "J1", batchId: "B1", state, ...rest })
  const records = "/api/v1/edc/studies/A/records"
  const jobs = "/api/v1/edc/studies/A/jobs/B1"
  const items: ReadonlyArray<Write.RecordWrite> = [{ formKey: "REG", siteName: "Site 1", data: { textField: "x" } }]
  const sent = '[{"formKey":"REG","siteName":"Site 1","data":{"textField":"x"}}]'

  it.live("A27 (d) writes and job reads take the current study", () =>
    Effect.gen(function* () {
      const server = yield* scripted({
        [STUDIES]: REG("A"),
        [`POST ${records}`]: reply({ status: 202, json: job("created") }),
        [`GET ${jobs}`]: job("completed"),
      })
      const writing = using("writing", (imednet) =>
        Effect.andThen(
          imednet.records.create(items),
          Effect.map(imednet.jobs.get("B1"), ({ state }) => state),
        ),
      )
      const report = yield* stacked(server)(execute(writing))
      assert.strictEqual(unitOf(report, "A").value, "completed")
      assert.deepStrictEqual(
        server.log.all().map(({ method, path }) => `${method} ${path}`),
        ["GET /api/v1/edc/studies", `POST ${records}`, `GET ${jobs}`],
      )
    }).pipe(Effect.scoped),
  )

  it.live("A27 (e) outside of any study it is NoCurrentStudy, and nothing is requested", () =>
    Effect.gen(function* () {
      const server = yield* scripted({ [STUDIES]: REG("A") })
      yield* stacked(server)(
        Effect.gen(function* () {
          const imednet = yield* Imednet
          const errors = yield* Effect.all([
            Effect.flip(Stream.runDrain(imednet.subjects.list())),
            Effect.flip(imednet.records.create(items)),
            Effect.flip(imednet.jobs.get("B1")),
          ])
          for (const error of errors) assert.deepInclude(error, { _tag: "NoCurrentStudy", exitCode: 2 })
        }),
      )
      assert.strictEqual(server.log.count(), 0)
    }).pipe(Effect.scoped),
  )

  const leaks = (text: string) => /KEY-1234|SEC-5678/.test(text)
  const leaky = (): Scripted.Routes => ({
    [STUDIES]: REG("A", "B"),
    [SUBJECTS("B")]: ({ headers }) =>
      reply({
        status: 401,
        json: { message: `you sent ${headers["x-api-key"]} and ${headers["x-imn-security-key"]}` },
        headers: { "x-amzn-errortype": String(headers["x-api-key"]) },
      }),
  })
  /** Both keys as bytes are in no file of a folder. */
  const assertClean = (workspace: string) => {
    const files = readdirSync(workspace)
    assert.isAbove(files.length, 0)
    for (const name of files) assert.isFalse(leaks(readFileSync(join(workspace, name), "latin1")), name)
  }

  it.live("A28 keys in a pipeline's error and in the server's answer are in no stdout, stderr, report or ledger", () =>
    Effect.gen(function* () {
      const server = yield* scripted(leaky())
      const workspace = yield* folder
      const program = fileURLToPath(new URL("./fixtures/program.ts", import.meta.url))
      const result = yield* Effect.callback<{ code: number | null; stdout: string; stderr: string }>((resume) => {
        const child = spawn(process.execPath, [program, "leak", server.baseUrl, workspace])
        let [stdout, stderr] = ["", ""]
        child.stdout.setEncoding("utf8").on("data", (text: string) => (stdout += text))
        child.stderr.setEncoding("utf8").on("data", (text: string) => (stderr += text))
        child.on("close", (code) => resume(Effect.succeed({ code, stdout, stderr })))
        return Effect.sync(() => void child.kill("SIGKILL"))
      })
      assert.strictEqual(result.code, 3, result.stderr)
      // The server really had both, and header names may be told.
      assert.strictEqual(subjectsOf(server, "B")[0]?.headers["x-imn-security-key"], "SEC-5678")
      assert.include(result.stdout, "call failed: x-api-key: ")
      assert.include(result.stdout, "you sent ")
      assert.include(result.stderr, "call failed: x-api-key: ")
      assert.isFalse(leaks(result.stdout), "stdout")
      assert.isFalse(leaks(result.stderr), "stderr")
      assertClean(workspace)
    }).pipe(Effect.scoped),
  )

  it.live("A28 keys are in no span and no log either", () =>
    Effect.gen(function* () {
      const server = yield* scripted(leaky())
      const workspace = yield* folder
      const spans: Array<Tracer.Span> = []
      const tracer = Tracer.make({
        span: (options) => {
          const span = new Tracer.NativeSpan(options)
          spans.push(span)
          return span
        },
      })
      const text = 'call failed: x-api-key: KEY-1234, body {"security_key":"SEC-5678"}'
      const leak = using("leak", (imednet, study) =>
        Effect.gen(function* () {
          yield* Effect.logError(text)
          yield* Effect.annotateCurrentSpan("asked", text)
          if (study.studyKey === "A") throw new Error(text)
          return yield* Stream.runCount(imednet.subjects.list())
        }).pipe(Effect.withSpan("leak", { attributes: { text } })),
      )
      const logs: Array<Logged> = []
      const report = yield* execute(leak).pipe(
        Effect.provide([layerOf(server.baseUrl, workspace), keeping(logs)]),
        Effect.provideService(Tracer.Tracer, tracer),
      )
      assert.deepStrictEqual(statuses(report), ["A failed", "B failed"])
      assert.strictEqual(unitOf(report, "A").failure?.tag, "PipelineDefect")
      assert.strictEqual(unitOf(report, "B").failure?.tag, "Unauthorized")
      assert.isFalse(leaks(JSON.stringify([report, [...report.results]])), "report")
      assert.isTrue(logs.some((line) => line.text.includes("call failed: x-api-key: ")))
      assert.isFalse(leaks(JSON.stringify(logs)), "logs")
      assert.includeMembers(
        spans.map(({ name }) => name),
        ["unit", "leak", "imednet.attempt"],
      )
      for (const span of spans) {
        const ended =
          span.status._tag === "Ended" && Exit.isFailure(span.status.exit) ? Cause.pretty(span.status.exit.cause) : ""
        assert.isFalse(leaks(JSON.stringify([span.name, [...span.attributes]]) + ended), span.name)
      }
      assertClean(workspace)
    }).pipe(Effect.scoped),
  )

  const accepted = reply({ status: 202, json: job("created") })
  const writing = (options: { readonly emailNotify?: string; readonly timeoutMs?: number } = {}) =>
    using("write", (imednet) => imednet.records.createAndWait(items, { pollIntervalMs: 10, ...options }))
  const posts = (server: Scripted.ScriptedServer) => server.log.matching("POST", records)

  it.live("A29 a write arrives as given with its e-mail header, and its job is asked for until it has completed", () =>
    Effect.gen(function* () {
      const completed = job("completed", {
        dateCreated: "2026-01-01 00:00:00",
        dateStarted: "2026-01-01 00:00:01",
        dateFinished: "2026-01-01 00:00:02",
      })
      const server = yield* scripted({
        [STUDIES]: REG("A"),
        [`POST ${records}`]: accepted,
        [`GET ${jobs}`]: [job("created"), job("IN PROGRESS"), completed],
      })
      const report = yield* stacked(server)(execute(writing({ emailNotify: "ops@example.org" })))
      assert.deepStrictEqual(statuses(report), ["A succeeded"])
      assert.strictEqual(posts(server).length, 1)
      assert.strictEqual(posts(server)[0]?.body, sent)
      assert.strictEqual(posts(server)[0]?.headers["x-email-notify"], "ops@example.org")
      assert.strictEqual(server.log.matching("GET", jobs).length, 3)
      const { value } = unitOf(report, "A")
      assert.deepInclude(Object(Object(value)["job"]), {
        state: "completed",
        dateCreated: "2026-01-01T00:00:00Z",
        dateStarted: "2026-01-01T00:00:01Z",
        dateFinished: "2026-01-01T00:00:02Z",
      })
    }).pipe(Effect.scoped),
  )

  const writes: ReadonlyArray<{
    readonly what: string
    readonly post: Scripted.Script
    readonly state?: string
    readonly timeoutMs?: number
    readonly emailNotify?: string
    /** The failure's tag, or the outcome of a success. */
    readonly ends: string
    readonly posts: number
    readonly polls: number | "some"
  }> = [
    { what: "202 []", post: reply({ status: 202, json: [] }), ends: "Accepted", posts: 1, polls: 0 },
    { what: "a job that is FAILED", post: accepted, state: "FAILED", ends: "JobFailed", posts: 1, polls: 1 },
    {
      what: "a job whose state stays empty for 300 ms",
      post: accepted,
      state: "",
      timeoutMs: 300,
      ends: "JobTimeout",
      posts: 1,
      polls: "some",
    },
    { what: "500", post: reply({ status: 500, json: {} }), ends: "ServerError", posts: 1, polls: 0 },
    {
      what: "429 once",
      post: [reply({ status: 429, json: { message: "slow down" } }), accepted],
      state: "completed",
      ends: "Job",
      posts: 2,
      polls: 1,
    },
    {
      what: "an e-mail address with a line break",
      post: accepted,
      emailNotify: "ops@example.org\r\nx-evil: 1",
      ends: "Refused",
      posts: 0,
      polls: 0,
    },
  ]
  for (const { what, post, state, ends, ...expected } of writes) {
    it.live(`A29 ${what}: ${ends} after ${expected.posts} POST and ${expected.polls} polls`, () =>
      Effect.gen(function* () {
        const server = yield* scripted({
          [STUDIES]: REG("A"),
          [`POST ${records}`]: post,
          [`GET ${jobs}`]: job(state ?? "created"),
        })
        const { emailNotify, timeoutMs } = expected
        const report = yield* stacked(server)(
          execute(
            writing({
              ...(emailNotify === undefined ? {} : { emailNotify }),
              ...(timeoutMs === undefined ? {} : { timeoutMs }),
            }),
          ),
        )
        const a = unitOf(report, "A")
        const succeeded = ends === "Accepted" || ends === "Job"
        assert.strictEqual(a.status, succeeded ? "succeeded" : "failed")
        if (succeeded) assert.strictEqual(Object(a.value)["_tag"], ends)
        else {
          assert.strictEqual(a.failure?.tag, ends)
          // What may have been written must not be written again by a resume.
          assert.isFalse(a.failure?.retryable)
        }
        assert.deepStrictEqual(
          posts(server).map(({ body }) => body),
          Array.from({ length: expected.posts }, () => sent),
        )
        const polls = server.log.matching("GET", jobs).length
        if (expected.polls === "some") assert.isAtLeast(polls, 2)
        else assert.strictEqual(polls, expected.polls)
      }).pipe(Effect.scoped),
    )
  }

  const record = (recordId: number): Wire.Row => ({
    studyKey: "A",
    intervalId: 9,
    formId: 1,
    formKey: "AE",
    siteId: 1,
    recordId,
    recordOid: null,
    recordType: "SUBJECT",
    recordStatus: "Record Complete",
    deleted: false,
    dateCreated: "2026-01-01 00:00:00",
    dateModified: "2026-01-02 03:04:05",
    subjectId: 1,
    subjectOid: null,
    subjectKey: "01-001",
    visitId: 1,
    parentRecordId: null,
    keywords: [],
    recordData: { AESER: "Serious" },
  })

  it.live("A30 filters, sort, size and limit: the documented query, pages 0 and 1 only, 15 records", () =>
    Effect.gen(function* () {
      const server = yield* scripted({
        [STUDIES]: REG("A"),
        [LIST("A", "records")]: PAGES(
          records,
          "recordId",
          Array.from({ length: 40 }, (_, index) => record(40 - index)),
        ),
      })
      const reading = using("reading", (imednet) =>
        Effect.map(
          Stream.runCollect(
            imednet.records.list({
              filter: Filter.all("records", { formKey: "AE", dateModified: [">", "2018-01-01T06:00:00Z"] }),
              recordData: Filter.recordData({ AESER: "Serious" }),
              sort: { recordId: "desc" },
              size: 10,
              limit: 15,
            }),
          ),
          (found) => found.map(({ recordId }) => recordId),
        ),
      )
      const report = yield* stacked(server)(execute(reading))
      assert.deepStrictEqual(
        unitOf(report, "A").value,
        Array.from({ length: 15 }, (_, index) => 40 - index),
      )
      assert.deepStrictEqual(
        server.log.matching("GET", records).map(({ query }) => Object.fromEntries(query)),
        ["0", "1"].map((page) => ({
          page,
          size: "10",
          filter: "formKey==AE;dateModified>2018-01-01T06:00:00Z",
          recordDataFilter: "AESER==Serious",
          sort: "recordId,desc",
        })),
      )
    }).pipe(Effect.scoped),
  )

  const condition = (attribute: string, operator: string, value: string) => ({ attribute, operator, value })
  const unsaid: ReadonlyArray<readonly [string, () => Result.Result<string, unknown>]> = [
    [
      "recordData that mixes AND and OR",
      () => Result.flatMap(Filter.parseRecordData("A==1;B==2,C==3"), Filter.renderRecordData),
    ],
    ["white space around an operator", () => Result.flatMap(Filter.parse("records", "formKey == AE"), Filter.render)],
    [
      "an attribute given twice",
      () => Result.flatMap(Filter.parse("records", "formKey==AE;formKey!=CM"), Filter.render),
    ],
    [
      "a date without a time on dateModified",
      () => Result.flatMap(Filter.parse("records", "dateModified>2018-01-01"), Filter.render),
    ],
  ]
  const handmade: ReadonlyArray<readonly [string, Filter.Filter<"records">]> = [
    ["white space", { resource: "records", join: "and", conditions: [condition("formKey", " == ", "AE")] }],
    [
      "a repeated attribute",
      {
        resource: "records",
        join: "and",
        conditions: [condition("formKey", "==", "AE"), condition("formKey", "!=", "CM")],
      },
    ],
    [
      "a date without a time",
      { resource: "records", join: "and", conditions: [condition("dateModified", ">", "2018-01-01")] },
    ],
    ["studyKey", { resource: "records", join: "and", conditions: [condition("studyKey", "==", "A")] }],
  ]

  it.live("A30 what the grammar does not have is refused here, and no record is asked for", () =>
    Effect.gen(function* () {
      for (const [what, made] of unsaid) assert.isTrue(Result.isFailure(made()), what)
      const server = yield* scripted({ [STUDIES]: REG("A"), [LIST("A", "records")]: SUBJ("A", 0) })
      for (const [what, filter] of handmade) {
        const reading = using("reading", (imednet) => Stream.runCount(imednet.records.list({ filter })))
        const { failure } = unitOf(yield* stacked(server)(execute(reading)), "A")
        assert.strictEqual(failure?.tag, "Refused", what)
        assert.isFalse(failure?.retryable)
      }
      assert.strictEqual(server.log.matching("GET", records).length, 0)
    }).pipe(Effect.scoped),
  )

  it.live("A31 a connection that is reset once is asked again", () =>
    Effect.gen(function* () {
      const server = yield* scripted({ [STUDIES]: REG("A"), [SUBJECTS("A")]: [reset, SUBJ("A", 2)] })
      const report = yield* stacked(server)(execute(count))
      assert.deepInclude(unitOf(report, "A"), { status: "succeeded", value: 2, attempts: 1 })
      assert.strictEqual(subjectsOf(server, "A").length, 2)
    }).pipe(Effect.scoped),
  )

  it.live("A31 answers that stall past 200 ms are asked for four times, then RequestTimeout", () =>
    Effect.gen(function* () {
      const server = yield* scripted({ [STUDIES]: REG("A"), [SUBJECTS("A")]: stall })
      const report = yield* stacked(server, { requestTimeoutMs: 200 })(execute(count))
      const asked = subjectsOf(server, "A")
      assert.strictEqual(asked.length, 4)
      assert.isBelow(spanMs(asked), 2_000 * 3)
      assert.deepInclude(unitOf(report, "A").failure, { kind: "error", tag: "RequestTimeout", retryable: true })
      assert.strictEqual(StudiesReport.exitCode(report), 3)
    }).pipe(Effect.scoped),
  )

  it.live("A31 a registry that is down is one line with host and attempts, exit 5, no trace and no key", () =>
    Effect.gen(function* () {
      const server = yield* scripted({ [STUDIES]: REG("A") })
      yield* server.close
      const logs: Array<Logged> = []
      const error = yield* Effect.flip(stacked(server, {}, logs)(execute(count)))
      if (!(error instanceof StudyError)) throw new Error(`another error: ${error._tag}`)
      assert.deepInclude(error, { tag: "TransportError", kind: "unreachable", retryable: true, exitCode: 5 })
      assert.include(error.message, `127.0.0.1:${server.port}`)
      assert.match(error.message, /\b4 attempts\b/)
      assert.notInclude(error.message, "\n")
      assert.isFalse(leaks(JSON.stringify([error, error.message, logs])))
      assert.deepStrictEqual(logs, [])
      assert.isAbove(error.hints.length, 0)
    }).pipe(Effect.scoped),
  )

  const drifting = {
    ...record(1),
    keywords: [{ keywordName: "K", keywordKey: "K1", keywordId: 5, dateAdded: "2026-01-01 00:00:00" }],
    recordData: { aeterm: "x", dateCreated: "2026-01-01 00:00:00" },
    newField: 1,
  }
  const others: { readonly [resource: string]: Wire.Row } = {
    codings: {
      studyKey: "A",
      siteName: "Site 1",
      siteId: 1,
      subjectId: 1,
      subjectKey: "01-001",
      formId: 1,
      formName: "Adverse Event",
      formKey: "AE",
      revision: 1,
      recordId: 1,
      variable: "AETERM",
      value: "Angina",
      codingId: "12",
      code: "Angina pectoris",
      codedBy: "coder",
      reason: null,
      dictionaryName: "MedDRA",
      dictionaryVersion: "24.0",
      dateCoded: "2026-01-01 00:00:00",
    },
    users: {
      userId: "ed8b1b9c-0000-4000-8000-000000000000",
      login: "l",
      firstName: "f",
      lastName: "l",
      email: "e@example.org",
      userActiveInStudy: true,
      roles: [
        {
          roleId: "r",
          communityId: 1,
          name: "n",
          description: "d",
          level: 1,
          type: "t",
          inactive: false,
          dateCreated: [2026, 1, 1, 0, 0, 0, 0],
          dateModified: [2026, 1, 1, 0, 0, 0, 0],
        },
      ],
    },
    visits: {
      studyKey: "A",
      visitId: 1,
      intervalId: 1,
      intervalName: "Day 1",
      subjectId: 1,
      subjectKey: "01-001",
      startDate: "2026-01-01",
      endDate: null,
      dueDate: "",
      visitDate: "2026-01-02",
      visitDateForm: "f",
      visitDateQuestion: "q",
      deleted: false,
      dateCreated: "2026-01-01 00:00:00",
      dateModified: "2026-01-01 00:00:00",
    },
  }
  const listOf = (path: string, row: Wire.Row) => ({
    ...SUBJ("A", 1),
    metadata: { ...SUBJ("A", 1).metadata, path },
    data: [row],
  })
  const drifted = (): Scripted.Routes => ({
    [STUDIES]: REG("A", "B"),
    [LIST("A", "records")]: listOf(records, drifting),
    [LIST("B", "records")]: listOf("/api/v1/edc/studies/B/records", record(1)),
    ...Object.fromEntries(
      Object.entries(others).map(([resource, row]) => [LIST("*", resource), listOf(`/${resource}`, row)]),
    ),
  })
  const everything = using("everything", (_, study) =>
    Effect.map(
      Effect.forEach(["records", "codings", "users", "visits"] as const, (resource) =>
        Stream.runCollect(study.scope.read(resource)),
      ),
      (lists) => lists.map((list) => list[0] ?? null),
    ),
  )

  it.live("A32 every undocumented form decodes to its normal form, and the new field is counted", () =>
    Effect.gen(function* () {
      const server = yield* scripted(drifted())
      yield* stacked(server)(
        Effect.gen(function* () {
          const report = yield* execute(everything)
          assert.deepStrictEqual(statuses(report), ["A succeeded", "B succeeded"])
          // A value is what the pipeline gave: the first item of each list.
          const [row, coding, user, visit] = unitOf(report, "A").value as ReadonlyArray<Record<string, unknown>>
          assert.deepStrictEqual(row?.["keywords"], [
            { keywordName: "K", keywordKey: "K1", keywordId: 5, dateAdded: "2026-01-01T00:00:00Z" },
          ])
          assert.strictEqual(row?.["dateModified"], "2026-01-02T03:04:05Z")
          assert.notProperty(row, "newField")
          assert.strictEqual(coding?.["codingId"], 12)
          assert.strictEqual(Object(Object(user?.["roles"])[0])["dateCreated"], "2026-01-01T00:00:00Z")
          assert.isNull(visit?.["dueDate"])
          assert.deepStrictEqual((yield* Imednet).drift.summary(), { "records.newField": 1 })
        }),
      )
    }).pipe(Effect.scoped),
  )

  it.live("A32 in strict mode only the study with the new field fails: DecodeError at data[0].newField", () =>
    Effect.gen(function* () {
      const server = yield* scripted(drifted())
      const recordsOnly = using("records", (_, study) => Stream.runCount(study.scope.read("records")))
      const report = yield* stacked(server, { strict: true })(execute(recordsOnly))
      assert.deepStrictEqual(statuses(report), ["A failed", "B succeeded"])
      const { failure } = unitOf(report, "A")
      assert.deepInclude(failure, { tag: "DecodeError", retryable: false })
      assert.include(failure?.message, "data[0].newField")
      assert.strictEqual(server.log.matching("GET", records).length, 1)
    }).pipe(Effect.scoped),
  )

  it.live(
    "A33 events: one start, one end, each study started before its pages and finished after them, counts agree",
    () =>
      Effect.gen(function* () {
        const keys = ["ALPHA", "BETA", "GAMMA"]
        const server = yield* scripted({
          [STUDIES]: REG(...keys),
          [SUBJECTS("ALPHA")]: SUBJ("ALPHA", 2),
          [SUBJECTS("BETA")]: SUBJ("BETA", 0),
          [SUBJECTS("GAMMA")]: SUBJ("GAMMA", 1),
        })
        yield* stacked(server)(
          Effect.gen(function* () {
            const seen: Array<RunEvent> = []
            const report = yield* execute(count, { runId: "a33", observers: [(event) => seen.push(event)] })
            const ledger = yield* Ledger
            const stored = yield* Stream.runCollect(ledger.events("a33"))
            // Numbered without gaps, of this run, at a time, and the same after a line of JSON.
            for (const [index, { runId, seq, atMs, event }] of stored.entries()) {
              assert.deepStrictEqual([runId, seq], ["a33", index + 1])
              assert.strictEqual(new Date(atMs).toISOString().length, 24)
              const line: unknown = JSON.parse(JSON.stringify(event))
              assert.deepStrictEqual<unknown>(yield* Schema.decodeUnknownEffect(RunEvent)(line), event)
            }
            // Selected is what the stored plan lists, written before the first event.
            assert.deepStrictEqual(
              (yield* ledger.getPlan("a33")).units.map(({ id }) => id),
              keys,
            )
            // An observer hears that a study has finished when that is committed, so the order between two studies may
            // differ from the ledger's; within a study, and of the run's start and end, it may not.
            const events = stored.map(({ event }) => event)
            for (const told of [events, seen]) {
              assert.strictEqual(told[0]?.type, "runStarted")
              assert.strictEqual(told.at(-1)?.type, "runFinished")
              assert.strictEqual(told.filter(({ type }) => type === "runStarted" || type === "runFinished").length, 2)
              assert.strictEqual(told.length, events.length)
              for (const key of keys) {
                const own = told.flatMap((event) => {
                  if (event.type === "unitFinished") return event.outcome.id === key ? [event.type] : []
                  if (event.type === "unitNoted") return event.id === key ? [`${event.name} ${event.level}`] : []
                  return event.type === "unitStarted" && event.id === key ? [event.type] : []
                })
                assert.strictEqual(own[0], "unitStarted")
                assert.strictEqual(own.at(-1), "unitFinished")
                assert.isAtLeast(own.length, 3)
                for (const name of own.slice(1, -1)) assert.match(name, /^page (debug|info)$/)
              }
            }
            const { counts } = report.receipt
            const { planned: selected, ...ends } = counts
            assert.strictEqual(selected, 3)
            assert.strictEqual(
              Object.values(ends).reduce((sum, one) => sum + one, 0),
              selected,
            )
            const last = events.at(-1)
            assert.deepStrictEqual(last?.type === "runFinished" && last.counts, counts)
          }),
        )
      }).pipe(Effect.scoped),
  )

  it.live("A34 a dry run asks one small request per study, estimates 3 and 1, and runs no pipeline", () =>
    Effect.gen(function* () {
      const probe = (key: string, total: number) => ({
        ...SUBJ(key, total === 0 ? 0 : 1),
        pagination: { currentPage: 0, size: 1, totalPages: total, totalElements: total, sort: [] },
      })
      const server = yield* scripted({
        [STUDIES]: REG("A", "B"),
        [SUBJECTS("A")]: probe("A", 1200),
        [SUBJECTS("B")]: probe("B", 0),
      })
      let ran = 0
      const pipeline = Pipeline.definePipeline({
        name: "dry",
        version: "1",
        resources: ["subjects"],
        run: async () => {
          ran += 1
          return ran
        },
      })
      yield* stacked(server)(
        Effect.gen(function* () {
          const orchestrator = yield* StudyOrchestrator
          const plan = yield* orchestrator.plan(pipeline)
          const estimate = yield* orchestrator.estimate(pipeline, plan)
          assert.deepStrictEqual(
            plan.plan.units.map(({ id }) => id),
            ["A", "B"],
          )
          // As JSON, which is what a command prints.
          assert.deepStrictEqual(JSON.parse(JSON.stringify(estimate)), {
            pipeline: "dry",
            declared: true,
            studies: [
              { studyKey: "A", resources: [{ resource: "subjects", items: 1200, requests: 3 }], requests: 3 },
              { studyKey: "B", resources: [{ resource: "subjects", items: 0, requests: 1 }], requests: 1 },
            ],
            requests: 4,
            failed: 0,
          })
          assert.deepStrictEqual(yield* (yield* Ledger).listRuns(), [])
        }),
      )
      assert.strictEqual(ran, 0)
      assert.strictEqual(server.log.count(), 3)
      for (const { search } of allSubjects(server)) assert.strictEqual(search, "page=0&size=1")
    }).pipe(Effect.scoped),
  )
})
