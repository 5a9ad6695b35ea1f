/**
 * Builders of the designs that balance places and orders: Latin and Graeco-Latin squares, Williams' designs, complete
 * counterbalancing.
 *
 * @layer logic
 * @module
 */
import * as Result from "effect/Result"
import type { BuiltDesign, DesignBuilder } from "../Design.ts"
import * as Counterbalancing from "../designs/Counterbalancing.ts"
import * as GraecoLatin from "../designs/GraecoLatin.ts"
import * as LatinSquares from "../designs/LatinSquares.ts"
import * as Williams from "../designs/Williams.ts"
import type { DesignError } from "../ExperimentError.ts"
import { type DesignKind, type Study, valuesOf } from "../Study.ts"
import type { Value, ValueMap } from "../Value.ts"
import {
  checkCount,
  checkOptions,
  designError,
  intOption,
  nameOption,
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

interface Column {
  readonly name: string
  readonly isBlock: boolean
  readonly values: ReadonlyArray<Value>
}

const columnsOf = (study: Study): ReadonlyArray<Column> => [
  ...study.blocks.map((block) => ({ name: block.name, isBlock: true, values: block.levels })),
  ...study.factors.map((factor) => ({ name: factor.name, isBlock: false, values: valuesOf(factor) })),
]

/** The columns that play the parts of a square, as the options name them; the rest is crossed with the square. */
const rolesOf = (
  study: Study,
  options: ReadonlyArray<string>,
): Result.Result<{ readonly roles: ReadonlyArray<Column>; readonly rest: ReadonlyArray<Column> }, DesignError> =>
  Result.gen(function* () {
    const columns = columnsOf(study)
    const list = columns.map((column) => column.name).join(", ")
    const roles: Array<Column> = []
    for (const [index, option] of options.entries()) {
      const name = yield* nameOption(study, option)
      if (name === undefined && columns.length !== options.length) {
        return yield* Result.fail(
          optionError(study, option, `names the factor or block of this part; the study has ${list || "none"}`),
        )
      }
      const found = name === undefined ? columns[index] : columns.find((column) => column.name === name)
      if (found === undefined) {
        return yield* Result.fail(
          optionError(study, option, `${JSON.stringify((name ?? "").slice(0, 60))} is none of ${list || "no columns"}`),
        )
      }
      if (roles.includes(found)) {
        return yield* Result.fail(optionError(study, option, `${JSON.stringify(found.name)} has another part already`))
      }
      roles.push(found)
    }
    const order = at(roles, 0).values.length
    const unequal = roles.find((column) => column.values.length !== order)
    if (unequal !== undefined || order < 2 || order > LatinSquares.orderMax) {
      return yield* Result.fail(
        designError(
          study,
          "factors",
          `a square needs as many levels in each of its parts, 2 to ${LatinSquares.orderMax}: ${roles
            .map((column) => `${column.name} has ${column.values.length}`)
            .join(", ")}`,
        ),
      )
    }
    return { roles, rest: columns.filter((column) => !roles.includes(column)) }
  })

const squares = (
  study: Study,
  options: ReadonlyArray<string>,
  make: (order: number, names: ReadonlyArray<Value>) => Result.Result<ReadonlyArray<LatinSquares.Square>, DesignError>,
  notes: ReadonlyArray<string>,
): Result.Result<BuiltDesign, DesignError> =>
  Result.gen(function* () {
    yield* checkOptions(study, options)
    yield* refuseCenterPoints(study)
    const { roles, rest } = yield* rolesOf(study, options)
    const order = at(roles, 0).values.length
    const replicates = study.designSpec.replicates
    const others = combinationsCount(rest.map((column) => column.values))
    yield* checkCount(study, order * order * replicates * others, "the cells of all squares")
    const open: Array<OpenRow> = []
    let square = 0
    for (const other of combinations(rest)) {
      for (let replicate = 1; replicate <= replicates; replicate++) {
        square++
        const name: Value = [blockKey(other), replicate]
        const symbols = yield* make(order, [name])
        const rows: Array<OpenRow> = []
        for (let row = 0; row < order; row++) {
          for (let column = 0; column < order; column++) {
            const indices = [row, column, ...symbols.map((entries) => at(at(entries, row), column))]
            const factors = new Map<string, Value>()
            const blocks = new Map<string, Value>()
            for (const [place, role] of roles.entries()) {
              ;(role.isBlock ? blocks : factors).set(role.name, at(role.values, at(indices, place)))
            }
            for (const { name: otherName, isBlock } of rest) {
              const value = other.get(otherName)
              if (value !== undefined) (isBlock ? blocks : factors).set(otherName, value)
            }
            rows.push({
              factors,
              blocks,
              place: [
                ["square", square],
                ["latin_square_row", row],
                ["latin_square_col", column],
              ],
            })
          }
        }
        if (study.designSpec.randomize) stream(study, "run order", name).shuffle(rows)
        for (const row of rows) open.push(row)
      }
    }
    const worth = mainEffectsWorth(
      open.map((row) => new Map([...row.factors, ...row.blocks])),
      roles.map((column) => column.name),
    )
    return finish(study, open, {
      ...worth,
      measures: { order, squares: square },
      notes: [
        `${square === 1 ? "A square" : `${square} squares, each drawn on its own,`} of order ${order}: rows are ${at(roles, 0).name}, columns are ${at(roles, 1).name}, cells hold ${roles
          .slice(2)
          .map((role) => role.name)
          .join(" and ")}.`,
        ...notes,
        "Main effects are told apart from each other only if they do not interact: each interaction of two parts is mixed up with the others.",
        ...(rest.length === 0
          ? []
          : [`Each combination of ${rest.map((column) => column.name).join(", ")} has squares of its own.`]),
      ],
    })
  })

const randomizedLatinSquare: DesignBuilder = (study) =>
  squares(
    study,
    ["row_factor", "column_factor", "treatment_factor"],
    (order, names) => Result.succeed([LatinSquares.randomized(order, stream(study, "square", ...names))]),
    [
      "Squares come from the random walk of Jacobson and Matthews (1996) with rows, columns and symbols in random order.",
    ],
  )

const graecoLatinSquare: DesignBuilder = (study) =>
  squares(
    study,
    ["row_factor", "column_factor", "treatment_factor", "greek_factor"],
    (order, names) => {
      const why = GraecoLatin.whyNone(order)
      const pair = GraecoLatin.pairOf(order)
      if (why !== undefined || pair === undefined) {
        const near = GraecoLatin.nearestOrders(order)
        return Result.fail(
          designError(study, "factors", `${why ?? "no such square"}; nearest orders: ${near.join(" and ")}`, [
            `use ${near.join(" or ")} levels, or a randomized_latin_square without the fourth factor`,
          ]),
        )
      }
      const random = stream(study, "square", ...names)
      const rows = LatinSquares.randomOrder(order, random)
      const columns = LatinSquares.randomOrder(order, random)
      return Result.succeed(
        pair.map((square) =>
          LatinSquares.permuted(square, { rows, columns, symbols: LatinSquares.randomOrder(order, random) }),
        ),
      )
    },
    ["Two orthogonal squares of a standard pair, with rows, columns and both sets of symbols in random order."],
  )

/** The most subjects of a crossover. */
const subjectsMax = 100_000
/** The most sessions of a subject. */
const sessionsMax = 1000

interface Crossover {
  readonly sequences: (treatments: number) => ReadonlyArray<ReadonlyArray<number>>
  readonly treatmentsMax: number
  readonly notes: (treatments: number, sequences: number) => ReadonlyArray<string>
}

const crossover =
  (how: Crossover): DesignBuilder =>
  (study) =>
    Result.gen(function* () {
      yield* checkOptions(study, ["subjects", "sessions"])
      yield* refuseCenterPoints(study)
      const lists = factorLists(study.factors)
      const count = combinationsCount(lists.map(({ values }) => values))
      if (count < 2 || count > how.treatmentsMax) {
        return yield* Result.fail(
          designError(
            study,
            "factors",
            `the combinations of levels are ${count} treatments; this kind takes 2 to ${how.treatmentsMax}`,
          ),
        )
      }
      const treatments = combinations(lists)
      const sequences = how.sequences(count)
      const sessions = yield* intOption(study, "sessions", { min: 1, max: sessionsMax }, 1)
      const named = study.blocks.find((block) => block.name === "subject")
      const subjects = yield* intOption(
        study,
        "subjects",
        { min: 1, max: subjectsMax },
        named?.levels.length ?? sequences.length * study.designSpec.replicates,
      )
      if (named !== undefined && named.levels.length !== subjects) {
        return yield* Result.fail(
          optionError(study, "subjects", `says ${subjects}, but the block subject has ${named.levels.length} levels`),
        )
      }
      const groups = blockLists(study.blocks.filter((block) => block !== named))
      const groupsCount = combinationsCount(groups.map(({ values }) => values))
      yield* checkCount(study, groupsCount * subjects * sessions * count, "subjects, sessions and periods together")
      const given = subjects * sessions
      const partial = given % sequences.length !== 0
      const open: Array<OpenRow> = []
      const used: Array<ReadonlyArray<number>> = []
      let subjectsBefore = 0
      for (const group of combinations(groups)) {
        // Whole rounds go through all sequences; where they do not come out even, which ones are left over is drawn.
        const order = sequences.map((_, index) => index)
        if (study.designSpec.randomize || partial) stream(study, "sequences", blockKey(group)).shuffle(order)
        for (let subject = 0; subject < subjects; subject++) {
          for (let session = 0; session < sessions; session++) {
            // In each session a subject moves on, so that nobody meets the same order again before all were met.
            const step = subjects % sequences.length === 0 ? session : session * subjects
            const index = at(order, (subject + step) % sequences.length)
            const sequence = at(sequences, index)
            used.push(sequence)
            for (const [period, treatment] of sequence.entries()) {
              const label: Value = named === undefined ? subjectsBefore + subject + 1 : at(named.levels, subject)
              const blocks: ValueMap = new Map(group).set("subject", label)
              open.push({
                factors: at(treatments, treatment),
                blocks,
                place: [
                  ["subject", label],
                  ["session", session + 1],
                  ["period", period + 1],
                  ["sequence", index + 1],
                  ["within_subject_order", session * count + period],
                ],
              })
            }
          }
        }
        if (named === undefined) subjectsBefore += subjects
      }
      const balance = Williams.carryOver(count, used)
      return finish(study, open, {
        measures: {
          treatments: count,
          sequences: sequences.length,
          subjects: groupsCount * subjects,
          sessions,
          carry_over_pair_min: balance.pairMin,
          carry_over_pair_max: balance.pairMax,
          period_min: balance.periodMin,
          period_max: balance.periodMax,
        },
        notes: [
          ...how.notes(count, sequences.length),
          `Each ordered pair of treatments follows directly ${
            balance.pairMin === balance.pairMax ? `${balance.pairMin}` : `${balance.pairMin} to ${balance.pairMax}`
          } times, each treatment stands in each period ${
            balance.periodMin === balance.periodMax
              ? `${balance.periodMin}`
              : `${balance.periodMin} to ${balance.periodMax}`
          } times.`,
          ...(partial
            ? [
                `${subjects} subjects with ${sessions} session${sessions === 1 ? "" : "s"} are no multiple of ${sequences.length} sequences, so orders are not balanced; which sequences are used more often was drawn. Balanced from ${Math.ceil(given / sequences.length) * sequences.length} subjects and sessions together.`,
              ]
            : []),
          "Effects that last longer than one period are not balanced; leave time between periods where they are likely.",
          "Compare treatments within subjects: subject and period belong into the analysis.",
        ],
      })
    })

const williams = crossover({
  sequences: Williams.sequences,
  treatmentsMax: Williams.treatmentsMax,
  notes: (treatments, sequences) => [
    `Williams' design: ${sequences} sequences of ${treatments} treatments, balanced for the treatment directly before.`,
  ],
})

const completeCounterbalancing = crossover({
  sequences: Counterbalancing.permutations,
  treatmentsMax: Counterbalancing.treatmentsMax,
  notes: (treatments, sequences) => [`All ${sequences} orders of ${treatments} treatments are used.`],
})

/** Squares and crossover designs. */
export const squareBuilders: Partial<Record<DesignKind, DesignBuilder>> = {
  randomized_latin_square: randomizedLatinSquare,
  graeco_latin_square: graecoLatinSquare,
  williams,
  complete_counterbalancing: completeCounterbalancing,
}
