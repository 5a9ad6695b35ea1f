/**
 * The document of a report: its title, its facts, and its sections in the order in which a paper would have them.
 *
 * @layer logic
 * @module
 */
import { methodsParagraphs } from "./ReportMethods.ts"
import { limitsOf } from "./ReportLimits.ts"
import { designSection, questionSection } from "./ReportDesignSections.ts"
import {
  confirmatorySection,
  deviationsSection,
  exploratorySection,
  findings,
  looksSection,
  outcomesSection,
} from "./ReportResultSections.ts"
import {
  type Block,
  figureBlock,
  list,
  note,
  paragraph,
  type ReportDocument,
  type Rich,
  type Section,
  table,
  tableOf,
  warning,
} from "./ReportDocument.ts"
import { reportFigures, type ReportFigures } from "./ReportFigures.ts"
import type { ReportModel } from "./ReportModel.ts"
import {
  counted,
  countText,
  intervalText,
  levelText,
  moneyText,
  numberText,
  percentText,
  pSentence,
  settingText,
} from "./ReportNumbers.ts"
import { clean, cleanName, nameList, paragraphs } from "./ReportTexts.ts"
import type { AmountSummary, Spending } from "./RunSpending.ts"

/** Findings that the summary tells. */
const findingsMax = 20

/** What the last look at the data says, where a study may stop early: its p and interval are corrected for the looks. */
const sequentialFinding = ({ sequential }: ReportModel): ReadonlyArray<Block> => {
  const last = sequential?.looks.at(-1)
  if (sequential === undefined || last === undefined) return []
  const level = levelText(1 - sequential.alpha)
  const found =
    last.lower === null || last.upper === null
      ? "no corrected interval exists yet"
      : `difference in means ${numberText(last.estimate)}, ${level} interval ${intervalText(last.lower, last.upper)}, ${pSentence(last.p)}, corrected for the looks`
  return [
    paragraph(
      `Looks while the study ran: at look ${countText(last.look)} of ${cleanName(sequential.outcome)} by ${cleanName(sequential.factor)} the statistic ${last.stop ? "reached" : "did not reach"} its boundary; ${found}.`,
    ),
  ]
}

const summarySection = (model: ReportModel): Section => {
  const { analysis, flow } = model
  const { total } = flow
  const told = findings(analysis?.confirmatory ?? [])
  return {
    id: "summary",
    title: "Summary",
    blocks: [
      paragraph(
        total.planned === 0
          ? "No run was planned."
          : `${countText(total.done)} of ${counted(total.planned, "planned run")} (${percentText(total.done, total.planned)}) gave data, from ${counted(flow.conditions - flow.excludedConditions, "condition")}.`,
      ),
      ...flow.unevenLosses.map((loss) =>
        warning(
          `Runs were lost unevenly over ${cleanName(loss.factor)}: ${loss.levels
            .slice(0, 12)
            .map(({ level, lost, planned }) => `${cleanName(level)} ${countText(lost)} of ${countText(planned)}`)
            .join(", ")} (${loss.test}, ${pSentence(loss.p)}). Compare what remains with care.`,
        ),
      ),
      ...sequentialFinding(model),
      ...(analysis === undefined
        ? [
            model.analysisProblem === undefined
              ? paragraph("No analysis was made of these runs.")
              : warning("The analysis could not be made; the reason is given under the results."),
          ]
        : told.length === 0
          ? [paragraph("No test was planned before the data; what follows is description and exploration.")]
          : [
              list(told.slice(0, findingsMax)),
              ...(told.length > findingsMax
                ? [note(`and ${countText(told.length - findingsMax)} more, in the table of confirmatory results.`)]
                : []),
            ]),
    ],
    sections: [],
  }
}

