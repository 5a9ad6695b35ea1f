import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { dirname, join } from "node:path"
import { fileURLToPath } from "node:url"
import { afterEach, describe, expect, it } from "vitest"
import { checkTidy } from "../src/checkTidy.ts"
import { render, rules, type Rule } from "../src/Finding.ts"

const header = (layer: string) =>
  `/**\n * A module of the small tree, to be checked.\n *\n * @layer ${layer}\n * @module\n */\n`
/** A module with this code from line 7 on, as it stands. */
const bare = (code: string, layer = "logic") => `${header(layer)}${code}\n`
/** The same with each export explained. */
const module = (code: string, layer = "logic") =>
  bare(code.replaceAll(/^export (?=const|type)/gm, "/** One of its parts. */ export "), layer)
const codeLine = 7

const exportsMap = { ".": "./src/index.ts", "./node/*": "./src/node/*.ts", "./internal/*": null, "./*": "./src/*.ts" }

/** A small tree that keeps every rule; each test below breaks one. */
const clean: Readonly<Record<string, string>> = {
  "package.json": "{}",
  "README.md": "# Small\n",
  "packages/core/package.json": JSON.stringify({ name: "@heddle/core", exports: exportsMap }),
  "packages/core/README.md": '# Core\n\n```ts\nimport "@heddle/core"\n```\n',
  "packages/core/examples/first.ts": "export {}\n",
  "packages/core/src/index.ts": module('export * as Run from "./Run.ts"'),
  "packages/core/src/Run.ts": module(
    'import * as Effect from "effect/Effect"\nimport { pool } from "./internal/pool.ts"\nexport const run = Effect.catch(pool, () => Effect.void)',
  ),
  "packages/core/src/internal/pool.ts": module("export const pool = new Date(0)"),
  "packages/core/src/node/Wait.ts": module("setTimeout(() => {}, 1)", "adapter"),
  "packages/core/test/Run.test.ts": 'import "./helper.ts"\nimport "../examples/first.ts"\n',
  "packages/core/test/helper.ts": "export {}\n",
  "packages/core/test/public-surface.txt": "",
  "apps/cli/package.json": JSON.stringify({ name: "heddle", scripts: { build: "node build.mjs" } }),
  "apps/cli/README.md": "# heddle\n",
  "apps/cli/src/main.ts": module('process.exit(1)\nimport("./verb.run.ts")', "app"),
  "apps/cli/src/verb.run.ts": module("export {}", "app"),
  "apps/cli/test/main.test.ts": "export {}\n",
}

const folders: Array<string> = []
afterEach(() => {
  for (const folder of folders.splice(0)) rmSync(folder, { recursive: true, force: true })
})

const check = (changes: Readonly<Record<string, string | undefined>>) => {
  const root = mkdtempSync(join(tmpdir(), "heddle-tidy-"))
  folders.push(root)
  for (const [path, text] of Object.entries({ ...clean, ...changes })) {
    if (text === undefined) continue
    mkdirSync(dirname(join(root, path)), { recursive: true })
    writeFileSync(join(root, path), text)
  }
  return checkTidy(root)
}

const bad = "packages/core/src/Bad.ts"
const seeds: ReadonlyArray<
  readonly [claim: string, rule: Rule, path: string, text: string | undefined, line?: number]
