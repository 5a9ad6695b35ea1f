/**
 * What each package must have, and what may stand at the top of the repository.
 *
 * @layer logic
 * @module
 */
import type { Finding } from "../Finding.ts"
import * as PublicSurface from "../PublicSurface.ts"
import type { Tree } from "../Tree.ts"

/** The design's top level, and what the tools insist on. */
const topLevel = new Set([
  ".changeset",
  ".ci",
  ".gitattributes",
  ".github",
  ".gitignore",
  ".node-version",
  ".oxfmtrc.json",
  ".oxlintrc.json",
  "LICENSE",
  "README.md",
  "apps",
  "package.json",
  "packages",
  "pnpm-lock.yaml",
  "pnpm-workspace.yaml",
  "tooling",
  "tsconfig.base.json",
  "tsconfig.json",
  "tsconfig.test.json",
  "turbo.json",
  "vitest.config.ts",
])

export const checkTopLevel = (tree: Tree): ReadonlyArray<Finding> =>
  [...new Set(tree.paths.map((path) => path.split("/")[0] ?? path))]
    .filter((name) => !topLevel.has(name))
    .map((name) => ({
      path: name,
      line: 1,
      rule: "top-level",
      message: "this does not belong to the top of the repository",
      instead: "put it into packages/, apps/ or tooling/",
    }))

export const checkParts = (tree: Tree): ReadonlyArray<Finding> =>
  tree.workspace.projects
    .filter(({ area }) => area !== "tooling")
    .flatMap((project) => {
      const has = (path: string) => tree.paths.includes(`${project.folder}/${path}`)
      const lacks = (message: string, instead: string): Finding => ({
        path: `${project.folder}/package.json`,
        line: 1,
        rule: "package-parts",
        message: `${project.name} has ${message}`,
        instead,
      })
      const found: Array<Finding> = []
      if (!has("README.md"))
        found.push(lacks("no README.md", "write one: what it is for, an example, how to put in your own layer"))
      else if (project.area === "packages" && !/```(ts|typescript)\b/.test(tree.text(`${project.folder}/README.md`))) {
        found.push(lacks("no example in its README.md", "add a ```ts block that a test runs"))
      }
      if (!tree.paths.some((path) => path.startsWith(`${project.folder}/test/`) && path.endsWith(".test.ts"))) {
        found.push(lacks("no tests", "add test/<Noun>.test.ts"))
      }
      if (project.area === "packages" && !has("test/public-surface.txt")) {
        found.push(lacks("no snapshot of its public surface", "npm run -s surface -- --write"))
      }
      for (const { specifier } of PublicSurface.entries(tree.workspace, project)) {
        if (!specifier.includes("/internal/")) continue
        found.push(
          lacks(
            `an open door to its internals: ${specifier}`,
            `close the folder in exports: "./node/internal/*": null`,
          ),
        )
      }
      return found
    })
