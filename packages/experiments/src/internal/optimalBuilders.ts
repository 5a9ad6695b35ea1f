/**
 * Builder of optimal designs: factors to candidate settings, constraints, runs that exist, report.
 *
 * @layer logic
 * @module
 */
import * as Result from "effect/Result"
import { Matrix } from "ml-matrix"
import { compileConstraints } from "../Constraints.ts"
import type { DesignBuilder } from "../Design.ts"
import * as CandidateSet from "../designs/CandidateSet.ts"
import * as OptimalDesign from "../designs/OptimalDesign.ts"
import type { DesignError } from "../ExperimentError.ts"
import { type DesignKind, type Factor, type Study, valuesOf } from "../Study.ts"
import * as Value from "../Value.ts"
import {
  boolOption,
  boundsOption,
  checkCount,
  checkOptions,
  choiceOption,
  designError,
  intOption,
  namesOption,
  optionError,
  refuseCenterPoints,
  shown,
} from "./combinatorialOptions.ts"
import {
  at,
  blockKey,
  blockLists,
  combinations,
  combinationsCount,
  finish,
  type OpenRow,
  stream,
} from "./combinatorialRows.ts"
import * as LinearModel from "./linearModel.ts"
import { valueKey } from "./valueKey.ts"
import { fixedOrderNotes } from "./orderWords.ts"

const options = [
  "model",
  "criterion",
  "runs",
  "starts",
  "bounds",
  "grid",
  "categorical",
  "existing",
  "include_existing",
]
/** The most settings of one factor. */
const settingsMax = 200
/** The most combinations of blocks under which constraints are asked. */
const blocksMax = 200
/** Allowed combinations above which the region is summed up by a sample of them. */
const regionMax = 5000
const startsDefault = 50

interface Settings {
  readonly axis: LinearModel.Axis
  /** The range that numbers are coded over; absent for levels without order. */
  readonly range: readonly [low: number, high: number] | undefined
}

const numericSettings = (
  study: Study,
  factor: Factor,
  bounds: readonly [number, number] | undefined,
  grid: number,
): Result.Result<Settings, DesignError> => {
  const { name } = factor
  if (bounds === undefined) {
    const settings = valuesOf(factor).map((value) => ({ value, number: Value.toNumber(value) ?? NaN }))
    const numbers = settings.map(({ number }) => number)
    const range = [Math.min(...numbers), Math.max(...numbers)] as const
    if (!Number.isFinite(range[1] - range[0])) {
      return Result.fail(designError(study, "factors", `the levels of ${shown(name)} are not all finite numbers`))
    }
    if (range[0] === range[1]) {
      return Result.fail(
        designError(study, "factors", `the levels of ${shown(name)} are too near to each other to be told apart`),
      )
    }
    const different = [...new Map(settings.map((setting) => [setting.number, setting])).values()]
    return Result.succeed({ axis: LinearModel.numericAxis(name, different, range), range })
  }
  const [low, high] = bounds
  const numbers = Array.from({ length: grid }, (_, index) =>
    index === grid - 1 ? high : low + ((high - low) * index) / (grid - 1),
  )
  if (factor.dtype !== "int") {
    const settings = numbers.map((number) => ({ value: Value.float(number), number }))
    return Result.succeed({ axis: LinearModel.numericAxis(name, settings, bounds), range: bounds })
  }
  const whole = [...new Set(numbers.map((number) => Math.round(number)))].filter((n) => n >= low && n <= high)
  const first = whole[0]
  const last = whole.at(-1)
  if (first === undefined || last === undefined || first === last || !whole.every(Number.isSafeInteger)) {
    return Result.fail(
      optionError(study, `bounds.${name}`, `there are no two usable whole numbers from ${low} to ${high}`),
    )
  }
  const range = [first, last] as const
  const settings = whole.map((number) => ({ value: number, number }))
  return Result.succeed({ axis: LinearModel.numericAxis(name, settings, range), range })
}

