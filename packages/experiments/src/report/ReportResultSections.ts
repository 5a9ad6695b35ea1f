/**
 * The sections of a report about results: what was claimed before the data and what was only looked at, apart from each
 * other; each outcome in numbers and figures; looks, deviations.
 *
 * @layer logic
 * @module
 */
import type { Decision, ModelTable, OutcomeAnalysis, ResultRow } from "../analysis/AnalysisResult.ts"
import { isDrawn, type AnyFigure } from "./Figure.ts"
import {
  type Block,
  figureBlock,
  list,
  note,
  paragraph,
  type Section,
  table,
  tableOf,
  warning,
} from "./ReportDocument.ts"
import { outcomesInOrder, type OutcomeFigures, type ReportFigures } from "./ReportFigures.ts"
import { type ReportModel, wordsOf } from "./ReportModel.ts"
import {
  counted,
  countText,
  intervalText,
  levelText,
  missing,
  numberText,
  pSentence,
  pText,
  settingText,
} from "./ReportNumbers.ts"
import { clean, cleanName, slug } from "./ReportTexts.ts"
import { keptSentences } from "./RunFlow.ts"

const decisionWords: Readonly<Record<Decision, string>> = {
  supported: "supported",
  notSupported: "not supported",
  notTested: "not tested",
}

const dfText = (df: ReadonlyArray<number>): string => df.map((one) => settingText(one, 4)).join(", ")

const statisticText = ({ result }: ResultRow): string =>
  result.statistic === null
    ? missing
    : `${cleanName(result.statisticName)}${result.df.length === 0 ? "" : `(${dfText(result.df)})`} = ${numberText(result.statistic)}`

const sizeText = ({ result }: ResultRow): string => {
  const size = result.effectSize
  if (size === null) return "none"
  const reach = size.low === null || size.high === null ? "" : ` [${intervalText(size.low, size.high)}]`
  return `${cleanName(size.name)} ${numberText(size.value)}${reach}`
}

/** What a test does not give, because no such number exists for it. */
const none = "none"

const intervalOf = ({ result }: ResultRow): string =>
  result.estimateName === ""
    ? none
    : result.interval === null
      ? missing
      : intervalText(result.interval.low, result.interval.high, result.interval.sides)

const estimateOf = ({ result }: ResultRow): string => (result.estimateName === "" ? none : numberText(result.estimate))

/** The tables of tests: what was found, and what each test was. @category tables */
export const testTables = (
  rows: ReadonlyArray<ResultRow>,
  caption: string,
  alpha: number,
  exploratory: boolean,
): ReadonlyArray<Block> => {
  const claimed = rows.some((row) => row.hypothesisId !== null)
  return [
    tableOf(
      `${caption}: effects`,
      [
        ...(claimed ? ["Hypothesis"] : []),
        "Outcome",
        "Comparison",
        "#Estimate",
        `#${levelText(1 - alpha)} interval`,
        "#p",
        "#Adjusted p",
        "Effect size",
        "#n",
        exploratory ? "Adjusted p is" : "Result",
      ],
      rows,
      (row) => [
        ...(claimed ? [cleanName(row.hypothesisId ?? "none")] : []),
        cleanName(row.outcome),
        cleanName(row.comparison),
        estimateOf(row),
        intervalOf(row),
        pText(row.result.p),
        pText(row.adjustedP),
        sizeText(row),
        countText(row.result.n),
        exploratory && row.decision !== "notTested"
          ? `${row.decision === "supported" ? "below" : "not below"} ${settingText(alpha)}`
          : decisionWords[row.decision],
      ],
    ),
    tableOf(
      `${caption}: how they were tested`,
      [
        "Comparison",
        "Outcome",
        "Method",
        "Estimate of",
        "Statistic",
        "Side",
        "Measured against",
        "Correction",
        "#Runs without a value",
      ],
      rows,
      (row) => [
        cleanName(row.comparison),
        cleanName(row.outcome),
        cleanName(row.result.method),
        row.result.estimateName === "" ? none : cleanName(row.result.estimateName),
        statisticText(row),
        row.result.alternative,
        cleanName(row.errorTerm),
        row.familySize > 1 ? `${wordsOf(row.correction)}, ${countText(row.familySize)} tests` : wordsOf(row.correction),
        countText(row.missing),
      ],
    ),
    ...rowNotes(rows),
  ]
}

