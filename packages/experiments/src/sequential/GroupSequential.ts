/**
 * Group-sequential tests: a study that looks at its data a planned number of times and may stop at each look, with the
 * error of the whole procedure held at alpha. Boundaries come from an error spending function, so that looks need not be
 * evenly spaced and a look that is missed does no harm. Two-sided and symmetric; half of alpha is spent on each side.
 *
 * Sources: Armitage, McPherson and Rowe 1969 (the recursion); Lan and DeMets 1983 (spending functions); Jennison and
 * Turnbull 1999, chapters 8 and 9 (intervals and p-values after the stage-wise ordering).
 *
 * @layer logic
 * @module
 */
import { pnorm, qnorm } from "../internal/rmath.ts"

/** How the error is spent over the study. `obrien_fleming` is strict at first; `pocock` about even. @category models */
export type Spending = "obrien_fleming" | "pocock"

/** The most looks of one plan. */
export const looksMax = 50

/** What one look of a plan is. @category models */
export interface PlannedLook {
  /** Share of the whole information that is there at this look: above 0, up to 1. */
  readonly informationFraction: number
  /** The study may stop where the statistic is at least this far from 0, in standard deviations. */
  readonly boundary: number
  /** Two-sided probability of the boundary in a test of its own. */
  readonly nominalP: number
  /** Two-sided error that is spent up to and with this look. */
  readonly alphaSpent: number
}

/** A plan of looks, with what is needed to correct for them. @category models */
export interface GroupSequentialPlan {
  readonly alpha: number
  readonly spending: Spending
  readonly looks: ReadonlyArray<PlannedLook>
}

/** What was found at the look where a study stopped, corrected for the looks before. @category models */
export interface SequentialResult {
  /** Two-sided, by the stage-wise ordering: looks before this one count as more extreme. */
  readonly p: number
  /** Estimate that is too high as often as too low, in the unit of the estimate. */
  readonly medianUnbiased: number
  readonly lower: number
  readonly upper: number
}

/** Two-sided error that a spending function has spent at an information fraction. @category boundaries */
export const spent = (spending: Spending, alpha: number, informationFraction: number): number => {
  const share = Math.min(1, informationFraction)
  if (share <= 0) return 0
  if (spending === "pocock") return alpha * Math.log(1 + (Math.E - 1) * share)
  // Half on each side, and on each side twice the upper tail.
  return 4 * pnorm(qnorm(alpha / 4, "upper") / Math.sqrt(share), "upper")
}

/** Points of a grid over the values that go on; odd, for Simpson's rule. */
const gridPoints = 801

/** Beyond so many standard deviations a density is 0. */
const reachSd = 9

/** The density of the statistic's sum at a look, among studies that have not stopped: under no effect. */
interface Going {
  readonly time: number
  readonly points: Float64Array
  /** Density times weight of Simpson's rule. */
  readonly mass: Float64Array
}

const simpson = (count: number, width: number): Float64Array => {
  const step = width / (count - 1)
  const weights = new Float64Array(count)
  for (let index = 0; index < count; index++) {
    weights[index] = ((index === 0 || index === count - 1 ? 1 : index % 2 === 1 ? 4 : 2) * step) / 3
  }
  return weights
}

const density = (x: number): number => Math.exp(-(x * x) / 2) / Math.sqrt(2 * Math.PI)

const startGrid: Going = { time: 0, points: new Float64Array([0]), mass: new Float64Array([1]) }

/** The next look's density between `-limit` and `limit`. */
const advance = (going: Going, time: number, limit: number): Going => {
  const sd = Math.sqrt(time - going.time)
  const reach = Math.min(limit, reachSd * Math.sqrt(time))
  const weights = simpson(gridPoints, 2 * reach)
  const points = new Float64Array(gridPoints)
  const mass = new Float64Array(gridPoints)
  for (let index = 0; index < gridPoints; index++) {
    const x = -reach + (2 * reach * index) / (gridPoints - 1)
    let sum = 0
    for (const [place, from] of going.points.entries()) {
      const away = (x - from) / sd
      if (Math.abs(away) < reachSd) sum += (going.mass[place] ?? 0) * density(away)
    }
    points[index] = x
    mass[index] = (sum / sd) * (weights[index] ?? 0)
  }
  return { time, points, mass }
}

