/**
 * What tidy reports: one place, the rule it breaks, and what to write instead.
 *
 * @layer contract
 * @module
 */

export const rules = [
  "clock",
  "random",
  "console",
  "promise-chain",
  "timer",
  "process-exit",
  "any",
  "double-cast",
  "ts-comment",
  "barrel-import",
  "module-header",
  "export-docs",
  "file-length",
  "orphan",
  "leftover",
  "machine-path",
  "registry-host",
  "test-switch",
  "package-parts",
  "top-level",
  "allow-comment",
] as const
export type Rule = (typeof rules)[number]

export interface Finding {
  /** From the repository's root. */
  readonly path: string
  /** From 1. */
  readonly line: number
  readonly rule: Rule
  readonly message: string
  /** What to write or do instead. */
  readonly instead: string
}

export const render = ({ path, line, rule, message, instead }: Finding): string =>
  `${path}:${line}  ${rule}: ${message}\n    instead: ${instead}`