const flowSection = ({ flow }: ReportModel, figures: ReportFigures): Section => {
  const { total } = flow
  const lacksValues = total.withoutValue !== undefined
  const reasons = [
    ...flow.failures.map(({ count, reason }) => ["failed", clean(reason, 400), countText(count)]),
    ...(total.timedOut > 0 ? [["timed out", "the bound of a try was reached", countText(total.timedOut)]] : []),
    ...(total.interrupted > 0 ? [["interrupted", "it was stopped while it ran", countText(total.interrupted)]] : []),
    ...(total.withoutValue === undefined
      ? []
      : [["ended well", "no value of an outcome that can be counted with", countText(total.withoutValue)]]),
    ...flow.notRunReasons.map(({ count, reason }) => ["never began", clean(reason, 400), countText(count)]),
  ]
  return {
    id: "flow",
    title: "Flow of runs",
    blocks: [
      figureBlock(figures.flow),
      ...(flow.byCondition.length === 0
        ? []
        : [
            tableOf(
              "Runs by condition",
              [
                "Condition",
                "Settings",
                "#Planned",
                "#Done",
                "#Failed",
                "#Timed out",
                "#Interrupted",
                "#Skipped",
                "#Not started",
                "#Done after retry",
                ...(lacksValues ? ["#Without a value"] : []),
              ],
              flow.byCondition,
              (row) => [
                [{ code: row.conditionId }],
                cleanName(row.label),
                ...countsOf(row, flow.attemptsKnown),
                ...(lacksValues ? [countText(row.withoutValue ?? 0)] : []),
              ],
              [
                [{ strong: "all" }],
                "",
                ...countsOf(total, flow.attemptsKnown),
                ...(lacksValues ? [countText(total.withoutValue ?? 0)] : []),
              ],
            ),
          ]),
      ...(reasons.length === 0
        ? []
        : [table("Why runs gave no data", ["What became of them", "Reason", "#Runs"], reasons)]),
      ...(flow.attemptsKnown ? [] : [note("These tables do not tell how often a run was tried.")]),
    ],
    sections: [],
  }
}

const countsOf = (
  row: {
    readonly [
      K in "planned" | "done" | "failed" | "timedOut" | "interrupted" | "skipped" | "notStarted" | "retried"
    ]: number
  },
  attemptsKnown: boolean,
): ReadonlyArray<string> => [
  countText(row.planned),
  countText(row.done),
  countText(row.failed),
  countText(row.timedOut),
  countText(row.interrupted),
  countText(row.skipped),
  countText(row.notStarted),
  attemptsKnown ? countText(row.retried) : "not known",
]

const spendingSection = (model: ReportModel): Section => {
  const { facts, flow, spending } = model
  const cells = ({ costUsd, inputTokens, latencyS, outputTokens }: Spending): ReadonlyArray<string> => [
    countText(latencyS.runs),
    moneyText(costUsd.sum),
    moneyText(costUsd.median),
    ...pair(inputTokens),
    ...pair(outputTokens),
    ...pair(latencyS),
  ]
  const pair = ({ median, sum }: AmountSummary): ReadonlyArray<string> => [numberText(sum), numberText(median)]
  const rows = flow.byCondition.flatMap(({ conditionId, label }) => {
    const found = spending.byCondition.get(conditionId)
    return found === undefined ? [] : [{ label, found }]
  })
  const budgets = facts.budgets ?? []
  return {
    id: "cost",
    title: "Cost, tokens and time",
    blocks: [
      ...(rows.length === 0
        ? [paragraph("No run states what it cost.")]
        : [
            tableOf(
              "What runs state, by condition",
              [
                "Settings",
                "#Runs",
                "#US$, sum",
                "#US$, median",
                "#Tokens in, sum",
                "#median",
                "#Tokens out, sum",
                "#median",
                "#Seconds, sum",
                "#median",
              ],
              rows,
              ({ found, label }) => [cleanName(label), ...cells(found)],
              [[{ strong: "all" }], ...cells(spending.total)],
            ),
            note(costNote(model)),
          ]),
      ...(budgets.length === 0
        ? []
        : [
            table(
              "Budgets",
              ["Budget", "#Cap", "#Spent", "Overrun"],
              budgets.map((budget) => [
                cleanName(budget.name),
                settingText(budget.cap),
                settingText(budget.spent),
                budget.overrun ? "yes" : "no",
              ]),
            ),
          ]),
    ],
    sections: [],
  }
}

