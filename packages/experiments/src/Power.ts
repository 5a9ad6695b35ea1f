/**
 * Power before anything is run or paid for: the planned runs of a study, the effects that its hypotheses are about, and the
 * tests that its analysis plans declare. By formula where there is one, by simulating the plan through the analysis
 * otherwise; with the smallest effect that would be found, the replicates that are needed, and what they cost.
 *
 * Pure: nothing is run, and the same arguments give the same report.
 *
 * @layer logic
 * @module
 */
import * as Result from "effect/Result"
import type { Condition } from "./Condition.ts"
import { baseOf, type Noise, type PowerBase } from "./internal/powerBase.ts"
import { Ask } from "./internal/powerAsk.ts"
import { itemsOf, type PowerItem } from "./internal/powerItems.ts"
import { PowerError, type PowerReport, type PowerRow } from "./power/PowerReport.ts"
import type { AnalysisPlan, Study } from "./Study.ts"
import { reservationOf, type RunMode } from "./StudyPlan.ts"

export { otherFactorsNote, PowerError, PowerReport, PowerRow } from "./power/PowerReport.ts"

/** A test whose power is about to be found. @category models */
export interface PowerTest {
  /** From 1, in the order of the plans, and of how many in its plan. */
  readonly place: number
  readonly tests: number
  readonly hypothesisId: string
  readonly outcome: string
  readonly test: string
  /** True where studies are simulated, which takes seconds and not milliseconds. */
  readonly isSimulated: boolean
}

/** What is assumed, and what is asked. Everything is optional. @category models */
export interface PowerOptions {
  /** Standard deviation between runs of one condition, in the unit of the outcome; one for all outcomes, or by outcome. */
  readonly sd?: number | Readonly<Record<string, number>>
  /** The same as a share of `mean`. */
  readonly cv?: number
  /** Mean of the outcome without an effect; needed for `cv` and for ratios of means. */
  readonly mean?: number
  /** The size of the true effect, in the unit of the outcome; each hypothesis's own smallest effect that matters unless given. */
  readonly effect?: number
  /**
   * Makes the factors that a test is not about have effects, in the unit of the outcome: their levels lie evenly between minus
   * and plus half of it; a factor whose own hypothesis has a smallest effect that matters has that one. None unless given.
   */
  readonly otherEffects?: number
  /** Level of the tests; the study's own, else 0.05. */
  readonly alpha?: number
  /** Replicates of the plan; the study's own unless given. */
  readonly replicates?: number
  /** Replicates that are tried for the wanted power: both ends allowed. 1 to {@link replicatesMaxDefault} unless given. */
  readonly replicatesRange?: readonly [least: number, most: number]
  /** The power that is wanted; 0.8 unless given. */
  readonly target?: number
  /** Simulated studies, where there is no formula; 1000 unless given. */
  readonly simulations?: number
  /** What simulations are drawn from; the study's base seed unless given. */
  readonly seed?: number
  /** Standard deviation between the levels of each block; 0 unless given. */
  readonly blockSd?: number
  /** Standard deviation between subjects; 0 unless given. */
  readonly subjectSd?: number
  /** Standard deviation between whole plots; 0 unless given. */
  readonly wholePlotSd?: number
  /** Share of runs that will fail; 0 unless given. */
  readonly failureShare?: number
  /** Makes the outcome 0 or 1: its rate without an effect. */
  readonly baselineRate?: number
  /** Cost of one run; what the study allows for one run unless given. */
  readonly costPerRun?: number
  /** Told of each test before its power is found; it must not throw. For a line of progress. */
  readonly onTest?: (test: PowerTest) => void
  /** How runs are counted: by agents and problems, or one function for each condition. `agents` unless given. */
  readonly mode?: RunMode
}

/** The most replicates that are tried unless the caller says otherwise. */
export const replicatesMaxDefault = 100
/** Simulated studies of one answer, at most. */
export const simulationsMax = 100_000

const optionsHint = "see what can be said: heddle experiments power --help"

const planless = (study: Study): ReadonlyArray<PowerRow> => {
  const planned = new Set(study.analysisPlans.flatMap((plan) => plan.hypothesisIds))
  return study.hypotheses.flatMap(({ dependentVars, hypothesisId }) =>
    planned.has(hypothesisId)
      ? []
      : [
          {
            hypothesisId,
            planId: null,
            outcome: dependentVars.join(", "),
            test: "",
            comparison: "",
            effect: null,
            effectText: "",
            runs: 0,
            groups: [],
            df: [],
            standardError: null,
            method: "none",
            methodText: "",
            power: null,
            powerLow: null,
            powerHigh: null,
            simulations: null,
            minimumDetectableEffect: null,
            minimumDetectablePrecision: null,
            replicatesForTarget: null,
            runsForTarget: null,
            costForTarget: null,
            correction: "none",
            familySize: 0,
            testLevel: 0,
            sequential: null,
            otherFactors: [],
            notes: ["no analysis plan names this hypothesis, so no test of it is declared"],
          } satisfies PowerRow,
        ],
  )
}

