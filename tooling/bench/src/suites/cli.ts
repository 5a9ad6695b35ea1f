/**
 * How soon the command line answers: `heddle --help` from the bundle against a Node that does nothing.
 *
 * @layer app
 * @module
 */
import { execFileSync, spawnSync } from "node:child_process"
import { mkdtempSync, rmSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { fileURLToPath } from "node:url"
import type { Contestant, Suite } from "../Suite.ts"

const build = fileURLToPath(new URL("../../../../apps/cli/build.mjs", import.meta.url))

/** A whole process from its start to its end; what it prints is not compared, only that it ends well. */
const wholeProcess = (
  name: string,
  version: string,
  command: string,
  args: () => ReadonlyArray<string>,
  close: () => void = () => {},
): Contestant => ({
  name,
  command,
  open: () => {
    const words = args()
    return Promise.resolve({
      version,
      run: () => {
        const start = performance.now()
        const child = spawnSync(process.execPath, words, { stdio: "ignore" })
        return Promise.resolve({ elapsedMs: performance.now() - start, result: child.status })
      },
      close: () => Promise.resolve(close()),
    })
  },
})

let folder = ""

export const suite: Suite = {
  name: "cli",
  cases: [
    {
      name: "heddle --help from the bundle",
      rounds: 21,
      warmupRounds: 3,
      ours: wholeProcess(
        "heddle --help",
        "workspace",
        "node heddle.js --help",
        () => {
          folder = mkdtempSync(join(tmpdir(), "heddle-bench-"))
          execFileSync(process.execPath, [build, folder], { stdio: "ignore" })
          return [join(folder, "heddle.js"), "--help"]
        },
        () => rmSync(folder, { recursive: true, force: true }),
      ),
      peers: [wholeProcess("node -e 0", process.version, "node -e 0", () => ["-e", "0"])],
    },
  ],
}