const notesMax = 40

const rowNotes = (rows: ReadonlyArray<ResultRow>): ReadonlyArray<Block> => {
  const sentences = rows.flatMap((row) =>
    row.result.notes.map(
      (sentence) => `${cleanName(row.comparison)}, ${cleanName(row.outcome)}: ${clean(sentence, 600)}`,
    ),
  )
  if (sentences.length === 0) return []
  return [
    list(sentences.slice(0, notesMax)),
    ...(sentences.length > notesMax
      ? [note(`and ${countText(sentences.length - notesMax)} more notes; analysis.json has all of them.`)]
      : []),
  ]
}

/** One sentence for each planned test: what a reader takes home. @category sentences */
export const findings = (rows: ReadonlyArray<ResultRow>): ReadonlyArray<string> =>
  rows.map((row) => {
    const estimate = row.result.estimate === null ? "" : `${cleanName(row.result.estimateName)} ${estimateOf(row)}`
    const reach =
      row.result.interval === null ? "" : ` (${levelText(row.result.interval.level)} interval ${intervalOf(row)})`
    const p =
      row.correction === "none" || row.familySize <= 1
        ? pSentence(row.result.p)
        : `adjusted ${pSentence(row.adjustedP)}`
    const said = [`${estimate}${reach}`.trim(), p].filter((part) => part !== "").join(", ")
    return `${cleanName(row.hypothesisId ?? row.comparison)}: ${decisionWords[row.decision]}. ${cleanName(row.comparison)} on ${cleanName(row.outcome)}: ${said}.`
  })

/** Why there are no results. */
const noAnalysis = ({ analysisProblem }: ReportModel): ReadonlyArray<Block> =>
  analysisProblem === undefined
    ? [paragraph("No analysis was made of these runs.")]
    : [
        warning("The analysis could not be made, and no result is shown in its place."),
        list(
          analysisProblem
            .split("\n")
            .slice(0, 60)
            .map((line) => clean(line, 600)),
        ),
      ]

/** Results of tests that were planned before the data. @category sections */
export const confirmatorySection = (model: ReportModel): Section => {
  const { analysis } = model
  return {
    id: "confirmatory",
    title: "Confirmatory results",
    blocks:
      analysis === undefined
        ? noAnalysis(model)
        : analysis.confirmatory.length === 0
          ? [paragraph("No test was planned before the data, so nothing here is confirmatory.")]
          : [
              paragraph(
                `These tests were planned before the data. A hypothesis is called supported where the adjusted p is below ${settingText(analysis.alpha)} in the direction claimed; one that is not supported is not shown to be false.`,
              ),
              ...testTables(analysis.confirmatory, "Confirmatory tests", analysis.alpha, false),
            ],
    sections: [],
  }
}

/** Results that were only looked at. @category sections */
export const exploratorySection = (model: ReportModel): Section => {
  const rows = model.analysis?.exploratory ?? []
  return {
    id: "exploratory",
    title: "Exploratory results",
    blocks:
      rows.length === 0
        ? [paragraph("No exploratory test was made.")]
        : [
            paragraph(
              "No plan asked for these tests before the data. They suggest questions for a next study and answer none; their p-values are corrected among themselves.",
            ),
            ...testTables(rows, "Exploratory tests", model.analysis?.alpha ?? 0.05, true),
          ],
    sections: [],
  }
}

/** Settings of conditions by their ids: labels of their own may be the same for several. */
type Labels = ReadonlyMap<string, string>