/** Probability to be at `limit` or above at the next look, not having stopped before; `drift` is the mean at full information. */
const crossesAbove = (going: Going, time: number, limit: number, drift: number): number => {
  const gap = time - going.time
  const sd = Math.sqrt(gap)
  let sum = 0
  for (const [place, from] of going.points.entries()) {
    // Under a drift each path weighs by its likelihood ratio.
    const tilt = drift === 0 ? 1 : Math.exp(drift * from - (drift * drift * going.time) / 2)
    sum += (going.mass[place] ?? 0) * tilt * pnorm((limit - from - drift * gap) / sd, "upper")
  }
  return sum
}

/** Root of a function that falls, between two places; the bounds are widened by the caller. */
const fallingRoot = (f: (x: number) => number, low: number, high: number): number => {
  let left = low
  let right = high
  for (let step = 0; step < 200 && right - left > 1e-12 * Math.max(1, Math.abs(left)); step++) {
    const middle = (left + right) / 2
    if (f(middle) > 0) left = middle
    else right = middle
  }
  return (left + right) / 2
}

/**
 * Plans looks at the given information fractions: rising, above 0, the last one 1 where the study is to use all of alpha.
 * An alpha outside of 0 to 1, fractions that do not rise, or more than {@link looksMax} of them are a `RangeError`.
 *
 * @example
 * import * as GroupSequential from "@heddle/experiments/sequential/GroupSequential"
 *
 * const plan = GroupSequential.plan({ alpha: 0.05, spending: "obrien_fleming", informationFractions: [0.5, 1] })
 * plan.looks.map((look) => look.boundary.toFixed(3)) // => ["2.963", "1.969"]
 *
 * @category constructors
 */
export const plan = (spec: {
  readonly alpha: number
  readonly spending: Spending
  readonly informationFractions: ReadonlyArray<number>
}): GroupSequentialPlan => {
  const { alpha, spending, informationFractions } = spec
  if (!(alpha > 0 && alpha < 1)) throw new RangeError(`alpha must be between 0 and 1; it is ${alpha}`)
  if (informationFractions.length < 1 || informationFractions.length > looksMax) {
    throw new RangeError(`a plan has 1 to ${looksMax} looks, not ${informationFractions.length}`)
  }
  const looks: Array<PlannedLook> = []
  let going = startGrid
  let before = 0
  for (const time of informationFractions) {
    if (!(time > going.time && time <= 1)) {
      throw new RangeError(`information fractions rise and are above 0, up to 1; ${time} follows ${going.time}`)
    }
    const alphaSpent = spent(spending, alpha, time)
    const oneSide = (alphaSpent - before) / 2
    const from = going
    const limit = fallingRoot((x) => crossesAbove(from, time, x, 0) - oneSide, 0, reachSd * Math.sqrt(time))
    const boundary = limit / Math.sqrt(time)
    looks.push({ informationFraction: time, boundary, nominalP: 2 * pnorm(boundary, "upper"), alphaSpent })
    going = advance(going, time, limit)
    before = alphaSpent
  }
  return { alpha, spending, looks }
}

/** Of each look, the studies that went on from the one before. */
const goingInto = (plan: GroupSequentialPlan, look: number): ReadonlyArray<Going> => {
  const into: Array<Going> = []
  let going = startGrid
  for (const { boundary, informationFraction: time } of plan.looks.slice(0, look + 1)) {
    into.push(going)
    if (into.length <= look) going = advance(going, time, boundary * Math.sqrt(time))
  }
  return into
}

