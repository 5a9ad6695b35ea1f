/**
 * Documentation that is run: every `@example` of a package's sources, every TypeScript block of its README that states a
 * result, and every file in `examples/` is executed by plain Node, as a reader would.
 *
 * A result is stated behind an expression: `Plan.make(…).kind // => "studies"`.
 *
 * @layer app
 * @module
 */
import { spawnSync } from "node:child_process"
import { mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs"
import { join, relative } from "node:path"

/** A piece of documentation that can be run. */
export interface Example {
  /** File and line, relative to the package. */
  readonly source: string
  readonly code: string
}

/** How one example went. */
export interface Result {
  readonly source: string
  readonly checks: number
  readonly problem: string | undefined
}

/** A whole package's examples end within this time. */
export const timeoutMs = 120_000

/** Pages of a package unless others are named; paths from its folder. */
const readmes: ReadonlyArray<string> = ["README.md"]

/** All examples of a package: doc comments of `src`, and blocks of its pages that state a result. */
export const collect = (packageFolder: string, pages = readmes): ReadonlyArray<Example> => {
  const found: Array<Example> = []
  for (const file of filesBelow(join(packageFolder, "src"), ".ts")) {
    found.push(...fromDocs(readFileSync(file, "utf8"), relative(packageFolder, file)))
  }
  for (const page of pages) found.push(...fromMarkdown(readFileSync(join(packageFolder, page), "utf8"), page))
  return found
}

/** `@example` sections of doc comments. */
export const fromDocs = (text: string, file: string): ReadonlyArray<Example> => {
  const found: Array<Example> = []
  for (const comment of text.matchAll(/\/\*\*([\s\S]*?)\*\//g)) {
    const body = comment[1] ?? ""
    const lines = body.split("\n").map((line) => line.replace(/^\s*\* ?/, ""))
    let code: Array<string> | undefined
    let startLine = 0
    const firstLine = text.slice(0, comment.index).split("\n").length
    const end = () => {
      if (code !== undefined) found.push({ source: `${file}:${startLine}`, code: code.join("\n") })
      code = undefined
    }
    for (const [index, line] of lines.entries()) {
      if (line.startsWith("@example")) {
        end()
        code = []
        startLine = firstLine + index
      } else if (/^@[a-z]/.test(line)) end()
      else if (!line.startsWith("```")) code?.push(line)
    }
    end()
  }
  return found
}

/** Fenced TypeScript blocks that state at least one result. */
export const fromMarkdown = (text: string, file: string): ReadonlyArray<Example> =>
  [...text.matchAll(/^```ts\n([\s\S]*?)^```/gm)]
    .map((block) => ({
      source: `${file}:${text.slice(0, block.index).split("\n").length}`,
      code: block[1] ?? "",
    }))
    .filter(({ code }) => code.includes("// =>"))

const stated = /^(\s*)(?!\/\/)(.+?);?\s*\/\/ => (.+)$/

/** The example as a module that reports each stated result. Throws where a result stands behind what is no expression. */
export const toModule = (example: Example): { readonly text: string; readonly checks: number } => {
  let checks = 0
  const lines = example.code.split("\n").map((line) => {
    const match = stated.exec(line)
    if (match === null) return line
    const [, indent = "", expression = "", value = ""] = match
    if (/^(const|let|var|import|export|return|if|for|}|\)|\.)/.test(expression.trim())) {
      throw new Error(`${example.source}: state a result behind a whole expression, not behind: ${expression.trim()}`)
    }
    checks++
    return `${indent}__check(await (${expression}), (${value}), ${JSON.stringify(expression.trim())})`
  })
  const prelude = [
    'import { isDeepStrictEqual as __equal, inspect as __inspect } from "node:util"',
    "const __check = (actual: unknown, expected: unknown, expression: string) => {",
    "  if (!__equal(actual, expected)) throw new Error(`${expression} is ${__inspect(actual)}, not ${__inspect(expected)}`)",
    "}",
  ]
  return { text: [...prelude, ...lines, "export {}", ""].join("\n"), checks }
}

/** Runs a package's examples in one Node process. Generated files live in `test/.generated` while they run. */
export const run = (packageFolder: string, pages = readmes): ReadonlyArray<Result> => {
  const examples = collect(packageFolder, pages)
  const folder = join(packageFolder, "test", ".generated", `${process.pid}`)
  mkdirSync(folder, { recursive: true })
  try {
    const modules = examples.map((example, index) => {
      const { text, checks } = toModule(example)
      const name = `example${index}.ts`
      writeFileSync(join(folder, name), text)
      return { source: example.source, checks, name }
    })
    for (const file of filesBelow(join(packageFolder, "examples"), ".ts")) {
      const source = relative(packageFolder, file)
      modules.push({ source, checks: 0, name: relative(folder, file).replaceAll("\\", "/") })
    }
    const main = [
      `const modules = ${JSON.stringify(modules)}`,
      "const quiet = () => true",
      "const say = process.stdout.write.bind(process.stdout)",
      "for (const module of modules) {",
      "  let problem",
      "  process.stdout.write = quiet",
      "  try { await import(module.name.startsWith('.') ? module.name : `./${module.name}`) }",
      "  catch (error) { problem = String(error?.stack ?? error) }",
      "  process.stdout.write = say",
      "  say(JSON.stringify({ source: module.source, checks: module.checks, problem }) + '\\n')",
      "}",
    ]
    writeFileSync(join(folder, "main.mjs"), main.join("\n"))
    const child = spawnSync(process.execPath, [join(folder, "main.mjs")], {
      cwd: packageFolder,
      encoding: "utf8",
      timeout: timeoutMs,
    })
    const results = child.stdout
      .split("\n")
      .filter((line) => line.startsWith("{"))
      .map((line): Result => {
        const { source, checks, problem } = JSON.parse(line)
        return { source, checks, problem }
      })
    if (results.length < modules.length) {
      const lost = modules[results.length]
      results.push({ source: lost?.source ?? "main", checks: 0, problem: `it ended the process: ${child.stderr}` })
    }
    return results
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}

const filesBelow = (folder: string, extension: string): ReadonlyArray<string> => {
  try {
    return readdirSync(folder, { recursive: true, withFileTypes: true })
      .filter((entry) => entry.isFile() && entry.name.endsWith(extension))
      .map((entry) => join(entry.parentPath, entry.name))
      .toSorted()
  } catch (error) {
    if (error instanceof Error && "code" in error && error.code === "ENOENT") return []
    throw error
  }
}
