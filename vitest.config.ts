import { existsSync, readdirSync } from "node:fs"
import { basename } from "node:path"
import { fileURLToPath } from "node:url"
import { defineConfig } from "vitest/config"

const here = fileURLToPath(new URL(".", import.meta.url))
const roots = ["packages", "apps", "tooling"].flatMap((dir) =>
  readdirSync(`${here}${dir}`)
    .map((name) => `${dir}/${name}`)
    .filter((root) => existsSync(`${here}${root}/package.json`)),
)

export default defineConfig({
  test: {
    reporters: ["default", "./tooling/count-reporter.ts"],
    // Process tests start real children on a machine that may be busy; the bound is for hangs, not for speed.
    testTimeout: 60_000,
    hookTimeout: 60_000,
    projects: roots.map((root) => ({
      extends: true as const,
      test: {
        name: basename(root),
        root,
        include: ["test/**/*.test.ts"],
        globalSetup: existsSync(`${here}${root}/test/globalSetup.ts`) ? ["test/globalSetup.ts"] : [],
      },
    })),
  },
})
