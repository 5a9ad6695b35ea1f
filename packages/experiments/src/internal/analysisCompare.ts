/**
 * Tests of one comparison, with what the design implies: runs of a subject or a whole plot are not independent, so their means
 * are compared (in pairs where both sides are within the unit); blocks are taken out before means are compared.
 *
 * @layer logic
 * @module
 */
import type { AnalysisColumn } from "../analysis/AnalysisData.ts"
import { mean as meanOf } from "../analysis/Descriptives.ts"
import { fit } from "../analysis/LinearModel.ts"
import { categorical } from "../analysis/ModelTerms.ts"
import { fisherExact } from "../analysis/Proportions.ts"
import { mannWhitney, signedRank } from "../analysis/RankTests.ts"
import { bootstrap, pairedPermutationTest, permutationTest } from "../analysis/Resampling.ts"
import type { Alternative, TestOutcome } from "../analysis/TestOutcome.ts"
import { equivalence, paired, pooled, ratio, tProbability, welch } from "../analysis/TTests.ts"
import type { Claim } from "./analysisClaims.ts"
import { type Structure, variableOf, variesWithin } from "./analysisDesign.ts"
import type { Frame } from "./analysisFrame.ts"
import { effectSize, interval, noOutcome, outcome } from "./analysisOutcome.ts"
import type { TestName } from "./analysisWords.ts"
import { pt, qt } from "./rmath.ts"

/** A test, and what its effect was measured against. */
export interface Compared {
  readonly result: TestOutcome
  readonly errorTerm: string
}

/** What a comparison is tested with. */
export interface CompareInput {
  readonly test: TestName
  readonly claim: Claim
  readonly frame: Frame
  readonly structure: Structure
  readonly columns: ReadonlyMap<string, AnalysisColumn>
  readonly alternative: Alternative
  /** The smallest effect that matters, where equivalence is claimed. */
  readonly margin: number | undefined
  readonly alpha: number
  readonly seed: number
  /** Standardised effects beside the tests; their intervals cost more than the tests. */
  readonly effectSizes: boolean
}

const unitWord = (unit: string): string => (unit === "subject" ? "subjects" : "whole plots")

interface Sides {
  readonly left: ReadonlyArray<number>
  readonly right: ReadonlyArray<number>
  /** Means of units that have both sides, in the same order. */
  readonly pairs: { readonly left: ReadonlyArray<number>; readonly right: ReadonlyArray<number> } | undefined
  /** Units that have only one side. */
  readonly halves: number
  readonly errorTerm: string
}

const group = (
  frame: Frame,
  claim: Claim,
  keyOf: (row: number) => string,
): { both: Map<string, { left: Array<number>; right: Array<number> }>; mixed: boolean } => {
  const both = new Map<string, { left: Array<number>; right: Array<number> }>()
  frame.rows.forEach((row, index) => {
    const side = claim.isLeft(row) ? "left" : claim.isRight(row) ? "right" : undefined
    if (side === undefined) return
    const key = keyOf(row)
    const entry = both.get(key) ?? { left: [], right: [] }
    entry[side].push(frame.values[index] ?? Number.NaN)
    both.set(key, entry)
  })
  return { both, mixed: [...both.values()].some((entry) => entry.left.length > 0 && entry.right.length > 0) }
}

const pairsFrom = (
  both: ReadonlyMap<string, { left: ReadonlyArray<number>; right: ReadonlyArray<number> }>,
): { pairs: { left: ReadonlyArray<number>; right: ReadonlyArray<number> }; halves: number } => {
  const complete = [...both.values()].filter((entry) => entry.left.length > 0 && entry.right.length > 0)
  return {
    pairs: { left: complete.map((entry) => meanOf(entry.left)), right: complete.map((entry) => meanOf(entry.right)) },
    halves: both.size - complete.length,
  }
}

const sidesOf = ({ claim, columns, frame, structure }: CompareInput): Sides => {
  const unit = structure.unit === undefined ? undefined : columns.get(structure.unit)
  if (unit !== undefined && structure.unit !== undefined) {
    const { both, mixed } = group(frame, claim, (row) => unit.labels[row] ?? "")
    const word = unitWord(structure.unit)
    if (mixed) return { left: [], right: [], ...pairsFrom(both), errorTerm: `within ${word}` }
    const means = (side: "left" | "right"): ReadonlyArray<number> =>
      [...both.values()].flatMap((entry) => (entry[side].length > 0 ? [meanOf(entry[side])] : []))
    return { left: means("left"), right: means("right"), pairs: undefined, halves: 0, errorTerm: word }
  }
  const of = (has: (row: number) => boolean): ReadonlyArray<number> =>
    frame.values.filter((_, index) => has(frame.rows[index] ?? -1))
  const plain = { left: of(claim.isLeft), right: of(claim.isRight), errorTerm: "runs" }
  if (structure.blocks.length === 0) return { ...plain, pairs: undefined, halves: 0 }
  const { both, mixed } = group(frame, claim, (row) =>
    structure.blocks.map((name) => columns.get(name)?.labels[row] ?? "").join("\u0000"),
  )
  return mixed ? { ...plain, ...pairsFrom(both) } : { ...plain, pairs: undefined, halves: 0 }
}