> = [
  ["Date.now", "clock", bad, module("export const a = Date.now()")],
  ["new Date() without an argument", "clock", bad, module("export const a = new Date()")],
  ["Date() as a call", "clock", bad, module("export const a = Date()")],
  ["Math.random", "random", bad, module("export const a = Math.random()")],
  ["Math.random passed on without a call", "random", bad, module("export const a = Math.random")],
  ["console.log", "console", bad, module('console.log("a")')],
  ["console.error in an app", "console", "apps/cli/src/verb.run.ts", module('console.error("a")', "app")],
  ["a promise chain with then", "promise-chain", bad, module("export const a = (b: Promise<void>) => b.then(() => 1)")],
  [
    "a promise chain with catch",
    "promise-chain",
    bad,
    module("export const a = (b: Promise<void>) => b.catch(() => 1)"),
  ],
  [
    "a promise chain over several lines",
    "promise-chain",
    bad,
    module("export const a = (b: Promise<void>) =>\n  b\n    .finally(() => 1)"),
    codeLine + 2,
  ],
  ["setTimeout in logic", "timer", bad, module("setTimeout(() => {}, 1)")],
  ["setInterval in a contract", "timer", bad, module("setInterval(() => {}, 1)", "contract")],
  ["process.exit in a package", "process-exit", "packages/core/src/node/Bad.ts", module("process.exit(1)", "adapter")],
  ["as any", "any", bad, module("export const a = 1 as any")],
  ["a parameter of type any", "any", bad, module("export const a = (b: any) => b")],
  ["an array of any", "any", bad, module("export type A = Array<any>")],
  ["as unknown as", "double-cast", bad, module('export const a = 1 as unknown as "b"')],
  ["@ts-ignore", "ts-comment", bad, module("// @ts-ignore\nexport const a = 1")],
  ["@ts-expect-error", "ts-comment", bad, module("// @ts-expect-error\nexport const a = 1")],
  ["the effect barrel", "barrel-import", bad, module('import { Effect } from "effect"\nexport const a = Effect.void')],
  [
    "the platform-node barrel in an app",
    "barrel-import",
    "apps/cli/src/verb.run.ts",
    module('export * from "@effect/platform-node"', "app"),
  ],
  ["no header", "module-header", bad, "export {}\n", 1],
  [
    "a header without @module",
    "module-header",
    bad,
    "/**\n * A module of the small tree, to be checked.\n *\n * @layer logic\n */\nexport {}\n",
    1,
  ],
  [
    "a header without @layer",
    "module-header",
    bad,
    "/**\n * A module of the small tree, to be checked.\n *\n * @module\n */\nexport {}\n",
    1,
  ],
  ["a header without words", "module-header", bad, "/**\n * @layer logic\n * @module\n */\nexport {}\n", 1],
  ["an export without a doc comment", "export-docs", bad, bare("export const a = 1")],
  [
    "an export with a category alone",
    "export-docs",
    bad,
    bare("/** @category models */\nexport type A = 1"),
    codeLine + 1,
  ],
  ["an export with a line comment", "export-docs", bad, bare("// The number one.\nexport const a = 1"), codeLine + 1],
  [
    "a comment that belongs to other code",
    "export-docs",
    bad,
    bare("/** It is one. */\nconst b = 1\nexport class A {}"),
    codeLine + 2,
  ],
  ["a word that is no sentence", "export-docs", bad, bare("/** Both. */\nexport function a() {}"), codeLine + 1],
  [
    "the type of a schema that is not explained",
    "export-docs",
    "packages/core/src/node/Bad.ts",
    bare("const A = 1\n/** @category models */\nexport type A = typeof A", "adapter"),
    codeLine + 2,
  ],
  [
    "a type of another name behind a schema",
    "export-docs",
    bad,
    bare("/** It is one. */\nexport const A = 1\n/** @category models */\nexport type B = typeof A"),
    codeLine + 3,
  ],
  [
    "a type behind a schema of its name that is made by hand",
    "export-docs",
    bad,
    bare("/** It is one. */\nexport const A = 1\n/** @category models */\nexport interface A { readonly b: 1 }"),
    codeLine + 3,
  ],
  ["601 lines", "file-length", bad, module("export const a = 1\n".repeat(594) + "export const b = 1"), 601],
  [
    "an internal module that nobody imports",
    "orphan",
    "packages/core/src/internal/lost.ts",
    module("export const a = 1"),
    1,
  ],
  ["a module of an app that nobody imports", "orphan", "apps/cli/src/lost.ts", module("export const a = 1", "app"), 1],
  ["a helper of the tests that no test names", "orphan", "packages/core/test/lost.ts", "export {}\n", 1],
  ["an example that no test runs", "orphan", "packages/core/examples/lost.ts", "export {}\n", 1],
  ["TODO in a comment", "leftover", bad, module("// TO" + "DO: later\nexport const a = 1")],
  ["a stub", "leftover", bad, module("export const a = 1 // a st" + "ub")],
  ["an error that says it is not implemented", "leftover", bad, module('export const a = "not imple' + 'mented"')],
  ["a folder of one machine in a document", "machine-path", "README.md", "# Small\n\ncd /wo" + "rk/main\n", 3],
  ["a folder of one machine in a source", "machine-path", bad, module('export const a = "/ro' + 'ot/.npmrc"')],
  ["a registry's host", "registry-host", "package.json", '{ "registry": "https://registry.npm' + 'js.org" }', 1],
  [
    "it.only",
    "test-switch",
    "packages/core/test/Run.test.ts",
    'import "./helper.ts"\nimport "../examples/first.ts"\nit.only("a", () => {})\n',
    3,
  ],
  [
    "it.effect.skip",
    "test-switch",
    "packages/core/test/Run.test.ts",
    'import "./helper.ts"\nimport "../examples/first.ts"\nit.effect.skip("a")\n',
    3,
  ],
  [
    "describe.skipIf",
    "test-switch",
    "packages/core/test/Run.test.ts",
    'import "./helper.ts"\nimport "../examples/first.ts"\ndescribe.skipIf(true)("a")\n',
    3,
  ],
  ["a package without README", "package-parts", "packages/core/README.md", undefined, 1],
  ["a package without an example in its README", "package-parts", "packages/core/README.md", "# Core\n", 1],
  [
    "a package without the snapshot of its surface",
    "package-parts",
    "packages/core/test/public-surface.txt",
    undefined,
    1,
  ],
  [
    "internals that a pattern of exports opens",
    "package-parts",
    "packages/core/package.json",
    JSON.stringify({ name: "@heddle/core", exports: { ...exportsMap, "./internal/*": "./src/internal/*.ts" } }),
    1,
  ],
  ["an app without tests", "package-parts", "apps/cli/test/main.test.ts", undefined, 1],
  ["a folder that does not belong to the top", "top-level", "scripts/a.txt", "a\n", 1],
  ["an allowance without a reason", "allow-comment", bad, module("// tidy-allow: clock\nexport const a = 1")],
  [
    "an allowance for a rule that does not exist",
    "allow-comment",
    bad,
    module("// tidy-allow: time — because it is needed here\nexport const a = 1"),
  ],
  [
    "an allowance that nothing needs",
    "allow-comment",
    bad,
    module("// tidy-allow: clock — because it is needed here\nexport const a = 1"),
  ],
]

