import { existsSync, readdirSync } from "node:fs"
import { availableParallelism } from "node:os"
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
    // Vitest leaves one core to itself, on two cores the half; but where a file waits for its processes, its worker is idle.
    maxWorkers: Math.max(2, availableParallelism() - 1),
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
