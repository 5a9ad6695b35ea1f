/**
 * Builders of two-level and screening designs. Levels: the first of a factor is low, the second high; or
 * `options.bounds: {factor: [low, high]}`. A factor with one value is held.
 *
 * `fractional_factorial`, options:
 * - `resolution`: 3, 4, 5 … or III, IV, V …: the smallest fraction that has it. 4 where nothing else is asked
 * - `runs`: 4, 8, 16, 32, 64 or 128: the fraction of minimum aberration with so many
 * - `generators`: a list such as `[E=ABCD, F=-BCD]`; letters by the order of the factors, or names: `lamp=dose*time`
 * - `fold_over`: true, or the name of one factor: the runs again with all levels, or this factor's, switched
 * - `blocks`: 2, 4, 8 or 16 blocks inside of the fraction, mixed with no main effect
 *
 * `plackett_burman`, options: `runs` (a multiple of 4 up to 100; the smallest possible unless given), `fold_over`: true.
 *
 * `definitive_screening`, options: `fake_factors` (columns left out to get degrees of freedom for the error).
 *
 * Of the design specification: `replicates` repeats all runs, `center_points` are added once (numeric factors only; in a
 * definitive screening design: their number, 1 unless given), `randomize` shuffles by the study's base seed.
 *
 * @layer logic
 * @module
 */
import * as Result from "effect/Result"
import type { AliasSet, DesignBuilder } from "../Design.ts"
import { aliasTable, clearEffects } from "../designs/Aliases.ts"
import { aliasFactorsMax, aliasMatrix } from "../designs/AliasMatrix.ts"
import { blockGeneratorText, fractionBlocks, fractionBlocksMax } from "../designs/BlockFraction.ts"
import { definitiveScreening, screeningFactorsMax } from "../designs/DefinitiveScreening.ts"
import { foldOver } from "../designs/FoldOver.ts"
import { minimumAberration, smallestOfResolution } from "../designs/MinimumAberration.ts"
import { plackettBurman } from "../designs/PlackettBurman.ts"
import {
  type TwoLevelFraction,
  definingWords,
  fromGenerators,
  generatorsOf,
  letterOf,
  lettersOf,
  resolutionOf,
  roman,
  runsMax,
  table,
  wordLengthPattern,
  wordText,
} from "../designs/TwoLevelFraction.ts"
import { analyseTwoLevelTable } from "../designs/TwoLevelTable.ts"
import type { DesignError } from "../ExperimentError.ts"
import type { DesignKind, Study } from "../Study.ts"
import { isList, isMap } from "../Value.ts"
import { type CodedFactors, codedFactors } from "./codedFactors.ts"
import { type CodedPoint, builtDesign, codedRows, generalNotes, valueNotes, worthOf } from "./codedRows.ts"
import { boolOption, checkOptions, designError, intOption, optionError, shown } from "./combinatorialOptions.ts"

/** Aliases that a report lists per effect: at most. */
const aliasesMax = 50

/** Factors of these designs are no more than this; checked before anything is computed. */
const factorsMax = 127

/** The names of factors as words use them: their own where each is one character, else letters. */
const wordNames = (names: ReadonlyArray<string>): ReadonlyArray<string> =>
  names.every((name) => [...name].length === 1) ? names : lettersOf(names.length)

const legend = (names: ReadonlyArray<string>): ReadonlyArray<string> =>
  names.every((name) => [...name].length === 1)
    ? []
    : [`In words: ${names.map((name, place) => `${letterOf(place)} = ${name}`).join(", ")}.`]

const shortSets = (sets: ReadonlyArray<AliasSet>): ReadonlyArray<AliasSet> =>
  sets.map(({ aliases, effect }) =>
    aliases.length <= aliasesMax
      ? { effect, aliases }
      : { effect, aliases: [...aliases.slice(0, aliasesMax), `and ${aliases.length - aliasesMax} more`] },
  )

/** The centre points that are added to a two-level design. */
const centersOf = (study: Study, factors: CodedFactors): Result.Result<ReadonlyArray<CodedPoint>, DesignError> => {
  const count = study.designSpec.centerPoints
  const categorical = factors.varied.find((factor) => !factor.numeric)
  if (count > 0 && categorical !== undefined) {
    return Result.fail(
      designError(
        study,
        "design_spec.center_points",
        `${shown(categorical.name)} is categorical: it has nothing between its two levels`,
        ["leave centre points out, or repeat runs with design_spec.replicates"],
      ),
    )
  }
  const coded = factors.varied.map(() => 0)
  return Result.succeed(Array.from({ length: Math.min(count, 200_001) }, () => ({ coded, type: "center" })))
}

