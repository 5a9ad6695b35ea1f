/**
 * When a study that looks at its data while it runs may stop, and what was seen at each look. The rule is made from the
 * study before anything is run; every look is kept as data, so that the analysis corrects for all of them.
 *
 * Two groups are compared by their means: the first value of the factor (or its baseline) with the other. A look of a
 * group-sequential plan turns the t statistic into the normal deviate of the same probability, as is usual for plans that
 * were made for a known variance (Jennison and Turnbull 1999, section 11.3). A look that is valid always has a ratio of t
 * densities with the degrees of freedom of Welch: for groups of one size it is no larger than the exact one of a pooled
 * variance, and it holds its level where the groups differ in size and spread.
 *
 * @layer logic
 * @module
 */
import * as Result from "effect/Result"
import { DesignError } from "./ExperimentError.ts"
import { pt, qnorm } from "./internal/rmath.ts"
import * as AlwaysValid from "./sequential/AlwaysValid.ts"
import * as GroupSequential from "./sequential/GroupSequential.ts"
import * as StableJson from "./StableJson.ts"
import type { StoppingLook } from "./StoppingLook.ts"
import { valuesOf, type Factor, type Study } from "./Study.ts"
import type { Value } from "./Value.ts"

export * from "./StoppingLook.ts"

/** What is looked at: values of the outcome in the two groups. @category models */
export interface StoppingData {
  /** Whole replicates of all conditions that are done. */
  readonly replicates: number
  readonly left: ReadonlyArray<number>
  readonly right: ReadonlyArray<number>
}

/** The rule of one study. @category models */
export interface StoppingRule {
  readonly rule: "group_sequential" | "always_valid"
  readonly alpha: number
  /** Name of the outcome that is looked at. */
  readonly outcome: string
  readonly factor: string
  readonly left: Value
  readonly right: Value
  /** After so many whole replicates the data are looked at; rising. */
  readonly looksAfter: ReadonlyArray<number>
  /** Boundaries, of a group-sequential plan. */
  readonly plan: GroupSequential.GroupSequentialPlan | undefined
  /** Looks at the data, given the looks before. */
  readonly look: (data: StoppingData, before: ReadonlyArray<StoppingLook>) => StoppingLook
  /** Whether a look would stop; without the correction, which is costly to compute. For simulated studies. */
  readonly stops: (data: StoppingData) => boolean
}

/** Looks of a group-sequential plan where the study does not say. */
export const looksDefault = 4

/** Kinds of design in which several runs are of one subject or whole plot. */
const sharedUnits: ReadonlySet<string> = new Set(["split_plot", "williams", "complete_counterbalancing"])

const fail = (option: string, problem: string, hint: string) =>
  Result.fail(new DesignError({ kind: "stopping", option: `heddle.stopping.${option}`, problem, hints: [hint] }))

/**
 * The rule that a study declares, or `undefined` where it declares none. `replicates` is how many the whole study has.
 *
 * @category constructors
 */
