/**
 * The acceptance cases of the iMednet specification that a command can show, as whole commands over real HTTP. Each name
 * starts with the case. The oracle is the server's own request log.
 */
import { spawnSync } from "node:child_process"
import { existsSync, readFileSync, readdirSync, writeFileSync } from "node:fs"
import { join } from "node:path"
import { describe, expect, it } from "vitest"
import { credentials, filtered, folder, jsonLines, run, start, until } from "./harness.ts"
import { envelope, REG, registry, serve, studiesPath, SUBJ, type RegistryServer } from "./registryServer.ts"

/** A command's surroundings: the server, an empty workspace, quick retries. */
const at = (server: Pick<RegistryServer, "baseUrl">, cwd: string) => ({
  cwd,
  env: { ...credentials, IMEDNET_BASE_URL: server.baseUrl },
})

const quick = ["--retry-delay", "10ms", "--rate", "1000"]

interface Unit {
  readonly id: string
  readonly status: string
  readonly value?: { readonly subjects?: number }
  readonly failure?: {
    readonly tag: string
    readonly message: string
    readonly retryable: boolean
    readonly kind: string
    readonly fields?: Readonly<Record<string, unknown>>
  }
  readonly attempts: number
  readonly queuedMs: number
  readonly runMs: number
}

interface ReceiptLine {
  readonly type: string
  readonly runId: string
  readonly status: string
  readonly counts: Readonly<Record<string, number>>
  readonly units: ReadonlyArray<Unit>
  readonly details: {
    readonly selection: Readonly<Record<string, unknown>>
    readonly drift?: { readonly added: ReadonlyArray<string>; readonly removed: ReadonlyArray<string> }
  }
}

/** The receipt that ends a command's JSON lines. */
const receiptOf = (stdout: string): ReceiptLine => {
  const last = jsonLines(stdout).at(-1)
  expect(last).toMatchObject({ type: "receipt" })
  return last as unknown as ReceiptLine
}

const statuses = (receipt: ReceiptLine): ReadonlyArray<string> =>
  receipt.units.map((unit) => `${unit.id} ${unit.status}`)

const unit = (receipt: ReceiptLine, id: string): Unit => {
  const found = receipt.units.find((candidate) => candidate.id === id)
  if (found === undefined) throw new Error(`there is no unit ${id}`)
  return found
}

/** A pipeline file in the folder of the test. */
const pipeline = (cwd: string, text: string, name = "pipeline.mjs"): string => {
  writeFileSync(join(cwd, name), text)
  return `./${name}`
}

