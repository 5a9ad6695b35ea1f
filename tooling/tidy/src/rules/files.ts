/**
 * Rules on a file as a whole: its header, its length, words left over, switched-off tests, and what names this machine.
 *
 * @layer logic
 * @module
 */
import type { ModuleSource } from "@heddle/layers"
import { Visitor } from "rolldown/utils"
import type { Finding } from "../Finding.ts"

export const linesMax = 600

export const checkHeader = (module: ModuleSource.ModuleSource, needsLayer: boolean): ReadonlyArray<Finding> => {
  const finding = (message: string): Finding => ({
    path: module.path,
    line: 1,
    rule: "module-header",
    message,
    instead: `begin the file with /** what the concept is, in plain words${needsLayer ? "; @layer contract|logic|adapter|app" : ""}; @module */`,
  })
  if (module.header === undefined) return [finding("the file has no header")]
  const lines = module.header.split("\n").map((line) => line.replace(/^\s*\*?\s*/, ""))
  const words = lines
    .filter((line) => !line.startsWith("@"))
    .join(" ")
    .trim()
  const missing = [
    ...(words.length < 20 ? ["a sentence on what the module is"] : []),
    ...(needsLayer && module.layer === undefined ? ["@layer"] : []),
    ...(lines.some((line) => line.startsWith("@module")) ? [] : ["@module"]),
  ]
  return missing.length === 0 ? [] : [finding(`the header lacks ${missing.join(", ")}`)]
}

export const checkLength = (path: string, text: string): ReadonlyArray<Finding> => {
  const lines = text.split("\n").length - (text.endsWith("\n") ? 1 : 0)
  if (lines <= linesMax) return []
  return [
    {
      path,
      line: linesMax + 1,
      rule: "file-length",
      message: `${lines} lines; ${linesMax} is the limit`,
      instead: "one concept per file: move the second concept into a module of its own",
    },
  ]
}

const leftoverInComment = /\b(TODO|FIXME|XXX|HACK)\b|\b(for now|stub(bed)?|placeholder|(not|un)[ -]?implemented)\b/i
const leftoverInString = /\b(TODO|FIXME)\b|\b(not implemented|unimplemented)\b/

export const checkLeftovers = (module: ModuleSource.ModuleSource): ReadonlyArray<Finding> => {
  const findings: Array<Finding> = []
  const add = (offset: number, word: string) =>
    findings.push({
      path: module.path,
      line: module.lineOf(offset),
      rule: "leftover",
      message: `"${word}" marks work that is not finished`,
      instead: "finish it, or take the part out",
    })
  for (const comment of module.syntax.comments) {
    const found = leftoverInComment.exec(comment.value)
    if (found !== null) add(comment.start + 2 + found.index, found[0])
  }
  new Visitor({
    Literal(node) {
      const found = typeof node.value === "string" ? leftoverInString.exec(node.value) : null
      if (found !== null) add(node.start, found[0])
    },
    TemplateElement(node) {
      const found = leftoverInString.exec(node.value.raw)
      if (found !== null) add(node.start, found[0])
    },
  }).visit(module.syntax.program)
  return findings
}

const runners = new Set(["it", "test", "describe", "suite", "layer"])
const switches = new Map([
  ["only", "run one test by name: vitest -t"],
  ["skip", "mend the test or delete it"],
  ["todo", "write the test"],
  ["fails", "say what should hold, and make it hold"],
  ["skipIf", "let HEDDLE_SOAK choose the size of the sample, not whether the test runs"],
  ["runIf", "let HEDDLE_SOAK choose the size of the sample, not whether the test runs"],
])

export const checkTestSwitches = (module: ModuleSource.ModuleSource): ReadonlyArray<Finding> => {
  const findings: Array<Finding> = []
  new Visitor({
    MemberExpression(node) {
      if (node.computed || node.property.type !== "Identifier") return
      const instead = switches.get(node.property.name)
      if (instead === undefined) return
      let base = node.object
      while (base.type === "MemberExpression") base = base.object
      if (base.type !== "Identifier" || !runners.has(base.name)) return
      findings.push({
        path: module.path,
        line: module.lineOf(node.property.start),
        rule: "test-switch",
        message: `.${node.property.name} leaves tests out of the count`,
        instead,
      })
    },
  }).visit(module.syntax.program)
  return findings
}

const machinePath = /(?<![\w.~%-])\/(?:(?:work|farm|root)\/|tmp\/(?:tc|w|bash_jobs)\b)/
const registryHost = /\bregistry\.(?:npmjs|yarnpkg|npmmirror)\b/

export const checkPlaces = (path: string, text: string): ReadonlyArray<Finding> => {
  if (!machinePath.test(text) && !registryHost.test(text)) return []
  return text.split("\n").flatMap((line, index): ReadonlyArray<Finding> => {
    const at = { path, line: index + 1 }
    const machine = machinePath.exec(line)
    const host = registryHost.exec(line)
    return [
      ...(machine === null
        ? []
        : [
            {
              ...at,
              rule: "machine-path" as const,
              message: `${machine[0]} is a folder of one machine`,
              instead: "a path from the repository's root",
            },
          ]),
      ...(host === null
        ? []
        : [
            {
              ...at,
              rule: "registry-host" as const,
              message: `${host[0]} names a registry`,
              instead: "leave it to the user's npm configuration",
            },
          ]),
    ]
  })
}
