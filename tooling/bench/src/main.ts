/**
 * `npm run -s bench -- [suite …] [--json] [--write]`: runs the suites named, or all. `--json` puts one JSON line per row on
 * stdout; `--write` puts the tables into `tooling/bench/README.md`. Ends with 1 when a limit does not hold or answers differ.
 *
 * @layer app
 * @module
 */
import { existsSync, readdirSync, readFileSync, writeFileSync } from "node:fs"
import { cpus, platform, release, totalmem } from "node:os"
import { fileURLToPath } from "node:url"
import { parseArgs } from "node:util"
import { BenchError, runSuite, type Row } from "./harness.ts"
import type { Suite } from "./Suite.ts"
import { line, markdown, replaceTable } from "./table.ts"

const readme = fileURLToPath(new URL("../README.md", import.meta.url))
const folder = new URL("./suites/", import.meta.url)

const main = async (): Promise<number> => {
  const { values, positionals } = parseArgs({
    options: { json: { type: "boolean", default: false }, write: { type: "boolean", default: false } },
    allowPositionals: true,
  })
  const known = existsSync(folder)
    ? readdirSync(folder)
        .filter((file) => file.endsWith(".ts"))
        .map((file) => file.slice(0, -".ts".length))
        .sort()
    : []
  const unknown = positionals.filter((name) => !known.includes(name))
  if (unknown.length > 0) {
    process.stderr.write(`unknown suite: ${unknown.join(", ")}; suites: ${known.join(", ")}\n`)
    return 2
  }
  let status = 0
  for (const name of positionals.length === 0 ? known : positionals) {
    // A file in suites/ exports its Suite; its name is checked, the rest by the compiler.
    const loaded: { readonly suite: Suite } = await import(new URL(`${name}.ts`, folder).href)
    if (loaded.suite.name !== name) throw new BenchError(`suites/${name}.ts exports a suite named ${loaded.suite.name}`)
    const rows = await runSuite(loaded.suite, (row) => {
      process.stdout.write(`${values.json ? JSON.stringify(row) : line(row)}\n`)
      if (values.json && "skipped" in row) process.stderr.write(`${line(row)}\n`)
    })
    if (rows.some((row) => "holds" in row && row.holds === false)) status = 1
    if (values.write) write(name, rows)
  }
  return status
}

const write = (suite: string, rows: ReadonlyArray<Row>) => {
  const machine = {
    cpu: cpus()[0]?.model ?? "unknown processor",
    cores: cpus().length,
    memoryGiB: Math.round(totalmem() / 2 ** 30),
    system: `${platform()} ${release()}`,
    node: process.versions.node,
    date: new Date().toISOString().slice(0, 10),
  }
  writeFileSync(readme, replaceTable(readFileSync(readme, "utf8"), suite, markdown(rows, machine)))
}

try {
  process.exitCode = await main()
} catch (error) {
  if (!(error instanceof BenchError)) throw error
  process.stderr.write(`${error.message}\n`)
  process.exitCode = 1
}
