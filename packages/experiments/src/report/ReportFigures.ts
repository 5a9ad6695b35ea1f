/**
 * All figures of a report, each with an id of its own, so that two outcomes whose names differ in punctuation alone do not
 * share a file.
 *
 * @layer logic
 * @module
 */
import type { OutcomeAnalysis } from "../analysis/AnalysisResult.ts"
import type { AnyFigure } from "./Figure.ts"
import { isDrawn } from "./Figure.ts"
import { type AnalysedOutcome, flowFigure } from "./FlowFigure.ts"
import { halfNormalFigure } from "./HalfNormalFigure.ts"
import { interactionFigure } from "./InteractionFigure.ts"
import { mainEffectsFigure } from "./MainEffectsFigure.ts"
import { paretoFigure } from "./ParetoFigure.ts"
import type { ReportModel } from "./ReportModel.ts"
import { quantileFigure, residualsFigure } from "./ResidualFigures.ts"
import { sequentialFigure } from "./SequentialFigure.ts"

/** Outcomes that get figures, the primary ones first. */
export const outcomesMax = 12
/** Pairs of factors of one outcome that get a figure. */
export const pairsMax = 10

/** The figures of one outcome. @category models */
export interface OutcomeFigures {
  readonly mainEffects: AnyFigure
  readonly interactions: ReadonlyArray<AnyFigure>
  /** Pairs of factors without a figure because of {@link pairsMax}. */
  readonly pairsLeft: number
  readonly pareto: AnyFigure
  readonly halfNormal: AnyFigure
  readonly residuals: AnyFigure
  readonly quantiles: AnyFigure
}

/** All figures. @category models */
export interface ReportFigures {
  readonly flow: AnyFigure
  readonly sequential: AnyFigure | undefined
  /** By outcome; without those beyond {@link outcomesMax}. */
  readonly outcomes: ReadonlyMap<string, OutcomeFigures>
}

// Runs without any data stand in the flow by themselves.
const toldByFlow = new Set(["the run failed", "the run was not run"])

const analysedOf = (outcome: OutcomeAnalysis): AnalysedOutcome => ({
  outcome: outcome.outcome,
  primary: outcome.primary,
  used: outcome.used,
  policy: outcome.missingDataPolicy,
  missing: outcome.missing.filter(({ reason }) => !toldByFlow.has(reason)),
})

/** Outcomes in the order of a report: primary ones first. @category order */
export const outcomesInOrder = (outcomes: ReadonlyArray<OutcomeAnalysis>): ReadonlyArray<OutcomeAnalysis> => [
  ...outcomes.filter((outcome) => outcome.primary),
  ...outcomes.filter((outcome) => !outcome.primary),
]

/** The figures of a report. @category constructors */
export const reportFigures = (model: ReportModel): ReportFigures => {
  const taken = new Set<string>()
  const own = <F extends AnyFigure>(figure: F): F => {
    let id = figure.id
    for (let copy = 2; taken.has(id); copy++) id = `${figure.id}-${copy}`
    taken.add(id)
    if (id === figure.id) return figure
    // Parts of a figure point at each other by its id.
    return isDrawn(figure)
      ? { ...figure, id, body: figure.body.replaceAll(`${figure.id}-clip`, `${id}-clip`) }
      : { ...figure, id }
  }
  const { analysis, sequential } = model
  const outcomes = outcomesInOrder(analysis?.outcomes ?? [])
  const flow = own(flowFigure(model.flow, outcomes.map(analysedOf)))
  const looks = sequential === undefined ? undefined : own(sequentialFigure(sequential))
  return {
    flow,
    sequential: looks,
    outcomes: new Map(
      outcomes.slice(0, outcomesMax).map(({ outcome, plots }) => [
        outcome,
        {
          mainEffects: own(
            mainEffectsFigure({ outcome, level: 1 - (analysis?.alpha ?? 0.05), mainEffects: plots.mainEffects }),
          ),
          interactions: plots.interactions.slice(0, pairsMax).map((pair) => own(interactionFigure(outcome, pair))),
          pairsLeft: Math.max(0, plots.interactions.length - pairsMax),
          pareto: own(paretoFigure(outcome, plots)),
          halfNormal: own(halfNormalFigure(outcome, plots)),
          residuals: own(residualsFigure(outcome, plots.residuals)),
          quantiles: own(quantileFigure(outcome, plots.quantiles)),
        },
      ]),
    ),
  }
}