/** Deals centre points out to the parts of a design (folds, blocks) in turn, so that each part can be compared by them. */
const dealt = (centers: ReadonlyArray<CodedPoint>, points: ReadonlyArray<CodedPoint>): ReadonlyArray<CodedPoint> => {
  const parts = new Map<number, CodedPoint>()
  for (const point of points) if (point.part !== undefined && !parts.has(point.part)) parts.set(point.part, point)
  const samples = [...parts.values()]
  return samples.length === 0
    ? centers
    : centers.map((center, at) => {
        const sample = samples[at % samples.length]
        return {
          ...center,
          ...(sample?.facts === undefined ? {} : { facts: sample.facts }),
          ...(sample?.part === undefined ? {} : { part: sample.part }),
        }
      })
}

const enoughFactors = (study: Study, factors: CodedFactors, min: number): Result.Result<CodedFactors, DesignError> =>
  factors.varied.length >= min && factors.varied.length <= factorsMax
    ? Result.succeed(factors)
    : Result.fail(
        designError(
          study,
          "factors",
          `${factors.varied.length} factors with more than one value; this design takes from ${min} to ${factorsMax}`,
          ["give each factor a low and a high level"],
        ),
      )

const romanNumerals = new Map(Array.from({ length: 10 }, (_, at) => [roman(at + 1), at + 1]))

const resolutionOption = (study: Study): Result.Result<number | undefined, DesignError> => {
  const value = study.designSpec.options.get("resolution")
  if (typeof value === "string") {
    const number = romanNumerals.get(value.trim().toUpperCase())
    if (number !== undefined && number >= 3) return Result.succeed(number)
    return Result.fail(
      optionError(study, "resolution", `must be III, IV, V … or a whole number from 3, not ${shown(value)}`),
    )
  }
  return intOption(study, "resolution", { min: 3, max: runsMax }, undefined)
}

const generatorsOption = (study: Study): Result.Result<ReadonlyArray<string> | undefined, DesignError> => {
  const value = study.designSpec.options.get("generators")
  if (value === undefined || value === null) return Result.succeed(undefined)
  const items = isMap(value)
    ? Array.from(value, ([name, word]) => (typeof word === "string" ? `${name}=${word}` : undefined))
    : typeof value === "string"
      ? value.slice(0, 10_000).split(/[,;\n]/u)
      : isList(value)
        ? value
        : []
  const texts = items.filter((item) => typeof item === "string")
  return texts.length === items.length && texts.length > 0
    ? Result.succeed(texts)
    : Result.fail(optionError(study, "generators", `must be a list such as [E=ABCD, F=-BCD], not ${shown(value)}`))
}

const fractionFor = (study: Study, names: ReadonlyArray<string>): Result.Result<TwoLevelFraction, DesignError> => {
  const resolution = resolutionOption(study)
  if (Result.isFailure(resolution)) return Result.fail(resolution.failure)
  const runs = intOption(study, "runs", { min: 4, max: runsMax }, undefined)
  if (Result.isFailure(runs)) return Result.fail(runs.failure)
  const generators = generatorsOption(study)
  if (Result.isFailure(generators)) return Result.fail(generators.failure)
  const fraction =
    generators.success !== undefined
      ? fromGenerators({ factors: names.length, generators: generators.success, names })
      : runs.success !== undefined
        ? minimumAberration(names.length, runs.success)
        : smallestFor(names.length, resolution.success)
  if (Result.isFailure(fraction)) return fraction
  const made = resolutionOf(fraction.success)
  if (runs.success !== undefined && 2 ** fraction.success.bits !== runs.success) {
    return Result.fail(
      optionError(study, "runs", `the generators make ${2 ** fraction.success.bits} runs, not ${runs.success}`),
    )
  }
  if (resolution.success !== undefined && made !== undefined && made < resolution.success) {
    return Result.fail(
      optionError(
        study,
        "resolution",
        `${generators.success === undefined ? `${2 ** fraction.success.bits} runs reach` : "the generators have"} resolution ${roman(made)}, not ${roman(resolution.success)}`,
        ["leave runs and generators out: the smallest fraction of this resolution is taken then"],
      ),
    )
  }
  return fraction
}