describe("selection and plan", () => {
  it("A1 counts subjects of three studies with four requests, in registry order", async () => {
    await using server = await registry({ ALPHA: 2, BETA: 0, GAMMA: 1 })
    using dir = folder()
    const result = await run(["studies", "run", "--json"], at(server, dir.path))
    expect(result.code).toBe(0)
    expect(server.requests).toHaveLength(4)
    const [first] = server.requests
    expect(first?.path).toBe(studiesPath)
    expect(Object.fromEntries(first?.query ?? [])).toEqual({ page: "0", size: "500" })
    for (const { headers } of server.requests) {
      expect(headers).toMatchObject({
        accept: "application/json",
        "content-type": "application/json",
        "x-api-key": "KEY-1234",
        "x-imn-security-key": "SEC-5678",
      })
    }
    const receipt = receiptOf(result.stdout)
    expect(receipt.units.map(({ id, status, value, attempts }) => [id, status, value?.subjects, attempts])).toEqual([
      ["ALPHA", "succeeded", 2, 1],
      ["BETA", "succeeded", 0, 1],
      ["GAMMA", "succeeded", 1, 1],
    ])
    // The same receipt lies in the workspace.
    const stored: ReceiptLine = JSON.parse(
      readFileSync(join(dir.path, ".heddle", "receipts", `${receipt.runId}.json`), "utf8"),
    )
    expect(stored.units).toEqual(receipt.units)
  })

  it("A1 for people: a tab-separated table off a terminal, everything else on stderr", async () => {
    await using server = await registry({ ALPHA: 2, BETA: 0 })
    using dir = folder()
    const result = await run(["studies", "run", "--concurrency", "1"], at(server, dir.path))
    const clean = (text: string) =>
      filtered(text, [
        [dir.path, "<folder>"],
        [/\d+(\.\d+)?\/s/g, "<rate>"],
      ])
    expect(clean(result.stdout)).toBe(
      [
        "study\tstatus\ttries\tqueued\tran\twaited\tresult",
        'ALPHA\tsucceeded\t1\t<duration>\t<duration>\t<duration>\t{"subjects":2,"deleted":0}',
        'BETA\tsucceeded\t1\t<duration>\t<duration>\t<duration>\t{"subjects":0,"deleted":0}',
        "",
      ].join("\n"),
    )
    expect(clean(result.stderr)).toContain(
      "run <runId>: succeeded, 2 succeeded of 2\nreceipt: <folder>/.heddle/receipts/<runId>.json\n",
    )
  })

  it("A3 both filters are refused with both sets and no request, also where both are in the file or one is empty", async () => {
    await using server = await registry({ A: 1, B: 1 })
    using dir = folder()
    const both = await run(["studies", "run", "--include", "A", "--exclude", "B"], at(server, dir.path))
    expect([both.code, both.stdout]).toEqual([2, ""])
    expect(both.stderr).toBe(
      'error: the studies to include {"A"} (--include) and to exclude {"B"} (--exclude) cannot both be given\n\nhint: heddle studies run --include A\n',
    )
    const empty = await run(["studies", "plan", "--include=", "--exclude", "B", "--json"], at(server, dir.path))
    expect(empty.code).toBe(2)
    expect(jsonLines(empty.stdout)).toMatchObject([{ type: "failure", tag: "FilterConflict", exitCode: 2 }])
    writeFileSync(join(dir.path, "heddle.toml"), '[studies]\ninclude = ["A"]\nexclude = ["B"]\n')
    const file = await run(["studies", "run"], at(server, dir.path))
    expect(file.code).toBe(2)
    expect(file.stderr).toContain('to exclude {"B"} (heddle.toml)')
    expect(server.requests).toHaveLength(0)
    expect(existsSync(join(dir.path, ".heddle"))).toBe(false)
  })

  it("A4 unknown and differently spelled keys are reported; with --strict no study is asked", async () => {
    await using server = await registry({ A: 1, B: 1 })
    using dir = folder()
    const flags = ["--include", "A", "--include", "NOPE", "--include", "b"]
    const loose = await run(["studies", "run", ...flags, "--json"], at(server, dir.path))
    expect(loose.code).toBe(0)
    const receipt = receiptOf(loose.stdout)
    expect(statuses(receipt)).toEqual(["A succeeded"])
    expect(receipt.details.selection["unknown"]).toEqual(["NOPE", "b"])
    expect(loose.stderr).toContain('the registry does not list "NOPE"')
    expect(loose.stderr).toContain('the registry does not list "b"; did you mean "B"?')
    const before = server.requests.length
    const strict = await run(["studies", "run", ...flags, "--strict"], at(server, dir.path))
    expect(strict.code).toBe(2)
    expect(strict.stderr).toMatch(/^(.*\n)*error: .*NOPE.*\n\n(hint: .*\n)+$/)
    expect(server.requests.slice(before).map(({ path }) => path)).toEqual([studiesPath])
  })

  it("A5 an include-list that is given and empty runs nothing: exit 10, or 0 with --allow-empty", async () => {
    await using server = await registry({ A: 1, B: 1 })
    using dir = folder()
    const none = await run(["studies", "run", "--include=", "--json"], at(server, dir.path))
    expect(none.code).toBe(10)
    expect(jsonLines(none.stdout).at(-1)).toMatchObject({ type: "failure", tag: "NothingSelected", exitCode: 10 })
    expect(none.stderr).toMatch(/error: no study was selected\n\nhint: heddle studies list\n$/)
    expect(server.requests.length).toBeLessThanOrEqual(1)
    expect((await run(["studies", "run", "--include=", "--allow-empty"], at(server, dir.path))).code).toBe(0)
    expect(server.requests.every(({ path }) => path === studiesPath)).toBe(true)
  })

  it("A6 an empty registry is one request and exit 10, or 0 with --allow-empty, for list, plan and run", async () => {
    await using server = await registry({})
    using dir = folder()
    for (const verb of ["list", "plan", "run"]) {
      const before = server.requests.length
      expect((await run(["studies", verb], at(server, dir.path))).code).toBe(10)
      expect(server.requests.length - before).toBe(1)
      expect((await run(["studies", verb, "--allow-empty"], at(server, dir.path))).code).toBe(0)
    }
  })

  it("A8 entries that cannot be used are rejected with index and reason: exit 3, or 0 with --tolerate-rejects", async () => {
    const data = [
      { studyKey: "A", studyId: 1 },
      { studyName: "x" },
      { studyKey: null },
      { studyKey: "" },
      { studyKey: "  " },
      { studyKey: 123, studyId: "7" },
      "junk",
    ]
    await using server = await serve(({ path }) => {
      if (path === studiesPath) return envelope(studiesPath, "studyKey", data)
      return path.endsWith("/subjects") ? SUBJ(path.split("/")[5] ?? "", 1) : undefined
    })
    using dir = folder()
    const result = await run(["studies", "run", "--json"], at(server, dir.path))
    expect(result.code).toBe(3)
    const receipt = receiptOf(result.stdout)
    expect(statuses(receipt)).toEqual(["A succeeded", "123 succeeded"])
    const rejected = receipt.details.selection["rejected"] as ReadonlyArray<{ index: number; reason: string }>
    expect(rejected.map(({ index }) => index)).toEqual([1, 2, 3, 4, 6])
    for (const { reason } of rejected) expect(reason).not.toBe("")
    expect(result.stderr).toContain("5 entries of the registry cannot be used")
    const tolerated = await run(["studies", "run", "--tolerate-rejects"], at(server, dir.path))
    expect(tolerated.code).toBe(0)
  })

  it("A34 plan estimates three requests and one, runs nothing, and shows the rows that run shows", async () => {
    const page = (total: number, key: string) =>
      envelope(`${studiesPath}/${key}/subjects`, "subjectId", total === 0 ? [] : SUBJ(key, 1).data, {
        size: 1,
        totalPages: total,
        totalElements: total,
      })
    await using server = await serve(({ path, query }) => {
      if (path === studiesPath) return REG("A", "B")
      if (query.get("size") !== "1") return undefined
      return path.endsWith("/A/subjects") ? page(1200, "A") : page(0, "B")
    })
    using dir = folder()
    const json = await run(["studies", "plan", "--json"], at(server, dir.path))
    expect(json.code).toBe(0)
    const lines = jsonLines(json.stdout)
    expect(lines.slice(0, 2)).toMatchObject([
      {
        type: "unitPlanned",
        studyKey: "A",
        estimatedRequests: 3,
        resources: [{ resource: "subjects", items: 1200, requests: 3 }],
      },
      { type: "unitPlanned", studyKey: "B", estimatedRequests: 1 },
    ])
    expect(lines.at(-1)).toMatchObject({ type: "plan", planned: 2, estimatedRequests: 4 })
    const table = await run(["studies", "plan"], at(server, dir.path))
    expect(table.stdout).toBe(
      "study\treason\tresources\titems\trequests\nA\tlisted by the registry\tsubjects\t1200\t3\nB\tlisted by the registry\tsubjects\t0\t1\n",
    )
    expect(table.stderr).toContain("2 studies with subject-count, about 4 requests\n")
    // Only the registry and one small request per study; and nothing was written.
    expect(
      server.requests.filter(({ path }) => path !== studiesPath).every(({ query }) => query.get("size") === "1"),
    ).toBe(true)
    expect(readdirSync(dir.path)).toEqual([])
  })

  it("A34 the plan's hash is the run's hash", async () => {
    await using server = await registry({ A: 1, B: 1 })
    using dir = folder()
    const plan = jsonLines((await run(["studies", "plan", "--json"], at(server, dir.path))).stdout).at(-1)
    const receipt = receiptOf((await run(["studies", "run", "--json"], at(server, dir.path))).stdout)
    expect(receipt).toMatchObject({ planHash: plan?.["planHash"] })
  })
})

