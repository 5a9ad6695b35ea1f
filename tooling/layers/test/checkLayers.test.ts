import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { dirname, join } from "node:path"
import { fileURLToPath } from "node:url"
import { afterEach, describe, expect, it } from "vitest"
import { checkLayers, render, type Rule } from "../src/checkLayers.ts"

/** A module of the given layer with this code. */
const module = (layer: string, code: string) =>
  `/**\n * A module of the small tree.\n *\n * @layer ${layer}\n * @module\n */\n${code}\n`

const manifest = (name: string, extra: object = {}) =>
  JSON.stringify({
    name,
    type: "module",
    exports: {
      ".": "./src/index.ts",
      "./node": "./src/node/index.ts",
      "./node/*": "./src/node/*.ts",
      "./internal/*": null,
      "./package.json": "./package.json",
      "./*": "./src/*.ts",
    },
    ...extra,
  })

/** A small tree that keeps every rule; each test below breaks one. */
const clean: Readonly<Record<string, string>> = {
  "packages/core/package.json": manifest("@heddle/core"),
  "packages/core/src/index.ts": module(
    "contract",
    'export * as Ledger from "./Ledger.ts"\nexport * as Run from "./Run.ts"',
  ),
  "packages/core/src/Ledger.ts": module(
    "contract",
    'import type * as Effect from "effect/Effect"\nexport type Ledger = Effect.Effect<void>',
  ),
  "packages/core/src/Run.ts": module(
    "logic",
    'import type { Ledger } from "./Ledger.ts"\nexport const run = (ledger: Ledger) => ledger',
  ),
  "packages/core/src/internal/pool.ts": module("logic", "export const pool = 1"),
  "packages/core/src/node/index.ts": module("adapter", 'export * from "./Files.ts"'),
  "packages/core/src/node/Files.ts": module(
    "adapter",
    'import { sep } from "node:path"\nimport { run } from "../Run.ts"\nexport const files = [sep, run]',
  ),
  "packages/studies/package.json": manifest("@heddle/studies", { dependencies: { "@heddle/core": "workspace:^" } }),
  "packages/studies/src/index.ts": module("contract", 'export * from "./Study.ts"'),
  "packages/studies/src/Study.ts": module("logic", 'import { run } from "@heddle/core/Run"\nexport const study = run'),
  "packages/imaging/package.json": manifest("@heddle/imaging"),
  "packages/imaging/src/index.ts": module("logic", "export const blur = 1"),
  "apps/cli/package.json": manifest("heddle"),
  "apps/cli/src/main.ts": module(
    "app",
    'import { files } from "@heddle/core/node"\nimport { study } from "@heddle/studies"\nexport const all = [files, study]',
  ),
  "tooling/bench/package.json": manifest("@heddle/bench"),
  "tooling/bench/src/index.ts": "export {}\n",
}

const folders: Array<string> = []
afterEach(() => {
  for (const folder of folders.splice(0)) rmSync(folder, { recursive: true, force: true })
})

const check = (changes: Readonly<Record<string, string>>) => {
  const root = mkdtempSync(join(tmpdir(), "heddle-layers-"))
  folders.push(root)
  for (const [path, text] of Object.entries({ ...clean, ...changes })) {
    mkdirSync(dirname(join(root, path)), { recursive: true })
    writeFileSync(join(root, path), text)
  }
  return checkLayers(root)
}

/** Line of the code that follows the six lines of the header. */
const codeLine = 7

