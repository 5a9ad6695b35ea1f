/**
 * The four texts that the predecessor's reports are made of, byte for byte: summary, methods, codebook and significance
 * brief. They are Markdown without a final line end and escape nothing; our own report is `@heddle/experiments/Report`.
 *
 * @layer logic
 * @module
 */
import type { Condition } from "../Condition.ts"
import { compareCodePoints, repr, str } from "../StableJson.ts"
import type { Study } from "../Study.ts"
import { isMap, type Value, type ValueMap } from "../Value.ts"

const lines = (parts: ReadonlyArray<string>): string => parts.join("\n")

/** What the summary counts: the statuses of the runs that have a result. @category renderers */
export const studySummary = (study: Study, statuses: ReadonlyArray<string>): string => {
  const counts = new Map<string, number>()
  for (const status of statuses) counts.set(status, (counts.get(status) ?? 0) + 1)
  const primary = study.outcomes.filter((outcome) => outcome.primary).map((outcome) => outcome.name)
  return lines([
    `# Study Summary: ${study.title}`,
    "",
    `- Study ID: \`${study.studyId}\``,
    `- Runs: \`${statuses.length}\``,
    `- Conditions: \`${study.factors.length}\` factors, \`${study.blocks.length}\` blocks`,
    `- Primary outcomes: ${primary.length === 0 ? "none" : primary.join(", ")}`,
    "",
    "## Status Counts",
    ...[...counts].sort(([a], [b]) => compareCodePoints(a, b)).map(([status, count]) => `- ${status}: ${count}`),
    "",
    "## Hypotheses",
    ...study.hypotheses.map((hypothesis) => `- \`${hypothesis.hypothesisId}\`: ${hypothesis.statement}`),
  ])
}

/** Which design, factors and blocks. @category renderers */
export const methodsText = (study: Study): string =>
  lines([
    "## Methods",
    "",
    `Study ID: \`${study.studyId}\``,
    `Design: \`${study.designSpec.kind}\``,
    `Replicates: \`${study.runBudget.replicates}\``,
    `Seed policy: \`${study.seedPolicy.strategy}\``,
    "",
    "### Factors",
    ...study.factors.map((factor) => `- \`${factor.name}\` (${factor.kind}): ${factor.description}`),
    "",
    "### Blocks",
    ...study.blocks.map((block) => `- \`${block.name}\` with levels ${repr([...block.levels])}`),
  ])

/** Ids of conditions and where outcomes are found. @category renderers */
export const codebook = (study: Study, conditions: ReadonlyArray<Condition>): string =>
  lines([
    "## Codebook",
    "",
    "### Condition IDs",
    ...conditions.map(
      (condition) =>
        `- \`${condition.conditionId}\` -> factors=${repr(condition.factorAssignments)}, blocks=${repr(condition.blockAssignments)}`,
    ),
    "",
    "### Outcomes",
    ...study.outcomes.map(
      (outcome) => `- \`${outcome.name}\` from \`${outcome.sourceTable}.${outcome.column}\` (${outcome.aggregation})`,
    ),
  ])

const cell = (row: ValueMap, name: string, otherwise: string): string => {
  const value = row.get(name)
  return value === undefined ? otherwise : str(value)
}

/** Rows of tests with `test`, `outcome`, `p_value`, `effect_size`; what is no map is left out. @category renderers */
export const significanceBrief = (rows: ReadonlyArray<Value>): string => {
  const found = rows.filter(isMap)
  return lines([
    "## Significance Brief",
    ...(found.length === 0 ? ["- No analysis rows provided."] : []),
    ...found.map(
      (row) =>
        `- ${cell(row, "test", "test")} on \`${cell(row, "outcome", "outcome")}\`: p=${cell(row, "p_value", "n/a")}, effect_size=${cell(row, "effect_size", "n/a")}.`,
    ),
  ])
}