describe("faults of studies and of the registry", () => {
  it("A10 a 429 with Retry-After is waited for, and a wait beyond the cap is refused at once", async () => {
    await using server = await registry({ A: 1 }, ({ path }, before) =>
      path === studiesPath && before === 0
        ? { status: 429, headers: { "retry-after": "1" }, body: { message: "Too Many Requests" } }
        : undefined,
    )
    using dir = folder()
    const result = await run(["studies", "run", ...quick], at(server, dir.path))
    expect(result.code).toBe(0)
    const [first, second, ...more] = server.requests.filter(({ path }) => path === studiesPath)
    expect(more).toEqual([])
    expect((second?.atMs ?? 0) - (first?.atMs ?? 0)).toBeGreaterThanOrEqual(1_000)

    await using strict = await serve(() => ({
      status: 429,
      headers: { "retry-after": "3600" },
      body: { message: "Too Many Requests" },
    }))
    const refused = await run(["studies", "run", "--json", ...quick], at(strict, dir.path))
    expect(strict.requests).toHaveLength(1)
    expect(refused.code).not.toBe(0)
    expect(jsonLines(refused.stdout).at(-1)).toMatchObject({ type: "failure", tag: "RateLimited" })
    expect(refused.stderr).toMatch(/\n\nhint: /)
  })

  it("A13 a refusal of one study is one request, a failed study and exit 3; the others succeed", async () => {
    await using server = await registry({ A: 1, B: 2 }, ({ path }) =>
      path.endsWith("/A/subjects")
        ? { status: 403, headers: { "x-amzn-errortype": "ForbiddenException" }, body: { message: "Forbidden" } }
        : undefined,
    )
    using dir = folder()
    const result = await run(["studies", "run", "--json", ...quick], at(server, dir.path))
    expect(result.code).toBe(3)
    const receipt = receiptOf(result.stdout)
    expect(statuses(receipt)).toEqual(["A failed", "B succeeded"])
    expect(unit(receipt, "A").failure).toMatchObject({
      kind: "error",
      tag: "Forbidden",
      message: "Forbidden",
      retryable: false,
      fields: { httpStatus: 403 },
    })
    expect(server.subjectsOf("A")).toHaveLength(1)
    expect(result.stderr).toMatch(
      new RegExp(`error: 1 of 2 studies failed\n\nhint: heddle studies resume ${receipt.runId} --retry-failed\n$`),
    )
  })

  it("A13 the documented envelope's code, attribute and value stand in the receipt", async () => {
    await using server = await registry({ A: 1 }, ({ path }) =>
      path.endsWith("/A/subjects")
        ? {
            status: 400,
            body: {
              metadata: {
                status: "BAD_REQUEST",
                path,
                timestamp: "2018-10-18 05:46:29",
                error: { code: "1000", description: "wrong", field: { attribute: "page", value: "XX" } },
              },
            },
          }
        : undefined,
    )
    using dir = folder()
    const result = await run(["studies", "run", "--json", ...quick], at(server, dir.path))
    expect(result.code).toBe(3)
    expect(unit(receiptOf(result.stdout), "A").failure?.fields).toMatchObject({
      code: "1000",
      attribute: "page",
      value: "XX",
    })
    expect(server.subjectsOf("A")).toHaveLength(1)
  })

  it("A18 permanently failing studies do not touch the others", async () => {
    await using server = await registry({ B1: 1, B2: 1, G1: 1, G2: 1, G3: 1 }, ({ path }) =>
      /\/B\d\/subjects$/.test(path)
        ? { status: 500, body: { metadata: { status: "ERROR", error: { message: "x" } } } }
        : undefined,
    )
    using dir = folder()
    const result = await run(["studies", "run", "--json", "--concurrency", "1", ...quick], at(server, dir.path))
    expect(result.code).toBe(3)
    const receipt = receiptOf(result.stdout)
    expect(statuses(receipt)).toEqual(["B1 failed", "B2 failed", "G1 succeeded", "G2 succeeded", "G3 succeeded"])
    expect(["B1", "B2", "G1", "G2", "G3"].map((key) => server.subjectsOf(key).length)).toEqual([4, 4, 1, 1, 1])
    expect(unit(receipt, "B1").failure).toMatchObject({ tag: "ServerError", retryable: true })
  })

  it("A20 a slow study makes the others wait, and only its own time is long", async () => {
    await using server = await registry({ SLOW: 1, F1: 1, F2: 1, F3: 1 }, ({ path }) => {
      if (path === studiesPath) return undefined
      const key = path.split("/")[5] ?? ""
      return { body: SUBJ(key, 1), delayMs: key === "SLOW" ? 1_000 : 50 }
    })
    using dir = folder()
    const two = receiptOf((await run(["studies", "run", "--json", "--concurrency", "2"], at(server, dir.path))).stdout)
    expect(unit(two, "SLOW").runMs).toBeGreaterThanOrEqual(990)
    expect(unit(two, "F3").queuedMs).toBeGreaterThanOrEqual(80)
    // Beside the slow study the others ran one after the other: none of them waited for it.
    expect(unit(two, "F3").queuedMs).toBeLessThan(unit(two, "SLOW").runMs)
    const one = receiptOf((await run(["studies", "run", "--json", "--concurrency", "1"], at(server, dir.path))).stdout)
    expect(unit(one, "F3").queuedMs).toBeGreaterThanOrEqual(1_090)
    expect(unit(one, "F3").runMs).toBeLessThan(unit(one, "SLOW").runMs)
  })

  it("A23 a study that never ends is timed out, its socket closed, and the process ends", async () => {
    await using server = await registry({ A: 1, HANG: 1, C: 1 }, ({ path }) =>
      path.endsWith("/HANG/subjects") ? { never: true } : undefined,
    )
    using dir = folder()
    const result = await run(
      ["studies", "run", "--json", "--concurrency", "2", "--study-timeout", "300ms"],
      at(server, dir.path),
    )
    expect(result.code).toBe(3)
    expect(statuses(receiptOf(result.stdout))).toEqual(["A succeeded", "HANG timedOut", "C succeeded"])
    expect(unit(receiptOf(result.stdout), "HANG").runMs).toBeGreaterThanOrEqual(290)
    await until(() => server.subjectsOf("HANG").every(({ aborted }) => aborted), "the socket of HANG to close")
  })

  it("A23 a pipeline file with an endless loop costs that study only, in its worker thread", async () => {
    await using server = await registry({ A: 1, HANG: 1, C: 1 })
    using dir = folder()
    const file = pipeline(
      dir.path,
      `export default async (study) => { if (study.studyKey === "HANG") while (true); return study.studyKey }`,
    )
    const result = await run(
      ["studies", "run", "--json", "--pipeline", file, "--concurrency", "2", "--study-timeout", "3s"],
      at(server, dir.path),
    )
    expect(result.code).toBe(3)
    expect(statuses(receiptOf(result.stdout))).toEqual(["A succeeded", "HANG timedOut", "C succeeded"])
    expect(receiptOf(result.stdout)).toMatchObject({ placement: "workers" })
  })

  it("A23 a pipeline file that calls process.exit fails its study only", async () => {
    await using server = await registry({ A: 1, EXIT: 1, C: 1 })
    using dir = folder()
    const file = pipeline(
      dir.path,
      `export default (study) => { if (study.studyKey === "EXIT") process.exit(3); return 1 }`,
    )
    const result = await run(["studies", "run", "--json", "--pipeline", file], at(server, dir.path))
    expect(result.code).toBe(3)
    const receipt = receiptOf(result.stdout)
    expect(statuses(receipt)).toEqual(["A succeeded", "EXIT failed", "C succeeded"])
    expect(unit(receipt, "EXIT").failure?.tag).toBe("WorkerLost")
  })

  it("A24 a deadline ends the running study, and the rest never starts", async () => {
    await using server = await registry({ A: 1, B: 1, C: 1, D: 1 }, ({ path }) =>
      path.endsWith("/B/subjects") ? { never: true } : undefined,
    )
    using dir = folder()
    const result = await run(
      ["studies", "run", "--json", "--concurrency", "1", "--deadline", "1s"],
      at(server, dir.path),
    )
    expect(result.code).toBe(3)
    const receipt = receiptOf(result.stdout)
    expect(statuses(receipt)).toEqual(["A succeeded", "B timedOut", "C notStarted", "D notStarted"])
    expect([unit(receipt, "C").runMs, unit(receipt, "D").runMs]).toEqual([0, 0])
    expect([server.subjectsOf("C"), server.subjectsOf("D")]).toEqual([[], []])
  })

  it("A31 a connection that is reset once is tried again; one that always stalls is a failed study", async () => {
    await using server = await registry({ A: 1, S: 1 }, ({ path }, before) => {
      if (path.endsWith("/A/subjects") && before === 0) return { reset: true }
      return path.endsWith("/S/subjects") ? { never: true } : undefined
    })
    using dir = folder()
    const result = await run(["studies", "run", "--json", ...quick, "--request-timeout", "200ms"], at(server, dir.path))
    expect(result.code).toBe(3)
    const receipt = receiptOf(result.stdout)
    expect(statuses(receipt)).toEqual(["A succeeded", "S failed"])
    expect(unit(receipt, "S").failure?.tag).toBe("RequestTimeout")
    expect([server.subjectsOf("A").length, server.subjectsOf("S").length]).toEqual([2, 4])
  })

  it("A31 a registry that cannot be reached is exit 5 and one line with host and attempts", async () => {
    using dir = folder()
    let baseUrl = ""
    {
      await using server = await registry({})
      baseUrl = server.baseUrl
    }
    const result = await run(["studies", "run", ...quick], at({ baseUrl }, dir.path))
    expect(result.code).toBe(5)
    const [first = "", blank, ...hints] = result.stderr.trimEnd().split("\n")
    expect(first).toMatch(/^error: /)
    expect(first).toContain(new URL(baseUrl).host)
    expect(first).toMatch(/\b4 (attempts|tries|requests)\b/)
    expect(blank).toBe("")
    expect(hints.length).toBeGreaterThan(0)
    for (const hint of hints) expect(hint).toMatch(/^hint: /)
    expect(result.stderr).not.toMatch(/KEY-1234|SEC-5678|\n\s+at /)
  })

  it("credentials that the registry refuses are exit 4; missing ones are exit 2 before any request", async () => {
    await using server = await serve(({ path }) => ({
      status: 401,
      body: {
        metadata: {
          status: "UNAUTHORIZED",
          path,
          timestamp: "2026-01-01 00:00:00",
          error: { code: "9001", description: "no permission" },
        },
      },
    }))
    using dir = folder()
    const refused = await run(["studies", "run"], at(server, dir.path))
    expect(refused.code).toBe(4)
    expect(refused.stderr).toMatch(/error: .*\n\nhint: /)
    const before = server.requests.length
    const missing = await run(["studies", "run"], { cwd: dir.path, env: { IMEDNET_BASE_URL: server.baseUrl } })
    expect(missing.code).toBe(2)
    expect(missing.stderr).toBe(
      "error: IMEDNET_API_KEY and IMEDNET_SECURITY_KEY are not set\n\nhint: export IMEDNET_API_KEY=… IMEDNET_SECURITY_KEY=…\nhint: heddle demo\n",
    )
    expect(server.requests.length).toBe(before)
  })
})