describe("layers", () => {
  it("a clean tree has no violation, and every module of it was looked at", () => {
    expect(check({})).toEqual({ modules: 10, violations: [] })
  })

  const seeds: ReadonlyArray<readonly [claim: string, rule: Rule, path: string, text: string, line?: number]> = [
    ["a module without a header", "layer-header", "packages/core/src/Bare.ts", "export const bare = 1\n", 1],
    ["a header whose layer is no layer", "layer-header", "packages/core/src/Bare.ts", module("service", ""), 1],
    [
      "a package's module that calls itself app",
      "layer-header",
      "packages/core/src/node/Bare.ts",
      module("app", ""),
      1,
    ],
    [
      "a contract that imports logic",
      "layer-order",
      "packages/core/src/Bad.ts",
      module("contract", 'export { run } from "./Run.ts"'),
    ],
    [
      "a contract that imports only a type of logic",
      "layer-order",
      "packages/core/src/Bad.ts",
      module("contract", 'import type { run } from "./Run.ts"\nexport type Bad = typeof run'),
    ],
    [
      "a contract that names a type of logic in place",
      "layer-order",
      "packages/core/src/Bad.ts",
      module("contract", 'export type Bad = import("./Run.ts").Run'),
    ],
    [
      "logic that imports an adapter of its own package",
      "layer-order",
      "packages/core/src/node/Bad.ts",
      module("logic", 'import { files } from "./Files.ts"\nexport const bad = files'),
    ],
    [
      "logic that imports another package's adapter",
      "layer-order",
      "packages/studies/src/node/Bad.ts",
      module("logic", 'import { files } from "@heddle/core/node/Files"\nexport const bad = files'),
    ],
    [
      "logic that imports adapters through a barrel",
      "layer-order",
      "packages/studies/src/node/Bad.ts",
      module("logic", 'import { files } from "@heddle/core/node"\nexport const bad = files'),
    ],
    [
      "logic that loads an adapter later",
      "layer-order",
      "packages/core/src/node/Bad.ts",
      module("logic", 'export const bad = () => import("./Files.ts")'),
    ],
    [
      "a root module that imports Node",
      "platform-free",
      "packages/core/src/Bad.ts",
      module("adapter", 'import { sep } from "node:path"\nexport const bad = sep'),
    ],
    [
      "a root module that imports Node without its prefix",
      "platform-free",
      "packages/core/src/Bad.ts",
      module("adapter", 'import { readFile } from "fs/promises"\nexport const bad = readFile'),
    ],
    [
      "an internal module that imports platform-node",
      "platform-free",
      "packages/core/src/internal/bad.ts",
      module("adapter", 'export * from "@effect/platform-node/NodeFileSystem"'),
    ],
    [
      "a root barrel that exports an adapter",
      "platform-free",
      "packages/core/src/index.ts",
      module("contract", 'export * from "./node/Files.ts"'),
    ],
    [
      "a root module that reaches another package's adapter",
      "platform-free",
      "packages/studies/src/Bad.ts",
      module("adapter", 'export * from "@heddle/core/node/Files"'),
    ],
    [
      "a root module whose worker is an adapter",
      "platform-free",
      "packages/core/src/Bad.ts",
      module("adapter", 'export const bad = new URL("./node/Files.ts", import.meta.url)'),
    ],
    [
      "an area that imports another area",
      "package-dependency",
      "packages/imaging/src/Bad.ts",
      module("logic", 'export * from "@heddle/studies/Study"'),
    ],
    [
      "core that imports an area",
      "package-dependency",
      "packages/core/src/Bad.ts",
      module("logic", 'export * from "@heddle/studies"'),
    ],
    [
      "a manifest that declares a package it may not use",
      "package-dependency",
      "packages/imaging/package.json",
      manifest("@heddle/imaging", { dependencies: { "@heddle/core": "workspace:^" } }),
      1,
    ],
    [
      "a package that imports an app",
      "app-import",
      "packages/studies/src/Bad.ts",
      module("logic", 'export * from "heddle/main"'),
    ],
    [
      "a package that reaches into an app by path",
      "app-import",
      "packages/studies/src/Bad.ts",
      module("logic", 'export * from "../../../apps/cli/src/main.ts"'),
    ],
    [
      "a package that imports a tool",
      "tooling-import",
      "packages/studies/src/Bad.ts",
      module("logic", 'export * from "@heddle/bench"'),
    ],
    [
      "an app that reaches into a tool by path",
      "tooling-import",
      "apps/cli/src/bad.ts",
      module("app", 'export * from "../../../tooling/bench/src/index.ts"'),
    ],
    [
      "an import of another package's internals",
      "closed-import",
      "packages/studies/src/Bad.ts",
      module("logic", 'export * from "@heddle/core/internal/pool"'),
    ],
    [
      "an import that no entry offers",
      "closed-import",
      "packages/studies/src/Bad.ts",
      module("logic", 'export * from "@heddle/core/Nothing"'),
    ],
    [
      "an import of another package's source by path",
      "outside-import",
      "packages/studies/src/Bad.ts",
      module("logic", 'export * from "../../core/src/Run.ts"'),
    ],
    [
      "an import of a file beside src",
      "outside-import",
      "packages/studies/src/Bad.ts",
      module("logic", 'export * from "../test/helper.ts"'),
    ],
    [
      "an import of a file that is not there",
      "missing-file",
      "packages/studies/src/Bad.ts",
      module("logic", 'export * from "./Nothing.ts"'),
    ],
    [
      "a package that the rules do not know",
      "unknown-package",
      "packages/novel/package.json",
      manifest("@heddle/novel"),
      1,
    ],
  ]
  it.each(seeds.map((seed) => [seed[0], seed[1], seed] as const))(
    "%s is refused as %s",
    (_claim, rule, [, , path, text, line = codeLine]) => {
      const { violations } = check({ [path]: text })
      expect(violations.map((violation) => [violation.rule, violation.path, violation.line])).toEqual([
        [rule, path, line],
      ])
      expect(violations[0]?.remedy).not.toBe("")
      expect(violations.map(render).join("")).toMatch(/^\S+:\d+ {2}\S+: .+\n {4}instead: .+$/)
    },
  )

  it("a comment or a string that looks like an import is none", () => {
    const text = module(
      "contract",
      '// import { run } from "./Run.ts"\n/* export * from "node:fs" */\nexport const text = `import("node:fs") from "./Run.ts"`\nexport const url = "import x from \'heddle\'"',
    )
    expect(check({ "packages/core/src/Text.ts": text }).violations).toEqual([])
  })

  it("an import over several lines is found at its first line", () => {
    const text = module("contract", 'import {\n  run,\n} from /* here */ "./Run.ts"\nexport const bad = run')
    expect(check({ "packages/core/src/Bad.ts": text }).violations).toMatchObject([
      { rule: "layer-order", line: codeLine },
    ])
  })

  it("this repository keeps the rules", () => {
    const { modules, violations } = checkLayers(fileURLToPath(new URL("../../..", import.meta.url)))
    expect(violations.map(render)).toEqual([])
    expect(modules).toBeGreaterThan(0)
  })
})
