/**
 * Tests against scikit-image as Debian has it; run by the whole check, which installs it, and by hand:
 * `vitest run --config packages/imaging/vitest.peers.config.ts`.
 */
import { availableParallelism } from "node:os"
import { fileURLToPath } from "node:url"
import { defineConfig } from "vitest/config"

const here = fileURLToPath(new URL(".", import.meta.url))

export default defineConfig({
  test: {
    root: here,
    include: ["test/peers/*.peer.ts"],
    // A file waits for its peer's answer most of the time, and the peers take one core each.
    maxWorkers: Math.max(2, availableParallelism() - 1),
    reporters: ["default", fileURLToPath(new URL("../../tooling/count-reporter.ts", import.meta.url))],
    testTimeout: 300_000,
  },
})
