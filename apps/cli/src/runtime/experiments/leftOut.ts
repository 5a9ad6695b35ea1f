/**
 * Runs of a study that were asked for and did not start: because of a budget or of a condition's failures, or as planned
 * where a look stopped the study. What is said of them, and what to raise so that they fit.
 *
 * @layer app
 * @module
 */
import type { Receipt } from "@heddle/core/Receipt"
import type { RunEvent } from "@heddle/core/RunEvent"
import type { StoppingLook, StoppingRule } from "@heddle/experiments/StoppingRule"
import type { Study } from "@heddle/experiments/Study"
import { amountOf, budgetNames, reservationOf } from "@heddle/experiments/StudyPlan"
import type { CliShape } from "../Cli.ts"
import { paste } from "../paste.ts"

/** What is said of runs that a budget or a condition's failures left out. */
export interface LeftOut {
  readonly leftOut: number
  readonly reason: string | undefined
}

const again = "not tried again: "

/** Collects why runs did not start, from the events of a session. */
export const make = () => {
  /** Runs by reason; of those that failed before only the reason counts, for they are counted as failed. */
  const reasons = new Map<string, number>()
  return {
    observe: (event: RunEvent): void => {
      if (event.type !== "unitFinished") return
      const { reason = "", status } = event.outcome
      if (status === "skipped") reasons.set(reason, (reasons.get(reason) ?? 0) + 1)
      else if (reason.startsWith(again)) {
        const why = reason.slice(again.length)
        reasons.set(why, reasons.get(why) ?? 0)
      }
    },
    /** What the study's own rule of stopping leaves out was left out as planned. */
    of: (looks: ReadonlyArray<StoppingLook>): LeftOut => {
      const last = looks.at(-1)
      const others = [...reasons].filter(([reason]) => last?.stop !== true || !reason.includes(last.reason))
      return {
        leftOut: others.reduce((sum, [, runs]) => sum + runs, 0),
        reason: others.find(([, runs]) => runs > 0)?.[0] ?? others[0]?.[0],
      }
    },
    /** Runs that a look made needless. */
    notNeeded: (looks: ReadonlyArray<StoppingLook>): number => {
      const last = looks.at(-1)
      if (last?.stop !== true) return 0
      return [...reasons].reduce((sum, [reason, runs]) => (reason.includes(last.reason) ? sum + runs : sum), 0)
    },
  }
}

const budgetOf = (reason: string): (typeof budgetNames)[number] | undefined =>
  budgetNames.find((name) => reason.includes(` ${name}`))

/** Where a study was cut off: in place of the word that the session ended with. */
export const stateText = (status: Receipt["status"], { leftOut, reason = "" }: LeftOut): string => {
  if (leftOut === 0) return status
  const left = `${leftOut} ${leftOut === 1 ? "run" : "runs"} left out`
  const told = budgetOf(reason) === undefined ? left : `cut off by its budget: ${left}`
  return status === "succeeded" ? told : `${status}, ${told}`
}

/** That a look stopped a study before its end. */
export const earlyStopText = (
  { looksAfter }: Pick<StoppingRule, "looksAfter">,
  looks: ReadonlyArray<StoppingLook>,
  notNeeded: number,
): string | undefined => {
  const last = looks.at(-1)
  if (last?.stop !== true || last.replicates === looksAfter.at(-1)) return undefined
  const needless = notNeeded === 1 ? "1 run was not needed" : `${notNeeded} runs were not needed`
  return `stopped early at look ${last.look} of ${looksAfter.length} after ${last.replicates} replicates: ${last.reason}; ${needless}`
}

/**
 * Where a budget left runs out, a resume alone would leave them out again: what to raise so that all of them fit, those
 * that failed and are tried again too.
 */
export const moneyHint = (
  cli: CliShape,
  study: Study,
  of: {
    readonly runId: string
    readonly budgets: ReadonlyArray<{ readonly name: string; readonly spent: number }>
    /** Runs that a resume tries again. */
    readonly failed: number
  },
  { leftOut, reason = "" }: LeftOut,
): string | undefined => {
  const name = budgetOf(reason)
  const each = name === undefined ? undefined : reservationOf(study, name)
  if (name === undefined || each === undefined) return undefined
  const { perCondition, study: whole } = study.heddle.budgets ?? {}
  const ofCondition = reason.includes("and condition ")
  const spent = ofCondition ? amountOf(perCondition, name) : of.budgets.find((budget) => budget.name === name)?.spent
  if (spent === undefined || (!ofCondition && amountOf(whole, name) === undefined)) return undefined
  const failed = (study.heddle.retryFailed ?? true) ? of.failed : 0
  const amount = Number((spent + each * (leftOut + failed)).toPrecision(9))
  const raised = `${ofCondition ? "per_condition." : ""}${name}=${amount}`
  return paste(cli, "experiments", "resume", of.runId, "--budget", raised)
}
