/**
 * Builders of blocked designs: complete blocks, balanced incomplete blocks, split plots.
 *
 * @layer logic
 * @module
 */
import * as Result from "effect/Result"
import type { DesignBuilder } from "../Design.ts"
import * as IncompleteBlocks from "../designs/IncompleteBlocks.ts"
import { randomOrder } from "../designs/LatinSquares.ts"
import * as RandomizedBlocks from "../designs/RandomizedBlocks.ts"
import * as SplitPlot from "../designs/SplitPlot.ts"
import type { DesignKind } from "../Study.ts"
import type { Value, ValueMap } from "../Value.ts"
import {
  checkCount,
  checkOptions,
  designError,
  intOption,
  namesOption,
  optionError,
  refuseCenterPoints,
} from "./combinatorialOptions.ts"
import {
  at,
  blockKey,
  blockLists,
  combinations,
  combinationsCount,
  factorLists,
  finish,
  type OpenRow,
  stream,
} from "./combinatorialRows.ts"
import { mainEffectsWorth } from "./linearModel.ts"

const allOf = (row: OpenRow): ValueMap => new Map([...row.factors, ...row.blocks])

const randomizedCompleteBlock: DesignBuilder = (study) =>
  Result.gen(function* () {
    yield* checkOptions(study, [])
    yield* refuseCenterPoints(study)
    if (study.blocks.length === 0) {
      return yield* Result.fail(
        designError(study, "blocks", "complete blocks need a block with its levels, such as days or machines", [
          "add blocks to the study, for example: blocks: [{name: day, levels: [mon, tue, wed]}]",
        ]),
      )
    }
    const factors = factorLists(study.factors)
    const blocks = blockLists(study.blocks)
    const treatmentsCount = combinationsCount(factors.map(({ values }) => values))
    const blocksCount = combinationsCount(blocks.map(({ values }) => values))
    const copies = study.designSpec.replicates
    yield* checkCount(study, treatmentsCount * blocksCount * copies, "treatments in all blocks")
    const treatments = combinations(factors)
    const open: Array<OpenRow> = []
    for (const [index, block] of combinations(blocks).entries()) {
      const order = RandomizedBlocks.block(treatmentsCount, copies, stream(study, "block", blockKey(block)))
      for (const [position, treatment] of order.entries()) {
        open.push({
          factors: at(treatments, treatment),
          blocks: block,
          place: [
            ["block", index + 1],
            ["block_position", position + 1],
          ],
        })
      }
    }
    const worth = mainEffectsWorth(
      open.map(allOf),
      [...study.factors, ...study.blocks].map((column) => column.name),
    )
    const errorDf = blocksCount * (treatmentsCount * copies - 1) - (treatmentsCount - 1)
    return finish(study, open, {
      ...worth,
      measures: {
        treatments: treatmentsCount,
        blocks: blocksCount,
        block_size: treatmentsCount * copies,
        error_df: errorDf,
      },
      notes: [
        `Each of ${blocksCount} blocks holds all ${treatmentsCount} treatments${copies > 1 ? ` ${copies} times` : ""} in a random order of its own; blocks run one after the other.`,
        `Treatments are compared within blocks. Analyse with blocks as a term; ${errorDf} degrees of freedom are left for the error.`,
        ...(copies === 1 ? ["Whether treatments act differently in different blocks cannot be told from error."] : []),
        ...(errorDf <= 0 ? ["Nothing is left to estimate the error from: use more blocks."] : []),
      ],
    })
  })

const near = IncompleteBlocks.comparisonsNearMax

/** Numbers of blocks near the one asked for that are possible, in words. */
const nearestBlocks = (v: number, k: number, asked: number): string => {
  const step = IncompleteBlocks.blocksStep(v, k)
  const possible = [
    Math.floor(asked / step) * step,
    Math.ceil(asked / step) * step,
    Math.ceil(asked / step) * step + step,
  ]
    .filter((b) => b <= IncompleteBlocks.blocksMax)
    .filter((b) => b > 0 && IncompleteBlocks.whyImpossible(IncompleteBlocks.parametersOf(v, k, b)) === undefined)
  const made = [...new Set(possible)].filter((b) => IncompleteBlocks.withBlocks(v, k, b, near) !== undefined)
  if (made.length > 0) return `nearest numbers of blocks: ${made.slice(0, 2).join(" and ")}`
  const smallest = IncompleteBlocks.smallest(v, k, near)
  return smallest === undefined
    ? `no design for ${v} treatments in blocks of ${k} is made here`
    : `nearest number of blocks that is made: ${smallest.parameters.b}`
}

/** Block sizes near the one asked for with a design of few blocks, nearest first. */
const nearestSizes = (v: number, asked: number): ReadonlyArray<number> =>
  Array.from({ length: v - 2 }, (_, index) => index + 2)
    .filter((k) => k !== asked)
    .sort((a, b) => Math.abs(a - asked) - Math.abs(b - asked))
    .slice(0, 6)
    .filter((k) => IncompleteBlocks.smallest(v, k, near) !== undefined)
    .slice(0, 2)

