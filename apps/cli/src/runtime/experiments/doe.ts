/**
 * A design table from what the flags say: of the predecessor's three kinds by its own function, of any other kind through
 * a study that has these factors and nothing else.
 *
 * @layer logic
 * @module
 */
import { ExitCode } from "@heddle/core/ExitCode"
import { buildDesign } from "@heddle/experiments/BuildDesign"
import type { DesignTable } from "@heddle/experiments/DesignTables"
import type { DesignError, InvalidStudy } from "@heddle/experiments/ExperimentError"
import { generateDoe } from "@heddle/experiments/GenerateDoe"
import * as JsonText from "@heddle/experiments/JsonText"
import * as Study from "@heddle/experiments/Study"
import * as StudyFile from "@heddle/experiments/StudyFile"
import * as Value from "@heddle/experiments/Value"
import * as Result from "effect/Result"
import type { Settings } from "../../config/Setting.ts"
import { CommandError } from "../CommandError.ts"
import { reportLines } from "./designText.ts"

/** A table and what is to be said of it. */
export interface DoeTable {
  readonly rows: DesignTable
  readonly notes: ReadonlyArray<string>
  readonly warnings: ReadonlyArray<string>
}

const usage = (problem: string, hint: string): CommandError =>
  new CommandError({ tag: "UsageError", problem, hints: [hint], code: ExitCode.usage })

const example = `heddle experiments generate --kind full --factors '{"a":[0,1],"b":["x","y"]}'`

/** JSON where it is some, else the text itself. */
const valueOf = (text: string): Value.Value => {
  const parsed = JsonText.parse(text)
  return Result.isSuccess(parsed) ? parsed.success.value : text
}

/** `NAME=VALUE` in two parts. */
const pair = (flag: string, text: string): Result.Result<readonly [string, string], CommandError> => {
  const cut = text.indexOf("=")
  return cut < 1
    ? Result.fail(usage(`--${flag} is NAME=VALUE; it is ${JSON.stringify(text)}`, example))
    : Result.succeed([text.slice(0, cut), text.slice(cut + 1)])
}

const factorsOf = (settings: Settings): Result.Result<Value.ValueMap, CommandError> => {
  const json = settings.text("factors") ?? settings.text("factors-json")
  const single = settings.list("factor") ?? []
  if (json !== undefined && single.length > 0) {
    return Result.fail(usage("--factors and --factor both name factors; give one of them", example))
  }
  if (json === undefined) {
    if (single.length === 0) return Result.fail(usage("no factors are given", example))
    const factors = new Map<string, Value.Value>()
    for (const text of single) {
      const parts = pair("factor", text)
      if (Result.isFailure(parts)) return Result.fail(parts.failure)
      const [name, levels] = parts.success
      if (factors.has(name)) return Result.fail(usage(`the factor ${JSON.stringify(name)} is given twice`, example))
      factors.set(name, levels.split(",").map(valueOf))
    }
    return Result.succeed(factors)
  }
  const parsed = JsonText.parse(json, { source: "--factors" })
  if (Result.isFailure(parsed)) return Result.fail(usage(parsed.failure.message, example))
  return Value.isMap(parsed.success.value)
    ? Result.succeed(parsed.success.value)
    : Result.fail(usage("--factors must be a JSON map from names to levels or bounds", example))
}

const seedOf = (settings: Settings): Result.Result<number | bigint, CommandError> => {
  const text = settings.text("seed") ?? "0"
  return /^-?\d{1,100}$/.test(text)
    ? Result.succeed(Value.integer(BigInt(text)))
    : Result.fail(usage(`--seed must be a whole number; it is ${JSON.stringify(text)}`, `${example} --seed 7`))
}

/** Kinds that the predecessor's function makes, under all of their names. */
const plainKinds: ReadonlySet<string> = new Set([
  "full",
  "full_factorial",
  "lhs",
  "latin_hypercube",
  "frac2",
  "fractional_factorial_2level",
])

/** Makes the table. */
export const doeOf = (settings: Settings): Result.Result<DoeTable, CommandError | DesignError | InvalidStudy> =>
  Result.gen(function* () {
    const kind = (settings.text("kind") ?? "full").trim().toLowerCase()
    const factors = yield* factorsOf(settings)
    const seed = yield* seedOf(settings)
    const samples = settings.number("n-samples") ?? settings.number("samples")
    const key = settings.text("block-randomization-key")
    const backend = settings.text("backend")
    const randomize = !settings.boolean("no-randomize")
    const options = new Map<string, Value.Value>()
    for (const text of settings.list("option") ?? []) {
      const [name, value] = yield* pair("option", text)
      options.set(name, valueOf(value))
    }
    if (settings.boolean("randomize") && !randomize) {
      return yield* Result.fail(usage("--randomize and --no-randomize exclude each other", example))
    }
    if (plainKinds.has(kind) && options.size === 0) {
      const made = yield* generateDoe(kind, factors, {
        seed,
        randomize,
        centerPoints: settings.number("center-points") ?? 0,
        replicates: settings.number("replicates") ?? 1,
        ...(samples === undefined ? {} : { nSamples: samples }),
        ...(key === undefined ? {} : { blockRandomizationKey: key }),
        ...(backend === undefined ? {} : { backend }),
      })
      return { rows: made.design, notes: [made.interpretation], warnings: made.warnings }
    }
    const known = Study.DesignKind.literals.find((name) => name === kind)
    if (known === undefined) {
      return yield* Result.fail(
        usage(
          `there is no kind of design ${JSON.stringify(kind)}; known are full, lhs, frac2, ${Study.DesignKind.literals.join(", ")}`,
          example,
        ),
      )
    }
    const study = yield* StudyFile.make({
      studyId: "generated",
      title: "Generated design",
      factors: Array.from(factors, ([name, levels]) =>
        StudyFile.factor(name, Value.isList(levels) ? levels : [levels]),
      ),
      designSpec: {
        kind: known,
        randomize,
        options,
        centerPoints: settings.number("center-points") ?? 0,
        replicates: settings.number("replicates") ?? 1,
        ...(samples === undefined ? {} : { nSamples: samples }),
        ...(key === undefined ? {} : { blockRandomizationKey: key }),
      },
      seedPolicy: { baseSeed: seed },
    })
    const { conditions, report } = yield* buildDesign(study)
    const rows = conditions.map(({ blockAssignments, factorAssignments }) =>
      blockAssignments.size === 0 ? factorAssignments : new Map([...factorAssignments, ...blockAssignments]),
    )
    return { rows, notes: reportLines(report), warnings: [] }
  })