interface Checked {
  readonly alpha: number
  readonly target: number
  readonly simulations: number
  readonly seed: number
  readonly range: readonly [number, number]
  readonly replicates: number
}

const check = (study: Study, options: PowerOptions): Result.Result<Checked, PowerError> => {
  const refuse = (option: string, problem: string): Result.Result<never, PowerError> =>
    Result.fail(new PowerError({ studyId: study.studyId, option, problem, hints: [optionsHint] }))
  const alpha = options.alpha ?? study.heddle.alpha ?? 0.05
  if (!(alpha > 0 && alpha < 1)) return refuse("alpha", `must lie between 0 and 1; it is ${alpha}`)
  const target = options.target ?? 0.8
  if (!(target > 0 && target < 1)) return refuse("target", `must lie between 0 and 1; it is ${target}`)
  const simulations = options.simulations ?? 1000
  if (!Number.isInteger(simulations) || simulations < 10 || simulations > simulationsMax)
    return refuse("simulations", `must be a whole number from 10 to ${simulationsMax}; it is ${simulations}`)
  const seed = options.seed ?? Number(BigInt.asUintN(53, BigInt(study.seedPolicy.baseSeed)))
  if (!Number.isSafeInteger(seed)) return refuse("seed", `must be a whole number; it is ${seed}`)
  const sds =
    typeof options.sd === "object"
      ? Object.entries(options.sd)
      : options.sd === undefined
        ? []
        : [["sd", options.sd] as const]
  for (const [name, sd] of sds) {
    if (!(sd > 0) || !Number.isFinite(sd)) return refuse("sd", `must be above 0; ${name} is ${sd}`)
    if (typeof options.sd === "object" && !study.outcomes.some((spec) => spec.name === name))
      return refuse(
        "sd",
        `the study has no outcome ${JSON.stringify(name)}; it has ${study.outcomes.map((spec) => spec.name).join(", ")}`,
      )
  }
  if (options.cv !== undefined) {
    if (options.sd !== undefined) return refuse("cv", "is another way to say sd; give one of them")
    if (!(options.cv > 0) || !Number.isFinite(options.cv)) return refuse("cv", `must be above 0; it is ${options.cv}`)
    if (options.mean === undefined || options.mean === 0)
      return refuse("cv", "is a share of the mean; give the mean too")
  }
  for (const name of ["blockSd", "subjectSd", "wholePlotSd", "costPerRun", "otherEffects"] as const) {
    const value = options[name]
    if (value !== undefined && !(value >= 0 && Number.isFinite(value)))
      return refuse(name, `must be 0 or more; it is ${value}`)
  }
  for (const name of ["mean", "effect"] as const) {
    const value = options[name]
    if (value !== undefined && !Number.isFinite(value)) return refuse(name, `must be a number; it is ${value}`)
  }
  const { baselineRate, failureShare } = options
  if (failureShare !== undefined && !(failureShare >= 0 && failureShare < 1))
    return refuse("failureShare", `must be 0 or more and below 1; it is ${failureShare}`)
  if (baselineRate !== undefined && !(baselineRate >= 0 && baselineRate <= 1))
    return refuse("baselineRate", `must lie between 0 and 1; it is ${baselineRate}`)
  const range = options.replicatesRange ?? ([1, replicatesMaxDefault] as const)
  const replicates = options.replicates ?? study.runBudget.replicates
  for (const count of [...range, replicates])
    if (!Number.isInteger(count) || count < 1)
      return refuse("replicates", `must be a whole number of 1 or more; it is ${count}`)
  if (range[0] > range[1]) return refuse("replicates", `the range ${range[0]} to ${range[1]} is empty`)
  return Result.succeed({ alpha, target, simulations, seed, range, replicates })
}

const noiseOf = (options: PowerOptions): Noise => {
  const { cv, mean = 0, sd } = options
  return {
    sd: (outcome) => (typeof sd === "number" ? sd : cv !== undefined ? cv * Math.abs(mean) : (sd?.[outcome] ?? 1)),
    blockSd: options.blockSd ?? 0,
    unitSd: 0,
    failureShare: options.failureShare ?? 0,
    baselineRate: options.baselineRate,
    mean,
  }
}

/** Whether the noise of an outcome is known in its own unit. */
const isKnown = (options: PowerOptions, outcome: string): boolean =>
  options.baselineRate !== undefined ||
  options.cv !== undefined ||
  typeof options.sd === "number" ||
  options.sd?.[outcome] !== undefined