describe("tidy", () => {
  it("a clean tree has no finding, and every file of it was looked at", () => {
    expect(check({})).toEqual({ files: Object.keys(clean).length, findings: [] })
  })

  it.each(seeds.map((seed) => [seed[0], seed[1], seed] as const))(
    "%s is reported as %s",
    (_claim, rule, [, , path, text, line = codeLine]) => {
      const { findings } = check({ [path]: text })
      const place =
        rule === "package-parts"
          ? `${path.split("/").slice(0, 2).join("/")}/package.json`
          : rule === "top-level"
            ? path.split("/")[0]
            : path
      expect(findings.map((finding) => [finding.rule, finding.path, finding.line])).toEqual([[rule, place, line]])
      expect(findings.map(render).join("")).toMatch(/^\S+:\d+ {2}\S+: .+\n {4}instead: .+$/)
    },
  )

  it("every rule has a seed", () => {
    expect(new Set(seeds.map(([, rule]) => rule))).toEqual(new Set(rules))
  })

  it("an allowance with a reason keeps its line, and that line alone", () => {
    const allowed =
      "// tidy-allow: clock — the file's own time is wanted\n// and no test reads it\nexport const a = Date.now()\n"
    expect(check({ [bad]: module(allowed) }).findings).toEqual([])
    expect(check({ [bad]: module(`${allowed}export const b = Date.now()`) }).findings).toMatchObject([
      { rule: "clock", line: codeLine + 3 },
    ])
  })

  it("the type of a schema needs its category alone right behind the explained schema", () => {
    const text =
      "/** It is one. @category schemas */\nexport const A = Schema.Struct({})\n/** @category models */\nexport interface A extends Schema.Schema.Type<typeof A> {}"
    expect(check({ [bad]: bare(text) }).findings).toEqual([])
  })

  it("what only the package itself sees needs no doc comment, and the second signature of a function no second one", () => {
    const overloads = "/** It is one. */\nexport function a(): 1\nexport function a(b?: 1) { return 1 }"
    expect(
      check({ [bad]: bare(overloads), "packages/core/src/internal/pool.ts": bare("export const pool = 1") }).findings,
    ).toEqual([])
  })

  it("what stands in a comment or a string is no call", () => {
    const text =
      '// Date.now() and Math.random()\nexport const a = "console.log(Date.now())"\nexport const b = `as any`'
    expect(check({ [bad]: module(text) }).findings).toEqual([])
  })

  it("this repository is tidy", () => {
    const { files, findings } = checkTidy(fileURLToPath(new URL("../../..", import.meta.url)))
    expect(findings.map(render)).toEqual([])
    expect(files).toBeGreaterThan(0)
  })
})
