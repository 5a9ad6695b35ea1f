/**
 * The way to keep a line against a rule: `// tidy-allow: <rule> — <reason>` on the line before. A reason is needed, and an
 * allowance that nothing needs any more is reported.
 *
 * @layer logic
 * @module
 */
import type { ModuleSource } from "@heddle/layers"
import { rules, type Finding, type Rule } from "./Finding.ts"

interface Allowance {
  readonly line: number
  /** First line of code after the comment, to which it applies. */
  readonly covers: number
  readonly rule: Rule
}

/** Rules on a file as a whole: the allowance may stand anywhere in it. */
const wholeFile = new Set<Rule>(["module-header", "file-length", "orphan"])
const reasonCharactersMin = 10

export const applyAllowances = (
  module: ModuleSource.ModuleSource,
  findings: ReadonlyArray<Finding>,
): ReadonlyArray<Finding> => {
  const kept: Array<Finding> = []
  const allowances: Array<Allowance> = []
  const lines = module.text.split("\n")
  const broken = (line: number, message: string, instead: string) =>
    kept.push({ path: module.path, line, rule: "allow-comment", message, instead })
  for (const comment of module.syntax.comments) {
    const found = /^\s*tidy-allow:?\s*([\w-]*)\s*(.*)$/m.exec(comment.value)
    if (found === null || comment.type !== "Line") continue
    const line = module.lineOf(comment.start)
    const rule = rules.find((name) => name === found[1])
    const reason = (found[2] ?? "").replace(/^(—|–|-+|:)\s*/, "").trim()
    if (rule === undefined) broken(line, `there is no rule "${found[1]}"`, `one of ${rules.join(", ")}`)
    else if (reason.length < reasonCharactersMin)
      broken(line, "the allowance gives no reason", `// tidy-allow: ${rule} — why this line must stay`)
    else {
      let covers = line + 1
      while (/^\s*(\/\/|$)/.test(lines[covers - 1] ?? "x")) covers++
      allowances.push({ line, covers, rule })
    }
  }
  const used = new Set<Allowance>()
  for (const finding of findings) {
    const allowance = allowances.find(
      ({ covers, rule }) => rule === finding.rule && (wholeFile.has(rule) || covers === finding.line),
    )
    if (allowance === undefined) kept.push(finding)
    else used.add(allowance)
  }
  for (const allowance of allowances) {
    if (!used.has(allowance))
      broken(allowance.line, `nothing here breaks the rule ${allowance.rule}`, "delete the comment")
  }
  return kept
}
