/**
 * What flags say of a study beside its file: budgets, bounds, tries. They beat the file, and the study as it was run, with
 * them, is what its folder holds.
 *
 * @layer logic
 * @module
 */
import { ExitCode } from "@heddle/core/ExitCode"
import type { Study } from "@heddle/experiments/Study"
import type { Spending, StudyControls } from "@heddle/experiments/StudyControls"
import * as Result from "effect/Result"
import { nearest } from "../../cli/suggest.ts"
import type { Settings } from "../../config/Setting.ts"
import { CommandError } from "../CommandError.ts"

const usage = (problem: string, hint: string): CommandError =>
  new CommandError({ tag: "UsageError", problem, hints: [hint], code: ExitCode.usage })

const amounts = { cost_usd: "costUsd", tokens: "tokens", time_s: "timeS" } as const
const scopes = { study: "study", per_condition: "perCondition", per_run: "perRun" } as const

const isAmount = (word: string): word is keyof typeof amounts => Object.hasOwn(amounts, word)
const isScope = (word: string): word is keyof typeof scopes => Object.hasOwn(scopes, word)

type Budgets = NonNullable<StudyControls["budgets"]>

const example = "heddle experiments run study.yaml --budget cost_usd=5 --budget per_run.cost_usd=0.05"

/** `cost_usd=5` for the study, `per_run.cost_usd=0.05`, `per_condition.tokens=10000`. */
const budgetsOf = (given: ReadonlyArray<string>, before: Budgets | undefined): Result.Result<Budgets, CommandError> => {
  const budgets: { study?: Spending; perCondition?: Spending; perRun?: Spending } = { ...before }
  const seen = new Set<string>()
  for (const word of given) {
    const found = /^(?:([a-z_]+)\.)?([a-z_]+)=(.*)$/.exec(word)
    const [, scope = "study", name = "", text = ""] = found ?? []
    const amount = Number(text)
    if (found === null || !isScope(scope) || !isAmount(name)) {
      const near = found === null ? undefined : nearest(name, Object.keys(amounts))
      const meant = near === undefined || isAmount(name) ? "" : `; did you mean ${near}?`
      return Result.fail(
        usage(
          `--budget is NAME=AMOUNT with cost_usd, tokens or time_s, alone or behind per_condition. or per_run.; it is ${JSON.stringify(word)}${meant}`,
          example,
        ),
      )
    }
    if (text.trim() === "" || !Number.isFinite(amount) || amount < 0) {
      return Result.fail(
        usage(`--budget ${scope}.${name} must be a number of 0 or more; it is ${JSON.stringify(text)}`, example),
      )
    }
    if (seen.has(`${scope}.${name}`)) return Result.fail(usage(`--budget ${scope}.${name} was given twice`, example))
    seen.add(`${scope}.${name}`)
    budgets[scopes[scope]] = { ...budgets[scopes[scope]], [amounts[name]]: amount }
  }
  return Result.succeed(budgets)
}

/** The study with what the flags say of it. */
export const overridden = (study: Study, settings: Settings): Result.Result<Study, CommandError> =>
  Result.gen(function* () {
    const maxRuns = settings.number("max-runs")
    const timeoutMs = settings.number("run-timeout")
    const retries = settings.number("retries")
    const deadlineMs = settings.number("deadline")
    const stopAfter = settings.number("stop-after")
    const given = settings.list("budget")
    const budgets = given === undefined ? study.heddle.budgets : yield* budgetsOf(given, study.heddle.budgets)
    return {
      ...study,
      runBudget: {
        ...study.runBudget,
        ...(maxRuns === undefined ? {} : { maxRuns }),
        ...(settings.boolean("fail-fast") ? { failFast: true } : {}),
      },
      heddle: {
        ...study.heddle,
        ...(budgets === undefined ? {} : { budgets }),
        ...(timeoutMs === undefined ? {} : { timeoutS: timeoutMs / 1000 }),
        ...(deadlineMs === undefined ? {} : { deadlineS: deadlineMs / 1000 }),
        ...(retries === undefined ? {} : { retries }),
        ...(stopAfter === undefined ? {} : { failures: { ...study.heddle.failures, stopAfter } }),
      },
    }
  })

/** Runs at a time: the flag, else the study's own number. */
export const parallelismOf = (settings: Settings): Result.Result<number | undefined, CommandError> => {
  const parallelism = settings.number("parallelism")
  const concurrency = settings.number("concurrency")
  return parallelism !== undefined && concurrency !== undefined && parallelism !== concurrency
    ? Result.fail(
        usage("--parallelism and --concurrency say the same; give one of them", `--parallelism ${parallelism}`),
      )
    : Result.succeed(parallelism ?? concurrency)
}

/** What --progress and --no-progress say; undefined where neither is given. */
export const progressOf = (settings: Settings): Result.Result<boolean | undefined, CommandError> => {
  const [shown, hidden] = [settings.boolean("progress"), settings.boolean("no-progress")]
  return shown && hidden
    ? Result.fail(usage("--progress and --no-progress exclude each other", "give one of them"))
    : Result.succeed(shown ? true : hidden ? false : undefined)
}