describe("events and secrets", () => {
  it("A33 events come in order, each a JSON line with run, study, time and level, and the counts agree", async () => {
    await using server = await registry({ ALPHA: 2, BETA: 0, GAMMA: 1 })
    using dir = folder()
    const result = await run(["studies", "run", "--json"], at(server, dir.path))
    const lines = jsonLines(result.stdout)
    const receipt = receiptOf(result.stdout)
    for (const line of lines) {
      expect(line["runId"]).toBe(receipt.runId)
      expect(new Date(String(line["at"])).toISOString()).toBe(line["at"])
      expect(["debug", "info", "warning", "error"]).toContain(line["level"])
    }
    const types = lines.map((line) => String(line["type"]))
    expect(types[0]).toBe("runStarted")
    expect(types.slice(-2)).toEqual(["runFinished", "receipt"])
    expect(types.filter((type) => type === "runStarted" || type === "runFinished")).toHaveLength(2)
    for (const key of ["ALPHA", "BETA", "GAMMA"]) {
      const own = lines.filter((line) => line["studyKey"] === key).map((line) => line["type"])
      expect(own[0]).toBe("unitSelected")
      expect(own[1]).toBe("unitStarted")
      expect(own.at(-1)).toBe("unitFinished")
      expect(own.slice(2, -1).every((type) => type === "unitNoted")).toBe(true)
      expect(own.length).toBeGreaterThanOrEqual(4)
    }
    const { planned, ...rest } = receipt.counts
    expect(types.filter((type) => type === "unitSelected")).toHaveLength(planned ?? 0)
    expect(Object.values(rest).reduce((sum, count) => sum + count, 0)).toBe(planned)
  })

  it("A28 keys never leave: not in stdout, stderr, receipt or ledger", async () => {
    const leak = 'call failed: x-api-key: KEY-1234, body {"security_key":"SEC-5678"}'
    await using server = await registry({ A: 1, B: 1 }, ({ path, headers }) =>
      path.endsWith("/B/subjects")
        ? {
            status: 401,
            body: { message: `you sent ${String(headers["x-api-key"])} and ${String(headers["x-imn-security-key"])}` },
          }
        : undefined,
    )
    using dir = folder()
    const file = pipeline(
      dir.path,
      `export default async (study) => {
        for await (const subject of study.read("subjects")) void subject
        console.log(${JSON.stringify(leak)})
        throw new Error(${JSON.stringify(leak)})
      }`,
    )
    for (const flags of [["--json"], [], ["--placement", "fibers", "--json"]]) {
      const result = await run(["studies", "run", "--pipeline", file, ...flags], at(server, dir.path))
      expect(result.code).toBe(3)
      expect(result.stdout + result.stderr).not.toMatch(/KEY-1234|SEC-5678/)
      expect(result.stdout).toContain("x-api-key")
      // What the pipeline printed is on stderr: stdout is nothing but JSON lines, or the table.
      if (flags.includes("--json")) expect(receiptOf(result.stdout).counts["failed"]).toBe(2)
      expect(result.stderr).toContain("call failed: x-api-key: <redacted>")
    }
    const files = readdirSync(join(dir.path, ".heddle"), { recursive: true, withFileTypes: true }).filter((entry) =>
      entry.isFile(),
    )
    expect(files.length).toBeGreaterThan(1)
    for (const entry of files) {
      const bytes = readFileSync(join(entry.parentPath, entry.name))
      expect([entry.name, bytes.includes("KEY-1234"), bytes.includes("SEC-5678")]).toEqual([entry.name, false, false])
    }
  })
})

