import { Workspace } from "@heddle/layers"
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { dirname, join } from "node:path"
import { fileURLToPath, pathToFileURL } from "node:url"
import { afterEach, describe, expect, it } from "vitest"
import * as PublicSurface from "../src/PublicSurface.ts"

const root = fileURLToPath(new URL("../../..", import.meta.url)).replace(/\/$/, "")
const workspace = Workspace.open(root)
const packages = workspace.projects.filter(({ area }) => area === "packages")

describe("public surface", () => {
  it.each(packages.map((project) => [project.name, project] as const))(
    "%s offers what its snapshot says",
    (_name, project) => {
      const file = `${root}/${project.folder}/test/public-surface.txt`
      const snapshot = existsSync(file) ? readFileSync(file, "utf8") : ""
      expect(PublicSurface.render(workspace, project), "changed on purpose? npm run -s surface -- --write").toBe(
        snapshot,
      )
    },
  )

  it.each(packages.map((project) => [project.name, project] as const))(
    "%s: the names read from the sources are those that an import gives",
    async (_name, project) => {
      const text = PublicSurface.render(workspace, project)
      for (const { specifier, path } of PublicSurface.entries(workspace, project)) {
        const loaded: object = await import(pathToFileURL(`${root}/${path}`).href)
        const listed = text.split(`\n${specifier}\n`)[1]?.split("\n\n")[0] ?? ""
        const values = [...listed.matchAll(/^ {2}(\S+): (.*)$/gm)].filter(([, , kinds = ""]) =>
          /class|const|function|namespace|value/.test(kinds),
        )
        expect(
          values.map(([, name]) => name),
          specifier,
        ).toEqual(Object.keys(loaded).sort())
      }
    },
  )

  const folders: Array<string> = []
  afterEach(() => {
    for (const folder of folders.splice(0)) rmSync(folder, { recursive: true, force: true })
  })

  it("lists each kind of export under each entry, through barrels and renames, and nothing that is closed", () => {
    const folder = mkdtempSync(join(tmpdir(), "heddle-surface-"))
    folders.push(folder)
    const files: Readonly<Record<string, string>> = {
      "packages/core/package.json": JSON.stringify({
        name: "@heddle/core",
        exports: { ".": "./src/index.ts", "./node": "./src/node/index.ts", "./internal/*": null, "./*": "./src/*.ts" },
      }),
      "packages/core/src/index.ts": 'export * as Run from "./Run.ts"\nexport * from "./Kinds.ts"\n',
      "packages/core/src/node/index.ts": 'export { hidden as shown } from "../internal/hidden.ts"\n',
      "packages/core/src/internal/hidden.ts": "export const hidden = 1\n",
      "packages/core/src/Run.ts": "const run = () => 1\nexport { run, run as again }\nexport default run\n",
      "packages/core/src/Kinds.ts":
        "export const a = 1, { b, c: [d] } = x\nexport function f() {}\nexport class C {}\nexport interface I {}\nexport type T = I\nexport const I = 2\n",
    }
    for (const [path, text] of Object.entries(files)) {
      mkdirSync(dirname(join(folder, path)), { recursive: true })
      writeFileSync(join(folder, path), text)
    }
    const small = Workspace.open(folder)
    expect(small.projects.map((project) => PublicSurface.render(small, project))).toEqual([
      [
        "# What @heddle/core offers. Changed on purpose? npm run -s surface -- --write",
        "",
        "@heddle/core",
        ...[
          "C: class",
          "I: const, interface",
          "Run: namespace of ./Run.ts",
          "T: type",
          "a: const",
          "b: const",
          "d: const",
          "f: function",
        ].map((line) => `  ${line}`),
        "",
        "@heddle/core/Kinds",
        ...["C: class", "I: const, interface", "T: type", "a: const", "b: const", "d: const", "f: function"].map(
          (line) => `  ${line}`,
        ),
        "",
        "@heddle/core/Run",
        ...["again: function", "default: value", "run: function"].map((line) => `  ${line}`),
        "",
        "@heddle/core/node",
        "  shown: const",
        "",
      ].join("\n"),
    ])
  })
})
