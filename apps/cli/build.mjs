/**
 * Builds the command line as one folder: dist/heddle.js answers help and usage by itself; everything else lies in lazy
 * chunks under dist/lib, with the programs of worker threads under the names that their owners look for beside them.
 *
 * @module
 */
import { chmodSync, rmSync } from "node:fs"
import { dirname } from "node:path"
import { fileURLToPath } from "node:url"
import { rolldown } from "rolldown"

const here = dirname(fileURLToPath(import.meta.url))
const dist = `${here}/dist`

rmSync(`${dist}/heddle.js`, { force: true })
rmSync(`${dist}/lib`, { recursive: true, force: true })

const bundle = await rolldown({
  cwd: here,
  platform: "node",
  input: {
    heddle: "src/main.ts",
    "lib/internal/workerEntry": "../../packages/core/src/node/internal/workerEntry.ts",
    "lib/pipelineAdapter": "../../packages/studies/src/internal/pipelineAdapter.ts",
  },
  onLog: (level, log, handler) => {
    if (level === "warn") throw new Error(log.message)
    handler(level, log)
  },
})
await bundle.write({
  dir: dist,
  format: "esm",
  entryFileNames: "[name].js",
  chunkFileNames: "lib/[name]-[hash].js",
  minify: { compress: true, mangle: false, codegen: true },
})
await bundle.close()
chmodSync(`${dist}/heddle.js`, 0o755)