describe("interruption and resume", () => {
  const keys = Array.from({ length: 10 }, (_, index) => `S${index}`)
  const slow = () =>
    registry(Object.fromEntries(keys.map((key) => [key, 1])), ({ path }) =>
      path === studiesPath ? undefined : { body: SUBJ(path.split("/")[5] ?? "", 1), delayMs: 300 },
    )
  const asked = (server: RegistryServer) => keys.filter((key) => server.subjectsOf(key).length > 0)

  it("A25 one SIGINT lets running studies finish, starts no other, and leaves a valid receipt: exit 130", async () => {
    await using server = await slow()
    using dir = folder()
    const running = start(["studies", "run", "--json", "--concurrency", "2"], at(server, dir.path))
    await until(() => asked(server).length >= 6, "six studies to be asked")
    running.child.kill("SIGINT")
    const result = await running.done
    expect([result.code, result.signal]).toEqual([130, null])
    const receipt = receiptOf(result.stdout)
    expect(receipt.status).toBe("interrupted")
    expect(receipt.counts["succeeded"]).toBeGreaterThanOrEqual(4)
    const ran = receipt.units.filter(({ status }) => status !== "notStarted").map(({ id }) => id)
    expect(ran).toEqual(asked(server))
    expect(receipt.units.filter(({ status }) => status === "notStarted").length).toBe(10 - ran.length)
    expect(ran.length).toBeLessThan(10)
    expect(result.stderr).toMatch(/stopping: what runs may finish/)
    expect(result.stderr).toMatch(new RegExp(`hint: heddle studies resume ${receipt.runId}\n$`))
  })

  it("A25 a second SIGINT interrupts at once; the ledger stays valid and the rest can be resumed", async () => {
    let stuck = true
    await using server = await registry(Object.fromEntries(keys.map((key) => [key, 1])), ({ path }) =>
      path !== studiesPath && stuck && !path.endsWith("/S0/subjects") ? { never: true } : undefined,
    )
    using dir = folder()
    const running = start(["studies", "run", "--json", "--concurrency", "2"], at(server, dir.path))
    await until(() => asked(server).length >= 3, "three studies to be asked")
    running.child.kill("SIGINT")
    await until(() => running.stderr().includes("stopping"), "the first signal to be heard")
    running.child.kill("SIGINT")
    const result = await running.done
    expect(result.code).toBe(130)
    const receipt = receiptOf(result.stdout)
    expect(receipt.counts).toMatchObject({ succeeded: 1, interrupted: 2, notStarted: 7 })
    stuck = false
    const resumed = await run(["studies", "resume", "--json"], at(server, dir.path))
    expect(resumed.code).toBe(0)
    expect(receiptOf(resumed.stdout).counts).toMatchObject({ reused: 1, succeeded: 9 })
  })

  it("SIGTERM stops as well: exit 130, a valid receipt, nothing left running", async () => {
    await using server = await registry({ A: 1, B: 1 }, ({ path }) =>
      path.endsWith("/B/subjects") ? { never: true } : undefined,
    )
    using dir = folder()
    const running = start(["studies", "run", "--json", "--concurrency", "2"], at(server, dir.path))
    await until(
      () => server.subjectsOf("B").length === 1 && running.stdout().includes('"unitFinished"'),
      "B to be asked",
    )
    running.child.kill("SIGTERM")
    const result = await running.done
    expect(result.code).toBe(130)
    expect(statuses(receiptOf(result.stdout))).toEqual(["A succeeded", "B interrupted"])
  })

  it("under the launcher two SIGINTs in one moment are one", async () => {
    await using server = await slow()
    using dir = folder()
    const { env, cwd } = at(server, dir.path)
    const running = start(["studies", "run", "--json", "--concurrency", "2"], {
      cwd,
      env: { ...env, HEDDLE_LAUNCHED: "1" },
    })
    await until(() => asked(server).length >= 4, "four studies to be asked")
    running.child.kill("SIGINT")
    running.child.kill("SIGINT")
    const result = await running.done
    expect(result.code).toBe(130)
    const receipt = receiptOf(result.stdout)
    // Nothing was interrupted: what ran was allowed to finish.
    expect(receipt.counts["interrupted"]).toBe(0)
    expect(result.stderr).toMatch(/hint: npm run -s heddle -- studies resume /)
  })

  it("A26 resume asks only what did not succeed, keeps earlier values, and lists drift without adopting it", async () => {
    const listed = new Set(keys)
    await using server = await registry(Object.fromEntries(keys.map((key) => [key, 1])), ({ path }) => {
      if (path === studiesPath) return REG(...listed)
      const key = path.split("/")[5] ?? ""
      if (key === "S1" && server.subjectsOf("S1").length <= 1) return { status: 403, body: { message: "Forbidden" } }
      return { body: SUBJ(key, 2), delayMs: 300 }
    })
    using dir = folder()
    const running = start(["studies", "run", "--json", "--concurrency", "2"], at(server, dir.path))
    await until(() => asked(server).length >= 6, "six studies to be asked")
    running.child.kill("SIGINT")
    const first = receiptOf((await running.done).stdout)
    const done = first.units.filter(({ status }) => status === "succeeded").map(({ id }) => id)
    const before = Object.fromEntries(keys.map((key) => [key, server.subjectsOf(key).length]))
    listed.add("S10")
    listed.delete("S3")
    const result = await run(["studies", "resume", first.runId, "--json"], at(server, dir.path))
    const receipt = receiptOf(result.stdout)
    for (const key of done) expect([key, server.subjectsOf(key).length]).toEqual([key, before[key]])
    // Forbidden does not pass by itself: it is not tried again without being told so.
    expect(server.subjectsOf("S1")).toHaveLength(1)
    expect(unit(receipt, "S1").status).toBe("failed")
    expect(result.code).toBe(3)
    expect(receipt.units.map(({ id }) => id)).toEqual(keys)
    for (const key of done) expect(unit(receipt, key)).toMatchObject({ status: "reused", value: { subjects: 2 } })
    expect(receipt.details.drift).toEqual({ added: ["S10"], removed: ["S3"] })
    expect(server.subjectsOf("S10")).toEqual([])
    const again = await run(["studies", "resume", "--json", "--retry-failed"], at(server, dir.path))
    expect(again.code).toBe(0)
    expect(server.subjectsOf("S1")).toHaveLength(2)
    expect(receiptOf(again.stdout).counts).toMatchObject({ reused: 9, succeeded: 1 })
    const nothing = await run(["studies", "resume"], at(server, dir.path))
    expect([nothing.code, nothing.stderr]).toEqual([
      10,
      "error: there is no unfinished run to resume\n\nhint: heddle runs list\n",
    ])
    expect((await run(["studies", "resume", "--allow-empty"], at(server, dir.path))).code).toBe(0)
  })

  it("A26 after kill -9 the ledger loads, and resume ends complete without asking finished studies again", async () => {
    await using server = await slow()
    using dir = folder()
    const running = start(["studies", "run", "--json", "--concurrency", "2"], at(server, dir.path))
    await until(() => running.stdout().split('"unitFinished"').length > 4, "four studies to finish")
    running.child.kill("SIGKILL")
    expect((await running.done).signal).toBe("SIGKILL")
    const finished = jsonLines(running.stdout().slice(0, running.stdout().lastIndexOf("\n") + 1))
      .filter((line) => line["type"] === "unitFinished")
      .map((line) => String(line["studyKey"]))
    const status = await run(["studies", "status"], at(server, dir.path))
    expect(status.code).toBe(0)
    expect(status.stderr).toContain("unfinished")
    const result = await run(["studies", "resume", "--json"], at(server, dir.path))
    expect(result.code).toBe(0)
    expect(receiptOf(result.stdout).units.every(({ status: word }) => word === "succeeded" || word === "reused")).toBe(
      true,
    )
    for (const key of finished) expect([key, server.subjectsOf(key).length]).toEqual([key, 1])
  })
})