/** Without a wish, resolution IV; where there is none in 128 runs, the largest fraction. */
const smallestFor = (factors: number, resolution: number | undefined): Result.Result<TwoLevelFraction, DesignError> => {
  const wanted = smallestOfResolution(factors, resolution ?? 4)
  return Result.isFailure(wanted) && resolution === undefined ? minimumAberration(factors, runsMax) : wanted
}

const foldOption = (
  study: Study,
  names: ReadonlyArray<string>,
): Result.Result<{ readonly places: ReadonlyArray<number>; readonly text: string } | undefined, DesignError> => {
  const value = study.designSpec.options.get("fold_over")
  if (value === undefined || value === null || value === false) return Result.succeed(undefined)
  if (value === true) return Result.succeed({ places: names.map((_, place) => place), text: "all factors" })
  const own = typeof value === "string" ? names.indexOf(value) : -1
  const place = own >= 0 || typeof value !== "string" ? own : lettersOf(names.length).indexOf(value)
  return place >= 0
    ? Result.succeed({ places: [place], text: names[place] ?? "" })
    : Result.fail(
        optionError(
          study,
          "fold_over",
          `must be true or one of ${names.join(", ").slice(0, 300)}, not ${shown(value)}`,
        ),
      )
}

const resolutionNotes = (resolution: number | undefined): string => {
  if (resolution === undefined) return "A full factorial: no effects are mixed with each other."
  const said = `Resolution ${roman(resolution)}: `
  if (resolution === 3) return `${said}main effects are mixed with two-factor interactions.`
  if (resolution === 4) {
    return `${said}main effects are clear of two-factor interactions; some of these are mixed with each other.`
  }
  return `${said}main effects and two-factor interactions are mixed only with interactions of ${resolution - 2} or more factors.`
}

const fractional: DesignBuilder = (study) => {
  const known = checkOptions(study, ["resolution", "runs", "generators", "fold_over", "blocks", "bounds"])
  if (Result.isFailure(known)) return Result.fail(known.failure)
  const bound = Result.flatMap(codedFactors(study, "two"), (factors) => enoughFactors(study, factors, 2))
  if (Result.isFailure(bound)) return Result.fail(bound.failure)
  const factors = bound.success
  const names = factors.varied.map((factor) => factor.name)
  const first = fractionFor(study, names)
  if (Result.isFailure(first)) return Result.fail(first.failure)
  const fold = foldOption(study, names)
  if (Result.isFailure(fold)) return Result.fail(fold.failure)
  const blockCount = intOption(study, "blocks", { min: 2, max: fractionBlocksMax }, undefined)
  if (Result.isFailure(blockCount)) return Result.fail(blockCount.failure)
  const center = centersOf(study, factors)
  if (Result.isFailure(center)) return Result.fail(center.failure)
  const whole = {
    ...(fold.success === undefined ? first.success : foldOver(first.success, fold.success.places)),
    names: wordNames(names),
  }
  const blocks = blockCount.success === undefined ? undefined : fractionBlocks(whole, blockCount.success)
  if (blockCount.success !== undefined && blocks === undefined) {
    return Result.fail(
      optionError(
        study,
        "blocks",
        `${2 ** whole.bits} runs have no ${blockCount.success} blocks clear of main effects`,
        ["take 2, 4, 8 or 16 blocks, fewer than there are runs; or take more runs"],
      ),
    )
  }
  const { rows } = table(whole)
  const half = 2 ** first.success.bits
  const points = rows.map((coded, run): CodedPoint => {
    const block = blocks?.blockOf[run]
    return {
      coded,
      type: "factorial",
      facts: [
        ...(fold.success === undefined ? [] : ([["fold", run < half ? 1 : 2]] as const)),
        ...(block === undefined ? [] : ([["block", block]] as const)),
      ],
      // A fold-over is a second experiment: its runs come after those of the first.
      ...(block !== undefined ? { part: block } : fold.success !== undefined ? { part: run < half ? 1 : 2 } : {}),
    }
  })
  const centers = dealt(center.success, points)
  const ordered = blocks === undefined ? points : points.toSorted((left, right) => (left.part ?? 0) - (right.part ?? 0))
  const built = codedRows(study, factors, ordered, centers)
  if (Result.isFailure(built)) return Result.fail(built.failure)
  const resolution = resolutionOf(whole)
  const words = definingWords(whole)
  const model = resolution === undefined || resolution >= 5 ? "two-factor interactions" : "main effects"
  const worth = worthOf(names, points, center.success, study.designSpec.replicates, model)
  const pattern = wordLengthPattern(whole, 6)
  const clear = clearEffects(whole)
  const generators = generatorsOf({ ...first.success, names: wordNames(names) })
  const fraction = names.length - whole.bits
  return Result.succeed(
    builtDesign(study, built.success, {
      ...(resolution === undefined ? {} : { resolution }),
      definingWords: words.words.map((word) => wordText(whole.names, word)),
      aliases: shortSets(aliasTable({ ...whole, names }, 2)),
      ...worth.fields,
      measures: {
        words_of_length_3: pattern[3] ?? 0,
        words_of_length_4: pattern[4] ?? 0,
        words_of_length_5: pattern[5] ?? 0,
        clear_effects: clear.clear.length,
        strongly_clear_effects: clear.strong.length,
      },
      notes: [
        fraction > 0
          ? `${2 ** whole.bits} runs are 1/${2 ** fraction} of all combinations of ${names.length} factors.`
          : `${2 ** whole.bits} runs hold every combination of ${names.length} factors${fraction < 0 ? " more than once" : ""}.`,
        resolutionNotes(resolution),
        ...(generators.length > 0
          ? [
              `Generators: ${generators.join(", ").slice(0, 2000)}${
                study.designSpec.options.has("generators") ? ", as given." : "; minimum aberration."
              }`,
            ]
          : []),
        ...legend(names),
        ...(words.complete
          ? []
          : [`The defining relation has ${2 ** fraction - 1} words; ${words.words.length} are named.`]),
        ...(fold.success === undefined
          ? []
          : [`Folded over on ${fold.success.text}: runs of fold 2 are those of fold 1 with these levels switched.`]),
        ...(blocks === undefined
          ? []
          : [
              `Blocks by ${blocks.columns.map((column) => blockGeneratorText({ ...whole, names }, column)).join(", ")}; no main effect is mixed with blocks${
                blocks.confounded.length === 0
                  ? ", no two-factor interaction either."
                  : `, but these two-factor interactions are: ${blocks.confounded.slice(0, aliasesMax).join(", ")}.`
              }`,
            ]),
        ...(center.success.length > 0
          ? ["Centre points show whether there is curvature, and give an estimate of pure error."]
          : []),
        ...worth.notes,
        ...factors.notes,
        ...generalNotes(study, center.success.length),
      ],
    }),
  )
}