/** One-sided probability, under a drift, of ending at least as high as `z`, looks before it counting as more extreme. */
const upperTail = (plan: GroupSequentialPlan, into: ReadonlyArray<Going>, z: number, drift: number): number => {
  let sum = 0
  for (const [index, going] of into.entries()) {
    const planned = plan.looks[index]
    if (planned === undefined) break
    const time = planned.informationFraction
    const limit = (index === into.length - 1 ? z : planned.boundary) * Math.sqrt(time)
    sum += crossesAbove(going, time, limit, drift)
  }
  return sum
}

/**
 * Corrects what was seen at the look where a study stopped (`look` counts from 0). `estimate` and `standardError` are
 * those of that look; the interval has the level 1 - alpha. A look that was not planned, or a standard error of 0, is a
 * `RangeError`.
 *
 * @category corrections
 */
export const correct = (
  plan: GroupSequentialPlan,
  seen: { readonly look: number; readonly estimate: number; readonly standardError: number },
): SequentialResult => {
  const planned = plan.looks[seen.look]
  if (planned === undefined) throw new RangeError(`look ${seen.look} was not planned`)
  if (!(seen.standardError > 0)) throw new RangeError("the standard error must be above 0")
  const z = seen.estimate / seen.standardError
  // The mean of the sum at full information, per unit of the estimate.
  const driftPerUnit = 1 / (seen.standardError * Math.sqrt(planned.informationFraction))
  const into = goingInto(plan, seen.look)
  const tail = (effect: number): number => upperTail(plan, into, z, effect * driftPerUnit)
  const reach = (Math.abs(z) + reachSd + 2) * seen.standardError
  const effectAt = (probability: number): number => fallingRoot((effect) => probability - tail(effect), -reach, reach)
  const above = upperTail(plan, into, z, 0)
  const below = upperTail(plan, into, -z, 0)
  return {
    p: Math.min(1, 2 * Math.min(above, below)),
    medianUnbiased: effectAt(0.5),
    lower: effectAt(plan.alpha / 2),
    upper: effectAt(1 - plan.alpha / 2),
  }
}

/** What a plan of looks is worth under a true effect. @category models */
export interface SequentialPower {
  /** Probability that the study stops at some look with a boundary crossed, on either side. */
  readonly power: number
  /** Of each look: probability that the study stops there. The last one is of crossing its boundary, not of ending there. */
  readonly stops: ReadonlyArray<number>
  /** Expected share of the whole information when the study ends. */
  readonly expectedInformation: number
}

/**
 * Power of a plan as a function of the drift, by recursion over its looks: the looks are gone through once. The drift is the
 * expected statistic at full information: the effect over the standard error that the whole study would have. A drift that
 * is not finite is a `RangeError`.
 *
 * @example
 * import * as GroupSequential from "@heddle/experiments/sequential/GroupSequential"
 *
 * const plan = GroupSequential.plan({ alpha: 0.05, spending: "obrien_fleming", informationFractions: [0.5, 1] })
 * GroupSequential.powerOf(plan)(0).power.toFixed(3) // => "0.050"
 *
 * @category power
 */
export const powerOf = (plan: GroupSequentialPlan): ((drift: number) => SequentialPower) => {
  const into = goingInto(plan, plan.looks.length - 1)
  return (drift) => {
    if (!Number.isFinite(drift)) throw new RangeError(`the drift must be a number; it is ${drift}`)
    let goesOn = 1
    let crossed = 0
    let expectedInformation = 0
    const stops = into.map((going, index) => {
      const planned = plan.looks[index]
      if (planned === undefined) return 0
      const time = planned.informationFraction
      const limit = planned.boundary * Math.sqrt(time)
      // The plan is the same on both sides: the lower side under a drift is the upper one under its negative.
      const stop = crossesAbove(going, time, limit, drift) + crossesAbove(going, time, limit, -drift)
      expectedInformation += time * (index === into.length - 1 ? goesOn : stop)
      goesOn = Math.max(0, goesOn - stop)
      crossed += stop
      return stop
    })
    return { power: Math.min(1, crossed), stops, expectedInformation }
  }
}