/** Settings of the factors that vary, and the values of those that do not. */
const settingsOf = (
  study: Study,
  model: LinearModel.Model,
): Result.Result<{ readonly moving: ReadonlyArray<Settings>; readonly still: Value.ValueMap }, DesignError> =>
  Result.gen(function* () {
    const bounds = yield* boundsOption(study)
    const names = study.factors.map((factor) => factor.name)
    const categorical = yield* namesOption(study, "categorical", names)
    const grid = yield* intOption(
      study,
      "grid",
      { min: 2, max: settingsMax },
      model === "quadratic" || study.constraints.length > 0 ? 5 : 2,
    )
    const moving: Array<Settings> = []
    const still = new Map<string, Value.Value>()
    for (const factor of study.factors) {
      const values = valuesOf(factor)
      const own = bounds.get(factor.name)
      const isNumeric = values.every(Value.isNumber) && !categorical.includes(factor.name)
      if (own !== undefined && (categorical.includes(factor.name) || (factor.levels.length > 0 && !isNumeric))) {
        return yield* Result.fail(
          optionError(study, `bounds.${factor.name}`, "a factor of levels without order has no bounds"),
        )
      }
      if (own === undefined && new Set(values.map(valueKey)).size < 2) {
        still.set(factor.name, at(values, 0))
        continue
      }
      if (values.length > settingsMax) {
        return yield* Result.fail(
          designError(study, "factors", `${shown(factor.name)} has ${values.length} levels; at most ${settingsMax}`),
        )
      }
      const settings =
        isNumeric || own !== undefined
          ? yield* numericSettings(study, factor, own, grid)
          : { axis: LinearModel.categoricalAxis(factor.name, values), range: undefined }
      if (model === "quadratic" && settings.axis.numeric && settings.axis.values.length < 3) {
        return yield* Result.fail(
          designError(
            study,
            "factors",
            `a quadratic model needs three settings of ${shown(factor.name)} at least, not ${settings.axis.values.length}`,
            ["give it a third level, or bounds in design_spec.options.bounds"],
          ),
        )
      }
      moving.push(settings)
    }
    return { moving, still }
  })

interface Existing {
  readonly factors: Value.ValueMap
  readonly codes: ReadonlyArray<number>
}

/** Runs that exist: every varying factor at a number or at one of its levels. */
const existingOf = (
  study: Study,
  moving: ReadonlyArray<Settings>,
): Result.Result<ReadonlyArray<Existing>, DesignError> =>
  Result.gen(function* () {
    const value = study.designSpec.options.get("existing")
    if (value === undefined || value === null) return []
    if (!Value.isList(value) || value.length > OptimalDesign.runsMax) {
      return yield* Result.fail(
        optionError(study, "existing", `must be a list of at most ${OptimalDesign.runsMax} maps of factors to values`),
      )
    }
    const names = study.factors.map((factor) => factor.name)
    const rows: Array<Existing> = []
    for (const [index, row] of value.entries()) {
      const place = `existing[${index}]`
      if (!Value.isMap(row)) return yield* Result.fail(optionError(study, place, "must be a map of factors to values"))
      const unknown = [...row.keys()].find((name) => !names.includes(name))
      if (unknown !== undefined) {
        return yield* Result.fail(
          optionError(study, place, `${shown(unknown)} is none of the factors ${names.join(", ")}`),
        )
      }
      const codes: Array<number> = []
      for (const { axis, range } of moving) {
        const own = row.get(axis.name)
        if (own === undefined) return yield* Result.fail(optionError(study, place, `has no ${shown(axis.name)}`))
        if (range !== undefined) {
          const number = Value.toNumber(own)
          if (number === undefined || !Number.isFinite(number)) {
            return yield* Result.fail(
              optionError(study, `${place}.${axis.name}`, `must be a number, not ${shown(own)}`),
            )
          }
          codes.push((2 * (number - range[0])) / (range[1] - range[0]) - 1)
          continue
        }
        const level = axis.values.findIndex((known) => valueKey(known) === valueKey(own))
        if (level < 0) {
          return yield* Result.fail(
            optionError(
              study,
              `${place}.${axis.name}`,
              `${shown(own)} is none of the levels ${axis.values.slice(0, 10).map(shown).join(", ")}`,
            ),
          )
        }
        codes.push(...at(axis.codes, level))
      }
      rows.push({ factors: row, codes })
    }
    return rows
  })

/** Means of products of terms over the allowed combinations. */
const regionMoments = (
  axes: ReadonlyArray<LinearModel.Axis>,
  terms: ReadonlyArray<LinearModel.Term>,
  candidates: CandidateSet.CandidateSet,
): Matrix => {
  if (!candidates.constrained || candidates.listed === undefined) return LinearModel.momentsOf(axes, terms)
  const every = Math.ceil(candidates.listed.length / regionMax)
  const rows = candidates.listed
    .filter((_, index) => index % every === 0)
    .map((choice) => OptimalDesign.rowOf(axes, terms, choice))
  return LinearModel.information(rows, terms.length).div(rows.length)
}