/** Factors up to which a partial alias table is computed for the report. */
const partialMax = Math.min(30, aliasFactorsMax)

const partialNotes = (
  names: ReadonlyArray<string>,
  rows: ReadonlyArray<ReadonlyArray<number>>,
): { readonly notes: ReadonlyArray<string>; readonly largest?: number } => {
  if (names.length > partialMax) {
    return { notes: ["Each main effect is partly mixed with two-factor interactions of the other factors."] }
  }
  const matrix = aliasMatrix({ columns: names, rows })
  const largest = Math.max(0, ...(matrix?.coefficients.slice(1).flat() ?? []).map(Math.abs))
  const touched = (matrix?.coefficients[1] ?? []).filter((share) => Math.abs(share) > 1e-9).length
  return {
    notes: [
      largest < 1e-9
        ? "Main effects are clear of two-factor interactions; these are partly mixed with each other."
        : `Each main effect is partly mixed with two-factor interactions that do not hold it: the first with ${touched} of them, with a share of up to ${Number(largest.toFixed(3))}.`,
    ],
    largest,
  }
}

const plackett: DesignBuilder = (study) => {
  const known = checkOptions(study, ["runs", "fold_over", "bounds"])
  if (Result.isFailure(known)) return Result.fail(known.failure)
  const bound = Result.flatMap(codedFactors(study, "two"), (factors) => enoughFactors(study, factors, 2))
  if (Result.isFailure(bound)) return Result.fail(bound.failure)
  const factors = bound.success
  const names = factors.varied.map((factor) => factor.name)
  const runs = intOption(study, "runs", { min: 4, max: 1_000_000_000 }, undefined)
  if (Result.isFailure(runs)) return Result.fail(runs.failure)
  const fold = boolOption(study, "fold_over", false)
  if (Result.isFailure(fold)) return Result.fail(fold.failure)
  const center = centersOf(study, factors)
  if (Result.isFailure(center)) return Result.fail(center.failure)
  const design = plackettBurman(names.length, runs.success)
  if (Result.isFailure(design)) return Result.fail(design.failure)
  const point = (coded: ReadonlyArray<number>, part: number): CodedPoint => ({
    coded,
    type: "screening",
    ...(fold.success ? { facts: [["fold", part]], part } : {}),
  })
  const points = [
    ...design.success.rows.map((row) => point(row, 1)),
    ...(fold.success
      ? design.success.rows.map((row) =>
          point(
            row.map((value) => -value),
            2,
          ),
        )
      : []),
  ]
  const coded = points.map((one) => one.coded)
  const built = codedRows(study, factors, points, dealt(center.success, points))
  if (Result.isFailure(built)) return Result.fail(built.failure)
  const worth = worthOf(names, points, center.success, study.designSpec.replicates, "main effects")
  const regular = Result.getOrUndefined(analyseTwoLevelTable(coded, wordNames(names)))
  const partial = partialNotes(names, coded)
  const left = design.success.rows.length - 1 - names.length
  return Result.succeed(
    builtDesign(study, built.success, {
      ...(regular?.fraction === undefined
        ? names.length < 3
          ? {}
          : { resolution: fold.success ? 4 : 3 }
        : {
            ...(regular.resolution === undefined ? {} : { resolution: regular.resolution }),
            definingWords: regular.definingWords ?? [],
            aliases: shortSets(aliasTable({ ...regular.fraction, names }, 2)),
          }),
      ...worth.fields,
      measures: {
        unused_columns: left,
        ...(partial.largest === undefined ? {} : { largest_alias_share: partial.largest }),
      },
      notes: [
        `${design.success.rows.length} runs for ${names.length} factors; ${left} columns are free and estimate the error.`,
        ...(regular?.fraction === undefined
          ? partial.notes
          : [`These runs are a regular fraction. ${resolutionNotes(regular.resolution)}`, ...legend(names)]),
        ...(fold.success ? ["Folded over: runs of fold 2 are those of fold 1 with all levels switched."] : []),
        "A screening design: follow up what it finds with a design that estimates interactions.",
        ...worth.notes,
        ...factors.notes,
        ...generalNotes(study, center.success.length),
      ],
    }),
  )
}