describe("without the registry", () => {
  it("studies that are named run and resume where listing is forbidden, and no listing is asked for", async () => {
    let broken = true
    await using server = await registry({ A: 1, B: 2 }, ({ path }) => {
      if (path === studiesPath) return { status: 403, body: { message: "Forbidden" } }
      return broken && path.endsWith("/B/subjects") ? { status: 500, body: { message: "x" } } : undefined
    })
    using dir = folder()
    expect((await run(["studies", "run", ...quick], at(server, dir.path))).code).toBe(4)
    const before = server.requests.length
    const named = await run(
      ["studies", "run", "--study", "A", "--study", "B", "--json", ...quick],
      at(server, dir.path),
    )
    expect(named.code).toBe(3)
    const { runId } = receiptOf(named.stdout)
    expect(named.stderr).toMatch(new RegExp(`hint: heddle studies resume ${runId} --no-registry\n$`))
    broken = false
    const resumed = await run(["studies", "resume", runId, "--no-registry", "--json", ...quick], at(server, dir.path))
    expect(resumed.code).toBe(0)
    expect(statuses(receiptOf(resumed.stdout))).toEqual(["A reused", "B succeeded"])
    expect(server.requests.slice(before).filter(({ path }) => path === studiesPath)).toEqual([])
  })
})