const balancedIncompleteBlock: DesignBuilder = (study) =>
  Result.gen(function* () {
    yield* checkOptions(study, ["block_size", "blocks"])
    yield* refuseCenterPoints(study)
    const factors = factorLists(study.factors)
    const v = combinationsCount(factors.map(({ values }) => values))
    if (v < 3 || v > IncompleteBlocks.treatmentsMax) {
      return yield* Result.fail(
        designError(
          study,
          "factors",
          `the combinations of levels are ${v} treatments; this kind takes 3 to ${IncompleteBlocks.treatmentsMax}`,
        ),
      )
    }
    const k = yield* intOption(study, "block_size", { min: 2, max: v - 1 }, undefined)
    if (k === undefined) {
      return yield* Result.fail(
        optionError(study, "block_size", `is needed: how many of the ${v} treatments fit in one block (2 to ${v - 1})`),
      )
    }
    const labels = combinations(
      combinationsCount(study.blocks.map((block) => block.levels)) <= IncompleteBlocks.blocksMax
        ? blockLists(study.blocks)
        : [],
    )
    const fromStudy =
      study.blocks.length === 0 ? undefined : combinationsCount(study.blocks.map((block) => block.levels))
    const asked = yield* intOption(study, "blocks", { min: 1, max: IncompleteBlocks.blocksMax }, fromStudy)
    if (fromStudy !== undefined && asked !== fromStudy) {
      return yield* Result.fail(
        optionError(study, "blocks", `says ${asked}, but the blocks of the study have ${fromStudy} combinations`),
      )
    }
    const place = study.blocks.length === 0 ? "design_spec.options.blocks" : "blocks"
    const replicates = study.designSpec.replicates
    if (asked !== undefined) {
      const parameters = IncompleteBlocks.parametersOf(v, k, asked)
      const why =
        asked > IncompleteBlocks.blocksMax
          ? `${asked} blocks are above ${IncompleteBlocks.blocksMax}`
          : IncompleteBlocks.whyImpossible(parameters)
      if (why !== undefined) {
        return yield* Result.fail(
          designError(
            study,
            place,
            `no balanced design for ${v} treatments in ${asked} blocks of ${k}: ${why}; ${nearestBlocks(v, k, Math.min(asked, IncompleteBlocks.blocksMax))}`,
            ["change the number of blocks or design_spec.options.block_size"],
          ),
        )
      }
    }
    const design = asked === undefined ? IncompleteBlocks.smallest(v, k) : IncompleteBlocks.withBlocks(v, k, asked)
    if (design === undefined) {
      const sizes = nearestSizes(v, k)
      return yield* Result.fail(
        designError(
          study,
          asked === undefined ? "design_spec.options.block_size" : place,
          `none found: no balanced design for ${v} treatments in ${asked === undefined ? "" : `${asked} `}blocks of ${k} is made here${
            asked === undefined ? "" : `; ${nearestBlocks(v, k, asked)}`
          }${sizes.length === 0 ? "" : `; nearest block sizes: ${sizes.join(" and ")}`}`,
          ["change the number of blocks or design_spec.options.block_size"],
        ),
      )
    }
    const { parameters } = design
    yield* checkCount(study, parameters.b * k * replicates, "all blocks together")
    const treatments = combinations(factors)
    const open: Array<OpenRow> = []
    for (let replicate = 1; replicate <= replicates; replicate++) {
      // Which treatment plays which number, and which set of treatments stands in which block, is drawn.
      const random = stream(study, "assignment", replicate)
      const names = randomOrder(v, random)
      for (const [index, set] of randomOrder(parameters.b, random).entries()) {
        const number = (replicate - 1) * parameters.b + index + 1
        const blocks: ValueMap =
          fromStudy === undefined ? new Map<string, Value>([["block", number]]) : at(labels, index)
        const order = [...at(design.blocks, set)]
        stream(study, "block", number).shuffle(order)
        for (const [position, treatment] of order.entries()) {
          open.push({
            factors: at(treatments, at(names, treatment)),
            blocks,
            place: [
              ["block", number],
              ["block_position", position + 1],
              ...(replicates > 1 ? [["replicate", replicate] as const] : []),
            ],
          })
        }
      }
    }
    const efficiency = IncompleteBlocks.efficiencyFactor(parameters)
    const runs = parameters.b * k * replicates
    const errorDf = runs - parameters.b * (fromStudy === undefined ? replicates : 1) - v + 1
    return finish(study, open, {
      measures: {
        treatments: v,
        blocks: parameters.b * replicates,
        block_size: k,
        replications: parameters.r * replicates,
        lambda: parameters.lambda * replicates,
        efficiency_factor: efficiency,
        error_df: errorDf,
      },
      notes: [
        `${v} treatments in blocks of ${k}: each treatment in ${parameters.r * replicates} blocks, each pair together in ${parameters.lambda * replicates} (${design.construction}).`,
        `Comparisons within blocks are ${(100 * efficiency).toFixed(1)} percent as efficient as complete blocks with the same error would be.`,
        "Analyse with blocks as a term: plain means of treatments mix their effects with those of the blocks.",
        ...(errorDf <= 0 ? ["Nothing is left to estimate the error from: use more blocks."] : []),
      ],
    })
  })