export const make = (study: Study, replicates: number): Result.Result<StoppingRule | undefined, DesignError> => {
  const stopping = study.heddle.stopping
  if (stopping === undefined) return Result.succeed(undefined)
  const alpha = stopping.alpha ?? study.heddle.alpha ?? 0.05
  if (!(alpha > 0 && alpha < 1)) {
    return fail("alpha", `must be between 0 and 1; it is ${alpha}`, "alpha: 0.05")
  }
  const hasSubjects = study.blocks.some((block) => block.name === "subject")
  if (sharedUnits.has(study.designSpec.kind) || hasSubjects) {
    return fail(
      "rule",
      `a look takes runs to be independent, and those of one subject${hasSubjects ? "" : ` or whole plot of ${study.designSpec.kind}`} are not`,
      "leave heddle.stopping out, or take a design whose runs stand each for itself",
    )
  }
  const factor =
    stopping.factor === undefined
      ? study.factors.find((candidate) => valuesOf(candidate).length === 2)
      : study.factors.find((candidate) => candidate.name === stopping.factor)
  if (factor === undefined || valuesOf(factor).length !== 2) {
    return fail(
      "factor",
      factor === undefined ? "no factor with two values is there to be compared" : "the factor must have two values",
      `name one of: ${study.factors.flatMap((one) => (valuesOf(one).length === 2 ? [one.name] : [])).join(", ") || "none has two values"}`,
    )
  }
  const outcome = stopping.outcome ?? study.outcomes.find((candidate) => candidate.primary)?.name
  if (outcome === undefined || !study.outcomes.some((candidate) => candidate.name === outcome)) {
    return fail("outcome", "the study declares no such outcome", "mark an outcome as primary, or name one")
  }
  const [left, right] = sides(factor)
  const common = { alpha, outcome, factor: factor.name, left, right }
  if (stopping.rule === "always_valid") {
    const mixing = stopping.mixingVariance ?? 1
    if (!(mixing > 0)) return fail("mixing_variance", `must be above 0; it is ${mixing}`, "mixing_variance: 1")
    const looksAfter = Array.from({ length: replicates }, (_, index) => index + 1)
    return Result.succeed({
      ...common,
      rule: "always_valid",
      looksAfter,
      plan: undefined,
      look: (data, before) => lookAlways(data, before, { alpha, mixing, replicates }),
      stops: (data) => lookAlways(data, [], { alpha, mixing, replicates }).stop,
    })
  }
  const looks = Math.min(stopping.looks ?? looksDefault, replicates)
  if (looks > GroupSequential.looksMax) {
    return fail("looks", `at most ${GroupSequential.looksMax} looks; it is ${looks}`, "looks: 4")
  }
  // Whole replicates only: a look between them would compare conditions of different weight.
  const looksAfter = [
    ...new Set(Array.from({ length: looks }, (_, index) => Math.ceil((replicates * (index + 1)) / looks))),
  ]
  const plan = GroupSequential.plan({
    alpha,
    spending: stopping.spending ?? "obrien_fleming",
    informationFractions: looksAfter.map((after) => after / replicates),
  })
  return Result.succeed({
    ...common,
    rule: "group_sequential",
    looksAfter,
    plan,
    look: (data, before) => lookPlanned(data, before, plan, looksAfter),
    stops: (data) => {
      const planned = plan.looks[looksAfter.indexOf(data.replicates)]
      const found = planned === undefined ? undefined : difference(data, 2)
      return planned !== undefined && found !== undefined && Math.abs(deviate(found)) >= planned.boundary
    },
  })
}

/** The baseline first; the first value where no level says that it is one. */
const sides = (factor: Factor): readonly [Value, Value] => {
  const [first = null, second = null] = valuesOf(factor)
  const marked = factor.levels.findIndex(
    (level) => level.metadata.get("is_baseline") === true || level.metadata.get("role") === "baseline",
  )
  return marked === 1 ? [second, first] : [first, second]
}

interface Difference {
  readonly estimate: number
  readonly standardError: number
  readonly degreesOfFreedom: number
}

const moments = (values: ReadonlyArray<number>): { readonly mean: number; readonly variance: number } => {
  const mean = values.reduce((sum, value) => sum + value, 0) / values.length
  const squares = values.reduce((sum, value) => sum + (value - mean) ** 2, 0)
  return { mean, variance: squares / (values.length - 1) }
}

/** Welch 1947. `undefined` where a group is too small or nothing varies. */
const difference = ({ left, right }: StoppingData, atLeast: number): Difference | undefined => {
  if (left.length < atLeast || right.length < atLeast) return undefined
  const a = moments(left)
  const b = moments(right)
  const va = a.variance / left.length
  const vb = b.variance / right.length
  const standardError = Math.sqrt(va + vb)
  if (!(standardError > 0) || !Number.isFinite(standardError)) return undefined
  const degreesOfFreedom = (va + vb) ** 2 / (va ** 2 / (left.length - 1) + vb ** 2 / (right.length - 1))
  return { estimate: b.mean - a.mean, standardError, degreesOfFreedom }
}

