/**
 * The sections of a report that stand before any data: the question, the design, and the conditions.
 *
 * @layer logic
 * @module
 */
import type { Aliasing } from "../Design.ts"
import { aliasingLargest } from "../designs/Aliasing.ts"
import { str } from "../StableJson.ts"
import { type Factor, valuesOf } from "../Study.ts"
import { type Block, list, note, paragraph, type Rich, type Section, table, tableOf } from "./ReportDocument.ts"
import { type ReportModel, wordsOf } from "./ReportModel.ts"
import { counted, countText, missing, numberText, settingText } from "./ReportNumbers.ts"
import { clean, cleanName, nameList, paragraphs } from "./ReportTexts.ts"
import type { Value, ValueMap } from "../Value.ts"
import { orderSentences } from "../internal/orderWords.ts"

const prose = (text: string): ReadonlyArray<Block> => paragraphs(text).map((part) => paragraph(part))

const valueText = (value: Value | undefined): string =>
  value === undefined || value === null ? missing : cleanName(str(value))

/** What was asked: rationale and hypotheses as the study states them. @category sections */
export const questionSection = ({ study }: ReportModel): Section => ({
  id: "question",
  title: "Question",
  blocks: [
    ...prose(study.description),
    ...prose(study.rationale),
    ...(study.hypotheses.length === 0
      ? [paragraph("The study states no hypothesis.")]
      : [
          table(
            "Hypotheses, as they stand in the study file",
            ["Id", "Statement", "Kind", "Direction", "Varied", "Measured", "#Smallest effect that matters"],
            study.hypotheses.map((hypothesis) => [
              [{ code: cleanName(hypothesis.hypothesisId) }],
              clean(hypothesis.statement, 1000),
              hypothesis.kind,
              hypothesis.direction,
              nameList(hypothesis.independentVars),
              nameList(hypothesis.dependentVars),
              hypothesis.minimumEffectOfInterest === null
                ? "not stated"
                : settingText(hypothesis.minimumEffectOfInterest),
            ]),
          ),
        ]),
    ...(study.outcomes.length === 0
      ? [paragraph("The study declares no outcome.")]
      : [
          table(
            "Outcomes",
            ["Outcome", "Role", "Taken from", "Summed up by", "Missing values", "Meaning"],
            study.outcomes.map((outcome) => [
              cleanName(outcome.name),
              outcome.primary ? "primary" : "secondary",
              [{ code: cleanName(`${outcome.sourceTable}.${outcome.column}`) }],
              cleanName(outcome.aggregation),
              wordsOf(cleanName(outcome.missingDataPolicy)),
              clean(outcome.description, 600),
            ]),
          ),
        ]),
  ],
  sections: [],
})

const levelsText = (factor: Factor): string =>
  factor.levels.length > 0
    ? nameList(factor.levels.map(({ name, value }) => (str(value) === name ? name : `${name} (${str(value)})`)))
    : nameList(valuesOf(factor).map(str))

const factorRows = ({ study }: ReportModel): ReadonlyArray<ReadonlyArray<string>> => [
  ...study.factors.map((factor) => [
    cleanName(factor.name),
    factor.kind,
    countText(valuesOf(factor).length),
    levelsText(factor),
    clean(factor.description, 600),
  ]),
  ...study.blocks.map((block) => [
    cleanName(block.name),
    "block",
    countText(block.levels.length),
    nameList(block.levels.map(str)),
    "",
  ]),
]

const seedsText = ({ study }: ReportModel): Rich => [
  "Base seed ",
  { code: String(study.seedPolicy.baseSeed) },
  `, strategy ${wordsOf(cleanName(study.seedPolicy.strategy))}; the design is drawn from it too, so that the same file gives the same design.`,
]

const worth = ({ design }: ReportModel): ReadonlyArray<Block> => {
  if (design === undefined) return [note("What the design is worth was not computed.")]
  const numbers: ReadonlyArray<readonly [string, string | undefined]> = [
    ["rows", countText(design.runs)],
    ["resolution", design.resolution === undefined ? undefined : countText(design.resolution)],
    ["model of the efficiencies", design.model],
    ["D-efficiency, percent of an orthogonal design", textOf(design.dEfficiency)],
    ["A-efficiency, percent", textOf(design.aEfficiency)],
    [
      `mean variance of a prediction over ${design.predictionRegion ?? "the region of the design"}, in units of the error variance`,
      textOf(design.iVariance),
    ],
    ...Object.entries(design.measures ?? {}).map(
      ([name, value]) => [wordsOf(cleanName(name)), settingText(value)] as const,
    ),
  ]
  const aliased = (design.aliases ?? []).filter(({ aliases }) => aliases.length > 0)
  const words = design.definingWords ?? []
  return [
    table(
      "What the design is worth, computed before it was run",
      ["Property", "#Value"],
      numbers.flatMap(([name, value]) => (value === undefined ? [] : [[name, value]])),
    ),
    ...(design.balance.length === 0
      ? []
      : [
          table(
            "How evenly levels are used",
            ["Column", "#Levels", "#Most frequent over least frequent"],
            design.balance.map(({ column, levels, ratio }) => [
              cleanName(column),
              countText(levels),
              ratio === null ? "not computed" : settingText(ratio, 4),
            ]),
          ),
        ]),
    ...(words.length === 0
      ? []
      : [
          paragraph(
            "Defining relation: ",
            { code: clean(`I = ${words.slice(0, 64).join(" = ")}`, 1000) },
            words.length > 64 ? " and more." : ".",
          ),
        ]),
    ...(aliased.length === 0
      ? []
      : [
          table(
            "Effects that cannot be told apart: each line is one sum of effects",
            ["Effect", "Together with"],
            aliased.map(({ aliases, effect }) => [cleanName(effect), nameList(aliases, 24)]),
          ),
        ]),
    ...(design.aliasing === undefined ? [] : aliasingBlocks(design.aliasing)),
    ...(design.notes.length === 0 ? [] : [list(design.notes.slice(0, 20).map((sentence) => clean(sentence, 600)))]),
  ]
}