/** Means of whole plots in the place of runs, where the plots lie in blocks; undefined where no block is constant in each. */
const unitsInBlocks = (input: CompareInput): CompareInput | undefined => {
  const { claim, columns, frame, structure } = input
  const unit = structure.unit === undefined ? undefined : columns.get(structure.unit)
  if (unit === undefined) return undefined
  const blocks = structure.blocks.filter((name) => {
    const column = columns.get(name)
    return column !== undefined && !variesWithin(column, unit, frame.rows)
  })
  if (blocks.length === 0) return undefined
  const cells = new Map<string, { readonly row: number; readonly values: Array<number> }>()
  frame.rows.forEach((row, place) => {
    if (!claim.isLeft(row) && !claim.isRight(row)) return
    const key = unit.labels[row] ?? ""
    const cell = cells.get(key) ?? { row, values: [] }
    cells.set(key, cell)
    cell.values.push(frame.values[place] ?? Number.NaN)
  })
  const means = [...cells.values()]
  return {
    ...input,
    frame: { ...frame, rows: means.map((cell) => cell.row), values: means.map((cell) => meanOf(cell.values)) },
    structure: { ...structure, unit: undefined, errors: [], blocks },
  }
}

/** Left minus right with blocks as additive terms and one error. */
const blocked = (input: CompareInput, named: string): Compared => {
  const { alpha, alternative, claim, columns, frame, margin, structure } = input
  const places = frame.rows.flatMap((row, index) => (claim.isLeft(row) || claim.isRight(row) ? [index] : []))
  const rows = places.map((place) => frame.rows[place] ?? -1)
  const values = places.map((place) => frame.values[place] ?? Number.NaN)
  const sides = rows.map((row) => (claim.isLeft(row) ? "left" : "right"))
  const n = values.length
  const method = `difference in means within blocks (${structure.blocks.join(", ")})`
  const errorTerm = "runs within blocks"
  if (new Set(sides).size < 2) {
    const lefts = sides.filter((side) => side === "left").length
    return {
      result: noOutcome(method, n, `a group is empty (left ${lefts}, right ${n - lefts})`, alternative),
      errorTerm,
    }
  }
  const blocks = structure.blocks.flatMap((name) => columns.get(name) ?? [])
  const model = fit({
    response: values,
    variables: [...blocks.map((column) => variableOf(column, rows)), categorical("side", sides, ["right", "left"])],
    terms: [...blocks.map((column) => [column.name]), ["side"]],
    alpha,
  })
  const found = model.coefficients.find((row) => row.name === "side[left]")
  const estimate = found?.estimate ?? null
  const se = found?.standardError ?? null
  const df = model.residualDf
  if (estimate === null || se === null || df <= 0) {
    const why =
      estimate === null && model.aliased.length > 0
        ? ["the two sides are in different blocks: the difference cannot be told apart from the blocks"]
        : model.notes
    return {
      result: outcome({
        method,
        n,
        alternative,
        estimateName: "difference in means",
        estimate,
        notes: why.length > 0 ? why : ["no estimate of the error exists"],
      }),
      errorTerm,
    }
  }
  const standard = effectSize(
    "difference over residual standard deviation",
    model.sigma === null ? null : estimate / model.sigma,
  )
  const reach = (level: number): number => qt(level, df) * se
  const common = {
    n,
    alternative,
    estimateName: "difference in means",
    estimate,
    standardError: se,
    statisticName: "t",
    df: [df],
    effectSize: standard,
    notes: model.notes,
  }
  if (named === "equivalence") {
    if (margin === undefined)
      return {
        result: noOutcome(
          method,
          n,
          "equivalence is tested where the hypothesis claims it, with minimum_effect_of_interest as the margin",
        ),
        errorTerm,
      }
    const above = (estimate + margin) / se
    const below = (estimate - margin) / se
    const pAbove = pt(above, df, "upper")
    const pBelow = pt(below, df, "lower")
    return {
      result: outcome({
        ...common,
        method: `equivalence by two one-sided t tests within blocks (${structure.blocks.join(", ")})`,
        interval: interval(1 - 2 * alpha, estimate - reach(1 - alpha), estimate + reach(1 - alpha)),
        statistic: pAbove >= pBelow ? above : below,
        p: Math.max(pAbove, pBelow),
      }),
      errorTerm,
    }
  }
  const far = reach(1 - (alternative === "two-sided" ? alpha / 2 : alpha))
  return {
    result: outcome({
      ...common,
      method,
      interval: interval(1 - alpha, estimate - far, estimate + far, alternative),
      statistic: estimate / se,
      p: tProbability(estimate / se, df, alternative),
    }),
    errorTerm,
  }
}

