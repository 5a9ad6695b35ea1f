/**
 * Builds the command line as one folder: dist/heddle.js answers help and usage by itself; everything else lies in lazy
 * chunks under dist/lib, with the programs of worker threads under the names that their owners look for beside them.
 *
 *   node build.mjs [folder]     dist unless given
 *
 * @module
 */
import { chmodSync, readFileSync, rmSync, writeFileSync } from "node:fs"
import { createRequire } from "node:module"
import { dirname, resolve } from "node:path"
import { fileURLToPath } from "node:url"
import { rolldown } from "rolldown"

const here = dirname(fileURLToPath(import.meta.url))
const dist = resolve(process.argv[2] ?? `${here}/dist`)

rmSync(`${dist}/heddle.js`, { force: true })
rmSync(`${dist}/lib`, { recursive: true, force: true })

/**
 * `export * from "undici"` of @effect/platform-node names nothing that can be known while bundling, because undici is
 * CommonJS: a chunk that is loaded later would then have a default export only. The names are written out instead.
 */
const namedUndici = {
  name: "named-undici",
  transform(_code, id) {
    if (!/platform-node\/(?:dist|src)\/Undici\.[jt]s$/.test(id)) return null
    const names = Object.keys(createRequire(id)("undici")).filter((name) => name !== "default")
    return `import Undici from "undici"\nexport default Undici\nexport const { ${names.join(", ")} } = Undici\n`
  },
}

const bundle = await rolldown({
  cwd: here,
  platform: "node",
  plugins: [namedUndici],
  input: {
    heddle: "src/main.ts",
    "lib/internal/workerEntry": "../../packages/core/src/node/internal/workerEntry.ts",
    "lib/internal/pipelineAdapter": "../../packages/studies/src/internal/pipelineAdapter.ts",
    "lib/internal/runAdapter": "../../packages/experiments/src/internal/runAdapter.ts",
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
// The folder runs wherever it is copied to, so it says itself what its files are and of which version.
const { version } = JSON.parse(readFileSync(`${here}/package.json`, "utf8"))
writeFileSync(`${dist}/package.json`, `${JSON.stringify({ type: "module", version })}\n`)
