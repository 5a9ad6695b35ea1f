/**
 * Tests against scikit-image as Debian has it; run by the whole check, which installs it, and by hand:
 * `vitest run --config packages/imaging/vitest.peers.config.ts`.
 */
import { fileURLToPath } from "node:url"
import { defineConfig } from "vitest/config"

const here = fileURLToPath(new URL(".", import.meta.url))

export default defineConfig({
  test: {
    root: here,
    include: ["test/peers/*.peer.ts"],
    reporters: ["default", fileURLToPath(new URL("../../tooling/count-reporter.ts", import.meta.url))],
    testTimeout: 300_000,
  },
})