/** Pairs of mixed effects in the table; the rest is counted. */
const pairsShown = 15

/** How far effects are mixed up: the largest correlations in words, and a table of the strongest pairs. */
const aliasingBlocks = (aliasing: Aliasing): ReadonlyArray<Block> => {
  const largest = aliasingLargest(aliasing).map(([name, correlation]) => `${numberText(correlation)} ${name}`)
  const shown = aliasing.pairs.slice(0, pairsShown)
  const more = aliasing.pairsFound - shown.length
  return [
    paragraph(
      `Aliasing was computed from the conditions that run (${aliasing.compared}) as the largest canonical correlation of two effects: 0 where one can be estimated as if the other were not there, 1 where a part of one cannot be told from a part of the other. The largest are ${largest.join(", ")}.`,
    ),
    ...(shown.length === 0
      ? []
      : [
          table(
            `Pairs of effects that are mixed up most${more > 0 ? ` (${countText(more)} more from 0.05 on)` : ""}`,
            ["Effect", "With", "#Correlation"],
            shown.map((pair) => [cleanName(pair.effect), cleanName(pair.with), numberText(pair.correlation)]),
          ),
        ]),
  ]
}

const textOf = (number: number | undefined): string | undefined =>
  number === undefined ? undefined : numberText(number)

/** The design: factors, blocks, order, seeds, constraints, and what it is worth. @category sections */
export const designSection = (model: ReportModel): Section => {
  const { conditions, study } = model
  const { designSpec } = study
  const factors = columnsOf(conditions.map((condition) => condition.factorAssignments))
  const blocks = columnsOf(conditions.map((condition) => condition.blockAssignments))
  const shownFactors = factors.slice(0, columnsMax)
  const shownBlocks = blocks.slice(0, columnsMax)
  const rows = factorRows(model)
  return {
    id: "design",
    title: "Design",
    blocks: [
      paragraph(
        "Kind: ",
        { strong: wordsOf(designSpec.kind) },
        `. ${counted(study.runBudget.replicates, "replicate")} of each condition. ${orderSentences(study).join(" ")}`,
      ),
      paragraph(...seedsText(model)),
      ...(rows.length === 0
        ? [paragraph("The study varies nothing: it has no factors and no blocks.")]
        : [table("Factors and blocks", ["Name", "Kind", "#Levels", "Values", "Meaning"], rows)]),
      ...(study.constraints.length === 0
        ? []
        : [
            table(
              "Constraints: what conditions have to fulfil",
              ["Id", "Expression", "Severity", "Meaning"],
              study.constraints.map((constraint) => [
                [{ code: cleanName(constraint.constraintId) }],
                [{ code: clean(constraint.expression ?? "", 400) }],
                constraint.severity,
                clean(constraint.description, 600),
              ]),
            ),
          ]),
      ...worth(model),
    ],
    sections: [
      {
        id: "conditions",
        title: "Conditions",
        blocks:
          conditions.length === 0
            ? [paragraph("The design has no conditions.")]
            : [
                tableOf(
                  "Conditions in the order of the design",
                  [
                    "Condition",
                    ...shownFactors.map(cleanName),
                    ...shownBlocks.map((name) => `block ${cleanName(name)}`),
                    "Admissible",
                    "Constraints",
                  ].map(
                    // A factor may be named like a mark of ours.
                    (title) => (title.startsWith("#") ? ` ${title}` : title),
                  ),
                  conditions,
                  (condition) => [
                    [{ code: condition.conditionId }],
                    ...shownFactors.map((name) => valueText(condition.factorAssignments.get(name))),
                    ...shownBlocks.map((name) => valueText(condition.blockAssignments.get(name))),
                    condition.admissible ? "yes" : "no",
                    condition.constraintMessages.slice(0, 5).map(cleanName).join("; "),
                  ],
                ),
                ...(factors.length > columnsMax || blocks.length > columnsMax
                  ? [note(`The first ${columnsMax} factors and blocks are shown.`)]
                  : []),
              ],
        sections: [],
      },
    ],
  }
}

/** Factors that a table of conditions shows; a page has no room for more. */
const columnsMax = 10

const columnsOf = (rows: Iterable<ValueMap>): ReadonlyArray<string> => {
  const names = new Set<string>()
  for (const row of rows) for (const name of row.keys()) names.add(name)
  return [...names]
}