const assumptions = (study: Study, base: PowerBase, options: PowerOptions, noise: Noise): ReadonlyArray<string> => {
  const notes: Array<string> = []
  const unknown = study.outcomes.filter(({ name }) => !isKnown(options, name)).map(({ name }) => name)
  if (unknown.length > 0)
    notes.push(
      `no standard deviation is given for ${unknown.join(", ")}: effects are in standard deviations between runs of one condition`,
    )
  if (typeof options.sd === "number" && study.outcomes.length > 1)
    notes.push(`the standard deviation ${options.sd} is taken for every outcome`)
  if (noise.baselineRate !== undefined)
    notes.push(`outcomes are 0 or 1, with a rate of ${noise.baselineRate} without an effect`)
  if (base.structure.unit !== undefined && noise.unitSd === 0)
    notes.push(
      `${base.structure.unit === "subject" ? "subjects" : "whole plots"} are taken not to differ; give their standard deviation where they do`,
    )
  if (base.structure.blocks.length > 0 && options.blockSd === undefined)
    notes.push(`blocks (${base.structure.blocks.join(", ")}) are taken not to differ`)
  if (noise.failureShare > 0) notes.push(`${noise.failureShare} of all runs are taken to fail`)
  return notes
}

/**
 * The power of every test that a study's analysis plans declare, in the order of its plans. `conditions` are those that the
 * study's design gives.
 *
 * @example
 * import * as BuildDesign from "@heddle/experiments/BuildDesign"
 * import * as Power from "@heddle/experiments/Power"
 * import * as Result from "effect/Result"
 *
 * const powerOf = (study) =>
 *   Result.flatMap(BuildDesign.buildDesign(study), ({ conditions }) => Power.ofStudy(study, conditions, { sd: 2 }))
 *
 * @category power
 */
export const ofStudy = (
  study: Study,
  conditions: ReadonlyArray<Condition>,
  options: PowerOptions = {},
): Result.Result<PowerReport, PowerError> => {
  const checked = check(study, options)
  if (Result.isFailure(checked)) return Result.fail(checked.failure)
  const { alpha, range, replicates, seed, simulations, target } = checked.success
  if (study.hypotheses.length === 0)
    return Result.fail(
      new PowerError({
        studyId: study.studyId,
        option: "study",
        problem: "it has no hypotheses, so there is nothing to have power for",
        hints: ["declare hypotheses and an analysis plan in the study"],
      }),
    )
  const mode = options.mode ?? "agents"
  const bases = new Map<number, Result.Result<PowerBase, PowerError>>()
  const baseAt = (count: number): Result.Result<PowerBase, PowerError> => {
    const known = bases.get(count) ?? baseOf(study, conditions, count, mode)
    bases.set(count, known)
    return known
  }
  const first = baseAt(replicates)
  if (Result.isFailure(first)) return Result.fail(first.failure)
  const whole = first.success
  const plain = noiseOf(options)
  const unitSd = whole.structure.unit === "subject" ? options.subjectSd : options.wholePlotSd
  const noise: Noise = { ...plain, unitSd: unitSd ?? 0 }
  const assumed = {
    alpha,
    seed,
    otherEffects: options.otherEffects,
    isKnown: (outcome: string) => isKnown(options, outcome),
  }
  const itemsAt = new Map<
    string,
    Result.Result<{ readonly base: PowerBase; readonly items: ReadonlyArray<PowerItem> }, PowerError>
  >()
  const planAt = (plan: AnalysisPlan, count: number) => {
    const key = `${count} ${study.analysisPlans.indexOf(plan)}`
    const known = itemsAt.get(key) ?? Result.flatMap(baseAt(count), (base) => itemsOf(base, plan, noise, assumed))
    itemsAt.set(key, known)
    return known
  }
  const costPerRun = options.costPerRun ?? reservationOf(study, "cost_usd") ?? null
  const ask = new Ask({
    study,
    noise,
    alpha,
    target,
    simulations,
    seed,
    range,
    replicates,
    effect: options.effect,
    isKnown: assumed.isKnown,
    costPerRun,
    planAt,
  })
  const rows: Array<PowerRow> = []
  for (const plan of study.analysisPlans) {
    const found = planAt(plan, replicates)
    if (Result.isFailure(found)) return Result.fail(found.failure)
    const { base, items } = found.success
    for (const [index, item] of items.entries()) {
      options.onTest?.({
        place: index + 1,
        tests: items.length,
        hypothesisId: item.hypothesis.hypothesisId,
        outcome: item.row.outcome,
        test: item.row.test,
        isSimulated: ask.isSimulated(base, item),
      })
      rows.push(ask.row(base, item))
    }
  }
  const runs = whole.data.runs.length
  return Result.succeed({
    schemaVersion: 1,
    studyId: study.studyId,
    alpha,
    target,
    replicates,
    runs,
    runsPerReplicate: whole.runsPerReplicate,
    standardised: study.outcomes.some(({ name }) => !isKnown(options, name)),
    costPerRun,
    cost: costPerRun === null ? null : costPerRun * runs,
    seed,
    otherEffects: options.otherEffects ?? null,
    rows: [...rows, ...planless(study)],
    notes: assumptions(study, whole, options, noise),
  })
}
