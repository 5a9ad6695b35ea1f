/** Counts the acceptance cases: none may be missing, switched off, or without an assertion. */
import { readdirSync, readFileSync } from "node:fs"
import { fileURLToPath } from "node:url"
import { assert, describe, it } from "vitest"
import { blankOf, type TestCase, testCasesOf } from "./testCases.ts"

const root = fileURLToPath(new URL("../../../../", import.meta.url))
const folders = ["packages/core/test", "packages/studies/test", "packages/imednet/test", "apps/cli/test"]

/** The cases of the specification, how many tests each has at least for its variants, and where a command exists for it. */
const cases: ReadonlyArray<readonly [id: string, title: string, testsMin: number, command: boolean]> = [
  ["A1", "happy path", 1, true],
  ["A2", "order is selection order", 1, false],
  ["A3", "both filters", 1, true],
  ["A4", "unknown and case-different allow keys", 1, true],
  ["A5", "empty allow-list", 1, true],
  ["A6", "empty registry", 1, true],
  ["A7", "duplicate keys, same page and across pages", 1, false],
  ["A8", "malformed registry items", 1, true],
  ["A9", "hostile and unicode keys", 1, false],
  ["A10", "429 with Retry-After: seconds, date, garbage, over the cap", 4, true],
  ["A11", "shared 429 gate", 1, false],
  ["A12", "500 then ok, 500 for ever", 2, false],
  ["A13", "client errors are not retried: 403, 400, 401, 404", 4, true],
  ["A14", "malformed JSON: truncated, [], HTML, 204, 302", 5, false],
  ["A15", "page loops (a) (b) (c)", 3, false],
  ["A16", "registry shrinks", 1, false],
  ["A17", "odd envelopes (a) (b) (c)", 3, false],
  ["A18", "isolation under a permanently failing study", 1, true],
  ["A19", "10,000 studies, and streaming", 2, false],
  ["A20", "slow study and honest time", 1, true],
  ["A21", "non-Error throws, process.exit in a worker", 2, false],
  ["A22", "async and lazy pipelines", 1, false],
  ["A23", "pipeline that never ends: promise, request, process exit, busy loop", 4, true],
  ["A24", "run deadline", 1, true],
  ["A25", "interruption mid-run, once and twice", 2, true],
  ["A26", "resume, after a stop and after kill -9", 2, true],
  ["A27", "context (a) to (e)", 5, false],
  ["A28", "secrets", 1, true],
  ["A29", "write and job: completed, [], FAILED, empty state, 500, 429, e-mail with line break", 7, false],
  ["A30", "filters, sort, size", 2, false],
  ["A31", "transport faults: reset, stall, down", 3, true],
  ["A32", "drift, and strict mode", 2, false],
  ["A33", "events", 1, true],
  ["A34", "dry run", 1, true],
]

const testFiles = (folder: string): ReadonlyArray<string> =>
  readdirSync(`${root}${folder}`, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile() && entry.name.endsWith(".test.ts") && !entry.parentPath.includes("fixtures"))
    .map((entry) => `${entry.parentPath.slice(root.length)}/${entry.name}`)

const found: ReadonlyArray<TestCase> = folders
  .flatMap(testFiles)
  .flatMap((file) => testCasesOf(file, readFileSync(`${root}${file}`, "utf8")))

const running = found.filter(({ switchedOff }) => !switchedOff)
const inLibrary = running.filter(({ file }) => file.startsWith("packages/imednet/test/acceptance/"))
const inCommands = running.filter(({ file }) => file.startsWith("apps/cli/test/"))

const missing = (tests: ReadonlyArray<TestCase>, wanted: typeof cases, least: (testsMin: number) => number) =>
  wanted
    .filter(([id, , testsMin]) => {
      const rows = tests.filter((test) => test.id === id).map((test) => test.rows)
      return rows.reduce((sum, one) => sum + one, 0) < least(testsMin)
    })
    .map(([id, title]) => `${id} ${title}`)

describe("the acceptance cases are counted", () => {
  it("the table names A1 to A34, each once", () => {
    assert.deepStrictEqual(
      cases.map(([id]) => id),
      Array.from({ length: 34 }, (_, index) => `A${index + 1}`),
    )
  })

  it("each case has its tests over the whole library", () => {
    assert.deepStrictEqual(
      missing(inLibrary, cases, (testsMin) => testsMin),
      [],
    )
  })

  it("each case that has a command has a test of that command's process", () => {
    const withCommand = cases.filter(([, , , command]) => command)
    assert.strictEqual(withCommand.length, 18)
    assert.deepStrictEqual(
      missing(inCommands, withCommand, () => 1),
      [],
    )
  })

  it("no test of a case is switched off, names a case that does not exist, or asserts nothing", () => {
    const known = new Set(cases.map(([id]) => id))
    const named = (tests: ReadonlyArray<TestCase>) => tests.map(({ file, name }) => `${file}: ${name}`)
    assert.deepStrictEqual(named(found.filter(({ switchedOff }) => switchedOff)), [])
    assert.deepStrictEqual(named(found.filter(({ id }) => !known.has(id))), [])
    assert.deepStrictEqual(named(found.filter(({ assertions }) => assertions === 0)), [])
    // Far fewer would mean that the reader of sources is blind.
    assert.isAtLeast(found.length, 120)
  })
})

describe("the count itself", () => {
  const read = (source: string) =>
    testCasesOf("x.test.ts", source).map(({ id, assertions, switchedOff }) => [id, assertions, switchedOff])

  it("finds a test without an assertion, whatever stands beside it", () => {
    assert.deepStrictEqual(
      read(`
        it("A1 asserts nothing", () => { run("assert.isTrue(x)"); /* expect(1) */ // expect(2)
        })
        it.live(\`A2 asserts \${f({ a: "}" })} twice\`, () => { assert.isTrue(/[(]expect\\(/.test(y)); expect(1).toBe(1) })
        it("no case", () => { assert.isTrue(x) })
        it.live("A3 by a helper", () => same(1))
        const same = (a) => { assert.strictEqual(a, 1) }
      `),
      [
        ["A1", 0, false],
        ["A2", 2, false],
        ["A3", 1, false],
      ],
    )
  })

  it("counts the rows of the table that a test is made for", () => {
    const source = `
      const rows: ReadonlyArray<readonly [string, object]> = [["a", { b: [1] }], ["(", {}], ["c", f({ d: 1 })]]
      for (const [what, { b }] of rows) {
        it(\`A1 \${what}\`, () => { expect(what) })
      }
      it("A2 once", () => { expect(1) })`
    assert.deepStrictEqual(
      testCasesOf("x.test.ts", source).map(({ id, rows }) => [id, rows]),
      [
        ["A1", 3],
        ["A2", 1],
      ],
    )
  })

  it("finds a test that is switched off, and none in comments or texts", () => {
    const text = "it(\\'A5 in a text\\', x)"
    assert.deepStrictEqual(
      read(`it.skip("A1 off", () => { expect(1) })\n// it("A2 in a comment", () => {})\nconst text = '${text}'\n`),
      [["A1", 1, true]],
    )
  })

  it("keeps the length and the brackets of a source", () => {
    const source = 'f(`a${g({ b: `c${"}"}` })}`, /[/)]/, ")") // (\nh()'
    const blank = blankOf(source)
    assert.strictEqual(blank.length, source.length)
    assert.strictEqual(blank.replaceAll(/[^(){}]/g, ""), "(({}))()")
  })
})