describe("extract and drift", () => {
  it("writes files whose hashes sha256sum confirms, reads only changes the second time, and sees a changed variable", async () => {
    using dir = folder()
    const simulated = start(["studies", "simulate", "--studies", "2", "--seed", "x"], { cwd: dir.path })
    await until(() => simulated.stdout().includes("\n"), "the base URL")
    const own = at({ baseUrl: simulated.stdout().trim() }, dir.path)
    const flags = ["--resource", "variables", "--resource", "sites", "--out", "pulls", ...quick]
    const first = await run(["studies", "extract", "--json", ...flags], own)
    expect(first.code).toBe(0)
    const listing = await run(["runs", "verify"], own)
    expect(listing.code).toBe(0)
    const checked = spawnSync("sha256sum", ["-c", "--quiet"], { input: listing.stdout, encoding: "utf8" })
    expect([checked.status, listing.stdout.split("\n").length - 1]).toEqual([0, 6])
    const second = await run(["studies", "extract", "--json", ...flags], own)
    expect(second.code).toBe(0)
    const modes = receiptOf(second.stdout).units.flatMap(({ value }) =>
      (value as unknown as { tables: ReadonlyArray<{ mode: string }> }).tables.map(({ mode }) => mode),
    )
    expect(modes).toContain("incremental")
    const drift = ["studies", "run", "--pipeline", "drift", "--extract-folder", "pulls", "--json", ...quick]
    const same = receiptOf((await run(drift, own)).stdout)
    expect(same.units.map(({ value }) => (value as unknown as { text: string }).text)).toEqual(["", ""])
    const wrong = await run(["studies", "extract", "--resource", "recrods"], own)
    expect([wrong.code, wrong.stderr]).toEqual([
      2,
      'error: there is no resource "recrods"; did you mean records?\n\nhint: heddle studies extract --resource records\n',
    ])
    simulated.child.kill("SIGTERM")
    expect((await simulated.done).code).toBe(0)
  })

  it("an extract that was stopped is resumed into its own folder, whatever the settings say", async () => {
    let broken = true
    await using server = await registry({ A: 1, B: 2 }, ({ path }) => {
      if (path.endsWith("/B/subjects") && broken) return { status: 500, body: { message: "x" } }
      return undefined
    })
    using dir = folder()
    const first = await run(
      ["studies", "extract", "--resource", "subjects", "--out", "pulls", "--format", "jsonl", ...quick],
      at(server, dir.path),
    )
    expect(first.code).toBe(3)
    const files = () =>
      readdirSync(join(dir.path, "pulls"), { recursive: true })
        .map(String)
        .filter((name) => /\.json/.test(name))
    expect(files().toSorted()).toEqual(["A/extract.json", "A/subjects.jsonl"])
    const before = server.subjectsOf("A").length
    broken = false
    const resumed = await run(["studies", "resume", ...quick], at(server, dir.path))
    expect(resumed.code).toBe(0)
    expect(files()).toHaveLength(4)
    expect(server.subjectsOf("A")).toHaveLength(before)
    expect(jsonLines(readFileSync(join(dir.path, "pulls", "B", "subjects.jsonl"), "utf8"))).toHaveLength(2)
    const verified = await run(["runs", "verify"], at(server, dir.path))
    expect([verified.code, verified.stdout.split("\n").length - 1]).toEqual([0, 4])
  })
})