const definitive: DesignBuilder = (study) => {
  const known = checkOptions(study, ["fake_factors", "bounds"])
  if (Result.isFailure(known)) return Result.fail(known.failure)
  const bound = codedFactors(study, "numeric")
  if (Result.isFailure(bound)) return Result.fail(bound.failure)
  const factors = bound.success
  const names = factors.varied.map((factor) => factor.name)
  const fake = intOption(study, "fake_factors", { min: 0, max: screeningFactorsMax }, 0)
  if (Result.isFailure(fake)) return Result.fail(fake.failure)
  const design = definitiveScreening(names.length, {
    fakeFactors: fake.success,
    centerPoints: Math.max(1, study.designSpec.centerPoints),
  })
  if (Result.isFailure(design)) return Result.fail(design.failure)
  const points = design.success.rows.map((coded): CodedPoint => ({
    coded,
    type: coded.every((value) => value === 0) ? "center" : "screening",
  }))
  const built = codedRows(study, factors, points)
  if (Result.isFailure(built)) return Result.fail(built.failure)
  const worth = worthOf(names, points, [], study.designSpec.replicates, "main effects")
  const quadratic = worthOf(names, points, [], study.designSpec.replicates, "quadratic")
  const terms = quadratic.efficiency?.terms ?? 0
  return Result.succeed(
    builtDesign(study, built.success, {
      ...worth.fields,
      measures: {
        fake_factors: fake.success,
        ...(quadratic.efficiency === undefined ? {} : { quadratic_d_efficiency: quadratic.efficiency.dEfficiency }),
      },
      notes: [
        "Main effects are orthogonal to each other and clear of all squares and two-factor interactions.",
        quadratic.efficiency?.estimable === true
          ? `The full quadratic model (${terms} terms) can be estimated.`
          : "Squares and two-factor interactions are partly mixed with each other: a few of them can be found, not all at once.",
        ...(points.length > 2 * (names.length + fake.success) + Math.max(1, study.designSpec.centerPoints)
          ? [
              `No conference matrix of ${names.length + fake.success} columns is known or constructed: the runs are those of the next larger one.`,
            ]
          : []),
        ...worth.notes,
        ...valueNotes(factors, points),
        ...factors.notes,
        ...generalNotes(study),
      ],
    }),
  )
}

/** Builders of two-level fractions, Plackett-Burman and definitive screening designs. */
export const twoLevelBuilders: Partial<Record<DesignKind, DesignBuilder>> = {
  fractional_factorial: fractional,
  plackett_burman: plackett,
  definitive_screening: definitive,
}