const nothing = (
  data: StoppingData,
  before: ReadonlyArray<StoppingLook>,
  informationFraction: number,
  reason: string,
): StoppingLook => ({
  look: before.length + 1,
  replicates: data.replicates,
  informationFraction,
  countLeft: data.left.length,
  countRight: data.right.length,
  estimate: null,
  standardError: null,
  statistic: null,
  boundary: null,
  p: before.at(-1)?.p ?? null,
  lower: null,
  upper: null,
  alphaSpent: before.at(-1)?.alphaSpent ?? null,
  stop: false,
  reason,
})

const noDifference = "the groups are too small, or their values do not vary: no statistic at this look"

/** The normal deviate with the probability of the t statistic. */
const deviate = ({ degreesOfFreedom, estimate, standardError }: Difference): number => {
  const oneSided = pt(-Math.abs(estimate / standardError), degreesOfFreedom)
  // A probability of 0 is one that no number holds.
  return Math.sign(estimate) * Math.min(38, qnorm(oneSided, "upper"))
}

const lookPlanned = (
  data: StoppingData,
  before: ReadonlyArray<StoppingLook>,
  plan: GroupSequential.GroupSequentialPlan,
  looksAfter: ReadonlyArray<number>,
): StoppingLook => {
  const index = looksAfter.indexOf(data.replicates)
  const planned = plan.looks[index]
  if (planned === undefined) return nothing(data, before, 0, `no look was planned after ${data.replicates} replicates`)
  const found = difference(data, 2)
  if (found === undefined) return nothing(data, before, planned.informationFraction, noDifference)
  const z = deviate(found)
  const crosses = Math.abs(z) >= planned.boundary
  const last = index === plan.looks.length - 1
  // The correction is of the study as it ends; before that it would be read as a result.
  const standardError = z === 0 ? found.standardError : Math.abs(found.estimate / z)
  const corrected =
    crosses || last
      ? GroupSequential.correct(plan, { look: index, estimate: found.estimate, standardError })
      : undefined
  return {
    ...nothing(data, before, planned.informationFraction, ""),
    estimate: found.estimate,
    standardError: found.standardError,
    statistic: z,
    boundary: planned.boundary,
    p: corrected?.p ?? null,
    lower: corrected?.lower ?? null,
    upper: corrected?.upper ?? null,
    alphaSpent: planned.alphaSpent,
    stop: crosses,
    reason: crosses
      ? `look ${index + 1} of ${plan.looks.length}: |z| = ${Math.abs(z).toFixed(3)} is at or beyond the boundary ${planned.boundary.toFixed(3)}`
      : `look ${index + 1} of ${plan.looks.length}: |z| = ${Math.abs(z).toFixed(3)} is below the boundary ${planned.boundary.toFixed(3)}`,
  }
}

const lookAlways = (
  data: StoppingData,
  before: ReadonlyArray<StoppingLook>,
  spec: { readonly alpha: number; readonly mixing: number; readonly replicates: number },
): StoppingLook => {
  const share = data.replicates / spec.replicates
  const found = difference(data, AlwaysValid.groupSizeMin)
  if (found === undefined) return nothing(data, before, share, noDifference)
  const pooled = Math.sqrt((moments(data.left).variance + moments(data.right).variance) / 2)
  const seen = AlwaysValid.look({ ...found, mixingVariance: spec.mixing * pooled * pooled, alpha: spec.alpha })
  const p = Math.min(seen.p, before.at(-1)?.p ?? 1)
  const boundary = 1 / spec.alpha
  const stop = seen.likelihoodRatio >= boundary
  return {
    ...nothing(data, before, share, ""),
    estimate: found.estimate,
    standardError: found.standardError,
    statistic: seen.likelihoodRatio,
    boundary,
    p,
    // Few degrees of freedom bound the difference on no side.
    lower: Number.isFinite(seen.lower) ? seen.lower : null,
    upper: Number.isFinite(seen.upper) ? seen.upper : null,
    alphaSpent: null,
    stop,
    reason: `after ${data.replicates} replicates: likelihood ratio ${seen.likelihoodRatio.toPrecision(4)}, to stop at ${boundary.toPrecision(4)}`,
  }
}

/** The level of a factor as a key that tells `1` and `1.0` apart, to put runs into groups. @category getters */
export const groupKey = (value: Value): string => StableJson.stringify(value)