const pairedEquivalence = (
  pairs: { left: ReadonlyArray<number>; right: ReadonlyArray<number> },
  margin: number | undefined,
  alpha: number,
): TestOutcome => {
  const method = "equivalence by two one-sided paired t tests"
  const plain = paired(pairs.left, pairs.right, { alpha: 2 * alpha })
  const { estimate, standardError: se } = plain
  const df = plain.df[0]
  if (margin === undefined)
    return noOutcome(
      method,
      plain.n,
      "equivalence is tested where the hypothesis claims it, with minimum_effect_of_interest as the margin",
    )
  if (estimate === null || se === null || df === undefined) return outcome({ ...plain, method, p: null })
  const above = (estimate + margin) / se
  const below = (estimate - margin) / se
  const pAbove = pt(above, df, "upper")
  const pBelow = pt(below, df, "lower")
  return outcome({ ...plain, method, statistic: pAbove >= pBelow ? above : below, p: Math.max(pAbove, pBelow) })
}

/**
 * A note for each other factor whose levels are not equally frequent in the groups that are compared, as when runs are lost or
 * constraints leave combinations out: plain means then carry some of what that factor does. `names` are the factors that tell
 * the groups apart.
 */
export const unevenFactors = (
  frame: Frame,
  structure: Structure,
  names: ReadonlySet<string>,
  groupOf: (row: number) => string | undefined,
): ReadonlyArray<string> => {
  const uneven = structure.factors.filter((factor) => {
    if (names.has(factor.name) || factor.kind === "numeric") return false
    const counts = new Map<string, Map<string, number>>()
    const all = new Map<string, number>()
    let n = 0
    for (const row of frame.rows) {
      const side = groupOf(row)
      const label = factor.labels[row]
      if (side === undefined || label === null || label === undefined) continue
      const own = counts.get(side) ?? new Map<string, number>()
      counts.set(side, own.set(label, (own.get(label) ?? 0) + 1))
      all.set(label, (all.get(label) ?? 0) + 1)
      n++
    }
    return [...counts.values()].some((own) => {
      const size = [...own.values()].reduce((sum, count) => sum + count, 0)
      return [...all].some(([label, total]) => (own.get(label) ?? 0) * n !== total * size)
    })
  })
  return uneven.length === 0
    ? []
    : [
        `the groups do not have the levels of ${uneven.map((factor) => factor.name).join(", ")} equally often, so their means carry some of what ${uneven.length === 1 ? "it does" : "these do"}; anova and regression take it out`,
      ]
}

/** A note where a side is several levels that have different numbers of runs, so that they do not weigh the same. */
const unevenSides = (frame: Frame, claim: Claim): ReadonlyArray<string> =>
  [[claim.left, claim.isLeft] as const, [claim.right, claim.isRight] as const].flatMap(([text, has]) => {
    const counts = new Map<string, number>()
    for (const row of frame.rows) {
      const label = claim.column.labels[row]
      if (has(row) && label !== null && label !== undefined) counts.set(label, (counts.get(label) ?? 0) + 1)
    }
    return new Set(counts.values()).size > 1
      ? [
          `${text} is the mean of its runs, and its levels have different numbers of them (${[...counts].map(([label, n]) => `${label} ${n}`).join(", ")})`,
        ]
      : []
  })

/** Tests one comparison. */
export const compare = (input: CompareInput): Compared => {
  const { claim, frame, structure } = input
  const compared = compareOnce(input)
  const takesNoBlocks =
    structure.blocks.length > 0 && (compared.errorTerm === "runs" || compared.errorTerm === "whole plots")
  const side = (row: number): string | undefined =>
    claim.isLeft(row) ? "left" : claim.isRight(row) ? "right" : undefined
  const notes = [
    ...(takesNoBlocks ? [`blocks (${structure.blocks.join(", ")}) are not taken out by this test`] : []),
    ...(compared.result.estimate === null
      ? []
      : [...unevenFactors(frame, structure, claim.names, side), ...unevenSides(frame, claim)]),
  ]
  return notes.length === 0
    ? compared
    : { ...compared, result: { ...compared.result, notes: [...compared.result.notes, ...notes] } }
}