/** Every outcome: what was measured, the model of the design, figures, missing values. @category sections */
export const outcomesSection = (model: ReportModel, figures: ReportFigures): Section => {
  const outcomes = outcomesInOrder(model.analysis?.outcomes ?? [])
  const ids = new Set<string>()
  const labels = new Map(model.flow.byCondition.map(({ conditionId, label }) => [conditionId, label]))
  return {
    id: "outcomes",
    title: "Outcomes",
    blocks: outcomes.length === 0 ? [paragraph("There are no numbers of outcomes to show.")] : [],
    sections: outcomes.map((outcome) => {
      let id = `outcome-${slug(outcome.outcome)}`
      for (let copy = 2; ids.has(id); copy++) id = `outcome-${slug(outcome.outcome)}-${copy}`
      ids.add(id)
      return outcomeSection(outcome, figures.outcomes.get(outcome.outcome), model, id, labels)
    }),
  }
}

const outcomeSection = (
  outcome: OutcomeAnalysis,
  figures: OutcomeFigures | undefined,
  model: ReportModel,
  id: string,
  labels: Labels,
): Section => {
  const name = cleanName(outcome.outcome)
  return {
    id,
    title: `${name}${outcome.primary ? " (primary)" : ""}`,
    blocks: [
      paragraph(
        `${countText(outcome.used)} of ${counted(outcome.planned, "planned run")} have a value in the analysis. Policy for missing values: ${wordsOf(cleanName(outcome.missingDataPolicy))}.`,
      ),
      ...(outcome.missing.length === 0
        ? []
        : [
            table(
              `Missing values of ${name}`,
              ["Reason", "#Runs"],
              outcome.missing.map(({ count, reason }) => [clean(reason, 400), countText(count)]),
            ),
          ]),
      ...descriptions(outcome, name, model.analysis?.alpha ?? 0.05, labels),
      ...modelBlocks(outcome.model, name),
      ...(figures === undefined
        ? [note("There are no figures of this outcome, because the report has many outcomes.")]
        : figureBlocks(figures)),
      ...(outcome.notes.length === 0
        ? []
        : [
            paragraph({ strong: "Assumptions and checks" }),
            list(outcome.notes.slice(0, notesMax).map((sentence) => clean(sentence, 600))),
          ]),
    ],
    sections: [],
  }
}

const descriptions = (outcome: OutcomeAnalysis, name: string, alpha: number, labels: Labels): ReadonlyArray<Block> =>
  (
    [
      ["condition", outcome.byCondition],
      ["level", outcome.byLevel],
    ] as const
  ).flatMap(([what, groups]) =>
    groups.length === 0
      ? []
      : [
          tableOf(
            `${name} by ${what}`,
            [
              ...(what === "level" ? ["Factor", "Level"] : ["Condition"]),
              "#n",
              "#Missing",
              "#Mean",
              `#${levelText(1 - alpha)} interval`,
              "#SD",
              "#Median",
              "#Quartiles",
              "#Range",
            ],
            groups,
            ({ description, level, name: group }) => [
              ...(what === "level"
                ? [cleanName(group), cleanName(level)]
                : [cleanName(labels.get(group) ?? (level === "" ? group : level))]),
              countText(description.n),
              countText(description.missing),
              numberText(description.mean),
              intervalText(description.low, description.high),
              numberText(description.sd),
              numberText(description.median),
              intervalText(description.q1, description.q3),
              intervalText(description.min, description.max),
            ],
          ),
        ],
  )

const modelBlocks = (model: ModelTable, name: string): ReadonlyArray<Block> => [
  ...(model.rows.length === 0
    ? []
    : [
        table(
          `${cleanName(model.method)} of ${name}`,
          [
            "Term",
            "Measured against",
            "#df",
            "#Error df",
            "#Sum of squares",
            "#F",
            "#p",
            "#Epsilon",
            "#Partial eta²",
            "#Omega²",
          ],
          model.rows.map((row) => [
            cleanName(row.term),
            cleanName(row.errorTerm),
            settingText(row.df, 4),
            settingText(row.errorDf, 4),
            numberText(row.sumOfSquares),
            numberText(row.f),
            pText(row.p),
            row.epsilon === null ? "none" : numberText(row.epsilon),
            numberText(row.partialEtaSquared),
            numberText(row.omegaSquared),
          ]),
        ),
      ]),
  ...(model.notes.length === 0 ? [] : [list(model.notes.slice(0, notesMax).map((sentence) => clean(sentence, 600)))]),
]