const optimal: DesignBuilder = (study) =>
  Result.gen(function* () {
    yield* checkOptions(study, options)
    yield* refuseCenterPoints(study)
    const model = yield* choiceOption(study, "model", LinearModel.models, "main effects")
    const criterion = yield* choiceOption(study, "criterion", OptimalDesign.criteria, "D")
    const starts = yield* intOption(study, "starts", { min: 1, max: OptimalDesign.startsMax }, startsDefault)
    const includeExisting = yield* boolOption(study, "include_existing", true)
    const { moving, still } = yield* settingsOf(study, model)
    const axes = moving.map(({ axis }) => axis)
    if (axes.length === 0)
      return yield* Result.fail(designError(study, "factors", "no factor has two levels or bounds"))
    const columns = axes.reduce((count, axis) => count + (axis.codes[0]?.length ?? 0), 0)
    const tooLarge = (parameters: string) =>
      Result.fail(
        optionError(
          study,
          "model",
          `the model has ${parameters} parameters; at most ${OptimalDesign.parametersMax} are fitted here`,
        ),
      )
    if (columns >= OptimalDesign.parametersMax) return yield* tooLarge(`at least ${columns + 1}`)
    const terms = LinearModel.termsOf(axes, model)
    if (terms.length > OptimalDesign.parametersMax) return yield* tooLarge(String(terms.length))
    const existing = yield* existingOf(study, moving)
    const runs = yield* intOption(
      study,
      "runs",
      { min: 1, max: OptimalDesign.runsMax },
      study.designSpec.nSamples ?? undefined,
    )
    if (runs === undefined || runs > OptimalDesign.runsMax) {
      return yield* Result.fail(
        optionError(
          study,
          "runs",
          `is needed: how many runs in all, ${terms.length} (the parameters of the model) to ${OptimalDesign.runsMax}`,
        ),
      )
    }
    if (runs < terms.length || runs <= existing.length) {
      return yield* Result.fail(
        optionError(
          study,
          "runs",
          `${runs} runs are too few: the model has ${terms.length} parameters (${model})${
            existing.length === 0 ? "" : ` and ${existing.length} runs exist`
          }; take at least ${Math.max(terms.length, existing.length + 1)}`,
        ),
      )
    }
    const { replicates } = study.designSpec
    const blocksCount = combinationsCount(study.blocks.map((block) => block.levels))
    yield* checkCount(study, runs * replicates * blocksCount, "runs, replicates and blocks together")

    const binding = study.constraints.filter((constraint) => constraint.severity === "error")
    const check = yield* compileConstraints(binding, { kind: study.designSpec.kind })
    if (binding.length > 0 && blocksCount > blocksMax) {
      return yield* Result.fail(
        designError(study, "blocks", `constraints are asked for at most ${blocksMax} combinations of blocks`),
      )
    }
    const blocks = combinations(blockLists(study.blocks))
    const names = study.factors.map((factor) => factor.name)
    const factorsOf = (choice: CandidateSet.Choice): Value.ValueMap => {
      const factors = new Map<string, Value.Value>()
      for (const name of names) {
        const place = axes.findIndex((axis) => axis.name === name)
        const axis = axes[place]
        const value = axis === undefined ? still.get(name) : at(axis.values, choice[place] ?? 0)
        if (value !== undefined) factors.set(name, value)
      }
      return factors
    }
    let broken: DesignError | undefined
    const allows = (choice: CandidateSet.Choice): boolean => {
      if (broken !== undefined) return false
      const factors = factorsOf(choice)
      for (const block of blocks) {
        const verdict = check(factors, block)
        if (Result.isFailure(verdict)) {
          broken = verdict.failure
          return false
        }
        if (!verdict.success.admissible) return false
      }
      return true
    }
    const candidates = CandidateSet.make(
      axes.map((axis) => axis.values.length),
      binding.length === 0 ? undefined : allows,
    )
    if (broken !== undefined) return yield* Result.fail(broken)
    const moments = candidates.listed?.length === 0 ? Matrix.eye(terms.length) : regionMoments(axes, terms, candidates)
    const fixed = existing.map(({ codes }) => LinearModel.modelRow(terms, codes))
    const found =
      candidates.listed?.length === 0
        ? undefined
        : OptimalDesign.search({
            axes,
            terms,
            criterion,
            moments,
            candidates,
            fixed,
            runs: runs - existing.length,
            starts,
            random: stream(study, "starts"),
          })
    if (broken !== undefined) return yield* Result.fail(broken)
    if (found === undefined) {
      return yield* Result.fail(
        designError(
          study,
          binding.length === 0 ? "design_spec.options.model" : "constraints",
          candidates.listed?.length === 0
            ? "the constraints rule out every combination of settings"
            : candidates.listed === undefined && binding.length > 0
              ? "no start was found in which the model can be estimated: the constraints leave too few combinations"
              : `the ${model} model cannot be estimated from the settings that ${binding.length === 0 ? "there are" : "the constraints leave"}`,
          ["use a smaller model, more levels, or fewer constraints"],
        ),
      )
    }
    // The order of the settings, so that the list is the same whatever order the search found it in.
    const choices = found.choices.toSorted((a, b) => {
      const place = a.findIndex((setting, index) => setting !== b[index])
      return place < 0 ? 0 : at(a, place) - at(b, place)
    })
    const rows = choices.map((choice) => OptimalDesign.rowOf(axes, terms, choice))
    // What exists was run once; what is chosen is run in every replicate.
    const all = [...fixed, ...Array.from({ length: replicates }, () => rows).flat()]
    const worth = LinearModel.worthOf(all, moments)
    const open: Array<OpenRow> = []
    for (const block of blocks) {
      const own: Array<OpenRow> = []
      for (let replicate = 1; replicate <= replicates; replicate++) {
        const place = replicates > 1 ? [["replicate", replicate] as const] : []
        if (includeExisting && replicate === 1) {
          for (const row of existing) {
            own.push({
              factors: new Map([...still, ...row.factors]),
              blocks: block,
              place: [["point_type", "existing"], ...place],
            })
          }
        }
        for (const choice of choices) {
          own.push({
            factors: factorsOf(choice),
            blocks: block,
            place: [["point_type", existing.length > 0 ? "added" : "optimal"], ...place],
          })
        }
      }
      if (study.designSpec.randomize) {
        const first = own.filter((row) => row.place.some(([, value]) => value === "existing"))
        const rest = own.slice(first.length)
        stream(study, "run order", blockKey(block)).shuffle(rest)
        for (const row of [...first, ...rest]) open.push(row)
      } else {
        for (const row of own) open.push(row)
      }
    }
    const distinct = new Set(all.map((row) => row.join(" "))).size
    return finish(study, open, {
      ...worth,
      model,
      measures: {
        parameters: terms.length,
        runs_evaluated: all.length,
        distinct_runs: distinct,
        error_df: all.length - terms.length,
        pure_error_df: all.length - distinct,
        starts: found.starts,
        starts_estimable: found.estimable,
        ...(candidates.listed === undefined ? {} : { candidates: candidates.listed.length }),
      },
      notes: [
        `${criterion}-optimal for the ${model} model (${terms.length} parameters, ${all.length} runs): the best of ${found.starts} random starts by coordinate exchange; not proved to be the best there is.`,
        "It is good for this model and tells little about terms that the model leaves out: they are mixed up with those in it.",
        `Numbers are coded -1 to 1 over their range; levels without order have effect coding. The mean prediction variance is over ${
          candidates.constrained && candidates.listed !== undefined
            ? "the combinations that the constraints allow"
            : "the whole ranges, without regard to constraints"
        }, in units of the error variance.`,
        ...(all.length === terms.length
          ? ["As many runs as parameters: nothing is left to estimate the error from."]
          : all.length === distinct
            ? ["No run is repeated: the error is estimated only if the model is right."]
            : []),
        ...(found.starts < starts
          ? [`Only ${found.starts} of ${starts} starts were done: the bound on the work was reached.`]
          : []),
        ...(existing.length === 0
          ? []
          : [
              includeExisting
                ? `The first ${existing.length} rows are the runs that exist; they are part of the list and would be run again. Say include_existing: false to list the added runs alone.`
                : `The efficiencies are those of the ${existing.length} runs that exist together with the added ones listed here.`,
              "Where the runs that exist were made at another time, give them a block of their own in the analysis.",
            ]),
        ...(replicates > 1 ? [`design_spec.replicates: each chosen run is made ${replicates} times.`] : []),
        ...(blocksCount > 1 ? [`The same runs are used in each of ${blocksCount} blocks.`] : []),
        ...(study.designSpec.randomize
          ? []
          : fixedOrderNotes(
              study,
              "Rows are in the order of their settings: say randomize: true to draw the run order.",
            )),
      ],
    })
  })

/** Optimal designs. */
export const optimalBuilders: Partial<Record<DesignKind, DesignBuilder>> = { optimal }
