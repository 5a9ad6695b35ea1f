/**
 * Writes or compares the snapshots of the public surface: `npm run -s surface -- [--write]`.
 *
 * @layer app
 * @module
 */
import { Workspace } from "@heddle/layers"
import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs"
import { fileURLToPath } from "node:url"
import { render } from "./PublicSurface.ts"

const root = fileURLToPath(new URL("../../..", import.meta.url)).replace(/\/$/, "")
const write = process.argv.includes("--write")
const workspace = Workspace.open(root)
for (const project of workspace.projects.filter(({ area }) => area === "packages")) {
  const file = `${root}/${project.folder}/test/public-surface.txt`
  const now = render(workspace, project)
  const before = existsSync(file) ? readFileSync(file, "utf8") : ""
  if (write) {
    mkdirSync(`${root}/${project.folder}/test`, { recursive: true })
    if (before !== now) writeFileSync(file, now)
  }
  const word = before === now ? "unchanged" : write ? "written" : "changed: npm run -s surface -- --write"
  process.stdout.write(`${project.name}: ${word}\n`)
  if (before !== now && !write) process.exitCode = 1
}
