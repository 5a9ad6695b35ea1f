/**
 * The whole check, step by step: `.ci/run` and `npm run -s checks` come here. A step's output is shown when it
 * fails; the tests come last, as a user would call them, so that their count is the last line.
 *
 * Give names of steps to run those alone: `npm run -s checks -- lint packages`.
 *
 * @module
 */
import { spawnSync } from "node:child_process"
import { mkdtempSync, rmSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { fileURLToPath } from "node:url"
import { checkPeers } from "./ci/checkPeers.ts"
import { checkPackages } from "./ci/checkPackages.ts"
import { checkSeededViolations } from "./ci/checkSeededViolations.ts"
import { outputBytesMax, StepFailure, type Run } from "./ci/Run.ts"

const root = fileURLToPath(new URL("..", import.meta.url)).replace(/\/$/, "")
const stepTimeoutMs = 10 * 60_000

/** Runs a program and returns what it said on both streams; a failure carries the output. */
const run: Run = (command, options = {}) => {
  const [file, ...args] = command
  const result = spawnSync(file, args, {
    cwd: options.cwd ?? root,
    env: { ...process.env, ...options.env },
    encoding: "utf8",
    stdio: ["ignore", "pipe", "pipe"],
    maxBuffer: outputBytesMax,
    timeout: stepTimeoutMs,
  })
  const output = `${result.stdout ?? ""}${result.stderr ?? ""}`
  if (result.error !== undefined) throw new StepFailure(`${command.join(" ")}: ${result.error.message}`, output)
  const status = result.status ?? 1
  if (status !== (options.status ?? 0)) {
    throw new StepFailure(`${command.join(" ")} ended with status ${status}, not ${options.status ?? 0}`, output)
  }
  return output
}

/** A copy of the repository's tracked files in a temporary folder, with its packages linked, for checks that change files. */
const inTemporaryFolder = (use: (folder: string) => string): string => {
  const folder = mkdtempSync(join(tmpdir(), "heddle-ci-"))
  try {
    return use(folder)
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}

const effectDiagnostics = (): string => {
  const output = run(["effect-tsgo", "diagnostics", "--project", "tsconfig.json", "--strict", "--format", "text"])
  // Without its plugin entry in the tsconfig the program checks no file and calls that a success.
  const files = Number(/Checked (\d+) files/.exec(output)?.[1] ?? 0)
  if (files === 0) throw new StepFailure("effect-tsgo checked no file", output)
  return `${files} files`
}

const changesets = (): string => {
  // `status` compares with the base branch; a clone of another branch alone has only its remote name.
  const has = (ref: string) => spawnSync("git", ["rev-parse", "--verify", "--quiet", ref], { cwd: root }).status === 0
  const since = has("main") ? [] : ["--since", has("origin/main") ? "origin/main" : "HEAD"]
  run(["changeset", "status", ...since])
  return ""
}

/** A step returns a word on what it saw, shown beside its time. */
const steps: ReadonlyArray<readonly [name: string, what: string, step: () => string]> = [
  [
    "wasm",
    "image kernels compiled again, same bytes",
    () => (run(["node", "packages/imaging/build/wasm.ts", "--check"]).trim().split("\n").at(-1) ?? "").trim(),
  ],
  ["build", "turbo run build", () => (run(["turbo", "run", "build", "--output-logs=errors-only"]), "")],
  ["lint", "oxlint", () => (run(["oxlint", "--deny-warnings"]), "")],
  ["format", "oxfmt --check", () => (run(["oxfmt", "--check"]), "")],
  ["boundaries", "turbo boundaries", () => (run(["turbo", "boundaries"]), "")],
  ["layers", "layer rules", () => run(["node", "tooling/layers/src/main.ts"]).trim()],
  ["tidy", "house style", () => run(["node", "tooling/tidy/src/main.ts"]).trim()],
  ["types", "tsc --build, sources and tests", () => (run(["tsc", "--build"]), "")],
  ["effect", "Effect diagnostics", effectDiagnostics],
  ["changesets", "changeset status", changesets],
  [
    "seeded",
    "seeded violations are caught",
    () => inTemporaryFolder((folder) => checkSeededViolations({ root, folder, run })),
  ],
  [
    "packages",
    "packed, linted, installed, run",
    () => inTemporaryFolder((folder) => checkPackages({ root, folder, run })),
  ],
  ["peers", "image kernels beside scikit-image, and in Chromium", () => checkPeers({ run })],
]

const wanted = process.argv.slice(2)
const known = [...steps.map(([name]) => name), "tests"]
const unknown = wanted.filter((name) => !known.includes(name))
if (unknown.length > 0) {
  process.stderr.write(`unknown step: ${unknown.join(", ")}; steps: ${known.join(", ")}\n`)
  process.exit(2)
}
const chosen = (name: string) => wanted.length === 0 || wanted.includes(name)
const seconds = (start: number) => `${((performance.now() - start) / 1000).toFixed(1)} s`

const failed: Array<string> = []
for (const [name, what, step] of steps) {
  if (!chosen(name)) continue
  const start = performance.now()
  try {
    const seen = step()
    process.stdout.write(`ok      ${name.padEnd(11)} ${what}${seen === "" ? "" : ` (${seen})`}, ${seconds(start)}\n`)
  } catch (error) {
    if (!(error instanceof StepFailure)) throw error
    failed.push(name)
    process.stdout.write(
      `${error.output.trimEnd()}\nFAILED  ${name.padEnd(11)} ${what}, ${seconds(start)}: ${error.message}\n`,
    )
    process.stdout.write(`        again with: npm run -s checks -- ${name}\n`)
  }
}
if (failed.length > 0) process.stdout.write(`FAILED so far: ${failed.join(", ")}\n`)
if (chosen("tests")) {
  // The README's own command. npm's notice of a newer npm would follow the count.
  const tests = spawnSync("npm", ["test"], {
    cwd: root,
    stdio: ["ignore", "inherit", "inherit"],
    env: { ...process.env, npm_config_update_notifier: "false", npm_config_loglevel: "error" },
  })
  if (tests.status !== 0) failed.push("tests")
}
process.exitCode = failed.length === 0 ? 0 : 1
