/**
 * Calls and types that the packages and apps do without, each with what takes its place.
 *
 * @layer logic
 * @module
 */
import type { ModuleSource } from "@heddle/layers"
import { Visitor } from "rolldown/utils"
import type { Finding, Rule } from "../Finding.ts"

const chainLinks = new Set(["then", "catch", "finally"])
const timers = new Set(["setTimeout", "setInterval"])
const barrels = new Set(["effect", "@effect/platform-node"])

export const checkCalls = (
  module: ModuleSource.ModuleSource,
  options: { readonly inApp: boolean },
): ReadonlyArray<Finding> => {
  const findings: Array<Finding> = []
  const add = (offset: number, rule: Rule, message: string, instead: string) =>
    findings.push({ path: module.path, line: module.lineOf(offset), rule, message, instead })

  const imported = new Set<string>()
  for (const statement of module.syntax.program.body) {
    if (statement.type !== "ImportDeclaration") continue
    for (const { local } of statement.specifiers) imported.add(local.name)
  }
  const mayTime = module.layer === "adapter" || module.layer === "app"

  new Visitor({
    MemberExpression(node) {
      if (node.object.type !== "Identifier" || node.computed || node.property.type !== "Identifier") return
      const name = `${node.object.name}.${node.property.name}`
      if (name === "Date.now") add(node.start, "clock", "Date.now ignores a test's clock", "Clock.currentTimeMillis")
      if (name === "Math.random")
        add(node.start, "random", "Math.random cannot be repeated from a seed", "the Random service (Random.next)")
      if (name === "process.exit" && !options.inApp) {
        add(
          node.start,
          "process-exit",
          "process.exit skips finalizers and loses output",
          "fail with a typed error that carries its exitCode",
        )
      }
      if (node.object.name === "console") {
        add(
          node.start,
          "console",
          `${name} bypasses log level, redaction and stdout's contract`,
          "Effect.log…, or the Output service in apps",
        )
      }
    },
    NewExpression(node) {
      if (node.callee.type === "Identifier" && node.callee.name === "Date" && node.arguments.length === 0) {
        add(
          node.start,
          "clock",
          "new Date() ignores a test's clock",
          "DateTime.now, or new Date(ms) with Clock.currentTimeMillis",
        )
      }
    },
    CallExpression(node) {
      const { callee } = node
      if (callee.type === "Identifier") {
        if (timers.has(callee.name) && !mayTime) {
          add(
            node.start,
            "timer",
            `${callee.name} outside of an adapter`,
            "Effect.sleep, Effect.timeout or a Schedule, which tests can move",
          )
        }
        if (callee.name === "Date") add(node.start, "clock", "Date() ignores a test's clock", "DateTime.now")
        return
      }
      if (callee.type !== "MemberExpression" || callee.computed || callee.property.type !== "Identifier") return
      const { name } = callee.property
      if (!chainLinks.has(name)) return
      // `Effect.catch(…)` and the like: a function of an imported module, not a promise's method.
      if (callee.object.type === "Identifier" && imported.has(callee.object.name)) return
      add(
        callee.property.start,
        "promise-chain",
        `.${name}( chains a promise`,
        "Effect.tryPromise and Effect's combinators, or await",
      )
    },
    TSAnyKeyword(node) {
      add(
        node.start,
        "any",
        "any switches the type check off",
        "unknown with a Schema or a narrowing, or a type parameter",
      )
    },
    TSAsExpression(node) {
      const inner = node.expression
      if (inner.type === "TSAsExpression" && inner.typeAnnotation.type === "TSUnknownKeyword") {
        add(
          node.start,
          "double-cast",
          "as unknown as … says nothing that the compiler can check",
          "Schema.decodeUnknown…, or a type guard",
        )
      }
    },
  }).visit(module.syntax.program)

  for (const comment of module.syntax.comments) {
    const found = /@ts-(ignore|nocheck|expect-error)/.exec(comment.value)
    if (found !== null) add(comment.start, "ts-comment", `${found[0]} hides a type error`, "mend the type")
  }
  for (const site of module.imports) {
    if (barrels.has(site.specifier)) {
      const instead =
        site.specifier === "effect"
          ? 'import * as Effect from "effect/Effect"'
          : '"@effect/platform-node/NodeFileSystem"'
      findings.push({
        path: module.path,
        line: site.line,
        rule: "barrel-import",
        message: `"${site.specifier}" loads the whole library`,
        instead: `the module alone: ${instead}`,
      })
    }
  }
  return findings
}