const compareOnce = (input: CompareInput): Compared => {
  const { alpha, alternative, claim, frame, margin, seed, structure } = input
  const options = { alternative, alpha, effectSize: input.effectSizes }
  // A claim of equivalence is tested as such, whatever test of means was named for it.
  const test: TestName =
    margin !== undefined && (input.test === "difference_in_means" || input.test === "welch_t")
      ? "equivalence"
      : input.test
  const effective: TestName = test === "difference_in_means" && claim.operation === "ratio" ? "ratio_of_means" : test
  const sides = sidesOf(input)
  const { errorTerm, left, pairs, right } = sides
  const inUnits = structure.unit !== undefined && pairs !== undefined
  const withHalves = (result: TestOutcome): TestOutcome =>
    sides.halves > 0
      ? outcome({ ...result, notes: [...result.notes, `${sides.halves} units have only one side and are left out`] })
      : result
  const n = frame.rows.filter((row) => claim.isLeft(row) || claim.isRight(row)).length
  const isPairTest = effective === "paired_t" || effective === "signed_rank" || effective === "paired_permutation"
  if (isPairTest) {
    const method = effective.replaceAll("_", " ")
    if (pairs === undefined)
      return {
        result: noOutcome(
          method,
          n,
          "the design has no subjects, whole plots or blocks that have both sides, so there are no pairs",
          alternative,
        ),
        errorTerm,
      }
    const where = structure.unit === undefined ? `pairs of means in blocks (${structure.blocks.join(", ")})` : errorTerm
    const result =
      effective === "paired_t"
        ? paired(pairs.left, pairs.right, options)
        : effective === "signed_rank"
          ? signedRank(pairs.left, pairs.right, options)
          : pairedPermutationTest(pairs.left, pairs.right, { ...options, seed })
    return { result: withHalves(result), errorTerm: where }
  }
  if (inUnits && (effective === "difference_in_means" || effective === "equivalence")) {
    const result =
      effective === "equivalence" ? pairedEquivalence(pairs, margin, alpha) : paired(pairs.left, pairs.right, options)
    return { result: withHalves(result), errorTerm }
  }
  if (inUnits)
    return {
      result: noOutcome(
        effective.replaceAll("_", " "),
        n,
        `both sides are within ${unitWord(structure.unit ?? "")}, whose runs are not independent; use difference_in_means, paired_t, signed_rank or anova`,
        alternative,
      ),
      errorTerm,
    }
  const varies = structure.unit === undefined && structure.blocks.length > 0
  const ofUnits = structure.unit === "whole_plot" ? unitsInBlocks(input) : undefined
  if (
    ofUnits !== undefined &&
    (effective === "difference_in_means" || (effective === "equivalence" && test !== input.test))
  ) {
    const found = blocked(ofUnits, effective)
    return { ...found, errorTerm: "whole plots within blocks" }
  }
  if (varies && (effective === "difference_in_means" || (effective === "equivalence" && test !== input.test)))
    return blocked(input, effective)
  switch (effective) {
    case "pooled_t":
      return { result: pooled(left, right, options), errorTerm }
    case "equivalence":
      return {
        result:
          margin === undefined
            ? noOutcome(
                "equivalence",
                n,
                "equivalence is tested where the hypothesis claims it, with minimum_effect_of_interest as the margin",
              )
            : equivalence(left, right, margin, { alpha }),
        errorTerm,
      }
    case "ratio_of_means":
      return { result: ratio(left, right, options), errorTerm }
    case "mann_whitney":
      return { result: mannWhitney(left, right, options), errorTerm }
    case "permutation":
      return { result: permutationTest(left, right, { ...options, seed }), errorTerm }
    case "bootstrap": {
      const found = bootstrap([left, right], ([a = [], b = []]) => meanOf(a) - meanOf(b), { seed, alpha })
      return {
        result: outcome({
          method: found.method,
          n,
          estimateName: "difference in means",
          estimate: found.estimate,
          interval: found.interval,
          notes: [...found.notes, "a bootstrap interval has no p; the decision is whether zero is outside of it"],
        }),
        errorTerm,
      }
    }
    case "fisher_exact": {
      const count = (values: ReadonlyArray<number>): readonly [number, number] | undefined =>
        values.every((value) => value === 0 || value === 1)
          ? [values.filter((value) => value === 1).length, values.filter((value) => value === 0).length]
          : undefined
      const a = count(left)
      const b = count(right)
      return {
        result:
          a === undefined || b === undefined
            ? noOutcome("Fisher exact test", n, "the outcome is not 0 or 1 in every run", alternative)
            : fisherExact([a, b], options),
        errorTerm,
      }
    }
    default:
      return { result: welch(left, right, options), errorTerm }
  }
}

/** Whether a factor varies within the units of a design. */
export const isWithinUnits = (
  input: Pick<CompareInput, "structure" | "columns" | "frame">,
  column: AnalysisColumn,
): boolean => {
  const unit = input.structure.unit === undefined ? undefined : input.columns.get(input.structure.unit)
  return unit !== undefined && variesWithin(column, unit, input.frame.rows)
}