const figureBlocks = (figures: OutcomeFigures): ReadonlyArray<Block> => {
  const all: ReadonlyArray<AnyFigure> = [
    figures.mainEffects,
    ...figures.interactions,
    figures.pareto,
    figures.halfNormal,
    figures.residuals,
    figures.quantiles,
  ]
  // What cannot be drawn is said once, and not with a heading for each.
  const absent = [...new Set(all.flatMap((figure) => (isDrawn(figure) ? [] : [figure.reason])))]
  return [
    ...all.flatMap((figure) => (isDrawn(figure) ? [figureBlock(figure)] : [])),
    ...(figures.pairsLeft > 0
      ? [
          note(
            `${counted(figures.pairsLeft, "further pair")} of factors ${figures.pairsLeft === 1 ? "is" : "are"} not drawn.`,
          ),
        ]
      : []),
    ...(absent.length > 0 ? [note(absent.join(" "))] : []),
  ]
}

/** Looks at the data while the study ran. @category sections */
export const looksSection = ({ sequential }: ReportModel, figures: ReportFigures): ReadonlyArray<Section> => {
  if (sequential === undefined) return []
  const { looks } = sequential
  return [
    {
      id: "looks",
      title: "Looks while the study ran",
      blocks: [
        paragraph(
          `The study declares a ${wordsOf(sequential.rule)} rule on ${cleanName(sequential.outcome)} between the two levels of ${cleanName(sequential.factor)}, at level ${settingText(sequential.alpha)} for the whole procedure.`,
        ),
        ...(looks.length === 0
          ? [paragraph("No look is on record, and none can be made of the data.")]
          : [
              table(
                "Looks; the interval and p are corrected for the looks before",
                [
                  "#Look",
                  "#Replicates",
                  "#Share of runs",
                  "#n (two groups)",
                  "#Estimate",
                  "#Statistic",
                  "#Boundary",
                  "#p",
                  "#Interval",
                  "Stop",
                ],
                looks.map((look) => [
                  countText(look.look),
                  countText(look.replicates),
                  `${settingText(100 * look.informationFraction, 4)} %`,
                  `${countText(look.countLeft)}, ${countText(look.countRight)}`,
                  numberText(look.estimate),
                  numberText(look.statistic),
                  numberText(look.boundary),
                  pText(look.p),
                  intervalText(look.lower, look.upper),
                  look.stop ? "yes" : "no",
                ]),
              ),
              list(looks.slice(0, notesMax).map((look) => clean(look.reason, 400))),
            ]),
        ...(sequential.recorded < looks.length
          ? [
              note(
                `${counted(looks.length - sequential.recorded, "look")} of these ${looks.length - sequential.recorded === 1 ? "is" : "are"} not on record and made of the data as they are now.`,
              ),
            ]
          : []),
        ...(figures.sequential === undefined || looks.length === 0 ? [] : [figureBlock(figures.sequential)]),
      ],
      sections: [],
    },
  ]
}

const deviationWords: Readonly<Record<string, string>> = {
  missingRuns: "runs without data",
  missingValues: "missing values",
  imputed: "values filled in",
  filtered: "runs filtered",
  retried: "runs tried again",
  keptResults: "results kept after a change",
  modelReduced: "model reduced",
  notTested: "test not made",
  stopping: "stopping",
  data: "data",
}

/** What was done otherwise than planned. @category sections */
export const deviationsSection = ({ analysis, flow }: ReportModel): Section => ({
  id: "deviations",
  title: "Deviations from the plan",
  blocks:
    analysis === undefined
      ? [
          paragraph(
            (flow.kept ?? []).length === 0
              ? "Without an analysis there are no deviations to tell."
              : "There is no analysis that could deviate from its plan.",
          ),
          ...keptSentences(flow).map((sentence) => paragraph(sentence)),
        ]
      : analysis.deviations.length === 0
        ? [paragraph("Nothing was done otherwise than planned.")]
        : [
            table(
              "Log of deviations",
              ["#No.", "Kind", "What"],
              analysis.deviations.map(({ kind, message }, index) => [
                countText(index + 1),
                deviationWords[kind] ?? kind,
                clean(message, 1000),
              ]),
            ),
          ],
  sections: [],
})