/** Whose words the dollars of the table are. */
const costNote = ({ spending, study }: ReportModel): string => {
  const { charged, withFailed } = spending
  if (!withFailed) {
    return "Only runs that gave data are in these tables, each with what its last try stated; what failed runs and other tries cost is not known here."
  }
  const capped = study.heddle.budgets?.perRun?.costUsd !== undefined
  return [
    "Runs that failed count where they left a cost. A run with one try that states no cost counts as 0 dollars, as its record does.",
    ...(capped
      ? [
          "Of a run that was tried more than once all tries count, and one that states no cost counts with its cap, as in the budget.",
        ]
      : []),
    ...(charged === undefined
      ? []
      : [
          `${moneyText(charged.costUsd)} of the ${moneyText(spending.total.costUsd.sum)} dollars in all are stated by no run: they are charged for ${counted(charged.tries, "try", "tries")} that ${charged.tries === 1 ? "was" : "were"} cut off with ${charged.tries === 1 ? "its" : "their"} process, each with all that it was allowed to spend.`,
        ]),
  ].join(" ")
}

const provenanceSection = ({ facts, study }: ReportModel): Section => {
  const rows: Array<ReadonlyArray<Rich | string>> = [["Study", [{ code: cleanName(study.studyId) }]]]
  const add = (name: string, value: string | undefined, code = false): void => {
    if (value !== undefined && value !== "") rows.push([name, code ? [{ code: cleanName(value) }] : cleanName(value)])
  }
  add("Run of the ledger", facts.ledgerRunId, true)
  add("Hash of the plan", facts.planHash, true)
  add("Begun", facts.startedAt)
  add("Ended", facts.endedAt)
  add("Sessions", facts.sessions === undefined ? undefined : countText(facts.sessions))
  add("Runs at a time, at most", facts.concurrency === undefined ? undefined : countText(facts.concurrency))
  for (const [name, version] of (facts.software ?? []).slice(0, 40)) add(cleanName(name), version)
  if (facts.models !== undefined && facts.models.length > 0) add("Models", nameList(facts.models, 40))
  return {
    id: "provenance",
    title: "Provenance",
    blocks: [
      table("Where these numbers are from", ["What", "Value"], rows),
      note("Made by Heddle from the records of the runs. The same records give the same bytes of this report."),
    ],
    sections: [],
  }
}

/** The whole document. @category constructors */
export const reportDocument = (model: ReportModel): ReportDocument => {
  const { study } = model
  const figures = reportFigures(model)
  const limits = limitsOf(model)
  const notes: ReadonlyArray<Block> = paragraphs(study.notes).map((part) => paragraph(part))
  return {
    title: clean(study.title, 400) || cleanName(study.studyId),
    facts: [
      ["Study", [{ code: cleanName(study.studyId) }]],
      ...(study.authors.length === 0 ? [] : [["Authors", [nameList(study.authors, 40)]] as const]),
      ...(study.tags.length === 0 ? [] : [["Tags", [nameList(study.tags, 20)]] as const]),
      ...(model.facts.endedAt === undefined ? [] : [["Data until", [cleanName(model.facts.endedAt)]] as const]),
    ],
    sections: [
      summarySection(model),
      questionSection(model),
      designSection(model),
      flowSection(model, figures),
      {
        id: "methods",
        title: "Methods",
        blocks: [...methodsParagraphs(model).map((text) => paragraph(text)), ...notes],
        sections: [],
      },
      confirmatorySection(model),
      exploratorySection(model),
      outcomesSection(model, figures),
      ...looksSection(model, figures),
      deviationsSection(model),
      spendingSection(model),
      {
        id: "limits",
        title: "Limits of this study",
        blocks: [
          limits.length === 0
            ? paragraph("No limit was found by the rules of this report; that is no proof that there is none.")
            : list(limits),
        ],
        sections: [],
      },
      provenanceSection(model),
    ],
  }
}