/** The most whole plots per combination of the hard factors. */
const wholePlotsMax = 10_000

const splitPlot: DesignBuilder = (study) =>
  Result.gen(function* () {
    yield* checkOptions(study, ["hard_to_change", "whole_plots"])
    yield* refuseCenterPoints(study)
    const names = study.factors.map((factor) => factor.name)
    const hardNames = yield* namesOption(study, "hard_to_change", names)
    if (hardNames.length === 0 || hardNames.length === names.length) {
      return yield* Result.fail(
        optionError(
          study,
          "hard_to_change",
          `must name at least one factor and leave at least one; the study has ${names.join(", ") || "none"}`,
        ),
      )
    }
    const replicates = yield* intOption(
      study,
      "whole_plots",
      { min: 1, max: wholePlotsMax },
      study.designSpec.replicates,
    )
    const hardLists = factorLists(study.factors.filter((factor) => hardNames.includes(factor.name)))
    const easyLists = factorLists(study.factors.filter((factor) => !hardNames.includes(factor.name)))
    const hardCount = combinationsCount(hardLists.map(({ values }) => values))
    const easyCount = combinationsCount(easyLists.map(({ values }) => values))
    const blocksCount = combinationsCount(study.blocks.map((block) => block.levels))
    yield* checkCount(study, hardCount * easyCount * replicates * blocksCount, "runs in all whole plots")
    const hard = combinations(hardLists)
    const easy = combinations(easyLists)
    const open: Array<OpenRow> = []
    let number = 0
    let kept = 0
    let before: number | undefined
    for (const block of combinations(blockLists(study.blocks))) {
      const key = blockKey(block)
      const plots = SplitPlot.wholePlots(hardCount, easyCount, replicates, {
        plots: stream(study, "whole plots", key),
        within: (plot) => stream(study, "whole plot", key, plot),
      })
      for (const plot of plots) {
        number++
        if (plot.hard === before) kept++
        before = plot.hard
        for (const [position, item] of plot.easy.entries()) {
          open.push({
            factors: new Map([...at(hard, plot.hard), ...at(easy, item)]),
            blocks: block,
            place: [
              ["whole_plot", number],
              ["sub_plot", position + 1],
              ["replicate", plot.replicate],
            ],
          })
        }
      }
    }
    const error = SplitPlot.errorTerms(hardCount, easyCount, replicates, blocksCount)
    const worth = mainEffectsWorth(open.map(allOf), names)
    const hardText = hardNames.join(", ")
    return finish(study, open, {
      ...worth,
      measures: {
        whole_plots: number,
        runs_per_whole_plot: easyCount,
        whole_plot_error_df: error.wholePlot,
        sub_plot_error_df: error.subPlot,
      },
      notes: [
        `${number} whole plots: ${replicates} (options.whole_plots) for each of the ${hardCount} settings of ${hardText}${blocksCount > 1 ? `, in each of ${blocksCount} blocks` : ""}.`,
        `${number} whole plots of ${easyCount} runs: ${hardText} ${hardNames.length === 1 ? "stays" : "stay"} the same within a whole plot, all else changes from run to run.`,
        `Two error terms: effects of ${hardText} are tested against the variation between whole plots (${error.wholePlot} degrees of freedom), all others and their interactions against the variation of runs within them (${error.subPlot}). One error term for both would make the hard factors look more certain than they are.`,
        "The efficiency is that of runs without whole plots; effects of the hard factors have less.",
        ...(error.wholePlot <= 0
          ? [
              `Effects of ${hardText} cannot be tested: nothing is left to estimate the variation between whole plots from. Use whole_plots of 2 or more, or blocks.`,
            ]
          : []),
        ...(error.subPlot <= 0
          ? ["With all interactions in the model nothing is left for the error within whole plots."]
          : []),
        ...(kept > 0
          ? [
              `${kept} whole plot${kept === 1 ? " has" : "s have"} the same hard settings as the one before: set them anew all the same, else they are one whole plot.`,
            ]
          : []),
      ],
    })
  })

/** Blocked designs. */
export const blockBuilders: Partial<Record<DesignKind, DesignBuilder>> = {
  randomized_complete_block: randomizedCompleteBlock,
  balanced_incomplete_block: balancedIncompleteBlock,
  split_plot: splitPlot,
}
